"""How organs stand, as operators see it: counts and instants, never what anybody wrote."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from lienxa.platform import clock
from lienxa.platform.db.session import ControlSession
from lienxa.platform.doctor.database import of_lag
from lienxa.platform.doctor.findings import Verdict
from lienxa.platform.errors import Conflict
from lienxa.platform.identity.models import Account, AccountOrgan
from lienxa.platform.jobs import Job, enqueue
from lienxa.platform.jobs.repository import OrganQueue, organ_queues, organs_with_dead_jobs, waiting
from lienxa.platform.operator.registry import Entry
from lienxa.platform.rollup.repository import lagging_organs, oldest_marks
from lienxa.platform.tenancy.models import Preparation
from lienxa.platform.text import _
from lienxa.platform.webhooks import repository as webhooks

DAYS = 14
_MOST_LAGGING = 1000


@dataclass(frozen=True)
class Standing:
    """How one organ stands. `lag` are the seconds since the oldest change that its figures do not show.

    `lacking` is since when a receiver of events lacks one, and how many receivers do.
    `people` may sign on there; `seen_at` is when one of them last did.
    """

    queue: OrganQueue
    lag: float | None
    lag_verdict: Verdict
    lacking: tuple[float, int] | None
    people: int
    seen_at: datetime | None


@dataclass(frozen=True)
class SignOns:
    """How many people signed on there last on a day: each counts once, on the latest day."""

    day: date
    people: int


async def standings(control: ControlSession, organ_ids: Collection[UUID]) -> Mapping[UUID, Standing]:
    """How these organs stand; the number of statements does not grow with them."""
    queues = await organ_queues(control, organ_ids)
    marked = await oldest_marks(control, organ_ids)
    lacking = {row.tenant_id: row for row in await webhooks.lagging(control, organ_ids)}
    people = await _people(control, organ_ids)
    now = clock.now()
    found = {}
    for organ_id in organ_ids:
        since = marked.get(organ_id)
        (lag,) = of_lag(since, 1)
        lacks = lacking.get(organ_id)
        count, seen_at = people.get(organ_id, (0, None))
        found[organ_id] = Standing(
            queue=queues.get(organ_id, OrganQueue()),
            lag=max(0.0, (now - since).total_seconds()) if since else None,
            lag_verdict=lag.verdict,
            lacking=(max(0.0, (now - lacks.since).total_seconds()), lacks.receivers) if lacks else None,
            people=count,
            seen_at=seen_at,
        )
    return found


async def faulty(control: ControlSession) -> set[UUID]:
    """The organs where something is to be seen to: failed jobs, figures behind, lost events, a broken making."""
    marked, _count = await lagging_organs(control, _MOST_LAGGING)
    behind = {organ_id for organ_id, since in marked if of_lag(since, 1)[0].verdict != "ok"}
    lacking = {row.tenant_id for row in await webhooks.lagging(control)}
    broken = set(await control.scalars(select(Preparation.tenant_id).where(Preparation.state == "failed")))
    return behind | lacking | broken | await organs_with_dead_jobs(control)


async def _people(control: ControlSession, organ_ids: Collection[UUID]) -> Mapping[UUID, tuple[int, datetime | None]]:
    query = (
        select(AccountOrgan.tenant_id, func.count(), func.max(AccountOrgan.signed_in_at))
        .join(Account, Account.id == AccountOrgan.account_id)
        .where(AccountOrgan.tenant_id.in_(organ_ids), Account.disabled_at.is_(None))
        .group_by(AccountOrgan.tenant_id)
    )
    return {organ_id: (count, seen_at) for organ_id, count, seen_at in await control.execute(query)}


async def sign_ons(control: ControlSession, organ_id: UUID) -> Sequence[SignOns]:
    """The last days on which somebody was last seen to sign on, the latest first."""
    since = clock.now() - timedelta(days=DAYS)
    query = select(AccountOrgan.signed_in_at).where(
        AccountOrgan.tenant_id == organ_id, AccountOrgan.signed_in_at >= since
    )
    days = [clock.legal(moment).date() for moment in await control.scalars(query) if moment is not None]
    return [SignOns(day, days.count(day)) for day in sorted(set(days), reverse=True)]


async def go_on(control: ControlSession, job: Job, entry: Entry) -> bool:
    """Want the demonstration of an organ whose making was broken off made now; False if that is wanted already.

    `Conflict` if nothing of it is broken off.
    """
    if entry.stand is None or entry.stand.state != "failed":
        said = _("{name} không có bước nào bị dừng.", name=entry.organ.title)
        raise Conflict(said, remedy=_("Xem lại trang của đơn vị."))
    if await waiting(control, job):
        return False
    await enqueue(control, job)
    return True
