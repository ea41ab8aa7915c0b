"""Its people and their accounts, for the administrator."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access import staffing
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Staff
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict
from lienxa.platform.identity import enrolment
from lienxa.platform.settings import get_settings
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import Badge, page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.web.suspended import WHILE_SUSPENDED
from lienxa.tenants.office import joining, operations, repository, rules
from lienxa.tenants.office.pages.common import (
    Db,
    HtmlRequest,
    Me,
    Refusal,
    read_name,
    read_version,
    standing_badge,
    status,
    told,
)
from lienxa.tenants.office.pages.joining import PATH
from lienxa.tenants.office.permissions import ADMINISTRATE
from lienxa.tenants.office.schemas import StaffLine


class StaffController(Controller):
    """The people of the organ and their accounts."""

    path = "/quan-tri/can-bo"

    @get("/", operation_id="ListMembers")
    async def index(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Everybody by given name: posts, user name, last sign-on; and who was invited and has not answered."""
        actor.require(ADMINISTRATE)
        staff = await repository.staff(session)
        logins = await enrolment.logins(session)
        lines = [(person, logins.get(person.account_id), _presence(person)) for person in staff]
        waiting = await joining.waiting(session, actor)
        return page(request, "office/members.html", lines=lines, waiting=waiting, joining=PATH)

    @get("/moi", operation_id="NewMember")
    async def new(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form for a new person."""
        return await _enrol_page(request, session, actor)

    @post("/moi", operation_id="Enrol", status_code=200)
    async def enrol(self, request: HtmlRequest, session: Db, actor: Me) -> Template | Redirect:
        """Make the account and show its password once, as a slip to print."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_enrol_page, request, session, actor, values=form.values), Conflict):
            full_name = read_name(form, "full_name", _("Họ và tên"), most=100)
            username = form.text("username", _("Tên đăng nhập"), required=True, max=90)
            post_id = form.uuid("post", _("Chức vụ"))
            held_from = form.day("held_from", _("Giữ chức vụ từ ngày")) or clock.today()
            together = form.checked("together")
            email = form.text("email", _("Địa chỉ thư"), max=200)
            form.check()
            person, account = await operations.enrol(
                session, actor, username, full_name, post_id, held_from, together=together, email=email
            )
        if account.invited_at:
            notice = _("Đã gửi thư mời đặt mật khẩu tới {address}.", address=account.invited_at)
            return redirect(request, f"/quan-tri/can-bo/{person.id}", notice=notice)
        return _slip(request, person, account.username, account.one_time_password or "")

    @get("/{staff_id:str}", operation_id="ShowMember", opt={WHILE_SUSPENDED: True})
    async def show(self, request: HtmlRequest, session: Db, actor: Me, staff_id: FromPath[UUID]) -> Template:
        """One person: their posts in time, their account, and what can be done."""
        return await _member_page(request, session, actor, staff_id)

    @post("/{staff_id:str}", operation_id="Rename", status_code=303)
    async def rename(self, request: HtmlRequest, session: Db, actor: Me, staff_id: FromPath[UUID]) -> Redirect:
        """Correct the name."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_member_page, request, session, actor, staff_id, values=form.values), Conflict
        ):
            version, full_name = read_version(form), read_name(form, "full_name", _("Họ và tên"), most=100)
            form.check()
            await operations.rename(session, actor, staff_id, version, full_name)
        return redirect(request, f"/quan-tri/can-bo/{staff_id}", notice=_("Đã sửa họ và tên."))

    @post("/{staff_id:str}/chung-thu", operation_id="NoteCertificate", status_code=303)
    async def certificate(self, request: HtmlRequest, session: Db, actor: Me, staff_id: FromPath[UUID]) -> Redirect:
        """Write down until when their certificate is good."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_member_page, request, session, actor, staff_id, values=form.values), Conflict
        ):
            version = read_version(form)
            ends_on = form.day("certificate_ends_on", _("Ngày hết hạn chứng thư"))
            form.check()
            await operations.note_certificate(session, actor, staff_id, version, ends_on)
        return redirect(request, f"/quan-tri/can-bo/{staff_id}", notice=_("Đã ghi ngày hết hạn chứng thư."))

    @post("/{staff_id:str}/tam-ngung", operation_id="Suspend", status_code=303)
    async def suspend(self, request: HtmlRequest, session: Db, actor: Me, staff_id: FromPath[UUID]) -> Redirect:
        """Shut them out at once."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_member_page, request, session, actor, staff_id, values=form.values), Conflict
        ):
            version, reason = read_version(form), form.text("reason", _("Lý do"), required=True, max=300)
            form.check()
            await operations.suspend(session, actor, staff_id, version, reason)
        return redirect(request, f"/quan-tri/can-bo/{staff_id}", notice=_("Đã tạm ngừng truy cập."))

    @post("/{staff_id:str}/tro-lai", operation_id="Readmit", status_code=303)
    async def readmit(self, request: HtmlRequest, session: Db, actor: Me, staff_id: FromPath[UUID]) -> Redirect:
        """Let them in again."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_member_page, request, session, actor, staff_id), Conflict):
            version = read_version(form)
            form.check()
            await operations.readmit(session, actor, staff_id, version)
        notice = _("Đã cho trở lại. Chức vụ đã thôi không tự trở lại: giao lại nếu cần.")
        return redirect(request, f"/quan-tri/can-bo/{staff_id}", notice=notice)

    @post("/{staff_id:str}/nghi", operation_id="Leave", status_code=303)
    async def leave(self, request: HtmlRequest, session: Db, actor: Me, staff_id: FromPath[UUID]) -> Redirect:
        """Let them leave after a day."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_member_page, request, session, actor, staff_id, values=form.values), Conflict
        ):
            version = read_version(form)
            last_day = form.day("last_day", _("Ngày làm việc cuối cùng"), required=True)
            form.check()
            assert last_day is not None
            await operations.leave(session, actor, staff_id, version, last_day)
        notice = _("Đã ghi ngày làm việc cuối cùng: {day:%d/%m/%Y}.", day=last_day)
        return redirect(request, f"/quan-tri/can-bo/{staff_id}", notice=notice)

    @post("/{staff_id:str}/mat-khau", operation_id="RenewPassword", status_code=200)
    async def renew_password(self, request: HtmlRequest, session: Db, actor: Me, staff_id: FromPath[UUID]) -> Template:
        """A new one-time password, shown once as a slip to print."""
        async with shown_again(session, partial(_member_page, request, session, actor, staff_id), Conflict):
            person, printed = await operations.renew_password(session, actor, staff_id)
        login = (await enrolment.logins(session))[person.account_id]
        return _slip(request, person, login.username, printed)


def _slip(request: HtmlRequest, person: Staff, username: str, printed: str) -> Template:
    """The paper that is handed over: it stands in no cache and cannot be opened a second time."""
    shown = page(
        request,
        "office/slip.html",
        person=person,
        username=username,
        printed=printed,
        address=str(request.base_url).rstrip("/"),
    )
    shown.headers["Cache-Control"] = "no-store"
    return shown


def _presence(person: StaffLine | Staff) -> Badge:
    today = clock.today()
    if person.left_on is not None and person.left_on < today:
        return Badge("neutral", _("Đã nghỉ từ sau {day:%d/%m/%Y}", day=person.left_on))
    if person.suspended_on is not None:
        return Badge("late", _("Tạm ngừng từ {day:%d/%m/%Y}", day=person.suspended_on))
    if person.left_on is not None:
        return Badge("warn", _("Nghỉ sau {day:%d/%m/%Y}", day=person.left_on))
    return Badge("ok", _("Đang làm việc"))


async def _enrol_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Refusal | None = None,
) -> Template:
    actor.require(ADMINISTRATE)
    posts = await repository.posts(session)
    return page(
        request,
        "office/enrol.html",
        status=status(errors),
        posts={str(post.id): post.label for post in posts},
        slug=actor.organ.slug,
        by_mail=get_settings().invite_by_mail,
        values=values or {"held_from": f"{clock.today():%d/%m/%Y}"},
        errors=errors,
    )


async def _member_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    staff_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Refusal | None = None,
) -> Template:
    actor.require(ADMINISTRATE)
    person = await staffing.person(session, staff_id)
    holdings = await repository.holdings(session, staff_id=staff_id)
    login = (await enrolment.logins(session)).get(person.account_id)
    return page(
        request,
        "office/member.html",
        status=status(errors),
        person=person,
        presence=_presence(person),
        warning=rules.two_jobs(person.full_name) if await repository.with_two_jobs(session, [staff_id]) else "",
        login=login,
        elsewhere=await enrolment.elsewhere(session, person.account_id),
        holdings=[(holding, standing_badge(holding)) for holding in holdings],
        values={
            "full_name": person.full_name,
            "certificate_ends_on": f"{person.certificate_ends_on:%d/%m/%Y}" if person.certificate_ends_on else "",
            "version": person.version,
        }
        | dict(values or {}),
        version=person.version,
        errors=errors,
        events=told(await timeline(session, staff_id)),
    )
