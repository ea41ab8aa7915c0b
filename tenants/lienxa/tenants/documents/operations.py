"""The verbs of documents, in the order in which a paper goes through the office (NĐ 30/2020, articles 10-24).

Each asks for the right first, then finds the document among those that the person may see and locks it, then asks the
state machine. Nothing here commits.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import msgspec

from lienxa.platform import clock, ids, jobs
from lienxa.platform.access import members
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.access.staffing import COMMUNE
from lienxa.platform.acts import record_act
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, FieldError, Forbidden, InvalidInput, NotFound
from lienxa.platform.files import pictures, store
from lienxa.platform.files.content import PDF, SHOWN_INLINE
from lienxa.platform.files.jobs import draw_pages
from lienxa.platform.files.models import StoredFile
from lienxa.platform.module import Opening, OpeningBook
from lienxa.platform.notify import notices
from lienxa.platform.notify.notices import Told
from lienxa.platform.print import Binder, pdf_aside
from lienxa.platform.rollup import marks
from lienxa.platform.rules.documents import DocumentType
from lienxa.platform.telemetry import metrics
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.platform.webhooks.events import Happened, tell_others
from lienxa.tenants.documents import papers, permissions, repository, rules
from lienxa.tenants.documents.models import (
    BookFile,
    CommitteeTerm,
    Congress,
    Document,
    DocumentFile,
    DocumentParticipant,
    HandOver,
    IntakeRule,
    NumberCounter,
    NumberSeries,
    SeriesUse,
    SignOff,
)
from lienxa.tenants.documents.repository import Book, Held, Intake
from lienxa.tenants.documents.rules import CONGRESS, EACH_OWN, INCOMING, ONE_NEW, OUTGOING
from lienxa.tenants.documents.schemas import (
    Attachment,
    BodyBooks,
    BookOrder,
    Correction,
    Direction,
    Dispatch,
    Draft,
    FileEntry,
    IncomingEntry,
    PrintedBook,
    SeriesLine,
    SharedDirection,
    SignedPaper,
    TermLine,
)

COMMON_BOOK = "incoming"
_OBJECT = "document"
BOOK_FILE_PATH = "/van-ban/so/pdf"
# How long a whole book stays as a file, and after how long one that is not made yet will not come any more.
BOOK_FILE_KEPT = timedelta(days=7)
BOOK_FILE_GIVEN_UP = timedelta(hours=1)


# --- Incoming -------------------------------------------------------------------------------------------------------


async def register_incoming(
    session: TenantSession, actor: Actor, entry: IncomingEntry, file: Attachment | None = None
) -> Document:
    """Enter an incoming document into its book and give it the next arrival number.

    Raises `SecretRefused` before anything is read or stored, and `InvalidInput` by field; on `author_symbol` if the
    document was registered before and the entry does not say that this is known.
    """
    actor.require(permissions.REGISTER)
    rules.refuse_secret(entry.secrecy)
    _refuse(_entry_faults(actor, entry))
    today = clock.today()
    known = await repository.intake(session, entry, today)
    _refuse(_intake_faults(entry, known))
    period, number = await _take_number(session, known.book)
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
        await _attach(session, actor, document.id, file)
    await _record(session, actor, "register", document, number=document.number_text)
    return document


async def propose(session: TenantSession, actor: Actor, document_id: UUID, proposal: Direction) -> Document:
    """Propose to the leader who leads, who helps and until when; what the clerk entered is confirmed or changed."""
    actor.require(permissions.PROPOSE)
    held = await repository.held(session, actor, document_id, lock=True, related=False)
    document = held.document
    document.state = await _after(session, actor, held, rules.PROPOSE)
    handlers = await _checked_handlers(session, document, proposal)
    await _write_proposal(session, actor, document, proposal, handlers)
    return document


async def _write_proposal(
    session: TenantSession, actor: Actor, document: Document, proposal: Direction, handlers: Mapping[UUID, str]
) -> None:
    document.proposed_lead_id = proposal.lead_id
    document.proposed_co_ids = _helpers(proposal)
    document.proposal_text = proposal.text
    document.due_on = proposal.due_on
    await _record(session, actor, "propose", document, lead=handlers[proposal.lead_id], text=proposal.text)


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
    held = await repository.held(session, actor, document_id, lock=True, related=False)
    document = held.document
    document.state = await _after(session, actor, held, act)
    handlers = await _checked_handlers(session, document, direction)
    await repository.replace_handlers(session, {document_id: direction})
    await _write_direction(session, actor, document, direction, handlers, act)
    await notices.tell(session, actor, *_told_handlers(document, direction))
    return document


async def _write_direction(
    session: TenantSession,
    actor: Actor,
    document: Document,
    direction: Direction,
    handlers: Mapping[UUID, str],
    act: str,
) -> None:
    document.direction_text = direction.text
    document.due_on = direction.due_on
    await _record(session, actor, act, document, lead=handlers[direction.lead_id], text=direction.text)


def _told_handlers(document: Document, direction: Direction) -> list[Told]:
    return [
        _told(document, "direct", _("Giao đồng chí chủ trì xử lý: {abstract}"), direction.lead_id),
        _told(document, "direct", _("Giao đồng chí phối hợp xử lý: {abstract}"), *_helpers(direction)),
    ]


def _helpers(direction: Direction) -> list[UUID]:
    return [staff_id for staff_id in direction.co_ids if staff_id != direction.lead_id]


async def _checked_handlers(session: TenantSession, document: Document, direction: Direction) -> Mapping[UUID, str]:
    handlers = await repository.names(session, {direction.lead_id, *direction.co_ids})
    if direction.lead_id not in handlers:
        raise InvalidInput.of("lead", _("Chưa có người chủ trì xử lý."), _("Chọn một cán bộ trong danh sách."))
    if not handlers.keys() >= set(direction.co_ids):
        raise InvalidInput.of("co", _("Có người phối hợp không thuộc đơn vị."), _("Chọn lại trong danh sách."))
    # A paper that is late already keeps its deadline when it is given to somebody else.
    if direction.due_on != document.due_on:
        _refuse(_due_faults(direction.due_on))
    return handlers


async def complete(session: TenantSession, actor: Actor, document_id: UUID, note: str = "") -> Document:
    """Close an incoming document that needs no answer, or none any more; `note` says how it was settled."""
    actor.require(permissions.HANDLE)
    held = await repository.held(session, actor, document_id, lock=True)
    held.document.state = await _after(session, actor, held, rules.COMPLETE)
    held.document.finished_at = clock.now()
    await _record(session, actor, "complete", held.document, note=note)
    return held.document


async def correct(session: TenantSession, actor: Actor, document_id: UUID, correction: Correction) -> Document:
    """Mend a wrong entry of an incoming document; the trail keeps what stood there before, field by field."""
    actor.require(permissions.REGISTER)
    rules.refuse_secret(correction.secrecy)
    document = await _entry(session, actor, document_id)
    _refuse(_correction_faults(correction))
    for field in ("author_organ", "author_symbol", "doc_date", "type_code", "abstract", "urgency"):
        before, after = getattr(document, field), getattr(correction, field)
        if before != after:
            setattr(document, field, after)
            await _record(
                session,
                actor,
                "correct",
                document,
                field=field,
                before=_told_value(field, before),
                after=_told_value(field, after),
            )
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
    held = await repository.held(session, actor, document_id, lock=True, related=False)
    document = held.document
    if document.direction != INCOMING or document.body_id not in actor.acting.body_ids:
        raise Forbidden(_("Chức vụ này không giữ sổ có văn bản đó."), remedy=_("Nhờ văn thư của cơ quan đó."))
    _refuse_struck(document)
    return document


def _refuse_struck(document: Document) -> None:
    if document.state == rules.STRUCK:
        raise Conflict(_("Số này đã gạch sổ."), remedy=_("Vào sổ lại với số mới nếu cần."))


# --- Both books -----------------------------------------------------------------------------------------------------


async def strike(session: TenantSession, actor: Actor, document_id: UUID, reason: str) -> Document:
    """Strike a mistaken entry through. It keeps its number, which is never used again.

    What it was to answer is handled again, unless another answer is under way.
    """
    actor.require(permissions.STRIKE)
    held = await repository.held(session, actor, document_id, lock=True, related=False)
    document = held.document
    document.state = await _after(session, actor, held, rules.STRIKE)
    if not reason:
        raise InvalidInput.of("struck_reason", _("Chưa nhập lý do gạch sổ."), _("Ghi rõ sai ở đâu."))
    document.struck_at, document.struck_reason = clock.now(), reason
    await _record(session, actor, "strike", document, number=document.number_text, reason=reason)
    if document.answers_id is not None:
        await _handle_again(session, actor, document.answers_id, document)
    return document


async def hand_over(
    session: TenantSession,
    actor: Actor,
    document_id: UUID,
    receivers: Mapping[UUID | None, str],
    *,
    received: bool = False,
) -> list[HandOver]:
    """Give a paper on: to people of the organ by id, to somebody else (key None) by name.

    `received`: they signed for it on paper, as the clerk has seen; else who has an account signs on the page.
    """
    held = await repository.held(session, actor, document_id, lock=True, related=False)
    document = held.document
    _require_book(actor, document)
    _refuse_struck(document)
    known = await repository.names(session, [staff_id for staff_id in receivers if staff_id])
    names = [(staff_id, known.get(staff_id, "") if staff_id else name) for staff_id, name in receivers.items()]
    if not names or not all(name for _staff_id, name in names):
        raise InvalidInput.of("receivers", _("Chưa có người nhận."), _("Chọn người nhận, hoặc ghi tên đơn vị nhận."))
    rows = [
        HandOver(
            document_id=document_id,
            receiver=name,
            staff_id=staff_id,
            handed_over_on=clock.today(),
            handed_over_by=actor.staff_id,
            received_by=name if received else "",
            received_at=clock.now() if received else None,
        )
        for staff_id, name in names
    ]
    session.add_all(rows)
    await _record(session, actor, "hand_over", document, receivers=", ".join(name for _staff_id, name in names))
    return rows


async def acknowledge(session: TenantSession, actor: Actor, document_id: UUID, hand_over_id: UUID) -> HandOver:
    """Sign for a paper that was given on: the receiver, or the clerk for who signed on paper."""
    held = await repository.held(session, actor, document_id, related=False)
    given = await repository.hand_over(session, document_id, hand_over_id)
    if given.staff_id != actor.staff_id:
        _require_book(actor, held.document)
    if given.received_at is not None:
        raise Conflict(_("Đã có người ký nhận."), remedy=_("Mở lại trang văn bản."))
    given.received_by, given.received_at = given.receiver, clock.now()
    await _record(session, actor, "acknowledge", held.document, receiver=given.receiver)
    return given


def _require_book(actor: Actor, document: Document) -> None:
    """Who writes in the book in which the document stands: the clerk of its body."""
    actor.require(permissions.REGISTER if document.direction == INCOMING else permissions.ISSUE)
    if document.body_id not in actor.acting.body_ids:
        raise Forbidden(_("Chức vụ này không giữ sổ có văn bản đó."), remedy=_("Nhờ văn thư của cơ quan đó."))


async def note(session: TenantSession, actor: Actor, document_id: UUID, dispatch: Dispatch) -> Document:
    """Fill the columns of the book that the clerk writes: copies, who keeps the archive copy, a note."""
    held = await repository.held(session, actor, document_id, lock=True, related=False)
    document = held.document
    _require_book(actor, document)
    if document.number is None:
        raise Conflict(_("Văn bản chưa có số, chưa vào sổ."), remedy=_("Cấp số trước."))
    _fill_book(document, dispatch)
    await _record(session, actor, "note", document)
    return document


def _fill_book(document: Document, dispatch: Dispatch) -> None:
    document.copies = dispatch.copies
    document.archive_receiver = dispatch.archive_receiver
    document.book_note = dispatch.note


async def attach(
    session: TenantSession,
    actor: Actor,
    document_id: UUID,
    file: Attachment,
    role: str = rules.ANNEX,
    reason: str = "",
) -> DocumentFile:
    """Add an annex, the text itself, or what was signed and sealed; an earlier one of the latter two is kept.

    Who may add which when: `rules.may_add_files`. What is done is mended with a reason only.
    """
    held = await repository.held(session, actor, document_id, lock=True)
    _require_files(actor, held, role)
    _require_file_reason(held.document, reason)
    if role != rules.ANNEX:
        await repository.set_aside(session, document_id, role)
    added = await _attach(session, actor, document_id, file, role)
    verb = "attach_signed" if role == rules.SIGNED_ORIGINAL else "attach"
    await _record(session, actor, verb, held.document, name=file.name, role=role, reason=reason)
    return added


async def detach(session: TenantSession, actor: Actor, document_id: UUID, file_id: UUID, reason: str = "") -> None:
    """Take an annex away again, content and pictures included; the trail keeps its name.

    What is done is mended with a reason only.
    """
    held = await repository.held(session, actor, document_id, lock=True)
    _require_files(actor, held, rules.ANNEX)
    _require_file_reason(held.document, reason)
    name = await repository.remove_annex(session, document_id, file_id)
    await _record(session, actor, "detach", held.document, name=name, reason=reason)


def _require_file_reason(document: Document, reason: str) -> None:
    if document.state == rules.DONE and not reason:
        raise InvalidInput.of("file_reason", _("Văn bản đã xử lý xong."), _("Ghi vì sao phải thêm, bớt tệp lúc này."))


async def want_pictures(session: TenantSession, file: FileEntry) -> None:
    """Let the pages of a PDF be drawn, unless they are or will be."""
    if await pictures.want(session, file.stored_id):
        await jobs.enqueue(session, draw_pages, session.tenant_id, file.stored_id)


def may_add_files(actor: Actor, held: Held) -> tuple[str, ...]:
    """As what this person may add files now; an annex that may be added may be removed."""
    document = held.document
    in_body = document.body_id in actor.acting.body_ids
    standing = rules.Standing(actor.acting.permissions, in_body, _relations(actor, held))
    return rules.may_add_files(document.direction, document.state, standing)


def _require_files(actor: Actor, held: Held, role: str) -> None:
    if role not in may_add_files(actor, held):
        raise Forbidden(
            _("Lúc này không thêm, bớt được tệp đó của văn bản này."),
            remedy=_(
                "Văn bản đi: người soạn khi còn là dự thảo, văn thư thêm bản đã ký khi đã ký. "
                "Văn bản đến: văn thư giữ sổ."
            ),
        )


# --- Outgoing -------------------------------------------------------------------------------------------------------


async def create_draft(session: TenantSession, actor: Actor, draft: Draft, file: Attachment | None = None) -> Document:
    """Begin an outgoing document of a body that the acting post reaches."""
    actor.require(permissions.HANDLE)
    if draft.body_id not in actor.acting.body_ids:
        raise InvalidInput.of("body", _("Chức vụ này không soạn văn bản cho cơ quan đó."), _("Chọn cơ quan khác."))
    return await _write_draft(session, actor, draft, file, answers_id=None)


async def answer_with_draft(
    session: TenantSession, actor: Actor, incoming_id: UUID, draft: Draft, file: Attachment | None = None
) -> Document:
    """Begin the answer to an incoming document; its handlers may do so for the body that received it."""
    actor.require(permissions.HANDLE)
    incoming = await repository.held(session, actor, incoming_id, lock=True)
    incoming.document.state = await _after(session, actor, incoming, rules.ANSWER)
    if draft.body_id != incoming.document.body_id and draft.body_id not in actor.acting.body_ids:
        raise InvalidInput.of("body", _("Chức vụ này không soạn văn bản cho cơ quan đó."), _("Chọn cơ quan khác."))
    document = await _write_draft(session, actor, draft, file, answers_id=incoming_id)
    await _record(session, actor, "answer", incoming.document)
    return document


async def revise(
    session: TenantSession, actor: Actor, document_id: UUID, draft: Draft, file: Attachment | None = None
) -> Document:
    """Change a draft; a new file replaces the text, which is kept as an earlier one. The body stays."""
    actor.require(permissions.HANDLE)
    held = await repository.held(session, actor, document_id, lock=True)
    document = held.document
    document.state = await _after(session, actor, held, rules.REVISE)
    await _check_draft(session, draft)
    if draft.body_id != document.body_id:
        raise InvalidInput.of("body", _("Không đổi được cơ quan ban hành."), _("Soạn một văn bản mới."))
    _write(document, draft)
    await repository.replace_signer(session, document_id, draft.signer_id)
    if file is not None:
        await repository.set_aside(session, document_id, rules.MAIN)
        await _attach(session, actor, document_id, file)
    await _record(session, actor, "revise", document)
    return document


async def submit(session: TenantSession, actor: Actor, document_id: UUID) -> Document:
    """Send a draft on its way: content, form, signature.

    `InvalidInput` on `file` while it has no text, on `signer` if that person does not sign for the body any more.
    """
    actor.require(permissions.HANDLE)
    held = await repository.held(session, actor, document_id, lock=True)
    document = held.document
    document.state = await _after(session, actor, held, rules.SUBMIT)
    if not await repository.has_text(session, document_id):
        raise InvalidInput.of("file", _("Dự thảo chưa có tệp."), _("Chọn tệp rồi trình."))
    if document.signer_id not in await _signer_ids(session, document.body_id):
        raise InvalidInput.of(
            "signer", _("Người ký đã chọn hiện không giữ chức vụ ký."), _("Chọn một lãnh đạo của cơ quan đó.")
        )
    await _record(session, actor, "submit", held.document)
    return held.document


async def withdraw(session: TenantSession, actor: Actor, document_id: UUID) -> Document:
    """Take one's draft back before it is signed; what was signed off ends with that."""
    actor.require(permissions.HANDLE)
    held = await repository.held(session, actor, document_id, lock=True)
    held.document.state = await _after(session, actor, held, rules.WITHDRAW)
    await repository.withdraw_sign_offs(session, document_id, clock.now())
    await _record(session, actor, "withdraw", held.document)
    return held.document


