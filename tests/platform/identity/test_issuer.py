"""The embedded issuer: where it may exist, what it hands out, and that python-keycloak takes it for a Keycloak."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from keycloak import KeycloakOpenID
from keycloak.exceptions import KeycloakAuthenticationError, KeycloakPostError
from sqlalchemy import update

from lienxa.platform import clock
from lienxa.platform.access.staffing import add_staff, appoint
from lienxa.platform.db.session import Database
from lienxa.platform.identity.addresses import callback_address
from lienxa.platform.identity.issuer.grants import RefreshLines
from lienxa.platform.identity.issuer.issuer import EmbeddedIssuer, IssuerForbidden
from lienxa.platform.identity.issuer.keys import KEY_FILE, SigningKey
from lienxa.platform.identity.models import IssuerUser
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.identity.routes import identity_routes
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ

from .conftest import Browser, Person, Service, form_address

VERIFIER = "v" * 43
CHALLENGE = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"


@pytest.fixture
async def keycloak(service: Service) -> AsyncIterator[KeycloakOpenID]:
    """python-keycloak as it is."""
    settings = service.settings
    secret = settings.client_secret.get_secret_value()
    client = KeycloakOpenID(service.back_channel, settings.realm, settings.client_id, secret)
    yield client
    await client.connection.aclose()


async def _code(browser: Browser, service: Service, keycloak: KeycloakOpenID, person: Person, **changed: str) -> str:
    """A code for the browser, with a known verifier."""
    asked = {
        "redirect_uri": callback_address(service.settings),
        "scope": "openid%20organization:lam-son",
        "state": "s",
        "nonce": "n",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    page = await browser.get(await keycloak.a_auth_url(**{**asked, **changed}), follow=False)
    location = page.headers.get("location", "")
    if not location:
        form = {"username": person.username, "password": person.password}
        answer = await browser.post(form_address(page), form, follow=False)
        location = html.unescape(re.findall(r"url=([^\"]+)", answer.text)[0])
    return parse_qs(urlsplit(location).query)["code"][0]


@pytest.mark.parametrize(
    "change",
    [
        {"profile": "production"},
        {"bind": "0.0.0.0"},
        {"bind": "192.168.1.10"},
        {"bind": "::"},
        {"profile": "production", "bind": "::1"},
    ],
)
def test_it_refuses_to_exist(test_settings: Settings, database: Database, change: dict[str, str]) -> None:
    with pytest.raises(IssuerForbidden):
        EmbeddedIssuer(test_settings.model_copy(update=change), database)


def test_production_has_no_route_of_it(test_settings: Settings, database: Database) -> None:
    assert identity_routes(test_settings.model_copy(update={"profile": "production"})) == []
    assert len(identity_routes(test_settings)) == 1


async def test_it_answers_on_its_own_hosts_only(browser: Browser, service: Service, lam_son: Organ) -> None:
    realm, port = "/realms/lienxa", service.settings.port
    paths = {
        f"{realm}/.well-known/openid-configuration": (200, 200),
        f"{realm}/protocol/openid-connect/certs": (200, 200),
        f"{realm}/protocol/openid-connect/auth": (400, 404),
        f"{realm}/protocol/openid-connect/userinfo": (404, 401),
    }
    for path, (in_browser, by_number) in paths.items():
        found = [
            (await browser.get(f"http://{host}:{port}{path}", follow=False)).status_code
            for host in ("id.localhost", "127.0.0.1", "lam-son.localhost", "localhost", "nowhere.localhost")
        ]
        assert found == [in_browser, by_number, 404, 404, 404], path


async def test_python_keycloak_takes_it_for_a_keycloak(
    browser: Browser, service: Service, keycloak: KeycloakOpenID, binh: Person, lam_son: Organ
) -> None:
    known = await keycloak.a_well_known()
    assert known["issuer"] == f"http://id.localhost:{service.settings.port}/realms/lienxa"
    assert known["authorization_endpoint"].startswith(known["issuer"])
    assert known["token_endpoint"].startswith(service.back_channel)

    code = await _code(browser, service, keycloak, binh)
    address = callback_address(service.settings)
    tokens = await keycloak.a_token(
        grant_type="authorization_code", code=code, redirect_uri=address, code_verifier=VERIFIER
    )
    claims = await keycloak.a_decode_token(tokens["id_token"])
    assert claims["iss"] == known["issuer"]
    assert claims["organization"] == {"lam-son": {"id": str(lam_son.id)}}
    assert (claims["preferred_username"], claims["name"], claims["nonce"]) == ("binh", "Trần Thị Bình", "n")
    assert (await keycloak.a_userinfo(tokens["access_token"]))["sub"] == binh.sub
    refreshed = await keycloak.a_refresh_token(tokens["refresh_token"])
    assert (await keycloak.a_decode_token(refreshed["id_token"]))["sid"] == claims["sid"]

    await keycloak.a_logout(refreshed["refresh_token"])
    with pytest.raises(KeycloakPostError, match="invalid_grant"):
        await keycloak.a_refresh_token(refreshed["refresh_token"])
    with pytest.raises(KeycloakAuthenticationError):
        await keycloak.a_userinfo(refreshed["access_token"])


async def test_password_and_client_grants(keycloak: KeycloakOpenID, binh: Person) -> None:
    tokens = await keycloak.a_token("binh", binh.password, scope="openid organization")
    assert list((await keycloak.a_decode_token(tokens["id_token"]))["organization"]) == ["lam-son"]
    with pytest.raises(KeycloakAuthenticationError, match="invalid_grant"):
        await keycloak.a_token("binh", "sai")
    own = await keycloak.a_token(grant_type="client_credentials")
    assert (await keycloak.a_decode_token(own["access_token"]))["azp"] == "lienxa-web"
    assert "refresh_token" not in own
    keycloak.client_secret_key = "sai"
    with pytest.raises(KeycloakAuthenticationError, match="unauthorized_client"):
        await keycloak.a_token(grant_type="client_credentials")


async def test_the_organization_claim(keycloak: KeycloakOpenID, binh: Person) -> None:
    claimed = {
        "openid": None,
        "openid organization:lam-son": ["lam-son"],
        "openid organization:thuan-nam": None,
        "openid organization:*": ["lam-son"],
        "openid organization": ["lam-son"],
    }
    for scope, expected in claimed.items():
        tokens = await keycloak.a_token("binh", binh.password, scope=scope)
        claim = (await keycloak.a_decode_token(tokens["id_token"])).get("organization")
        assert (list(claim) if claim else None) == expected, scope


async def test_a_code_needs_its_verifier_and_works_once(
    browser: Browser, service: Service, keycloak: KeycloakOpenID, binh: Person
) -> None:
    address = callback_address(service.settings)

    async def exchange(code: str, verifier: str, redirect_uri: str = address) -> None:
        await keycloak.a_token(
            grant_type="authorization_code", code=code, redirect_uri=redirect_uri, code_verifier=verifier
        )

    for verifier, redirect_uri in (("w" * 43, address), ("", address), (VERIFIER, f"{address}/x")):
        code = await _code(browser, service, keycloak, binh)
        with pytest.raises(KeycloakPostError, match="invalid_grant"):
            await exchange(code, verifier, redirect_uri)
    code = await _code(browser, service, keycloak, binh)
    await exchange(code, VERIFIER)
    with pytest.raises(KeycloakPostError, match="invalid_grant"):
        await exchange(code, VERIFIER)


async def test_a_faulty_request_goes_back_to_the_client(
    browser: Browser, service: Service, keycloak: KeycloakOpenID
) -> None:
    asked = {
        "redirect_uri": callback_address(service.settings),
        "scope": "openid",
        "state": "s",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    faults = {
        "code_challenge_method": ("plain", "invalid_request"),
        "code_challenge": ("short", "invalid_request"),
        "scope": ("organization:lam-son", "invalid_scope"),
    }
    for name, (value, error) in faults.items():
        answer = await browser.get(await keycloak.a_auth_url(**{**asked, name: value}), follow=False)
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        assert (query["error"], query["state"], query["iss"]) == ([error], ["s"], [service.issuer.name])


async def test_nobody_is_sent_to_an_address_that_is_not_the_clients(
    browser: Browser, service: Service, keycloak: KeycloakOpenID
) -> None:
    for wanted in ("http://evil.example/", f"{callback_address(service.settings)}/x", "http://lam-son.localhost/"):
        answer = await browser.get(await keycloak.a_auth_url(redirect_uri=wanted), follow=False)
        assert answer.status_code == 400
        assert "location" not in answer.headers


async def test_the_login_form_of_another_site_is_refused(browser: Browser, service: Service, binh: Person) -> None:
    page = await browser.get(f"http://{service.host('lam-son')}/phien")
    form = {"username": "binh", "password": binh.password}
    answer = await browser.post(form_address(page), form, origin="http://evil.example")
    assert answer.status_code == 403
    assert not any("lx_issuer" in jar for jar in browser.cookies.values())


async def test_a_printed_password_is_replaced_at_the_first_login(
    browser: Browser, service: Service, operator_database: Database, database: Database, lam_son: Organ
) -> None:
    async with operator_database.control() as control:
        made = await provisioner_for(service.settings).provision_person(control, "lam-son", "moi", "Lê Văn Mới", None)
    async with database.tenant(lam_son.id) as session:
        staff = await add_staff(session, made.account_id, "Lê Văn Mới")
        await appoint(session, staff.id, "quan-tri", clock.today())
    assert made.one_time_password is not None

    page = await browser.sign_in(service.host("lam-son"), "moi", made.one_time_password)
    assert "Đặt mật khẩu mới" in page.text
    assert not any("lx_issuer" in jar for jar in browser.cookies.values())

    async def choose(password: str, repeated: str) -> str:
        ticket = re.findall(r'name="ticket" value="([^"]+)"', page.text)[0]
        form = {"ticket": ticket, "password": password, "repeated": repeated}
        return (await browser.post(form_address(page), form)).text

    assert "ít nhất" in await choose("ngan", "ngan")
    assert "không giống nhau" in await choose("mat-khau-moi", "mat-khau-moj")
    assert "phải khác" in await choose(made.one_time_password, made.one_time_password)
    assert "Phiên đăng nhập" in await choose("mat-khau-moi", "mat-khau-moi")
    assert "đã hết hạn" in await choose("mat-khau-khac", "mat-khau-khac"), "the page works once"

    again = Browser(browser.http, browser.port)
    assert (await again.sign_in(service.host("lam-son"), "moi", made.one_time_password)).status_code == 422
    assert (await again.sign_in(service.host("lam-son"), "moi", "mat-khau-moi")).status_code == 200


async def test_who_was_signed_in_with_a_password_that_was_renewed_stays_out(
    browser: Browser, service: Service, binh: Person, operator_database: Database
) -> None:
    host = service.host("lam-son")
    await browser.sign_in(host, "binh", binh.password)
    async with operator_database.control() as control:
        printed = await provisioner_for(service.settings).renew_password(control, binh.account_id)
    owner = Browser(browser.http, browser.port)
    page = await owner.sign_in(host, "binh", printed)
    form = dict.fromkeys(("password", "repeated"), "mat-khau-cua-binh")
    ticket = re.findall(r'name="ticket" value="([^"]+)"', page.text)[0]
    assert (await owner.post(form_address(page), {"ticket": ticket, **form})).status_code == 200
    there = service.host("giang-son-tay")
    assert 'name="password"' in (await browser.get(f"http://{there}/dang-nhap")).text
    assert 'name="password"' not in (await owner.get(f"http://{there}/dang-nhap")).text


async def test_a_disabled_person_is_out_at_once(
    browser: Browser, service: Service, keycloak: KeycloakOpenID, binh: Person, database: Database
) -> None:
    tokens = await keycloak.a_token("binh", binh.password, scope="openid")
    await browser.sign_in(service.host("lam-son"), "binh", binh.password)
    async with database.control() as control:
        await control.execute(update(IssuerUser).where(IssuerUser.username == "binh").values(enabled=False))
    with pytest.raises(KeycloakPostError, match="User disabled"):
        await keycloak.a_refresh_token(tokens["refresh_token"])
    browser.cookies[service.host("lam-son")].clear()
    page = await browser.get(f"http://{service.host('lam-son')}/phien")
    refused = await browser.fill_in(page, "binh", binh.password)
    assert "bị khóa" in refused.text


async def test_a_stolen_old_refresh_token_ends_the_line(keycloak: KeycloakOpenID, binh: Person) -> None:
    first = await keycloak.a_token("binh", binh.password, scope="openid")
    second = await keycloak.a_refresh_token(first["refresh_token"])
    third = await keycloak.a_refresh_token(second["refresh_token"])
    with pytest.raises(KeycloakPostError, match="reuse"):
        await keycloak.a_refresh_token(first["refresh_token"])
    with pytest.raises(KeycloakPostError, match="invalid_grant"):
        await keycloak.a_refresh_token(third["refresh_token"])


def test_a_lost_answer_is_forgiven_once() -> None:
    lines = RefreshLines()
    line, first = lines.begin()
    lost = lines.rotate(line, first)
    second = lines.rotate(line, first)
    assert second is not None
    assert lost is not None
    assert lines.rotate(line, lost) is None, "it was replaced when the first was used again"
    assert lines.rotate(line, second) is not None
    assert lines.rotate(line, first) is None


async def test_a_restart_keeps_people_and_revives_nobody(
    service: Service, keycloak: KeycloakOpenID, binh: Person, database: Database
) -> None:
    kept = await keycloak.a_token("binh", binh.password, scope="openid")
    ended = await keycloak.a_token("binh", binh.password, scope="openid")
    await keycloak.a_logout(ended["refresh_token"])
    restarted = EmbeddedIssuer(service.settings, database)
    form = {
        "grant_type": "refresh_token",
        "client_id": "lienxa-web",
        "client_secret": service.settings.client_secret.get_secret_value(),
    }
    assert "id_token" in await restarted.token({**form, "refresh_token": kept["refresh_token"]}, "")
    with pytest.raises(Exception, match="Session not active"):
        await restarted.token({**form, "refresh_token": ended["refresh_token"]}, "")


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    first = SigningKey.kept_in(tmp_path)
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    token = first.sign({"typ": "ID", "sub": "a"})
    assert SigningKey.kept_in(tmp_path).read(token, "ID") == {"typ": "ID", "sub": "a"}
    assert SigningKey.kept_in(tmp_path).read(token, "sso") is None
    assert "d" not in first.public_set()["keys"][0]
