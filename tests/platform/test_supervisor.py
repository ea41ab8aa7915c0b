"""`lienxa run` as a person types it: from an empty folder to a service, and every way in which it can end."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from dotenv import dotenv_values

from lienxa.platform.db.embedded import Cluster, bootstrap, free_port
from lienxa.platform.keycloak import distribution

PATIENCE = 60.0
LIENXA = Path(sys.executable).with_name("lienxa")


class Service:
    """A service in a process of its own, like one started from a terminal."""

    def __init__(self, data: Path, port: int, *, command: str = "run", **environment: str) -> None:
        self.data = data
        self.port = port
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("LIENXA_")}
        self.environment |= {"LIENXA_DATA": str(data), "LIENXA_PORT": str(port), "LIENXA_DEMO": "0", **environment}
        self.output = data.with_name(f"{uuid4()}.out")
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [LIENXA, command],
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
                # As a terminal starts it. Tests run in the background would pass on that Ctrl-C is ignored.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    def said(self) -> str:
        return self.output.read_text()

    def await_ready(self, seconds: float = PATIENCE) -> None:
        deadline = time.monotonic() + seconds
        while "ready:" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)

    def await_end(self) -> str:
        self.process.wait(PATIENCE)
        return self.said()

    def answer(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return str(answer.read().decode())

    def processes(self) -> set[int]:
        """Every living process that was given this data folder, whoever started it."""
        found = set()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                known = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
                state = (folder / "stat").read_text().rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
            if os.fsencode(self.data) in known and state != "Z":
                found.add(int(folder.name))
        return found - {os.getpid()}


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder that does not exist yet; its cluster is removed wherever it lies."""
    folder = tmp_path / "data"
    yield folder
    Cluster(folder / "postgresql").remove()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def service(data: Path) -> Iterator[Service]:
    """A service that is ready."""
    one = Service(data, free_port())
    try:
        one.await_ready()
        yield one
    finally:
        one.process.kill()
        one.process.wait()


def refused(data: Path, **environment: str) -> str:
    """What a start that cannot be says; it is quick, fails, and shows no traceback."""
    one = Service(data, free_port(), **environment)
    said = one.await_end()
    assert one.process.returncode == 1
    assert "Traceback" not in said
    return said


def test_from_nothing_to_a_service_and_back(service: Service) -> None:
    assert service.answer("/healthz") == "ok"
    assert service.answer("/readyz") == "ok"
    assert f"ready: http://localhost:{service.port}\n" in service.said()
    kept = dotenv_values(service.data / "service.env")
    assert (service.data / "service.env").stat().st_mode & 0o077 == 0

    assert str(service.process.pid) in refused(service.data)  # the folder is taken, and by whom
    assert service.answer("/healthz") == "ok"

    # As `make run` is stopped: the whole group, then make passes it on once more.
    began = time.monotonic()
    os.killpg(service.process.pid, signal.SIGTERM)
    service.process.terminate()
    service.await_end()
    assert time.monotonic() - began < 10
    assert service.process.returncode == 0
    assert service.processes() == set()

    again = Service(service.data, service.port)
    again.await_ready()
    assert dotenv_values(service.data / "service.env") == kept
    again.process.send_signal(signal.SIGINT)
    again.await_end()
    assert again.processes() == set()


def test_a_killed_supervisor_takes_everything_along(service: Service) -> None:
    assert len(service.processes()) > 5
    service.process.kill()
    service.process.wait()
    deadline = time.monotonic() + 15
    while service.processes():
        assert time.monotonic() < deadline, service.processes()
        time.sleep(0.1)


