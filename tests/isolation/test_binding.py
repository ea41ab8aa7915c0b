"""What keeps tenants apart in each transaction, in whichever words the engine of the database wants the tenant said.

These tests need no organs and no clones: `LIENXA_TEST_APP_DSN` lets them run on a database that is there already, as
lx_app, with tenants of their own (docs/citus.md). Their rows stay in it.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pooler
import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError, IntegrityError

from lienxa.platform.access.models import Body, Role, RolePermission
from lienxa.platform.audit import repository as audit
from lienxa.platform.audit import sealing
from lienxa.platform.db.search import contains
from lienxa.platform.db.session import Database
from lienxa.platform.errors import TenantNotSet
from lienxa.platform.rollup import repository as figures
from lienxa.platform.settings import get_settings

_BOUND = text("select current_setting('app.tenant', true)")


GIVEN = os.environ.get("LIENXA_TEST_APP_DSN")


@pytest.fixture(scope="module")
def app_dsn(request: pytest.FixtureRequest) -> Iterator[str]:
    """One database for all of these tests: each speaks for tenants of its own."""
    if GIVEN:
        yield GIVEN
        return
    templates = request.getfixturevalue("templates")
    name = templates.clone("template_empty")
    yield templates.cluster.dsn("lx_app", name)
    templates.drop(name)


@pytest.fixture
def here() -> UUID:
    """A tenant that nobody else knows."""
    return uuid4()


@pytest.fixture(params=["citus"] if GIVEN else ["postgres", "citus"])
async def opened(
    request: pytest.FixtureRequest, app_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    """The application's login as each engine is spoken to; the server is PostgreSQL."""
    if request.param == "citus" and pooler.ENVIRONMENT in os.environ:
        pytest.skip("nobody speaks to Citus through a pooler")
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


async def test_no_statement_reaches_rows_of_another_tenant(opened: Database, here: UUID) -> None:
    async with opened.tenant(here) as session:
        session.add(body())
    async with opened.tenant(uuid4()) as session:
        table = Body.__table__
        assert (await session.execute(select(table).where(table.c.tenant_id == here))).all() == []
        changed = await session.execute(update(table).where(table.c.tenant_id == here).values(name="của người khác"))
        assert changed.rowcount == 0  # type: ignore[attr-defined]
    async with opened.tenant(here) as session:
        assert (await session.scalars(select(Body.name))).all() == ["HĐND xã"]


async def test_a_key_never_leads_to_a_row_of_another_tenant(opened: Database, here: UUID) -> None:
    async with opened.tenant(here) as session:
        role = Role(code="clerk", name="Văn thư")
        session.add(role)
        await session.flush()
        session.add(RolePermission(role_id=role.id, permission="documents.register"))
    async with opened.tenant_session(uuid4()) as session:
        session.add(RolePermission(role_id=role.id, permission="documents.register"))
        with pytest.raises(IntegrityError, match="role_permission_tenant_id_role_id_fkey"):
            await session.flush()


async def test_what_is_found_without_diacritics_is_ones_own(opened: Database, here: UUID) -> None:
    async with opened.tenant(here) as session:
        session.add(body("council"))
        session.add(body("committee"))
    async with opened.tenant(here) as session:
        assert (await session.scalars(select(Body.code).where(contains(Body.code, "cil")))).all() == ["council"]
    async with opened.tenant(uuid4()) as session:
        assert (await session.scalars(select(Body.code).where(contains(Body.code, "cil")))).all() == []


async def test_a_figure_is_seen_by_its_reader_and_nobody_else(opened: Database, here: UUID) -> None:
    parent, month = uuid4(), date(2026, 11, 1)
    key = figures.FigureKey(parent, "documents.issued", month, "")
    async with opened.tenant(here) as session:
        await figures.write(session, "documents", {key: 7})
        await figures.write(session, "documents", {key: 8})
    async with opened.tenant(parent) as session:
        ((organ, codes, _dimensions, values),) = await figures.totals(session, month, month, [])
        assert (organ, codes, values) == (here, ["documents.issued"], [8])
    async with opened.tenant(uuid4()) as session:
        assert await figures.totals(session, month, month, []) == []


async def test_an_event_waits_for_its_seal_and_gets_it(opened: Database, here: UUID) -> None:
    async with opened.tenant(here) as session:
        audit.record_service(session, "tests.tried", "request", uuid4(), {"number": 1})
    async with opened.tenant(here) as session:
        assert await sealing.seal(session, [b"key"]) == 1
        assert await sealing.verify(session, [b"key"]) == []


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


@pytest.mark.parametrize("opened", ["citus"], indirect=True)
@pytest.mark.skipif(not GIVEN, reason="how many shards are asked is known on Citus only (LIENXA_TEST_APP_DSN)")
async def test_what_an_office_asks_is_asked_of_one_shard(opened: Database, here: UUID) -> None:
    async with opened.tenant(here) as session:
        asked = select(Body.code).join(Role, Role.tenant_id == Body.tenant_id).where(Body.tenant_id == here)
        written = str(asked.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))  # type: ignore[no-untyped-call]
        plan = "\n".join((await session.scalars(text(f"explain {written}"))).all())
    assert "Task Count: 1\n" in plan
