"""What the parent may see of meetings: how many, by body and month. No title, no name, no time."""

from collections.abc import Sequence

from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import Figure, FigureRow
from lienxa.platform.text import _
from lienxa.tenants.meetings import repository


async def held(session: TenantSession) -> Sequence[FigureRow]:
    """Meetings in the calendar by the month in which they begin; the dimension is the body's code."""
    return [
        FigureRow(month=row.month, dimension=row.body, value=row.meetings)
        for row in await repository.count_by_month(session)
    ]


FIGURES = (
    Figure(
        code="meetings.held",
        title=_("Cuộc họp"),
        explanation=_(
            "Số cuộc họp của từng cơ quan có giờ bắt đầu trong tháng (giờ Việt Nam), gồm cuộc họp đã xếp lịch và đã"
            " họp; không tính đề xuất chưa được xếp lịch và cuộc họp đã hủy."
        ),
        rows=held,
    ),
)
