"""Attacks between two communes that have the same name, people, papers and numbers (`twins.py`).

`test_routes.py` tries every route as one who may do everything at home. Here: as every role of the other commune, with
forged senders, by jobs, and by comparing what a page says with what it says when the other commune has nothing.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

import psycopg
import pytest
from litestar import Litestar
from sqlalchemy import select, update
from tests.conftest import FindActor, Visit, Visitor
from tests.isolation.kept import kept
from tests.isolation.test_routes import (
    ROWS,
    Route,
    Rows,
    ask,
    assert_only_told_of,
    assert_sent_to_sign_on,
    give_every_right,
    organ_routes,
    reach_to_lam_son,
    refused_at,
    routes_to_things,
    rows_of_lam_son,
    tell_of_strangers,
    without_limits,
)
from tests.platform.operator.conftest import operator, stranger

from lienxa.platform import clock
from lienxa.platform.access.models import Body, Unit
from lienxa.platform.db.base import metadata
from lienxa.platform.db.session import Database
from lienxa.platform.errors import NotFound
from lienxa.platform.files import store
from lienxa.platform.files.models import StoredFile
from lienxa.platform.rest import accounts, limits
from lienxa.platform.tenancy.models import Tenant
from lienxa.platform.tenancy.organs import Organ

__all__ = ["operator", "reach_to_lam_son", "rows_of_lam_son", "stranger", "without_limits"]

ROLES = ("clerk", "leader", "office_head", "specialist", "counter", "administrator")
VARYING = re.compile(r"[0-9a-f]{64,}|[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
# A page's links to itself with another order, filter or part, and the choices of its filter.
LINK = re.compile(r'href="(?:(/[^"?#]*))?\?([^"#]+)"')
SELECT = re.compile(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)
OF_TWIN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
LINKS_TRIED = 6
CLAIMS = {
    "x-forwarded-host": "lam-son.localhost:8000",
    "forwarded": "host=lam-son.localhost",
    "x-host": "lam-son.localhost",
}


@pytest.mark.parametrize("role", ROLES)
async def test_no_role_of_a_twin_reaches_or_changes_a_thing(
    app: Litestar,
    visit: Visit,
    actor_with: FindActor,
    twin: Organ,
    busy_lam_son: Organ,
    rows_of_lam_son: Rows,
    reach_to_lam_son: None,
    owner_dsn: str,
    role: str,
) -> None:
    """Whatever name of a host they claim: the host that was asked decides, and the twin's is theirs."""
    before, told, refused = kept(owner_dsn, busy_lam_son), refused_at(owner_dsn, twin), 0
    visitor = await visit(twin, await actor_with(twin, role))
    visitor.http.headers.update(CLAIMS)
    for route in routes_to_things(app):
        for path in route.with_rows(rows_of_lam_son):
            answer = await ask(visitor, route, path)
            # 403: refused before the thing is looked for; 422: what was sent is.
            assert answer.status_code in (403, 404, 422), f"{route.method} {path}: {answer.status_code}"
            refused += answer.status_code != 422
    assert kept(owner_dsn, busy_lam_son) == before
    await tell_of_strangers(app)  # on open pages nobody is known
    assert refused_at(owner_dsn, twin) == told + refused  # it is the twin's host that was asked


@pytest.mark.parametrize(("home", "role"), [("twin", "clerk"), ("thuan_nam", "watcher"), ("phuoc_nam", "clerk")])
async def test_what_pages_say_does_not_depend_on_another_commune(
    request: pytest.FixtureRequest,
    app: Litestar,
    visit: Visit,
    actor_with: FindActor,
    twin: Organ,
    busy_lam_son: Organ,
    thuan_nam: Organ,
    phuoc_nam: Organ,
    owner_dsn: str,
    home: str,
    role: str,
) -> None:
    """Lists, searches, exports, feeds, figures, orders and filters, letter for letter, with and without its rows."""
    organ = {"twin": twin, "thuan_nam": thuan_nam, "phuoc_nam": phuoc_nam}[home]
    give_every_right(owner_dsn, organ, role)
    visitor = await visit(organ, await actor_with(organ, role))
    moment = clock.now()
    with clock.fixed_at(moment):
        beside = await everything_said(app, visitor)
        remove_all(owner_dsn, busy_lam_son)
        forget_reading(owner_dsn, organ, moment)
        alone = await everything_said(app, visitor)
    assert {path: told for path, told in beside.items() if alone.get(path) != told} == {}
    assert len(beside) > 100


