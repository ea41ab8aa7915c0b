"""Rights of this module and the roles that have them to begin with."""

from lienxa.platform.module import Permission
from lienxa.platform.text import _

READ = "documents.read"
REGISTER = "documents.register"
PROPOSE = "documents.propose"
DIRECT = "documents.direct"
HANDLE = "documents.handle"
CHECK_CONTENT = "documents.check_content"
CHECK_FORM = "documents.check_form"
SIGN = "documents.sign"
NUMBER = "documents.number"
ISSUE = "documents.issue"
STRIKE = "documents.strike"
# Not `documents.`: who only keeps the series of the office takes part in no paper (`Actor.elsewhere`).
CONFIGURE = "series.configure"

PERMISSIONS = (
    Permission(READ, _("Xem sổ văn bản của cơ quan mình"), ("clerk", "office_head", "leader"), in_body=True),
    Permission(REGISTER, _("Vào sổ, chuyển giao văn bản đến"), ("clerk", "office_head"), in_body=True),
    Permission(PROPOSE, _("Đề xuất xử lý văn bản đến"), ("office_head",), in_body=True),
    Permission(DIRECT, _("Cho ý kiến chỉ đạo văn bản đến"), ("leader",), personal=True),
    Permission(
        HANDLE,
        _("Xử lý văn bản được giao, soạn dự thảo"),
        ("clerk", "office_head", "leader", "specialist", "counter"),
        in_body=True,
    ),
    Permission(CHECK_CONTENT, _("Kiểm tra nội dung, thẩm định dự thảo"), ("office_head", "leader"), personal=True),
    Permission(CHECK_FORM, _("Kiểm tra thể thức dự thảo"), ("clerk", "office_head"), personal=True),
    Permission(SIGN, _("Ký duyệt văn bản đi"), ("leader",), personal=True),
    Permission(NUMBER, _("Cấp số văn bản đi"), ("clerk",), in_body=True),
    Permission(ISSUE, _("Phát hành văn bản đi"), ("clerk",), in_body=True),
    Permission(STRIKE, _("Gạch số đã vào sổ nhầm"), ("clerk", "office_head"), in_body=True),
    Permission(CONFIGURE, _("Mở sổ, đặt số bắt đầu, khai nhiệm kỳ và đại hội"), ("administrator",), at="below"),
)
