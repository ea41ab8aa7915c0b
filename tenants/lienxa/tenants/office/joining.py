"""People who have an account already: invited, and of the organ once they agreed (ADR 0043).

Until then they are no person of it: they hold no post, are offered for nothing and stand in no list but that of open
invitations. What was meant for them is tried when they agree, and told to the administrators if it holds no more.
"""

from datetime import date
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access import staffing
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Post, Staff
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput, NotFound
from lienxa.platform.identity import enrolment, invitations
from lienxa.platform.identity.invitations import Invited
from lienxa.platform.notify import notices
from lienxa.platform.notify.notices import Told
from lienxa.platform.text import _
from lienxa.tenants.office import jobs, operations, repository
from lienxa.tenants.office.permissions import ADMINISTRATE

JOINED_ELSEWHERE = "office.joined_elsewhere"
_KIND = "invitation"


async def invite(
    session: TenantSession,
    actor: Actor,
    username: str,
    full_name: str,
    post_id: UUID | None,
    held_from: date,
    *,
    together: bool = False,
) -> Invited:
    """Ask somebody who has an account at another organ to work here too, or from now on, with that same account.

    Nothing but this invitation and its line in the trail is written before they agree. The other organ goes on until
    its own administrator ends it there. `InvalidInput` names the field: `username` (no such account of that name),
    `post`, `together`; `Conflict` if they are a person of this organ or invited already.
    """
    actor.require(ADMINISTRATE)
    await end_expired(session)
    if post_id is not None:
        post = await operations.open_post(session, post_id)
        if not together:
            await operations.refuse_second_holder(session, post, None, held_from, None)
    invited = await invitations.invite(
        session, actor.organ, username, full_name, actor.name, post_id, held_from, together=together
    )
    told = _("Mời {name} vào làm việc bằng tài khoản {username}", name=invited.full_name, username=invited.username)
    trail.record(session, actor, "office.invite", _KIND, invited.id, {"text": told})
    await session.flush()
    return invited


async def waiting(session: TenantSession, actor: Actor) -> list[tuple[Invited, str]]:
    """Who was invited and has not answered, oldest first, each with the title of the post that is meant for them."""
    actor.require(ADMINISTRATE)
    titles = {post.id: post.title for post in await repository.posts(session)}
    found = await invitations.open_ones(session)
    return [(one, titles.get(one.post_id, "") if one.post_id else "") for one in found]


async def one_waiting(session: TenantSession, actor: Actor, invitation_id: UUID) -> Invited:
    """One of them, or `NotFound`."""
    actor.require(ADMINISTRATE)
    found = [one for one in await invitations.open_ones(session) if one.id == invitation_id]
    if not found:
        raise NotFound
    return found[0]


async def withdraw(session: TenantSession, actor: Actor, invitation_id: UUID) -> Invited:
    """Take an invitation back that nobody answered; `NotFound` otherwise."""
    actor.require(ADMINISTRATE)
    invited = await invitations.take_back(session, invitation_id)
    await invitations.sign_out(session, invited)
    told = _("Rút lại lời mời {name} ({username})", name=invited.full_name, username=invited.username)
    trail.record(session, actor, "office.withdraw_invitation", _KIND, invited.id, {"text": told})
    await session.flush()
    return invited


async def offered(session: TenantSession, account_id: UUID) -> tuple[Invited, Post | None] | None:
    """The open invitation to an account, with the post that is meant for it."""
    invited = await invitations.of_account(session, account_id)
    if invited is None:
        return None
    return invited, await session.find(Post, invited.post_id) if invited.post_id else None


