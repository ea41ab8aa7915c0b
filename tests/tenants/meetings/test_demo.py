"""The invented year: exactly as much as asked for, and nothing that the rules forbid."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.module import DemoContext, DemoVolume
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.meetings import repository, rules
from lienxa.tenants.meetings.demo import demo
from lienxa.tenants.meetings.models import Meeting
from lienxa.tenants.meetings.rules import Slot, Week

MONDAY = date(2026, 11, 23)
SINCE = timedelta(days=364)
Story = Callable[..., Awaitable[Sequence[Meeting]]]


@pytest.fixture
def story(database: Database, actor_with: Any) -> Story:
    """Let the demonstration happen at 7:00 of a day, and read all that it made."""

    async def tell(organ: Organ, state: str, today: date, meetings: int = 30) -> Sequence[Meeting]:
        made: list[int] = []

        async def person(session: TenantSession, role: str) -> Actor:
            return await actor_with(organ, role)

        async def advance(count: int) -> None:
            made.append(count)

        context = DemoContext(
            organ,
            {"state_in_article": state},
            partial(database.tenant, organ.id),
            person,
            {},
            [],
            volume=DemoVolume(40, 10, 12, 18, meetings, 36),
            since=today - SINCE,
            advance=advance,
        )
        with clock.fixed_at(clock.instant(today, 7)):
            await demo(context)
        async with database.tenant(organ.id) as session:
            found = (await session.scalars(select(Meeting).order_by(Meeting.starts_at))).all()
        assert sum(made) == len(found)
        return found

    return tell


async def test_a_year_has_exactly_its_volume_and_the_weeks_up_to_this_one_are_published(
    database: Database, lam_son: Organ, story: Story, office_head: Actor
) -> None:
    found = await story(lam_son, "merged", MONDAY)
    assert len(found) == 30
    assert min(row.starts_at for row in found) < clock.instant(MONDAY - timedelta(days=200))
    now = clock.instant(MONDAY, 7)
    over = {rules.HELD, rules.CANCELLED}
    assert all((row.state in over) for row in found if row.ends_at <= now)
    this_week, next_week = Week.of(MONDAY), Week.of(MONDAY).next
    states = {row.state for row in found if next_week.slot.starts_at <= row.starts_at}
    assert rules.PROPOSED in states
    async with database.tenant(lam_son.id) as session:
        for week in {Week.of(clock.legal(row.starts_at).date()) for row in found}:
            assert (await repository.publication(session, week) is not None) == (week <= this_week), week
        published = await repository.publication(session, this_week)
        assert published
        entries = await repository.calendar(session, office_head, this_week.slot, published.id)
    assert {entry.change for entry in entries} >= {"", rules.ADDED}


async def test_nobody_is_in_two_meetings_and_everybody_has_a_post_for_it(
    database: Database, lam_son: Organ, story: Story
) -> None:
    found = [row for row in await story(lam_son, "merged", MONDAY, 60) if row.state in rules.OCCUPYING]
    titles = Counter((Week.of(clock.legal(row.starts_at).date()), row.title) for row in found)
    assert max(titles.values()) == 1
    taking_part: dict[Any, list[Slot]] = {}
    reached: dict[Any, dict[Any, bool]] = {}
    async with database.tenant(lam_son.id) as session:
        taking = await repository.participants(session, [row.id for row in found])
        for row in found:
            slot = Slot(row.starts_at, row.ends_at)
            for person in taking[row.id]:
                if person.relation == "preparer":
                    continue
                if person.staff_id not in reached:
                    actor = await members.staff_member(session, lam_son, person.staff_id)
                    reached[person.staff_id] = {
                        body_id: post.role == "leader" for post in reversed(actor.posts) for body_id in post.body_ids
                    }
                assert row.body_id in reached[person.staff_id]
                assert person.relation != "chair" or reached[person.staff_id][row.body_id]
                earlier = taking_part.setdefault(person.staff_id, [])
                assert not any(other.overlaps(slot) for other in earlier)
                earlier.append(slot)
    assert not any(row.clash_reason for row in found)


async def test_an_office_not_yet_joined_meets_together_less_often(
    lam_son: Organ, giang_son_tay: Organ, story: Story
) -> None:
    joint = [
        sum("Đảng ủy - HĐND" in row.title for row in await story(organ, state, MONDAY, 60))
        for organ, state in ((lam_son, "merged"), (giang_son_tay, "planned"))
    ]
    assert joint[0] > joint[1] > 0


@pytest.mark.parametrize("today", [date(2027, 2, 8), date(2026, 11, 29), date(2026, 11, 27), date(2099, 1, 1)])
async def test_it_works_at_tet_on_a_sunday_on_a_friday_and_beyond_the_known_calendar(
    lam_son: Organ, story: Story, today: date
) -> None:
    assert len(await story(lam_son, "merged", today, 20)) == 20
