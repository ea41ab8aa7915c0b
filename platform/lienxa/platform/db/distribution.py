"""Spreading the tables over the nodes of a Citus cluster (docs/citus.md).

What lies where follows from the catalogue and the models, never from a list: tables of `app` are distributed by
`tenant_id` and lie together, so that what an office asks is asked of one node; those of `rollup` by who reads them,
which is the first column of their key; those of `control` stay on the coordinator, unless their model names another
`placement`. Whatever lies where it should is passed over: the same command spreads what later migrations add.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import MetaData

from lienxa.platform.db.base import BESIDE_THE_OFFICE, PLACEMENT, REFERENCE
from lienxa.platform.db.programs import CannotStart
from lienxa.platform.text import _

OFFICE_KEY = "tenant_id"
# Distributed tables have no triggers. These are dropped, and what they did is done by the session that is named.
REPLACED_TRIGGERS = {"app.audit_event.want_seal": "audit/repository.py"}
UNMODELLED = {"control.alembic_version"}
_LOCK_TIMEOUT = "10s"

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Layout:
    """Where the tables belong: the distributed ones with their column, those that every node has a copy of, the rest.

    Names carry their schema, as PostgreSQL writes them.
    """

    distributed: Mapping[str, str]
    reference: Sequence[str]
    local: Sequence[str]


@dataclass(frozen=True)
class Plan:
    """The tables that do not lie where they belong, and what is to be sent for them in two transactions.

    First come the tables of which every node gets a copy (Citus wants them by themselves), then the distributed ones.
    """

    moving: Sequence[str]
    copies: Sequence[str]
    shards: Sequence[str]


def distribute(dsn: str, models: MetaData) -> int:
    """Spread what does not lie where it belongs; returns how many tables that were. `dsn` is the migrator's.

    All tables or none are distributed. Writers wait meanwhile, so it is done while the service stands still. Raises
    `CannotStart` if the cluster is not ready for it, or if a table cannot be distributed as it is.
    """
    with psycopg.connect(dsn, autocommit=True, row_factory=namedtuple_row) as connection:
        _require_cluster(connection)
        layout = layout_of(connection, models)
        faults = list(faults_of(connection, layout))
        if faults:
            raise CannotStart("\n".join([_("Không phân tán được cơ sở dữ liệu:"), *faults]))
        plan = plan_of(connection, layout)
        for statements in (plan.copies, plan.shards):
            _send(connection, statements)
    return len(plan.moving)


def layout_of(connection: Connection, models: MetaData) -> Layout:
    """Where each table of ours belongs. A table of `control` without a model is an error: nobody decided about it."""
    distributed: dict[str, str] = {}
    reference, local = [], []
    for table in _tables(connection):
        name, model = f"{table.schema}.{table.name}", models.tables.get(f"{table.schema}.{table.name}")
        if table.schema == "app":
            distributed[name] = OFFICE_KEY
        elif table.schema == "rollup":
            distributed[name] = table.first_key
        elif model is None and name not in UNMODELLED:
            raise LookupError(f"{name} has no model that says where it lies")
        elif model is not None and model.info.get(PLACEMENT) == BESIDE_THE_OFFICE:
            distributed[name] = OFFICE_KEY
        elif model is not None and model.info.get(PLACEMENT) == REFERENCE:
            reference.append(name)
        else:
            local.append(name)
    return Layout(distributed, reference, local)


def faults_of(connection: Connection, layout: Layout) -> Iterator[str]:
    """What Citus would refuse, one line each: keys without their table's column, foreign keys that leave a node."""
    for key in _keys(connection):
        column = layout.distributed.get(key.table)
        if column is not None and column not in key.columns:
            yield _("{table}: khóa {key} không có cột {column}.", table=key.table, key=key.name, column=column)
    for key in _foreign_keys(connection):
        here, there = layout.distributed.get(key.table), layout.distributed.get(key.target)
        if here is not None and there is not None and (here, there) in zip(key.columns, key.targets, strict=True):
            continue
        if here is None and there is None:
            continue
        if here is not None and key.target in layout.reference:
            continue
        yield _("{table}: khóa ngoại {key} trỏ ra ngoài một nút.", table=key.table, key=key.name)
    for trigger in _triggers(connection):
        if trigger.table in layout.distributed and f"{trigger.table}.{trigger.name}" not in REPLACED_TRIGGERS:
            yield _("{table}: bảng phân tán không được có trigger ({name}).", table=trigger.table, name=trigger.name)


