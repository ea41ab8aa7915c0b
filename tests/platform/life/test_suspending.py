"""A suspended organ may be read, searched and printed, and nothing else; a moved one is found from its old address."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select
from tests.conftest import Visit
from tests.platform.life.conftest import Act

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.files.jobs import draw_pages
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.jobs.running import run_job
from lienxa.platform.life import moving
from lienxa.platform.life.acts import KINDS
from lienxa.platform.tenancy.organs import REMEMBERED_SECONDS, Organ, host_of
from lienxa.tenants.procedures.jobs import follow_calendar


async def test_reads_go_on_and_every_change_is_refused_with_a_clear_page_and_problem(
    act: Act, app: Litestar, busy_lam_son: Organ, clerk: Actor, visit: Visit
) -> None:
    office = await visit(busy_lam_son, clerk)
    assert (await act("suspend", busy_lam_son)).state == "done"
    app.state.hosts._known.clear()
    for path in ("/van-ban/den", "/tim?q=cong", "/van-ban/so", "/api/v1/documents/incoming"):
        answer = await office.get(path)
        assert answer.status_code == 200, path
    assert "Đơn vị đang tạm dừng" in (await office.get("/van-ban/den")).text
    refused = await office.post("/van-ban/den/moi", {"abstract": "Thử"})
    assert refused.status_code == 409
    assert "đang tạm dừng" in refused.text
    problem = await office.post("/api/v1/documents/incoming", {})
    assert problem.status_code == 409
    assert problem.headers["content-type"].startswith("application/problem+json")
    assert problem.json()["code"] == "suspended"

    assert (await act("resume", busy_lam_son)).state == "done"
    assert (await office.post("/van-ban/den/moi", {"abstract": "Thử"})).status_code == 422
    assert "Đơn vị đang tạm dừng" not in (await office.get("/van-ban/den")).text


def test_who_suspends_is_told_how_long_it_takes_to_hold_everywhere() -> None:
    assert f"sau nhiều nhất {int(REMEMBERED_SECONDS)} giây" in KINDS["suspend"].done


async def test_a_job_that_changes_waits_and_one_that_draws_goes_on(
    act: Act, lam_son: Organ, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    async def noted(_session: Any, *_arguments: Any) -> None:
        ran.append("ran")

    async def wanted() -> list[list[str]]:
        async with database.control() as control:
            messages = (await control.scalars(select(QueuedJob.message))).all()
        return [message["args"] for message in messages if message["actor_name"] == follow_calendar.name]

    await act("suspend", lam_son)
    for job in (follow_calendar, draw_pages):
        monkeypatch.setitem(job.__dict__, "function", noted)
    message = uuid4()
    await run_job(follow_calendar, database, message, (str(lam_son.id),))
    await run_job(follow_calendar, database, message, (str(lam_son.id),))  # delivered twice, it waits once
    assert (ran, await wanted()) == ([], [[str(lam_son.id)]])
    await run_job(draw_pages, database, uuid4(), (str(lam_son.id), str(uuid4())))
    assert ran == ["ran"]
    await act("resume", lam_son)
    await run_job(follow_calendar, database, uuid4(), (str(lam_son.id),))
    assert ran == ["ran", "ran"]


async def test_the_old_address_leads_to_the_new_one_for_a_time(
    act: Act, app: Litestar, lam_son: Organ, giang_son_tay: Organ, database: Database, operator_database: Database
) -> None:
    moved = await act("move", lam_son, host="xa-lam-son.localhost")
    assert moved.state == "done", moved.reason
    async with database.control() as control:
        assert await host_of(control, lam_son.id) == "xa-lam-son.localhost"
    app.state.hosts._known.clear()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://lam-son.localhost:8000") as old:
        answer = await old.get("/van-ban/den?trang=2")
        assert answer.status_code == 307
        assert answer.headers["location"] == "http://xa-lam-son.localhost:8000/van-ban/den?trang=2"
        refused = await old.post("/van-ban/den/moi", data={"abstract": "Thử"})
        assert refused.status_code == 410
        assert "http://xa-lam-son.localhost:8000" in refused.text
        with clock.fixed_at(clock.now() + timedelta(days=181)):
            assert (await old.get("/van-ban/den")).status_code == 404
            await moving.forget_old_addresses(operator_database)
    async with httpx.AsyncClient(transport=transport, base_url="http://xa-lam-son.localhost:8000") as new:
        assert (await new.get("/van-ban/den")).headers["location"].startswith("/dang-nhap")
    assert (await act("move", giang_son_tay, host="lam-son.localhost")).state == "done"


@pytest.mark.parametrize(
    ("host", "said"),
    [("giang-son-tay.localhost", "đã có đơn vị dùng"), ("www.localhost", "dành riêng"), ("lam son", "không hợp lệ")],
)
async def test_an_address_that_is_taken_reserved_or_unreadable_is_refused(
    act: Act, lam_son: Organ, giang_son_tay: Organ, database: Database, host: str, said: str
) -> None:
    refused = await act("move", lam_son, host=host)
    assert refused.state == "failed"
    assert said in refused.reason
    async with database.control() as control:
        assert await host_of(control, lam_son.id) == "lam-son.localhost"
