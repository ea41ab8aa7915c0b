"""The demonstration's calendar: the office above lets its counters open on Saturday mornings."""

from datetime import timedelta

from lienxa.platform import clock
from lienxa.platform.module import DemoContext
from lienxa.platform.text import _
from lienxa.tenants.workdays import operations
from lienxa.tenants.workdays.schemas import AddDays


async def demo(context: DemoContext) -> None:
    """Eight weeks of Saturday mornings, published by each parent."""
    if not context.organ.is_parent:
        return
    async with context.transaction() as session:
        actor = await context.person(session, "watcher")
        first = clock.today() + timedelta(days=1)
        name = _("Trực Một cửa sáng thứ Bảy (minh họa)")
        await operations.add_days(session, actor, AddDays("morning", first, first + timedelta(days=56), name))
