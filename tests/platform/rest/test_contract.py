"""The whole document, called as it describes itself: no server error, and no answer that it does not tell of."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from itertools import cycle
from typing import Any

import httpx
import msgspec
import psycopg
import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from litestar import Litestar
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection
from tests.platform.rest.successes.world import CHECKS, operations

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.rest import accounts, document, limits
from lienxa.platform.tenancy.organs import Organ

# A person in each of these posts calls, besides a program: some acts are for people alone.
ROLES = ("leader", "clerk", "administrator")
# The table of what a parameter names, where its name does not say it.
TABLES = {
    "file_id": "document_file",
    "case_id": "one_stop_case",
    "change_id": "calendar_change",
    "closure_id": "room_closure",
    "account_id": "service_account",
}

Visit = Callable[..., Awaitable[Any]]
FindActor = Callable[..., Awaitable[Actor]]
Send = Callable[[httpx.AsyncClient, requests.PreparedRequest], Awaitable[httpx.Response]]


@dataclass(frozen=True)
class Caller:
    """Somebody who calls: what is added to each call."""

    name: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str]


@pytest.fixture
async def callers(
    issue_token: Callable[..., Awaitable[accounts.Issued]],
    busy_lam_son: Organ,
    database: Database,
    visit: Visit,
    actor_with: FindActor,
) -> list[Caller]:
    """A program with every right that one can have, and people."""
    async with database.tenant(busy_lam_son.id) as session:
        every = [permission.name for permission in await accounts.grantable(session, busy_lam_son)]
    issued = await issue_token(busy_lam_son, *every)
    found = [Caller("program", {"authorization": f"Bearer {issued.token}"}, {})]
    for role in ROLES:
        visitor = await visit(busy_lam_son, await actor_with(busy_lam_son, role))
        headers = {"origin": str(visitor.http.base_url).rstrip("/"), "x-csrf-token": visitor.csrf}
        found.append(Caller(role, headers, dict(visitor.http.cookies)))
    return found


@pytest.fixture
def rows(busy_lam_son: Organ, owner_dsn: str) -> dict[str, Iterator[str]]:
    """Ids of each table, again and again."""
    found: dict[str, Iterator[str]] = {}
    with psycopg.connect(owner_dsn) as connection:
        query = "select relname from pg_class where relnamespace = 'app'::regnamespace and relkind = 'r'"
        for (table,) in connection.execute(query).fetchall():
            ids = connection.execute(
                f"select id::text from app.{table} where tenant_id = %s order by id limit 20", [busy_lam_son.id]
            ).fetchall()
            if ids:
                found[table] = cycle(row[0] for row in ids)
    return found


def cases_of(operation: Any, count: int) -> list[Any]:
    """Calls that fit the document and calls that do not, the same in each run."""
    found: list[Any] = []
    for mode in GenerationMode:

        @settings(
            max_examples=count,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def collect(case: Any) -> None:
            found.append(case)

        try:
            collect()
        except Exception as nothing:  # an operation without parameters cannot be called wrongly
            if "Unsatisfiable" not in type(nothing).__name__ and "Unsupported" not in type(nothing).__name__:
                raise
    return found


def with_row(case: Any, rows: Mapping[str, Iterator[str]]) -> None:
    """Name rows that there are, so that the call gets further than to its 404."""
    for name in case.path_parameters or ():
        table = TABLES.get(name, name.removesuffix("_id"))
        if table in rows:
            case.path_parameters[name] = next(rows[table])


def is_wrong_in_its_path(case: Any) -> bool:
    """Whether what was made wrong is what the path names, so that a row there mends the call."""
    path = case.meta.components.get(ParameterLocation.PATH)
    return path is not None and path.mode.is_negative


async def send(client: httpx.AsyncClient, case: Any, caller: Caller) -> tuple[httpx.Response, Any]:
    """Send the case as that caller."""
    kwargs = case.as_transport_kwargs(base_url=str(client.base_url).rstrip("/"))
    kwargs["headers"] = {
        name: value
        for name, value in dict(kwargs.get("headers") or {}).items()
        if name.lower() not in ("authorization", "x-csrf-token", "cookie")
    }
    kwargs["headers"].update(caller.headers)
    kwargs["cookies"] = dict(caller.cookies)
    prepared = requests.Request(**kwargs).prepare()
    headers = [
        (name.encode("latin-1"), value if isinstance(value, bytes) else value.encode("latin-1", "replace"))
        for name, value in prepared.headers.items()
        if name.lower() != "content-length"
    ]
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    return await client.request(prepared.method or "", prepared.url or "", headers=headers, content=body), prepared


async def walk(
    app: Litestar, organ: Organ, callers: list[Caller], rows: Mapping[str, Iterator[str]], count: int
) -> int:
    """Call every operation `count` times rightly and wrongly, each as the first who may; returns how many calls there
    were. Whoever may not do it once is not asked again.
    """
    faults: list[str] = []
    calls = 0
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{organ.slug}.localhost:8000") as client:
        for operation in operations().values():
            may = callers
            for number, case in enumerate(cases_of(operation, count)):
                replaced = number % 2 == 1
                if replaced:
                    with_row(case, rows)
                checks = CHECKS if replaced and is_wrong_in_its_path(case) else [*CHECKS, negative_data_rejection]
                for place, caller in enumerate(may):
                    answer, prepared = await send(client, case, caller)
                    calls += 1
                    answer.request = httpx.Request(prepared.method or "", prepared.url or "")
                    try:
                        case.validate_response(answer, checks=checks)
                    except FailureGroup as group:
                        told = "; ".join(f"{type(one).__name__}: {one}"[:600] for one in group.exceptions)
                        faults.append(
                            f"{operation.label} as {caller.name} {prepared.url} {prepared.body!r:.300}: {told}"
                        )
                    if answer.status_code not in (401, 403):  # 401: an act before this one shut them out
                        may = may[place:]
                        break  # whoever comes next would get no further
    assert faults == [], "\n\n".join(faults[:10])
    return calls


@pytest.fixture(autouse=True)
def without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits are another test's."""
    for name in ("PER_ADDRESS", "REFUSED_PER_ADDRESS", "PER_ACCOUNT", "PER_TENANT"):
        monkeypatch.setattr(limits, name, 1_000_000)


