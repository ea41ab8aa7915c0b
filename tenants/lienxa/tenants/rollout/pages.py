"""What a parent sees: its organs in one table that moves by itself, and the rollout of the merger."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response, ServerSentEvent, ServerSentEventMessage, Stream, Template
from markupsafe import Markup

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor, vietnamese_sort_key
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput, NotFound
from lienxa.platform.identity import sessions
from lienxa.platform.module import all_modules
from lienxa.platform.rollup import reading, stream
from lienxa.platform.rollup.months import current, reporting_months
from lienxa.platform.rollup.reading import Counts
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.platform.web import export
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.platform.web.page import TimelineLine, page, redirect
from lienxa.platform.web.papers import paper
from lienxa.platform.web.refusals import shown_again
from lienxa.tenants.rollout import operations, permissions, repository, rules
from lienxa.tenants.rollout.models import FollowUp, Milestone, RolloutUnit, SteeringMember, Visit
from lienxa.tenants.rollout.repository import Cursor
from lienxa.tenants.rollout.rules import Column, Due, Line, Period, Progress
from lienxa.tenants.rollout.schemas import (
    AskFollowUp,
    FollowUpLine,
    MilestoneLine,
    PlanMilestone,
    PlanVisit,
    RecordProgress,
    RecordVisit,
    ReviseMilestone,
    SteeringSeat,
    VisitLine,
)

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
ROLLOUT = "/tong-hop/tien-do"
_STANDINGS = {"tre": "late", "mo": "open", "dat": "done", "tat-ca": "all"}
_WAVE, _EACH = "dot:", "tung:"
_ACTS = {
    "rollout.plan_milestone": _("Đặt mốc"),
    "rollout.revise_milestone": _("Ghi mốc"),
    "rollout.plan_visit": _("Ghi vào kế hoạch"),
    "rollout.record_visit": _("Ghi kết quả"),
    "rollout.ask_follow_up": _("Giao việc"),
    "rollout.finish_follow_up": _("Ghi việc xong"),
}
_DAYS = {
    "planned_on": _("dự kiến"),
    "done_on": _("xong"),
    "visit_on": _("ngày"),
    "due_on": _("hạn"),
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
        engine = request.app.template_engine
        assert engine is not None
        template = engine.get_template("rollout/_rows.html")
        rows = template.render(lines=found, total=total, titles=rules.STATES, shades=SHADES)
        return cls(found, total, Markup(rows), (period, organs, progress))  # noqa: S704 -- drawn by a template that escapes


@dataclass(frozen=True)
class Overview:
    """What the table shows. `months` may be chosen, latest first."""

    period: Period
    body: TableBody
    as_of: datetime
    months: list[date]


class PeriodRefused(InvalidInput):
    """The period in the address cannot be read; `typed` is what stands there, `present` the month of today."""

    def __init__(self, refused: InvalidInput, typed: Mapping[str, str], present: date) -> None:
        super().__init__(refused.fields, _("Kỳ số liệu chưa đúng."))
        self.typed, self.present = typed, present


@dataclass(frozen=True)
class Asked:
    """The period as the address asks for it, not read yet; see `rules.period_of`."""

    kind: str = ""
    month_from: str = ""
    month_to: str = ""


def provide_asked(actor: Me, ky: FromQuery[str] = "", tu: FromQuery[str] = "", den: FromQuery[str] = "") -> Asked:
    """Dependency `asked`; only a parent's people get it."""
    _watch(actor)
    return Asked(ky, tu, den)


def _period(asked: Asked, present: date) -> Period:
    try:
        return rules.period_of(asked.kind, asked.month_from, asked.month_to, present)
    except InvalidInput as refused:
        raise PeriodRefused(refused, {"tu": asked.month_from, "den": asked.month_to}, present) from refused


def ask_for_period(request: HtmlRequest, refused: PeriodRefused) -> Template:
    """The form that chooses the period, with what is wrong beside its fields; it leads on to what was asked for."""
    months = _offered(rules.months_back(refused.present, refused.present))
    path = request.url.path.removesuffix("/bang")
    return page(
        request, "rollout/overview.html", status=422, path=path, months=months, values=refused.typed, errors=refused
    )


