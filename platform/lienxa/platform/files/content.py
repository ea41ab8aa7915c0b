"""What a file is, by its content. The name that came with it is never believed."""

import io
import zipfile

from lienxa.platform.text import _

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLS = "application/vnd.ms-excel"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
CSV = "text/csv"

SHOWN_INLINE = frozenset({PDF, PNG, JPEG})
TITLES = {
    PDF: "PDF",
    DOCX: "Word (.docx)",
    PNG: _("ảnh PNG"),
    JPEG: _("ảnh JPEG"),
    XLSX: "Excel (.xlsx)",
    XLS: _("Excel cũ (.xls)"),
    ODS: "LibreOffice (.ods)",
    CSV: "CSV",
}
_SIGNATURES = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    # The frame of all old office files; what is no workbook is refused when it is read.
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", XLS),
)
_BY_PART = (("word/document.xml", DOCX), ("xl/workbook.xml", XLSX), ("content.xml", ODS))
_TEXT_MARKS = (b"\xff\xfe", b"\xfe\xff")


def content_type(content: bytes) -> str | None:
    """The type of the content if it is one that an office file may have, else None."""
    for signature, found in _SIGNATURES:
        if content.startswith(signature):
            return found
    if content.startswith(b"PK\x03\x04"):
        return _type_of_archive(content)
    return CSV if _is_text(content) else None


def _type_of_archive(content: bytes) -> str | None:
    try:
        parts = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    except zipfile.BadZipFile:
        return None
    return next((found for part, found in _BY_PART if part in parts), None)


def _is_text(content: bytes) -> bool:
    return content.startswith(_TEXT_MARKS) or b"\0" not in content
