"""The end of an organ: decided, called back or carried out after the waiting period, and certified.

Whoever carries it out may be killed at any moment: each batch of rows goes in a transaction that also writes down how
many, and what is done is not done again. The organ's row in the registry stays, for the trail and the certificate; so
do the figures of one that others follow, for those above it: they are their history, and nothing of the office.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, select, union_all, update

from lienxa.platform import clock
from lienxa.platform.access.models import Staff
from lienxa.platform.audit import heads, operators, sealing
from lienxa.platform.db import portable
from lienxa.platform.db.portable import Part
from lienxa.platform.db.session import ControlSession, Database
from lienxa.platform.errors import Conflict, NotFound
from lienxa.platform.files import store
from lienxa.platform.identity import accounts
from lienxa.platform.identity.models import Account, Invitation
from lienxa.platform.identity.provisioning import Provisioner, provisioner_for
from lienxa.platform.jobs.repository import forget_organ
from lienxa.platform.life import certificate
from lienxa.platform.life.models import Erasure, OrganWork
from lienxa.platform.life.suspending import check_at_work, check_not_passing, locked, open_erasure
from lienxa.platform.life.works import Progress
from lienxa.platform.operator import onboarding
from lienxa.platform.operator.models import AdditionBatch, AdditionStep, OrganAddition
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.models import Succession, Tenant, TenantHost
from lienxa.platform.tenancy.organs import host_of, organ_of
from lienxa.platform.text import _

log = structlog.get_logger()

BATCH = 5000
LISTED = 50
FIGURES = "rollup.figure"


# Deciding ------------------------------------------------------------------------------------------------------------


async def decide(database: Database, work: OrganWork, _progress: Progress) -> Mapping[str, Any]:
    """Decide to erase the organ when the waiting period is over; until then it may only be read.

    `Conflict` if others stand below it, or while it gives or takes in a merger or a split. Decided twice it stays with
    the first decision.
    """
    async with database.control() as control:
        tenant = await locked(control, work.tenant_id)
        check_at_work(tenant)
        await _check_nobody_below(control, tenant)
        await check_not_passing(control, tenant)
        erasure = await open_erasure(control, tenant.id)
        if erasure is None:
            erasure = await _decision(control, work, tenant)
            control.add(erasure)
        tenant.state, tenant.erase_at = "suspended", erasure.due_at
    return {"due": f"{clock.legal(erasure.due_at):%d/%m/%Y}"}


def words(work: OrganWork) -> str:
    """What the organ is told of the decision."""
    told = _(
        "đơn vị sẽ bị xóa khỏi hệ thống từ ngày {day}; từ nay chỉ xem, in và xuất được. Lý do: {reason}",
        day=work.result["due"],
        reason=work.wanted.get("reason", ""),
    )
    return f"{told}. " + _("In, xuất những gì cần giữ trước ngày đó; có ý kiến thì báo ngay cho người vận hành")


async def call_back(database: Database, work: OrganWork, _progress: Progress) -> Mapping[str, Any]:
    """Take the decision back; the organ stays suspended until somebody resumes it."""
    async with database.control() as control:
        tenant = await locked(control, work.tenant_id)
        erasure = await open_erasure(control, tenant.id)
        if erasure is None or erasure.state != "waiting":
            raise Conflict(
                _("{name} không chờ xóa.", name=organ_of(tenant).title), remedy=_("Xem lại trang của đơn vị.")
            )
        erasure.state, erasure.called_back_by = "called_back", work.operator
        tenant.erase_at = None
    return {}


async def _check_nobody_below(control: ControlSession, tenant: Tenant) -> None:
    below = select(Tenant.name).where(Tenant.parent_id == tenant.id, Tenant.state != "erased").limit(1)
    if name := await control.scalar(below):
        raise Conflict(
            _("{name} còn đơn vị cấp dưới: {below}.", name=organ_of(tenant).title, below=name),
            remedy=_("Xóa các đơn vị cấp dưới trước."),
        )


async def _decision(control: ControlSession, work: OrganWork, tenant: Tenant) -> Erasure:
    return Erasure(
        id=work.id,
        tenant_id=tenant.id,
        slug=tenant.slug,
        name=organ_of(tenant).title,
        host=await host_of(control, tenant.id) or "",
        operator=work.operator,
        reason=str(work.wanted.get("reason", "")),
        state="waiting",
        asked_at=clock.now(),
        due_at=clock.now() + timedelta(days=get_settings().erase_after_days),
        expected=0,
        rows={},
        files=0,
        file_bytes=0,
        accounts=0,
        head_number=0,
    )


async def latest(control: ControlSession) -> Sequence[Erasure]:
    """The last decisions, the latest first."""
    return (await control.scalars(select(Erasure).order_by(Erasure.asked_at.desc()).limit(LISTED))).all()


async def find(control: ControlSession, erasure_id: UUID) -> Erasure:
    """The decision, or `NotFound`."""
    found = await control.get(Erasure, erasure_id)
    if found is None:
        raise NotFound
    return found


# Carrying out --------------------------------------------------------------------------------------------------------


async def carry_out_due(database: Database) -> None:
    """Erase the organs whose waiting period is over, and go on with those that were broken off."""
    due = select(Erasure.id).where(
        (Erasure.state == "erasing") | ((Erasure.state == "waiting") & (Erasure.due_at <= clock.now()))
    )
    async with database.control() as control:
        found = (await control.scalars(due.order_by(Erasure.due_at))).all()
    for erasure_id in found:
        await carry_out(database, erasure_id)


async def carry_out(database: Database, erasure_id: UUID) -> None:
    """Erase one organ, from wherever it was broken off. `database` is the operator's."""
    erasure = await _begin(database, erasure_id)
    if erasure is None:
        return
    await _measure(database, erasure)
    await _let_people_go(database, erasure)  # while the organ's own rows still say who left it
    while await _erase_rows(database, erasure):
        pass  # until nothing is left, also of what a late job wrote meanwhile
    await _erase_beside(database, erasure)
    await store.erase(erasure.tenant_id)
    heads.forget(erasure.tenant_id)
    await _certify(database, erasure)


