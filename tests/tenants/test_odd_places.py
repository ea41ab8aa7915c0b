"""Pages of lists, asked for at a place that no page of the list gave: each says so, and none begins anew unsaid."""

from collections.abc import Awaitable, Callable, Iterable
from html import unescape
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from litestar import Litestar
from tests.isolation.test_routes import give_every_right
from tests.platform.operator.conftest import operator, stranger
from tests.tenants.test_odd_filters import pages_of

from lienxa.platform.access.actor import Actor
from lienxa.platform.tenancy.organs import Organ

__all__ = ["operator", "stranger"]

FindActor = Callable[..., Awaitable[Actor]]
Visit = Callable[..., Awaitable[Any]]

ODD = (
    "_",
    "2026_",
    "²-" + uuid4().hex,
    f"2026-11-24T00:00:00_{uuid4()}",  # no zone
    f"0001-01-01T00:00:00+14:00_{uuid4()}",  # before there are years
    f"9999-12-31T23:59:59-14:00_{uuid4()}",
    f"{10**30}-{uuid4().hex}_",
)
# In the list of organs this is a place: it could be the address of one.
NO_PLACE_BUT_OF_ORGANS = ("x", f"{10**30}-{uuid4().hex}")
OF_A_COMMUNE = {
    "/ban-giao",
    "/bao-cao",
    "/ho-so",
    "/quan-tri/nhat-ky",
    "/thong-bao",
    "/uy-quyen",
    "/van-ban/den",
    "/van-ban/di",
    "/van-ban/so/in",
}
OF_A_PARENT = {
    "/ban-giao",
    "/bao-cao",
    "/ho-so",
    "/quan-tri/nhat-ky",
    "/thong-bao",
    "/tong-hop/tien-do/lam-viec",
    "/tong-hop/tien-do/moc",
    "/uy-quyen",
}
OF_OPERATORS = {"/van-hanh", "/van-hanh/nhat-ky", "/van-hanh/viec-hong"}


async def refusing(
    visitor: Any, paths: Iterable[str], odd_places: Iterable[str] = ODD + NO_PLACE_BUT_OF_ORGANS
) -> set[str]:
    """Those of these pages that read a place; each is to refuse every odd one and to lead to its beginning."""
    found = set()
    for path in paths:
        if (await visitor.get(path)).status_code != 200:
            continue
        if (await visitor.get(f"{path}?sau=_")).status_code == 200:
            continue
        for odd in odd_places:
            answer = await visitor.get(f"{path}?sau={quote(odd)}")
            assert answer.status_code == 422, f"{path} {odd!r}: {answer.status_code}"
            text = unescape(answer.text)
            assert "vị trí trong danh sách" in text, path
            assert f'href="{path}"' in text, path
        found.add(path)
    return found


async def test_the_lists_of_a_commune(
    app: Litestar, visit: Visit, busy_lam_son: Organ, actor_with: FindActor, owner_dsn: str
) -> None:
    give_every_right(owner_dsn, busy_lam_son, "clerk")
    visitor = await visit(busy_lam_son, await actor_with(busy_lam_son, "clerk"))
    assert await refusing(visitor, pages_of(app)) == OF_A_COMMUNE


async def test_the_lists_of_a_parent(
    app: Litestar, visit: Visit, do_luong: Organ, actor_with: FindActor, owner_dsn: str
) -> None:
    give_every_right(owner_dsn, do_luong, "administrator")
    visitor = await visit(do_luong, await actor_with(do_luong, "administrator"))
    assert await refusing(visitor, pages_of(app)) == OF_A_PARENT


async def test_the_lists_of_operators(app: Litestar, operator: Any) -> None:
    assert await refusing(operator, pages_of(app, "sso"), ODD) == OF_OPERATORS


async def test_what_was_filtered_is_kept_on_the_way_back(visit: Visit, lam_son: Organ, actor_with: FindActor) -> None:
    visitor = await visit(lam_son, await actor_with(lam_son, "clerk"))
    text = unescape((await visitor.get("/van-ban/den?xem=done&sau=x")).text)
    assert 'href="/van-ban/den?xem=done"' in text
    assert "Xem từ trang đầu" in text


@pytest.mark.parametrize("path", ["/van-ban/den", "/van-ban/di", "/ho-so"])
async def test_the_place_of_another_organ_shows_what_is_ones_own(
    visit: Visit, twin: Organ, busy_lam_son: Organ, actor_with: FindActor, path: str
) -> None:
    """Both have the same papers on the same days: the place alone decides where the page begins."""
    role = "counter" if path == "/ho-so" else "clerk"
    here, there = [await visit(organ, await actor_with(organ, role)) for organ in (busy_lam_son, twin)]
    own = [line["id"] for line in await lines(here, path)]
    theirs = await lines(there, path, "?limit=3")
    assert not {line["id"] for line in theirs} & set(own)
    following = theirs[-1]["next"]
    shown = [line["id"] for line in await lines(here, path, f"?after={following}")]
    assert shown
    assert set(shown) <= set(own)


async def lines(visitor: Any, path: str, query: str = "?limit=100") -> list[dict[str, Any]]:
    """The items of the list as the API gives them, each with the cursor behind its page."""
    api = {"/van-ban/den": "documents/incoming", "/van-ban/di": "documents/outgoing", "/ho-so": "procedures/cases"}
    answer = await visitor.get(f"/api/v1/{api[path]}{query}")
    assert answer.status_code == 200, answer.text
    return [{**item, "next": answer.json()["next"]} for item in answer.json()["items"]]
