"""Upkeep of the file store, and pictures of pages."""

from uuid import UUID

from lienxa.platform.db.session import TenantSession
from lienxa.platform.files import pictures, store
from lienxa.platform.jobs import tenant_actor
from lienxa.platform.module import Schedule
from lienxa.platform.text import _

SCHEDULES = (Schedule("files.sweep_files", 24 * 3600),)


@tenant_actor(title=_("Dọn tệp không còn ai dùng"), queue="heavy")
async def sweep_files(session: TenantSession) -> None:
    """Remove contents that no row has wanted for 24 hours."""
    await store.sweep(session)


@tenant_actor(title=_("Vẽ ảnh trang của tệp"), queue="heavy", max_retries=3, while_suspended=True)
async def draw_pages(session: TenantSession, stored_file_id: UUID) -> None:
    """Make the pictures of a file's pages."""
    await pictures.draw(session, stored_file_id)
