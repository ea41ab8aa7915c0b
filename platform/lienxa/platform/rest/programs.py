"""Service accounts as actors: what stands behind a call with a token, and all that may call today."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from lienxa.platform.access.actor import Actor, Face, HeldPost
from lienxa.platform.db.session import TenantSession
from lienxa.platform.rest import repository
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _

ROLE = "service"


@dataclass(frozen=True)
class Program:
    """A service account and the last day on which its token opens."""

    actor: Actor
    expires_on: date


async def alive(session: TenantSession, organ: Organ) -> list[Program]:
    """The service accounts that may be used today, by name. One statement."""
    return [Program(acting(organ, row), row.expires_on) for row in await repository.all_alive(session)]


def acting(organ: Organ, row: Row[Any]) -> Actor:
    """A service account (`repository.alive`) as an actor: with its own rights, in the unit that looks after it."""
    post = HeldPost(
        id=row.id,
        title=_("Tài khoản kết nối"),
        role=ROLE,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        body_ids=frozenset(row.body_ids or ()),
        permissions=frozenset(row.permissions or ()),
    )
    face = Face(row.organ_title, row.office_name, row.emblem_id)
    return Actor(organ, row.id, row.id, row.full_name, post, (post,), face)
