"""Each filter stands alone: what one probe reaches without it, and not with it (`make prove-isolation` prints it).

In each cell: *leaks*, the probe reached or changed something of the other organ; *refuses*, it got nothing and was
answered otherwise than in the healthy state, or this is the healthy state; *unseen*, it was answered as in the healthy
state. The walk through the catalogue *sees* a mutation or does not. What nothing notices fails.
"""

import sys
from collections.abc import AsyncIterator, Collection, Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from litestar import Litestar
from structlog.testing import capture_logs
from tests.conftest import FindActor, Templates, Visit
from tests.isolation import probes, twins
from tests.isolation.mutations import LEAKS, REFUSES, UNSEEN, Mutation, mutations, office_tables
from tests.isolation.probes import Organs, Seen
from tests.isolation.test_routes import give_every_right, rows_of

from lienxa.platform import clock
from lienxa.platform.db.session import Database
from lienxa.platform.tenancy.organs import Organ

HEALTHY = "nothing"
PROBES = ("http", "core", "orm")
# Pages say the time: every probe happens at the same moment.
MOMENT = datetime.now(UTC)

# By mutation: what each probe was answered, and what the walk through the catalogue complains of.
Table = dict[str, tuple[dict[str, Seen], list[str]]]


@pytest.fixture(scope="module")
def seen(request: pytest.FixtureRequest) -> Iterator[Table]:
    """What the probes were answered under each mutation; printed when all are through."""
    table: Table = {}
    yield table
    if request.config.getoption("--capture") == "no":
        sys.stdout.write("\n" + "\n".join(lines(table)) + "\n")


@pytest.fixture
async def organs(twin: Organ, busy_lam_son: Organ, owner_dsn: str) -> Organs:
    """Two communes of equal names and numbers; the one that is asked has something in every table."""
    twins.invent_rows(owner_dsn, busy_lam_son)
    twins.invent_figure(owner_dsn, busy_lam_son, busy_lam_son.id)
    give_every_right(owner_dsn, twin, "clerk")
    return Organs(twin, busy_lam_son, rows_of(owner_dsn, busy_lam_son))


@pytest.fixture
async def unbound(templates: Templates, database_name: str) -> AsyncIterator[Database]:
    """A login that row security does not bind."""
    opened = Database(templates.cluster.dsn("lx_migrator", database_name), pool_size=1)
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    "mutation", [pytest.param(one, id=one.name, marks=[pytest.mark.long] * one.long) for one in mutations()]
)
async def test_each_filter_stands_alone(
    mutation: Mutation,
    seen: Table,
    organs: Organs,
    app: Litestar,
    visit: Visit,
    actor_with: FindActor,
    database: Database,
    unbound: Database,
    owner_dsn: str,
) -> None:
    with clock.fixed_at(MOMENT):
        visitor = await visit(organs.asking, await actor_with(organs.asking, "clerk"))
        mutation.apply(owner_dsn)
        with mutation.off(), capture_logs():  # of hundreds of refusals each would be told at length
            answers = {
                "core": await probes.core(database, organs, mutation.table),
                "orm": await probes.orm(unbound, organs, mutation.table),
                # Last: what it changes at home, the others would see.
                "http": await probes.http(app, visitor, organs, owner_dsn, concerned(seen, mutation)),
            }
    seen[mutation.name] = (answers, probes.catalogue(owner_dsn))
    assert HEALTHY in seen, "the healthy state is what others are compared with: let it run first"
    row = shown(seen, mutation.name)
    assert row == (mutation.http, mutation.core, mutation.orm, mutation.walk), why(seen, mutation.name)


def concerned(seen: Table, mutation: Mutation) -> Collection[str] | None:
    """The requests whose statements name the table that is tampered with, as the healthy state showed; None: all."""
    if not mutation.table:
        return None
    answers = seen[HEALTHY][0]["http"]
    return {question for question, answer in answers.items() if mutation.table in answer.tables}


@pytest.mark.long
def test_the_walk_misses_force_on_each_table(owner_dsn: str) -> None:
    """No probe sees it: it binds the owner of the tables, as whom the service never logs in."""
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        for table in office_tables():
            connection.execute(f"alter table {table} no force row level security")  # type: ignore[arg-type]
            assert probes.catalogue(owner_dsn) != [], table
            connection.execute(f"alter table {table} force row level security")  # type: ignore[arg-type]
    assert probes.catalogue(owner_dsn) == []


def test_every_policy_of_the_database_is_taken_away(owner_dsn: str) -> None:
    with psycopg.connect(owner_dsn) as connection:
        guarded = connection.execute("select distinct schemaname || '.' || tablename from pg_policies").fetchall()
    opened = {mutation.table for mutation in mutations() if "USING (true): " in mutation.name}
    assert opened == {table for (table,) in guarded}


def shown(seen: Table, name: str) -> tuple[str, str, str, bool]:
    """A row of the table."""
    answers, complaints = seen[name]
    http, core, orm = (cell(answers[probe], seen[HEALTHY][0][probe], name == HEALTHY) for probe in PROBES)
    return http, core, orm, complaints != []


def cell(answers: Seen, healthy: Seen, is_healthy: bool) -> str:
    """What a probe shows."""
    if any(answer.leaks for answer in answers.values()):
        return LEAKS
    changed = {question for question in answers.keys() & healthy.keys() if answers[question] != healthy[question]}
    if not changed and not is_healthy:
        return UNSEEN
    # Figures and orders of another page than before depend on the other organ, although nothing of it is named.
    if any(answers[question].said.startswith("200 ") for question in changed):
        return LEAKS
    return REFUSES


def why(seen: Table, name: str) -> str:
    """The first questions of each probe that were answered otherwise, and what the catalogue walk says."""
    answers, complaints = seen[name]
    healthy = seen[HEALTHY][0]
    told = [f"catalogue: {complaints}"]
    for probe in PROBES:
        other = [
            f"{question}: {answer}"
            for question, answer in answers[probe].items()
            if answer.leaks or answer != healthy[probe].get(question)
        ]
        told += [f"{probe}: {len(other)} of {len(answers[probe])}", *other[:10]]
    return "\n".join(told)


def lines(seen: Table) -> Iterator[str]:
    """The table as it is printed and stands in docs/security.md."""
    yield "| taken away | HTTP attacks | Core SQL as lx_app | ORM past row security | catalogue walk |"
    yield "|---|---|---|---|---|"
    for name in seen:
        http, core, orm, walk = shown(seen, name)
        only = walk and {http, core, orm} == {UNSEEN}
        yield f"| {name} | {http} | {core} | {orm} | {('sees, alone' if only else 'sees') if walk else '-'} |"
