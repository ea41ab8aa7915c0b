"""What operators do to accounts: who is an operator, and who may sign in at all.

Each act ends the person's sessions, here and at the issuer. It stands in the operators' trail and in the trail of every
organ that the person serves, whose administrators are told. What was broken off may be done again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Text, func, or_, select

from lienxa.platform.audit import operators
from lienxa.platform.audit.operators import OperatorEvent
from lienxa.platform.db.session import ControlSession, Database
from lienxa.platform.errors import Conflict, NotFound
from lienxa.platform.identity import sessions
from lienxa.platform.identity.accounts import by_username, organs_of
from lienxa.platform.identity.models import Account, AccountOrgan
from lienxa.platform.identity.provisioning import Provisioner
from lienxa.platform.jobs import Job, enqueue
from lienxa.platform.operator import onboarding, telling
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.models import Tenant
from lienxa.platform.tenancy.organs import Organ, organ_of
from lienxa.platform.text import _, fold

LISTED = 50


@dataclass(frozen=True)
class AccountSeen:
    """An account with the organs that it serves, and whether it is an operator's."""

    account: Account
    organs: Sequence[Organ]
    operates: bool


async def operators_there(
    control: ControlSession, provisioner: Provisioner
) -> Sequence[tuple[Account, datetime | None]]:
    """Who may sign in as an operator, by user name, and when they last did so.

    Who was made one at the issuer alone is here from their first sign-on.
    """
    signed_in = (
        select(func.max(OperatorEvent.at))
        .where(OperatorEvent.operator == Account.username, OperatorEvent.action == "operator.signed_in")
        .correlate(Account)
        .scalar_subquery()
    )
    query = select(Account, signed_in).where(Account.operator_since.is_not(None)).order_by(Account.username)
    found = (await control.execute(query)).all()
    return [(account, last) for account, last in found if await provisioner.operates(control, account.id)]


async def look(control: ControlSession, settings: Settings, provisioner: Provisioner, username: str) -> AccountSeen:
    """The account of that user name, or `NotFound`."""
    account = await _named(control, settings, username)
    return AccountSeen(account, await organs_of(control, account.id), await provisioner.operates(control, account.id))


async def retire_operator(
    database: Database, settings: Settings, provisioner: Provisioner, username: str, by: str
) -> None:
    """Let somebody be no operator any more; the account stays. `Conflict` if they are none, or the last one."""
    async with onboarding.opened(database) as work:
        control = work.control
        others = await _operators_locked(control)
        account = await _named(control, settings, username)
        if account.operator_since is None and not await provisioner.operates(control, account.id):
            raise Conflict(
                _("{name} không phải là người vận hành.", name=account.username),
                remedy=_("Xem danh sách: lienxa operator list."),
            )
        await _refuse_last(control, provisioner, account, others)
        await provisioner.retire_operator(control, account.id)
        await provisioner.end_sessions(control, account.id)
        text = _("cho {name} ({username}) thôi làm người vận hành", name=account.full_name, username=account.username)
        await _end(work, account, by, "operator.removed", "office.operator_removed", text)


async def set_enabled(
    database: Database, settings: Settings, provisioner: Provisioner, username: str, by: str, *, enabled: bool
) -> None:
    """Shut an account out of the whole installation, or let it in again. `Conflict` for the last operator."""
    async with database.control() as control:
        account = await _named(control, settings, username)
    await _set_enabled(database, provisioner, account.id, by, enabled=enabled)


async def _set_enabled(
    database: Database, provisioner: Provisioner, account_id: UUID, by: str, *, enabled: bool
) -> None:
    async with onboarding.opened(database) as work:
        control = work.control
        others = await _operators_locked(control)
        account = await _there(control, account_id)
        if not enabled and await provisioner.operates(control, account.id):
            await _refuse_last(control, provisioner, account, others)
        await provisioner.set_enabled(control, account.id, enabled=enabled)
        said = {"name": account.full_name, "username": account.username}
        if enabled:
            text = _("mở lại tài khoản {username} của {name}", **said)
            await _end(work, account, by, "account.enabled", "office.account_enabled", text)
        else:
            text = _("khóa tài khoản {username} của {name}; người này bị đăng xuất ở mọi nơi", **said)
            await _end(work, account, by, "account.disabled", "office.account_disabled", text)


async def renew_password(
    database: Database, settings: Settings, provisioner: Provisioner, username: str, by: str
) -> str:
    """A new one-time password for whoever lost theirs, also where no organ may give it: for who serves several."""
    async with onboarding.opened(database) as work:
        account = await _named(work.control, settings, username)
        printed = await provisioner.renew_password(work.control, account.id)
        text = _(
            "cấp lại mật khẩu của tài khoản {username} ({name}); người này bị đăng xuất ở mọi nơi",
            username=account.username,
            name=account.full_name,
        )
        await _end(work, account, by, "account.password_renewed", "office.renew_password", text)
    return printed


