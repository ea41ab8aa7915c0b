"""Open work passes from an organ to those that follow it, batch by batch (`succession/kinds.py` says how).

A batch is one transaction on both sides. What has a passage is not found again: whoever begins anew goes on behind it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from lienxa.platform import clock, ids
from lienxa.platform.access.models import AccessGrant, Appointment, Post, Staff, Unit
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import ControlSession, Database, TenantSession
from lienxa.platform.files import store
from lienxa.platform.files.models import StoredFile
from lienxa.platform.module import all_modules
from lienxa.platform.operator import onboarding
from lienxa.platform.rollup import marks
from lienxa.platform.succession import passages
from lienxa.platform.succession.kinds import Arrival, Arrived, Passing, SuccessionKind
from lienxa.platform.succession.models import Passage
from lienxa.platform.tenancy.models import Succession
from lienxa.platform.text import _

BATCH = 100

Destined = Callable[[Passing], UUID]
"""To which successor, by its id, a thing passes."""


@dataclass(frozen=True)
class Route:
    """From one predecessor to its successors, by their ids; `hosts` are those of all of them."""

    arrivals: Mapping[UUID, Arrival]
    destined: Destined
    hosts: Mapping[UUID, str]


@dataclass(frozen=True)
class _Side:
    """What one organ keeps of the things that are on their way, by their ids in the predecessor."""

    holders: Mapping[UUID, str]
    files: Mapping[UUID, StoredFile]
    grants: Sequence[AccessGrant]


def kinds() -> list[tuple[str, SuccessionKind]]:
    """`(module, kind)` of everything that passes, in the order in which it does."""
    return [(module.name, kind) for module in all_modules() for kind in module.succession]


async def inherit(work: onboarding.Work, arrival: Arrival) -> None:
    """Lay down in the successor what modules take along beside work; the transaction has the application's rights."""
    for inheritance in filter(None, (module.inheritance for module in all_modules())):
        async with work.database.part(arrival.predecessor.id, work.connection) as session:
            found = await inheritance.read(session, arrival.from_day)
        async with work.database.part(arrival.successor.id, work.connection) as session:
            await inheritance.take_over(session, arrival, found)


async def let_nobody_else_pass(control: ControlSession, predecessor_id: UUID) -> None:
    """Nothing else leaves the predecessor until the transaction ends: an act may be delivered twice."""
    from_there = select(Succession.successor_id).where(Succession.predecessor_id == predecessor_id)
    await control.execute(from_there.order_by(Succession.successor_id).with_for_update())


async def pass_batch(database: Database, route: Route, module: str, kind: SuccessionKind) -> int:
    """Let the next things of a kind pass; returns how many, none when nothing is left."""
    predecessor = next(iter(route.arrivals.values())).predecessor
    from_day = next(iter(route.arrivals.values())).from_day
    async with onboarding.opened(database) as work:
        await let_nobody_else_pass(work.control, predecessor.id)
        await onboarding.become_application(work)
        async with database.part(predecessor.id, work.connection) as session:
            things = await kind.find(session, from_day, BATCH)
            side = await _side(session, kind, things)
        out: list[Passage] = []
        for successor_id, group in _grouped(things, route.destined).items():
            arrival = route.arrivals[successor_id]
            async with database.part(successor_id, work.connection) as session:
                arrival = replace(arrival, files=await _lay_down(session, arrival, group, side))
                arrived = {one.from_id: one for one in await kind.take_over(session, arrival, group)}
                await _let_see(session, arrival, arrived, side)
                receivers = await _receivers(session, arrived.values(), arrival.from_day)
                for thing in group:
                    coming, going = _both(kind, arrival, route, thing, arrived[thing.id], side, receivers)
                    session.add(coming)
                    out.append(going)
                    _note(session, "succession.came_over", coming, _("Nhận bàn giao từ {name}", name=coming.organ_name))
                await marks.mark(session, module)
        async with database.part(predecessor.id, work.connection) as session:
            for going in out:
                session.add(going)
                _note(session, "succession.passed_on", going, _("Đã bàn giao cho {name}", name=going.organ_name))
            if out:
                await marks.mark(session, module)
    return len(things)


def _grouped(things: Sequence[Passing], destined: Destined) -> Mapping[UUID, list[Passing]]:
    found: dict[UUID, list[Passing]] = {}
    for thing in things:
        found.setdefault(destined(thing), []).append(thing)
    return found


async def _side(session: TenantSession, kind: SuccessionKind, things: Sequence[Passing]) -> _Side:
    if not things:
        return _Side({}, {}, ())
    holders = {thing.holder_id for thing in things if thing.holder_id is not None}
    files = {file_id for thing in things for file_id in thing.files}
    names = await session.execute(select(Staff.id, Staff.full_name).where(Staff.id.in_(holders)))
    stored = await session.scalars(select(StoredFile).where(StoredFile.id.in_(files)))
    grants = select(AccessGrant).where(
        AccessGrant.kind == kind.kind,
        AccessGrant.thing_id.in_([thing.id for thing in things]),
        AccessGrant.revoked_at.is_(None),
    )
    return _Side(
        {row[0]: row[1] for row in names},
        {row.id: row for row in stored},
        (await session.scalars(grants.order_by(AccessGrant.id))).all(),
    )


