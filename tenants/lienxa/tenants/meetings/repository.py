"""All SQL of meetings. Who may see a meeting is the one rule of `access.visibility`; the calendar masks the rest.

Range operators are not leakproof and would read the whole tenant under row security: every query here bounds
`starts_at`. A meeting lies within one legal day, so what overlaps a slot begins on the slot's day.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body, Staff
from lienxa.platform.access.visibility import handled_here, visible
from lienxa.platform.db.search import contains
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.text import _
from lienxa.tenants.meetings import permissions
from lienxa.tenants.meetings.models import Meeting, MeetingParticipant, Room
from lienxa.tenants.meetings.rules import OCCUPYING, PROPOSED, Slot
from lienxa.tenants.meetings.schemas import CalendarEntry, Person, WorkLine


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    return visible(
        actor,
        row_id=Meeting.id,
        body_id=Meeting.body_id,
        participants=MeetingParticipant,
        participant_row=MeetingParticipant.meeting_id,
        read_all=permissions.READ,
    )


def _entries(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Meeting.id,
            Meeting.starts_at,
            Meeting.ends_at,
            Meeting.state,
            Meeting.room_id,
            Room.name.label("room_name"),
            Meeting.place,
            Meeting.title,
            Meeting.content,
            Meeting.note,
            Body.name.label("body_name"),
            Body.symbol.label("body_symbol"),
            Staff.full_name.label("chair_name"),
            _seen_by(actor).label("seen"),
        )
        .join(Body, and_(Body.tenant_id == Meeting.tenant_id, Body.id == Meeting.body_id))
        .join(Staff, and_(Staff.tenant_id == Meeting.tenant_id, Staff.id == Meeting.chair_id))
        .outerjoin(Room, and_(Room.tenant_id == Meeting.tenant_id, Room.id == Meeting.room_id))
    )


def _entry(row: Row[Any]) -> CalendarEntry:
    slot = Slot(row.starts_at, row.ends_at)
    if not row.seen:
        return CalendarEntry(row.id, slot, row.state, row.room_id, row.room_name or "", False, _("Họp nội bộ"))
    return CalendarEntry(
        id=row.id,
        slot=slot,
        state=row.state,
        room_id=row.room_id,
        where=row.room_name or row.place,
        seen=True,
        title=row.title,
        content=row.content,
        body_name=row.body_name,
        body_symbol=row.body_symbol,
        chair_name=row.chair_name,
        note=row.note,
    )


def _begins_within(slot: Slot) -> ColumnElement[bool]:
    return and_(Meeting.starts_at >= slot.starts_at, Meeting.starts_at < slot.ends_at)


async def rooms(session: TenantSession) -> Sequence[Room]:
    """The rooms of the organ in their order."""
    return (await session.scalars(select(Room).order_by(Room.position, Room.code))).all()


async def calendar(session: TenantSession, actor: Actor, within: Slot) -> list[CalendarEntry]:
    """The meetings that begin in the slot, in time order; proposals only for those who may see them."""
    query = (
        _entries(actor)
        .where(_begins_within(within))
        .where(or_(Meeting.state.in_(OCCUPYING), and_(Meeting.state == PROPOSED, _seen_by(actor))))
        .order_by(Meeting.starts_at, Meeting.ends_at, Meeting.id)
    )
    return [_entry(row) for row in await session.execute(query)]


async def occupied(
    session: TenantSession, actor: Actor, within: Slot, *, besides: UUID | None = None
) -> list[CalendarEntry]:
    """The meetings that hold a room and begin in the slot, in time order, without the meeting `besides`."""
    query = (
        _entries(actor)
        .where(_begins_within(within), Meeting.state.in_(OCCUPYING), Meeting.room_id.is_not(None))
        .order_by(Meeting.starts_at, Meeting.id)
    )
    if besides is not None:
        query = query.where(Meeting.id != besides)
    return [_entry(row) for row in await session.execute(query)]


async def entry(session: TenantSession, actor: Actor, meeting_id: UUID) -> CalendarEntry:
    """One meeting that the person may see, or `NotFound`."""
    row = (await session.execute(_entries(actor).where(Meeting.id == meeting_id, _seen_by(actor)))).one_or_none()
    if row is None:
        raise NotFound
    return _entry(row)


async def meeting(session: TenantSession, actor: Actor, meeting_id: UUID, *, lock: bool = False) -> Meeting:
    """The row of a meeting that the person may see, or `NotFound`; with `lock` it is ours until the end."""
    query = select(Meeting).where(Meeting.id == meeting_id, _seen_by(actor))
    if lock:
        query = query.with_for_update(of=Meeting).execution_options(populate_existing=True)
    found = await session.scalar(query)
    if found is None:
        raise NotFound
    return found


async def participants(session: TenantSession, meeting_id: UUID) -> list[Person]:
    """Who takes part: the chair, who prepares, then the others by given name."""
    rank = case({"chair": 1, "preparer": 2}, value=MeetingParticipant.relation, else_=3)
    query = (
        select(Staff.id, Staff.full_name, MeetingParticipant.relation)
        .join(
            MeetingParticipant,
            and_(MeetingParticipant.tenant_id == Staff.tenant_id, MeetingParticipant.staff_id == Staff.id),
        )
        .where(MeetingParticipant.meeting_id == meeting_id)
        .order_by(rank, Staff.sort_key)
    )
    return [Person(row.id, row.full_name, row.relation) for row in await session.execute(query)]


async def known_staff(session: TenantSession, staff_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the identifiers that are people of this organ."""
    return frozenset(await session.scalars(select(Staff.id).where(Staff.id.in_(staff_ids))))


