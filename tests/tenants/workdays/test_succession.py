"""The calendar when communes are merged: announced days hold, and no promised day moves."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.workdays import Change, ChangeKind, repository
from lienxa.tenants.procedures import operations
from lienxa.tenants.procedures.models import Case
from lienxa.tenants.procedures.schemas import ReceiveCase

Merged = Callable[[], Awaitable[Organ]]


def _working_day(after: int) -> date:
    """The first Monday to Friday that lies so many days ahead or more."""
    day = clock.today() + timedelta(days=after)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


async def days_of(database: Database, organ: Organ) -> list[tuple[date, str, str, str]]:
    async with database.tenant(organ.id) as session:
        return [(row.day, row.kind, row.name, row.origin) for row in await repository.changes(session)]


async def change(database: Database, organ: Organ, day: date, name: str, origin: str = "own") -> None:
    kind: ChangeKind = "day_off"
    async with database.tenant(organ.id) as session:
        await repository.add(session, [Change(day, kind, name)], origin)


async def test_announced_days_of_both_hold_and_what_is_past_stays_there(
    database: Database, lam_son: Organ, giang_son_tay: Organ, merged: Merged
) -> None:
    same, fair, past = _working_day(7), _working_day(15), clock.today() - timedelta(days=3)
    await change(database, lam_son, past, "Mất điện")
    await change(database, lam_son, same, "Chuyển trụ sở")
    await change(database, giang_son_tay, same, "Đại hội")
    await change(database, giang_son_tay, fair, "Lễ hội")
    for organ in (lam_son, giang_son_tay):
        await change(database, organ, _working_day(30), "Huyện cho nghỉ", "above")
    before = await days_of(database, lam_son)
    new = await merged()
    first, second, third = await days_of(database, new)
    assert first[0] == same
    assert first[2] in ("Chuyển trụ sở (Lam Sơn)", "Đại hội (Giang Sơn Tây)")
    assert second == (fair, "day_off", "Lễ hội (Giang Sơn Tây)", "own")
    assert third == (_working_day(30), "day_off", "Huyện cho nghỉ", "above")
    assert await days_of(database, lam_son) == before


async def test_no_promised_day_moves(
    database: Database, lam_son: Organ, giang_son_tay: Organ, counter: Actor, actor_with: Any, merged: Merged
) -> None:
    await change(database, giang_son_tay, _working_day(1), "Lễ hội")
    async with database.tenant(lam_son.id) as session:
        case = await operations.receive_case(
            session, counter, ReceiveCase("1.001193", "Nguyễn Văn Ân", "0912 345 678", "Xóm 3", papers=("Tờ khai",))
        )
    new = await merged()
    async with database.tenant(new.id) as session:
        await operations.follow_calendar(session)
    async with database.tenant(new.id) as session:
        (here,) = (await session.scalars(select(Case))).all()
    assert (here.due_on, here.due_at) == (case.due_on, case.due_at)
