"""The OpenAPI document of the API.

litestar describes the handlers; what is common to all of them (problems, keys, security, examples) is added here once.
"""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import time
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import OpenAPIType, Schema, Server, Tag
from litestar.plugins import OpenAPISchemaPlugin
from litestar.routes import HTTPRoute
from litestar.typing import FieldDefinition

from lienxa.platform.errors import KINDS
from lienxa.platform.identity.requests import session_cookie_name
from lienxa.platform.module import all_modules
from lienxa.platform.rest.admission import NEEDS
from lienxa.platform.rest.answers import PATH, SENDS
from lienxa.platform.rest.idempotency import NOT_KEPT
from lienxa.platform.rest.router import api_router
from lienxa.platform.settings import get_settings
from lienxa.platform.text import _
from lienxa.platform.web.gate import provide_actor, provide_organ, provide_session
from lienxa.platform.web.problems import MEDIA_TYPE, Problem, type_of

VERSION = "1.2.0"
# In an operation until it is complete: whether its answer may be kept for a repeated call.
_KEPT = "x-kept"
_METHODS = ("get", "post", "put", "patch", "delete")
_REF = "#/components/schemas/"
_PAGE_NAME = re.compile(r"\bPage_(?:[\w.]+\.)?(\w+?)_(?=\W)")
# Which kinds of problems an operation may answer with: every one, and those that change something.
_ALWAYS = (401, 403, 404, 422, 429, 503)
_WHEN_WRITING = (400, 409, 413)
# Values that stand in examples where a schema names none.
_BY_FORMAT = {
    "uuid": "0193f8a2-7c11-7d3e-8f00-5b1d2c3a4e5f",
    "date": "2026-11-24",
    "date-time": "2026-11-24T08:30:00+07:00",
    "time-local": "08:30:00",
    "binary": "",
}
_BY_TYPE: Mapping[str, Any] = {"string": "…", "integer": 1, "number": 1.5, "boolean": True, "null": None}

Json = dict[str, Any]


class TimesOfDay(OpenAPISchemaPlugin):
    """A time of day without a zone, as `08:30:00`: litestar calls it a duration; `time` of RFC 3339 needs an offset."""

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:
        """Whether it is one."""
        return value is time

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Schema:  # noqa: ARG002
        """Its schema."""
        return Schema(
            type=OpenAPIType.STRING,
            format="time-local",  # type: ignore[arg-type]  # in OpenAPI's registry of formats, not in litestar's
            pattern=r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$",
        )


@cache
def document() -> Json:
    """The whole document. It describes no data and is the same for everybody."""
    described = _described()
    components = described.setdefault("components", {})
    components["securitySchemes"] = _security_schemes()
    components["parameters"] = {"IdempotencyKey": _key_parameter(), "CsrfToken": _csrf_parameter()}
    components["headers"] = {
        "Link": _link_header(),
        "Location": {"description": _("Địa chỉ của cái vừa lập."), "schema": {"type": "string"}},
        "IdempotencyReplayed": _replayed_header(),
    }
    components["responses"] = {f"Problem{status}": _problem_answer(status) for status in _ALWAYS + _WHEN_WRITING}
    _schemas, problem_schemas = msgspec.json.schema_components([Problem], ref_template=_REF + "{name}")
    components.setdefault("schemas", {}).update(problem_schemas)
    for _path, method, operation in operations(described):
        _complete(operation, method, components["schemas"], kept=operation.pop(_KEPT))
    named: Json = msgspec.json.decode(_PAGE_NAME.sub(r"PageOf\1", msgspec.json.encode(described).decode()))
    return named


@cache
def encoded() -> bytes:
    """The document as JSON."""
    return msgspec.json.encode(document())


