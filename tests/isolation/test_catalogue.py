"""A walk through the catalogue: every table, key, index and view keeps tenants apart (design: database, 7)."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import namedtuple_row

import lienxa.platform.db
import lienxa.tenants.documents

# Schema `control` is a closed list: read before or across tenants, without row security and without office content.
CONTROL = {
    "account",
    "account_organ",
    "left_behind",
    "addition_batch",
    "addition_step",
    "alembic_version",
    "audit_unsealed",
    "erasure",
    "invitation",
    "issuer_organization",
    "issuer_user",
    "job_done",
    "job_kind",
    "mail",
    "operator_event",
    "operator_seal",
    "operator_unsealed",
    "organ_work",
    "organ_addition",
    "password_renewal",
    "job_queue",
    "job_result",
    "job_worker",
    "preparation",
    "rate_limit",
    "rollup_mark",
    "session",
    "sso_state",
    "sso_ticket",
    "strangers_refused",
    "succession",
    "tenant",
    "tenant_host",
    "webhook_lag",
}
ROLLUP = {"figure"}


@pytest.fixture
def catalogue(owner_dsn: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(owner_dsn, row_factory=namedtuple_row) as connection:
        yield connection


def load_models() -> None:
    """Import every module of the service, so that the metadata is complete."""
    for package in (lienxa.platform.db, lienxa.tenants.documents):
        root = package.__name__.rsplit(".", 1)[0]
        folder = [str(Path(str(package.__file__)).parents[1])]
        for found in pkgutil.walk_packages(folder, f"{root}."):
            if found.name.endswith((".models", ".submissions")):
                import_module(found.name)


def names(catalogue: psycopg.Connection, query: str) -> set[str]:
    return {row[0] for row in catalogue.execute(query)}


def test_only_known_schemas_hold_tables(catalogue: psycopg.Connection) -> None:
    found = names(
        catalogue,
        "select distinct n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema')",
    )
    assert found == {"app", "control", "rollup"}


@pytest.mark.parametrize(("schema", "expected"), [("control", CONTROL), ("rollup", ROLLUP)])
def test_control_and_rollup_are_closed_lists(catalogue: psycopg.Connection, schema: str, expected: set[str]) -> None:
    found = names(
        catalogue,
        f"select relname from pg_class where relnamespace = '{schema}'::regnamespace and relkind in ('r','p')",
    )
    assert found == expected


def test_every_office_table_forces_row_security_with_the_tenant_policy(catalogue: psycopg.Connection) -> None:
    rows = catalogue.execute(
        "select c.relname, c.relrowsecurity, c.relforcerowsecurity, "
        "  (select array_agg(pg_get_expr(polqual, polrelid) || '|' || pg_get_expr(polwithcheck, polrelid)) "
        "   from pg_policy where polrelid = c.oid) as policies, "
        "  exists (select from pg_attribute where attrelid = c.oid and attname = 'tenant_id' and attnotnull) as bound "
        "from pg_class c where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p')"
    ).fetchall()
    assert len(rows) >= 20
    rule = "(tenant_id = app.current_tenant())"
    for row in rows:
        assert row.bound, f"{row.relname} has no tenant_id"
        assert row.relrowsecurity, f"{row.relname}: row security is off"
        assert row.relforcerowsecurity, f"{row.relname}: row security is not forced"
        assert row.policies == [f"{rule}|{rule}"], f"{row.relname}: {row.policies}"


def test_the_rollup_is_read_by_reader_and_tenant_and_written_by_the_tenant(catalogue: psycopg.Connection) -> None:
    row = catalogue.execute(
        "select relrowsecurity and relforcerowsecurity from pg_class where oid = 'rollup.figure'::regclass"
    ).fetchone()
    assert row
    assert row[0]
    policies = catalogue.execute(
        "select polcmd::text, pg_get_expr(polqual, polrelid) as uses, pg_get_expr(polwithcheck, polrelid) as checks "
        "from pg_policy "
        "where polrelid = 'rollup.figure'::regclass"
    ).fetchall()
    for command, qualification, check in policies:
        if command == "r":
            assert "reader_id" in qualification
        else:
            assert (check or qualification) == "(tenant_id = app.current_tenant())"


def test_keys_and_indexes_start_with_the_tenant(catalogue: psycopg.Connection) -> None:
    rows = catalogue.execute(
        "select i.indexrelid::regclass::text as index, a.attname "
        "from pg_index i join pg_class t on t.oid = i.indrelid "
        "left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] "
        "where t.relnamespace = 'app'::regnamespace and t.relkind in ('r', 'p')"
    ).fetchall()
    assert {row.index for row in rows if row.attname != "tenant_id"} == set()


def test_foreign_keys_between_office_tables_carry_the_tenant(catalogue: psycopg.Connection) -> None:
    rows = catalogue.execute(
        "select k.conname, "
        "  (select array_agg(attname order by ord) from unnest(k.conkey) with ordinality u(num, ord) "
        "   join pg_attribute on attrelid = k.conrelid and attnum = num) as here, "
        "  (select array_agg(attname order by ord) from unnest(k.confkey) with ordinality u(num, ord) "
        "   join pg_attribute on attrelid = k.confrelid and attnum = num) as there "
        "from pg_constraint k join pg_class t on t.oid = k.conrelid "
        "where k.contype = 'f' and t.relnamespace = 'app'::regnamespace"
    ).fetchall()
    assert rows
    for row in rows:
        assert row.here[0] == row.there[0] == "tenant_id", row.conname


def test_views_run_with_the_rights_of_who_asks_and_nothing_is_materialised(catalogue: psycopg.Connection) -> None:
    ours = "relnamespace in ('app'::regnamespace, 'control'::regnamespace, 'rollup'::regnamespace)"
    assert names(catalogue, f"select relname from pg_class where relkind = 'm' and {ours}") == set()
    assert (
        names(
            catalogue,
            f"select relname from pg_class where relkind = 'v' and {ours} "
            "and not coalesce('security_invoker=true' = any(reloptions), false)",
        )
        == set()
    )


def test_nobody_may_truncate_and_the_application_owns_nothing(catalogue: psycopg.Connection) -> None:
    assert (
        names(
            catalogue,
            "select table_name from information_schema.role_table_grants "
            "where grantee in ('lx_app', 'lx_operator', 'PUBLIC') and privilege_type in ('TRUNCATE', 'TRIGGER')"
            " and table_schema in ('app', 'control', 'rollup')",
        )
        == set()
    )
    assert (
        names(
            catalogue,
            "select relname from pg_class join pg_roles r on r.oid = relowner "
            "where r.rolname in ('lx_app', 'lx_operator')",
        )
        == set()
    )


def test_the_roles_are_as_designed(catalogue: psycopg.Connection) -> None:
    rows = catalogue.execute(
        "select rolname, rolcanlogin, rolbypassrls, rolsuper from pg_roles where rolname like 'lx_%' order by rolname"
    ).fetchall()
    assert [tuple(row) for row in rows] == [
        ("lx_app", True, False, False),
        ("lx_migrator", True, True, False),
        ("lx_operator", True, False, False),
        ("lx_owner", False, False, False),
    ]


def test_the_operator_reaches_no_office_table_by_itself(catalogue: psycopg.Connection) -> None:
    assert (
        names(
            catalogue,
            "select table_schema || '.' || table_name from information_schema.role_table_grants "
            "where grantee = 'lx_operator' and table_schema <> 'control'",
        )
        == set()
    )


def test_models_and_migrations_agree(owner_dsn: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    from lienxa.platform.db.base import metadata

    load_models()

    def ours(_name: str | None, kind: str, parents: dict[str, str | None]) -> bool:
        return kind != "schema" or _name in ("app", "control", "rollup")

    engine = create_engine(owner_dsn.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": ours,
                "compare_type": True,
                "version_table_schema": "control",
            },
        )
        differences = [str(difference) for difference in compare_metadata(context, metadata)]
    assert differences == []


def test_constraints_are_named_by_the_convention(catalogue: psycopg.Connection) -> None:
    found = names(
        catalogue,
        "select conname from pg_constraint where contype in ('c', 'f', 'u', 'p') and connamespace in "
        "('app'::regnamespace, 'control'::regnamespace, 'rollup'::regnamespace) and conname ~ '_check_check$'",
    )
    assert found == set()
