"""The pages of closed periods: a parent closes the figures of those below it, any other organ its own report."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response, Template

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import AppError, Conflict, NotFound
from lienxa.platform.module import all_modules
from lienxa.platform.rollup import reading
from lienxa.platform.rollup.months import Bounds, reporting_months
from lienxa.platform.rollup.reading import Counts
from lienxa.platform.rollup.standing import month_after
from lienxa.platform.tenancy.organs import Organ, organ_by_id
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, place_asked, redirect
from lienxa.platform.web.papers import paper
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.web.suspended import WHILE_SUSPENDED
from lienxa.tenants.rollout import operations, permissions, repository, rules
from lienxa.tenants.rollout.models import ClosedPeriod
from lienxa.tenants.rollout.repository import Cursor
from lienxa.tenants.rollout.rules import Difference, ReportLine
from lienxa.tenants.rollout.schemas import ClosePeriod, SetReportingDay

HtmlRequest = Request[Any, Any, State]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]

REPORTS = "/bao-cao"
_OFFERED = 12
_DAYS = {"0": _("Ngày cuối tháng"), **{str(day): _("Ngày {day}", day=day) for day in range(1, 29)}}
_MONTH = re.compile(r"(2[0-9]{3})-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class ClosedReport:
    """What a closed period shows: its copy beside the figures of now.

    `moved_to` are the days that its month has now if they are others: then figures of now count other days and nothing
    is compared.
    """

    period: ClosedPeriod
    moved_to: Bounds | None
    lines: Sequence[ReportLine]
    total: ReportLine
    differences: Sequence[Difference]
    live: Mapping[UUID, Counts]


class ReportController(Controller):
    """Everything below `/bao-cao`."""

    path = REPORTS

    @get("/", operation_id="ListReports")
    async def listed(self, request: HtmlRequest, session: Db, actor: Me, sau: FromQuery[str] = "") -> Template:
        """What is closed, latest month first, and the months that are not."""
        actor.require(permissions.reads_reports(actor.organ))
        found = await repository.period_page(session, place_asked(request, Cursor.read))
        closed = {month for month, _version, _at in await repository.closed_reports(session)}
        present = (await reporting_months(session)).present
        return page(
            request,
            "rollout/reports.html",
            periods=found[: repository.PAGE_SIZE],
            next_path=_next(found),
            after=sau,
            open_months=[month for month in rules.ended_months(present)[:_OFFERED] if month not in closed],
            **_words(actor),
        )

    @get("/ngay-chot", operation_id="ShowReportingDay", opt={WHILE_SUSPENDED: True})
    async def reporting_day(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """On which day months end, and for the topmost organ the form that changes it; others learn who decides."""
        return await _months_page(request, session, actor)

    @post("/ngay-chot", operation_id="SetReportingDay", status_code=303)
    async def set_reporting_day(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Change it from a month on."""
        _top(actor).require(permissions.MONTHS)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_months_page, request, session, actor, reader.values), Conflict):
            from_month = reader.choice("from_month", _("Từ kỳ"), await _months_to_set(session))
            last_day = reader.choice("last_day", _("Ngày chốt"), _DAYS)
            reader.check()
            command = SetReportingDay(month_named(from_month), int(last_day))
            await operations.set_reporting_day(session, actor, command)
        notice = _("Đã đổi ngày chốt. Số liệu của các đơn vị được tính lại.")
        return redirect(request, f"{REPORTS}/ngay-chot", notice=notice)

    @get("/thang/{month:str}", operation_id="ShowReportOfMonth", opt={WHILE_SUSPENDED: True})
    async def month(self, request: HtmlRequest, session: Db, actor: Me, month: FromPath[str]) -> Template:
        """The figures of a month as they are now, with the form that closes it."""
        return await _month_page(request, session, actor, month_named(month))

    @post("/thang/{month:str}", operation_id="CloseReport", status_code=303)
    async def close(self, request: HtmlRequest, session: Db, actor: Me, month: FromPath[str]) -> Redirect:
        """Close it."""
        chosen = month_named(month)
        actor.require(permissions.closes(actor.organ))
        organs = await organs_of(request, actor.organ, chosen)
        reader = FormReader(await request.form())
        form = partial(_month_page, request, session, actor, chosen, reader.values)
        async with shown_again(session, form, Conflict):
            note = reader.text("note", _("Ghi chú"), max=500)
            reader.check()
            period = await operations.close_period(session, actor, organs, ClosePeriod(chosen, note))
        return redirect(
            request,
            f"{REPORTS}/{period.id}",
            notice=_("Đã chốt số liệu {month}.", month=rules.month_title(chosen)),
            next_label=_("In báo cáo"),
            next_path=f"{REPORTS}/{period.id}/in",
        )

    @get("/{period_id:str}", operation_id="ShowReport")
    async def one(self, request: HtmlRequest, session: Db, actor: Me, period_id: FromPath[UUID]) -> Template:
        """A closed period: its copy, and what was corrected since."""
        return await _period_page(request, session, actor, period_id)

    @post("/{period_id:str}/mo-lai", operation_id="ReopenReport", status_code=303)
    async def reopen(self, request: HtmlRequest, session: Db, actor: Me, period_id: FromPath[UUID]) -> Redirect:
        """Take the closing back, so that the month can be closed again."""
        actor.require(permissions.closes(actor.organ))
        await session.find(ClosedPeriod, period_id)
        reader = FormReader(await request.form())
        form = partial(_period_page, request, session, actor, period_id, reader.values)
        async with shown_again(session, form, Conflict):
            reason = reader.text("reason", _("Lý do mở lại"), required=True, max=500)
            reader.check()
            period = await operations.reopen_period(session, actor, period_id, reason)
        notice = _("Đã mở lại kỳ. Bản đã chốt vẫn được giữ; chốt lại khi số liệu đúng.")
        return redirect(request, f"{REPORTS}/thang/{period.month:%Y-%m}", notice=notice)

    @get("/{period_id:str}/in", operation_id="PrintReport")
    async def printed(self, request: HtmlRequest, session: Db, actor: Me, period_id: FromPath[UUID]) -> Template:
        """The copy on paper, with what was corrected since as an annex."""
        report = await closed_report(session, actor, period_id)
        return page(
            request,
            "rollout/print_report.html",
            report=report,
            title=_title(actor.organ, report.period),
            now=clock.now(),
            closed_words=rules.closed_words(report.period),
            note=rules.report_note(report.period),
            **_words(actor),
        )

    @get("/{period_id:str}/in/pdf", operation_id="PrintReportAsPdf")
    async def pdf(self, session: Db, actor: Me, period_id: FromPath[UUID]) -> Response[bytes]:
        """The same sheet as PDF, its pages numbered."""
        report = await closed_report(session, actor, period_id)
        title = _title(actor.organ, report.period)
        moment = clock.legal(clock.now()).strftime("%H:%M:%S %d/%m/%Y")
        head = {
            "organ": actor.face.title or actor.organ.full_name,
            "specimen": actor.organ.demonstration,
            "printed": _("In lúc {moment}, {name} ({post})", moment=moment, name=actor.name, post=actor.acting.title),
        }
        table = (
            rules.report_table(report.lines, report.total)
            if actor.organ.is_parent
            else rules.own_report_table(report.lines[0])
        )
        sheet = rules.report_sheet(title, report.period, table, report.differences)
        return await paper("rollout/sheet.typ", {**sheet, **head}, title)


