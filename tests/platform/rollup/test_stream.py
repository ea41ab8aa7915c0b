"""Open pages of a parent hear of changes, and never keep a process alive."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from litestar.datastructures import State
from litestar.response import ServerSentEventMessage
from pydantic import SecretStr
from sqlalchemy import text

from lienxa.platform.db.embedded import free_port
from lienxa.platform.db.session import Database
from lienxa.platform.rollup import jobs, stream
from lienxa.platform.settings import Settings

Stream = AsyncIterator[ServerSentEventMessage]


def _address(database: Database) -> str:
    return database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
async def app(database: Database) -> AsyncIterator[Litestar]:
    application = Litestar(state=State({"settings": Settings(db_app_dsn=SecretStr(_address(database)))}))
    await stream.start(application)
    await _until(lambda: _listeners(database))
    yield application
    await stream.stop(application)


async def _until(condition: Callable[[], Awaitable[object]], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < end, "it did not come true"
        await asyncio.sleep(0.02)


async def _listeners(database: Database, other_than: int = 0) -> int:
    async with database.control() as session:
        pid = await session.scalar(
            text(
                "select pid from pg_stat_activity where application_name = 'lienxa-feed' and state = 'idle' "
                "and datname = current_database() and pid <> :pid"
            ),
            {"pid": other_than},
        )
        return pid or 0


async def _yes() -> bool:
    return True


async def _no() -> bool:
    return False


async def _opened(app: Litestar, reader: UUID, still_signed_in: Any = _yes) -> Stream:
    events = stream.changes(app, reader, still_signed_in)
    assert (await anext(events)).comment == "open"
    return events


@pytest.mark.usefixtures("trial")
async def test_a_commit_below_reaches_the_readers_and_nobody_else(
    app: Litestar, database: Database, tree: Any, write: Any
) -> None:
    readers = [await _opened(app, reader) for reader in (tree.district, tree.province)]
    stranger = await _opened(app, tree.other_district)

    await write(tree.commune)
    await jobs.recompute(database, tree.commune, "trial")

    for events in readers:
        assert (await asyncio.wait_for(anext(events), 5)).event == "rollup"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(stranger), 0.3)


@pytest.mark.usefixtures("trial")
async def test_what_was_made_of_figures_is_kept_until_they_change(
    app: Litestar, database: Database, tree: Any, write: Any
) -> None:
    before, stranger = stream.kept(app, tree.district), stream.kept(app, tree.other_district)
    before["table"] = "made"
    stranger["table"] = "of another reader"
    assert stream.kept(app, tree.district) == {"table": "made"}

    events = await _opened(app, tree.district)
    await write(tree.commune)
    await jobs.recompute(database, tree.commune, "trial")
    await asyncio.wait_for(anext(events), 5)
    assert stream.kept(app, tree.district) == {}, "whoever hears of the change finds nothing old"
    assert stream.kept(app, tree.other_district) == {"table": "of another reader"}
    before["table"] = "read before the change, made after it"
    assert stream.kept(app, tree.district) == {}


async def test_nothing_is_kept_while_nobody_listens(
    app: Litestar, database: Database, tree: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "RECONNECT_SECONDS", 60)
    stream.kept(app, tree.district)["table"] = "made"
    pid = await _listeners(database)
    async with database.control() as session:
        await session.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})

    async def forgotten() -> bool:
        return "table" not in stream.kept(app, tree.district)

    await _until(forgotten)
    stream.kept(app, tree.district)["table"] = "made while nobody listens"
    assert stream.kept(app, tree.district) == {}
    assert stream.kept(Litestar(), tree.district) == {}


async def test_a_quiet_stream_is_kept_open(app: Litestar, tree: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.02)
    events = await _opened(app, tree.district)
    beats = [await asyncio.wait_for(anext(events), 5) for _ in range(3)]
    assert {(beat.comment, beat.data) for beat in beats} == {("still here", None)}


async def test_a_stream_ends_with_the_session(app: Litestar, tree: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CHECK_SECONDS", 0)
    events = await _opened(app, tree.district, _no)
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(events), 5)


async def test_streams_end_when_the_process_is_told_to_stop(app: Litestar, tree: Any) -> None:
    events = await _opened(app, tree.district)
    waiting = asyncio.create_task(anext(events))  # type: ignore[arg-type]
    await asyncio.sleep(0.05)
    app.state.rollup_feed.close()
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(waiting, 5)


async def test_a_lost_connection_is_replaced_and_pages_look_again(
    app: Litestar, database: Database, tree: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "RECONNECT_SECONDS", 0.05)
    events = await _opened(app, tree.district)
    pid = await _listeners(database)
    async with database.control() as session:
        await session.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})

    assert (await asyncio.wait_for(anext(events), 10)).event == "rollup"
    await _until(lambda: _listeners(database, other_than=pid))


def test_an_open_stream_does_not_keep_the_server_alive(database_name: str, templates: Any) -> None:
    """The server waits for open answers before it ends the lifespan; the stream must have ended by itself."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port), "streaming_app:app"],
        cwd=Path(__file__).parent,
        env={**os.environ, "STREAM_DSN": templates.cluster.dsn("lx_app", database_name)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    patient = httpx.Client(transport=httpx.HTTPTransport(retries=8), timeout=20)
    try:
        with patient, patient.stream("GET", f"http://127.0.0.1:{port}/") as answer:
            assert next(answer.iter_lines()) == ": open"
            server.send_signal(signal.SIGTERM)
            assert server.wait(10) == 0
    finally:
        server.kill()
        server.wait()
