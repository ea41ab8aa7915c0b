"""Upkeep of what the web face keeps."""

from lienxa.platform.db.session import TenantSession
from lienxa.platform.jobs import tenant_actor
from lienxa.platform.module import Schedule
from lienxa.platform.text import _
from lienxa.platform.web import submissions

SCHEDULES = (Schedule("web.forget_submissions", 24 * 3600),)


@tenant_actor(title=_("Dọn dấu vết biểu mẫu đã gửi"), queue="heavy")
async def forget_submissions(session: TenantSession) -> None:
    """Forget the keys of forms sent more than 24 hours ago."""
    await submissions.forget_old(session)
