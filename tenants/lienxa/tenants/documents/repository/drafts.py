"""Drafts on their way to a number: what they answer, who checked them, who may sign."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, update

from lienxa.platform.access import repository as people
from lienxa.platform.access.models import Appointment, Body, Post, RolePermission, Staff
from lienxa.platform.db.base import AnyRow, AnySelect
from lienxa.platform.db.session import TenantSession
from lienxa.tenants.documents import permissions, rules
from lienxa.tenants.documents.models import Document, DocumentParticipant, SignOff
from lienxa.tenants.documents.schemas import Approval


async def answered_document(session: TenantSession, document_id: UUID) -> Document:
    """The incoming document that an answer names, locked. Whoever issues the answer need not see it."""
    return await session.find(Document, document_id, lock=True)


async def has_answer(session: TenantSession, document_id: UUID) -> bool:
    """Whether some answer to the document is under way or issued."""
    query = select(Document.id).where(
        Document.answers_id == document_id, Document.state.not_in((rules.DISCARDED, rules.STRUCK))
    )
    return await session.scalar(query.limit(1)) is not None


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


async def others_check_content(session: TenantSession, body_id: UUID, staff_id: UUID, on: date) -> bool:
    """Whether somebody else holds a post on that day in which they may check content for the body."""
    query = _holding(permissions.CHECK_CONTENT, on).where(Staff.id != staff_id, _reaches(body_id))
    return (await session.execute(query.limit(1))).first() is not None


def _reaches(body_id: UUID) -> ColumnElement[bool]:
    """Whether a post works for the body. UBKT keeps its papers to itself: no post of the common office reaches it."""
    restricted = exists().where(Body.tenant_id == Post.tenant_id, Body.id == body_id, Body.code == "inspection")
    return or_(Post.body_id == body_id, and_(Post.body_id.is_(None), ~restricted))


async def replace_signer(session: TenantSession, document_id: UUID, signer_id: UUID) -> None:
    """Let this person sign."""
    await session.execute(
        update(DocumentParticipant)
        .where(DocumentParticipant.document_id == document_id, DocumentParticipant.relation == rules.SIGNER)
        .values(staff_id=signer_id)
    )


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
