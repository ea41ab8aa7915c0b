"""What a module declares so that its open work passes to the organ that follows (`Module.succession`, ADR 0035).

What is no work but must be in place when the work comes, as closed days, is an `Inheritance` (`Module.inheritance`).

The engine (`platform/life/passing.py`) carries things over in batches, each batch in one transaction:

1. bound to the predecessor, which may only be read by then, it asks `find` for what has not passed yet;
2. bound to the successor, it lays down the files of these things and calls `take_over`;
3. on both sides it writes the passages (`app.passage`), an event of the trail on the thing, and the grants by which
   others see the thing.

A batch that is broken off leaves nothing. What has a passage is not found again, so whoever begins anew goes on where
it was. A module therefore writes to the successor alone, never to the predecessor, and neither passages nor events.
Its pages show the pointer on both sides (`passages.of_thing`, `ui.passages`) and know `passages.TOLD` in their trail.
Its figures count a thing once: what was received or begun leaves out `passages.came_over`; what stands open ends in the
predecessor on `passages.passed_day` and begins in the successor on `passages.came_day`, which are the same day.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from lienxa.platform.db.session import TenantSession
from lienxa.platform.tenancy.organs import Organ


@dataclass(frozen=True)
class Passing:
    """An open thing on its way: what the record says of it, whose it is, and what its module carries.

    `id`, `path` and `number` are those in the predecessor; `symbol` and `dated` those that a paper of others bears
    itself. `restricted`: the record shows its number, not its title.
    In a split it follows its holder (a person of the predecessor), else its unit, else it goes to the organ that is
    named for what has neither. `files` are ids of the predecessor's `app.stored_file`. `carried` is for `take_over`
    alone: rows or values that are read completely, as no session reaches back.
    """

    id: UUID
    title: str
    path: str
    number: str = ""
    symbol: str = ""
    dated: date | None = None
    due_on: date | None = None
    holder_id: UUID | None = None
    unit_id: UUID | None = None
    restricted: bool = False
    files: Sequence[UUID] = ()
    carried: Any = None


@dataclass(frozen=True)
class Arrival:
    """Where things arrive, from whom, and who is who there: identifiers of the predecessor -> of the successor.

    `people` is complete: who does not serve in the successor is one of its people that left, so that a row may name
    them. `serving` are those of the successor who do serve (its identifiers). `bodies` and `units` are complete, by
    code; `files` holds those of this batch. `from_day` is the successor's first day.
    """

    predecessor: Organ
    successor: Organ
    from_day: date
    people: Mapping[UUID, UUID]
    serving: frozenset[UUID]
    bodies: Mapping[UUID, UUID]
    units: Mapping[UUID, UUID]
    files: Mapping[UUID, UUID] = field(default_factory=dict)

    def holder(self, staff_id: UUID | None) -> UUID | None:
        """The person in the successor if they serve there: None lets somebody give the work to another."""
        there = self.people[staff_id] if staff_id is not None else None
        return there if there in self.serving else None

    def named(self, staff_id: UUID | None) -> UUID | None:
        """The person in the successor, serving or not, for columns that tell who did something."""
        return self.people[staff_id] if staff_id is not None else None


@dataclass(frozen=True)
class Arrived:
    """What became of a `Passing` (`from_id`): the row in the successor, its page and number there, and its holder."""

    from_id: UUID
    id: UUID
    path: str
    number: str = ""
    holder_id: UUID | None = None


Find = Callable[[TenantSession, date, int | None], Awaitable[Sequence[Passing]]]
TakeOver = Callable[[TenantSession, Arrival, Sequence[Passing]], Awaitable[Sequence[Arrived]]]


@dataclass(frozen=True)
class SuccessionKind:
    """A kind of open work that passes to the organ that follows.

    `code` names it (`documents.incoming`), `kind` is the table of its things without schema (`document`), as in
    `Shareable`. `find(session, from_day, most)` answers in the predecessor for what is open and has no passage
    (`~passages.passed_on(kind, Model.id)`), in a lasting order, `most` of it or all (None: the preview counts). What is
    still to come counts from `from_day` on. `take_over(session, arrival, things)` makes them in the successor and
    answers for each, in any order; nothing may be left out. Kinds pass in the order of modules and declarations, so
    that `passages.arrived` tells what became of an earlier kind's thing. `chosen`: in a split it is said of each where
    it goes (a hall stands where it stands), so its titles are shown to the operator.
    """

    code: str
    kind: str
    title: str
    find: Find
    take_over: TakeOver
    chosen: bool = False


@dataclass(frozen=True)
class Inheritance:
    """What a module takes along beside work: settings, and who stands in for whom. It has no passage and no past.

    `read(session, from_day)` reads it completely in the predecessor; `take_over(session, arrival, found)` lays it down
    in the successor, after the people and before any work, in the same transaction. It may be done again and then adds
    nothing; what the successor has already holds.
    """

    read: Callable[[TenantSession, date], Awaitable[Any]]
    take_over: Callable[[TenantSession, Arrival, Any], Awaitable[None]]
