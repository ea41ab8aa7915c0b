"""Whoever leaves hands over everything that they have in hand, in one act and against a record."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from lienxa.platform import clock, ids
from lienxa.platform.access import repository as people
from lienxa.platform.access import staffing
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Appointment, Post, Staff
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, Forbidden, InvalidInput, NotFound
from lienxa.platform.identity.models import SignOnSession
from lienxa.platform.notify.models import Notice
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents.models import Document, DocumentParticipant
from lienxa.tenants.meetings.models import MeetingParticipant
from lienxa.tenants.office import operations, transfers
from lienxa.tenants.office.models import WorkTransfer, WorkTransferLine
from lienxa.tenants.office.schemas import HandingOver, KindInHand
from lienxa.tenants.office.transfers import kinds
from lienxa.tenants.procedures.models import Case


@pytest.fixture
async def administrator(lam_son: Organ, actor_with: Any) -> Actor:
    """The administrator of Lam Sơn, who may see no paper."""
    return await actor_with(lam_son, "administrator")


@pytest.fixture
async def deputy(lam_son: Organ, actor_with: Any) -> Actor:
    """The deputy chair of the People's Committee."""
    return await actor_with(lam_son, "leader", "Phó Chủ tịch UBND")


@pytest.fixture
async def colleague(lam_son: Organ, actor_with: Any) -> Actor:
    """The land officer."""
    return await actor_with(lam_son, "specialist", "Địa chính")


async def in_hand(database: Database, actor: Actor, person: Actor) -> dict[str, KindInHand]:
    async with database.tenant(actor.organ.id) as session:
        return {kind.code: kind for kind in await transfers.in_hand(session, actor, person.staff_id)}


async def version_of(database: Database, person: Actor) -> int:
    async with database.tenant(person.organ.id) as session:
        return (await session.find(Staff, person.staff_id)).version


async def hand_over(database: Database, actor: Actor, giver: Actor, **said: Any) -> WorkTransfer:
    usual = {"receiver": None, "receivers": {}, "posts": {}, "last_day": None, "reason": ""}
    command = HandingOver(**{**usual, "version": await version_of(database, giver), **said})
    async with database.tenant(actor.organ.id) as session:
        return await transfers.hand_over(session, actor, giver.staff_id, command)


async def lines_of(database: Database, made: WorkTransfer) -> Sequence[WorkTransferLine]:
    async with database.tenant(made.tenant_id) as session:
        query = select(WorkTransferLine).where(WorkTransferLine.transfer_id == made.id)
        return (await session.scalars(query.order_by(WorkTransferLine.position))).all()


def things(found: dict[str, KindInHand]) -> set[UUID]:
    return {thing.id for kind in found.values() for thing in kind.things}


async def test_everything_goes_over_in_one_act(
    busy_lam_son: Organ,
    database: Database,
    sign_in: Any,
    office_head: Actor,
    administrator: Actor,
    leader: Actor,
    deputy: Actor,
) -> None:
    client = await sign_in(leader)
    before, theirs = await in_hand(database, office_head, leader), await in_hand(database, office_head, deputy)
    assert {"documents.signing", "meetings.chaired"} <= before.keys()
    made = await hand_over(
        database, administrator, leader, receiver=deputy.staff_id, last_day=clock.today(), reason="Nghỉ hưu"
    )
    assert await in_hand(database, office_head, leader) == {}
    assert things(await in_hand(database, office_head, deputy)) == things(before) | things(theirs)
    lines = await lines_of(database, made)
    assert {line.thing_id for line in lines} == things(before)
    assert [line.position for line in lines] == list(range(1, len(lines) + 1))
    assert {line.receiver_name for line in lines} == {deputy.name}
    assert (made.giver_name, made.made_by_name) == (leader.name, administrator.name)
    assert (await client.get("/viec-cua-toi")).status_code == 303  # signed out
    async with database.tenant(leader.organ.id) as session:
        person = await session.find(Staff, leader.staff_id)
        assert person.left_on == clock.today()
        ends = await session.scalars(select(Appointment.held_to).where(Appointment.staff_id == person.id))
        assert all(end is not None and end <= clock.today() for end in ends)
        (told,) = [event for event in await timeline(session, person.id) if event.action == "office.hand_over"]
        assert told.detail["text"] == f"Bàn giao {len(lines)} việc của {leader.name}"
        heard = (await session.scalars(select(Notice).where(Notice.account_id == deputy.account_id))).all()
        assert f"/ban-giao/{made.id}" in {notice.path for notice in heard}


