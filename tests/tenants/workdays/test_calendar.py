"""Changing the calendar: who may, what is refused, and what follows for running cases."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from typing import Any

import pytest

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Forbidden, InvalidInput
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.workdays import Change, calendar_for, national_calendar, repository
from lienxa.platform.workdays.jobs import take_over
from lienxa.tenants.procedures import jobs as case_jobs
from lienxa.tenants.procedures import operations as cases
from lienxa.tenants.procedures.models import Case
from lienxa.tenants.procedures.schemas import ReceiveCase
from lienxa.tenants.workdays import operations, pages, rules
from lienxa.tenants.workdays.schemas import AddDays

SignIn = Callable[[Actor], Awaitable[Any]]
FRIDAY, SATURDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 30)
AFTERNOON = clock.instant(FRIDAY, 16)
THREE_DAYS, AGREED = "1.004873", "1.011606"
OFF = AddDays("day_off", MONDAY, MONDAY, "Nghỉ theo Thông báo số 12/TB-UBND")


@pytest.fixture(autouse=True)
def _friday_afternoon() -> Iterator[None]:
    with clock.fixed_at(AFTERNOON):
        yield


@pytest.fixture
async def administrator(lam_son: Organ, actor_with: Any) -> Actor:
    found: Actor = await actor_with(lam_son, "administrator")
    return found


@pytest.fixture
async def watcher(do_luong: Organ, actor_with: Any) -> Actor:
    found: Actor = await actor_with(do_luong, "watcher")
    return found


async def receive(database: Database, counter: Actor, key: str = THREE_DAYS) -> Case:
    agreed_on = date(2026, 12, 10) if key == AGREED else None
    async with database.tenant(counter.organ.id) as session:
        return await cases.receive_case(session, counter, ReceiveCase(key, "Trần Thị B", agreed_on=agreed_on))


async def add(database: Database, actor: Actor, command: AddDays) -> list[Change]:
    async with database.tenant(actor.organ.id) as session:
        return await operations.add_days(session, actor, command)


async def case_now(database: Database, case: Case) -> Case:
    async with database.tenant(case.tenant_id) as session:
        return await session.find(Case, case.id)


async def test_running_cases_follow_the_calendar_with_a_line_each(
    database: Database, administrator: Actor, counter: Actor
) -> None:
    running, agreed = await receive(database, counter), await receive(database, counter, AGREED)
    assert (running.due_on, running.hand_over_by) == (date(2026, 12, 2), MONDAY)
    await add(database, administrator, OFF)
    async with database.tenant(counter.organ.id) as session:
        await case_jobs.follow_calendar(session)
    moved, kept = await case_now(database, running), await case_now(database, agreed)
    assert (moved.due_on, moved.hand_over_by) == (date(2026, 12, 3), date(2026, 12, 1))
    assert kept.due_on == agreed.due_on, "what was agreed with the citizen stays"
    assert moved.calendar_version == kept.calendar_version != running.calendar_version
    async with database.tenant(counter.organ.id) as session:
        events = await timeline(session, running.id)
        assert events[-1].action == "procedures.follow_calendar"
        assert events[-1].detail == {"before": "02/12/2026", "due_on": "03/12/2026"}
        assert [event.action for event in await timeline(session, agreed.id)] == ["procedures.receive"]
        assert await cases.follow_calendar(session) == 0, "done once"


async def test_a_change_wants_the_jobs_that_follow(
    database: Database, administrator: Actor, watcher: Actor, lam_son: Organ, owner_dsn: str
) -> None:
    await add(database, administrator, OFF)
    await add(database, watcher, OFF)
    assert {("procedures.follow_calendar", str(lam_son.id)), ("workdays.publish", str(watcher.organ.id))} <= wanted(
        owner_dsn
    )


def wanted(owner_dsn: str) -> set[tuple[str, str]]:
    import psycopg

    with psycopg.connect(owner_dsn) as connection:
        rows = connection.execute(
            "select message ->> 'actor_name', message -> 'args' ->> 0 from control.job_queue"
        ).fetchall()
    return {(name, argument) for name, argument in rows}


async def test_the_change_of_the_parent_moves_the_cases_of_its_commune(
    database: Database, watcher: Actor, counter: Actor, lam_son: Organ, owner_dsn: str
) -> None:
    running = await receive(database, counter)
    await add(database, watcher, OFF)
    await take_over(database, lam_son.id)
    assert ("procedures.follow_calendar", str(lam_son.id)) in wanted(owner_dsn)
    async with database.tenant(lam_son.id) as session:
        assert await cases.follow_calendar(session) == 1
    assert (await case_now(database, running)).due_on == date(2026, 12, 3)


async def test_what_a_change_would_move_is_told_before(
    database: Database, administrator: Actor, counter: Actor
) -> None:
    await receive(database, counter)
    await receive(database, counter, AGREED)
    async with database.tenant(counter.organ.id) as session:
        added, after = await operations.changed_by(session, administrator, OFF)
        assert added == [Change(MONDAY, "day_off", OFF.name)]
        assert await cases.moved_due_dates(session, after) == 1
        assert (await calendar_for(session)).is_working_day(MONDAY), "nothing was written"


async def test_what_comes_from_above_cannot_be_changed_below(
    database: Database, administrator: Actor, watcher: Actor, lam_son: Organ
) -> None:
    await add(database, watcher, OFF)
    await take_over(database, lam_son.id)
    with pytest.raises(InvalidInput):
        await add(database, administrator, OFF)
    async with database.tenant(lam_son.id) as session:
        (copy,) = await repository.changes(session)
    with pytest.raises(Forbidden):
        async with database.tenant(lam_son.id) as session:
            await operations.remove_day(session, administrator, copy.id)


@pytest.mark.parametrize(
    ("kind", "first", "last", "expected"),
    [
        ("day_off", FRIDAY, MONDAY, [FRIDAY, MONDAY]),
        ("working_day", FRIDAY, MONDAY, [SATURDAY, date(2026, 11, 29)]),
        ("morning", FRIDAY, date(2026, 12, 12), [SATURDAY, date(2026, 12, 5), date(2026, 12, 12)]),
        ("morning", date(2026, 11, 29), date(2026, 11, 29), [date(2026, 11, 29)]),
    ],
)
def test_which_days_of_a_range_are_changed(kind: Any, first: date, last: date, expected: list[date]) -> None:
    found = rules.changes_of(AddDays(kind, first, last, "x"), national_calendar(), {})
    assert [change.day for change in found] == expected


@pytest.mark.parametrize(
    ("kind", "first", "last", "field"),
    [
        ("day_off", MONDAY, FRIDAY, "last"),
        ("day_off", MONDAY, date(2027, 12, 1), "last"),
        ("day_off", SATURDAY, SATURDAY, "first"),
        ("morning", MONDAY, MONDAY, "first"),
        ("working_day", MONDAY, MONDAY, "first"),
        ("day_off", date(2030, 12, 30), date(2031, 1, 2), "first"),
    ],
)
def test_what_is_wrong_with_a_range(kind: Any, first: date, last: date, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rules.changes_of(AddDays(kind, first, last, "x"), national_calendar(), {})
    assert caught.value.fields[0].field == field


async def test_the_screen_from_preview_to_removal(
    sign_in: SignIn, database: Database, administrator: Actor, counter: Actor
) -> None:
    await receive(database, counter)
    client = await sign_in(administrator)
    form = {"kind": "day_off", "first": "30/11/2026", "last": "", "name": OFF.name}
    query = "&".join(f"{name}={value}" for name, value in form.items())
    preview = (await client.get(f"/ngay-lam-viec?{query}")).text
    assert "Hạn trả của 1 hồ sơ đang giải quyết sẽ đổi." in preview
    answer = await client.send("/ngay-lam-viec", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ngay-lam-viec?nam=2026")
    shown = (await client.get("/ngay-lam-viec?nam=2026")).text
    assert OFF.name in shown
    change_id = shown.partition('action="/ngay-lam-viec/')[2].partition("/bo")[0]
    assert (await client.send(f"/ngay-lam-viec/{change_id}/bo")).status_code == 303
    assert OFF.name not in (await client.get("/ngay-lam-viec?nam=2026")).text
    wrong = await client.send("/ngay-lam-viec", {**form, "first": "28/11/2026"})
    assert wrong.status_code == 422
    assert "vốn không làm việc" in wrong.text


async def test_others_see_the_calendar_and_cannot_change_it(sign_in: SignIn, counter: Actor) -> None:
    client = await sign_in(counter)
    shown = (await client.get("/ngay-lam-viec")).text
    assert "Ngày làm việc năm 2026" in shown
    assert "Thêm thay đổi" not in shown
    assert (await client.send("/ngay-lam-viec", {"kind": "day_off"})).status_code == 403


def test_a_month_shows_each_day_as_it_is() -> None:
    november = pages.months_of(2026, national_calendar())[10]
    days = {day.day.day: day for week in november.weeks for day in week if day}
    assert (days[24].kind, days[24].name) == ("off", "Ngày Văn hóa Việt Nam")
    assert (days[28].kind, days[27].kind, november.working_days) == ("rest", "work", 20)
