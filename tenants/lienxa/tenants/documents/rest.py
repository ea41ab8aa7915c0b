"""Documents below `/api/v1/documents`: the same operations as the pages, with the same rights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, cast
from uuid import UUID

import msgspec
from litestar import Controller, Response, delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody, QueryParameter

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.repository import record_page_read, record_read, timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import FieldError, InvalidInput, NotFound
from lienxa.platform.files import pictures, store
from lienxa.platform.files.content import PDF
from lienxa.platform.rest.admission import NEEDS, require_person
from lienxa.platform.rest.answers import SENDS, act, created
from lienxa.platform.rest.paging import Page, Window
from lienxa.platform.text import _
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.platform.web.papers import paper
from lienxa.platform.web.suspended import WHILE_SUSPENDED
from lienxa.tenants.documents import jobs, operations, pages, papers, permissions, repository, rules
from lienxa.tenants.documents.models import BookFile
from lienxa.tenants.documents.rules import INCOMING, OUTGOING
from lienxa.tenants.documents.schemas import (
    AttachedFile,
    Attachment,
    BodyCode,
    BookColumns,
    BookFileShown,
    BookFilter,
    BookLine,
    BookName,
    BookOrder,
    BooksOfBody,
    ClosedBook,
    Completion,
    ContentCheck,
    CorrectedEntry,
    Correction,
    Direction,
    Dispatch,
    Draft,
    EndedBook,
    EntryOfBook,
    FileEntry,
    GivenTo,
    Handing,
    HandlersNamed,
    Happened,
    IncomingBook,
    IncomingEntry,
    Intake,
    ListedDocument,
    NewCongress,
    NewIncoming,
    NewTerm,
    NumberedType,
    OpeningNumber,
    OutcomeOfPaper,
    PageOfFile,
    PagesOfFile,
    PrintedBook,
    Reason,
    Selected,
    SelectedForHandlers,
    SeriesLine,
    SeriesOfNumbers,
    SharedDirection,
    SharedSeries,
    ShownDocument,
    TakingPart,
    TermShown,
    TypeOfDocument,
    WantedBookFile,
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
IncomingState = Literal["registered", "proposed", "directed", "answered", "done", "struck"]
OutgoingState = Literal[
    "draft",
    "content_check",
    "form_check",
    "submitted",
    "returned",
    "signed",
    "numbered",
    "issued",
    "struck",
    "discarded",
]
MonthAsked = Annotated[int | None, QueryParameter(ge=1, le=12, description=_("Tháng trong năm"))]
WordsAsked = Annotated[
    str, QueryParameter(name="q", max_length=200, description=_("Có những chữ này, có dấu hoặc không dấu"))
]


@dataclass(frozen=True)
class SentFile:
    """A file, and whether it is the text (`main`), an annex, or the paper as it was signed and sealed (`signed`).

    `reason`: why the files of what is done are changed.
    """

    file: UploadFile
    role: Literal["annex", "main", "signed"] = "annex"
    reason: str = ""


class BookController(Controller):
    """Both books."""

    path = "/documents"
    guards = [pages.common.keeps_books]

    @get("/incoming", operation_id="ListIncoming", summary=_("Sổ văn bản đến"))
    async def incoming(
        self,
        session: Db,
        actor: Me,
        window: Part,
        of_body: BodyAsked = None,
        view: Annotated[
            Literal["all", "unassigned", "hand_over", "open", "late", "done"],
            QueryParameter(description=_("Phần của sổ")),
        ] = "all",
        in_state: Annotated[IncomingState | None, QueryParameter(name="state", description=_("Trạng thái"))] = None,
        period: PeriodAsked = "",
        words: WordsAsked = "",
    ) -> Response[Page[ListedDocument]]:
        """The incoming documents that the caller may see, latest first."""
        asked = BookFilter(INCOMING, await _body_id(session, of_body), view, in_state or "", period, words)
        return await _book(session, actor, window, asked)

    @post(
        "/incoming",
        operation_id="RegisterIncoming",
        summary=_("Vào sổ văn bản đến"),
        opt={NEEDS: permissions.REGISTER},
    )
    async def register(self, session: Db, actor: Me, data: JSONBody[NewIncoming]) -> Response[ShownDocument]:
        """Enter an incoming document into its book; its file follows by itself."""
        document = await operations.incoming.register_incoming(session, actor, await _entry(session, data))
        return created(f"/documents/{document.id}", await _shown(session, actor, document.id))

    @get("/outgoing", operation_id="ListOutgoing", summary=_("Sổ văn bản đi, kể cả dự thảo"))
    async def outgoing(
        self,
        session: Db,
        actor: Me,
        window: Part,
        of_body: BodyAsked = None,
        view: Annotated[
            Literal["all", "making", "signed", "numbered", "issued"],
            QueryParameter(description=_("Phần của sổ; `signed` chờ cấp số, `numbered` chờ phát hành")),
        ] = "all",
        in_state: Annotated[OutgoingState | None, QueryParameter(name="state", description=_("Trạng thái"))] = None,
        period: PeriodAsked = "",
        words: WordsAsked = "",
    ) -> Response[Page[ListedDocument]]:
        """The outgoing documents that the caller may see, latest first."""
        asked = BookFilter(OUTGOING, await _body_id(session, of_body), view, in_state or "", period, words)
        return await _book(session, actor, window, asked)

    @post(
        "/outgoing", operation_id="CreateDraft", summary=_("Soạn dự thảo văn bản đi"), opt={NEEDS: permissions.HANDLE}
    )
    async def create_draft(self, session: Db, actor: Me, data: JSONBody[WrittenDraft]) -> Response[ShownDocument]:
        """Begin an outgoing document."""
        document = await operations.drafts.create_draft(session, actor, await _draft(session, data))
        return created(f"/documents/{document.id}", await _shown(session, actor, document.id))

    @get("/types", operation_id="ListDocumentTypes", summary=_("Các loại văn bản dùng được hôm nay"))
    async def types(self) -> list[TypeOfDocument]:
        """The types by code."""
        return [TypeOfDocument(code, found.name) for code, found in rules.types_by_code(clock.today()).items()]

    @get(
        "/book",
        operation_id="ReadBook",
        summary=_("Sổ đăng ký văn bản như khi in, theo thứ tự vào sổ"),
        opt={NEEDS: permissions.READ},
    )
    async def book(
        self,
        session: Db,
        actor: Me,
        window: Part,
        direction: Annotated[Literal["incoming", "outgoing"], QueryParameter(description=_("Sổ"))] = "outgoing",
        of_body: BodyAsked = None,
        period: PeriodAsked = "",
        first_month: MonthAsked = None,
        last_month: MonthAsked = None,
    ) -> Response[Page[EntryOfBook]]:
        """The lines of a book of a year or a term, or of some of its months, with all columns of its forms."""
        window.place(rules.read_position)
        body = None if of_body is None else await _known_body(session, of_body)
        first, last = rules.book_days(period, str(first_month or ""), str(last_month or ""), clock.today())
        wanted = PrintedBook(
            direction, period or f"{clock.today().year}", first, last, body.id if body else None, after=window.after
        )
        lines, following = await repository.printed_books.printed_lines(session, actor, wanted, window.limit)
        party = body is not None and body.system == "party"
        return window.page([papers.entry(line, party=party) for line in lines], following)


class BookFileController(Controller):
    """Whole books as PDF, made in the background; each belongs to the post in which somebody asked for it."""

    path = "/documents/book/files"
    guards = [pages.common.keeps_books]

    @post("/", operation_id="OrderBookFile", summary=_("Lập tệp PDF của cả sổ"), opt={NEEDS: permissions.READ})
    async def order(self, session: Db, actor: Me, data: JSONBody[WantedBookFile]) -> Response[BookFileShown]:
        """Let one be made; one that is being made is not made a second time. A notice tells when it is there."""
        require_person(actor)
        bodies = {body.code: body.id for body in await pages.common.reached_bodies(session, actor)}
        if data.body is not None and data.body not in bodies:
            raise InvalidInput.of("body", _("Đồng chí không xem sổ của cơ quan này."), _("Bỏ trống để lập sổ chung."))
        order = BookOrder(_KINDS[data.book], data.period, bodies[data.body] if data.body else None)
        try:
            wanted = await jobs.want_book(session, actor, order)
        except InvalidInput as refused:  # the page's form calls the field otherwise
            raise InvalidInput([FieldError("period", one.reason, one.remedy) for one in refused.fields]) from refused
        return created(f"/documents/book/files/{wanted.id}", _book_file(wanted))

    @get("/{book_file_id:str}", operation_id="GetBookFile", summary=_("Tệp PDF của sổ đã lập đến đâu"))
    async def one(self, session: Db, actor: Me, book_file_id: FromPath[UUID]) -> BookFileShown:
        """How far it is."""
        return _book_file(await operations.printed_books.book_file(session, actor, book_file_id))

    @get(
        "/{book_file_id:str}/pdf",
        operation_id="ReadBookFile",
        summary=_("Nội dung tệp PDF của sổ"),
        opt={SENT_AS_IT_IS: True, SENDS: [PDF]},
    )
    async def read(self, session: Db, actor: Me, book_file_id: FromPath[UUID]) -> Response[bytes]:
        """The file; 404 while there is none."""
        return pages.common.file_answer(*await operations.printed_books.read_book_file(session, actor, book_file_id))


class ClosingController(Controller):
    """Books whose year or term is over."""

    path = "/documents/book/closings"
    guards = [pages.common.keeps_books]

    @get("/", operation_id="ListEndedBooks", summary=_("Sổ của kỳ đã qua, đã khóa hay chưa"))
    async def ended(self, session: Db, actor: Me) -> list[EndedBook]:
        """The books of periods that are over, latest first; `closing_id` of those that are closed."""
        return await operations.closing.ended_books(session, actor)

    @post(
        "/",
        operation_id="CloseBook",
        summary=_("Khóa sổ của kỳ đã qua"),
        opt={NEEDS: permissions.REGISTER, WHILE_SUSPENDED: True},
    )
    async def close(self, session: Db, actor: Me, data: JSONBody[ClosedBook]) -> Response[EndedBook]:
        """Write down that it was printed, signed, bound and put away."""
        closing = await operations.closing.close_book(session, actor, data)
        ended = await operations.closing.ended_book(session, actor, data.direction, data.period, data.body_id)
        return created(f"/documents/book/closings/{closing.id}/sheet", ended)

    @get(
        "/{closing_id:str}/sheet",
        operation_id="ReadClosingSheet",
        summary=_("Tờ khóa sổ"),
        opt={SENT_AS_IT_IS: True, SENDS: [PDF]},
    )
    async def sheet(self, session: Db, actor: Me, closing_id: FromPath[UUID]) -> Response[bytes]:
        """The last sheet of the book as PDF."""
        return await paper(
            "documents/book_end.typ",
            await operations.closing.closing_sheet(session, actor, closing_id),
            _("to-khoa-so"),
        )

    @get(
        "/{closing_id:str}/supplement",
        operation_id="ReadBookSupplement",
        summary=_("Phụ lục bổ sung của sổ đã khóa"),
        opt={SENT_AS_IT_IS: True, SENDS: [PDF]},
    )
    async def supplement(self, session: Db, actor: Me, closing_id: FromPath[UUID]) -> Response[bytes]:
        """What was changed since it was closed, as PDF; 404 if nothing was."""
        return await paper(
            "documents/book_supplement.typ",
            await operations.closing.supplement(session, actor, closing_id),
            _("phu-luc-bo-sung"),
        )


class SelectionController(Controller):
    """Acts on several papers at once: each is done, or left as it is and says why."""

    path = "/documents/selected"
    guards = [pages.common.keeps_books]

    @act("/propose", "ProposeSelected", _("Đề xuất xử lý nhiều văn bản"), needs=permissions.PROPOSE)
    async def propose(self, session: Db, actor: Me, data: JSONBody[SelectedForHandlers]) -> list[OutcomeOfPaper]:
        """Propose who handles them."""
        done = await operations.selection.give_several(session, actor, rules.PROPOSE, data.ids, _shared(data))
        return _outcomes(data.ids, done)

    @act("/direct", "DirectSelected", _("Giao xử lý nhiều văn bản"), needs=permissions.DIRECT)
    async def direct(self, session: Db, actor: Me, data: JSONBody[SelectedForHandlers]) -> list[OutcomeOfPaper]:
        """Give them to somebody."""
        done = await operations.selection.give_several(session, actor, rules.DIRECT, data.ids, _shared(data))
        return _outcomes(data.ids, done)

    @act("/give-number", "NumberSelected", _("Cấp số nhiều văn bản, theo thứ tự ký"), needs=permissions.NUMBER)
    async def give_number(self, session: Db, actor: Me, data: JSONBody[Selected]) -> list[OutcomeOfPaper]:
        """Give them their numbers in the order in which they were signed."""
        return _outcomes(data.ids, await operations.selection.number_several(session, actor, data.ids))

    @act("/issue", "IssueSelected", _("Phát hành nhiều văn bản"), needs=permissions.ISSUE)
    async def issue(self, session: Db, actor: Me, data: JSONBody[Selected]) -> list[OutcomeOfPaper]:
        """Issue them."""
        return _outcomes(data.ids, await operations.selection.issue_several(session, actor, data.ids))


class SeriesController(Controller):
    """The series of numbers, the incoming book, terms and congresses."""

    path = "/documents"
    guards = [pages.common.keeps_books]

    @get("/series", operation_id="ListSeries", summary=_("Các sổ và số tiếp theo"), opt={NEEDS: permissions.CONFIGURE})
    async def series(self, session: Db, actor: Me) -> list[SeriesOfNumbers]:
        """Every series with the number that it gives next."""
        return [_series(line) for line in await operations.series.series(session, actor)]

    @act("/series/set-number", "SetOpeningNumber", _("Đặt số tiếp theo của sổ"), needs=permissions.CONFIGURE)
    async def set_number(self, session: Db, actor: Me, data: JSONBody[OpeningNumber]) -> SeriesOfNumbers:
        """Let a series go on at another number, beyond those given."""
        return _series(
            await operations.series.set_opening_number(session, actor, data.code, data.next_number, data.reason)
        )

    @put(
        "/incoming-book",
        operation_id="KeepCommonBook",
        summary=_("Sổ đến chung hay riêng từng cơ quan"),
        opt={NEEDS: permissions.CONFIGURE},
    )
    async def keep_book(self, session: Db, actor: Me, data: JSONBody[IncomingBook]) -> list[SeriesOfNumbers]:
        """One incoming book for all bodies but UBKT, or each its own; answers with the series after that."""
        await operations.series.keep_common_book(session, actor, common=data.common)
        await session.flush()
        return [_series(line) for line in await operations.series.series(session, actor)]

    @get("/terms", operation_id="ListTerms", summary=_("Các nhiệm kỳ và đại hội"), opt={NEEDS: permissions.CONFIGURE})
    async def terms(self, session: Db, actor: Me) -> list[TermShown]:
        """The terms of the committee and the congresses, latest first."""
        return await _terms(session, actor)

    @act("/congresses/open", "OpenCongress", _("Khai đại hội"), needs=permissions.CONFIGURE)
    async def open_congress(self, session: Db, actor: Me, data: JSONBody[NewCongress]) -> list[TermShown]:
        """Open a congress; answers with all terms and congresses."""
        await operations.terms.open_congress(session, actor, data.label, data.opened_on)
        return await _terms(session, actor)

    @act("/terms/close", "CloseTerm", _("Khai nhiệm kỳ mới, đóng đại hội"), needs=permissions.CONFIGURE)
    async def close_term(self, session: Db, actor: Me, data: JSONBody[NewTerm]) -> list[TermShown]:
        """Close the congress and the term; answers with all terms and congresses."""
        await operations.terms.close_term(session, actor, data.label, data.closed_on, data.first_meeting_on)
        return await _terms(session, actor)

    @act("/congresses/drop", "DropCongress", _("Bỏ đại hội khai nhầm, chưa cấp số nào"), needs=permissions.CONFIGURE)
    async def drop_congress(self, session: Db, actor: Me) -> list[TermShown]:
        """Take the open congress back; answers with all terms and congresses."""
        await operations.terms.drop_congress(session, actor)
        return await _terms(session, actor)

    @act("/terms/drop", "DropTerm", _("Bỏ nhiệm kỳ khai nhầm, chưa cấp số nào"), needs=permissions.CONFIGURE)
    async def drop_term(self, session: Db, actor: Me) -> list[TermShown]:
        """Take the last term back; answers with all terms and congresses."""
        await operations.terms.drop_term(session, actor)
        return await _terms(session, actor)


class BodyBooksController(Controller):
    """How the documents of one body are numbered, and how what comes in goes to its leader."""

    path = "/documents/bodies/{body_id:str}"
    guards = [pages.common.keeps_books]

    @get("/", operation_id="GetBodyBooks", summary=_("Sổ của một cơ quan"), opt={NEEDS: permissions.CONFIGURE})
    async def show(self, session: Db, actor: Me, body_id: FromPath[UUID]) -> BooksOfBody:
        """From which series each type takes its numbers, and the rules of intake."""
        return await _body_books(session, actor, body_id)

    @act("/share-series", "ShareSeries", _("Cho các loại lấy số ở sổ khác"), needs=permissions.CONFIGURE)
    async def share(self, session: Db, actor: Me, body_id: FromPath[UUID], data: JSONBody[SharedSeries]) -> BooksOfBody:
        """Let types take their numbers from another series."""
        await operations.series.share_series(session, actor, body_id, data.types, data.target, data.next_number)
        return await _body_books(session, actor, body_id)

    @put(
        "/intake",
        operation_id="ChangeIntake",
        summary=_("Cách trình văn bản đến"),
        opt={NEEDS: permissions.CONFIGURE},
    )
    async def intake(self, session: Db, actor: Me, body_id: FromPath[UUID], data: JSONBody[Intake]) -> BooksOfBody:
        """Whether the office head proposes first, and what goes on without the leader."""
        await operations.series.require_proposal(session, actor, body_id, required=data.proposal_required)
        await operations.series.route_directly(session, actor, body_id, data.direct_types)
        return await _body_books(session, actor, body_id)


class DocumentController(Controller):
    """One document, its files and its acts. Each act answers with the document after it."""

    path = "/documents/{document_id:str}"
    guards = [pages.common.keeps_books]

    @get("/", operation_id="GetDocument", summary=_("Một văn bản"))
    async def show(self, session: Db, actor: Me, document_id: FromPath[UUID]) -> ShownDocument:
        """A document with its people, its files and what the caller may do with it."""
        return await _shown(session, actor, document_id)

    @get("/timeline", operation_id="GetDocumentTimeline", summary=_("Diễn biến xử lý"))
    async def timeline(self, session: Db, actor: Me, document_id: FromPath[UUID]) -> list[Happened]:
        """What was done to it, oldest first."""
        await repository.document.held(session, actor, document_id, related=False)
        return [_happened(event) for event in await timeline(session, document_id)]

    @get(
        "/files/{file_id:str}",
        operation_id="ReadFile",
        summary=_("Nội dung một tệp"),
        opt={SENT_AS_IT_IS: True, SENDS: store.OFFICE_TYPES},
    )
    async def file(
        self, session: Db, actor: Me, document_id: FromPath[UUID], file_id: FromPath[UUID]
    ) -> Response[bytes]:
        """A file of the document, as it was sent."""
        stored = await repository.files.stored_file(session, actor, document_id, file_id)
        record_read(session, actor, "document", document_id, stored.name)
        return pages.common.file_answer(stored, await store.read(session, stored))

    @get("/files/{file_id:str}/pages", operation_id="ListPages", summary=_("Ảnh các trang của một tệp PDF"))
    async def pages(self, session: Db, actor: Me, document_id: FromPath[UUID], file_id: FromPath[UUID]) -> PagesOfFile:
        """The pictures of a file's pages; whoever asks first lets them be made."""
        await repository.document.held(session, actor, document_id)
        found = next((file for file in await repository.files.files(session, document_id) if file.id == file_id), None)
        if found is None:
            raise NotFound
        return await _pages(session, document_id, found)

    @get(
        "/files/{file_id:str}/pages/{number:str}",
        operation_id="ReadPage",
        summary=_("Ảnh một trang"),
        opt={SENT_AS_IT_IS: True, SENDS: [pictures.WEBP]},
    )
    async def page_picture(
        self, session: Db, actor: Me, document_id: FromPath[UUID], file_id: FromPath[UUID], number: FromPath[int]
    ) -> Response[bytes]:
        """The picture of one page (WebP)."""
        picture, name = await repository.files.page_picture(session, actor, document_id, file_id, number)
        await record_page_read(session, actor, "document", document_id, name, number)
        return Response(await store.read(session, picture), media_type=pictures.WEBP)

    @post("/files", operation_id="AttachFile", summary=_("Thêm tệp"))
    async def attach(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: MultipartBody[SentFile]
    ) -> Response[ShownDocument]:
        """Add an annex, the text itself, or the paper as it was signed and sealed."""
        file = Attachment(data.file.filename, await data.file.read())
        await operations.files.attach(session, actor, document_id, file, data.role, data.reason.strip()[:300])
        return created(f"/documents/{document_id}", await _shown(session, actor, document_id))

    @delete("/files/{file_id:str}", operation_id="DetachFile", summary=_("Bỏ một phụ lục"))
    async def detach(
        self,
        session: Db,
        actor: Me,
        document_id: FromPath[UUID],
        file_id: FromPath[UUID],
        reason: Annotated[str, QueryParameter(max_length=300, description=_("Lý do, khi văn bản đã xử lý xong"))] = "",
    ) -> None:
        """Take an annex away again."""
        await operations.files.detach(session, actor, document_id, file_id, reason.strip())

    @act("/propose", "ProposeHandling", _("Đề xuất xử lý"), needs=permissions.PROPOSE)
    async def propose(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[HandlersNamed]
    ) -> ShownDocument:
        """Propose to the leader who handles it."""
        await operations.incoming.propose(session, actor, document_id, _direction(data))
        return await _shown(session, actor, document_id)

    @act("/route", "RouteDirectly", _("Chuyển thẳng xử lý theo quy chế"), needs=permissions.PROPOSE)
    async def route(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[HandlersNamed]
    ) -> ShownDocument:
        """Pass it on without the leader."""
        await operations.incoming.route(session, actor, document_id, _direction(data))
        return await _shown(session, actor, document_id)

    @act("/direct", "GiveDirection", _("Cho ý kiến chỉ đạo"), needs=permissions.DIRECT)
    async def direct(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[HandlersNamed]
    ) -> ShownDocument:
        """Write the direction."""
        await operations.incoming.direct(session, actor, document_id, _direction(data))
        return await _shown(session, actor, document_id)

    @act("/hand-over", "HandOverDocument", _("Chuyển giao"), needs=permissions.REGISTER)
    async def hand_over(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[Handing]
    ) -> ShownDocument:
        """Give it on to people."""
        await operations.books.hand_over(session, actor, document_id, _receivers(data), received=data.received)
        return await _shown(session, actor, document_id)

    @act("/correct", "CorrectEntry", _("Sửa trong sổ văn bản đến"), needs=permissions.REGISTER)
    async def correct(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[CorrectedEntry]
    ) -> ShownDocument:
        """Mend a wrong entry."""
        await operations.incoming.correct(session, actor, document_id, _correction(data), data.change_reason)
        return await _shown(session, actor, document_id)

    @act("/strike", "StrikeEntry", _("Gạch sổ"), needs=permissions.STRIKE)
    async def strike(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[Reason]
    ) -> ShownDocument:
        """Strike a mistaken entry through."""
        await operations.books.strike(session, actor, document_id, data.reason)
        return await _shown(session, actor, document_id)

    @act("/complete", "CompleteIncoming", _("Xử lý xong, không cần trả lời"), needs=permissions.HANDLE)
    async def complete(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[Completion]
    ) -> ShownDocument:
        """Close an incoming document."""
        await operations.incoming.complete(session, actor, document_id, data.note)
        return await _shown(session, actor, document_id)

    @act("/revise", "ReviseDraft", _("Sửa dự thảo"), needs=permissions.HANDLE)
    async def revise(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[WrittenDraft]
    ) -> ShownDocument:
        """Change a draft."""
        await operations.drafts.revise(session, actor, document_id, await _draft(session, data))
        return await _shown(session, actor, document_id)

    @act("/submit", "SubmitDraft", _("Trình dự thảo"), needs=permissions.HANDLE)
    async def submit(self, session: Db, actor: Me, document_id: FromPath[UUID]) -> ShownDocument:
        """Send a draft on its way to the signature."""
        await operations.drafts.submit(session, actor, document_id)
        return await _shown(session, actor, document_id)

    @act("/withdraw", "WithdrawDraft", _("Rút dự thảo về để sửa"), needs=permissions.HANDLE)
    async def withdraw(self, session: Db, actor: Me, document_id: FromPath[UUID]) -> ShownDocument:
        """Take a draft back before it is signed."""
        await operations.drafts.withdraw(session, actor, document_id)
        return await _shown(session, actor, document_id)

    @act("/discard", "DiscardDraft", _("Bỏ dự thảo"), needs=permissions.HANDLE)
    async def discard(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[Reason]
    ) -> ShownDocument:
        """Give a draft up."""
        await operations.drafts.discard(session, actor, document_id, data.reason)
        return await _shown(session, actor, document_id)

    @act("/check-content", "CheckContent", _("Kiểm tra nội dung: đạt"), needs=permissions.CHECK_CONTENT)
    async def check_content(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[ContentCheck]
    ) -> ShownDocument:
        """Find the content in order."""
        await operations.drafts.check_content(session, actor, document_id, form_too=data.form_too)
        return await _shown(session, actor, document_id)

    @act("/check-form", "CheckForm", _("Kiểm tra thể thức: đạt"), needs=permissions.CHECK_FORM)
    async def check_form(self, session: Db, actor: Me, document_id: FromPath[UUID]) -> ShownDocument:
        """Find the form in order."""
        await operations.drafts.check_form(session, actor, document_id)
        return await _shown(session, actor, document_id)

    @act("/sign", "SignDocument", _("Ký duyệt"), needs=permissions.SIGN)
    async def sign(self, session: Db, actor: Me, document_id: FromPath[UUID]) -> ShownDocument:
        """Sign."""
        await operations.drafts.sign(session, actor, document_id)
        return await _shown(session, actor, document_id)

    @act("/return", "ReturnDraft", _("Trả lại để sửa"))
    async def give_back(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[Reason]
    ) -> ShownDocument:
        """Give a draft back to its drafter."""
        await operations.drafts.return_for_rework(session, actor, document_id, data.reason)
        return await _shown(session, actor, document_id)

    @act("/give-number", "GiveNumber", _("Cấp số"), needs=permissions.NUMBER)
    async def give_number(self, session: Db, actor: Me, document_id: FromPath[UUID]) -> ShownDocument:
        """Give a signed document its number."""
        await operations.issuing.give_number(session, actor, document_id)
        return await _shown(session, actor, document_id)

    @act("/issue", "IssueDocument", _("Phát hành"), needs=permissions.ISSUE)
    async def issue(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[BookColumns]
    ) -> ShownDocument:
        """Issue a numbered document."""
        await operations.issuing.issue(session, actor, document_id, _dispatch(data))
        return await _shown(session, actor, document_id)

    @act("/note", "NoteInBook", _("Ghi các cột của sổ"))
    async def note(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[BookColumns]
    ) -> ShownDocument:
        """Fill the columns of the book."""
        await operations.books.note(session, actor, document_id, _dispatch(data), data.change_reason)
        return await _shown(session, actor, document_id)

    @act("/hand-overs/{hand_over_id:str}/acknowledge", "AcknowledgeDocument", _("Ký nhận"))
    async def acknowledge(
        self, session: Db, actor: Me, document_id: FromPath[UUID], hand_over_id: FromPath[UUID]
    ) -> ShownDocument:
        """Sign for the paper."""
        await operations.books.acknowledge(session, actor, document_id, hand_over_id)
        return await _shown(session, actor, document_id)

    @post("/answer", operation_id="AnswerWithDraft", summary=_("Soạn văn bản trả lời"), opt={NEEDS: permissions.HANDLE})
    async def answer(
        self, session: Db, actor: Me, document_id: FromPath[UUID], data: JSONBody[WrittenDraft]
    ) -> Response[ShownDocument]:
        """Begin the answer to an incoming document."""
        document = await operations.drafts.answer_with_draft(session, actor, document_id, await _draft(session, data))
        return created(f"/documents/{document.id}", await _shown(session, actor, document.id))