async def test_each_thing_tells_to_whom_it_went_and_is_open_to_them(
    busy_lam_son: Organ, database: Database, sign_in: Any, office_head: Actor, specialist: Actor, colleague: Actor
) -> None:
    found = await in_hand(database, office_head, specialist)
    assert {"documents.handled", "procedures.handled"} & found.keys()
    await hand_over(database, office_head, specialist, receiver=colleague.staff_id)
    client = await sign_in(colleague)
    for kind in found.values():
        thing = kind.things[0]
        answer = await client.get(thing.path)
        assert answer.status_code == 200, thing.path
        assert colleague.name in answer.text
    async with database.tenant(specialist.organ.id) as session:
        for model, column in ((Case, Case.handler_id),):
            left = select(func.count()).where(
                column == specialist.staff_id, model.state.in_(("processing", "supplement"))
            )
            assert await session.scalar(left) == 0


async def test_nobody_stands_twice_on_one_paper(
    busy_lam_son: Organ, database: Database, office_head: Actor, specialist: Actor, colleague: Actor
) -> None:
    found = await in_hand(database, office_head, specialist)
    document_id = found["documents.handled"].things[0].id
    async with database.tenant(specialist.organ.id) as session:
        mine = DocumentParticipant.document_id == document_id
        for row in await session.scalars(select(DocumentParticipant).where(mine)):
            await session.delete(row)
        await session.flush()
        session.add_all(
            DocumentParticipant(document_id=document_id, staff_id=staff_id, relation=relation)
            for staff_id, relation in ((specialist.staff_id, "lead"), (colleague.staff_id, "co"))
        )
        (await session.find(Document, document_id)).state = "directed"
    await hand_over(database, office_head, specialist, receiver=colleague.staff_id)
    async with database.tenant(specialist.organ.id) as session:
        rows = (await session.scalars(select(DocumentParticipant).where(mine))).all()
        assert [(row.staff_id, row.relation) for row in rows] == [(colleague.staff_id, "lead")]
        doubled = (
            select(MeetingParticipant.meeting_id)
            .group_by(MeetingParticipant.meeting_id, MeetingParticipant.staff_id)
            .having(func.count() > 1)
        )
        assert (await session.scalars(doubled)).all() == []


