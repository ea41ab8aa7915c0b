"""A pooler before the database lends one connection to one organ after the other: nothing of them may meet on it.

PgBouncer is the system's, or is unpacked from Debian's packages; where neither is to be had these tests are left out.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pooler
import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import select, text
from tests.isolation import test_binding
from tests.isolation.mutations import bound_for_the_session
from tests.isolation.test_servers import folder, run  # noqa: F401 -- a fixture

from lienxa.platform.db import migrations
from lienxa.platform.db.embedded import SUPERUSER, Cluster, bootstrap
from lienxa.platform.db.session import Database
from lienxa.platform.doctor.examination import examine
from lienxa.platform.doctor.findings import Patient
from lienxa.platform.doctor.pooler import ways
from lienxa.platform.settings import Settings, get_settings

pytestmark = pytest.mark.long

TESTS = Path(__file__).parents[1]
NAME = "trial"


@pytest.fixture(scope="session")
def pgbouncer() -> Path:
    found = pooler.program()
    if found is None:
        pytest.skip("PgBouncer is neither installed nor to be had from Debian: its tests are left out")
    return found


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:  # noqa: F811
    """A server that nobody uses."""
    made = Cluster(folder / "postgresql", fsync=False)
    made.start()
    yield made
    made.remove()


@pytest.fixture
def one_connection(pgbouncer: Path, cluster: Cluster, folder: Path) -> Iterator[pooler.Pooler]:  # noqa: F811
    """A migrated database behind a pooler that has one connection for each login."""
    bootstrap(cluster, NAME)
    migrations.upgrade(cluster.dsn("lx_migrator", NAME))
    with pooler.running(pgbouncer, folder, cluster.dsn(SUPERUSER, "postgres"), connections=1) as started:
        yield started


@pytest.fixture
async def pooled(
    one_connection: pooler.Pooler, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    """The application's login, led through it."""
    monkeypatch.setenv("LIENXA_DB_DIRECT_DSN", f"postgresql://127.0.0.1:{cluster.port}")
    get_settings.cache_clear()
    database = Database(one_connection.through(cluster.dsn("lx_app", NAME)), pool_size=20)
    monkeypatch.undo()
    get_settings.cache_clear()
    yield database
    await database.close()


async def test_two_hundred_transactions_of_twenty_organs_share_one_connection(pooled: Database) -> None:
    await test_binding.test_many_tenants_over_few_connections_never_meet(pooled)
    async with pooled.control() as control:
        used = select(text("count(*)")).select_from(text("pg_stat_activity")).where(text("usename = 'lx_app'"))
        assert await control.scalar(used) == 1


async def test_single_statements_without_a_transaction_find_what_they_have_prepared(pooled: Database) -> None:
    async def ask(number: int) -> int | None:
        async with pooled.autocommit.connect() as connection:
            found: int | None = await connection.scalar(text("select :number + 1"), {"number": number})
            return found

    assert await asyncio.gather(*(ask(number) for number in range(200))) == list(range(1, 201))
    async with pooled.control() as control:
        assert await control.scalar(text("select count(*) from pg_prepared_statements")) == 0, "nothing stays behind"


async def test_a_lock_of_a_connection_is_taken_past_the_pooler(pooled: Database) -> None:
    async with pooled.direct.connect() as connection:
        assert await connection.scalar(text("select pg_try_advisory_lock(7)"))
        await connection.commit()
        async with pooled.control() as control:
            assert not await control.scalar(text("select pg_try_advisory_xact_lock(7)")), "as of somebody else"


async def test_what_a_binding_leaves_behind_is_another_organs_and_is_seen(pooled: Database) -> None:
    """The tests that guard the binding pass here, and fail as soon as it outlives its transaction."""
    here, elsewhere = uuid4(), uuid4()
    guard = test_binding.test_nothing_of_a_binding_is_left_to_the_next_who_takes_the_connection
    async with pooled.tenant(here) as session:
        session.add(test_binding.body())
    await guard(pooled, elsewhere)
    with bound_for_the_session():
        async with pooled.tenant(here) as session:
            await session.scalar(select(1))
        assert await _bodies_seen_by_a_stranger(pooled) == [here], "another client, without any tenant"
        with pytest.raises(AssertionError):
            await guard(pooled, elsewhere)


