"""The verbs of handing work over: what somebody has in hand, and giving it to others against a record.

The modules say what there is and how it goes over (`OpenWork`). Everything happens in the caller's one transaction: a
hand-over that is refused or broken off leaves nothing behind and may be sent again.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from lienxa.platform import clock, ids
from lienxa.platform.access import members, staffing
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Staff
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, FieldError, InvalidInput, NotFound
from lienxa.platform.identity import enrolment
from lienxa.platform.module import OpenThing, OpenWork, all_modules
from lienxa.platform.notify import notices
from lienxa.platform.notify.notices import Told
from lienxa.platform.text import _
from lienxa.tenants.office import operations, repository
from lienxa.tenants.office.models import WorkTransfer, WorkTransferLine
from lienxa.tenants.office.permissions import ADMINISTRATE, HAND_OVER
from lienxa.tenants.office.schemas import HandingOver, KindInHand, TransferShown


def kinds() -> list[OpenWork]:
    """The kinds of work of all modules, in their order."""
    return [work for module in all_modules() for work in module.open_work]


async def in_hand(session: TenantSession, actor: Actor, staff_id: UUID) -> list[KindInHand]:
    """What a person of the organ has in hand, by kind; kinds of which there is nothing are left out."""
    actor.require(HAND_OVER)
    await staffing.person(session, staff_id)
    found = [KindInHand(work.code, work.title, await work.find(session, actor, staff_id)) for work in kinds()]
    return [kind for kind in found if kind.things]


async def hand_over(session: TenantSession, actor: Actor, giver_id: UUID, command: HandingOver) -> WorkTransfer:
    """Give everything that a person has in hand to others, and write the record of it.

    With a last day the person leaves: their posts end with it, successors hold them from the day after, and their
    sessions end at once. `InvalidInput` names the field (`receiver`, `receiver-<kind>`, `post-<post>`, `last_day`);
    `Conflict` if there is nothing to hand over, or if the page showed an older state.
    """
    actor.require(HAND_OVER)
    if command.last_day is not None:
        actor.require(ADMINISTRATE)
    giver = await staffing.person(session, giver_id, lock=True)
    title = ", ".join(await repository.titles_of(session, giver_id))
    lines = await _give_all(session, actor, giver, command)
    if command.last_day is not None:
        lines += await _give_posts(session, actor, giver, command, command.last_day)
        await operations.leave(session, actor, giver_id, command.version, command.last_day)
        await enrolment.end_sessions(session, giver)
    elif not lines:
        raise Conflict(
            _("{name} không có việc nào đang giữ để bàn giao.", name=giver.full_name),
            remedy=_("Nếu người này nghỉ, ghi ngày làm việc cuối cùng."),
        )
    made = WorkTransfer(
        id=ids.new_id(),
        giver_id=giver_id,
        giver_name=giver.full_name,
        giver_title=title,
        last_day=command.last_day,
        reason=command.reason,
        made_by=actor.staff_id,
        made_by_name=actor.name,
        made_by_title=actor.acting.title,
        made_at=clock.now(),
    )
    session.add(made)
    await session.flush()
    for position, line in enumerate(lines, start=1):
        line.transfer_id, line.position = made.id, position
    session.add_all(lines)
    told = _("Bàn giao {count} việc của {name}", count=len(lines), name=giver.full_name)
    trail.record(session, actor, "office.hand_over", "staff", giver_id, {"text": told})
    receivers = list(dict.fromkeys(line.receiver_id for line in lines))
    path = f"/ban-giao/{made.id}"
    await notices.tell(session, actor, Told(receivers, "office.hand_over", told, path))
    await session.flush()
    return made


async def _give_all(session: TenantSession, actor: Actor, giver: Staff, command: HandingOver) -> list[WorkTransferLine]:
    faults: list[FieldError] = []
    lines: list[WorkTransferLine] = []
    known: dict[UUID, Actor] = {}
    for work in kinds():
        own = command.receivers.get(work.code)
        field, receiver_id = (f"receiver-{work.code}", own) if own else ("receiver", command.receiver)
        try:
            if receiver_id is None:
                await _refuse_left(session, actor, giver, work)
                continue
            receiver = known.get(receiver_id) or await _receiver(session, actor, giver, receiver_id)
            known[receiver_id] = receiver
            given = await work.hand_over(session, actor, giver.id, receiver)
        except InvalidInput as refused:
            faults += [FieldError(field, _said(work, fault.reason), fault.remedy) for fault in refused.fields]
            continue
        lines += [_line(work.title, thing, receiver) for thing in given]
    if faults:
        raise InvalidInput(faults)
    return lines


def _said(work: OpenWork, reason: str) -> str:
    return _("{kind}: {reason}", kind=work.title, reason=reason)


async def _refuse_left(session: TenantSession, actor: Actor, giver: Staff, work: OpenWork) -> None:
    if await work.find(session, actor, giver.id):
        raise InvalidInput.of(
            "receiver", _("chưa chọn người nhận."), _("Chọn một người nhận chung, hoặc cho loại này.")
        )


async def _receiver(session: TenantSession, actor: Actor, giver: Staff, receiver_id: UUID) -> Actor:
    if receiver_id == giver.id:
        raise InvalidInput.of("receiver", _("Người nhận phải khác người giao."), _("Chọn người khác."))
    try:
        person = await staffing.person(session, receiver_id, lock=True)
        receiver = await members.staff_member(session, actor.organ, receiver_id)
    except NotFound:
        raise InvalidInput.of(
            "receiver", _("Người nhận không giữ chức vụ nào hôm nay."), _("Chọn lại trong danh sách.")
        ) from None
    if person.left_on is not None:
        raise InvalidInput.of("receiver", _("Người nhận cũng sắp nghỉ."), _("Chọn người khác."))
    return receiver


async def _give_posts(
    session: TenantSession, actor: Actor, giver: Staff, command: HandingOver, last_day: date
) -> list[WorkTransferLine]:
    """Successors hold the giver's posts from the day after; a post without one falls vacant."""
    lines = []
    following = last_day + timedelta(days=1)
    for holding in await repository.held_until_further(session, giver.id, last_day):
        successor_id = command.posts.get(holding.post_id)
        if successor_id is None:
            continue
        try:
            successor = await _receiver(session, actor, giver, successor_id)
            # The giver holds it still in this moment, and no longer when the successor begins.
            await operations.appoint(session, actor, holding.post_id, successor_id, following, None, together=True)
        except InvalidInput as refused:
            raise InvalidInput(
                [FieldError(f"post-{holding.post_id}", fault.reason, fault.remedy) for fault in refused.fields]
            ) from refused
        note = _("từ {day:%d/%m/%Y}", day=following)
        thing = OpenThing(holding.post_id, holding.title, f"/quan-tri/chuc-vu/{holding.post_id}", note=note)
        lines.append(_line(_("Chức vụ"), thing, successor))
    return lines


