"""All SQL of figures."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Row, Select, cast, delete, func, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from lienxa.platform import clock
from lienxa.platform.db.session import ControlSession, TenantSession
from lienxa.platform.rollup.models import ReportingDay, StoredFigure, rollup_mark
from lienxa.platform.tenancy.models import Tenant
from lienxa.platform.tenancy.organs import GONE, LIVE

CHANNEL = "rollup"

_KEY = (StoredFigure.reader_id, StoredFigure.code, StoredFigure.month, StoredFigure.dimension)


@dataclass(frozen=True)
class FigureKey:
    """Which figure of one organ and module this is, and who reads it; `month` is its first day."""

    reader_id: UUID
    code: str
    month: date
    dimension: str


async def try_lock(connection: AsyncConnection, key: int) -> bool:
    """Take an advisory lock for this connection; False if another one holds it."""
    return bool(await connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": key}))


async def unlock(connection: AsyncConnection, key: int) -> None:
    """Give the lock back."""
    await connection.execute(text("select pg_advisory_unlock(:key)"), {"key": key})


async def readers_of(session: TenantSession) -> list[UUID]:
    """Who reads the figures of the session's organ: its parent and the parent's parent."""
    parent = aliased(Tenant)
    row = (
        await session.execute(
            select(Tenant.parent_id, parent.parent_id)
            .join(parent, parent.id == Tenant.parent_id)
            .where(Tenant.id == session.tenant_id)
        )
    ).first()
    return [reader for reader in row or () if reader is not None]


async def stored(session: TenantSession, module: str) -> dict[FigureKey, int]:
    """The figures that the session's organ has published for a module, for all readers."""
    rows = await session.execute(
        select(*_KEY, StoredFigure.value).where(
            StoredFigure.tenant_id == session.tenant_id, StoredFigure.module == module
        )
    )
    return {FigureKey(*row[:4]): row[4] for row in rows}


async def write(session: TenantSession, module: str, changed: Mapping[FigureKey, int]) -> None:
    """Insert or update figures of the session's organ."""
    if not changed:
        return
    statement = insert(StoredFigure)
    statement = statement.on_conflict_do_update(
        constraint="figure_pkey",
        set_={"value": statement.excluded.value, "changed_at": statement.excluded.changed_at},
    )
    moment = clock.now()
    await session.execute(
        statement,
        [
            {
                "reader_id": key.reader_id,
                "tenant_id": session.tenant_id,
                "module": module,
                "code": key.code,
                "month": key.month,
                "dimension": key.dimension,
                "value": value,
                "changed_at": moment,
            }
            for key, value in changed.items()
        ],
    )


async def remove(session: TenantSession, module: str, vanished: Collection[FigureKey]) -> None:
    """Delete figures of the session's organ whose rows are gone."""
    if not vanished:
        return
    keys = [(key.reader_id, key.code, key.month, key.dimension) for key in vanished]
    await session.execute(
        delete(StoredFigure).where(
            StoredFigure.tenant_id == session.tenant_id, StoredFigure.module == module, tuple_(*_KEY).in_(keys)
        )
    )


async def remove_all(session: TenantSession) -> None:
    """Delete every figure of the session's organ."""
    await session.execute(delete(StoredFigure).where(StoredFigure.tenant_id == session.tenant_id))


async def is_gone(session: TenantSession) -> bool:
    """Whether the session's organ is erased or being erased: its figures say no more what its rows say."""
    gone = select(Tenant.id).where(Tenant.id == session.tenant_id, Tenant.state.in_(GONE))
    return await session.scalar(gone) is not None


async def announce(session: TenantSession, reader_id: UUID) -> None:
    """Tell the open pages of a reader, when this transaction commits, that its figures changed."""
    await session.execute(select(func.pg_notify(CHANNEL, str(reader_id))))


