"""A pooler (PgBouncer) between us and PostgreSQL, which lends a server's connection for a transaction (docs/pooler.md).

What belongs to a connection and not to a transaction goes past it, to `LIENXA_DB_DIRECT_DSN`: listening, locks that
outlive a transaction, the queue's own connections.
"""

from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import make_url

from lienxa.platform import ids
from lienxa.platform.settings import Settings

_CONNECT_SECONDS = 10.0
_WHO = "select pg_backend_pid(), current_user::text, current_setting('jit')::bool"


def is_pooled(settings: Settings) -> bool:
    """Whether the addresses of the service lead to a pooler."""
    return bool(settings.db_direct_dsn.get_secret_value())


def direct_dsn(settings: Settings, dsn: str) -> str:
    """The address past the pooler of what `dsn` leads to; `dsn` itself where there is no pooler."""
    if not is_pooled(settings):
        return dsn
    through, past = make_url(dsn), make_url(settings.db_direct_dsn.get_secret_value())
    return past.set(
        username=past.username or through.username,
        password=past.password or through.password,
        database=past.database or through.database,
    ).render_as_string(hide_password=False)


def without_statements_kept() -> dict[str, Any]:
    """What asyncpg and SQLAlchemy must be told, so that no statement prepared on one connection is wanted on another.

    Without a name and a cache asyncpg sends a statement's text along with each execution of it. Names of their own,
    which SQLAlchemy's documents advise, stay behind on the server's connections, and outside a transaction the
    execution may meet another connection than the preparation.
    """
    return {
        "statement_cache_size": 0,
        "prepared_statement_cache_size": 0,
        "prepared_statement_name_func": str,
    }


@dataclass(frozen=True)
class Way:
    """What an address leads through: whether a pooler stands in it, as whom one arrives, and whether `jit` is on."""

    is_pooled: bool
    login: str
    jit: bool


async def explore(dsn: str) -> Way | None:
    """Look where an address leads; None if nobody lets us in there.

    A pooler names its client a process that is not the one which then answers.
    """
    try:
        connection = await _connect(dsn)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None
    try:
        async with connection.transaction():
            process, *rest = await connection.fetchrow(_WHO)
        return Way(process != connection.get_server_pid(), *rest)
    finally:
        await connection.close()


async def lead_to_one_database(dsn: str, other: str) -> bool:
    """Whether two addresses lead to the same database: a lock that is taken in one is then held in the other."""
    key = ids.new_id().int & (2**63 - 1)
    first, second = await _connect(dsn), await _connect(other)
    try:
        async with first.transaction(), second.transaction():
            await first.execute("select pg_advisory_xact_lock($1)", key)
            return not await second.fetchval("select pg_try_advisory_xact_lock($1)", key)
    finally:
        await first.close()
        await second.close()


async def _connect(dsn: str) -> "asyncpg.Connection[Any]":
    return await asyncpg.connect(dsn, statement_cache_size=0, timeout=_CONNECT_SECONDS)
