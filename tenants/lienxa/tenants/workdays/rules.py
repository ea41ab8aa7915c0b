"""Which days a change touches. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta

from lienxa.platform.errors import InvalidInput
from lienxa.platform.text import _
from lienxa.platform.workdays import Calendar, Change
from lienxa.tenants.workdays.schemas import AddDays

LONGEST = timedelta(days=366)
_SATURDAY = 5


def kind_title(kind: str) -> str:
    """The kind of a change as people read it."""
    titles = {
        "day_off": _("Nghỉ"),
        "working_day": _("Làm bù cả ngày"),
        "morning": _("Một cửa làm việc buổi sáng"),
    }
    return titles[kind]


def changes_of(command: AddDays, calendar: Calendar, changed: Mapping[date, str]) -> list[Change]:
    """The changes that the command makes in that calendar; `changed` are the days that are changed already.

    A day off must be a working day, and the others a day on which nobody works; a morning within several days means
    their Saturdays. Other days of the range are passed over. `InvalidInput` names what is wrong with the range.
    """
    if command.last < command.first:
        raise InvalidInput.of("last", _("Ngày cuối trước ngày đầu."), _("Nhập lại ngày cuối."))
    if command.last - command.first >= LONGEST:
        raise InvalidInput.of("last", _("Khoảng ngày dài hơn một năm."), _("Ghi từng năm một."))
    if not (calendar.first <= command.first and command.last <= calendar.last):
        raise InvalidInput.of(
            "first",
            _("Chưa có lịch của năm {year}.", year=command.last.year),
            _("Chọn ngày từ {first} đến {last}.", first=calendar.first.year, last=calendar.last.year),
        )
    days = [command.first + timedelta(days=step) for step in range((command.last - command.first).days + 1)]
    fitting = [day for day in days if _fits(command, day, calendar)]
    if not fitting:
        raise InvalidInput.of("first", _nothing_fits(command.kind), _("Chọn ngày khác."))
    known = [day for day in fitting if day in changed]
    if known:
        by_whom = _("cấp trên") if changed[known[0]] == "above" else _("đơn vị")
        raise InvalidInput.of(
            "first",
            _("Ngày {day} đã được {who} thay đổi.", day=f"{known[0]:%d/%m/%Y}", who=by_whom),
            _("Chọn ngày khác, hoặc bỏ thay đổi cũ trước."),
        )
    return [Change(day, command.kind, command.name) for day in fitting]


def _fits(command: AddDays, day: date, calendar: Calendar) -> bool:
    works = calendar.is_working_day(day)
    if command.kind == "day_off":
        return works
    if command.kind == "morning" and command.first != command.last:
        return not works and day.weekday() == _SATURDAY
    return not works


def _nothing_fits(kind: str) -> str:
    if kind == "day_off":
        return _("Những ngày này vốn không làm việc.")
    return _("Không có ngày nghỉ nào trong khoảng này để làm việc.")
