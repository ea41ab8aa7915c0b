"""A database that an office has filled is brought to the present schema, dumped and restored.

`filled_0007.sql.gz` holds rows of every table as the first release wrote them: two communes and their parent with a
small demonstration, and what runs beside it (sessions, tickets, jobs, seals).
"""

import gzip
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from forms import form_to
from litestar import Litestar

from lienxa.platform.access.actor import Actor
from lienxa.platform.db import migrations, revisions
from lienxa.platform.db.embedded import SUPERUSER, Cluster, bootstrap
from lienxa.platform.tenancy.organs import Organ

FIRST_RELEASE = "0007"
ROWS = Path(__file__).with_name("filled_0007.sql.gz")
OURS = "n.nspname in ('app', 'control', 'rollup')"

Counts = dict[str, int]


def counts(dsn: str) -> Counts:
    """How many rows each table has."""
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            "select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = relnamespace "
            f"where {OURS} and relkind = 'r' and relname <> 'alembic_version' order by 1"
        ).fetchall()
        return {name: connection.execute(f"select count(*) from {name}").fetchone()[0] for (name,) in tables}  # type: ignore[index]


@pytest.fixture(scope="module")
def before_and_name(templates: Any) -> Iterator[tuple[Counts, str]]:
    """The name of a filled and upgraded database, and its counts before the upgrade."""
    cluster, name = templates.cluster, "template_upgraded"
    bootstrap(cluster, name)
    migrator = cluster.dsn("lx_migrator", name)
    command.upgrade(migrations.config(migrator), FIRST_RELEASE)
    with psycopg.connect(cluster.dsn(SUPERUSER, name)) as connection:
        connection.execute(gzip.decompress(ROWS.read_bytes()))
    before = counts(cluster.dsn(SUPERUSER, name))
    migrations.upgrade(migrator)
    yield before, name
    templates.drop(name)


@pytest.fixture
def database_name(templates: Any, before_and_name: tuple[Counts, str]) -> Iterator[str]:
    """The upgraded database, for this test alone."""
    name = templates.clone(before_and_name[1])
    yield name
    templates.drop(name)


def test_every_table_of_the_first_release_had_rows(before_and_name: tuple[Counts, str]) -> None:
    before, _name = before_and_name
    assert len(before) > 40
    assert [table for table, rows in before.items() if not rows] == []


def test_no_row_is_lost(before_and_name: tuple[Counts, str], owner_dsn: str) -> None:
    before, _name = before_and_name
    after = counts(owner_dsn)
    assert {table: rows for table, rows in before.items() if after.get(table, 0) < rows} == {}
    assert migrations.current(owner_dsn) == revisions.head()


def test_the_upgraded_database_is_like_a_new_one(templates: Any, owner_dsn: str) -> None:
    """Tables, columns, keys, checks, policies and grants: an upgrade leads where a new installation begins."""
    upgraded = schema_of(templates.cluster, owner_dsn.rsplit("/", 1)[1])
    assert upgraded == schema_of(templates.cluster, "template_empty")
    assert upgraded.count("FORCE ROW LEVEL SECURITY") >= 25


def test_every_constraint_holds_for_the_old_rows(owner_dsn: str) -> None:
    """The rows came in without triggers: each key is looked up by hand, each check is validated again."""
    with psycopg.connect(owner_dsn) as connection:
        unchecked = connection.execute(
            "select conname from pg_constraint k join pg_namespace n on n.oid = connamespace "
            f"where {OURS} and not convalidated"
        ).fetchall()
        keys = connection.execute(
            "select conname, conrelid::regclass::text, confrelid::regclass::text, "
            "  (select array_agg(attname::text order by o) from unnest(conkey) with ordinality u(a, o) "
            "   join pg_attribute on attrelid = conrelid and attnum = a), "
            "  (select array_agg(attname::text order by o) from unnest(confkey) with ordinality u(a, o) "
            "   join pg_attribute on attrelid = confrelid and attnum = a) "
            f"from pg_constraint k join pg_namespace n on n.oid = connamespace where {OURS} and contype = 'f'"
        ).fetchall()
        lost = []
        for name, table, target, columns, keyed in keys:
            given = " and ".join(f"r.{column} is not null" for column in columns)
            same = " and ".join(f"t.{there} = r.{here}" for here, there in zip(columns, keyed, strict=True))
            query = f"select from {table} r where {given} and not exists (select from {target} t where {same}) limit 1"
            if connection.execute(query).rowcount:
                lost.append(name)
    assert unchecked == []
    assert len(keys) > 40
    assert lost == []


