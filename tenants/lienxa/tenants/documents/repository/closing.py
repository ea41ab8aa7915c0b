"""Books of ended periods: what is in them, which are closed."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from lienxa.platform.access.models import Body, Staff
from lienxa.platform.db.base import AnyRow
from lienxa.platform.db.session import TenantSession
from lienxa.platform.succession import passages
from lienxa.tenants.documents import rules
from lienxa.tenants.documents.models import BookChange, BookClosing, Document, NumberSeries


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
    query = (
        select(
            NumberSeries.code,
            func.array_agg(Document.type_code.distinct()).label("types"),
            func.array_agg(aggregate_order_by(Document.number, Document.number)).label("numbers"),
            func.array_agg(aggregate_order_by(Document.struck_at.is_not(None), Document.number)).label("struck"),
        )
        .join(NumberSeries, and_(NumberSeries.tenant_id == Document.tenant_id, NumberSeries.id == Document.series_id))
        .where(*_of_book(direction, period, body_id, common))
        .group_by(NumberSeries.code)
        .order_by(NumberSeries.code)
    )
    return {
        row.code: (tuple(row.types), dict(zip(row.numbers, row.struck, strict=True)))
        for row in await session.execute(query)
    }


def _of_book(direction: str, period: str, body_id: UUID | None, common: str) -> Sequence[ColumnElement[bool]]:
    """What of documents with their series stands in a book."""
    # The code of the common book is that of no outgoing series.
    of_body = (
        NumberSeries.code == common
        if body_id is None
        else and_(Document.body_id == body_id, NumberSeries.code != common)
    )
    return Document.direction == direction, Document.period == period, of_body


async def hold(session: TenantSession, direction: str, period: str, body_id: UUID | None, common: str) -> None:
    """Let nothing of a book change until the transaction ends; what is being changed is waited for."""
    entries = (
        select(Document.id)
        .join(NumberSeries, and_(NumberSeries.tenant_id == Document.tenant_id, NumberSeries.id == Document.series_id))
        .where(*_of_book(direction, period, body_id, common))
        .order_by(Document.id)
        .with_for_update(read=True, of=Document)
    )
    await session.execute(select(func.count()).select_from(entries.subquery()))


async def closing_of(session: TenantSession, document: Document, common: str) -> BookClosing | None:
    """How the book was closed in which a document stands; None while it is open, or if the document has no number."""
    if document.series_id is None:
        return None
    code = select(NumberSeries.code).where(NumberSeries.id == document.series_id).scalar_subquery()
    query = select(BookClosing).where(
        BookClosing.direction == document.direction,
        BookClosing.period == document.period,
        or_(
            and_(code == common, BookClosing.body_id.is_(None)),
            and_(code != common, BookClosing.body_id == document.body_id),
        ),
    )
    found: BookClosing | None = await session.scalar(query)
    return found


async def changes(session: TenantSession, closing_id: UUID) -> Sequence[AnyRow]:
    """`(BookChange, number_text, changer)`: what was changed in a book after it was closed, in order."""
    query = (
        select(BookChange, Document.number_text, Staff.full_name.label("changer"))
        .join(Document, and_(Document.tenant_id == BookChange.tenant_id, Document.id == BookChange.document_id))
        .join(Staff, and_(Staff.tenant_id == BookChange.tenant_id, Staff.id == BookChange.changed_by))
        .where(BookChange.closing_id == closing_id)
        .order_by(BookChange.changed_at, BookChange.id)
    )
    return (await session.execute(query)).all()


async def closings_with_changes(session: TenantSession) -> Sequence[tuple[BookClosing, int]]:
    """All books that were closed, each with how often it was changed since."""
    count = (
        select(func.count())
        .where(BookChange.tenant_id == BookClosing.tenant_id, BookChange.closing_id == BookClosing.id)
        .correlate(BookClosing)
        .scalar_subquery()
    )
    return [(row[0], row[1]) for row in await session.execute(select(BookClosing, count))]


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
