"""What the catalogue of the database says of itself; any login may read it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from lienxa.platform.db.session import ControlSession

EXTENSIONS = frozenset({"unaccent", "pg_trgm", "btree_gist", "btree_gin"})

_SERVER = text("""
    select current_setting('server_version_num')::int, clock_timestamp(), current_user::text,
      (select version_num from control.alembic_version),
      (select array_agg(extname::text) from pg_extension),
      pg_database_size(current_database())
""")
# What `db/bootstrap.sql` makes: who may pass by row security, and who may do everything.
_ROLES = text("select rolname::text, rolbypassrls, rolsuper from pg_roles where rolname like 'lx\\_%'")
_UNPROTECTED = text("""
    select c.oid::regclass::text from pg_class c
    where c.relnamespace in ('app'::regnamespace, 'rollup'::regnamespace) and c.relkind in ('r', 'p')
      and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))
    order by 1
""")
_LOCK_HELD = text("""
    select exists (select from pg_locks where locktype = 'advisory' and granted
      and database = (select oid from pg_database where datname = current_database())
      and (classid::bigint << 32 | objid::bigint) = :key)
""")


@dataclass(frozen=True)
class Server:
    """The server and database behind a session; `revision` None: never migrated."""

    version: int
    now: datetime
    login: str
    revision: str | None
    extensions: frozenset[str]
    bytes: int


async def server(session: ControlSession) -> Server:
    """Version (180006 is 18.6), time, login, revision of the schema, extensions and size."""
    version, now, login, revision, extensions, size = (await session.execute(_SERVER)).one()
    return Server(version, now, login, revision, frozenset(extensions or ()), size)


async def roles(session: ControlSession) -> dict[str, tuple[bool, bool]]:
    """Our roles: whether each passes by row security, and whether it is a superuser."""
    return {name: (bypasses, superuser) for name, bypasses, superuser in await session.execute(_ROLES)}


async def unprotected_tables(session: ControlSession) -> list[str]:
    """Tables of offices and figures whose row security is not on, not forced, or without a policy."""
    return list(await session.scalars(_UNPROTECTED))


async def lock_is_held(session: ControlSession, key: int) -> bool:
    """Whether somebody holds this advisory lock."""
    return bool(await session.scalar(_LOCK_HELD, {"key": key}))
