"""All SQL of the administration: bodies, units, posts and their holders in time, staff, name and emblem."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Result,
    Text,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    tuple_,
    union_all,
)

from lienxa.platform import clock, places
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
from lienxa.platform.files.models import StoredFile
from lienxa.tenants.office import rules
from lienxa.tenants.office.models import WorkTransfer, WorkTransferLine
from lienxa.tenants.office.permissions import ADMINISTRATE
from lienxa.tenants.office.schemas import HeldPostShown, Holding, PersonShown, PostLine, StaffLine


@dataclass(frozen=True)
class RoleRights:
    """A role, what its holders are there for, and the rights that it carries, by name."""

    id: UUID
    name: str
    description: str
    rights: frozenset[str]


def _held_on(day: date | ColumnElement[date]) -> ColumnElement[bool]:
    return and_(Appointment.held_from <= day, or_(Appointment.held_to.is_(None), Appointment.held_to >= day))


async def posts(session: TenantSession, *, closed: bool = False) -> list[PostLine]:
    """The posts in their order with who holds them today; the closed ones only if asked for."""
    today = clock.today()
    holders = (
        select(func.array_agg(Staff.full_name))
        .join(Appointment, and_(Appointment.tenant_id == Staff.tenant_id, Appointment.staff_id == Staff.id))
        .where(Staff.tenant_id == session.tenant_id, Appointment.post_id == Post.id, _held_on(today))
        .correlate(Post)
        .scalar_subquery()
    )
    query = (
        select(
            Post,
            Unit.name.label("unit_name"),
            Body.name.label("body_name"),
            Role.name.label("role_name"),
            Role.code.label("role_code"),
            holders.label("holders"),
        )
        .join(Unit, and_(Unit.tenant_id == Post.tenant_id, Unit.id == Post.unit_id))
        .join(Role, and_(Role.tenant_id == Post.tenant_id, Role.id == Post.role_id))
        .outerjoin(Body, and_(Body.tenant_id == Post.tenant_id, Body.id == Post.body_id))
        .where(Post.closed_on.is_not(None) if closed else Post.closed_on.is_(None))
        .order_by(Post.position, Post.code)
    )
    return [
        PostLine(
            id=row.Post.id,
            title=row.Post.title,
            unit_id=row.Post.unit_id,
            unit_name=row.unit_name,
            body_id=row.Post.body_id,
            body_name=row.body_name or "",
            role_code=row.role_code,
            role_name=row.role_name,
            heads_unit=row.Post.heads_unit,
            position=row.Post.position,
            holders=tuple(row.holders or ()),
        )
        for row in await session.execute(query)
    ]


async def roles(session: TenantSession) -> Sequence[Role]:
    """The roles of the organ by name."""
    return (await session.scalars(select(Role).order_by(Role.name))).all()


async def role_rights(session: TenantSession) -> list[RoleRights]:
    """Every role with its rights."""
    query = (
        select(Role.id, Role.name, Role.description, func.array_agg(RolePermission.permission).label("rights"))
        .outerjoin(RolePermission, and_(RolePermission.tenant_id == Role.tenant_id, RolePermission.role_id == Role.id))
        .group_by(Role.id, Role.name, Role.description)
        .order_by(Role.name)
    )
    return [
        RoleRights(row.id, row.name, row.description, frozenset(filter(None, row.rights)))
        for row in await session.execute(query)
    ]


async def all_units(session: TenantSession) -> Sequence[Unit]:
    """The units of the organ, the closed ones last."""
    query = select(Unit).order_by(Unit.closed_on.is_not(None), Unit.position, Unit.code)
    return (await session.scalars(query)).all()


async def person_of(session: TenantSession, account_id: UUID) -> Staff | None:
    """Who signs in with that account, if they are one of the organ's people."""
    return await session.scalar(select(Staff).where(Staff.account_id == account_id))


