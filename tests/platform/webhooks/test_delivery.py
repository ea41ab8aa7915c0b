"""From an act to the receiver: signed, once for each act that was committed, again until it arrives."""

import asyncio
import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import func, select

from lienxa.platform import clock, ids
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, NotFound
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.notify import notices
from lienxa.platform.telemetry import metrics
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.webhooks import delivery, repository, sending, subscriptions
from lienxa.platform.webhooks.events import Happened, tell_others
from lienxa.platform.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEvent, WebhookSubscription
from lienxa.platform.webhooks.subscriptions import Issued

from .conftest import OF_EVENTS, Receiver, Run, Subscribe, Tell, answered


def verified(receiver: Receiver, secret: str, place: int = -1) -> Any:
    """The message of a request, if one of its signatures is that of the secret; as a receiver would look."""
    got = receiver.received[place]
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    right = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert right in got.headers["webhook-signature"].split(" ")
    return json.loads(got.body)


async def deliveries(database: Database, organ: Organ) -> list[WebhookDelivery]:
    async with database.tenant(organ.id) as session:
        return list(await session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))


async def attempts(database: Database, organ: Organ) -> list[WebhookAttempt]:
    async with database.tenant(organ.id) as session:
        return list(await session.scalars(select(WebhookAttempt).order_by(WebhookAttempt.at, WebhookAttempt.id)))


async def test_what_happened_arrives_signed_and_says_nothing_of_the_thing(
    database: Database, lam_son: Organ, receiver: Receiver, subscribe: Subscribe, tell: Tell, run_jobs: Run
) -> None:
    issued = await subscribe()
    thing = await tell()
    await run_jobs()
    (got,) = receiver.received
    told = verified(receiver, issued.secret)
    assert told == {
        "id": got.headers["webhook-id"],
        "type": "documents.issued",
        "timestamp": told["timestamp"],
        "data": {"organ": "lam-son", "body": "committee", "id": str(thing), "path": f"/api/v1/documents/{thing}"},
    }
    assert told["timestamp"].endswith("Z")
    assert got.headers["content-type"] == "application/json"
    assert abs(int(got.headers["webhook-timestamp"]) - clock.now().timestamp()) < 60
    (sent,) = await deliveries(database, lam_son)
    assert (sent.state, sent.tries, sent.next_at) == ("delivered", 1, None)
    (tried,) = await attempts(database, lam_son)
    assert (tried.status, tried.error) == (200, "")


async def test_an_act_that_is_rolled_back_tells_nothing(
    database: Database, lam_son: Organ, bodies: dict[str, UUID], receiver: Receiver, subscribe: Subscribe, run_jobs: Run
) -> None:
    await subscribe()
    async with database.tenant_session(lam_son.id) as session, session.begin() as transaction:
        await tell_others(session, Happened("documents.issued", ids.new_id(), "/documents/x", bodies["committee"]))
        await transaction.rollback()
    assert await run_jobs() == 0
    assert receiver.received == []


async def test_only_what_was_picked_is_told(
    database: Database, lam_son: Organ, bodies: dict[str, UUID], receiver: Receiver, subscribe: Subscribe, tell: Tell,
    run_jobs: Run,
) -> None:  # fmt: skip
    """Not of another body, above all not of Đảng ủy and UBKT, nor of another type; what is of all bodies, to all."""
    await subscribe("committee", "council", types=("documents.issued", "meetings.week_published"))
    for body in ("party", "inspection"):
        await tell(body)
    await tell("committee", "meetings.booked")
    assert await run_jobs() == 0
    await tell("council")
    async with database.tenant(lam_son.id) as session:
        happened = Happened("meetings.week_published", ids.new_id(), "/meetings/week?week=2026-W48", None)
        await tell_others(session, happened)
        assert await session.scalar(select(func.count()).select_from(WebhookEvent)) == 2
    await run_jobs()
    assert [json.loads(got.body)["data"]["body"] for got in receiver.received] == ["council", ""]


