"""What the administrator should see to, and where each line leads."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Staff
from lienxa.platform.db.session import Database
from lienxa.platform.identity.models import AccountOrgan
from lienxa.platform.rest.models import ServiceAccount
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.webhooks.models import WebhookDelivery, WebhookEvent, WebhookSubscription
from lienxa.tenants.office import operations
from lienxa.tenants.office.pages import attention

TODAY = date(2026, 11, 24)


@pytest.fixture
async def administrator(lam_son: Organ, actor_with: Any) -> Actor:
    """The administrator of Lam Sơn."""
    return await actor_with(lam_son, "administrator")


async def lines(database: Database, administrator: Actor) -> dict[str, list[str]]:
    """The names by section; sections without any are left out."""
    async with database.tenant(administrator.organ.id) as session:
        found = await attention.sections(session, await attention.known(session))
    return {section.title: [matter.title for matter in section.matters] for section in found if section.matters}


async def test_who_never_signed_in_is_named_until_they_do(
    sign_in: Any, database: Database, administrator: Actor, clerk: Actor
) -> None:
    assert clerk.name in (await lines(database, administrator))["Chưa đăng nhập lần nào"]
    await sign_in(clerk)
    assert clerk.name not in (await lines(database, administrator))["Chưa đăng nhập lần nào"]
    async with database.control() as control:
        await control.execute(update(AccountOrgan).values(signed_in_at=clock.now()))
    assert "Chưa đăng nhập lần nào" not in await lines(database, administrator)


@pytest.mark.parametrize(
    ("days", "badge"), [(-1, "Hết hạn từ 23/11/2026"), (0, "Hết hạn 24/11/2026"), (60, "Hết hạn"), (61, "")]
)
async def test_a_certificate_is_named_in_time(
    sign_in: Any, database: Database, administrator: Actor, leader: Actor, days: int, badge: str
) -> None:
    with clock.fixed_at(clock.instant(TODAY, 9)):
        client = await sign_in(administrator)
        async with database.tenant(leader.organ.id) as session:
            version = (await session.find(Staff, leader.staff_id)).version
        place = f"/quan-tri/can-bo/{leader.staff_id}"
        ends_on = TODAY + timedelta(days=days)
        form = {"version": str(version), "certificate_ends_on": f"{ends_on:%d/%m/%Y}"}
        assert (await client.send(f"{place}/chung-thu", form)).status_code == 303
        assert (await client.send(f"{place}/chung-thu", form)).status_code == 409  # read in an older version
        text = (await client.get(attention.PATH)).text
        named = (await lines(database, administrator)).get("Chứng thư chữ ký số sắp hết hạn", [])
    assert named == ([leader.name] if badge else [])
    assert badge in text


async def test_deliveries_that_were_given_up_lead_to_their_receiver(
    sign_in: Any, database: Database, administrator: Actor
) -> None:
    receiver = WebhookSubscription(
        id=ids.new_id(),
        name="Kho dữ liệu tỉnh",
        address="https://kho.example/nhan",
        secret=b"x",
        created_by=administrator.staff_id,
        created_at=clock.now(),
        delivered_at=clock.now(),
    )
    event = WebhookEvent(
        id=ids.new_id(), event_type="documents.issued", object_id=ids.new_id(), path="/", occurred_at=clock.now()
    )
    async with database.tenant(administrator.organ.id) as session:
        session.add_all([receiver, event])
        await session.flush()
    assert "Gửi sự kiện không được" not in await lines(database, administrator)
    async with database.tenant(administrator.organ.id) as session:
        session.add(
            WebhookDelivery(
                subscription_id=receiver.id,
                event_id=event.id,
                state="failed",
                turn=1,
                tries=8,
                created_at=clock.now(),
                ended_at=clock.now(),
            )
        )
    text = (await (await sign_in(administrator)).get(attention.PATH)).text
    assert "1 lần gửi bỏ cuộc trong 30 ngày" in text
    assert f"/quan-tri/noi-nhan/{receiver.id}" in text


async def test_leavers_without_a_record_and_connections_of_leavers(
    database: Database, administrator: Actor, office_head: Actor
) -> None:
    async with database.tenant(administrator.organ.id) as session:
        account = Staff(
            id=ids.new_id(), account_id=ids.new_id(), full_name="Phần mềm tỉnh", sort_key="x", is_service=True
        )
        session.add(account)
        await session.flush()
        session.add(
            ServiceAccount(
                id=account.id,
                unit_id=office_head.acting.unit_id,
                token_hash=b"x",
                token_hint="abcd",
                expires_on=clock.today() + timedelta(days=300),
                created_by=office_head.staff_id,
                created_at=clock.now(),
            )
        )
    assert "Tài khoản kết nối" not in await lines(database, administrator)
    async with database.tenant(administrator.organ.id) as session:
        person = await session.find(Staff, office_head.staff_id)
        await operations.leave(session, administrator, person.id, person.version, clock.today())
    found = await lines(database, administrator)
    assert found["Nghỉ mà chưa có biên bản bàn giao"] == [office_head.name]
    async with database.tenant(administrator.organ.id) as session:
        row = (await session.scalars(select(Staff).where(Staff.id == office_head.staff_id))).one()
        row.left_on = clock.today() - timedelta(days=1)
    assert (await lines(database, administrator))["Tài khoản kết nối"] == ["Phần mềm tỉnh"]


async def test_every_line_leads_somewhere_and_only_administrators_see_it(
    sign_in: Any, database: Database, administrator: Actor, office_head: Actor
) -> None:
    client = await sign_in(administrator)
    text = (await client.get(attention.PATH)).text
    places = set(re.findall(r'<td data-label="Cần làm"><a href="([^"]+)"', text))
    assert places
    for place in sorted(places)[:3]:
        assert (await client.get(place)).status_code == 200, place
    assert attention.PATH in (await client.get("/quan-tri")).text
    assert (await (await sign_in(office_head)).get(attention.PATH)).status_code == 403
