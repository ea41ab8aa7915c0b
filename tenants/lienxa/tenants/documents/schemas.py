"""What goes into and comes out of the module."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from lienxa.platform.text import _


class Attachment(msgspec.Struct, frozen=True):
    """A file as it came in: its name is only a label, its content in bytes."""

    name: str
    content: bytes


class IncomingEntry(msgspec.Struct, frozen=True):
    """What the clerk enters of an incoming document. `repeated` confirms that it was registered before."""

    body_id: UUID
    author_organ: str
    author_symbol: str
    doc_date: date | None
    type_code: str
    abstract: str
    urgency: str = "normal"
    secrecy: str = "open"
    due_on: date | None = None
    proposed_lead_id: UUID | None = None
    proposal: str = ""
    repeated: bool = False


class Correction(msgspec.Struct, frozen=True):
    """What the clerk may mend of an incoming entry; the body and the number stay."""

    author_organ: str
    author_symbol: str
    doc_date: date | None
    type_code: str
    abstract: str
    urgency: str = "normal"
    secrecy: str = "open"


class Direction(msgspec.Struct, frozen=True):
    """A leader's direction (bút phê), or what the office head proposes: who leads, who helps, until when, in words."""

    lead_id: UUID
    co_ids: Sequence[UUID] = ()
    text: str = ""
    due_on: date | None = None


class SharedDirection(msgspec.Struct, frozen=True):
    """A direction, or a proposal, for several papers at once. What is left open is each paper's own.

    Without `lead_id` the people who were proposed for it, without `due_on` the deadline that it has.
    """

    lead_id: UUID | None = None
    co_ids: Sequence[UUID] = ()
    text: str = ""
    due_on: date | None = None


class Draft(msgspec.Struct, frozen=True):
    """What the drafter enters of an outgoing document."""

    body_id: UUID
    type_code: str
    abstract: str
    recipients: str
    signer_id: UUID
    urgency: str = "normal"
    secrecy: str = "open"
    of_congress: bool = False


class Dispatch(msgspec.Struct, frozen=True):
    """Columns of the book that the clerk fills when a paper leaves: copies, who keeps the archive copy, a note."""

    copies: int | None = None
    archive_receiver: str = ""
    note: str = ""


class BookFilter(msgspec.Struct, frozen=True):
    """What of a book is shown: a view of it (`rules.VIEWS`). `before` is the `position` of the last line seen."""

    direction: str
    body_id: UUID | None = None
    view: str = "all"
    state: str = ""
    period: str = ""
    words: str = ""
    before: str = ""


class BookLine(msgspec.Struct, frozen=True):
    """A line of a book. `person` is the lead handler of an incoming, the signer of an outgoing document.

    `body` is the code of its body, `listed_at` when it came into the book. `passed_to` is the organ that goes on with
    it, if this one does not.
    """

    id: UUID
    body: str
    body_symbol: str
    body_system: str
    type_code: str
    state: str
    urgency: str
    abstract: str
    number_text: str
    doc_date: date | None
    received_on: date | None
    author_organ: str
    author_symbol: str
    due_on: date | None
    recipients: str
    person: str
    position: str
    listed_at: datetime | None = None
    passed_to: str = ""


class WorkLine(msgspec.Struct, frozen=True):
    """A document that waits for somebody; `relations` are their own, `entered_by` is the name of who wrote it down.

    `lead` is the name of who leads its handling, empty before somebody does. `to_hand_over`: its paper waits for the
    clerk to give it on, `to_acknowledge`: for this person to sign for it.
    """

    id: UUID
    direction: str
    state: str
    body_id: UUID
    abstract: str
    number_text: str
    source: str
    due_on: date | None
    listed_at: datetime
    entered_by: str
    body_system: str
    lead: str
    to_hand_over: bool
    to_acknowledge: bool
    relations: frozenset[str]


class FileEntry(msgspec.Struct, frozen=True):
    """A file of a document as its page lists it; `size` in bytes, `pictures` as `StoredFile` has it."""

    id: UUID
    role: str
    name: str
    size: int
    content_type: str
    stored_id: UUID
    pictures: str
    page_count: int | None


