"""An operator who is signed in on the sign-on host."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar
from tests.conftest import Visitor

from lienxa.platform.db.session import Database
from lienxa.platform.identity import sessions
from lienxa.platform.identity.models import SignOnTicket
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.identity.requests import csrf_token, masked
from lienxa.platform.settings import Settings

SIGN_ON_HOST = "http://localhost:8000"


@pytest.fixture
async def stranger(app: Litestar) -> AsyncIterator[Visitor]:
    """Nobody, on the sign-on host."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=SIGN_ON_HOST) as client:
        yield Visitor(client)


@pytest.fixture
async def operator(app: Litestar, stranger: Visitor, operator_database: Database, test_settings: Settings) -> Visitor:
    """An operator."""
    async with operator_database.control() as control:
        person = await provisioner_for(test_settings).provision_operator(control, "van-hanh", "Phan Thị Thử", "lien-xa")
    ticket = SignOnTicket(
        tenant_id=None, account_id=person.account_id, issuer_sid=uuid4().hex, id_token="", refresh_token=b""
    )
    async with app.state.database.control() as control:
        secret = await sessions.begin(control, ticket, acting_post_id=None, shared=False, user_agent="tests")
    live = await sessions.look_up(app.state.database, None, secret)
    assert live is not None
    stranger.http.cookies.set("lx_session", secret)
    stranger.csrf = masked(csrf_token(app.state.settings, live.id, None))
    return stranger
