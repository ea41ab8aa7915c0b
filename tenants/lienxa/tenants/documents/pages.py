"""Both books, their forms, and the page of a document with its acts. The address of a book is its filter."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from lienxa.platform import clock
from lienxa.platform.access import grants
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.base import AnyRow
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput, NotFound
from lienxa.platform.files import pictures, store
from lienxa.platform.files.content import PDF, SHOWN_INLINE
from lienxa.platform.files.models import StoredFile
from lienxa.platform.module import SearchHit, Thing, WorkItem
from lienxa.platform.text import _
from lienxa.platform.web import export
from lienxa.platform.web.forms import FormReader, Upload
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.platform.web.page import Badge, TimelineLine, page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.tenants.documents import jobs, operations, papers, permissions, repository, rules
from lienxa.tenants.documents.models import BookFile, Document
from lienxa.tenants.documents.papers import BOOK_KINDS, period_title
from lienxa.tenants.documents.repository import Held
from lienxa.tenants.documents.rules import INCOMING, OUTGOING
from lienxa.tenants.documents.schemas import (
    Attachment,
    BookFilter,
    BookLine,
    BookOrder,
    Correction,
    Direction,
    Dispatch,
    Draft,
    FileEntry,
    IncomingEntry,
    Involved,
    PrintedBook,
    WorkLine,
)

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
_SEARCH_LIMIT = 20
BOOK_PATHS = {INCOMING: "/van-ban/den", OUTGOING: "/van-ban/di"}
# What can be done to several papers of a book: the act whose right it takes, the words, the page (selection.py).
SELECTION_PATH = "/van-ban/nhieu"
_BULK_ACTS: Mapping[str, Sequence[tuple[str, str, str, str]]] = {
    INCOMING: (
        (rules.PROPOSE, _("Đề xuất xử lý"), "de-xuat", "pencil"),
        (rules.DIRECT, _("Giao xử lý"), "chi-dao", "writing"),
        ("", _("In danh sách"), "in-den", "printer"),
    ),
    OUTGOING: (
        (rules.GIVE_NUMBER, _("Cấp số"), "cap-so", "rubber-stamp"),
        (rules.ISSUE, _("Phát hành"), "phat-hanh", "send"),
        ("", _("In danh sách"), "in-di", "printer"),
    ),
}

STATE_BADGES: Mapping[str, str] = {
    rules.REGISTERED: "warn",
    rules.PROPOSED: "warn",
    rules.DIRECTED: "info",
    rules.ANSWERED: "info",
    rules.DONE: "ok",
    rules.DRAFT: "neutral",
    rules.CONTENT_CHECK: "info",
    rules.FORM_CHECK: "info",
    rules.SUBMITTED: "warn",
    rules.RETURNED: "warn",
    rules.SIGNED: "info",
    rules.NUMBERED: "info",
    rules.ISSUED: "ok",
    rules.STRUCK: "neutral",
    rules.DISCARDED: "neutral",
}
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
# What the trail says in words; the places are filled from the detail of the event.
TOLD: Mapping[str, str] = {
    "documents.register": _("Vào sổ, số đến {number}."),
    "documents.correct": _("Sửa {field}: “{before}” thành “{after}”."),
    "documents.propose": _("Đề xuất giao {lead} chủ trì. {text}"),
    "documents.route": _("Chuyển thẳng {lead} theo quy chế làm việc. {text}"),
    "documents.direct": _("Giao {lead} chủ trì xử lý. {text}"),
    "documents.hand_over": _("Chuyển giao cho {receivers}."),
    "documents.acknowledge": _("{receiver} ký nhận."),
    "documents.answer": _("Soạn văn bản trả lời."),
    "documents.settle": _("Đã trả lời bằng văn bản {number}."),
    "documents.complete": _("Xử lý xong. {note}"),
    "documents.draft": _("Lập dự thảo."),
    "documents.revise": _("Sửa dự thảo."),
    "documents.attach": _("Thêm tệp {name}. {reason}"),
    "documents.attach_signed": _("Thêm bản đã ký, đóng dấu: {name}."),
    "documents.detach": _("Bỏ tệp {name}. {reason}"),
    "documents.submit": _("Trình dự thảo."),
    "documents.withdraw": _("Rút lại để sửa."),
    "documents.discard": _("Bỏ dự thảo: {reason}"),
    "documents.answer_discarded": _("Dự thảo trả lời đã bỏ, tiếp tục xử lý."),
    "documents.answer_struck": _("Văn bản trả lời {number} đã gạch sổ, tiếp tục xử lý."),
    "documents.check_content": _("Kiểm tra nội dung: đạt."),
    "documents.check_form": _("Kiểm tra thể thức: đạt."),
    "documents.return": _("Trả lại để sửa: {reason}"),
    "documents.return_signed": _("Trả lại khi đã ký, chưa cấp số: {reason}"),
    "documents.sign": _("Ký duyệt."),
    "documents.give_number": _("Cấp số {number}."),
    "documents.issue": _("Phát hành {number}."),
    "documents.note": _("Ghi sổ: số bản, nơi lưu, ghi chú."),
    "documents.strike": _("Gạch số {number}: {reason}"),
    "documents.enter_signed": _("Vào sổ kết quả hồ sơ một cửa, số {number}."),
    **grants.TOLD,
}
FIELD_TITLES: Mapping[str, str] = {
    "author_organ": _("tác giả"),
    "author_symbol": _("số, ký hiệu"),
    "doc_date": _("ngày văn bản"),
    "type_code": _("loại văn bản"),
    "abstract": _("trích yếu"),
    "urgency": _("độ khẩn"),
}
# What "Việc của tôi" calls the step that is due in each state.
WORK_ACTIONS: Mapping[str, str] = {
    rules.REGISTERED: _("Đề xuất xử lý"),
    rules.PROPOSED: _("Cho ý kiến chỉ đạo"),
    rules.DIRECTED: _("Xử lý"),
    rules.ANSWERED: _("Xem dự thảo"),
    rules.DRAFT: _("Trình"),
    rules.RETURNED: _("Sửa và trình lại"),
    rules.CONTENT_CHECK: _("Kiểm tra nội dung"),
    rules.FORM_CHECK: _("Kiểm tra thể thức"),
    rules.SUBMITTED: _("Ký duyệt"),
    rules.SIGNED: _("Cấp số"),
    rules.NUMBERED: _("Phát hành"),
}
# Who may take the step that is due; others with the paper in their list follow it.
_TAKES_STEP: Mapping[str, str] = {
    rules.REGISTERED: permissions.PROPOSE,
    rules.PROPOSED: permissions.DIRECT,
}


@dataclass(frozen=True)
class ShownLine:
    """A line of a book with what is worked out for its display."""

    line: BookLine
    type_name: str
    abstract: str
    state: Badge
    urgency: Badge | None
    late: bool
    struck: bool


@dataclass(frozen=True)
class ShownDocument:
    """A document with what is worked out for its display."""

    document: Document
    type_name: str
    abstract: str
    state: Badge
    urgency: Badge | None


# --- What the home page and the common search get -------------------------------------------------------------------


async def work_items(session: TenantSession, actor: Actor) -> list[WorkItem]:
    """The documents that wait for the person, in one statement; an organ above keeps no books here."""
    if actor.organ.is_parent:
        return []
    return [_work_item(actor, line) for line in await repository.work_lines(session, actor)]


def _work_item(actor: Actor, line: WorkLine) -> WorkItem:
    named = _("Số {number}: {abstract}", number=line.number_text, abstract=line.abstract)
    if line.to_acknowledge or line.to_hand_over:
        return _hand_over_item(line, named if line.number_text else line.abstract)
    own_check = line.state == rules.CONTENT_CHECK and rules.DRAFTER in line.relations
    elsewhere = line.state == rules.DIRECTED and not line.relations & {rules.LEAD, rules.CO}
    followed = own_check or elsewhere or (line.state in _TAKES_STEP and not actor.may(_TAKES_STEP[line.state]))
    return WorkItem(
        group="due" if line.due_on else "waiting",
        title=named if line.number_text else line.abstract,
        path=f"/van-ban/{line.id}",
        action=_("Theo dõi") if followed else WORK_ACTIONS[line.state],
        source=_("ở {lead}", lead=line.lead)
        if elsewhere
        else line.source
        or _("{name} soạn · {state}", name=line.entered_by, state=rules.state_title(line.state, line.body_system)),
        due_on=line.due_on,
        at=line.listed_at,
        when_label=_("từ {day:%d/%m}", day=clock.legal(line.listed_at)),
        followed=followed,
    )


def _hand_over_item(line: WorkLine, title: str) -> WorkItem:
    """The paper copy lies at the clerk, or with who is to sign for it."""
    return WorkItem(
        group="due" if line.due_on and line.to_acknowledge else "waiting",
        title=title,
        path=f"/van-ban/{line.id}",
        action=_("Ký nhận") if line.to_acknowledge else _("Chuyển giao"),
        source=line.source if line.to_acknowledge else _("cho {lead}", lead=line.lead),
        due_on=line.due_on if line.to_acknowledge else None,
        at=line.listed_at,
        when_label=_("từ {day:%d/%m}", day=clock.legal(line.listed_at)),
    )


async def shared(session: TenantSession, actor: Actor, document_id: UUID) -> Thing:
    """A document that the person may see, for the page of its grants."""
    document = (await repository.held(session, actor, document_id)).document
    return Thing(document.abstract, f"/van-ban/{document_id}", document.body_id)


async def search(session: TenantSession, actor: Actor, query: str) -> list[SearchHit]:
    """Documents that contain what was typed, with or without diacritics."""
    found = await repository.search(session, actor, query, _SEARCH_LIMIT)
    return [SearchHit(document.abstract, f"/van-ban/{document.id}", _hit_detail(document)) for document in found]


def _hit_detail(document: Document) -> str:
    state = rules.STATE_TITLES[document.state]
    if document.direction == OUTGOING:
        return f"{document.number_text} · {state}" if document.number_text else state
    symbol = f"{document.author_organ} {document.author_symbol}".strip()
    return _("Số đến {number} · {symbol} · {state}", number=document.number_text, symbol=symbol, state=state)


# --- Controllers ----------------------------------------------------------------------------------------------------


def keeps_books(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: an organ above its communes keeps no books here, so none of these addresses exists there."""
    organ = connection.scope["state"].get("organ")
    if organ is not None and organ.is_parent:
        raise NotFound


