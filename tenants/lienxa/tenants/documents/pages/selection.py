"""What is done to several papers of a book at once, and the sheet of what was selected. `chon` names the papers.

Choosing is reading: the list sends its selection to a page that says what will be done to which paper, and which are
left out and why. Only the form of that page acts.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Template

from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.tenants.documents import operations, repository, rules
from lienxa.tenants.documents.operations.selection import MOST_AT_ONCE, Outcome
from lienxa.tenants.documents.pages.common import BOOK_PATHS, SELECTION_PATH, keeps_books, staff_options
from lienxa.tenants.documents.pages.shown import ShownDocument, shown_document, shown_line
from lienxa.tenants.documents.rules import INCOMING, OUTGOING
from lienxa.tenants.documents.schemas import SharedDirection

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]


@dataclass(frozen=True)
class Several:
    """An act on several papers: its address, the list it begins at and its view, and its words.

    `button` and `done` tell how many: `{count}`. `names_handlers`: its form asks who handles the papers.
    """

    act: str
    path: str
    direction: str
    view: str
    title: str
    button: str
    done: str
    icon: str
    names_handlers: bool = False


PROPOSE = Several(
    rules.PROPOSE,
    "de-xuat",
    INCOMING,
    rules.UNASSIGNED,
    _("Đề xuất xử lý các văn bản đã chọn"),
    _("Trình lãnh đạo {count} văn bản"),
    _("Đã trình lãnh đạo chỉ đạo {count} văn bản."),
    "pencil",
    names_handlers=True,
)
DIRECT = Several(
    rules.DIRECT,
    "chi-dao",
    INCOMING,
    rules.UNASSIGNED,
    _("Giao xử lý các văn bản đã chọn"),
    _("Giao xử lý {count} văn bản"),
    _("Đã giao xử lý {count} văn bản."),
    "writing",
    names_handlers=True,
)
GIVE_NUMBER = Several(
    rules.GIVE_NUMBER,
    "cap-so",
    OUTGOING,
    rules.SIGNED,
    _("Cấp số các văn bản đã chọn"),
    _("Cấp số {count} văn bản"),
    _("Đã cấp số {count} văn bản."),
    "rubber-stamp",
)
ISSUE = Several(
    rules.ISSUE,
    "phat-hanh",
    OUTGOING,
    rules.NUMBERED,
    _("Phát hành các văn bản đã chọn"),
    _("Phát hành {count} văn bản"),
    _("Đã phát hành {count} văn bản."),
    "send",
)


class SelectionController(Controller):
    """Pages and acts of a selection."""

    path = SELECTION_PATH
    guards = [keeps_books]

    @get("/de-xuat", operation_id="SelectToPropose")
    async def to_propose(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form that proposes who handles the selected papers."""
        return await _form(request, session, actor, PROPOSE)

    @post("/de-xuat", operation_id="ProposeSelected", status_code=303)
    async def propose(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect | Template:
        """Propose who handles them."""
        return await _act(request, session, actor, PROPOSE)

    @get("/chi-dao", operation_id="SelectToDirect")
    async def to_direct(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form that gives the selected papers to somebody."""
        return await _form(request, session, actor, DIRECT)

    @post("/chi-dao", operation_id="DirectSelected", status_code=303)
    async def direct(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect | Template:
        """Give them to somebody."""
        return await _act(request, session, actor, DIRECT)

    @get("/cap-so", operation_id="SelectToNumber")
    async def to_number(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The selected papers in the order in which they would get their numbers."""
        return await _form(request, session, actor, GIVE_NUMBER)

    @post("/cap-so", operation_id="NumberSelected", status_code=303)
    async def number(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect | Template:
        """Give them their numbers."""
        return await _act(request, session, actor, GIVE_NUMBER)

    @get("/phat-hanh", operation_id="SelectToIssue")
    async def to_issue(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The selected papers that would be issued."""
        return await _form(request, session, actor, ISSUE)

    @post("/phat-hanh", operation_id="IssueSelected", status_code=303)
    async def issue(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect | Template:
        """Issue them."""
        return await _act(request, session, actor, ISSUE)

    @get("/in-den", operation_id="PrintSelectedIncoming")
    async def print_incoming(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The selected incoming documents as a sheet of paper."""
        return await _sheet(request, session, actor, INCOMING)

    @get("/in-di", operation_id="PrintSelectedOutgoing")
    async def print_outgoing(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The selected outgoing documents as a sheet of paper."""
        return await _sheet(request, session, actor, OUTGOING)


@dataclass(frozen=True)
class ShownOutcome:
    """A paper of the selection with what is worked out for its display, and why it is left out, if it is."""

    paper: ShownDocument
    body: str
    lead: str
    refusal: str


async def _form(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    kind: Several,
    *,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    actor.require(rules.RIGHTS[kind.act].permission)
    chosen = values["chon"] if values is not None else request.query_params.getall("chon", [])
    ids = _ids(chosen)
    foreseen = await operations.selection.foresee(session, actor, kind.act, ids) if ids else []
    outcomes = await _shown(session, foreseen)
    ready = [one for one in outcomes if not one.refusal]
    return page(
        request,
        "documents/selected.html",
        status=422 if errors else 200,
        kind=kind,
        action=f"{SELECTION_PATH}/{kind.path}",
        book_path=_list_path(kind),
        ready=ready,
        refused=[one for one in outcomes if one.refusal],
        unseen=len(ids) - len(outcomes),
        most=MOST_AT_ONCE if len(chosen) > MOST_AT_ONCE else 0,
        button=kind.button.format(count=len(ready)),
        values=values or {},
        errors=errors,
        staff=await staff_options(session) if kind.names_handlers and ready else {},
    )


async def _act(request: HtmlRequest, session: TenantSession, actor: Actor, kind: Several) -> Redirect | Template:
    actor.require(rules.RIGHTS[kind.act].permission)
    form = FormReader(await request.form())
    ids = form.uuids("chon", _("Văn bản"))[:MOST_AT_ONCE]
    async with shown_again(session, partial(_form, request, session, actor, kind, values=form.values)):
        outcomes = await _done(session, actor, kind, form, ids)
    done = [one.document for one in outcomes if not one.refusal]
    if not done or len(done) < len(ids):
        return await _result(request, session, kind, outcomes, unseen=len(ids) - len(outcomes))
    following = {GIVE_NUMBER: ISSUE}.get(kind)
    goes_on = following is not None and actor.may(rules.RIGHTS[following.act].permission)
    return redirect(
        request,
        _list_path(kind),
        notice=_told(kind, done),
        next_label=_("Phát hành các văn bản này") if goes_on else _("Về việc của tôi"),
        next_path=_address(ISSUE, [document.id for document in done]) if goes_on else "/viec-cua-toi",
    )


async def _done(
    session: TenantSession, actor: Actor, kind: Several, form: FormReader, ids: Sequence[UUID]
) -> list[Outcome]:
    if kind.names_handlers:
        return await operations.selection.give_several(session, actor, kind.act, ids, _read_direction(form))
    form.check()
    return await _STEPS[kind.act](session, actor, ids)


_STEPS: Mapping[str, Callable[[TenantSession, Actor, Collection[UUID]], Awaitable[list[Outcome]]]] = {
    rules.GIVE_NUMBER: operations.selection.number_several,
    rules.ISSUE: operations.selection.issue_several,
}


def _read_direction(form: FormReader) -> SharedDirection:
    wanted = SharedDirection(
        lead_id=form.uuid("lead", _("Chủ trì xử lý")),
        due_on=form.day("due_on", _("Hạn xử lý")),
        text=form.text("text", _("Nội dung")),
        co_ids=form.uuids("co", _("Phối hợp")),
    )
    form.check()
    return wanted


async def _result(
    request: HtmlRequest, session: TenantSession, kind: Several, outcomes: Sequence[Outcome], *, unseen: int
) -> Template:
    """Not all could be done: which were, which not and why."""
    shown = await _shown(session, outcomes)
    done = [one for one in shown if not one.refusal]
    template = page(
        request,
        "documents/selected_result.html",
        kind=kind,
        book_path=_list_path(kind),
        told=kind.done.format(count=len(done)),
        done=done,
        refused=[one for one in shown if one.refusal],
        unseen=unseen,
    )
    # Where a second click on the same button leads: to what is left of the selection.
    left = [one.document.id for one in outcomes if one.refusal]
    template.headers = {"location": _address(kind, left) if left else _list_path(kind)}
    return template


async def _shown(session: TenantSession, outcomes: Sequence[Outcome]) -> list[ShownOutcome]:
    if not outcomes:
        return []
    bodies = {body.id: body for body in await people.bodies(session)}
    leads = {one.document.proposed_lead_id for one in outcomes if one.document.proposed_lead_id}
    names = await repository.document.names(session, leads) if leads else {}
    return [
        ShownOutcome(
            paper=shown_document(one.document, bodies[one.document.body_id].system),
            body=bodies[one.document.body_id].symbol,
            lead=names.get(one.document.proposed_lead_id, "") if one.document.proposed_lead_id else "",
            refusal=one.refusal,
        )
        for one in outcomes
    ]


def _told(kind: Several, done: Sequence[Any]) -> str:
    """How many, and of papers that go out their numbers, as many as a line holds."""
    numbers = [document.number_text for document in done if document.direction == OUTGOING]
    listed = ", ".join(numbers[:_NUMBERS_TOLD]) + ("…" if len(numbers) > _NUMBERS_TOLD else "")
    return kind.done.format(count=len(done)) + (f" {listed}" if listed else "")


_NUMBERS_TOLD = 8


async def _sheet(request: HtmlRequest, session: TenantSession, actor: Actor, direction: str) -> Template:
    ids = _ids(request.query_params.getall("chon", []))
    lines = await repository.books.selected_lines(session, actor, direction, ids) if ids else []
    return page(
        request,
        "documents/selected_print.html",
        incoming=direction == INCOMING,
        book_path=BOOK_PATHS[direction],
        lines=[shown_line(line) for line in lines],
    )


def _ids(given: Sequence[str]) -> list[UUID]:
    """The identifiers of a selection, as many as are allowed at once; what is none is no paper."""
    found = []
    for text in dict.fromkeys(given):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found[:MOST_AT_ONCE]


def _list_path(kind: Several) -> str:
    return f"{BOOK_PATHS[kind.direction]}?xem={kind.view}"


def _address(kind: Several, ids: Sequence[UUID]) -> str:
    return f"{SELECTION_PATH}/{kind.path}?{urlencode([('chon', str(one)) for one in ids])}"
