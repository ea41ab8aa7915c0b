"""Communes become one, and one becomes two: nothing lost, nothing twice, wherever it may break off."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import func, select
from tests.conftest import Templates, Visit
from tests.platform.life import succeeding
from tests.platform.life.conftest import Act
from tests.platform.life.succeeding import (
    OLD,
    Print,
    carried_out,
    followed_again,
    merger,
    split,
    the,
    told,
    told_apart,
)
from tests.platform.life.test_exporting import start, waits_for_lock
from tests.platform.life.test_restoring import decided

from lienxa.platform import clock, ids
from lienxa.platform.access import members
from lienxa.platform.access.models import AccessGrant, Appointment, Post, Staff
from lienxa.platform.db import portable
from lienxa.platform.db.embedded import SUPERUSER
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.files import store
from lienxa.platform.files.models import StoredFile
from lienxa.platform.identity import accounts, enrolment
from lienxa.platform.identity.jobs import end_at_issuer
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.jobs.running import run_job
from lienxa.platform.life import acts, erasing, following, passing, works
from lienxa.platform.operator import onboarding
from lienxa.platform.settings import Settings
from lienxa.platform.succession.models import Passage
from lienxa.platform.tenancy.models import Succession
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.documents import rules
from lienxa.tenants.documents.models import Document, NumberCounter
from lienxa.tenants.office import operations

FOLLOWER = """
import asyncio, sys
from datetime import timedelta
from uuid import UUID
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.life import acts, following, passing
from lienxa.platform.settings import get_settings

following.PAUSE = timedelta(0)

async def main():
    database = Database(get_settings().db_operator_dsn.get_secret_value(), pool_size=2)
    await acts.carry_out(database, UUID(sys.argv[1]))

