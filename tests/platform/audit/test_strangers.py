"""Strangers who are refused: counted by network, kind and minute in the trail of the organ that was asked."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from litestar import Litestar
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from lienxa.platform import clock
from lienxa.platform.audit import strangers
from lienxa.platform.audit.jobs import note_strangers
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.strangers import ELSEWHERE, MOST_KEYS, ROWS_A_MINUTE, Refusals, network_of
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ

MOMENT = datetime(2026, 11, 24, 2, 30, 15, tzinfo=UTC)
LATER = MOMENT + timedelta(minutes=3)


async def told(database: Database, organ: Organ) -> list[tuple[datetime, str, str, int]]:
    """What the organ's trail says: when, which kind, from where, how often."""
    async with database.tenant(organ.id) as session:
        found = await session.scalars(
            select(AuditEvent).where(AuditEvent.action == strangers.ACT).order_by(AuditEvent.id)
        )
        return [(one.at, one.detail["kind"], one.detail["address"], one.detail["count"]) for one in found]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::9", "2001:db8:1::/48"),
        ("", ELSEWHERE),
        ("testclient", ELSEWHERE),
    ],
)
def test_of_an_address_the_network_alone_is_kept(address: str, network: str) -> None:
    assert network_of(address) == network


async def test_processes_count_together_and_a_minute_becomes_one_row(
    database: Database, lam_son: Organ, giang_son_tay: Organ
) -> None:
    one, other = Refusals(), Refusals()
    with clock.fixed_at(MOMENT):
        for refusals, times in ((one, 3), (other, 2)):
            for _time in range(times):
                refusals.count(lam_son.id, "nobody", "203.0.113.7")
            await refusals.tell(database)
        one.count(lam_son.id, "forged", "203.0.113.8")
        await one.tell(database)
        await note_strangers(database)
    assert await told(database, lam_son) == []  # the minute is not over
    with clock.fixed_at(LATER):
        await note_strangers(database)
        await note_strangers(database)
    minute = MOMENT.replace(second=0)
    assert await told(database, lam_son) == [
        (minute, "nobody", "203.0.113.0/24", 5),
        (minute, "forged", "203.0.113.0/24", 1),
    ]
    assert await told(database, giang_son_tay) == []


async def test_a_flood_makes_few_rows_and_none_of_it_is_forgotten(database: Database, lam_son: Organ) -> None:
    refusals = Refusals()
    with clock.fixed_at(MOMENT):
        for part in range(MOST_KEYS + 50):
            refusals.count(lam_son.id, "nobody", f"198.{part // 256}.{part % 256}.1")
        await refusals.tell(database)
    with clock.fixed_at(LATER):
        await note_strangers(database)
    rows = await told(database, lam_son)
    assert len(rows) <= ROWS_A_MINUTE + 1
    assert sum(count for *_rest, count in rows) == MOST_KEYS + 50
    assert {address for _at, _kind, address, _count in rows} >= {ELSEWHERE}


async def test_what_cannot_be_told_is_told_later(database: Database, lam_son: Organ) -> None:
    refusals, broken = Refusals(), Database("postgresql://nobody@127.0.0.1:1/none", pool_size=1)
    with clock.fixed_at(MOMENT):
        refusals.count(lam_son.id, "nobody", "203.0.113.7")
        with pytest.raises((SQLAlchemyError, OSError)):
            await refusals.tell(broken)
        await refusals.tell(database)
    await broken.close()
    with clock.fixed_at(LATER):
        await note_strangers(database)
    assert [count for *_rest, count in await told(database, lam_son)] == [1]


async def test_each_way_to_be_refused_is_counted_and_open_pages_are_not(
    app: Litestar, visit: Any, database: Database, lam_son: Organ
) -> None:
    nobody = await visit(lam_son)
    with clock.fixed_at(MOMENT):
        await nobody.get("/thu-tuc")
        await nobody.get("/khong-co-trang-nay")
        await nobody.get("/viec-cua-toi")
        await nobody.get("/api/v1/office/trail")
        await nobody.http.get("/viec-cua-toi", headers={"cookie": "lx_session=forged"})
        await nobody.http.get("/api/v1/office/trail", headers={"authorization": "Bearer forged"})
        await nobody.http.post("/tra-cuu", headers={"origin": "http://elsewhere.localhost:8000"})
        await nobody.get(f"/bieu-trung/{uuid4()}")
        await nobody.get("/lich/ics/chua-tung-co.ics")
        await nobody.get("/dang-nhap/xong?ve=forged")
        await nobody.post("/tra-cuu", {"code": "H1.2.3", "secret": "WRONG"})
        await nobody.http.get("/api/v1/procedures/standing?code=H1.2.3", headers={"case-secret": "WRONG"})
        await app.state[strangers.STATE_KEY].tell(database)
    with clock.fixed_at(LATER):
        await note_strangers(database)
    assert {kind: count for _at, kind, _address, count in await told(database, lam_son)} == {
        "nobody": 2,
        "dead_session": 1,
        "dead_token": 1,
        "forged": 1,
        "unknown_thing": 1,
        "feed": 1,
        "sign_on": 1,
        "look_up": 2,
    }
