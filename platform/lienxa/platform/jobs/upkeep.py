"""Upkeep of the queue itself."""

from datetime import timedelta

from lienxa.platform.db.session import Database
from lienxa.platform.jobs import repository
from lienxa.platform.jobs.actors import control_actor
from lienxa.platform.module import Schedule
from lienxa.platform.text import _

DONE_IS_KEPT = timedelta(days=7)

SCHEDULES = (Schedule("jobs.forget_done", seconds=6 * 3600),)


@control_actor(title=_("Dọn dấu vết việc đã xong"), queue="quick")
async def forget_done(database: Database) -> None:
    """Drop the records of jobs that were done long ago."""
    async with database.control() as session:
        await repository.forget_done(session, DONE_IS_KEPT)