async def discard(session: TenantSession, actor: Actor, document_id: UUID, reason: str) -> Document:
    """Give one's draft up before it is on its way, or after it came back; it stays readable, with the reason.

    What it was to answer is handled again, unless another answer is under way.
    """
    actor.require(permissions.HANDLE)
    held = await repository.held(session, actor, document_id, lock=True)
    document = held.document
    document.state = await _after(session, actor, held, rules.DISCARD)
    if not reason:
        raise InvalidInput.of("reason", _("Chưa nhập lý do bỏ dự thảo."), _("Ghi vì sao không ban hành nữa."))
    document.discarded_at, document.discarded_reason = clock.now(), reason
    await _record(session, actor, "discard", document, reason=reason)
    if document.answers_id is not None:
        await _handle_again(session, actor, document.answers_id, document)
    return document


async def _handle_again(session: TenantSession, actor: Actor, incoming_id: UUID, lost: Document) -> None:
    """Let an incoming document be handled again whose answer was given up or struck, unless there is another."""
    incoming = await repository.answered_document(session, incoming_id)
    await session.flush()
    settled = incoming.state == rules.DONE and lost.issued_at is not None and incoming.finished_at == lost.issued_at
    if not (settled or incoming.state == rules.ANSWERED) or await repository.has_answer(session, incoming_id):
        return
    incoming.state, incoming.finished_at = rules.DIRECTED, None
    verb = "answer_struck" if lost.state == rules.STRUCK else "answer_discarded"
    await _record(session, actor, verb, incoming, number=lost.number_text)


