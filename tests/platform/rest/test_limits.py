"""Limits hold for the installation, though each web process counts for itself."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from typing import Any

import pytest

from lienxa.platform import clock
from lienxa.platform.db.session import Database
from lienxa.platform.errors import TooManyRequests
from lienxa.platform.rest.limits import Limits

LIMIT = 200


async def let_in(database: Database, processes: list[Limits], calls: int, key: str = "account:1") -> int:
    """How many of so many calls, spread over processes, are within the limit."""
    passed = 0
    for number in range(calls):
        process = processes[number % len(processes)]
        await process.share(database)
        with suppress(TooManyRequests):
            process.hit(key, LIMIT)
            passed += 1
    return passed


@pytest.mark.parametrize("processes", [1, 2, 4])
async def test_a_caller_gets_hardly_more_from_many_processes_than_from_one(database: Database, processes: int) -> None:
    with clock.fixed_at(clock.now()):
        several = [Limits() for _process in range(processes)]
        passed = await let_in(database, several, 3 * LIMIT)
        assert LIMIT <= passed <= LIMIT + processes * LIMIT // 20
        assert await let_in(database, several, 10, "account:2") == 10, "whoever else calls is not touched"
    with clock.fixed_at(clock.now() + timedelta(minutes=1)):
        assert await let_in(database, several, 10) == 10


async def test_few_calls_write_nothing_and_many_hardly_anything(
    database: Database, statements: Callable[[], AbstractContextManager[Any]]
) -> None:
    process = Limits()
    with clock.fixed_at(clock.now()):
        with statements() as seen:
            await let_in(database, [process], LIMIT // 20)
        assert seen.work == []
        with statements() as seen:
            await let_in(database, [process], LIMIT // 2)
        assert len(seen.work) == 10
