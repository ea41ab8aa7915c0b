"""The verbs of meetings: propose, decide on a proposal, revise, move, cancel, record as held; publish a week.

That a room is free is decided by the database alone, at the moment of writing (`models.NO_ROOM_TWICE`). That nobody is
needed twice is checked under a lock on the people, and may be overridden with a reason. Locks are taken in one order:
the meeting, its people, its room. The row of the room is locked because two clashing inserts that wait for each other
inside the constraint would end as a deadlock.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from lienxa.platform import clock, ids
from lienxa.platform.access import members
from lienxa.platform.access.actor import Actor
from lienxa.platform.acts import record_act
from lienxa.platform.audit import repository as trail
from lienxa.platform.audit.repository import Detail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, FieldError, Forbidden, InvalidInput, NotFound
from lienxa.platform.identity import enrolment
from lienxa.platform.identity.sessions import digest, new_secret
from lienxa.platform.module import Opening, OpenThing
from lienxa.platform.notify import notices
from lienxa.platform.notify.notices import Told
from lienxa.platform.rollup import marks
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _, fold
from lienxa.platform.webhooks.events import Happened, tell_others
from lienxa.platform.workdays import Calendar, calendar_for
from lienxa.tenants.meetings import permissions, repository, rules
from lienxa.tenants.meetings.models import (
    NO_ROOM_TWICE,
    ONE_VERSION,
    CalendarFeed,
    Meeting,
    MeetingSetting,
    PublishedEntry,
    Room,
    RoomClosure,
    WeekPublication,
)
from lienxa.tenants.meetings.rules import (
    BOOKED,
    CANCELLED,
    HELD,
    INTERNAL,
    INTERNAL_TITLE,
    PROPOSED,
    REFUSED,
    RETURNED,
    Busy,
    Slot,
    Week,
)
from lienxa.tenants.meetings.schemas import FoundFeed, HallClash, MeetingDraft, NewFeed

CHAIR, PREPARER = "chair", "preparer"
_LOOK_AHEAD = timedelta(days=7)
FIRST_ROOMS = (("hoi-truong-lon", _("Hội trường lớn"), 200), ("phong-hop-so-1", _("Phòng họp số 1"), 30))


async def provision(session: TenantSession, _organ: Organ, opening: Opening) -> None:
    """The rooms that a new organ begins with; one that follows others has theirs."""
    if opening.succeeds:
        return
    session.add_all(
        Room(code=code, name=name, seats=seats, position=position)
        for position, (code, name, seats) in enumerate(FIRST_ROOMS, start=1)
    )
    await session.flush()


# A meeting ----------------------------------------------------------------------------------------------------------


async def propose_meeting(session: TenantSession, actor: Actor, draft: MeetingDraft, *, book: bool = False) -> Meeting:
    """Enter a meeting as a proposal, or with `book` put it into the calendar at once.

    Raises `InvalidInput` by field: on `room`, if the room is taken or out of service then, with what is free instead;
    on `clash_reason`, if somebody is needed elsewhere then and the draft gives no reason to overlook that.
    """
    actor.require(permissions.BOOK if book else permissions.PROPOSE)
    await _check_draft(session, actor, draft, lock=book)
    room = await _room(session, draft.room_id, lock=book)
    overlooked = await _check_day(session, actor, draft, _needed(draft))
    meeting = Meeting(
        id=ids.new_id(), proposed_by=actor.staff_id, proposed_at=clock.now(), state=BOOKED if book else PROPOSED
    )
    if book:
        meeting.booked_at = meeting.proposed_at
    _write(meeting, draft, overlooked)
    async with _holding_room(session, actor, room, draft.slot):
        session.add(meeting)
    repository.add_participants(session, meeting.id, _relations(draft, actor.staff_id))
    await _record(session, actor, "book" if book else "propose", meeting, room, overlooked)
    await _tell_others(session, "booked" if book else "proposed", meeting)
    if book:
        await _tell(session, actor, "book", meeting, _relations(draft, actor.staff_id))
    return meeting


async def book(session: TenantSession, actor: Actor, meeting_id: UUID, clash_reason: str = "") -> None:
    """Approve a proposal: put it into the calendar; refusals as for a new one."""
    meeting = await meeting_for(session, actor, meeting_id, "book")
    draft = await draft_of(session, meeting, clash_reason=clash_reason or meeting.clash_reason)
    await repository.known_staff(session, _needed(draft), lock=True)
    room = await _room(session, meeting.room_id, lock=True)
    overlooked = await _check_day(session, actor, draft, _needed(draft), besides=meeting_id)
    async with _holding_room(session, actor, room, draft.slot, besides=meeting_id):
        meeting.state, meeting.clash_reason = BOOKED, draft.clash_reason if overlooked else ""
        meeting.booked_at = clock.now()
        _decide(meeting, actor)
    await _record(session, actor, "book", meeting, room, overlooked)
    await _tell_others(session, "booked", meeting)
    await _tell(session, actor, "book", meeting, _relations(draft, meeting.proposed_by))


async def send_back(session: TenantSession, actor: Actor, meeting_id: UUID, reason: str) -> None:
    """Ask whoever proposed it to change something and propose it again."""
    meeting = await meeting_for(session, actor, meeting_id, "send_back")
    await _settle(session, actor, meeting, "send_back", RETURNED, reason, _("Chưa ghi nội dung cần sửa."))


async def refuse(session: TenantSession, actor: Actor, meeting_id: UUID, reason: str) -> None:
    """Refuse a proposal for good; the reason is told to whoever made it."""
    meeting = await meeting_for(session, actor, meeting_id, "refuse")
    await _settle(session, actor, meeting, "refuse", REFUSED, reason, _("Chưa nhập lý do không chấp nhận."))


async def revise(session: TenantSession, actor: Actor, meeting_id: UUID, draft: MeetingDraft) -> None:
    """Change anything of a meeting that is not over; what was sent back is proposed again by that."""
    meeting = await meeting_for(session, actor, meeting_id, "revise")
    booked = meeting.state == BOOKED
    await _check_draft(session, actor, draft, lock=booked)
    room = await _room(session, draft.room_id, lock=booked)
    overlooked = await _check_day(session, actor, draft, _needed(draft), besides=meeting_id)
    before = Slot(meeting.starts_at, meeting.ends_at)
    async with _holding_room(session, actor, room, draft.slot, besides=meeting_id):
        _write(meeting, draft, overlooked)
        if meeting.state == RETURNED:
            meeting.state, meeting.reason, meeting.proposed_at = PROPOSED, "", clock.now()
    await repository.replace_participants(session, meeting_id, _relations(draft, meeting.proposed_by))
    await _record(session, actor, "revise", meeting, room, overlooked, before=before)
    await _tell_others(session, "changed", meeting)
    if booked:
        await _tell(session, actor, "revise", meeting, _relations(draft, meeting.proposed_by))


async def move(
    session: TenantSession,
    actor: Actor,
    meeting_id: UUID,
    slot: Slot,
    *,
    room_id: UUID | None,
    place: str = "",
    clash_reason: str = "",
) -> None:
    """Give a proposed or booked meeting another time, room or place; refusals as for a new one."""
    meeting = await meeting_for(session, actor, meeting_id, "move")
    _refuse(_place_faults(slot, room_id, place))
    booked = meeting.state == BOOKED
    draft = await draft_of(session, meeting, slot=slot, room_id=room_id, place=place, clash_reason=clash_reason)
    if booked:
        await repository.known_staff(session, _needed(draft), lock=True)
    room = await _room(session, room_id, lock=booked)
    overlooked = await _check_day(session, actor, draft, _needed(draft), besides=meeting_id)
    before = Slot(meeting.starts_at, meeting.ends_at)
    async with _holding_room(session, actor, room, slot, besides=meeting_id):
        _write(meeting, draft, overlooked)
    await _record(session, actor, "move", meeting, room, overlooked, before=before)
    await _tell_others(session, "changed", meeting)
    if booked:
        await _tell(session, actor, "move", meeting, _relations(draft, meeting.proposed_by))


async def cancel(session: TenantSession, actor: Actor, meeting_id: UUID, reason: str) -> None:
    """Cancel a meeting that was not held; its room is free at once. `reason` is told to those who take part."""
    meeting = await meeting_for(session, actor, meeting_id, "cancel")
    await _settle(session, actor, meeting, "cancel", CANCELLED, reason, _("Chưa nhập lý do hủy."))


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
        own=meeting.proposed_by == actor.person("meetings"),
        begun=clock.now() >= meeting.starts_at,
    )


async def meeting_for(session: TenantSession, actor: Actor, meeting_id: UUID, act: str) -> Meeting:
    """The locked meeting if the person may do the act; `NotFound`, `Conflict` (its state) or `Forbidden` if not."""
    meeting = await repository.meeting(session, actor, meeting_id, lock=True)
    if act in acts_on(actor, meeting):
        return meeting
    own = meeting.proposed_by == actor.person("meetings") and act not in ("book", "refuse", "send_back")
    if _books_for(actor, meeting.body_id) or own:
        raise Conflict(
            _("Cuộc họp đang ở trạng thái “{state}”.", state=rules.STATE_TITLES[meeting.state]),
            remedy=_("Mở lại trang cuộc họp để xem việc có thể làm."),
        )
    raise Forbidden(
        _("Chức vụ “{title}” không được làm việc này.", title=actor.acting.title),
        remedy=_("Nhờ Tổ trưởng Văn phòng hoặc Văn thư."),
    )


async def people_clashes(session: TenantSession, actor: Actor, meeting: Meeting) -> list[Busy]:
    """Where the people whom a meeting needs are needed at its time as well, as the actor may know it."""
    draft = await draft_of(session, meeting)
    travel, _closed, busy = await repository.day_facts(
        session, actor, draft.slot.day, staff_ids=_needed(draft), room_id=None, besides=meeting.id
    )
    return rules.clashes(draft.slot, rules.place_key(draft.room_id, draft.place), busy, travel)


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
    in_use |= {found.room_id for found in await repository.closures(session, slot.day) if found.covers(slot.day)}
    free_rooms = [room.name for room in await repository.rooms(session) if room.id not in in_use]
    in_room = [entry.slot for entry in taken if entry.room_id == room_id]
    return HallClash(other, free_rooms, _next_free(slot, in_room, await calendar_for(session)))


def explain(clash: HallClash) -> FieldError:
    """The clash in words, on field `room`; the title is there only if the person may see the other meeting."""
    remedies = []
    if clash.free_rooms:
        remedies.append(_("Giờ này còn trống: {rooms}.", rooms=", ".join(clash.free_rooms)))
    if clash.next_free:
        remedies.append(_("{room} trống lúc {slot}.", room=clash.other.where, slot=clash.next_free.text()))
    known = _(": {title}", title=clash.other.title) if clash.other.seen else ""
    reason = _("{room} đã có lịch {slot}{known}.", room=clash.other.where, slot=clash.other.slot.text(), known=known)
    return FieldError("room", reason, " ".join(remedies) or _("Chọn giờ khác hoặc ngày khác."))


def explain_people(found: Sequence[Busy]) -> FieldError:
    """Who is needed elsewhere and where, on field `clash_reason`."""
    needed = [_("{name} {slot} ({title})", name=busy.name, slot=busy.slot.hours(), title=busy.title) for busy in found]
    return FieldError(
        "clash_reason",
        _("Trùng lịch người: {people}.", people="; ".join(needed)),
        _("Đổi giờ hoặc người dự, hoặc ghi lý do vẫn xếp lịch."),
    )


# The week -----------------------------------------------------------------------------------------------------------


async def publish_week(session: TenantSession, actor: Actor, week: Week) -> WeekPublication:
    """Publish a week (lịch công tác tuần), or its newest state as the next version.

    From now on it stands in for invitations, and what changes is marked. `Conflict` if the week is over, if there is
    nothing in it, if nothing changed since it was published, or if somebody publishes it at this moment.
    """
    actor.require(permissions.PUBLISH)
    last = await repository.publication(session, week)
    said = await repository.said_now(session, week)
    _check_worth_publishing(week, said, await repository.said_in(session, last.id) if last else {})
    published = WeekPublication(
        id=ids.new_id(),
        monday=week.monday,
        version=last.version + 1 if last else 1,
        published_by=actor.staff_id,
        published_at=clock.now(),
    )
    try:
        async with session.begin_nested():
            session.add(published)
    except IntegrityError as error:
        if _broken(error) != ONE_VERSION:
            raise
        raise Conflict(_("Tuần này vừa có người phát hành."), remedy=_("Mở lại lịch tuần để xem.")) from error
    session.add_all(
        PublishedEntry(
            publication_id=published.id,
            meeting_id=meeting_id,
            title=entry.title,
            chair_id=entry.chair_id,
            starts_at=entry.slot.starts_at,
            ends_at=entry.slot.ends_at,
            room_id=entry.room_id,
            place=entry.place,
        )
        for meeting_id, entry in said.items()
    )
    detail: Detail = {"week": week.code, "version": published.version, "entries": len(said)}
    await record_act(session, actor, "meetings.publish", "week_publication", published.id, detail)
    happened = Happened("meetings.week_published", published.id, f"/meetings/week?week={week.code}", None)
    await tell_others(session, happened)
    return published


def _check_worth_publishing(week: Week, said: dict[UUID, rules.Said], before: dict[UUID, rules.Said]) -> None:
    if week.next.monday <= clock.today():
        raise Conflict(_("Tuần này đã qua."), remedy=_("Chọn tuần này hoặc tuần sau."))
    if not said and not before:
        raise Conflict(_("Tuần này chưa có lịch để phát hành."), remedy=_("Xếp lịch trước rồi phát hành."))
    if said == before:
        raise Conflict(
            _("Lịch tuần này không có thay đổi từ lần phát hành trước."), remedy=_("Không cần phát hành lại.")
        )


# Rooms --------------------------------------------------------------------------------------------------------------


async def add_room(session: TenantSession, actor: Actor, name: str, seats: int | None) -> Room:
    """Add a room behind the others."""
    actor.require(permissions.ROOMS)
    known = await repository.rooms(session)
    _refuse(_name_faults(name, known))
    room = Room(id=ids.new_id(), code=_code(name, known), name=name, seats=seats, position=len(known) + 1)
    session.add(room)
    await session.flush()
    await record_act(session, actor, "meetings.add_room", "room", room.id, {"name": name})
    return room


async def change_room(session: TenantSession, actor: Actor, room_id: UUID, name: str, seats: int | None) -> None:
    """Give a room another name or number of seats; its meetings follow."""
    actor.require(permissions.ROOMS)
    room = await session.find(Room, room_id, lock=True)
    _refuse(_name_faults(name, [other for other in await repository.rooms(session) if other.id != room_id]))
    detail = {"before": room.name, "name": name}
    room.name, room.seats = name, seats
    await record_act(session, actor, "meetings.change_room", "room", room_id, detail)


async def close_room(
    session: TenantSession, actor: Actor, room_id: UUID, since: date, until: date | None, reason: str
) -> None:
    """Take a room out of service on those days, both included; `InvalidInput` if it is booked on one of them."""
    actor.require(permissions.ROOMS)
    room = await session.find(Room, room_id, lock=True)
    found = []
    if since < clock.today():
        found.append(FieldError("since", _("Ngày bắt đầu đã qua."), _("Chọn từ hôm nay trở đi.")))
    if until is not None and until < since:
        found.append(FieldError("until", _("Ngày cuối trước ngày đầu."), _("Sửa lại ngày cuối.")))
    if not reason:
        found.append(FieldError("reason", _("Chưa nhập lý do."), _("Ghi lý do ngừng dùng phòng.")))
    _refuse(found)
    end = clock.instant((until or date.max - timedelta(days=2)) + timedelta(days=1))
    taken = await repository.occupied(session, actor, Slot(clock.instant(since), end))
    mine = [entry for entry in taken if entry.room_id == room_id and entry.slot.ends_at > clock.now()]
    if mine:
        text = _("{room} đã có lịch {slot}.", room=room.name, slot=mine[0].slot.text())
        raise InvalidInput.of("since", text, _("Chuyển các cuộc họp đó sang phòng khác trước."))
    session.add(
        RoomClosure(room_id=room_id, closed_from=since, closed_to=until, reason=reason, closed_by=actor.staff_id)
    )
    detail = {"name": room.name, "since": since.isoformat(), "until": until.isoformat() if until else None}
    await record_act(session, actor, "meetings.close_room", "room", room_id, {**detail, "reason": reason})


async def reopen_room(session: TenantSession, actor: Actor, closure_id: UUID) -> None:
    """Put a room back into service: the closure is taken back."""
    actor.require(permissions.ROOMS)
    closure = await session.find(RoomClosure, closure_id, lock=True)
    room = await session.find(Room, closure.room_id)
    await session.delete(closure)
    await record_act(session, actor, "meetings.reopen_room", "room", room.id, {"name": room.name})


async def set_travel_minutes(session: TenantSession, actor: Actor, minutes: int) -> None:
    """How much time a person needs between two places, 0 to 240 minutes."""
    actor.require(permissions.ROOMS)
    setting = await repository.setting(session)
    if setting is None:
        setting = MeetingSetting(id=ids.new_id(), travel_minutes=minutes)
        session.add(setting)
    setting.travel_minutes = minutes
    await record_act(session, actor, "meetings.set_travel", "meeting_setting", setting.id, {"minutes": minutes})


def _name_faults(name: str, others: Iterable[Room]) -> list[FieldError]:
    if not name:
        return [FieldError("name", _("Chưa nhập tên phòng."), _("Nhập tên phòng."))]
    if fold(name) in {fold(other.name) for other in others}:
        return [FieldError("name", _("Đã có phòng “{name}”.", name=name), _("Đặt tên khác."))]
    return []


def _code(name: str, known: Iterable[Room]) -> str:
    """A code of the room's name that no other room has."""
    plain = "-".join("".join(letter if letter.isalnum() else " " for letter in fold(name)).split()) or "phong"
    taken = {room.code for room in known}
    numbered = (plain if number == 1 else f"{plain}-{number}" for number in range(1, len(taken) + 2))
    return next(code for code in numbered if code not in taken)


