"""Documents below `/api/v1/documents`: the same operations as the pages, with the same rights."""

from dataclasses import dataclass
from typing import Annotated, Literal, cast
from uuid import UUID

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody, QueryParameter

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.files import store
from lienxa.platform.rest.admission import NEEDS
from lienxa.platform.rest.answers import SENDS, created
from lienxa.platform.rest.paging import Page, Window
from lienxa.platform.text import _
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.tenants.documents import operations, pages, permissions, repository, rules
from lienxa.tenants.documents.rules import INCOMING, OUTGOING
from lienxa.tenants.documents.schemas import (
    AttachedFile,
    Attachment,
    BodyCode,
    BookColumns,
    BookFilter,
    BookLine,
    Completion,
    ContentCheck,
    CorrectedEntry,
    Correction,
    Direction,
    Dispatch,
    Draft,
    GivenTo,
    Handing,
    HandlersNamed,
    Happened,
    IncomingEntry,
    ListedDocument,
    NewIncoming,
    Reason,
    ShownDocument,
    TakingPart,
    TypeOfDocument,
    WrittenDraft,
)

Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
Part = NamedDependency[Window]
BodyAsked = Annotated[
    Literal["party", "inspection", "council", "committee", "front", "unions"] | None,
    QueryParameter(name="body", description=_("Chỉ của cơ quan này")),
]
PeriodAsked = Annotated[
    str, QueryParameter(name="period", max_length=20, description=_("Năm `2026` hoặc nhiệm kỳ `2025-2030`"))
]
WordsAsked = Annotated[
    str, QueryParameter(name="q", max_length=200, description=_("Có những chữ này, có dấu hoặc không dấu"))
]


@dataclass(frozen=True)
class SentFile:
    """A file, and whether it is the text (`main`) or an annex."""

    file: UploadFile
    role: Literal["annex", "main"] = "annex"


class BookController(Controller):
    """Both books."""

    path = "/documents"
    guards = [pages.keeps_books]

    @get("/incoming", operation_id="ListIncoming", summary=_("Sổ văn bản đến"))
    async def incoming(
        self,
        session: Db,
        actor: Me,
        window: Part,
        of_body: BodyAsked = None,
        view: Annotated[
            Literal["all", "unassigned", "open", "late", "done"], QueryParameter(description=_("Phần của sổ"))
        ] = "all",
        period: PeriodAsked = "",
        words: WordsAsked = "",
    ) -> Response[Page[ListedDocument]]:
        """The incoming documents that the caller may see, latest first."""
        asked = BookFilter(INCOMING, await _body_id(session, of_body), view, period=period, words=words)
        return await _book(session, actor, window, asked)

    @post(
        "/incoming",
        operation_id="RegisterIncoming",
        summary=_("Vào sổ văn bản đến"),
        opt={NEEDS: permissions.REGISTER},
    )
    async def register(self, session: Db, actor: Me, data: JSONBody[NewIncoming]) -> Response[ShownDocument]:
        """Enter an incoming document into its book; its file follows by itself."""
        document = await operations.register_incoming(session, actor, await _entry(session, data))
        return created(f"/documents/{document.id}", await _shown(session, actor, document.id))

    @get("/outgoing", operation_id="ListOutgoing", summary=_("Sổ văn bản đi, kể cả dự thảo"))
    async def outgoing(
        self,
        session: Db,
        actor: Me,
        window: Part,
        of_body: BodyAsked = None,
        view: Annotated[
            Literal["all", "making", "signed", "numbered", "issued"], QueryParameter(description=_("Phần của sổ"))
        ] = "all",
        period: PeriodAsked = "",
        words: WordsAsked = "",
    ) -> Response[Page[ListedDocument]]:
        """The outgoing documents that the caller may see, latest first."""
        asked = BookFilter(OUTGOING, await _body_id(session, of_body), view, period=period, words=words)
        return await _book(session, actor, window, asked)

    @post(
        "/outgoing", operation_id="CreateDraft", summary=_("Soạn dự thảo văn bản đi"), opt={NEEDS: permissions.HANDLE}
    )
    async def create_draft(self, session: Db, actor: Me, data: JSONBody[WrittenDraft]) -> Response[ShownDocument]:
        """Begin an outgoing document."""
        document = await operations.create_draft(session, actor, await _draft(session, data))
        return created(f"/documents/{document.id}", await _shown(session, actor, document.id))

    @get("/types", operation_id="ListDocumentTypes", summary=_("Các loại văn bản dùng được hôm nay"))
    async def types(self) -> list[TypeOfDocument]:
        """The types by code."""
        return [TypeOfDocument(code, found.name) for code, found in rules.types_by_code(clock.today()).items()]


