"""Accounts that an organ's own administrator makes, in the transaction of the organ (ADR 0012).

The web process writes `control.account` at each sign-on anyway; no grant and no login beyond its own is needed. What
an administrator reaches is bounded here: user names end with the organ's slug, so that no name of another organ is
tried or taken, and a password is renewed only where the organ (or one that it follows) gave out the user name and the
person serves no other. Operators are out of every organ's reach: whoever had their password would have all organs.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from lienxa.platform import clock
from lienxa.platform.access.models import Staff
from lienxa.platform.db.session import ControlSession, TenantSession
from lienxa.platform.errors import Conflict, InvalidInput, NotFound
from lienxa.platform.identity import accounts, jobs, sessions
from lienxa.platform.identity.models import Account, AccountOrgan, LeftBehind, SignOnSession
from lienxa.platform.identity.provisioning import ProvisionedPerson, provisioner_for
from lienxa.platform.jobs import enqueue
from lienxa.platform.mail import outbox
from lienxa.platform.mail.letters import Letter
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.models import Succession, Tenant
from lienxa.platform.tenancy.organs import GONE, Organ, organ_by_id, organ_of
from lienxa.platform.text import _

_LOCAL_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,28}[a-z0-9]")


_MAIL_ADDRESS = re.compile(r"[^@\s]{1,64}@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE)
ODD_MAIL_ADDRESS = (_("Địa chỉ thư không đọc được."), _("Ghi dạng ten@don-vi.vn, hoặc để trống."))


def is_mail_address(text: str) -> bool:
    """Whether an invitation can be sent there."""
    return len(text) <= 200 and _MAIL_ADDRESS.fullmatch(text) is not None


@dataclass(frozen=True)
class Login:
    """How somebody signs in, when they last did at this organ (None: never), and since when operators shut them out."""

    username: str
    signed_in_at: datetime | None
    disabled_at: datetime | None


def is_local_name(name: str) -> bool:
    """Whether an organ may give that name to somebody; the organ's own follows it."""
    return _LOCAL_NAME.fullmatch(name) is not None


def odd_local_name(name: str) -> tuple[str, str]:
    """Why it may not, and what to enter instead."""
    return (
        _("Tên đăng nhập “{name}” không hợp lệ.", name=name),
        _("Dùng 3-30 chữ thường không dấu, chữ số, dấu chấm, dấu gạch nối. Ví dụ: nguyen-van-an."),
    )


async def enrol(
    session: TenantSession, organ: Organ, local_name: str, full_name: str, email: str = ""
) -> ProvisionedPerson:
    """A new account for `<local_name>.<slug>` with a one-time password, or an invitation by mail to choose one.

    `InvalidInput` on `username` if the name is malformed or taken here.
    """
    if not is_local_name(local_name):
        raise InvalidInput.of("username", *odd_local_name(local_name))
    username = f"{local_name}.{organ.slug}"
    control = await same_transaction(session)
    taken = select(Account.id).where(Account.username == username, Account.issuer_name == get_settings().issuer_name)
    if await control.scalar(taken):
        raise InvalidInput.of(
            "username", _("Tên đăng nhập “{name}” đã có người dùng.", name=username), _("Chọn tên đăng nhập khác.")
        )
    provisioner = provisioner_for(get_settings())
    person = await provisioner.provision_person(control, organ.slug, username, full_name, email or None)
    if person.one_time_password is None and not person.invited_at:
        # A first attempt reached the issuer and failed here afterwards: the password that it printed is lost.
        renewed = await _renew(control, person.account_id)
        return ProvisionedPerson(person.account_id, person.sub, person.username, renewed)
    return person


async def rejoin(session: TenantSession, account_id: UUID) -> None:
    """Let somebody who is a person of the session's organ sign on at it again; nothing happens if they can.

    They read again, too, in the organs before it in which they did until they were shut out. Whom the issuer has
    forgotten needs a new password (`renew_password`).
    """
    control, provisioner = await same_transaction(session), provisioner_for(get_settings())
    await provisioner.readmit(control, await _slug(control, session), account_id)
    returning = delete(LeftBehind).where(
        LeftBehind.account_id == account_id, LeftBehind.successor_id == session.tenant_id
    )
    back = await control.scalars(returning.returning(LeftBehind.tenant_id))
    for organ in await _there(control, set(back)):
        await provisioner.join(control, organ.slug, account_id)


async def release(session: TenantSession, person: Staff) -> None:
    """Let somebody serve the session's organ no longer: they are shut out as in `shut_out`."""
    control = await same_transaction(session)
    await provisioner_for(get_settings()).part(control, await _slug(control, session), person.account_id)
    await shut_out(session, person)