async def _begin(database: Database, erasure_id: UUID) -> Erasure | None:
    """Close the organ for good; None if there is nothing to do (any more)."""
    async with database.control() as control:
        erasure = await control.get_one(Erasure, erasure_id, with_for_update=True)
        if erasure.state in ("called_back", "done") or erasure.due_at > clock.now():
            return None
        if erasure.state == "waiting":
            tenant = await locked(control, erasure.tenant_id)
            erasure.state = tenant.state = "erasing"
            tenant.erase_at = None
            await control.execute(delete(TenantHost).where(TenantHost.tenant_id == tenant.id))
            operators.note(control, erasure.operator, "organ.erasing", tenant.id)
    return erasure


async def _measure(database: Database, erasure: Erasure) -> None:
    """Seal what is unsealed, and write down the end of the chain and how much there is before anything goes."""
    if erasure.head_mac is not None:
        return
    keys = get_settings().audit_keys
    async with onboarding.opened(database) as work:
        control = work.control
        found = await control.get_one(Erasure, erasure.id, with_for_update=True)
        await onboarding.become_application(work)
        await forget_organ(control, erasure.tenant_id)
        async with database.part(erasure.tenant_id, work.connection) as session:
            while await sealing.seal(session, keys) == sealing.BATCH:
                pass
            head = await sealing.last_head(session)
            expected = sum([await portable.count(session, part.name) for part in await _parts(control, erasure)])
        await onboarding.become_operator(work)
        found.head_number, found.head_mac, found.expected = head.number, head.mac, expected
        found.files, found.file_bytes = await store.measure(erasure.tenant_id)
        await control.flush()


async def _erase_rows(database: Database, erasure: Erasure) -> int:
    """One pass over all tables, each before those that it points at; returns how many rows went."""
    async with database.control() as control:
        parts = await _parts(control, erasure)
    return sum([await _erase_table(database, erasure, part) for part in reversed(parts)])


async def _parts(control: ControlSession, erasure: Erasure) -> Sequence[Part]:
    """The tables whose rows go: all, but for the figures of an organ that others follow."""
    followed = await control.scalar(
        select(Succession.successor_id).where(Succession.predecessor_id == erasure.tenant_id).limit(1)
    )
    parts = await portable.parts(await control.connection())
    return [part for part in parts if followed is None or part.name != FIGURES]


async def _erase_table(database: Database, erasure: Erasure, part: Part) -> int:
    most = None if part.of_itself else BATCH
    gone = erased = await _erase_batch(database, erasure, part.name, most)
    while most is not None and erased == most:
        erased = await _erase_batch(database, erasure, part.name, most)
        gone += erased
    return gone


