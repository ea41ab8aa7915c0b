"""Organs as operators see them: how each stands, in counts, with as many statements for one as for hundreds."""

import re
from typing import Any

import psycopg
import pytest
from sqlalchemy import select
from tests.conftest import Visitor

from lienxa.platform.db.session import Database
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.operator import registry
from lienxa.platform.tenancy.organs import Organ


@pytest.fixture
def owner(owner_dsn: str) -> Any:
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        yield connection


def message(owner: psycopg.Connection, organ: Organ, state: str) -> None:
    owner.execute(
        "insert into control.job_queue (queue_name, message_id, state, message, available_at) values ('quick', "
        "gen_random_uuid(), %s, jsonb_build_object('actor_name', 'trial.job', 'args', array[%s]), now())",
        [state, str(organ.id)],
    )


def facts(page: str) -> dict[str, str]:
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page, re.DOTALL)
    return {title: " ".join(re.sub("<[^>]+>", " ", told).split()) for title, told in pairs}


async def test_an_organ_tells_its_jobs_its_lag_and_how_many_sign_on(
    operator: Visitor, owner: psycopg.Connection, lam_son: Organ, giang_son_tay: Organ, visit: Any, clerk: Any
) -> None:
    owner.execute("delete from control.job_queue")
    for state in ("queued", "consumed", "rejected"):
        message(owner, lam_son, state)
    message(owner, giang_son_tay, "rejected")
    owner.execute("insert into control.job_done values (%s, gen_random_uuid(), '2026-11-20 03:04:00+00')", [lam_son.id])
    owner.execute("delete from control.rollup_mark")  # those of the making of the organs
    owner.execute(
        "insert into control.rollup_mark (tenant_id, module, marked_at) "
        "values (%s, 'documents', now() - interval '2 hours')",
        [lam_son.id],
    )
    owner.execute("update control.account_organ set signed_in_at = null where tenant_id = %s", [lam_son.id])
    owner.execute(
        "update control.account_organ set signed_in_at = now() where tenant_id = %s and account_id = %s",
        [lam_son.id, clerk.account_id],
    )
    people = owner.execute("select count(*) from control.account_organ where tenant_id = %s", [lam_son.id]).fetchone()
    page = (await operator.get(f"/van-hanh/don-vi/{lam_son.slug}")).text
    told = facts(page)
    assert told["Việc chờ hoặc đang chạy"] == "2"
    assert told["Việc hỏng"].startswith("1 ")
    assert "20/11/2026" in told["Việc xong lần cuối"]
    assert told["Số tổng hợp"].startswith("Chậm 2 giờ")
    assert people is not None
    assert told["Người dùng"] == str(people[0])
    assert told["Số người đăng nhập lần cuối theo ngày, 14 ngày qua"].endswith(": 1")
    assert told["Loại dữ liệu"] == "Dữ liệu minh họa"
    assert clerk.name not in page
    assert f'href="/van-hanh/viec-hong?don_vi={lam_son.slug}"' in page
    listed = (await operator.get("/van-hanh")).text
    assert f'href="/van-hanh/viec-hong?don_vi={giang_son_tay.slug}">1</a>' in listed


async def test_what_was_broken_off_is_wanted_once_by_its_button(
    operator: Visitor, owner: psycopg.Connection, lam_son: Organ, database: Database
) -> None:
    path = f"/van-hanh/don-vi/{lam_son.slug}"
    assert "/lam-tiep" not in (await operator.get(path)).text
    assert (await operator.post(f"{path}/lam-tiep")).status_code == 409
    owner.execute("update control.tenant set state = 'preparing' where id = %s", [lam_son.id])
    owner.execute("delete from control.preparation where tenant_id = %s", [lam_son.id])
    owner.execute("insert into control.preparation values (%s, 'failed', 3, 10)", [lam_son.id])
    assert f'action="{path}/lam-tiep"' in (await operator.get(path)).text
    for _click in range(2):
        assert (await operator.post(f"{path}/lam-tiep")).status_code == 303
    async with database.control() as control:
        wanted = [message["actor_name"] for message in await control.scalars(select(QueuedJob.message))]
    assert wanted.count("operator.make_demonstration") == 1
    trail = (await operator.get("/van-hanh/nhat-ky")).text
    assert trail.count("Yêu cầu làm tiếp dữ liệu minh họa") == 1


async def test_seven_hundred_organs_come_in_pages_with_the_same_statements(
    operator: Visitor, owner: psycopg.Connection, statements: Any, do_luong: Organ
) -> None:
    with statements() as few:
        await operator.get("/van-hanh")
    owner.execute(
        "with made as (insert into control.tenant "
        "(id, slug, name, kind, level_label, parent_id, state, demonstration, created_at) "
        "select gen_random_uuid(), 'xa-' || n, 'Xã ' || n, 'commune', 'xã', %s, 'active', false, now() "
        "from generate_series(1000, 1699) n returning id, slug) "
        "insert into control.tenant_host (host, tenant_id) select slug || '.localhost', id from made",
        [do_luong.id],
    )
    with statements() as many:
        page = (await operator.get("/van-hanh")).text
    assert len(many.work) == len(few.work), many
    seen = slugs(page)
    assert len(seen) == registry.PAGE
    while following := re.search(r'href="(/van-hanh\?sau=[^"]+)" rel="next"', page):
        page = (await operator.get(following[1])).text
        seen += slugs(page)
    assert len(seen) == len(set(seen))
    assert len([slug for slug in seen if slug.startswith("xa-")]) == 700


def slugs(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/van-hanh/don-vi/([a-z0-9-]+)"', page)
