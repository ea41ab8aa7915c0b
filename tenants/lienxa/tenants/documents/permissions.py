"""Rights of this module and the roles that have them to begin with."""

from lienxa.platform.module import Permission
from lienxa.platform.text import _

READ = "documents.read"
REGISTER = "documents.register"
DIRECT = "documents.direct"
HANDLE = "documents.handle"
SIGN = "documents.sign"
NUMBER = "documents.number"
ISSUE = "documents.issue"

PERMISSIONS = (
    Permission(READ, _("Xem sổ văn bản của cơ quan mình"), ("clerk", "office_head", "leader")),
    Permission(REGISTER, _("Vào sổ văn bản đến"), ("clerk", "office_head")),
    Permission(DIRECT, _("Cho ý kiến chỉ đạo văn bản đến"), ("leader",)),
    Permission(
        HANDLE,
        _("Xử lý văn bản được giao, soạn dự thảo"),
        ("clerk", "office_head", "leader", "specialist", "counter"),
    ),
    Permission(SIGN, _("Ký duyệt văn bản đi"), ("leader",)),
    Permission(NUMBER, _("Cấp số văn bản đi"), ("clerk",)),
    Permission(ISSUE, _("Phát hành văn bản đi"), ("clerk",)),
)