class Approval(msgspec.Struct, frozen=True):
    """A sign-off that holds: `content` or `form`, by whom in which post, when, and whether of one's own draft."""

    kind: str
    name: str
    post_title: str
    at: datetime
    alone: bool


class HandedOver(msgspec.Struct, frozen=True):
    """A paper given on: to whom, when, and who signed for it when (empty and None while nobody has)."""

    id: UUID
    receiver: str
    staff_id: UUID | None
    handed_over_on: date
    received_by: str
    received_at: datetime | None


class Involved(msgspec.Struct, frozen=True):
    """A person and their relation to a document."""

    staff_id: UUID
    name: str
    relation: str


class Related(msgspec.Struct, frozen=True):
    """Another document that this one answers or is answered by, as far as the reader may see it."""

    id: UUID
    direction: str
    state: str
    number_text: str
    abstract: str


class SeriesLine(msgspec.Struct, frozen=True):
    """A series of numbers as it runs today.

    `title` names the body and its types, `period` the present year, term or congress, `next_number` what is given next.
    `direction` is `incoming`, `outgoing` or `congress`.
    """

    code: str
    title: str
    direction: str
    bodies: tuple[str, ...]
    period: str
    next_number: int


class PaperNumber(msgspec.Struct, frozen=True):
    """The last number of a paper register, and why ours is another."""

    code: str
    number: int
    reason: str = ""


class BodyBooks(msgspec.Struct, frozen=True):
    """How a body's documents are numbered and taken in.

    `series` are its outgoing series, `series_of` says by type code which one (by code) a type takes its numbers from.
    `namesakes` are the names of types whose numbers look alike but are counted apart, with their abbreviation.
    `direct` are the types of incoming documents that go on without the leader.
    """

    body: str
    types: dict[str, str]
    series: tuple[SeriesLine, ...]
    series_of: dict[str, str]
    namesakes: tuple[tuple[str, str], ...]
    incoming_types: dict[str, str]
    proposal_required: bool
    direct: frozenset[str]


class TermLine(msgspec.Struct, frozen=True):
    """A term of the committee or a congress (`kind` is `term` or `congress`), both days included.

    `droppable`: no number of it was given, so what was declared by mistake can be taken back.
    """

    kind: str
    label: str
    opened_on: date
    closed_on: date | None
    droppable: bool = False


class SignedPaper(msgspec.Struct, frozen=True):
    """A paper of a body that was drafted and signed elsewhere in the office: a result of the one-stop.

    `origin_title` and `origin_path` name the thing it comes of and its page; `text_file_id` is its stored text.
    """

    body_id: UUID
    type_code: str
    abstract: str
    recipients: str
    drafter_id: UUID | None
    signer_id: UUID
    signer_title: str
    signed_at: datetime
    origin_title: str
    origin_path: str
    text_file_id: UUID | None = None


class PrintedBook(msgspec.Struct, frozen=True):
    """What of a book is printed: a period, days in it (both included), one body or all. `after` as in `BookFilter`."""

    direction: str
    period: str
    first_day: date
    last_day: date
    body_id: UUID | None = None
    after: str = ""


class BookOrder(msgspec.Struct, frozen=True):
    """A whole book that is wanted as a file: its kind (`papers.BOOK_KINDS`), its period, one body or all."""

    kind: str
    period: str
    body_id: UUID | None = None


# --- What the API takes and gives -----------------------------------------------------------------------------------

Urgency = Literal["normal", "urgent", "very_urgent", "immediate"]
Secrecy = Literal["open", "confidential", "secret", "top_secret"]
Abstract = Annotated[str, Meta(description=_("Trích yếu"), examples=[_("Triển khai phòng, chống rét cho gia súc")])]
NumberText = Annotated[str, Meta(description=_("Số (và ký hiệu) như trong sổ; trống: chưa có"), examples=["1204"])]
TypeCode = Annotated[str, Meta(description=_("Loại văn bản"), examples=["state/cong-van"])]
BodyCode = Annotated[
    Literal["party", "inspection", "council", "committee", "front", "unions"],
    Meta(description=_("Cơ quan ban hành hoặc nhận"), examples=["committee"]),
]
State = Annotated[str, Meta(description=_("Trạng thái; tên tiếng Việt ở `state_title`"), examples=["registered"])]
PersonName = Annotated[str, Meta(description=_("Họ và tên"), examples=[_("Nguyễn Thị Hoa")])]


