"""The changes that an organ and the one above lay over the national calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienxa.platform import clock
from lienxa.platform.db.session import Database
from lienxa.platform.rules import case_rules
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.workdays import Calendar, Change, calendar_for, due, hand_over_by, national_calendar, repository
from lienxa.platform.workdays.jobs import take_over

NATIONAL = national_calendar()
RULES = case_rules(date(2026, 11, 23))
FRIDAY, SATURDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 30)

days = st.dates(date(2021, 1, 1), date(2029, 12, 31))
changes = st.lists(st.builds(Change, days, st.sampled_from(["day_off", "working_day", "morning"]), st.just("x")))


def laid_over(*made: Change) -> Calendar:
    return NATIONAL.with_changes(made)


@given(changes, days)
def test_a_change_holds_on_its_day_and_on_no_other(made: list[Change], day: date) -> None:
    kinds = {change.day: change.kind for change in made}
    calendar = laid_over(*made)
    expected = kinds[day] == "working_day" if day in kinds else NATIONAL.is_working_day(day)
    assert calendar.is_working_day(day) == expected
    assert (day in calendar.mornings) == (kinds.get(day) == "morning")


@given(changes)
def test_the_version_tells_one_calendar_from_another(made: list[Change]) -> None:
    assert laid_over(*made).version == laid_over(*made).version
    assert (laid_over(*made).version == NATIONAL.version) == (not made)
    another = Change(date(2030, 1, 2), "day_off", "")
    assert laid_over(*made, another).version != laid_over(*made).version


@given(days, st.integers(1, 30), changes)
def test_working_days_are_counted_by_it(start: date, count: int, made: list[Change]) -> None:
    calendar = laid_over(*made)
    try:
        found = calendar.add_working_days(start, count)
    except Exception:
        return  # beyond the last year
    assert calendar.is_working_day(found)
    assert calendar.working_days_between(start, found) == count


def test_a_day_off_moves_every_unit() -> None:
    off = laid_over(Change(MONDAY, "day_off", "Ngày truyền thống"))
    received_at = clock.instant(FRIDAY, 16)
    tuesday = date(2026, 12, 1)
    assert due(received_at, 1, "working_day", RULES, off).day == tuesday
    assert due(received_at, 3, "day", RULES, off).day == tuesday
    assert due(received_at, 0, "same_day", RULES, off).day == tuesday
    assert hand_over_by(received_at, RULES, off) == tuesday
    assert due(received_at, 2, "hour", RULES, off).at == clock.instant(tuesday, 8, 30)
    assert due(received_at, 0, "at_once", RULES, off).day == FRIDAY


def test_a_morning_counts_for_hours_and_for_the_same_day_and_not_as_a_day() -> None:
    open_morning = laid_over(Change(SATURDAY, "morning", "Trực sáng thứ Bảy"))
    early, late = clock.instant(SATURDAY, 8), clock.instant(SATURDAY, 14)
    assert due(early, 1, "working_day", RULES, open_morning).day == MONDAY
    assert due(early, 0, "same_day", RULES, open_morning).at == clock.instant(SATURDAY, 11, 30)
    assert due(late, 0, "same_day", RULES, open_morning).day == MONDAY
    assert due(early, 4, "hour", RULES, open_morning).at == clock.instant(MONDAY, 8)
    assert due(clock.instant(FRIDAY, 16), 3, "hour", RULES, open_morning).at == clock.instant(SATURDAY, 9, 30)


async def _add(database: Database, organ: Organ, *made: Change, origin: str = "own") -> None:
    async with database.tenant(organ.id) as session:
        await repository.add(session, made, origin)


async def _calendar(database: Database, organ: Organ) -> Calendar:
    async with database.tenant(organ.id) as session:
        return await calendar_for(session)


async def test_an_organ_has_its_own_changes_and_a_copy_of_those_above(
    database: Database, do_luong: Organ, lam_son: Organ, giang_son_tay: Organ
) -> None:
    await _add(database, do_luong, Change(MONDAY, "day_off", "Ngày truyền thống huyện"))
    await _add(database, lam_son, Change(FRIDAY, "day_off", "Lễ hội xã"))
    assert (await _calendar(database, lam_son)).is_working_day(MONDAY), "not before the copy was made"
    for child in (lam_son, giang_son_tay):
        await take_over(database, child.id)
    here, beside = await _calendar(database, lam_son), await _calendar(database, giang_son_tay)
    assert [calendar.is_working_day(MONDAY) for calendar in (here, beside)] == [False, False]
    assert [calendar.is_working_day(FRIDAY) for calendar in (here, beside)] == [False, True]
    assert here.version != beside.version


async def test_what_comes_from_above_holds_over_the_organs_own(
    database: Database, do_luong: Organ, lam_son: Organ
) -> None:
    await _add(database, lam_son, Change(SATURDAY, "morning", "Trực"))
    await _add(database, do_luong, Change(SATURDAY, "working_day", "Làm bù"))
    await take_over(database, lam_son.id)
    assert (await _calendar(database, lam_son)).is_working_day(SATURDAY)


async def test_the_copy_follows_what_is_taken_back_above(database: Database, do_luong: Organ, lam_son: Organ) -> None:
    await _add(database, do_luong, Change(MONDAY, "day_off", "Nghỉ"), Change(FRIDAY, "day_off", "Nghỉ"))
    await take_over(database, lam_son.id)
    async with database.tenant(do_luong.id) as session:
        for row in await repository.changes(session):
            await session.delete(row)
    await take_over(database, lam_son.id)
    assert (await _calendar(database, lam_son)).version == NATIONAL.version


async def test_one_statement_finds_the_calendar(database: Database, lam_son: Organ) -> None:
    await _add(database, lam_son, *(Change(FRIDAY + timedelta(days=7 * week), "day_off", "") for week in range(4)))
    async with database.tenant(lam_son.id) as session:
        assert await calendar_for(session) is await calendar_for(session), "kept for its version"


@pytest.mark.parametrize("organ_name", ["do_luong", "lam_son"])
async def test_nothing_is_taken_over_without_anything_above(
    request: pytest.FixtureRequest, database: Database, do_luong: Organ, lam_son: Organ, organ_name: str
) -> None:
    organ = {"do_luong": do_luong, "lam_son": lam_son}[organ_name]
    await take_over(database, organ.id)
    assert (await _calendar(database, organ)).version == NATIONAL.version
