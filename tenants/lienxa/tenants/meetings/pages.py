"""The calendar and its forms. The address is the state: `?tuan=2026-W48` or `?ngay=23/11/2026`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access import grants
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import FieldError, InvalidInput
from lienxa.platform.module import SearchHit, Thing, WorkItem
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader, parse_day
from lienxa.platform.web.page import Badge, TimelineLine, page, redirect
from lienxa.tenants.meetings import operations, permissions, repository, rules
from lienxa.tenants.meetings.rules import Slot, Week
from lienxa.tenants.meetings.schemas import CalendarEntry, MeetingDraft, WorkLine

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
_DAY = timedelta(days=1)
_SEARCH_LIMIT = 20
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
BADGE_KINDS = {rules.PROPOSED: "warn", rules.BOOKED: "ok", rules.HELD: "neutral", rules.CANCELLED: "late"}
RELATIONS = {"chair": "Chủ trì", "preparer": "Chuẩn bị", "member": "Thành phần"}


@dataclass(frozen=True)
class DaySheet:
    """One day of the week page."""

    day: date
    weekday: str
    morning: Sequence[CalendarEntry]
    afternoon: Sequence[CalendarEntry]

    @property
    def rows(self) -> int:
        """How many rows it takes: an empty session takes one."""
        return max(1, len(self.morning)) + max(1, len(self.afternoon))


def week_sheet(week: Week, entries: Sequence[CalendarEntry]) -> list[DaySheet]:
    """The entries of a week, by day and session, in the order they came."""
    return [
        DaySheet(day, _(weekday), *(_session(entries, day, session) for session in (rules.MORNING, rules.AFTERNOON)))
        for day, weekday in zip(week.days, WEEKDAYS, strict=True)
    ]


def _session(entries: Sequence[CalendarEntry], day: date, session: str) -> list[CalendarEntry]:
    return [entry for entry in entries if entry.slot.day == day and rules.session_of(entry.slot.starts_at) == session]


def _chosen_week(code: str, day: str) -> Week:
    if code and (week := Week.parse(code)):
        return week
    if code:
        raise InvalidInput.of("tuan", _("Không có tuần “{code}”.", code=code), _("Ví dụ: 2026-W48."))
    chosen = parse_day(day) if day else clock.today()
    if chosen is None:
        raise InvalidInput.of("ngay", _("“{typed}” không phải là ngày.", typed=day), _("Nhập dạng ngày/tháng/năm."))
    return Week.of(chosen)


async def work_items(session: TenantSession, actor: Actor) -> list[WorkItem]:
    """The person's meetings of today and, for those who book, the proposals that wait for them."""
    today = clock.today()
    lines = await repository.work_lines(session, actor, Slot(clock.instant(today), clock.instant(today + _DAY)))
    return [_work_item(line) for line in lines]


def _work_item(line: WorkLine) -> WorkItem:
    path = f"/lich/{line.id}"
    if line.state == rules.PROPOSED:
        source = _("{name} đề xuất lịch họp", name=line.proposer)
        when = _("họp {at:%H:%M %d/%m/%Y}", at=clock.legal(line.starts_at))
        return WorkItem("waiting", line.title, path, _("Xếp lịch"), source=source, at=line.starts_at, when_label=when)
    return WorkItem("today_meeting", line.title, path, _("Xem"), source=line.where, at=line.starts_at)


async def shared(session: TenantSession, actor: Actor, meeting_id: UUID) -> Thing:
    """A meeting that the person may see, for the page of its grants."""
    meeting = await repository.meeting(session, actor, meeting_id)
    return Thing(meeting.title, f"/lich/{meeting_id}", meeting.body_id)


async def search(session: TenantSession, actor: Actor, query: str) -> list[SearchHit]:
    """Meetings whose title contains what was typed, with or without diacritics."""
    found = await repository.search(session, actor, query, _SEARCH_LIMIT)
    return [SearchHit(entry.title, f"/lich/{entry.id}", f"{entry.slot.text()} - {entry.where}") for entry in found]


