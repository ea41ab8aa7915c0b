"""The process of `read_aside`: takes an `Order` in one line of JSON, then the content; gives a `Reading`."""

import resource
import sys

import msgspec

from lienxa.platform.reading.aside import MOST_CPU_SECONDS, MOST_MEMORY, Order
from lienxa.platform.reading.text_layer import read_text_layer


def main() -> None:
    """Read one file."""
    for limit, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    sys.stdout.buffer.write(msgspec.json.encode(read_text_layer(sys.stdin.buffer.read(), order.most_pages)))


if __name__ == "__main__":
    main()
