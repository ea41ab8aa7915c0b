"""How much may be asked of the API: per address before anybody is known, then per account and per organ.

Who is refused counts for their own address alone: nobody without a token can use up what an organ may ask.

Counted in the memory of each web process, in windows of one minute; every twentieth part of a limit a process tells the
others through the database and learns what they counted (ADR 0030). So hardly any call writes a row, and with n
processes a caller gets at most n twentieths more than the limit.
"""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any

from litestar import Request

from lienxa.platform import clock
from lienxa.platform.db.session import Database
from lienxa.platform.errors import TooManyRequests
from lienxa.platform.identity.limits import count_together
from lienxa.platform.text import _

WINDOW = 60
PER_ADDRESS = 1200
REFUSED_PER_ADDRESS = 120  # calls that nobody stands behind, of one organ
PER_ACCOUNT = 600
PER_TENANT = 3000
STATE_KEY = "api_limits"
_PARTS = 20


@dataclass
class _Count:
    """Calls of one key: `here` in this process, `told` of these to the others, `elsewhere` as far as is known."""

    here: int = 0
    told: int = 0
    elsewhere: int = 0


class Limits:
    """The counts of the present window."""

    def __init__(self) -> None:
        self._window = 0
        self._counts: dict[str, _Count] = {}
        self._to_tell: set[str] = set()

    def hit(self, key: str, limit: int) -> None:
        """Count one call of `key`; raise `TooManyRequests` if there were more than `limit` in this window."""
        self._roll()
        count = self._counts.setdefault(key, _Count())
        count.here += 1
        if count.here - count.told >= max(1, limit // _PARTS):
            self._to_tell.add(key)
        if count.here + count.elsewhere > limit:
            raise self._passed()

    def check(self, key: str, limit: int) -> None:
        """Raise `TooManyRequests` if `key` was counted `limit` times in this window; counts nothing."""
        self._roll()
        count = self._counts.get(key, _Count())
        if count.here + count.elsewhere >= limit:
            raise self._passed()

    async def share(self, database: Database) -> None:
        """Tell the other processes what was counted here, and learn what they did; nothing if that is little."""
        self._roll()
        if not self._to_tell:
            return
        counts = {key: self._counts[key] for key in sorted(self._to_tell)}
        untold = {f"api:{key}": count.here - count.told for key, count in counts.items()}
        self._to_tell.clear()
        for count in counts.values():
            count.told = count.here
        together = await count_together(database, untold, WINDOW)
        for key, count in counts.items():
            count.elsewhere = max(count.elsewhere, together[f"api:{key}"] - count.told)

    def _roll(self) -> None:
        window = int(clock.now().timestamp()) // WINDOW
        if window != self._window:
            self._window, self._counts = window, {}
            self._to_tell.clear()

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
