"""How the installation stands, for the operator's page: numbers, and what the doctor says of each.

The doctor's checks are the one source of what is well and what is not (`lienxa.platform.doctor`); here stands where on
the pages a finding leads to.
"""

import platform
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from uuid import UUID

from sqlalchemy import select

from lienxa.platform import clock
from lienxa.platform.db import catalogue
from lienxa.platform.db.session import ControlSession
from lienxa.platform.doctor import database as doctor
from lienxa.platform.doctor.examination import glance
from lienxa.platform.doctor.findings import Finding, Patient, Verdict
from lienxa.platform.identity.addresses import OPERATOR_PATH
from lienxa.platform.jobs import repository as queues
from lienxa.platform.jobs.models import JobKind
from lienxa.platform.jobs.repository import QueueState, WorkerState
from lienxa.platform.rollup.repository import lagging_organs
from lienxa.platform.tenancy.models import Tenant
from lienxa.platform.tenancy.organs import Organ, organ_of
from lienxa.platform.webhooks import repository as webhooks

_MOST_LAGGING = 10
_LIBRARIES = (
    "litestar",
    "granian",
    "sqlalchemy",
    "asyncpg",
    "psycopg",
    "dramatiq",
    "dramatiq-postgres",
    "jinja2",
    "msgspec",
    "opentelemetry-sdk",
    "typst",
)
# Where a finding leads on these pages; the others lead to their remedy alone.
LEADS: Mapping[str, str] = {
    "dead letters": f"{OPERATOR_PATH}/viec-hong",
    "lost workers": f"{OPERATOR_PATH}/viec-hong",
    "queue": "#hang-doi",
    "workers": "#tien-trinh",
    "scheduler": "#tien-trinh",
    "figures": "#tong-hop",
    "deliveries": "#su-kien",
    "schedules": "#theo-lich",
}


@dataclass(frozen=True)
class Lagging:
    """An organ whose figures do not show its latest changes, for so many seconds."""

    organ: Organ
    seconds: float


@dataclass(frozen=True)
class Lacking:
    """An organ so many of whose receivers lack an event that they failed to take, for so many seconds."""

    organ: Organ
    seconds: float
    receivers: int


@dataclass(frozen=True)
class Condition:
    """Everything the page shows. `findings` are all of them, the worst first."""

    findings: Sequence[Finding]
    surroundings: Sequence[Finding]
    queues: Sequence[tuple[QueueState, Verdict]]
    workers: Sequence[WorkerState]
    processes: Sequence[Finding]
    figures: Finding
    lagging: Sequence[Lagging]
    deliveries: Finding
    lacking: Sequence[Lacking]
    schedules: Sequence[tuple[JobKind, Verdict]]

    @property
    def wrong(self) -> int:
        """How much does not work."""
        return sum(finding.verdict == "wrong" for finding in self.findings)

    @property
    def warnings(self) -> int:
        """How much works and will not for ever."""
        return sum(finding.verdict == "warning" for finding in self.findings)


async def look(patient: Patient) -> Condition:
    """Look at everything. The number of statements does not grow with organs, queues or jobs."""
    surroundings = await glance(patient)
    async with patient.database.control() as control:
        states = await queues.queue_states(control)
        workers = await queues.workers(control)
        led = await catalogue.lock_is_held(control, queues.SCHEDULER_LOCK)
        kinds = await queues.scheduled(control)
        marked, organs = await lagging_organs(control, _MOST_LAGGING)
        lacking = await webhooks.lagging(control)
        longest = lacking[:_MOST_LAGGING]
        named = await _named(control, {organ_id for organ_id, _since in marked} | {row.tenant_id for row in longest})
    of_queues = [(state, doctor.of_queue(state)) for state in states]
    of_schedules = [(kind, doctor.of_schedule(kind)) for kind in kinds]
    alive = [worker.queue for worker in workers if worker.is_alive]
    processes = doctor.of_workers(alive, [state.queue for state in states], led=led)
    (figures,) = doctor.of_lag(marked[0][1] if marked else None, organs)
    (deliveries,) = doctor.of_deliveries(lacking[0].since if lacking else None, sum(row.receivers for row in lacking))
    found = [
        *surroundings,
        *processes,
        figures,
        deliveries,
        *(finding for _state, findings in of_queues for finding in findings),
        *(finding for _kind, findings in of_schedules for finding in findings),
    ]
    return Condition(
        findings=sorted(found, key=lambda finding: _ORDER.index(finding.verdict)),
        surroundings=surroundings,
        queues=[(state, _worst(findings)) for state, findings in of_queues],
        workers=workers,
        processes=processes,
        figures=figures,
        lagging=[Lagging(named[organ_id], _seconds_since(since)) for organ_id, since in marked if organ_id in named],
        deliveries=deliveries,
        lacking=[
            Lacking(named[row.tenant_id], _seconds_since(row.since), row.receivers)
            for row in longest
            if row.tenant_id in named
        ],
        schedules=[(kind, _worst(findings)) for kind, findings in of_schedules],
    )


_ORDER: tuple[Verdict, ...] = ("wrong", "warning", "ok")


def _worst(findings: Sequence[Finding]) -> Verdict:
    return min((finding.verdict for finding in findings), key=_ORDER.index, default="ok")


async def _named(control: ControlSession, organ_ids: Collection[UUID]) -> Mapping[UUID, Organ]:
    tenants = await control.scalars(select(Tenant).where(Tenant.id.in_(organ_ids)))
    return {row.id: organ_of(row) for row in tenants}


def _seconds_since(moment: datetime) -> float:
    return max(0.0, (clock.now() - moment).total_seconds())


@cache
def versions() -> Sequence[tuple[str, str]]:
    """`(name, version)` of the service, of Python and of the libraries that matter."""
    libraries = [(name, _version(name)) for name in _LIBRARIES]
    return [("lienxa", _version("lienxa")), ("Python", platform.python_version()), *libraries]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "–"
