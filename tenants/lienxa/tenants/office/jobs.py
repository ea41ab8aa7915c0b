"""What happens to people of the office when their day has come."""

from uuid import UUID

from lienxa.platform.db.session import TenantSession
from lienxa.platform.jobs import tenant_actor
from lienxa.platform.module import Schedule
from lienxa.platform.text import _

SCHEDULES = (Schedule("office.release_leavers", 3600),)


@tenant_actor(title=_("Báo cho cán bộ được đơn vị khác nhận vào làm việc"))
async def tell_joined(session: TenantSession, member_id: UUID, organ_id: UUID) -> None:
    """Another organ took the account of somebody of this one in: they are told, and who runs this organ."""
    from lienxa.tenants.office import operations

    await operations.tell_joined(session, member_id, organ_id)


@tenant_actor(title=_("Đưa người đã nghỉ ra khỏi đơn vị ở máy chủ đăng nhập"))
async def release_leavers(session: TenantSession) -> None:
    """Those whose last day is over serve the organ no longer."""
    from lienxa.tenants.office import operations

    await operations.release_leavers(session)