async def _erase_batch(database: Database, erasure: Erasure, table: str, most: int | None) -> int:
    """A batch and its count in one transaction. Whoever does the same at this moment is waited for."""
    async with onboarding.opened(database) as work:
        found = await work.control.get_one(Erasure, erasure.id, with_for_update=True)
        async with database.part(erasure.tenant_id, work.connection) as session:
            erased = await portable.erase(session, table, most)
        if erased:
            found.rows = {**found.rows, table: found.rows.get(table, 0) + erased}
        await work.control.flush()
    return erased


async def _let_people_go(database: Database, erasure: Erasure) -> None:
    """Nobody serves the organ any more; who had an account for nothing else has none any more, here and at the issuer.

    One person a transaction: the issuer knows no rollback, and the next try finds done what was done there.
    """
    people = await _people(database, erasure)
    if people is None:
        return
    for account_id in people:
        await _let_go(database, erasure, account_id)
    async with database.control() as control:
        found = await control.get_one(Erasure, erasure.id, with_for_update=True)
        found.accounts_kept = await accounts.count(control, people)


async def _people(database: Database, erasure: Erasure) -> Collection[UUID] | None:
    """The accounts of who works in the organ, and of who left it; None once all are dealt with."""
    async with onboarding.opened(database) as work:
        control = work.control
        found = await control.get_one(Erasure, erasure.id, with_for_update=True)
        if found.accounts_kept is not None:
            return None
        about = select(OrganAddition.id).where(OrganAddition.tenant_id == erasure.tenant_id)
        await control.execute(delete(AdditionStep).where(AdditionStep.addition_id.in_(about)))
        await control.execute(delete(OrganAddition).where(OrganAddition.tenant_id == erasure.tenant_id))
        members = await accounts.members_of(control, erasure.tenant_id)
        await onboarding.become_application(work)
        async with database.part(erasure.tenant_id, work.connection) as session:
            staff = await session.scalars(select(Staff.account_id).where(Staff.is_service.is_(False)))
            return sorted({*members, *staff})


async def _let_go(database: Database, erasure: Erasure, account_id: UUID) -> None:
    provisioner = provisioner_for(get_settings())
    async with onboarding.opened(database) as work:
        control = work.control
        found = await control.get_one(Erasure, erasure.id, with_for_update=True)
        await onboarding.become_application(work)
        if await control.get(Account, account_id) is None:
            return
        await provisioner.part(control, found.slug, account_id)
        goes = not await _is_needed(control, provisioner, account_id, found.tenant_id)
        if goes:
            await provisioner.forget(control, account_id)
            named = update(OrganAddition).where(OrganAddition.administrator_id == account_id)
            await control.execute(named.values(administrator_id=None))
            await accounts.forget(control, account_id)
        await onboarding.become_operator(work)
        found.accounts += goes
        await control.flush()


async def _is_needed(control: ControlSession, provisioner: Provisioner, account_id: UUID, erased_id: UUID) -> bool:
    """Whether somebody serves another organ, is invited by one, operates, or asked for organs that are there."""
    if await accounts.organs_of(control, account_id) or await provisioner.operates(control, account_id):
        return True
    asked = (select(kind.id).where(kind.account_id == account_id) for kind in (OrganAddition, AdditionBatch))
    invited = select(Invitation.id).where(Invitation.account_id == account_id, Invitation.tenant_id != erased_id)
    return (await control.execute(union_all(*asked, invited).limit(1))).first() is not None


async def _erase_beside(database: Database, erasure: Erasure) -> None:
    """What the installation keeps of the organ outside of its tables: marks, sessions, lists."""
    async with database.control() as control:
        await provisioner_for(get_settings()).dissolve(control, erasure.slug)
        tables = await portable.beside(control)
    for table in tables:
        await _erase_batch(database, erasure, table, None)


async def _certify(database: Database, erasure: Erasure) -> None:
    async with database.control() as control:
        found = await control.get_one(Erasure, erasure.id, with_for_update=True)
        if found.state == "done":
            return
        tenant = await control.get_one(Tenant, found.tenant_id, with_for_update={"key_share": True})
        # Its slug is free again; no organ can have one with a full stop.
        tenant.state, tenant.slug = "erased", f"{found.slug}.{tenant.id.hex}"
        found.state, found.ended_at = "done", clock.now()
        found.certificate = certificate.made(found)
        operators.note(control, found.operator, "organ.erased", tenant.id, certificate.head_in_words(found))