class EndedBook(msgspec.Struct, frozen=True):
    """A book whose period is over: which, how much is in it, how much of that is open still, and whether it is closed.

    Without `body_id` it is the common book of the intake desk.
    """

    direction: Annotated[Literal["incoming", "outgoing"], Meta(description=_("Sổ đến hay sổ đi"))]
    period: Annotated[str, Meta(description=_("Năm, hoặc nhiệm kỳ của sổ Đảng"), examples=["2025"])]
    body_id: Annotated[UUID | None, Meta(description=_("Cơ quan của sổ; trống: sổ chung"))]
    body: Annotated[str, Meta(description=_("Tên cơ quan"))]
    count: Annotated[int, Meta(description=_("Số văn bản trong sổ"))]
    unsettled: Annotated[int, Meta(description=_("Số văn bản chưa xong hoặc chưa phát hành"))]
    closing_id: Annotated[UUID | None, Meta(description=_("Lần khóa sổ; trống: chưa khóa"))] = None
    closed_on: Annotated[date | None, Meta(description=_("Ngày khóa sổ"))] = None
    changes: Annotated[int, Meta(description=_("Số thay đổi sau khi khóa, ghi ở phụ lục bổ sung"))] = 0


class ClosedBook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said of a book when it is closed: who signed its last sheet, how many volumes, where they are kept."""

    direction: Annotated[Literal["incoming", "outgoing"], Meta(description=_("Sổ đến hay sổ đi"))]
    period: Annotated[
        str, Meta(description=_("Năm, hoặc nhiệm kỳ của sổ Đảng"), min_length=1, max_length=40, examples=["2025"])
    ]
    body_id: Annotated[UUID | None, Meta(description=_("Cơ quan của sổ; trống: sổ chung"))]
    signer: Annotated[
        str,
        Meta(description=_("Người ký tờ khóa sổ"), min_length=1, max_length=100, examples=[_("Tổ trưởng Văn phòng")]),
    ]
    volumes: Annotated[int, Meta(description=_("Số quyển"), ge=1, le=500, examples=[2])]
    kept_at: Annotated[str, Meta(description=_("Nơi lưu giữ"), max_length=200, examples=[_("Tủ 2")])] = ""


class NewIncoming(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An incoming document as another system enters it; see `IncomingEntry`."""

    body: BodyCode
    author_organ: Annotated[
        str, Meta(min_length=1, max_length=200, description=_("Tác giả"), examples=[_("UBND huyện Đô Lương")])
    ]
    type: TypeCode
    abstract: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=500,
            description=_("Trích yếu"),
            examples=[_("Triển khai phòng, chống rét cho gia súc")],
        ),
    ]
    author_symbol: Annotated[
        str, Meta(max_length=50, description=_("Số, ký hiệu của tác giả"), examples=["85/UBND-NN"])
    ] = ""
    doc_date: Annotated[date | None, Meta(description=_("Ngày văn bản"))] = None
    urgency: Annotated[Urgency, Meta(description=_("Độ khẩn"))] = "normal"
    secrecy: Annotated[Secrecy, Meta(description=_("Độ mật; chỉ nhận văn bản không mật (`open`)"))] = "open"
    due_on: Annotated[date | None, Meta(description=_("Hạn xử lý"))] = None
    lead: Annotated[UUID | None, Meta(description=_("Người được đề xuất chủ trì"))] = None
    proposal: Annotated[str, Meta(max_length=500, description=_("Nội dung đề xuất"))] = ""
    repeated: Annotated[bool, Meta(description=_("Vẫn vào sổ dù đã có văn bản cùng số, ký hiệu"))] = False


