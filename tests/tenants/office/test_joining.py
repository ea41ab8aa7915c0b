"""Staff that come from another organ with the account they have, are shut out, leave and come back."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Staff
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, Forbidden, InvalidInput
from lienxa.platform.identity import enrolment
from lienxa.platform.identity.addresses import OPERATOR_ROLE
from lienxa.platform.identity.models import Account, AccountOrgan, IssuerUser, SignOnSession
from lienxa.platform.identity.provisioning import EmbeddedProvisioner
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.jobs.running import run_job
from lienxa.platform.notify.models import Notice
from lienxa.platform.operator.specs import check_operator_name
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.office import jobs, operations
from lienxa.tenants.office.pages.joining import PATH

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


async def test_an_account_of_another_organ_serves_this_one_too(
    sign_in: Any, database: Database, administrator: Actor, neighbour: Actor, giang_son_tay: Organ
) -> None:
    account, client = await account_of(database, neighbour), await sign_in(administrator)
    assert PATH in (await client.get("/quan-tri/can-bo/moi")).text
    form = {"username": account.username.upper(), "full_name": f"  {account.full_name} ", "held_from": "24/11/2026"}
    answer = await client.send(PATH, form)
    assert answer.status_code == 303, answer.text
    assert await served(database, account) == {administrator.organ.id, giang_son_tay.id}
    assert set(await organs_at_issuer(database, account)) == {"lam-son", "giang-son-tay"}
    text = (await client.get(answer.headers["location"])).text
    assert "Cũng làm việc ở" in text
    assert "xã Giang Sơn Tây" in text
    async with database.tenant(administrator.organ.id) as session:
        person = (await session.scalars(select(Staff).where(Staff.account_id == account.id))).one()
        (told,) = await timeline(session, person.id)
    assert told.action == "office.invite"
    again = await client.send(PATH, form)
    assert again.status_code == 409
    assert "đã là cán bộ của đơn vị" in again.text


async def test_who_is_taken_in_elsewhere_and_who_runs_their_organ_are_told(
    database: Database, administrator: Actor, neighbour: Actor, giang_son_tay: Organ, actor_with: Any
) -> None:
    account, there = await account_of(database, neighbour), await actor_with(giang_son_tay, "administrator")
    async with database.tenant(administrator.organ.id) as session:
        await operations.invite(session, administrator, account.username, account.full_name, None, TODAY)
    async with database.control() as control:
        wanted = (await control.scalars(select(QueuedJob))).all()
    [one] = [one for one in wanted if one.message["actor_name"] == jobs.tell_joined.name]
    for _delivery in range(2):
        await run_job(jobs.tell_joined, database, one.message_id, tuple(one.message["args"]))
    async with database.tenant(giang_son_tay.id) as session:
        [told] = [
            event
            for event in await timeline(session, neighbour.staff_id)
            if event.action == operations.JOINED_ELSEWHERE
        ]
        heard = (await session.scalars(select(Notice).where(Notice.kind == operations.JOINED_ELSEWHERE))).all()
    assert told.detail["text"] == f"Xã Lam Sơn nhận {neighbour.name} vào làm việc bằng tài khoản đang có"
    assert {notice.account_id for notice in heard} == {account.id, there.account_id}
    assert all("Xã Lam Sơn" in notice.title for notice in heard)


async def test_a_wrong_name_says_nothing_of_which_part_is_wrong(
    database: Database, administrator: Actor, neighbour: Actor, leader: Actor
) -> None:
    account = await account_of(database, neighbour)
    texts = set()
    async with database.tenant(administrator.organ.id) as session:
        for username, name in ((account.username, "Người Khác"), ("khong-co.giang-son-tay", account.full_name)):
            with pytest.raises(InvalidInput) as refused:
                await operations.invite(session, administrator, username, name, None, TODAY)
            texts.add(str(refused.value.fields))
        with pytest.raises(Forbidden):
            await operations.invite(session, leader, account.username, account.full_name, None, TODAY)
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
            await operations.invite(session, administrator, account.username, account.full_name, None, TODAY)
    with clock.fixed_at(clock.instant(TODAY + timedelta(days=1), 9)):
        async with database.tenant(giang_son_tay.id) as session:
            await jobs.release_leavers(session)
    assert await served(database, account) == {administrator.organ.id}
    assert await organs_at_issuer(database, account) == ["lam-son"]
    async with database.tenant(giang_son_tay.id) as session:
        with pytest.raises(Conflict):
            await operations.invite(session, there, account.username, account.full_name, None, TODAY)


async def test_an_operator_is_out_of_an_organs_reach(
    database: Database, operator_database: Database, administrator: Actor
) -> None:
    async with operator_database.control() as control:
        provisioner = EmbeddedProvisioner(get_settings().issuer_name)
        operator = await provisioner.provision_operator(control, "van-hanh", "Người Vận Hành")
    async with database.tenant(administrator.organ.id) as session:
        with pytest.raises(InvalidInput):
            await operations.invite(session, administrator, "van-hanh", "Người Vận Hành", None, TODAY)
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
    async with database.tenant(administrator.organ.id) as session:
        person = await operations.invite(session, administrator, account.username, account.full_name, None, TODAY)
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
