"""Rooms, meetings and who takes part. That two meetings never share a room is a constraint of the database."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, and_, column, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lienxa.platform.db.base import TenantScoped, tenant_index, tenant_key, tenant_table, tenant_unique

NO_ROOM_TWICE = "meeting_room_excl"


class Room(TenantScoped):
    """A hall or room (hội trường, phòng họp) that can be booked; `seats` empty if nobody has counted."""

    __tablename__ = "room"
    __table_args__ = tenant_table(tenant_unique("code"))

    code: Mapped[str]
    name: Mapped[str]
    seats: Mapped[int | None]
    position: Mapped[int] = mapped_column(default=0)


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
    """A meeting of one body: what, who chairs, where (`room_id`, or `place` in words) and when, `[starts_at, ends_at)`.

    Instants are UTC; both lie on one legal day. `reason` is why it was cancelled.
    """

    __tablename__ = "meeting"
    __table_args__ = tenant_table(
        tenant_key("body_id", "body"),
        tenant_key("room_id", "room"),
        tenant_key("chair_id", "staff"),
        tenant_key("proposed_by", "staff"),
        tenant_index("meeting", "starts_at"),
        Index(
            "meeting_title_norm_idx",
            "tenant_id",
            "title_norm",
            postgresql_using="gin",
            postgresql_ops={"title_norm": "app.gin_trgm_lp_ops"},
        ),
        CheckConstraint("state in ('proposed', 'booked', 'held', 'cancelled')", name="state"),
        CheckConstraint("ends_at > starts_at", name="order"),
        _no_room_twice(),
    )

    body_id: Mapped[UUID]
    title: Mapped[str]
    title_norm: Mapped[str] = mapped_column(Computed("app.norm(title)", persisted=True))
    content: Mapped[str] = mapped_column(default="")
    chair_id: Mapped[UUID]
    room_id: Mapped[UUID | None]
    place: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[str]
    proposed_by: Mapped[UUID]
    proposed_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")


class MeetingParticipant(TenantScoped):
    """A person of the organ who takes part: `chair` leads, `preparer` prepares (who proposed it), `member` attends."""

    __tablename__ = "meeting_participant"
    __table_args__ = tenant_table(
        tenant_key("meeting_id", "meeting"),
        tenant_key("staff_id", "staff"),
        tenant_unique("meeting_id", "staff_id"),
        CheckConstraint("relation in ('chair', 'member', 'preparer')", name="relation"),
    )

    meeting_id: Mapped[UUID]
    staff_id: Mapped[UUID]
    relation: Mapped[str]
