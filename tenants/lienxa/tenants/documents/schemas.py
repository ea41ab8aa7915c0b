"""What goes into and comes out of the module."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec


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
    """A line of a book. `person` is the lead handler of an incoming, the signer of an outgoing document."""

    id: UUID
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


class WorkLine(msgspec.Struct, frozen=True):
    """A document that waits for somebody; `relations` are their own, `entered_by` is the name of who wrote it down.

    `lead` is the name of who leads its handling, empty before somebody does.
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


class BodyBooks(msgspec.Struct, frozen=True):
    """How a body's documents are numbered and taken in.

    `series` are its outgoing series, `series_of` says by type code which one (by code) a type takes its numbers from.
    `direct` are the types of incoming documents that go on without the leader.
    """

    body: str
    types: dict[str, str]
    series: tuple[SeriesLine, ...]
    series_of: dict[str, str]
    incoming_types: dict[str, str]
    proposal_required: bool
    direct: frozenset[str]


class TermLine(msgspec.Struct, frozen=True):
    """A term of the committee or a congress (`kind` is `term` or `congress`), both days included."""

    kind: str
    label: str
    opened_on: date
    closed_on: date | None


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
