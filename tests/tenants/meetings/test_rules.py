"""Slots, weeks, sessions of the day and what may follow what."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienxa.platform import clock
from lienxa.tenants.meetings import rules
from lienxa.tenants.meetings.rules import Slot, Week, slot_on

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
INSTANTS = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
MONDAY = date(2026, 11, 23)


def at(day: date, starts: str, ends: str) -> Slot:
    return slot_on(day, time.fromisoformat(starts), time.fromisoformat(ends))


@given(DAYS)
def test_a_week_runs_from_monday_to_sunday_and_contains_its_day(day: date) -> None:
    week = Week.of(day)
    assert day in week.days
    assert [found.isoweekday() for found in week.days] == [1, 2, 3, 4, 5, 6, 7]
    assert all(Week.of(found) == week for found in week.days)


@given(DAYS)
def test_a_week_is_found_again_by_its_code(day: date) -> None:
    week = Week.of(day)
    assert Week.parse(week.code) == week
    assert week.code.endswith(f"W{week.number:02d}")


@pytest.mark.parametrize("code", ["2026-W54", "2027-W53", "2026-48", "0001-W01", "9999-W52"])
def test_what_is_no_week_of_a_calendar_is_not_found(code: str) -> None:
    assert Week.parse(code) is None


@given(DAYS)
def test_weeks_follow_each_other_without_gap(day: date) -> None:
    week = Week.of(day)
    assert week.next.previous == week
    assert week.slot.ends_at == week.next.slot.starts_at
    assert week.next.monday - week.monday == timedelta(days=7)


@given(INSTANTS)
def test_an_instant_lies_in_the_week_of_its_legal_day(instant: datetime) -> None:
    week = Week.of(clock.legal(instant).date())
    assert week.slot.starts_at <= instant < week.slot.ends_at


@pytest.mark.parametrize(
    "code", ["", "2026", "2026-W00", "2026-W54", "2025-W53", "2026-48", "0000-W01", "x", "2026-W480"]
)
def test_a_code_without_a_week_is_none(code: str) -> None:
    assert Week.parse(code) is None


def test_the_year_of_a_week_is_that_of_its_thursday() -> None:
    assert Week.of(date(2027, 1, 1)).code == "2026-W53"
    assert Week.of(date(2024, 12, 30)).code == "2025-W01"


def test_noon_on_the_legal_clock_parts_the_sessions() -> None:
    assert rules.session_of(clock.instant(MONDAY, 11, 59)) == rules.MORNING
    assert rules.session_of(clock.instant(MONDAY, 12, 0)) == rules.AFTERNOON
    assert rules.session_of(clock.instant(MONDAY, 0, 30)) == rules.MORNING  # 17:30 the day before in UTC


@given(INSTANTS, INSTANTS, INSTANTS, INSTANTS)
def test_overlap_is_symmetric_and_means_a_common_instant(a: datetime, b: datetime, c: datetime, d: datetime) -> None:
    one, other = Slot(min(a, b), max(a, b) + timedelta(minutes=1)), Slot(min(c, d), max(c, d) + timedelta(minutes=1))
    assert one.overlaps(other) == other.overlaps(one)
    assert one.overlaps(other) == (max(one.starts_at, other.starts_at) < min(one.ends_at, other.ends_at))


def test_a_meeting_may_begin_when_another_ends() -> None:
    assert not at(MONDAY, "08:00", "10:00").overlaps(at(MONDAY, "10:00", "11:00"))


@pytest.mark.parametrize(
    ("slot", "fields"),
    [
        (at(MONDAY, "08:00", "10:00"), []),
        (at(MONDAY, "10:00", "10:00"), ["ends"]),
        (at(MONDAY, "10:00", "08:00"), ["ends"]),
        (at(MONDAY - timedelta(days=1), "08:00", "10:00"), ["day"]),
        (Slot(clock.instant(MONDAY, 22), clock.instant(MONDAY + timedelta(days=1))), []),
        (Slot(clock.instant(MONDAY, 22), clock.instant(MONDAY + timedelta(days=1), 1)), ["ends"]),
    ],
)
def test_faults_of_a_slot_name_their_field(slot: Slot, fields: list[str]) -> None:
    assert [fault.field for fault in rules.faults(slot, MONDAY)] == fields


@pytest.mark.parametrize(
    ("slot", "outside"),
    [
        (at(MONDAY, "07:00", "17:00"), False),
        (at(MONDAY, "06:59", "08:00"), True),
        (at(MONDAY, "16:00", "17:30"), True),
        (at(date(2026, 11, 28), "08:00", "09:00"), True),  # Saturday
        (at(date(2026, 9, 2), "08:00", "09:00"), True),  # National Day
        (at(date(2099, 6, 6), "08:00", "09:00"), True),  # Saturday beyond the known calendar
    ],
)
def test_outside_working_hours(slot: Slot, outside: bool) -> None:
    assert rules.outside_working_hours(slot) is outside


HOURS = st.integers(0, 40)


@given(
    st.lists(st.tuples(HOURS, st.integers(1, 12)), max_size=12),
    st.tuples(st.integers(28, 66), st.integers(1, 20)),
)
def test_what_is_offered_is_free_fits_and_is_not_earlier(busy: list[tuple[int, int]], wanted: tuple[int, int]) -> None:
    base = clock.instant(MONDAY, 7)
    quarter = timedelta(minutes=15)
    taken = [Slot(base + start * quarter, base + (start + length) * quarter) for start, length in busy]
    start = clock.instant(MONDAY) + wanted[0] * quarter
    slot = Slot(start, start + wanted[1] * quarter)
    days = [MONDAY, MONDAY + timedelta(days=2), MONDAY + timedelta(days=3)]  # 24 November is a holiday
    found = rules.next_free(slot, taken, days)
    assert found is not None  # an empty day always has room for five hours
    assert found.ends_at - found.starts_at == slot.ends_at - slot.starts_at
    assert found.starts_at >= slot.starts_at
    assert not any(found.overlaps(other) for other in taken)
    assert not rules.outside_working_hours(found)


def test_the_next_free_slot_follows_the_other_meeting() -> None:
    wanted = at(MONDAY, "08:30", "09:30")
    assert rules.next_free(wanted, [at(MONDAY, "08:00", "10:00")], [MONDAY]) == at(MONDAY, "10:00", "11:00")
    assert rules.next_free(wanted, [at(MONDAY, "08:00", "11:00")], [MONDAY]) == at(MONDAY, "13:30", "14:30")


def test_nothing_is_offered_when_every_day_is_full() -> None:
    assert rules.next_free(at(MONDAY, "08:00", "09:00"), [at(MONDAY, "07:00", "17:00")], [MONDAY]) is None


STATES = tuple(rules.STATE_TITLES)
OVER = (rules.HELD, rules.CANCELLED, rules.REFUSED)


@given(st.sampled_from(STATES), st.booleans(), st.booleans(), st.booleans())
def test_acts_follow_state_and_right(state: str, books: bool, own: bool, begun: bool) -> None:
    acts = rules.allowed_acts(state, books=books, own=own, begun=begun)
    if state in OVER:
        assert not acts
    if not books:
        assert not acts & {"book", "hold", "refuse", "send_back"}
        assert bool(acts) == (own and state in (rules.PROPOSED, rules.RETURNED))
    if state == rules.RETURNED:
        assert "book" not in acts
        assert ("revise" in acts) == own
    if "hold" in acts:
        assert begun
        assert state == rules.BOOKED


def test_a_meeting_that_is_over_stays_so() -> None:
    for state in OVER:
        assert not any(rules.may_become(state, wanted) for wanted in STATES)


def busy(slot: Slot, place: str = "") -> rules.Busy:
    return rules.Busy(UUID(int=1), UUID(int=2), "An", slot, place, "Họp")


@given(INSTANTS, st.integers(1, 300), INSTANTS, st.integers(1, 300), st.booleans(), st.integers(0, 120))
def test_people_clash_when_they_overlap_or_cannot_travel(
    one: datetime, first: int, other: datetime, second: int, apart: bool, minutes: int
) -> None:
    wanted = Slot(one, one + timedelta(minutes=first))
    taken = Slot(other, other + timedelta(minutes=second))
    gap = max(taken.starts_at - wanted.ends_at, wanted.starts_at - taken.ends_at)
    found = rules.clashes(wanted, "", [busy(taken, "thon 3" if apart else "")], timedelta(minutes=minutes))
    assert bool(found) == (gap < (timedelta(minutes=minutes) if apart else timedelta()))


def test_all_rooms_are_one_place_and_words_are_compared_without_marks() -> None:
    assert rules.place_key(UUID(int=1), "") == rules.place_key(UUID(int=2), "Tầng 2") == ""
    assert rules.place_key(None, "Nhà văn hóa  thôn 3") == rules.place_key(None, "nha van hoa thon 3") != ""


def said(starts: str = "08:00", title: str = "Họp", room: int | None = 1, place: str = "Hội trường") -> rules.Said:
    chair, room_id = UUID(int=9), UUID(int=room) if room else None
    return rules.Said(title, chair, "An", at(MONDAY, starts, "10:00"), room_id, place)


@pytest.mark.parametrize(
    ("before", "now", "state", "change"),
    [
        (None, said(), rules.BOOKED, rules.ADDED),
        (None, said(), rules.PROPOSED, ""),
        (said(), said(), rules.HELD, ""),
        (said(), said(), rules.CANCELLED, rules.CANCELLED),
        (said(), said("09:00"), rules.BOOKED, rules.MOVED),
        (said(), said(room=2), rules.BOOKED, rules.MOVED),
        (said(), said(place="Hội trường lớn"), rules.BOOKED, ""),  # the room has another name by now
        (said(room=None), said(room=None, place="Thôn 3"), rules.BOOKED, rules.MOVED),
        (said(), said(title="Họp khác"), rules.BOOKED, rules.CHANGED),
    ],
)
def test_what_changed_since_publication(before: rules.Said | None, now: rules.Said, state: str, change: str) -> None:
    assert rules.change_since(before, now, state) == change


@given(st.lists(st.tuples(HOURS, st.integers(1, 12)), max_size=12), st.integers(0, 23))
def test_free_stretches_are_free_long_enough_and_within_working_hours(taken: list[tuple[int, int]], hour: int) -> None:
    base, quarter = clock.instant(MONDAY, 7), timedelta(minutes=15)
    slots = [Slot(base + start * quarter, base + (start + length) * quarter) for start, length in taken]
    now = clock.instant(MONDAY, hour, 7)
    found = rules.free_between(MONDAY, slots, now)
    for slot in found:
        assert slot.ends_at - slot.starts_at >= rules.SHORTEST_OFFER
        assert slot.starts_at >= now
        assert not rules.outside_working_hours(slot)
        assert not any(slot.overlaps(other) for other in slots)
    assert len(found) == len(set(found))


def test_an_empty_day_is_free_in_both_halves() -> None:
    early = clock.instant(MONDAY, 6)
    halves = [at(MONDAY, "07:00", "11:30"), at(MONDAY, "13:30", "17:00")]
    assert rules.free_between(MONDAY, [], early) == halves
    assert rules.free_between(MONDAY, halves, early) == []
    assert rules.free_between(MONDAY, [], clock.instant(MONDAY, 9, 5))[0] == at(MONDAY, "09:15", "11:30")


@given(st.lists(st.tuples(st.integers(0, 22), st.integers(1, 2)), max_size=6))
def test_a_drawing_spans_whatever_is_in_it(hours: list[tuple[int, int]]) -> None:
    slots = [Slot(clock.instant(MONDAY, hour), clock.instant(MONDAY) + timedelta(hours=hour + n)) for hour, n in hours]
    scale = rules.Scale.over(MONDAY, slots)
    assert scale.opens <= 7
    assert scale.closes >= 17
    for slot in slots:
        assert 0 <= scale.share(slot.starts_at) < scale.share(slot.ends_at) <= 100
    assert (scale.hour_share(scale.opens), scale.hour_share(scale.closes)) == (0, 100)
