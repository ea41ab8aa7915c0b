"""Rooms, meetings, who takes part, and the weeks that were published.

That two meetings never share a room is a constraint of the database.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    Index,
    LargeBinary,
    UniqueConstraint,
    and_,
    column,
    event,
    func,
    inspect,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform import clock
from lienxa.platform.db.base import TenantScoped, tenant_index, tenant_key, tenant_table, tenant_unique

NO_ROOM_TWICE = "meeting_room_excl"
ONE_VERSION = "week_publication_tenant_id_monday_version_key"


class MeetingSetting(TenantScoped):
    """The one row of an organ's own rules; without it `rules.TRAVEL_MINUTES` holds."""

    __tablename__ = "meeting_setting"
    __table_args__ = tenant_table(
        tenant_unique(), CheckConstraint("travel_minutes between 0 and 240", name="travel_minutes")
    )

    travel_minutes: Mapped[int]


class Room(TenantScoped):
    """A hall or room (hội trường, phòng họp) that can be booked; `seats` empty if nobody has counted."""

    __tablename__ = "room"
    __table_args__ = tenant_table(tenant_unique("code"))

    code: Mapped[str]
    name: Mapped[str]
    seats: Mapped[int | None]
    position: Mapped[int] = mapped_column(default=0)


class RoomClosure(TenantScoped):
    """Days on which a room is out of service, both included; `closed_to` empty: until further notice."""

    __tablename__ = "room_closure"
    __table_args__ = tenant_table(
        tenant_key("room_id", "room"),
        tenant_key("closed_by", "staff"),
        tenant_index("room_closure", "room_id"),
        CheckConstraint("closed_to is null or closed_to >= closed_from", name="order"),
    )

    room_id: Mapped[UUID]
    closed_from: Mapped[date]
    closed_to: Mapped[date | None]
    reason: Mapped[str]
    closed_by: Mapped[UUID]


def _no_room_twice() -> ExcludeConstraint:
    """Two meetings that are booked or were held never share a room at one instant; the end itself is free again."""
    during: Any = func.tstzrange(column("starts_at"), column("ends_at"), text("'[)'"))
    return ExcludeConstraint(
        (column("tenant_id"), "="),
        (column("room_id"), "="),
        (during, "&&"),
        where=and_(column("state").in_(("booked", "held")), column("room_id").is_not(None)),
        using="gist",
        name=NO_ROOM_TWICE,
    )


class Meeting(TenantScoped):
    """An entry of the calendar of one body: what, who chairs or goes, where (`room_id`, or `place` in words) and when.

    `[starts_at, ends_at)` are UTC instants of one legal day. `kind`: a meeting, an internal one (whose title is not
    kept), or another engagement of a leader. `unit_id` prepares it, `follower_id` looks after it, `attendance` names
    those from outside. `reason` is why it was refused, sent back or cancelled; `clash_reason` why it stands although
    somebody is needed elsewhere at that time; `decided_by` took the last decision on the proposal.

    `sequence` rises with each change of what a calendar shows (RFC 5545, 3.8.7.4), `changed_at` is when it did, and
    `booked_at` when it came into the calendar: what never did is nothing to cancel there.
    """

    __tablename__ = "meeting"
    __table_args__ = tenant_table(
        tenant_key("body_id", "body"),
        tenant_key("room_id", "room"),
        tenant_key("chair_id", "staff"),
        tenant_key("proposed_by", "staff"),
        tenant_key("unit_id", "unit"),
        tenant_key("follower_id", "staff"),
        tenant_key("decided_by", "staff"),
        tenant_index("meeting", "starts_at"),
        Index(
            "meeting_title_norm_idx",
            "tenant_id",
            "title_norm",
            postgresql_using="gin",
            postgresql_ops={"title_norm": "app.gin_trgm_lp_ops"},
        ),
        CheckConstraint("state in ('proposed', 'returned', 'refused', 'booked', 'held', 'cancelled')", name="state"),
        CheckConstraint("kind in ('meeting', 'internal', 'reception', 'trip', 'other')", name="kind"),
        CheckConstraint("ends_at > starts_at", name="order"),
        _no_room_twice(),
    )

    body_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(default="meeting")
    title: Mapped[str]
    title_norm: Mapped[str] = mapped_column(Computed("app.norm(title)", persisted=True))
    content: Mapped[str] = mapped_column(default="")
    chair_id: Mapped[UUID]
    room_id: Mapped[UUID | None]
    place: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[str]
    unit_id: Mapped[UUID | None]
    follower_id: Mapped[UUID | None]
    attendance: Mapped[str] = mapped_column(default="")
    proposed_by: Mapped[UUID]
    proposed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    clash_reason: Mapped[str] = mapped_column(default="")
    sequence: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)
    booked_at: Mapped[datetime | None]


