"""Months that end on another day: the topmost organ sets it, all figures below follow, what is closed stays."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, select

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, Forbidden, InvalidInput, NotFound
from lienxa.platform.module import all_modules
from lienxa.platform.rollup import jobs as rollup_jobs
from lienxa.platform.rollup import marks, months, reading, repository
from lienxa.platform.rollup.models import StoredFigure, rollup_mark
from lienxa.platform.rollup.months import Bounds, Setting, reporting_months
from lienxa.platform.rollup.repository import FigureKey
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.rollout import operations
from lienxa.tenants.rollout.jobs import take_over_months
from lienxa.tenants.rollout.models import ClosedPeriod
from lienxa.tenants.rollout.rules import REPORTED_MODULES
from lienxa.tenants.rollout.schemas import ClosePeriod, SetReportingDay

OCTOBER = date(2026, 10, 1)
NOVEMBER = date(2026, 11, 1)
NOW = clock.instant(date(2026, 11, 24), 9)


@pytest.fixture(autouse=True)
async def known_reports(database: Database, offices: None) -> None:
    """Every closing below is among the figures: there is none yet."""
    async with database.control() as control:
        await control.execute(delete(rollup_mark).where(rollup_mark.c.module == "rollout"))


@pytest.fixture
async def administrator(do_luong: Organ, actor_with: Any) -> Actor:
    """Who sets the day in Đô Lương."""
    found: Actor = await actor_with(do_luong, "administrator")
    return found


async def set_day(database: Database, actor: Actor, month: date, day: int) -> list[Setting]:
    with clock.fixed_at(NOW):
        async with database.tenant(actor.organ.id) as session:
            return await operations.set_reporting_day(session, actor, SetReportingDay(month, day))


async def recompute(database: Database, organ: Organ) -> None:
    for module in REPORTED_MODULES:
        await rollup_jobs.recompute(database, organ.id, module)


async def figures(database: Database, organ: Organ) -> dict[tuple[str, str, date], int]:
    async with database.tenant(organ.id) as session:
        rows = await session.scalars(select(StoredFigure).where(StoredFigure.tenant_id == organ.id))
        return {(row.code, row.dimension, row.month): row.value for row in rows if row.module in REPORTED_MODULES}


async def test_all_figures_of_a_commune_follow_and_none_is_lost(
    database: Database, administrator: Actor, busy_lam_son: Organ
) -> None:
    await recompute(database, busy_lam_son)
    before = await figures(database, busy_lam_son)
    assert await set_day(database, administrator, date(2026, 3, 1), 14) == [Setting(date(2026, 3, 1), 14)]
    await take_over_months(database, busy_lam_son.id)
    async with database.tenant(busy_lam_son.id) as session:
        months = await reporting_months(session)
    assert months.bounds(OCTOBER) == Bounds(date(2026, 9, 15), date(2026, 10, 14))
    await recompute(database, busy_lam_son)
    after = await figures(database, busy_lam_son)
    standing = {figure.code for module in all_modules() for figure in module.figures if figure.standing}
    assert after != before
    for code in {code for code, _dimension, _month in before} - standing:
        assert sum(value for key, value in before.items() if key[0] == code) == sum(
            value for key, value in after.items() if key[0] == code
        ), f"{code}: every day is counted once"
    assert {key: value for key, value in before.items() if key[2] < date(2026, 3, 1)} == {
        key: value for key, value in after.items() if key[2] < date(2026, 3, 1)
    }, "earlier months stay"
    await take_over_months(database, busy_lam_son.id)
    async with database.control() as control:
        wanted = {module for organ, module in await marks.marked_pairs(control) if organ == busy_lam_son.id}
    assert not wanted & set(REPORTED_MODULES), "the same setting again wants nothing"


async def test_what_is_closed_keeps_its_bounds(
    database: Database, director: Actor, administrator: Actor, lam_son: Organ
) -> None:
    async with database.control() as control:
        await control.execute(delete(rollup_mark))
    with clock.fixed_at(NOW):
        async with database.tenant(director.organ.id) as session:
            closed = await operations.close_period(session, director, [lam_son], ClosePeriod(OCTOBER))
        with pytest.raises(InvalidInput):
            await set_day(database, administrator, OCTOBER, 14)
        await set_day(database, administrator, date(2026, 11, 1), 14)
        async with database.tenant(director.organ.id) as session:
            november = await operations.close_period(session, director, [lam_son], ClosePeriod(date(2026, 11, 1)))
    assert (closed.starts_on, closed.ends_on) == (date(2026, 10, 1), date(2026, 10, 31))
    assert (november.starts_on, november.ends_on) == (date(2026, 11, 1), date(2026, 11, 14)), "it has ended already"


async def close_own(database: Database, actor: Actor, month: date) -> ClosedPeriod:
    """Close the report of the actor's organ; nothing else waits to be computed."""
    async with database.control() as control:
        await control.execute(delete(rollup_mark))
    with clock.fixed_at(NOW):
        async with database.tenant(actor.organ.id) as session:
            return await operations.close_period(session, actor, [actor.organ], ClosePeriod(month))


