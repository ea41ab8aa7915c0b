"""Sessions of browsers at organs: all SQL about them. Only the SHA-256 of a cookie's value is kept.

A session ends by logging out, by the issuer's word, after 12 hours, and when it was idle too long: 30 minutes on a
machine that several people use, else 8 hours. It also ends if the issuer did not vouch for the person for 8 hours.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnElement,
    DateTime,
    Row,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from lienxa.platform import clock
from lienxa.platform.db.session import ControlSession, Database
from lienxa.platform.identity.models import (
    Account,
    AccountOrgan,
    Invitation,
    RateLimit,
    SignOnSession,
    SignOnState,
    SignOnTicket,
)
from lienxa.platform.tenancy.models import Succession, Tenant, TenantHost
from lienxa.platform.tenancy.organs import PRESENT, organ_title

ABSOLUTE = timedelta(hours=12)
IDLE = timedelta(hours=8)
IDLE_SHARED = timedelta(minutes=30)
UNCONFIRMED = timedelta(hours=8)
_SEEN_EVERY = timedelta(minutes=1)
_LONGEST_AGENT = 300


@dataclass(frozen=True)
class OtherOrgan:
    """Another organ that the person serves or is invited to, and the host on which it answers."""

    title: str
    host: str


@dataclass(frozen=True)
class LiveSession:
    """What a request needs of its session; `elsewhere` is what else the person serves, by name.

    `invited_by` are the organs whose invitation waits for their answer.
    """

    id: UUID
    account_id: UUID
    acting_post_id: UUID | None
    username: str
    full_name: str
    elsewhere: tuple["OtherOrgan", ...] = ()
    invited_by: tuple["OtherOrgan", ...] = ()


def digest(secret: str) -> bytes:
    """What is stored of a secret that a browser carries."""
    return hashlib.sha256(secret.encode()).digest()


def new_secret() -> str:
    """256 random bits for a cookie or an address."""
    return secrets.token_urlsafe(32)


def _alive(present: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    idle_limit = case((SignOnSession.shared, present - IDLE_SHARED), else_=present - IDLE)
    return and_(
        SignOnSession.expires_at > present,
        SignOnSession.last_seen_at > idle_limit,
        SignOnSession.confirmed_at > present - UNCONFIRMED,
    )


def _served_elsewhere() -> Any:
    """The other organs that the account serves, as `_named` tells of them.

    They are at work, or others follow them and their books are read there.
    """
    followed = exists().where(Succession.predecessor_id == Tenant.id).correlate(Tenant)
    is_served = or_(Tenant.state == "active", and_(Tenant.state == "suspended", followed))
    return _named(AccountOrgan, is_served)


def _asking() -> Any:
    """The other organs that invite the account and can be answered, as `_named` tells of them."""
    return _named(Invitation, Invitation.expires_at > bindparam("present"), Tenant.state == "active")


def _named(by: type[AccountOrgan | Invitation], *wanted: ColumnElement[bool]) -> Any:
    """Organs that a table ties the account to, but for the session's: one array of names and hosts, None if none."""
    host = (
        select(TenantHost.host)
        .where(TenantHost.tenant_id == Tenant.id, PRESENT)
        .order_by(TenantHost.host)
        .limit(1)
        .correlate(Tenant)
        .scalar_subquery()
    )
    one = func.json_build_array(Tenant.name, Tenant.kind, Tenant.level_label, host)
    return (
        select(func.json_agg(aggregate_order_by(one, Tenant.name), type_=JSON))
        .select_from(by)
        .join(Tenant, Tenant.id == by.tenant_id)
        .where(by.account_id == SignOnSession.account_id)
        .where(by.tenant_id.is_distinct_from(bindparam("tenant")), *wanted)
        .correlate(SignOnSession)
        .scalar_subquery()
    )


# Built once, for every request asks for it: parameters `secret_hash`, `tenant`, `present`.
_LIVE_SESSION = (
    select(
        SignOnSession.id,
        SignOnSession.account_id,
        SignOnSession.acting_post_id,
        SignOnSession.last_seen_at,
        Account.username,
        Account.full_name,
        _served_elsewhere().label("elsewhere"),
        _asking().label("invited_by"),
    )
    .join(Account, Account.id == SignOnSession.account_id)
    .where(
        SignOnSession.secret_hash == bindparam("secret_hash"),
        SignOnSession.tenant_id.is_not_distinct_from(bindparam("tenant")),
        Account.disabled_at.is_(None),
        _alive(bindparam("present", type_=DateTime(timezone=True))),
    )
)


