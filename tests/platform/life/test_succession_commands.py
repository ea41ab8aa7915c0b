"""The commands by which communes merge and split."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from sqlalchemy import select
from tests.conftest import Templates

from lienxa.platform import clock
from lienxa.platform.access.models import Staff, Unit
from lienxa.platform.cli import main
from lienxa.platform.db.session import Database
from lienxa.platform.identity.models import Account
from lienxa.platform.life import acts, succession_commands
from lienxa.platform.life.models import OrganWork
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ, organ_by_slug

Command = Callable[..., str]
MERGE = ("merge", "lam-son", "giang-son-tay", "--into", "luong-son", "--new", "luong-son=Lương Sơn")


@pytest.fixture
def command(
    templates: Templates, database_name: str, test_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Command:
    """`command(*words, code=0)`: what `lienxa organ ...` prints. It runs in a process of its own as far as it knows."""
    dsn = templates.cluster.dsn("lx_operator", database_name)
    settings = test_settings.model_copy(update={"db_operator_dsn": SecretStr(dsn)})
    monkeypatch.setattr(succession_commands, "service", lambda: settings)

    def run(*words: str, code: int = 0) -> str:
        answer = CliRunner().invoke(main, ["organ", *words])
        assert answer.exit_code == code, answer.output
        return answer.output

    return run


def in_a_month() -> str:
    return f"{clock.today() + timedelta(days=30):%d/%m/%Y}"


def test_what_would_pass_is_printed_and_nothing_changes(
    command: Command, busy_lam_son: Organ, giang_son_tay: Organ
) -> None:
    said = command(*MERGE, "--dry-run", "--person", "van-thu.giang-son-tay=-", "--symbol", "van-phong=VPTH")
    assert said.startswith("Đơn vị cũ: Xã Lam Sơn, Xã Giang Sơn Tây\nĐơn vị nhận: Xã Lương Sơn\n")
    assert "  Xã Lam Sơn > Xã Lương Sơn: Văn bản đến chưa giải quyết: " in said
    assert "> không sang: chưa giao chức vụ" in said
    assert "Ký hiệu van-phong: VPTH" in said
    assert said.endswith("Chưa có gì thay đổi.\n")
    assert command(*MERGE, "--dry-run", "--at", "31/02/2027", code=1).startswith("Lỗi: “31/02/2027”")
    assert "Không có “ai-do”" in command(*MERGE, "--dry-run", "--person", "ai-do=-", code=1)
    assert "đã có bộ phận khác dùng" in command(*MERGE, "--dry-run", "--symbol", "van-phong=TC", code=1)
    assert "TÊN=GIÁ-TRỊ" in command(*MERGE, "--dry-run", "--symbol", "VP", code=1)
    assert "ít nhất hai đơn vị nhận" in command("split", "lam-son", "--into", "giang-son-tay", code=1)


async def in_a_thread(command: Command, *words: str) -> str:
    """A command opens an event loop of its own."""
    return await asyncio.to_thread(command, *words)


async def the_works(database: Database) -> list[OrganWork]:
    async with database.control() as control:
        return list(await control.scalars(select(OrganWork).order_by(OrganWork.asked_at)))


def test_a_day_is_set_and_called_off(command: Command, lam_son: Organ, giang_son_tay: Organ) -> None:
    assert "Đã hẹn: tự chạy đầu ngày" in command(*MERGE, "--yes", "--at", in_a_month())
    assert "bỏ việc đang hẹn" in command(*MERGE, "--yes", code=1)
    assert command("call-off", "giang-son-tay") == "Đã bỏ; không có gì thay đổi.\n"
    assert "đang hẹn" in command("call-off", "giang-son-tay", code=1)


def test_nothing_is_done_without_a_word(command: Command, lam_son: Organ, giang_son_tay: Organ) -> None:
    command(*MERGE, code=1)


async def test_two_are_merged_by_a_command(
    command: Command,
    lam_son: Organ,
    giang_son_tay: Organ,
    database: Database,
    operator_database: Database,
) -> None:
    choices = ("--person", "van-thu.giang-son-tay=-", "--symbol", "van-phong=VPTH")
    said = await in_a_thread(command, *MERGE, *choices, "--yes")
    assert "Đã sáp nhập xong." in said
    async with database.control() as control:
        new = await organ_by_slug(control, "luong-son")
        clerk = await control.scalar(select(Account.id).where(Account.username == "van-thu.giang-son-tay"))
    assert new is not None
    async with database.tenant(new.id) as session:
        assert await session.scalar(select(Unit.symbol).where(Unit.code == "van-phong")) == "VPTH"
        assert await session.scalar(select(Staff.left_on).where(Staff.account_id == clerk)) is not None
    work = (await the_works(database))[0]
    assert (work.kind, work.state) == ("merge", "done")
    # The worker that would have gone on with what a killed command had left finds nothing to do.
    assert (await acts.carry_out(operator_database, work.id)).ended_at == work.ended_at
    said = await in_a_thread(
        command,
        *("split", "luong-son", "--into", "luong-ha", "luong-thuong", "--new", "luong-ha=Lương Hạ"),
        *("--new", "luong-thuong=Lương Thượng", "--admin", "luong-ha=quan-tri.lam-son"),
        *("--admin", "luong-thuong=quan-tri.lam-son", "--unit", "van-phong=luong-thuong", "--yes"),
        *("--hall", "Phòng họp số 1 (Lam Sơn)=luong-thuong"),
    )
    assert "> Xã Lương Thượng: Phòng họp: 1" in said
    assert "Đã chia tách xong." in said
