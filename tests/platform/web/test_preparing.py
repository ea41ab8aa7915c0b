"""An organ whose year is being made says how far it is, on whatever page is asked for, and opens by itself."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import psycopg
import pytest
from litestar import Litestar

from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.tenancy.preparation import Progress, expect

Visit = Callable[..., Awaitable[Any]]


@pytest.fixture
async def coming(giang_son_tay: Organ, operator_database: Database, owner_dsn: str) -> Organ:
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("update control.tenant set state = 'preparing' where id = %s", [giang_son_tay.id])
    async with operator_database.control() as control:
        await expect(control, giang_son_tay.id, 1200)
    return giang_son_tay


@pytest.mark.parametrize("path", ["/viec-cua-toi", "/thu-tuc", "/dang-nhap"])
async def test_every_page_says_how_far_it_is(
    visit: Visit, coming: Organ, operator_database: Database, path: str
) -> None:
    visitor = await visit(coming)
    answer = await visitor.get(path)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "Đang chờ đến lượt" in answer.text
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in answer.text
    progress = Progress(operator_database, coming.id)
    await progress.begin()
    await progress.advance(300)  # not yet written: half a second has not passed
    await progress.end("making")
    answer = await visitor.get(path)
    assert "Đã tạo 300 trong khoảng 1.200" in answer.text
    assert 'aria-valuenow="25"' in answer.text
    await progress.end("failed")
    assert "tự làm lại từ đầu" in (await visitor.get(path)).text


async def test_it_opens_the_moment_it_is_complete(visit: Visit, coming: Organ, owner_dsn: str) -> None:
    visitor = await visit(coming)
    assert (await visitor.get("/thu-tuc")).status_code == 503
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("update control.tenant set state = 'active' where id = %s", [coming.id])
    assert (await visitor.get("/thu-tuc")).status_code == 200


async def test_the_list_of_organs_says_which_are_coming(
    app: Litestar, coming: Organ, lam_son: Organ, operator_database: Database
) -> None:
    progress = Progress(operator_database, coming.id)
    await progress.begin()
    await progress.advance(600)
    await progress.end("making")
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as visitor:
        page = (await visitor.get("/don-vi")).text
    assert page.count("đang tạo dữ liệu") == 1
    line = page[page.index(coming.title) :]
    assert "đang tạo dữ liệu 50%" in line[: line.index("</li>")]
