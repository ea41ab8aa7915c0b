"""Every route, tried as nobody, as another commune, as either district, and with another commune's things.

What must not be seen is answered like what does not exist, and nothing of the attacked commune changes.
"""

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from litestar import Litestar

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ

PARAMETER = re.compile(r"{[^}]+}")
# Its own work on the session, not on the organ's things.
OWN_SESSION = ("/phien", "/chuc-vu", "/dang-xuat")

Visit = Callable[..., Awaitable[Any]]
FindActor = Callable[..., Awaitable[Actor]]


@dataclass(frozen=True)
class Route:
    """A route of an organ's host."""

    method: str
    path: str
    public: bool

    def at(self, value: str) -> str:
        """The path with every parameter replaced."""
        return PARAMETER.sub(value, self.path)


def organ_routes(app: Litestar) -> Iterator[Route]:
    """All routes that belong to an organ's host."""
    for route in app.routes:
        for method in sorted(route.methods & {"GET", "POST", "PUT", "DELETE", "PATCH"}):
            handler = route.route_handler_map[method][0] if hasattr(route, "route_handler_map") else None
            if handler is None or handler.opt.get("host", "organ") != "organ":
                continue
            yield Route(method, route.path_format, bool(handler.opt.get("public")))


async def ask(visitor: Any, route: Route, value: str) -> Any:
    """Send the request that the route waits for."""
    if route.method == "GET":
        return await visitor.get(route.at(value))
    return await visitor.post(route.at(value), {})


@pytest.fixture
def ids_of_lam_son(busy_lam_son: Organ, owner_dsn: str) -> dict[str, str]:
    """One identifier from each table in which Lam Sơn has a row, and one that nobody has."""
    found = {"nobody's": str(uuid4())}
    with psycopg.connect(owner_dsn) as connection:
        tables = connection.execute(
            "select relname from pg_class where relnamespace = 'app'::regnamespace and relkind = 'r'"
        ).fetchall()
        for (table,) in tables:
            row = connection.execute(
                f"select id from app.{table} where tenant_id = %s order by id limit 1", [busy_lam_son.id]
            ).fetchone()
            if row:
                found[table] = str(row[0])
    return found


def content_of(owner_dsn: str, organ: Organ) -> dict[str, str]:
    """A digest of every table of the organ."""
    with psycopg.connect(owner_dsn) as connection:
        tables = connection.execute(
            "select relname from pg_class where relnamespace = 'app'::regnamespace and relkind = 'r'"
        ).fetchall()
        return {
            table: connection.execute(
                f"select md5(coalesce(string_agg(t::text, '|' order by id), '')) from app.{table} t "
                "where tenant_id = %s",
                [organ.id],
            ).fetchone()[0]  # type: ignore[index]
            for (table,) in tables
        }


async def test_nobody_gets_in_but_to_public_pages(app: Litestar, visit: Visit, lam_son: Organ) -> None:
    nobody = await visit(lam_son)
    tried = 0
    for route in organ_routes(app):
        if route.public:
            continue
        answer = await ask(nobody, route, str(uuid4()))
        assert answer.status_code == 303, f"{route.method} {route.path}: {answer.status_code}"
        assert answer.headers["location"].startswith("/dang-nhap?"), route.path
        tried += 1
    assert tried >= 25


async def test_public_pages_never_fail_for_a_stranger(app: Litestar, visit: Visit, lam_son: Organ) -> None:
    nobody = await visit(lam_son)
    for route in organ_routes(app):
        if route.public:
            answer = await ask(nobody, route, str(uuid4()))
            # 503: sign-on says that the issuer, which does not run here, does not answer.
            assert answer.status_code < 500 or answer.status_code == 503, f"{route.method} {route.path}"


@pytest.mark.parametrize("home", ["giang-son-tay", "do-luong", "thuan-nam", "phuoc-nam"])
async def test_a_session_of_another_organ_opens_nothing_here(
    app: Litestar, visit: Visit, lam_son: Organ, actor_with: FindActor, database: Database, home: str
) -> None:
    stranger = await visit_with_session_of(home, visit, lam_son, actor_with, database)
    for route in organ_routes(app):
        if route.public:
            continue
        answer = await ask(stranger, route, str(uuid4()))
        assert answer.status_code == 303, f"{route.method} {route.path}: {answer.status_code}"
        assert answer.headers["location"].startswith("/dang-nhap?"), route.path


