"""The bare reference of a request: its own statements, captured from the real application, sent by asyncpg alone.

Nothing is written by hand, so the reference cannot drift from the work. Identifiers that the request made (their
UUIDv7 is younger than its beginning) are made anew at each replay; `changed` says what else differs.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from litestar import Litestar
from recording import Recording, Sent, recording
from web import Browser

from lienxa.platform import ids
from lienxa.platform.app import build_app
from lienxa.platform.settings import Settings

_SESSION_CHECK = "platform.identity.sessions."


class Mirror:
    """The application in this process, on the service's own database: asked once for what it sends."""

    def __init__(self, settings: Settings) -> None:
        self._app: Litestar = build_app(settings)

    async def close(self) -> None:
        """Give its connections back."""
        await self._app.state.database.close()

    async def statements_of(self, browser: Browser, path: str, form: Mapping[str, str] | None = None) -> "Statements":
        """What the request asks of the database."""
        began = time.time_ns() // 1_000_000
        with recording() as recorded:
            status = await _ask(self._app, browser, path, form)
        assert status in (200, 303), f"{path}: {status}"
        return Statements.of(recorded, began)


@dataclass(frozen=True)
class Statements:
    """The statements of a request: what runs before its transaction, and its transaction."""

    before: list[Sent]
    inside: list[Sent]
    made: frozenset[UUID]

    @classmethod
    def of(cls, recorded: Recording, began: int) -> "Statements":
        """Take a recording apart; the look-up of the host is cached and left out."""
        sent = [sent for sent in recorded.sent if sent.frame != "host"]
        before = [one for one in sent if one.sender.startswith(_SESSION_CHECK)]
        inside = [one for one in sent if not one.sender.startswith(_SESSION_CHECK)]
        made = frozenset(
            value for one in sent for value in _values(one) if isinstance(value, UUID) and _made(value, began)
        )
        return cls(before, inside, made)

    async def replay(self, connection: asyncpg.Connection, changed: Mapping[Any, Any] | None = None) -> None:
        """Send them once; `changed` maps values of the captured request to those of this one."""
        fresh: dict[Any, Any] = {value: ids.new_id() for value in self.made}
        fresh.update(changed or {})
        for one in self.before:
            await _send(connection, one, fresh)
        async with connection.transaction():
            for one in self.inside:
                await _send(connection, one, fresh)


async def _send(connection: asyncpg.Connection, sent: Sent, changed: Mapping[Any, Any]) -> None:
    if sent.many:
        await connection.executemany(sent.text, [_put(row, changed) for row in sent.parameters])
    else:
        await connection.fetch(sent.text, *_put(sent.parameters, changed))


def _put(row: Any, changed: Mapping[Any, Any]) -> list[Any]:
    return [_changed(value, changed) for value in row]


def _changed(value: Any, changed: Mapping[Any, Any]) -> Any:
    if isinstance(value, list):  # a column of rows that are written by `unnest`
        return [_changed(each, changed) for each in value]
    return value if isinstance(value, bool | dict) else changed.get(value, value)


def _values(sent: Sent) -> Iterator[Any]:
    rows = sent.parameters if sent.many else [sent.parameters]
    for value in (value for row in rows for value in row):
        yield from value if isinstance(value, list) else [value]


def _made(value: UUID, began: int) -> bool:
    return value.version in (4, 7) and (value.version == 4 or value.int >> 80 >= began)


async def _ask(app: Litestar, browser: Browser, path: str, form: Mapping[str, str] | None) -> int:
    """One request straight into the application; returns the status."""
    from urllib.parse import urlencode
    from uuid import uuid4

    where, _mark, query = path.partition("?")
    headers = [("host", browser.host), ("cookie", f"lx_session={browser.secret}")]
    body = b""
    if form is not None:
        body = urlencode({**form, "_csrf": browser.csrf, "_once": str(uuid4())}).encode()
        headers += [("origin", f"http://{browser.host}"), ("content-type", "application/x-www-form-urlencoded")]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET" if form is None else "POST",
        "scheme": "http",
        "path": where,
        "raw_path": where.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", browser.port),
    }
    statuses: list[int] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)  # type: ignore[arg-type]
    return statuses[0]
