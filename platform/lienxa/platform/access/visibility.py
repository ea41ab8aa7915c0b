"""Who inside an organ may see a document, a meeting or a case: one rule, one SQL predicate.

A row is visible to

* holders of the module's reading right, in the bodies that the acting post reaches;
* those who take part in it;
* the head of a unit, if somebody of the unit takes part in it and its body is one that the head's post reaches;
* those to whom it was shown by a grant (`access.grants`): a person, or the unit of the acting post, until its last day.

Papers of Đảng ủy and UBKT are never visible by rights in another body: only a grant that names the person opens them.
Who holds two posts sees the papers of each body while acting in its post, even those in which they take part; who was
given a paper of a body that none of their posts reaches sees it as they are.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import AccessGrant


def visible(
    actor: Actor,
    *,
    row_id: InstrumentedAttribute[UUID],
    body_id: InstrumentedAttribute[UUID],
    participants: type[Any],
    participant_row: InstrumentedAttribute[UUID],
    read_all: str,
) -> ColumnElement[bool]:
    """The predicate for lists, counts, search, files and figures of one kind of thing.

    `participants` is its table of people (`staff_id`), `participant_row` the column there that names the thing,
    `read_all` the permission that opens every row of the bodies reached. Grants know the kind by the table of `row_id`.
    """

    def taken_part_in_by(people: frozenset[UUID]) -> ColumnElement[bool]:
        return exists(
            select(1).where(
                participants.tenant_id == actor.organ.id,
                participant_row == row_id,
                participants.staff_id.in_(sorted(people)),
            )
        )

    here = handled_here(actor, body_id, read_all)
    ways = [
        and_(taken_part_in_by(frozenset((actor.staff_id,))), here),
        and_(_granted(actor, row_id), here),
    ]
    reached = body_id.in_(sorted(actor.acting.body_ids))
    if actor.may(read_all):
        ways.insert(0, reached)  # first, because it decides without looking elsewhere
    elif actor.acting.led:
        ways.append(and_(reached, taken_part_in_by(actor.acting.led)))
    return or_(*ways)


def handled_here(actor: Actor, body_id: InstrumentedAttribute[UUID], right: str) -> ColumnElement[bool]:
    """Whether taking part counts in the acting post: the row's body is not left to another post of the person.

    `right` is any right of the module, whose name stands before the dot.
    """
    elsewhere = actor.elsewhere(right.partition(".")[0])
    return body_id.not_in(sorted(elsewhere)) if elsewhere else true()


def _granted(actor: Actor, row_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    return exists(
        select(1).where(
            AccessGrant.tenant_id == actor.organ.id,
            AccessGrant.kind == row_id.class_.__tablename__,
            AccessGrant.thing_id == row_id,
            or_(AccessGrant.staff_id == actor.staff_id, AccessGrant.unit_id == actor.acting.unit_id),
            AccessGrant.revoked_at.is_(None),
            or_(AccessGrant.ends_on.is_(None), AccessGrant.ends_on >= clock.today()),
        )
    )
