"""Meetings: rooms, proposals, the weekly calendar."""

from lienxa.platform.module import EventType, Module, NavigationItem, OpenWork, Shareable
from lienxa.platform.text import _
from lienxa.tenants.meetings import operations, pages, repository, rest
from lienxa.tenants.meetings.demo import demo
from lienxa.tenants.meetings.figures import FIGURES
from lienxa.tenants.meetings.operations import provision
from lienxa.tenants.meetings.permissions import PERMISSIONS
from lienxa.tenants.meetings.readiness import readiness
from lienxa.tenants.meetings.succession import SUCCESSION

module = Module(
    name="meetings",
    title=_("Lịch công tác"),
    routes=[
        pages.week.WeekController,
        pages.meeting.MeetingController,
        pages.rooms.RoomController,
        pages.feeds.FeedController,
        pages.feeds.FeedPageController,
        pages.feeds.FeedsOfAllController,
    ],
    rest=[rest.WeekOfMeetingsController, rest.MeetingsController, rest.RoomsController, rest.FeedsController],
    permissions=PERMISSIONS,
    navigation=[NavigationItem(_("Lịch công tác"), "/lich", "calendar", order=40, key="l")],
    figures=FIGURES,
    work_items=pages.home.work_items,
    search=pages.home.search,
    shareable=[Shareable("meeting", pages.home.shared, repository.SIGHT, _("Cuộc họp"))],
    succession=SUCCESSION,
    open_work=[
        OpenWork("meetings.chaired", _("Cuộc họp sẽ chủ trì"), operations.chaired_by, operations.give_chaired),
        OpenWork("meetings.prepared", _("Cuộc họp đang chuẩn bị"), operations.prepared_by, operations.give_prepared),
        OpenWork("meetings.attended", _("Cuộc họp sẽ dự"), operations.attended_by, operations.give_attended),
    ],
    provision=provision,
    provides=_("Phòng họp và lịch công tác"),
    demo=demo,
    events=[
        EventType("meetings.proposed", _("Cuộc họp được đề nghị")),
        EventType("meetings.booked", _("Cuộc họp được xếp lịch")),
        EventType("meetings.changed", _("Cuộc họp thay đổi")),
        EventType("meetings.cancelled", _("Cuộc họp bị hủy hoặc không được chấp nhận")),
        EventType("meetings.week_published", _("Lịch công tác tuần được phát hành")),
    ],
    readiness=readiness,
    restored=operations.close_all_feeds,
)
