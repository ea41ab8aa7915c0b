"""Limits in fixed windows."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from lienxa.platform import clock
from lienxa.platform.db.session import Database
from lienxa.platform.errors import TooManyRequests
from lienxa.platform.identity import limits

MOMENT = datetime(2026, 3, 2, 8, 0, 10, tzinfo=UTC)


async def _refused(database: Database, key: str) -> bool:
    try:
        await limits.hit(database, key, 3, 60)
    except TooManyRequests:
        return True
    return False


async def test_a_window_ends_and_keys_are_apart(database: Database) -> None:
    with clock.fixed_at(MOMENT):
        assert [await _refused(database, "a") for _try in range(5)] == [False, False, False, True, True]
        assert not await _refused(database, "b")
    with clock.fixed_at(MOMENT + timedelta(seconds=49)):
        assert await _refused(database, "a")
    with clock.fixed_at(MOMENT + timedelta(seconds=50)):
        assert not await _refused(database, "a")


async def test_a_success_is_forgiven(database: Database) -> None:
    for _try in range(3):
        await limits.hit(database, "a", 3, 60)
    await limits.forgive(database, "a")
    assert not await _refused(database, "a")


async def test_racing_tries_are_all_counted(database: Database) -> None:
    with clock.fixed_at(MOMENT):
        answers = await asyncio.gather(*(_refused(database, "a") for _try in range(20)))
    assert answers.count(False) == 3


async def test_a_try_counts_although_its_request_fails(database: Database) -> None:
    async def failing_request() -> None:
        async with database.control():
            await limits.hit(database, "a", 3, 60)
            raise RuntimeError

    with clock.fixed_at(MOMENT):
        for _try in range(3):
            with pytest.raises(RuntimeError):
                await failing_request()
        assert await _refused(database, "a")


async def test_a_very_long_key_is_cut(database: Database) -> None:
    await limits.hit(database, "x" * 10_000, 3, 60)
