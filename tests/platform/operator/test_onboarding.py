"""An organ is onboarded whole or not at all, also when the process is killed in the middle."""

import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, InvalidInput
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.module import Opening
from lienxa.platform.operator import onboarding
from lienxa.platform.operator.onboarding import OrganSpec, Person
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ

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
        from sqlalchemy import func, select

        from lienxa.tenants.procedures.models import Procedure

        assert await session.scalar(select(func.count()).select_from(Procedure)) == 112


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
        ({"opening": Opening({"incoming": 0})}, "opening"),
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
