"""Marks: "the figures of this module of this organ may have changed"."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from sqlalchemy import DateTime, Text, delete, func, insert, literal, select
from sqlalchemy.dialects.postgresql import array

from lienxa.platform import clock
from lienxa.platform.db.session import ControlSession, TenantSession
from lienxa.platform.rollup.models import rollup_mark
from lienxa.platform.telemetry.tracing import traceparent
from lienxa.platform.tenancy.models import Tenant

_MARK = insert(rollup_mark)  # built once: every act leaves one
_left_out: ContextVar[bool] = ContextVar("marks_left_out", default=False)


@contextmanager
def left_to_the_end() -> Iterator[None]:
    """Inside, acts leave no marks: whoever tells thousands of them in one transaction marks each module once."""
    token = _left_out.set(True)
    try:
        yield
    finally:
        _left_out.reset(token)


async def mark(session: TenantSession, module: str) -> None:
    """Append a mark for the session's organ; it becomes visible with the change itself."""
    if _left_out.get():
        return
    row = {"tenant_id": session.tenant_id, "module": module, "marked_at": clock.now(), "traceparent": traceparent()}
    await session.execute(_MARK, row)


async def mark_all(session: ControlSession, modules: Iterable[str]) -> None:
    """Mark these modules of every active organ that somebody watches: a new day makes cases late without any act."""
    names = [literal(name, Text) for name in modules]
    if not names:
        return
    watched = select(Tenant.id, func.unnest(array(names)), literal(clock.now(), DateTime(timezone=True))).where(
        Tenant.state == "active", Tenant.parent_id.is_not(None)
    )
    await session.execute(insert(rollup_mark).from_select(["tenant_id", "module", "marked_at"], watched))


async def marked_pairs(session: ControlSession) -> dict[tuple[UUID, str], str | None]:
    """The organs and modules with a mark, each with the trace of one of the acts that made them."""
    rows = await session.execute(
        select(rollup_mark.c.tenant_id, rollup_mark.c.module, func.max(rollup_mark.c.traceparent)).group_by(
            rollup_mark.c.tenant_id, rollup_mark.c.module
        )
    )
    return {(tenant_id, module): traceparent for tenant_id, module, traceparent in rows}


async def drop(session: ControlSession, module: str) -> None:
    """Remove all marks of a module that publishes nothing."""
    await session.execute(delete(rollup_mark).where(rollup_mark.c.module == module))


async def take(session: TenantSession, module: str) -> bool:
    """Delete the marks that this transaction sees for the session's organ; False if there are none."""
    taken = await session.scalars(
        delete(rollup_mark)
        .where(rollup_mark.c.tenant_id == session.tenant_id, rollup_mark.c.module == module)
        .returning(rollup_mark.c.module)
    )
    return taken.first() is not None
