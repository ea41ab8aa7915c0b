"""Service accounts: what an organ's administrator does with them. Who may is checked by the caller's page."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import update

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor, vietnamese_sort_key
from lienxa.platform.access.models import Body, Staff, Unit
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, FieldError, InvalidInput
from lienxa.platform.identity.sessions import digest, new_secret
from lienxa.platform.module import Permission, all_modules
from lienxa.platform.rest import repository
from lienxa.platform.rest.models import ServiceAccount
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _

LONGEST = timedelta(days=366)
_PREFIX = "lienxa_"
_HINT = 4


@dataclass(frozen=True)
class Application:
    """What a service account is to be: its name, the unit that looks after it, its rights, its bodies, its last day."""

    name: str
    unit_id: UUID
    permissions: Collection[str]
    body_ids: Collection[UUID]
    expires_on: date


@dataclass(frozen=True)
class Issued:
    """A new token. It is known now and never again."""

    account_id: UUID
    token: str


async def grantable(session: TenantSession, organ: Organ) -> list[Permission]:
    """The permissions that an administrator may give: those that roles of the organ carry and that do something there,
    but for personal ones.
    """
    carried = await repository.permissions_in_use(session)
    return [
        permission
        for module in all_modules()
        for permission in module.permissions
        if permission.name in carried
        and not permission.personal
        and permission.does_something(at_parent=organ.is_parent)
    ]


async def issue(session: TenantSession, actor: Actor, wanted: Application) -> Issued:
    """Make a service account with its first token."""
    offered = await grantable(session, actor.organ)
    await _check(session, wanted, offered)
    account_id, token = ids.new_id(), _new_token()
    name = wanted.name
    session.add(
        Staff(id=account_id, account_id=account_id, full_name=name, sort_key=vietnamese_sort_key(name), is_service=True)
    )
    await session.flush()
    session.add(
        ServiceAccount(
            id=account_id,
            unit_id=wanted.unit_id,
            token_hash=digest(token),
            token_hint=token[-_HINT:],
            expires_on=wanted.expires_on,
            created_by=actor.staff_id,
            created_at=clock.now(),
        )
    )
    await session.flush()
    await repository.add_scopes(session, account_id, wanted.permissions, wanted.body_ids)
    text = _(
        "Cấp tài khoản kết nối “{name}” đến hết {day:%d/%m/%Y}: {permissions}.",
        name=name,
        day=wanted.expires_on,
        permissions="; ".join(permission.title for permission in offered if permission.name in wanted.permissions),
    )
    _record(session, actor, "issue_token", account_id, text)
    return Issued(account_id, token)


async def renew(session: TenantSession, actor: Actor, account_id: UUID, expires_on: date) -> Issued:
    """Give an account a new token in place of the old one, which is dead from now on."""
    account = await _usable(session, account_id)
    _refuse([*_faults_of_day(expires_on)])
    token = _new_token()
    account.token_hash, account.token_hint, account.expires_on = digest(token), token[-_HINT:], expires_on
    account.last_used_at = None
    _record(session, actor, "renew_token", account_id, _("Cấp mã mới đến hết {day:%d/%m/%Y}.", day=expires_on))
    return Issued(account_id, token)


async def suspend(session: TenantSession, actor: Actor, account_id: UUID) -> None:
    """Let nobody in with the token until somebody lifts it."""
    (await _usable(session, account_id)).suspended_at = clock.now()
    _record(session, actor, "suspend_token", account_id, _("Tạm dừng tài khoản kết nối."))


async def resume(session: TenantSession, actor: Actor, account_id: UUID) -> None:
    """Lift a suspension."""
    (await _usable(session, account_id)).suspended_at = None
    _record(session, actor, "resume_token", account_id, _("Cho dùng lại tài khoản kết nối."))


async def revoke(session: TenantSession, actor: Actor, account_id: UUID) -> None:
    """Take an account back for ever; what it did keeps its name."""
    (await _usable(session, account_id)).revoked_at = clock.now()
    _record(session, actor, "revoke_token", account_id, _("Thu hồi tài khoản kết nối."))


async def revoke_all(session: TenantSession) -> int:
    """Take all accounts back, for an archive does not know which were revoked after it was written; how many it was."""
    alive = update(ServiceAccount).where(ServiceAccount.revoked_at.is_(None))
    revoked = await session.scalars(alive.values(revoked_at=clock.now()).returning(ServiceAccount.id))
    return len(revoked.all())


async def _usable(session: TenantSession, account_id: UUID) -> ServiceAccount:
    account = await session.find(ServiceAccount, account_id, lock=True)
    if account.revoked_at is not None:
        raise Conflict(_("Tài khoản kết nối này đã thu hồi."), remedy=_("Lập tài khoản mới nếu còn cần."))
    return account


async def _check(session: TenantSession, wanted: Application, offered: Sequence[Permission]) -> None:
    faults = [*_faults_of_day(wanted.expires_on)]
    if not wanted.name.strip():
        faults.append(FieldError("name", _("Chưa nhập tên."), _("Nhập tên hệ thống sẽ kết nối.")))
    if not wanted.permissions:
        faults.append(FieldError("permissions", _("Chưa chọn quyền nào."), _("Chọn ít nhất một quyền.")))
    if set(wanted.permissions) - {permission.name for permission in offered}:
        faults.append(
            FieldError(
                "permissions", _("Có quyền không cấp được cho tài khoản kết nối."), _("Chọn lại trong danh sách.")
            )
        )
    idle = [permission.title for permission in offered if permission.in_body and permission.name in wanted.permissions]
    if idle and not wanted.body_ids:
        reason = _("Không có cơ quan nào thì không dùng được quyền: {rights}.", rights="; ".join(idle))
        faults.append(FieldError("body_ids", reason, _("Chọn ít nhất một cơ quan, hoặc bỏ các quyền này.")))
    faults += await _unknown(session, wanted)
    _refuse(faults)


async def _unknown(session: TenantSession, wanted: Application) -> list[FieldError]:
    faults = []
    unit = await session.get(Unit, (session.tenant_id, wanted.unit_id))
    if unit is None or unit.closed_on is not None:
        faults.append(FieldError("unit_id", _("Không có bộ phận này."), _("Chọn lại trong danh sách.")))
    for body_id in wanted.body_ids:
        if await session.get(Body, (session.tenant_id, body_id)) is None:
            faults.append(FieldError("body_ids", _("Không có cơ quan này."), _("Chọn lại trong danh sách.")))
            break
    return faults


def _faults_of_day(expires_on: date) -> Sequence[FieldError]:
    today = clock.today()
    if today <= expires_on <= today + LONGEST:
        return ()
    last = today + LONGEST
    remedy = _("Chọn một ngày từ hôm nay đến {day:%d/%m/%Y}.", day=last)
    return (FieldError("expires_on", _("Hạn dùng không quá một năm kể từ hôm nay."), remedy),)


def _refuse(faults: Sequence[FieldError]) -> None:
    if faults:
        raise InvalidInput(faults)


def _new_token() -> str:
    """256 random bits behind a prefix by which scanners find a token that was published by mistake."""
    return _PREFIX + new_secret()


def _record(session: TenantSession, actor: Actor, verb: str, account_id: UUID, text: str) -> None:
    trail.record(session, actor, f"office.{verb}", "service_account", account_id, {"text": text})
