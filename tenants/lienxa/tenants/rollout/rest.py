"""The parent's table, the rollout and closed periods below `/api/v1/rollout`: the same operations as the pages."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput, NotFound
from lienxa.platform.module import all_modules
from lienxa.platform.rest.admission import NEEDS
from lienxa.platform.rest.answers import act, created
from lienxa.platform.rest.paging import Page, Window
from lienxa.platform.rollup import reading
from lienxa.platform.rollup.months import Setting, current, reporting_months
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.tenants.rollout import operations, permissions, repository, rules
from lienxa.tenants.rollout.models import ClosedPeriod, FollowUp, Milestone, SteeringMember, Visit
from lienxa.tenants.rollout.pages import reports
from lienxa.tenants.rollout.repository import Cursor
from lienxa.tenants.rollout.rules import Column, Progress
from lienxa.tenants.rollout.schemas import (
    AskFollowUp,
    ClosePeriod,
    FigureDefinition,
    FigureDifference,
    FollowUpLine,
    ListedClosing,
    ListedVisit,
    MilestoneLine,
    MonthOfFigure,
    NewClosing,
    NewFollowUp,
    NewMilestone,
    NewVisit,
    OrganFigures,
    PlanMilestone,
    PlanVisit,
    RecordProgress,
    RecordVisit,
    ReportingSetting,
    ReviseMilestone,
    SentProgress,
    SentReason,
    SentResult,
    SentRevision,
    SentSeat,
    SentVisitRecord,
    SetReportingDay,
    ShownClosing,
    ShownFollowUp,
    ShownMilestone,
    ShownOverview,
    ShownSeat,
    ShownUnit,
    ShownVisit,
    SteeringSeat,
    VisitLine,
)

ApiRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
Part = NamedDependency[Window]
FirstMonth = Annotated[
    str, QueryParameter(name="from", max_length=7, description=_("Tháng đầu `2026-01`; bỏ trống: đầu năm nay"))
]
LastMonth = Annotated[
    str, QueryParameter(name="to", max_length=7, description=_("Tháng cuối `2026-10`; bỏ trống: tháng này"))
]
READS = {NEEDS: permissions.READ}
MANAGES = {NEEDS: permissions.MANAGE}


class OverviewController(Controller):
    """The figures of the organs below."""

    path = "/rollout"

    @get("/figures", operation_id="ListFigures", summary=_("Các chỉ tiêu và cách tính"), opt=READS)
    async def figures(self, actor: Me) -> list[FigureDefinition]:
        """Every figure of the table and how it is computed."""
        _at_parent(actor)
        return [_definition(column) for column in rules.COLUMNS]

    @get("/overview", operation_id="GetOverview", summary=_("Bảng tổng hợp các đơn vị"), opt=READS)
    async def overview(
        self, request: ApiRequest, session: Db, actor: Me, month_from: FirstMonth = "", month_to: LastMonth = ""
    ) -> ShownOverview:
        """The table of a period."""
        _at_parent(actor)
        as_of, months = await current(session)
        period = _period(month_from, month_to, months.present)
        organs = await _counted(request, actor)
        totals = await reading.totals(session, period.month_from, period.month_to)
        found, total = rules.lines(organs, totals, {})
        return ShownOverview(
            f"{period.month_from:%Y-%m}", f"{period.month_to:%Y-%m}", as_of, [*map(_values, found)], _values(total)
        )

    @get("/figures/{figure:str}", operation_id="GetFigure", summary=_("Diễn biến theo tháng"), opt=READS)
    async def figure(
        self,
        request: ApiRequest,
        session: Db,
        actor: Me,
        figure: FromPath[str],
        organ_id: Annotated[
            UUID | None, QueryParameter(name="organ", description=_("Của đơn vị này; bỏ trống: các đơn vị cộng lại"))
        ] = None,
    ) -> list[MonthOfFigure]:
        """A figure through this year and the last, latest month last; of one organ or of all directly below."""
        _at_parent(actor)
        column = rules.column_named(figure)
        if organ_id is not None:
            _one_of(await _counted(request, actor), organ_id)
        present = (await reporting_months(session)).present
        months = rules.months_back(present, present)
        rows = await reading.by_month(session, column.codes, months[-1], months[0], organ_id)
        return [
            MonthOfFigure(f"{month:%Y-%m}", value) for month, value, _parts in rules.course(column, rows, months).months
        ]


class UnitController(Controller):
    """How far each organ below has come."""

    path = "/rollout/organs"

    @get("/", operation_id="ListRollout", summary=_("Tiến độ hợp nhất của các đơn vị"), opt=READS)
    async def listed(self, request: ApiRequest, session: Db, actor: Me, window: Part) -> Response[Page[ShownUnit]]:
        """The organs directly below by name, each with its progress."""
        _at_parent(actor)
        organs = await _children(request, actor)
        progress = await repository.progress(session)
        places = {str(organ.id): place for place, organ in enumerate(organs, start=1)}
        start = window.place(places.get) or 0
        shown = organs[start : start + window.limit]
        following = str(shown[-1].id) if start + len(shown) < len(organs) else ""
        return window.page([_unit(organ, progress) for organ in shown], following)

    @get("/{organ_id:str}", operation_id="GetRolloutOfOrgan", summary=_("Tiến độ của một đơn vị"), opt=READS)
    async def one(self, request: ApiRequest, session: Db, actor: Me, organ_id: FromPath[UUID]) -> ShownUnit:
        """How far one organ has come."""
        _at_parent(actor)
        return _unit(_one_of(await _children(request, actor), organ_id), await repository.progress(session))

    @act("/{organ_id:str}/progress", "RecordProgress", _("Ghi tiến độ của một đơn vị"), needs=permissions.MANAGE)
    async def record(
        self, request: ApiRequest, session: Db, actor: Me, organ_id: FromPath[UUID], data: JSONBody[SentProgress]
    ) -> ShownUnit:
        """Write the present state of an organ down."""
        _at_parent(actor)
        organ = _one_of(await _children(request, actor), organ_id)
        command = RecordProgress(
            wave=data.wave,
            state=data.state,
            civil_servants_moved=data.civil_servants_moved,
            concurrent_inspection_deputy=data.concurrent_inspection_deputy,
            changed_on=data.changed_on,
            note=data.note,
        )
        await operations.record_progress(session, actor, organ_id, command)
        return _unit(organ, await repository.progress(session))


class MilestoneController(Controller):
    """Milestones."""

    path = "/rollout/milestones"

    @get("/", operation_id="ListMilestones", summary=_("Các mốc hợp nhất"), opt=READS)
    async def listed(
        self,
        session: Db,
        actor: Me,
        window: Part,
        view: Annotated[
            Literal["open", "late", "done", "all"], QueryParameter(description=_("Phần của danh sách"))
        ] = "all",
    ) -> Response[Page[ShownMilestone]]:
        """The milestones by their planned day."""
        _at_parent(actor)
        found = await repository.milestone_page(session, view, window.place(Cursor.read), window.limit)
        return window.page(
            [_milestone(one) for one in found[: window.limit]],
            _following(window, [(one.planned_on, one.id) for one in found]),
        )

    @post("/", operation_id="PlanMilestone", summary=_("Đặt mốc"), opt=MANAGES)
    async def plan(
        self, request: ApiRequest, session: Db, actor: Me, data: JSONBody[NewMilestone]
    ) -> Response[list[ShownMilestone]]:
        """Plan a milestone: one for each organ that is named, else one for the wave or for all."""
        _at_parent(actor)
        _only_children(data.organ_ids, await _children(request, actor))
        command = PlanMilestone(
            kind=data.kind,
            title=data.title,
            planned_on=data.planned_on,
            responsible=data.responsible,
            note=data.note,
            organ_ids=data.organ_ids,
            wave=data.wave,
        )
        planned = await operations.plan_milestone(session, actor, command)
        return created(f"/rollout/milestones/{planned[0].id}", [_milestone(one) for one in planned])

    @get("/{milestone_id:str}", operation_id="GetMilestone", summary=_("Một mốc"), opt=READS)
    async def one(self, session: Db, actor: Me, milestone_id: FromPath[UUID]) -> ShownMilestone:
        """One milestone."""
        _at_parent(actor)
        return _milestone(await session.find(Milestone, milestone_id))

    @act("/{milestone_id:str}/revise", "ReviseMilestone", _("Dời mốc hoặc ghi đã đạt"), needs=permissions.MANAGE)
    async def revise(
        self, session: Db, actor: Me, milestone_id: FromPath[UUID], data: JSONBody[SentRevision]
    ) -> ShownMilestone:
        """Move it, or note that it is reached."""
        _at_parent(actor)
        command = ReviseMilestone(data.planned_on, data.done_on, data.responsible, data.note)
        return _milestone(await operations.revise_milestone(session, actor, milestone_id, command))

    @post(
        "/{milestone_id:str}/drop",
        operation_id="DropMilestone",
        summary=_("Bỏ mốc"),
        opt=MANAGES,
        status_code=204,
    )
    async def drop(self, session: Db, actor: Me, milestone_id: FromPath[UUID], data: JSONBody[SentReason]) -> None:
        """Give it up; the trail keeps what it was and why."""
        _at_parent(actor)
        await operations.drop_milestone(session, actor, milestone_id, data.reason)


class CommitteeController(Controller):
    """The steering committee."""

    path = "/rollout/committee"

    @get("/", operation_id="ListCommittee", summary=_("Ban Chỉ đạo"), opt=READS)
    async def listed(self, session: Db, actor: Me) -> list[ShownSeat]:
        """Everybody who sits or sat in it, by the day they came."""
        _at_parent(actor)
        return [_seat(member) for member in await repository.committee(session)]

    @post("/", operation_id="SeatMember", summary=_("Thêm thành viên Ban Chỉ đạo"), opt=MANAGES)
    async def seat(self, session: Db, actor: Me, data: JSONBody[SentSeat]) -> Response[ShownSeat]:
        """Take somebody in."""
        _at_parent(actor)
        member = await operations.seat_member(session, actor, _seating(data))
        return created(f"/rollout/committee/{member.id}", _seat(member))

    @get("/{member_id:str}", operation_id="GetMember", summary=_("Một thành viên Ban Chỉ đạo"), opt=READS)
    async def one(self, session: Db, actor: Me, member_id: FromPath[UUID]) -> ShownSeat:
        """One member."""
        _at_parent(actor)
        return _seat(await session.find(SteeringMember, member_id))

    @act(
        "/{member_id:str}/reseat", "ReseatMember", _("Sửa thành viên hoặc ghi thôi tham gia"), needs=permissions.MANAGE
    )
    async def reseat(self, session: Db, actor: Me, member_id: FromPath[UUID], data: JSONBody[SentSeat]) -> ShownSeat:
        """Change what is written of a member, or let them leave (`until`)."""
        _at_parent(actor)
        return _seat(await operations.reseat_member(session, actor, member_id, _seating(data)))


class VisitController(Controller):
    """Visits and what follows from them."""

    path = "/rollout/visits"

    @get("/", operation_id="ListVisits", summary=_("Kiểm tra, làm việc, họp Ban Chỉ đạo"), opt=READS)
    async def listed(self, session: Db, actor: Me, window: Part) -> Response[Page[ListedVisit]]:
        """All of them, latest first."""
        _at_parent(actor)
        found = await repository.visit_page(session, window.place(Cursor.read), window.limit)
        return window.page(
            [_listed_visit(one) for one in found[: window.limit]],
            _following(window, [(one.visit_on, one.id) for one in found]),
        )

    @post("/", operation_id="PlanVisit", summary=_("Lên kế hoạch một buổi làm việc"), opt=MANAGES)
    async def plan(self, request: ApiRequest, session: Db, actor: Me, data: JSONBody[NewVisit]) -> Response[ShownVisit]:
        """Plan a visit."""
        _at_parent(actor)
        _only_children([data.organ_id] if data.organ_id else [], await _children(request, actor))
        command = PlanVisit(data.kind, data.organ_id, data.visit_on, data.purpose, data.people)
        visit = await operations.plan_visit(session, actor, command)
        return created(f"/rollout/visits/{visit.id}", await _visit(session, visit.id))

    @get("/{visit_id:str}", operation_id="GetVisit", summary=_("Một buổi làm việc"), opt=READS)
    async def one(self, session: Db, actor: Me, visit_id: FromPath[UUID]) -> ShownVisit:
        """One visit with its findings and follow-ups."""
        _at_parent(actor)
        return await _visit(session, visit_id)

    @act("/{visit_id:str}/record", "RecordVisit", _("Ghi kết quả buổi làm việc"), needs=permissions.MANAGE)
    async def record(
        self, session: Db, actor: Me, visit_id: FromPath[UUID], data: JSONBody[SentVisitRecord]
    ) -> ShownVisit:
        """Write down what became of it."""
        _at_parent(actor)
        command = RecordVisit(data.state, data.visit_on, data.people, data.findings, data.rating)
        await operations.record_visit(session, actor, visit_id, command)
        return await _visit(session, visit_id)

    @post(
        "/{visit_id:str}/follow-ups",
        operation_id="AskFollowUp",
        summary=_("Giao việc sau buổi làm việc"),
        opt=MANAGES,
    )
    async def ask(
        self, session: Db, actor: Me, visit_id: FromPath[UUID], data: JSONBody[NewFollowUp]
    ) -> Response[ShownVisit]:
        """Note what is to be done after it."""
        _at_parent(actor)
        command = AskFollowUp(data.task, data.responsible, data.due_on)
        await operations.ask_follow_up(session, actor, visit_id, command)
        return created(f"/rollout/visits/{visit_id}", await _visit(session, visit_id))

    @act("/follow-ups/{follow_up_id:str}/finish", "FinishFollowUp", _("Ghi việc xong"), needs=permissions.MANAGE)
    async def finish(
        self, session: Db, actor: Me, follow_up_id: FromPath[UUID], data: JSONBody[SentResult]
    ) -> ShownVisit:
        """Note that what was asked for is done."""
        _at_parent(actor)
        await session.find(FollowUp, follow_up_id)
        done = await operations.finish_follow_up(session, actor, follow_up_id, data.done_on, data.result)
        return await _visit(session, done.visit_id)


class ClosingController(Controller):
    """Closed periods: of the organs below a parent, of any other organ its own report."""

    path = "/rollout/reports"

    @get("/", operation_id="ListClosings", summary=_("Các kỳ đã chốt số liệu"))
    async def listed(self, session: Db, actor: Me, window: Part) -> Response[Page[ListedClosing]]:
        """The closed periods, latest month first."""
        actor.require(permissions.reads_reports(actor.organ))
        found = await repository.period_page(session, window.place(Cursor.read), window.limit)
        return window.page(
            [_closing(one) for one in found[: window.limit]],
            _following(window, [(one.month, one.id) for one in found]),
        )

    @get("/reporting-days", operation_id="ListReportingDays", summary=_("Ngày chốt số liệu hằng tháng"))
    async def reporting_days(self, session: Db, actor: Me) -> list[ReportingSetting]:
        """From which month on months end on which day, earliest first; none: with the calendar's."""
        actor.require(permissions.reads_reports(actor.organ))
        return [_setting(one) for one in (await reporting_months(session)).settings]

    @act("/reporting-days", "SetReportingDay", _("Đổi ngày chốt từ một kỳ"), needs=permissions.MONTHS)
    async def set_reporting_day(
        self, session: Db, actor: Me, data: JSONBody[ReportingSetting]
    ) -> list[ReportingSetting]:
        """Let months end on another day; the topmost organ alone has this."""
        command = SetReportingDay(reports.month_named(data.from_month), data.last_day)
        return [_setting(one) for one in await operations.set_reporting_day(session, actor, command)]

    @get("/months/{month:str}", operation_id="GetReportOfMonth", summary=_("Số liệu hiện nay của một tháng"))
    async def month(self, request: ApiRequest, session: Db, actor: Me, month: FromPath[str]) -> list[OrganFigures]:
        """The figures of a month as they are now: what closing it would copy."""
        actor.require(permissions.reads_reports(actor.organ))
        named = reports.month_named(month)
        live = await reports.live_counts(session, actor.organ, named)
        organs = [(organ.id, organ.name) for organ in await reports.organs_of(request, actor.organ, named)]
        found, _total = rules.report_lines(organs, live, live)
        return [*map(_copied, found)]

    @post("/", operation_id="CloseReport", summary=_("Chốt số liệu một tháng"))
    async def close(
        self, request: ApiRequest, session: Db, actor: Me, data: JSONBody[NewClosing]
    ) -> Response[ShownClosing]:
        """Close a month."""
        actor.require(permissions.closes(actor.organ))
        command = ClosePeriod(reports.month_named(data.month), data.note)
        organs = await reports.organs_of(request, actor.organ, command.month)
        period = await operations.close_period(session, actor, organs, command)
        return created(f"/rollout/reports/{period.id}", await _closed(session, actor, period.id))

    @get("/{period_id:str}", operation_id="GetClosing", summary=_("Một kỳ đã chốt và chênh lệch từ đó"))
    async def one(self, session: Db, actor: Me, period_id: FromPath[UUID]) -> ShownClosing:
        """The copy of a closed period, and what was corrected since."""
        return await _closed(session, actor, period_id)

    @act("/{period_id:str}/reopen", "ReopenReport", _("Mở lại kỳ đã chốt"))
    async def reopen(
        self, session: Db, actor: Me, period_id: FromPath[UUID], data: JSONBody[SentReason]
    ) -> ShownClosing:
        """Take the closing back; its copy stays."""
        await operations.reopen_period(session, actor, period_id, data.reason)
        return await _closed(session, actor, period_id)


