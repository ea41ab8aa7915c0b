"""The administrator's pages of readiness: the list, confirming, the phases, and what everybody else sees of them."""

from typing import Any

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.readiness import phases
from lienxa.platform.readiness.phases import Decision
from lienxa.platform.tenancy.organs import PARALLEL, PREPARING, Organ
from lienxa.tenants.office.pages.readiness import PATH

ITEM = f"{PATH}/muc/people.trained"


async def test_the_administrator_alone_sees_and_decides(
    lam_son: Organ, visit: Any, actor_with: Any, clerk: Actor
) -> None:
    reader = await visit(lam_son, clerk)
    for path in (PATH, ITEM, f"{PATH}/giai-doan?sang=parallel"):
        assert (await reader.get(path)).status_code == 403
    assert (await reader.post(f"{PATH}/giai-doan", {"sang": PARALLEL, "reason": "thử"})).status_code == 403
    assert (await reader.post(f"{ITEM}/xac-nhan", {})).status_code == 403
    administrator = await visit(lam_son, await actor_with(lam_son, "administrator"))
    assert PATH in (await administrator.get("/quan-tri")).text
    assert (await administrator.post(f"{ITEM}/xac-nhan", {"note": "20/11"})).headers["location"] == PATH
    assert (await administrator.post(f"{ITEM}/xac-nhan", {})).status_code == 409
    shown = (await administrator.get(PATH)).text
    assert "xác nhận ngày" in shown
    assert (await administrator.post(f"{ITEM}/rut-lai", {})).status_code == 422
    assert (await administrator.post(f"{ITEM}/rut-lai", {"reason": "thiếu người"})).headers["location"] == PATH
    assert (await administrator.get(f"{PATH}/muc/office.logins")).status_code == 404


async def test_everybody_is_told_during_the_parallel_run_and_citizens_too(
    lam_son: Organ, visit: Any, actor_with: Any, clerk: Actor, do_luong: Organ
) -> None:
    administrator = await visit(lam_son, await actor_with(lam_son, "administrator"))
    assert (await administrator.post(f"{PATH}/giai-doan", {"sang": PARALLEL})).status_code == 422
    moved = await administrator.post(f"{PATH}/giai-doan", {"sang": PARALLEL, "reason": "sổ chưa khớp"})
    assert moved.headers["location"] == PATH
    refused = await administrator.post(f"{PATH}/giai-doan", {"sang": "live", "basis": "QĐ 15"})
    assert refused.status_code == 422
    assert "Đã chốt sổ giấy" in refused.text
    assert "Đang chạy song song." in (await (await visit(lam_son, clerk)).get("/viec-cua-toi")).text
    citizen = await visit(lam_son)
    assert "Tra cứu đang chạy thử." in (await citizen.get("/tra-cuu")).text
    above = await visit(do_luong, await actor_with(do_luong, "watcher"))
    table = (await above.get("/tong-hop")).text
    assert "không gồm đơn vị chưa chính thức" in table
    board = (await above.get("/tong-hop/tien-do")).text
    assert "Chạy song song" in board


async def test_look_up_is_closed_while_the_organ_is_preparing(
    lam_son: Organ, visit: Any, database: Database, actor_with: Any
) -> None:
    administrator = await actor_with(lam_son, "administrator")
    async with database.tenant(lam_son.id) as session:
        for phase in (PARALLEL, PREPARING):
            await phases.enter(session, lam_son, Decision(phase, reason="chưa đủ người"), administrator)
    citizen = await visit(lam_son)
    shown = (await citizen.get("/tra-cuu")).text
    assert "Tra cứu chưa mở" in shown
    assert "<form" not in shown
    assert (await citizen.post("/tra-cuu", {"code": "LS-261121-0001", "secret": "ABCD2345"})).status_code == 404
    call = await citizen.http.get(
        "/api/v1/procedures/standing?code=LS-261121-0001", headers={"case-secret": "ABCD2345"}
    )
    assert call.status_code == 404
