"""A year of invented cases, made by the operations that users call, the same each time.

Cases come in over the working days of the year and go their way by the clock of their procedure; what would happen
after now has not happened yet. So past cases are settled, about one in thirteen of them late, and the last weeks are
in every state. A result has a number only if it is sealed today, or waits for that: documents tell their own year, and
numbers follow their days.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from random import Random
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.members import staff_member
from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import DemoContext
from lienxa.platform.operator import invented
from lienxa.platform.rules import case_rules
from lienxa.platform.text import _
from lienxa.platform.workdays import Calendar, calendar_for
from lienxa.tenants.documents.api import Attachment
from lienxa.tenants.procedures import operations, repository, rules
from lienxa.tenants.procedures.models import Procedure
from lienxa.tenants.procedures.permissions import PROCESS, SIGN
from lienxa.tenants.procedures.schemas import (
    Apologise,
    AskSupplement,
    CloseCase,
    DraftResult,
    HandOver,
    ReceiveCase,
    ReturnResult,
    SupplyPapers,
)

# What citizens come for most; every second case is one of these.
_USUAL = ("1.001193", "1.004884", "1.004873", "1.004837", "1.000894", "1.000656", "2.000815", "2.000884")
# Of a hundred cases that take days: late without a word, late with an apology, refused, withdrawn, with a supplement.
_LATE, _APOLOGY, _REFUSED, _WITHDRAWN, _SUPPLEMENT = 8, 6, 4, 2, 12
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class People:
    """Who acts in the cases of a commune; `handlers` by the code of their section."""

    counter: Actor
    clerk: Actor
    signer: Actor
    handlers: dict[str, Actor]

    def handler(self, procedure: Procedure) -> Actor:
        """Who handles such cases."""
        return self.handlers.get(procedure.section) or next(iter(self.handlers.values()))


@dataclass
class Story:
    """One case: what it asks for, when it came, and what was done when, in order."""

    procedure: Procedure
    received_at: datetime
    steps: "list[tuple[datetime, Step]]" = field(default_factory=list)
    case_id: UUID | None = None


Step = Callable[[TenantSession, People, Story], Awaitable[object]]


async def demo(context: DemoContext) -> None:
    """The cases of one commune, as many as its volume says."""
    if context.organ.is_parent or not context.volume.cases:
        return
    chance = Random(context.organ.slug)  # noqa: S311  # invented, not secret
    async with context.transaction() as session:
        people = await _people(context, session)
        plan = _Plan(chance, await calendar_for(session), await repository.catalogue(session))
    stories = plan.stories(context.since, context.volume.cases, numbered=context.volume.results > 0)
    await _tell(context, people, chance, stories)


async def _tell(context: DemoContext, people: People, chance: Random, stories: Sequence[Story]) -> None:
    """Let everything happen in the order of its time: a day is a transaction."""
    events = [(story.received_at, _receive_from(chance), story) for story in stories]
    events += [(moment, step, story) for story in stories for moment, step in story.steps]
    past = sorted((event for event in events if event[0] <= clock.now()), key=lambda event: event[0])
    for _day, of_day in groupby(past, key=lambda event: clock.legal(event[0]).date()):
        made = 0
        async with context.transaction() as session:
            for moment, step, story in of_day:
                made += moment == story.received_at or (step is _seal and story.procedure.has_number)
                with clock.fixed_at(moment):
                    await step(session, people, story)
        await context.advance(made)


async def _people(context: DemoContext, session: TenantSession) -> People:
    handlers: dict[str, Actor] = {}
    for row in await repository.handlers(session):
        handlers.setdefault(row.section, await _acting(context, session, row.staff_id, PROCESS))
    one_stop = await repository.one_stop(session)
    signer = (await repository.signers(session, one_stop.body_id))[0]
    return People(
        counter=await context.person(session, "counter"),
        clerk=await context.person(session, "clerk"),
        signer=await _acting(context, session, signer.staff_id, SIGN, one_stop.body_id),
        handlers=handlers,
    )


async def _acting(
    context: DemoContext, session: TenantSession, staff_id: UUID, right: str, body_id: UUID | None = None
) -> Actor:
    actor = await staff_member(session, context.organ, staff_id)
    fitting = (post for post in actor.posts if right in post.permissions and body_id in (None, *post.body_ids))
    return actor.acting_in(next(fitting).id)


class _Plan:
    """Draws the stories of a commune's year."""

    def __init__(self, chance: Random, calendar: Calendar, catalogue: Sequence[Procedure]) -> None:
        self._chance = chance
        self._calendar = calendar
        timed = [procedure for procedure in catalogue if procedure.at_one_stop and procedure.time_unit]
        self._plain = [procedure for procedure in timed if not procedure.has_number]
        self._numbered = [procedure for procedure in timed if procedure.has_number and (procedure.time_value or 0) >= 3]
        self._usual = [procedure for procedure in self._plain if procedure.key in _USUAL]

    def stories(self, since: date, count: int, *, numbered: bool) -> list[Story]:
        """So many cases since that day: one of every state as it is today, then the year before them.

        If `numbered`, one of them has a result that got its number and stands in the outgoing book.
        """
        told = [make() for make in self._of_every_state(numbered=numbered)[:count]]
        last = self._working_days_ago(2)
        days = [since + timedelta(days=step) for step in range((last - since).days + 1)]
        working = [day for day in days if self._calendar.is_working_day(day)]
        told += [self._settled(day) for day in sorted(self._chance.choices(working, k=count - len(told)))]
        return told

    # The cases that may be looked for today, one in every state.

    def _of_every_state(self, *, numbered: bool) -> list[Callable[[], Story]]:
        def handled(ago: int, numbered: bool = False) -> Story:
            pool = self._numbered if numbered else [found for found in self._plain if found.time_value == 3]
            story = self._begun(self._chance.choice(pool), self._working_days_ago(ago))
            story.steps.append((story.received_at + 20 * _MINUTE, _hand_over))
            return story

        def then(story: Story, *later: tuple[int, Step]) -> Story:
            for ago, step in later:
                drawn = self._moment(self._working_days_ago(ago), 9, 11) if ago else self._lately()
                story.steps.append((max(drawn, story.steps[-1][0] + 5 * _MINUTE), step))
            return story

        def in_book() -> Story:
            return then(handled(3, numbered=True), (2, _draft), (1, _sign), (0, _seal))

        return [
            lambda: Story(self._chance.choice(self._usual), self._lately()),  # not handed over
            lambda: handled(1),  # being handled
            lambda: handled(3),  # due today
            lambda: then(handled(2), (1, _ask)),  # waits for papers
            lambda: then(handled(2), (1, _draft)),  # waits for the leader
            lambda: then(handled(2), (2, _draft), (1, _sign)),  # waits for the seal
            lambda: then(handled(3, numbered=True), (2, _draft), (1, _sign)),  # waits for number and seal
            lambda: then(handled(3), (2, _draft), (2, _sign), (1, _seal)),  # at the counter
            lambda: then(handled(3), (1, self._apologise(self._calendar.add_working_days(clock.today(), 3)))),
            lambda: handled(6),  # late
            *([in_book] if numbered else []),  # at the counter, with a number
            lambda: then(handled(4), (3, _draft), (3, _sign), (2, _seal), (1, _give_back)),
            lambda: then(handled(4), (3, _refuse)),
            lambda: then(handled(4), (3, _withdraw)),
            lambda: then(handled(4), (3, _stop)),
        ]

    # A case of the past year.

    def _settled(self, day: date) -> Story:
        pool = self._usual if self._chance.random() < 0.5 else self._plain
        story = self._begun(self._chance.choice(pool), day)
        story.steps.append((story.received_at + self._chance.randrange(2, 9) * _MINUTE, _hand_over))
        drawn = self._chance.randrange(100)
        slow = story.procedure.time_unit in ("working_day", "day") and (story.procedure.time_value or 0) >= 3
        if not slow:
            self._result(story, day, self._due(story.received_at, story.procedure))
        elif drawn < _REFUSED:
            self._on(story, self._calendar.add_working_days(day, 1), _refuse)
        elif drawn < _REFUSED + _WITHDRAWN:
            self._on(story, self._calendar.add_working_days(day, 2), _withdraw)
        elif drawn < _REFUSED + _WITHDRAWN + _SUPPLEMENT:
            self._supplement(story, day)
        elif drawn < _REFUSED + _WITHDRAWN + _SUPPLEMENT + _LATE + _APOLOGY:
            self._late(story, day, apology=drawn % 2 == 0)
        else:
            self._result(story, day, self._due(story.received_at, story.procedure))
        return story

    def _supplement(self, story: Story, day: date) -> None:
        asked_on = self._calendar.add_working_days(day, 1)
        self._on(story, asked_on, _ask)
        supplied_on = self._calendar.add_working_days(asked_on, self._chance.randrange(1, 6))
        self._on(story, supplied_on, _supply)
        self._result(story, supplied_on, self._due(story.steps[-1][0], story.procedure))

    def _late(self, story: Story, day: date, *, apology: bool) -> None:
        due_on = self._due(story.received_at, story.procedure)
        ready_on = self._calendar.add_working_days(due_on, self._chance.randrange(1, 4))
        if apology:
            told_on = max(day, self._day_before(due_on))
            new_date = self._calendar.add_working_days(due_on, 4)
            self._on(story, told_on, self._apologise(new_date))
        self._ready(story, ready_on)

    def _result(self, story: Story, begun_on: date, due_on: date) -> None:
        """In time: some days before it is due, or on that day."""
        allowed = self._calendar.working_days_between(begun_on, due_on)
        early = min(self._chance.choice((0, 0, 1, 1, 2, 3)), max(allowed - 1, 0))
        ready_on = due_on
        for _step in range(early):
            ready_on = self._day_before(ready_on)
        self._ready(story, ready_on)

    def _ready(self, story: Story, day: date) -> None:
        """Drafted, signed and sealed on that day, then fetched."""
        begun = story.steps[-1][0]
        moment = begun + 6 * _MINUTE
        if clock.legal(begun).date() < day:
            moment = self._moment(day, 8, 14)
        for step in (_draft, _sign, _seal):
            story.steps.append((moment, step))
            moment += self._chance.randrange(4, 12) * _MINUTE
        if self._chance.random() < 0.4 or story.procedure.time_unit in ("at_once", "hour", "same_day"):
            story.steps.append((moment, _give_back))
            return
        fetched_on = self._calendar.add_working_days(day, self._chance.randrange(1, 4))
        story.steps.append((self._moment(fetched_on, 8, 16), _give_back))

    def _begun(self, procedure: Procedure, day: date) -> Story:
        last_hour = 10 if procedure.time_unit in ("hour", "same_day", "at_once") else 15
        return Story(procedure, min(self._moment(day, 7, last_hour), clock.now()))

    def _on(self, story: Story, day: date, step: Step) -> None:
        story.steps.append((max(self._moment(day, 8, 15), story.steps[-1][0] + 5 * _MINUTE), step))

    def _apologise(self, new_date: date) -> Step:
        async def apologise(session: TenantSession, people: People, story: Story) -> object:
            reason = _("Chờ kết quả xác minh của cơ quan phối hợp.")
            command = Apologise(_id(story), reason, new_date)
            return await operations.apologise(session, people.handler(story.procedure), command)

        return apologise

    def _due(self, begun_at: datetime, procedure: Procedure) -> date:
        rule_set = case_rules(clock.legal(begun_at).date())
        due = rules.first_due(begun_at, procedure.time_value, procedure.time_unit, rule_set, self._calendar)
        assert due is not None
        return due.day

    def _moment(self, day: date, first_hour: int, last_hour: int) -> datetime:
        """Some minute from half past the first hour to the end of the last one."""
        return clock.instant(day, first_hour, 35) + self._chance.randrange((last_hour - first_hour) * 60 + 20) * _MINUTE

    def _lately(self) -> datetime:
        """This morning, or late on the working day before while the office has not opened yet."""
        last = self._working_days_ago(0)
        opened = clock.instant(last, 8)
        if opened <= clock.now():
            return min(self._moment(last, 7, 10), clock.now())
        return self._moment(self._day_before(last), 15, 16)

    def _day_before(self, day: date) -> date:
        day -= timedelta(days=1)
        while not self._calendar.is_working_day(day):
            day -= timedelta(days=1)
        return day

    def _working_days_ago(self, count: int) -> date:
        """The working day that lies so many before today (today itself, or the last one before, for 0)."""
        day = self._day_before(clock.today() + timedelta(days=1))
        for _step in range(count):
            day = self._day_before(day)
        return day


