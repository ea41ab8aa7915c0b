"""The verbs of the calendar."""

from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.acts import record_act
from lienxa.platform.audit.repository import Detail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Forbidden, InvalidInput
from lienxa.platform.jobs import enqueue
from lienxa.platform.module import Opening
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.platform.workdays import Calendar, Change, calendar_for, national_calendar, repository
from lienxa.platform.workdays.jobs import calendar_changed, publish, take_over
from lienxa.platform.workdays.models import CalendarChange
from lienxa.tenants.workdays import rules
from lienxa.tenants.workdays.permissions import MANAGE
from lienxa.tenants.workdays.schemas import AddDays

_OBJECT = "calendar"


async def provision(session: TenantSession, organ: Organ, _opening: Opening) -> None:
    """A new organ takes over what the one above has published."""
    if organ.parent_id is not None:
        await enqueue(session, take_over, organ.id)


async def changed_by(session: TenantSession, actor: Actor, command: AddDays) -> tuple[list[Change], Calendar]:
    """What the command would change, and the calendar after it. Nothing is written."""
    actor.require(MANAGE)
    if not command.name.strip():
        raise InvalidInput.of("name", _("Chưa ghi lý do."), _("Ghi căn cứ hoặc tên ngày."))
    calendar = await calendar_for(session)
    changed = await repository.changed_days(session, command.first, command.last)
    added = rules.changes_of(command, calendar, changed)
    present = [Change(row.day, row.kind, row.name) for row in await repository.changes(session)]
    return added, calendar_after(present, added)


def calendar_after(present: list[Change], added: list[Change]) -> Calendar:
    """The national calendar with the present changes and those that are to come."""
    return national_calendar().with_changes([*present, *added])


async def add_days(session: TenantSession, actor: Actor, command: AddDays) -> list[Change]:
    """Change days; due dates of running cases follow in a job, and the organs below get their copy."""
    actor.require(MANAGE)
    await repository.lock(session)
    added, _after = await changed_by(session, actor, command)
    await repository.add(session, added)
    first, last = (f"{change.day:%d/%m/%Y}" for change in (added[0], added[-1]))
    detail: Detail = {"days": len(added), "first": first, "last": last, "kind": command.kind}
    await record_act(session, actor, "workdays.add", _OBJECT, actor.organ.id, detail)
    await _tell(session, actor.organ)
    return added


async def remove_day(session: TenantSession, actor: Actor, change_id: UUID) -> CalendarChange:
    """Take a change of the organ's own back; what comes from above is `Forbidden`."""
    actor.require(MANAGE)
    await repository.lock(session)
    change = await session.find(CalendarChange, change_id)
    if change.origin == "above":
        raise Forbidden(_("Ngày này do cấp trên công bố."), remedy=_("Đề nghị cấp trên sửa lịch."))
    await session.delete(change)
    await record_act(
        session,
        actor,
        "workdays.remove",
        _OBJECT,
        actor.organ.id,
        {"first": f"{change.day:%d/%m/%Y}", "kind": change.kind},
    )
    await _tell(session, actor.organ)
    return change


async def _tell(session: TenantSession, organ: Organ) -> None:
    await session.flush()
    await calendar_changed(session)
    if organ.is_parent:
        await enqueue(session, publish, organ.id)


def year_shown(asked: int | None, calendar: Calendar) -> int:
    """The year that was asked for, or the present one, within the calendar."""
    return min(max(asked or clock.today().year, calendar.first.year), calendar.last.year)
