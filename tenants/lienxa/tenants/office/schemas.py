"""What the operations of the office take."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True)
class Showing:
    """To whom a thing is to be shown: a person or, without one, a unit; until the end of `ends_on`, None: no end."""

    staff_id: UUID | None
    unit_id: UUID | None
    ends_on: date | None
    reason: str