async def _body_id(session: TenantSession, code: str | None) -> UUID | None:
    return None if code is None else (await _known_body(session, code)).id


async def _known_body(session: TenantSession, code: str) -> Body:
    for body in await people.bodies(session):
        if body.code == code:
            return body
    raise InvalidInput.of("body", _("Đơn vị không có cơ quan này."), _("Xem các cơ quan ở /api/v1/office/bodies."))


async def _entry(session: TenantSession, sent: NewIncoming) -> IncomingEntry:
    # Before anything else, as on the page: of a secret document nothing is looked at.
    rules.refuse_secret(sent.secrecy)
    return IncomingEntry(
        body_id=(await _known_body(session, sent.body)).id,
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
        body_id=(await _known_body(session, sent.body)).id,
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
    told = pages.trail.told(event)
    return Happened(told.at, event.action, told.staff_name, told.post_title, told.text)


async def _book(
    session: TenantSession, actor: Actor, window: Window, asked: BookFilter
) -> Response[Page[ListedDocument]]:
    window.place(rules.read_position)
    wanted = msgspec.structs.replace(asked, before=window.after)
    lines, following = await repository.books.book_page(session, actor, wanted, window.limit)
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
    held = await repository.document.held(session, actor, document_id)
    document = held.document
    body = await session.find(Body, document.body_id)
    files = await repository.files.files(session, document_id)
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
            for person in await repository.document.involved(session, document_id)
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
            for given in await repository.books.hand_overs(session, document_id)
        ],
        acts=await operations.acts.acts_on(session, actor, held),
    )


