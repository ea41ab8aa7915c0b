"""Staff that come from another organ with the account they have, are shut out, leave and come back."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from lienxa.platform import clock
from lienxa.platform.access import grants
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Appointment, Post, Staff
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, Forbidden, InvalidInput, NotFound
from lienxa.platform.identity import enrolment, invitations
from lienxa.platform.identity.addresses import OPERATOR_ROLE
from lienxa.platform.identity.invitations import Invited
from lienxa.platform.identity.models import Account, AccountOrgan, IssuerUser, SignOnSession
from lienxa.platform.identity.provisioning import EmbeddedProvisioner
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.jobs.running import run_job
from lienxa.platform.mail import outbox
from lienxa.platform.mail.models import Mail
from lienxa.platform.notify.models import Notice
from lienxa.platform.operator.specs import check_operator_name
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.office import jobs, joining, operations
from lienxa.tenants.office.pages.joining import PATH
from lienxa.tenants.office.schemas import PostEntry

TODAY = date(2026, 11, 24)


@pytest.fixture
async def administrator(lam_son: Organ, actor_with: Any) -> Actor:
    """The administrator of Lam Sơn."""
    return await actor_with(lam_son, "administrator")


@pytest.fixture
async def neighbour(giang_son_tay: Organ, actor_with: Any) -> Actor:
    """The civil status officer of Giang Sơn Tây."""
    return await actor_with(giang_son_tay, "specialist", "Tư pháp")


async def account_of(database: Database, actor: Actor) -> Account:
    async with database.control() as control:
        return await control.get_one(Account, actor.account_id)


async def organs_at_issuer(database: Database, account: Account) -> list[str]:
    async with database.control() as control:
        return (await control.get_one(IssuerUser, account.sub)).organs


async def served(database: Database, account: Account) -> set[Any]:
    async with database.control() as control:
        query = select(AccountOrgan.tenant_id).where(AccountOrgan.account_id == account.id)
        return set(await control.scalars(query))


async def sessions_at(database: Database, actor: Actor) -> int:
    async with database.control() as control:
        query = select(SignOnSession.id).where(
            SignOnSession.account_id == actor.account_id, SignOnSession.tenant_id == actor.organ.id
        )
        return len((await control.scalars(query)).all())


async def invited(database: Database, administrator: Actor, account: Account, post_id: Any = None) -> Invited:
    """The account, invited by that administrator."""
    async with database.tenant(administrator.organ.id) as session:
        return await joining.invite(session, administrator, account.username, account.full_name, post_id, TODAY)


async def agreed(database: Database, organ: Organ, account: Account) -> Staff:
    """The account, having agreed to work there."""
    async with database.tenant(organ.id) as session:
        return await joining.agree(session, account.id)


async def staff_of(database: Database, organ: Organ, account: Account) -> list[Staff]:
    async with database.tenant(organ.id) as session:
        return list(await session.scalars(select(Staff).where(Staff.account_id == account.id)))


async def told_at(database: Database, organ: Organ, kind: str) -> list[Notice]:
    async with database.tenant(organ.id) as session:
        return list(await session.scalars(select(Notice).where(Notice.kind == kind)))


async def notices_of(database: Database, organ: Organ) -> int:
    async with database.tenant(organ.id) as session:
        return len((await session.scalars(select(Notice.id))).all())


async def acts_at(database: Database, organ: Organ) -> list[str]:
    async with database.tenant(organ.id) as session:
        return list(await session.scalars(select(AuditEvent.action).order_by(AuditEvent.at, AuditEvent.id)))


async def jobs_wanted(database: Database) -> list[QueuedJob]:
    async with database.control() as control:
        wanted = (await control.scalars(select(QueuedJob))).all()
    return [one for one in wanted if one.message["actor_name"] == jobs.tell_joined.name]


async def post_named(database: Database, organ: Organ, title: str) -> Post:
    async with database.tenant(organ.id) as session:
        return (await session.scalars(select(Post).where(Post.title == title).limit(1))).one()


async def test_who_is_invited_is_of_the_organ_once_they_agreed(
    sign_in: Any, database: Database, administrator: Actor, neighbour: Actor, giang_son_tay: Organ, lam_son: Organ
) -> None:
    account, client = await account_of(database, neighbour), await sign_in(administrator)
    assert PATH in (await client.get("/quan-tri/can-bo/moi")).text
    post = await post_named(database, lam_son, "Văn thư")
    form = {
        "username": account.username.upper(),
        "full_name": f"  {account.full_name} ",
        "held_from": "24/11/2026",
        "post": str(post.id),
        "together": "1",
    }
    answer = await client.send(PATH, form)
    assert (answer.status_code, answer.headers.get("location")) == (303, "/quan-tri/can-bo"), answer.text
    assert await served(database, account) == {giang_son_tay.id}
    assert await organs_at_issuer(database, account) == ["giang-son-tay"]
    assert await staff_of(database, lam_son, account) == []
    page = (await client.get("/quan-tri/can-bo")).text
    assert f"Đã mời ngày {clock.today():%d/%m/%Y}, chưa trả lời" in page
    assert "Rút lại lời mời" in page
    assert "xã Giang Sơn Tây" not in page
    again = await client.send(PATH, form)
    assert again.status_code == 409
    assert "chưa trả lời" in again.text

    person = await agreed(database, lam_son, account)
    assert await served(database, account) == {lam_son.id, giang_son_tay.id}
    assert set(await organs_at_issuer(database, account)) == {"lam-son", "giang-son-tay"}
    async with database.tenant(lam_son.id) as session:
        (held,) = await session.scalars(select(Appointment).where(Appointment.staff_id == person.id))
        assert (held.post_id, held.held_from) == (post.id, clock.today())
        (event,) = await timeline(session, person.id)
    assert (event.action, event.account_id, event.staff_name) == ("office.agreed", account.id, account.full_name)
    text = (await client.get(f"/quan-tri/can-bo/{person.id}")).text
    assert "Cũng làm việc ở" in text
    assert "xã Giang Sơn Tây" in text
    assert "Lời mời chờ trả lời" not in (await client.get("/quan-tri/can-bo")).text
    again = await client.send(PATH, form)
    assert again.status_code == 409
    assert "đã là cán bộ của đơn vị" in again.text


async def test_an_open_invitation_is_offered_for_no_work_and_hinders_the_first_organ_in_nothing(
    sign_in: Any, database: Database, administrator: Actor, neighbour: Actor, giang_son_tay: Organ, actor_with: Any
) -> None:
    there: Actor = await actor_with(giang_son_tay, "administrator")
    account = await account_of(database, neighbour)
    before = (await acts_at(database, giang_son_tay), await notices_of(database, giang_son_tay))
    await invited(database, administrator, account)
    async with database.tenant(administrator.organ.id) as session:
        assert account.full_name not in {person.full_name for person in await grants.people(session)}
    assert await jobs_wanted(database) == []
    assert (await acts_at(database, giang_son_tay), await notices_of(database, giang_son_tay)) == before
    client = await sign_in(there)
    assert "Cũng làm việc ở" not in (await client.get(f"/quan-tri/can-bo/{neighbour.staff_id}")).text
    async with database.tenant(giang_son_tay.id) as session:
        _person, printed = await operations.renew_password(session, there, neighbour.staff_id)
    assert printed


async def test_when_somebody_agrees_they_and_who_runs_their_organ_are_told(
    database: Database, administrator: Actor, neighbour: Actor, giang_son_tay: Organ, actor_with: Any
) -> None:
    account, there = await account_of(database, neighbour), await actor_with(giang_son_tay, "administrator")
    await invited(database, administrator, account)
    await agreed(database, administrator.organ, account)
    [one] = await jobs_wanted(database)
    for _delivery in range(2):
        await run_job(jobs.tell_joined, database, one.message_id, tuple(one.message["args"]))
    async with database.tenant(giang_son_tay.id) as session:
        [told] = [
            event for event in await timeline(session, neighbour.staff_id) if event.action == joining.JOINED_ELSEWHERE
        ]
    heard = await told_at(database, giang_son_tay, joining.JOINED_ELSEWHERE)
    assert told.detail["text"] == f"{neighbour.name} đồng ý làm việc ở Xã Lam Sơn bằng tài khoản đang có"
    assert {notice.account_id for notice in heard} == {account.id, there.account_id}
    assert all("Xã Lam Sơn" in notice.title for notice in heard)
    [here] = await told_at(database, administrator.organ, "office.agreed")
    assert here.account_id == administrator.account_id
    assert "lời mời không ghi chức vụ" in here.title
    async with database.tenant(giang_son_tay.id) as session:
        with pytest.raises(Conflict, match="nhiều đơn vị"):
            await operations.renew_password(session, there, neighbour.staff_id)


async def test_who_refuses_leaves_a_line_in_the_trail_and_nothing_else(
    database: Database, administrator: Actor, neighbour: Actor, giang_son_tay: Organ
) -> None:
    account, acts_there = await account_of(database, neighbour), await acts_at(database, giang_son_tay)
    await invited(database, administrator, account)
    async with database.tenant(administrator.organ.id) as session:
        await joining.refuse(session, account.id)
    assert (await acts_at(database, administrator.organ))[-2:] == ["office.invite", "office.refused_invitation"]
    assert await acts_at(database, giang_son_tay) == acts_there
    assert await staff_of(database, administrator.organ, account) == []
    assert await served(database, account) == {giang_son_tay.id}
    assert await jobs_wanted(database) == []
    async with database.tenant(administrator.organ.id) as session:
        for answer in (joining.agree, joining.refuse):
            with pytest.raises(NotFound):
                await answer(session, account.id)
    await invited(database, administrator, account)  # they may be asked again


async def test_an_invitation_is_over_after_thirty_days(
    database: Database, administrator: Actor, neighbour: Actor, giang_son_tay: Organ
) -> None:
    account = await account_of(database, neighbour)
    with clock.fixed_at(clock.instant(TODAY, 9)):
        one = await invited(database, administrator, account)
        async with database.tenant(administrator.organ.id) as session:
            assert await joining.end_expired(session) == 0
    with clock.fixed_at(one.expires_at):
        async with database.tenant(administrator.organ.id) as session:
            assert await joining.waiting(session, administrator) == []
            with pytest.raises(NotFound):
                await joining.agree(session, account.id)
            with pytest.raises(NotFound):
                await joining.withdraw(session, administrator, one.id)
        async with database.tenant(giang_son_tay.id) as session:
            await jobs.end_invitations(session)  # another organ's job ends none of ours
        async with database.tenant(administrator.organ.id) as session:
            assert await joining.end_expired(session) == 1
            assert await joining.end_expired(session) == 0
    assert (await acts_at(database, administrator.organ))[-1] == "office.invitation_expired"
    assert (one.last_day - TODAY).days == invitations.LASTS_DAYS


async def test_who_invited_may_take_it_back_and_nobody_else(
    sign_in: Any, database: Database, administrator: Actor, neighbour: Actor, giang_son_tay: Organ, actor_with: Any
) -> None:
    account = await account_of(database, neighbour)
    one = await invited(database, administrator, account)
    stranger = await sign_in(await actor_with(giang_son_tay, "administrator"))
    assert (await stranger.send(f"{PATH}/{one.id}/rut-lai", {})).status_code == 404
    assert "Lời mời chờ trả lời" not in (await stranger.get("/quan-tri/can-bo")).text
    assert (await stranger.get(f"/api/v1/office/staff/invitations/{one.id}")).status_code == 404
    assert (await stranger.get("/api/v1/office/staff/invitations")).json() == []
    client = await sign_in(administrator)
    [shown] = (await client.get("/api/v1/office/staff/invitations")).json()
    assert (shown["id"], shown["username"], shown["invited_by"]) == (str(one.id), account.username, administrator.name)
    assert (await client.get(f"/api/v1/office/staff/invitations/{one.id}")).json() == shown
    assert (await client.send(f"{PATH}/{one.id}/rut-lai", {})).status_code == 303
    assert (await client.send(f"{PATH}/{one.id}/rut-lai", {})).status_code == 404
    assert (await acts_at(database, administrator.organ)).count("office.withdraw_invitation") == 1
    async with database.tenant(administrator.organ.id) as session:
        with pytest.raises(NotFound):
            await joining.agree(session, account.id)


async def test_an_answer_counts_for_who_was_invited_at_that_organ_alone(
    database: Database, administrator: Actor, neighbour: Actor, clerk: Actor, giang_son_tay: Organ
) -> None:
    await invited(database, administrator, await account_of(database, neighbour))
    for organ_id, account_id in ((administrator.organ.id, clerk.account_id), (giang_son_tay.id, neighbour.account_id)):
        async with database.tenant(organ_id) as session:
            for answer in (joining.agree, joining.refuse):
                with pytest.raises(NotFound):
                    await answer(session, account_id)
    async with database.tenant(administrator.organ.id) as session:
        assert len(await joining.waiting(session, administrator)) == 1


async def test_a_post_that_is_gone_when_somebody_agrees_is_told_and_not_given(
    database: Database, administrator: Actor, neighbour: Actor, lam_son: Organ
) -> None:
    account = await account_of(database, neighbour)
    async with database.tenant(lam_son.id) as session:
        kind = await post_named(database, lam_son, "Văn thư")
        entry = PostEntry("Cán sự dự kiến", kind.unit_id, kind.body_id, kind.role_id, False, 90)
        post = await operations.add_post(session, administrator, entry)
    await invited(database, administrator, account, post.id)
    async with database.tenant(lam_son.id) as session:
        await operations.close_post(session, administrator, post.id, post.version)
    person = await agreed(database, lam_son, account)
    async with database.tenant(lam_son.id) as session:
        assert (await session.scalars(select(Appointment).where(Appointment.staff_id == person.id))).all() == []
    [told] = await told_at(database, lam_son, "office.agreed")
    assert told.title == f"{neighbour.name} đã đồng ý vào làm việc; chưa giao được chức vụ: Chức vụ này đã bỏ."


async def test_who_left_for_another_organ_comes_back_when_they_agree(
    database: Database, administrator: Actor, neighbour: Actor, giang_son_tay: Organ, actor_with: Any
) -> None:
    there: Actor = await actor_with(giang_son_tay, "administrator")
    account = await account_of(database, neighbour)
    await invited(database, administrator, account)
    await agreed(database, administrator.organ, account)
    with clock.fixed_at(clock.instant(TODAY, 9)):
        async with database.tenant(giang_son_tay.id) as session:
            person = await session.find(Staff, neighbour.staff_id)
            await operations.leave(session, there, person.id, person.version, TODAY)
    with clock.fixed_at(clock.instant(TODAY + timedelta(days=1), 9)):
        async with database.tenant(giang_son_tay.id) as session:
            await jobs.release_leavers(session)
        async with database.tenant(giang_son_tay.id) as session:
            person = await session.find(Staff, neighbour.staff_id)
            with pytest.raises(Conflict, match="khi đồng ý"):
                await operations.readmit(session, there, person.id, person.version)
        await invited(database, there, account)
        back = await agreed(database, giang_son_tay, account)
    assert (back.id, back.left_on, back.suspended_on) == (neighbour.staff_id, None, None)
    assert await served(database, account) == {administrator.organ.id, giang_son_tay.id}


async def test_who_has_an_address_gets_a_letter(
    database: Database, administrator: Actor, neighbour: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await account_of(database, neighbour)
    async with database.control() as control:
        (await control.get_one(Account, account.id)).email = "hoa@don-vi.vn"
    monkeypatch.setattr(outbox, "is_set_up", lambda _settings: True)
    await invited(database, administrator, account)
    async with database.control() as control:
        [letter] = (await control.scalars(select(Mail))).all()
    assert letter.receiver == "hoa@don-vi.vn"
    assert "Xã Lam Sơn" in letter.subject
    assert "http://lam-son.localhost:8000/loi-moi" in letter.text


async def test_a_wrong_name_says_nothing_of_which_part_is_wrong(
    database: Database, administrator: Actor, neighbour: Actor, leader: Actor
) -> None:
    account = await account_of(database, neighbour)
    texts = set()
    async with database.tenant(administrator.organ.id) as session:
        for username, name in ((account.username, "Người Khác"), ("khong-co.giang-son-tay", account.full_name)):
            with pytest.raises(InvalidInput) as refused:
                await joining.invite(session, administrator, username, name, None, TODAY)
            texts.add(str(refused.value.fields))
        with pytest.raises(Forbidden):
            await joining.invite(session, leader, account.username, account.full_name, None, TODAY)
    assert len(texts) == 1


async def test_names_cannot_be_tried_out(sign_in: Any, administrator: Actor) -> None:
    client = await sign_in(administrator)
    form = {"username": "ai-do.giang-son-tay", "full_name": "Người Nào"}
    with clock.fixed_at(clock.instant(TODAY, 9)):
        answers = [(await client.send(PATH, form)).status_code for _try in range(11)]
    assert answers == [422] * 10 + [429]


async def test_who_is_suspended_is_signed_out_here_at_once(
    sign_in: Any, database: Database, administrator: Actor, clerk: Actor
) -> None:
    await sign_in(clerk)
    assert await sessions_at(database, clerk) == 1
    async with database.tenant(clerk.organ.id) as session:
        person = await session.find(Staff, clerk.staff_id)
        await operations.suspend(session, administrator, person.id, person.version, "x")
    assert await sessions_at(database, clerk) == 0


async def test_a_leaver_serves_the_organ_no_more_after_the_last_day_and_may_come_back(
    sign_in: Any, database: Database, administrator: Actor, clerk: Actor
) -> None:
    account = await account_of(database, clerk)
    await sign_in(clerk)
    with clock.fixed_at(clock.instant(TODAY, 9)):
        async with database.tenant(clerk.organ.id) as session:
            person = await session.find(Staff, clerk.staff_id)
            await operations.leave(session, administrator, person.id, person.version, TODAY)
        async with database.tenant(clerk.organ.id) as session:
            await jobs.release_leavers(session)  # the last day is not over
    assert await organs_at_issuer(database, account) == ["lam-son"]
    with clock.fixed_at(clock.instant(TODAY + timedelta(days=1), 9)):
        async with database.tenant(clerk.organ.id) as session:
            await jobs.release_leavers(session)
        assert await organs_at_issuer(database, account) == []
        assert await served(database, account) == set()
        assert await sessions_at(database, clerk) == 0
        async with database.tenant(clerk.organ.id) as session:
            assert await operations.release_leavers(session) == 0  # nothing is left to do
            person = await session.find(Staff, clerk.staff_id)
            await operations.readmit(session, administrator, person.id, person.version)
    assert await organs_at_issuer(database, account) == ["lam-son"]
    assert await served(database, account) == {clerk.organ.id}


async def test_moving_takes_both_administrators(
    database: Database, administrator: Actor, neighbour: Actor, giang_son_tay: Organ, actor_with: Any
) -> None:
    there: Actor = await actor_with(giang_son_tay, "administrator")
    account = await account_of(database, neighbour)
    with clock.fixed_at(clock.instant(TODAY, 9)):
        async with database.tenant(giang_son_tay.id) as session:
            person = await session.find(Staff, neighbour.staff_id)
            await operations.leave(session, there, person.id, person.version, TODAY)
        async with database.tenant(administrator.organ.id) as session:
            await joining.invite(session, administrator, account.username, account.full_name, None, clock.today())
    with clock.fixed_at(clock.instant(TODAY + timedelta(days=1), 9)):
        async with database.tenant(giang_son_tay.id) as session:
            await jobs.release_leavers(session)
    assert await served(database, account) == set()
    await agreed(database, administrator.organ, account)
    assert await served(database, account) == {administrator.organ.id}
    assert await organs_at_issuer(database, account) == ["lam-son"]


async def test_an_operator_is_out_of_an_organs_reach(
    database: Database, operator_database: Database, administrator: Actor
) -> None:
    async with operator_database.control() as control:
        provisioner = EmbeddedProvisioner(get_settings().issuer_name)
        operator = await provisioner.provision_operator(control, "van-hanh", "Người Vận Hành")
    async with database.tenant(administrator.organ.id) as session:
        with pytest.raises(InvalidInput):
            await joining.invite(session, administrator, "van-hanh", "Người Vận Hành", None, TODAY)
    async with operator_database.control() as control:
        await provisioner.join(control, administrator.organ.slug, operator.account_id)
    async with database.tenant(administrator.organ.id) as session:
        with pytest.raises(Conflict):
            await enrolment.renew_password(session, operator.account_id, administrator.name)


async def test_an_organs_own_name_that_operates_is_out_of_its_reach_too(
    database: Database, operator_database: Database, administrator: Actor, clerk: Actor
) -> None:
    account = await account_of(database, clerk)
    async with operator_database.control() as control:
        (await control.get_one(IssuerUser, account.sub)).roles = [OPERATOR_ROLE]
    async with database.tenant(administrator.organ.id) as session:
        with pytest.raises(Conflict, match="không do đơn vị cấp"):
            await operations.renew_password(session, administrator, clerk.staff_id)


async def test_who_came_with_an_account_of_elsewhere_keeps_the_password(
    database: Database, administrator: Actor, neighbour: Actor
) -> None:
    account = await account_of(database, neighbour)
    await invited(database, administrator, account)
    person = await agreed(database, administrator.organ, account)
    async with database.tenant(neighbour.organ.id) as session:
        await enrolment.release(session, await session.find(Staff, neighbour.staff_id))
    assert await served(database, account) == {administrator.organ.id}
    async with database.tenant(administrator.organ.id) as session:
        with pytest.raises(Conflict, match="không do đơn vị cấp"):
            await operations.renew_password(session, administrator, person.id)


async def test_no_operator_bears_the_name_of_an_organ(operator_database: Database, lam_son: Organ) -> None:
    async with operator_database.control() as control:
        with pytest.raises(InvalidInput):
            await check_operator_name(control, "van-hanh.lam-son")
        await check_operator_name(control, "van-hanh")
        await check_operator_name(control, "van-hanh.huyen-khac")
