"""The verbs of meetings: propose, book, move, cancel, record as held.

That a room is free is decided by the database alone, at the moment of writing (`models.NO_ROOM_TWICE`). The row of the
room is locked first: two clashing inserts that wait for each other inside the constraint would end as a deadlock.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.acts import record_act
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, FieldError, Forbidden, InvalidInput, NotFound
from lienxa.platform.module import Opening
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.tenants.meetings import permissions, repository, rules
from lienxa.tenants.meetings.models import NO_ROOM_TWICE, Meeting, MeetingParticipant, Room
from lienxa.tenants.meetings.rules import BOOKED, CANCELLED, HELD, PROPOSED, Slot
from lienxa.tenants.meetings.schemas import CalendarEntry, HallClash, MeetingDraft

_LOOK_AHEAD = timedelta(days=7)
FIRST_ROOMS = (("hoi-truong-lon", "Hội trường lớn", 200), ("phong-hop-so-1", "Phòng họp số 1", 30))


async def provision(session: TenantSession, _organ: Organ, _opening: Opening) -> None:
    """The rooms that a new organ begins with."""
    session.add_all(
        Room(code=code, name=name, seats=seats, position=position)
        for position, (code, name, seats) in enumerate(FIRST_ROOMS, start=1)
    )
    await session.flush()


async def propose_meeting(session: TenantSession, actor: Actor, draft: MeetingDraft, *, book: bool = False) -> Meeting:
    """Enter a meeting as a proposal, or with `book` put it into the calendar at once.

    Raises `InvalidInput` by field; on `room`, if the room is taken then, with what is free instead.
    """
    actor.require(permissions.BOOK if book else permissions.PROPOSE)
    room = await _check_draft(session, actor, draft, lock=book)
    meeting = Meeting(
        id=ids.new_id(),
        body_id=draft.body_id,
        title=draft.title,
        content=draft.content,
        chair_id=draft.chair_id,
        room_id=draft.room_id,
        place=draft.place,
        starts_at=draft.slot.starts_at,
        ends_at=draft.slot.ends_at,
        state=BOOKED if book else PROPOSED,
        proposed_by=actor.staff_id,
        proposed_at=clock.now(),
        note=draft.note,
    )
    async with _holding_room(session, actor, room, draft.slot):
        session.add(meeting)
    session.add_all(_participants(meeting.id, actor, draft))
    await _record(session, actor, "book" if book else "propose", meeting.id, draft.slot, room, draft.place)
    return meeting


async def book(session: TenantSession, actor: Actor, meeting_id: UUID) -> None:
    """Put a proposal into the calendar; `InvalidInput` on `room` if its room is taken by now."""
    meeting = await meeting_for(session, actor, meeting_id, "book")
    room = await _room(session, meeting.room_id, lock=True)
    slot, place = Slot(meeting.starts_at, meeting.ends_at), meeting.place
    async with _holding_room(session, actor, room, slot, besides=meeting_id):
        meeting.state = BOOKED
    await _record(session, actor, "book", meeting_id, slot, room, place)


async def move(
    session: TenantSession, actor: Actor, meeting_id: UUID, slot: Slot, *, room_id: UUID | None, place: str = ""
) -> None:
    """Give a proposed or booked meeting another time, room or place; refusals as for a new one."""
    meeting = await meeting_for(session, actor, meeting_id, "move")
    _refuse(_place_faults(slot, room_id, place))
    room = await _room(session, room_id, lock=meeting.state == BOOKED)
    before = Slot(meeting.starts_at, meeting.ends_at)
    async with _holding_room(session, actor, room, slot, besides=meeting_id):
        meeting.starts_at, meeting.ends_at = slot.starts_at, slot.ends_at
        meeting.room_id, meeting.place = room_id, place
    await _record(session, actor, "move", meeting_id, slot, room, place, before=before.text())


async def cancel(session: TenantSession, actor: Actor, meeting_id: UUID, reason: str) -> None:
    """Cancel a meeting that was not held; its room is free at once. `reason` is told to those who take part."""
    meeting = await meeting_for(session, actor, meeting_id, "cancel")
    if not reason:
        raise InvalidInput.of("reason", _("Chưa nhập lý do hủy."), _("Nhập lý do."))
    meeting.state, meeting.reason = CANCELLED, reason
    await record_act(session, actor, "meetings.cancel", "meeting", meeting_id, {"reason": reason})


async def hold(session: TenantSession, actor: Actor, meeting_id: UUID) -> None:
    """Record that a booked meeting took place."""
    meeting = await meeting_for(session, actor, meeting_id, "hold")
    meeting.state = HELD
    await record_act(session, actor, "meetings.hold", "meeting", meeting_id)


def acts_on(actor: Actor, meeting: Meeting) -> frozenset[str]:
    """What the person may do with this meeting now; see `rules.allowed_acts`."""
    return rules.allowed_acts(
        meeting.state,
        books=_books_for(actor, meeting.body_id),
        own=meeting.proposed_by == actor.staff_id,
        begun=clock.now() >= meeting.starts_at,
    )


async def meeting_for(session: TenantSession, actor: Actor, meeting_id: UUID, act: str) -> Meeting:
    """The locked meeting if the person may do the act; `NotFound`, `Conflict` (its state) or `Forbidden` if not."""
    meeting = await repository.meeting(session, actor, meeting_id, lock=True)
    if act in acts_on(actor, meeting):
        return meeting
    own = meeting.proposed_by == actor.staff_id and act != "book"
    if _books_for(actor, meeting.body_id) or own:
        raise Conflict(
            _("Cuộc họp đang ở trạng thái “{state}”.", state=_(rules.STATE_TITLES[meeting.state])),
            remedy=_("Mở lại trang cuộc họp để xem việc có thể làm."),
        )
    raise Forbidden(
        _("Chức vụ “{title}” không được làm việc này.", title=actor.acting.title),
        remedy=_("Nhờ Tổ trưởng Văn phòng hoặc Văn thư."),
    )


async def clash_of(
    session: TenantSession, actor: Actor, room_id: UUID, slot: Slot, *, besides: UUID | None = None
) -> HallClash | None:
    """Who has the room in that slot and what is free instead, or None if nobody has."""
    last_day = slot.day + _LOOK_AHEAD
    around = Slot(clock.instant(slot.day), clock.instant(last_day))
    taken = await repository.occupied(session, actor, around, besides=besides)
    now_taken = [entry for entry in taken if entry.slot.overlaps(slot)]
    other = next((entry for entry in now_taken if entry.room_id == room_id), None)
    if other is None:
        return None
    in_use = {entry.room_id for entry in now_taken}
    free_rooms = [room.name for room in await repository.rooms(session) if room.id not in in_use]
    return HallClash(other, free_rooms, _next_free(slot, [entry for entry in taken if entry.room_id == room_id]))


def explain(clash: HallClash) -> FieldError:
    """The clash in words, on field `room`; the title is there only if the person may see the other meeting."""
    remedies = []
    if clash.free_rooms:
        remedies.append(_("Giờ này còn trống: {rooms}.", rooms=", ".join(clash.free_rooms)))
    if clash.next_free:
        remedies.append(_("{room} trống lúc {slot}.", room=clash.other.where, slot=clash.next_free.text()))
    reason = _(
        "{room} đã có lịch {slot}: {title}.",
        room=clash.other.where,
        slot=clash.other.slot.text(),
        title=clash.other.title,
    )
    return FieldError("room", reason, " ".join(remedies) or _("Chọn giờ khác hoặc ngày khác."))


def _next_free(slot: Slot, taken: Sequence[CalendarEntry]) -> Slot | None:
    days = [slot.day + timedelta(days=count) for count in range(_LOOK_AHEAD.days)]
    return rules.next_free(slot, [entry.slot for entry in taken], [day for day in days if rules.works_on(day)])


@asynccontextmanager
async def _holding_room(
    session: TenantSession, actor: Actor, room: Room | None, slot: Slot, *, besides: UUID | None = None
) -> AsyncIterator[None]:
    """Write what the block changes; a clash of rooms undoes the block alone and becomes an explanation."""
    try:
        async with session.begin_nested():
            yield
    except IntegrityError as error:
        if room is None or not _is_clash(error):
            raise
        clash = await clash_of(session, actor, room.id, slot, besides=besides)
        # The constraint has the last word: should the other meeting be gone by now, the person simply tries again.
        fault = explain(clash) if clash else _just_taken(room)
        raise InvalidInput([fault], message=_("Phòng đã có lịch")) from error


def _just_taken(room: Room) -> FieldError:
    return FieldError("room", _("{room} vừa có người đặt.", room=room.name), _("Gửi lại hoặc chọn phòng khác."))


def _is_clash(error: IntegrityError) -> bool:
    return getattr(error.orig.__cause__, "constraint_name", None) == NO_ROOM_TWICE if error.orig else False


async def _check_draft(session: TenantSession, actor: Actor, draft: MeetingDraft, *, lock: bool) -> Room | None:
    found = _place_faults(draft.slot, draft.room_id, draft.place)
    if not draft.title:
        found.append(FieldError("title", _("Chưa nhập nội dung cuộc họp."), _("Nhập nội dung.")))
    if draft.body_id not in actor.acting.body_ids:
        found.append(FieldError("body", _("Chức vụ này không đặt lịch cho cơ quan đó."), _("Chọn cơ quan khác.")))
    people = {draft.chair_id, *draft.member_ids}
    unknown = people - await repository.known_staff(session, people)
    if draft.chair_id in unknown:
        found.append(FieldError("chair", _("Người chủ trì không thuộc đơn vị."), _("Chọn lại trong danh sách.")))
    if unknown - {draft.chair_id}:
        found.append(FieldError("members", _("Có người không thuộc đơn vị."), _("Chọn lại trong danh sách.")))
    _refuse(found)
    return await _room(session, draft.room_id, lock=lock)


def _place_faults(slot: Slot, room_id: UUID | None, place: str) -> list[FieldError]:
    found = rules.faults(slot, clock.today())
    if room_id is None and not place:
        found.append(FieldError("room", _("Chưa chọn phòng họp."), _("Chọn phòng, hoặc ghi địa điểm khác.")))
    return found


def _refuse(found: Sequence[FieldError]) -> None:
    if found:
        raise InvalidInput(found)


async def _room(session: TenantSession, room_id: UUID | None, *, lock: bool) -> Room | None:
    if room_id is None:
        return None
    try:
        return await session.find(Room, room_id, lock=lock)
    except NotFound:
        raise InvalidInput.of("room", _("Không có phòng này."), _("Chọn lại trong danh sách.")) from None


def _participants(meeting_id: UUID, actor: Actor, draft: MeetingDraft) -> list[MeetingParticipant]:
    relations = dict.fromkeys(draft.member_ids, "member")
    relations[actor.staff_id] = "preparer"
    relations[draft.chair_id] = "chair"
    return [
        MeetingParticipant(meeting_id=meeting_id, staff_id=staff_id, relation=relation)
        for staff_id, relation in relations.items()
    ]


def _books_for(actor: Actor, body_id: UUID) -> bool:
    return actor.may(permissions.BOOK) and body_id in actor.acting.body_ids


async def _record(
    session: TenantSession,
    actor: Actor,
    verb: str,
    meeting_id: UUID,
    slot: Slot,
    room: Room | None,
    place: str,
    **detail: str,
) -> None:
    where = room.name if room else place
    await record_act(
        session, actor, f"meetings.{verb}", "meeting", meeting_id, {"slot": slot.text(), "where": where, **detail}
    )
