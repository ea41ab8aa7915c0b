"""The rooms: how they are taken, and what they are like."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.web.suspended import WHILE_SUSPENDED
from lienxa.platform.workdays import Calendar, calendar_for
from lienxa.tenants.meetings import operations, permissions, repository, rules
from lienxa.tenants.meetings.models import Room
from lienxa.tenants.meetings.pages.common import DAY, WEEKDAYS, Db, HtmlRequest, Me, chosen_day
from lienxa.tenants.meetings.pages.picture import Picture, closed_on, room_track, seats
from lienxa.tenants.meetings.rules import Scale, Slot, Week
from lienxa.tenants.meetings.schemas import CalendarEntry, Closure


class RoomController(Controller):
    """The rooms: what is free, and keeping them."""

    path = "/lich/phong"

    @get("/", operation_id="ShowRooms")
    async def rooms(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        ngay: FromQuery[str] = "",
        xem: FromQuery[str] = "",
    ) -> Template:
        """Every room as time bars: one day, or with `xem=tuan` the days of its week."""
        day = chosen_day(ngay)
        asked = FormReader(request.query_params)
        asked.choice("xem", _("Cách xem"), ("tuan",), required=False)
        asked.check()
        days = Week.of(day).days if xem == "tuan" else (day,)
        rooms = await repository.rooms(session)
        around = Slot(clock.instant(days[0]), clock.instant(days[-1] + DAY))
        taken = await repository.occupied(session, actor, around, proposals=True)
        closures = await repository.closures(session, days[0])
        calendar = await calendar_for(session)
        free = actor.may(permissions.PROPOSE)
        return page(
            request,
            "meetings/rooms.html",
            day=day,
            by_week=xem == "tuan",
            pictures=_by_room(rooms, days, taken, closures, calendar, free=free)
            if xem == "tuan"
            else [("", "", _by_day(rooms, day, taken, closures, free=free))],
            step=timedelta(days=7) if xem == "tuan" else DAY,
            week=Week.of(day),
            weekday=WEEKDAYS[day.weekday()],
            off=rules.off_title(day, calendar),
            may_keep=actor.may(permissions.ROOMS),
        )

    @get("/quan-ly", operation_id="KeepRooms", opt={WHILE_SUSPENDED: True})
    async def keep(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The rooms as who keeps them sees them."""
        return await self._keep(request, session, actor)

    @post("/quan-ly", operation_id="AddRoom", status_code=303)
    async def add(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Add a room."""
        actor.require(permissions.ROOMS)
        form = FormReader(await request.form())
        async with shown_again(session, partial(self._keep, request, session, actor, values=form.values)):
            name, seats = _read_room(form)
            await operations.add_room(session, actor, name, seats)
        return redirect(request, "/lich/phong/quan-ly", notice=_("Đã thêm {name}.", name=name))

    @post("/di-chuyen", operation_id="SetTravelTime", status_code=303)
    async def set_travel(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Set the time that people need between two places."""
        actor.require(permissions.ROOMS)
        form = FormReader(await request.form())
        async with shown_again(session, partial(self._keep, request, session, actor, values=form.values)):
            minutes = form.integer("minutes", _("Số phút"), required=True, min=0, max=240)
            form.check()
            await operations.set_travel_minutes(session, actor, minutes or 0)
        return redirect(request, "/lich/phong/quan-ly", notice=_("Đã lưu thời gian di chuyển."))

    @get("/{room_id:str}/sua", operation_id="ChangeRoomForm")
    async def change_form(self, request: HtmlRequest, session: Db, actor: Me, room_id: FromPath[UUID]) -> Template:
        """One room: its name and seats, and when it is out of service."""
        return await self._change(request, session, actor, room_id)

    @post("/{room_id:str}/sua", operation_id="ChangeRoom", status_code=303)
    async def change(self, request: HtmlRequest, session: Db, actor: Me, room_id: FromPath[UUID]) -> Redirect:
        """Rename a room, or correct its seats."""
        actor.require(permissions.ROOMS)
        form = FormReader(await request.form())
        async with shown_again(session, partial(self._change, request, session, actor, room_id, values=form.values)):
            name, seats = _read_room(form)
            await operations.change_room(session, actor, room_id, name, seats)
        return redirect(request, "/lich/phong/quan-ly", notice=_("Đã lưu {name}.", name=name))

    @post("/{room_id:str}/ngung", operation_id="CloseRoom", status_code=303)
    async def close(self, request: HtmlRequest, session: Db, actor: Me, room_id: FromPath[UUID]) -> Redirect:
        """Take a room out of service."""
        actor.require(permissions.ROOMS)
        form = FormReader(await request.form())
        async with shown_again(session, partial(self._change, request, session, actor, room_id, values=form.values)):
            since = form.day("since", _("Từ ngày"), required=True)
            until = form.day("until", _("Đến hết ngày"))
            reason = form.text("reason", _("Lý do"), required=True, max=200)
            form.check()
            assert since is not None
            await operations.close_room(session, actor, room_id, since, until, reason)
        return redirect(request, f"/lich/phong/{room_id}/sua", notice=_("Đã ghi ngừng sử dụng phòng."))

    @post("/ngung/{closure_id:str}/mo-lai", operation_id="ReopenRoom", status_code=303)
    async def reopen(self, request: HtmlRequest, session: Db, actor: Me, closure_id: FromPath[UUID]) -> Redirect:
        """Put a room back into service."""
        await operations.reopen_room(session, actor, closure_id)
        return redirect(request, "/lich/phong/quan-ly", notice=_("Đã đưa phòng vào sử dụng lại."))

    async def _keep(
        self,
        request: HtmlRequest,
        session: TenantSession,
        actor: Actor,
        *,
        values: dict[str, Any] | None = None,
        errors: InvalidInput | None = None,
    ) -> Template:
        actor.require(permissions.ROOMS)
        closures = await repository.closures(session, clock.today())
        setting = await repository.setting(session)
        minutes = setting.travel_minutes if setting else rules.TRAVEL_MINUTES
        return page(
            request,
            "meetings/keep_rooms.html",
            status=422 if errors else 200,
            rooms=[
                (room, [found for found in closures if found.room_id == room.id])
                for room in await repository.rooms(session)
            ],
            values={"minutes": minutes, **(values or {})},
            errors=errors,
        )

    async def _change(
        self,
        request: HtmlRequest,
        session: TenantSession,
        actor: Actor,
        room_id: UUID,
        *,
        values: dict[str, Any] | None = None,
        errors: InvalidInput | None = None,
    ) -> Template:
        actor.require(permissions.ROOMS)
        room = await session.find(Room, room_id)
        return page(
            request,
            "meetings/change_room.html",
            status=422 if errors else 200,
            room=room,
            closures=[found for found in await repository.closures(session, clock.today()) if found.room_id == room_id],
            values={"name": room.name, "seats": room.seats, **(values or {})},
            errors=errors,
        )


def _by_day(
    rooms: Sequence[Room], day: date, taken: Sequence[CalendarEntry], closures: Sequence[Closure], *, free: bool
) -> Picture:
    scale = Scale.over(day, [entry.slot for entry in taken])
    return Picture(
        scale,
        [
            room_track(scale, room.name, seats(room), room, taken, closed_on(closures, room, day), free=free)
            for room in rooms
        ],
    )


def _by_room(
    rooms: Sequence[Room],
    days: Sequence[date],
    taken: Sequence[CalendarEntry],
    closures: Sequence[Closure],
    calendar: Calendar,
    *,
    free: bool,
) -> list[tuple[str, str, Picture]]:
    """The name, the seats and the week of each room; all drawings share one span of hours."""
    widest = [Scale.over(day, [entry.slot for entry in taken if entry.slot.day == day]) for day in days]
    opens, closes = min(scale.opens for scale in widest), max(scale.closes for scale in widest)
    found = []
    for room in rooms:
        tracks = []
        for day in days:
            scale = Scale(day, opens, closes)
            works = rules.works_on(day, calendar)
            label = WEEKDAYS[day.weekday()]
            note = f"{day:%d/%m}" if works else _("{day:%d/%m}, nghỉ", day=day)
            tracks.append(
                room_track(scale, label, note, room, taken, closed_on(closures, room, day), free=free and works)
            )
        found.append((room.name, seats(room), Picture(Scale(days[0], opens, closes), tracks)))
    return found


def _read_room(form: FormReader) -> tuple[str, int | None]:
    name = form.text("name", _("Tên phòng"), required=True, max=100)
    seats = form.integer("seats", _("Số chỗ"), min=1, max=10_000)
    form.check()
    return name, seats
