"""The calendar, the rooms and their forms. The address is the state: `?tuan=2026-W48` or `?ngay=23/11/2026`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode
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
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.workdays import Calendar, calendar_for
from lienxa.tenants.meetings import operations, permissions, repository, rules
from lienxa.tenants.meetings.models import Meeting, Room
from lienxa.tenants.meetings.rules import Scale, Slot, Week
from lienxa.tenants.meetings.schemas import CalendarEntry, Closure, MeetingDraft, Publication, WorkLine

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
_DAY = timedelta(days=1)
_LONGEST_OFFER = timedelta(hours=2)
_SEARCH_LIMIT = 20
WEEKDAYS = (
    _("Thứ Hai"),
    _("Thứ Ba"),
    _("Thứ Tư"),
    _("Thứ Năm"),
    _("Thứ Sáu"),
    _("Thứ Bảy"),
    _("Chủ nhật"),
)
BADGE_KINDS = {
    rules.PROPOSED: "warn",
    rules.RETURNED: "warn",
    rules.REFUSED: "late",
    rules.BOOKED: "ok",
    rules.HELD: "neutral",
    rules.CANCELLED: "late",
}
RELATIONS = {"chair": _("Chủ trì"), "member": _("Thành phần"), "invited": _("Mời dự"), "preparer": _("Đề xuất")}
# The bodies of the filter, as offices name the three sides of a calendar; UBKT belongs to the Party's.
SIDES = {
    "dang-uy": (_("Đảng ủy"), ("party", "inspection")),
    "hdnd": (_("HĐND"), ("council",)),
    "ubnd": (_("UBND"), ("committee",)),
}
COLUMNS, LIST = "", "danh-sach"


# The week sheet -----------------------------------------------------------------------------------------------------


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
    return Week.of(_chosen_day(day))


def _chosen_day(day: str) -> date:
    chosen = parse_day(day) if day else clock.today()
    if chosen is None:
        raise InvalidInput.of("ngay", _("“{typed}” không phải là ngày.", typed=day), _("Nhập dạng ngày/tháng/năm."))
    return chosen


# Time bars ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bar:
    """A stretch of a track, in per cent of its width. `kind`: taken, proposed, wanted, clash, closed or free (a link).

    What overlaps others without hiding them stands in a `lane` below.
    """

    left: float
    width: float
    kind: str
    label: str
    hours: str = ""
    path: str = ""
    lane: int = 0

    @property
    def right(self) -> float:
        """Where it ends."""
        return round(self.left + self.width, 2)

    def overlaps(self, other: "Bar") -> bool:
        """Whether both would cover a part of the same lane."""
        return self.lane == other.lane and self.left < other.right and other.left < self.right


@dataclass(frozen=True)
class Track:
    """A row of time bars: a room on a day, or a person."""

    label: str
    note: str
    bars: Sequence[Bar]

    @property
    def lanes(self) -> int:
        """How many lanes its bars take."""
        return 1 + max((bar.lane for bar in self.bars), default=0)


@dataclass(frozen=True)
class Picture:
    """Time bars over one scale."""

    scale: Scale
    tracks: Sequence[Track]


def _bar(scale: Scale, slot: Slot, kind: str, label: str, path: str = "") -> Bar:
    left = scale.share(slot.starts_at)
    return Bar(left, round(scale.share(slot.ends_at) - left, 2), kind, label, slot.hours(), path)


def _room_track(
    scale: Scale, label: str, note: str, room: Room, entries: Sequence[CalendarEntry], closed: str | None, *, free: bool
) -> Track:
    """One room on the scale's day: what is in it, and the free stretches as links if somebody may use them."""
    if closed is not None:
        whole = _("Ngừng sử dụng: {reason}", reason=closed)
        return Track(label, note, [Bar(0, 100, "closed", whole)])
    mine = [entry for entry in entries if entry.room_id == room.id and entry.slot.day == scale.day]
    bars = [_room_bar(scale, entry) for entry in mine]
    if free:
        held = [entry.slot for entry in mine if entry.state in rules.OCCUPYING]
        stretches = rules.free_between(scale.day, held, clock.now())
        bars += [_bar(scale, slot, "free", _("Còn trống"), _offer(room.id, slot)) for slot in stretches]
    return Track(label, note, _in_lanes(bars))


