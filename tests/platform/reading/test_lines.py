"""Letters become lines of columns, whatever order they come in."""

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from lienxa.platform.reading.lines import Letter, lines_of, plain_line


def written(text: str, left: float, top: float) -> list[Letter]:
    """A text of letters that are 6 wide and 12 high."""
    return [
        Letter(one, left + 6 * at, top, left + 6 * at + 6, top + 12) for at, one in zip(count(), text, strict=False)
    ]


def test_columns_of_one_row_stay_apart_and_words_together() -> None:
    letters = [*written("UBND XÃ", 50, 100), *written("CỘNG HÒA", 300, 101), *written("Số: 12", 50, 120)]
    assert [line.text for line in lines_of(letters)] == ["UBND XÃ", "CỘNG HÒA", "Số: 12"]


def test_a_word_that_was_written_later_stands_where_it_is_read() -> None:
    letters = [*written("ngày", 50, 100), *written("năm", 110, 100), *written("11", 86, 100)]
    assert [line.text for line in lines_of(letters)] == ["ngày 11 năm"]


@given(st.permutations(range(4)))
def test_the_order_of_the_lines_is_that_of_the_paper(order: list[int]) -> None:
    pieces = [written("a b", 50, 100), written("c", 300, 100), written("d", 50, 120), written("e", 50, 140)]
    found = lines_of([letter for at in order for letter in pieces[at]])
    assert [line.text for line in found] == ["a b", "c", "d", "e"]


def test_text_is_composed_and_what_is_not_seen_goes() -> None:
    assert plain_line("Quye\u0302\u0301t\u00a0 \u200bđi\u0323nh\u00ad Ð") == "Quyết địnhĐ".replace("Đ", " Đ")
