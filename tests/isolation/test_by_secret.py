"""Every address that a secret in it opens, tried at the hosts of other organs, dead, guessed and under other names.

Whoever knows the secret is let in without an account, so the host that is asked decides alone: elsewhere each answer
is, letter for letter, the one to a secret that nobody ever had, and nothing of the organ changes.
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar
from tests.isolation.kept import kept
from tests.isolation.test_attacks import CLAIMS
from tests.isolation.test_routes import (
    BY_SECRET,
    Route,
    assert_only_told_of,
    organ_named,
    organ_routes,
    refused_at,
    tell_of_strangers,
)

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.meetings import operations, repository

FindActor = Callable[..., Awaitable[Actor]]
Visit = Callable[..., Awaitable[Any]]
ROLES = ("clerk", "leader", "administrator")
OTHERS = ("giang-son-tay", "do-luong", "thuan-nam", "phuoc-nam")


@dataclass(frozen=True)
class Opened:
    """Secrets by which somebody of an organ opens a kind of address: living ones, and dead ones."""

    living: tuple[str, ...]
    dead: tuple[str, ...]


async def feeds(database: Database, actors: list[Actor]) -> Opened:
    """Calendar feeds: each person's own and one of a room; of the last person's own one was replaced, one given up."""
    *_others, last = actors
    async with database.tenant(last.organ.id) as session:
        room = (await repository.rooms(session))[0].id

        async def opened(actor: Actor, room_id: UUID | None = None) -> str:
            return (await operations.open_feed(session, actor, room_id)).secret

        dead = (await opened(last), await opened(last))
        await session.flush()
        (own,) = await repository.feeds(session, last.staff_id)
        await operations.close_feed(session, last, own.id)
        living = [await opened(actor, room) for actor in actors] + [await opened(actor) for actor in actors[:-1]]
    return Opened(tuple(living), dead)


# How secrets of each address are made. A new one that strangers open is red until the suite knows how to attack it.
OPENERS: Mapping[str, Callable[[Database, list[Actor]], Awaitable[Opened]]] = {"GET /lich/ics/{secret}": feeds}
ENDINGS = {"GET /lich/ics/{secret}": ("", ".ics")}


def test_the_suite_opens_every_address_by_secret(app: Litestar) -> None:
    assert OPENERS.keys() == BY_SECRET == {str(route) for route in organ_routes(app)} & BY_SECRET
    assert ENDINGS.keys() == OPENERS.keys()


@pytest.fixture
async def opened(busy_lam_son: Organ, database: Database, actor_with: FindActor) -> Mapping[str, Opened]:
    """Secrets of people of Lam Sơn, by route."""
    actors = [await actor_with(busy_lam_son, role) for role in ROLES]
    return {name: await make(database, actors) for name, make in OPENERS.items()}


@pytest.fixture
def routes(app: Litestar) -> list[Route]:
    return [route for route in organ_routes(app) if str(route) in BY_SECRET]


def paths(route: Route, secrets: Iterator[str] | tuple[str, ...]) -> list[str]:
    """The addresses of these secrets, with each ending."""
    return [route.at({"secret": f"{secret}{ending}"}) for secret in secrets for ending in ENDINGS[str(route)]]


def guesses(secret: str) -> tuple[str, ...]:
    """What somebody could try who knows a part of a secret, how it is written, or what the database keeps of it."""
    digest = hashlib.sha256(secret.encode())
    return ("x", "%", "*", secret[:-1], secret + "A", secret.swapcase(), digest.hexdigest(), f"{secret} ", "0" * 5000)


def said(answer: Any) -> tuple[int, str, dict[str, str]]:
    """All of an answer but when it was given and how long it took."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("date", "server-timing")}
    return answer.status_code, answer.text, headers


@pytest.fixture(autouse=True)
def _one_moment() -> Iterator[None]:
    with clock.fixed_at(clock.now()):
        yield


async def test_at_its_own_host_each_living_secret_opens(
    visit: Visit, busy_lam_son: Organ, routes: list[Route], opened: Mapping[str, Opened]
) -> None:
    """Else an attack that is answered "not found" would say nothing."""
    client = await visit(busy_lam_son)
    for route in routes:
        found = opened[str(route)]
        assert len(found.living) == len(set(found.living)) == 5
        for path in paths(route, found.living):
            assert (await client.get(path)).status_code == 200, path


