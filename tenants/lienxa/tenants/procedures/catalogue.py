"""The catalogue that a new commune begins with: `data/procedures.csv`, 112 procedures in 12 fields.

Codes, names, times and fees were read from a copy of the national portal of July 2026 where `source`, `time_source`
and `documents_source` say `portal`; the rest is from an older list or known in practice and not checked against a
text. Pages show this, so that nobody takes a guess for the law.
"""

import csv
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from lienxa.platform import ids

READ_ON = date(2026, 7, 1)

# As which the result of a field's procedures is entered into the outgoing book. Not from a text: the usual, for the
# office to change. Other results are kept in books of their own (civil status, certification) and bear only a seal.
_RESULT_TYPES = {
    "Bảo trợ xã hội": "state/quyet-dinh",
    "Giảm nghèo": "state/quyet-dinh",
    "Giáo dục và Đào tạo": "state/quyet-dinh",
    "Hòa giải ở cơ sở": "state/quyet-dinh",
    "Người có công": "state/to-trinh",
    "Tín ngưỡng, tôn giáo": "state/thong-bao",
    "Đất đai": "state/thong-bao",
}


def first_versions() -> list[dict[str, Any]]:
    """Rows of `Procedure`, each with a new identifier, without the organ."""
    return [{"id": ids.new_id(), **row} for row in _rows()]


@cache
def _rows() -> tuple[dict[str, Any], ...]:
    text = (files(__package__) / "data" / "procedures.csv").read_text(encoding="utf-8")
    return tuple(_row(position, row) for position, row in enumerate(csv.DictReader(text.splitlines()), start=1))


def _row(position: int, row: dict[str, str]) -> dict[str, Any]:
    return {
        **row,
        "time_value": int(row["time_value"]) if row["time_value"] else None,
        "fee": int(row["fee"]) if row["fee"] else None,
        "position": position,
        "version": 1,
        "result_type": _RESULT_TYPES.get(row["field"], ""),
        "valid_from": READ_ON,
        "valid_to": None,
    }
