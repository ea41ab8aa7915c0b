"""Any order of acts on a meeting: only what its state allows succeeds, and what was published stays accounted for."""

import asyncio
from collections.abc import Coroutine
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, Forbidden
from lienxa.platform.tenancy.organs import organ_by_slug
from lienxa.tenants.meetings import operations, repository, rules
from lienxa.tenants.meetings.models import SHOWN, Meeting
from lienxa.tenants.meetings.rules import Slot, Week
from lienxa.tenants.meetings.schemas import MeetingDraft

MONDAY = date(2026, 11, 23)
BECOMES = {
    "book": rules.BOOKED,
    "send_back": rules.RETURNED,
    "refuse": rules.REFUSED,
    "cancel": rules.CANCELLED,
    "hold": rules.HELD,
}
BY_HEAD, BY_PROPOSER = "office_head", "specialist"


def test_acts_in_any_order(templates: Any, database_name: str, offices: None) -> None:
    with asyncio.Runner() as runner:
        database = Database(templates.cluster.dsn("lx_app", database_name), pool_size=2)
        run_state_machine_as_test(
            lambda: Life(runner, database),
            settings=settings(
                max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
        runner.run(database.close())


class Life(RuleBasedStateMachine):
    """One meeting, its proposer and the office head; each life has a week of its own."""

    lives = 0

    def __init__(self, runner: asyncio.Runner, database: Database) -> None:
        super().__init__()
        self.runner, self.database = runner, database
        Life.lives += 1
        self.week = Week.of(MONDAY + timedelta(days=7 * Life.lives))
        self.now = clock.instant(self.week.monday - timedelta(days=4), 8)
        self.published: UUID | None = None

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        async def then() -> Any:
            with clock.fixed_at(self.now):
                return await work

        return self.runner.run(then())

    @initialize()
    def propose(self) -> None:
        async def work() -> None:
            async with self.database.control() as control:
                organ = await organ_by_slug(control, "lam-son")
            assert organ
            async with self.database.tenant(organ.id) as session:
                self.actors: dict[str, Actor] = {}
                for role in (BY_HEAD, BY_PROPOSER):
                    holder = (await people.holders_of_role(session, role))[0]
                    self.actors[role] = await members.staff_member(session, organ, holder.staff_id)
                body = next(found for found in await people.bodies(session) if found.code == "committee")
                room = (await repository.rooms(session))[0]
                starts = clock.instant(self.week.days[2], 8)
                slot = Slot(starts, starts + timedelta(hours=1))
                proposer = self.actors[BY_PROPOSER]
                draft = MeetingDraft(body.id, "Họp", proposer.staff_id, slot, room.id)
                self.meeting_id = (await operations.propose_meeting(session, proposer, draft)).id
                self.tenant_id = organ.id

        self._do(work())
        self.state = rules.PROPOSED

    @rule(act=st.sampled_from([*BECOMES, "move", "revise"]), role=st.sampled_from([BY_HEAD, BY_PROPOSER]))
    def act(self, act: str, role: str) -> None:
        async def work() -> None:
            actor = self.actors[role]
            async with self.database.tenant(self.tenant_id) as session:
                meeting = await repository.meeting(session, actor, self.meeting_id)
                if act in ("send_back", "refuse", "cancel"):
                    await getattr(operations, act)(session, actor, self.meeting_id, "Lý do")
                elif act == "revise":
                    draft = await operations.draft_of(session, meeting, title=f"{meeting.title} *")
                    await operations.revise(session, actor, self.meeting_id, draft)
                elif act == "move":
                    later = Slot(meeting.starts_at + timedelta(hours=1), meeting.ends_at + timedelta(hours=1))
                    await operations.move(session, actor, self.meeting_id, later, room_id=meeting.room_id)
                else:
                    await getattr(operations, act)(session, actor, self.meeting_id)

        before = self._do(self._meeting())
        begun = self.now >= before.starts_at
        allowed = act in rules.allowed_acts(self.state, books=role == BY_HEAD, own=role == BY_PROPOSER, begun=begun)
        try:
            self._do(work())
        except (Conflict, Forbidden):
            assert not allowed, (act, role, self.state)
            assert self._do(self._meeting()).sequence == before.sequence
            return
        assert allowed, (act, role, self.state)
        after = self._do(self._meeting())
        changed = any(getattr(after, name) != getattr(before, name) for name in SHOWN)
        assert after.sequence == before.sequence + changed, "a calendar client must learn of each change, once"
        assert changed == (act in (*BECOMES, "move", "revise"))
        if act == "revise" and self.state == rules.RETURNED:
            self.state = rules.PROPOSED
        self.state = BECOMES.get(act, self.state)

    @rule()
    def begin(self) -> None:
        self.now = max(self.now, clock.instant(self.week.days[2], 7, 30))

    @rule()
    def publish(self) -> None:
        async def work() -> UUID:
            async with self.database.tenant(self.tenant_id) as session:
                return (await operations.publish_week(session, self.actors[BY_HEAD], self.week)).id

        try:
            self.published = self._do(work())
        except Conflict:
            assert self.published or self.state not in rules.OCCUPYING

    @invariant()
    def the_row_is_in_the_state_expected(self) -> None:
        if hasattr(self, "tenant_id"):
            assert self._do(self._meeting()).state == self.state

    @invariant()
    def what_was_published_is_still_shown(self) -> None:
        """In the week everybody sees it as it was said, or marked as what became of it."""
        if self.published is None:
            return

        async def work() -> None:
            async with self.database.tenant(self.tenant_id) as session:
                said = (await repository.said_in(session, self.published)).get(self.meeting_id)
                shown = await repository.calendar(
                    session, self.actors[BY_PROPOSER], self.week.slot, published=self.published
                )
            entry = next((entry for entry in shown if entry.id == self.meeting_id), None)
            if said is None:
                assert entry is None or entry.change in ("", rules.ADDED)
                return
            assert entry is not None
            same = (said.slot, said.title) == (entry.slot, entry.title) and entry.state in rules.OCCUPYING
            assert same == (entry.change == "")

        self._do(work())

    async def _meeting(self) -> Meeting:
        async with self.database.tenant(self.tenant_id) as session:
            return await session.find(Meeting, self.meeting_id)
