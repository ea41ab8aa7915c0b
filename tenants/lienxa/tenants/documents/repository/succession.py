"""The papers that pass to the organ that follows, and the numbers that they take there."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.dialects.postgresql import insert

from lienxa.platform import ids
from lienxa.platform.db.session import TenantSession
from lienxa.platform.succession import passages
from lienxa.tenants.documents import rules
from lienxa.tenants.documents.models import Document, DocumentFile, DocumentParticipant, NumberCounter

_UNSETTLED = (rules.REGISTERED, rules.PROPOSED, rules.DIRECTED, rules.ANSWERED)
_SETTLED = (rules.ISSUED, rules.STRUCK, rules.DISCARDED)


def unsettled() -> ColumnElement[bool]:
    """Incoming papers that are not settled."""
    return and_(Document.direction == rules.INCOMING, Document.state.in_(_UNSETTLED))


def unissued() -> ColumnElement[bool]:
    """Outgoing papers on their way, signed and numbered ones included."""
    return and_(Document.direction == rules.OUTGOING, Document.state.not_in(_SETTLED))


async def staying(session: TenantSession, which: ColumnElement[bool], most: int | None) -> Sequence[Document]:
    """Papers of that sort that have not passed yet, the first listed first, `most` of them."""
    open_here = and_(which, ~passages.passed_on("document", Document.id))
    query = select(Document).where(open_here).order_by(Document.listed_at, Document.id).limit(most)
    return (await session.scalars(query)).all()


async def participants(session: TenantSession, document_ids: Collection[UUID]) -> Sequence[DocumentParticipant]:
    """Who takes part in these papers."""
    query = select(DocumentParticipant).where(DocumentParticipant.document_id.in_(document_ids))
    return (await session.scalars(query.order_by(DocumentParticipant.id))).all()


async def files(session: TenantSession, document_ids: Collection[UUID]) -> Sequence[DocumentFile]:
    """The files of these papers."""
    query = select(DocumentFile).where(DocumentFile.document_id.in_(document_ids)).order_by(DocumentFile.id)
    return (await session.scalars(query)).all()


async def take_numbers(session: TenantSession, series_id: UUID, period: str, count: int) -> int:
    """Take so many numbers at once and answer with the last; the counter stays locked until the transaction ends."""
    taking = insert(NumberCounter).values(
        tenant_id=session.tenant_id, id=ids.new_id(), series_id=series_id, period=period, last_number=count
    )
    taking = taking.on_conflict_do_update(
        index_elements=["tenant_id", "series_id", "period"], set_={"last_number": NumberCounter.last_number + count}
    )
    return (await session.execute(taking.returning(NumberCounter.last_number))).scalar_one()


async def let_be_answered(session: TenantSession, document_ids: Collection[UUID]) -> None:
    """Mark incoming papers in hand as those that an answer is drafted to."""
    directed = update(Document).where(Document.id.in_(document_ids), Document.state == rules.DIRECTED)
    await session.execute(directed.values(state=rules.ANSWERED))
