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


class Direction(msgspec.Struct, frozen=True):
    """A leader's direction (bút phê): who leads, who helps, until when, in which words."""

    lead_id: UUID
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


class BookFilter(msgspec.Struct, frozen=True):
    """What of a book is shown. `before` is the `position` of the last line seen."""

    direction: str
    body_id: UUID | None = None
    state: str = ""
    period: str = ""
    words: str = ""
    before: str = ""


class BookLine(msgspec.Struct, frozen=True):
    """A line of a book. `person` is the lead handler of an incoming, the signer of an outgoing document."""

    id: UUID
    body_symbol: str
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
    """A document that waits for somebody; `relations` are their own, `entered_by` is the name of who wrote it down."""

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
    relations: frozenset[str]


class FileEntry(msgspec.Struct, frozen=True):
    """A file of a document as its page lists it; `size` in bytes."""

    id: UUID
    role: str
    name: str
    size: int
    content_type: str


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
