"""From a file to an entry: the form comes back filled, marked, and nothing is entered before the clerk has seen it."""

import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.db.session import Database
from lienxa.platform.errors import InvalidInput, NotFound, SecretRefused
from lienxa.platform.files import store
from lienxa.platform.files.models import StoredFile
from lienxa.platform.reading import Line, Page, Reading
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents import operations, repository
from lienxa.tenants.documents.models import BroughtPaper, Document, DocumentFile
from lienxa.tenants.documents.schemas import Attachment

from .conftest import Do, MakeEntry
from .made_papers import made_papers, set_in_type

NEW, READ, WAITING = "/van-ban/den/moi", "/van-ban/den/doc", "/van-ban/den/cho-vao-so"
(PAPER,) = made_papers(1, ("letter",), seed=7)
FILE = Attachment("công văn.pdf", PAPER.pdf())
EMPTY = {"secrecy": "open", "urgency": "normal"}


@pytest.fixture(autouse=True)
def _a_day() -> Iterator[None]:
    with clock.fixed_at(clock.instant(date(2026, 11, 23), 8)):
        yield


def secret(mark: str) -> bytes:
    """A paper that bears a mark of secrecy. It has a head and nothing else."""
    return set_in_type(
        '#set text(font: "Tinos")\n#grid(columns: (40%, 60%), align(center)[UBND XÃ MINH TÂN \\ Số: 01/BC-UBND],'
        "align(center)[CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM \\ Minh Tân, ngày 05 tháng 11 năm 2026])\n\n"
        f"#box[{mark}]\n"
    )


async def send(client: Any, path: str, form: dict[str, str], file: Attachment | None = FILE) -> httpx.Response:
    fields = {"_csrf": client.csrf, "_once": str(ids.new_id()), **form}
    files = {"file": (file.name, file.content, "application/pdf")} if file else {"file": ("", b"", "application/pdf")}
    answer: httpx.Response = await client.http.post(path, data=fields, files=files)
    return answer


def field(page: str, name: str) -> str:
    """The whole field of that name."""
    found = re.search(rf'<div class="field[^>]*>(?:(?!<div class="field).)*?id="f-{name}".*?</div>', page, re.DOTALL)
    assert found is not None, name
    return found[0]


def value(page: str, name: str) -> str:
    """What stands in a field."""
    shown = field(page, name)
    for pattern in (
        r'<option value="([^"]+)" selected',
        r'name="[a-z_]+" value="([^"]*)"',
        r"<textarea[^>]*>\n(.*?)</textarea>",
    ):
        if found := re.search(pattern, shown, re.DOTALL):
            return found[1]
    return ""


async def stored(database: Database, organ: Organ) -> tuple[int, int]:
    """How many files and papers the organ has."""
    async with database.tenant(organ.id) as session:
        files = await session.scalar(select(func.count()).select_from(StoredFile))
        papers = await session.scalar(select(func.count()).select_from(BroughtPaper))
    return files or 0, papers or 0


async def test_the_form_comes_back_filled_and_marked(sign_in: Any, clerk: Actor, database: Database) -> None:
    client = await sign_in(clerk)
    sent = await send(
        client, READ, {**EMPTY, "body": "committee", "abstract": "Tôi đã gõ", "lead": str(clerk.staff_id)}
    )
    assert sent.status_code == 303, sent.text
    place = sent.headers["location"]
    page = (await client.get(place)).text
    expected = PAPER.expected
    assert expected.doc_date is not None
    for name, told in (
        ("author_symbol", expected.author_symbol),
        ("doc_date", f"{expected.doc_date:%d/%m/%Y}"),
        ("type", "state/cong-van"),
    ):
        assert value(page, name) == told
        assert "field-proposed" in field(page, name)
        assert "Đọc từ tệp" in field(page, name)
    # What was typed stays, and what the file says stands beside it.
    assert (value(page, "body"), value(page, "abstract"), value(page, "lead")) == (
        "committee",
        "Tôi đã gõ",
        str(clerk.staff_id),
    )
    assert "field-proposed" not in field(page, "abstract")
    assert f"Trong tệp ghi: {expected.abstract}" in field(page, "abstract")
    # Nothing is entered yet; the paper waits, and a reader of its own file finds it.
    async with database.tenant(clerk.organ.id) as session:
        assert not await session.scalar(select(func.count()).select_from(Document))
    assert place in (await client.get(WAITING)).text
    assert "1 tệp chờ vào sổ" in (await client.get(NEW)).text
    assert (await client.get(f"{place}/tep")).content == FILE.content


