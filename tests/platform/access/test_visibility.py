"""The one rule of visibility: in generated offices the predicate says what a plain reference says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import insert, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column, registry

from lienxa.platform import clock, ids
from lienxa.platform.access import members, repository
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import (
    AccessGrant,
    Appointment,
    Delegation,
    DelegationRight,
    Post,
    Role,
    RolePermission,
    Staff,
    Unit,
)
from lienxa.platform.access.visibility import Sight, seers
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.tenancy.organs import Organ

TODAY = date(2026, 11, 24)
READ, USE = "trial.read", "trial.use"
RIGHTS = {"reader": {READ}, "user": {USE}, "outsider": {"other.do"}}

trial = registry()  # tables of a session alone: the service's own metadata stays as it is


@trial.mapped
class Thing:
    """Something to be seen or not."""

    __tablename__ = "trial_thing"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    body_id: Mapped[UUID]


@trial.mapped
class Participant:
    """Somebody who takes part in it."""

    __tablename__ = "trial_participant"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    thing_id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(primary_key=True)


SIGHT = Sight(Thing.id, Thing.body_id, Participant, Participant.thing_id, READ)


@dataclass
class Held:
    """A post, and who holds it when."""

    post_id: UUID
    body: str | None
    unit_id: UUID
    role: str
    heads_unit: bool
    spans: list[tuple[UUID, date, date | None]] = field(default_factory=list)

    def holders(self) -> set[UUID]:
        """Who holds it today."""
        return {who for who, since, until in self.spans if since <= TODAY and (until is None or until >= TODAY)}

    def bodies(self) -> set[str]:
        """The bodies that it reaches."""
        return {self.body} if self.body else {"party", "council", "committee"}


@dataclass(frozen=True)
class Shown:
    """A grant as it was made."""

    thing_id: UUID
    to: UUID
    ends_on: date | None
    revoked: bool


@dataclass(frozen=True)
class Loan:
    """A delegation as it was made."""

    id: UUID
    lender: UUID
    post: Held
    borrower: UUID
    rights: frozenset[str]
    starts_on: date
    ends_on: date
    revoked: bool

    def counts(self) -> bool:
        """Whether somebody may act under it today."""
        in_time = self.starts_on <= TODAY <= self.ends_on
        return in_time and not self.revoked and self.lender in self.post.holders()


@dataclass
class World:
    """An office in plain data."""

    posts: list[Held]
    things: dict[UUID, str]
    taking_part: set[tuple[UUID, UUID]]
    shown: list[Shown]
    loans: list[Loan]

    def sees_in_loan(self, loan: Loan, thing_id: UUID) -> bool:
        """What the borrower sees in the lent post: as its holder by right and by taking part there, and by own name."""
        body, post = self.things[thing_id], loan.post
        rights = loan.rights & RIGHTS[post.role]
        here = body in post.bodies()
        if here and READ in rights:
            return True
        of_module = bool(rights & {READ, USE})
        if here and (thing_id, loan.lender if of_module else loan.borrower) in self.taking_part:
            return True
        if here and self.is_shown(thing_id, loan.borrower, post.unit_id):
            return True
        led = {who for other in self.posts if other.unit_id == post.unit_id for who in other.holders()}
        return here and of_module and post.heads_unit and any((thing_id, who) in self.taking_part for who in led)

    def is_shown(self, thing_id: UUID, person: UUID, unit_id: UUID) -> bool:
        """Whether a grant to the person or the unit shows the thing today."""
        return any(
            shown.thing_id == thing_id
            and not shown.revoked
            and (shown.ends_on is None or shown.ends_on >= TODAY)
            and shown.to in (person, unit_id)
            for shown in self.shown
        )

    def is_named(self, person: UUID, thing_id: UUID) -> bool:
        """Whether the person takes part or was shown the thing by name."""
        return (thing_id, person) in self.taking_part or any(
            (shown.thing_id, shown.to) == (thing_id, person) for shown in self.shown
        )

    def sees(self, person: UUID, acting: Held, thing_id: UUID) -> bool:
        """The rule of design/architecture, 3, word by word."""
        body = self.things[thing_id]
        own_posts = [post for post in self.posts if person in post.holders()]
        if body in acting.bodies() and acting.role == "reader":
            return True
        elsewhere = {body for post in own_posts if post.role in ("reader", "user") for body in post.bodies()}
        here = body not in elsewhere - acting.bodies()
        if here and (thing_id, person) in self.taking_part:
            return True
        if here and self.is_shown(thing_id, person, acting.unit_id):
            return True
        if not acting.heads_unit or body not in acting.bodies():
            return False
        led = {who for post in self.posts if post.unit_id == acting.unit_id for who in post.holders()}
        return any((thing_id, who) in self.taking_part for who in led)


@pytest.fixture(autouse=True)
def _that_day() -> Iterator[None]:
    with clock.fixed_at(clock.instant(TODAY, 9)):
        yield


def day_near(chance: Random) -> date:
    return TODAY + timedelta(days=chance.choice([-400, -1, 0, 0, 1, 30]))


async def make_world(session: TenantSession, chance: Random) -> World:
    """Write a generated office into the session and return it as plain data."""
    body_ids = {body.code: body.id for body in await repository.bodies(session)}
    unit_ids = [ids.new_id() for _ in range(3)]
    session.add_all(Unit(id=unit, code=str(unit), name="Bộ phận", symbol="BP") for unit in unit_ids)
    role_ids = {code: ids.new_id() for code in RIGHTS}
    session.add_all(Role(id=role, code=f"trial-{code}", name=code) for code, role in role_ids.items())
    await session.flush()
    for code, rights in RIGHTS.items():
        session.add_all(RolePermission(role_id=role_ids[code], permission=right) for right in rights)
    people = [ids.new_id() for _ in range(6)]
    session.add_all(Staff(id=who, account_id=ids.new_id(), full_name="Người", sort_key="nguoi") for who in people)
    posts = [
        Held(
            ids.new_id(),
            chance.choice([None, *body_ids]),
            chance.choice(unit_ids),
            chance.choice([*RIGHTS, "user"]),
            chance.random() < 0.4,
        )
        for _ in range(9)
    ]
    session.add_all(
        Post(
            id=post.post_id,
            code=str(post.post_id),
            title="Chức vụ",
            body_id=body_ids[post.body] if post.body else None,
            unit_id=post.unit_id,
            role_id=role_ids[post.role],
            heads_unit=post.heads_unit,
        )
        for post in posts
    )
    await session.flush()
    for post in posts:
        for who in chance.sample(people, chance.choice([1, 1, 2])):
            since = day_near(chance)
            until = chance.choice([None, None, max(since, day_near(chance))])
            post.spans.append((who, since, until))
            session.add(Appointment(staff_id=who, post_id=post.post_id, held_from=since, held_to=until))
    things = {ids.new_id(): chance.choice(list(body_ids)) for _ in range(16)}
    taking_part = {(thing, who) for thing in things for who in chance.sample(people, chance.choice([0, 1, 2]))}
    await session.execute(text("create temporary table trial_thing (id uuid, body_id uuid) on commit drop"))
    await session.execute(
        text("create temporary table trial_participant (tenant_id uuid, thing_id uuid, staff_id uuid) on commit drop")
    )
    await session.execute(insert(Thing), [{"id": thing, "body_id": body_ids[body]} for thing, body in things.items()])
    if taking_part:
        rows = [{"tenant_id": session.tenant_id, "thing_id": thing, "staff_id": who} for thing, who in taking_part]
        await session.execute(insert(Participant), rows)
    shown = [
        make_grant(session, chance, thing, things[thing], people, unit_ids) for thing in chance.sample([*things], 10)
    ]
    loans = [make_loan(session, chance, post, people) for post in posts for _number in range(2)]
    await session.flush()
    for loan in loans:
        session.add_all(DelegationRight(delegation_id=loan.id, permission=right) for right in loan.rights)
    await session.flush()
    return World(posts, things, taking_part, shown, loans)


def make_loan(session: TenantSession, chance: Random, post: Held, people: Sequence[UUID]) -> Loan:
    """A delegation of a holder of the post, past ones and coming ones too."""
    lender = post.spans[0][0]
    starts_on = day_near(chance)
    loan = Loan(
        id=ids.new_id(),
        lender=lender,
        post=post,
        borrower=chance.choice([who for who in people if who != lender]),
        rights=frozenset(chance.sample([READ, USE, "other.do"], 2)),
        starts_on=starts_on,
        ends_on=max(starts_on, day_near(chance)),
        revoked=chance.random() < 0.1,
    )
    session.add(
        Delegation(
            id=loan.id,
            kind="authority",
            lender_id=lender,
            post_id=post.post_id,
            borrower_id=loan.borrower,
            mark="TUQ",
            starts_on=starts_on,
            ends_on=loan.ends_on,
            basis="Giấy ủy quyền",
            made_by=lender,
            made_at=clock.now(),
            revoked_at=clock.now() if loan.revoked else None,
        )
    )
    return loan


def make_grant(
    session: TenantSession, chance: Random, thing: UUID, body: str, people: Sequence[UUID], units: Sequence[UUID]
) -> Shown:
    """A grant as the office's operation makes it: a paper of the Party is shown to somebody named alone."""
    to_unit = body in ("council", "committee") and chance.random() < 0.5
    to = chance.choice(units if to_unit else people)
    shown = Shown(thing, to, chance.choice([None, day_near(chance)]), chance.random() < 0.2)
    other_kind = chance.random() < 0.1
    session.add(
        AccessGrant(
            kind="document" if other_kind else Thing.__tablename__,
            thing_id=thing,
            staff_id=None if to_unit else to,
            unit_id=to if to_unit else None,
            ends_on=shown.ends_on,
            reason="Để biết",
            granted_by=people[0],
            granted_at=clock.now(),
            revoked_by=people[0] if shown.revoked else None,
            revoked_at=clock.now() if shown.revoked else None,
        )
    )
    return Shown(thing, to, shown.ends_on, revoked=True) if other_kind else shown


