"""A merger or a split is wanted: at once, or on its day; until that day it may be called off (ADR 0035).

Whoever reads the paper of a district hears of it in time: each organ concerned is told when a day is set, when it is
called off, and when everything has passed.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy import select

from lienxa.platform import clock
from lienxa.platform.db.session import ControlSession, Database
from lienxa.platform.errors import Conflict, NotFound
from lienxa.platform.jobs import Job
from lienxa.platform.life import plans, works
from lienxa.platform.life.models import OrganWork
from lienxa.platform.life.plans import MERGE, SPLIT, Plan
from lienxa.platform.operator import onboarding, telling
from lienxa.platform.tenancy.models import Tenant
from lienxa.platform.tenancy.organs import Organ, organ_of
from lienxa.platform.text import _

KINDS = (MERGE, SPLIT)
# A delay is counted from the beginning of the transaction, by the clock of the database: without this it ends just
# before the day begins.
AFTER_MIDNIGHT = timedelta(seconds=10)
PLANNED = {MERGE: "office.merge_planned", SPLIT: "office.split_planned"}
_TOLD = {
    MERGE: _("Sẽ sáp nhập {old} thành {new} từ ngày {day:%d/%m/%Y}; trước ngày đó giải quyết, đối chiếu và in sổ"),
    SPLIT: _("Sẽ chia tách {old} thành {new} từ ngày {day:%d/%m/%Y}; trước ngày đó giải quyết, đối chiếu và in sổ"),
}


async def want(
    database: Database, job: Job, key: UUID, plan: Plan, operator: str, *, spare: timedelta = timedelta(0)
) -> None:
    """Want what the plan says, on its day; `Conflict` if another waits for one of its organs.

    A key that was used before changes nothing. The first predecessor is the organ on whose page the act stands. Who
    carries it out alone leaves the worker out for `spare`: it goes on with what they did not end.
    """
    async with onboarding.opened(database) as opened:
        await onboarding.become_application(opened)  # only it has the queue
        control = opened.control
        parties = await plans.check(control, plan)
        await _check_that_none_waits(control, plan, key)
        wait = clock.instant(plan.from_day, 0) - clock.now()
        wanted = msgspec.to_builtins(plan)
        organ_id = parties.predecessors[0].id
        delay = max(wait + AFTER_MIDNIGHT, spare) if wait > timedelta(0) else spare
        asked = await works.ask(control, job, key, plan.kind, operator, organ_id, delay=delay, **wanted)
        if asked and wait > timedelta(0):
            await control.flush()
            old, new = (", ".join(names) for names in await named(control, plan))
            text = _TOLD[plan.kind].format(old=old, new=new, day=plan.from_day)
            await _tell(opened, [*parties.predecessors, *parties.successors.values()], plan.kind, operator, text)


async def _check_that_none_waits(control: ControlSession, plan: Plan, key: UUID) -> None:
    for other in await waiting(control, {*plan.predecessors, *plan.successors}):
        if other.id != key:
            day = plans.plan_of(other.wanted).from_day
            raise Conflict(
                _("Một trong các đơn vị này đã có việc sáp nhập, chia tách từ ngày {day:%d/%m/%Y}.", day=day),
                remedy=_("Xem việc đó ở vòng đời của đơn vị; đợi xong, hoặc bỏ việc đang hẹn."),
            )


async def waiting(control: ControlSession, slugs: Collection[str]) -> Sequence[OrganWork]:
    """The mergers and splits with one of these organs that are under way or wait for their day, the earliest first."""
    query = select(OrganWork).where(OrganWork.kind.in_(KINDS), OrganWork.state == "waiting")
    found = []
    for work in await control.scalars(query.order_by(OrganWork.asked_at)):
        plan = plans.plan_of(work.wanted)
        if not set(slugs).isdisjoint({*plan.predecessors, *plan.successors}):
            found.append(work)
    return found


async def _tell(opened: onboarding.Work, organs: Sequence[Organ], kind: str, operator: str, text: str) -> None:
    for organ in organs:
        if organ.state in telling.HEARING:
            async with onboarding.as_member(opened, organ) as session:
                await telling.tell(session, PLANNED[kind], operator, text, leaders=True)


def is_planned(work: OrganWork) -> bool:
    """Whether it waits for its day."""
    return work.kind in KINDS and work.state == "waiting" and plans.plan_of(work.wanted).from_day > clock.today()


def may_go_on(work: OrganWork) -> bool:
    """Whether it has begun and failed; what was called off has not begun."""
    return work.kind in KINDS and work.state == "failed" and work.attempts > 0


async def named(control: ControlSession, plan: Plan) -> tuple[list[str], list[str]]:
    """What the predecessors and the successors are called."""
    organs = {new.slug: plans.title_of(new) for new in plan.new}
    every = select(Tenant).where(Tenant.slug.in_([*plan.predecessors, *plan.successors]))
    organs |= {tenant.slug: organ_of(tenant).title for tenant in await control.scalars(every)}
    return [organs.get(slug, slug) for slug in plan.predecessors], [organs.get(slug, slug) for slug in plan.successors]


async def concerned(control: ControlSession, work: OrganWork) -> Sequence[UUID]:
    """The organs of a merger or split, or of that which was called off."""
    if "work" in work.wanted:
        other = await control.get(OrganWork, UUID(work.wanted["work"]))
        if other is None:
            raise NotFound(_("Không có việc này."))
        return await concerned(control, other)
    plan = plans.plan_of(work.wanted)
    query = select(Tenant.id).where(Tenant.slug.in_([*plan.predecessors, *plan.successors]))
    return (await control.scalars(query.order_by(Tenant.slug))).all()
