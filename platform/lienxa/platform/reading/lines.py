"""From single letters with their places to lines of columns."""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lienxa.platform.reading.pages import Line

# In heights of a letter. Words of justified text stand closer than one height; columns of a letterhead further apart.
_COLUMN_GAP = 1.2
_WORD_GAP = 0.2
_SAME_ROW = 0.4
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]")


@dataclass(frozen=True)
class Letter:
    """A letter, a space between two words or a mark above a letter, with its place in points from the upper left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    bold: bool = False

    @property
    def height(self) -> float:
        """How high it is."""
        return self.bottom - self.top


def plain_line(text: str) -> str:
    """In NFC, with single spaces, without what is not seen; the Icelandic letter that some fonts draw as Đ is one."""
    composed = unicodedata.normalize("NFC", _INVISIBLE.sub("", text).replace("Ð", "Đ"))
    return " ".join("".join(" " if unicodedata.category(one) == "Cc" else one for one in composed).split())


def lines_of(letters: Iterable[Letter]) -> Sequence[Line]:
    """The lines of a page, whatever order its letters came in."""
    return _lines((_line(run) for run in _runs(letters)), _WORD_GAP)


def lines_of_words(words: Iterable[Line]) -> Sequence[Line]:
    """The lines of a page from its words, whatever order they came in."""
    return _lines(words, -math.inf)


def _lines(pieces: Iterable[Line], word_gap: float) -> Sequence[Line]:
    """Pieces of one height joined to columns; a space where more than `word_gap` heights lie between two."""
    rows: list[list[Line]] = []
    for piece in sorted((piece for piece in pieces if piece.text), key=lambda piece: piece.bottom):
        row = rows[-1] if rows else []
        if row and piece.bottom - row[0].bottom < _SAME_ROW * max(piece.height, row[0].height):
            row.append(piece)
        else:
            rows.append([piece])
    return [line for row in rows for line in _columns(row, word_gap)]


def _runs(letters: Iterable[Letter]) -> Iterable[list[Letter]]:
    """Letters that follow each other on one line without a wide gap."""
    run: list[Letter] = []
    for letter in letters:
        if run and not _goes_on(run, letter):
            yield run
            run = []
        if run or not letter.text.isspace():
            run.append(letter)
    if run:
        yield run


def _goes_on(run: Sequence[Letter], letter: Letter) -> bool:
    if letter.text.isspace() or unicodedata.combining(letter.text[0]):
        return letter.text not in "\r\n"
    before = next(one for one in reversed(run) if not one.text.isspace())
    height = max(before.height, letter.height)
    return (
        abs(letter.bottom - before.bottom) < _SAME_ROW * height
        and -_WORD_GAP * height < letter.left - before.right < _COLUMN_GAP * height
    )


def _line(run: Sequence[Letter]) -> Line:
    seen = [letter for letter in run if not letter.text.isspace()]
    return Line(
        plain_line("".join(letter.text for letter in run)),
        min(letter.left for letter in seen),
        min(letter.top for letter in seen),
        max(letter.right for letter in seen),
        max(letter.bottom for letter in seen),
        sum(letter.bold for letter in seen) * 2 > len(seen),
    )


def _columns(row: list[Line], word_gap: float) -> Iterable[Line]:
    """The pieces of one row, joined where no column begins."""
    row.sort(key=lambda piece: piece.left)
    joined = row[:1]
    for piece in row[1:]:
        before = joined[-1]
        gap = piece.left - before.right
        height = max(before.height, piece.height)
        if gap >= _COLUMN_GAP * height:
            joined.append(piece)
            continue
        joined[-1] = Line(
            plain_line(f"{before.text}{' ' if gap > word_gap * height else ''}{piece.text}"),
            before.left,
            min(before.top, piece.top),
            max(before.right, piece.right),
            max(before.bottom, piece.bottom),
            before.bold and piece.bold,
        )
    return joined
