"""One document, if the person may see it. That is the one rule of `access.visibility`, part of every query here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Staff
from lienxa.platform.access.visibility import Sight
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import NotFound
from lienxa.tenants.documents import permissions, rules
from lienxa.tenants.documents.models import Document, DocumentParticipant
from lienxa.tenants.documents.schemas import Involved, Related


@dataclass(frozen=True)
class Held:
    """A document that the person may see, and their own relations to it."""

    document: Document
    relations: frozenset[str]


SIGHT = Sight(Document.id, Document.body_id, DocumentParticipant, DocumentParticipant.document_id, permissions.READ)


def seen_by(actor: Actor) -> ColumnElement[bool]:
    return SIGHT.seen_by(actor)


async def held(
    session: TenantSession, actor: Actor, document_id: UUID, *, lock: bool = False, related: bool = True
) -> Held:
    """A document that the person may see, or `NotFound`; with `lock` it is ours until the transaction ends.

    Without `related` their own relations are not asked for: what takes a right of the body alone does not need them.
    """
    query = select(Document).where(Document.id == document_id, seen_by(actor))
    if lock:
        query = query.with_for_update(of=Document).execution_options(populate_existing=True)
    document = await session.scalar(query)
    if document is None:
        raise NotFound
    if not related:
        return Held(document, frozenset())
    # A statement of its own: who waited for the lock must see what the one before did to the relations.
    relations = select(DocumentParticipant.relation).where(
        DocumentParticipant.document_id == document_id,
        DocumentParticipant.staff_id.in_({actor.staff_id, actor.person("documents")}),
    )
    return Held(document, frozenset(await session.scalars(relations)))


async def selected(
    session: TenantSession, actor: Actor, document_ids: Collection[UUID], *, lock: bool = False
) -> Sequence[Document]:
    """Those of the documents that the person may see, in the order in which they were entered or signed."""
    since = func.coalesce(Document.signed_at, Document.listed_at)
    query = select(Document).where(Document.id.in_(document_ids), seen_by(actor)).order_by(since, Document.id)
    if lock:
        query = query.with_for_update(of=Document).execution_options(populate_existing=True)
    return (await session.scalars(query)).all()


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
        .where(or_(Document.answers_id == document.id, Document.id == document.answers_id), seen_by(actor))
        .order_by(Document.listed_at)
    )
    return [Related(*row) for row in await session.execute(query)]


async def names(session: TenantSession, staff_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The names of those of the identifiers that are people of this organ."""
    rows = await session.execute(select(Staff.id, Staff.full_name).where(Staff.id.in_(staff_ids)))
    return {row.id: row.full_name for row in rows}


async def is_visible(session: TenantSession, actor: Actor, document_id: UUID) -> bool:
    """Whether the person may see that document."""
    return await session.scalar(select(Document.id).where(Document.id == document_id, seen_by(actor))) is not None


async def latest_issued(session: TenantSession, actor: Actor) -> UUID | None:
    """The paper that was issued last by a body of the acting post, among those that the person may see."""
    query = (
        select(Document.id)
        .where(
            Document.direction == rules.OUTGOING,
            Document.state == rules.ISSUED,
            Document.body_id.in_(actor.acting.body_ids),
            seen_by(actor),
        )
        .order_by(Document.listed_at.desc(), Document.id.desc())
        .limit(1)
    )
    found: UUID | None = await session.scalar(query)
    return found
