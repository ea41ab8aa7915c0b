"""Maintainers' command: write the national calendar's data file anew. `python -m lienxa.platform.workdays.seed`.

`holidays` is heavy and is imported by this command alone; a running service reads the data file. After a new yearly
decision: raise the version of `holidays` or add the swap below, move `CONFIRMED_TO`, run, and read the difference.
"""

import sys
from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path

FIRST_YEAR = 2020
LAST_YEAR = 2030
# The last year whose days off and swaps the Government has decided.
CONFIRMED_TO = 2026
# Decided swaps that `holidays` does not carry: day off -> make-up day.
DECIDED_SWAPS: Mapping[date, date] = {
    date(2026, 1, 2): date(2026, 1, 10),  # notice of the Ministry of Home Affairs, 25/12/2025 (seen in the press)
}

_TARGET = Path(__file__).parent.parent / "rules" / "sets" / "calendar_vn.toml"
_HEAD = """\
# Days off and make-up working days of the State's offices. Made by `python -m lienxa.platform.workdays.seed`: change
# that command, not this file. Source of each day: the library `holidays` {library} with observed days, and the swaps
# that the command names. A year marked "forecast" has no yearly decision yet: its Tết and National Day blocks may
# move, and swaps will be added.
subject = "calendar"
title = "Lịch ngày làm việc của cơ quan nhà nước"
source = "holidays {library} (observed); thông báo hoán đổi ngày làm việc của Bộ Nội vụ"
version = "holidays {library}, decided to {confirmed}"
valid_from = {first}-01-01
valid_to = {last}-12-31
"""


def render() -> str:
    """The data file as text."""
    import holidays

    years = range(FIRST_YEAR, LAST_YEAR + 1)
    vietnam = holidays.country_holidays("VN", years=years, observed=True, language="vi")
    names = dict(vietnam.items())
    names |= {off: f"Ngày nghỉ (thay cho ngày {make_up:%d/%m/%Y})" for off, make_up in DECIDED_SWAPS.items()}
    make_up_days = {*vietnam.weekend_workdays, *DECIDED_SWAPS.values()}
    parts = [
        _HEAD.format(library=version("holidays"), confirmed=CONFIRMED_TO, first=FIRST_YEAR, last=LAST_YEAR),
        *(_year(year, names, make_up_days) for year in years),
    ]
    return "\n".join(parts)


def _year(year: int, names: Mapping[date, str], make_up_days: set[date]) -> str:
    state = "confirmed" if year <= CONFIRMED_TO else "forecast"
    off = [f'    {{ day = {day}, name = "{name}" }},' for day, name in sorted(names.items()) if day.year == year]
    make_up = ", ".join(str(day) for day in sorted(make_up_days) if day.year == year)
    lines = [
        "[[years]]",
        f"year = {year}",
        f'state = "{state}"',
        "days_off = [",
        *off,
        "]",
        f"make_up_days = [{make_up}]",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the file and say where."""
    _TARGET.write_text(render(), encoding="utf-8")
    sys.stdout.write(f"{_TARGET}\n")


if __name__ == "__main__":
    main()
