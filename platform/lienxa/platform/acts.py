"""What every act leaves behind, in its own transaction: a line in the trail and a mark for the roll-up."""

from uuid import UUID

from lienxa.platform.access.actor import Actor
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.rollup import marks


async def record_act(
    session: TenantSession,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: UUID,
    detail: trail.Detail | None = None,
) -> None:
    """Record `action` (`documents.register`: module and verb) of the actor on a thing of that type.

    `detail` holds scalars for the timeline (a number given, a person's name), never a document's text.
    """
    trail.record(session, actor, action, object_type, object_id, detail or {})
    await marks.mark(session, action.partition(".")[0])
