"""What goes into and comes out of the module."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from lienxa.tenants.meetings.rules import MEETING, Said, Slot


class MeetingDraft(msgspec.Struct, frozen=True):
    """A meeting as somebody asks for it. Without a room it takes place at `place`.

    `clash_reason` is why it is to stand although somebody is needed elsewhere then. The fields are those of `Meeting`;
    `member_ids` must attend, `invited_ids` come if they can.
    """

    body_id: UUID
    title: str
    chair_id: UUID
    slot: Slot
    room_id: UUID | None = None
    place: str = ""
    content: str = ""
    member_ids: Sequence[UUID] = ()
    note: str = ""
    kind: str = MEETING
    invited_ids: Sequence[UUID] = ()
    attendance: str = ""
    unit_id: UUID | None = None
    follower_id: UUID | None = None
    clash_reason: str = ""


class Person(msgspec.Struct, frozen=True):
    """A participant: `relation` is `chair`, `member`, `invited` or `preparer`."""

    staff_id: UUID
    name: str
    relation: str


class CalendarEntry(msgspec.Struct, frozen=True):
    """A meeting as one person may see it. If it is not `seen`, all that is told is that something is on then.

    `said` is what the published week said of it, `change` how it differs from that (`rules.change_since`); `away`: it
    stood in that week and lies in another now. `settled`: the change came with the newest publication, and `said` is of
    the one before. `other_post` is the post in which the person would see it, if it needs them there. `people` is
    filled for the week only. `sequence` counts its changes, `changed_at` is when the last one came.
    """

    id: UUID
    slot: Slot
    state: str
    room_id: UUID | None
    where: str
    seen: bool
    title: str
    kind: str = MEETING
    content: str = ""
    body_name: str = ""
    body_symbol: str = ""
    body_code: str = ""
    chair_id: UUID | None = None
    chair_name: str = ""
    unit_name: str = ""
    follower_name: str = ""
    attendance: str = ""
    note: str = ""
    people: Sequence[Person] = ()
    said: Said | None = None
    change: str = ""
    away: bool = False
    settled: bool = False
    other_post: UUID | None = None
    sequence: int = 0
    changed_at: datetime | None = None

    @property
    def told(self) -> Slot:
        """Where it stands on the sheet of its week: what left the week stands where it was."""
        return self.said.slot if self.away and self.said else self.slot

    def with_people(self, people: Sequence[Person]) -> "CalendarEntry":
        """The same with those who take part."""
        return msgspec.structs.replace(self, people=people)


class Publication(msgspec.Struct, frozen=True):
    """A publication of a week: its version, who published it and when."""

    id: UUID
    version: int
    at: datetime
    by: str


class HallClash(msgspec.Struct, frozen=True):
    """Why a room cannot be had, and what can be had instead: rooms free at that time, the room's next free slot."""

    other: CalendarEntry
    free_rooms: Sequence[str]
    next_free: Slot | None


class Closure(msgspec.Struct, frozen=True):
    """Days on which a room is out of service, both included; `until` empty: until further notice."""

    id: UUID
    room_id: UUID
    since: date
    until: date | None
    reason: str

    def covers(self, day: date) -> bool:
        """Whether the room is out of service on that day."""
        return self.since <= day and (self.until is None or day <= self.until)


class WorkLine(msgspec.Struct, frozen=True):
    """A meeting in somebody's work.

    Theirs today (`masked` if it waits for another of their posts); a proposal that waits for them (`mine` false); or
    what became of what they proposed (`mine`).
    """

    id: UUID
    title: str
    state: str
    starts_at: datetime
    where: str
    proposer: str
    reason: str = ""
    mine: bool = False
    masked: bool = False


class Feed(msgspec.Struct, frozen=True):
    """A calendar feed as lists show it: whose it is and of what, without its address."""

    id: UUID
    staff_id: UUID
    name: str
    room_id: UUID | None
    room_name: str
    created_at: datetime
    last_fetched_at: datetime | None


class FoundFeed(msgspec.Struct, frozen=True):
    """The feed behind a secret: whose rights it has, its room (None: their own meetings), where the organ is."""

    id: UUID
    staff_id: UUID
    room_id: UUID | None
    room_name: str
    address: str


class NewFeed(msgspec.Struct, frozen=True):
    """A feed that was made just now: its secret is known now and never again."""

    id: UUID
    title: str
    secret: str
