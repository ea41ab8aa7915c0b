"""Upkeep of the file store."""

from lienxa.platform.db.session import TenantSession
from lienxa.platform.files import store
from lienxa.platform.jobs import tenant_actor
from lienxa.platform.module import Schedule

SCHEDULES = (Schedule("files.sweep_files", 24 * 3600),)


@tenant_actor(queue="heavy")
async def sweep_files(session: TenantSession) -> None:
    """Remove contents that no row has wanted for 24 hours."""
    await store.sweep(session)