class ListedDocument(msgspec.Struct, frozen=True):
    """A line of a book. `person` leads the handling of an incoming, signs an outgoing document."""

    id: UUID
    direction: Annotated[str, Meta(examples=["incoming"])]
    body: BodyCode
    type: TypeCode
    state: State
    state_title: Annotated[str, Meta(examples=[_("Đã vào sổ")])]
    urgency: Annotated[str, Meta(description=_("Độ khẩn"), examples=["normal"])]
    abstract: Abstract
    number: NumberText
    doc_date: Annotated[date | None, Meta(description=_("Ngày văn bản"))]
    received_on: Annotated[date | None, Meta(description=_("Ngày đến"))]
    author_organ: Annotated[str, Meta(description=_("Tác giả"), examples=[_("UBND huyện Đô Lương")])]
    author_symbol: Annotated[str, Meta(description=_("Số, ký hiệu của tác giả"), examples=["85/UBND-NN"])]
    due_on: Annotated[date | None, Meta(description=_("Hạn xử lý"))]
    late: Annotated[bool, Meta(description=_("Quá hạn xử lý"), examples=[False])]
    recipients: Annotated[str, Meta(description=_("Nơi nhận"), examples=[_("Các thôn, bản")])]
    person: PersonName


class TakingPart(msgspec.Struct, frozen=True):
    """A person and what they have to do with a document."""

    staff_id: UUID
    name: PersonName
    relation: Annotated[str, Meta(description="lead, co, drafter, signer", examples=["lead"])]


class AttachedFile(msgspec.Struct, frozen=True):
    """A file of a document; `size` in bytes, `path` is where to read it."""

    id: UUID
    role: Annotated[str, Meta(description="main, annex, signed, earlier", examples=["main"])]
    name: Annotated[str, Meta(examples=["ke-hoach.pdf"])]
    size: Annotated[int, Meta(examples=[48213])]
    content_type: Annotated[str, Meta(examples=["application/pdf"])]
    path: Annotated[str, Meta(examples=["/api/v1/documents/0193f8a2-7c11-7d3e-8f00-5b1d2c3a4e5f/files/…"])]


class ShownDocument(msgspec.Struct, frozen=True):
    """A document whole. `acts` are what the caller may do with it now, in the words of the path of each act."""

    id: UUID
    direction: Annotated[str, Meta(examples=["incoming"])]
    body: BodyCode
    type: TypeCode
    type_name: Annotated[str, Meta(examples=[_("Công văn")])]
    state: State
    state_title: Annotated[str, Meta(examples=[_("Đã vào sổ")])]
    urgency: Annotated[str, Meta(examples=["normal"])]
    abstract: Abstract
    number: NumberText
    doc_date: date | None
    received_on: date | None
    author_organ: Annotated[str, Meta(examples=[_("UBND huyện Đô Lương")])]
    author_symbol: Annotated[str, Meta(examples=["85/UBND-NN"])]
    recipients: Annotated[str, Meta(examples=[_("Các thôn, bản")])]
    direction_text: Annotated[str, Meta(description=_("Ý kiến chỉ đạo"), examples=[_("Giao Phòng Kinh tế tham mưu.")])]
    due_on: date | None
    late: Annotated[bool, Meta(examples=[False])]
    people: Sequence[TakingPart]
    files: Sequence[AttachedFile]
    hand_overs: "Sequence[GivenTo]"
    acts: Annotated[Sequence[str], Meta(description=_("Việc người gọi làm được lúc này"), examples=[["propose"]])]


class GivenTo(msgspec.Struct, frozen=True):
    """A paper given on: to whom, when, and who signed for it when."""

    id: UUID
    receiver: Annotated[str, Meta(description=_("Người, đơn vị nhận"), examples=[_("Phòng Kinh tế")])]
    staff_id: UUID | None
    handed_over_on: date
    received_by: Annotated[str, Meta(description=_("Người ký nhận; trống: chưa ai"), examples=[""])]
    received_at: datetime | None


class Happened(msgspec.Struct, frozen=True):
    """An act on a document, in words."""

    at: datetime
    action: Annotated[str, Meta(examples=["documents.register"])]
    name: PersonName
    post: Annotated[str, Meta(description=_("Chức vụ khi làm việc đó"), examples=[_("Văn thư")])]
    text: Annotated[str, Meta(examples=[_("Vào sổ, số đến 1204.")])]


