"""What an organ needs of its one-stop before it goes live, and its cases on that day."""

from collections.abc import Sequence

from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import GoingLive, ReadinessItem
from lienxa.platform.rollup import marks
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.tenants.procedures import repository


async def readiness(session: TenantSession, organ: Organ) -> Sequence[ReadinessItem]:
    """Procedures in use with papers and time limits; a fee that nobody knows is shown to citizens as such."""
    if organ.is_parent:
        return []
    found = await repository.published(session)
    title, path = _("Thủ tục đã công khai, có giấy tờ, thời hạn, phí"), "/thu-tuc"
    if not found.all:
        return [ReadinessItem("procedures.published", title, "missing", _("Chưa có thủ tục nào."), path)]
    if found.no_time or found.no_papers:
        reason = _(
            "{count} thủ tục; {times} chưa có thời hạn, {papers} chưa có thành phần giấy tờ.",
            count=found.all,
            times=found.no_time,
            papers=found.no_papers,
        )
        return [ReadinessItem("procedures.published", title, "warning", reason, path, confirmable=True)]
    if found.no_fee:
        reason = _("{count} thủ tục; {fees} chưa rõ mức phí.", count=found.all, fees=found.no_fee)
        return [ReadinessItem("procedures.published", title, "warning", reason, path, confirmable=True)]
    reason = _("{count} thủ tục đủ giấy tờ, thời hạn, phí.", count=found.all)
    return [ReadinessItem("procedures.published", title, "done", reason, path, confirmable=True)]


async def go_live(session: TenantSession, going: GoingLive) -> Sequence[str]:
    """Stop the open cases of the parallel run, if it is to be cleared: they go on in the paper register."""
    if not going.clear or going.since is None:
        return []
    reason = _("Nhập khi chạy song song; hồ sơ theo dõi ở sổ giấy.")
    stopped = await repository.stop_since(session, going.since, reason)
    detail = {"stopped": stopped}
    if going.actor is not None:
        trail.record(session, going.actor, "procedures.clear_trial", "organ", going.organ.id, detail)
    else:
        trail.record_service(session, "procedures.clear_trial", "organ", going.organ.id, detail)
    await marks.mark(session, "procedures")
    return [_("Đã dừng {count} hồ sơ nhập khi chạy song song.", count=stopped)]
