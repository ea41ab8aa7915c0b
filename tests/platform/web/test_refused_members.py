"""A member who asks for what is not theirs stands in the trail of the organ that was asked; nothing else of it does."""

from typing import Any

from sqlalchemy import select

from lienxa.platform import ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ


async def refused(database: Database, organ: Organ) -> list[tuple[str, str]]:
    """Who was refused at which address."""
    async with database.tenant(organ.id) as session:
        found = await session.scalars(
            select(AuditEvent).where(AuditEvent.action == "access.refused").order_by(AuditEvent.id)
        )
        return [(event.staff_name, f"{event.detail['method']} {event.detail['path']}") for event in found]


async def test_a_right_that_is_missing_and_a_thing_of_others_are_noted(
    visit: Any, database: Database, lam_son: Organ, specialist: Actor
) -> None:
    visitor = await visit(lam_son, specialist)
    unknown = ids.new_id()
    assert (await visitor.get("/quan-tri")).status_code == 403
    assert (await visitor.get(f"/van-ban/{unknown}")).status_code == 404
    assert (await visitor.get(f"/api/v1/documents/{unknown}")).status_code == 404
    assert await refused(database, lam_son) == [
        (specialist.name, "GET /quan-tri"),
        (specialist.name, f"GET /van-ban/{unknown}"),
        (specialist.name, f"GET /api/v1/documents/{unknown}"),
    ]


async def test_a_form_of_another_page_in_the_name_of_a_member_is_noted_as_theirs(
    visit: Any, database: Database, lam_son: Organ, specialist: Actor
) -> None:
    visitor = await visit(lam_son, specialist)
    answer = await visitor.http.post("/phien/may-dung-chung", headers={"origin": "http://elsewhere.localhost:8000"})
    assert answer.status_code == 403
    assert await refused(database, lam_son) == [(specialist.name, "POST /phien/may-dung-chung")]


async def test_slips_of_the_pen_and_what_goes_well_are_not(
    visit: Any, database: Database, lam_son: Organ, specialist: Actor
) -> None:
    visitor = await visit(lam_son, specialist)
    assert (await visitor.get("/khong-co-trang-nay")).status_code == 404
    assert (await visitor.get("/viec-cua-toi")).status_code == 200
    assert await refused(database, lam_son) == []
