"""What must be quick stays quick while the heavy queue is full: an office works on, and its parent sees it."""

import time
from typing import Any

import trial_jobs
from forms import form_to
from sqlalchemy import func, select

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import Database
from lienxa.platform.jobs import enqueue
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.rollup.models import StoredFigure
from lienxa.platform.tenancy.organs import Organ

HEAVY_JOBS = 300
SECONDS = 15  # one or two; the rest is what a machine adds that other tests keep busy


async def test_the_parents_figures_move_while_the_heavy_queue_is_full(
    database: Database, lam_son: Organ, do_luong: Organ, clerk: Actor, visit: Any, processes: Any, until: Any
) -> None:
    async with database.tenant(lam_son.id) as session:
        for number in range(HEAVY_JOBS):
            await enqueue(session, trial_jobs.heavy_hang_once, lam_son.id, f"heavy-{number}")
    processes.worker("heavy")
    processes.worker("quick")
    processes.start("lienxa.workers.scheduler")
    await until(lambda: sum(processes.began(f"heavy-{number}") for number in range(HEAVY_JOBS)) >= 2)
    before = await _registered(database, do_luong)

    visitor = await visit(lam_son, clerk)
    form = form_to((await visitor.get("/van-ban/den/moi")).text, "/van-ban/den/moi")
    typed = {"author_organ": "Sở Nội vụ", "author_symbol": "77/SNV-VP", "abstract": "Về việc thử nghiệm"}
    typed |= {"body": form.choice("body"), "type": "state/cong-van"}
    answer = await visitor.post("/van-ban/den/moi", form.filled(typed))
    assert answer.status_code == 303, answer.text
    told = time.monotonic()

    async def moved() -> bool:
        return await _registered(database, do_luong) == before + 1

    await until(moved)
    assert time.monotonic() - told < SECONDS
    async with database.control() as session:
        heavy = select(func.count()).where(QueuedJob.queue_name == "heavy")
        assert (await session.scalar(heavy) or 0) >= HEAVY_JOBS


async def _registered(database: Database, parent: Organ) -> int:
    """How many incoming documents the parent sees."""
    query = select(func.coalesce(func.sum(StoredFigure.value), 0)).where(
        StoredFigure.reader_id == parent.id, StoredFigure.code == "documents.incoming"
    )
    async with database.tenant(parent.id) as session:
        return int(await session.scalar(query) or 0)
