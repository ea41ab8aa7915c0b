"""The forms of incoming documents: registering, who handles one, mending an entry."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput, NotFound
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.tenants.documents import operations, permissions, repository, rules
from lienxa.tenants.documents.models import Document
from lienxa.tenants.documents.pages.common import (
    Db,
    HtmlRequest,
    Me,
    address,
    attachment,
    back,
    keeps_books,
    reached_bodies,
    require_open,
    staff_options,
)
from lienxa.tenants.documents.pages.shown import ShownBrought
from lienxa.tenants.documents.rules import INCOMING
from lienxa.tenants.documents.schemas import Attachment, Correction, Direction, IncomingEntry


class IncomingController(Controller):
    """The forms of incoming documents: registering, who handles one, mending an entry."""

    path = "/van-ban"
    guards = [keeps_books]

    @get("/den/moi", operation_id="NewIncoming")
    async def new_incoming(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form for an incoming document."""
        actor.require(permissions.REGISTER)
        body = request.query_params.get("co-quan", "")
        values = {"urgency": "normal", "secrecy": "open", "body": body}
        return await incoming_form(request, session, actor, values=values)

    @post("/den/moi", operation_id="RegisterIncoming", status_code=303)
    async def register(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Enter an incoming document into its book."""
        actor.require(permissions.REGISTER)
        form = FormReader(await request.form())
        async with shown_again(session, partial(incoming_form, request, session, actor, values=form.values)):
            entry, file = await read_entry(session, form)
            document = await operations.incoming.register_incoming(session, actor, entry, file)
        return entered(request, document, form.values["body"])

    @get("/{document_id:str}/de-xuat", operation_id="NewProposal")
    async def new_proposal(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Template:
        """The form for the office head's proposal, filled with what the clerk entered."""
        actor.require(permissions.PROPOSE)
        return await _handlers_form(request, session, actor, document_id, PROPOSAL)

    @post("/{document_id:str}/de-xuat", operation_id="ProposeHandling", status_code=303)
    async def propose(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Propose to the leader; the one-tap button sends the same form with what the clerk entered."""
        return await _give(request, session, actor, document_id, PROPOSAL)

    @get("/{document_id:str}/chuyen-thang", operation_id="NewRoute")
    async def new_route(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Template:
        """The form that passes a paper on without the leader."""
        actor.require(permissions.PROPOSE)
        return await _handlers_form(request, session, actor, document_id, ROUTE)

    @post("/{document_id:str}/chuyen-thang", operation_id="RouteDirectly", status_code=303)
    async def route(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Pass a paper on without the leader, by the working rules."""
        return await _give(request, session, actor, document_id, ROUTE)

    @get("/{document_id:str}/chi-dao", operation_id="NewDirection")
    async def new_direction(
        self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]
    ) -> Template:
        """The form for the leader's direction, filled with what was proposed or directed before."""
        actor.require(permissions.DIRECT)
        return await _handlers_form(request, session, actor, document_id, DIRECTION)

    @post("/{document_id:str}/chi-dao", operation_id="GiveDirection", status_code=303)
    async def direct(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Write the direction; the one-tap button sends the same form with what was proposed."""
        return await _give(request, session, actor, document_id, DIRECTION)

    @get("/{document_id:str}/sua-so", operation_id="EditEntry")
    async def edit_entry(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Template:
        """The form that mends a wrong entry of an incoming document."""
        actor.require(permissions.REGISTER)
        return await _correction_form(request, session, actor, document_id)

    @post("/{document_id:str}/sua-so", operation_id="CorrectEntry", status_code=303)
    async def correct(self, request: HtmlRequest, session: Db, actor: Me, document_id: FromPath[UUID]) -> Redirect:
        """Mend a wrong entry; the timeline keeps what stood there."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_correction_form, request, session, actor, document_id, values=form.values)
        ):
            reason = form.text("change_reason", _("Lý do sửa sổ đã khóa"), max=300)
            await operations.incoming.correct(session, actor, document_id, _read_correction(form), reason)
        return back(request, document_id, _("Đã sửa trong sổ."))


async def incoming_form(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    *,
    values: Mapping[str, Any],
    errors: InvalidInput | None = None,
    brought: ShownBrought | None = None,
) -> Template:
    """The form for an incoming document; `brought` is the file from which it was filled."""
    bodies = [body for body in await reached_bodies(session, actor) if body.in_use]
    types = rules.types_by_code(clock.today())
    twins = await operations.brought.twins(session, actor, values, brought.sha256 if brought else "")
    return page(
        request,
        "documents/register.html",
        status=422 if errors else 200,
        values=values,
        errors=errors,
        bodies={body.code: body.name for body in bodies},
        types=rules.type_options(types),
        staff=await staff_options(session),
        urgencies=rules.URGENCIES,
        secrecies=rules.SECRECIES,
        repeated=bool(twins) or _names_field(errors, "author_symbol"),
        twins=twins,
        brought=brought,
        waiting=0 if brought else await repository.brought.count_waiting(session, actor),
    )


def entered(request: HtmlRequest, document: Document, body: str) -> Redirect:
    """Lead to a document that was entered, with the way to enter the next for the same body."""
    return redirect(
        request,
        f"/van-ban/{document.id}",
        notice=_("Đã vào sổ, số đến {number}.", number=document.number_text),
        next_label=_("Vào sổ văn bản tiếp theo"),
        next_path=address("/van-ban/den/moi", {"co-quan": body}, ""),
    )


async def read_entry(session: TenantSession, form: FormReader) -> tuple[IncomingEntry, Attachment | None]:
    """What was typed into the form, and the file that came with it; `SecretRefused` before anything is looked at."""
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
    file = attachment(await form.upload("file", _("Tệp văn bản")))
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
    operations.incoming.propose,
)
ROUTE = HandlersForm(
    rules.ROUTE,
    "chuyen-thang",
    _("Chuyển thẳng xử lý"),
    _("Nội dung chuyển"),
    _("Chuyển xử lý"),
    _("Đã chuyển xử lý."),
    operations.incoming.route,
)
DIRECTION = HandlersForm(
    rules.DIRECT,
    "chi-dao",
    _("Ý kiến chỉ đạo"),
    _("Ý kiến chỉ đạo"),
    _("Giao xử lý"),
    _("Đã giao xử lý."),
    operations.incoming.direct,
)


