"""What goes into and comes out of the module."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from lienxa.platform.text import _
from lienxa.tenants.meetings.rules import MEETING, Said, Slot


class MeetingDraft(msgspec.Struct, frozen=True):
    """A meeting as somebody asks for it. Without a room it takes place at `place`.

    `clash_reason` is why it is to stand although somebody is needed elsewhere then. The fields are those of `Meeting`;
    `member_ids` must attend, `invited_ids` come if they can.
    """

    body_id: UUID
    title: str
    chair_id: UUID
    slot: Slot
    room_id: UUID | None = None
    place: str = ""
    content: str = ""
    member_ids: Sequence[UUID] = ()
    note: str = ""
    kind: str = MEETING
    invited_ids: Sequence[UUID] = ()
    attendance: str = ""
    unit_id: UUID | None = None
    follower_id: UUID | None = None
    clash_reason: str = ""


class Person(msgspec.Struct, frozen=True):
    """A participant: `relation` is `chair`, `member`, `invited` or `preparer`."""

    staff_id: UUID
    name: str
    relation: str


class CalendarEntry(msgspec.Struct, frozen=True):
    """A meeting as one person may see it. If it is not `seen`, all that is told is that something is on then.

    `said` is what the published week said of it, `change` how it differs from that (`rules.change_since`); `away`: it
    stood in that week and lies in another now. `settled`: the change came with the newest publication, and `said` is of
    the one before. `other_post` is the post in which the person would see it, if it needs them there. `people` is
    filled for the week only. `sequence` counts its changes, `changed_at` is when the last one came.
    """

    id: UUID
    slot: Slot
    state: str
    room_id: UUID | None
    where: str
    seen: bool
    title: str
    kind: str = MEETING
    content: str = ""
    body_name: str = ""
    body_symbol: str = ""
    body_code: str = ""
    chair_id: UUID | None = None
    chair_name: str = ""
    unit_name: str = ""
    follower_name: str = ""
    attendance: str = ""
    note: str = ""
    people: Sequence[Person] = ()
    said: Said | None = None
    change: str = ""
    away: bool = False
    settled: bool = False
    other_post: UUID | None = None
    sequence: int = 0
    changed_at: datetime | None = None

    @property
    def told(self) -> Slot:
        """Where it stands on the sheet of its week: what left the week stands where it was."""
        return self.said.slot if self.away and self.said else self.slot

    def with_people(self, people: Sequence[Person]) -> "CalendarEntry":
        """The same with those who take part."""
        return msgspec.structs.replace(self, people=people)


class Publication(msgspec.Struct, frozen=True):
    """A publication of a week: its version, who published it and when."""

    id: UUID
    version: int
    at: datetime
    by: str


class HallClash(msgspec.Struct, frozen=True):
    """Why a room cannot be had, and what can be had instead: rooms free at that time, the room's next free slot."""

    other: CalendarEntry
    free_rooms: Sequence[str]
    next_free: Slot | None


class Closure(msgspec.Struct, frozen=True):
    """Days on which a room is out of service, both included; `until` empty: until further notice."""

    id: UUID
    room_id: UUID
    since: date
    until: date | None
    reason: str

    def covers(self, day: date) -> bool:
        """Whether the room is out of service on that day."""
        return self.since <= day and (self.until is None or day <= self.until)


class WorkLine(msgspec.Struct, frozen=True):
    """A meeting in somebody's work.

    Theirs today (`masked` if it waits for another of their posts); a proposal that waits for them (`mine` false); or
    what became of what they proposed (`mine`).
    """

    id: UUID
    title: str
    state: str
    starts_at: datetime
    where: str
    proposer: str
    reason: str = ""
    mine: bool = False
    masked: bool = False


class Feed(msgspec.Struct, frozen=True):
    """A calendar feed as lists show it: whose it is and of what, without its address."""

    id: UUID
    staff_id: UUID
    name: str
    room_id: UUID | None
    room_name: str
    created_at: datetime
    last_fetched_at: datetime | None


class FoundFeed(msgspec.Struct, frozen=True):
    """The feed behind a secret: whose rights it has, its room (None: their own meetings), where the organ is."""

    id: UUID
    staff_id: UUID
    room_id: UUID | None
    room_name: str
    address: str


class NewFeed(msgspec.Struct, frozen=True):
    """A feed that was made just now: its secret is known now and never again."""

    id: UUID
    title: str
    secret: str


# --- What the API takes and gives -----------------------------------------------------------------------------------

