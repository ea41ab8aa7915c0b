"""`Idempotency-Key`: a repeated request gets the first answer (draft-ietf-httpapi-idempotency-key-header)."""

import gzip
import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Request, Response
from litestar.datastructures import UploadFile

from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput, KeyReused
from lienxa.platform.rest import repository
from lienxa.platform.text import _
from lienxa.platform.web.unit import Answer, UnitOfWork

HEADER = "idempotency-key"
REPLAYED = "idempotency-replayed"
KEPT_FOR = timedelta(hours=24)
NOT_KEPT = "not_kept"
"""Key in a handler's `opt`: its answer holds a secret, so it is never kept and the call takes no `Idempotency-Key`."""
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class AnsweredBefore(Exception):
    """The request was carried out before; this is its answer."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.body = body


class ApiReceipt:
    """Keeps the answer to a request that has a key."""

    def __init__(self, row_id: UUID) -> None:
        self._row_id = row_id

    async def keep(self, session: TenantSession, answer: Answer) -> None:
        """Write status, body and the headers that say something down, in the transaction of the act."""
        packed = answer.header("content-encoding") == "gzip"
        await repository.keep(
            session,
            self._row_id,
            status=answer.status,
            content_type=answer.header("content-type"),
            location=answer.header("location"),
            body=gzip.decompress(answer.body) if packed else answer.body,
        )


def refuse(request: Request[Any, Any, Any]) -> None:
    """`InvalidInput` if the request has a key: its answer is not to be kept."""
    if HEADER in request.headers:
        reason = _("Câu trả lời của việc này không được giữ lại, nên không dùng khóa.")
        raise InvalidInput.of("Idempotency-Key", reason, _("Gọi lại không kèm khóa."))


async def once(request: Request[Any, Any, Any], unit: UnitOfWork, account_id: UUID) -> None:
    """Take the request's key, if it has one; raise `AnsweredBefore` if it was carried out already.

    A second that comes while the first is still running waits for it. What was refused left nothing behind, so its key
    is free again.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return
    if not _KEY.fullmatch(key):
        reason = _("Khóa phải có 1 đến 200 ký tự ASCII, không có dấu cách.")
        raise InvalidInput.of("Idempotency-Key", reason, _("Dùng một UUID mới cho mỗi việc."))
    fingerprint = await _fingerprint(request)
    row_id = await repository.take_key(unit.session, account_id, key, fingerprint)
    if row_id is not None:
        unit.receipt = ApiReceipt(row_id)
        return
    first = await repository.kept(unit.session, account_id, key)
    if first is None or first.fingerprint != fingerprint:
        raise KeyReused(
            _("Khóa này đã dùng cho một yêu cầu khác trong 24 giờ qua."), remedy=_("Dùng khóa mới cho việc mới.")
        )
    headers = {"content-type": first.content_type, "location": first.location, REPLAYED: "true"}
    raise AnsweredBefore(first.status, {name: value for name, value in headers.items() if value}, first.body)


def answered_before(_request: Request[Any, Any, Any], error: AnsweredBefore) -> Response[bytes]:
    """The first answer again."""
    headers = dict(error.headers)
    media_type = headers.pop("content-type", "application/json")
    return Response(error.body, status_code=error.status, media_type=media_type, headers=headers)


async def _fingerprint(request: Request[Any, Any, Any]) -> bytes:
    """Of a form with files, the fields count and not their boundary, which is another in each request."""
    found = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    if not request.headers.get("content-type", "").startswith("multipart/"):
        found.update(await request.body())
        return found.digest()
    for name, value in (await request.form()).multi_items():
        found.update(f"{name}\n".encode())
        if isinstance(value, UploadFile):
            found.update(f"{value.filename}\n".encode() + await value.read())
            await value.seek(0)
        else:
            found.update(f"{value}\n".encode())
    return found.digest()
