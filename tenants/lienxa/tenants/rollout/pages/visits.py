"""Visits to the organs and what follows from them."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, place_asked, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.web.suspended import WHILE_SUSPENDED
from lienxa.tenants.rollout import operations, repository, rules
from lienxa.tenants.rollout.models import FollowUp, Visit
from lienxa.tenants.rollout.pages.common import (
    ROLLOUT,
    Db,
    HtmlRequest,
    Me,
    act,
    managed,
    names,
    next,
    typed,
    watch,
    whose,
    words,
)
from lienxa.tenants.rollout.repository import Cursor
from lienxa.tenants.rollout.schemas import AskFollowUp, PlanVisit, RecordVisit


class VisitController(Controller):
    """Visits to organs and meetings of the committee, and what follows from them."""

    path = f"{ROLLOUT}/lam-viec"

    @get("/", operation_id="ListVisits")
    async def listed(self, request: HtmlRequest, session: Db, actor: Me, sau: FromQuery[str] = "") -> Template:
        """All of them, latest first."""
        watch(actor)
        found = await repository.visit_page(session, place_asked(request, Cursor.read))
        return page(
            request,
            "rollout/visits.html",
            visits=found[: repository.PAGE_SIZE],
            next_path=next(f"{ROLLOUT}/lam-viec?", [(one.visit_on, one.id) for one in found]),
            names=await names(request, actor),
            after=sau,
            **words(actor),
        )

    @get("/moi", operation_id="NewVisit")
    async def new(self, request: HtmlRequest, actor: Me, don_vi: FromQuery[str] = "") -> Template:
        """The form of a new visit."""
        return _visit_form(request, await managed(request, actor), {"organ": don_vi, "kind": "working"})

    @post("/moi", operation_id="PlanVisit", status_code=303)
    async def plan(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Plan it."""
        organs = await managed(request, actor)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_visit_form, request, organs, reader.values)):
            visit = await operations.plan_visit(session, actor, _visit_command(reader, organs))
        return redirect(request, f"{ROLLOUT}/lam-viec/{visit.id}", notice=_("Đã ghi vào kế hoạch."))

    @get("/{visit_id:str}", operation_id="ShowVisit", opt={WHILE_SUSPENDED: True})
    async def one(self, request: HtmlRequest, session: Db, actor: Me, visit_id: FromPath[UUID]) -> Template:
        """One visit with its findings and follow-ups."""
        watch(actor)
        return await _visit_page(request, session, actor, await session.find(Visit, visit_id))

    @post("/{visit_id:str}", operation_id="RecordVisit", status_code=303)
    async def record(self, request: HtmlRequest, session: Db, actor: Me, visit_id: FromPath[UUID]) -> Redirect:
        """Write down what became of it."""
        watch(actor)
        visit = await session.find(Visit, visit_id)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_visit_page, request, session, actor, visit, reader.values)):
            await operations.record_visit(session, actor, visit_id, _visit_record(reader))
        return redirect(request, f"{ROLLOUT}/lam-viec/{visit_id}", notice=_("Đã ghi kết quả."))

    @post("/{visit_id:str}/viec", operation_id="AskFollowUp", status_code=303)
    async def ask(self, request: HtmlRequest, session: Db, actor: Me, visit_id: FromPath[UUID]) -> Redirect:
        """Note what is to be done after it."""
        watch(actor)
        visit = await session.find(Visit, visit_id)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_visit_page, request, session, actor, visit, reader.values)):
            await operations.ask_follow_up(session, actor, visit_id, _follow_up_command(reader))
        return redirect(request, f"{ROLLOUT}/lam-viec/{visit_id}", notice=_("Đã giao việc."))

    @post("/viec/{follow_up_id:str}", operation_id="FinishFollowUp", status_code=303)
    async def finish(self, request: HtmlRequest, session: Db, actor: Me, follow_up_id: FromPath[UUID]) -> Redirect:
        """Note that what was asked for is done."""
        watch(actor)
        reader = FormReader(await request.form())
        done_on = reader.day(f"done_on-{follow_up_id}", _("Ngày xong"), required=True)
        result = reader.text("result", _("Kết quả"), max=1000)
        follow_up = await session.find(FollowUp, follow_up_id)
        visit = await session.find(Visit, follow_up.visit_id)
        async with shown_again(session, partial(_visit_page, request, session, actor, visit, reader.values)):
            reader.check()
            await operations.finish_follow_up(session, actor, follow_up_id, done_on, result)
        return redirect(request, f"{ROLLOUT}/lam-viec/{follow_up.visit_id}", notice=_("Đã ghi việc xong."))


def _visit_form(
    request: HtmlRequest, organs: Sequence[Organ], values: dict[str, Any], errors: InvalidInput | None = None
) -> Template:
    return page(
        request,
        "rollout/visit_new.html",
        status=422 if errors else 200,
        kinds=rules.VISITS,
        organs={str(organ.id): organ.name for organ in organs},
        values=values,
        errors=errors,
    )


def _visit_command(reader: FormReader, organs: Sequence[Organ]) -> PlanVisit:
    kind = reader.choice("kind", _("Hình thức"), rules.VISITS)
    organ = reader.choice("organ", _("Đơn vị"), {str(organ.id) for organ in organs}, required=False)
    visit_on = reader.day("visit_on", _("Ngày"), required=True)
    purpose = reader.text("purpose", _("Nội dung"), required=True, max=500)
    people = reader.text("people", _("Thành phần"), max=500)
    reader.check()
    assert visit_on is not None
    return PlanVisit(kind, UUID(organ) if organ else None, visit_on, purpose, people)


async def _visit_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    visit: Visit,
    values: dict[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    shown = {
        "state": rules.HELD if visit.state == rules.PLANNED and visit.visit_on <= clock.today() else visit.state,
        "visit_on": typed(visit.visit_on),
        "people": visit.people,
        "findings": visit.findings,
        "rating": visit.rating,
    }
    return page(
        request,
        "rollout/visit.html",
        status=422 if errors else 200,
        visit=visit,
        whose=whose(await names(request, actor), visit.organ_id),
        follow_ups=await repository.follow_ups_of(session, visit.id),
        values={**shown, **(values or {})},
        errors=errors,
        events=[act(event) for event in reversed(await timeline(session, visit.id))],
        **words(actor),
    )


def _visit_record(reader: FormReader) -> RecordVisit:
    state = reader.choice("state", _("Trạng thái"), rules.VISIT_STATES)
    visit_on = reader.day("visit_on", _("Ngày"), required=True)
    people = reader.text("people", _("Thành phần"), max=500)
    findings = reader.text("findings", _("Kết quả"), max=5000)
    rating = reader.choice("rating", _("Nhận định"), rules.RATINGS, required=False)
    reader.check()
    assert visit_on is not None
    return RecordVisit(state, visit_on, people, findings, rating)


def _follow_up_command(reader: FormReader) -> AskFollowUp:
    task = reader.text("task", _("Việc cần làm"), required=True, max=500)
    responsible = reader.text("responsible", _("Người thực hiện"), max=200)
    due_on = reader.day("due_on", _("Hạn"), required=True)
    reader.check()
    assert due_on is not None
    return AskFollowUp(task, responsible, due_on)
