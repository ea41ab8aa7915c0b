"""Meetings below `/api/v1/meetings`: the same operations as the pages, with the same rights."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.rest.admission import NEEDS, require_person
from lienxa.platform.rest.answers import act, created
from lienxa.platform.rest.idempotency import NOT_KEPT
from lienxa.platform.text import _
from lienxa.tenants.meetings import operations, pages, permissions, repository, rules
from lienxa.tenants.meetings.models import Room
from lienxa.tenants.meetings.rules import Said, Slot, Week
from lienxa.tenants.meetings.schemas import (
    Approval,
    CalendarEntry,
    ChangeOfVersion,
    Closure,
    Feed,
    FeedAsked,
    HappenedToMeeting,
    ListedMeeting,
    MadeFeed,
    MeetingDraft,
    NewTime,
    Person,
    PersonThere,
    Publication,
    PublishedVersion,
    ReasonGiven,
    RoomClosed,
    RoomToClose,
    RoomWritten,
    ShownFeed,
    ShownMeeting,
    ShownRoom,
    ShownVersion,
    ShownWeek,
    Side,
    ToldMeeting,
    TravelTime,
    WeekNamed,
    WrittenMeeting,
)

Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
WeekAsked = Annotated[
    str, QueryParameter(name="week", max_length=8, description=_("Tuần `2026-W48`; bỏ trống: tuần này"))
]
SideAsked = Annotated[Side | None, QueryParameter(name="side", description=_("Chỉ lịch của một khối"))]
_SIDES = {"party": "dang-uy", "council": "hdnd", "committee": "ubnd"}


class WeekOfMeetingsController(Controller):
    """The weekly calendar, published and not."""

    path = "/meetings/week"

    @get("/", operation_id="GetWeek", summary=_("Lịch công tác tuần"))
    async def week(self, session: Db, actor: Me, of_week: WeekAsked = "", side: SideAsked = None) -> ShownWeek:
        """The week as the caller may see it."""
        return await _shown_week(session, actor, _week(of_week), side)

    @get("/versions", operation_id="ListWeekVersions", summary=_("Các lần phát hành của một tuần"))
    async def versions(self, session: Db, actor: Me, of_week: WeekAsked = "") -> list[ShownVersion]:
        """Every publication of the week, the newest first."""
        published = await repository.publications(session, _week(of_week))
        told = await repository.told_by(session, actor, [found.id for found in published])
        before: list[dict[UUID, Said] | None] = [*(told[found.id] for found in published[1:]), None]
        return [
            _version(found, told[found.id], last) for found, last in zip(published, before, strict=False)
        ]  # of a week never published only the None

    @act("/publish", "PublishWeekOfMeetings", _("Phát hành lịch công tác tuần"), needs=permissions.PUBLISH)
    async def publish(self, session: Db, actor: Me, data: JSONBody[WeekNamed]) -> ShownWeek:
        """Publish the week, or what changed since it was published."""
        week = _week(data.week)
        await operations.publish_week(session, actor, week)
        return await _shown_week(session, actor, week, None)


class MeetingsController(Controller):
    """Meetings and their acts. Each act answers with the meeting after it."""

    path = "/meetings"

    @post("/", operation_id="AskForMeeting", summary=_("Đặt lịch họp, hoặc đề xuất nếu không được đặt"))
    async def propose(self, session: Db, actor: Me, data: JSONBody[WrittenMeeting]) -> Response[ShownMeeting]:
        """Book at once if the caller may, else propose."""
        book = actor.may(permissions.BOOK)
        actor.require(permissions.BOOK if book else permissions.PROPOSE)
        meeting = await operations.propose_meeting(session, actor, await _draft(session, data), book=book)
        return created(f"/meetings/{meeting.id}", await _shown(session, actor, meeting.id))

    @get("/{meeting_id:str}", operation_id="GetMeeting", summary=_("Một cuộc họp"))
    async def show(self, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> ShownMeeting:
        """A meeting with its people and what the caller may do with it."""
        return await _shown(session, actor, meeting_id)

    @get("/{meeting_id:str}/timeline", operation_id="GetMeetingTimeline", summary=_("Diễn biến của cuộc họp"))
    async def timeline(self, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> list[HappenedToMeeting]:
        """What was done to it, oldest first."""
        await repository.meeting(session, actor, meeting_id)
        return [_happened(event) for event in await timeline(session, meeting_id)]

    @act("/{meeting_id:str}/book", "ApproveMeeting", _("Duyệt, xếp lịch"))
    async def book(self, session: Db, actor: Me, meeting_id: FromPath[UUID], data: JSONBody[Approval]) -> ShownMeeting:
        """Approve a proposal."""
        await operations.book(session, actor, meeting_id, data.clash_reason)
        return await _shown(session, actor, meeting_id)

    @act("/{meeting_id:str}/send-back", "AskToChangeMeeting", _("Đề nghị sửa"))
    async def send_back(
        self, session: Db, actor: Me, meeting_id: FromPath[UUID], data: JSONBody[ReasonGiven]
    ) -> ShownMeeting:
        """Ask whoever proposed it to change something."""
        await operations.send_back(session, actor, meeting_id, data.reason)
        return await _shown(session, actor, meeting_id)

    @act("/{meeting_id:str}/refuse", "TurnDownMeeting", _("Không chấp nhận"))
    async def refuse(
        self, session: Db, actor: Me, meeting_id: FromPath[UUID], data: JSONBody[ReasonGiven]
    ) -> ShownMeeting:
        """Refuse a proposal."""
        await operations.refuse(session, actor, meeting_id, data.reason)
        return await _shown(session, actor, meeting_id)

    @act("/{meeting_id:str}/revise", "ChangeMeeting", _("Sửa cuộc họp"))
    async def revise(
        self, session: Db, actor: Me, meeting_id: FromPath[UUID], data: JSONBody[WrittenMeeting]
    ) -> ShownMeeting:
        """Change anything of it; what was sent back is proposed again by that."""
        await operations.meeting_for(session, actor, meeting_id, "revise")
        await operations.revise(session, actor, meeting_id, await _draft(session, data))
        return await _shown(session, actor, meeting_id)

    @act("/{meeting_id:str}/move", "RescheduleMeeting", _("Đổi giờ, phòng"))
    async def move(self, session: Db, actor: Me, meeting_id: FromPath[UUID], data: JSONBody[NewTime]) -> ShownMeeting:
        """Give it another time, room or place."""
        await operations.meeting_for(session, actor, meeting_id, "move")
        slot = _slot(data.day, data.starts, data.ends)
        await operations.move(
            session, actor, meeting_id, slot, room_id=data.room, place=data.place, clash_reason=data.clash_reason
        )
        return await _shown(session, actor, meeting_id)

    @act("/{meeting_id:str}/cancel", "CallOffMeeting", _("Hủy họp"))
    async def cancel(
        self, session: Db, actor: Me, meeting_id: FromPath[UUID], data: JSONBody[ReasonGiven]
    ) -> ShownMeeting:
        """Cancel it; its room is free at once."""
        await operations.cancel(session, actor, meeting_id, data.reason)
        return await _shown(session, actor, meeting_id)

    @act("/{meeting_id:str}/hold", "RecordMeeting", _("Ghi nhận đã diễn ra"))
    async def hold(self, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> ShownMeeting:
        """Record that it took place."""
        await operations.hold(session, actor, meeting_id)
        return await _shown(session, actor, meeting_id)


class RoomsController(Controller):
    """The rooms: what is free, and keeping them."""

    path = "/meetings/rooms"

    @get("/", operation_id="ListRooms", summary=_("Các phòng họp"))
    async def rooms(self, session: Db) -> list[ShownRoom]:
        """The rooms in their order."""
        return await _shown_rooms(session)

    @get("/bookings", operation_id="ListRoomBookings", summary=_("Phòng đã có lịch trong một ngày hoặc một tuần"))
    async def bookings(
        self,
        session: Db,
        actor: Me,
        day: Annotated[date | None, QueryParameter(description=_("Bỏ trống: hôm nay"))] = None,
        whole_week: Annotated[bool, QueryParameter(description=_("Cả tuần có ngày đó"))] = False,
    ) -> list[ListedMeeting]:
        """What holds a room, and what asks for one as far as the caller plans or proposed it."""
        asked = _known_day("day", day or clock.today())
        around = Week.of(asked).slot if whole_week else _whole_day(asked)
        return [_listed(entry) for entry in await repository.occupied(session, actor, around, proposals=True)]

    @post("/", operation_id="CreateRoom", summary=_("Thêm phòng họp"), opt={NEEDS: permissions.ROOMS})
    async def add(self, session: Db, actor: Me, data: JSONBody[RoomWritten]) -> Response[ShownRoom]:
        """Add a room behind the others."""
        room = await operations.add_room(session, actor, data.name, data.seats)
        return created("/meetings/rooms", _shown_room(room, ()))

    @act("/{room_id:str}/change", "RenameRoom", _("Sửa tên, số chỗ của phòng"), needs=permissions.ROOMS)
    async def change(
        self, session: Db, actor: Me, room_id: FromPath[UUID], data: JSONBody[RoomWritten]
    ) -> list[ShownRoom]:
        """Give a room another name or number of seats; the answer is all rooms."""
        await operations.change_room(session, actor, room_id, data.name, data.seats)
        return await _shown_rooms(session)

    @act("/{room_id:str}/close", "TakeRoomOutOfService", _("Ngừng sử dụng phòng"), needs=permissions.ROOMS)
    async def close(
        self, session: Db, actor: Me, room_id: FromPath[UUID], data: JSONBody[RoomToClose]
    ) -> list[ShownRoom]:
        """Take a room out of service on those days; the answer is all rooms."""
        since = _known_day("since", data.since)
        until = _known_day("until", data.until) if data.until else None
        await operations.close_room(session, actor, room_id, since, until, data.reason)
        return await _shown_rooms(session)

    @act(
        "/closures/{closure_id:str}/reopen",
        "PutRoomIntoService",
        _("Đưa phòng vào sử dụng lại"),
        needs=permissions.ROOMS,
    )
    async def reopen(self, session: Db, actor: Me, closure_id: FromPath[UUID]) -> list[ShownRoom]:
        """Take a closure back; the answer is all rooms."""
        await operations.reopen_room(session, actor, closure_id)
        return await _shown_rooms(session)

    @get("/travel", operation_id="GetTravelTime", summary=_("Thời gian di chuyển"), opt={NEEDS: permissions.ROOMS})
    async def travel(self, session: Db) -> TravelTime:
        """The time that people need between two places."""
        setting = await repository.setting(session)
        return TravelTime(setting.travel_minutes if setting else rules.TRAVEL_MINUTES)

    @act("/travel", "ChangeTravelTime", _("Đặt thời gian di chuyển"), needs=permissions.ROOMS)
    async def set_travel(self, session: Db, actor: Me, data: JSONBody[TravelTime]) -> TravelTime:
        """Set the time that people need between two places."""
        await operations.set_travel_minutes(session, actor, data.minutes)
        return data


class FeedsController(Controller):
    """Calendar feeds."""

    path = "/meetings/feeds"

    @get("/", operation_id="ListOwnFeeds", summary=_("Địa chỉ lịch của người gọi"))
    async def own(self, session: Db, actor: Me) -> list[ShownFeed]:
        """The caller's feeds."""
        return [_shown_feed(feed) for feed in await repository.feeds(session, actor.staff_id)]

    @post("/", operation_id="OpenFeed", summary=_("Tạo địa chỉ lịch để đăng ký trên điện thoại"), opt={NOT_KEPT: True})
    async def open(
        self, request: Request[Any, Any, Any], session: Db, actor: Me, data: JSONBody[FeedAsked]
    ) -> Response[MadeFeed]:
        """Make an address, or a new one in place of the old. It is a key to the calendar: keep it as one."""
        require_person(actor)
        made = await operations.open_feed(session, actor, data.room_id)
        answer = created("/meetings/feeds", MadeFeed(made.id, pages.feeds.address_of(request, made)))
        answer.headers["cache-control"] = "no-store"
        return answer

    @get(
        "/all",
        operation_id="ListFeedsOfAll",
        summary=_("Địa chỉ lịch của mọi cán bộ"),
        opt={NEEDS: permissions.FEEDS},
    )
    async def everybody(self, session: Db, actor: Me) -> list[ShownFeed]:
        """Who has feeds."""
        actor.require(permissions.FEEDS)
        return [_shown_feed(feed) for feed in await repository.feeds(session)]

    @delete("/{feed_id:str}", operation_id="DeleteFeed", summary=_("Bỏ một địa chỉ lịch"))
    async def close(self, session: Db, actor: Me, feed_id: FromPath[UUID]) -> None:
        """Let an address be dead: one's own, or with the right to it anybody's."""
        await operations.close_feed(session, actor, feed_id)


