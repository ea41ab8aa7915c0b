"""How the installation stands now: queues, dead letters, workers and how far figures lag, as values of metrics."""

from lienxa.platform import clock
from lienxa.platform.db.session import ControlSession
from lienxa.platform.jobs.repository import live_workers, queue_states
from lienxa.platform.rollup.repository import lagging_organs
from lienxa.platform.telemetry import metrics
from lienxa.platform.telemetry.tenant import ATTRIBUTE
from lienxa.platform.webhooks import repository as webhooks


async def look(session: ControlSession) -> metrics.Standing:
    """The values of the gauges of `telemetry/metrics.py`. Every queue and the eldest organs, so labels stay few."""
    states = await queue_states(session)
    lagging, waiting = await lagging_organs(session, metrics.MOST_ORGANS)
    lacking = await webhooks.lagging(session)
    now = clock.now()
    return {
        metrics.QUEUE_WAITING: [(state.waiting, {"queue": state.queue}) for state in states],
        metrics.QUEUE_RUNNING: [(state.running, {"queue": state.queue}) for state in states],
        metrics.QUEUE_DEAD: [(state.dead, {"queue": state.queue}) for state in states],
        metrics.QUEUE_LOST: [(state.lost, {"queue": state.queue}) for state in states],
        metrics.QUEUE_AGE: [(state.oldest_seconds, {"queue": state.queue}) for state in states],
        metrics.WORKERS: [(await live_workers(session), {})],
        metrics.ROLLUP_WAITING: [(waiting, {})],
        metrics.ROLLUP_AGE: [
            (max(0.0, (now - since).total_seconds()), {ATTRIBUTE: str(tenant_id)}) for tenant_id, since in lagging
        ],
        metrics.WEBHOOK_RECEIVERS: [(sum(receivers for _organ, _since, receivers in lacking), {})],
        metrics.WEBHOOK_AGE: [
            (max(0.0, (now - since).total_seconds()), {ATTRIBUTE: str(tenant_id)})
            for tenant_id, since, _receivers in lacking[: metrics.MOST_ORGANS]
        ],
    }
