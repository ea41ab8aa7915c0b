"""What a parent does about the rollout."""

from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.acts import record_act
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.text import _
from lienxa.tenants.rollout import permissions, repository
from lienxa.tenants.rollout.models import RolloutPlan, RolloutUnit
from lienxa.tenants.rollout.rules import STATES, WAVES
from lienxa.tenants.rollout.schemas import RecordProgress


async def adopt_scheme(session: TenantSession, actor: Actor, scheme: str) -> None:
    """Note the number of the scheme on which the rollout rests."""
    actor.require(permissions.MANAGE)
    plan = RolloutPlan(scheme=scheme)
    session.add(plan)
    await session.flush()
    await record_act(session, actor, "rollout.adopt_scheme", "rollout_plan", plan.id, {"scheme": scheme})


async def record_progress(session: TenantSession, actor: Actor, organ_id: UUID, command: RecordProgress) -> RolloutUnit:
    """Write down how far an organ below has come; the first time plans it.

    The caller has made sure that the organ is one of the actor's. `InvalidInput` for an unknown state or
    wave, or a day to come.
    """
    actor.require(permissions.MANAGE)
    if command.state not in STATES:
        raise InvalidInput.of("state", _("Không có trạng thái này."), _("Chọn trong danh sách."))
    if command.wave and command.wave not in WAVES:
        raise InvalidInput.of("wave", _("Không có đợt này."), _("Chọn trong danh sách."))
    if command.changed_on is not None and command.changed_on > clock.today():
        raise InvalidInput.of("changed_on", _("Ngày này chưa tới."), _("Nhập ngày đã thực hiện."))
    unit = await repository.unit_of(session, organ_id, lock=True)
    if unit is None:
        unit = RolloutUnit(organ_id=organ_id, wave="", state="planned", note="")
        session.add(unit)
    unit.wave = command.wave
    unit.state = command.state
    unit.civil_servants_moved = command.civil_servants_moved
    unit.concurrent_inspection_deputy = command.concurrent_inspection_deputy
    unit.changed_on = command.changed_on
    unit.invented = command.invented
    unit.note = command.note
    await session.flush()
    await record_act(
        session,
        actor,
        "rollout.record_progress",
        "rollout_unit",
        unit.id,
        {"state": command.state, "wave": command.wave},
    )
    return unit
