"""Pure rules of meetings: time slots, weeks, and what may follow what. No rule here is of law but of the office.

Instants are aware datetimes in UTC; days, weeks and sessions are those of the legal clock.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from lienxa.platform import clock
from lienxa.platform.errors import FieldError
from lienxa.platform.text import _
from lienxa.platform.workdays import national_calendar

PROPOSED, BOOKED, HELD, CANCELLED = "proposed", "booked", "held", "cancelled"
STATE_TITLES = {PROPOSED: "Đề xuất", BOOKED: "Đã xếp lịch", HELD: "Đã họp", CANCELLED: "Đã hủy"}
OCCUPYING = (BOOKED, HELD)
_NEXT: Mapping[str, frozenset[str]] = {
    PROPOSED: frozenset({BOOKED, CANCELLED}),
    BOOKED: frozenset({HELD, CANCELLED}),
    HELD: frozenset(),
    CANCELLED: frozenset(),
}

MORNING, AFTERNOON = "morning", "afternoon"
NOON = time(12)
OPENS, CLOSES = time(7), time(17)
_HALF_DAYS = ((OPENS, time(11, 30)), (time(13, 30), CLOSES))
_SATURDAY = 5
_WEEK = re.compile(r"(\d{4})-W(\d{2})")


def may_become(state: str, wanted: str) -> bool:
    """Whether a meeting in `state` may become `wanted`."""
    return wanted in _NEXT[state]


def may_move(state: str) -> bool:
    """Whether the time and room of a meeting may still change: not after it was held or cancelled."""
    return state in (PROPOSED, BOOKED)


@dataclass(frozen=True, order=True)
class Slot:
    """A stretch of time `[starts_at, ends_at)`: a meeting may begin at the very instant at which another ends."""

    starts_at: datetime
    ends_at: datetime

    @property
    def day(self) -> date:
        """The legal day on which it begins."""
        return clock.legal(self.starts_at).date()

    def overlaps(self, other: "Slot") -> bool:
        """Whether the two share an instant."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def text(self) -> str:
        """`08:00–10:00 ngày 23/11/2026`."""
        starts, ends = clock.legal(self.starts_at), clock.legal(self.ends_at)
        return _("{starts:%H:%M}–{ends:%H:%M} ngày {starts:%d/%m/%Y}", starts=starts, ends=ends)


def slot_on(day: date, starts: time, ends: time) -> Slot:
    """The slot between two times of one legal day."""
    return Slot(clock.instant(day, starts.hour, starts.minute), clock.instant(day, ends.hour, ends.minute))


def faults(slot: Slot, today: date) -> list[FieldError]:
    """Why a slot cannot be asked for: it ends before it begins, runs past midnight, or lies on a day gone by."""
    found = []
    if slot.ends_at <= slot.starts_at:
        found.append(FieldError("ends", _("Giờ kết thúc phải sau giờ bắt đầu."), _("Sửa lại giờ kết thúc.")))
    elif clock.legal(slot.ends_at - timedelta(microseconds=1)).date() != slot.day:
        found.append(
            FieldError("ends", _("Cuộc họp phải kết thúc trong ngày."), _("Họp nhiều ngày thì đặt lịch từng ngày."))
        )
    if slot.day < today:
        found.append(FieldError("day", _("Ngày họp đã qua."), _("Chọn từ hôm nay trở đi.")))
    return found


def works_on(day: date) -> bool:
    """Whether offices work on that day; beyond the known calendar only weekends are off."""
    calendar = national_calendar()
    if calendar.first <= day <= calendar.last:
        return calendar.is_working_day(day)
    return day.weekday() < _SATURDAY


def outside_working_hours(slot: Slot) -> bool:
    """Whether part of it lies before 07:00, after 17:00 or on a day off: allowed, but worth a second look."""
    starts, ends = clock.legal(slot.starts_at), clock.legal(slot.ends_at)
    return starts.time() < OPENS or ends.time() > CLOSES or not works_on(slot.day)


def session_of(instant: datetime) -> str:
    """`morning` before 12:00 on the legal clock, `afternoon` from then on."""
    return MORNING if clock.legal(instant).time() < NOON else AFTERNOON


def allowed_acts(state: str, *, books: bool, own: bool, begun: bool) -> frozenset[str]:
    """What a person may do with a meeting: `book`, `move`, `cancel`, `hold`.

    `books`: they hold the right to book for its body; `own`: they proposed it; `begun`: its time has come.
    """
    if not books and not (own and state == PROPOSED):
        return frozenset()
    acts = set()
    if may_move(state):
        acts.add("move")
    if may_become(state, CANCELLED):
        acts.add("cancel")
    if books and may_become(state, BOOKED):
        acts.add("book")
    if books and begun and may_become(state, HELD):
        acts.add("hold")
    return frozenset(acts)


def next_free(wanted: Slot, busy: Sequence[Slot], days: Sequence[date]) -> Slot | None:
    """The first slot as long as `wanted`, not before it, on one of `days` (ascending), that meets none of `busy`.

    It lies within one half day of work; what is longer than a half day, within the working day.
    """
    length = wanted.ends_at - wanted.starts_at
    for day in days:
        for window in _windows(day, length):
            found = _first_in(window, max(window.starts_at, wanted.starts_at), length, busy)
            if found is not None:
                return found
    return None


def _windows(day: date, length: timedelta) -> list[Slot]:
    halves = [slot_on(day, *half) for half in _HALF_DAYS]
    fitting = [half for half in halves if half.ends_at - half.starts_at >= length]
    return fitting or [slot_on(day, OPENS, CLOSES)]


def _first_in(window: Slot, earliest: datetime, length: timedelta, busy: Sequence[Slot]) -> Slot | None:
    starts = earliest
    for taken in sorted(slot for slot in busy if slot.overlaps(window)):
        if taken.starts_at >= starts + length:
            break
        starts = max(starts, taken.ends_at)
    return Slot(starts, starts + length) if starts + length <= window.ends_at else None


@dataclass(frozen=True, order=True)
class Week:
    """A week from Monday to Sunday, numbered as ISO 8601 does; `code` is what stands in addresses: `2026-W48`."""

    monday: date

    @classmethod
    def of(cls, day: date) -> "Week":
        """The week in which a day lies."""
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def parse(cls, code: str) -> "Week | None":
        """The week of a code, or None if there is no such week."""
        if not (parts := _WEEK.fullmatch(code)):
            return None
        try:
            return cls(date.fromisocalendar(int(parts[1]), int(parts[2]), 1))
        except ValueError:
            return None

    @property
    def code(self) -> str:
        """`2026-W48`."""
        year, number, _weekday = self.monday.isocalendar()
        return f"{year:04d}-W{number:02d}"

    @property
    def number(self) -> int:
        """Its number in its year, 1 to 53."""
        return self.monday.isocalendar().week

    @property
    def days(self) -> tuple[date, ...]:
        """Monday to Sunday."""
        return tuple(self.monday + timedelta(days=count) for count in range(7))

    @property
    def slot(self) -> Slot:
        """From the first instant of Monday to the first of the next Monday."""
        return Slot(clock.instant(self.monday), clock.instant(self.next.monday))

    @property
    def next(self) -> "Week":
        """The week after."""
        return Week(self.monday + timedelta(days=7))

    @property
    def previous(self) -> "Week":
        """The week before."""
        return Week(self.monday - timedelta(days=7))
