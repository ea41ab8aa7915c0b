"""Who is behind a request, and whether an unsafe one came from this very organ's own page (design: security, 1-2).

Communes share a registrable domain: to a browser they are one site, so SameSite does not keep them apart.
"""

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from lienxa.platform.db.session import Database
from lienxa.platform.errors import ForgedRequest
from lienxa.platform.identity import sealing, sessions
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _

CSRF_FIELD = "_csrf"
CSRF_HEADER = "x-csrf-token"

Connection = ASGIConnection[Any, Any, Any, Any]


@dataclass(frozen=True)
class SignedIn:
    """The session behind a request. `csrf` is the token that its forms carry, masked.

    `elsewhere` are the other organs that the person serves, `invited_by` those whose invitation they have not answered.
    """

    session_id: UUID
    account_id: UUID
    acting_post_id: UUID | None
    username: str
    full_name: str
    csrf: str
    elsewhere: tuple[sessions.OtherOrgan, ...] = ()
    invited_by: tuple[sessions.OtherOrgan, ...] = ()


async def signed_in(request: Connection, database: Database) -> SignedIn | None:
    """The live session of the request's cookie at the request's organ, or None. One statement.

    On the sign-on host, where there is no organ, it is an operator's.
    """
    organ: Organ | None = request.scope["state"].get("organ")
    settings = _settings(request)
    secret = request.cookies.get(session_cookie_name(settings), "")
    if not secret:
        return None
    tenant_id = organ.id if organ else None
    found = await sessions.look_up(database, tenant_id, secret)
    if found is None:
        return None
    return SignedIn(
        session_id=found.id,
        account_id=found.account_id,
        acting_post_id=found.acting_post_id,
        username=found.username,
        full_name=found.full_name,
        csrf=csrf_token(settings, found.id, tenant_id),
        elsewhere=found.elsewhere,
        invited_by=found.invited_by,
    )


def person_of(request: Connection) -> SignedIn:
    """The session that the gate found behind a request; only for handlers behind it."""
    signed: SignedIn = request.scope["state"]["signed_in"]
    return signed


def csrf_token(settings: Settings, session_id: UUID, tenant_id: UUID | None) -> str:
    """The token of one session at one organ: one made on another host is worth nothing here."""
    return _csrf_tokens(settings, session_id, tenant_id)[0]


def _csrf_tokens(settings: Settings, session_id: UUID, tenant_id: UUID | None) -> list[str]:
    """The token, and those that its forms carried before the application's key was replaced."""
    said = session_id.bytes + (tenant_id.bytes if tenant_id else b"operator")
    return [hmac.new(key, said, sha256).hexdigest() for key in sealing.derived_keys(settings, "csrf")]


def masked(token: str) -> str:
    """The token as a page carries it, other letters in each page: compressed pages must not tell it by their length."""
    plain = bytes.fromhex(token)
    pad = secrets.token_bytes(len(plain))
    return (pad + bytes(one ^ other for one, other in zip(pad, plain, strict=True))).hex()


def unmasked(sent: str) -> str:
    """The token in what was sent; something else if it is none."""
    try:
        both = bytes.fromhex(sent)
    except ValueError:
        return ""
    half = len(both) // 2
    return bytes(one ^ other for one, other in zip(both[:half], both[half:], strict=False)).hex()


async def check_unsafe(request: Request[Any, Any, Any], signed: SignedIn) -> None:
    """Raise `ForgedRequest` unless the request came from this host and carries the token of its session."""
    check_origin(request)
    sent: Any = request.headers.get(CSRF_HEADER)
    if sent is None:
        sent = (await request.form()).get(CSRF_FIELD)
    organ: Organ | None = request.scope["state"].get("organ")
    tokens = _csrf_tokens(_settings(request), signed.session_id, organ.id if organ else None)
    if not isinstance(sent, str) or not any(hmac.compare_digest(unmasked(sent), token) for token in tokens):
        raise _forged()


def check_origin(request: Connection) -> None:
    """Raise `ForgedRequest` unless the browser says that the request came from this very host.

    `Origin: null` (a page with `no-referrer`) counts as absent; then `Sec-Fetch-Site` decides.
    """
    origin = request.headers.get("origin", "null")
    if origin != "null":
        if origin != f"{_settings(request).scheme}://{request.headers.get('host', '').lower()}":
            raise _forged()
        return
    if request.headers.get("sec-fetch-site") != "same-origin":
        raise _forged()


def host_name(request: Connection) -> str:
    """The host that was asked: lower case, without port."""
    return request.headers.get("host", "").lower().rsplit(":", 1)[0].rstrip(".")


def session_cookie_name(settings: Settings) -> str:
    """`__Host-` belongs to https: Chromium 109 drops such cookies on plain-http localhost names."""
    return "__Host-lx_session" if settings.secure_cookies else "lx_session"


def binding_cookie_name(settings: Settings) -> str:
    """The cookie that ties a sign-on to the browser that began it."""
    return "__Host-lx_binding" if settings.secure_cookies else "lx_binding"


def shared_machine_cookie_name(settings: Settings) -> str:
    """The cookie of a machine that several people use."""
    return "__Host-lx_shared" if settings.secure_cookies else "lx_shared"


def host_cookie(settings: Settings, name: str, value: str, max_age: int | None = None) -> Cookie:
    """A cookie of this host alone, unseen by scripts and by other sites' posts."""
    return Cookie(
        key=name, value=value, path="/", httponly=True, samesite="lax", secure=settings.secure_cookies, max_age=max_age
    )


def _settings(request: Connection) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _forged() -> ForgedRequest:
    return ForgedRequest(
        _("Yêu cầu này không được gửi từ trang của cơ quan."),
        remedy=_("Mở lại trang rồi làm lại. Những gì đã nhập vẫn còn khi bấm Quay lại."),
    )
