"""All rows of one organ, table by table, out of the database and into it again, as lines of JSON.

The catalogue says which tables there are: a new one is carried, compared and erased without a word here. Everything
runs as the application with the organ bound, so row security holds: what is not the organ's can neither leave nor
arrive. Rows pass through COPY, so no table is ever held in memory.
"""

import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from lienxa.platform.db.session import Database, TenantSession

Sink = Callable[[bytes], Awaitable[None]]

# Neither sign can stand in JSON as it is written, so COPY's CSV leaves every line as it is.
_LINES = {"format": "csv", "quote": "\x01", "delimiter": "\x02"}
_BECOME_APPLICATION = text("set local role lx_app")
# How values are written down depends on these; a line must be the same in every installation.
_PLAINLY = (
    text("set local timezone = 'UTC'"),
    text("set local datestyle = 'ISO, YMD'"),
    text("set local intervalstyle = 'iso_8601'"),
    text("set local bytea_output = 'hex'"),
    text("set local extra_float_digits = 1"),
)
_TABLES = text("""
    select n.nspname::text, c.relname::text,
      (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''),
      (select array_agg(quote_ident(a.attname) || case when a.attcollation = 0 then '' else ' collate "C"' end
                        order by k.place)
       from pg_index i, unnest(i.indkey) with ordinality k(number, place), pg_attribute a
       where i.indrelid = c.oid and i.indisprimary and a.attrelid = c.oid and a.attnum = k.number),
      (select array_agg(a.attname::text) from pg_attribute a
       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attidentity <> ''),
      coalesce((select array_agg(distinct f.confrelid::regclass::text) from pg_constraint f
                where f.conrelid = c.oid and f.contype = 'f'), '{}')
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('app', 'rollup') and c.relkind in ('r', 'p') and not c.relispartition
    order by 1, 2
""")
# What the installation keeps in `control` of an organ, without what must outlive it: the registry and the trail of it.
_BESIDE = text("""
    select c.oid::regclass::text from pg_class c
    where c.relnamespace = 'control'::regnamespace and c.relkind in ('r', 'p')
      and exists (select from pg_attribute where attrelid = c.oid and attname = 'tenant_id' and not attisdropped)
      and c.relname not in ('operator_event', 'organ_work', 'erasure')
    order by 1
""")
_SEQUENCE_ON = text("""
    select setval(sequence, greatest(:last, nextval(sequence)))
    from cast(pg_get_serial_sequence(:table, :column) as regclass) sequence
""")
_ERASE = text("select control.erase(:part, cast(:most as integer))")
_STAGE = text(
    "create temporary table if not exists arrived "
    "(number bigint generated always as identity, line text not null) on commit drop"
)
_CLEAR = text("truncate arrived restart identity")
_STAGED = text("select count(*) from arrived")


@dataclass(frozen=True)
class Part:
    """A table as it is carried: its stored columns (generated ones follow from them) and the order of its lines.

    `numbered` are columns that the database numbers itself; `of_itself`: its rows name one another.
    """

    schema: str
    table: str
    columns: tuple[str, ...]
    order: tuple[str, ...]
    numbered: tuple[str, ...] = ()
    of_itself: bool = False

    @property
    def name(self) -> str:
        """`app.document`."""
        return f"{self.schema}.{self.table}"


@dataclass(frozen=True)
class Measure:
    """What a table of an organ holds: so many lines, bytes, and their SHA-256."""

    rows: int
    bytes: int
    sha256: str


@asynccontextmanager
async def snapshot(database: Database, tenant_id: UUID) -> AsyncIterator[tuple[AsyncConnection, TenantSession]]:
    """One consistent moment of an organ, to read from for as long as it takes; `database` may be the operator's."""
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        async with connection.begin():
            await connection.execute(_BECOME_APPLICATION)
            async with reading(database, tenant_id, connection) as session:
                yield connection, session


@asynccontextmanager
async def reading(database: Database, tenant_id: UUID, connection: AsyncConnection) -> AsyncIterator[TenantSession]:
    """A part of an open transaction in which values are written down plainly."""
    async with database.part(tenant_id, connection) as session:
        for setting in _PLAINLY:
            await session.execute(setting)
        yield session


async def parts(connection: AsyncConnection) -> Sequence[Part]:
    """The tables of an organ, each behind those that it points at."""
    found: dict[str, Part] = {}
    points_at: dict[str, set[str]] = {}
    for schema, table, columns, order, numbered, targets in await connection.execute(_TABLES):
        name = f"{schema}.{table}"
        if "tenant_id" not in columns or not order:
            raise LookupError(f"{name} has no tenant_id or no key: nobody can say whose rows these are")
        found[name] = Part(schema, table, tuple(columns), tuple(order), tuple(numbered or ()), name in targets)
        points_at[name] = set(targets) - {name}
    return [found[name] for name in TopologicalSorter(points_at).static_order() if name in found]


