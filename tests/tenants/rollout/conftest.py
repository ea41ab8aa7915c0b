"""People of a parent, and figures as its communes publish them."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.rollup import repository
from lienxa.platform.rollup.repository import FigureKey
from lienxa.platform.tenancy.organs import Organ

FindActor = Callable[..., Awaitable[Actor]]
Publish = Callable[..., Awaitable[None]]


@pytest.fixture
async def watcher(do_luong: Organ, actor_with: FindActor) -> Actor:
    """Who follows the figures in Đô Lương."""
    return await actor_with(do_luong, "watcher")


@pytest.fixture
async def other_watcher(thuan_nam: Organ, actor_with: FindActor) -> Actor:
    """Who follows the figures in Thuận Nam."""
    return await actor_with(thuan_nam, "watcher")


@pytest.fixture
def publish(database: Database) -> Publish:
    """Write figures of this month for an organ's parent: `{(code, dimension): value}`."""

    async def write(organ: Organ, figures: dict[tuple[str, str], int], month: date | None = None) -> None:
        assert organ.parent_id is not None
        first = (month or clock.today()).replace(day=1)
        by_module: dict[str, dict[FigureKey, Any]] = {}
        for (code, dimension), value in figures.items():
            key = FigureKey(organ.parent_id, code, first, dimension)
            by_module.setdefault(code.partition(".")[0], {})[key] = value
        async with database.tenant(organ.id) as session:
            for module, changed in by_module.items():
                await repository.write(session, module, changed)

    return write


@pytest.fixture
async def director(do_luong: Organ, actor_with: FindActor) -> Actor:
    """Who closes the figures in Đô Lương."""
    return await actor_with(do_luong, "director")
