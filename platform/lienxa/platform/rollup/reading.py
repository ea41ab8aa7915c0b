"""What a parent reads: the figures written for it, the organs below it, and how current they are."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select

from lienxa.platform import clock
from lienxa.platform import module as modules
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.rollup import repository
from lienxa.platform.tenancy.organs import Organ, children_of, counted_of

# What was counted of one organ: figure code and dimension value -> count.
Counts = Mapping[tuple[str, str], int]


class MonthValue(NamedTuple):
    """One figure of one month (its first day), over the organs asked for."""

    month: date
    code: str
    dimension: str
    value: int


async def totals(session: TenantSession, month_from: date, month_to: date) -> dict[UUID, Counts]:
    """What the session's organ may read of each organ below, from `month_from` to `month_to`, both included.

    Months are added up; of a standing figure the last month counts.
    """
    rows = await repository.totals(session, month_from, month_to, _standing_codes())
    return {
        tenant_id: dict(zip(zip(codes, dimensions, strict=True), values, strict=True))
        for tenant_id, codes, dimensions, values in rows
    }


async def own(session: TenantSession, reader_id: UUID, month: date) -> Counts:
    """What the session's organ itself has published of one month for `reader_id`, its parent."""
    return {(code, dimension): value for code, dimension, value in await repository.own(session, reader_id, month)}


def published(
    tenant_id: UUID, month: date, modules: Collection[str], reader_id: UUID | None
) -> Select[*tuple[Any, ...]]:
    """A select of the figures of one month: `organ_id`, `module`, `code`, `dimension`, `value`.

    Those that `tenant_id` may read of the organs below it; with `reader_id`, its own ones as that parent reads them.
    It is for copying them where they are kept (`insert ... select`).
    """
    return repository.published(tenant_id, month, modules, reader_id)


async def waiting_since(session: TenantSession, modules: Collection[str], *, below: bool) -> datetime | None:
    """When the oldest change was marked that the figures of these modules do not show yet; None if they are current.

    `below`: of the organs below the session's organ, else its own.
    """
    return await repository.oldest_mark(session, modules, below=below)


async def by_month(
    session: TenantSession, codes: Collection[str], month_from: date, month_to: date, organ_id: UUID | None = None
) -> list[MonthValue]:
    """The course of some figures of one organ below, or of all organs directly below together."""
    rows = await repository.by_month(session, codes, month_from, month_to, organ_id)
    return [MonthValue(*row) for row in rows]


async def telling(session: TenantSession, code: str, dimension: str, month_from: date) -> list[tuple[str, date]]:
    """Which organs below tell a figure of a month from `month_from` on: name and latest such month, by name."""
    return [(name, month) for name, month in await repository.telling(session, code, dimension, month_from)]


async def children(database: Database, organ: Organ) -> list[Organ]:
    """The organs directly below, by name."""
    async with database.control() as session:
        return await children_of(session, organ.id)


async def counted(database: Database, organ: Organ) -> list[Organ]:
    """The organs whose figures the organ has: those directly below, and those erased that others follow; by name."""
    async with database.control() as session:
        return await counted_of(session, organ.id)


async def current_as_of(session: TenantSession) -> datetime:
    """The moment up to which every change below is in the figures ("số liệu lúc HH:MM:SS").

    That is now, unless a change waits to be computed: then it is the moment of the oldest such change.
    """
    return await repository.oldest_mark_below(session) or clock.now()


def _standing_codes() -> list[str]:
    return [figure.code for module in modules.all_modules() for figure in module.figures if figure.standing]
