"""The process of `read_lines_aside`: takes an `Order` in one line of JSON, then the content; gives an `Answer`."""

import resource
import sys

import msgspec

from lienxa.platform.errors import InvalidInput
from lienxa.platform.imports.aside import Answer, Order, too_large
from lienxa.platform.imports.tables import read_lines

_MOST_MEMORY = 1024 * 1024 * 1024
_MOST_CPU_SECONDS = 60


def main() -> None:
    """Read one file."""
    for limit, most in (
        (resource.RLIMIT_AS, _MOST_MEMORY),
        (resource.RLIMIT_CPU, _MOST_CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    sys.stdout.buffer.write(_answer(order, sys.stdin.buffer.read()))


def _answer(order: Order, content: bytes) -> bytes:
    try:
        return msgspec.json.encode(Answer(read_lines(order, content, order.content_type)))
    except InvalidInput as refusal:
        return msgspec.json.encode(Answer(refused=refusal.fields))
    except MemoryError:
        return msgspec.json.encode(Answer(refused=too_large().fields))


if __name__ == "__main__":
    main()