def _room_bar(scale: Scale, entry: CalendarEntry) -> Bar:
    proposed = entry.state == rules.PROPOSED
    label = _("Đề xuất: {title}", title=entry.title) if proposed else entry.title
    kind = "proposed" if proposed else "taken"
    return _bar(scale, entry.slot, kind, label, f"/lich/{entry.id}" if entry.seen else "")


def _in_lanes(bars: Iterable[Bar]) -> list[Bar]:
    """The bars from left to right; a proposal, which holds nothing yet, leaves the room to what is there."""
    placed: list[Bar] = []
    for bar in sorted(bars, key=lambda bar: (bar.kind == "proposed", bar.left)):
        while any(bar.overlaps(other) for other in placed):
            bar = replace(bar, lane=bar.lane + 1)
        placed.append(bar)
    return sorted(placed, key=lambda bar: (bar.left, bar.lane))


def _offer(room_id: UUID, slot: Slot) -> str:
    """The form for a new meeting, filled in with a free stretch; of a long one its beginning."""
    starts, ends = clock.legal(slot.starts_at), clock.legal(min(slot.ends_at, slot.starts_at + _LONGEST_OFFER))
    query = {"ngay": f"{starts:%d/%m/%Y}", "tu": f"{starts:%H:%M}", "den": f"{ends:%H:%M}", "phong": str(room_id)}
    return f"/lich/moi?{urlencode(query)}"


def _closed_on(closures: Iterable[Closure], room: Room, day: date) -> str | None:
    return next((found.reason for found in closures if found.room_id == room.id and found.covers(day)), None)


def _seats(room: Room) -> str:
    return _("{count} chỗ", count=room.seats) if room.seats else ""


async def day_picture(session: TenantSession, actor: Actor, draft: MeetingDraft, besides: UUID | None) -> Picture:
    """The day of a draft before it is saved: every room, everybody who is needed elsewhere, and what is wanted."""
    day = draft.slot.day
    around = Slot(clock.instant(day), clock.instant(day + _DAY))
    taken = await repository.occupied(session, actor, around, besides=besides)
    closures = await repository.closures(session, day)
    needed = {draft.chair_id, *draft.member_ids}
    travel, _closed, busy = await repository.day_facts(
        session, actor, day, staff_ids=needed, room_id=None, besides=besides
    )
    clashing = rules.clashes(draft.slot, rules.place_key(draft.room_id, draft.place), busy, travel)
    scale = Scale.over(day, [draft.slot, *(entry.slot for entry in taken), *(other.slot for other in busy)])
    wanted = _bar(scale, draft.slot, "wanted", _("Giờ đang chọn"))
    tracks = []
    for room in await repository.rooms(session):
        track = _room_track(scale, room.name, "", room, taken, _closed_on(closures, room, day), free=False)
        chosen = [wanted] if room.id == draft.room_id else []
        tracks.append(Track(track.label, track.note, [*track.bars, *chosen]))
    for name in dict.fromkeys(other.name for other in busy):
        theirs = [other for other in busy if other.name == name]
        bars = [_bar(scale, other.slot, "clash" if other in clashing else "taken", other.title) for other in theirs]
        tracks.append(Track(name, "", [*bars, wanted]))
    return Picture(scale, tracks)


# Work and search ----------------------------------------------------------------------------------------------------


async def work_items(session: TenantSession, actor: Actor) -> list[WorkItem]:
    """The person's meetings of today, the proposals that wait for them, and what became of their own."""
    today = clock.today()
    lines = await repository.work_lines(session, actor, Slot(clock.instant(today), clock.instant(today + _DAY)))
    return [_work_item(line) for line in lines]


def _work_item(line: WorkLine) -> WorkItem:
    path = f"/lich/{line.id}"
    when = _("họp {at:%H:%M %d/%m/%Y}", at=clock.legal(line.starts_at))
    if line.mine:
        source, action, followed = _what_became(line)
        path = f"{path}/sua" if line.state == rules.RETURNED else path
        return WorkItem(
            "waiting", line.title, path, action, source, at=line.starts_at, when_label=when, followed=followed
        )
    if line.state == rules.PROPOSED:
        source = _("{name} đề xuất lịch họp", name=line.proposer)
        return WorkItem("waiting", line.title, path, _("Xem xét"), source=source, at=line.starts_at, when_label=when)
    if line.masked:
        path = f"/lich?ngay={clock.legal(line.starts_at):%d/%m/%Y}"
    return WorkItem("today_meeting", line.title, path, _("Xem"), source=line.where, at=line.starts_at)


