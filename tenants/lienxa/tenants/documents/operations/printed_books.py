"""Whole books as files, made in the background."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import msgspec

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor, archivist
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, Forbidden, InvalidInput, NotFound
from lienxa.platform.files import store
from lienxa.platform.files.content import PDF
from lienxa.platform.files.models import StoredFile
from lienxa.platform.notify import notices
from lienxa.platform.notify.notices import Told
from lienxa.platform.print import Binder, pdf_aside
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.tenants.documents import papers, permissions, repository, rules
from lienxa.tenants.documents.models import BookFile
from lienxa.tenants.documents.schemas import BookOrder, PrintedBook

BOOK_FILE_PATH = "/van-ban/so/pdf"
# How long a whole book stays as a file, and after how long one that is not made yet will not come any more.
BOOK_FILE_KEPT = timedelta(days=7)
BOOK_FILE_GIVEN_UP = timedelta(hours=1)


async def order_book(session: TenantSession, actor: Actor, order: BookOrder) -> tuple[BookFile, bool]:
    """A whole book as a file, as the person sees it in the acting post; whether it is new or being made already.

    `jobs.want_book` is what pages call: it wants the job as well.
    """
    actor.require(permissions.READ)
    if order.period not in await repository.series.periods(session, papers.direction_of(order.kind)):
        raise InvalidInput.of(
            "quyen-ky", _("Sổ này chưa có số nào trong kỳ đã chọn."), _("Chọn năm hoặc nhiệm kỳ khác.")
        )
    await _give_up_book_files(session)
    added = await repository.printed_books.add_book_file(session, actor, order)
    if added is not None:
        return added, True
    return await repository.printed_books.book_file_in_making(session, actor, order), False


async def book_file(session: TenantSession, actor: Actor, book_file_id: UUID) -> BookFile:
    """The person's own file of a book; it shows what the post saw for which it was made, so only that post reads it."""
    actor.require(permissions.READ)
    found = await session.find(BookFile, book_file_id)
    if found.asked_by != actor.staff_id:
        raise NotFound
    if found.post_id != actor.acting.id:
        raise Forbidden(
            _("Tệp này được lập khi đồng chí làm việc với chức vụ khác."),
            remedy=_("Đổi sang chức vụ đó, hoặc lập tệp mới ở trang In sổ văn bản."),
        )
    return found


async def read_book_file(session: TenantSession, actor: Actor, book_file_id: UUID) -> tuple[StoredFile, bytes]:
    """The file with its content, or `NotFound` while there is none."""
    found = await book_file(session, actor, book_file_id)
    if found.stored_file_id is None:
        raise NotFound
    stored = await session.find(StoredFile, found.stored_file_id)
    trail.record_read(session, actor, "book_file", book_file_id, stored.name)
    return stored, await store.read(session, stored)


async def bind_book(
    session: TenantSession, organ: Organ, book_file_id: UUID, binder: Binder
) -> AsyncIterator[tuple[int, int]]:
    """Set the book part by part; yields how many lines of how many are done. Nothing if it is not wanted any more.

    `NotFound` or `Forbidden` if who asked for it may not read it now.
    """
    wanted = await session.get(BookFile, (session.tenant_id, book_file_id))
    if wanted is None or wanted.state != "making":
        return
    actor = await _who_asked(session, organ, wanted)
    async for counted in _bind(session, actor, wanted, binder):
        yield counted


async def bound_books(session: TenantSession, organ: Organ) -> AsyncIterator[tuple[str, bytes]]:
    """Every book of every body and period in which it has entries, `(file name, PDF)`, for the organ's archive."""
    bodies = await people.bodies(session)
    actor = archivist(organ, [body.id for body in bodies], [permissions.READ], await members.face(session))
    for kind in papers.BOOK_KINDS:
        for period in await repository.series.periods(session, papers.direction_of(kind)):
            for body in bodies:
                book = BookFile(kind=kind, period=period, body_id=body.id)
                if not await repository.printed_books.count_printed(session, actor, _as_printed(book)):
                    continue
                with Binder() as binder:
                    async for _counted in _bind(session, actor, book, binder):
                        pass
                    yield f"so-van-ban-{kind}-{body.code}-{period}", binder.content()


