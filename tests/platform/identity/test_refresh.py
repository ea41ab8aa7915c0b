"""The issuer is asked again about everybody at work."""

from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from lienxa.platform import clock
from lienxa.platform.db.session import Database
from lienxa.platform.identity import sealing
from lienxa.platform.identity.models import IssuerUser, SignOnSession
from lienxa.platform.identity.oidc import OidcClient
from lienxa.platform.identity.refresh import RefreshOutcome, refresh_sessions

from .conftest import Browser, Person, Service

pytestmark = pytest.mark.usefixtures("signed_in")


@pytest.fixture
async def signed_in(browser: Browser, service: Service, binh: Person, database: Database) -> None:
    """A browser at work whose session is due."""
    await browser.sign_in(service.host("lam-son"), "binh", binh.password)
    await _due(database)


async def _due(database: Database, since: timedelta = timedelta(seconds=30)) -> None:
    async with database.control() as control:
        await control.execute(update(SignOnSession).values(refresh_tried_at=clock.now() - since))


async def _session(database: Database) -> SignOnSession | None:
    async with database.control() as control:
        return await control.scalar(select(SignOnSession))


async def test_a_session_is_confirmed_with_a_new_token(service: Service, database: Database) -> None:
    before = await _session(database)
    for _time in range(3):
        outcome = await refresh_sessions(database, service.settings, service.oidc)
        assert outcome == RefreshOutcome(confirmed=1, ended=0, unanswered=0)
        await _due(database)
    after = await _session(database)
    assert before is not None
    assert after is not None
    assert after.refresh_token != before.refresh_token
    assert after.confirmed_at > before.confirmed_at


async def test_it_is_not_asked_again_at_once(service: Service, database: Database) -> None:
    await refresh_sessions(database, service.settings, service.oidc)
    assert await refresh_sessions(database, service.settings, service.oidc) == RefreshOutcome(0, 0, 0)


async def test_an_idle_session_is_asked_about_seldom(service: Service, database: Database) -> None:
    async with database.control() as control:
        await control.execute(update(SignOnSession).values(last_seen_at=clock.now() - timedelta(hours=1)))
    assert await refresh_sessions(database, service.settings, service.oidc) == RefreshOutcome(0, 0, 0)
    await _due(database, timedelta(minutes=11))
    assert await refresh_sessions(database, service.settings, service.oidc) == RefreshOutcome(1, 0, 0)


async def test_a_disabled_persons_session_ends(browser: Browser, service: Service, database: Database) -> None:
    async with database.control() as control:
        await control.execute(update(IssuerUser).where(IssuerUser.username == "binh").values(enabled=False))
    outcome = await refresh_sessions(database, service.settings, service.oidc)
    assert outcome == RefreshOutcome(confirmed=0, ended=1, unanswered=0)
    answer = await browser.get(f"http://{service.host('lam-son')}/phien")
    assert 'name="password"' in answer.text


async def test_an_issuer_that_is_down_ends_nothing(browser: Browser, service: Service, database: Database) -> None:
    away = service.settings.model_copy(update={"issuer_server_url": "http://127.0.0.1:9"})
    client = OidcClient(away)
    outcome = await refresh_sessions(database, away, client)
    await client.aclose()
    assert outcome == RefreshOutcome(confirmed=0, ended=0, unanswered=1)
    assert (await browser.get(f"http://{service.host('lam-son')}/phien")).status_code == 200


async def test_a_token_sealed_with_another_key_ends_the_session(service: Service, database: Database) -> None:
    secret = type(service.settings.secret_key)("2" * 64)
    other = service.settings.model_copy(update={"secret_key": secret})
    assert await refresh_sessions(database, other, service.oidc) == RefreshOutcome(0, 1, 0)
    assert await _session(database) is None


async def test_a_session_survives_a_new_key_while_the_old_one_is_given(service: Service, database: Database) -> None:
    new = {"secret_key": SecretStr("2" * 64), "old_secret_keys": service.settings.secret_key}
    after = service.settings.model_copy(update=new)
    assert await refresh_sessions(database, after, service.oidc) == RefreshOutcome(1, 0, 0)
    session = await _session(database)
    assert session is not None
    alone = after.model_copy(update={"old_secret_keys": SecretStr("")})
    assert sealing.unseal(alone, session.refresh_token), "what came of it is sealed with the new key"


async def test_the_database_alone_reveals_no_refresh_token(service: Service, database: Database) -> None:
    session = await _session(database)
    assert session is not None
    opened = sealing.unseal(service.settings, session.refresh_token)
    assert opened is not None
    assert not any(part.encode() in session.refresh_token for part in opened.split("."))
    assert service.issuer.key.read(session.refresh_token.decode("latin-1"), "Refresh") is None
