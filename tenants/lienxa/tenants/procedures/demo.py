"""Invented cases of the demonstration, made by the operations that users call, the same each time.

Each story says how many working days ago a case was received and how it went on; a step is taken so many working days
after the one before. Some came early, some on time, some late; others still wait.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.members import staff_member
from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import DemoContext
from lienxa.platform.operator import invented
from lienxa.platform.text import _
from lienxa.platform.workdays import national_calendar
from lienxa.tenants.procedures import operations, repository
from lienxa.tenants.procedures.models import Case
from lienxa.tenants.procedures.permissions import PROCESS
from lienxa.tenants.procedures.schemas import (
    AskSupplement,
    FinishCase,
    HandOver,
    ReceiveCase,
    ReturnResult,
    SupplyPapers,
)

Step = Callable[[DemoContext, TenantSession, UUID], Awaitable[Case]]

FULL_COMMUNES = frozenset({"lam-son", "giang-son-tay", "minh-son"})


@dataclass(frozen=True)
class Story:
    """A case: its procedure, received how many working days ago, and after how many the steps were taken.

    None: the step has not been taken. `supplement` is the pair of asking and supplying.
    """

    procedure: str
    days_ago: int
    hand_over: int | None = 0
    supplement: tuple[int, int | None] | None = None
    finish: int | None = None
    give_back: int | None = None


IN_TIME = (
    Story("1.004873", days_ago=9, finish=2, give_back=1),  # 3 working days: early
    Story("1.004884", days_ago=14, finish=3, give_back=2),  # 5: early
    Story("1.004837", days_ago=6, finish=3, give_back=0),  # 3: on time
    Story("1.001193", days_ago=7, finish=1, give_back=0),  # 1: on time
    Story("1.004772", days_ago=8, supplement=(1, 2), finish=4),  # 5, begun anew after the supplement: early
    Story("1.004873", days_ago=3),  # 3: due today
    Story("1.004884", days_ago=2),  # 5: in time, being handled
    Story("1.004746", days_ago=4, supplement=(1, None)),  # waits for papers
    Story("1.012812", days_ago=1, hand_over=None),  # not handed over yet
    Story("1.001193", days_ago=0, hand_over=None),  # came in today
)
MORE_IN_TIME = (
    Story("1.004884", days_ago=18, finish=4, give_back=0),  # 5: early
    Story("1.004873", days_ago=16, finish=3, give_back=1),  # 3: on time
    Story("1.004837", days_ago=20, finish=1, give_back=0),  # 3: early
)
LATE = (
    Story("1.004837", days_ago=5),  # 3: late, not ready
    Story("1.004859", days_ago=12, finish=5, give_back=1),  # 3: late by two
    Story("1.001193", days_ago=10, finish=3, give_back=0),  # 1: late by two
)
STORIES = (*IN_TIME, *MORE_IN_TIME, *LATE)


async def demo(context: DemoContext) -> None:
    """The cases of one commune: a dozen or more in the communes that are shown in full, a few in the others."""
    if context.organ.is_parent:
        return
    chance = Random(context.organ.slug)  # noqa: S311  # invented, not secret
    for story in stories_of(context.organ.slug, chance):
        await _tell(context, chance, story)


def stories_of(slug: str, chance: Random) -> list[Story]:
    """What is told of a commune, the oldest first: 11 to 16 cases in full, else 3 to 7, perhaps none of them late."""
    if slug in FULL_COMMUNES:
        told = [*IN_TIME, *chance.sample(MORE_IN_TIME, chance.randint(0, 3)), *LATE[: chance.randint(1, 3)]]
    else:
        told = chance.sample(IN_TIME + MORE_IN_TIME, chance.randint(3, 5))
        told += chance.sample(LATE, chance.randint(0, 2))
    return sorted(told, key=lambda story: story.days_ago, reverse=True)


async def _tell(context: DemoContext, chance: Random, story: Story) -> None:
    day = _working_days_ago(story.days_ago)
    moment = min(clock.instant(day, chance.randrange(8, 11), chance.randrange(60)), clock.now())
    case_id = await _receive(context, chance, story, moment)
    for days, step in _steps(story):
        if days is None:
            return
        day = national_calendar().add_working_days(day, days)
        drawn = clock.instant(day, chance.randrange(14, 17), chance.randrange(60))
        moment = min(max(drawn, moment + timedelta(minutes=5)), clock.now())
        with clock.fixed_at(moment):
            async with context.transaction() as session:
                await step(context, session, case_id)


def _steps(story: Story) -> list[tuple[int | None, Step]]:
    supplement = [(story.supplement[0], _ask), (story.supplement[1], _supply)] if story.supplement else []
    return [(story.hand_over, _hand_over), *supplement, (story.finish, _finish), (story.give_back, _give_back)]


async def _receive(context: DemoContext, chance: Random, story: Story, received_at: datetime) -> UUID:
    with clock.fixed_at(received_at):
        async with context.transaction() as session:
            procedure = await repository.procedure_in_use(session, story.procedure)
            command = ReceiveCase(
                procedure_key=procedure.key,
                applicant_name=invented.names(chance, 1)[0],
                applicant_phone=f"09{chance.randrange(10**8):08d}",
                applicant_address=_("Xóm {number}", number=chance.randrange(1, 13)),
                papers=procedure.papers,
                agreed_on=clock.today() + timedelta(days=10) if not procedure.time_unit else None,
            )
            case = await operations.receive_case(session, await context.person(session, "counter"), command)
            return case.id


async def _hand_over(context: DemoContext, session: TenantSession, case_id: UUID) -> Case:
    actor = await context.person(session, "counter")
    _case, procedure = await repository.visible_case(session, actor, case_id)
    people = await repository.handlers(session)
    chosen = next((row for row in people if row.section == procedure.section), people[0])
    return await operations.hand_over(session, actor, HandOver(case_id, chosen.staff_id))


async def _handler(context: DemoContext, session: TenantSession, case_id: UUID) -> Actor:
    """The person who handles the case, acting in the post that lets them."""
    counter = await context.person(session, "counter")
    case, _procedure = await repository.visible_case(session, counter, case_id)
    assert case.handler_id is not None
    actor = await staff_member(session, context.organ, case.handler_id)
    return actor.acting_in(next(post.id for post in actor.posts if PROCESS in post.permissions))


async def _ask(context: DemoContext, session: TenantSession, case_id: UUID) -> Case:
    actor = await _handler(context, session, case_id)
    return await operations.ask_supplement(session, actor, AskSupplement(case_id, _("Bản chính giấy tờ tùy thân.")))


async def _supply(context: DemoContext, session: TenantSession, case_id: UUID) -> Case:
    actor = await context.person(session, "counter")
    return await operations.supply_papers(session, actor, SupplyPapers(case_id, _("Giấy tờ tùy thân")))


async def _finish(context: DemoContext, session: TenantSession, case_id: UUID) -> Case:
    actor = await _handler(context, session, case_id)
    return await operations.finish(session, actor, FinishCase(case_id, _("Đã giải quyết, kết quả kèm theo.")))


async def _give_back(context: DemoContext, session: TenantSession, case_id: UUID) -> Case:
    actor = await context.person(session, "counter")
    case, _procedure = await repository.visible_case(session, actor, case_id)
    return await operations.return_result(session, actor, ReturnResult(case_id, case.applicant_name))


def _working_days_ago(count: int) -> date:
    """The working day that lies `count` working days before today (today itself, or the last one before, for 0)."""
    calendar = national_calendar()
    day = clock.today()
    while not calendar.is_working_day(day):
        day -= timedelta(days=1)
    for _step in range(count):
        day -= timedelta(days=1)
        while not calendar.is_working_day(day):
            day -= timedelta(days=1)
    return day
