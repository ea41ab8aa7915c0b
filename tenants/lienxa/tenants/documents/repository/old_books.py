"""What the lines of old books are checked against, and writing them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import insert

from lienxa.platform import ids
from lienxa.platform.access.models import Staff
from lienxa.platform.db.base import AnyRow
from lienxa.platform.db.session import TenantSession
from lienxa.tenants.documents.models import Document, NumberCounter, NumberSeries, SeriesUse

_AT_ONCE = 500


async def uses(session: TenantSession, direction: str) -> Sequence[AnyRow]:
    """`(body_id, type_code, series_id, period_kind)` of each use of a series in that direction."""
    query = (
        select(SeriesUse.body_id, SeriesUse.type_code, SeriesUse.series_id, NumberSeries.period_kind)
        .join(
            NumberSeries,
            and_(NumberSeries.tenant_id == SeriesUse.tenant_id, NumberSeries.id == SeriesUse.series_id),
        )
        .where(SeriesUse.direction == direction)
    )
    return (await session.execute(query)).all()


async def taken_numbers(
    session: TenantSession, series_ids: Collection[UUID], periods: Collection[str]
) -> set[tuple[UUID, str, int]]:
    """The numbers that stand in these series and periods already."""
    query = select(Document.series_id, Document.period, Document.number).where(
        Document.series_id.in_(series_ids), Document.period.in_(periods)
    )
    return {(row.series_id, row.period, row.number) for row in await session.execute(query)}


async def staff_by_name(session: TenantSession) -> Mapping[str, UUID | None]:
    """The people of the organ by full name; None where two bear the same."""
    query = select(Staff.full_name, Staff.id).where(Staff.is_service.is_(False))
    found: dict[str, UUID | None] = {}
    for name, staff_id in await session.execute(query):
        found[name] = None if name in found else staff_id
    return found


async def add_documents(session: TenantSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add papers, some hundreds a statement."""
    statement = insert(Document).execution_options(render_nulls=True)
    for start in range(0, len(rows), _AT_ONCE):
        part = [{"tenant_id": session.tenant_id, "id": ids.new_id(), **row} for row in rows[start : start + _AT_ONCE]]
        await session.execute(statement, part)


async def raise_counters(session: TenantSession, highest: Mapping[tuple[UUID, str], int]) -> None:
    """Let no counter of `(series, period)` stand below the highest number that was written."""
    if not highest:
        return
    raising = insert(NumberCounter).values(
        [
            {
                "tenant_id": session.tenant_id,
                "id": ids.new_id(),
                "series_id": series_id,
                "period": period,
                "last_number": number,
            }
            for (series_id, period), number in highest.items()
        ]
    )
    raised = func.greatest(NumberCounter.last_number, raising.excluded.last_number)
    await session.execute(
        raising.on_conflict_do_update(index_elements=["tenant_id", "series_id", "period"], set_={"last_number": raised})
    )
