"""What an organ needs of its calendar before it goes live."""

from collections.abc import Sequence

from lienxa.platform import clock
from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import ReadinessItem
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.platform.workdays import calendar_for

_DECEMBER = 12


async def readiness(session: TenantSession, _organ: Organ) -> Sequence[ReadinessItem]:
    """Working days and days off of this year, in December of the next one too; due dates are counted by them."""
    title, path = _("Ngày làm việc, ngày nghỉ lễ của năm"), "/ngay-lam-viec"
    calendar, today = await calendar_for(session), clock.today()
    years = [today.year, *([today.year + 1] if today.month == _DECEMBER else [])]
    without = [str(year) for year in years if not calendar.first.year <= year <= calendar.last.year]
    if without:
        reason = _("Chưa có lịch của năm {years}.", years=", ".join(without))
        return [ReadinessItem("workdays.year", title, "missing", reason, path)]
    forecast = [str(year) for year in years if year in calendar.forecast_years]
    if forecast:
        reason = _("Lịch nghỉ năm {years} là dự kiến, chờ quyết định của Chính phủ.", years=", ".join(forecast))
        return [ReadinessItem("workdays.year", title, "warning", reason, path)]
    days = sum(day.year == today.year for day in calendar.days_off)
    reason = _("Năm {year} có {count} ngày nghỉ lễ.", year=today.year, count=days)
    return [ReadinessItem("workdays.year", title, "done", reason, path)]
