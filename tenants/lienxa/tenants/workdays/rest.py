"""The calendar below `/api/v1/workdays`: the same operations as the page, with the same rights."""

from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.rest.admission import NEEDS
from lienxa.platform.rest.answers import created
from lienxa.platform.rest.paging import Page, Window
from lienxa.platform.text import _
from lienxa.platform.workdays import Change, ChangeKind, calendar_for, repository
from lienxa.platform.workdays.models import CalendarChange
from lienxa.tenants.procedures import api as procedures
from lienxa.tenants.workdays import operations, pages, rules
from lienxa.tenants.workdays.permissions import MANAGE
from lienxa.tenants.workdays.schemas import (
    AddDays,
    ChangedDays,
    ChangeOfDays,
    ListedChange,
    Preview,
    SpecialDay,
    WorkingMonth,
    WorkingYear,
)

Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
Part = NamedDependency[Window]
# What a changed day becomes in the calendar.
_BECOMES = {"day_off": "off", "working_day": "make_up", "morning": "morning"}


class WorkdaysController(Controller):
    """The organ's calendar, and what it and the organ above change in the national one."""

    path = "/workdays"

    @get("/calendar", operation_id="GetCalendar", summary=_("Lịch ngày làm việc của một năm"))
    async def calendar(
        self,
        session: Db,
        year: Annotated[
            int | None, QueryParameter(name="year", ge=1, le=9999, description=_("Bỏ trống: năm nay"))
        ] = None,
    ) -> WorkingYear:
        """The year with all that is laid over it. A year without a calendar is answered with the nearest that has one,
        as on the page.
        """
        calendar = await calendar_for(session)
        shown = operations.year_shown(year, calendar)
        months = pages.months_of(shown, calendar)
        return WorkingYear(
            year=shown,
            forecast=shown in calendar.forecast_years,
            version=calendar.version,
            first=calendar.first,
            last=calendar.last,
            months=[WorkingMonth(month.number, month.working_days) for month in months],
            days=[
                SpecialDay(day.day, day.kind, day.name)
                for month in months
                for week in month.weeks
                for day in week
                if day is not None and day.kind not in ("work", "rest")
            ],
        )

    @get("/changes", operation_id="ListCalendarChanges", summary=_("Những ngày đơn vị và cấp trên thay đổi"))
    async def changes(
        self,
        session: Db,
        window: Part,
        year: Annotated[
            int | None, QueryParameter(name="year", ge=1, le=9999, description=_("Chỉ của năm này"))
        ] = None,
    ) -> Response[Page[ListedChange]]:
        """The changes by day; where both name a day, the one from above holds."""
        found, following = await repository.changes_page(session, year, window.place(_place), window.limit)
        place = f"{following[0]}_{following[1]}" if following else ""
        return window.page([_listed(change) for change in found], place)

    @get(
        "/preview",
        operation_id="PreviewCalendarChange",
        summary=_("Xem trước một thay đổi"),
        opt={NEEDS: MANAGE},
    )
    async def preview(
        self,
        session: Db,
        actor: Me,
        kind: Annotated[ChangeKind, QueryParameter(name="kind", description=_("Loại ngày"))],
        first: Annotated[date, QueryParameter(name="first", description=_("Từ ngày"))],
        name: Annotated[str, QueryParameter(name="name", min_length=1, max_length=200, description=_("Lý do"))],
        last: Annotated[date | None, QueryParameter(name="last", description=_("Đến ngày"))] = None,
    ) -> Preview:
        """Which days it would change, and how many running cases would be due at another time. Nothing is written."""
        added, after = await operations.changed_by(session, actor, AddDays(kind, first, last or first, name))
        moved = 0 if actor.organ.is_parent else await procedures.moved_due_dates(session, after)
        return Preview([_special(change) for change in added], moved)

    @post("/changes", operation_id="ChangeCalendar", summary=_("Thay đổi lịch"), opt={NEEDS: MANAGE})
    async def change(self, session: Db, actor: Me, data: JSONBody[ChangeOfDays]) -> Response[ChangedDays]:
        """Write the change; due dates of running cases follow, and the organs below get their copy."""
        command = AddDays(data.kind, data.first, data.last or data.first, data.name)
        added = await operations.add_days(session, actor, command)
        changed = ChangedDays([_special(change) for change in added])
        return created(f"/workdays/changes?year={added[0].day.year}", changed)

    @delete(
        "/changes/{change_id:str}",
        operation_id="RemoveCalendarChange",
        summary=_("Bỏ một thay đổi của đơn vị"),
        opt={NEEDS: MANAGE},
    )
    async def remove(self, session: Db, actor: Me, change_id: FromPath[UUID]) -> None:
        """Take a change of the organ's own back; what comes from above stays."""
        await operations.remove_day(session, actor, change_id)


def _place(after: str) -> tuple[date, UUID] | None:
    day, _line, change_id = after.partition("_")
    try:
        return date.fromisoformat(day), UUID(change_id)
    except ValueError:
        return None


def _special(change: Change) -> SpecialDay:
    return SpecialDay(change.day, _BECOMES[change.kind], change.name)


def _listed(change: CalendarChange) -> ListedChange:
    return ListedChange(
        id=change.id,
        day=change.day,
        kind=change.kind,
        kind_title=rules.kind_title(change.kind),
        name=change.name,
        origin=change.origin,
    )
