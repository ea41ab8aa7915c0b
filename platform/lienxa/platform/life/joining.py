"""The people of a predecessor come to its successor: the same accounts, with their posts and dates, or without.

Who does not come has a row there all the same, as somebody who has left, so that what passes may name them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import or_, select

from lienxa.platform import ids
from lienxa.platform.access.models import Appointment, Body, Post, Role, RolePermission, Staff, Unit
from lienxa.platform.db.base import TenantScoped
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.identity.provisioning import Provisioner
from lienxa.platform.life.plans import Move, Plan
from lienxa.platform.operator import onboarding
from lienxa.platform.succession.kinds import Arrival
from lienxa.platform.tenancy.organs import Organ

Model = TypeVar("Model", bound=TenantScoped)


@dataclass(frozen=True)
class Office:
    """Who works in an organ from a day on, and in what: people, what they hold, and what that stands on.

    `services` are other systems: they go nowhere, but what they entered names them.
    """

    staff: Sequence[Staff]
    services: Sequence[Staff]
    appointments: Sequence[Appointment]
    posts: Mapping[UUID, Post]
    units: Mapping[UUID, Unit]
    bodies: Mapping[UUID, Body]
    roles: Mapping[UUID, Role]
    permissions: Sequence[RolePermission]

    def unit_of(self, staff_id: UUID) -> UUID | None:
        """The unit of the first post that a person holds."""
        held = [self.posts[one.post_id] for one in self.appointments if one.staff_id == staff_id]
        return min(held, key=lambda post: post.position).unit_id if held else None


async def office(session: TenantSession, from_day: date) -> Office:
    """The office of the session's organ; appointments that have ended before that day are left out."""
    holds = or_(Appointment.held_to.is_(None), Appointment.held_to >= from_day)
    everybody = (await session.scalars(select(Staff).order_by(Staff.sort_key, Staff.id))).all()
    appointments = select(Appointment).where(holds).order_by(Appointment.held_from, Appointment.id)
    return Office(
        staff=[staff for staff in everybody if not staff.is_service],
        services=[staff for staff in everybody if staff.is_service],
        appointments=(await session.scalars(appointments)).all(),
        posts=await _by_id(session, Post),
        units=await _by_id(session, Unit),
        bodies=await _by_id(session, Body),
        roles=await _by_id(session, Role),
        permissions=(await session.scalars(select(RolePermission))).all(),
    )


async def _by_id(session: TenantSession, model: type[Model]) -> Mapping[UUID, Model]:
    return {row.id: row for row in await session.scalars(select(model).order_by(model.id))}


def move_of(plan: Plan, office: Office, staff: Staff, from_day: date) -> Move:
    """Where a person goes. Who has left by then goes nowhere."""
    if staff.left_on is not None and staff.left_on < from_day:
        return Move("")
    if (said := plan.people.get(str(staff.id))) is not None:
        return said
    unit_id = office.unit_of(staff.id)
    return Move(plan.units.get(str(unit_id), plan.rest))


async def join(
    work: onboarding.Work,
    provisioner: Provisioner,
    plan: Plan,
    predecessor: Organ,
    successor: Organ,
) -> int:
    """Let the people whose move leads there serve the successor; who does so already is left as they are.

    Returns how many serve it. It may be done again: what is there stays.
    """
    await onboarding.become_application(work)
    async with work.database.part(predecessor.id, work.connection) as session:
        from_there = await office(session, plan.from_day)
    moves = {staff.id: move_of(plan, from_there, staff, plan.from_day) for staff in from_there.staff}
    coming = [staff for staff in from_there.staff if moves[staff.id].to == successor.slug]
    await onboarding.become_operator(work)
    for staff in coming:
        await provisioner.join(work.control, successor.slug, staff.account_id)
    await work.control.flush()
    await onboarding.become_application(work)
    async with work.database.part(successor.id, work.connection) as session:
        await _equip(session, from_there, plan, moves, successor.slug)
    await onboarding.become_operator(work)
    return len(coming)


