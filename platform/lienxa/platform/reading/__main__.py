"""The process of `read_aside`: takes an `Order` in one line of JSON, then the content; gives a `Reading`."""

import os
import resource
import sys

import msgspec

from lienxa.platform.reading.aside import MOST_CPU_SECONDS, MOST_MEMORY, Order
from lienxa.platform.reading.scan import read_scan
from lienxa.platform.reading.text_layer import read_text_layer


def main() -> None:
    """Read one file."""
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    for limit, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_CPU_SECONDS[order.scan]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    os.environ["OMP_THREAD_LIMIT"] = "1"  # tesseract's threads wait for each other more than they help
    read = read_scan if order.scan else read_text_layer
    sys.stdout.buffer.write(msgspec.json.encode(read(sys.stdin.buffer.read(), order.most_pages)))


if __name__ == "__main__":
    main()