async def look_up(database: Database, tenant_id: UUID | None, secret: str) -> LiveSession | None:
    """The live session of a cookie at that organ: one statement, and once a minute one more that notes the use.

    Without an organ it is an operator's, which is good for no organ, as an organ's is for no operator's page.

    Outside a transaction: a request of a stranger costs one round trip.
    """
    present = clock.now()
    given = {"secret_hash": digest(secret), "tenant": tenant_id, "present": present}
    async with database.autocommit.connect() as connection:
        row = (await connection.execute(_LIVE_SESSION, given)).first()
        if row is None:
            return None
        if row.last_seen_at < present - _SEEN_EVERY:
            seen = update(SignOnSession).where(SignOnSession.id == row.id).values(last_seen_at=present)
            await connection.execute(seen)
    return LiveSession(
        row.id,
        row.account_id,
        row.acting_post_id,
        row.username,
        row.full_name,
        _others(row.elsewhere),
        _others(row.invited_by),
    )


def _others(named: Sequence[Sequence[str]] | None) -> tuple[OtherOrgan, ...]:
    return tuple(OtherOrgan(organ_title(name, kind, level), host) for name, kind, level, host in named or () if host)


async def lives(database: Database, session_id: UUID) -> bool:
    """Whether a session is still alive; asking is no use of it, so an open stream keeps nobody signed in."""
    query = (
        select(SignOnSession.id)
        .join(Account, Account.id == SignOnSession.account_id)
        .where(SignOnSession.id == session_id, Account.disabled_at.is_(None), _alive(clock.now()))
    )
    async with database.control() as control:
        return await control.scalar(query) is not None


async def begin(
    control: ControlSession,
    ticket: SignOnTicket,
    *,
    acting_post_id: UUID | None,
    shared: bool,
    user_agent: str,
) -> str:
    """A new session from a redeemed ticket; returns the value of its cookie, which is kept nowhere."""
    present, secret = clock.now(), new_secret()
    control.add(
        SignOnSession(
            secret_hash=digest(secret),
            tenant_id=ticket.tenant_id,
            account_id=ticket.account_id,
            issuer_sid=ticket.issuer_sid,
            id_token=ticket.id_token,
            refresh_token=ticket.refresh_token,
            acting_post_id=acting_post_id,
            shared=shared,
            user_agent=user_agent[:_LONGEST_AGENT],
            created_at=present,
            last_seen_at=present,
            refresh_tried_at=present,
            confirmed_at=present,
            expires_at=present + ABSOLUTE,
        )
    )
    await control.execute(
        update(AccountOrgan)
        .where(AccountOrgan.account_id == ticket.account_id, AccountOrgan.tenant_id == ticket.tenant_id)
        .values(signed_in_at=present)
    )
    await control.flush()
    return secret


async def end_cookie(control: ControlSession, secret: str) -> None:
    """End the session that a cookie belongs to: a new sign-on in the same browser replaces it."""
    await control.execute(delete(SignOnSession).where(SignOnSession.secret_hash == digest(secret)))


async def act_in(database: Database, session_id: UUID, post_id: UUID) -> None:
    """Let the person act in another post from the next request on; the caller checks that they hold it."""
    async with database.control() as control:
        await control.execute(
            update(SignOnSession).where(SignOnSession.id == session_id).values(acting_post_id=post_id)
        )


async def mark_shared(control: ControlSession, session_id: UUID, *, shared: bool) -> None:
    """Give the session the idle limit of a machine that several people use, or take it away."""
    await control.execute(update(SignOnSession).where(SignOnSession.id == session_id).values(shared=shared))


async def issuer_session_of(control: ControlSession, session_id: UUID) -> Row[str, str, bytes] | None:
    """`(issuer_sid, id_token, refresh_token)` of a session."""
    query = select(SignOnSession.issuer_sid, SignOnSession.id_token, SignOnSession.refresh_token)
    return (await control.execute(query.where(SignOnSession.id == session_id))).first()


