"""The pages on which an organ invites somebody who has an account already, and on which they answer."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, InvalidInput, NotFound
from lienxa.platform.identity import enrolment, invitations
from lienxa.platform.identity.invitations import ANSWER_PATH
from lienxa.platform.identity.requests import person_of
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.gate import admit_answer
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.tenants.office import joining, repository
from lienxa.tenants.office.permissions import ADMINISTRATE

PATH = "/quan-tri/can-bo/da-co-tai-khoan"
_STAFF = "/quan-tri/can-bo"

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
        """Ask them to work here too; they answer when they have signed on with the password that they have."""
        actor.require(ADMINISTRATE)
        form = FormReader(await request.form())
        async with shown_again(session, partial(_page, request, session, actor, values=form.values), Conflict):
            username = form.text("username", _("Tên đăng nhập"), required=True, max=90)
            full_name = form.text("full_name", _("Họ và tên"), required=True, max=100)
            post_id = form.uuid("post", _("Chức vụ"))
            held_from = form.day("held_from", _("Giữ chức vụ từ ngày")) or clock.today()
            together = form.checked("together")
            form.check()
            await invitations.count_try(request.app.state.database, actor.organ)
            invited = await joining.invite(session, actor, username, full_name, post_id, held_from, together=together)
        notice = _(
            "Đã mời {name}. Người này thấy lời mời ở góc trên bên phải khi đăng nhập đơn vị mình, "
            "và là cán bộ của đơn vị khi đồng ý.",
            name=invited.full_name,
        )
        return redirect(request, _STAFF, notice=notice)

    @post("/{invitation_id:str}/rut-lai", operation_id="WithdrawInvitation", status_code=303)
    async def withdraw(self, request: HtmlRequest, session: Db, actor: Me, invitation_id: FromPath[UUID]) -> Redirect:
        """Take an invitation back that nobody answered."""
        invited = await joining.withdraw(session, actor, invitation_id)
        return redirect(request, _STAFF, notice=_("Đã rút lại lời mời {name}.", name=invited.full_name))


class AnswerController(Controller):
    """The answer of who is invited: all that an organ shows them before they agreed."""

    path = ANSWER_PATH
    opt = {"admit": admit_answer}
    include_in_schema = False

    @get("/", operation_id="ShowInvitation")
    async def show(self, request: HtmlRequest, session: Db, organ: NamedDependency[Organ]) -> Template | Redirect:
        """Who invites to what, and what the organ's administrators will see."""
        signed = person_of(request)
        found = await joining.offered(session, signed.account_id)
        if found is None and await members.member(session, organ, signed.account_id):
            return redirect(request, "/")
        invited, post_offered = found or (None, None)
        return page(
            request,
            "office/invitation.html",
            signed=signed,
            invited=invited,
            post=post_offered,
            agreed=invited is None and await enrolment.serves_here(session, signed.account_id),
        )

    @post("/dong-y", operation_id="AgreeToInvitation", status_code=303)
    async def agree(self, request: HtmlRequest, session: Db, organ: NamedDependency[Organ]) -> Redirect:
        """Become one of the organ's people, and go to work if a post is theirs from today."""
        signed = person_of(request)
        try:
            await joining.agree(session, signed.account_id)
        except NotFound:
            return redirect(request, ANSWER_PATH)
        holds_post = await members.member(session, organ, signed.account_id) is not None
        notice = _("Đồng chí đã là cán bộ của {organ}.", organ=organ.full_name)
        return redirect(request, "/" if holds_post else ANSWER_PATH, notice=notice)

    @post("/tu-choi", operation_id="RefuseInvitation", status_code=200)
    async def refuse(self, request: HtmlRequest, session: Db) -> Template | Redirect:
        """Turn it down; the session at this organ ends."""
        try:
            await joining.refuse(session, person_of(request).account_id)
        except NotFound:
            return redirect(request, ANSWER_PATH)
        return page(request, "office/invitation_refused.html")


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