@pytest.mark.parametrize("seed", range(12))
async def test_the_predicate_is_the_rule(database: Database, lam_son: Organ, seed: int) -> None:
    chance = Random(seed)
    seen = compared = 0
    async with database.tenant_session(lam_son.id) as session:
        world = await make_world(session, chance)
        people = {who for post in world.posts for who in post.holders()}
        for person in sorted(people):
            member = await members.staff_member(session, lam_son, person)
            for acting in (post for post in world.posts if person in post.holders()):
                actor = member.acting_in(acting.post_id)
                found = await seen_by(session, actor)
                assert found == {thing for thing in world.things if world.sees(person, acting, thing)}, (person, acting)
                of_the_party = {thing for thing in found if world.things[thing] in ("party", "inspection")}
                named = {thing for thing in of_the_party if world.is_named(person, thing)}
                assert all(world.things[thing] in acting.bodies() for thing in of_the_party - named)
                seen += len(found)
                compared += len(world.things)
    assert 0 < seen < compared  # a world in which all or nothing is seen would prove nothing


@pytest.mark.parametrize("seed", range(8))
async def test_a_lent_post_shows_what_its_holder_handles_there_and_nothing_else(
    database: Database, lam_son: Organ, seed: int
) -> None:
    chance = Random(f"lent {seed}")
    seen = compared = 0
    async with database.tenant_session(lam_son.id) as session:
        world = await make_world(session, chance)
        employed = {who for post in world.posts for who in post.holders()}
        for person in sorted(employed):
            member = await members.staff_member(session, lam_son, person)
            lent = {post.id for post in member.posts if post.lent}
            running = [loan for loan in world.loans if loan.borrower == person and loan.counts()]
            assert lent == {loan.id for loan in running}
            for loan in running:
                actor = member.acting_in(loan.id)
                assert actor.acting.permissions == loan.rights & RIGHTS[loan.post.role]
                found = await seen_by(session, actor)
                assert found == {thing for thing in world.things if world.sees_in_loan(loan, thing)}, loan
                seen += len(found)
                compared += len(world.things)
    assert 0 < seen < compared


