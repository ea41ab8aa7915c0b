"""What an organ needs of its reports before it goes live."""

from collections.abc import Sequence

from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import ReadinessItem
from lienxa.platform.rollup.months import reporting_months
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _


async def readiness(session: TenantSession, organ: Organ) -> Sequence[ReadinessItem]:
    """On which day its months end; the organ above sets it, the calendar's month stands where nobody did."""
    months = await reporting_months(session)
    bounds = months.bounds(months.present)
    reason = _(
        "Tháng số liệu này từ {first:%d/%m/%Y} đến {last:%d/%m/%Y}; kỳ do cấp trên đặt.",
        first=bounds.first,
        last=bounds.last,
    )
    path = "/bao-cao/ngay-chot" if organ.is_parent else "/bao-cao"
    return [ReadinessItem("rollout.months", _("Kỳ chốt số liệu tháng"), "done", reason, path)]
