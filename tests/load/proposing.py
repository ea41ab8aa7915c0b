"""How much of what stands on papers is proposed rightly, from their text layer and from scans of them."""

import random
import sys
from datetime import date
from pathlib import Path

from measuring import Row

from lienxa.platform import reading
from lienxa.tenants.documents.proposals import propose

sys.path.append(str(Path(__file__).parents[2]))
from tests.tenants.documents.made_papers import FIELDS, LAYOUTS, UNSEEN, made_papers, right_fields

PAPERS = 100
_TODAY = date(2026, 11, 25)


async def rows() -> list[Row]:
    """The share of right fields; every file is read as the service reads it, in a process of its own."""
    return [
        Row("fields right: 100 papers by the texts, text layer", await _share(LAYOUTS, PAPERS), "share", at_least=0.95),
        Row("fields right: 60 papers that depart from them, text layer", await _share(UNSEEN, 60), "share"),
        Row(
            "fields right: the 100 as 200-dpi scans, noise and skew",
            await _share(LAYOUTS, PAPERS, scan=True),
            "share",
            at_least=0.85,
        ),
    ]


async def _share(layouts: tuple[str, ...], count: int, *, scan: bool = False) -> float:
    right = 0
    for number, paper in enumerate(made_papers(count, layouts)):
        content = paper.scan(random.Random(number)) if scan else paper.pdf()
        found = propose((await reading.read_aside(content, scan=scan)).pages, _TODAY)
        right += len(right_fields(paper, found))
    return right / (count * len(FIELDS))
