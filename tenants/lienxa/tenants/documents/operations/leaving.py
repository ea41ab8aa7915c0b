"""What somebody has in hand when they leave: papers handled, drafts, drafts to sign; and giving it to somebody else."""

from collections.abc import Sequence
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.module import OpenThing
from lienxa.platform.rollup import marks
from lienxa.platform.text import _
from lienxa.tenants.documents import permissions, repository, rules
from lienxa.tenants.documents.models import Document
from lienxa.tenants.documents.repository import leaving as stored


async def handled_by(session: TenantSession, actor: Actor, staff_id: UUID) -> list[OpenThing]:
    """The incoming papers that a person handles or is proposed to handle."""
    return [_open_thing(*row) for row in await stored.in_hand(session, actor, stored.handled(staff_id))]


async def drafted_by(session: TenantSession, actor: Actor, staff_id: UUID) -> list[OpenThing]:
    """A person's drafts that are not signed."""
    return [_open_thing(*row) for row in await stored.in_hand(session, actor, stored.drafted(staff_id))]


async def to_be_signed_by(session: TenantSession, actor: Actor, staff_id: UUID) -> list[OpenThing]:
    """The drafts that a person is to sign, wherever they are on their way."""
    return [_open_thing(*row) for row in await stored.in_hand(session, actor, stored.to_sign(staff_id))]


async def give_handled(session: TenantSession, actor: Actor, giver: UUID, receiver: Actor) -> list[OpenThing]:
    """Let the receiver handle them; `InvalidInput` on `receiver` if no post of theirs handles papers."""
    found = await stored.in_hand(session, actor, stored.handled(giver), lock=True)
    _require_handler(found, receiver)
    for document, _seen in found:
        if document.proposed_lead_id == giver and document.state == rules.PROPOSED:
            document.proposed_lead_id = receiver.staff_id
            document.proposed_co_ids = [other for other in document.proposed_co_ids if other != receiver.staff_id]
    await session.flush()
    await stored.replace_handler(session, [row[0].id for row in found], giver, receiver.staff_id)
    return await _given(session, actor, found, receiver, _("Bàn giao cho {name} xử lý.", name=receiver.name))


async def give_drafts(session: TenantSession, actor: Actor, giver: UUID, receiver: Actor) -> list[OpenThing]:
    """Let the receiver go on with them; `InvalidInput` on `receiver` if no post of theirs drafts."""
    found = await stored.in_hand(session, actor, stored.drafted(giver), lock=True)
    _require_handler(found, receiver)
    for document, _seen in found:
        document.entered_by = receiver.staff_id  # whose head of unit checks it; the trail keeps who began it
    await session.flush()
    document_ids = [row[0].id for row in found]
    await stored.replace_participant(session, document_ids, rules.DRAFTER, giver, receiver.staff_id)
    return await _given(session, actor, found, receiver, _("Bàn giao cho {name} soạn tiếp.", name=receiver.name))


async def give_signing(session: TenantSession, actor: Actor, giver: UUID, receiver: Actor) -> list[OpenThing]:
    """Let the receiver sign them; `InvalidInput` on `receiver` if they do not sign for one of the bodies."""
    found = await stored.in_hand(session, actor, stored.to_sign(giver), lock=True)
    for body_id in {document.body_id for document, _seen in found}:
        signers = await repository.drafts.signers(session, clock.today(), body_id)
        if receiver.staff_id not in {row.staff_id for row in signers}:
            raise InvalidInput.of(
                "receiver",
                _("Người này không ký văn bản của mọi cơ quan có dự thảo chờ ký."),
                _("Chọn một lãnh đạo của cơ quan đó, hoặc đổi người ký từng dự thảo trước."),
            )
    for document, _seen in found:
        document.signer_id = receiver.staff_id
    await session.flush()
    document_ids = [row[0].id for row in found]
    await stored.replace_participant(session, document_ids, rules.SIGNER, giver, receiver.staff_id)
    return await _given(session, actor, found, receiver, _("Bàn giao cho {name} ký.", name=receiver.name))


def _require_handler(found: Sequence[tuple[Document, bool]], receiver: Actor) -> None:
    if found and not any(permissions.HANDLE in post.permissions for post in receiver.posts if not post.lent):
        raise InvalidInput.of(
            "receiver", _("Người này không xử lý, soạn văn bản."), _("Chọn người giữ chức vụ xử lý văn bản.")
        )


async def _given(
    session: TenantSession, actor: Actor, found: Sequence[tuple[Document, bool]], receiver: Actor, told: str
) -> list[OpenThing]:
    if found:
        for document, _seen in found:
            detail = {"to": receiver.name, "text": told}
            trail.record(session, actor, "documents.give", "document", document.id, detail)
        await marks.mark(session, "documents")
    return [_open_thing(*row) for row in found]


def _open_thing(document: Document, seen: bool) -> OpenThing:
    number = document.number_text
    if document.direction == rules.INCOMING and number:
        number = _("đến {number}", number=number)
    note = rules.STATE_TITLES[document.state]
    return OpenThing(
        document.id, document.abstract, f"/van-ban/{document.id}", number, document.due_on, note, seen=seen
    )