class DocumentController(Controller):
    """One document, its files and its acts. Each act answers with the document after it."""

    path = "/documents/{document_id:uuid}"
    guards = [pages.keeps_books]

    @get("/", operation_id="GetDocument", summary=_("Một văn bản"))
    async def show(self, session: Db, actor: Me, document_id: FromPath[UUID]) -> ShownDocument:
        """A document with its people, its files and what the caller may do with it."""
        return await _shown(session, actor, document_id)

    @get("/timeline", operation_id="GetDocumentTimeline", summary=_("Diễn biến xử lý"))
    async def timeline(self, session: Db, actor: Me, document_id: FromPath[UUID]) -> list[Happened]:
        """What was done to it, oldest first."""
        await repository.held(session, actor, document_id, related=False)
        return [_happened(event) for event in await timeline(session, document_id)]

    @get(
        "/files/{file_id:uuid}",
        operation_id="ReadFile",
        summary=_("Nội dung một tệp"),
        opt={SENT_AS_IT_IS: True, SENDS: store.OFFICE_TYPES},
    )
    async def file(
        self, session: Db, actor: Me, document_id: FromPath[UUID], file_id: FromPath[UUID]
    ) -> Response[bytes]:
        """A file of the document, as it was sent."""
        stored = await repository.stored_file(session, actor, document_id, file_id)
        return pages.file_answer(stored, await store.read(session, stored))

    @post("/files", operation_id="AttachFile", summary=_("Thêm tệp"))
    async def attach(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: MultipartBody[SentFile]
    ) -> Response[ShownDocument]:
        """Add an annex, or the text itself."""
        file = Attachment(data.file.filename, await data.file.read())
        await operations.attach(session, actor, document_id, file, data.role)
        return created(f"/documents/{document_id}", await _shown(session, actor, document_id))

    @delete("/files/{file_id:uuid}", operation_id="DetachFile", summary=_("Bỏ một phụ lục"))
    async def detach(self, session: Db, actor: Me, document_id: FromPath[UUID], file_id: FromPath[UUID]) -> None:
        """Take an annex away again."""
        await operations.detach(session, actor, document_id, file_id)

    @post(
        "/propose",
        operation_id="ProposeHandling",
        summary=_("Đề xuất xử lý"),
        status_code=200,
        opt={NEEDS: permissions.PROPOSE},
    )
    async def propose(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[HandlersNamed]
    ) -> ShownDocument:
        """Propose to the leader who handles it."""
        await operations.propose(session, actor, document_id, _direction(data))
        return await _shown(session, actor, document_id)

    @post(
        "/route",
        operation_id="RouteDirectly",
        summary=_("Chuyển thẳng xử lý theo quy chế"),
        status_code=200,
        opt={NEEDS: permissions.PROPOSE},
    )
    async def route(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[HandlersNamed]
    ) -> ShownDocument:
        """Pass it on without the leader."""
        await operations.route(session, actor, document_id, _direction(data))
        return await _shown(session, actor, document_id)

    @post(
        "/direct",
        operation_id="GiveDirection",
        summary=_("Cho ý kiến chỉ đạo"),
        status_code=200,
        opt={NEEDS: permissions.DIRECT},
    )
    async def direct(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[HandlersNamed]
    ) -> ShownDocument:
        """Write the direction."""
        await operations.direct(session, actor, document_id, _direction(data))
        return await _shown(session, actor, document_id)

    @post(
        "/hand-over",
        operation_id="HandOverDocument",
        summary=_("Chuyển giao"),
        status_code=200,
        opt={NEEDS: permissions.REGISTER},
    )
    async def hand_over(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[Handing]
    ) -> ShownDocument:
        """Give it on to people."""
        await operations.hand_over(session, actor, document_id, _receivers(data), received=data.received)
        return await _shown(session, actor, document_id)

    @post(
        "/correct",
        operation_id="CorrectEntry",
        summary=_("Sửa trong sổ văn bản đến"),
        status_code=200,
        opt={NEEDS: permissions.REGISTER},
    )
    async def correct(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[CorrectedEntry]
    ) -> ShownDocument:
        """Mend a wrong entry."""
        await operations.correct(session, actor, document_id, _correction(data))
        return await _shown(session, actor, document_id)

    @post("/strike", operation_id="StrikeEntry", summary=_("Gạch sổ"), status_code=200, opt={NEEDS: permissions.STRIKE})
    async def strike(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[Reason]
    ) -> ShownDocument:
        """Strike a mistaken entry through."""
        await operations.strike(session, actor, document_id, data.reason)
        return await _shown(session, actor, document_id)

    @post(
        "/complete",
        operation_id="CompleteIncoming",
        summary=_("Xử lý xong, không cần trả lời"),
        status_code=200,
        opt={NEEDS: permissions.HANDLE},
    )
    async def complete(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[Completion]
    ) -> ShownDocument:
        """Close an incoming document."""
        await operations.complete(session, actor, document_id, data.note)
        return await _shown(session, actor, document_id)

    @post(
        "/revise",
        operation_id="ReviseDraft",
        summary=_("Sửa dự thảo"),
        status_code=200,
        opt={NEEDS: permissions.HANDLE},
    )
    async def revise(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[WrittenDraft]
    ) -> ShownDocument:
        """Change a draft."""
        await operations.revise(session, actor, document_id, await _draft(session, data))
        return await _shown(session, actor, document_id)

    @post(
        "/submit",
        operation_id="SubmitDraft",
        summary=_("Trình dự thảo"),
        status_code=200,
        opt={NEEDS: permissions.HANDLE},
    )
    async def submit(self, session: Db, actor: Me, document_id: FromPath[UUID]) -> ShownDocument:
        """Send a draft on its way to the signature."""
        await operations.submit(session, actor, document_id)
        return await _shown(session, actor, document_id)

    @post(
        "/withdraw",
        operation_id="WithdrawDraft",
        summary=_("Rút dự thảo về để sửa"),
        status_code=200,
        opt={NEEDS: permissions.HANDLE},
    )
    async def withdraw(self, session: Db, actor: Me, document_id: FromPath[UUID]) -> ShownDocument:
        """Take a draft back before it is signed."""
        await operations.withdraw(session, actor, document_id)
        return await _shown(session, actor, document_id)

    @post(
        "/discard",
        operation_id="DiscardDraft",
        summary=_("Bỏ dự thảo"),
        status_code=200,
        opt={NEEDS: permissions.HANDLE},
    )
    async def discard(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[Reason]
    ) -> ShownDocument:
        """Give a draft up."""
        await operations.discard(session, actor, document_id, data.reason)
        return await _shown(session, actor, document_id)

    @post(
        "/check-content",
        operation_id="CheckContent",
        summary=_("Kiểm tra nội dung: đạt"),
        status_code=200,
        opt={NEEDS: permissions.CHECK_CONTENT},
    )
    async def check_content(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[ContentCheck]
    ) -> ShownDocument:
        """Find the content in order."""
        await operations.check_content(session, actor, document_id, form_too=data.form_too)
        return await _shown(session, actor, document_id)

    @post(
        "/check-form",
        operation_id="CheckForm",
        summary=_("Kiểm tra thể thức: đạt"),
        status_code=200,
        opt={NEEDS: permissions.CHECK_FORM},
    )
    async def check_form(self, session: Db, actor: Me, document_id: FromPath[UUID]) -> ShownDocument:
        """Find the form in order."""
        await operations.check_form(session, actor, document_id)
        return await _shown(session, actor, document_id)

    @post("/sign", operation_id="SignDocument", summary=_("Ký duyệt"), status_code=200, opt={NEEDS: permissions.SIGN})
    async def sign(self, session: Db, actor: Me, document_id: FromPath[UUID]) -> ShownDocument:
        """Sign."""
        await operations.sign(session, actor, document_id)
        return await _shown(session, actor, document_id)

    @post("/return", operation_id="ReturnDraft", summary=_("Trả lại để sửa"), status_code=200)
    async def give_back(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[Reason]
    ) -> ShownDocument:
        """Give a draft back to its drafter."""
        await operations.return_for_rework(session, actor, document_id, data.reason)
        return await _shown(session, actor, document_id)

    @post(
        "/give-number", operation_id="GiveNumber", summary=_("Cấp số"), status_code=200, opt={NEEDS: permissions.NUMBER}
    )
    async def give_number(self, session: Db, actor: Me, document_id: FromPath[UUID]) -> ShownDocument:
        """Give a signed document its number."""
        await operations.give_number(session, actor, document_id)
        return await _shown(session, actor, document_id)

    @post(
        "/issue", operation_id="IssueDocument", summary=_("Phát hành"), status_code=200, opt={NEEDS: permissions.ISSUE}
    )
    async def issue(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[BookColumns]
    ) -> ShownDocument:
        """Issue a numbered document."""
        await operations.issue(session, actor, document_id, _dispatch(data))
        return await _shown(session, actor, document_id)

    @post("/note", operation_id="NoteInBook", summary=_("Ghi các cột của sổ"), status_code=200)
    async def note(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[BookColumns]
    ) -> ShownDocument:
        """Fill the columns of the book."""
        await operations.note(session, actor, document_id, _dispatch(data))
        return await _shown(session, actor, document_id)

    @post(
        "/hand-overs/{hand_over_id:uuid}/acknowledge",
        operation_id="AcknowledgeDocument",
        summary=_("Ký nhận"),
        status_code=200,
    )
    async def acknowledge(
        self, session: Db, actor: Me, document_id: FromPath[UUID], hand_over_id: FromPath[UUID]
    ) -> ShownDocument:
        """Sign for the paper."""
        await operations.acknowledge(session, actor, document_id, hand_over_id)
        return await _shown(session, actor, document_id)

    @post("/answer", operation_id="AnswerWithDraft", summary=_("Soạn văn bản trả lời"), opt={NEEDS: permissions.HANDLE})
    async def answer(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[WrittenDraft]
    ) -> Response[ShownDocument]:
        """Begin the answer to an incoming document."""
        document = await operations.answer_with_draft(session, actor, document_id, await _draft(session, data))
        return created(f"/documents/{document.id}", await _shown(session, actor, document.id))


