"""What a check finds."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from lienxa.platform.db.session import Database
from lienxa.platform.settings import Settings

Verdict = Literal["ok", "warning", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `check` is its stable name, `said` what was seen, `remedy` what mends it."""

    check: str
    verdict: Verdict
    said: str
    remedy: str = ""


@dataclass(frozen=True)
class Patient:
    """What is examined; `database` is the application's login."""

    settings: Settings
    database: Database


Check = Callable[[Patient], Awaitable[list[Finding]]]


def ok(check: str, said: str) -> Finding:
    """It is as it should be."""
    return Finding(check, "ok", said)


def warning(check: str, said: str, remedy: str) -> Finding:
    """It works, and will not for ever."""
    return Finding(check, "warning", said, remedy)


def wrong(check: str, said: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(check, "wrong", said, remedy)
