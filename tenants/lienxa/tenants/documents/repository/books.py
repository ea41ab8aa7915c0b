"""Both books as lists, what waits for a person, and the receipts of papers that were given on."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, ColumnElement, Text, and_, any_, bindparam, exists, func, or_, select, tuple_

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body, Staff
from lienxa.platform.access.visibility import VIEWER, looks
from lienxa.platform.db.base import AnyRow, AnySelect
from lienxa.platform.db.search import contains
from lienxa.platform.db.session import TENANT, Prepared, TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.succession import passages
from lienxa.platform.succession.models import Passage
from lienxa.tenants.documents import permissions, rules
from lienxa.tenants.documents.models import Document, DocumentParticipant, HandOver
from lienxa.tenants.documents.repository.document import seen_by
from lienxa.tenants.documents.schemas import BookFilter, BookLine, HandedOver, WorkLine

DOCUMENT = "document"
PAGE_SIZE = 50
_WORK_LIMIT = 300
_STATES = ARRAY(Text())


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
        select(
            Document,
            Body.code.label("body"),
            Body.symbol,
            Body.system,
            _person_column(direction).label("person"),
            Passage.organ_name.label("passed_to"),
        )
        .join(Body, and_(Body.tenant_id == Document.tenant_id, Body.id == Document.body_id))
        .outerjoin(
            Passage,
            and_(
                Passage.tenant_id == Document.tenant_id,
                Passage.direction == passages.OUT,
                Passage.kind == DOCUMENT,
                Passage.thing_id == Document.id,
            ),
        )
        .where(Document.direction == direction, seen_by(actor))
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
    query = select(*columns).where(Document.direction == direction, Document.state.in_(open_states), seen_by(actor))
    query = query.where(_is_here())
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
    if wanted.view in rules.COUNTED_VIEWS[wanted.direction]:
        conditions.append(_is_here())
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


def _is_here() -> ColumnElement[bool]:
    """Whether this organ goes on with the document: it has not passed to one that follows."""
    return ~passages.passed_on(DOCUMENT, Document.id)


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
        listed_at=document.listed_at,
        passed_to=row.passed_to or "",
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
            ),
            _is_here(),
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
        .where(contains(Document.search_norm, words), seen_by(actor))
        .order_by(Document.listed_at.desc())
        .limit(limit)
    )
    return (await session.scalars(query)).all()
