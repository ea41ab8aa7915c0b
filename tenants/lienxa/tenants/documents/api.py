"""What other modules may ask of documents: the series of numbers, terms, congresses and the rules of intake.

The screens for them belong to whoever administers the office. A paper that was signed elsewhere is entered here too.
"""

from lienxa.tenants.documents.operations.issuing import enter_signed, is_visible, latest_issued
from lienxa.tenants.documents.operations.series import (
    body_books,
    keep_common_book,
    require_proposal,
    route_directly,
    series,
    set_opening_number,
    share_series,
)
from lienxa.tenants.documents.operations.terms import close_term, drop_congress, drop_term, open_congress, terms
from lienxa.tenants.documents.permissions import CONFIGURE
from lienxa.tenants.documents.rules import EACH_OWN, ONE_NEW
from lienxa.tenants.documents.schemas import Attachment, BodyBooks, SeriesLine, SignedPaper, TermLine

__all__ = [
    "CONFIGURE",
    "EACH_OWN",
    "ONE_NEW",
    "Attachment",
    "BodyBooks",
    "SeriesLine",
    "SignedPaper",
    "TermLine",
    "body_books",
    "close_term",
    "drop_congress",
    "drop_term",
    "enter_signed",
    "is_visible",
    "keep_common_book",
    "latest_issued",
    "open_congress",
    "require_proposal",
    "route_directly",
    "series",
    "set_opening_number",
    "share_series",
    "terms",
]