async def test_who_may_not_take_a_kind_is_named_and_nothing_goes_over(
    busy_lam_son: Organ, database: Database, office_head: Actor, leader: Actor, deputy: Actor, specialist: Actor
) -> None:
    before = await in_hand(database, office_head, leader)
    for said, field in (
        ({"receiver": specialist.staff_id}, "receiver"),
        (
            {"receiver": deputy.staff_id, "receivers": {"documents.signing": specialist.staff_id}},
            "receiver-documents.signing",
        ),
        ({}, "receiver"),
        ({"receiver": leader.staff_id}, "receiver"),
        ({"receiver": ids.new_id()}, "receiver"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await hand_over(database, office_head, leader, **said)
        assert field in {fault.field for fault in refused.value.fields}, said
    assert await in_hand(database, office_head, leader) == before
    async with database.tenant(leader.organ.id) as session:
        assert await session.scalar(select(func.count()).select_from(WorkTransfer)) == 0


async def test_each_kind_may_have_its_receiver(
    busy_lam_son: Organ, database: Database, office_head: Actor, leader: Actor, deputy: Actor, secretary: Actor
) -> None:
    before = await in_hand(database, office_head, leader)
    receivers = {"meetings.chaired": secretary.staff_id}
    made = await hand_over(database, office_head, leader, receiver=deputy.staff_id, receivers=receivers)
    taken = {line.thing_id for line in await lines_of(database, made) if line.receiver_id == secretary.staff_id}
    assert taken == {thing.id for thing in before["meetings.chaired"].things}
    async with database.tenant(leader.organ.id) as session:
        assert (await session.find(Staff, leader.staff_id)).left_on is None  # only the work went over


async def test_successors_hold_the_posts_from_the_day_after(
    busy_lam_son: Organ, database: Database, administrator: Actor, specialist: Actor, colleague: Actor
) -> None:
    last_day = clock.today() + timedelta(days=3)
    await hand_over(
        database,
        administrator,
        specialist,
        receiver=colleague.staff_id,
        posts={specialist.acting.id: colleague.staff_id},
        last_day=last_day,
    )
    async with database.tenant(specialist.organ.id) as session:
        held = (await session.scalars(select(Appointment).where(Appointment.post_id == specialist.acting.id))).all()
    spans = {
        (one.staff_id, one.held_from, one.held_to) for one in held if one.held_to is None or one.held_to >= last_day
    }
    assert (colleague.staff_id, last_day + timedelta(days=1), None) in spans
    assert {end for staff_id, _start, end in spans if staff_id == specialist.staff_id} == {last_day}


async def test_the_last_administrator_hands_the_post_over_and_is_not_missed(
    database: Database, administrator: Actor, clerk: Actor
) -> None:
    with pytest.raises(Conflict):
        await hand_over(database, administrator, administrator, receiver=clerk.staff_id, last_day=clock.today())
    posts = {administrator.acting.id: clerk.staff_id}
    await hand_over(
        database, administrator, administrator, receiver=clerk.staff_id, posts=posts, last_day=clock.today()
    )


async def test_what_the_administrator_may_not_see_stays_between_giver_and_receiver(
    busy_lam_son: Organ, database: Database, sign_in: Any, administrator: Actor, leader: Actor, deputy: Actor
) -> None:
    titles = {t.title for kind in (await in_hand(database, deputy_sees(deputy), leader)).values() for t in kind.things}
    client = await sign_in(administrator)
    form = (await client.get(f"/ban-giao/moi?nguoi={leader.staff_id}")).text
    shown = [title for title in titles if title in form]
    assert shown == []
    assert "ngoài phần đồng chí được xem" in form
    made = await hand_over(database, administrator, leader, receiver=deputy.staff_id)
    record = (await client.get(f"/ban-giao/{made.id}")).text
    assert [title for title in titles if title in record] == []
    assert "nội dung chỉ người giao và người nhận xem" in record
    theirs = (await (await sign_in(deputy)).get(f"/ban-giao/{made.id}")).text
    assert any(title in theirs for title in titles)


def deputy_sees(deputy: Actor) -> Actor:
    """The deputy with the right to keep records, to read what a leader may."""
    rights = deputy.acting.permissions | {"office.hand_over"}
    return replace(deputy, acting=replace(deputy.acting, permissions=rights))


async def test_a_record_is_for_its_people(
    busy_lam_son: Organ,
    database: Database,
    visit: Any,
    sign_in: Any,
    office_head: Actor,
    leader: Actor,
    deputy: Actor,
    secretary: Actor,
    clerk: Actor,
    giang_son_tay: Organ,
    actor_with: Any,
) -> None:
    receivers = {"meetings.chaired": secretary.staff_id}
    made = await hand_over(database, office_head, leader, receiver=deputy.staff_id, receivers=receivers)
    own = (await (await sign_in(secretary)).get(f"/ban-giao/{made.id}")).text
    assert f"{secretary.name} nhận" in own
    assert f"{deputy.name} nhận" not in own
    for person in (
        clerk,
        await actor_with(giang_son_tay, "office_head"),
        await actor_with(giang_son_tay, "administrator"),
    ):
        client = await sign_in(person)
        assert (await client.get(f"/ban-giao/{made.id}")).status_code == 404
        assert (await client.get(f"/ban-giao/{made.id}/tep")).status_code == 404
    assert (await (await sign_in(clerk)).get("/ban-giao")).status_code == 403
    paper = await (await sign_in(office_head)).get(f"/ban-giao/{made.id}/tep")
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    listed = (await (await sign_in(office_head)).get("/ban-giao")).text
    assert f"/ban-giao/{made.id}" in listed


async def test_the_form_hands_over_and_keeps_what_was_typed(
    busy_lam_son: Organ,
    database: Database,
    sign_in: Any,
    administrator: Actor,
    leader: Actor,
    deputy: Actor,
    specialist: Actor,
) -> None:
    client = await sign_in(administrator)
    version = str(await version_of(database, leader))
    form = {
        "giver": str(leader.staff_id),
        "version": version,
        "receiver": str(specialist.staff_id),
        "reason": "Theo QĐ 12",
    }
    refused = await client.send("/ban-giao/moi", form)
    assert refused.status_code == 422
    assert "Người này không ký" in refused.text
    assert 'value="Theo QĐ 12"' in refused.text
    stale = await client.send(
        "/ban-giao/moi", {**form, "receiver": str(deputy.staff_id), "version": "77", "last_day": "+1"}
    )
    assert stale.status_code == 409
    done = await client.send("/ban-giao/moi", {**form, "receiver": str(deputy.staff_id)})
    assert done.status_code == 303, done.text
    assert "Theo QĐ 12" in (await client.get(done.headers["location"])).text
    again = await client.send("/ban-giao/moi", {**form, "receiver": str(deputy.staff_id)})
    assert again.status_code == 409
    assert "không có việc nào" in again.text
    assert (await client.get("/ban-giao/moi")).status_code == 303
    assert (await client.get(f"/ban-giao/moi?nguoi={ids.new_id()}")).status_code == 404


async def test_only_who_may_hands_over(database: Database, leader: Actor, clerk: Actor, office_head: Actor) -> None:
    with pytest.raises(Forbidden):
        await hand_over(database, clerk, leader, receiver=clerk.staff_id)
    with pytest.raises(Forbidden):  # that somebody leaves is the administrator's to say
        await hand_over(database, office_head, leader, receiver=clerk.staff_id, last_day=clock.today())


async def test_another_organs_person_is_not_found(
    database: Database, office_head: Actor, giang_son_tay: Organ, actor_with: Any
) -> None:
    stranger: Actor = await actor_with(giang_son_tay, "clerk")
    async with database.tenant(office_head.organ.id) as session:
        with pytest.raises(NotFound):
            await transfers.in_hand(session, office_head, stranger.staff_id)


def test_each_module_says_what_must_not_be_left() -> None:
    assert {work.code.partition(".")[0] for work in kinds()} == {"documents", "meetings", "procedures"}


async def test_how_a_post_is_written_under_a_signature(
    sign_in: Any, database: Database, administrator: Actor, leader: Actor
) -> None:
    async with database.tenant(leader.organ.id) as session:
        (held,) = (await session.scalars(select(Appointment).where(Appointment.post_id == leader.acting.id))).all()
    client = await sign_in(administrator)
    place = f"/quan-tri/chuc-vu/{leader.acting.id}"
    sent = await client.send(f"{place}/ghi-khi-ky/{held.id}", {"signing_title": " Quyền  Chủ tịch "})
    assert sent.status_code == 303
    assert "ký: Quyền Chủ tịch" in (await client.get(place)).text
    async with database.tenant(leader.organ.id) as session:
        (row, *_more) = [
            row for row in await people.held_posts(session, staff_id=leader.staff_id) if row.post_id == leader.acting.id
        ]
        assert row.signing_title == "Quyền Chủ tịch"
        other = await staffing.person(session, leader.staff_id)
        with pytest.raises(InvalidInput):
            await operations.appoint(session, administrator, leader.acting.id, other.id, clock.today(), None)
        post = await session.find(Post, leader.acting.id)
        told = (await timeline(session, post.id))[-1]
    assert told.detail["text"] == f"{leader.name}: Sửa chức vụ ghi khi ký: “Chủ tịch UBND” thành “Quyền Chủ tịch”"


async def test_sessions_of_others_go_on(
    busy_lam_son: Organ, database: Database, sign_in: Any, administrator: Actor, specialist: Actor, colleague: Actor
) -> None:
    await sign_in(colleague)
    await hand_over(database, administrator, specialist, receiver=colleague.staff_id, last_day=clock.today())
    async with database.control() as control:
        query = select(func.count()).where(SignOnSession.account_id == colleague.account_id)
        assert (await control.execute(query)).scalar_one() == 1