BodyCode = Annotated[
    Literal["party", "inspection", "council", "committee", "front", "unions"],
    Meta(description=_("Cơ quan"), examples=["committee"]),
]
Kind = Annotated[
    Literal["meeting", "internal", "reception", "trip", "other"],
    Meta(description=_("Loại; `internal` không ghi nội dung"), examples=["meeting"]),
]
Side = Literal["party", "council", "committee"]
WeekCode = Annotated[str, Meta(pattern=r"^\d{4}-W\d{2}$", description=_("Tuần theo ISO 8601"), examples=["2026-W48"])]
Title = Annotated[str, Meta(description=_("Nội dung cuộc họp"), examples=[_("Họp giao ban tháng 11")])]
Place = Annotated[str, Meta(description=_("Phòng, địa điểm"), examples=[_("Hội trường lớn")])]
PersonName = Annotated[str, Meta(description=_("Họ và tên"), examples=[_("Nguyễn Thị Hoa")])]
StateTitle = Annotated[str, Meta(examples=[_("Đã xếp lịch")])]
ClashReason = Annotated[
    str, Meta(max_length=300, description=_("Lý do vẫn xếp lịch dù trùng lịch người"), examples=[_("Họp ngắn")])
]
# Midnight to midnight of the office's clock, so without an offset.
TimeOfDay = Annotated[time, Meta(tz=False)]


class PersonThere(msgspec.Struct, frozen=True):
    """Who takes part: `chair`, `member` (must attend), `invited` or `preparer`."""

    id: UUID
    name: PersonName
    relation: Annotated[str, Meta(examples=["chair"])]


class ListedMeeting(msgspec.Struct, frozen=True):
    """A meeting in a calendar. If the caller may not see it, `seen` is false and nothing but the time is told.

    `change` is how it differs from the published week: `added`, `moved`, `changed`, `cancelled`, or empty.
    """

    id: UUID
    seen: Annotated[bool, Meta(description=_("Người gọi được xem nội dung"))]
    title: Title
    kind: Annotated[str, Meta(examples=["meeting"])]
    state: Annotated[str, Meta(description=_("Trạng thái; tên tiếng Việt ở `state_title`"), examples=["booked"])]
    state_title: StateTitle
    starts_at: datetime
    ends_at: datetime
    room_id: UUID | None
    place: Place
    body: Annotated[str, Meta(description=_("Cơ quan; trống: không được biết"), examples=["committee"])]
    chair: Annotated[str, Meta(description=_("Người chủ trì"), examples=[_("Nguyễn Thị Hoa")])]
    people: Sequence[PersonThere]
    change: Annotated[str, Meta(examples=["moved"])]


class PublishedVersion(msgspec.Struct, frozen=True):
    """A publication of a week."""

    version: Annotated[int, Meta(description=_("Lần phát hành, từ 1"))]
    at: datetime
    by: PersonName


class ShownWeek(msgspec.Struct, frozen=True):
    """A week as the caller may see it; not yet published if `publication` is null."""

    week: WeekCode
    first_day: date
    last_day: date
    publication: PublishedVersion | None
    meetings: Sequence[ListedMeeting]


class ToldMeeting(msgspec.Struct, frozen=True):
    """What a publication said of a meeting."""

    title: Title
    chair: PersonName
    starts_at: datetime
    ends_at: datetime
    place: Place


class ChangeOfVersion(msgspec.Struct, frozen=True):
    """What a publication changed of the one before: `added`, `moved`, `changed` or `removed`."""

    change: Annotated[str, Meta(examples=["moved"])]
    before: ToldMeeting | None
    after: ToldMeeting | None


class ShownVersion(msgspec.Struct, frozen=True):
    """A publication with what it said; `changes` is null for the first."""

    publication: PublishedVersion
    meetings: Sequence[ToldMeeting]
    changes: Sequence[ChangeOfVersion] | None


class ShownMeeting(msgspec.Struct, frozen=True):
    """A meeting with all that the caller may know and do; `reason` is why it was refused, sent back or cancelled."""

    id: UUID
    title: Title
    kind: Kind
    state: Annotated[str, Meta(examples=["booked"])]
    state_title: StateTitle
    starts_at: datetime
    ends_at: datetime
    room_id: UUID | None
    place: Place
    body: BodyCode
    content: Annotated[str, Meta(description=_("Chi tiết"), examples=[_("Kiểm điểm công việc tháng 11")])]
    attendance: Annotated[str, Meta(description=_("Thành phần ngoài cơ quan"), examples=[_("Trưởng các thôn")])]
    unit: Annotated[str, Meta(description=_("Đơn vị chuẩn bị"), examples=[_("Văn phòng")])]
    follower: Annotated[str, Meta(description=_("Người theo dõi"), examples=[_("Trần Văn Nam")])]
    note: Annotated[str, Meta(description=_("Ghi chú"), examples=[""])]
    reason: Annotated[str, Meta(examples=[""])]
    clash_reason: Annotated[str, Meta(description=_("Lý do vẫn xếp lịch dù trùng lịch người"), examples=[""])]
    sequence: Annotated[int, Meta(description=_("Tăng mỗi khi lịch thay đổi"))]
    people: Sequence[PersonThere]
    acts: Annotated[Sequence[str], Meta(description=_("Việc người gọi làm được lúc này"), examples=[["move"]])]