# Handing over -------------------------------------------------------------------------------------------------------


async def chaired_by(session: TenantSession, actor: Actor, staff_id: UUID) -> list[OpenThing]:
    """The meetings ahead that a person chairs."""
    return [_open_thing(*row) for row in await repository.ahead_of(session, actor, staff_id, CHAIR)]


async def prepared_by(session: TenantSession, actor: Actor, staff_id: UUID) -> list[OpenThing]:
    """The meetings ahead that a person proposed or looks after."""
    return [_open_thing(*row) for row in await repository.ahead_of(session, actor, staff_id, PREPARER)]


async def attended_by(session: TenantSession, actor: Actor, staff_id: UUID) -> list[OpenThing]:
    """The meetings ahead at which a person is to be."""
    return [_open_thing(*row) for row in await repository.ahead_of(session, actor, staff_id, "")]


async def give_chaired(session: TenantSession, actor: Actor, giver: UUID, receiver: Actor) -> list[OpenThing]:
    """Let the receiver chair them; what clashes with another meeting of theirs is said, and stays to be moved."""

    def change(meeting: Meeting) -> None:
        meeting.chair_id = receiver.staff_id

    return await _give(session, actor, giver, receiver, CHAIR, change)


async def give_prepared(session: TenantSession, actor: Actor, giver: UUID, receiver: Actor) -> list[OpenThing]:
    """Let the receiver stand where the giver proposed or looks after; the trail keeps who proposed."""

    def change(meeting: Meeting) -> None:
        if meeting.proposed_by == giver:
            meeting.proposed_by = receiver.staff_id
        if meeting.follower_id == giver:
            meeting.follower_id = receiver.staff_id

    return await _give(session, actor, giver, receiver, PREPARER, change)


