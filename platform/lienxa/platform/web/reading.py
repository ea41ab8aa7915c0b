"""Reading what was sent: an address or a form that cannot be read is refused with a word, before anything is done."""

from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

from litestar import Request
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException, InternalServerException
from litestar.types import Scope

from lienxa.platform.errors import Unreadable
from lienxa.platform.text import _


class SentRequest(Request[Any, Any, Any]):
    """A request whose body is read whole or not at all."""

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes; `Unreadable` if it breaks off, because the caller is gone or sends broken chunks."""
        waiting = self.is_connected  # else it was read before, which is a fault of ours
        try:
            async for part in super().stream():
                yield part
        except InternalServerException:
            if not waiting:
                raise
            raise unreadable() from None

    async def form(self) -> FormMultiDict:
        """The fields and files. `Unreadable` if the body is not what its headers say, or a text of it not in UTF-8."""
        try:
            if self.content_type[0] == RequestEncodingType.URL_ENCODED:
                _check_encoded(await self.body())
            found = await super().form()
            _check_texts(found)
        except (UnicodeError, LookupError):  # LookupError: a part names an encoding that there is not
            raise unreadable() from None
        except HTTPException as error:
            if error.status_code != 400:
                raise
            raise unreadable() from None
        return found


def unreadable() -> Unreadable:
    """The refusal of a form that cannot be read."""
    remedy = _("Gửi các trường của biểu mẫu bằng UTF-8, tệp kèm theo tên tệp.")
    return Unreadable(_("Không đọc được nội dung gửi lên."), remedy=remedy)


def check_address(scope: Scope) -> None:
    """`Unreadable` if the host that was asked or the query of the address cannot be read."""
    host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
    parts = split(f"//{host}")
    if parts is None or parts.netloc != host or "@" in host:
        raise Unreadable(_("Không đọc được tên máy chủ trong yêu cầu."), remedy=_("Mở lại trang từ địa chỉ đúng."))
    try:
        scope["query_string"].decode()
        scope["path"].encode()
    except UnicodeError:
        raise Unreadable(_("Không đọc được đường dẫn."), remedy=_("Mở lại trang từ danh sách hoặc thực đơn.")) from None


def split(address: str) -> SplitResult | None:
    """The parts of an address, or None if it is none."""
    try:
        parts = urlsplit(address)
        return parts if (parts.port or 0) >= 0 else None  # the port is read when it is asked for
    except ValueError:
        return None


def _check_encoded(body: bytes) -> None:
    """Browsers escape whatever is not ASCII; the framework would keep odd bytes as other letters."""
    if not body.isascii():
        raise unreadable()
    unquote_to_bytes(body).decode()


def _check_texts(form: FormMultiDict) -> None:
    """Some encodings lead to what is no text: halves of letters."""
    for name, value in form.multi_items():
        name.encode()
        (value.filename if isinstance(value, UploadFile) else value).encode()
