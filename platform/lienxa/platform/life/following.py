"""Merging communes into one, and splitting one: the act (ADR 0035).

First one transaction makes the successors that are not there, lets them follow and suspends the predecessors; if
anything is wrong with the plan nothing of it stays. Each further step may be done again and finds what is done: an act
that was broken off begins anew, and one that failed for good is taken up by another with the same plan.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import aliased

from lienxa.platform import clock
from lienxa.platform.audit import operators
from lienxa.platform.audit import repository as trail
from lienxa.platform.db import activity
from lienxa.platform.db.session import ControlSession, Database, TenantSession
from lienxa.platform.errors import Conflict, NotFound, Unavailable
from lienxa.platform.identity.provisioning import provisioner_for, undone_on_failure
from lienxa.platform.life import joining, passing, plans
from lienxa.platform.life.models import OrganWork
from lienxa.platform.life.plans import Plan
from lienxa.platform.life.suspending import check_at_work, locked, open_erasure
from lienxa.platform.life.works import Progress
from lienxa.platform.module import all_modules
from lienxa.platform.operator import onboarding
from lienxa.platform.settings import get_settings
from lienxa.platform.succession import passages
from lienxa.platform.succession.kinds import Passing
from lienxa.platform.tenancy.models import Succession, Tenant
from lienxa.platform.tenancy.organs import Organ, host_of, organ_of
from lienxa.platform.text import _

STEPS: Mapping[str, str] = {
    "organs": _("Lập đơn vị mới, tạm dừng đơn vị cũ"),
    "pause": _("Chờ mọi nơi thấy đơn vị cũ đã dừng"),
    "people": _("Đưa cán bộ, chức vụ và lịch nghỉ sang"),
    "work": _("Chuyển việc đang mở"),
    "close": _("Ghi nhật ký hai bên"),
}

# A web process may remember a predecessor as one at work for so long (`HostDirectory`): until then somebody may write.
PAUSE = timedelta(seconds=11)
# How much too early an act may come and waits for its day instead of being refused.
AWAITED = timedelta(minutes=1)
# Who has begun to write by then is waited for, but not for ever.
WAIT = timedelta(minutes=10)
_SECONDS_BETWEEN = 0.2


async def carry_out(database: Database, work: OrganWork, progress: Progress) -> Mapping[str, Any]:
    """Let organs follow others as the plan says. It answers with how many things and people came over."""
    plan = plans.plan_of(work.wanted)
    early = clock.instant(plan.from_day, 0) - clock.now()
    if early <= AWAITED:  # a clock that is a little ahead is no reason to refuse what was planned
        await asyncio.sleep(max(0.0, early.total_seconds()))
    elif plan.from_day > clock.today():
        raise Conflict(_("Chưa đến ngày {day:%d/%m/%Y}.", day=plan.from_day), remedy=_("Làm vào hoặc sau ngày đó."))
    await progress.begin("organs")
    begun_at = await _begin(database, work, plan)
    await progress.begin("pause")
    await asyncio.sleep(max(0.0, (begun_at + PAUSE - clock.now()).total_seconds()))
    await _until_writers_ended(database)
    pairs = await _pairs(database, work.id)
    people = await _bring_people(database, plan, pairs, progress)
    await _pass_everything(database, plan, pairs, progress)
    await progress.begin("close", len(pairs))
    things = 0
    for predecessor, successor in pairs:
        things += await _end(database, work, plan, predecessor, successor)
        await progress.advance()
    return {"things": things, "people": people}


@dataclass(frozen=True)
class Followed:
    """That an organ follows another, as operators see it."""

    predecessor: Organ
    successor: Organ
    from_day: date
    work_id: UUID
    done_at: datetime | None
    passed: int


async def of_organ(control: ControlSession, organ_id: UUID) -> list[Followed]:
    """Whom an organ follows, and who follows it."""
    before, after = aliased(Tenant), aliased(Tenant)
    query = (
        select(Succession, before, after)
        .join(before, before.id == Succession.predecessor_id)
        .join(after, after.id == Succession.successor_id)
        .where(or_(Succession.predecessor_id == organ_id, Succession.successor_id == organ_id))
        .order_by(Succession.from_day, before.slug, after.slug)
    )
    return [
        Followed(organ_of(first), organ_of(second), row.from_day, row.work_id, row.done_at, row.passed)
        for row, first, second in await control.execute(query)
    ]


async def call_off(database: Database, work: OrganWork, _progress: Progress) -> Mapping[str, Any]:
    """Let a merger or split that waits for its day never begin; `Conflict` if it has."""
    async with database.control() as control:
        other = await control.get(OrganWork, UUID(work.wanted["work"]), with_for_update=True)
        if other is None or other.kind not in (plans.MERGE, plans.SPLIT):
            raise NotFound(_("Không có việc này."))
        if other.state != "waiting" or other.attempts:
            raise Conflict(_("Việc này đã bắt đầu hoặc đã kết thúc."), remedy=_("Xem kết quả của việc."))
        other.state, other.ended_at = "failed", clock.now()
        other.reason = _("{operator} đã bỏ việc này trước khi bắt đầu.", operator=work.operator)
    return {}


async def _begin(database: Database, work: OrganWork, plan: Plan) -> Any:
    """Successors made, predecessors suspended, who follows whom: all of it or nothing. When it was done."""
    provisioner = provisioner_for(get_settings())
    async with undone_on_failure(provisioner), onboarding.opened(database) as opened:
        await _lock(opened.control, plan)
        if (begun_at := await _taken_up(opened.control, work, plan)) is not None:
            return begun_at
        parties = await plans.check(opened.control, plan)
        successors = dict(parties.successors)
        for new in plan.new:
            spec = await plans.spec_of(opened.control, plan, parties, new)
            organ = await onboarding.register(opened.control, spec, operator=work.operator)
            accounts = await onboarding.let_in(opened, provisioner, organ, spec)
            await onboarding.equip(opened, organ, spec, accounts)
            await onboarding.become_operator(opened)
            successors[new.slug] = organ
        moment = clock.now()
        for predecessor in parties.predecessors:
            await _suspend(opened.control, work, predecessor)
            for successor in successors.values():
                row = {"predecessor_id": predecessor.id, "successor_id": successor.id, "work_id": work.id}
                opened.control.add(Succession(**row, from_day=plan.from_day, begun_at=moment, passed=0))
        for successor in successors.values():
            operators.note(opened.control, work.operator, f"organ.{plan.kind}_into", successor.id)
        await opened.control.flush()
    return moment


async def _lock(control: ControlSession, plan: Plan) -> None:
    """Whoever else plans something with one of these organs waits until it is decided, and sees it then."""
    every = select(Tenant.id).where(Tenant.slug.in_([*plan.predecessors, *plan.successors])).order_by(Tenant.id)
    await control.execute(every.with_for_update(key_share=True))


async def _until_writers_ended(database: Database) -> None:
    """Wait for the transactions of the application that are open now: they may have begun before the suspension.

    `Unavailable` if one of them does not end; the act can be gone on with.
    """
    async with onboarding.opened(database) as opened:
        moment = await activity.moment(opened.connection)
    given_up_at = clock.now() + WAIT
    while await _open_before(database, moment):
        if clock.now() > given_up_at:
            raise Unavailable(
                _("Còn thao tác ghi chưa kết thúc sau {minutes} phút.", minutes=WAIT // timedelta(minutes=1)),
                remedy=_("Chưa chuyển việc nào. Xem kết nối đang mở của cơ sở dữ liệu, rồi làm tiếp việc này."),
            )
        await asyncio.sleep(_SECONDS_BETWEEN)


async def _open_before(database: Database, moment: datetime) -> int:
    async with onboarding.opened(database) as opened:
        await onboarding.become_application(opened)
        return await activity.open_before(opened.connection, moment)


async def _taken_up(control: ControlSession, work: OrganWork, plan: Plan) -> Any:
    """When this plan was begun, by this act or one that failed; None if it was not.

    What this act has done already counts as begun: it was broken off when all that was left was to say so.
    """
    predecessors = select(Tenant.id).where(Tenant.slug.in_(plan.predecessors)).scalar_subquery()
    rows = (await control.scalars(select(Succession).where(Succession.predecessor_id.in_(predecessors)))).all()
    begun = [row for row in rows if row.done_at is None or row.work_id == work.id]
    if not begun:
        return None
    earlier = {row.work_id for row in begun} - {work.id}
    for work_id in earlier:
        other = await control.get_one(OrganWork, work_id)
        if other.state == "waiting" or other.wanted != work.wanted:
            raise Conflict(
                _("Một việc sáp nhập hoặc chia tách khác đang dở."), remedy=_("Mở việc đó và chọn “Làm tiếp”.")
            )
        await control.execute(update(Succession).where(Succession.work_id == work_id).values(work_id=work.id))
    return max(row.begun_at for row in begun)


async def _suspend(control: ControlSession, work: OrganWork, predecessor: Organ) -> None:
    tenant = await locked(control, predecessor.id)
    check_at_work(tenant)
    if await open_erasure(control, tenant.id):
        raise Conflict(_("{name} đang chờ xóa.", name=predecessor.title), remedy=_("Rút lại quyết định xóa trước."))
    tenant.state = "suspended"
    operators.note(control, work.operator, f"organ.{work.kind}_from", tenant.id)


async def _pairs(database: Database, work_id: UUID) -> list[tuple[Organ, Organ]]:
    async with database.control() as control:
        query = select(Succession).where(Succession.work_id == work_id)
        rows = await control.scalars(query.order_by(Succession.predecessor_id, Succession.successor_id))
        return [(await _organ(control, row.predecessor_id), await _organ(control, row.successor_id)) for row in rows]


async def _organ(control: ControlSession, organ_id: UUID) -> Organ:
    return organ_of(await control.get_one(Tenant, organ_id))


async def _bring_people(
    database: Database, plan: Plan, pairs: Sequence[tuple[Organ, Organ]], progress: Progress
) -> int:
    await progress.begin("people", len(pairs))
    count = 0
    for predecessor, successor in pairs:
        provisioner = provisioner_for(get_settings())  # what it takes back is what this transaction made
        async with undone_on_failure(provisioner), onboarding.opened(database) as opened:
            await passing.let_nobody_else_pass(opened.control, predecessor.id)
            count += await joining.join(opened, provisioner, plan, predecessor, successor)
            await onboarding.become_application(opened)
            who = await joining.arrival(database, opened, predecessor, successor, plan.from_day)
            await passing.inherit(opened, who)
        await progress.advance()
    return count


async def _pass_everything(
    database: Database, plan: Plan, pairs: Sequence[tuple[Organ, Organ]], progress: Progress
) -> None:
    predecessors = {predecessor.id: predecessor for predecessor, _successor in pairs}
    await progress.begin("work", await _expected(database, plan, list(predecessors.values())))
    for predecessor in predecessors.values():
        route = await _route(database, plan, predecessor, [after for before, after in pairs if before == predecessor])
        for module, kind in passing.kinds():
            while passed := await passing.pass_batch(database, route, module, kind):
                await progress.advance(passed)


async def _expected(database: Database, plan: Plan, predecessors: Sequence[Organ]) -> int:
    count = 0
    for predecessor in predecessors:
        async with inside(database, predecessor) as session:
            for _module, kind in passing.kinds():
                count += len(await kind.find(session, plan.from_day, None))
    return count


async def _route(database: Database, plan: Plan, predecessor: Organ, successors: Sequence[Organ]) -> passing.Route:
    async with database.control() as control:
        hosts = {organ.id: await host_of(control, organ.id) or "" for organ in (predecessor, *successors)}
    async with onboarding.opened(database) as opened:
        await onboarding.become_application(opened)
        arrivals = {
            organ.id: await joining.arrival(database, opened, predecessor, organ, plan.from_day) for organ in successors
        }
        async with database.part(predecessor.id, opened.connection) as session:
            there = await joining.office(session, plan.from_day)
    by_slug = {organ.slug: organ.id for organ in successors}
    return passing.Route(arrivals, lambda thing: by_slug[destination(plan, there, thing)], hosts)


def destination(plan: Plan, office: joining.Office, thing: Passing) -> str:
    """The slug of the successor to which a thing passes: as said, its holder's, its unit's, or that of the rest."""
    if (said := plan.things.get(str(thing.id))) is not None:
        return said
    holder = next((staff for staff in office.staff if staff.id == thing.holder_id), None)
    if holder is not None and (move := joining.move_of(plan, office, holder, plan.from_day)).to:
        return move.to
    return plan.units.get(str(thing.unit_id), plan.rest)


async def _end(database: Database, work: OrganWork, plan: Plan, predecessor: Organ, successor: Organ) -> int:
    """Note on both sides and with the operators that everything passed; returns how many things did."""
    async with onboarding.opened(database) as opened:
        row = await opened.control.get_one(Succession, (predecessor.id, successor.id), with_for_update=True)
        if row.done_at is not None:
            return row.passed
        async with onboarding.as_member(opened, predecessor) as session:
            passed = await passages.count_to(session, successor.id)
        await onboarding.become_operator(opened)
        row.done_at, row.passed = clock.now(), passed
        told = _(
            "{old} bàn giao cho {new}: {count} việc", old=predecessor.title, new=successor.full_name, count=row.passed
        )
        for organ in (predecessor, successor):
            operators.note(opened.control, work.operator, "organ.succeeded", organ.id, told)
        await opened.control.flush()
        async with onboarding.as_member(opened, predecessor) as session:
            trail.record_service(session, "succession.followed_by", "organ", successor.id, {"text": told})
        async with onboarding.as_member(opened, successor) as session:
            trail.record_service(session, "succession.follows", "organ", predecessor.id, {"text": told})
        if successor.slug == plan.rest:
            await _go_on_above(opened, predecessor, successor, plan.from_day)
    return row.passed


async def _go_on_above(opened: onboarding.Work, predecessor: Organ, successor: Organ, from_day: date) -> None:
    """Let what the parent plans with the predecessor go on with the successor, or with that of the rest in a split."""
    if predecessor.parent_id is None:
        return
    await onboarding.become_operator(opened)
    parent = await _organ(opened.control, predecessor.parent_id)
    async with onboarding.as_member(opened, parent) as session:
        for followed in filter(None, (module.followed for module in all_modules())):
            await followed(session, predecessor, successor, from_day)


@asynccontextmanager
async def inside(database: Database, organ: Organ) -> AsyncIterator[TenantSession]:
    """A transaction in the organ with the application's rights, whoever's `database` is."""
    async with onboarding.opened(database) as opened, onboarding.as_member(opened, organ) as session:
        yield session
