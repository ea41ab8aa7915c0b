"""A mail server of the tests: a real SMTP server on this machine, with or without TLS and a login."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from lienxa.platform.settings import Settings, get_settings

PROGRAM = Path(__file__).parent / "smtp_server.py"
USER, PASSWORD = "lien-xa", "mat-khau-thu"
HOST = "127.0.0.1"


@dataclass
class Mailbox:
    """A server and what it took."""

    port: int
    folder: Path

    @property
    def taken(self) -> list[EmailMessage]:
        """The letters, in the order in which they came."""
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in self._files]

    @property
    def secured(self) -> list[bool]:
        """Whether each came over TLS."""
        return [file.name.endswith(".tls.eml") for file in self._files]

    @property
    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.eml"))


MailServer = Callable[..., Mailbox]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of 127.0.0.1, which signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("mail") / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def mail_server(certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    """Start a mail server; `security` as in the settings, with a login or without, `answers` for some receivers."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*, security: str = "starttls", login: bool = True, answers: Mapping[str, str] | None = None) -> Mailbox:
        folder = tmp_path_factory.mktemp("mailbox")
        options = {"security": security, "certificate": str(certificate), "answers": dict(answers or {})}
        options |= {"user": USER if login else "", "password": PASSWORD}
        command = [sys.executable, str(PROGRAM), str(folder), json.dumps(options)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout is not None
        return Mailbox(int(process.stdout.readline()), folder)

    yield start
    for process in started:
        process.terminate()
        process.communicate()


@pytest.fixture
def mail_settings(certificate: Path) -> Callable[..., Settings]:
    """Settings of an installation that sends through this server."""

    def given(mailbox: Mailbox | int, **others: Any) -> Settings:
        port = mailbox if isinstance(mailbox, int) else mailbox.port
        wanted = {
            "smtp_host": HOST,
            "smtp_port": port,
            "smtp_user": USER,
            "smtp_password": SecretStr(PASSWORD),
            "smtp_ca_file": str(certificate),
            "smtp_seconds": 5.0,
            "mail_from": "khong-tra-loi@lien-xa.example",
        }
        return get_settings().model_copy(update=wanted | others)

    return given
