"""Open pages of a parent hear that their figures changed (server-sent events).

Each web process holds one LISTEN connection and fans out; a stream holds no transaction and no connection of its own.
What a process makes of figures it may keep until it hears of a change (ADR 0010).
"""

import asyncio
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from litestar import Litestar
from litestar.response import ServerSentEventMessage

from lienxa.platform.db.pooler import direct_dsn
from lienxa.platform.rollup.repository import CHANNEL
from lienxa.platform.settings import Settings

HEARTBEAT_SECONDS = 15.0
CHECK_SECONDS = 30.0
SPACING_SECONDS = 1.0
RECONNECT_SECONDS = 1.0
_BROWSER_RETRY_MILLISECONDS = 3000

_log = structlog.get_logger()


class Feed:
    """The subscribers of this process, woken by one LISTEN connection."""

    def __init__(self, dsn: str) -> None:
        self.closed = asyncio.Event()
        self._dsn = dsn
        self._subscribers: dict[UUID, set[asyncio.Event]] = {}
        self._kept: dict[UUID, dict[str, Any]] = {}
        self._hears = False
        self._listening = asyncio.create_task(self._listen(), name="rollup-feed")

    @contextmanager
    def subscription(self, reader_id: UUID) -> Iterator[asyncio.Event]:
        """An event that is set when figures of that reader change, and when the feed closes."""
        wake = asyncio.Event()
        self._subscribers.setdefault(reader_id, set()).add(wake)
        try:
            yield wake
        finally:
            self._subscribers[reader_id].discard(wake)
            if not self._subscribers[reader_id]:
                del self._subscribers[reader_id]

    def kept(self, reader_id: UUID) -> dict[str, Any]:
        """Where to keep what is made of a reader's figures: another dict after each change of them.

        Take it before reading the figures: what was read before a change then lands in the dict that is thrown away.
        """
        return self._kept.setdefault(reader_id, {}) if self._hears else {}

    def close(self) -> None:
        """End every stream at once."""
        self.closed.set()
        self._wake_all()

    async def stop(self) -> None:
        """End every stream and give the connection back."""
        self.close()
        self._listening.cancel()
        with suppress(asyncio.CancelledError):
            await self._listening

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_until_lost()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("roll-up feed lost its connection", reason=type(error).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_until_lost(self) -> None:
        lost = asyncio.Event()
        connection = await asyncpg.connect(self._dsn, server_settings={"application_name": "lienxa-feed"})
        try:
            connection.add_termination_listener(lambda _connection: lost.set())
            await connection.add_listener(CHANNEL, self._heard)
            self._hears = True
            self._wake_all()  # whatever was announced while nobody listened
            await lost.wait()
        finally:
            self._hears = False
            self._kept.clear()
            connection.terminate()

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        reader_id = UUID(str(payload))
        self._kept.pop(reader_id, None)
        for wake in self._subscribers.get(reader_id, ()):
            wake.set()

    def _wake_all(self) -> None:
        for subscribers in self._subscribers.values():
            for wake in subscribers:
                wake.set()


async def start(app: Litestar) -> None:
    """Begin to listen, and end all streams as soon as the process is told to stop.

    The server lets open answers finish before it ends the application's lifespan, so a stream that waited for the
    lifespan would keep the process alive for ever.
    """
    settings: Settings = app.state.settings
    feed = Feed(direct_dsn(settings, settings.db_app_dsn.get_secret_value()))
    app.state.rollup_feed = feed
    app.state.rollup_restore = _on_stop_signal(asyncio.get_running_loop(), feed)


async def stop(app: Litestar) -> None:
    """End all streams and stop listening."""
    app.state.rollup_restore()
    await app.state.rollup_feed.stop()


def kept(app: Litestar, reader_id: UUID) -> dict[str, Any]:
    """As `Feed.kept`; nothing is kept in an application that does not listen."""
    feed: Feed | None = app.state.get("rollup_feed")
    return feed.kept(reader_id) if feed else {}


async def changes(
    app: Litestar, reader_id: UUID, still_signed_in: Callable[[], Awaitable[bool]]
) -> AsyncIterator[ServerSentEventMessage]:
    """One `rollup` event for each change of what `reader_id` reads, at most one a second; comments keep it open.

    `still_signed_in` is asked every 30 s; the stream ends with the session, and when the process stops.
    """
    feed: Feed = app.state.rollup_feed
    next_check = time.monotonic() + CHECK_SECONDS
    not_before = 0.0
    with feed.subscription(reader_id) as wake:
        yield ServerSentEventMessage(data=None, comment="open", retry=_BROWSER_RETRY_MILLISECONDS)
        while not feed.closed.is_set():
            happened = await _happens(wake, min(HEARTBEAT_SECONDS, next_check - time.monotonic()))
            if time.monotonic() >= next_check:  # before it is told, not after
                if not await still_signed_in():
                    return
                next_check = time.monotonic() + CHECK_SECONDS
            if not happened:
                yield ServerSentEventMessage(data=None, comment="still here")
                continue
            if await _happens(feed.closed, not_before - time.monotonic()):
                return
            wake.clear()  # what changed during the pause is told with this event
            not_before = time.monotonic() + SPACING_SECONDS
            yield ServerSentEventMessage(data="changed", event=CHANNEL)


async def _happens(event: asyncio.Event, seconds: float) -> bool:
    if event.is_set() or seconds <= 0:
        return event.is_set()
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _on_stop_signal(loop: asyncio.AbstractEventLoop, feed: Feed) -> Callable[[], None]:
    """Close the feed on SIGTERM and SIGINT, before whoever handled them until now; returns what undoes this.

    A handler of the `signal` module runs beside those that the server added to its event loop.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    earlier = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def handle(number: int, frame: FrameType | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(feed.close)
        previous = earlier[signal.Signals(number)]
        if callable(previous):
            previous(number, frame)
        elif previous is signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    for number in earlier:
        signal.signal(number, handle)

    def restore() -> None:
        for number, previous in earlier.items():
            if signal.getsignal(number) is handle:
                signal.signal(number, previous)

    return restore
