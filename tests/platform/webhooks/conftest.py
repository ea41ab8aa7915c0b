"""A receiver of events on loopback, and subscriptions of Lam Sơn that lead to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select

from lienxa.platform import ids
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.jobs.actors import find_job
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.jobs.running import run_job
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.webhooks import subscriptions
from lienxa.platform.webhooks.events import Happened, tell_others
from lienxa.platform.webhooks.subscriptions import Wish

# What a new organ wants done waits in the queue as well.
OF_EVENTS = QueuedJob.message["actor_name"].astext.like("webhooks.%")


@dataclass(frozen=True)
class Received:
    """A request as it arrived."""

    head: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """An HTTP server that keeps what it gets. `answers` are sent in turn, then 200 for ever; None: silence."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    answers: list[bytes | None] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def address(self) -> str:
        """Where events go."""
        return f"http://127.0.0.1:{self.port}/su-kien"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request and answer it."""
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines[1:])}
        body = await reader.readexactly(int(headers["content-length"]))
        self.received.append(Received(lines[0], headers, body))
        self.came.set()
        answer = self.answers.pop(0) if self.answers else answered(200)
        if answer is None:
            await reader.read()  # until the other side gives up
        else:
            writer.write(answer)
        writer.close()


def answered(status: int, body: bytes = b"", *headers: str) -> bytes:
    """An answer as a server writes it."""
    lines = [f"HTTP/1.1 {status} x", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver on loopback."""
    there = Receiver()
    server = await asyncio.start_server(there.serve, "127.0.0.1", 0)
    there.port = server.sockets[0].getsockname()[1]
    yield there
    server.close()


@pytest.fixture
def allow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Set `LIENXA_WEBHOOK_ALLOW`."""

    def set_to(written: str) -> None:
        monkeypatch.setenv("LIENXA_WEBHOOK_ALLOW", written)
        get_settings.cache_clear()

    yield set_to
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture
async def administrator(lam_son: Organ, actor_with: Any) -> Actor:
    """The administrator of Lam Sơn."""
    found: Actor = await actor_with(lam_son, "administrator")
    return found


@pytest.fixture
async def bodies(database: Database, lam_son: Organ) -> dict[str, UUID]:
    """The bodies of Lam Sơn by code."""
    async with database.tenant(lam_son.id) as session:
        return {body.code: body.id for body in await people.bodies(session)}


Subscribe = Callable[..., Awaitable[subscriptions.Issued]]
Tell = Callable[..., Awaitable[UUID]]


@pytest.fixture
def subscribe(
    database: Database, administrator: Actor, bodies: dict[str, UUID], receiver: Receiver, allow: Any
) -> Subscribe:
    """Subscribe the receiver to issued documents of some bodies; loopback is allowed."""
    allow("127.0.0.0/8")

    async def make(*codes: str, types: tuple[str, ...] = ("documents.issued",), name: str = "Kho") -> Any:
        wish = Wish(name, receiver.address, types, [bodies[code] for code in codes or ("committee",)])
        async with database.tenant(administrator.organ.id) as session:
            return await subscriptions.add(session, administrator, wish)

    return make


@pytest.fixture
def tell(database: Database, lam_son: Organ, bodies: dict[str, UUID]) -> Tell:
    """Let something happen in Lam Sơn; the id of the thing."""

    async def happen(body: str = "committee", event_type: str = "documents.issued") -> UUID:
        thing = ids.new_id()
        async with database.tenant(lam_son.id) as session:
            await tell_others(session, Happened(event_type, thing, f"/documents/{thing}", bodies[body]))
        return thing

    return happen


Run = Callable[..., Awaitable[int]]


@pytest.fixture
def run_jobs(database: Database) -> Run:
    """Do the jobs of events that are due, as a worker would; with `later` the first of all. How many were done."""

    async def run(*, later: bool = False) -> int:
        done = 0
        while True:
            query = select(QueuedJob).where(OF_EVENTS).order_by(QueuedJob.position).limit(1)
            if not later:
                query = query.where(QueuedJob.available_at <= func.now())
            async with database.control() as control:
                message = await control.scalar(query)
                if message is None:
                    return done
                await control.execute(delete(QueuedJob).where(QueuedJob.message_id == message.message_id))
            job = find_job(message.message["actor_name"])
            await run_job(job, database, message.message_id, tuple(message.message["args"]))
            done += 1
            if later:
                return done

    return run
