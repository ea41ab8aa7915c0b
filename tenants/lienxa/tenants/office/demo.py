"""The demonstration's office: who leads a section, and a paper that was shown to somebody by name."""

from datetime import timedelta

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Post
from lienxa.platform.access.staffing import COMMUNE
from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import DemoContext
from lienxa.platform.text import _
from lienxa.tenants.documents import api as documents
from lienxa.tenants.office import operations
from lienxa.tenants.office.schemas import PostEntry, Showing

_TITLES = {post.code: post.title for post in COMMUNE.posts}
_OFFICER = _TITLES["chuyen-vien-van-hoa"]
_SHOWN_BY, _SHOWN_TO = _TITLES["bi-thu"], _TITLES["chuyen-vien-tai-chinh"]
_SHOWN_DAYS = 60


async def demo(context: DemoContext) -> None:
    """A section of several people has a head; the Party secretary shows the last resolution to one officer."""
    if context.organ.is_parent:
        return
    async with context.transaction() as session:
        with clock.fixed_at(clock.instant(context.since, 7)):
            await _head_of_section(context, session)
        await _shown_paper(context, session)


async def _head_of_section(context: DemoContext, session: TenantSession) -> None:
    """Where several hold the same post, who joined the office first leads them."""
    officers = [row.staff_id for row in await people.holders_of_role(session, "specialist") if row.title == _OFFICER]
    if len(officers) < 2:
        return
    administrator = await context.person(session, "administrator")
    first = await members.staff_member(session, context.organ, min(officers))
    officer = await session.find(Post, first.acting.id)
    title = _("Trưởng bộ phận {unit}", unit=first.acting.unit_name)
    entry = PostEntry(title, officer.unit_id, officer.body_id, officer.role_id, True, officer.position - 1)
    head = await operations.add_post(session, administrator, entry)
    await operations.appoint(session, administrator, head.id, first.staff_id, context.since, None)


async def _shown_paper(context: DemoContext, session: TenantSession) -> None:
    """Papers of Đảng ủy are for its own posts: nothing but a grant by name opens one to an officer of UBND."""
    shown_by = await _holder(context, session, "leader", _SHOWN_BY)
    shown_to = await _holder(context, session, "specialist", _SHOWN_TO)
    paper = await documents.latest_issued(session, shown_by)
    if paper is None:
        return
    until = clock.today() + timedelta(days=_SHOWN_DAYS)
    reason = _("Tham mưu kinh phí thực hiện.")
    await operations.grant(session, shown_by, "document", paper, Showing(shown_to.staff_id, None, until, reason))


async def _holder(context: DemoContext, session: TenantSession, role: str, title: str) -> Actor:
    """Who holds the post of that title, acting in it."""
    rows = await people.holders_of_role(session, role)
    staff_id = next(row.staff_id for row in rows if row.title == title)
    actor = await members.staff_member(session, context.organ, staff_id)
    return next(actor.acting_in(post.id) for post in actor.posts if post.title == title)