def _at_parent(actor: Actor) -> None:
    """Only a parent has these; elsewhere they do not exist."""
    if not actor.organ.is_parent:
        raise NotFound


async def _counted(request: ApiRequest, actor: Actor) -> list[Organ]:
    return await reading.counted(request.app.state.database, actor.organ)


async def _children(request: ApiRequest, actor: Actor) -> list[Organ]:
    return await reading.children(request.app.state.database, actor.organ)


def _one_of(organs: Sequence[Organ], organ_id: UUID) -> Organ:
    for organ in organs:
        if organ.id == organ_id:
            return organ
    raise NotFound


def _only_children(organ_ids: Sequence[UUID], organs: Sequence[Organ]) -> None:
    if set(organ_ids) - {organ.id for organ in organs}:
        raise InvalidInput.of(
            "organ_ids", _("Có đơn vị không thuộc cấp này."), _("Xem các đơn vị ở /api/v1/rollout/organs.")
        )


def _period(month_from: str, month_to: str, present: date) -> rules.Period:
    try:
        return rules.period_of("", month_from, month_to, present)
    except InvalidInput as refused:
        fault = refused.fields[0]
        raise InvalidInput.of({"tu": "from", "den": "to"}[fault.field], fault.reason, fault.remedy) from refused


def _following(window: Window, places: Sequence[tuple[Any, UUID]]) -> str:
    return str(Cursor(*places[window.limit - 1])) if len(places) > window.limit else ""


