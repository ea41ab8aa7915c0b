"""Whatever the administrator does to the series, whenever: no number text comes twice, and every hole is explained."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.db.session import Database
from lienxa.platform.errors import InvalidInput
from lienxa.tenants.documents import api, operations, repository, rules
from lienxa.tenants.documents.models import Document
from lienxa.tenants.documents.schemas import SignedPaper

from .conftest import Do

LETTER, DECISION, REPORT, NOTICE = "state/cong-van", "state/quyet-dinh", "state/bao-cao", "state/thong-bao"
OFFERED = {
    "committee": (LETTER, DECISION, REPORT, NOTICE),
    "party": ("party/nghi-quyet", "party/quyet-dinh", "party/quy-dinh", "party/cong-van"),
}
NEW_YEARS_EVE = date(2026, 12, 31)


@pytest.fixture(autouse=True)
def _before_new_year() -> Iterator[None]:
    with clock.fixed_at(clock.instant(NEW_YEARS_EVE, 16)):
        yield


@pytest.fixture
async def administrator(lam_son: Any, actor_with: Any) -> Actor:
    """The administrator of Lam Sơn."""
    found: Actor = await actor_with(lam_son, "administrator")
    return found


def signed_elsewhere(body_id: UUID, type_code: str, signer_id: UUID) -> SignedPaper:
    """A paper that needs nothing but its number."""
    return SignedPaper(
        body_id, type_code, "Giấy", "Lưu: VT.", None, signer_id, "Chủ tịch", clock.now(), "Việc", "/viec-cua-toi"
    )


# --- At the same instant --------------------------------------------------------------------------------------------


async def test_moving_and_raising_series_while_numbers_are_given(
    database: Database, do: Do, administrator: Actor, clerk: Actor, leader: Actor, bodies: dict[str, UUID]
) -> None:
    committee, offered = bodies["committee"], (DECISION, REPORT)
    clients, each = 8, 6
    start = asyncio.Barrier(clients + 2)

    async def give(number: int) -> None:
        await start.wait()
        for turn in range(each):
            wanted = signed_elsewhere(committee, offered[(number + turn) % 2], leader.staff_id)
            await do(operations.enter_signed, clerk, wanted)  # never refused, whatever moves meanwhile

    async def move() -> None:
        await start.wait()
        for number in (20, 40, 60, 80):
            with suppress(InvalidInput):
                await do(api.share_series, administrator, committee, offered, api.ONE_NEW, number)
            with suppress(InvalidInput):
                await do(api.share_series, administrator, committee, offered, api.EACH_OWN, number + 10)

    async def raise_numbers() -> None:
        await start.wait()
        for number in (15, 35, 55, 75, 95):
            code = (await do(api.body_books, administrator, committee)).series_of[DECISION]
            with suppress(InvalidInput):
                await do(api.set_opening_number, administrator, code, number, "Sổ giấy")

    await asyncio.gather(*(give(number) for number in range(clients)), move(), raise_numbers())
    async with database.tenant(clerk.organ.id) as session:
        papers = (await session.scalars(select(Document).where(Document.direction == rules.OUTGOING))).all()
        raised = {
            (event.object_id, event.detail["number"])
            for event in await session.scalars(select(AuditEvent).where(AuditEvent.object_type == "series"))
            if "number" in event.detail
        }
    assert len({paper.number_text for paper in papers}) == len(papers) == clients * each
    by_series: dict[Any, list[int]] = {}
    for paper in papers:
        by_series.setdefault(paper.series_id, []).append(paper.number or 0)
    for series_id, numbers in by_series.items():
        for number in sorted(numbers):
            follows = number == 1 or number - 1 in numbers
            assert follows or (series_id, number) in raised, "a hole that nobody asked for"


async def test_who_waits_over_midnight_for_a_move_takes_a_number_of_the_new_year(
    monkeypatch: pytest.MonkeyPatch, database: Database, do: Do, administrator: Actor, clerk: Actor, leader: Actor,
    bodies: dict[str, UUID],
) -> None:  # fmt: skip
    committee = bodies["committee"]
    wanted = signed_elsewhere(committee, DECISION, leader.staff_id)
    first = await do(operations.enter_signed, clerk, wanted)
    assert (first.number_text, first.period) == ("01/QĐ-UBND", "2026")
    now = [clock.instant(NEW_YEARS_EVE, 23, 59)]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    async with database.tenant(administrator.organ.id) as session:
        await repository.outgoing_uses(session, committee, lock=True)
        waiting = asyncio.create_task(do(operations.enter_signed, clerk, wanted))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        now[0] = clock.instant(date(2027, 1, 1))
        await api.share_series(session, administrator, committee, [DECISION, REPORT], api.ONE_NEW)
    second = await waiting
    assert (second.number_text, second.period) == ("01/QĐ-UBND", "2027")


async def test_who_waits_for_a_new_term_takes_a_number_of_it(
    database: Database, do: Do, administrator: Actor, clerk: Actor, secretary: Actor, bodies: dict[str, UUID]
) -> None:
    wanted = signed_elsewhere(bodies["party"], "party/nghi-quyet", secretary.staff_id)
    with clock.fixed_at(clock.instant(date(2030, 6, 13), 8)):
        async with database.tenant(administrator.organ.id) as session:
            await repository.stop_numbers(session)
            waiting = asyncio.create_task(do(operations.enter_signed, clerk, wanted))
            await asyncio.sleep(0.2)
            assert not waiting.done()
            await api.close_term(session, administrator, "2030-2035", date(2030, 6, 12))
        paper = await waiting
    assert (paper.number_text, paper.period) == ("01-NQ/ĐU", "2030-2035")
