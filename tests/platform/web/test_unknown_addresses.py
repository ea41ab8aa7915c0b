"""What an address names and cannot be read is answered like what nobody has, whoever asks."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from tests.isolation.test_routes import ask, give_every_right, organ_routes

from lienxa.platform.access.actor import Actor
from lienxa.platform.rest import limits
from lienxa.platform.tenancy.organs import Organ

FindActor = Callable[..., Awaitable[Actor]]
Visit = Callable[..., Awaitable[Any]]

ODD = ("abc", "01900000-0000-7000-8000-00000000000g", "-1", "1 or 1=1", "\ufffd")


@pytest.fixture(autouse=True)
def without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits are another test's."""
    for name in ("PER_ADDRESS", "REFUSED_PER_ADDRESS", "PER_ACCOUNT", "PER_TENANT"):
        monkeypatch.setattr(limits, name, 1_000_000)


def identifiers(app: Litestar, method: str, path: str) -> list[str]:
    """The parts of the path that name a thing by its identifier."""
    route = next(route for route in app.routes if isinstance(route, HTTPRoute) and route.path_format == path)
    parameters = route.route_handler_map[method][0].parsed_fn_signature.parameters
    return [name for name in route.path_parameters if name in parameters and parameters[name].annotation is UUID]


def test_no_address_is_read_before_who_asks_is_known(app: Litestar) -> None:
    """The framework refuses what `{thing_id:uuid}` cannot read before any organ or person is known."""
    typed = [route.path for route in app.routes if any(p.type not in (str,) for p in _parameters(route))]
    assert typed == ["/static/{name:path}"]


def _parameters(route: Any) -> Iterator[Any]:
    return iter(getattr(route, "path_parameters", {}).values())


async def test_an_identifier_that_cannot_be_read_is_answered_like_an_unknown_one(
    app: Litestar, visit: Visit, lam_son: Organ, actor_with: FindActor, owner_dsn: str
) -> None:
    give_every_right(owner_dsn, lam_son, "clerk")
    member, nobody = await visit(lam_son, await actor_with(lam_son, "clerk")), await visit(lam_son)
    tried = 0
    for route in organ_routes(app):
        if not (named := identifiers(app, route.method, route.path)) or route.path.endswith("/luong"):
            continue
        for number, visitor in enumerate((member, nobody)):
            unknown = await ask(visitor, route, route.with_nothing())
            path = route.path
            for name in route.parameters:
                path = path.replace(f"{{{name}}}", ODD[tried % len(ODD)] if name in named else "1")
            odd = await ask(visitor, route, path)
            wanted = 404 if number == 0 and unknown.status_code == 422 else unknown.status_code
            assert odd.status_code == wanted, f"{route} {path}"
            assert odd.headers.get("content-type") == unknown.headers.get("content-type"), str(route)
        tried += 1
    assert tried > 100


async def test_the_page_of_what_cannot_be_read_is_that_of_what_nobody_has(
    visit: Visit, lam_son: Organ, actor_with: FindActor
) -> None:
    member = await visit(lam_son, await actor_with(lam_son, "clerk"))
    pages = [
        (await member.get(f"/van-ban/{name}")).text.replace(name, "")
        for name in ("khong-phai-ma", "01900000-0000-7000-8000-000000000000")
    ]
    lines = [[line for line in text.splitlines() if "_csrf" not in line and "_once" not in line] for text in pages]
    assert lines[0] == lines[1]
    assert "Không tìm thấy" in pages[0]
    assert 'href="/van-ban/den"' in pages[0], "with the way on"