def _week(code: str) -> Week:
    if not code:
        return Week.of(clock.today())
    if week := Week.parse(code):
        return week
    raise InvalidInput.of("week", _("Không có tuần “{code}”.", code=code), _("Ví dụ: 2026-W48."))


def _known_day(field: str, day: date) -> date:
    """The day, if it lies in the years that a calendar can show."""
    if day.year in rules.YEARS:
        return day
    remedy = _("Chọn ngày từ năm {first} đến năm {last}.", first=rules.YEARS[0], last=rules.YEARS[-1])
    raise InvalidInput.of(field, _("Không có lịch của năm này."), remedy)


def _whole_day(day: date) -> Slot:
    return Slot(clock.instant(day), clock.instant(day + timedelta(days=1)))


def _slot(day: date, starts: time, ends: time) -> Slot:
    return rules.slot_on(_known_day("day", day), starts, ends)


async def _draft(session: TenantSession, sent: WrittenMeeting) -> MeetingDraft:
    return MeetingDraft(
        body_id=await _body_id(session, sent.body),
        kind=sent.kind,
        title=sent.title,
        chair_id=sent.chair,
        slot=_slot(sent.day, sent.starts, sent.ends),
        room_id=sent.room,
        place=sent.place,
        content=sent.content,
        member_ids=sent.members,
        invited_ids=sent.invited,
        attendance=sent.attendance,
        unit_id=sent.unit,
        follower_id=sent.follower,
        note=sent.note,
        clash_reason=sent.clash_reason,
    )


