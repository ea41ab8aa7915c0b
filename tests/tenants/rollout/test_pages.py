"""The pages of a parent over HTTP: its own communes and nobody else's, and what it may change."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.rollout import repository

PAGES = ("/tong-hop", "/tong-hop/bang", "/tong-hop/luong", "/tong-hop/cach-tinh", "/tong-hop/tien-do")
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
}
MOST_STATEMENTS_OF_THE_TABLE = 4


def cell(html: str, key: str) -> str:
    """The words of one cell of the table."""
    found = re.search(rf'data-cell="{re.escape(key)}">(.*?)</td>', html, re.DOTALL)
    assert found is not None, key
    return re.sub(r"<[^>]+>", "", found[1]).strip()


def order(html: str) -> list[str]:
    return re.findall(r'<th scope="row">([^<]+)</th>', html)


async def test_the_table_shows_what_the_communes_published(
    sign_in: Any, watcher: Actor, lam_son: Organ, giang_son_tay: Organ, publish: Any
) -> None:
    await publish(lam_son, FIGURES)
    await publish(giang_son_tay, {("procedures.received", ""): 4})
    page = (await (await sign_in(watcher)).get("/tong-hop")).text
    assert cell(page, "lam-son/incoming") == "1.203"
    assert cell(page, "lam-son/incoming-party") == "3"
    assert cell(page, "lam-son/issued-council") == "7"
    assert cell(page, "lam-son/meetings") == "5"
    assert cell(page, "lam-son/share") == "90%"
    assert cell(page, "lam-son/pending") == "14"
    assert cell(page, "lam-son/late") == "2"
    assert cell(page, "giang-son-tay/share") == "–", "no case was solved"
    assert cell(page, "total/received") == "34"
    assert order(page) == ["Lam Sơn", "Giang Sơn Tây", "Cộng"], "who is behind stands first"


async def test_the_period_is_part_of_the_address(
    sign_in: Any, watcher: Actor, lam_son: Organ, giang_son_tay: Organ, publish: Any
) -> None:
    with clock.fixed_at(clock.instant(clock.today().replace(month=11, day=20), 8)):
        await publish(lam_son, {("documents.issued", "party"): 2})
        await publish(lam_son, {("documents.issued", "party"): 5}, clock.today() - timedelta(days=40))
        client = await sign_in(watcher)
        assert cell((await client.get("/tong-hop?ky=thang")).text, "lam-son/issued") == "2"
        assert cell((await client.get("/tong-hop?ky=nam")).text, "lam-son/issued") == "7"
        fragment = (await client.get("/tong-hop/bang?ky=thang")).text
    assert cell(fragment, "lam-son/issued") == "2"
    assert "<html" not in fragment
    assert 'data-fragment="/tong-hop/bang?ky=thang"' in fragment


async def test_another_parent_sees_nothing_of_it(
    sign_in: Any, other_watcher: Actor, lam_son: Organ, phuoc_nam: Organ, publish: Any
) -> None:
    await publish(lam_son, FIGURES)
    client = await sign_in(other_watcher)
    page = (await client.get("/tong-hop")).text
    assert order(page) == ["Phước Nam", "Cộng"]
    assert cell(page, "total/received") == "0"
    assert (await client.get(f"/tong-hop/tien-do/{lam_son.id}")).status_code == 404
    assert (await client.send(f"/tong-hop/tien-do/{lam_son.id}", {"state": "merged"})).status_code == 404


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
    answer = await client.send(path, sent)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/tong-hop/tien-do"
    shown = (await client.get("/tong-hop/tien-do")).text
    assert re.findall(r"<th scope=\"rowgroup\"[^>]*>([^<]+?) <", shown) == ["Thí điểm", "Chưa xếp đợt"]
    assert "Xã &lt;đầu tiên&gt;" in shown
    form = (await client.get(path)).text
    assert '<option value="merged" selected>' in form
    assert '<option value="yes" selected>' in form
    assert "Ghi trạng thái: Đã hợp nhất, Thí điểm" in form
    async with database.tenant(watcher.organ.id) as session:
        assert [unit.concurrent_inspection_deputy for unit in await repository.units(session)] == [True]


async def test_a_refused_form_keeps_what_was_typed(sign_in: Any, watcher: Actor, lam_son: Organ) -> None:
    client = await sign_in(watcher)
    sent = {"wave": "1", "state": "merged", "changed_on": "31/02/2026", "civil_servants_moved": "hai"}
    answer = await client.send(f"/tong-hop/tien-do/{lam_son.id}", sent)
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
