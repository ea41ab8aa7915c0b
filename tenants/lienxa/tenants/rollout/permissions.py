"""Rights of this module and the roles that have them to begin with."""

from lienxa.platform.module import Permission
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _

READ = "rollout.read"
MANAGE = "rollout.manage"
CLOSE = "rollout.close"
MONTHS = "rollout.months"
REPORT = "rollout.report"
CLOSE_REPORT = "rollout.close_report"

PERMISSIONS = (
    Permission(READ, _("Xem tổng hợp và tiến độ hợp nhất"), ("watcher", "director", "administrator"), at="parent"),
    Permission(MANAGE, _("Cập nhật tiến độ hợp nhất"), ("watcher", "administrator"), at="parent"),
    Permission(CLOSE, _("Chốt số liệu của các đơn vị, mở lại kỳ đã chốt"), ("director",), personal=True, at="parent"),
    Permission(MONTHS, _("Đặt ngày chốt số liệu hằng tháng"), ("administrator",), personal=True, at="parent"),
    Permission(REPORT, _("Xem báo cáo của đơn vị"), ("office_head", "leader"), at="below"),
    Permission(
        CLOSE_REPORT,
        _("Chốt báo cáo của đơn vị, mở lại kỳ đã chốt"),
        ("office_head", "leader"),
        personal=True,
        at="below",
    ),
)


def reads_reports(organ: Organ) -> str:
    """The right to see what an organ reports: a parent on those below it, any other on itself."""
    return READ if organ.is_parent else REPORT


def closes(organ: Organ) -> str:
    """The right to close what an organ reports."""
    return CLOSE if organ.is_parent else CLOSE_REPORT
