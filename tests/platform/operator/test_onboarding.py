"""An organ is onboarded whole or not at all, also when the process is killed in the middle."""

import asyncio
import inspect
import os
import re
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select

from lienxa.platform import cli, clock
from lienxa.platform.access import repository
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Role
from lienxa.platform.audit import sealing
from lienxa.platform.db.embedded import free_port
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, InvalidInput
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.module import Opening
from lienxa.platform.operator import commands, onboarding
from lienxa.platform.operator.specs import OrganSpec, Person
from lienxa.platform.settings import Settings, get_settings
from lienxa.platform.tenancy.organs import LIVE, Organ, children_of, host_of
from lienxa.tenants.documents.models import NumberCounter
from lienxa.tenants.procedures.models import Procedure

FindActor = Callable[..., Awaitable[Actor]]


def new_commune(**changes: Any) -> OrganSpec:
    return OrganSpec(
        **{
            "slug": "xuan-son",
            "name": "Xuân Sơn",
            "kind": "commune",
            "host": "xuan-son.localhost",
            "parent_slug": "do-luong",
            "administrator": Person("quan-tri.xuan-son", "Nguyễn Văn Thử"),
            "opening": Opening({"incoming": 312}),
            "phase": LIVE,
            **changes,
        }
    )


def rows(owner_dsn: str) -> dict[str, int]:
    """How many rows each table has."""
    with psycopg.connect(owner_dsn) as connection:
        tables = connection.execute(
            "select relnamespace::regnamespace || '.' || relname from pg_class where relkind = 'r' "
            "and relnamespace in ('app'::regnamespace, 'control'::regnamespace, 'rollup'::regnamespace)"
        ).fetchall()
        return {
            table: connection.execute(f"select count(*) from {table}").fetchone()[0]  # type: ignore[index]
            for (table,) in tables
        }


