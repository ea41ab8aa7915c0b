"""What a process of tests keeps from one test to the next, where a service makes it once a life.

Each test opens a database of its own, and with it engines that would compile every statement again, load the signing
key again and read the certificates of the machine again: a third of what the tests would cost.
"""

import asyncio
import functools
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import LRUCache

from lienxa.platform.db import session
from lienxa.platform.db.session import Database
from lienxa.platform.identity.issuer.keys import SigningKey

STATEMENTS_KEPT = 6000


def spare(patch: pytest.MonkeyPatch, dsn: str) -> None:
    """Share the compiled statements, the signing keys and the trusted certificates; `dsn` is any database."""
    _share_statements(patch, dsn)
    _once(patch, httpx._transports.default, "create_ssl_context")
    _once(patch, SigningKey, "kept_in")


def _share_statements(patch: pytest.MonkeyPatch, dsn: str) -> None:
    """Statements are kept under their dialect: engines that share them have one, which has met the server."""
    make = session._engine
    first = asyncio.run(_opened(dsn))
    kept: LRUCache[Any, Any] = LRUCache(STATEMENTS_KEPT)

    def sharing(*given: Any, **named: Any) -> AsyncEngine:
        engine = make(*given, **named)
        engine.sync_engine.dialect = engine.sync_engine.pool._dialect = first.dialect
        engine.sync_engine._compiled_cache = kept
        return engine

    patch.setattr(session, "_engine", sharing)


async def _opened(dsn: str) -> Any:
    database = Database(dsn, pool_size=1)
    async with database.engine.connect():
        pass
    await database.close()
    return database.engine.sync_engine


def _once(patch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    patch.setattr(owner, name, functools.cache(getattr(owner, name)))