async def _bodies_seen_by_a_stranger(pooled: Database) -> list[UUID]:
    async with pooled.engine.connect(), pooled.control() as control:  # not on the client's connection of before
        return list(await control.scalars(text("select tenant_id from app.body")))


# --- lienxa doctor --------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(one_connection: pooler.Pooler, cluster: Cluster, test_settings: Settings, tmp_path: Path) -> Settings:
    """All as it should be."""
    given = {
        "db_app_dsn": SecretStr(one_connection.through(cluster.dsn("lx_app", NAME))),
        "db_operator_dsn": SecretStr(one_connection.through(cluster.dsn("lx_operator", NAME))),
        "db_migrator_dsn": SecretStr(cluster.dsn("lx_migrator", NAME)),
        "db_direct_dsn": SecretStr(f"postgresql://127.0.0.1:{cluster.port}"),
        "data": tmp_path,
        "port": 1,
    }
    return test_settings.model_copy(update=given)


async def seen(settings: Settings, pooled: Database, **changed: str) -> list[tuple[str, str, str]]:
    secrets = {name: SecretStr(value) for name, value in changed.items()}
    found = await ways(Patient(settings.model_copy(update=secrets), pooled))
    return [(finding.verdict, finding.said, finding.remedy) for finding in found]


async def test_the_doctor_knows_a_pooler_and_what_must_not_lead_through_it(
    settings: Settings, pooled: Database, cluster: Cluster, one_connection: pooler.Pooler
) -> None:
    ((verdict, _said, _remedy),) = await seen(settings, pooled)
    assert verdict == "ok"

    (app, operator) = await seen(settings, pooled, db_direct_dsn="")
    assert app[0] == operator[0] == "wrong"
    assert "LIENXA_DB_APP_DSN dẫn qua một bộ gộp kết nối" in app[1]
    assert "Đặt LIENXA_DB_DIRECT_DSN" in app[2]

    (direct,) = await seen(settings, pooled, db_direct_dsn=f"postgresql://127.0.0.1:{one_connection.port}")
    assert direct[:2] == ("wrong", "LIENXA_DB_DIRECT_DSN dẫn qua một bộ gộp kết nối.")

    migrator = one_connection.through(cluster.dsn("lx_migrator", NAME))
    (found,) = await seen(settings, pooled, db_migrator_dsn=migrator)
    assert found[:2] == ("wrong", "LIENXA_DB_MIGRATOR_DSN dẫn qua một bộ gộp kết nối.")

    bootstrap(cluster, "another")
    (found,) = await seen(settings, pooled, db_direct_dsn=f"postgresql://127.0.0.1:{cluster.port}/another")
    assert found[0] == "wrong"
    assert "hai cơ sở dữ liệu khác nhau" in found[1]

    (found,) = await seen(settings, pooled, db_app_dsn=cluster.dsn("lx_app", NAME))
    assert found[0] == "warning"
    assert "dẫn thẳng tới PostgreSQL" in found[1]

    (found,) = await seen(settings, pooled, db_direct_dsn="postgresql://127.0.0.1:1")
    assert found[:2] == ("wrong", "Không nối được cơ sở dữ liệu theo LIENXA_DB_DIRECT_DSN.")


async def test_the_doctor_names_a_setting_that_a_pooler_does_not_pass_on(
    settings: Settings, pooled: Database, cluster: Cluster, one_connection: pooler.Pooler
) -> None:
    with psycopg.connect(cluster.dsn(SUPERUSER, NAME), autocommit=True) as owner:
        owner.execute("alter role lx_app reset jit")
        owner.execute("alter database trial set jit = on")
        owner.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'lx_app'")
    (found,) = await seen(settings, pooled)
    assert found[0] == "warning"
    assert found[2] == "alter role lx_app set jit = off;"


async def test_a_service_that_does_not_know_of_its_pooler_is_told_so_first(settings: Settings) -> None:
    found = await examine(settings.model_copy(update={"db_direct_dsn": SecretStr("")}))
    verdicts = [(finding.check, finding.verdict) for finding in found if finding.check in ("pooler", "database")]
    assert verdicts == [("pooler", "wrong"), ("pooler", "wrong"), ("database", "wrong")]


