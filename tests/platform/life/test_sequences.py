"""Whatever communes are merged and split into, one after the other: each thing has one owner, each task one hand."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from tests.platform.life import succeeding
from tests.platform.life.succeeding import OLD, carried_out, the

from lienxa.platform import clock
from lienxa.platform.access.models import Staff, Unit
from lienxa.platform.db.session import Database
from lienxa.platform.identity.models import Account, AccountOrgan
from lienxa.platform.succession import passages
from lienxa.platform.succession.models import Passage
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents import rules as papers
from lienxa.tenants.documents.models import Document, DocumentParticipant
from lienxa.tenants.procedures import rules as cases
from lienxa.tenants.procedures.models import Case

pytestmark = pytest.mark.usefixtures("communes_at_work")

ACTS = 4
ENDED = (papers.DONE, papers.ISSUED, papers.STRUCK, papers.DISCARDED)


class Communes:
    """The communes of a sequence of acts, and where what was open at its beginning is now."""

    def __init__(self, database: Database, organs: Sequence[Organ]) -> None:
        self._database = database
        self.every = list(organs)
        self.at_work = list(organs)

    async def rows(self, organ: Organ, query: Any) -> list[Any]:
        async with self._database.tenant(organ.id) as session:
            return list((await session.execute(query)).all())

    async def open_here(self, organ: Organ) -> set[tuple[str, UUID]]:
        """What an organ has open and has not passed on."""
        documents = select(Document.id).where(
            Document.state.not_in(ENDED), ~passages.passed_on("document", Document.id)
        )
        open_cases = select(Case.id).where(
            Case.state.not_in(cases.FINAL_STATES), ~passages.passed_on("one_stop_case", Case.id)
        )
        found = {("document", row[0]) for row in await self.rows(organ, documents)}
        return found | {("case", row[0]) for row in await self.rows(organ, open_cases)}

    async def came_from(self, organ: Organ) -> Mapping[UUID, UUID]:
        """Each thing that came to an organ -> what it was in the organ before."""
        query = select(Passage.thing_id, Passage.other_id).where(Passage.direction == passages.IN)
        return {row[0]: row[1] for row in await self.rows(organ, query)}

    async def owners(self) -> Counter[tuple[str, UUID]]:
        """What is open, by what it was at the beginning, and in how many organs."""
        before: dict[UUID, UUID] = {}
        for organ in self.every:
            before |= await self.came_from(organ)
        found: Counter[tuple[str, UUID]] = Counter()
        for organ in self.every:
            for kind, thing_id in await self.open_here(organ):
                while thing_id in before:
                    thing_id = before[thing_id]
                found[kind, thing_id] += 1
        return found

    async def check_hands(self) -> None:
        """Whoever has something in hand serves the organ that owns it, and no predecessor has anything in hand."""
        for organ in self.every:
            if organ not in self.at_work:
                assert await self.open_here(organ) == set(), organ.slug
                continue
            serving = {row[0] for row in await self.rows(organ, select(Staff.id).where(Staff.left_on.is_(None)))}
            leads = (
                select(DocumentParticipant.document_id, DocumentParticipant.staff_id)
                .join(Document, Document.id == DocumentParticipant.document_id)
                .where(DocumentParticipant.relation == papers.LEAD, Document.state.not_in(ENDED))
            )
            handlers = select(Case.id, Case.handler_id).where(
                Case.state.not_in(cases.FINAL_STATES), Case.handler_id.is_not(None)
            )
            held = [*await self.rows(organ, leads), *await self.rows(organ, handlers)]
            assert {row[1] for row in held} <= serving, organ.slug
            assert max(Counter(row[0] for row in held).values(), default=1) == 1, organ.slug

    async def numbers(self, organ: Organ) -> list[int]:
        """How often the most used number of each book was given."""
        query = select(func.count()).where(Document.number.is_not(None), Document.direction == papers.INCOMING)
        return [
            row[0]
            for row in await self.rows(organ, query.group_by(Document.series_id, Document.period, Document.number))
        ]


async def administrator_of(database: Database, organ: Organ) -> str:
    async with database.control() as control:
        query = select(Account.username).join(AccountOrgan, AccountOrgan.account_id == Account.id)
        found = await control.scalars(query.where(AccountOrgan.tenant_id == organ.id).order_by(Account.username))
        return str(found.first())


async def drawn(chance: random.Random, communes: Communes, database: Database, number: int) -> dict[str, Any]:
    """A plan: two of the communes become one, new or one of them; or one becomes two, each unit going anywhere."""
    plan: dict[str, Any] = {"from_day": clock.today().isoformat(), "units": {}, "people": {}}
    at_work = communes.at_work
    if len(at_work) > 1 and chance.random() < 0.5:
        first, other = chance.sample(at_work, 2)
        joint = chance.random() < 0.5  # else the one goes into the other
        plan["predecessors"] = [first.slug, other.slug] if joint else [first.slug]
        plan["successors"] = [f"gop-{number}"] if joint else [other.slug]
    else:
        (first,) = chance.sample(at_work, 1)
        plan["predecessors"], plan["successors"] = [first.slug], [f"tach-{number}-a", f"tach-{number}-b"]
    known = {organ.slug for organ in communes.every}
    plan["new"] = [
        succeeding.new_organ(slug, f"Xã {slug}") | {"administrator": await administrator_of(database, first)}
        for slug in plan["successors"]
        if slug not in known
    ]
    plan["rest"] = chance.choice(plan["successors"])
    for (unit_id,) in await communes.rows(first, select(Unit.id)):
        if chance.random() < 0.6:
            plan["units"][str(unit_id)] = chance.choice(plan["successors"])
    for (staff_id,) in await communes.rows(first, select(Staff.id).where(Staff.is_service.is_(False))):
        if chance.random() < 0.3:
            plan["people"][str(staff_id)] = {
                "to": chance.choice(["", *plan["successors"]]),
                "posts": chance.random() < 0.7,
            }
    return plan


@pytest.mark.parametrize("seed", [3, 11, 29, 42])
async def test_each_thing_has_one_owner_and_each_task_one_hand_whatever_is_merged_and_split(
    seed: int, database: Database, operator_database: Database
) -> None:
    chance = random.Random(seed)
    communes = Communes(database, [await the(database, slug) for slug in OLD])
    wanted = await communes.owners()
    assert set(wanted.values()) == {1}
    for number in range(ACTS):
        plan = await drawn(chance, communes, database, number)
        done = await carried_out(operator_database, plan)
        assert done.state == "done", (plan, done.reason)
        communes.at_work = [organ for organ in communes.at_work if organ.slug not in plan["predecessors"]]
        for new in plan["new"]:
            organ = await the(database, new["slug"])
            communes.every.append(organ)
            communes.at_work.append(organ)
        assert await communes.owners() == wanted, plan
        await communes.check_hands()
        for organ in communes.at_work:
            assert set(await communes.numbers(organ)) <= {1}, "no number is given twice"
