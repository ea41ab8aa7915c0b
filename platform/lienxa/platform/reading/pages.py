"""Pages as they were read."""

from collections.abc import Sequence

import msgspec


class Line(msgspec.Struct, frozen=True):
    """A line of one column: its text in NFC with single spaces, and its place in points from the upper left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    bold: bool = False

    @property
    def middle(self) -> float:
        """The middle of the line from left to right."""
        return (self.left + self.right) / 2

    @property
    def height(self) -> float:
        """How high its letters are, in points."""
        return self.bottom - self.top


class Page(msgspec.Struct, frozen=True):
    """A page with its lines from above to below, those of one height from left to right. Sizes in points.

    `scanned`: its letters were recognised in a picture, so that some are wrong.
    """

    width: float
    height: float
    lines: Sequence[Line]
    scanned: bool = False


class Reading(msgspec.Struct, frozen=True):
    """The first pages of a file of `page_count` pages. `fault`: why it could not be read (`locked`, `broken`)."""

    pages: Sequence[Page] = ()
    page_count: int = 0
    fault: str = ""