class MeetingController(Controller):
    """Everything below `/lich`."""

    path = "/lich"

    @get("/", operation_id="ShowWeek")
    async def week(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        tuan: FromQuery[str] = "",
        ngay: FromQuery[str] = "",
    ) -> Template:
        """The week page (lịch công tác tuần)."""
        week = _chosen_week(tuan, ngay)
        entries = await repository.calendar(session, actor, week.slot)
        return page(
            request,
            "meetings/week.html",
            week=week,
            this_week=Week.of(clock.today()),
            days=week_sheet(week, entries),
            any_entry=bool(entries),
            new_day=max(week.monday, clock.today()),
            may_propose=actor.may(permissions.PROPOSE),
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
    ) -> Template:
        """The week as a sheet of paper: it stands in for invitations, so proposals are not on it."""
        week = _chosen_week(tuan, ngay)
        entries = await repository.calendar(session, actor, week.slot)
        settled = [entry for entry in entries if entry.state != rules.PROPOSED]
        return page(request, "meetings/print.html", week=week, days=week_sheet(week, settled))

    @get("/moi", operation_id="NewMeeting")
    async def new(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        ngay: FromQuery[str] = "",
    ) -> Template:
        """The form for a new meeting."""
        actor.require(permissions.PROPOSE)
        return await self._draft_form(request, session, actor, values={"day": ngay})

    @post("/moi", operation_id="ProposeMeeting", status_code=303)
    async def propose(self, request: HtmlRequest, session: Db, actor: NamedDependency[Actor]) -> Redirect | Template:
        """Book at once if the person may, else propose."""
        form = FormReader(await request.form())
        book = actor.may(permissions.BOOK)
        try:
            draft = await _read_draft(session, actor, form)
            meeting = await operations.propose_meeting(session, actor, draft, book=book)
        except InvalidInput as error:
            return await self._draft_form(request, session, actor, values=form.values, errors=error)
        when = draft.slot.text()
        said = _("Đã đặt lịch {when}.", when=when) if book else _("Đã gửi đề xuất họp {when}.", when=when)
        return redirect(
            request,
            f"/lich?tuan={Week.of(draft.slot.day).code}",
            notice=said + _warning(draft.slot),
            next_label=_("Xem cuộc họp"),
            next_path=f"/lich/{meeting.id}",
        )

    @get("/{meeting_id:uuid}", operation_id="ShowMeeting")
    async def detail(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Template:
        """One meeting."""
        return await self._detail(request, session, actor, meeting_id)

    @post("/{meeting_id:uuid}/dat-lich", operation_id="BookMeeting", status_code=303)
    async def book(
        self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]
    ) -> Redirect | Template:
        """Put a proposal into the calendar."""
        try:
            await operations.book(session, actor, meeting_id)
        except InvalidInput as error:
            return await self._detail(request, session, actor, meeting_id, errors=error)
        return redirect(request, f"/lich/{meeting_id}", notice=_("Đã xếp vào lịch."))

    @get("/{meeting_id:uuid}/chuyen", operation_id="MoveMeetingForm")
    async def move_form(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Template:
        """The form for another time or room."""
        meeting = await operations.meeting_for(session, actor, meeting_id, "move")
        starts, ends = clock.legal(meeting.starts_at), clock.legal(meeting.ends_at)
        values = {
            "day": f"{starts:%d/%m/%Y}",
            "starts": f"{starts:%H:%M}",
            "ends": f"{ends:%H:%M}",
            "room": str(meeting.room_id or ""),
            "place": meeting.place,
        }
        return await self._move_form(request, session, actor, meeting_id, values=values)

    @post("/{meeting_id:uuid}/chuyen", operation_id="MoveMeeting", status_code=303)
    async def move(
        self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]
    ) -> Redirect | Template:
        """Give a meeting another time or room."""
        form = FormReader(await request.form())
        try:
            room_id, place = _read_where(form)
            slot = _read_slot(form)
            await operations.move(session, actor, meeting_id, slot, room_id=room_id, place=place)
        except InvalidInput as error:
            return await self._move_form(request, session, actor, meeting_id, values=form.values, errors=error)
        notice = _("Đã chuyển sang {slot}.", slot=slot.text()) + _warning(slot)
        return redirect(request, f"/lich/{meeting_id}", notice=notice)

    @post("/{meeting_id:uuid}/huy", operation_id="CancelMeeting", status_code=303)
    async def cancel(
        self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]
    ) -> Redirect | Template:
        """Cancel a meeting with a reason."""
        form = FormReader(await request.form())
        try:
            reason = form.text("reason", _("Lý do hủy"), required=True, max=300)
            form.check()
            await operations.cancel(session, actor, meeting_id, reason)
        except InvalidInput as error:
            return await self._detail(request, session, actor, meeting_id, errors=error, values=form.values)
        return redirect(request, f"/lich/{meeting_id}", notice=_("Đã hủy cuộc họp."))

    @post("/{meeting_id:uuid}/da-hop", operation_id="HoldMeeting", status_code=303)
    async def hold(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Redirect:
        """Record that a meeting took place."""
        await operations.hold(session, actor, meeting_id)
        return redirect(request, f"/lich/{meeting_id}", notice=_("Đã ghi nhận cuộc họp."))

    async def _draft_form(
        self,
        request: HtmlRequest,
        session: TenantSession,
        actor: Actor,
        *,
        values: dict[str, Any],
        errors: InvalidInput | None = None,
    ) -> Template:
        return page(
            request,
            "meetings/new.html",
            status=422 if errors else 200,
            values=values,
            errors=errors,
            bodies={body.code: body.name for body in await _bodies(session, actor)},
            staff=await _staff_options(session),
            rooms=await _room_options(session),
            books=actor.may(permissions.BOOK),
        )

    async def _move_form(
        self,
        request: HtmlRequest,
        session: TenantSession,
        actor: Actor,
        meeting_id: UUID,
        *,
        values: dict[str, Any],
        errors: InvalidInput | None = None,
    ) -> Template:
        return page(
            request,
            "meetings/move.html",
            status=422 if errors else 200,
            entry=await repository.entry(session, actor, meeting_id),
            values=values,
            errors=errors,
            rooms=await _room_options(session),
        )

    async def _detail(
        self,
        request: HtmlRequest,
        session: TenantSession,
        actor: Actor,
        meeting_id: UUID,
        *,
        values: dict[str, Any] | None = None,
        errors: InvalidInput | None = None,
    ) -> Template:
        entry = await repository.entry(session, actor, meeting_id)
        meeting = await repository.meeting(session, actor, meeting_id)
        taking_part = await repository.participants(session, meeting_id)
        return page(
            request,
            "meetings/detail.html",
            status=422 if errors else 200,
            entry=entry,
            state=Badge(BADGE_KINDS[entry.state], _(rules.STATE_TITLES[entry.state])),
            reason=meeting.reason,
            people=[(person.name, _(RELATIONS[person.relation])) for person in taking_part],
            acts=operations.acts_on(actor, meeting),
            warning=await _proposal_warning(session, actor, entry),
            week=Week.of(entry.slot.day),
            events=[_told(event) for event in reversed(await timeline(session, meeting_id))],
            values=values or {},
            errors=errors,
        )


def _told(event: AuditEvent) -> TimelineLine:
    if event.action in grants.TOLD:
        return TimelineLine(
            event.at, event.staff_name, event.post_title, grants.TOLD[event.action].format(**event.detail)
        )
    known = {"slot": "", "where": "", "before": "", "reason": "", **event.detail}
    text = {
        "meetings.propose": _("Đề xuất họp {slot} tại {where}", **known),
        "meetings.book": _("Xếp lịch {slot} tại {where}", **known),
        "meetings.move": _("Chuyển từ {before} sang {slot} tại {where}", **known),
        "meetings.cancel": _("Hủy: {reason}", **known),
        "meetings.hold": _("Ghi nhận đã họp"),
    }[event.action]
    return TimelineLine(event.at, event.staff_name, event.post_title, text)


async def _read_draft(session: TenantSession, actor: Actor, form: FormReader) -> MeetingDraft:
    bodies = {body.code: body.id for body in await _bodies(session, actor)}
    code = form.choice("body", _("Cơ quan"), bodies)
    title = form.text("title", _("Nội dung"), required=True, max=300)
    content = form.text("content", _("Chi tiết"), max=4000)
    chair = form.uuid("chair", _("Chủ trì"), required=True)
    members = form.uuids("members", _("Thành phần"))
    room_id, place = _read_where(form)
    note = form.text("note", _("Ghi chú"))
    slot = _read_slot(form)
    assert chair is not None
    return MeetingDraft(
        body_id=bodies[code],
        title=title,
        chair_id=chair,
        slot=slot,
        room_id=room_id,
        place=place,
        content=content,
        member_ids=members,
        note=note,
    )


def _read_where(form: FormReader) -> tuple[UUID | None, str]:
    return form.uuid("room", _("Phòng họp")), form.text("place", _("Địa điểm khác"), max=200)


def _read_slot(form: FormReader) -> Slot:
    """The last fields of a form: they are put together only after all were accepted."""
    day = form.day("day", _("Ngày"), required=True)
    starts = form.time_of_day("starts", _("Từ giờ"), required=True)
    ends = form.time_of_day("ends", _("Đến giờ"), required=True)
    form.check()
    assert day is not None
    assert starts is not None
    assert ends is not None
    return rules.slot_on(day, starts, ends)


async def _bodies(session: TenantSession, actor: Actor) -> list[Body]:
    """The bodies for which the acting post may ask for a meeting."""
    return [body for body in await people.bodies(session) if body.id in actor.acting.body_ids]


async def _staff_options(session: TenantSession) -> dict[str, str]:
    """Everybody who holds a post, by given name, with the first of their posts."""
    options: dict[str, str] = {}
    for row in await people.staff_with_posts(session):
        options.setdefault(str(row.staff_id), f"{row.full_name} - {row.title}")
    return options


async def _room_options(session: TenantSession) -> dict[str, str]:
    return {str(room.id): room.name for room in await repository.rooms(session)}


async def _proposal_warning(session: TenantSession, actor: Actor, entry: CalendarEntry) -> FieldError | None:
    """Whether the room of a proposal is taken by now, before anybody tries to book it."""
    if entry.state != rules.PROPOSED or entry.room_id is None:
        return None
    clash = await operations.clash_of(session, actor, entry.room_id, entry.slot, besides=entry.id)
    return operations.explain(clash) if clash else None


def _warning(slot: Slot) -> str:
    return " " + _("Lưu ý: ngoài giờ làm việc.") if rules.outside_working_hours(slot) else ""
