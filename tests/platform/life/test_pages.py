"""The operator's pages of an organ's life: each act is wanted once, with what confirms it, and its end is told."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from tests.conftest import Visitor
from tests.platform.operator.conftest import operator, stranger

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.models import Staff
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.db.session import Database
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.life import acts, erasing, works
from lienxa.platform.life.models import OrganWork
from lienxa.platform.notify.models import Notice
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.organs import Organ

__all__ = ["operator", "stranger"]

HERE = "/van-hanh/don-vi/lam-son"


async def wanted(operator: Visitor, path: str, **sent: str) -> UUID:
    key = str(uuid4())
    for _click in range(2):
        answer = await operator.post(path, {"_once": key, **sent})
        assert answer.headers["location"] == f"/van-hanh/viec-don-vi/{key}", answer.text
    return UUID(key)


async def test_an_archive_is_wanted_made_and_taken(
    operator: Visitor, lam_son: Organ, database: Database, operator_database: Database
) -> None:
    key = await wanted(operator, f"{HERE}/xuat")
    async with database.control() as control:
        messages = (await control.scalars(select(QueuedJob.message))).all()
    assert [found["args"] for found in messages if found["actor_name"] == "life.carry_out"] == [[str(key)]]
    assert "data-preparing" in (await operator.get(f"/van-hanh/viec-don-vi/{key}")).text
    assert (await operator.get(f"/van-hanh/viec-don-vi/{key}/tep")).status_code == 404
    await acts.carry_out(operator_database, key)
    shown = (await operator.get(f"/van-hanh/viec-don-vi/{key}")).text
    assert "data-preparing" not in shown
    assert "Tải tệp lưu" in shown
    taken = await operator.get(f"/van-hanh/viec-don-vi/{key}/tep")
    assert taken.content.startswith(b"PK")
    archive = re.findall(r"lam-son-[0-9-]+\.zip", (await operator.get("/van-hanh/khoi-phuc")).text)
    assert archive
    restore = await wanted(operator, "/van-hanh/khoi-phuc", archive=archive[0])
    await acts.carry_out(operator_database, restore)
    assert "đang có trong hệ thống" in (await operator.get(f"/van-hanh/viec-don-vi/{restore}")).text
    trail = (await operator.get("/van-hanh/nhat-ky")).text
    async with database.tenant(lam_son.id) as session:
        events = (await session.scalars(select(AuditEvent).order_by(AuditEvent.at))).all()
        notices = (await session.scalars(select(Notice.kind))).all()
    told = [(event.action, event.detail["operator"]) for event in events if "operator" in event.detail]
    assert [action for action, _name in told] == ["office.exported", "office.archive_taken"]
    assert all(name for _action, name in told)
    assert {"office.exported", "office.archive_taken"} <= set(notices)
    for act in ("Yêu cầu xuất dữ liệu đơn vị", "Xuất dữ liệu đơn vị", "Tải tệp lưu của đơn vị"):
        assert act in trail


async def test_suspended_and_resumed_and_moved(operator: Visitor, lam_son: Organ, operator_database: Database) -> None:
    await acts.carry_out(operator_database, await wanted(operator, f"{HERE}/tam-dung"))
    assert "Cho hoạt động lại" in (await operator.get(f"{HERE}/vong-doi")).text
    await acts.carry_out(operator_database, await wanted(operator, f"{HERE}/hoat-dong-lai"))
    assert "Tạm dừng đơn vị" in (await operator.get(f"{HERE}/vong-doi")).text
    faulty = await operator.post(f"{HERE}/doi-dia-chi", {"host": "www.localhost"})
    assert faulty.status_code == 422
    assert "dành riêng" in faulty.text
    assert 'value="www.localhost"' in faulty.text
    await acts.carry_out(operator_database, await wanted(operator, f"{HERE}/doi-dia-chi", host="xa-lam-son.localhost"))
    assert "xa-lam-son.localhost" in (await operator.get(f"{HERE}/vong-doi")).text


async def test_an_end_is_decided_by_who_types_the_slug_again_and_certified(
    operator: Visitor, visit: Any, lam_son: Organ, database: Database, operator_database: Database
) -> None:
    refused = await operator.post(f"{HERE}/xoa", {"reason": "Sáp nhập", "confirm": "lam-so"})
    assert refused.status_code == 422
    assert "không khớp" in refused.text
    async with database.control() as control:
        assert (await control.scalars(select(OrganWork))).all() == []
    await acts.carry_out(operator_database, await wanted(operator, f"{HERE}/xoa", reason="Sáp nhập", confirm="lam-son"))
    assert "Rút lại quyết định xóa" in (await operator.get(f"{HERE}/vong-doi")).text
    assert "Chờ xóa" in (await operator.get("/van-hanh/da-xoa")).text
    day = f"{clock.legal(clock.now() + timedelta(days=get_settings().erase_after_days)):%d/%m/%Y}"
    assert f"Chờ xóa từ {day}" in (await operator.get("/van-hanh")).text
    async with database.tenant(lam_son.id) as session:
        told = select(Notice.title, Staff.id).join(Staff, Staff.account_id == Notice.account_id)
        told = told.where(Notice.kind == "office.to_be_erased")
        notices = (await session.execute(told)).all()
        leaders = await people.holders_of_role(session, "leader")
    assert {leader.staff_id for leader in leaders} < {notice.id for notice in notices}
    assert all(f"từ ngày {day}" in notice.title and "Lý do: Sáp nhập" in notice.title for notice in notices)
    band = f"Đơn vị sẽ bị xóa khỏi hệ thống từ ngày {day}."
    assert band in (await (await visit(lam_son)).get("/thu-tuc")).text
    with clock.fixed_at(clock.now() + timedelta(days=31)):
        await erasing.carry_out_due(operator_database)
    shown = (await operator.get("/van-hanh/da-xoa")).text
    certificate = re.search(r'href="(/van-hanh/da-xoa/[^"]+/chung-nhan)"', shown)
    assert certificate
    assert (await operator.get(certificate[1])).content.startswith(b"%PDF")
    assert (await operator.get(f"{HERE}/vong-doi")).status_code == 404


async def test_a_stranger_sees_none_of_it(stranger: Visitor, lam_son: Organ) -> None:
    for path in (f"{HERE}/vong-doi", "/van-hanh/khoi-phuc", "/van-hanh/da-xoa", f"/van-hanh/viec-don-vi/{uuid4()}/tep"):
        assert (await stranger.get(path)).headers["location"].startswith("/van-hanh/dang-nhap"), path


async def test_the_page_of_a_restore_says_what_was_withdrawn(operator: Visitor, operator_database: Database) -> None:
    key, said = uuid4(), "đã đóng 2 địa chỉ đồng bộ lịch"
    async with operator_database.control() as control:
        await works.ask(control, None, key, "restore", "van-hanh", None, archive="lam-son.zip")
        work = await works.find(control, key)
        work.state, work.result = "done", {"slug": "lam-son", "rows": 7, "files": 1, "withdrawn": [said]}
    assert f"<li>{said}</li>" in (await operator.get(f"/van-hanh/viec-don-vi/{key}")).text
    async with operator_database.control() as control:  # one of before this was told
        (await works.find(control, key)).result = {"slug": "lam-son", "rows": 7, "files": 1}
    shown = (await operator.get(f"/van-hanh/viec-don-vi/{key}")).text
    assert "giống hệt tệp lưu" in shown
    assert "<li>đã" not in shown
