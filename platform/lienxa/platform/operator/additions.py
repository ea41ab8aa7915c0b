"""Adding an organ as it was asked for on the operator's page: by a worker, step by step, once.

The web process writes what is wanted and wants the job in one transaction; it never has the operator's login. The
worker makes the organ and notes that it is there in one transaction as well, so whenever it is killed the next delivery
finds either nothing of it or all of it.
"""

import asyncio
import http.client
from collections.abc import Sequence
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from lienxa.platform import clock
from lienxa.platform.audit import operators
from lienxa.platform.db.session import ControlSession, Database
from lienxa.platform.errors import AppError, FieldError, InvalidInput, NotFound
from lienxa.platform.identity.models import Account
from lienxa.platform.identity.provisioning import ProvisionedPerson, Provisioner, undone_on_failure
from lienxa.platform.jobs import Job, enqueue
from lienxa.platform.operator import onboarding, passwords
from lienxa.platform.operator.models import AdditionStep, OrganAddition
from lienxa.platform.operator.specs import OrganSpec, check
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.models import Tenant, TenantHost
from lienxa.platform.tenancy.organs import Organ, organ_by_slug
from lienxa.platform.text import _

log = structlog.get_logger()

ATTEMPTS = 3
LISTED = 10
_ADDRESS_SECONDS = 10.0


# As the application: what the page asks ----------------------------------------------------------------------------


async def ask(
    control: ControlSession, settings: Settings, job: Job, key: UUID, account: tuple[UUID, str], spec: OrganSpec
) -> None:
    """Want the organ; `account` is the operator's `(id, user name)`. A key that was used before changes nothing.

    `InvalidInput` with every fault of what was typed, of the registry and of user names.
    """
    if await control.get(OrganAddition, key) is not None:
        return
    faults = await faults_in(control, settings, spec)
    if faults:
        raise InvalidInput(faults)
    account_id, operator = account
    row = insert(OrganAddition).values(
        id=key,
        account_id=account_id,
        operator=operator,
        spec=msgspec.to_builtins(spec),
        state="waiting",
        attempts=0,
        faults=[],
        asked_at=clock.now(),
    )
    added = await control.scalar(row.on_conflict_do_nothing().returning(OrganAddition.id))
    if added is not None:
        operators.note(control, operator, "organ.asked")
        await enqueue(control, job, key)


async def faults_in(control: ControlSession, settings: Settings, spec: OrganSpec) -> list[FieldError]:
    """Every fault of what is wanted, of the registry and of user names."""
    return [*_faults(spec, settings), *await _taken(control, spec)]


async def find(control: ControlSession, addition_id: UUID) -> OrganAddition:
    """The addition, or `NotFound`."""
    found = await control.get(OrganAddition, addition_id)
    if found is None:
        raise NotFound
    return found


async def recent(control: ControlSession) -> Sequence[OrganAddition]:
    """The latest additions that were asked for one by one, the last one first."""
    query = select(OrganAddition).where(OrganAddition.batch_id.is_(None))
    return (await control.scalars(query.order_by(OrganAddition.asked_at.desc()).limit(LISTED))).all()


async def steps_done(control: ControlSession, addition_id: UUID) -> set[str]:
    """The steps that the present attempt has done."""
    query = select(AdditionStep.step).where(AdditionStep.addition_id == addition_id)
    return set((await control.scalars(query)).all())


def spec_of(addition: OrganAddition) -> OrganSpec:
    """What was asked for."""
    return msgspec.convert(addition.spec, OrganSpec)


def faults_of(addition: OrganAddition) -> list[FieldError]:
    """Why it failed, and what to do."""
    return msgspec.convert(addition.faults, list[FieldError])


# As the operator: what the worker does ------------------------------------------------------------------------------


async def carry_out(database: Database, settings: Settings, provisioner: Provisioner, addition_id: UUID) -> None:
    """Make the organ that was asked for, or note why not. Raises if it is to be tried again.

    `database` is the operator's. Whatever happened to earlier deliveries of the job, the organ is made once.
    """
    await _begin_attempt(database, addition_id)
    try:
        host = await _make(database, settings, provisioner, addition_id)
    except AppError as refused:
        await _fail(database, addition_id, refused)
        return
    except Exception:
        log.exception("an organ was not added", addition=str(addition_id))
        if not await _give_up(database, addition_id):
            raise
        return
    if host:
        answers = await asyncio.to_thread(address_answers, settings, host)
        await _end(database, addition_id, answers=answers)


async def _begin_attempt(database: Database, addition_id: UUID) -> None:
    async with database.control() as control:
        addition = await control.get_one(OrganAddition, addition_id, with_for_update=True)
        if addition.state == "waiting":
            addition.attempts += 1
            await control.execute(delete(AdditionStep).where(AdditionStep.addition_id == addition_id))


