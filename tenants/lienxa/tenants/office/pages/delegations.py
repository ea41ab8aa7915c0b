"""Delegations and substitutions (ủy quyền, phân công thay thế): their pages, for everybody whom they concern."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform import clock, places
from lienxa.platform.access import delegations, grants
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.delegations import DELEGATE, DelegationShown
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import AppError, Conflict
from lienxa.platform.module import all_modules
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import Badge, TimelineLine, page, place_asked, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.tenants.office import lending, repository, rules
from lienxa.tenants.office.lending import MARKS, PATH

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]


class DelegationController(Controller):
    """What people let others do in their posts, and who stands in for whom."""

    path = PATH

    @get("/", operation_id="ShowDelegations")
    async def index(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Those from and to the person; who watches over them sees all of the organ."""
        everybody = lending.watches(actor)
        after = place_asked(request, places.read_day)
        found = await delegations.page(session, None if everybody else actor.staff_id, after, delegations.PAGE + 1)
        rows = found[: delegations.PAGE]
        following = places.of_day(rows[-1].ends_on, rows[-1].id) if len(found) > len(rows) else ""
        return page(
            request,
            "office/delegations.html",
            rows=[(row, badge(row)) for row in rows],
            everybody=everybody,
            delegates=actor.may(DELEGATE) and actor.acting.lent is None,
            next_path=f"{PATH}?sau={following}" if following else "",
        )

    @get("/moi", operation_id="NewDelegation")
    async def new(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form in which somebody lends rights of their post."""
        return await _delegate_page(request, session, actor)

    @post("/moi", operation_id="Delegate", status_code=303)
    async def delegate(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Lend them."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_delegate_page, request, session, actor, values=form.values)):
            borrower_id = form.uuid("borrower", _("Người được ủy quyền"), required=True)
            mark = form.choice("mark", _("Cách ký"), MARKS)
            rights = form.texts("rights")
            span = _span(form)
            assert borrower_id is not None
            made = await lending.delegate(session, actor, borrower_id, mark, rights, span)
        return redirect(request, f"{PATH}/{made.id}", notice=_("Đã ủy quyền. Tự hết khi qua ngày cuối."))

    @get("/thay-the", operation_id="NewSubstitution")
    async def new_substitution(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form in which it is said who stands in for somebody."""
        return await _substitute_page(request, session, actor)

    @post("/thay-the", operation_id="Substitute", status_code=303)
    async def substitute(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Say it."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_substitute_page, request, session, actor, values=form.values)):
            holder = rules.read_holder(form.text("post", _("Người vắng mặt"), required=True))
            if holder is None:
                form.refuse("post", _("Người này không giữ chức vụ đó."), _("Chọn lại trong danh sách."))
            borrower_id = form.uuid("borrower", _("Người thay"), required=True)
            span = _span(form)
            assert holder is not None
            assert borrower_id is not None
            made = await lending.substitute(session, actor, *holder, borrower_id, span)
        notice = _("Đã phân công. Người thay mở việc của người vắng ở mục đổi chức vụ.")
        return redirect(request, f"{PATH}/{made.id}", notice=notice)

    @get("/{delegation_id:str}", operation_id="ShowDelegation")
    async def show(self, request: HtmlRequest, session: Db, actor: Me, delegation_id: FromPath[UUID]) -> Template:
        """One of them: what may be done under it, until when, on which paper."""
        return await _delegation_page(request, session, actor, delegation_id)

    @post("/{delegation_id:str}/thu-hoi", operation_id="RevokeDelegation", status_code=303)
    async def revoke(self, request: HtmlRequest, session: Db, actor: Me, delegation_id: FromPath[UUID]) -> Redirect:
        """End it at once."""
        form = FormReader(await request.form())
        shown = partial(_delegation_page, request, session, actor, delegation_id, values=form.values)
        async with shown_again(session, shown, Conflict):
            reason = form.text("reason", _("Lý do thu hồi"), required=True, max=300)
            form.check()
            await lending.revoke(session, actor, delegation_id, reason)
        return redirect(request, f"{PATH}/{delegation_id}", notice=_("Đã thu hồi. Có hiệu lực ngay."))


def badge(row: DelegationShown) -> Badge:
    """How a delegation stands today."""
    if row.stand == delegations.REVOKED:
        return Badge("neutral", _("Đã thu hồi"))
    if row.stand == delegations.ENDED:
        return Badge("neutral", _("Đã hết hạn"))
    if row.stand == delegations.COMING:
        return Badge("info", _("Chưa đến ngày"))
    return Badge("ok", _("Đang có hiệu lực"))


def _span(form: FormReader) -> lending.Span:
    starts_on = form.day("starts_on", _("Từ ngày"), required=True)
    ends_on = form.day("ends_on", _("Đến hết ngày"), required=True)
    basis = form.text("basis", _("Căn cứ"), required=True, max=300)
    form.check()
    assert starts_on is not None
    assert ends_on is not None
    return lending.Span(starts_on, ends_on, basis)


async def _people(session: TenantSession, actor: Actor, *, with_self: bool) -> dict[str, str]:
    return {str(row.id): row.full_name for row in await grants.people(session) if with_self or row.id != actor.staff_id}


async def _delegate_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    *,
    values: Mapping[str, Any] | None = None,
    errors: AppError | None = None,
) -> Template:
    actor.require(DELEGATE)
    allowed = {right.name for right in lending.lendable(actor.acting.permissions)}
    by_module = [
        (module.title, {right.name: right.title for right in module.permissions if right.name in allowed})
        for module in all_modules()
    ]
    return page(
        request,
        "office/delegation_new.html",
        status=422 if errors else 200,
        people=await _people(session, actor, with_self=False),
        rights=[(title, rights) for title, rights in by_module if rights],
        marks=MARKS,
        values=values or {"starts_on": f"{clock.today():%d/%m/%Y}", "mark": "TUQ"},
        errors=errors,
    )


async def _substitute_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    *,
    values: Mapping[str, Any] | None = None,
    errors: AppError | None = None,
) -> Template:
    if not lending.watches(actor):
        actor.require(delegations.SUBSTITUTE)
    posts = await lending.posts_to_stand_in_for(session, actor)
    return page(
        request,
        "office/substitution_new.html",
        status=422 if errors else 200,
        posts={post.key: f"{post.name} – {post.title}" for post in posts},
        people=await _people(session, actor, with_self=True),
        values=values or {"starts_on": f"{clock.today():%d/%m/%Y}"},
        errors=errors,
    )


async def _delegation_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    delegation_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: AppError | None = None,
) -> Template:
    row = await lending.seen(session, actor, delegation_id)
    has_two_jobs = row.is_open and await repository.with_two_jobs(session, [row.borrower_id])
    return page(
        request,
        "office/delegation.html",
        status=422 if errors else 200,
        row=row,
        badge=badge(row),
        warning=rules.two_jobs(row.borrower) if has_two_jobs else "",
        rights=[right.title for right in lending.lendable(frozenset(row.rights))],
        may_revoke=lending.may_revoke(actor, row),
        mark_title=MARKS.get(row.mark, ""),
        events=[
            TimelineLine(event.at, event.staff_name, event.post_title, str(event.detail.get("text", "")))
            for event in reversed(await timeline(session, delegation_id))
        ],
        values=values,
        errors=errors,
    )
