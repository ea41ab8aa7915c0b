"""What the walks rely on: both browsers start, find the organs' hosts, keep cookies apart and write Vietnamese."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from .conftest import Chromium

pytestmark = pytest.mark.browser

PAGE = "<!doctype html><meta charset=utf-8><title>{host}</title><h1>Đảng ủy xã Lam Sơn: nghị quyết về ngân sách</h1>"
# A letter without a glyph is drawn as the same box as any other.
DRAWINGS = """letters => letters.map(letter => {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  pen.font = "60px sans-serif";
  pen.fillText(letter, 10, 90);
  return canvas.toDataURL();
})"""


@pytest.fixture(params=["chromium-current", "chromium-oldest"])
def chromium(request: pytest.FixtureRequest) -> Chromium:
    """Both browsers, one after the other."""
    return Chromium.of(request.param)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server on 127.0.0.1 whose pages are titled with the host asked for."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        host = head.lower().partition("host: ")[2].splitlines()[0]
        body = PAGE.format(host=host).encode()
        cookie = f"Set-Cookie: seen={host.partition('.')[0]}; HttpOnly; SameSite=Lax\r\n"
        writer.write(
            f"HTTP/1.1 200 OK\r\n{cookie}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
        )
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_hosts_of_organs_are_found_and_their_cookies_kept_apart(browser: Browser, port: int) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    for slug in ("lam-son", "do-luong"):
        address = f"http://{slug}.localhost:{port}"
        await page.goto(address)
        assert await page.title() == f"{slug}.localhost:{port}"
        assert [cookie["value"] for cookie in await context.cookies(address)] == [slug]
    await context.close()


async def test_vietnamese_letters_have_glyphs(
    browser: Browser, port: int, chromium: Chromium, screenshots: Path
) -> None:
    page = await browser.new_page()
    await page.goto(f"http://localhost:{port}")
    letters = [*"ăâêôơưđĂÂÊÔƠƯĐàảãáạằẳẵắặầẩẫấậ", *"ừửữứựỳỷỹýỵ₫"]
    drawings = await page.evaluate(DRAWINGS, letters)
    assert len(set(drawings)) == len(letters)
    await page.screenshot(path=screenshots / f"{chromium.package}.png")
