"""What happens to people of the office when their day has come."""

from lienxa.platform.db.session import TenantSession
from lienxa.platform.jobs import tenant_actor
from lienxa.platform.module import Schedule
from lienxa.platform.text import _
from lienxa.tenants.office import operations

SCHEDULES = (Schedule("office.release_leavers", 3600),)


@tenant_actor(title=_("Đưa người đã nghỉ ra khỏi đơn vị ở máy chủ đăng nhập"))
async def release_leavers(session: TenantSession) -> None:
    """Those whose last day is over serve the organ no longer."""
    await operations.release_leavers(session)
