"""A light HTTP client: one connection that is kept open, as little work as asyncio allows."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import uuid4


@dataclass(frozen=True)
class Answer:
    """What came back; names of headers in lower case. `cookies` are the lines that set some."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


@dataclass
class Browser:
    """A signed-in person at one organ's host, over one connection, from the loopback address `source`."""

    port: int
    host: str
    secret: str
    csrf: str
    source: str = "127.0.0.1"
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None, repr=False)

    async def get(self, path: str) -> Answer:
        """Ask for a page."""
        return await self._ask(f"GET {path} HTTP/1.1\r\n", b"")

    async def post(self, path: str, form: Mapping[str, str]) -> Answer:
        """Send a form of one of the organ's own pages, each time as a new submission."""
        body = urlencode({**form, "_csrf": self.csrf, "_once": str(uuid4())}).encode()
        extra = f"origin: http://{self.host}\r\ncontent-type: application/x-www-form-urlencoded\r\n"
        return await self._ask(f"POST {path} HTTP/1.1\r\n{extra}content-length: {len(body)}\r\n", body)

    async def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _ask(self, head: str, body: bytes) -> Answer:
        return await self._exchange(
            f"{head}host: {self.host}\r\ncookie: lx_session={self.secret}\r\n\r\n".encode() + body
        )

    async def _exchange(self, request: bytes) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection(
                "127.0.0.1", self.port, limit=2**22, local_addr=(self.source, 0)
            )
        reader, writer = self._streams
        writer.write(request)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = [line.split(": ", 1) for line in lines[1:] if ": " in line]
        headers = {name.lower(): value for name, value in pairs}
        cookies = tuple(value for name, value in pairs if name.lower() == "set-cookie")
        return Answer(int(lines[0].split()[1]), headers, await self._body(reader, headers), cookies)

    async def _body(self, reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
        if "content-length" in headers:
            return await reader.readexactly(int(headers["content-length"]))
        parts = []
        while size := int(await reader.readline(), 16):  # chunked
            parts.append(await reader.readexactly(size))
            await reader.readline()
        await reader.readline()
        return b"".join(parts)
