"""What the framework finds wrong in what a call sent, told as our own faults are: field, reason, remedy.

msgspec words a fault in English and by a fixed pattern (`Expected `str` of length <= 500`); each pattern is put into a
sentence of the catalogue here. One that is not known gets the common sentence, never the English one.
"""

import re
from collections.abc import Callable, Mapping

from lienxa.platform.errors import FieldError
from lienxa.platform.text import _

SEE_THE_DOCUMENT = _("Xem kiểu và giới hạn của trường này ở /api/v1.")

_KINDS: Mapping[str, str] = {
    "str": _("chuỗi ký tự"),
    "int": _("số nguyên"),
    "float": _("số"),
    "bool": _("true hoặc false"),
    "array": _("danh sách"),
    "object": _("đối tượng JSON"),
    "null": _("null"),
    "uuid": _("mã UUID"),
    "date": _("ngày"),
    "datetime": _("thời điểm"),
    "time": _("giờ"),
}
_BOUNDS: Mapping[str, str] = {
    ">=": _("từ {bound} trở lên"),
    "<=": _("không quá {bound}"),
    ">": _("lớn hơn {bound}"),
    "<": _("nhỏ hơn {bound}"),
}
_FORMS: Mapping[str, tuple[str, str]] = {
    "UUID": (_("Không phải là mã UUID."), _("Gửi mã đã nhận từ API, dạng 0193f8a2-7c11-7d3e-8f00-5b1d2c3a4e5f.")),
    "RFC3339 encoded date": (_("Không phải là ngày."), _("Viết ngày theo dạng năm-tháng-ngày: 2026-11-24.")),
    "RFC3339 encoded datetime": (
        _("Không phải là thời điểm."),
        _("Viết ngày, giờ và múi giờ: 2026-11-24T08:30:00+07:00."),
    ),
    "RFC3339 encoded time": (_("Không phải là giờ."), _("Viết giờ theo dạng 08:30:00.")),
}


def fault(field: str, message: str) -> FieldError:
    """What is wrong with `field` (empty: the body) of which msgspec said `message`."""
    for pattern, told in _PATTERNS:
        if found := pattern.fullmatch(message):
            return told(field, found)
    return FieldError(field or "body", _("Giá trị không đúng."), SEE_THE_DOCUMENT)


def _missing(field: str, found: re.Match[str]) -> FieldError:
    return FieldError(_within(field, found["name"]), _("Thiếu trường này."), _("Gửi kèm trường này."))


def _unknown(field: str, found: re.Match[str]) -> FieldError:
    remedy = _("Bỏ trường này, hoặc xem lại tên ở /api/v1.")
    return FieldError(_within(field, found["name"]), _("Không có trường này."), remedy)


def _length(field: str, found: re.Match[str]) -> FieldError:
    bound = _bound(found)
    if found["kind"] == "array":
        return FieldError(field, _("Số mục không đúng."), _("Gửi danh sách có {bound} mục.", bound=bound))
    return FieldError(field, _("Độ dài không đúng."), _("Gửi chuỗi có {bound} ký tự.", bound=bound))


def _range(field: str, found: re.Match[str]) -> FieldError:
    return FieldError(field, _("Số nằm ngoài giới hạn."), _("Gửi số {bound}.", bound=_bound(found)))


def _kind(field: str, found: re.Match[str]) -> FieldError:
    expected = _(" hoặc ").join(_KINDS.get(kind, kind) for kind in found["kind"].split(" | "))
    got = _KINDS.get(found["got"], found["got"])
    reason = _("Cần {expected}, nhận được {got}.", expected=expected, got=got)
    return FieldError(field or "body", reason, SEE_THE_DOCUMENT)


def _choice(field: str, found: re.Match[str]) -> FieldError:
    reason = _("“{value}” không có trong danh sách.", value=found["value"])
    return FieldError(field, reason, _("Chọn một trong các giá trị ghi ở /api/v1."))


def _form(field: str, found: re.Match[str]) -> FieldError:
    return FieldError(field, *_FORMS[found["form"]])


def _absent(_field: str, _found: re.Match[str]) -> FieldError:
    return FieldError("body", _("Thiếu nội dung gửi lên."), SEE_THE_DOCUMENT)


def _bound(found: re.Match[str]) -> str:
    return _BOUNDS[found["sign"]].format(bound=found["bound"].removesuffix(".0"))


def _within(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[str, re.Match[str]], FieldError]], ...] = (
    (re.compile(r"Object missing required field `(?P<name>.+)`"), _missing),
    (re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL), _unknown),
    (re.compile(r"Expected `(?P<kind>\w+)` of length (?P<sign>[<>]=?) (?P<bound>\d+)"), _length),
    (re.compile(r"Expected `(?:int|float)` (?P<sign>[<>]=?) (?P<bound>-?[\d.]+)"), _range),
    (re.compile(r"Expected `(?P<kind>[\w |]+)`, got `(?P<got>\w+)`"), _kind),
    (re.compile(r"Invalid enum value '?(?P<value>.*?)'?", re.DOTALL), _choice),
    (re.compile(f"Invalid (?P<form>{'|'.join(_FORMS)})"), _form),
    (re.compile(r"'data'"), _absent),
)
