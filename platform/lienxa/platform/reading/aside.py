"""Reading a file in a process of its own, with limits of memory and time, that ends with it.

What came by mail may be made to break who opens it. It must be neither the web process nor a worker, and neither shall
hold the library's memory.
"""

import asyncio

import msgspec
import structlog

from lienxa.platform.aside import run_aside
from lienxa.platform.errors import InvalidInput
from lienxa.platform.reading.pages import Reading
from lienxa.platform.text import _

log = structlog.get_logger()

MOST_MEMORY = 1024 * 1024 * 1024
MOST_CPU_SECONDS = {False: 10, True: 60}  # of a text layer, of a scan
MOST_PAGES = 2  # what a register wants to know stands at the head of a paper
_SECONDS = {False: 20.0, True: 180.0}
# Files read at the same time by one process; whoever comes next waits for a moment.
_at_once = asyncio.Semaphore(2)


class Order(msgspec.Struct, frozen=True):
    """What the process is told ahead of the content."""

    most_pages: int = MOST_PAGES
    scan: bool = False


async def read_aside(content: bytes, *, scan: bool = False) -> Reading:
    """The text of the first pages of a PDF: about 0.2 s. With `scan` it is recognised in the picture of the first page,
    of a PDF or a picture: seconds, for heavy jobs.

    `InvalidInput` on `file` if the file has a password, is broken, or wants more memory or time than it may have.
    """
    order = msgspec.json.encode(Order(1, scan=True) if scan else Order())
    async with _at_once:
        try:
            ended = await run_aside("lienxa.platform.reading", order + b"\n" + content, _SECONDS[scan])
        except TimeoutError:
            raise too_heavy() from None
    if ended.status:
        log.warning("a file could not be read", bytes=len(content), status=ended.status)
        if ended.status < 0 or b"MemoryError" in ended.said:
            raise too_heavy()
        raise RuntimeError(ended.fault)
    reading = msgspec.json.decode(ended.written, type=Reading)
    if reading.fault:
        raise _locked() if reading.fault == "locked" else _broken()
    return reading


def too_heavy() -> InvalidInput:
    """The refusal of a file that wants more than it may have."""
    return InvalidInput.of(
        "file",
        _("Tệp quá nặng hoặc có cấu trúc bất thường, không mở được."),
        _("In tệp ra PDF mới hoặc quét lại bản giấy ở 200 dpi, rồi chọn lại tệp."),
    )


def _locked() -> InvalidInput:
    return InvalidInput.of(
        "file",
        _("Tệp có mật khẩu, không mở được."),
        _("Xin bên gửi tệp không đặt mật khẩu, hoặc in ra PDF mới rồi chọn lại tệp."),
    )


def _broken() -> InvalidInput:
    return InvalidInput.of(
        "file",
        _("Tệp hỏng hoặc không phải PDF."),
        _("Xin bên gửi tệp khác, hoặc quét lại bản giấy rồi chọn lại tệp."),
    )