async def shut_out(session: TenantSession, person: Staff) -> None:
    """End the sessions of somebody who was suspended or left, as in `end_sessions`.

    Nor do they read on in the organs that this one follows, unless they serve another that follows those too and did
    not shut them out. Who is let in again (`rejoin`) reads there again.
    """
    control, provisioner = await same_transaction(session), provisioner_for(get_settings())
    for organ in await _there(control, await _leave_behind(control, session.tenant_id, person.account_id)):
        await provisioner.part(control, organ.slug, person.account_id)
        await sessions.end_at_organ(control, person.account_id, organ.id)
    await end_sessions(session, person)


async def _leave_behind(control: ControlSession, tenant_id: UUID, account_id: UUID) -> Collection[UUID]:
    """Note where somebody reads no more because of an organ that shuts them out; returns where they do not at all."""
    query = select(AccountOrgan.tenant_id).where(AccountOrgan.account_id == account_id)
    serving, followed = set(await control.scalars(query)), await _followed(control, {tenant_id})
    left = serving & followed.keys()
    rows = [{"account_id": account_id, "tenant_id": organ_id, "successor_id": tenant_id} for organ_id in left]
    if not rows:
        return left
    await control.execute(insert(LeftBehind).values(rows).on_conflict_do_nothing())
    barred = select(LeftBehind.tenant_id, LeftBehind.successor_id).where(LeftBehind.account_id == account_id)
    pairs = {(row.tenant_id, row.successor_id) for row in await control.execute(barred)}
    others = await _followed(control, serving - left - {tenant_id})
    return {organ_id for organ_id in left if pairs.issuperset((organ_id, by) for by in others.get(organ_id, ()))}


async def _there(control: ControlSession, organ_ids: Collection[UUID]) -> Sequence[Organ]:
    tenants = await control.scalars(select(Tenant).where(Tenant.id.in_(organ_ids), Tenant.state.not_in(GONE)))
    return [organ_of(tenant) for tenant in tenants]


async def end_sessions(session: TenantSession, person: Staff) -> None:
    """Sign somebody out at the session's organ, in all browsers, and soon at the issuer if they serve no other.

    A job asks the issuer: it may be away, and it tells us of each session that it ends.
    """
    await sessions.end_at_organ(await same_transaction(session), person.account_id, session.tenant_id)
    await enqueue(session, jobs.end_at_issuer, session.tenant_id, person.id)


async def end_at_issuer(session: TenantSession, staff_id: UUID) -> None:
    """Sign a person of the session's organ out at the issuer, unless they serve another organ or operate."""
    account_id = (await session.find(Staff, staff_id)).account_id
    control, provisioner = await same_transaction(session), provisioner_for(get_settings())
    if await control.get(Account, account_id) is None or await elsewhere(session, account_id):
        return
    if not await provisioner.operates(control, account_id):
        await provisioner.end_sessions(control, account_id)


async def is_shut_out(session: TenantSession, account_id: UUID) -> bool:
    """Whether operators disabled an account in the whole installation."""
    control = await same_transaction(session)
    disabled = select(Account.id).where(Account.id == account_id, Account.disabled_at.is_not(None))
    return await control.scalar(disabled) is not None


async def elsewhere(session: TenantSession, account_id: UUID) -> list[Organ]:
    """The other organs that a member of the session's organ serves, by name."""
    organs = await accounts.organs_of(await same_transaction(session), account_id)
    return [organ for organ in organs if organ.id != session.tenant_id]


async def serves_others(session: TenantSession, account_id: UUID) -> bool:
    """Whether an account serves an organ besides the session's; one that the session's follows is none."""
    control = await same_transaction(session)
    organs = set(await control.scalars(select(AccountOrgan.tenant_id).where(AccountOrgan.account_id == account_id)))
    return bool(organs - {session.tenant_id} - (await _followed(control, {session.tenant_id})).keys())


async def serves_here(session: TenantSession, account_id: UUID) -> bool:
    """Whether an account serves the session's organ."""
    return await accounts.serves(await same_transaction(session), account_id, session.tenant_id)


async def organ_there(session: TenantSession, organ_id: UUID) -> Organ | None:
    """An organ of the registry, to tell of it in the session's organ."""
    return await organ_by_id(await same_transaction(session), organ_id)


async def renew_password(session: TenantSession, account_id: UUID, by: str) -> str:
    """A new one-time password for a member, given out by somebody of that name; their sessions end, a letter says so.

    `Conflict` if they serve another organ as well (one that this organ follows is none), if the user name was not given
    out here or if they are an operator.
    """
    control = await same_transaction(session)
    if not await accounts.serves(control, account_id, session.tenant_id):
        raise NotFound
    if await serves_others(session, account_id):
        raise Conflict(
            _("Người này làm việc ở nhiều đơn vị, mật khẩu không thuộc riêng đơn vị nào."),
            remedy=_("Nhờ người vận hành hệ thống cấp lại."),
        )
    account = await control.get_one(Account, account_id)
    if account.username.rpartition(".")[2] not in await _slugs_given_out(control, session.tenant_id):
        raise _not_given_out_here()
    printed = await _renew(control, account_id)
    await control.execute(delete(SignOnSession).where(SignOnSession.account_id == account_id))
    await write_of_new_password(session, await _organ(control, session), account, by)
    return printed