async def test_a_new_commune_has_everything_and_stands_in_the_registry(
    do_luong: Organ, operator_database: Database, database: Database, test_settings: Settings, actor_with: FindActor
) -> None:
    added = await onboarding.add_organ(operator_database, provisioner_for(test_settings), new_commune())
    assert added.organ.parent_id == do_luong.id
    assert added.administrator.one_time_password
    administrator = await actor_with(added.organ, "administrator")
    assert administrator.account_id == added.administrator.account_id
    async with database.tenant(added.organ.id) as session:
        assert await session.scalar(select(func.count()).select_from(Procedure)) == 112
        assert {body.code for body in await repository.bodies(session)} == {
            "party",
            "inspection",
            "council",
            "committee",
        }
        roles = (await session.scalars(select(Role.code))).all()
        assert set(roles) == {"clerk", "office_head", "leader", "specialist", "counter", "administrator"}
        counters = await session.scalars(select(NumberCounter.last_number))
        assert 311 in counters.all()  # the next paper to come in gets number 312
    async with database.control() as control:
        assert await host_of(control, added.organ.id) == "xuan-son.localhost"
        assert added.organ.id in {organ.id for organ in await children_of(control, do_luong.id)}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": "id"}, "slug"),
        ({"slug": "Xuân Sơn"}, "slug"),
        ({"kind": "hamlet"}, "kind"),
        ({"name": " "}, "name"),
        ({"parent_slug": None}, "parent"),
        ({"parent_slug": "lam-son"}, "parent"),
        ({"parent_slug": "no-such"}, "parent"),
        ({"name": "Xuân\nSơn"}, "name"),
        ({"level_label": " "}, "level"),
        ({"host": ""}, "host"),
        ({"host": "xuanson"}, "host"),
        ({"host": "xuân-sơn.localhost"}, "host"),
        ({"host": "xuan son.localhost"}, "host"),
        ({"host": "xuan-.localhost"}, "host"),
        ({"host": "xuan..localhost"}, "host"),
        ({"host": "xuan-son.localhost:8000"}, "host"),
        ({"host": "http://xuan-son.localhost"}, "host"),
        ({"host": "Xuan-Son.localhost"}, "host"),
        ({"host": "127.0.0.1"}, "host"),
        ({"host": "localhost"}, "host"),
        ({"host": "id.localhost"}, "host"),
        ({"host": "www.localhost"}, "host"),
        ({"host": f"{'a' * 64}.localhost"}, "host"),
        ({"administrator": Person("", "Nguyễn Văn Thử")}, "username"),
        ({"administrator": Person("qt", "Nguyễn Văn Thử")}, "username"),
        ({"administrator": Person("Quản trị", "Nguyễn Văn Thử")}, "username"),
        ({"administrator": Person(".quan-tri", "Nguyễn Văn Thử")}, "username"),
        ({"administrator": Person("q" * 62, "Nguyễn Văn Thử")}, "username"),
        ({"administrator": Person("quan-tri.xuan-son", "")}, "full_name"),
        ({"administrator": Person("quan-tri.xuan-son", " \t")}, "full_name"),
        ({"administrator": Person("quan-tri.xuan-son", "N" * 101)}, "full_name"),
        ({"opening": Opening({"incoming": 0})}, "opening"),
        ({"opening": Opening({"incoming": 1_000_000})}, "opening"),
        ({"opening": Opening({"incomming": 312})}, "opening"),
        ({"opening": Opening({"nobody/QĐ": 57})}, "opening"),
        ({"opening": Opening({"committee/XX": 57})}, "opening"),
        ({"kind": "district", "opening": Opening({"incoming": 312})}, "opening"),
        ({"opening": Opening(term="2025")}, "term"),
        ({"opening": Opening(term="2030-2025")}, "term"),
        ({"opening": Opening(term="２０２５-２０３０")}, "term"),
        ({"opening": Opening(term_opened_on=clock.today() + timedelta(days=1))}, "term_opened"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_field_and_leaves_nothing(
    do_luong: Organ,
    lam_son: Organ,
    operator_database: Database,
    test_settings: Settings,
    owner_dsn: str,
    changes: dict[str, Any],
    field: str,
) -> None:
    before = rows(owner_dsn)
    with pytest.raises(InvalidInput) as refused:
        await onboarding.add_organ(operator_database, provisioner_for(test_settings), new_commune(**changes))
    assert [fault.field for fault in refused.value.fields] == [field]
    assert rows(owner_dsn) == before


@pytest.mark.parametrize("changes", [{"slug": "lam-son"}, {"host": "lam-son.localhost"}])
async def test_a_slug_or_host_in_use_is_a_conflict(
    lam_son: Organ, operator_database: Database, test_settings: Settings, owner_dsn: str, changes: dict[str, Any]
) -> None:
    before = rows(owner_dsn)
    with pytest.raises(Conflict):
        await onboarding.add_organ(operator_database, provisioner_for(test_settings), new_commune(**changes))
    assert rows(owner_dsn) == before


@pytest.mark.parametrize("changes", [{}, {"slug": "xuan-an"}])
async def test_of_two_at_once_one_is_told_that_it_is_taken(
    do_luong: Organ, operator_database: Database, test_settings: Settings, changes: dict[str, Any]
) -> None:
    provisioner = provisioner_for(test_settings)
    specs = (new_commune(), new_commune(**changes))
    ends = await asyncio.gather(
        *(onboarding.add_organ(operator_database, provisioner, spec) for spec in specs), return_exceptions=True
    )
    assert sorted(type(end).__name__ for end in ends) == ["Conflict", "Onboarded"]


async def test_a_host_of_another_domain_is_an_organ_s_own(
    do_luong: Organ, operator_database: Database, test_settings: Settings
) -> None:
    spec = new_commune(host="vanphong.xuanson.example")
    added = await onboarding.add_organ(operator_database, provisioner_for(test_settings), spec)
    assert added.organ.slug == "xuan-son"


async def test_a_fault_at_the_last_step_leaves_nothing(
    do_luong: Organ, operator_database: Database, test_settings: Settings, owner_dsn: str
) -> None:
    before = rows(owner_dsn)

    async def fail(_organ: Organ, _open_session: onboarding.OpenSession) -> None:
        raise RuntimeError("the last step")

    with pytest.raises(RuntimeError, match="the last step"):
        await onboarding.add_organ(operator_database, provisioner_for(test_settings), new_commune(), fail)
    assert rows(owner_dsn) == before


KILLED_AFTER = """
import os, signal
from sqlalchemy import event
from sqlalchemy.engine import Engine
left = int(os.environ["KILLED_AFTER"])

@event.listens_for(Engine, "after_cursor_execute")
def count(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

from lienxa.platform.cli import main
main()
"""


COMMAND = ("organ", "add", "xuan-son", "Xuân Sơn", "--parent", "do-luong", "--admin-name", "Nguyễn Văn Thử")


def run_command(
    database: Database, data: Path, *command: str, killed_after: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run `lienxa ...` as a process of its own, against the test's database."""
    dsn = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return subprocess.run(
        [sys.executable, "-c", KILLED_AFTER, *command],
        env={
            **os.environ,
            "LIENXA_DATA": str(data),
            "LIENXA_DB_OPERATOR_DSN": dsn,
            "KILLED_AFTER": str(killed_after),
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("statements", [3, 9, 16, 25])
async def test_killed_in_the_middle_it_leaves_nothing_and_the_retry_works(
    do_luong: Organ,
    operator_database: Database,
    test_settings: Settings,
    owner_dsn: str,
    tmp_path: Path,
    statements: int,
) -> None:
    before = rows(owner_dsn)
    killed = run_command(operator_database, tmp_path, *COMMAND, killed_after=statements)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert rows(owner_dsn) == before
    retried = await onboarding.add_organ(operator_database, provisioner_for(test_settings), new_commune())
    assert retried.organ.slug == "xuan-son"
    assert rows(owner_dsn)["control.tenant"] == before["control.tenant"] + 1


def test_the_command_says_where_to_go_and_as_whom(do_luong: Organ, operator_database: Database, tmp_path: Path) -> None:
    done = run_command(operator_database, tmp_path, *COMMAND)
    assert done.returncode == 0, done.stderr
    assert "http://xuan-son.localhost:8000" in done.stdout
    assert "quan-tri.xuan-son" in done.stdout
    again = run_command(operator_database, tmp_path, *COMMAND)
    assert again.returncode == 1
    assert "Đã có đơn vị" in again.stderr
    assert "Traceback" not in again.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--opening", "incoming=²"), "“incoming=²” không đọc được"),
        (("--opening", "incoming=" + "1" * 5000), "không đọc được"),
        (("--opening", "committee/XX=5"), "Không có sổ committee/XX"),
        (("--opening", "incoming=1000000"), "từ 1 đến 999999"),
        (("--kind", "district", "--opening", "incoming=5"), "không mở sổ"),
        (("--term", "nhiệm kỳ"), "Nhiệm kỳ “nhiệm kỳ”"),
        (("--term-opened", "2999-01-01"), "Nhiệm kỳ chưa bắt đầu"),
        (("--term-opened", "01/07/2025"), "không phải là ngày"),
        (("--host", "id.localhost"), "dành riêng cho hệ thống"),
        (("--host", "127.0.0.1"), "không hợp lệ"),
        (("--admin", "Quản trị"), "Tên đăng nhập"),
        (("--admin-name", " "), "Họ và tên người quản trị trống"),
        (("--admin-name", "N\udcff"), "ký tự lạ"),
        (("--parent", "đô-lương"), "Không có đơn vị cấp trên"),
        (("--nothing",), "Không có tùy chọn --nothing"),
        (("one", "more"), "Thừa chữ"),
    ],
)
def test_what_the_command_refuses_is_one_clear_line(
    do_luong: Organ,
    operator_database: Database,
    test_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    dsn = operator_database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("LIENXA_DB_OPERATOR_DSN", dsn)
    get_settings.cache_clear()
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main([*COMMAND, *arguments])
    finally:
        get_settings.cache_clear()
    shown = capsys.readouterr().err
    assert ended.value.code in {1, 2}
    assert shown.startswith("Lỗi: ")
    assert said in shown


def test_a_database_that_is_not_there_is_said(
    test_settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIENXA_DB_OPERATOR_DSN", f"postgresql://nobody@127.0.0.1:{free_port()}/nothing")
    get_settings.cache_clear()
    try:
        with pytest.raises(SystemExit):
            cli.main([*COMMAND])
    finally:
        get_settings.cache_clear()
    assert capsys.readouterr().err.startswith("Lỗi: Cơ sở dữ liệu không trả lời.")


def test_the_command_lets_an_operator_in(do_luong: Organ, operator_database: Database, tmp_path: Path) -> None:
    done = run_command(operator_database, tmp_path, "operator", "add", "van-hanh", "--name", "Phan Thị Thử")
    assert done.returncode == 0, done.stderr
    assert "http://localhost:8000/van-hanh" in done.stdout
    assert re.search(r"Mật khẩu dùng một lần: \w{4}-\w{4}-\w{4}", done.stdout)
    other = run_command(operator_database, tmp_path, "operator", "add", "van-hanh", "--name", "Người Khác")
    assert other.returncode == 1
    assert "đã có người dùng" in other.stderr
    wrong = run_command(operator_database, tmp_path, "operator", "add", "Vận hành", "--name", "Phan Thị Thử")
    assert "không hợp lệ" in wrong.stderr


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("organ",),
        ("organ", "add"),
        ("organ", "list"),
        ("operator",),
        ("operator", "add"),
        ("operator", "remove"),
        ("account",),
        ("account", "disable"),
        ("audit", "verify"),
        ("keys", "new"),
        ("keys", "rotate"),
    ],
)
def test_help_is_in_vietnamese(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([*command, "--help"])
    shown = capsys.readouterr().out
    assert ended.value.code in {0, None}
    assert shown.startswith("Cách dùng: ")
    assert not re.search(r"Usage|Options|Commands|Show|required|default|the ", shown)


def test_every_fault_of_the_trail_has_its_words() -> None:
    kinds = set(re.findall(r'Fault\([\w.]+, "([a-z ]+)"\)', inspect.getsource(sealing)))
    assert kinds == commands.FAULTS.keys()
