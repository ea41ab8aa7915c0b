"""The only source of time. Instants are aware datetimes in UTC; legal days, years and hours are Asia/Ho_Chi_Minh.

`LIENXA_TODAY` moves the legal day for the demonstration and the tests; the time of day keeps running.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LEGAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

_fixed: ContextVar[datetime | None] = ContextVar("clock_fixed", default=None)
_shift = timedelta(0)


def now() -> datetime:
    """The present instant, in UTC."""
    fixed = _fixed.get()
    return fixed if fixed is not None else datetime.now(UTC) + _shift


def today() -> date:
    """The present legal day."""
    return legal(now()).date()


def legal(instant: datetime) -> datetime:
    """The same instant on the legal clock."""
    return instant.astimezone(LEGAL_ZONE)


def instant(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """The UTC instant of a legal day and time of day."""
    return datetime.combine(day, time(hour, minute), LEGAL_ZONE).astimezone(UTC)


def start_at(day: date) -> None:
    """Move the whole process so that today is `day` (`LIENXA_TODAY`); called once, at start-up."""
    global _shift
    real = datetime.now(UTC)
    _shift = timedelta(days=(day - legal(real).date()).days)


@contextmanager
def fixed_at(moment: datetime) -> Iterator[None]:
    """Let everything inside happen at `moment`: for the demonstration's past and for tests."""
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