async def _pages(session: TenantSession, document_id: UUID, file: FileEntry) -> PagesOfFile:
    wanted = file.pictures == "none" and file.content_type == PDF
    if wanted:
        await operations.files.want_pictures(session, file)
    made = await pictures.of_file(session, file.stored_id) if file.pictures == "made" else ()
    path = f"/api/v1/documents/{document_id}/files/{file.id}/pages"
    return PagesOfFile(
        state="wanted" if wanted else file.pictures,
        pages=[PageOfFile(row.page, row.width, row.height, f"{path}/{row.page}") for row in made],
    )


_KINDS: Mapping[BookName, str] = {"outgoing": "di", "incoming": "den", "handling": "theo-doi"}
_BOOKS = {kind: name for name, kind in _KINDS.items()}


def _book_file(wanted: BookFile) -> BookFileShown:
    return BookFileShown(
        id=wanted.id,
        book=_BOOKS[wanted.kind],
        period=wanted.period,
        asked_at=wanted.asked_at,
        state=cast("Literal['making', 'made', 'failed']", wanted.state),
        lines_done=wanted.lines_done,
        line_count=wanted.line_count,
        reason=wanted.reason,
    )


def _shared(sent: SelectedForHandlers) -> SharedDirection:
    return SharedDirection(sent.lead, sent.co, sent.text, sent.due_on)


