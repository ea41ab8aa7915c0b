"""The demonstration: announced at once, made whole or not at all, the same each time."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select
from tests.conftest import EMPTY, Templates

from lienxa.platform import clock
from lienxa.platform.db.embedded import SUPERUSER
from lienxa.platform.db.session import Database
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.module import DemoContext, DemoVolume, all_modules
from lienxa.platform.operator import demo, jobs
from lienxa.platform.rollup.jobs import recompute
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy import preparation
from lienxa.platform.tenancy.organs import organ_by_slug
from lienxa.tenants.rollout import repository, rules
from lienxa.tenants.rollout.pages.reports import live_counts

VOLUME = DemoVolume(incoming=4, party=1, office=1, sections=1, meetings=3, cases=3)
WANTED = ("do-luong", "giang-son-tay", "van-son")


@pytest.fixture(autouse=True)
def few_organs_with_little_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row for row in demo.organ_rows() if row["slug"] in WANTED]
    monkeypatch.setattr(demo, "organ_rows", lambda: rows)
    monkeypatch.setattr(demo, "_COMPLETE_AT_READY", ("giang-son-tay",))
    monkeypatch.setattr(demo, "VOLUMES", dict.fromkeys(WANTED, VOLUME))


@pytest.fixture
def settings(test_settings: Settings, operator_database: Database) -> Settings:
    dsn = operator_database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return test_settings.model_copy(update={"db_operator_dsn": type(test_settings.db_operator_dsn)(dsn)})


def row_of(slug: str) -> Mapping[str, str]:
    return next(row for row in demo.organ_rows() if row["slug"] == slug)


def office_rows(dsn: str, tenant_id: UUID) -> dict[str, Sequence[str]]:
    """Every row of an organ in every office table, as text, without the secrets on receipts: they are drawn."""
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            "select relname from pg_class where relnamespace = 'app'::regnamespace and relkind = 'r'"
        ).fetchall()
        found = {
            table: connection.execute(
                f"select (to_jsonb(t) - 'receipt_secret')::text from app.{table} t where tenant_id = %s order by id",
                [tenant_id],
            ).fetchall()
            for (table,) in tables
        }
    return {table: [text for (text,) in rows] for table, rows in found.items() if rows}


async def stand_of(database: Database, organ_id: UUID) -> preparation.Stand:
    async with database.control() as control:
        return (await preparation.stands(control, [organ_id]))[organ_id]


async def state_of(database: Database, slug: str) -> str:
    async with database.control() as control:
        organ = await organ_by_slug(control, slug)
    assert organ is not None
    return organ.state


@pytest.fixture
def other_database_name(templates: Templates) -> Iterator[str]:
    name = templates.clone(EMPTY)
    yield name
    templates.drop(name)


async def test_two_makings_of_one_day_have_equal_rows_and_identifiers(
    operator_database: Database,
    owner_dsn: str,
    templates: Templates,
    other_database_name: str,
    settings: Settings,
) -> None:
    other = Database(templates.cluster.dsn("lx_operator", other_database_name), pool_size=2)
    found = []
    noon = clock.instant(clock.today(), 12)
    for database, dsn, moment in (
        (operator_database, owner_dsn, noon),
        (other, templates.cluster.dsn(SUPERUSER, other_database_name), noon + timedelta(hours=3)),
    ):
        with clock.fixed_at(moment):
            known = await demo.announce(database, settings)
            for slug in ("do-luong", "giang-son-tay"):
                await demo.complete(database, settings, row_of(slug), known)
        found.append([known, office_rows(dsn, known["do-luong"]), office_rows(dsn, known["giang-son-tay"])])
    await other.close()
    assert len(found[0][2]) > 15
    assert found[0] == found[1]


async def test_at_ready_the_first_are_complete_and_a_job_is_wanted_for_the_rest(
    operator_database: Database, database: Database, settings: Settings
) -> None:
    await demo.make(settings)
    assert [await state_of(database, slug) for slug in WANTED] == ["active", "active", "preparing"]
    await demo.make(settings)  # a second start finds the job waiting
    async with database.control() as control:
        messages = (await control.scalars(select(QueuedJob.message))).all()
    wanted = [message for message in messages if message["actor_name"] == "operator.make_demonstration"]
    assert len(wanted) == 1
    await jobs.make_demonstration(operator_database)
    assert await state_of(database, "van-son") == "active"
    async with database.control() as control:
        organ = await organ_by_slug(control, "van-son")
    assert organ is not None
    stand = await stand_of(database, organ.id)
    assert stand.state == "done"


async def test_what_was_broken_off_is_begun_anew_and_the_others_are_made(
    operator_database: Database, database: Database, owner_dsn: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = all_modules()

    async def fail(context: DemoContext) -> None:
        if context.organ.slug == "giang-son-tay":
            await context.advance(5)
            raise RuntimeError("in the middle of the year")

    known = await demo.announce(operator_database, settings)
    with monkeypatch.context() as patched:
        patched.setattr(demo, "all_modules", lambda: [*real[:-1], replace(real[-1], demo=fail)])
        with pytest.raises(RuntimeError, match="giang-son-tay"):
            await demo.make_rest(operator_database, settings)
    assert office_rows(owner_dsn, known["giang-son-tay"]) == {}
    assert await state_of(database, "giang-son-tay") == "preparing"
    assert (await stand_of(database, known["giang-son-tay"])).state == "failed"
    assert await state_of(database, "van-son") == "active"
    await demo.complete(operator_database, settings, row_of("giang-son-tay"), known)
    assert await state_of(database, "giang-son-tay") == "active"


async def test_of_two_at_once_one_makes_the_organ_once(
    operator_database: Database, owner_dsn: str, settings: Settings
) -> None:
    known = await demo.announce(operator_database, settings)
    makings = [demo.complete(operator_database, settings, row_of("van-son"), known) for _each in range(2)]
    await asyncio.gather(*makings)
    once = office_rows(owner_dsn, known["van-son"])
    assert len(once["audit_event"]) > 10
    with psycopg.connect(owner_dsn) as connection:
        marks = connection.execute(
            "select module, count(*) from control.rollup_mark where tenant_id = %s group by 1", [known["van-son"]]
        ).fetchall()
    # One as the organ begins and one when its year is told, however many acts there were.
    assert dict(marks) == {module.name: 2 for module in all_modules() if module.figures}
    await demo.complete(operator_database, settings, row_of("van-son"), known)
    assert office_rows(owner_dsn, known["van-son"]) == once


KILLED_AFTER = """
import asyncio, os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from lienxa.platform.db.session import Database
from lienxa.platform.module import DemoVolume
from lienxa.platform.operator import demo
from lienxa.platform.settings import get_settings
left = int(os.environ["KILLED_AFTER"])
demo.VOLUMES = {"van-son": DemoVolume(4, 1, 1, 1, 3, 3)}

