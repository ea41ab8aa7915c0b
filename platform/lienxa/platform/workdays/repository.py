"""The calendar of an organ: the national one with the organ's changes laid over it."""

import hashlib
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from uuid import UUID

from sqlalchemy import delete, func, insert, select, tuple_

from lienxa.platform import clock, ids
from lienxa.platform.db.session import TenantSession
from lienxa.platform.workdays.calendar import Calendar, Change, national_calendar
from lienxa.platform.workdays.models import CalendarChange


async def calendar_for(session: TenantSession) -> Calendar:
    """The working calendar of the session's organ. One statement; the calendar itself is kept for each version."""
    return _laid_over(tuple(Change(row.day, row.kind, row.name) for row in await changes(session)))


async def changes(session: TenantSession, origin: str | None = None) -> Sequence[CalendarChange]:
    """The organ's changes by day, those from above after its own, so that they hold; `origin` keeps one kind."""
    query = select(CalendarChange).order_by(CalendarChange.day, CalendarChange.origin.desc())
    if origin is not None:
        query = query.where(CalendarChange.origin == origin)
    return (await session.scalars(query)).all()


async def changes_page(
    session: TenantSession, year: int | None, after: tuple[date, UUID] | None, size: int
) -> tuple[Sequence[CalendarChange], tuple[date, UUID] | None]:
    """A page of the changes (of one year) by day, and the place of its last change if there are more."""
    query = select(CalendarChange).order_by(CalendarChange.day, CalendarChange.id)
    if year is not None:
        query = query.where(CalendarChange.day.between(date(year, 1, 1), date(year, 12, 31)))
    if after is not None:
        query = query.where(tuple_(CalendarChange.day, CalendarChange.id) > after)
    found = (await session.scalars(query.limit(size + 1))).all()
    if len(found) <= size:
        return found, None
    last = found[size - 1]
    return found[:size], (last.day, last.id)


async def add(session: TenantSession, added: Sequence[Change], origin: str = "own") -> None:
    """Write changes, in one statement."""
    rows = [
        {
            "tenant_id": session.tenant_id,
            "id": ids.new_id(),
            "day": change.day,
            "kind": change.kind,
            "name": change.name,
            "origin": origin,
            "changed_at": clock.now(),
        }
        for change in added
    ]
    if rows:
        await session.execute(insert(CalendarChange), rows)


async def changed_days(session: TenantSession, first: date, last: date) -> dict[date, str]:
    """The days from `first` to `last` that are changed already, each with the origin of its change."""
    query = select(CalendarChange.day, CalendarChange.origin).where(CalendarChange.day.between(first, last))
    return {row.day: row.origin for row in await session.execute(query)}


async def lock(session: TenantSession) -> None:
    """Let nobody else change this organ's calendar until the transaction ends."""
    key = int.from_bytes(hashlib.sha256(f"workdays/{session.tenant_id}".encode()).digest()[:8], "big", signed=True)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def replace_from_above(session: TenantSession, published: Sequence[Change]) -> bool:
    """Make `published` all that comes from above; False if it was that already."""
    before = [Change(row.day, row.kind, row.name) for row in await changes(session, "above")]
    if before == list(published):
        return False
    await session.execute(delete(CalendarChange).where(CalendarChange.origin == "above"))
    await add(session, published, "above")
    return True


async def published(session: TenantSession) -> list[Change]:
    """What an organ passes on to those below it: what holds for itself, one change a day, by day."""
    return list({row.day: Change(row.day, row.kind, row.name) for row in await changes(session)}.values())


@lru_cache(maxsize=1024)
def _laid_over(changes: tuple[Change, ...]) -> Calendar:
    return national_calendar().with_changes(changes)
