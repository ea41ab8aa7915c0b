"""The week sheet: who has what on which half day, and its publication."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromQuery
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, redirect
from lienxa.platform.workdays import Calendar
from lienxa.tenants.meetings import operations, permissions, repository, rules
from lienxa.tenants.meetings.pages.common import WEEKDAYS, Db, HtmlRequest, Me, chosen_day
from lienxa.tenants.meetings.rules import Week
from lienxa.tenants.meetings.schemas import CalendarEntry, Publication

# The bodies of the filter, as offices name the three sides of a calendar; UBKT belongs to the Party's.
SIDES = {
    "dang-uy": (_("Đảng ủy"), ("party", "inspection")),
    "hdnd": (_("HĐND"), ("council",)),
    "ubnd": (_("UBND"), ("committee",)),
}
COLUMNS = ""
LIST = "danh-sach"


@dataclass(frozen=True)
class Leader:
    """A column of the week sheet: one leader, with the leading posts that they hold."""

    staff_id: UUID
    name: str
    posts: str


@dataclass(frozen=True)
class HalfDay:
    """The morning or afternoon of one day of the week sheet."""

    title: str
    entries: Sequence[CalendarEntry]

    def of(self, leader: Leader) -> list[CalendarEntry]:
        """The entries of a leader's column."""
        return [entry for entry in self.entries if leader.staff_id in _those_of(entry)]

    def of_others(self, leaders: Sequence[Leader]) -> list[CalendarEntry]:
        """The entries of the last column: no leader takes part."""
        ids = {leader.staff_id for leader in leaders}
        return [entry for entry in self.entries if not ids & _those_of(entry)]


@dataclass(frozen=True)
class DaySheet:
    """One day of the week sheet; `off` is why nobody works, empty on a working day."""

    day: date
    weekday: str
    halves: Sequence[HalfDay]
    off: str = ""

    @property
    def rests(self) -> bool:
        """Whether it is one row: nobody works and nothing is on."""
        return bool(self.off) and not any(half.entries for half in self.halves)

    @property
    def rows(self) -> int:
        """How many rows it takes as a list: an empty half takes one."""
        return 1 if self.rests else sum(max(1, len(half.entries)) for half in self.halves)


@dataclass(frozen=True)
class WeekSheet:
    """A week as one person sees it; `publication` is None while it is a draft."""

    week: Week
    publication: Publication | None
    days: Sequence[DaySheet]
    leaders: Sequence[Leader]
    changes: int
    proposals: int

    @property
    def to_publish(self) -> list[CalendarEntry]:
        """What changed since the newest publication."""
        entries = [entry for day in self.days for half in day.halves for entry in half.entries]
        return [entry for entry in entries if entry.change and not entry.settled]

    @property
    def any_entry(self) -> bool:
        """Whether anything stands on it."""
        return any(half.entries for day in self.days for half in day.halves)


def _those_of(entry: CalendarEntry) -> set[UUID]:
    return {person.staff_id for person in entry.people if person.relation != "preparer"}


def day_sheets(week: Week, entries: Sequence[CalendarEntry], calendar: Calendar) -> list[DaySheet]:
    """The entries of a week by day and half day, in the order they came."""
    halves = ((_("Sáng"), rules.MORNING), (_("Chiều"), rules.AFTERNOON))
    return [
        DaySheet(
            day,
            weekday,
            [HalfDay(title, _half(entries, day, session)) for title, session in halves],
            rules.off_title(day, calendar),
        )
        for day, weekday in zip(week.days, WEEKDAYS, strict=True)
    ]


def _half(entries: Sequence[CalendarEntry], day: date, session: str) -> list[CalendarEntry]:
    return [entry for entry in entries if entry.told.day == day and rules.session_of(entry.told.starts_at) == session]


async def week_sheet(
    session: TenantSession, actor: Actor, week: Week, side: str, *, for_paper: bool = False
) -> WeekSheet:
    """The week for one person: four statements. On paper there are no proposals."""
    published, calendar = await repository.week_facts(session, week)
    newest, before, *_older = (*published, None, None)
    found = await repository.calendar(
        session, actor, week.slot, newest.id if newest else None, before.id if before else None
    )
    taking_part = await repository.participants(session, [entry.id for entry in found])
    _title, codes = SIDES.get(side, ("", ()))
    entries = [
        entry.with_people(taking_part.get(entry.id, ())) for entry in found if not codes or entry.body_code in codes
    ]
    shown = [entry for entry in entries if not (for_paper and entry.state == rules.PROPOSED)]
    return WeekSheet(
        week,
        newest,
        day_sheets(week, shown, calendar),
        _leaders(await people.holders_of_role(session, "leader"), actor, first_own=not for_paper),
        changes=sum(bool(entry.change) and not entry.settled for entry in entries),
        proposals=sum(entry.state == rules.PROPOSED for entry in entries),
    )


