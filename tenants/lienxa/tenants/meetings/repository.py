"""All SQL of meetings. Who may see a meeting is the one rule of `access.visibility`; the rooms' view masks the rest.

Range operators are not leakproof and would read the whole tenant under row security: every query here bounds
`starts_at`. A meeting lies within one legal day, so what overlaps a slot begins on the slot's day.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Row,
    Select,
    and_,
    bindparam,
    case,
    delete,
    false,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body, OrganProfile, Staff, Unit
from lienxa.platform.access.visibility import VIEWER, Sight, looks
from lienxa.platform.db.search import contains
from lienxa.platform.db.session import TENANT, Prepared, TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.rollup.months import reporting_months
from lienxa.platform.succession import passages
from lienxa.platform.text import _
from lienxa.platform.workdays import Calendar, Change, national_calendar
from lienxa.platform.workdays.models import CalendarChange
from lienxa.tenants.meetings import permissions, rules
from lienxa.tenants.meetings.models import (
    CalendarFeed,
    Meeting,
    MeetingParticipant,
    MeetingSetting,
    PublishedEntry,
    Room,
    RoomClosure,
    WeekPublication,
)
from lienxa.tenants.meetings.rules import (
    BOOKED,
    CANCELLED,
    OCCUPYING,
    PROPOSED,
    REFUSED,
    RETURNED,
    Busy,
    Said,
    Slot,
    Week,
)
from lienxa.tenants.meetings.schemas import CalendarEntry, Closure, Feed, FoundFeed, Person, Publication, WorkLine

MEETING, ROOM = "meeting", "room"
_TOLD_FOR = timedelta(days=3)  # how long somebody is told what became of their proposal


# Rooms --------------------------------------------------------------------------------------------------------------


async def rooms(session: TenantSession) -> Sequence[Room]:
    """The rooms of the organ in their order."""
    return (await session.scalars(select(Room).order_by(Room.position, Room.code))).all()


async def closures(session: TenantSession, since: date) -> list[Closure]:
    """When rooms are out of service on that day or later, the earliest first."""
    query = (
        select(RoomClosure)
        .where(or_(RoomClosure.closed_to.is_(None), RoomClosure.closed_to >= since))
        .order_by(RoomClosure.closed_from, RoomClosure.id)
    )
    return [
        Closure(row.id, row.room_id, row.closed_from, row.closed_to, row.reason) for row in await session.scalars(query)
    ]


async def setting(session: TenantSession) -> MeetingSetting | None:
    """The organ's own rules, if it has set any."""
    return (await session.scalars(select(MeetingSetting))).one_or_none()


# What one person sees -----------------------------------------------------------------------------------------------


SIGHT = Sight(Meeting.id, Meeting.body_id, MeetingParticipant, MeetingParticipant.meeting_id, permissions.READ)


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    return SIGHT.seen_by(actor)


def _planned_by(actor: Actor) -> ColumnElement[bool]:
    """Proposals are for those who plan for the body, and for whoever made them."""
    plans = Meeting.body_id.in_(sorted(actor.acting.body_ids)) if actor.may(permissions.BOOK) else false()
    return or_(plans, Meeting.proposed_by == actor.person("meetings"))


def _takes_part(tenant_id: Any, person: Any) -> ColumnElement[bool]:
    """Whether the person stands among those who take part, in whatever post they act."""
    theirs = aliased(MeetingParticipant)  # the rule of visibility has its own
    return (
        select(theirs.id)
        .where(theirs.tenant_id == tenant_id, theirs.meeting_id == Meeting.id, theirs.staff_id == person)
        .exists()
    )


def _masked_for(actor: Actor, *, published: bool) -> ColumnElement[bool]:
    """What the calendar tells without its title: that something is on then.

    Who plans must know it of a draft too; everybody else is told of published weeks, and of what needs them.
    """
    if published or actor.may(permissions.PROPOSE) or actor.may(permissions.BOOK):
        return Meeting.state.in_(OCCUPYING)
    return and_(Meeting.state.in_(OCCUPYING), _takes_part(actor.organ.id, actor.staff_id))


