"""The sweep that wants recomputations, and the job that does one."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from lienxa.platform import module as modules
from lienxa.platform.db.session import ControlSession, Database, TenantSession
from lienxa.platform.jobs import control_actor, enqueue
from lienxa.platform.jobs.repository import waiting
from lienxa.platform.module import Figure
from lienxa.platform.rollup import marks, repository
from lienxa.platform.rollup.repository import FigureKey
from lienxa.platform.telemetry.tracing import continued_trace
from lienxa.platform.text import _

_SERIALIZATION_FAILURE = "40001"
_ATTEMPTS = 5


async def sweep(session: ControlSession) -> int:
    """Want one recomputation for each marked pair that has none waiting; returns how many."""
    pairs = await marks.marked_pairs(session)
    if not pairs:
        return 0
    published = set(publishing_modules())
    for name in {name for _organ, name in pairs} - published:
        await marks.drop(session, name)
    already = await waiting(session, recompute)
    wanted = [(organ, name) for organ, name in pairs if name in published and (str(organ), name) not in already]
    for organ, name in wanted:
        with continued_trace(pairs[organ, name]):
            await enqueue(session, recompute, organ, name)
    return len(wanted)


def publishing_modules() -> list[str]:
    """The modules that declare figures."""
    return [module.name for module in modules.all_modules() if module.figures]


# It repeats for ever with growing pauses: a mark stays until its figures are right.
@control_actor(title=_("Tổng hợp số liệu"), queue="quick", max_retries=None)
async def recompute(database: Database, tenant_id: UUID, module: str) -> None:
    """Bring the figures of a module of an organ up to date with its rows.

    The lock is taken before the transaction begins, hence before its snapshot: the holder sees every change whose
    mark it deletes. Whoever finds it held ends at once; the marks stay for the next sweep.
    """
    key = _lock_key(tenant_id, module)
    async with database.direct.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        if not await repository.try_lock(connection, key):
            return
        try:
            await _recompute_locked(database, connection, tenant_id, module)
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await repository.unlock(connection, key)
        except BaseException:
            await connection.invalidate()  # closed, so that the lock goes with it
            raise


async def _recompute_locked(database: Database, connection: AsyncConnection, tenant_id: UUID, module: str) -> None:
    await connection.commit()
    await connection.execution_options(isolation_level="REPEATABLE READ")
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with database.tenant_session(tenant_id, bind=connection) as session, session.begin():
                await _bring_up_to_date(session, module)
            return
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _SERIALIZATION_FAILURE or attempt == _ATTEMPTS:
                raise


async def _bring_up_to_date(session: TenantSession, module: str) -> None:
    if not await marks.take(session, module) or await repository.is_gone(session):
        return
    before = await repository.stored(session, module)
    after = await _computed(session, _figures_of(module))
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    vanished = before.keys() - after.keys()
    await repository.write(session, module, changed)
    await repository.remove(session, module, vanished)
    for reader_id in {key.reader_id for key in (*changed, *vanished)}:
        await repository.announce(session, reader_id)


async def _computed(session: TenantSession, figures: Sequence[Figure]) -> dict[FigureKey, int]:
    readers = await repository.readers_of(session)
    if not readers:
        return {}
    return {
        FigureKey(reader, figure.code, row.month, row.dimension): row.value
        for figure in figures
        for row in await figure.rows(session)
        for reader in readers
    }


def _figures_of(name: str) -> Sequence[Figure]:
    return next((module.figures for module in modules.all_modules() if module.name == name), ())


def _lock_key(tenant_id: UUID, module: str) -> int:
    digest = hashlib.sha256(f"rollup/{tenant_id}/{module}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