async def give_attended(session: TenantSession, actor: Actor, giver: UUID, receiver: Actor) -> list[OpenThing]:
    """Let the receiver go in the giver's place."""
    return await _give(session, actor, giver, receiver, "", lambda _meeting: None)


async def _give(
    session: TenantSession,
    actor: Actor,
    giver: UUID,
    receiver: Actor,
    relation: str,
    change: Callable[[Meeting], None],
) -> list[OpenThing]:
    found = await repository.ahead_of(session, actor, giver, relation, lock=True)
    if not found:
        return []
    await repository.known_staff(session, [receiver.staff_id], lock=True)
    meeting_ids = [meeting.id for meeting, _seen in found]
    for meeting, _seen in found:
        change(meeting)
    await session.flush()
    if relation != PREPARER:
        await repository.replace_participant(session, meeting_ids, giver, receiver.staff_id)
    else:
        await repository.let_prepare(session, meeting_ids, giver, receiver.staff_id)
    busy = await repository.busy_elsewhere(session, receiver.staff_id, meeting_ids) if relation != PREPARER else ()
    for meeting, _seen in found:
        trail.record(session, actor, "meetings.give", "meeting", meeting.id, {"to": receiver.name, "as": relation})
        if relation == CHAIR:
            await _tell_others(session, "changed", meeting)
    await marks.mark(session, "meetings")
    return [_open_thing(meeting, seen, clashes=meeting.id in busy) for meeting, seen in found]


