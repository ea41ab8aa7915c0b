"""Jobs: work that is wanted by a transaction and done after it (design: jobs).

A job is a row written in the transaction that wants it, so nothing is lost between commit and enqueue, and nothing
runs for work that was rolled back. Delivery is at least once; a tenant's job still takes effect once.
"""

from lienxa.platform.jobs.actors import Job, control_actor, tenant_actor
from lienxa.platform.jobs.repository import enqueue, enqueue_many, telling_past

__all__ = ["Job", "control_actor", "enqueue", "enqueue_many", "telling_past", "tenant_actor"]
