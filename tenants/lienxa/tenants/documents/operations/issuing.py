"""Number and issue of a signed document (NĐ 30/2020, articles 14-19), and papers that were signed elsewhere."""

from uuid import UUID

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict
from lienxa.platform.text import _
from lienxa.platform.webhooks.events import Happened, tell_others
from lienxa.tenants.documents import permissions, repository, rules
from lienxa.tenants.documents.models import Document, DocumentFile, DocumentParticipant
from lienxa.tenants.documents.operations.acts import state_after
from lienxa.tenants.documents.operations.books import fill_book
from lienxa.tenants.documents.operations.common import record
from lienxa.tenants.documents.operations.series import take_number
from lienxa.tenants.documents.rules import CONGRESS, OUTGOING
from lienxa.tenants.documents.schemas import Dispatch, SignedPaper


async def give_number(session: TenantSession, actor: Actor, document_id: UUID) -> Document:
    """Give a signed document the next number of its series, and today's date."""
    actor.require(permissions.NUMBER)
    held = await repository.document.held(session, actor, document_id, lock=True, related=False)
    following = await state_after(session, actor, held, rules.GIVE_NUMBER)
    await write_number(session, actor, held.document, following)
    return held.document


async def write_number(session: TenantSession, actor: Actor, document: Document, following: str) -> None:
    direction = CONGRESS if document.of_congress else OUTGOING
    await repository.series.hold_series(session, document.body_id, direction, document.type_code)
    today = clock.today()
    document_type = rules.types_by_code(today).get(document.type_code)
    if document_type is None:
        raise Conflict(
            _("Loại văn bản này không còn trong quy định hiện hành."), remedy=_("Soạn lại theo loại đang có hiệu lực.")
        )
    # Only the number of a công văn speaks of the unit that drafted it.
    unit_id = None if document_type.abbreviation else document.unit_id
    book = await repository.series.book_for(session, document.body_id, direction, document.type_code, today, unit_id)
    period, number = await take_number(session, book)
    document.state, document.series_id, document.period, document.number = following, book.series_id, period, number
    document.number_text = rules.number_text(
        number,
        document_type,
        body=rules.CONGRESS_SYMBOL if document.of_congress else book.body_symbol,
        unit=book.unit_symbol,
        year=today.year,
    )
    document.doc_date = today
    document.numbered_at = document.listed_at = clock.now()
    await record(session, actor, "give_number", document, number=document.number_text)


async def issue(session: TenantSession, actor: Actor, document_id: UUID, dispatch: Dispatch | None = None) -> Document:
    """Issue a numbered document, with what the book wants to know. What it answers is settled by that."""
    actor.require(permissions.ISSUE)
    held = await repository.document.held(session, actor, document_id, lock=True, related=False)
    document = held.document
    following = await state_after(session, actor, held, rules.ISSUE)
    if dispatch is not None:
        fill_book(document, dispatch)
    await write_issue(session, actor, document, following)
    await tell_others(session, issued(document))
    return document


async def write_issue(session: TenantSession, actor: Actor, document: Document, following: str) -> None:
    document.state, document.issued_at = following, clock.now()
    await record(session, actor, "issue", document, number=document.number_text)
    if document.answers_id is not None:
        await _settle(session, actor, document.answers_id, document)


async def _settle(session: TenantSession, actor: Actor, incoming_id: UUID, answer: Document) -> None:
    incoming = await repository.drafts.answered_document(session, incoming_id)
    if incoming.state in (rules.DONE, rules.STRUCK):
        return
    incoming.state, incoming.finished_at = rules.DONE, answer.issued_at
    await record(session, actor, "settle", incoming, number=answer.number_text)


async def enter_signed(session: TenantSession, actor: Actor, paper: SignedPaper) -> Document:
    """Enter a paper that was signed elsewhere into the outgoing book of its body, and issue it: the result of a case.

    It takes the next number of its series, and today's date. `Conflict` if its type is not in force today.
    """
    actor.require(permissions.NUMBER)
    await repository.series.hold_series(session, paper.body_id, OUTGOING, paper.type_code)
    today, now = clock.today(), clock.now()
    document_type = rules.types_by_code(today).get(paper.type_code)
    if document_type is None:
        raise Conflict(
            _("Loại văn bản này không còn trong quy định hiện hành."), remedy=_("Soạn lại theo loại đang có hiệu lực.")
        )
    book = await repository.series.book_for(session, paper.body_id, OUTGOING, paper.type_code, today)
    period, number = await take_number(session, book)
    document = Document(
        id=ids.new_id(),
        direction=OUTGOING,
        body_id=paper.body_id,
        type_code=paper.type_code,
        state=rules.ISSUED,
        abstract=paper.abstract,
        listed_at=now,
        entered_by=actor.staff_id,
        doc_date=today,
        series_id=book.series_id,
        period=period,
        number=number,
        number_text=rules.number_text(number, document_type, body=book.body_symbol, unit="", year=today.year),
        signer_id=paper.signer_id,
        signer_title=paper.signer_title,
        recipients=paper.recipients,
        signed_at=paper.signed_at,
        numbered_at=now,
        issued_at=now,
        origin_title=paper.origin_title,
        origin_path=paper.origin_path,
    )
    session.add(document)
    await session.flush()
    if paper.text_file_id is not None:
        session.add(DocumentFile(document_id=document.id, stored_file_id=paper.text_file_id, role=rules.MAIN))
    takes_part = {"signer": paper.signer_id, "drafter": paper.drafter_id or paper.signer_id}
    session.add_all(
        DocumentParticipant(document_id=document.id, staff_id=staff_id, relation=relation)
        for relation, staff_id in takes_part.items()
    )
    await record(session, actor, "enter_signed", document, number=document.number_text)
    await tell_others(session, issued(document))
    return document


def issued(document: Document) -> Happened:
    return Happened("documents.issued", document.id, f"/documents/{document.id}", document.body_id)


async def is_visible(session: TenantSession, actor: Actor, document_id: UUID) -> bool:
    """Whether that person may open that document."""
    return await repository.document.is_visible(session, actor, document_id)


async def latest_issued(session: TenantSession, actor: Actor) -> UUID | None:
    """The paper that a body of the acting post issued last, among those that the person sees."""
    return await repository.document.latest_issued(session, actor)
