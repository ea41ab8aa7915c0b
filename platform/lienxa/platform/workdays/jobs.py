"""How a change of the calendar reaches the organs below: each gets a copy, made in its own transaction.

No organ reads another's rows: the job opens the organ above, then the organ below, one after the other.
"""

from uuid import UUID

from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.jobs import control_actor, enqueue
from lienxa.platform.module import all_modules
from lienxa.platform.tenancy.organs import children_of, organ_by_id
from lienxa.platform.text import _
from lienxa.platform.workdays import repository


async def calendar_changed(session: TenantSession) -> None:
    """Tell every module of the session's organ, in the transaction that changes its calendar."""
    for module in all_modules():
        if module.calendar_changed is not None:
            await module.calendar_changed(session)


@control_actor(title=_("Chuyển lịch nghỉ xuống cấp dưới"))
async def publish(database: Database, organ_id: UUID) -> None:
    """Want a new copy for each organ below `organ_id`."""
    async with database.control() as control:
        for child in await children_of(control, organ_id):
            if not child.followed_by:  # its calendar is what it was
                await enqueue(control, take_over, child.id)


@control_actor(title=_("Nhận lịch nghỉ của cấp trên"))
async def take_over(database: Database, organ_id: UUID) -> None:
    """Bring an organ's copy of what the organ above has published up to date, and pass a change on.

    Two of them at once wait for each other, so the last one copies what was published last.
    """
    async with database.control() as control:
        organ = await organ_by_id(control, organ_id)
    if organ is None or organ.parent_id is None:
        return
    async with database.tenant(organ_id) as session:
        await repository.lock(session)
        async with database.tenant(organ.parent_id) as above:
            published = await repository.published(above)
        if not await repository.replace_from_above(session, published):
            return
        await calendar_changed(session)
        if organ.is_parent:
            await enqueue(session, publish, organ_id)
