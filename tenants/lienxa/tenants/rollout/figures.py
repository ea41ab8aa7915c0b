"""What the parent may see of an organ's own reports: which months it has closed, in which version and when."""

from collections.abc import Sequence

from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import Figure, FigureRow
from lienxa.platform.text import _
from lienxa.tenants.rollout import repository
from lienxa.tenants.rollout.rules import REPORT_CLOSED_AT, REPORT_FIGURE, REPORT_VERSION


async def closed_reports(session: TenantSession) -> Sequence[FigureRow]:
    """For each closed month its version, and the moment of closing in seconds since 1970 (UTC)."""
    return [
        row
        for month, version, closed_at in await repository.closed_reports(session)
        for row in (
            FigureRow(month, REPORT_VERSION, version),
            FigureRow(month, REPORT_CLOSED_AT, int(closed_at.timestamp())),
        )
    ]


FIGURES = (
    Figure(
        code=REPORT_FIGURE,
        title=_("Báo cáo của đơn vị"),
        explanation=_("Đơn vị đã chốt báo cáo của tháng chưa, lần thứ mấy, lúc nào."),
        rows=closed_reports,
    ),
)
