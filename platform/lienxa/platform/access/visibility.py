"""Who inside an organ may see a document, a meeting or a case: one rule, one SQL predicate.

A row is visible to those who take part in it, and to holders of the module's reading right in the bodies that the
acting post reaches. Papers of Đảng ủy and UBKT are never visible by rights in another body.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from lienxa.platform.access.actor import Actor


def visible(
    actor: Actor,
    *,
    row_id: InstrumentedAttribute[UUID],
    body_id: InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None],
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
    return or_(takes_part, by_right)
