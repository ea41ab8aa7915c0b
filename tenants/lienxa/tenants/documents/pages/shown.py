"""A document and a line of a book with what is worked out for their display."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Response

from lienxa.platform import clock
from lienxa.platform.db.session import TenantSession
from lienxa.platform.files import pictures, store
from lienxa.platform.files.content import PDF, SHOWN_INLINE
from lienxa.platform.files.models import PagePicture
from lienxa.platform.text import _
from lienxa.platform.web.page import Badge
from lienxa.tenants.documents import operations, rules
from lienxa.tenants.documents.models import BroughtPaper, Document
from lienxa.tenants.documents.pages.common import HtmlRequest
from lienxa.tenants.documents.schemas import BookLine, FileEntry

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


def shown_line(line: BookLine) -> ShownLine:
    """A line of a book as lists and sheets show it."""
    type_name = rules.type_title(line.type_code, line.doc_date or line.received_on or clock.today())
    return ShownLine(
        line=line,
        type_name=type_name,
        abstract=rules.without_type(line.abstract, type_name),
        state=_standing(line),
        urgency=urgency_badge(line.urgency),
        late=not line.passed_to and rules.is_late(line.due_on, line.state, clock.today()),
        struck=line.state in (rules.STRUCK, rules.DISCARDED),
    )


def _standing(line: BookLine) -> Badge:
    if line.passed_to:
        return Badge("neutral", _("Đã chuyển {organ}", organ=line.passed_to))
    return state_badge(line.state, line.body_system)


def shown_document(document: Document, system: str) -> ShownDocument:
    """A document as the lists of a selection show it; `system` is that of its body."""
    type_name = rules.type_title(document.type_code, document.doc_date or document.received_on or clock.today())
    return ShownDocument(
        document=document,
        type_name=type_name,
        abstract=rules.without_type(document.abstract, type_name),
        state=state_badge(document.state, system),
        urgency=urgency_badge(document.urgency),
    )


def state_badge(state: str, system: str) -> Badge:
    return Badge(STATE_BADGES[state], rules.state_title(state, system))


def urgency_badge(urgency: str) -> Badge | None:
    return None if urgency == "normal" else Badge("warn", rules.URGENCIES[urgency])


@dataclass(frozen=True)
class ShownPaper:
    """A file that is shown as pictures: `pages` are `(page, width, height)`, empty until they are made.

    `source` is where it is read; its pages stand under it.
    """

    file: FileEntry
    kind: str
    pages: Sequence[Any]
    source: str


async def shown_paper(session: TenantSession, file: FileEntry, source: str) -> ShownPaper:
    """A file as the pages show it; of a PDF the pages are drawn when it is first opened."""
    if file.content_type != PDF:
        return ShownPaper(file, "picture" if file.content_type in SHOWN_INLINE else "download", (), source)
    if file.pictures == "none":
        await operations.files.want_pictures(session, file)
    if file.pictures == "made":
        return ShownPaper(file, "pages", await pictures.of_file(session, file.stored_id), source)
    return ShownPaper(file, "failed" if file.pictures == "failed" else "waiting", (), source)


async def page_answer(request: HtmlRequest, session: TenantSession, picture: PagePicture) -> Response[bytes]:
    """The picture of a page. A browser may keep it, but asks each time whether it may show it."""
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


@dataclass(frozen=True)
class ShownBrought:
    """A file that waits for being entered, beside the form: `notes` say of each field what the file says of it.

    `proposed`: the fields that hold what was read; whoever enters the paper shall look at them.
    """

    paper: BroughtPaper
    sha256: str
    file: ShownPaper
    proposed: frozenset[str]
    notes: Mapping[str, str]
