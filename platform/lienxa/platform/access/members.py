"""Membership of an organ: from an account or a person to an `Actor`."""

from uuid import UUID

from lienxa.platform.access import repository
from lienxa.platform.access.actor import Actor, Face, HeldPost
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.tenancy.organs import Organ


async def member(
    session: TenantSession, organ: Organ, account_id: UUID, acting_post: UUID | None = None
) -> Actor | None:
    """The account as a member of the organ, acting in `acting_post` or in their first post.

    None if they hold no post there today.
    """
    return await _actor(session, organ, account_id=account_id, acting_post=acting_post)


async def staff_member(session: TenantSession, organ: Organ, staff_id: UUID) -> Actor:
    """A person of the organ as an actor (jobs and the demonstration), or `NotFound`."""
    actor = await _actor(session, organ, staff_id=staff_id)
    if actor is None:
        raise NotFound
    return actor


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
    rows = await repository.held_posts(session, account_id=account_id, staff_id=staff_id)
    if not rows:
        return None
    posts = tuple(
        HeldPost(
            id=row.post_id,
            title=row.title,
            role=row.role,
            unit_id=row.unit_id,
            unit_name=row.unit_name,
            body_ids=frozenset(row.body_ids or ()),
            permissions=frozenset(row.permissions or ()),
            led=frozenset(row.led or ()),
        )
        for row in rows
    )
    acting = next((post for post in posts if post.id == acting_post), posts[0])
    first = rows[0]
    face = Face(first.organ_title, first.office_name, first.emblem_id)
    return Actor(organ, first.account_id, first.staff_id, first.full_name, acting, posts, face)