async def check_content(session: TenantSession, actor: Actor, document_id: UUID, *, form_too: bool = False) -> Document:
    """Find the content of a draft in order (kiểm tra nội dung; Party: thẩm định): its unit's head, or the office's.

    Nobody does so for their own draft, unless nobody else of the body has the right: then it is recorded so.
    `form_too`: who has the right finds the form in order in the same step.
    """
    held = await repository.held(session, actor, document_id, lock=True)
    held.document.state = await _after(session, actor, held, rules.CHECK_CONTENT)
    alone = rules.DRAFTER in held.relations
    await _sign_off(session, actor, held.document, "content", alone=alone)
    if form_too:
        held.document.state = await _after(session, actor, held, rules.CHECK_FORM)
        await _sign_off(session, actor, held.document, "form")
        await _ask_signature(session, actor, held.document)
    return held.document


async def check_form(session: TenantSession, actor: Actor, document_id: UUID) -> Document:
    """Find the form (thể thức) of a draft in order; it goes before its signer."""
    actor.require(permissions.CHECK_FORM)
    held = await repository.held(session, actor, document_id, lock=True, related=False)
    held.document.state = await _after(session, actor, held, rules.CHECK_FORM)
    await _sign_off(session, actor, held.document, "form")
    await _ask_signature(session, actor, held.document)
    return held.document


async def _ask_signature(session: TenantSession, actor: Actor, document: Document) -> None:
    told = _told(document, "ask_signature", _("Chờ đồng chí ký: {abstract}"), document.signer_id)
    await notices.tell(session, actor, told)


async def _sign_off(
    session: TenantSession, actor: Actor, document: Document, kind: str, *, alone: bool = False
) -> None:
    session.add(
        SignOff(
            document_id=document.id,
            kind=kind,
            staff_id=actor.staff_id,
            post_title=actor.acting.title,
            signed_off_at=clock.now(),
            alone=alone,
        )
    )
    await _record(session, actor, f"check_{kind}", document, alone=int(alone))


async def sign(session: TenantSession, actor: Actor, document_id: UUID) -> Document:
    """Sign. Another leader of the body may sign instead of the one who was named: the paper bears who did."""
    actor.require(permissions.SIGN)
    held = await repository.held(session, actor, document_id, lock=True, related=False)
    document = held.document
    document.state = await _after(session, actor, held, rules.SIGN)
    if document.signer_id != actor.staff_id:
        await repository.replace_signer(session, document_id, actor.staff_id)
    document.signer_id, document.signer_title = actor.staff_id, actor.acting.title
    document.signed_at = clock.now()
    await _record(session, actor, "sign", document)
    return document


async def return_for_rework(session: TenantSession, actor: Actor, document_id: UUID, reason: str) -> Document:
    """Give a draft back to its drafter with the reason: whoever checks it now, or its signer.

    A paper that is signed and has no number yet goes back as well, from the clerk or from who signed: its signature
    ends, and no number is lost.
    """
    held = await repository.held(session, actor, document_id, lock=True)
    document = held.document
    act = rules.RETURNS.get(document.state, rules.RETURN)
    document.state = await _after(session, actor, held, act)
    if not reason:
        raise InvalidInput.of("reason", _("Chưa nhập lý do trả lại."), _("Ghi rõ điều cần sửa."))
    document.return_reason = reason
    await repository.withdraw_sign_offs(session, document_id, clock.now())
    told = [_told(document, "return", _("Trả lại để sửa: {abstract}"), document.entered_by)]
    if act == rules.RETURN_SIGNED:
        document.signed_at, document.signer_title = None, ""
        await repository.set_aside(session, document_id, rules.SIGNED_ORIGINAL)
        title = _("Văn bản đồng chí đã ký được trả lại, chưa cấp số: {abstract}")
        told.append(_told(document, "return_signed", title, document.signer_id))
    await _record(session, actor, act if act == rules.RETURN_SIGNED else "return", document, reason=reason)
    await notices.tell(session, actor, *told)
    return document


async def give_number(session: TenantSession, actor: Actor, document_id: UUID) -> Document:
    """Give a signed document the next number of its series, and today's date."""
    actor.require(permissions.NUMBER)
    held = await repository.held(session, actor, document_id, lock=True, related=False)
    following = await _after(session, actor, held, rules.GIVE_NUMBER)
    await _write_number(session, actor, held.document, following)
    return held.document


