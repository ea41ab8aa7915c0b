"""Whoever takes a file away stands in the trail of the organ: every route that answers one is asked for it."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar
from sqlalchemy import select
from tests.conftest import FindActor, Visit
from tests.isolation.test_routes import give_every_right

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.repository import LEAFING
from lienxa.platform.db.session import Database
from lienxa.platform.files import store
from lienxa.platform.files.models import PagePicture
from lienxa.platform.imports.models import ImportRun
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents.models import BookFile, BroughtPaper, Document, DocumentFile
from lienxa.tenants.documents.repository.document import seen_by
from lienxa.tenants.procedures.models import Case

PDF = b"%PDF-1.4\n" + b"x" * 100
# What answers bytes that are no file of the office.
_PAPER = "set from what its page shows; nothing that somebody brought"
NO_FILE = {
    "/api/v1/documents/book/closings/{closing_id}/sheet": _PAPER,
    "/api/v1/documents/book/closings/{closing_id}/supplement": _PAPER,
    "/api/v1/openapi.json": "the document of the API",
    "/api/v1/procedures/cases/{case_id}/forms/{form}": _PAPER,
    "/api/v1/procedures/cases/{case_id}/receipt": _PAPER,
    "/ban-giao/don-vi/{way}/{organ_id}/tep": _PAPER,
    "/ban-giao/{transfer_id}/tep": _PAPER,
    "/bao-cao/{period_id}/in/pdf": _PAPER,
    "/bieu-trung/{file_id}": "the emblem, for everybody",
    "/ho-so/{case_id}/giay-tiep-nhan/pdf": _PAPER,
    "/ho-so/{case_id}/phieu/{form}": _PAPER,
    "/lich/ics/{secret}": "a calendar that a telephone asks for all day",
    "/quan-tri/nhap-du-lieu/{import_kind}/mau.xlsx": "an empty table to fill in",
    "/tong-hop/in/pdf": _PAPER,
    "/tong-hop/tien-do/in/pdf": _PAPER,
    "/van-ban/so/doi-chieu/{comparison_id}/phieu-doi-chieu": _PAPER,
    "/van-ban/so/khoa-so/{closing_id}/to-khoa-so": _PAPER,
    "/van-ban/so/khoa-so/{closing_id}/phu-luc-bo-sung": _PAPER,
}

# A list that only organs have that handed over to each other: tests/tenants/office/test_handovers.py.
AFTER_A_MERGER = "/ban-giao/don-vi/{way}/{organ_id}/xuat"


def answering(app: Litestar, *said: str) -> Iterator[str]:
    """The paths of an organ's host whose handlers say that they answer one of these."""
    for route in app.routes:
        for handler, _kwargs in getattr(route, "route_handler_map", {}).values():
            returned = str(handler.fn.__annotations__.get("return"))
            if handler.opt.get("host", "organ") == "organ" and any(word in returned for word in said):
                yield route.path_format


def test_what_is_no_file_is_still_there(app: Litestar) -> None:
    assert NO_FILE.keys() <= set(answering(app, "[bytes]"))


def at(path: str, files: Mapping[str, str]) -> str:
    """The path with its parameters replaced."""
    for name, value in files.items():
        path = path.replace(f"{{{name}}}", value)
    return path


@pytest.fixture
async def reader(database: Database, busy_lam_son: Organ, actor_with: FindActor, owner_dsn: str) -> Actor:
    """Somebody of Lam Sơn who may do everything."""
    give_every_right(owner_dsn, busy_lam_son, "clerk")
    return await actor_with(busy_lam_son, "clerk")


