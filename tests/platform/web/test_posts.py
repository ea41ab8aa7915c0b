"""A form that was opened in one post is not carried out in another without a word."""

import html
import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.tenants.office import lending
from lienxa.tenants.office.lending import Span
from lienxa.tenants.procedures import permissions as cases

Visit = Callable[..., Awaitable[Any]]

TODAY = date(2026, 11, 24)
BASIS = "Văn bản số 05/UBND-VP\nngày 24/11/2026 của <Chủ tịch>"
_INPUT = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@pytest.fixture(autouse=True)
def _that_day() -> Iterator[None]:
    with clock.fixed_at(clock.instant(TODAY, 9)):
        yield


@pytest.fixture
async def browser(visit: Visit, leader: Actor) -> Any:
    """The chair at work as chair; they are deputy secretary as well."""
    return await visit(leader.organ, leader)


@pytest.fixture
def party(leader: Actor) -> Actor:
    """The same person as deputy secretary."""
    return leader.acting_in(next(post.id for post in leader.posts if "Phó Bí thư" in post.title))


@pytest.fixture
def form(office_head: Actor) -> dict[str, str]:
    """A delegation as it is typed."""
    return {
        "borrower": str(office_head.staff_id),
        "mark": "TUQ",
        "rights": cases.SIGN,
        "starts_on": "24/11/2026",
        "ends_on": "30/11/2026",
        "basis": BASIS,
    }


