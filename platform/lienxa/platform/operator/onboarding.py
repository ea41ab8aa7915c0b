"""A new organ in one transaction: registry, host name, bodies, books, roles, procedures, first administrator.

The operator's login writes the registry, then becomes lx_app with the new organ bound and fills its tables; one
commit ends it. Whatever breaks it off before leaves nothing, and the retry starts from nothing.
"""

import getpass
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from lienxa.platform import clock, ids
from lienxa.platform.access.staffing import add_staff, appoint, provision_access
from lienxa.platform.db.session import ControlSession, Database, TenantSession
from lienxa.platform.errors import Conflict, InvalidInput
from lienxa.platform.identity.provisioning import ProvisionedPerson, Provisioner
from lienxa.platform.jobs import Job, enqueue
from lienxa.platform.jobs.repository import waiting
from lienxa.platform.module import Opening, all_modules
from lienxa.platform.operator.models import OperatorEvent
from lienxa.platform.rollup import marks
from lienxa.platform.settings import Settings, get_settings
from lienxa.platform.tenancy import preparation
from lienxa.platform.tenancy.models import Tenant, TenantHost
from lienxa.platform.tenancy.organs import PARENT_KINDS, Organ, check_host, check_slug, organ_by_slug, organ_of
from lienxa.platform.text import _

ADMINISTRATOR_POST = "quan-tri"
LEVEL_LABELS = {"commune": "xã", "township": "thị trấn", "district": "huyện", "province": "tỉnh"}
_USERNAME = re.compile(r"[a-z0-9][a-z0-9.-]{2,60}")
_TERM = re.compile(r"([0-9]{4})-([0-9]{4})")
_NAME_LENGTH = 100
_LARGEST_NUMBER = 999_999
_UNIQUE_VIOLATION = "23505"


_BECOME_APPLICATION = text("set local role lx_app")

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
    _check(spec, get_settings())
    async with database.engine.connect() as connection, connection.begin():
        control = database.control_session(connection)
        organ = await _register(control, spec, state="active")
        administrator = await _equip(database, provisioner, connection, control, organ, spec)
        if finish is not None:
            await finish(organ, _opener(database, connection, organ))
    return Onboarded(organ, administrator)


async def announce_organ(database: Database, spec: OrganSpec, expected: int) -> Organ:
    """Register an organ whose `expected` things are still to be made: its host says how far it is."""
    _check(spec, get_settings())
    async with database.control() as control:
        organ = await _register(control, spec, state="preparing")
        await preparation.expect(control, organ.id, expected)
    return organ


async def complete_organ(database: Database, provisioner: Provisioner, spec: OrganSpec, finish: Finish) -> bool:
    """Make an announced organ whole and open it, in one transaction that ends with `finish`.

    False, and nothing done, if the organ is open already or another process is at it.
    """
    async with database.engine.connect() as connection, connection.begin():
        control = database.control_session(connection)
        tenant = await control.scalar(
            select(Tenant)
            .where(Tenant.slug == spec.slug, Tenant.state == "preparing")
            .with_for_update(key_share=True, skip_locked=True)
        )
        if tenant is None:
            return False
        tenant.state = "active"
        organ = organ_of(tenant)
        await _equip(database, provisioner, connection, control, organ, spec)
        await finish(organ, _opener(database, connection, organ))
    return True


async def _equip(
    database: Database,
    provisioner: Provisioner,
    connection: AsyncConnection,
    control: ControlSession,
    organ: Organ,
    spec: OrganSpec,
) -> ProvisionedPerson:
    """Give a registered organ its people and all that modules begin with; its first administrator.

    From here on the transaction is the application's.
    """
    people = (spec.administrator, *spec.people)
    accounts = [await _provision(provisioner, control, organ, person) for person in people]
    await control.flush()
    await _become_application(connection)
    async with _opener(database, connection, organ)() as session:
        await _fill(session, organ, spec.opening)
        for person, account in zip(people, accounts, strict=True):
            await _join(session, person, account, spec.in_office_since or clock.today())
    return accounts[0]


async def in_organ(database: Database, organ: Organ, action: str, work: Finish) -> None:
    """Do later work in an organ as the operator's login: one transaction, noted as `action` in the operator's trail."""
    async with database.engine.connect() as connection, connection.begin():
        control = database.control_session(connection)
        _note(control, action, organ)
        await control.flush()
        await _become_application(connection)
        await work(organ, _opener(database, connection, organ))