async def test_another_organ_is_never_told(
    database: Database, giang_son_tay: Organ, receiver: Receiver, subscribe: Subscribe, tell: Tell, run_jobs: Run
) -> None:
    await subscribe()
    async with database.tenant(giang_son_tay.id) as session:
        committee = next(body.id for body in await people.bodies(session) if body.code == "committee")
        await tell_others(session, Happened("documents.issued", ids.new_id(), "/documents/x", committee))
        assert await session.scalar(select(func.count()).select_from(WebhookEvent)) == 0
    assert await run_jobs() == 0
    assert await deliveries(database, giang_son_tay) == []
    await tell()
    await run_jobs()
    assert [json.loads(got.body)["data"]["organ"] for got in receiver.received] == ["lam-son"]


async def test_it_costs_one_statement_where_nobody_listens_and_two_where_somebody_does(
    database: Database, lam_son: Organ, bodies: dict[str, UUID], subscribe: Subscribe, statements: Any
) -> None:
    several = [
        Happened("documents.issued", ids.new_id(), f"/documents/{place}", bodies["committee"]) for place in range(50)
    ]
    for most in (1, 2):
        async with database.tenant(lam_son.id) as session:
            with statements() as sent:
                await tell_others(session, *several)
        assert len(sent.work) == most, sent
        await subscribe()
    async with database.tenant(lam_son.id) as session:
        with statements() as sent, notices.silently():
            await tell_others(session, *several)
    assert sent.work == []
    async with database.tenant(lam_son.id) as session:
        with pytest.raises(LookupError, match=r"documents\.lost"):
            await tell_others(session, Happened("documents.lost", ids.new_id(), "/documents/x", None))


async def test_many_at_once_each_arrive_once(
    receiver: Receiver, database: Database, lam_son: Organ, bodies: dict[str, UUID], subscribe: Subscribe, run_jobs: Run
) -> None:
    await subscribe(name="Một")
    await subscribe(name="Hai")
    async with database.tenant(lam_son.id) as session:
        happened = (Happened("documents.issued", ids.new_id(), "/documents/x", bodies["committee"]) for _ in range(20))
        await tell_others(session, *happened)
    async with database.tenant(lam_son.id) as session:
        await delivery.fan_out(session)  # a worker that was thought dead does it as well
    await run_jobs()
    told = [got.headers["webhook-id"] for got in receiver.received]
    assert len(told) == 40
    assert len(set(told)) == 20


