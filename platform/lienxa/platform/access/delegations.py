"""Delegations: who may act in whose post, from when to when. All SQL about them.

Who may lend what, and what is recorded, stands in the office's operations; `repository.held_posts` reads those that
count today.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Lent
from lienxa.platform.access.models import Appointment, Delegation, DelegationRight, Post, Role, RolePermission, Staff
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import NotFound

DELEGATE = "office.delegate"
"""The right to let somebody else use rights of one's own post for a time."""

SUBSTITUTE = "office.substitute"
"""The right to say who stands in for somebody who is away."""

AUTHORITY, SUBSTITUTION = "authority", "substitution"
COMING, RUNNING, ENDED, REVOKED = "coming", "running", "ended", "revoked"
PAGE = 50


@dataclass(frozen=True)
class DelegationShown:
    """A delegation in words. `rights` are names of rights; empty in lists."""

    id: UUID
    kind: str
    lender_id: UUID
    lender: str
    post_id: UUID
    post_title: str
    borrower_id: UUID
    borrower: str
    mark: str
    starts_on: date
    ends_on: date
    basis: str
    made_by: str
    made_at: datetime
    revoked_by: str
    revoked_at: datetime | None
    revoke_reason: str
    rights: tuple[str, ...] = ()

    @property
    def stand(self) -> str:
        """`coming`, `running`, `ended` or `revoked` today."""
        today = clock.today()
        if self.revoked_at is not None:
            return REVOKED
        if self.ends_on < today:
            return ENDED
        return RUNNING if self.starts_on <= today else COMING

    @property
    def is_open(self) -> bool:
        """Whether it counts today or will."""
        return self.stand in (COMING, RUNNING)

    @property
    def lent_title(self) -> str:
        """The post as the one who acts in it bears it."""
        return Lent(self.lender_id, self.lender, self.post_title, self.mark, self.ends_on).title


@dataclass(frozen=True)
class LendablePost:
    """A post that somebody holds, as those see it who say who stands in: by `key`, its reach and the rights it has."""

    staff_id: UUID
    post_id: UUID
    name: str
    title: str
    body_id: UUID | None
    permissions: frozenset[str]
    held_to: date | None
    heads_unit: bool

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.staff_id}:{self.post_id}"


def _shown(*conditions: ColumnElement[bool]) -> Any:
    lender, borrower, maker, revoker = (aliased(Staff) for _number in range(4))
    return (
        select(
            Delegation.id,
            Delegation.kind,
            Delegation.lender_id,
            lender.full_name.label("lender"),
            Delegation.post_id,
            Post.title.label("post_title"),
            Delegation.borrower_id,
            borrower.full_name.label("borrower"),
            Delegation.mark,
            Delegation.starts_on,
            Delegation.ends_on,
            Delegation.basis,
            maker.full_name.label("made_by"),
            Delegation.made_at,
            func.coalesce(revoker.full_name, "").label("revoked_by"),
            Delegation.revoked_at,
            Delegation.revoke_reason,
        )
        .join(lender, and_(lender.tenant_id == Delegation.tenant_id, lender.id == Delegation.lender_id))
        .join(borrower, and_(borrower.tenant_id == Delegation.tenant_id, borrower.id == Delegation.borrower_id))
        .join(maker, and_(maker.tenant_id == Delegation.tenant_id, maker.id == Delegation.made_by))
        .join(Post, and_(Post.tenant_id == Delegation.tenant_id, Post.id == Delegation.post_id))
        .outerjoin(revoker, and_(revoker.tenant_id == Delegation.tenant_id, revoker.id == Delegation.revoked_by))
        .where(*conditions)
        .order_by(Delegation.ends_on.desc(), Delegation.id.desc())
    )


def _concerns(staff_id: UUID) -> ColumnElement[bool]:
    return or_(Delegation.lender_id == staff_id, Delegation.borrower_id == staff_id)


async def page(
    session: TenantSession, of: UUID | None, after: tuple[date, UUID] | None = None, limit: int = PAGE
) -> list[DelegationShown]:
    """Delegations, those that end last first, behind the place `after`; `of`: only those from or to that person."""
    conditions = [_concerns(of)] if of else []
    if after is not None:
        conditions.append(tuple_(Delegation.ends_on, Delegation.id) < tuple_(*after))
    rows = await session.execute(_shown(*conditions).limit(limit))
    return [DelegationShown(*row) for row in rows]


async def open_ones(session: TenantSession, of: UUID) -> list[DelegationShown]:
    """What somebody gave or got that counts today or will, for their home."""
    counts = and_(Delegation.revoked_at.is_(None), Delegation.ends_on >= clock.today())
    return [DelegationShown(*row) for row in await session.execute(_shown(_concerns(of), counts).limit(PAGE))]