async def write_out(connection: AsyncConnection, tenant_id: UUID, part: Part, sink: Sink) -> Measure:
    """Send the organ's lines of a table to `sink`, in the order of its key."""
    digest, size = hashlib.sha256(), 0

    async def taken(data: bytes) -> None:
        nonlocal size
        digest.update(data)
        size += len(data)
        await sink(data)

    columns = ", ".join(_quoted(column) for column in part.columns)
    query = (
        f"select row_to_json(line)::text from (select {columns} from {part.name} "  # noqa: S608 -- the catalogue's names
        f"where tenant_id = $1 order by {', '.join(part.order)}) line"
    )
    said = await (await _driver(connection)).copy_from_query(query, tenant_id, output=taken, **_LINES)
    return Measure(_count(said), size, digest.hexdigest())


async def measure(connection: AsyncConnection, tenant_id: UUID, part: Part) -> Measure:
    """What `write_out` would send, without sending it anywhere."""

    async def nowhere(_data: bytes) -> None:
        pass

    return await write_out(connection, tenant_id, part, nowhere)


async def stage(connection: AsyncConnection, lines: AsyncIterable[bytes]) -> None:
    """Let the lines of a table arrive beside it: COPY into a table with row security is refused by PostgreSQL."""
    await connection.execute(_STAGE)
    await connection.execute(_CLEAR)
    await (await _driver(connection)).copy_to_table("arrived", source=lines, columns=["line"], **_LINES)


async def take_in(connection: AsyncConnection, part: Part, last: int | None = None) -> int:
    """Add what arrived, in one statement, so that rows may name one another; returns how many.

    `last`: up to that line only.
    """
    columns = ", ".join(_quoted(column) for column in part.columns)
    taken = ", ".join(f"made.{_quoted(column)}" for column in part.columns)
    added = await connection.exec_driver_sql(
        f"insert into {part.name} ({columns}) overriding system value "  # noqa: S608 -- the catalogue's names
        f"select {taken} from (select line from arrived where number <= {last or 'number'}) arrived, "
        f"json_populate_record(null::{part.name}, arrived.line::json) made"
    )
    for column in part.numbered:
        await _number_on(connection, part, column)
    return added.rowcount


async def first_refused(connection: AsyncConnection, part: Part) -> int | None:
    """The number of the first line that arrived and cannot be added; None if it is not one line's fault.

    Each attempt is undone. What names another row of its own table can only be added with that row.
    """
    if part.of_itself:
        return None
    good, bad = 0, int(await connection.scalar(_STAGED) or 0)
    while bad - good > 1:
        middle = (good + bad) // 2
        if await _is_refused(connection, part, middle):
            bad = middle
        else:
            good = middle
    return bad


async def _is_refused(connection: AsyncConnection, part: Part, last: int) -> bool:
    attempt = await connection.begin_nested()
    try:
        await take_in(connection, part, last)
    except DBAPIError:
        return True
    finally:
        await attempt.rollback()
    return False


async def beside(session: AsyncSession) -> Sequence[str]:
    """The tables of `control` whose rows are an organ's and go with it, a new one included."""
    return (await session.scalars(_BESIDE)).all()


async def count(session: TenantSession, table: str) -> int:
    """How many rows of a table are the organ's."""
    return int(await session.scalar(text(f"select count(*) from {table} where tenant_id = app.current_tenant()")) or 0)  # noqa: S608


async def erase(session: TenantSession, table: str, most: int | None) -> int:
    """Remove `most` rows (None: all together, for rows that name one another) of an organ; returns how many.

    As the operator, and only of an organ that is being erased: the database refuses any other.
    """
    return int(await session.scalar(_ERASE, {"part": table, "most": most}) or 0)


async def _number_on(connection: AsyncConnection, part: Part, column: str) -> None:
    """Let the database number on behind what arrived; what other organs were given stays behind it too."""
    last = await connection.exec_driver_sql(f"select max({_quoted(column)}) from {part.name}")  # noqa: S608
    if (reached := last.scalar()) is not None:
        await connection.execute(_SEQUENCE_ON, {"table": part.name, "column": column, "last": reached})


async def _driver(connection: AsyncConnection) -> "asyncpg.Connection[Any]":
    found: asyncpg.Connection[Any] | None = (await connection.get_raw_connection()).driver_connection
    assert found is not None
    return found


def _count(said: str) -> int:
    """`COPY 12` -> 12."""
    return int(said.rpartition(" ")[2])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
