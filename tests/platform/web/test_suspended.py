"""The pages of an organ that may only be read offer nothing that would be refused, whoever looks at them."""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import update
from tests.conftest import Visit
from tests.isolation.test_routes import organ_routes

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.models import Tenant
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.web.suspended import without_refused

FindActor = Callable[..., Awaitable[Actor]]

# What may be sent to an organ that may only be read. A new one is to be thought about.
SENT_ALL_THE_SAME = {
    "/chuc-vu",
    "/dang-xuat",
    "/phien/dang-xuat-tat-ca",
    "/phien/may-dung-chung",
    "/quan-tri/nhat-ky/dau-niem",
    "/tra-cuu",
    "/van-ban/so/khoa-so/khoa",
    "/van-ban/so/pdf",
}
ROLES = (
    ("clerk", "Văn thư"),
    ("office_head", ""),
    ("leader", "Chủ tịch UBND"),
    ("specialist", ""),
    ("counter", ""),
    ("administrator", ""),
)
# Of one kind of page, as many as have different acts.
OF_A_KIND = 4
NO_PAGE = re.compile(r"/tep(/|$)|/xuat|/in(-|/|$)|\.xlsx$|/dang-|/luong$|/ics/|/phien/doi")


@pytest.mark.parametrize(
    ("page", "left"),
    [
        ('<form method="post" action="/a"><input name="x"></form>', ""),
        (
            '<form method="post" action="/b"><input name="x"></form>',
            '<form method="post" action="/b"><input name="x"></form>',
        ),
        ('<form method="get" action="/a"><input name="x"></form>', ""),
        ('<form><button formaction="/a">A</button><button>B</button></form>', "<form><button>B</button></form>"),
        ('<div class="actions"><a class="button" href="/a?x=1">A</a></div><p>Chữ</p>', "<p>Chữ</p>"),
        ('<ul><li><a href="/a">Tên</a></li></ul>', "<ul><li>Tên</li></ul>"),
        (
            '<a href="https://noi-khac/a">A</a><a href="#a">B</a>',
            '<a href="https://noi-khac/a">A</a><a href="#a">B</a>',
        ),
        ('<details><summary>Mở</summary><form method="post" action="/a"></form></details>', ""),
        ('<h2>Việc</h2><form method="post" action="/a"></form><h2>Sau</h2><p>Chữ</p>', "<h2>Sau</h2><p>Chữ</p>"),
        ('<h2>Việc</h2><form method="post" action="/a"></form><p>Chữ</p>', "<h2>Việc</h2><p>Chữ</p>"),
        ('<section><h2>Việc</h2><p><a class="button" href="/a">A</a></p></section>', ""),
    ],
)
def test_what_nobody_answers_is_taken_out_with_what_stood_there_for_it(page: str, left: str) -> None:
    shown = without_refused(f"<html><body>{page}</body></html>", lambda _method, path: path != "/a")
    assert shown == f"<html><head></head><body>{left}</body></html>"


class Reader:
    """Reads the pages of one person from link to link, each kind of page a few times."""

    def __init__(self, app: Litestar, visitor: Any) -> None:
        paths = {route.path for route in organ_routes(app) if route.method == "GET"}
        ordered = sorted(paths, key=lambda path: (path.count("{"), path))
        self.patterns = [(path, re.compile(re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(path)))) for path in ordered]
        self.visitor = visitor
        self.read: dict[str, int] = {}
        self.faults: list[str] = []

    async def read_all(self, *starts: str) -> None:
        """Read what can be reached from there, and note what should not be offered."""
        waiting = list(starts)
        known = set(starts)
        while waiting:
            for link in await self._links_of(waiting.pop(0)):
                if link not in known:
                    known.add(link)
                    waiting.append(link)

    async def _links_of(self, path: str) -> list[str]:
        kind = next((kind for kind, pattern in self.patterns if pattern.fullmatch(path.partition("?")[0])), "")
        if not kind or NO_PAGE.search(kind) or self.read.get(kind, 0) >= OF_A_KIND:
            return []
        self.read[kind] = self.read.get(kind, 0) + 1
        answer = await self.visitor.get(path)
        if answer.status_code in (302, 303):
            return [answer.headers["location"]]
        if answer.status_code == 409:
            self.faults.append(f"a link leads to {path}, which is refused")
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return []
        page = LexborHTMLParser(answer.text)
        self._judge(path, page)
        links = (
            urlsplit(urljoin(f"http://organ{path}", link.attributes["href"] or "")) for link in page.css("a[href]")
        )
        return [f"{link.path}?{link.query}" if link.query else link.path for link in links if link.netloc == "organ"]

    def _judge(self, path: str, page: LexborHTMLParser) -> None:
        for form in page.css("form[method=post]"):
            if (action := form.attributes.get("action")) not in SENT_ALL_THE_SAME:
                self.faults.append(f"{path} offers to send {action}")
        for button in page.css("button[type=submit]:not(form button)"):
            self.faults.append(f"{path} has a button without a form: {button.text()}")
        main = page.css_first("main")
        assert main is not None, path
        for part in main.css("h1, .back-link, .hint, .line-state"):
            part.decompose()
        if not main.text().strip() and main.css_first("input, img") is None:
            self.faults.append(f"{path} has nothing to read")


async def test_no_page_of_a_suspended_organ_offers_what_would_be_refused(
    app: Litestar,
    visit: Visit,
    busy_lam_son: Organ,
    actor_with: FindActor,
    operator_database: Database,
) -> None:
    visitors = {role: await visit(busy_lam_son, await actor_with(busy_lam_son, role, title)) for role, title in ROLES}
    visitors["nobody"] = await visit(busy_lam_son)
    assert "/van-ban/den/moi" in (await visitors["clerk"].get("/van-ban/den")).text
    async with operator_database.control() as control:
        await control.execute(update(Tenant).where(Tenant.id == busy_lam_son.id).values(state="suspended"))
    app.state.hosts._known.clear()
    faults: list[str] = []
    kinds: set[str] = set()
    for role, visitor in visitors.items():
        reader = Reader(app, visitor)
        await reader.read_all("/thu-tuc" if role == "nobody" else "/viec-cua-toi")
        faults += [f"{role}: {fault}" for fault in reader.faults]
        kinds |= reader.read.keys()
    assert faults == [], "\n".join(faults)
    assert len(kinds) > 40


async def test_a_page_that_is_a_form_alone_is_refused_with_the_reason_to_those_who_are_signed_in(
    app: Litestar, visit: Visit, busy_lam_son: Organ, clerk: Actor, operator_database: Database
) -> None:
    office, nobody = await visit(busy_lam_son, clerk), await visit(busy_lam_son)
    async with operator_database.control() as control:
        await control.execute(update(Tenant).where(Tenant.id == busy_lam_son.id).values(state="suspended"))
    app.state.hosts._known.clear()
    refused = await office.get("/van-ban/den/moi")
    assert refused.status_code == 409
    assert "đang tạm dừng: chỉ xem, tìm và in được" in refused.text
    assert (await nobody.get("/van-ban/den/moi")).headers["location"].startswith("/dang-nhap?")
