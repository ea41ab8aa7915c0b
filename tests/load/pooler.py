"""PgBouncer of Debian before a PostgreSQL of the tests: in transaction mode, with fewer connections than clients."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from lienxa.platform.db.embedded import free_port
from lienxa.platform.db.programs import Account

# `host:port` of a PgBouncer before the server that the tests were given.
ENVIRONMENT = "LIENXA_TEST_POOLER"
PACKAGES = ("pgbouncer", "libevent-2.1-7", "libc-ares2")
UNPACKED = Path(__file__).parents[2] / "build" / "pgbouncer"
_LIBRARIES = ("usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu")
_START_SECONDS = 20.0


def program() -> Path | None:
    """PgBouncer of the system, or of Debian's packages, which are unpacked into `build/` without being installed."""
    installed = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if installed:
        return Path(installed)
    unpacked = UNPACKED / "usr" / "sbin" / "pgbouncer"
    return unpacked if unpacked.is_file() or _unpack() else None


def _unpack() -> bool:
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return False
    loading = UNPACKED.with_suffix(".unfinished")
    shutil.rmtree(loading, ignore_errors=True)
    loading.mkdir(parents=True)
    if subprocess.run(["apt-get", "download", *PACKAGES], cwd=loading, capture_output=True, check=False).returncode:
        return False
    for package in loading.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(package), str(loading)], check=True)
        package.unlink()
    shutil.rmtree(UNPACKED, ignore_errors=True)
    loading.rename(UNPACKED)
    return True


@dataclass(frozen=True)
class Pooler:
    """A running PgBouncer; `superuser` is the address of its server."""

    superuser: str
    port: int

    @property
    def address(self) -> str:
        """For `ENVIRONMENT`."""
        return f"127.0.0.1:{self.port}"

    def through(self, dsn: str) -> str:
        """An address of the server, led through the pooler."""
        return make_url(dsn).set(host="127.0.0.1", port=self.port).render_as_string(hide_password=False)

    def show(self, what: str) -> list[dict[str, Any]]:
        """What its console answers to `show ...`."""
        console = make_url(self.through(self.superuser)).set(database="pgbouncer")
        with psycopg.connect(console.render_as_string(hide_password=False), autocommit=True) as connection:
            found = connection.execute(f"show {what}".encode())
            names = [column.name for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@contextmanager
def running(found: Path, folder: Path, superuser: str, *, connections: int) -> Iterator[Pooler]:
    """PgBouncer before the server of that superuser, with so many connections of it for each login and database.

    `folder` is one that the server's account may enter; as root PgBouncer runs as that account too.
    """
    server, port, account = make_url(superuser), free_port(), Account.find()
    home = folder / "pgbouncer"
    home.mkdir(mode=0o755)
    shutil.copy(found, home / "pgbouncer")
    for library in (UNPACKED / name for name in _LIBRARIES):
        for path in library.glob("*.so.*") if UNPACKED in found.parents else ():
            shutil.copy(path, home / path.name)
    (home / "users.txt").write_text(f'"{server.username}" "{server.password}"\n')
    (home / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={server.host} port={server.port}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = scram-sha-256\nauth_file = {home}/users.txt\nauth_user = {server.username}\n"
        f"stats_users = {server.username}\npool_mode = transaction\ndefault_pool_size = {connections}\n"
        "max_client_conn = 2000\nquery_wait_timeout = 60\nlog_connections = 0\nlog_disconnections = 0\n"
    )
    for path in (home, *home.iterdir()):
        account.own(path)
    environment = {**os.environ, "LD_LIBRARY_PATH": str(home)}
    identity: dict[str, Any] = {"user": account.uid, "group": account.gid, "extra_groups": []}
    with (folder / "pgbouncer.log").open("wb") as log:
        process = subprocess.Popen(
            [home / "pgbouncer", home / "pgbouncer.ini"],
            cwd="/",
            env=environment,
            stdout=log,
            stderr=log,
            **identity if account.is_other else {},
        )
    try:
        pooler = Pooler(superuser, port)
        _await(pooler, process, folder / "pgbouncer.log")
        yield pooler
    finally:
        process.kill()
        process.wait()


def _await(pooler: Pooler, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        assert process.poll() is None, log.read_text()
        try:
            pooler.show("version")
            return
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
