"""Entering an incoming document from its file: the file is read, the form comes back filled, and the clerk looks."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.repository import record_page_read, record_read
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.files import store
from lienxa.platform.files.models import StoredFile
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.tenants.documents import jobs, operations, permissions, repository, rules
from lienxa.tenants.documents.models import BroughtPaper
from lienxa.tenants.documents.pages.common import Db, HtmlRequest, Me, attachment, file_answer, keeps_books
from lienxa.tenants.documents.pages.incoming import entered, incoming_form, read_entry
from lienxa.tenants.documents.pages.shown import ShownBrought, page_answer, shown_paper
from lienxa.tenants.documents.schemas import FileEntry

PATH = "/van-ban/den/cho-vao-so"
# What may have been typed before the file was brought; it goes before what the file says.
TYPED = (
    "body",
    "author_organ",
    "author_symbol",
    "doc_date",
    "type",
    "abstract",
    "urgency",
    "lead",
    "proposal",
    "due_on",
)
_USUAL: Mapping[str, str] = {"urgency": "normal", "secrecy": "open"}


class BroughtController(Controller):
    """Files that wait for being entered: bringing one, the form that it fills, giving it up."""

    path = "/van-ban/den"
    guards = [keeps_books]

    @post("/doc", operation_id="ReadIncomingFile", status_code=303)
    async def bring(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Read a file and lead to the form that it fills; what was typed so far goes with it."""
        actor.require(permissions.REGISTER)
        form = FormReader(await request.form())
        # Before anything else: of a secret document nothing is looked at.
        rules.refuse_secret(form.choice("secrecy", _("Độ mật"), rules.SECRECIES, required=False) or "open")
        typed = {field: form.text(field, field, max=10_000) for field in TYPED}
        async with shown_again(session, partial(incoming_form, request, session, actor, values=form.values)):
            file = attachment(await form.upload("file", _("Tệp văn bản"), required=True))
            form.check()
            assert file is not None
            paper = await jobs.bring_paper(session, actor, file, _without_usual(typed))
        return redirect(request, f"{PATH}/{paper.id}")

    @get("/cho-vao-so", operation_id="ListBroughtPapers")
    async def brought(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """What this person brought and has not entered yet."""
        actor.require(permissions.REGISTER)
        rows = await repository.brought.waiting(session, actor)
        return page(request, "documents/brought.html", path=PATH, rows=rows, kept_days=operations.brought.KEPT.days)

    @get("/cho-vao-so/{paper_id:str}", operation_id="ShowBroughtPaper")
    async def form(self, request: HtmlRequest, session: Db, actor: Me, paper_id: FromPath[UUID]) -> Template:
        """The form for an incoming document, filled with what was typed and what the file says."""
        actor.require(permissions.REGISTER)
        return await _form(request, session, actor, paper_id)

    @post("/cho-vao-so/{paper_id:str}", operation_id="RegisterBroughtPaper", status_code=303)
    async def enter(self, request: HtmlRequest, session: Db, actor: Me, paper_id: FromPath[UUID]) -> Redirect:
        """Enter the paper into its book, its file with it."""
        actor.require(permissions.REGISTER)
        form = FormReader(await request.form())
        async with shown_again(session, partial(_form, request, session, actor, paper_id, values=form.values)):
            entry, _file = await read_entry(session, form)
            document = await operations.brought.enter(session, actor, paper_id, entry)
        return entered(request, document, form.values["body"])

    @post("/cho-vao-so/{paper_id:str}/bo", operation_id="DropBroughtPaper", status_code=303)
    async def drop(self, request: HtmlRequest, session: Db, actor: Me, paper_id: FromPath[UUID]) -> Redirect:
        """Remove a file that shall not be entered."""
        actor.require(permissions.REGISTER)
        await operations.brought.drop(session, actor, paper_id)
        return redirect(request, PATH, notice=_("Đã bỏ tệp, không vào sổ."))

    @get("/cho-vao-so/{paper_id:str}/tep", operation_id="ReadBroughtFile", opt={SENT_AS_IT_IS: True})
    async def file(self, session: Db, actor: Me, paper_id: FromPath[UUID]) -> Response[bytes]:
        """The file."""
        _paper, stored = await repository.brought.brought(session, actor, paper_id)
        record_read(session, actor, "brought_paper", paper_id, stored.name)
        return file_answer(stored, await store.read(session, stored))

    @get("/cho-vao-so/{paper_id:str}/tep/trang/{number:str}", operation_id="ReadBroughtPage", opt={SENT_AS_IT_IS: True})
    async def page_picture(
        self, request: HtmlRequest, session: Db, actor: Me, paper_id: FromPath[UUID], number: FromPath[int]
    ) -> Response[bytes]:
        """The picture of one page of the file."""
        paper, stored = await repository.brought.brought(session, actor, paper_id)
        picture = await repository.brought.page_picture(session, paper, number)
        await record_page_read(session, actor, "brought_paper", paper_id, stored.name, number)
        return await page_answer(request, session, picture)


async def _form(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    paper_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    paper, stored = await repository.brought.brought(session, actor, paper_id)
    filled = {**_USUAL, **paper.found, **paper.typed} if values is None else values
    return await incoming_form(
        request, session, actor, values=filled, errors=errors, brought=await _shown(session, paper, stored, filled)
    )


async def _shown(
    session: TenantSession, paper: BroughtPaper, stored: StoredFile, filled: Mapping[str, Any]
) -> ShownBrought:
    entry = FileEntry(
        stored.id, rules.MAIN, stored.name, stored.size, stored.content_type, stored.id, stored.pictures,
        stored.page_count,
    )  # fmt: skip
    proposed = frozenset(field for field, found in paper.found.items() if filled.get(field) == found)
    return ShownBrought(
        paper,
        stored.sha256,
        await shown_paper(session, entry, f"{PATH}/{paper.id}/tep"),
        proposed,
        {field: _note(field, found, proposed) for field, found in paper.found.items()},
    )


def _note(field: str, found: str, proposed: frozenset[str]) -> str:
    if field in proposed:
        return _("Đọc từ tệp, xem lại.")
    titles: Mapping[str, Mapping[str, str]] = {"urgency": rules.URGENCIES}
    title = rules.type_title(found, clock.today()) if field == "type" else titles.get(field, {}).get(found, found)
    return _("Trong tệp ghi: {found}", found=title)


def _without_usual(typed: Mapping[str, str]) -> Mapping[str, str]:
    """What was typed, but for what stands in the form by itself: it must not go before what the file says."""
    return {field: value for field, value in typed.items() if value and _USUAL.get(field) != value}