async def one(session: TenantSession, delegation_id: UUID) -> DelegationShown:
    """One of them with its rights, or `NotFound`."""
    row = (await session.execute(_shown(Delegation.id == delegation_id))).first()
    if row is None:
        raise NotFound
    query = select(DelegationRight.permission).where(DelegationRight.delegation_id == delegation_id)
    rights = await session.scalars(query.order_by(DelegationRight.permission))
    return DelegationShown(**row._mapping, rights=tuple(rights))


async def sharing_days(
    session: TenantSession, people: Collection[UUID], starts_on: date, ends_on: date
) -> list[DelegationShown]:
    """What was lent from or to one of these people on a day of that time, with its rights, and was not revoked."""
    concerned = or_(Delegation.lender_id.in_(people), Delegation.borrower_id.in_(people))
    shared = and_(Delegation.starts_on <= ends_on, Delegation.ends_on >= starts_on)
    rows = (await session.execute(_shown(concerned, shared, Delegation.revoked_at.is_(None)))).all()
    rights: dict[UUID, list[str]] = {row.id: [] for row in rows}
    query = select(DelegationRight.delegation_id, DelegationRight.permission)
    for delegation_id, right in await session.execute(query.where(DelegationRight.delegation_id.in_(rights))):
        rights[delegation_id].append(right)
    return [DelegationShown(**row._mapping, rights=tuple(rights[row.id])) for row in rows]


async def add(session: TenantSession, delegation: Delegation, rights: Sequence[str]) -> None:
    """Write a delegation with its rights."""
    session.add(delegation)
    await session.flush()
    session.add_all(
        DelegationRight(id=ids.new_id(), delegation_id=delegation.id, permission=right) for right in sorted(rights)
    )
    await session.flush()


async def lendable_posts(session: TenantSession) -> list[LendablePost]:
    """Every post that somebody holds today or later, with the rights of its role, by given name.

    Those of suspended people are among them: their work goes on.
    """
    permissions = (
        select(func.array_agg(RolePermission.permission))
        .where(RolePermission.tenant_id == session.tenant_id, RolePermission.role_id == Post.role_id)
        .correlate(Post)
        .scalar_subquery()
    )
    query = (
        select(
            Staff.id,
            Post.id.label("post_id"),
            Staff.full_name,
            Post.title,
            Post.body_id,
            permissions.label("permissions"),
            Appointment.held_to,
            Post.heads_unit,
        )
        .join(Appointment, and_(Appointment.tenant_id == Staff.tenant_id, Appointment.staff_id == Staff.id))
        .join(Post, and_(Post.tenant_id == Appointment.tenant_id, Post.id == Appointment.post_id))
        .join(Role, and_(Role.tenant_id == Post.tenant_id, Role.id == Post.role_id))
        .where(Appointment.held_from <= clock.today())
        .where(or_(Appointment.held_to.is_(None), Appointment.held_to >= clock.today()))
        .order_by(Staff.sort_key, Post.position, Post.code)
    )
    return [
        LendablePost(
            row.id,
            row.post_id,
            row.full_name,
            row.title,
            row.body_id,
            frozenset(row.permissions or ()),
            row.held_to,
            row.heads_unit,
        )
        for row in await session.execute(query)
    ]


@dataclass(frozen=True)
class StandIn:
    """A substitution with the code of its post and its rights: what another organ needs to know of it."""

    delegation: Delegation
    post_code: str
    rights: tuple[str, ...]


async def substitutions_from(session: TenantSession, day: date) -> list[StandIn]:
    """The substitutions that count on that day or later. Two statements."""
    counting = (
        select(Delegation, Post.code)
        .join(Post, and_(Post.tenant_id == Delegation.tenant_id, Post.id == Delegation.post_id))
        .where(Delegation.kind == SUBSTITUTION, Delegation.revoked_at.is_(None), Delegation.ends_on >= day)
        .order_by(Delegation.id)
    )
    found = [(row[0], row[1]) for row in await session.execute(counting)]
    lent: dict[UUID, list[str]] = {made.id: [] for made, _code in found}
    rights = select(DelegationRight).where(DelegationRight.delegation_id.in_(list(lent)))
    for right in await session.scalars(rights.order_by(DelegationRight.permission)):
        lent[right.delegation_id].append(right.permission)
    return [StandIn(made, code, tuple(lent[made.id])) for made, code in found]


async def held_from(session: TenantSession, day: date) -> dict[tuple[UUID, str], UUID]:
    """Who holds which post on that day or later: person and code of the post -> its id."""
    query = (
        select(Appointment.staff_id, Post.code, Post.id)
        .join(Post, and_(Post.tenant_id == Appointment.tenant_id, Post.id == Appointment.post_id))
        .where(or_(Appointment.held_to.is_(None), Appointment.held_to >= day))
    )
    return {(row[0], row[1]): row[2] for row in await session.execute(query)}
