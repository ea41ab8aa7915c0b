"""The turn of the year and of the term: which books are to be closed, what their last sheet tells, what begins anew."""

import asyncio
import dataclasses
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from sqlalchemy import update

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, Forbidden, InvalidInput, NotFound
from lienxa.platform.imports.kinds import Line
from lienxa.platform.tenancy.models import Tenant
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents import operations, rules
from lienxa.tenants.documents.pages.closing import PATH
from lienxa.tenants.documents.schemas import ClosedBook, Correction, Dispatch

from .conftest import Do, MakeEntry

DECEMBER = clock.instant(date(2026, 12, 30), 8)
JANUARY = clock.instant(date(2027, 1, 4), 8)
COMMON = ClosedBook("incoming", "2026", None, "Tổ trưởng Văn phòng", 2, "Tủ 2")


@given(st.dictionaries(st.integers(1, 60), st.booleans(), min_size=1))
def test_every_number_of_a_series_is_told_of(numbers: dict[int, bool]) -> None:
    end = rules.series_end("Sổ", numbers)
    missing = set()
    for part in filter(None, end.missing.split(", ")):
        first, _dash, last = part.partition("–")
        missing |= set(range(int(first), int(last or first) + 1))
    assert missing | numbers.keys() == set(range(end.first, end.last + 1))
    assert missing & numbers.keys() == set()
    assert (end.count, end.struck) == (len(numbers), sum(numbers.values()))


async def register(do: Do, clerk: Actor, entry: MakeEntry, *bodies: str) -> list[Any]:
    return [await do(operations.incoming.register_incoming, clerk, entry(body, repeated=True)) for body in bodies]


async def test_a_book_is_closed_after_its_year_and_the_next_begins_at_01(
    database: Database, do: Do, clerk: Actor, office_head: Actor, lam_son: Organ, actor_with: Any, entry: MakeEntry
) -> None:
    administrator = await actor_with(lam_son, "administrator")
    with clock.fixed_at(DECEMBER):
        await register(do, clerk, entry, "committee", "council")
        await do(operations.series.set_opening_number, administrator, "incoming", 8, "sổ giấy")
        _eighth, struck = await register(do, clerk, entry, "party", "committee")
        await do(operations.books.strike, clerk, struck.id, "vào sổ hai lần")
        assert await do(operations.closing.ended_books, clerk) == []
        with pytest.raises(NotFound):
            await do(operations.closing.close_book, clerk, COMMON)
    with clock.fixed_at(JANUARY):
        (first,) = await register(do, clerk, entry, "committee")
        assert (first.period, first.number) == ("2027", 1)
        (book,) = await do(operations.closing.ended_books, clerk)
        assert (book.direction, book.period, book.body_id) == ("incoming", "2026", None)
        assert (book.count, book.unsettled, book.closing_id) == (4, 3, None)
        (line,) = await do(lambda session, _actor: operations.closing.foresee_lines(session, book), clerk)
        assert (line.first, line.last, line.count, line.struck, line.missing) == (1, 9, 4, 1, "03–07")
        closing = await do(operations.closing.close_book, clerk, COMMON)
        with pytest.raises(Conflict, match="04/01/2027"):
            await do(operations.closing.close_book, clerk, COMMON)
        (closed,) = await do(operations.closing.ended_books, office_head)
        assert (closed.closing_id, closed.closed_on) == (closing.id, date(2027, 1, 4))
        sheet = await do(operations.closing.closing_sheet, clerk, closing.id)
        assert sheet["rows"] == [["Sổ văn bản đến", "01", "09", "4", "1", "03–07"]]
        async with database.tenant(lam_son.id) as session:
            (told,) = await timeline(session, closing.id)
        assert told.action == "documents.close_book"


async def test_a_closed_book_takes_no_old_entry(do: Do, clerk: Actor, entry: MakeEntry) -> None:
    with clock.fixed_at(DECEMBER):
        await register(do, clerk, entry, "committee")
    with clock.fixed_at(JANUARY):
        await do(operations.closing.close_book, clerk, COMMON)
        cells = {"author_organ": "UBND huyện", "abstract": "Về việc", "body": "UBND"}
        lines = [
            Line(2, {"received_on": "05/01/2026", "number": "90", **cells}),
            Line(3, {"received_on": "05/01/2025", "number": "90", **cells}),
        ]
        refused, taken = await do(operations.old_books.check_incoming, clerk, lines)
        assert [fault.field for fault in refused.faults] == ["received_on"]
        assert taken.faults == ()


