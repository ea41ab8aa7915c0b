"""Rights over the calendar and who has them by default."""

from lienxa.platform.module import Permission
from lienxa.platform.text import _

MANAGE = "workdays.manage"

PERMISSIONS = (Permission(MANAGE, _("Sửa lịch ngày làm việc của đơn vị"), ("administrator", "watcher")),)
