"""The verbs of documents, in the order in which a paper goes through the office (NĐ 30/2020, articles 10-24).

Each asks for the right first, then finds the document among those that the person may see and locks it, then asks the
state machine. Nothing here commits.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from lienxa.platform import clock, ids
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body, Unit
from lienxa.platform.acts import record_act
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, FieldError, InvalidInput
from lienxa.platform.files import store
from lienxa.platform.module import Opening
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.tenants.documents import permissions, repository, rules
from lienxa.tenants.documents.models import (
    CommitteeTerm,
    Document,
    DocumentFile,
    DocumentParticipant,
    NumberCounter,
    NumberSeries,
    SeriesUse,
)
from lienxa.tenants.documents.repository import Book, Held, Intake
from lienxa.tenants.documents.rules import INCOMING, OUTGOING
from lienxa.tenants.documents.schemas import Attachment, Direction, Draft, IncomingEntry

COMMON_BOOK = "incoming"
_OBJECT = "document"


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
        state=rules.REGISTERED,
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
        direction_text=entry.proposal,
    )
    session.add(document)
    await session.flush()
    if file is not None:
        await _attach(session, actor, document.id, file)
    await _record(session, actor, "register", document, number=document.number_text)
    return document


async def direct(session: TenantSession, actor: Actor, document_id: UUID, direction: Direction) -> Document:
    """Write the direction (bút phê): who leads, who helps, until when. Given again, it replaces the one before."""
    actor.require(permissions.DIRECT)
    held = await repository.held(session, actor, document_id, lock=True)
    following = _after(actor, held, rules.DIRECT)
    handlers = await repository.names(session, {direction.lead_id, *direction.co_ids})
    if direction.lead_id not in handlers:
        raise InvalidInput.of("lead", _("Chưa có người chủ trì xử lý."), _("Chọn một cán bộ trong danh sách."))
    if not handlers.keys() >= set(direction.co_ids):
        raise InvalidInput.of("co", _("Có người phối hợp không thuộc đơn vị."), _("Chọn lại trong danh sách."))
    document = held.document
    # A paper that is late already keeps its deadline when it is given to somebody else.
    if direction.due_on != document.due_on:
        _refuse(_due_faults(direction.due_on))
    document.state = following
    document.direction_text = direction.text
    document.due_on = direction.due_on
    await repository.replace_handlers(session, document_id, direction.lead_id, direction.co_ids)
    await _record(session, actor, "direct", document, lead=handlers[direction.lead_id], text=direction.text)
    return document


async def complete(session: TenantSession, actor: Actor, document_id: UUID, note: str = "") -> Document:
    """Close an incoming document that needs no answer, or none any more; `note` says how it was settled."""
    actor.require(permissions.HANDLE)
    held = await repository.held(session, actor, document_id, lock=True)
    held.document.state = _after(actor, held, rules.COMPLETE)
    held.document.finished_at = clock.now()
    await _record(session, actor, "complete", held.document, note=note)
    return held.document


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
    incoming.document.state = _after(actor, incoming, rules.ANSWER)
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
    document.state = _after(actor, held, rules.REVISE)
    await _check_draft(session, draft)
    if draft.body_id != document.body_id:
        raise InvalidInput.of("body", _("Không đổi được cơ quan ban hành."), _("Soạn một văn bản mới."))
    _write(document, draft)
    await repository.replace_signer(session, document_id, draft.signer_id)
    if file is not None:
        await repository.set_text_aside(session, document_id)
        await _attach(session, actor, document_id, file)
    await _record(session, actor, "revise", document)
    return document


async def submit(session: TenantSession, actor: Actor, document_id: UUID) -> Document:
    """Put a draft before its signer; `InvalidInput` on `file` while it has no text."""
    actor.require(permissions.HANDLE)
    held = await repository.held(session, actor, document_id, lock=True)
    held.document.state = _after(actor, held, rules.SUBMIT)
    if not any(file.role == "main" for file in await repository.files(session, document_id)):
        raise InvalidInput.of("file", _("Dự thảo chưa có tệp."), _("Chọn tệp rồi trình ký."))
    await _record(session, actor, "submit", held.document)
    return held.document


async def sign_off(session: TenantSession, actor: Actor, document_id: UUID) -> Document:
    """Sign. Another leader of the body may sign instead of the one who was named: the paper bears who did."""
    actor.require(permissions.SIGN)
    held = await repository.held(session, actor, document_id, lock=True)
    document = held.document
    document.state = _after(actor, held, rules.SIGN)
    if document.signer_id != actor.staff_id:
        await repository.replace_signer(session, document_id, actor.staff_id)
    document.signer_id, document.signer_title = actor.staff_id, actor.acting.title
    document.signed_at = clock.now()
    await _record(session, actor, "sign", document)
    return document


async def return_for_rework(session: TenantSession, actor: Actor, document_id: UUID, reason: str) -> Document:
    """Give a draft back to its drafter with the reason."""
    actor.require(permissions.SIGN)
    held = await repository.held(session, actor, document_id, lock=True)
    held.document.state = _after(actor, held, rules.RETURN)
    if not reason:
        raise InvalidInput.of("reason", _("Chưa nhập lý do trả lại."), _("Ghi rõ điều cần sửa."))
    held.document.return_reason = reason
    await _record(session, actor, "return", held.document, reason=reason)
    return held.document


async def give_number(session: TenantSession, actor: Actor, document_id: UUID) -> Document:
    """Give a signed document the next number of its series, and today's date."""
    actor.require(permissions.NUMBER)
    held = await repository.held(session, actor, document_id, lock=True)
    document = held.document
    following = _after(actor, held, rules.GIVE_NUMBER)
    today = clock.today()
    document_type = rules.types_by_code(today).get(document.type_code)
    if document_type is None:
        raise Conflict(
            _("Loại văn bản này không còn trong quy định hiện hành."), remedy=_("Soạn lại theo loại đang có hiệu lực.")
        )
    book = await repository.book_for(session, document.body_id, OUTGOING, document.type_code, today)
    # Only the number of a công văn speaks of the unit that drafted it.
    unit = "" if document_type.abbreviation else await _unit_symbol(session, document)
    period, number = await _take_number(session, book)
    document.state, document.series_id, document.period, document.number = following, book.series_id, period, number
    document.number_text = rules.number_text(number, document_type, body=book.body_symbol, unit=unit, year=today.year)
    document.doc_date = today
    document.numbered_at = document.listed_at = clock.now()
    await _record(session, actor, "give_number", document, number=document.number_text)
    return document


