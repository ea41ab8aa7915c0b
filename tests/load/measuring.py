"""Rounds, medians and what a row of the table says."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

ROUNDS = 5

Round = Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Row:
    """A row of the table; `at_most` and `at_least` bound the ratio, or the figure itself where nothing is compared."""

    work: str
    measured: float
    unit: str
    reference: float | None = None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def ratio(self) -> float | None:
        """What was measured, as a multiple of the reference."""
        return self.measured / self.reference if self.reference else None

    @property
    def must(self) -> str:
        """What is demanded; empty if the row is only told."""
        if self.at_most is not None:
            return f"<= {self.at_most:g}"
        return f">= {self.at_least:g}" if self.at_least is not None else ""

    @property
    def holds(self) -> bool:
        """Whether it is reached."""
        value = self.measured if self.ratio is None else self.ratio
        return (self.at_most is None or value <= self.at_most) and (self.at_least is None or value >= self.at_least)

    def as_json(self) -> dict[str, Any]:
        """The row as `build/bench.json` has it."""
        return {
            "work": self.work,
            "measured": round(self.measured, 3),
            "reference": None if self.reference is None else round(self.reference, 3),
            "unit": self.unit,
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "must": self.must,
            "holds": self.holds,
        }


async def interleaved(*works: Round, rounds: int = ROUNDS) -> list[float]:
    """The median of `rounds` rounds of each work, taken in turns so that a slow moment strikes all alike."""
    found: list[list[float]] = [[] for _work in works]
    for _round in range(rounds):
        for work, values in zip(works, found, strict=True):
            values.append(await work())
    return [statistics.median(values) for values in found]


async def median_milliseconds(work: Callable[[], Awaitable[Any]], times: int) -> float:
    """The median time of one after the other."""
    taken = []
    for _time in range(times):
        began = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


async def together(clients: Sequence[Any], things: Sequence[Any], do: Callable[[Any, Any], Awaitable[Any]]) -> float:
    """Let the clients do all the things side by side, each taking the next; returns how many a second."""
    waiting = iter(things)

    async def work(client: Any) -> None:
        for thing in waiting:
            await do(client, thing)

    began = time.perf_counter()
    await asyncio.gather(*(work(client) for client in clients))
    return len(things) / (time.perf_counter() - began)
