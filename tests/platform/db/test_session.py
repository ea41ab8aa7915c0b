"""Each transaction of a tenant is bound to it, in whichever words the engine of the database wants it said."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

from lienxa.platform.access.models import Body
from lienxa.platform.db.session import Database
from lienxa.platform.errors import TenantNotSet
from lienxa.platform.settings import get_settings

_BOUND = text("select current_setting('app.tenant', true)")


@pytest.fixture(scope="module")
def app_dsn(templates: Any) -> Iterator[str]:
    """One database for all of these tests: each speaks for tenants of its own."""
    name = templates.clone("template_empty")
    yield templates.cluster.dsn("lx_app", name)
    templates.drop(name)


@pytest.fixture
def here() -> UUID:
    """A tenant that nobody else knows."""
    return uuid4()


@pytest.fixture(params=["postgres", "citus"])
async def opened(
    request: pytest.FixtureRequest, app_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    """The application's login as each engine is spoken to; the server is PostgreSQL."""
    monkeypatch.setenv("LIENXA_DB_ENGINE", request.param)
    get_settings.cache_clear()
    database = Database(app_dsn, pool_size=2)
    monkeypatch.undo()
    get_settings.cache_clear()
    yield database
    await database.close()


def recorded(database: Database) -> list[str]:
    """The statements that the database is sent from now on."""
    sent: list[str] = []

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    return sent


def body(code: str = "council") -> Body:
    return Body(code=code, name="HĐND xã", symbol="HĐND", system="state", position=1)


async def test_a_tenant_writes_and_reads_its_own_rows_only(opened: Database, here: UUID) -> None:
    async with opened.tenant(here) as session:
        session.add(body())
    async with opened.tenant(uuid4()) as session:
        assert (await session.scalars(select(Body.code))).all() == []
    async with opened.tenant(here) as session:
        assert (await session.scalars(select(Body.code))).all() == ["council"]


async def test_a_row_of_another_tenant_is_refused_by_the_database(opened: Database, here: UUID) -> None:
    row = body()
    row.tenant_id = uuid4()
    async with opened.tenant_session(here) as session:
        session.add(row)
        with pytest.raises(DBAPIError, match="row-level security"):
            await session.flush()


async def test_the_binding_outlives_a_savepoint_and_comes_again_after_a_commit(opened: Database, here: UUID) -> None:
    async with opened.tenant_session(here) as session:
        with pytest.raises(RuntimeError):
            async with session.begin_nested():
                raise RuntimeError
        assert await session.scalar(_BOUND) == str(here)
        await session.commit()
        assert await session.scalar(_BOUND) == str(here)


async def test_nothing_of_a_binding_is_left_to_the_next_who_takes_the_connection(opened: Database, here: UUID) -> None:
    async with opened.tenant(here) as session:
        assert await session.scalar(_BOUND) == str(here)
    async with opened.control() as control:
        assert not await control.scalar(_BOUND)
        with pytest.raises(DBAPIError):
            await control.execute(select(Body.code))


async def test_many_tenants_over_few_connections_never_meet(opened: Database) -> None:
    tenants = [uuid4() for _number in range(20)]

    async def ask(tenant: UUID) -> bool:
        async with opened.tenant(tenant) as session:
            before = await session.scalar(_BOUND)
            await asyncio.sleep(0)
            return before == await session.scalar(_BOUND) == str(tenant)

    assert all(await asyncio.gather(*(ask(tenants[number % 20]) for number in range(200))))


async def test_without_a_tenant_nothing_is_sent(opened: Database, here: UUID) -> None:
    sent = recorded(opened)
    session = opened.tenant_session(here)
    session.info.clear()
    with pytest.raises(TenantNotSet):
        await session.execute(_BOUND)
    await session.close()
    assert sent == []


@pytest.mark.parametrize("opened", ["citus"], indirect=True)
async def test_citus_is_told_the_tenant_as_a_literal_that_it_passes_on(opened: Database, here: UUID) -> None:
    sent = recorded(opened)
    async with opened.tenant(here) as session:
        assert await session.scalar(text("show citus.propagate_set_commands")) == "local"
    assert sent[0] == f"set local app.tenant = '{here}'"
    assert "set_config" not in " ".join(sent)


@pytest.mark.parametrize("opened", ["citus"], indirect=True)
@pytest.mark.parametrize("forged", ["01890a5d-ac96-774b-bcce-b302099a8057", "'; set role postgres; --"])
async def test_a_text_never_becomes_a_literal(opened: Database, forged: str) -> None:
    sent = recorded(opened)
    session = opened.tenant_session(forged)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="never by a text"):
        await session.execute(_BOUND)
    await session.close()
    assert sent == []