def _definition(column: Column) -> FigureDefinition:
    declared = {figure.code: figure.explanation for module in all_modules() for figure in module.figures}
    return FigureDefinition(column.key, column.title, bool(column.whole), [declared[code] for code in column.codes])


def _values(line: rules.Line) -> OrganFigures:
    organ = line.organ
    values = {cell.column.key: cell.value for cell in line.cells}
    return OrganFigures(organ.id if organ else None, organ.name if organ else _("Cộng"), values, line.counts)


def _copied(line: rules.ReportLine) -> OrganFigures:
    return OrganFigures(line.organ_id, line.name, {cell.column.key: cell.closed for cell in line.cells})


def _unit(organ: Organ, progress: Mapping[UUID, Progress]) -> ShownUnit:
    found = progress.get(organ.id, Progress())
    return ShownUnit(
        organ_id=organ.id,
        organ=organ.name,
        state=found.state,  # type: ignore[arg-type]  # the table's CHECK
        wave=found.wave,
        civil_servants_moved=found.civil_servants_moved,
        concurrent_inspection_deputy=found.concurrent_inspection_deputy,
        changed_on=found.changed_on,
        note=found.note,
    )


def _milestone(one: Milestone | MilestoneLine) -> ShownMilestone:
    return ShownMilestone(
        id=one.id,
        organ_id=one.organ_id,
        wave=one.wave,
        kind=one.kind,  # type: ignore[arg-type]  # the table's CHECK
        title=one.title or rules.MILESTONES[one.kind],
        planned_on=one.planned_on,
        done_on=one.done_on,
        standing=rules.milestone_state(one.planned_on, one.done_on, clock.today()),
        responsible=one.responsible,
        note=one.note,
    )


