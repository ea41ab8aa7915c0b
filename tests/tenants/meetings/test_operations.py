"""Proposing, booking, moving, cancelling and holding, and who sees what of it."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, func, select

from lienxa.platform import clock, ids
from lienxa.platform.access import members
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.errors import Conflict, Forbidden, InvalidInput, NotFound
from lienxa.platform.notify import notices
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.meetings import figures, operations, pages, repository, rules
from lienxa.tenants.meetings.models import Meeting
from lienxa.tenants.meetings.rules import Slot, Week, slot_on
from lienxa.tenants.meetings.schemas import MeetingDraft

MONDAY = date(2026, 11, 23)
LONG_AGO = clock.instant(MONDAY - timedelta(days=7), 8)


@pytest.fixture(autouse=True)
def _a_week_before():
    with clock.fixed_at(LONG_AGO):
        yield


def at(starts: str, ends: str, day: date = MONDAY) -> Slot:
    return slot_on(day, time.fromisoformat(starts), time.fromisoformat(ends))


async def draft_of(
    session: TenantSession, actor: Actor, slot: Slot, *, body: str = "committee", room: int | None = 0, **fields: object
) -> MeetingDraft:
    body_ids = {found.code: found.id for found in await people.bodies(session)}
    rooms = await repository.rooms(session)
    leader = (await people.holders_of_role(session, "leader"))[0]
    values = {
        "body_id": body_ids[body],
        "title": "Họp bàn ngân sách",
        "chair_id": leader.staff_id,
        "slot": slot,
        "room_id": None if room is None else rooms[room].id,
        "clash_reason": "Chỉ thử phòng",  # the chair is the same everywhere; tests of people say ""
        **fields,
    }
    return MeetingDraft(**values)  # type: ignore[arg-type]


async def booked(database: Database, actor: Actor, slot: Slot, **options: object) -> UUID:
    async with database.tenant(actor.organ.id) as session:
        draft = await draft_of(session, actor, slot, **options)  # type: ignore[arg-type]
        return (await operations.propose_meeting(session, actor, draft, book=True)).id


async def proposed(database: Database, actor: Actor, slot: Slot, **options: object) -> UUID:
    async with database.tenant(actor.organ.id) as session:
        draft = await draft_of(session, actor, slot, **options)  # type: ignore[arg-type]
        return (await operations.propose_meeting(session, actor, draft)).id


async def state_of(database: Database, organ: Organ, meeting_id: UUID) -> str:
    async with database.tenant(organ.id) as session:
        return (await session.find(Meeting, meeting_id)).state


async def head_of(database: Database, organ: Organ) -> Actor:
    async with database.tenant(organ.id) as session:
        holder = (await people.holders_of_role(session, "office_head"))[0]
        return await members.staff_member(session, organ, holder.staff_id)


async def test_a_proposal_is_booked_and_leaves_its_trail(
    database: Database, specialist: Actor, office_head: Actor
) -> None:
    meeting_id = await proposed(database, specialist, at("08:00", "10:00"))
    async with database.tenant(specialist.organ.id) as session:
        await operations.book(session, office_head, meeting_id)
    async with database.tenant(specialist.organ.id) as session:
        assert (await repository.entry(session, specialist, meeting_id)).state == rules.BOOKED
        acts = [event.action for event in await timeline(session, meeting_id)]
        people_there = (await repository.participants(session, [meeting_id]))[meeting_id]
        relations = {person.relation for person in people_there}
    assert acts == ["meetings.propose", "meetings.book"]
    assert relations == {"chair", "preparer"}


async def test_a_clash_is_explained_and_leaves_nothing(database: Database, office_head: Actor) -> None:
    await booked(database, office_head, at("08:00", "10:00"), title="Giao ban")
    with pytest.raises(InvalidInput) as refused:
        await booked(database, office_head, at("09:30", "11:00"))
    (fault,) = refused.value.fields
    assert fault.field == "room"
    assert fault.reason == "Hội trường lớn đã có lịch 08:00–10:00 ngày 23/11/2026: Giao ban."
    assert fault.remedy == ("Giờ này còn trống: Phòng họp số 1. Hội trường lớn trống lúc 10:00–11:30 ngày 23/11/2026.")
    async with database.tenant(office_head.organ.id) as session:
        assert await session.scalar(select(func.count()).select_from(Meeting)) == 1


async def test_a_meeting_may_begin_when_the_other_ends(database: Database, office_head: Actor) -> None:
    await booked(database, office_head, at("08:00", "10:00"))
    await booked(database, office_head, at("10:00", "11:00"))
    await booked(database, office_head, at("07:00", "08:00"))


async def test_the_same_time_in_another_room_or_elsewhere_is_free(database: Database, office_head: Actor) -> None:
    await booked(database, office_head, at("08:00", "10:00"))
    await booked(database, office_head, at("08:00", "10:00"), room=1)
    await booked(database, office_head, at("08:00", "10:00"), room=None, place="Nhà văn hóa thôn 3")


async def test_another_organs_rooms_are_its_own(database: Database, office_head: Actor, giang_son_tay: Organ) -> None:
    other = await head_of(database, giang_son_tay)
    await booked(database, office_head, at("08:00", "10:00"))
    await booked(database, other, at("08:00", "10:00"))
    async with database.tenant(giang_son_tay.id) as session:
        assert len(await repository.calendar(session, other, Week.of(MONDAY).slot)) == 1


async def test_another_organs_meeting_and_room_do_not_exist_here(
    database: Database, office_head: Actor, giang_son_tay: Organ
) -> None:
    other = await head_of(database, giang_son_tay)
    theirs = await booked(database, other, at("08:00", "10:00"))
    async with database.tenant(giang_son_tay.id) as session:
        their_room = (await repository.rooms(session))[0].id
    async with database.tenant(office_head.organ.id) as session:
        for act in (operations.book, operations.hold):
            with pytest.raises(NotFound):
                await act(session, office_head, theirs)
        with pytest.raises(NotFound):
            await repository.entry(session, office_head, theirs)
        draft = await draft_of(session, office_head, at("08:00", "10:00"))
        for wrong, field in (("room_id", "room"), ("chair_id", "chair"), ("body_id", "body")):
            values = {name: getattr(draft, name) for name in draft.__struct_fields__} | {wrong: their_room}
            with pytest.raises(InvalidInput) as refused:
                await operations.propose_meeting(session, office_head, MeetingDraft(**values), book=True)
            assert [fault.field for fault in refused.value.fields] == [field]


async def test_moving_frees_the_old_time_and_refuses_a_taken_one(database: Database, office_head: Actor) -> None:
    first = await booked(database, office_head, at("08:00", "10:00"))
    await booked(database, office_head, at("10:00", "11:00"))
    async with database.tenant(office_head.organ.id) as session:
        room_id = (await repository.rooms(session))[0].id
        await operations.move(session, office_head, first, at("07:30", "10:00"), room_id=room_id)
    with pytest.raises(InvalidInput, match="Phòng đã có lịch"):
        async with database.tenant(office_head.organ.id) as session:
            await operations.move(
                session, office_head, first, at("07:30", "10:30"), room_id=room_id, clash_reason="Chỉ thử phòng"
            )
    async with database.tenant(office_head.organ.id) as session:
        await operations.move(session, office_head, first, at("14:00", "15:00"), room_id=room_id)
    await booked(database, office_head, at("08:00", "10:00"))


async def test_a_cancelled_meeting_frees_its_room_and_tells_why(database: Database, office_head: Actor) -> None:
    meeting_id = await booked(database, office_head, at("08:00", "10:00"))
    async with database.tenant(office_head.organ.id) as session:
        with pytest.raises(InvalidInput):
            await operations.cancel(session, office_head, meeting_id, "")
        await operations.cancel(session, office_head, meeting_id, "Lãnh đạo đi công tác")
    await booked(database, office_head, at("08:00", "10:00"))
    async with database.tenant(office_head.organ.id) as session:
        with pytest.raises(Conflict):
            await operations.cancel(session, office_head, meeting_id, "Lần nữa")
        shown = await repository.calendar(session, office_head, Week.of(MONDAY).slot)
    assert meeting_id not in [entry.id for entry in shown]


async def test_a_meeting_is_held_once_it_has_begun(database: Database, office_head: Actor) -> None:
    meeting_id = await booked(database, office_head, at("08:00", "10:00"))
    async with database.tenant(office_head.organ.id) as session:
        with pytest.raises(Conflict):
            await operations.hold(session, office_head, meeting_id)
    with clock.fixed_at(clock.instant(MONDAY, 9)):
        async with database.tenant(office_head.organ.id) as session:
            await operations.hold(session, office_head, meeting_id)
            with pytest.raises(Conflict):
                await operations.cancel(session, office_head, meeting_id, "Muộn rồi")


async def test_who_only_proposes_cannot_book_but_may_withdraw(
    database: Database, specialist: Actor, office_head: Actor, counter: Actor
) -> None:
    meeting_id = await proposed(database, specialist, at("08:00", "10:00"))
    async with database.tenant(specialist.organ.id) as session:
        with pytest.raises(Forbidden):
            await operations.book(session, specialist, meeting_id)
        with pytest.raises(Forbidden):
            await operations.cancel(session, counter, meeting_id, "Không phải của tôi")
        draft = await draft_of(session, counter, at("08:00", "10:00"))
        with pytest.raises(Forbidden):
            await operations.propose_meeting(session, counter, draft)
        with pytest.raises(Forbidden):
            await operations.propose_meeting(session, specialist, draft, book=True)
        await operations.cancel(session, specialist, meeting_id, "Không cần nữa")
    assert await state_of(database, specialist.organ, meeting_id) == rules.CANCELLED


async def test_the_title_is_for_those_who_may_see_it(database: Database, office_head: Actor, specialist: Actor) -> None:
    secretive = await booked(database, office_head, at("08:00", "10:00"), body="party", title="Công tác cán bộ")
    async with database.tenant(office_head.organ.id) as session:
        (seen,) = await repository.calendar(session, office_head, Week.of(MONDAY).slot)
        (in_week,) = await repository.calendar(session, specialist, Week.of(MONDAY).slot)
        (masked,) = await repository.occupied(session, specialist, Week.of(MONDAY).slot)
        with pytest.raises(NotFound):
            await repository.entry(session, specialist, secretive)
        assert not await repository.search(session, specialist, "can bo", 10)
        assert len(await repository.search(session, office_head, "can bo", 10)) == 1
    assert seen.title == "Công tác cán bộ"
    assert (in_week.title, in_week.where, in_week.slot) == ("Lịch của cơ quan khác", "Phòng đã có lịch", seen.slot)
    assert {in_week.chair_name, in_week.body_name, in_week.body_code, in_week.content, in_week.note} == {""}
    assert (masked.title, masked.where, masked.slot) == ("Phòng đã có lịch", "Hội trường lớn", seen.slot)
    assert {masked.chair_name, masked.body_name, masked.body_symbol, masked.content, masked.note} == {""}


async def test_a_clash_with_an_unseen_meeting_tells_only_its_time(
    database: Database, office_head: Actor, specialist: Actor
) -> None:
    await booked(database, office_head, at("08:00", "10:00"), body="party", title="Công tác cán bộ")
    books = replace(specialist.acting, permissions=specialist.acting.permissions | {"meetings.book"})
    with pytest.raises(InvalidInput) as refused:
        await booked(database, replace(specialist, acting=books), at("09:00", "10:00"))
    assert refused.value.fields[0].reason == "Hội trường lớn đã có lịch 08:00–10:00 ngày 23/11/2026."


async def test_a_participant_of_another_body_sees_the_meeting(
    database: Database, office_head: Actor, specialist: Actor
) -> None:
    await booked(database, office_head, at("08:00", "10:00"), body="party", member_ids=[specialist.staff_id])
    async with database.tenant(office_head.organ.id) as session:
        (shown,) = await repository.calendar(session, specialist, Week.of(MONDAY).slot)
    assert shown.seen


async def test_a_meeting_of_the_other_body_waits_in_the_other_post(
    database: Database, office_head: Actor, secretary: Actor
) -> None:
    in_council = secretary.acting_in(next(post.id for post in secretary.posts if "HĐND" in post.title))
    meeting_id = await booked(
        database, office_head, at("08:00", "10:00"), body="council", member_ids=[secretary.staff_id]
    )
    with clock.fixed_at(clock.instant(MONDAY, 7)):
        async with database.tenant(office_head.organ.id) as session:
            (elsewhere,) = await pages.home.work_items(session, secretary)
            assert elsewhere.title == f"Lịch của đồng chí ở chức vụ {in_council.acting.title}"
            assert (elsewhere.source, elsewhere.path) == ("Phòng đã có lịch", "/lich?ngay=23/11/2026")
            (masked,) = await repository.calendar(session, secretary, Week.of(MONDAY).slot)
            assert (masked.title, masked.seen, masked.other_post) == (elsewhere.title, False, in_council.acting.id)
            with pytest.raises(NotFound):
                await repository.meeting(session, secretary, meeting_id)
            assert [item.group for item in await pages.home.work_items(session, in_council)] == ["today_meeting"]
            assert await repository.meeting(session, in_council, meeting_id)


async def test_who_plans_nothing_is_told_of_published_weeks_and_of_what_needs_them(
    database: Database, office_head: Actor, actor_with: Any, lam_son: Organ
) -> None:
    keeper = await actor_with(lam_son, "administrator")
    await booked(database, office_head, at("08:00", "10:00"), title="Giao ban")
    week = Week.of(MONDAY)
    async with database.tenant(lam_son.id) as session:
        assert not await repository.calendar(session, keeper, week.slot)
        published = await operations.publish_week(session, office_head, week)
        (masked,) = await repository.calendar(session, keeper, week.slot, published.id)
    assert (masked.title, masked.seen, masked.change) == ("Lịch của cơ quan khác", False, "")


async def test_a_proposal_is_in_the_calendar_only_of_those_who_may_see_it(
    database: Database, office_head: Actor, specialist: Actor
) -> None:
    await proposed(database, office_head, at("08:00", "10:00"), body="party")
    async with database.tenant(office_head.organ.id) as session:
        assert len(await repository.calendar(session, office_head, Week.of(MONDAY).slot)) == 1
        assert not await repository.calendar(session, specialist, Week.of(MONDAY).slot)


async def test_work_is_todays_meetings_and_the_proposals_to_book(
    database: Database, office_head: Actor, specialist: Actor, counter: Actor
) -> None:
    await booked(database, office_head, at("08:00", "10:00"), member_ids=[specialist.staff_id])
    await booked(database, office_head, at("08:00", "10:00", MONDAY + timedelta(days=1)))
    waiting = await proposed(database, specialist, at("14:00", "15:00", MONDAY + timedelta(days=2)))
    with clock.fixed_at(clock.instant(MONDAY, 7)):
        async with database.tenant(office_head.organ.id) as session:
            of_head = await pages.home.work_items(session, office_head)
            of_specialist = await pages.home.work_items(session, specialist)
            of_counter = await pages.home.work_items(session, counter)
    assert [(item.group, item.path) for item in of_head][1:] == [("waiting", f"/lich/{waiting}")]
    assert [(item.group, item.followed) for item in of_specialist] == [("today_meeting", False), ("waiting", True)]
    assert not of_counter


async def test_figures_count_the_calendar_by_legal_month_and_body(database: Database, office_head: Actor) -> None:
    await booked(database, office_head, at("08:00", "10:00"))
    await booked(database, office_head, at("00:30", "01:00", date(2026, 12, 1)))  # still November in UTC
    await booked(database, office_head, at("14:00", "15:00"), body="party")
    await proposed(database, office_head, at("15:00", "16:00"), body="party")
    async with database.tenant(office_head.organ.id) as session:
        rows = await figures.held(session)
    assert [(row.month, row.dimension, row.value) for row in rows] == [
        (date(2026, 11, 1), "committee", 1),
        (date(2026, 11, 1), "party", 1),
        (date(2026, 12, 1), "committee", 1),
    ]


@pytest.mark.parametrize("typed", ["ngan sach", "Ngân sách", "NGÂN SÁCH"])
async def test_search_finds_with_and_without_diacritics(database: Database, office_head: Actor, typed: str) -> None:
    meeting_id = await booked(database, office_head, at("08:00", "10:00"))
    async with database.tenant(office_head.organ.id) as session:
        hits = await pages.home.search(session, office_head, typed)
    assert [hit.path for hit in hits] == [f"/lich/{meeting_id}"]


@pytest.mark.parametrize("typed", ["%", "_", "\\", "50%", "a_b\\"])
async def test_search_takes_wildcards_literally(database: Database, office_head: Actor, typed: str) -> None:
    await booked(database, office_head, at("08:00", "10:00"))
    async with database.tenant(office_head.organ.id) as session:
        assert not await pages.home.search(session, office_head, typed)


async def test_a_meeting_needs_a_place_and_a_known_chair(database: Database, office_head: Actor) -> None:
    async with database.tenant(office_head.organ.id) as session:
        draft = await draft_of(session, office_head, at("10:00", "08:00"), room=None, chair_id=ids.new_id(), title="")
        with pytest.raises(InvalidInput) as refused:
            await operations.propose_meeting(session, office_head, draft)
    assert [fault.field for fault in refused.value.fields] == ["ends", "room", "title", "chair"]


async def test_a_week_and_the_work_cost_one_statement_each(database: Database, office_head: Actor) -> None:
    for hour in range(7, 17):
        await booked(database, office_head, at(f"{hour:02d}:00", f"{hour:02d}:30"))
    statements: list[str] = []
    async with database.tenant(office_head.organ.id) as session:
        await repository.rooms(session)  # the transaction and its tenant are set up
        event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *said: statements.append(said[2]))
        assert len(await repository.calendar(session, office_head, Week.of(MONDAY).slot)) == 10
        await pages.home.work_items(session, office_head)
    assert len(statements) == 2
    assert all("app.meeting.tenant_id = " in statement for statement in statements)


async def test_travel_between_places_takes_its_time(database: Database, office_head: Actor) -> None:
    await booked(database, office_head, at("08:00", "10:00"), clash_reason="")
    elsewhere = {"room": None, "place": "Nhà văn hóa thôn 3", "clash_reason": ""}
    await booked(database, office_head, at("10:00", "10:30"), room=1, clash_reason="")  # the same house
    with pytest.raises(InvalidInput, match="Chưa xếp được lịch"):
        await booked(database, office_head, at("10:40", "11:00"), **elsewhere)
    await booked(database, office_head, at("10:45", "11:00"), **elsewhere)
    async with database.tenant(office_head.organ.id) as session:
        await operations.set_travel_minutes(session, office_head, 0)
        await operations.set_travel_minutes(session, office_head, 5)
    with pytest.raises(InvalidInput):
        await booked(database, office_head, at("11:03", "11:30"), clash_reason="")
    await booked(database, office_head, at("11:05", "11:30"), clash_reason="")


async def test_only_who_must_attend_clashes_and_an_unseen_meeting_is_other_business(
    database: Database, office_head: Actor, specialist: Actor
) -> None:
    chair = office_head.staff_id
    await booked(
        database, office_head, at("08:00", "10:00"), body="party", title="Công tác cán bộ",
        chair_id=chair, member_ids=[], clash_reason="",
    )  # fmt: skip
    books = replace(specialist.acting, permissions=specialist.acting.permissions | {"meetings.book"})
    planner = replace(specialist, acting=books)
    fields = {"room": 1, "clash_reason": "", "chair_id": specialist.staff_id}
    await booked(database, planner, at("09:00", "10:00"), **fields, invited_ids=[chair])
    with pytest.raises(InvalidInput) as refused:
        await booked(
            database, planner, at("09:00", "10:00"), **{**fields, "room": None, "place": "x"}, member_ids=[chair]
        )
    (fault,) = refused.value.fields
    assert fault.field == "clash_reason"
    assert f"{office_head.name} 08:00–10:00 (bận việc khác)" in fault.reason
    assert "Công tác cán bộ" not in fault.reason


async def test_a_reason_to_overlook_a_clash_goes_when_the_clash_goes(database: Database, office_head: Actor) -> None:
    await booked(database, office_head, at("08:00", "10:00"))
    meeting_id = await booked(database, office_head, at("09:00", "11:00"), room=1, clash_reason="Dự một phần")
    async with database.tenant(office_head.organ.id) as session:
        meeting = await session.find(Meeting, meeting_id)
        assert meeting.clash_reason == "Dự một phần"
        assert [busy.slot for busy in await operations.people_clashes(session, office_head, meeting)] == [
            at("08:00", "10:00")
        ]
        (act,) = await timeline(session, meeting_id)
        assert act.detail["why"] == "Dự một phần"
        await operations.move(session, office_head, meeting_id, at("14:00", "15:00"), room_id=meeting.room_id)
        assert meeting.clash_reason == ""
        assert not await operations.people_clashes(session, office_head, meeting)


async def test_a_published_week_is_compared_by_who_may_see_it(
    database: Database, office_head: Actor, specialist: Actor, secretary: Actor
) -> None:
    hidden = await booked(database, office_head, at("08:00", "10:00"), body="party", title="Công tác cán bộ")
    shown = await booked(database, office_head, at("14:00", "15:00"))
    week = Week.of(MONDAY)
    async with database.tenant(office_head.organ.id) as session:
        with pytest.raises(Forbidden):
            await operations.publish_week(session, specialist, week)
        first = await operations.publish_week(session, office_head, week)
        assert first.version == 1
        for meeting_id in (hidden, shown):
            await operations.cancel(session, office_head, meeting_id, "Hoãn")
        seen = await repository.calendar(session, specialist, week.slot, first.id)
        of_head = await repository.calendar(session, office_head, week.slot, first.id)
        in_council = secretary.acting_in(next(post.id for post in secretary.posts if "HĐND" in post.title))
        of_council = await repository.calendar(session, in_council, week.slot, first.id)
    assert [(entry.id, entry.change) for entry in seen] == [(shown, rules.CANCELLED)]
    assert [entry.id for entry in of_head] == [hidden, shown]
    assert hidden not in [entry.id for entry in of_council]


async def test_a_week_gone_by_or_empty_is_not_published(database: Database, office_head: Actor) -> None:
    async with database.tenant(office_head.organ.id) as session:
        for week in (Week.of(MONDAY), Week.of(MONDAY).previous.previous):
            with pytest.raises(Conflict):
                await operations.publish_week(session, office_head, week)


async def test_other_engagements_keep_people_but_are_no_meetings(database: Database, office_head: Actor) -> None:
    trip = {"kind": rules.TRIP, "room": None, "place": "Thôn Yên Phú", "clash_reason": ""}
    await booked(database, office_head, at("08:00", "10:00"), title="Kiểm tra giao thông", **trip)
    with pytest.raises(InvalidInput):
        await booked(database, office_head, at("09:00", "10:00"), clash_reason="")
    async with database.tenant(office_head.organ.id) as session:
        assert not await figures.held(session)


async def told(database: Database, actor: Actor) -> list[str]:
    """The titles of the person's notices, latest first."""
    async with database.tenant(actor.organ.id) as session:
        found, _following = await notices.page_of(session, actor.account_id, only_unread=True, before=None)
        return [notice.title for notice in found]


