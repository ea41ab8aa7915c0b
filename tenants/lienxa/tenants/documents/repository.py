"""All SQL of documents. Who may see one is the one rule of `access.visibility`, part of every query here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Text,
    and_,
    any_,
    bindparam,
    delete,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.orm import aliased

from lienxa.platform import clock, ids
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Appointment, Body, Post, RolePermission, Staff, Unit
from lienxa.platform.access.visibility import VIEWER, Viewer, looks, visible
from lienxa.platform.db.base import AnyRow, AnySelect, TenantScoped
from lienxa.platform.db.search import contains
from lienxa.platform.db.session import TENANT, Prepared, TenantSession
from lienxa.platform.errors import Conflict, NotFound
from lienxa.platform.files import store
from lienxa.platform.files.models import PagePicture, StoredFile
from lienxa.platform.files.pictures import MAX_PAGES
from lienxa.platform.rollup.months import ReportingMonths, reporting_months
from lienxa.platform.rollup.standing import Span
from lienxa.platform.text import _
from lienxa.tenants.documents import permissions, rules
from lienxa.tenants.documents.models import (
    BookFile,
    CommitteeTerm,
    Congress,
    DirectRoute,
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
from lienxa.tenants.documents.schemas import (
    Approval,
    BookFilter,
    BookLine,
    BookOrder,
    Direction,
    FileEntry,
    HandedOver,
    IncomingEntry,
    Involved,
    PrintedBook,
    Related,
    WorkLine,
)

PAGE_SIZE = 50
PRINTED_SIZE = 400
_BOOK_FILES_SHOWN = 20
_WORK_LIMIT = 300
_STATES = ARRAY(Text())


@dataclass(frozen=True)
class Book:
    """The series from which a document of a body takes its number on one day, and what the number is written with.

    `unit_symbol` is that of the drafting unit, empty for an incoming document.
    """

    series_id: UUID
    period_kind: str
    term: str | None
    congress: str | None
    body_symbol: str
    unit_symbol: str


@dataclass(frozen=True)
class Intake:
    """What is known before an incoming document is entered: its book, earlier entries with its symbol, its handler.

    `proposal_required`: the office head proposes before the leader directs.
    """

    book: Book
    earlier: Sequence[AnyRow]
    lead_known: bool
    proposal_required: bool


@dataclass(frozen=True)
class PrintedLine:
    """A line of a printed book. `number_before` is the number before it in its series, None if it is the first."""

    document: Document
    body_symbol: str
    signer: str
    handlers: str
    handed_over_on: str
    received_by: str
    answers: str
    number_before: int | None
    position: str


@dataclass(frozen=True)
class Held:
    """A document that the person may see, and their own relations to it."""

    document: Document
    relations: frozenset[str]


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    return visible(
        Viewer.of(actor, permissions.READ),
        row_id=Document.id,
        body_id=Document.body_id,
        participants=DocumentParticipant,
        participant_row=DocumentParticipant.document_id,
    )


# --- Numbers --------------------------------------------------------------------------------------------------------


def _running(session: TenantSession, model: type[CommitteeTerm | Congress], on: date) -> Any:
    """The label of the committee's term, or of the congress, of that day."""
    return (
        select(model.label)
        .where(
            model.tenant_id == session.tenant_id,
            model.opened_on <= on,
            or_(model.closed_on.is_(None), model.closed_on >= on),
        )
        .order_by(model.opened_on.desc())
        .limit(1)
        .scalar_subquery()
    )


def _books(
    session: TenantSession, body_id: UUID, direction: str, type_code: str, on: date, unit_id: UUID | None = None
) -> AnySelect:
    """The series of one type of a body, the one named for the type first, with the term and congress of that day."""
    unit = select(Unit.symbol).where(Unit.tenant_id == session.tenant_id, Unit.id == unit_id).scalar_subquery()
    return (
        select(
            SeriesUse.series_id,
            NumberSeries.period_kind,
            Body.symbol,
            _running(session, CommitteeTerm, on).label("term"),
            _running(session, Congress, on).label("congress"),
            unit.label("unit_symbol"),
        )
        .join(
            NumberSeries,
            and_(NumberSeries.tenant_id == SeriesUse.tenant_id, NumberSeries.id == SeriesUse.series_id),
        )
        .join(Body, and_(Body.tenant_id == SeriesUse.tenant_id, Body.id == SeriesUse.body_id))
        .where(
            SeriesUse.body_id == body_id,
            SeriesUse.direction == direction,
            SeriesUse.type_code.in_(("", type_code)),
        )
        .order_by(SeriesUse.type_code.desc())
    )


def _book(rows: Sequence[AnyRow]) -> Book:
    if not rows:
        raise Conflict(
            _("Cơ quan này chưa có sổ cấp số cho loại văn bản đã chọn."),
            remedy=_("Chọn loại khác, hoặc nhờ quản trị mở sổ."),
        )
    first = rows[0]
    return Book(first.series_id, first.period_kind, first.term, first.congress, first.symbol, first.unit_symbol or "")


async def book_for(
    session: TenantSession, body_id: UUID, direction: str, type_code: str, on: date, unit_id: UUID | None = None
) -> Book:
    """The series from which a document takes its number on that day, or `Conflict` if there is none."""
    query = _books(session, body_id, direction, type_code, on, unit_id).limit(1)
    return _book((await session.execute(query)).all())


async def hold_series(session: TenantSession, body_id: UUID, direction: str, type_code: str) -> None:
    """Let the type stay in its series, and its period run on, until the transaction ends.

    A statement of its own: whoever waited here for a move or a new term must look up series, day and term afterwards,
    in a snapshot that sees them.
    """
    query = select(SeriesUse.id).where(
        SeriesUse.body_id == body_id, SeriesUse.direction == direction, SeriesUse.type_code.in_(("", type_code))
    )
    await session.execute(query.with_for_update(read=True))


async def stop_numbers(session: TenantSession) -> None:
    """Let no outgoing number of any body be given until the transaction ends; those being given are waited for."""
    await session.execute(_outgoing_uses().with_for_update())


