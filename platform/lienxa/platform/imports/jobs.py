"""Files are read, checked and written in the background."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.errors import AppError, InvalidInput, Suspended
from lienxa.platform.imports import operations
from lienxa.platform.imports.kinds import ImportKind
from lienxa.platform.imports.models import ImportRun
from lienxa.platform.jobs import control_actor, enqueue, tenant_actor
from lienxa.platform.module import Schedule
from lienxa.platform.tenancy.organs import Organ, organ_by_id
from lienxa.platform.text import _

log = structlog.get_logger()

SCHEDULES = (Schedule("imports.forget_runs", 3600),)


async def want_check(session: TenantSession, actor: Actor, kind: ImportKind, name: str, content: bytes) -> ImportRun:
    """Bring a file and let it be checked."""
    brought = await operations.bring(session, actor, kind, name, content)
    await enqueue(session, check_file, session.tenant_id, brought.id)
    return brought


async def want_write(session: TenantSession, actor: Actor, run_id: UUID) -> ImportRun:
    """Let what is right in a checked file be written."""
    confirmed = await operations.confirm(session, actor, run_id)
    await enqueue(session, write_file, session.tenant_id, run_id)
    return confirmed


@control_actor(title=_("Kiểm tra tệp nhập"), queue="heavy", max_retries=3)
async def check_file(database: Database, tenant_id: UUID, run_id: UUID) -> None:
    """Read and check."""
    await _carry_out(database, tenant_id, run_id, operations.check)


@control_actor(title=_("Ghi các dòng của tệp nhập"), queue="heavy", max_retries=3)
async def write_file(database: Database, tenant_id: UUID, run_id: UUID) -> None:
    """Write what is right: all of it in one transaction, or nothing."""
    await _carry_out(database, tenant_id, run_id, operations.write)


@tenant_actor(title=_("Dọn tệp nhập cũ"), queue="heavy")
async def forget_runs(session: TenantSession) -> None:
    """Remove what is old, give up what is stuck."""
    await operations.forget(session)


async def _carry_out(
    database: Database,
    tenant_id: UUID,
    run_id: UUID,
    work: Callable[[TenantSession, Organ, UUID], Awaitable[None]],
) -> None:
    async with database.control() as control:
        organ = await organ_by_id(control, tenant_id)
    if organ is None:
        return
    if organ.state == "suspended":
        await _fail(database, tenant_id, run_id, _said(Suspended(organ.title)))
        return
    try:
        async with database.tenant(tenant_id) as session:
            await work(session, organ, run_id)
    except AppError as refusal:
        await _fail(database, tenant_id, run_id, _said(refusal))
    except Exception:
        # Not tried again: nothing was written, and whoever waits before the page can bring the file again at once.
        # Only if this cannot be noted either, as without a database, the message comes again.
        log.exception("taking in a file failed", run=str(run_id))
        reason = _("Có lỗi ngoài dự kiến, chưa ghi dòng nào. Chọn lại tệp; nếu vẫn lỗi thì báo mã {id}.", id=run_id)
        await _fail(database, tenant_id, run_id, reason)


async def _fail(database: Database, tenant_id: UUID, run_id: UUID, reason: str) -> None:
    async with database.tenant(tenant_id) as session:
        await operations.fail(session, run_id, reason)


def _said(refusal: AppError) -> str:
    if isinstance(refusal, InvalidInput):
        return " ".join(f"{fault.reason} {fault.remedy}".strip() for fault in refusal.fields)
    return f"{refusal.message} {refusal.remedy}".strip()
