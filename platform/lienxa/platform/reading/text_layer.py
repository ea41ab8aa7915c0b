"""The text layer of a PDF. Only the child process comes here (`__main__`): pypdfium2 has no place in the service."""

import ctypes
import math
from collections.abc import Iterator
from typing import Any

from lienxa.platform.reading.lines import Letter, lines_of
from lienxa.platform.reading.pages import Page, Reading

_BOLD = 600
_MOST_LETTERS = 20_000
_UPRIGHT = math.radians(5)


def read_text_layer(content: bytes, most_pages: int) -> Reading:
    """The lines of the first pages; of a page that is only a picture there are none."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        return Reading(fault="locked" if "password" in str(error).lower() else "broken")
    try:
        count = len(document)
        pages = [_page(document[number]) for number in range(min(count, most_pages))]
    except pypdfium2.PdfiumError:
        return Reading(fault="broken")
    finally:
        document.close()
    return Reading(pages, count, "" if count else "broken")


def _page(page: Any) -> Page:
    width, height = page.get_size()
    return Page(width, height, lines_of(_letters(page.get_textpage(), height)))


def _letters(textpage: Any, height: float) -> Iterator[Letter]:
    from pypdfium2 import raw

    box = raw.FS_RECTF()
    for index in range(min(textpage.count_chars(), _MOST_LETTERS)):
        letter = chr(raw.FPDFText_GetUnicode(textpage, index))
        if letter.isspace():
            yield Letter(letter, 0, 0, 0, 0)
            continue
        if letter == "\0" or not raw.FPDFText_GetLooseCharBox(textpage, index, ctypes.byref(box)):
            continue
        if not _upright(raw.FPDFText_GetCharAngle(textpage, index)):
            continue
        bold = raw.FPDFText_GetFontWeight(textpage, index) >= _BOLD or _names_bold(textpage, index)
        yield Letter(letter, box.left, height - box.top, box.right, height - box.bottom, bold)


def _upright(angle: float) -> bool:
    """Whether a letter stands as those of a paper do; what is written across it, as stamps are, does not count."""
    return min(abs(angle), abs(angle - math.tau)) < _UPRIGHT


def _names_bold(textpage: Any, index: int) -> bool:
    from pypdfium2 import raw

    name = ctypes.create_string_buffer(128)
    length = raw.FPDFText_GetFontInfo(textpage, index, name, len(name), None)
    return 0 < length <= len(name) and b"bold" in name.value.lower()