def _outcomes(ids: Sequence[UUID], outcomes: Sequence[operations.selection.Outcome]) -> list[OutcomeOfPaper]:
    """What came of each paper, in the order in which they were done; last those that the caller does not see."""
    told = [
        OutcomeOfPaper(one.document.id, not one.refusal, one.refusal, one.document.state, one.document.number_text)
        for one in outcomes
    ]
    seen = {one.document_id for one in told}
    unseen = dict.fromkeys(document_id for document_id in ids if document_id not in seen)
    return told + [OutcomeOfPaper(one, False, _("Không có văn bản này."), "", "") for one in unseen]


def _series(line: SeriesLine) -> SeriesOfNumbers:
    return SeriesOfNumbers(line.code, line.title, line.direction, line.bodies, line.period, line.next_number)


async def _terms(session: TenantSession, actor: Actor) -> list[TermShown]:
    return [
        TermShown(term.kind, term.label, term.opened_on, term.closed_on)
        for term in await operations.terms.terms(session, actor)
    ]


async def _body_books(session: TenantSession, actor: Actor, body_id: UUID) -> BooksOfBody:
    books = await operations.series.body_books(session, actor, body_id)
    return BooksOfBody(
        body=books.body,
        types=[NumberedType(code, name, books.series_of[code]) for code, name in books.types.items()],
        series=[_series(line) for line in books.series],
        proposal_required=books.proposal_required,
        direct_types=sorted(books.direct),
    )
