"""Each migration that changed what an organ's tables hold has its step for archives of before it (ADR 0044)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from msgspec import Raw

from lienxa.platform.db import archived, migrations, revisions
from lienxa.platform.db.embedded import SUPERUSER, bootstrap

VERSIONS = Path(migrations.__file__).parent / "versions"
STEPS = {step.revision: step for step in archived.STEPS}

Shape = dict[str, list[str]]

COLUMNS = """
select c.oid::regclass::text, array_agg(a.attname::text order by a.attnum)
from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relnamespace in ('app'::regnamespace, 'rollup'::regnamespace) and c.relkind = 'r'
  and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' group by 1
"""
RULES = """
select array_agg(rule order by rule) from (
  select conrelid::regclass || ' ' || pg_get_constraintdef(oid) rule from pg_constraint
  where connamespace in ('app'::regnamespace, 'rollup'::regnamespace) and contype in ('c', 'u', 'p', 'n')
  union select pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indrelid
  where i.indisunique and c.relnamespace in ('app'::regnamespace, 'rollup'::regnamespace)
  union select a.attrelid::regclass || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    || a.attnotnull from pg_attribute a join pg_class c on c.oid = a.attrelid
  where c.relnamespace in ('app'::regnamespace, 'rollup'::regnamespace) and c.relkind = 'r' and a.attnum > 0
) rules
"""


@pytest.fixture(scope="module")
def shapes(templates: Any) -> Iterator[dict[str, tuple[Shape, list[str]]]]:
    """Columns and rules of an organ's tables at each revision from the first that wrote archives."""
    cluster, name = templates.cluster, "template_archived"
    bootstrap(cluster, name)
    found = {}
    with psycopg.connect(cluster.dsn(SUPERUSER, name), autocommit=True) as connection:
        for revision in (archived.FIRST, *revisions.after(archived.FIRST)):
            command.upgrade(migrations.config(cluster.dsn("lx_migrator", name)), revision)
            columns = dict(connection.execute(COLUMNS).fetchall())
            [rules] = connection.execute(RULES).fetchone() or [[]]
            found[revision] = (columns, rules)
    yield found
    templates.drop(name)


def changed_rows(revision: str) -> bool:
    """Whether a migration worked on rows of all organs, which takes another login than the owner's."""
    [source] = [
        file.read_text(encoding="utf-8")
        for file in VERSIONS.glob("[0-9]*.py")
        if f'revision = "{revision}"\n' in file.read_text(encoding="utf-8").replace("down_revision", "")
    ]
    return "reset role" in source


def test_a_migration_that_changed_an_organs_tables_or_rows_has_its_step(
    shapes: dict[str, tuple[Shape, list[str]]],
) -> None:
    missing = [
        after
        for before, after in zip(shapes, list(shapes)[1:], strict=False)
        if after not in STEPS and (shapes[before] != shapes[after] or changed_rows(after))
    ]
    assert missing == [], "add a Step to platform/db/archived.py, of nothing if nothing is to be done"
    assert [step.revision for step in archived.STEPS] == [name for name in shapes if name in STEPS]
    assert [name for name in STEPS if changed_rows(name) and not (STEPS[name].afterwards or STEPS[name].rows)] == []


def test_each_step_leads_from_the_shape_of_before_to_the_shape_of_after(
    shapes: dict[str, tuple[Shape, list[str]]],
) -> None:
    for before, after in zip(shapes, list(shapes)[1:], strict=False):
        (old, _), (new, _) = shapes[before], shapes[after]
        step = STEPS.get(after, archived.Step(after))
        assert set(new) - set(old) == set(step.tables), after
        assert set(old) - set(new) == set(), after  # a table that is dropped has no step yet
        for table in old:
            row = {column: Raw(b"null") for column in old[table]}
            if table in step.rows:
                step.rows[table](row)
            assert set(row) == set(new[table]), (after, table)


def test_steps_since_a_revision_are_those_of_later_ones() -> None:
    assert archived.since(revisions.head()) == []
    assert [step.revision for step in archived.since("0043_one_person")][:2] == ["0045_readiness", "0046_mail"]
    with pytest.raises(LookupError):
        archived.since("9999_tomorrow")