class OverviewController(Controller):
    """The table of a parent. Any other organ has no such page."""

    path = "/tong-hop"
    dependencies = {"asked": Provide(provide_asked, sync_to_thread=False)}
    exception_handlers = {PeriodRefused: ask_for_period}

    @get("/", operation_id="ShowOverview")
    async def show(self, request: HtmlRequest, session: Db, actor: Me, asked: NamedDependency[Asked]) -> Template:
        """The table in its page."""
        overview = await _overview(request, session, actor, asked)
        return page(
            request,
            "rollout/overview.html",
            path="/tong-hop",
            overview=overview,
            groups=rules.GROUPS,
            shades=SHADES,
            months=_offered(overview.months),
            values={"tu": f"{overview.period.month_from:%Y-%m}", "den": f"{overview.period.month_to:%Y-%m}"},
            errors=None,
        )

    @get("/bang", operation_id="ShowOverviewTable")
    async def table(self, request: HtmlRequest, session: Db, actor: Me, asked: NamedDependency[Asked]) -> Template:
        """The table alone, to be put in place of an older one."""
        overview = await _overview(request, session, actor, asked)
        return page(request, "rollout/_table.html", overview=overview, groups=rules.GROUPS, shades=SHADES)

    @get("/man-hinh", operation_id="ShowWall")
    async def wall(self, request: HtmlRequest, session: Db, actor: Me, asked: NamedDependency[Asked]) -> Template:
        """The sheet for the wall of the meeting room."""
        return _wall(request, "rollout/wall.html", await _overview(request, session, actor, asked))

    @get("/man-hinh/bang", operation_id="ShowWallTable")
    async def wall_table(self, request: HtmlRequest, session: Db, actor: Me, asked: NamedDependency[Asked]) -> Template:
        """Its table alone."""
        return _wall(request, "rollout/_wall.html", await _overview(request, session, actor, asked))

    @get("/in", operation_id="PrintOverview")
    async def printed(self, request: HtmlRequest, session: Db, actor: Me, asked: NamedDependency[Asked]) -> Template:
        """The table on paper, A4 landscape."""
        overview = await _overview(request, session, actor, asked)
        return page(request, "rollout/print_overview.html", overview=overview, groups=rules.GROUPS, now=clock.now())

    @get("/in/pdf", operation_id="PrintOverviewAsPdf")
    async def pdf(self, request: HtmlRequest, session: Db, actor: Me, asked: NamedDependency[Asked]) -> Response[bytes]:
        """The same sheet as PDF, its pages numbered."""
        overview = await _overview(request, session, actor, asked)
        return await _sheet(
            actor,
            rules.overview_sheet(overview.period, overview.body.lines, overview.body.total),
            {
                "below": _("(Số liệu lúc {time})", time=_moment(overview.as_of)),
            },
        )

    @get("/xuat", operation_id="ExportOverview")
    async def exported(self, request: HtmlRequest, session: Db, actor: Me, asked: NamedDependency[Asked]) -> Stream:
        """The table as a file for a spreadsheet."""
        body = (await _overview(request, session, actor, asked)).body
        rows: list[export.Row] = list(rules.overview_rows(body.lines, body.total))

        async def read(_part: TenantSession, _after: None) -> tuple[list[export.Row], None]:
            return rows, None

        return export.spreadsheet(request, session, actor, "tong-hop", rules.OVERVIEW_HEAD, read)

    @get("/luong", operation_id="StreamOverviewChanges", opt={SENT_AS_IT_IS: True})
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
        present = (await reporting_months(session)).present
        months = rules.months_back(present, present)[:_CHART_MONTHS]
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


