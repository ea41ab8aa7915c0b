"""The files of a document and the pictures of their pages."""

from uuid import UUID

from sqlalchemy import and_, select, update

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.files import store
from lienxa.platform.files.models import PagePicture, StoredFile
from lienxa.platform.files.pictures import MAX_PAGES
from lienxa.tenants.documents import rules
from lienxa.tenants.documents.models import Document, DocumentFile
from lienxa.tenants.documents.repository.document import seen_by
from lienxa.tenants.documents.schemas import FileEntry


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
        .where(DocumentFile.id == file_id, Document.id == document_id, seen_by(actor))
    )
    stored = await session.scalar(query)
    if stored is None:
        raise NotFound
    return stored


async def page_picture(
    session: TenantSession, actor: Actor, document_id: UUID, file_id: UUID, number: int
) -> tuple[PagePicture, str]:
    """The picture of one page of a document that the person may see, and the name of its file; or `NotFound`."""
    if not 1 <= number <= MAX_PAGES:  # more than the column holds, or as much less, would be a fault of the database
        raise NotFound
    query = (
        select(PagePicture, StoredFile.name)
        .join(
            StoredFile,
            and_(StoredFile.tenant_id == PagePicture.tenant_id, StoredFile.id == PagePicture.stored_file_id),
        )
        .join(
            DocumentFile,
            and_(
                DocumentFile.tenant_id == PagePicture.tenant_id,
                DocumentFile.stored_file_id == PagePicture.stored_file_id,
            ),
        )
        .join(Document, and_(Document.tenant_id == DocumentFile.tenant_id, Document.id == DocumentFile.document_id))
        .where(DocumentFile.id == file_id, Document.id == document_id, PagePicture.page == number, seen_by(actor))
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise NotFound
    picture, name = found
    return picture, name


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
