"""What operations of this module take."""

from datetime import date
from uuid import UUID

import msgspec


class RecordProgress(msgspec.Struct, frozen=True):
    """The present state of one organ's merger. `wave` is `pilot`, a number or empty; `changed_on` the day of the state.

    None is what nobody has said, which is not the same as none or no.
    """

    wave: str
    state: str
    civil_servants_moved: int | None
    concurrent_inspection_deputy: bool | None
    changed_on: date | None
    note: str
    invented: bool = False


class PlanMilestone(msgspec.Struct, frozen=True):
    """A milestone for each of `organ_ids`; without any for `wave`, or for the whole rollout if that is empty."""

    kind: str
    title: str
    planned_on: date
    responsible: str
    note: str
    organ_ids: tuple[UUID, ...] = ()
    wave: str = ""
    invented: bool = False


class ReviseMilestone(msgspec.Struct, frozen=True):
    """The days of a milestone as they are now: `done_on` empty means that it is not reached."""

    planned_on: date
    done_on: date | None
    responsible: str
    note: str


class SteeringSeat(msgspec.Struct, frozen=True):
    """Who sits in the steering committee, in which role and since when; `until` ends it."""

    full_name: str
    title: str
    role: str
    since: date
    until: date | None
    task: str
    invented: bool = False


class PlanVisit(msgspec.Struct, frozen=True):
    """A visit to an organ, or a meeting of the steering committee, which has no organ."""

    kind: str
    organ_id: UUID | None
    visit_on: date
    purpose: str
    people: str
    invented: bool = False


class RecordVisit(msgspec.Struct, frozen=True):
    """What became of a visit: moved to another day (`planned`), `held` with its findings, or `cancelled`."""

    state: str
    visit_on: date
    people: str
    findings: str
    rating: str


class AskFollowUp(msgspec.Struct, frozen=True):
    """What is to be done after a visit."""

    task: str
    responsible: str
    due_on: date


class MilestoneLine(msgspec.Struct, frozen=True):
    """A milestone as lists show it."""

    id: UUID
    organ_id: UUID | None
    wave: str
    kind: str
    title: str
    planned_on: date
    done_on: date | None
    responsible: str
    note: str
    invented: bool


class VisitLine(msgspec.Struct, frozen=True):
    """A visit as lists show it; `asked` follow-ups, of which `open` are not done and `late` past their day."""

    id: UUID
    organ_id: UUID | None
    kind: str
    visit_on: date
    state: str
    purpose: str
    rating: str
    invented: bool
    asked: int
    open: int
    late: int


class FollowUpLine(msgspec.Struct, frozen=True):
    """A follow-up with the visit that it comes from."""

    id: UUID
    visit_id: UUID
    organ_id: UUID | None
    task: str
    responsible: str
    due_on: date
    done_on: date | None
    result: str
