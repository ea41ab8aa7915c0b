"""The readiness list, and the phases of an organ: what is refused, what is told, and who else sees nothing of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from recording import Recording
from sqlalchemy import select

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.staffing import add_staff, appoint
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, InvalidInput, NotFound
from lienxa.platform.ids import new_id
from lienxa.platform.module import all_modules
from lienxa.platform.readiness import phases, repository
from lienxa.platform.readiness.checklist import Checklist, Line, checklist, confirm, revoke
from lienxa.platform.readiness.phases import Decision
from lienxa.platform.tenancy.organs import LIVE, PARALLEL, PREPARING, Organ, organ_by_id

BACK = Decision(PARALLEL, reason="Sổ chưa khớp")


@pytest.fixture
async def administrator(lam_son: Organ, actor_with: Any) -> Actor:
    """Who administrates Lam Sơn."""
    found: Actor = await actor_with(lam_son, "administrator")
    return found


async def listed(database: Database, organ: Organ) -> Checklist:
    async with database.tenant(organ.id) as session:
        return await checklist(session, organ)


def line_of(found: Checklist, code: str) -> Line:
    return next(line for line in found.lines if line.item.code == code)


async def entered(database: Database, actor: Actor, decision: Decision) -> None:
    async with database.tenant(actor.organ.id) as session:
        await phases.enter(session, actor.organ, decision, actor)


async def now(database: Database, organ: Organ) -> Organ:
    async with database.control() as control:
        found = await organ_by_id(control, organ.id)
    assert found is not None
    return found


async def test_codes_are_one_of_a_kind_and_each_module_tells_its_own(
    database: Database, lam_son: Organ, do_luong: Organ
) -> None:
    for organ in (lam_son, do_luong):
        codes = [line.item.code for line in (await listed(database, organ)).lines]
        assert len(codes) == len(set(codes))
        async with database.tenant(organ.id) as session:
            for module in all_modules():
                items = await module.readiness(session, organ) if module.readiness else []
                assert {item.code.partition(".")[0] for item in items} <= {module.name}


async def test_the_list_costs_as_much_for_many_people_as_for_few(
    database: Database, lam_son: Organ, statements: Callable[[], AbstractContextManager[Recording]]
) -> None:
    with statements() as few:
        before = await listed(database, lam_son)
    async with database.tenant(lam_son.id) as session:
        for number in range(12):
            staff = await add_staff(session, new_id(), f"Người Thứ {number}")
            await appoint(session, staff.id, "chuyen-vien-van-hoa", clock.today())
    with statements() as many:
        after = await listed(database, lam_son)
    assert len(few.sent) == len(many.sent) <= 20
    assert line_of(before, "office.logins").reason != line_of(after, "office.logins").reason


async def test_people_confirm_by_name_and_take_it_back(
    database: Database, lam_son: Organ, giang_son_tay: Organ, administrator: Actor
) -> None:
    assert line_of(await listed(database, lam_son), "people.trained").state == "missing"
    async with database.tenant(lam_son.id) as session:
        await confirm(session, administrator, "people.trained", "Hội trường, 20/11")
    line = line_of(await listed(database, lam_son), "people.trained")
    assert line.state == "done"
    assert line.reason.startswith(f"{administrator.name} xác nhận ngày ")
    assert line.reason.endswith("Hội trường, 20/11")
    assert line_of(await listed(database, giang_son_tay), "people.trained").state == "missing"
    async with database.tenant(lam_son.id) as session:
        with pytest.raises(Conflict):
            await confirm(session, administrator, "people.trained", "")
        with pytest.raises(InvalidInput) as refused:
            await revoke(session, administrator, "people.trained", "")
        assert [fault.field for fault in refused.value.fields] == ["reason"]
    async with database.tenant(lam_son.id) as session:
        await revoke(session, administrator, "people.trained", "chưa đủ người")
    assert line_of(await listed(database, lam_son), "people.trained").state == "missing"
    async with database.tenant(lam_son.id) as session:
        told = (await session.scalars(select(AuditEvent.action).where(AuditEvent.object_type.like("readiness%")))).all()
        with pytest.raises(NotFound):
            await revoke(session, administrator, "people.trained", "lần nữa")
        with pytest.raises(NotFound):  # computed, and nothing that anybody's word could change
            await confirm(session, administrator, "office.logins", "")
    assert sorted(told) == ["office.confirm_ready", "office.revoke_ready"]


async def test_going_live_is_refused_with_what_is_missing_unless_there_is_a_reason(
    database: Database, lam_son: Organ, giang_son_tay: Organ, administrator: Actor
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await entered(database, administrator, Decision(PARALLEL))
    assert [fault.reason for fault in refused.value.fields] == ["Chưa ghi lý do trở lại."]
    await entered(database, administrator, BACK)
    running = await now(database, lam_son)
    assert (running.phase, running.trial_until) == (PARALLEL, None)
    assert running.on_trial(running.trial_from)
    assert (await now(database, giang_son_tay)).phase == LIVE
    with pytest.raises(InvalidInput) as refused:
        await entered(database, administrator, Decision(LIVE, basis="QĐ 15"))
    assert [fault.field for fault in refused.value.fields] == ["reason"]
    assert "Đối chiếu sổ giấy không lệch" in refused.value.fields[0].reason
    with pytest.raises(InvalidInput) as refused:
        await entered(database, administrator, Decision(LIVE, reason="huyện yêu cầu"))
    assert [fault.field for fault in refused.value.fields] == ["basis"]
    await entered(database, administrator, Decision(LIVE, basis="QĐ 15", reason="huyện yêu cầu"))
    live = await now(database, lam_son)
    assert live.is_live
    assert live.on_trial(live.trial_from)
    assert not live.on_trial(live.trial_until)
    with pytest.raises(Conflict):
        await entered(database, administrator, Decision(LIVE, basis="QĐ 15", reason="lần nữa"))
    async with database.tenant(lam_son.id) as session:
        last, first = await repository.changes(session)
        told = (await session.scalars(select(AuditEvent.action).where(AuditEvent.object_type == "phase_change"))).all()
    assert (first.phase, first.reason, first.made_by_name) == (PARALLEL, "Sổ chưa khớp", administrator.name)
    assert (last.phase, last.basis, last.reason) == (LIVE, "QĐ 15", "huyện yêu cầu")
    assert "Đối chiếu sổ giấy không lệch" in last.missing
    assert told == ["office.enter_phase"] * 2


async def test_no_step_leaps_and_no_parent_has_phases(
    database: Database, administrator: Actor, do_luong: Organ, actor_with: Any
) -> None:
    with pytest.raises(Conflict):
        await entered(database, administrator, Decision(PREPARING, reason="thử"))
    above = await actor_with(do_luong, "administrator")
    with pytest.raises(Conflict):
        await entered(database, above, BACK)
    async with database.tenant(do_luong.id) as session:  # nor does the database let one
        assert not await repository.enter(session, PARALLEL, (await repository.present(session)).created_at)