@event.listens_for(Engine, "after_cursor_execute")
def count(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    settings = get_settings()
    database = Database(settings.db_operator_dsn.get_secret_value(), pool_size=2)
    known = await demo.announce(database, settings)
    row = next(row for row in demo.organ_rows() if row["slug"] == "van-son")
    await demo.complete(database, settings, row, known)

asyncio.run(main())
"""


@pytest.mark.parametrize("statements", [200])
async def test_killed_in_the_middle_of_a_year_nothing_is_half_there(
    operator_database: Database,
    database: Database,
    owner_dsn: str,
    settings: Settings,
    tmp_path: Path,
    statements: int,
) -> None:
    known = await demo.announce(operator_database, settings)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_AFTER],
        env={
            **os.environ,
            "LIENXA_DATA": str(tmp_path),
            "LIENXA_DB_OPERATOR_DSN": settings.db_operator_dsn.get_secret_value(),
            "KILLED_AFTER": str(statements),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert office_rows(owner_dsn, known["van-son"]) == {}
    assert await state_of(database, "van-son") == "preparing"
    await demo.make_rest(operator_database, settings)
    assert await state_of(database, "van-son") == "active"


async def test_an_organ_is_told_as_much_as_its_volume_says(
    operator_database: Database, owner_dsn: str, settings: Settings
) -> None:
    known = await demo.announce(operator_database, settings)
    await demo.complete(operator_database, settings, row_of("van-son"), known)
    with psycopg.connect(owner_dsn) as connection:
        counted = connection.execute(
            "select count(*) filter (where direction = 'incoming'), count(*) filter (where state = 'issued')"
            " from app.document where tenant_id = %s",
            [known["van-son"]],
        ).fetchone()
    # Numbered results of cases would come on top of what documents tell: there are none.
    assert counted == (VOLUME.incoming, VOLUME.party + VOLUME.office + VOLUME.sections)


async def test_when_all_have_their_year_months_are_closed_and_one_of_them_corrected(
    operator_database: Database,
    database: Database,
    owner_dsn: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(demo.VOLUMES, "giang-son-tay", replace(VOLUME, incoming=40))
    await demo.make(settings)
    await jobs.make_demonstration(operator_database)
    await jobs.make_demonstration(operator_database)  # delivered again
    async with database.control() as control:
        messages = (await control.scalars(select(QueuedJob.message))).all()
    assert [message["actor_name"] for message in messages].count("operator.close_demonstration") == 1
    await jobs.close_demonstration(database)
    known = await demo.announce(operator_database, settings)
    merged = known["giang-son-tay"]
    rows = office_rows(owner_dsn, known["do-luong"]) | {"of_merged": office_rows(owner_dsn, merged)["closed_period"]}
    assert len(rows["closed_period"]) == len(rows["of_merged"]) == 3
    assert "closed_period" not in office_rows(owner_dsn, known["van-son"]), "its office is not merged yet"
    for module in ("documents", "rollout"):
        await recompute(database, merged, module)
    found = []
    for slug in ("do-luong", "giang-son-tay"):
        async with database.control() as control:
            organ = await organ_by_slug(control, slug)
        assert organ is not None
        async with database.tenant(organ.id) as session:
            for period in await repository.period_page(session, None):
                organs = await repository.closed_organs(session, period.id)
                closed = await repository.closed_counts(session, period.id)
                live = await live_counts(session, organ, period.month)
                found += [
                    (slug, one.organ, one.live - one.closed)
                    for one in rules.differences(organs, closed, live, {})
                    if one.figure == "documents.incoming"
                ]
    assert found == [("do-luong", "Giang Sơn Tây", -1), ("giang-son-tay", "Giang Sơn Tây", -1)]
    await jobs.close_demonstration(database)  # delivered again
    assert office_rows(owner_dsn, merged)["closed_period"] == rows["of_merged"]
