"""A step of the set-up: done once, said while it lasts, done again when what it depends on has changed."""

import hashlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 10.0  # seconds after which a step says that it is still at work
LAST_LINES = 25


class SetupFailed(Exception):
    """What went wrong and what to do, for whoever typed `make`."""


class Step:
    """What is done when `inputs` are not those of the last time. `stamp`, beside the result, holds their hash."""

    def __init__(self, title: str, stamp: Path, *inputs: str | bytes) -> None:
        self.title = title
        self.stamp = stamp
        parts = [part.encode() if isinstance(part, str) else part for part in inputs]
        self.digest = hashlib.sha256(b"\0".join(parts)).hexdigest()

    def is_done(self) -> bool:
        """Whether the result is there and made from the same inputs."""
        return self.stamp.is_file() and self.stamp.read_text() == self.digest

    def do(self, work: Callable[[], None]) -> None:
        """Do `work` unless it is done."""
        if self.is_done():
            return
        say(f"{self.title} …")
        began = time.monotonic()
        finished = threading.Event()
        watcher = threading.Thread(target=self._reassure, args=(began, finished))
        watcher.start()
        try:
            work()
        finally:
            finished.set()
            watcher.join()
        say(f"{self.title}: xong ({time.monotonic() - began:.0f} giây)")
        self.stamp.parent.mkdir(parents=True, exist_ok=True)
        self.stamp.write_text(self.digest)

    def _reassure(self, began: float, finished: threading.Event) -> None:
        while not finished.wait(PATIENCE):
            say(f"{self.title}: vẫn đang làm ({time.monotonic() - began:.0f} giây)")


def say(line: str) -> None:
    """One line of progress."""
    print(line, flush=True)


def run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> None:
    """Run a command quietly in the project's folder; if it fails, show what it said last."""
    answer = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | (environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if answer.returncode != 0:
        said = answer.stdout.decode(errors="replace").strip().splitlines()[-LAST_LINES:]
        raise SetupFailed("\n  ".join([f"Không thành công: {Path(command[0]).name} {command[1]} …", *said]))


def read(*names: str) -> bytes:
    """The content of files of the project, one after the other."""
    return b"\0".join((ROOT / name).read_bytes() for name in names)


def files_of(folder: str) -> list[str]:
    """The names of the files of a folder of the project, in order, as `read` takes them."""
    return sorted(str(file.relative_to(ROOT)) for file in (ROOT / folder).iterdir() if file.is_file())
