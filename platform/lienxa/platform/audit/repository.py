"""All SQL of the trail."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import event, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from lienxa.platform import clock
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


def record_stranger(session: TenantSession, action: str, account_id: UUID | None, detail: Detail) -> None:
    """Append an event of somebody who is no member here: a refusal, in the tenant of the host that was asked."""
    session.add(
        AuditEvent(
            at=clock.now(),
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


async def timeline(session: TenantSession, object_id: UUID) -> Sequence[AuditEvent]:
    """What was done to one thing, oldest first."""
    query = (
        select(AuditEvent).where(AuditEvent.object_id == object_id).order_by(AuditEvent.at, AuditEvent.id).limit(500)
    )
    return (await session.scalars(query)).all()
