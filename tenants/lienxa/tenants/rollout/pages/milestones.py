"""Milestones of the rollout."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

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
from lienxa.tenants.rollout.models import Milestone
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
from lienxa.tenants.rollout.rules import Progress
from lienxa.tenants.rollout.schemas import PlanMilestone, ReviseMilestone

_STANDINGS = {"tre": "late", "mo": "open", "dat": "done", "tat-ca": "all"}
_WAVE = "dot:"
_EACH = "tung:"


class MilestoneController(Controller):
    """The milestones of organs, waves and the whole rollout."""

    path = f"{ROLLOUT}/moc"

    @get("/", operation_id="ListMilestones")
    async def listed(self, request: HtmlRequest, session: Db, actor: Me, sau: FromQuery[str] = "") -> Template:
        """The milestones by their planned day."""
        watch(actor)
        asked = FormReader(request.query_params)
        standing = asked.choice("tt", _("Trạng thái"), _STANDINGS, required=False) or "mo"
        asked.check()
        found = await repository.milestone_page(session, _STANDINGS[standing], place_asked(request, Cursor.read))
        return page(
            request,
            "rollout/milestones.html",
            milestones=found[: repository.PAGE_SIZE],
            next_path=next(f"{ROLLOUT}/moc?tt={standing}&", [(one.planned_on, one.id) for one in found]),
            names=await names(request, actor),
            standing=standing,
            after=sau,
            **words(actor),
        )

    @get("/moi", operation_id="NewMilestone")
    async def new(self, request: HtmlRequest, actor: Me, don_vi: FromQuery[str] = "") -> Template:
        """The form of a new milestone."""
        organs = await managed(request, actor)
        return _milestone_form(request, organs, {"scope": don_vi})

    @post("/moi", operation_id="PlanMilestone", status_code=303)
    async def plan(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Plan it."""
        organs = await managed(request, actor)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_milestone_form, request, organs, reader.values)):
            command = _milestone_command(reader, organs, await repository.progress(session))
            planned = await operations.plan_milestone(session, actor, command)
        notice = _("Đã ghi {count} mốc.", count=len(planned))
        return redirect(request, f"{ROLLOUT}/moc", notice=notice)

    @get("/{milestone_id:str}", operation_id="ShowMilestone", opt={WHILE_SUSPENDED: True})
    async def one(self, request: HtmlRequest, session: Db, actor: Me, milestone_id: FromPath[UUID]) -> Template:
        """One milestone with what was done to it, and the form that changes it."""
        watch(actor)
        milestone = await session.find(Milestone, milestone_id)
        return await _milestone_page(request, session, actor, milestone)

    @post("/{milestone_id:str}", operation_id="ReviseMilestone", status_code=303)
    async def revise(self, request: HtmlRequest, session: Db, actor: Me, milestone_id: FromPath[UUID]) -> Redirect:
        """Move it, or note that it is reached."""
        watch(actor)
        milestone = await session.find(Milestone, milestone_id)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_milestone_page, request, session, actor, milestone, reader.values)):
            await operations.revise_milestone(session, actor, milestone_id, _revision(reader))
        return redirect(request, f"{ROLLOUT}/moc", notice=_("Đã ghi mốc."))

    @post("/{milestone_id:str}/bo", operation_id="DropMilestone", status_code=303)
    async def drop(self, request: HtmlRequest, session: Db, actor: Me, milestone_id: FromPath[UUID]) -> Redirect:
        """Give it up."""
        watch(actor)
        milestone = await session.find(Milestone, milestone_id)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_milestone_page, request, session, actor, milestone, reader.values)):
            await operations.drop_milestone(session, actor, milestone_id, reader.text("reason", _("Lý do"), max=500))
        return redirect(request, f"{ROLLOUT}/moc", notice=_("Đã bỏ mốc."))


def _milestone_form(
    request: HtmlRequest, organs: Sequence[Organ], values: dict[str, Any], errors: InvalidInput | None = None
) -> Template:
    scopes = [("", _("Chung các đơn vị"))]
    scopes += [(f"{_WAVE}{wave}", _("{wave}: một mốc chung", wave=title)) for wave, title in rules.WAVES.items()]
    scopes += [(f"{_EACH}{wave}", _("{wave}: từng đơn vị", wave=title)) for wave, title in rules.WAVES.items()]
    scopes += [(str(organ.id), organ.name) for organ in organs]
    return page(
        request,
        "rollout/milestone_new.html",
        status=422 if errors else 200,
        scopes=scopes,
        kinds=rules.MILESTONES,
        values=values,
        errors=errors,
    )


def _milestone_command(reader: FormReader, organs: Sequence[Organ], progress: Mapping[UUID, Progress]) -> PlanMilestone:
    kind = reader.choice("kind", _("Mốc"), rules.MILESTONES)
    title = reader.text("title", _("Tên mốc"), max=200)
    scope = reader.text("scope", _("Phạm vi"))
    planned_on = reader.day("planned_on", _("Ngày dự kiến"), required=True)
    responsible = reader.text("responsible", _("Phụ trách"), max=200)
    note = reader.text("note", _("Ghi chú"), max=1000)
    wave, organ_ids = _scope(reader, scope, organs, progress)
    reader.check()
    assert planned_on is not None
    return PlanMilestone(kind, title, planned_on, responsible, note, organ_ids=organ_ids, wave=wave)


def _scope(
    reader: FormReader, scope: str, organs: Sequence[Organ], progress: Mapping[UUID, Progress]
) -> tuple[str, tuple[UUID, ...]]:
    """Wave and organs of what was chosen: nothing, a wave, each organ of a wave, or one organ below."""
    if not scope:
        return "", ()
    if scope.startswith(_WAVE) and scope.removeprefix(_WAVE) in rules.WAVES:
        return scope.removeprefix(_WAVE), ()
    if scope.startswith(_EACH):
        wave = scope.removeprefix(_EACH)
        found = tuple(organ.id for organ in organs if organ.id in progress and progress[organ.id].wave == wave)
        if not found:
            reader.refuse("scope", _("Đợt này chưa có đơn vị nào."), _("Xếp đơn vị vào đợt trước."))
        return "", found
    chosen = tuple(organ.id for organ in organs if str(organ.id) == scope)
    if not chosen:
        reader.refuse("scope", _("Phạm vi không có trong danh sách."), _("Chọn lại trong danh sách."))
    return "", chosen


async def _milestone_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    milestone: Milestone,
    values: dict[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    shown = {
        "planned_on": typed(milestone.planned_on),
        "done_on": typed(milestone.done_on),
        "responsible": milestone.responsible,
        "note": milestone.note,
    }
    return page(
        request,
        "rollout/milestone.html",
        status=422 if errors else 200,
        milestone=milestone,
        whose=whose(await names(request, actor), milestone.organ_id, milestone.wave),
        values=shown if values is None else values,
        errors=errors,
        events=[act(event) for event in reversed(await timeline(session, milestone.id))],
        **words(actor),
    )


def _revision(reader: FormReader) -> ReviseMilestone:
    planned_on = reader.day("planned_on", _("Ngày dự kiến"), required=True)
    done_on = reader.day("done_on", _("Ngày đạt"))
    responsible = reader.text("responsible", _("Phụ trách"), max=200)
    note = reader.text("note", _("Ghi chú"), max=1000)
    reader.check()
    assert planned_on is not None
    return ReviseMilestone(planned_on, done_on, responsible, note)