def _outgoing_uses() -> AnySelect:
    """All that give outgoing numbers, in the one order in which they are locked."""
    return select(SeriesUse.id).where(SeriesUse.direction != rules.INCOMING).order_by(SeriesUse.id)


async def intake(session: TenantSession, entry: IncomingEntry, on: date) -> Intake:
    """Everything that registering needs to know, in one statement; `Conflict` if the body keeps no incoming book.

    `earlier` are `(number_text, received_on, author_organ)` of this body's entries with the same symbol in the year
    of the document, but for those that were struck.
    """
    written = entry.doc_date or on
    earlier = aliased(Document)
    same_symbol = and_(
        earlier.tenant_id == SeriesUse.tenant_id,
        earlier.body_id == SeriesUse.body_id,
        earlier.direction == rules.INCOMING,
        earlier.author_symbol == entry.author_symbol,
        earlier.state != rules.STRUCK,
        func.coalesce(earlier.doc_date, earlier.received_on).between(
            date(written.year, 1, 1), date(written.year, 12, 31)
        )
        if entry.author_symbol
        else false(),
    )
    lead_known = exists().where(Staff.tenant_id == session.tenant_id, Staff.id == entry.proposed_lead_id)
    proposal_required = exists().where(
        IntakeRule.tenant_id == SeriesUse.tenant_id,
        IntakeRule.body_id == SeriesUse.body_id,
        IntakeRule.proposal_required,
    )
    query = (
        _books(session, entry.body_id, rules.INCOMING, entry.type_code, on)
        .outerjoin(earlier, same_symbol)
        .add_columns(
            earlier.number_text,
            earlier.received_on,
            earlier.author_organ,
            lead_known.label("lead_known"),
            proposal_required.label("proposal_required"),
        )
        .limit(20)
    )
    rows = (await session.execute(query)).all()
    book = _book(rows)
    return Intake(
        book,
        [row for row in rows if row.author_organ is not None],
        bool(rows[0].lead_known),
        bool(rows[0].proposal_required),
    )


async def hold_all_series(session: TenantSession) -> None:
    """Let whoever takes numbers of several series wait for whoever does so already: else each might wait for the other.

    Who takes a single number waits for that series alone, as ever. No type moves to another series in between.
    """
    await session.execute(select(NumberSeries.id).order_by(NumberSeries.id).with_for_update(key_share=True))
    await session.execute(_outgoing_uses().with_for_update(read=True))


async def next_number(session: TenantSession, series_id: UUID, period: str) -> int:
    """Take the next number. The counter stays locked until the transaction ends, and a rollback gives it back."""
    taking = insert(NumberCounter).values(
        tenant_id=session.tenant_id, id=ids.new_id(), series_id=series_id, period=period, last_number=1
    )
    taking = taking.on_conflict_do_update(
        index_elements=["tenant_id", "series_id", "period"], set_={"last_number": NumberCounter.last_number + 1}
    )
    return (await session.execute(taking.returning(NumberCounter.last_number))).scalar_one()


async def series_rows(session: TenantSession, on: date) -> Sequence[AnyRow]:
    """A row for each use of a series and each of its counters, by body: what `operations.series` puts together."""
    query = (
        select(
            NumberSeries.code,
            NumberSeries.period_kind,
            SeriesUse.direction,
            SeriesUse.type_code,
            Body.name.label("body"),
            NumberCounter.period,
            NumberCounter.last_number,
            _running(session, CommitteeTerm, on).label("term"),
            _running(session, Congress, on).label("congress"),
        )
        .join(SeriesUse, and_(SeriesUse.tenant_id == NumberSeries.tenant_id, SeriesUse.series_id == NumberSeries.id))
        .join(Body, and_(Body.tenant_id == SeriesUse.tenant_id, Body.id == SeriesUse.body_id))
        .outerjoin(
            NumberCounter,
            and_(NumberCounter.tenant_id == NumberSeries.tenant_id, NumberCounter.series_id == NumberSeries.id),
        )
        .order_by(Body.position, SeriesUse.direction, NumberSeries.code, SeriesUse.type_code)
    )
    return (await session.execute(query)).all()


async def outgoing_uses(session: TenantSession, body_id: UUID, *, lock: bool = False) -> Sequence[AnyRow]:
    """Which series each type of a body takes its number from, as `(use, code, period_kind)`.

    With `lock` no number is given until the transaction ends.
    """
    query = (
        select(SeriesUse, NumberSeries.code, NumberSeries.period_kind)
        .join(
            NumberSeries,
            and_(NumberSeries.tenant_id == SeriesUse.tenant_id, NumberSeries.id == SeriesUse.series_id),
        )
        .where(SeriesUse.body_id == body_id, SeriesUse.direction == rules.OUTGOING)
        .order_by(SeriesUse.type_code)
    )
    if lock:
        query = query.with_for_update(of=SeriesUse).execution_options(populate_existing=True)
    return (await session.execute(query)).all()


async def running_label(session: TenantSession, model: type[CommitteeTerm | Congress], on: date) -> str | None:
    """The label of the committee's term, or of the congress, of that day."""
    found: str | None = await session.scalar(select(_running(session, model, on)))
    return found


async def last_numbers(session: TenantSession, period: str) -> Mapping[UUID, int]:
    """The last number of each series in a period."""
    query = select(NumberCounter.series_id, NumberCounter.last_number).where(NumberCounter.period == period)
    return {row.series_id: row.last_number for row in await session.execute(query)}


async def numbers_given(session: TenantSession, body_id: UUID, period: str) -> Sequence[AnyRow]:
    """Of the papers that a body sent out in a period: `(series_id, type_code, given, highest)`, by series and type."""
    query = (
        select(
            Document.series_id,
            Document.type_code,
            func.count().label("given"),
            func.max(Document.number).label("highest"),
        )
        .where(Document.body_id == body_id, Document.direction == rules.OUTGOING, Document.period == period)
        .group_by(Document.series_id, Document.type_code)
    )
    return (await session.execute(query)).all()


async def intake_rules(session: TenantSession, body_id: UUID) -> tuple[bool, frozenset[str]]:
    """Whether the office head proposes first for a body, and which types go on without its leader."""
    required = await session.scalar(select(IntakeRule.proposal_required).where(IntakeRule.body_id == body_id))
    direct = await session.scalars(select(DirectRoute.type_code).where(DirectRoute.body_id == body_id))
    return bool(required), frozenset(direct)


