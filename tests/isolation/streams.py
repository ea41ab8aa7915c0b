"""Listening to streams of events, which never end: what the test client would wait for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
from tests.conftest import Visitor

OPENS_WITHIN = 20.0


class Listener:
    """The answer to a request as far as it has come."""

    def __init__(self) -> None:
        self.status_code = 0
        self.headers = httpx.Headers()
        self.content = b""
        self.begun, self.ended = asyncio.Event(), asyncio.Event()
        self._came = asyncio.Event()

    @property
    def text(self) -> str:
        """What was heard until now."""
        return self.content.decode()

    @property
    def events(self) -> int:
        """How many events were heard; comments are none."""
        return self.text.count("event: ")

    async def hear(self, events: int, seconds: float = 10) -> None:
        """Wait until so many events were heard; `TimeoutError` if they were not."""
        async with asyncio.timeout(seconds):
            while self.events < events:
                self._came.clear()
                await self._came.wait()

    async def send(self, message: Any) -> None:
        """Take a part of the answer from the application."""
        if message["type"] == "http.response.start":
            self.status_code, self.headers = message["status"], httpx.Headers(message.get("headers", []))
            return
        self.content += message.get("body", b"")
        if not message.get("more_body"):
            self.ended.set()
        if self.content or self.ended.is_set():
            self.begun.set()
        self._came.set()


@asynccontextmanager
async def listening(visitor: Visitor, path: str) -> AsyncIterator[Listener]:
    """Ask for a stream; it is left at the end. What is refused has ended by then."""
    transport: Any = visitor.http._transport
    request = visitor.http.build_request("GET", path)
    listener, asked = Listener(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        if not asked.is_set():
            asked.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        await listener.ended.wait()
        return {"type": "http.disconnect"}

    async def answer() -> None:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "scheme": "http",
            "path": request.url.path,
            "raw_path": request.url.raw_path.partition(b"?")[0],
            "query_string": request.url.query,
            "server": (request.url.host, request.url.port),
            "client": ("127.0.0.1", 123),
            "root_path": "",
        }
        try:
            await transport.app(scope, receive, listener.send)
        finally:  # also if it fails without an answer
            listener.begun.set()

    answering = asyncio.create_task(answer())
    try:
        async with asyncio.timeout(OPENS_WITHIN):
            await listener.begun.wait()
        yield listener
    finally:
        listener.ended.set()
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(answering, 5)


async def first_words(visitor: Visitor, path: str) -> Listener:
    """What a stream says when it is opened, or the refusal."""
    async with listening(visitor, path) as listener:
        return listener
