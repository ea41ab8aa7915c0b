"""The organs below a parent in one table, on the wall and on paper."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery
from litestar.response import Response, ServerSentEvent, ServerSentEventMessage, Stream, Template
from markupsafe import Markup

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
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
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.platform.web.page import page
from lienxa.tenants.rollout import repository, rules
from lienxa.tenants.rollout.pages.common import Db, HtmlRequest, Me, second_of, sheet, watch
from lienxa.tenants.rollout.rules import Column, Line, Period, Progress

# Lightness tells them apart as well; the numbers stand beside the bars.
SHADES = {
    "party": "#123f7d",
    "inspection": "#4a74b3",
    "council": "#8fb3e3",
    "committee": "#c3d2e8",
    "good": "#2c8551",
    "poor": "#b97900",
}
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
    watch(actor)
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
        overview = await overview_of(request, session, actor, asked)
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
        overview = await overview_of(request, session, actor, asked)
        return page(request, "rollout/_table.html", overview=overview, groups=rules.GROUPS, shades=SHADES)

    @get("/man-hinh", operation_id="ShowWall")
    async def wall(self, request: HtmlRequest, session: Db, actor: Me, asked: NamedDependency[Asked]) -> Template:
        """The sheet for the wall of the meeting room."""
        return _wall(request, "rollout/wall.html", await overview_of(request, session, actor, asked))

    @get("/man-hinh/bang", operation_id="ShowWallTable")
    async def wall_table(self, request: HtmlRequest, session: Db, actor: Me, asked: NamedDependency[Asked]) -> Template:
        """Its table alone."""
        return _wall(request, "rollout/_wall.html", await overview_of(request, session, actor, asked))

    @get("/in", operation_id="PrintOverview")
    async def printed(self, request: HtmlRequest, session: Db, actor: Me, asked: NamedDependency[Asked]) -> Template:
        """The table on paper, A4 landscape."""
        overview = await overview_of(request, session, actor, asked)
        return page(request, "rollout/print_overview.html", overview=overview, groups=rules.GROUPS, now=clock.now())

    @get("/in/pdf", operation_id="PrintOverviewAsPdf")
    async def pdf(self, request: HtmlRequest, session: Db, actor: Me, asked: NamedDependency[Asked]) -> Response[bytes]:
        """The same sheet as PDF, its pages numbered."""
        overview = await overview_of(request, session, actor, asked)
        return await sheet(
            actor,
            rules.overview_sheet(overview.period, overview.body.lines, overview.body.total),
            {
                "below": _("(Số liệu lúc {time})", time=second_of(overview.as_of)),
            },
        )

    @get("/xuat", operation_id="ExportOverview")
    async def exported(self, request: HtmlRequest, session: Db, actor: Me, asked: NamedDependency[Asked]) -> Stream:
        """The table as a file for a spreadsheet."""
        body = (await overview_of(request, session, actor, asked)).body
        rows: list[export.Row] = list(rules.overview_rows(body.lines, body.total))

        async def read(_part: TenantSession, _after: None) -> tuple[list[export.Row], None]:
            return rows, None

        return export.spreadsheet(request, session, actor, "tong-hop", rules.OVERVIEW_HEAD, read)

    @get("/luong", operation_id="StreamOverviewChanges", opt={SENT_AS_IT_IS: True})
    async def changes(self, request: HtmlRequest, actor: Me) -> ServerSentEvent:
        """Server-sent events: one for each change of the figures, at most one a second."""
        watch(actor)
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
        watch(actor)
        column = rules.column_named(figure)
        organs = await reading.counted(request.app.state.database, actor.organ)
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
        watch(actor)
        return page(request, "rollout/explain.html", modules=[module for module in all_modules() if module.figures])


async def overview_of(request: HtmlRequest, session: TenantSession, actor: Actor, asked: Asked) -> Overview:
    watch(actor)
    as_of, months = await current(session)
    period = _period(asked, months.present)
    kept = stream.kept(request.app, actor.organ.id)
    organs = await reading.counted(request.app.state.database, actor.organ)
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


def _named(organs: Sequence[Organ], slug: str) -> Organ:
    for organ in organs:
        if organ.slug == slug:
            return organ
    raise NotFound


def _explanations(column: Column) -> list[tuple[str, str]]:
    """Title and explanation of each declared figure on which the column rests."""
    declared = {figure.code: figure for module in all_modules() for figure in module.figures}
    return [(declared[code].title, declared[code].explanation) for code in column.codes]
