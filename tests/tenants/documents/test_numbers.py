"""Numbers have no gap and no double, whoever asks at the same instant, and begin again when their period does."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, InvalidInput
from lienxa.platform.identity.provisioning import provisioner_for
from lienxa.platform.module import Opening
from lienxa.platform.operator import onboarding
from lienxa.platform.operator.onboarding import OrganSpec, Person
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import LIVE
from lienxa.tenants.documents import operations, repository, rules
from lienxa.tenants.documents.models import CommitteeTerm, Document, NumberCounter
from lienxa.tenants.documents.rules import INCOMING

from .conftest import PDF, Check, Do, MakeDraft, MakeEntry

CLIENTS, EACH = 32, 6


@pytest.fixture(autouse=True)
def _before_new_year() -> Iterator[None]:
    with clock.fixed_at(clock.instant(date(2026, 12, 31), 16)):
        yield


async def signed(do: Do, check: Check, drafter: Actor, leader: Actor, wanted: Any) -> UUID:
    document = await do(operations.drafts.create_draft, drafter, wanted, PDF)
    await do(operations.drafts.submit, drafter, document.id)
    await check(document.id)
    await do(operations.drafts.sign, leader, document.id)
    return document.id


async def test_32_clients_at_one_book_leave_no_gap_and_no_double(
    database: Database, do: Do, entry: MakeEntry, clerk: Actor
) -> None:
    start = asyncio.Barrier(CLIENTS)

    async def client(number: int) -> None:
        await start.wait()
        for turn in range(EACH):
            await do(operations.incoming.register_incoming, clerk, entry(author_symbol=f"{number}-{turn}/CV"))

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    async with database.tenant(clerk.organ.id) as session:
        numbers = (await session.scalars(select(Document.number).order_by(Document.listed_at, Document.id))).all()
        last = await session.scalar(select(NumberCounter.last_number))
    assert sorted(numbers) == list(range(1, CLIENTS * EACH + 1))  # type: ignore[type-var]
    assert last == CLIENTS * EACH


async def test_32_clients_give_numbers_while_others_fail_and_nothing_is_lost(
    database: Database, do: Do, draft: MakeDraft, clerk: Actor, leader: Actor, specialist: Actor, check: Check
) -> None:
    waiting = [await signed(do, check, specialist, leader, draft()) for _number in range(CLIENTS)]

    async def client(number: int, document_id: UUID) -> None:
        if number % 4 == 0:  # the first try ends after the number was taken
            with suppress(RuntimeError):
                async with database.tenant(clerk.organ.id) as session:
                    await operations.issuing.give_number(session, clerk, document_id)
                    await asyncio.sleep(0)
                    raise RuntimeError("no power")
        await do(operations.issuing.give_number, clerk, document_id)

    await asyncio.gather(*(client(number, document_id) for number, document_id in enumerate(waiting)))
    async with database.tenant(clerk.organ.id) as session:
        given = (await session.scalars(select(Document.number_text))).all()
    assert sorted(given) == sorted(f"{number:02d}/QĐ-UBND" for number in range(1, CLIENTS + 1))


async def test_two_clerks_at_one_paper_give_one_number(
    database: Database, do: Do, draft: MakeDraft, clerk: Actor, leader: Actor, specialist: Actor, check: Check
) -> None:
    document_id = await signed(do, check, specialist, leader, draft())
    answers = await asyncio.gather(
        *(do(operations.issuing.give_number, clerk, document_id) for _clerk in range(8)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict"] * 7 + ["Document"]
    async with database.tenant(clerk.organ.id) as session:
        assert await session.scalar(select(NumberCounter.last_number)) == 1


async def test_a_failed_entry_takes_no_number(database: Database, do: Do, entry: MakeEntry, clerk: Actor) -> None:
    with pytest.raises(InvalidInput):  # the file is refused after the number was taken
        await do(operations.incoming.register_incoming, clerk, entry(), PDF.__class__("a.exe", b"MZ"))
    async with database.tenant(clerk.organ.id) as session:
        assert await session.scalar(select(func.count()).select_from(NumberCounter)) == 0
    assert (await do(operations.incoming.register_incoming, clerk, entry())).number == 1


async def test_new_year_begins_the_state_again_and_not_the_party(
    do: Do, entry: MakeEntry, draft: MakeDraft, clerk: Actor, leader: Actor, secretary: Actor, check: Check
) -> None:
    async def number_of(wanted: Any, signer: Actor) -> str:
        document_id = await signed(do, check, clerk, signer, wanted)
        return str((await do(operations.issuing.give_number, clerk, document_id)).number_text)

    decision, resolution = draft(), draft("party", "party/nghi-quyet")
    law = draft(type_code="vbqppl/quyet-dinh-qppl")
    assert [await number_of(decision, leader) for _turn in range(2)] == ["01/QĐ-UBND", "02/QĐ-UBND"]
    assert await number_of(resolution, secretary) == "01-NQ/ĐU"
    assert await number_of(law, leader) == "01/2026/QĐ-UBND"
    assert (await do(operations.incoming.register_incoming, clerk, entry())).number == 1
    # 23:59 on the legal clock is still the old year, though UTC has hours to go.
    with clock.fixed_at(clock.instant(date(2026, 12, 31), 23, 59)):
        assert await number_of(decision, leader) == "03/QĐ-UBND"
    with clock.fixed_at(clock.instant(date(2027, 1, 1), 0, 0)):
        assert await number_of(decision, leader) == "01/QĐ-UBND"
        assert await number_of(law, leader) == "01/2027/QĐ-UBND"
        assert await number_of(resolution, secretary) == "02-NQ/ĐU"
        following = await do(operations.incoming.register_incoming, clerk, entry(author_symbol="1/CV"))
        assert (following.number, following.period) == (1, "2027")


async def test_a_new_term_begins_the_party_again_and_not_the_state(
    database: Database, do: Do, draft: MakeDraft, clerk: Actor, leader: Actor, secretary: Actor, check: Check
) -> None:
    closing, opening = date(2030, 7, 15), date(2030, 7, 16)
    async with database.tenant(clerk.organ.id) as session:
        (present,) = await session.scalars(select(CommitteeTerm))
        present.closed_on = closing
        session.add(CommitteeTerm(label="2030-2035", opened_on=opening, closed_on=None))

    async def number_of(wanted: Any, signer: Actor, day: date) -> tuple[str, str | None]:
        with clock.fixed_at(clock.instant(day, 9)):
            document_id = await signed(do, check, clerk, signer, wanted)
            document = await do(operations.issuing.give_number, clerk, document_id)
            return document.number_text, document.period

    for type_code, abbreviation in (("party/nghi-quyet", "NQ"), ("party/cong-van", "CV")):
        wanted = draft("party", type_code)
        assert await number_of(wanted, secretary, closing) == (f"01-{abbreviation}/ĐU", "2025-2030")
        assert await number_of(wanted, secretary, opening) == (f"01-{abbreviation}/ĐU", "2030-2035")
    assert await number_of(draft(), leader, closing) == ("01/QĐ-UBND", "2030")
    assert await number_of(draft(), leader, opening) == ("02/QĐ-UBND", "2030")


async def test_between_two_terms_the_party_gets_no_number(
    database: Database, do: Do, draft: MakeDraft, clerk: Actor, secretary: Actor, check: Check
) -> None:
    async with database.tenant(clerk.organ.id) as session:
        (present,) = await session.scalars(select(CommitteeTerm))
        present.closed_on = date(2026, 12, 30)
    document_id = await signed(do, check, clerk, secretary, draft("party", "party/nghi-quyet"))
    with pytest.raises(Conflict, match="nhiệm kỳ"):
        await do(operations.issuing.give_number, clerk, document_id)


# --- Opening a new organ's books ------------------------------------------------------------------------------------


async def onboard(operator_database: Database, settings: Settings, **numbers: int) -> Any:
    spec = OrganSpec(
        slug="tan-son",
        name="Tân Sơn",
        kind="commune",
        host="tan-son.localhost",
        parent_slug="do-luong",
        administrator=Person("quan-tri.tan-son", "Nguyễn Thị Thử"),
        phase=LIVE,
        opening=Opening(numbers={code.replace("__", "/"): number for code, number in numbers.items()}),
    )
    return (await onboarding.add_organ(operator_database, provisioner_for(settings), spec)).organ


@pytest.mark.usefixtures("offices")
async def test_the_books_go_on_where_the_paper_books_ended(
    database: Database, operator_database: Database, test_settings: Settings
) -> None:
    numbers = {"incoming": 312, "inspection__incoming": 9, "party__NQ": 21, "committee__QĐ": 154, "party__incoming": 77}
    organ = await onboard(operator_database, test_settings, **numbers)
    today = clock.today()
    async with database.tenant(organ.id) as session:
        bodies = {body.code: body.id for body in await people.bodies(session)}

        async def following(body: str, direction: str, type_code: str) -> int:
            book = await repository.series.book_for(session, bodies[body], direction, type_code, today)
            return await repository.series.next_number(
                session, book.series_id, rules.period(book.period_kind, today, book.term)
            )

        assert await following("committee", INCOMING, "state/bao-cao") == 312
        assert await following("council", INCOMING, "state/bao-cao") == 313  # one common book
        assert await following("party", INCOMING, "party/cong-van") == 77  # but the Party keeps its own
        assert await following("inspection", INCOMING, "party/cong-van") == 9
        assert await following("party", "outgoing", "party/nghi-quyet") == 21
        assert await following("committee", "outgoing", "state/quyet-dinh") == 154
        assert await following("committee", "outgoing", "state/ke-hoach") == 1
        assert await following("committee", "outgoing", "copy/sao-y") == 1
        assert await following("committee", "outgoing", "copy/sao-luc") == 2  # copies share one series


@pytest.mark.usefixtures("offices")
async def test_a_misspelt_book_is_refused(operator_database: Database, test_settings: Settings) -> None:
    with pytest.raises(InvalidInput) as refused:
        await onboard(operator_database, test_settings, committee__QD=154)
    assert "committee/QD" in refused.value.fields[0].reason