class HomeController(Controller):
    """Where a parent's people begin: what is late, what comes, and the table."""

    path = "/tong-hop/hom-nay"

    @get("/", operation_id="ShowParentHome")
    async def show(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """What the parent has to see to in the rollout, above the table of the year."""
        overview = await _overview(request, session, actor, Asked())
        today = clock.today()
        until = today + timedelta(days=rules.SOON_DAYS)
        names = {organ.id: organ.name for organ in overview.body.made_of[1]}
        dues = [
            *map(partial(_milestone_due, names), await repository.open_milestones(session, until)),
            *map(partial(_follow_up_due, names), await repository.open_follow_ups(session, until)),
            *map(partial(_visit_due, names), await repository.planned_visits(session)),
        ]
        return page(
            request,
            "rollout/home.html",
            overview=overview,
            agenda=rules.agenda(dues, today),
            groups=rules.GROUPS,
            shades=SHADES,
        )


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
        below = _("Tình hình lúc {time}", time=_moment(clock.now()))
        if shown["scheme"]:
            below = _("Căn cứ Đề án số {scheme}. {below}", scheme=shown["scheme"], below=below)
        return await _sheet(actor, rules.rollout_sheet(shown["waves"], shown["board"], clock.today()), {"below": below})

    @get("/{organ_id:uuid}", operation_id="ShowRolloutOfOrgan")
    async def unit(self, request: HtmlRequest, session: Db, actor: Me, organ_id: FromPath[UUID]) -> Template:
        """How far one organ has come: its state, milestones, visits, and what was written down."""
        organ = await _child(request, actor, organ_id)
        unit = await repository.unit_of(session, organ_id)
        return page(
            request,
            "rollout/unit.html",
            organ=organ,
            progress=_progress_of(unit),
            milestones=await repository.milestones(session, organ_id),
            visits=await repository.visits_of(session, organ_id),
            events=[_entry(event) for event in reversed(await timeline(session, unit.id))] if unit else [],
            **_words(actor),
        )

    @get("/{organ_id:uuid}/cap-nhat", operation_id="EditProgress")
    async def edit(self, request: HtmlRequest, session: Db, actor: Me, organ_id: FromPath[UUID]) -> Template:
        """The form of one organ's progress."""
        organ = await _managed_child(request, actor, organ_id)
        return _progress_form(request, organ, _values(await repository.unit_of(session, organ_id)))

    @post("/{organ_id:uuid}/cap-nhat", operation_id="RecordProgress", status_code=303)
    async def record(self, request: HtmlRequest, session: Db, actor: Me, organ_id: FromPath[UUID]) -> Redirect:
        """Write the progress of one organ down."""
        organ = await _managed_child(request, actor, organ_id)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_progress_form, request, organ, reader.values)):
            await operations.record_progress(session, actor, organ_id, _command(reader))
        return redirect(request, f"{ROLLOUT}/{organ_id}", notice=_("Đã ghi tiến độ của {name}.", name=organ.full_name))


