"""A new organ in one transaction: registry, host name, bodies, books, roles, procedures, first administrator.

The operator's login writes the registry, then becomes lx_app with the new organ bound and fills its tables; one
commit ends it. Whatever breaks it off before leaves nothing, and the retry starts from nothing.
"""

import getpass
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from lienxa.platform import clock, ids
from lienxa.platform.access.staffing import add_staff, appoint, provision_access
from lienxa.platform.db.session import ControlSession, Database, TenantSession
from lienxa.platform.errors import Conflict, InvalidInput
from lienxa.platform.identity.provisioning import ProvisionedPerson, Provisioner
from lienxa.platform.module import Opening, all_modules
from lienxa.platform.operator.models import OperatorEvent
from lienxa.platform.rollup import marks
from lienxa.platform.tenancy.models import Tenant, TenantHost
from lienxa.platform.tenancy.organs import PARENT_KINDS, Organ, check_slug, organ_by_slug, organ_of
from lienxa.platform.text import _

ADMINISTRATOR_POST = "quan-tri"
LEVEL_LABELS = {"commune": "xã", "township": "thị trấn", "district": "huyện", "province": "tỉnh"}


OpenSession = Callable[[], AbstractAsyncContextManager[TenantSession]]
"""Opens a part of the onboarding transaction, bound to the new organ: undone alone if it fails."""

Finish = Callable[[Organ, OpenSession], Awaitable[None]]


@dataclass(frozen=True)
class Person:
    """Somebody to join the new organ in these posts. Without `password` a one-time password is made and printed."""

    username: str
    full_name: str
    posts: tuple[str, ...] = (ADMINISTRATOR_POST,)
    password: str | None = None


@dataclass(frozen=True)
class OrganSpec:
    """What the operator says of a new organ.

    `host` is its full host name; `level_label` is what people call its level (by default from `kind`);
    `in_office_since` is the day from which its people hold their posts (by default today).
    """

    slug: str
    name: str
    kind: str
    host: str
    administrator: Person
    parent_slug: str | None = None
    level_label: str = ""
    people: tuple[Person, ...] = ()
    in_office_since: date | None = None
    demonstration: bool = False
    opening: Opening = field(default_factory=Opening)


@dataclass(frozen=True)
class Onboarded:
    """The new organ and its first administrator."""

    organ: Organ
    administrator: ProvisionedPerson


async def add_organ(
    database: Database, provisioner: Provisioner, spec: OrganSpec, finish: Finish | None = None
) -> Onboarded:
    """Onboard an organ; `database` is the operator's. `InvalidInput` or `Conflict` says what to change.

    `finish` is the last step of the same transaction, as a member of the application: the demonstration's papers.
    """
    _check(spec)
    people = (spec.administrator, *spec.people)
    async with database.engine.connect() as connection, connection.begin():
        control = database.control_session(connection)
        organ = await _register(control, spec)
        accounts = [await _provision(provisioner, control, organ, person) for person in people]
        await control.flush()
        await _become_application(connection)
        open_session = _opener(database, connection, organ)
        async with open_session() as session:
            await _fill(session, organ, spec.opening)
            for person, account in zip(people, accounts, strict=True):
                await _join(session, person, account, spec.in_office_since or clock.today())
        if finish is not None:
            await finish(organ, open_session)
    return Onboarded(organ, accounts[0])


async def in_organ(database: Database, organ: Organ, action: str, work: Finish) -> None:
    """Do later work in an organ as the operator's login: one transaction, noted as `action` in the operator's trail."""
    async with database.engine.connect() as connection, connection.begin():
        control = database.control_session(connection)
        _note(control, action, organ)
        await control.flush()
        await _become_application(connection)
        await work(organ, _opener(database, connection, organ))


async def was_noted(database: Database, organ: Organ, action: str) -> bool:
    """Whether the operator's trail has `action` for the organ."""
    query = select(OperatorEvent.id).where(OperatorEvent.tenant_id == organ.id, OperatorEvent.action == action)
    async with database.control() as control:
        return await control.scalar(query.limit(1)) is not None


