"""Reading the cells of one line: every fault is noted with its field, as forms do."""

import re
from collections.abc import Collection, Mapping
from datetime import date

from lienxa.platform.imports.kinds import Column, Line, LineFault
from lienxa.platform.text import _, fold

_DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_MOST_DIGITS = 40  # with leading zeros


class LineReader:
    """Reads one line. Each method returns the value, or a stand-in after a fault, and notes the fault."""

    def __init__(self, line: Line, columns: Collection[Column]) -> None:
        self.line = line
        self.faults: list[LineFault] = []
        self._columns: Mapping[str, Column] = {column.field: column for column in columns}

    def text(self, field: str, most: int = 500) -> str:
        """A text; empty if the cell is."""
        found = self.line.text(field)
        column = self._columns[field]
        if not found and column.required:
            self.fault(field, _("Ô “{title}” trống.", title=column.title), _("Điền vào ô này."))
        elif len(found) > most:
            said = _("Ô “{title}” dài {length} ký tự, quá {most}.", title=column.title, length=len(found), most=most)
            self.fault(field, said, _("Rút gọn lại."))
        return found

    def day(self, field: str) -> date | None:
        """A day, written dd/mm/yyyy or as a spreadsheet stores it."""
        found = self.text(field)
        if not found:
            return None
        day = _read_day(found)
        if day is None:
            self.fault(field, _("“{typed}” không phải là ngày.", typed=found), _("Ghi dạng ngày/tháng/năm."))
        return day

    def number(self, field: str, most: int = 999_999) -> int | None:
        """A whole number from 1 on."""
        found = self.text(field)
        if not found:
            return None
        digits = found.isascii() and found.isdigit() and len(found) <= _MOST_DIGITS
        if not digits or not 1 <= int(found) <= most:
            said = _("“{typed}” không phải là số từ 1 đến {most}.", typed=found, most=most)
            self.fault(field, said, _("Ghi số nguyên, không kèm chữ."))
            return None
        return int(found)

    def fault(self, field: str, reason: str, remedy: str) -> None:
        """Note what is wrong with a cell."""
        self.faults.append(LineFault(field, reason, remedy))


def _read_day(typed: str) -> date | None:
    if parts := _DAY.fullmatch(typed):
        day, month, year = parts.groups()
    elif parts := _ISO_DAY.fullmatch(typed[:10]):
        year, month, day = parts.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def folded(name: str) -> str:
    """A name to compare by: without case, diacritics and double spaces."""
    return " ".join(fold(name).split())