class MilestoneController(Controller):
    """The milestones of organs, waves and the whole rollout."""

    path = f"{ROLLOUT}/moc"

    @get("/", operation_id="ListMilestones")
    async def listed(
        self, request: HtmlRequest, session: Db, actor: Me, tt: FromQuery[str] = "mo", sau: FromQuery[str] = ""
    ) -> Template:
        """The milestones by their planned day."""
        _watch(actor)
        standing = tt if tt in _STANDINGS else "mo"
        found = await repository.milestone_page(session, _STANDINGS[standing], Cursor.read(sau))
        return page(
            request,
            "rollout/milestones.html",
            milestones=found[: repository.PAGE_SIZE],
            next_path=_next(f"{ROLLOUT}/moc?tt={standing}&", [(one.planned_on, one.id) for one in found]),
            names=await _names(request, actor),
            standing=standing,
            after=sau,
            **_words(actor),
        )

    @get("/moi", operation_id="NewMilestone")
    async def new(self, request: HtmlRequest, actor: Me, don_vi: FromQuery[str] = "") -> Template:
        """The form of a new milestone."""
        organs = await _managed(request, actor)
        return _milestone_form(request, organs, {"scope": don_vi})

    @post("/moi", operation_id="PlanMilestone", status_code=303)
    async def plan(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Plan it."""
        organs = await _managed(request, actor)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_milestone_form, request, organs, reader.values)):
            command = _milestone_command(reader, organs, await repository.progress(session))
            planned = await operations.plan_milestone(session, actor, command)
        notice = _("Đã ghi {count} mốc.", count=len(planned))
        return redirect(request, f"{ROLLOUT}/moc", notice=notice)

    @get("/{milestone_id:uuid}", operation_id="ShowMilestone")
    async def one(self, request: HtmlRequest, session: Db, actor: Me, milestone_id: FromPath[UUID]) -> Template:
        """One milestone with what was done to it, and the form that changes it."""
        _watch(actor)
        milestone = await session.find(Milestone, milestone_id)
        return await _milestone_page(request, session, actor, milestone)

    @post("/{milestone_id:uuid}", operation_id="ReviseMilestone", status_code=303)
    async def revise(self, request: HtmlRequest, session: Db, actor: Me, milestone_id: FromPath[UUID]) -> Redirect:
        """Move it, or note that it is reached."""
        _watch(actor)
        milestone = await session.find(Milestone, milestone_id)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_milestone_page, request, session, actor, milestone, reader.values)):
            await operations.revise_milestone(session, actor, milestone_id, _revision(reader))
        return redirect(request, f"{ROLLOUT}/moc", notice=_("Đã ghi mốc."))

    @post("/{milestone_id:uuid}/bo", operation_id="DropMilestone", status_code=303)
    async def drop(self, request: HtmlRequest, session: Db, actor: Me, milestone_id: FromPath[UUID]) -> Redirect:
        """Give it up."""
        _watch(actor)
        milestone = await session.find(Milestone, milestone_id)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_milestone_page, request, session, actor, milestone, reader.values)):
            await operations.drop_milestone(session, actor, milestone_id, reader.text("reason", _("Lý do"), max=500))
        return redirect(request, f"{ROLLOUT}/moc", notice=_("Đã bỏ mốc."))


class CommitteeController(Controller):
    """The steering committee (Ban Chỉ đạo)."""

    path = f"{ROLLOUT}/ban-chi-dao"

    @get("/", operation_id="ShowCommittee")
    async def show(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Who sits in it, and who did."""
        _watch(actor)
        today = clock.today()
        members = sorted(
            await repository.committee(session),
            key=lambda one: (list(rules.ROLES).index(one.role), one.since, vietnamese_sort_key(one.full_name)),
        )
        sitting = [one for one in members if one.until is None or one.until >= today]
        left = [one for one in members if one not in sitting]
        return page(request, "rollout/committee.html", sitting=sitting, left=left, **_words(actor))

    @get("/moi", operation_id="NewMember")
    async def new(self, request: HtmlRequest, actor: Me) -> Template:
        """The form of a new member."""
        _manage(actor)
        return _seat_form(request, None, {"since": "", "role": "member"})

    @post("/moi", operation_id="SeatMember", status_code=303)
    async def seat(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Take somebody in."""
        _manage(actor)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_seat_form, request, None, reader.values)):
            await operations.seat_member(session, actor, _seat(reader))
        return redirect(request, f"{ROLLOUT}/ban-chi-dao", notice=_("Đã thêm thành viên Ban Chỉ đạo."))

    @get("/{member_id:uuid}", operation_id="EditMember")
    async def edit(self, request: HtmlRequest, session: Db, actor: Me, member_id: FromPath[UUID]) -> Template:
        """The form of a member."""
        _manage(actor)
        member = await session.find(SteeringMember, member_id)
        return _seat_form(request, member, _seat_values(member))

    @post("/{member_id:uuid}", operation_id="ReseatMember", status_code=303)
    async def reseat(self, request: HtmlRequest, session: Db, actor: Me, member_id: FromPath[UUID]) -> Redirect:
        """Change what is written of a member."""
        _manage(actor)
        member = await session.find(SteeringMember, member_id)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_seat_form, request, member, reader.values)):
            await operations.reseat_member(session, actor, member_id, _seat(reader))
        return redirect(request, f"{ROLLOUT}/ban-chi-dao", notice=_("Đã ghi thay đổi."))


class VisitController(Controller):
    """Visits to organs and meetings of the committee, and what follows from them."""

    path = f"{ROLLOUT}/lam-viec"

    @get("/", operation_id="ListVisits")
    async def listed(self, request: HtmlRequest, session: Db, actor: Me, sau: FromQuery[str] = "") -> Template:
        """All of them, latest first."""
        _watch(actor)
        found = await repository.visit_page(session, Cursor.read(sau))
        return page(
            request,
            "rollout/visits.html",
            visits=found[: repository.PAGE_SIZE],
            next_path=_next(f"{ROLLOUT}/lam-viec?", [(one.visit_on, one.id) for one in found]),
            names=await _names(request, actor),
            after=sau,
            **_words(actor),
        )

    @get("/moi", operation_id="NewVisit")
    async def new(self, request: HtmlRequest, actor: Me, don_vi: FromQuery[str] = "") -> Template:
        """The form of a new visit."""
        return _visit_form(request, await _managed(request, actor), {"organ": don_vi, "kind": "working"})

    @post("/moi", operation_id="PlanVisit", status_code=303)
    async def plan(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Plan it."""
        organs = await _managed(request, actor)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_visit_form, request, organs, reader.values)):
            visit = await operations.plan_visit(session, actor, _visit_command(reader, organs))
        return redirect(request, f"{ROLLOUT}/lam-viec/{visit.id}", notice=_("Đã ghi vào kế hoạch."))

    @get("/{visit_id:uuid}", operation_id="ShowVisit")
    async def one(self, request: HtmlRequest, session: Db, actor: Me, visit_id: FromPath[UUID]) -> Template:
        """One visit with its findings and follow-ups."""
        _watch(actor)
        return await _visit_page(request, session, actor, await session.find(Visit, visit_id))

    @post("/{visit_id:uuid}", operation_id="RecordVisit", status_code=303)
    async def record(self, request: HtmlRequest, session: Db, actor: Me, visit_id: FromPath[UUID]) -> Redirect:
        """Write down what became of it."""
        _watch(actor)
        visit = await session.find(Visit, visit_id)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_visit_page, request, session, actor, visit, reader.values)):
            await operations.record_visit(session, actor, visit_id, _visit_record(reader))
        return redirect(request, f"{ROLLOUT}/lam-viec/{visit_id}", notice=_("Đã ghi kết quả."))

    @post("/{visit_id:uuid}/viec", operation_id="AskFollowUp", status_code=303)
    async def ask(self, request: HtmlRequest, session: Db, actor: Me, visit_id: FromPath[UUID]) -> Redirect:
        """Note what is to be done after it."""
        _watch(actor)
        visit = await session.find(Visit, visit_id)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_visit_page, request, session, actor, visit, reader.values)):
            await operations.ask_follow_up(session, actor, visit_id, _follow_up_command(reader))
        return redirect(request, f"{ROLLOUT}/lam-viec/{visit_id}", notice=_("Đã giao việc."))

    @post("/viec/{follow_up_id:uuid}", operation_id="FinishFollowUp", status_code=303)
    async def finish(self, request: HtmlRequest, session: Db, actor: Me, follow_up_id: FromPath[UUID]) -> Redirect:
        """Note that what was asked for is done."""
        _watch(actor)
        reader = FormReader(await request.form())
        done_on = reader.day(f"done_on-{follow_up_id}", _("Ngày xong"), required=True)
        result = reader.text("result", _("Kết quả"), max=1000)
        follow_up = await session.find(FollowUp, follow_up_id)
        visit = await session.find(Visit, follow_up.visit_id)
        async with shown_again(session, partial(_visit_page, request, session, actor, visit, reader.values)):
            reader.check()
            await operations.finish_follow_up(session, actor, follow_up_id, done_on, result)
        return redirect(request, f"{ROLLOUT}/lam-viec/{follow_up.visit_id}", notice=_("Đã ghi việc xong."))