async def agree(session: TenantSession, account_id: UUID) -> Staff:
    """Become a person of the organ that invited, in the post that was meant; `NotFound` if no invitation is open.

    Who left it once comes back as the same person. The administrators are told, those of each other organ as well.
    """
    invited = await invitations.take_answered(session, account_id)
    person = await _person(session, invited)
    told = _(
        "{name} đồng ý vào làm việc bằng tài khoản {username} (mời ngày {day:%d/%m/%Y})",
        name=person.full_name,
        username=invited.username,
        day=clock.legal(invited.invited_at),
    )
    trail.record_account(session, "office.agreed", account_id, invited.full_name, "staff", person.id, {"text": told})
    await session.flush()
    missing = await _give_post(session, invited, person)
    said = _("{name} đã đồng ý vào làm việc", name=person.full_name)
    if missing:
        said = _("{said}; chưa giao được chức vụ: {reason}", said=said, reason=missing)
    await _tell_administrators(session, "office.agreed", said, f"/quan-tri/can-bo/{person.id}")
    await invitations.join(session, invited, jobs.tell_joined)
    return person


async def _person(session: TenantSession, invited: Invited) -> Staff:
    person = await repository.person_of(session, invited.account_id)
    if person is None:
        return await staffing.add_staff(session, invited.account_id, invited.full_name)
    person.suspended_on = person.left_on = None
    person.version += 1
    await session.flush()
    return person


async def _give_post(session: TenantSession, invited: Invited, person: Staff) -> str:
    """Let them hold the post that was meant for them; why they do not, if it is another's by now or done away with."""
    if invited.post_id is None:
        return _("lời mời không ghi chức vụ")
    since = max(invited.held_from, clock.today())
    try:
        post, _held, told = await operations.let_hold(
            session, invited.post_id, person.id, since, None, together=invited.together
        )
    except InvalidInput as refused:
        return refused.fields[0].reason
    trail.record_service(session, "office.appoint", "post", post.id, {"text": told})
    await session.flush()
    return ""


async def refuse(session: TenantSession, account_id: UUID) -> Invited:
    """Turn the invitation down: nothing stays of it but a line in the trail; `NotFound` if none is open."""
    invited = await invitations.take_answered(session, account_id)
    await invitations.sign_out(session, invited)
    told = _("{name} từ chối lời mời vào làm việc", name=invited.full_name)
    trail.record_account(
        session, "office.refused_invitation", account_id, invited.full_name, _KIND, invited.id, {"text": told}
    )
    await session.flush()
    await _tell_administrators(session, "office.refused_invitation", told, "/quan-tri/can-bo")
    return invited


async def end_expired(session: TenantSession) -> int:
    """End the invitations that nobody answered in thirty days; returns how many."""
    expired = await invitations.take_expired(session)
    for invited in expired:
        await invitations.sign_out(session, invited)
        told = _(
            "{name} không trả lời lời mời ngày {day:%d/%m/%Y}; lời mời đã hết hạn",
            name=invited.full_name,
            day=clock.legal(invited.invited_at),
        )
        trail.record_service(session, "office.invitation_expired", _KIND, invited.id, {"text": told})
        await session.flush()
        await _tell_administrators(session, "office.invitation_expired", told, "/quan-tri/can-bo")
    return len(expired)


async def _tell_administrators(session: TenantSession, kind: str, said: str, path: str) -> None:
    told = [row.staff_id for row in await people.holders_of_role(session, "administrator")]
    await notices.tell(session, None, Told(told, kind, said, path))


async def tell_joined(session: TenantSession, account_id: UUID, organ_id: UUID) -> None:
    """Somebody agreed to work at another organ too: tell them here, who runs this organ, and the trail."""
    person = await repository.person_of(session, account_id)
    organ = await enrolment.organ_there(session, organ_id)
    if person is None or organ is None:
        return
    said = _("{name} đồng ý làm việc ở {organ} bằng tài khoản đang có", organ=organ.title, name=person.full_name)
    trail.record_service(session, "office.joined_elsewhere", "staff", person.id, {"text": said})
    await session.flush()
    theirs = _(
        "Ông/bà đã đồng ý làm việc ở {organ}; nếu không phải ông/bà, báo ngay người quản trị của đơn vị",
        organ=organ.title,
    )
    others = [row.staff_id for row in await people.holders_of_role(session, "administrator")]
    await notices.tell(
        session,
        None,
        Told([person.id], JOINED_ELSEWHERE, theirs, "/phien"),
        Told([one for one in others if one != person.id], JOINED_ELSEWHERE, said, f"/quan-tri/can-bo/{person.id}"),
    )
