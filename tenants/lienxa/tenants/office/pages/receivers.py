"""Receivers of events (nơi nhận sự kiện): the pages of the administrator on which other systems are told things."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform import places
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import AppError, Conflict
from lienxa.platform.module import all_modules
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import Badge, TimelineLine, page, place_asked, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.webhooks import repository, subscriptions
from lienxa.platform.webhooks.delivery import PAGES
from lienxa.platform.webhooks.events import TEST, event_types
from lienxa.platform.webhooks.models import DELIVERED, FAILED, PENDING, WebhookDelivery, WebhookSubscription
from lienxa.tenants.office.permissions import ADMINISTRATE

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
_VIEWS = {"": "", "cho": PENDING, "loi": FAILED}


class ReceiverController(Controller):
    """The systems that are told what happens in the organ."""

    path = PAGES

    @get("/", operation_id="ListReceivers")
    async def index(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """All of them: what they are told of, and whether it arrives."""
        actor.require(ADMINISTRATE)
        rows = await repository.subscriptions(session)
        return page(request, "office/receivers.html", rows=[(row, badge(row.WebhookSubscription)) for row in rows])

    @get("/moi", operation_id="NewReceiver")
    async def new(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form for a new one."""
        return await _form_page(request, session, actor, values={})

    @post("/moi", operation_id="AddReceiver", status_code=201)
    async def add(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Make it and show its secret once."""
        actor.require(ADMINISTRATE)
        form = FormReader(await request.form())
        async with shown_again(session, partial(_form_page, request, session, actor, values=form.values), Conflict):
            wish = _read(form)
            issued = await subscriptions.add(session, actor, wish)
        return _secret_page(request, wish.name, issued)

    @get("/{receiver_id:str}", operation_id="ShowReceiver")
    async def show(self, request: HtmlRequest, session: Db, actor: Me, receiver_id: FromPath[UUID]) -> Template:
        """One of them with the log of its deliveries: all, or with `xem` those that wait (`cho`) or failed (`loi`)."""
        return await _receiver_page(request, session, actor, receiver_id)

    @get("/{receiver_id:str}/sua", operation_id="EditReceiver")
    async def edit(self, request: HtmlRequest, session: Db, actor: Me, receiver_id: FromPath[UUID]) -> Template:
        """The form with what it is now."""
        actor.require(ADMINISTRATE)
        row = await repository.subscription(session, receiver_id)
        values = {
            "name": row.WebhookSubscription.name,
            "address": row.WebhookSubscription.address,
            "event_types": row.topics or [],
            "body_ids": row.body_ids or [],
        }
        return await _form_page(request, session, actor, receiver_id, values=values)

    @post("/{receiver_id:str}/sua", operation_id="ChangeReceiver", status_code=303)
    async def change(self, request: HtmlRequest, session: Db, actor: Me, receiver_id: FromPath[UUID]) -> Redirect:
        """Change it."""
        actor.require(ADMINISTRATE)
        await repository.subscription(session, receiver_id)
        form = FormReader(await request.form())
        async with shown_again(session, partial(_form_page, request, session, actor, receiver_id, values=form.values)):
            await subscriptions.change(session, actor, receiver_id, _read(form))
        return _back(request, receiver_id, _("Đã lưu nơi nhận."))

    @post("/{receiver_id:str}/khoa-moi", operation_id="RotateSecret", status_code=201)
    async def rotate(self, request: HtmlRequest, session: Db, actor: Me, receiver_id: FromPath[UUID]) -> Template:
        """A new secret beside the old one, shown once."""
        actor.require(ADMINISTRATE)
        issued = await subscriptions.rotate(session, actor, receiver_id)
        row = await repository.subscription(session, receiver_id)
        return _secret_page(request, row.WebhookSubscription.name, issued, rotated=True)

    @post("/{receiver_id:str}/thu", operation_id="TestReceiver", status_code=303)
    async def test(self, request: HtmlRequest, session: Db, actor: Me, receiver_id: FromPath[UUID]) -> Redirect:
        """Send it a test event."""
        actor.require(ADMINISTRATE)
        delivery_id = await subscriptions.test(session, actor, receiver_id)
        told = _("Đã gửi sự kiện thử. Tải lại trang để xem kết quả.")
        return redirect(request, f"{PAGES}/{receiver_id}/lan-gui/{delivery_id}", notice=told)

    @post("/{receiver_id:str}/tam-dung", operation_id="PauseReceiver", status_code=303)
    async def pause(self, request: HtmlRequest, session: Db, actor: Me, receiver_id: FromPath[UUID]) -> Redirect:
        """Tell it nothing until somebody resumes."""
        actor.require(ADMINISTRATE)
        await subscriptions.pause(session, actor, receiver_id)
        return _back(request, receiver_id, _("Đã tạm dừng. Sự kiện xảy ra từ lúc này không gửi đến đây."))

    @post("/{receiver_id:str}/gui-tiep", operation_id="ResumeReceiver", status_code=303)
    async def resume(self, request: HtmlRequest, session: Db, actor: Me, receiver_id: FromPath[UUID]) -> Redirect:
        """Go on."""
        actor.require(ADMINISTRATE)
        await subscriptions.resume(session, actor, receiver_id)
        return _back(request, receiver_id, _("Đã gửi tiếp, bắt đầu từ các sự kiện đang chờ."))

    @get("/{receiver_id:str}/xoa", operation_id="AskRemoveReceiver")
    async def ask_remove(self, request: HtmlRequest, session: Db, actor: Me, receiver_id: FromPath[UUID]) -> Template:
        """What will be gone."""
        actor.require(ADMINISTRATE)
        row = await repository.subscription(session, receiver_id)
        return page(request, "office/receiver_remove.html", receiver=row.WebhookSubscription)

    @post("/{receiver_id:str}/xoa", operation_id="RemoveReceiver", status_code=303)
    async def remove(self, request: HtmlRequest, session: Db, actor: Me, receiver_id: FromPath[UUID]) -> Redirect:
        """Remove it with its log."""
        actor.require(ADMINISTRATE)
        await subscriptions.remove(session, actor, receiver_id)
        return redirect(request, PAGES, notice=_("Đã xóa nơi nhận."))

    @get("/{receiver_id:str}/lan-gui/{delivery_id:str}", operation_id="ShowDelivery")
    async def delivery(
        self, request: HtmlRequest, session: Db, actor: Me, receiver_id: FromPath[UUID], delivery_id: FromPath[UUID]
    ) -> Template:
        """One event on its way there, with each attempt."""
        actor.require(ADMINISTRATE)
        row = await repository.subscription(session, receiver_id)
        found, event = await repository.delivery(session, receiver_id, delivery_id)
        return page(
            request,
            "office/receiver_delivery.html",
            receiver=row.WebhookSubscription,
            delivery=found,
            badge=delivery_badge(found),
            event=event,
            event_title=_title(event.event_type),
            attempts=await repository.attempts(session, delivery_id),
        )

    @post("/{receiver_id:str}/lan-gui/{delivery_id:str}/gui-lai", operation_id="Redeliver", status_code=303)
    async def redeliver(
        self, request: HtmlRequest, session: Db, actor: Me, receiver_id: FromPath[UUID], delivery_id: FromPath[UUID]
    ) -> Redirect:
        """Send it once more, now."""
        actor.require(ADMINISTRATE)
        await subscriptions.redeliver(session, actor, receiver_id, delivery_id)
        told = _("Đã gửi lại. Tải lại trang để xem kết quả.")
        return redirect(request, f"{PAGES}/{receiver_id}/lan-gui/{delivery_id}", notice=told)


def badge(receiver: WebhookSubscription) -> Badge:
    """How a receiver stands."""
    if receiver.paused_at is not None:
        return Badge("warn", _("Tạm dừng"))
    if receiver.failing_since is not None:
        return Badge("late", _("Đang lỗi"))
    if receiver.delivered_at is None:
        return Badge("neutral", _("Chưa gửi lần nào"))
    return Badge("ok", _("Đang nhận"))


def delivery_badge(found: WebhookDelivery) -> Badge:
    """How a delivery stands."""
    if found.state == DELIVERED:
        return Badge("ok", _("Đã nhận"))
    if found.state == FAILED:
        return Badge("late", _("Không gửi được"))
    return Badge("warn", _("Sẽ gửi lại")) if found.tries else Badge("info", _("Đang gửi"))


def _title(event_type: str) -> str:
    declared = event_types().get(event_type)
    if declared is not None:
        return declared.title
    return _("Sự kiện thử") if event_type == TEST else event_type


def _read(form: FormReader) -> subscriptions.Wish:
    wish = subscriptions.Wish(
        name=" ".join(form.text("name", _("Tên nơi nhận"), required=True, max=100).split()),
        address=form.text("address", _("Địa chỉ nhận"), required=True),
        event_types=form.texts("event_types"),
        body_ids=form.uuids("body_ids", _("Cơ quan")),
    )
    form.check()
    return wish


def _back(request: HtmlRequest, receiver_id: UUID, notice: str) -> Redirect:
    return redirect(request, f"{PAGES}/{receiver_id}", notice=notice)


async def _form_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    receiver_id: UUID | None = None,
    *,
    values: Mapping[str, Any],
    errors: AppError | None = None,
) -> Template:
    actor.require(ADMINISTRATE)
    return page(
        request,
        "office/receiver_form.html",
        status=422 if errors else 200,
        place=f"{PAGES}/{receiver_id}" if receiver_id else "",
        values=values,
        errors=errors,
        bodies={str(body.id): body.name for body in await people.bodies(session) if body.in_use},
        events=[
            (module.title, {one.name: one.title for one in module.events}) for module in all_modules() if module.events
        ],
    )


async def _receiver_page(request: HtmlRequest, session: TenantSession, actor: Actor, receiver_id: UUID) -> Template:
    actor.require(ADMINISTRATE)
    row = await repository.subscription(session, receiver_id)
    asked, place = FormReader(request.query_params), f"{PAGES}/{receiver_id}"
    view = asked.choice("xem", _("Lần gửi"), _VIEWS, required=False)
    asked.check()
    before = place_asked(request, places.read_moment)
    found, following = await repository.log(session, receiver_id, state=_VIEWS[view], before=before)
    view_path = f"{place}?{urlencode({'xem': view})}" if view else place
    kept = {"xem": view} if view else {}
    return page(
        request,
        "office/receiver.html",
        row=row,
        receiver=row.WebhookSubscription,
        badge=badge(row.WebhookSubscription),
        titles=[one.title for one in event_types().values() if one.name in (row.topics or ())],
        lines=[(line, delivery_badge(line.WebhookDelivery), _title(line.WebhookEvent.event_type)) for line in found],
        views=[
            (_("Tất cả"), place, None),
            (_("Đang chờ"), f"{place}?xem=cho", None),
            (_("Không gửi được"), f"{place}?xem=loi", None),
        ],
        view=view,
        view_path=view_path,
        next_path=f"{place}?{urlencode({**kept, 'sau': places.of_moment(*following)})}" if following else "",
        first_path=view_path if before else "",
        events=[
            TimelineLine(event.at, event.staff_name, event.post_title, str(event.detail.get("text", "")))
            for event in reversed(await timeline(session, receiver_id))
        ],
    )


def _secret_page(request: HtmlRequest, name: str, issued: subscriptions.Issued, *, rotated: bool = False) -> Template:
    """It stands in no cache; the form sent again leads to the receiver."""
    place = f"{PAGES}/{issued.subscription_id}"
    shown = page(
        request,
        "office/receiver_secret.html",
        status=201,
        name=name,
        secret=issued.secret,
        rotated=rotated,
        hours=int(subscriptions.BOTH_SIGN_FOR.total_seconds() // 3600),
        place=place,
    )
    shown.headers.update({"Cache-Control": "no-store", "Location": place})
    return shown
