"""How pages and commands of operators say how long something lasts, and what queues are called."""

from collections.abc import Mapping

from lienxa.platform.text import _

QUEUES: Mapping[str, str] = {
    "quick": _("Việc nhanh"),
    "heavy": _("Việc nặng (in, ảnh, xuất tệp)"),
    "operator": _("Việc vận hành"),
}
_UNITS = ((86_400, _("{count} ngày")), (3600, _("{count} giờ")), (60, _("{count} phút")))


def lasting(seconds: float) -> str:
    """How long something lasts, in the largest unit that tells it."""
    for unit, words in _UNITS:
        if seconds >= unit:
            return words.format(count=int(seconds // unit))
    return _("{count} giây", count=int(seconds))


def queue_title(queue: str) -> str:
    """What a queue is called."""
    return QUEUES.get(queue, queue)
