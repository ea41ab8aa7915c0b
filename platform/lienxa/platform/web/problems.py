"""Problems: what a caller of `/api` gets instead of an answer (RFC 9457)."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Response

from lienxa.platform.errors import KINDS, AppError, FieldError, InvalidInput, TooManyRequests

MEDIA_TYPE = "application/problem+json"


class FieldProblem(msgspec.Struct, frozen=True):
    """One fault of one field: why it is refused, and what to send instead."""

    field: str
    reason: str
    remedy: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a request was refused. `code` and `type` are stable; `title` says the kind, `detail` this case."""

    type: str
    code: str
    title: str
    status: int
    detail: str
    instance: str
    remedy: str = ""
    errors: Sequence[FieldProblem] = ()


def type_of(code: str) -> str:
    """The identifier of a kind of problem."""
    return f"urn:lienxa:error:{code}"


def problem(error: AppError, instance: str) -> Response[Any]:
    """The answer to a refused request for the address `instance`."""
    answer = of_code(
        error.code,
        detail=error.message,
        instance=instance,
        remedy=error.remedy,
        fields=error.fields if isinstance(error, InvalidInput) else (),
    )
    if answer.status_code == 401:
        refused = ', error="invalid_token"' if error.code == "token_refused" else ""
        answer.headers["www-authenticate"] = f'Bearer realm="lienxa"{refused}'
    if isinstance(error, TooManyRequests) and error.retry_after:
        answer.headers["retry-after"] = str(error.retry_after)
    return answer


def of_code(
    code: str, *, detail: str, instance: str, remedy: str = "", fields: Sequence[FieldError] = ()
) -> Response[Any]:
    """The problem of that code."""
    kind = KINDS[code]
    said = Problem(
        type=type_of(code),
        code=code,
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=instance,
        remedy=remedy,
        errors=[FieldProblem(fault.field, fault.reason, fault.remedy) for fault in fields],
    )
    return Response(msgspec.json.encode(said), status_code=kind.status, media_type=MEDIA_TYPE)
