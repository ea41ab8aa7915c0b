"""The page on which an organ takes in somebody who has an account at another organ already."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, InvalidInput
from lienxa.platform.identity import enrolment
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.tenants.office import operations, repository
from lienxa.tenants.office.permissions import ADMINISTRATE

PATH = "/quan-tri/can-bo/da-co-tai-khoan"

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]


class JoiningController(Controller):
    """Somebody who comes from another organ, or works at both, with the account that they have."""

    path = PATH

    @get("/", operation_id="NewInvitation")
    async def new(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form."""
        return await _page(request, session, actor)

    @post("/", operation_id="Invite", status_code=303)
    async def invite(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Let them work here too; they sign on with the password that they have."""
        actor.require(ADMINISTRATE)
        form = FormReader(await request.form())
        async with shown_again(session, partial(_page, request, session, actor, values=form.values), Conflict):
            username = form.text("username", _("Tên đăng nhập"), required=True, max=90)
            full_name = form.text("full_name", _("Họ và tên"), required=True, max=100)
            post_id = form.uuid("post", _("Chức vụ"))
            held_from = form.day("held_from", _("Giữ chức vụ từ ngày")) or clock.today()
            together = form.checked("together")
            form.check()
            await enrolment.count_invitation(request.app.state.database, actor.organ)
            person = await operations.invite(session, actor, username, full_name, post_id, held_from, together=together)
        notice = _("{name} đăng nhập ở đây bằng tài khoản và mật khẩu đang có.", name=person.full_name)
        return redirect(request, f"/quan-tri/can-bo/{person.id}", notice=notice)


async def _page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    *,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | Conflict | None = None,
) -> Template:
    actor.require(ADMINISTRATE)
    posts = await repository.posts(session)
    return page(
        request,
        "office/invite.html",
        status=200 if errors is None else 422 if isinstance(errors, InvalidInput) else 409,
        posts={str(post.id): post.label for post in posts},
        path=PATH,
        values=values or {"held_from": f"{clock.today():%d/%m/%Y}"},
        errors=errors,
    )
