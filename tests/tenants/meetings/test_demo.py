"""The invented meetings: enough of them, the same each time, and the past recorded as held."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.module import DemoContext, DemoVolume
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.meetings import repository, rules
from lienxa.tenants.meetings.demo import demo
from lienxa.tenants.meetings.rules import Slot
from lienxa.tenants.meetings.schemas import CalendarEntry

MONDAY = date(2026, 11, 23)
Story = Callable[[Organ, str, date], Awaitable[Sequence[CalendarEntry]]]


@pytest.fixture
def story(database: Database, actor_with: Any) -> Story:
    """Let the demonstration happen at 15:00 of a day, and read the calendar around it."""

    async def tell(organ: Organ, state: str, today: date) -> Sequence[CalendarEntry]:
        head = await actor_with(organ, "office_head")

        async def person(session: TenantSession, role: str) -> Actor:
            return head

        context = DemoContext(
            organ,
            {"state_in_article": state},
            partial(database.tenant, organ.id),
            person,
            {},
            [],
            volume=DemoVolume(40, 10, 12, 18, 30, 36),
            since=clock.today() - timedelta(days=364),
        )
        with clock.fixed_at(clock.instant(today, 15)):
            await demo(context)
        around = Slot(clock.instant(today - timedelta(days=21)), clock.instant(today + timedelta(days=21)))
        async with database.tenant(organ.id) as session:
            return await repository.calendar(session, head, around)

    return tell


async def test_a_joined_office_has_past_present_and_coming_meetings(lam_son: Organ, story: Story) -> None:
    entries = await story(lam_son, "merged", MONDAY)
    assert len(entries) >= 8
    assert {entry.slot.day for entry in entries if entry.slot.day == MONDAY}
    assert all((entry.state == rules.HELD) == (entry.slot.ends_at <= clock.instant(MONDAY, 15)) for entry in entries)
    weeks = {rules.Week.of(entry.slot.day).number for entry in entries}
    assert weeks == {46, 47, 48, 49}


async def test_nobody_is_in_two_meetings_and_no_title_comes_twice_in_a_week(
    database: Database, lam_son: Organ, story: Story
) -> None:
    entries = await story(lam_son, "merged", MONDAY)
    titles = [(rules.Week.of(entry.slot.day), entry.title) for entry in entries]
    assert len(titles) == len(set(titles))
    taking_part: dict[Any, list[Slot]] = {}
    async with database.tenant(lam_son.id) as session:
        bodies = {body.name: body.id for body in await people.bodies(session)}
        for entry in entries:
            chairs = 0
            for person in (await repository.participants(session, [entry.id]))[entry.id]:
                if person.relation == "preparer":
                    continue
                actor = await members.staff_member(session, lam_son, person.staff_id)
                posts = [post for post in actor.posts if bodies[entry.body_name] in post.body_ids]
                assert posts, (entry.title, actor.name)
                assert person.relation != "chair" or any(post.role == "leader" for post in posts)
                chairs += person.relation == "chair"
                earlier = taking_part.setdefault(person.staff_id, [])
                assert not any(slot.overlaps(entry.slot) for slot in earlier)
                earlier.append(entry.slot)
            assert chairs == 1


async def test_an_office_not_yet_joined_has_a_few(giang_son_tay: Organ, story: Story) -> None:
    assert 2 <= len(await story(giang_son_tay, "planned", MONDAY)) <= 5


@pytest.mark.parametrize("today", [date(2027, 2, 8), date(2026, 11, 29), date(2099, 1, 1)])
async def test_it_works_at_tet_on_a_sunday_and_beyond_the_known_calendar(
    lam_son: Organ, story: Story, today: date
) -> None:
    assert await story(lam_son, "merged", today)