async def totals(
    session: TenantSession, month_from: date, month_to: date, standing: Collection[str]
) -> Sequence[Row[UUID, list[str], list[str], list[int]]]:
    """`(tenant_id, codes, dimensions, values)` of what is written for the session's organ, in one statement.

    One row an organ: hundreds of organs are read as fast as a few thousand rows are not. The predicate uses the key
    and stands beside the policy. Of `standing` codes the last month counts alone.
    """
    added = (
        select(StoredFigure.tenant_id, StoredFigure.code, StoredFigure.dimension, _sum().label("value"))
        .where(
            StoredFigure.reader_id == session.tenant_id,
            StoredFigure.month.between(month_from, month_to),
            or_(StoredFigure.month == month_to, StoredFigure.code.not_in(standing)),
        )
        .group_by(StoredFigure.tenant_id, StoredFigure.code, StoredFigure.dimension)
        .subquery()
    )
    query = select(
        added.c.tenant_id,
        func.array_agg(added.c.code),
        func.array_agg(added.c.dimension),
        func.array_agg(added.c.value),
    ).group_by(added.c.tenant_id)
    return (await session.execute(query)).all()


async def own(session: TenantSession, reader_id: UUID, month: date) -> Sequence[Row[str, str, int]]:
    """`(code, dimension, value)` of the session's organ in one month, as written for that reader."""
    query = select(StoredFigure.code, StoredFigure.dimension, StoredFigure.value).where(
        StoredFigure.reader_id == reader_id,
        StoredFigure.tenant_id == session.tenant_id,
        StoredFigure.month == month,
    )
    return (await session.execute(query)).all()


def published(
    tenant_id: UUID, month: date, modules: Collection[str], reader_id: UUID | None
) -> Select[*tuple[Any, ...]]:
    """See `reading.published`."""
    of_whom = (
        [StoredFigure.reader_id == tenant_id]
        if reader_id is None
        else [StoredFigure.reader_id == reader_id, StoredFigure.tenant_id == tenant_id]
    )
    return select(
        StoredFigure.tenant_id.label("organ_id"),
        StoredFigure.module,
        StoredFigure.code,
        StoredFigure.dimension,
        StoredFigure.value,
    ).where(*of_whom, StoredFigure.month == month, StoredFigure.module.in_(modules))


async def by_month(
    session: TenantSession, codes: Collection[str], month_from: date, month_to: date, organ_id: UUID | None
) -> Sequence[Row[date, str, str, int]]:
    """`(month, code, dimension, value)` of one organ below; without `organ_id`, of those directly below that are
    live together.
    """
    of_whom = (
        StoredFigure.tenant_id == organ_id
        if organ_id is not None
        else StoredFigure.tenant_id.in_(
            select(Tenant.id).where(Tenant.parent_id == session.tenant_id, Tenant.phase == LIVE)
        )
    )
    query = (
        select(StoredFigure.month, StoredFigure.code, StoredFigure.dimension, _sum())
        .where(
            StoredFigure.reader_id == session.tenant_id,
            of_whom,
            StoredFigure.code.in_(codes),
            StoredFigure.month.between(month_from, month_to),
        )
        .group_by(StoredFigure.month, StoredFigure.code, StoredFigure.dimension)
    )
    return (await session.execute(query)).all()


async def telling(session: TenantSession, code: str, dimension: str, month_from: date) -> Sequence[Row[str, date]]:
    """`(name, month)` of the organs below that have published this figure for a month from there on, by name."""
    query = (
        select(Tenant.name, func.max(StoredFigure.month))
        .join(Tenant, Tenant.id == StoredFigure.tenant_id)
        .where(
            StoredFigure.reader_id == session.tenant_id,
            StoredFigure.code == code,
            StoredFigure.dimension == dimension,
            StoredFigure.month >= month_from,
        )
        .group_by(Tenant.id, Tenant.name)
        .order_by(Tenant.name)
    )
    return (await session.execute(query)).all()


