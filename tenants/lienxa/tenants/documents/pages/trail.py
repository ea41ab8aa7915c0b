"""What the trail of a document says in words."""

from collections.abc import Mapping
from typing import Any

from lienxa.platform.access import grants
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.succession import passages
from lienxa.platform.text import _
from lienxa.platform.web.page import TimelineLine
from lienxa.tenants.documents import rules

# What the trail says in words; the places are filled from the detail of the event.
TOLD: Mapping[str, str] = {
    "documents.register": _("Vào sổ, số đến {number}."),
    "documents.correct": _("Sửa {field}: “{before}” thành “{after}”. {reason}"),
    "documents.propose": _("Đề xuất giao {lead} chủ trì. {text}"),
    "documents.route": _("Chuyển thẳng {lead} theo quy chế làm việc. {text}"),
    "documents.direct": _("Giao {lead} chủ trì xử lý. {text}"),
    "documents.hand_over": _("Chuyển giao cho {receivers}."),
    "documents.give": "{text}",
    "documents.acknowledge": _("{receiver} ký nhận."),
    "documents.answer": _("Soạn văn bản trả lời."),
    "documents.settle": _("Đã trả lời bằng văn bản {number}."),
    "documents.complete": _("Xử lý xong. {note}"),
    "documents.draft": _("Lập dự thảo."),
    "documents.revise": _("Sửa dự thảo."),
    "documents.attach": _("Thêm tệp {name}. {reason}"),
    "documents.attach_signed": _("Thêm bản đã ký, đóng dấu: {name}."),
    "documents.detach": _("Bỏ tệp {name}. {reason}"),
    "documents.submit": _("Trình dự thảo."),
    "documents.withdraw": _("Rút lại để sửa."),
    "documents.discard": _("Bỏ dự thảo: {reason}"),
    "documents.answer_discarded": _("Dự thảo trả lời đã bỏ, tiếp tục xử lý."),
    "documents.answer_struck": _("Văn bản trả lời {number} đã gạch sổ, tiếp tục xử lý."),
    "documents.check_content": _("Kiểm tra nội dung: đạt."),
    "documents.check_form": _("Kiểm tra thể thức: đạt."),
    "documents.return": _("Trả lại để sửa: {reason}"),
    "documents.return_signed": _("Trả lại khi đã ký, chưa cấp số: {reason}"),
    "documents.sign": _("Ký duyệt."),
    "documents.give_number": _("Cấp số {number}."),
    "documents.issue": _("Phát hành {number}."),
    "documents.note": _("Ghi sổ: số bản, nơi lưu, ghi chú. {reason}"),
    "documents.strike": _("Gạch số {number}: {reason}"),
    "documents.enter_signed": _("Vào sổ kết quả hồ sơ một cửa, số {number}."),
    **grants.TOLD,
    **passages.TOLD,
}


class _Missing(dict[str, Any]):
    """What an event does not tell is left out of its sentence."""

    def __missing__(self, _key: str) -> str:
        return ""


def told(event: AuditEvent) -> TimelineLine:
    detail = _Missing(event.detail)
    if "field" in detail:
        detail["field"] = rules.ENTRY_FIELDS[detail["field"]]
    sentence = TOLD[event.action].format_map(detail).strip()
    if detail.get("alone"):
        sentence += " " + _("Người soạn tự kiểm tra vì không có người khác được giao việc này.")
    return TimelineLine(event.at, event.staff_name, event.post_title, sentence)