async def write_of_new_password(session: TenantSession, organ: Organ, account: Account, by: str) -> None:
    """A letter to whoever has an address, so that nobody's password is renewed without their knowing."""
    settings = get_settings()
    if not account.email or not outbox.is_set_up(settings):
        return
    facts = {"by": by, "username": account.username, "organ": organ.title, "at": clock.legal(clock.now())}
    paragraphs = [
        _("Kính gửi {name},", name=account.full_name),
        _(
            "{by} vừa cấp lại mật khẩu của tài khoản {username} ({organ}) lúc {at:%H:%M ngày %d/%m/%Y}. Mật khẩu cũ "
            "không dùng được nữa, mọi phiên đăng nhập đã kết thúc. Mật khẩu mới chỉ trao tận tay, không gửi qua thư.",
            **facts,
        ),
        _("Nếu ông/bà không nhờ việc này, báo ngay cho lãnh đạo văn phòng và người quản trị của đơn vị."),
    ]
    await outbox.put(session, account.email, Letter(_("Mật khẩu Liên Xã vừa được cấp lại"), paragraphs))


async def _renew(control: ControlSession, account_id: UUID) -> str:
    provisioner = provisioner_for(get_settings())
    if await provisioner.operates(control, account_id):
        raise _not_given_out_here()
    return await provisioner.renew_password(control, account_id)


async def _slugs_given_out(control: ControlSession, tenant_id: UUID) -> set[str]:
    """What user names of the organ end with: its own slug, or that of an organ whose people came to it.

    One that was erased since has a slug with a dot and what tells it from later ones behind it. If another organ has
    its old slug now, that one gives out names with it.
    """
    theirs = {tenant_id, *await _followed(control, {tenant_id})}
    slugs = await control.scalars(select(Tenant.slug).where(Tenant.id.in_(theirs)))
    given_out = {slug.partition(".")[0] for slug in slugs}
    query = select(Tenant.slug).where(Tenant.slug.in_(given_out), Tenant.id.not_in(theirs))
    return given_out - set(await control.scalars(query))


async def _followed(control: ControlSession, organ_ids: Collection[UUID]) -> Mapping[UUID, Collection[UUID]]:
    """The organs that these follow, however far back, each with those of these that follow it.

    Their people came along.
    """
    one = select(Succession.successor_id.label("by_id"), Succession.predecessor_id)
    before = one.where(Succession.successor_id.in_(organ_ids)).cte("before", recursive=True)
    further = select(before.c.by_id, Succession.predecessor_id).join(
        before, Succession.successor_id == before.c.predecessor_id
    )
    every = before.union(further)
    found: dict[UUID, set[UUID]] = {}
    for by_id, predecessor_id in await control.execute(select(every.c.by_id, every.c.predecessor_id)):
        found.setdefault(predecessor_id, set()).add(by_id)
    return found


def _not_given_out_here() -> Conflict:
    return Conflict(
        _("Tài khoản này không do đơn vị cấp, nên đơn vị không cấp lại mật khẩu được."),
        remedy=_("Nhờ người vận hành hệ thống cấp lại."),
    )


async def logins(session: TenantSession) -> Mapping[UUID, Login]:
    """How the members of the session's organ sign in, by account."""
    control = await same_transaction(session)
    query = (
        select(Account.id, Account.username, AccountOrgan.signed_in_at, Account.disabled_at)
        .join(AccountOrgan, AccountOrgan.account_id == Account.id)
        .where(AccountOrgan.tenant_id == session.tenant_id)
    )
    return {row.id: Login(row.username, row.signed_in_at, row.disabled_at) for row in await control.execute(query)}


async def count_never_signed_in(session: TenantSession) -> int:
    """How many members of the session's organ never signed in."""
    control = await same_transaction(session)
    query = select(func.count()).where(AccountOrgan.tenant_id == session.tenant_id, AccountOrgan.signed_in_at.is_(None))
    return (await control.execute(query)).scalar_one()


async def _slug(control: ControlSession, session: TenantSession) -> str:
    return (await _organ(control, session)).slug


async def _organ(control: ControlSession, session: TenantSession) -> Organ:
    organ = await organ_by_id(control, session.tenant_id)
    assert organ is not None, "a session is bound to an organ of the registry"
    return organ


async def same_transaction(session: TenantSession) -> ControlSession:
    """Schema `control` on the connection of the organ's transaction: one commit, or nothing."""
    return ControlSession(await session.connection(), join_transaction_mode="rollback_only", expire_on_commit=False)
