"""An organ invites somebody who has an account already; they serve it once they agreed, not before (ADR 0043).

An invitation is no membership: whoever asks whom an account serves does not find it. It is answered at the organ's own
host, on the one page that an open invitation lets into, and ends with the thirtieth day. All of it happens in the
transaction of the organ that invites, and only its trail keeps what became of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from lienxa.platform import clock, ids
from lienxa.platform.db.session import ControlSession, Database, TenantSession
from lienxa.platform.errors import Conflict, InvalidInput, NotFound
from lienxa.platform.identity import accounts, enrolment, limits, sessions
from lienxa.platform.identity.models import Account, AccountOrgan, Invitation
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.jobs import Job, enqueue
from lienxa.platform.mail import outbox
from lienxa.platform.mail.letters import Letter
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.organs import Organ, host_of
from lienxa.platform.text import _

LASTS_DAYS = 30
# The page of the organ that invites on which its invitation is answered.
ANSWER_PATH = "/loi-moi"
_TRIES = (10, 600)


@dataclass(frozen=True)
class Invited:
    """Who is invited, by whom and when, and what they are to hold once they agree; `full_name` as the issuer says."""

    id: UUID
    account_id: UUID
    username: str
    full_name: str
    invited_by: str
    invited_at: datetime
    expires_at: datetime
    post_id: UUID | None
    held_from: date
    together: bool

    @property
    def last_day(self) -> date:
        """The last day on which it can be answered."""
        return clock.legal(self.expires_at).date() - timedelta(days=1)


async def count_try(database: Database, organ: Organ) -> None:
    """Call it before `invite`: names are not to be found out by trying. `TooManyRequests` after ten in ten minutes."""
    await limits.hit(database, f"invite:{organ.id}", *_TRIES)


async def invite(
    session: TenantSession,
    organ: Organ,
    username: str,
    full_name: str,
    by: str,
    post_id: UUID | None,
    held_from: date,
    *,
    together: bool,
) -> Invited:
    """Ask somebody who has an account, by user name and full name as they are known elsewhere, to serve this organ.

    A letter tells whoever has an address. Whoever does not know both names, exactly, is not told which of them is
    wrong: `InvalidInput` on `username`, and for operators too. `Conflict` if they serve this organ or are invited.
    """
    control, settings = await enrolment.same_transaction(session), get_settings()
    account = await accounts.by_username(control, settings.issuer_name, username.strip().lower())
    if account is None or not await _may_be_invited(control, account, full_name):
        raise InvalidInput.of(
            "username",
            _("Không có tài khoản với đúng tên đăng nhập và họ tên này."),
            _("Ghi đúng như trên trang cán bộ của đơn vị kia, ví dụ: nguyen-van-an.lam-son."),
        )
    if await accounts.serves(control, account.id, organ.id):
        raise Conflict(_("Tài khoản này đã là cán bộ của đơn vị."), remedy=_("Tìm người này trong danh sách cán bộ."))
    present = clock.now()
    row = {
        "id": ids.new_id(),
        "account_id": account.id,
        "tenant_id": organ.id,
        "invited_by": by,
        "invited_at": present,
        "expires_at": clock.instant(clock.today() + timedelta(days=LASTS_DAYS + 1)),
        "post_id": post_id,
        "held_from": held_from,
        "together": together,
    }
    made = await control.scalar(insert(Invitation).values(row).on_conflict_do_nothing().returning(Invitation))
    if made is None:
        raise Conflict(
            _("Đã mời {name}, người này chưa trả lời.", name=account.full_name),
            remedy=_("Chờ trả lời, hoặc rút lại lời mời ở trang Cán bộ rồi mời lại."),
        )
    await _write(session, control, organ, account, by)
    return _invited(made, account)


async def _may_be_invited(control: ControlSession, account: Account, full_name: str) -> bool:
    if account.disabled_at is not None or " ".join(full_name.split()) != account.full_name:
        return False
    return not await provisioner_for(get_settings()).operates(control, account.id)


async def _write(session: TenantSession, control: ControlSession, organ: Organ, account: Account, by: str) -> None:
    settings = get_settings()
    host = await host_of(control, organ.id)
    if not account.email or not host or not outbox.is_set_up(settings):
        return
    paragraphs = [
        _("Kính gửi {name},", name=account.full_name),
        _(
            "{by} ({organ}) mời ông/bà vào làm việc bằng tài khoản {username} đang có. Chỉ khi ông/bà đồng ý thì "
            "{organ} mới có ông/bà trong danh sách cán bộ. Lời mời hết hạn sau {days} ngày.",
            by=by,
            organ=organ.title,
            username=account.username,
            days=LASTS_DAYS,
        ),
        _("Nếu không biết lời mời này, ông/bà từ chối hoặc để lời mời tự hết hạn."),
    ]
    link = (_("Trả lời lời mời"), f"{settings.address(host)}{ANSWER_PATH}")
    subject = _("Lời mời vào làm việc tại {organ}", organ=organ.title)
    await outbox.put(session, account.email, Letter(subject, paragraphs, link=link))


async def is_open(control: ControlSession, account_id: UUID, tenant_id: UUID) -> bool:
    """Whether the organ invited the account and may still be answered."""
    return bool(await control.scalar(select(exists().where(_open_to(account_id, tenant_id)))))


async def of_account(session: TenantSession, account_id: UUID) -> Invited | None:
    """The open invitation of the session's organ to an account."""
    control = await enrolment.same_transaction(session)
    found = await control.scalar(select(Invitation).where(_open_to(account_id, session.tenant_id)))
    return _invited(found, await control.get_one(Account, account_id)) if found else None


