"""What modules ask about things that passed from one organ to another."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, tuple_

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import all_modules
from lienxa.platform.succession.models import Passage

# What the trail of a thing says in words (`Module` pages add them to their own).
TOLD = {"succession.came_over": "{text}.", "succession.passed_on": "{text}."}

IN = "in"
OUT = "out"


def passed_on(kind: str, thing_id: Any) -> ColumnElement[bool]:
    """As SQL: whether the thing whose id stands in this column has passed to a successor; it is no longer open here."""
    return _is(OUT, kind, thing_id)


def came_over(kind: str, thing_id: Any) -> ColumnElement[bool]:
    """As SQL: whether the thing came from a predecessor, which has counted it as received or begun."""
    return _is(IN, kind, thing_id)


def came_from(kind: str, thing_id: Any, organ_id: UUID) -> ColumnElement[bool]:
    """As SQL: whether the thing came from that predecessor."""
    return (
        exists()
        .where(Passage.direction == IN, Passage.kind == kind, Passage.thing_id == thing_id)
        .where(Passage.organ_id == organ_id)
        .correlate_except(Passage)
    )


def _is(direction: str, kind: str, thing_id: Any) -> ColumnElement[bool]:
    found = exists().where(Passage.direction == direction, Passage.kind == kind, Passage.thing_id == thing_id)
    return found.correlate_except(Passage)  # a query may have joined passages for itself


def passed_day(kind: str, thing_id: Any) -> Any:
    """As SQL: the first day of the successor to which the thing passed; nothing if it did not."""
    return _day(OUT, kind, thing_id)


def came_day(kind: str, thing_id: Any) -> Any:
    """As SQL: the first day of this organ on which a thing of a predecessor was its own; nothing of any other thing."""
    return _day(IN, kind, thing_id)


def _day(direction: str, kind: str, thing_id: Any) -> Any:
    days = select(Passage.passed_on).where(
        Passage.direction == direction, Passage.kind == kind, Passage.thing_id == thing_id
    )
    return days.correlate_except(Passage).scalar_subquery()


def came_after(kind: str, thing_id: Any, instant: Any) -> ColumnElement[bool]:
    """As SQL: whether the thing came from a predecessor later than that instant, so that what happened was there."""
    return (
        exists()
        .where(Passage.direction == IN, Passage.kind == kind, Passage.thing_id == thing_id)
        .where(Passage.passed_at > instant)
        .correlate_except(Passage)
    )


async def of_thing(session: TenantSession, kind: str, thing_id: UUID) -> Sequence[Passage]:
    """Where a thing came from and where it went: none, one or both, the way in first."""
    query = (
        select(Passage).where(Passage.kind == kind, Passage.thing_id == thing_id, Passage.direction.in_((IN, OUT)))
    ).order_by(Passage.direction)
    return (await session.scalars(query)).all()


async def by_number(session: TenantSession, kind: str, number: str) -> Sequence[Passage]:
    """The passages of things that bear this number here, or bore it in a predecessor: for look-ups by an old code.

    Two predecessors may have given the same number, so the caller compares whatever else it knows.
    """
    here = (Passage.direction == OUT) & (Passage.number == number)
    before = (Passage.direction == IN) & (Passage.other_number == number)
    query = select(Passage).where(Passage.kind == kind, or_(here, before)).order_by(Passage.id)
    return (await session.scalars(query)).all()


async def arrived(
    session: TenantSession, kind: str, predecessor_id: UUID, thing_ids: Collection[UUID]
) -> Mapping[UUID, UUID]:
    """In the successor: the things of a predecessor that have arrived, id there -> id here."""
    if not thing_ids:
        return {}
    query = select(Passage.other_id, Passage.thing_id).where(
        Passage.direction == IN,
        Passage.kind == kind,
        Passage.organ_id == predecessor_id,
        Passage.other_id.in_(list(thing_ids)),
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def count_by_code(session: TenantSession, direction: str, organ_id: UUID) -> Mapping[str, int]:
    """How many things of each kind of work came from another organ, or went to it."""
    query = select(Passage.code, func.count()).where(Passage.direction == direction, Passage.organ_id == organ_id)
    return {row[0]: row[1] for row in await session.execute(query.group_by(Passage.code))}


async def count_to(session: TenantSession, organ_id: UUID) -> int:
    """How many things went to a successor."""
    query = select(func.count()).where(Passage.direction == OUT, Passage.organ_id == organ_id)
    return int(await session.scalar(query) or 0)


@dataclass(frozen=True)
class Counterpart:
    """Another organ with which things were exchanged: it follows this one (`out`) or this one follows it (`in`)."""

    direction: str
    organ_id: UUID
    name: str
    host: str
    from_day: date
    things: int


async def counterparts(session: TenantSession) -> Sequence[Counterpart]:
    """The organs from which things came and to which they went, earliest first."""
    query = (
        select(
            Passage.direction,
            Passage.organ_id,
            func.max(Passage.organ_name),
            func.max(Passage.host),
            Passage.passed_on,
            func.count(),
        )
        .group_by(Passage.direction, Passage.organ_id, Passage.passed_on)
        .order_by(Passage.passed_on, Passage.organ_id)
    )
    return [Counterpart(*row) for row in await session.execute(query)]


async def handed_over(
    session: TenantSession,
    actor: Actor,
    direction: str,
    organ_id: UUID,
    *,
    code: str = "",
    after: UUID | None = None,
    limit: int,
) -> Sequence[tuple[Passage, bool]]:
    """Things that came from another organ or went to it, of every kind or one, by kind and by who received them.

    With each: whether the actor sees it; the record shows of others that they are there, no more. `after` is the
    passage behind which to go on; one that is not there is the beginning.
    """
    query = select(Passage, _seen_by(actor)).where(Passage.direction == direction, Passage.organ_id == organ_id)
    if code:
        query = query.where(Passage.code == code)
    place = await session.get(Passage, (session.tenant_id, after)) if after else None
    if place is not None:
        query = query.where(tuple_(*_ORDER) > (place.code, place.unit, place.receiver, place.id))
    return [(row[0], row[1]) for row in await session.execute(query.order_by(*_ORDER).limit(limit))]


async def places(session: TenantSession, direction: str, organ_id: UUID, every: int) -> Sequence[tuple[str, UUID]]:
    """Each kind and passage behind which a further part of `every` things of the kind begins, ordered as they are."""
    numbered = select(
        Passage.code,
        Passage.id,
        func.row_number().over(partition_by=Passage.code, order_by=_ORDER).label("place"),
        func.count().over(partition_by=Passage.code).label("count"),
    )
    found = numbered.where(Passage.direction == direction, Passage.organ_id == organ_id).subquery()
    ends = select(found.c.code, found.c.id).where(found.c.place % every == 0, found.c.place < found.c.count)
    return [(row[0], row[1]) for row in await session.execute(ends.order_by(found.c.code, found.c.place))]


_ORDER = (Passage.code, Passage.unit, Passage.receiver, Passage.id)


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    """As SQL: whether the actor sees the thing here; of a kind that nobody is kept from, yes."""
    sights = {one.kind: one.sight for module in all_modules() for one in module.shareable if one.sight is not None}
    seen = [
        and_(
            Passage.kind == kind,
            select(sight.row_id)
            .where(sight.row_id.class_.tenant_id == Passage.tenant_id, sight.row_id == Passage.thing_id)
            .where(sight.seen_by(actor))
            .correlate(Passage)
            .exists(),
        )
        for kind, sight in sights.items()
    ]
    return or_(Passage.kind.not_in(list(sights)), *seen)
