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


def issuer_server(settings: Settings) -> str:
    """The issuer as our code reaches it: the embedded one by number, as Python does not resolve `id.localhost`."""
    return settings.issuer_server_url or f"http://127.0.0.1:{settings.port}"
