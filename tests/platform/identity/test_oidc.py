"""What our side accepts of an issuer: every claim of a token is tried wrong."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from keycloak import KeycloakError
from keycloak.exceptions import KeycloakConnectionError, KeycloakPostError
from sqlalchemy import select
from structlog.testing import capture_logs

from lienxa.platform.db.session import Database
from lienxa.platform.errors import Unavailable
from lienxa.platform.identity.issuer.keys import SigningKey
from lienxa.platform.identity.issuer_faults import described
from lienxa.platform.identity.models import SignOnSession
from lienxa.platform.identity.oidc import IssuedTokens, OidcClient, TokenRefused
from lienxa.platform.settings import Settings
from lienxa.platform.web import signon

from .conftest import Browser, Person, Service

Claims = dict[str, Any]
_REMOVED = "<removed>"


@pytest.fixture
def claims(service: Service) -> Claims:
    """The claims of an ID token as it should be."""
    present = int(time.time())
    return {
        "iss": service.issuer.name,
        "aud": "lienxa-web",
        "azp": "lienxa-web",
        "sub": "somebody",
        "sid": "session",
        "nonce": "n",
        "iat": present,
        "exp": present + 300,
    }


def _changed(claims: Claims, **changes: Any) -> Claims:
    return {name: value for name, value in {**claims, **changes}.items() if value is not _REMOVED}


async def test_a_right_token_is_accepted(service: Service, claims: Claims) -> None:
    assert await service.oidc.verify_id_token(service.issuer.key.sign(claims), "n") == claims
    several = _changed(claims, aud=["lienxa-web", "account"])
    assert await service.oidc.verify_id_token(service.issuer.key.sign(several), "n") == several


WRONG_CLAIMS: list[Claims] = [
    {"nonce": "another"},
    {"nonce": _REMOVED},
    {"aud": "another-client"},
    {"aud": ["another-client"]},
    {"aud": _REMOVED},
    {"aud": ["lienxa-web", "another-client"], "azp": _REMOVED},
    {"azp": "another-client"},
    {"iss": "http://id.localhost/realms/another"},
    {"iss": _REMOVED},
    {"exp": 1},
    {"exp": _REMOVED},
    {"exp": "4102444800"},
    {"iat": 1},
    {"iat": 4102444800},
    {"iat": _REMOVED},
    {"sub": _REMOVED},
    {"sid": _REMOVED},
]


async def test_a_wrong_claim_is_refused(service: Service, claims: Claims) -> None:
    for changes in WRONG_CLAIMS:
        assert await _refused(service, service.issuer.key.sign(_changed(claims, **changes))), changes


async def _refused(service: Service, token: str) -> bool:
    try:
        await service.oidc.verify_id_token(token, "n")
    except TokenRefused:
        return True
    return False


async def test_other_algorithms_and_keys_are_refused(service: Service, claims: Claims) -> None:
    public = service.issuer.key.public_set()["keys"][0]
    good = service.issuer.key.sign(claims)
    body = good.split(".")[1]
    # The classic confusion: HS256 with the public key as its secret. joserfc itself refuses to make such a token.
    confused = f"{_encoded({'alg': 'HS256', 'kid': public['kid']})}.{body}"
    secret = RSAKey.import_key(public).as_pem(private=False)
    mac = base64.urlsafe_b64encode(hmac.digest(secret, confused.encode(), "sha256")).rstrip(b"=").decode()
    forged = [
        f"{_encoded({'alg': 'none'})}.{body}.",
        f"{_encoded({'alg': 'none', 'kid': public['kid']})}.{body}.",
        f"{confused}.{mac}",
        jwt.encode({"alg": "HS256"}, claims, OctKey.import_key("s" * 64), algorithms=["HS256"]),
        jwt.encode({"alg": "RS256", "kid": public["kid"]}, claims, RSAKey.generate_key(2048)),
        jwt.encode({"alg": "RS256", "kid": "unknown"}, claims, RSAKey.generate_key(2048)),
        good[:-6] + "AAAAAA",
        "",
        "a.b.c",
    ]
    for token in forged:
        assert await _refused(service, token), token


def _encoded(header: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()


async def test_a_new_key_is_fetched_at_once_and_once(
    service: Service, claims: Claims, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.oidc.verify_id_token(service.issuer.key.sign(claims), "n")
    asked: list[Callable[[], Any]] = []
    keycloak = service.oidc._keycloak
    fetch = keycloak.a_certs

    async def counted() -> Any:
        asked.append(fetch)
        return await fetch()

    monkeypatch.setattr(keycloak, "a_certs", counted)
    monkeypatch.setattr(service.issuer, "key", SigningKey.kept_in(tmp_path))
    await service.oidc.verify_id_token(service.issuer.key.sign(claims), "n")
    await service.oidc.verify_id_token(service.issuer.key.sign(claims), "n")
    assert len(asked) == 1

    stranger = RSAKey.generate_key(2048)
    for kid in "abc":
        with pytest.raises(TokenRefused):
            await service.oidc.verify_logout_token(jwt.encode({"alg": "RS256", "kid": kid}, claims, stranger))
    assert len(asked) == 1, "invented key ids do not make us ask the issuer again and again"


@pytest.mark.parametrize(
    ("claim", "aliases"),
    [
        (_REMOVED, {}),
        ({"lam-son": {"id": "1"}}, {"lam-son": "1"}),
        ({"lam-son": {}}, {"lam-son": ""}),
        (["lam-son", "thuan-nam"], {"lam-son": "", "thuan-nam": ""}),
        ([{"alias": "lam-son"}], {}),
    ],
)
def test_both_shapes_of_the_organization_claim(claim: Any, aliases: set[str]) -> None:
    claims = {} if claim is _REMOVED else {"organization": claim}
    assert IssuedTokens(claims, "", "").organizations() == aliases


async def test_an_issuer_that_is_down_is_said_to_be(test_settings: Settings) -> None:
    client = OidcClient(test_settings.model_copy(update={"issuer_server_url": "http://127.0.0.1:9"}))
    with pytest.raises(Unavailable):
        await client.authorization_address(state="s", nonce="n", code_challenge="c", organ_slug="lam-son")
    with pytest.raises(Unavailable):
        await client.refresh("token")
    with pytest.raises(Unavailable):
        await client.exchange("code", "verifier", "nonce")
    await client.aclose()


LOGOUT = {"http://schemas.openid.net/event/backchannel-logout": {}}


@pytest.mark.parametrize("by", ["sid", "sub"])
async def test_back_channel_logout_ends_the_sessions(
    browser: Browser, service: Service, binh: Person, claims: Claims, database: Database, by: str
) -> None:
    await browser.sign_in(service.host("lam-son"), "binh", binh.password)
    async with database.control() as control:
        session = (await control.scalars(select(SignOnSession))).one()
    named = {"sid": session.issuer_sid, "sub": _REMOVED} if by == "sid" else {"sid": _REMOVED, "sub": binh.sub}
    token = service.issuer.key.sign(_changed(claims, nonce=_REMOVED, events=LOGOUT, **named))
    answer = await _send(browser, service, token)
    assert answer == 200
    async with database.control() as control:
        assert (await control.scalars(select(SignOnSession))).all() == []


WRONG_LOGOUTS: list[Claims] = [
    {"nonce": "n"},
    {"events": _REMOVED},
    {"events": {"another": {}}},
    {"aud": "another-client"},
    {"sid": _REMOVED, "sub": _REMOVED},
]


async def test_a_wrong_logout_token_ends_nothing(
    browser: Browser, service: Service, binh: Person, claims: Claims, database: Database
) -> None:
    await browser.sign_in(service.host("lam-son"), "binh", binh.password)
    for changes in WRONG_LOGOUTS:
        wrong = _changed(claims, **{"nonce": _REMOVED, "events": LOGOUT, "sub": binh.sub, **changes})
        assert await _send(browser, service, service.issuer.key.sign(wrong)) == 400, changes
    async with database.control() as control:
        assert len((await control.scalars(select(SignOnSession))).all()) == 1


MARKER = "NGUYENVANA-0912345678"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": MARKER},
        {"alg": "RS256", "kid": MARKER},
        {"alg": "RS256", "crit": [MARKER], MARKER: 1},
        {"alg": "RS256", "typ": MARKER, MARKER: MARKER},
        {MARKER: MARKER},
        {"alg": [MARKER]},
    ],
)
async def test_what_a_stranger_writes_into_a_token_is_not_in_the_log(
    browser: Browser, service: Service, header: dict[str, Any]
) -> None:
    with capture_logs() as lines:
        assert await _send(browser, service, f"{_encoded(header)}.{_encoded({'sub': MARKER})}.{MARKER}") == 400
    refused = [line for line in lines if line["event"] == "back-channel logout refused"]
    assert [line["detail"].startswith("signature: ") for line in refused] == [True]
    assert MARKER not in repr(lines)


async def test_refused_logout_tokens_of_one_address_end_at_a_limit_and_right_ones_do_not(
    browser: Browser, service: Service, claims: Claims, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signon, "_TRIES", 2)
    with capture_logs() as lines:
        assert [await _send(browser, service, "forged") for _time in range(4)] == [400, 400, 429, 429]
    assert len([line for line in lines if line["event"] == "back-channel logout refused"]) == 2
    right = service.issuer.key.sign(_changed(claims, nonce=_REMOVED, events=LOGOUT))
    assert await _send(browser, service, right) == 200


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            KeycloakPostError("no", 409, f'{{"errorMessage": "User exists: {MARKER}"}}'.encode()),
            "KeycloakPostError 409",
        ),
        (KeycloakConnectionError(f"Can't connect to {MARKER}"), "KeycloakConnectionError"),
    ],
)
def test_of_an_issuers_fault_the_kind_alone_is_told(error: KeycloakError, told: str) -> None:
    assert described(error) == told


async def _send(browser: Browser, service: Service, token: str) -> int:
    """From server to server: no cookie, no origin."""
    headers = {"host": f"localhost:{service.settings.port}"}
    address = f"{service.back_channel}/dang-xuat/kenh-sau"
    return (await browser.http.post(address, data={"logout_token": token}, headers=headers)).status_code
