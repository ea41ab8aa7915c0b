"""Days as people type them."""

from datetime import date, timedelta

import pytest

from lienxa.platform import clock
from lienxa.platform.web.forms import parse_day


@pytest.mark.parametrize("typed", ["05/01/2026", "5.1.2026", " 5-1-2026 "])
def test_a_day_is_read_however_it_is_parted(typed: str) -> None:
    assert parse_day(typed) == date(2026, 1, 5)


def test_words_stand_for_days() -> None:
    assert parse_day("Hôm nay") == clock.today()
    assert parse_day("mai") == clock.today() + timedelta(days=1)


@pytest.mark.parametrize(
    "typed", ["31/02/2026", "2026-01-05", "x", "31/12/9999", "01/01/0001", "31/12/1899", "1/1/2200"]
)
def test_what_no_office_writes_is_no_day(typed: str) -> None:
    assert parse_day(typed) is None