class TypeOfDocument(msgspec.Struct, frozen=True):
    """A type of documents that may be used today."""

    code: TypeCode
    name: Annotated[str, Meta(examples=[_("Công văn")])]


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why."""

    reason: Annotated[str, Meta(min_length=1, max_length=300, description=_("Lý do"), examples=[_("Vào sổ nhầm.")])]


class HandlersNamed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who leads, who helps, until when, in words: a proposal or a direction; see `Direction`."""

    lead: Annotated[UUID, Meta(description=_("Người chủ trì"))]
    co: Annotated[list[UUID], Meta(max_length=50, description=_("Người phối hợp"))] = []
    text: Annotated[str, Meta(max_length=500, description=_("Nội dung"), examples=[_("Giao chủ trì tham mưu.")])] = ""
    due_on: Annotated[date | None, Meta(description=_("Hạn xử lý"))] = None


ChangeReason = Annotated[
    str, Meta(max_length=300, description=_("Vì sao sửa; phải có khi sổ đã khóa, ghi vào phụ lục bổ sung của sổ"))
]


class CorrectedEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the clerk mends of an incoming entry; see `Correction`."""

    author_organ: Annotated[str, Meta(min_length=1, max_length=200, examples=[_("UBND huyện Đô Lương")])]
    type: TypeCode
    abstract: Annotated[str, Meta(min_length=1, max_length=500, examples=[_("Phòng, chống rét cho gia súc")])]
    author_symbol: Annotated[str, Meta(max_length=50, examples=["85/UBND-NN"])] = ""
    doc_date: date | None = None
    urgency: Urgency = "normal"
    secrecy: Secrecy = "open"
    change_reason: ChangeReason = ""


class Handing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To whom a paper is given on: people of the organ, or somebody else by name; `received`: they signed already."""

    receivers: Annotated[list[UUID], Meta(max_length=50, description=_("Cán bộ nhận"))] = []
    other: Annotated[str, Meta(max_length=200, description=_("Đơn vị, người nhận khác"))] = ""
    received: Annotated[bool, Meta(description=_("Đã ký nhận trên sổ giấy"))] = False


class Completion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an incoming document was settled."""

    note: Annotated[str, Meta(max_length=300, description=_("Kết quả xử lý"))] = ""


class WrittenDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An outgoing document as it is drafted; see `Draft`. Its text follows as a file."""

    body: BodyCode
    type: TypeCode
    abstract: Annotated[str, Meta(min_length=1, max_length=500, examples=[_("Báo cáo kết quả phòng, chống rét")])]
    signer: Annotated[UUID, Meta(description=_("Người ký"))]
    recipients: Annotated[str, Meta(max_length=500, description=_("Nơi nhận"), examples=[_("UBND huyện")])] = ""
    urgency: Urgency = "normal"
    secrecy: Secrecy = "open"
    of_congress: Annotated[bool, Meta(description=_("Văn bản của đại hội Đảng bộ"))] = False


class ContentCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`form_too`: the form is found in order in the same step."""

    form_too: bool = False


class BookColumns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Columns of the book that the clerk fills; see `Dispatch`."""

    copies: Annotated[int, Meta(ge=1, le=100000, description=_("Số lượng bản"))] | None = None
    archive_receiver: Annotated[str, Meta(max_length=200, description=_("Đơn vị, người nhận bản lưu"))] = ""
    note: Annotated[str, Meta(max_length=300, description=_("Ghi chú"))] = ""
    change_reason: ChangeReason = ""


class PagesOfFile(msgspec.Struct, frozen=True):
    """The pictures of a PDF's pages. `state` is none (no PDF), wanted (being made: ask again), made or failed."""

    state: Annotated[str, Meta(description="none, wanted, made, failed", examples=["made"])]
    pages: "Sequence[PageOfFile]"


class PageOfFile(msgspec.Struct, frozen=True):
    """The picture of a page; `width` and `height` in pixels, `path` is where to read it (WebP)."""

    number: Annotated[int, Meta(description=_("Trang, từ 1"), examples=[1])]
    width: Annotated[int, Meta(examples=[1240])]
    height: Annotated[int, Meta(examples=[1754])]
    path: Annotated[str, Meta(examples=["/api/v1/documents/…/files/…/pages/1"])]


BookName = Literal["outgoing", "incoming", "handling"]


class WantedBookFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole book that is wanted as one PDF; `handling` follows how incoming documents were handled."""

    book: Annotated[BookName, Meta(description=_("Sổ: văn bản đi, văn bản đến, theo dõi giải quyết văn bản đến"))]
    period: Annotated[str, Meta(max_length=20, description=_("Năm hoặc nhiệm kỳ"), examples=["2026"])]
    body: Annotated[BodyCode | None, Meta(description=_("Trống: sổ chung của các cơ quan"))] = None


class BookFileShown(msgspec.Struct, frozen=True):
    """How far the PDF of a whole book is; it is read when it is `made`, and kept for seven days."""

    id: UUID
    book: BookName
    period: Annotated[str, Meta(examples=["2026"])]
    asked_at: datetime
    state: Literal["making", "made", "failed"]
    lines_done: Annotated[int, Meta(examples=[400])]
    line_count: Annotated[int | None, Meta(description=_("Trống: chưa bắt đầu"), examples=[1204])]
    reason: Annotated[str, Meta(description=_("Vì sao chưa lập được"), examples=[""])]


class EntryOfBook(msgspec.Struct, frozen=True):
    """A line of a book as it is printed (NĐ 30/2020, Appendix IV)."""

    document_id: UUID
    number: NumberText
    type_name: Annotated[str, Meta(examples=[_("Công văn")])]
    abstract: Abstract
    doc_date: date | None
    received_on: date | None
    author_organ: Annotated[str, Meta(description=_("Tác giả"), examples=[_("UBND huyện Đô Lương")])]
    author_symbol: Annotated[str, Meta(description=_("Số, ký hiệu của tác giả"), examples=["85/UBND-NN"])]
    body_symbol: Annotated[str, Meta(description=_("Ký hiệu cơ quan"), examples=["UBND"])]
    state_title: Annotated[str, Meta(examples=[_("Đã vào sổ")])]
    due_on: date | None
    signer: Annotated[str, Meta(description=_("Người ký"), examples=[_("Trần Văn Nam")])]
    recipients: Annotated[str, Meta(description=_("Nơi nhận"), examples=[_("Các thôn, bản")])]
    handlers: Annotated[str, Meta(description=_("Người, đơn vị xử lý"), examples=[_("Nguyễn Thị Hoa")])]
    handed_over_on: Annotated[str, Meta(description=_("Ngày chuyển"), examples=["24/11/2026"])]
    received_by: Annotated[str, Meta(description=_("Người ký nhận"), examples=[""])]
    answers: Annotated[str, Meta(description=_("Văn bản trả lời"), examples=["131/UBND-NN"])]
    copies: int | None
    archive_receiver: Annotated[str, Meta(description=_("Đơn vị, người nhận bản lưu"), examples=[_("Văn phòng")])]
    note: Annotated[str, Meta(description=_("Ghi chú"), examples=[""])]
    struck: Annotated[str, Meta(description=_("Lý do gạch sổ; trống: không gạch"), examples=[""])]
    missing: Annotated[str, Meta(description=_("Các số trước đó chưa có trong hệ thống"), examples=["03–05"])]


SelectedIds = Annotated[list[UUID], Meta(min_length=1, max_length=100, description=_("Các văn bản"))]


class Selected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Papers of a book on which one act is done."""

    ids: SelectedIds


class SelectedForHandlers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Papers that are proposed or given to people. What is left open is each paper's own; see `SharedDirection`."""

    ids: SelectedIds
    lead: Annotated[UUID | None, Meta(description=_("Người chủ trì; trống: người đã đề xuất cho từng văn bản"))] = None
    co: Annotated[list[UUID], Meta(max_length=50, description=_("Người phối hợp"))] = []
    text: Annotated[str, Meta(max_length=500, description=_("Nội dung"))] = ""
    due_on: Annotated[date | None, Meta(description=_("Hạn xử lý; trống: hạn của từng văn bản"))] = None


class OutcomeOfPaper(msgspec.Struct, frozen=True):
    """What came of one paper of a selection: done, or left as it is and why."""

    document_id: UUID
    done: Annotated[bool, Meta(examples=[True])]
    reason: Annotated[str, Meta(description=_("Vì sao chưa làm; trống: đã làm"), examples=[""])]
    state: Annotated[str, Meta(description=_("Trạng thái sau đó; trống: không có văn bản này"), examples=["numbered"])]
    number: NumberText


