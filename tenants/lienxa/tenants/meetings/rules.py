"""Pure rules of meetings: slots, weeks, what may follow what, who is needed twice, what changed since publication.

No rule here is of law but of the office. Instants are aware datetimes in UTC; days, weeks and sessions are those of
the legal clock.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.errors import FieldError
from lienxa.platform.text import _, fold
from lienxa.platform.workdays import Calendar, national_calendar

PROPOSED, RETURNED, REFUSED = "proposed", "returned", "refused"
BOOKED, HELD, CANCELLED = "booked", "held", "cancelled"
STATE_TITLES = {
    PROPOSED: _("Chờ duyệt"),
    RETURNED: _("Đề nghị sửa"),
    REFUSED: _("Không chấp nhận"),
    BOOKED: _("Đã xếp lịch"),
    HELD: _("Đã diễn ra"),
    CANCELLED: _("Đã hủy"),
}
OCCUPYING = (BOOKED, HELD)
_NEXT: Mapping[str, frozenset[str]] = {
    PROPOSED: frozenset({BOOKED, RETURNED, REFUSED, CANCELLED}),
    RETURNED: frozenset({PROPOSED, CANCELLED}),
    REFUSED: frozenset(),
    BOOKED: frozenset({HELD, CANCELLED}),
    HELD: frozenset(),
    CANCELLED: frozenset(),
}

MEETING, INTERNAL, RECEPTION, TRIP, OTHER = "meeting", "internal", "reception", "trip", "other"
KIND_TITLES = {
    MEETING: _("Cuộc họp"),
    INTERNAL: _("Họp nội bộ (không ghi nội dung)"),
    RECEPTION: _("Tiếp công dân"),
    TRIP: _("Đi công tác, cơ sở"),
    OTHER: _("Việc khác"),
}
INTERNAL_TITLE = _("Họp nội bộ")
MEETING_KINDS = (MEETING, INTERNAL)

REQUIRED = ("chair", "member")
TRAVEL_MINUTES = 15

YEARS = range(2000, 2200)
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
    """Whether the time and room of a meeting may still change: not after it was held, refused or cancelled."""
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

    def hours(self) -> str:
        """`08:00–10:00`."""
        return f"{clock.legal(self.starts_at):%H:%M}–{clock.legal(self.ends_at):%H:%M}"

    def text(self) -> str:
        """`08:00–10:00 ngày 23/11/2026`."""
        return _("{hours} ngày {day:%d/%m/%Y}", hours=self.hours(), day=self.day)


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


def works_on(day: date, calendar: Calendar | None = None) -> bool:
    """Whether the organ works on that day, by its own calendar if given; beyond a calendar only weekends are off."""
    known = calendar or national_calendar()
    if known.first <= day <= known.last:
        return known.is_working_day(day)
    return day.weekday() < _SATURDAY


def off_title(day: date, calendar: Calendar) -> str:
    """Why the organ is off that day, for the sheet of its week; empty if it works."""
    if works_on(day, calendar):
        return ""
    if day in calendar.mornings:
        return _("Nghỉ; Một cửa làm việc buổi sáng")
    name = calendar.days_off.get(day, "")
    return _("Nghỉ: {name}", name=name) if name else _("Nghỉ")


def outside_working_hours(slot: Slot, calendar: Calendar | None = None) -> bool:
    """Whether part of it lies before 07:00, after 17:00 or on a day off: allowed, but worth a second look."""
    starts, ends = clock.legal(slot.starts_at), clock.legal(slot.ends_at)
    return starts.time() < OPENS or ends.time() > CLOSES or not works_on(slot.day, calendar)


def session_of(instant: datetime) -> str:
    """`morning` before 12:00 on the legal clock, `afternoon` from then on."""
    return MORNING if clock.legal(instant).time() < NOON else AFTERNOON


def allowed_acts(state: str, *, books: bool, own: bool, begun: bool) -> frozenset[str]:
    """What a person may do: `book`, `send_back`, `refuse`, `revise`, `move`, `cancel`, `hold`.

    `books`: they hold the right to book for its body; `own`: they proposed it; `begun`: its time has come. Who
    proposed changes and withdraws what is not settled yet; what was sent back is theirs alone to mend.
    """
    if not books and not (own and state in (PROPOSED, RETURNED)):
        return frozenset()
    acts = set()
    if may_move(state):
        acts |= {"move", "revise"}
    if own and state == RETURNED:
        acts.add("revise")
    if may_become(state, CANCELLED):
        acts.add("cancel")
    if books and state == PROPOSED:
        acts |= {"book", "send_back", "refuse"}
    if books and begun and may_become(state, HELD):
        acts.add("hold")
    return frozenset(acts)


@dataclass(frozen=True)
class Busy:
    """An engagement that needs a person. `place` is its key (`place_key`), `title` as the reader may know it."""

    meeting_id: UUID
    staff_id: UUID
    name: str
    slot: Slot
    place: str
    title: str


def place_key(room_id: UUID | None, place: str) -> str:
    """What tells places apart: all rooms are in the one headquarters (empty), elsewhere is what was written."""
    return "" if room_id is not None else " ".join(fold(place).split())


def clashes(slot: Slot, place: str, busy: Iterable[Busy], travel: timedelta) -> list[Busy]:
    """The engagements that keep somebody from the slot at that place: they overlap it, or leave no time to travel."""
    found = []
    for other in busy:
        gap = travel if other.place != place else timedelta()
        if Slot(slot.starts_at - gap, slot.ends_at + gap).overlaps(other.slot):
            found.append(other)
    return found


ADDED, MOVED, CHANGED = "added", "moved", "changed"


@dataclass(frozen=True)
class Said:
    """What the calendar says of a meeting, or said when its week was published. `place` is in words, also of a room."""

    title: str
    chair_id: UUID
    chair_name: str
    slot: Slot
    room_id: UUID | None
    place: str

    def at_place_of(self, other: "Said") -> bool:
        """Whether both are in the same room (whatever it is called by now) or at the same place."""
        return self.room_id == other.room_id and (self.room_id is not None or self.place == other.place)


def change_since(said: Said | None, now: Said, state: str) -> str:
    """How a meeting of a published week differs from what was said: `added`, `moved`, `changed`, `cancelled` or ""."""
    if said is None:
        return ADDED if state in OCCUPYING else ""
    if state == CANCELLED:
        return CANCELLED
    if said.slot != now.slot or not said.at_place_of(now):
        return MOVED
    return CHANGED if (said.title, said.chair_id) != (now.title, now.chair_id) else ""


@dataclass(frozen=True)
class Difference:
    """What one publication changed of a meeting: `change` is `added`, `moved`, `changed` or `removed`."""

    change: str
    before: Said | None
    after: Said | None


REMOVED = "removed"


def differences(before: Mapping[UUID, Said], after: Mapping[UUID, Said]) -> list[Difference]:
    """What a publication changed of the one before, what it added or changed first."""
    found = [
        Difference(change_since(before.get(key), said, BOOKED), before.get(key), said) for key, said in after.items()
    ]
    gone = [Difference(REMOVED, said, None) for key, said in before.items() if key not in after]
    return [difference for difference in found if difference.change] + gone


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
        """The week of a code, or None if there is no such week in the years that a calendar can show."""
        if not (parts := _WEEK.fullmatch(code)) or int(parts[1]) not in YEARS:
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


SHORTEST_OFFER = timedelta(minutes=30)


def free_between(day: date, busy: Sequence[Slot], now: datetime) -> list[Slot]:
    """The stretches of half an hour or more, from `now` on, of a day's working halves that meet none of `busy`."""
    found = []
    for half in (slot_on(day, *times) for times in _HALF_DAYS):
        starts = max(half.starts_at, _next_quarter(now))
        for taken in sorted(slot for slot in busy if slot.overlaps(half)):
            if taken.starts_at - starts >= SHORTEST_OFFER:
                found.append(Slot(starts, taken.starts_at))
            starts = max(starts, taken.ends_at)
        if half.ends_at - starts >= SHORTEST_OFFER:
            found.append(Slot(starts, half.ends_at))
    return found


