"""The readiness list of the organ, the steps to its going live, and back."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, InvalidInput
from lienxa.platform.readiness import checklist, phases, repository
from lienxa.platform.readiness.phases import PHASES, STEPS, Decision
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.organs import LIVE, organ_of
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.tenants.office.pages.common import Db, HtmlRequest, Me
from lienxa.tenants.office.permissions import ADMINISTRATE

PATH = "/quan-tri/san-sang"


class ReadinessController(Controller):
    """What is missing, what people confirm, and the phase of the organ."""

    path = PATH

    @get("/", operation_id="ShowReadiness")
    async def show(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The list, and the phases so far."""
        actor.require(ADMINISTRATE)
        return page(
            request,
            "office/readiness.html",
            checklist=await checklist.checklist(session, actor.organ),
            organ=organ_of(await repository.present(session)),
            phases=PHASES,
            steps=STEPS,
            changes=await repository.changes(session),
            clean_days=get_settings().parallel_clean_days,
            path=PATH,
        )

    @get("/muc/{item:str}", operation_id="ShowReadinessItem")
    async def item(self, request: HtmlRequest, session: Db, actor: Me, item: FromPath[str]) -> Template:
        """One item, to confirm it or to take its confirmation back."""
        return await _item_page(request, session, actor, item)

    @post("/muc/{item:str}/xac-nhan", operation_id="ConfirmReadinessItem", status_code=303)
    async def confirm(self, request: HtmlRequest, session: Db, actor: Me, item: FromPath[str]) -> Redirect:
        """Confirm it."""
        actor.require(ADMINISTRATE)
        form = FormReader(await request.form())
        async with shown_again(session, partial(_item_page, request, session, actor, item, form.values), Conflict):
            note = form.text("note", _("Ghi chú"), max=300)
            form.check()
            await checklist.confirm(session, actor, item, note)
        return redirect(request, PATH, notice=_("Đã xác nhận."))

    @post("/muc/{item:str}/rut-lai", operation_id="RevokeReadinessItem", status_code=303)
    async def revoke(self, request: HtmlRequest, session: Db, actor: Me, item: FromPath[str]) -> Redirect:
        """Take the confirmation back."""
        actor.require(ADMINISTRATE)
        form = FormReader(await request.form())
        async with shown_again(session, partial(_item_page, request, session, actor, item, form.values), Conflict):
            reason = form.text("reason", _("Lý do"), required=True, max=300)
            form.check()
            await checklist.revoke(session, actor, item, reason)
        return redirect(request, PATH, notice=_("Đã rút lại xác nhận."))

    @get("/giai-doan", operation_id="ShowPhase")
    async def phase(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form that leads to another phase (`sang`)."""
        return await _phase_page(request, session, actor, {"sang": request.query_params.get("sang", "")})

    @post("/giai-doan", operation_id="EnterPhase", status_code=303)
    async def enter(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Enter it."""
        actor.require(ADMINISTRATE)
        form = FormReader(await request.form())
        async with shown_again(session, partial(_phase_page, request, session, actor, form.values), Conflict):
            wanted = form.choice("sang", _("Giai đoạn"), PHASES)
            basis = form.text("basis", _("Căn cứ"), max=300)
            reason = form.text("reason", _("Lý do"), max=500)
            kept = form.choice("entries", _("Dữ liệu đã nhập"), ("keep", "clear"), required=False)
            form.check()
            decision = Decision(wanted, basis, reason, clear=kept == "clear")
            await phases.enter(session, actor.organ, decision, actor)
        request.app.state.hosts.forget(actor.organ.id)
        return redirect(
            request,
            PATH,
            notice=_("Đã chuyển sang: {phase}. Mọi trang đổi theo trong vòng 10 giây.", phase=PHASES[wanted]),
        )


async def _item_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    item: str,
    values: Mapping[str, Any] | None = None,
    *,
    errors: InvalidInput | Conflict | None = None,
) -> Template:
    actor.require(ADMINISTRATE)
    return page(
        request,
        "office/readiness_item.html",
        status=200 if errors is None else 422 if isinstance(errors, InvalidInput) else 409,
        line=await checklist.confirmable(session, actor.organ, item),
        values=values or {},
        errors=errors,
        path=PATH,
    )


async def _phase_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    values: Mapping[str, Any],
    *,
    errors: InvalidInput | Conflict | None = None,
) -> Template:
    actor.require(ADMINISTRATE)
    organ = organ_of(await repository.present(session))
    steps = () if organ.is_parent else STEPS[organ.phase]
    wanted = values.get("sang", "")
    missing = (await checklist.checklist(session, organ)).missing if wanted == LIVE else []
    return page(
        request,
        "office/phase.html",
        status=200 if errors is None else 422 if isinstance(errors, InvalidInput) else 409,
        organ=organ,
        steps=steps,
        wanted=wanted if wanted in steps else "",
        phases=PHASES,
        missing=missing,
        values={"entries": "keep"} | dict(values),
        errors=errors,
        path=PATH,
    )