def operations(described: Json) -> Iterator[tuple[str, str, Json]]:
    """`(path, method, operation)` of a document, in its order."""
    for path, item in described["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def _described() -> Json:
    """What litestar says of the handlers; an application of their own, so that no page gets into the document."""
    config = OpenAPIConfig(
        title=_("Liên Xã – giao diện lập trình"),
        version=VERSION,
        summary=_("Văn phòng hợp nhất của xã: văn bản, lịch họp, hồ sơ một cửa, tiến độ hợp nhất"),
        description=_(
            "Mọi việc làm được trên trang đều gọi được ở đây, với cùng quyền và cùng quy tắc. "
            "Gọi bằng mã truy cập của một tài khoản kết nối do người quản trị đơn vị cấp, "
            "tại địa chỉ của chính đơn vị đó."
        ),
        servers=[Server(url="/", description=_("Địa chỉ của đơn vị, ví dụ https://lam-son.example.vn"))],
        tags=[Tag(name=module.name, description=module.title) for module in all_modules() if module.rest],
        security=[{"token": []}, {"session": []}],
    )
    app = Litestar(
        [api_router()],
        openapi_config=config,
        plugins=[TimesOfDay()],
        dependencies={
            "session": Provide(provide_session, sync_to_thread=False),
            "actor": Provide(provide_actor, sync_to_thread=False),
            "organ": Provide(provide_organ, sync_to_thread=False),
        },
        logging_config=None,
    )
    described = deepcopy(app.openapi_schema.to_schema())
    rights = {permission.name: permission.title for module in all_modules() for permission in module.permissions}
    handlers = _handlers(app)
    for _path, _method, operation in operations(described):
        handler = handlers[operation["operationId"]]
        _close(operation, handler, described["components"]["schemas"])
        options = handler.opt
        operation[_KEPT] = not options.get(NOT_KEPT)
        if options.get("public"):
            operation["security"] = []
        if sent := options.get(SENDS):
            file = {"schema": {"type": "string", "format": "binary"}}
            operation["responses"]["200"]["content"] = dict.fromkeys(sent, file)
        if needed := options.get(NEEDS):
            operation["security"] = [{"token": [needed]}, {"session": []}]
            operation["description"] = _("Cần quyền “{title}” (`{name}`).", title=rights[needed], name=needed)
    return described


def _handlers(app: Litestar) -> dict[str, HTTPRouteHandler]:
    """The handlers by operation id."""
    handlers = (handler for route in app.routes if isinstance(route, HTTPRoute) for handler in route.route_handlers)
    return {str(handler.operation_id): handler for handler in handlers}


def _close(operation: Json, handler: HTTPRouteHandler, schemas: Json) -> None:
    """Say of what is sent as JSON that it has these fields and no other, where its struct refuses others."""
    sent = operation.get("requestBody", {}).get("content", {}).get("application/json")
    field = handler.parsed_data_field
    if sent is None or field is None:
        return
    struct = field.annotation
    if issubclass(struct, msgspec.Struct) and struct.__struct_config__.forbid_unknown_fields:
        schemas[sent["schema"]["$ref"].removeprefix(_REF)]["additionalProperties"] = False


def _complete(operation: Json, method: str, schemas: Json, *, kept: bool) -> None:
    answers = operation["responses"]
    answers.pop("400", None)  # litestar's own, which never leaves here
    statuses = _ALWAYS if method == "get" else _ALWAYS + _WHEN_WRITING
    for status in statuses:
        answers.setdefault(str(status), {"$ref": f"#/components/responses/Problem{status}"})
    operation["responses"] = dict(sorted(answers.items()))
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        _without_null(parameter["schema"])
    if method != "get":
        names = ("IdempotencyKey", "CsrfToken") if kept else ("CsrfToken",)
        parameters += [{"$ref": f"#/components/parameters/{name}"} for name in names]
    for status, answer in operation["responses"].items():
        if status < "300":
            answer["description"] = _("Đã làm xong.") if method != "get" else _("Có.")
            headers = answer.setdefault("headers", {})
            if any(parameter.get("name") == "after" for parameter in parameters):
                headers["Link"] = {"$ref": "#/components/headers/Link"}
            if status == "201":
                headers["Location"] = {"$ref": "#/components/headers/Location"}
            if method != "get" and kept:
                headers["Idempotency-Replayed"] = {"$ref": "#/components/headers/IdempotencyReplayed"}
            _exemplify(answer, schemas)
    if "requestBody" in operation:
        _exemplify(operation["requestBody"], schemas)
    if not parameters:
        del operation["parameters"]


def _without_null(schema: Json) -> None:
    """A parameter that is not sent is absent, never null."""
    kinds = schema.get("type")
    if isinstance(kinds, list):
        left = [kind for kind in kinds if kind != "null"]
        schema["type"] = left[0] if len(left) == 1 else left
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    if "oneOf" in schema:
        left = [one for one in schema.pop("oneOf") if one.get("type") != "null"]
        schema.update(left[0] if len(left) == 1 else {"oneOf": left})


def _exemplify(holder: Json, schemas: Json) -> None:
    for media_type, content in holder.get("content", {}).items():
        if media_type == "application/json" and "example" not in content and "examples" not in content:
            content["example"] = example(content["schema"], schemas)


def example(schema: Json, schemas: Json) -> Any:
    """A value that fits the schema, made of the examples of its parts."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].removeprefix(_REF)], schemas)
    if schema.get("examples"):
        found = schema["examples"]
        first = found[0] if isinstance(found, list) else next(iter(found.values()))
        return first["value"] if isinstance(first, dict) and "value" in first else first
    for word in ("const", "default"):
        if schema.get(word) is not None:
            return schema[word]
    if "enum" in schema:
        return schema["enum"][0]
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return example(next(one for one in schema[word] if one.get("type") != "null"), schemas)
    if "properties" in schema:
        return {name: example(part, schemas) for name, part in schema["properties"].items()}
    kind = schema.get("type", "object")
    if kind == "array":
        return [example(schema["items"], schemas)] if "items" in schema else []
    if kind == "object":
        return {}
    return _BY_FORMAT.get(schema.get("format", ""), _BY_TYPE[kind])


def _security_schemes() -> Json:
    return {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": _("Mã truy cập của tài khoản kết nối, chỉ dùng được tại địa chỉ của đơn vị đã cấp."),
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": session_cookie_name(get_settings()),
            "description": _(
                "Phiên đăng nhập của cán bộ trên trình duyệt. Yêu cầu ghi phải có Origin của chính đơn vị "
                "và X-CSRF-Token của phiên."
            ),
        },
    }


def _key_parameter() -> Json:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": _(
            "Khóa riêng của việc này, giữ 24 giờ: gửi lại với cùng khóa và cùng nội dung thì nhận lại câu trả lời đầu."
        ),
        "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
        "example": "6f1c0e6e-3f0d-4c57-9c39-0f3f0d1e2a77",
    }


def _csrf_parameter() -> Json:
    return {
        "name": "X-CSRF-Token",
        "in": "header",
        "required": False,
        "description": _("Chỉ cần khi gọi bằng phiên đăng nhập; gọi bằng mã truy cập thì bỏ qua."),
        "schema": {"type": "string"},
    }


def _link_header() -> Json:
    return {
        "description": _('Địa chỉ của trang sau (rel="next"), nếu còn.'),
        "schema": {"type": "string"},
        "example": f'<{PATH}/documents/incoming?after=MTc2NDAw>; rel="next"',
    }


def _replayed_header() -> Json:
    return {
        "description": _("`true` nếu đây là câu trả lời đầu được gửi lại."),
        "schema": {"type": "string", "enum": ["true"]},
    }


def _problem_answer(status: int) -> Json:
    codes = [code for code, kind in KINDS.items() if kind.status == status]
    first = codes[0]
    shown = {
        "type": type_of(first),
        "code": first,
        "title": KINDS[first].title,
        "status": status,
        "detail": _("Nói rõ điều gì không được, bằng tiếng Việt."),
        "instance": f"{PATH}/documents/incoming",
        "remedy": _("Nói cần làm gì."),
    }
    if first == "invalid_input":
        fault = {"field": "limit", "reason": _("Giá trị không đúng."), "remedy": _("Nhập số từ 1 đến 100.")}
        shown["errors"] = [fault]
    return {
        "description": " / ".join(f"{KINDS[code].title} (`{code}`)" for code in codes),
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"{_REF}Problem"}, "example": shown}},
    }
