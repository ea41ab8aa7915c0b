"""Upkeep of notices."""

from lienxa.platform.db.session import TenantSession
from lienxa.platform.jobs import tenant_actor
from lienxa.platform.module import Schedule
from lienxa.platform.notify import notices
from lienxa.platform.text import _

SCHEDULES = (Schedule("notify.forget_notices", 24 * 3600),)


@tenant_actor(title=_("Dọn thông báo cũ"), queue="heavy")
async def forget_notices(session: TenantSession) -> None:
    """Remove the notices of more than 90 days ago."""
    await notices.forget_old(session)
