"""The terms of the committee and its congresses, which decide in what period Party numbers run."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import exists, func, or_, select

from lienxa.platform.db.base import AnyRow
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict
from lienxa.platform.text import _
from lienxa.tenants.documents import rules
from lienxa.tenants.documents.models import CommitteeTerm, Congress, Document, NumberSeries


def running(session: TenantSession, model: type[CommitteeTerm | Congress], on: date) -> Any:
    """The label of the committee's term, or of the congress, of that day."""
    return (
        select(model.label)
        .where(
            model.tenant_id == session.tenant_id,
            model.opened_on <= on,
            or_(model.closed_on.is_(None), model.closed_on >= on),
        )
        .order_by(model.opened_on.desc())
        .limit(1)
        .scalar_subquery()
    )


async def running_label(session: TenantSession, model: type[CommitteeTerm | Congress], on: date) -> str | None:
    """The label of the committee's term, or of the congress, of that day."""
    found: str | None = await session.scalar(select(running(session, model, on)))
    return found


async def terms(session: TenantSession) -> Sequence[CommitteeTerm]:
    """The terms of the committee, latest first."""
    return (await session.scalars(select(CommitteeTerm).order_by(CommitteeTerm.opened_on.desc()))).all()


async def open_term(session: TenantSession) -> CommitteeTerm:
    """The term that is not closed, locked, or `Conflict`."""
    query = select(CommitteeTerm).where(CommitteeTerm.closed_on.is_(None)).with_for_update()
    found = await session.scalar(query.order_by(CommitteeTerm.opened_on.desc()).limit(1))
    if found is None:
        raise Conflict(_("Không có nhiệm kỳ nào đang mở."), remedy=_("Khai nhiệm kỳ trước."))
    return found


async def congresses(session: TenantSession) -> Sequence[Congress]:
    """The congresses, latest first."""
    return (await session.scalars(select(Congress).order_by(Congress.opened_on.desc()))).all()


async def congress_sits(session: TenantSession, on: date) -> bool:
    """Whether a congress is open on that day."""
    return await session.scalar(select(running(session, Congress, on))) is not None


async def with_numbers(session: TenantSession, model: type[CommitteeTerm | Congress]) -> Sequence[AnyRow]:
    """The terms or congresses, latest first, each with whether a paper has a number of it."""
    kind = rules.TERM if model is CommitteeTerm else rules.CONGRESS
    numbered = exists().where(
        NumberSeries.tenant_id == model.tenant_id,
        NumberSeries.period_kind == kind,
        Document.tenant_id == model.tenant_id,
        Document.series_id == NumberSeries.id,
        Document.period == model.label,
    )
    query = select(model, numbered.correlate(model).label("numbered")).order_by(model.opened_on.desc())
    return (await session.execute(query)).all()


async def last_numbered_on(session: TenantSession, term: str) -> date | None:
    """The day of the last number that was given in a term; a congress may bear the same label."""
    query = select(func.max(Document.doc_date)).where(Document.period == term, Document.of_congress.is_(False))
    return await session.scalar(query)