def _open_thing(meeting: Meeting, seen: bool, *, clashes: bool = False) -> OpenThing:
    slot = Slot(meeting.starts_at, meeting.ends_at)
    note = _("trùng giờ với cuộc họp khác của người nhận") if clashes else rules.STATE_TITLES[meeting.state]
    return OpenThing(meeting.id, meeting.title, f"/lich/{meeting.id}", slot.text(), note=note, seen=seen)


# Feeds --------------------------------------------------------------------------------------------------------------


async def open_feed(session: TenantSession, actor: Actor, room_id: UUID | None) -> NewFeed:
    """Give the person an address for their own meetings, or for those in a room; one that they had is dead by that."""
    room = await _room(session, room_id, lock=False)
    feed = await repository.feed_for(session, actor.staff_id, room_id)
    verb = "replace_feed" if feed else "open_feed"
    if feed is None:
        feed = CalendarFeed(id=ids.new_id(), staff_id=actor.staff_id, room_id=room_id)
        session.add(feed)
    secret = new_secret()
    feed.secret_hash, feed.created_at, feed.last_fetched_at = digest(secret), clock.now(), None
    title = room.name if room else ""
    await record_act(session, actor, f"meetings.{verb}", "calendar_feed", feed.id, {"room": title})
    return NewFeed(feed.id, title, secret)