async def _body_id(session: TenantSession, code: str | None) -> UUID | None:
    return None if code is None else await _known_body(session, code)


async def _known_body(session: TenantSession, code: str) -> UUID:
    for body in await people.bodies(session):
        if body.code == code:
            return body.id
    raise InvalidInput.of("body", _("Đơn vị không có cơ quan này."), _("Xem các cơ quan ở /api/v1/office/bodies."))


async def _entry(session: TenantSession, sent: NewIncoming) -> IncomingEntry:
    # Before anything else, as on the page: of a secret document nothing is looked at.
    rules.refuse_secret(sent.secrecy)
    return IncomingEntry(
        body_id=await _known_body(session, sent.body),
        author_organ=sent.author_organ,
        author_symbol=rules.plain_symbol(sent.author_symbol),
        doc_date=sent.doc_date,
        type_code=sent.type,
        abstract=sent.abstract,
        urgency=sent.urgency,
        secrecy=sent.secrecy,
        due_on=sent.due_on,
        proposed_lead_id=sent.lead,
        proposal=sent.proposal,
        repeated=sent.repeated,
    )


async def _draft(session: TenantSession, sent: WrittenDraft) -> Draft:
    rules.refuse_secret(sent.secrecy)
    return Draft(
        body_id=await _known_body(session, sent.body),
        type_code=sent.type,
        abstract=sent.abstract,
        recipients=sent.recipients,
        signer_id=sent.signer,
        urgency=sent.urgency,
        secrecy=sent.secrecy,
        of_congress=sent.of_congress,
    )


