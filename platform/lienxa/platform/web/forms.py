"""Reading what people typed: every field is checked, every fault is named, nothing typed is lost."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from litestar.datastructures import FormMultiDict, UploadFile

from lienxa.platform import clock
from lienxa.platform.errors import FieldError, InvalidInput
from lienxa.platform.text import _, fold
from lienxa.platform.workdays import Calendar, national_calendar

# Beyond these no office writes a day, and calendars and weeks leave what a date can be.
_YEARS = range(1900, 2200)
_DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_TIME = re.compile(r"(\d{1,2})(?:[:hHgG](\d{2})?)?")
_WORKING_DAYS_AHEAD = re.compile(r"\+(\d{1,3})")
# The calendar of the organ at whose page something was typed; without one the national calendar counts.
_calendar: ContextVar[Calendar | None] = ContextVar("calendar_of_the_organ", default=None)


@dataclass(frozen=True)
class Upload:
    """A file as it came: its name is only a label."""

    name: str
    content: bytes


def counts_working_days(typed: object) -> bool:
    """Whether it is a number of working days from today (`+5`), which needs the calendar of the organ."""
    return isinstance(typed, str) and _WORKING_DAYS_AHEAD.fullmatch(typed.strip()) is not None


def count_by(calendar: Calendar | None) -> None:
    """Let what is typed into the present request count working days by this calendar; the gate says so."""
    _calendar.set(calendar)


def parse_day(typed: str) -> date | None:
    """The day that was typed: `dd/mm/yyyy`, `hôm nay`, `ngày mai` or `+5`; else None, and so with a year of no paper.

    `+5` counts working days from today by the calendar of the organ whose page it is (`count_by`).
    """
    words = fold(typed).strip()
    if words in ("hom nay", "nay"):
        return clock.today()
    if words in ("ngay mai", "mai"):
        return clock.today() + timedelta(days=1)
    if ahead := _WORKING_DAYS_AHEAD.fullmatch(words):
        return (_calendar.get() or national_calendar()).add_working_days(clock.today(), int(ahead[1]))
    if not (parts := _DAY.fullmatch(words)):
        return None
    try:
        found = date(int(parts[3]), int(parts[2]), int(parts[1]))
    except ValueError:
        return None
    return found if found.year in _YEARS else None


def odd_day(typed: str) -> tuple[str, str]:
    """Why `parse_day` found none, and what to enter instead."""
    return (
        _("“{typed}” không phải là ngày.", typed=typed),
        _("Nhập dạng ngày/tháng/năm, năm từ {first} đến {last}.", first=_YEARS[0], last=_YEARS[-1]),
    )


def parse_time(typed: str) -> time | None:
    """The time of day that was typed: `7:30`, `7h30`, `14h`, `14`; else None."""
    if not (parts := _TIME.fullmatch(typed.strip())):
        return None
    try:
        return time(int(parts[1]), int(parts[2] or 0))
    except ValueError:
        return None


class FormReader:
    """Reads one sent form. Each method returns the value (or a stand-in after a fault) and notes the fault.

    Call `check()` after the last field: it raises `InvalidInput` with all faults at once. `values` is what was
    typed, by field, to show the form again; a repeated field is a list.
    """

    def __init__(self, form: FormMultiDict | Mapping[str, Any]) -> None:
        self._form = form
        self._faults: list[FieldError] = []
        self.values: dict[str, Any] = {}

    def text(self, field: str, label: str, *, required: bool = False, max: int = 500) -> str:
        """A text in NFC form with single spaces at its ends removed."""
        typed = self._typed(field)
        if required and not typed:
            self._fault(field, _("Chưa nhập {label}.", label=label.lower()))
        elif len(typed) > max:
            self._fault(
                field,
                _("{label} dài {length} ký tự, quá {max}.", label=label, length=len(typed), max=max),
                _("Rút gọn lại."),
            )
        return typed

    def day(self, field: str, label: str, *, required: bool = False) -> date | None:
        """A day; see `parse_day` for what may be typed."""
        typed = self._typed(field)
        if not typed:
            self._missing(field, label, required=required, typed=True)
            return None
        found = parse_day(typed)
        if found is None:
            self._fault(field, *odd_day(typed))
        return found

    def time_of_day(self, field: str, label: str, *, required: bool = False) -> time | None:
        """A time of day; see `parse_time` for what may be typed."""
        typed = self._typed(field)
        if not typed:
            self._missing(field, label, required=required, typed=True)
            return None
        found = parse_time(typed)
        if found is None:
            self._fault(field, _("“{typed}” không phải là giờ.", typed=typed), _("Nhập dạng giờ:phút, ví dụ 7:30."))
        return found

    def integer(
        self,
        field: str,
        label: str,
        *,
        required: bool = False,
        min: int = 0,
        max: int = 1_000_000_000,
    ) -> int | None:
        """A whole number within bounds; points between thousands are understood."""
        typed = self._typed(field)
        if not typed:
            self._missing(field, label, required=required, typed=True)
            return None
        digits = typed.replace(".", "").replace(" ", "")
        if not digits.isascii() or not digits.isdigit() or not min <= int(digits) <= max:
            self._fault(
                field,
                _("“{typed}” không phải là số hợp lệ.", typed=typed),
                _("Nhập số nguyên từ {min} đến {max}.", min=min, max=max),
            )
            return None
        return int(digits)

    def choice(self, field: str, label: str, options: Collection[str], *, required: bool = True) -> str:
        """One of the offered values; empty if nothing was chosen and nothing is required."""
        typed = self._typed(field)
        if not typed:
            self._missing(field, label, required=required)
        elif typed not in options:
            self._fault(field, _("{label} không có trong danh sách.", label=label), _("Chọn lại trong danh sách."))
        return typed if typed in options else ""

    def uuid(self, field: str, label: str, *, required: bool = False) -> UUID | None:
        """An identifier chosen from a list."""
        typed = self._typed(field)
        if not typed:
            self._missing(field, label, required=required)
            return None
        return self._as_uuid(field, label, typed)

    def uuids(self, field: str, label: str) -> list[UUID]:
        """All identifiers that were ticked under this name, without repeats."""
        typed = [value for value in self._all(field) if value]
        self.values[field] = typed
        found = [self._as_uuid(field, label, value) for value in typed]
        return list(dict.fromkeys(value for value in found if value is not None))

    def fields(self) -> list[str]:
        """The names of what was sent: for forms with a field for each of several things."""
        return list(dict.fromkeys(self._form.keys()))

    def texts(self, field: str) -> list[str]:
        """All values that were ticked under this name."""
        self.values[field] = [value for value in self._all(field) if value]
        return list(self.values[field])

    def checked(self, field: str) -> bool:
        """Whether a box was ticked."""
        return bool(self._typed(field))

    async def upload(self, field: str, label: str, *, required: bool = False) -> Upload | None:
        """The file that was chosen, or None."""
        sent = self._form.get(field)
        if not isinstance(sent, UploadFile) or not sent.filename:
            self._missing(field, label, required=required)
            return None
        return Upload(sent.filename, await sent.read())

    def refuse(self, field: str, reason: str, remedy: str = "") -> None:
        """Note a fault that the caller found."""
        self._fault(field, reason, remedy)

    @property
    def faults(self) -> list[FieldError]:
        """The faults noted so far, for a caller that looks for more before it refuses them together."""
        return list(self._faults)

    def check(self) -> None:
        """Raise `InvalidInput` if any field was faulty."""
        if self._faults:
            raise InvalidInput(self._faults)

    def _typed(self, field: str) -> str:
        sent = self._form.get(field, "")
        typed = plain(sent) if isinstance(sent, str) else ""
        self.values[field] = typed
        return typed

    def _all(self, field: str) -> list[str]:
        sent = self._form.getall(field, []) if isinstance(self._form, FormMultiDict) else [self._form.get(field, "")]
        return [plain(value) for value in sent if isinstance(value, str)]

    def _missing(self, field: str, label: str, *, required: bool, typed: bool = False) -> None:
        """Note that a field is empty, in one sentence: it is `typed`, or chosen from a list."""
        if not required:
            return
        label = label.lower()
        self._fault(field, _("Chưa nhập {label}.", label=label) if typed else _("Chưa chọn {label}.", label=label))

    def _as_uuid(self, field: str, label: str, typed: str) -> UUID | None:
        try:
            return UUID(typed)
        except ValueError:
            self._fault(field, _("{label} không có trong danh sách.", label=label), _("Chọn lại trong danh sách."))
            return None

    def _fault(self, field: str, reason: str, remedy: str = "") -> None:
        self._faults.append(FieldError(field, reason, remedy))


def plain(value: str) -> str:
    """NFC, without control characters but line breaks and tabs: PostgreSQL refuses NUL, printers the others."""
    composed = unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip()
    return "".join(letter for letter in composed if letter in "\n\t" or unicodedata.category(letter) != "Cc")
