"""Showing a thing to somebody else, and taking that back."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import pytest

from lienxa.platform import clock, ids
from lienxa.platform.access import grants
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.errors import Conflict, Forbidden, InvalidInput, NotFound
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents import operations as documents
from lienxa.tenants.documents import repository as document_repository
from lienxa.tenants.documents.schemas import IncomingEntry
from lienxa.tenants.office import operations
from lienxa.tenants.office.schemas import Showing

TODAY = date(2026, 11, 24)
REASON = "Cùng chuẩn bị báo cáo"


@pytest.fixture(autouse=True)
def _that_day() -> Iterator[None]:
    with clock.fixed_at(clock.instant(TODAY, 9)):
        yield


async def paper_of(session: TenantSession, clerk: Actor, body: str) -> UUID:
    body_id = next(found.id for found in await people.bodies(session) if found.code == body)
    entry = IncomingEntry(
        body_id=body_id,
        author_organ="UBND huyện",
        author_symbol="12/BC-UBND",
        doc_date=TODAY,
        type_code="state/bao-cao",
        abstract="Báo cáo quý",
    )
    return (await documents.incoming.register_incoming(session, clerk, entry)).id


async def sees(session: TenantSession, actor: Actor, document_id: UUID) -> bool:
    try:
        await document_repository.document.held(session, actor, document_id)
    except NotFound:
        return False
    return True


def to_person(actor: Actor, ends_on: date | None = None) -> Showing:
    return Showing(actor.staff_id, None, ends_on, REASON)


async def test_a_grant_shows_the_thing_until_its_last_day_and_is_told(
    database: Database, clerk: Actor, office_head: Actor, specialist: Actor
) -> None:
    async with database.tenant(clerk.organ.id) as session:
        paper = await paper_of(session, clerk, "committee")
        assert not await sees(session, specialist, paper)
        showing = to_person(specialist, TODAY + timedelta(days=1))
        await operations.grant(session, office_head, "document", paper, showing)
        assert await sees(session, specialist, paper)
        with clock.fixed_at(clock.instant(TODAY + timedelta(days=1), 23)):
            assert await sees(session, specialist, paper)
        with clock.fixed_at(clock.instant(TODAY + timedelta(days=2), 0)):
            assert not await sees(session, specialist, paper)
        last = (await timeline(session, paper))[-1]
        said = grants.TOLD[last.action].format(**last.detail)
    assert said == f"Cho {specialist.name} xem đến hết 25/11/2026. Lý do: {REASON}"


async def test_a_grant_that_was_taken_back_shows_nothing_and_stays_known(
    database: Database, clerk: Actor, office_head: Actor, specialist: Actor
) -> None:
    async with database.tenant(clerk.organ.id) as session:
        paper = await paper_of(session, clerk, "committee")
        made = await operations.grant(session, office_head, "document", paper, to_person(specialist))
        await operations.revoke(session, office_head, "document", paper, made.id)
        assert not await sees(session, specialist, paper)
        assert [grant.holds for grant in await grants.of_thing(session, "document", paper)] == [False]
        with pytest.raises(Conflict):
            await operations.revoke(session, office_head, "document", paper, made.id)
        await operations.grant(session, office_head, "document", paper, to_person(specialist))
        assert await sees(session, specialist, paper)


async def test_only_who_sees_it_and_has_the_right_grants(
    database: Database, clerk: Actor, office_head: Actor, leader: Actor, specialist: Actor
) -> None:
    async with database.tenant(clerk.organ.id) as session:
        paper = await paper_of(session, clerk, "party")
        with pytest.raises(Forbidden):
            await operations.grant(session, clerk, "document", paper, to_person(specialist))
        with pytest.raises(NotFound):  # the chair of the Committee does not see papers of the Party
            await operations.grant(session, leader, "document", paper, to_person(specialist))
        made = await operations.grant(session, office_head, "document", paper, to_person(specialist))
        with pytest.raises(NotFound):
            await operations.revoke(session, leader, "document", paper, made.id)
        with pytest.raises(NotFound):
            await operations.grant(session, office_head, "stored_file", paper, to_person(specialist))


async def test_a_paper_of_the_party_is_shown_to_people_by_name_alone(
    database: Database, clerk: Actor, office_head: Actor, specialist: Actor
) -> None:
    async with database.tenant(clerk.organ.id) as session:
        unit = Showing(None, specialist.acting.unit_id, None, REASON)
        party = await paper_of(session, clerk, "party")
        with pytest.raises(InvalidInput) as refused:
            await operations.grant(session, office_head, "document", party, unit)
        assert refused.value.fields[0].field == "to"
        assert not await sees(session, specialist, party)
        council = await paper_of(session, clerk, "council")
        await operations.grant(session, office_head, "document", council, unit)
        assert await sees(session, specialist, council)


async def test_what_makes_no_sense_is_refused_at_its_field(
    database: Database, clerk: Actor, office_head: Actor, specialist: Actor
) -> None:
    async with database.tenant(clerk.organ.id) as session:
        paper = await paper_of(session, clerk, "committee")
        await operations.grant(session, office_head, "document", paper, to_person(specialist))
        for showing, field in (
            (to_person(specialist), "to"),
            (Showing(ids.new_id(), None, None, REASON), "to"),
            (Showing(None, ids.new_id(), None, REASON), "to"),
            (Showing(None, None, None, REASON), "to"),
            (Showing(clerk.staff_id, None, TODAY - timedelta(days=1), REASON), "ends_on"),
        ):
            with pytest.raises(InvalidInput) as refused:
                await operations.grant(session, office_head, "document", paper, showing)
            assert refused.value.fields[0].field == field


async def test_the_person_of_another_organ_is_not_in_the_list(
    database: Database, clerk: Actor, office_head: Actor, giang_son_tay: Organ, actor_with: object
) -> None:
    stranger: Actor = await actor_with(giang_son_tay, "clerk")  # type: ignore[operator]
    async with database.tenant(clerk.organ.id) as session:
        paper = await paper_of(session, clerk, "committee")
        with pytest.raises(InvalidInput):
            await operations.grant(session, office_head, "document", paper, to_person(stranger))


async def test_the_office_head_leads_the_people_of_the_office(
    clerk: Actor, office_head: Actor, specialist: Actor
) -> None:
    assert office_head.acting.led >= {office_head.staff_id, clerk.staff_id}
    assert specialist.staff_id not in office_head.acting.led
    assert not specialist.acting.led