async def _overview(request: HtmlRequest, session: TenantSession, actor: Actor, asked: Asked) -> Overview:
    _watch(actor)
    as_of, months = await current(session)
    period = _period(asked, months.present)
    kept = stream.kept(request.app, actor.organ.id)
    organs = await reading.children(request.app.state.database, actor.organ)
    progress = await repository.progress(session)
    body = kept.get(period.query)
    if body is None or body.made_of != (period, organs, progress):
        totals = await reading.totals(session, period.month_from, period.month_to)
        body = TableBody.made(request, period, organs, progress, totals)
        if len(kept) < _MOST_KEPT:
            kept[period.query] = body
    return Overview(period, body, as_of, rules.months_back(period.present, period.month_from))


def _offered(months: Sequence[date]) -> dict[str, str]:
    """Months to choose from: as in an address -> as people write them."""
    return {f"{month:%Y-%m}": f"{month.month}/{month.year}" for month in months}


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


async def _sheet(actor: Actor, table: Mapping[str, Any], more: Mapping[str, Any]) -> Response[bytes]:
    """The paper of a table: whose it is, who printed it and when."""
    printed = _(
        "In lúc {moment}, {name} ({post})", moment=_moment(clock.now()), name=actor.name, post=actor.acting.title
    )
    head = {
        "organ": actor.face.title or actor.organ.full_name,
        "printed": printed,
        "specimen": actor.organ.demonstration,
    }
    return await paper("rollout/sheet.typ", {**table, **head, **more}, table["title"])