def test_a_worker_that_dies_is_replaced_and_that_is_said(service: Service) -> None:
    (worker,) = (pid for pid in service.processes() if b"heavy" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(worker, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while not re.search("worker-heavy .* khởi động lại", service.said()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    service.process.terminate()
    service.await_end()
    assert service.processes() == set()


def test_a_newer_schema_is_refused(data: Path) -> None:
    with Cluster(data / "postgresql") as cluster:
        bootstrap(cluster)
        with psycopg.connect(cluster.dsn("postgres", "lienxa"), autocommit=True) as connection:
            connection.execute("create table control.alembic_version as select '9999_future' as version_num")
            connection.execute("grant select on control.alembic_version to lx_migrator")
    assert "9999_future, mới hơn chương trình" in refused(data)


@pytest.mark.parametrize(
    ("kept", "asked", "said"),
    [
        ("", "keycloak", "bộ đăng nhập nhúng của dịch vụ giữ. Chọn thư mục khác: LIENXA_DATA=.lienxa-keycloak"),
        ("LIENXA_SSO=embedded\n", "keycloak", "LIENXA_DATA=.lienxa-keycloak make run SSO=keycloak"),
        ("LIENXA_SSO=keycloak\n", "embedded", "máy chủ Keycloak giữ. Chọn thư mục khác: LIENXA_DATA=.lienxa-embedded"),
    ],
)
def test_people_stay_with_their_issuer(data: Path, kept: str, asked: str, said: str) -> None:
    data.mkdir()
    (data / "service.env").write_text(f"LIENXA_SECRET_KEY={'1' * 64}\n{kept}")
    assert said in refused(data, LIENXA_SSO=asked)
    assert not (data / "postgresql").exists()


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.skipif(not distribution.is_ready(), reason="the Keycloak server cannot be fetched here")
def test_the_keycloak_server_alone(data: Path) -> None:
    one = Service(data, free_port(), command="keycloak", LIENXA_SSO="keycloak")
    one.await_ready(500)
    address = re.findall(r"ready: (http://id\.localhost:\d+)\n", one.said())[0]
    discovered = f"http://127.0.0.1:{address.rpartition(':')[2]}/realms/lienxa/.well-known/openid-configuration"
    with urllib.request.urlopen(discovered, timeout=30) as answer:
        assert json.load(answer)["issuer"] == f"{address}/realms/lienxa"
    one.process.send_signal(signal.SIGINT)
    one.await_end()
    assert one.process.returncode == 0
    assert one.processes() == set()


def test_a_port_in_use_is_named(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Cổng {port} đang được dùng" in refused(data, LIENXA_PORT=str(port))
    assert not (data / "postgresql").exists()


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"LIENXA_PORT": "many"}, "LIENXA_PORT=many: cổng phải là số từ 1024 đến 65535"),
        ({"LIENXA_PORT": "99999"}, "LIENXA_PORT=99999: cổng phải là số"),
        ({"LIENXA_PORT": "0"}, "LIENXA_PORT=0: cổng phải là số"),
        ({"LIENXA_PORT": "²"}, "LIENXA_PORT=²: cổng phải là số"),
        ({"LIENXA_BIND": "0.0.0.0"}, "LIENXA_BIND=0.0.0.0: cấu hình nhúng chỉ nghe trên chính máy này"),
        ({"LIENXA_BIND": "localhost"}, "LIENXA_BIND=127.0.0.1"),
        ({"LIENXA_PROFILE": "production"}, "chỉ dành cho cấu hình nhúng"),
        ({"LIENXA_PROFILE": "other"}, "LIENXA_PROFILE: chỉ nhận"),
        ({"LIENXA_TODAY": "tomorrow"}, "LIENXA_TODAY: phải là ngày"),
        ({"LIENXA_DATA": "/dev/null"}, "/dev/null không phải là thư mục. Đặt LIENXA_DATA"),
        ({"LIENXA_DATA": "/dev/null/data"}, "/dev/null/data"),
    ],
)
def test_what_is_set_wrongly_is_named_before_anything_is_made(
    data: Path, environment: dict[str, str], line: str
) -> None:
    said = refused(data, **environment)
    assert said.startswith("Lỗi: ")
    assert line in said
    assert not data.exists()


def test_programs_that_are_not_there_are_named(data: Path) -> None:
    assert "/nowhere/postgres" in refused(data, LIENXA_PG_BIN="/nowhere")


def test_a_stop_during_the_start_leaves_nothing(data: Path) -> None:
    one = Service(data, free_port())
    deadline = time.monotonic() + PATIENCE
    while "PostgreSQL" not in one.said():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    one.process.terminate()
    one.await_end()
    assert one.process.returncode == 0
    assert one.processes() == set()