async def _equip(session: TenantSession, there: Office, plan: Plan, moves: Mapping[UUID, Move], slug: str) -> None:
    from_day = plan.from_day
    here = await office(session, from_day)
    bodies = await _complete(session, here.bodies, there.bodies, _plain)
    units = await _complete(session, here.units, there.units, lambda row: _plain(row) | _said(plan, row))
    if slug in {new.slug for new in plan.new}:
        for unit in here.units.values():
            unit.symbol = plan.symbols.get(unit.code, unit.symbol)
    known_roles = {role.code for role in here.roles.values()}
    roles = await _complete(session, here.roles, there.roles, _plain)
    for right in there.permissions:
        if there.roles[right.role_id].code not in known_roles:
            session.add(RolePermission(role_id=roles[right.role_id], permission=right.permission))
    people = await _bring_people(session, here, there, from_day, moves, slug)
    carried = [one for one in there.appointments if moves[one.staff_id].to == slug and moves[one.staff_id].posts]
    wanted = {one.post_id: there.posts[one.post_id] for one in carried}
    to_bodies: dict[UUID | None, UUID | None] = {None: None} | dict(bodies)
    names: Mapping[str, Mapping[Any, Any]] = {"unit_id": units, "role_id": roles, "body_id": to_bodies}
    posts = await _complete(session, here.posts, wanted, lambda row: _renamed(row, names))
    held = {(one.staff_id, one.post_id) for one in here.appointments}
    for one in carried:
        if (people[one.staff_id], posts[one.post_id]) in held:
            continue
        session.add(
            Appointment(
                staff_id=people[one.staff_id],
                post_id=posts[one.post_id],
                held_from=max(one.held_from, from_day),
                held_to=one.held_to,
                signing_title=one.signing_title,
            )
        )
    await session.flush()


async def _bring_people(
    session: TenantSession, here: Office, there: Office, from_day: date, moves: Mapping[UUID, Move], slug: str
) -> Mapping[UUID, UUID]:
    known = {staff.account_id: staff for staff in (*here.staff, *here.services)}
    before = from_day - timedelta(days=1)
    for staff in (*there.staff, *there.services):
        comes = staff.id in moves and moves[staff.id].to == slug
        if (present := known.get(staff.account_id)) is None:
            known[staff.account_id] = made = Staff(
                id=ids.new_id(),
                account_id=staff.account_id,
                full_name=staff.full_name,
                sort_key=staff.sort_key,
                suspended_on=staff.suspended_on,
                left_on=staff.left_on if comes else staff.left_on or before,
                certificate_ends_on=staff.certificate_ends_on,
                is_service=staff.is_service,
            )
            session.add(made)
        elif comes and present.left_on is not None and present.left_on < from_day:
            present.left_on = staff.left_on  # who had left, or came from another predecessor as somebody who had
    await session.flush()
    return {staff.id: known[staff.account_id].id for staff in (*there.staff, *there.services)}


async def _complete(
    session: TenantSession,
    here: Mapping[UUID, Any],
    there: Mapping[UUID, Any],
    values: Callable[[Any], Mapping[str, Any]],
) -> Mapping[UUID, UUID]:
    """Ids there -> ids here, by code; what is missing here is made."""
    known = {row.code: row.id for row in here.values()}
    for row in there.values():
        if row.code not in known:
            made = type(row)(id=ids.new_id(), **values(row))
            session.add(made)
            known[row.code] = made.id
    await session.flush()
    return {row_id: known[row.code] for row_id, row in there.items()}


def _said(plan: Plan, unit: Unit) -> dict[str, Any]:
    return {"symbol": plan.symbols[unit.code]} if unit.code in plan.symbols else {}


def _plain(row: TenantScoped) -> dict[str, Any]:
    columns = (column.key for column in row.__mapper__.column_attrs)
    return {key: getattr(row, key) for key in columns if key not in ("tenant_id", "id", "version")}


def _renamed(row: TenantScoped, names: Mapping[str, Mapping[Any, Any]]) -> Mapping[str, Any]:
    return {key: names[key][value] if key in names else value for key, value in _plain(row).items()}


async def arrival(
    database: Database, work: onboarding.Work, predecessor: Organ, successor: Organ, from_day: date
) -> Arrival:
    """Who is who between the two, as it stands in both; the transaction has the application's rights."""
    async with database.part(predecessor.id, work.connection) as session:
        there = await office(session, from_day)
    async with database.part(successor.id, work.connection) as session:
        here = await office(session, from_day)
    by_account = {staff.account_id: staff.id for staff in (*here.staff, *here.services)}
    return Arrival(
        predecessor=predecessor,
        successor=successor,
        from_day=from_day,
        people={staff.id: by_account[staff.account_id] for staff in (*there.staff, *there.services)},
        serving=frozenset(staff.id for staff in here.staff if staff.left_on is None or staff.left_on >= from_day),
        bodies=_by_code(here.bodies, there.bodies),
        units=_by_code(here.units, there.units),
    )


def _by_code(here: Mapping[UUID, Any], there: Mapping[UUID, Any]) -> Mapping[UUID, UUID]:
    known = {row.code: row.id for row in here.values()}
    return {row_id: known[row.code] for row_id, row in there.items()}