async def close_feed(session: TenantSession, actor: Actor, feed_id: UUID) -> None:
    """Let an address be dead from now on: one's own, or with the right to it anybody's."""
    feed = await session.find(CalendarFeed, feed_id, lock=True)
    if feed.staff_id != actor.staff_id and not actor.may(permissions.FEEDS):
        raise NotFound
    await session.delete(feed)
    detail = {"own": feed.staff_id == actor.staff_id}
    await record_act(session, actor, "meetings.close_feed", "calendar_feed", feed_id, detail)


async def close_all_feeds(session: TenantSession) -> list[str]:
    """After a restore: an archive does not know which addresses were closed after it was written."""
    closed = await repository.close_all_feeds(session)
    if not closed:
        return []
    return [_("đã đóng {count} địa chỉ đồng bộ lịch, ai cần thì lấy địa chỉ mới", count=closed)]


async def read_feed(session: TenantSession, organ: Organ, secret: str) -> tuple[Actor, FoundFeed]:
    """Whose feed a secret opens, and of what.

    `NotFound` if there is none, or its person holds no post today or was shut out of the installation.
    """
    found = await repository.fetched_feed(session, digest(secret))
    if found is None:
        raise NotFound
    person = await members.staff_member(session, organ, found.staff_id)
    if await enrolment.is_shut_out(session, person.account_id):
        raise NotFound
    return person, found


