"""`<data>/service.env`: what an installation has chosen for itself, for all of its processes and commands."""

import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from dotenv import dotenv_values

from lienxa.platform.db.embedded import Cluster, write_private
from lienxa.platform.db.programs import CannotStart
from lienxa.platform.settings import SERVICE_FILE, Settings
from lienxa.platform.text import _

DATABASE = "lienxa"
_SSO, _EMBEDDED = "LIENXA_SSO", "embedded"
# Below are the ports of the system.
PORTS = range(1024, 65536)
_HEADER = "# Written at every start; keys and what you add stay. Whoever reads this file can do everything.\n"
_KEYS = ("LIENXA_SECRET_KEY", "LIENXA_AUDIT_KEY", "LIENXA_CLIENT_SECRET", "LIENXA_PROVISIONER_CLIENT_SECRET")


def write(data: Path, cluster: Cluster, keycloak_port: int = 0) -> Settings:
    """Write the file for a cluster that runs, keys made once, and return the settings that all processes will read.

    The port is the environment's or the default: a port chosen for one start is not chosen for ever. Who
    vouches for the people of the folder is (`require_same_issuer`).
    """
    file, values = data / SERVICE_FILE, _kept(data)
    values[_SSO] = os.environ.get(_SSO) or values.get(_SSO) or _EMBEDDED
    values["LIENXA_KEYCLOAK_PORT"] = str(keycloak_port)
    for name in _KEYS:
        values.setdefault(name, secrets.token_hex(32))
    values["LIENXA_PORT"] = str(chosen_port())
    for role in ("app", "migrator", "operator"):
        values[f"LIENXA_DB_{role.upper()}_DSN"] = cluster.dsn(f"lx_{role}", DATABASE)
    _write(data, values)
    return Settings(_env_file=file)  # type: ignore[call-arg]


def replace_keys(data: Path, names: Sequence[str]) -> None:
    """Put a new key in the place of each of these, and the present one at the head of its old ones.

    Raises `CannotStart` if the keys of this installation are not kept in the file.
    """
    values = _kept(data)
    for name in names:
        present, old = values.get(name), old_keys(name)
        if not present or name in os.environ or old in os.environ:
            raise CannotStart(
                _("{name} không nằm trong {file}: đổi ở nơi đặt biến môi trường.", name=name, file=data / SERVICE_FILE)
            )
        values[old] = ",".join(filter(None, (present, values.get(old))))
        values[name] = secrets.token_hex(32)
    _write(data, values)


def old_keys(name: str) -> str:
    """The variable that holds what the key of that variable replaced: `LIENXA_OLD_SECRET_KEYS`."""
    return name.replace("LIENXA_", "LIENXA_OLD_") + "S"


def require_same_issuer(data: Path) -> None:
    """Raise `CannotStart` if the people of this folder are known to another issuer than the one that is asked for."""
    kept = _kept(data)
    known = kept.get(_SSO, _EMBEDDED)
    if not kept or os.environ.get(_SSO, known) == known:
        return
    other = "keycloak" if known == _EMBEDDED else _EMBEDDED
    where = _("bộ đăng nhập nhúng của dịch vụ") if known == _EMBEDDED else _("máy chủ Keycloak")
    what = _("Người dùng của thư mục dữ liệu này do {where} giữ.", where=where)
    raise CannotStart(what + " " + _("Chọn thư mục khác: LIENXA_DATA=.lienxa-{sso} make run SSO={sso}", sso=other))


def _write(data: Path, values: Mapping[str, str]) -> None:
    lines = [f"{name}={value}\n" for name, value in sorted(values.items())]
    write_private(data / SERVICE_FILE, _HEADER + "".join(lines))


def _kept(data: Path) -> dict[str, str]:
    return {name: value for name, value in dotenv_values(data / SERVICE_FILE).items() if value is not None}


def chosen_port() -> int:
    """The port that this start is to use. Raises `CannotStart` if what is set is none that we may take."""
    default: int = Settings.model_fields["port"].default
    typed = os.environ.get("LIENXA_PORT") or str(default)
    if typed.isascii() and typed.isdecimal() and len(typed) <= len(str(PORTS[-1])) and int(typed) in PORTS:
        return int(typed)
    what = _("LIENXA_PORT={typed}: cổng phải là số từ {least} đến {most}.", typed=typed, least=PORTS[0], most=PORTS[-1])
    raise CannotStart(what + " " + _("Ví dụ: LIENXA_PORT={port} make run", port=default))
