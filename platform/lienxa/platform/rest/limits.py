"""How much may be asked of the API: per address before anybody is known, then per account and per organ.

Counted in the memory of each web process, in windows of one minute: no call writes a row for it. With several
processes a caller whose connections spread over them gets the limit of each.
"""

from typing import Any

from litestar import Request

from lienxa.platform import clock
from lienxa.platform.errors import TooManyRequests
from lienxa.platform.text import _

WINDOW = 60
PER_ADDRESS = 1200
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
