"""What an organ needs of meetings before it goes live."""

from collections.abc import Sequence

from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import ReadinessItem
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.tenants.meetings import repository


async def readiness(session: TenantSession, organ: Organ) -> Sequence[ReadinessItem]:
    """A room to meet in."""
    if organ.is_parent:
        return []
    rooms = await repository.rooms(session)
    title, path = _("Phòng họp"), "/lich/phong/quan-ly"
    if not rooms:
        return [ReadinessItem("meetings.rooms", title, "missing", _("Chưa khai phòng họp nào."), path)]
    return [ReadinessItem("meetings.rooms", title, "done", _("{count} phòng họp.", count=len(rooms)), path)]