class WrittenMeeting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A meeting as it is asked for or changed; see `MeetingDraft`. Without a room it takes place at `place`."""

    body: BodyCode
    day: Annotated[date, Meta(description=_("Ngày họp"), examples=["2026-11-27"])]
    starts: Annotated[TimeOfDay, Meta(description=_("Từ giờ"), examples=["08:00:00"])]
    ends: Annotated[TimeOfDay, Meta(description=_("Đến giờ, cùng ngày"), examples=["10:00:00"])]
    chair: Annotated[UUID, Meta(description=_("Người chủ trì"))]
    title: Annotated[
        str, Meta(max_length=300, description=_("Nội dung; trống nếu `internal`"), examples=[_("Họp giao ban")])
    ] = ""
    kind: Kind = "meeting"
    room: Annotated[UUID | None, Meta(description=_("Phòng họp"))] = None
    place: Annotated[str, Meta(max_length=200, description=_("Địa điểm khác"), examples=[_("Nhà văn hóa thôn 3")])] = ""
    content: Annotated[str, Meta(max_length=4000, description=_("Chi tiết"))] = ""
    members: Annotated[list[UUID], Meta(max_length=200, description=_("Thành phần"))] = []
    invited: Annotated[list[UUID], Meta(max_length=200, description=_("Mời dự"))] = []
    attendance: Annotated[str, Meta(max_length=1000, description=_("Thành phần ngoài cơ quan"))] = ""
    unit: Annotated[UUID | None, Meta(description=_("Đơn vị chuẩn bị"))] = None
    follower: Annotated[UUID | None, Meta(description=_("Người theo dõi"))] = None
    note: Annotated[str, Meta(max_length=500, description=_("Ghi chú"))] = ""
    clash_reason: ClashReason = ""


class NewTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When and where a meeting is to be instead."""

    day: Annotated[date, Meta(description=_("Ngày họp"), examples=["2026-11-27"])]
    starts: Annotated[TimeOfDay, Meta(description=_("Từ giờ"), examples=["14:00:00"])]
    ends: Annotated[TimeOfDay, Meta(description=_("Đến giờ, cùng ngày"), examples=["15:30:00"])]
    room: Annotated[UUID | None, Meta(description=_("Phòng họp"))] = None
    place: Annotated[str, Meta(max_length=200, description=_("Địa điểm khác"), examples=[_("Nhà văn hóa thôn 3")])] = ""
    clash_reason: ClashReason = ""


class Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The approval of a proposal."""

    clash_reason: ClashReason = ""


class ReasonGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a meeting is refused, sent back or cancelled."""

    reason: Annotated[str, Meta(min_length=1, max_length=300, examples=[_("Lãnh đạo đi công tác.")])]


class WeekNamed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The week that is published."""

    week: WeekCode


class HappenedToMeeting(msgspec.Struct, frozen=True):
    """An act on a meeting, in words."""

    at: datetime
    action: Annotated[str, Meta(examples=["meetings.book"])]
    name: PersonName
    post: Annotated[str, Meta(description=_("Chức vụ khi làm việc đó"), examples=[_("Chánh Văn phòng")])]
    text: Annotated[str, Meta(examples=[_("Xếp lịch 08:00–10:00 ngày 27/11/2026 tại Hội trường lớn")])]


class RoomClosed(msgspec.Struct, frozen=True):
    """Days on which a room is out of service, both included; `until` null: until further notice."""

    id: UUID
    since: date
    until: date | None
    reason: Annotated[str, Meta(examples=[_("Sửa mái")])]


class ShownRoom(msgspec.Struct, frozen=True):
    """A room, and when it is out of service from today on."""

    id: UUID
    name: Annotated[str, Meta(examples=[_("Hội trường lớn")])]
    seats: Annotated[int | None, Meta(description=_("Số chỗ"), examples=[200])]
    closed: Sequence[RoomClosed]


class RoomWritten(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A room's name and seats."""

    name: Annotated[str, Meta(min_length=1, max_length=100, examples=[_("Phòng họp số 2")])]
    seats: Annotated[int, Meta(ge=1, le=10_000)] | None = None


class RoomToClose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From when to when a room is out of service, both days included, and why."""

    since: Annotated[date, Meta(examples=["2026-12-01"])]
    reason: Annotated[str, Meta(min_length=1, max_length=200, examples=[_("Sửa mái")])]
    until: Annotated[date | None, Meta(description=_("Trống: đến khi có thông báo"))] = None


class TravelTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The minutes that a person needs between two places."""

    minutes: Annotated[int, Meta(ge=0, le=240, examples=[15])]


class FeedAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of what a calendar feed is wanted."""

    room_id: Annotated[UUID | None, Meta(description=_("Lịch của phòng; trống: cuộc họp của chính người gọi"))] = None


class MadeFeed(msgspec.Struct, frozen=True):
    """A new calendar feed with its secret address, which is shown this once; one that there was is dead by it."""

    id: UUID
    address: Annotated[
        str,
        Meta(
            description=_("Địa chỉ để phần mềm lịch đăng ký"),
            examples=["https://lam-son.example.vn/lich/ics/….ics"],
        ),
    ]


class ShownFeed(msgspec.Struct, frozen=True):
    """A calendar feed; its address is shown once, when it is made."""

    id: UUID
    person: PersonName
    room_id: Annotated[UUID | None, Meta(description=_("Trống: cuộc họp của chính người đó"))]
    created_at: datetime
    last_fetched_at: datetime | None
