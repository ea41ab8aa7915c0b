"""What stood at the end of each month."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from lienxa.platform.module import FigureRow
from lienxa.platform.rollup.standing import Span, at_month_ends, month_after

PRESENT = date(2026, 3, 1)
MONTHS = st.sampled_from([date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), PRESENT])


def test_a_thing_stands_from_its_month_until_the_one_in_which_it_ends() -> None:
    spans = [Span("party", date(2025, 11, 1), date(2026, 1, 1), 2), Span("party", date(2025, 12, 1), None, 1)]
    assert at_month_ends(spans, PRESENT) == [
        FigureRow(date(2025, 11, 1), "party", 2),
        FigureRow(date(2025, 12, 1), "party", 3),
        FigureRow(date(2026, 1, 1), "party", 1),
        FigureRow(date(2026, 2, 1), "party", 1),
        FigureRow(PRESENT, "party", 1),
    ]


@given(st.lists(st.builds(Span, st.just("x"), MONTHS, st.none() | MONTHS, st.integers(1, 9)), max_size=8))
def test_each_month_counts_what_had_begun_and_not_ended(spans: list[Span]) -> None:
    rows = {row.month: row.value for row in at_month_ends(spans, PRESENT)}
    month = date(2025, 11, 1)
    while month <= PRESENT:
        expected = sum(
            span.things for span in spans if span.since <= month and not (span.until and span.until <= month)
        )
        assert rows.get(month, 0) == expected
        month = month_after(month)
