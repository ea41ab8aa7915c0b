"""Delegations and substitutions: what they give, that they end by themselves, and what is refused."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.errors import Conflict, Forbidden, InvalidInput, NotFound
from lienxa.tenants.office import lending, operations
from lienxa.tenants.office.lending import Span
from lienxa.tenants.procedures import permissions as cases

TODAY = date(2026, 11, 24)
BASIS = "Văn bản số 05/UBND-VP ngày 24/11/2026"
WEEK = Span(TODAY, TODAY + timedelta(days=6), BASIS)


@pytest.fixture(autouse=True)
def _that_day() -> Iterator[None]:
    with clock.fixed_at(clock.instant(TODAY, 9)):
        yield


async def lend(session: TenantSession, lender: Actor, borrower: Actor, *rights: str, span: Span = WEEK) -> UUID:
    made = await lending.delegate(session, lender, borrower.staff_id, "TUQ", rights or (cases.SIGN,), span)
    return made.id


async def acting_under(session: TenantSession, borrower: Actor, delegation_id: UUID) -> Actor:
    return (await members.staff_member(session, borrower.organ, borrower.staff_id)).acting_in(delegation_id)


async def test_the_borrower_acts_in_the_lent_post_with_those_rights_alone(
    database: Database, leader: Actor, office_head: Actor
) -> None:
    async with database.tenant(leader.organ.id) as session:
        lent = await acting_under(session, office_head, await lend(session, leader, office_head))
    assert lent.acting.title == "TUQ. Chủ tịch UBND"
    assert lent.acting.permissions == {cases.SIGN}
    assert lent.acting.body_ids == leader.acting.body_ids
    assert lent.staff_id == office_head.staff_id
    assert lent.person("procedures") == leader.staff_id
    assert lent.person("documents") == office_head.staff_id
    assert lent.capacity == f"{office_head.acting.title}, được ủy quyền bởi {leader.name} (Chủ tịch UBND)"


async def test_every_act_tells_by_whose_authority_it_was_done(
    database: Database, leader: Actor, secretary: Actor, office_head: Actor
) -> None:
    """The act is recorded as the borrower's, with whose authority it was done."""
    from lienxa.platform.audit import repository as trail

    async with database.tenant(leader.organ.id) as session:
        delegation_id = await lend(session, leader, office_head)
        lent = await acting_under(session, office_head, delegation_id)
        trail.record(session, lent, "procedures.sign", "case", delegation_id, {})
        told = (await timeline(session, delegation_id))[-1]
    assert told.staff_name == office_head.name
    assert told.post_title.endswith(f"được ủy quyền bởi {leader.name} (Chủ tịch UBND)")


@pytest.mark.parametrize(
    ("mark", "role", "title", "allowed"),
    [
        ("KT", "leader", "Phó Chủ tịch UBND", True),
        ("KT", "leader", "Bí thư Đảng ủy", False),
        ("KT", "office_head", "", False),
        ("KT", "administrator", "", False),
        ("TL", "office_head", "", True),
        ("TL", "leader", "Phó Chủ tịch UBND", False),
        ("TL", "specialist", "", False),
        ("TUQ", "specialist", "", True),
    ],
)
async def test_each_signs_with_the_mark_of_their_place(
    database: Database, leader: Actor, actor_with: Any, mark: str, role: str, title: str, allowed: bool
) -> None:
    """NĐ 30/2020, Điều 13."""
    borrower = await actor_with(leader.organ, role, title)
    async with database.tenant(leader.organ.id) as session:
        if allowed:
            assert (await lending.delegate(session, leader, borrower.staff_id, mark, (cases.SIGN,), WEEK)).mark == mark
            return
        with pytest.raises(InvalidInput) as refused:
            await lending.delegate(session, leader, borrower.staff_id, mark, (cases.SIGN,), WEEK)
    (fault,) = refused.value.fields
    assert (fault.field, "Chọn TUQ." in fault.remedy) == ("mark", True)


