"""What is the module's own of its API: the rights, the parent's door, and that a list costs no more than its page."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.rollup.models import rollup_mark
from lienxa.platform.tenancy.organs import Organ

MONTH = date(2026, 9, 1)
API = "/api/v1/rollout"
FIGURES = {("documents.incoming", "party"): 3, ("documents.incoming", "committee"): 1200}


@pytest.fixture(autouse=True)
async def current_figures(database: Database, offices: None) -> None:
    """Nothing waits to be computed."""
    async with database.control() as control:
        await control.execute(delete(rollup_mark))


async def send(client: Any, path: str, sent: Any) -> Any:
    """A call as a page of the organ makes it."""
    headers = {"origin": str(client.http.base_url).rstrip("/"), "x-csrf-token": client.csrf}
    return await client.http.post(f"{API}{path}", json=sent, headers=headers)


async def test_the_table_and_its_figures_are_those_of_the_page(
    sign_in: Any, watcher: Actor, lam_son: Organ, giang_son_tay: Organ, publish: Any
) -> None:
    await publish(lam_son, FIGURES, MONTH)
    await publish(giang_son_tay, FIGURES, MONTH)
    client = await sign_in(watcher)
    table = (await client.get(f"{API}/overview?from=2026-09&to=2026-09")).json()
    assert {organ["organ"]: organ["values"]["van-ban-den"] for organ in table["organs"]} == {
        "Lam Sơn": 1203,
        "Giang Sơn Tây": 1203,
    }
    assert table["total"]["values"]["van-ban-den"] == 2406
    course = (await client.get(f"{API}/figures/van-ban-den?organ={lam_son.id}")).json()
    assert {"month": "2026-09", "value": 1203} in course
    refused = await client.get(f"{API}/overview?from=2026-13")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "from")
    named = {one["key"] for one in (await client.get(f"{API}/figures")).json()}
    assert named == set(table["total"]["values"])


async def test_the_rollout_is_kept_by_the_same_operations(
    sign_in: Any, watcher: Actor, lam_son: Organ, giang_son_tay: Organ, phuoc_nam: Organ
) -> None:
    client = await sign_in(watcher)
    kept = await send(client, f"/organs/{lam_son.id}/progress", {"state": "merged", "wave": "pilot"})
    assert (kept.status_code, kept.json()["state"]) == (200, "merged")
    first = (await client.get(f"{API}/organs?limit=1")).json()
    second = (await client.get(f"{API}/organs?limit=1&after={first['next']}")).json()
    assert [one["organ"] for one in (*first["items"], *second["items"])] == ["Giang Sơn Tây", "Lam Sơn"]
    assert second["next"] is None
    assert (await client.get(f"{API}/organs/{phuoc_nam.id}")).status_code == 404

    sent = {"kind": "room", "planned_on": "2026-12-01", "organ_ids": [str(lam_son.id), str(giang_son_tay.id)]}
    planned = await send(client, "/milestones", sent)
    assert (planned.status_code, len(planned.json())) == (201, 2)
    at = planned.headers["location"].removeprefix(API)
    assert (await send(client, "/milestones", {**sent, "organ_ids": [str(phuoc_nam.id)]})).status_code == 422
    assert (await client.get(f"{API}/milestones?view=open")).json()["next"] is None
    moved = await send(client, f"{at}/revise", {"planned_on": "2026-12-20"})
    assert moved.json()["planned_on"] == "2026-12-20"
    assert (await send(client, f"{at}/drop", {"reason": "Không cần nữa"})).status_code == 204
    assert (await client.get(f"{API}{at}")).status_code == 404

    seat = await send(client, "/committee", {"full_name": "Trần Văn Bình", "role": "head", "since": "2026-01-05"})
    assert seat.status_code == 201
    member = seat.headers["location"].removeprefix(API)
    left = {"full_name": "Trần Văn Bình", "role": "head", "since": "2026-01-05", "until": "2026-06-01"}
    assert (await send(client, f"{member}/reseat", left)).json()["until"] == "2026-06-01"

    visit = await send(
        client,
        "/visits",
        {"kind": "working", "organ_id": str(lam_son.id), "visit_on": "2026-01-08", "purpose": "Nắm tình hình"},
    )
    assert visit.status_code == 201
    there = visit.headers["location"].removeprefix(API)
    held = {"state": "held", "visit_on": "2026-01-08", "findings": "Tốt", "rating": "good"}
    assert (await send(client, f"{there}/record", held)).json()["state"] == "held"
    asked = await send(client, f"{there}/follow-ups", {"task": "Lập hồ sơ", "due_on": "2026-02-01"})
    (follow_up,) = asked.json()["follow_ups"]
    done = await send(client, f"/visits/follow-ups/{follow_up['id']}/finish", {"done_on": "2026-01-30"})
    assert done.json()["follow_ups"][0]["done_on"] == "2026-01-30"


async def test_a_month_is_closed_and_reopened(
    sign_in: Any, director: Actor, watcher: Actor, office_head: Actor, lam_son: Organ, publish: Any
) -> None:
    await publish(lam_son, FIGURES, MONTH)
    with clock.fixed_at(clock.instant(date(2026, 10, 3), 9)):
        assert (await send(await sign_in(watcher), "/reports", {"month": "2026-09"})).status_code == 403
        for actor in (director, office_head):
            client = await sign_in(actor)
            closed = await send(client, "/reports", {"month": "2026-09", "note": "Báo cáo tháng"})
            assert closed.status_code == 201, closed.text
            at = closed.headers["location"].removeprefix(API)
            assert closed.json()["total"]["values"]["van-ban-den"] == 1203
            assert (await send(client, "/reports", {"month": "2026-09"})).status_code == 409
            early = await send(client, "/reports", {"month": "2026-10"})
            assert (early.status_code, early.json()["errors"][0]["field"]) == (422, "month")
            live = (await client.get(f"{API}/reports/months/2026-09")).json()
            assert {one["organ"]: one["values"]["van-ban-den"] for one in live}["Lam Sơn"] == 1203
            again = (await send(client, f"{at}/reopen", {"reason": "Bổ sung"})).json()
            assert (again["period"]["state"], again["period"]["reopen_reason"]) == ("reopened", "Bổ sung")
            assert [one["month"] for one in (await client.get(f"{API}/reports")).json()["items"]] == ["2026-09"]


async def test_a_commune_has_its_report_alone(sign_in: Any, leader: Actor, lam_son: Organ) -> None:
    client = await sign_in(leader)
    for path in ("/overview", "/figures", "/organs", f"/organs/{lam_son.id}", "/milestones", "/committee", "/visits"):
        assert (await client.get(f"{API}{path}")).status_code in (403, 404), path
    assert (await client.get(f"{API}/reports")).status_code == 200


async def test_a_list_costs_no_more_than_its_page(
    sign_in: Any, watcher: Actor, statements: Any, lam_son: Organ
) -> None:
    client = await sign_in(watcher)
    for path, page in (
        ("/milestones", "/tong-hop/tien-do/moc"),
        ("/visits", "/tong-hop/tien-do/lam-viec"),
        ("/reports", "/bao-cao"),
        ("/overview", "/tong-hop"),
    ):
        cost = []
        for asked in (f"{API}{path}", page):
            await client.get(asked)
            with statements() as sent:
                assert (await client.get(asked)).status_code == 200
            cost.append(len(sent.work))
        assert cost[0] <= cost[1], path
