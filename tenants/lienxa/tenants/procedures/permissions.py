"""Rights of the one-stop and who has them by default."""

from lienxa.platform.module import Permission
from lienxa.platform.text import _

USE = "procedures.use"
RECEIVE = "procedures.receive"
PROCESS = "procedures.process"
RETURN = "procedures.return"
SIGN = "procedures.sign"
SEAL = "procedures.seal"
READ_ALL = "procedures.read_all"
# Not `procedures.`: whoever keeps the rules of the one-stop handles no cases by that (`Actor.elsewhere`).
RULES = "one_stop.manage"

PERMISSIONS = (
    Permission(USE, _("Mở sổ theo dõi hồ sơ một cửa"), ("counter", "specialist", "office_head", "leader", "clerk")),
    Permission(RECEIVE, _("Tiếp nhận hồ sơ một cửa"), ("counter",)),
    Permission(PROCESS, _("Giải quyết hồ sơ một cửa"), ("specialist",)),
    Permission(SIGN, _("Ký kết quả hồ sơ một cửa"), ("leader",), personal=True),
    Permission(SEAL, _("Cấp số, đóng dấu kết quả hồ sơ một cửa"), ("clerk",)),
    Permission(RETURN, _("Trả kết quả hồ sơ một cửa"), ("counter",)),
    Permission(READ_ALL, _("Xem mọi hồ sơ một cửa"), ("counter", "office_head", "leader")),
    Permission(RULES, _("Đặt quy định của Bộ phận Một cửa"), ("office_head", "leader"), at="below"),
)