async def issue(session: TenantSession, actor: Actor, document_id: UUID) -> Document:
    """Issue a numbered document. What it answers is settled by that."""
    actor.require(permissions.ISSUE)
    held = await repository.held(session, actor, document_id, lock=True)
    document = held.document
    document.state = _after(actor, held, rules.ISSUE)
    document.issued_at = clock.now()
    await _record(session, actor, "issue", document, number=document.number_text)
    if document.answers_id is not None:
        await _settle(session, actor, document.answers_id, document)
    return document


async def _settle(session: TenantSession, actor: Actor, incoming_id: UUID, answer: Document) -> None:
    incoming = await repository.answered_document(session, incoming_id)
    if incoming.state == rules.DONE:
        return
    incoming.state, incoming.finished_at = rules.DONE, answer.issued_at
    await _record(session, actor, "settle", incoming, number=answer.number_text)


# --- What the person may do -----------------------------------------------------------------------------------------


def acts_on(actor: Actor, held: Held) -> list[str]:
    """What the person may do with the document now; the first is the one to offer."""
    return rules.open_acts(held.document.direction, held.document.state, standing(actor, held))


def standing(actor: Actor, held: Held) -> rules.Standing:
    """How the person stands to the document in the acting post; what is left to another of their posts waits there."""
    body_id = held.document.body_id
    relations = frozenset() if body_id in actor.elsewhere("documents") else held.relations
    return rules.Standing(actor.acting.permissions, body_id in actor.acting.body_ids, relations)


