"""The embedded PostgreSQL: a cluster made, started and stopped by us, and what a superuser does in it once.

As root the server runs as another account (`db/programs.py`), and the data folder may lie below one that this account
cannot enter (a clone in a folder of mode 0700). Then the cluster is put elsewhere, and `<root>/location` says where.
"""

import errno
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import threading
import time
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Self

from lienxa.platform.db.programs import Account, CannotStart, Programs, find_programs
from lienxa.platform.processes import die_with_parent
from lienxa.platform.text import _

SUPERUSER = "postgres"
SERVICE_LOGINS = ("lx_migrator", "lx_app", "lx_operator")
LOGINS = (SUPERUSER, *SERVICE_LOGINS)
SPACE_NEEDED = 500 * 1024 * 1024
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_LAST_LINES = 8
_BOOTSTRAP_LOCK = 7_142_001


class Cluster:
    """One PostgreSQL cluster below `root`, listening on 127.0.0.1 only, every login by scram-sha-256.

    `fsync=False` is for tests: it is fast and loses the data when the machine stops. Start it from the main thread
    (see `die_with_parent`). `log` collects what the server says; by default `<root>/postgresql.log`.
    """

    def __init__(self, root: Path, *, fsync: bool = True, port: int | None = None, log: Path | None = None) -> None:
        self.root = root.absolute()
        self.fsync = fsync
        self.port = port or 0
        self.log = log or self.root / "postgresql.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._fixed_port = port is not None
        self._account = Account.find()
        self._location = self.root / "location"
        self.home = Path(self._location.read_text()) if self._location.is_file() else self.root

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Make the cluster if there is none and start it. Raises `CannotStart`."""
        try:
            make_folder(self.root)
            self._settle()
            require_space(self.home)
            if self.folder.is_dir():
                self._check_version()
            else:
                self._initialise()
            self._run()
        except OSError as error:
            raise CannotStart(explain(error)) from error

    def stop(self) -> None:
        """Fast shutdown: connections are cut, everything committed is kept."""
        process, self.process = self.process, None
        if process is None:
            return
        later = ((signal.SIGQUIT, _STOP_SECONDS), (signal.SIGKILL, _STOP_SECONDS + 5.0))
        timers = [threading.Timer(seconds, process.send_signal, [how]) for how, seconds in later]
        for timer in timers:
            timer.daemon = True
            timer.start()
        process.send_signal(signal.SIGINT)
        process.wait()  # without a time-out, which would look only every 50 ms
        for timer in timers:
            timer.cancel()

    def flush(self) -> None:
        """Write what is only in memory to disk, so that a stop soon after much work need not."""
        import psycopg

        with psycopg.connect(self.dsn(SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute("checkpoint")

    def remove(self) -> None:
        """Stop it and delete all of its files, wherever they lie."""
        self.stop()
        for folder in {self.home, self._elsewhere_path(), self.root}:
            shutil.rmtree(folder, ignore_errors=True)

    def dsn(self, role: str, database: str) -> str:
        """The address of a database for a login role (`LOGINS`), without a driver name. Ask after `start`."""
        return f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"

    @cached_property
    def passwords(self) -> dict[str, str]:
        """Password of each login role; made once, kept in a file that only our own account reads."""
        file = self.root / "passwords.json"
        if not file.is_file():
            write_private(file, json.dumps({role: secrets.token_hex(24) for role in LOGINS}))
        kept: dict[str, str] = json.loads(file.read_text())
        return kept

    @cached_property
    def programs(self) -> Programs:
        """The server's programs, as the account that runs them can reach them."""
        return find_programs(self._account, self._elsewhere)

    @property
    def folder(self) -> Path:
        """The cluster's data folder."""
        return self.home / "data"

    # --- where it lies ---------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Decide where a new cluster lies; one that exists never moves."""
        if self._account.is_other:
            _remove_orphans()
        if self.home != self.root and not self.folder.is_dir():
            lost = _("Không còn dữ liệu ở {home} (ghi trong {file}). ", home=self.home, file=self._location)
            raise CannotStart(lost + _("Khôi phục từ bản sao lưu, hoặc chọn LIENXA_DATA khác."))
        if not self.folder.is_dir() and self._account.is_other and not self._account.enters(self.root):
            self.home = self._elsewhere()

    def _elsewhere(self) -> Path:
        """A folder of ours that every account can enter, made if need be."""
        folder = self._elsewhere_path()
        folder.mkdir(mode=0o755, exist_ok=True)
        facts = folder.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
            raise CannotStart(_("{path} không phải của mình; hãy xóa nó rồi chạy lại.", path=folder))
        folder.chmod(0o755)  # whatever the umask took away
        (folder / "origin").write_text(str(self.root))
        return folder

    def _elsewhere_path(self) -> Path:
        """Its path follows from `root`: a place that lasts, or for tests one that is swept."""
        base = Path("/var/lib" if self.fsync else tempfile.gettempdir())
        return base / f"lienxa-{hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]}"

    # --- making it -------------------------------------------------------------------------------------------------

    def _initialise(self) -> None:
        """Run initdb beside the final place and rename: what is killed in the middle leaves no half cluster."""
        unfinished, password = self.home / "unfinished", self.home / "superuser"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        write_private(password, self.passwords[SUPERUSER])
        self._account.own(unfinished)
        self._account.own(password)
        command = [self.programs.path("initdb"), f"--pgdata={unfinished}", f"--username={SUPERUSER}"]
        command += [f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        command += ["--no-instructions"] if self.fsync else ["--no-instructions", "--no-sync"]
        try:
            answer = self._account.run(command)
        finally:
            password.unlink()
        if answer.returncode != 0:
            raise CannotStart(_failure(answer.stdout))
        unfinished.rename(self.folder)
        if self.home != self.root:
            self._location.write_text(str(self.home))

    def _check_version(self) -> None:
        made_by = int((self.folder / "PG_VERSION").read_text())
        if made_by == self.programs.major:
            return
        what = _("Dữ liệu ở {path} do PostgreSQL {old} tạo, ", path=self.folder, old=made_by)
        what += _("còn chương trình ở {path} là PostgreSQL {new}. ", path=self.programs.folder, new=self.programs.major)
        raise CannotStart(what + _("Đặt LIENXA_PG_BIN trỏ tới đúng phiên bản, hoặc chọn LIENXA_DATA khác."))

    # --- running it ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._wait_for_predecessor()
        last_port = self.root / "port"
        if not self._fixed_port:
            self.port = free_port(int(last_port.read_text()) if last_port.is_file() else 0)
        said = self._try()
        if said is not None and "could not bind" in said and not self._fixed_port:  # taken since we looked
            self.port = free_port()
            said = self._try()
        if said is not None:
            raise CannotStart(_failure(said))
        last_port.write_text(str(self.port))

    def _try(self) -> str | None:
        """Start the server and wait until it serves; otherwise what it said."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",  # its path may not exceed 107 bytes; TCP serves everybody
            "max_connections": "100",
            "shared_buffers": "256MB",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] %u@%d ",
            "log_error_verbosity": "terse",  # the detail of an error quotes rows
        }
        if not self.fsync:
            settings |= dict.fromkeys(("fsync", "full_page_writes", "synchronous_commit"), "off")
        command = [self.programs.path("postgres"), "-D", str(self.folder)]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            start = log.tell()
            process = self._account.start(command, log, die_with_parent(signal.SIGINT))
        deadline = time.monotonic() + _START_SECONDS
        while process.poll() is None:
            if _is_ready(self.folder, process.pid):
                self.process = process
                return None
            if time.monotonic() > deadline:
                process.send_signal(signal.SIGQUIT)
                process.wait()
                break
            time.sleep(0.02)
        with self.log.open("rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")

    def _wait_for_predecessor(self) -> None:
        """A server whose parent was killed may still be shutting down."""
        deadline = time.monotonic() + _STOP_SECONDS
        while _server_runs(self.folder):
            if time.monotonic() > deadline:
                raise CannotStart(_("Một PostgreSQL khác đang dùng {path}; hãy dừng nó trước.", path=self.folder))
            time.sleep(0.1)


def bootstrap(cluster: Cluster, database: str = "lienxa") -> None:
    """Roles, their passwords, the database and what only a superuser can make in it (`bootstrap.sql`); idempotent."""
    import psycopg
    from psycopg import sql

    statements = (files("lienxa.platform.db") / "bootstrap.sql").read_text(encoding="utf-8")
    # Roles belong to the cluster: two databases bootstrapped at once would trip over them.
    with psycopg.connect(cluster.dsn(SUPERUSER, "postgres"), autocommit=True) as server:
        server.execute("select pg_advisory_lock(%s)", [_BOOTSTRAP_LOCK])
        if not server.execute("select from pg_database where datname = %s", [database]).rowcount:
            server.execute(sql.SQL("create database {}").format(sql.Identifier(database)))
        with psycopg.connect(cluster.dsn(SUPERUSER, database)) as connection:
            connection.execute(statements.encode())
        without = server.execute(
            "select rolname from pg_authid where rolname = any(%s) and rolpassword is null", [[*SERVICE_LOGINS]]
        )
        for (role,) in without.fetchall():
            verifier = server.pgconn.encrypt_password(cluster.passwords[role].encode(), role.encode(), b"scram-sha-256")
            server.execute(
                sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(verifier.decode()))
            )


def own_database(cluster: Cluster, name: str, password: str) -> bool:
    """A role that logs in with `password`, and a database of the same name that it owns and nobody else enters.

    Whether the database was made now.
    """
    import psycopg
    from psycopg import sql

    role = sql.Identifier(name)
    with psycopg.connect(cluster.dsn(SUPERUSER, "postgres"), autocommit=True) as server:
        server.execute("select pg_advisory_lock(%s)", [_BOOTSTRAP_LOCK])
        if not server.execute("select from pg_roles where rolname = %s", [name]).rowcount:
            server.execute(sql.SQL("create role {} login nosuperuser nocreatedb nocreaterole").format(role))
        verifier = server.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
        server.execute(sql.SQL("alter role {} password {}").format(role, sql.Literal(verifier)))
        if server.execute("select from pg_database where datname = %s", [name]).rowcount:
            return False
        server.execute(sql.SQL("create database {} owner {}").format(role, role))
        server.execute(sql.SQL("revoke all on database {} from public").format(role))
        return True


def free_port(wanted: int = 0) -> int:
    """`wanted` if nobody listens there on 127.0.0.1, else a free port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            chosen: int = probe.getsockname()[1]
            return chosen
    raise CannotStart(_("Không còn cổng trống trên 127.0.0.1."))


def make_folder(folder: Path) -> None:
    """Make a folder of ours. As root others may pass through it (the server's account must), but not list it."""
    if not folder.is_dir():
        folder.mkdir(parents=True)
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


def write_private(file: Path, content: str) -> None:
    """Write a file that only our own account can read, from its first byte on; replaced as a whole."""
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(content)
    fresh.rename(file)


def require_space(folder: Path) -> None:
    """Refuse to begin what would fill the disk."""
    free = shutil.disk_usage(folder).free
    if free < SPACE_NEEDED:
        needed, left = SPACE_NEEDED // 2**20, free // 2**20
        raise CannotStart(
            _("Không đủ chỗ ở {path}: cần {needed} MB, còn {left} MB.", path=folder, needed=needed, left=left)
        )


def explain(error: OSError) -> str:
    """The one line for a fault of the file system."""
    path = error.filename or ""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return _("Hết chỗ trên đĩa khi ghi {path}.", path=path)
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return _("Không có quyền ghi {path}. Đặt LIENXA_DATA tới thư mục của mình.", path=path)
    if error.errno in {errno.EEXIST, errno.ENOTDIR}:
        return _("{path} không phải là thư mục. Đặt LIENXA_DATA tới một thư mục.", path=path)
    return f"{path}: {error.strerror}" if path else str(error)


def _failure(said: str) -> str:
    if "No space left on device" in said:
        return _("Hết chỗ trên đĩa; PostgreSQL không khởi động được.")
    last = "\n  ".join(said.strip().splitlines()[-_LAST_LINES:])
    return _("PostgreSQL không khởi động được:") + f"\n  {last}"


def _is_ready(folder: Path, pid: int) -> bool:
    """What pg_ctl looks at: the eighth line of postmaster.pid is the state of the server named in the first."""
    try:
        lines = (folder / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _server_runs(folder: Path) -> bool:
    """Whether the process named in postmaster.pid is a server of this folder; told by /proc, so on Linux only."""
    try:
        pid = int((folder / "postmaster.pid").read_text().splitlines()[0])
        return os.fsencode(folder) in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError, IndexError):
        return False


def _remove_orphans() -> None:
    """Delete clusters of temporary data folders that are gone: nobody else would ever find them."""
    temporary = (tempfile.gettempdir(), "/tmp", "/var/tmp")  # noqa: S108 -- compared with, not written to
    for base in {"/var/lib", tempfile.gettempdir()}:
        for folder in Path(base).glob("lienxa-????????????"):
            try:
                origin = Path((folder / "origin").read_text())
            except OSError:
                continue
            ours = folder.lstat().st_uid == os.geteuid()
            gone = any(origin.is_relative_to(place) for place in temporary) and not origin.exists()
            if ours and gone and not _server_runs(folder / "data"):
                shutil.rmtree(folder, ignore_errors=True)