@pytest.mark.parametrize(("days", "counts"), [(-1, False), (0, True), (6, True), (7, False)])
async def test_it_begins_and_ends_by_the_clock(
    database: Database, leader: Actor, office_head: Actor, days: int, counts: bool
) -> None:
    with clock.fixed_at(clock.instant(TODAY - timedelta(days=3), 9)):
        async with database.tenant(leader.organ.id) as session:
            delegation_id = await lend(session, leader, office_head)
    with clock.fixed_at(clock.instant(TODAY + timedelta(days=days), 9)):
        async with database.tenant(leader.organ.id) as session:
            posts = (await members.staff_member(session, leader.organ, office_head.staff_id)).posts
            member = await members.member(session, leader.organ, office_head.account_id, delegation_id)
    assert (delegation_id in {post.id for post in posts}) == counts
    assert member is not None
    assert (member.acting.lent is not None) == counts


async def test_it_is_revoked_early_and_only_once(database: Database, leader: Actor, office_head: Actor) -> None:
    async with database.tenant(leader.organ.id) as session:
        delegation_id = await lend(session, leader, office_head)
        with pytest.raises(Forbidden):
            await lending.revoke(session, office_head, delegation_id, "Không cần")
        await lending.revoke(session, leader, delegation_id, "Đã về")
        with pytest.raises(Conflict):
            await lending.revoke(session, leader, delegation_id, "Đã về")
        assert all(
            post.lent is None
            for post in (await members.staff_member(session, leader.organ, office_head.staff_id)).posts
        )


async def test_it_falls_with_the_lenders_own_post_and_access(
    database: Database, leader: Actor, office_head: Actor, actor_with: Any
) -> None:
    administrator = await actor_with(leader.organ, "administrator")
    async with database.tenant(leader.organ.id) as session:
        await lend(session, leader, office_head)
        await operations.suspend(session, administrator, leader.staff_id, 1, "Đình chỉ")
        after = await members.staff_member(session, leader.organ, office_head.staff_id)
    assert all(post.lent is None for post in after.posts)


async def test_what_was_lent_is_not_passed_on(
    database: Database, leader: Actor, office_head: Actor, secretary: Actor
) -> None:
    async with database.tenant(leader.organ.id) as session:
        lent = await acting_under(session, secretary, await lend(session, leader, secretary))
        with pytest.raises(Forbidden):
            await lend(session, lent, office_head)
        # Even if somebody wrote the right to delegate into a delegation by hand, the lent post lends nothing.
        with pytest.raises(InvalidInput):
            await lend(session, leader, office_head, "office.delegate")


async def test_the_same_right_is_lent_once_at_a_time(
    database: Database, leader: Actor, office_head: Actor, clerk: Actor
) -> None:
    async with database.tenant(leader.organ.id) as session:
        await lend(session, leader, office_head)
        with pytest.raises(InvalidInput) as refused:
            await lend(session, leader, clerk, cases.SIGN, "documents.sign")
        assert refused.value.fields[0].field == "rights"
        await lend(session, leader, clerk, "documents.sign")
        later = Span(WEEK.ends_on + timedelta(days=1), WEEK.ends_on + timedelta(days=3), BASIS)
        await lend(session, leader, clerk, span=later)


@pytest.mark.parametrize(
    ("span", "field"),
    [
        (Span(TODAY - timedelta(days=1), TODAY, BASIS), "starts_on"),
        (Span(TODAY, TODAY - timedelta(days=1), BASIS), "ends_on"),
        (Span(TODAY, date(2062, 1, 1), BASIS), "ends_on"),
    ],
)
async def test_odd_days_are_refused(
    database: Database, leader: Actor, office_head: Actor, span: Span, field: str
) -> None:
    async with database.tenant(leader.organ.id) as session:
        with pytest.raises(InvalidInput) as refused:
            await lend(session, leader, office_head, span=span)
    assert field in {fault.field for fault in refused.value.fields}


