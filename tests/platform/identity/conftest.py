"""The service over HTTP on loopback, and a browser without a screen: it keeps cookies per host and is led on."""

import asyncio
import html
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import UUID

import httpx
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar

from lienxa.platform import clock
from lienxa.platform.access.staffing import add_staff, appoint
from lienxa.platform.app import parts
from lienxa.platform.db.embedded import free_port
from lienxa.platform.db.session import Database
from lienxa.platform.identity.issuer.issuer import EmbeddedIssuer
from lienxa.platform.identity.issuer.passwords import DEMONSTRATION_PASSWORD
from lienxa.platform.identity.oidc import OidcClient
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.settings import Settings, get_settings
from lienxa.platform.tenancy.organs import Organ

_LEADS_ON = re.compile(r'http-equiv="refresh" content="0; url=([^"]+)"')
_FORM = re.compile(r'<form method="post" action="([^"]+)"')


@dataclass
class Service:
    """A running service."""

    settings: Settings
    app: Litestar
    issuer: EmbeddedIssuer
    oidc: OidcClient

    def host(self, slug: str) -> str:
        """The host and port of an organ."""
        return f"{slug}.localhost:{self.settings.port}"

    @property
    def back_channel(self) -> str:
        """The service by number."""
        return f"http://127.0.0.1:{self.settings.port}"


@dataclass
class Browser:
    """Keeps cookies per host, sends `Origin` with posts, follows redirects and pages that lead on by themselves."""

    http: httpx.AsyncClient
    port: int
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    visited: list[str] = field(default_factory=list)

    async def get(self, address: str, *, follow: bool = True) -> httpx.Response:
        """Open an address as if it were typed or a link."""
        return await self._send("GET", address, follow=follow)

    async def post(
        self, address: str, data: dict[str, str], *, origin: str | None = "", follow: bool = True
    ) -> httpx.Response:
        """Send a form from a page of that very host, or of `origin`; None sends no `Origin`."""
        host = urlsplit(address).netloc
        headers = {} if origin is None else {"origin": origin or f"http://{host}"}
        return await self._send("POST", address, follow=follow, data=data, headers=headers)

    async def sign_in(self, host: str, username: str, password: str, path: str = "/phien") -> httpx.Response:
        """Go to a page of an organ as a stranger and through the login; returns the page reached."""
        page = await self.get(f"http://{host}{path}")
        return await self.fill_in(page, username, password)

    async def fill_in(self, page: httpx.Response, username: str, password: str) -> httpx.Response:
        """Send the login form of a page."""
        return await self.post(form_address(page), {"username": username, "password": password})

    async def _send(self, method: str, address: str, *, follow: bool, **options: Any) -> httpx.Response:
        for _step in range(15):
            answer = await self._one(method, address, **options)
            onward = answer.headers.get("location") if answer.is_redirect else _leads_on(answer)
            if not onward or not follow:
                return answer
            method, options, address = "GET", {}, urljoin(address, onward)
        raise AssertionError(f"no end of redirects: {self.visited[-15:]}")

    async def _one(self, method: str, address: str, **options: Any) -> httpx.Response:
        parts = urlsplit(address)
        jar = self.cookies.setdefault(parts.netloc, {})
        headers = {**options.pop("headers", {}), "host": parts.netloc}
        if jar:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        numbered = f"http://127.0.0.1:{parts.port or 80}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        answer = await self.http.request(method, numbered, headers=headers, **options)
        self.http.cookies.clear()  # the client's own jar knows one host only, 127.0.0.1
        self.visited.append(address)
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    jar.pop(name, None)
                else:
                    jar[name] = morsel.value
        answer.extensions["address"] = address
        return answer


def form_address(page: httpx.Response) -> str:
    """Where the first form of a page is sent."""
    found = _FORM.search(page.text)
    assert found, f"no form on {page.extensions['address']}: {page.status_code} {page.text[:500]}"
    return urljoin(page.extensions["address"], html.unescape(found[1]))


def csrf_of(page: httpx.Response) -> str:
    """The token that the forms of a page carry."""
    found = re.search(r'name="_csrf" value="([0-9a-f]{128})"', page.text)
    assert found, f"no token on {page.extensions['address']}: {page.status_code} {page.text[:500]}"
    return found[1]


def _leads_on(page: httpx.Response) -> str | None:
    found = _LEADS_ON.search(page.text) if "text/html" in page.headers.get("content-type", "") else None
    return html.unescape(found[1]) if found else None


@pytest.fixture
async def service(built_app: Litestar, database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    """The whole application on a free port, against the database of this test."""
    port = free_port()
    monkeypatch.setenv("LIENXA_PORT", str(port))
    monkeypatch.setenv("LIENXA_DB_APP_DSN", database.engine.url.set(drivername="postgresql").render_as_string(False))
    get_settings.cache_clear()
    settings = get_settings()
    app = built_app
    app.state = parts(settings)
    server = Server(app, "127.0.0.1", port, interface=Interfaces.ASGI, log_enabled=False)
    serving = asyncio.create_task(server.serve())
    await _until_it_listens(port)
    yield Service(settings, app, app.state.issuer, app.state.oidc)
    server.stop()
    await serving
    monkeypatch.undo()
    get_settings.cache_clear()


async def _until_it_listens(port: int) -> None:
    for _try in range(1500):  # a busy machine takes its time
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        await asyncio.sleep(0.02)
    raise AssertionError("the service did not start")


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client without cookies of its own."""
    async with httpx.AsyncClient(timeout=30) as client:
        yield client


@pytest.fixture
def new_browser(service: Service, http: httpx.AsyncClient) -> Callable[[], Browser]:
    """Make a browser that has never been here."""
    return lambda: Browser(http, service.settings.port)


@pytest.fixture
def browser(new_browser: Callable[[], Browser]) -> Browser:
    """A browser that has never been here."""
    return new_browser()


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in at the organs they serve."""

    account_id: UUID
    sub: str
    username: str
    password: str = DEMONSTRATION_PASSWORD


NewPerson = Callable[..., Awaitable[Person]]


@pytest.fixture
def new_person(operator_database: Database, database: Database) -> NewPerson:
    """Make a person of these organs, holding a post in each, at the issuer that is in use."""

    async def make(username: str, *organs: Organ, post: str = "van-thu") -> Person:
        provisioner = provisioner_for(get_settings())
        for organ in organs:
            async with operator_database.control() as control:
                made = await provisioner.provision_person(
                    control, organ.slug, username, "Trần Thị Bình", None, DEMONSTRATION_PASSWORD
                )
            async with database.tenant(organ.id) as session:
                staff = await add_staff(session, made.account_id, "Trần Thị Bình")
                await appoint(session, staff.id, post, clock.today())
        return Person(made.account_id, made.sub, username)

    return make


@pytest.fixture
async def binh(new_person: NewPerson, lam_son: Organ) -> Person:
    """A clerk of Lam Sơn."""
    return await new_person("binh", lam_son)
