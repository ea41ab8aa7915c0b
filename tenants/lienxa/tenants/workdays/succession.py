"""Closed days and make-up days go along to the organ that follows (ADR 0035), before its cases come.

What was announced to citizens holds: a day of a predecessor counts in the successor with its name, unless the successor
says something of that day itself. What the organ above has published is the same for both, and is there at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.succession.kinds import Arrival, Inheritance
from lienxa.platform.text import _
from lienxa.platform.workdays import Change, repository
from lienxa.platform.workdays.jobs import calendar_changed


@dataclass(frozen=True)
class _Days:
    """What a predecessor changes from a day on itself, and all that it has from the organ above."""

    own: Sequence[Change]
    above: Sequence[Change]


async def read(session: TenantSession, from_day: date) -> _Days:
    """The changes of the national calendar."""
    own = await repository.changes(session, "own")
    above = await repository.changes(session, "above")
    return _Days(
        [Change(row.day, row.kind, row.name) for row in own if row.day >= from_day],
        [Change(row.day, row.kind, row.name) for row in above],
    )


async def take_over(session: TenantSession, arrival: Arrival, found: _Days) -> None:
    """Add the days of which nothing is said here."""
    await repository.lock(session)
    present = await repository.changes(session)
    above = [] if any(row.origin == "above" for row in present) else found.above
    said = {row.day for row in present}
    own = [
        Change(one.day, one.kind, _("{name} ({organ})", name=one.name, organ=arrival.predecessor.name))
        for one in found.own
        if one.day not in said
    ]
    if not own and not above:
        return
    await repository.add(session, own)
    await repository.add(session, above, "above")
    if own:
        days = ", ".join(f"{one.day:%d/%m/%Y}" for one in own)
        text = _("Nhận ngày nghỉ, ngày làm bù của {name}: {days}", name=arrival.predecessor.full_name, days=days)
        trail.record_service(session, "succession.came_over", "calendar", arrival.successor.id, {"text": text})
    await session.flush()
    await calendar_changed(session)


INHERITANCE = Inheritance(read, take_over)
