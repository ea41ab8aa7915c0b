"""Many rows like one that the service wrote, without its help: what a work needs before it can be measured.

Written as lx_migrator, whom row security does not bind; the columns come from the catalogue.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from lienxa.platform import ids


async def columns_of(connection: asyncpg.Connection, table: str) -> dict[str, str]:
    """The columns of a table that can be written, with their types."""
    rows = await connection.fetch(
        "select attname::text as name, format_type(atttypid, atttypmod) as type from pg_attribute "
        "where attrelid = $1::text::regclass and attnum > 0 and not attisdropped and attgenerated = '' "
        "and attidentity = '' order by attnum",
        table,
    )
    return {row["name"]: row["type"] for row in rows}


async def copies(
    connection: asyncpg.Connection,
    table: str,
    original: UUID,
    count: int,
    expressions: Mapping[str, str],
    parts: Sequence[tuple[str, str]] = (),
) -> list[UUID]:
    """`count` copies of one row; `expressions` are SQL for columns that differ, `n` counts the copies from 1.

    `parts` are `(table, column)` of rows that belong to the original and are copied with it.
    """
    made = [ids.new_id() for _copy in range(count)]
    await _copy(connection, table, "t.id = $2", [made, original], {"id": "c.id", **expressions})
    for part, column in parts:
        rows = await connection.fetch(f"select id from {part} where {column} = $1", original)
        for row in rows:
            own = [ids.new_id() for _copy in range(count)]
            other = {"id": "(($3::uuid[])[c.n])", column: "c.id"}
            await _copy(connection, part, "t.id = $2", [made, row["id"], own], other)
    return made


async def _copy(
    connection: asyncpg.Connection, table: str, condition: str, values: list[Any], other: Mapping[str, str]
) -> None:
    columns = await columns_of(connection, table)
    chosen = [other.get(name, f't."{name}"') for name in columns]
    names = ", ".join(f'"{name}"' for name in columns)
    await connection.execute(
        f"insert into {table} ({names}) select {', '.join(chosen)} from {table} t "
        f"cross join unnest($1::uuid[]) with ordinality c(id, n) where {condition}",
        *values,
    )


async def tables_of(connection: asyncpg.Connection) -> list[str]:
    """The office's tables, each after those that its keys lead to."""
    rows = await connection.fetch(
        "select c.oid::regclass::text as name, coalesce(array_agg(k.confrelid::regclass::text) "
        "  filter (where k.confrelid <> c.oid), '{}') as needs "
        "from pg_class c left join pg_constraint k on k.conrelid = c.oid and k.contype = 'f' "
        "where c.relnamespace = 'app'::regnamespace and c.relkind = 'r' group by c.oid"
    )
    needs = {row["name"]: {name for name in row["needs"] if name.startswith("app.")} for row in rows}
    ordered: list[str] = []
    while needs:
        free = sorted(name for name, wanted in needs.items() if wanted <= set(ordered))
        assert free, f"keys in a circle: {needs}"
        ordered += free
        for name in free:
            del needs[name]
    return ordered


async def insert_by_unnest(
    connection: asyncpg.Connection, table: str, columns: Mapping[str, str], rows: Sequence[Sequence[Any]]
) -> None:
    """All rows of one table in one statement, as bare as it gets."""
    arrays = [
        f"${position}::{'text' if kind.endswith('[]') else kind}[]"
        for position, kind in enumerate(columns.values(), start=1)
    ]
    chosen = [f"u.c{position}::{kind}" for position, kind in enumerate(columns.values(), start=1)]
    aliases = ", ".join(f"c{position}" for position in range(1, len(columns) + 1))
    names = ", ".join(f'"{name}"' for name in columns)
    await connection.execute(
        f"insert into {table} ({names}) select {', '.join(chosen)} from unnest({', '.join(arrays)}) u({aliases})",
        *([row[position] for row in rows] for position in range(len(columns))),
    )
