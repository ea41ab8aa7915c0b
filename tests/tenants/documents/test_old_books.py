"""Old books from a spreadsheet: what is taken in, what is refused with which remedy, and how the books go on."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.imports.kinds import CheckedLine, Line
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents import operations
from lienxa.tenants.documents.models import Document, NumberCounter, NumberSeries

from .conftest import Do, MakeEntry

IN, OUT = operations.old_books.IMPORTS
MONDAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with clock.fixed_at(clock.instant(MONDAY, 8)):
        yield


def incoming(number: str, **other: str) -> dict[str, str]:
    """A line of an incoming book; anything can be said otherwise."""
    usual = {
        "received_on": "05/01/2026",
        "number": number,
        "author_organ": "UBND huyện",
        "author_symbol": "125/QĐ-UBND",
        "doc_date": "02/01/2026",
        "abstract": "Về việc giao dự toán",
        "body": "UBND",
    }
    return usual | other


def outgoing(symbol: str, **other: str) -> dict[str, str]:
    """A line of an outgoing book."""
    return {"number_text": symbol, "doc_date": "06/01/2026", "abstract": "Phân bổ kinh phí"} | other


def lines(*rows: Mapping[str, str]) -> list[Line]:
    """Lines as they are read, the first in row 2; empty cells are not there."""
    return [
        Line(number, {field: cell for field, cell in row.items() if cell}) for number, row in enumerate(rows, start=2)
    ]


def faults(checked: Sequence[CheckedLine]) -> list[list[str]]:
    """The faulty fields of each line; every fault says why and what to do."""
    assert all(fault.reason and fault.remedy for line in checked for fault in line.faults)
    assert all((line.entry is None) == bool(line.faults) for line in checked)
    return [[fault.field for fault in line.faults] for line in checked]


async def counter(database: Database, actor: Actor, code: str, period: str) -> int | None:
    """Where a book stands."""
    async with database.tenant(actor.organ.id) as session:
        query = select(NumberCounter.last_number).where(
            NumberCounter.series_id == select(NumberSeries.id).where(NumberSeries.code == code).scalar_subquery(),
            NumberCounter.period == period,
        )
        found: int | None = await session.scalar(query)
        return found


async def documents(database: Database, actor: Actor) -> dict[str, Document]:
    """All papers by number."""
    async with database.tenant(actor.organ.id) as session:
        return {found.number_text: found for found in await session.scalars(select(Document))}


async def test_an_incoming_book_comes_in_as_finished_and_goes_on(
    database: Database, do: Do, clerk: Actor, entry: MakeEntry, bodies: Mapping[str, UUID]
) -> None:
    rows = lines(
        incoming("1"),
        incoming("3", abstract="Công văn V/v họp", author_symbol="", doc_date="", body="Hội đồng nhân dân"),
        incoming("40", received_on="31/12/2025", book_note="Bản giấy ở tủ 3"),
    )
    checked = await do(IN.check, clerk, rows)
    assert faults(checked) == [[], [], []]
    told = await do(IN.write, clerk, [line.entry for line in checked])
    assert "3 văn bản" in told
    found = await documents(database, clerk)
    assert {number: paper.state for number, paper in found.items()} == {"1": "done", "3": "done", "40": "done"}
    assert found["1"].type_code == "state/quyet-dinh"
    assert (found["3"].type_code, found["3"].abstract) == ("state/cong-van", "V/v họp")
    assert found["3"].body_id == bodies["council"]
    assert (found["40"].period, found["40"].book_note) == ("2025", "Bản giấy ở tủ 3")
    assert clock.legal(found["1"].listed_at).date() == date(2026, 1, 5)
    assert await counter(database, clerk, "incoming", "2026") == 3
    registered = await do(operations.incoming.register_incoming, clerk, entry())
    assert registered.number == 4


async def test_an_outgoing_book_is_understood_by_its_symbols(
    database: Database, do: Do, clerk: Actor, leader: Actor, bodies: Mapping[str, UUID]
) -> None:
    rows = lines(
        outgoing("05/QĐ-UBND", signer=leader.name.upper(), copies="3"),
        outgoing("12/UBND-VP", signer="Phó Chủ tịch cũ"),
        outgoing("02-NQ/ĐU", doc_date="10/07/2025", abstract="Nghị quyết về chuyển đổi số"),
        outgoing("07/NQ-HĐND"),
    )
    checked = await do(OUT.check, clerk, rows)
    assert faults(checked) == [[], [], [], []]
    await do(OUT.write, clerk, [line.entry for line in checked])
    found = await documents(database, clerk)
    decision, letter, resolution = found["05/QĐ-UBND"], found["12/UBND-VP"], found["02-NQ/ĐU"]
    assert (decision.state, decision.type_code, decision.signer_id) == ("issued", "state/quyet-dinh", leader.staff_id)
    assert (letter.type_code, letter.signer_id, letter.signer_title) == ("state/cong-van", None, "Phó Chủ tịch cũ")
    assert (resolution.body_id, resolution.type_code) == (bodies["party"], "party/nghi-quyet")
    assert (resolution.period, resolution.abstract) == ("2025-2030", "Về chuyển đổi số")
    assert await counter(database, clerk, "committee/QĐ", "2026") == 5
    assert await counter(database, clerk, "party/NQ", "2025-2030") == 2


async def test_each_bad_line_says_which_cell_and_what_to_do(do: Do, clerk: Actor) -> None:
    checked = await do(
        IN.check,
        clerk,
        lines(
            incoming("1"),
            incoming("1"),
            incoming("2a"),
            incoming("3", received_on="31/02/2026"),
            incoming("4", received_on="24/11/2026"),
            incoming("5", body="Ban Chấp hành"),
            incoming("6", secrecy="Tối mật"),
            incoming("7", type="Sắc lệnh"),
            incoming("", author_organ="", abstract=""),
            incoming("8", secrecy="Thường", type="quyết định"),
        ),
    )
    assert faults(checked) == [
        [],
        ["number"],
        ["number"],
        ["received_on"],
        ["received_on"],
        ["body"],
        ["secrecy"],
        ["type"],
        ["number", "author_organ", "abstract"],
        [],
    ]
    assert "dòng 2" in checked[1].faults[0].reason
    outgoing_lines = lines(
        outgoing("QĐ-UBND"),
        outgoing("5/QĐ-SNV"),
        outgoing("01-NQ/ĐU", doc_date="01/03/2019"),
        outgoing("09a/QĐ-UBND"),
        outgoing("9/QĐ-UBND", type="Luật"),
    )
    assert faults(await do(OUT.check, clerk, outgoing_lines)) == [
        ["number_text"],
        ["body"],
        ["doc_date"],
        ["number_text"],
        ["type"],
    ]


async def test_what_stands_in_the_book_is_not_taken_in_again(
    database: Database, do: Do, clerk: Actor, entry: MakeEntry
) -> None:
    await do(operations.incoming.register_incoming, clerk, entry())
    checked = await do(IN.check, clerk, lines(incoming("1"), incoming("2")))
    assert faults(checked) == [["number"], []]
    await do(IN.write, clerk, [line.entry for line in checked if line.entry])
    again = await do(IN.check, clerk, lines(incoming("1"), incoming("2")))
    assert faults(again) == [["number"], ["number"]]
    assert await counter(database, clerk, "incoming", "2026") == 2


async def test_a_lower_number_does_not_set_the_book_back(
    database: Database, do: Do, clerk: Actor, lam_son: Organ, actor_with: Any
) -> None:
    administrator = await actor_with(lam_son, "administrator")
    await do(operations.series.set_opening_number, administrator, "incoming", 100, "sổ giấy")
    checked = await do(IN.check, clerk, lines(incoming("7")))
    await do(IN.write, clerk, [line.entry for line in checked])
    assert await counter(database, clerk, "incoming", "2026") == 99


async def test_checking_costs_the_same_for_many_lines(
    database: Database, do: Do, clerk: Actor, statements: Any
) -> None:
    async def cost(count: int) -> int:
        with statements() as sent:
            await do(IN.check, clerk, lines(*(incoming(f"{number}") for number in range(1, count + 1))))
        return len(sent.work)

    assert await cost(1) == await cost(200)
    checked = await do(IN.check, clerk, lines(*(incoming(f"{number}") for number in range(1, 401))))
    with statements() as sent:
        await do(IN.write, clerk, [line.entry for line in checked])
    assert len(sent.work) <= 4
