"""Every job, wanted with what belongs to another commune, as a message in the queue would bring it.

The attacks are made of the register of jobs and of the names of their parameters: a job with a name that stands nowhere
below fails until the suite knows how to attack it. Between two communes of equal names and numbers (`twins.py`).
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile

import psycopg
import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import NoResultFound
from tests.conftest import FindActor
from tests.isolation import mutations, twins
from tests.isolation.kept import Kept, content_of, kept
from tests.isolation.test_routes import rows_of
from tests.platform.life.conftest import _own_data_folder
from tests.platform.webhooks.conftest import (
    Receiver,
    Subscribe,
    Tell,
    administrator,
    allow,
    bodies,
    receiver,
    subscribe,
    tell,
)

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.files import pictures, store
from lienxa.platform.imports import jobs as import_jobs
from lienxa.platform.imports.kinds import ImportKind
from lienxa.platform.imports.models import WRITING, ImportRun
from lienxa.platform.imports.operations import find_kind
from lienxa.platform.jobs import enqueue, enqueue_many
from lienxa.platform.jobs.actors import Job, declared_jobs, find_job
from lienxa.platform.jobs.running import run_job
from lienxa.platform.life import works
from lienxa.platform.life.models import OrganWork
from lienxa.platform.operator import renewals
from lienxa.platform.operator.models import PasswordRenewal
from lienxa.platform.rollup.jobs import publishing_modules
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.webhooks import delivery
from lienxa.platform.webhooks.models import WebhookDelivery
from lienxa.tenants.documents import jobs as document_jobs
from lienxa.tenants.documents.schemas import Attachment, BookOrder
from lienxa.workers.catalogue import load_jobs

__all__ = ["_own_data_folder", "administrator", "allow", "bodies", "receiver", "subscribe", "tell"]

load_jobs()

# Whose work it is: the attacker says their own organ, the names after it what belongs to the other.
PLACES = {"tenant_id", "organ_id"}
# Names of things of an office; for each of them the victim has one on which the job has yet to work.
THINGS = {"member_id", "stored_file_id", "run_id", "delivery_id", "book_file_id", "staff_id", "paper_id"}
# Names of rows that operators or the installation want done, in no office's tables.
WANTED = {"account_id", "mail_id", "work_id", "addition_id", "batch_id", "renewal_id"}
VALUES: Mapping[str, Sequence[Any]] = {
    "enabled": (False,),
    "by_id": (uuid4(),),
    "turn": (1,),
    "module": publishing_modules(),
}

# Jobs that go through all organs by themselves, and the tables that they may change in each.
SWEEPS: Mapping[str, set[str]] = {
    "audit.note_strangers": set(),
    "audit.publish_heads": set(),
    "audit.seal_events": {"audit_seal"},
    "identity.refresh_sessions": set(),
    "jobs.forget_done": set(),
    "life.end_dead": set(),
    "life.erase_due": set(),
    "life.forget_old_addresses": set(),
    "life.sweep_archives": set(),
    "mail.forget_mail": set(),
    "operator.wipe_passwords": set(),
}
# They make what the demonstration lacks, for minutes, as the templates of these tests were made.
NOT_TRIED = {"operator.close_demonstration", "operator.make_demonstration"}
# How a job says that what it is to work on is not there, if it does not end in silence.
ABSENT = (NotFound, NoResultFound)
LATER = timedelta(days=400)
PEOPLE = "Họ và tên;Chức vụ;Giữ chức vụ từ ngày\nHồ Thị Mới;Cán bộ Một cửa;02/11/2026\n"


# Identifiers of the victim's things, by the names of the parameters that take them.
Work = Mapping[str, Sequence[UUID]]


@pytest.fixture
async def work(
    database: Database,
    owner_dsn: str,
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    actor_with: FindActor,
    administrator: Actor,
    subscribe: Subscribe,
    tell: Tell,
) -> Work:
    """Lam Sơn has something to do for every job; Giang Sơn Tây has the same under other identifiers."""
    clerk = await actor_with(busy_lam_son, "clerk", "Văn thư")
    await subscribe()
    await tell()
    async with database.tenant(busy_lam_son.id) as session:
        await delivery.fan_out(session)
        stored = await store.keep(session, clerk, "a.pdf", f"%PDF-1.4 {uuid4()}".encode())
        assert await pictures.want(session, stored.id)
        book = await document_jobs.want_book(session, clerk, BookOrder("den", str(clock.today().year)))
        picture = Attachment("a.png", b"\x89PNG\r\n\x1a\n" + uuid4().bytes)
        paper = await document_jobs.bring_paper(session, clerk, picture, {})
        runs = [await _bring(session, administrator, find_kind(administrator, "can-bo")) for _ in range(2)]
        await session.execute(update(ImportRun).where(ImportRun.id == runs[1]).values(state=WRITING))
        deliveries = (await session.scalars(select(WebhookDelivery.id))).all()
    twins.make_twin(owner_dsn, busy_lam_son, giang_son_tay)
    return {
        "stored_file_id": [stored.id],
        "run_id": runs,
        "delivery_id": deliveries,
        "book_file_id": [book.id],
        "paper_id": [paper.id],
        "staff_id": [clerk.staff_id],
        "member_id": [clerk.account_id],
    }


async def _bring(session: Any, actor: Actor, kind: ImportKind) -> UUID:
    return (await import_jobs.want_check(session, actor, kind, "can-bo.csv", PEOPLE.encode("utf-8-sig"))).id


def jobs() -> list[Job]:
    """All that the service declares; tests declare others."""
    return [job for job in declared_jobs() if job.function.__module__.startswith("lienxa.")]


def parameters(job: Job) -> list[str]:
    """What a message of the job says, behind whose it is."""
    return list(job.signature.parameters)[1:]


def calls(job: Job, organ: Organ, things: Work) -> Iterator[tuple[Any, ...]]:
    """Messages of the job in the name of the organ, with each of the things."""
    choices = [[organ.id] if name in PLACES else VALUES.get(name) or things[name] for name in parameters(job)]
    for chosen in itertools.product(*choices):
        yield (organ.id, *chosen) if job.of_tenant else chosen


@dataclass(frozen=True)
class Worker:
    """Does jobs as the worker of their queue: by message, with the login of the queue."""

    database: Database
    operator_database: Database

    async def do(self, job: Job, arguments: tuple[Any, ...]) -> None:
        """Do one; raises what a worker would note as a failure."""
        login = self.operator_database if job.queue == "operator" else self.database
        await run_job(job, login, uuid4(), tuple(job.to_json(arguments)))

    async def try_all(self, job: Job, organ: Organ, things: Work) -> int:
        """Do it with each of the things; a refusal is to say that they are not there. How many were tried."""
        tried = 0
        for arguments in calls(job, organ, things):
            try:
                await self.do(job, arguments)
            except ABSENT:
                pass
            except Exception as error:
                raise AssertionError(f"{job.name}{arguments}: {error!r}") from error
            tried += 1
        return tried


@pytest.fixture
def worker(database: Database, operator_database: Database) -> Worker:
    """Whoever takes the messages of all queues."""
    return Worker(database, operator_database)


def theirs_in(owner_dsn: str, organ: Organ, identifiers: Sequence[str]) -> list[str]:
    """Tables of the organ, and figures of it, in which one of these identifiers stands."""
    with psycopg.connect(owner_dsn) as connection:
        tables = [f"app.{table}" for table in twins.office_tables(connection)] + ["rollup.figure"]
        return [
            table
            for table in tables
            if connection.execute(
                f"select from {table} t where tenant_id = %s and t::text ~ %s limit 1",  # type: ignore[arg-type]
                [organ.id, "|".join(identifiers)],
            ).rowcount
        ]


def test_the_suite_knows_every_job() -> None:
    named = {name for job in jobs() for name in parameters(job)}
    assert named - PLACES - THINGS - WANTED - VALUES.keys() == set(), "say above what the parameter names"
    assert {job.name for job in jobs() if not job.of_tenant and not parameters(job)} == SWEEPS.keys() | NOT_TRIED
    assert len(jobs()) >= 35


def of_things() -> list[Job]:
    """The jobs that are told of a thing of an office."""
    return [job for job in jobs() if THINGS & set(parameters(job))]


async def test_no_job_of_one_commune_reaches_a_thing_of_another(
    work: Work,
    worker: Worker,
    receiver: Receiver,
    tmp_path: Path,
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    thuan_nam: Organ,
    owner_dsn: str,
) -> None:
    """In the name of the twin, of another district, and of nobody: no row, file, message or delivery comes of it.

    Then in the name of its owner, where something must: else an attack of which nothing comes would say nothing.
    """
    attackers = (giang_son_tay, thuan_nam, replace(giang_son_tay, id=uuid4()))
    before, of_attackers = kept(owner_dsn, busy_lam_son, tmp_path), all_kept(owner_dsn, attackers, tmp_path)
    for job in of_things():
        for organ in attackers:
            assert await worker.try_all(job, organ, work) >= 1
        assert before.changed(kept(owner_dsn, busy_lam_son, tmp_path)) == set(), job.name
    assert all_kept(owner_dsn, attackers, tmp_path) == of_attackers
    assert receiver.received == []
    for job in of_things():
        await worker.try_all(job, busy_lam_son, work)
        after = kept(owner_dsn, busy_lam_son, tmp_path)
        assert before.changed(after) != set(), job.name
        before = after
    assert len(receiver.received) == 1
    assert all_kept(owner_dsn, attackers, tmp_path) == of_attackers


async def test_nobody_wants_a_job_of_another_commune(database: Database, twin: Organ, busy_lam_son: Organ) -> None:
    """Whatever job says whose work it is: a session of the twin cannot say that it is the other's."""
    for job in jobs():
        if not job.names_tenant:
            continue
        for arguments in calls(job, busy_lam_son, {name: [uuid4()] for name in THINGS}):
            async with database.tenant(twin.id) as session:
                with pytest.raises(ValueError, match="wanted for another tenant"):
                    await enqueue(session, job, *arguments)
                with pytest.raises(ValueError, match="wanted for another tenant"):
                    await enqueue_many(session, job, [arguments])


