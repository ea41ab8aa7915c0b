"""What a cell may say."""

import pytest

from lienxa.platform.imports.cells import LineReader
from lienxa.platform.imports.kinds import Column, Line


def number(typed: str, most: int = 999_999) -> int | None:
    """The number of a cell; None if it is refused with a reason and a remedy."""
    cells = LineReader(Line(2, {"number": typed}), (Column("number", "Số đến", "12"),))
    found = cells.number("number", most)
    if found is None:
        (fault,) = cells.faults
        assert fault.field == "number"
        assert fault.reason
        assert fault.remedy
    else:
        assert not cells.faults
    return found


@pytest.mark.parametrize(("typed", "found"), [("1", 1), ("0012", 12), ("000000000012", 12), ("999999", 999_999)])
def test_a_number_is_read(typed: str, found: int) -> None:
    assert number(typed) == found


@pytest.mark.parametrize(
    "typed",
    ["0", "1000000", "000000001999999999999", "1" * 40, "-1", "1.5", "07a", "²", "٣", "9" * 499],
)
def test_the_whole_number_is_asked_whether_it_is_in_bounds(typed: str) -> None:
    assert number(typed) is None
