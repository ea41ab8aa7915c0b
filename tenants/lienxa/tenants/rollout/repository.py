"""All SQL of this module."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, insert, literal, select, tuple_

from lienxa.platform import clock, places
from lienxa.platform.db.session import TenantSession
from lienxa.platform.rollup.reading import Counts
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.rollout.models import (
    ClosedFigure,
    ClosedOrgan,
    ClosedPeriod,
    FollowUp,
    Milestone,
    RolloutPlan,
    RolloutUnit,
    SteeringMember,
    Visit,
)
from lienxa.tenants.rollout.rules import CLOSED, PLANNED, Progress
from lienxa.tenants.rollout.schemas import FollowUpLine, MilestoneLine, VisitLine

PAGE_SIZE = 50
AGENDA_SIZE = 100


class Cursor(NamedTuple):
    """Where a page of a list ended; in an address `2026-10-01_<id>`."""

    day: date
    id: UUID

    @classmethod
    def read(cls, typed: str) -> "Cursor | None":
        """The place that an address names; None for anything else."""
        found = places.read_day(typed)
        return cls(*found) if found else None

    def __str__(self) -> str:
        return places.of_day(self.day, self.id)


async def progress(session: TenantSession) -> dict[UUID, Progress]:
    """How far each organ that the parent has planned has come."""
    rows = await session.execute(
        select(
            RolloutUnit.organ_id,
            RolloutUnit.wave,
            RolloutUnit.state,
            RolloutUnit.civil_servants_moved,
            RolloutUnit.concurrent_inspection_deputy,
            RolloutUnit.changed_on,
            RolloutUnit.invented,
            RolloutUnit.note,
        )
    )
    return {row.organ_id: Progress(*row[1:]) for row in rows}


async def unit_of(session: TenantSession, organ_id: UUID, *, lock: bool = False) -> RolloutUnit | None:
    """The progress of one organ."""
    query = select(RolloutUnit).where(RolloutUnit.organ_id == organ_id)
    return await session.scalar(query.with_for_update() if lock else query)


async def scheme(session: TenantSession) -> str:
    """The number of the parent's scheme, or empty."""
    return await session.scalar(select(RolloutPlan.scheme).limit(1)) or ""


async def milestones(session: TenantSession, organ_id: UUID | None = None) -> list[MilestoneLine]:
    """All milestones, or those of one organ, by their planned day."""
    of_whom = [Milestone.organ_id == organ_id] if organ_id else []
    return await _milestones(session, _milestone_lines().where(*of_whom))


async def milestone_page(
    session: TenantSession, standing: str, after: Cursor | None, limit: int = PAGE_SIZE
) -> list[MilestoneLine]:
    """A page of the milestones that are `late`, `open`, `done` or, else, all; one more than fits if others follow."""
    conditions: dict[str, list[ColumnElement[bool]]] = {
        "late": [Milestone.done_on.is_(None), Milestone.planned_on < clock.today()],
        "open": [Milestone.done_on.is_(None)],
        "done": [Milestone.done_on.is_not(None)],
    }
    query = _milestone_lines().where(*conditions.get(standing, []))
    if after:
        query = query.where(tuple_(Milestone.planned_on, Milestone.id) > (after.day, after.id))
    return await _milestones(session, query.limit(limit + 1))


async def open_milestones(session: TenantSession, until: date) -> list[MilestoneLine]:
    """Milestones planned until that day and not reached, earliest first."""
    query = _milestone_lines().where(Milestone.done_on.is_(None), Milestone.planned_on <= until)
    return await _milestones(session, query.limit(AGENDA_SIZE))


async def milestones_open_with(session: TenantSession, organ_id: UUID) -> Sequence[Milestone]:
    """The milestones that one organ has not reached, to be changed."""
    query = select(Milestone).where(Milestone.organ_id == organ_id, Milestone.done_on.is_(None))
    return (await session.scalars(query.order_by(Milestone.id).with_for_update())).all()