def _line(kind: str, thing: OpenThing, receiver: Actor) -> WorkTransferLine:
    return WorkTransferLine(
        kind=kind,
        thing_id=thing.id,
        path=thing.path,
        number=thing.number,
        title=thing.title,
        due_on=thing.due_on,
        note=thing.note,
        restricted=not thing.seen,
        receiver_id=receiver.staff_id,
        receiver_name=receiver.name,
        receiver_title=", ".join(post.title for post in receiver.posts if post.lent is None),
    )


async def transfer(session: TenantSession, actor: Actor, transfer_id: UUID) -> TransferShown:
    """A record with its lines: for those who keep records, for its giver and its receivers; else `NotFound`.

    A receiver who keeps no records sees their own lines alone. The title of what is restricted is for giver and
    receiver; others read that it is.
    """
    found = await session.find(WorkTransfer, transfer_id)
    lines = await repository.transfer_lines(session, transfer_id)
    keeps = actor.may(HAND_OVER) or found.giver_id == actor.staff_id
    shown = [line for line in lines if keeps or line.receiver_id == actor.staff_id]
    if not keeps and not shown:
        raise NotFound
    return TransferShown(found, [(line, _title_for(actor, found, line)) for line in shown])


def _title_for(actor: Actor, found: WorkTransfer, line: WorkTransferLine) -> str:
    if line.restricted and actor.staff_id not in (found.giver_id, line.receiver_id):
        return _("(nội dung chỉ người giao và người nhận xem)")
    return line.title


async def transfers(
    session: TenantSession, actor: Actor, before: str, limit: int = 30
) -> tuple[Sequence[WorkTransfer], str]:
    """A page of the records, latest first, and the place of the next one."""
    actor.require(HAND_OVER)
    return await repository.transfers(session, before, limit)


def by_receiver(shown: TransferShown) -> Mapping[str, Sequence[tuple[WorkTransferLine, str]]]:
    """The lines of a record by the name of who takes them over."""
    found: dict[str, list[tuple[WorkTransferLine, str]]] = {}
    for line, title in shown.lines:
        found.setdefault(line.receiver_name, []).append((line, title))
    return found
