"""What one piece of work asks of the database: every statement that reaches the driver, and who sent it.

Counted is each execution on a cursor of any engine of this process, `exec_driver_sql` and savepoints included; many
rows sent as one execution are one. BEGIN, COMMIT and ROLLBACK are no executions of ours. A request's *frame* is what
every request of a signed-in person sends whatever it is for: the organ of the host (cached), the session check (and
once a minute the note of its use), `set_config`, the membership, and the key by which a form is carried out once.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

import greenlet
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from lienxa.platform.db import session as binding
from lienxa.platform.tenancy.organs import HostDirectory
from lienxa.platform.web import gate, submissions

_FRAME: dict[CodeType, str] = {
    HostDirectory.find.__code__: "host",
    gate.gate.__code__: "gate",
    binding._bind_tenant.__code__: "set_config",
    submissions.FormReceipt.keep.__code__: "idempotency",
}
_FLUSH = Session._flush.__code__


@dataclass(frozen=True)
class Sent:
    """One statement as the driver got it. `sender` is the innermost function of ours; `frame` is empty for work."""

    text: str
    parameters: Any
    many: bool
    sender: str
    frame: str

    def __str__(self) -> str:
        return f"{self.frame or 'work':11} {self.sender:60} {' '.join(self.text.split())[:160]}"


@dataclass
class Recording:
    """The statements of one piece of work, in their order."""

    sent: list[Sent] = field(default_factory=list)

    @property
    def work(self) -> list[Sent]:
        """The statements that belong to what was asked, not to the frame of a request."""
        return [sent for sent in self.sent if not sent.frame]

    @property
    def frame(self) -> list[Sent]:
        """The statements of the frame."""
        return [sent for sent in self.sent if sent.frame]

    def __str__(self) -> str:
        return "\n".join([f"{len(self.work)} of work, {len(self.frame)} of the frame", *map(str, self.sent)])


@contextmanager
def recording() -> Iterator[Recording]:
    """Record what is sent inside the block, by whatever engine of this process."""
    recorded = Recording()

    def note(_connection: Any, _cursor: Any, text: str, parameters: Any, _context: Any, many: bool) -> None:
        sender, frame = _origin()
        # SQLAlchemy calls a statement of many rows "many", though it sends their values in one row of parameters.
        in_rows = many and isinstance(parameters[0], tuple | list)
        recorded.sent.append(Sent(text, parameters, in_rows, sender, frame))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield recorded
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _origin() -> tuple[str, str]:
    """The innermost function of ours that led here, and the part of the frame that it belongs to."""
    sender = frame = ""
    for caller in _callers():
        if caller.f_code is _FLUSH and not frame:  # writes what the work added, whoever happens to cause it
            return sender or "flush", ""
        module = caller.f_globals.get("__name__", "")
        if not sender and module.startswith("lienxa.") and module != binding.__name__:
            sender = f"{module.removeprefix('lienxa.')}.{caller.f_code.co_name}"
        frame = frame or _FRAME.get(caller.f_code, "")
    return sender, frame


def _callers() -> Iterator[FrameType]:
    """The calls that led here, across the greenlets in which SQLAlchemy runs its synchronous core."""
    caller: FrameType | None = sys._getframe(1)
    current: greenlet.greenlet | None = greenlet.getcurrent()
    while current is not None:
        while caller is not None:
            yield caller
            caller = caller.f_back
        current = current.parent
        caller = current.gr_frame if current is not None else None
