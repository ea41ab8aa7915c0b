"""Invented meetings of the demonstration, made by the operations that users call, the same each time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import DemoContext
from lienxa.tenants.meetings import operations, repository, rules
from lienxa.tenants.meetings.rules import Slot, Week
from lienxa.tenants.meetings.schemas import MeetingDraft

# Meetings drawn for each week; the communes whose offices are joined keep one calendar and use it more.
_OFTEN, _SELDOM = 4, 1
_JOINED = ("merged", "staff moved")


@dataclass(frozen=True)
class Subject:
    """A kind of meeting: its body, what is said of it, and how long it lasts."""

    body: str
    title: str
    hours: int


DAILY = Subject("committee", "Giao ban lãnh đạo với Văn phòng", 1)
SUBJECTS = (
    Subject("party", "Họp Ban Thường vụ Đảng ủy thường kỳ", 3),
    Subject("party", "Giao ban Thường trực Đảng ủy", 1),
    Subject("party", "Hội nghị Ban Chấp hành Đảng bộ", 3),
    Subject("party", "Họp chi bộ cơ quan", 2),
    Subject("council", "Họp Thường trực HĐND chuẩn bị kỳ họp", 2),
    Subject("council", "Thẩm tra dự thảo nghị quyết phân bổ ngân sách", 3),
    Subject("committee", "Họp thành viên UBND thường kỳ", 3),
    Subject("committee", "Rà soát tiến độ giải phóng mặt bằng", 2),
    Subject("committee", "Kiểm điểm công tác thu ngân sách", 2),
    Subject("committee", "Triển khai kế hoạch phòng, chống thiên tai", 2),
    Subject("committee", "Họp xét hồ sơ hỗ trợ hộ nghèo", 2),
)


@dataclass(frozen=True)
class Cast:
    """Who and what the invented meetings are made of; the people by the code of the body that a post of theirs reaches.

    `leader_ids` may chair, `staff_ids` (specialists and the clerk) are asked to come as well.
    """

    head: Actor
    body_ids: Mapping[str, UUID]
    leader_ids: Mapping[str, Sequence[UUID]]
    staff_ids: Mapping[str, Sequence[UUID]]
    room_ids: Sequence[UUID]


@dataclass(frozen=True)
class Scene:
    """One invented meeting: what, where, when, and who; the chair comes first."""

    subject: Subject
    room_id: UUID
    slot: Slot
    people: Sequence[UUID]


async def demo(context: DemoContext) -> None:
    """Two weeks gone by, this week and the next; some of those to come still wait to be booked."""
    if context.organ.is_parent:
        return
    chance = Random(context.organ.slug)  # noqa: S311  # invented, not secret
    each_week = _OFTEN if context.row["state_in_article"] in _JOINED else _SELDOM
    async with context.transaction() as session:
        cast = await _cast(context, session)
        for scene in _scenes(chance, cast, each_week):
            await _play(session, chance, cast, scene)


async def _cast(context: DemoContext, session: TenantSession) -> Cast:
    body_ids = {body.code: body.id for body in await people.bodies(session)}
    return Cast(
        head=await context.person(session, "office_head"),
        body_ids=body_ids,
        leader_ids=await _by_body(context, session, body_ids, ("leader",)),
        staff_ids=await _by_body(context, session, body_ids, ("clerk", "specialist")),
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


def _scenes(chance: Random, cast: Cast, each_week: int) -> Iterator[Scene]:
    """A daily meeting today, then what is drawn: no title twice in a week, no room or person in two places at once."""
    today = clock.today()
    drawn: list[Scene] = []
    if scene := _scene(chance, cast, DAILY, cast.room_ids[-1], _slot(today, 16, 0, DAILY), ()):
        drawn.append(scene)
        yield scene
    this_week = Week.of(today)
    for week in (this_week.previous.previous, this_week.previous, this_week, this_week.next):
        days = [day for day in week.days if rules.works_on(day)]
        subjects = chance.sample(SUBJECTS, k=each_week)
        for day, subject in zip(chance.choices(days, k=each_week) if days else (), subjects, strict=False):
            slot = _slot(day, chance.choice((7, 8, 9, 13, 14)), chance.choice((0, 30)), subject)
            if scene := _scene(chance, cast, subject, chance.choice(cast.room_ids), slot, drawn):
                drawn.append(scene)
                yield scene


def _scene(
    chance: Random, cast: Cast, subject: Subject, room_id: UUID, slot: Slot, drawn: Sequence[Scene]
) -> Scene | None:
    """The meeting with those who have time for it; None if the room is taken or no leader of its body is free."""
    meanwhile = [other for other in drawn if other.slot.overlaps(slot)]
    busy = {staff_id for other in meanwhile for staff_id in other.people}
    leaders = [staff_id for staff_id in cast.leader_ids[subject.body] if staff_id not in busy]
    if not leaders or room_id in {other.room_id for other in meanwhile}:
        return None
    chair_id = chance.choice(leaders)
    staff = [staff_id for staff_id in cast.staff_ids[subject.body] if staff_id not in busy]
    asked = chance.sample(staff, k=min(2, len(staff)))
    return Scene(subject, room_id, slot, [chair_id, *(other for other in leaders if other != chair_id), *asked])


def _slot(day: date, hour: int, minute: int, subject: Subject) -> Slot:
    starts_at = clock.instant(day, hour, minute)
    return Slot(starts_at, starts_at + timedelta(hours=subject.hours))


async def _play(session: TenantSession, chance: Random, cast: Cast, scene: Scene) -> None:
    """Enter the meeting some days ahead, and record it as held if it is over by now."""
    over = scene.slot.ends_at <= clock.now()
    only_propose = scene.slot.day > clock.today() and chance.random() < 0.3
    asked_on = min(scene.slot.day, clock.today()) - timedelta(days=chance.randint(2, 4))
    with clock.fixed_at(clock.instant(asked_on, 8, chance.randrange(60))):
        draft = MeetingDraft(
            body_id=cast.body_ids[scene.subject.body],
            title=scene.subject.title,
            chair_id=scene.people[0],
            slot=scene.slot,
            room_id=scene.room_id,
            member_ids=scene.people[1:],
        )
        meeting = await operations.propose_meeting(session, cast.head, draft, book=not only_propose)
    if over:
        with clock.fixed_at(scene.slot.ends_at):
            await operations.hold(session, cast.head, meeting.id)
