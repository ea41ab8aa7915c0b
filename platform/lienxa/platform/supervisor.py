"""`lienxa run`: the whole service on one machine. Starts every process, keeps them running, stops them all.

Order: lock, database, schema; web and demonstration side by side; workers and scheduler. `ready:` is printed when the
web answers, workers and scheduler are at work and the demonstration stands. Whatever goes wrong is one clear line.
"""

import fcntl
import http.client
import ipaddress
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import structlog

from lienxa.platform import service_file
from lienxa.platform.children import Child, trim
from lienxa.platform.db.embedded import Cluster, bootstrap, explain, make_folder, require_space
from lienxa.platform.db.programs import CannotStart
from lienxa.platform.keycloak.server import ADMINISTRATOR, CHOSEN_FILE, Keycloak
from lienxa.platform.settings import Settings, get_settings
from lienxa.platform.telemetry import logs
from lienxa.platform.text import _

READY_SECONDS = 120.0
KEYCLOAK_SECONDS = 240.0
PORT_SECONDS = 2.0
TICK_SECONDS = 0.1
TRIM_SECONDS = 10.0
STOP_SECONDS = 4.0
# Streams end by themselves at once. What a request has not committed by then is rolled back as a whole.
WEB_STOP_SECONDS = 0.05
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class _Stop(BaseException):
    """Somebody asked us to end; raised wherever the main thread is."""


_log = structlog.get_logger(__name__)
_asked = threading.Event()


def run(*, keycloak_alone: bool = False) -> None:
    """Run the service, or its Keycloak server alone, until SIGTERM or Ctrl-C. Raises `CannotStart`."""
    for number in _SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup means it
            signal.signal(number, _ask_to_stop)
    try:
        data = Path(os.environ.get("LIENXA_DATA") or Settings.model_fields["data"].default).absolute()
        _require_sense()
        make_folder(data)
        os.umask(0o077)  # as root others may pass through the data folder; nothing in it is for them
        with _locked(data):
            service = Service(data)
            if keycloak_alone:
                service.run_keycloak()
            else:
                service.run()
    except OSError as error:
        raise CannotStart(explain(error)) from error
    except _Stop:
        sys.stdout.flush()
        os._exit(0)  # everything has ended; the interpreter's own clean-up would only keep make waiting


def _ask_to_stop(_number: int, _frame: FrameType | None) -> None:
    for number in _SIGNALS:  # make passes on what the whole group got already; once is enough
        signal.signal(number, signal.SIG_IGN)
    _asked.set()  # what is raised inside a destructor is lost: the next look at the processes raises it again
    raise _Stop


