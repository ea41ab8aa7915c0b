"""Every page of every role, found by its links: axe-core finds nothing, nothing scrolls sideways, fingers find all.

The pages are read first without a browser, from link to link. What differs in its forms is then shown in the newest
Chromium, at the size of an office machine and of a phone, and photographed into build/screenshots. A GET route that no
link leads to must be named below, with an address or with the reason why it is no page.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import UUID, uuid4

import pytest
from litestar import Litestar
from playwright.async_api import Browser, Page, Route
from sqlalchemy import select
from tests.browser.conftest import AXE, FAULTS, RULES
from tests.isolation.test_console import dead_letter
from tests.isolation.test_routes import organ_routes
from tests.platform.operator.conftest import operator, stranger
from tests.tenants.documents.made_papers import made_papers

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.operator import batches
from lienxa.platform.rollup import jobs, marks
from lienxa.platform.settings import get_settings
from lienxa.platform.succession.models import Passage
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents import operations, rules
from lienxa.tenants.documents.models import Document

__all__ = ["dead_letter", "operator", "stranger"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
FINGER_PIXELS = 44
# Pages that no link leads to, by the role that opens them first.
STARTS = {
    "clerk": (
        "/viec-cua-toi",
        "/dang-xuat",
        "/van-ban/den?q=khong-co-van-ban-nao-nhu-the",
        "/khong-co-trang-nay",
        "/phien",
        "/loi-moi",
        "/van-ban/so/doi-chieu/moi",
        *(f"/van-ban/nhieu/{step}" for step in ("cap-so", "phat-hanh", "in-den", "in-di")),
    ),
    "office_head": ("/", "/van-ban/nhieu/de-xuat"),
    "leader": ("/", "/van-ban/nhieu/chi-dao", "/uy-quyen/moi", "/uy-quyen/thay-the"),
    "specialist": ("/viec-cua-toi", "/van-ban/den/moi", "/tim?q=ngan sach", "/tim?q=khong-co-gi"),
    "nobody": ("/thu-tuc", "/tra-cuu", "/dang-xuat/roi"),
    "operator": ("/van-hanh",),
}
# GET routes that are no pages: files, figures for scripts, streams, steps of the sign-on, the API, calendars for
# telephones, and the step from a notice to what it tells of.
NO_PAGES = re.compile(
    r"/viec-cua-toi/so-luong$|/tong-hop/(man-hinh/)?(bang|luong)$|/tep(/|$)|/trang/|/bieu-trung/|/dang-nhap|/phien/doi/|/api/v1/"
    r"|/thong-bao/\{notice_id\}$|/lich/ics/|\.xlsx$|/to-khoa-so$|/phu-luc-bo-sung$|/phieu-doi-chieu$|/bien-ban$|/chung-nhan$"
)
NEW_PAPER = {
    "body": "committee",
    "author_organ": "UBND huyện",
    "type": "state/cong-van",
    "secrecy": "open",
    "abstract": "V/v rà soát hộ nghèo",
    "urgency": "normal",
}
ROLLOUT = "/tong-hop/tien-do"
MOST_OF_A_KIND = 2
MOST_TRIED = 60
_NOT_PASSED_ON = ("cookie", "accept-encoding")

Visit = Callable[..., Awaitable[Any]]
FindActor = Callable[..., Awaitable[Actor]]


@dataclass(frozen=True)
class Screen:
    """A page as a role sees it. `kind` is its route, `shape` what its forms and headings are."""

    role: str
    path: str
    kind: str
    shape: str


class Reader(HTMLParser):
    """The links of a page, and its shape: forms, buttons and headings without what is data."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.parts: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what leads on and what can be done."""
        values = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag in ("form", "table", "dialog", "select", "textarea", "svg", "ol"):
            self.parts.add(f"{tag} {values.get('class', '')} {values.get('id', '')}")


