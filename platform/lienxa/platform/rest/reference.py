"""The document of the API, for programs and for people. It describes no data, so everybody may read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.response import Template

from lienxa.platform.errors import KINDS
from lienxa.platform.rest import document, limits
from lienxa.platform.rest.document import Json
from lienxa.platform.web.page import page

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Field:
    """A parameter, or a field of what is sent or answered; `kind` says its type and bounds in short."""

    name: str
    kind: str
    required: bool
    text: str


@dataclass(frozen=True)
class Operation:
    """An operation as the page shows it; examples are JSON, empty if there is none."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: Sequence[Field]
    sent: Sequence[Field]
    sent_example: str
    status: str
    answered: Sequence[Field]
    answer_example: str
    refusals: Sequence[str]
    deprecated: bool


class ReferenceController(Controller):
    """`/api/v1` itself."""

    path = "/"
    opt = {"public": True}

    @get("/", operation_id="ShowApiDocument")
    async def show(self, request: Request[Any, Any, Any]) -> Template:
        """The document as a page."""
        described = document.document()
        return page(
            request,
            "rest/reference.html",
            info=described["info"],
            groups=groups(),
            kinds=KINDS,
            limits=limits,
        )

    @get("/openapi.json", operation_id="ReadApiDocument")
    async def read(self) -> Response[bytes]:
        """The OpenAPI document."""
        headers = {"cache-control": "public, max-age=300", "access-control-allow-origin": "*"}
        return Response(document.encoded(), media_type="application/vnd.oai.openapi+json", headers=headers)


@cache
def groups() -> Sequence[tuple[str, str, Sequence[Operation]]]:
    """`(tag, title, operations)` in the order of the document."""
    described = document.document()
    found = list(document.operations(described))
    return [
        (
            tag["name"],
            tag["description"],
            [
                _operation(described, path, method, operation)
                for path, method, operation in found
                if tag["name"] in operation["tags"]
            ],
        )
        for tag in described["tags"]
    ]


def _operation(described: Json, path: str, method: str, operation: Json) -> Operation:
    status, answer = next((code, said) for code, said in operation["responses"].items() if code < "400")
    sent = operation.get("requestBody", {})
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        parameters=[_parameter(described, parameter) for parameter in operation.get("parameters", ())],
        sent=_fields(described, sent),
        sent_example=_example(sent),
        status=status,
        answered=_fields(described, answer),
        answer_example=_example(answer),
        refusals=[code for code in operation["responses"] if code >= "400"],
        deprecated=bool(operation.get("deprecated")),
    )


def _parameter(described: Json, parameter: Json) -> Field:
    known = _resolved(described, parameter)
    return Field(
        known["name"], _kind(described, known["schema"]), bool(known.get("required")), known.get("description", "")
    )


def _fields(described: Json, holder: Json) -> list[Field]:
    schemas = [content["schema"] for content in holder.get("content", {}).values() if "schema" in content]
    schema = _resolved(described, schemas[0]) if schemas else {}
    items = schema.get("properties", {}).get("items")
    if items and set(schema["properties"]) == {"items", "next"}:
        schema = _resolved(described, items["items"])
    required = schema.get("required", ())
    return [
        Field(name, _kind(described, part), name in required, _resolved(described, part).get("description", ""))
        for name, part in schema.get("properties", {}).items()
    ]


def _kind(described: Json, schema: Json) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return " | ".join(_kind(described, one) for one in schema[word])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    kind = schema.get("type", "")
    if kind == "array":
        return f"[{_kind(described, schema.get('items', {}))}]"
    named = schema.get("format") or (" | ".join(kind) if isinstance(kind, list) else kind)
    least, most = schema.get("minimum"), schema.get("maximum")
    bounds = f" {least:g}–{most:g}" if least is not None and most is not None else ""
    longest = f" ≤ {schema['maxLength']}" if "maxLength" in schema else ""
    return f"{named}{bounds}{longest}"


def _resolved(described: Json, schema: Json) -> Json:
    found: Any = schema
    while "$ref" in found:
        place: Any = described
        for step in found["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        found = place
    return dict(found)


def _example(holder: Json) -> str:
    for content in holder.get("content", {}).values():
        if "example" in content:
            return msgspec.json.format(msgspec.json.encode(content["example"]), indent=2).decode()
    return ""
