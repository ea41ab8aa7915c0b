"""Rights of this module and the roles that have them to begin with."""

from lienxa.platform.access.delegations import DELEGATE, SUBSTITUTE
from lienxa.platform.access.grants import GRANT
from lienxa.platform.module import Permission
from lienxa.platform.text import _

ADMINISTRATE = "office.administrate"
HAND_OVER = "office.hand_over"

PERMISSIONS = (
    Permission(
        ADMINISTRATE,
        _("Quản trị: cơ quan, bộ phận, chức vụ, cán bộ, sổ"),
        ("administrator",),
        personal=True,
        lendable=False,
    ),
    Permission(
        HAND_OVER,
        _("Lập biên bản bàn giao công việc của người nghỉ, chuyển công tác"),
        ("administrator", "office_head", "director"),
        personal=True,
    ),
    Permission(
        GRANT,
        _("Cho người khác xem văn bản, cuộc họp, hồ sơ mà mình được xem"),
        ("leader", "office_head"),
        personal=True,
        lendable=False,
    ),
    Permission(
        DELEGATE,
        _("Ủy quyền cho người khác làm việc của mình có thời hạn"),
        ("leader", "director"),
        personal=True,
        lendable=False,
    ),
    Permission(
        SUBSTITUTE,
        _("Phân công người thay thế cán bộ vắng mặt"),
        ("leader", "office_head", "director"),
        personal=True,
        lendable=False,
    ),
)
