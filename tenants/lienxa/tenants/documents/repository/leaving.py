"""What somebody still has in hand, and its way to somebody else."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.tenants.documents import rules
from lienxa.tenants.documents.models import Document, DocumentParticipant, HandOver
from lienxa.tenants.documents.repository.document import seen_by

_UNDER_WAY = (rules.DRAFT, rules.CONTENT_CHECK, rules.FORM_CHECK, rules.SUBMITTED, rules.RETURNED)


def _takes_part(staff_id: UUID, *relations: str) -> ColumnElement[bool]:
    return exists().where(
        DocumentParticipant.tenant_id == Document.tenant_id,
        DocumentParticipant.document_id == Document.id,
        DocumentParticipant.staff_id == staff_id,
        DocumentParticipant.relation.in_(relations),
    )


def handled(staff_id: UUID) -> ColumnElement[bool]:
    """What a person handles, alone or with others, or is proposed to handle."""
    return or_(
        and_(Document.state.in_((rules.DIRECTED, rules.ANSWERED)), _takes_part(staff_id, rules.LEAD, rules.CO)),
        and_(Document.state == rules.PROPOSED, Document.proposed_lead_id == staff_id),
    )


def drafted(staff_id: UUID) -> ColumnElement[bool]:
    """The drafts of a person that are not signed."""
    return and_(Document.state.in_(_UNDER_WAY), _takes_part(staff_id, rules.DRAFTER))


def to_sign(staff_id: UUID) -> ColumnElement[bool]:
    """The drafts that name a person as their signer, wherever they are on their way."""
    return and_(Document.state.in_(_UNDER_WAY), Document.signer_id == staff_id)


async def in_hand(
    session: TenantSession, actor: Actor, which: ColumnElement[bool], *, lock: bool = False
) -> list[tuple[Document, bool]]:
    """These documents, the first due first, and whether the actor may see each."""
    query = (
        select(Document, seen_by(actor))
        .where(which)
        .order_by(Document.due_on.nulls_last(), Document.listed_at, Document.id)
    )
    if lock:
        query = query.with_for_update(of=Document).execution_options(populate_existing=True)
    return [(row[0], row[1]) for row in await session.execute(query)]


async def replace_handler(session: TenantSession, document_ids: Collection[UUID], giver: UUID, receiver: UUID) -> None:
    """The receiver leads where the giver led and helps where the giver helped; nobody stands twice on one paper.

    What was handed over on paper and not signed for is now for the receiver to sign.
    """
    people, ids = DocumentParticipant, list(document_ids)

    def with_(staff_id: UUID, *relations: str) -> ColumnElement[bool]:
        theirs = select(people.document_id).where(people.staff_id == staff_id, people.relation.in_(relations))
        return people.document_id.in_(theirs.where(people.document_id.in_(ids)).scalar_subquery())

    def of(staff_id: UUID, relation: str) -> ColumnElement[bool]:
        return and_(people.document_id.in_(ids), people.staff_id == staff_id, people.relation == relation)

    await session.execute(delete(people).where(of(receiver, rules.CO), with_(giver, rules.LEAD)))
    await session.execute(update(people).where(of(giver, rules.LEAD)).values(staff_id=receiver))
    await session.execute(delete(people).where(of(giver, rules.CO), with_(receiver, rules.LEAD, rules.CO)))
    await session.execute(update(people).where(of(giver, rules.CO)).values(staff_id=receiver))
    await session.execute(
        update(HandOver)
        .where(HandOver.document_id.in_(ids), HandOver.staff_id == giver, HandOver.received_at.is_(None))
        .values(staff_id=receiver)
    )


async def replace_participant(
    session: TenantSession, document_ids: Collection[UUID], relation: str, giver: UUID, receiver: UUID
) -> None:
    """The receiver is what the giver was; a document has one drafter and one signer."""
    await session.execute(
        update(DocumentParticipant)
        .where(
            DocumentParticipant.document_id.in_(document_ids),
            DocumentParticipant.relation == relation,
            DocumentParticipant.staff_id == giver,
        )
        .values(staff_id=receiver)
    )