async def seen_by(session: TenantSession, actor: Actor) -> set[UUID]:
    """What the predicate shows."""
    found = set(await session.scalars(select(Thing.id).where(SIGHT.seen_by(actor))))
    why = set(await session.scalars(select(Thing.id).where(or_(*SIGHT.reasons(actor).values()))))
    assert why == found  # the page that says who sees a thing and why never differs from the lists
    return found


@pytest.mark.parametrize("seed", range(4))
async def test_who_sees_a_thing_is_answered_as_the_lists_would(database: Database, lam_son: Organ, seed: int) -> None:
    async with database.tenant_session(lam_son.id) as session:
        world = await make_world(session, Random(f"seers {seed}"))
        actors = [
            actor.acting_in(post.id) for actor in await members.everybody(session, lam_son) for post in actor.posts
        ]
        shown = {number: await seen_by(session, actor) for number, actor in enumerate(actors)}
        seen = 0
        for thing in world.things:
            reasons = await seers(session, SIGHT, actors, thing)
            assert reasons is not None
            assert [bool(why) for why in reasons] == [thing in shown[number] for number in range(len(actors))]
            seen += sum(map(bool, reasons))
        assert 0 < seen < len(actors) * len(world.things)
        assert await seers(session, SIGHT, actors, ids.new_id()) is None