def _id(story: Story) -> UUID:
    assert story.case_id is not None
    return story.case_id


def _receive_from(chance: Random) -> Step:
    async def receive(session: TenantSession, people: People, story: Story) -> object:
        command = ReceiveCase(
            procedure_key=story.procedure.key,
            applicant_name=invented.names(chance, 1)[0],
            applicant_phone=f"09{chance.randrange(10**8):08d}",
            applicant_address=_("Xóm {number}", number=chance.randrange(1, 13)),
            papers=story.procedure.papers,
        )
        case = await operations.receive_case(session, people.counter, command)
        story.case_id = case.id
        return case

    return receive


async def _hand_over(session: TenantSession, people: People, story: Story) -> object:
    command = HandOver(_id(story), people.handler(story.procedure).staff_id)
    return await operations.hand_over(session, people.counter, command)


async def _ask(session: TenantSession, people: People, story: Story) -> object:
    command = AskSupplement(_id(story), _("Bản chính giấy tờ tùy thân của người nộp hồ sơ."))
    return await operations.ask_supplement(session, people.handler(story.procedure), command)


async def _supply(session: TenantSession, people: People, story: Story) -> object:
    return await operations.supply_papers(session, people.counter, SupplyPapers(_id(story), _("Giấy tờ tùy thân")))


