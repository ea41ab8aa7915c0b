"""The realm's file: whole, in our look, without a secret; and what a server makes of it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from keycloak import KeycloakAdmin, KeycloakError
from pydantic import SecretStr

from lienxa.platform.keycloak import realm
from lienxa.platform.keycloak.server import THEMES, Keycloak
from lienxa.platform.settings import Settings

LOGIN = THEMES / "lienxa" / "login"
TOKENS = Path(__file__).parents[3] / "platform/lienxa/platform/web/styles/tokens.css"
OWN_PAGES = ("account", "account-console")
SECRETS = re.compile(r'"(secret|value|secretData|password)"\s*:\s*"(?!\$\{LIENXA_)')


@pytest.fixture
def settings(test_settings: Settings) -> Settings:
    """Settings of a service with a Keycloak server."""
    secret = SecretStr("of-the-provisioner")
    return test_settings.model_copy(update={"sso": "keycloak", "port": 8000, "provisioner_client_secret": secret})


def _values(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        for each in found.values():
            yield from _values(each)
    elif isinstance(found, list):
        for each in found:
            yield from _values(each)
    elif isinstance(found, str):
        yield found


def test_the_file_holds_no_secret_and_every_name_in_it_is_filled_in(settings: Settings) -> None:
    text = realm.FILE.read_text("utf-8")
    assert not SECRETS.search(text)
    assert set(re.findall(r"\$\{(LIENXA_[A-Z_]+)\}", text)) == set(realm.values(settings))
    assert not [value for value in _values(realm.filled_in(settings)) if "${LIENXA_" in value]


def test_the_client_has_one_address_and_proves_who_asks(settings: Settings) -> None:
    (client,) = (each for each in realm.filled_in(settings)["clients"] if each["clientId"] == settings.client_id)
    assert client["redirectUris"] == ["http://localhost:8000/dang-nhap/tra-loi"]
    assert client["attributes"]["pkce.code.challenge.method"] == "S256"
    assert client["attributes"]["backchannel.logout.url"] == "http://localhost:8000/dang-xuat/kenh-sau"
    open_ways = ("publicClient", "implicitFlowEnabled", "directAccessGrantsEnabled", "fullScopeAllowed")
    assert not any(client[name] for name in open_ways)


def test_the_look_is_made_of_our_tokens() -> None:
    assert (LOGIN / "resources/css/tokens.css").read_text("utf-8") == TOKENS.read_text("utf-8")
    used = set(re.findall(r"var\((--[a-z-]+)\)", (LOGIN / "resources/css/login.css").read_text("utf-8")))
    known = set(re.findall(r"^  (--[a-z-]+):", TOKENS.read_text("utf-8"), re.MULTILINE))
    assert used <= known


def test_every_text_of_our_pages_is_translated() -> None:
    lines = (LOGIN / "messages/messages_vi.properties").read_text("utf-8").splitlines()
    translated = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    pages = "".join(file.read_text("utf-8") for file in LOGIN.glob("*.ftl"))
    assert set(re.findall(r'msg\("([^"]+)"[,)]', pages)) <= translated
    for beginning in re.findall(r'msg\("([^"]+)" \+', pages):
        assert any(key.startswith(beginning) for key in translated), beginning


# On a server ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def root(keycloak_server: Keycloak, settings: Settings) -> Iterator[KeycloakAdmin]:
    """The server's administrator, in our realm."""
    realm.bring_up(keycloak_server, settings)
    with realm.administrator(keycloak_server, settings.realm) as admin:
        yield admin


@pytest.fixture
def account(keycloak_server: Keycloak, root: KeycloakAdmin, settings: Settings) -> Iterator[KeycloakAdmin]:
    """The service account of the provisioning client."""
    admin = KeycloakAdmin(
        server_url=keycloak_server.back_channel,
        realm_name=settings.realm,
        client_id=settings.provisioner_client_id,
        client_secret_key=settings.provisioner_client_secret.get_secret_value(),
        timeout=60,
    )
    yield admin
    admin.connection._s.close()
    admin.connection.keycloak_openid.connection._s.close()