async def _body_id(session: TenantSession, code: str) -> UUID:
    for body in await people.bodies(session):
        if body.code == code and body.in_use:
            return body.id
    raise InvalidInput.of("body", _("Đơn vị không có cơ quan này."), _("Xem các cơ quan ở /api/v1/office/bodies."))


async def _shown_week(session: TenantSession, actor: Actor, week: Week, side: Side | None) -> ShownWeek:
    sheet = await pages.week.week_sheet(session, actor, week, _SIDES[side] if side else "")
    entries = [entry for day in sheet.days for half in day.halves for entry in half.entries]
    return ShownWeek(
        week=week.code,
        first_day=week.days[0],
        last_day=week.days[-1],
        publication=_published(sheet.publication) if sheet.publication else None,
        meetings=[_listed(entry) for entry in entries],
    )


def _listed(entry: CalendarEntry) -> ListedMeeting:
    return ListedMeeting(
        id=entry.id,
        seen=entry.seen,
        title=entry.title,
        kind=entry.kind if entry.seen else "",
        state=entry.state,
        state_title=rules.STATE_TITLES[entry.state],
        starts_at=clock.legal(entry.slot.starts_at),
        ends_at=clock.legal(entry.slot.ends_at),
        room_id=entry.room_id,
        place=entry.where,
        body=entry.body_code,
        chair=entry.chair_name,
        people=_there(entry.people) if entry.seen else (),
        change="" if entry.settled else entry.change,
    )


