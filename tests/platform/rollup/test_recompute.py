"""Figures follow rows: exactly, under races, once for each reader, and for nobody else."""

import asyncio
import dataclasses
from collections.abc import Coroutine, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import ProgrammingError

from lienxa.platform import clock, module
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.module import Figure, FigureRow, Module
from lienxa.platform.rollup import jobs, marks, reading, repository
from lienxa.platform.rollup.models import StoredFigure, rollup_mark

MONTH = date(2026, 3, 1)


async def _read(database: Database, reader: UUID) -> dict[tuple[UUID, str], int]:
    async with database.tenant(reader) as session:
        return {
            (organ, dimension): value
            for organ, counts in (await reading.totals(session, MONTH, MONTH)).items()
            for (_code, dimension), value in counts.items()
        }


async def _marks(database: Database) -> int:
    async with database.control() as session:
        return (await session.execute(select(func.count()).select_from(rollup_mark))).scalar_one()


async def _sweep(database: Database) -> list[list[str]]:
    """Sweep, and take what it wanted out of the queue."""
    async with database.control() as session:
        await jobs.sweep(session)
    async with database.control() as session:
        wanted = await session.scalars(delete(QueuedJob).returning(QueuedJob.message["args"]))
        return sorted(wanted)


@pytest.mark.usefixtures("trial")
async def test_parent_and_its_parent_read_what_the_organ_published(database: Database, tree: Any, write: Any) -> None:
    await write(tree.commune)
    await write(tree.commune)
    await write(tree.neighbour)
    for organ in (tree.commune, tree.neighbour):
        await jobs.recompute(database, organ, "trial")

    seen = {(tree.commune, "trial.done"): 2, (tree.neighbour, "trial.done"): 1}
    assert await _read(database, tree.district) == seen
    assert await _read(database, tree.province) == seen
    assert await _read(database, tree.other_district) == {}
    assert await _read(database, tree.commune) == {}
    assert await _marks(database) == 0