@pytest.mark.parametrize("home", OTHERS)
async def test_at_another_host_a_secret_is_like_one_that_nobody_had(
    app: Litestar,
    visit: Visit,
    busy_lam_son: Organ,
    routes: list[Route],
    opened: Mapping[str, Opened],
    actor_with: FindActor,
    database: Database,
    owner_dsn: str,
    home: str,
) -> None:
    """A stranger, one who claims another host by headers, and somebody with a session there."""
    organ = await organ_named(database, home)
    claiming = await visit(organ)
    claiming.http.headers.update(CLAIMS)
    visitors = [await visit(organ), claiming, await visit(organ, await actor_with(organ, "administrator"))]
    before, theirs, told = (
        kept(owner_dsn, busy_lam_son),
        kept(owner_dsn, organ),
        refused_at(owner_dsn, organ),
    )
    tried = 0
    for route in routes:
        found = opened[str(route)]
        for visitor in visitors:
            unknown = said(await visitor.get(route.with_nothing()))
            assert unknown[0] == 404
            tried += 1
            for path in paths(route, (*found.living, *found.dead)):
                assert said(await visitor.get(path)) == unknown, f"{home} {path}"
                tried += 1
    assert tried >= 30
    assert kept(owner_dsn, busy_lam_son) == before, "not even when it was last read"
    await tell_of_strangers(app)
    assert_only_told_of(theirs, kept(owner_dsn, organ))
    assert refused_at(owner_dsn, organ) == told + tried
    assert kept(owner_dsn, busy_lam_son) == before


async def test_dead_and_guessed_secrets_are_like_one_that_nobody_had(
    app: Litestar,
    visit: Visit,
    busy_lam_son: Organ,
    routes: list[Route],
    opened: Mapping[str, Opened],
    owner_dsn: str,
) -> None:
    client, before = await visit(busy_lam_son), kept(owner_dsn, busy_lam_son)
    for route in routes:
        found = opened[str(route)]
        unknown = said(await client.get(route.with_nothing()))
        for path in paths(route, (*found.dead, *guesses(found.living[0]))):
            assert said(await client.get(path)) == unknown, path
    await tell_of_strangers(app)
    assert_only_told_of(before, kept(owner_dsn, busy_lam_son))


async def test_beside_a_secret_no_session_and_no_claimed_host_counts(
    visit: Visit,
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    routes: list[Route],
    opened: Mapping[str, Opened],
    actor_with: FindActor,
) -> None:
    """What a secret shows is the same to a stranger, to somebody with a session, here or elsewhere, and by any name."""
    stranger, claiming = await visit(busy_lam_son), await visit(busy_lam_son)
    claiming.http.headers.update({name: value.replace("lam-son", "giang-son-tay") for name, value in CLAIMS.items()})
    visitors = [claiming, await visit(busy_lam_son, await actor_with(busy_lam_son, "administrator"))]
    abroad = await visit(giang_son_tay, await actor_with(giang_son_tay, "administrator"))
    visitors.append(await visit(busy_lam_son))
    visitors[-1].http.cookies.set("lx_session", abroad.http.cookies["lx_session"])
    for route in routes:
        for path in paths(route, opened[str(route)].living):
            usual = said(await stranger.get(path))
            for visitor in visitors:
                assert said(await visitor.get(path)) == usual, path
            assert "giang-son-tay" not in usual[1]


async def test_beyond_the_hosts_of_organs_no_secret_opens_anything(
    visit: Visit, busy_lam_son: Organ, routes: list[Route], opened: Mapping[str, Opened]
) -> None:
    for host in ("localhost:8000", "127.0.0.1:8000", "lam-son.elsewhere.example", "x.lam-son.localhost:8000"):
        client = await visit(busy_lam_son)
        client.http.base_url = f"http://{host}"
        for route in routes:
            for path in paths(route, opened[str(route)].living):
                answer = await client.get(path)
                assert answer.status_code == 404, f"{host}: {answer.status_code}"
                assert "VCALENDAR" not in answer.text