async def test_entering_takes_the_file_along(sign_in: Any, clerk: Actor, database: Database) -> None:
    client = await sign_in(clerk)
    place = (await send(client, READ, EMPTY)).headers["location"]
    form = {
        **EMPTY,
        "body": "committee",
        "author_organ": "Sở Nội vụ",
        "author_symbol": "1/SNV",
        "type": "state/cong-van",
    }
    refused = await client.send(place, form)
    assert refused.status_code == 422
    assert "Chưa nhập trích yếu" in refused.text
    assert value(refused.text, "author_organ") == "Sở Nội vụ"
    assert "field-proposed" not in field(refused.text, "author_organ")
    entered = await client.send(place, {**form, "abstract": "Về việc nghỉ lễ"})
    assert entered.status_code == 303, entered.text
    async with database.tenant(clerk.organ.id) as session:
        document = (await session.scalars(select(Document))).one()
        file = (await session.scalars(select(DocumentFile))).one()
    assert (document.abstract, document.author_symbol, file.role) == ("Về việc nghỉ lễ", "1/SNV", "main")
    assert file.document_id == document.id
    assert await stored(database, clerk.organ) == (1, 0)
    assert (await client.get(place)).status_code == 404
    assert (await client.send(place, {**form, "abstract": "Lần nữa"})).status_code == 404


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (None, "Chưa chọn tệp văn bản"),
        (Attachment("a.pdf", b""), "Tệp rỗng"),
        (Attachment("a.pdf", b"%PDF-1.7 nothing more"), "Tệp hỏng hoặc không phải PDF"),
        (Attachment("a.pdf", b"<html><script>alert(1)</script>\0"), "Loại tệp này không nhận được"),
        (Attachment("a.pdf", b"MZ\0\0%PDF-1.4"), "Loại tệp này không nhận được"),
    ],
    ids=["none", "empty", "broken", "other", "polyglot"],
)
async def test_a_bad_file_is_told_on_the_form_and_nothing_is_lost(
    sign_in: Any, clerk: Actor, database: Database, file: Attachment | None, said: str
) -> None:
    client = await sign_in(clerk)
    sent = await send(client, READ, {**EMPTY, "author_organ": "Sở Nội vụ"}, file)
    assert sent.status_code == 422
    assert said in field(sent.text, "file")
    assert value(sent.text, "author_organ") == "Sở Nội vụ"
    assert await stored(database, clerk.organ) == (0, 0)


async def test_a_scan_is_read_in_the_background_and_fills_what_was_not_typed(
    sign_in: Any, clerk: Actor, do: Do, database: Database
) -> None:
    client = await sign_in(clerk)
    scan = Attachment("quet.pdf", PAPER.scan(random.Random(1)))
    place = (await send(client, READ, {**EMPTY, "abstract": "Tôi đã gõ"}, scan)).headers["location"]
    page = (await client.get(place)).text
    assert "Đang đọc bản quét" in page
    assert "field-proposed" not in page
    assert "Đang đọc" in (await client.get(WAITING)).text
    paper_id = UUID(place.rpartition("/")[2])
    await do(read_scan, clerk, paper_id)
    page = (await client.get(place)).text
    assert "Đang đọc bản quét" not in page
    assert value(page, "author_symbol") == PAPER.expected.author_symbol
    assert "field-proposed" in field(page, "author_symbol")
    assert value(page, "abstract") == "Tôi đã gõ"


async def read_scan(session: Any, _actor: Actor, paper_id: UUID) -> None:
    await operations.brought.read_scan(session, paper_id)


