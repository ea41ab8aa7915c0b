"""What the trail of a case says, in words."""

from collections.abc import Mapping

from lienxa.platform.access import grants
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.succession import passages
from lienxa.platform.text import _
from lienxa.platform.web.page import TimelineLine
from lienxa.tenants.procedures import repository, rules
from lienxa.tenants.procedures.models import Case, CaseEarlierStep

_TOLD: Mapping[str, str] = {**grants.TOLD, **passages.TOLD}


async def steps_of(session: TenantSession, case: Case) -> list[tuple[str, TimelineLine]]:
    """What was done to a case, oldest first, in the organs before as well: each act with its line."""
    earlier = await repository.earlier_steps(session, [case.id]) if case.receipt_code else ()
    return [*((step.action, _told_earlier(step)) for step in earlier)] + [
        (event.action, told(event)) for event in await timeline(session, case.id)
    ]


def _told_earlier(step: CaseEarlierStep) -> TimelineLine:
    return TimelineLine(step.at, step.name, step.post, step.text)


def told(event: AuditEvent) -> TimelineLine:
    """An act on a case, as its timeline tells it."""
    return TimelineLine(event.at, event.staff_name, event.post_title, _event_text(event))


def _event_text(event: AuditEvent) -> str:
    detail = event.detail
    outcome = rules.outcome_title(detail["outcome"]).lower() if detail.get("outcome") else ""
    if event.action in _TOLD:
        return _TOLD[event.action].format(**detail)
    texts = {
        "procedures.receive": lambda: _("Tiếp nhận hồ sơ {code}", code=detail["code"]),
        "procedures.hand_over": lambda: _("Chuyển cho {handler} giải quyết", handler=detail["handler"]),
        "procedures.give": lambda: (
            _("Bàn giao cho {to} ký", to=detail["to"])
            if detail["as"] == "signer"
            else _("Bàn giao cho {to} giải quyết", to=detail["to"])
        ),
        "procedures.ask_supplement": lambda: (
            _("Yêu cầu bổ sung giấy tờ (chậm so với quy định)") if detail.get("late") else _("Yêu cầu bổ sung giấy tờ")
        ),
        "procedures.supply": lambda: _("Nhận giấy tờ bổ sung, hạn trả mới {day}", day=detail["due_on"]),
        "procedures.follow_calendar": lambda: _(
            "Lịch ngày làm việc thay đổi: hạn trả {before} chuyển thành {day}",
            before=detail["before"],
            day=detail["due_on"],
        ),
        "procedures.finish": lambda: _("Có kết quả, {outcome}", outcome=outcome),  # recorded before results were sealed
        "procedures.draft_result": lambda: _("Trình {signer} ký kết quả", signer=detail["signer"]),
        "procedures.sign": lambda: _("Ký kết quả"),
        "procedures.return_draft": lambda: _("Trả lại dự thảo kết quả"),
        "procedures.seal": lambda: (
            _("Cấp số {number}, đóng dấu, chuyển về quầy: {outcome}", number=detail["number"], outcome=outcome)
            if detail["number"]
            else _("Đóng dấu, chuyển về quầy: {outcome}", outcome=outcome)
        ),
        "procedures.apologise": lambda: (
            _("Xin lỗi (chậm so với quy định), hẹn lại {day}", day=detail["due_on"])
            if detail["late"]
            else _("Xin lỗi, hẹn lại {day}", day=detail["due_on"])
        ),
        "procedures.hand_back": lambda: _("Trả kết quả"),
        "procedures.refuse": lambda: _("Từ chối giải quyết"),
        "procedures.withdraw": lambda: _("Ghi nhận công dân rút hồ sơ"),
        "procedures.stop": lambda: _("Dừng giải quyết"),
    }
    told = texts[event.action]()
    if not detail.get("receiver"):
        return told
    return _("{told}; {receiver} cũng là người tiếp nhận", told=told, receiver=detail["receiver"])
