"""Sessions. A `TenantSession` is one transaction of one tenant; a `ControlSession` sees schema `control` only.

The tenant is bound in the database (`app.tenant`, read by the row security policies) and, independently, in every
ORM statement as an explicit predicate. A session without a tenant fails before it sends any SQL. How it is bound
depends on `LIENXA_DB_ENGINE` (docs/citus.md).
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Self, TypeVar
from uuid import UUID

from sqlalchemy import Uuid, bindparam, event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, with_loader_criteria
from sqlalchemy.pool import AsyncAdaptedQueuePool

from lienxa.platform.db.base import AnySelect, TenantScoped
from lienxa.platform.db.pooler import direct_dsn, is_pooled, without_statements_kept
from lienxa.platform.errors import NotFound, TenantNotSet
from lienxa.platform.settings import Settings, get_settings

Model = TypeVar("Model", bound=TenantScoped)


class _TenantSyncSession(Session):
    """The synchronous core of `TenantSession`, on which the hooks below hang."""


class _ControlSyncSession(Session):
    """The synchronous core of `ControlSession`."""


TENANT = bindparam("tenant", type_=Uuid())


class Prepared:
    """A select that is built once, for what every request asks: SQLAlchemy builds and keys it longer than it runs.

    Its parameters are named `bindparam`s, given at each use; `TENANT` among them is always the session's tenant, and
    stands in the predicate that other statements get when they are sent.
    """

    def __init__(self, statement: AnySelect) -> None:
        predicate = with_loader_criteria(
            TenantScoped, lambda entity: entity.tenant_id == TENANT, include_aliases=True, track_closure_variables=False
        )
        self.statement = statement.options(predicate).execution_options(tenant_is_a_parameter=True)


class TenantSession(AsyncSession):
    """A session bound to one tenant. It never commits itself: the unit of work or the job does."""

    sync_session_class = _TenantSyncSession

    @property
    def tenant_id(self) -> UUID:
        """The tenant this session is bound to."""
        tenant: UUID | None = self.info.get("tenant")
        if tenant is None:
            raise TenantNotSet("a tenant session without a tenant")
        return tenant

    async def rows(self, prepared: Prepared, **given: Any) -> Sequence[Any]:
        """What a prepared select finds with these parameters."""
        found: Sequence[Any] = (await self.execute(prepared.statement, {**given, "tenant": self.tenant_id})).all()
        return found

    async def find(self, model: type[Model], row_id: UUID, *, lock: bool = False) -> Model:
        """The row of this tenant with that id, or `NotFound`; with `lock` it is ours until the transaction ends."""
        row = await self.get(model, (self.tenant_id, row_id), with_for_update=lock or None, populate_existing=lock)
        if row is None:
            raise NotFound
        return row


class ControlSession(AsyncSession):
    """A session for schema `control`; used only in platform/{tenancy,identity,jobs,rollup,operator}."""

    sync_session_class = _ControlSyncSession


@event.listens_for(_TenantSyncSession, "after_begin")
def _bind_tenant(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if transaction.nested:  # also fired for every SAVEPOINT; the setting is there already
        return
    tenant = session.info.get("tenant")
    if tenant is None:
        raise TenantNotSet("a tenant session without a tenant")
    if speaks_to_citus(connection):
        connection.exec_driver_sql(_literal_binding(tenant))
    else:
        connection.exec_driver_sql("select set_config('app.tenant', $1, true)", (str(tenant),))


def _literal_binding(tenant: UUID) -> str:
    """Citus passes `SET LOCAL` on to its workers and `set_config` not; SET knows no parameters, only literals."""
    if not isinstance(tenant, UUID):
        raise TypeError("a tenant is bound by its UUID, never by a text")
    return f"set local app.tenant = '{tenant}'"


def speaks_to_citus(connection: Connection) -> bool:
    """Whether a connection of a `Database` was opened with `LIENXA_DB_ENGINE=citus`."""
    return bool(connection.get_execution_options().get("citus"))


@event.listens_for(_TenantSyncSession, "do_orm_execute")
def _add_tenant_predicate(state: ORMExecuteState) -> None:
    if state.is_column_load or state.is_relationship_load:
        return
    if state.execution_options.get("tenant_is_a_parameter"):
        return
    tenant = state.session.info.get("tenant")
    if tenant is None:
        raise TenantNotSet("a tenant session without a tenant")
    state.statement = state.statement.options(
        with_loader_criteria(TenantScoped, lambda entity: entity.tenant_id == tenant, include_aliases=True)
    )


@event.listens_for(_TenantSyncSession, "before_flush")
def _fill_tenant(session: Session, _context: Any, _instances: Any) -> None:
    for row in session.new:
        if isinstance(row, TenantScoped) and row.tenant_id is None:
            row.tenant_id = session.info["tenant"]


# Organs whose literal binding a connection keeps prepared, beside SQLAlchemy's own measure of statements.
_BINDINGS_KEPT = 400
# How long work that is under way may take to end when the process does.
_CLOSING_SECONDS = 2.0
_CLOSING_STEP = 0.01


class Database:
    """One engine with its pool, as one login role. `dsn` is a plain `postgresql://` address."""

    def __init__(self, dsn: str, *, pool_size: int = 10) -> None:
        settings = get_settings()
        self.engine = _engine(dsn, pool_size, settings, pooled=is_pooled(settings))
        # The same connections, for single statements that need no transaction.
        self.autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        # Connections that stay the same from one transaction to the next, for locks that outlive one. Only a pooler
        # makes them others; none is opened before it is wanted.
        self.direct = self.engine
        if is_pooled(settings):
            self.direct = _engine(direct_dsn(settings, dsn), pool_size, settings, pooled=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_raised: object) -> None:
        await self.close()

    def tenant_session(self, tenant_id: UUID, bind: AsyncConnection | None = None) -> TenantSession:
        """A new session of that tenant; `bind` lets it join a transaction that is already open."""
        return TenantSession(bind or self.engine, expire_on_commit=False, info={"tenant": tenant_id})

    @asynccontextmanager
    async def part(self, tenant_id: UUID, connection: AsyncConnection) -> AsyncIterator[TenantSession]:
        """A part of the transaction that is open on `connection`: a savepoint of that tenant, undone alone."""
        async with TenantSession(
            connection,
            expire_on_commit=False,
            info={"tenant": tenant_id},
            join_transaction_mode="create_savepoint",
        ) as session:
            yield session
            await session.commit()  # releases the savepoint; closing without would take it back

    def control_session(self, bind: AsyncConnection | None = None) -> ControlSession:
        """A new session of schema `control`."""
        return ControlSession(bind or self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def tenant(self, tenant_id: UUID) -> AsyncIterator[TenantSession]:
        """A transaction of that tenant: committed at the end, rolled back by an exception."""
        async with self.tenant_session(tenant_id) as session, session.begin():
            yield session

    @asynccontextmanager
    async def control(self) -> AsyncIterator[ControlSession]:
        """A transaction of schema `control`: committed at the end, rolled back by an exception."""
        async with self.control_session() as session, session.begin():
            yield session

    async def close(self) -> None:
        """Give all connections back.

        Who still works with one ends first: what is written after an answer, as refusals are, would be lost, and a
        connection that comes back to a pool that is gone is never closed.
        """
        engines = [self.engine] if self.direct is self.engine else [self.engine, self.direct]
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING_SECONDS):
                while any(_lent(engine) for engine in engines):  # noqa: ASYNC110 - a pool tells nobody of what comes back
                    await asyncio.sleep(_CLOSING_STEP)
        for engine in engines:
            await engine.dispose()


def _lent(engine: AsyncEngine) -> int:
    """How many connections are in somebody's hands."""
    assert isinstance(engine.pool, AsyncAdaptedQueuePool)
    return engine.pool.checkedout()


def _engine(dsn: str, pool_size: int, settings: Settings, *, pooled: bool) -> AsyncEngine:
    citus = settings.db_engine == "citus"
    server_settings = {"application_name": "lienxa"}
    connect_args: dict[str, Any] = {"server_settings": server_settings}
    if citus:
        server_settings["citus.propagate_set_commands"] = "local"
        connect_args["prepared_statement_cache_size"] = 100 + _BINDINGS_KEPT
    if pooled:
        connect_args |= without_statements_kept()
    else:
        server_settings["jit"] = "off"  # a pooler knows nothing of it; there the login's own setting holds
    return create_async_engine(
        dsn.replace("postgresql://", "postgresql+asyncpg://", 1),
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,  # an error in a log must not quote what people wrote
        connect_args=connect_args,
        execution_options={"citus": citus},
    )
