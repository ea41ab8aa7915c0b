"""A new organ in one transaction: registry, host name, bodies, books, roles, procedures, first administrator.

The operator's login writes the registry, then becomes lx_app with the new organ bound and fills its tables; one
commit ends it. Whatever breaks it off before leaves nothing, and the retry starts from nothing. What was made at an
issuer of its own is taken back; if the process was killed, the retry finds and takes it up.
"""

import getpass
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from lienxa.platform import clock, ids
from lienxa.platform.access.staffing import add_staff, appoint, provision_access
from lienxa.platform.audit import operators
from lienxa.platform.db.session import ControlSession, Database, TenantSession
from lienxa.platform.errors import Conflict, InvalidInput
from lienxa.platform.identity.provisioning import ProvisionedPerson, Provisioner, undone_on_failure
from lienxa.platform.jobs import Job, enqueue
from lienxa.platform.jobs.repository import waiting
from lienxa.platform.module import Opening, all_modules
from lienxa.platform.operator.specs import LEVEL_LABELS, OrganSpec, Person, check
from lienxa.platform.rollup import marks
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy import preparation
from lienxa.platform.tenancy.models import Tenant, TenantHost
from lienxa.platform.tenancy.organs import LIVE, PARENT_KINDS, Organ, organ_by_slug, organ_of
from lienxa.platform.text import _

_UNIQUE_VIOLATION = "23505"


_BECOME_APPLICATION = text("set local role lx_app")
_BECOME_OPERATOR = text("reset role")

OpenSession = Callable[[], AbstractAsyncContextManager[TenantSession]]
"""Opens a part of the onboarding transaction, bound to the new organ: undone alone if it fails."""

Finish = Callable[[Organ, OpenSession], Awaitable[None]]


@dataclass(frozen=True)
class Onboarded:
    """The new organ and its first administrator."""

    organ: Organ
    administrator: ProvisionedPerson


@dataclass(frozen=True)
class Work:
    """The one transaction in which an organ is made. It begins with the operator's rights and ends with lx_app's."""

    database: Database
    connection: AsyncConnection
    control: ControlSession


Report = Callable[[str], Awaitable[None]]
"""Is told each step that is done: `registered`, `access`, the name of each module that provisions, `people`."""


async def nobody_watches(_step: str) -> None:
    """The report of a work that nobody watches."""


@asynccontextmanager
async def opened(database: Database) -> AsyncIterator[Work]:
    """The transaction: committed at the end, rolled back as a whole by an exception. `database` is the operator's."""
    async with database.engine.connect() as connection, connection.begin():
        yield Work(database, connection, database.control_session(connection))


async def add_organ(
    database: Database, provisioner: Provisioner, spec: OrganSpec, finish: Finish | None = None
) -> Onboarded:
    """Onboard an organ; `database` is the operator's. `InvalidInput` or `Conflict` says what to change.

    `finish` is the last step of the same transaction, as a member of the application: the demonstration's papers.
    """
    async with undone_on_failure(provisioner), opened(database) as work:
        organ = await register(work.control, spec, operator=getpass.getuser())
        accounts = await let_in(work, provisioner, organ, spec)
        await equip(work, organ, spec, accounts)
        if finish is not None:
            await finish(organ, _opener(work, organ))
    return Onboarded(organ, accounts[0])


async def announce_organ(database: Database, spec: OrganSpec, expected: int) -> Organ:
    """Register an organ whose `expected` things are still to be made: its host says how far it is."""
    async with database.control() as control:
        organ = await register(control, spec, operator=getpass.getuser(), state="preparing")
        await preparation.expect(control, organ.id, expected)
    return organ


async def complete_organ(database: Database, provisioner: Provisioner, spec: OrganSpec, finish: Finish) -> bool:
    """Make an announced organ whole and open it, in one transaction that ends with `finish`.

    False, and nothing done, if the organ is open already or another process is at it.
    """
    async with undone_on_failure(provisioner), opened(database) as work:
        tenant = await work.control.scalar(
            select(Tenant)
            .where(Tenant.slug == spec.slug, Tenant.state == "preparing")
            .with_for_update(key_share=True, skip_locked=True)
        )
        if tenant is None:
            return False
        tenant.state = "active"
        organ = organ_of(tenant)
        await equip(work, organ, spec, await let_in(work, provisioner, organ, spec))
        await finish(organ, _opener(work, organ))
    return True


async def let_in(work: Work, provisioner: Provisioner, organ: Organ, spec: OrganSpec) -> Sequence[ProvisionedPerson]:
    """Accounts for all people of a registered organ, its administrator's first."""
    people = (spec.administrator, *spec.people)
    accounts = [await _provision(provisioner, work.control, organ, person) for person in people]
    await work.control.flush()
    return accounts


async def equip(
    work: Work,
    organ: Organ,
    spec: OrganSpec,
    accounts: Sequence[ProvisionedPerson],
    report: Report = nobody_watches,
) -> None:
    """Give a registered organ all that modules begin with, and its people their posts.

    From here on the transaction is the application's: row security holds.
    """
    await work.control.flush()
    await work.connection.execute(_BECOME_APPLICATION)
    async with _opener(work, organ)() as session:
        await _fill(session, organ, spec.opening, report)
        for person, account in zip((spec.administrator, *spec.people), accounts, strict=True):
            await _join(session, person, account, spec.in_office_since or clock.today())
    await report("people")


