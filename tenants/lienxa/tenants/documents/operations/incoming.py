"""An incoming document from the book to the end of its handling (NĐ 30/2020, articles 20-24)."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import FieldError, Forbidden, InvalidInput
from lienxa.platform.notify import notices
from lienxa.platform.notify.notices import Told
from lienxa.platform.text import _
from lienxa.tenants.documents import permissions, repository, rules
from lienxa.tenants.documents.models import Document
from lienxa.tenants.documents.operations.acts import refuse_struck, state_after
from lienxa.tenants.documents.operations.closing import list_change
from lienxa.tenants.documents.operations.common import notice, record, refuse
from lienxa.tenants.documents.operations.files import add_file
from lienxa.tenants.documents.operations.series import take_number
from lienxa.tenants.documents.repository.incoming import Intake
from lienxa.tenants.documents.rules import INCOMING
from lienxa.tenants.documents.schemas import Attachment, Correction, Direction, IncomingEntry


async def register_incoming(
    session: TenantSession, actor: Actor, entry: IncomingEntry, file: Attachment | None = None
) -> Document:
    """Enter an incoming document into its book and give it the next arrival number.

    Raises `SecretRefused` before anything is read or stored, and `InvalidInput` by field; on `author_symbol` if the
    document was registered before and the entry does not say that this is known.
    """
    actor.require(permissions.REGISTER)
    rules.refuse_secret(entry.secrecy)
    refuse(_entry_faults(actor, entry))
    today = clock.today()
    known = await repository.incoming.intake(session, entry, today)
    refuse(_intake_faults(entry, known))
    period, number = await take_number(session, known.book)
    document = Document(
        id=ids.new_id(),
        direction=INCOMING,
        body_id=entry.body_id,
        type_code=entry.type_code,
        state=rules.REGISTERED if known.proposal_required else rules.PROPOSED,
        abstract=entry.abstract,
        urgency=entry.urgency,
        listed_at=clock.now(),
        entered_by=actor.staff_id,
        doc_date=entry.doc_date,
        series_id=known.book.series_id,
        period=period,
        number=number,
        number_text=str(number),
        author_organ=entry.author_organ,
        author_symbol=entry.author_symbol,
        received_on=today,
        due_on=entry.due_on,
        proposed_lead_id=entry.proposed_lead_id,
        proposal_text=entry.proposal,
    )
    session.add(document)
    await session.flush()
    if file is not None:
        await add_file(session, actor, document.id, file)
    await record(session, actor, "register", document, number=document.number_text)
    return document


async def propose(session: TenantSession, actor: Actor, document_id: UUID, proposal: Direction) -> Document:
    """Propose to the leader who leads, who helps and until when; what the clerk entered is confirmed or changed."""
    actor.require(permissions.PROPOSE)
    held = await repository.document.held(session, actor, document_id, lock=True, related=False)
    document = held.document
    document.state = await state_after(session, actor, held, rules.PROPOSE)
    handlers = await _checked_handlers(session, document, proposal)
    await write_proposal(session, actor, document, proposal, handlers)
    return document


async def write_proposal(
    session: TenantSession, actor: Actor, document: Document, proposal: Direction, handlers: Mapping[UUID, str]
) -> None:
    document.proposed_lead_id = proposal.lead_id
    document.proposed_co_ids = _helpers(proposal)
    document.proposal_text = proposal.text
    document.due_on = proposal.due_on
    await record(session, actor, "propose", document, lead=handlers[proposal.lead_id], text=proposal.text)


async def direct(session: TenantSession, actor: Actor, document_id: UUID, direction: Direction) -> Document:
    """Write the direction (bút phê): who leads, who helps, until when. Given again, it replaces the one before."""
    actor.require(permissions.DIRECT)
    return await _give_to_handlers(session, actor, document_id, direction, rules.DIRECT)


async def route(session: TenantSession, actor: Actor, document_id: UUID, direction: Direction) -> Document:
    """Pass a paper on without the leader, where the working rules of the office say so for its type."""
    actor.require(permissions.PROPOSE)
    return await _give_to_handlers(session, actor, document_id, direction, rules.ROUTE)


async def _give_to_handlers(
    session: TenantSession, actor: Actor, document_id: UUID, direction: Direction, act: str
) -> Document:
    held = await repository.document.held(session, actor, document_id, lock=True, related=False)
    document = held.document
    document.state = await state_after(session, actor, held, act)
    handlers = await _checked_handlers(session, document, direction)
    await repository.incoming.replace_handlers(session, {document_id: direction})
    await write_direction(session, actor, document, direction, handlers, act)
    await notices.tell(session, actor, *told_handlers(document, direction))
    return document


async def write_direction(
    session: TenantSession,
    actor: Actor,
    document: Document,
    direction: Direction,
    handlers: Mapping[UUID, str],
    act: str,
) -> None:
    document.direction_text = direction.text
    document.due_on = direction.due_on
    await record(session, actor, act, document, lead=handlers[direction.lead_id], text=direction.text)


def told_handlers(document: Document, direction: Direction) -> list[Told]:
    return [
        notice(document, "direct", _("Giao đồng chí chủ trì xử lý: {abstract}"), direction.lead_id),
        notice(document, "direct", _("Giao đồng chí phối hợp xử lý: {abstract}"), *_helpers(direction)),
    ]


def _helpers(direction: Direction) -> list[UUID]:
    return [staff_id for staff_id in direction.co_ids if staff_id != direction.lead_id]


async def _checked_handlers(session: TenantSession, document: Document, direction: Direction) -> Mapping[UUID, str]:
    handlers = await repository.document.names(session, {direction.lead_id, *direction.co_ids})
    if direction.lead_id not in handlers:
        raise InvalidInput.of("lead", _("Chưa có người chủ trì xử lý."), _("Chọn một cán bộ trong danh sách."))
    if not handlers.keys() >= set(direction.co_ids):
        raise InvalidInput.of("co", _("Có người phối hợp không thuộc đơn vị."), _("Chọn lại trong danh sách."))
    # A paper that is late already keeps its deadline when it is given to somebody else.
    if direction.due_on != document.due_on:
        refuse(due_faults(direction.due_on))
    return handlers


async def complete(session: TenantSession, actor: Actor, document_id: UUID, note: str = "") -> Document:
    """Close an incoming document that needs no answer, or none any more; `note` says how it was settled."""
    actor.require(permissions.HANDLE)
    held = await repository.document.held(session, actor, document_id, lock=True)
    held.document.state = await state_after(session, actor, held, rules.COMPLETE)
    held.document.finished_at = clock.now()
    await record(session, actor, "complete", held.document, note=note)
    return held.document


async def correct(
    session: TenantSession, actor: Actor, document_id: UUID, correction: Correction, reason: str = ""
) -> Document:
    """Mend a wrong entry of an incoming document; the trail keeps what stood there before, field by field.

    In a closed book only for a reason.
    """
    actor.require(permissions.REGISTER)
    rules.refuse_secret(correction.secrecy)
    document = await _entry(session, actor, document_id)
    refuse(_correction_faults(correction))
    changed = {
        field: (_told_value(field, getattr(document, field)), _told_value(field, getattr(correction, field)))
        for field in rules.ENTRY_FIELDS
        if getattr(document, field) != getattr(correction, field)
    }
    if changed:
        told = "; ".join(
            f"{rules.ENTRY_FIELDS[field]}: “{before}” → “{after}”" for field, (before, after) in changed.items()
        )
        await list_change(session, actor, document, told, reason)
    for field, (before, after) in changed.items():
        setattr(document, field, getattr(correction, field))
        await record(session, actor, "correct", document, field=field, before=before, after=after, reason=reason)
    return document


def _told_value(field: str, value: Any) -> str:
    if value is None or value == "":
        return _("(trống)")
    if field == "type_code":
        return rules.type_title(value, clock.today())
    if field == "urgency":
        return rules.URGENCIES[value]
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)


async def _entry(session: TenantSession, actor: Actor, document_id: UUID) -> Document:
    """An incoming entry of a body that the acting post reaches, locked; `Conflict` if it is struck."""
    held = await repository.document.held(session, actor, document_id, lock=True, related=False)
    document = held.document
    if document.direction != INCOMING or document.body_id not in actor.acting.body_ids:
        raise Forbidden(_("Chức vụ này không giữ sổ có văn bản đó."), remedy=_("Nhờ văn thư của cơ quan đó."))
    refuse_struck(document)
    return document


async def handle_again(session: TenantSession, actor: Actor, incoming_id: UUID, lost: Document) -> None:
    """Let an incoming document be handled again whose answer was given up or struck, unless there is another."""
    incoming = await repository.drafts.answered_document(session, incoming_id)
    await session.flush()
    settled = incoming.state == rules.DONE and lost.issued_at is not None and incoming.finished_at == lost.issued_at
    if not (settled or incoming.state == rules.ANSWERED) or await repository.drafts.has_answer(session, incoming_id):
        return
    incoming.state, incoming.finished_at = rules.DIRECTED, None
    verb = "answer_struck" if lost.state == rules.STRUCK else "answer_discarded"
    await record(session, actor, verb, incoming, number=lost.number_text)


def _entry_faults(actor: Actor, entry: IncomingEntry) -> list[FieldError]:
    found = []
    if entry.body_id not in actor.acting.body_ids:
        found.append(FieldError("body", _("Chức vụ này không vào sổ cho cơ quan đó."), _("Chọn cơ quan khác.")))
    return found + _correction_faults(entry) + due_faults(entry.due_on)


def _correction_faults(entry: IncomingEntry | Correction) -> list[FieldError]:
    found = []
    if entry.type_code not in rules.types_by_code(clock.today()):
        found.append(FieldError("type", _("Không có loại văn bản này."), _("Chọn lại trong danh sách.")))
    if not entry.author_organ:
        found.append(FieldError("author_organ", _("Chưa nhập tác giả."), _("Ghi cơ quan ban hành văn bản.")))
    if not entry.abstract:
        found.append(FieldError("abstract", _("Chưa nhập trích yếu."), _("Ghi nội dung tóm tắt như trên văn bản.")))
    if entry.doc_date and entry.doc_date > clock.today():
        found.append(FieldError("doc_date", _("Ngày văn bản sau ngày hôm nay."), _("Xem lại ngày trên văn bản.")))
    return found


def due_faults(due_on: date | None) -> list[FieldError]:
    if due_on is None or due_on >= clock.today():
        return []
    return [FieldError("due_on", _("Hạn xử lý trước ngày hôm nay."), _("Chọn từ hôm nay trở đi, hoặc để trống."))]


def _intake_faults(entry: IncomingEntry, known: Intake) -> list[FieldError]:
    found = []
    if entry.proposed_lead_id and not known.lead_known:
        found.append(FieldError("lead", _("Người được đề xuất không thuộc đơn vị."), _("Chọn lại trong danh sách.")))
    twin = next((row for row in known.earlier if rules.same_author(row.author_organ, entry.author_organ)), None)
    if twin is not None and not entry.repeated:
        reason = _(
            "Văn bản này đã vào sổ: số đến {number}, ngày {day:%d/%m/%Y}.",
            number=twin.number_text,
            day=twin.received_on,
        )
        found.append(
            FieldError("author_symbol", reason, _("Nếu đúng là văn bản khác, đánh dấu “Vẫn vào sổ” rồi gửi lại."))
        )
    return found