def plan_of(connection: Connection, layout: Layout) -> Plan:
    """What is still to be sent, in an order that Citus takes: foreign keys go first and come back at the end."""
    lies = _placements(connection)
    copied = [name for name in layout.reference if lies.get(name) != REFERENCE]
    copies = [f"select create_reference_table({_quoted(name)})" for name in copied]
    moving = [name for name in layout.distributed if lies.get(name) != BESIDE_THE_OFFICE]
    settled = [name for name in layout.distributed if name not in moving]
    keys = [
        key
        for key in _foreign_keys(connection)
        if key.target not in layout.reference and (key.table in moving or key.target in moving)
    ]
    shards = [f"select create_distributed_function({_quoted(name)})" for name in _policy_functions(connection, moving)]
    shards += [f"alter table {key.table} drop constraint {key.name}" for key in keys]
    shards += [f"drop trigger {on.name} on {on.table}" for on in _triggers(connection) if on.table in moving]
    for name in moving:
        beside = settled[0] if settled else "none"
        settled.append(name)
        shards.append(
            f"select create_distributed_table({_quoted(name)}, {_quoted(layout.distributed[name])}, "
            f"colocate_with => {_quoted(beside)})"
        )
    shards += [f"alter table {key.table} add constraint {key.name} {key.definition}" for key in keys]
    return Plan([*copied, *moving], copies, shards)


def _require_cluster(connection: Connection) -> None:
    """Refuse what is no coordinator, has no nodes, or whose nodes lack what only a superuser can make there."""
    if not _found(connection, "select 1 where to_regclass('pg_dist_node') is not null"):
        what = _("Cơ sở dữ liệu này chưa có phần mở rộng citus (LIENXA_DB_ENGINE=citus).")
        raise CannotStart(
            what + " " + _("Tạo nó bằng tài khoản quản trị, hoặc bỏ LIENXA_DB_ENGINE. Xem docs/citus.md.")
        )
    if not _found(connection, "select 1 from pg_dist_node where groupid = 0"):
        raise CannotStart(_("Cụm Citus chưa biết nút điều phối: gọi citus_set_coordinator_host. Xem docs/citus.md."))
    if not _found(connection, "select 1 from pg_dist_node where isactive and shouldhaveshards"):
        raise CannotStart(_("Cụm Citus chưa có nút nào để chứa dữ liệu: gọi citus_add_node. Xem docs/citus.md."))
    for node in _rows(connection, _UNPREPARED_NODES):
        where = f"{node.nodename}:{node.nodeport}"
        raise CannotStart(
            _("Nút {where} chưa chạy bootstrap.sql ({said}). Xem docs/citus.md.", where=where, said=node.result)
        )


def _send(connection: Connection, statements: Sequence[str]) -> None:
    with connection.transaction():
        connection.execute(f"set local lock_timeout = '{_LOCK_TIMEOUT}'".encode())
        # Keys between tables that move in one transaction are made node by node.
        connection.execute("set local citus.multi_shard_modify_mode = 'sequential'")
        for statement in statements:
            connection.execute(statement.encode())


# What the catalogue says ---------------------------------------------------------------------------------------------

_OURS: LiteralString = "c.relnamespace in ('app'::regnamespace, 'control'::regnamespace, 'rollup'::regnamespace)"