def _direction(sent: HandlersNamed) -> Direction:
    return Direction(sent.lead, sent.co, sent.text, sent.due_on)


def _receivers(sent: Handing) -> dict[UUID | None, str]:
    receivers: dict[UUID | None, str] = dict.fromkeys(sent.receivers, "")
    return {**receivers, None: sent.other} if sent.other else receivers


def _correction(sent: CorrectedEntry) -> Correction:
    return Correction(
        author_organ=sent.author_organ,
        author_symbol=rules.plain_symbol(sent.author_symbol),
        doc_date=sent.doc_date,
        type_code=sent.type,
        abstract=sent.abstract,
        urgency=sent.urgency,
        secrecy=sent.secrecy,
    )


def _dispatch(sent: BookColumns) -> Dispatch:
    return Dispatch(sent.copies, sent.archive_receiver, sent.note)


def _happened(event: AuditEvent) -> Happened:
    told = pages.told(event)
    return Happened(told.at, event.action, told.staff_name, told.post_title, told.text)


async def _book(
    session: TenantSession, actor: Actor, window: Window, asked: BookFilter
) -> Response[Page[ListedDocument]]:
    wanted = msgspec.structs.replace(asked, before=window.after)
    lines, following = await repository.book_page(session, actor, wanted, window.limit)
    return window.page([_listed(line, asked.direction) for line in lines], following)