async def staff(session: TenantSession) -> list[StaffLine]:
    """Everybody of the organ by given name with the posts that they hold today; those who left come last."""
    today = clock.today()
    titles = (
        select(func.array_agg(Post.title))
        .join(Appointment, and_(Appointment.tenant_id == Post.tenant_id, Appointment.post_id == Post.id))
        .where(Post.tenant_id == session.tenant_id, Appointment.staff_id == Staff.id, _held_on(today))
        .correlate(Staff)
        .scalar_subquery()
    )
    gone = and_(Staff.left_on.is_not(None), Staff.left_on < today)
    query = (
        select(Staff, titles.label("titles"))
        .where(Staff.is_service.is_(False))
        .order_by(func.coalesce(gone, False), Staff.sort_key, Staff.id)
    )
    return [
        StaffLine(
            id=row.Staff.id,
            account_id=row.Staff.account_id,
            full_name=row.Staff.full_name,
            titles=tuple(row.titles or ()),
            suspended_on=row.Staff.suspended_on,
            left_on=row.Staff.left_on,
            certificate_ends_on=row.Staff.certificate_ends_on,
        )
        for row in await session.execute(query)
    ]


def _people_with_posts(*behind: ColumnElement[bool]) -> Prepared:
    """A page of people in their order, then the posts that each holds."""
    today = bindparam("today", type_=Date())
    holds = exists().where(Appointment.tenant_id == TENANT, Appointment.staff_id == Staff.id, _held_on(today))
    person = (
        select(Staff.id, Staff.full_name, Staff.sort_key)
        .where(Staff.tenant_id == TENANT, holds, *behind)
        .where(or_(Staff.suspended_on.is_(None), Staff.suspended_on > today))
        .order_by(Staff.sort_key, Staff.id)
        .limit(bindparam("most", type_=Integer()))
        .subquery("person")
    )
    return Prepared(
        select(person, Post.id.label("post_id"), Post.title, Unit.name.label("unit"))
        .join(Appointment, and_(Appointment.tenant_id == TENANT, Appointment.staff_id == person.c.id))
        .join(Post, and_(Post.tenant_id == Appointment.tenant_id, Post.id == Appointment.post_id))
        .join(Unit, and_(Unit.tenant_id == Post.tenant_id, Unit.id == Post.unit_id))
        .where(_held_on(today))
        .order_by(person.c.sort_key, person.c.id, Post.position, Post.code)
    )


_FIRST_PEOPLE = _people_with_posts()
_PEOPLE_BEHIND = _people_with_posts(
    tuple_(Staff.sort_key, Staff.id) > tuple_(bindparam("sort_key", type_=Text()), bindparam("staff_id", type_=Uuid()))
)


async def people_page(
    session: TenantSession, after: tuple[str, UUID] | None, limit: int
) -> tuple[list[PersonShown], str]:
    """People who hold a post today, by given name, behind the place `after`; and where the next page begins."""
    given = {"today": clock.today(), "most": limit + 1}
    if after is None:
        rows = await session.rows(_FIRST_PEOPLE, **given)
    else:
        rows = await session.rows(_PEOPLE_BEHIND, **given, sort_key=after[0], staff_id=after[1])
    people = [list(posts) for _id, posts in groupby(rows, attrgetter("id"))]
    found = [
        PersonShown(
            posts[0].id, posts[0].full_name, [HeldPostShown(post.post_id, post.title, post.unit) for post in posts]
        )
        for posts in people[:limit]
    ]
    if len(people) <= limit:
        return found, ""
    last_shown = people[limit - 1][0]
    return found, rules.place(last_shown.sort_key, last_shown.id)


async def holdings(
    session: TenantSession, *, post_id: UUID | None = None, staff_id: UUID | None = None
) -> list[Holding]:
    """Who held, holds and will hold a post, or which posts a person did, latest first."""
    wanted = Appointment.post_id == post_id if post_id else Appointment.staff_id == staff_id
    query = (
        select(Appointment, Staff.full_name, Post.title)
        .join(Staff, and_(Staff.tenant_id == Appointment.tenant_id, Staff.id == Appointment.staff_id))
        .join(Post, and_(Post.tenant_id == Appointment.tenant_id, Post.id == Appointment.post_id))
        .where(wanted)
        .order_by(Appointment.held_from.desc(), Appointment.id.desc())
        .limit(500)
    )
    return [
        Holding(
            id=row.Appointment.id,
            staff_id=row.Appointment.staff_id,
            staff_name=row.full_name,
            post_id=row.Appointment.post_id,
            title=row.title,
            held_from=row.Appointment.held_from,
            held_to=row.Appointment.held_to,
            signing_title=row.Appointment.signing_title,
        )
        for row in await session.execute(query)
    ]


