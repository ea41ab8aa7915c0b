"""What the clerk does in both books: strike an entry through, give a paper on, fill the columns."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, Forbidden, InvalidInput
from lienxa.platform.text import _
from lienxa.tenants.documents import permissions, repository, rules
from lienxa.tenants.documents.models import Document, HandOver
from lienxa.tenants.documents.operations.acts import refuse_struck, state_after
from lienxa.tenants.documents.operations.closing import list_change
from lienxa.tenants.documents.operations.common import record
from lienxa.tenants.documents.operations.incoming import handle_again
from lienxa.tenants.documents.rules import INCOMING
from lienxa.tenants.documents.schemas import Dispatch


async def strike(session: TenantSession, actor: Actor, document_id: UUID, reason: str) -> Document:
    """Strike a mistaken entry through. It keeps its number, which is never used again.

    What it was to answer is handled again, unless another answer is under way.
    """
    actor.require(permissions.STRIKE)
    held = await repository.document.held(session, actor, document_id, lock=True, related=False)
    document = held.document
    document.state = await state_after(session, actor, held, rules.STRIKE)
    if not reason:
        raise InvalidInput.of("struck_reason", _("Chưa nhập lý do gạch sổ."), _("Ghi rõ sai ở đâu."))
    document.struck_at, document.struck_reason = clock.now(), reason
    await list_change(session, actor, document, _("Gạch sổ"), reason)
    await record(session, actor, "strike", document, number=document.number_text, reason=reason)
    if document.answers_id is not None:
        await handle_again(session, actor, document.answers_id, document)
    return document


async def hand_over(
    session: TenantSession,
    actor: Actor,
    document_id: UUID,
    receivers: Mapping[UUID | None, str],
    *,
    received: bool = False,
) -> list[HandOver]:
    """Give a paper on: to people of the organ by id, to somebody else (key None) by name.

    `received`: they signed for it on paper, as the clerk has seen; else who has an account signs on the page.
    """
    held = await repository.document.held(session, actor, document_id, lock=True, related=False)
    document = held.document
    _require_book(actor, document)
    refuse_struck(document)
    known = await repository.document.names(session, [staff_id for staff_id in receivers if staff_id])
    names = [(staff_id, known.get(staff_id, "") if staff_id else name) for staff_id, name in receivers.items()]
    if not names or not all(name for _staff_id, name in names):
        raise InvalidInput.of("receivers", _("Chưa có người nhận."), _("Chọn người nhận, hoặc ghi tên đơn vị nhận."))
    rows = [
        HandOver(
            document_id=document_id,
            receiver=name,
            staff_id=staff_id,
            handed_over_on=clock.today(),
            handed_over_by=actor.staff_id,
            received_by=name if received else "",
            received_at=clock.now() if received else None,
        )
        for staff_id, name in names
    ]
    session.add_all(rows)
    await record(session, actor, "hand_over", document, receivers=", ".join(name for _staff_id, name in names))
    return rows


async def acknowledge(session: TenantSession, actor: Actor, document_id: UUID, hand_over_id: UUID) -> HandOver:
    """Sign for a paper that was given on: the receiver, or the clerk for who signed on paper."""
    held = await repository.document.held(session, actor, document_id, related=False)
    given = await repository.books.hand_over(session, document_id, hand_over_id)
    if given.staff_id != actor.person("documents"):
        _require_book(actor, held.document)
    if given.received_at is not None:
        raise Conflict(_("Đã có người ký nhận."), remedy=_("Mở lại trang văn bản."))
    given.received_by, given.received_at = given.receiver, clock.now()
    await record(session, actor, "acknowledge", held.document, receiver=given.receiver)
    return given


def _require_book(actor: Actor, document: Document) -> None:
    """Who writes in the book in which the document stands: the clerk of its body."""
    actor.require(permissions.REGISTER if document.direction == INCOMING else permissions.ISSUE)
    if document.body_id not in actor.acting.body_ids:
        raise Forbidden(_("Chức vụ này không giữ sổ có văn bản đó."), remedy=_("Nhờ văn thư của cơ quan đó."))


async def note(
    session: TenantSession, actor: Actor, document_id: UUID, dispatch: Dispatch, reason: str = ""
) -> Document:
    """Fill the columns of the book that the clerk writes: copies, who keeps the archive copy, a note.

    In a closed book only for a reason.
    """
    held = await repository.document.held(session, actor, document_id, lock=True, related=False)
    document = held.document
    _require_book(actor, document)
    if document.number is None:
        raise Conflict(_("Văn bản chưa có số, chưa vào sổ."), remedy=_("Cấp số trước."))
    before = _columns(document)
    fill_book(document, dispatch)
    changed = [
        f"{title}: “{was or _('(trống)')}” → “{now or _('(trống)')}”"
        for (title, was), (_title, now) in zip(before, _columns(document), strict=True)
        if was != now
    ]
    if changed:
        await list_change(session, actor, document, "; ".join(changed), reason)
    await record(session, actor, "note", document, reason=reason)
    return document


def _columns(document: Document) -> Sequence[tuple[str, str]]:
    """What the clerk has written in the book, by column."""
    copies = str(document.copies or "")
    return (
        (_("số lượng bản"), copies),
        (_("nơi lưu"), document.archive_receiver),
        (_("ghi chú"), document.book_note),
    )


def fill_book(document: Document, dispatch: Dispatch) -> None:
    document.copies = dispatch.copies
    document.archive_receiver = dispatch.archive_receiver
    document.book_note = dispatch.note
