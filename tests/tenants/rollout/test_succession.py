"""What a parent sees of communes that were merged: their history where it happened, nothing counted twice."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import psycopg
from litestar import Litestar

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.rollup import reading
from lienxa.platform.rollup.jobs import publishing_modules, recompute
from lienxa.platform.tenancy.organs import Organ, children_of
from lienxa.tenants.rollout import operations, repository, rules
from lienxa.tenants.rollout.models import Milestone, Visit
from lienxa.tenants.rollout.pages import reports
from lienxa.tenants.rollout.schemas import PlanMilestone, PlanVisit, ReviseMilestone

Merged = Callable[[], Awaitable[Organ]]


async def figures_up_to_date(database: Database, *organs: Organ) -> None:
    for organ in organs:
        for module in publishing_modules():
            await recompute.function(database, organ.id, module)


async def lines_of_the_year(database: Database, parent: Organ) -> tuple[list[rules.Line], rules.Line]:
    async with database.control() as control:
        organs = await children_of(control, parent.id)
    month = clock.today().replace(day=1)
    async with database.tenant(parent.id) as session:
        totals = await reading.totals(session, month - timedelta(days=330), month)
    return rules.lines(organs, totals, {})


def told(line: rules.Line) -> dict[str, int | None]:
    return {cell.column.key: cell.value for cell in line.cells if not cell.column.whole}


async def test_the_year_shows_each_part_where_it_happened_and_counts_nothing_twice(
    busy_lam_son: Organ, giang_son_tay: Organ, do_luong: Organ, database: Database, merged: Merged
) -> None:
    await figures_up_to_date(database, busy_lam_son, giang_son_tay)
    before, whole = await lines_of_the_year(database, do_luong)
    new = await merged()
    await figures_up_to_date(database, busy_lam_son, giang_son_tay, new)
    after, total = await lines_of_the_year(database, do_luong)
    issued_anew = {"chua-phat-hanh": 0}  # what was signed there goes back to its drafter, as another organ issues it
    assert told(total) == told(whole) | issued_anew
    assert [line.organ.slug for line in before if line.organ] == ["lam-son", "giang-son-tay"]
    assert [line.organ.slug for line in after if line.organ] == [new.slug, "lam-son"], "who has nothing is not shown"
    here, there = after
    assert there.has_ended
    assert there.name == "Lam Sơn (nay là xã Long Sa)"
    standing = Counter(column.key for column in rules.COLUMNS if column.alarm)
    assert standing
    for key in standing:
        assert told(there)[key] == 0, key
        assert told(here)[key] == (told(whole) | issued_anew)[key], key


async def test_who_has_ended_is_in_no_report_of_a_later_month(
    lam_son: Organ, giang_son_tay: Organ, do_luong: Organ, app: Litestar, merged: Merged
) -> None:
    new = await merged()

    class Asked:
        def __init__(self) -> None:
            self.app = app

    month = clock.today().replace(day=1)
    following = (month + timedelta(days=31)).replace(day=1)
    there = await reports.organs_of(Asked(), do_luong, month)  # type: ignore[arg-type]
    later = await reports.organs_of(Asked(), do_luong, following)  # type: ignore[arg-type]
    assert {organ.slug for organ in later} == {new.slug}
    assert {organ.slug for organ in there} == (
        {new.slug, "lam-son", "giang-son-tay"} if clock.today() > month else {new.slug}
    )


async def test_the_parents_pages_say_who_follows_whom(
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    do_luong: Organ,
    database: Database,
    merged: Merged,
    actor_with: Any,
    sign_in: Any,
) -> None:
    await figures_up_to_date(database, busy_lam_son, giang_son_tay)
    new = await merged()
    await figures_up_to_date(database, busy_lam_son, giang_son_tay, new)
    watcher = await sign_in(await actor_with(do_luong, "watcher"))
    for path in ("/tong-hop", "/tong-hop/tien-do"):
        shown = (await watcher.get(path)).text
        assert f"Nay là xã Long Sa từ {clock.today():%d/%m/%Y}" in shown, path
        assert "Tạm ngừng" not in shown
    unit = (await watcher.get(f"/tong-hop/tien-do/{busy_lam_son.id}")).text
    assert "Xã Lam Sơn nay là xã Long Sa" in unit


async def test_what_is_open_with_a_predecessor_goes_on_with_who_follows_and_what_was_done_stays(
    lam_son: Organ,
    giang_son_tay: Organ,
    do_luong: Organ,
    database: Database,
    merged: Merged,
    actor_with: Any,
    sign_in: Any,
) -> None:
    watcher = await actor_with(do_luong, "watcher")
    today = clock.today()
    planned = PlanMilestone("book", "", today, "", "Theo đề án", (lam_son.id, giang_son_tay.id))
    async with database.tenant(do_luong.id) as session:
        reached, waiting = await operations.plan_milestone(session, watcher, planned)
        await operations.revise_milestone(session, watcher, reached.id, ReviseMilestone(today, today, "", ""))
        visit = await operations.plan_visit(
            session, watcher, PlanVisit("inspection", lam_son.id, today, "Kiểm tra", "")
        )
        late = len(await repository.open_milestones(session, today))
    new = await merged()
    async with database.tenant(do_luong.id) as session:
        stays, goes = await session.find(Milestone, reached.id), await session.find(Milestone, waiting.id)
        ahead = await session.find(Visit, visit.id)
        assert len(await repository.open_milestones(session, today)) == late, "none is lost and none counted twice"
    assert (stays.organ_id, goes.organ_id, ahead.organ_id) == (lam_son.id, new.id, new.id)
    assert stays.note == ""
    assert goes.note == f"Theo đề án (chuyển từ xã Giang Sơn Tây ngày {today:%d/%m/%Y})"
    assert ahead.purpose == f"Kiểm tra (chuyển từ xã Lam Sơn ngày {today:%d/%m/%Y})"
    page = (await (await sign_in(watcher)).get(f"/tong-hop/tien-do/{new.id}")).text
    assert "chuyển từ xã Lam Sơn" in page


async def test_an_erased_predecessor_stays_in_the_table_with_its_figures_and_leads_to_no_page_of_its_own(
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    do_luong: Organ,
    database: Database,
    owner_dsn: str,
    merged: Merged,
    actor_with: Any,
    sign_in: Any,
) -> None:
    new = await merged()
    await figures_up_to_date(database, busy_lam_son, giang_son_tay, new)
    watcher = await sign_in(await actor_with(do_luong, "watcher"))
    total = "<tfoot>"
    before = (await watcher.get("/tong-hop")).text
    assert total in before
    slug = f"lam-son.{busy_lam_son.id.hex}"
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("delete from control.tenant_host where tenant_id = %s", [busy_lam_son.id])
        connection.execute(
            "update control.tenant set state = 'erased', slug = %s where id = %s", [slug, busy_lam_son.id]
        )
    shown = (await watcher.get("/tong-hop")).text
    assert "Đã xóa dữ liệu" in shown
    assert f"Nay là xã Long Sa từ {clock.today():%d/%m/%Y}" in shown
    assert f'href="/tong-hop/tien-do/{busy_lam_son.id}"' not in shown
    assert shown.partition(total)[2].partition("</tfoot>")[0] == before.partition(total)[2].partition("</tfoot>")[0]
    course = await watcher.get(f"/tong-hop/so-lieu/{slug}/van-ban-den")
    assert course.status_code == 200
    assert (await watcher.get(f"/tong-hop/tien-do/{busy_lam_son.id}")).status_code == 404
    assert f"{busy_lam_son.id}" not in (await watcher.get("/tong-hop/tien-do")).text


async def test_a_predecessor_says_so_to_its_people_and_to_citizens_and_leads_on_who_may_go(
    lam_son: Organ,
    giang_son_tay: Organ,
    database: Database,
    merged: Merged,
    office_head: Actor,
    clerk: Actor,
    actor_there: Any,
    sign_in: Any,
    app: Litestar,
) -> None:
    new = await merged()
    app.state.hosts._known.clear()
    day = f"{clock.today():%d/%m/%Y}"
    office = await sign_in(clerk)
    page = (await office.get("/van-ban/so")).text
    assert "Xã Lam Sơn đã sáp nhập vào" in page
    assert f"từ {day}" in page
    assert "đang tạm dừng" not in page
    assert f'href="http://{new.slug}.localhost:8000/"' in page, "the clerk serves both"
    refused = await office.send("/van-ban/den/moi", {"abstract": "Thử"})
    assert refused.status_code == 409
    assert "Làm việc này ở xã Long Sa" in refused.text
    host = "http://lam-son.localhost"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=host) as citizen:  # type: ignore[arg-type]
        seen = (await citizen.get("/tra-cuu")).text
    assert "Hồ sơ đã nộp vẫn tra cứu được bằng mã cũ" in seen
    assert f'href="http://{new.slug}.localhost:8000' in seen

    there = await sign_in(await actor_there(new, office_head))
    for path in ("/van-ban/den", "/van-ban/di", "/van-ban/so", "/ho-so"):
        shown = (await there.get(path)).text
        assert "trước ngày kế tục" in shown, path
        assert f'href="http://lam-son.localhost:8000{path}"' in shown, path
        assert "xã Giang Sơn Tây" in shown
        assert f'href="http://giang-son-tay.localhost:8000{path}"' not in shown, "no post there"
