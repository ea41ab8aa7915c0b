"""The pages of the modules, asked over ASGI by people who are signed in already."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar
from pydantic import SecretStr
from sqlalchemy import select

from lienxa.platform import clock, ids
from lienxa.platform.access import members
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Staff
from lienxa.platform.app import parts
from lienxa.platform.db.session import Database
from lienxa.platform.identity import sessions
from lienxa.platform.identity.models import SignOnSession, SignOnTicket
from lienxa.platform.identity.requests import csrf_token, masked, session_cookie_name
from lienxa.platform.life import acts, following, works
from lienxa.platform.life.models import OrganWork
from lienxa.platform.module import all_modules
from lienxa.platform.rest import document
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ, organ_by_slug
from lienxa.platform.webhooks import subscriptions
from lienxa.platform.webhooks.events import event_types
from lienxa.platform.webhooks.models import WebhookEvent


@dataclass
class Client:
    """A browser of one person, signed in at their organ and acting in their post."""

    http: httpx.AsyncClient
    csrf: str

    async def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return await self.http.get(path)

    async def send(self, path: str, form: dict[str, Any] | None = None, *, once: str = "") -> httpx.Response:
        """Send a form of one of the organ's own pages; `once` sends the same form again."""
        fields = {"_csrf": self.csrf, "_once": once or str(ids.new_id()), **(form or {})}
        return await self.http.post(path, data=fields)


SignIn = Callable[[Actor], Awaitable[Client]]


@pytest.fixture
async def app(built_app: Litestar, test_settings: Settings, database: Database) -> AsyncIterator[Litestar]:
    """The application against the database of this test."""
    dsn = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    built_app.state = parts(test_settings.model_copy(update={"db_app_dsn": SecretStr(dsn)}))
    yield built_app
    await built_app.state.database.close()


@pytest.fixture
async def sign_in(app: Litestar, test_settings: Settings, database: Database) -> AsyncIterator[SignIn]:
    """Make a browser for an actor."""
    opened: list[httpx.AsyncClient] = []

    async def make(actor: Actor) -> Client:
        ticket = SignOnTicket(
            tenant_id=actor.organ.id, account_id=actor.account_id, issuer_sid="test", id_token="", refresh_token=b""
        )
        async with database.control() as control:
            secret = await sessions.begin(
                control, ticket, acting_post_id=actor.acting.id, shared=False, user_agent="test"
            )
            hashed = SignOnSession.secret_hash == sessions.digest(secret)
            session_id = (await control.scalars(select(SignOnSession.id).where(hashed))).one()
        host = f"http://{actor.organ.slug}.localhost"
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),  # type: ignore[arg-type]
            base_url=host,
            headers={"origin": host},
            cookies={session_cookie_name(test_settings): secret},
        )
        opened.append(client)
        return Client(client, masked(csrf_token(test_settings, session_id, actor.organ.id)))

    yield make
    for client in opened:
        await client.aclose()


ToldOthers = Callable[[], Awaitable[list[tuple[str, UUID]]]]


@pytest.fixture
async def told_others(database: Database, lam_son: Organ, actor_with: Any) -> ToldOthers:
    """From now on another system listens to everything of Lam Sơn: `(type, thing)` of what it is told, in order.

    Each event must lead to an address of the API's document, if its module is in the API.
    """
    administrator = await actor_with(lam_son, "administrator")
    async with database.tenant(lam_son.id) as session:
        body_ids = [body.id for body in await people.bodies(session)]
        wish = subscriptions.Wish("Kho", "https://nhan.vidu.vn/", list(event_types()), body_ids)
        await subscriptions.add(session, administrator, wish)

    async def told() -> list[tuple[str, UUID]]:
        async with database.tenant(lam_son.id) as session:
            events = (await session.scalars(select(WebhookEvent).order_by(WebhookEvent.id))).all()
        in_the_api = {module.name for module in all_modules() if module.rest}
        for event in (event for event in events if event.event_type.partition(".")[0] in in_the_api):
            assert any(_leads_to(event, path) for path in document.document()["paths"]), event.path
        return [(event.event_type, event.object_id) for event in events]

    return told


def _leads_to(event: WebhookEvent, path: str) -> bool:
    """Whether an address of the document, its parameters filled with the thing, is that of the event."""
    return re.sub(r"\{[^}]+\}", str(event.object_id), path) == event.path.partition("?")[0]


Merge = Callable[[UUID], Awaitable[OrganWork]]


@pytest.fixture
def merge(operator_database: Database, monkeypatch: pytest.MonkeyPatch) -> Merge:
    """Lam Sơn and Giang Sơn Tây become Long Sa (`long-sa`); the same key once more is the act delivered again."""
    monkeypatch.setattr(following, "PAUSE", timedelta(0))
    new = {"slug": "long-sa", "name": "Long Sa", "host": "long-sa.localhost", "administrator": "quan-tri.lam-son"}

    async def carried_out(key: UUID) -> OrganWork:
        plan = {
            "predecessors": ["lam-son", "giang-son-tay"],
            "successors": ["long-sa"],
            "from_day": clock.today().isoformat(),
            "rest": "long-sa",
            "new": [new],
        }
        async with operator_database.control() as control:
            await works.ask(control, None, key, "merge", "van-hanh", None, **plan)
        return await acts.carry_out(operator_database, key)

    return carried_out


@pytest.fixture
def merged(merge: Merge, operator_database: Database) -> Callable[[], Awaitable[Organ]]:
    """Merge the two; the commune that follows."""

    async def follow() -> Organ:
        done = await merge(uuid4())
        assert done.state == "done", done.reason
        async with operator_database.control() as control:
            found = await organ_by_slug(control, "long-sa")
        assert found is not None
        return found

    return follow


@pytest.fixture
def actor_there(database: Database) -> Callable[[Organ, Actor], Awaitable[Actor]]:
    """`await actor_there(organ, actor)`: the same person in the organ that follows, acting in the same post."""

    async def find(organ: Organ, actor: Actor) -> Actor:
        async with database.tenant(organ.id) as session:
            staff_id = await session.scalar(select(Staff.id).where(Staff.account_id == actor.account_id))
            assert staff_id is not None
            there = await members.staff_member(session, organ, staff_id)
        return there.acting_in(next(post.id for post in there.posts if post.title == actor.acting.title))

    return find