def _note(control: ControlSession, action: str, organ: Organ) -> None:
    control.add(OperatorEvent(at=clock.now(), operator=getpass.getuser(), action=action, tenant_id=organ.id))


async def _become_application(connection: AsyncConnection) -> None:
    """The rest of the transaction runs as lx_app: row security holds from here on."""
    await connection.execute(text("set local role lx_app"))


def _opener(database: Database, connection: AsyncConnection, organ: Organ) -> OpenSession:
    @asynccontextmanager
    async def open_session() -> AsyncIterator[TenantSession]:
        async with connection.begin_nested(), database.tenant_session(organ.id, connection) as session:
            yield session
            await session.commit()  # its own savepoint only; closing without would take it back

    return open_session


async def _provision(
    provisioner: Provisioner, control: ControlSession, organ: Organ, person: Person
) -> ProvisionedPerson:
    return await provisioner.provision_person(
        control, organ.slug, person.username, person.full_name, None, password=person.password
    )


async def _join(session: TenantSession, person: Person, account: ProvisionedPerson, since: date) -> None:
    staff = await add_staff(session, account.account_id, person.full_name)
    for post in person.posts:
        await appoint(session, staff.id, post, since)


async def _register(control: ControlSession, spec: OrganSpec) -> Organ:
    parent = await _parent(control, spec)
    if await control.scalar(select(Tenant.id).where(Tenant.slug == spec.slug)):
        raise Conflict(
            _("Đã có đơn vị “{slug}”.", slug=spec.slug), remedy=_("Chọn tên miền khác, ví dụ thêm tên huyện.")
        )
    if await control.scalar(select(TenantHost.host).where(TenantHost.host == spec.host)):
        raise Conflict(_("Địa chỉ {host} đã có đơn vị dùng.", host=spec.host), remedy=_("Chọn địa chỉ khác."))
    tenant = Tenant(
        id=ids.new_id(),
        slug=spec.slug,
        name=spec.name,
        kind=spec.kind,
        level_label=spec.level_label or LEVEL_LABELS[spec.kind],
        parent_id=parent.id if parent else None,
        state="active",
        demonstration=spec.demonstration,
        created_at=clock.now(),
    )
    control.add(tenant)
    await control.flush()
    control.add(TenantHost(host=spec.host, tenant_id=tenant.id))
    organ = organ_of(tenant)
    _note(control, "organ.added", organ)
    await control.flush()
    return organ


async def _parent(control: ControlSession, spec: OrganSpec) -> Organ | None:
    if spec.parent_slug is None:
        return None
    parent = await organ_by_slug(control, spec.parent_slug)
    if parent is None or not parent.is_parent:
        raise InvalidInput.of(
            "parent",
            _("Không có đơn vị cấp trên “{slug}”.", slug=spec.parent_slug),
            _("Thêm đơn vị cấp trên trước, hoặc sửa lại tên miền của nó."),
        )
    return parent


async def _fill(session: TenantSession, organ: Organ, opening: Opening) -> None:
    modules = all_modules()
    await provision_access(session, organ, [right for module in modules for right in module.permissions])
    for module in modules:
        if module.provision is not None:
            await module.provision(session, organ, opening)
        if module.figures:
            await marks.mark(session, module.name)


def _check(spec: OrganSpec) -> None:
    check_slug(spec.slug)
    if spec.kind not in LEVEL_LABELS:
        raise InvalidInput.of(
            "kind",
            _("Không có loại đơn vị “{kind}”.", kind=spec.kind),
            _("Chọn commune, township, district, province."),
        )
    if not spec.name.strip():
        raise InvalidInput.of("name", _("Chưa có tên đơn vị."), _("Nhập tên, ví dụ: Lam Sơn."))
    if spec.kind not in PARENT_KINDS and spec.parent_slug is None:
        raise InvalidInput.of("parent", _("Xã, thị trấn phải có đơn vị cấp trên."), _("Nêu tên miền của cấp trên."))
    if any(number < 1 for number in spec.opening.numbers.values()):
        raise InvalidInput.of("opening", _("Số bắt đầu phải từ 1 trở lên."), _("Nhập số sẽ cấp tiếp theo của sổ giấy."))
