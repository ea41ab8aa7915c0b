"""Where the issuer is, for browsers and for our own code."""

from typing import Any

import pytest

from lienxa.platform.identity.addresses import issuer_address, issuer_server
from lienxa.platform.settings import Settings
from lienxa.platform.web import headers

OWN_KEYCLOAK = {"sso": "keycloak", "keycloak_port": 8080}
SITE = {"sso": "keycloak", "issuer_url": "https://id.example.vn/"}
PRODUCTION = {
    "profile": "production",
    "scheme": "https",
    "public_port": 443,
    "id_host": "id.example.vn",
    "issuer_server_url": "http://10.0.0.5:8080",
}


@pytest.fixture
def settings(test_settings: Settings) -> Settings:
    return test_settings.model_copy(update={"port": 8000})


@pytest.mark.parametrize(
    ("changed", "for_browsers", "for_us"),
    [
        ({}, "http://id.localhost:8000", "http://127.0.0.1:8000"),
        (OWN_KEYCLOAK, "http://id.localhost:8080", "http://127.0.0.1:8080"),
        (SITE, "https://id.example.vn", "https://id.example.vn/"),
        (SITE | {"issuer_server_url": "http://10.0.0.5"}, "https://id.example.vn", "http://10.0.0.5"),
        (PRODUCTION, "https://id.example.vn", "http://10.0.0.5:8080"),
    ],
)
def test_where_the_issuer_is(settings: Settings, changed: dict[str, Any], for_browsers: str, for_us: str) -> None:
    found = settings.model_copy(update=changed)
    assert issuer_address(found) == for_browsers
    assert issuer_server(found) == for_us


@pytest.mark.parametrize(
    ("changed", "embedded", "ours"),
    [
        ({}, True, False),
        (OWN_KEYCLOAK, False, True),
        (SITE, False, False),
        (PRODUCTION, False, False),
        ({"profile": "production"}, False, False),
    ],
)
def test_who_is_the_issuer(settings: Settings, changed: dict[str, Any], embedded: bool, ours: bool) -> None:
    found = settings.model_copy(update=changed)
    assert (found.issuer_is_embedded, found.keycloak_is_ours) == (embedded, ours)


def test_a_form_may_lead_to_the_issuer(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headers, "get_settings", lambda: settings.model_copy(update=OWN_KEYCLOAK))
    policy = headers.content_security_policy()
    assert "form-action 'self' http://localhost:8000 http://id.localhost:8080" in policy
