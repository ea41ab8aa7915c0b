"""What the home page, the common search and the page of grants get."""

from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import SearchHit, Thing, WorkItem
from lienxa.platform.text import _
from lienxa.tenants.meetings import repository, rules
from lienxa.tenants.meetings.pages.common import DAY
from lienxa.tenants.meetings.rules import Slot
from lienxa.tenants.meetings.schemas import WorkLine

_SEARCH_LIMIT = 20


async def work_items(session: TenantSession, actor: Actor) -> list[WorkItem]:
    """The person's meetings of today, the proposals that wait for them, and what became of their own."""
    today = clock.today()
    lines = await repository.work_lines(session, actor, Slot(clock.instant(today), clock.instant(today + DAY)))
    return [_work_item(line) for line in lines]


def _work_item(line: WorkLine) -> WorkItem:
    path = f"/lich/{line.id}"
    when = _("họp {at:%H:%M %d/%m/%Y}", at=clock.legal(line.starts_at))
    if line.mine:
        source, action, followed = _what_became(line)
        path = f"{path}/sua" if line.state == rules.RETURNED else path
        return WorkItem(
            "waiting", line.title, path, action, source, at=line.starts_at, when_label=when, followed=followed
        )
    if line.state == rules.PROPOSED:
        source = _("{name} đề xuất lịch họp", name=line.proposer)
        return WorkItem("waiting", line.title, path, _("Xem xét"), source=source, at=line.starts_at, when_label=when)
    if line.masked:
        path = f"/lich?ngay={clock.legal(line.starts_at):%d/%m/%Y}"
    return WorkItem("today_meeting", line.title, path, _("Xem"), source=line.where, at=line.starts_at)


def _what_became(line: WorkLine) -> tuple[str, str, bool]:
    """What whoever proposed it is told, what they can do, and whether it is somebody else's turn."""
    if line.state == rules.RETURNED:
        return _("Văn phòng đề nghị sửa: {reason}", reason=line.reason), _("Sửa đề xuất"), False
    told = {
        rules.PROPOSED: _("Đề xuất lịch họp đang chờ Văn phòng duyệt"),
        rules.REFUSED: _("Văn phòng không chấp nhận: {reason}", reason=line.reason),
        rules.CANCELLED: _("Cuộc họp đã hủy: {reason}", reason=line.reason),
    }
    return told.get(line.state, _("Đề xuất đã được xếp vào lịch")), _("Xem"), True


async def shared(session: TenantSession, actor: Actor, meeting_id: UUID) -> Thing:
    """A meeting that the person may see, for the page of its grants."""
    meeting = await repository.meeting(session, actor, meeting_id)
    return Thing(meeting.title, f"/lich/{meeting_id}", meeting.body_id)


async def search(session: TenantSession, actor: Actor, query: str) -> list[SearchHit]:
    """Meetings whose title contains what was typed, with or without diacritics."""
    found = await repository.search(session, actor, query, _SEARCH_LIMIT)
    return [SearchHit(entry.title, f"/lich/{entry.id}", f"{entry.slot.text()} - {entry.where}") for entry in found]
