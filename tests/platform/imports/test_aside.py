"""What a spreadsheet may ask for: the process that reads it has limits, and its end is an answer."""

import io
import subprocess
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import xlsxwriter

from lienxa.platform.errors import InvalidInput
from lienxa.platform.files.content import CSV, ODS, XLSX
from lienxa.platform.imports import aside
from lienxa.platform.imports.kinds import Column, Line

HEADINGS = ("Ngày đến", "Số đến")
_ODS = (
    '<?xml version="1.0"?><office:document-content'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="a">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
)


@dataclass(frozen=True)
class Book:
    """The form of an old book, in short."""

    columns: Sequence[Column] = (
        Column("day", "Ngày đến", "05/01/2026", required=True, aliases=("Ngày nhận",)),
        Column("number", "Số đến", "12", required=True),
    )
    most_lines: int = 5


def read(content: bytes, content_type: str = XLSX) -> Sequence[Line]:
    """The lines of a file."""
    return aside.read_lines_aside(Book(), content, content_type)


def refused(content: bytes, content_type: str = XLSX) -> str:
    """Why a file is refused, having said at which field and what to do."""
    with pytest.raises(InvalidInput) as refusal:
        read(content, content_type)
    (fault,) = refusal.value.fields
    assert fault.field == "file"
    assert fault.remedy
    return fault.reason


def workbook(row: int = 1, column: int = 0) -> bytes:
    """The headings, a line, and a cell at a place counted from 0."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_row(1, 0, ("05/01/2026", "7"))
        sheet.write_string(row, column, "05/01/2026")
    return content.getvalue()


def with_cell_at(place: str) -> bytes:
    """A workbook that names a cell which no spreadsheet program would."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(3, 3))) as whole, zipfile.ZipFile(content, "w") as changed:
        for name in whole.namelist():
            changed.writestr(name, whole.read(name).replace(b'r="D4"', f'r="{place}"'.encode()))
    return content.getvalue()


def ods(*rows: str) -> bytes:
    """A sheet of LibreOffice of these rows."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("mimetype", ODS)
        archive.writestr("content.xml", _ODS.format(rows="".join(rows)))
        manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        archive.writestr("META-INF/manifest.xml", manifest)
    return content.getvalue()


def ods_row(cells: Sequence[str], times: int = 1) -> str:
    inside = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in cells
    )
    return f'<table:table-row table:number-rows-repeated="{times}">{inside}</table:table-row>'


def test_lines_come_as_they_are_read_in_the_process_itself() -> None:
    (line,) = read(workbook())
    assert line == Line(2, {"day": "05/01/2026", "number": "7"})
    (line,) = read("Ngày nhận;Số đến\n6/1/2026;08\n".encode(), CSV)
    assert line == Line(2, {"day": "6/1/2026", "number": "08"})
    (line,) = read(ods(ods_row(HEADINGS), ods_row(("05/01/2026", "7"))), ODS)
    assert line.number == 2


def test_what_cannot_be_read_says_why_as_in_the_process_itself() -> None:
    assert refused("Ngày đến;Trích yếu\n1/1/2026;x".encode(), CSV) == "Không thấy cột: Số đến."
    assert "hỏng" in refused(workbook()[:2000])


@pytest.mark.parametrize("place", ["ZZZZZZ4294967295", "A99999999999999", "XFD4294967295"])
def test_a_cell_where_no_sheet_reaches_is_refused(place: str) -> None:
    assert "vùng dữ liệu quá lớn" in refused(with_cell_at(place))


def test_a_cell_in_the_last_corner_is_refused_and_not_given_memory() -> None:
    content = workbook(1_048_575, 16_383)
    assert len(content) < 10_000
    assert "vùng dữ liệu quá lớn" in refused(content)


def test_rows_that_are_repeated_without_end_are_refused() -> None:
    content = ods(ods_row(HEADINGS), ods_row(("05/01/2026", "7"), 1_000_000_000))
    assert len(content) < 3_000
    assert "nhiều hơn 5" in refused(content, ODS)  # the library stops at the last row of a sheet


@pytest.mark.parametrize("more_columns", [20, 60])
def test_wide_rows_that_are_repeated_without_end_are_refused(more_columns: int) -> None:
    content = ods(ods_row(HEADINGS), ods_row(("05/01/2026", "7", *"x" * more_columns), 1_000_000_000))
    assert "vùng dữ liệu quá lớn" in refused(content, ODS)


def test_a_file_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "_SECONDS", 0)
    assert "vùng dữ liệu quá lớn" in refused(workbook())


def test_another_end_of_the_process_is_no_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: Any, **_named: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess([], 1, b"", b"Traceback\nImportError: no library\n")

    monkeypatch.setattr(subprocess, "run", broken)
    with pytest.raises(RuntimeError, match="no library"):
        read(workbook())