async def with_two_jobs(session: TenantSession, staff_ids: Collection[UUID]) -> set[UUID]:
    """Who of them both receives and processes cases today or on a day that is known already. One statement."""
    today = clock.today()
    by_post = (
        select(
            Appointment.staff_id,
            RolePermission.permission,
            Appointment.held_from.label("since"),
            Appointment.held_to.label("until"),
        )
        .join(Post, and_(Post.tenant_id == Appointment.tenant_id, Post.id == Appointment.post_id))
        .join(
            RolePermission,
            and_(RolePermission.tenant_id == Post.tenant_id, RolePermission.role_id == Post.role_id),
        )
        .where(
            Appointment.staff_id.in_(staff_ids),
            RolePermission.permission.in_(rules.TWO_JOBS_RIGHTS),
            or_(Appointment.held_to.is_(None), Appointment.held_to >= today),
        )
    )
    lent = (
        select(Delegation.borrower_id, DelegationRight.permission, Delegation.starts_on, Delegation.ends_on)
        .join(
            DelegationRight,
            and_(DelegationRight.tenant_id == Delegation.tenant_id, DelegationRight.delegation_id == Delegation.id),
        )
        .where(
            Delegation.borrower_id.in_(staff_ids),
            DelegationRight.permission.in_(rules.TWO_JOBS_RIGHTS),
            Delegation.ends_on >= today,
            Delegation.revoked_at.is_(None),
        )
    )
    found: Result[Any] = await session.execute(union_all(by_post, lent))
    return rules.with_two_jobs(rules.RightInTime(**row) for row in found.mappings())


async def is_held(session: TenantSession, post_id: UUID, since: date) -> bool:
    """Whether somebody holds the post on that day or later."""
    later = or_(Appointment.held_to.is_(None), Appointment.held_to >= since)
    return bool(await session.scalar(select(exists().where(Appointment.post_id == post_id, later))))


async def absent(session: TenantSession, since: date) -> Sequence[Staff]:
    """Those who are suspended, who left since that day or are about to leave, by given name."""
    query = select(Staff).where(or_(Staff.suspended_on.is_not(None), Staff.left_on >= since)).order_by(Staff.sort_key)
    return (await session.scalars(query)).all()


async def gone(session: TenantSession, day: date) -> Sequence[Staff]:
    """Those whose last day was before that day."""
    return (await session.scalars(select(Staff).where(Staff.left_on < day, Staff.is_service.is_(False)))).all()


async def left_without_record(session: TenantSession, since: date) -> Sequence[Staff]:
    """Those who left since that day or are about to, of whom no record of a hand-over tells, the latest first."""
    recorded = select(1).where(
        WorkTransfer.tenant_id == Staff.tenant_id,
        WorkTransfer.giver_id == Staff.id,
        WorkTransfer.last_day == Staff.left_on,
    )
    query = (
        select(Staff)
        .where(Staff.left_on >= since, ~recorded.exists())
        .order_by(Staff.left_on.desc(), Staff.id)
        .limit(200)
    )
    return (await session.scalars(query)).all()


async def titles_of(session: TenantSession, staff_id: UUID) -> Sequence[str]:
    """The posts that a person holds today, by rank."""
    query = (
        select(Post.title)
        .join(Appointment, and_(Appointment.tenant_id == Post.tenant_id, Appointment.post_id == Post.id))
        .where(Appointment.staff_id == staff_id, _held_on(clock.today()))
        .order_by(Post.position, Post.code)
    )
    return (await session.scalars(query)).all()


async def held_until_further(session: TenantSession, staff_id: UUID, day: date) -> list[Holding]:
    """What a person holds on that day and beyond it."""
    return [
        held
        for held in await holdings(session, staff_id=staff_id)
        if held.held_from <= day and (held.held_to is None or held.held_to > day)
    ]


async def transfers(session: TenantSession, before: str, limit: int) -> tuple[Sequence[WorkTransfer], str]:
    """A page of the records of hand-overs, latest first, behind the place `before`; and where the next one begins."""
    query = select(WorkTransfer).order_by(WorkTransfer.made_at.desc(), WorkTransfer.id.desc()).limit(limit + 1)
    if last := places.read_moment(before):
        query = query.where(tuple_(WorkTransfer.made_at, WorkTransfer.id) < tuple_(*last))
    found = (await session.scalars(query)).all()
    if len(found) <= limit:
        return found, ""
    return found[:limit], places.of_moment(found[limit - 1].made_at, found[limit - 1].id)


async def transfer_lines(session: TenantSession, transfer_id: UUID) -> Sequence[WorkTransferLine]:
    """The lines of a record in their order."""
    query = select(WorkTransferLine).where(WorkTransferLine.transfer_id == transfer_id)
    return (await session.scalars(query.order_by(WorkTransferLine.position))).all()


