"""Identifiers: UUIDv7, made here and never by the database, so that PostgreSQL 15-18 behave alike."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

_source: ContextVar[Callable[[], UUID] | None] = ContextVar("id_source", default=None)


def new_id() -> UUID:
    """A new identifier; identifiers made later sort later (RFC 9562, version 7)."""
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


def _uuid7() -> UUID:
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
