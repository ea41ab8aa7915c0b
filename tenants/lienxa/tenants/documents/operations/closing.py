"""Closing the books of a year or a term that is over (khóa sổ): counted, printed, signed, bound, put away.

New books open by themselves: a series begins at 01 with the first number of its new year, term or congress. In an organ
that others follow every book has come to its end with it, whatever the calendar says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.acts import record_act
from lienxa.platform.db.base import AnyRow
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, InvalidInput, NotFound
from lienxa.platform.text import _
from lienxa.tenants.documents import papers, permissions, repository, rules
from lienxa.tenants.documents.models import BookChange, BookClosing, CommitteeTerm, Congress, Document
from lienxa.tenants.documents.operations.series import COMMON_BOOK
from lienxa.tenants.documents.rules import INCOMING
from lienxa.tenants.documents.schemas import ClosedBook, EndedBook

Key = tuple[str, str, UUID | None]


async def ended_books(session: TenantSession, actor: Actor) -> list[EndedBook]:
    """The books of periods that are over, of the bodies of the acting post, latest first."""
    actor.require(permissions.READ)
    running = {} if actor.organ.followed_by else await _running_periods(session)
    rows = [
        row
        for row in await repository.closing.contents(session)
        if row.body_id in actor.acting.body_ids and row.period != running.get(row.period_kind)
    ]
    return await _as_books(session, rows)


async def kept_books(session: TenantSession) -> list[list[str]]:
    """The books of an organ that others follow, for the record of the handover: each with how it was closed."""
    books = await _as_books(session, await repository.closing.contents(session))
    closings = {closing.id: closing for closing in await repository.closing.closings(session)}
    return [
        [
            papers.book_title(book.direction, book.period),
            book.body,
            str(book.count),
            papers.how_closed(closings[book.closing_id], book.changes) if book.closing_id else _("chưa khóa"),
        ]
        for book in books
    ]


async def _running_periods(session: TenantSession) -> Mapping[str, str | None]:
    today = clock.today()
    return {
        rules.YEAR: f"{today.year}",
        rules.TERM: await repository.terms.running_label(session, CommitteeTerm, today),
        rules.CONGRESS: await repository.terms.running_label(session, Congress, today),
    }


async def _as_books(session: TenantSession, rows: Sequence[AnyRow]) -> list[EndedBook]:
    """What stands in the same book, put together."""
    closed = {
        (closing.direction, closing.period, closing.body_id): (closing, changes)
        for closing, changes in await repository.closing.closings_with_changes(session)
    }
    found: dict[Key, EndedBook] = {}
    for row in rows:
        common = row.direction == INCOMING and row.code == COMMON_BOOK
        key = row.direction, row.period, None if common else row.body_id
        before = found.get(key)
        closing, changes = closed.get(key, (None, 0))
        found[key] = EndedBook(
            *key,
            body=_("Sổ chung của các cơ quan") if common else row.body,
            count=row.documents + (before.count if before else 0),
            unsettled=row.unsettled + (before.unsettled if before else 0),
            closing_id=closing.id if closing else None,
            closed_on=clock.legal(closing.closed_at).date() if closing else None,
            changes=changes,
        )
    return list(found.values())


def may_close(actor: Actor) -> bool:
    """Whether the person may close books of this organ: what stands here must count."""
    return actor.may(permissions.REGISTER) and (actor.organ.is_live or bool(actor.organ.followed_by))


async def ended_book(
    session: TenantSession, actor: Actor, direction: str, period: str, body_id: UUID | None
) -> EndedBook:
    """One of them, or `NotFound`."""
    books = await ended_books(session, actor)
    found = next(
        (book for book in books if (book.direction, book.period, book.body_id) == (direction, period, body_id)), None
    )
    if found is None:
        raise NotFound
    return found


async def foresee_lines(session: TenantSession, book: EndedBook) -> list[rules.SeriesEnd]:
    """How each series of a book would be told on its closing sheet."""
    types = rules.types_by_code(clock.today())
    found = await repository.closing.numbers(session, book.direction, book.period, book.body_id, COMMON_BOOK)
    return [
        rules.series_end(
            ", ".join(types[code].name if code in types else code for code in type_codes)
            if book.direction != INCOMING
            else rules.SERIES_TITLES[INCOMING],
            given,
        )
        for type_codes, given in found.values()
    ]


async def close_book(session: TenantSession, actor: Actor, entry: ClosedBook) -> BookClosing:
    """Write down that a book was closed; once, and only when its period is over.

    `InvalidInput` by field, `NotFound` for no such book, `Conflict` if it is closed already.
    """
    actor.require(permissions.REGISTER)
    await repository.closing.hold(session, entry.direction, entry.period, entry.body_id, COMMON_BOOK)
    book = await ended_book(session, actor, entry.direction, entry.period, entry.body_id)
    if not may_close(actor):
        raise Conflict(
            _("Đơn vị chưa làm việc chính thức trên hệ thống, sổ chính là sổ giấy."),
            remedy=_("Khóa sổ giấy; ở đây khóa được khi đã làm việc chính thức."),
        )
    if book.closing_id is not None:
        raise Conflict(_("Sổ này đã khóa ngày {day:%d/%m/%Y}.", day=book.closed_on), remedy=_("Xem tờ khóa sổ đã lập."))
    if not entry.signer:
        raise InvalidInput.of("signer", _("Chưa nhập người ký tờ khóa sổ."), _("Ghi họ tên Tổ trưởng Văn phòng."))
    closing = BookClosing(
        direction=entry.direction,
        period=entry.period,
        body_id=entry.body_id,
        lines=[asdict(line) for line in await foresee_lines(session, book)],
        signer=entry.signer,
        volumes=entry.volumes,
        kept_at=entry.kept_at,
        closed_by=actor.staff_id,
        closed_at=clock.now(),
    )
    session.add(closing)
    try:
        await session.flush()
    except IntegrityError as error:  # somebody else was first
        raise Conflict(_("Sổ này vừa được khóa."), remedy=_("Tải lại trang.")) from error
    detail: dict[str, str | int | None] = {"period": book.period, "body": book.body, "count": book.count}
    await record_act(session, actor, "documents.close_book", "book_closing", closing.id, detail)
    return closing


async def closing_sheet(session: TenantSession, actor: Actor, closing_id: UUID) -> Mapping[str, Any]:
    """What `book_end.typ` shows: the last sheet of a closed book."""
    closing = await _seen(session, actor, closing_id)
    clerk, body = await repository.closing.closer(session, closing)
    return papers.end_sheet(actor, closing, clerk, body)


async def supplement(session: TenantSession, actor: Actor, closing_id: UUID) -> Mapping[str, Any]:
    """What `book_supplement.typ` shows: what was changed since the book was closed; `NotFound` if nothing was."""
    closing = await _seen(session, actor, closing_id)
    changes = await repository.closing.changes(session, closing_id)
    if not changes:
        raise NotFound
    _clerk, body = await repository.closing.closer(session, closing)
    return papers.supplement_sheet(actor, closing, changes, body)


async def _seen(session: TenantSession, actor: Actor, closing_id: UUID) -> BookClosing:
    actor.require(permissions.READ)
    closing = await session.find(BookClosing, closing_id)
    if closing.body_id is not None and closing.body_id not in actor.acting.body_ids:
        raise NotFound
    return closing


async def closing_of(session: TenantSession, document: Document) -> BookClosing | None:
    """How the book was closed in which a document stands; None while it is open."""
    return await repository.closing.closing_of(session, document, COMMON_BOOK)


async def list_change(session: TenantSession, actor: Actor, document: Document, told: str, reason: str) -> None:
    """Note on the supplementary sheet what is changed in a closed book; nothing while the book is open.

    The document is locked by the caller, so its book is not being closed. `InvalidInput` on `change_reason` without a
    reason: what was signed and bound is changed for a reason that can be read.
    """
    closing = await closing_of(session, document)
    if closing is None:
        return
    if not reason:
        raise InvalidInput.of(
            "change_reason",
            _("Sổ này đã khóa ngày {day:%d/%m/%Y}.", day=clock.legal(closing.closed_at)),
            _("Ghi lý do: thay đổi được ghi vào phụ lục bổ sung của sổ."),
        )
    session.add(
        BookChange(
            closing_id=closing.id,
            document_id=document.id,
            told=told,
            reason=reason,
            changed_by=actor.staff_id,
            changed_at=clock.now(),
        )
    )
