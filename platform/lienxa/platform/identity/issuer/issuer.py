"""The embedded issuer itself: who may ask, what a login grants, what tokens say.

Tokens are dated by the real clock and not by `clock.now()`: `LIENXA_TODAY` moves the office's calendar, while both
ends of the protocol (also python-keycloak and a real server) read the machine's.
"""

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from lienxa.platform.db.session import Database
from lienxa.platform.identity import limits
from lienxa.platform.identity.addresses import callback_address, issuer_server, logged_out_address
from lienxa.platform.identity.issuer.directory import Directory
from lienxa.platform.identity.issuer.grants import SESSION_SECONDS, Codes, EndedSessions, Grant, RefreshLines
from lienxa.platform.identity.issuer.keys import ALGORITHM, SigningKey
from lienxa.platform.identity.issuer.passwords import MINIMUM_LENGTH, hash_password, matches
from lienxa.platform.identity.models import IssuerUser
from lienxa.platform.settings import Settings
from lienxa.platform.text import _

TOKEN_SECONDS = 300
_PASSWORD_CHANGE_SECONDS = 600
_LOGIN_TRIES, _LOGIN_WINDOW = 10, 300
# Compared with when the user name is unknown, so that the answer takes as long.
_NOBODY = hash_password(secrets.token_urlsafe(16))


class IssuerForbidden(RuntimeError):
    """The embedded issuer was asked to exist where it must not."""


class LoginRefused(Exception):
    """What was typed on a page of the issuer is refused; the text says why, in Vietnamese."""


class ProtocolError(Exception):
    """An OAuth error answer: its code, a description for developers and the HTTP status."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


@dataclass(frozen=True)
class Client:
    """An application that may ask: its secret and the exact addresses that browsers may be sent to."""

    id: str
    secret: str
    redirect_uris: frozenset[str]
    post_logout_uris: frozenset[str]


@dataclass(frozen=True)
class AuthorizationRequest:
    """A checked request of the authorization endpoint."""

    client_id: str
    redirect_uri: str
    scope: str
    state: str
    nonce: str
    code_challenge: str

    @property
    def organization(self) -> str:
        """The alias of the one organ that was asked for, or empty."""
        asked = [name.partition(":")[2] for name in self.scope.split() if name.startswith("organization:")]
        return asked[0] if len(asked) == 1 and asked[0] != "*" else ""


@dataclass(frozen=True)
class Login:
    """A person's session at the issuer, as its cookie carries it."""

    user: IssuerUser
    sid: str
    auth_time: int