@pytest.mark.parametrize(
    ("home", "role"),
    [
        ("giang-son-tay", "clerk"),
        ("giang-son-tay", "counter"),
        ("do-luong", "administrator"),
        ("thuan-nam", "watcher"),
    ],
)
async def test_the_things_of_a_commune_do_not_exist_elsewhere(
    app: Litestar,
    visit: Visit,
    database: Database,
    actor_with: FindActor,
    busy_lam_son: Organ,
    ids_of_lam_son: dict[str, str],
    owner_dsn: str,
    home: str,
    role: str,
) -> None:
    before = content_of(owner_dsn, busy_lam_son)
    organ = await organ_named(database, home)
    visitor = await visit(organ, await actor_with(organ, role))
    assert len(ids_of_lam_son) > 15
    for route in organ_routes(app):
        if "{" not in route.path or route.path.startswith(OWN_SESSION):
            continue
        nothing = await ask(visitor, route, ids_of_lam_son["nobody's"])
        assert nothing.status_code in (403, 404, 422), f"{route.method} {route.path}: {nothing.status_code}"
        for table, found in ids_of_lam_son.items():
            answer = await ask(visitor, route, found)
            assert answer.status_code == nothing.status_code, f"{route.method} {route.path} with a {table}"
    assert content_of(owner_dsn, busy_lam_son) == before


async def test_the_weakest_role_is_refused_or_finds_nothing_and_changes_nothing(
    app: Litestar,
    visit: Visit,
    busy_lam_son: Organ,
    actor_with: FindActor,
    ids_of_lam_son: dict[str, str],
    owner_dsn: str,
) -> None:
    """The administrator holds no right over papers, meetings or cases: every act on them is refused."""
    weakest = await visit(busy_lam_son, await actor_with(busy_lam_son, "administrator"))
    before = content_of(owner_dsn, busy_lam_son)
    for route in organ_routes(app):
        if route.method == "GET" or route.public or route.path.startswith(OWN_SESSION):
            continue
        for found in ids_of_lam_son.values():
            answer = await ask(weakest, route, found)
            assert answer.status_code in (403, 404, 422), f"{route.method} {route.path}: {answer.status_code}"
    after = content_of(owner_dsn, busy_lam_son)
    assert {table for table in after if after[table] != before[table]} <= {"audit_event"}


@pytest.mark.parametrize(
    ("home", "role"),
    [("giang-son-tay", "clerk"), ("giang-son-tay", "counter"), ("do-luong", "watcher"), ("thuan-nam", "watcher")],
)
async def test_no_page_elsewhere_tells_of_a_communes_things(
    app: Litestar,
    visit: Visit,
    database: Database,
    actor_with: FindActor,
    busy_lam_son: Organ,
    owner_dsn: str,
    home: str,
    role: str,
) -> None:
    """Books, lists, calendars, searches and the district's pages: nothing that was written in Lam Sơn stands there."""
    with psycopg.connect(owner_dsn) as connection:
        telling = [
            text
            for table, column in (("document", "abstract"), ("meeting", "title"), ("one_stop_case", "applicant_name"))
            for (text,) in connection.execute(
                f'select distinct {column} from app."{table}" where tenant_id = %s', [busy_lam_son.id]
            )
        ]
    assert len(telling) > 20
    organ = await organ_named(database, home)
    visitor = await visit(organ, await actor_with(organ, role))
    words = telling[0].split()[-1]
    for route in organ_routes(app):
        if route.method != "GET" or "{" in route.path or route.path.endswith("/luong"):
            continue
        for path in (route.path, f"{route.path}?q={words}"):
            page = (await visitor.get(path)).text
            assert [text for text in telling if text in page] == [], path


async def organ_named(database: Database, slug: str) -> Organ:
    """An organ of the tests."""
    from lienxa.platform.tenancy.organs import organ_by_slug

    async with database.control() as control:
        organ = await organ_by_slug(control, slug)
    assert organ is not None
    return organ


async def visit_with_session_of(
    home: str, visit: Visit, target: Organ, actor_with: FindActor, database: Database
) -> Any:
    """A visitor at `target` who brings the cookie of their own organ's session."""
    organ = await organ_named(database, home)
    at_home = await visit(organ, await actor_with(organ, "administrator"))
    abroad = await visit(target)
    abroad.http.cookies.set("lx_session", at_home.http.cookies["lx_session"])
    abroad.csrf = at_home.csrf
    return abroad
