"""`make bench`: what the daily work costs, as multiples of what the bare stack does with the same statements.

Service, database and this load generator share the machine; every figure is the median of 5 rounds that alternate with
its reference. Writes `build/bench.json` and ends with 1 if a row does not hold. docs/benchmarks.md tells the method.
Names of works (`tests/load/works.py`) as arguments measure these alone.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from measuring import Row
from service import Office, running

from lienxa.platform.db.embedded import free_port

ROOT = Path(__file__).parents[2]
RESULT = ROOT / "build" / "bench.json"


def main() -> int:
    """Measure everything, print the table, write the file; returns the exit status."""
    data = ROOT / "build" / "bench-data"
    with running(data, free_port()) as supervisor:
        os.environ["LIENXA_DATA"] = str(data)
        rows = asyncio.run(_measure(supervisor, sys.argv[1:]))
    RESULT.write_text(json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=1) + "\n")
    sys.stdout.write(table(rows) + "\n")
    return 0 if all(row.holds for row in rows) else 1


async def _measure(supervisor: int, chosen: list[str]) -> list[Row]:
    import works

    office = Office.of()
    try:
        return await works.all_rows(office, supervisor, chosen)
    finally:
        await office.close()


def table(rows: list[Row]) -> str:
    """The rows as people read them."""
    lines = [f"{'work':62} {'measured':>10} {'reference':>10} {'unit':8} {'ratio':>7}  must"]
    for row in rows:
        reference = "" if row.reference is None else f"{row.reference:.2f}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        verdict = "" if row.holds else "   DOES NOT HOLD"
        lines.append(f"{row.work:62} {row.measured:10.2f} {reference:>10} {row.unit:8} {ratio:>7}  {row.must}{verdict}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
