"""Reading a spreadsheet in a process of its own, with limits of memory and time, that ends with it.

A file of 5 kB may name a cell so far out that the reading library asks for half a terabyte, whereupon Rust ends the
process. It must not be the worker's: its message would be delivered again and end the next one.
"""

import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import structlog

from lienxa.platform.errors import FieldError, InvalidInput
from lienxa.platform.imports.kinds import Column, Form, Line
from lienxa.platform.text import _

log = structlog.get_logger()

_SECONDS = 120
# How a process ends that wanted more than it may have: Rust without memory, the kernel's own kill, the time limit.
_ENDED_BY_LIMIT = {-signal.SIGABRT, -signal.SIGKILL, -signal.SIGXCPU, -signal.SIGSEGV}


@dataclass(frozen=True)
class Order:
    """What the process is told ahead of the content: a `Form`, and what the content is."""

    columns: Sequence[Column]
    most_lines: int
    content_type: str


@dataclass(frozen=True)
class Answer:
    """What the process says: the lines, or why there are none."""

    lines: Sequence[Line] = ()
    refused: Sequence[FieldError] = ()


def read_lines_aside(form: Form, content: bytes, content_type: str) -> Sequence[Line]:
    """As `tables.read_lines`, with `InvalidInput` on `file` too if reading takes more memory or time than it may.

    It blocks, for about 0.2 s with an ordinary file: for heavy jobs and the command line.
    """
    order = msgspec.json.encode(Order(form.columns, form.most_lines, content_type))
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "lienxa.platform.imports"],
            input=order + b"\n" + content,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            start_new_session=True,  # a signal to stop is for the worker, which lets its job end
        )
    except subprocess.TimeoutExpired:
        raise too_large() from None
    if ended.returncode in _ENDED_BY_LIMIT:
        log.warning("a spreadsheet wanted too much memory or time", bytes=len(content), signal=-ended.returncode)
        raise too_large()
    if ended.returncode:
        raise RuntimeError(ended.stderr.decode(errors="replace").strip().rpartition("\n")[2])
    answer = msgspec.json.decode(ended.stdout, type=Answer)
    if answer.refused:
        raise InvalidInput(answer.refused)
    return answer.lines


def too_large() -> InvalidInput:
    """The refusal of a file that wants more than it may have."""
    return InvalidInput.of(
        "file",
        _("Tệp có vùng dữ liệu quá lớn."),
        _("Xóa các ô, dòng và cột thừa nằm xa bảng, hoặc chép riêng bảng sang tệp mới, rồi chọn lại tệp."),
    )
