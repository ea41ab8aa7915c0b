"""Books as they are printed, and whole ones as files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.orm import aliased

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body, Staff
from lienxa.platform.db.base import AnyRow, AnySelect
from lienxa.platform.db.session import TenantSession
from lienxa.platform.files.models import StoredFile
from lienxa.tenants.documents import rules
from lienxa.tenants.documents.models import BookFile, Document, DocumentParticipant, HandOver
from lienxa.tenants.documents.repository.document import seen_by
from lienxa.tenants.documents.schemas import BookOrder, PrintedBook

PRINTED_SIZE = 400
_BOOK_FILES_SHOWN = 20


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
        seen_by(actor),
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
