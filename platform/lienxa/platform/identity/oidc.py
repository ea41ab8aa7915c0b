"""Our side of OpenID Connect, the same for the embedded issuer and a Keycloak server.

python-keycloak speaks with the issuer; tokens are verified here with joserfc, because `a_decode_token` looks at the
signature and the expiry only and fetches the keys each time. `a_userinfo` is never called: it puts the bearer token
into headers that all requests of the client share.
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import structlog
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from keycloak import KeycloakError, KeycloakOpenID
from keycloak.exceptions import KeycloakConnectionError

from lienxa.platform.errors import Unavailable
from lienxa.platform.identity.addresses import callback_address, issuer_server, logged_out_address
from lienxa.platform.identity.issuer_faults import described
from lienxa.platform.settings import Settings
from lienxa.platform.text import _

log = structlog.get_logger()

ALGORITHMS = ("RS256", "PS256", "ES256")
_LEEWAY = 30
_OLDEST_TOKEN = 600
_DISCOVERY_SECONDS = 600.0
_KEYS_SECONDS = 3600.0
# Anybody can send a logout token with an invented key: the issuer is not asked more often than this because of them.
_REFETCH_SECONDS = 10.0
_TIMEOUT = 10
_ERROR_CODE = re.compile("[a-z_]{1,40}")
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class TokenRefused(Exception):
    """The issuer's answer does not prove what it should; the text is for the log and quotes nothing of it.

    `of_clock` says that nothing but its times is wrong: the two clocks differ.
    """

    def __init__(self, said: str, *, of_clock: bool = False) -> None:
        super().__init__(said)
        self.of_clock = of_clock


class GrantEnded(Exception):
    """The issuer no longer vouches for the person (`invalid_grant`)."""


@dataclass(frozen=True)
class IssuedTokens:
    """What the issuer handed out for a code: verified claims of the ID token, and the tokens themselves."""

    claims: dict[str, Any]
    id_token: str
    refresh_token: str

    @property
    def sub(self) -> str:
        """Who it is, at that issuer."""
        return str(self.claims["sub"])

    @property
    def sid(self) -> str:
        """The issuer's session."""
        return str(self.claims["sid"])

    def organizations(self) -> dict[str, str]:
        """Alias -> id of the organs the issuer vouches for; Keycloak writes a list, without ids, unless told otherwise.

        Without an id the value is empty.
        """
        named = self.claims.get("organization") or ()
        known = named if isinstance(named, dict) else dict.fromkeys(alias for alias in named if isinstance(alias, str))
        return {alias: str(said.get("id") or "") if isinstance(said, dict) else "" for alias, said in known.items()}

    def realm_roles(self) -> frozenset[str]:
        """Roles of the realm; at a Keycloak server the client's mapper "realm roles" adds them to the ID token."""
        return _realm_roles(self.claims)