def _what_became(line: WorkLine) -> tuple[str, str, bool]:
    """What whoever proposed it is told, what they can do, and whether it is somebody else's turn."""
    if line.state == rules.RETURNED:
        return _("Văn phòng đề nghị sửa: {reason}", reason=line.reason), _("Sửa đề xuất"), False
    told = {
        rules.PROPOSED: _("Đề xuất lịch họp đang chờ Văn phòng duyệt"),
        rules.REFUSED: _("Văn phòng không chấp nhận: {reason}", reason=line.reason),
        rules.CANCELLED: _("Cuộc họp đã hủy: {reason}", reason=line.reason),
    }
    return told.get(line.state, _("Đề xuất đã được xếp vào lịch")), _("Xem"), True


async def shared(session: TenantSession, actor: Actor, meeting_id: UUID) -> Thing:
    """A meeting that the person may see, for the page of its grants."""
    meeting = await repository.meeting(session, actor, meeting_id)
    return Thing(meeting.title, f"/lich/{meeting_id}", meeting.body_id)


async def search(session: TenantSession, actor: Actor, query: str) -> list[SearchHit]:
    """Meetings whose title contains what was typed, with or without diacritics."""
    found = await repository.search(session, actor, query, _SEARCH_LIMIT)
    return [SearchHit(entry.title, f"/lich/{entry.id}", f"{entry.slot.text()} - {entry.where}") for entry in found]


# Pages --------------------------------------------------------------------------------------------------------------


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


