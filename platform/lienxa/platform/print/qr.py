"""QR codes as drawings."""

import io
from dataclasses import dataclass

_QUIET = 4  # modules of white around it (ISO/IEC 18004)


@dataclass(frozen=True)
class Modules:
    """The dark modules of a code as the path of a page's own SVG, within a square of `size`."""

    size: int
    path: str


def qr(text: str) -> str:
    """The QR code of a text as SVG, readable although 15 % of it is damaged; a template shows it with `drawing`."""
    import segno

    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(drawn, kind="svg", xmldecl=False, border=1)
    return drawn.getvalue().decode()


def qr_modules(text: str) -> Modules:
    """The QR code of a text for a page."""
    import segno

    rows = [bytes(row) for row in segno.make_qr(text, error="m").matrix_iter(border=_QUIET)]
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, module in enumerate(row) if module)
    return Modules(len(rows), "".join(dark))