def _moment(moment: datetime) -> str:
    return clock.legal(moment).strftime("%H:%M:%S %d/%m/%Y")


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


def _manage(actor: Actor) -> None:
    """Only those who follow the rollout change it."""
    _watch(actor)
    actor.require(permissions.MANAGE)


async def _managed(request: HtmlRequest, actor: Actor) -> list[Organ]:
    """The organs directly below the actor's, for somebody who may change things of them."""
    _manage(actor)
    return await reading.children(request.app.state.database, actor.organ)


async def _child(request: HtmlRequest, actor: Actor, organ_id: UUID) -> Organ:
    """The organ directly below the actor's, or `NotFound`."""
    _watch(actor)
    return _with_id(await reading.children(request.app.state.database, actor.organ), organ_id)


async def _managed_child(request: HtmlRequest, actor: Actor, organ_id: UUID) -> Organ:
    return _with_id(await _managed(request, actor), organ_id)


def _with_id(organs: Sequence[Organ], organ_id: UUID) -> Organ:
    for organ in organs:
        if organ.id == organ_id:
            return organ
    raise NotFound


async def _names(request: HtmlRequest, actor: Actor) -> dict[UUID, str]:
    """The names of the organs directly below, by name."""
    return {organ.id: organ.name for organ in await reading.children(request.app.state.database, actor.organ)}


def _words(actor: Actor) -> dict[str, Any]:
    """What the pages of the rollout call things, and whether the actor may change them."""
    return {
        "may_manage": actor.may(permissions.MANAGE),
        "state_titles": rules.STATES,
        "waves_titles": rules.WAVES,
        "kind_titles": rules.MILESTONES,
        "milestone_states": rules.MILESTONE_STATES,
        "state_of": lambda one: rules.milestone_state(one.planned_on, one.done_on, clock.today()),
        "role_titles": rules.ROLES,
        "visit_titles": rules.VISITS,
        "visit_states": rules.VISIT_STATES,
        "rating_titles": rules.RATINGS,
    }


async def _rollout(request: HtmlRequest, session: TenantSession, actor: Actor) -> dict[str, Any]:
    _watch(actor)
    progress = await repository.progress(session)
    organs = await reading.children(request.app.state.database, actor.organ)
    milestones = await repository.milestones(session)
    return {
        "waves": rules.waves(organs, progress),
        "summary": rules.summary(organs, progress),
        "scheme": await repository.scheme(session),
        "board": rules.board(milestones),
        "board_titles": rules.BOARD,
        "common": [one for one in milestones if one.organ_id is None],
        "late_count": sum(
            rules.milestone_state(one.planned_on, one.done_on, clock.today()) == rules.LATE for one in milestones
        ),
        **_words(actor),
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


def _whose(names: Mapping[UUID, str], organ_id: UUID | None, wave: str = "") -> str:
    if organ_id is not None:
        return names.get(organ_id, "")
    return rules.WAVES[wave] if wave else _("Chung các đơn vị")


def _milestone_due(names: Mapping[UUID, str], one: MilestoneLine) -> Due:
    return Due(
        title=one.title or rules.MILESTONES[one.kind],
        whose=_whose(names, one.organ_id, one.wave),
        responsible=one.responsible,
        due_on=one.planned_on,
        path=f"{ROLLOUT}/moc/{one.id}",
        action=_("Ghi mốc"),
    )


def _follow_up_due(names: Mapping[UUID, str], one: FollowUpLine) -> Due:
    return Due(
        title=one.task,
        whose=_whose(names, one.organ_id),
        responsible=one.responsible,
        due_on=one.due_on,
        path=f"{ROLLOUT}/lam-viec/{one.visit_id}",
        action=_("Ghi kết quả"),
    )


def _visit_due(names: Mapping[UUID, str], one: VisitLine) -> Due:
    past = one.visit_on < clock.today()
    return Due(
        title=_("{kind}: {purpose}", kind=rules.VISITS[one.kind], purpose=one.purpose),
        whose=_whose(names, one.organ_id),
        responsible=_("chưa ghi kết quả") if past else "",
        due_on=one.visit_on,
        path=f"{ROLLOUT}/lam-viec/{one.id}",
        action=_("Ghi kết quả") if past else _("Xem"),
    )


def _next(path: str, found: Sequence[tuple[date, UUID]]) -> str:
    """The address of the page that follows; empty if everything fitted."""
    if len(found) <= repository.PAGE_SIZE:
        return ""
    return f"{path}sau={Cursor(*found[repository.PAGE_SIZE - 1])}"


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
        "planned_on": _typed(milestone.planned_on),
        "done_on": _typed(milestone.done_on),
        "responsible": milestone.responsible,
        "note": milestone.note,
    }
    return page(
        request,
        "rollout/milestone.html",
        status=422 if errors else 200,
        milestone=milestone,
        whose=_whose(await _names(request, actor), milestone.organ_id, milestone.wave),
        values=shown if values is None else values,
        errors=errors,
        events=[_act(event) for event in reversed(await timeline(session, milestone.id))],
        **_words(actor),
    )