@pytest.fixture
async def files(database: Database, busy_lam_son: Organ, reader: Actor) -> Mapping[str, str]:
    """A file wherever one can be: what each parameter of a path is to be."""
    async with database.tenant(busy_lam_son.id) as session:
        kept = await store.keep(session, reader, "mật.pdf", PDF)
        picture = await store.put(session, b"RIFF")
        for page in (1, 2):
            size = {"size": 4, "width": 1, "height": 1}
            session.add(PagePicture(stored_file_id=kept.id, page=page, sha256=picture, **size))
        document = (await session.scalars(select(Document).where(seen_by(reader)).limit(1))).one()
        on_document = DocumentFile(document_id=document.id, stored_file_id=kept.id, role="annex")
        case = (await session.scalars(select(Case).order_by(Case.id).limit(1))).one()
        case.result_file_id = kept.id
        book = BookFile(
            kind="den", period="2026", body_id=None, asked_by=reader.staff_id, post_id=reader.acting.id,
            asked_at=clock.now(), state="made", reason="", lines_done=1, line_count=1, stored_file_id=kept.id,
        )  # fmt: skip
        run = ImportRun(
            kind="can-bo", state="checked", file_name="a.xlsx", file_id=kept.id, faulty_file_id=kept.id,
            asked_by=reader.staff_id, post_id=reader.acting.id, asked_at=clock.now(),
        )  # fmt: skip
        brought = BroughtPaper(
            stored_file_id=kept.id, brought_by=reader.staff_id, brought_at=clock.now(), state="read", typed={},
            found={}, reason="",
        )  # fmt: skip
        session.add_all([on_document, book, run, brought])
        await session.flush()
        named = {"document_id": document.id, "file_id": on_document.id, "case_id": case.id}
        named |= {"book_file_id": book.id, "run_id": run.id, "paper_id": brought.id}
        return {name: str(value) for name, value in named.items()} | {"number": "2"}


async def lines(database: Database, organ: Organ, action: str) -> list[tuple[UUID | None, UUID | None, Any]]:
    async with database.tenant(organ.id) as session:
        query = select(AuditEvent.staff_id, AuditEvent.object_id, AuditEvent.detail["name"].astext)
        found = await session.execute(query.where(AuditEvent.action == action).order_by(AuditEvent.id))
        return [tuple(row) for row in found]


async def test_every_file_that_is_read_is_a_line_of_the_trail(
    app: Litestar, database: Database, visit: Visit, busy_lam_son: Organ, reader: Actor, files: Mapping[str, str]
) -> None:
    asked = sorted(path for path in answering(app, "[bytes]") if path not in NO_FILE)
    assert len(asked) >= 9
    for turn, path in enumerate(asked):
        before = await lines(database, busy_lam_son, "files.read")
        # Each some hours after the one before: who opened a file lately is not told of again for leafing in it.
        with clock.fixed_at(clock.now() + turn * 2 * LEAFING):
            answer = await (await visit(busy_lam_son, reader)).get(at(path, files))
        assert answer.status_code == 200, f"{path}: say in `files` how it is reached, or in NO_FILE why it is none"
        assert answer.content in (PDF, b"RIFF"), path
        new = (await lines(database, busy_lam_son, "files.read"))[len(before) :]
        assert [(who, name) for who, _thing, name in new] == [(reader.staff_id, "mật.pdf")], path
        assert str(new[0][1]) in files.values(), f"{path}: of which thing"


async def test_every_list_that_is_taken_away_is_a_line_too(
    app: Litestar,
    database: Database,
    visit: Visit,
    busy_lam_son: Organ,
    do_luong: Organ,
    reader: Actor,
    actor_with: FindActor,
) -> None:
    asked = sorted(path for path in answering(app, "Stream'") if path != AFTER_A_MERGER)
    assert len(asked) >= 5
    for path in asked:
        organ = do_luong if path.startswith("/tong-hop") else busy_lam_son
        visitor = await visit(organ, reader if organ is busy_lam_son else await actor_with(organ, "watcher"))
        before = await lines(database, organ, "web.export")
        assert (await visitor.get(path)).status_code == 200, path
        assert len(await lines(database, organ, "web.export")) == len(before) + 1, path


async def test_who_leafs_is_one_line_whatever_page_comes_first(
    database: Database, visit: Visit, busy_lam_son: Organ, reader: Actor, files: Mapping[str, str]
) -> None:
    """Pages are sent one by one; one that is asked for past the first is a file that was read all the same."""
    place = at("/van-ban/{document_id}/tep/{file_id}/trang/", files)
    before = await lines(database, busy_lam_son, "files.read")
    visitor = await visit(busy_lam_son, reader)
    for page in (2, 1, 2):
        assert (await visitor.get(f"{place}{page}")).status_code == 200
    assert len(await lines(database, busy_lam_son, "files.read")) == len(before) + 1
    with clock.fixed_at(clock.now() + 2 * LEAFING):
        assert (await (await visit(busy_lam_son, reader)).get(f"{place}2")).status_code == 200
    assert len(await lines(database, busy_lam_son, "files.read")) == len(before) + 2