async def test_its_people_are_told_when_it_is_booked_changed_and_cancelled(
    database: Database, office_head: Actor, specialist: Actor, counter: Actor
) -> None:
    meeting_id = await proposed(database, specialist, at("08:00", "10:00"), member_ids=[counter.staff_id])
    assert await told(database, counter) == []  # a proposal is nothing yet
    organ = office_head.organ.id
    async with database.tenant(organ) as session:
        await operations.book(session, office_head, meeting_id)
    async with database.tenant(organ) as session:
        room = (await repository.rooms(session))[0]
        await operations.move(
            session, office_head, meeting_id, at("14:00", "15:00"), room_id=room.id, clash_reason="Thử"
        )
    async with database.tenant(organ) as session:
        await operations.cancel(session, office_head, meeting_id, "Trùng")
    expected = [
        "Hủy họp: Họp bàn ngân sách, 14:00–15:00 ngày 23/11/2026",
        "Đổi giờ, địa điểm họp: Họp bàn ngân sách, 14:00–15:00 ngày 23/11/2026",
        "Lịch họp: Họp bàn ngân sách, 08:00–10:00 ngày 23/11/2026",
    ]
    assert await told(database, counter) == expected
    assert await told(database, specialist) == expected  # who proposed it
    assert await told(database, office_head) == []


