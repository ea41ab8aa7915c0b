"""Who inside an organ may see a document, a meeting or a case: one rule, one SQL predicate.

A row is visible to those who take part in it, and to holders of the module's reading right in the bodies that the
acting post reaches. Papers of Đảng ủy and UBKT are never visible by rights in another body. Who holds two posts sees
the papers of each body while acting in its post, even those in which they take part; who was given a paper of a body
that none of their posts reaches sees it as they are.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from lienxa.platform.access.actor import Actor


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
    `read_all` the permission that opens every row of the bodies reached.
    """
    takes_part = exists(
        select(1).where(
            participants.tenant_id == actor.organ.id,
            participant_row == row_id,
            participants.staff_id == actor.staff_id,
        )
    )
    by_right = body_id.in_(sorted(actor.acting.body_ids)) if actor.may(read_all) else false()
    return or_(and_(takes_part, handled_here(actor, body_id, read_all)), by_right)


def handled_here(actor: Actor, body_id: InstrumentedAttribute[UUID], right: str) -> ColumnElement[bool]:
    """Whether taking part counts in the acting post: the row's body is not left to another post of the person.

    `right` is any right of the module, whose name stands before the dot.
    """
    elsewhere = actor.elsewhere(right.partition(".")[0])
    return body_id.not_in(sorted(elsewhere)) if elsewhere else true()
