"""Which days a month of figures has."""

from datetime import date, timedelta
from typing import NamedTuple

from lienxa.platform.rollup.standing import month_after


class Bounds(NamedTuple):
    """The first and the last day of a month of figures, both included."""

    first: date
    last: date


def bounds(month: date) -> Bounds:
    """The days of the month that is named by its first day."""
    return Bounds(month, month_after(month) - timedelta(days=1))
