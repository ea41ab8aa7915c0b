"""The national calendar against the days off that were published, and its arithmetic."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienxa.platform.errors import Unavailable
from lienxa.platform.workdays import national_calendar, seed

CALENDAR = national_calendar()
days = st.dates(CALENDAR.first, CALENDAR.last - timedelta(days=200))
counts = st.integers(0, 60)

# Days off that fall on Monday to Friday, written as first and last day of each block.
WEEKDAYS_OFF = {
    2020: ["01/01", "23/01-24/01", "27/01-29/01", "02/04", "30/04", "01/05", "02/09"],
    2024: ["01/01", "08/02-09/02", "12/02-14/02", "18/04", "29/04-01/05", "02/09-03/09"],
    2025: ["01/01", "27/01-31/01", "07/04", "30/04-02/05", "01/09-02/09"],
    2026: ["01/01-02/01", "16/02-20/02", "27/04", "30/04-01/05", "31/08-02/09", "24/11"],
    2027: ["01/01", "04/02-05/02", "08/02-10/02", "16/04", "30/04", "03/05", "02/09-03/09", "24/11"],
}
MAKE_UP_DAYS = {2020: [], 2024: ["04/05"], 2025: ["26/04"], 2026: ["10/01", "22/08"], 2027: []}


def _day(text: str, year: int) -> date:
    day, month = text.split("/")
    return date(year, int(month), int(day))


def _block(text: str, year: int) -> set[date]:
    first, _dash, last = text.partition("-")
    start, end = _day(first, year), _day(last or first, year)
    return {start + timedelta(days=step) for step in range((end - start).days + 1)}


@pytest.mark.parametrize("year", WEEKDAYS_OFF)
def test_each_day_of_a_known_year(year: int) -> None:
    off = set().union(*(_block(block, year) for block in WEEKDAYS_OFF[year]))
    make_up = {_day(text, year) for text in MAKE_UP_DAYS[year]}
    day = date(year, 1, 1)
    while day.year == year:
        expected = day in make_up or (day.weekday() < 5 and day not in off)
        assert CALENDAR.is_working_day(day) is expected, day
        day += timedelta(days=1)


def test_a_year_without_a_decision_is_a_forecast() -> None:
    assert CALENDAR.forecast_years == frozenset(range(2027, 2031))
    assert CALENDAR.days_off[date(2026, 11, 24)] == "Ngày Văn hóa Việt Nam"


def test_the_data_file_is_what_the_command_writes() -> None:
    assert seed._TARGET.read_text(encoding="utf-8") == seed.render()


def test_beyond_its_years_the_calendar_refuses_to_guess() -> None:
    with pytest.raises(Unavailable, match="2031"):
        CALENDAR.add_working_days(CALENDAR.last, 1)


def test_working_days_are_not_counted_backwards() -> None:
    with pytest.raises(ValueError, match="forwards"):
        CALENDAR.add_working_days(date(2026, 1, 5), -1)


@given(days, counts)
def test_n_working_days_later_lie_n_working_days_between(start: date, count: int) -> None:
    end = CALENDAR.add_working_days(start, count)
    assert CALENDAR.working_days_between(start, end) == count
    assert count == 0 or CALENDAR.is_working_day(end)


@given(days, counts, counts)
def test_counting_on_is_adding(start: date, first: int, then: int) -> None:
    middle = CALENDAR.add_working_days(start, first)
    assert CALENDAR.add_working_days(middle, then) == CALENDAR.add_working_days(start, first + then)


@given(days, days, counts)
def test_a_later_start_never_ends_earlier(one: date, other: date, count: int) -> None:
    early, late = sorted((one, other))
    assert CALENDAR.add_working_days(early, count) <= CALENDAR.add_working_days(late, count)


@given(days)
def test_the_next_working_day_is_the_first_one(day: date) -> None:
    found = CALENDAR.next_working_day(day)
    assert CALENDAR.is_working_day(found)
    assert not any(CALENDAR.is_working_day(day + timedelta(days=step)) for step in range((found - day).days))