@pytest.mark.long
def test_a_realm_is_brought_up_to_the_file(keycloak_server: Keycloak, root: KeycloakAdmin, settings: Settings) -> None:
    root.update_realm(settings.realm, {"bruteForceProtected": False, "passwordPolicy": ""})
    for name in OWN_PAGES:
        root.update_client(str(root.get_client_id(name)), {"clientId": name, "enabled": True})
    realm.bring_up(keycloak_server, settings.model_copy(update={"port": 8010}))
    known = root.get_realm(settings.realm)
    assert known["bruteForceProtected"]
    assert known["organizationsEnabled"]
    assert "length(10)" in known["passwordPolicy"]
    client = root.get_client(str(root.get_client_id(settings.client_id)))
    assert client["redirectUris"] == ["http://localhost:8010/dang-nhap/tra-loi"]
    assert client["attributes"]["pkce.code.challenge.method"] == "S256"
    assert client["optionalClientScopes"] == ["organization"]
    assert not any(root.get_client(str(root.get_client_id(name)))["enabled"] for name in OWN_PAGES)


@pytest.mark.long
def test_keycloaks_own_pages_of_an_account_are_not_there(
    keycloak_server: Keycloak, root: KeycloakAdmin, settings: Settings
) -> None:
    """Neither the pages nor what they ask of the server, and nobody signs on to them."""
    address = f"{keycloak_server.back_channel}/realms/{settings.realm}"
    for accepted in ("text/html", "application/json"):
        answer = httpx.get(f"{address}/account", headers={"accept": accepted}, follow_redirects=False)
        assert answer.status_code == 404
    asked = {"client_id": OWN_PAGES[1], "redirect_uri": f"{address}/account", "response_type": "code"}
    page = httpx.get(f"{address}/protocol/openid-connect/auth", params=asked)
    assert page.status_code == 400
    assert "Ứng dụng yêu cầu đăng nhập đã bị ngừng." in page.text


@pytest.mark.long
def test_the_provisioner_may_make_people_and_organizations_and_nothing_else(
    root: KeycloakAdmin, account: KeycloakAdmin, settings: Settings
) -> None:
    client_id = str(root.get_client_id(settings.client_id))
    management = str(root.get_client_id("realm-management"))
    highest = root.get_client_role(management, "realm-admin")

    organ = account.create_organization({"name": "le-loi", "alias": "le-loi", "domains": [{"name": "le-loi.invalid"}]})
    person = account.create_user({"username": "cam", "enabled": True})
    assert organ
    account.organization_user_add(person, organ)
    roles = account.get_available_realm_roles_of_user(person)
    account.assign_realm_roles(person, [role for role in roles if role["name"] == "operator"])

    refused = {
        "the realm": lambda: account.update_realm(settings.realm, {"displayName": "x"}),
        "clients": lambda: account.create_client({"clientId": "evil"}),
        "secrets": lambda: account.get_client_secrets(client_id),
        "other issuers": account.get_idps,
        "events": account.get_events,
        "keys": account.get_components,
        "more rights": lambda: account.assign_client_role(person, management, [highest]),
    }
    for what, attempt in refused.items():
        with pytest.raises(KeycloakError) as said:
            attempt()
        assert said.value.response_code == 403, what
    for path in ("/admin/realms/master/users", "/admin/realms/master/clients"):
        assert account.connection.raw_get(path).status_code == 403
    impersonation = f"/admin/realms/{settings.realm}/users/{person}/impersonation"
    assert account.connection.raw_post(impersonation, data="{}").status_code == 403
    with pytest.raises(KeycloakError, match="length"):
        account.set_user_password(person, "ngan", temporary=False)

    account.delete_user(person)
    account.delete_organization(organ)