def _work() -> Select[*tuple[Any, ...]]:
    proposer = aliased(Staff)
    return (
        select(
            Meeting.id,
            Meeting.title,
            Meeting.state,
            Meeting.starts_at,
            Meeting.place,
            Room.name.label("room_name"),
            proposer.full_name.label("proposer"),
        )
        .join(proposer, and_(proposer.tenant_id == Meeting.tenant_id, proposer.id == Meeting.proposed_by))
        .outerjoin(Room, and_(Room.tenant_id == Meeting.tenant_id, Room.id == Meeting.room_id))
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(200)
    )


_WORK = _work()  # built once: everybody's home asks for it


async def work_lines(session: TenantSession, actor: Actor, today: Slot) -> list[WorkLine]:
    """The person's meetings of today, and from today on the proposals that wait for them to book, by time."""
    takes_part = select(MeetingParticipant.id).where(
        MeetingParticipant.tenant_id == session.tenant_id,
        MeetingParticipant.meeting_id == Meeting.id,
        MeetingParticipant.staff_id == actor.staff_id,
    )
    here = handled_here(actor, Meeting.body_id, permissions.READ)
    wanted = and_(Meeting.state.in_(OCCUPYING), Meeting.starts_at < today.ends_at, takes_part.exists(), here)
    if actor.may(permissions.BOOK):
        reached = Meeting.body_id.in_(sorted(actor.acting.body_ids))
        wanted = or_(wanted, and_(Meeting.state == PROPOSED, reached))
    query = _WORK.where(Meeting.starts_at >= today.starts_at, wanted)
    return [
        WorkLine(row.id, row.title, row.state, row.starts_at, row.room_name or row.place, row.proposer)
        for row in await session.execute(query)
    ]


async def search(session: TenantSession, actor: Actor, words: str, limit: int) -> list[CalendarEntry]:
    """The newest visible meetings, cancelled ones too, whose title contains the words, diacritics or not."""
    found = contains(Meeting.title_norm, words)
    query = _entries(actor).where(found, _seen_by(actor)).order_by(Meeting.starts_at.desc()).limit(limit)
    return [_entry(row) for row in await session.execute(query)]


async def count_by_month(session: TenantSession) -> Sequence[Row[Any]]:
    """`(month, body, meetings)` of the meetings booked or held, by the legal month in which they begin."""
    month = func.date_trunc("month", func.timezone(clock.LEGAL_ZONE.key, Meeting.starts_at))
    query = (
        select(month.label("month"), Body.code.label("body"), func.count().label("meetings"))
        .join(Body, and_(Body.tenant_id == Meeting.tenant_id, Body.id == Meeting.body_id))
        .where(Meeting.state.in_(OCCUPYING))
        .group_by(month, Body.code)
        .order_by(month, Body.code)
    )
    return (await session.execute(query)).all()
