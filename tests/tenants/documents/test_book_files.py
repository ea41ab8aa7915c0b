"""A whole book as one PDF: made in the background, for who asked and as they see it, kept for a week."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pypdfium2
import pytest

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.members import staff_member
from lienxa.platform.access.staffing import appoint
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Forbidden, InvalidInput, NotFound
from lienxa.platform.files import store
from lienxa.platform.files.models import StoredFile
from lienxa.platform.jobs.repository import waiting
from lienxa.platform.notify import notices
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents import jobs, operations, repository
from lienxa.tenants.documents.models import BookFile
from lienxa.tenants.documents.schemas import BookOrder

from .conftest import Do, MakeEntry

NOVEMBER = clock.instant(date(2026, 11, 23), 8)
INCOMING_2026 = BookOrder("den", "2026")


@pytest.fixture(autouse=True)
def _november() -> Iterator[None]:
    with clock.fixed_at(NOVEMBER):
        yield


async def words_of(database: Database, actor: Actor, book_file_id: UUID) -> list[str]:
    """The words of each page of the file."""
    async with database.tenant(actor.organ.id) as session:
        _stored, content = await operations.printed_books.read_book_file(session, actor, book_file_id)
    opened = pypdfium2.PdfDocument(content)
    try:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in opened]
    finally:
        opened.close()


async def file_of(database: Database, actor: Actor, book_file_id: UUID) -> BookFile:
    async with database.tenant(actor.organ.id) as session:
        return await session.find(BookFile, book_file_id)


async def told(database: Database, actor: Actor) -> list[tuple[str, str]]:
    """What the person was told, and where it leads."""
    async with database.tenant(actor.organ.id) as session:
        found, _following = await notices.page_of(session, actor.account_id, only_unread=True, before=None)
    return [(notice.title, notice.path) for notice in found]


async def test_a_book_is_set_part_by_part_and_told_of(
    database: Database, do: Do, entry: MakeEntry, clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository.printed_books, "PRINTED_SIZE", 2)
    for number in range(1, 6):
        await do(
            operations.incoming.register_incoming,
            clerk,
            entry(abstract=f"Việc thứ {number}", author_symbol=f"{number}/A"),
        )
    wanted = await do(jobs.want_book, clerk, INCOMING_2026)
    noted: list[tuple[int, int]] = []
    note_lines = repository.printed_books.note_lines

    async def note(session: Any, book_file_id: UUID, done: int, total: int) -> None:
        noted.append((done, total))
        await note_lines(session, book_file_id, done, total)

    monkeypatch.setattr(repository.printed_books, "note_lines", note)
    await jobs.make_book_file(database, clerk.organ.id, wanted.id)
    assert noted == [(0, 5), (2, 5), (4, 5), (5, 5)]
    made = await file_of(database, clerk, wanted.id)
    assert (made.state, made.lines_done, made.line_count) == ("made", 5, 5)
    pages = await words_of(database, clerk, wanted.id)
    assert [re.findall(r"Việc thứ (\d)", words) for words in pages] == [["1", "2"], ["3", "4"], ["5"]]
    assert [re.search(r"(\d+) Dữ liệu minh họa$", words)[1] for words in pages] == ["1", "2", "3"]
    title = "Đã lập xong tệp PDF: Sổ đăng ký văn bản đến, Năm 2026"
    assert await told(database, clerk) == [(title, f"/van-ban/so/pdf/{wanted.id}")]
    await jobs.make_book_file(database, clerk.organ.id, wanted.id)  # delivered a second time
    assert len(await told(database, clerk)) == 1


async def test_one_file_of_a_book_and_period_is_made_at_a_time(
    database: Database, do: Do, entry: MakeEntry, clerk: Actor, leader: Actor
) -> None:
    await do(operations.incoming.register_incoming, clerk, entry())
    first = await do(jobs.want_book, clerk, INCOMING_2026)
    assert (await do(jobs.want_book, clerk, INCOMING_2026)).id == first.id
    others = [
        await do(jobs.want_book, clerk, BookOrder("theo-doi", "2026")),
        await do(jobs.want_book, leader, INCOMING_2026),
    ]
    async with database.control() as control:
        queued = await waiting(control, jobs.make_book_file)
    assert queued == {(str(clerk.organ.id), str(each.id)) for each in (first, *others)}
    await jobs.make_book_file(database, clerk.organ.id, first.id)
    assert (await do(jobs.want_book, clerk, INCOMING_2026)).id != first.id


async def test_the_file_holds_what_the_post_sees_and_nobody_else_reads_it(
    database: Database, do: Do, entry: MakeEntry, clerk: Actor, leader: Actor, secretary: Actor,
    giang_son_tay: Organ, actor_with: Any,
) -> None:  # fmt: skip
    elsewhere = await actor_with(giang_son_tay, "clerk", "Văn thư")
    await do(operations.incoming.register_incoming, clerk, entry(abstract="Việc của Ủy ban"))
    await do(
        operations.incoming.register_incoming,
        clerk,
        entry("party", type_code="party/cong-van", abstract="Việc của Đảng"),
    )
    seen = {}
    for actor in (clerk, leader, secretary):
        wanted = await do(jobs.want_book, actor, INCOMING_2026)
        await jobs.make_book_file(database, actor.organ.id, wanted.id)
        (page,) = await words_of(database, actor, wanted.id)
        seen[actor.staff_id] = ("Việc của Ủy ban" in page, "Việc của Đảng" in page)
        for other in (clerk, leader, secretary, elsewhere):
            if other is not actor:
                with pytest.raises(NotFound):
                    await do(operations.printed_books.book_file, other, wanted.id)
    assert seen == {clerk.staff_id: (True, True), leader.staff_id: (True, False), secretary.staff_id: (False, True)}


async def test_what_was_made_for_one_post_is_not_read_in_another(
    database: Database, do: Do, entry: MakeEntry, clerk: Actor
) -> None:
    await do(operations.incoming.register_incoming, clerk, entry())
    wanted = await do(jobs.want_book, clerk, INCOMING_2026)
    async with database.tenant(clerk.organ.id) as session:
        await appoint(session, clerk.staff_id, "van-thu-ubkt", date(2026, 1, 1))
        person = await staff_member(session, clerk.organ, clerk.staff_id)
    other = person.acting_in(next(post.id for post in person.posts if post.id != clerk.acting.id))
    assert other.may("documents.read")
    with pytest.raises(Forbidden, match="chức vụ khác"):
        await do(operations.printed_books.book_file, other, wanted.id)
    assert (await do(operations.printed_books.book_file, person.acting_in(clerk.acting.id), wanted.id)).id == wanted.id


async def test_a_period_without_numbers_and_a_post_that_reads_no_book_are_refused(
    do: Do, clerk: Actor, specialist: Actor
) -> None:
    with pytest.raises(InvalidInput):
        await do(jobs.want_book, clerk, BookOrder("di", "1999"))
    with pytest.raises(Forbidden):
        await do(jobs.want_book, specialist, INCOMING_2026)


async def test_who_lost_the_post_gets_no_file_but_the_reason(
    database: Database, do: Do, entry: MakeEntry, clerk: Actor, owner_dsn: str
) -> None:
    await do(operations.incoming.register_incoming, clerk, entry())
    wanted = await do(jobs.want_book, clerk, INCOMING_2026)
    with clock.fixed_at(NOVEMBER - timedelta(days=4000)):  # before any appointment
        await jobs.make_book_file(database, clerk.organ.id, wanted.id)
    failed = await file_of(database, clerk, wanted.id)
    assert failed.state == "failed"
    assert failed.reason
    assert [title for title, _path in await told(database, clerk)] == [
        "Chưa lập được tệp PDF: Sổ đăng ký văn bản đến, Năm 2026"
    ]
    with pytest.raises(NotFound):
        await do(operations.printed_books.read_book_file, clerk, wanted.id)


async def test_a_file_that_never_came_can_be_asked_for_again(
    do: Do, database: Database, entry: MakeEntry, clerk: Actor
) -> None:
    await do(operations.incoming.register_incoming, clerk, entry())
    lost = await do(jobs.want_book, clerk, INCOMING_2026)
    with clock.fixed_at(NOVEMBER + timedelta(minutes=59)):
        assert (await do(jobs.want_book, clerk, INCOMING_2026)).id == lost.id
    with clock.fixed_at(NOVEMBER + timedelta(minutes=61)):
        assert (await do(jobs.want_book, clerk, INCOMING_2026)).id != lost.id
    assert (await file_of(database, clerk, lost.id)).state == "failed"
    await jobs.make_book_file(database, clerk.organ.id, lost.id)  # comes at last, when nobody waits for it
    assert (await file_of(database, clerk, lost.id)).state == "failed"


async def test_files_go_after_a_week(do: Do, database: Database, entry: MakeEntry, clerk: Actor) -> None:
    await do(operations.incoming.register_incoming, clerk, entry())
    wanted = await do(jobs.want_book, clerk, INCOMING_2026)
    await jobs.make_book_file(database, clerk.organ.id, wanted.id)
    stored_id = (await file_of(database, clerk, wanted.id)).stored_file_id
    for days, there in ((7, True), (8, False)):
        with clock.fixed_at(NOVEMBER + timedelta(days=days)):
            async with database.tenant(clerk.organ.id) as session:
                await jobs.forget_book_files(session)
                assert (await session.get(BookFile, (clerk.organ.id, wanted.id)) is not None) == there
                assert (await session.get(StoredFile, (clerk.organ.id, stored_id)) is not None) == there


async def test_a_book_too_long_for_one_file_says_so(
    database: Database, do: Do, entry: MakeEntry, clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await do(operations.incoming.register_incoming, clerk, entry())
    wanted = await do(jobs.want_book, clerk, INCOMING_2026)
    monkeypatch.setattr(store, "MAX_BYTES", 1000)
    await jobs.make_book_file(database, clerk.organ.id, wanted.id)
    failed = await file_of(database, clerk, wanted.id)
    assert "In sổ theo từng tháng" in failed.reason


async def test_the_pages_lead_from_the_order_to_the_file(
    database: Database, do: Do, entry: MakeEntry, sign_in: Any, clerk: Actor, specialist: Actor
) -> None:
    await do(operations.incoming.register_incoming, clerk, entry())
    at_clerk = await sign_in(clerk)
    wrong = await at_clerk.send("/van-ban/so/pdf", {"quyen": "den", "quyen-ky": "1999"})
    assert wrong.status_code == 422
    sent = await at_clerk.send("/van-ban/so/pdf", {"quyen": "den", "quyen-ky": "2026"})
    assert sent.status_code == 303
    path = sent.headers["location"]
    waits = await at_clerk.get(path)
    assert "data-preparing" in waits.text
    assert "Đang lập tệp PDF" in waits.text
    assert (await at_clerk.get(f"{path}/tep")).status_code == 404
    assert path in (await at_clerk.get("/van-ban/so")).text
    await jobs.make_book_file(database, clerk.organ.id, UUID(path.rsplit("/", 1)[1]))
    there = await at_clerk.get(path)
    assert "data-preparing" not in there.text
    assert f'href="{path}/tep"' in there.text
    file = await at_clerk.get(f"{path}/tep")
    assert file.headers["content-type"] == "application/pdf"
    assert file.content.startswith(b"%PDF")
    assert (await (await sign_in(specialist)).get(path)).status_code == 403
