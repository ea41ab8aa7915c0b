"""The small world in which operations are called so that they succeed: people of a commune and of its parent."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import httpx
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.files import pictures
from lienxa.platform.files.jobs import draw_pages
from lienxa.platform.rest import document
from lienxa.platform.rollup import marks
from lienxa.platform.rollup.jobs import recompute
from lienxa.platform.tenancy.organs import Organ

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

Visit = Callable[..., Awaitable[Any]]
FindActor = Callable[..., Awaitable[Actor]]


@cache
def operations() -> Mapping[str, Any]:
    """What the document tells of each operation, by operation id."""
    described = schemathesis.openapi.from_dict(document.document())
    found = [result.ok() for result in described.get_all_operations()]
    return {operation.definition.raw["operationId"]: operation for operation in found}


def of_tag(tag: str) -> set[str]:
    """The operations of a module."""
    return {name for name, operation in operations().items() if operation.definition.raw["tags"] == [tag]}


def check(operation: Any, answer: httpx.Response, **parts: Any) -> None:
    """Raise `FailureGroup` for an answer that the document does not tell of; `parts` are those of its address."""
    operation.Case(path_parameters=parts).validate_response(answer, checks=CHECKS)


@dataclass(frozen=True)
class Person:
    """Somebody who calls: a member with their session, or a stranger."""

    http: httpx.AsyncClient
    headers: Mapping[str, str]
    actor: Actor | None = None

    @property
    def id(self) -> str:
        """As the API names them."""
        assert self.actor is not None
        return str(self.actor.staff_id)


@dataclass
class World:
    """A commune at work, another one and the parent of both; what succeeded there is kept by operation id."""

    commune: Organ
    neighbour: Organ
    parent: Organ
    database: Database
    visit: Visit
    actor_with: FindActor
    succeeded: set[str] = field(default_factory=set)

    async def person(self, role: str, title: str = "", *, organ: Organ | None = None) -> Person:
        """Somebody of the commune (or of `organ`) in a post of that role, signed in now."""
        actor = await self.actor_with(organ or self.commune, role, title)
        visitor = await self.visit(actor.organ, actor)
        headers = {"origin": str(visitor.http.base_url).rstrip("/"), "x-csrf-token": visitor.csrf}
        return Person(visitor.http, headers, actor)

    async def stranger(self) -> Person:
        """Somebody without an account at the commune's host."""
        return Person((await self.visit(self.commune)).http, {})

    @asynccontextmanager
    async def at(self, moment: datetime) -> AsyncIterator[None]:
        """Do something at that moment; people are to sign in there."""
        with clock.fixed_at(moment):
            yield

    async def draw_pages(self) -> None:
        """Draw the wanted pages of the commune's files, as a worker does."""
        async with self.database.tenant(self.commune.id) as session:
            for stored_file_id in await pictures.still_wanted(session):
                await draw_pages(session, stored_file_id)

    async def compute_figures(self) -> None:
        """Bring the figures of all organs up to date, as a worker does."""
        async with self.database.control() as control:
            pairs = await marks.marked_pairs(control)
        for organ_id, module in pairs:
            await recompute(self.database, organ_id, module)

    async def call(
        self,
        who: Person,
        operation_id: str,
        sent: Any = None,
        *,
        fields: Mapping[str, str] | None = None,
        files: Any = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **parts: Any,
    ) -> httpx.Response:
        """Call an operation, which is to succeed and to answer as the document tells; returns its answer.

        `sent` goes as JSON; `parts` are those of the address. A list without an item shows nothing of what it
        holds, and does not count.
        """
        operation = operations()[operation_id]
        answer = await who.http.request(
            operation.method.upper(),
            operation.path.format(**parts),
            json=sent,
            data=fields,
            files=files,
            params=query,
            headers={**who.headers, **(headers or {})},
        )
        assert answer.is_success, f"{operation_id}: {answer.status_code} {answer.text}"
        answer.request = httpx.Request(answer.request.method, answer.request.url)  # what was uploaded is read no more
        check(operation, answer, **parts)
        if place := answer.headers.get("location"):
            assert (await who.http.get(place)).is_success, f"{operation_id}: nothing is at {place}"
        if not _is_empty(answer):
            self.succeeded.add(operation_id)
        return answer

    async def told(self, who: Person, operation_id: str, sent: Any = None, **others: Any) -> Any:
        """The body of the answer of `call`."""
        return (await self.call(who, operation_id, sent, **others)).json()


def _is_empty(answer: httpx.Response) -> bool:
    if not answer.headers.get("content-type", "").startswith("application/json"):
        return False
    told = answer.json()
    return told == [] or (isinstance(told, dict) and told.get("items") == [])
