"""The sheets of a parent in a real browser: the wall fits its screen, paper scrolls by keyboard on a phone."""

import pytest
from playwright.async_api import Page
from tests.browser.test_screens import PHONE, FindActor, Visit, faults_of, page, seat

from lienxa.platform import clock
from lienxa.platform.db.session import Database
from lienxa.platform.rollup import repository
from lienxa.platform.rollup.repository import FigureKey
from lienxa.platform.tenancy.organs import Organ

__all__ = ["page"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

ORGANS = 10
MORE_ROWS = """organs => {
  const body = document.querySelector(".wall-table tbody");
  while (body.rows.length < organs) body.append(body.rows[0].cloneNode(true));
  for (const share of document.querySelectorAll("td.wall-share"))
    share.innerHTML = '90%<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"></svg>';
}"""
HEIGHT = "document.documentElement.scrollHeight"
GAP = """document.querySelector(".wall-table thead").getBoundingClientRect().top
       - document.querySelector(".wall-note").getBoundingClientRect().bottom"""


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080)])
async def test_ten_organs_fit_on_the_wall(
    visit: Visit, busy_lam_son: Organ, do_luong: Organ, actor_with: FindActor, page: Page, width: int, height: int
) -> None:
    visitor = await visit(do_luong, await actor_with(do_luong, "watcher"))
    await seat(page, visitor)
    await page.set_viewport_size({"width": width, "height": height})
    await page.goto(f"{str(visitor.http.base_url).rstrip('/')}/tong-hop/man-hinh")
    await page.evaluate(MORE_ROWS, ORGANS)
    assert await page.evaluate(HEIGHT) <= height
    assert await page.evaluate(GAP) >= 4, "the line about invented figures stands apart"
    assert await faults_of(page) == []


@pytest.mark.parametrize("path", ["/tong-hop/in", "/tong-hop/tien-do/in", "/tong-hop"])
async def test_a_phone_shows_tables_without_faults(
    visit: Visit,
    busy_lam_son: Organ,
    do_luong: Organ,
    actor_with: FindActor,
    page: Page,
    path: str,
    database: Database,
) -> None:
    figure = FigureKey(do_luong.id, "documents.incoming", clock.today().replace(day=1), "party")
    async with database.tenant(busy_lam_son.id) as session:
        await repository.write(session, "documents", {figure: 3})
    visitor = await visit(do_luong, await actor_with(do_luong, "watcher"))
    await seat(page, visitor)
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await page.goto(f"{str(visitor.http.base_url).rstrip('/')}{path}")
    assert await faults_of(page) == []
    legend, bars = [await page.locator(f".overview {part} svg:visible").count() for part in (".legend", "td a +")]
    assert (legend > 0, bars > 0) == (path == "/tong-hop",) * 2, "bars are to be seen, and what they mean"
