"""From a raised error to an answer: a Vietnamese page for people, an RFC 9457 problem for `/api`."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import structlog
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, NotAuthorizedException, ValidationException
from litestar.response import Redirect

from lienxa.platform import ids
from lienxa.platform.errors import (
    AppError,
    FieldError,
    InvalidInput,
    LoginRequired,
    Moved,
    NotAgreed,
    NotFound,
    Unavailable,
    Unreadable,
    status_of,
)
from lienxa.platform.identity.addresses import OPERATOR_PATH
from lienxa.platform.identity.invitations import ANSWER_PATH
from lienxa.platform.settings import Settings
from lienxa.platform.telemetry import metrics, tenant
from lienxa.platform.telemetry.redaction import known_method, route_path
from lienxa.platform.text import _
from lienxa.platform.web import faults, posts, trail
from lienxa.platform.web.gate import SentBefore, StillPreparing, host_of, return_path
from lienxa.platform.web.page import PLACE_PARAMETER, page
from lienxa.platform.web.problems import of_code, problem
from lienxa.platform.web.refusals import ShownAgain
from lienxa.platform.web.suspended import SAFE_METHODS

log = structlog.get_logger()

Answer = Response[Any]


@dataclass(frozen=True)
class Asked:
    """What an address asked of a page, a part of it wrongly.

    `right` are the conditions that stand, `without` the same page with these alone. `typed` are the others that
    somebody typed: their reasons quote them. What was chosen from a list is chosen there again.
    """

    path: str
    without: str
    right: Sequence[tuple[str, str]]
    typed: Mapping[str, str]


# How the framework says which parameter of an address or header is missing.
_MISSING = re.compile(r"Missing required \w+ parameter '(?P<name>[^']+)'")


def _wants_problem(request: Request[Any, Any, State]) -> bool:
    return request.scope["path"].startswith("/api/")


def app_error(request: Request[Any, Any, State], error: AppError) -> Answer:
    """An expected refusal."""
    _count(request, error.code)
    answer = _answer(request, error)
    trail.note(request, error, answer)
    return answer


def _answer(request: Request[Any, Any, State], error: AppError) -> Answer:
    if isinstance(error, Moved) and request.method in SAFE_METHODS:
        return _at_new_address(request, error)
    if _wants_problem(request):
        return problem(error, request.scope["path"])
    if isinstance(error, LoginRequired):
        sign_on = "/dang-nhap" if request.scope["state"].get("organ") else f"{OPERATOR_PATH}/dang-nhap"
        return Redirect(f"{sign_on}?ve={quote(error.return_path, safe='')}", status_code=303)
    if isinstance(error, NotAgreed) and request.method in SAFE_METHODS:
        return Redirect(ANSWER_PATH, status_code=303)
    if isinstance(error, posts.OpenedInAnotherPost):
        return _to_send_again(request, error)
    asked = _asked(request, error) if request.method == "GET" and isinstance(error, InvalidInput) else None
    out = _way_out(request, error, asked)
    return page(
        request, "errors/refused.html", status=status_of(error), error=error, reference="", asked=asked, out=out
    )


def _to_send_again(request: Request[Any, Any, State], error: posts.OpenedInAnotherPost) -> Answer:
    return page(
        request,
        "errors/other_post.html",
        status=status_of(error),
        error=error,
        action=_address_asked(request),
        reopen=return_path(request),
        go_back=posts.GO_BACK_FIELD,
    )


def _way_out(request: Request[Any, Any, State], error: AppError, asked: Asked | None) -> tuple[str, str, str]:
    """Label, address and icon of the way on: the same page once more where that can help, else a first page."""
    state = request.scope["state"]
    if asked is not None:
        return _way_back(error, asked), asked.without, "refresh"
    if request.method == "GET" and isinstance(error, Unavailable):
        return _("Thử lại"), _address_asked(request), "refresh"
    if state.get("actor"):
        return _("Về Việc của tôi"), "/", "home"
    if state.get("organ") or state.get("host_kind"):
        return _("Về trang đầu"), "/", "home"
    settings: Settings = request.app.state.settings
    return _("Chọn đơn vị"), settings.address(settings.base_domain), "home"


def _way_back(error: AppError, asked: Asked) -> str:
    if isinstance(error, InvalidInput) and {fault.field for fault in error.fields} == {PLACE_PARAMETER}:
        return _("Xem từ trang đầu")
    return _("Bỏ điều kiện chưa đúng") if asked.right else _("Mở lại trang này từ đầu")


def _asked(request: Request[Any, Any, State], error: InvalidInput) -> Asked:
    faulty = {fault.field: fault.reason for fault in error.fields}
    sent = [(name, value) for name, value in request.query_params.multi_items() if value and name != PLACE_PARAMETER]
    right = [(name, value) for name, value in sent if name not in faulty]
    typed = {name: value for name, value in sent if name in faulty and value in faulty[name]}
    path = request.scope["path"]
    return Asked(path, f"{path}?{urlencode(right)}" if right else path, right, typed)


def _at_new_address(request: Request[Any, Any, State], error: Moved) -> Answer:
    """The same page where the organ is now. For a time only: browsers must not remember it for ever."""
    return Redirect(error.address + _address_asked(request), status_code=307, headers={"cache-control": "no-store"})


def _address_asked(request: Request[Any, Any, State]) -> str:
    query = request.scope["query_string"].decode()
    return request.scope["path"] + (f"?{query}" if query else "")


def http_error(request: Request[Any, Any, State], error: HTTPException) -> Answer:
    """A refusal of the framework: unknown path, wrong method, unreadable parameters."""
    if error.status_code >= 500:
        return unexpected(request, error)
    if _names_nothing(request, error):
        _count(request, NotFound.code)  # a slip of the pen: the trail tells of things by their identifiers
        return _answer(request, NotFound())
    if _wants_problem(request):
        return _refused_call(request, error)
    if error.status_code in (404, 405) or isinstance(error, NotAuthorizedException | ValidationException):
        _recall_organ(request)
        return app_error(request, NotFound())
    if error.status_code == 413:
        return app_error(request, InvalidInput.of("file", _("Tệp gửi lên quá lớn."), _("Chọn tệp không quá 25 MB.")))
    return app_error(request, AppError(_("Yêu cầu không đọc được."), remedy=_("Tải lại trang rồi làm lại.")))


def _names_nothing(request: Request[Any, Any, State], error: HTTPException) -> bool:
    """Whether a part of the path cannot be read: what it names does not exist, like what nobody has."""
    found = error.extra if isinstance(error, ValidationException) and isinstance(error.extra, list) else []
    return any(fault.get("key") in request.path_params for fault in found)


def _refused_call(request: Request[Any, Any, State], error: HTTPException) -> Answer:
    instance = request.scope["path"]
    if isinstance(error, ValidationException):
        return app_error(request, InvalidInput(_faults(request, error)))
    if error.status_code == 404:
        _recall_organ(request)
        return app_error(request, NotFound())
    if error.status_code == 405:
        detail = _("Địa chỉ này không có thao tác {method}.", method=request.method)
        answer = of_code("method_not_allowed", detail=detail, instance=instance)
        answer.headers.update(error.headers or {})
        return answer
    if error.status_code == 413:
        return of_code("too_large", detail=_("Nội dung gửi lên quá 25 MB."), instance=instance)
    remedy = _("Gửi JSON đúng cú pháp, mã hóa UTF-8, với Content-Type: application/json.")
    return app_error(request, Unreadable(_("Không đọc được nội dung gửi lên."), remedy=remedy))


def _count(request: Request[Any, Any, State], code: str) -> None:
    organ = request.scope["state"].get("organ")
    metrics.refusals.add(1, {tenant.ATTRIBUTE: str(organ.id) if organ else tenant.PLATFORM, "code": code})


def _faults(request: Request[Any, Any, State], error: ValidationException) -> list[FieldError]:
    found = error.extra if isinstance(error.extra, list) else []
    if missing := _MISSING.match(error.detail):
        return [FieldError(missing["name"], _("Thiếu tham số này."), faults.SEE_THE_DOCUMENT)]
    if not found:
        return [FieldError("body", _("Thiếu nội dung gửi lên."), faults.SEE_THE_DOCUMENT)]
    return [faults.fault(_field_of(request, fault), fault["message"]) for fault in found]


def _field_of(request: Request[Any, Any, State], fault: Mapping[str, Any]) -> str:
    """The field as it was sent; empty: the body as a whole."""
    key = str(fault.get("key", ""))
    return key.removeprefix("data") if fault.get("source") == "body" else _sent_as(request, key)


def _sent_as(request: Request[Any, Any, State], argument: str) -> str:
    """The name by which a parameter is sent; the framework tells that of the handler's argument."""
    found = request.scope["route_handler"].parsed_fn_signature.parameters.get(argument)
    return getattr(found.kwarg_definition, "name", None) or argument if found else argument