async def want_while_preparing(database: Database, job: Job) -> None:
    """Want a job of the platform if an organ is still being prepared and the job does not wait already."""
    async with database.control() as control:
        if await control.scalar(select(Tenant.id).where(Tenant.state == "preparing").limit(1)) is None:
            return
        await (await control.connection()).execute(_BECOME_APPLICATION)
        if not await waiting(control, job):
            await enqueue(control, job)


def _note(control: ControlSession, action: str, organ: Organ) -> None:
    control.add(OperatorEvent(at=clock.now(), operator=getpass.getuser(), action=action, tenant_id=organ.id))


async def _become_application(connection: AsyncConnection) -> None:
    """The rest of the transaction runs as lx_app: row security holds from here on."""
    await connection.execute(_BECOME_APPLICATION)


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


async def _register(control: ControlSession, spec: OrganSpec, state: str) -> Organ:
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
    )
    await _add(control, tenant, _slug_taken(spec))
    await _add(control, TenantHost(host=spec.host, tenant_id=tenant.id), _host_taken(spec))
    organ = organ_of(tenant)
    _note(control, "organ.added", organ)
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


async def _fill(session: TenantSession, organ: Organ, opening: Opening) -> None:
    modules = all_modules()
    await provision_access(session, organ, [right for module in modules for right in module.permissions])
    for module in modules:
        if module.provision is not None:
            await module.provision(session, organ, opening)
        if module.figures:
            await marks.mark(session, module.name)


def _check(spec: OrganSpec, settings: Settings) -> None:
    check_slug(spec.slug)
    check_host(spec.host, settings)
    if spec.kind not in LEVEL_LABELS:
        raise InvalidInput.of(
            "kind",
            _("Không có loại đơn vị “{kind}”.", kind=spec.kind),
            _("Chọn commune, township, district, province."),
        )
    if not _is_name(spec.name):
        raise InvalidInput.of("name", _("Tên đơn vị trống, quá dài hoặc có ký tự lạ."), _("Nhập tên, ví dụ: Lam Sơn."))
    if spec.level_label and not _is_name(spec.level_label):
        raise InvalidInput.of("level", _("Tên gọi của cấp không đọc được."), _("Nhập ví dụ: xã, phường."))
    if spec.kind not in PARENT_KINDS and spec.parent_slug is None:
        raise InvalidInput.of("parent", _("Xã, thị trấn phải có đơn vị cấp trên."), _("Nêu tên miền của cấp trên."))
    for person in (spec.administrator, *spec.people):
        _check_person(person)
    _check_opening(spec)


def _check_person(person: Person) -> None:
    if not _USERNAME.fullmatch(person.username):
        raise InvalidInput.of(
            "username",
            _("Tên đăng nhập “{username}” không hợp lệ.", username=person.username),
            _("Dùng 3-61 chữ thường không dấu, chữ số, dấu chấm, dấu gạch nối. Ví dụ: quan-tri.lam-son."),
        )
    if not _is_name(person.full_name):
        raise InvalidInput.of(
            "full_name",
            _("Họ và tên người quản trị trống, quá dài hoặc có ký tự lạ."),
            _("Nhập họ và tên, nhiều nhất {most} ký tự.", most=_NAME_LENGTH),
        )


def _check_opening(spec: OrganSpec) -> None:
    opening = spec.opening
    if opening.numbers and spec.kind in PARENT_KINDS:
        raise InvalidInput.of("opening", _("Đơn vị cấp trên không mở sổ ở đây."), _("Bỏ các số bắt đầu."))
    if not all(1 <= number <= _LARGEST_NUMBER for number in opening.numbers.values()):
        raise InvalidInput.of(
            "opening",
            _("Số bắt đầu phải từ 1 đến {most}.", most=_LARGEST_NUMBER),
            _("Nhập số sẽ cấp tiếp theo của sổ giấy."),
        )
    term = _TERM.fullmatch(opening.term)
    if term is None or term[1] >= term[2]:
        raise InvalidInput.of(
            "term", _("Nhiệm kỳ “{term}” không hợp lệ.", term=opening.term), _("Ghi hai năm, ví dụ: 2025-2030.")
        )
    if opening.term_opened_on > clock.today():
        raise InvalidInput.of(
            "term_opened", _("Nhiệm kỳ chưa bắt đầu."), _("Nhập ngày liền sau ngày bế mạc đại hội, không ở tương lai.")
        )


def _is_name(value: str) -> bool:
    return bool(value.strip()) and len(value) <= _NAME_LENGTH and value.isprintable()
