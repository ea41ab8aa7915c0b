"""Meetings when communes are merged: each goes on once, with its room and people; what clashes is told and stands."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body, Staff
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import Database
from lienxa.platform.identity.models import AccountOrgan
from lienxa.platform.life import passing
from lienxa.platform.life.models import OrganWork
from lienxa.platform.succession.kinds import SuccessionKind
from lienxa.platform.succession.models import Passage
from lienxa.platform.tenancy.organs import Organ, organ_by_slug
from lienxa.tenants.meetings import figures, repository, rules, succession
from lienxa.tenants.meetings.models import Meeting, MeetingParticipant, Room, RoomClosure

FindActor = Callable[..., Any]
Merge = Callable[[UUID], Awaitable[OrganWork]]
Merged = Callable[[], Awaitable[Organ]]


def tomorrow(hour: int) -> datetime:
    return clock.instant(clock.today() + timedelta(days=1), hour)


async def booked(database: Database, actor: Actor, chair: UUID, hour: int = 8, **others: Any) -> Meeting:
    """A meeting of two hours tomorrow in the first room."""
    async with database.tenant(actor.organ.id) as session:
        body_id = await session.scalar(select(Body.id).where(Body.code == "committee"))
        room = (await repository.rooms(session))[0]
        values = {
            "title": "Họp bàn ngân sách",
            "chair_id": chair,
            "room_id": room.id,
            "starts_at": tomorrow(hour),
            "ends_at": tomorrow(hour + 2),
            "state": rules.BOOKED,
            "proposed_by": actor.staff_id,
            "proposed_at": clock.now(),
            "booked_at": clock.now(),
        }
        meeting = Meeting(id=ids.new_id(), body_id=body_id, **{**values, **others})
        session.add(meeting)
        await session.flush()
        session.add(MeetingParticipant(meeting_id=meeting.id, staff_id=meeting.chair_id, relation="chair"))
    return meeting


async def meetings_of(database: Database, organ: Organ) -> list[Meeting]:
    async with database.tenant(organ.id) as session:
        return list(await session.scalars(select(Meeting).order_by(Meeting.starts_at, Meeting.id)))


async def came_from(database: Database, organ: Organ, kind: str) -> dict[UUID, UUID]:
    """The things of a predecessor -> what they became."""
    async with database.tenant(organ.id) as session:
        rows = await session.scalars(select(Passage).where(Passage.kind == kind, Passage.direction == "in"))
        return {row.other_id: row.thing_id for row in rows}


def shown(meeting: Meeting) -> tuple[Any, ...]:
    return (meeting.title, meeting.starts_at, meeting.ends_at, meeting.state, meeting.kind, meeting.content)


def is_open(meeting: Meeting) -> bool:
    return meeting.ends_at > clock.now() and meeting.state in (rules.PROPOSED, rules.RETURNED, rules.BOOKED)


async def test_every_meeting_ahead_goes_on_exactly_once_in_its_room(
    busy_lam_son: Organ, giang_son_tay: Organ, database: Database, merged: Merged
) -> None:
    before = {organ.id: await meetings_of(database, organ) for organ in (busy_lam_son, giang_son_tay)}
    ahead = {meeting.id: meeting for meetings in before.values() for meeting in meetings if is_open(meeting)}
    assert any(meeting.state == rules.BOOKED for meeting in ahead.values())
    new = await merged()
    arrived, rooms = await came_from(database, new, "meeting"), await came_from(database, new, "room")
    there = {meeting.id: meeting for meeting in await meetings_of(database, new)}
    assert set(arrived) == set(ahead)
    assert Counter(arrived.values()) == Counter(list(there))
    for was, now in arrived.items():
        assert shown(there[now]) == shown(ahead[was])
        assert there[now].room_id == (rooms[ahead[was].room_id] if ahead[was].room_id else None)
    async with database.tenant(new.id) as session:
        names = {room.name for room in await repository.rooms(session)}
        people = Counter(await session.scalars(select(MeetingParticipant.meeting_id)))
    rooms_before = ("Hội trường lớn", "Phòng họp số 1")
    assert names == {f"{room} ({organ})" for room in rooms_before for organ in ("Lam Sơn", "Giang Sơn Tây")}, "no more"
    assert set(people) == set(there), "somebody takes part in each"
    for organ in (busy_lam_son, giang_son_tay):
        assert [shown(one) for one in await meetings_of(database, organ)] == [shown(one) for one in before[organ.id]]


async def test_no_meeting_is_counted_twice(
    busy_lam_son: Organ, giang_son_tay: Organ, database: Database, merged: Merged
) -> None:
    async def counted(*organs: Organ) -> Counter[tuple[Any, str]]:
        total: Counter[tuple[Any, str]] = Counter()
        for organ in organs:
            async with database.tenant(organ.id) as session:
                for row in await figures.held(session):
                    total[row.month, row.dimension] += row.value
        return total

    before = await counted(busy_lam_son, giang_son_tay)
    assert await counted(busy_lam_son, giang_son_tay, await merged()) == before


async def test_who_is_needed_in_both_calendars_is_told_and_both_stand(
    database: Database,
    operator_database: Database,
    leader: Actor,
    office_head: Actor,
    giang_son_tay: Organ,
    actor_with: FindActor,
    actor_there: FindActor,
    merged: Merged,
    sign_in: Any,
) -> None:
    head_there = await actor_with(giang_son_tay, "office_head")
    async with operator_database.control() as control:
        control.add(AccountOrgan(account_id=leader.account_id, tenant_id=giang_son_tay.id, created_at=clock.now()))
    async with database.tenant(giang_son_tay.id) as session:
        also = Staff(id=ids.new_id(), account_id=leader.account_id, full_name=leader.name, sort_key="a")
        session.add(also)
    here = await booked(database, office_head, leader.staff_id)
    there = await booked(database, head_there, also.id, hour=9)
    apart = await booked(database, head_there, also.id, hour=14)
    new = await merged()
    arrived = await came_from(database, new, "meeting")
    found = {meeting.id: meeting for meeting in await meetings_of(database, new)}
    both = [found[arrived[one.id]] for one in (here, there)]
    assert [meeting.state for meeting in both] == [rules.BOOKED] * 2
    assert all("hai lịch gặp nhau" in meeting.clash_reason for meeting in both)
    assert not found[arrived[apart.id]].clash_reason
    async with database.tenant(new.id) as session:
        for meeting in both:
            (told,) = [event for event in await timeline(session, meeting.id) if event.action == "meetings.clash"]
            assert told.detail["clash"] == leader.name
    shown_at = await sign_in(await actor_there(new, office_head))
    page = (await shown_at.get(f"/lich/{both[0].id}")).text
    for text in ("Trùng lịch người", "hai lịch gặp nhau", f"Trùng lịch của {leader.name}", "Nhận bàn giao từ"):
        assert text in page
    before = (await (await sign_in(office_head)).get(f"/lich/{here.id}")).text
    assert f"Đã bàn giao cho {new.full_name}" in before
    assert f"/lich/{here.id}/chuyen" not in before


async def test_a_chair_who_does_not_come_is_still_named_and_somebody_else_is_asked_for(
    database: Database, leader: Actor, office_head: Actor, merged: Merged
) -> None:
    await booked(database, office_head, leader.staff_id, note="Mang theo số liệu")
    async with database.tenant(leader.organ.id) as session:
        left = update(Staff).where(Staff.id == leader.staff_id)
        await session.execute(left.values(left_on=clock.today() - timedelta(days=1)))
    new = await merged()
    (meeting,) = await meetings_of(database, new)
    assert "Mang theo số liệu" in meeting.note
    assert "cử người khác" in meeting.note
    async with database.tenant(new.id) as session:
        assert (await session.find(Staff, meeting.chair_id)).account_id == leader.account_id


async def test_a_room_that_is_out_of_service_stays_so(database: Database, office_head: Actor, merged: Merged) -> None:
    async with database.tenant(office_head.organ.id) as session:
        room = (await repository.rooms(session))[0]
        since = clock.today()
        closed = {"closed_from": since, "closed_to": None, "reason": "Sửa mái", "closed_by": office_head.staff_id}
        session.add(RoomClosure(room_id=room.id, **closed))
    new = await merged()
    rooms = await came_from(database, new, "room")
    async with database.tenant(new.id) as session:
        (closure,) = await session.scalars(select(RoomClosure))
    assert (closure.room_id, closure.reason) == (rooms[room.id], "Sửa mái")


async def test_a_room_that_was_given_to_others_while_the_act_was_broken_off(
    database: Database,
    leader: Actor,
    office_head: Actor,
    actor_there: FindActor,
    merge: Merge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    was = await booked(database, office_head, leader.staff_id)

    async def fails(*_args: Any) -> Any:
        raise RuntimeError("the machine stops")

    rooms, ahead = succession.SUCCESSION
    key = uuid4()
    with monkeypatch.context() as broken:
        stops = SuccessionKind(ahead.code, ahead.kind, ahead.title, ahead.find, fails)
        broken.setattr(passing, "kinds", lambda: [("meetings", rooms), ("meetings", stops)])
        with pytest.raises(RuntimeError):
            await merge(key)
    async with database.control() as control:
        new = await organ_by_slug(control, "long-sa")
    assert new is not None
    head = await actor_there(new, office_head)
    async with database.tenant(new.id) as session:
        room_id = (await session.scalars(select(Room.id).where(Room.name == "Hội trường lớn (Lam Sơn)"))).one()
    other = await booked(database, head, head.staff_id, hour=9, room_id=room_id)
    assert (await merge(key)).state == "done"
    found = {meeting.id: meeting for meeting in await meetings_of(database, new)}
    arrived = await came_from(database, new, "meeting")
    assert set(found) == {other.id, arrived[was.id]}
    meeting = found[arrived[was.id]]
    assert (meeting.state, meeting.room_id, meeting.place) == (rules.BOOKED, None, "Hội trường lớn (Lam Sơn)")
    assert "Phòng này đã có lịch khác" in meeting.note
