"""Identifiers: UUIDv7, made here and never by the database, so that PostgreSQL 15-18 behave alike."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from random import Random
from threading import Lock
from uuid import UUID

_lock = Lock()
_last = 0
_source: ContextVar[Callable[[], UUID] | None] = ContextVar("id_source", default=None)


def new_id() -> UUID:
    """A new identifier; what a process makes later sorts later (RFC 9562, version 7)."""
    source = _source.get()
    return source() if source is not None else _uuid7()


@contextmanager
def made_by(source: Callable[[], UUID]) -> Iterator[None]:
    """Let `source` make every identifier inside: a seeded demonstration is the same each time."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def seeded(seed: str, now: Callable[[], datetime]) -> Callable[[], UUID]:
    """A source that makes the same identifiers each time: they follow from `seed` and from what `now` says.

    Two of one millisecond sort as they were made. Not for secrets.
    """
    chance = Random(seed)  # noqa: S311 -- to be repeated, not to be guessed
    last, count = 0, 0

    def make() -> UUID:
        nonlocal last, count
        milliseconds = int(now().timestamp() * 1000)
        count = count + 1 if milliseconds == last else 0
        last = milliseconds
        return _as_uuid((milliseconds << 12) + count, chance.getrandbits(62))

    return make


def _uuid7() -> UUID:
    """Milliseconds and their fraction in 60 bits, never the same twice in a process (RFC 9562, 6.2, method 3)."""
    global _last
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    with _lock:
        _last = stamp = max(milliseconds << 12 | rest * 4096 // 1_000_000, _last + 1)
    random = int.from_bytes(os.urandom(8), "big") >> 2
    return _as_uuid(stamp, random)


def _as_uuid(stamp: int, random: int) -> UUID:
    return UUID(int=(stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0x2 << 62 | random)
