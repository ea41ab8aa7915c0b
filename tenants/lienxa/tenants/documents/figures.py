"""What the parent may see of documents: how many, by body and month. No abstract, no number, no name."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row

from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import Figure, FigureRow
from lienxa.platform.text import _
from lienxa.tenants.documents import repository


async def incoming(session: TenantSession) -> Sequence[FigureRow]:
    """Documents registered, by the month of their arrival; the dimension is the body's code."""
    return _figures(await repository.count_incoming(session))


async def issued(session: TenantSession) -> Sequence[FigureRow]:
    """Documents issued, by the month of the date that they bear; the dimension is the body's code."""
    return _figures(await repository.count_issued(session))


def _figures(rows: Sequence[Row[Any]]) -> list[FigureRow]:
    return [
        FigureRow(month=date(int(row.year), int(row.month), 1), dimension=row.body, value=row.documents) for row in rows
    ]


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
)
