"""Books of ended periods: what is in them, which are closed."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from lienxa.platform.access.models import Body, Staff
from lienxa.platform.db.base import AnyRow
from lienxa.platform.db.session import TenantSession
from lienxa.platform.succession import passages
from lienxa.tenants.documents import rules
from lienxa.tenants.documents.models import BookClosing, Document, NumberSeries


async def contents(session: TenantSession) -> Sequence[AnyRow]:
    """`(direction, period, period_kind, code, body_id, body, documents, unsettled)` of what has numbers.

    `unsettled` is what is not finished and not issued yet, and did not pass to an organ that follows.
    """
    settled = or_(
        Document.state.in_((rules.DONE, rules.ISSUED, rules.STRUCK)), passages.passed_on("document", Document.id)
    )
    query = (
        select(
            Document.direction,
            Document.period,
            NumberSeries.period_kind,
            NumberSeries.code,
            Document.body_id,
            Body.name.label("body"),
            func.count().label("documents"),
            func.count().filter(~settled).label("unsettled"),
        )
        .join(NumberSeries, and_(NumberSeries.tenant_id == Document.tenant_id, NumberSeries.id == Document.series_id))
        .join(Body, and_(Body.tenant_id == Document.tenant_id, Body.id == Document.body_id))
        .group_by(
            Document.direction,
            Document.period,
            NumberSeries.period_kind,
            NumberSeries.code,
            Document.body_id,
            Body.name,
            Body.position,
        )
        .order_by(Document.period.desc(), Document.direction, Body.position)
    )
    return (await session.execute(query)).all()


async def numbers(
    session: TenantSession, direction: str, period: str, body_id: UUID | None, common: str
) -> Mapping[str, tuple[tuple[str, ...], dict[int, bool]]]:
    """Of each series of a book, by code: its types, and its numbers with whether each was struck.

    Without `body_id` it is the series of code `common`, whatever the body; else what the body has in others.
    """
    # The code of the common book is that of no outgoing series.
    of_book = (
        NumberSeries.code == common
        if body_id is None
        else and_(Document.body_id == body_id, NumberSeries.code != common)
    )
    query = (
        select(
            NumberSeries.code,
            func.array_agg(Document.type_code.distinct()).label("types"),
            func.array_agg(aggregate_order_by(Document.number, Document.number)).label("numbers"),
            func.array_agg(aggregate_order_by(Document.struck_at.is_not(None), Document.number)).label("struck"),
        )
        .join(NumberSeries, and_(NumberSeries.tenant_id == Document.tenant_id, NumberSeries.id == Document.series_id))
        .where(Document.direction == direction, Document.period == period, of_book)
        .group_by(NumberSeries.code)
        .order_by(NumberSeries.code)
    )
    return {
        row.code: (tuple(row.types), dict(zip(row.numbers, row.struck, strict=True)))
        for row in await session.execute(query)
    }


async def closings(session: TenantSession) -> Sequence[BookClosing]:
    """All books that were closed."""
    return (await session.scalars(select(BookClosing))).all()


async def closer(session: TenantSession, closing: BookClosing) -> tuple[str, str]:
    """Who closed it, and the body whose book it is (empty: of all)."""
    query = (
        select(Staff.full_name, Body.name)
        .select_from(Staff)
        .outerjoin(Body, and_(Body.tenant_id == Staff.tenant_id, Body.id == closing.body_id))
        .where(Staff.id == closing.closed_by)
    )
    row = (await session.execute(query)).one()
    return row[0], row[1] or ""
