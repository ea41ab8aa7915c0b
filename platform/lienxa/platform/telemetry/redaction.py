"""What must not leave the process by way of logs and traces."""

import re
from collections.abc import Callable, Iterator
from http import HTTPMethod

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# A ticket, a session, a feed's secret: long, with digits or capitals. Names of pages are small words with hyphens.
_TOKEN = re.compile(r"(?=.*[A-Z0-9])[A-Za-z0-9_\-.~%=]{20,}")
# Below these addresses every part may be a case code or its secret, or the secret of a calendar feed.
_SECRET_PREFIXES = ("/tra-cuu/", "/lich/ics/")

# What PostgreSQL, asyncpg and SQLAlchemy add to a message: rows' values and statements' parameters.
_VALUES = re.compile(
    r"((?:^|\n)(?:DETAIL: |CONTEXT: |\[parameters: )|invalid input (?:syntax for type|for query argument) [\w$]+: ).*"
)
# What stands for a method that RFC 9110 and 5789 do not know (OpenTelemetry, semantic conventions of HTTP).
_OTHER_METHOD = "_OTHER"
_METHODS = frozenset(HTTPMethod)
_HEAD = "Traceback (most recent call last):"
_FRAME = re.compile(r'^  File "[/<][^"]*", line \d+, in .*$')
_EXCEPTION = re.compile(r"^((?:\w+\.)*\w+)(?::.*)?$")
# Of these the message says what the database refused.
_OF_THE_DATABASE = ("asyncpg.", "sqlalchemy.", "psycopg.")
# The names of things, in the words of PostgreSQL and SQLAlchemy; whatever else stands in quotes is a value.
_NAME = re.compile(
    r"""\b(?:class|column|constraint|database|extension|function|index|operator|parameter|relation|role|schema|"""
    r"""sequence|statement|table|trigger|type|view) (["'])[a-z_][\w.]*\1""",
    re.IGNORECASE,
)


def safe_path(target: str) -> str:
    """The path of an address for the organ's own trail: without its query, what may be a secret replaced by `*`."""
    path = re.split(r"[?#]", target, maxsplit=1)[0]
    for prefix in _SECRET_PREFIXES:
        if path.startswith(prefix):
            return prefix + "*"
    return "/".join(_safe_segment(segment) for segment in path.split("/"))


def route_path(path: str, route: str) -> str:
    """The path of a request for telemetry: the words of its route and identifiers stay, all else is `*`.

    `route` is the template, empty where no route answers: then all of it is what somebody typed.
    """
    if not route:
        return "/*"
    pairs = zip(path.split("/"), route.split("/"), strict=False)
    return "/".join(_of_route(given, word) for given, word in pairs)


def known_method(method: str) -> str:
    """The method of a request for telemetry: a word that somebody made up is not written, nor a series of its own."""
    return method if method in _METHODS else _OTHER_METHOD


def _of_route(given: str, word: str) -> str:
    if not word.startswith("{"):
        return word
    return given if _UUID.fullmatch(given) else "*"


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

    def told(line: str, kind: str) -> str:
        return _refused(line) if line.startswith(_OF_THE_DATABASE) else kind

    return "\n".join(_places_and(text, told))


def bare_traceback(text: str) -> str:
    """A traceback without source lines and messages: places and types, for the queue, which holds no content."""
    return "\n".join(line for line in _places_and(text, lambda _line, kind: kind) if line != _HEAD)


def _places_and(text: str, error: Callable[[str, str], str]) -> Iterator[str]:
    """The frames of a traceback, and of each exception what `error` makes of its first line and its type.

    The lines that follow an exception's first are its message still, whatever they look like: what somebody typed in
    several lines is quoted in several lines.
    """
    in_message = False
    for line in text.splitlines():
        if line == _HEAD:
            in_message = False
            yield line
        elif in_message:
            continue
        elif _FRAME.match(line):
            yield line
        elif exception := _EXCEPTION.match(line):
            in_message = True
            yield error(line, exception[1])


def _refused(line: str) -> str:
    """The first line of an error of the database, up to the first value in it."""
    line = safe_error(line)
    names = [(found.start(), found.end()) for found in _NAME.finditer(line)]
    for quote in re.finditer("[\"']", line):
        if not any(start <= quote.start() < end for start, end in names):
            return line[: quote.start()] + "*"
    return line
