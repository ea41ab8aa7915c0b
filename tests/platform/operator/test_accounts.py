"""Operators are listed and let go, accounts are shut out and let in again: here, at the issuer, and told."""

from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from tests.conftest import FindActor, Visit, Visitor
from tests.platform.operator.test_onboarding import run_command

from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.operators import OperatorEvent
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, NotFound
from lienxa.platform.identity.issuer.passwords import matches
from lienxa.platform.identity.models import Account, IssuerUser, SignOnSession
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.notify.models import Notice
from lienxa.platform.operator import accounts
from lienxa.platform.operator.jobs import set_account
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import fold


async def username_of(database: Database, actor: Actor) -> str:
    async with database.control() as control:
        return (await control.get_one(Account, actor.account_id)).username


async def add_operator(operator_database: Database, settings: Settings, username: str) -> None:
    async with operator_database.control() as control:
        await provisioner_for(settings).provision_operator(control, username, "Phan Thị Thử", "lien-xa")


async def told(database: Database, organ: Organ, act: str) -> list[dict[str, Any]]:
    async with database.tenant(organ.id) as session:
        return list(await session.scalars(select(AuditEvent.detail).where(AuditEvent.action == act)))


async def test_a_disabled_account_is_out_everywhere_and_its_organs_are_told(
    lam_son: Organ,
    clerk: Actor,
    visit: Visit,
    actor_with: FindActor,
    database: Database,
    operator_database: Database,
    test_settings: Settings,
) -> None:
    visitor = await visit(lam_son, clerk)
    assert (await visitor.get("/viec-cua-toi")).status_code == 200
    username, provisioner = await username_of(database, clerk), provisioner_for(test_settings)

    async def act(*, enabled: bool) -> None:
        await accounts.set_enabled(
            operator_database, test_settings, provisioner, username.upper(), "phan-thi", enabled=enabled
        )

    await act(enabled=False)
    assert (await visitor.get("/viec-cua-toi")).status_code == 303
    async with database.control() as control:
        user = await control.scalar(select(IssuerUser).where(IssuerUser.username == username))
        assert user is not None
        assert (user.enabled, user.signed_out_times) == (False, 1)
        assert await control.scalar(select(func.count()).select_from(SignOnSession)) == 0
        [noted] = await control.scalars(select(OperatorEvent).where(OperatorEvent.action == "account.disabled"))
    assert (noted.operator, noted.detail) == ("phan-thi", username)
    [detail] = await told(database, lam_son, "office.account_disabled")
    assert detail["operator"] == "phan-thi"
    assert username in detail["text"]
    administrator = await actor_with(lam_son, "administrator")
    async with database.tenant(lam_son.id) as session:
        heard = (await session.scalars(select(Notice).where(Notice.account_id == administrator.account_id))).all()
    assert ["khóa tài khoản" in notice.title for notice in heard] == [True]

    await act(enabled=True)
    async with database.control() as control:
        assert await control.scalar(select(IssuerUser.enabled).where(IssuerUser.username == username))
        assert (await control.get_one(Account, clerk.account_id)).disabled_at is None
    assert len(await told(database, lam_son, "office.account_enabled")) == 1
    assert (await visitor.get("/viec-cua-toi")).status_code == 303, "the ended session stays ended"


async def test_a_renewed_password_is_told_and_ends_what_was_open(
    lam_son: Organ,
    clerk: Actor,
    visit: Visit,
    database: Database,
    operator_database: Database,
    test_settings: Settings,
) -> None:
    visitor = await visit(lam_son, clerk)
    username, provisioner = await username_of(database, clerk), provisioner_for(test_settings)
    printed = await accounts.renew_password(operator_database, test_settings, provisioner, username, "phan-thi")
    async with database.control() as control:
        user = (await control.scalars(select(IssuerUser).where(IssuerUser.username == username))).one()
        noted = select(OperatorEvent.detail).where(OperatorEvent.action == "account.password_renewed")
        assert (await control.scalars(noted)).all() == [username]
    assert matches(printed, user.password_hash)
    assert user.must_change_password
    assert (await visitor.get("/viec-cua-toi")).status_code == 303
    [detail] = await told(database, lam_son, "office.renew_password")
    assert detail["operator"] == "phan-thi"
    with pytest.raises(NotFound):
        await accounts.renew_password(operator_database, test_settings, provisioner, "khong-co-ai", "phan-thi")


