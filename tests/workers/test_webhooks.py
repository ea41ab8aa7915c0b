"""Events and real workers: what was committed leaves soon, and a killed worker loses nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from lienxa.platform import ids
from lienxa.platform.access import repository as people
from lienxa.platform.db.session import Database
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.webhooks import repository, subscriptions
from lienxa.platform.webhooks.events import Happened, tell_others

_ANSWER = b"HTTP/1.1 204 x\r\nConnection: close\r\n\r\n"


@dataclass
class Receiver:
    """A server that counts what it gets by the event's id, and answers only while it is `open`."""

    port: int = 0
    open: bool = True
    got: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        self.got.append(head.split("webhook-id: ")[1].split("\r\n")[0])
        if self.open:
            writer.write(_ANSWER)
        else:
            await reader.read()
        writer.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    there = Receiver()
    server = await asyncio.start_server(there.serve, "127.0.0.1", 0)
    there.port = server.sockets[0].getsockname()[1]
    yield there
    server.close()


@pytest.fixture
async def subscription(
    database: Database, lam_son: Organ, actor_with: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[UUID]:
    """The receiver is told of issued documents; loopback is allowed, here and in the processes."""
    monkeypatch.setenv("LIENXA_WEBHOOK_ALLOW", "127.0.0.0/8")
    get_settings.cache_clear()
    administrator = await actor_with(lam_son, "administrator")
    async with database.tenant(lam_son.id) as session:
        bodies = [body.id for body in await people.bodies(session)]
        wish = subscriptions.Wish("Kho", f"http://127.0.0.1:{receiver.port}/", ["documents.issued"], bodies)
        issued = await subscriptions.add(session, administrator, wish)
    yield issued.subscription_id
    monkeypatch.undo()
    get_settings.cache_clear()


async def _tell(database: Database, organ: Organ, count: int) -> None:
    for _event in range(count):
        async with database.tenant(organ.id) as session:
            thing = ids.new_id()
            await tell_others(session, Happened("documents.issued", thing, f"/documents/{thing}", None))


async def _states(database: Database, organ: Organ, subscription_id: UUID) -> list[str]:
    async with database.tenant(organ.id) as session:
        rows, _following = await repository.log(session, subscription_id)
        return [row.WebhookDelivery.state for row in rows]


async def test_a_killed_worker_loses_nothing(
    database: Database, processes: Any, until: Any, lam_son: Organ, receiver: Receiver, subscription: UUID
) -> None:
    """Killed while the receiver hangs, and before it has begun with the rest."""
    receiver.open = False
    first = processes.worker("quick")
    await _tell(database, lam_son, 3)
    await until(lambda: len(receiver.got) == 1)
    first.kill()
    first.wait()
    receiver.open = True
    processes.worker("quick")

    async def all_delivered() -> bool:
        return await _states(database, lam_son, subscription) == ["delivered"] * 3

    await until(all_delivered)
    assert len(set(receiver.got)) == 3
    assert len(receiver.got) == 4, "the one that was cut off came again, with the same id"
    log = processes.log.read_text()
    assert "whsec_" not in log
    assert f"127.0.0.1:{receiver.port}" not in log
