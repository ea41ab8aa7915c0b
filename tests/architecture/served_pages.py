"""Serve pages in a process of its own and print which of the named libraries are loaded then.

Arguments: a comma-separated list of libraries. Standard input: a JSON list of `[host, cookie, path]`.
"""

import asyncio
import json
import sys

import httpx

from lienxa.platform.app import create_app


async def main() -> None:
    """Ask for each page as the server would."""
    app = create_app()
    statuses: dict[str, int] = {}
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport) as client:
        for host, cookie, path in json.load(sys.stdin):
            answer = await client.get(f"http://{host}{path}", headers={"cookie": f"lx_session={cookie}"})
            statuses[path] = max(statuses.get(path, 0), answer.status_code)
    heavy = [name for name in sys.argv[1].split(",") if name in sys.modules]
    sys.stdout.write(json.dumps({"loaded": heavy, "statuses": statuses}))


if __name__ == "__main__":
    asyncio.run(main())
