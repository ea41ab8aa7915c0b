"""The web in a process of its own: carries out the requests of standard input and prints their statuses.

A request is `{"method", "url", "cookie", "form"}`.
"""

import asyncio
import json
import sys
from urllib.parse import urlsplit

import httpx

from lienxa.platform.app import create_app
from lienxa.platform.telemetry import pipeline


async def main() -> None:
    """Send the requests, one after the other."""
    transport = httpx.ASGITransport(create_app(), raise_app_exceptions=False)  # type: ignore[arg-type]
    statuses = []
    async with httpx.AsyncClient(transport=transport) as client:
        for told in json.load(sys.stdin):
            parts = urlsplit(told["url"])
            headers = {"origin": f"{parts.scheme}://{parts.netloc}"}
            if told.get("cookie"):
                headers["cookie"] = f"lx_session={told['cookie']}"
            answer = await client.request(
                told["method"], told["url"], data=told.get("form"), headers={**headers, **told.get("headers", {})}
            )
            statuses.append(answer.status_code)
    sys.stdout.write(json.dumps(statuses))


if __name__ == "__main__":
    asyncio.run(main())
    pipeline.stop()
