"""What the trail of a meeting says in words."""

from lienxa.platform.access import grants
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.text import _
from lienxa.platform.web.page import TimelineLine
from lienxa.tenants.meetings import rules


def told(event: AuditEvent) -> TimelineLine:
    """An act on a meeting, in words."""
    if event.action in grants.TOLD:
        return TimelineLine(
            event.at, event.staff_name, event.post_title, grants.TOLD[event.action].format(**event.detail)
        )
    known = {**dict.fromkeys(("slot", "where", "before", "reason", "clash", "why"), ""), **event.detail}
    text = {
        "meetings.propose": _("Đề xuất họp {slot} tại {where}", **known),
        "meetings.book": _("Xếp lịch {slot} tại {where}", **known),
        "meetings.send_back": _("Đề nghị sửa: {reason}", **known),
        "meetings.refuse": _("Không chấp nhận: {reason}", **known),
        "meetings.revise": _("Sửa thành {slot} tại {where}", **known),
        "meetings.move": _("Chuyển từ {before} sang {slot} tại {where}", **known),
        "meetings.cancel": _("Hủy: {reason}", **known),
        "meetings.give": rules.given_text(str(known.get("as", "")), str(known.get("to", ""))),
        "meetings.hold": _("Ghi nhận đã diễn ra"),
    }[event.action]
    if known["clash"]:
        text += " " + _("(trùng lịch của {clash}; vẫn xếp vì: {why})", **known)
    return TimelineLine(event.at, event.staff_name, event.post_title, text)
