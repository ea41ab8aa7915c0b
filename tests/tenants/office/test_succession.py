"""Who stands in for whom when communes are merged: they go on; an authority ends with the organ."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from lienxa.platform import clock
from lienxa.platform.access import delegations, members
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.office import lending
from lienxa.tenants.office.lending import Span
from lienxa.tenants.procedures import permissions as cases

Merged = Callable[[], Awaitable[Organ]]
FindActor = Callable[..., Any]


@pytest.fixture
def fortnight() -> Span:
    """From yesterday for two weeks."""
    return Span(clock.today(), clock.today() + timedelta(days=13), "Thông báo 12/TB-UBND")


async def test_who_stands_in_goes_on_there_and_an_authority_ends(
    database: Database,
    leader: Actor,
    office_head: Actor,
    specialist: Actor,
    counter: Actor,
    giang_son_tay: Organ,
    fortnight: Span,
    merged: Merged,
    actor_there: FindActor,
    sign_in: Any,
) -> None:
    async with database.tenant(leader.organ.id) as session:
        await lending.delegate(session, leader, office_head.staff_id, "TUQ", (cases.SIGN,), fortnight)
        made = await lending.substitute(
            session, office_head, specialist.staff_id, specialist.acting.id, counter.staff_id, fortnight
        )
        ended = await lending.substitute(
            session, office_head, counter.staff_id, counter.acting.id, specialist.staff_id, _later(fortnight)
        )
        await lending.revoke(session, office_head, ended.id, "Không cần nữa")
    new = await merged()
    there = await actor_there(new, counter)
    async with database.tenant(new.id) as session:
        (went,) = await delegations.substitutions_from(session, clock.today())
        borrower = await members.staff_member(session, new, there.staff_id)
        head = await members.staff_member(session, new, (await actor_there(new, office_head)).staff_id)
    assert (went.delegation.starts_on, went.delegation.ends_on) == (made.starts_on, made.ends_on)
    assert "Lam Sơn" in went.delegation.basis
    (lent,) = [post for post in borrower.posts if post.lent]
    assert specialist.name in lent.title
    assert not [post for post in head.posts if post.lent], "nobody signs in the name of an organ that is gone"
    page = await (await sign_in(there)).get(f"/uy-quyen/{went.delegation.id}")
    assert page.status_code == 200
    assert "Nhận bàn giao từ xã Lam Sơn" in page.text


def _later(span: Span) -> Span:
    return Span(span.ends_on + timedelta(days=1), span.ends_on + timedelta(days=5), span.basis)


async def test_nobody_stands_in_for_who_does_not_serve_there(
    database: Database,
    office_head: Actor,
    specialist: Actor,
    counter: Actor,
    giang_son_tay: Organ,
    fortnight: Span,
    merged: Merged,
) -> None:
    async with database.tenant(office_head.organ.id) as session:
        await lending.substitute(
            session, office_head, specialist.staff_id, specialist.acting.id, counter.staff_id, fortnight
        )
        gone = await session.find(delegations.Staff, counter.staff_id)
        gone.left_on = clock.today() - timedelta(days=1)
    new = await merged()
    async with database.tenant(new.id) as session:
        assert await delegations.substitutions_from(session, clock.today()) == []