# --- The commands of an operator --------------------------------------------------------------------------------------

LIFE = (
    ("organ", "add", "do-luong", "Đô Lương", "--kind", "district", "--admin-name", "Lê Thị Quản"),
    ("organ", "add", "hong", "Hồng", "--parent", "do-luong", "--admin-name", "Phan Văn Hồng", "--live"),
    ("organ", "add", "thuong", "Thượng", "--parent", "do-luong", "--admin-name", "Phan Văn Thượng", "--live"),
    ("organ", "merge", "hong", "thuong", "--into", "luong", "--new", "luong=Lương", "--yes"),
    (
        *("organ", "split", "luong", "--into", "dong", "doai", "--new", "dong=Đông", "--new", "doai=Đoài", "--yes"),
        *("--admin", "dong=quan-tri.hong", "--admin", "doai=quan-tri.thuong", "--person", "quan-tri.hong=dong"),
    ),
    ("organ", "suspend", "doai"),
    ("organ", "export", "luong"),
)


@pytest.mark.timeout(600)
def test_communes_are_added_merged_and_split_by_commands(
    pgbouncer: Path,
    cluster: Cluster,
    folder: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    """Each a process of its own, at a pooler with as many connections as `docs/pooler.md` asks for."""
    bootstrap(cluster, NAME)
    migrations.upgrade(cluster.dsn("lx_migrator", NAME))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIENXA_")}
    environment |= {
        "LIENXA_DATA": str(tmp_path),
        "LIENXA_DB_DIRECT_DSN": f"postgresql://127.0.0.1:{cluster.port}",
        "LIENXA_SECRET_KEY": "5e" * 32,
        "LIENXA_AUDIT_KEY": "a0" * 32,
    }
    with pooler.running(pgbouncer, folder, cluster.dsn(SUPERUSER, "postgres"), connections=8) as started:
        for login in ("app", "operator"):
            environment[f"LIENXA_DB_{login.upper()}_DSN"] = started.through(cluster.dsn(f"lx_{login}", NAME))
        for words in LIFE:
            command = [sys.executable, "-m", "lienxa.platform.cli", *words]
            ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            assert ended.returncode == 0, (words, ended.stdout + ended.stderr)
        lent = {row["database"]: row["xact_count"] for row in started.show("stats_totals")}
    assert lent[NAME] > 50
    with psycopg.connect(cluster.dsn(SUPERUSER, NAME)) as owner:
        passed = owner.execute("select count(*), count(done_at) from control.succession").fetchone()
        states = dict(owner.execute("select slug, state from control.tenant").fetchall())
    assert passed == (4, 4)
    assert states == {
        "do-luong": "active",
        **dict.fromkeys(("hong", "thuong", "luong", "doai"), "suspended"),
        "dong": "active",
    }
    assert list((tmp_path / "archives").iterdir())


# --- The suite ------------------------------------------------------------------------------------------------------

# What starts servers of its own, speaks to Citus, or runs the server's programs.
ASIDE = ("isolation/test_servers.py", "isolation/test_pooler.py", "platform/db")


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", ["isolation", "platform", "tenants", "workers"])
def test_the_suite_through_a_pooler(part: str, pgbouncer: Path, cluster: Cluster, folder: Path) -> None:  # noqa: F811
    """Everything that speaks to a database does so through four connections a login and database, lent in turn.

    With two, an addition of an organ that meets another would wait for ever: each holds one and notes on a second.
    """
    superuser = cluster.dsn(SUPERUSER, "postgres")
    ignored = [f"--ignore={TESTS / name}" for name in ASIDE]
    with pooler.running(pgbouncer, folder, superuser, connections=4) as started:
        settings = {
            pooler.ENVIRONMENT: started.address,
            "LIENXA_DB_DIRECT_DSN": f"postgresql://127.0.0.1:{cluster.port}",
        }
        said = run(superuser, str(TESTS / part), *ignored, "-m", "not long", **settings)
        lent: list[dict[str, Any]] = started.show("stats_totals")
    assert " passed" in said
    assert sum(row["xact_count"] for row in lent if row["database"].startswith("test_")) > 100
