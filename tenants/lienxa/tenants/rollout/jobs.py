"""How the setting of months reaches the organs below: each gets a copy, made in its own transaction (ADR 0016)."""

from uuid import UUID

from lienxa.platform.db.session import Database
from lienxa.platform.jobs import control_actor, enqueue
from lienxa.platform.rollup import marks, months
from lienxa.platform.tenancy.organs import children_of, organ_by_id
from lienxa.platform.text import _
from lienxa.tenants.rollout.rules import REPORTED_MODULES


@control_actor(title=_("Chuyển cách tính tháng báo cáo xuống cấp dưới"))
async def publish_months(database: Database, organ_id: UUID) -> None:
    """Want a new copy for each organ below `organ_id`."""
    async with database.control() as control:
        for child in await children_of(control, organ_id):
            await enqueue(control, take_over_months, child.id)


@control_actor(title=_("Nhận cách tính tháng báo cáo của cấp trên"))
async def take_over_months(database: Database, organ_id: UUID) -> None:
    """Bring an organ's copy of the setting up to date, have its figures computed anew, and pass a change on."""
    async with database.control() as control:
        organ = await organ_by_id(control, organ_id)
    if organ is None or organ.parent_id is None:
        return
    async with database.tenant(organ.parent_id) as above:
        settings = (await months.reporting_months(above)).settings
    async with database.tenant(organ_id) as session:
        if not await months.replace(session, settings):
            return
        for module in REPORTED_MODULES:
            await marks.mark(session, module)
        if organ.is_parent:
            await enqueue(session, publish_months, organ_id)