async def test_a_book_of_ones_own_body_is_closed_by_its_clerk_alone(
    database: Database,
    do: Do,
    clerk: Actor,
    specialist: Actor,
    leader: Actor,
    inspection: Actor,
    entry: MakeEntry,
    bodies: dict[str, UUID],
) -> None:
    with clock.fixed_at(DECEMBER):
        await register(do, clerk, entry, "committee")
    with clock.fixed_at(JANUARY):
        with pytest.raises(Forbidden):
            await do(operations.closing.close_book, leader, COMMON)
        with pytest.raises(Forbidden):
            await do(operations.closing.ended_books, specialist)
        assert await do(operations.closing.ended_books, inspection) == []
        with pytest.raises(InvalidInput):
            await do(operations.closing.close_book, clerk, ClosedBook("incoming", "2026", None, "", 1, ""))
        other = ClosedBook("incoming", "2026", bodies["inspection"], "Chủ nhiệm UBKT", 1, "")
        with pytest.raises(NotFound):
            await do(operations.closing.close_book, clerk, other)
    async with database.tenant(clerk.organ.id) as session:
        assert await session.get(Body, (clerk.organ.id, bodies["inspection"]))


async def test_the_pages_lead_from_the_list_to_the_sheet(
    sign_in: Any, do: Do, clerk: Actor, entry: MakeEntry, statements: Any
) -> None:
    with clock.fixed_at(DECEMBER):
        await register(do, clerk, entry, "committee")
    with clock.fixed_at(JANUARY):
        client = await sign_in(clerk)
        assert PATH in (await client.get("/van-ban/so")).text
        with statements() as sent:
            listed = (await client.get(PATH)).text
        assert len(sent.work) <= 5, sent
        assert "Sổ đăng ký văn bản đến, năm 2026" in listed
        shown = await client.get(f"{PATH}/khoa?so=den&ky=2026&co-quan=")
        assert "Còn 1 văn bản chưa xử lý xong" in shown.text
        assert (await client.get(f"{PATH}/khoa?so=den&ky=2027")).status_code == 404
        assert (await client.get(f"{PATH}/khoa?so=x&co-quan=y")).status_code == 404
        form = {"so": "den", "ky": "2026", "co-quan": "", "signer": "", "volumes": "0", "kept_at": "Tủ 2"}
        refused = await client.send(f"{PATH}/khoa", form)
        assert refused.status_code == 422
        assert "Chưa nhập người ký" in refused.text
        assert 'value="Tủ 2"' in refused.text
        done = await client.send(f"{PATH}/khoa", {**form, "signer": "Tổ trưởng Văn phòng", "volumes": "1"})
        assert done.status_code == 303, done.text
        listed = (await client.get(PATH)).text
        assert "Đã khóa 04/01/2027" in listed
        address = next(part for part in listed.split('"') if part.endswith("/to-khoa-so"))
        sheet = await client.get(address)
        opened = pypdfium2.PdfDocument(sheet.content)
        words = " ".join(opened[0].get_textpage().get_text_range().split())
        opened.close()
        assert "TỜ KHÓA SỔ" in words
        assert "Tủ 2" in words


async def test_a_book_is_closed_while_its_organ_may_only_be_read(
    app: Litestar, sign_in: Any, do: Do, clerk: Actor, entry: MakeEntry, operator_database: Database
) -> None:
    with clock.fixed_at(DECEMBER):
        (paper,) = await register(do, clerk, entry, "committee")
    with clock.fixed_at(JANUARY):
        client = await sign_in(clerk)
        async with operator_database.control() as control:
            await control.execute(update(Tenant).where(Tenant.id == clerk.organ.id).values(state="suspended"))
        app.state.hosts._known.clear()
        refused = await client.send(f"/van-ban/{paper.id}/gach-so", {"struck_reason": "nhầm"})
        assert refused.status_code == 409
        form = {"so": "den", "ky": "2026", "co-quan": "", "signer": "Tổ trưởng Văn phòng", "volumes": "1"}
        assert f"{PATH}/khoa?" in (await client.get(PATH)).text
        assert (await client.send(f"{PATH}/khoa", form)).status_code == 303
        assert "Đã khóa 04/01/2027" in (await client.get(PATH)).text