def file_answer(stored: StoredFile, content: bytes) -> Response[bytes]:
    """A file as browsers may have it (design: security, 4)."""
    shown = "inline" if stored.content_type in SHOWN_INLINE else "attachment"
    return Response(
        content,
        media_type=stored.content_type,
        headers={
            "content-disposition": f"{shown}; filename*=UTF-8''{quote(stored.name, safe='')}",
            "content-security-policy": "sandbox; default-src 'none'",
            "cache-control": "private, no-store",
        },
    )


class BookController(Controller):
    """Both books and the forms that add to them."""

    path = "/van-ban"
    guards = [keeps_books]

    @get("/den", operation_id="ShowIncomingBook")
    async def incoming(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The book of incoming documents (sổ văn bản đến)."""
        return await _book(request, session, actor, INCOMING)

    @get("/di", operation_id="ShowOutgoingBook")
    async def outgoing(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The book of outgoing documents (sổ văn bản đi), drafts included."""
        return await _book(request, session, actor, OUTGOING)

    @get("/den/xuat", operation_id="ExportIncomingBook")
    async def export_incoming(self, request: HtmlRequest, session: Db, actor: Me) -> Stream:
        """The incoming documents of the filter as a file for a spreadsheet."""
        return await _exported(request, session, actor, INCOMING)

    @get("/di/xuat", operation_id="ExportOutgoingBook")
    async def export_outgoing(self, request: HtmlRequest, session: Db, actor: Me) -> Stream:
        """The outgoing documents of the filter as a file for a spreadsheet."""
        return await _exported(request, session, actor, OUTGOING)

    @get("/so", operation_id="ShowBooks")
    async def books(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Which book to print, of whom and when."""
        return await _books(request, session, actor)

    @get("/so/in", operation_id="PrintBook")
    async def print_book(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """A part of a book as a sheet of paper."""
        return await _printed_book(request, session, actor)

    @post("/so/pdf", operation_id="OrderBookFile", status_code=303)
    async def order_book(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Let a whole book be made as one PDF in the background."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_books, request, session, actor, values=form.values)):
            wanted = await jobs.want_book(session, actor, await _read_order(session, actor, form))
        return redirect(request, f"{operations.BOOK_FILE_PATH}/{wanted.id}")

    @get("/so/pdf/{book_file_id:uuid}", operation_id="ShowBookFile")
    async def book_file(self, request: HtmlRequest, session: Db, actor: Me, book_file_id: FromPath[UUID]) -> Template:
        """How far the PDF of a book is; where it is to be had."""
        wanted = await operations.book_file(session, actor, book_file_id)
        bodies = {body.id: body.name for body in await people.bodies(session)}
        return page(
            request,
            "documents/book_file.html",
            title=BOOK_KINDS[wanted.kind],
            period=period_title(wanted.period),
            body=bodies[wanted.body_id] if wanted.body_id else _COMMON_BOOK,
            wanted=wanted,
            kept_days=operations.BOOK_FILE_KEPT.days,
        )

    @get("/so/pdf/{book_file_id:uuid}/tep", operation_id="ReadBookFile", opt={SENT_AS_IT_IS: True})
    async def read_book_file(self, session: Db, actor: Me, book_file_id: FromPath[UUID]) -> Response[bytes]:
        """The PDF of a whole book."""
        return file_answer(*await operations.read_book_file(session, actor, book_file_id))

    @get("/den/moi", operation_id="NewIncoming")
    async def new_incoming(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form for an incoming document."""
        actor.require(permissions.REGISTER)
        body = request.query_params.get("co-quan", "")
        values = {"urgency": "normal", "secrecy": "open", "body": body}
        return await _incoming_form(request, session, actor, values=values)

    @post("/den/moi", operation_id="RegisterIncoming", status_code=303)
    async def register(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Enter an incoming document into its book."""
        actor.require(permissions.REGISTER)
        form = FormReader(await request.form())
        async with shown_again(session, partial(_incoming_form, request, session, actor, values=form.values)):
            entry, file = await _read_entry(session, form)
            document = await operations.register_incoming(session, actor, entry, file)
        return redirect(
            request,
            f"/van-ban/{document.id}",
            notice=_("Đã vào sổ, số đến {number}.", number=document.number_text),
            next_label=_("Vào sổ văn bản tiếp theo"),
            next_path=_address("/van-ban/den/moi", {"co-quan": form.values["body"]}, ""),
        )

    @get("/di/moi", operation_id="NewDraft")
    async def new_draft(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form for an outgoing document."""
        actor.require(permissions.HANDLE)
        return await _draft_form(request, session, actor, action="/van-ban/di/moi")

    @post("/di/moi", operation_id="CreateDraft", status_code=303)
    async def create_draft(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Begin an outgoing document, and put it before its signer if asked to."""
        actor.require(permissions.HANDLE)
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_draft_form, request, session, actor, action="/van-ban/di/moi", values=form.values)
        ):
            draft, file, submit = await _read_draft(session, form)
            document = await operations.create_draft(session, actor, draft, file)
            return await _saved(request, session, actor, document, submit=submit)


class DocumentController(Controller):
    """One document: its page, its files and its acts."""

    path = "/van-ban/{document_id:uuid}"
    guards = [keeps_books]

    @get("/", operation_id="ShowDocument")
    async def show(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Template:
        """The paper, its facts, what happened to it, and what the person may do now."""
        return await _detail(request, session, actor, document_id)

    @get("/tep/{file_id:uuid}", operation_id="ReadDocumentFile", opt={SENT_AS_IT_IS: True})
    async def file(
        self, session: Db, actor: Me, document_id: FromPath[UUID], file_id: FromPath[UUID]
    ) -> Response[bytes]:
        """A file of the document."""
        stored = await repository.stored_file(session, actor, document_id, file_id)
        return file_answer(stored, await store.read(session, stored))

    @get("/tep/{file_id:uuid}/trang/{number:int}", operation_id="ReadDocumentPage", opt={SENT_AS_IT_IS: True})
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
        picture = await repository.page_picture(session, actor, document_id, file_id, number)
        tag = f'"{picture.sha256}"'
        unchanged = request.headers.get("if-none-match") == tag
        return Response(
            b"" if unchanged else await store.read(session, picture),
            status_code=304 if unchanged else 200,
            media_type=pictures.WEBP,
            headers={
                "etag": tag,
                "content-security-policy": "sandbox; default-src 'none'",
                "cache-control": "private, no-cache",
            },
        )

    @get("/de-xuat", operation_id="NewProposal")
    async def new_proposal(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Template:
        """The form for the office head's proposal, filled with what the clerk entered."""
        actor.require(permissions.PROPOSE)
        return await _handlers_form(request, session, actor, document_id, PROPOSAL)

    @post("/de-xuat", operation_id="ProposeHandling", status_code=303)
    async def propose(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Propose to the leader; the one-tap button sends the same form with what the clerk entered."""
        return await _give(request, session, actor, document_id, PROPOSAL)

    @get("/chuyen-thang", operation_id="NewRoute")
    async def new_route(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Template:
        """The form that passes a paper on without the leader."""
        actor.require(permissions.PROPOSE)
        return await _handlers_form(request, session, actor, document_id, ROUTE)

    @post("/chuyen-thang", operation_id="RouteDirectly", status_code=303)
    async def route(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Pass a paper on without the leader, by the working rules."""
        return await _give(request, session, actor, document_id, ROUTE)

    @get("/chi-dao", operation_id="NewDirection")
    async def new_direction(
        self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]
    ) -> Template:
        """The form for the leader's direction, filled with what was proposed or directed before."""
        actor.require(permissions.DIRECT)
        return await _handlers_form(request, session, actor, document_id, DIRECTION)

    @post("/chi-dao", operation_id="GiveDirection", status_code=303)
    async def direct(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Write the direction; the one-tap button sends the same form with what was proposed."""
        return await _give(request, session, actor, document_id, DIRECTION)

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
            await operations.hand_over(session, actor, document_id, receivers, received=received)
        return _back(request, document_id, _("Đã ghi chuyển giao."))

    @post("/ky-nhan/{hand_over_id:uuid}", operation_id="AcknowledgeDocument", status_code=303)
    async def acknowledge(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        document_id: FromPath[UUID],
        hand_over_id: FromPath[UUID],
    ) -> Redirect:
        """Sign for the paper."""
        await operations.acknowledge(session, actor, document_id, hand_over_id)
        return _back(request, document_id, _("Đã ký nhận."))

    @get("/sua-so", operation_id="EditEntry")
    async def edit_entry(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Template:
        """The form that mends a wrong entry of an incoming document."""
        actor.require(permissions.REGISTER)
        return await _correction_form(request, session, actor, document_id)

    @post("/sua-so", operation_id="CorrectEntry", status_code=303)
    async def correct(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Mend a wrong entry; the timeline keeps what stood there."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_correction_form, request, session, actor, document_id, values=form.values)
        ):
            await operations.correct(session, actor, document_id, _read_correction(form))
        return _back(request, document_id, _("Đã sửa trong sổ."))

    @post("/gach-so", operation_id="StrikeEntry", status_code=303)
    async def strike(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Strike a mistaken entry through; its number is never used again."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_detail, request, session, actor, document_id, values=form.values)):
            reason = form.text("struck_reason", _("Lý do gạch sổ"), required=True, max=300)
            form.check()
            await operations.strike(session, actor, document_id, reason)
        return _back(request, document_id, _("Đã gạch sổ. Số này không dùng lại."))

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
            await operations.attach(session, actor, document_id, file, role, reason)
        return _back(request, document_id, _("Đã thêm tệp."))

    @post("/dinh-kem/{file_id:uuid}/bo", operation_id="DetachFile", status_code=303)
    async def detach(
        self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID], file_id: FromPath[UUID]
    ) -> Redirect:
        """Take an annex away again."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_detail, request, session, actor, document_id, values=form.values)):
            reason = form.text("file_reason", _("Lý do"), max=300)
            form.check()
            await operations.detach(session, actor, document_id, file_id, reason)
        return _back(request, document_id, _("Đã bỏ tệp."))

    @post("/hoan-thanh", operation_id="CompleteIncoming", status_code=303)
    async def complete(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Close an incoming document that needs no answer."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_detail, request, session, actor, document_id, values=form.values)):
            note = form.text("note", _("Kết quả xử lý"), max=300)
            form.check()
            await operations.complete(session, actor, document_id, note)
        return _back(request, document_id, _("Đã ghi nhận xử lý xong."))

    @get("/tra-loi", operation_id="NewAnswer")
    async def new_answer(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Template:
        """The form for the draft of an answer, filled from the document that it answers."""
        actor.require(permissions.HANDLE)
        return await _answer_form(request, session, actor, document_id)

    @post("/tra-loi", operation_id="AnswerWithDraft", status_code=303)
    async def answer(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Begin the answer, and put it before its signer if asked to."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_answer_form, request, session, actor, document_id, values=form.values)
        ):
            draft, file, submit = await _read_draft(session, form)
            document = await operations.answer_with_draft(session, actor, document_id, draft, file)
            return await _saved(request, session, actor, document, submit=submit)

    @get("/sua", operation_id="EditDraft")
    async def edit(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Template:
        """The form that changes a draft."""
        actor.require(permissions.HANDLE)
        return await _revision_form(request, session, actor, document_id)

    @post("/sua", operation_id="ReviseDraft", status_code=303)
    async def revise(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Change a draft, and put it before its signer if asked to."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_revision_form, request, session, actor, document_id, values=form.values)
        ):
            draft, file, submit = await _read_draft(session, form)
            document = await operations.revise(session, actor, document_id, draft, file)
            return await _saved(request, session, actor, document, submit=submit)

    @post("/trinh-ky", operation_id="SubmitDraft", status_code=303)
    async def submit(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Send a draft on its way to the signature."""
        async with shown_again(session, partial(_revision_form, request, session, actor, document_id)):
            document = await operations.submit(session, actor, document_id)
        return _back(request, document_id, _submitted(document))

    @post("/rut-lai", operation_id="WithdrawDraft", status_code=303)
    async def withdraw(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Take one's own draft back before it is signed."""
        await operations.withdraw(session, actor, document_id)
        return _back(request, document_id, _("Đã rút dự thảo về để sửa."))

    @get("/bo-du-thao", operation_id="ConfirmDiscard")
    async def confirm_discard(
        self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]
    ) -> Template:
        """Ask whether the draft is to be given up, and why."""
        actor.require(permissions.HANDLE)
        return await _discard_form(request, session, actor, document_id)

    @post("/bo-du-thao", operation_id="DiscardDraft", status_code=303)
    async def discard(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Give one's own draft up; it stays readable."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_discard_form, request, session, actor, document_id, values=form.values)
        ):
            reason = form.text("reason", _("Lý do bỏ dự thảo"), required=True, max=300)
            form.check()
            await operations.discard(session, actor, document_id, reason)
        return _back(request, document_id, _("Đã bỏ dự thảo. Trang này vẫn xem lại được."))

    @post("/kiem-tra-noi-dung", operation_id="CheckContent", status_code=303)
    async def check_content(
        self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]
    ) -> Redirect:
        """Find the content in order, and with `form_too` the form as well."""
        form_too = FormReader(await request.form()).checked("form_too")
        await operations.check_content(session, actor, document_id, form_too=form_too)
        return _back(request, document_id, _("Đã ghi nhận, trình ký.") if form_too else _("Đã ghi nhận nội dung đạt."))

    @post("/kiem-tra-the-thuc", operation_id="CheckForm", status_code=303)
    async def check_form(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Find the form in order."""
        await operations.check_form(session, actor, document_id)
        return _back(request, document_id, _("Đã ghi nhận thể thức đạt, trình ký."))

    @get("/ky-thay", operation_id="ConfirmSigningInstead")
    async def confirm_signing(
        self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]
    ) -> Template:
        """Ask whether to sign what was put before somebody else."""
        actor.require(permissions.SIGN)
        held = await repository.held(session, actor, document_id)
        await _require_open(session, actor, held, rules.SIGN)
        name = await _named_signer(session, actor, held.document, [rules.SIGN])
        return page(request, "documents/sign_instead.html", document=held.document, named_signer=name)

    @post("/ky-duyet", operation_id="SignDocument", status_code=303)
    async def sign(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Sign."""
        await operations.sign(session, actor, document_id)
        return _back(request, document_id, _("Đã ký. Văn thư cấp số và phát hành."))

    @post("/tra-lai", operation_id="ReturnDraft", status_code=303)
    async def give_back(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Give a draft back to its drafter."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_detail, request, session, actor, document_id, values=form.values)):
            reason = form.text("reason", _("Lý do trả lại"), required=True, max=500)
            form.check()
            await operations.return_for_rework(session, actor, document_id, reason)
        return _back(request, document_id, _("Đã trả lại để sửa."))

    @post("/cap-so", operation_id="GiveNumber", status_code=303)
    async def give_number(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Give a signed document its number."""
        document = await operations.give_number(session, actor, document_id)
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
            document = await operations.issue(session, actor, document_id, _read_dispatch(form))
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
            await operations.note(session, actor, document_id, _read_dispatch(form))
        return _back(request, document_id, _("Đã ghi vào sổ."))


def _back(request: HtmlRequest, document_id: UUID, notice: str) -> Redirect:
    return redirect(
        request,
        f"/van-ban/{document_id}",
        notice=notice,
        next_label=_("Về việc của tôi"),
        next_path="/viec-cua-toi",
    )


async def _saved(
    request: HtmlRequest, session: TenantSession, actor: Actor, document: Document, *, submit: bool
) -> Redirect:
    if not submit:
        return _back(request, document.id, _("Đã lưu dự thảo."))
    await operations.submit(session, actor, document.id)
    return _back(request, document.id, _submitted(document))


def _submitted(document: Document) -> str:
    party = document.type_code.partition("/")[0] in rules.TYPE_SYSTEMS["party"]
    return _("Đã trình thẩm định.") if party else _("Đã trình kiểm tra nội dung.")


# --- Books ----------------------------------------------------------------------------------------------------------


async def _book(request: HtmlRequest, session: TenantSession, actor: Actor, direction: str) -> Template:
    bodies = await _reached_bodies(session, actor)
    chosen = _chosen(request)
    wanted = _wanted(chosen, bodies, direction)
    lines, following = await repository.book_page(session, actor, wanted)
    counts = await repository.count_views(session, actor, direction, wanted.body_id)
    path = BOOK_PATHS[direction]
    views = [
        (rules.VIEW_TITLES[view], _view_path(path, chosen, view), counts.get(view)) for view in rules.VIEWS[direction]
    ]
    return page(
        request,
        f"documents/{direction}.html",
        lines=[shown_line(line) for line in lines],
        chosen=chosen,
        views=views,
        view_path=_view_path(path, chosen, wanted.view),
        filtered=any(chosen[name] for name in ("co-quan", "xem", "trang-thai", "ky", "q")),
        bodies={body.code: body.name for body in bodies},
        states={state: rules.STATE_TITLES[state] for state in rules.STATES[direction]},
        periods={period: period_title(period) for period in await repository.periods(session, direction)},
        next_path=_address(path, chosen, following) if following else "",
        first_path=_address(path, chosen, "") if chosen["sau"] else "",
        may_print=actor.may(permissions.READ),
        may_add=actor.may(permissions.REGISTER if direction == INCOMING else permissions.HANDLE),
        body_filter=[body.code for body in bodies],
        bulk=_bulk_acts(actor, direction),
        export_path=export.export_path(request, f"{path}/xuat"),
    )


def _chosen(request: HtmlRequest) -> dict[str, str]:
    """What the address of a book says, by name."""
    names = ("co-quan", "xem", "trang-thai", "ky", "q", "sau")
    return {name: request.query_params.get(name, "")[:200] for name in names}


def _wanted(chosen: Mapping[str, str], bodies: Sequence[Body], direction: str) -> BookFilter:
    return BookFilter(
        direction=direction,
        body_id=next((body.id for body in bodies if body.code == chosen["co-quan"]), None),
        view=chosen["xem"] if chosen["xem"] in rules.VIEWS[direction] else rules.ALL,
        state=chosen["trang-thai"] if chosen["trang-thai"] in rules.STATES[direction] else "",
        period=chosen["ky"],
        words=chosen["q"],
        before=chosen["sau"],
    )


async def _exported(request: HtmlRequest, session: TenantSession, actor: Actor, direction: str) -> Stream:
    wanted = _wanted(_chosen(request), await _reached_bodies(session, actor), direction)

    async def read(part: TenantSession, before: str | None) -> tuple[list[export.Row], str | None]:
        following = msgspec.structs.replace(wanted, before=before or "")
        found, position = await repository.book_page(part, actor, following, export.PART)
        return [_exported_row(shown_line(line), direction) for line in found], position or None

    name = "van-ban-den" if direction == INCOMING else "van-ban-di"
    return export.spreadsheet(request, session, actor, name, _EXPORT_HEADS[direction], read)


_EXPORT_HEADS: Mapping[str, Sequence[str]] = {
    INCOMING: (
        _("Số đến"),
        _("Ngày đến"),
        _("Tác giả"),
        _("Số, ký hiệu"),
        _("Ngày văn bản"),
        _("Tên loại"),
        _("Trích yếu"),
        _("Cơ quan nhận"),
        _("Độ khẩn"),
        _("Người xử lý"),
        _("Hạn"),
        _("Trạng thái"),
    ),
    OUTGOING: (
        _("Số, ký hiệu"),
        _("Ngày"),
        _("Tên loại"),
        _("Trích yếu"),
        _("Cơ quan"),
        _("Độ khẩn"),
        _("Người ký"),
        _("Nơi nhận"),
        _("Trạng thái"),
    ),
}


def _exported_row(shown: ShownLine, direction: str) -> export.Row:
    line, urgency = shown.line, rules.URGENCIES[shown.line.urgency]
    if direction == OUTGOING:
        sent = (line.number_text, line.doc_date, shown.type_name, line.abstract, line.body_symbol, urgency)
        return (*sent, line.person, line.recipients, shown.state.text)
    came = (line.number_text, line.received_on, line.author_organ, line.author_symbol, line.doc_date)
    what = (shown.type_name, line.abstract, line.body_symbol, urgency)
    return (*came, *what, line.person, line.due_on, shown.state.text)


def _bulk_acts(actor: Actor, direction: str) -> list[tuple[str, str, str]]:
    """`(label, path, icon)` of what the person may do to several papers of a book; everybody may print."""
    return [
        (label, f"{SELECTION_PATH}/{step}", icon)
        for act, label, step, icon in _BULK_ACTS[direction]
        if not act or actor.may(rules.RIGHTS[act].permission)
    ]


def _view_path(path: str, chosen: Mapping[str, str], view: str) -> str:
    """A view of the book, in the body that is chosen; the other conditions begin anew."""
    kept = {"co-quan": chosen["co-quan"], "xem": "" if view == rules.ALL else view}
    return _address(path, kept, "")


def _address(path: str, chosen: Mapping[str, str], before: str) -> str:
    query = {name: value for name, value in {**chosen, "sau": before}.items() if value}
    return f"{path}?{urlencode(query)}" if query else path


def shown_line(line: BookLine) -> ShownLine:
    """A line of a book as lists and sheets show it."""
    type_name = rules.type_title(line.type_code, line.doc_date or line.received_on or clock.today())
    return ShownLine(
        line=line,
        type_name=type_name,
        abstract=rules.without_type(line.abstract, type_name),
        state=_state(line.state, line.body_system),
        urgency=_urgency(line.urgency),
        late=rules.is_late(line.due_on, line.state, clock.today()),
        struck=line.state in (rules.STRUCK, rules.DISCARDED),
    )


def shown_document(document: Document, system: str) -> ShownDocument:
    """A document as the lists of a selection show it; `system` is that of its body."""
    type_name = rules.type_title(document.type_code, document.doc_date or document.received_on or clock.today())
    return ShownDocument(
        document=document,
        type_name=type_name,
        abstract=rules.without_type(document.abstract, type_name),
        state=_state(document.state, system),
        urgency=_urgency(document.urgency),
    )


def _state(state: str, system: str) -> Badge:
    return Badge(STATE_BADGES[state], rules.state_title(state, system))


def _urgency(urgency: str) -> Badge | None:
    return None if urgency == "normal" else Badge("warn", rules.URGENCIES[urgency])


# --- Printed books --------------------------------------------------------------------------------------------------


async def _books(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    *,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    """The two ways to have a book on paper; `values` and `errors` are those of the second, the whole book as a file."""
    actor.require(permissions.READ)
    bodies = await _reached_bodies(session, actor)
    year = f"{clock.today().year}"
    return page(
        request,
        "documents/books.html",
        status=422 if errors else 200,
        kinds=BOOK_KINDS,
        bodies={body.code: body.name for body in bodies},
        common_book=_COMMON_BOOK,
        periods=await _book_periods(session),
        months={str(month): _("Tháng {month}", month=month) for month in range(1, 13)},
        values={"so": "di", "ky": year},
        whole={"quyen": "di", "quyen-ky": year} if values is None else values,
        errors=errors,
        files=[_shown_book_file(row) for row in await repository.book_files(session, actor)],
    )


async def _book_periods(session: TenantSession) -> dict[str, str]:
    found = {period for direction in (INCOMING, OUTGOING) for period in await repository.periods(session, direction)}
    return {period: period_title(period) for period in sorted(found, reverse=True)}


async def _read_order(session: TenantSession, actor: Actor, form: FormReader) -> BookOrder:
    bodies = {body.code: body.id for body in await _reached_bodies(session, actor)}
    kind = form.choice("quyen", _("Sổ"), BOOK_KINDS)
    body = form.choice("quyen-co-quan", _("Cơ quan"), bodies, required=False)
    period = form.choice("quyen-ky", _("Năm, nhiệm kỳ"), await _book_periods(session))
    form.check()
    return BookOrder(kind, period, bodies.get(body))


@dataclass(frozen=True)
class ShownBookFile:
    """A whole book that somebody has asked for as a file."""

    id: UUID
    title: str
    body: str
    asked_at: datetime
    state: Badge


def _shown_book_file(row: AnyRow) -> ShownBookFile:
    wanted: BookFile = row.BookFile
    title = f"{BOOK_KINDS[wanted.kind]}, {period_title(wanted.period).lower()}"
    return ShownBookFile(wanted.id, title, row.body or _COMMON_BOOK, wanted.asked_at, _BOOK_FILE_BADGES[wanted.state])


_COMMON_BOOK = _("Sổ chung của các cơ quan")
_BOOK_FILE_BADGES: Mapping[str, Badge] = {
    "making": Badge("info", _("Đang lập")),
    "made": Badge("ok", _("Đã lập xong")),
    "failed": Badge("warn", _("Chưa lập được")),
}


async def _printed_book(request: HtmlRequest, session: TenantSession, actor: Actor) -> Template:
    actor.require(permissions.READ)
    asked = {name: request.query_params.get(name, "")[:100] for name in ("so", "co-quan", "ky", "tu", "den", "sau")}
    kind = asked["so"] if asked["so"] in BOOK_KINDS else "di"
    bodies = await _reached_bodies(session, actor)
    body = next((body for body in bodies if body.code == asked["co-quan"]), None)
    first, last = rules.book_days(asked["ky"], asked["tu"], asked["den"], clock.today())
    wanted = PrintedBook(
        direction=papers.direction_of(kind),
        period=asked["ky"] or f"{clock.today().year}",
        first_day=first,
        last_day=last,
        body_id=body.id if body else None,
        after=asked["sau"],
    )
    lines, following = await repository.printed_lines(session, actor, wanted)
    party = body is not None and body.system == "party"
    return page(
        request,
        "documents/book_print.html",
        title=BOOK_KINDS[kind],
        body=body,
        party=party,
        period=period_title(wanted.period),
        first=first,
        last=last,
        whole=first == date.min,
        columns=papers.columns(kind, party=party),
        rows=papers.rows(kind, lines, party=party),
        next_path=_address("/van-ban/so/in", asked, following) if following else "",
    )


# --- Forms ----------------------------------------------------------------------------------------------------------


async def _incoming_form(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    *,
    values: Mapping[str, Any],
    errors: InvalidInput | None = None,
) -> Template:
    bodies = [body for body in await _reached_bodies(session, actor) if body.in_use]
    return page(
        request,
        "documents/register.html",
        status=422 if errors else 200,
        values=values,
        errors=errors,
        bodies={body.code: body.name for body in bodies},
        types=rules.type_options(rules.types_by_code(clock.today())),
        staff=await staff_options(session),
        urgencies=rules.URGENCIES,
        secrecies=rules.SECRECIES,
        repeated=_names_field(errors, "author_symbol"),
    )


async def _read_entry(session: TenantSession, form: FormReader) -> tuple[IncomingEntry, Attachment | None]:
    # Before anything else: of a secret document not even the fields are looked at.
    secrecy = form.choice("secrecy", _("Độ mật"), rules.SECRECIES)
    rules.refuse_secret(secrecy or "open")
    bodies = {body.code: body.id for body in await people.bodies(session) if body.in_use}
    body = form.choice("body", _("Cơ quan nhận"), bodies)
    author_organ = form.text("author_organ", _("Tác giả"), required=True, max=200)
    author_symbol = rules.plain_symbol(form.text("author_symbol", _("Số, ký hiệu"), max=50))
    doc_date = form.day("doc_date", _("Ngày văn bản"))
    type_code = form.choice("type", _("Loại văn bản"), rules.types_by_code(clock.today()))
    abstract = form.text("abstract", _("Trích yếu"), required=True)
    urgency = form.choice("urgency", _("Độ khẩn"), rules.URGENCIES)
    due_on = form.day("due_on", _("Hạn xử lý"))
    lead = form.uuid("lead", _("Đề xuất chuyển cho"))
    proposal = form.text("proposal", _("Nội dung đề xuất"))
    repeated = form.checked("repeated")
    file = _attachment(await form.upload("file", _("Tệp văn bản")))
    form.check()
    entry = IncomingEntry(
        body_id=bodies[body],
        author_organ=author_organ,
        author_symbol=author_symbol,
        doc_date=doc_date,
        type_code=type_code,
        abstract=abstract,
        urgency=urgency,
        secrecy=secrecy,
        due_on=due_on,
        proposed_lead_id=lead,
        proposal=proposal,
        repeated=repeated,
    )
    return entry, file


async def _draft_form(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    *,
    action: str,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | None = None,
    answers: Document | None = None,
    revises: Document | None = None,
) -> Template:
    """The form of a draft of one body, with that body's types and signers; until one is chosen, the choice of it."""
    bodies = await _drafting_bodies(session, actor, answers, revises)
    code = str((values or {}).get("body") or request.query_params.get("co-quan", ""))
    body = _drafting_body(bodies, code, answers)
    if body is None:
        return page(request, "documents/draft_body.html", action=action, errors=errors, answers=answers, bodies=bodies)
    today = clock.today()
    return page(
        request,
        "documents/draft.html",
        status=422 if errors else 200,
        action=action,
        values=_blank_draft(body, answers) if values is None else values,
        errors=errors,
        answers=answers,
        revises=revises,
        body=body,
        bodies=[(found.name, f"{action}?{urlencode({'co-quan': found.code})}", None) for found in bodies],
        here=f"{action}?{urlencode({'co-quan': body.code})}",
        types=rules.type_options(rules.issued_types(body.code, body.system, today), apart=False),
        signers=await _signer_options(session, body.id, today),
        congress=body.code == "party" and await repository.congress_sits(session, today),
        urgencies=rules.URGENCIES,
        secrecies=rules.SECRECIES,
    )


async def _drafting_bodies(
    session: TenantSession, actor: Actor, answers: Document | None, revises: Document | None
) -> list[Body]:
    """For which bodies the draft may be: those of the acting post, and the one that received what it answers."""
    bodies = await people.bodies(session)
    if revises is not None:
        return [body for body in bodies if body.id == revises.body_id]
    given = answers.body_id if answers is not None else None
    return [body for body in bodies if body.id == given or (body.in_use and body.id in actor.acting.body_ids)]


def _drafting_body(bodies: Sequence[Body], code: str, answers: Document | None) -> Body | None:
    """The body of that code, else the one that received what is answered, else the only one there is."""
    if len(bodies) == 1:
        return bodies[0]
    received = next((body for body in bodies if answers is not None and body.id == answers.body_id), None)
    return next((body for body in bodies if body.code == code), received)


def _blank_draft(body: Body, answers: Document | None) -> Mapping[str, Any]:
    filed = rules.filing_line(body.system)
    if answers is None:
        return {"urgency": "normal", "secrecy": "open", "recipients": filed}
    return {
        "type": "party/cong-van" if body.system == "party" else rules.OFFICIAL_LETTER,
        "abstract": _("Trả lời {symbol}: {abstract}", symbol=answers.author_symbol, abstract=answers.abstract),
        "recipients": f"{answers.author_organ};\n{filed}",
        "urgency": answers.urgency,
        "secrecy": "open",
    }


async def _answer_form(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    document_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    held = await repository.held(session, actor, document_id)
    await _require_open(session, actor, held, rules.ANSWER)
    return await _draft_form(
        request,
        session,
        actor,
        action=f"/van-ban/{document_id}/tra-loi",
        values=values,
        errors=errors,
        answers=held.document,
    )


async def _revision_form(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    document_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    held = await repository.held(session, actor, document_id)
    await _require_open(session, actor, held, rules.REVISE)
    document = held.document
    written = {
        "type": document.type_code,
        "abstract": document.abstract,
        "recipients": document.recipients,
        "signer": str(document.signer_id),
        "urgency": document.urgency,
        "secrecy": "open",
        "of_congress": document.of_congress,
    }
    return await _draft_form(
        request,
        session,
        actor,
        action=f"/van-ban/{document_id}/sua",
        values=written if values is None else values,
        errors=errors,
        revises=document,
    )


async def _discard_form(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    document_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    held = await repository.held(session, actor, document_id)
    await _require_open(session, actor, held, rules.DISCARD)
    return page(
        request,
        "documents/discard.html",
        status=422 if errors else 200,
        document=held.document,
        values=values,
        errors=errors,
    )


async def _read_draft(session: TenantSession, form: FormReader) -> tuple[Draft, Attachment | None, bool]:
    """The draft, its text, and whether to put it before the signer at once."""
    secrecy = form.choice("secrecy", _("Độ mật"), rules.SECRECIES)
    rules.refuse_secret(secrecy or "open")
    bodies = {body.code: body.id for body in await people.bodies(session)}
    body = form.choice("body", _("Cơ quan ban hành"), bodies)
    type_code = form.choice("type", _("Loại văn bản"), rules.types_by_code(clock.today()))
    abstract = form.text("abstract", _("Trích yếu"), required=True)
    recipients = form.text("recipients", _("Nơi nhận"), required=True, max=1000)
    signer = form.uuid("signer", _("Người ký"), required=True)
    urgency = form.choice("urgency", _("Độ khẩn"), rules.URGENCIES)
    of_congress = form.checked("of_congress")
    submit = form.text("then", _("Bước tiếp theo")) == "submit"
    file = _attachment(await form.upload("file", _("Tệp dự thảo")))
    form.check()
    assert signer is not None
    draft = Draft(
        body_id=bodies[body],
        type_code=type_code,
        abstract=abstract,
        recipients=recipients,
        signer_id=signer,
        urgency=urgency,
        secrecy=secrecy,
        of_congress=of_congress,
    )
    return draft, file, submit


@dataclass(frozen=True)
class HandlersForm:
    """A form that names who handles a paper: the act, its address, its words and its operation."""

    act: str
    path: str
    title: str
    text_label: str
    button: str
    notice: str
    operation: Callable[[TenantSession, Actor, UUID, Direction], Awaitable[Document]]


PROPOSAL = HandlersForm(
    rules.PROPOSE,
    "de-xuat",
    _("Đề xuất xử lý"),
    _("Nội dung đề xuất"),
    _("Trình lãnh đạo"),
    _("Đã trình lãnh đạo chỉ đạo."),
    operations.propose,
)
ROUTE = HandlersForm(
    rules.ROUTE,
    "chuyen-thang",
    _("Chuyển thẳng xử lý"),
    _("Nội dung chuyển"),
    _("Chuyển xử lý"),
    _("Đã chuyển xử lý."),
    operations.route,
)
DIRECTION = HandlersForm(
    rules.DIRECT,
    "chi-dao",
    _("Ý kiến chỉ đạo"),
    _("Ý kiến chỉ đạo"),
    _("Giao xử lý"),
    _("Đã giao xử lý."),
    operations.direct,
)


async def _give(
    request: HtmlRequest, session: TenantSession, actor: Actor, document_id: UUID, kind: HandlersForm
) -> Redirect:
    form = FormReader(await request.form())
    async with shown_again(
        session, partial(_handlers_form, request, session, actor, document_id, kind, values=form.values)
    ):
        await kind.operation(session, actor, document_id, _read_direction(form, kind))
    return _back(request, document_id, kind.notice)


async def _handlers_form(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    document_id: UUID,
    kind: HandlersForm,
    *,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    held = await repository.held(session, actor, document_id)
    await _require_open(session, actor, held, kind.act)
    return page(
        request,
        "documents/direction.html",
        status=422 if errors else 200,
        document=held.document,
        form=kind,
        values=await _named_handlers(session, held.document) if values is None else values,
        errors=errors,
        staff=await staff_options(session),
    )


async def _named_handlers(session: TenantSession, document: Document) -> Mapping[str, Any]:
    """Who handles the document; until somebody does, who is proposed."""
    handlers = await repository.involved(session, document.id)
    lead = next((person.staff_id for person in handlers if person.relation == rules.LEAD), None)
    co = [person.staff_id for person in handlers if person.relation == rules.CO]
    return {
        "lead": str(lead or document.proposed_lead_id or ""),
        "co": [str(staff_id) for staff_id in (co if lead else document.proposed_co_ids)],
        "text": document.direction_text or document.proposal_text,
        "due_on": f"{document.due_on:%d/%m/%Y}" if document.due_on else "",
    }


def _read_direction(form: FormReader, kind: HandlersForm) -> Direction:
    lead = form.uuid("lead", _("Chủ trì xử lý"), required=True)
    co_ids = form.uuids("co", _("Phối hợp"))
    text = form.text("text", kind.text_label)
    due_on = form.day("due_on", _("Hạn xử lý"))
    form.check()
    assert lead is not None
    return Direction(lead_id=lead, co_ids=co_ids, text=text, due_on=due_on)


async def _correction_form(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    document_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    document = (await repository.held(session, actor, document_id)).document
    if document.direction != INCOMING:
        raise NotFound
    written = {
        "author_organ": document.author_organ,
        "author_symbol": document.author_symbol,
        "doc_date": f"{document.doc_date:%d/%m/%Y}" if document.doc_date else "",
        "type": document.type_code,
        "abstract": document.abstract,
        "urgency": document.urgency,
        "secrecy": "open",
    }
    return page(
        request,
        "documents/correction.html",
        status=422 if errors else 200,
        document=document,
        values=written if values is None else values,
        errors=errors,
        types=rules.type_options(rules.types_by_code(clock.today())),
        urgencies=rules.URGENCIES,
        secrecies=rules.SECRECIES,
    )


def _read_correction(form: FormReader) -> Correction:
    secrecy = form.choice("secrecy", _("Độ mật"), rules.SECRECIES)
    rules.refuse_secret(secrecy or "open")
    correction = Correction(
        author_organ=form.text("author_organ", _("Tác giả"), required=True, max=200),
        author_symbol=rules.plain_symbol(form.text("author_symbol", _("Số, ký hiệu"), max=50)),
        doc_date=form.day("doc_date", _("Ngày văn bản")),
        type_code=form.choice("type", _("Loại văn bản"), rules.types_by_code(clock.today())),
        abstract=form.text("abstract", _("Trích yếu"), required=True),
        urgency=form.choice("urgency", _("Độ khẩn"), rules.URGENCIES),
        secrecy=secrecy,
    )
    form.check()
    return correction


def _read_dispatch(form: FormReader) -> Dispatch:
    dispatch = Dispatch(
        copies=form.integer("copies", _("Số lượng bản"), min=1, max=100_000),
        archive_receiver=form.text("archive_receiver", _("Đơn vị, người nhận bản lưu"), max=200),
        note=form.text("book_note", _("Ghi chú"), max=300),
    )
    form.check()
    return dispatch


async def _require_open(session: TenantSession, actor: Actor, held: Held, act: str) -> None:
    standing = await operations.standing(session, actor, held)
    rules.after(held.document.direction, held.document.state, act, standing)


async def _reached_bodies(session: TenantSession, actor: Actor) -> list[Body]:
    return [body for body in await people.bodies(session) if body.id in actor.acting.body_ids]


async def staff_options(session: TenantSession) -> dict[str, str]:
    """Who may handle papers, by given name, with the first of their posts: all but who only administers."""
    options: dict[str, str] = {}
    for row in await people.staff_with_posts(session):
        if row.role == "administrator":
            continue
        options.setdefault(str(row.staff_id), f"{row.full_name} - {row.title}")
    return options


async def _signer_options(session: TenantSession, body_id: UUID, on: date) -> dict[str, str]:
    """Who may sign for the body on that day, by rank, with the first of their posts in it."""
    options: dict[str, str] = {}
    for row in await repository.signers(session, on, body_id):
        options.setdefault(str(row.staff_id), f"{row.full_name} - {row.title}")
    return options


def _attachment(upload: Upload | None) -> Attachment | None:
    return Attachment(upload.name, upload.content) if upload else None


def _names_field(errors: InvalidInput | None, field: str) -> bool:
    return errors is not None and any(fault.field == field for fault in errors.fields)


# --- The page of a document -----------------------------------------------------------------------------------------


async def _detail(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    document_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    held = await repository.held(session, actor, document_id)
    document = held.document
    acts = await operations.acts_on(session, actor, held)
    taking_part = await repository.involved(session, document_id)
    hand_overs = await repository.hand_overs(session, document_id)
    files = await repository.files(session, document_id)
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
        state=_state(document.state, body.system),
        urgency=_urgency(document.urgency),
        late=rules.is_late(document.due_on, document.state, clock.today()),
        people=[(RELATION_TITLES[person.relation], person.name) for person in taking_part],
        files=[(_file_title(file, files), file, file.content_type in SHOWN_INLINE) for file in files],
        has_text=any(file.role == rules.MAIN for file in files),
        has_original=_has_original(files),
        paper=await _paper(session, request.query_params.get("tep", ""), files),
        addable={role: ADDED_FILES[role] for role in operations.may_add_files(actor, held)},
        approvals=await repository.sign_offs(session, document_id) if document.direction == OUTGOING else (),
        hand_overs=hand_overs,
        to_acknowledge=next(
            (given for given in hand_overs if given.staff_id == actor.staff_id and given.received_at is None), None
        ),
        receivers=_receivers(taking_part),
        keeps_book=keeps_book,
        opens_origin=bool(held.relations) or document.entered_by == actor.staff_id,
        related=[
            (found, _state(found.state, body.system)) for found in await repository.related(session, actor, document)
        ],
        acts=acts,
        primary=_primary(document, acts),
        waits_for=await _directors(session, document, acts),
        named_signer=await _named_signer(session, actor, document, acts),
        also_form=rules.CHECK_CONTENT in acts and actor.may(permissions.CHECK_FORM),
        proposed=await _proposed(session, document, acts),
        events=[told(event) for event in await timeline(session, document_id)][::-1],
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
    if rules.SIGN not in acts or document.signer_id is None or document.signer_id == actor.staff_id:
        return ""
    return (await repository.names(session, {document.signer_id}))[document.signer_id]


async def _directors(session: TenantSession, document: Document, acts: Sequence[str]) -> str:
    """For whoever proposed: the leaders of the body, one of whom directs."""
    if document.state != rules.PROPOSED or rules.PROPOSE not in acts or rules.DIRECT in acts:
        return ""
    leaders = await repository.signers(session, clock.today(), document.body_id)
    return ", ".join(dict.fromkeys(f"{row.full_name} ({row.title})" for row in leaders))


def _has_original(files: Sequence[FileEntry]) -> bool:
    return any(file.role == rules.SIGNED_ORIGINAL for file in files)


def _file_title(file: FileEntry, files: Sequence[FileEntry]) -> str:
    """What a file is: beside the signed original the text is the draft that was signed."""
    if file.role == rules.MAIN and _has_original(files):
        return _("Bản trước: dự thảo trình ký")
    return FILE_ROLES[file.role]


@dataclass(frozen=True)
class ShownPaper:
    """The file that is shown as pictures: `pages` are `(page, width, height)`, empty until they are made."""

    file: FileEntry
    kind: str
    pages: Sequence[Any]


async def _paper(session: TenantSession, wanted: str, files: Sequence[FileEntry]) -> ShownPaper | None:
    """The file that was chosen, else the signed original or the text; its pages are drawn on its first opening."""
    shown = next((file for file in files if str(file.id) == wanted), None)
    shown = shown or next((file for file in files if file.role in (rules.SIGNED_ORIGINAL, rules.MAIN)), None)
    if shown is None:
        return None
    if shown.content_type != PDF:
        return ShownPaper(shown, "picture" if shown.content_type in SHOWN_INLINE else "download", ())
    if shown.pictures == "none":
        await operations.want_pictures(session, shown)
    if shown.pictures == "made":
        return ShownPaper(shown, "pages", await pictures.of_file(session, shown.stored_id))
    return ShownPaper(shown, "failed" if shown.pictures == "failed" else "waiting", ())


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


async def _proposed(session: TenantSession, document: Document, acts: Sequence[str]) -> dict[str, Any] | None:
    """What one tap of the office head confirms or of the leader directs: the proposal as it stands."""
    kind = {rules.REGISTERED: PROPOSAL, rules.PROPOSED: DIRECTION}.get(document.state)
    concerned = rules.PROPOSE in acts or rules.DIRECT in acts
    if kind is None or not concerned or document.proposed_lead_id is None:
        return None
    known = await repository.names(session, {document.proposed_lead_id, *document.proposed_co_ids})
    name = known[document.proposed_lead_id]
    return {
        "path": kind.path,
        "name": name,
        "helpers": ", ".join(known[staff_id] for staff_id in document.proposed_co_ids),
        "form": {
            "lead": document.proposed_lead_id,
            "text": document.proposal_text or rules.usual_direction(name),
            "due_on": f"{document.due_on:%d/%m/%Y}" if document.due_on else "",
        },
        "co": [str(staff_id) for staff_id in document.proposed_co_ids],
    }


class _Missing(dict[str, Any]):
    """What an event does not tell is left out of its sentence."""

    def __missing__(self, _key: str) -> str:
        return ""


def told(event: AuditEvent) -> TimelineLine:
    detail = _Missing(event.detail)
    if "field" in detail:
        detail["field"] = FIELD_TITLES[detail["field"]]
    sentence = TOLD[event.action].format_map(detail).strip()
    if detail.get("alone"):
        sentence += " " + _("Người soạn tự kiểm tra vì không có người khác được giao việc này.")
    return TimelineLine(event.at, event.staff_name, event.post_title, sentence)
