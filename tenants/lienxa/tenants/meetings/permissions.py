"""Rights of this module and the roles that have them to begin with."""

from lienxa.platform.module import Permission
from lienxa.platform.text import _

READ = "meetings.read"
PROPOSE = "meetings.propose"
BOOK = "meetings.book"

PERMISSIONS = (
    Permission(READ, _("Xem lịch họp của cơ quan mình"), ("clerk", "office_head", "leader", "specialist", "counter")),
    Permission(PROPOSE, _("Đề xuất cuộc họp"), ("clerk", "office_head", "leader", "specialist")),
    Permission(BOOK, _("Xếp lịch và phòng họp"), ("clerk", "office_head")),
)
