"""Two communes that nobody can tell apart by what they show: the same names, numbers, people and papers.

The twin's rows are the original's under other identifiers: of a version 7 one, version 8 is made. So whatever shows an
identifier of the original shows whose it is, and whatever counts or sorts by what is written counts both or one.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.errors import CheckViolation
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from sqlalchemy import Table

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.base import metadata
from lienxa.platform.tenancy.organs import Organ

_OTHERWISE = "([0-9a-f]{8}-[0-9a-f]{4}-)7([0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})"
_TWIN = sql.SQL("regexp_replace(to_jsonb(t)::text, {0}, {1}, 'g')::jsonb").format(_OTHERWISE, r"\18\2")

Connection = psycopg.Connection[Any]


def of_twin(original: UUID) -> UUID:
    """The identifier that stands for this one in the twin."""
    return UUID(int=original.int & ~(0xF << 76) | 0x8 << 76)


def make_twin(superuser_dsn: str, original: Organ, twin: Organ) -> None:
    """Let `twin` have what `original` has and nothing else; its people have accounts of their own."""
    with psycopg.connect(superuser_dsn) as connection:
        connection.execute("set session_replication_role = replica")  # no keys and triggers until all is there
        for table in office_tables(connection):
            connection.execute(f"delete from app.{table} where tenant_id = %s", [twin.id])  # type: ignore[arg-type]
            _copy(connection, f"app.{table}", "tenant_id = %s", {"tenant_id": twin.id}, original.id)
        theirs = "id in (select account_id from control.account_organ where tenant_id = %s)"
        _copy(connection, "control.account", theirs, {"issuer_name": "twin"}, original.id)
        connection.execute("delete from control.account_organ where tenant_id = %s", [twin.id])
        _copy(connection, "control.account_organ", "tenant_id = %s", {"tenant_id": twin.id}, original.id)
        connection.execute("update control.tenant set name = %s where id = %s", [original.name, twin.id])


def _copy(connection: Connection, table: str, condition: str, other: Mapping[str, Any], *values: Any) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns_of(connection, table)))
    chosen = {name: str(value) for name, value in other.items()}
    made = sql.SQL("jsonb_populate_record(null::{0}, {1} || {2}::jsonb)").format(
        sql.SQL(table),
        _TWIN,
        Jsonb(chosen),  # type: ignore[arg-type]
    )
    connection.execute(
        sql.SQL("insert into {0} ({1}) select {1} from (select r.* from {0} t, {2} r where {3}) copied").format(
            sql.SQL(table),
            names,
            made,
            sql.SQL("t." + condition),  # type: ignore[arg-type]
        ),
        values,
    )


def invent_rows(superuser_dsn: str, organ: Organ, owner: Actor | None = None) -> None:
    """Give the organ a row in every table in which it has none; it belongs to what it has, all else means nothing.

    What belongs to a person and a post is `owner`'s, if given.
    """
    with psycopg.connect(superuser_dsn) as connection:
        connection.execute("set session_replication_role = replica")
        for table in metadata.sorted_tables:
            if table.schema != "app":
                continue
            has = connection.execute(f"select from {table} where tenant_id = %s limit 1", [organ.id])  # type: ignore[arg-type]
            if not has.rowcount:
                own = _of_person(table, owner) if owner else {}
                _invent(connection, str(table), {"tenant_id": organ.id} | _owners(connection, table, organ) | own)


def _of_person(table: Table, owner: Actor) -> dict[str, Any]:
    """By column, who and which post the owner is."""
    named = {"staff": owner.staff_id, "post": owner.acting.id, "account": owner.account_id}
    return {
        column.name: named[key.column.table.name]
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name in named and column.name != "tenant_id"
    } | ({"account_id": owner.account_id} if "account_id" in table.c else {})


def _owners(connection: Connection, table: Table, organ: Organ) -> dict[str, Any]:
    """By column, the first row of the organ to which a foreign key of the table can point; "id" is its own."""
    found: dict[str, Any] = {}
    for key in table.foreign_key_constraints:
        if key.referred_table is table or key.referred_table.schema != "app":
            continue
        query = f"select id from {key.referred_table} where tenant_id = %s order by id limit 1"
        row = connection.execute(query, [organ.id]).fetchone()  # type: ignore[arg-type]
        if row is not None:
            needed = (column.name for column in key.columns if column.name != "tenant_id" and not column.nullable)
            found |= dict.fromkeys(needed, row[0])
    return found


def invent_invitation(superuser_dsn: str, organ: Organ) -> UUID:
    """Let the organ wait for the answer of somebody; the invitation."""
    invited = ids.new_id()
    waiting = {"id": invited, "tenant_id": organ.id, "expires_at": clock.now() + timedelta(days=9)}
    with psycopg.connect(superuser_dsn) as connection:
        connection.execute("set session_replication_role = replica")
        somebody = connection.execute(
            "select id from control.account where id not in (select account_id from control.account_organ "
            "where tenant_id = %s) order by id limit 1",
            [organ.id],
        ).fetchone()
        assert somebody is not None
        _invent(connection, "control.invitation", waiting | {"account_id": somebody[0]})
    return invited


def invent_figure(superuser_dsn: str, organ: Organ, reader: UUID) -> None:
    """A figure of the organ that `reader` may see."""
    with psycopg.connect(superuser_dsn) as connection:
        _invent(connection, "rollup.figure", {"tenant_id": organ.id, "reader_id": reader})


def _invent(connection: Connection, table: str, known: Mapping[str, Any]) -> None:
    """Columns that need a value get the first one that their check names, else one of their type."""
    needed = connection.cursor(row_factory=dict_row).execute(
        "select attname as name, format_type(atttypid, null) as type, "
        "  (select substring(pg_get_constraintdef(c.oid) from '''([^'']*)''::text') from pg_constraint c "
        "   where c.conrelid = a.attrelid and c.contype = 'c' and a.attnum = any(c.conkey) and cardinality(conkey) = 1 "
        "   limit 1) as allowed "
        "from pg_attribute a where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = '' "
        "and attnotnull and not atthasdef",
        [table],
    )
    row = {
        column["name"]: _VALUES[column["type"]] if column["allowed"] is None else column["allowed"] for column in needed
    }
    row |= known
    statement = sql.SQL("insert into {} ({}) values ({})").format(
        sql.SQL(table),  # type: ignore[arg-type]
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(map(sql.Literal, row.values())),
    )
    while True:
        try:
            with connection.transaction():
                connection.execute(statement)
        except CheckViolation as broken:  # a rule about several columns: of the office, not of whose the row is
            name = sql.Identifier(broken.diag.constraint_name or "")
            connection.execute(sql.SQL("alter table {} drop constraint {}").format(sql.SQL(table), name))  # type: ignore[arg-type]
        else:
            return


_VALUES = {
    "uuid": UUID("01900000-0000-7000-8000-00000000face"),
    "text": "x",
    "integer": 1,
    "smallint": 1,
    "bigint": 1,
    "boolean": False,
    "date": "2026-11-01",
    "timestamp with time zone": "2026-11-01 08:00+07",
    "time without time zone": "08:00",
    "bytea": b"x",
    "jsonb": "{}",
    "text[]": "{}",
    "uuid[]": "{}",
    "integer[]": "{}",
}


def office_tables(connection: Connection) -> list[str]:
    """The tables of schema `app`."""
    query = "select relname from pg_class where relnamespace = 'app'::regnamespace and relkind in ('r', 'p') order by 1"
    return [row[0] for row in connection.execute(query)]


def columns_of(connection: Connection, table: str) -> list[str]:
    """The columns of a table that can be written."""
    query = (
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped "
        "and attgenerated = '' order by attnum"
    )
    return [row[0] for row in connection.execute(query, [table])]
