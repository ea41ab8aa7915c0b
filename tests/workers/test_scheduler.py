"""The scheduler wants what is due, once, from one replica; and a change is on an open page within two seconds."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID

import dramatiq
import pytest
import trial_jobs
from dramatiq.asyncio import get_event_loop_thread
from litestar import Litestar
from litestar.datastructures import State
from pydantic import SecretStr
from sqlalchemy import delete, func, select

from lienxa.platform import clock, module
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.repository import record_stranger
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.jobs import upkeep
from lienxa.platform.jobs.actors import declared_jobs
from lienxa.platform.jobs.broker import build_broker
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.jobs.repository import scheduled, tell_kinds
from lienxa.platform.module import Figure, FigureRow, Module, Schedule
from lienxa.platform.rollup import marks, reading, stream
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.models import Tenant
from lienxa.workers.catalogue import load_jobs
from lienxa.workers.scheduler import Scheduler

MONTH = date(2026, 3, 1)


@pytest.fixture
async def organs(operator_database: Database) -> tuple[UUID, UUID]:
    """A district and its commune."""
    async with operator_database.control() as session:
        district = Tenant(slug="huyen", name="Huyện", kind="district", level_label="huyện", created_at=clock.now())
        session.add(district)
        await session.flush()
        commune = Tenant(
            slug="xa", name="Xã", kind="commune", level_label="xã", parent_id=district.id, created_at=clock.now()
        )
        session.add(commune)
    return district.id, commune.id


async def _wanted(database: Database) -> list[tuple[str, list[str]]]:
    async with database.control() as session:
        rows = await session.scalars(select(QueuedJob.message).order_by(QueuedJob.position))
        return sorted((message["actor_name"], message["args"]) for message in rows)


async def test_what_is_due_is_wanted_once_for_each_organ(
    database: Database, organs: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "all_modules", lambda: ())
    due = [(job, Schedule(job.name, 0)) for job in (upkeep.forget_done, trial_jobs.visit)]
    scheduler = Scheduler(database, due)
    async with database.engine.connect() as connection:
        for _ in range(2):
            await scheduler.tick(connection)
            assert await _wanted(database) == [
                ("jobs.forget_done", []),
                *sorted(("trial_jobs.visit", [str(organ)]) for organ in organs),
            ]


async def test_a_schedule_waits_for_its_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "all_modules", lambda: ())
    scheduler = Scheduler(database, [(upkeep.forget_done, Schedule("jobs.forget_done", 3600))])
    async with database.engine.connect() as connection:
        await scheduler.tick(connection)
        async with database.control() as session:
            await session.execute(delete(QueuedJob))
        await scheduler.tick(connection)
    assert await _wanted(database) == []


async def test_a_second_replica_stands_by_and_takes_over(
    database: Database, until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "all_modules", lambda: ())
    monkeypatch.setattr("lienxa.workers.scheduler.STANDBY_SECONDS", 0.05)
    first, second = Scheduler(database, []), Scheduler(database, [])
    acted: list[Scheduler] = []
    monkeypatch.setattr(Scheduler, "tick", lambda self, _connection: _note(acted, self))
    stop_first, stop_second = asyncio.Event(), asyncio.Event()
    running = [asyncio.create_task(first.run(stop_first))]
    await until(lambda: acted)
    running.append(asyncio.create_task(second.run(stop_second)))
    await asyncio.sleep(0.3)
    assert set(acted) == {first}

    stop_first.set()
    await until(lambda: second in acted)
    stop_second.set()
    await asyncio.gather(*running)


async def _note(acted: list[Scheduler], scheduler: Scheduler) -> None:
    acted.append(scheduler)


async def test_the_process_starts_and_stops(processes: Any, until: Any) -> None:
    """With the jobs and schedules of all modules: an unknown name would end it at once."""
    scheduler = processes.start("lienxa.workers.scheduler")
    await until(lambda: any(line["message"] == "scheduler ready" for line in processes.logged()))
    told = time.monotonic()
    scheduler.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(scheduler.wait, 20) == 0
    assert time.monotonic() - told < 8, "three seconds, and what a busy machine adds"


async def test_a_change_is_on_an_open_page_within_two_seconds(
    database: Database, organs: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    district, commune = organs
    monkeypatch.setattr(module, "all_modules", lambda: (TRIAL,))
    address = SecretStr(database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
    settings = Settings(db_app_dsn=address)
    app = Litestar(state=State({"settings": settings}))
    async with _feed(app), _quick_worker(settings), _scheduler(database):
        events = stream.changes(app, district, _signed_in)
        await anext(events)
        latencies = []
        for total in (1, 2, 3):
            await asyncio.sleep(0.7)  # everybody has looked around and sleeps
            async with database.tenant(commune) as session:
                record_stranger(session, "trial.done", None, {})
                await marks.mark(session, "trial")
            committed = time.monotonic()
            while await _figures(database, district) != [(commune, total)]:  # a page looks again at every event
                await asyncio.wait_for(anext(events), 20)
            latencies.append(time.monotonic() - committed)
        assert min(latencies) < 2, latencies


async def _figures(database: Database, reader: UUID) -> list[tuple[UUID, int]]:
    async with database.tenant(reader) as session:
        read = await reading.totals(session, MONTH, MONTH)
        return [(organ, value) for organ, counts in read.items() for value in counts.values()]


async def _count(session: TenantSession) -> list[FigureRow]:
    total = await session.scalar(select(func.count()).select_from(AuditEvent))
    return [FigureRow(MONTH, "", total)] if total else []


TRIAL = Module(name="trial", title="Thử", figures=[Figure("events", "Sự kiện", "", _count)])


async def _signed_in() -> bool:
    return True


@asynccontextmanager
async def _feed(app: Litestar) -> AsyncIterator[None]:
    await stream.start(app)
    try:
        yield
    finally:
        await stream.stop(app)


@asynccontextmanager
async def _scheduler(database: Database) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    running = asyncio.create_task(Scheduler(database, []).run(stopping))
    try:
        yield
    finally:
        stopping.set()
        await running


@asynccontextmanager
async def _quick_worker(settings: Settings) -> AsyncIterator[None]:
    """A worker in threads of this process, so that it knows the trial's module."""
    database = Database(settings.db_app_dsn.get_secret_value())
    broker = build_broker("quick", settings, database)
    worker = dramatiq.Worker(broker, queues={"quick"}, worker_timeout=100)
    worker.start()
    try:
        yield
    finally:
        loop_thread = get_event_loop_thread()
        assert loop_thread is not None
        await asyncio.to_thread(loop_thread.run_coroutine, database.close())
        await asyncio.to_thread(worker.stop)
        broker.close()


async def test_the_scheduler_tells_what_jobs_there_are_and_how_often_they_are_wanted(database: Database) -> None:
    load_jobs()
    async with database.control() as session:
        await tell_kinds(session, declared_jobs(), {"audit.seal_events": 5, "rest.forget_answers": 3600})
    async with database.control() as session:
        await tell_kinds(session, declared_jobs(), {"audit.seal_events": 7})
    async with database.control() as session:
        (kind,) = await scheduled(session)
    assert (kind.job, kind.title, kind.every_seconds) == ("audit.seal_events", "Niêm nhật ký", 7)
