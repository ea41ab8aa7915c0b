"""What registering has to know, the rules of intake, and who handles a paper."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, delete, exists, false, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from lienxa.platform import ids
from lienxa.platform.access.models import Staff
from lienxa.platform.db.base import AnyRow
from lienxa.platform.db.session import TenantSession
from lienxa.tenants.documents import rules
from lienxa.tenants.documents.models import DirectRoute, Document, DocumentParticipant, IntakeRule, SeriesUse
from lienxa.tenants.documents.repository.series import Book, add_rows, first_book, series_of
from lienxa.tenants.documents.schemas import Direction, IncomingEntry


@dataclass(frozen=True)
class Intake:
    """What is known before an incoming document is entered: its book, earlier entries with its symbol, its handler.

    `proposal_required`: the office head proposes before the leader directs.
    """

    book: Book
    earlier: Sequence[AnyRow]
    lead_known: bool
    proposal_required: bool


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
        series_of(session, entry.body_id, rules.INCOMING, entry.type_code, on)
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
    book = first_book(rows)
    return Intake(
        book,
        [row for row in rows if row.author_organ is not None],
        bool(rows[0].lead_known),
        bool(rows[0].proposal_required),
    )


async def intake_rules(session: TenantSession, body_id: UUID) -> tuple[bool, frozenset[str]]:
    """Whether the office head proposes first for a body, and which types go on without its leader."""
    required = await session.scalar(select(IntakeRule.proposal_required).where(IntakeRule.body_id == body_id))
    direct = await session.scalars(select(DirectRoute.type_code).where(DirectRoute.body_id == body_id))
    return bool(required), frozenset(direct)


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


async def routed_directly(session: TenantSession, document: Document) -> bool:
    """Whether the working rules let a document of this body and type go on without the leader."""
    query = select(DirectRoute.id).where(
        DirectRoute.body_id == document.body_id, DirectRoute.type_code == document.type_code
    )
    return await session.scalar(query) is not None


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