def _sum() -> ColumnElement[int]:
    """A sum of counts is a whole number; PostgreSQL's own sum of them is a numeric, slow to read."""
    return cast(func.sum(StoredFigure.value), BigInteger)


async def reporting_days(session: TenantSession) -> Sequence[Row[date, int]]:
    """`(from_month, last_day)` of the settings of months, earliest first."""
    query = select(ReportingDay.from_month, ReportingDay.last_day).order_by(ReportingDay.from_month)
    return (await session.execute(query)).all()


async def replace_reporting_days(session: TenantSession, settings: Iterable[tuple[date, int]]) -> None:
    """Make these all the settings of months that the session's organ has."""
    await session.execute(delete(ReportingDay).where(ReportingDay.tenant_id == session.tenant_id))
    moment = clock.now()
    session.add_all(ReportingDay(from_month=month, last_day=day, changed_at=moment) for month, day in settings)
    await session.flush()


async def lagging_organs(session: ControlSession, most: int) -> tuple[list[tuple[UUID, datetime]], int]:
    """The organs with a change that their figures do not show yet, longest first, `most` of them; and how many."""
    query = (
        select(rollup_mark.c.tenant_id, func.min(rollup_mark.c.marked_at), func.count().over())
        .group_by(rollup_mark.c.tenant_id)
        .order_by(func.min(rollup_mark.c.marked_at))
        .limit(most)
    )
    rows = (await session.execute(query)).all()
    return [(tenant_id, since) for tenant_id, since, _count in rows], rows[0][2] if rows else 0


async def oldest_marks(session: ControlSession, organ_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Since when each of these organs has a change that its figures do not show; without those that have none."""
    query = select(rollup_mark.c.tenant_id, func.min(rollup_mark.c.marked_at))
    query = query.where(rollup_mark.c.tenant_id.in_(organ_ids)).group_by(rollup_mark.c.tenant_id)
    return {row[0]: row[1] for row in await session.execute(query)}


async def oldest_mark_below(session: TenantSession) -> datetime | None:
    """When the oldest change was marked that is not yet in the figures of the organs below; None if there is none."""
    query = select(func.min(rollup_mark.c.marked_at)).where(rollup_mark.c.tenant_id.in_(_below(session.tenant_id)))
    moment: datetime | None = await session.scalar(query)
    return moment


async def oldest_mark_and_reporting_days(session: TenantSession) -> tuple[datetime | None, list[tuple[date, int]]]:
    """Both in one statement: what the table of a parent begins with."""
    mark = select(func.min(rollup_mark.c.marked_at)).where(rollup_mark.c.tenant_id.in_(_below(session.tenant_id)))
    in_order = (
        aggregate_order_by(part, ReportingDay.from_month) for part in (ReportingDay.from_month, ReportingDay.last_day)
    )
    settings = (
        select(func.array_agg(part)).where(ReportingDay.tenant_id == session.tenant_id).scalar_subquery()
        for part in in_order
    )
    since, months, days = (await session.execute(select(mark.scalar_subquery(), *settings))).one()
    return since, list(zip(months or (), days or (), strict=True))


async def oldest_mark(session: TenantSession, modules: Collection[str], *, below: bool) -> datetime | None:
    """When the oldest change of these modules was marked that is not yet computed: below, or of the organ itself."""
    tenant = rollup_mark.c.tenant_id
    of_whom = tenant.in_(_below(session.tenant_id)) if below else tenant == session.tenant_id
    query = select(func.min(rollup_mark.c.marked_at)).where(of_whom, rollup_mark.c.module.in_(modules))
    moment: datetime | None = await session.scalar(query)
    return moment


def _below(tenant_id: UUID) -> Select[UUID]:
    """The organs whose figures are written for that organ: its children and theirs."""
    parent = aliased(Tenant)
    return (
        select(Tenant.id)
        .outerjoin(parent, parent.id == Tenant.parent_id)
        .where((Tenant.parent_id == tenant_id) | (parent.parent_id == tenant_id))
    )