class EmbeddedIssuer:
    """One realm with one client. Raises `IssuerForbidden` outside the embedded profile or off loopback."""

    def __init__(self, settings: Settings, database: Database) -> None:
        if settings.profile != "embedded":
            raise IssuerForbidden("the embedded issuer exists in the embedded profile only")
        if not ipaddress.ip_address(settings.bind).is_loopback:
            raise IssuerForbidden(f"the embedded issuer does not exist on {settings.bind}, which others can reach")
        self.settings = settings
        self.database = database
        self.directory = Directory(database)
        self.name = f"{settings.address(settings.id_host)}/realms/{settings.realm}"
        self.back_channel = f"{issuer_server(settings)}/realms/{settings.realm}"
        self.clients = {
            settings.client_id: Client(
                settings.client_id,
                settings.client_secret.get_secret_value(),
                frozenset({callback_address(settings)}),
                frozenset({logged_out_address(settings)}),
            )
        }
        self.key = SigningKey.kept_in(settings.data)
        self._codes = Codes()
        self._lines = RefreshLines()
        self._ended = EndedSessions(settings.data)

    def discovery(self) -> dict[str, Any]:
        """OpenID Connect Discovery 1.0: browsers are sent to `id.localhost`, our code to 127.0.0.1, under one name."""
        browser, server = (f"{base}/protocol/openid-connect" for base in (self.name, self.back_channel))
        return {
            "issuer": self.name,
            "authorization_endpoint": f"{browser}/auth",
            "end_session_endpoint": f"{browser}/logout",
            "token_endpoint": f"{server}/token",
            "userinfo_endpoint": f"{server}/userinfo",
            "jwks_uri": f"{server}/certs",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", "password"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid", "profile", "email", "organization"],
            "authorization_response_iss_parameter_supported": True,
        }

    # Logging in

    def check_request(self, query: Mapping[str, str]) -> AuthorizationRequest:
        """The authorization request; `LoginRefused` if it does not even say where to lead back to.

        `ProtocolError` if it does: that error belongs to the client, at its redirect URI.
        """
        client = self.clients.get(query.get("client_id", ""))
        if client is None:
            raise LoginRefused(_("Ứng dụng yêu cầu đăng nhập không có trong danh sách."))
        redirect_uri = query.get("redirect_uri", "")
        if redirect_uri not in client.redirect_uris:
            raise LoginRefused(_("Địa chỉ quay về của ứng dụng không hợp lệ."))
        if query.get("response_type") != "code":
            raise ProtocolError("unsupported_response_type", "only response_type=code is supported")
        if query.get("code_challenge_method") != "S256" or len(query.get("code_challenge", "")) != 43:
            raise ProtocolError("invalid_request", "PKCE with S256 is required")
        scope = query.get("scope", "")
        if "openid" not in scope.split():
            raise ProtocolError("invalid_scope", "the scope openid is required")
        return AuthorizationRequest(
            client_id=client.id,
            redirect_uri=redirect_uri,
            scope=scope,
            state=query.get("state", ""),
            nonce=query.get("nonce", ""),
            code_challenge=query["code_challenge"],
        )

    async def login(self, username: str, password: str) -> IssuerUser:
        """The person, or `LoginRefused` with one answer for a wrong name and a wrong password."""
        user = await self.directory.by_username(username)
        # Tries of this password are counted: with another one, which is given out in its place, the pause is over.
        key = f"login:{_digest(user.password_hash) if user else ''}:{username.lower()}"
        await limits.hit(self.database, key, _LOGIN_TRIES, _LOGIN_WINDOW)
        right = await asyncio.to_thread(matches, password, user.password_hash if user else _NOBODY)
        if user is None or not right:
            raise LoginRefused(_("Tên đăng nhập hoặc mật khẩu không đúng."))
        if not user.enabled:
            raise LoginRefused(_("Tài khoản này đã bị khóa. Hỏi người quản trị của đơn vị."))
        await limits.forgive(self.database, key)
        return user

    def password_ticket(self, user: IssuerUser) -> str:
        """Proof that the person just logged in with the password that is to be replaced; dead once it is."""
        expires = _present() + _PASSWORD_CHANGE_SECONDS
        return self.key.sign({"typ": "password", "sub": user.sub, "for": _digest(user.password_hash), "exp": expires})

    async def change_password(self, ticket: str, password: str, repeated: str) -> IssuerUser:
        """Replace the one-time password; `LoginRefused` if the new one cannot be accepted."""
        claims = self._fresh(ticket, "password")
        user = await self.directory.by_sub(claims["sub"]) if claims else None
        if claims is None or user is None or claims["for"] != _digest(user.password_hash):
            raise LoginRefused(_("Trang đổi mật khẩu đã hết hạn. Đăng nhập lại từ đầu."))
        if len(password) < MINIMUM_LENGTH:
            raise LoginRefused(_("Mật khẩu mới cần ít nhất {length} ký tự.", length=MINIMUM_LENGTH))
        if password != repeated:
            raise LoginRefused(_("Hai lần nhập mật khẩu mới không giống nhau."))
        if await asyncio.to_thread(matches, password, user.password_hash):
            raise LoginRefused(_("Mật khẩu mới phải khác mật khẩu in trên giấy."))
        new_hash = await asyncio.to_thread(hash_password, password)
        if not await self.directory.set_password(user.sub, user.password_hash, new_hash):
            raise LoginRefused(_("Mật khẩu vừa được đổi ở nơi khác. Đăng nhập lại từ đầu."))
        user.password_hash = new_hash
        return user

    def begin_session(self, user: IssuerUser) -> Login:
        """A session at the issuer, with which further organs need no password."""
        return Login(user, secrets.token_urlsafe(18), _present())

    def cookie_value(self, login: Login) -> str:
        """The session as a signed cookie; the issuer keeps no list of sessions."""
        expires = login.auth_time + SESSION_SECONDS
        claims = {"typ": "sso", "sub": login.user.sub, "sid": login.sid, "auth_time": login.auth_time, "exp": expires}
        return self.key.sign({**claims, "for": _standing(login.user)})

    async def session_of(self, cookie: str) -> Login | None:
        """The session of a cookie, unless it or all of the person's ended, or the person was shut out."""
        claims = self._fresh(cookie, "sso")
        if claims is None or claims["sid"] in self._ended:
            return None
        user = await self.directory.by_sub(claims["sub"])
        if user is None or not user.enabled or user.must_change_password:
            return None
        if claims.get("for") != _standing(user):
            return None
        return Login(user, claims["sid"], claims["auth_time"])

    def redirect_with_code(self, request: AuthorizationRequest, login: Login) -> str:
        """Where the browser goes with a fresh code."""
        grant = Grant(
            client_id=request.client_id,
            redirect_uri=request.redirect_uri,
            code_challenge=request.code_challenge,
            nonce=request.nonce,
            scope=request.scope,
            sub=login.user.sub,
            sid=login.sid,
            auth_time=login.auth_time,
            standing=_standing(login.user),
        )
        return self._redirect(request.redirect_uri, code=self._codes.issue(grant), state=request.state)

    def redirect_with_error(self, query: Mapping[str, str], error: ProtocolError) -> str:
        """Where the browser goes with an error; only after `check_request` accepted the redirect URI."""
        return self._redirect(
            query["redirect_uri"],
            error=error.error,
            error_description=error.description,
            state=query.get("state", ""),
        )

    def _redirect(self, redirect_uri: str, **parameters: str) -> str:
        return f"{redirect_uri}?{urlencode({**parameters, 'iss': self.name})}"

    # Tokens

    async def token(self, form: Mapping[str, str], authorization: str) -> dict[str, Any]:
        """The answer of the token endpoint, or `ProtocolError`."""
        client = self._authenticated(form, authorization)
        match form.get("grant_type"):
            case "authorization_code":
                return await self._exchange_code(client, form)
            case "refresh_token":
                return await self._refresh(client, form)
            case "password":
                return await self._password_grant(client, form)
            case "client_credentials":
                return self._client_token(client, form.get("scope", ""))
            case _:
                raise ProtocolError("unsupported_grant_type", "Unsupported grant_type")

    async def userinfo(self, authorization: str) -> dict[str, Any]:
        """The person behind an access token, or `ProtocolError`."""
        claims = self._fresh(authorization.removeprefix("Bearer "), "Bearer")
        user = await self.directory.by_sub(claims["sub"]) if claims and claims.get("sid") not in self._ended else None
        if claims is None or user is None or not user.enabled:
            raise ProtocolError("invalid_token", "Token verification failed", 401)
        return {"sub": user.sub, **_profile(user), **await self._organizations(user, claims["scope"])}

    def _authenticated(self, form: Mapping[str, str], authorization: str) -> Client:
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        if authorization.startswith("Basic "):
            decoded = base64.b64decode(authorization.removeprefix("Basic ")).decode("utf-8", "replace")
            client_id, _colon, secret = decoded.partition(":")
        client = self.clients.get(client_id)
        if client is None or not client.secret or not hmac.compare_digest(client.secret.encode(), secret.encode()):
            raise ProtocolError("unauthorized_client", "Invalid client or Invalid client credentials", 401)
        return client

    async def _exchange_code(self, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        grant = self._codes.take(form.get("code", ""))
        if grant is None or grant.client_id != client.id or grant.redirect_uri != form.get("redirect_uri"):
            raise ProtocolError("invalid_grant", "Code not valid")
        if _challenge(form.get("code_verifier", "")) != grant.code_challenge:
            raise ProtocolError("invalid_grant", "PKCE verification failed: Code mismatch")
        user = await self._user_in_good_standing(grant.sub, grant.sid, grant.standing)
        line = self._lines.begin()
        return await self._tokens(client, user, grant.sid, grant.auth_time, grant.scope, line, nonce=grant.nonce)

    async def _refresh(self, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        claims = self._fresh(form.get("refresh_token", ""), "Refresh")
        if claims is None or claims["azp"] != client.id or claims["line"] in self._ended:
            raise ProtocolError("invalid_grant", "Invalid refresh token")
        user = await self._user_in_good_standing(claims["sub"], claims["sid"], claims.get("for", ""))
        following = self._lines.rotate(claims["line"], claims["jti"])
        if following is None:
            self._ended.add(claims["line"])
            raise ProtocolError("invalid_grant", "Maximum allowed refresh token reuse exceeded")
        line = (claims["line"], following)
        return await self._tokens(client, user, claims["sid"], claims["auth_time"], claims["scope"], line)

    async def _password_grant(self, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        try:
            user = await self.login(form.get("username", ""), form.get("password", ""))
        except LoginRefused as refused:
            raise ProtocolError("invalid_grant", "Invalid user credentials", 401) from refused
        if user.must_change_password:
            raise ProtocolError("invalid_grant", "Account is not fully set up")
        login = self.begin_session(user)
        scope, line = form.get("scope", ""), self._lines.begin()
        return await self._tokens(client, user, login.sid, login.auth_time, scope, line)

    async def _user_in_good_standing(self, sub: str, sid: str, standing: str) -> IssuerUser:
        user = await self.directory.by_sub(sub)
        if sid in self._ended:
            raise ProtocolError("invalid_grant", "Session not active")
        if user is None or not user.enabled:
            raise ProtocolError("invalid_grant", "User disabled")
        if standing != _standing(user):
            raise ProtocolError("invalid_grant", "Session not active")
        return user

    async def _tokens(
        self,
        client: Client,
        user: IssuerUser,
        sid: str,
        auth_time: int,
        scope: str,
        line: tuple[str, str],
        *,
        nonce: str = "",
    ) -> dict[str, Any]:
        present = _present()
        organizations = await self._organizations(user, scope)
        common = {"iss": self.name, "sub": user.sub, "azp": client.id, "sid": sid, "iat": present}
        signed_in_until = auth_time + SESSION_SECONDS
        expires = min(present + TOKEN_SECONDS, signed_in_until)
        access = common | {"typ": "Bearer", "aud": "account", "exp": expires, "jti": secrets.token_urlsafe(12)}
        refresh = common | {
            "typ": "Refresh",
            "aud": self.name,
            "exp": signed_in_until,
            "line": line[0],
            "jti": line[1],
            "auth_time": auth_time,
            "scope": scope,
            "for": _standing(user),
        }
        answer = {
            "access_token": self.key.sign(access | {"scope": scope} | _profile(user) | organizations),
            "expires_in": expires - present,
            "refresh_token": self.key.sign(refresh),
            "refresh_expires_in": signed_in_until - present,
            "token_type": "Bearer",
            "session_state": sid,
            "scope": scope,
        }
        if "openid" in scope.split():
            identity = common | {"typ": "ID", "aud": client.id, "exp": expires, "auth_time": auth_time}
            identity |= {"nonce": nonce} if nonce else {}
            answer["id_token"] = self.key.sign(identity | _profile(user) | organizations)
        return answer

    def _client_token(self, client: Client, scope: str) -> dict[str, Any]:
        present = _present()
        claims = {
            "typ": "Bearer",
            "iss": self.name,
            "sub": f"service-account-{client.id}",
            "azp": client.id,
            "aud": "account",
            "iat": present,
            "exp": present + TOKEN_SECONDS,
            "jti": secrets.token_urlsafe(12),
            "scope": scope,
        }
        return {"access_token": self.key.sign(claims), "expires_in": TOKEN_SECONDS, "token_type": "Bearer"}

    async def _organizations(self, user: IssuerUser, scope: str) -> dict[str, Any]:
        """The claim `organization` as Keycloak writes it with ids; no claim for an organ the person is not in."""
        asked = set(scope.split())
        wanted = {slug for slug in user.organs if f"organization:{slug}" in asked or "organization:*" in asked}
        if "organization" in asked and len(user.organs) == 1:
            wanted |= set(user.organs)
        if not wanted:
            return {}
        organ_ids = await self.directory.organization_ids(wanted)
        return {"organization": {alias: {"id": organ_id} for alias, organ_id in organ_ids.items()}}

    # Logging out

    def end_session(self, id_token: str, refresh_token: str = "") -> str | None:
        """End the session of an ID token (expired or not) or a refresh token; its `sid`, or None if it is not ours."""
        claims = self.key.read(id_token, "ID") if id_token else self.key.read(refresh_token, "Refresh")
        if claims is None:
            return None
        self._ended.add(claims["sid"])
        return cast("str", claims["sid"])

    def post_logout_address(self, query: Mapping[str, str]) -> str | None:
        """Where a browser goes after a logout, if that address is one of a client's; else None."""
        address = query.get("post_logout_redirect_uri", "")
        if not any(address in client.post_logout_uris for client in self.clients.values()):
            return None
        return f"{address}?{urlencode({'state': query['state']})}" if query.get("state") else address

    def _fresh(self, token: str, typ: str) -> dict[str, Any] | None:
        claims = self.key.read(token, typ)
        return claims if claims is not None and claims["exp"] > _present() else None


def _present() -> int:
    return int(time.time())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _standing(user: IssuerUser) -> str:
    """What a session is good for: another password, or an end of all sessions, and it is over."""
    return _digest(f"{user.password_hash} {user.signed_out_times}")


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _profile(user: IssuerUser) -> dict[str, Any]:
    profile: dict[str, Any] = {"preferred_username": user.username, "name": user.full_name}
    profile |= {"realm_access": {"roles": sorted(user.roles)}} if user.roles else {}
    return profile | ({"email": user.email, "email_verified": True} if user.email else {})
