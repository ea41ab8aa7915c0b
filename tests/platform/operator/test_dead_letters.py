"""Dead letters on the operator's page: told without content, wanted again once, given up for a reason."""

import json
import re
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import select
from tests.conftest import Visitor

from lienxa.platform.audit import operators
from lienxa.platform.db.session import Database
from lienxa.platform.jobs import dead_letters as queue
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.operator import console, dead_letters
from lienxa.platform.tenancy.organs import Organ

TRACE = "0af7651916cd43dd8448eb211c80319c"


class Dead:
    """Puts dead letters into the queue, as a worker leaves them."""

    def __init__(self, owner_dsn: str) -> None:
        self._dsn = owner_dsn

    def __call__(self, organ: Organ | None, job: str = "procedures.follow_calendar", hours: float = 1) -> UUID:
        key = uuid4()
        message = {
            "queue_name": "quick.DQ",
            "actor_name": job,
            "args": [str(organ.id)] if organ else [],
            "kwargs": {},
            "message_id": str(key),
            "message_timestamp": 0,
            "options": {
                "retries": 9,
                "eta": 1,
                "requeue_timestamp": 1,
                "otel": {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"},
                "traceback": 'Traceback\n  File "/srv/lienxa/procedures/jobs.py", line 17, in follow_calendar\n'
                "sqlalchemy.exc.IntegrityError",
            },
        }
        with psycopg.connect(self._dsn) as connection:
            connection.execute(
                "insert into control.job_queue (queue_name, message_id, state, message, available_at, mtime) "
                "values ('quick.DQ', %s, 'rejected', %s, now(), now() - make_interval(secs => %s))",
                [key, json.dumps(message), hours * 3600],
            )
        return key


@pytest.fixture
def dead(owner_dsn: str) -> Dead:
    with psycopg.connect(owner_dsn) as connection:
        connection.execute(
            "insert into control.job_kind (job, title) values ('procedures.follow_calendar', 'Tính lại hạn hồ sơ')"
        )
    return Dead(owner_dsn)


async def queued(database: Database) -> dict[UUID, QueuedJob]:
    async with database.control() as control:
        return {row.message_id: row for row in await control.scalars(select(QueuedJob))}


async def died(database: Database, key: UUID) -> str:
    return (await queued(database))[key].mtime.isoformat()


async def trail(database: Database) -> list[tuple[str, str, str]]:
    async with database.control() as control:
        return [(e.action, e.organ or "", e.detail) for e in await operators.latest(control) if e.action[:4] == "job."]


async def test_the_page_tells_what_failed_where_and_how_to_find_the_log(
    operator: Visitor, dead: Dead, lam_son: Organ
) -> None:
    dead(lam_son)
    page = (await operator.get("/van-hanh/viec-hong")).text
    for told in ("Tính lại hạn hồ sơ", lam_son.title, "Trái với ràng buộc", "jobs.py:17, follow_calendar", TRACE):
        assert told in page, told
    assert "9 lần" in page


async def test_a_double_click_wants_it_again_once(
    operator: Visitor, dead: Dead, lam_son: Organ, database: Database
) -> None:
    key = dead(lam_son)
    form = {"luc": await died(database, key)}
    answers = [await operator.post(f"/van-hanh/viec-hong/{key}/chay-lai", form) for _click in range(2)]
    assert [answer.headers["location"] for answer in answers] == ["/van-hanh/viec-hong"] * 2
    row = (await queued(database))[key]
    assert (row.state, row.queue_name, row.message["queue_name"]) == ("queued", "quick", "quick")
    assert row.message["options"].keys() == {"otel", "tried_before"}
    assert row.message["options"]["tried_before"] == 9
    assert row.message["args"] == [str(lam_son.id)]
    assert await trail(database) == [("job.retried", lam_son.name, "Tính lại hạn hồ sơ")]


async def test_a_page_of_before_does_not_touch_a_later_death(
    operator: Visitor, dead: Dead, lam_son: Organ, database: Database, owner_dsn: str
) -> None:
    key = dead(lam_son)
    shown = await died(database, key)
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("update control.job_queue set mtime = now()")
    await operator.post(f"/van-hanh/viec-hong/{key}/chay-lai", {"luc": shown})
    await operator.post(f"/van-hanh/viec-hong/{key}/bo", {"luc": shown, "ly_do": "không cần nữa"})
    assert (await queued(database))[key].state == "rejected"
    assert await trail(database) == []


async def test_all_of_a_kind_that_the_page_showed_are_wanted_again(
    operator: Visitor, dead: Dead, lam_son: Organ, giang_son_tay: Organ, database: Database
) -> None:
    old, older = dead(lam_son, hours=2), dead(giang_son_tay, hours=3)
    other = dead(None, "jobs.forget_done", hours=2)
    until = await died(database, old)
    later = dead(lam_son, hours=0.1)
    for _click in range(2):
        await operator.post("/van-hanh/viec-hong/chay-lai", {"viec": "procedures.follow_calendar", "luc": until})
    rows = await queued(database)
    states = {key: rows[key].state for key in (old, older, other, later)}
    assert states == {old: "queued", older: "queued", other: "rejected", later: "rejected"}
    assert await trail(database) == [("job.retried", "", "Tính lại hạn hồ sơ: 2 việc")]


async def test_giving_up_asks_for_a_reason_and_keeps_it(
    operator: Visitor, dead: Dead, lam_son: Organ, database: Database
) -> None:
    key = dead(lam_son)
    shown = await died(database, key)
    refused = await operator.post(f"/van-hanh/viec-hong/{key}/bo", {"luc": shown, "ly_do": "  "})
    assert refused.status_code == 422
    assert "Chưa ghi lý do." in refused.text
    assert key in await queued(database)
    form = await operator.get(f"/van-hanh/viec-hong/{key}")
    assert 'name="ly_do"' in form.text
    for _click in range(2):
        answer = await operator.post(f"/van-hanh/viec-hong/{key}/bo", {"luc": shown, "ly_do": "đơn vị  đã giải thể"})
        assert answer.status_code == 303
    assert key not in await queued(database)
    assert await trail(database) == [("job.given_up", lam_son.name, "Tính lại hạn hồ sơ. Lý do: đơn vị đã giải thể")]
    assert "đơn vị đã giải thể" in (await operator.get("/van-hanh/nhat-ky")).text
    assert (await operator.get(f"/van-hanh/viec-hong/{key}")).status_code == 404


@pytest.mark.parametrize("moment", ["", "hôm qua", "2026-11-24"])
async def test_a_form_without_its_moment_changes_nothing(
    operator: Visitor, dead: Dead, lam_son: Organ, database: Database, moment: str
) -> None:
    key = dead(lam_son)
    answer = await operator.post(f"/van-hanh/viec-hong/{key}/chay-lai", {"luc": moment})
    assert answer.status_code < 500
    assert (await queued(database))[key].state == "rejected"


async def test_pages_of_many_come_one_after_the_other_with_the_same_statements(
    operator: Visitor, dead: Dead, lam_son: Organ, database: Database, statements: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (queue, console):
        monkeypatch.setattr(module, "PAGE", 3)
    keys = [str(dead(lam_son, hours=number + 1)) for number in range(5)]
    with statements() as sent:
        first = (await operator.get("/van-hanh/viec-hong")).text
    assert len(sent.work) <= 4, sent
    assert shown(first) == keys[:3]
    following = re.search(r'href="(/van-hanh/viec-hong\?[^"]+)" rel="next"', first)
    assert following is not None
    second = (await operator.get(following[1].replace("&amp;", "&"))).text
    assert shown(second) == keys[3:]
    of_organ = (await operator.get(f"/van-hanh/viec-hong?don_vi={lam_son.slug}")).text
    assert shown(of_organ) == keys[:3]


def shown(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"/van-hanh/viec-hong/([0-9a-f-]{36})/chay-lai", page)))


async def test_nothing_dead_is_said(operator: Visitor) -> None:
    assert "Không có việc hỏng" in (await operator.get("/van-hanh/viec-hong")).text


def test_an_error_is_its_type_and_its_place() -> None:
    traceback = 'Traceback\n  File "a/b.py", line 3, in go\nhttpx.ConnectError'
    assert dead_letters._last_error(traceback) == ("ConnectError", "b.py:3, go")
    assert dead_letters._last_error("") == ("", "")