_UNPREPARED_NODES: LiteralString = """
    select nodename, nodeport, result from run_command_on_workers(
      $$select count(*) from pg_opclass where opcname in ('gin_trgm_lp_ops', 'gin_tsvector_lp_ops')$$)
    where not success or result <> '2'
"""


def _tables(connection: Connection) -> Sequence[Any]:
    """`schema`, `name` and `first_key`, the first column of the primary key."""
    query: LiteralString = """
        select n.nspname as schema, c.relname as name, a.attname as first_key
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
        left join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
        where c.relkind in ('r', 'p') and {ours} order by 1, 2
    """
    return _rows(connection, query.replace("{ours}", _OURS))


def _keys(connection: Connection) -> Sequence[Any]:
    """`table`, `name` and `columns` of what is unique; of an exclusion, the columns that it compares by equality."""
    query: LiteralString = """
        select c.oid::regclass::text as table, i.indexrelid::regclass::text as name,
          array(
            select a.attname::text from unnest(i.indkey) with ordinality as k (number, place)
            join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
            where i.indisunique or exists (
              select from pg_constraint x join pg_operator o on o.oid = x.conexclop[k.place]
              where x.conindid = i.indexrelid and x.contype = 'x' and o.oprname = '=')
          ) as columns
        from pg_index i join pg_class c on c.oid = i.indrelid
        where (i.indisunique or i.indisexclusion) and {ours} order by 1, 2
    """
    return _rows(connection, query.replace("{ours}", _OURS))


def _foreign_keys(connection: Connection) -> Sequence[Any]:
    """`table`, `name`, `columns`, `target`, `targets` (its columns, in the same order) and `definition`."""
    query: LiteralString = """
        select c.oid::regclass::text as table, quote_ident(k.conname) as name, k.confrelid::regclass::text as target,
          array(select a.attname::text from unnest(k.conkey) with ordinality as u (number, place)
            join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number order by place) as columns,
          array(select a.attname::text from unnest(k.confkey) with ordinality as u (number, place)
            join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number order by place) as targets,
          pg_get_constraintdef(k.oid) as definition
        from pg_constraint k join pg_class c on c.oid = k.conrelid
        where k.contype = 'f' and {ours} order by 1, 2
    """
    return _rows(connection, query.replace("{ours}", _OURS))


def _triggers(connection: Connection) -> Sequence[Any]:
    """`table` and `name` of the triggers that somebody wrote."""
    query: LiteralString = """
        select c.oid::regclass::text as table, quote_ident(g.tgname) as name
        from pg_trigger g join pg_class c on c.oid = g.tgrelid where not g.tgisinternal and {ours} order by 1, 2
    """
    return _rows(connection, query.replace("{ours}", _OURS))


def _policy_functions(connection: Connection, tables: Sequence[str]) -> Sequence[str]:
    """The functions of ours that the policies of these tables call; Citus follows those of columns and indexes only."""
    query: LiteralString = """
        select distinct f.oid::regprocedure::text as name
        from pg_policy p
        join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_proc'::regclass
        join pg_proc f on f.oid = d.refobjid
        where p.polrelid = any(%s::regclass[]) and f.pronamespace <> 'pg_catalog'::regnamespace order by 1
    """
    return [row.name for row in connection.execute(query, [list(tables)]).fetchall()]


def _placements(connection: Connection) -> dict[str, str]:
    """Where Citus has put tables already: its method `h` is by hash, a table of one shard on every node is `n`, `t`."""
    query: LiteralString = """
        select logicalrelid::regclass::text as name, partmethod = 'h' as spread from pg_dist_partition
        where partmethod = 'h' or (partmethod = 'n' and repmodel = 't')
    """
    return {row.name: BESIDE_THE_OFFICE if row.spread else REFERENCE for row in _rows(connection, query)}


def _rows(connection: Connection, query: LiteralString) -> Sequence[Any]:
    return connection.execute(query).fetchall()


def _found(connection: Connection, query: LiteralString) -> bool:
    return connection.execute(query).fetchone() is not None


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