def _entries(actor: Actor, seen: ColumnElement[bool] | None = None) -> Select[*tuple[Any, ...]]:
    """The columns of an entry; `seen` is whether its content is told, without it what the acting post may see."""
    chair, follower = aliased(Staff), aliased(Staff)
    return (
        select(
            Meeting.id,
            Meeting.kind,
            Meeting.starts_at,
            Meeting.ends_at,
            Meeting.state,
            Meeting.room_id,
            Room.name.label("room_name"),
            Meeting.place,
            Meeting.title,
            Meeting.content,
            Meeting.attendance,
            Meeting.note,
            Meeting.chair_id,
            Body.code.label("body_code"),
            Body.name.label("body_name"),
            Body.symbol.label("body_symbol"),
            chair.full_name.label("chair_name"),
            Unit.name.label("unit_name"),
            follower.full_name.label("follower_name"),
            Meeting.body_id,
            Meeting.sequence,
            Meeting.changed_at,
            (_seen_by(actor) if seen is None else seen).label("seen"),
            _takes_part(actor.organ.id, actor.staff_id).label("takes_part"),
        )
        .join(Body, and_(Body.tenant_id == Meeting.tenant_id, Body.id == Meeting.body_id))
        .join(chair, and_(chair.tenant_id == Meeting.tenant_id, chair.id == Meeting.chair_id))
        .outerjoin(Room, and_(Room.tenant_id == Meeting.tenant_id, Room.id == Meeting.room_id))
        .outerjoin(Unit, and_(Unit.tenant_id == Meeting.tenant_id, Unit.id == Meeting.unit_id))
        .outerjoin(follower, and_(follower.tenant_id == Meeting.tenant_id, follower.id == Meeting.follower_id))
    )


def _entry(row: Row[Any], **more: Any) -> CalendarEntry:
    slot = Slot(row.starts_at, row.ends_at)
    counted = {"sequence": row.sequence, "changed_at": row.changed_at}
    if not row.seen:
        where, title = row.room_name or "", _("Phòng đã có lịch")
        return CalendarEntry(row.id, slot, row.state, row.room_id, where, False, title, **counted)
    return CalendarEntry(
        id=row.id,
        slot=slot,
        state=row.state,
        room_id=row.room_id,
        where=row.room_name or row.place,
        seen=True,
        title=row.title,
        kind=row.kind,
        content=row.content,
        body_name=row.body_name,
        body_symbol=row.body_symbol,
        body_code=row.body_code,
        chair_id=row.chair_id,
        chair_name=row.chair_name,
        unit_name=row.unit_name or "",
        follower_name=row.follower_name or "",
        attendance=row.attendance,
        note=row.note,
        **counted,
        **more,
    )


def _masked(row: Row[Any], actor: Actor) -> CalendarEntry:
    """That something is on. What needs the person themselves in another post names its body and that post."""
    slot, where = Slot(row.starts_at, row.ends_at), _("Phòng đã có lịch") if row.room_id else ""
    title = _("Lịch của cơ quan khác")
    if not row.takes_part:
        return CalendarEntry(row.id, slot, row.state, row.room_id, where, False, title)
    title, post_id = _in_another_post(actor, row.body_id)
    return CalendarEntry(
        row.id, slot, row.state, row.room_id, where, False, title, body_code=row.body_code, other_post=post_id
    )


def _in_another_post(actor: Actor, body_id: UUID) -> tuple[str, UUID | None]:
    """How a meeting is told that waits for another post of the person, and that post."""
    for post in actor.posts:
        if body_id in post.body_ids and permissions.READ in post.permissions:
            return _("Lịch của đồng chí ở chức vụ {title}", title=post.title), post.id
    return _("Lịch của đồng chí ở chức vụ khác"), None


def _begins_within(slot: Slot) -> ColumnElement[bool]:
    return and_(Meeting.starts_at >= slot.starts_at, Meeting.starts_at < slot.ends_at)


async def calendar(
    session: TenantSession, actor: Actor, within: Slot, published: UUID | None = None, before: UUID | None = None
) -> list[CalendarEntry]:
    """The meetings that begin in the slot, in time order; those whose title the person may not see are masked.

    Proposals are among them for those who plan. With a publication, so is what it named and what lies elsewhere or is
    cancelled by now, each with what was said of it; with the one `before`, also what it changed of that (`settled`).
    """
    shown = and_(_begins_within(within), or_(Meeting.state.in_(OCCUPYING), _is_proposal_for(actor)))
    masked = and_(_begins_within(within), _masked_for(actor, published=published is not None))
    query = _entries(actor).where(or_(_seen_by(actor), masked))
    if published is None:
        query = query.where(shown)
    else:
        query = _with_said(
            query.where(or_(shown, Meeting.id.in_(_named_by(session, published, before)))), "said", published
        )
        if before is not None:
            query = _with_said(query, "before", before)
    rows = await session.execute(query)
    entries = [
        _masked(row, actor) if not row.seen else _entry(row) if published is None else _compared(row, within)
        for row in rows
    ]
    return sorted(entries, key=lambda entry: (entry.told, entry.id))


def _is_proposal_for(actor: Actor) -> ColumnElement[bool]:
    return and_(Meeting.state == PROPOSED, _planned_by(actor))


