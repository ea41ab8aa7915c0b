"""What the trail of a meeting says in words."""

from collections.abc import Mapping

from lienxa.platform.access import grants
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.succession import passages
from lienxa.platform.text import _
from lienxa.platform.web.page import TimelineLine
from lienxa.tenants.meetings import rules

_TOLD: Mapping[str, str] = {
    **grants.TOLD,
    **passages.TOLD,
    "meetings.clash": _("Trùng lịch của {clash} với cuộc họp {slot}: {why}."),
}


def told(event: AuditEvent) -> TimelineLine:
    """An act on a meeting, in words."""
    if event.action in _TOLD:
        return TimelineLine(event.at, event.staff_name, event.post_title, _TOLD[event.action].format(**event.detail))
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
