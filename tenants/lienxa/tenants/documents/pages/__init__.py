"""Both books, their forms, and the page of a document with its acts."""

from lienxa.tenants.documents.pages import (
    books,
    brought,
    closing,
    common,
    comparing,
    document,
    drafts,
    home,
    incoming,
    printed_books,
    selection,
    shown,
    trail,
)

__all__ = [
    "books",
    "brought",
    "closing",
    "common",
    "comparing",
    "document",
    "drafts",
    "home",
    "incoming",
    "printed_books",
    "selection",
    "shown",
    "trail",
]
