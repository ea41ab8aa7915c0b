"""Streams of events tell of what their reader may read, to who is signed in for it, and of nothing else."""

import asyncio
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
from litestar import Litestar
from tests.conftest import FindActor, Visit, Visitor
from tests.isolation.kept import content_of
from tests.isolation.streams import listening
from tests.isolation.test_attacks import CLAIMS, end_sessions
from tests.isolation.test_routes import give_every_right, organ_routes
from tests.platform.operator.conftest import operator, stranger

from lienxa.platform.db.session import Database
from lienxa.platform.rollup import marks, repository, stream
from lienxa.platform.rollup.jobs import recompute
from lienxa.platform.tenancy.organs import Organ

__all__ = ["operator", "stranger"]


def paths(app: Litestar) -> list[str]:
    """The streams that organs have."""
    return [route.path for route in organ_routes(app) if route.is_stream]


async def happens_in(database: Database, organ: Organ) -> None:
    """The figures of the organ change."""
    async with database.tenant(organ.id) as session:
        await marks.mark(session, "documents")
    await recompute(database, organ.id, "documents")


async def test_what_happens_in_a_commune_is_heard_by_its_own_district_alone(
    app: Litestar,
    visit: Visit,
    actor_with: FindActor,
    database: Database,
    twin: Organ,
    busy_lam_son: Organ,
    do_luong: Organ,
    thuan_nam: Organ,
    owner_dsn: str,
) -> None:
    """The twin and another district, with every right at home, whatever host they claim, hear only of themselves."""
    watcher = await visit(do_luong, await actor_with(do_luong, "watcher"))
    others: list[tuple[Organ, Visitor]] = []
    for organ, role in ((twin, "clerk"), (thuan_nam, "watcher")):
        give_every_right(owner_dsn, organ, role)
        others.append((organ, await visit(organ, await actor_with(organ, role))))
        others[-1][1].http.headers.update(CLAIMS | {"x-forwarded-host": "do-luong.localhost:8000"})
    (path,) = paths(app)
    async with AsyncExitStack() as stack:
        at_district = await stack.enter_async_context(listening(watcher, path))
        heard = [(organ, await stack.enter_async_context(listening(visitor, path))) for organ, visitor in others]
        assert [one.status_code for one in (at_district, *(one for _organ, one in heard))] == [200, 404, 200]
        await happens_in(database, busy_lam_son)
        await at_district.hear(1)
        for organ, _listener in heard:  # of each its own: what comes of the other's would come before
            async with database.tenant(organ.id) as session:
                await repository.announce(session, organ.id)
        (_organ, of_thuan_nam) = heard[-1]
        await of_thuan_nam.hear(1)
        assert [one.events for _organ, one in heard] == [0, 1]
        assert str(busy_lam_son.id) not in "".join(one.text for _organ, one in heard)


async def test_no_stream_opens_for_who_is_not_signed_in_there(
    app: Litestar,
    visit: Visit,
    actor_with: FindActor,
    database: Database,
    operator: Visitor,
    busy_lam_son: Organ,
    do_luong: Organ,
    thuan_nam: Organ,
    owner_dsn: str,
) -> None:
    """Nobody, a forged cookie, a stale one, an operator's, another district's and that of a commune below."""
    stale = await visit(do_luong, await actor_with(do_luong, "watcher"))
    end_sessions(owner_dsn)
    elsewhere = await visit(thuan_nam, await actor_with(thuan_nam, "watcher"))
    below = await visit(busy_lam_son, await actor_with(busy_lam_son, "leader"))
    cookies = [str(uuid4()), *(one.http.cookies["lx_session"] for one in (stale, operator, elsewhere, below))]
    before = content_of(owner_dsn, busy_lam_son)
    for path in paths(app):
        for cookie in ("", *cookies):
            visitor = await visit(do_luong)
            visitor.http.cookies.set("lx_session", cookie)
            async with listening(visitor, path) as listener:
                await happens_in(database, busy_lam_son)
                assert (listener.status_code, listener.events) == (303, 0)
                assert listener.headers["location"].startswith("/dang-nhap?")
    after = content_of(owner_dsn, busy_lam_son)
    assert after == before


async def test_a_stream_of_a_session_that_has_ended_says_nothing_more(
    app: Litestar,
    visit: Visit,
    actor_with: FindActor,
    database: Database,
    busy_lam_son: Organ,
    do_luong: Organ,
    owner_dsn: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "CHECK_SECONDS", 0)
    visitor = await visit(do_luong, await actor_with(do_luong, "watcher"))
    (path,) = paths(app)
    async with listening(visitor, path) as listener:
        end_sessions(owner_dsn)
        await happens_in(database, busy_lam_son)
        async with asyncio.timeout(10):
            await listener.ended.wait()
        assert (listener.status_code, listener.events) == (200, 0)