async def _bind(
    session: TenantSession, actor: Actor, wanted: BookFile, binder: Binder
) -> AsyncIterator[tuple[int, int]]:
    """Set a book as the actor sees it. One without lines has nothing but its head."""
    book = _as_printed(wanted)
    total, done = await repository.printed_books.count_printed(session, actor, book), 0
    yield done, total
    body = next((body for body in await people.bodies(session) if body.id == wanted.body_id), None)
    more = True
    while more:
        lines, following = await repository.printed_books.printed_lines(session, actor, book)
        binder.add(await pdf_aside("documents/book.typ", papers.sheet(actor, wanted, body, lines, binder.pages + 1)))
        done, more = done + len(lines), following != ""
        book = msgspec.structs.replace(book, after=following)
        yield done, total


def _as_printed(wanted: BookFile) -> PrintedBook:
    first, last = rules.book_days(wanted.period, "", "", clock.today())
    return PrintedBook(papers.direction_of(wanted.kind), wanted.period, first, last, wanted.body_id)


async def _who_asked(session: TenantSession, organ: Organ, wanted: BookFile) -> Actor:
    actor = (await members.staff_member(session, organ, wanted.asked_by)).acting_in(wanted.post_id)
    actor.require(permissions.READ)
    return actor


async def keep_book(session: TenantSession, organ: Organ, book_file_id: UUID, content: bytes) -> None:
    """Store the file and tell who asked for it, unless that was done or the file is not wanted any more."""
    wanted = await _book_file_in_making(session, book_file_id)
    if wanted is None:
        return
    if len(content) > store.MAX_BYTES:
        raise Conflict(
            _("Sổ dài quá, tệp lớn hơn {limit} MB.", limit=store.MAX_BYTES // 1024 // 1024),
            remedy=_("In sổ theo từng tháng ở trang In sổ văn bản."),
        )
    name = f"{_book_title(wanted)}.pdf"
    stored = await store.keep(session, await _who_asked(session, organ, wanted), name, content, allowed=(PDF,))
    wanted.state, wanted.stored_file_id = "made", stored.id
    await _tell_of_book(session, wanted, _("Đã lập xong tệp PDF: {book}", book=_book_title(wanted)))


async def fail_book(session: TenantSession, book_file_id: UUID, reason: str) -> None:
    """Write down why there will be no file, and tell who asked for it."""
    wanted = await _book_file_in_making(session, book_file_id)
    if wanted is None:
        return
    wanted.state, wanted.reason = "failed", reason
    await _tell_of_book(session, wanted, _("Chưa lập được tệp PDF: {book}", book=_book_title(wanted)))


async def forget_book_files(session: TenantSession) -> None:
    """Remove whole books that were made more than seven days ago, and give up those that never came."""
    await repository.printed_books.forget_book_files(session, clock.now() - BOOK_FILE_KEPT)
    await _give_up_book_files(session)


async def give_up_restored(session: TenantSession) -> list[str]:
    """After a restore: nobody is at the files that were being made when the archive was written."""
    reason = _("Đơn vị được khôi phục từ tệp lưu khi tệp chưa lập xong. Lập lại.")
    await repository.printed_books.give_up_book_files(session, clock.now(), reason)
    return []


async def _give_up_book_files(session: TenantSession) -> None:
    reason = _("Việc lập tệp bị dừng giữa chừng. Lập lại; nếu vẫn vậy, báo người vận hành.")
    await repository.printed_books.give_up_book_files(session, clock.now() - BOOK_FILE_GIVEN_UP, reason)


async def _book_file_in_making(session: TenantSession, book_file_id: UUID) -> BookFile | None:
    found = await session.get(BookFile, (session.tenant_id, book_file_id), with_for_update=True)
    return found if found is not None and found.state == "making" else None


async def _tell_of_book(session: TenantSession, wanted: BookFile, title: str) -> None:
    path = f"{BOOK_FILE_PATH}/{wanted.id}"
    await notices.tell(session, None, Told([wanted.asked_by], "documents.book_file", title, path))


def _book_title(wanted: BookFile) -> str:
    return f"{papers.BOOK_KINDS[wanted.kind]}, {papers.period_title(wanted.period)}"
