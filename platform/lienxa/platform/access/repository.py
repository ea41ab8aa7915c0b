"""All SQL about people, posts and roles."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Date,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from lienxa.platform import clock
from lienxa.platform.access.models import (
    Appointment,
    Body,
    Delegation,
    DelegationRight,
    OrganProfile,
    Post,
    Role,
    RolePermission,
    Staff,
    Unit,
)
from lienxa.platform.db.session import TENANT, Prepared, TenantSession


def _held_today() -> ColumnElement[bool]:
    return held_on(clock.today())


def held_on(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """Whether `Appointment` counts on that day: it is held then, and `Staff` is not suspended."""
    return and_(
        Appointment.held_from <= day,
        or_(Appointment.held_to.is_(None), Appointment.held_to >= day),
        or_(Staff.suspended_on.is_(None), Staff.suspended_on > day),
    )


def _people_of_the_unit(today: BindParameter[date]) -> Any:
    """The people who hold a post in the unit of `Post` today, as an array."""
    other, held = aliased(Post), aliased(Appointment)
    return (
        select(func.array_agg(held.staff_id))
        .join(other, and_(other.tenant_id == held.tenant_id, other.id == held.post_id))
        .where(held.tenant_id == TENANT, other.unit_id == Post.unit_id)
        .where(held.held_from <= today, or_(held.held_to.is_(None), held.held_to >= today))
        .correlate(Post)
        .scalar_subquery()
    )


def _post_columns(person: Any, lender: Any, today: BindParameter[date]) -> list[Any]:
    """What a member's row says of a post: columns of `Post` and its surroundings; `lender` is null for an own post."""
    reached = or_(Body.id == Post.body_id, and_(Post.body_id.is_(None), Body.code != "inspection"))
    bodies = select(func.array_agg(Body.id)).where(Body.tenant_id == TENANT, reached).correlate(Post).scalar_subquery()
    return [
        case((Post.heads_unit, _people_of_the_unit(today))).label("led"),
        person.id.label("staff_id"),
        person.account_id,
        person.full_name,
        Post.id.label("post_id"),
        Post.title,
        Role.code.label("role"),
        Unit.id.label("unit_id"),
        Unit.name.label("unit_name"),
        bodies.label("body_ids"),
        func.coalesce(OrganProfile.title, "").label("organ_title"),
        func.coalesce(OrganProfile.office_name, "").label("office_name"),
        OrganProfile.emblem_id,
        Post.position,
        Post.code,
        *lender,
    ]


def _is_wanted(person: Any, column: str) -> ColumnElement[bool]:
    return getattr(person, column) == bindparam("person", type_=Uuid()) if column else true()


def _own_posts(wanted: str, today: BindParameter[date]) -> Any:
    permissions = (
        select(func.array_agg(RolePermission.permission))
        .where(RolePermission.tenant_id == TENANT, RolePermission.role_id == Post.role_id)
        .correlate(Post)
        .scalar_subquery()
    )
    nobody = [
        literal(0).label("turn"),
        permissions.label("permissions"),
        null().cast(Uuid()).label("delegation_id"),
        null().cast(Uuid()).label("lender_id"),
        null().cast(Text()).label("lender_name"),
        null().cast(Text()).label("mark"),
        null().cast(Date()).label("ends_on"),
        null().cast(ARRAY(Uuid())).label("withheld"),
        Appointment.signing_title,
    ]
    return (
        select(*_post_columns(Staff, nobody, today))
        .select_from(Staff)
        .join(Appointment, and_(Appointment.tenant_id == Staff.tenant_id, Appointment.staff_id == Staff.id))
        .join(Post, and_(Post.tenant_id == Appointment.tenant_id, Post.id == Appointment.post_id))
        .join(Role, and_(Role.tenant_id == Post.tenant_id, Role.id == Post.role_id))
        .join(Unit, and_(Unit.tenant_id == Post.tenant_id, Unit.id == Post.unit_id))
        .outerjoin(OrganProfile, OrganProfile.tenant_id == Staff.tenant_id)
        .where(held_on(today), _is_wanted(Staff, wanted))
    )


def _lent_posts(wanted: str, today: BindParameter[date]) -> Any:
    """The posts that others lent to the person and still hold themselves, each with the rights given along.

    An authority falls with the access of who gave it; who stands in for somebody goes on when that one is suspended.
    """
    borrower, lender, held = aliased(Staff), aliased(Staff), aliased(Appointment)
    permissions = (
        select(func.array_agg(DelegationRight.permission))
        .join(
            RolePermission,
            and_(
                RolePermission.tenant_id == DelegationRight.tenant_id,
                RolePermission.permission == DelegationRight.permission,
            ),
        )
        .where(DelegationRight.tenant_id == TENANT, DelegationRight.delegation_id == Delegation.id)
        .where(RolePermission.role_id == Post.role_id)
        .correlate(Delegation, Post)
        .scalar_subquery()
    )
    beyond = or_(and_(Post.body_id.is_(None), Body.code == "inspection"), Body.id != Post.body_id)
    withheld = select(func.array_agg(Body.id)).where(Body.tenant_id == TENANT, beyond).correlate(Post).scalar_subquery()
    told = [
        literal(1).label("turn"),
        permissions.label("permissions"),
        Delegation.id.label("delegation_id"),
        lender.id.label("lender_id"),
        lender.full_name.label("lender_name"),
        Delegation.mark,
        Delegation.ends_on,
        withheld.label("withheld"),
        literal("").cast(Text()).label("signing_title"),
    ]
    holds_it = exists(
        select(1).where(
            held.tenant_id == TENANT,
            held.staff_id == Delegation.lender_id,
            held.post_id == Delegation.post_id,
            held.held_from <= today,
            or_(held.held_to.is_(None), held.held_to >= today),
        )
    )
    return (
        select(*_post_columns(borrower, told, today))
        .select_from(borrower)
        .join(Delegation, and_(Delegation.tenant_id == borrower.tenant_id, Delegation.borrower_id == borrower.id))
        .join(lender, and_(lender.tenant_id == Delegation.tenant_id, lender.id == Delegation.lender_id))
        .join(Post, and_(Post.tenant_id == Delegation.tenant_id, Post.id == Delegation.post_id))
        .join(Role, and_(Role.tenant_id == Post.tenant_id, Role.id == Post.role_id))
        .join(Unit, and_(Unit.tenant_id == Post.tenant_id, Unit.id == Post.unit_id))
        .outerjoin(OrganProfile, OrganProfile.tenant_id == borrower.tenant_id)
        .where(Delegation.starts_on <= today, Delegation.ends_on >= today, Delegation.revoked_at.is_(None))
        .where(or_(borrower.suspended_on.is_(None), borrower.suspended_on > today))
        .where(or_(Delegation.kind == "substitution", lender.suspended_on.is_(None), lender.suspended_on > today))
        .where(holds_it, _is_wanted(borrower, wanted))
    )