async def test_a_substitute_gets_the_work_of_who_is_away(
    database: Database, office_head: Actor, clerk: Actor, specialist: Actor
) -> None:
    async with database.tenant(clerk.organ.id) as session:
        made = await lending.substitute(
            session, office_head, clerk.staff_id, clerk.acting.id, specialist.staff_id, WEEK
        )
        instead = await acting_under(session, specialist, made.id)
    assert instead.acting.permissions == clerk.acting.permissions
    assert instead.acting.body_ids == clerk.acting.body_ids
    assert instead.person("documents") == clerk.staff_id
    assert instead.acting.title == f"Văn thư (thay {clerk.name})"
    assert instead.capacity == f"{specialist.acting.title}, được phân công thay {clerk.name} (Văn thư)"


async def test_nobody_stands_in_for_a_leader_or_beyond_their_reach(
    database: Database, office_head: Actor, leader: Actor, specialist: Actor, actor_with: Any
) -> None:
    inspection = await actor_with(leader.organ, "clerk", "UBKT")
    async with database.tenant(leader.organ.id) as session:
        with pytest.raises(InvalidInput):
            await lending.substitute(session, leader, leader.staff_id, leader.acting.id, specialist.staff_id, WEEK)
        with pytest.raises(Forbidden):
            await lending.substitute(
                session, office_head, inspection.staff_id, inspection.acting.id, specialist.staff_id, WEEK
            )
        with pytest.raises(Forbidden):
            await lending.substitute(
                session, specialist, specialist.staff_id, specialist.acting.id, leader.staff_id, WEEK
            )


async def test_who_is_away_stands_in_for_nobody(
    database: Database, office_head: Actor, clerk: Actor, specialist: Actor, counter: Actor
) -> None:
    async with database.tenant(clerk.organ.id) as session:
        await lending.substitute(session, office_head, clerk.staff_id, clerk.acting.id, counter.staff_id, WEEK)
        with pytest.raises(InvalidInput):  # the clerk is away
            await lending.substitute(
                session, office_head, specialist.staff_id, specialist.acting.id, clerk.staff_id, WEEK
            )
        with pytest.raises(InvalidInput):  # the counter stands in, and cannot be away
            await lending.substitute(
                session, office_head, counter.staff_id, counter.acting.id, specialist.staff_id, WEEK
            )


async def test_pages_tell_both_and_nobody_else(
    sign_in: Any, database: Database, leader: Actor, office_head: Actor, specialist: Actor
) -> None:
    client = await sign_in(leader)
    form = {
        "borrower": str(office_head.staff_id),
        "mark": "TUQ",
        "rights": cases.SIGN,
        "starts_on": "24/11/2026",
        "ends_on": "30/11/2026",
        "basis": BASIS,
    }
    refused = await client.send("/uy-quyen/moi", {**form, "rights": ""})
    assert refused.status_code == 422
    assert "Chưa chọn việc được ủy quyền" in refused.text
    sent = await client.send("/uy-quyen/moi", form)
    assert sent.status_code == 303
    place = sent.headers["location"]
    assert BASIS in (await client.get(place)).text
    borrower = await sign_in(office_head)
    for browser in (client, borrower):
        assert "TUQ. Chủ tịch UBND" in (await browser.get("/viec-cua-toi")).text
    assert "Ký kết quả hồ sơ một cửa" in (await borrower.get(place)).text
    switched = await borrower.send("/chuc-vu", {"post": place.rpartition("/")[2], "ve": "/viec-cua-toi"})
    assert switched.status_code == 303
    assert "TUQ. Chủ tịch UBND" in (await borrower.get("/viec-cua-toi")).text
    assert (await (await sign_in(specialist)).get(place)).status_code == 404
    revoked = await client.send(place + "/thu-hoi", {"reason": "Đã về"})
    assert revoked.status_code == 303
    assert "TUQ. Chủ tịch UBND" not in (await borrower.get("/viec-cua-toi")).text


async def test_of_another_organ_there_is_none(
    database: Database, leader: Actor, office_head: Actor, giang_son_tay: Any, actor_with: Any
) -> None:
    stranger = await actor_with(giang_son_tay, "administrator")
    async with database.tenant(leader.organ.id) as session:
        delegation_id = await lend(session, leader, office_head)
    async with database.tenant(giang_son_tay.id) as session:
        with pytest.raises(NotFound):
            await lending.seen(session, stranger, delegation_id)
