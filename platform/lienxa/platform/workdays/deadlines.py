"""From the moment of receipt and the time that a procedure allows to the moment when the result is due.

The day of receipt is day 0 and day 1 is the next working day, whatever the hour. What comes in after 15:00 only moves
the acts that belong to the day of receipt itself: the hand-over to the section (NĐ 61/2018 Article 18) and results
that are due the same day (NĐ 23/2015 for certification); both move to the next working day.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from lienxa.platform import clock
from lienxa.platform.rules import CaseRules
from lienxa.platform.workdays.calendar import Calendar

TimeUnit = Literal["working_day", "day", "hour", "same_day", "at_once"]


@dataclass(frozen=True)
class Due:
    """When something is due: by the instant itself if `exact` (hours), else by the end of that legal day."""

    at: datetime
    exact: bool

    @property
    def day(self) -> date:
        """The legal day on which it is due."""
        return clock.legal(self.at).date()

    def is_late(self, moment: datetime) -> bool:
        """Whether `moment` is past it."""
        return moment > self.at if self.exact else clock.legal(moment).date() > self.day

    def is_early(self, moment: datetime) -> bool:
        """Whether `moment` lies on an earlier legal day."""
        return clock.legal(moment).date() < self.day


def due(received_at: datetime, value: int, unit: TimeUnit, rules: CaseRules, calendar: Calendar) -> Due:
    """When the result of what was received at that instant is due.

    `value` counts units and says nothing for `same_day` and `at_once`. Calendar days that end on a day off end on the
    next working day. Hours run in working hours only.
    """
    received_on = clock.legal(received_at).date()
    if unit == "working_day":
        return by_end_of(calendar.add_working_days(received_on, value), rules)
    if unit == "day":
        return by_end_of(calendar.next_working_day(received_on + timedelta(days=value)), rules)
    if unit == "same_day":
        return by_end_of(_day_of_acting(received_at, rules, calendar), rules, calendar)
    if unit == "at_once":
        return by_end_of(received_on, rules, calendar)
    return Due(_after_working_hours(received_at, timedelta(hours=value), rules, calendar), exact=True)


def resumed(before: Due, asked_at: datetime, supplied_at: datetime, rules: CaseRules, calendar: Calendar) -> Due:
    """The due moment after a pause from `asked_at` to `supplied_at`: later by the working days of the pause."""
    pause = calendar.working_days_between(clock.legal(asked_at).date(), clock.legal(supplied_at).date())
    day = calendar.add_working_days(before.day, pause)
    if not before.exact:
        return by_end_of(day, rules)
    return Due(datetime.combine(day, clock.legal(before.at).timetz()).astimezone(UTC), exact=True)


def by_end_of(day: date, rules: CaseRules, calendar: Calendar | None = None) -> Due:
    """Due on that legal day; shown as the hour at which the counter closes, which the calendar may set at noon."""
    sessions = _sessions(day, rules, calendar) if calendar else ()
    return Due(_instant(day, sessions[-1][1]) if sessions else closing(day, rules), exact=False)


def hand_over_by(received_at: datetime, rules: CaseRules, calendar: Calendar) -> date:
    """The day on which the counter hands a dossier to the section."""
    return _day_of_acting(received_at, rules, calendar)


def opening(day: date, rules: CaseRules) -> datetime:
    """The instant at which the counter opens."""
    return _instant(day, rules.hours.sessions[0][0])


def closing(day: date, rules: CaseRules) -> datetime:
    """The instant at which the counter closes."""
    return _instant(day, rules.hours.sessions[-1][1])


def _day_of_acting(received_at: datetime, rules: CaseRules, calendar: Calendar) -> date:
    received = clock.legal(received_at)
    if received.date() in calendar.mornings and received.time() <= rules.hours.sessions[0][1]:
        return received.date()
    if received.time() > time(rules.clock.late_hour):
        return calendar.next_working_day(received.date() + timedelta(days=1))
    return calendar.next_working_day(received.date())


def _after_working_hours(start: datetime, length: timedelta, rules: CaseRules, calendar: Calendar) -> datetime:
    day = clock.legal(start).date()
    while True:
        for opens, closes in _sessions(day, rules, calendar):
            begins = max(start, _instant(day, opens))
            left = _instant(day, closes) - begins
            if left >= length:
                return begins + length
            length -= max(left, timedelta(0))
        day += timedelta(days=1)


def _sessions(day: date, rules: CaseRules, calendar: Calendar) -> tuple[tuple[time, time], ...]:
    if calendar.is_working_day(day):
        return rules.hours.sessions
    return rules.hours.sessions[:1] if day in calendar.mornings else ()


def _instant(day: date, at: time) -> datetime:
    return clock.instant(day, at.hour, at.minute)
