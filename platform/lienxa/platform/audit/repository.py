"""All SQL of the trail."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import event, exists, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from lienxa.platform import clock, places
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.models import AuditEvent, audit_unsealed
from lienxa.platform.db.session import TenantSession, speaks_to_citus
from lienxa.platform.text import _

Detail = Mapping[str, str | int | None]


def record(
    session: TenantSession, actor: Actor, action: str, object_type: str, object_id: UUID | None, detail: Detail
) -> None:
    """Append an event of a known person; it is written with the next flush of the act's transaction."""
    session.add(
        AuditEvent(
            at=clock.now(),
            account_id=actor.account_id,
            staff_id=actor.staff_id,
            staff_name=actor.name,
            post_title=actor.capacity,
            action=action,
            object_type=object_type,
            object_id=object_id,
            detail=dict(detail),
        )
    )


def record_stranger(
    session: TenantSession, action: str, account_id: UUID | None, detail: Detail, *, at: datetime | None = None
) -> None:
    """Append an event of somebody who is no member here: a refusal, in the tenant of the host that was asked.

    It happened `at` that moment; now, if none is given.
    """
    session.add(
        AuditEvent(
            at=at or clock.now(),
            account_id=account_id,
            staff_id=None,
            staff_name="",
            post_title="",
            action=action,
            object_type="request",
            object_id=None,
            detail=dict(detail),
        )
    )


def record_account(
    session: TenantSession,
    action: str,
    account_id: UUID,
    name: str,
    object_type: str,
    object_id: UUID,
    detail: Detail,
) -> None:
    """Append what somebody did who is known by account and name and holds no post here: an answer to an invitation."""
    session.add(
        AuditEvent(
            at=clock.now(),
            account_id=account_id,
            staff_id=None,
            staff_name=name,
            post_title="",
            action=action,
            object_type=object_type,
            object_id=object_id,
            detail=dict(detail),
        )
    )


def record_service(session: TenantSession, action: str, object_type: str, object_id: UUID, detail: Detail) -> None:
    """Append an event of the service itself: what a job did to a thing."""
    session.add(
        AuditEvent(
            at=clock.now(),
            account_id=None,
            staff_id=None,
            staff_name=_("Hệ thống"),
            post_title="",
            action=action,
            object_type=object_type,
            object_id=object_id,
            detail=dict(detail),
        )
    )


@event.listens_for(TenantSession.sync_session_class, "after_flush")
def _want_seals(session: Session, _context: Any) -> None:
    """On Citus, where a distributed table has no trigger, put new events on the list of those that wait for a seal."""
    added = [row for row in session.new if isinstance(row, AuditEvent)]
    if not added or not speaks_to_citus(session.connection()):
        return
    waiting = [{"tenant_id": row.tenant_id, "event_id": row.id} for row in added]
    session.connection().execute(insert(audit_unsealed).on_conflict_do_nothing(), waiting)


READ = "files.read"
"""The act of opening a file: in the trail and its search, but no step in the life of the thing."""

PAGE = 50
LEAFING = timedelta(hours=1)


def record_read(session: TenantSession, actor: Actor, object_type: str, object_id: UUID, name: str) -> None:
    """Append that somebody opened a file of a thing."""
    record(session, actor, READ, object_type, object_id, {"name": name})


async def record_page_read(
    session: TenantSession, actor: Actor, object_type: str, object_id: UUID, name: str, page: int
) -> None:
    """Append that somebody looked at a page of a file, if that file of the thing was not open to them lately.

    Who leafs is one line: one for each page would tell no more.
    """
    lately = exists().where(
        AuditEvent.staff_id == actor.staff_id,
        AuditEvent.action == READ,
        AuditEvent.at > clock.now() - LEAFING,
        AuditEvent.object_id == object_id,
        AuditEvent.detail["name"].astext == name,
    )
    if not await session.scalar(select(lately)):
        record(session, actor, READ, object_type, object_id, {"name": name, "page": page})


async def timeline(session: TenantSession, object_id: UUID) -> Sequence[AuditEvent]:
    """What was done to one thing, oldest first; not who opened its files."""
    query = (
        select(AuditEvent)
        .where(AuditEvent.object_id == object_id, AuditEvent.action != READ)
        .order_by(AuditEvent.at, AuditEvent.id)
        .limit(500)
    )
    return (await session.scalars(query)).all()


async def timelines(session: TenantSession, object_ids: Collection[UUID]) -> Sequence[AuditEvent]:
    """The same for several things in one statement, thing by thing."""
    query = select(AuditEvent).where(AuditEvent.object_id.in_(list(object_ids)), AuditEvent.action != READ)
    return (await session.scalars(query.order_by(AuditEvent.object_id, AuditEvent.at, AuditEvent.id))).all()


@dataclass(frozen=True)
class Sought:
    """What is looked for in the trail: by whom, which act, on which thing, from day to day; empty: any."""

    staff_id: UUID | None = None
    action: str = ""
    object_id: UUID | None = None
    since: date | None = None
    until: date | None = None


async def search(
    session: TenantSession, sought: Sought, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[AuditEvent]:
    """Events, newest first, behind the place `after`. Each filter has an index that begins with the tenant."""
    query = select(AuditEvent).order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(limit)
    if sought.staff_id is not None:
        query = query.where(AuditEvent.staff_id == sought.staff_id)
    if sought.action:
        query = query.where(AuditEvent.action == sought.action)
    if sought.object_id is not None:
        query = query.where(AuditEvent.object_id == sought.object_id)
    if sought.since is not None:
        query = query.where(AuditEvent.at >= clock.instant(sought.since, 0))
    if sought.until is not None:
        query = query.where(AuditEvent.at < clock.instant(sought.until + timedelta(days=1), 0))
    if after is not None:
        query = query.where(tuple_(AuditEvent.at, AuditEvent.id) < tuple_(*after))
    return (await session.scalars(query)).all()


def place(event: AuditEvent) -> str:
    """The place of an event in the trail."""
    return places.of_moment(event.at, event.id)
