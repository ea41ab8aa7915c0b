"""What is read out of spreadsheets, and what is refused."""

import io
import zipfile
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from lienxa.platform.errors import InvalidInput
from lienxa.platform.files.content import CSV, ODS, XLS, XLSX, content_type
from lienxa.platform.imports import tables
from lienxa.platform.imports.kinds import CheckedLine, Column, ImportKind, Line, LineFault


async def _nothing(*_arguments: Any) -> Any:
    raise AssertionError("not called")


KIND = ImportKind(
    code="thu",
    title="Thử",
    explanation="",
    permission="x",
    columns=(
        Column("day", "Ngày đến", "05/01/2026", required=True, aliases=("Ngày nhận",)),
        Column("number", "Số đến", "12", required=True),
        Column("abstract", "Trích yếu", "Về việc", aliases=("Nội dung",)),
    ),
    check=_nothing,
    write=_nothing,
    path="/",
    most_lines=5,
)


def workbook(*sheets: list[list[Any]]) -> bytes:
    """A workbook with these sheets."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for rows in sheets:
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                for position, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write_datetime(number, position, cell, day)
                    else:
                        sheet.write(number, position, cell)
    return content.getvalue()


def read(content: bytes) -> list[Line]:
    """The lines of a file, whose kind is told by its content."""
    found = content_type(content)
    assert found in (XLSX, CSV)
    return tables.read_lines(KIND, content, found)


def refused(content: bytes, kind: str = "") -> str:
    """Why a file is refused."""
    with pytest.raises(InvalidInput) as refusal:
        tables.read_lines(KIND, content, kind or content_type(content) or "")
    (fault,) = refusal.value.fields
    assert fault.field == "file"
    assert fault.remedy
    return fault.reason


def test_a_workbook_is_read_below_its_heading_wherever_that_stands() -> None:
    rows = [
        ["UBND XÃ LAM SƠN"],
        [],
        ["Stt", "SỐ ĐẾN ", "Ngày  nhận", "Nội dung", "Cột khác"],
        ["(1)", "(2)", "(3)", "(4)", "(5)"],
        [1, 7, date(2026, 1, 5), "Về\nviệc  họp", "x"],
        ["", "", "", "", ""],
        [2, "08", "6/1/2026", "", ""],
    ]
    first, second = read(workbook([["không phải sổ"]], rows))
    assert (first.number, dict(first.cells)) == (5, {"number": "7", "day": "05/01/2026", "abstract": "Về việc họp"})
    assert (second.number, dict(second.cells)) == (7, {"number": "08", "day": "6/1/2026"})


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_is_read_with_the_usual_delimiters_and_encodings(delimiter: str, encoding: str) -> None:
    rows = [("Số đến", "Ngày đến", "Trích yếu"), ("9", "07/01/2026", f'"Họp{delimiter} giao ban"')]
    (line,) = read("\r\n".join(map(delimiter.join, rows)).encode(encoding))
    said = " ".join(f"Họp{delimiter} giao ban".split())
    assert dict(line.cells) == {"number": "9", "day": "07/01/2026", "abstract": said}


def test_letters_are_kept_in_one_form() -> None:
    (line,) = read("Số đến;Ngày đến;Trích yếu\n1;1/1/2026;Ho\u0323p".encode())
    assert line.text("abstract") == "Họp"


def test_what_cannot_be_read_says_why() -> None:
    assert refused("Ngày đến;Trích yếu\n1/1/2026;x".encode()) == "Không thấy cột: Số đến."
    assert "không có dòng nào" in refused("Số đến;Ngày đến\n".encode())
    assert "nhiều hơn 5" in refused(("Số đến;Ngày đến\n" + "1;1/1/2026\n" * 6).encode())
    assert "bảng mã" in refused("Sè ®Õn;Ngµy ®Õn\n".encode("latin-1", "replace"), CSV)
    whole = workbook([["Số đến", "Ngày đến"]])
    assert "hỏng" in refused(whole[: len(whole) // 2], XLSX)
    assert "hỏng" in refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, XLS)
    assert "hỏng" in refused(b"PK\x03\x04", ODS)


def test_a_bomb_is_not_unpacked() -> None:
    content = io.BytesIO()
    with (
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/workbook.xml", "w", force_zip64=True) as part,
    ):
        for _turn in range(310):
            part.write(bytes(1024 * 1024))
    assert len(content.getvalue()) < 1_000_000
    assert "quá lớn" in refused(content.getvalue())


def test_the_template_and_the_faulty_lines_are_read_again() -> None:
    assert "không có dòng nào" in refused(tables.template(KIND))
    line = Line(9, {"number": "07", "day": "=1+1", "abstract": "Họp"})
    content = tables.faulty_lines(KIND, [CheckedLine(line, None, [LineFault("day", "Không phải ngày.", "Sửa lại.")])])
    (again,) = read(content)
    assert dict(again.cells) == dict(line.cells)