def _listed(line: BookLine, direction: str) -> ListedDocument:
    return ListedDocument(
        id=line.id,
        direction=direction,
        body=cast("BodyCode", line.body),
        type=line.type_code,
        state=line.state,
        state_title=rules.state_title(line.state, line.body_system),
        urgency=line.urgency,
        abstract=line.abstract,
        number=line.number_text,
        doc_date=line.doc_date,
        received_on=line.received_on,
        author_organ=line.author_organ,
        author_symbol=line.author_symbol,
        due_on=line.due_on,
        late=rules.is_late(line.due_on, line.state, clock.today()),
        recipients=line.recipients,
        person=line.person,
    )


async def _shown(session: TenantSession, actor: Actor, document_id: UUID) -> ShownDocument:
    held = await repository.held(session, actor, document_id)
    document = held.document
    body = await session.find(Body, document.body_id)
    files = await repository.files(session, document_id)
    return ShownDocument(
        id=document.id,
        direction=document.direction,
        body=cast("BodyCode", body.code),
        type=document.type_code,
        type_name=rules.type_title(document.type_code, document.doc_date or clock.today()),
        state=document.state,
        state_title=rules.state_title(document.state, body.system),
        urgency=document.urgency,
        abstract=document.abstract,
        number=document.number_text,
        doc_date=document.doc_date,
        received_on=document.received_on,
        author_organ=document.author_organ,
        author_symbol=document.author_symbol,
        recipients=document.recipients,
        direction_text=document.direction_text,
        due_on=document.due_on,
        late=rules.is_late(document.due_on, document.state, clock.today()),
        people=[
            TakingPart(person.staff_id, person.name, person.relation)
            for person in await repository.involved(session, document_id)
        ],
        files=[
            AttachedFile(
                file.id,
                file.role,
                file.name,
                file.size,
                file.content_type,
                f"/api/v1/documents/{document_id}/files/{file.id}",
            )
            for file in files
        ],
        hand_overs=[
            GivenTo(
                given.id,
                given.receiver,
                given.staff_id,
                given.handed_over_on,
                given.received_by,
                given.received_at,
            )
            for given in await repository.hand_overs(session, document_id)
        ],
        acts=await operations.acts_on(session, actor, held),
    )
