"""The message catalogue. Every text that people read passes through `_`, so that another language can be added.

The source language is Vietnamese: without a catalogue the text itself is the message.
"""

import gettext
import os
from pathlib import Path

DOMAIN = "lienxa"
LOCALE = Path(__file__).parent / "web" / "locale"
_catalogue = gettext.translation(
    DOMAIN, localedir=LOCALE, languages=[os.environ.get("LIENXA_LANGUAGE", "vi")], fallback=True
)


def _(message: str, **values: object) -> str:
    """The text in the language of the installation, with `{name}` places filled from `values`."""
    translated = _catalogue.gettext(message)
    return translated.format(**values) if values else translated


def fold(value: str) -> str:
    """Lower case without diacritics, as `app.norm` of the database does: `Ngân sách` -> `ngan sach`."""
    import unicodedata

    plain = unicodedata.normalize("NFD", value.replace("Đ", "D").replace("đ", "d"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()