async def _write_number(session: TenantSession, actor: Actor, document: Document, following: str) -> None:
    direction = CONGRESS if document.of_congress else OUTGOING
    await repository.hold_series(session, document.body_id, direction, document.type_code)
    today = clock.today()
    document_type = rules.types_by_code(today).get(document.type_code)
    if document_type is None:
        raise Conflict(
            _("Loại văn bản này không còn trong quy định hiện hành."), remedy=_("Soạn lại theo loại đang có hiệu lực.")
        )
    # Only the number of a công văn speaks of the unit that drafted it.
    unit_id = None if document_type.abbreviation else document.unit_id
    book = await repository.book_for(session, document.body_id, direction, document.type_code, today, unit_id)
    period, number = await _take_number(session, book)
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
    await _record(session, actor, "give_number", document, number=document.number_text)


async def issue(session: TenantSession, actor: Actor, document_id: UUID, dispatch: Dispatch | None = None) -> Document:
    """Issue a numbered document, with what the book wants to know. What it answers is settled by that."""
    actor.require(permissions.ISSUE)
    held = await repository.held(session, actor, document_id, lock=True, related=False)
    document = held.document
    following = await _after(session, actor, held, rules.ISSUE)
    if dispatch is not None:
        _fill_book(document, dispatch)
    await _write_issue(session, actor, document, following)
    await tell_others(session, _issued(document))
    return document


async def _write_issue(session: TenantSession, actor: Actor, document: Document, following: str) -> None:
    document.state, document.issued_at = following, clock.now()
    await _record(session, actor, "issue", document, number=document.number_text)
    if document.answers_id is not None:
        await _settle(session, actor, document.answers_id, document)


async def _settle(session: TenantSession, actor: Actor, incoming_id: UUID, answer: Document) -> None:
    incoming = await repository.answered_document(session, incoming_id)
    if incoming.state in (rules.DONE, rules.STRUCK):
        return
    incoming.state, incoming.finished_at = rules.DONE, answer.issued_at
    await _record(session, actor, "settle", incoming, number=answer.number_text)


async def enter_signed(session: TenantSession, actor: Actor, paper: SignedPaper) -> Document:
    """Enter a paper that was signed elsewhere into the outgoing book of its body, and issue it: the result of a case.

    It takes the next number of its series, and today's date. `Conflict` if its type is not in force today.
    """
    actor.require(permissions.NUMBER)
    await repository.hold_series(session, paper.body_id, OUTGOING, paper.type_code)
    today, now = clock.today(), clock.now()
    document_type = rules.types_by_code(today).get(paper.type_code)
    if document_type is None:
        raise Conflict(
            _("Loại văn bản này không còn trong quy định hiện hành."), remedy=_("Soạn lại theo loại đang có hiệu lực.")
        )
    book = await repository.book_for(session, paper.body_id, OUTGOING, paper.type_code, today)
    period, number = await _take_number(session, book)
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
    await _record(session, actor, "enter_signed", document, number=document.number_text)
    await tell_others(session, _issued(document))
    return document


def _issued(document: Document) -> Happened:
    return Happened("documents.issued", document.id, f"/documents/{document.id}", document.body_id)


async def is_visible(session: TenantSession, actor: Actor, document_id: UUID) -> bool:
    """Whether that person may open that document."""
    return await repository.is_visible(session, actor, document_id)


async def latest_issued(session: TenantSession, actor: Actor) -> UUID | None:
    """The paper that a body of the acting post issued last, among those that the person sees."""
    return await repository.latest_issued(session, actor)


# --- Several papers at once ----------------------------------------------------------------------------------------

MOST_AT_ONCE = 100


@dataclass(frozen=True)
class Outcome:
    """What comes of one paper among several: `refusal` says why the act is not for it, empty if it is."""

    document: Document
    refusal: str = ""


async def foresee(session: TenantSession, actor: Actor, act: str, document_ids: Collection[UUID]) -> list[Outcome]:
    """What the act would come to with each of the papers that the person may see, in the order of their numbers."""
    actor.require(rules.RIGHTS[act].permission)
    return [
        Outcome(document, _refusal(actor, document, act))
        for document in await repository.selected(session, actor, document_ids)
    ]


async def give_several(
    session: TenantSession, actor: Actor, act: str, document_ids: Collection[UUID], wanted: SharedDirection
) -> list[Outcome]:
    """Propose (`rules.PROPOSE`) or direct (`rules.DIRECT`) each paper as `propose` and `direct` do.

    A paper for which the act is not is left as it is and says why; a fault in `wanted` refuses them all.
    """
    actor.require(rules.RIGHTS[act].permission)
    _refuse(_due_faults(wanted.due_on))
    papers = await repository.selected(session, actor, document_ids, lock=True)
    named = [staff_id for paper in papers for staff_id in (paper.proposed_lead_id, *paper.proposed_co_ids) if staff_id]
    handlers = await repository.names(session, {*named, *wanted.co_ids, *([wanted.lead_id] if wanted.lead_id else [])})
    _refuse(_handler_faults(wanted, handlers))
    outcomes = [Outcome(paper, _refusal(actor, paper, act) or _without_lead(paper, wanted)) for paper in papers]
    given = {
        outcome.document.id: _direction_of(outcome.document, wanted, handlers)
        for outcome in outcomes
        if not outcome.refusal
    }
    if act == rules.DIRECT and given:
        await repository.replace_handlers(session, given)
    with marks.left_to_the_end():
        for document in (outcome.document for outcome in outcomes if not outcome.refusal):
            document.state = rules.after(document.direction, document.state, act, _by_right(actor, document))
            if act == rules.PROPOSE:
                await _write_proposal(session, actor, document, given[document.id], handlers)
            else:
                await _write_direction(session, actor, document, given[document.id], handlers, act)
    if act == rules.DIRECT:
        done = (outcome.document for outcome in outcomes if not outcome.refusal)
        told = [one for document in done for one in _told_handlers(document, given[document.id])]
        await notices.tell(session, actor, *told)
    await marks.mark(session, "documents")
    return outcomes


async def number_several(session: TenantSession, actor: Actor, document_ids: Collection[UUID]) -> list[Outcome]:
    """Give each signed paper its number as `give_number` does, in the order in which they were signed."""
    actor.require(permissions.NUMBER)
    await repository.hold_all_series(session)
    return await _each(session, actor, rules.GIVE_NUMBER, document_ids, _write_number)


async def issue_several(session: TenantSession, actor: Actor, document_ids: Collection[UUID]) -> list[Outcome]:
    """Issue each numbered paper as `issue` does."""
    outcomes = await _each(session, actor, rules.ISSUE, document_ids, _write_issue)
    await tell_others(session, *(_issued(outcome.document) for outcome in outcomes if not outcome.refusal))
    return outcomes


async def _each(
    session: TenantSession,
    actor: Actor,
    act: str,
    document_ids: Collection[UUID],
    write: Callable[[TenantSession, Actor, Document, str], Awaitable[None]],
) -> list[Outcome]:
    """`write` to each paper. What it refuses, it refuses before it has changed anything."""
    actor.require(rules.RIGHTS[act].permission)
    outcomes = []
    with marks.left_to_the_end():
        for document in await repository.selected(session, actor, document_ids, lock=True):
            try:
                following = rules.after(document.direction, document.state, act, _by_right(actor, document))
                await write(session, actor, document, following)
                outcomes.append(Outcome(document))
            except (Forbidden, Conflict) as refusal:
                outcomes.append(Outcome(document, refusal.message))
    await marks.mark(session, "documents")
    return outcomes


def _by_right(actor: Actor, document: Document) -> rules.Standing:
    """How the person stands to a paper for an act that takes a right in its body, and no part in the paper."""
    return rules.Standing(actor.acting.permissions, document.body_id in actor.acting.body_ids, frozenset())


