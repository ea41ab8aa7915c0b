"""The pages of a parent over HTTP: its own communes and nobody else's, and what it may change."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.rollup import stream
from lienxa.platform.tenancy.models import Tenant
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.rollout import repository, rules

PAGES = (
    "/tong-hop",
    "/tong-hop/bang",
    "/tong-hop/luong",
    "/tong-hop/man-hinh",
    "/tong-hop/man-hinh/bang",
    "/tong-hop/in",
    "/tong-hop/xuat",
    "/tong-hop/so-lieu/lam-son/van-ban-den",
    "/tong-hop/cach-tinh",
    "/tong-hop/hom-nay",
    "/tong-hop/tien-do",
    "/tong-hop/tien-do/in",
    "/tong-hop/tien-do/moc",
    "/tong-hop/tien-do/moc/moi",
    "/tong-hop/tien-do/ban-chi-dao",
    "/tong-hop/tien-do/ban-chi-dao/moi",
    "/tong-hop/tien-do/lam-viec",
    "/tong-hop/tien-do/lam-viec/moi",
)
FIGURES = {
    ("documents.incoming", "party"): 3,
    ("documents.incoming", "committee"): 1200,
    ("documents.issued", "council"): 7,
    ("meetings.held", "committee"): 5,
    ("procedures.received", ""): 30,
    ("procedures.solved", "early"): 6,
    ("procedures.solved", "on_time"): 3,
    ("procedures.solved", "late"): 1,
    ("procedures.pending", "in_time"): 12,
    ("procedures.pending", "late"): 2,
    ("documents.overdue", "committee"): 4,
    ("documents.unissued", "party"): 3,
}
MOST_STATEMENTS_OF_THE_TABLE = 4


def cell(html: str, key: str) -> str:
    """The words of one cell of the table."""
    found = re.search(rf'data-cell="{re.escape(key)}">(.*?)</td>', html, re.DOTALL)
    assert found is not None, key
    return re.sub(r"<[^>]+>", "", found[1]).strip()


def order(html: str) -> list[str]:
    """The organs of the table from top to bottom, and the line of totals."""
    return re.findall(r'<th scope="row">(?:<a [^>]*>)?([^<]+)<', html)


async def test_the_table_shows_what_the_communes_published(
    sign_in: Any, watcher: Actor, lam_son: Organ, giang_son_tay: Organ, publish: Any
) -> None:
    await publish(lam_son, FIGURES)
    await publish(giang_son_tay, {("procedures.received", ""): 4})
    page = (await (await sign_in(watcher)).get("/tong-hop")).text
    assert cell(page, "lam-son/van-ban-den") == "1.203"
    assert cell(page, "lam-son/den-dang") == "3"
    assert cell(page, "lam-son/di-hdnd") == "7"
    assert cell(page, "lam-son/cuoc-hop") == "5"
    assert cell(page, "lam-son/dung-han") == "90%"
    assert cell(page, "lam-son/dang-giai-quyet") == "14"
    assert cell(page, "lam-son/ho-so-qua-han") == "2"
    assert cell(page, "giang-son-tay/dung-han") == "–", "no case was solved"
    assert cell(page, "lam-son/den-qua-han") == "4"
    assert cell(page, "lam-son/chua-phat-hanh") == "3"
    assert cell(page, "tat-ca/ho-so-nhan") == "34"
    assert order(page) == ["Lam Sơn", "Giang Sơn Tây", "Cộng"], "who is behind stands first"


async def test_the_period_is_part_of_the_address(
    sign_in: Any, watcher: Actor, lam_son: Organ, giang_son_tay: Organ, publish: Any
) -> None:
    with clock.fixed_at(clock.instant(clock.today().replace(month=11, day=20), 8)):
        await publish(lam_son, {("documents.issued", "party"): 2})
        await publish(lam_son, {("documents.issued", "party"): 5}, clock.today() - timedelta(days=40))
        client = await sign_in(watcher)
        assert cell((await client.get("/tong-hop?ky=thang")).text, "lam-son/van-ban-di") == "2"
        assert cell((await client.get("/tong-hop?ky=nam")).text, "lam-son/van-ban-di") == "7"
        fragment = (await client.get("/tong-hop/bang?ky=thang")).text
    assert cell(fragment, "lam-son/van-ban-di") == "2"
    assert "<html" not in fragment
    assert 'data-fragment="/tong-hop/bang?ky=thang"' in fragment


async def test_of_what_stands_the_last_month_counts(sign_in: Any, watcher: Actor, lam_son: Organ, publish: Any) -> None:
    with clock.fixed_at(clock.instant(clock.today().replace(month=11, day=20), 8)):
        year = clock.today().year
        await publish(lam_son, {("documents.overdue", "party"): 2, ("documents.issued", "party"): 1})
        await publish(lam_son, {("documents.overdue", "party"): 5, ("documents.issued", "party"): 7}, date(year, 9, 1))
        client = await sign_in(watcher)
        whole_year = (await client.get("/tong-hop")).text
        summer = (await client.get(f"/tong-hop?tu={year}-07&den={year}-09")).text
    assert (cell(whole_year, "lam-son/den-qua-han"), cell(whole_year, "lam-son/van-ban-di")) == ("2", "8")
    assert (cell(summer, "lam-son/den-qua-han"), cell(summer, "lam-son/van-ban-di")) == ("5", "7")
    assert f'<option value="{year}-07" selected>' in summer
    assert f'data-fragment="/tong-hop/bang?tu={year}-07&amp;den={year}-09"' in summer


async def test_a_month_that_is_none_is_refused(sign_in: Any, watcher: Actor) -> None:
    client = await sign_in(watcher)
    answer = await client.get("/tong-hop?tu=13-2026&den=2020-02")
    assert answer.status_code == 422
    assert "“13-2026” không phải là tháng" in answer.text
    assert 'href="#f-tu"' in answer.text
    assert '<form class="period"' in answer.text, "the page itself lets choose another"
    assert '<option value="13-2026" selected>' in answer.text, "what was typed stays"
    assert '<option value="2020-02" selected>' in answer.text
    assert 'id="bang-tong-hop"' not in answer.text
    assert 'id="e-tu"' in answer.text, "what is wrong stands at the field"


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/tong-hop/bang", "/tong-hop"),
        ("/tong-hop/man-hinh", "/tong-hop/man-hinh"),
        ("/tong-hop/man-hinh/bang", "/tong-hop/man-hinh"),
        ("/tong-hop/in", "/tong-hop/in"),
        ("/tong-hop/in/pdf", "/tong-hop/in/pdf"),
        ("/tong-hop/xuat", "/tong-hop/xuat"),
    ],
)
async def test_wherever_a_period_is_refused_it_can_be_chosen_again(
    sign_in: Any, watcher: Actor, path: str, leads_to: str
) -> None:
    answer = await (await sign_in(watcher)).get(f"{path}?tu=2026-01&den=t%C3%A1m")
    assert answer.status_code == 422
    assert f'<form class="period" method="get" action="{leads_to}">' in answer.text
    assert "“tám” không phải là tháng" in answer.text
    assert "ghi năm-tháng trong địa chỉ" in answer.text
    assert 'aria-describedby="e-den"' in answer.text
    assert '<option value="tám" selected>' in answer.text, "what was typed stays"


async def test_elsewhere_a_false_period_says_nothing(sign_in: Any, lam_son: Organ, actor_with: Any) -> None:
    client = await sign_in(await actor_with(lam_son, "clerk"))
    assert (await client.get("/tong-hop/in?tu=13-2026")).status_code == 404


async def test_each_figure_leads_to_its_course_and_how_it_is_computed(
    sign_in: Any, watcher: Actor, lam_son: Organ, giang_son_tay: Organ, publish: Any
) -> None:
    with clock.fixed_at(clock.instant(clock.today().replace(month=11, day=20), 8)):
        september = clock.today().replace(month=9, day=1)
        await publish(lam_son, {("documents.issued", "party"): 2, ("documents.issued", "council"): 1})
        await publish(lam_son, {("documents.issued", "party"): 1234}, september)
        await publish(giang_son_tay, {("documents.issued", "party"): 40}, september)
        client = await sign_in(watcher)
        table = (await client.get("/tong-hop")).text
        links = set(re.findall(r'href="(/tong-hop/so-lieu/lam-son/[^"]+)"', table))
        assert len(links) == len(rules.COLUMNS) - 1, "a share of nothing leads nowhere"
        for link in links:
            assert (await client.get(link)).status_code == 200, link
        page = (await client.get("/tong-hop/so-lieu/lam-son/van-ban-di")).text
        together = (await client.get("/tong-hop/so-lieu/tat-ca/van-ban-di")).text
    assert "theo ngày ghi trên văn bản" in page
    assert re.search(r"số liệu lúc \d\d:\d\d:\d\d", page)
    assert figures_of(page, f"11/{september.year}") == ["3", "2", "0", "1", "0"]
    assert figures_of(page, f"9/{september.year}") == ["1.234", "1.234", "0", "0", "0"]
    assert figures_of(together, f"9/{september.year}")[0] == "1.274"
    assert "<rect" in page


def figures_of(html: str, month: str) -> list[str]:
    """The figures of one month in the table of a course."""
    row = re.search(rf'<th scope="row"[^>]*>{month}\b.*?</tr>', html, re.DOTALL)
    assert row, month
    return [re.sub(r"<[^>]+>", "", value) for value in re.findall(r"<td[^>]*>(.*?)</td>", row[0])]


async def test_a_figure_of_nobody_below_does_not_exist(sign_in: Any, watcher: Actor, phuoc_nam: Organ) -> None:
    client = await sign_in(watcher)
    for path in (f"{phuoc_nam.slug}/van-ban-den", "lam-son/luong-cong-chuc", "nowhere/van-ban-den"):
        assert (await client.get(f"/tong-hop/so-lieu/{path}")).status_code == 404


async def test_the_wall_shows_who_is_behind_without_the_shell(
    sign_in: Any, watcher: Actor, lam_son: Organ, giang_son_tay: Organ, publish: Any
) -> None:
    await publish(lam_son, {("procedures.pending", "late"): 2, ("documents.incoming", "party"): 7})
    client = await sign_in(watcher)
    sheet = (await client.get("/tong-hop/man-hinh")).text
    fragment = (await client.get("/tong-hop/man-hinh/bang?ky=thang")).text
    assert "<nav" not in sheet
    assert "data-clock" in sheet
    assert cell(sheet, "lam-son/ho-so-qua-han") == "2"
    assert sheet.index("Lam Sơn") < sheet.index("Giang Sơn Tây")
    assert "<html" not in fragment
    assert 'data-fragment="/tong-hop/man-hinh/bang?ky=thang"' in fragment


async def test_the_printed_table_says_who_printed_it_when_and_as_of_when(
    sign_in: Any, watcher: Actor, lam_son: Organ, publish: Any
) -> None:
    await publish(lam_son, FIGURES)
    with clock.fixed_at(clock.instant(clock.today(), 9, 5)):
        sheet = (await (await sign_in(watcher)).get("/tong-hop/in")).text
    day = clock.today().strftime("%d/%m/%Y")
    assert f"In lúc 09:05 {day}, {watcher.name} (" in sheet
    assert re.search(r"\(Số liệu lúc \d\d:\d\d:\d\d ngày \d\d/\d\d/\d{4}\)", sheet)
    assert 'class="paper a4 landscape" id="noi-dung" tabindex="0" aria-label="' in sheet, "keys scroll it on a phone"
    assert "1.203" in sheet


async def test_an_organ_whose_year_is_being_made_says_so(
    operator_database: Database, sign_in: Any, watcher: Actor, lam_son: Organ
) -> None:
    async with operator_database.control() as session:
        (await session.get_one(Tenant, lam_son.id)).state = "preparing"
    page = (await (await sign_in(watcher)).get("/tong-hop")).text
    assert "Đang tạo dữ liệu" in cell(page, "lam-son/state")


async def test_the_rows_are_drawn_once_until_something_changes(
    sign_in: Any, watcher: Actor, lam_son: Organ, publish: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, Any] = {}
    monkeypatch.setattr(stream, "kept", lambda _app, _reader: kept)
    client = await sign_in(watcher)
    assert cell((await client.get("/tong-hop")).text, "lam-son/van-ban-den") == "0"
    await publish(lam_son, FIGURES)
    assert cell((await client.get("/tong-hop")).text, "lam-son/van-ban-den") == "0", "nobody has announced it"
    assert cell((await client.get("/tong-hop?ky=thang")).text, "lam-son/van-ban-den") == "1.203", "not drawn before"
    await client.send(f"/tong-hop/tien-do/{lam_son.id}/cap-nhat", {"wave": "1", "state": "merged"})
    assert cell((await client.get("/tong-hop")).text, "lam-son/van-ban-den") == "1.203", "progress is read each time"
    kept.clear()
    assert cell((await client.get("/tong-hop")).text, "lam-son/van-ban-den") == "1.203"


async def test_another_parent_sees_nothing_of_it(
    sign_in: Any, other_watcher: Actor, lam_son: Organ, phuoc_nam: Organ, publish: Any
) -> None:
    await publish(lam_son, FIGURES)
    client = await sign_in(other_watcher)
    page = (await client.get("/tong-hop")).text
    assert order(page) == ["Phước Nam", "Cộng"]
    assert cell(page, "tat-ca/ho-so-nhan") == "0"
    assert (await client.get(f"/tong-hop/tien-do/{lam_son.id}")).status_code == 404
    assert (await client.send(f"/tong-hop/tien-do/{lam_son.id}/cap-nhat", {"state": "merged"})).status_code == 404


@pytest.mark.parametrize("path", PAGES)
async def test_a_commune_has_no_such_page(sign_in: Any, leader: Actor, path: str) -> None:
    assert (await (await sign_in(leader)).get(path)).status_code == 404


async def test_the_table_says_how_each_figure_is_computed(sign_in: Any, watcher: Actor) -> None:
    client = await sign_in(watcher)
    assert "/tong-hop/cach-tinh" in (await client.get("/tong-hop")).text
    explained = (await client.get("/tong-hop/cach-tinh")).text
    assert "làm tròn xuống" in explained
    assert "Số hồ sơ một cửa tiếp nhận trong tháng." in explained


async def test_without_a_script_the_page_asks_again_by_itself(sign_in: Any, watcher: Actor) -> None:
    page = (await (await sign_in(watcher)).get("/tong-hop")).text
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page


async def test_progress_is_recorded_and_shown_by_wave(
    database: Database, sign_in: Any, watcher: Actor, lam_son: Organ, giang_son_tay: Organ
) -> None:
    client = await sign_in(watcher)
    path = f"/tong-hop/tien-do/{lam_son.id}"
    assert "Chưa xếp đợt" in (await client.get("/tong-hop/tien-do")).text
    sent = {
        "wave": "pilot",
        "state": "merged",
        "civil_servants_moved": "1",
        "concurrent_inspection_deputy": "yes",
        "changed_on": clock.today().strftime("%d/%m/%Y"),
        "note": "Xã <đầu tiên>",
    }
    answer = await client.send(f"{path}/cap-nhat", sent)
    assert answer.status_code == 303
    assert answer.headers["location"] == path
    shown = (await client.get("/tong-hop/tien-do")).text
    assert re.findall(r"<th scope=\"rowgroup\"[^>]*>([^<]+?) <", shown) == ["Thí điểm", "Chưa xếp đợt"]
    unit = (await client.get(path)).text
    assert "Xã &lt;đầu tiên&gt;" in unit
    assert "Ghi trạng thái: Đã hợp nhất, Thí điểm" in unit
    form = (await client.get(f"{path}/cap-nhat")).text
    assert '<option value="merged" selected>' in form
    assert '<option value="yes" selected>' in form
    async with database.tenant(watcher.organ.id) as session:
        assert [one.concurrent_inspection_deputy for one in (await repository.progress(session)).values()] == [True]


async def test_a_refused_form_keeps_what_was_typed(sign_in: Any, watcher: Actor, lam_son: Organ) -> None:
    client = await sign_in(watcher)
    sent = {"wave": "1", "state": "merged", "changed_on": "31/02/2026", "civil_servants_moved": "hai"}
    answer = await client.send(f"/tong-hop/tien-do/{lam_son.id}/cap-nhat", sent)
    assert answer.status_code == 422
    assert 'href="#f-changed_on"' in answer.text
    assert 'value="31/02/2026"' in answer.text
    assert 'value="hai"' in answer.text
    assert '<option value="1" selected>' in answer.text


async def test_the_table_costs_few_statements(
    database: Database, app: Any, sign_in: Any, watcher: Actor, lam_son: Organ, publish: Any
) -> None:
    await publish(lam_son, FIGURES)
    client = await sign_in(watcher)
    await client.get("/tong-hop")
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    engine = app.state.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        await client.get("/tong-hop")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    of_the_table = [
        statement
        for statement in statements
        if any(table in statement for table in ("rollup.figure", "rollout_unit", "rollup_mark"))
        or "control.tenant.parent_id = " in statement
    ]
    assert len(of_the_table) <= MOST_STATEMENTS_OF_THE_TABLE
