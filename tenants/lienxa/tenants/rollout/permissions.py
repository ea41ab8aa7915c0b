"""Rights of this module and the roles that have them to begin with."""

from lienxa.platform.module import Permission
from lienxa.platform.text import _

READ = "rollout.read"
MANAGE = "rollout.manage"

PERMISSIONS = (
    Permission(READ, _("Xem tổng hợp và tiến độ hợp nhất"), ("watcher", "administrator")),
    Permission(MANAGE, _("Cập nhật tiến độ hợp nhất"), ("watcher", "administrator")),
)
