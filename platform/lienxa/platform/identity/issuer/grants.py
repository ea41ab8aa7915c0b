"""What the embedded issuer remembers: open codes, lines of refresh tokens, sessions that were ended.

Codes and lines live in the memory of the one web process that the embedded profile runs; after a restart a browser
on its way back with a code begins again, and a refresh token is taken at its word once. Ended sessions are kept in a
file, so that a restart revives none.
"""

import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

CODE_SECONDS = 60
SESSION_SECONDS = 12 * 3600
ENDED_FILE = "issuer-ended.json"


@dataclass(frozen=True)
class Grant:
    """What a person agreed to by logging in: everything that the code stands for."""

    client_id: str
    redirect_uri: str
    code_challenge: str
    nonce: str
    scope: str
    sub: str
    sid: str
    auth_time: int
    standing: str


class Codes:
    """Authorization codes: each works once, within a minute."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[float, Grant]] = {}

    def issue(self, grant: Grant) -> str:
        """A new code for the grant."""
        present = time.monotonic()
        self._open = {code: entry for code, entry in self._open.items() if entry[0] > present}
        code = secrets.token_urlsafe(32)
        self._open[code] = (present + CODE_SECONDS, grant)
        return code

    def take(self, code: str) -> Grant | None:
        """The grant of a code that was not used before."""
        expires, grant = self._open.pop(code, (0.0, None))
        return grant if expires > time.monotonic() else None


@dataclass
class _Line:
    current: str
    previous: str | None
    begun: float


class RefreshLines:
    """Rotation of refresh tokens: each use hands out a new one.

    The token before the present one is accepted until the present one was used, because an answer can get lost. Any
    older one is a copy in wrong hands: the whole line ends.
    """

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    def begin(self) -> tuple[str, str]:
        """A new line and the id of its first token."""
        oldest = time.monotonic() - SESSION_SECONDS
        self._lines = {name: kept for name, kept in self._lines.items() if kept.begun > oldest}
        line, first = secrets.token_urlsafe(9), secrets.token_urlsafe(9)
        self._lines[line] = _Line(first, None, time.monotonic())
        return line, first

    def rotate(self, line: str, used: str) -> str | None:
        """The id of the token that replaces `used`, or None if `used` was replaced for good."""
        known = self._lines.get(line)
        if known is not None and used not in (known.current, known.previous):
            return None
        following = secrets.token_urlsafe(9)
        # A line that is not known here was begun before a restart.
        self._lines[line] = _Line(following, used, known.begun if known else time.monotonic())
        return following


class EndedSessions:
    """Sessions and refresh lines that were ended before their time, kept in a file until nobody can ask again."""

    def __init__(self, data: Path) -> None:
        self._file = data / ENDED_FILE
        self._ended: dict[str, float] = json.loads(self._file.read_text()) if self._file.is_file() else {}

    def __contains__(self, name: object) -> bool:
        return name in self._ended

    def add(self, name: str) -> None:
        """End a session (`sid`) or a line."""
        present = time.time()
        self._ended = {kept: until for kept, until in self._ended.items() if until > present}
        self._ended[name] = present + SESSION_SECONDS
        written = self._file.with_suffix(f".{os.getpid()}")
        written.write_text(json.dumps(self._ended))
        written.rename(self._file)
