"""A process of the service under a supervisor: started, restarted when it dies, stopped, its log kept in bounds."""

import os
import select
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from lienxa.platform.db.programs import CannotStart
from lienxa.platform.processes import READY_FD, die_with_parent
from lienxa.platform.text import _

LOG_BYTES = 5 * 1024 * 1024
LAST_LINES = 12
# A process that dies more often than this within the window will not be better the next time.
DEATHS_ALLOWED = 3
WINDOW_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.5


class Child:
    """One process with a session of its own, so that Ctrl-C in the terminal reaches only the supervisor."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path, *, tells: bool = False
    ) -> None:
        """With `tells` it says by `processes.tell_ready` when it is at work."""
        self.name = name
        self.process: subprocess.Popen[bytes] | None = None
        self._command = command
        self._environment = environment
        self._log = log
        self._tells = tells
        self._told: int | None = None
        self._deaths: list[float] = []
        self._again_at = 0.0

    def start(self, output: int | None = None) -> None:
        """Start it. `output` is where its standard output goes, if not to the log like its errors."""
        told, tells = self._pipe() if self._tells else (None, None)
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 -- our own programs, without a shell
                self._command,
                cwd="/",
                env={**self._environment, **({READY_FD: str(tells)} if tells is not None else {})},
                pass_fds=() if tells is None else (tells,),
                stdin=subprocess.DEVNULL,
                stdout=log if output is None else output,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        if tells is not None:
            os.close(tells)
        self._told = told

    def is_ready(self) -> bool:
        """Whether it said that it is at work; one that never says so is ready as soon as it runs."""
        if self.process is None or self.process.poll() is not None:
            return False
        return self._told is None or bool(select.select([self._told], [], [], 0)[0])

    def _pipe(self) -> tuple[int, int]:
        """Its end is closed by who is ready, or has died."""
        if self._told is not None:
            os.close(self._told)
        return os.pipe()

    def watch(self) -> str | None:
        """Start it again if it died, after a pause that doubles; says so. Raises `CannotStart` if it keeps dying."""
        now = time.monotonic()
        if self.process is None:
            if now >= self._again_at:
                self.start()
            return None
        code = self.process.poll()
        if code is None:
            return None
        self._sweep()
        self.process = None
        self._deaths = [death for death in self._deaths if now - death < WINDOW_SECONDS] + [now]
        if len(self._deaths) > DEATHS_ALLOWED:
            raise CannotStart(self._farewell(code))
        pause = FIRST_PAUSE_SECONDS * 2 ** (len(self._deaths) - 1)
        self._again_at = now + pause
        return _(
            "Tiến trình {name} dừng bất ngờ (mã {code}); {pause:g} giây nữa khởi động lại.",
            name=self.name,
            code=code,
            pause=pause,
        )

    def ended(self) -> bool:
        """Whether one that is to end by itself has done so. Raises `CannotStart` if it failed."""
        assert self.process is not None
        code = self.process.poll()
        if code:
            raise CannotStart(self._farewell(code))
        return code is not None

    def _farewell(self, code: int) -> str:
        """Why it is given up: what it said last."""
        head = _(
            "Tiến trình {name} không chạy được (mã {code}). Nhật ký {log}:", name=self.name, code=code, log=self._log
        )
        last = self._log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        return "\n  ".join([head, *last])

    def terminate(self) -> None:
        """Ask it to end."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def finish(self, seconds: float) -> None:
        """Wait for its end; after `seconds` force it, and whatever it has started."""
        if self.process is None:
            return
        timer = threading.Timer(seconds, self._sweep)
        timer.start()
        self.process.wait()  # without a time-out, which would look only every 50 ms
        timer.cancel()
        self._sweep()
        self.process = None

    def _sweep(self) -> None:
        """End whatever of its session outlived it (the server process of granian, say)."""
        assert self.process is not None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


def trim(log: Path) -> None:
    """Begin a log anew that has grown too large; what it held becomes `<log>.1`. Its writers append, and go on."""
    if log.is_file() and log.stat().st_size > LOG_BYTES:
        shutil.copyfile(log, log.with_name(log.name + ".1"))
        os.truncate(log, 0)