async def test_a_scan_that_cannot_be_read_says_so(do: Do, clerk: Actor, database: Database) -> None:
    paper = await do(operations.brought.bring, clerk, Attachment("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40), {})
    assert paper.state == "reading"
    await do(read_scan, clerk, paper.id)
    async with database.tenant(clerk.organ.id) as session:
        read, _stored = await repository.brought.brought(session, clerk, paper.id)
    assert (read.state, read.found) == ("read", {})
    assert "hỏng" in read.reason


async def test_a_scan_that_was_entered_or_dropped_meanwhile_is_left_alone(do: Do, clerk: Actor) -> None:
    scan = Attachment("quet.pdf", PAPER.scan(random.Random(1)))
    paper = await do(operations.brought.bring, clerk, scan, {})
    await do(operations.brought.drop, clerk, paper.id)
    await do(read_scan, clerk, paper.id)


async def test_a_scan_with_a_mark_of_secrecy_is_purged_with_all_that_was_made_of_it(
    do: Do, clerk: Actor, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def recognised(_content: bytes, *, scan: bool = False) -> Reading:
        return Reading([Page(595, 842, [Line("MẬT", 90, 90, 130, 102)])] if scan else [], 1)

    monkeypatch.setattr("lienxa.platform.reading.read_aside", recognised)
    paper = await do(operations.brought.bring, clerk, FILE, {})
    async with database.tenant(clerk.organ.id) as session:
        kept = await session.get(StoredFile, (clerk.organ.id, paper.stored_file_id))
        assert kept is not None
    assert await store.content(clerk.organ.id, kept.sha256) == FILE.content
    await do(read_scan, clerk, paper.id)
    assert await stored(database, clerk.organ) == (0, 0)
    assert await store.content(clerk.organ.id, kept.sha256) is None
    async with database.tenant(clerk.organ.id) as session:
        told = (await session.scalars(select(AuditEvent).where(AuditEvent.action == "documents.purge"))).one()
    assert (told.object_id, told.detail) == (paper.id, {})


async def test_a_scan_whose_reading_came_to_nothing_is_given_up(do: Do, clerk: Actor, database: Database) -> None:
    paper = await do(operations.brought.bring, clerk, Attachment("quet.pdf", PAPER.scan(random.Random(1))), {})

    async def forget(session: Any, _actor: Actor) -> None:
        await operations.brought.forget(session)

    with clock.fixed_at(clock.now() + operations.brought.GIVEN_UP + timedelta(minutes=1)):
        await do(forget, clerk)
    async with database.tenant(clerk.organ.id) as session:
        found, _stored = await repository.brought.brought(session, clerk, paper.id)
    assert (found.state, "nhập tay" in found.reason) == ("read", True)


@pytest.mark.parametrize("mark", ["MẬT", "TUYỆT MẬT"])
async def test_a_paper_with_a_mark_of_secrecy_is_not_kept(do: Do, clerk: Actor, database: Database, mark: str) -> None:
    with pytest.raises(SecretRefused):
        await do(operations.brought.bring, clerk, Attachment("a.pdf", secret(mark)), {})
    assert await stored(database, clerk.organ) == (0, 0)


async def test_who_says_that_it_is_secret_is_refused_before_the_file_is_looked_at(
    sign_in: Any, clerk: Actor, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_arguments: Any) -> None:
        raise AssertionError("looked at")

    monkeypatch.setattr(operations.brought, "bring", never)
    client = await sign_in(clerk)
    assert "sổ đăng ký văn bản mật" in (await send(client, READ, {**EMPTY, "secrecy": "secret"})).text
    assert await stored(database, clerk.organ) == (0, 0)


async def test_a_second_copy_is_told_before_it_is_entered(sign_in: Any, clerk: Actor, do: Do, entry: MakeEntry) -> None:
    expected = PAPER.expected
    known = await do(
        operations.incoming.register_incoming,
        clerk,
        entry(author_organ=expected.author_organ, author_symbol=expected.author_symbol, doc_date=expected.doc_date),
    )
    client = await sign_in(clerk)
    page = (await client.get((await send(client, READ, EMPTY)).headers["location"])).text
    assert "Có thể đã vào sổ: số đến 1" in page
    assert f'href="/van-ban/{known.id}"' in page
    assert "Vẫn vào sổ: đây là văn bản khác" in page


async def test_the_very_file_is_known_whatever_was_typed(
    do: Do, clerk: Actor, entry: MakeEntry, database: Database
) -> None:
    known = await do(operations.incoming.register_incoming, clerk, entry(), FILE)
    paper = await do(operations.brought.bring, clerk, FILE, {})
    async with database.tenant(clerk.organ.id) as session:
        content = await session.get(StoredFile, (clerk.organ.id, paper.stored_file_id))
        assert content is not None
        found = await operations.brought.twins(session, clerk, {}, content.sha256)
    assert [document.id for document in found] == [known.id]


async def test_it_is_there_for_nobody_else(
    do: Do, clerk: Actor, office_head: Actor, giang_son_tay: Organ, actor_with: Any, visit: Any
) -> None:
    paper = await do(operations.brought.bring, clerk, FILE, {})
    strangers = (office_head, await actor_with(giang_son_tay, "clerk"))
    for stranger in strangers:
        with pytest.raises(NotFound):
            await do(operations.brought.drop, stranger, paper.id)
        client = await visit(stranger.organ, stranger)
        for path in ("", "/tep", "/tep/trang/1"):
            assert (await client.get(f"{WAITING}/{paper.id}{path}")).status_code in (403, 404)
        assert (await client.post(f"{WAITING}/{paper.id}", EMPTY)).status_code in (403, 404, 422)


async def test_what_is_dropped_or_forgotten_leaves_no_file(
    do: Do, clerk: Actor, database: Database, sign_in: Any
) -> None:
    client = await sign_in(clerk)
    place = (await send(client, READ, EMPTY)).headers["location"]
    assert (await client.send(f"{place}/bo", {})).status_code == 303
    assert await stored(database, clerk.organ) == (0, 0)
    await do(operations.brought.bring, clerk, FILE, {})

    async def forget(session: Any, _actor: Actor) -> None:
        await operations.brought.forget(session)

    with clock.fixed_at(clock.now() + operations.brought.KEPT - timedelta(minutes=1)):
        await do(forget, clerk)
        assert await stored(database, clerk.organ) == (1, 1)
    with clock.fixed_at(clock.now() + operations.brought.KEPT + timedelta(minutes=1)):
        await do(forget, clerk)
    assert await stored(database, clerk.organ) == (0, 0)


async def test_a_file_that_may_not_be_kept_is_not_read(do: Do, clerk: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_content: bytes) -> None:
        raise AssertionError("read")

    monkeypatch.setattr("lienxa.platform.reading.read_aside", never)
    for content in (b"", b"%PDF-" + bytes(25 * 1024 * 1024)):
        with pytest.raises(InvalidInput):
            await do(operations.brought.bring, clerk, Attachment("a.pdf", content), {})