async def test_what_fails_is_sent_again_with_growing_pauses_until_it_arrives(
    database: Database, lam_son: Organ, receiver: Receiver, subscribe: Subscribe, tell: Tell, run_jobs: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    receiver.answers = [answered(500, "Lỗi máy chủ".encode()), None]
    issued = await subscribe()
    await tell()
    await run_jobs()
    for pause in (5, 30):
        (waits,) = await deliveries(database, lam_son)
        assert waits.state == "pending"
        async with database.control() as control:
            delay = await control.scalar(select(QueuedJob.available_at - QueuedJob.mtime).where(OF_EVENTS))
        assert delay == timedelta(seconds=pause)
        assert await run_jobs() == 0  # not before
        assert await run_jobs(later=True) == 1
    assert len({got.headers["webhook-id"] for got in receiver.received}) == 1
    assert len({got.body for got in receiver.received}) == 1
    verified(receiver, issued.secret)
    tried = await attempts(database, lam_son)
    assert [(one.status, one.answer) for one in tried] == [(500, "Lỗi máy chủ"), (None, ""), (200, "")]
    assert "không trả lời" in tried[1].error
    (done,) = await deliveries(database, lam_son)
    assert (done.state, done.tries) == ("delivered", 3)
    assert await run_jobs(later=True) == 0


async def test_it_is_given_up_after_the_last_attempt_and_can_be_sent_by_hand(
    database: Database, lam_son: Organ, administrator: Actor, receiver: Receiver, subscribe: Subscribe, tell: Tell,
    run_jobs: Run,
) -> None:  # fmt: skip
    attempts_in_all = len(delivery.PAUSES) + 1
    receiver.answers = [answered(503)] * attempts_in_all
    issued = await subscribe()
    await tell()
    await run_jobs()
    while await run_jobs(later=True):
        pass
    assert len(receiver.received) == attempts_in_all
    (lost,) = await deliveries(database, lam_son)
    assert (lost.state, lost.next_at) == ("failed", None)
    async with database.tenant(lam_son.id) as session:
        await subscriptions.redeliver(session, administrator, issued.subscription_id, lost.id)
    await run_jobs()
    (found,) = await deliveries(database, lam_son)
    assert (found.state, found.tries) == ("delivered", 1)
    assert len({got.headers["webhook-id"] for got in receiver.received}) == 1
    with pytest.raises(NotFound):
        async with database.tenant(lam_son.id) as session:
            await subscriptions.redeliver(session, administrator, issued.subscription_id, ids.new_id())


async def lacking(database: Database) -> list[tuple[UUID, int]]:
    async with database.control() as control:
        return [(row.tenant_id, row.receivers) for row in await repository.lagging(control)]


async def test_operators_learn_of_what_does_not_arrive_until_it_does(
    database: Database, lam_son: Organ, administrator: Actor, receiver: Receiver, subscribe: Subscribe, tell: Tell,
    run_jobs: Run, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    counted: list[Any] = []
    monkeypatch.setattr(metrics, "count_at_commit", lambda _session, _counter, outcome: counted.append(outcome))
    receiver.answers = [answered(500), answered(500)]
    issued = await subscribe()
    await tell()
    assert await lacking(database) == [], "nothing failed yet"
    await run_jobs()
    await tell()
    await run_jobs()
    (first, _second) = await deliveries(database, lam_son)
    async with database.control() as control:
        ((organ, since, receivers),) = await repository.lagging(control, [lam_son.id])
    assert (organ, since, receivers) == (lam_son.id, first.created_at, 1)
    while await lacking(database):
        await run_jobs(later=True)
    assert counted == ["to_retry", "to_retry", "delivered", "delivered"]
    receiver.answers = [answered(500)]
    await tell()
    await run_jobs()
    assert await lacking(database) == [(lam_son.id, 1)]
    async with database.tenant(lam_son.id) as session:
        await subscriptions.pause(session, administrator, issued.subscription_id)
    assert await lacking(database) == [], "who is paused is not late"


async def test_the_same_turn_done_again_does_nothing(
    database: Database, lam_son: Organ, receiver: Receiver, subscribe: Subscribe, tell: Tell, run_jobs: Run
) -> None:
    receiver.answers = [answered(500)]
    await subscribe()
    await tell()
    await run_jobs()
    (waits,) = await deliveries(database, lam_son)
    for turn in (1, 7):
        await delivery.attempt(database, lam_son.id, waits.id, turn)
    assert len(receiver.received) == 1
    await delivery.attempt(database, lam_son.id, waits.id, 2)
    await delivery.attempt(database, lam_son.id, waits.id, 2)
    assert len(receiver.received) == 2


async def test_a_kill_between_sending_and_writing_down_sends_the_same_again(
    database: Database, lam_son: Organ, receiver: Receiver, subscribe: Subscribe, tell: Tell, run_jobs: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    await subscribe()
    await tell()

    async def die(*_arguments: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(delivery, "_note", die)
        with pytest.raises(ConnectionError):
            await run_jobs()
    (waits,) = await deliveries(database, lam_son)
    await delivery.attempt(database, lam_son.id, waits.id, waits.turn)  # the queue gives the message out again
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert [one.state for one in await deliveries(database, lam_son)] == ["delivered"]


async def test_what_got_stuck_is_found_and_what_is_old_forgotten(
    database: Database,
    lam_son: Organ,
    receiver: Receiver,
    subscribe: Subscribe,
    tell: Tell,
    run_jobs: Run,
    owner_dsn: str,
) -> None:
    with clock.fixed_at(clock.now() - timedelta(days=31)):
        await subscribe()
        await tell()
        await run_jobs()
    await tell()
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("delete from control.job_queue where message->>'actor_name' = 'webhooks.attempt'")
    async with database.tenant(lam_son.id) as session:
        await delivery.fan_out(session)
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("delete from control.job_queue")
    async with database.tenant(lam_son.id) as session:
        await delivery.look_after(session)
    assert await run_jobs() == 0  # a moment late is not stuck
    assert [one.state for one in await deliveries(database, lam_son)] == ["pending"]
    assert len(await attempts(database, lam_son)) == 0
    with clock.fixed_at(clock.now() + timedelta(minutes=11)):
        async with database.tenant(lam_son.id) as session:
            await delivery.look_after(session)
    await run_jobs()
    assert [one.state for one in await deliveries(database, lam_son)] == ["delivered"]
    assert len(receiver.received) == 2


async def test_a_new_secret_signs_beside_the_old_one_for_a_day(
    database: Database, lam_son: Organ, administrator: Actor, receiver: Receiver, subscribe: Subscribe, tell: Tell,
    run_jobs: Run,
) -> None:  # fmt: skip
    old = await subscribe()
    async with database.tenant(lam_son.id) as session:
        new = await subscriptions.rotate(session, administrator, old.subscription_id)
    assert new.secret != old.secret
    await tell()
    await run_jobs()
    verified(receiver, old.secret)
    verified(receiver, new.secret)
    with clock.fixed_at(clock.now() + timedelta(hours=25)):
        await tell()
        await run_jobs()
    verified(receiver, new.secret)
    with pytest.raises(AssertionError):
        verified(receiver, old.secret)


async def test_no_secret_is_readable_in_the_database(subscribe: Subscribe, owner_dsn: str) -> None:
    issued = await subscribe()
    raw = base64.b64decode(issued.secret.removeprefix("whsec_"))
    with psycopg.connect(owner_dsn) as connection:
        (whole,) = connection.execute("select secret from app.webhook_subscription").fetchone() or (b"",)
        texts = connection.execute("select detail::text from app.audit_event").fetchall()
    assert len(whole) > 40
    assert raw not in whole
    assert issued.secret.encode() not in whole
    assert not any(issued.secret in text for (text,) in texts)


async def test_a_key_of_the_application_that_was_replaced_is_told(
    database: Database,
    lam_son: Organ,
    receiver: Receiver,
    subscribe: Subscribe,
    tell: Tell,
    run_jobs: Run,
    owner_dsn: str,
) -> None:
    await subscribe()
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("update app.webhook_subscription set secret = decode(repeat('00', 60), 'hex')")
    await tell()
    await run_jobs()
    assert receiver.received == []
    (tried,) = await attempts(database, lam_son)
    assert "khóa ký" in tried.error


async def paused(database: Database, issued: Issued, organ: Organ) -> str:
    async with database.tenant(organ.id) as session:
        return (await session.find(WebhookSubscription, issued.subscription_id)).paused_reason


async def test_a_receiver_that_takes_nothing_for_days_is_paused_and_the_administrator_told(
    database: Database, lam_son: Organ, administrator: Actor, receiver: Receiver, subscribe: Subscribe, tell: Tell,
    run_jobs: Run,
) -> None:  # fmt: skip
    receiver.answers = [answered(500)] * 3
    issued = await subscribe()
    await tell()
    await run_jobs()
    assert await paused(database, issued, lam_son) == ""
    with clock.fixed_at(clock.now() + timedelta(days=3, minutes=1)):
        await tell()
        await run_jobs()
    assert await paused(database, issued, lam_son) == "failing"
    async with database.tenant(lam_son.id) as session:
        told, _following = await notices.page_of(session, administrator.account_id, only_unread=True, before=None)
    assert [(notice.title, notice.path) for notice in told] == [
        ("Nơi nhận “Kho” lỗi liên tục 3 ngày, đã tạm dừng.", f"/quan-tri/noi-nhan/{issued.subscription_id}")
    ]
    # From now on nothing is recorded; what waits goes on when somebody says so.
    await tell()
    assert await run_jobs() == 0
    while await run_jobs(later=True):
        pass
    assert len(receiver.received) == 2
    receiver.answers = []
    async with database.tenant(lam_son.id) as session:
        await subscriptions.resume(session, administrator, issued.subscription_id)
    await run_jobs()
    assert [one.state for one in await deliveries(database, lam_son)] == ["delivered", "delivered"]
    assert len(receiver.received) == 4


async def test_one_that_succeeds_in_between_is_not_paused(
    database: Database, lam_son: Organ, receiver: Receiver, subscribe: Subscribe, tell: Tell, run_jobs: Run
) -> None:
    issued = await subscribe()
    begin = clock.now()
    for day, status in enumerate((500, 200, 500)):
        receiver.answers = [answered(status)]
        with clock.fixed_at(begin + timedelta(days=2 * day)):
            await tell()
            await run_jobs()
    assert await paused(database, issued, lam_son) == ""


async def test_a_receiver_that_is_gone_is_paused_at_once(
    database: Database, lam_son: Organ, receiver: Receiver, subscribe: Subscribe, tell: Tell, run_jobs: Run
) -> None:
    receiver.answers = [answered(410)]
    issued = await subscribe()
    await tell()
    await run_jobs()
    assert await paused(database, issued, lam_son) == "gone"


async def test_a_removed_receiver_leaves_nothing_but_the_trail(
    database: Database, lam_son: Organ, administrator: Actor, receiver: Receiver, subscribe: Subscribe, tell: Tell,
    run_jobs: Run,
) -> None:  # fmt: skip
    receiver.answers = [answered(500)]
    first, second = await subscribe(name="Một"), await subscribe(name="Hai")
    await tell()
    await run_jobs()
    async with database.tenant(lam_son.id) as session:
        await subscriptions.remove(session, administrator, first.subscription_id)
    while await run_jobs(later=True):
        pass
    left = await deliveries(database, lam_son)
    assert {one.subscription_id for one in left} == {second.subscription_id}
    assert {one.state for one in left} == {"delivered"}


async def test_a_test_event_arrives_whatever_was_picked(
    database: Database, lam_son: Organ, administrator: Actor, receiver: Receiver, subscribe: Subscribe, run_jobs: Run
) -> None:
    issued = await subscribe(types=("meetings.booked",))
    async with database.tenant(lam_son.id) as session:
        await subscriptions.test(session, administrator, issued.subscription_id)
    await run_jobs()
    assert verified(receiver, issued.secret)["type"] == "webhooks.test"
    async with database.tenant(lam_son.id) as session:
        await subscriptions.pause(session, administrator, issued.subscription_id)
    for act in (subscriptions.pause, subscriptions.test):
        with pytest.raises(Conflict):
            async with database.tenant(lam_son.id) as session:
                await act(session, administrator, issued.subscription_id)


async def test_a_receiver_that_hangs_keeps_no_other_waiting(
    database: Database, lam_son: Organ, receiver: Receiver, subscribe: Subscribe, tell: Tell, run_jobs: Run
) -> None:
    """While one attempt is under way the next of the same receiver comes back a moment later, at once."""
    receiver.answers = [None]
    await subscribe()
    await tell()
    hanging = asyncio.create_task(run_jobs())
    await asyncio.wait_for(receiver.came.wait(), 20)
    await tell()
    await run_jobs()  # returns although the first is still waiting for its answer
    assert not hanging.done()
    assert len(receiver.received) == 1
    async with database.control() as control:
        waiting = (await control.scalars(select(QueuedJob.message["actor_name"].astext).where(OF_EVENTS))).all()
    assert list(waiting) == ["webhooks.attempt"]
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    assert await run_jobs(later=True) == 1
    assert len(receiver.received) == 2


async def test_the_log_is_read_a_page_at_a_time(
    database: Database, lam_son: Organ, subscribe: Subscribe, tell: Tell, run_jobs: Run, receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch, statements: Any,
) -> None:  # fmt: skip
    monkeypatch.setattr(repository, "PAGE_SIZE", 2)
    receiver.answers = [answered(500), answered(200), answered(404)]
    issued = await subscribe()
    for _event in range(5):
        await tell()
    await run_jobs()
    async with database.tenant(lam_son.id) as session:
        seen: list[UUID] = []
        place = None
        for expected in (2, 2, 1):
            with statements() as sent:
                rows, place = await repository.log(session, issued.subscription_id, before=place)
            assert len(sent.work) == 1
            assert len(rows) == expected
            seen += [row.WebhookDelivery.id for row in rows]
        assert place is None
        assert len(set(seen)) == 5
        rows, _place = await repository.log(session, issued.subscription_id, state="pending")
        assert sorted(row.status for row in rows) == [404, 500]
        assert [row.attempts for row in rows] == [1, 1]
