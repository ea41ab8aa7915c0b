"""What a parent sees: its organs in one table that moves by itself, and the rollout of the merger."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, ServerSentEvent, ServerSentEventMessage, Template

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput, NotFound
from lienxa.platform.identity import sessions
from lienxa.platform.rollup import reading, stream
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import TimelineLine, page, redirect
from lienxa.tenants.rollout import operations, permissions, repository, rules
from lienxa.tenants.rollout.models import RolloutUnit
from lienxa.tenants.rollout.rules import Line, Progress
from lienxa.tenants.rollout.schemas import RecordProgress

HtmlRequest = Request[Any, Any, State]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]

_ANSWERS = {True: "yes", False: "no", None: ""}
MONTH = "thang"
YEAR = "nam"


@dataclass(frozen=True)
class Period:
    """The months of the table: `month_from` to `month_to`, both the first day of a month."""

    kind: str
    month_from: date
    month_to: date
    title: str

    @classmethod
    def of(cls, kind: str) -> "Period":
        """The present month, or the present year so far."""
        month = clock.today().replace(day=1)
        if kind == MONTH:
            return cls(MONTH, month, month, _("tháng {month}/{year}", month=month.month, year=month.year))
        return cls(YEAR, month.replace(month=1), month, _("năm {year}", year=month.year))


@dataclass(frozen=True)
class Overview:
    """What the table shows."""

    period: Period
    lines: list[Line]
    total: Line
    as_of: datetime


class OverviewController(Controller):
    """The table of a parent. Any other organ has no such page."""

    path = "/tong-hop"

    @get("/", operation_id="ShowOverview")
    async def show(self, request: HtmlRequest, session: Db, actor: Me, ky: FromQuery[str] = YEAR) -> Template:
        """The table in its page."""
        return page(request, "rollout/overview.html", overview=await _overview(request, session, actor, ky))

    @get("/bang", operation_id="ShowOverviewTable")
    async def table(self, request: HtmlRequest, session: Db, actor: Me, ky: FromQuery[str] = YEAR) -> Template:
        """The table alone, to be put in place of an older one."""
        return page(request, "rollout/_table.html", overview=await _overview(request, session, actor, ky))

    @get("/luong", operation_id="StreamOverviewChanges")
    async def changes(self, request: HtmlRequest, actor: Me) -> ServerSentEvent:
        """Server-sent events: one for each change of the figures, at most one a second."""
        _watch(actor)
        state = request.app.state
        session_id: UUID = request.scope["state"]["signed_in"].session_id

        async def still_signed_in() -> bool:
            return await sessions.lives(state.database, session_id)

        events: AsyncIterator[ServerSentEventMessage] = stream.changes(request.app, actor.organ.id, still_signed_in)
        return ServerSentEvent(events, headers={"Cache-Control": "no-store"})

    @get("/cach-tinh", operation_id="ExplainFigures")
    async def explain(self, request: HtmlRequest, actor: Me) -> Template:
        """How each figure is computed."""
        from lienxa.platform.module import all_modules

        _watch(actor)
        return page(request, "rollout/explain.html", modules=[module for module in all_modules() if module.figures])


class RolloutController(Controller):
    """The rollout of the merger: waves, states, people moved."""

    path = "/tong-hop/tien-do"

    @get("/", operation_id="ShowRollout")
    async def show(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The organs by wave."""
        _watch(actor)
        progress = await _progress(session)
        organs = await reading.children(request.app.state.database, actor.organ)
        return page(
            request,
            "rollout/rollout.html",
            waves=rules.waves(organs, progress),
            summary=rules.summary(organs, progress),
            state_titles=rules.STATES,
            scheme=await repository.scheme(session),
            may_manage=actor.may(permissions.MANAGE),
        )

    @get("/{organ_id:uuid}", operation_id="EditProgress")
    async def edit(self, request: HtmlRequest, session: Db, actor: Me, organ_id: FromPath[UUID]) -> Template:
        """The form of one organ's progress."""
        organ = await _child(request, actor, organ_id)
        return await _form(request, session, organ, values=_values(await repository.unit_of(session, organ_id)))

    @post("/{organ_id:uuid}", operation_id="RecordProgress")
    async def record(
        self, request: HtmlRequest, session: Db, actor: Me, organ_id: FromPath[UUID]
    ) -> Redirect | Template:
        """Write the progress of one organ down."""
        organ = await _child(request, actor, organ_id)
        reader = FormReader(await request.form())
        try:
            await operations.record_progress(session, actor, organ_id, _command(reader))
        except InvalidInput as error:
            return await _form(request, session, organ, values=reader.values, errors=error)
        return redirect(request, "/tong-hop/tien-do", notice=_("Đã ghi tiến độ của {name}.", name=organ.full_name))


async def _overview(request: HtmlRequest, session: TenantSession, actor: Actor, kind: str) -> Overview:
    _watch(actor)
    period = Period.of(kind)
    organs = await reading.children(request.app.state.database, actor.organ)
    figures = await reading.figures(session, period.month_from, period.month_to)
    found, total = rules.lines(organs, figures, await _progress(session))
    return Overview(period, found, total, await reading.current_as_of(session))


def _watch(actor: Actor) -> None:
    """Only a parent has these pages; elsewhere they do not exist."""
    if not actor.organ.is_parent:
        raise NotFound
    actor.require(permissions.READ)


async def _child(request: HtmlRequest, actor: Actor, organ_id: UUID) -> Organ:
    """The organ directly below the actor's, or `NotFound`."""
    _watch(actor)
    actor.require(permissions.MANAGE)
    for organ in await reading.children(request.app.state.database, actor.organ):
        if organ.id == organ_id:
            return organ
    raise NotFound


async def _progress(session: TenantSession) -> dict[UUID, Progress]:
    return {
        unit.organ_id: Progress(
            wave=unit.wave,
            state=unit.state,
            civil_servants_moved=unit.civil_servants_moved,
            concurrent_inspection_deputy=unit.concurrent_inspection_deputy,
            changed_on=unit.changed_on,
            invented=unit.invented,
            note=unit.note,
        )
        for unit in await repository.units(session)
    }


async def _form(
    request: HtmlRequest,
    session: TenantSession,
    organ: Organ,
    *,
    values: dict[str, Any],
    errors: InvalidInput | None = None,
) -> Template:
    unit = await repository.unit_of(session, organ.id)
    return page(
        request,
        "rollout/progress.html",
        status=422 if errors else 200,
        organ=organ,
        states=rules.STATES,
        waves=rules.WAVES,
        values=values,
        errors=errors,
        events=[_entry(event) for event in reversed(await timeline(session, unit.id))] if unit else [],
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
