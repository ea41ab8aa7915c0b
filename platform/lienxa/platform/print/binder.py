"""A long paper, set in parts: typst keeps some 150 KB of memory for each line of a table until it is done."""

import io
from types import TracebackType
from typing import Any, Self


class Binder:
    """Puts papers one behind the other. For heavy jobs, never for the web."""

    def __init__(self) -> None:
        import pypdfium2  # tens of megabytes that the web process never needs

        self._opened: Any = pypdfium2.PdfDocument
        self._bound = self._opened.new()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bound.close()

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return len(self._bound)

    def add(self, paper: bytes) -> None:
        """Put a PDF behind what is there."""
        part = self._opened(paper)
        try:
            self._bound.import_pages(part)
        finally:
            part.close()

    def content(self) -> bytes:
        """The whole as one PDF."""
        written = io.BytesIO()
        self._bound.save(written)
        return written.getvalue()
