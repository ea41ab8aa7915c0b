"""How much may be asked of the API: per address before anybody is known, then per account and per organ.

Who is refused counts for their own address alone: nobody without a token can use up what an organ may ask.

Counted in the memory of each web process, in windows of one minute: no call writes a row for it. With several
processes a caller whose connections spread over them gets the limit of each.
"""

from ipaddress import IPv6Address, ip_address
from typing import Any

from litestar import Request

from lienxa.platform import clock
from lienxa.platform.errors import TooManyRequests
from lienxa.platform.text import _

WINDOW = 60
PER_ADDRESS = 1200
REFUSED_PER_ADDRESS = 120  # calls that nobody stands behind, of one organ
PER_ACCOUNT = 600
PER_TENANT = 3000
STATE_KEY = "api_limits"


class Limits:
    """The counts of the present window."""

    def __init__(self) -> None:
        self._window = 0
        self._hits: dict[str, int] = {}

    def hit(self, key: str, limit: int) -> None:
        """Count one call of `key`; raise `TooManyRequests` if there were more than `limit` in this window."""
        self._roll()
        self._hits[key] = self._hits.get(key, 0) + 1
        if self._hits[key] > limit:
            raise self._passed()

    def check(self, key: str, limit: int) -> None:
        """Raise `TooManyRequests` if `key` was counted `limit` times in this window; counts nothing."""
        self._roll()
        if self._hits.get(key, 0) >= limit:
            raise self._passed()

    def _roll(self) -> None:
        window = int(clock.now().timestamp()) // WINDOW
        if window != self._window:
            self._window, self._hits = window, {}

    def _passed(self) -> TooManyRequests:
        wait = (self._window + 1) * WINDOW - int(clock.now().timestamp())
        return TooManyRequests(
            _("Đã gọi quá số lần cho phép trong một phút."),
            remedy=_("Chờ {seconds} giây rồi gọi lại.", seconds=wait),
            retry_after=wait,
        )


def limits_of(request: Request[Any, Any, Any]) -> Limits:
    """The counts of this process's application."""
    limits: Limits = request.app.state[STATE_KEY]
    return limits


def caller_address(request: Request[Any, Any, Any]) -> str:
    """The caller's address as it is counted: of IPv6 the network of 64 bits, which one line has to itself."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> 64 << 64)}/64"
