"""The phases of an organ: preparing, the parallel run with its paper registers, live; and back, for a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, FieldError, InvalidInput
from lienxa.platform.module import GoingLive, all_modules
from lienxa.platform.readiness import repository
from lienxa.platform.readiness.checklist import checklist
from lienxa.platform.readiness.models import PhaseChange
from lienxa.platform.tenancy.organs import LIVE, PARALLEL, PREPARING, Organ, organ_of
from lienxa.platform.text import _

PHASES = {PREPARING: _("Đang chuẩn bị"), PARALLEL: _("Chạy song song"), LIVE: _("Chính thức")}
# Where one can go from each phase, the usual step first.
STEPS: Mapping[str, Sequence[str]] = {PREPARING: (PARALLEL, LIVE), PARALLEL: (LIVE, PREPARING), LIVE: (PARALLEL,)}

_BACK = {(LIVE, PARALLEL), (PARALLEL, PREPARING)}


@dataclass(frozen=True)
class Decision:
    """What was decided. `basis` names who decided it and the paper; `reason` is needed where something is amiss.

    `clear`: what the parallel run left is struck out of the books; by default it is kept.
    """

    phase: str
    basis: str = ""
    reason: str = ""
    clear: bool = False


async def enter(
    session: TenantSession, organ: Organ, decision: Decision, actor: Actor | None, operator: str = ""
) -> PhaseChange:
    """Let the session's organ enter the phase, with all that this means for its books, in one transaction.

    The caller has made sure that the actor may; without one it is the `operator`'s decision. Going live is refused with
    the list of what is missing, unless a reason is given; going back is refused without one: `InvalidInput` on
    `reason` or `basis`. `Conflict` if no step leads there.
    """
    organ = organ_of(await repository.present(session))
    if organ.is_parent or decision.phase not in STEPS[organ.phase]:
        raise _no_way(organ)
    missing = (await checklist(session, organ)).missing if decision.phase == LIVE else []
    check(organ, decision, missing)
    moment = clock.now()
    if not await repository.enter(session, decision.phase, moment):
        raise _no_way(organ)  # somebody else was quicker
    outcome: list[str] = []
    if decision.phase == LIVE:
        going = GoingLive(organ, actor, decision.clear, organ.trial_from)
        for module in all_modules():
            if module.go_live is not None:
                outcome += await module.go_live(session, going)
    change = PhaseChange(
        id=ids.new_id(),
        phase=decision.phase,
        at=moment,
        made_by=actor.staff_id if actor else None,
        made_by_name=actor.name if actor else _("Người vận hành {name}", name=operator),
        basis=decision.basis,
        reason=decision.reason,
        missing=missing,
        outcome=outcome,
    )
    session.add(change)
    detail = {"phase": PHASES[decision.phase], "reason": decision.reason, "basis": decision.basis}
    if actor is not None:
        trail.record(session, actor, "office.enter_phase", "phase_change", change.id, detail)
    else:
        trail.record_service(session, "office.enter_phase", "phase_change", change.id, {**detail, "operator": operator})
    await session.flush()
    return change


def check(organ: Organ, decision: Decision, missing: Sequence[str]) -> None:
    """Raise `InvalidInput` where something is missing, or the organ goes back, and nobody says why."""
    missing = missing if decision.phase == LIVE else ()
    faults: list[FieldError] = []
    if decision.phase == LIVE and not decision.basis:
        remedy = _("Ghi ai quyết định, số và ngày văn bản.")
        faults.append(FieldError("basis", _("Chưa ghi căn cứ chuyển sang chính thức."), remedy))
    if missing and not decision.reason:
        said = _("Còn {count} mục chưa đạt: {titles}.", count=len(missing), titles=", ".join(missing))
        faults.append(FieldError("reason", said, _("Làm xong các mục này, hoặc ghi lý do vẫn chuyển sang chính thức.")))
    goes_back = (organ.phase, decision.phase) in _BACK
    if goes_back and not decision.reason:
        faults.append(FieldError("reason", _("Chưa ghi lý do trở lại."), _("Ghi rõ vì sao, sổ nào làm căn cứ từ nay.")))
    if faults:
        raise InvalidInput(faults)


def _no_way(organ: Organ) -> Conflict:
    said = _("{name} đang ở giai đoạn “{phase}”.", name=organ.title, phase=PHASES[organ.phase])
    return Conflict(said, remedy=_("Tải lại trang rồi chọn bước tiếp theo."))
