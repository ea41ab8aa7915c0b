"""Filters of lists, filled in with what no list offers: each page says so, and none passes it over or fails."""

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from litestar import Litestar
from tests.isolation.test_routes import give_every_right
from tests.platform.operator.conftest import operator, stranger

from lienxa.platform.access.actor import Actor
from lienxa.platform.tenancy.organs import Organ

__all__ = ["operator", "stranger"]

FindActor = Callable[..., Awaitable[Actor]]
Visit = Callable[..., Awaitable[Any]]

ODD_DAYS = ("31/02/2026", "31/12/9999", "hôm kia")
ODD = "khong-co-trong-danh-sach"
# Forms that lead to a form: what they fill in there is looked at, and told, when that one is sent.
LEADS_ON = {("/ban-giao/moi", "nguoi")}


@dataclass
class Filter:
    """A form that is sent as an address: `fields` by name, each with what it is and what it holds."""

    action: str
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)


class Filters(HTMLParser):
    """Finds the forms of a page that are sent as addresses, but the search of the shell, which takes any words."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Filter] = []
        self._form: Filter | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note forms and their fields."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Filter(given["action"]) if given.get("method") == "get" and "action" in given else None
            if self._form is not None and given["action"] != "/tim":
                self.found.append(self._form)
        if self._form is None or "name" not in given:
            if self._form is not None and tag == "option" and "selected" in given and self._select:
                self._form.fields[self._select] = ("choice", given.get("value", ""))
            return
        if tag == "select":
            self._select = given["name"]
            self._form.fields[given["name"]] = ("choice", "")
        elif tag == "input":
            kind = "date" if "data-date" in given else given.get("type", "text")
            if kind == "radio":
                kind = "choice"
                if "checked" not in given and given["name"] in self._form.fields:
                    return
            self._form.fields[given["name"]] = (kind, given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        """A form ends."""
        if tag == "form":
            self._form = None


def odd_values(form: Filter) -> Iterator[tuple[str, str, dict[str, str]]]:
    """The form filled in with one odd value: which field, which value, and all that is sent."""
    usual = {name: value for name, (kind, value) in form.fields.items() if value and kind != "checkbox"}
    for name, (kind, _value) in form.fields.items():
        if kind in ("checkbox", "search", "text") or (form.action, name) in LEADS_ON:
            continue  # a tick is one whatever it holds, and words may be any
        for odd in ODD_DAYS if kind == "date" else (ODD,):
            yield name, odd, {**usual, name: odd}


async def walk(visitor: Any, paths: list[str]) -> int:
    """Fill in the filters of these pages; how many odd values were told."""
    told, faults = 0, []
    for path in paths:
        page = await visitor.get(path)
        if page.status_code != 200 or "text/html" not in page.headers.get("content-type", ""):
            continue
        reader = Filters()
        reader.feed(page.text)
        for form in reader.found:
            for name, odd, sent in odd_values(form):
                answer = await visitor.get(f"{form.action}?{urlencode(sent)}")
                text = unescape(answer.text)
                kept = odd in text or form.fields[name][0] != "date"
                if answer.status_code not in (404, 422) or not kept:
                    faults.append(f"{path}: {form.action} {name}={odd}: {answer.status_code}, kept: {kept}")
                told += 1
    assert faults == [], "\n".join(faults)
    return told


def pages_of(app: Litestar, host: str = "organ") -> list[str]:
    """The pages without a parameter in their path."""
    return [
        route.path_format
        for route in app.routes
        if "GET" in getattr(route, "methods", ())
        and not route.path_parameters
        and route.route_handler_map["GET"][0].opt.get("host", "organ") == host
        and not route.path_format.endswith(("/luong", "/xuat", "/pdf", "/dang-xuat"))
        and not route.path_format.startswith("/api/")
    ]


async def test_every_filter_of_a_commune_tells_what_it_does_not_know(
    app: Litestar, visit: Visit, busy_lam_son: Organ, actor_with: FindActor, owner_dsn: str
) -> None:
    give_every_right(owner_dsn, busy_lam_son, "clerk")
    visitor = await visit(busy_lam_son, await actor_with(busy_lam_son, "clerk"))
    assert await walk(visitor, pages_of(app)) >= 20


async def test_every_filter_of_a_parent_tells_what_it_does_not_know(
    app: Litestar, visit: Visit, do_luong: Organ, actor_with: FindActor, owner_dsn: str
) -> None:
    give_every_right(owner_dsn, do_luong, "administrator")
    visitor = await visit(do_luong, await actor_with(do_luong, "administrator"))
    assert await walk(visitor, pages_of(app)) >= 5


async def test_the_trail_keeps_what_was_typed_and_what_was_right(
    visit: Visit, lam_son: Organ, actor_with: FindActor
) -> None:
    visitor = await visit(lam_son, await actor_with(lam_son, "administrator"))
    answer = await visitor.get("/quan-tri/nhat-ky?viec=access.refused&tu=32/13/2026&den=24/11/2026")
    text = unescape(answer.text)
    assert answer.status_code == 422
    assert "“32/13/2026” không phải là ngày." in text
    assert 'name="tu" value="32/13/2026"' in text
    assert '<input type="hidden" name="viec" value="access.refused">' in text
    assert '<input type="hidden" name="den" value="24/11/2026">' in text
    (without,) = re.findall(r'href="(/quan-tri/nhat-ky\?[^"]*)"', text)
    assert dict(parse_qsl(urlsplit(without).query)) == {"viec": "access.refused", "den": "24/11/2026"}
    assert (await visitor.get("/quan-tri/nhat-ky/xuat?tu=32/13/2026")).status_code == 422


@pytest.mark.parametrize(
    "address", ["/lich?khoi=x", "/lich?dang=x", "/lich/phong?xem=x", "/van-ban/den?xem=x", "/van-ban/di?xem=x"]
)
async def test_what_links_choose_is_told_as_well(
    visit: Visit, lam_son: Organ, actor_with: FindActor, address: str
) -> None:
    visitor = await visit(lam_son, await actor_with(lam_son, "clerk"))
    answer = await visitor.get(address)
    assert answer.status_code == 422
    assert "Chọn lại trong danh sách." in answer.text