def _after(actor: Actor, held: Held, act: str) -> str:
    return rules.after(held.document.direction, held.document.state, act, standing(actor, held))


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
    session.add(CommitteeTerm(label=opening.term, opened_on=opening.term_opened_on, closed_on=None))
    await session.flush()
    for model, rows in ((NumberSeries, list(series.values())), (SeriesUse, uses), (NumberCounter, counters)):
        await repository.add_rows(session, model, rows)


def _check_opening(opening: Opening, known: Collection[str]) -> None:
    """A misspelt series would begin at 01 beside a paper book that does not: refuse it."""
    unknown = sorted(code for code in opening.numbers if code not in known)
    if unknown:
        raise InvalidInput.of(
            "opening",
            _("Không có sổ {codes}.", codes=", ".join(unknown)),
            _("Ghi mã sổ như: incoming, committee/QĐ, party/NQ, committee/CV, committee/sao."),
        )


# --- Parts ----------------------------------------------------------------------------------------------------------


async def _take_number(session: TenantSession, book: Book) -> tuple[str, int]:
    period = rules.period(book.period_kind, clock.today(), book.term)
    return period, await repository.next_number(session, book.series_id, period)


async def _unit_symbol(session: TenantSession, document: Document) -> str:
    assert document.unit_id is not None  # every draft has the unit of its drafter
    return (await session.find(Unit, document.unit_id)).symbol


def _entry_faults(actor: Actor, entry: IncomingEntry) -> list[FieldError]:
    found = []
    if entry.body_id not in actor.acting.body_ids:
        found.append(FieldError("body", _("Chức vụ này không vào sổ cho cơ quan đó."), _("Chọn cơ quan khác.")))
    if entry.type_code not in rules.types_by_code(clock.today()):
        found.append(FieldError("type", _("Không có loại văn bản này."), _("Chọn lại trong danh sách.")))
    if not entry.author_organ:
        found.append(FieldError("author_organ", _("Chưa nhập tác giả."), _("Ghi cơ quan ban hành văn bản.")))
    if not entry.abstract:
        found.append(FieldError("abstract", _("Chưa nhập trích yếu."), _("Ghi nội dung tóm tắt như trên văn bản.")))
    if entry.doc_date and entry.doc_date > clock.today():
        found.append(FieldError("doc_date", _("Ngày văn bản sau ngày hôm nay."), _("Xem lại ngày trên văn bản.")))
    return found + _due_faults(entry.due_on)


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
    if draft.signer_id not in {row.staff_id for row in await repository.signers(session, today, body.id)}:
        reason = _("Người này không ký văn bản của {body}.", body=body.name)
        found.append(FieldError("signer", reason, _("Chọn một lãnh đạo của cơ quan đó.")))
    if not draft.abstract:
        found.append(FieldError("abstract", _("Chưa nhập trích yếu."), _("Ghi nội dung tóm tắt.")))
    if not draft.recipients:
        found.append(FieldError("recipients", _("Chưa nhập nơi nhận."), _("Ghi các nơi nhận, mỗi nơi một dòng.")))
    _refuse(found)


def _write(document: Document, draft: Draft) -> None:
    document.type_code = draft.type_code
    document.abstract = draft.abstract
    document.recipients = draft.recipients
    document.urgency = draft.urgency
    document.signer_id = draft.signer_id


async def _attach(session: TenantSession, actor: Actor, document_id: UUID, file: Attachment) -> None:
    stored = await store.keep(session, actor, file.name, file.content)
    session.add(DocumentFile(document_id=document_id, stored_file_id=stored.id, role="main"))


def _refuse(found: Sequence[FieldError]) -> None:
    if found:
        raise InvalidInput(found)


async def _record(session: TenantSession, actor: Actor, verb: str, document: Document, **detail: str) -> None:
    await record_act(session, actor, f"documents.{verb}", _OBJECT, document.id, detail)