# On the page: what it shows and asks for, and what a worker does then -------------------------------------------------


@dataclass(frozen=True)
class AccountLine:
    """An account in the list, with the titles of the organs that it serves."""

    account: Account
    organs: Sequence[str]


async def search(control: ControlSession, words: str) -> Sequence[AccountLine]:
    """The first `LISTED` accounts with `words` in user name or name, accents or not; without words the operators'."""
    which: ColumnElement[bool] = Account.operator_since.is_not(None)
    if words:
        name = func.app.norm(Account.full_name, type_=Text)
        which = or_(*(column.contains(fold(words), autoescape=True) for column in (Account.username, name)))
    found = (await control.scalars(select(Account).where(which).order_by(Account.username).limit(LISTED))).all()
    serving = (
        select(AccountOrgan.account_id, Tenant)
        .join(Tenant, Tenant.id == AccountOrgan.tenant_id)
        .where(AccountOrgan.account_id.in_([account.id for account in found]))
        .order_by(Tenant.name)
    )
    organs: dict[UUID, list[str]] = {}
    for account_id, tenant in await control.execute(serving):
        organs.setdefault(account_id, []).append(organ_of(tenant).title)
    return [AccountLine(account, organs.get(account.id, [])) for account in found]


async def ask(control: ControlSession, job: Job, account_id: UUID, by_id: UUID, *, enabled: bool) -> Account:
    """Want an account shut out or let in, in the name of the operator `by_id`. `Conflict` if it is their own."""
    account, by = await _there(control, account_id), await _there(control, by_id)
    if account.id == by.id and not enabled:
        raise Conflict(_("Không tự khóa tài khoản của chính mình được."), remedy=_("Nhờ người vận hành khác."))
    action = "account.enable_asked" if enabled else "account.disable_asked"
    operators.note(control, by.username, action, detail=account.username)
    await enqueue(control, job, account.id, enabled, by.id)
    return account


async def carry_out(
    database: Database, provisioner: Provisioner, account_id: UUID, by_id: UUID, *, enabled: bool
) -> None:
    """Do what was asked for, or note why not; an issuer that is away is asked again. `database` is the operator's."""
    async with database.control() as control:
        account, by = await _there(control, account_id), await _there(control, by_id)
    try:
        await _set_enabled(database, provisioner, account_id, by.username, enabled=enabled)
    except Conflict as refused:
        async with database.control() as control:
            said = f"{account.username}: {refused.message} {refused.remedy}".strip()
            operators.note(control, by.username, "account.not_changed", detail=said)


# What they share -----------------------------------------------------------------------------------------------------


async def _there(control: ControlSession, account_id: UUID) -> Account:
    account = await control.get(Account, account_id)
    if account is None:
        raise NotFound(_("Không có tài khoản này."))
    return account


async def _named(control: ControlSession, settings: Settings, username: str) -> Account:
    account = await by_username(control, settings.issuer_name, username.strip().lower())
    if account is None:
        raise NotFound(_("Không có tài khoản “{name}”.", name=username))
    return account


async def _operators_locked(control: ControlSession) -> Sequence[Account]:
    """All operators, ours until the end: two who remove one another come one after the other."""
    query = select(Account).where(Account.operator_since.is_not(None)).order_by(Account.id)
    return (await control.scalars(query.with_for_update())).all()


async def _refuse_last(
    control: ControlSession, provisioner: Provisioner, account: Account, among: Sequence[Account]
) -> None:
    for other in among:
        if other.id != account.id and other.disabled_at is None and await provisioner.operates(control, other.id):
            return
    raise Conflict(
        _("{name} là người vận hành cuối cùng còn đăng nhập được.", name=account.username),
        remedy=_("Thêm người khác trước: lienxa operator add."),
    )


async def _end(work: onboarding.Work, account: Account, by: str, action: str, act: str, text: str) -> None:
    """Tell the operators' trail and the person's organs, and end what they have open here."""
    control = work.control
    operators.note(control, by, action, detail=account.username)
    organs = [await telling.hearing(control, organ.id) for organ in await organs_of(control, account.id)]
    await control.flush()
    await onboarding.become_application(work)
    for organ in organs:
        if organ is not None:
            async with onboarding.as_member(work, organ) as session:
                await telling.tell(session, act, by, text)
    await sessions.end_account(control, account.id)
