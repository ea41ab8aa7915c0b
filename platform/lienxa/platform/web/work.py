"""What waits for a member, from every module, and how much of it lies where: the counts of the left navigation."""

from collections import Counter
from collections.abc import Sequence

from litestar import Controller, get
from litestar.di import NamedDependency

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import Module, WorkItem, all_modules
from lienxa.platform.notify import notices
from lienxa.platform.web.page import NOTICES

HOME = "/viec-cua-toi"
_NOT_WAITING = "today_meeting"


async def work_of(session: TenantSession, actor: Actor) -> list[tuple[Module, WorkItem]]:
    """Every line of "Việc của tôi" with the module that it comes from."""
    found: list[tuple[Module, WorkItem]] = []
    for module in all_modules():
        if module.work_items is not None:
            found += [(module, item) for item in await module.work_items(session, actor)]
    return found


async def all_counts(session: TenantSession, actor: Actor, work: Sequence[tuple[Module, WorkItem]]) -> dict[str, int]:
    """`counts`, and how many notices the person has not read."""
    return {**counts(work), NOTICES: await notices.unread(session, actor.account_id)}


def counts(work: Sequence[tuple[Module, WorkItem]]) -> dict[str, int]:
    """How many things wait at each path of the navigation, and all of them at home."""
    waiting = [(module, item) for module, item in work if item.group != _NOT_WAITING]
    places = Counter(item.place or _first_path(module) for module, item in waiting)
    return {HOME: len(waiting), **{path: count for path, count in places.items() if path}}


def _first_path(module: Module) -> str:
    return min(module.navigation, key=lambda item: item.order).path if module.navigation else ""


class WorkController(Controller):
    """The counts for pages that do not show the work itself (docs/adr/0013)."""

    @get("/viec-cua-toi/so-luong", operation_id="CountMyWork")
    async def count(self, session: NamedDependency[TenantSession], actor: NamedDependency[Actor]) -> dict[str, int]:
        """`{path: count}`; asked for by the script of the shell, at most once a minute."""
        return await all_counts(session, actor, await work_of(session, actor))
