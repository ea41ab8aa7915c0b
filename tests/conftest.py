"""A real PostgreSQL for the tests: one cluster a worker, one clone of a migrated template a test."""

import asyncio
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from litestar import Litestar
from pydantic import SecretStr

from lienxa.platform.access import members, repository
from lienxa.platform.access.actor import Actor
from lienxa.platform.app import build_app, parts
from lienxa.platform.db import migrations
from lienxa.platform.db.embedded import SUPERUSER, Cluster, bootstrap
from lienxa.platform.db.session import Database
from lienxa.platform.identity import sessions
from lienxa.platform.identity.models import SignOnTicket
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.identity.requests import csrf_token, masked
from lienxa.platform.keycloak import distribution
from lienxa.platform.keycloak.server import Keycloak
from lienxa.platform.operator import demo, onboarding
from lienxa.platform.settings import Settings, get_settings
from lienxa.platform.tenancy.organs import Organ, organ_by_slug

sys.path.insert(0, str(Path(__file__).parent / "load"))

import pooler
import server
from recording import Recording, recording
from tests import sparing
from tests.isolation import twins

EMPTY = "template_empty"
OFFICES = "template_offices"
BUSY = "template_busy"
TWINS = "template_twins"
# Which PostgreSQL the tests run on, and how it is spoken to (CONTRIBUTING.md); nothing else of a service counts here.
KEPT = ("LIENXA_PG_BIN", "LIENXA_DB_ENGINE", "LIENXA_DB_DIRECT_DSN", server.ENVIRONMENT, pooler.ENVIRONMENT)
ORGANS_OF_TESTS = ("do-luong", "lam-son", "giang-son-tay", "thuan-nam", "phuoc-nam")

KEYCLOAK_SECONDS = 240
MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 2**30