def _posts_of(wanted: str) -> Prepared:
    """The posts of the person whom that column of `Staff` names, empty: of all; parameters `person` and `today`."""
    today = bindparam("today", type_=Date())
    found = union_all(_own_posts(wanted, today), _lent_posts(wanted, today)).subquery()
    return Prepared(select(*found.c).order_by(found.c.turn, found.c.position, found.c.code, found.c.delegation_id))


_POSTS_OF_ACCOUNT, _POSTS_OF_STAFF = _posts_of("account_id"), _posts_of("id")


async def held_posts(
    session: TenantSession, *, account_id: UUID | None = None, staff_id: UUID | None = None
) -> Sequence[Any]:
    """One row for each post that the person may act in today, by rank, with its permissions, bodies and people led.

    First the posts that they hold, then those that were lent to them (`delegation_id`). A post of one body reaches that
    body; a post of the common office reaches all but UBKT, whose papers are its own. The head of a unit leads whoever
    holds a post in it today. Each row also says how the organ wants to be named, so that the shell costs no statement
    of its own.
    """
    query = _POSTS_OF_ACCOUNT if account_id else _POSTS_OF_STAFF
    return await session.rows(query, person=account_id or staff_id, today=clock.today())


async def all_held_posts(session: TenantSession) -> Sequence[Any]:
    """As `held_posts`, of everybody of the organ."""
    return await session.rows(_posts_of(""), today=clock.today())


async def profile(session: TenantSession) -> OrganProfile | None:
    """How the organ wants to be named and shown, if it said so."""
    return (await session.scalars(select(OrganProfile))).first()


async def holders_of_role(session: TenantSession, role: str) -> Sequence[Any]:
    """`(staff_id, full_name, title)` of everybody who holds a post with that role today, by rank."""
    query = (
        select(Staff.id.label("staff_id"), Staff.full_name, Post.title)
        .select_from(Staff)
        .join(Appointment, and_(Appointment.tenant_id == Staff.tenant_id, Appointment.staff_id == Staff.id))
        .join(Post, and_(Post.tenant_id == Appointment.tenant_id, Post.id == Appointment.post_id))
        .join(Role, and_(Role.tenant_id == Post.tenant_id, Role.id == Post.role_id))
        .where(_held_today(), Role.code == role)
        .order_by(Post.position, Post.code, Staff.sort_key)
    )
    return (await session.execute(query)).all()


async def first_holder_of_role(session: TenantSession, role: str) -> Staff | None:
    """Who has held a post with that role for the longest and holds it today."""
    query = (
        select(Staff)
        .join(Appointment, and_(Appointment.tenant_id == Staff.tenant_id, Appointment.staff_id == Staff.id))
        .join(Post, and_(Post.tenant_id == Appointment.tenant_id, Post.id == Appointment.post_id))
        .join(Role, and_(Role.tenant_id == Post.tenant_id, Role.id == Post.role_id))
        .where(_held_today(), Role.code == role)
        .order_by(Appointment.held_from, Appointment.id)
        .limit(1)
    )
    return (await session.scalars(query)).first()


async def staff_with_posts(session: TenantSession) -> Sequence[Any]:
    """`(staff_id, full_name, title, role, unit_name)` for each post held today, sorted by given name."""
    query = (
        select(
            Staff.id.label("staff_id"),
            Staff.full_name,
            Post.title,
            Role.code.label("role"),
            Unit.name.label("unit_name"),
        )
        .select_from(Staff)
        .join(Appointment, and_(Appointment.tenant_id == Staff.tenant_id, Appointment.staff_id == Staff.id))
        .join(Post, and_(Post.tenant_id == Appointment.tenant_id, Post.id == Appointment.post_id))
        .join(Role, and_(Role.tenant_id == Post.tenant_id, Role.id == Post.role_id))
        .join(Unit, and_(Unit.tenant_id == Post.tenant_id, Unit.id == Post.unit_id))
        .where(_held_today())
        .order_by(Staff.sort_key, Post.position)
    )
    return (await session.execute(query)).all()


async def bodies(session: TenantSession) -> Sequence[Body]:
    """The bodies of the organ in their order, those no longer in use too."""
    return (await session.scalars(select(Body).order_by(Body.position, Body.code))).all()


async def units(session: TenantSession) -> Sequence[Unit]:
    """The units of the organ that are not closed, in their order."""
    return (
        await session.scalars(select(Unit).where(Unit.closed_on.is_(None)).order_by(Unit.position, Unit.code))
    ).all()
