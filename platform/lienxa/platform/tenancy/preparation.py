"""How far an organ is that is still being prepared, for those who wait for it."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from lienxa.platform.db.session import ControlSession, Database
from lienxa.platform.tenancy.models import Preparation

_SECONDS_BETWEEN = 0.5


@dataclass(frozen=True)
class Stand:
    """`made` of `expected` things; `state` is waiting, making, failed (it is tried again) or done."""

    state: str
    made: int
    expected: int

    @property
    def share(self) -> int:
        """In per cent; 100 is left to the organ that opens."""
        return min(99, self.made * 100 // self.expected) if self.expected else 0


UNKNOWN = Stand("waiting", 0, 0)


async def expect(control: ControlSession, tenant_id: UUID, expected: int) -> None:
    """Note that so many things will be made."""
    row = {"state": "waiting", "made": 0, "expected": expected}
    statement = insert(Preparation).values(tenant_id=tenant_id, **row)
    await control.execute(statement.on_conflict_do_update(index_elements=["tenant_id"], set_=row))


async def stands(control: ControlSession, tenant_ids: Collection[UUID]) -> dict[UUID, Stand]:
    """How far these organs are; one that nobody prepares is left out."""
    rows = await control.scalars(select(Preparation).where(Preparation.tenant_id.in_(tenant_ids)))
    return {row.tenant_id: Stand(row.state, row.made, row.expected) for row in rows}


class Progress:
    """Counts what is made and writes it down twice a second at most, each time in a transaction of its own."""

    def __init__(self, database: Database, tenant_id: UUID) -> None:
        self._database = database
        self._tenant_id = tenant_id
        self._made = 0
        self._written_at = 0.0

    async def begin(self) -> None:
        """Nothing is made yet: what an attempt that was broken off had counted is gone with its transaction."""
        self._made = 0
        await self._write("making")

    async def advance(self, count: int) -> None:
        """So many more are made."""
        self._made += count
        if time.monotonic() - self._written_at >= _SECONDS_BETWEEN:
            await self._write("making")

    async def end(self, state: str) -> None:
        """It is `done` or has `failed`."""
        await self._write(state)

    async def _write(self, state: str) -> None:
        self._written_at = time.monotonic()
        row = update(Preparation).where(Preparation.tenant_id == self._tenant_id)
        async with self._database.control() as control:
            await control.execute(row.values(state=state, made=self._made))
