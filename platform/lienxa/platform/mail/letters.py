"""A letter as it is written, and as it travels: plain text, and the same in HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from uuid import UUID

from lienxa.platform.text import _

# Machines that answer letters by themselves must leave these alone (RFC 3834).
_HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
_SUBJECT = 200


@dataclass(frozen=True)
class Letter:
    """What is written: paragraphs, lines that a program reads again, and where to go on (label, address)."""

    subject: str
    paragraphs: Sequence[str]
    lines: Sequence[str] = ()
    link: tuple[str, str] | None = None

    @property
    def text(self) -> str:
        """The letter in plain text."""
        parts = [*self.paragraphs, "\n".join(self.lines)]
        if self.link:
            parts.append(f"{self.link[0]}:\n{self.link[1]}")
        return "\n\n".join(part for part in parts if part) + "\n"

    @property
    def html(self) -> str:
        """The same in HTML, without pictures, styles or anything that is fetched."""
        parts = [f"<p>{escape(paragraph)}</p>" for paragraph in self.paragraphs]
        if self.lines:
            parts.append(f"<pre>{escape(chr(10).join(self.lines))}</pre>")
        if self.link:
            parts.append(f'<p><a href="{escape(self.link[1])}">{escape(self.link[0])}</a></p>')
        return f'<!doctype html><html lang="vi"><meta charset="utf-8"><body>{"".join(parts)}</body></html>\n'


def one_line(text: str) -> str:
    """A text that can stand in a header: no line ends in it, whoever wrote it."""
    return " ".join(text.split())[:_SUBJECT]


def message(
    *, mail_id: UUID, sender: str, receiver: str, subject: str, text: str, html: str, written_at: datetime
) -> EmailMessage:
    """The message of a letter. The same letter has the same identifier each time it is sent.

    `ValueError` for an address with anything in it that is none, a line end above all.
    """
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(display_name=_("Liên Xã"), addr_spec=sender)
    made["To"] = Address(addr_spec=receiver)
    made["Subject"] = one_line(subject)
    made["Date"] = format_datetime(written_at)
    made["Message-ID"] = f"<{mail_id}@{sender.rpartition('@')[2]}>"
    for name, value in _HEADERS.items():
        made[name] = value
    made.set_content(text)
    made.add_alternative(html, subtype="html")
    return made
