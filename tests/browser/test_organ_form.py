"""The form of a new organ in a real browser: what follows from its name, until it is typed by hand."""

import pytest
from playwright.async_api import Browser, Page
from tests.browser.conftest import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

SCRIPTS = ROOT / "platform" / "lienxa" / "platform" / "web" / "static" / "vendor" / "lienxa.js"
FORM = """<form data-organ-form="localhost"><input name="name" value="{}"><input name="slug" value="{}">
<input name="host" value="{}"><input name="username" value="{}"></form>"""


async def form_of(browser: Browser, name: str = "", slug: str = "", host: str = "", username: str = "") -> Page:
    """The form as it comes with these entries, with the scripts of all pages."""
    page = await browser.new_page()
    html = FORM.format(name, slug, host, username)
    await page.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    await page.goto("http://localhost/van-hanh/them")
    await page.add_script_tag(path=SCRIPTS)
    return page


async def entries(page: Page) -> list[str]:
    return [await page.input_value(f"[name={name}]") for name in ("slug", "host", "username")]


async def test_the_rest_follows_from_the_name_as_it_is_typed(browser: Browser) -> None:
    page = await form_of(browser)
    await page.fill("[name=name]", "Đại Sơn")
    assert await entries(page) == ["dai-son", "dai-son.localhost", "quan-tri.dai-son"]


async def test_after_a_refusal_what_was_not_typed_by_hand_follows_on(browser: Browser) -> None:
    page = await form_of(browser, "Lam Sơn", "lam-son", "lam-son.localhost", "quan-tri.lam-son")
    await page.fill("[name=slug]", "lam-son-2")
    assert await entries(page) == ["lam-son-2", "lam-son-2.localhost", "quan-tri.lam-son-2"]
    await page.fill("[name=name]", "Minh Sơn")
    assert (await entries(page))[0] == "lam-son-2", "it was typed by hand"


async def test_what_was_typed_by_hand_stays_after_a_refusal(browser: Browser) -> None:
    page = await form_of(browser, "Lam Sơn", "lam-son", "xa.lamson.vn", "binh.nt")
    await page.fill("[name=name]", "Minh Sơn")
    assert await entries(page) == ["minh-son", "xa.lamson.vn", "binh.nt"]
