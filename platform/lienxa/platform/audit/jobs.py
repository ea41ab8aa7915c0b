"""Jobs of the trail: seal within seconds, publish the heads each day."""

from lienxa.platform.audit import heads, sealing, strangers
from lienxa.platform.db.session import Database
from lienxa.platform.jobs import control_actor
from lienxa.platform.module import Schedule
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.organs import lasting_organs
from lienxa.platform.text import _

SCHEDULES = (
    Schedule("audit.seal_events", 5),
    Schedule("audit.note_strangers", 60),
    Schedule("audit.publish_heads", 24 * 3600),
)


@control_actor(title=_("Niêm nhật ký"), max_retries=None)
async def seal_events(database: Database) -> None:
    """Seal what waits, organ by organ, each in a transaction of its own."""
    key = bytes.fromhex(get_settings().audit_key.get_secret_value())
    async with database.control() as control:
        waiting = await sealing.waiting_organs(control)
    for tenant_id in waiting:
        sealed = sealing.BATCH
        while sealed == sealing.BATCH:
            async with database.tenant(tenant_id) as session:
                sealed = await sealing.seal(session, key)


@control_actor(title=_("Ghi vào nhật ký những lần người lạ bị từ chối"), max_retries=None)
async def note_strangers(database: Database) -> None:
    """Bring the minutes that are over into the trails, organ by organ."""
    async with database.control() as control:
        organs = await strangers.organs_with_counts(control)
    for tenant_id in organs:
        async with database.tenant(tenant_id) as session:
            await strangers.bring_into_trail(session)


@control_actor(title=_("Công bố dấu niêm nhật ký"), max_retries=3)
async def publish_heads(database: Database) -> None:
    """Publish the end of each organ's chain."""
    async with database.control() as control:
        organs = await lasting_organs(control)
    for organ in organs:
        async with database.tenant(organ.id) as session:
            heads.publish(organ.id, await sealing.last_head(session))
