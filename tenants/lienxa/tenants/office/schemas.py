"""What the operations of the office take and what its screens show."""

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


@dataclass(frozen=True)
class BodyEntry:
    """What the administrator says of a body."""

    name: str
    symbol: str
    position: int
    in_use: bool


@dataclass(frozen=True)
class UnitEntry:
    """What the administrator says of a unit."""

    name: str
    symbol: str
    position: int


@dataclass(frozen=True)
class PostEntry:
    """What the administrator says of a post; `body_id` empty: for all bodies but UBKT."""

    title: str
    unit_id: UUID
    body_id: UUID | None
    role_id: UUID
    heads_unit: bool
    position: int


@dataclass(frozen=True)
class ProfileEntry:
    """How the organ wants to be named; empty: as the service has it. `emblem`: a new picture, its bytes."""

    title: str
    office_name: str
    address: str
    phone: str
    emblem: bytes | None = None
    without_emblem: bool = False


@dataclass(frozen=True)
class PostLine:
    """A post as lists show it, with the names of those who hold it today."""

    id: UUID
    title: str
    unit_id: UUID
    unit_name: str
    body_id: UUID | None
    body_name: str
    role_code: str
    role_name: str
    heads_unit: bool
    position: int
    holders: tuple[str, ...]


@dataclass(frozen=True)
class StaffLine:
    """A person as lists show them, with the titles of the posts that they hold today."""

    id: UUID
    account_id: UUID
    full_name: str
    titles: tuple[str, ...]
    suspended_on: date | None
    left_on: date | None


@dataclass(frozen=True)
class Holding:
    """Who holds which post from when to when; both days included, `held_to` None: without an end."""

    id: UUID
    staff_id: UUID
    staff_name: str
    post_id: UUID
    title: str
    held_from: date
    held_to: date | None
