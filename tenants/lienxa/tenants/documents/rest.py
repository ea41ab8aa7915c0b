"""Documents below `/api/v1/documents`: the same operations as the pages, with the same rights."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.rest.admission import NEEDS
from lienxa.platform.rest.answers import created
from lienxa.platform.rest.paging import Page, Window
from lienxa.platform.text import _
from lienxa.tenants.documents import operations, pages, permissions, repository, rules
from lienxa.tenants.documents.rules import INCOMING, OUTGOING
from lienxa.tenants.documents.schemas import (
    AttachedFile,
    BookFilter,
    BookLine,
    IncomingEntry,
    ListedDocument,
    NewIncoming,
    ShownDocument,
    TakingPart,
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

    @get("/{document_id:uuid}", operation_id="GetDocument", summary=_("Một văn bản"))
    async def show(self, session: Db, actor: Me, document_id: FromPath[UUID]) -> ShownDocument:
        """A document with its people, its files and what the caller may do with it."""
        return await _shown(session, actor, document_id)


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
        body=line.body,
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
        body=body.code,
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
        acts=await operations.acts_on(session, actor, held),
    )