class OidcClient:
    """One client of one realm. Raises `Unavailable` whenever the issuer does not answer."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._keycloak = KeycloakOpenID(
            server_url=issuer_server(settings),
            realm_name=settings.realm,
            client_id=settings.client_id,
            client_secret_key=settings.client_secret.get_secret_value(),
            timeout=_TIMEOUT,
        )
        self._discovery: tuple[float, dict[str, Any]] = (0.0, {})
        self._keys: tuple[float, KeySet] | None = None

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._keycloak.connection.aclose()

    async def authorization_address(
        self, *, state: str, nonce: str, code_challenge: str, organ_slug: str, action: str = ""
    ) -> str:
        """Where a browser is sent to log in for one organ; for none (an operator) if the slug is empty.

        With `action`, what the person wants to do at the issuer besides (Keycloak's application-initiated actions).
        """
        scope = f"openid organization:{organ_slug}" if organ_slug else "openid"
        # The library puts the values into the address as they are.
        try:
            address: str = await self._keycloak.a_auth_url(
                redirect_uri=quote(callback_address(self._settings), safe=""),
                scope=quote(scope, safe=""),
                state=state,
                nonce=nonce,
                code_challenge=code_challenge,
                code_challenge_method="S256",
            )
        except KeycloakError as error:
            raise _unavailable(error) from error
        return f"{address}&kc_action={action}" if action else address

    async def exchange(self, code: str, code_verifier: str, nonce: str) -> IssuedTokens:
        """The tokens of a code; `TokenRefused` if the issuer refuses it or the ID token fails a check."""
        try:
            answer = await self._keycloak.a_token(
                grant_type="authorization_code",
                code=code,
                redirect_uri=callback_address(self._settings),
                code_verifier=code_verifier,
            )
        except KeycloakError as error:
            if _oauth_error(error):
                raise TokenRefused(f"code refused: {_oauth_error(error)}") from error
            raise _unavailable(error) from error
        id_token, refresh_token = answer.get("id_token"), answer.get("refresh_token")
        if not isinstance(id_token, str) or not isinstance(refresh_token, str):
            raise TokenRefused("the answer lacks an ID token or a refresh token")
        return IssuedTokens(await self.verify_id_token(id_token, nonce), id_token, refresh_token)

    async def verify_id_token(self, id_token: str, nonce: str) -> dict[str, Any]:
        """The claims of an ID token made for us, now, for this sign-on; else `TokenRefused`."""
        claims = await self._verified(id_token, refetch_after=0)
        if claims.get("nonce") != nonce:
            raise TokenRefused("wrong nonce")
        if not claims.get("sub") or not claims.get("sid"):
            raise TokenRefused("no sub or no sid")
        return claims

    async def verify_logout_token(self, logout_token: str) -> tuple[str | None, str | None]:
        """`(sid, sub)` of a back-channel logout token (OpenID Connect Back-Channel Logout 2.6), one may be None."""
        claims = await self._verified(logout_token, refetch_after=_REFETCH_SECONDS)
        if _LOGOUT_EVENT not in (claims.get("events") or {}):
            raise TokenRefused("not a logout token")
        if "nonce" in claims:
            raise TokenRefused("a logout token must not have a nonce")
        sid, sub = claims.get("sid"), claims.get("sub")
        if not sid and not sub:
            raise TokenRefused("neither sid nor sub")
        return sid, sub

    async def issuer(self) -> str:
        """The issuer's name for itself, as its tokens and answers must say it."""
        return str((await self._discovered())["issuer"])

    async def refresh(self, refresh_token: str) -> tuple[str, str | None]:
        """`(refresh_token, id_token)` anew; `GrantEnded` if the issuer no longer vouches for the person."""
        try:
            answer = await self._keycloak.a_refresh_token(refresh_token)
        except KeycloakError as error:
            if _oauth_error(error) == "invalid_grant":
                raise GrantEnded from error
            raise _unavailable(error) from error
        return answer["refresh_token"], answer.get("id_token")

    async def still_has_role(self, id_token: str, role: str) -> bool:
        """Whether an ID token that came with a refresh names the role; False if it cannot be trusted."""
        try:
            return role in _realm_roles(await self._verified(id_token, refetch_after=0))
        except TokenRefused:
            return False

    async def end_session(self, refresh_token: str) -> None:
        """End the issuer's session behind a refresh token; one that has ended already is as good."""
        try:
            await self._keycloak.a_logout(refresh_token)
        except KeycloakConnectionError as error:
            raise _unavailable(error) from error
        except KeycloakError as error:
            log.info("issuer session was over", error=_oauth_error(error))

    async def logout_address(self, id_token: str, organ_slug: str) -> str:
        """Where a browser is sent to end the issuer's session; it comes back over the sign-on host."""
        parameters = {
            "id_token_hint": id_token,
            "client_id": self._settings.client_id,
            "post_logout_redirect_uri": logged_out_address(self._settings),
            "state": organ_slug,
        }
        return f"{(await self._discovered())['end_session_endpoint']}?{urlencode(parameters)}"

    async def _verified(self, token: str, *, refetch_after: float) -> dict[str, Any]:
        """Signature by one of the issuer's keys with an allowed algorithm, `iss`, `aud`, `azp`, `exp`, `iat`.

        For a key that is not known the issuer's keys are fetched anew if ours are older than `refetch_after` seconds:
        at once where the issuer itself handed us the token, seldom where anybody can send one.
        """
        claims = await self._signed_claims(token, refetch_after)
        client_id, present = self._settings.client_id, time.time()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if claims.get("iss") != await self.issuer():
            raise TokenRefused("wrong issuer")
        if client_id not in audiences:
            raise TokenRefused("wrong audience")
        if claims.get("azp", client_id if len(audiences) == 1 else None) != client_id:
            raise TokenRefused("wrong authorized party")
        expires, issued = claims.get("exp"), claims.get("iat")
        if not isinstance(expires, int) or not isinstance(issued, int):
            raise TokenRefused("no times")
        if expires <= present - _LEEWAY or not present - _OLDEST_TOKEN < issued <= present + _LEEWAY:
            raise TokenRefused(f"issued {present - issued:.0f} s ago by our clock", of_clock=True)
        return claims

    async def _signed_claims(self, token: str, refetch_after: float) -> dict[str, Any]:
        try:
            return self._decoded(token, await self._key_set(_KEYS_SECONDS))
        except InvalidKeyIdError:
            pass
        except (JoseError, ValueError) as error:
            raise TokenRefused(f"signature: {_fault(error)}") from error
        try:  # the issuer may have changed its keys: look once more
            return self._decoded(token, await self._key_set(refetch_after))
        except (JoseError, ValueError) as error:
            raise TokenRefused(f"signature: {_fault(error)}") from error

    @staticmethod
    def _decoded(token: str, keys: KeySet) -> dict[str, Any]:
        return jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims

    async def _key_set(self, longest: float) -> KeySet:
        """The keys, fetched at most `longest` seconds ago."""
        if self._keys is not None and self._keys[0] > time.monotonic() - longest:
            return self._keys[1]
        try:
            published = await self._keycloak.a_certs()
        except KeycloakError as error:
            raise _unavailable(error) from error
        signing = [key for key in published["keys"] if key.get("use", "sig") == "sig"]
        keys = KeySet.import_key_set({"keys": signing})
        self._keys = (time.monotonic(), keys)
        return keys

    async def _discovered(self) -> dict[str, Any]:
        fetched, found = self._discovery
        if found and fetched > time.monotonic() - _DISCOVERY_SECONDS:
            return found
        try:
            found = await self._keycloak.a_well_known()
        except KeycloakError as error:
            raise _unavailable(error) from error
        self._discovery = (time.monotonic(), found)
        return found


def _realm_roles(claims: Mapping[str, Any]) -> frozenset[str]:
    access = claims.get("realm_access")
    named = access.get("roles") if isinstance(access, dict) else None
    return frozenset(role for role in named or () if isinstance(role, str))


def _oauth_error(error: KeycloakError) -> str:
    """The OAuth error code of an answer, or empty if the issuer gave none (it is down, or broken)."""
    if error.response_body is None or (error.response_code or 500) >= 500:
        return ""
    try:
        answer = json.loads(error.response_body)
    except ValueError:
        return ""
    code = str(answer.get("error", "")) if isinstance(answer, dict) else ""
    return code if _ERROR_CODE.fullmatch(code) else ""


def _fault(error: JoseError | ValueError) -> str:
    """What is wrong with a token, in one of the library's words: its messages quote headers that anybody can write."""
    return error.error if isinstance(error, JoseError) else type(error).__name__


def _unavailable(error: KeycloakError) -> Unavailable:
    log.warning("issuer does not answer", error=described(error))
    return Unavailable(_("Máy chủ đăng nhập chưa trả lời."), remedy=_("Thử lại sau ít phút."))