SHOWN = ("title", "chair_id", "room_id", "place", "starts_at", "ends_at", "state")


@event.listens_for(Meeting, "before_update")
def _count_change(_mapper: object, _connection: object, meeting: Meeting) -> None:
    """Here and not in the verbs, so that none can forget it: a client drops a change that did not raise `sequence`."""
    attributes = inspect(meeting).attrs
    if any(attributes[name].history.has_changes() for name in SHOWN):
        meeting.sequence += 1
        meeting.changed_at = clock.now()


class MeetingParticipant(TenantScoped):
    """A person of the organ who takes part.

    `chair` leads, `member` must attend, `invited` comes if they can, `preparer` prepares it (who proposed it).
    """

    __tablename__ = "meeting_participant"
    __table_args__ = tenant_table(
        tenant_key("meeting_id", "meeting"),
        tenant_key("staff_id", "staff"),
        tenant_unique("meeting_id", "staff_id"),
        tenant_index("meeting_participant", "staff_id"),
        CheckConstraint("relation in ('chair', 'member', 'invited', 'preparer')", name="relation"),
    )

    meeting_id: Mapped[UUID]
    staff_id: Mapped[UUID]
    relation: Mapped[str]


class WeekPublication(TenantScoped):
    """The act of publishing a week (by its Monday): from then on it stands in for invitations. Versions from 1."""

    __tablename__ = "week_publication"
    __table_args__ = tenant_table(
        tenant_key("published_by", "staff"),
        tenant_unique("monday", "version"),
        CheckConstraint("version > 0", name="version"),
    )

    monday: Mapped[date]
    version: Mapped[int]
    published_by: Mapped[UUID]
    published_at: Mapped[datetime]


class PublishedEntry(TenantScoped):
    """What a published week said of a meeting: the state with which later changes are compared.

    `place` is the place in words, the room's name of that day if it was a room.
    """

    __tablename__ = "published_entry"
    __table_args__ = tenant_table(
        tenant_key("publication_id", "week_publication"),
        tenant_key("meeting_id", "meeting"),
        tenant_key("chair_id", "staff"),
        tenant_key("room_id", "room"),
        tenant_unique("publication_id", "meeting_id"),
        tenant_index("published_entry", "meeting_id"),
    )

    publication_id: Mapped[UUID]
    meeting_id: Mapped[UUID]
    title: Mapped[str]
    chair_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    room_id: Mapped[UUID | None]
    place: Mapped[str]


class CalendarFeed(TenantScoped):
    """A secret address under which a person's calendar client reads: their own meetings, or those in `room_id`.

    Only the SHA-256 of its secret is kept. One for each person and purpose: a new one takes the place of the old.
    """

    __tablename__ = "calendar_feed"
    __table_args__ = tenant_table(
        tenant_key("staff_id", "staff"),
        tenant_key("room_id", "room"),
        tenant_unique("secret_hash"),
        UniqueConstraint("tenant_id", "staff_id", "room_id", postgresql_nulls_not_distinct=True),
    )

    staff_id: Mapped[UUID]
    room_id: Mapped[UUID | None]
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    last_fetched_at: Mapped[datetime | None]
