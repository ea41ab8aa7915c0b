"""`<data>/service.env`: what an installation has chosen for itself, for all of its processes and commands."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from lienxa.platform.db.embedded import Cluster, write_private
from lienxa.platform.db.programs import CannotStart
from lienxa.platform.settings import SERVICE_FILE, Settings
from lienxa.platform.text import _

DATABASE = "lienxa"
_SSO = "LIENXA_SSO"
# Below are the ports of the system.
PORTS = range(1024, 65536)
_HEADER = "# Written at every start; keys and what you add stay. Whoever reads this file can do everything.\n"
_KEYS = ("LIENXA_SECRET_KEY", "LIENXA_AUDIT_KEY", "LIENXA_CLIENT_SECRET", "LIENXA_PROVISIONER_CLIENT_SECRET")


def write(data: Path, cluster: Cluster, keycloak_port: int = 0) -> Settings:
    """Write the file for a cluster that runs, keys made once, and return the settings that all processes will read.

    The port is the environment's or the default: a port chosen for one start is not chosen for ever. Where the people
    are is: a folder whose people a Keycloak server knows stays with it. Raises `CannotStart` if it is asked to leave.
    """
    file = data / SERVICE_FILE
    values = {name: value for name, value in dotenv_values(file).items() if value is not None}
    _require_same_issuer(values)
    values[_SSO] = os.environ.get(_SSO) or values.get(_SSO) or "embedded"
    values["LIENXA_KEYCLOAK_PORT"] = str(keycloak_port)
    for name in _KEYS:
        values.setdefault(name, secrets.token_hex(32))
    values["LIENXA_PORT"] = str(chosen_port())
    for role in ("app", "migrator", "operator"):
        values[f"LIENXA_DB_{role.upper()}_DSN"] = cluster.dsn(f"lx_{role}", DATABASE)
    write_private(file, _HEADER + "".join(f"{name}={value}\n" for name, value in sorted(values.items())))
    return Settings(_env_file=file)  # type: ignore[call-arg]


def _require_same_issuer(kept: Mapping[str, str]) -> None:
    if not kept:
        return
    known = kept.get(_SSO, "embedded")
    if os.environ.get(_SSO, known) == known:
        return
    where = _("Keycloak") if known == "keycloak" else _("dịch vụ này (bộ đăng nhập nhúng)")
    what = _("Người dùng của thư mục dữ liệu này do {where} giữ.", where=where)
    raise CannotStart(what + " " + _("Bỏ SSO, hoặc chọn thư mục khác: LIENXA_DATA=.lienxa-{sso}", sso=_other(known)))


def _other(sso: str) -> str:
    return "embedded" if sso == "keycloak" else "keycloak"


def chosen_port() -> int:
    """The port that this start is to use. Raises `CannotStart` if what is set is none that we may take."""
    default: int = Settings.model_fields["port"].default
    typed = os.environ.get("LIENXA_PORT") or str(default)
    if typed.isascii() and typed.isdecimal() and len(typed) <= len(str(PORTS[-1])) and int(typed) in PORTS:
        return int(typed)
    what = _("LIENXA_PORT={typed}: cổng phải là số từ {least} đến {most}.", typed=typed, least=PORTS[0], most=PORTS[-1])
    raise CannotStart(what + " " + _("Ví dụ: LIENXA_PORT={port} make run", port=default))