async def test_what_an_organ_below_has_closed_keeps_its_bounds_too(
    database: Database, administrator: Actor, office_head: Actor, sign_in: Any
) -> None:
    period = await close_own(database, office_head, OCTOBER)
    with pytest.raises(Conflict, match="vừa chốt"):
        await set_day(database, administrator, NOVEMBER, 14)
    await rollup_jobs.recompute(database, office_head.organ.id, "rollout")
    async with database.control() as control:
        await control.execute(delete(rollup_mark))
    for month in (date(2026, 9, 1), OCTOBER):
        with pytest.raises(InvalidInput) as refused:
            await set_day(database, administrator, month, 14)
        (fault,) = refused.value.fields
        assert fault.field == "from_month"
        assert "Lam Sơn (tháng 10/2026)" in fault.reason
        assert "mở lại" in fault.remedy
    async with database.tenant(administrator.organ.id) as session:
        assert (await reporting_months(session)).settings == (), "nothing was changed"
    assert await set_day(database, administrator, NOVEMBER, 14) == [Setting(NOVEMBER, 14)]
    await take_over_months(database, office_head.organ.id)
    async with database.tenant(office_head.organ.id) as session:
        assert (await reporting_months(session)).bounds(OCTOBER) == (period.starts_on, period.ends_on)


async def test_a_report_is_never_compared_with_figures_of_other_days(
    database: Database, administrator: Actor, office_head: Actor, sign_in: Any
) -> None:
    """The setting came down while the report was being closed: the copy stands, and nothing passes for a correction."""
    period = await close_own(database, office_head, OCTOBER)
    client = await sign_in(office_head)
    path = f"/bao-cao/{period.id}"
    async with database.tenant(office_head.organ.id) as session:
        await months.replace(session, [Setting(OCTOBER, 20)])
        key = FigureKey(administrator.organ.id, "documents.incoming", OCTOBER, "party")
        await repository.write(session, "documents", {key: 987})
    with clock.fixed_at(NOW):
        moved = (await client.get(path)).text
        assert "Ngày chốt của tháng đã đổi" in moved
        assert "từ ngày 01/10/2026 đến ngày 20/10/2026" in moved
        assert "+987" not in moved
        shown = (await client.get(f"/api/v1/rollout/reports/{period.id}")).json()
        assert (shown["compared"], shown["differences"]) == (False, [])
    async with database.tenant(office_head.organ.id) as session:
        await months.replace(session, [])
    with clock.fixed_at(NOW):
        same_days = (await client.get(path)).text
        assert "Ngày chốt của tháng đã đổi" not in same_days
        assert "+987" in same_days
        assert (await client.get(f"/api/v1/rollout/reports/{period.id}")).json()["compared"] is True


async def test_only_the_topmost_organs_administrator_sets_it(
    database: Database, watcher: Actor, administrator: Actor, lam_son: Organ, actor_with: Any
) -> None:
    with pytest.raises(NotFound):
        await set_day(database, await actor_with(lam_son, "administrator"), OCTOBER, 14)
    with pytest.raises(Forbidden):
        await set_day(database, watcher, OCTOBER, 14)
    with pytest.raises(InvalidInput):
        await set_day(database, administrator, OCTOBER, 29)


async def test_the_page_sets_it_and_the_table_speaks_of_the_present_month(
    database: Database, sign_in: Any, administrator: Actor, watcher: Actor, leader: Actor
) -> None:
    with clock.fixed_at(NOW):
        client = await sign_in(administrator)
        assert "Ngày cuối tháng, như lịch." in (await client.get("/bao-cao/ngay-chot")).text
        wrong = await client.send("/bao-cao/ngay-chot", {"from_month": "2026-11", "last_day": "31"})
        assert wrong.status_code == 422
        assert (await client.send("/bao-cao/ngay-chot", {"from_month": "2026-11", "last_day": "14"})).status_code == 303
        shown = await (await sign_in(watcher)).get("/bao-cao/ngay-chot")
        assert "ngày 14 hằng tháng" in shown.text
        assert "Đổi ngày chốt</span>" not in shown.text
        assert (await (await sign_in(watcher)).send("/bao-cao/ngay-chot")).status_code == 403
        below = await sign_in(leader)
        told = (await below.get("/bao-cao/ngay-chot")).text
        assert "Ngày chốt do Huyện ủy – UBND huyện Đô Lương đặt" in told
        assert "Đổi ngày chốt</span>" not in told
        assert (await below.send("/bao-cao/ngay-chot")).status_code == 404
        assert "Số liệu tháng 12/2026" in (await client.get("/tong-hop?ky=thang")).text, "24/11 lies in December"
        assert 'href="/bao-cao/thang/2026-11"' in (await client.get("/bao-cao")).text, "November ended on the 14th"
    async with database.tenant(administrator.organ.id) as session:
        assert await reading.totals(session, OCTOBER, OCTOBER) == {}
