"""Places in lists, as addresses carry them: behind which row a page begins (keyset).

A place says when a row was, and which it is; it opens nothing. What an organ does not have stays unseen behind it.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TypeVar
from uuid import UUID

from lienxa.platform.errors import InvalidInput

Place = TypeVar("Place")


def find(typed: str, read: Callable[[str], Place | None], refusal: InvalidInput) -> Place | None:
    """What `read` makes of what an address says; None, the first page, if it says nothing.

    Raises `refusal` for what cannot be read: a list that began anew unsaid would be taken for its next page.
    """
    if not typed:
        return None
    found = read(typed)
    if found is None:
        raise refusal
    return found


def of_moment(at: datetime, row_id: UUID) -> str:
    """The place of a row in a list by instant."""
    return f"{at.astimezone(UTC).isoformat().replace('+00:00', 'Z')}_{row_id}"


def read_moment(typed: str) -> tuple[datetime, UUID] | None:
    """The place that `of_moment` wrote; None for anything else."""
    at, _underscore, row_id = typed.partition("_")
    try:
        moment = datetime.fromisoformat(at)
        return (moment.astimezone(UTC), UUID(row_id)) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def of_day(day: date, row_id: UUID) -> str:
    """The place of a row in a list by day."""
    return f"{day.isoformat()}_{row_id}"


def read_day(typed: str) -> tuple[date, UUID] | None:
    """The place that `of_day` wrote; None for anything else."""
    day, _underscore, row_id = typed.partition("_")
    try:
        return date.fromisoformat(day), UUID(row_id)
    except ValueError:
        return None


def read_id(typed: str) -> UUID | None:
    """The place of a row in a list by identifier; None for anything else."""
    try:
        return UUID(typed)
    except ValueError:
        return None