def month_named(typed: str) -> date:
    """The first day of `2026-10`, or `NotFound`."""
    found = _MONTH.fullmatch(typed)
    if found is None:
        raise NotFound
    return date(int(found[1]), int(found[2]), 1)


async def organs_of(request: Request[Any, Any, Any], organ: Organ, month: date) -> list[Organ]:
    """Whose figures an organ closes: of those directly below a parent that are live, by name; of any other its own."""
    if not organ.is_parent:
        return [organ]
    return [child for child in await organs_in(request, organ, month) if child.is_live]


async def organs_in(request: Request[Any, Any, Any], organ: Organ, month: date) -> list[Organ]:
    """The organs directly below that were there in a month: who was followed by others before is none of them."""
    below = await reading.counted(request.app.state.database, organ)
    return [
        child for child in below if (child.followed_by[0].from_day > month if child.followed_by else not child.is_gone)
    ]


async def live_counts(session: TenantSession, organ: Organ, month: date) -> dict[UUID, Counts]:
    """The figures of a month as they are now, by organ."""
    if organ.is_parent:
        return await reading.totals(session, month, month)
    return {} if organ.parent_id is None else {organ.id: await reading.own(session, organ.parent_id, month)}


async def closed_report(session: TenantSession, actor: Actor, period_id: UUID) -> ClosedReport:
    """A closed period of the actor's organ, or `NotFound`."""
    actor.require(permissions.reads_reports(actor.organ))
    period = await session.find(ClosedPeriod, period_id)
    organs = await repository.closed_organs(session, period_id)
    closed = await repository.closed_counts(session, period_id)
    live = await live_counts(session, actor.organ, period.month)
    bounds = (await reporting_months(session)).bounds(period.month)
    moved_to = None if bounds == (period.starts_on, period.ends_on) else bounds
    compared = live if moved_to is None else closed
    lines, total = rules.report_lines(organs, closed, compared)
    differences = rules.differences(organs, closed, compared, _titles())
    return ClosedReport(period, moved_to, lines, total, differences, live)