@dataclass
class Surfer:
    """Reads the pages of one role from link to link, each kind of page a few times."""

    role: str
    visitor: Any
    patterns: list[tuple[str, re.Pattern[str]]]
    screens: list[Screen] = field(default_factory=list)
    read: dict[str, int] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)

    async def surf(self, starts: tuple[str, ...]) -> None:
        """Read everything that can be reached from there."""
        waiting = list(starts)
        while waiting:
            for link in await self._read(waiting.pop(0)):
                if link not in self.known:
                    self.known.add(link)
                    waiting.append(link)

    async def try_out(self, kind: str) -> bool:
        """Open a page whose link stands only on things in a certain state: at each thing that was seen."""
        parent, _slash, step = kind.rpartition("/")
        for path in sorted(link for link in self.known if self._kind(link) == parent)[:MOST_TRIED]:
            address = f"{path.partition('?')[0]}/{step}"
            if (await self.visitor.get(address)).status_code == 200:
                await self._read(address)
                return True
        return False

    async def _read(self, path: str) -> list[str]:
        kind = self._kind(path)
        if self.read.get(kind, 0) >= MOST_OF_A_KIND:
            return []
        self.read[kind] = self.read.get(kind, 0) + 1
        answer = await self.visitor.get(path)
        if answer.status_code < 400:
            self.reached.add(kind)
        if answer.status_code in (302, 303):
            return self._inside(path, [answer.headers["location"]])
        assert answer.status_code != 500, f"{self.role} {path}: {answer.text}"
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return []
        reader = Reader()
        reader.feed(answer.text)
        self.screens.append(Screen(self.role, path, kind, f"{answer.status_code} {sorted(reader.parts)}"))
        return self._inside(path, reader.links)

    @staticmethod
    def _inside(path: str, links: list[str]) -> list[str]:
        parts = (urlsplit(urljoin(f"http://organ{path}", link)) for link in links)
        return [f"{part.path}?{part.query}" if part.query else part.path for part in parts if part.netloc == "organ"]

    def _kind(self, path: str) -> str:
        plain = path.partition("?")[0]
        return next((route for route, pattern in self.patterns if pattern.fullmatch(plain)), plain)


async def tried_out(surfers: list[Surfer], kind: str) -> bool:
    """Whether somebody finds a thing that has such a page."""
    for surfer in surfers:
        if await surfer.try_out(kind):
            return True
    return False


def patterns_of(app: Litestar) -> list[tuple[str, re.Pattern[str]]]:
    """The GET routes of organs and of operators; those with fewer parameters match first."""
    routes = {route.path for route in organ_routes(app) if route.method == "GET"} | operators_pages(app)
    ordered = sorted(routes, key=lambda path: (path.count("{"), path))
    return [(path, re.compile(re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(path)))) for path in ordered]