async def test_of_a_proposal_that_is_refused_only_its_proposer_hears(
    database: Database, office_head: Actor, specialist: Actor, counter: Actor
) -> None:
    meeting_id = await proposed(database, specialist, at("08:00", "10:00"), member_ids=[counter.staff_id])
    async with database.tenant(office_head.organ.id) as session:
        await operations.refuse(session, office_head, meeting_id, "Chưa cần")
    assert await told(database, counter) == []
    (title,) = await told(database, specialist)
    assert title.startswith("Không chấp nhận đề nghị họp: Họp bàn ngân sách")


async def test_other_systems_are_told_what_becomes_of_meetings(
    database: Database, office_head: Actor, specialist: Actor, told_others: Any
) -> None:
    first = await proposed(database, specialist, at("08:00", "09:00"))
    second = await booked(database, office_head, at("10:00", "11:00"))
    expected = [("proposed", first), ("booked", second)]

    async def do(operation: Any, actor: Actor, *arguments: Any, **named: Any) -> Any:
        async with database.tenant(actor.organ.id) as session:
            return await operation(session, actor, *arguments, **named)

    async with database.tenant(specialist.organ.id) as session:
        draft = await draft_of(session, specialist, at("08:00", "09:00"))
        room_id = draft.room_id
    await do(operations.send_back, office_head, first, "Thiếu thành phần")
    await do(operations.revise, specialist, first, draft)
    await do(operations.book, office_head, first, "Chỉ thử phòng")
    await do(operations.move, office_head, first, at("14:00", "15:00"), room_id=room_id, clash_reason="Chỉ thử")
    expected += [("changed", first), ("changed", first), ("booked", first), ("changed", first)]
    await do(operations.cancel, office_head, second, "Hoãn")
    third = await proposed(database, specialist, at("16:00", "17:00"))
    await do(operations.refuse, office_head, third, "Trùng")
    published = await do(operations.publish_week, office_head, Week.of(MONDAY))
    expected += [("cancelled", second), ("proposed", third), ("cancelled", third), ("week_published", published.id)]
    assert await told_others() == [(f"meetings.{what}", thing) for what, thing in expected]
