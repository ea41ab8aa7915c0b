"""How the tables are spread over a Citus cluster, tried on the real catalogue against a stand-in for its functions."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import MetaData, Table

import lienxa.platform.app  # noqa: F401 -- with it every model is known
from lienxa.platform import supervisor
from lienxa.platform.db import distribution
from lienxa.platform.db.base import metadata
from lienxa.platform.db.embedded import SUPERUSER
from lienxa.platform.db.programs import CannotStart
from lienxa.platform.settings import Settings

STAND_IN = Path(__file__).with_name("citus_stand_in.sql")
OURS = "in ('app'::regnamespace, 'control'::regnamespace, 'rollup'::regnamespace)"


@pytest.fixture
def citus(owner_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """The superuser on a migrated database in which the stand-in is."""
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        connection.execute(STAND_IN.read_bytes())
        yield connection


@pytest.fixture(scope="module")
def refusing_name(templates: Any) -> Iterator[str]:
    """One database for all that is refused: that leaves it as it was."""
    name = templates.clone("template_empty")
    with psycopg.connect(templates.cluster.dsn(SUPERUSER, name)) as connection:
        connection.execute(STAND_IN.read_bytes())
    yield name
    templates.drop(name)


@pytest.fixture
def refusing(templates: Any, refusing_name: str) -> Iterator[psycopg.Connection[Any]]:
    """The superuser on that database."""
    with psycopg.connect(templates.cluster.dsn(SUPERUSER, refusing_name), autocommit=True) as connection:
        yield connection


def refused(templates: Any, connection: psycopg.Connection[Any], models: MetaData = metadata) -> str:
    """Why the database is refused as it is now; nothing of it is changed."""
    before = facts(connection), spread(connection)
    with pytest.raises(CannotStart) as refusal:
        distribution.distribute(templates.cluster.dsn("lx_migrator", connection.info.dbname), models)
    assert (facts(connection), spread(connection)) == before
    return str(refusal.value)


@pytest.fixture
def migrator(templates: Any, database_name: str) -> str:
    return str(templates.cluster.dsn("lx_migrator", database_name))


def facts(connection: psycopg.Connection[Any]) -> set[tuple[Any, ...]]:
    """Every constraint and every trigger of ours."""
    constraints = "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint"
    triggers = "select tgrelid::regclass::text, tgname, '' from pg_trigger where not tgisinternal"
    return set(connection.execute(f"{constraints} where connamespace {OURS} union all {triggers}").fetchall())


def tables(connection: psycopg.Connection[Any], schema: str) -> set[str]:
    query = "select oid::regclass::text from pg_class where relkind in ('r', 'p') and relnamespace = %s::regnamespace"
    return {name for (name,) in connection.execute(query, [schema]).fetchall()}


def spread(connection: psycopg.Connection[Any]) -> dict[str, str | None]:
    """The tables that Citus knows, each with its column; a reference table has none."""
    rows = connection.execute("select logicalrelid::regclass::text, key from pg_dist_partition").fetchall()
    return dict(rows)


def test_with_the_application_every_table_of_control_is_known(citus: psycopg.Connection[Any]) -> None:
    """In a process of its own: here other tests have imported what the application may have forgotten."""
    names = "import lienxa.platform.app; from lienxa.platform.db.base import metadata; print(*metadata.tables)"
    told = subprocess.run([sys.executable, "-c", names], capture_output=True, text=True, check=True).stdout.split()
    assert tables(citus, "control") - set(told) == distribution.UNMODELLED


def test_every_table_is_spread_and_every_foreign_key_comes_back(citus: psycopg.Connection[Any], migrator: str) -> None:
    before = facts(citus)
    moved = distribution.distribute(migrator, metadata)
    known = spread(citus)
    assert moved == len(known)
    assert {name for name in known if name.startswith("app.")} == tables(citus, "app")
    assert {known[name] for name in tables(citus, "app")} == {"tenant_id"}
    assert {name: known[name] for name in tables(citus, "rollup")} == {"rollup.figure": "reader_id"}
    assert known["control.tenant"] is None
    assert known["control.audit_unsealed"] == "tenant_id"
    assert facts(citus) == before - {("app.audit_event", "want_seal", "")}


def test_what_is_spread_already_is_left_alone(citus: psycopg.Connection[Any], migrator: str) -> None:
    distribution.distribute(migrator, metadata)
    before = facts(citus)
    assert distribution.distribute(migrator, metadata) == 0
    assert facts(citus) == before


def test_a_table_of_a_later_migration_joins_the_others(citus: psycopg.Connection[Any], migrator: str) -> None:
    distribution.distribute(migrator, metadata)
    citus.execute(
        "create table app.later (tenant_id uuid, id uuid, staff_id uuid, primary key (tenant_id, id), "
        "foreign key (tenant_id, staff_id) references app.staff (tenant_id, id))"
    )
    citus.execute("alter table app.later owner to lx_owner")
    before = facts(citus)
    assert distribution.distribute(migrator, metadata) == 1
    assert spread(citus)["app.later"] == "tenant_id"
    assert facts(citus) == before


def test_a_cluster_that_breaks_off_leaves_everything_as_it_was(citus: psycopg.Connection[Any], migrator: str) -> None:
    citus.execute("alter table public.pg_dist_partition add check (logicalrelid <> 'app.staff'::regclass)")
    before = facts(citus)
    with pytest.raises(psycopg.errors.CheckViolation):
        distribution.distribute(migrator, metadata)
    assert facts(citus) == before
    assert {key for key in spread(citus).values() if key is not None} == set()


def test_migrate_spreads_when_the_engine_is_citus(
    citus: psycopg.Connection[Any], migrator: str, test_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = test_settings.model_copy(update={"db_migrator_dsn": SecretStr(migrator)})
    supervisor.migrate(settings)
    assert spread(citus) == {}
    supervisor.migrate(settings.model_copy(update={"db_engine": "citus"}))
    assert spread(citus).keys() >= tables(citus, "app")
    assert str(len(spread(citus))) in capsys.readouterr().out


# Before anything is sent ---------------------------------------------------------------------------------------------


def test_every_table_has_its_place_and_no_key_leaves_it(owner_dsn: str) -> None:
    from psycopg.rows import namedtuple_row

    with psycopg.connect(owner_dsn, row_factory=namedtuple_row) as connection:
        layout = distribution.layout_of(connection, metadata)
        placed = [*layout.distributed, *layout.reference, *layout.local]
        everything = set.union(*(tables(connection, schema) for schema in ("app", "control", "rollup")))
        assert sorted(placed) == sorted(everything)
        assert layout.reference == ["control.tenant"]
        assert list(distribution.faults_of(connection, layout)) == []


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("app.x (tenant_id uuid, id uuid primary key)", "app.x: khóa app.x_pkey không có cột tenant_id."),
        ("app.x (tenant_id uuid, code text, unique (code))", "app.x: khóa app.x_code_key không có cột tenant_id."),
        (
            "app.x (tenant_id uuid, during tstzrange, exclude using gist (tenant_id with <>, during with &&))",
            "app.x: khóa app.x_tenant_id_during_excl không có cột tenant_id.",
        ),
        (
            "app.x (tenant_id uuid, account uuid references control.account)",
            "app.x: khóa ngoại x_account_fkey trỏ ra ngoài một nút.",
        ),
        (
            "app.x (tenant_id uuid, other uuid, foreign key (other, tenant_id) references app.staff (tenant_id, id))",
            "app.x: khóa ngoại x_other_tenant_id_fkey trỏ ra ngoài một nút.",
        ),
        (
            "control.x (tenant_id uuid, id uuid, foreign key (tenant_id, id) references app.staff)",
            "control.x: khóa ngoại x_tenant_id_id_fkey trỏ ra ngoài một nút.",
        ),
    ],
)
def test_what_citus_would_refuse_is_said_before_anything_is_changed(
    templates: Any, refusing: psycopg.Connection[Any], table: str, found: str
) -> None:
    refusing.execute(f"create table {table}".encode())
    try:
        said = refused(templates, refusing, with_a_model_of("control.x"))
    finally:
        refusing.execute(f"drop table {table.split(maxsplit=1)[0]}".encode())
    assert said.splitlines() == ["Không phân tán được cơ sở dữ liệu:", found]


def with_a_model_of(name: str) -> MetaData:
    models = MetaData()
    for table in metadata.tables.values():
        table.to_metadata(models)
    schema, name = name.split(".")
    Table(name, models, schema=schema)
    return models


def test_a_trigger_that_nothing_replaces_is_refused(templates: Any, refusing: psycopg.Connection[Any]) -> None:
    refusing.execute("create trigger other after insert on app.staff for each row execute function app.want_seal()")
    try:
        said = refused(templates, refusing)
    finally:
        refusing.execute("drop trigger other on app.staff")
    assert "app.staff: bảng phân tán không được có trigger (other)." in said


def test_a_table_of_control_about_which_nobody_decided_is_an_error(
    citus: psycopg.Connection[Any], migrator: str
) -> None:
    citus.execute("create table control.forgotten (id uuid primary key)")
    with pytest.raises(LookupError, match=r"control\.forgotten"):
        distribution.distribute(migrator, metadata)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("alter table public.pg_dist_node rename to elsewhere", "phần mở rộng citus"),
        ("delete from public.pg_dist_node where groupid = 0", "citus_set_coordinator_host"),
        ("delete from public.pg_dist_node where groupid = 1", "citus_add_node"),
        ("update public.node_answer set result = '0'", "127.0.0.1:5433 chưa chạy bootstrap.sql (0)"),
        ("update public.node_answer set success = false, result = 'no such role'", "no such role"),
    ],
)
def test_a_cluster_that_is_not_ready_is_refused_with_its_remedy(
    templates: Any, refusing: psycopg.Connection[Any], state: str, said: str
) -> None:
    names = ("pg_dist_node", "node_answer")
    for name in names:
        refusing.execute(f"create table public.kept_{name} as table public.{name}".encode())
    refusing.execute(state.encode())
    try:
        why = refused(templates, refusing)
    finally:
        refusing.execute("alter table if exists public.elsewhere rename to pg_dist_node")
        for name in names:
            refusing.execute(f"truncate public.{name}".encode())
            refusing.execute(f"insert into public.{name} table public.kept_{name}".encode())
            refusing.execute(f"drop table public.kept_{name}".encode())
    assert said in why
    assert "docs/citus.md" in why