async def _month_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    month: date,
    values: dict[str, Any] | None = None,
    errors: AppError | None = None,
) -> Template:
    actor.require(permissions.reads_reports(actor.organ))
    below = await organs_in(request, actor.organ, month) if actor.organ.is_parent else [actor.organ]
    organs = [(organ.id, organ.name) for organ in below if organ.is_live or not actor.organ.is_parent]
    live = await live_counts(session, actor.organ, month)
    lines, total = rules.report_lines(organs, live, live)
    bounds = (await reporting_months(session)).bounds(month)
    return page(
        request,
        "rollout/report_month.html",
        status=_status(errors),
        month=month,
        bounds=bounds,
        ended=bounds.last < clock.today(),
        lines=lines,
        total=total,
        left_out=[organ.name for organ in below if not organ.is_live],
        reports=_reports(live),
        versions=await repository.versions(session, month),
        waiting_since=await reading.waiting_since(session, rules.REPORTED_MODULES, below=actor.organ.is_parent),
        values=values or {},
        errors=errors,
        **_words(actor),
    )


async def _period_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    period_id: UUID,
    values: dict[str, Any] | None = None,
    errors: AppError | None = None,
) -> Template:
    report = await closed_report(session, actor, period_id)
    return page(
        request,
        "rollout/report.html",
        status=_status(errors),
        report=report,
        reports=_reports(report.live),
        versions=await repository.versions(session, report.period.month),
        values=values or {},
        errors=errors,
        **_words(actor),
    )


async def _months_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    values: dict[str, Any] | None = None,
    errors: AppError | None = None,
) -> Template:
    actor.require(permissions.reads_reports(actor.organ))
    return page(
        request,
        "rollout/months.html",
        status=_status(errors),
        settings=(await reporting_months(session)).settings,
        months=await _months_to_set(session),
        days=_DAYS,
        may_set=_is_top(actor.organ) and actor.may(permissions.MONTHS),
        set_by=None if _is_top(actor.organ) else await _topmost(request, actor.organ),
        values=values or {},
        errors=errors,
        **_words(actor),
    )


async def _months_to_set(session: TenantSession) -> dict[str, str]:
    """The months from which the day may change: the present one, those around it; as in an address -> in words."""
    present = (await reporting_months(session)).present
    around = [*reversed(rules.ended_months(present)[:_OFFERED]), present, month_after(present)]
    return {f"{month:%Y-%m}": f"{month.month}/{month.year}" for month in around}


def _top(actor: Actor) -> Actor:
    """Only the topmost organ has the setting."""
    if not _is_top(actor.organ):
        raise NotFound
    return actor


def _is_top(organ: Organ) -> bool:
    return organ.is_parent and organ.parent_id is None


async def _topmost(request: HtmlRequest, organ: Organ) -> Organ | None:
    """The organ above all others above this one, whose months it counts by; None if there is none above."""
    found = None
    async with request.app.state.database.control() as control:
        while (above := (found or organ).parent_id) is not None:
            found = await organ_by_id(control, above)
            if found is None:
                return None
    return found


def _status(errors: AppError | None) -> int:
    if errors is None:
        return 200
    return 409 if isinstance(errors, Conflict) else 422


def _words(actor: Actor) -> dict[str, Any]:
    """What the pages call things, and whether the actor may close."""
    return {
        "heading": _("Chốt số liệu các đơn vị") if actor.organ.is_parent else _("Báo cáo của đơn vị"),
        "of_many": actor.organ.is_parent,
        "sets_months": _is_top(actor.organ),
        "may_close": actor.may(permissions.closes(actor.organ)),
        "state_titles": rules.PERIOD_STATES,
        "month_title": rules.month_title,
        "groups": rules.GROUPS,
    }


def _title(organ: Organ, period: ClosedPeriod) -> str:
    month = rules.month_title(period.month)
    if organ.is_parent:
        return _("Báo cáo tổng hợp tình hình các đơn vị, {month}", month=month)
    return _("Báo cáo tình hình của đơn vị, {month}", month=month)


def _reports(live: Mapping[UUID, Counts]) -> dict[UUID, tuple[int, datetime]]:
    """Which organs have closed their own report: version and moment."""
    version, closed_at = ((rules.REPORT_FIGURE, part) for part in (rules.REPORT_VERSION, rules.REPORT_CLOSED_AT))
    return {
        organ_id: (count[version], datetime.fromtimestamp(count[closed_at], UTC))
        for organ_id, count in live.items()
        if version in count and closed_at in count
    }


def _titles() -> dict[str, str]:
    return {figure.code: figure.title for module in all_modules() for figure in module.figures}


def _next(found: Sequence[ClosedPeriod]) -> str:
    """The address of the page that follows; empty if everything fitted."""
    if len(found) <= repository.PAGE_SIZE:
        return ""
    last = found[repository.PAGE_SIZE - 1]
    return f"{REPORTS}?sau={Cursor(last.month, last.id)}"
