"""Background work on cases."""

from lienxa.platform.db.session import TenantSession
from lienxa.platform.jobs import enqueue, tenant_actor
from lienxa.platform.module import Schedule
from lienxa.platform.text import _
from lienxa.tenants.procedures import operations

# Also without a change: a case that was taken in while the calendar changed was computed by the one before.
SCHEDULES = (Schedule("procedures.follow_calendar", 3600),)


@tenant_actor(title=_("Tính lại hạn hồ sơ theo lịch làm việc"))
async def follow_calendar(session: TenantSession) -> None:
    """Compute due dates anew where the calendar has changed."""
    await operations.follow_calendar(session)


async def calendar_changed(session: TenantSession) -> None:
    """Want that in the transaction that changes the calendar."""
    await enqueue(session, follow_calendar, session.tenant_id)
