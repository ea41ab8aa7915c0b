"""What happens to people of the office when their day has come."""

from uuid import UUID

from lienxa.platform.db.session import TenantSession
from lienxa.platform.jobs import tenant_actor
from lienxa.platform.module import Schedule
from lienxa.platform.text import _

SCHEDULES = (Schedule("office.release_leavers", 3600), Schedule("office.end_invitations", 24 * 3600))


@tenant_actor(title=_("Báo việc cán bộ đồng ý làm việc ở đơn vị khác"))
async def tell_joined(session: TenantSession, member_id: UUID, organ_id: UUID) -> None:
    """Somebody of this organ agreed to work at another too: they are told, and who runs this organ."""
    from lienxa.tenants.office import joining

    await joining.tell_joined(session, member_id, organ_id)


@tenant_actor(title=_("Đưa người đã nghỉ ra khỏi đơn vị ở máy chủ đăng nhập"))
async def release_leavers(session: TenantSession) -> None:
    """Those whose last day is over serve the organ no longer."""
    from lienxa.tenants.office import operations

    await operations.release_leavers(session)


@tenant_actor(title=_("Kết thúc lời mời đã hết hạn"))
async def end_invitations(session: TenantSession) -> None:
    """Invitations that nobody answered in time are over; before the job comes they are answered no more either."""
    from lienxa.tenants.office import joining

    await joining.end_expired(session)
