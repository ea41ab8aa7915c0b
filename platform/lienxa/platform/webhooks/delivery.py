"""Sending events to those who asked for them: once each, then again with growing pauses until they arrive."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from lienxa.platform import clock, ids
from lienxa.platform.access import repository as people
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.identity import sealing
from lienxa.platform.jobs import enqueue
from lienxa.platform.jobs.repository import enqueue_many
from lienxa.platform.networks import read_allowed
from lienxa.platform.notify import notices
from lienxa.platform.notify.notices import Told
from lienxa.platform.settings import get_settings
from lienxa.platform.telemetry import metrics
from lienxa.platform.tenancy.organs import organ_by_id
from lienxa.platform.text import _
from lienxa.platform.webhooks import jobs, repository, signing
from lienxa.platform.webhooks.models import (
    DELIVERED,
    FAILED,
    FAILING,
    GONE,
    PENDING,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEvent,
    WebhookSubscription,
)
from lienxa.platform.webhooks.sending import Outcome, post

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 2 * 60, 10 * 60, 3600, 6 * 3600, 24 * 3600))
PAUSED_AFTER = timedelta(days=3)
KEPT_FOR = timedelta(days=30)
SEALED_FOR = "webhook"
PAGES = "/quan-tri/noi-nhan"
# What became of an attempt, as metrics call it: a delivery that is still on its way will be sent again.
_OUTCOMES = {DELIVERED: "delivered", PENDING: "to_retry", FAILED: "given_up"}
_STUCK_AFTER = timedelta(minutes=10)
_MOMENT = timedelta(seconds=1)

# Receivers may hang until the time-out. They never take more than half of the threads that quick jobs of all organs
# share, and no receiver more than one: what finds no place comes again in a moment.
_PLACES = 4
_under_way: Counter[UUID] = Counter()

_log = structlog.get_logger()


class Data(msgspec.Struct, frozen=True):
    """The thing of an event: whose it is, and where the API tells about it. `body` is empty for what is of all."""

    organ: str
    body: str
    id: UUID
    path: str


class Message(msgspec.Struct, frozen=True):
    """What is sent: `id` stays the same however often it is sent."""

    id: UUID
    type: str
    timestamp: datetime
    data: Data


def message(event: WebhookEvent, organ: str, body: str) -> bytes:
    """The JSON of an event."""
    data = Data(organ=organ, body=body, id=event.object_id, path=event.path)
    at = event.occurred_at.astimezone(UTC).replace(microsecond=0)
    return msgspec.json.encode(Message(id=event.id, type=event.event_type, timestamp=at, data=data))


async def fan_out(session: TenantSession) -> None:
    """Make the deliveries of new events and want their first attempts."""
    await begin(session, await repository.fan_out(session))


async def begin(session: TenantSession, delivery_ids: Sequence[UUID]) -> None:
    """Want the first attempts of new deliveries."""
    await _want(session, [(delivery_id, 1) for delivery_id in delivery_ids])


async def send_anew(session: TenantSession, deliveries: Sequence[WebhookDelivery]) -> None:
    """Begin their attempts again, now; whatever attempt was wanted before does nothing any more."""
    for delivery in deliveries:
        delivery.state, delivery.tries, delivery.ended_at = PENDING, 0, None
        delivery.turn, delivery.next_at = delivery.turn + 1, clock.now()
    await session.flush()
    await _want(session, [(delivery.id, delivery.turn) for delivery in deliveries])


async def attempt(database: Database, tenant_id: UUID, delivery_id: UUID, turn: int) -> None:
    """Send a delivery if this is its turn, and write down how it went and when it goes again."""
    with ExitStack() as place:
        async with database.tenant(tenant_id) as session:
            row = await repository.to_send(session, delivery_id, turn)
            if row is None:
                return
            if not _has_place(row.WebhookSubscription.id):
                await enqueue(session, jobs.attempt, tenant_id, delivery_id, turn, delay=_MOMENT)
                return
            place.enter_context(_place(row.WebhookSubscription.id))
        async with database.control() as control:
            organ = await organ_by_id(control, tenant_id)
        if organ is None or organ.state != "active":
            return  # what waits is sent when the organ is back (`look_after`)
        at = clock.now()
        outcome = await _send(row.WebhookEvent, row.WebhookSubscription, at, organ.slug, row.body or "")
        async with database.tenant(tenant_id) as session:
            await _note(session, delivery_id, turn, at, outcome)


async def look_after(session: TenantSession) -> None:
    """Want what should have been sent long ago, and forget what is older than 30 days."""
    stuck = list(await repository.overdue(session, clock.now() - _STUCK_AFTER))
    for delivery in stuck:
        delivery.turn, delivery.next_at = delivery.turn + 1, clock.now()
    await session.flush()
    await _want(session, [(delivery.id, delivery.turn) for delivery in stuck])
    await repository.forget(session, clock.now() - KEPT_FOR)


async def _want(session: TenantSession, turns: list[tuple[UUID, int]]) -> None:
    await enqueue_many(session, jobs.attempt, [(session.tenant_id, *turn) for turn in turns])


async def _send(event: WebhookEvent, subscription: WebhookSubscription, at: datetime, organ: str, body: str) -> Outcome:
    settings = get_settings()
    sealed = [subscription.secret]
    if subscription.previous_secret and subscription.previous_until and subscription.previous_until > at:
        sealed.append(subscription.previous_secret)
    keys = [key for one in sealed if (key := sealing.unseal(settings, one, purpose=SEALED_FOR))]
    if not keys:  # the application's key was replaced
        return Outcome(None, 0, _("Không mở được khóa ký: cấp khóa mới cho nơi nhận."))
    content = message(event, organ, body)
    headers = signing.headers(keys, str(event.id), at, content)
    return await post(subscription.address, headers, content, read_allowed(settings.webhook_allow))


async def _note(session: TenantSession, delivery_id: UUID, turn: int, at: datetime, outcome: Outcome) -> None:
    """Write an attempt down. If the delivery was sent anew meanwhile, or removed, its next turn decides."""
    delivery = await session.get(WebhookDelivery, (session.tenant_id, delivery_id), with_for_update=True)
    if delivery is None:
        return
    session.add(
        WebhookAttempt(
            id=ids.new_id(),
            delivery_id=delivery_id,
            at=at,
            status=outcome.status,
            milliseconds=outcome.milliseconds,
            error=outcome.error,
            answer=outcome.answer,
        )
    )
    if delivery.turn != turn or delivery.state != PENDING:
        return
    delivery.tries += 1
    subscription = await session.find(WebhookSubscription, delivery.subscription_id, lock=True)
    if outcome.arrived:
        delivery.state, delivery.ended_at, delivery.next_at = DELIVERED, clock.now(), None
        subscription.failing_since, subscription.delivered_at = None, clock.now()
    else:
        await _go_on(session, delivery)
        await _hold(session, subscription, outcome)
    metrics.count_at_commit(session, metrics.webhook_attempts, outcome=_OUTCOMES[delivery.state])
    if delivery.tries > 1 or not outcome.arrived:
        await session.flush()
        lacks_since = None if subscription.paused_at else await repository.oldest_failed(session, subscription.id)
        await repository.note_lag(session, subscription.id, lacks_since)


async def _go_on(session: TenantSession, delivery: WebhookDelivery) -> None:
    """After a failure: the next attempt after a longer pause, or the end."""
    if delivery.tries > len(PAUSES):
        delivery.state, delivery.ended_at, delivery.next_at = FAILED, clock.now(), None
        return
    pause = PAUSES[delivery.tries - 1]
    delivery.turn, delivery.next_at = delivery.turn + 1, clock.now() + pause
    await enqueue(session, jobs.attempt, session.tenant_id, delivery.id, delivery.turn, delay=pause)


async def _hold(session: TenantSession, subscription: WebhookSubscription, outcome: Outcome) -> None:
    """Pause a receiver that is gone or has taken nothing for days, and tell the administrators."""
    subscription.failing_since = subscription.failing_since or clock.now()
    days = PAUSED_AFTER.days
    if subscription.paused_at is not None:
        return
    if outcome.gone:
        reason, text = GONE, _("Nơi nhận “{name}” báo không nhận nữa (mã 410), đã tạm dừng.", name=subscription.name)
    elif clock.now() - subscription.failing_since >= PAUSED_AFTER:
        reason = FAILING
        text = _("Nơi nhận “{name}” lỗi liên tục {days} ngày, đã tạm dừng.", name=subscription.name, days=days)
    else:
        return
    subscription.paused_at, subscription.paused_reason = clock.now(), reason
    trail.record_service(session, "office.pause_receiver", "webhook_subscription", subscription.id, {"text": text})
    administrators = [row.staff_id for row in await people.holders_of_role(session, "administrator")]
    told = Told(administrators, "webhooks.paused", text, f"{PAGES}/{subscription.id}")
    await notices.tell(session, None, told)
    _log.warning("a receiver of events is paused", reason=reason)


def _has_place(subscription_id: UUID) -> bool:
    return _under_way.total() < _PLACES and not _under_way[subscription_id]


@contextmanager
def _place(subscription_id: UUID) -> Iterator[None]:
    _under_way[subscription_id] += 1
    try:
        yield
    finally:
        _under_way.subtract([subscription_id])
        if not _under_way[subscription_id]:
            del _under_way[subscription_id]
