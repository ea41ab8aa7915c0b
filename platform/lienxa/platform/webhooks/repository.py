"""All SQL of outgoing events."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Row,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import ColumnElement

from lienxa.platform import clock, ids
from lienxa.platform.access.models import Body, Staff
from lienxa.platform.db.session import ControlSession, TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.webhooks.models import (
    FAILED,
    PENDING,
    RESTORED,
    WebhookAttempt,
    WebhookBody,
    WebhookDelivery,
    WebhookEvent,
    WebhookSubscription,
    WebhookTopic,
    webhook_lag,
)

PAGE_SIZE = 30
_IDS, _WORDS = ARRAY(Uuid()), ARRAY(Text())
# Built once: every act that is told asks it, mostly for nothing.
_GIVEN = (
    func.unnest(
        bindparam("id_list", type_=_IDS),
        bindparam("types", type_=_WORDS),
        bindparam("objects", type_=_IDS),
        bindparam("paths", type_=_WORDS),
        bindparam("bodies", type_=_IDS),
    )
    .table_valued("id", "event_type", "object_id", "path", "body_id", name="given")
    .render_derived()
)


def _interested(tenant_id: Any, event_type: Any, body_id: Any) -> ColumnElement[bool]:
    """Whether a subscription that is not paused asks for events of that type and body; a body of None is all."""
    return and_(
        WebhookSubscription.tenant_id == tenant_id,
        WebhookSubscription.paused_at.is_(None),
        exists().where(
            WebhookTopic.tenant_id == WebhookSubscription.tenant_id,
            WebhookTopic.subscription_id == WebhookSubscription.id,
            WebhookTopic.event_type == event_type,
        ),
        or_(
            body_id.is_(None),
            exists().where(
                WebhookBody.tenant_id == WebhookSubscription.tenant_id,
                WebhookBody.subscription_id == WebhookSubscription.id,
                WebhookBody.body_id == body_id,
            ),
        ),
    )


_events: Table = WebhookEvent.__table__  # type: ignore[assignment]
_ADD_EVENTS = (
    insert(_events)
    .from_select(
        ["tenant_id", "id", "event_type", "object_id", "path", "body_id", "occurred_at"],
        select(
            bindparam("tenant", type_=Uuid()),
            _GIVEN.c.id,
            _GIVEN.c.event_type,
            _GIVEN.c.object_id,
            _GIVEN.c.path,
            _GIVEN.c.body_id,
            bindparam("at", type_=WebhookEvent.occurred_at.type),
        )
        .select_from(_GIVEN)
        .where(exists().where(_interested(bindparam("tenant", type_=Uuid()), _GIVEN.c.event_type, _GIVEN.c.body_id))),
    )
    .returning(_events.c.id)
)


# Events and their deliveries ----------------------------------------------------------------------------------------


async def add_events(session: TenantSession, happened: Sequence[tuple[str, UUID, str, UUID | None]]) -> list[UUID]:
    """Write those of `(type, object, path, body)` down of which somebody is to be told; the ids of these."""
    types, objects, paths, bodies = (list(column) for column in zip(*happened, strict=True))
    given = {
        "tenant": session.tenant_id,
        "id_list": [ids.new_id() for _one in happened],
        "types": types,
        "objects": objects,
        "paths": paths,
        "bodies": bodies,
        "at": clock.now(),
    }
    return list(await session.scalars(_ADD_EVENTS, given))


async def add_event(session: TenantSession, event_type: str, object_id: UUID, path: str) -> WebhookEvent:
    """Write an event down that is sent to one subscription alone."""
    now = clock.now()
    event = WebhookEvent(
        id=ids.new_id(),
        event_type=event_type,
        object_id=object_id,
        body_id=None,
        path=path,
        occurred_at=now,
        sent_out_at=now,
    )
    session.add(event)
    await session.flush()
    return event


async def fan_out(session: TenantSession) -> list[UUID]:
    """Make the deliveries of all events that have none yet; their ids. Two at a time share the events."""
    now = clock.now()
    taken = list(
        await session.scalars(
            update(WebhookEvent)
            .where(WebhookEvent.sent_out_at.is_(None))
            .values(sent_out_at=now)
            .returning(WebhookEvent.id)
            .execution_options(synchronize_session=False)
        )
    )
    if not taken:
        return []
    pairs = await session.execute(
        select(WebhookSubscription.id, WebhookEvent.id)
        .select_from(WebhookEvent)
        .join(
            WebhookSubscription,
            _interested(WebhookEvent.tenant_id, WebhookEvent.event_type, WebhookEvent.body_id),
        )
        .where(WebhookEvent.id.in_(taken))
        .order_by(WebhookEvent.id, WebhookSubscription.id)
    )
    return await add_deliveries(session, [(subscription, event) for subscription, event in pairs])


async def add_deliveries(session: TenantSession, pairs: Collection[tuple[UUID, UUID]]) -> list[UUID]:
    """New deliveries of `(subscription, event)`, due now, in their first turn."""
    if not pairs:
        return []
    now = clock.now()
    rows: list[dict[str, Any]] = [
        {
            "tenant_id": session.tenant_id,
            "id": ids.new_id(),
            "subscription_id": subscription_id,
            "event_id": event_id,
            "state": PENDING,
            "turn": 1,
            "tries": 0,
            "created_at": now,
            "next_at": now,
        }
        for subscription_id, event_id in pairs
    ]
    await session.execute(insert(WebhookDelivery), rows)
    return [row["id"] for row in rows]


async def to_send(
    session: TenantSession, delivery_id: UUID, turn: int
) -> Row[WebhookDelivery, WebhookEvent, WebhookSubscription, str] | None:
    """`(WebhookDelivery, WebhookEvent, WebhookSubscription, body)` of a delivery that this turn is to send.

    None if it was sent, sent anew or forgotten in the meantime, or if its subscription is paused.
    """
    query = (
        select(WebhookDelivery, WebhookEvent, WebhookSubscription, Body.code.label("body"))
        .join(WebhookEvent, _same(WebhookEvent, WebhookDelivery.event_id))
        .join(WebhookSubscription, _same(WebhookSubscription, WebhookDelivery.subscription_id))
        .outerjoin(Body, and_(Body.tenant_id == WebhookEvent.tenant_id, Body.id == WebhookEvent.body_id))
        .where(
            WebhookDelivery.id == delivery_id,
            WebhookDelivery.state == PENDING,
            WebhookDelivery.turn == turn,
            WebhookSubscription.paused_at.is_(None),
        )
    )
    return (await session.execute(query)).one_or_none()


async def waiting(session: TenantSession, subscription_id: UUID) -> Sequence[WebhookDelivery]:
    """The deliveries of a subscription that are still on their way, locked, oldest first."""
    query = (
        select(WebhookDelivery)
        .where(WebhookDelivery.subscription_id == subscription_id, WebhookDelivery.state == PENDING)
        .order_by(WebhookDelivery.id)
        .with_for_update()
    )
    return (await session.scalars(query)).all()


async def oldest_failed(session: TenantSession, subscription_id: UUID) -> datetime | None:
    """When the oldest delivery was made that a subscription failed to take and that is still on its way."""
    query = select(func.min(WebhookDelivery.created_at)).where(
        WebhookDelivery.subscription_id == subscription_id, WebhookDelivery.state == PENDING, WebhookDelivery.tries > 0
    )
    moment: datetime | None = await session.scalar(query)
    return moment


async def note_lag(session: TenantSession, subscription_id: UUID, since: datetime | None) -> None:
    """Tell operators since when a subscription lacks something; None: nothing."""
    if since is None:
        of_it = (webhook_lag.c.tenant_id == session.tenant_id, webhook_lag.c.subscription_id == subscription_id)
        await session.execute(delete(webhook_lag).where(*of_it))
        return
    noted = postgresql.insert(webhook_lag).values(
        tenant_id=session.tenant_id, subscription_id=subscription_id, since=since
    )
    await session.execute(noted.on_conflict_do_update(constraint="webhook_lag_pkey", set_={"since": since}))


async def lagging(
    session: ControlSession, organ_ids: Collection[UUID] | None = None
) -> Sequence[Row[UUID, datetime, int]]:
    """`(tenant_id, since, receivers)` of the organs whose receivers lack something, longest first."""
    since = func.min(webhook_lag.c.since).label("since")
    query = select(webhook_lag.c.tenant_id, since, func.count().label("receivers")).group_by(webhook_lag.c.tenant_id)
    if organ_ids is not None:
        query = query.where(webhook_lag.c.tenant_id.in_(organ_ids))
    return (await session.execute(query.order_by(since))).all()


async def overdue(session: TenantSession, before: datetime) -> Sequence[WebhookDelivery]:
    """Deliveries that should have been sent before that moment and are not, locked."""
    query = (
        select(WebhookDelivery)
        .join(WebhookSubscription, _same(WebhookSubscription, WebhookDelivery.subscription_id))
        .where(
            WebhookDelivery.state == PENDING,
            WebhookDelivery.next_at < before,
            WebhookSubscription.paused_at.is_(None),
        )
        .order_by(WebhookDelivery.id)
        .limit(1000)
        .with_for_update(of=WebhookDelivery, skip_locked=True)
    )
    return (await session.scalars(query)).all()


async def forget(session: TenantSession, before: datetime) -> None:
    """Remove events of before that moment with all that became of them."""
    old = select(WebhookEvent.id).where(WebhookEvent.occurred_at < before)
    deliveries = select(WebhookDelivery.id).where(WebhookDelivery.event_id.in_(old))
    await _forget_deliveries(session, deliveries)
    await session.execute(_removing(WebhookEvent).where(WebhookEvent.occurred_at < before))


async def switch_off(session: TenantSession) -> int:
    """Pause what is not paused yet, forget secrets of before, give up all that was on its way; how many it paused."""
    now = clock.now()
    await session.execute(_changing(WebhookSubscription).values(previous_secret=None, previous_until=None))
    running = _changing(WebhookSubscription).where(WebhookSubscription.paused_at.is_(None))
    paused = await session.scalars(
        running.values(paused_at=now, paused_reason=RESTORED).returning(WebhookSubscription.id)
    )
    count = len(paused.all())
    new = _changing(WebhookEvent).where(WebhookEvent.sent_out_at.is_(None))
    await session.execute(new.values(sent_out_at=now))
    on_its_way = _changing(WebhookDelivery).where(WebhookDelivery.state == PENDING)
    await session.execute(on_its_way.values(state=FAILED, next_at=None, ended_at=now))
    return count


# Subscriptions ------------------------------------------------------------------------------------------------------


def _bodies_of_subscription() -> Any:
    return (
        select(func.array_agg(postgresql.aggregate_order_by(Body.symbol, Body.position)))
        .join(WebhookBody, and_(WebhookBody.tenant_id == Body.tenant_id, WebhookBody.body_id == Body.id))
        .where(Body.tenant_id == WebhookSubscription.tenant_id, WebhookBody.subscription_id == WebhookSubscription.id)
        .correlate(WebhookSubscription)
        .scalar_subquery()
    )


def _listed(model: Any, column: Any) -> Any:
    return (
        select(func.array_agg(column))
        .where(model.tenant_id == WebhookSubscription.tenant_id, model.subscription_id == WebhookSubscription.id)
        .correlate(WebhookSubscription)
        .scalar_subquery()
    )


async def subscriptions(session: TenantSession, subscription_id: UUID | None = None) -> Sequence[Row[Any]]:
    """`(WebhookSubscription, creator, topics, body_ids, bodies)` of all or of one, by name; lists may be None."""
    query = (
        select(
            WebhookSubscription,
            Staff.full_name.label("creator"),
            _listed(WebhookTopic, WebhookTopic.event_type).label("topics"),
            _listed(WebhookBody, WebhookBody.body_id).label("body_ids"),
            _bodies_of_subscription().label("bodies"),
        )
        .join(
            Staff,
            and_(Staff.tenant_id == WebhookSubscription.tenant_id, Staff.id == WebhookSubscription.created_by),
        )
        .order_by(func.lower(WebhookSubscription.name), WebhookSubscription.id)
    )
    if subscription_id is not None:
        query = query.where(WebhookSubscription.id == subscription_id)
    return (await session.execute(query)).all()


async def failed_counts(session: TenantSession, since: datetime) -> dict[UUID, int]:
    """How many deliveries to each subscription were given up since that instant; those with none are left out."""
    query = (
        select(WebhookDelivery.subscription_id, func.count())
        .where(WebhookDelivery.state == "failed", WebhookDelivery.created_at >= since)
        .group_by(WebhookDelivery.subscription_id)
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def subscription(session: TenantSession, subscription_id: UUID) -> Row[Any]:
    """One of them as `subscriptions` has it, or `NotFound`."""
    rows = await subscriptions(session, subscription_id)
    if not rows:
        raise NotFound
    return rows[0]


async def replace_scopes(
    session: TenantSession, subscription_id: UUID, topics: Collection[str], body_ids: Collection[UUID]
) -> None:
    """Tell a subscription of these types and bodies, and of no others."""
    scopes: Sequence[tuple[Any, str, Collection[Any]]] = (
        (WebhookTopic, "event_type", topics),
        (WebhookBody, "body_id", body_ids),
    )
    for model, column, values in scopes:
        await session.execute(_removing(model).where(model.subscription_id == subscription_id))
        rows = [
            {"tenant_id": session.tenant_id, "id": ids.new_id(), "subscription_id": subscription_id, column: value}
            for value in values
        ]
        await session.execute(insert(model), rows)


async def remove(session: TenantSession, subscription_id: UUID) -> None:
    """Remove a subscription with its log; the events stay for the others."""
    deliveries = select(WebhookDelivery.id).where(WebhookDelivery.subscription_id == subscription_id)
    await _forget_deliveries(session, deliveries)
    for model in (WebhookTopic, WebhookBody):
        await session.execute(_removing(model).where(model.subscription_id == subscription_id))
    await session.execute(_removing(WebhookSubscription).where(WebhookSubscription.id == subscription_id))


# The log ------------------------------------------------------------------------------------------------------------


async def log(
    session: TenantSession, subscription_id: UUID, *, state: str = "", before: tuple[datetime, UUID] | None = None
) -> tuple[Sequence[Row[Any]], tuple[datetime, UUID] | None]:
    """A page of `(WebhookDelivery, WebhookEvent, status, error, attempts)`, latest first, and where the next begins.

    `status` and `error` are those of the latest attempt; `state` shows deliveries in that state only.
    """
    attempts = (
        select(func.count())
        .where(WebhookAttempt.tenant_id == WebhookDelivery.tenant_id, WebhookAttempt.delivery_id == WebhookDelivery.id)
        .correlate(WebhookDelivery)
        .scalar_subquery()
    )
    latest = (
        select(WebhookAttempt.status, WebhookAttempt.error)
        .where(WebhookAttempt.tenant_id == WebhookDelivery.tenant_id, WebhookAttempt.delivery_id == WebhookDelivery.id)
        .order_by(WebhookAttempt.at.desc(), WebhookAttempt.id.desc())
        .limit(1)
        .lateral("latest")
    )
    query = (
        select(WebhookDelivery, WebhookEvent, latest.c.status, latest.c.error, attempts.label("attempts"))
        .join(WebhookEvent, _same(WebhookEvent, WebhookDelivery.event_id))
        .outerjoin(latest, literal(value=True))
        .where(WebhookDelivery.subscription_id == subscription_id)
        .order_by(WebhookDelivery.created_at.desc(), WebhookDelivery.id.desc())
        .limit(PAGE_SIZE + 1)
    )
    if state:
        query = query.where(WebhookDelivery.state == state)
    if before is not None:
        query = query.where(tuple_(WebhookDelivery.created_at, WebhookDelivery.id) < tuple_(*before))
    rows = (await session.execute(query)).all()
    if len(rows) <= PAGE_SIZE:
        return rows, None
    last = rows[PAGE_SIZE - 1].WebhookDelivery
    return rows[:PAGE_SIZE], (last.created_at, last.id)


async def delivery(
    session: TenantSession, subscription_id: UUID, delivery_id: UUID
) -> tuple[WebhookDelivery, WebhookEvent]:
    """One delivery of that subscription with its event, or `NotFound`."""
    found = await session.find(WebhookDelivery, delivery_id)
    if found.subscription_id != subscription_id:
        raise NotFound
    return found, await session.find(WebhookEvent, found.event_id)


async def attempts(session: TenantSession, delivery_id: UUID) -> Sequence[WebhookAttempt]:
    """The attempts of a delivery, latest first."""
    query = (
        select(WebhookAttempt)
        .where(WebhookAttempt.delivery_id == delivery_id)
        .order_by(WebhookAttempt.at.desc(), WebhookAttempt.id.desc())
        .limit(200)
    )
    return (await session.scalars(query)).all()


def _same(model: Any, column: Any) -> ColumnElement[bool]:
    """The row of the same organ that a column of deliveries names."""
    return and_(model.tenant_id == WebhookDelivery.tenant_id, model.id == column)


async def _forget_deliveries(session: TenantSession, deliveries: Any) -> None:
    await session.execute(_removing(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(deliveries)))
    await session.execute(_removing(WebhookDelivery).where(WebhookDelivery.id.in_(deliveries)))


def _changing(model: Any) -> Any:
    return update(model).execution_options(synchronize_session=False)


def _removing(model: Any) -> Any:
    return delete(model).execution_options(synchronize_session=False)
