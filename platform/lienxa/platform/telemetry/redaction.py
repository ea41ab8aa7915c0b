"""What must not leave the process by way of logs and traces."""

import re

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# A ticket, a session, a feed's secret: long, with digits or capitals. Names of pages are small words with hyphens.
_TOKEN = re.compile(r"(?=.*[A-Z0-9])[A-Za-z0-9_\-.~%=]{20,}")
# Below these addresses every part may be a case code or its secret, or the secret of a calendar feed.
_SECRET_PREFIXES = ("/tra-cuu/", "/lich/ics/")

# What PostgreSQL, asyncpg and SQLAlchemy add to a message: rows' values and statements' parameters.
_VALUES = re.compile(
    r"((?:^|\n)(?:DETAIL: |CONTEXT: |\[parameters: )|invalid input (?:syntax for type|for query argument) [\w$]+: ).*"
)
_FRAME = re.compile(r'^  File ".*", line \d+, in .*$')
_EXCEPTION = re.compile(r"^((?:\w+\.)*\w+)(?::.*)?$")
# Of these the message says what the database refused; names of its own are the only thing they may quote.
_OF_THE_DATABASE = ("asyncpg.", "sqlalchemy.", "psycopg.")
_QUOTED = re.compile(r"""(["'])(?![a-z_][a-z0-9_.]*\1).*?\1""")


def safe_path(target: str) -> str:
    """The path of an address without its query, with everything that may be a secret replaced by `*`."""
    path = re.split(r"[?#]", target, maxsplit=1)[0]
    for prefix in _SECRET_PREFIXES:
        if path.startswith(prefix):
            return prefix + "*"
    return "/".join(_safe_segment(segment) for segment in path.split("/"))


def _safe_segment(segment: str) -> str:
    if _UUID.fullmatch(segment):
        return segment
    return "*" if _TOKEN.fullmatch(segment) or not segment.isascii() else segment


def safe_error(text: str) -> str:
    """An error with its traceback for the log: messages stay, the values that the database quotes go."""
    return _VALUES.sub(r"\1*", text)


def safe_traceback(text: str) -> str:
    """A traceback for the log: places and types, and of the database's errors what was refused without the values.

    What an exception says may quote what somebody typed, so nothing else is kept of it.
    """
    kept = []
    for line in safe_error(text).splitlines():
        if _FRAME.match(line) or line.startswith("Traceback "):
            kept.append(line)
        elif exception := _EXCEPTION.match(line):
            kept.append(_QUOTED.sub("*", line) if line.startswith(_OF_THE_DATABASE) else exception[1])
    return "\n".join(kept)


def bare_traceback(text: str) -> str:
    """A traceback without source lines and messages: places and types, for the queue, which holds no content."""
    kept = []
    for line in text.splitlines():
        if _FRAME.match(line):
            kept.append(line)
        elif exception := _EXCEPTION.match(line):
            kept.append(exception[1])
    return "\n".join(kept)
