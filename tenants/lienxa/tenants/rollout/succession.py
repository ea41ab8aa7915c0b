"""What a parent still plans with an organ that others follow: open milestones and visits go on with the one that does.

What was reached and what was held stays with the organ that was; a follow-up stays with its visit.
"""

from datetime import date

from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.tenants.rollout import repository


async def follow(session: TenantSession, predecessor: Organ, successor: Organ, from_day: date) -> None:
    """In the parent: let what is open with the predecessor be open with the successor, and say where it came from."""
    milestones = await repository.milestones_open_with(session, predecessor.id)
    visits = await repository.visits_planned_with(session, predecessor.id)
    if not milestones and not visits:
        return
    told = _("chuyển từ {name} ngày {day:%d/%m/%Y}", name=predecessor.full_name, day=from_day)
    for milestone in milestones:
        milestone.organ_id = successor.id
        milestone.note = _with(milestone.note, told)
    for visit in visits:
        visit.organ_id = successor.id
        visit.purpose = _with(visit.purpose, told)
    text = _(
        "{old} chuyển sang {new}: {milestones} mốc chưa đạt, {visits} buổi làm việc chưa thực hiện",
        old=predecessor.title,
        new=successor.full_name,
        milestones=len(milestones),
        visits=len(visits),
    )
    trail.record_service(session, "succession.followed_by", "organ", successor.id, {"text": text})
    await session.flush()


def _with(said: str, told: str) -> str:
    return f"{said} ({told})".strip()