async def _lay_down(
    session: TenantSession, arrival: Arrival, things: Sequence[Passing], side: _Side
) -> Mapping[UUID, UUID]:
    """Copy the files of these things; a content that the predecessor's store has lost stays lost, its row is kept."""
    brought: dict[UUID, UUID] = {}
    for file_id in dict.fromkeys(file_id for thing in things for file_id in thing.files):
        there = side.files[file_id]
        content = await store.content(arrival.predecessor.id, there.sha256)
        if content is not None:
            await store.put(session, content)
        made = StoredFile(
            id=ids.new_id(),
            sha256=there.sha256,
            size=there.size,
            content_type=there.content_type,
            name=there.name,
            kept_by=arrival.named(there.kept_by),
            kept_at=there.kept_at,
        )
        session.add(made)
        brought[file_id] = made.id
    await session.flush()
    return brought


async def _let_see(session: TenantSession, arrival: Arrival, arrived: Mapping[UUID, Arrived], side: _Side) -> None:
    """Who was shown a thing is shown it where it is now, as long as they were to see it."""
    for grant in side.grants:
        if grant.thing_id not in arrived:
            continue
        session.add(
            AccessGrant(
                kind=grant.kind,
                thing_id=arrived[grant.thing_id].id,
                staff_id=arrival.named(grant.staff_id),
                unit_id=arrival.units[grant.unit_id] if grant.unit_id else None,
                ends_on=grant.ends_on,
                reason=grant.reason,
                granted_by=arrival.people[grant.granted_by],
                granted_at=grant.granted_at,
            )
        )
    await session.flush()


async def _receivers(
    session: TenantSession, arrived: Collection[Arrived], from_day: date
) -> Mapping[UUID, tuple[str, str]]:
    """Who has them in hand in the successor: name, and the unit of the first post that they hold from that day on."""
    holds = or_(Appointment.held_to.is_(None), Appointment.held_to >= from_day)
    wanted = {one.holder_id for one in arrived if one.holder_id is not None}
    held = (
        select(Staff.id, Staff.full_name, func.coalesce(Unit.name, ""))
        .outerjoin(Appointment, and_(Appointment.staff_id == Staff.id, holds))
        .outerjoin(Post, Post.id == Appointment.post_id)
        .outerjoin(Unit, Unit.id == Post.unit_id)
        .where(Staff.id.in_(wanted))
        .order_by(Post.position)
    )
    found: dict[UUID, tuple[str, str]] = {}
    for staff_id, name, unit in await session.execute(held) if wanted else ():
        found.setdefault(staff_id, (name, unit))
    return found


def _both(
    kind: SuccessionKind,
    arrival: Arrival,
    route: Route,
    thing: Passing,
    arrived: Arrived,
    side: _Side,
    receivers: Mapping[UUID, tuple[str, str]],
) -> tuple[Passage, Passage]:
    """The passage as the successor keeps it, and as the predecessor does."""
    there, here = arrival.predecessor, arrival.successor
    receiver, unit = receivers.get(arrived.holder_id, ("", "")) if arrived.holder_id else ("", "")
    common = {
        "code": kind.code,
        "kind": kind.kind,
        "title": "" if thing.restricted else thing.title,
        "restricted": thing.restricted,
        "due_on": thing.due_on,
        "symbol": thing.symbol,
        "dated": thing.dated,
        "receiver": receiver,
        "unit": unit,
        "holder": side.holders.get(thing.holder_id, "") if thing.holder_id else "",
        "passed_on": arrival.from_day,
        "passed_at": clock.now(),
    }
    coming = Passage(
        direction=passages.IN,
        thing_id=arrived.id,
        number=arrived.number,
        path=arrived.path,
        organ_id=there.id,
        organ_name=there.full_name,
        host=route.hosts[there.id],
        other_id=thing.id,
        other_number=thing.number,
        other_path=thing.path,
        **common,
    )
    going = Passage(
        direction=passages.OUT,
        thing_id=thing.id,
        number=thing.number,
        path=thing.path,
        organ_id=here.id,
        organ_name=here.full_name,
        host=route.hosts[here.id],
        other_id=arrived.id,
        other_number=arrived.number,
        other_path=arrived.path,
        **common,
    )
    return coming, going


def _note(session: TenantSession, action: str, passage: Passage, told: str) -> None:
    number = passage.other_number
    text = _("{told}, số {number} ở đó", told=told, number=number) if number else told
    trail.record_service(session, action, passage.kind, passage.thing_id, {"text": text})
