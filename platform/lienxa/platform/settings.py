"""All settings of all processes. Names in the environment begin with `LIENXA_`.

`make run` writes what it chose (ports, passwords, keys) to `<data>/service.env`, readable by its owner only; every
other command of the same installation reads it from there. The environment wins over the file.
"""

import os
import re
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from lienxa.platform.networks import read_allowed
from lienxa.platform.text import _

SERVICE_FILE = "service.env"
_KEY = re.compile(r"(?:[0-9a-fA-F]{2}){32,}")


class Settings(BaseSettings):
    """One installation. DSNs are `postgresql://user:password@host:port/database`, without a driver name."""

    model_config = SettingsConfigDict(env_prefix="LIENXA_", extra="ignore", frozen=True, hide_input_in_errors=True)

    profile: Literal["embedded", "production"] = "embedded"
    data: Path = Path(".lienxa")
    port: int = 8000
    # The address the web server listens on. The embedded issuer exists on a loopback address only.
    bind: str = "127.0.0.1"
    today: date | None = None

    db_app_dsn: SecretStr = SecretStr("")
    db_migrator_dsn: SecretStr = SecretStr("")
    db_operator_dsn: SecretStr = SecretStr("")
    db_pool_size: int = 10
    # What the addresses above lead to: PostgreSQL, or the coordinator of a Citus cluster (docs/citus.md).
    db_engine: Literal["postgres", "citus"] = "postgres"
    # PostgreSQL itself, where the addresses of `app` and `operator` lead to a pooler in transaction mode; what it
    # leaves out (login, password, database) is theirs. That it is set says that there is a pooler (docs/pooler.md).
    db_direct_dsn: SecretStr = SecretStr("")

    # Where browsers find us. Organs live at <slug>.<base_domain>; sign-on at sso_host; the embedded issuer at id_host.
    scheme: Literal["http", "https"] = "http"
    base_domain: str = "localhost"
    sso_host: str = "localhost"
    id_host: str = "id.localhost"
    public_port: int | None = None

    # Who vouches for people in the embedded profile: this very service, or a Keycloak server (docs/keycloak.md).
    sso: Literal["embedded", "keycloak"] = "embedded"
    # A server of the site's own: its address without `/realms`, as browsers reach it, and as our code does if that is
    # another. Both empty: the issuer is run by `lienxa run` itself.
    issuer_url: str = ""
    issuer_server_url: str = ""
    # The port of the Keycloak server that `lienxa run` has started.
    keycloak_port: int = 0
    issuer_name: str = "lienxa"
    realm: str = "lienxa"
    client_id: str = "lienxa-web"
    client_secret: SecretStr = SecretStr("")
    # The service account that makes people and organizations at a Keycloak server.
    provisioner_client_id: str = "lienxa-provisioner"
    provisioner_client_secret: SecretStr = SecretStr("")
    # Whether that server sends mail: new people with an address are invited to choose their password by mail.
    invite_by_mail: bool = False

    # Keys of the application: at least 32 random bytes each, hexadecimal, never in the database. The old ones are those
    # that they replaced, newest first, with commas between: what was made with them is still known (docs/security.md).
    secret_key: SecretStr = SecretStr("")
    old_secret_keys: SecretStr = SecretStr("")
    audit_key: SecretStr = SecretStr("")
    old_audit_keys: SecretStr = SecretStr("")

    # A worker that has been silent for three heartbeats is dead, and its jobs go to others.
    jobs_heartbeat_seconds: float = 10.0
    # Where traces and metrics go: to a collector by OTLP over HTTP when its address is known (without the path of a
    # signal), otherwise into files of the data folder or to standard output; `off` makes none.
    telemetry: Literal["file", "console", "off"] = "file"
    otlp_endpoint: str = ""
    trace_sample: float = 0.05
    metrics_seconds: float = 60.0
    # Whoever is not on this machine reads `/metrics` with this token alone.
    metrics_token: SecretStr = SecretStr("")
    slow_statement_seconds: float = 0.5
    # Receivers of events that are not on the internet: networks and host names, with commas between. To these alone
    # http is allowed as well (docs/operations.md).
    webhook_allow: str = ""
    # How long an organ that is to be erased may be called back, and how long an address that it left leads on.
    erase_after_days: int = Field(default=30, ge=0)
    old_address_days: int = Field(default=180, ge=1)
    # How many working days in a row the paper registers and ours must agree before an organ goes live.
    parallel_clean_days: int = Field(default=5, ge=0)
    # The mail server of the installation (docs/operations.md); without a host nothing is sent. The file holds the
    # certificates of whoever signs for that server, if the system does not trust them.
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_ca_file: str = ""
    smtp_seconds: float = Field(default=20.0, gt=0)
    mail_from: str = ""
    # Who gets the heads of all trails each day: addresses with commas between.
    heads_to: str = ""
    log_format: Literal["json", "text"] = "json"
    demo: bool = True
    # `few` tells a year of a handful of things for whoever cannot wait, the walks of the tests among them.
    demo_volume: Literal["whole", "few"] = "whole"

    @field_validator("db_direct_dsn")
    @classmethod
    def _pools_postgres(cls, given: SecretStr, info: ValidationInfo) -> SecretStr:
        if given.get_secret_value() and info.data.get("db_engine") == "citus":
            raise ValueError(_("không dùng cùng LIENXA_DB_ENGINE=citus; hãy bỏ một trong hai."))
        return given

    @field_validator("old_secret_keys", "old_audit_keys")
    @classmethod
    def _are_keys(cls, given: SecretStr) -> SecretStr:
        if not all(_KEY.fullmatch(key) for key in _listed(given.get_secret_value())):
            raise ValueError(_("mỗi khóa cũ là 64 chữ số thập lục phân trở lên, cách nhau bằng dấu phẩy."))
        return given

    @field_validator("webhook_allow")
    @classmethod
    def _can_be_read(cls, written: str) -> str:
        read_allowed(written)
        return written

    @property
    def heads_receivers(self) -> list[str]:
        """The addresses of `heads_to`."""
        return _listed(self.heads_to)

    @property
    def secret_keys(self) -> tuple[bytes, ...]:
        """The application's keys, as they are reckoned with. The first alone makes anything new."""
        kept = [self.secret_key.get_secret_value(), *_listed(self.old_secret_keys.get_secret_value())]
        return tuple(key.encode() for key in kept)

    @property
    def audit_keys(self) -> tuple[bytes, ...]:
        """The keys of the trails' seals, of published heads and of archives; the first alone makes anything new."""
        kept = [self.audit_key.get_secret_value(), *_listed(self.old_audit_keys.get_secret_value())]
        return tuple(bytes.fromhex(key) for key in kept)

    @property
    def replaced_keys(self) -> list[str]:
        """All old keys that are given, as they are written."""
        return [key for old in (self.old_secret_keys, self.old_audit_keys) for key in _listed(old.get_secret_value())]

    @property
    def issuer_is_embedded(self) -> bool:
        """Whether this very service is the issuer. It never is in production."""
        return self.profile == "embedded" and self.sso == "embedded"

    @property
    def keycloak_is_ours(self) -> bool:
        """Whether `lienxa run` starts a Keycloak server beside the service."""
        wanted = self.profile == "embedded" and self.sso == "keycloak"
        return wanted and not self.issuer_url and not self.issuer_server_url

    @property
    def secure_cookies(self) -> bool:
        """`__Host-` cookie names and the Secure flag belong to https alone (design: security, 1)."""
        return self.scheme == "https"

    def address(self, host: str) -> str:
        """The address, without a path, under which a browser reaches `host`."""
        port = self.public_port or self.port
        standard = {"http": 80, "https": 443}[self.scheme]
        return f"{self.scheme}://{host}" if port == standard else f"{self.scheme}://{host}:{port}"


def _listed(written: str) -> list[str]:
    return [part.strip() for part in written.split(",") if part.strip()]


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once."""
    data = Path(os.environ.get("LIENXA_DATA", ".lienxa"))
    service_file = data / SERVICE_FILE
    return Settings(_env_file=service_file if service_file.is_file() else None)  # type: ignore[call-arg]