# What the verbs share -----------------------------------------------------------------------------------------------


async def _settle(
    session: TenantSession, actor: Actor, meeting: Meeting, verb: str, state: str, reason: str, missing: str
) -> None:
    """Let a meeting end in a state that needs a reason."""
    if not reason:
        raise InvalidInput.of("reason", missing, _("Nhập lý do."))
    in_calendar = meeting.state == BOOKED
    meeting.state, meeting.reason = state, reason
    _decide(meeting, actor)
    await record_act(session, actor, f"meetings.{verb}", "meeting", meeting.id, {"reason": reason})
    await _tell_others(session, "changed" if state == RETURNED else "cancelled", meeting)
    concerned = [meeting.proposed_by]
    if in_calendar:  # of a proposal only whoever made it has heard
        people = (await repository.participants(session, [meeting.id])).get(meeting.id, [])
        concerned += [person.staff_id for person in people]
    await _tell(session, actor, verb, meeting, concerned)


def _decide(meeting: Meeting, actor: Actor) -> None:
    meeting.decided_by, meeting.decided_at = actor.staff_id, clock.now()


def _write(meeting: Meeting, draft: MeetingDraft, overlooked: Sequence[Busy]) -> None:
    meeting.body_id, meeting.kind = draft.body_id, draft.kind
    meeting.title = INTERNAL_TITLE if draft.kind == INTERNAL else draft.title
    meeting.content, meeting.note, meeting.attendance = draft.content, draft.note, draft.attendance
    meeting.chair_id, meeting.unit_id, meeting.follower_id = draft.chair_id, draft.unit_id, draft.follower_id
    meeting.room_id, meeting.place = draft.room_id, draft.place
    meeting.starts_at, meeting.ends_at = draft.slot.starts_at, draft.slot.ends_at
    meeting.clash_reason = draft.clash_reason if overlooked else ""