asyncio.run(main())
"""
pytestmark = pytest.mark.usefixtures("communes_at_work")

# What an act adds to a predecessor: where its things went, what was told of it, figures of what is no longer open.
ADDED = {"app.passage", "app.audit_event", "app.notice", "rollup.figure"}


class Broken(Exception):
    """The machine stops here."""


@pytest.fixture
async def old(database: Database) -> list[Organ]:
    """Lam Sơn and Giang Sơn Tây."""
    return [await the(database, slug) for slug in OLD]


async def plan_of(kind: str, database: Database) -> dict[str, Any]:
    return merger() if kind == "merge" else await split(database)


async def everywhere(owner_dsn: str, database: Database, plan: Mapping[str, Any]) -> dict[str, Print]:
    """Every organ of the plan, as it can be told."""
    return {slug: told(owner_dsn, await the(database, slug)) for slug in (*plan["predecessors"], *plan["successors"])}


UNDISTURBED: dict[str, dict[str, Print]] = {}


async def undisturbed(kind: str, templates: Templates, template: str) -> dict[str, Print]:
    """How it ends if nothing happens; found out once."""
    if kind not in UNDISTURBED:
        name = templates.clone(template)
        operator = Database(templates.cluster.dsn("lx_operator", name), pool_size=4)
        application = Database(templates.cluster.dsn("lx_app", name), pool_size=4)
        try:
            plan = await plan_of(kind, application)
            done = await carried_out(operator, plan)
            assert done.state == "done", done.reason
            UNDISTURBED[kind] = await everywhere(templates.cluster.dsn(SUPERUSER, name), application, plan)
        finally:
            await operator.close()
            await application.close()
            templates.drop(name)
    return UNDISTURBED[kind]


def assert_same(found: Mapping[str, Print], wanted: Mapping[str, Print]) -> None:
    assert found.keys() == wanted.keys()
    for slug in wanted:
        assert told_apart(found[slug], wanted[slug]) == {}, slug


async def rows(database: Database, organ: Organ, *query: Any) -> list[Any]:
    async with database.tenant(organ.id) as session:
        return list(await session.scalars(*query))


async def measured(database: Database, organ: Organ) -> dict[str, Any]:
    async with portable.snapshot(database, organ.id) as (connection, _session):
        return {
            part.name: await portable.measure(connection, organ.id, part) for part in await portable.parts(connection)
        }


async def open_papers(database: Database, organ: Organ) -> list[Document]:
    still = Document.state.in_([*rules.STATES[rules.INCOMING], *rules.STATES[rules.OUTGOING]])
    ended = Document.state.in_((rules.DONE, rules.ISSUED, rules.STRUCK, rules.DISCARDED))
    return await rows(database, organ, select(Document).where(still, ~ended))


# Whole ---------------------------------------------------------------------------------------------------------------


async def test_two_communes_become_one(
    old: list[Organ], database: Database, operator_database: Database, owner_dsn: str
) -> None:
    before = [await measured(database, organ) for organ in old]
    opened = [paper for organ in old for paper in await open_papers(database, organ)]
    files = Counter(await _file_sums(database, old))
    done = await carried_out(operator_database, merger())
    assert done.state == "done", done.reason
    new = await the(database, "luong-son")
    assert new.parent_id == old[0].parent_id
    for organ, was in zip(old, before, strict=True):
        assert (await the(database, organ.slug)).state == "suspended"
        now = await measured(database, organ)
        assert {table for table in was if was[table] != now[table]} <= ADDED, "history is what happened there"
    passages = await rows(database, new, select(Passage))
    assert len(passages) == done.result["things"] == sum([await _passed(database, organ) for organ in old])
    arrived = {one.other_id: one for one in passages if one.kind == "document"}
    assert arrived.keys() == {paper.id for paper in opened}
    papers = {paper.id: paper for paper in await rows(database, new, select(Document))}
    assert papers.keys() == {one.thing_id for one in arrived.values()}
    numbers = sorted(paper.number for paper in papers.values() if paper.direction == rules.INCOMING)
    incoming = [paper for paper in opened if paper.direction == rules.INCOMING]
    assert len(numbers) == len(incoming)
    assert all(paper.number_text == "" for paper in papers.values() if paper.direction == rules.OUTGOING)
    for (_series, _period), given in _by_book(papers.values()).items():
        assert sorted(given) == list(range(1, len(given) + 1)), "numbering begins anew, without a gap"
    for paper in incoming:
        here = papers[arrived[paper.id].thing_id]
        assert f"số đến cũ {paper.number_text}" in here.book_note
        assert (here.abstract, here.author_symbol, here.due_on) == (paper.abstract, paper.author_symbol, paper.due_on)
    kept = Counter(await _file_sums(database, [new]))
    assert kept
    assert kept <= files
    for digest in kept:
        assert await store.content(new.id, digest) == await store.content(old[0].id, digest) or await store.content(
            old[1].id, digest
        )


def _by_book(papers: Any) -> dict[tuple[UUID, str], list[int]]:
    found: dict[tuple[UUID, str], list[int]] = {}
    for paper in papers:
        if paper.series_id is not None:
            found.setdefault((paper.series_id, paper.period), []).append(paper.number)
    return found


async def _file_sums(database: Database, organs: list[Organ]) -> list[str]:
    return [digest for organ in organs for digest in await rows(database, organ, select(StoredFile.sha256))]


async def _passed(database: Database, organ: Organ) -> int:
    async with database.tenant(organ.id) as session:
        return int(await session.scalar(select(func.count()).select_from(Passage)) or 0)


async def test_everybody_goes_along_once_with_their_posts_whoever_else_they_serve(
    old: list[Organ], database: Database, operator_database: Database
) -> None:
    done = await carried_out(operator_database, merger())
    assert done.state == "done", done.reason
    new = await the(database, "luong-son")
    serving, held = set[UUID](), set[tuple[UUID, str]]()
    for organ in old:
        people = select(Staff.account_id).where(Staff.is_service.is_(False), Staff.left_on.is_(None))
        serving |= set(await rows(database, organ, people))
        held |= set(await _held(database, organ))
    everybody = await rows(database, new, select(Staff))
    assert {one.account_id for one in everybody if one.left_on is None} == serving
    assert len([one for one in everybody if one.is_service]) == 1, "what it entered names it"
    assert all(one.left_on for one in everybody if one.is_service)
    assert set(await _held(database, new)) == held


async def test_jobs_that_wait_for_an_organ_that_handed_everything_over_end(
    old: list[Organ], database: Database, operator_database: Database
) -> None:
    assert (await carried_out(operator_database, merger())).state == "done"
    async with database.control() as control:
        before = await control.scalar(select(func.count()).select_from(QueuedJob))
    await run_job(end_at_issuer, database, uuid4(), (str(old[0].id), str(uuid4())))
    async with database.control() as control:
        assert await control.scalar(select(func.count()).select_from(QueuedJob)) == before


async def test_the_organ_that_follows_renews_the_passwords_of_its_people(
    old: list[Organ], act: Act, database: Database, operator_database: Database
) -> None:
    done = await carried_out(operator_database, merger())
    assert done.state == "done", done.reason
    new = await the(database, "luong-son")
    await _renew_password(database, new, "chu-tich.lam-son")
    assert (await carried_out(operator_database, followed_again())).state == "done"
    new = await the(database, "hong-son")
    await _renew_password(database, new, "chu-tich.lam-son")
    erasure = await decided(act, operator_database, old[0])
    with clock.fixed_at(erasure.due_at + timedelta(seconds=1)):
        await erasing.carry_out(operator_database, erasure.id)
    await _renew_password(database, new, "chu-tich.lam-son")


async def test_who_is_shut_out_of_the_organ_that_follows_reads_no_more_in_those_before(
    old: list[Organ], database: Database, operator_database: Database
) -> None:
    for plan in (merger(), followed_again()):
        done = await carried_out(operator_database, plan)
        assert done.state == "done", done.reason
    new = await the(database, "hong-son")
    async with database.tenant(new.id) as session:
        account_id = await _account_of(session, "chu-tich.lam-son")
        administrator = await members.member(session, new, await _account_of(session, "quan-tri.lam-son"))
        assert administrator is not None
        person = (await session.scalars(select(Staff).where(Staff.account_id == account_id))).one()
        before = await _organs_of(database, account_id)
        assert before == {"lam-son", "luong-son", "hong-son"}
        await operations.suspend(session, administrator, person.id, person.version, "Thử")
    assert await _organs_of(database, account_id) == {"hong-son"}
    async with database.tenant(new.id) as session:
        person = await session.find(Staff, person.id)
        await operations.readmit(session, administrator, person.id, person.version)
    assert await _organs_of(database, account_id) == before
    async with database.tenant(new.id) as session:
        person = await session.find(Staff, person.id)
        person.left_on = clock.today() - timedelta(days=1)
        await session.flush()
        assert await operations.release_leavers(session) == 1
    assert await _organs_of(database, account_id) == set()


async def test_who_serves_both_halves_reads_in_the_whole_until_both_shut_them_out(
    old: list[Organ], database: Database, operator_database: Database
) -> None:
    done = await carried_out(operator_database, await split(database))
    assert done.state == "done", done.reason
    halves = [await the(database, slug) for slug in ("son-dong", "son-doai")]
    async with database.tenant(old[0].id) as session:
        account_id = await _account_of(session, "chu-tich.lam-son")
    served = await _organs_of(database, account_id)
    first, second = sorted(halves, key=lambda half: half.slug not in served)
    assert served == {"lam-son", first.slug}
    async with database.tenant(second.id) as session:
        await enrolment.rejoin(session, account_id)
    await _shut_out(database, first, account_id)
    assert await _organs_of(database, account_id) == {"lam-son", first.slug, second.slug}
    await _shut_out(database, second, account_id)
    assert await _organs_of(database, account_id) == {first.slug, second.slug}
    async with database.tenant(second.id) as session:
        await enrolment.rejoin(session, account_id)
    assert await _organs_of(database, account_id) == {"lam-son", first.slug, second.slug}


async def _shut_out(database: Database, organ: Organ, account_id: UUID) -> None:
    async with database.tenant(organ.id) as session:
        person = (await session.scalars(select(Staff).where(Staff.account_id == account_id))).one()
        await enrolment.shut_out(session, person)


async def _organs_of(database: Database, account_id: UUID) -> set[str]:
    async with database.control() as control:
        return {organ.slug for organ in await accounts.organs_of(control, account_id)}


async def _account_of(session: TenantSession, username: str) -> UUID:
    logins = await enrolment.logins(session)
    return next(account_id for account_id, login in logins.items() if login.username == username)


async def _renew_password(database: Database, organ: Organ, username: str) -> None:
    async with database.tenant(organ.id) as session:
        account_id = await _account_of(session, username)
        assert await enrolment.renew_password(session, account_id, "Quản trị")


async def _held(database: Database, organ: Organ) -> list[tuple[UUID, str]]:
    async with database.tenant(organ.id) as session:
        query = (
            select(Staff.account_id, Post.code)
            .join(Appointment, Appointment.staff_id == Staff.id)
            .join(Post, Post.id == Appointment.post_id)
            .where((Appointment.held_to.is_(None)) | (Appointment.held_to >= clock.today()))
        )
        return [(row[0], row[1]) for row in await session.execute(query.distinct())]


async def test_one_becomes_two_and_each_thing_goes_where_its_people_go(
    old: list[Organ], database: Database, operator_database: Database
) -> None:
    plan = await split(database)
    opened = {paper.id: paper for paper in await open_papers(database, old[0])}
    done = await carried_out(operator_database, plan)
    assert done.state == "done", done.reason
    gone: list[UUID] = []
    for slug in plan["successors"]:
        new = await the(database, slug)
        came = [one for one in await rows(database, new, select(Passage)) if one.kind == "document"]
        assert came, slug
        gone += [one.other_id for one in came]
        numbers = _by_book(await rows(database, new, select(Document)))
        assert all(sorted(given) == list(range(1, len(given) + 1)) for given in numbers.values())
        last = await rows(database, new, select(NumberCounter.last_number))
        assert sorted(last) == sorted(len(given) for given in numbers.values())
    assert sorted(gone) == sorted(opened), "each paper in one of them"
    (nowhere,) = [UUID(person) for person, move in plan["people"].items() if not move["to"]]
    (account,) = await rows(database, old[0], select(Staff.account_id).where(Staff.id == nowhere))
    for slug in plan["successors"]:
        (there,) = await rows(database, await the(database, slug), select(Staff).where(Staff.account_id == account))
        assert there.left_on == clock.today() - timedelta(days=1)


async def test_who_was_shown_a_paper_is_shown_it_where_it_is_now(
    old: list[Organ], database: Database, operator_database: Database
) -> None:
    done = await carried_out(operator_database, merger())
    assert done.state == "done", done.reason
    (grant,) = await rows(database, old[0], select(AccessGrant).where(AccessGrant.unit_id.is_not(None)))
    new = await the(database, "luong-son")
    (here,) = await rows(database, new, select(AccessGrant).where(AccessGrant.unit_id.is_not(None)))
    (passage,) = await rows(database, new, select(Passage).where(Passage.other_id == grant.thing_id))
    assert (here.thing_id, here.reason) == (passage.thing_id, grant.reason)


# Broken off ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "stride"), [("merge", 3), ("split", 1)])
async def test_broken_off_at_any_transaction_it_ends_as_if_nothing_had_been(
    kind: str,
    stride: int,
    database: Database,
    operator_database: Database,
    owner_dsn: str,
    templates: Templates,
    succeeding_template: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The act is begun anew again and again; each time it comes so many transactions further, and the last is lost."""
    wanted = await undisturbed(kind, templates, succeeding_template)
    monkeypatch.setattr(works, "ATTEMPTS", 10_000)
    opened = onboarding.opened
    left = 0

    @asynccontextmanager
    async def breaks(used: Database) -> AsyncIterator[onboarding.Work]:
        nonlocal left
        left -= 1
        async with opened(used) as work:
            yield work
            if left == 0:  # all of it was done, and none of it is committed
                raise Broken

    plan = await plan_of(kind, database)
    key = await succeeding.asked(operator_database, plan)
    monkeypatch.setattr(onboarding, "opened", breaks)
    broken = 0
    while True:
        left = 1 + broken * stride
        try:
            done = await acts.carry_out(operator_database, key)
        except Broken:
            broken += 1
            continue
        break
    assert broken > 7
    assert done.state == "done", done.reason
    assert_same(await everywhere(owner_dsn, database, plan), wanted)
    assert (await acts.carry_out(operator_database, key)).ended_at == done.ended_at
    assert_same(await everywhere(owner_dsn, database, plan), wanted)