def _recall_organ(request: Request[Any, Any, State]) -> None:
    """No middleware runs for an unknown path, so nobody has looked the organ up."""
    if "organ" not in request.scope["state"]:
        request.scope["state"]["organ"] = request.app.state.hosts.remembered(host_of(request.scope))


def sent_before(_request: Request[Any, Any, State], error: SentBefore) -> Answer:
    """The form was carried out before: lead where the first answer led."""
    return Redirect(error.location, status_code=303)


def shown_again(request: Request[Any, Any, State], error: ShownAgain) -> Answer:
    """The form that was refused."""
    if isinstance(error.__cause__, AppError):
        _count(request, error.__cause__.code)
    return error.form


def still_preparing(request: Request[Any, Any, State], error: StillPreparing) -> Answer:
    """The organ opens later; the page says how far it is."""
    if _wants_problem(request):
        soon = Unavailable(_("Đơn vị đang được chuẩn bị."), remedy=_("Thử lại sau ít phút."))
        answer = problem(soon, request.scope["path"])
    else:
        answer = page(request, "front/preparing.html", status=503, stand=error.stand)
    answer.headers["retry-after"] = "5"
    return answer


def unexpected(request: Request[Any, Any, State], error: Exception) -> Answer:
    """A fault of ours: a reference for the log, no details for the reader."""
    reference = ids.new_id().hex[-8:]
    path = route_path(request.scope["path"], str(request.scope.get("path_template", "")))
    log.error("request failed", reference=reference, path=path, method=known_method(request.method), exc_info=error)
    if _wants_problem(request):
        detail = _("Có lỗi ngoài dự kiến. Số tham chiếu: {ref}.", ref=reference)
        return of_code("internal", detail=detail, instance=request.scope["path"])
    failure = AppError(
        _("Việc này chưa làm được do lỗi ngoài dự kiến."),
        remedy=_("Thử lại sau ít phút. Nếu vẫn lỗi, báo người quản trị số tham chiếu {ref}.", ref=reference),
    )
    out = _way_out(request, failure, None)
    return page(request, "errors/refused.html", status=500, error=failure, reference=reference, asked=None, out=out)


HANDLERS: dict[int | type[Exception], Callable[..., Answer]] = {
    AppError: app_error,
    HTTPException: http_error,
    SentBefore: sent_before,
    ShownAgain: shown_again,
    StillPreparing: still_preparing,
    Exception: unexpected,
}
