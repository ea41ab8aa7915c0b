"""What a file is, by its content. The name that came with it is never believed."""

import io
import zipfile

from lienxa.platform.text import _

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

SHOWN_INLINE = frozenset({PDF, PNG, JPEG})
TITLES = {PDF: "PDF", DOCX: "Word (.docx)", PNG: _("ảnh PNG"), JPEG: _("ảnh JPEG")}
_SIGNATURES = ((b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG))


def content_type(content: bytes) -> str | None:
    """The type of the content if it is one that an office file may have, else None."""
    for signature, found in _SIGNATURES:
        if content.startswith(signature):
            return found
    return DOCX if _is_docx(content) else None


def _is_docx(content: bytes) -> bool:
    if not content.startswith(b"PK\x03\x04"):
        return False
    try:
        return "word/document.xml" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    except zipfile.BadZipFile:
        return False
