"""What the parent may see of documents: how many, by body and month. No abstract, no number, no name."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import Figure, FigureRow
from lienxa.platform.rollup import standing
from lienxa.platform.rollup.months import reporting_months
from lienxa.platform.text import _
from lienxa.tenants.documents import repository


async def incoming(session: TenantSession) -> Sequence[FigureRow]:
    """Documents registered, by the month of their arrival; the dimension is the body's code."""
    return _figures(await repository.figures.count_incoming(session))


async def issued(session: TenantSession) -> Sequence[FigureRow]:
    """Documents issued, by the month of the date that they bear; the dimension is the body's code."""
    return _figures(await repository.figures.count_issued(session))


async def overdue(session: TenantSession) -> Sequence[FigureRow]:
    """Incoming documents past their due day and not finished, at the end of each month; by the body's code."""
    months = await reporting_months(session)
    return standing.at_month_ends(await repository.figures.overdue_spans(session, months), months.present)


async def unissued(session: TenantSession) -> Sequence[FigureRow]:
    """Documents signed and not issued, at the end of each month; the dimension is the body's code."""
    months = await reporting_months(session)
    return standing.at_month_ends(await repository.figures.unissued_spans(session, months), months.present)


def _figures(rows: Sequence[Row[Any]]) -> list[FigureRow]:
    return [FigureRow(month=row.month, dimension=row.body, value=row.documents) for row in rows]


FIGURES = (
    Figure(
        code="documents.incoming",
        title=_("Văn bản đến"),
        explanation=_("Số văn bản đến đã vào sổ của từng cơ quan, theo ngày đến."),
        rows=incoming,
    ),
    Figure(
        code="documents.issued",
        title=_("Văn bản đi đã phát hành"),
        explanation=_("Số văn bản đi đã phát hành của từng cơ quan, theo ngày ghi trên văn bản."),
        rows=issued,
    ),
    Figure(
        code="documents.overdue",
        title=_("Văn bản đến quá hạn"),
        explanation=_(
            "Số văn bản đến của từng cơ quan đã qua hạn xử lý mà chưa xong: lúc này; với tháng đã qua là lúc hết tháng."
        ),
        rows=overdue,
        standing=True,
    ),
    Figure(
        code="documents.unissued",
        title=_("Văn bản đã ký chưa phát hành"),
        explanation=_(
            "Số văn bản đi của từng cơ quan đã ký mà chưa phát hành (kể cả đã cấp số): lúc này; với tháng đã qua là "
            "lúc hết tháng. Văn bản phát hành trong ngày ký, chậm nhất là ngày làm việc tiếp theo (NĐ 30/2020)."
        ),
        rows=unissued,
        standing=True,
    ),
)