def pytest_configure(config: pytest.Config) -> None:
    """Keep all temporary files in memory, where there is room: on disk the clones cost several times the work.

    `TMPDIR` keeps them elsewhere, `--basetemp` keeps what tests left. What a killed run left in memory goes now.
    """
    if hasattr(config, "workerinput") or "TMPDIR" in os.environ or not MEMORY.is_dir():
        return
    for left in MEMORY.glob("lienxa-tests-*"):
        if not Path("/proc", left.name.rpartition("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)
    if shutil.disk_usage(MEMORY).free < MEMORY_NEEDED:
        return
    folder = MEMORY / f"lienxa-tests-{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o711)  # as root the servers run as another account
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@dataclass(frozen=True)
class Templates:
    """A cluster with databases to clone: `EMPTY` is migrated, `OFFICES` has the organs of the tests as well, and in
    `BUSY` Lam Sơn has the papers, meetings and cases of the demonstration; in `TWINS` Giang Sơn Tây has the same.
    """

    cluster: Cluster | server.GivenServer
    superuser: psycopg.Connection  # one for all: two connections a test would cost as much as half of a clone

    def clone(self, template: str) -> str:
        """A new database like the template."""
        name = f"test_{uuid4().hex[:12]}"
        self._run(f"create database {name} template {template} strategy file_copy")
        return name

    def create(self, name: str) -> None:
        """A new, empty database."""
        self._run(f"create database {name}")

    def drop(self, name: str) -> None:
        """Remove a clone, whoever is still connected."""
        self._run(f"drop database if exists {name} with (force)")

    def _run(self, statement: str) -> None:
        self.superuser.execute(statement.encode())


@pytest.fixture(scope="session", autouse=True)
def test_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of every test: an own data folder and fresh keys."""
    for name in [name for name in os.environ if name.startswith("LIENXA_")]:
        if name not in KEPT:
            del os.environ[name]
    os.environ.update(
        LIENXA_DATA=str(tmp_path_factory.mktemp("data")),
        LIENXA_SECRET_KEY=secrets.token_hex(32),
        LIENXA_AUDIT_KEY=secrets.token_hex(32),
        LIENXA_CLIENT_SECRET=secrets.token_hex(16),
    )
    get_settings.cache_clear()
    return get_settings()


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, test_settings: Settings) -> Iterator[Templates]:
    """The cluster of this test process, or the server that it was given."""
    cluster = server.given_server() or Cluster(tmp_path_factory.mktemp("cluster"), fsync=False)
    cluster.start()
    try:
        bootstrap(cluster, EMPTY)
        migrations.upgrade(cluster.dsn("lx_migrator", EMPTY))
        with (
            psycopg.connect(cluster.dsn(SUPERUSER, "postgres"), autocommit=True) as superuser,
            pytest.MonkeyPatch.context() as patch,
        ):
            sparing.spare(patch, cluster.dsn("lx_app", EMPTY))
            yield Templates(cluster, superuser)
    finally:
        cluster.remove()


@pytest.fixture(scope="session")
def offices_template(templates: Templates, test_settings: Settings) -> str:
    """The template with organs; made when the first test asks for it."""
    with psycopg.connect(templates.cluster.dsn(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(f"create database {OFFICES} template {EMPTY} strategy file_copy".encode())

    async def onboard() -> None:
        database = Database(templates.cluster.dsn("lx_operator", OFFICES), pool_size=1)
        try:
            for row in demo.organ_rows():
                if row["slug"] in ORGANS_OF_TESTS:
                    spec = demo.organ_spec(test_settings, row)
                    await onboarding.add_organ(database, provisioner_for(test_settings), spec)
        finally:
            await database.close()

    asyncio.run(onboard())
    return OFFICES


@pytest.fixture(scope="session")
def busy_template(templates: Templates, offices_template: str) -> str:
    """The template in which Lam Sơn is at work; made when the first test asks for it."""
    with psycopg.connect(templates.cluster.dsn(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(f"create database {BUSY} template {offices_template} strategy file_copy".encode())

    async def fill() -> None:
        database = Database(templates.cluster.dsn("lx_operator", BUSY), pool_size=2)
        try:
            organ = await _organ(database, "lam-son")
            row = next(row for row in demo.organ_rows() if row["slug"] == organ.slug)
            await demo.fill_with_papers(database, organ, row, {organ.slug: organ.id})
        finally:
            await database.close()

    asyncio.run(fill())
    return BUSY


@pytest.fixture(scope="session")
def keycloak_server(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keycloak]:
    """A real Keycloak server on the cluster of this process; started when the first test asks for it."""
    cluster = templates.cluster
    if not distribution.is_ready():
        pytest.skip("the Keycloak server cannot be fetched here: its tests are left out")
    if not isinstance(cluster, Cluster):
        pytest.skip("a given PostgreSQL is not to hold Keycloak's database: its tests are left out")
    home = tmp_path_factory.mktemp("keycloak")
    started = Keycloak(home)
    started.prepare(cluster)
    log = home / "keycloak.log"
    child = started.child(cluster, log)
    child.start()
    try:
        for _try in range(KEYCLOAK_SECONDS * 5):
            if started.answers():
                break
            assert child.process is not None
            assert child.process.poll() is None, log.read_text()
            time.sleep(0.2)
        else:
            raise AssertionError(f"no answer in {KEYCLOAK_SECONDS} s: {log.read_text()}")
        started.keep_tables(cluster)
        yield started
    finally:
        child.terminate()
        child.finish(20)


@pytest.fixture(scope="session")
def twins_template(templates: Templates, busy_template: str) -> str:
    """The template in which Giang Sơn Tây has what Lam Sơn has, under other identifiers, and the same name."""
    with psycopg.connect(templates.cluster.dsn(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(f"create database {TWINS} template {busy_template} strategy file_copy".encode())

    async def organs() -> tuple[Organ, Organ]:
        database = Database(templates.cluster.dsn("lx_app", TWINS), pool_size=1)
        try:
            return await _organ(database, "lam-son"), await _organ(database, "giang-son-tay")
        finally:
            await database.close()

    twins.make_twin(templates.cluster.dsn(SUPERUSER, TWINS), *asyncio.run(organs()))
    return TWINS


@pytest.fixture
def database_name(request: pytest.FixtureRequest, templates: Templates) -> Iterator[str]:
    """A database of this test alone; with organs if the test asks for one of them."""
    name = templates.clone(_template_for(request))
    yield name
    templates.drop(name)


def _template_for(request: pytest.FixtureRequest) -> str:
    known = (
        ("communes_at_work", "succeeding_template"),
        ("twin", "twins_template"),
        ("busy_lam_son", "busy_template"),
        ("offices", "offices_template"),
    )
    for fixture, template in known:
        if fixture in request.fixturenames:
            found: str = request.getfixturevalue(template)
            return found
    return EMPTY


@pytest.fixture
async def database(templates: Templates, database_name: str) -> AsyncIterator[Database]:
    """The application's own login."""
    opened = Database(templates.cluster.dsn("lx_app", database_name), pool_size=40)
    yield opened
    await opened.close()


@pytest.fixture
async def operator_database(templates: Templates, database_name: str) -> AsyncIterator[Database]:
    """The operator's login."""
    opened = Database(templates.cluster.dsn("lx_operator", database_name), pool_size=4)
    yield opened
    await opened.close()


@pytest.fixture
def owner_dsn(templates: Templates, database_name: str) -> str:
    """The superuser's address of this test's database: only to look at the catalogue."""
    return templates.cluster.dsn(SUPERUSER, database_name)


@pytest.fixture
def offices() -> None:
    """Ask for the organs of the tests (`ORGANS_OF_TESTS`) with their people."""


async def _organ(database: Database, slug: str) -> Organ:
    async with database.control() as control:
        organ = await organ_by_slug(control, slug)
    assert organ is not None
    return organ


@pytest.fixture
async def lam_son(offices: None, database: Database) -> Organ:
    """A commune of Đô Lương."""
    return await _organ(database, "lam-son")


@pytest.fixture
async def busy_lam_son(lam_son: Organ) -> Organ:
    """Lam Sơn with the papers, meetings and cases of the demonstration."""
    return lam_son


@pytest.fixture
async def giang_son_tay(offices: None, database: Database) -> Organ:
    """Another commune of Đô Lương."""
    return await _organ(database, "giang-son-tay")


@pytest.fixture
async def twin(busy_lam_son: Organ, giang_son_tay: Organ) -> Organ:
    """Giang Sơn Tây with the name, people, papers and numbers of Lam Sơn."""
    return giang_son_tay


@pytest.fixture
async def do_luong(offices: None, database: Database) -> Organ:
    """The parent of both."""
    return await _organ(database, "do-luong")


@pytest.fixture
async def thuan_nam(offices: None, database: Database) -> Organ:
    """Another parent."""
    return await _organ(database, "thuan-nam")


@pytest.fixture
async def phuoc_nam(offices: None, database: Database) -> Organ:
    """The commune of the other parent."""
    return await _organ(database, "phuoc-nam")


FindActor = Callable[..., Awaitable[Actor]]


@pytest.fixture
def actor_with(database: Database) -> FindActor:
    """Find the first person of an organ with a role, acting in a post of that role (and title, if given)."""

    async def find(organ: Organ, role: str, title: str = "") -> Actor:
        async with database.tenant(organ.id) as session:
            for holder in await repository.holders_of_role(session, role):
                actor = await members.staff_member(session, organ, holder.staff_id)
                for post in actor.posts:
                    if post.role == role and title in post.title:
                        return actor.acting_in(post.id)
        raise LookupError(f"nobody in {organ.slug} has the role {role} {title}")

    return find


@pytest.fixture
async def clerk(lam_son: Organ, actor_with: FindActor) -> Actor:
    """The clerk of Lam Sơn."""
    return await actor_with(lam_son, "clerk", "Văn thư")


@pytest.fixture
async def office_head(lam_son: Organ, actor_with: FindActor) -> Actor:
    """The office head of Lam Sơn."""
    return await actor_with(lam_son, "office_head")


@pytest.fixture
async def leader(lam_son: Organ, actor_with: FindActor) -> Actor:
    """The chair of the People's Committee of Lam Sơn."""
    return await actor_with(lam_son, "leader", "Chủ tịch UBND")


@pytest.fixture
async def secretary(lam_son: Organ, actor_with: FindActor) -> Actor:
    """The secretary of the Party committee of Lam Sơn."""
    return await actor_with(lam_son, "leader", "Bí thư Đảng ủy")


@pytest.fixture
async def specialist(lam_son: Organ, actor_with: FindActor) -> Actor:
    """The civil status officer of Lam Sơn."""
    return await actor_with(lam_son, "specialist", "Tư pháp")


@pytest.fixture
async def counter(lam_son: Organ, actor_with: FindActor) -> Actor:
    """The one-stop counter of Lam Sơn."""
    return await actor_with(lam_son, "counter")


@dataclass
class Visitor:
    """A browser without a screen at one organ's host; its posts carry origin and token as a page of ours sends them."""

    http: httpx.AsyncClient
    csrf: str = ""

    async def get(self, path: str) -> httpx.Response:
        """Ask for a page; redirects are not followed."""
        return await self.http.get(path)

    async def post(self, path: str, data: dict[str, Any] | None = None, files: Any = None) -> httpx.Response:
        """Send a form."""
        sent = {"_csrf": self.csrf, "_once": str(uuid4()), **(data or {})}
        origin = str(self.http.base_url).rstrip("/")
        return await self.http.post(path, data=sent, files=files, headers={"origin": origin})


@pytest.fixture(scope="session")
def built_app(templates: Templates, test_settings: Settings) -> Litestar:
    """The application, built once: building it costs more than most tests. Each test gives it parts of its own."""
    dsn = SecretStr(templates.cluster.dsn("lx_app", EMPTY))
    return build_app(test_settings.model_copy(update={"db_app_dsn": dsn}))


@pytest.fixture
async def app(
    built_app: Litestar, templates: Templates, database_name: str, test_settings: Settings
) -> AsyncIterator[Litestar]:
    """The application on this test's database."""
    dsn = SecretStr(templates.cluster.dsn("lx_app", database_name))
    built_app.state = parts(test_settings.model_copy(update={"db_app_dsn": dsn}))
    ready, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with built_app.lifespan():  # entered and left in one task, as its cancel scope demands
            ready.set()
            await stop.wait()

    life = asyncio.create_task(live())
    await ready.wait()
    yield built_app
    stop.set()
    await life


Visit = Callable[..., Awaitable[Visitor]]


@pytest.fixture
async def visit(app: Litestar) -> AsyncIterator[Visit]:
    """Open a visitor at an organ's host: a stranger, or an actor signed in there."""
    opened: list[httpx.AsyncClient] = []

    async def open_visitor(organ: Organ, actor: Actor | None = None) -> Visitor:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url=f"http://{organ.slug}.localhost:8000")
        opened.append(client)
        if actor is None:
            return Visitor(client)
        secret, csrf = await _sign_in(app, actor)
        client.cookies.set("lx_session", secret)
        return Visitor(client, csrf)

    yield open_visitor
    for client in opened:
        await client.aclose()


async def _sign_in(app: Litestar, actor: Actor) -> tuple[str, str]:
    """A session as a redeemed ticket makes it; returns the cookie's value and the token of its forms."""
    ticket = SignOnTicket(
        tenant_id=actor.organ.id,
        account_id=actor.account_id,
        issuer_sid=uuid4().hex,
        id_token="",
        refresh_token=b"",
    )
    async with app.state.database.control() as control:
        secret = await sessions.begin(control, ticket, acting_post_id=actor.acting.id, shared=False, user_agent="tests")
    live = await sessions.look_up(app.state.database, actor.organ.id, secret)
    assert live is not None
    return secret, masked(csrf_token(app.state.settings, live.id, actor.organ.id))


@pytest.fixture
def statements() -> Callable[[], AbstractContextManager[Recording]]:
    """`with statements() as sent:` records what one request asks of the database.

    `len(sent.work)` is what budgets speak of; print `sent` to see each statement with the function that sent it.
    """
    return recording