async def end_sid(control: ControlSession, issuer_sid: str) -> None:
    """End all sessions that stand on one session of the issuer, at whatever organ."""
    await control.execute(delete(SignOnSession).where(SignOnSession.issuer_sid == issuer_sid))


async def end_account(control: ControlSession, account_id: UUID) -> Sequence[bytes]:
    """End all sessions of an account; returns their sealed refresh tokens, with which the issuer ends its own."""
    query = delete(SignOnSession).where(SignOnSession.account_id == account_id).returning(SignOnSession.refresh_token)
    return (await control.scalars(query)).all()


async def end_at_organ(control: ControlSession, account_id: UUID, tenant_id: UUID) -> None:
    """End all sessions of an account at one organ; what it has elsewhere goes on."""
    await control.execute(
        delete(SignOnSession).where(SignOnSession.account_id == account_id, SignOnSession.tenant_id == tenant_id)
    )


async def end_sub(control: ControlSession, issuer_name: str, sub: str) -> None:
    """End all sessions of a person of the issuer."""
    account = select(Account.id).where(Account.issuer_name == issuer_name, Account.sub == sub).scalar_subquery()
    await control.execute(delete(SignOnSession).where(SignOnSession.account_id == account))


async def of_account(
    control: ControlSession, account_id: UUID
) -> Sequence[Row[UUID, str, str, bool, datetime, datetime]]:
    """`(id, organ, user_agent, shared, created_at, last_seen_at)` of each live session of a person, latest first."""
    query = (
        select(
            SignOnSession.id,
            Tenant.name.label("organ"),
            SignOnSession.user_agent,
            SignOnSession.shared,
            SignOnSession.created_at,
            SignOnSession.last_seen_at,
        )
        .join(Tenant, Tenant.id == SignOnSession.tenant_id)
        .where(SignOnSession.account_id == account_id, _alive(clock.now()))
        .order_by(SignOnSession.last_seen_at.desc())
    )
    return (await control.execute(query)).all()


async def claim_for_refresh(
    control: ControlSession, *, used_within: timedelta, often: timedelta, seldom: timedelta, limit: int
) -> Sequence[Row[UUID, UUID | None, bytes]]:
    """`(id, tenant_id, refresh_token)` of sessions to refresh, noted so that nobody else takes them.

    One that was used within `used_within` is due `often`, any other one `seldom`.

    No lock outlives the statement: a page never waits for the issuer.
    """
    present = clock.now()
    due = (
        select(SignOnSession.id)
        .where(
            or_(
                and_(
                    SignOnSession.last_seen_at > present - used_within, SignOnSession.refresh_tried_at < present - often
                ),
                SignOnSession.refresh_tried_at < present - seldom,
            )
        )
        .order_by(SignOnSession.refresh_tried_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    query = (
        update(SignOnSession)
        .where(SignOnSession.id.in_(due))
        .values(refresh_tried_at=present)
        .returning(SignOnSession.id, SignOnSession.tenant_id, SignOnSession.refresh_token)
    )
    return (await control.execute(query)).all()


async def confirm(control: ControlSession, session_id: UUID, refresh_token: bytes, id_token: str | None) -> None:
    """The issuer vouched for the person again."""
    changed: dict[str, Any] = {"refresh_token": refresh_token, "confirmed_at": clock.now()}
    if id_token:
        changed["id_token"] = id_token
    await control.execute(update(SignOnSession).where(SignOnSession.id == session_id).values(**changed))


async def end(control: ControlSession, session_id: UUID) -> None:
    """End one session."""
    await control.execute(delete(SignOnSession).where(SignOnSession.id == session_id))


async def forget_expired(control: ControlSession) -> None:
    """Remove what can no longer be used: sessions, states, tickets, windows of limits that are over."""
    present = clock.now()
    await control.execute(delete(SignOnSession).where(~_alive(present)))
    await control.execute(delete(SignOnState).where(SignOnState.expires_at < present))
    await control.execute(delete(SignOnTicket).where(SignOnTicket.expires_at < present))
    await control.execute(delete(RateLimit).where(RateLimit.window_started_at < present - timedelta(days=1)))