async def _draft(session: TenantSession, people: People, story: Story) -> object:
    result = _result_of(story.procedure)
    looked_at = story.steps[-1][1] in (_draft, _sign, _seal)
    file = Attachment(_("du-thao.pdf"), invented.sample_pdf(result)) if looked_at else None
    command = DraftResult(_id(story), result, people.signer.staff_id, file)
    return await operations.draft_result(session, people.handler(story.procedure), command)


def _result_of(procedure: Procedure) -> str:
    """What the paper is that comes out: by its type in the book, or an extract, a confirmation and the like."""
    kinds = {
        "state/quyet-dinh": _("Quyết định"),
        "state/thong-bao": _("Thông báo"),
        "state/to-trinh": _("Tờ trình"),
    }
    kind = kinds.get(procedure.result_type, _("Giấy tờ"))
    return _("{kind} về việc {name}", kind=kind, name=procedure.short_name[:1].lower() + procedure.short_name[1:])


async def _sign(session: TenantSession, people: People, story: Story) -> object:
    return await operations.sign(session, people.signer, _id(story))


async def _seal(session: TenantSession, people: People, story: Story) -> object:
    return await operations.seal(session, people.clerk, _id(story))


async def _give_back(session: TenantSession, people: People, story: Story) -> object:
    case, _procedure = await repository.visible_case(session, people.counter, _id(story))
    return await operations.return_result(session, people.counter, ReturnResult(case.id, case.applicant_name))


async def _refuse(session: TenantSession, people: People, story: Story) -> object:
    command = CloseCase(_id(story), "refuse", _("Hồ sơ không thuộc thẩm quyền giải quyết của UBND cấp xã."))
    return await operations.close_case(session, people.handler(story.procedure), command)


async def _stop(session: TenantSession, people: People, story: Story) -> object:
    command = CloseCase(_id(story), "stop", _("Người nộp đã được giải quyết việc này ở hồ sơ khác."))
    return await operations.close_case(session, people.handler(story.procedure), command)


async def _withdraw(session: TenantSession, people: People, story: Story) -> object:
    return await operations.close_case(
        session, people.counter, CloseCase(_id(story), "withdraw", _("Người nộp đề nghị rút hồ sơ."))
    )
