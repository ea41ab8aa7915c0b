"""Headers of every answer (design: security, 2 and 4)."""

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from lienxa.platform.identity.addresses import issuer_address
from lienxa.platform.settings import get_settings

SENT_AS_IT_IS = "sent_as_it_is"
"""Key in a route's `opt`: its answers are not compressed, because they are small already or must leave at once."""

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


def content_security_policy() -> str:
    """The policy of pages: nothing inline, nothing from elsewhere.

    `form-action` names the hosts of the sign-on chain: it holds for every redirect that follows a sent form.
    """
    settings = get_settings()
    chain = f"{settings.address(settings.sso_host)} {issuer_address(settings)}"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        f"font-src 'self'; base-uri 'none'; frame-ancestors 'self'; form-action 'self' {chain}"
    )


async def add_headers(message: Message, _scope: Scope) -> None:
    """Set what a handler has not set itself."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    headers.setdefault("content-security-policy", content_security_policy())
    if get_settings().scheme == "https":
        headers.setdefault("strict-transport-security", "max-age=31536000; includeSubDomains")
    if "text/html" in headers.get("content-type", ""):
        headers.setdefault("cache-control", "no-store")
