"""Whatever the administrator does to the series, whenever: no number text comes twice, and every hole is explained."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, InvalidInput, NotFound
from lienxa.platform.tenancy.organs import organ_by_slug
from lienxa.tenants.documents import api, operations, repository, rules
from lienxa.tenants.documents.models import Document
from lienxa.tenants.documents.schemas import SignedPaper

from .conftest import Do

LETTER, DECISION, REPORT, NOTICE = "state/cong-van", "state/quyet-dinh", "state/bao-cao", "state/thong-bao"
OFFERED = {
    "committee": (LETTER, DECISION, REPORT, NOTICE),
    "party": ("party/nghi-quyet", "party/quyet-dinh", "party/quy-dinh", "party/cong-van"),
}
NEW_YEARS_EVE = date(2026, 12, 31)


@pytest.fixture(autouse=True)
def _before_new_year() -> Iterator[None]:
    with clock.fixed_at(clock.instant(NEW_YEARS_EVE, 16)):
        yield


@pytest.fixture
async def administrator(lam_son: Any, actor_with: Any) -> Actor:
    """The administrator of Lam Sơn."""
    found: Actor = await actor_with(lam_son, "administrator")
    return found


def signed_elsewhere(body_id: UUID, type_code: str, signer_id: UUID) -> SignedPaper:
    """A paper that needs nothing but its number."""
    return SignedPaper(
        body_id, type_code, "Giấy", "Lưu: VT.", None, signer_id, "Chủ tịch", clock.now(), "Việc", "/viec-cua-toi"
    )


# --- Any order of acts ----------------------------------------------------------------------------------------------


def test_in_whatever_order_types_move_no_number_text_is_given_twice(
    templates: Any, database_name: str, offices: None
) -> None:
    with asyncio.Runner() as runner:
        database = Database(templates.cluster.dsn("lx_app", database_name), pool_size=2)
        run_state_machine_as_test(
            lambda: Books(runner, database),
            settings=settings(
                max_examples=6, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
        runner.run(database.close())


class Books(RuleBasedStateMachine):
    """The books of UBND and Đảng ủy over New Year and over congresses; each life is one transaction, taken back."""

    def __init__(self, runner: asyncio.Runner, database: Database) -> None:
        super().__init__()
        self.runner, self.database = runner, database
        self.today, self.terms = NEW_YEARS_EVE - timedelta(days=2), 0
        self.given: dict[tuple[str, str, str], list[str]] = {}

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        async def then() -> Any:
            with clock.fixed_at(clock.instant(self.today, 9)):
                return await work

        return self.runner.run(then())

    def _act(self, operation: Any, actor: Actor, *arguments: Any) -> Any:
        async def work() -> Any:
            async with self.session.begin_nested():
                return await operation(self.session, actor, *arguments)

        return self._do(work())

    @initialize()
    def open_office(self) -> None:
        async def work() -> None:
            async with self.database.control() as control:
                organ = await organ_by_slug(control, "lam-son")
            assert organ
            self.session = self.database.tenant_session(organ.id)
            found = {}
            for role in ("clerk", "administrator"):
                holder = (await people.holders_of_role(self.session, role))[0]
                found[role] = await members.staff_member(self.session, organ, holder.staff_id)
            self.clerk, self.administrator = found["clerk"], found["administrator"]
            self.bodies = {body.code: body.id for body in await people.bodies(self.session)}

        self._do(work())

    def teardown(self) -> None:
        async def work() -> None:
            await self.session.rollback()
            await self.session.close()

        if hasattr(self, "session"):
            self._do(work())

    @rule(body=st.sampled_from(sorted(OFFERED)), which=st.integers(0, 3))
    def give(self, body: str, which: int) -> None:
        with clock.fixed_at(clock.instant(self.today, 9)):
            wanted = signed_elsewhere(self.bodies[body], OFFERED[body][which], self.clerk.staff_id)
        paper = self._act(operations.issuing.enter_signed, self.clerk, wanted)
        # By type: Quyết định and Quy định of the Party, both QĐ, are numbered apart (HD 36-HD/VPTW).
        self.given.setdefault((body, wanted.type_code, paper.period), []).append(paper.number_text)

    @rule(
        body=st.sampled_from(sorted(OFFERED)),
        which=st.sets(st.integers(0, 3), min_size=1),
        goal=st.sampled_from([api.ONE_NEW, api.EACH_OWN]) | st.integers(0, 3),
        next_number=st.none() | st.integers(1, 12),
    )
    def move(self, body: str, which: set[int], goal: str | int, next_number: int | None) -> None:
        if isinstance(goal, int):
            books = self._act(api.body_books, self.administrator, self.bodies[body])
            goal = books.series_of[OFFERED[body][goal]]
        types = [OFFERED[body][number] for number in sorted(which)]
        with suppress(InvalidInput):  # a number would come again
            self._act(api.share_series, self.administrator, self.bodies[body], types, goal, next_number)

    @rule(days=st.sampled_from([1, 1, 30]))
    def pass_time(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(meets_at_once=st.booleans())
    def close_term(self, meets_at_once: bool) -> None:
        first_meeting = self.today if meets_at_once else None
        self.terms += 1
        with suppress(InvalidInput, Conflict):  # it has just begun, or numbers of the day are the old term's
            self._act(
                api.close_term,
                self.administrator,
                f"{2026 + self.terms}-{2031 + self.terms}",
                self.today,
                first_meeting,
            )

    @invariant()
    def no_text_twice(self) -> None:
        for place, texts in self.given.items():
            assert len(texts) == len(set(texts)), place


# --- At the same instant --------------------------------------------------------------------------------------------


async def test_moving_and_raising_series_while_numbers_are_given(
    database: Database, do: Do, administrator: Actor, clerk: Actor, leader: Actor, bodies: dict[str, UUID]
) -> None:
    committee, offered = bodies["committee"], (DECISION, REPORT)
    clients, each = 8, 6
    start = asyncio.Barrier(clients + 2)

    async def give(number: int) -> None:
        await start.wait()
        for turn in range(each):
            wanted = signed_elsewhere(committee, offered[(number + turn) % 2], leader.staff_id)
            await do(operations.issuing.enter_signed, clerk, wanted)  # never refused, whatever moves meanwhile

    async def move() -> None:
        await start.wait()
        for number in (20, 40, 60, 80):
            with suppress(InvalidInput):
                await do(api.share_series, administrator, committee, offered, api.ONE_NEW, number)
            with suppress(InvalidInput):
                await do(api.share_series, administrator, committee, offered, api.EACH_OWN, number + 10)

    async def raise_numbers() -> None:
        await start.wait()
        for number in (15, 35, 55, 75, 95):
            code = (await do(api.body_books, administrator, committee)).series_of[DECISION]
            with suppress(InvalidInput, NotFound):  # the series may have moved away since it was looked up
                await do(api.set_opening_number, administrator, code, number, "Sổ giấy")

    await asyncio.gather(*(give(number) for number in range(clients)), move(), raise_numbers())
    async with database.tenant(clerk.organ.id) as session:
        papers = (await session.scalars(select(Document).where(Document.direction == rules.OUTGOING))).all()
        raised = {
            (event.object_id, event.detail["number"])
            for event in await session.scalars(select(AuditEvent).where(AuditEvent.object_type == "series"))
            if "number" in event.detail
        }
    assert len({paper.number_text for paper in papers}) == len(papers) == clients * each
    by_series: dict[Any, list[int]] = {}
    for paper in papers:
        by_series.setdefault(paper.series_id, []).append(paper.number or 0)
    for series_id, numbers in by_series.items():
        for number in sorted(numbers):
            follows = number == 1 or number - 1 in numbers
            assert follows or (series_id, number) in raised, "a hole that nobody asked for"


async def test_who_waits_over_midnight_for_a_move_takes_a_number_of_the_new_year(
    monkeypatch: pytest.MonkeyPatch, database: Database, do: Do, administrator: Actor, clerk: Actor, leader: Actor,
    bodies: dict[str, UUID],
) -> None:  # fmt: skip
    committee = bodies["committee"]
    wanted = signed_elsewhere(committee, DECISION, leader.staff_id)
    first = await do(operations.issuing.enter_signed, clerk, wanted)
    assert (first.number_text, first.period) == ("01/QĐ-UBND", "2026")
    now = [clock.instant(NEW_YEARS_EVE, 23, 59)]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    async with database.tenant(administrator.organ.id) as session:
        await repository.series.outgoing_uses(session, committee, lock=True)
        waiting = asyncio.create_task(do(operations.issuing.enter_signed, clerk, wanted))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        now[0] = clock.instant(date(2027, 1, 1))
        await api.share_series(session, administrator, committee, [DECISION, REPORT], api.ONE_NEW)
    second = await waiting
    assert (second.number_text, second.period) == ("01/QĐ-UBND", "2027")


async def test_who_waits_for_a_new_term_takes_a_number_of_it(
    database: Database, do: Do, administrator: Actor, clerk: Actor, secretary: Actor, bodies: dict[str, UUID]
) -> None:
    wanted = signed_elsewhere(bodies["party"], "party/nghi-quyet", secretary.staff_id)
    with clock.fixed_at(clock.instant(date(2030, 6, 13), 8)):
        async with database.tenant(administrator.organ.id) as session:
            await repository.series.stop_numbers(session)
            waiting = asyncio.create_task(do(operations.issuing.enter_signed, clerk, wanted))
            await asyncio.sleep(0.2)
            assert not waiting.done()
            await api.close_term(session, administrator, "2030-2035", date(2030, 6, 12))
        paper = await waiting
    assert (paper.number_text, paper.period) == ("01-NQ/ĐU", "2030-2035")