async def series_id(session: TenantSession, code: str) -> UUID:
    """The series of that code, or `NotFound`."""
    found = await session.scalar(select(NumberSeries.id).where(NumberSeries.code == code))
    if found is None:
        raise NotFound
    return found


async def open_series(session: TenantSession, code: str, period_kind: str) -> UUID:
    """The series of that code, opened if there is none yet."""
    opening = insert(NumberSeries).values(
        tenant_id=session.tenant_id, id=ids.new_id(), code=code, period_kind=period_kind
    )
    await session.execute(opening.on_conflict_do_nothing())
    return await series_id(session, code)


async def raise_counter(session: TenantSession, series_id: UUID, period: str, last_number: int) -> bool:
    """Let the counter of a period stand at that number; False if it stands there or beyond already."""
    raising = insert(NumberCounter).values(
        tenant_id=session.tenant_id, id=ids.new_id(), series_id=series_id, period=period, last_number=last_number
    )
    raising = raising.on_conflict_do_update(
        index_elements=["tenant_id", "series_id", "period"],
        set_={"last_number": raising.excluded.last_number},
        where=NumberCounter.last_number < raising.excluded.last_number,
    )
    return last_number > 0 and (await session.execute(raising.returning(NumberCounter.id))).first() is not None


async def incoming_uses(session: TenantSession) -> Sequence[SeriesUse]:
    """Which book each body's incoming documents stand in, locked."""
    query = select(SeriesUse).where(SeriesUse.direction == rules.INCOMING).with_for_update()
    return (await session.scalars(query)).all()


async def open_congress_series(session: TenantSession, party_id: UUID) -> None:
    """The one series of congress papers; it stays from the first congress on."""
    series = await open_series(session, "party/ĐH", rules.CONGRESS)
    use = insert(SeriesUse).values(
        tenant_id=session.tenant_id,
        id=ids.new_id(),
        series_id=series,
        body_id=party_id,
        direction=rules.CONGRESS,
        type_code="",
    )
    await session.execute(use.on_conflict_do_nothing())


async def terms(session: TenantSession) -> Sequence[CommitteeTerm]:
    """The terms of the committee, latest first."""
    return (await session.scalars(select(CommitteeTerm).order_by(CommitteeTerm.opened_on.desc()))).all()


async def open_term(session: TenantSession) -> CommitteeTerm:
    """The term that is not closed, locked, or `Conflict`."""
    query = select(CommitteeTerm).where(CommitteeTerm.closed_on.is_(None)).with_for_update()
    found = await session.scalar(query.order_by(CommitteeTerm.opened_on.desc()).limit(1))
    if found is None:
        raise Conflict(_("Không có nhiệm kỳ nào đang mở."), remedy=_("Khai nhiệm kỳ trước."))
    return found


async def congresses(session: TenantSession) -> Sequence[Congress]:
    """The congresses, latest first."""
    return (await session.scalars(select(Congress).order_by(Congress.opened_on.desc()))).all()


async def congress_sits(session: TenantSession, on: date) -> bool:
    """Whether a congress is open on that day."""
    return await session.scalar(select(_running(session, Congress, on))) is not None


async def last_numbered_on(session: TenantSession, term: str) -> date | None:
    """The day of the last number that was given in a term; a congress may bear the same label."""
    query = select(func.max(Document.doc_date)).where(Document.period == term, Document.of_congress.is_(False))
    return await session.scalar(query)


async def set_proposal_rule(session: TenantSession, body_id: UUID, *, required: bool) -> None:
    """Write whether the office head proposes first for this body."""
    rule = insert(IntakeRule).values(
        tenant_id=session.tenant_id, id=ids.new_id(), body_id=body_id, proposal_required=required
    )
    await session.execute(
        rule.on_conflict_do_update(
            index_elements=["tenant_id", "body_id"], set_={"proposal_required": rule.excluded.proposal_required}
        )
    )


async def set_direct_routes(session: TenantSession, body_id: UUID, type_codes: Collection[str]) -> None:
    """Let these types of a body, and no others, go on without the leader."""
    await session.execute(delete(DirectRoute).where(DirectRoute.body_id == body_id))
    rows = [{"id": ids.new_id(), "body_id": body_id, "type_code": code} for code in sorted(set(type_codes))]
    await add_rows(session, DirectRoute, rows)


async def periods(session: TenantSession, direction: str) -> Sequence[str]:
    """The periods in which the books of that direction have numbers, latest first."""
    query = (
        select(NumberCounter.period)
        .join(
            SeriesUse,
            and_(SeriesUse.tenant_id == NumberCounter.tenant_id, SeriesUse.series_id == NumberCounter.series_id),
        )
        .where((SeriesUse.direction == rules.INCOMING) == (direction == rules.INCOMING), NumberCounter.last_number > 0)
        .distinct()
        .order_by(NumberCounter.period.desc())
    )
    return (await session.scalars(query)).all()