@contextmanager
def _locked(data: Path) -> Iterator[None]:
    """Hold the data folder: two services on one would destroy it."""
    with (data / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise CannotStart(
                _("Liên Xã đang chạy với {data} (tiến trình {pid}).", data=data, pid=file.read().strip() or "?")
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


class Service:
    """The processes of one data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._logs = data / "logs"
        self._cluster = Cluster(data / "postgresql", log=self._logs / "postgresql.log")
        self._keycloak = Keycloak(data / "keycloak", get_settings().id_host)
        self._children: list[Child] = []
        self._demonstration: Child | None = None
        self._trim_at = 0.0

    def run(self) -> None:
        """Start, watch and, whatever happens, stop everything."""
        try:
            settings = self._prepare()
            self._start(settings)
            self._await_ready(settings)
            _welcome(settings, self._keycloak)
            _log.info("service ready", port=settings.port)
            self._stay()
        finally:
            self._stop()

    def run_keycloak(self) -> None:
        """The same for the Keycloak server and its database alone."""
        try:
            settings = self._prepare()
            if not settings.keycloak_is_ours:
                raise CannotStart(_("Cấu hình không dùng Keycloak của chính dịch vụ: đặt LIENXA_SSO=keycloak."))
            self._start_keycloak()
            self._await_keycloak(settings)
            _say(f"ready: {self._keycloak.address}")
            _say(_administration(self._keycloak))
            _say(_("Dừng: Ctrl-C"))
            self._stay()
        finally:
            self._stop()

    def _stay(self) -> None:
        while True:
            self._watch()
            time.sleep(TICK_SECONDS)

    def _prepare(self) -> Settings:
        """Everything that comes before the first process of ours."""
        require_space(self._data)
        service_file.require_same_issuer(self._data)
        self._logs.mkdir(exist_ok=True)
        stream = (self._logs / "supervisor.log").open("a", encoding="utf-8")
        logs.configure("supervisor", get_settings().log_format, stream)
        _log.info("supervisor starting", pid=os.getpid())
        _require_port(get_settings().bind, service_file.chosen_port())
        _say(_("Khởi động PostgreSQL …"))
        self._cluster.start()
        bootstrap(self._cluster, service_file.DATABASE)
        keycloak_port = 0
        if get_settings().keycloak_is_ours:
            _say(_("Chuẩn bị Keycloak …"))
            self._keycloak.prepare(self._cluster)
            keycloak_port = self._keycloak.port
        settings = service_file.write(self._data, self._cluster, keycloak_port)
        migrate(settings)
        return settings

    def _start_keycloak(self) -> None:
        _say(_("Khởi động Keycloak (lần đầu mất chừng nửa phút) …"))
        child = self._keycloak.child(self._cluster, self._logs / "keycloak.log")
        self._children.append(child)
        child.start()

    def _await_keycloak(self, settings: Settings) -> None:
        """Until the server answers and its realm is as the file of this version says."""
        from lienxa.platform.keycloak import realm

        deadline = time.monotonic() + KEYCLOAK_SECONDS
        while not self._keycloak.answers():
            self._watch()
            if time.monotonic() > deadline:
                said = _("Sau {seconds:g} giây Keycloak vẫn chưa trả lời. ", seconds=KEYCLOAK_SECONDS)
                raise CannotStart(said + _("Xem {logs}.", logs=self._logs))
            time.sleep(TICK_SECONDS)
        self._keycloak.keep_tables(self._cluster)
        realm.bring_up(self._keycloak, settings)

    def _start(self, settings: Settings) -> None:
        """What a newcomer waits for; the rest would only take its time away."""
        if settings.keycloak_is_ours:
            self._start_keycloak()
        _say(_("Khởi động các tiến trình …"))
        web = self._child("web", web_server(settings.bind, settings.port), operator=False)
        self._children.append(web)
        web.start()
        if settings.keycloak_is_ours:
            self._await_keycloak(settings)
        if settings.demo:
            _say(_("Dữ liệu minh họa …"))
            self._demonstration = self._child("demo", ["lienxa.platform.operator.demo"])
            self._demonstration.start(output=sys.stdout.fileno())

    def _start_rest(self) -> None:
        rest = [
            self._child("worker-quick", ["lienxa.workers.worker", "quick"], operator=False, tells=True),
            self._child("worker-heavy", ["lienxa.workers.worker", "heavy"], operator=False, tells=True),
            self._child("worker-operator", ["lienxa.workers.worker", "operator"], tells=True),
            self._child("scheduler", ["lienxa.workers.scheduler"], operator=False, tells=True),
        ]
        self._children += rest
        for child in rest:
            child.start()

    def _child(self, name: str, module: list[str], *, operator: bool = True, tells: bool = False) -> Child:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LIENXA_DB_")}
        environment |= {"LIENXA_DATA": str(self._data), "LIENXA_DB_MIGRATOR_DSN": "", "PYTHONUNBUFFERED": "1"}
        environment |= ALLOCATION
        if not operator:  # who needs no login has none; the environment wins over service.env
            environment["LIENXA_DB_OPERATOR_DSN"] = ""
        return Child(name, [sys.executable, "-m", *module], environment, self._logs / f"{name}.log", tells=tells)

    def _await_ready(self, settings: Settings) -> None:
        """Until the web answers, every process is at work and the demonstration stands.

        What runs in the background begins when the web answers, while the demonstration is being made.
        """
        self._await(lambda: _answers(settings), _("trang web vẫn chưa trả lời"))
        self._start_rest()
        self._await(lambda: all(child.is_ready() for child in self._children), _("có tiến trình vẫn chưa sẵn sàng"))
        while self._demonstration is not None:
            self._watch()
            time.sleep(TICK_SECONDS)
        self._cluster.flush()

    def _await(self, came: Callable[[], bool], missing: str) -> None:
        """Watch the processes until it came. Raises `CannotStart` if it does not."""
        deadline = time.monotonic() + READY_SECONDS
        while not came():
            self._watch()
            if time.monotonic() > deadline:
                said = _("Sau {seconds:g} giây {missing}. ", seconds=READY_SECONDS, missing=missing)
                raise CannotStart(said + _("Xem {logs}.", logs=self._logs))
            time.sleep(TICK_SECONDS)

    def _watch(self) -> None:
        """One look at every process, and from time to time at the logs."""
        if _asked.is_set():
            raise _Stop
        server = self._cluster.process
        if server is not None and server.poll() is not None:
            said = _("PostgreSQL dừng bất ngờ (mã {code}). Xem {log}.", code=server.returncode, log=self._cluster.log)
            raise CannotStart(said)
        for child in self._children:
            news = child.watch()
            if news:
                _say(news)
                _log.warning("a process ended and is started again", of=child.name)
        if self._demonstration is not None and self._demonstration.ended():
            self._demonstration = None
        if time.monotonic() >= self._trim_at:
            self._trim_at = time.monotonic() + TRIM_SECONDS
            for log in self._logs.glob("*.log"):
                trim(log)

    def _stop(self) -> None:
        """All at once, each finishing what it has begun; the database when nobody needs it any more."""
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        running = [child for child in (*self._children, self._demonstration) if child is not None]
        for child in running:
            child.terminate()
        if running:
            _say(_("Đang dừng …"))
            _log.info("supervisor stopping")
        now = time.monotonic()
        for child in reversed(running):  # the web last: it had the time that the others took
            seconds = WEB_STOP_SECONDS if child.name == "web" else STOP_SECONDS
            child.finish(max(0.0, now + seconds - time.monotonic()))
        self._cluster.stop()


def migrate(settings: Settings) -> None:
    """Bring the database to the newest revision and, on Citus, spread its tables.

    Raises `CannotStart` if it is newer than this code, or if the cluster is not ready.
    """
    from lienxa.platform.db import migrations, revisions

    dsn = settings.db_migrator_dsn.get_secret_value()
    if not dsn:
        raise CannotStart(_("Chưa biết cơ sở dữ liệu: đặt LIENXA_DB_MIGRATOR_DSN, hoặc chạy `make run` trước."))
    revision = migrations.current(dsn)
    if revision is not None and revision not in revisions.known_revisions():
        what = _("Cơ sở dữ liệu ở phiên bản {revision}, mới hơn chương trình này.", revision=revision)
        raise CannotStart(what + " " + _("Hãy cập nhật chương trình, hoặc chọn LIENXA_DATA khác."))
    if revision != revisions.head():
        _say(_("Cập nhật cấu trúc cơ sở dữ liệu …"))
        migrations.upgrade(dsn)
    if settings.db_engine == "citus":
        _distribute(dsn)


def _distribute(dsn: str) -> None:
    import lienxa.platform.app  # noqa: F401 -- with it every model is known
    from lienxa.platform.db import distribution
    from lienxa.platform.db.base import metadata

    _say(_("Phân tán các bảng trên cụm Citus …"))
    _say(_("Số bảng vừa phân tán: {moved}", moved=distribution.distribute(dsn, metadata)))


# glibc keeps what threads free in blocks below a threshold that grows with each of them: the 16 MB that a hash of a
# password takes would stay, once for each thread. Set, the threshold stays where it is.
ALLOCATION = {"MALLOC_MMAP_THRESHOLD_": str(2**20)}


def web_server(bind: str, port: int) -> list[str]:
    """The module, with its arguments, that serves the web; its own log lines are JSON, and it keeps no access log."""
    log_config = Path(__file__).parent / "telemetry" / "granian.json"
    server = ["granian", "--interface", "asgi", "--factory", "--no-ws", "--loop", "asyncio", "--no-access-log"]
    server += ["--log-level", "warning", "--log-config", str(log_config), "--workers-kill-timeout", "2"]
    return [*server, "--host", bind, "--port", str(port), "lienxa.platform.app:create_app"]


def _require_sense() -> None:
    """Refuse settings with which the service cannot run, before anything is made."""
    service_file.chosen_port()
    settings = get_settings()
    if settings.profile != "embedded":
        raise CannotStart(_("`lienxa run` chỉ dành cho cấu hình nhúng (LIENXA_PROFILE=embedded)."))
    if not _is_loopback(settings.bind):
        what = _("LIENXA_BIND={bind}: cấu hình nhúng chỉ nghe trên chính máy này.", bind=settings.bind)
        raise CannotStart(what + " " + _("Bỏ LIENXA_BIND, hoặc đặt LIENXA_BIND=127.0.0.1."))


def _is_loopback(bind: str) -> bool:
    try:
        return ipaddress.IPv4Address(bind).is_loopback
    except ValueError:
        return False


def _require_port(bind: str, port: int) -> None:
    """Refuse a port that somebody serves; one that a killed service is just leaving is waited for."""
    deadline = time.monotonic() + PORT_SECONDS
    while not _is_free(bind, port):
        if time.monotonic() > deadline:
            what = _("Cổng {port} đang được dùng hoặc không được phép dùng.", port=port)
            other = port + 1000 if port + 1000 in service_file.PORTS else port - 1000
            raise CannotStart(what + " " + _("Chọn cổng khác: LIENXA_PORT={port} make run", port=other))
        time.sleep(TICK_SECONDS)


def _is_free(bind: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except (OSError, OverflowError):
            return False
    with socket.socket(socket.AF_INET6) as other:  # browsers ask ::1 too when told `localhost`
        return other.connect_ex(("::1", port)) != 0


def _answers(settings: Settings) -> bool:
    connection = http.client.HTTPConnection(settings.bind, settings.port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _administration(keycloak: Keycloak) -> str:
    where = keycloak.home / CHOSEN_FILE
    return _(
        "Quản trị Keycloak: {address}/admin ({user}, mật khẩu trong {file})",
        address=keycloak.address,
        user=ADMINISTRATOR,
        file=where,
    )


def _welcome(settings: Settings, keycloak: Keycloak) -> None:
    _say(f"ready: {settings.address(settings.base_domain)}")
    if settings.demo:
        from lienxa.platform.operator import demo

        for line in demo.welcome(settings):
            _say(line)
    if settings.keycloak_is_ours:
        _say(_administration(keycloak))
    _say(_("Dừng: Ctrl-C"))


def _say(line: str) -> None:
    with suppress(OSError):  # whoever started us has gone; the service still stops in order
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