async def everything_said(app: Litestar, visitor: Visitor) -> dict[str, tuple[int, str]]:
    """The answer to every page of the organ, and to the orders and filters that it offers, without what varies."""
    told: dict[str, tuple[int, str]] = {}
    for route in organ_routes(app):
        if route.method != "GET" or route.parameters:
            continue
        answer = await ask(visitor, route, route.path)
        offered = sorted({query for path, query in LINK.findall(answer.text) if path in ("", route.path)})
        for path in (f"{route.path}?q=xã", *(f"{route.path}?{unescape(query)}" for query in offered[:LINKS_TRIED])):
            told[path] = _plain(await ask(visitor, route, path))
        told[route.path] = _plain(answer)
    return told


def _plain(answer: Any) -> tuple[int, str]:
    if answer.headers.get("content-type", "").startswith(("text/", "application/json", "application/problem")):
        return answer.status_code, VARYING.sub("", answer.text)
    return answer.status_code, str(len(answer.content)) if answer.status_code != 200 else ""


def remove_all(owner_dsn: str, organ: Organ) -> None:
    """Take from the organ everything that it has."""
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("set session_replication_role = replica")
        for table in metadata.sorted_tables:
            if table.schema in ("app", "rollup"):
                connection.execute(f"delete from {table.fullname} where tenant_id = %s", [organ.id])


def forget_reading(owner_dsn: str, organ: Organ, moment: datetime) -> None:
    """The trail tells of what was read and exported; it must not tell of it twice."""
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("delete from app.audit_event where tenant_id = %s and at >= %s", [organ.id, moment])


async def test_a_filter_by_a_thing_of_another_commune_finds_as_much_as_by_one_of_nobody(
    app: Litestar, visit: Visit, actor_with: FindActor, twin: Organ, owner_dsn: str
) -> None:
    """Each choice that a page of the twin offers among its own things, with that of the other in its place."""
    give_every_right(owner_dsn, twin, "clerk")
    visitor = await visit(twin, await actor_with(twin, "clerk"))
    moment, tried = clock.now(), set()
    with clock.fixed_at(moment):
        for route in organ_routes(app):
            if route.method != "GET" or route.parameters or route.is_stream:  # a stream offers no choices
                continue
            for name, own in choices_of((await visitor.get(route.path)).text, route.path).items():
                answers = []
                for value in (of_original(own), str(uuid4())):
                    forget_reading(owner_dsn, twin, moment)
                    answers.append(_plain(await visitor.get(f"{route.path}?{urlencode({name: value})}")))
                assert answers[0] == answers[1], f"{route.path}?{name}="
                tried.add((route.path, name))
    assert len({name for _path, name in tried}) >= 3, tried


def choices_of(page: str, path: str) -> dict[str, str]:
    """Of each filter that the page offers, in a form or by links to itself, one choice that names a thing."""
    offered = [
        (name, value)
        for name, choices in SELECT.findall(page)
        for value in re.findall(r'<option value="([^"]+)"', choices)
    ]
    for target, query in LINK.findall(page):
        if target in ("", path):
            offered += parse_qsl(unescape(query))
    return {name: value for name, value in offered if OF_TWIN.fullmatch(value)}


def of_original(own: str) -> str:
    """The identifier of which this one of the twin was made."""
    return f"{own[:14]}7{own[15:]}"


# --- senders that are not who they say ----------------------------------------------------------------------------


async def test_no_forged_or_dead_sender_gets_in(
    app: Litestar,
    visit: Visit,
    actor_with: FindActor,
    database: Database,
    operator: Visitor,
    twin: Organ,
    busy_lam_son: Organ,
    rows_of_lam_son: Rows,
    owner_dsn: str,
) -> None:
    """No cookie, a forged, a stale, an operator's, and one of the twin whose host is called another by every header."""
    stale = await visit(busy_lam_son, await actor_with(busy_lam_son, "clerk"))
    end_sessions(owner_dsn)
    genuine = (await visit(busy_lam_son, await actor_with(busy_lam_son, "clerk"))).http.cookies["lx_session"]
    of_twin = await visit(twin, await actor_with(twin, "clerk"))
    senders = {
        "nobody": "",
        "forged": str(uuid4()),
        "of another letter": genuine[:-1] + ("A" if genuine[-1] != "A" else "B"),
        "stale": stale.http.cookies["lx_session"],
        "an operator's": operator.http.cookies["lx_session"],
        "the twin's": of_twin.http.cookies["lx_session"],
    }
    before = kept(owner_dsn, busy_lam_son)
    told, told_at_home = refused_at(owner_dsn, busy_lam_son), refused_at(owner_dsn, twin)
    for name, cookie in senders.items():
        visitor = await visit(busy_lam_son)
        visitor.http.cookies.set("lx_session", cookie)
        visitor.http.headers["x-forwarded-host"] = "giang-son-tay.localhost:8000"
        visitor.csrf = of_twin.csrf
        for route, path in closed_paths(app, rows_of_lam_son):
            app.state[limits.STATE_KEY] = limits.Limits()  # so many calls would be too many before they are judged
            try:
                assert_sent_to_sign_on(route, await ask(visitor, route, path))
            except AssertionError as let_in:
                raise AssertionError(f"{name}: {route}") from let_in
        await tell_of_strangers(app)
        tried = len([*closed_paths(app, rows_of_lam_son)])
        assert refused_at(owner_dsn, busy_lam_son) - told == tried, name
        told += tried
    assert refused_at(owner_dsn, twin) == told_at_home
    assert_only_told_of(before, kept(owner_dsn, busy_lam_son))