async def test_the_office_works_on(
    app: Litestar, visit: Any, lam_son: Organ, do_luong: Organ, actor_with: Callable[..., Any]
) -> None:
    """The clerk finds the books of before and goes on with the next number; the parent finds its table."""
    clerk: Actor = await actor_with(lam_son, "clerk", "Văn thư")
    visitor = await visit(lam_son, clerk)
    for path in ("/viec-cua-toi", "/van-ban/den", "/van-ban/di", "/lich", "/can-bo", "/ho-so", "/tim?q=xã"):
        answer = await visitor.get(path)
        assert answer.status_code in (200, 403), path
    form = form_to((await visitor.get("/van-ban/den/moi")).text, "/van-ban/den/moi")
    typed = {
        "body": form.choice("body"),
        "type": "state/cong-van",
        "author_organ": "Sở Nội vụ",
        "author_symbol": "77/SNV-VP",
        "abstract": "Về việc nâng cấp",
    }
    answer = await visitor.post("/van-ban/den/moi", form.filled(typed))
    assert answer.status_code == 303, answer.text
    assert "nâng cấp" in (await visitor.get("/van-ban/den?q=nang cap")).text
    watcher = await visit(do_luong, await actor_with(do_luong, "watcher"))
    assert "Lam Sơn" in (await watcher.get("/tong-hop")).text


def test_a_dump_restores_schema_and_rows(templates: Any, database_name: str, owner_dsn: str, tmp_path: Path) -> None:
    """Search operators, generated columns, policies and rows: what is restored is what was dumped."""
    cluster: Cluster = templates.cluster
    restored = f"{database_name}_restored"
    templates.create(restored)
    try:
        dump = tmp_path / "dump"
        run(cluster, "pg_dump", "-Fc", "-f", str(dump), database_name)
        run(cluster, "pg_restore", "--exit-on-error", "-d", restored, str(dump))
        assert schema_of(cluster, restored) == schema_of(cluster, database_name)
        assert counts(cluster.dsn(SUPERUSER, restored)) == counts(owner_dsn)
        with psycopg.connect(cluster.dsn(SUPERUSER, restored)) as connection:
            connection.execute("analyze app.document; set enable_seqscan = off")
            found = connection.execute(
                "select count(*) from app.document where search_norm operator(app.~~~*) '%xa%'"
            ).fetchone()
            assert found
            assert found[0] > 0
            leakproof = connection.execute(
                "select count(*) from pg_proc where proleakproof and pronamespace = 'app'::regnamespace"
            ).fetchone()
            assert leakproof
            assert leakproof[0] >= 2
    finally:
        templates.drop(restored)


def schema_of(cluster: Cluster, database: str) -> str:
    """The schema as pg_dump writes it, without what differs between any two dumps."""
    text = run(cluster, "pg_dump", "--schema-only", database)
    return "\n".join(line for line in text.splitlines() if line and not line.startswith(("--", "\\")))


def run(cluster: Cluster, program: str, *arguments: str) -> str:
    """Run a program of PostgreSQL as the superuser; returns what it printed."""
    environment = {"PGPASSWORD": cluster.passwords[SUPERUSER], "PATH": os.environ["PATH"]}
    address = ["-h", "127.0.0.1", "-p", str(cluster.port), "-U", SUPERUSER]
    answer = subprocess.run(
        [cluster.programs.path(program), *address, *arguments],
        env=environment,
        check=True,
        timeout=120,
        capture_output=True,
        text=True,
    )
    return answer.stdout
