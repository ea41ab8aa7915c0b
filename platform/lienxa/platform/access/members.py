"""Membership of an organ: from an account or a person to an `Actor`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from lienxa.platform.access import repository
from lienxa.platform.access.actor import Actor, Face, HeldPost, Lent, vietnamese_sort_key
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.tenancy.organs import Organ


async def member(
    session: TenantSession, organ: Organ, account_id: UUID, acting_post: UUID | None = None
) -> Actor | None:
    """The account as a member of the organ, acting in `acting_post` or in their first post.

    `acting_post` is a post of theirs, or the delegation by which they act in another's; one that ended counts no more.
    None if they hold no post there today.
    """
    return await _actor(session, organ, account_id=account_id, acting_post=acting_post)


async def staff_member(session: TenantSession, organ: Organ, staff_id: UUID) -> Actor:
    """A person of the organ as an actor (jobs and the demonstration), or `NotFound`."""
    actor = await _actor(session, organ, staff_id=staff_id)
    if actor is None:
        raise NotFound
    return actor


async def everybody(session: TenantSession, organ: Organ) -> list[Actor]:
    """Everybody who holds a post today, by given name, acting in the first of their posts. One statement."""
    by_person: dict[UUID, list[Any]] = {}
    for row in await repository.all_held_posts(session):
        by_person.setdefault(row.staff_id, []).append(row)
    found = [_member(organ, rows) for rows in by_person.values()]
    members = [actor for actor in found if actor is not None]
    return sorted(members, key=lambda actor: vietnamese_sort_key(actor.name))


async def face(session: TenantSession) -> Face:
    """How the organ wants to be named and shown to who is no member."""
    found = await repository.profile(session)
    return Face(found.title, found.office_name, found.emblem_id) if found else Face()


async def _actor(
    session: TenantSession,
    organ: Organ,
    *,
    account_id: UUID | None = None,
    staff_id: UUID | None = None,
    acting_post: UUID | None = None,
) -> Actor | None:
    return _member(organ, await repository.held_posts(session, account_id=account_id, staff_id=staff_id), acting_post)


def _member(organ: Organ, rows: Sequence[Any], acting_post: UUID | None = None) -> Actor | None:
    if not rows or rows[0].delegation_id is not None:  # who holds no post of their own acts in nobody else's
        return None
    posts = tuple(_post(row) for row in rows)
    acting = next((post for post in posts if post.id == acting_post), posts[0])
    first = rows[0]
    face = Face(first.organ_title, first.office_name, first.emblem_id)
    return Actor(organ, first.account_id, first.staff_id, first.full_name, acting, posts, face)


def _post(row: Any) -> HeldPost:
    lent = None
    if row.delegation_id is not None:
        withheld = frozenset(row.withheld or ())
        lent = Lent(row.lender_id, row.lender_name, row.title, row.mark, row.ends_on, withheld)
    return HeldPost(
        id=row.delegation_id or row.post_id,
        title=lent.title if lent else row.title,
        role=row.role,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        body_ids=frozenset(row.body_ids or ()),
        permissions=frozenset(row.permissions or ()),
        led=frozenset(row.led or ()),
        lent=lent,
        signing_title=row.signing_title,
    )