@pytest.mark.usefixtures("trial")
async def test_figures_of_vanished_rows_vanish(database: Database, tree: Any, write: Any) -> None:
    await write(tree.commune, "trial.done")
    await write(tree.commune, "trial.begun")
    await jobs.recompute(database, tree.commune, "trial")
    async with database.tenant(tree.commune) as session:
        assert len((await session.scalars(select(StoredFigure))).all()) == 4

    trial = module.all_modules()[0]
    only_done = dataclasses.replace(trial.figures[0], rows=_only(trial.figures[0], "trial.done"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "all_modules", lambda: (dataclasses.replace(trial, figures=[only_done]),))
        await write(tree.commune, "trial.done")
        await jobs.recompute(database, tree.commune, "trial")

    assert await _read(database, tree.district) == {(tree.commune, "trial.done"): 2}
    assert await _read(database, tree.province) == {(tree.commune, "trial.done"): 2}


def _only(figure: Figure, action: str) -> Any:
    async def rows(session: TenantSession) -> Sequence[FigureRow]:
        return [row for row in await figure.rows(session) if row.dimension == action]

    return rows


@pytest.mark.usefixtures("trial")
async def test_an_organ_that_moves_is_read_by_its_new_parents(
    database: Database, operator_database: Database, tree: Any, write: Any
) -> None:
    await write(tree.commune)
    await jobs.recompute(database, tree.commune, "trial")
    async with operator_database.control() as session:
        await session.execute(
            text("update control.tenant set parent_id = :parent where id = :id"),
            {"parent": tree.other_district, "id": tree.commune},
        )
    await write(tree.commune)
    await jobs.recompute(database, tree.commune, "trial")

    assert await _read(database, tree.district) == {}
    assert await _read(database, tree.province) == {}
    assert await _read(database, tree.other_district) == {(tree.commune, "trial.done"): 2}


async def test_no_change_is_lost_under_racing_writers(
    database: Database, tree: Any, write: Any, trial: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writers commit while recomputations of the pair race each other; after each round one sweep finds the truth."""
    figure = trial.figures[0]

    async def rows(session: TenantSession) -> Sequence[FigureRow]:
        found = await figure.rows(session)
        await asyncio.sleep(0.005)  # long enough for others to commit between the count and the end
        return found

    slow = dataclasses.replace(trial, figures=[dataclasses.replace(figure, rows=rows)])
    monkeypatch.setattr(module, "all_modules", lambda: (slow,))
    rounds, writers, commits = 8, 5, 2

    async def writer(number: int) -> None:
        for turn in range(commits):
            await write(tree.commune, f"trial.{(number + turn) % 3}")

    async def recompute_while(writing: asyncio.Task[Any]) -> None:
        while not writing.done():
            await jobs.recompute(database, tree.commune, "trial")

    for done in range(1, rounds + 1):
        writing = asyncio.create_task(_all(writer(number) for number in range(writers)))
        await asyncio.gather(writing, *(recompute_while(writing) for _ in range(3)))
        for organ, name in await _sweep(database):
            await jobs.recompute(database, UUID(organ), name)

        async with database.tenant(tree.commune) as session:
            counted = await session.execute(select(AuditEvent.action, func.count()).group_by(AuditEvent.action))
            truth = {(tree.commune, action): count for action, count in counted}
        assert sum(truth.values()) == done * writers * commits
        assert await _read(database, tree.district) == truth
    assert await _marks(database) == 0


async def _all(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    await asyncio.gather(*work)


async def test_a_change_that_commits_during_the_recomputation_keeps_its_mark(
    database: Database, tree: Any, write: Any, trial: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = trial.figures[0]

    async def rows(session: TenantSession) -> Sequence[FigureRow]:
        await write(tree.commune)
        return await figure.rows(session)

    slow = dataclasses.replace(trial, figures=[dataclasses.replace(figure, rows=rows)])
    monkeypatch.setattr(module, "all_modules", lambda: (slow,))
    await write(tree.commune)
    await jobs.recompute(database, tree.commune, "trial")

    assert await _read(database, tree.district) == {(tree.commune, "trial.done"): 1}
    assert await _marks(database) == 1


@pytest.mark.usefixtures("trial")
async def test_while_the_lock_is_held_it_ends_at_once_and_the_marks_stay(
    database: Database, tree: Any, write: Any
) -> None:
    await write(tree.commune)
    key = jobs._lock_key(tree.commune, "trial")
    async with database.engine.connect() as holder:
        assert await repository.try_lock(holder, key)
        await asyncio.wait_for(jobs.recompute(database, tree.commune, "trial"), 5)
        assert await _read(database, tree.district) == {}
        assert await _marks(database) == 1
        await repository.unlock(holder, key)

    await jobs.recompute(database, tree.commune, "trial")
    assert await _read(database, tree.district) == {(tree.commune, "trial.done"): 1}


async def test_the_lock_goes_with_a_failed_recomputation(
    database: Database, tree: Any, write: Any, trial: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def rows(session: TenantSession) -> Sequence[FigureRow]:
        raise ZeroDivisionError

    broken = dataclasses.replace(trial, figures=[dataclasses.replace(trial.figures[0], rows=rows)])
    await write(tree.commune)
    with monkeypatch.context() as patch:
        patch.setattr(module, "all_modules", lambda: (broken,))
        with pytest.raises(ZeroDivisionError):
            await jobs.recompute(database, tree.commune, "trial")
    assert await _marks(database) == 1

    await jobs.recompute(database, tree.commune, "trial")
    assert await _read(database, tree.district) == {(tree.commune, "trial.done"): 1}


async def test_a_serialization_failure_is_retried_at_once(
    database: Database, tree: Any, write: Any, trial: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(tree.commune)
    await jobs.recompute(database, tree.commune, "trial")
    figure, disturbed = trial.figures[0], 0

    async def rows(session: TenantSession) -> Sequence[FigureRow]:
        """On the first attempt somebody else changes the stored figure after our snapshot."""
        nonlocal disturbed
        disturbed += 1
        found = await figure.rows(session)
        if disturbed == 1:
            async with database.tenant(tree.commune) as other:
                await other.execute(update(StoredFigure).where(StoredFigure.tenant_id == tree.commune).values(value=99))
        return found

    racing = dataclasses.replace(trial, figures=[dataclasses.replace(figure, rows=rows)])
    monkeypatch.setattr(module, "all_modules", lambda: (racing,))
    await write(tree.commune)
    await jobs.recompute(database, tree.commune, "trial")

    assert disturbed == 2
    assert await _read(database, tree.district) == {(tree.commune, "trial.done"): 2}


@pytest.mark.usefixtures("trial")
async def test_an_organ_cannot_write_figures_of_another(database: Database, tree: Any, write: Any) -> None:
    await write(tree.commune)
    await jobs.recompute(database, tree.commune, "trial")
    forged = {
        "reader_id": tree.district,
        "tenant_id": tree.commune,
        "module": "trial",
        "code": "events",
        "month": MONTH,
        "dimension": "forged",
        "value": 1,
        "changed_at": func.now(),
    }
    for foreigner in (tree.neighbour, tree.district, tree.elsewhere):
        with pytest.raises(ProgrammingError, match="row-level security"):
            async with database.tenant(foreigner) as session:
                await session.execute(insert(StoredFigure).values(forged))
        async with database.tenant(foreigner) as session:
            for change in (update(StoredFigure).values(value=99), delete(StoredFigure)):
                touched: Any = await session.execute(change)
                assert touched.rowcount == 0

    assert await _read(database, tree.district) == {(tree.commune, "trial.done"): 1}


@pytest.mark.usefixtures("trial")
async def test_each_sees_only_what_is_written_by_or_for_it(database: Database, tree: Any, write: Any) -> None:
    """Without any predicate of ours: the policy alone."""
    for organ in (tree.commune, tree.neighbour, tree.elsewhere):
        await write(organ)
        await jobs.recompute(database, organ, "trial")

    async def seen_by(organ: UUID) -> set[tuple[UUID, UUID]]:
        async with database.tenant(organ) as session:
            rows = await session.execute(text("select reader_id, tenant_id from rollup.figure"))
            return {(row.reader_id, row.tenant_id) for row in rows}

    assert await seen_by(tree.commune) == {(tree.district, tree.commune), (tree.province, tree.commune)}
    assert await seen_by(tree.district) == {(tree.district, tree.commune), (tree.district, tree.neighbour)}
    assert await seen_by(tree.other_district) == {(tree.other_district, tree.elsewhere)}


@pytest.mark.usefixtures("trial")
async def test_the_sweep_wants_one_job_for_a_marked_pair(database: Database, tree: Any, write: Any) -> None:
    await write(tree.commune)
    await write(tree.commune)
    await write(tree.elsewhere)
    async with database.tenant(tree.commune) as session:
        await marks.mark(session, "publishes-nothing")
    async with database.control() as session:
        assert await jobs.sweep(session) == 2
    async with database.control() as session:
        assert await jobs.sweep(session) == 0, "their jobs are still queued"

    assert await _sweep(database) == sorted([[str(tree.commune), "trial"], [str(tree.elsewhere), "trial"]])
    assert await _marks(database) == 3, "marks go with the recomputation; those of nobody's figures at once"


@pytest.mark.usefixtures("trial")
async def test_a_new_day_marks_every_watched_organ(database: Database, tree: Any) -> None:
    async with database.control() as session:
        await marks.mark_all(session, jobs.publishing_modules())
        assert set(await marks.marked_pairs(session)) == {
            (organ, "trial") for organ in (tree.commune, tree.neighbour, tree.elsewhere, tree.district)
        }


@pytest.mark.usefixtures("trial")
async def test_figures_are_as_old_as_the_oldest_change_that_waits(database: Database, tree: Any, write: Any) -> None:
    long_ago = clock.now().replace(microsecond=0).replace(year=2025)
    with clock.fixed_at(long_ago):
        await write(tree.commune)

    async def as_of(organ: UUID) -> Any:
        async with database.tenant(organ) as session:
            return await reading.current_as_of(session)

    assert await as_of(tree.district) == await as_of(tree.province) == long_ago
    assert await as_of(tree.other_district) > long_ago
    await jobs.recompute(database, tree.commune, "trial")
    assert await as_of(tree.district) > long_ago
