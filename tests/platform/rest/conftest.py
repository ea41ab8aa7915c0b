"""Callers of the API: other systems with a token."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.rest import accounts
from lienxa.platform.tenancy.organs import Organ

FindActor = Callable[..., Awaitable[Actor]]
IssueToken = Callable[..., Awaitable[accounts.Issued]]
Call = Callable[..., Awaitable[httpx.Response]]


@dataclass
class Calls:
    """A program that calls the API of organs, each at its own host."""

    app: Litestar

    async def __call__(
        self,
        organ: Organ,
        path: str,
        token: str = "",
        *,
        method: str = "GET",
        client: str = "127.0.0.1",
        **sent: Any,
    ) -> httpx.Response:
        """Call once from the address `client`; `token` as the bearer."""
        headers = {**({"authorization": f"Bearer {token}"} if token else {}), **sent.pop("headers", {})}
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False, client=(client, 4711))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{organ.slug}.localhost:8000") as caller:
            return await caller.request(method, f"/api/v1{path}", headers=headers, **sent)


@pytest.fixture
def call(app: Litestar) -> Calls:
    """Call the API."""
    return Calls(app)


@pytest.fixture
def issue_token(database: Database, actor_with: FindActor) -> IssueToken:
    """Let the administrator of an organ issue a token with these permissions, for all bodies but UBKT."""

    async def issue(
        organ: Organ, *permissions: str, bodies: Collection[str] = ("party", "committee")
    ) -> accounts.Issued:
        administrator = await actor_with(organ, "administrator")
        async with database.tenant(organ.id) as session:
            found = [body.id for body in await people.bodies(session) if body.code in bodies]
            unit: UUID = (await people.units(session))[0].id
            wanted = accounts.Application(
                "Phần mềm lưu trữ", unit, permissions, found, clock.today() + timedelta(days=30)
            )
            return await accounts.issue(session, administrator, wanted)

    return issue
