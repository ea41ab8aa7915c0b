"""What a person may do, and who sees a thing: told to those who may know, without content."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.office import lending
from lienxa.tenants.office.pages import sight


@pytest.fixture
async def administrator(lam_son: Organ, actor_with: Any) -> Actor:
    return await actor_with(lam_son, "administrator")


async def test_every_right_is_told_with_where_it_comes_from(
    database: Database, administrator: Actor, leader: Actor, office_head: Actor
) -> None:
    span = lending.Span(clock.today(), clock.today() + timedelta(days=3), "Giấy ủy quyền")
    async with database.tenant(leader.organ.id) as session:
        await lending.delegate(session, leader, office_head.staff_id, "TUQ", ["procedures.sign"], span)
        name, sources, _shown = await sight.rights_of(session, administrator, office_head.staff_id)
    assert name == office_head.name
    assert [source.title for source in sources] == [*(post.title for post in office_head.posts), "TUQ. Chủ tịch UBND"]
    assert sources[0].origin == "Chức vụ, vai trò Tổ trưởng Văn phòng"
    assert sources[0].days.startswith("từ ")
    assert sources[-1].origin == f"{leader.name} ủy quyền"
    assert [right for _module, rights in sources[-1].rights for right in rights] == ["Ký kết quả hồ sơ một cửa"]


async def test_ones_own_rights_are_told_and_nobody_elses(sign_in: Any, clerk: Actor, leader: Actor) -> None:
    client = await sign_in(clerk)
    assert "Cấp số văn bản đi" in (await client.get(f"/can-bo/{clerk.staff_id}/quyen")).text
    assert (await client.get(f"/can-bo/{leader.staff_id}/quyen")).status_code == 403
    assert (await client.get(f"/api/v1/office/staff/{leader.staff_id}/rights")).status_code == 403


async def test_who_sees_a_paper_is_told_to_the_administrator_without_the_paper(
    busy_lam_son: Organ, sign_in: Any, administrator: Actor, counter: Actor, owner_dsn: str
) -> None:
    with psycopg.connect(owner_dsn) as connection:
        row = connection.execute(
            "select d.id, d.abstract from app.document d join app.body b on b.tenant_id = d.tenant_id "
            "and b.id = d.body_id where d.tenant_id = %s and b.code = 'party' and not exists "
            "(select 1 from app.access_grant g where g.thing_id = d.id) limit 1",
            [busy_lam_son.id],
        ).fetchone()
    assert row
    document_id, abstract = row
    browser = await sign_in(administrator)
    shown = await browser.get(f"/ai-xem/document/{document_id}")
    assert shown.status_code == 200
    assert abstract not in shown.text
    assert "mở sổ của cơ quan này" in shown.text
    assert (await (await sign_in(counter)).get(f"/ai-xem/document/{document_id}")).status_code == 404
    seers = (await browser.get(f"/api/v1/office/seers/document/{document_id}")).json()
    assert "Bí thư Đảng ủy" in {seer["post"] for seer in seers}
