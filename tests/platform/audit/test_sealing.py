"""What is sealed cannot be changed, removed, reordered or cut off without being found."""

import secrets
from collections.abc import AsyncIterator
from uuid import uuid4

import psycopg
import pytest

from lienxa.platform.access.actor import Actor
from lienxa.platform.audit import repository, sealing
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.organs import Organ

KEY = secrets.token_bytes(32)


@pytest.fixture
async def sealed(database: Database, lam_son: Organ, clerk: Actor) -> Organ:
    """Lam Sơn with five sealed events."""
    async with database.tenant(lam_son.id) as session:
        for number in range(5):
            repository.record(session, clerk, "documents.register", "document", uuid4(), {"number": number})
    async with database.tenant(lam_son.id) as session:
        assert await sealing.seal(session, [KEY]) == 5
    return lam_son


@pytest.fixture
async def session(database: Database, sealed: Organ) -> AsyncIterator[TenantSession]:
    async with database.tenant(sealed.id) as opened:
        yield opened


async def kinds(session: TenantSession, *heads: sealing.Head) -> set[str]:
    return {fault.kind for fault in await sealing.verify(session, [KEY], heads)}


async def test_an_untouched_trail_has_no_fault(session: TenantSession) -> None:
    head = await sealing.last_head(session)
    assert head.number == 5
    assert await kinds(session, head) == set()


async def test_another_key_verifies_nothing(session: TenantSession) -> None:
    assert {fault.kind for fault in await sealing.verify(session, [b"another key"])} == {"unknown key"}


@pytest.mark.parametrize(
    ("attack", "found"),
    [
        ("update app.audit_event set staff_name = 'x' where detail->>'number' = '2'", "changed"),
        ("update app.audit_event set detail = '{\"number\": 7}' where detail->>'number' = '2'", "changed"),
        ("delete from app.audit_seal where number = 3", "missing"),
        (
            "with a as (select event_id from app.audit_seal where number = 2), "
            "b as (select event_id from app.audit_seal where number = 4) "
            "update app.audit_seal set number = number + 10 where event_id in (select * from a union select * from b)",
            "missing",
        ),
    ],
)
async def test_an_attack_by_the_database_administrator_is_found(
    session: TenantSession, owner_dsn: str, attack: str, found: str
) -> None:
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(attack.encode())
    assert found in await kinds(session)


async def test_a_cut_off_end_is_found_by_its_published_head(
    database: Database, sealed: Organ, session: TenantSession, owner_dsn: str
) -> None:
    async with database.tenant(sealed.id) as earlier:
        head = await sealing.last_head(earlier)
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("delete from app.audit_seal where number = 5")
        connection.execute("delete from app.audit_event where detail->>'number' = '4'")
    assert await kinds(session) == set()
    assert await kinds(session, head) == {"cut off"}


async def test_an_event_taken_off_the_waiting_list_is_found(
    database: Database, sealed: Organ, clerk: Actor, owner_dsn: str
) -> None:
    async with database.tenant(sealed.id) as session:
        repository.record(session, clerk, "documents.issue", "document", uuid4(), {})
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("delete from control.audit_unsealed")
    async with database.tenant(sealed.id) as session:
        assert await sealing.seal(session, [KEY]) == 0
        assert await kinds(session) == {"never sealed"}


async def test_the_application_may_only_append(session: TenantSession) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import ProgrammingError

    with pytest.raises(ProgrammingError, match="permission denied"):
        await session.execute(text("update app.audit_event set action = 'x'"))


@pytest.mark.parametrize("trigger", ["stays", "is dropped"])
async def test_on_citus_the_session_puts_events_on_the_waiting_list(
    database: Database,
    lam_son: Organ,
    clerk: Actor,
    owner_dsn: str,
    trigger: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A distributed table has no trigger; before it is distributed both do it."""
    if trigger == "is dropped":
        with psycopg.connect(owner_dsn) as connection:
            connection.execute("drop trigger want_seal on app.audit_event")
    monkeypatch.setenv("LIENXA_DB_ENGINE", "citus")
    get_settings.cache_clear()
    citus = Database(database.engine.url.render_as_string(hide_password=False).replace("+asyncpg", ""), pool_size=1)
    monkeypatch.undo()
    get_settings.cache_clear()
    async with citus.tenant(lam_son.id) as session:
        for number in range(3):
            repository.record(session, clerk, "documents.register", "document", uuid4(), {"number": number})
    async with citus.tenant(lam_son.id) as session:
        assert await sealing.seal(session, [KEY]) == 3
        assert await kinds(session) == set()
    await citus.close()
