"""The certificate of an organ's end: what was erased, how much, when, who decided, and the end of its audit chain."""

from datetime import datetime
from pathlib import Path
from typing import Any

from lienxa.platform import clock
from lienxa.platform.life.models import Erasure
from lienxa.platform.print.papers import typeset
from lienxa.platform.text import _

_TEMPLATE = Path(__file__).parent / "certificate.typ"


def made(erasure: Erasure) -> bytes:
    """The PDF; for workers, never for the web."""
    assert erasure.ended_at is not None
    return typeset(_TEMPLATE, _shown(erasure, erasure.ended_at), int(erasure.ended_at.timestamp()))


def head_in_words(erasure: Erasure) -> str:
    """The end of the chain: its number and the whole mac."""
    mac = (erasure.head_mac or b"").hex()
    return _("dấu niêm nhật ký cuối: số {number}, {mac}", number=erasure.head_number, mac=mac)


def _shown(erasure: Erasure, ended_at: datetime) -> dict[str, Any]:
    legal = clock.legal(ended_at)
    return {
        "title": _("Chứng nhận xóa dữ liệu"),
        "day": _("Ngày {day:%d} tháng {day:%m} năm {day:%Y}", day=legal),
        "facts": [
            [_("Đơn vị"), erasure.name],
            [_("Tên miền"), erasure.slug],
            [_("Địa chỉ"), erasure.host],
            [_("Mã đơn vị"), str(erasure.tenant_id)],
            [_("Người quyết định"), erasure.operator],
            [_("Quyết định lúc"), _moment(erasure.asked_at)],
            [_("Lý do"), erasure.reason],
            [_("Hết thời gian chờ"), _moment(erasure.due_at)],
            [_("Xóa xong lúc"), _moment(ended_at)],
            [_("Số dòng dữ liệu đã xóa"), _grouped(erasure.erased)],
            [
                _("Số tệp đã xóa"),
                _("{files} ({size} byte)", files=_grouped(erasure.files), size=_grouped(erasure.file_bytes)),
            ],
            [_("Số tài khoản đã xóa, cả ở máy chủ đăng nhập"), _grouped(erasure.accounts)],
            [
                _("Số tài khoản giữ lại, của người còn làm việc ở đơn vị khác hoặc vận hành hệ thống"),
                _grouped(erasure.accounts_kept or 0),
            ],
            [_("Dấu niêm nhật ký cuối"), str(erasure.head_number)],
        ],
        "mac": (erasure.head_mac or b"").hex(),
        "heads": [_("Bảng"), _("Số dòng")],
        "rows": [[table, _grouped(count)] for table, count in sorted(erasure.rows.items())],
        "note": _(
            "Tệp lưu đã xuất trước khi xóa, nếu có, do người vận hành giữ và không thuộc phạm vi chứng nhận này."
        ),
    }


def _moment(instant: datetime) -> str:
    return f"{clock.legal(instant):%d/%m/%Y %H:%M}"


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", ".")