def operators_pages(app: Litestar) -> set[str]:
    """What an operator may ask for."""
    getting = ((route.path_format, getattr(route, "route_handler_map", {}).get("GET")) for route in app.routes)
    return {path for path, found in getting if found and found[0].opt.get("operator")}


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page whose requests are answered by the application itself; who asks is set by `seat`."""
    context = await browser.new_context(viewport=DESK, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    yield await context.new_page()
    await context.close()


async def seat(page: Page, visitor: Any) -> None:
    """Let the application answer this page as it answers the visitor."""

    async def serve(route: Route) -> None:
        request = route.request
        if request.resource_type == "eventsource":
            await route.abort()
            return
        answer = await visitor.http.request(
            request.method,
            request.url,
            content=request.post_data_buffer,
            headers={
                name: value for name, value in request.headers.items() if name not in ("cookie", "accept-encoding")
            },
        )
        await route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.content)

    await page.unroute_all()
    await page.route("**/*", serve)


async def faults_of(page: Page) -> list[str]:
    """What axe-core finds, and whether the page scrolls sideways."""
    await page.evaluate(AXE)
    found = await page.evaluate(FAULTS, RULES)
    return [*found, *await sideways(page)]


async def sideways(page: Page) -> list[str]:
    """Whether the page is wider than its window."""
    more = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"scrolls sideways by {more} pixels"] if more > 0 else []


async def too_small_for_fingers(page: Page) -> list[str]:
    """Buttons, fields and entries of the navigation that are lower than a finger."""
    return await page.evaluate(  # type: ignore[no-any-return]
        """least => [...document.querySelectorAll(
             "button, .button, select, summary, .side a, .tabs a, .bodies a, "
             + "input:not([type=hidden]):not([type=checkbox]):not([type=radio])")]
           .filter(each => each.checkVisibility && each.checkVisibility() && !each.closest(".hidden, .sheet-bar")
                           && !each.matches(".hidden, .picker"))
           .filter(each => { const box = each.getBoundingClientRect(); return box.height && box.height < least - 0.5; })
           .map(each => `lower than a finger: ${each.outerHTML.slice(0, 120)}`)""",
        FINGER_PIXELS,
    )


async def plan_the_rollout(watcher: Any, organ: Organ) -> None:
    """A milestone, a visit and a member of the steering committee, as the district enters them."""
    today = clock.today().strftime("%d/%m/%Y")
    for place, sent in (
        ("moc", {"scope": str(organ.id), "kind": "room", "planned_on": today}),
        (
            "lam-viec",
            {"kind": "inspection", "organ": str(organ.id), "visit_on": today, "purpose": "Kiểm tra sổ"},
        ),
        ("ban-chi-dao", {"full_name": "Lê Thị Thư", "title": "Phó Bí thư", "role": "head", "since": today}),
    ):
        answer = await watcher.post(f"{ROLLOUT}/{place}/moi", sent)
        assert answer.status_code == 303, answer.text


async def offered_ids(administrator: Any, path: str) -> tuple[str, str]:
    """A unit and an organisation, as a form of the administrator offers them; a unit only where one is asked for."""
    offered = (await administrator.get(path)).text
    unit = re.search(r'<select[^>]*name="unit_id".*?<option value="([0-9a-f-]{36})"', offered, re.DOTALL)
    body = re.search(r'name="body_ids" value="([0-9a-f-]{36})"', offered)
    assert body, offered
    return unit[1] if unit else "", body[1]


async def connect_a_program(administrator: Any) -> None:
    """A program that speaks to the office by the API."""
    unit, body = await offered_ids(administrator, "/quan-tri/ket-noi/moi")
    answer = await administrator.post(
        "/quan-tri/ket-noi/moi",
        {
            "name": "Phần mềm lưu trữ",
            "unit_id": unit,
            "body_ids": [body],
            "permissions": ["documents.read"],
            "expires_on": "+20",
        },
    )
    assert answer.status_code == 201, answer.text


async def tell_a_program(administrator: Any) -> None:
    """A program that is told what happens, and an event sent to try it."""
    _unit, body = await offered_ids(administrator, "/quan-tri/noi-nhan/moi")
    answer = await administrator.post(
        "/quan-tri/noi-nhan/moi",
        {
            "name": "Kho lưu trữ số",
            "address": "https://nhan.vidu.vn/su-kien",
            "body_ids": [body],
            "event_types": ["documents.issued", "meetings.changed"],
        },
    )
    assert answer.status_code == 201, answer.text
    tried = await administrator.post(f"{answer.headers['location']}/thu")
    assert tried.status_code == 303, tried.text


async def open_a_feed(clerk: Any) -> None:
    """The calendar of the office on a telephone."""
    answer = await clerk.post("/lich/dien-thoai")
    assert answer.status_code == 201, answer.text


async def close_last_month(database: Database, closer: Any) -> None:
    """Once nothing waits to be computed, who answers for figures closes those of last month."""
    async with database.control() as control:
        waiting = await marks.marked_pairs(control)
    for organ_id, module in waiting:
        await jobs.recompute(database, organ_id, module)
    month = clock.today().replace(day=1) - timedelta(days=1)
    answer = await closer.post(f"/bao-cao/thang/{month:%Y-%m}", {"note": "Theo công văn đôn đốc"})
    assert answer.status_code == 303, answer.text


async def ask_for_an_organ(operator: Any, parent: Organ) -> None:
    """One more commune, which waits for a worker to make it."""
    sent = {
        "name": "Xuân Sơn",
        "kind": "commune",
        "parent": parent.slug,
        "full_name": "Nguyễn Văn Thử",
        "term": "2025-2030",
        "term_opened": "01/07/2025",
    }
    answer = await operator.post("/van-hanh/them", sent)
    assert answer.status_code == 303, answer.text


async def bring_a_list(database: Database, operator: Any, parent: Organ) -> None:
    """Two more communes in one file, one of them with a fault, which an operator is to look at."""
    rows = "Tên đơn vị,Họ và tên người quản trị\nHạ Sơn,Lê Thị Thử\nĐông Sơn,\n"
    sent = {"parent": parent.slug, "term_opened": "01/07/2025"}
    answer = await operator.post("/van-hanh/them-nhieu", sent, files={"file": ("cac-xa.csv", rows.encode())})
    assert answer.status_code == 303, answer.text
    await batches.check(database, get_settings(), UUID(answer.headers["location"].rsplit("/", 1)[1]))


async def renew_a_password(operator: Any, organ: Organ) -> str:
    """Where the new password of an administrator will be."""
    answer = await operator.post(f"/van-hanh/don-vi/{organ.slug}/mat-khau")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def put_before_another(database: Database, clerk: Actor, deputy: Actor) -> str:
    """A paper of the deputy's body that has come to the deputy for signature."""
    waiting = (Document.state == rules.FORM_CHECK, Document.body_id.in_(deputy.acting.body_ids))
    async with database.tenant(clerk.organ.id) as session:
        document_id = (await session.scalars(select(Document.id).where(*waiting))).first()
        assert document_id is not None
        await operations.drafts.check_form(session, clerk, document_id)
        (await session.find(Document, document_id)).signer_id = deputy.staff_id
    return f"/van-ban/{document_id}"


