"""Invented meetings of a year, made by the operations that users call, the same each time.

Each week is entered on the Thursday before, published on the Friday, and then takes place. The present week has
changed since it was published; of the next one some entries are still proposals.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import DemoContext
from lienxa.tenants.meetings import operations, repository, rules
from lienxa.tenants.meetings.rules import MEETING, RECEPTION, TRIP, Slot, Week
from lienxa.tenants.meetings.schemas import MeetingDraft

_JOINED = ("merged", "staff moved")
_TRAVEL = timedelta(minutes=rules.TRAVEL_MINUTES)
_BUSY_OFFICE = 150  # from so many entries a year on, the standing committee meets every week
_ONE_IN = 24  # of so many entries one is cancelled
_THIS_WEEK, _NEXT_WEEK = 4, 5


@dataclass(frozen=True)
class Subject:
    """A kind of entry: its body, what is said of it, how long it lasts, who prepares it; `place` if not in a room."""

    body: str
    title: str
    hours: int
    unit: str = "van-phong"
    kind: str = MEETING
    place: str = ""
    attendance: str = ""


DAILY = Subject("committee", "Giao ban lãnh đạo với Văn phòng", 1)
STANDING = Subject("party", "Giao ban Thường trực Đảng ủy", 1)
JOINT = Subject("party", "Giao ban Thường trực Đảng ủy - HĐND - UBND", 2)
BUREAU = Subject("party", "Họp Ban Thường vụ Đảng ủy thường kỳ", 3)
PARTY_CONFERENCE = Subject("party", "Hội nghị Ban Chấp hành Đảng bộ", 3, attendance="Bí thư các chi bộ trực thuộc")
COUNCIL_STANDING = Subject("council", "Họp Thường trực HĐND", 2)
COUNCIL_SESSION = Subject("council", "Kỳ họp HĐND thường lệ", 4, attendance="Đại biểu HĐND, trưởng các thôn")
COMMITTEE = Subject("committee", "Họp thành viên UBND thường kỳ", 3)
CITIZENS = Subject("committee", "Tiếp công dân định kỳ", 3, "tu-phap", RECEPTION, "Phòng tiếp công dân")
OCCASIONAL = (
    Subject("party", "Họp chi bộ cơ quan", 2),
    Subject("party", "Làm việc với các chi bộ về công tác phát triển đảng viên", 2),
    Subject("council", "Thẩm tra dự thảo nghị quyết phân bổ ngân sách", 3, "tai-chinh"),
    Subject("council", "Giám sát việc thu, chi các quỹ ở thôn", 2, "tai-chinh", TRIP, "Nhà văn hóa thôn 2"),
    Subject("committee", "Rà soát tiến độ giải phóng mặt bằng", 2, "dia-chinh"),
    Subject("committee", "Kiểm điểm công tác thu ngân sách", 2, "tai-chinh"),
    Subject("committee", "Triển khai kế hoạch phòng, chống thiên tai", 2, "dia-chinh"),
    Subject("committee", "Họp xét hồ sơ hỗ trợ hộ nghèo", 2, "van-hoa"),
    Subject(
        "committee", "Họp dân về làm đường thôn 3", 2, "dia-chinh", MEETING, "Nhà văn hóa thôn 3", "Nhân dân thôn 3"
    ),
    Subject(
        "committee", "Họp dân về nước sạch thôn 5", 2, "dia-chinh", MEETING, "Nhà văn hóa thôn 5", "Nhân dân thôn 5"
    ),
    Subject("committee", "Kiểm tra công trình trường mầm non", 2, "dia-chinh", TRIP, "Trường mầm non xã"),
    Subject("committee", "Triển khai đo đạc, lập hồ sơ địa chính", 2, "dia-chinh", attendance="Trưởng các thôn"),
)


@dataclass(frozen=True)
class Cast:
    """Who and what the invented meetings are made of; the people by the code of the body that a post of theirs reaches.

    `leader_ids` may chair, `staff_ids` (specialists and the clerk) are asked to come as well.
    """

    head: Actor
    proposer: Actor
    body_ids: Mapping[str, UUID]
    leader_ids: Mapping[str, Sequence[UUID]]
    staff_ids: Mapping[str, Sequence[UUID]]
    unit_ids: Mapping[str, UUID]
    room_ids: Sequence[UUID]


@dataclass(frozen=True)
class Scene:
    """One invented entry: what, where, when, and who; the chair comes first."""

    subject: Subject
    room_id: UUID | None
    slot: Slot
    people: Sequence[UUID]


@dataclass
class Year:
    """What was drawn so far, by day: nobody in two places, no room taken twice, no title twice in a week."""

    chance: Random
    cast: Cast
    by_day: dict[date, list[Scene]] = field(default_factory=dict)
    titles: set[tuple[Week, str]] = field(default_factory=set)

    @property
    def scenes(self) -> list[Scene]:
        """Everything drawn, in time order."""
        return sorted((scene for day in self.by_day.values() for scene in day), key=lambda scene: scene.slot)

    def try_to_add(self, subject: Subject, slot: Slot) -> bool:
        """Draw the entry with those who have time for it, unless its room or every leader of its body is taken."""
        week = Week.of(slot.day)
        rooms = [room_id for room_id in self.cast.room_ids if self.is_free(slot, room_id)]
        if (week, subject.title) in self.titles or not (subject.place or rooms) or not rules.works_on(slot.day):
            return False
        around = Slot(slot.starts_at - _TRAVEL, slot.ends_at + _TRAVEL)
        busy = {who for other in self.by_day.get(slot.day, ()) if other.slot.overlaps(around) for who in other.people}
        leaders = [who for who in self.cast.leader_ids[subject.body] if who not in busy]
        if not leaders:
            return False
        chair = self.chance.choice(leaders)
        others = [who for who in leaders if who != chair] if subject.kind == MEETING else []
        staff = [who for who in self.cast.staff_ids[subject.body] if who not in busy]
        asked = self.chance.sample(staff, k=min(2 if subject.kind == MEETING else 1, len(staff)))
        room_id = None if subject.place else self.chance.choice(rooms)
        self.by_day.setdefault(slot.day, []).append(Scene(subject, room_id, slot, [chair, *others, *asked]))
        self.titles.add((week, subject.title))
        return True

    def is_free(self, slot: Slot, room_id: UUID | None) -> bool:
        """Whether nothing drawn holds the room in the slot."""
        drawn = self.by_day.get(slot.day, ())
        return room_id is None or not any(scene.room_id == room_id and scene.slot.overlaps(slot) for scene in drawn)

    def nobody_else_on(self, slot: Slot, moved: Scene) -> bool:
        """Whether the room and the people of a scene have that slot free."""
        around = Slot(slot.starts_at - _TRAVEL, slot.ends_at + _TRAVEL)
        others = [scene for scene in self.by_day.get(slot.day, ()) if scene != moved and scene.slot.overlaps(around)]
        return not any(scene.room_id == moved.room_id or set(scene.people) & set(moved.people) for scene in others)


async def demo(context: DemoContext) -> None:
    """A year of exactly the volume asked for, as far as the working days of it have room."""
    if context.organ.is_parent:
        return
    chance = Random(context.organ.slug)  # noqa: S311  # invented, not secret
    async with context.transaction() as session:
        cast = await _cast(context, session)
        year = _drawn(context, chance, cast)
        weeks: dict[Week, list[Scene]] = {}
        for scene in year.scenes:
            weeks.setdefault(Week.of(scene.slot.day), []).append(scene)
        for week, scenes in weeks.items():
            await _play_week(session, year, week, scenes)
            await context.advance(len(scenes))


# Drawing ------------------------------------------------------------------------------------------------------------


def _drawn(context: DemoContext, chance: Random, cast: Cast) -> Year:
    """Today and the weeks around it first, then what comes round, then occasions until there are enough."""
    today, wanted = clock.today(), context.volume.meetings
    year, this_week = Year(chance, cast), Week.of(today)
    joined = context.row["state_in_article"] in _JOINED
    count = int(wanted > 0 and year.try_to_add(DAILY, _slot(today, 16, 0, DAILY)))
    for week, many in ((this_week, _THIS_WEEK), (this_week.next, _NEXT_WEEK)):
        count = _occasions(year, week.days, count, min(wanted, count + many))
    regular = list(_coming_round(context.since, today, joined=joined, often=wanted >= _BUSY_OFFICE))
    for subject, day, hour, minute in chance.sample(regular, k=min(len(regular), wanted - count)):
        count += year.try_to_add(subject, _slot(day, hour, minute, subject))
    past = [context.since + timedelta(days=number) for number in range((today - context.since).days)]
    _occasions(year, past, count, wanted)
    return year


def _occasions(year: Year, days: Sequence[date], count: int, wanted: int) -> int:
    """Add occasional entries on these days until `wanted` is reached, or they seem to be full."""
    for _attempt in range(20 * max(0, wanted - count)):
        if count >= wanted:
            break
        subject = year.chance.choice(OCCASIONAL)
        hour = year.chance.choice((7, 8, 9, 13, 14))
        slot = _slot(year.chance.choice(days), hour, year.chance.choice((0, 30)), subject)
        count += year.try_to_add(subject, slot)
    return count


def _coming_round(since: date, today: date, *, joined: bool, often: bool) -> Iterator[tuple[Subject, date, int, int]]:
    """What comes round in a year: weekly and monthly meetings, sessions, days for citizens.

    The offices that are joined meet together each month; the others only once a quarter.
    """
    monday = Week.of(today).monday
    while monday >= since:
        week, nth = Week(monday), (monday.day - 1) // 7 + 1
        monday -= timedelta(days=7)
        month = week.monday.month
        if often or nth == 1:
            yield STANDING, week.days[0], 7, 30
        if nth == 1:
            yield COMMITTEE, week.days[3], 13, 30
            if month in (7, 12):
                yield COUNCIL_SESSION, week.days[4], 7, 30
        if nth == 2:
            yield CITIZENS, week.days[2], 8, 0
            yield COUNCIL_STANDING, week.days[1], 14, 0
        if nth == 3:
            yield BUREAU, week.days[2], 8, 0
            if month % 3 == 0:
                yield PARTY_CONFERENCE, week.days[4], 8, 0
        if nth == 4:
            yield CITIZENS, week.days[2], 8, 0
            if joined or month % 3 == 0:
                yield JOINT, week.days[4], 8, 0


def _slot(day: date, hour: int, minute: int, subject: Subject) -> Slot:
    starts_at = clock.instant(day, hour, minute)
    return Slot(starts_at, starts_at + timedelta(hours=subject.hours))


# Playing ------------------------------------------------------------------------------------------------------------


async def _play_week(session: TenantSession, year: Year, week: Week, scenes: Sequence[Scene]) -> None:
    """Enter the week, publish it, and let happen what has happened by now."""
    this_week = Week.of(clock.today())
    thursday = clock.instant(week.monday - timedelta(days=4), 8)
    entered = min(thursday, clock.instant(clock.today() - timedelta(days=1), 14))
    if week > this_week:
        await _propose_next(session, year, scenes, entered)
        return
    # The last entry of the present week comes in after it was published.
    late = [scenes[-1]] if week == this_week and len(scenes) > 1 and scenes[-1].slot.starts_at > clock.now() else []
    ids = [await _enter(session, year.cast, scene, entered) for scene in scenes if scene not in late]
    with clock.fixed_at(thursday + timedelta(days=1, hours=8)):
        await operations.publish_week(session, year.cast.head, week)
    monday = clock.instant(week.monday, 7)
    ids += [await _enter(session, year.cast, scene, min(monday, clock.now())) for scene in late]
    if week == this_week:
        await _change(session, year, scenes, ids)
    await _take_place(session, year, scenes, ids)


async def _take_place(session: TenantSession, year: Year, scenes: Sequence[Scene], ids: Sequence[UUID]) -> None:
    """What is over was held, or now and then cancelled the day before."""
    for scene, meeting_id in zip(scenes, ids, strict=True):
        if scene.slot.ends_at > clock.now():
            continue
        if scene.subject.kind == MEETING and year.chance.randrange(_ONE_IN) == 0:
            with clock.fixed_at(clock.instant(scene.slot.day - timedelta(days=1), 15)):
                await operations.cancel(session, year.cast.head, meeting_id, "Lãnh đạo đi công tác đột xuất")
            continue
        with clock.fixed_at(scene.slot.ends_at):
            await operations.hold(session, year.cast.head, meeting_id)


async def _change(session: TenantSession, year: Year, scenes: Sequence[Scene], ids: Sequence[UUID]) -> None:
    """Of what is still to come this week one entry is moved, and of several one is cancelled."""
    now = clock.now()
    coming = [(scene, ids[number]) for number, scene in enumerate(scenes) if scene.slot.starts_at > now]
    others = [(scene, meeting_id) for scene, meeting_id in coming if scene.subject != DAILY and scene != scenes[-1]]
    for scene, meeting_id in others[:1]:
        for hours in (1, -1, 2):
            slot = Slot(scene.slot.starts_at + timedelta(hours=hours), scene.slot.ends_at + timedelta(hours=hours))
            if slot.day == scene.slot.day and slot.starts_at > now and year.nobody_else_on(slot, scene):
                await operations.move(
                    session, year.cast.head, meeting_id, slot, room_id=scene.room_id, place=scene.subject.place
                )
                year.by_day[slot.day].remove(scene)
                year.by_day[slot.day].append(Scene(scene.subject, scene.room_id, slot, scene.people))
                break
    for _scene, meeting_id in others[1:2]:
        await operations.cancel(session, year.cast.head, meeting_id, "Hoãn theo lịch của cấp trên")


async def _propose_next(session: TenantSession, year: Year, scenes: Sequence[Scene], at: datetime) -> None:
    """The next week is being planned: half of it waits, one proposal was sent back, one was refused."""
    cast = year.cast
    own = [scene for scene in scenes if cast.body_ids[scene.subject.body] in cast.proposer.acting.body_ids]
    for number, scene in enumerate(own):
        meeting_id = await _enter(session, cast, scene, at, proposer=cast.proposer)
        with clock.fixed_at(at + timedelta(hours=2)):
            if number == 1:
                await operations.send_back(session, cast.head, meeting_id, "Bổ sung thành phần, nêu rõ nội dung")
            if number == 3:
                await operations.refuse(session, cast.head, meeting_id, "Ghép với cuộc họp thành viên UBND")
    for scene in scenes:
        if scene not in own:
            await _enter(session, cast, scene, at)


async def _enter(
    session: TenantSession, cast: Cast, scene: Scene, at: datetime, *, proposer: Actor | None = None
) -> UUID:
    """Book the entry at that time, or let somebody propose it."""
    with clock.fixed_at(at):
        draft = MeetingDraft(
            body_id=cast.body_ids[scene.subject.body],
            kind=scene.subject.kind,
            title=scene.subject.title,
            chair_id=scene.people[0],
            slot=scene.slot,
            room_id=scene.room_id,
            place=scene.subject.place,
            member_ids=scene.people[1:],
            attendance=scene.subject.attendance,
            unit_id=cast.unit_ids[scene.subject.unit],
            follower_id=cast.head.staff_id,
        )
        actor = proposer or cast.head
        meeting = await operations.propose_meeting(session, actor, draft, book=proposer is None)
    return meeting.id


# The people ---------------------------------------------------------------------------------------------------------


async def _cast(context: DemoContext, session: TenantSession) -> Cast:
    body_ids = {body.code: body.id for body in await people.bodies(session)}
    return Cast(
        head=await context.person(session, "office_head"),
        proposer=await context.person(session, "specialist"),
        body_ids=body_ids,
        leader_ids=await _by_body(context, session, body_ids, ("leader",)),
        staff_ids=await _by_body(context, session, body_ids, ("clerk", "specialist")),
        unit_ids={unit.code: unit.id for unit in await people.units(session)},
        room_ids=[room.id for room in await repository.rooms(session)],
    )


async def _by_body(
    context: DemoContext, session: TenantSession, body_ids: Mapping[str, UUID], roles: Sequence[str]
) -> dict[str, list[UUID]]:
    """By body, whoever holds a post of these roles that reaches it, by rank."""
    found: dict[str, list[UUID]] = {code: [] for code in body_ids}
    holders = [row.staff_id for role in roles for row in await people.holders_of_role(session, role)]
    for staff_id in dict.fromkeys(holders):
        person = await members.staff_member(session, context.organ, staff_id)
        reached = {body_id for post in person.posts if post.role in roles for body_id in post.body_ids}
        for code, body_id in body_ids.items():
            if body_id in reached:
                found[code].append(staff_id)
    return found