class MeetingController(Controller):
    """One meeting: proposing it, deciding on it, changing it."""

    path = "/lich"

    @get("/moi", operation_id="NewMeeting")
    async def new(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        ngay: FromQuery[str] = "",
        tu: FromQuery[str] = "",
        den: FromQuery[str] = "",
        phong: FromQuery[str] = "",
    ) -> Template:
        """The form for a new meeting; the address may fill in when and where."""
        actor.require(permissions.PROPOSE)
        values = {"day": ngay, "starts": tu, "ends": den, "room": phong, "kind": rules.MEETING}
        return await self._draft_form(request, session, actor, values=values)

    @post("/moi", operation_id="ProposeMeeting", status_code=303)
    async def propose(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Book at once if the person may, else propose."""
        book = actor.may(permissions.BOOK)
        actor.require(permissions.BOOK if book else permissions.PROPOSE)
        form = FormReader(await request.form())
        draft = None
        async with shown_again(
            session,
            lambda errors: self._draft_form(request, session, actor, values=form.values, errors=errors, draft=draft),
        ):
            draft = await _read_draft(session, actor, form)
            meeting = await operations.propose_meeting(session, actor, draft, book=book)
        when = draft.slot.text()
        said = _("Đã đặt lịch {when}.", when=when) if book else _("Đã gửi đề xuất họp {when}.", when=when)
        return redirect(
            request,
            f"/lich?tuan={Week.of(draft.slot.day).code}",
            notice=said + await _warning(session, draft.slot),
            next_label=_("Xem cuộc họp"),
            next_path=f"/lich/{meeting.id}",
        )

    @get("/{meeting_id:uuid}", operation_id="ShowMeeting")
    async def detail(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Template:
        """One meeting."""
        return await self._detail(request, session, actor, meeting_id)

    @post("/{meeting_id:uuid}/dat-lich", operation_id="BookMeeting", status_code=303)
    async def book(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Redirect:
        """Approve a proposal: put it into the calendar."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(self._detail, request, session, actor, meeting_id, values=form.values)):
            clash_reason = form.text("clash_reason", _("Lý do vẫn xếp lịch"), max=300)
            form.check()
            await operations.book(session, actor, meeting_id, clash_reason)
        return redirect(request, f"/lich/{meeting_id}", notice=_("Đã duyệt và xếp vào lịch."))

    @post("/{meeting_id:uuid}/tra-lai", operation_id="SendBackMeeting", status_code=303)
    async def send_back(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Redirect:
        """Ask whoever proposed it to change something."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(self._detail, request, session, actor, meeting_id, values=form.values)):
            change = form.text("change", _("Nội dung cần sửa"), required=True, max=300)
            form.check()
            await operations.send_back(session, actor, meeting_id, change)
        return redirect(request, f"/lich/{meeting_id}", notice=_("Đã gửi lại người đề xuất để sửa."))

    @post("/{meeting_id:uuid}/tu-choi", operation_id="RefuseMeeting", status_code=303)
    async def refuse(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Redirect:
        """Refuse a proposal with a reason."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(self._detail, request, session, actor, meeting_id, values=form.values)):
            reason = form.text("refusal", _("Lý do không chấp nhận"), required=True, max=300)
            form.check()
            await operations.refuse(session, actor, meeting_id, reason)
        return redirect(request, f"/lich/{meeting_id}", notice=_("Đã ghi: không chấp nhận đề xuất."))

    @get("/{meeting_id:uuid}/sua", operation_id="ReviseMeetingForm")
    async def revise_form(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Template:
        """The whole form again, with what is in it."""
        meeting = await operations.meeting_for(session, actor, meeting_id, "revise")
        values = await _values_of(session, meeting)
        return await self._draft_form(request, session, actor, values=values, meeting=meeting)

    @post("/{meeting_id:uuid}/sua", operation_id="ReviseMeeting", status_code=303)
    async def revise(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Redirect:
        """Change anything of a meeting; what was sent back is proposed again."""
        form = FormReader(await request.form())
        meeting = await operations.meeting_for(session, actor, meeting_id, "revise")
        draft = None
        async with shown_again(
            session,
            lambda errors: self._draft_form(
                request, session, actor, values=form.values, errors=errors, draft=draft, meeting=meeting
            ),
        ):
            draft = await _read_draft(session, actor, form)
            await operations.revise(session, actor, meeting_id, draft)
        return redirect(
            request, f"/lich/{meeting_id}", notice=_("Đã lưu thay đổi.") + await _warning(session, draft.slot)
        )

    @get("/{meeting_id:uuid}/chuyen", operation_id="MoveMeetingForm")
    async def move_form(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Template:
        """The form for another time or room."""
        meeting = await operations.meeting_for(session, actor, meeting_id, "move")
        return await self._move_form(request, session, actor, meeting_id, values=_when_and_where(meeting))

    @post("/{meeting_id:uuid}/chuyen", operation_id="MoveMeeting", status_code=303)
    async def move(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Redirect:
        """Give a meeting another time or room."""
        form = FormReader(await request.form())
        slot = None
        async with shown_again(
            session,
            lambda errors: self._move_form(
                request, session, actor, meeting_id, values=form.values, errors=errors, slot=slot
            ),
        ):
            room_id, place = _read_where(form)
            clash_reason = form.text("clash_reason", _("Lý do vẫn xếp lịch"), max=300)
            slot = _read_slot(form)
            await operations.move(
                session, actor, meeting_id, slot, room_id=room_id, place=place, clash_reason=clash_reason
            )
        notice = _("Đã chuyển sang {slot}.", slot=slot.text()) + await _warning(session, slot)
        return redirect(request, f"/lich/{meeting_id}", notice=notice)

    @post("/{meeting_id:uuid}/huy", operation_id="CancelMeeting", status_code=303)
    async def cancel(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Redirect:
        """Cancel a meeting with a reason."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(self._detail, request, session, actor, meeting_id, values=form.values)):
            reason = form.text("reason", _("Lý do hủy"), required=True, max=300)
            form.check()
            await operations.cancel(session, actor, meeting_id, reason)
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
        draft: MeetingDraft | None = None,
        meeting: Meeting | None = None,
    ) -> Template:
        besides = meeting.id if meeting else None
        return page(
            request,
            "meetings/draft.html",
            status=422 if errors else 200,
            values=values,
            errors=errors,
            picture=await day_picture(session, actor, draft, besides) if draft and errors else None,
            bodies={body.code: body.name for body in await _bodies(session, actor)},
            kinds=rules.KIND_TITLES,
            staff=await _staff_options(session),
            units={str(unit.id): unit.name for unit in await people.units(session)},
            rooms=await _room_options(session),
            books=actor.may(permissions.BOOK),
            meeting=meeting,
            returned=meeting.reason if meeting and meeting.state == rules.RETURNED else "",
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
        slot: Slot | None = None,
    ) -> Template:
        picture = None
        if errors and slot:
            meeting = await repository.meeting(session, actor, meeting_id)
            room_id = _uuid_or_none(values["room"])
            wanted = await operations.draft_of(
                session, meeting, slot=slot, room_id=room_id, place=values["place"], clash_reason=""
            )
            picture = await day_picture(session, actor, wanted, meeting_id)
        return page(
            request,
            "meetings/move.html",
            status=422 if errors else 200,
            entry=await repository.entry(session, actor, meeting_id),
            values=values,
            errors=errors,
            picture=picture,
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
        taking_part = (await repository.participants(session, [meeting_id])).get(meeting_id, [])
        clashes = []
        if rules.may_move(meeting.state):
            clashes = await operations.people_clashes(session, actor, meeting)
        return page(
            request,
            "meetings/detail.html",
            status=422 if errors else 200,
            entry=entry,
            kind=rules.KIND_TITLES[entry.kind],
            state=Badge(BADGE_KINDS[entry.state], rules.STATE_TITLES[entry.state]),
            meeting=meeting,
            people=[(person.name, RELATIONS[person.relation]) for person in taking_part],
            acts=operations.acts_on(actor, meeting),
            warning=await _proposal_warning(session, actor, entry),
            clash=operations.explain_people(clashes) if clashes else None,
            week=Week.of(entry.slot.day),
            events=[told(event) for event in reversed(await timeline(session, meeting_id))],
            values=values or {"clash_reason": meeting.clash_reason},
            errors=errors,
        )


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
        day = _chosen_day(ngay)
        days = Week.of(day).days if xem == "tuan" else (day,)
        rooms = await repository.rooms(session)
        around = Slot(clock.instant(days[0]), clock.instant(days[-1] + _DAY))
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
            step=timedelta(days=7) if xem == "tuan" else _DAY,
            week=Week.of(day),
            weekday=WEEKDAYS[day.weekday()],
            off=rules.off_title(day, calendar),
            may_keep=actor.may(permissions.ROOMS),
        )

    @get("/quan-ly", operation_id="KeepRooms")
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

    @get("/{room_id:uuid}/sua", operation_id="ChangeRoomForm")
    async def change_form(self, request: HtmlRequest, session: Db, actor: Me, room_id: FromPath[UUID]) -> Template:
        """One room: its name and seats, and when it is out of service."""
        return await self._change(request, session, actor, room_id)

    @post("/{room_id:uuid}/sua", operation_id="ChangeRoom", status_code=303)
    async def change(self, request: HtmlRequest, session: Db, actor: Me, room_id: FromPath[UUID]) -> Redirect:
        """Rename a room, or correct its seats."""
        actor.require(permissions.ROOMS)
        form = FormReader(await request.form())
        async with shown_again(session, partial(self._change, request, session, actor, room_id, values=form.values)):
            name, seats = _read_room(form)
            await operations.change_room(session, actor, room_id, name, seats)
        return redirect(request, "/lich/phong/quan-ly", notice=_("Đã lưu {name}.", name=name))

    @post("/{room_id:uuid}/ngung", operation_id="CloseRoom", status_code=303)
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

    @post("/ngung/{closure_id:uuid}/mo-lai", operation_id="ReopenRoom", status_code=303)
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
            _room_track(scale, room.name, _seats(room), room, taken, _closed_on(closures, room, day), free=free)
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
                _room_track(scale, label, note, room, taken, _closed_on(closures, room, day), free=free and works)
            )
        found.append((room.name, _seats(room), Picture(Scale(days[0], opens, closes), tracks)))
    return found


# Reading forms ------------------------------------------------------------------------------------------------------


async def _read_draft(session: TenantSession, actor: Actor, form: FormReader) -> MeetingDraft:
    bodies = {body.code: body.id for body in await _bodies(session, actor)}
    code = form.choice("body", _("Cơ quan"), bodies)
    kind = form.choice("kind", _("Loại"), rules.KIND_TITLES, required=False) or rules.MEETING
    title = form.text("title", _("Nội dung"), required=kind != rules.INTERNAL, max=300)
    content = form.text("content", _("Chi tiết"), max=4000)
    chair = form.uuid("chair", _("Chủ trì"), required=True)
    members = form.uuids("members", _("Thành phần"))
    invited = form.uuids("invited", _("Mời dự"))
    attendance = form.text("attendance", _("Thành phần ngoài cơ quan"), max=1000)
    unit_id = form.uuid("unit", _("Đơn vị chuẩn bị"))
    follower_id = form.uuid("follower", _("Người theo dõi"))
    room_id, place = _read_where(form)
    note = form.text("note", _("Ghi chú"))
    clash_reason = form.text("clash_reason", _("Lý do vẫn xếp lịch"), max=300)
    slot = _read_slot(form)
    assert chair is not None
    return MeetingDraft(
        body_id=bodies[code],
        kind=kind,
        title=title,
        chair_id=chair,
        slot=slot,
        room_id=room_id,
        place=place,
        content=content,
        member_ids=members,
        invited_ids=invited,
        attendance=attendance,
        unit_id=unit_id,
        follower_id=follower_id,
        note=note,
        clash_reason=clash_reason,
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


def _read_room(form: FormReader) -> tuple[str, int | None]:
    name = form.text("name", _("Tên phòng"), required=True, max=100)
    seats = form.integer("seats", _("Số chỗ"), min=1, max=10_000)
    form.check()
    return name, seats


def _when_and_where(meeting: Meeting) -> dict[str, Any]:
    starts, ends = clock.legal(meeting.starts_at), clock.legal(meeting.ends_at)
    return {
        "day": f"{starts:%d/%m/%Y}",
        "starts": f"{starts:%H:%M}",
        "ends": f"{ends:%H:%M}",
        "room": str(meeting.room_id or ""),
        "place": meeting.place,
        "clash_reason": meeting.clash_reason,
    }


async def _values_of(session: TenantSession, meeting: Meeting) -> dict[str, Any]:
    """What stands in the form of a meeting that is revised."""
    draft = await operations.draft_of(session, meeting)
    bodies = {body.id: body.code for body in await people.bodies(session)}
    return {
        **_when_and_where(meeting),
        "body": bodies[meeting.body_id],
        "kind": meeting.kind,
        "title": "" if meeting.kind == rules.INTERNAL else meeting.title,
        "content": meeting.content,
        "chair": str(meeting.chair_id),
        "members": [str(staff_id) for staff_id in draft.member_ids],
        "invited": [str(staff_id) for staff_id in draft.invited_ids],
        "attendance": meeting.attendance,
        "unit": str(meeting.unit_id or ""),
        "follower": str(meeting.follower_id or ""),
        "note": meeting.note,
    }


def _uuid_or_none(typed: str) -> UUID | None:
    return UUID(typed) if typed else None


def told(event: AuditEvent) -> TimelineLine:
    """An act on a meeting, in words."""
    if event.action in grants.TOLD:
        return TimelineLine(
            event.at, event.staff_name, event.post_title, grants.TOLD[event.action].format(**event.detail)
        )
    known = {**dict.fromkeys(("slot", "where", "before", "reason", "clash", "why"), ""), **event.detail}
    text = {
        "meetings.propose": _("Đề xuất họp {slot} tại {where}", **known),
        "meetings.book": _("Xếp lịch {slot} tại {where}", **known),
        "meetings.send_back": _("Đề nghị sửa: {reason}", **known),
        "meetings.refuse": _("Không chấp nhận: {reason}", **known),
        "meetings.revise": _("Sửa thành {slot} tại {where}", **known),
        "meetings.move": _("Chuyển từ {before} sang {slot} tại {where}", **known),
        "meetings.cancel": _("Hủy: {reason}", **known),
        "meetings.give": rules.given_text(str(known.get("as", "")), str(known.get("to", ""))),
        "meetings.hold": _("Ghi nhận đã diễn ra"),
    }[event.action]
    if known["clash"]:
        text += " " + _("(trùng lịch của {clash}; vẫn xếp vì: {why})", **known)
    return TimelineLine(event.at, event.staff_name, event.post_title, text)


async def _bodies(session: TenantSession, actor: Actor) -> list[Body]:
    """The bodies for which the acting post may ask for a meeting."""
    return [body for body in await people.bodies(session) if body.in_use and body.id in actor.acting.body_ids]


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


async def _warning(session: TenantSession, slot: Slot) -> str:
    outside = rules.outside_working_hours(slot, await calendar_for(session))
    return " " + _("Lưu ý: ngoài giờ làm việc.") if outside else ""
