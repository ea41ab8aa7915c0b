"""Lists as files for a spreadsheet: whole, in parts, what the list shows and nothing that computes."""

import csv
from datetime import date
from typing import Any

import psycopg
import pytest

from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.web import export


def rows_of(answer: Any) -> list[list[str]]:
    """The rows of a file as a spreadsheet opens it."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    content = answer.content
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(content.decode("utf-8-sig").splitlines(), delimiter=";"))


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t=", " =", "\r", "＝"])
def test_nothing_that_was_typed_computes(begins: str) -> None:
    (row,) = csv.reader([export.lines([[f'{begins}HYPERLINK("http://x")']])], delimiter=";")
    assert row[0].startswith("'")


def test_cells_are_written_as_people_write_them() -> None:
    written = export.lines([["Số 1; 2", 1234, date(2026, 3, 5), None, 'nói "có"', -5]])
    assert written == '"Số 1; 2";1234;05/03/2026;;"nói ""có""";-5\r\n'


async def test_a_book_is_exported_whole_in_parts_and_as_it_is_filtered(
    busy_lam_son: Organ, visit: Any, clerk: Any, specialist: Any, owner_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PART", 7)
    with psycopg.connect(owner_dsn) as connection:
        reached = (busy_lam_son.id, list(clerk.acting.body_ids))
        where = "from app.document where tenant_id = %s and direction = 'incoming' and body_id = any(%s)"
        (all_of_them,) = connection.execute(f"select count(*) {where}", reached).fetchone()  # type: ignore[misc]
        (done,) = connection.execute(f"select count(*) {where} and state = 'done'", reached).fetchone()  # type: ignore[misc]
        own = connection.execute(
            f"select count(*) {where.replace('= any(%s)', 'is not null')} and exists (select 1 from "
            "app.document_participant p where p.tenant_id = document.tenant_id and p.document_id = document.id "
            "and p.staff_id = %s)",
            [busy_lam_son.id, specialist.staff_id],
        ).fetchone()
    at_clerk, at_specialist = await visit(busy_lam_son, clerk), await visit(busy_lam_son, specialist)
    assert all_of_them > 14
    head, *rows = rows_of(await at_clerk.get("/van-ban/den/xuat"))
    assert head[:3] == ["Số đến", "Ngày đến", "Tác giả"]
    assert len(rows) == all_of_them
    assert len({tuple(row) for row in rows}) == all_of_them
    assert {len(row) for row in rows} == {len(head)}
    _head, *some = rows_of(await at_clerk.get("/van-ban/den/xuat?trang-thai=done"))
    assert len(some) == done
    assert {row[-1] for row in some} == {"Đã xử lý xong"}
    # Somebody who sees less in the list takes less away.
    _head, *less = rows_of(await at_specialist.get("/van-ban/den/xuat"))
    assert own is not None
    assert len(less) == own[0] < all_of_them
    # The link stands on the list, with its filter.
    book = (await at_clerk.get("/van-ban/den?xem=done")).text
    assert 'href="/van-ban/den/xuat?xem=done"' in book


async def test_what_goes_out_and_the_cases_are_exported_and_told_in_the_trail(
    busy_lam_son: Organ, visit: Any, clerk: Any, counter: Any, owner_dsn: str
) -> None:
    at_clerk, at_counter = await visit(busy_lam_son, clerk), await visit(busy_lam_son, counter)
    answer = await at_clerk.get("/van-ban/di/xuat?xem=issued")
    assert "attachment" in answer.headers["content-disposition"]
    _head, *papers = rows_of(answer)
    assert papers
    assert {row[-1] for row in papers} == {"Đã phát hành"}
    head, *cases = rows_of(await at_counter.get("/ho-so/xuat?trang-thai=all"))
    assert head[0] == "Mã hồ sơ"
    assert len(cases) > 5
    assert (await at_clerk.get("/ho-so/xuat")).status_code == (await at_clerk.get("/ho-so")).status_code
    with psycopg.connect(owner_dsn) as connection:
        told = connection.execute(
            "select staff_name, detail->>'list' from app.audit_event where action = 'web.export' order by at"
        ).fetchall()
    assert (clerk.name, "van-ban-di") in told
    assert (counter.name, "ho-so-mot-cua") in told


async def test_a_parents_table_is_exported_with_its_sum(do_luong: Organ, visit: Any, actor_with: Any) -> None:
    watcher = await visit(do_luong, await actor_with(do_luong, "watcher"))
    head, *rows = rows_of(await watcher.get("/tong-hop/xuat?ky=nam"))
    assert head[0] == "Đơn vị"
    assert {"Lam Sơn", "Giang Sơn Tây", "Cộng"} == {row[0] for row in rows}
    assert {len(row) for row in rows} == {len(head)}
