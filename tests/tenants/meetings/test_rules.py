"""Slots, weeks, sessions of the day and what may follow what."""

from datetime import UTC, date, datetime, time, timedelta

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


STATES = (rules.PROPOSED, rules.BOOKED, rules.HELD, rules.CANCELLED)


@given(st.sampled_from(STATES), st.booleans(), st.booleans(), st.booleans())
def test_acts_follow_state_and_right(state: str, books: bool, own: bool, begun: bool) -> None:
    acts = rules.allowed_acts(state, books=books, own=own, begun=begun)
    if state in (rules.HELD, rules.CANCELLED):
        assert not acts
    if not books:
        assert not acts & {"book", "hold"}
        assert bool(acts) == (own and state == rules.PROPOSED)
    if "hold" in acts:
        assert begun
        assert state == rules.BOOKED


def test_a_meeting_that_was_held_or_cancelled_stays_so() -> None:
    for state in (rules.HELD, rules.CANCELLED):
        assert not any(rules.may_become(state, wanted) for wanted in STATES)