async def visits_planned_with(session: TenantSession, organ_id: UUID) -> Sequence[Visit]:
    """The visits to one organ that are planned, to be changed."""
    query = select(Visit).where(Visit.organ_id == organ_id, Visit.state == PLANNED)
    return (await session.scalars(query.order_by(Visit.id).with_for_update())).all()


async def committee(session: TenantSession) -> Sequence[SteeringMember]:
    """Everybody who sits or sat in the steering committee."""
    return (await session.scalars(select(SteeringMember).order_by(SteeringMember.since, SteeringMember.id))).all()


async def visit_page(session: TenantSession, after: Cursor | None, limit: int = PAGE_SIZE) -> list[VisitLine]:
    """A page of the visits, latest first; one more than fits if others follow."""
    query = _visit_lines().order_by(Visit.visit_on.desc(), Visit.id.desc())
    if after:
        query = query.where(tuple_(Visit.visit_on, Visit.id) < (after.day, after.id))
    return await _visits(session, query.limit(limit + 1))


async def visits_of(session: TenantSession, organ_id: UUID) -> list[VisitLine]:
    """The visits to one organ, latest first."""
    query = _visit_lines().where(Visit.organ_id == organ_id).order_by(Visit.visit_on.desc(), Visit.id.desc())
    return await _visits(session, query.limit(PAGE_SIZE))


async def planned_visits(session: TenantSession) -> list[VisitLine]:
    """The visits that are planned and not recorded, earliest first."""
    query = _visit_lines().where(Visit.state == PLANNED).order_by(Visit.visit_on, Visit.id)
    return await _visits(session, query.limit(AGENDA_SIZE))


async def follow_ups_of(session: TenantSession, visit_id: UUID) -> list[FollowUpLine]:
    """What was asked for at one visit, by its day."""
    return await _follow_ups(session, _follow_up_lines().where(FollowUp.visit_id == visit_id))


async def open_follow_ups(session: TenantSession, until: date) -> list[FollowUpLine]:
    """What was asked for until that day and is not done, earliest first."""
    query = _follow_up_lines().where(FollowUp.done_on.is_(None), FollowUp.due_on <= until)
    return await _follow_ups(session, query.limit(AGENDA_SIZE))


async def lock_closing(session: TenantSession) -> None:
    """Let nobody else close or reopen a period of this organ until the transaction ends."""
    key = int.from_bytes(hashlib.sha256(f"closing/{session.tenant_id}".encode()).digest()[:8], "big", signed=True)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def period_page(session: TenantSession, after: Cursor | None, limit: int = PAGE_SIZE) -> list[ClosedPeriod]:
    """A page of the closed periods, latest month and version first; one more than fits if others follow."""
    query = select(ClosedPeriod).order_by(ClosedPeriod.month.desc(), ClosedPeriod.id.desc())
    if after:
        query = query.where(tuple_(ClosedPeriod.month, ClosedPeriod.id) < (after.day, after.id))
    return list(await session.scalars(query.limit(limit + 1)))


async def versions(session: TenantSession, month: date) -> list[ClosedPeriod]:
    """Every closing of a month, the latest first."""
    query = select(ClosedPeriod).where(ClosedPeriod.month == month).order_by(ClosedPeriod.version.desc())
    return list(await session.scalars(query))


async def add_organs(session: TenantSession, period_id: UUID, organs: Sequence[Organ]) -> None:
    """Keep which organs a closed period has, in their order."""
    rows = [
        ClosedOrgan(period_id=period_id, organ_id=organ.id, name=organ.name, position=position)
        for position, organ in enumerate(organs, start=1)
    ]
    session.add_all(rows)
    await session.flush()


async def copy_figures(
    session: TenantSession, period_id: UUID, published: Select[*tuple[Any, ...]], organ_ids: Collection[UUID]
) -> None:
    """Copy what `reading.published` selects of these organs into a closed period, in one statement.

    Its rows never pass through Python, so that the database makes their ids: nobody ever names one of them.
    """
    source = published.subquery()
    columns = (source.c.organ_id, source.c.module, source.c.code, source.c.dimension, source.c.value)
    rows = select(literal(session.tenant_id), func.gen_random_uuid(), literal(period_id), *columns).where(
        source.c.organ_id.in_(organ_ids)
    )
    names = ["tenant_id", "id", "period_id", "organ_id", "module", "code", "dimension", "value"]
    await session.execute(insert(ClosedFigure).from_select(names, rows))