async def test_killed_among_people_cases_and_at_the_end_it_ends_as_if_nothing_had_been(
    database: Database,
    operator_database: Database,
    owner_dsn: str,
    templates: Templates,
    succeeding_template: str,
    tmp_path: Any,
    test_settings: Settings,
) -> None:
    wanted = await undisturbed("merge", templates, succeeding_template)
    key = await succeeding.asked(operator_database, merger())
    dsn = operator_database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    environment = os.environ | {"LIENXA_DB_OPERATOR_DSN": dsn}
    for table in ("app.staff", "app.one_stop_case", "control.succession"):
        with psycopg.connect(owner_dsn) as holding:
            holding.execute(f"lock table {table} in share row exclusive mode".encode())
            worker = start(FOLLOWER, environment, str(key))
            await waits_for_lock(owner_dsn, worker)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        async with operator_database.control() as control:
            assert (await works.find(control, key)).state == "waiting", table
    assert (await acts.carry_out(operator_database, key)).state == "done"
    assert_same(await everywhere(owner_dsn, database, merger()), wanted)


async def test_delivered_twice_at_once_it_is_done_once(
    database: Database, operator_database: Database, owner_dsn: str, templates: Templates, succeeding_template: str
) -> None:
    wanted = await undisturbed("merge", templates, succeeding_template)
    key = await succeeding.asked(operator_database, merger())
    twice = await asyncio.gather(*(acts.carry_out(operator_database, key) for _time in range(2)))
    assert [work.state for work in twice] == ["done", "done"], [work.reason for work in twice]
    assert_same(await everywhere(owner_dsn, database, merger()), wanted)