async def test_strangers_are_answered_and_counted_at_a_suspended_organ_as_at_any_other(
    app: Litestar,
    visit: Visit,
    actor_with: FindActor,
    operator_database: Database,
    twin: Organ,
    busy_lam_son: Organ,
    rows_of_lam_son: Rows,
    owner_dsn: str,
) -> None:
    """That it may only be read is said to its members, after it is known that they are."""
    at_home = await visit(twin, await actor_with(twin, "clerk"))
    async with operator_database.control() as control:
        await control.execute(update(Tenant).where(Tenant.id == busy_lam_son.id).values(state="suspended"))
    app.state.hosts._known.clear()
    visitor = await visit(busy_lam_son)
    visitor.http.cookies.set("lx_session", at_home.http.cookies["lx_session"])
    visitor.csrf = at_home.csrf
    before, told = kept(owner_dsn, busy_lam_son), refused_at(owner_dsn, busy_lam_son)
    paths = [*closed_paths(app, rows_of_lam_son)]
    for route, path in paths:
        app.state[limits.STATE_KEY] = limits.Limits()
        assert_sent_to_sign_on(route, await ask(visitor, route, path))
    await tell_of_strangers(app)
    assert refused_at(owner_dsn, busy_lam_son) == told + len(paths)
    assert_only_told_of(before, kept(owner_dsn, busy_lam_son))


def closed_paths(app: Litestar, rows: Rows) -> Iterator[tuple[Route, str]]:
    """Each route that is not open to strangers, to a thing that is there."""
    for route in organ_routes(app):
        if not route.public:
            yield route, next(route.with_rows(rows), route.with_nothing())


def end_sessions(owner_dsn: str) -> None:
    """Let every session be of yesterday."""
    with psycopg.connect(owner_dsn) as connection:
        connection.execute(
            "update control.session set expires_at = now() - interval '1 day' where tenant_id is not null"
        )


async def test_a_token_of_another_commune_is_nobodys(
    app: Litestar,
    visit: Visit,
    actor_with: FindActor,
    database: Database,
    twin: Organ,
    busy_lam_son: Organ,
    rows_of_lam_son: Rows,
    owner_dsn: str,
) -> None:
    """And at home it reaches nothing of the other."""
    actor = await actor_with(twin, "administrator")
    async with database.tenant(twin.id) as session:
        unit = (await session.scalars(select(Unit.id).limit(1))).one()
        rights = {permission.name for permission in await accounts.grantable(session, twin)}
        bodies = (await session.scalars(select(Body.id))).all()
        wanted = accounts.Application("Phần mềm thử", unit, rights, bodies, clock.today() + timedelta(days=9))
        token = (await accounts.issue(session, actor, wanted)).token
    before = kept(owner_dsn, busy_lam_son)
    for organ, expected in ((busy_lam_son, {401}), (twin, {403, 404, 422})):
        visitor, told, refused = await visit(organ), refused_at(owner_dsn, organ), 0
        visitor.http.headers["authorization"] = f"Bearer {token}"
        for route in organ_routes(app):
            if not route.path.startswith("/api/") or not any(name in ROWS for name in route.parameters):
                continue
            for path in route.with_rows(rows_of_lam_son):
                answer = await ask(visitor, route, path)
                assert answer.status_code in expected, f"{route}: {answer.status_code}"
                refused += answer.status_code != 422
        await tell_of_strangers(app)
        assert refused_at(owner_dsn, organ) == told + refused
    assert_only_told_of(before, kept(owner_dsn, busy_lam_son))


# --- behind the web ----------------------------------------------------------------------------------------------


async def test_an_address_of_a_file_leads_into_ones_own_store_alone(
    database: Database, twin: Organ, busy_lam_son: Organ
) -> None:
    """Whoever knows the digest of another's file, or has its very row in hand, finds nothing."""
    async with database.tenant(busy_lam_son.id) as session:
        digest = await store.put(session, f"%PDF-1.4 {uuid4()}".encode())
    assert await store.content(busy_lam_son.id, digest) is not None
    assert await store.content(twin.id, digest) is None
    row = StoredFile(tenant_id=busy_lam_son.id, sha256=digest, size=1, content_type="application/pdf", name="a.pdf")
    async with database.tenant(twin.id) as session:
        with pytest.raises(NotFound):
            await store.read(session, row)
