"""What operators did to an organ, told in the organ itself: a line of its own sealed trail, a notice to who runs it."""

from uuid import UUID

from lienxa.platform.access import repository as people
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import ControlSession, TenantSession
from lienxa.platform.notify import notices
from lienxa.platform.notify.notices import Told
from lienxa.platform.tenancy.organs import Organ, organ_by_id
from lienxa.platform.text import _

PAGE = "/quan-tri/nhat-ky"
HEARING = ("active", "suspended")
# The roles of those who lead a commune, and a parent.
_LEADERS = ("leader", "director")


async def hearing(control: ControlSession, organ_id: UUID | None) -> Organ | None:
    """The organ, if it has people and a trail to be told: not before it is opened, nor when it is being erased."""
    organ = await organ_by_id(control, organ_id) if organ_id else None
    return organ if organ is not None and organ.state in HEARING else None


async def tell(session: TenantSession, act: str, operator: str, text: str, *, leaders: bool = False) -> None:
    """Tell the session's organ that `operator` did `act`; `text` says it in a sentence without a full stop.

    What touches the whole office its `leaders` hear as well, who have it prepared.
    """
    detail = {"text": text, "operator": operator}
    trail.record_service(session, act, "organ", session.tenant_id, detail)
    await session.flush()
    told = await tell_administrators(session, act, operator, text)
    if leaders:
        leading = {row.staff_id for role in _LEADERS for row in await people.holders_of_role(session, role)}
        title = _title(operator, text)
        await notices.tell(session, None, Told(sorted(leading - told), act, title, "/"))


async def tell_administrators(
    session: TenantSession, act: str, operator: str, text: str, path: str = PAGE
) -> set[UUID]:
    """Tell those who run the session's organ alone, of what stands in its trail by itself; returns who they are."""
    administrators = {row.staff_id for row in await people.holders_of_role(session, "administrator")}
    await notices.tell(session, None, Told(sorted(administrators), act, _title(operator, text), path))
    return administrators


def _title(operator: str, text: str) -> str:
    return _("Người vận hành {name}: {text}", name=operator, text=text)