def _with_said(query: Select[*tuple[Any, ...]], prefix: str, publication_id: UUID) -> Select[*tuple[Any, ...]]:
    """The query with what a publication said of each meeting, in columns that begin with the prefix."""
    said, chair = aliased(PublishedEntry), aliased(Staff)
    named = and_(
        said.tenant_id == Meeting.tenant_id, said.meeting_id == Meeting.id, said.publication_id == publication_id
    )
    return (
        query.add_columns(
            said.title.label(f"{prefix}_title"),
            said.chair_id.label(f"{prefix}_chair_id"),
            chair.full_name.label(f"{prefix}_chair"),
            said.starts_at.label(f"{prefix}_starts_at"),
            said.ends_at.label(f"{prefix}_ends_at"),
            said.room_id.label(f"{prefix}_room_id"),
            said.place.label(f"{prefix}_place"),
        )
        .outerjoin(said, named)
        .outerjoin(chair, and_(chair.tenant_id == said.tenant_id, chair.id == said.chair_id))
    )


def _said(row: Row[Any], prefix: str) -> Said | None:
    told = row._mapping
    if told.get(f"{prefix}_chair_id") is None:
        return None
    slot = Slot(told[f"{prefix}_starts_at"], told[f"{prefix}_ends_at"])
    title, chair_id, chair = (told[f"{prefix}_{name}"] for name in ("title", "chair_id", "chair"))
    return Said(title, chair_id, chair, slot, told[f"{prefix}_room_id"], told[f"{prefix}_place"])


def _named_by(session: TenantSession, *published: UUID | None) -> Select[UUID]:
    named = aliased(PublishedEntry)
    ids = [found for found in published if found is not None]
    return select(named.meeting_id).where(named.tenant_id == session.tenant_id, named.publication_id.in_(ids))


def _compared(row: Row[Any], week: Slot) -> CalendarEntry:
    """What changed since the newest publication; else what changed with it (`settled`)."""
    where = row.room_name or row.place
    now = Said(row.title, row.chair_id, row.chair_name, Slot(row.starts_at, row.ends_at), row.room_id, where)
    away = not week.starts_at <= row.starts_at < week.ends_at
    said, before = _said(row, "said"), _said(row, "before")
    change = "" if said is None and away else rules.change_since(said, now, row.state)
    if change or "before_chair_id" not in row._mapping:
        return _entry(row, said=said, change=change, away=away)
    change = rules.change_since(before, now, row.state)
    return _entry(row, said=before, change=change, away=away, settled=bool(change))