def _revision(reader: FormReader) -> ReviseMilestone:
    planned_on = reader.day("planned_on", _("Ngày dự kiến"), required=True)
    done_on = reader.day("done_on", _("Ngày đạt"))
    responsible = reader.text("responsible", _("Phụ trách"), max=200)
    note = reader.text("note", _("Ghi chú"), max=1000)
    reader.check()
    assert planned_on is not None
    return ReviseMilestone(planned_on, done_on, responsible, note)


def _seat_form(
    request: HtmlRequest, member: SteeringMember | None, values: dict[str, Any], errors: InvalidInput | None = None
) -> Template:
    status = 422 if errors else 200
    return page(
        request,
        "rollout/member.html",
        status=status,
        member=member,
        roles=rules.ROLES,
        values=values,
        errors=errors,
    )


def _seat_values(member: SteeringMember) -> dict[str, Any]:
    return {
        "full_name": member.full_name,
        "title": member.title,
        "role": member.role,
        "since": _typed(member.since),
        "until": _typed(member.until),
        "task": member.task,
    }


def _seat(reader: FormReader) -> SteeringSeat:
    full_name = reader.text("full_name", _("Họ và tên"), required=True, max=100)
    title = reader.text("title", _("Chức vụ"), max=200)
    role = reader.choice("role", _("Vai trò"), rules.ROLES)
    since = reader.day("since", _("Tham gia từ"), required=True)
    until = reader.day("until", _("Đến hết ngày"))
    task = reader.text("task", _("Phân công"), max=500)
    reader.check()
    assert since is not None
    return SteeringSeat(full_name, title, role, since, until, task)


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
        "visit_on": _typed(visit.visit_on),
        "people": visit.people,
        "findings": visit.findings,
        "rating": visit.rating,
    }
    return page(
        request,
        "rollout/visit.html",
        status=422 if errors else 200,
        visit=visit,
        whose=_whose(await _names(request, actor), visit.organ_id),
        follow_ups=await repository.follow_ups_of(session, visit.id),
        values={**shown, **(values or {})},
        errors=errors,
        events=[_act(event) for event in reversed(await timeline(session, visit.id))],
        **_words(actor),
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


def _typed(day: date | None) -> str:
    return day.strftime("%d/%m/%Y") if day else ""


def _act(event: AuditEvent) -> TimelineLine:
    """An act on a milestone or a visit in words, with the days that it set."""
    days = [
        _("{what} {day}", what=title, day=_typed(date.fromisoformat(str(event.detail[name]))))
        for name, title in _DAYS.items()
        if event.detail.get(name)
    ]
    text = ": ".join(part for part in (_ACTS.get(event.action, event.action), ", ".join(days)) if part)
    return TimelineLine(at=event.at, staff_name=event.staff_name, post_title=event.post_title, text=text)


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