async def draft_of(session: TenantSession, meeting: Meeting, **changed: object) -> MeetingDraft:
    """The meeting as it stands, with some fields changed."""
    people = (await repository.participants(session, [meeting.id])).get(meeting.id, [])
    fields = {
        "body_id": meeting.body_id,
        "kind": meeting.kind,
        "title": meeting.title,
        "content": meeting.content,
        "note": meeting.note,
        "attendance": meeting.attendance,
        "chair_id": meeting.chair_id,
        "unit_id": meeting.unit_id,
        "follower_id": meeting.follower_id,
        "room_id": meeting.room_id,
        "place": meeting.place,
        "slot": Slot(meeting.starts_at, meeting.ends_at),
        "member_ids": [person.staff_id for person in people if person.relation == "member"],
        "invited_ids": [person.staff_id for person in people if person.relation == "invited"],
        "clash_reason": meeting.clash_reason,
    }
    return MeetingDraft(**{**fields, **changed})  # type: ignore[arg-type]


def _next_free(slot: Slot, taken: Sequence[Slot], calendar: Calendar) -> Slot | None:
    days = [slot.day + timedelta(days=count) for count in range(_LOOK_AHEAD.days)]
    return rules.next_free(slot, taken, [day for day in days if rules.works_on(day, calendar)])


@asynccontextmanager
async def _holding_room(
    session: TenantSession, actor: Actor, room: Room | None, slot: Slot, *, besides: UUID | None = None
) -> AsyncIterator[None]:
    """Write what the block changes; a clash of rooms undoes the block alone and becomes an explanation."""
    try:
        async with session.begin_nested():
            yield
    except IntegrityError as error:
        if room is None or _broken(error) != NO_ROOM_TWICE:
            raise
        clash = await clash_of(session, actor, room.id, slot, besides=besides)
        # The constraint has the last word: should the other meeting be gone by now, the person simply tries again.
        fault = explain(clash) if clash else _just_taken(room)
        raise InvalidInput([fault], message=_("Phòng đã có lịch")) from error


def _just_taken(room: Room) -> FieldError:
    return FieldError("room", _("{room} vừa có người đặt.", room=room.name), _("Gửi lại hoặc chọn phòng khác."))


def _broken(error: IntegrityError) -> str | None:
    """The name of the constraint that refused a row."""
    return getattr(error.orig.__cause__, "constraint_name", None) if error.orig else None


async def _check_draft(session: TenantSession, actor: Actor, draft: MeetingDraft, *, lock: bool) -> None:
    """Everything about a draft that no other meeting decides; with `lock` its people are ours from here on."""
    found = _place_faults(draft.slot, draft.room_id, draft.place)
    if draft.kind == INTERNAL:
        found += _told_too_much(draft)
    elif not draft.title:
        found.append(FieldError("title", _("Chưa nhập nội dung cuộc họp."), _("Nhập nội dung.")))
    if draft.body_id not in actor.acting.body_ids:
        found.append(FieldError("body", _("Chức vụ này không đặt lịch cho cơ quan đó."), _("Chọn cơ quan khác.")))
    if draft.unit_id is not None and not await repository.knows_unit(session, draft.unit_id):
        found.append(FieldError("unit", _("Không có bộ phận này."), _("Chọn lại trong danh sách.")))
    known = await repository.known_staff(session, _named(draft), lock=lock)
    others = {*draft.member_ids, *draft.invited_ids}
    again = _("Chọn lại trong danh sách.")
    if draft.chair_id not in known:
        found.append(FieldError("chair", _("Người chủ trì không thuộc đơn vị."), again))
    if not others - {draft.chair_id} <= known:
        found.append(FieldError("members", _("Có người không thuộc đơn vị."), again))
    if draft.follower_id is not None and draft.follower_id not in known:
        found.append(FieldError("follower", _("Người theo dõi không thuộc đơn vị."), again))
    _refuse(found)