def _refusal(actor: Actor, document: Document, act: str) -> str:
    try:
        rules.after(document.direction, document.state, act, _by_right(actor, document))
    except (Forbidden, Conflict) as refusal:
        return refusal.message
    return ""


def _without_lead(document: Document, wanted: SharedDirection) -> str:
    """Why a paper cannot be given as it was proposed."""
    if wanted.lead_id is not None:
        return ""
    if document.state in (rules.DIRECTED, rules.ANSWERED):
        return _("Văn bản đã giao xử lý: chọn người chủ trì nếu giao lại.")
    return "" if document.proposed_lead_id else _("Chưa ai đề xuất người chủ trì cho văn bản này.")


def _handler_faults(wanted: SharedDirection, handlers: Mapping[UUID, str]) -> list[FieldError]:
    found = []
    if wanted.lead_id is not None and wanted.lead_id not in handlers:
        found.append(FieldError("lead", _("Người chủ trì không thuộc đơn vị."), _("Chọn một cán bộ trong danh sách.")))
    if not handlers.keys() >= set(wanted.co_ids):
        found.append(FieldError("co", _("Có người phối hợp không thuộc đơn vị."), _("Chọn lại trong danh sách.")))
    return found


def _direction_of(document: Document, wanted: SharedDirection, handlers: Mapping[UUID, str]) -> Direction:
    """What is wanted for all, and where that is left open what was proposed for this paper."""
    due_on = wanted.due_on or document.due_on
    if wanted.lead_id is not None:
        return Direction(wanted.lead_id, wanted.co_ids, wanted.text, due_on)
    lead_id = document.proposed_lead_id
    assert lead_id is not None
    text = wanted.text or document.proposal_text or rules.usual_direction(handlers[lead_id])
    return Direction(lead_id, wanted.co_ids or document.proposed_co_ids, text, due_on)


# --- Whole books as files -------------------------------------------------------------------------------------------


async def order_book(session: TenantSession, actor: Actor, order: BookOrder) -> tuple[BookFile, bool]:
    """A whole book as a file, as the person sees it in the acting post; whether it is new or being made already.

    `jobs.want_book` is what pages call: it wants the job as well.
    """
    actor.require(permissions.READ)
    if order.period not in await repository.periods(session, papers.direction_of(order.kind)):
        raise InvalidInput.of(
            "quyen-ky", _("Sổ này chưa có số nào trong kỳ đã chọn."), _("Chọn năm hoặc nhiệm kỳ khác.")
        )
    await _give_up_book_files(session)
    added = await repository.add_book_file(session, actor, order)
    if added is not None:
        return added, True
    return await repository.book_file_in_making(session, actor, order), False


async def book_file(session: TenantSession, actor: Actor, book_file_id: UUID) -> BookFile:
    """The person's own file of a book; it shows what the post saw for which it was made, so only that post reads it."""
    actor.require(permissions.READ)
    found = await session.find(BookFile, book_file_id)
    if found.asked_by != actor.staff_id:
        raise NotFound
    if found.post_id != actor.acting.id:
        raise Forbidden(
            _("Tệp này được lập khi đồng chí làm việc với chức vụ khác."),
            remedy=_("Đổi sang chức vụ đó, hoặc lập tệp mới ở trang In sổ văn bản."),
        )
    return found


async def read_book_file(session: TenantSession, actor: Actor, book_file_id: UUID) -> tuple[StoredFile, bytes]:
    """The file with its content, or `NotFound` while there is none."""
    found = await book_file(session, actor, book_file_id)
    if found.stored_file_id is None:
        raise NotFound
    stored = await session.find(StoredFile, found.stored_file_id)
    return stored, await store.read(session, stored)


async def bind_book(
    session: TenantSession, organ: Organ, book_file_id: UUID, binder: Binder
) -> AsyncIterator[tuple[int, int]]:
    """Set the book part by part; yields how many lines of how many are done. Nothing if it is not wanted any more.

    `NotFound` or `Forbidden` if who asked for it may not read it now.
    """
    wanted = await session.get(BookFile, (session.tenant_id, book_file_id))
    if wanted is None or wanted.state != "making":
        return
    actor = await _who_asked(session, organ, wanted)
    first, last = rules.book_days(wanted.period, "", "", clock.today())
    book = PrintedBook(papers.direction_of(wanted.kind), wanted.period, first, last, wanted.body_id)
    total, done = await repository.count_printed(session, actor, book), 0
    yield done, total
    body = next((body for body in await people.bodies(session) if body.id == wanted.body_id), None)
    more = True
    while more:
        lines, following = await repository.printed_lines(session, actor, book)
        binder.add(await pdf_aside("documents/book.typ", papers.sheet(actor, wanted, body, lines, binder.pages + 1)))
        done, more = done + len(lines), following != ""
        book = msgspec.structs.replace(book, after=following)
        yield done, total


async def _who_asked(session: TenantSession, organ: Organ, wanted: BookFile) -> Actor:
    actor = (await members.staff_member(session, organ, wanted.asked_by)).acting_in(wanted.post_id)
    actor.require(permissions.READ)
    return actor


