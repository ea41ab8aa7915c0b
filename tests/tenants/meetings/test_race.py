"""The hall race: whoever asks at the same instant, the database lets one in and the others are told why."""

import asyncio
from datetime import date, timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, InvalidInput
from lienxa.tenants.meetings import operations, repository
from lienxa.tenants.meetings.models import NO_ROOM_TWICE, Meeting
from lienxa.tenants.meetings.rules import Slot, Week
from lienxa.tenants.meetings.schemas import MeetingDraft

ROUNDS, CLIENTS = 30, 8
MONDAY = date(2026, 11, 23)
ANYHOW = "Chỉ thử phòng"
# What nobody may ever see, whatever the code does.
OVERLAPS = text(
    "select count(*) from app.meeting a join app.meeting b on a.tenant_id = b.tenant_id and a.room_id = b.room_id "
    "and a.id < b.id and tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at) "
    "where a.state in ('booked', 'held') and b.state in ('booked', 'held')"
)


async def committee_and_hall(database: Database, actor: Actor) -> tuple[UUID, UUID]:
    async with database.tenant(actor.organ.id) as session:
        body = next(found for found in await people.bodies(session) if found.code == "committee")
        return body.id, (await repository.rooms(session))[0].id


async def test_one_wins_each_round_and_the_others_learn_when(database: Database, office_head: Actor) -> None:
    body_id, room_id = await committee_and_hall(database, office_head)
    chance = Random(3)

    async def ask(slot: Slot) -> InvalidInput | None:
        draft = MeetingDraft(body_id, "Họp", office_head.staff_id, slot, room_id, clash_reason=ANYHOW)
        try:
            async with database.tenant(office_head.organ.id) as session:
                await operations.propose_meeting(session, office_head, draft, book=True)
        except InvalidInput as error:
            return error
        return None

    with clock.fixed_at(clock.instant(MONDAY, 7)):
        for number in range(ROUNDS):
            noon = clock.instant(MONDAY + timedelta(days=number), 12)
            slots = [
                Slot(noon - timedelta(minutes=chance.randint(1, 120)), noon + timedelta(minutes=chance.randint(1, 120)))
                for _client in range(CLIENTS)
            ]
            answers = await asyncio.gather(*map(ask, slots))
            winners = [slot for slot, refusal in zip(slots, answers, strict=True) if refusal is None]
            assert len(winners) == 1
            for refusal in filter(None, answers):
                (fault,) = refusal.fields
                assert fault.field == "room"
                assert winners[0].text() in fault.reason
    async with database.tenant(office_head.organ.id) as session:
        assert await session.scalar(OVERLAPS) == 0


async def test_the_database_itself_refuses_a_clash(database: Database, office_head: Actor) -> None:
    body_id, room_id = await committee_and_hall(database, office_head)
    noon = clock.instant(MONDAY, 12)

    def row(state: str) -> Meeting:
        return Meeting(
            body_id=body_id, title="Họp", chair_id=office_head.staff_id, room_id=room_id, state=state,
            starts_at=noon, ends_at=noon + timedelta(hours=1), proposed_by=office_head.staff_id, proposed_at=noon,
        )  # fmt: skip

    async with database.tenant(office_head.organ.id) as session:
        session.add_all([row("held"), row("proposed"), row("proposed"), row("cancelled")])
    with pytest.raises(IntegrityError, match=NO_ROOM_TWICE):
        async with database.tenant(office_head.organ.id) as session:
            session.add(row("booked"))


async def test_moves_bookings_and_cancellations_never_overlap(database: Database, office_head: Actor) -> None:
    """Clients that book, move and cancel at random for the same hall: nothing but refusals, and never an overlap."""
    body_id, room_id = await committee_and_hall(database, office_head)
    tenant_id = office_head.organ.id

    async def client(seed: int) -> None:
        chance = Random(seed)
        own: list[UUID] = []
        for _step in range(12):
            starts_at = clock.instant(MONDAY, chance.randint(7, 15), chance.choice((0, 30)))
            slot = Slot(starts_at, starts_at + timedelta(minutes=chance.choice((30, 60, 90))))
            try:
                async with database.tenant(tenant_id) as session:
                    if own and chance.random() < 0.3:
                        await operations.cancel(session, office_head, own.pop(), "Đổi ý")
                    elif own and chance.random() < 0.5:
                        await operations.move(session, office_head, own[0], slot, room_id=room_id, clash_reason=ANYHOW)
                    else:
                        draft = MeetingDraft(body_id, "Họp", office_head.staff_id, slot, room_id, clash_reason=ANYHOW)
                        meeting = await operations.propose_meeting(session, office_head, draft, book=True)
                        own.append(meeting.id)
            except InvalidInput as refusal:
                assert [fault.field for fault in refusal.fields] == ["room"]  # noqa: PT017

    with clock.fixed_at(clock.instant(MONDAY, 6)):
        await asyncio.gather(*(client(seed) for seed in range(CLIENTS)))
    async with database.tenant(tenant_id) as session:
        assert await session.scalar(OVERLAPS) == 0


async def test_people_are_booked_twice_only_by_who_says_why(database: Database, office_head: Actor) -> None:
    """The same chair wanted at the same instant in as many rooms as there are clients: one gets them."""
    body_id, _hall = await committee_and_hall(database, office_head)
    slot = Slot(clock.instant(MONDAY, 8), clock.instant(MONDAY, 9))

    async def ask(number: int) -> bool:
        draft = MeetingDraft(body_id, "Họp", office_head.staff_id, slot, place=f"Nhà văn hóa thôn {number}")
        try:
            async with database.tenant(office_head.organ.id) as session:
                await operations.propose_meeting(session, office_head, draft, book=True)
        except InvalidInput as refusal:
            assert [fault.field for fault in refusal.fields] == ["clash_reason"]  # noqa: PT017
            return False
        return True

    with clock.fixed_at(clock.instant(MONDAY, 7)):
        assert sum(await asyncio.gather(*map(ask, range(CLIENTS)))) == 1
        assert sum(await asyncio.gather(*map(ask, range(CLIENTS)))) == 0


async def test_a_week_is_published_once_at_a_time(database: Database, office_head: Actor) -> None:
    body_id, room_id = await committee_and_hall(database, office_head)
    slot = Slot(clock.instant(MONDAY, 8), clock.instant(MONDAY, 9))

    async def publish() -> bool:
        try:
            async with database.tenant(office_head.organ.id) as session:
                await operations.publish_week(session, office_head, Week.of(MONDAY))
        except Conflict:
            return False
        return True

    with clock.fixed_at(clock.instant(MONDAY, 7)):
        async with database.tenant(office_head.organ.id) as session:
            draft = MeetingDraft(body_id, "Họp", office_head.staff_id, slot, room_id)
            await operations.propose_meeting(session, office_head, draft, book=True)
        answers = await asyncio.gather(*(publish() for _client in range(CLIENTS)))
        assert sum(answers) == 1
        async with database.tenant(office_head.organ.id) as session:
            published = await repository.publication(session, Week.of(MONDAY))
    assert published
    assert published.version == 1