# Beside one another --------------------------------------------------------------------------------------------------


async def test_of_two_mergers_of_one_commune_at_once_one_is_refused_and_leaves_nothing(
    database: Database, operator_database: Database
) -> None:
    other = merger(successors=["tan-son"], rest="tan-son", new=[succeeding.new_organ("tan-son", "Tân Sơn")])
    both = await asyncio.gather(carried_out(operator_database, merger()), carried_out(operator_database, other))
    assert sorted(work.state for work in both) == ["done", "failed"]
    (refused,) = [work for work in both if work.state == "failed"]
    assert "sáp nhập hoặc chia tách khác đang dở" in refused.reason or "đã có đơn vị kế tục" in refused.reason
    async with database.control() as control:
        rows = (await control.scalars(select(Succession.successor_id).distinct())).all()
        made = [await succeeding.organ_by_slug(control, slug) for slug in ("luong-son", "tan-son")]
    assert [organ.id for organ in made if organ is not None] == list(rows)


async def test_who_gives_or_takes_in_an_act_that_is_not_done_is_left_alone(
    old: list[Organ], database: Database, operator_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    into_the_other = merger(predecessors=[OLD[0]], successors=[OLD[1]], rest=OLD[1], new=[])

    async def stops(*_arguments: Any) -> int:
        raise Broken

    with monkeypatch.context() as broken:
        broken.setattr(passing, "pass_batch", stops)
        key = await succeeding.asked(operator_database, into_the_other)
        with pytest.raises(Broken):
            await acts.carry_out(operator_database, key)
    onwards = merger(predecessors=[OLD[1]])
    refused = await carried_out(operator_database, onwards)
    assert refused.state == "failed"
    assert "nhận bàn giao trong một việc khác" in refused.reason
    for kind, organ in (("suspend", old[1]), ("erase", old[1]), ("resume", old[0])):
        async with operator_database.control() as control:
            other = ids.new_id()
            await works.ask(control, None, other, kind, "van-hanh", organ.id, reason="Thử")
        assert (await acts.carry_out(operator_database, other)).state == "failed", kind
    assert (await acts.carry_out(operator_database, key)).state == "done"
    assert (await carried_out(operator_database, onwards)).state == "done"


async def test_what_somebody_writes_while_it_begins_passes_too(
    old: list[Organ], database: Database, operator_database: Database
) -> None:
    """A form that was sent before the commune was suspended, and is still being carried out."""
    async with database.tenant(old[0].id) as session:
        paper = await succeeding.first_open(session)
        columns = [column.key for column in paper.__table__.columns if column.computed is None]
        values = {name: getattr(paper, name) for name in columns}
        acting = asyncio.create_task(carried_out(operator_database, merger()))
        async with asyncio.timeout(60):
            while (await the(database, OLD[0])).state != "suspended":  # noqa: ASYNC110 - the act tells nobody
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        assert not acting.done()
        late = Document(**values | {"id": ids.new_id(), "number": 9999, "number_text": "9999", "abstract": "Muộn"})
        session.add(late)
    done = await acting
    assert done.state == "done", done.reason
    new = await the(database, "luong-son")
    (here,) = await rows(database, new, select(Document).where(Document.abstract == "Muộn"))
    assert "số đến cũ 9999" in here.book_note


async def test_a_writer_that_never_ends_lets_the_act_be_gone_on_with_later(
    old: list[Organ], database: Database, operator_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "WAIT", timedelta(0))
    async with database.tenant(old[0].id) as session:
        await succeeding.first_open(session)
        stopped = await carried_out(operator_database, merger())
    assert stopped.state == "failed"
    assert "chưa kết thúc" in stopped.reason
    assert "Chưa chuyển việc nào" in stopped.reason
    again = await carried_out(operator_database, merger())
    assert again.state == "done", again.reason


async def test_a_predecessor_is_read_by_its_people_and_changed_by_nobody(
    old: list[Organ], database: Database, operator_database: Database, actor_with: Any, visit: Visit, app: Any
) -> None:
    clerk = await actor_with(old[0], "clerk", "Văn thư")
    office = await visit(old[0], clerk)
    number = (await open_papers(database, old[0]))[0]
    done = await carried_out(operator_database, merger())
    assert done.state == "done", done.reason
    app.state.hosts._known.clear()
    for path in ("/van-ban/so", "/van-ban/den", f"/van-ban/{number.id}", "/tim?q=cong"):
        assert (await office.get(path)).status_code == 200, path
    assert (await office.post("/van-ban/den/moi", {"abstract": "Thử"})).status_code == 409
    new = await the(database, "luong-son")
    async with database.tenant(new.id) as session:
        staff_id = await session.scalar(select(Staff.id).where(Staff.account_id == clerk.account_id))
        there = await members.staff_member(session, new, staff_id)
    assert (await (await visit(new, there)).get("/van-ban/den")).status_code == 200
