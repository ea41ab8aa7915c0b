"""Rights of this module and the roles that have them to begin with."""

from lienxa.platform.module import Permission
from lienxa.platform.text import _

READ = "meetings.read"
PROPOSE = "meetings.propose"
BOOK = "meetings.book"
PUBLISH = "meetings.publish"
# Not `meetings.`: whoever keeps rooms or feeds takes part in no body's meetings by that (`Actor.elsewhere`).
ROOMS = "rooms.manage"
FEEDS = "feeds.manage"

PERMISSIONS = (
    Permission(
        READ,
        _("Xem lịch họp của cơ quan mình"),
        ("clerk", "office_head", "leader", "specialist", "counter"),
        in_body=True,
    ),
    Permission(PROPOSE, _("Đề xuất cuộc họp"), ("clerk", "office_head", "leader", "specialist"), in_body=True),
    Permission(BOOK, _("Duyệt đề xuất, xếp lịch và phòng họp"), ("clerk", "office_head"), in_body=True),
    Permission(PUBLISH, _("Phát hành lịch công tác tuần"), ("clerk", "office_head")),
    Permission(ROOMS, _("Quản lý phòng họp"), ("administrator", "office_head"), at="below"),
    Permission(FEEDS, _("Xem và bỏ địa chỉ lịch trên điện thoại của cán bộ"), ("administrator",), personal=True),
)
