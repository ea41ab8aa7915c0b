"""The issuer is asked by a job of its own."""

from lienxa.workers.catalogue import load_jobs


def test_the_scheduler_wants_the_refresh_twice_a_minute() -> None:
    scheduled = {job.name: schedule.seconds for job, schedule in load_jobs()}
    assert scheduled["identity.refresh_sessions"] == 30