def _seating(sent: SentSeat) -> SteeringSeat:
    return SteeringSeat(sent.full_name, sent.title, sent.role, sent.since, sent.until, sent.task)


def _seat(member: SteeringMember) -> ShownSeat:
    return ShownSeat(
        id=member.id,
        full_name=member.full_name,
        title=member.title,
        role=member.role,  # type: ignore[arg-type]  # the table's CHECK
        since=member.since,
        until=member.until,
        task=member.task,
    )


def _listed_visit(one: VisitLine) -> ListedVisit:
    return ListedVisit(
        id=one.id,
        organ_id=one.organ_id,
        kind=one.kind,  # type: ignore[arg-type]  # the table's CHECK
        visit_on=one.visit_on,
        state=one.state,  # type: ignore[arg-type]  # the table's CHECK
        purpose=one.purpose,
        rating=one.rating,
        asked=one.asked,
        open=one.open,
        late=one.late,
    )


async def _visit(session: TenantSession, visit_id: UUID) -> ShownVisit:
    visit = await session.find(Visit, visit_id)
    return ShownVisit(
        id=visit.id,
        organ_id=visit.organ_id,
        kind=visit.kind,  # type: ignore[arg-type]  # the table's CHECK
        visit_on=visit.visit_on,
        state=visit.state,  # type: ignore[arg-type]  # the table's CHECK
        purpose=visit.purpose,
        people=visit.people,
        findings=visit.findings,
        rating=visit.rating,
        follow_ups=[_follow_up(one) for one in await repository.follow_ups_of(session, visit_id)],
    )


