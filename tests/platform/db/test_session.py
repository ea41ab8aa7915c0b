"""How a pool of connections ends."""

import asyncio
from typing import Any

from lienxa.platform.db.session import Database


async def test_who_still_works_with_a_connection_ends_first(database: Database) -> None:
    ending = Database(database.engine.url.set(drivername="postgresql").render_as_string(False), pool_size=1)
    held: list[Any] = []
    begun = asyncio.Event()

    async def work() -> None:
        async with ending.control() as control:
            raw = await (await control.connection()).get_raw_connection()
            held.append(raw.driver_connection)
            begun.set()
            await asyncio.sleep(0.05)

    working = asyncio.create_task(work())
    await begun.wait()
    await ending.close()
    await working
    assert held[0].is_closed()