def hidden(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form of a page that leads to that address."""
    found = re.search(rf'<form [^>]*method="post" action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert found, page
    return {name: html.unescape(value) for name, value in _INPUT.findall(found[0])}


def lent_posts(owner_dsn: str) -> list[UUID]:
    """The posts that are lent."""
    with psycopg.connect(owner_dsn) as connection:
        return [row[0] for row in connection.execute("select post_id from app.delegation").fetchall()]


async def change_to(browser: Any, post_id: UUID) -> None:
    """Change the post, as in another tab."""
    assert (await browser.post("/chuc-vu", {"post": str(post_id), "ve": "/"})).status_code == 303


async def borrowing(visit: Visit, database: Database, lender: Actor, borrower: Actor) -> tuple[Any, UUID]:
    """A browser of the borrower, who acts in the lent post; the delegation."""
    async with database.tenant(lender.organ.id) as session:
        span = Span(TODAY, TODAY + timedelta(days=6), BASIS)
        lent = (await lending.delegate(session, lender, borrower.staff_id, "TUQ", (cases.SIGN,), span)).id
    browser = await visit(borrower.organ, borrower)
    await change_to(browser, lent)
    return browser, lent


async def test_each_form_names_the_post_of_its_page(browser: Any, leader: Actor, party: Actor) -> None:
    assert hidden((await browser.get("/uy-quyen/moi")).text, "/uy-quyen/moi")["_post"] == str(leader.acting.id)
    await change_to(browser, party.acting.id)
    assert hidden((await browser.get("/uy-quyen/moi")).text, "/uy-quyen/moi")["_post"] == str(party.acting.id)


async def test_in_another_post_nothing_is_done_and_what_was_typed_goes_back_with_the_person(
    browser: Any, leader: Actor, party: Actor, form: dict[str, str], owner_dsn: str
) -> None:
    guards = hidden((await browser.get("/uy-quyen/moi")).text, "/uy-quyen/moi")
    await change_to(browser, party.acting.id)
    refused = await browser.post("/uy-quyen/moi", {**form, **guards})
    assert refused.status_code == 409
    assert f"“{leader.acting.title}”" in refused.text
    assert f"“{party.acting.title}”" in refused.text
    assert lent_posts(owner_dsn) == []

    again = hidden(refused.text, "/uy-quyen/moi")
    assert again.items() >= form.items()
    assert (again["_post"], again["_once"]) == (str(leader.acting.id), guards["_once"])
    sent = await browser.post("/uy-quyen/moi", again)
    assert sent.status_code == 303
    assert lent_posts(owner_dsn) == [leader.acting.id]
    page = (await browser.get("/viec-cua-toi")).text
    assert f'<span class="person-post">{leader.acting.title}</span>' in page
    repeated = await browser.post("/uy-quyen/moi", again)
    assert repeated.headers["location"] == sent.headers["location"]
    assert lent_posts(owner_dsn) == [leader.acting.id]


async def test_a_form_that_was_carried_out_still_has_its_answer(
    browser: Any, party: Actor, form: dict[str, str], owner_dsn: str
) -> None:
    guards = hidden((await browser.get("/uy-quyen/moi")).text, "/uy-quyen/moi")
    sent = await browser.post("/uy-quyen/moi", {**form, **guards})
    await change_to(browser, party.acting.id)
    again = await browser.post("/uy-quyen/moi", {**form, **guards})
    assert (again.status_code, again.headers["location"]) == (303, sent.headers["location"])
    assert len(lent_posts(owner_dsn)) == 1


async def test_a_fault_is_told_in_the_post_that_the_person_went_back_to(
    browser: Any, leader: Actor, party: Actor, form: dict[str, str]
) -> None:
    guards = hidden((await browser.get("/uy-quyen/moi")).text, "/uy-quyen/moi")
    await change_to(browser, party.acting.id)
    refused = await browser.post("/uy-quyen/moi", {**form, **guards, "rights": ""})
    shown = await browser.post("/uy-quyen/moi", hidden(refused.text, "/uy-quyen/moi"))
    assert shown.status_code == 422
    assert hidden(shown.text, "/uy-quyen/moi")["_post"] == str(leader.acting.id)
    assert "không còn nữa" not in shown.text


async def test_what_a_form_of_a_lent_post_that_ended_says_is_kept_and_not_done(
    visit: Visit, database: Database, leader: Actor, office_head: Actor, form: dict[str, str], owner_dsn: str
) -> None:
    browser, lent = await borrowing(visit, database, leader, office_head)
    guards = hidden((await browser.get("/viec-cua-toi")).text, "/chuc-vu")
    assert guards["_post"] == str(lent)
    async with database.tenant(leader.organ.id) as session:
        await lending.revoke(session, leader, lent, "Đã về")
    refused = await browser.post("/uy-quyen/moi", {**form, "_post": guards["_post"], "_once": str(uuid4())})
    assert refused.status_code == 409
    assert "không còn nữa" in refused.text
    assert lent_posts(owner_dsn) == [leader.acting.id]
    again = hidden(refused.text, "/uy-quyen/moi")
    assert again.items() >= form.items()
    assert again["_post"] == str(office_head.acting.id)
    assert "_doi-chuc-vu" not in again
    told = refused.text[refused.text.index('class="fault"') :]
    assert f"Gửi với chức vụ “{office_head.acting.title}”" in told


async def test_nobody_goes_back_to_a_post_of_somebody_else(
    browser: Any, leader: Actor, office_head: Actor, form: dict[str, str], owner_dsn: str
) -> None:
    sent = {**form, "_post": str(office_head.acting.id), "_doi-chuc-vu": "1"}
    assert (await browser.post("/uy-quyen/moi", sent)).status_code == 409
    assert lent_posts(owner_dsn) == []
    page = (await browser.get("/viec-cua-toi")).text
    assert f'<span class="person-post">{leader.acting.title}</span>' in page


async def test_that_the_chosen_post_ended_is_told_until_the_person_takes_note(
    visit: Visit, database: Database, leader: Actor, office_head: Actor
) -> None:
    browser, lent = await borrowing(visit, database, leader, office_head)
    assert "không còn nữa" not in (await browser.get("/viec-cua-toi")).text
    async with database.tenant(leader.organ.id) as session:
        await lending.revoke(session, leader, lent, "Đã về")
    for _page in range(2):
        told = (await browser.get("/viec-cua-toi")).text
        assert f"không còn nữa. Đang làm việc với chức vụ “{office_head.acting.title}”" in told
    await change_to(browser, office_head.acting.id)
    assert "không còn nữa" not in (await browser.get("/viec-cua-toi")).text


async def test_files_are_chosen_again_and_the_rest_is_kept(browser: Any, party: Actor, leader: Actor) -> None:
    await change_to(browser, party.acting.id)
    files = [("files", ("Tờ trình.pdf", b"%PDF-1.4", "application/pdf")), ("other", ("", b"", "application/pdf"))]
    sent = {"abstract": "Về việc <họp>", "_post": str(leader.acting.id)}
    refused = await browser.post("/van-ban/di/moi", sent, files=files)
    assert refused.status_code == 409, refused.text
    assert 'enctype="multipart/form-data"' in refused.text
    assert "Chọn lại tệp: Tờ trình.pdf" in refused.text
    assert refused.text.count('type="file"') == 1
    assert hidden(refused.text, "/van-ban/di/moi")["abstract"] == "Về việc <họp>"