def _there(taking_part: Sequence[Person]) -> list[PersonThere]:
    return [PersonThere(person.staff_id, person.name, person.relation) for person in taking_part]


def _published(publication: Publication) -> PublishedVersion:
    return PublishedVersion(publication.version, publication.at, publication.by)


def _version(publication: Publication, said: dict[UUID, Said], before: dict[UUID, Said] | None) -> ShownVersion:
    changes = None
    if before is not None:
        changes = [
            ChangeOfVersion(found.change, _told(found.before), _told(found.after))
            for found in rules.differences(before, said)
        ]
    return ShownVersion(_published(publication), [_told_meeting(one) for one in said.values()], changes)


def _told(said: Said | None) -> ToldMeeting | None:
    return None if said is None else _told_meeting(said)


def _told_meeting(said: Said) -> ToldMeeting:
    starts, ends = clock.legal(said.slot.starts_at), clock.legal(said.slot.ends_at)
    return ToldMeeting(said.title, said.chair_name, starts, ends, said.place)


async def _shown(session: TenantSession, actor: Actor, meeting_id: UUID) -> ShownMeeting:
    entry = await repository.entry(session, actor, meeting_id)
    meeting = await repository.meeting(session, actor, meeting_id)
    taking_part = (await repository.participants(session, [meeting_id])).get(meeting_id, [])
    return ShownMeeting(
        id=entry.id,
        title=entry.title,
        kind=entry.kind,  # type: ignore[arg-type]
        state=entry.state,
        state_title=rules.STATE_TITLES[entry.state],
        starts_at=clock.legal(entry.slot.starts_at),
        ends_at=clock.legal(entry.slot.ends_at),
        room_id=entry.room_id,
        place=entry.where,
        body=entry.body_code,  # type: ignore[arg-type]
        content=entry.content,
        attendance=entry.attendance,
        unit=entry.unit_name,
        follower=entry.follower_name,
        note=entry.note,
        reason=meeting.reason,
        clash_reason=meeting.clash_reason,
        sequence=entry.sequence,
        people=_there(taking_part),
        acts=sorted(operations.acts_on(actor, meeting)),
    )


def _happened(event: AuditEvent) -> HappenedToMeeting:
    told = pages.trail.told(event)
    return HappenedToMeeting(told.at, event.action, told.staff_name, told.post_title, told.text)


async def _shown_rooms(session: TenantSession) -> list[ShownRoom]:
    closures = await repository.closures(session, clock.today())
    return [
        _shown_room(room, [found for found in closures if found.room_id == room.id])
        for room in await repository.rooms(session)
    ]


def _shown_room(room: Room, closures: Sequence[Closure]) -> ShownRoom:
    closed = [RoomClosed(found.id, found.since, found.until, found.reason) for found in closures]
    return ShownRoom(room.id, room.name, room.seats, closed)


def _shown_feed(feed: Feed) -> ShownFeed:
    return ShownFeed(feed.id, feed.name, feed.room_id, feed.created_at, feed.last_fetched_at)
