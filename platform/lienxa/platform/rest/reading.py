"""Reading what a call sent: texts as forms read them, and nothing that the database cannot keep."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import FormMultiDict
from litestar.handlers import BaseRouteHandler

from lienxa.platform.errors import InvalidInput, Unreadable
from lienxa.platform.text import _
from lienxa.platform.web.forms import plain


class Call(Request[Any, Any, Any]):
    """A call of the API."""

    async def json(self) -> Any:
        """The body, its texts in NFC form without control characters and without space at their ends."""
        return _plain(await super().json())

    async def form(self) -> FormMultiDict:
        """The fields and files; `Unreadable` if a field is not in UTF-8."""
        try:
            return await super().form()
        except UnicodeDecodeError:
            remedy = _("Gửi các trường của biểu mẫu bằng UTF-8, tệp kèm theo tên tệp.")
            raise Unreadable(_("Không đọc được nội dung gửi lên."), remedy=remedy) from None


def check_address(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: `InvalidInput` if the query holds a NUL, which PostgreSQL cannot compare with."""
    for name, value in connection.query_params.multi_items():
        if "\0" in name + value:
            raise InvalidInput.of(name.replace("\0", ""), _("Có ký tự không in được."), _("Bỏ ký tự đó."))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {_plain(name): _plain(one) for name, one in value.items()}
    return value
