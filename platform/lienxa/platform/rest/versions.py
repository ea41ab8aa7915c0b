"""What is to end, said by the headers of its answers: `Deprecation` (RFC 9745) and `Sunset` (RFC 8594)."""

from dataclasses import dataclass
from datetime import UTC, date
from email.utils import format_datetime
from typing import Any

from litestar.datastructures import ResponseHeader

from lienxa.platform import clock
from lienxa.platform.text import _


@dataclass(frozen=True)
class Ending:
    """From when on nothing new should call it, from when on it may be gone, and where its successor is told of."""

    deprecated_on: date
    gone_on: date
    told_at: str = "/api/v1"


def ending(end: Ending) -> dict[str, Any]:
    """Arguments of a handler, controller or router that ends: `@get("/old", **ending(Ending(...)))`."""
    deprecated = clock.instant(end.deprecated_on, 0)
    gone = clock.instant(end.gone_on, 0)
    headers = {
        "Deprecation": (f"@{int(deprecated.timestamp())}", _("Từ lúc này không nên gọi nữa.")),
        "Sunset": (format_datetime(gone.astimezone(UTC), usegmt=True), _("Từ lúc này có thể không còn.")),
        "Link": (f'<{end.told_at}>; rel="deprecation"', _("Nơi nói về cái thay thế.")),
    }
    return {
        "deprecated": True,
        "response_headers": [
            ResponseHeader(name=name, value=value, description=text) for name, (value, text) in headers.items()
        ],
    }