async def occupied(
    session: TenantSession, actor: Actor, within: Slot, *, besides: UUID | None = None, proposals: bool = False
) -> list[CalendarEntry]:
    """The meetings that hold a room and begin in the slot, in time order, without the meeting `besides`.

    With `proposals` also what asks for a room, for those who plan and for whoever proposed it.
    """
    shown = Meeting.state.in_(OCCUPYING)
    query = (
        _entries(actor)
        .where(_begins_within(within), Meeting.room_id.is_not(None))
        .where(or_(shown, _is_proposal_for(actor)) if proposals else shown)
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


async def search(session: TenantSession, actor: Actor, words: str, limit: int) -> list[CalendarEntry]:
    """The newest visible meetings, cancelled ones too, whose title contains the words, diacritics or not."""
    found = contains(Meeting.title_norm, words)
    query = _entries(actor).where(found, _seen_by(actor)).order_by(Meeting.starts_at.desc()).limit(limit)
    return [_entry(row) for row in await session.execute(query)]


# People -------------------------------------------------------------------------------------------------------------

_RANK = case({"chair": 1, "member": 2, "invited": 3}, value=MeetingParticipant.relation, else_=4)


async def participants(session: TenantSession, meeting_ids: Iterable[UUID]) -> dict[UUID, list[Person]]:
    """Who takes part in each meeting: the chair, the others by given name, who prepares."""
    query = (
        select(MeetingParticipant.meeting_id, Staff.id, Staff.full_name, MeetingParticipant.relation)
        .join(
            MeetingParticipant,
            and_(MeetingParticipant.tenant_id == Staff.tenant_id, MeetingParticipant.staff_id == Staff.id),
        )
        .where(MeetingParticipant.meeting_id.in_(list(meeting_ids)))
        .order_by(_RANK, Staff.sort_key)
    )
    found: dict[UUID, list[Person]] = {}
    for row in await session.execute(query):
        found.setdefault(row.meeting_id, []).append(Person(row.id, row.full_name, row.relation))
    return found


async def ahead_of(
    session: TenantSession, actor: Actor, staff_id: UUID, relation: str, *, lock: bool = False
) -> list[tuple[Meeting, bool]]:
    """The meetings that are not over and need a person as `chair`, `preparer` or otherwise (``), the earliest first.

    With whether the actor may see each. Who prepares is who proposed it or looks after it.
    """
    part = aliased(MeetingParticipant)
    taking = (
        select(part.id)
        .where(part.tenant_id == session.tenant_id, part.meeting_id == Meeting.id, part.staff_id == staff_id)
        .where(part.relation.in_(("member", "invited")))
        .exists()
    )
    needs = {
        "chair": Meeting.chair_id == staff_id,
        "preparer": or_(Meeting.proposed_by == staff_id, Meeting.follower_id == staff_id),
    }.get(relation, taking)
    query = (
        select(Meeting, or_(_seen_by(actor), _planned_by(actor)))
        .where(needs, Meeting.starts_at > clock.now(), Meeting.state.in_((PROPOSED, RETURNED, BOOKED)))
        .order_by(Meeting.starts_at, Meeting.id)
    )
    if lock:
        query = query.with_for_update(of=Meeting).execution_options(populate_existing=True)
    return [(row[0], row[1]) for row in await session.execute(query)]


async def replace_participant(
    session: TenantSession, meeting_ids: Collection[UUID], giver: UUID, receiver: UUID
) -> None:
    """Let the receiver take the giver's place; who takes part already keeps the weightier of the two places."""
    rank = case(
        {name: place for place, name in enumerate(("chair", "member", "invited", "preparer"))},
        value=MeetingParticipant.relation,
    )
    query = select(MeetingParticipant).where(
        MeetingParticipant.meeting_id.in_(list(meeting_ids)), MeetingParticipant.staff_id.in_((giver, receiver))
    )
    places: dict[UUID, list[MeetingParticipant]] = {}
    for row in await session.scalars(query.order_by(MeetingParticipant.meeting_id, rank)):
        places.setdefault(row.meeting_id, []).append(row)
    for rows in places.values():
        for left in rows[1:]:
            await session.delete(left)
    await session.flush()
    for rows in places.values():
        rows[0].staff_id = receiver
    await session.flush()


async def let_prepare(session: TenantSession, meeting_ids: Collection[UUID], giver: UUID, receiver: UUID) -> None:
    """Who only prepares hands that place over; who takes part otherwise keeps theirs, and the receiver comes in."""
    mine = MeetingParticipant.meeting_id.in_(list(meeting_ids))
    taking = set(
        await session.scalars(
            select(MeetingParticipant.meeting_id).where(mine, MeetingParticipant.staff_id == receiver)
        )
    )
    await session.execute(
        delete(MeetingParticipant).where(
            mine, MeetingParticipant.staff_id == giver, MeetingParticipant.relation == "preparer"
        )
    )
    session.add_all(
        MeetingParticipant(meeting_id=meeting_id, staff_id=receiver, relation="preparer")
        for meeting_id in meeting_ids
        if meeting_id not in taking
    )
    await session.flush()


async def busy_elsewhere(session: TenantSession, staff_id: UUID, meeting_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the meetings at whose time the person is needed at another one as well."""
    other, part = aliased(Meeting), aliased(MeetingParticipant)
    query = (
        select(Meeting.id)
        .join(
            other,
            and_(
                other.tenant_id == Meeting.tenant_id,
                other.id != Meeting.id,
                other.starts_at < Meeting.ends_at,
                other.ends_at > Meeting.starts_at,
                other.state.in_(OCCUPYING),
            ),
        )
        .join(part, and_(part.tenant_id == other.tenant_id, part.meeting_id == other.id))
        .where(Meeting.id.in_(list(meeting_ids)), part.staff_id == staff_id, part.relation.in_(("chair", "member")))
        .where(other.starts_at > clock.now())
    )
    return frozenset(await session.scalars(query))


async def known_staff(session: TenantSession, staff_ids: Collection[UUID], *, lock: bool) -> frozenset[UUID]:
    """Those of the identifiers that are people of this organ. With `lock` no one else books them until we end.

    Locked in the order of their identifiers, so that two who book the same people never wait for each other.
    """
    query = select(Staff.id).where(Staff.id.in_(list(staff_ids))).order_by(Staff.id)
    return frozenset(await session.scalars(query.with_for_update(key_share=True, of=Staff) if lock else query))


async def knows_unit(session: TenantSession, unit_id: UUID) -> bool:
    """Whether it is a unit of this organ."""
    return await session.scalar(select(Unit.id).where(Unit.id == unit_id)) is not None


async def replace_participants(session: TenantSession, meeting_id: UUID, relations: dict[UUID, str]) -> None:
    """Let exactly these people take part."""
    await session.execute(delete(MeetingParticipant).where(MeetingParticipant.meeting_id == meeting_id))
    add_participants(session, meeting_id, relations)


def add_participants(session: TenantSession, meeting_id: UUID, relations: dict[UUID, str]) -> None:
    """Let these people take part; written with the next flush."""
    session.add_all(
        MeetingParticipant(meeting_id=meeting_id, staff_id=staff_id, relation=relation)
        for staff_id, relation in relations.items()
    )


async def day_facts(
    session: TenantSession,
    actor: Actor,
    day: date,
    *,
    staff_ids: Collection[UUID],
    room_id: UUID | None,
    besides: UUID | None,
) -> tuple[timedelta, str | None, list[Busy]]:
    """What decides whether something may stand on a day, in one statement.

    The organ's travel margin, why the room is out of service then (None if it is not), and where these people are
    needed already; of what the person may not see only that it is.
    """
    tenant = session.tenant_id
    margin = select(MeetingSetting.travel_minutes).where(MeetingSetting.tenant_id == tenant).scalar_subquery()
    closed = (
        select(RoomClosure.reason)
        .where(RoomClosure.tenant_id == tenant, RoomClosure.room_id == room_id, RoomClosure.closed_from <= day)
        .where(or_(RoomClosure.closed_to.is_(None), RoomClosure.closed_to >= day))
        .limit(1)
        .scalar_subquery()
    )
    legal_day = Slot(clock.instant(day), clock.instant(day + timedelta(days=1)))
    needed = aliased(MeetingParticipant)  # the rule of visibility has its own
    busy = (
        select(
            Meeting.id,
            Meeting.starts_at,
            Meeting.ends_at,
            Meeting.room_id,
            Meeting.place,
            Meeting.title,
            needed.staff_id,
            Staff.full_name,
            _seen_by(actor).label("seen"),
        )
        .join(needed, and_(needed.tenant_id == Meeting.tenant_id, needed.meeting_id == Meeting.id))
        .join(Staff, and_(Staff.tenant_id == needed.tenant_id, Staff.id == needed.staff_id))
        .where(
            Meeting.tenant_id == tenant,
            _begins_within(legal_day),
            Meeting.state.in_(OCCUPYING),
            needed.relation.in_(rules.REQUIRED),
            needed.staff_id.in_(list(staff_ids)),
        )
    )
    if besides is not None:
        busy = busy.where(Meeting.id != besides)
    engagement = busy.subquery("engagement")
    query = (
        select(func.coalesce(margin, rules.TRAVEL_MINUTES).label("margin"), closed.label("closed"), engagement)
        .select_from(select(literal(1).label("one")).subquery("once"))
        .outerjoin(engagement, true())
        .order_by(engagement.c.starts_at, engagement.c.full_name)
    )
    rows = (await session.execute(query)).all()
    return timedelta(minutes=rows[0].margin), rows[0].closed, [_busy(row) for row in rows if row.id is not None]


def _busy(row: Row[Any]) -> Busy:
    title = row.title if row.seen else _("bận việc khác")
    place = rules.place_key(row.room_id, row.place)
    return Busy(row.id, row.staff_id, row.full_name, Slot(row.starts_at, row.ends_at), place, title)


# Feeds --------------------------------------------------------------------------------------------------------------


async def feed_entries(
    session: TenantSession, actor: Actor, within: Slot, room_id: UUID | None, cancelled_since: datetime
) -> list[CalendarEntry]:
    """What a feed shows, in time order: the person's own meetings with their proposals, or all in a room.

    Each is told as far as one of the posts that they hold today opens it. What was cancelled stays for a while, so that
    clients learn of it.
    """
    in_some_post = or_(*(_seen_by(actor.acting_in(post.id)) for post in actor.posts))
    gone = and_(Meeting.state == CANCELLED, Meeting.booked_at.is_not(None), Meeting.changed_at >= cancelled_since)
    listed = or_(Meeting.state.in_(OCCUPYING), gone)
    if room_id is None:
        proposed = and_(Meeting.state == PROPOSED, Meeting.proposed_by == actor.staff_id)
        wanted = and_(_takes_part(actor.organ.id, actor.staff_id), or_(listed, proposed))
    else:
        wanted = and_(Meeting.room_id == room_id, listed)
    query = _entries(actor, in_some_post).where(_begins_within(within), wanted, _is_here())
    return [_entry(row) for row in await session.execute(query.order_by(Meeting.starts_at, Meeting.id))]


async def fetched_feed(session: TenantSession, secret_hash: bytes) -> FoundFeed | None:
    """The feed of a secret, noted as fetched now, or None."""
    tenant = session.tenant_id
    room_name = select(Room.name).where(Room.tenant_id == tenant, Room.id == CalendarFeed.room_id).scalar_subquery()
    address = select(OrganProfile.address).where(OrganProfile.tenant_id == tenant).scalar_subquery()
    query = (
        update(CalendarFeed)
        .where(CalendarFeed.tenant_id == tenant, CalendarFeed.secret_hash == secret_hash)
        .values(last_fetched_at=clock.now())
        .returning(
            CalendarFeed.id,
            CalendarFeed.staff_id,
            CalendarFeed.room_id,
            func.coalesce(room_name, "").label("room_name"),
            func.coalesce(address, "").label("address"),
        )
    )
    row = (await session.execute(query, execution_options={"synchronize_session": False})).one_or_none()
    return FoundFeed(*row) if row else None


async def feeds(session: TenantSession, staff_id: UUID | None = None) -> list[Feed]:
    """The feeds of a person, or of everybody by given name: one's own meetings first, then the rooms in their order."""
    query = (
        select(
            CalendarFeed.id,
            CalendarFeed.staff_id,
            Staff.full_name,
            CalendarFeed.room_id,
            func.coalesce(Room.name, "").label("room_name"),
            CalendarFeed.created_at,
            CalendarFeed.last_fetched_at,
        )
        .join(Staff, and_(Staff.tenant_id == CalendarFeed.tenant_id, Staff.id == CalendarFeed.staff_id))
        .outerjoin(Room, and_(Room.tenant_id == CalendarFeed.tenant_id, Room.id == CalendarFeed.room_id))
        .order_by(Staff.sort_key, Staff.id, Room.position.nulls_first(), Room.code)
    )
    if staff_id is not None:
        query = query.where(CalendarFeed.staff_id == staff_id)
    return [Feed(*row) for row in await session.execute(query)]


async def feed_for(session: TenantSession, staff_id: UUID, room_id: UUID | None) -> CalendarFeed | None:
    """The person's feed of that room, or of their own meetings (None); ours until the end."""
    of_room = CalendarFeed.room_id.is_not_distinct_from(room_id)
    query = select(CalendarFeed).where(CalendarFeed.staff_id == staff_id, of_room)
    return await session.scalar(query.with_for_update(of=CalendarFeed))


async def close_all_feeds(session: TenantSession) -> int:
    """Remove every feed of the organ; how many there were."""
    return len((await session.scalars(delete(CalendarFeed).returning(CalendarFeed.id))).all())


# Work, publications, figures ----------------------------------------------------------------------------------------


def _is_here() -> ColumnElement[bool]:
    """Whether it is a meeting of this organ still: it has not passed to one that follows."""
    return ~passages.passed_on(MEETING, Meeting.id)


def _work() -> Prepared:
    """Parameters: those of `VIEWER`, `begin` and `end` of the day, `told_since`, and whether they `book`."""
    instant = DateTime(timezone=True)
    proposer = aliased(Staff)
    here = VIEWER.handles(Meeting.body_id)
    begins_today = Meeting.starts_at < bindparam("end", type_=instant)
    today_theirs = and_(Meeting.state.in_(OCCUPYING), begins_today, _takes_part(TENANT, VIEWER.person))
    told = Meeting.decided_at >= bindparam("told_since", type_=instant)
    decided = and_(Meeting.state.in_((*OCCUPYING, REFUSED, CANCELLED)), Meeting.decided_by != VIEWER.person, told)
    proposed = and_(Meeting.proposed_by == VIEWER.person, or_(Meeting.state.in_((PROPOSED, RETURNED)), decided))
    to_book = and_(bindparam("books", type_=Boolean()), Meeting.state == PROPOSED, VIEWER.reaches(Meeting.body_id))
    return Prepared(
        select(
            Meeting.id,
            Meeting.title,
            Meeting.state,
            Meeting.starts_at,
            Meeting.place,
            Meeting.reason,
            Meeting.body_id,
            Meeting.proposed_by,
            Room.name.label("room_name"),
            proposer.full_name.label("proposer"),
            today_theirs.label("today"),
            here.label("here"),
        )
        .join(proposer, and_(proposer.tenant_id == Meeting.tenant_id, proposer.id == Meeting.proposed_by))
        .outerjoin(Room, and_(Room.tenant_id == Meeting.tenant_id, Room.id == Meeting.room_id))
        .where(
            Meeting.starts_at >= bindparam("begin", type_=instant),
            or_(today_theirs, and_(proposed, here), to_book),
            _is_here(),
        )
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(200)
    )


_WORK = _work()


async def work_lines(session: TenantSession, actor: Actor, today: Slot) -> list[WorkLine]:
    """The person's meetings of today; from today on the proposals that wait for them, and what became of their own.

    Of a meeting that waits for another of their posts only that it is.
    """
    rows = await session.rows(
        _WORK,
        **looks(actor, permissions.READ),
        begin=today.starts_at,
        end=today.ends_at,
        told_since=clock.now() - _TOLD_FOR,
        books=actor.may(permissions.BOOK),
    )
    return [_work_line(row, actor) for row in rows]


def _work_line(row: Row[Any], actor: Actor) -> WorkLine:
    waits_here = row.state == PROPOSED and actor.may(permissions.BOOK) and row.body_id in actor.acting.body_ids
    mine = row.proposed_by == actor.person("meetings") and not row.today and not waits_here
    where = row.room_name or row.place
    if row.today and not row.here:
        title, _post_id = _in_another_post(actor, row.body_id)
        where = _("Phòng đã có lịch") if row.room_name else ""
        return WorkLine(row.id, title, row.state, row.starts_at, where, "", masked=True)
    return WorkLine(row.id, row.title, row.state, row.starts_at, where, row.proposer, row.reason, mine)


def _published_of(week: Week) -> Select[*tuple[Any, ...]]:
    return (
        select(WeekPublication.id, WeekPublication.version, WeekPublication.published_at, Staff.full_name)
        .join(Staff, and_(Staff.tenant_id == WeekPublication.tenant_id, Staff.id == WeekPublication.published_by))
        .where(WeekPublication.monday == week.monday)
    )


def _publication(row: Row[Any]) -> Publication:
    return Publication(row.id, row.version, row.published_at, row.full_name)


async def publications(session: TenantSession, week: Week) -> list[Publication]:
    """The publications of a week, the newest first."""
    query = _published_of(week).order_by(WeekPublication.version.desc())
    return [_publication(row) for row in await session.execute(query)]


async def week_facts(session: TenantSession, week: Week) -> tuple[list[Publication], Calendar]:
    """The publications of a week, the newest first, and the organ's calendar of its days, in one statement."""
    first, last = week.days[0], week.days[-1]
    in_order = aggregate_order_by(
        func.jsonb_build_array(CalendarChange.day, CalendarChange.kind, CalendarChange.name),
        CalendarChange.day,
        CalendarChange.origin.desc(),  # what comes from above holds
    )
    changes = (
        select(func.jsonb_agg(in_order))
        .where(CalendarChange.tenant_id == session.tenant_id, CalendarChange.day.between(first, last))
        .scalar_subquery()
    )
    published = _published_of(week).where(WeekPublication.tenant_id == session.tenant_id).subquery("published")
    once = select(literal(1).label("one")).subquery("once")
    query = (
        select(changes.label("changes"), published)
        .select_from(once)
        .outerjoin(published, true())
        .order_by(published.c.version.desc())
    )
    rows = (await session.execute(query)).all()
    changed = [Change(date.fromisoformat(day), kind, name) for day, kind, name in rows[0].changes or ()]
    found = [_publication(row) for row in rows if row.id is not None]
    return found, national_calendar().with_changes(changed)


async def publication(session: TenantSession, week: Week) -> Publication | None:
    """The newest publication of a week."""
    return next(iter(await publications(session, week)), None)


async def told_by(session: TenantSession, actor: Actor, published: Collection[UUID]) -> dict[UUID, dict[UUID, Said]]:
    """What each publication said of the meetings that the person may see, in time order."""
    query = (
        select(PublishedEntry, Staff.full_name)
        .join(Meeting, and_(Meeting.tenant_id == PublishedEntry.tenant_id, Meeting.id == PublishedEntry.meeting_id))
        .join(Staff, and_(Staff.tenant_id == PublishedEntry.tenant_id, Staff.id == PublishedEntry.chair_id))
        .where(PublishedEntry.publication_id.in_(list(published)), _seen_by(actor))
        .order_by(PublishedEntry.starts_at, PublishedEntry.meeting_id)
    )
    found: dict[UUID, dict[UUID, Said]] = {publication_id: {} for publication_id in published}
    for row, chair in await session.execute(query):
        said = Said(row.title, row.chair_id, chair, Slot(row.starts_at, row.ends_at), row.room_id, row.place)
        found[row.publication_id][row.meeting_id] = said
    return found


async def said_now(session: TenantSession, week: Week) -> dict[UUID, Said]:
    """What the calendar says of the week now, of every body: for its publication, not for anybody to read."""
    query = (
        select(
            Meeting.id,
            Meeting.title,
            Meeting.chair_id,
            Meeting.starts_at,
            Meeting.ends_at,
            Meeting.room_id,
            func.coalesce(Room.name, Meeting.place).label("place"),
        )
        .outerjoin(Room, and_(Room.tenant_id == Meeting.tenant_id, Room.id == Meeting.room_id))
        .where(_begins_within(week.slot), Meeting.state.in_(OCCUPYING))
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return {
        row.id: Said(row.title, row.chair_id, "", Slot(row.starts_at, row.ends_at), row.room_id, row.place)
        for row in await session.execute(query)
    }


async def said_in(session: TenantSession, publication_id: UUID) -> dict[UUID, Said]:
    """What a publication said of each meeting."""
    query = select(PublishedEntry).where(PublishedEntry.publication_id == publication_id)
    return {
        row.meeting_id: Said(row.title, row.chair_id, "", Slot(row.starts_at, row.ends_at), row.room_id, row.place)
        for row in await session.scalars(query)
    }


async def count_by_month(session: TenantSession) -> Sequence[Row[Any]]:
    """`(month, body, meetings)` of the meetings booked or held, by the legal month in which they begin.

    What passed to another organ is one of that organ.
    """
    months = await reporting_months(session)
    month = months.column(func.timezone(clock.LEGAL_ZONE.key, Meeting.starts_at))
    query = (
        select(month.label("month"), Body.code.label("body"), func.count().label("meetings"))
        .join(Body, and_(Body.tenant_id == Meeting.tenant_id, Body.id == Meeting.body_id))
        .where(Meeting.state.in_(OCCUPYING), Meeting.kind.in_(rules.MEETING_KINDS), _is_here())
        .group_by(month, Body.code)
        .order_by(month, Body.code)
    )
    return (await session.execute(query)).all()


# What passes to the organ that follows ------------------------------------------------------------------------------


async def rooms_staying(session: TenantSession, most: int | None) -> Sequence[Room]:
    """The rooms that have not passed on, in their order, `most` of them or all."""
    query = select(Room).where(~passages.passed_on(ROOM, Room.id)).order_by(Room.position, Room.id)
    return (await session.scalars(query.limit(most))).all()


async def closures_of(session: TenantSession, room_ids: Collection[UUID], since: date) -> Sequence[RoomClosure]:
    """When these rooms are out of service on that day or later."""
    lasting = or_(RoomClosure.closed_to.is_(None), RoomClosure.closed_to >= since)
    query = select(RoomClosure).where(RoomClosure.room_id.in_(list(room_ids)), lasting)
    return (await session.scalars(query.order_by(RoomClosure.closed_from, RoomClosure.id))).all()


async def meetings_staying(session: TenantSession, since: date, most: int | None) -> list[tuple[Meeting, str]]:
    """The meetings with the names of their rooms that are not over on that day or now, and have not passed on."""
    query = (
        select(Meeting, func.coalesce(Room.name, ""))
        .outerjoin(Room, and_(Room.tenant_id == Meeting.tenant_id, Room.id == Meeting.room_id))
        .where(
            Meeting.starts_at >= clock.instant(max(since, clock.today())),
            Meeting.ends_at > clock.now(),
            Meeting.state.in_((PROPOSED, RETURNED, BOOKED)),
            _is_here(),
        )
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(most)
    )
    return [(meeting, room) for meeting, room in await session.execute(query)]


async def booked_in(
    session: TenantSession, room_ids: Sequence[UUID], since: datetime, until: datetime
) -> Sequence[Meeting]:
    """What is booked in these rooms in that time; nobody else books them until the transaction ends."""
    await session.execute(select(Room.id).where(Room.id.in_(room_ids)).order_by(Room.id).with_for_update())
    query = select(Meeting).where(
        Meeting.room_id.in_(room_ids),
        Meeting.starts_at >= clock.instant(clock.legal(since).date()),
        Meeting.starts_at < until,
        Meeting.state.in_(OCCUPYING),
    )
    return (await session.scalars(query)).all()


async def needing(
    session: TenantSession, staff_ids: Collection[UUID], since: datetime, until: datetime, *, besides: UUID
) -> list[tuple[Meeting, UUID, str]]:
    """`(meeting, person, name)`: who is needed where in that time; without what came over from the organ `besides`."""
    query = (
        select(Meeting, MeetingParticipant.staff_id, Staff.full_name)
        .join(
            MeetingParticipant,
            and_(
                MeetingParticipant.tenant_id == Meeting.tenant_id,
                MeetingParticipant.meeting_id == Meeting.id,
                MeetingParticipant.relation.in_(rules.REQUIRED),
            ),
        )
        .join(Staff, and_(Staff.tenant_id == MeetingParticipant.tenant_id, Staff.id == MeetingParticipant.staff_id))
        .where(
            MeetingParticipant.staff_id.in_(list(staff_ids)),
            Meeting.starts_at >= clock.instant(clock.legal(since).date()),
            Meeting.starts_at < until,
            Meeting.state.in_(OCCUPYING),
            ~passages.came_from(MEETING, Meeting.id, besides),
        )
        .order_by(Meeting.starts_at, Staff.sort_key)
    )
    return [(meeting, staff_id, name) for meeting, staff_id, name in await session.execute(query)]