async def test_the_last_operator_is_neither_removed_nor_disabled(
    operator: Visitor,
    lam_son: Organ,
    clerk: Actor,
    database: Database,
    operator_database: Database,
    test_settings: Settings,
) -> None:
    provisioner = provisioner_for(test_settings)

    async def remove(username: str) -> None:
        await accounts.retire_operator(operator_database, test_settings, provisioner, username, "phan-thi")

    async def disable(username: str) -> None:
        await accounts.set_enabled(operator_database, test_settings, provisioner, username, "phan-thi", enabled=False)

    for refused in (remove, disable):
        with pytest.raises(Conflict, match="cuối cùng"):
            await refused("van-hanh")
    await add_operator(operator_database, test_settings, "van-hanh-2")
    await disable("van-hanh-2")
    with pytest.raises(Conflict, match="cuối cùng"):
        await remove("van-hanh")
    with pytest.raises(Conflict, match="không phải"):
        await remove(await username_of(database, clerk))
    with pytest.raises(NotFound, match="khong-co"):
        await remove("khong-co")
    await add_operator(operator_database, test_settings, "van-hanh-3")
    assert (await operator.get("/van-hanh")).status_code == 200
    await remove("van-hanh")
    assert (await operator.get("/van-hanh")).status_code == 303
    async with operator_database.control() as control:
        seen = await accounts.operators_there(control, provisioner)
        noted = (await control.scalars(select(OperatorEvent.action))).all()
    assert [account.username for account, _last in seen] == ["van-hanh-2", "van-hanh-3"]
    assert noted.count("operator.removed") == 1


def test_the_commands_say_what_they_did(lam_son: Organ, operator_database: Database, tmp_path: Path) -> None:
    for username in ("van-hanh", "truc-dem"):
        run_command(operator_database, tmp_path, "operator", "add", username, "--name", "Phan Thị Thử")
    removed = run_command(operator_database, tmp_path, "operator", "remove", "truc-dem")
    assert "thôi làm người vận hành" in removed.stdout
    last = run_command(operator_database, tmp_path, "operator", "remove", "van-hanh")
    assert last.returncode == 1
    assert last.stderr.startswith("Lỗi: van-hanh là người vận hành cuối cùng")
    listed = run_command(operator_database, tmp_path, "operator", "list").stdout
    assert listed.split()[:3] == ["van-hanh", "đang", "mở"]
    assert "truc-dem" not in listed
    run_command(operator_database, tmp_path, "account", "disable", "van-thu.lam-son")
    shown = run_command(operator_database, tmp_path, "account", "show", "van-thu.lam-son").stdout
    assert "Đã khóa từ" in shown
    assert "lam-son" in shown
    assert "Đã mở lại" in run_command(operator_database, tmp_path, "account", "enable", "van-thu.lam-son").stdout
    nobody = run_command(operator_database, tmp_path, "account", "disable", "khong-co")
    assert "Không có tài khoản “khong-co”" in nobody.stderr


async def test_the_page_finds_accounts_and_a_worker_does_what_is_asked(
    operator: Visitor,
    lam_son: Organ,
    clerk: Actor,
    database: Database,
    operator_database: Database,
    test_settings: Settings,
) -> None:
    username, provisioner = await username_of(database, clerk), provisioner_for(test_settings)
    everybody = (await operator.get("/van-hanh/tai-khoan")).text
    assert "van-hanh" in everybody
    assert username not in everybody
    for words in (username, quote(clerk.name), quote(fold(clerk.name))):
        found = (await operator.get(f"/van-hanh/tai-khoan?q={words}")).text
        assert username in found
        assert lam_son.title in found
    assert "Không tìm thấy" in (await operator.get("/van-hanh/tai-khoan?q=%25")).text

    async def asked() -> list[list[Any]]:
        async with database.control() as control:
            messages = (await control.scalars(select(QueuedJob.message))).all()
        return [message["args"] for message in messages if message["actor_name"] == set_account.name]

    async with database.control() as control:
        own = await control.scalar(select(Account.id).where(Account.username == "van-hanh"))
    assert (await operator.post(f"/van-hanh/tai-khoan/{own}/khoa")).status_code == 409
    assert (await operator.post(f"/van-hanh/tai-khoan/{uuid4()}/khoa")).status_code == 404
    assert await asked() == []
    answer = await operator.post(f"/van-hanh/tai-khoan/{clerk.account_id}/khoa")
    assert answer.headers["location"] == f"/van-hanh/tai-khoan?q={username}"
    assert await asked() == [[str(clerk.account_id), False, str(own)]]
    for _delivery in range(2):
        await accounts.carry_out(operator_database, provisioner, clerk.account_id, own, enabled=False)
    shown = (await operator.get(answer.headers["location"])).text
    assert "Đã khóa" in shown
    assert "Mở lại" in shown
    await accounts.carry_out(operator_database, provisioner, own, own, enabled=False)
    trail = (await operator.get("/van-hanh/nhat-ky")).text
    assert "Không khóa, không mở lại được tài khoản" in trail
    assert "cuối cùng" in trail