async def open_ones(session: TenantSession) -> Sequence[Invited]:
    """The invitations of the session's organ that wait for an answer, oldest first."""
    control = await enrolment.same_transaction(session)
    query = (
        select(Invitation, Account)
        .join(Account, Account.id == Invitation.account_id)
        .where(Invitation.tenant_id == session.tenant_id, Invitation.expires_at > clock.now())
        .order_by(Invitation.invited_at, Invitation.id)
    )
    return [_invited(invitation, account) for invitation, account in await control.execute(query)]


async def take_answered(session: TenantSession, account_id: UUID) -> Invited:
    """Remove the invitation of the session's organ that its receiver answers; `NotFound` if none is open to them."""
    return await _the_one(session, _open_to(account_id, session.tenant_id))


async def take_back(session: TenantSession, invitation_id: UUID) -> Invited:
    """Remove an open invitation of the session's organ, `NotFound` if it was answered or is over."""
    return await _the_one(session, Invitation.id == invitation_id, Invitation.expires_at > clock.now())


async def take_expired(session: TenantSession) -> Sequence[Invited]:
    """Remove the invitations of the session's organ that nobody answered in time."""
    return await _take(session, Invitation.expires_at <= clock.now())


async def _the_one(session: TenantSession, *wanted: ColumnElement[bool]) -> Invited:
    found = await _take(session, *wanted)
    if not found:
        raise NotFound
    return found[0]


async def _take(session: TenantSession, *wanted: ColumnElement[bool]) -> Sequence[Invited]:
    """The invitations, removed: of an answer and a withdrawal at the same moment one finds nothing."""
    control = await enrolment.same_transaction(session)
    query = delete(Invitation).where(Invitation.tenant_id == session.tenant_id, *wanted).returning(Invitation)
    taken = (await control.scalars(query)).all()
    if not taken:
        return ()
    found = await control.scalars(select(Account).where(Account.id.in_([one.account_id for one in taken])))
    by_id = {account.id: account for account in found}
    return [_invited(one, by_id[one.account_id]) for one in taken]


async def sign_out(session: TenantSession, invited: Invited) -> None:
    """End the sessions in which somebody who does not come to this organ looked at its invitation."""
    await sessions.end_at_organ(await enrolment.same_transaction(session), invited.account_id, session.tenant_id)


async def join(session: TenantSession, invited: Invited, tell: Job) -> None:
    """Let somebody who agreed serve the session's organ, in the session in which they did.

    `tell` is wanted of each other organ that they serve, with the account and the organ here.
    """
    await enrolment.rejoin(session, invited.account_id)
    control = await enrolment.same_transaction(session)
    await control.execute(
        update(AccountOrgan)
        .where(AccountOrgan.account_id == invited.account_id, AccountOrgan.tenant_id == session.tenant_id)
        .values(signed_in_at=clock.now())
    )
    for other in await enrolment.elsewhere(session, invited.account_id):
        await enqueue(control, tell, other.id, invited.account_id, session.tenant_id)


def _open_to(account_id: UUID, tenant_id: UUID) -> ColumnElement[bool]:
    return (
        (Invitation.account_id == account_id)
        & (Invitation.tenant_id == tenant_id)
        & (Invitation.expires_at > clock.now())
    )


def _invited(row: Invitation, account: Account) -> Invited:
    return Invited(
        id=row.id,
        account_id=row.account_id,
        username=account.username,
        full_name=account.full_name,
        invited_by=row.invited_by,
        invited_at=row.invited_at,
        expires_at=row.expires_at,
        post_id=row.post_id,
        held_from=row.held_from,
        together=row.together,
    )