def _leaders(holders: Iterable[Any], actor: Actor, *, first_own: bool) -> list[Leader]:
    """One column a leader, by rank; who holds two leading posts stands there once. One's own comes first."""
    posts: dict[UUID, list[str]] = {}
    names = {}
    for row in holders:
        posts.setdefault(row.staff_id, []).append(row.title)
        names[row.staff_id] = row.full_name
    leaders = [Leader(staff_id, names[staff_id], ", ".join(titles)) for staff_id, titles in posts.items()]
    return sorted(leaders, key=lambda leader: leader.staff_id != actor.staff_id) if first_own else leaders


def _chosen_week(code: str, day: str) -> Week:
    if code and (week := Week.parse(code)):
        return week
    if code:
        raise InvalidInput.of("tuan", _("Không có tuần “{code}”.", code=code), _("Ví dụ: 2026-W48."))
    return Week.of(chosen_day(day))


def _check_look(request: HtmlRequest) -> None:
    """`InvalidInput` if the address asks for a side or a form of the sheet that there is not."""
    asked = FormReader(request.query_params)
    asked.choice("khoi", _("Cơ quan"), SIDES, required=False)
    asked.choice("dang", _("Cách trình bày"), (LIST,), required=False)
    asked.check()


class WeekController(Controller):
    """The weekly calendar (lịch công tác tuần)."""

    path = "/lich"

    @get("/", operation_id="ShowWeek")
    async def week(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        tuan: FromQuery[str] = "",
        ngay: FromQuery[str] = "",
        khoi: FromQuery[str] = "",
        dang: FromQuery[str] = "",
    ) -> Template:
        """The week on the screen."""
        week = _chosen_week(tuan, ngay)
        _check_look(request)
        sheet = await week_sheet(session, actor, week, khoi)
        may_publish = actor.may(permissions.PUBLISH) and week.next.monday > clock.today()
        return page(
            request,
            "meetings/week.html",
            sheet=sheet,
            week=week,
            this_week=Week.of(clock.today()),
            form=dang,
            side=khoi,
            sides=[(_("Tất cả"), ""), *((title, code) for code, (title, _codes) in SIDES.items())],
            new_day=max(week.monday, clock.today()),
            may_propose=actor.may(permissions.PROPOSE),
            may_publish=may_publish and (sheet.publication is None or sheet.changes > 0),
            books=actor.may(permissions.BOOK),
        )

    @get("/in", operation_id="PrintWeek")
    async def print_week(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        tuan: FromQuery[str] = "",
        ngay: FromQuery[str] = "",
        khoi: FromQuery[str] = "",
        dang: FromQuery[str] = "",
    ) -> Template:
        """The week as a sheet of paper: it stands in for invitations, so proposals are not on it."""
        week = _chosen_week(tuan, ngay)
        _check_look(request)
        sheet = await week_sheet(session, actor, week, khoi, for_paper=True)
        side_title, _codes = SIDES.get(khoi, ("", ()))
        return page(
            request,
            "meetings/print.html",
            sheet=sheet,
            week=week,
            form=dang,
            side=khoi,
            side_title=side_title,
            printed_at=clock.now(),
        )

    @get("/phat-hanh", operation_id="ConfirmPublication")
    async def confirm(self, request: HtmlRequest, session: Db, actor: Me, tuan: FromQuery[str] = "") -> Template:
        """What would be published, or what another publication would change, before it is made."""
        actor.require(permissions.PUBLISH)
        week = _chosen_week(tuan, "")
        sheet = await week_sheet(session, actor, week, "", for_paper=True)
        return page(request, "meetings/publish.html", week=week, sheet=sheet)

    @get("/cac-lan", operation_id="ShowPublications")
    async def versions(self, request: HtmlRequest, session: Db, actor: Me, tuan: FromQuery[str] = "") -> Template:
        """Every publication of the week: by whom, when, what it said and what it changed of the one before."""
        week = _chosen_week(tuan, "")
        published = await repository.publications(session, week)
        told = await repository.told_by(session, actor, [found.id for found in published])
        before = [*(told[found.id] for found in published[1:]), None]
        versions = [
            (found, list(told[found.id].values()), None if last is None else rules.differences(last, told[found.id]))
            for found, last in zip(published, before, strict=False)  # of a week never published only the None
        ]
        return page(request, "meetings/versions.html", week=week, versions=versions)

    @post("/phat-hanh", operation_id="PublishWeek", status_code=303)
    async def publish(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Publish the week, or what changed since it was published."""
        actor.require(permissions.PUBLISH)
        form = FormReader(await request.form())
        week = _chosen_week(form.text("tuan", _("Tuần"), required=True), "")
        form.check()
        published = await operations.publish_week(session, actor, week)
        notice = _(
            "Đã phát hành lịch công tác tuần {number}, lần {version}.", number=week.number, version=published.version
        )
        printed = f"/lich/in?tuan={week.code}"
        return redirect(
            request, f"/lich?tuan={week.code}", notice=notice, next_label=_("In lịch tuần"), next_path=printed
        )
