"""The counts of the navigation: what waits, by place; counted where the work is shown or asked for."""

import re
from typing import Any

from lienxa.platform.access.actor import Actor
from lienxa.platform.module import Module, NavigationItem, WorkItem
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.web.work import counts

BOOKS = Module(
    "books",
    "Sổ",
    navigation=[NavigationItem("Đi", "/di", "send", order=30), NavigationItem("Đến", "/den", "inbox", order=20)],
)


def item(group: str = "waiting", place: str = "") -> WorkItem:
    return WorkItem(group, "Việc", "/van-ban/1", "Ký", place=place)


def test_what_waits_is_counted_at_its_place_and_at_home() -> None:
    work = [(BOOKS, item()), (BOOKS, item("due")), (BOOKS, item(place="/di")), (BOOKS, item("today_meeting"))]
    assert counts(work) == {"/viec-cua-toi": 3, "/den": 2, "/di": 1}
    assert counts([]) == {"/viec-cua-toi": 0}
    assert counts([(Module("none", "Không"), item())]) == {"/viec-cua-toi": 1}


async def test_home_tells_what_the_script_would_ask_for(busy_lam_son: Organ, clerk: Actor, visit: Any) -> None:
    visitor = await visit(busy_lam_son, clerk)
    home = (await visitor.get("/viec-cua-toi")).text
    told = {path: int(count) for path, count in re.findall(r'data-count="([^"]+)" data-told="(\d+)"', home)}
    asked = (await visitor.get("/viec-cua-toi/so-luong")).json()
    assert asked["/viec-cua-toi"] > 0
    assert {path: count for path, count in asked.items() if count} == {path: n for path, n in told.items() if n}


async def test_other_pages_do_not_count(busy_lam_son: Organ, clerk: Actor, visit: Any) -> None:
    assert "data-told" not in (await (await visit(busy_lam_son, clerk)).get("/can-bo")).text
