"""What the acts of modules tell other systems: one function, in the transaction of the act.

Nothing is told of what is rolled back, and nothing of a commit is lost: the event is a row, and the job that sends it
out another (design: jobs). What is told names the thing and holds nothing of it; whoever is told asks the API, which
decides anew what they may see.
"""

from dataclasses import dataclass
from functools import cache
from uuid import UUID

from lienxa.platform.db.session import TenantSession
from lienxa.platform.jobs import enqueue
from lienxa.platform.module import EventType, all_modules
from lienxa.platform.notify import notices
from lienxa.platform.webhooks import repository
from lienxa.platform.webhooks.jobs import fan_out

TEST = "webhooks.test"
API = "/api/v1"


@dataclass(frozen=True)
class Happened:
    """An event of a declared type: the thing, its place below `/api/v1`, and its body (None: of all bodies)."""

    event_type: str
    object_id: UUID
    place: str
    body_id: UUID | None


async def tell_others(session: TenantSession, *happened: Happened) -> None:
    """Let the systems that are interested be told after this transaction: one statement, two if there is one."""
    if not happened or notices.are_silent():
        return
    unknown = {one.event_type for one in happened} - event_types().keys()
    if unknown:
        raise LookupError(f"no module declares the event {', '.join(sorted(unknown))}")
    rows = [(one.event_type, one.object_id, API + one.place, one.body_id) for one in happened]
    if await repository.add_events(session, rows):
        await enqueue(session, fan_out, session.tenant_id)


@cache
def event_types() -> dict[str, EventType]:
    """Every type of event that some module declares, by name, in the order of modules."""
    return {declared.name: declared for module in all_modules() for declared in module.events}
