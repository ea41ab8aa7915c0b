"""Months of figures: no day is left out or counted twice, and PostgreSQL counts as Python does."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Date, cast, func, select

from lienxa.platform.db.session import Database
from lienxa.platform.rollup.months import Bounds, ReportingMonths, Setting

FOURTEENTH = ReportingMonths((Setting(date(2026, 3, 1), 14),))
CHANGING = ReportingMonths(
    (Setting(date(2026, 3, 1), 14), Setting(date(2026, 6, 1), 20), Setting(date(2026, 9, 1), 0)),
)
FIRSTS = st.sampled_from([date(year, month, 1) for year in (2025, 2026) for month in range(1, 13)])
ANY = st.lists(st.builds(Setting, FIRSTS, st.integers(0, 28)), max_size=4, unique_by=lambda one: one.from_month).map(
    lambda found: ReportingMonths(tuple(sorted(found)))
)


def test_a_month_ends_on_the_day_that_is_set_and_the_next_begins_after_it() -> None:
    assert FOURTEENTH.bounds(date(2026, 2, 1)) == Bounds(date(2026, 2, 1), date(2026, 2, 28))
    assert FOURTEENTH.bounds(date(2026, 3, 1)) == Bounds(date(2026, 3, 1), date(2026, 3, 14)), "the change: a short one"
    assert FOURTEENTH.bounds(date(2026, 4, 1)) == Bounds(date(2026, 3, 15), date(2026, 4, 14))
    assert FOURTEENTH.month_of(date(2026, 12, 15)) == date(2027, 1, 1)
    assert CHANGING.bounds(date(2026, 9, 1)) == Bounds(date(2026, 8, 21), date(2026, 9, 30)), "back: a long one"
    assert ReportingMonths().bounds(date(2026, 2, 1)) == Bounds(date(2026, 2, 1), date(2026, 2, 28))


@given(ANY, st.dates(date(2024, 12, 1), date(2027, 2, 1)))
def test_each_day_lies_in_one_month_and_in_its_bounds(months: ReportingMonths, day: date) -> None:
    month = months.month_of(day)
    first, last = months.bounds(month)
    assert first <= day <= last
    assert months.month_of(last + timedelta(days=1)) > month
    assert months.month_of(first - timedelta(days=1)) < month


async def test_the_database_counts_as_python_does(database: Database) -> None:
    days = select(
        cast(func.generate_series(date(2025, 12, 1), date(2027, 1, 31), timedelta(days=1)), Date).label("day")
    ).subquery()
    for months in (ReportingMonths(), FOURTEENTH, CHANGING):
        month = months.column(days.c.day)
        async with database.control() as session:
            rows = (await session.execute(select(days.c.day, month))).all()
            grouped = (await session.execute(select(month, func.count()).group_by(month))).all()
            assert await session.scalar(select(months.column(cast(None, Date)))) is None
        assert len(rows) > 400
        assert [found for _day, found in rows] == [months.month_of(day) for day, _found in rows]
        assert sum(count for _month, count in grouped) == len(rows)