async def test_what_changes_in_a_closed_book_has_a_reason_and_stands_on_its_supplementary_sheet(
    sign_in: Any, do: Do, clerk: Actor, entry: MakeEntry
) -> None:
    with clock.fixed_at(DECEMBER):
        paper, other = await register(do, clerk, entry, "committee", "party")
    with clock.fixed_at(JANUARY):
        client = await sign_in(clerk)
        correction = Correction("Sở Tài chính", "7/STC", None, "state/cong-van", "V/v ngân sách")
        await do(operations.incoming.correct, clerk, paper.id, correction)  # open still: no reason
        assert "change_reason" not in (await client.get(f"/van-ban/{paper.id}")).text
        closing = await do(operations.closing.close_book, clerk, COMMON)
        supplement = f"{PATH}/{closing.id}/phu-luc-bo-sung"
        assert (await client.get(supplement)).status_code == 404

        for operation, change in (
            (operations.incoming.correct, Correction("Sở Nội vụ", "7/STC", None, "state/cong-van", "V/v ngân sách")),
            (operations.books.note, Dispatch(note="Bản sao")),
        ):
            with pytest.raises(InvalidInput) as refused:
                await do(operation, clerk, paper.id, change)
            (fault,) = refused.value.fields
            assert (fault.field, fault.reason) == ("change_reason", "Sổ này đã khóa ngày 04/01/2027.")
        await do(operations.incoming.correct, clerk, paper.id, correction)  # nothing differs
        (book,) = await do(operations.closing.ended_books, clerk)
        assert (book.closing_id, book.changes) == (closing.id, 0)

        page = (await client.get(f"/van-ban/{paper.id}")).text
        assert "đã khóa ngày 04/01/2027" in page
        form = {"book_note": "Bản sao", "change_reason": ""}
        refused_page = await client.send(f"/van-ban/{paper.id}/ghi-so", form)
        assert refused_page.status_code == 422
        assert 'value="Bản sao"' in refused_page.text
        noted = await client.send(f"/van-ban/{paper.id}/ghi-so", {**form, "change_reason": "Ghi thiếu"})
        assert noted.status_code == 303, noted.text
        shown = await client.get(f"/van-ban/{paper.id}/sua-so")
        assert 'name="change_reason"' in shown.text
        await do(
            operations.incoming.correct,
            clerk,
            paper.id,
            msgspec.structs.replace(correction, author_organ="Sở Nội vụ"),
            "Sai tên",
        )
        await client.send(f"/van-ban/{other.id}/gach-so", {"struck_reason": "Vào sổ hai lần"})

        assert "Có thay đổi sau khi khóa: 3" in (await client.get(PATH)).text
        data = await do(operations.closing.supplement, clerk, closing.id)
        assert [(row[1], row[3], row[4]) for row in data["rows"]] == [
            ("1", "ghi chú: “(trống)” → “Bản sao”", "Ghi thiếu"),
            ("1", "tác giả: “Sở Tài chính” → “Sở Nội vụ”", "Sai tên"),
            ("2", "Gạch sổ", "Vào sổ hai lần"),
        ]
        assert (await client.get(supplement)).headers["content-type"] == "application/pdf"
        # The sheet that was signed says what it said.
        sheet = await do(operations.closing.closing_sheet, clerk, closing.id)
        assert sheet["rows"] == [["Sổ văn bản đến", "01", "02", "2", "0", "–"]]
        kept = await do(lambda session, _actor: operations.closing.kept_books(session), clerk)
        assert kept[0][3].endswith("3 thay đổi sau khi khóa")


async def test_an_entry_that_is_being_struck_is_waited_for_by_who_closes_the_book(
    database: Database, do: Do, clerk: Actor, entry: MakeEntry
) -> None:
    with clock.fixed_at(DECEMBER):
        (paper,) = await register(do, clerk, entry, "committee")
    with clock.fixed_at(JANUARY):
        async with database.tenant(clerk.organ.id) as session:
            await operations.books.strike(session, clerk, paper.id, "nhầm")
            closing = asyncio.create_task(do(operations.closing.close_book, clerk, COMMON))
            await asyncio.sleep(0.2)
            assert not closing.done()
        assert (await closing).lines[0]["struck"] == 1


async def test_a_book_that_does_not_count_yet_is_not_closed(do: Do, clerk: Actor, entry: MakeEntry) -> None:
    with clock.fixed_at(DECEMBER):
        await register(do, clerk, entry, "committee")
    preparing = dataclasses.replace(clerk, organ=dataclasses.replace(clerk.organ, phase="preparing"))
    with clock.fixed_at(JANUARY), pytest.raises(Conflict, match="sổ giấy"):
        await do(operations.closing.close_book, preparing, COMMON)
