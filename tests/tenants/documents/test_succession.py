"""Papers when communes are merged: what passed waits for nobody where it was, and is read there."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from lienxa.platform import clock
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents import operations, repository, rules
from lienxa.tenants.documents.pages.closing import PATH as CLOSINGS
from lienxa.tenants.documents.schemas import BookFilter

Merged = Callable[[], Awaitable[Organ]]
ROLES = ("clerk", "office_head", "leader", "specialist")
DIRECTIONS = (rules.INCOMING, rules.OUTGOING)


async def test_what_passed_waits_for_nobody_there_and_is_counted_as_open_here_alone(
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    database: Database,
    merged: Merged,
    actor_with: Any,
    actor_there: Any,
    sign_in: Any,
) -> None:
    actors = [await actor_with(busy_lam_son, role) for role in ROLES]
    async with database.tenant(busy_lam_son.id) as session:
        before = {
            direction: await repository.books.count_views(session, actors[1], direction, None)
            for direction in DIRECTIONS
        }
        assert any([await repository.books.work_lines(session, actor) for actor in actors])
    new = await merged()
    head = await actor_there(new, actors[1])
    async with database.tenant(busy_lam_son.id) as session:
        for actor in actors:
            assert await repository.books.work_lines(session, actor) == []
        for direction in DIRECTIONS:
            there = await repository.books.count_views(session, actors[1], direction, None)
            assert not any(there.values())
            for view in rules.COUNTED_VIEWS[direction]:
                assert await repository.books.book_page(session, actors[1], BookFilter(direction, view=view)) == (
                    [],
                    "",
                )
        listed, _more = await repository.books.book_page(session, actors[1], BookFilter(rules.INCOMING))
    gone = [line for line in listed if line.passed_to]
    assert gone
    assert {line.passed_to for line in gone} == {new.full_name}
    async with database.tenant(new.id) as session:
        here = await repository.books.count_views(session, head, rules.INCOMING, None)
    late, unfinished = before[rules.INCOMING][rules.LATE], {rules.UNASSIGNED, rules.OPEN}
    assert here[rules.LATE] == late
    assert sum(here[view] for view in unfinished) == sum(before[rules.INCOMING][view] for view in unfinished)
    shown = (await (await sign_in(actors[0])).get("/van-ban/den")).text
    assert f"Đã chuyển {new.full_name}" in shown
    assert "Quá hạn</span></span>" not in shown


async def test_every_book_of_what_was_merged_has_ended_and_is_closed_there(
    busy_lam_son: Organ, giang_son_tay: Organ, database: Database, merged: Merged, actor_with: Any, sign_in: Any
) -> None:
    clerk = await actor_with(busy_lam_son, "clerk")
    async with database.tenant(busy_lam_son.id) as session:
        running = rules.period(rules.YEAR, clock.today(), None)
        assert all(book.period != running for book in await operations.closing.ended_books(session, clerk))
    await merged()
    office = await sign_in(clerk)
    listed = (await office.get(CLOSINGS)).text
    assert "Mọi sổ hết cùng đơn vị" in listed
    assert "Sổ đăng ký văn bản đến, năm 2026" in listed
    assert "Sổ đăng ký văn bản đi, nhiệm kỳ 2025-2030" in listed
    called = LexborHTMLParser(listed).css(f"a[href^='{CLOSINGS}/khoa?']")
    for link in called:
        shown = await office.get(link.attributes["href"])
        assert "chưa xử lý xong hoặc chưa phát hành" not in shown.text  # what was open has passed
        named = {field.attributes["name"]: field.attributes["value"] for field in LexborHTMLParser(shown.text).css(
            "form[action$='/khoa'] input[type=hidden]"
        )}  # fmt: skip
        sent = {**named, "signer": "Tổ trưởng Văn phòng", "volumes": "1", "kept_at": "Kho lưu trữ"}
        closed = await office.send(f"{CLOSINGS}/khoa", sent)
        assert closed.headers.get("location") == CLOSINGS, closed.text
    assert len(called) > 2
    listed = (await office.get(CLOSINGS)).text
    assert "Chưa khóa" not in listed
    assert (await office.get(re.findall(rf"{CLOSINGS}/[^/\"]+/to-khoa-so", listed)[0])).status_code == 200
    async with database.tenant(busy_lam_son.id) as session:
        kept = await operations.closing.kept_books(session)
    told = next(row for row in kept if row[0] == "Sổ đăng ký văn bản đến, năm 2026" and "Sổ chung" in row[1])
    assert told[3].endswith(", 1 quyển, Kho lưu trữ")
