"""Reading and writing spreadsheets. Only the process of `aside` reads them and loads the library that does."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from lienxa.platform.errors import InvalidInput
from lienxa.platform.files.content import CSV
from lienxa.platform.imports.aside import too_large
from lienxa.platform.imports.kinds import CheckedLine, Column, Form, ImportKind, Line
from lienxa.platform.text import _, fold

Row = Sequence[str]

_MOST_UNPACKED = 300 * 1024 * 1024
_MOST_LETTERS = 2_000
_HEADING_WITHIN = 30  # rows; above it stand the names of the office and of the book
_COLUMN_NUMBER = re.compile(r"\(\d{1,2}\)")


def read_lines(kind: Form, content: bytes, content_type: str) -> list[Line]:
    """The lines below the heading, empty ones left out. What people bring is read by `aside.read_lines_aside` alone.

    `InvalidInput` on `file`, if it cannot be read, lacks a column, or has no line or too many.
    """
    sheets = _csv_sheets(content) if content_type == CSV else _workbook_sheets(content)
    missing: list[Column] = list(kind.columns)
    for rows in sheets:
        found = _heading(kind.columns, rows)
        if found is not None:
            start, fields = found
            return _lines(kind, rows, start, fields)
        missing = min(missing, _missing(kind.columns, rows), key=len)
    raise InvalidInput.of(
        "file",
        _("Không thấy cột: {titles}.", titles=", ".join(column.title for column in missing if column.required)),
        _("Dùng tệp mẫu, hoặc sửa dòng tiêu đề cho đúng tên cột."),
    )


def _lines(kind: Form, rows: Sequence[Row], start: int, fields: Sequence[str | None]) -> list[Line]:
    lines = []
    for number, row in enumerate(rows[start + 1 :], start=start + 2):
        cells = {field: cell for field, cell in zip(fields, row, strict=False) if field and cell}
        if cells and not all(_COLUMN_NUMBER.fullmatch(cell) for cell in cells.values()):
            lines.append(Line(number, cells))
    if not lines:
        raise InvalidInput.of("file", _("Dưới dòng tiêu đề không có dòng nào."), _("Chọn lại tệp."))
    if len(lines) > kind.most_lines:
        raise InvalidInput.of(
            "file",
            _("Tệp có {count} dòng, nhiều hơn {most}.", count=len(lines), most=kind.most_lines),
            _("Tách thành nhiều tệp rồi nhập lần lượt."),
        )
    return lines


def _heading(columns: Sequence[Column], rows: Sequence[Row]) -> tuple[int, list[str | None]] | None:
    """Which row names the columns, and the field of each of its cells; None if no row has all that are required."""
    best = max(enumerate(rows[:_HEADING_WITHIN]), key=lambda each: len(_known(columns, each[1])), default=None)
    if best is None or any(column.required for column in _missing(columns, rows)):
        return None
    known = _known(columns, best[1])
    return best[0], [known.get(position) for position in range(len(best[1]))]


def _missing(columns: Sequence[Column], rows: Sequence[Row]) -> list[Column]:
    """The required columns that the row with most headings lacks."""
    found = max((set(_known(columns, row).values()) for row in rows[:_HEADING_WITHIN]), key=len, default=set())
    return [column for column in columns if column.required and column.field not in found]


def _known(columns: Sequence[Column], row: Row) -> dict[int, str]:
    """The fields that a row names as headings, by position; the first of two alike."""
    names = {_name(title): column.field for column in columns for title in (*column.aliases, column.title)}
    known: dict[int, str] = {}
    for position, cell in enumerate(row):
        field = names.get(_name(cell))
        if field is not None and field not in known.values():
            known[position] = field
    return known


def _name(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", fold(title)).strip()


def _csv_sheets(content: bytes) -> Iterator[list[Row]]:
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput.of(
            "file",
            _("Tệp CSV không dùng bảng mã Unicode (UTF-8)."),
            _("Mở bằng Excel rồi lưu lại dạng Excel (.xlsx) hoặc CSV UTF-8."),
        ) from None
    first = text.partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    try:
        yield [[_text(cell) for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except csv.Error:
        raise _unreadable() from None


def _workbook_sheets(content: bytes) -> Iterator[list[Row]]:
    import python_calamine

    if content.startswith(b"PK"):
        _refuse_bomb(content)
    try:
        book = python_calamine.load_workbook(io.BytesIO(content))
        for name in book.sheet_names:
            yield [[_text(cell) for cell in row] for row in book.get_sheet_by_name(name).to_python(False)]
    except python_calamine.PasswordError:
        raise InvalidInput.of("file", _("Tệp có mật khẩu."), _("Bỏ mật khẩu rồi chọn lại tệp.")) from None
    except (python_calamine.CalamineError, zipfile.BadZipFile):
        raise _unreadable() from None
    except BaseException as broken:
        # Rust gave up; the bindings make that a class which cannot be imported.
        if type(broken).__name__ != "PanicException":
            raise
        raise (too_large() if "capacity overflow" in str(broken) else _unreadable()) from None


def _refuse_bomb(content: bytes) -> None:
    try:
        unpacked = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(content)).infolist())
    except zipfile.BadZipFile:
        raise _unreadable() from None
    if unpacked > _MOST_UNPACKED:
        raise InvalidInput.of("file", _("Tệp quá lớn sau khi giải nén."), _("Tách thành nhiều tệp."))


def _unreadable() -> InvalidInput:
    return InvalidInput.of("file", _("Tệp hỏng, không đọc được."), _("Mở bằng Excel rồi lưu lại dạng .xlsx."))


def _text(cell: Any) -> str:
    """A cell as a person reads it, in NFC and on one line."""
    import unicodedata

    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, time):
        return f"{cell:%H:%M}"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    plain = "".join(letter if letter.isprintable() else " " for letter in str(cell))
    return unicodedata.normalize("NFC", " ".join(plain.split()))[:_MOST_LETTERS]


def template(kind: Form) -> bytes:
    """An empty workbook with the headings, and a second sheet that explains them."""
    guide = [(_("Cột"), _("Bắt buộc"), _("Ví dụ"), _("Ghi chú"))]
    guide += [
        (column.title, _("có") if column.required else "", column.example, column.note) for column in kind.columns
    ]
    return _workbook({_("Nhập"): [[column.title for column in kind.columns]], _("Hướng dẫn"): guide})


def faulty_lines(kind: ImportKind, lines: Iterable[CheckedLine]) -> bytes:
    """The lines that are not taken in, as they came, with what is wrong in a last column: to be mended and sent again.

    Importing it is the same as importing the first file: the last column is none of the kind's.
    """
    rows = [[*(column.title for column in kind.columns), _("Lỗi và cách sửa")]]
    for checked in lines:
        said = " ".join(f"{fault.reason} {fault.remedy}".strip() for fault in checked.faults)
        rows.append([*(checked.line.text(column.field) for column in kind.columns), said])
    return _workbook({_("Dòng chưa nhập"): rows})


def _workbook(sheets: dict[str, Sequence[Sequence[str]]]) -> bytes:
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        # Text, so that a number with a leading zero and a symbol with a slash stay what they are.
        text, head = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "text_wrap": True})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.set_column(0, max(len(rows[0]) - 1, 0), 24, text)
            sheet.freeze_panes(1, 0)
            for number, row in enumerate(rows):
                for position, cell in enumerate(row):
                    sheet.write_string(number, position, cell, text if number else head)
    return content.getvalue()
