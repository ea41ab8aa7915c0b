"""Who inside an organ may see a document, a meeting or a case: one rule, one SQL predicate.

A row is visible to

* holders of the module's reading right, in the bodies that the acting post reaches;
* those who take part in it;
* the head of a unit, if somebody of the unit takes part in it and its body is one that the head's post reaches;
* those to whom it was shown by a grant (`access.grants`): a person, or the unit of the acting post, until its last day.

Papers of Đảng ủy and UBKT are never visible by rights in another body: only a grant that names the person opens them.
Who holds two posts sees the papers of each body while acting in its post, even those in which they take part; who was
given a paper of a body that none of their posts reaches sees it as they are.

Who acts in a lent post (a delegation) takes part in what its holder takes part in, within the bodies of that post and
the modules of which rights were given along; a grant that names the holder stays the holder's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Uuid,
    all_,
    and_,
    any_,
    bindparam,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import AccessGrant
from lienxa.platform.db.session import TenantSession

BOOK, PART, LED, GRANT, STEP = REASONS = ("book", "part", "led", "grant", "step")
_IDS = ARRAY(Uuid())
_TYPES: dict[str, TypeEngine[Any]] = {
    "tenant": Uuid(),
    "person": Uuid(),
    "grantee": Uuid(),
    "unit": Uuid(),
    "today": Date(),
    "reached": _IDS,
    "opened": _IDS,
    "elsewhere": _IDS,
    "led": _IDS,
    "followed": _IDS,
}


@dataclass(frozen=True)
class Viewer:
    """Who looks, as SQL: the values of an actor, or the parameters of a prepared select (`VIEWER`).

    `reached` are the bodies of the acting post, `opened` those in which it reads everything, `elsewhere` those whose
    things wait for another post of the person, `led` the people of the unit that it heads, `followed` they and the
    person. `person` is whose taking part counts, `grantee` to whom grants are made: two in a lent post, else one.
    """

    tenant: ColumnElement[UUID]
    person: ColumnElement[UUID]
    grantee: ColumnElement[UUID]
    unit: ColumnElement[UUID]
    today: ColumnElement[Any]
    reached: ColumnElement[Any]
    opened: ColumnElement[Any]
    elsewhere: ColumnElement[Any]
    led: ColumnElement[Any]
    followed: ColumnElement[Any]

    @classmethod
    def of(cls, actor: Actor, read_all: str) -> "Viewer":
        """The actor; `read_all` is the permission that opens every row of the bodies reached."""
        return cls(**{name: literal(value, _TYPES[name]) for name, value in looks(actor, read_all).items()})

    def reaches(self, body_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
        """Whether the acting post reaches the row's body."""
        return body_id == any_(self.reached)

    def handles(self, body_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
        """Whether taking part counts in the acting post: the row's body is not left to another post of the person."""
        return body_id != all_(self.elsewhere)


VIEWER = Viewer(**{name: bindparam(name, type_=kind) for name, kind in _TYPES.items()})


def looks(actor: Actor, read_all: str) -> dict[str, Any]:
    """The parameters of `VIEWER` for that actor; `read_all` as for `Viewer.of`, its module's name before the dot."""
    acting, module = actor.acting, read_all.partition(".")[0]
    person = actor.person(module)
    led = acting.led if acting.lent is None or acting.has_right_of(module) else frozenset()
    return {
        "tenant": actor.organ.id,
        "person": person,
        "grantee": actor.staff_id,
        "unit": acting.unit_id,
        "today": clock.today(),
        "reached": list(acting.body_ids),
        "opened": list(acting.body_ids) if actor.may(read_all) else [],
        "elsewhere": list(actor.elsewhere(module)),
        "led": list(led),
        "followed": sorted({person, *led}),
    }


def visible(
    viewer: Viewer,
    *,
    row_id: InstrumentedAttribute[UUID],
    body_id: InstrumentedAttribute[UUID],
    participants: type[Any],
    participant_row: InstrumentedAttribute[UUID],
) -> ColumnElement[bool]:
    """The predicate for lists, counts, search, files, figures and the day's work of one kind of thing.

    `participants` is its table of people (`staff_id`), `participant_row` the column there that names the thing.
    Grants know the kind by the table of `row_id`.

    What somebody of `followed` takes part in is looked up once a statement, as a set of some thousand rows; for whom it
    counts is asked of few rows more. A body that is reached is never one that is left to another post.
    """
    takes_part = select(1).where(participants.tenant_id == viewer.tenant, participant_row == row_id)
    return or_(
        body_id == any_(viewer.opened),  # first, because it decides without looking elsewhere
        and_(
            exists(takes_part.where(participants.staff_id == any_(viewer.followed))),
            or_(
                viewer.reaches(body_id),
                and_(viewer.handles(body_id), exists(takes_part.where(participants.staff_id == viewer.person))),
            ),
        ),
        and_(_granted(viewer, row_id), viewer.handles(body_id)),
    )


@dataclass(frozen=True)
class Sight:
    """How one kind of thing is seen: the columns that `visible` asks for, and the right that opens a body's whole book.

    `step` opens beyond the rule what waits for a step that the actor takes (what is to be sealed).
    `seen_by` is the predicate of every list; `reasons` are its parts apart, for who asks why somebody sees a thing. A
    test compares both.
    """

    row_id: InstrumentedAttribute[UUID]
    body_id: InstrumentedAttribute[UUID]
    participants: type[Any]
    participant_row: InstrumentedAttribute[UUID]
    read_all: str
    step: Callable[[Actor], ColumnElement[bool]] | None = None

    def seen_by(self, actor: Actor) -> ColumnElement[bool]:
        """Whether the actor sees a row."""
        by_rule = visible(
            Viewer.of(actor, self.read_all),
            row_id=self.row_id,
            body_id=self.body_id,
            participants=self.participants,
            participant_row=self.participant_row,
        )
        return or_(by_rule, self.step(actor)) if self.step else by_rule

    def reasons(self, actor: Actor) -> dict[str, ColumnElement[bool]]:
        """Why the actor sees a row: each of `REASONS`."""
        viewer = Viewer.of(actor, self.read_all)
        takes_part = select(1).where(self.participants.tenant_id == viewer.tenant, self.participant_row == self.row_id)
        handles = viewer.handles(self.body_id)
        return {
            BOOK: self.body_id == any_(viewer.opened),
            PART: and_(handles, exists(takes_part.where(self.participants.staff_id == viewer.person))),
            LED: and_(
                viewer.reaches(self.body_id), exists(takes_part.where(self.participants.staff_id == any_(viewer.led)))
            ),
            GRANT: and_(_granted(viewer, self.row_id), handles),
            STEP: self.step(actor) if self.step else false(),
        }


async def seers(
    session: TenantSession, sight: Sight, actors: Sequence[Actor], thing_id: UUID
) -> list[list[str]] | None:
    """For each actor why they see the thing, nothing if they do not; None if there is no such thing. One statement."""
    asked = [func.coalesce(clause, False) for actor in actors for clause in sight.reasons(actor).values()]
    found = (await session.execute(select(sight.row_id, *asked).where(sight.row_id == thing_id))).first()
    if found is None:
        return None
    width, answers = len(REASONS), found[1:]
    parts = [answers[start : start + width] for start in range(0, len(answers), width)]
    return [[name for name, holds in zip(REASONS, part, strict=True) if holds] for part in parts]


def _granted(viewer: Viewer, row_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    return exists(
        select(1).where(
            AccessGrant.tenant_id == viewer.tenant,
            AccessGrant.kind == row_id.class_.__tablename__,
            AccessGrant.thing_id == row_id,
            or_(AccessGrant.staff_id == viewer.grantee, AccessGrant.unit_id == viewer.unit),
            AccessGrant.revoked_at.is_(None),
            or_(AccessGrant.ends_on.is_(None), AccessGrant.ends_on >= viewer.today),
        )
    )
