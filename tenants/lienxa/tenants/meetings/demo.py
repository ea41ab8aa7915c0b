"""Invented meetings of the demonstration, made by the operations that users call, the same each time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from uuid import UUID

from lienxa.platform import clock
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
    """Who and what the invented meetings are made of."""

    head: Actor
    body_ids: Mapping[str, UUID]
    leader_ids: Sequence[UUID]
    specialist_ids: Sequence[UUID]
    room_ids: Sequence[UUID]


@dataclass(frozen=True)
class Scene:
    """One invented meeting: where, when, and what."""

    subject: Subject
    room_id: UUID
    slot: Slot


async def demo(context: DemoContext) -> None:
    """Two weeks gone by, this week and the next; some of those to come still wait to be booked."""
    if context.organ.is_parent:
        return
    chance = Random(context.organ.slug)  # noqa: S311  # invented, not secret
    each_week = _OFTEN if context.row["state_in_article"] in _JOINED else _SELDOM
    async with context.transaction() as session:
        cast = await _cast(context, session)
        for scene in _scenes(chance, cast.room_ids, each_week):
            await _play(session, chance, cast, scene)


async def _cast(context: DemoContext, session: TenantSession) -> Cast:
    return Cast(
        head=await context.person(session, "office_head"),
        body_ids={body.code: body.id for body in await people.bodies(session)},
        leader_ids=[row.staff_id for row in await people.holders_of_role(session, "leader")],
        specialist_ids=[row.staff_id for row in await people.holders_of_role(session, "specialist")],
        room_ids=[room.id for room in await repository.rooms(session)],
    )


def _scenes(chance: Random, room_ids: Sequence[UUID], each_week: int) -> Iterator[Scene]:
    """A daily meeting today, then what is drawn and does not share a room with what was drawn before."""
    today = clock.today()
    drawn = [Scene(DAILY, room_ids[-1], _slot(today, 16, 0, DAILY))]
    yield drawn[0]
    this_week = Week.of(today)
    for week in (this_week.previous.previous, this_week.previous, this_week, this_week.next):
        days = [day for day in week.days if rules.works_on(day)]
        for day in chance.choices(days, k=each_week) if days else ():
            subject = chance.choice(SUBJECTS)
            slot = _slot(day, chance.choice((7, 8, 9, 13, 14)), chance.choice((0, 30)), subject)
            scene = Scene(subject, chance.choice(room_ids), slot)
            if not any(other.room_id == scene.room_id and other.slot.overlaps(slot) for other in drawn):
                drawn.append(scene)
                yield scene


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
            chair_id=chance.choice(cast.leader_ids),
            slot=scene.slot,
            room_id=scene.room_id,
            member_ids=[*cast.leader_ids, *chance.sample(cast.specialist_ids, k=min(2, len(cast.specialist_ids)))],
        )
        meeting = await operations.propose_meeting(session, cast.head, draft, book=not only_propose)
    if over:
        with clock.fixed_at(scene.slot.ends_at):
            await operations.hold(session, cast.head, meeting.id)