async def test_no_call_gets_what_the_document_does_not_tell(
    app: Litestar, busy_lam_son: Organ, callers: list[Caller], rows: dict[str, Iterator[str]]
) -> None:
    """Twice rightly and twice wrongly, once each with rows that there are; successes are for test_successes.py."""
    assert await walk(app, busy_lam_son, callers, rows, 2) >= 3 * len(operations())


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_many_calls_get_what_the_document_tells(
    app: Litestar, busy_lam_son: Organ, callers: list[Caller], rows: dict[str, Iterator[str]]
) -> None:
    """Making up one call takes longer than answering it (some 50 ms), so the number of these is what bounds it."""
    assert await walk(app, busy_lam_son, callers, rows, 10) >= 2000


def test_every_operation_is_described_whole() -> None:
    described = document.document()
    found = list(document.operations(described))
    assert len({operation["operationId"] for _path, _method, operation in found}) == len(found)
    for path, method, operation in found:
        what = f"{method} {path}"
        assert path.startswith("/api/v1/"), what
        assert operation["operationId"][0].isupper(), what
        assert operation.get("summary"), what
        assert len(operation["tags"]) == 1, what
        assert {"401", "403", "404", "422", "429", "503"} <= operation["responses"].keys(), what
        for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
            for media_type, content in holder.get("content", {}).items():
                assert media_type != "application/json" or "example" in content, what


async def test_the_examples_of_the_document_fit_its_schemas() -> None:
    import jsonschema_rs

    described = document.document()
    for path, method, operation in document.operations(described):
        for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
            for content in holder.get("content", {}).values():
                if "example" not in content:
                    continue
                schema = {**content["schema"], "components": described["components"]}
                strict = jsonschema_rs.validator_for(schema, validate_formats=True)
                faults = [error.message for error in strict.iter_errors(content["example"])]
                assert faults == [], f"{method} {path}"


def test_the_document_tells_that_unknown_fields_are_refused() -> None:
    described = document.document()
    told = []
    for path, method, operation in document.operations(described):
        sent = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if sent is None:
            continue
        schema = described["components"]["schemas"][sent["schema"]["$ref"].rpartition("/")[2]]
        assert schema.get("additionalProperties") is False, f"{method} {path}: forbid_unknown_fields=True"
        told.append(path)
    assert len(told) > 50


def test_a_time_of_day_is_told_as_it_is_read() -> None:
    schemas = document.document()["components"]["schemas"]
    for name in ("WrittenMeeting", "NewTime"):
        for part in ("starts", "ends"):
            told = schemas[name]["properties"][part]
            assert told["format"] == "time-local"
            for right in (*told["examples"], "23:59:59"):
                assert re.search(told["pattern"], right)
                assert msgspec.convert(right, time)
            for wrong in ("24:00:00", "PT8H", "08:00:00Z", "8:00"):
                assert not re.search(told["pattern"], wrong)
