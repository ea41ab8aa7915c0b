"""Rooms and meetings that pass to the organ that follows (ADR 0035): every room, and the meetings that are not over.

A room keeps being the same room: it comes along under its name with that of the organ before. Where two calendars
meet, nothing is moved: a meeting stands although somebody is needed elsewhere, and says so; one whose room was given to
others meanwhile keeps the room as its place in words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lienxa.platform import ids
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.succession import passages
from lienxa.platform.succession.kinds import Arrival, Arrived, Passing, SuccessionKind
from lienxa.platform.text import _
from lienxa.tenants.meetings import repository, rules
from lienxa.tenants.meetings.models import Meeting, MeetingParticipant, Room, RoomClosure
from lienxa.tenants.meetings.repository import MEETING, ROOM
from lienxa.tenants.meetings.rules import Slot
from lienxa.tenants.meetings.schemas import Person

# What a copy takes as it is; the rest is new in the successor, or another row's id.
_KEPT = (
    "kind",
    "title",
    "content",
    "starts_at",
    "ends_at",
    "state",
    "attendance",
    "proposed_at",
    "decided_at",
    "note",
    "reason",
    "clash_reason",
    "sequence",
    "booked_at",
)
_ALWAYS_NAMED = ("chair", "preparer")


@dataclass(frozen=True)
class _Kept:
    """A room and when it will be out of service."""

    room: Room
    closures: Sequence[RoomClosure]


@dataclass(frozen=True)
class _Planned:
    """A meeting with its people; `room` is the name of its room."""

    meeting: Meeting
    room: str
    people: Sequence[Person]

    @property
    def needed(self) -> list[UUID]:
        """Who must be there."""
        return [one.staff_id for one in self.people if one.relation in rules.REQUIRED]

    @property
    def slot(self) -> Slot:
        """When it is."""
        return Slot(self.meeting.starts_at, self.meeting.ends_at)


async def find_rooms(session: TenantSession, from_day: date, most: int | None) -> Sequence[Passing]:
    """The rooms of the organ."""
    rooms = await repository.rooms_staying(session, most)
    closures = await repository.closures_of(session, [room.id for room in rooms], from_day)
    return [
        Passing(
            id=room.id,
            title=room.name,
            path="/lich/phong",
            carried=_Kept(room, [one for one in closures if one.room_id == room.id]),
        )
        for room in rooms
    ]


async def take_rooms(session: TenantSession, arrival: Arrival, things: Sequence[Passing]) -> Sequence[Arrived]:
    """Put the rooms behind those that are there, and keep out of service what is."""
    last = max((room.position for room in await repository.rooms(session)), default=0)
    arrived = []
    for position, thing in enumerate(things, start=last + 1):
        kept: _Kept = thing.carried
        room = Room(
            id=ids.new_id(),
            code=f"{arrival.predecessor.slug}.{kept.room.code}",
            name=_name_there(kept.room.name, arrival),
            seats=kept.room.seats,
            position=position,
        )
        session.add(room)
        session.add_all(
            RoomClosure(
                room_id=room.id,
                closed_from=one.closed_from,
                closed_to=one.closed_to,
                reason=one.reason,
                closed_by=arrival.people[one.closed_by],
            )
            for one in kept.closures
        )
        arrived.append(Arrived(thing.id, room.id, thing.path))
    await session.flush()
    return arrived


def _name_there(name: str, arrival: Arrival) -> str:
    return _("{room} ({organ})", room=name, organ=arrival.predecessor.name)


async def find_meetings(session: TenantSession, from_day: date, most: int | None) -> Sequence[Passing]:
    """The meetings and proposals that are not over, the earliest first. What is past is read where it was."""
    found = await repository.meetings_staying(session, from_day, most)
    people = await repository.participants(session, [meeting.id for meeting, _room in found])
    return [
        Passing(
            id=meeting.id,
            title=meeting.title,
            path=f"/lich/{meeting.id}",
            due_on=Slot(meeting.starts_at, meeting.ends_at).day,
            holder_id=meeting.chair_id,
            unit_id=meeting.unit_id,
            carried=_Planned(meeting, room, people.get(meeting.id, [])),
        )
        for meeting, room in found
    ]


async def take_meetings(session: TenantSession, arrival: Arrival, things: Sequence[Passing]) -> Sequence[Arrived]:
    """Enter the meetings into the calendar here, with those of their people who serve."""
    planned: list[_Planned] = [thing.carried for thing in things]
    there = [one.meeting.room_id for one in planned if one.meeting.room_id]
    rooms = await passages.arrived(session, ROOM, arrival.predecessor.id, there)
    calendar = await _Calendar.at(session, arrival, planned, rooms)
    arrived = []
    for one in planned:
        meeting = _copy(one, arrival, rooms, calendar)
        session.add(meeting)
        chair = arrival.holder(one.meeting.chair_id)
        arrived.append(Arrived(one.meeting.id, meeting.id, f"/lich/{meeting.id}", holder_id=chair))
        session.add_all(
            MeetingParticipant(meeting_id=meeting.id, staff_id=arrival.people[part.staff_id], relation=part.relation)
            for part in one.people
            if part.relation in _ALWAYS_NAMED or arrival.holder(part.staff_id) is not None
        )
        if meeting.state == rules.BOOKED:
            _tell_clashes(session, arrival, meeting, calendar.clashing(one, arrival))
    await session.flush()
    return arrived


@dataclass(frozen=True)
class _Calendar:
    """What stands here already at the time of those that arrive; nothing of it came from their organ.

    `busy` are the meetings with the people whom they need and their names.
    """

    booked: Sequence[Meeting]
    busy: Sequence[tuple[Meeting, UUID, str]]

    @classmethod
    async def at(
        cls, session: TenantSession, arrival: Arrival, planned: Sequence[_Planned], rooms: Mapping[UUID, UUID]
    ) -> "_Calendar":
        """The calendar here from the first to the last of them; nobody books their rooms until we end."""
        since = min(one.meeting.starts_at for one in planned)
        until = max(one.meeting.ends_at for one in planned)
        booked = await repository.booked_in(session, sorted(rooms.values()), since, until)
        needed = {arrival.people[staff_id] for one in planned for staff_id in one.needed}
        busy = await repository.needing(session, needed, since, until, besides=arrival.predecessor.id)
        return cls(booked, busy)

    def takes(self, room_id: UUID, slot: Slot) -> bool:
        """Whether somebody has the room then."""
        return any(other.room_id == room_id and slot.overlaps(_slot(other)) for other in self.booked)

    def clashing(self, planned: _Planned, arrival: Arrival) -> dict[Meeting, list[str]]:
        """The meetings at the same time that need the same people, with their names."""
        needed = {arrival.people[staff_id] for staff_id in planned.needed}
        found: dict[Meeting, list[str]] = {}
        for other, staff_id, name in self.busy:
            if staff_id in needed and planned.slot.overlaps(_slot(other)):
                found.setdefault(other, []).append(name)
        return found


def _slot(meeting: Meeting) -> Slot:
    return Slot(meeting.starts_at, meeting.ends_at)


def _copy(planned: _Planned, arrival: Arrival, rooms: Mapping[UUID, UUID], calendar: _Calendar) -> Meeting:
    there = planned.meeting
    meeting = Meeting(
        **{name: getattr(there, name) for name in _KEPT},
        id=ids.new_id(),
        body_id=arrival.bodies[there.body_id],
        chair_id=arrival.people[there.chair_id],
        room_id=rooms.get(there.room_id) if there.room_id else None,
        place=there.place,
        unit_id=arrival.units[there.unit_id] if there.unit_id else None,
        follower_id=arrival.holder(there.follower_id),
        proposed_by=arrival.people[there.proposed_by],
        decided_by=arrival.named(there.decided_by),
    )
    if there.room_id and meeting.room_id is None:  # a room that went to another of the organs that follow
        meeting.place = _name_there(planned.room, arrival)
    if meeting.state == rules.BOOKED and meeting.room_id and calendar.takes(meeting.room_id, planned.slot):
        meeting.room_id, meeting.place = None, _name_there(planned.room, arrival)
        _add_to_note(meeting, _("Phòng này đã có lịch khác cùng giờ: chọn phòng khác."))
    if arrival.holder(there.chair_id) is None:
        _add_to_note(meeting, _("Người chủ trì không còn công tác ở đây: cử người khác."))
    return meeting


def _add_to_note(meeting: Meeting, text: str) -> None:
    meeting.note = "\n".join(part for part in (meeting.note, text) if part)


def _tell_clashes(
    session: TenantSession, arrival: Arrival, meeting: Meeting, clashing: Mapping[Meeting, Sequence[str]]
) -> None:
    """Both stand; each says of whom and why, on its page and in the trail."""
    why = _("hai lịch gặp nhau khi nhận bàn giao từ {organ}", organ=arrival.predecessor.full_name)
    for other, names in clashing.items():
        for one, opposite in ((meeting, other), (other, meeting)):
            if why not in one.clash_reason:
                one.clash_reason = "; ".join(part for part in (one.clash_reason, why) if part)
            detail = {"clash": ", ".join(names), "slot": _slot(opposite).text(), "why": why}
            trail.record_service(session, "meetings.clash", "meeting", one.id, detail)


SUCCESSION = (
    SuccessionKind("meetings.rooms", ROOM, _("Phòng họp"), find_rooms, take_rooms, chosen=True),
    SuccessionKind("meetings.ahead", MEETING, _("Cuộc họp chưa diễn ra"), find_meetings, take_meetings),
)
