"""What operators did to an organ, told in the organ itself: a line of its own sealed trail, a notice to who runs it."""

from lienxa.platform.access import repository as people
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.notify import notices
from lienxa.platform.notify.notices import Told
from lienxa.platform.text import _

PAGE = "/quan-tri/nhat-ky"


async def tell(session: TenantSession, act: str, operator: str, text: str) -> None:
    """Tell the session's organ that `operator` did `act`; `text` says it in a sentence without a full stop."""
    detail = {"text": text, "operator": operator}
    trail.record_service(session, act, "organ", session.tenant_id, detail)
    await session.flush()
    administrators = [row.staff_id for row in await people.holders_of_role(session, "administrator")]
    title = _("Người vận hành {name}: {text}", name=operator, text=text)
    await notices.tell(session, None, Told(administrators, act, title, PAGE))