def all_kept(owner_dsn: str, organs: Sequence[Organ], data: Path) -> list[Kept]:
    """What each of them has."""
    return [kept(owner_dsn, organ, data) for organ in organs]


async def test_without_its_guards_jobs_would_reach_it(
    work: Work,
    worker: Worker,
    receiver: Receiver,
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    owner_dsn: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With both filters off, and rows found by identifier alone instead of their whole key: the suite can fail."""

    async def get(session: TenantSession, model: type[Any], key: tuple[UUID, UUID], **_options: Any) -> Any:
        return await session.scalar(select(model).where(model.id == key[1]))

    monkeypatch.setattr(TenantSession, "get", get)
    both_off = next(one for one in mutations.mutations() if one.name == "both filters off")
    both_off.apply(owner_dsn)
    reached, before = set(), content_of(owner_dsn, busy_lam_son)
    with both_off.off():
        for job in of_things():
            for arguments in calls(job, giang_son_tay, work):
                with suppress(Exception):  # what stumbles over rows of two organs has gone too far already
                    await worker.do(job, arguments)
            if content_of(owner_dsn, busy_lam_son) != before or receiver.received:
                reached.add(job.name)
                before = content_of(owner_dsn, busy_lam_son)
                receiver.received.clear()
    # Whatever was found: the store looks whose a row is before it reads a file, and nobody is signed out at the issuer
    # who serves another organ. What is told of somebody is told in the organ of the job.
    assert reached == {job.name for job in of_things()} - {
        "documents.read_scan",
        "files.draw_pages",
        "identity.end_at_issuer",
        "office.tell_joined",
    }


async def test_what_is_wanted_of_one_commune_leaves_another_alone(
    work: Work,
    worker: Worker,
    tmp_path: Path,
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    thuan_nam: Organ,
    owner_dsn: str,
    operator_database: Database,
) -> None:
    """Jobs that name an organ alone, or a row of no office: with the attacker's, and identifiers of the other's."""
    theirs = [UUID(row["id"]) for row in rows_of(owner_dsn, busy_lam_son).values()]
    before = kept(owner_dsn, busy_lam_son, tmp_path)
    for job in jobs():
        if not parameters(job) or THINGS & set(parameters(job)):
            continue
        for organ in (giang_son_tay, thuan_nam):
            await worker.try_all(job, organ, {name: [busy_lam_son.id, *theirs] for name in WANTED})
        assert before.changed(kept(owner_dsn, busy_lam_son, tmp_path)) == set(), job.name
    assert theirs_in(owner_dsn, giang_son_tay, [str(one) for one in theirs]) == []


async def test_what_operators_want_of_one_commune_takes_nothing_of_another(
    work: Work,
    worker: Worker,
    tmp_path: Path,
    database: Database,
    operator_database: Database,
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    owner_dsn: str,
) -> None:
    """Its archive, its suspension, its end and that called back, a new password of its administrator."""
    with psycopg.connect(owner_dsn) as connection:  # two of one name are no people of one issuer
        connection.execute("update control.account set username = username || '-2' where issuer_name = 'twin'")
    before, ids_before = kept(owner_dsn, busy_lam_son, tmp_path), identifiers(owner_dsn, busy_lam_son)
    key, asked = uuid4(), []
    async with database.control() as control:
        await renewals.ask(control, find_job("operator.renew_password"), key, "van-hanh", giang_son_tay)
        for kind in ("export", "suspend", "erase", "call_back", "resume"):
            asked.append(uuid4())
            await works.ask(control, None, asked[-1], kind, "van-hanh", giang_son_tay.id, books=False, reason="thử")
    await worker.do(find_job("operator.renew_password"), (key,))
    for one in asked:
        await worker.do(find_job("life.carry_out"), (one,))
    async with operator_database.control() as control:
        assert [(await control.get_one(OrganWork, one)).state for one in asked] == ["done"] * len(asked)
        assert (await control.get_one(PasswordRenewal, key)).state == "done"
    assert before.changed(kept(owner_dsn, busy_lam_son, tmp_path)) == set()
    (archive,) = (tmp_path / "archives").glob("*.zip")
    with ZipFile(archive) as opened:
        written = b"".join(opened.read(name) for name in opened.namelist() if name.endswith((".ndjson", ".json")))
    assert str(giang_son_tay.id).encode() in written
    assert [one for one in ids_before if one.encode() in written] == []


def identifiers(owner_dsn: str, organ: Organ) -> list[str]:
    """The organ's own, and of all its rows."""
    with psycopg.connect(owner_dsn) as connection:
        found = [str(organ.id)]
        for table in twins.office_tables(connection):
            query = f"select id::text from app.{table} where tenant_id = %s"
            found += [row[0] for row in connection.execute(query, [organ.id])]  # type: ignore[arg-type]
    return found


async def test_upkeep_of_one_commune_forgets_nothing_of_another(
    work: Work, worker: Worker, tmp_path: Path, busy_lam_son: Organ, giang_son_tay: Organ, owner_dsn: str
) -> None:
    """Jobs that name nothing: of the twin, long after; then those that go through all organs."""
    theirs = identifiers(owner_dsn, busy_lam_son)[1:]
    before, of_twin_before = all_kept(owner_dsn, (busy_lam_son, giang_son_tay), tmp_path)
    with clock.fixed_at(clock.now() + LATER):
        for job in jobs():
            if job.of_tenant and not parameters(job):
                await worker.do(job, (giang_son_tay.id,))
                assert before.changed(kept(owner_dsn, busy_lam_son, tmp_path)) == set(), job.name
    forgotten = of_twin_before.changed(kept(owner_dsn, giang_son_tay, tmp_path))
    assert {"import_run", "stored_file", "book_file", "webhook_event"} <= forgotten
    for job in jobs():
        if job.name in SWEEPS:
            await worker.do(job, ())
            after = kept(owner_dsn, busy_lam_son, tmp_path)
            assert before.changed(after) <= SWEEPS[job.name], job.name
            before = after
    assert theirs_in(owner_dsn, giang_son_tay, theirs) == []
