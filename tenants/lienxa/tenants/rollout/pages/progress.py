"""How far each organ is with the rollout."""

from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.readiness.phases import PHASES
from lienxa.platform.rollup import reading
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import TimelineLine, page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.tenants.rollout import operations, repository, rules
from lienxa.tenants.rollout.models import RolloutUnit
from lienxa.tenants.rollout.pages.common import (
    ROLLOUT,
    Db,
    HtmlRequest,
    Me,
    child,
    managed_child,
    second_of,
    sheet,
    watch,
    words,
)
from lienxa.tenants.rollout.rules import Progress
from lienxa.tenants.rollout.schemas import RecordProgress

_ANSWERS = {True: "yes", False: "no", None: ""}


class RolloutController(Controller):
    """The rollout of the merger: waves, states, people moved."""

    path = ROLLOUT

    @get("/", operation_id="ShowRollout")
    async def show(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The organs by wave, each with its milestones."""
        return page(request, "rollout/rollout.html", **await _rollout(request, session, actor))

    @get("/in", operation_id="PrintRollout")
    async def printed(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The rollout on paper, A4 landscape."""
        shown = await _rollout(request, session, actor)
        return page(request, "rollout/print_rollout.html", now=clock.now(), **shown)

    @get("/in/pdf", operation_id="PrintRolloutAsPdf")
    async def pdf(self, request: HtmlRequest, session: Db, actor: Me) -> Response[bytes]:
        """The same sheet as PDF, its pages numbered."""
        shown = await _rollout(request, session, actor)
        below = _("Tình hình lúc {time}", time=second_of(clock.now()))
        if shown["scheme"]:
            below = _("Căn cứ Đề án số {scheme}. {below}", scheme=shown["scheme"], below=below)
        return await sheet(actor, rules.rollout_sheet(shown["waves"], shown["board"], clock.today()), {"below": below})

    @get("/{organ_id:str}", operation_id="ShowRolloutOfOrgan")
    async def unit(self, request: HtmlRequest, session: Db, actor: Me, organ_id: FromPath[UUID]) -> Template:
        """How far one organ has come: its state, milestones, visits, and what was written down."""
        organ = await child(request, actor, organ_id)
        unit = await repository.unit_of(session, organ_id)
        return page(
            request,
            "rollout/unit.html",
            organ=organ,
            progress=_progress_of(unit),
            milestones=await repository.milestones(session, organ_id),
            visits=await repository.visits_of(session, organ_id),
            events=[_entry(event) for event in reversed(await timeline(session, unit.id))] if unit else [],
            **words(actor),
        )

    @get("/{organ_id:str}/cap-nhat", operation_id="EditProgress")
    async def edit(self, request: HtmlRequest, session: Db, actor: Me, organ_id: FromPath[UUID]) -> Template:
        """The form of one organ's progress."""
        organ = await managed_child(request, actor, organ_id)
        return _progress_form(request, organ, _values(await repository.unit_of(session, organ_id)))

    @post("/{organ_id:str}/cap-nhat", operation_id="RecordProgress", status_code=303)
    async def record(self, request: HtmlRequest, session: Db, actor: Me, organ_id: FromPath[UUID]) -> Redirect:
        """Write the progress of one organ down."""
        organ = await managed_child(request, actor, organ_id)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_progress_form, request, organ, reader.values)):
            await operations.record_progress(session, actor, organ_id, _command(reader))
        return redirect(request, f"{ROLLOUT}/{organ_id}", notice=_("Đã ghi tiến độ của {name}.", name=organ.full_name))


async def _rollout(request: HtmlRequest, session: TenantSession, actor: Actor) -> dict[str, Any]:
    watch(actor)
    progress = await repository.progress(session)
    organs = await reading.children(request.app.state.database, actor.organ)
    milestones = await repository.milestones(session)
    return {
        "waves": rules.waves(organs, progress),
        "summary": rules.summary(organs, progress),
        "scheme": await repository.scheme(session),
        "board": rules.board(milestones),
        "board_titles": rules.BOARD,
        "phase_titles": PHASES,
        "common": [one for one in milestones if one.organ_id is None],
        "late_count": sum(
            rules.milestone_state(one.planned_on, one.done_on, clock.today()) == rules.LATE for one in milestones
        ),
        **words(actor),
    }


def _progress_of(unit: RolloutUnit | None) -> Progress:
    if unit is None:
        return Progress()
    return Progress(
        wave=unit.wave,
        state=unit.state,
        civil_servants_moved=unit.civil_servants_moved,
        concurrent_inspection_deputy=unit.concurrent_inspection_deputy,
        changed_on=unit.changed_on,
        invented=unit.invented,
        note=unit.note,
    )


def _progress_form(
    request: HtmlRequest, organ: Organ, values: dict[str, Any], errors: InvalidInput | None = None
) -> Template:
    return page(
        request,
        "rollout/progress.html",
        status=422 if errors else 200,
        organ=organ,
        states=rules.STATES,
        waves=rules.WAVES,
        values=values,
        errors=errors,
    )


def _entry(event: AuditEvent) -> TimelineLine:
    state, wave = str(event.detail["state"]), str(event.detail["wave"])
    text = _("Ghi trạng thái: {state}", state=rules.STATES[state])
    return TimelineLine(
        at=event.at,
        staff_name=event.staff_name,
        post_title=event.post_title,
        text=f"{text}, {rules.WAVES[wave]}" if wave else text,
    )


def _values(unit: RolloutUnit | None) -> dict[str, Any]:
    if unit is None:
        return {"state": "planned"}
    return {
        "wave": unit.wave,
        "state": unit.state,
        "civil_servants_moved": unit.civil_servants_moved,
        "concurrent_inspection_deputy": _ANSWERS[unit.concurrent_inspection_deputy],
        "changed_on": unit.changed_on.strftime("%d/%m/%Y") if unit.changed_on else "",
        "note": unit.note,
    }


def _command(reader: FormReader) -> RecordProgress:
    command = RecordProgress(
        wave=reader.choice("wave", _("Đợt"), rules.WAVES, required=False),
        state=reader.choice("state", _("Trạng thái"), rules.STATES),
        civil_servants_moved=reader.integer("civil_servants_moved", _("Số công chức đã chuyển"), max=100),
        concurrent_inspection_deputy=_answer(
            reader.choice("concurrent_inspection_deputy", _("Kiêm Phó Chủ nhiệm UBKT"), ("yes", "no"), required=False)
        ),
        changed_on=reader.day("changed_on", _("Ngày thực hiện")),
        note=reader.text("note", _("Ghi chú"), max=1000),
    )
    reader.check()
    return command


def _answer(chosen: str) -> bool | None:
    return {"yes": True, "no": False}.get(chosen)