async def keep_book(session: TenantSession, organ: Organ, book_file_id: UUID, content: bytes) -> None:
    """Store the file and tell who asked for it, unless that was done or the file is not wanted any more."""
    wanted = await _book_file_in_making(session, book_file_id)
    if wanted is None:
        return
    if len(content) > store.MAX_BYTES:
        raise Conflict(
            _("Sổ dài quá, tệp lớn hơn {limit} MB.", limit=store.MAX_BYTES // 1024 // 1024),
            remedy=_("In sổ theo từng tháng ở trang In sổ văn bản."),
        )
    name = f"{_book_title(wanted)}.pdf"
    stored = await store.keep(session, await _who_asked(session, organ, wanted), name, content, allowed=(PDF,))
    wanted.state, wanted.stored_file_id = "made", stored.id
    await _tell_of_book(session, wanted, _("Đã lập xong tệp PDF: {book}", book=_book_title(wanted)))


async def fail_book(session: TenantSession, book_file_id: UUID, reason: str) -> None:
    """Write down why there will be no file, and tell who asked for it."""
    wanted = await _book_file_in_making(session, book_file_id)
    if wanted is None:
        return
    wanted.state, wanted.reason = "failed", reason
    await _tell_of_book(session, wanted, _("Chưa lập được tệp PDF: {book}", book=_book_title(wanted)))


async def forget_book_files(session: TenantSession) -> None:
    """Remove whole books that were made more than seven days ago, and give up those that never came."""
    await repository.forget_book_files(session, clock.now() - BOOK_FILE_KEPT)
    await _give_up_book_files(session)


async def _give_up_book_files(session: TenantSession) -> None:
    reason = _("Việc lập tệp bị dừng giữa chừng. Lập lại; nếu vẫn vậy, báo người vận hành.")
    await repository.give_up_book_files(session, clock.now() - BOOK_FILE_GIVEN_UP, reason)


async def _book_file_in_making(session: TenantSession, book_file_id: UUID) -> BookFile | None:
    found = await session.get(BookFile, (session.tenant_id, book_file_id), with_for_update=True)
    return found if found is not None and found.state == "making" else None


async def _tell_of_book(session: TenantSession, wanted: BookFile, title: str) -> None:
    path = f"{BOOK_FILE_PATH}/{wanted.id}"
    await notices.tell(session, None, Told([wanted.asked_by], "documents.book_file", title, path))


def _book_title(wanted: BookFile) -> str:
    return f"{papers.BOOK_KINDS[wanted.kind]}, {papers.period_title(wanted.period)}"


# --- What the person may do -----------------------------------------------------------------------------------------


async def acts_on(session: TenantSession, actor: Actor, held: Held) -> list[str]:
    """What the person may do with the document now; the first is the one to offer."""
    return rules.open_acts(held.document.direction, held.document.state, await standing(session, actor, held))


async def standing(session: TenantSession, actor: Actor, held: Held) -> rules.Standing:
    """How the person stands to the document in the acting post; what is left to another of their posts waits there."""
    document = held.document
    relations = _relations(actor, held)
    sole_checker = direct_route = False
    if document.state == rules.CONTENT_CHECK and rules.DRAFTER in relations and actor.may(permissions.CHECK_CONTENT):
        sole_checker = not await repository.others_check_content(
            session, document.body_id, actor.staff_id, clock.today()
        )
    if document.state == rules.REGISTERED and actor.may(permissions.PROPOSE):
        direct_route = await repository.routed_directly(session, document)
    in_body = document.body_id in actor.acting.body_ids
    leads_drafter = in_body and document.entered_by in actor.acting.led - {actor.staff_id}
    return rules.Standing(actor.acting.permissions, in_body, relations, sole_checker, direct_route, leads_drafter)


def _relations(actor: Actor, held: Held) -> frozenset[str]:
    return frozenset() if held.document.body_id in actor.elsewhere("documents") else held.relations


async def _after(session: TenantSession, actor: Actor, held: Held, act: str) -> str:
    return rules.after(held.document.direction, held.document.state, act, await standing(session, actor, held))


# --- A new organ ----------------------------------------------------------------------------------------------------


async def provision(session: TenantSession, organ: Organ, opening: Opening) -> None:
    """Open the books of a new organ: the present term, a series for each type, and the numbers to go on with.

    A parent keeps no books here. The intake desk keeps one common incoming book but for UBKT; a body for which an
    opening number `<body>/incoming` is named keeps its own. One statement a table.
    """
    if organ.is_parent:
        return
    today = clock.today()
    bodies = await people.bodies(session)
    series: dict[str, dict[str, Any]] = {}
    uses: list[dict[str, Any]] = []

    def use(code: str, period_kind: str, body: Body, direction: str, type_code: str = "") -> None:
        row = series.setdefault(code, {"id": ids.new_id(), "code": code, "period_kind": period_kind})
        uses.append({"series_id": row["id"], "body_id": body.id, "direction": direction, "type_code": type_code})

    for body in bodies:
        own = f"{body.code}/incoming"
        use(
            own if own in opening.numbers or body.code == "inspection" else COMMON_BOOK,
            rules.YEAR,
            body,
            INCOMING,
        )
        for plan in rules.default_series(body.code, body.system, today):
            for type_code in plan.type_codes:
                use(plan.code, plan.period_kind, body, OUTGOING, type_code)

    _check_opening(opening, series.keys())
    counters = [
        {
            "series_id": series[code]["id"],
            "period": rules.period(series[code]["period_kind"], today, opening.term),
            "last_number": number - 1,
        }
        for code, number in opening.numbers.items()
        if code in series
    ]
    # UBKT has few people and no office head of its own: its chair directs what its clerk has registered.
    intake = [{"body_id": body.id, "proposal_required": body.code != "inspection"} for body in bodies]
    session.add(CommitteeTerm(label=opening.term, opened_on=opening.term_opened_on, closed_on=None))
    await session.flush()
    for model, rows in (
        (NumberSeries, list(series.values())),
        (SeriesUse, uses),
        (NumberCounter, counters),
        (IntakeRule, intake),
    ):
        await repository.add_rows(session, model, rows)


def opening_books() -> Sequence[OpeningBook]:
    """The books that a commune may go on with from paper: the incoming ones, then each body's series."""
    today, incoming = clock.today(), _("Sổ văn bản đến")
    books = [OpeningBook(COMMON_BOOK, _("Sổ chung của các cơ quan"), incoming)]
    for body in COMMUNE.bodies:
        name = body.name if body.code != "inspection" else "UBKT Đảng ủy"
        books.append(OpeningBook(f"{body.code}/incoming", _("Sổ riêng của {body}", body=name), incoming))
    for body in COMMUNE.bodies:
        names = {code: found.name for code, found in rules.issued_types(body.code, body.system, today).items()}
        for plan in rules.default_series(body.code, body.system, today):
            title = ", ".join(dict.fromkeys(names[code] for code in plan.type_codes))
            books.append(OpeningBook(plan.code, title, _("Văn bản đi của {body}", body=body.name)))
    return books


def _check_opening(opening: Opening, known: Collection[str]) -> None:
    """A misspelt series would begin at 01 beside a paper book that does not: refuse it."""
    unknown = sorted(code for code in opening.numbers if code not in known)
    if unknown:
        raise InvalidInput.of(
            "opening",
            _("Không có sổ {codes}.", codes=", ".join(unknown)),
            _("Ghi mã sổ như: incoming, committee/QĐ, party/NQ, committee/CV, committee/sao."),
        )


# --- Series, terms, congresses --------------------------------------------------------------------------------------


async def series(session: TenantSession, actor: Actor) -> list[SeriesLine]:
    """Every series with the period in which it runs today and the number that it gives next, by body."""
    actor.require(permissions.CONFIGURE)
    today = clock.today()
    rows = await repository.series_rows(session, today)
    types = rules.types_by_code(today)
    grouped: dict[str, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.code, []).append(row)
    lines = []
    for code, uses in grouped.items():
        first = uses[0]
        period = rules.running_period(first.period_kind, today, first.term, first.congress)
        last = next((row.last_number for row in uses if row.period == period), 0)
        titles = dict.fromkeys(types[row.type_code].name for row in uses if row.type_code in types)
        bodies = tuple(dict.fromkeys(row.body for row in uses))
        lines.append(
            SeriesLine(
                code=code,
                title=", ".join(titles) or rules.SERIES_TITLES[first.direction],
                direction=first.direction,
                bodies=bodies,
                period=period,
                next_number=last + 1,
            )
        )
    return lines


async def set_opening_number(
    session: TenantSession, actor: Actor, code: str, next_number: int, reason: str
) -> SeriesLine:
    """Let a series go on at a number beyond those given: what lies between was given on paper.

    Only upward, with the reason; `InvalidInput` on `next_number` or `reason`, `NotFound` for an unknown series.
    """
    actor.require(permissions.CONFIGURE)
    present = next((line for line in await series(session, actor) if line.code == code), None)
    if present is None:
        raise NotFound
    if not present.period:
        raise Conflict(_("Sổ này hiện không mở."), remedy=_("Khai nhiệm kỳ hoặc đại hội trước."))
    if not reason:
        raise InvalidInput.of("reason", _("Chưa nhập lý do."), _("Ghi rõ vì sao đặt lại số."))
    series_id = await repository.series_id(session, code)
    raised = await repository.raise_counter(session, series_id, present.period, next_number - 1)
    if not raised:
        raise InvalidInput.of(
            "next_number",
            _("Số tiếp theo của sổ đã là {number}.", number=present.next_number),
            _("Chỉ đặt được số lớn hơn."),
        )
    await _record_series(session, actor, "set_opening_number", series_id, code=code, number=next_number, reason=reason)
    return msgspec.structs.replace(present, next_number=next_number)


async def body_books(session: TenantSession, actor: Actor, body_id: UUID) -> BodyBooks:
    """From which series each type of a body takes its numbers, and how its incoming documents go to the leader."""
    actor.require(permissions.CONFIGURE)
    body = await session.find(Body, body_id)
    uses = await repository.outgoing_uses(session, body_id)
    codes = {found.code for found in uses}
    types = rules.types_by_code(clock.today())
    required, direct = await repository.intake_rules(session, body_id)
    series_of = {found.SeriesUse.type_code: found.code for found in uses}
    return BodyBooks(
        body=body.name,
        types={code: types[code].name for code in (found.SeriesUse.type_code for found in uses) if code in types},
        series=tuple(line for line in await series(session, actor) if line.code in codes),
        series_of=series_of,
        namesakes=tuple(
            (", ".join(each.name for each in alike), alike[0].abbreviation)
            for alike in rules.namesakes(series_of, types)
        ),
        incoming_types=rules.type_options(types),
        proposal_required=required,
        direct=direct,
    )


async def share_series(
    session: TenantSession,
    actor: Actor,
    body_id: UUID,
    type_codes: Collection[str],
    target: str,
    next_number: int | None = None,
) -> None:
    """Let types of a body take their numbers from another of its series, from the next number on.

    `target` is the code of a series of the body, `ONE_NEW` (one new series for all of them) or `EACH_OWN`. Types whose
    numbers look the same move together. The series goes on at `next_number` if that is higher. Raises `InvalidInput`
    on `types` or `target`, and on `next_number` if numbers that were given in the running period would come again.
    """
    actor.require(permissions.CONFIGURE)
    body = await session.find(Body, body_id)
    uses = await repository.outgoing_uses(session, body_id, lock=True)
    today = clock.today()
    types = rules.types_by_code(today)
    moving = _moving(uses, types, type_codes)
    if target not in {ONE_NEW, EACH_OWN} and target not in {found.code for found in uses}:
        raise InvalidInput.of("target", _("Cơ quan này không có sổ đó."), _("Chọn lại trong danh sách."))
    kind = moving[0].period_kind
    label = await repository.running_label(session, CommitteeTerm, today) if kind == rules.TERM else None
    period = rules.period(kind, today, label)
    given = _Given(
        await repository.last_numbers(session, period), await repository.numbers_given(session, body_id, period), types
    )
    taken = {found.code for found in uses if found not in moving}
    for group in _groups(moving, types, apart=target == EACH_OWN):
        code = _new_code(body, group, types, taken) if target in {ONE_NEW, EACH_OWN} else target
        taken.add(code)
        series_id = await repository.open_series(session, code, kind)
        coming = [found.SeriesUse for found in group if found.SeriesUse.series_id != series_id]
        highest = max((given.highest(use) for use in coming), default=0)
        if max(given.last.get(series_id, 0) + 1, next_number or 1) <= highest:
            raise InvalidInput.of(
                "next_number",
                _("Kỳ {period} đã cấp đến số {number}; sổ này sẽ cấp trùng số.", period=period, number=highest),
                _("Nhập số tiếp theo từ {number} trở lên, hoặc chuyển khi sang kỳ mới.", number=highest + 1),
            )
        raised = next_number and await repository.raise_counter(session, series_id, period, next_number - 1)
        for use in coming:
            use.series_id = series_id
        told = {"code": code, "body": body.name, "types": ", ".join(types[use.type_code].name for use in coming)[:200]}
        skipped = {"number": next_number} if raised and next_number else {}
        await _record_series(session, actor, "share_series", series_id, **told, **skipped)
    await session.flush()


def _groups(moving: Sequence[Any], types: Mapping[str, DocumentType], *, apart: bool) -> list[list[Any]]:
    groups: dict[str, list[Any]] = {}
    for found in moving:
        groups.setdefault(rules.number_form(types[found.SeriesUse.type_code]) if apart else "", []).append(found)
    return list(groups.values())


def _moving(uses: Sequence[Any], types: Mapping[str, DocumentType], type_codes: Collection[str]) -> list[Any]:
    """The uses of these types, and of those that share series and form of number with them."""
    known = {found.SeriesUse.type_code: found for found in uses if found.SeriesUse.type_code in types}
    if not type_codes or not known.keys() >= set(type_codes):
        raise InvalidInput.of("types", _("Chưa chọn loại văn bản của cơ quan này."), _("Chọn ít nhất một loại."))
    chosen = {(known[code].code, rules.number_form(types[code])) for code in type_codes}
    return [found for code, found in known.items() if (found.code, rules.number_form(types[code])) in chosen]


def _new_code(body: Body, group: Sequence[Any], types: Mapping[str, DocumentType], taken: Collection[str]) -> str:
    """The code of a series that no other type of the body uses."""
    first = group[0].SeriesUse.type_code
    name = rules.series_name(first, types[first]) if len(group) == 1 else "chung"
    codes = (f"{body.code}/{name}{f'-{turn}' if turn > 1 else ''}" for turn in count(1))
    return next(code for code in codes if code not in taken)


@dataclass(frozen=True)
class _Given:
    """What a body's series gave in the running period: the last number by series, and `repository.numbers_given`."""

    last: Mapping[UUID, int]
    rows: Sequence[Any]
    types: Mapping[str, DocumentType]

    def highest(self, use: SeriesUse) -> int:
        """The highest number that a paper with the type's form may bear.

        Numbers that are not among the papers were given on paper, nobody knows to which type.
        """
        last = self.last.get(use.series_id, 0)
        if sum(row.given for row in self.rows if row.series_id == use.series_id) < last:
            return last
        form = rules.number_form(self.types[use.type_code])
        alike = (
            row.highest
            for row in self.rows
            if row.type_code in self.types and rules.number_form(self.types[row.type_code]) == form
        )
        return max(alike, default=0)


async def keep_common_book(session: TenantSession, actor: Actor, *, common: bool) -> None:
    """Let the intake desk keep one incoming book for all bodies but UBKT, or each body its own, from now on.

    A body's own book begins at 01 in a year in which it has no entry yet; `set_opening_number` raises it.
    """
    actor.require(permissions.CONFIGURE)
    bodies = {body.id: body for body in await people.bodies(session)}
    for use in await repository.incoming_uses(session):
        body = bodies[use.body_id]
        if body.code == "inspection":
            continue
        code = COMMON_BOOK if common else f"{body.code}/incoming"
        use.series_id = await repository.open_series(session, code, rules.YEAR)
        await _record_series(session, actor, "keep_book", use.series_id, code=code, body=body.name)


async def open_congress(session: TenantSession, actor: Actor, label: str, opened_on: date) -> Congress:
    """Open a congress: from that day its papers take their numbers from one series over all types, symbol ĐH."""
    actor.require(permissions.CONFIGURE)
    if not label:
        raise InvalidInput.of("label", _("Chưa nhập tên đại hội."), _("Ví dụ: Đại hội 2030-2035."))
    if any(found.closed_on is None or found.closed_on >= opened_on for found in await repository.congresses(session)):
        raise Conflict(_("Đã có đại hội đang họp vào ngày đó."), remedy=_("Khai bế mạc đại hội trước."))
    if any(found.label == label for found in await repository.congresses(session)):
        raise InvalidInput.of("label", _("Đã có đại hội tên này."), _("Đặt tên khác."))
    party = next(body for body in await people.bodies(session) if body.code == "party")
    await repository.open_congress_series(session, party.id)
    congress = Congress(id=ids.new_id(), label=label, opened_on=opened_on, closed_on=None)
    session.add(congress)
    await session.flush()
    await _record_series(session, actor, "open_congress", congress.id, label=label, day=f"{opened_on:%d/%m/%Y}")
    return congress


async def close_term(
    session: TenantSession, actor: Actor, label: str, closed_on: date, first_meeting_on: date | None = None
) -> CommitteeTerm:
    """Close the congress and the term with it; the new term takes its numbers from 01.

    It begins the day after the closing, or at the committee's first meeting if that was held during the congress
    (HD 36-HD/VPTW). `Conflict` if Party numbers of the old term were given on or after that day.
    """
    actor.require(permissions.CONFIGURE)
    await repository.stop_numbers(session)
    present = await repository.open_term(session)
    congress = next((found for found in await repository.congresses(session) if found.closed_on is None), None)
    begins = rules.term_begins(closed_on, first_meeting_on)
    known = {term.label for term in await repository.terms(session)}
    _refuse(_term_faults(label, closed_on, first_meeting_on, present, congress, known))
    given = await repository.last_numbered_on(session, present.label)
    if given is not None and given >= begins:
        raise Conflict(
            _("Ngày {day:%d/%m/%Y} đã cấp số theo nhiệm kỳ {term}.", day=given, term=present.label),
            remedy=_("Nhiệm kỳ mới phải bắt đầu sau ngày đó."),
        )
    if congress is not None:
        congress.closed_on = closed_on
    present.closed_on = begins - timedelta(days=1)
    following = CommitteeTerm(id=ids.new_id(), label=label, opened_on=begins, closed_on=None)
    session.add(following)
    await session.flush()
    await _record_series(session, actor, "close_term", following.id, label=label, day=f"{begins:%d/%m/%Y}")
    return following


def _term_faults(
    label: str,
    closed_on: date,
    first_meeting_on: date | None,
    present: CommitteeTerm,
    congress: Congress | None,
    known: Collection[str],
) -> list[FieldError]:
    found = []
    if not label:
        found.append(FieldError("label", _("Chưa có tên nhiệm kỳ mới."), _("Ví dụ: 2030-2035.")))
    if label in known:  # its numbers would go on, not begin again
        found.append(FieldError("label", _("Đã có nhiệm kỳ tên này."), _("Đặt tên theo nhiệm kỳ mới.")))
    opened_on = congress.opened_on if congress is not None else present.opened_on
    if closed_on < opened_on:
        found.append(FieldError("closed_on", _("Ngày bế mạc trước ngày khai mạc."), _("Xem lại ngày bế mạc.")))
    if first_meeting_on is not None and not opened_on <= first_meeting_on <= closed_on:
        reason = _("Hội nghị lần thứ nhất không nằm trong thời gian đại hội.")
        found.append(FieldError("first_meeting_on", reason, _("Họp sau đại hội thì để trống.")))
    if not found and rules.term_begins(closed_on, first_meeting_on) <= present.opened_on:
        reason = _("Nhiệm kỳ {term} mới bắt đầu ngày {day:%d/%m/%Y}.", term=present.label, day=present.opened_on)
        found.append(FieldError("closed_on", reason, _("Nhiệm kỳ mới phải bắt đầu sau ngày đó.")))
    return found


async def terms(session: TenantSession, actor: Actor) -> list[TermLine]:
    """The terms of the committee and the congresses, latest first."""
    actor.require(permissions.CONFIGURE)
    lines = [
        TermLine(kind, found.label, found.opened_on, found.closed_on)
        for kind, rows in (
            (rules.TERM, await repository.terms(session)),
            (rules.CONGRESS, await repository.congresses(session)),
        )
        for found in rows
    ]
    return sorted(lines, key=lambda line: line.opened_on, reverse=True)


async def require_proposal(session: TenantSession, actor: Actor, body_id: UUID, *, required: bool) -> None:
    """Whether the office head proposes before the leader of the body directs; what is registered already goes on."""
    actor.require(permissions.CONFIGURE)
    await session.find(Body, body_id)
    await repository.set_proposal_rule(session, body_id, required=required)
    await _record_series(session, actor, "require_proposal", body_id, required=int(required))


async def route_directly(session: TenantSession, actor: Actor, body_id: UUID, type_codes: Collection[str]) -> None:
    """Name the types of a body's incoming documents that the office head passes on without the leader."""
    actor.require(permissions.CONFIGURE)
    await session.find(Body, body_id)
    known = rules.types_by_code(clock.today())
    if not known.keys() >= set(type_codes):
        raise InvalidInput.of("types", _("Có loại văn bản không có trong danh sách."), _("Chọn lại."))
    await repository.set_direct_routes(session, body_id, type_codes)
    await _record_series(session, actor, "route_directly", body_id, types=", ".join(sorted(type_codes))[:200])


async def _record_series(session: TenantSession, actor: Actor, verb: str, object_id: UUID, **detail: str | int) -> None:
    await record_act(session, actor, f"documents.{verb}", "series", object_id, detail)


# --- Parts ----------------------------------------------------------------------------------------------------------


async def _take_number(session: TenantSession, book: Book) -> tuple[str, int]:
    period = rules.period(book.period_kind, clock.today(), book.term, book.congress)
    number = await repository.next_number(session, book.series_id, period)
    metrics.count_at_commit(session, metrics.numbers_given, book="documents")
    return period, number


def _entry_faults(actor: Actor, entry: IncomingEntry) -> list[FieldError]:
    found = []
    if entry.body_id not in actor.acting.body_ids:
        found.append(FieldError("body", _("Chức vụ này không vào sổ cho cơ quan đó."), _("Chọn cơ quan khác.")))
    return found + _correction_faults(entry) + _due_faults(entry.due_on)


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


def _due_faults(due_on: date | None) -> list[FieldError]:
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


async def _write_draft(
    session: TenantSession, actor: Actor, draft: Draft, file: Attachment | None, *, answers_id: UUID | None
) -> Document:
    rules.refuse_secret(draft.secrecy)
    await _check_draft(session, draft)
    document = Document(
        id=ids.new_id(),
        direction=OUTGOING,
        body_id=draft.body_id,
        state=rules.DRAFT,
        listed_at=clock.now(),
        entered_by=actor.staff_id,
        answers_id=answers_id,
        unit_id=actor.acting.unit_id,
    )
    _write(document, draft)
    session.add(document)
    await session.flush()
    session.add_all(
        DocumentParticipant(document_id=document.id, staff_id=staff_id, relation=relation)
        for staff_id, relation in ((actor.staff_id, rules.DRAFTER), (draft.signer_id, rules.SIGNER))
    )
    if file is not None:
        await _attach(session, actor, document.id, file)
    await _record(session, actor, "draft", document)
    return document


async def _check_draft(session: TenantSession, draft: Draft) -> None:
    rules.refuse_secret(draft.secrecy)
    today = clock.today()
    body = await session.find(Body, draft.body_id)
    found = []
    if draft.type_code not in rules.issued_types(body.code, body.system, today):
        reason = _("{body} không ban hành loại văn bản này.", body=body.name)
        found.append(FieldError("type", reason, _("Chọn loại khác hoặc cơ quan khác.")))
    if draft.of_congress and body.code != "party":
        found.append(FieldError("body", _("Chỉ đại hội Đảng có văn bản đại hội."), _("Chọn Đảng ủy.")))
    if draft.signer_id not in await _signer_ids(session, body.id):
        reason = _("Người này không ký văn bản của {body}.", body=body.name)
        found.append(FieldError("signer", reason, _("Chọn một lãnh đạo của cơ quan đó.")))
    if not draft.abstract:
        found.append(FieldError("abstract", _("Chưa nhập trích yếu."), _("Ghi nội dung tóm tắt.")))
    if not draft.recipients:
        found.append(FieldError("recipients", _("Chưa nhập nơi nhận."), _("Ghi các nơi nhận, mỗi nơi một dòng.")))
    _refuse(found)


async def _signer_ids(session: TenantSession, body_id: UUID) -> set[UUID]:
    """Who may sign for the body today."""
    return {row.staff_id for row in await repository.signers(session, clock.today(), body_id)}


def _write(document: Document, draft: Draft) -> None:
    document.type_code = draft.type_code
    document.abstract = draft.abstract
    document.recipients = draft.recipients
    document.urgency = draft.urgency
    document.signer_id = draft.signer_id
    document.of_congress = draft.of_congress


async def _attach(
    session: TenantSession, actor: Actor, document_id: UUID, file: Attachment, role: str = rules.MAIN
) -> DocumentFile:
    # What is signed and sealed is a picture of the paper, or a PDF with its signatures.
    allowed = SHOWN_INLINE if role == rules.SIGNED_ORIGINAL else store.OFFICE_TYPES
    stored = await store.keep(session, actor, file.name, file.content, allowed=allowed)
    added = DocumentFile(document_id=document_id, stored_file_id=stored.id, role=role)
    session.add(added)
    return added


def _refuse(found: Sequence[FieldError]) -> None:
    if found:
        raise InvalidInput(found)


def _told(document: Document, verb: str, title: str, *staff_ids: UUID | None) -> Told:
    """A notice of a document for people who take part in it."""
    return Told(staff_ids, f"documents.{verb}", title.format(abstract=document.abstract), f"/van-ban/{document.id}")


async def _record(session: TenantSession, actor: Actor, verb: str, document: Document, **detail: str | int) -> None:
    await record_act(session, actor, f"documents.{verb}", _OBJECT, document.id, detail)
