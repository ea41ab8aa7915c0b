"""Which days a month of figures has: from the first to the last of the calendar's month, unless a setting says else.

A month that ends on the 14th begins on the 15th of the month before (NĐ 09/2019/NĐ-CP article 12). Settings are dated
by month and copied to the organs below (ADR 0025); no day is left out or counted twice where they change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Date, Integer, case, cast, extract, func

from lienxa.platform import clock
from lienxa.platform.db.session import TenantSession
from lienxa.platform.rollup import repository
from lienxa.platform.rollup.standing import month_after

CALENDAR_END = 0
_LONGEST = 31


class Bounds(NamedTuple):
    """The first and the last day of a month of figures, both included."""

    first: date
    last: date


class Setting(NamedTuple):
    """From this month (its first day) on months end on `last_day`: 1 to 28, or `CALENDAR_END`."""

    from_month: date
    last_day: int


@dataclass(frozen=True)
class ReportingMonths:
    """The months of figures; a month is named by the first day of the calendar's month in which it ends."""

    settings: tuple[Setting, ...] = ()

    def last_day(self, month: date) -> date:
        """On which day a month ends."""
        number = next((one.last_day for one in reversed(self.settings) if one.from_month <= month), CALENDAR_END)
        return month.replace(day=number) if number else month_after(month) - timedelta(days=1)

    def bounds(self, month: date) -> Bounds:
        """The days of a month."""
        before = (month - timedelta(days=1)).replace(day=1)
        return Bounds(self.last_day(before) + timedelta(days=1), self.last_day(month))

    def month_of(self, day: date) -> date:
        """The month of figures in which a day lies."""
        month = day.replace(day=1)
        return month if day <= self.last_day(month) else month_after(month)

    @property
    def present(self) -> date:
        """The month in which today lies."""
        return self.month_of(clock.today())

    def column(self, day: Any) -> Any:
        """`month_of` as SQL, of a date or of a legal time; nothing of nothing."""
        month = cast(func.date_trunc("month", day), Date)
        if not self.settings:
            return month
        latest_first = [(month >= one.from_month, one.last_day or _LONGEST) for one in reversed(self.settings)]
        ends_before = cast(extract("day", day), Integer) > case(*latest_first, else_=_LONGEST)
        following = cast(func.date_trunc("month", month + timedelta(days=_LONGEST + 1)), Date)
        return case((ends_before, following), else_=month)


async def reporting_months(session: TenantSession) -> ReportingMonths:
    """The months by which the session's organ counts. One statement."""
    return ReportingMonths(tuple(Setting(*row) for row in await repository.reporting_days(session)))


async def current(session: TenantSession) -> tuple[datetime, ReportingMonths]:
    """`reading.current_as_of` and `reporting_months` in one statement."""
    since, settings = await repository.oldest_mark_and_reporting_days(session)
    return since or clock.now(), ReportingMonths(tuple(Setting(*row) for row in settings))


async def replace(session: TenantSession, settings: Sequence[Setting]) -> bool:
    """Count by these settings from now on; False if they were those already."""
    if list((await reporting_months(session)).settings) == list(settings):
        return False
    await repository.replace_reporting_days(session, settings)
    return True