async def has_posts(session: TenantSession, unit_id: UUID) -> bool:
    """Whether the unit has a post that is not closed."""
    return bool(await session.scalar(select(exists().where(Post.unit_id == unit_id, Post.closed_on.is_(None)))))


async def overlapping(
    session: TenantSession, staff_id: UUID, post_id: UUID, since: date, until: date | None
) -> Appointment | None:
    """An appointment of the person to the post that shares a day with this time."""
    query = select(Appointment).where(
        Appointment.staff_id == staff_id,
        Appointment.post_id == post_id,
        or_(Appointment.held_to.is_(None), Appointment.held_to >= since),
    )
    if until is not None:
        query = query.where(Appointment.held_from <= until)
    return (await session.scalars(query.limit(1))).first()


async def others_holding(
    session: TenantSession, post_id: UUID, staff_id: UUID | None, since: date, until: date | None
) -> Sequence[str]:
    """The names of the others who hold the post on a day of this time."""
    query = (
        select(Staff.full_name)
        .join(Appointment, and_(Appointment.tenant_id == Staff.tenant_id, Appointment.staff_id == Staff.id))
        .where(Appointment.post_id == post_id, or_(Appointment.held_to.is_(None), Appointment.held_to >= since))
        .order_by(Appointment.held_from)
    )
    if until is not None:
        query = query.where(Appointment.held_from <= until)
    if staff_id is not None:
        query = query.where(Staff.id != staff_id)
    return (await session.scalars(query)).all()


async def appointments_after(session: TenantSession, staff_id: UUID, day: date) -> Sequence[Appointment]:
    """The appointments of a person that last beyond that day or begin after it, locked."""
    query = (
        select(Appointment)
        .where(Appointment.staff_id == staff_id, or_(Appointment.held_to.is_(None), Appointment.held_to > day))
        .with_for_update()
    )
    return (await session.scalars(query)).all()


async def lock_administration(session: TenantSession) -> None:
    """Let nobody else change who administrates until this transaction ends."""
    await session.execute(select(Role.id).where(Role.code == "administrator").with_for_update())


async def has_administrator(session: TenantSession, day: date) -> bool:
    """Whether somebody administrates the organ on that day and without an end."""
    query = (
        select(1)
        .select_from(Appointment)
        .join(Staff, and_(Staff.tenant_id == Appointment.tenant_id, Staff.id == Appointment.staff_id))
        .join(Post, and_(Post.tenant_id == Appointment.tenant_id, Post.id == Appointment.post_id))
        .join(RolePermission, and_(RolePermission.tenant_id == Post.tenant_id, RolePermission.role_id == Post.role_id))
        .where(
            Appointment.tenant_id == session.tenant_id,
            RolePermission.permission == ADMINISTRATE,
            Appointment.held_from <= day,
            Appointment.held_to.is_(None),
            Staff.suspended_on.is_(None),
        )
        .limit(1)
    )
    return await session.scalar(query) is not None


async def is_taken(
    session: TenantSession, model: type[Body] | type[Unit], column: str, value: str, besides: UUID | None
) -> bool:
    """Whether another body or open unit has that name or symbol."""
    taken = [getattr(model, column) == value]
    if besides is not None:
        taken.append(model.id != besides)
    if model is Unit:
        taken.append(Unit.closed_on.is_(None))
    return bool(await session.scalar(select(exists().where(*taken))))


async def free_code(session: TenantSession, model: type[Unit] | type[Post], wanted: str) -> str:
    """`wanted`, or with the first number behind it that makes it new."""
    taken = set(await session.scalars(select(model.code)))
    return next(code for code in (wanted, *(f"{wanted}-{n}" for n in range(2, len(taken) + 3))) if code not in taken)


async def profile(session: TenantSession, *, lock: bool = False) -> OrganProfile | None:
    """How the organ wants to be named, if it said so."""
    query = select(OrganProfile)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(query)).first()


async def emblem(session: TenantSession, file_id: UUID) -> StoredFile | None:
    """The stored emblem, if that file is the organ's present one."""
    query = select(StoredFile).join(
        OrganProfile,
        and_(OrganProfile.tenant_id == StoredFile.tenant_id, OrganProfile.emblem_id == StoredFile.id),
    )
    return (await session.scalars(query.where(StoredFile.id == file_id))).first()
