"""Acts on organs: wanted by an operator on a page, carried out by a worker with the operator's login, told as they go.

The command line carries an act out itself and leaves the same trace. An act that is broken off is delivered again and
begins anew, so each one either takes effect once or leaves nothing.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from lienxa.platform import clock
from lienxa.platform.audit import operators
from lienxa.platform.db.session import ControlSession, Database, TenantSession
from lienxa.platform.errors import AppError, InvalidInput, NotFound
from lienxa.platform.jobs import Job, dead_letters, enqueue
from lienxa.platform.life.models import OrganWork
from lienxa.platform.operator import onboarding, telling
from lienxa.platform.text import _

log = structlog.get_logger()

ATTEMPTS = 3
LISTED = 10
_SECONDS_BETWEEN = 0.5
_OPEN = OrganWork.state == "waiting"


@dataclass(frozen=True)
class Kind:
    """A kind of act: what operators call it, the steps they see, and how it is carried out.

    `told` is the act in the organ's own trail; it is empty where carrying it out tells the organ itself. Where the
    organs were told before that it will be done, `told_failed` tells them that it was not. `words` says to them what
    was done, by default its title. `for_leaders`: those who lead hear it as well. `concerned` are the organs that are
    told, by default that of the work alone.
    """

    title: str
    done: str
    do: "Callable[[Database, OrganWork, Progress], Awaitable[Mapping[str, Any]]]"
    steps: Mapping[str, str]
    told: str = ""
    told_failed: str = ""
    words: Callable[[OrganWork], str] | None = None
    for_leaders: bool = True
    concerned: Callable[[ControlSession, OrganWork], Awaitable[Sequence[UUID]]] | None = None


class Progress:
    """Tells how far a work is, beside its transactions and twice a second at most."""

    def __init__(self, database: Database, work_id: UUID) -> None:
        self._database = database
        self._work_id = work_id
        self._step = ""
        self._made = self._expected = 0
        self._written_at = 0.0

    async def begin(self, step: str, expected: int = 0) -> None:
        """Another step begins, of so many things if that is known."""
        self._step, self._made, self._expected = step, 0, expected
        await self._write()

    async def advance(self, count: int = 1) -> None:
        """So many more are through."""
        self._made += count
        if time.monotonic() - self._written_at >= _SECONDS_BETWEEN:
            await self._write()

    async def _write(self) -> None:
        self._written_at = time.monotonic()
        row = update(OrganWork).where(OrganWork.id == self._work_id, _OPEN)
        async with self._database.control() as control:
            await control.execute(row.values(step=self._step, made=self._made, expected=self._expected))


async def ask(
    control: ControlSession,
    job: Job | None,
    key: UUID,
    kind: str,
    operator: str,
    organ_id: UUID | None,
    *,
    delay: timedelta | None = None,
    **wanted: Any,
) -> bool:
    """Want an act in the name of `operator`. A key that was used before changes nothing, and is answered by False.

    Without `job` nobody is told to do it: the caller does; with `delay` it is not before that.
    """
    row = insert(OrganWork).values(
        id=key,
        kind=kind,
        tenant_id=organ_id,
        operator=operator,
        wanted=wanted,
        state="waiting",
        step="",
        made=0,
        expected=0,
        attempts=0,
        reason="",
        result={},
        asked_at=clock.now(),
    )
    if await control.scalar(row.on_conflict_do_nothing().returning(OrganWork.id)) is None:
        return False
    operators.note(control, operator, f"organ.{kind}_asked", organ_id)
    if job is not None:
        await enqueue(control, job, key, delay=delay)
    return True


async def find(control: ControlSession, work_id: UUID) -> OrganWork:
    """The work, or `NotFound`."""
    found = await control.get(OrganWork, work_id)
    if found is None:
        raise NotFound
    return found


async def of_organ(control: ControlSession, organ_id: UUID) -> Sequence[OrganWork]:
    """What was wanted of an organ, the last first."""
    query = select(OrganWork).where(OrganWork.tenant_id == organ_id).order_by(OrganWork.asked_at.desc()).limit(LISTED)
    return (await control.scalars(query)).all()


async def recent(control: ControlSession, kind: str) -> Sequence[OrganWork]:
    """The last works of a kind, whichever organ they are for."""
    query = select(OrganWork).where(OrganWork.kind == kind).order_by(OrganWork.asked_at.desc()).limit(LISTED)
    return (await control.scalars(query)).all()


def steps(work: OrganWork, kind: Kind) -> Sequence[tuple[str, str]]:
    """The steps of an act, each `(title, state)`: `done`, `current` or `later`."""
    codes = list(kind.steps)
    here = len(codes) if work.state == "done" else codes.index(work.step) if work.step in codes else -1
    return [
        (title, "done" if place < here else "current" if place == here else "later")
        for place, title in enumerate(kind.steps.values())
    ]


async def last_done(session: TenantSession, kind: str) -> datetime | None:
    """When an act of that kind on the session's organ was last done."""
    query = select(func.max(OrganWork.ended_at)).where(
        OrganWork.tenant_id == session.tenant_id, OrganWork.kind == kind, OrganWork.state == "done"
    )
    return await session.scalar(query)


