"""Reading what a call sent: texts as forms read them, and nothing that the database cannot keep."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.enums import RequestEncodingType
from litestar.handlers import BaseRouteHandler

from lienxa.platform.errors import InvalidInput, Unreadable
from lienxa.platform.text import _
from lienxa.platform.web.forms import plain
from lienxa.platform.web.reading import SentRequest

DEEPEST = 50  # no operation takes more than a few


class Call(SentRequest):
    """A call of the API."""

    async def body(self) -> bytes:
        """The body as it is; `Unreadable` if it is a form where none is waited for: nobody keeps its bytes."""
        if self.content_type[0] == RequestEncodingType.MULTI_PART:
            remedy = _("Gửi JSON đúng cú pháp, mã hóa UTF-8, với Content-Type: application/json.")
            raise Unreadable(_("Không đọc được nội dung gửi lên."), remedy=remedy)
        return await super().body()

    async def json(self) -> Any:
        """The body, its texts in NFC form without control characters and without space at their ends.

        `Unreadable` if lists and objects stand in each other deeper than `DEEPEST`.
        """
        try:
            return _plain(await super().json())
        except RecursionError:  # of the decoder, which has no limit of its own
            raise _too_deep() from None


def check_address(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: `InvalidInput` if the query holds a NUL, which PostgreSQL cannot compare with."""
    for name, value in connection.query_params.multi_items():
        if "\0" in name + value:
            raise InvalidInput.of(name.replace("\0", ""), _("Có ký tự không in được."), _("Bỏ ký tự đó."))


def _plain(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return plain(value)
    if depth > DEEPEST:
        raise _too_deep()
    if isinstance(value, list):
        return [_plain(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {plain(name): _plain(one, depth + 1) for name, one in value.items()}
    return value


def _too_deep() -> Unreadable:
    remedy = _("Gửi JSON lồng nhau không quá {most} bậc.", most=DEEPEST)
    return Unreadable(_("Nội dung gửi lên lồng nhau quá sâu."), remedy=remedy)