async def add_rows(session: TenantSession, model: type[TenantScoped], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add many rows of one table in one statement."""
    if rows:
        await session.execute(insert(model), [{"tenant_id": session.tenant_id, **row} for row in rows])


# --- One document ---------------------------------------------------------------------------------------------------


async def held(
    session: TenantSession, actor: Actor, document_id: UUID, *, lock: bool = False, related: bool = True
) -> Held:
    """A document that the person may see, or `NotFound`; with `lock` it is ours until the transaction ends.

    Without `related` their own relations are not asked for: what takes a right of the body alone does not need them.
    """
    query = select(Document).where(Document.id == document_id, _seen_by(actor))
    if lock:
        query = query.with_for_update(of=Document).execution_options(populate_existing=True)
    document = await session.scalar(query)
    if document is None:
        raise NotFound
    if not related:
        return Held(document, frozenset())
    # A statement of its own: who waited for the lock must see what the one before did to the relations.
    relations = select(DocumentParticipant.relation).where(
        DocumentParticipant.document_id == document_id, DocumentParticipant.staff_id == actor.staff_id
    )
    return Held(document, frozenset(await session.scalars(relations)))


async def selected(
    session: TenantSession, actor: Actor, document_ids: Collection[UUID], *, lock: bool = False
) -> Sequence[Document]:
    """Those of the documents that the person may see, in the order in which they were entered or signed."""
    since = func.coalesce(Document.signed_at, Document.listed_at)
    query = select(Document).where(Document.id.in_(document_ids), _seen_by(actor)).order_by(since, Document.id)
    if lock:
        query = query.with_for_update(of=Document).execution_options(populate_existing=True)
    return (await session.scalars(query)).all()


async def answered_document(session: TenantSession, document_id: UUID) -> Document:
    """The incoming document that an answer names, locked. Whoever issues the answer need not see it."""
    return await session.find(Document, document_id, lock=True)


async def latest_issued(session: TenantSession, actor: Actor) -> UUID | None:
    """The paper that was issued last by a body of the acting post, among those that the person may see."""
    query = (
        select(Document.id)
        .where(
            Document.direction == rules.OUTGOING,
            Document.state == rules.ISSUED,
            Document.body_id.in_(actor.acting.body_ids),
            _seen_by(actor),
        )
        .order_by(Document.listed_at.desc(), Document.id.desc())
        .limit(1)
    )
    found: UUID | None = await session.scalar(query)
    return found


async def has_answer(session: TenantSession, document_id: UUID) -> bool:
    """Whether some answer to the document is under way or issued."""
    query = select(Document.id).where(
        Document.answers_id == document_id, Document.state.not_in((rules.DISCARDED, rules.STRUCK))
    )
    return await session.scalar(query.limit(1)) is not None


async def involved(session: TenantSession, document_id: UUID) -> list[Involved]:
    """The people of a document, by relation and given name."""
    query = (
        select(Staff.id, Staff.full_name, DocumentParticipant.relation)
        .join(
            DocumentParticipant,
            and_(DocumentParticipant.tenant_id == Staff.tenant_id, DocumentParticipant.staff_id == Staff.id),
        )
        .where(DocumentParticipant.document_id == document_id)
        .order_by(Staff.sort_key)
    )
    taking_part = [Involved(row.id, row.full_name, row.relation) for row in await session.execute(query)]
    return sorted(taking_part, key=lambda person: rules.RELATIONS.index(person.relation))


async def related(session: TenantSession, actor: Actor, document: Document) -> list[Related]:
    """What it answers and what answers it, as far as the person may see them."""
    query = (
        select(Document.id, Document.direction, Document.state, Document.number_text, Document.abstract)
        .where(or_(Document.answers_id == document.id, Document.id == document.answers_id), _seen_by(actor))
        .order_by(Document.listed_at)
    )
    return [Related(*row) for row in await session.execute(query)]


async def sign_offs(session: TenantSession, document_id: UUID) -> list[Approval]:
    """The sign-offs of a draft that hold, in the order in which they were given."""
    query = (
        select(SignOff.kind, Staff.full_name, SignOff.post_title, SignOff.signed_off_at, SignOff.alone)
        .join(Staff, and_(Staff.tenant_id == SignOff.tenant_id, Staff.id == SignOff.staff_id))
        .where(SignOff.document_id == document_id, SignOff.withdrawn_at.is_(None))
        .order_by(SignOff.signed_off_at, SignOff.id)
    )
    return [Approval(*row) for row in await session.execute(query)]


async def withdraw_sign_offs(session: TenantSession, document_id: UUID, at: datetime) -> None:
    """End what was signed off: the draft goes back."""
    await session.execute(
        update(SignOff)
        .where(SignOff.document_id == document_id, SignOff.withdrawn_at.is_(None))
        .values(withdrawn_at=at)
    )


async def hand_overs(session: TenantSession, document_id: UUID) -> list[HandedOver]:
    """To whom the paper was given on, in the order of time."""
    query = (
        select(
            HandOver.id,
            HandOver.receiver,
            HandOver.staff_id,
            HandOver.handed_over_on,
            HandOver.received_by,
            HandOver.received_at,
        )
        .where(HandOver.document_id == document_id)
        .order_by(HandOver.handed_over_on, HandOver.id)
    )
    return [HandedOver(*row) for row in await session.execute(query)]


async def hand_over(session: TenantSession, document_id: UUID, hand_over_id: UUID) -> HandOver:
    """One of them, locked, or `NotFound`."""
    found = await session.find(HandOver, hand_over_id, lock=True)
    if found.document_id != document_id:
        raise NotFound
    return found


async def routed_directly(session: TenantSession, document: Document) -> bool:
    """Whether the working rules let a document of this body and type go on without the leader."""
    query = select(DirectRoute.id).where(
        DirectRoute.body_id == document.body_id, DirectRoute.type_code == document.type_code
    )
    return await session.scalar(query) is not None


async def others_check_content(session: TenantSession, body_id: UUID, staff_id: UUID, on: date) -> bool:
    """Whether somebody else holds a post on that day in which they may check content for the body."""
    query = _holding(permissions.CHECK_CONTENT, on).where(Staff.id != staff_id, _reaches(body_id))
    return (await session.execute(query.limit(1))).first() is not None


def _reaches(body_id: UUID) -> ColumnElement[bool]:
    """Whether a post works for the body. UBKT keeps its papers to itself: no post of the common office reaches it."""
    restricted = exists().where(Body.tenant_id == Post.tenant_id, Body.id == body_id, Body.code == "inspection")
    return or_(Post.body_id == body_id, and_(Post.body_id.is_(None), ~restricted))


async def replace_handlers(session: TenantSession, directions: Mapping[UUID, Direction]) -> None:
    """Let the people of its direction, and nobody else, handle each document."""
    await session.execute(
        delete(DocumentParticipant).where(
            DocumentParticipant.document_id.in_(directions),
            DocumentParticipant.relation.in_((rules.LEAD, rules.CO)),
        )
    )
    for document_id, direction in directions.items():
        session.add(DocumentParticipant(document_id=document_id, staff_id=direction.lead_id, relation=rules.LEAD))
        session.add_all(
            DocumentParticipant(document_id=document_id, staff_id=staff_id, relation=rules.CO)
            for staff_id in direction.co_ids
            if staff_id != direction.lead_id
        )


async def replace_signer(session: TenantSession, document_id: UUID, signer_id: UUID) -> None:
    """Let this person sign."""
    await session.execute(
        update(DocumentParticipant)
        .where(DocumentParticipant.document_id == document_id, DocumentParticipant.relation == rules.SIGNER)
        .values(staff_id=signer_id)
    )


async def names(session: TenantSession, staff_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The names of those of the identifiers that are people of this organ."""
    rows = await session.execute(select(Staff.id, Staff.full_name).where(Staff.id.in_(staff_ids)))
    return {row.id: row.full_name for row in rows}


def _holding(permission: str, on: date) -> AnySelect:
    """`(staff_id, full_name, title, body_id)` of the posts held on that day that carry the permission, by rank."""
    return (
        select(Staff.id.label("staff_id"), Staff.full_name, Post.title, Post.body_id)
        .join(Appointment, and_(Appointment.tenant_id == Staff.tenant_id, Appointment.staff_id == Staff.id))
        .join(Post, and_(Post.tenant_id == Appointment.tenant_id, Post.id == Appointment.post_id))
        .join(RolePermission, and_(RolePermission.tenant_id == Post.tenant_id, RolePermission.role_id == Post.role_id))
        .where(
            RolePermission.permission == permission,
            people.held_on(on),
        )
        .order_by(Post.position, Post.code)
    )


async def signers(session: TenantSession, on: date, body_id: UUID) -> Sequence[AnyRow]:
    """`(staff_id, full_name, title, body_id)` of the posts held on that day that may sign for the body, by rank."""
    query = _holding(permissions.SIGN, on).where(_reaches(body_id))
    return (await session.execute(query)).all()


async def is_visible(session: TenantSession, actor: Actor, document_id: UUID) -> bool:
    """Whether the person may see that document."""
    return await session.scalar(select(Document.id).where(Document.id == document_id, _seen_by(actor))) is not None


# --- Files ----------------------------------------------------------------------------------------------------------


async def files(session: TenantSession, document_id: UUID) -> list[FileEntry]:
    """The files of a document: the signed original first, then its text, replaced ones last."""
    query = (
        select(
            DocumentFile.id,
            DocumentFile.role,
            StoredFile.name,
            StoredFile.size,
            StoredFile.content_type,
            StoredFile.id,
            StoredFile.pictures,
            StoredFile.page_count,
        )
        .join(
            StoredFile,
            and_(StoredFile.tenant_id == DocumentFile.tenant_id, StoredFile.id == DocumentFile.stored_file_id),
        )
        .where(DocumentFile.document_id == document_id)
        .order_by(DocumentFile.role == rules.EARLIER, DocumentFile.role.desc(), StoredFile.kept_at.desc())
    )
    return [FileEntry(*row) for row in await session.execute(query)]


async def stored_file(session: TenantSession, actor: Actor, document_id: UUID, file_id: UUID) -> StoredFile:
    """A file of a document that the person may see, or `NotFound`."""
    query = (
        select(StoredFile)
        .join(
            DocumentFile,
            and_(DocumentFile.tenant_id == StoredFile.tenant_id, DocumentFile.stored_file_id == StoredFile.id),
        )
        .join(Document, and_(Document.tenant_id == DocumentFile.tenant_id, Document.id == DocumentFile.document_id))
        .where(DocumentFile.id == file_id, Document.id == document_id, _seen_by(actor))
    )
    stored = await session.scalar(query)
    if stored is None:
        raise NotFound
    return stored


async def page_picture(
    session: TenantSession, actor: Actor, document_id: UUID, file_id: UUID, number: int
) -> PagePicture:
    """The picture of one page of a document that the person may see, or `NotFound`."""
    if number > MAX_PAGES:  # more than the column holds would be a fault of the database
        raise NotFound
    query = (
        select(PagePicture)
        .join(
            DocumentFile,
            and_(
                DocumentFile.tenant_id == PagePicture.tenant_id,
                DocumentFile.stored_file_id == PagePicture.stored_file_id,
            ),
        )
        .join(Document, and_(Document.tenant_id == DocumentFile.tenant_id, Document.id == DocumentFile.document_id))
        .where(DocumentFile.id == file_id, Document.id == document_id, PagePicture.page == number, _seen_by(actor))
    )
    found = await session.scalar(query)
    if found is None:
        raise NotFound
    return found


async def has_text(session: TenantSession, document_id: UUID) -> bool:
    """Whether a document has its text."""
    query = select(DocumentFile.id).where(DocumentFile.document_id == document_id, DocumentFile.role == rules.MAIN)
    return await session.scalar(query.limit(1)) is not None


async def remove_annex(session: TenantSession, document_id: UUID, file_id: UUID) -> str:
    """Remove an annex with its row in the store and return its name, or raise `NotFound`."""
    annex = await session.find(DocumentFile, file_id, lock=True)
    if annex.document_id != document_id or annex.role != "annex":
        raise NotFound
    stored = await session.find(StoredFile, annex.stored_file_id)
    await session.delete(annex)
    await session.flush()
    await store.forget(session, stored)
    return stored.name


async def set_aside(session: TenantSession, document_id: UUID, role: str) -> None:
    """Keep the present text of a document (`rules.MAIN`), or its signed original, as an earlier one."""
    await session.execute(
        update(DocumentFile)
        .where(DocumentFile.document_id == document_id, DocumentFile.role == role)
        .values(role=rules.EARLIER)
    )


# --- Lists ----------------------------------------------------------------------------------------------------------


async def book_page(
    session: TenantSession, actor: Actor, wanted: BookFilter, size: int | None = None
) -> tuple[list[BookLine], str]:
    """A page of a book (`PAGE_SIZE` lines, or `size`), latest first, and where the next begins (empty at the end)."""
    size = size or PAGE_SIZE
    query = _book_lines(actor, wanted.direction).where(*_conditions(wanted)).limit(size + 1)
    lines = [_line(row) for row in await session.execute(query)]
    return lines[:size], lines[size - 1].position if len(lines) > size else ""


async def selected_lines(
    session: TenantSession, actor: Actor, direction: str, document_ids: Collection[UUID]
) -> list[BookLine]:
    """The lines of these documents of a book, as far as the person may see them, latest first."""
    query = _book_lines(actor, direction).where(Document.id.in_(document_ids))
    return [_line(row) for row in await session.execute(query)]


def _book_lines(actor: Actor, direction: str) -> AnySelect:
    return (
        select(Document, Body.code.label("body"), Body.symbol, Body.system, _person_column(direction).label("person"))
        .join(Body, and_(Body.tenant_id == Document.tenant_id, Body.id == Document.body_id))
        .where(Document.direction == direction, _seen_by(actor))
        .order_by(Document.listed_at.desc(), Document.id.desc())
    )


async def count_views(session: TenantSession, actor: Actor, direction: str, body_id: UUID | None) -> Mapping[str, int]:
    """How many visible documents each view of a book holds that is still to be worked on, in one statement."""
    views = rules.VIEWS[direction]
    counted = rules.COUNTED_VIEWS[direction]
    columns = [
        func.count().filter(Document.state.in_(views[view]), *_view_conditions(view)).label(f"view_{view}")
        for view in counted
    ]
    open_states = sorted({state for view in counted for state in views[view]})
    query = select(*columns).where(Document.direction == direction, Document.state.in_(open_states), _seen_by(actor))
    if body_id is not None:
        query = query.where(Document.body_id == body_id)
    row = (await session.execute(query)).one()
    return dict(zip(counted, row, strict=True))


def _person_column(direction: str) -> Any:
    """The name of the lead handler or the signer."""
    relation = rules.LEAD if direction == rules.INCOMING else rules.SIGNER
    return (
        select(Staff.full_name)
        .join(
            DocumentParticipant,
            and_(DocumentParticipant.tenant_id == Staff.tenant_id, DocumentParticipant.staff_id == Staff.id),
        )
        .where(
            DocumentParticipant.tenant_id == Document.tenant_id,
            DocumentParticipant.document_id == Document.id,
            DocumentParticipant.relation == relation,
        )
        .limit(1)
        .correlate(Document)
        .scalar_subquery()
    )


def _conditions(wanted: BookFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.body_id:
        conditions.append(Document.body_id == wanted.body_id)
    if states := rules.VIEWS[wanted.direction][wanted.view]:
        conditions.append(Document.state.in_(states))
    conditions += _view_conditions(wanted.view)
    if wanted.state:
        conditions.append(Document.state == wanted.state)
    if wanted.period:
        conditions.append(Document.period == wanted.period)
    if wanted.words:
        conditions.append(contains(Document.search_norm, wanted.words))
    if last := rules.read_position(wanted.before):
        conditions.append(tuple_(Document.listed_at, Document.id) < tuple_(*last))
    return conditions


def _view_conditions(view: str) -> list[ColumnElement[bool]]:
    """What a view asks for besides its states."""
    if view == rules.LATE:
        return [Document.due_on < clock.today()]
    return [~_handed_over()] if view == rules.HAND_OVER else []


def _handed_over(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the paper of the document was given on (to somebody of whom this holds)."""
    return (
        exists()
        .where(HandOver.tenant_id == Document.tenant_id, HandOver.document_id == Document.id, *conditions)
        .correlate(Document)
    )


def _line(row: AnyRow) -> BookLine:
    document: Document = row.Document
    return BookLine(
        id=document.id,
        body=row.body,
        body_symbol=row.symbol,
        body_system=row.system,
        type_code=document.type_code,
        state=document.state,
        urgency=document.urgency,
        abstract=document.abstract,
        number_text=document.number_text,
        doc_date=document.doc_date,
        received_on=document.received_on,
        author_organ=document.author_organ,
        author_symbol=document.author_symbol,
        due_on=document.due_on,
        recipients=document.recipients,
        person=row.person or "",
        position=rules.position(document.listed_at, document.id),
    )


def _work() -> Prepared:
    """Parameters: those of `VIEWER`, the states of `own` and `waiting` papers, the rights `proposes`, `hand_over`."""
    own_part = (
        DocumentParticipant.tenant_id == TENANT,
        DocumentParticipant.document_id == Document.id,
        DocumentParticipant.staff_id == VIEWER.person,
    )
    handled = DocumentParticipant.relation.in_((rules.LEAD, rules.CO, rules.DRAFTER))
    own = and_(Document.state == any_(bindparam("own", type_=_STATES)), exists().where(*own_part, handled))
    # What is to be signed waits for the named signer alone.
    named = or_(Document.state != rules.SUBMITTED, Document.signer_id == VIEWER.person)
    waiting = and_(Document.state == any_(bindparam("waiting", type_=_STATES)), named)
    of_unit = and_(Document.state == rules.CONTENT_CHECK, Document.entered_by == any_(VIEWER.led))
    late = and_(
        bindparam("proposes", type_=Boolean()), Document.state == rules.DIRECTED, Document.due_on < VIEWER.today
    )
    to_hand_over = and_(
        bindparam("hand_over", type_=Boolean()),
        Document.state == rules.DIRECTED,
        exists().where(HandOver.tenant_id == TENANT),
        ~_handed_over(),
    )
    to_acknowledge = _handed_over(HandOver.staff_id == VIEWER.person, HandOver.received_at.is_(None))
    here = VIEWER.reaches(Document.body_id)
    relations = select(func.array_agg(DocumentParticipant.relation)).where(*own_part)
    entered_by = select(Staff.full_name).where(Staff.tenant_id == Document.tenant_id, Staff.id == Document.entered_by)
    return Prepared(
        select(
            Document.id,
            Document.direction,
            Document.state,
            Document.body_id,
            Document.abstract,
            Document.number_text,
            Document.author_organ,
            Document.due_on,
            Document.listed_at,
            entered_by.correlate(Document).scalar_subquery(),
            Body.system,
            func.coalesce(_person_column(rules.INCOMING), ""),
            and_(to_hand_over, here),
            to_acknowledge,
            relations.correlate(Document).scalar_subquery().label("relations"),
        )
        .join(Body, and_(Body.tenant_id == Document.tenant_id, Body.id == Document.body_id))
        .where(
            or_(
                and_(own, VIEWER.handles(Document.body_id)),
                and_(waiting, here),
                and_(of_unit, here),
                and_(late, here),
                and_(to_hand_over, here),
            )
        )
        .order_by(Document.due_on.nulls_last(), Document.listed_at)
        .limit(_WORK_LIMIT)
    )


_WORK = _work()


async def work_lines(session: TenantSession, actor: Actor) -> list[WorkLine]:
    """The documents that wait for this person: by the acting post's rights, or because they handle or draft them.

    Who proposes the handling (the office head) also gets what is late, whoever handles it. Who registers and numbers
    (the clerk) gets what was directed and not yet handed over, once the office has handed any paper over: one that
    keeps no paper copies never does, and is never asked to.
    """
    own = [rules.DIRECTED, rules.ANSWERED, rules.DRAFT, rules.RETURNED]
    if actor.may(permissions.CHECK_CONTENT):  # of one's own drafts nobody else may be left to check them
        own.append(rules.CONTENT_CHECK)
    rows = await session.rows(
        _WORK,
        **looks(actor, permissions.READ),
        own=own,
        waiting=rules.states_waiting_for(actor.acting.permissions),
        proposes=actor.may(permissions.PROPOSE),
        hand_over=actor.may(permissions.REGISTER) and actor.may(permissions.NUMBER),
    )
    found: list[list[Any]] = [[*row[:-1], frozenset(row.relations or ())] for row in rows]
    return [WorkLine(*columns) for columns in found]


async def search(session: TenantSession, actor: Actor, words: str, limit: int) -> Sequence[Document]:
    """The latest visible documents that contain the words, diacritics or not, in abstract, symbols or author."""
    query = (
        select(Document)
        .where(contains(Document.search_norm, words), _seen_by(actor))
        .order_by(Document.listed_at.desc())
        .limit(limit)
    )
    return (await session.scalars(query)).all()


# --- Printed books --------------------------------------------------------------------------------------------------


async def printed_lines(
    session: TenantSession, actor: Actor, wanted: PrintedBook, size: int | None = None
) -> tuple[list[PrintedLine], str]:
    """`size` lines (or `PRINTED_SIZE`) of a book in the order of its entries, and where the next part begins."""
    size = size or PRINTED_SIZE
    query = (
        select(
            Document,
            Body.symbol,
            _signer_name().label("signer"),
            _handler_names().label("handlers"),
            _hand_over_text(HandOver.receiver).label("receivers"),
            _hand_over_text(func.to_char(HandOver.handed_over_on, "DD/MM/YYYY")).label("handed_over_on"),
            _hand_over_text(func.nullif(HandOver.received_by, "")).label("received_by"),
            _answer_numbers().label("answers"),
            _number_before().label("number_before"),
        )
        .join(Body, and_(Body.tenant_id == Document.tenant_id, Body.id == Document.body_id))
        .where(*_printed_conditions(actor, wanted))
        .order_by(Document.listed_at, Document.id)
        .limit(size + 1)
    )
    lines = [_printed_line(row) for row in await session.execute(query)]
    return lines[:size], lines[size - 1].position if len(lines) > size else ""


async def count_printed(session: TenantSession, actor: Actor, wanted: PrintedBook) -> int:
    """How many lines the book has from there on."""
    query = select(func.count()).select_from(Document).where(*_printed_conditions(actor, wanted))
    return (await session.execute(query)).scalar_one()


def _printed_conditions(actor: Actor, wanted: PrintedBook) -> list[ColumnElement[bool]]:
    day = Document.received_on if wanted.direction == rules.INCOMING else Document.doc_date
    conditions = [
        Document.direction == wanted.direction,
        Document.period == wanted.period,
        _seen_by(actor),
        day.between(wanted.first_day, wanted.last_day),
    ]
    if wanted.body_id is not None:
        conditions.append(Document.body_id == wanted.body_id)
    if last := rules.read_position(wanted.after):
        conditions.append(tuple_(Document.listed_at, Document.id) > tuple_(*last))
    return conditions


def _signer_name() -> Any:
    return (
        select(Staff.full_name)
        .where(Staff.tenant_id == Document.tenant_id, Staff.id == Document.signer_id)
        .correlate(Document)
        .scalar_subquery()
    )


def _handler_names() -> Any:
    """Who handles the paper, the lead first."""
    return (
        select(
            func.string_agg(
                Staff.full_name,
                aggregate_order_by(literal(", "), DocumentParticipant.relation.desc(), Staff.sort_key),
            )
        )
        .select_from(DocumentParticipant)
        .join(
            Staff,
            and_(Staff.tenant_id == DocumentParticipant.tenant_id, Staff.id == DocumentParticipant.staff_id),
        )
        .where(
            DocumentParticipant.tenant_id == Document.tenant_id,
            DocumentParticipant.document_id == Document.id,
            DocumentParticipant.relation.in_((rules.LEAD, rules.CO)),
        )
        .correlate(Document)
        .scalar_subquery()
    )


def _hand_over_text(column: Any) -> Any:
    return (
        select(func.string_agg(column, aggregate_order_by(literal(", "), HandOver.handed_over_on, HandOver.id)))
        .where(HandOver.tenant_id == Document.tenant_id, HandOver.document_id == Document.id)
        .correlate(Document)
        .scalar_subquery()
    )


def _answer_numbers() -> Any:
    answer = aliased(Document)
    return (
        select(func.string_agg(answer.number_text, aggregate_order_by(literal(", "), answer.listed_at)))
        .where(answer.tenant_id == Document.tenant_id, answer.answers_id == Document.id, answer.state == rules.ISSUED)
        .correlate(Document)
        .scalar_subquery()
    )


def _number_before() -> Any:
    """The number before this one in its series; a gap between them was followed outside of the system."""
    before = aliased(Document)
    return (
        select(func.max(before.number))
        .where(
            before.tenant_id == Document.tenant_id,
            before.series_id == Document.series_id,
            before.period == Document.period,
            before.number < Document.number,
        )
        .correlate(Document)
        .scalar_subquery()
    )


def _printed_line(row: AnyRow) -> PrintedLine:
    return PrintedLine(
        document=row.Document,
        body_symbol=row.symbol,
        signer=row.signer or "",
        handlers=row.handlers or row.receivers or "",
        handed_over_on=row.handed_over_on or "",
        received_by=row.received_by or "",
        answers=row.answers or "",
        number_before=row.number_before,
        position=rules.position(row.Document.listed_at, row.Document.id),
    )


# --- Whole books as files -------------------------------------------------------------------------------------------


async def add_book_file(session: TenantSession, actor: Actor, order: BookOrder) -> BookFile | None:
    """A new file of that book, or None while the person has it made in the same post."""
    adding = (
        insert(BookFile)
        .values(
            tenant_id=session.tenant_id,
            id=ids.new_id(),
            kind=order.kind,
            period=order.period,
            body_id=order.body_id,
            asked_by=actor.staff_id,
            post_id=actor.acting.id,
            asked_at=clock.now(),
            state="making",
            reason="",
            lines_done=0,
        )
        .on_conflict_do_nothing()
        .returning(BookFile)
    )
    return await session.scalar(adding)


async def book_file_in_making(session: TenantSession, actor: Actor, order: BookOrder) -> BookFile:
    """The file of that book that is being made for the person in the acting post."""
    query = _book_files_of(actor).where(
        BookFile.state == "making",
        BookFile.kind == order.kind,
        BookFile.period == order.period,
        BookFile.body_id.is_not_distinct_from(order.body_id),
    )
    found: BookFile = (await session.scalars(query)).one()
    return found


async def book_files(session: TenantSession, actor: Actor) -> Sequence[AnyRow]:
    """`(BookFile, body)` of what the person asked for in the acting post, latest first."""
    query = (
        _book_files_of(actor)
        .add_columns(Body.name.label("body"))
        .outerjoin(Body, and_(Body.tenant_id == BookFile.tenant_id, Body.id == BookFile.body_id))
        .order_by(BookFile.asked_at.desc())
        .limit(_BOOK_FILES_SHOWN)
    )
    return (await session.execute(query)).all()


def _book_files_of(actor: Actor) -> AnySelect:
    return select(BookFile).where(BookFile.asked_by == actor.staff_id, BookFile.post_id == actor.acting.id)


async def note_lines(session: TenantSession, book_file_id: UUID, done: int, count: int) -> None:
    """Write down how far a file is, while it is being made."""
    await session.execute(
        update(BookFile)
        .where(BookFile.id == book_file_id, BookFile.state == "making")
        .values(lines_done=done, line_count=count)
    )


async def give_up_book_files(session: TenantSession, before: datetime, reason: str) -> None:
    """Take what was asked for before then and is still not made as failed."""
    await session.execute(
        update(BookFile)
        .where(BookFile.state == "making", BookFile.asked_at < before)
        .values(state="failed", reason=reason)
    )


async def forget_book_files(session: TenantSession, before: datetime) -> None:
    """Remove files that were asked for before then; the sweep of the store removes their contents."""
    stored = await session.scalars(
        delete(BookFile).where(BookFile.asked_at < before).returning(BookFile.stored_file_id)
    )
    await session.execute(delete(StoredFile).where(StoredFile.id.in_([each for each in stored if each is not None])))


# --- Figures --------------------------------------------------------------------------------------------------------


async def count_incoming(session: TenantSession) -> Sequence[AnyRow]:
    """`(month, body, documents)` of what was registered and not struck, by the day of arrival."""
    registered = and_(Document.direction == rules.INCOMING, Document.state != rules.STRUCK)
    return await _count_by_month(session, Document.received_on, registered)


async def count_issued(session: TenantSession) -> Sequence[AnyRow]:
    """`(month, body, documents)` of what was issued, by the date that it bears."""
    return await _count_by_month(session, Document.doc_date, Document.state == rules.ISSUED)


async def _count_by_month(session: TenantSession, day: Any, condition: ColumnElement[bool]) -> Sequence[AnyRow]:
    month = (await reporting_months(session)).column(day)
    query = (
        select(month.label("month"), Body.code.label("body"), func.count().label("documents"))
        .join(Body, and_(Body.tenant_id == Document.tenant_id, Body.id == Document.body_id))
        .where(condition)
        .group_by(month, Body.code)
        .order_by(month, Body.code)
    )
    return (await session.execute(query)).all()


async def latest_done_unanswered(session: TenantSession, body_id: UUID, before: date) -> UUID | None:
    """The last incoming document of a body that arrived before that day and was finished without an answer."""
    answer = aliased(Document)
    answered = exists().where(answer.tenant_id == Document.tenant_id, answer.answers_id == Document.id)
    done = and_(Document.direction == rules.INCOMING, Document.state == rules.DONE, Document.received_on < before)
    query = (
        select(Document.id)
        .where(Document.body_id == body_id, done, ~answered)
        .order_by(Document.received_on.desc(), Document.id.desc())
    )
    return await session.scalar(query.limit(1))


async def overdue_spans(session: TenantSession, months: ReportingMonths) -> list[Span]:
    """Incoming documents past their due day, by body: from the month of that day until they were finished or struck."""
    return await _spans(
        session,
        months.column(Document.due_on),
        months.column(_legal(func.least(Document.finished_at, Document.struck_at))),
        and_(Document.direction == rules.INCOMING, Document.due_on < clock.today()),
    )


async def unissued_spans(session: TenantSession, months: ReportingMonths) -> list[Span]:
    """Signed documents, by body: from the month of the signature until the month of the issue or the strike."""
    signed = months.column(_legal(Document.signed_at))
    issued = months.column(_legal(func.least(Document.issued_at, Document.struck_at)))
    return await _spans(session, signed, issued, Document.signed_at.is_not(None))


async def _spans(session: TenantSession, since: Any, until: Any, condition: ColumnElement[bool]) -> list[Span]:
    query = (
        select(Body.code, since, until, func.count())
        .join(Body, and_(Body.tenant_id == Document.tenant_id, Body.id == Document.body_id))
        .where(condition, or_(until.is_(None), until > since))
        .group_by(Body.code, since, until)
    )
    return [Span(*row) for row in await session.execute(query)]


def _legal(instant: Any) -> Any:
    return func.timezone(clock.LEGAL_ZONE.key, instant)
