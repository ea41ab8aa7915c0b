"""Its posts, for the administrator."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Post
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.web.suspended import WHILE_SUSPENDED
from lienxa.tenants.office import operations, repository, rules
from lienxa.tenants.office.pages.common import (
    Db,
    HtmlRequest,
    Me,
    Refusal,
    options,
    read_name,
    read_position,
    read_version,
    standing_badge,
    status,
    told,
)
from lienxa.tenants.office.permissions import ADMINISTRATE
from lienxa.tenants.office.schemas import PostEntry


class PostController(Controller):
    """The posts and their holders in time."""

    path = "/quan-tri/chuc-vu"

    @get("/", operation_id="ListPosts")
    async def index(self, request: HtmlRequest, session: Db, actor: Me, bo: FromQuery[str] = "") -> Template:
        """The posts in their order with those who hold them today; `bo=1`: the ones that were done away with."""
        actor.require(ADMINISTRATE)
        posts = await repository.posts(session, closed=bool(bo))
        return page(request, "office/posts.html", posts=posts, closed=bool(bo))

    @get("/moi", operation_id="NewPost")
    async def new(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form for a new post."""
        return await _post_page(request, session, actor)

    @post("/moi", operation_id="AddPost", status_code=303)
    async def add(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Create it."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_post_page, request, session, actor, values=form.values), Conflict):
            entry = _read_post(form)
            made = await operations.add_post(session, actor, entry)
        notice = _("Đã lập chức vụ {title}. Giao cho người giữ ở dưới.", title=entry.title)
        return redirect(request, f"/quan-tri/chuc-vu/{made.id}", notice=notice)

    @get("/{post_id:str}", operation_id="ShowPost", opt={WHILE_SUSPENDED: True})
    async def show(self, request: HtmlRequest, session: Db, actor: Me, post_id: FromPath[UUID]) -> Template:
        """One post: who held, holds and will hold it, and the forms to change that."""
        return await _post_page(request, session, actor, post_id)

    @post("/{post_id:str}", operation_id="ChangePost", status_code=303)
    async def change(self, request: HtmlRequest, session: Db, actor: Me, post_id: FromPath[UUID]) -> Redirect:
        """Change it."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_post_page, request, session, actor, post_id, values=form.values), Conflict
        ):
            version, entry = read_version(form), _read_post(form)
            await operations.change_post(session, actor, post_id, version, entry)
        return redirect(request, f"/quan-tri/chuc-vu/{post_id}", notice=_("Đã lưu. Có hiệu lực ngay."))

    @post("/{post_id:str}/bo", operation_id="ClosePost", status_code=303)
    async def close(self, request: HtmlRequest, session: Db, actor: Me, post_id: FromPath[UUID]) -> Redirect:
        """Do away with it."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_post_page, request, session, actor, post_id), Conflict):
            version = read_version(form)
            form.check()
            await operations.close_post(session, actor, post_id, version)
        return redirect(request, "/quan-tri/chuc-vu", notice=_("Đã bỏ chức vụ."))

    @post("/{post_id:str}/giao", operation_id="Appoint", status_code=303)
    async def appoint(self, request: HtmlRequest, session: Db, actor: Me, post_id: FromPath[UUID]) -> Redirect:
        """Let somebody hold it."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_post_page, request, session, actor, post_id, appointing=form.values), Conflict
        ):
            staff_id = form.uuid("staff", _("Người giữ chức vụ"), required=True)
            held_from = form.day("held_from", _("Từ ngày"), required=True)
            held_to = form.day("held_to", _("Đến hết ngày"))
            signing_title = form.text("signing_title", _("Chức vụ ghi khi ký"), max=120)
            together = form.checked("together")
            form.check()
            assert staff_id is not None
            assert held_from is not None
            await operations.appoint(
                session,
                actor,
                post_id,
                staff_id,
                held_from,
                held_to,
                together=together,
                signing_title=" ".join(signing_title.split()),
            )
        return redirect(request, f"/quan-tri/chuc-vu/{post_id}", notice=_("Đã giao chức vụ."))

    @post("/{post_id:str}/ghi-khi-ky/{appointment_id:str}", operation_id="ChangeSigningTitle", status_code=303)
    async def signing_title(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        post_id: FromPath[UUID],
        appointment_id: FromPath[UUID],
    ) -> Redirect:
        """Say how the post is written under the holder's signature."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_post_page, request, session, actor, post_id), Conflict):
            signing_title = form.text("signing_title", _("Chức vụ ghi khi ký"), max=120)
            form.check()
            await operations.change_signing_title(session, actor, appointment_id, " ".join(signing_title.split()))
        return redirect(request, f"/quan-tri/chuc-vu/{post_id}", notice=_("Đã lưu. Dùng cho những lần ký từ nay."))

    @post("/{post_id:str}/thoi-giu/{appointment_id:str}", operation_id="EndAppointment", status_code=303)
    async def end(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        post_id: FromPath[UUID],
        appointment_id: FromPath[UUID],
    ) -> Redirect:
        """Let an appointment end on a day."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_post_page, request, session, actor, post_id), Conflict):
            last_day = form.day("last_day", _("Ngày cuối giữ chức vụ"), required=True)
            form.check()
            assert last_day is not None
            await operations.end_appointment(session, actor, appointment_id, last_day)
        notice = _("Đã ghi ngày cuối giữ chức vụ: {day:%d/%m/%Y}.", day=last_day)
        return redirect(request, f"/quan-tri/chuc-vu/{post_id}", notice=notice)

    @post("/{post_id:str}/huy/{appointment_id:str}", operation_id="CancelAppointment", status_code=303)
    async def cancel(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        post_id: FromPath[UUID],
        appointment_id: FromPath[UUID],
    ) -> Redirect:
        """Take back an appointment that has not begun."""
        async with shown_again(session, partial(_post_page, request, session, actor, post_id), Conflict):
            await operations.cancel_appointment(session, actor, appointment_id)
        return redirect(request, f"/quan-tri/chuc-vu/{post_id}", notice=_("Đã hủy việc giao chức vụ."))


def _read_post(form: FormReader) -> PostEntry:
    title = read_name(form, "title", _("Tên chức vụ"))
    unit_id = form.uuid("unit", _("Bộ phận"), required=True)
    body_id = form.uuid("body", _("Cơ quan"))
    role_id = form.uuid("role", _("Vai trò"), required=True)
    position = read_position(form)
    heads_unit = form.checked("heads_unit")
    form.check()
    assert unit_id is not None
    assert role_id is not None
    return PostEntry(title, unit_id, body_id, role_id, heads_unit, position)


async def _post_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    post_id: UUID | None = None,
    *,
    values: Mapping[str, Any] | None = None,
    appointing: Mapping[str, Any] | None = None,
    errors: Refusal | None = None,
) -> Template:
    actor.require(ADMINISTRATE)
    held = await session.find(Post, post_id) if post_id else None
    shown: dict[str, Any] = {}
    if held is not None:
        shown = {
            "title": held.title,
            "unit": str(held.unit_id),
            "body": str(held.body_id or ""),
            "role": str(held.role_id),
            "heads_unit": "1" if held.heads_unit else "",
            "position": held.position,
            "version": held.version,
        }
    else:
        shown = {"position": max((found.position for found in await repository.posts(session)), default=0) + 1}
    holdings = await repository.holdings(session, post_id=post_id) if post_id else []
    still = {held.staff_id: held.staff_name for held in holdings if not held.held_to or held.held_to >= clock.today()}
    two_jobs = await repository.with_two_jobs(session, still) if still else set()
    candidates = await repository.staff(session) if held is not None and held.closed_on is None else []
    return page(
        request,
        "office/post.html",
        status=status(errors),
        post=held,
        units=options(await people.units(session)),
        bodies=options(await people.bodies(session)),
        roles=options(await repository.roles(session)),
        holdings=[(holding, standing_badge(holding)) for holding in holdings],
        warnings=[rules.two_jobs(name) for staff_id, name in still.items() if staff_id in two_jobs],
        candidates={
            str(person.id): person.full_name
            for person in candidates
            if not rules.has_left(person.left_on, clock.today())
        },
        values=values or shown,
        appointing=appointing or {"held_from": f"{clock.today():%d/%m/%Y}"},
        errors=errors,
        events=told(await timeline(session, post_id)) if post_id else [],
    )
