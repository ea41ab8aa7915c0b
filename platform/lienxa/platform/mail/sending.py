"""Handing a message to the mail server of the installation (`LIENXA_SMTP_*`)."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from lienxa.platform.settings import Settings
from lienxa.platform.text import _

_REASON = 300


@dataclass(frozen=True)
class Refused:
    """Why the server did not take it, in its own words. What is `final` it will never take."""

    reason: str
    final: bool


def send(settings: Settings, message: EmailMessage) -> Refused | None:
    """Hand it over; None: it was taken. Blocks for `smtp_seconds` at most at each step.

    The server must show a certificate that is trusted, for the name that it was called by.
    """
    return _tried(settings, lambda server: server.send_message(message))


def probe(settings: Settings) -> Refused | None:
    """Connect and log in, and hand over nothing; None: letters would be taken. Blocks as `send` does."""
    return _tried(settings, lambda server: server.noop())


def _tried(settings: Settings, act: Callable[[smtplib.SMTP], object]) -> Refused | None:
    try:
        with _connected(settings) as server:
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            act(server)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        return Refused(_said(code, said), code >= 500)
    except smtplib.SMTPAuthenticationError as error:  # its user or password is ours to mend, not the receiver's
        why = _said(error.smtp_code, error.smtp_error)
        return Refused(_("Máy chủ thư không nhận tài khoản: {why}", why=why), final=False)
    except smtplib.SMTPResponseException as error:
        return Refused(_said(error.smtp_code, error.smtp_error), error.smtp_code >= 500)
    except smtplib.SMTPNotSupportedError:
        return Refused(_("Máy chủ thư không có STARTTLS hoặc đăng nhập như đã đặt."), final=False)
    except ssl.SSLCertVerificationError as error:
        return Refused(_("Chứng thư của máy chủ thư không tin được: {why}", why=error.verify_message), final=False)
    except (OSError, smtplib.SMTPException) as error:
        return Refused(_("Không nối được máy chủ thư ({kind}).", kind=type(error).__name__), final=False)
    return None


def _connected(settings: Settings) -> smtplib.SMTP:
    host, port, seconds = settings.smtp_host, settings.smtp_port, settings.smtp_seconds
    if settings.smtp_security == "none":
        return smtplib.SMTP(host, port, timeout=seconds)
    trusted = ssl.create_default_context(cafile=settings.smtp_ca_file or None)
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=seconds, context=trusted)
    server = smtplib.SMTP(host, port, timeout=seconds)
    try:
        server.starttls(context=trusted)
    except BaseException:
        server.close()
        raise
    return server


def _said(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(f"{code} {said}".split())[:_REASON]
