"""The page of a document, its files, and the acts whose forms stand on it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.audit.repository import record_page_read, record_read, timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.files import store
from lienxa.platform.files.content import SHOWN_INLINE
from lienxa.platform.succession import passages
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.web.suspended import WHILE_SUSPENDED
from lienxa.tenants.documents import operations, permissions, repository, rules
from lienxa.tenants.documents.models import Document
from lienxa.tenants.documents.pages.common import (
    BOOK_PATHS,
    Db,
    HtmlRequest,
    Me,
    back,
    file_answer,
    keeps_books,
    require_open,
)
from lienxa.tenants.documents.pages.incoming import proposed
from lienxa.tenants.documents.pages.shown import ShownPaper, page_answer, shown_paper, state_badge, urgency_badge
from lienxa.tenants.documents.pages.trail import told
from lienxa.tenants.documents.rules import INCOMING, OUTGOING
from lienxa.tenants.documents.schemas import Attachment, Dispatch, FileEntry, Involved

RELATION_TITLES: Mapping[str, str] = {
    rules.LEAD: _("Chủ trì xử lý"),
    rules.CO: _("Phối hợp"),
    rules.DRAFTER: _("Người soạn"),
    rules.SIGNER: _("Người ký"),
}
FILE_ROLES: Mapping[str, str] = {
    rules.MAIN: _("Văn bản"),
    rules.ANNEX: _("Phụ lục"),
    rules.SIGNED_ORIGINAL: _("Bản đã ký, đóng dấu"),
    rules.EARLIER: _("Bản trước"),
}
ADDED_FILES: Mapping[str, str] = {
    rules.ANNEX: _("Phụ lục, tài liệu kèm theo"),
    rules.MAIN: _("Văn bản chính (bản đang có được giữ lại)"),
    rules.SIGNED_ORIGINAL: _("Bản đã ký, đóng dấu"),
}


class DocumentController(Controller):
    """One document: its page, its files and the acts whose forms stand on its page."""

    path = "/van-ban/{document_id:str}"
    guards = [keeps_books]

    @get("/", operation_id="ShowDocument")
    async def show(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Template:
        """The paper, its facts, what happened to it, and what the person may do now."""
        return await _detail(request, session, actor, document_id)

    @get("/tep/{file_id:str}", operation_id="ReadDocumentFile", opt={SENT_AS_IT_IS: True})
    async def file(
        self, session: Db, actor: Me, document_id: FromPath[UUID], file_id: FromPath[UUID]
    ) -> Response[bytes]:
        """A file of the document."""
        stored = await repository.files.stored_file(session, actor, document_id, file_id)
        record_read(session, actor, "document", document_id, stored.name)
        return file_answer(stored, await store.read(session, stored))

    @get("/tep/{file_id:str}/trang/{number:str}", operation_id="ReadDocumentPage", opt={SENT_AS_IT_IS: True})
    async def page_picture(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        document_id: FromPath[UUID],
        file_id: FromPath[UUID],
        number: FromPath[int],
    ) -> Response[bytes]:
        """The picture of one page of a file. A browser may keep it, but asks each time whether it may show it."""
        picture, name = await repository.files.page_picture(session, actor, document_id, file_id, number)
        await record_page_read(session, actor, "document", document_id, name, number)
        return await page_answer(request, session, picture)

    @post("/chuyen-giao", operation_id="HandOverDocument", status_code=303)
    async def hand_over(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Give the paper on to people of the organ, or to somebody else by name."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_detail, request, session, actor, document_id, values=form.values)):
            receivers: dict[UUID | None, str] = dict.fromkeys(form.uuids("receivers", _("Người nhận")), "")
            if other := form.text("other", _("Đơn vị, người nhận khác"), max=200):
                receivers[None] = other
            received = form.checked("received")
            form.check()
            await operations.books.hand_over(session, actor, document_id, receivers, received=received)
        return back(request, document_id, _("Đã ghi chuyển giao."))

    @post("/ky-nhan/{hand_over_id:str}", operation_id="AcknowledgeDocument", status_code=303)
    async def acknowledge(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        document_id: FromPath[UUID],
        hand_over_id: FromPath[UUID],
    ) -> Redirect:
        """Sign for the paper."""
        await operations.books.acknowledge(session, actor, document_id, hand_over_id)
        return back(request, document_id, _("Đã ký nhận."))

    @post("/gach-so", operation_id="StrikeEntry", status_code=303)
    async def strike(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Strike a mistaken entry through; its number is never used again."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_detail, request, session, actor, document_id, values=form.values)):
            reason = form.text("struck_reason", _("Lý do gạch sổ"), required=True, max=300)
            form.check()
            await operations.books.strike(session, actor, document_id, reason)
        return back(request, document_id, _("Đã gạch sổ. Số này không dùng lại."))

    @post("/dinh-kem", operation_id="AttachFile", status_code=303)
    async def attach(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Add an annex, the text itself, or the paper as it was signed and sealed."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_detail, request, session, actor, document_id, values=form.values)):
            role = form.choice("role", _("Loại tệp"), ADDED_FILES)
            upload = await form.upload("file", _("Tệp"), required=True)
            reason = form.text("file_reason", _("Lý do"), max=300)
            form.check()
            assert upload is not None
            file = Attachment(upload.name, upload.content)
            await operations.files.attach(session, actor, document_id, file, role, reason)
        return back(request, document_id, _("Đã thêm tệp."))

    @post("/dinh-kem/{file_id:str}/bo", operation_id="DetachFile", status_code=303)
    async def detach(
        self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID], file_id: FromPath[UUID]
    ) -> Redirect:
        """Take an annex away again."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_detail, request, session, actor, document_id, values=form.values)):
            reason = form.text("file_reason", _("Lý do"), max=300)
            form.check()
            await operations.files.detach(session, actor, document_id, file_id, reason)
        return back(request, document_id, _("Đã bỏ tệp."))

    @post("/hoan-thanh", operation_id="CompleteIncoming", status_code=303)
    async def complete(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Close an incoming document that needs no answer."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_detail, request, session, actor, document_id, values=form.values)):
            note = form.text("note", _("Kết quả xử lý"), max=300)
            form.check()
            await operations.incoming.complete(session, actor, document_id, note)
        return back(request, document_id, _("Đã ghi nhận xử lý xong."))

    @post("/kiem-tra-noi-dung", operation_id="CheckContent", status_code=303)
    async def check_content(
        self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]
    ) -> Redirect:
        """Find the content in order, and with `form_too` the form as well."""
        form_too = FormReader(await request.form()).checked("form_too")
        await operations.drafts.check_content(session, actor, document_id, form_too=form_too)
        return back(request, document_id, _("Đã ghi nhận, trình ký.") if form_too else _("Đã ghi nhận nội dung đạt."))

    @post("/kiem-tra-the-thuc", operation_id="CheckForm", status_code=303)
    async def check_form(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Find the form in order."""
        await operations.drafts.check_form(session, actor, document_id)
        return back(request, document_id, _("Đã ghi nhận thể thức đạt, trình ký."))

    @get("/ky-thay", operation_id="ConfirmSigningInstead", opt={WHILE_SUSPENDED: False})
    async def confirm_signing(
        self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]
    ) -> Template:
        """Ask whether to sign what was put before somebody else."""
        actor.require(permissions.SIGN)
        held = await repository.document.held(session, actor, document_id)
        await require_open(session, actor, held, rules.SIGN)
        name = await _named_signer(session, actor, held.document, [rules.SIGN])
        return page(request, "documents/sign_instead.html", document=held.document, named_signer=name)

    @post("/ky-duyet", operation_id="SignDocument", status_code=303)
    async def sign(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Sign."""
        await operations.drafts.sign(session, actor, document_id)
        return back(request, document_id, _("Đã ký. Văn thư cấp số và phát hành."))

    @post("/tra-lai", operation_id="ReturnDraft", status_code=303)
    async def give_back(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Give a draft back to its drafter."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_detail, request, session, actor, document_id, values=form.values)):
            reason = form.text("reason", _("Lý do trả lại"), required=True, max=500)
            form.check()
            await operations.drafts.return_for_rework(session, actor, document_id, reason)
        return back(request, document_id, _("Đã trả lại để sửa."))

    @post("/cap-so", operation_id="GiveNumber", status_code=303)
    async def give_number(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Give a signed document its number."""
        document = await operations.issuing.give_number(session, actor, document_id)
        return redirect(
            request,
            f"/van-ban/{document_id}",
            notice=_("Đã cấp số {number}.", number=document.number_text),
            next_label=_("Văn bản khác chờ cấp số"),
            next_path=f"/van-ban/di?xem={rules.SIGNED}",
        )

    @post("/phat-hanh", operation_id="IssueDocument", status_code=303)
    async def issue(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Issue a numbered document, with the columns of the book that the clerk fills."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_detail, request, session, actor, document_id, values=form.values)):
            document = await operations.issuing.issue(session, actor, document_id, _read_dispatch(form))
        return redirect(
            request,
            f"/van-ban/{document_id}",
            notice=_("Đã phát hành {number}.", number=document.number_text),
            next_label=_("Văn bản khác chờ phát hành"),
            next_path=f"/van-ban/di?xem={rules.NUMBERED}",
        )

    @post("/ghi-so", operation_id="NoteInBook", status_code=303)
    async def note(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Fill the columns of the book that the clerk writes."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_detail, request, session, actor, document_id, values=form.values)):
            reason = form.text("change_reason", _("Lý do sửa sổ đã khóa"), max=300)
            await operations.books.note(session, actor, document_id, _read_dispatch(form), reason)
        return back(request, document_id, _("Đã ghi vào sổ."))


def _read_dispatch(form: FormReader) -> Dispatch:
    dispatch = Dispatch(
        copies=form.integer("copies", _("Số lượng bản"), min=1, max=100_000),
        archive_receiver=form.text("archive_receiver", _("Đơn vị, người nhận bản lưu"), max=200),
        note=form.text("book_note", _("Ghi chú"), max=300),
    )
    form.check()
    return dispatch


async def _detail(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    document_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    held = await repository.document.held(session, actor, document_id)
    document = held.document
    acts = await operations.acts.acts_on(session, actor, held)
    taking_part = await repository.document.involved(session, document_id)
    hand_overs = await repository.books.hand_overs(session, document_id)
    files = await repository.files.files(session, document_id)
    body = await session.find(Body, document.body_id)
    keeps_book = document.body_id in actor.acting.body_ids and actor.may(
        permissions.REGISTER if document.direction == INCOMING else permissions.ISSUE
    )
    return page(
        request,
        "documents/detail.html",
        status=422 if errors else 200,
        document=document,
        incoming=document.direction == INCOMING,
        party=body.system == "party",
        body=body,
        type_name=rules.type_title(document.type_code, document.doc_date or clock.today()),
        state=state_badge(document.state, body.system),
        urgency=urgency_badge(document.urgency),
        late=rules.is_late(document.due_on, document.state, clock.today()),
        people=[(RELATION_TITLES[person.relation], person.name) for person in taking_part],
        files=[(_file_title(file, files), file, file.content_type in SHOWN_INLINE) for file in files],
        has_text=any(file.role == rules.MAIN for file in files),
        has_original=_has_original(files),
        paper=await _paper(session, document_id, request.query_params.get("tep", ""), files),
        addable={role: ADDED_FILES[role] for role in operations.files.may_add_files(actor, held)},
        approvals=await repository.drafts.sign_offs(session, document_id) if document.direction == OUTGOING else (),
        hand_overs=hand_overs,
        to_acknowledge=next(
            (
                given
                for given in hand_overs
                if given.staff_id == actor.person("documents") and given.received_at is None
            ),
            None,
        ),
        receivers=_receivers(taking_part),
        keeps_book=keeps_book,
        closed_book=await operations.closing.closing_of(session, document) if keeps_book else None,
        opens_origin=bool(held.relations) or document.entered_by == actor.staff_id,
        related=[
            (found, state_badge(found.state, body.system))
            for found in await repository.document.related(session, actor, document)
        ],
        acts=acts,
        primary=_primary(document, acts),
        waits_for=await _directors(session, document, acts),
        named_signer=await _named_signer(session, actor, document, acts),
        also_form=rules.CHECK_CONTENT in acts and actor.may(permissions.CHECK_FORM),
        proposed=await proposed(session, document, acts),
        events=[told(event) for event in await timeline(session, document_id)][::-1],
        passages=await passages.of_thing(session, "document", document_id),
        book_path=BOOK_PATHS[document.direction],
        values=_book_columns(document) if values is None else values,
        errors=errors,
    )


def _primary(document: Document, acts: Sequence[str]) -> str:
    """The act to offer first, if one carries the work on: a proposal that was made waits for the leader."""
    waits = document.state == rules.PROPOSED and rules.DIRECT not in acts
    return acts[0] if acts and acts[0] != rules.STRIKE and not waits else ""


async def _named_signer(session: TenantSession, actor: Actor, document: Document, acts: Sequence[str]) -> str:
    """For whoever may sign instead of the one who was named: that name; else empty."""
    if rules.SIGN not in acts or document.signer_id is None or document.signer_id == actor.person("documents"):
        return ""
    return (await repository.document.names(session, {document.signer_id}))[document.signer_id]


async def _directors(session: TenantSession, document: Document, acts: Sequence[str]) -> str:
    """For whoever proposed: the leaders of the body, one of whom directs."""
    if document.state != rules.PROPOSED or rules.PROPOSE not in acts or rules.DIRECT in acts:
        return ""
    leaders = await repository.drafts.signers(session, clock.today(), document.body_id)
    return ", ".join(dict.fromkeys(f"{row.full_name} ({row.title})" for row in leaders))


def _has_original(files: Sequence[FileEntry]) -> bool:
    return any(file.role == rules.SIGNED_ORIGINAL for file in files)


def _file_title(file: FileEntry, files: Sequence[FileEntry]) -> str:
    """What a file is: beside the signed original the text is the draft that was signed."""
    if file.role == rules.MAIN and _has_original(files):
        return _("Bản trước: dự thảo trình ký")
    return FILE_ROLES[file.role]


async def _paper(
    session: TenantSession, document_id: UUID, wanted: str, files: Sequence[FileEntry]
) -> ShownPaper | None:
    """The file that was chosen, else the signed original or the text."""
    shown = next((file for file in files if str(file.id) == wanted), None)
    shown = shown or next((file for file in files if file.role in (rules.SIGNED_ORIGINAL, rules.MAIN)), None)
    return await shown_paper(session, shown, f"/van-ban/{document_id}/tep/{shown.id}") if shown else None


def _receivers(taking_part: Sequence[Involved]) -> dict[str, str]:
    """Who handles the paper: whom the clerk hands it over to."""
    handling = (rules.LEAD, rules.CO)
    return {str(person.staff_id): person.name for person in taking_part if person.relation in handling}


def _book_columns(document: Document) -> Mapping[str, Any]:
    return {
        "copies": document.copies or "",
        "archive_receiver": document.archive_receiver,
        "book_note": document.book_note,
    }
