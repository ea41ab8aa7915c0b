"""`/healthz` lives with the process, `/readyz` with its database."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar
from litestar.datastructures import State

from lienxa.platform.db.session import Database
from lienxa.platform.telemetry import health


def _client(database: Database) -> httpx.AsyncClient:
    app = Litestar(health.routes, state=State({"database": database}))
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with _client(database) as opened:
        yield opened


async def test_a_process_with_a_migrated_database_is_ready(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz"):
        answer = await client.get(path)
        assert (answer.status_code, answer.text) == (200, "ok")


@pytest.mark.parametrize(("revision", "status"), [("0001_platform", 503), ("9999_newer_than_this_code", 200)])
async def test_an_older_database_is_not_ready_and_a_newer_one_is(
    client: httpx.AsyncClient, owner_dsn: str, revision: str, status: int
) -> None:
    owner = Database(owner_dsn, pool_size=1)
    async with owner.engine.begin() as connection:
        await connection.exec_driver_sql("update control.alembic_version set version_num = $1", (revision,))
    await owner.close()

    assert (await client.get("/readyz")).status_code == status


async def test_without_a_database_the_process_lives_but_is_not_ready() -> None:
    nowhere = Database("postgresql://lx_app:x@127.0.0.1:1/lienxa")
    async with _client(nowhere) as client:
        assert (await client.get("/healthz")).status_code == 200
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "the database does not answer")
