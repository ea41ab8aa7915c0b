"""The steps of a sign-on, from an organ's host to the issuer and back (design: identity, 5).

One redirect URI on the sign-on host serves all organs, and the operators, who sign on at that host itself. A sign-on
is tied to the browser that began it (binding cookie on the host), to the organ, and to a state and a ticket that each
work once.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit import operators
from lienxa.platform.audit import repository as audit
from lienxa.platform.db.session import ControlSession, Database
from lienxa.platform.errors import Forbidden, Unavailable
from lienxa.platform.identity import invitations, sealing, sessions
from lienxa.platform.identity.accounts import keep_account, serves
from lienxa.platform.identity.addresses import OPERATOR_PATH, OPERATOR_ROLE
from lienxa.platform.identity.models import Account, IssuerOrganization, SignOnState, SignOnTicket
from lienxa.platform.identity.oidc import IssuedTokens, OidcClient, TokenRefused
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ, host_of, organ_by_id, organ_by_slug
from lienxa.platform.text import _

log = structlog.get_logger()

STATE_LIVES = timedelta(minutes=10)
TICKET_LIVES = timedelta(seconds=30)
TICKET_PATH = "/dang-nhap/xong"
OPERATOR_TICKET_PATH = f"{OPERATOR_PATH}/dang-nhap/xong"
SHARED_ROLES = frozenset({"counter"})
# In a state: the issuer was asked who somebody is and for no organ, or for the organ once more after that. No secret
# has such a letter.
_AS_ANYBODY, _AS_MEMBER = "~", "!"
_RETURN_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]{0,2000}")


class Reason(StrEnum):
    """Why a sign-on was refused; the value goes to the trail."""

    STATE = "state"
    ISSUER = "issuer"
    ISSUER_SAID_NO = "issuer_said_no"
    ISSUER_AWAY = "issuer_away"
    TOKEN = "token"  # noqa: S105
    CLOCK = "clock"
    TICKET = "ticket"
    DISABLED = "disabled"
    NOT_A_MEMBER = "not_a_member"
    NO_POST = "no_post"
    NO_OPERATOR = "no_operator"


class SignOnRefused(Forbidden):
    """A sign-on that ends on a plain page. `organ` is where it was asked for, if that is known.

    `id_token` is there if the person is signed in at the issuer, as somebody this organ does not admit; `return_path`
    is where they were on the way to.
    """

    def __init__(self, reason: Reason, organ: Organ | None = None, id_token: str = "", return_path: str = "/") -> None:
        message, remedy = _texts(reason, organ)
        super().__init__(message, remedy=remedy)
        self.reason = reason
        self.organ = organ
        self.id_token = id_token
        self.return_path = return_path


@dataclass(frozen=True)
class Begun:
    """A sign-on that leaves for the issuer: its address there, and the value of the binding cookie."""

    address: str
    binding: str


def safe_return_path(wanted: str) -> str:
    """A path of this host to come back to; the first page for anything that could lead elsewhere."""
    return wanted if _RETURN_PATH.fullmatch(wanted) else "/"


async def begin(
    database: Database,
    oidc: OidcClient,
    organ: Organ | None,
    *,
    return_path: str,
    binding: str | None,
    action: str = "",
) -> Begun:
    """Remember the sign-on and say where the browser goes. A browser has one binding, for all its tabs.

    Without an organ it is an operator who signs on, on the sign-on host. `action` is done at the issuer besides.
    """
    binding = binding or sessions.new_secret()
    path = safe_return_path(return_path)
    asked_as = _AS_ANYBODY if organ and path == invitations.ANSWER_PATH else ""
    address = await _leave_for_issuer(
        database, oidc, organ, sessions.digest(binding), path, asked_as=asked_as, action=action
    )
    return Begun(address, binding)


async def _leave_for_issuer(
    database: Database,
    oidc: OidcClient,
    organ: Organ | None,
    binding_hash: bytes,
    return_path: str,
    *,
    asked_as: str = "",
    action: str = "",
) -> str:
    """The address at the issuer, with a state that is awaited."""
    # With the organ's name in it a state that is over still tells whose page leads on.
    state = f"{sessions.new_secret()}{asked_as}.{organ.slug if organ else ''}"
    nonce, verifier = sessions.new_secret(), sessions.new_secret()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    slug = organ.slug if organ and asked_as != _AS_ANYBODY else ""
    address = await oidc.authorization_address(
        state=state, nonce=nonce, code_challenge=challenge, organ_slug=slug, action=action
    )
    async with database.control() as control:
        control.add(
            SignOnState(
                state_hash=sessions.digest(state),
                tenant_id=organ.id if organ else None,
                binding_hash=binding_hash,
                code_verifier=verifier,
                nonce=nonce,
                return_path=return_path,
                expires_at=clock.now() + STATE_LIVES,
            )
        )
    return address


async def come_back(
    database: Database, settings: Settings, oidc: OidcClient, *, state: str, code: str, issuer: str, error: str = ""
) -> str:
    """The issuer's answer on the sign-on host; returns the address with the ticket, on the organ's host or this one.

    Or the address at the issuer once more. Of who comes to answer an invitation, or whom a Keycloak server does not
    know as somebody of the organ (`invalid_scope`), it is asked who they are and no more; who turns out to be a member
    all the same, for the organ.

    Raises `SignOnRefused`; a refusal of a known person is in the trail of the organ that was asked.
    """
    awaited, organ = await _take_state(database, state)
    once_more = partial(_leave_for_issuer, database, oidc, organ, awaited.binding_hash, awaited.return_path)
    asked_as = state.rpartition(".")[0][-1:]
    if error == "invalid_scope" and organ and asked_as not in (_AS_ANYBODY, _AS_MEMBER):
        return await once_more(asked_as=_AS_ANYBODY)
    tokens = await _issued(oidc, awaited, organ, code=code, issuer=issuer)
    if organ and asked_as == _AS_ANYBODY and await _serves(database, settings, organ, tokens):
        return await once_more(asked_as=_AS_MEMBER)
    account = await (
        _admitted(database, settings, organ, tokens) if organ else _admitted_operator(database, settings, tokens)
    )
    ticket = sessions.new_secret()
    async with database.control() as control:
        host = await host_of(control, organ.id) if organ else settings.sso_host
        control.add(
            SignOnTicket(
                ticket_hash=sessions.digest(ticket),
                tenant_id=awaited.tenant_id,
                account_id=account.id,
                binding_hash=awaited.binding_hash,
                issuer_sid=tokens.sid,
                id_token=tokens.id_token,
                refresh_token=sealing.seal(settings, tokens.refresh_token),
                return_path=awaited.return_path,
                expires_at=clock.now() + TICKET_LIVES,
            )
        )
    assert host is not None, "an organ that was asked has a host name"
    return f"{settings.address(host)}{TICKET_PATH if organ else OPERATOR_TICKET_PATH}?ve={ticket}"


async def redeem(
    database: Database,
    organ: Organ | None,
    *,
    ticket: str,
    binding: str,
    previous_cookie: str,
    shared_machine: bool,
    user_agent: str,
) -> tuple[str, str]:
    """`(value of the session cookie, return path)` for a ticket; `SignOnRefused` for any but the right browser here.

    A ticket is used up by the first try, right or wrong. The browser's earlier session here ends. Who is invited only
    is led to the answer, wherever they were on the way to.
    """
    async with database.control() as control:
        redeemed = await _take(control, SignOnTicket, SignOnTicket.ticket_hash == sessions.digest(ticket))
    fits = (
        redeemed is not None
        and redeemed.tenant_id == (organ.id if organ else None)
        and redeemed.binding_hash == sessions.digest(binding)
        and redeemed.expires_at > clock.now()
    )
    if redeemed is None or not fits:
        raise SignOnRefused(Reason.TICKET, organ)
    actor = await _signed_in(database, organ, redeemed.account_id)
    async with database.control() as control:
        if previous_cookie:
            await sessions.end_cookie(control, previous_cookie)
        cookie = await sessions.begin(
            control,
            redeemed,
            acting_post_id=actor.acting.id if actor else None,
            shared=shared_machine or (actor is not None and actor.acting.role in SHARED_ROLES),
            user_agent=user_agent,
        )
    answers = organ is not None and actor is None
    return cookie, invitations.ANSWER_PATH if answers else redeemed.return_path


async def _signed_in(database: Database, organ: Organ | None, account_id: UUID) -> Actor | None:
    """Note it in the trail that it belongs to; the member who signed in, if it was at an organ."""
    if organ is None:
        async with database.control() as control:
            account = await control.get_one(Account, account_id)
            account.operator_since = account.operator_since or clock.now()
            operators.note(control, account.username, "operator.signed_in")
        return None
    async with database.tenant(organ.id) as session:
        actor = await members.member(session, organ, account_id)
        if actor is not None:
            audit.record(session, actor, "identity.signed_in", "account", actor.account_id, {})
    return actor


async def _issued(
    oidc: OidcClient, awaited: SignOnState, organ: Organ | None, *, code: str, issuer: str
) -> IssuedTokens:
    """The tokens for an answer of the issuer, or `SignOnRefused`."""
    try:
        if issuer != await oidc.issuer():
            raise SignOnRefused(Reason.ISSUER, organ)
        if not code:
            raise SignOnRefused(Reason.ISSUER_SAID_NO, organ)
        return await oidc.exchange(code, awaited.code_verifier, awaited.nonce)
    except TokenRefused as error:
        log.warning("sign-on refused", organ=organ.slug if organ else "", detail=str(error))
        raise SignOnRefused(Reason.CLOCK if error.of_clock else Reason.TOKEN, organ) from error
    except Unavailable as error:
        raise SignOnRefused(Reason.ISSUER_AWAY, organ, return_path=awaited.return_path) from error


async def _take_state(database: Database, state: str) -> tuple[SignOnState, Organ | None]:
    async with database.control() as control:
        awaited = await _take(control, SignOnState, SignOnState.state_hash == sessions.digest(state))
        if awaited is None:
            raise SignOnRefused(Reason.STATE, await organ_by_slug(control, state.rpartition(".")[2]))
        organ = await organ_by_id(control, awaited.tenant_id) if awaited.tenant_id else None
    if awaited.expires_at <= clock.now():
        raise SignOnRefused(Reason.STATE, organ, return_path=awaited.return_path)
    return awaited, organ


async def _take(control: ControlSession, model: type[Any], condition: Any) -> Any:
    """The row, removed: of two requests with the same secret one finds nothing."""
    return await control.scalar(delete(model).where(condition).returning(model))


async def _admitted(database: Database, settings: Settings, organ: Organ, tokens: IssuedTokens) -> Account:
    """The account, if issuer, registry and organ all say that it belongs here; the organ's trail says if not.

    Who is invited comes in as well, to answer; the issuer knows them as somebody of the organ only once they agreed.
    """
    async with database.control() as control:
        account = await _account(control, settings, tokens)
        vouched = await _vouched_for(control, settings, organ, tokens)
        belongs = vouched and await serves(control, account.id, organ.id)
        invited = await invitations.is_open(control, account.id, organ.id)
    async with database.tenant(organ.id) as session:
        holds_post = belongs and await members.member(session, organ, account.id) is not None
        if account.disabled_at is None and (holds_post or invited):
            return account
        if account.disabled_at is not None:
            reason = Reason.DISABLED
        else:
            reason = Reason.NO_POST if belongs else Reason.NOT_A_MEMBER
        audit.record_stranger(session, "identity.sign_on_refused", account.id, {"reason": reason.value})
    raise SignOnRefused(reason, organ, tokens.id_token)


async def _serves(database: Database, settings: Settings, organ: Organ, tokens: IssuedTokens) -> bool:
    async with database.control() as control:
        return await serves(control, (await _account(control, settings, tokens)).id, organ.id)


async def _vouched_for(control: ControlSession, settings: Settings, organ: Organ, tokens: IssuedTokens) -> bool:
    """Whether the issuer names the organ, and means the organization that was made for it, not one of its old name."""
    named = tokens.organizations()
    if organ.slug not in named:
        return False
    made = await control.get(IssuerOrganization, (settings.issuer_name, organ.id))
    return made is None or named[organ.slug] in ("", made.organization_id)


async def _admitted_operator(database: Database, settings: Settings, tokens: IssuedTokens) -> Account:
    """The account, if the issuer says that it is an operator's; the operators' trail says if not."""
    async with database.control() as control:
        account = await _account(control, settings, tokens)
        if account.disabled_at is None and OPERATOR_ROLE in tokens.realm_roles():
            return account
        operators.note(control, account.username, "operator.sign_on_refused")
    reason = Reason.NO_OPERATOR if account.disabled_at is None else Reason.DISABLED
    raise SignOnRefused(reason, None, tokens.id_token)


async def _account(control: ControlSession, settings: Settings, tokens: IssuedTokens) -> Account:
    claims = tokens.claims
    username = str(claims.get("preferred_username") or tokens.sub)
    return await keep_account(
        control,
        settings.issuer_name,
        tokens.sub,
        username=username,
        full_name=str(claims.get("name") or username),
        email=claims.get("email"),
    )


def _texts(reason: Reason, organ: Organ | None) -> tuple[str, str]:
    name = organ.full_name if organ else _("cơ quan này")
    again = _("Đăng nhập lại từ đầu.")
    match reason:
        case Reason.STATE:
            return _("Lần đăng nhập này đã dùng rồi hoặc đã quá 10 phút."), again
        case Reason.TICKET:
            return _("Đường dẫn vào {name} đã dùng rồi, đã hết hạn hoặc mở ở trình duyệt khác.", name=name), again
        case Reason.ISSUER_SAID_NO:
            return _("Máy chủ đăng nhập không cho vào."), again
        case Reason.ISSUER_AWAY:
            return _("Máy chủ đăng nhập chưa trả lời."), _("Thử lại sau ít phút.")
        case Reason.ISSUER | Reason.TOKEN:
            return _("Không kiểm tra được câu trả lời của máy chủ đăng nhập."), again
        case Reason.CLOCK:
            return (
                _("Đồng hồ của máy chủ đăng nhập và của Liên Xã lệch nhau, nên không kiểm tra được câu trả lời."),
                _("Báo người vận hành chỉnh đồng hồ, rồi đăng nhập lại."),
            )
        case Reason.DISABLED:
            return _("Tài khoản này đã bị khóa."), _("Hỏi người quản trị của đơn vị.")
        case Reason.NO_OPERATOR:
            return _("Tài khoản này không phải của người vận hành."), _("Đăng nhập bằng tài khoản khác.")
        case Reason.NO_POST:
            return (
                _("Tài khoản này hiện không giữ chức vụ nào tại {name}.", name=name),
                _("Nhờ người quản trị của đơn vị giao chức vụ, rồi đăng nhập lại."),
            )
        case Reason.NOT_A_MEMBER:
            return (
                _("Tài khoản này không thuộc {name}.", name=name),
                _("Đăng nhập bằng tài khoản khác, hoặc hỏi người quản trị của đơn vị."),
            )
