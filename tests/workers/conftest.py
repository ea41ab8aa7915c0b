"""Worker processes of our own, against the test's own database."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lienxa.platform.db.session import Database

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER))


Until = Callable[..., Awaitable[None]]
Tell = Callable[[list[dict[str, Any]]], Awaitable[list[int]]]


@dataclass
class Processes:
    """Starts processes of the service as `make run` would, and leaves none behind."""

    folder: Path
    dsn: str
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """Where the processes log."""
        return self.folder / "log.jsonl"

    def start(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start `python -m module ...`; its log goes to a file in `folder`."""
        with self.log.open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", module, *arguments], env=self.environment(), stderr=log)
        self.started.append(process)
        return process

    def environment(self) -> dict[str, str]:
        """The variables of such a process."""
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(FOLDER), os.environ.get("PYTHONPATH", "")]),
            "TRIAL_FOLDER": str(self.folder),
            "LIENXA_DATA": str(self.folder),
            "LIENXA_DB_APP_DSN": self.dsn,
            "LIENXA_JOBS_HEARTBEAT_SECONDS": "0.4",
            "LIENXA_TRACE_SAMPLE": "1",
        }

    def worker(self, queue: str) -> subprocess.Popen[bytes]:
        """Start a worker that knows the trial's jobs."""
        return self.start("lienxa.workers.worker", queue, "--load", "trial_jobs")

    def began(self, name: str) -> int:
        """How many runs of a trial job began."""
        file = self.folder / name
        return len(file.read_text().splitlines()) if file.exists() else 0

    def logged(self) -> list[dict[str, object]]:
        """What the processes logged."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def spans(self) -> list[dict[str, object]]:
        """What the processes traced."""
        files = (self.folder / "traces").glob("*.jsonl")
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@pytest.fixture
def processes(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Processes]:
    """Processes against the database of this test; killed afterwards."""
    monkeypatch.setenv("TRIAL_FOLDER", str(tmp_path))
    address = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    running = Processes(tmp_path, address)
    yield running
    for process in running.started:
        process.kill()
        process.wait()


@pytest.fixture
def until(processes: Processes) -> Until:
    """`await until(condition)`: wait for what must come true, as long as no process has crashed."""

    async def wait(condition: Callable[[], object], seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while True:
            found = condition()
            if await found if isinstance(found, Awaitable) else found:
                return
            crashed = any(process.poll() not in (None, 0, -signal.SIGKILL) for process in processes.started)
            assert not crashed, processes.log.read_text()
            assert time.monotonic() < end, "it did not come true"
            await asyncio.sleep(0.02)

    return wait


@pytest.fixture
def told(processes: Processes) -> Tell:
    """`await told(requests)`: a web process of its own carries out the requests and ends; returns the statuses."""

    async def tell(requests: list[dict[str, Any]]) -> list[int]:
        with processes.log.open("ab") as log:
            ended = await asyncio.to_thread(
                subprocess.run,
                [sys.executable, str(FOLDER / "told_story.py")],
                input=json.dumps(requests).encode(),
                env=processes.environment(),
                stdout=subprocess.PIPE,
                stderr=log,
                check=False,
            )
        assert ended.returncode == 0, processes.log.read_text()[-4000:]
        statuses: list[int] = json.loads(ended.stdout.splitlines()[-1])
        return statuses

    return tell
