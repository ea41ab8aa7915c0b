"""The demonstration's office: who leads a section, who stood in for whom, a paper that was shown by name."""

from datetime import timedelta

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Post
from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import DemoContext
from lienxa.platform.text import _
from lienxa.tenants.documents import api as documents
from lienxa.tenants.office import lending, operations
from lienxa.tenants.office.schemas import PostEntry, Showing

_SHOWN_DAYS = 60
_LENT_DAYS = 40


async def demo(context: DemoContext) -> None:
    """Where a section has several people one leads it; the Party secretary shows the last paper to one officer."""
    if context.organ.is_parent:
        return
    async with context.transaction() as session:
        with clock.fixed_at(clock.instant(context.since, 7)):
            if "lao-dong" in context.names:
                await _lead_section(context, session, "van-hoa")
        with clock.fixed_at(clock.instant(clock.today() - timedelta(days=_LENT_DAYS), 7)):
            await _lend(context, session)
        if {"bi-thu", "tai-chinh"} <= context.names.keys():
            await _show_paper(context, session, "bi-thu", "tai-chinh")


async def _lead_section(context: DemoContext, session: TenantSession, leads: str) -> None:
    """A post of its own, beside the one that the person holds in the section."""
    administrator = await context.person(session, "administrator")
    person = await _person(context, session, leads)
    held = await session.find(Post, person.acting.id)
    title = _("Trưởng bộ phận {unit}", unit=person.acting.unit_name)
    entry = PostEntry(title, held.unit_id, held.body_id, held.role_id, True, held.position - 1)
    head = await operations.add_post(session, administrator, entry)
    await operations.appoint(session, administrator, head.id, person.staff_id, context.since, None)


async def _lend(context: DemoContext, session: TenantSession) -> None:
    """A leader who was away let the office head sign results of cases; it ended by itself."""
    leader, office_head = await context.person(session, "leader"), await context.person(session, "office_head")
    rights = [
        right.name for right in lending.lendable(leader.acting.permissions) if right.name.startswith("procedures.")
    ]
    basis = _("Giấy ủy quyền ngày {day:%d/%m/%Y}", day=clock.today())
    span = lending.Span(clock.today(), clock.today() + timedelta(days=_LENT_DAYS // 2), basis)
    await lending.delegate(session, leader, office_head.staff_id, "TUQ", rights, span)


async def _show_paper(context: DemoContext, session: TenantSession, shown_by: str, shown_to: str) -> None:
    """Papers of Đảng ủy are for its own posts: nothing but a grant by name opens one to an officer of UBND."""
    secretary, officer = await _person(context, session, shown_by), await _person(context, session, shown_to)
    paper = await documents.latest_issued(session, secretary)
    if paper is None:
        return
    until = clock.today() + timedelta(days=_SHOWN_DAYS)
    showing = Showing(officer.staff_id, None, until, _("Tham mưu kinh phí thực hiện."))
    await operations.grant(session, secretary, "document", paper, showing)


async def _person(context: DemoContext, session: TenantSession, user: str) -> Actor:
    """Who signs on by that user name, acting in the first of their posts."""
    rows = await people.staff_with_posts(session)
    staff_id = next(row.staff_id for row in rows if row.full_name == context.names[user])
    return await members.staff_member(session, context.organ, staff_id)
