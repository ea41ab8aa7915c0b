"""What goes into and comes out of the module."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from lienxa.tenants.meetings.rules import Slot


class MeetingDraft(msgspec.Struct, frozen=True):
    """A meeting as somebody asks for it. Without a room it takes place at `place`."""

    body_id: UUID
    title: str
    chair_id: UUID
    slot: Slot
    room_id: UUID | None = None
    place: str = ""
    content: str = ""
    member_ids: Sequence[UUID] = ()
    note: str = ""


class CalendarEntry(msgspec.Struct, frozen=True):
    """A meeting as one person may see it. If it is not `seen`, all that is told is that the room is in use then."""

    id: UUID
    slot: Slot
    state: str
    room_id: UUID | None
    where: str
    seen: bool
    title: str
    content: str = ""
    body_name: str = ""
    body_symbol: str = ""
    chair_name: str = ""
    note: str = ""


class Person(msgspec.Struct, frozen=True):
    """A participant: `relation` is `chair`, `preparer` or `member`."""

    staff_id: UUID
    name: str
    relation: str


class HallClash(msgspec.Struct, frozen=True):
    """Why a room cannot be had, and what can be had instead: rooms free at that time, the room's next free slot."""

    other: CalendarEntry
    free_rooms: Sequence[str]
    next_free: Slot | None


class WorkLine(msgspec.Struct, frozen=True):
    """A meeting in somebody's work: theirs today, or a proposal that waits for them."""

    id: UUID
    title: str
    state: str
    starts_at: datetime
    where: str
    proposer: str
