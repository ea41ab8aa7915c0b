"""What the organ above may count."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, cast, func, or_, select

from lienxa.platform import clock
from lienxa.platform.access.models import Body
from lienxa.platform.db.base import AnyRow
from lienxa.platform.db.session import TenantSession
from lienxa.platform.rollup.months import ReportingMonths, reporting_months
from lienxa.platform.rollup.standing import Span
from lienxa.platform.succession import passages
from lienxa.tenants.documents import rules
from lienxa.tenants.documents.models import Document


async def count_incoming(session: TenantSession) -> Sequence[AnyRow]:
    """`(month, body, documents)` of what was registered and not struck, by the day of arrival.

    What came over from a predecessor was registered there.
    """
    registered = and_(
        Document.direction == rules.INCOMING,
        Document.state != rules.STRUCK,
        ~passages.came_over("document", Document.id),
    )
    return await _count_by_month(session, Document.received_on, registered)


async def count_issued(session: TenantSession) -> Sequence[AnyRow]:
    """`(month, body, documents)` of what was issued, by the date that it bears."""
    return await _count_by_month(session, Document.doc_date, Document.state == rules.ISSUED)


async def _count_by_month(session: TenantSession, day: Any, condition: ColumnElement[bool]) -> Sequence[AnyRow]:
    month = (await reporting_months(session)).column(day)
    query = (
        select(month.label("month"), Body.code.label("body"), func.count().label("documents"))
        .join(Body, and_(Body.tenant_id == Document.tenant_id, Body.id == Document.body_id))
        .where(condition)
        .group_by(month, Body.code)
        .order_by(month, Body.code)
    )
    return (await session.execute(query)).all()


async def overdue_spans(session: TenantSession, months: ReportingMonths) -> list[Span]:
    """Incoming documents past their due day, by body: from the month of that day until they were finished or struck."""
    return await _spans(
        session,
        months.column(func.greatest(Document.due_on, passages.came_day("document", Document.id))),
        months.column(_until(Document.finished_at, Document.struck_at)),
        and_(Document.direction == rules.INCOMING, Document.due_on < clock.today()),
    )


async def unissued_spans(session: TenantSession, months: ReportingMonths) -> list[Span]:
    """Signed documents, by body: from the month of the signature until the month of the issue or the strike."""
    signed = months.column(_legal(Document.signed_at))
    issued = months.column(_until(Document.issued_at, Document.struck_at))
    return await _spans(session, signed, issued, Document.signed_at.is_not(None))


async def _spans(session: TenantSession, since: Any, until: Any, condition: ColumnElement[bool]) -> list[Span]:
    query = (
        select(Body.code, since, until, func.count())
        .join(Body, and_(Body.tenant_id == Document.tenant_id, Body.id == Document.body_id))
        .where(condition, or_(until.is_(None), until > since))
        .group_by(Body.code, since, until)
    )
    return [Span(*row) for row in await session.execute(query)]


def _until(*instants: Any) -> Any:
    """The legal day of the first of these instants, or the day on which the successor took over."""
    return func.least(cast(_legal(func.least(*instants)), Date), passages.passed_day("document", Document.id))


def _legal(instant: Any) -> Any:
    return func.timezone(clock.LEGAL_ZONE.key, instant)