def _follow_up(one: FollowUpLine) -> ShownFollowUp:
    return ShownFollowUp(one.id, one.visit_id, one.task, one.responsible, one.due_on, one.done_on, one.result)


def _setting(one: Setting) -> ReportingSetting:
    return ReportingSetting(f"{one.from_month:%Y-%m}", one.last_day)


def _closing(period: ClosedPeriod) -> ListedClosing:
    return ListedClosing(
        id=period.id,
        month=f"{period.month:%Y-%m}",
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        version=period.version,
        state=period.state,  # type: ignore[arg-type]  # the table's CHECK
        closed_by=period.closed_by_name,
        closed_by_post=period.closed_by_post,
        closed_at=period.closed_at,
        note=period.note,
        reopened_by=period.reopened_by_name,
        reopened_at=period.reopened_at,
        reopen_reason=period.reopen_reason,
    )


async def _closed(session: TenantSession, actor: Actor, period_id: UUID) -> ShownClosing:
    report = await reports.closed_report(session, actor, period_id)
    return ShownClosing(
        period=_closing(report.period),
        organs=[*map(_copied, report.lines)],
        total=_copied(report.total),
        differences=[
            FigureDifference(one.organ, one.title, one.closed, one.live, one.change) for one in report.differences
        ],
        compared=report.moved_to is None,
    )
