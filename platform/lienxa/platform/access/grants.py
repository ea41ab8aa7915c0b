"""Grants: one thing shown to a person or a unit beyond what their posts show them. All SQL about them.

Who may grant and what is recorded stands in the office's operations; `visibility` reads the grants that hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from lienxa.platform import clock
from lienxa.platform.access.models import AccessGrant, Staff, Unit
from lienxa.platform.db.session import TenantSession
from lienxa.platform.text import _

GRANT = "office.grant"
"""The right to show a thing that one sees oneself to somebody else."""

TOLD = {
    "office.grant": _("Cho {to} xem {until}. Lý do: {reason}"),
    "office.revoke": _("Thôi cho {to} xem"),
}
"""What the trail of a thing says of its grants, by action; every module's timeline tells it."""


@dataclass(frozen=True)
class Grant:
    """A grant in words. `to` is the person or the unit; `ends_on` its last day, None without an end."""

    id: UUID
    to: str
    to_unit: bool
    ends_on: date | None
    reason: str
    granted_by: str
    granted_at: datetime
    revoked_at: datetime | None

    @property
    def holds(self) -> bool:
        """Whether it shows the thing today."""
        return self.revoked_at is None and (self.ends_on is None or self.ends_on >= clock.today())


async def of_thing(session: TenantSession, kind: str, thing_id: UUID) -> list[Grant]:
    """All grants of a thing, those that ended too, newest first."""
    granter = aliased(Staff)
    query = (
        select(
            AccessGrant.id,
            func.coalesce(Staff.full_name, Unit.name).label("to"),
            AccessGrant.unit_id.is_not(None).label("to_unit"),
            AccessGrant.ends_on,
            AccessGrant.reason,
            granter.full_name,
            AccessGrant.granted_at,
            AccessGrant.revoked_at,
        )
        .join(granter, and_(granter.tenant_id == AccessGrant.tenant_id, granter.id == AccessGrant.granted_by))
        .outerjoin(Staff, and_(Staff.tenant_id == AccessGrant.tenant_id, Staff.id == AccessGrant.staff_id))
        .outerjoin(Unit, and_(Unit.tenant_id == AccessGrant.tenant_id, Unit.id == AccessGrant.unit_id))
        .where(AccessGrant.kind == kind, AccessGrant.thing_id == thing_id)
        .order_by(AccessGrant.granted_at.desc(), AccessGrant.id.desc())
        .limit(500)
    )
    return [Grant(*row) for row in await session.execute(query)]


async def live(
    session: TenantSession, kind: str, thing_id: UUID, *, staff_id: UUID | None = None, unit_id: UUID | None = None
) -> AccessGrant | None:
    """The grant to this person or unit that holds today, if there is one."""
    to = AccessGrant.staff_id == staff_id if staff_id else AccessGrant.unit_id == unit_id
    query = select(AccessGrant).where(
        AccessGrant.kind == kind,
        AccessGrant.thing_id == thing_id,
        to,
        AccessGrant.revoked_at.is_(None),
        or_(AccessGrant.ends_on.is_(None), AccessGrant.ends_on >= clock.today()),
    )
    return (await session.scalars(query.limit(1))).first()


async def to_person(session: TenantSession, staff_id: UUID) -> list[Any]:
    """`(kind, thing_id, ends_on, reason)` of what is shown to somebody by name today, the latest first."""
    query = (
        select(AccessGrant.kind, AccessGrant.thing_id, AccessGrant.ends_on, AccessGrant.reason)
        .where(
            AccessGrant.staff_id == staff_id,
            AccessGrant.revoked_at.is_(None),
            or_(AccessGrant.ends_on.is_(None), AccessGrant.ends_on >= clock.today()),
        )
        .order_by(AccessGrant.granted_at.desc(), AccessGrant.id.desc())
        .limit(200)
    )
    return list((await session.execute(query)).all())


async def people(session: TenantSession) -> Sequence[Any]:
    """`(id, full_name)` of everybody of the organ by given name: to whom a thing may be shown."""
    query = select(Staff.id, Staff.full_name).where(Staff.is_service.is_(False)).order_by(Staff.sort_key)
    return (await session.execute(query)).all()
