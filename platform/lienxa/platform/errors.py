"""The one tree of expected errors, and the one table from error code to HTTP status.

An operation raises an `AppError`; the web layer turns it into a Vietnamese page (people) or an RFC 9457 problem
(`/api`). Nothing of the transaction stays. Every message says what is wrong and what to do about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lienxa.platform.text import _


@dataclass(frozen=True)
class FieldError:
    """One fault of one form field: `reason` says why it is refused, `remedy` what to enter instead."""

    field: str
    reason: str
    remedy: str = ""


class AppError(Exception):
    """An expected refusal. `code` is stable and part of the API; `message` is for people, in Vietnamese."""

    code = "error"

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class InvalidInput(AppError):
    """What was entered cannot be accepted; `fields` has one entry for each faulty field."""

    code = "invalid_input"

    def __init__(self, fields: Sequence[FieldError], message: str = "") -> None:
        super().__init__(message or _("Có ô nhập chưa đúng."), remedy=_("Sửa các ô được đánh dấu rồi gửi lại."))
        self.fields = tuple(fields)

    @classmethod
    def of(cls, field: str, reason: str, remedy: str = "") -> "InvalidInput":
        """The error of a single field."""
        return cls([FieldError(field, reason, remedy)])


class NotFound(AppError):
    """It does not exist, belongs to another organ, or may not be seen: the three look alike on purpose."""

    code = "not_found"

    def __init__(self, message: str = "") -> None:
        super().__init__(
            message or _("Không tìm thấy nội dung này."), remedy=_("Kiểm tra lại đường dẫn hoặc tìm trong danh sách.")
        )


class Forbidden(AppError):
    """The person sees the thing but may not do this act."""

    code = "forbidden"


class NotAgreed(Forbidden):
    """The person is invited by this organ and has not answered: until then nothing of it is theirs to see."""

    def __init__(self, organ: str) -> None:
        super().__init__(
            _("Đồng chí chưa trả lời lời mời của {name}.", name=organ),
            remedy=_("Trả lời ở trang Lời mời, rồi làm lại."),
        )


class Conflict(AppError):
    """The state of the thing, or somebody else's work in the meantime, does not allow the act."""

    code = "conflict"


class SecretRefused(AppError):
    """State secrets are refused, never stored (Law 117/2025/QH15; NĐ 30/2020 leaves them to the paper book)."""

    code = "secret_refused"


class LoginRequired(AppError):
    """Nobody is signed in; `return_path` is where to come back to."""

    code = "login_required"

    def __init__(self, return_path: str = "/") -> None:
        super().__init__(_("Cần đăng nhập."), remedy=_("Đăng nhập rồi thử lại."))
        self.return_path = return_path


class ForgedRequest(AppError):
    """An unsafe request that did not come from this organ's own page."""

    code = "forged_request"


class TooManyRequests(AppError):
    """A limit per address, account or code was passed; `retry_after` is in seconds, 0 if it is not known."""

    code = "too_many_requests"

    def __init__(self, message: str, *, remedy: str = "", retry_after: int = 0) -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after = retry_after


class Unavailable(AppError):
    """A part that the request needs (issuer, database, organ) does not answer or is suspended."""

    code = "unavailable"


class Suspended(AppError):
    """The organ may only be read, for now or because others (`followers`) follow it: a change is refused."""

    code = "suspended"

    def __init__(self, organ: str, followers: str = "") -> None:
        if followers:
            super().__init__(
                _("{name} đã bàn giao cho {followers}: chỉ xem, tìm và in được.", name=organ, followers=followers),
                remedy=_("Chưa có gì được ghi. Làm việc này ở {followers}.", followers=followers),
            )
            return
        super().__init__(
            _("{name} đang tạm dừng: chỉ xem, tìm và in được.", name=organ),
            remedy=_("Chưa có gì được ghi. Khi đơn vị hoạt động lại thì làm lại việc này."),
        )


class Moved(AppError):
    """The organ answers at another address now; nothing is written at the old one."""

    code = "moved"

    def __init__(self, address: str) -> None:
        super().__init__(
            _("Đơn vị đã chuyển sang địa chỉ {address}.", address=address),
            remedy=_("Mở địa chỉ mới, đăng nhập lại rồi làm tiếp. Chưa có gì được ghi."),
        )
        self.address = address


class TenantNotSet(AppError):
    """Programming error: tenant data was asked for without a tenant. Alert, never show details."""

    code = "tenant_not_set"


class Unauthenticated(AppError):
    """The bearer token of a call is unknown here, has run out, or was taken back: the three look alike on purpose."""

    code = "token_refused"

    def __init__(self) -> None:
        super().__init__(
            _("Mã truy cập không dùng được ở đơn vị này."),
            remedy=_("Kiểm tra mã và địa chỉ của đơn vị, hoặc nhờ người quản trị cấp mã mới."),
        )


class Unreadable(AppError):
    """What was sent cannot be read at all: no JSON, an odd header."""

    code = "unreadable"


class KeyReused(AppError):
    """An `Idempotency-Key` came again with another request."""

    code = "key_reused"


@dataclass(frozen=True)
class Kind:
    """A kind of refusal: its HTTP status, and its title, which never changes with the case."""

    status: int
    title: str


KINDS: dict[str, Kind] = {
    "error": Kind(400, _("Yêu cầu không được chấp nhận")),
    "unreadable": Kind(400, _("Yêu cầu không đọc được")),
    "login_required": Kind(401, _("Cần đăng nhập")),
    "token_refused": Kind(401, _("Mã truy cập không dùng được")),
    "forbidden": Kind(403, _("Không có quyền")),
    "forged_request": Kind(403, _("Yêu cầu không đến từ trang của cơ quan")),
    "not_found": Kind(404, _("Không tìm thấy")),
    "method_not_allowed": Kind(405, _("Không có thao tác này")),
    "suspended": Kind(409, _("Đơn vị đang tạm dừng")),
    "moved": Kind(410, _("Đơn vị đã đổi địa chỉ")),
    "conflict": Kind(409, _("Không phù hợp với hiện trạng")),
    "too_large": Kind(413, _("Nội dung gửi lên quá lớn")),
    "invalid_input": Kind(422, _("Có ô nhập chưa đúng")),
    "secret_refused": Kind(422, _("Không nhận bí mật nhà nước")),
    "key_reused": Kind(422, _("Khóa chống lặp đã dùng cho yêu cầu khác")),
    "too_many_requests": Kind(429, _("Quá nhiều yêu cầu")),
    "tenant_not_set": Kind(500, _("Lỗi ngoài dự kiến")),
    "internal": Kind(500, _("Lỗi ngoài dự kiến")),
    "unavailable": Kind(503, _("Tạm thời không phục vụ")),
}


def status_of(error: AppError) -> int:
    """HTTP status of an error."""
    return KINDS[error.code].status
