"""What modules ask about things that passed from one organ to another."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select

from lienxa.platform.db.session import TenantSession
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


async def between(session: TenantSession, direction: str, organ_id: UUID) -> Sequence[Passage]:
    """Everything that passed between this organ and another, by kind and in the order in which it did."""
    query = select(Passage).where(Passage.direction == direction, Passage.organ_id == organ_id)
    return (await session.scalars(query.order_by(Passage.code, Passage.id))).all()