async def _give(
    request: HtmlRequest, session: TenantSession, actor: Actor, document_id: UUID, kind: HandlersForm
) -> Redirect:
    form = FormReader(await request.form())
    async with shown_again(
        session, partial(_handlers_form, request, session, actor, document_id, kind, values=form.values)
    ):
        await kind.operation(session, actor, document_id, _read_direction(form, kind))
    return back(request, document_id, kind.notice)


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
    held = await repository.document.held(session, actor, document_id)
    await require_open(session, actor, held, kind.act)
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
    handlers = await repository.document.involved(session, document.id)
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
    document = (await repository.document.held(session, actor, document_id)).document
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
        closed_book=await operations.closing.closing_of(session, document),
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


def _names_field(errors: InvalidInput | None, field: str) -> bool:
    return errors is not None and any(fault.field == field for fault in errors.fields)


async def proposed(session: TenantSession, document: Document, acts: Sequence[str]) -> dict[str, Any] | None:
    """What one tap of the office head confirms or of the leader directs: the proposal as it stands."""
    kind = {rules.REGISTERED: PROPOSAL, rules.PROPOSED: DIRECTION}.get(document.state)
    concerned = rules.PROPOSE in acts or rules.DIRECT in acts
    if kind is None or not concerned or document.proposed_lead_id is None:
        return None
    known = await repository.document.names(session, {document.proposed_lead_id, *document.proposed_co_ids})
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