def _next_quarter(instant: datetime) -> datetime:
    return instant + (datetime.min.replace(tzinfo=instant.tzinfo) - instant) % timedelta(minutes=15)


@dataclass(frozen=True)
class Scale:
    """The hours that a drawing of a day spans; shares are per cent of its width, from the left."""

    day: date
    opens: int = OPENS.hour
    closes: int = CLOSES.hour + 1

    @classmethod
    def over(cls, day: date, slots: Iterable[Slot]) -> "Scale":
        """The working day, widened to whole hours where something lies outside."""
        midnight = clock.instant(day)
        opens, closes = cls.opens, cls.closes
        for slot in slots:
            opens = min(opens, int((slot.starts_at - midnight) / timedelta(hours=1)))
            closes = max(closes, -int((midnight - slot.ends_at) // timedelta(hours=1)))
        return cls(day, opens, closes)

    @property
    def hours(self) -> range:
        """The full hours from its first to its last."""
        return range(self.opens, self.closes + 1)

    def hour_share(self, hour: int) -> float:
        """Where a full hour stands."""
        return round(100 * (hour - self.opens) / (self.closes - self.opens), 2)

    def share(self, instant: datetime) -> float:
        """Where an instant stands, within 0 to 100."""
        hours = (instant - clock.instant(self.day)) / timedelta(hours=1)
        return round(min(100.0, max(0.0, 100 * (hours - self.opens) / (self.closes - self.opens))), 2)


def given_text(relation: str, to: str) -> str:
    """What the timeline says of a meeting that was handed over; `relation` is what the receiver is now."""
    texts = {"chair": _("Bàn giao cho {to} chủ trì", to=to), "preparer": _("Bàn giao cho {to} chuẩn bị", to=to)}
    return texts.get(relation, _("{to} dự thay theo biên bản bàn giao", to=to))
