"""Pages of lists: `?limit=1..100&after=<cursor>`, answered with `items`, `next` and a `Link` header.

A cursor names the place of the last item (keyset), so a page costs the same however far it lies, and nothing is left
out or shown twice because something was added meanwhile. It carries a mark of its list, so that the cursor of another
list is refused as what cannot be read is, and never begins a list anew unsaid.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response
from litestar.params import QueryParameter

from lienxa.platform import places
from lienxa.platform.errors import InvalidInput
from lienxa.platform.places import Place
from lienxa.platform.text import _

MOST = 100
USUAL = 50
_MARK = 4  # bytes
Item = TypeVar("Item")


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """A page of a list; `next` is the cursor of the following page, null on the last."""

    items: Sequence[Item]
    next: str | None


@dataclass(frozen=True)
class Window:
    """The part of a list that was asked for: at most `limit` items behind the place `after` (empty: from the start)."""

    limit: int
    after: str
    path: str
    query: tuple[tuple[str, str], ...]

    def place(self, read: Callable[[str], Place | None]) -> Place | None:
        """What `read` makes of `after`; None from the start. Raises `no_place()` where it makes nothing of it."""
        return places.find(self.after, read, no_place())

    def page(self, items: Sequence[Item], following: str = "") -> Response[Page[Item]]:
        """The answer; `following` is the place of the last of these items if there are more."""
        if not following:
            return Response(Page(items, None))
        cursor = _written(self.path, following)
        kept = [(name, value) for name, value in self.query if name != "after"]
        address = f"{self.path}?{urlencode([*kept, ('after', cursor)])}"
        return Response(Page(items, cursor), headers={"link": f'<{address}>; rel="next"'})


def provide_window(
    request: Request[Any, Any, Any],
    limit: Annotated[
        int, QueryParameter(name="limit", ge=1, le=MOST, description=_("Số mục nhiều nhất của một trang."))
    ] = USUAL,
    after: Annotated[
        str,
        QueryParameter(name="after", max_length=400, description=_("`next` của trang trước; bỏ trống: trang đầu.")),
    ] = "",
) -> Window:
    """Dependency `window`: the page that the call asks for."""
    return Window(limit, _read(request.url.path, after), request.url.path, tuple(request.query_params.multi_items()))


def no_place() -> InvalidInput:
    """The refusal of a cursor that no page of this list gave."""
    return InvalidInput.of("after", _("Không phải là `next` của một trang."), _("Bỏ trống để lấy trang đầu."))


def _mark(path: str) -> bytes:
    return hashlib.sha256(path.rstrip("/").encode()).digest()[:_MARK]


def _written(path: str, place: str) -> str:
    return base64.urlsafe_b64encode(_mark(path) + place.encode()).decode().rstrip("=")


def _read(path: str, cursor: str) -> str:
    if not cursor:
        return ""
    try:
        written = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = written[_MARK:].decode()
    except (binascii.Error, ValueError):
        raise no_place() from None
    if written[:_MARK] != _mark(path) or not place or "\0" in place:
        raise no_place()
    return place
