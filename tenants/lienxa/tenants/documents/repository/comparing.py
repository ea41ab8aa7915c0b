"""Comparisons of the paper registers with ours, and what happens to the books when the organ goes live."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from lienxa.platform import clock, ids
from lienxa.platform.access.models import Staff
from lienxa.platform.db.base import AnyRow
from lienxa.platform.db.session import TenantSession
from lienxa.tenants.documents import rules
from lienxa.tenants.documents.models import BookComparison, BookFile, Document, NumberCounter, NumberSeries

LISTED = 60


async def comparisons(session: TenantSession, since: datetime | None = None) -> Sequence[AnyRow]:
    """`(BookComparison, name)` of the latest comparisons, the last first."""
    query = (
        select(BookComparison, Staff.full_name.label("name"))
        .join(Staff, and_(Staff.tenant_id == BookComparison.tenant_id, Staff.id == BookComparison.compared_by))
        .order_by(BookComparison.compared_at.desc(), BookComparison.id.desc())
        .limit(LISTED)
    )
    if since is not None:
        query = query.where(BookComparison.compared_at >= since)
    return (await session.execute(query)).all()


async def is_compared(session: TenantSession, day: date) -> bool:
    """Whether somebody has compared the books on that day."""
    return bool(await session.scalar(select(exists().where(BookComparison.compared_on == day))))


async def comparer(session: TenantSession, comparison: BookComparison) -> str:
    """Who made it."""
    return await session.scalar(select(Staff.full_name).where(Staff.id == comparison.compared_by)) or ""


async def raise_counters(session: TenantSession, numbers: Mapping[tuple[str, str], int]) -> None:
    """Let the counters of `(series code, period)` stand at these numbers; one that is there or beyond stays."""
    if not numbers:
        return
    codes = {code for code, _period in numbers}
    found = await session.execute(select(NumberSeries.id, NumberSeries.code).where(NumberSeries.code.in_(codes)))
    series = {row.code: row.id for row in found}
    rows = [
        {
            "tenant_id": session.tenant_id,
            "id": ids.new_id(),
            "series_id": series[code],
            "period": period,
            "last_number": number,
        }
        for (code, period), number in sorted(numbers.items())
        if code in series
    ]
    raising = insert(NumberCounter).values(rows)
    await session.execute(
        raising.on_conflict_do_update(
            index_elements=["tenant_id", "series_id", "period"],
            set_={"last_number": raising.excluded.last_number},
            where=NumberCounter.last_number < raising.excluded.last_number,
        )
    )


async def strike_since(session: TenantSession, since: datetime, reason: str) -> tuple[int, int]:
    """Strike what came into the books since then and discard drafts of that time: how many of each."""
    entered = Document.listed_at >= since
    struck = await session.execute(
        update(Document)
        .where(entered, Document.number.is_not(None), Document.state != rules.STRUCK)
        .values(state=rules.STRUCK, struck_at=clock.now(), struck_reason=reason)
        .returning(Document.id)
    )
    discarded = await session.execute(
        update(Document)
        .where(entered, Document.number.is_(None), Document.state != rules.DISCARDED)
        .values(state=rules.DISCARDED, discarded_at=clock.now(), discarded_reason=reason)
        .returning(Document.id)
    )
    return len(struck.all()), len(discarded.all())


async def readiness(session: TenantSession) -> AnyRow:
    """`(entered, books_made)`: how many numbered documents stand in the books, how many whole books were printed."""
    entered = select(func.count()).select_from(Document).where(Document.number.is_not(None)).scalar_subquery()
    made = select(func.count()).select_from(BookFile).where(BookFile.state == "made").scalar_subquery()
    return (await session.execute(select(entered.label("entered"), made.label("books_made")))).one()


async def comparison(session: TenantSession, comparison_id: UUID) -> BookComparison:
    """One comparison, or `NotFound`."""
    return await session.find(BookComparison, comparison_id)
