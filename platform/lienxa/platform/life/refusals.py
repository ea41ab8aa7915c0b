"""Why the database refuses rows of an archive, in words."""

from collections.abc import Callable, Mapping

from sqlalchemy.exc import DBAPIError

from lienxa.platform.text import _

_INTEGRITY: Mapping[str, Callable[[str], str]] = {
    "23502": lambda name: _("thiếu giá trị bắt buộc ở cột {name}", name=name),
    "23503": lambda name: _("trỏ đến một dòng không có trong tệp lưu ({name})", name=name),
    "23505": lambda name: _("trùng với một dòng khác ({name})", name=name),
    "23514": lambda name: _("giá trị ngoài danh mục cho phép ({name})", name=name),
}
_DATA, _FOREIGN_ROW = "22", "42501"


def why(error: DBAPIError) -> str | None:
    """What is wrong with the rows; None if it is not the rows: a lock, a lost connection."""
    cause = getattr(error.orig, "__cause__", None)
    code = str(getattr(error.orig, "sqlstate", "") or "")
    if code in _INTEGRITY:
        name = getattr(cause, "constraint_name", None) or getattr(cause, "column_name", None) or "?"
        return _INTEGRITY[code](name)
    if code == _FOREIGN_ROW:
        return _("là dòng của một đơn vị khác")
    if code.startswith(_DATA):
        return _("có giá trị không đúng kiểu dữ liệu của cột")
    return None
