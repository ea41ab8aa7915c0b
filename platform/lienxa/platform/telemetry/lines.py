"""Where lines of telemetry go when no collector is named: a file in bounds, or the standard output of the process."""

import fcntl
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Protocol

MAX_BYTES = 50 * 1024 * 1024


class Lines(Protocol):
    """Takes whole lines."""

    def write(self, lines: Iterable[str]) -> bool:
        """Write the lines; False if they are lost."""


class ConsoleLines:
    """Lines on standard output, for a container whose output somebody collects."""

    def write(self, lines: Iterable[str]) -> bool:
        """Write the lines."""
        sys.stdout.write("".join(line + "\n" for line in lines))
        sys.stdout.flush()
        return True


class FileLines:
    """Appends to `<folder>/<name>.jsonl`; at 50 MB the file becomes `<name>.1.jsonl` and a new one begins.

    Several processes of one name may share the file. A full or missing disk loses the lines and nothing else.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / f"{name}.jsonl"

    def write(self, lines: Iterable[str]) -> bool:
        """Write the lines at once."""
        content = "".join(line + "\n" for line in lines).encode()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._opened(len(content)) as file:
                file.write(content)
        except OSError:
            return False
        return True

    def _opened(self, needed: int) -> BinaryIO:
        """The file, locked, with room for `needed` more bytes."""
        while True:
            file = self._path.open("ab", buffering=0)
            fcntl.flock(file, fcntl.LOCK_EX)
            if not self._is_current(file):  # another process has moved it away in the meantime
                file.close()
                continue
            if file.tell() == 0 or file.tell() + needed <= MAX_BYTES:
                return file
            self._path.replace(self._path.with_suffix(".1.jsonl"))
            file.close()

    def _is_current(self, file: BinaryIO) -> bool:
        try:
            return os.path.samestat(self._path.stat(), os.fstat(file.fileno()))
        except FileNotFoundError:
            return False
