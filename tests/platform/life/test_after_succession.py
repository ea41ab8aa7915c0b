"""What a merger leaves behind when a predecessor is erased, or comes back from an archive."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import psycopg
import pytest
from tests.conftest import Templates
from tests.platform.life.conftest import Act
from tests.platform.life.succeeding import OLD, carried_out, merger, the
from tests.platform.life.test_restoring import decided

from lienxa.platform import clock
from lienxa.platform.db.session import Database
from lienxa.platform.life import erasing, following
from lienxa.platform.rollup import jobs, marks
from lienxa.platform.tenancy.organs import Organ

Told = Mapping[tuple[str, ...], int]


@pytest.fixture
def database_name(templates: Templates, succeeding_template: str) -> Iterator[str]:
    name = templates.clone(succeeding_template)
    yield name
    templates.drop(name)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PAUSE", timedelta(0))


async def erase(act: Act, operator_database: Database, organ: Organ) -> None:
    """Decide it, and carry it out when the waiting period is over."""
    erasure = await decided(act, operator_database, organ)
    with clock.fixed_at(erasure.due_at + timedelta(seconds=1)):
        await erasing.carry_out(operator_database, erasure.id)
    async with operator_database.control() as control:
        ended = await erasing.find(control, erasure.id)
    assert ended.state == "done"
    assert sum(count for table, count in ended.rows.items() if not table.startswith("control.")) == ended.expected


async def district_figures(database: Database, owner_dsn: str, organ: Organ) -> Told:
    """What the organ has published for those above it, brought up to date with its marks."""
    for module in jobs.publishing_modules():
        await jobs.recompute(database, organ.id, module)
    with psycopg.connect(owner_dsn) as connection:
        query = "select reader_id::text, code, month::text, dimension, value from rollup.figure where tenant_id = %s"
        return {row[:-1]: row[-1] for row in connection.execute(query, [organ.id])}


async def test_erasing_a_merged_commune_leaves_its_past_in_the_figures_of_the_district(
    act: Act, database: Database, operator_database: Database, owner_dsn: str
) -> None:
    lam_son = await the(database, OLD[0])
    assert (await carried_out(operator_database, merger())).state == "done"
    before = await district_figures(database, owner_dsn, lam_son)
    assert any(before.values())
    await erase(act, operator_database, lam_son)
    assert await district_figures(database, owner_dsn, lam_son) == before
    async with database.tenant(lam_son.id) as session:  # as a job that was late left it
        for module in jobs.publishing_modules():
            await marks.mark(session, module)
    assert await district_figures(database, owner_dsn, lam_son) == before, "nothing is counted anew of what is gone"


async def test_a_commune_that_nobody_follows_takes_its_figures_along(
    act: Act, database: Database, operator_database: Database, owner_dsn: str
) -> None:
    lam_son = await the(database, OLD[0])
    async with database.tenant(lam_son.id) as session:
        for module in jobs.publishing_modules():
            await marks.mark(session, module)
    assert await district_figures(database, owner_dsn, lam_son)
    await erase(act, operator_database, lam_son)
    assert await district_figures(database, owner_dsn, lam_son) == {}


async def test_an_archive_of_before_a_merger_is_refused_and_one_of_after_it_comes_back_as_it_was(
    act: Act, database: Database, operator_database: Database, owner_dsn: str
) -> None:
    lam_son = await the(database, OLD[0])
    early = await act("export", lam_son, books=False)
    assert (await carried_out(operator_database, merger())).state == "done"
    before = await district_figures(database, owner_dsn, lam_son)
    late = await act("export", lam_son, books=False)
    await erase(act, operator_database, lam_son)

    refused = await act("restore", None, archive=early.result["archive"])
    assert refused.state == "failed"
    assert "trước khi đơn vị sáp nhập hoặc chia tách xong" in refused.reason
    assert "Chọn tệp lưu lập sau khi bàn giao xong" in refused.reason
    with psycopg.connect(owner_dsn) as connection:
        assert connection.execute("select count(*) from app.staff where tenant_id = %s", [lam_son.id]).fetchone() == (
            0,
        )
    assert await district_figures(database, owner_dsn, lam_son) == before

    restored = await act("restore", None, archive=late.result["archive"])
    assert restored.state == "done", restored.reason
    assert await district_figures(database, owner_dsn, lam_son) == before, "its open work is counted once"


async def test_the_successor_does_not_come_back_as_it_was_before_it_took_the_others_in(
    act: Act, database: Database, operator_database: Database
) -> None:
    into = await the(database, OLD[1])
    early = await act("export", into, books=False)
    plan = merger(predecessors=[OLD[0]], successors=[into.slug], rest=into.slug, new=[])
    done = await carried_out(operator_database, plan)
    assert done.state == "done", done.reason
    await erase(act, operator_database, into)
    refused = await act("restore", None, archive=early.result["archive"])
    assert refused.state == "failed"
    assert "trước khi đơn vị sáp nhập hoặc chia tách xong" in refused.reason
