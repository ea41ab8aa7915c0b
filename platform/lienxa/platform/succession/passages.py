"""What modules ask about things that passed from one organ to another."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select

from lienxa.platform.db.session import TenantSession
from lienxa.platform.succession.models import Passage

IN = "in"
OUT = "out"


def passed_on(kind: str, thing_id: Any) -> ColumnElement[bool]:
    """As SQL: whether the thing whose id stands in this column has passed to a successor; it is no longer open here."""
    return _is(OUT, kind, thing_id)


def came_over(kind: str, thing_id: Any) -> ColumnElement[bool]:
    """As SQL: whether the thing came from a predecessor, which has counted it as received or begun."""
    return _is(IN, kind, thing_id)


def _is(direction: str, kind: str, thing_id: Any) -> ColumnElement[bool]:
    return exists().where(Passage.direction == direction, Passage.kind == kind, Passage.thing_id == thing_id)


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
