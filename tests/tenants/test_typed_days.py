"""Days that are typed as `+5`, at any page of an organ: they count by the organ's own calendar."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from tests.tenants.conftest import SignIn

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.workdays import Change, repository
from lienxa.tenants.meetings.models import Room, RoomClosure

MONDAY = date(2026, 11, 16)
OFF = Change(date(2026, 11, 17), "day_off", "Hội làng")


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with clock.fixed_at(clock.instant(MONDAY, 8)):
        yield


async def test_they_skip_the_days_off_of_the_organ_alone(
    database: Database, sign_in: SignIn, office_head: Actor, giang_son_tay: Organ, actor_with: Any
) -> None:
    async with database.tenant(office_head.organ.id) as session:
        await repository.add(session, [OFF])
        room = (await session.scalars(select(Room).order_by(Room.position))).first()
    assert room is not None
    here = await sign_in(office_head)
    there = await sign_in(await actor_with(giang_son_tay, "office_head"))
    for _turn in range(2):
        assert "18/11/2026" in (await here.get("/lich/phong?ngay=%2B1")).text
        assert "17/11/2026" in (await there.get("/lich/phong?ngay=%2B1")).text
    answer = await here.send(f"/lich/phong/{room.id}/ngung", {"since": "+1", "until": "+2", "reason": "Sửa mái"})
    assert answer.status_code == 303
    async with database.tenant(office_head.organ.id) as session:
        closure = (await session.scalars(select(RoomClosure))).one()
    assert (closure.closed_from, closure.closed_to) == (date(2026, 11, 18), date(2026, 11, 19))