async def carry_out(database: Database, kinds: Mapping[str, Kind], work_id: UUID) -> OrganWork:
    """Do what was asked for, or note why not; raises if it is to be tried again. `database` is the operator's."""
    work = await _begin_attempt(database, work_id)
    if work.state != "waiting":
        return work
    kind = kinds[work.kind]
    try:
        result = await kind.do(database, work, Progress(database, work_id))
    except AppError as refused:
        return await _end(database, work, kind, "failed", reason=_reason(refused))
    except Exception:
        log.exception("an act on an organ failed", work=str(work_id), kind=work.kind)
        if work.attempts < ATTEMPTS:
            raise
        reason = _("Có lỗi ngoài dự kiến. Xem nhật ký worker-operator với mã {id}, rồi làm lại.", id=work_id)
        return await _end(database, work, kind, "failed", reason=reason)
    return await _end(database, work, kind, "done", result=dict(result))


async def end_dead(database: Database, kinds: Mapping[str, Kind], job: Job) -> None:
    """End what waits for a message of `job` that was put aside: its workers were lost, or it took too long."""
    async with onboarding.opened(database) as opened:
        works = (await opened.control.scalars(select(OrganWork).where(_OPEN).order_by(OrganWork.asked_at))).all()
        await onboarding.become_application(opened)  # only it has the queue
        dead = await dead_letters.wanted_for(opened.control, job.name)
    for work in works:
        if str(work.id) not in dead:
            continue
        reason = _(
            "Việc này bị ngắt giữa chừng nhiều lần. Xem nhật ký worker-operator với mã {id}, rồi làm lại.", id=work.id
        )
        await _end(database, work, kinds[work.kind], "failed", reason=reason)


async def _begin_attempt(database: Database, work_id: UUID) -> OrganWork:
    async with database.control() as control:
        work = await control.get_one(OrganWork, work_id, with_for_update=True)
        if work.state == "waiting":
            work.attempts += 1
    return work


async def _end(
    database: Database,
    begun: OrganWork,
    kind: Kind,
    state: str,
    *,
    reason: str = "",
    result: dict[str, Any] | None = None,
) -> OrganWork:
    """Note how it ended, with the operators and in the organs that hear of it: both or neither."""
    async with onboarding.opened(database) as opened:
        control = opened.control
        work = await control.get_one(OrganWork, begun.id, with_for_update=True)
        if work.state != "waiting":  # another delivery was quicker
            return work
        work.state, work.reason, work.ended_at = state, reason, clock.now()
        work.result = result or {}
        if "tenant_id" in work.result:
            work.tenant_id = UUID(work.result["tenant_id"])
        act = f"organ.{work.kind}_done" if state == "done" else f"organ.{work.kind}_failed"
        operators.note(control, work.operator, act, work.tenant_id)
        await control.flush()
        if state == "done" and kind.told:
            await _tell(opened, work, kind, kind.told, kind.words(work) if kind.words else kind.title)
        elif state == "failed" and kind.told_failed:
            said = _("{title} không làm được: {reason}", title=kind.title, reason=reason)
            await _tell(opened, work, kind, kind.told_failed, said)
    return work


async def _tell(opened: onboarding.Work, work: OrganWork, kind: Kind, act: str, text: str) -> None:
    organ_ids = await kind.concerned(opened.control, work) if kind.concerned else [work.tenant_id]
    for organ in [await telling.hearing(opened.control, organ_id) for organ_id in organ_ids]:
        if organ is not None:
            async with onboarding.as_member(opened, organ) as session:
                await telling.tell(session, act, work.operator, text, leaders=kind.for_leaders)


def _reason(refused: AppError) -> str:
    if isinstance(refused, InvalidInput):
        return " ".join(f"{fault.reason} {fault.remedy}".strip() for fault in refused.fields)
    return f"{refused.message} {refused.remedy}".strip()
