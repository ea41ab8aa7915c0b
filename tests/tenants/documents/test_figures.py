"""What stands at the ends of months: documents past their due day, and signed ones that nobody has issued."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.module import FigureRow
from lienxa.tenants.documents import figures, operations
from lienxa.tenants.documents.models import Document

SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)


async def test_a_document_is_overdue_at_month_ends_until_it_is_finished(
    database: Database, clerk: Actor, entry: Any, do: Any
) -> None:
    async def register(due_on: date | None, finished_at: datetime | None = None) -> None:
        document = await do(
            operations.incoming.register_incoming,
            clerk,
            entry(due_on=due_on, doc_date=date(2026, 8, 31), author_symbol=str(due_on)),
        )
        async with database.tenant(clerk.organ.id) as session:
            (await session.find(Document, document.id)).finished_at = finished_at

    with clock.fixed_at(clock.instant(date(2026, 9, 1), 9)):
        await register(date(2026, 9, 30), clock.instant(date(2026, 11, 2)))
        await register(date(2026, 10, 5), clock.instant(date(2026, 10, 31), 23))
        await register(date(2026, 11, 23))
        await register(date(2026, 11, 24))
        await register(None)
    with clock.fixed_at(clock.instant(date(2026, 11, 24), 9)):
        async with database.tenant(clerk.organ.id) as session:
            rows = await figures.overdue(session)
    assert rows == [FigureRow(month, "committee", 1) for month in (SEPTEMBER, OCTOBER, NOVEMBER)]


async def test_a_signed_document_waits_until_it_is_issued_on_the_legal_day(
    database: Database, clerk: Actor, bodies: dict[str, UUID]
) -> None:
    async def sign(signed_at: datetime | None, issued_at: datetime | None = None) -> None:
        usual = {"type_code": "state/cong-van", "abstract": "Thử", "listed_at": clock.now()}
        who = {"body_id": bodies["committee"], "entered_by": clerk.staff_id}
        state = "signed" if signed_at else "draft"
        async with database.tenant(clerk.organ.id) as session:
            moments = {"signed_at": signed_at, "issued_at": issued_at}
            session.add(Document(direction="outgoing", state=state, **who, **usual, **moments))

    with clock.fixed_at(clock.instant(date(2026, 11, 24), 9)):
        # Half past midnight on 1 October in Vietnam is still September in UTC.
        await sign(clock.instant(date(2026, 9, 3)), clock.instant(OCTOBER, 0, 30))
        await sign(clock.instant(date(2026, 10, 3)), clock.instant(date(2026, 10, 4)))
        await sign(clock.instant(date(2026, 11, 23)))
        await sign(None)
        async with database.tenant(clerk.organ.id) as session:
            rows = await figures.unissued(session)
    assert rows == [FigureRow(SEPTEMBER, "committee", 1), FigureRow(NOVEMBER, "committee", 1)]
