"""What a parent sees: its organs in one table that moves by itself, and the rollout of the merger."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, ServerSentEvent, ServerSentEventMessage, Template
from markupsafe import Markup

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput, NotFound
from lienxa.platform.identity import sessions
from lienxa.platform.module import all_modules
from lienxa.platform.rollup import reading, stream
from lienxa.platform.rollup.reading import Counts
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import TimelineLine, page, redirect
from lienxa.tenants.rollout import operations, permissions, repository, rules
from lienxa.tenants.rollout.models import RolloutUnit
from lienxa.tenants.rollout.rules import Column, Line, Period, Progress
from lienxa.tenants.rollout.schemas import RecordProgress

HtmlRequest = Request[Any, Any, State]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]

# Lightness tells them apart as well; the numbers stand beside the bars.
SHADES = {
    "party": "#123f7d",
    "inspection": "#4a74b3",
    "council": "#8fb3e3",
    "committee": "#c3d2e8",
    "good": "#2c8551",
    "poor": "#b97900",
}
_ANSWERS = {True: "yes", False: "no", None: ""}
_CHART_MONTHS = 24
_MOST_KEPT = 8
_MOST_ON_THE_WALL = 14


@dataclass(frozen=True)
class TableBody:
    """The rows of the table, made once for each change of the figures and not once for each who looks.

    `made_of` is what they show besides figures: they are made anew when any of it is another.
    """

    lines: list[Line]
    total: Line
    rows: Markup
    made_of: tuple[Period, list[Organ], dict[UUID, Progress]]

    @classmethod
    def made(
        cls,
        request: HtmlRequest,
        period: Period,
        organs: list[Organ],
        progress: dict[UUID, Progress],
        totals: Mapping[UUID, Counts],
    ) -> "TableBody":
        """Draw the rows."""
        found, total = rules.lines(organs, totals, progress)
        template = request.app.template_engine.get_template("rollout/_rows.html")
        rows = template.render(lines=found, total=total, titles=rules.STATES, shades=SHADES)
        return cls(found, total, Markup(rows), (period, organs, progress))  # noqa: S704 -- drawn by a template that escapes


@dataclass(frozen=True)
class Overview:
    """What the table shows. `months` may be chosen, latest first."""

    period: Period
    body: TableBody
    as_of: datetime
    months: list[date]


class OverviewController(Controller):
    """The table of a parent. Any other organ has no such page."""

    path = "/tong-hop"

    @get("/", operation_id="ShowOverview")
    async def show(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        ky: FromQuery[str] = "",
        tu: FromQuery[str] = "",
        den: FromQuery[str] = "",
    ) -> Template:
        """The table in its page."""
        return _table(request, "rollout/overview.html", await _overview(request, session, actor, ky, tu, den))

    @get("/bang", operation_id="ShowOverviewTable")
    async def table(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        ky: FromQuery[str] = "",
        tu: FromQuery[str] = "",
        den: FromQuery[str] = "",
    ) -> Template:
        """The table alone, to be put in place of an older one."""
        return _table(request, "rollout/_table.html", await _overview(request, session, actor, ky, tu, den))

    @get("/man-hinh", operation_id="ShowWall")
    async def wall(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        ky: FromQuery[str] = "",
        tu: FromQuery[str] = "",
        den: FromQuery[str] = "",
    ) -> Template:
        """The sheet for the wall of the meeting room."""
        return _wall(request, "rollout/wall.html", await _overview(request, session, actor, ky, tu, den))

    @get("/man-hinh/bang", operation_id="ShowWallTable")
    async def wall_table(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        ky: FromQuery[str] = "",
        tu: FromQuery[str] = "",
        den: FromQuery[str] = "",
    ) -> Template:
        """Its table alone."""
        return _wall(request, "rollout/_wall.html", await _overview(request, session, actor, ky, tu, den))

    @get("/in", operation_id="PrintOverview")
    async def printed(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        ky: FromQuery[str] = "",
        tu: FromQuery[str] = "",
        den: FromQuery[str] = "",
    ) -> Template:
        """The table on paper, A4 landscape."""
        overview = await _overview(request, session, actor, ky, tu, den)
        return page(request, "rollout/print_overview.html", overview=overview, groups=rules.GROUPS, now=clock.now())

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

    @get("/so-lieu/{slug:str}/{figure:str}", operation_id="ShowFigure")
    async def figure(
        self, request: HtmlRequest, session: Db, actor: Me, slug: FromPath[str], figure: FromPath[str]
    ) -> Template:
        """One figure of one organ, or of all of them (`tat-ca`): its course by months and how it is computed."""
        _watch(actor)
        column = rules.column_named(figure)
        organs = await reading.children(request.app.state.database, actor.organ)
        organ = None if slug == rules.ALL_ORGANS else _named(organs, slug)
        months = rules.months_back(clock.today(), clock.today())[:_CHART_MONTHS]
        rows = await reading.by_month(session, column.codes, months[-1], months[0], organ.id if organ else None)
        return page(
            request,
            "rollout/figure.html",
            organ=organ,
            slug=slug,
            column=column,
            columns=rules.COLUMNS,
            course=rules.course(column, rows, months),
            explanations=_explanations(column),
            as_of=await reading.current_as_of(session),
        )

    @get("/cach-tinh", operation_id="ExplainFigures")
    async def explain(self, request: HtmlRequest, actor: Me) -> Template:
        """How each figure is computed."""
        _watch(actor)
        return page(request, "rollout/explain.html", modules=[module for module in all_modules() if module.figures])


class RolloutController(Controller):
    """The rollout of the merger: waves, states, people moved."""

    path = "/tong-hop/tien-do"

    @get("/", operation_id="ShowRollout")
    async def show(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The organs by wave."""
        _watch(actor)
        progress = await repository.progress(session)
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


async def _overview(
    request: HtmlRequest, session: TenantSession, actor: Actor, kind: str, month_from: str, month_to: str
) -> Overview:
    _watch(actor)
    period = rules.period_of(kind, month_from, month_to, clock.today())
    kept = stream.kept(request.app, actor.organ.id)
    organs = await reading.children(request.app.state.database, actor.organ)
    progress = await repository.progress(session)
    as_of = await reading.current_as_of(session)
    body = kept.get(period.query)
    if body is None or body.made_of != (period, organs, progress):
        totals = await reading.totals(session, period.month_from, period.month_to)
        body = TableBody.made(request, period, organs, progress, totals)
        if len(kept) < _MOST_KEPT:
            kept[period.query] = body
    return Overview(period, body, as_of, rules.months_back(clock.today(), period.month_from))


def _table(request: HtmlRequest, template: str, overview: Overview) -> Template:
    return page(request, template, overview=overview, groups=rules.GROUPS, shades=SHADES)


def _wall(request: HtmlRequest, template: str, overview: Overview) -> Template:
    return page(
        request,
        template,
        overview=overview,
        most=_MOST_ON_THE_WALL,
        good=rules.GOOD_SHARE,
        shades=SHADES,
        now=clock.now(),
        weekday=rules.WEEKDAYS[clock.today().weekday()],
    )


def _named(organs: Sequence[Organ], slug: str) -> Organ:
    for organ in organs:
        if organ.slug == slug:
            return organ
    raise NotFound


def _explanations(column: Column) -> list[tuple[str, str]]:
    """Title and explanation of each declared figure on which the column rests."""
    declared = {figure.code: figure for module in all_modules() for figure in module.figures}
    return [(declared[code].title, declared[code].explanation) for code in column.codes]


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
