"""What a parent reads: the figures written for it, the organs below it, and how current they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.rollup import repository
from lienxa.platform.tenancy.organs import Organ, children_of


@dataclass(frozen=True)
class ReadFigure:
    """One figure of one organ below, of one month (its first day) and dimension value."""

    tenant_id: UUID
    module: str
    code: str
    month: date
    dimension: str
    value: int
    changed_at: datetime


async def figures(session: TenantSession, month_from: date, month_to: date) -> Sequence[ReadFigure]:
    """The figures that the session's organ may read, of the months from `month_from` to `month_to`, both included."""
    return [
        ReadFigure(row.tenant_id, row.module, row.code, row.month, row.dimension, row.value, row.changed_at)
        for row in await repository.read(session, month_from, month_to)
    ]


async def children(database: Database, organ: Organ) -> list[Organ]:
    """The organs directly below, by name."""
    async with database.control() as session:
        return await children_of(session, organ.id)


async def current_as_of(session: TenantSession) -> datetime:
    """The moment up to which every change below is in the figures ("số liệu lúc HH:MM:SS").

    That is now, unless a change waits to be computed: then it is the moment of the oldest such change.
    """
    return await repository.oldest_mark_below(session) or clock.now()