async def bring_a_paper(clerk: Any) -> None:
    """A file that waits for being entered, its form filled from it."""
    (paper,) = made_papers(1)
    files = {"file": ("qd.pdf", paper.pdf(), "application/pdf")}
    sent = await clerk.post("/van-ban/den/doc", {"secrecy": "open", "urgency": "normal"}, files)
    assert sent.status_code == 303, sent.text


async def order_a_book(clerk: Any) -> None:
    """A whole book as a file, which is being made for as long as nobody works in the background."""
    answer = await clerk.post("/van-ban/so/pdf", {"quyen": "di", "quyen-ky": f"{clock.today().year}"})
    assert answer.status_code == 303, answer.text


async def hand_work_over(administrator: Any, giver: Actor, receiver: Actor) -> None:
    """A record of what somebody had in hand and has given on."""
    form = (await administrator.get(f"/ban-giao/moi?nguoi={giver.staff_id}")).text
    version = re.search(r'name="version" value="(\d+)"', form)
    assert version, form
    sent = {"giver": str(giver.staff_id), "receiver": str(receiver.staff_id), "version": version[1]}
    answer = await administrator.post("/ban-giao/moi", sent)
    assert answer.status_code == 303, answer.text


async def take_work_over(database: Database, organ: Organ, giver: Organ) -> None:
    """A thing that another organ has handed over."""
    thing = uuid4()
    async with database.tenant(organ.id) as session:
        session.add(
            Passage(
                direction="in",
                code="meetings.ahead",
                kind="meeting",
                thing_id=thing,
                number="",
                symbol="",
                dated=None,
                title="Họp giao ban",
                restricted=False,
                path=f"/lich/{thing}",
                due_on=clock.today(),
                holder="Lê Thị Thư",
                receiver="Lê Thị Thư",
                unit="Văn phòng",
                organ_id=giver.id,
                organ_name=giver.full_name,
                host=f"{giver.slug}.localhost",
                other_id=thing,
                other_number="",
                other_path=f"/lich/{thing}",
                passed_on=clock.today(),
                passed_at=clock.now(),
            )
        )


async def order_an_archive(operator: Any, organ: Organ) -> str:
    """A work on an organ, which waits for a worker; returns its page."""
    answer = await operator.post(f"/van-hanh/don-vi/{organ.slug}/xuat")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def name_of(screen: Screen, size: str) -> str:
    """`clerk-van-ban-den-phone`."""
    place = re.sub(r"[^a-z0-9]+", "-", re.sub(r"\{[^}]*\}", "x", screen.kind)).strip("-") or "front"
    return f"{screen.role}-{place}-{size}"


