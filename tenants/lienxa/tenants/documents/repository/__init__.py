"""All SQL of documents."""

from lienxa.tenants.documents.repository import (
    books,
    brought,
    closing,
    comparing,
    document,
    drafts,
    figures,
    files,
    incoming,
    leaving,
    old_books,
    printed_books,
    series,
    succession,
    terms,
)

__all__ = [
    "books",
    "brought",
    "closing",
    "comparing",
    "document",
    "drafts",
    "figures",
    "files",
    "incoming",
    "leaving",
    "old_books",
    "printed_books",
    "series",
    "succession",
    "terms",
]