class SeriesOfNumbers(msgspec.Struct, frozen=True):
    """A series of numbers as it runs today; `direction` is incoming, outgoing or congress."""

    code: Annotated[str, Meta(examples=["committee/QĐ"])]
    title: Annotated[str, Meta(examples=[_("Quyết định")])]
    direction: Annotated[str, Meta(examples=["outgoing"])]
    bodies: Annotated[Sequence[str], Meta(description=_("Các cơ quan dùng sổ"), examples=[[_("Ủy ban nhân dân")]])]
    period: Annotated[str, Meta(description=_("Năm, nhiệm kỳ hoặc đại hội; trống: chưa mở"), examples=["2026"])]
    next_number: Annotated[int, Meta(description=_("Số sẽ cấp tiếp"), examples=[132])]


class OpeningNumber(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At which number a series goes on, beyond those given here: what lies between was given on paper."""

    code: Annotated[str, Meta(min_length=1, max_length=100, description=_("Sổ"), examples=["committee/QĐ"])]
    next_number: Annotated[int, Meta(ge=1, le=999_999, description=_("Số tiếp theo"), examples=[132])]
    reason: Annotated[str, Meta(min_length=1, max_length=300, examples=[_("Đã cấp trên sổ giấy.")])]


class IncomingBook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One incoming book for all bodies but UBKT, or each its own."""

    common: Annotated[bool, Meta(description=_("Một sổ đến chung"))]


class TermShown(msgspec.Struct, frozen=True):
    """A term of the committee or a congress; both days included."""

    kind: Annotated[str, Meta(description="term, congress", examples=["term"])]
    label: Annotated[str, Meta(examples=["2025-2030"])]
    opened_on: date
    closed_on: date | None


class NewCongress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A congress that opens: its papers take their numbers from one series."""

    label: Annotated[str, Meta(min_length=1, max_length=100, examples=[_("Đại hội 2030-2035")])]
    opened_on: Annotated[date, Meta(description=_("Ngày khai mạc"))]


class NewTerm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A term that follows the present one, which closes with its congress."""

    label: Annotated[str, Meta(min_length=1, max_length=40, description=_("Nhiệm kỳ mới"), examples=["2030-2035"])]
    closed_on: Annotated[date, Meta(description=_("Ngày bế mạc đại hội"))]
    first_meeting_on: Annotated[date | None, Meta(description=_("Hội nghị lần thứ nhất, nếu họp trong đại hội"))] = None


class NumberedType(msgspec.Struct, frozen=True):
    """A type that the body issues, and the series that it takes its numbers from."""

    type: TypeCode
    name: Annotated[str, Meta(examples=[_("Công văn")])]
    series: Annotated[str, Meta(description=_("Mã sổ"), examples=["committee/CV"])]


class BooksOfBody(msgspec.Struct, frozen=True):
    """How a body's documents are numbered, and how what comes in goes to its leader."""

    body: Annotated[str, Meta(examples=[_("Ủy ban nhân dân")])]
    types: Sequence[NumberedType]
    series: Sequence[SeriesOfNumbers]
    proposal_required: Annotated[bool, Meta(description=_("Đề xuất trước khi trình lãnh đạo"), examples=[True])]
    direct_types: Annotated[Sequence[str], Meta(description=_("Loại chuyển thẳng"), examples=[["state/cong-van"]])]


class SharedSeries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Types that take their numbers from another series of the body from the next number on."""

    types: Annotated[list[str], Meta(min_length=1, max_length=100, examples=[["state/cong-van"]])]
    target: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=100,
            description=_("Mã một sổ của cơ quan; `one-new` là một sổ mới chung, `each-own` là mỗi loại một sổ"),
            examples=["each-own"],
        ),
    ]
    next_number: Annotated[int, Meta(ge=1, le=999_999, description=_("Số tiếp theo"))] | None = None


class Intake(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How what comes in goes to the leader of a body, from now on."""

    proposal_required: Annotated[bool, Meta(description=_("Đề xuất trước khi trình lãnh đạo"))]
    direct_types: Annotated[
        list[str], Meta(max_length=100, description=_("Loại chuyển thẳng"), examples=[["state/cong-van"]])
    ]
