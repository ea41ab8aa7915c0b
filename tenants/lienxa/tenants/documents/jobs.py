"""Whole books as files, set in the background; what is forgotten after a while."""

from collections.abc import Mapping
from uuid import UUID

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.errors import Conflict, Forbidden, NotFound
from lienxa.platform.jobs import control_actor, enqueue, tenant_actor
from lienxa.platform.module import Schedule
from lienxa.platform.print import Binder
from lienxa.platform.tenancy.organs import Organ, organ_by_id
from lienxa.platform.text import _
from lienxa.tenants.documents import operations, repository
from lienxa.tenants.documents.models import BookFile, BroughtPaper
from lienxa.tenants.documents.schemas import Attachment, BookOrder

SCHEDULES = (
    Schedule("documents.forget_book_files", 24 * 3600),
    Schedule("documents.forget_brought_papers", 24 * 3600),
)


async def want_book(session: TenantSession, actor: Actor, order: BookOrder) -> BookFile:
    """Let a whole book be made as a file in the background; one that is being made is not made a second time."""
    wanted, new = await operations.printed_books.order_book(session, actor, order)
    if new:
        await enqueue(session, make_book_file, session.tenant_id, wanted.id)
    return wanted


@control_actor(title=_("Làm tệp PDF của cả sổ"), queue="heavy", max_retries=3)
async def make_book_file(database: Database, tenant_id: UUID, book_file_id: UUID) -> None:
    """Make the file. How far it is stands in transactions of its own, so that others see it meanwhile."""
    async with database.control() as control:
        organ = await organ_by_id(control, tenant_id)
    if organ is None:
        return
    try:
        await _make(database, organ, book_file_id)
    except (Conflict, Forbidden, NotFound) as refusal:
        async with database.tenant(tenant_id) as session:
            await operations.printed_books.fail_book(
                session, book_file_id, f"{refusal.message} {refusal.remedy}".strip()
            )


async def _make(database: Database, organ: Organ, book_file_id: UUID) -> None:
    with Binder() as binder:
        async with database.tenant(organ.id) as reading:
            async for done, total in operations.printed_books.bind_book(reading, organ, book_file_id, binder):
                async with database.tenant(organ.id) as noting:
                    await repository.printed_books.note_lines(noting, book_file_id, done, total)
        if not binder.pages:
            return
        content = binder.content()
    async with database.tenant(organ.id) as session:
        await operations.printed_books.keep_book(session, organ, book_file_id, content)


@tenant_actor(title=_("Dọn tệp PDF cũ của sổ"), queue="heavy")
async def forget_book_files(session: TenantSession) -> None:
    """Remove files of books after a week."""
    await operations.printed_books.forget_book_files(session)


async def bring_paper(session: TenantSession, actor: Actor, file: Attachment, typed: Mapping[str, str]) -> BroughtPaper:
    """Bring a file that is to be entered; what a scan says is recognised in the background."""
    paper = await operations.brought.bring(session, actor, file, typed)
    if paper.state == operations.brought.READING:
        await enqueue(session, read_scan, session.tenant_id, paper.id)
    return paper


@tenant_actor(title=_("Đọc bản quét chờ vào sổ"), queue="heavy", max_retries=3)
async def read_scan(session: TenantSession, paper_id: UUID) -> None:
    """Recognise what a scan says."""
    await operations.brought.read_scan(session, paper_id)


@tenant_actor(title=_("Dọn tệp chờ vào sổ đã lâu"), queue="heavy")
async def forget_brought_papers(session: TenantSession) -> None:
    """Remove files that nobody has entered for two weeks."""
    await operations.brought.forget(session)
