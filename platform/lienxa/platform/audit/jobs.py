"""Jobs of the trail: seal within seconds, publish the heads each day."""

from functools import partial

import structlog

from lienxa.platform.audit import heads, sealing, sent_heads, strangers
from lienxa.platform.audit.operators import OPERATORS
from lienxa.platform.db.session import Database
from lienxa.platform.jobs import control_actor
from lienxa.platform.mail import outbox
from lienxa.platform.module import Schedule
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.organs import host_of, lasting_organs
from lienxa.platform.text import _

_log = structlog.get_logger()

SCHEDULES = (
    Schedule("audit.seal_events", 5),
    Schedule("audit.note_strangers", 60),
    Schedule("audit.publish_heads", 24 * 3600),
)


@control_actor(title=_("Niêm nhật ký"), max_retries=None)
async def seal_events(database: Database) -> None:
    """Seal what waits, trail by trail. One that goes on under a key that is not known here is left to who knows it."""
    async with database.control() as control:
        waiting = await sealing.waiting_organs(control)
    trails: list[sealing.Opened] = [database.control, *(partial(database.tenant, tenant_id) for tenant_id in waiting)]
    for opened in trails:
        try:
            await sealing.seal_all(opened, get_settings().audit_keys)
        except sealing.UnknownKey as refused:
            _log.warning("trail not sealed", reason=refused.message, remedy=refused.remedy)


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
    """Publish the end of each chain: in the file store, and by mail to whoever is to have it.

    Letters are put down before the file is written: broken off between the two, a head is sent twice, never left out.
    """
    settings = get_settings()
    keys = settings.audit_keys
    async with database.control() as control:
        organs = [(organ, await host_of(control, organ.id)) for organ in await lasting_organs(control)]
    news = []
    for organ, host in organs:
        async with database.tenant(organ.id) as session:
            head = await sealing.last_head(session)
            if not heads.is_new(organ.id, head):
                continue
            sent = sent_heads.signed(keys, organ.id, head)
            if outbox.is_set_up(settings) and host:
                letter = sent_heads.letter(organ, sent, settings.address(host))
                for address in await sent_heads.receivers(session):
                    await outbox.put(session, address, letter)
        news.append(sent)
    async with database.control() as control:
        head = await sealing.last_head(control)
        if heads.is_new(OPERATORS, head):
            news.append(sent_heads.signed(keys, OPERATORS, head))
    if news and outbox.is_set_up(settings):
        async with database.control() as control:
            for address in settings.heads_receivers:
                await outbox.put(control, address, sent_heads.letter_of_all(news))
    for sent in news:
        heads.publish(sent.tenant_id, sent.head)
