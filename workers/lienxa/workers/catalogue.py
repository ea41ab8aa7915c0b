"""Every job that exists, and when the scheduled ones are wanted."""

from collections.abc import Iterable
from importlib import import_module

from lienxa.platform.jobs.actors import Job, find_job
from lienxa.platform.module import Schedule, all_modules

# Each may have a `SCHEDULES`.
PLATFORM_JOBS = (
    "lienxa.platform.audit.jobs",
    "lienxa.platform.files.jobs",
    "lienxa.platform.identity.jobs",
    "lienxa.platform.imports.jobs",
    "lienxa.platform.jobs.upkeep",
    "lienxa.platform.life.jobs",
    "lienxa.platform.mail.jobs",
    "lienxa.platform.notify.jobs",
    "lienxa.platform.operator.jobs",
    "lienxa.platform.rollup.jobs",
    "lienxa.platform.rest.jobs",
    "lienxa.platform.web.jobs",
    "lienxa.platform.webhooks.jobs",
    "lienxa.platform.workdays.jobs",
)


def load_jobs(others: Iterable[str] = ()) -> list[tuple[Job, Schedule]]:
    """Import the jobs of platform, modules and `others`; returns what is scheduled. Raises for an unknown job."""
    schedules: list[Schedule] = []
    for path in (*PLATFORM_JOBS, *others):
        schedules += getattr(import_module(path), "SCHEDULES", ())
    for module in all_modules():
        if module.jobs:
            import_module(module.jobs)
        schedules += module.schedules
    return [(find_job(schedule.actor_name), schedule) for schedule in schedules]
