"""Files that wait for being entered into the incoming book, and what they may be a second copy of."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, func, select

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.base import AnyRow
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.files import store
from lienxa.platform.files.models import PagePicture, StoredFile
from lienxa.tenants.documents import rules
from lienxa.tenants.documents.models import BroughtPaper, Document, DocumentFile
from lienxa.tenants.documents.repository.document import seen_by

MOST_WAITING = 100
_MOST_TWINS = 5
_of_paper = and_(StoredFile.tenant_id == BroughtPaper.tenant_id, StoredFile.id == BroughtPaper.stored_file_id)


async def brought(
    session: TenantSession, actor: Actor, paper_id: UUID, *, lock: bool = False
) -> tuple[BroughtPaper, StoredFile]:
    """A paper that this person brought, with its file, or `NotFound`; with `lock` it is ours."""
    query = (
        select(BroughtPaper, StoredFile)
        .join(StoredFile, _of_paper)
        .where(BroughtPaper.id == paper_id, BroughtPaper.brought_by == actor.staff_id)
    )
    if lock:
        query = query.with_for_update(of=BroughtPaper).execution_options(populate_existing=True)
    found = (await session.execute(query)).first()
    if found is None:
        raise NotFound
    return found.BroughtPaper, found.StoredFile


async def waiting(session: TenantSession, actor: Actor) -> Sequence[AnyRow]:
    """`(BroughtPaper, name, size)` of what this person brought and has not entered, newest first."""
    query = (
        select(BroughtPaper, StoredFile.name, StoredFile.size)
        .join(StoredFile, _of_paper)
        .where(BroughtPaper.brought_by == actor.staff_id)
        .order_by(BroughtPaper.brought_at.desc(), BroughtPaper.id.desc())
        .limit(MOST_WAITING)
    )
    return (await session.execute(query)).all()


async def count_waiting(session: TenantSession, actor: Actor) -> int:
    """How many papers this person brought and has not entered."""
    query = select(func.count()).where(BroughtPaper.brought_by == actor.staff_id)
    return await session.scalar(query) or 0


async def page_picture(session: TenantSession, paper: BroughtPaper, number: int) -> PagePicture:
    """The picture of one page, or `NotFound`."""
    query = select(PagePicture).where(PagePicture.stored_file_id == paper.stored_file_id, PagePicture.page == number)
    found = await session.scalar(query)
    if found is None:
        raise NotFound
    return found


async def same_file(session: TenantSession, actor: Actor, sha256: str) -> Sequence[Document]:
    """The documents that this person may see and to which this very file was added."""
    query = (
        select(Document)
        .join(DocumentFile, and_(DocumentFile.tenant_id == Document.tenant_id, DocumentFile.document_id == Document.id))
        .join(
            StoredFile,
            and_(StoredFile.tenant_id == DocumentFile.tenant_id, StoredFile.id == DocumentFile.stored_file_id),
        )
        .where(StoredFile.sha256 == sha256, Document.direction == rules.INCOMING, Document.state != rules.STRUCK)
        .where(seen_by(actor))
        .limit(_MOST_TWINS)
    )
    return (await session.scalars(query)).unique().all()


async def same_symbol(
    session: TenantSession, actor: Actor, symbol: str, year: int, body_ids: Collection[UUID]
) -> Sequence[Document]:
    """The entries of these bodies with this symbol in the year of the document, which this person may see."""
    written = func.coalesce(Document.doc_date, Document.received_on)
    query = (
        select(Document)
        .where(
            Document.body_id.in_(body_ids),
            Document.direction == rules.INCOMING,
            Document.author_symbol == symbol,
            Document.state != rules.STRUCK,
            written.between(date(year, 1, 1), date(year, 12, 31)),
            seen_by(actor),
        )
        .order_by(Document.received_on.desc(), Document.id.desc())
        .limit(20)
    )
    return (await session.scalars(query)).all()


async def forget(session: TenantSession, papers: Sequence[BroughtPaper]) -> None:
    """Remove papers with their files, which nothing else names."""
    for paper in papers:
        stored = await session.get(StoredFile, (session.tenant_id, paper.stored_file_id))
        await session.delete(paper)
        await session.flush()
        if stored is not None:
            await store.forget(session, stored)


async def older_than(session: TenantSession, moment: datetime) -> Sequence[BroughtPaper]:
    """The papers that were brought before that moment, a hundred at a time."""
    query = select(BroughtPaper).where(BroughtPaper.brought_at < moment).order_by(BroughtPaper.brought_at)
    return (await session.scalars(query.limit(MOST_WAITING).with_for_update(skip_locked=True))).all()


async def in_reading(
    session: TenantSession, paper_id: UUID, *, lock: bool = False
) -> tuple[BroughtPaper, StoredFile] | None:
    """A paper that waits for being recognised, with its file; None if it does not, or is not there any more."""
    query = (
        select(BroughtPaper, StoredFile)
        .join(StoredFile, _of_paper)
        .where(BroughtPaper.id == paper_id, BroughtPaper.state == "reading")
    )
    if lock:
        query = query.with_for_update(of=BroughtPaper).execution_options(populate_existing=True)
    found = (await session.execute(query)).first()
    return (found.BroughtPaper, found.StoredFile) if found else None


async def still_reading(session: TenantSession, before: datetime) -> Sequence[BroughtPaper]:
    """The papers that were brought before that moment and are being read all the same."""
    query = select(BroughtPaper).where(BroughtPaper.state == "reading", BroughtPaper.brought_at < before)
    return (await session.scalars(query.with_for_update(skip_locked=True))).all()
