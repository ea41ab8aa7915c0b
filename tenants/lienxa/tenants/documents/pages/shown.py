"""A document and a line of a book with what is worked out for their display."""

from collections.abc import Mapping
from dataclasses import dataclass

from lienxa.platform import clock
from lienxa.platform.text import _
from lienxa.platform.web.page import Badge
from lienxa.tenants.documents import rules
from lienxa.tenants.documents.models import Document
from lienxa.tenants.documents.schemas import BookLine

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
