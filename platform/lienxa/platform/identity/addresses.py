"""The few addresses that sign-on needs. One redirect URI serves all organs: onboarding never edits the client."""

from lienxa.platform.settings import Settings

CALLBACK_PATH = "/dang-nhap/tra-loi"
LOGGED_OUT_PATH = "/dang-xuat/xong"
OPERATOR_PATH = "/van-hanh"
# The one role of the realm; everything else that people may do is an organ's own data.
OPERATOR_ROLE = "operator"


def callback_address(settings: Settings) -> str:
    """Where the issuer sends a browser back to, on the sign-on host: the client's one redirect URI."""
    return settings.address(settings.sso_host) + CALLBACK_PATH


def logged_out_address(settings: Settings) -> str:
    """Where the issuer sends a browser after a logout, on the sign-on host."""
    return settings.address(settings.sso_host) + LOGGED_OUT_PATH


def issuer_address(settings: Settings) -> str:
    """The issuer as browsers reach it, without a path."""
    if settings.keycloak_is_ours:
        return f"http://{settings.id_host}:{settings.keycloak_port}"
    return settings.issuer_url.rstrip("/") or settings.address(settings.id_host)


def issuer_server(settings: Settings) -> str:
    """The issuer as our code reaches it: one of ours by number, as Python does not resolve `id.localhost`."""
    port = settings.keycloak_port if settings.keycloak_is_ours else settings.port
    return settings.issuer_server_url or settings.issuer_url or f"http://127.0.0.1:{port}"
