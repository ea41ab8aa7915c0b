"""QR codes as drawings."""

import io


def qr(text: str) -> str:
    """The QR code of a text as SVG, readable although 15 % of it is damaged; a template shows it with `drawing`."""
    import segno

    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(drawn, kind="svg", xmldecl=False, border=1)
    return drawn.getvalue().decode()
