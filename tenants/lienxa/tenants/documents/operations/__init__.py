"""The verbs of documents, in the order in which a paper goes through the office (NĐ 30/2020, articles 10-24).

Each asks for the right first, then finds the document among those that the person may see and locks it, then asks the
state machine. Nothing here commits.
"""

from lienxa.tenants.documents.operations import (
    acts,
    books,
    brought,
    closing,
    common,
    comparing,
    drafts,
    files,
    incoming,
    issuing,
    leaving,
    old_books,
    printed_books,
    restoring,
    selection,
    series,
    succession,
    terms,
)

__all__ = [
    "acts",
    "books",
    "brought",
    "closing",
    "common",
    "comparing",
    "drafts",
    "files",
    "incoming",
    "issuing",
    "leaving",
    "old_books",
    "printed_books",
    "restoring",
    "selection",
    "series",
    "succession",
    "terms",
]