async def closed_organs(session: TenantSession, period_id: UUID) -> list[tuple[UUID, str]]:
    """The organs of a closed period with their names then, in order."""
    query = select(ClosedOrgan.organ_id, ClosedOrgan.name).where(ClosedOrgan.period_id == period_id)
    return [(row.organ_id, row.name) for row in await session.execute(query.order_by(ClosedOrgan.position))]


async def closed_counts(session: TenantSession, period_id: UUID) -> dict[UUID, Counts]:
    """The copied figures of a closed period by organ."""
    query = (
        select(
            ClosedFigure.organ_id,
            func.array_agg(ClosedFigure.code),
            func.array_agg(ClosedFigure.dimension),
            func.array_agg(ClosedFigure.value),
        )
        .where(ClosedFigure.period_id == period_id)
        .group_by(ClosedFigure.organ_id)
    )
    return {
        organ_id: dict(zip(zip(codes, dimensions, strict=True), values, strict=True))
        for organ_id, codes, dimensions, values in await session.execute(query)
    }


async def closed_reports(session: TenantSession) -> Sequence[tuple[date, int, datetime]]:
    """`(month, version, closed_at)` of every period that is closed now."""
    query = select(ClosedPeriod.month, ClosedPeriod.version, ClosedPeriod.closed_at).where(ClosedPeriod.state == CLOSED)
    return [(row.month, row.version, row.closed_at) for row in await session.execute(query)]


def _milestone_lines() -> Select[*tuple[Any, ...]]:
    return select(
        Milestone.id,
        Milestone.organ_id,
        Milestone.wave,
        Milestone.kind,
        Milestone.title,
        Milestone.planned_on,
        Milestone.done_on,
        Milestone.responsible,
        Milestone.note,
        Milestone.invented,
    ).order_by(Milestone.planned_on, Milestone.id)


def _visit_lines() -> Select[*tuple[Any, ...]]:
    """Visits with the count of what was asked for there, in one statement."""
    not_done = FollowUp.done_on.is_(None)
    asked = (
        select(
            FollowUp.visit_id,
            func.count().label("asked"),
            func.count().filter(not_done).label("open"),
            func.count().filter(not_done, FollowUp.due_on < clock.today()).label("late"),
        )
        .group_by(FollowUp.visit_id)
        .subquery()
    )
    return select(
        Visit.id,
        Visit.organ_id,
        Visit.kind,
        Visit.visit_on,
        Visit.state,
        Visit.purpose,
        Visit.rating,
        Visit.invented,
        func.coalesce(asked.c.asked, 0),
        func.coalesce(asked.c.open, 0),
        func.coalesce(asked.c.late, 0),
    ).outerjoin(asked, asked.c.visit_id == Visit.id)


def _follow_up_lines() -> Select[*tuple[Any, ...]]:
    return (
        select(
            FollowUp.id,
            FollowUp.visit_id,
            Visit.organ_id,
            FollowUp.task,
            FollowUp.responsible,
            FollowUp.due_on,
            FollowUp.done_on,
            FollowUp.result,
        )
        .join(Visit, and_(Visit.tenant_id == FollowUp.tenant_id, Visit.id == FollowUp.visit_id))
        .order_by(FollowUp.due_on, FollowUp.id)
    )


async def _milestones(session: TenantSession, query: Select[*tuple[Any, ...]]) -> list[MilestoneLine]:
    return [MilestoneLine(*row) for row in await session.execute(query)]


async def _visits(session: TenantSession, query: Select[*tuple[Any, ...]]) -> list[VisitLine]:
    return [VisitLine(*row) for row in await session.execute(query)]


async def _follow_ups(session: TenantSession, query: Select[*tuple[Any, ...]]) -> list[FollowUpLine]:
    return [FollowUpLine(*row) for row in await session.execute(query)]