async def _make(database: Database, settings: Settings, provisioner: Provisioner, addition_id: UUID) -> str:
    """The host of the organ, which is there; empty if there is nothing more to do."""

    async def report(step: str) -> None:
        async with database.control() as control:
            row = insert(AdditionStep).values(addition_id=addition_id, step=step, at=clock.now())
            await control.execute(row.on_conflict_do_nothing())

    async with undone_on_failure(provisioner), onboarding.opened(database) as work:
        # Whoever does the same at this moment is waited for. Steps, which point here, are not kept waiting.
        addition = await work.control.get_one(OrganAddition, addition_id, with_for_update={"key_share": True})
        spec = spec_of(addition)
        if addition.state == "added":
            return spec.host
        if addition.state != "waiting":
            return ""
        organ = await onboarding.register(work.control, spec, operator=addition.operator)
        await report("registered")
        people = await onboarding.let_in(work, provisioner, organ, spec)
        _note_added(addition, settings, organ, people[0])
        await onboarding.equip(work, organ, spec, people, report)
    return spec.host


def _note_added(addition: OrganAddition, settings: Settings, organ: Organ, administrator: ProvisionedPerson) -> None:
    addition.state = "added"
    addition.tenant_id = organ.id
    addition.administrator_id = administrator.account_id
    if administrator.one_time_password:
        shown_for = passwords.SHOWN_TOGETHER_FOR if addition.batch_id else passwords.SHOWN_FOR
        addition.keep_password(settings, administrator.one_time_password, shown_for)


async def _end(database: Database, addition_id: UUID, *, answers: bool) -> None:
    async with database.control() as control:
        addition = await find(control, addition_id)
        addition.state, addition.address_answers, addition.ended_at = "done", answers, clock.now()


async def _fail(database: Database, addition_id: UUID, refused: AppError) -> None:
    faults = refused.fields if isinstance(refused, InvalidInput) else [FieldError("", refused.message, refused.remedy)]
    async with database.control() as control:
        addition = await find(control, addition_id)
        addition.state, addition.ended_at = "failed", clock.now()
        addition.faults = [msgspec.to_builtins(fault) for fault in faults]
        operators.note(control, addition.operator, "organ.not_added")


async def _give_up(database: Database, addition_id: UUID) -> bool:
    """Whether this was the last attempt; then the addition has failed."""
    async with database.control() as control:
        addition = await find(control, addition_id)
        if addition.attempts < ATTEMPTS:
            return False
    reason = _("Chưa thêm được đơn vị do lỗi ngoài dự kiến; không có gì được ghi lại.")
    remedy = _("Thử lại sau ít phút. Nếu vẫn lỗi, xem nhật ký worker-operator với mã {id}.", id=addition_id)
    await _fail(database, addition_id, AppError(reason, remedy=remedy))
    return True


def address_answers(settings: Settings, host: str) -> bool:
    """Whether the organ's front page answers at its address. The embedded service is asked by number."""
    embedded = settings.profile == "embedded"
    secure = settings.scheme == "https" and not embedded
    port = settings.port if embedded else settings.public_port or (443 if secure else 80)
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(settings.bind if embedded else host, port, timeout=_ADDRESS_SECONDS)
    try:
        connection.request("GET", "/thu-tuc", headers={"Host": f"{host}:{port}"})
        return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


# What is wrong with what is asked ----------------------------------------------------------------------------------


def _faults(spec: OrganSpec, settings: Settings) -> Sequence[FieldError]:
    try:
        check(spec, settings)
    except InvalidInput as refused:
        return refused.fields
    return ()


async def _taken(control: ControlSession, spec: OrganSpec) -> list[FieldError]:
    """What the registry does not allow. Checked again when the organ is made: somebody may be quicker."""
    faults = []
    if await control.scalar(select(Tenant.id).where(Tenant.slug == spec.slug)):
        faults.append(FieldError("slug", _("Đã có đơn vị “{slug}”.", slug=spec.slug), _("Chọn tên miền khác.")))
    if await control.scalar(select(TenantHost.host).where(TenantHost.host == spec.host)):
        said = _("Địa chỉ {host} đã có đơn vị dùng.", host=spec.host)
        faults.append(FieldError("host", said, _("Chọn địa chỉ khác.")))
    if spec.parent_slug is not None:
        parent = await organ_by_slug(control, spec.parent_slug)
        if parent is None or not parent.is_parent:
            faults.append(FieldError("parent", _("Không có đơn vị cấp trên này."), _("Chọn trong danh sách.")))
    administrator = spec.administrator
    other = select(Account.id).where(
        Account.username == administrator.username, Account.full_name != administrator.full_name
    )
    if await control.scalar(other.limit(1)):
        said = _("Tên đăng nhập “{name}” đã có người dùng.", name=administrator.username)
        faults.append(FieldError("username", said, _("Chọn tên đăng nhập khác.")))
    return faults
