"""The clock of a case: one example for each unit, the hour of 15:00, and what holds for every receipt."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienxa.platform import clock, rules
from lienxa.platform.workdays import Due, TimeUnit, due, hand_over_by, national_calendar, resumed

RULES = rules.case_rules(date(2026, 11, 21))
CALENDAR = national_calendar()
MONDAY = date(2026, 11, 16)

day_units = st.sampled_from(["working_day", "day"])
units = st.sampled_from(["working_day", "day", "hour", "same_day"])
values = st.integers(1, 60)
receipts = st.builds(
    lambda day, minutes: clock.instant(day, minutes // 60, minutes % 60),
    st.dates(date(2020, 1, 2), date(2030, 6, 1)),
    st.integers(0, 24 * 60 - 1),
)
counter_hours = st.builds(
    lambda day, minutes: clock.instant(CALENDAR.next_working_day(day), minutes // 60, minutes % 60),
    st.dates(date(2020, 1, 2), date(2030, 6, 1)),
    st.integers(7 * 60 + 30, 17 * 60),
)


def at(day: date, text: str) -> datetime:
    moment = time.fromisoformat(text)
    return clock.instant(day, moment.hour, moment.minute)


def result(received_at: datetime, value: int, unit: TimeUnit) -> Due:
    return due(received_at, value, unit, RULES, CALENDAR)


@pytest.mark.parametrize(
    ("received", "value", "unit", "expected"),
    [
        # Day 0 is the day of receipt, at any hour.
        (at(MONDAY, "08:00"), 1, "working_day", date(2026, 11, 17)),
        (at(MONDAY, "16:30"), 1, "working_day", date(2026, 11, 17)),
        (at(MONDAY, "08:00"), 5, "working_day", date(2026, 11, 23)),
        # Vietnam Culture Day, Tuesday 24/11/2026, does not count.
        (at(date(2026, 11, 23), "16:30"), 1, "working_day", date(2026, 11, 25)),
        # Tết 2026: Monday 16/2 to Friday 20/2 are off.
        (at(date(2026, 2, 13), "09:00"), 3, "working_day", date(2026, 2, 25)),
        # The make-up Saturday 22/8/2026 counts, the Monday for which it stands does not.
        (at(date(2026, 8, 21), "09:00"), 1, "working_day", date(2026, 8, 22)),
        (at(date(2026, 8, 28), "09:00"), 1, "working_day", date(2026, 9, 3)),
        # Received on a Saturday: day 1 is Monday.
        (at(date(2026, 11, 14), "09:00"), 1, "working_day", MONDAY),
        # Calendar days; an end on a day off moves on.
        (at(MONDAY, "08:00"), 3, "day", date(2026, 11, 19)),
        (at(MONDAY, "08:00"), 5, "day", date(2026, 11, 23)),
        (at(MONDAY, "08:00"), 8, "day", date(2026, 11, 25)),
        (at(date(2026, 2, 1), "08:00"), 15, "day", date(2026, 2, 23)),
        # Within the day.
        (at(MONDAY, "08:00"), 0, "same_day", MONDAY),
        (at(MONDAY, "15:00"), 0, "same_day", MONDAY),
        (at(MONDAY, "15:01"), 0, "same_day", date(2026, 11, 17)),
        (at(date(2026, 11, 23), "15:01"), 0, "same_day", date(2026, 11, 25)),
        (at(date(2026, 11, 14), "09:00"), 0, "same_day", MONDAY),
        # At once.
        (at(MONDAY, "16:59"), 0, "at_once", MONDAY),
    ],
)
def test_the_due_day_of_each_unit(received: datetime, value: int, unit: TimeUnit, expected: date) -> None:
    found = result(received, value, unit)
    assert found.day == expected
    assert not found.exact
    assert clock.legal(found.at).time() == time(17)


@pytest.mark.parametrize(
    ("received", "hours", "expected"),
    [
        (at(MONDAY, "08:00"), 1, at(MONDAY, "09:00")),
        (at(MONDAY, "11:00"), 1, at(MONDAY, "14:00")),
        (at(MONDAY, "16:30"), 1, at(date(2026, 11, 17), "08:00")),
        (at(date(2026, 11, 23), "16:30"), 1, at(date(2026, 11, 25), "08:00")),
        (at(MONDAY, "12:00"), 3, at(MONDAY, "16:30")),
        (at(MONDAY, "20:00"), 8, at(date(2026, 11, 18), "08:00")),
    ],
)
def test_hours_run_in_working_hours(received: datetime, hours: int, expected: datetime) -> None:
    assert result(received, hours, "hour") == Due(expected, exact=True)


def test_what_came_in_late_is_handed_over_on_the_next_working_day() -> None:
    assert hand_over_by(at(MONDAY, "15:00"), RULES, CALENDAR) == MONDAY
    assert hand_over_by(at(MONDAY, "15:01"), RULES, CALENDAR) == date(2026, 11, 17)
    assert hand_over_by(at(date(2026, 11, 23), "15:01"), RULES, CALENDAR) == date(2026, 11, 25)
    assert hand_over_by(at(date(2026, 2, 13), "16:00"), RULES, CALENDAR) == date(2026, 2, 23)


def test_late_and_early_go_by_the_day_unless_hours_were_given() -> None:
    by_day = result(at(MONDAY, "08:00"), 2, "working_day")
    assert by_day.is_early(at(date(2026, 11, 17), "23:59"))
    assert not by_day.is_early(at(date(2026, 11, 18), "00:00"))
    assert not by_day.is_late(at(date(2026, 11, 18), "23:59"))
    assert by_day.is_late(at(date(2026, 11, 19), "00:00"))
    by_hour = result(at(MONDAY, "08:00"), 1, "hour")
    assert not by_hour.is_late(at(MONDAY, "09:00"))
    assert by_hour.is_late(at(MONDAY, "09:01"))
    assert not by_hour.is_early(at(MONDAY, "08:01"))


def test_a_pause_moves_the_date_by_its_working_days() -> None:
    before = result(at(MONDAY, "08:00"), 5, "working_day")
    same_day = resumed(before, at(MONDAY, "09:00"), at(MONDAY, "16:00"), RULES, CALENDAR)
    assert same_day == before
    over_holiday = resumed(before, at(date(2026, 11, 20), "09:00"), at(date(2026, 11, 25), "09:00"), RULES, CALENDAR)
    assert over_holiday.day == date(2026, 11, 26)
    by_hour = result(at(MONDAY, "08:00"), 1, "hour")
    moved = resumed(by_hour, at(MONDAY, "08:30"), at(date(2026, 11, 17), "10:00"), RULES, CALENDAR)
    assert moved == Due(at(date(2026, 11, 17), "09:00"), exact=True)


@given(receipts, values, units)
def test_nothing_is_due_on_a_day_off_or_before_its_receipt(received: datetime, value: int, unit: TimeUnit) -> None:
    found = result(received, value, unit)
    assert CALENDAR.is_working_day(found.day)
    assert found.day >= clock.legal(received).date()


@given(receipts, receipts, values, units)
def test_what_comes_later_is_never_due_earlier(one: datetime, other: datetime, value: int, unit: TimeUnit) -> None:
    early, late = sorted((one, other))
    assert result(early, value, unit).at <= result(late, value, unit).at


@given(receipts, values, values, st.sampled_from(["working_day", "day", "hour"]))
def test_more_time_is_never_due_earlier(received: datetime, one: int, other: int, unit: TimeUnit) -> None:
    less, more = sorted((one, other))
    assert result(received, less, unit).at <= result(received, more, unit).at


@given(receipts, values)
def test_n_working_days_are_n_working_days_between(received: datetime, value: int) -> None:
    received_on = clock.legal(received).date()
    assert CALENDAR.working_days_between(received_on, result(received, value, "working_day").day) == value


@given(counter_hours, values, day_units)
def test_the_hour_of_receipt_never_moves_a_date_counted_in_days(received: datetime, value: int, unit: TimeUnit) -> None:
    morning = clock.instant(clock.legal(received).date(), 7, 30)
    assert result(received, value, unit) == result(morning, value, unit)


@given(receipts, st.integers(1, 8))
def test_hours_end_inside_a_session(received: datetime, value: int) -> None:
    moment = clock.legal(result(received, value, "hour").at).time()
    assert any(opens < moment <= closes for opens, closes in RULES.hours.sessions)


@given(counter_hours)
def test_a_result_of_the_same_day_waits_at_most_for_the_next_working_day(received: datetime) -> None:
    received_on = clock.legal(received).date()
    found = result(received, 0, "same_day").day
    assert found == hand_over_by(received, RULES, CALENDAR)
    assert CALENDAR.working_days_between(received_on, found) <= 1


@given(receipts, values, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_a_moment_is_early_in_time_or_late(received: datetime, value: int, passed: timedelta) -> None:
    found = result(received, value, "working_day")
    moment = received + passed
    assert not (found.is_early(moment) and found.is_late(moment))
