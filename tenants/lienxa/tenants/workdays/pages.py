"""The calendar of the year, and the form that changes it."""

import calendar as months
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, cast
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.web.suspended import WHILE_SUSPENDED
from lienxa.platform.workdays import Calendar, ChangeKind, calendar_for, repository
from lienxa.tenants.procedures import api as procedures
from lienxa.tenants.workdays import operations, rules
from lienxa.tenants.workdays.permissions import MANAGE
from lienxa.tenants.workdays.schemas import AddDays

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]

KINDS: tuple[ChangeKind, ...] = ("day_off", "working_day", "morning")


@dataclass(frozen=True)
class Day:
    """A day of a month: `kind` is work, rest (weekend), off, make_up or morning; `name` says why."""

    day: date
    kind: str
    name: str = ""


@dataclass(frozen=True)
class Month:
    """A month as rows of weeks from Monday; None stands for a day of another month."""

    number: int
    weeks: Sequence[Sequence[Day | None]]
    working_days: int


_FORM = frozenset({"kind", "first", "last", "name"})


class CalendarController(Controller):
    """Everything below `/ngay-lam-viec`."""

    path = "/ngay-lam-viec"

    @get("/", operation_id="ShowCalendar", opt={WHILE_SUSPENDED: True})
    async def show(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The year; with a filled-in form in the address also what it would change."""
        query = request.query_params
        if _FORM.isdisjoint(query.keys()):
            return await self._page(request, session, actor)
        reader = FormReader(dict(query))
        async with shown_again(session, partial(self._page, request, session, actor, values=reader.values)):
            command = _read(reader)
            added, after = await operations.changed_by(session, actor, command)
        moved = 0 if actor.organ.is_parent else await procedures.moved_due_dates(session, after)
        return await self._page(request, session, actor, values=reader.values, preview=added, moved=moved)

    @post("/", operation_id="ChangeCalendar", status_code=303)
    async def change(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Write the change."""
        actor.require(MANAGE)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(self._page, request, session, actor, values=reader.values)):
            added = await operations.add_days(session, actor, _read(reader))
        return redirect(
            request,
            f"/ngay-lam-viec?nam={added[0].day.year}",
            notice=_("Đã ghi {count} ngày vào lịch. Hạn trả của hồ sơ được tính lại.", count=len(added)),
        )

    @post("/{change_id:str}/bo", operation_id="RemoveCalendarChange", status_code=303)
    async def remove(self, request: HtmlRequest, session: Db, actor: Me, change_id: FromPath[UUID]) -> Redirect:
        """Take a change back."""
        change = await operations.remove_day(session, actor, change_id)
        return redirect(
            request,
            f"/ngay-lam-viec?nam={change.day.year}",
            notice=_("Đã bỏ thay đổi ngày {day}. Hạn trả của hồ sơ được tính lại.", day=f"{change.day:%d/%m/%Y}"),
        )

    async def _page(
        self,
        request: HtmlRequest,
        session: TenantSession,
        actor: Actor,
        *,
        values: dict[str, Any] | None = None,
        errors: InvalidInput | None = None,
        preview: Sequence[Any] = (),
        moved: int = 0,
    ) -> Template:
        calendar = await calendar_for(session)
        asked = FormReader(request.query_params)
        typed = asked.integer("nam", _("Năm"), min=1, max=9999)
        asked.check()
        year = operations.year_shown(typed or (preview[0].day.year if preview else None), calendar)
        return page(
            request,
            "workdays/calendar.html",
            status=422 if errors else 200,
            year=year,
            years=(calendar.first.year, calendar.last.year),
            forecast=year in calendar.forecast_years,
            months=months_of(year, calendar),
            changes=[row for row in await repository.changes(session) if row.day.year == year],
            kinds={kind: rules.kind_title(kind) for kind in KINDS},
            may_change=actor.may(MANAGE),
            values=values or {"kind": "day_off"},
            errors=errors,
            preview=preview,
            moved=moved,
        )


def months_of(year: int, calendar: Calendar) -> list[Month]:
    """The year by months."""
    return [_month(year, number, calendar) for number in range(1, 13)]


def _month(year: int, number: int, calendar: Calendar) -> Month:
    weeks = [
        [_day(date(year, number, day), calendar) if day else None for day in week]
        for week in months.Calendar().monthdayscalendar(year, number)
    ]
    working = sum(day is not None and calendar.is_working_day(day.day) for week in weeks for day in week)
    return Month(number, weeks, working)


def _day(day: date, calendar: Calendar) -> Day:
    if day in calendar.mornings:
        return Day(day, "morning", calendar.days_off[day])
    if day in calendar.make_up_days:
        return Day(day, "make_up", _("Làm bù"))
    if day in calendar.days_off:
        return Day(day, "off", calendar.days_off[day])
    return Day(day, "work" if calendar.is_working_day(day) else "rest")


def _read(reader: FormReader) -> AddDays:
    kind = reader.choice("kind", _("Loại ngày"), KINDS)
    first = reader.day("first", _("Từ ngày"), required=True)
    last = reader.day("last", _("Đến ngày")) or first
    name = reader.text("name", _("Lý do"), required=True, max=200)
    reader.check()
    assert first is not None
    assert last is not None
    return AddDays(cast("ChangeKind", kind), first, last, name)
