"""Sending events out, and the upkeep of their log."""

from uuid import UUID

from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.jobs import control_actor, tenant_actor
from lienxa.platform.module import Schedule
from lienxa.platform.text import _

# `delivery` wants these jobs itself, so they import it where they run.
SCHEDULES = (Schedule("webhooks.look_after", 3600),)


@tenant_actor(title=_("Chia sự kiện cho các địa chỉ nhận"), queue="quick", max_retries=None)
async def fan_out(session: TenantSession) -> None:
    """Make a delivery of each new event for each subscription that asks for it."""
    from lienxa.platform.webhooks import delivery

    await delivery.fan_out(session)


@control_actor(title=_("Gửi sự kiện đến một địa chỉ nhận"), queue="quick")
async def attempt(database: Database, tenant_id: UUID, delivery_id: UUID, turn: int) -> None:
    """Send one delivery once, without a transaction around it: the other side may take its time.

    Whoever does this turn again after it was recorded does nothing; before, the receiver knows the event by its id.
    """
    from lienxa.platform.webhooks import delivery

    await delivery.attempt(database, tenant_id, delivery_id, turn)


@tenant_actor(title=_("Gửi lại sự kiện bị kẹt"), queue="quick")
async def look_after(session: TenantSession) -> None:
    """Send again what got stuck, and forget what is old."""
    from lienxa.platform.webhooks import delivery

    await delivery.look_after(session)
