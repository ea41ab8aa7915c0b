"""How people set up what they look with: magnified twice, in colours of their own, without motion, on a phone."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page
from tests.browser.test_screens import PHONE, faults_of, seat, sideways, too_small_for_fingers

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.notify import notices
from lienxa.platform.notify.notices import Told
from lienxa.platform.tenancy.organs import Organ

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

# 1366x768 magnified twice (WCAG 1.4.4, 1.4.10).
TWICE = {"viewport": {"width": 683, "height": 384}, "device_scale_factor": 2}
OF_THE_CLERK = (
    "/viec-cua-toi",
    "/van-ban/den?xem=unassigned",
    "/van-ban/den/moi",
    "/van-ban/di?xem=signed",
    "/lich",
    "/ho-so",
    "/can-bo",
    "/tim?q=xa",
    "/thong-bao",
)
Open = Callable[[Page, str], Awaitable[None]]


@pytest.fixture
async def open_page(busy_lam_son: Organ, database: Database, visit: Any, clerk: Actor, leader: Actor) -> Open:
    """Open a page as the clerk of Lam Sơn, who has been told something."""
    async with database.tenant(busy_lam_son.id) as session:
        told = (Told([clerk.staff_id], "a.b", f"Trả lại để sửa: Kế hoạch số {n}", "/lich") for n in (1, 2))
        await notices.tell(session, leader, *told)
    visitor = await visit(busy_lam_son, clerk)

    async def go(page: Page, path: str) -> None:
        await seat(page, visitor)
        await page.goto(f"{str(visitor.http.base_url).rstrip('/')}{path}")

    return go


@asynccontextmanager
async def looking(browser: Browser, **options: Any) -> AsyncIterator[Page]:
    """A page in a browser that is set up in this way."""
    context = await browser.new_context(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", **options)
    context.set_default_timeout(15_000)
    yield await context.new_page()
    await context.close()


async def test_magnified_twice_no_page_scrolls_sideways(browser: Browser, open_page: Open) -> None:
    found: list[str] = []
    async with looking(browser, **TWICE) as page:
        for path in OF_THE_CLERK:
            await open_page(page, path)
            found += [f"{path}: {fault}" for fault in await sideways(page)]
    assert found == []


async def test_in_forced_colours_focus_and_states_are_seen(browser: Browser, open_page: Open) -> None:
    """Backgrounds and shadows are gone there: outlines, borders, weight, icons and words must say it."""
    async with looking(browser, forced_colors="active", viewport={"width": 1366, "height": 768}) as page:
        await open_page(page, "/van-ban/di?xem=signed")
        assert await page.evaluate("matchMedia('(forced-colors: active)').matches")
        unseen: list[str] = []
        for _step in range(40):
            await page.keyboard.press("Tab")
            unseen += await page.evaluate(
                """() => { const each = document.activeElement, drawn = getComputedStyle(each);
                    return each === document.body || (drawn.outlineStyle !== "none"
                        && parseFloat(drawn.outlineWidth) >= 2)
                      ? [] : [each.outerHTML.slice(0, 120)]; }"""
            )
        assert unseen == []
        words = await page.evaluate(
            """() => [...document.querySelectorAll("main .badge")].filter(badge => !badge.textContent.trim()
                || !badge.querySelector("svg").getBoundingClientRect().width).length"""
        )
        assert words == 0
        present = await page.evaluate(
            """() => [".side a[aria-current]", ".tabs a[aria-current]", ".bodies a[aria-current]"].map(
                chosen => [chosen, getComputedStyle(document.querySelector(chosen)).fontWeight,
                           getComputedStyle(document.querySelector(chosen)).borderBottomStyle])"""
        )
        assert [one for one in present if int(one[1]) < 600 and one[2] == "none"] == []
        borders = await page.evaluate(
            """() => [...document.querySelectorAll("main .button, main input:not([type=hidden]), main select")]
                .filter(each => each.getBoundingClientRect().width && !each.matches("[type=checkbox], .hidden")
                    && getComputedStyle(each).borderTopStyle === "none").map(each => each.outerHTML.slice(0, 120))"""
        )
        assert borders == []


async def test_nothing_moves_for_whoever_wants_no_motion(browser: Browser, open_page: Open) -> None:
    async with looking(browser, reduced_motion="reduce") as page:
        for path in ("/viec-cua-toi", "/van-ban/den"):
            await open_page(page, path)
            moving = await page.evaluate(
                """() => [document.documentElement, ...document.querySelectorAll("*")].filter(each => {
                    const drawn = getComputedStyle(each);
                    return [...drawn.transitionDuration.split(","), ...drawn.animationDuration.split(",")]
                        .some(time => parseFloat(time) > 0.01) || drawn.scrollBehavior === "smooth"; })
                  .map(each => each.outerHTML.slice(0, 80))"""
            )
            assert moving == [], path


async def test_several_papers_are_selected_by_keyboard_and_told_on_a_phone(browser: Browser, open_page: Open) -> None:
    async with looking(browser, viewport=PHONE) as page:
        await open_page(page, "/van-ban/di?xem=signed")
        assert await page.locator("[data-bulk] button").first.is_disabled()
        await page.keyboard.press("j")
        await page.keyboard.press("x")
        assert await page.locator("[data-selected]").inner_text() == "1"
        found = [*await faults_of(page), *await too_small_for_fingers(page)]
        await page.locator("[data-bulk] button", has_text="Cấp số").click()
        await page.wait_for_url("**/van-ban/nhieu/cap-so?chon=*")
        assert await page.locator("form button", has_text="Cấp số 1 văn bản").is_visible()
        found += [*await faults_of(page), *await too_small_for_fingers(page)]
        await open_page(page, "/thong-bao")
        assert await page.locator(".bell .count").inner_text() == "2"
        found += [*await faults_of(page), *await too_small_for_fingers(page)]
        assert found == []


async def test_enter_opens_a_procedure_only_when_no_other_is_left(
    browser: Browser, busy_lam_son: Organ, visit: Any, actor_with: Any
) -> None:
    """A wrong procedure is a wrong date on a receipt: between several, a person chooses."""
    visitor = await visit(busy_lam_son, await actor_with(busy_lam_son, "counter"))
    choose = f"{str(visitor.http.base_url).rstrip('/')}/ho-so/moi"
    async with looking(browser, viewport={"width": 1366, "height": 768}) as page:
        await seat(page, visitor)
        await page.goto(choose)
        await page.locator("#f-q").fill("khai sinh")
        await page.locator("#f-q").press("Enter")
        await page.wait_for_url("**/ho-so/moi?q=khai+sinh")
        await page.locator("#f-q").fill("1.001193")
        await page.locator("#f-q").press("Enter")
        await page.wait_for_url("**/ho-so/moi?thu-tuc=*")
        assert "1.001193" in await page.content()
