"""Messages are rows of the caller's transaction, and dramatiq-postgres reads them."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, text

from lienxa.platform import clock
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.jobs import enqueue, repository, telling_past, tenant_actor
from lienxa.platform.jobs.broker import build_broker, give_back
from lienxa.platform.jobs.models import DoneJob, QueuedJob
from lienxa.platform.jobs.running import run_job
from lienxa.platform.settings import Settings

TENANT = UUID("01900000-0000-7000-8000-000000000001")
OTHER = UUID("01900000-0000-7000-8000-000000000002")

ran: list[tuple[UUID, int]] = []


@tenant_actor()
async def count_up(session: TenantSession, number: int) -> None:
    """Note where it ran; -1 fails."""
    await session.execute(text("select 1"))
    ran.append((session.tenant_id, number))
    if number < 0:
        raise ValueError(number)


@tenant_actor(of_the_moment=True)
async def remind(_session: TenantSession) -> None:
    """A notice that is worth nothing when it comes late."""


@pytest.fixture(autouse=True)
def _nothing_ran() -> Iterator[None]:
    ran.clear()
    yield
    ran.clear()


@pytest.fixture
def settings(database: Database) -> Settings:
    address = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return Settings(db_app_dsn=SecretStr(address), jobs_heartbeat_seconds=5)


async def _messages(database: Database) -> list[QueuedJob]:
    async with database.control() as session:
        return list(await session.scalars(select(QueuedJob).order_by(QueuedJob.position)))


async def test_a_rolled_back_transaction_wants_nothing(database: Database) -> None:
    async with database.tenant_session(TENANT) as session:
        await enqueue(session, count_up, TENANT, 1)
        await session.rollback()

    assert await _messages(database) == []


async def test_nobody_sees_a_job_before_the_commit(database: Database) -> None:
    async with database.tenant(TENANT) as session:
        await enqueue(session, count_up, TENANT, 1)
        assert await _messages(database) == []

    assert len(await _messages(database)) == 1


async def test_the_broker_takes_the_message_as_it_was_written(database: Database, settings: Settings) -> None:
    async with database.tenant(TENANT) as session:
        message_id = await enqueue(session, count_up, TENANT, 7)

    broker = build_broker("quick", settings, database)
    consumer = broker.consume("quick", timeout=100)
    try:
        taken = next(consumer)
        assert taken.message_id == str(message_id)
        assert taken.actor_name == count_up.name
        assert taken.args == (str(TENANT), 7)
        assert [row.state for row in await _messages(database)] == ["consumed"]
        assert next(consumer) is None

        give_back(broker)
        again = next(broker.consume("quick", timeout=100))
        assert again.message_id == taken.message_id
        consumer.ack(again)
        assert await _messages(database) == []
    finally:
        consumer.close()
        broker.close()


async def test_a_delayed_job_becomes_available_later(database: Database) -> None:
    async with database.control() as session:
        await enqueue(session, count_up, TENANT, 1, delay=timedelta(hours=2))

    (row,) = await _messages(database)
    assert timedelta(minutes=119) < row.available_at - datetime.now(UTC) <= timedelta(hours=2)


async def test_a_tenants_session_wants_jobs_of_that_tenant_only(database: Database) -> None:
    async with database.tenant(TENANT) as session:
        with pytest.raises(ValueError, match="another tenant"):
            await enqueue(session, count_up, OTHER, 1)
        with pytest.raises(TypeError, match="tenant's id"):
            await enqueue(session, count_up, 1)


async def test_waiting_tells_what_no_worker_has_taken(database: Database) -> None:
    async with database.control() as session:
        await enqueue(session, count_up, TENANT, 1)
        await enqueue(session, count_up, OTHER, 2, delay=timedelta(hours=1))
        taken = await enqueue(session, count_up, OTHER, 3)
        (await session.get_one(QueuedJob, taken)).state = "consumed"

    async with database.control() as session:
        assert await repository.waiting(session, count_up) == {(str(TENANT), 1), (str(OTHER), 2)}


async def test_a_message_delivered_twice_takes_effect_once(database: Database) -> None:
    message_id = uuid4()

    await run_job(count_up, database, message_id, (str(TENANT), 5))
    await run_job(count_up, database, message_id, (str(TENANT), 5))

    assert ran == [(TENANT, 5)]


async def test_a_failed_run_is_not_done(database: Database) -> None:
    message_id = uuid4()
    with pytest.raises(ValueError, match="-1"):
        await run_job(count_up, database, message_id, (str(TENANT), -1))

    await run_job(count_up, database, message_id, (str(TENANT), 1))

    assert ran == [(TENANT, -1), (TENANT, 1)]


async def test_a_second_delivery_waits_for_the_first_and_does_nothing(database: Database) -> None:
    message_id = uuid4()

    async def second() -> bool:
        async with database.tenant(TENANT) as session:
            return await repository.begin_once(session, message_id)

    async with database.tenant(TENANT) as session:
        assert await repository.begin_once(session, message_id)
        racing = asyncio.create_task(second())
        await asyncio.sleep(0.1)
        assert not racing.done()

    assert await racing is False


async def test_records_are_forgotten_when_old_and_delivered_for_good(database: Database) -> None:
    async def done(message_id: UUID) -> None:
        async with database.tenant(TENANT) as session:
            await repository.begin_once(session, message_id)

    with clock.fixed_at(clock.now() - timedelta(days=8)):
        await done(uuid4())
        async with database.control() as session:
            undelivered = await enqueue(session, count_up, TENANT, 1)
        await done(undelivered)
    await done(recent := uuid4())

    async with database.control() as session:
        await repository.forget_done(session, timedelta(days=7))
        kept: set[Any] = set(await session.scalars(select(DoneJob.message_id)))

    assert kept == {undelivered, recent}


async def test_the_queue_holds_no_content(database: Database) -> None:
    async with database.tenant(TENANT) as session:
        await enqueue(session, count_up, TENANT, 1)

    async with database.control() as session:
        keys = await session.scalars(select(func.jsonb_object_keys(QueuedJob.message)))
        assert set(keys) == {
            "queue_name", "actor_name", "args", "kwargs", "options", "message_id", "message_timestamp"
        }  # fmt: skip


async def test_while_the_past_is_told_nobody_is_reminded_of_old_things(database: Database) -> None:
    end = clock.instant(clock.today())
    with clock.fixed_at(end - timedelta(days=100)), telling_past(end):
        async with database.tenant(TENANT) as session:
            await enqueue(session, remind, TENANT)
            await enqueue(session, remind, TENANT, delay=timedelta(days=3))
            await enqueue(session, count_up, TENANT, 1)  # a work whose effect lasts
            await enqueue(session, count_up, TENANT, 2, delay=timedelta(days=1))
            await enqueue(session, remind, TENANT, delay=timedelta(days=102))  # still to come

    wanted = await _messages(database)
    assert [message.message["actor_name"].rpartition(".")[2] for message in wanted] == [
        "count_up",
        "count_up",
        "remind",
    ]
    pauses = [(message.available_at - message.mtime).total_seconds() for message in wanted]
    assert pauses == [0, 0, timedelta(days=2).total_seconds()]