def _told_too_much(draft: MeetingDraft) -> list[FieldError]:
    """Of an internal meeting only time, place and people are kept: what must not be on a network is never typed in."""
    found = []
    for field, typed in (("title", draft.title), ("content", draft.content), ("note", draft.note)):
        if typed and typed != INTERNAL_TITLE:
            reason = _("Cuộc họp nội bộ không ghi nội dung trên hệ thống.")
            found.append(FieldError(field, reason, _("Để trống ô này, hoặc chọn loại “Cuộc họp”.")))
    return found


async def _check_day(
    session: TenantSession, actor: Actor, draft: MeetingDraft, needed: Collection[UUID], *, besides: UUID | None = None
) -> list[Busy]:
    """Refuse a room out of service, and a clash of people without a reason; return the clashes that are overlooked."""
    travel, closed, busy = await repository.day_facts(
        session, actor, draft.slot.day, staff_ids=needed, room_id=draft.room_id, besides=besides
    )
    found = []
    if closed is not None:
        reason = _("Phòng này ngừng sử dụng: {reason}.", reason=closed)
        found.append(FieldError("room", reason, _("Chọn phòng khác hoặc ngày khác.")))
    clashes = rules.clashes(draft.slot, rules.place_key(draft.room_id, draft.place), busy, travel)
    if clashes and not draft.clash_reason:
        hall = await clash_of(session, actor, draft.room_id, draft.slot, besides=besides) if draft.room_id else None
        found += [explain(hall)] if hall else []
        found.append(explain_people(clashes))
    if found:
        raise InvalidInput(found, message=_("Chưa xếp được lịch"))
    return clashes


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


def _named(draft: MeetingDraft) -> set[UUID]:
    follower = {draft.follower_id} if draft.follower_id else set()
    return {draft.chair_id, *draft.member_ids, *draft.invited_ids, *follower}


def _needed(draft: MeetingDraft) -> set[UUID]:
    """Those without whom it cannot take place."""
    return {draft.chair_id, *draft.member_ids}


def _relations(draft: MeetingDraft, proposer_id: UUID) -> dict[UUID, str]:
    """Everybody who takes part, each once, in their weightiest part."""
    relations = {proposer_id: "preparer"}
    relations |= dict.fromkeys(draft.invited_ids, "invited")
    relations |= dict.fromkeys(draft.member_ids, "member")
    relations[draft.chair_id] = "chair"
    return relations


def _books_for(actor: Actor, body_id: UUID) -> bool:
    return actor.may(permissions.BOOK) and body_id in actor.acting.body_ids


_TOLD = {
    "book": _("Lịch họp: {title}, {slot}"),
    "revise": _("Lịch họp có thay đổi: {title}, {slot}"),
    "move": _("Đổi giờ, địa điểm họp: {title}, {slot}"),
    "cancel": _("Hủy họp: {title}, {slot}"),
    "send_back": _("Đề nghị họp cần sửa: {title}, {slot}"),
    "refuse": _("Không chấp nhận đề nghị họp: {title}, {slot}"),
}


async def _tell(session: TenantSession, actor: Actor, verb: str, meeting: Meeting, staff_ids: Collection[UUID]) -> None:
    slot = Slot(meeting.starts_at, meeting.ends_at).text()
    title = _TOLD[verb].format(title=meeting.title, slot=slot)
    await notices.tell(session, actor, Told(list(staff_ids), f"meetings.{verb}", title, f"/lich/{meeting.id}"))


async def _tell_others(session: TenantSession, what: str, meeting: Meeting) -> None:
    happened = Happened(f"meetings.{what}", meeting.id, f"/meetings/{meeting.id}", meeting.body_id)
    await tell_others(session, happened)


async def _record(
    session: TenantSession,
    actor: Actor,
    verb: str,
    meeting: Meeting,
    room: Room | None,
    overlooked: Sequence[Busy],
    *,
    before: Slot | None = None,
) -> None:
    detail = {"slot": Slot(meeting.starts_at, meeting.ends_at).text(), "where": room.name if room else meeting.place}
    if before is not None:
        detail["before"] = before.text()
    if overlooked:
        detail |= {"clash": ", ".join(dict.fromkeys(busy.name for busy in overlooked)), "why": meeting.clash_reason}
    await record_act(session, actor, f"meetings.{verb}", "meeting", meeting.id, detail)
