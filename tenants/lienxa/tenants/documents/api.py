"""What other modules may ask of documents: the series of numbers, terms, congresses and the rules of intake.

The screens for them belong to whoever administers the office.
"""

from lienxa.tenants.documents.operations import (
    close_term,
    keep_common_book,
    open_congress,
    require_proposal,
    route_directly,
    series,
    set_opening_number,
    terms,
)
from lienxa.tenants.documents.permissions import CONFIGURE
from lienxa.tenants.documents.schemas import SeriesLine, TermLine

__all__ = [
    "CONFIGURE",
    "SeriesLine",
    "TermLine",
    "close_term",
    "keep_common_book",
    "open_congress",
    "require_proposal",
    "route_directly",
    "series",
    "set_opening_number",
    "terms",
]
