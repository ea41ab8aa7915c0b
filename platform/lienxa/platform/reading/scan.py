"""The text of a scanned page. Only the child process comes here (`__main__`): tesseract has no place in the service."""

import io
import math
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from lienxa.platform.reading.language import KNOWLEDGE, LANGUAGE
from lienxa.platform.reading.lines import lines_of_words, plain_line
from lienxa.platform.reading.pages import Line, Page, Reading

_DPI = 300  # letters of 13 points are read best at this size, whatever the scan has
_POINTS = 72
_MOST_PIXELS = 40_000_000
_LEAST_SURE, _QUITE_SURE = 10, 50  # of 100
# Sheets lie in a scanner a little askew; what lies further is no accident of the scanner.
_ASKEW = (math.radians(0.15), math.radians(10))


def read_scan(content: bytes, most_pages: int) -> Reading:
    """The lines of the first pages of a PDF, or of a picture, as tesseract reads them with Vietnamese."""
    import tesserocr

    pages, count, fault = _pictures(content, most_pages)
    if fault:
        return Reading(fault=fault)
    with tesserocr.PyTessBaseAPI(path=str(KNOWLEDGE), lang=LANGUAGE, psm=tesserocr.PSM.AUTO) as reader:
        return Reading([_page(reader, picture) for picture in pages], count)


def _pictures(content: bytes, most_pages: int) -> tuple[list[Any], int, str]:
    """The pages as grey pictures of 300 dots per inch, how many there are, and why there are none."""
    if not content.startswith(b"%PDF-"):
        picture = _picture(content)
        return ([picture], 1, "") if picture is not None else ([], 0, "broken")
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
        pages = [_drawn(document[number]) for number in range(min(len(document), most_pages))]
        return pages, len(document), "" if pages else "broken"
    except pypdfium2.PdfiumError as error:
        return [], 0, "locked" if "password" in str(error).lower() else "broken"


def _drawn(page: Any) -> Any:
    width, height = page.get_size()
    scale = min(_DPI / _POINTS, math.sqrt(_MOST_PIXELS / max(width * height, 1)))
    return page.render(scale=scale, grayscale=True).to_pil().convert("L")


def _picture(content: bytes) -> Any:
    """A picture of a page of A4, or None if it is none or too large."""
    from PIL import Image, UnidentifiedImageError

    try:
        picture = Image.open(io.BytesIO(content))
        if picture.width * picture.height > _MOST_PIXELS:
            return None
        grey = picture.convert("L")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None
    wide = round(8.27 * _DPI)
    return grey.resize((wide, round(grey.height * wide / grey.width))) if grey.width < wide else grey


def _page(reader: Any, picture: Any) -> Page:
    from PIL import ImageFilter

    straight = _straightened(reader, picture.filter(ImageFilter.MedianFilter(3)))  # without specks
    reader.SetImage(straight)
    reader.SetSourceResolution(_DPI)
    reader.Recognize()
    points = _POINTS / _DPI
    return Page(
        straight.width * points,
        straight.height * points,
        lines_of_words(_level(list(_words(reader, points)))),
        scanned=True,
    )


def _straightened(reader: Any, picture: Any) -> Any:
    """The picture, turned so that its lines run level."""
    from PIL import Image

    reader.SetImage(picture)
    askew = _angle(reader.AnalyseLayout())
    if not _ASKEW[0] < abs(askew) < _ASKEW[1]:
        return picture
    return picture.rotate(math.degrees(askew), resample=Image.Resampling.BICUBIC, fillcolor=255)


def _angle(layout: Any) -> float:
    """By how much most of the blocks of a page are askew, in radians: a stamp or a speck has an angle of its own."""
    import tesserocr

    level = tesserocr.RIL.BLOCK
    angles: list[float] = []
    for block in tesserocr.iterate_level(layout, level) if layout else ():
        box = block.BoundingBox(level)
        if box is not None:
            angles += [block.Orientation()[3]] * (1 + (box[2] - box[0]) // _DPI)  # wide blocks know better
    return statistics.median(angles) if angles else 0.0


def _is_word(text: str, confidence: float) -> bool:
    """Whether it is something written, not a speck. A dash between words is, and a row of them under a title."""
    if any(letter.isalnum() for letter in text):
        return confidence > _LEAST_SURE
    return text == "*" or (not text.strip("-–—_") and (len(text) > 2 or confidence > _QUITE_SURE))


def _words(reader: Any, points: float) -> Iterator[tuple[Line, float]]:
    """The words with their places, and how much each line falls to the right.

    All words of a line stand on its base line, whatever hangs beneath it.
    """
    import tesserocr

    level = tesserocr.RIL.WORD
    words = reader.GetIterator()
    for word in tesserocr.iterate_level(words, level) if words else ():
        text = plain_line(word.GetUTF8Text(level) or "") if not word.Empty(level) else ""
        box, base = word.BoundingBox(level), word.Baseline(level)
        if box is None or base is None or not _is_word(text, word.Confidence(level)):
            continue
        height = word.RowAttributes()["row_height"] * points
        bottom = (base[0][1] + base[1][1]) / 2 * points
        fall = (base[1][1] - base[0][1]) / max(base[1][0] - base[0][0], 1)
        yield Line(text, box[0] * points, bottom - height, box[2] * points, bottom), fall


def _level(words: Sequence[tuple[Line, float]]) -> list[Line]:
    """The words with what is still askew taken out: pieces of one row must be of one height."""
    fall = statistics.median(fall for _word, fall in words) if words else 0.0
    return [_moved(word, -fall * word.middle) for word, _fall in words]


def _moved(word: Line, down: float) -> Line:
    return msgspec.structs.replace(word, top=word.top + down, bottom=word.bottom + down)
