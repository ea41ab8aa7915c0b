"""What stood at the end of each month, from when things began to stand and when they ceased."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from lienxa.platform.module import FigureRow


class Span(NamedTuple):
    """So many things that stand from the month `since` until before the month `until`; None: they stand now."""

    dimension: str
    since: date
    until: date | None
    things: int


def at_month_ends(spans: Iterable[Span], present: date) -> list[FigureRow]:
    """One row for each month in which something stood at its end, up to the present month, in which it stands now."""
    standing: Counter[tuple[date, str]] = Counter()
    for dimension, since, until, things in spans:
        month = since
        while month <= present and (until is None or month < until):
            standing[month, dimension] += things
            month = month_after(month)
    return [FigureRow(month, dimension, value) for (month, dimension), value in sorted(standing.items())]


def month_after(month: date) -> date:
    """The first day of the month that follows."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