async def test_every_page_is_accessible_and_photographed(
    app: Litestar,
    visit: Visit,
    busy_lam_son: Organ,
    do_luong: Organ,
    actor_with: FindActor,
    operator: Any,
    dead_letter: str,
    database: Database,
    page: Page,
    screenshots: Path,
) -> None:
    visitors = {"nobody": await visit(busy_lam_son)}
    for role, title in (
        ("clerk", "Văn thư"),
        ("office_head", ""),
        ("leader", "Chủ tịch UBND"),
        ("specialist", ""),
        ("counter", ""),
        ("administrator", ""),
    ):
        visitors[role] = await visit(busy_lam_son, await actor_with(busy_lam_son, role, title))
    clerk, deputy = (
        await actor_with(busy_lam_son, "clerk"),
        await actor_with(busy_lam_son, "leader", "Phó Chủ tịch UBND"),
    )
    instead = await put_before_another(database, clerk, deputy)
    for role in ("watcher", "director"):
        visitors[role] = await visit(do_luong, await actor_with(do_luong, role))
    visitors["operator"] = operator
    await plan_the_rollout(visitors["watcher"], busy_lam_son)
    await connect_a_program(visitors["administrator"])
    await tell_a_program(visitors["administrator"])
    await order_a_book(visitors["clerk"])
    await open_a_feed(visitors["clerk"])
    for role in ("office_head", "director"):
        await close_last_month(database, visitors[role])
    # Something that nobody has looked at yet.
    sent = await visitors["clerk"].post("/van-ban/den/moi", NEW_PAPER)
    assert sent.status_code == 303, sent.text
    paper = sent.headers["location"]
    await bring_a_paper(visitors["clerk"])
    await ask_for_an_organ(operator, do_luong)
    await bring_a_list(database, operator, do_luong)
    renewal = await renew_a_password(operator, busy_lam_son)
    archive = await order_an_archive(operator, do_luong)
    deputies = [await actor_with(busy_lam_son, "leader", title) for title in ("Chủ tịch UBND", "Phó Chủ tịch UBND")]
    await take_work_over(database, busy_lam_son, do_luong)
    await hand_work_over(visitors["administrator"], *reversed(deputies))
    patterns = patterns_of(app)
    surfers = [Surfer(role, visitor, patterns) for role, visitor in visitors.items()]
    for surfer in surfers:
        more = {"operator": (renewal, archive), "leader": (instead,)}.get(surfer.role, (paper, f"{paper}/chuyen-thang"))
        await surfer.surf((*STARTS.get(surfer.role, ("/",)), *more))
    reached = set().union(*(surfer.reached for surfer in surfers))
    missing = [path for path, _pattern in patterns if path not in reached and not NO_PAGES.search(path)]
    unknown = [path for path in missing if not await tried_out(surfers, path)]
    assert not unknown, f"no link leads to {unknown}: name an address in STARTS or say in NO_PAGES that it is no page"

    found: list[str] = []
    shown: set[tuple[str, str]] = set()
    for screen in (screen for surfer in surfers for screen in surfer.screens):
        if (screen.kind, screen.shape) in shown:
            continue
        shown.add((screen.kind, screen.shape))
        await seat(page, visitors[screen.role])
        await page.set_viewport_size(DESK)  # type: ignore[arg-type]
        await page.goto(f"{str(visitors[screen.role].http.base_url).rstrip('/')}{screen.path}")
        await page.screenshot(path=screenshots / f"{name_of(screen, 'desk')}.png", full_page=True)
        faults = await faults_of(page)
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        await page.screenshot(path=screenshots / f"{name_of(screen, 'phone')}.png")
        faults += [*await sideways(page), *await too_small_for_fingers(page)]
        found += [f"{screen.role} {screen.path}: {fault}" for fault in faults]
    assert found == [], "\n".join(found)
