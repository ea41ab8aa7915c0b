"""The web in a process of its own: carries out the requests of standard input and prints their statuses.

A request is `{"method", "url", "cookie", "form", "file", "headers", "find"}`. `find` names what is taken from the
answer (its location and text) by a pattern; `<name>` then stands for it in the requests to come.
"""

import asyncio
import html
import json
import re
import sys
from typing import Any
from urllib.parse import urlsplit

import httpx

from lienxa.platform.app import create_app
from lienxa.platform.telemetry import pipeline


async def main() -> None:
    """Send the requests, one after the other."""
    transport = httpx.ASGITransport(create_app(), raise_app_exceptions=False)  # type: ignore[arg-type]
    statuses, found = [], dict[str, str]()
    async with httpx.AsyncClient(transport=transport) as client:
        for told in json.load(sys.stdin):
            answer = await _send(client, {**told, **json.loads(_completed(json.dumps(told), found))})
            statuses.append(answer.status_code)
            for name, pattern in told.get("find", {}).items():
                said = re.search(pattern, html.unescape(f"{answer.headers.get('location', '')}\n{answer.text}"))
                found[name] = said[1] if said else ""
    sys.stdout.write(json.dumps(statuses))


def _completed(told: str, found: dict[str, str]) -> str:
    for name, value in found.items():
        told = told.replace(f"<{name}>", json.dumps(value)[1:-1])
    return told


async def _send(client: httpx.AsyncClient, told: dict[str, Any]) -> httpx.Response:
    parts = urlsplit(told["url"])
    headers = {"origin": f"{parts.scheme}://{parts.netloc}"}
    if told.get("cookie"):
        headers["cookie"] = f"lx_session={told['cookie']}"
    files = {"file": (told["file"], b"%PDF-1.4\n" + told["file"].encode())} if told.get("file") else None
    return await client.request(
        told["method"], told["url"], data=told.get("form"), files=files, headers={**headers, **told.get("headers", {})}
    )


if __name__ == "__main__":
    asyncio.run(main())
    pipeline.stop()
