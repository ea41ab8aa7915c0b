"""What onboarding asks of a Keycloak server, recorded, and asked again bare: the same calls by httpx alone."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

_KEPT_HEADERS = ("authorization", "content-type")


@dataclass(frozen=True)
class Call:
    """A call, and the address of what it made, if it made something."""

    method: str
    url: str
    headers: dict[str, str]
    body: str
    made: str


@dataclass
class Calls:
    """The calls of one onboarding, in order."""

    done: list[Call] = field(default_factory=list)

    @classmethod
    def of(cls, provisioner: Any) -> "Calls":
        """Record what this provisioner asks from now on."""
        calls = cls()
        connection = provisioner._admin.connection
        for client in (connection.async_s, connection.keycloak_openid.connection.async_s):
            client.event_hooks = {"response": [calls._note]}
        return calls

    async def _note(self, answer: httpx.Response) -> None:
        asked = answer.request
        headers = {name: asked.headers[name] for name in _KEPT_HEADERS if name in asked.headers}
        made = answer.headers.get("location", "").rpartition("/")[2]
        self.done.append(Call(asked.method, str(asked.url), headers, asked.content.decode(), made))

    async def repeat(self, client: httpx.AsyncClient, slug: str, other: str) -> float:
        """Ask all of it again for another slug, with the identifiers that now come back; the seconds it took."""
        named = {slug: other}

        def anew(text: str) -> str:
            for before, after in named.items():
                text = text.replace(before, after)
            return text

        began = time.perf_counter()
        for call in self.done:
            answer = await client.request(
                call.method, anew(call.url), headers=call.headers, content=anew(call.body).encode()
            )
            answer.raise_for_status()
            if call.made:
                named[call.made] = answer.headers["location"].rpartition("/")[2]
        return time.perf_counter() - began


@asynccontextmanager
async def bare_client() -> AsyncIterator[httpx.AsyncClient]:
    """A client that keeps its connection open."""
    async with httpx.AsyncClient(timeout=60) as client:
        yield client
