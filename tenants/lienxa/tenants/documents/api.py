"""What other modules may ask of documents: the series of numbers, terms, congresses and the rules of intake.

The screens for them belong to whoever administers the office. A paper that was signed elsewhere is entered here too.
"""

from lienxa.tenants.documents.operations import (
    close_term,
    enter_signed,
    is_visible,
    keep_common_book,
    open_congress,
    require_proposal,
    route_directly,
    series,
    set_opening_number,
    terms,
)
from lienxa.tenants.documents.permissions import CONFIGURE
from lienxa.tenants.documents.schemas import Attachment, SeriesLine, SignedPaper, TermLine

__all__ = [
    "CONFIGURE",
    "Attachment",
    "SeriesLine",
    "SignedPaper",
    "TermLine",
    "close_term",
    "enter_signed",
    "is_visible",
    "keep_common_book",
    "open_congress",
    "require_proposal",
    "route_directly",
    "series",
    "set_opening_number",
    "terms",
]
