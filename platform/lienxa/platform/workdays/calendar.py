"""Which days are working days: the national calendar, and the changes that an organ lays over it.

The national calendar is the data file `rules/sets/calendar_vn.toml`, made by `lienxa.platform.workdays.seed`. Days off
and make-up Saturdays of coming years come from a yearly decision of the Government: until then they are a forecast.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Literal

import msgspec

from lienxa.platform.errors import Unavailable
from lienxa.platform.rules.loader import named
from lienxa.platform.text import _

_DAY = timedelta(days=1)
_SATURDAY = 5


class _DayOff(msgspec.Struct, frozen=True):
    day: date
    name: str


class _Year(msgspec.Struct, frozen=True):
    year: int
    state: Literal["confirmed", "forecast"]
    days_off: tuple[_DayOff, ...]
    make_up_days: tuple[date, ...]


ChangeKind = Literal["day_off", "working_day", "morning"]


@dataclass(frozen=True)
class Change:
    """A day on which an organ does not work as the national calendar says; kinds as of `CalendarChange`."""

    day: date
    kind: str
    name: str


@dataclass(frozen=True)
class Calendar:
    """Working days from `first` to `last`; outside of it every question raises `Unavailable`.

    `days_off` maps each day off to its name, `make_up_days` are weekend days on which people work, `forecast_years`
    those whose decision is still to come. On `mornings` the counter opens until noon, yet they are no working days:
    they count for hours and for what is due the same day, never as a day of handling. `version` is stored with every
    date computed from this calendar.
    """

    version: str
    first: date
    last: date
    days_off: Mapping[date, str]
    make_up_days: frozenset[date]
    forecast_years: frozenset[int]
    mornings: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on that day."""
        if not self.first <= day <= self.last:
            raise Unavailable(
                _("Chưa có lịch ngày làm việc của năm {year}.", year=day.year),
                remedy=_("Nhờ người quản trị hệ thống cập nhật lịch nghỉ lễ."),
            )
        if day in self.make_up_days:
            return True
        return day.weekday() < _SATURDAY and day not in self.days_off

    def next_working_day(self, day: date) -> date:
        """The day itself if it is a working day, else the first one after it."""
        while not self.is_working_day(day):
            day += _DAY
        return day

    def add_working_days(self, start: date, count: int) -> date:
        """The `count`-th working day after `start`; `start` is day 0 whatever it is, and is the answer for 0."""
        if count < 0:
            raise ValueError("working days are counted forwards")
        day = start
        for _step in range(count):
            day = self.next_working_day(day + _DAY)
        return day

    def with_changes(self, changes: Sequence[Change]) -> "Calendar":
        """This calendar with the changes laid over it, a later one of the same day over an earlier one.

        Its version tells the same changes by the same name, so that dates computed before can be recognised.
        """
        if not changes:
            return self
        days_off, make_up_days, mornings = dict(self.days_off), set(self.make_up_days), set(self.mornings)
        for change in changes:
            days_off.pop(change.day, None)
            make_up_days.discard(change.day)
            mornings.discard(change.day)
            if change.kind == "working_day":
                make_up_days.add(change.day)
                continue
            days_off[change.day] = change.name
            if change.kind == "morning":
                mornings.add(change.day)
        text = "\n".join(f"{change.day} {change.kind}" for change in changes)
        return replace(
            self,
            version=f"{self.version} + {hashlib.sha256(text.encode()).hexdigest()[:12]}",
            days_off=days_off,
            make_up_days=frozenset(make_up_days),
            mornings=frozenset(mornings),
        )

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start`, up to and including `end`; 0 if `end` is not later."""
        return sum(self.is_working_day(start + _DAY * step) for step in range(1, (end - start).days + 1))


@cache
def national_calendar() -> Calendar:
    """The calendar of the State's offices."""
    rule_set = named("calendar_vn")
    years = msgspec.convert(rule_set.data["years"], tuple[_Year, ...])
    assert rule_set.valid_to is not None
    return Calendar(
        version=rule_set.data["version"],
        first=rule_set.valid_from,
        last=rule_set.valid_to,
        days_off={off.day: off.name for year in years for off in year.days_off},
        make_up_days=frozenset(day for year in years for day in year.make_up_days),
        forecast_years=frozenset(year.year for year in years if year.state == "forecast"),
    )
