"""Service accounts (tài khoản kết nối): the pages of the administrator on which other systems are let in."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import AppError, Conflict, NotFound
from lienxa.platform.module import Permission, all_modules
from lienxa.platform.rest import accounts
from lienxa.platform.rest import repository as service_accounts
from lienxa.platform.rest.models import ServiceAccount
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import Badge, TimelineLine, page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.tenants.office.permissions import ADMINISTRATE

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
PATH = "/quan-tri/ket-noi"
_USUAL = timedelta(days=180)
_SOON = timedelta(days=14)


class ConnectionController(Controller):
    """The service accounts of the organ."""

    path = PATH

    @get("/", operation_id="ListConnections")
    async def index(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """All of them: who made them, what for, until when, last used."""
        actor.require(ADMINISTRATE)
        rows = await service_accounts.accounts(session)
        return page(request, "office/connections.html", rows=[(row, badge(row.ServiceAccount)) for row in rows])

    @get("/moi", operation_id="NewConnection")
    async def new(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form for a new one."""
        return await _new_page(request, session, actor, values={"expires_on": f"{clock.today() + _USUAL:%d/%m/%Y}"})

    @post("/moi", operation_id="IssueToken", status_code=201)
    async def issue(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Make it and show its token once."""
        actor.require(ADMINISTRATE)
        form = FormReader(await request.form())
        async with shown_again(session, partial(_new_page, request, session, actor, values=form.values)):
            wanted = _read(form)
            form.check()
            issued = await accounts.issue(session, actor, wanted)
        return _token_page(request, wanted.name, issued)

    @get("/{account_id:str}", operation_id="ShowConnection")
    async def show(self, request: HtmlRequest, session: Db, actor: Me, account_id: FromPath[UUID]) -> Template:
        """One of them: what it may, what was done with it."""
        return await _account_page(request, session, actor, account_id)

    @post("/{account_id:str}/ma-moi", operation_id="RenewToken", status_code=201)
    async def renew(self, request: HtmlRequest, session: Db, actor: Me, account_id: FromPath[UUID]) -> Template:
        """A new token in place of the old one, shown once."""
        actor.require(ADMINISTRATE)
        form = FormReader(await request.form())
        shown = partial(_account_page, request, session, actor, account_id, values=form.values)
        async with shown_again(session, shown, Conflict):
            expires_on = form.day("expires_on", _("Dùng đến hết ngày"), required=True) or clock.today()
            form.check()
            issued = await accounts.renew(session, actor, account_id, expires_on)
        return _token_page(request, (await _row(session, account_id)).name, issued)

    @post("/{account_id:str}/tam-dung", operation_id="SuspendConnection", status_code=303)
    async def suspend(self, request: HtmlRequest, session: Db, actor: Me, account_id: FromPath[UUID]) -> Redirect:
        """Shut it out at once, until it is let in again."""
        actor.require(ADMINISTRATE)
        await accounts.suspend(session, actor, account_id)
        return redirect(request, f"{PATH}/{account_id}", notice=_("Đã tạm dừng. Mã truy cập không dùng được nữa."))

    @post("/{account_id:str}/dung-lai", operation_id="ResumeConnection", status_code=303)
    async def resume(self, request: HtmlRequest, session: Db, actor: Me, account_id: FromPath[UUID]) -> Redirect:
        """Let it in again."""
        actor.require(ADMINISTRATE)
        await accounts.resume(session, actor, account_id)
        return redirect(request, f"{PATH}/{account_id}", notice=_("Mã truy cập dùng lại được."))

    @post("/{account_id:str}/thu-hoi", operation_id="RevokeConnection", status_code=303)
    async def revoke(self, request: HtmlRequest, session: Db, actor: Me, account_id: FromPath[UUID]) -> Redirect:
        """Take it back for ever."""
        actor.require(ADMINISTRATE)
        await accounts.revoke(session, actor, account_id)
        return redirect(request, PATH, notice=_("Đã thu hồi. Mã truy cập không bao giờ dùng lại được."))


def badge(account: ServiceAccount) -> Badge:
    """How an account stands today."""
    if account.revoked_at is not None:
        return Badge("neutral", _("Đã thu hồi"))
    if account.suspended_at is not None:
        return Badge("warn", _("Tạm dừng"))
    if account.expires_on < clock.today():
        return Badge("late", _("Hết hạn"))
    if account.expires_on < clock.today() + _SOON:
        return Badge("warn", _("Sắp hết hạn"))
    return Badge("ok", _("Đang dùng"))


def _read(form: FormReader) -> accounts.Application:
    return accounts.Application(
        name=" ".join(form.text("name", _("Tên hệ thống kết nối"), required=True, max=100).split()),
        unit_id=form.uuid("unit_id", _("Bộ phận phụ trách"), required=True) or UUID(int=0),
        permissions=form.texts("permissions"),
        body_ids=form.uuids("body_ids", _("Cơ quan")),
        expires_on=form.day("expires_on", _("Dùng đến hết ngày"), required=True) or clock.today(),
    )


async def _new_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    *,
    values: Mapping[str, Any],
    errors: AppError | None = None,
) -> Template:
    actor.require(ADMINISTRATE)
    return page(
        request,
        "office/connection_new.html",
        status=422 if errors else 200,
        values=values,
        errors=errors,
        units={str(unit.id): unit.name for unit in await people.units(session)},
        bodies={str(body.id): body.name for body in await people.bodies(session) if body.in_use},
        rights=_by_module(await accounts.grantable(session, actor.organ)),
    )


async def _account_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    account_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: AppError | None = None,
) -> Template:
    actor.require(ADMINISTRATE)
    row = await _row(session, account_id)
    return page(
        request,
        "office/connection.html",
        status=422 if errors else 200,
        row=row,
        account=row.ServiceAccount,
        badge=badge(row.ServiceAccount),
        titles=[permission.title for permission in _all_permissions() if permission.name in (row.permissions or ())],
        events=[
            TimelineLine(event.at, event.staff_name, event.post_title, str(event.detail.get("text", "")))
            for event in reversed(await timeline(session, account_id))
        ],
        values=values or {"expires_on": f"{clock.today() + _USUAL:%d/%m/%Y}"},
        errors=errors,
    )


def _token_page(request: HtmlRequest, name: str, issued: accounts.Issued) -> Template:
    """It stands in no cache; the form sent again leads to the account."""
    shown = page(
        request,
        "office/connection_token.html",
        status=201,
        name=name,
        token=issued.token,
        account_id=issued.account_id,
        address=str(request.base_url).rstrip("/") + "/api/v1",
    )
    shown.headers.update({"Cache-Control": "no-store", "Location": f"{PATH}/{issued.account_id}"})
    return shown


async def _row(session: TenantSession, account_id: UUID) -> Any:
    for row in await service_accounts.accounts(session):
        if row.ServiceAccount.id == account_id:
            return row
    raise NotFound


def _by_module(permissions: Sequence[Permission]) -> list[tuple[str, dict[str, str]]]:
    grouped = [
        (module.title, {right.name: right.title for right in module.permissions if right in permissions})
        for module in all_modules()
    ]
    return [(title, rights) for title, rights in grouped if rights]


def _all_permissions() -> list[Permission]:
    return [permission for module in all_modules() for permission in module.permissions]
