"""The realm at a Keycloak server: made from `infra/keycloak/realm.json`, and brought up to it at every start.

The file holds no secret and no address: `${LIENXA_...}` stands for them, in the form that Keycloak's own import fills
in from the environment. Only what the file says is set; people and organizations are never touched.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lienxa.platform.db.programs import CannotStart
from lienxa.platform.keycloak.server import ADMINISTRATOR, INFRA, Keycloak
from lienxa.platform.settings import Settings
from lienxa.platform.text import _

if TYPE_CHECKING:
    from keycloak import KeycloakAdmin

FILE = INFRA / "realm.json"
_TIMEOUT = 60
_SCOPES = {"defaultClientScopes", "optionalClientScopes"}  # an update of a client does not take them


def filled_in(settings: Settings) -> dict[str, Any]:
    """The realm for these settings."""
    text = FILE.read_text(encoding="utf-8")
    for name, value in values(settings).items():
        text = text.replace(f"${{{name}}}", value)
    realm: dict[str, Any] = json.loads(text)
    if settings.smtp_host:
        realm["smtpServer"] = mail_server(settings)
    return realm


def mail_server(settings: Settings) -> dict[str, str]:
    """The mail server of the installation as Keycloak knows one: its invitations go the way of our own letters."""
    return {
        "host": settings.smtp_host,
        "port": str(settings.smtp_port),
        "from": settings.mail_from,
        "fromDisplayName": _("Liên Xã"),
        "starttls": str(settings.smtp_security == "starttls").lower(),
        "ssl": str(settings.smtp_security == "tls").lower(),
        "auth": str(bool(settings.smtp_user)).lower(),
        "user": settings.smtp_user,
        "password": settings.smtp_password.get_secret_value(),
    }


def values(settings: Settings) -> dict[str, str]:
    """What stands for each name in the file. The server calls us by the name of the sign-on host, too."""
    sign_on = settings.address(settings.sso_host)
    return {
        "LIENXA_SSO_ADDRESS": sign_on,
        "LIENXA_BACKCHANNEL_ADDRESS": sign_on,
        "LIENXA_CLIENT_SECRET": settings.client_secret.get_secret_value(),
        "LIENXA_PROVISIONER_CLIENT_SECRET": settings.provisioner_client_secret.get_secret_value(),
    }


def bring_up(server: Keycloak, settings: Settings) -> None:
    """Make the realm, or set in it what the file says now: our port may be another than at the last start.

    Raises `CannotStart`.
    """
    from keycloak import KeycloakError

    try:
        with administrator(server) as admin:
            _bring_up(admin, filled_in(settings))
    except KeycloakError as error:
        raise CannotStart(_("Keycloak không nhận cấu hình của vùng đăng nhập: {why}", why=error)) from error


@contextmanager
def administrator(server: Keycloak, realm: str = "") -> Iterator["KeycloakAdmin"]:
    """The server's own administrator, at work in `realm`; nothing of the running service signs in as it."""
    from keycloak import KeycloakAdmin

    admin = KeycloakAdmin(
        server_url=server.back_channel,
        username=ADMINISTRATOR,
        password=server.administrator_password,
        realm_name=realm or "master",
        user_realm_name="master",
        timeout=_TIMEOUT,
    )
    try:
        yield admin
    finally:
        for connection in (admin.connection, admin.connection.keycloak_openid.connection):
            connection._s.close()  # the library has no way to close what is not asynchronous


def _bring_up(admin: "KeycloakAdmin", wanted: dict[str, Any]) -> None:
    name = wanted["realm"]
    if name not in {realm["realm"] for realm in admin.get_realms()}:
        admin.create_realm(wanted)
        return
    admin.change_current_realm(name)
    simple = {key: value for key, value in wanted.items() if isinstance(value, str | int | bool)}
    whole = {key: wanted[key] for key in ("browserSecurityHeaders", "smtpServer") if key in wanted}
    admin.update_realm(name, simple | whole)
    for client in wanted["clients"]:
        client_id = str(admin.get_client_id(client["clientId"]))
        admin.update_client(client_id, {key: value for key, value in client.items() if key not in _SCOPES})
