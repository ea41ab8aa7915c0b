"""Upkeep of what the API keeps."""

from lienxa.platform import clock
from lienxa.platform.db.session import TenantSession
from lienxa.platform.jobs import tenant_actor
from lienxa.platform.module import Schedule
from lienxa.platform.rest import idempotency, repository
from lienxa.platform.text import _

SCHEDULES = (Schedule("rest.forget_answers", 3600),)


@tenant_actor(title=_("Dọn câu trả lời cũ của API"), queue="heavy")
async def forget_answers(session: TenantSession) -> None:
    """Forget the answers that were kept for repeats, 24 hours after the call."""
    await repository.forget_answers(session, clock.now() - idempotency.KEPT_FOR)