async def in_organ(database: Database, organ: Organ, action: str, do: Finish) -> None:
    """Do later work in an organ as the operator's login: one transaction, noted as `action` in the operators' trail."""
    async with opened(database) as work:
        operators.note(work.control, getpass.getuser(), action, organ.id)
        await work.control.flush()
        await work.connection.execute(_BECOME_APPLICATION)
        await do(organ, _opener(work, organ))


async def want_while_preparing(database: Database, job: Job) -> None:
    """Want a job of the platform if an organ is still being prepared and the job does not wait already."""
    async with database.control() as control:
        if await control.scalar(select(Tenant.id).where(Tenant.state == "preparing").limit(1)) is None:
            return
    await want_once(database, job)


async def want_once(database: Database, job: Job) -> None:
    """Want a job of the platform, unless it waits already."""
    async with database.control() as control:
        await (await control.connection()).execute(_BECOME_APPLICATION)
        if not await waiting(control, job):
            await enqueue(control, job)


async def become_application(work: Work) -> None:
    """From here on the transaction has the application's rights alone: row security holds."""
    await work.connection.execute(_BECOME_APPLICATION)


async def become_operator(work: Work) -> None:
    """The end of what the application did: from here on the rights are the operator's again."""
    await work.connection.execute(_BECOME_OPERATOR)


@asynccontextmanager
async def as_member(work: Work, organ: Organ) -> AsyncIterator[TenantSession]:
    """A part of the transaction inside the organ; from here on all of it has the application's rights alone."""
    await work.connection.execute(_BECOME_APPLICATION)
    async with _opener(work, organ)() as session:
        yield session


def _opener(work: Work, organ: Organ) -> OpenSession:
    return lambda: work.database.part(organ.id, work.connection)


async def _provision(
    provisioner: Provisioner, control: ControlSession, organ: Organ, person: Person
) -> ProvisionedPerson:
    return await provisioner.provision_person(
        control, organ.slug, person.username, person.full_name, person.email or None, password=person.password
    )


async def _join(session: TenantSession, person: Person, account: ProvisionedPerson, since: date) -> None:
    staff = await add_staff(session, account.account_id, person.full_name)
    for post in person.posts:
        await appoint(session, staff.id, post, since)


async def register(control: ControlSession, spec: OrganSpec, *, operator: str, state: str = "active") -> Organ:
    """Write the organ and its host name into the registry, in the name of `operator`.

    `InvalidInput` or `Conflict` says what to change.
    """
    check(spec, get_settings())
    parent = await _parent(control, spec)
    if await control.scalar(select(Tenant.id).where(Tenant.slug == spec.slug)):
        raise _slug_taken(spec)
    if await control.scalar(select(TenantHost.host).where(TenantHost.host == spec.host)):
        raise _host_taken(spec)
    tenant = Tenant(
        id=ids.new_id(),
        slug=spec.slug,
        name=spec.name,
        kind=spec.kind,
        level_label=spec.level_label or LEVEL_LABELS[spec.kind],
        parent_id=parent.id if parent else None,
        state=state,
        demonstration=spec.demonstration,
        created_at=clock.now(),
        phase=LIVE if spec.kind in PARENT_KINDS else spec.phase,
    )
    await _add(control, tenant, _slug_taken(spec))
    await _add(control, TenantHost(host=spec.host, tenant_id=tenant.id), _host_taken(spec))
    organ = organ_of(tenant)
    operators.note(control, operator, "organ.added" if state == "active" else "organ.announced", organ.id)
    await control.flush()
    return organ


async def _add(control: ControlSession, row: Tenant | TenantHost, taken: Conflict) -> None:
    """Write a row; `taken` if another transaction was quicker."""
    control.add(row)
    try:
        await control.flush()
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != _UNIQUE_VIOLATION:
            raise
        raise taken from error


def _slug_taken(spec: OrganSpec) -> Conflict:
    return Conflict(_("Đã có đơn vị “{slug}”.", slug=spec.slug), remedy=_("Chọn tên miền khác, ví dụ thêm tên huyện."))


def _host_taken(spec: OrganSpec) -> Conflict:
    return Conflict(_("Địa chỉ {host} đã có đơn vị dùng.", host=spec.host), remedy=_("Chọn địa chỉ khác."))


async def _parent(control: ControlSession, spec: OrganSpec) -> Organ | None:
    if spec.parent_slug is None:
        return None
    parent = await organ_by_slug(control, spec.parent_slug) if spec.parent_slug.isascii() else None
    if parent is None or not parent.is_parent:
        raise InvalidInput.of(
            "parent",
            _("Không có đơn vị cấp trên “{slug}”.", slug=spec.parent_slug),
            _("Thêm đơn vị cấp trên trước, hoặc sửa lại tên miền của nó."),
        )
    return parent


async def _fill(session: TenantSession, organ: Organ, opening: Opening, report: Report) -> None:
    modules = all_modules()
    await provision_access(session, organ, [right for module in modules for right in module.permissions])
    await report("access")
    for module in modules:
        if module.figures:
            await marks.mark(session, module.name)
        if module.provision is not None:
            await module.provision(session, organ, opening)
            await report(module.name)
