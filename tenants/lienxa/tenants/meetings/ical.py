"""Meetings as an iCalendar object (RFC 5545), published as RFC 5546, 3.2.1 says: one organizer, no attendees.

Nobody's mail address is in it: the organizer is the organ, by the address of its calendar.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from icalendar import Calendar as ICalendar
from icalendar import Event, Timezone, vCalAddress, vText, vUri

from lienxa.platform import clock
from lienxa.platform.text import _
from lienxa.platform.workdays import Calendar
from lienxa.tenants.meetings import rules
from lienxa.tenants.meetings.schemas import CalendarEntry

CONTENT_TYPE = "text/calendar"
PAST, AHEAD = timedelta(days=31), timedelta(days=366)
CANCELLED_FOR = timedelta(days=30)
REFRESH = timedelta(minutes=30)
_STATUS = {rules.PROPOSED: "TENTATIVE", rules.CANCELLED: "CANCELLED"}
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Source:
    """Of whom a calendar is: its title, the organ with its identifier, postal address and host (`https://...`)."""

    title: str
    organ_id: UUID
    organ_title: str
    address: str
    site: str


def window(today: date) -> rules.Slot:
    """What a feed shows: a month back, a year ahead. Whole days, so that it stays the same from fetch to fetch."""
    return rules.Slot(clock.instant(today - PAST), clock.instant(today + AHEAD))


def calendar_text(source: Source, entries: Iterable[CalendarEntry], days_off: Iterable["DaysOff"] = ()) -> bytes:
    """The calendar in UTF-8. The same entries give the same bytes."""
    calendar = ICalendar()
    calendar.add("prodid", "-//Liên Xã//Lịch công tác//VI")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", source.title)
    calendar.add("x-wr-calname", source.title)
    calendar.add("x-wr-timezone", clock.LEGAL_ZONE.key)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT30M")
    # Việt Nam has kept one offset since 1975.
    calendar.add_component(Timezone.from_tzid(clock.LEGAL_ZONE.key, first_date=date(2020, 1, 1)))
    for entry in entries:
        calendar.add_component(_event(source, entry))
    for off in days_off:
        calendar.add_component(_day_off(source, off))
    return bytes(calendar.to_ical())


def _event(source: Source, entry: CalendarEntry) -> Event:
    changed = entry.changed_at or entry.slot.starts_at
    event = Event()
    event.add("uid", f"{entry.id}@{source.organ_id}")
    event.add("sequence", entry.sequence)
    event.add("dtstamp", changed)  # of what is published: when it last changed (RFC 5545, 3.8.7.2)
    event.add("last-modified", changed)
    event.add("dtstart", _legal(entry.slot.starts_at))
    event.add("dtend", _legal(entry.slot.ends_at))
    event.add("status", _STATUS.get(entry.state, "CONFIRMED"))
    event.add("transp", "TRANSPARENT" if entry.state == rules.CANCELLED else "OPAQUE")
    event.add("summary", _summary(entry))
    event.add("location", _location(source, entry))
    event.add("organizer", _organizer(source))
    if not entry.seen:
        event.add("class", "PRIVATE")
        return event
    address = f"{source.site}/lich/{entry.id}"
    event.add("description", _description(entry, address))
    event.add("url", vUri(address))
    return event


def _legal(instant: datetime) -> datetime:
    return clock.legal(instant)


def _summary(entry: CalendarEntry) -> str:
    if entry.state == rules.CANCELLED:
        return _("Đã hủy: {title}", title=entry.title)
    if entry.state == rules.PROPOSED:
        return _("Đề xuất: {title}", title=entry.title)
    return entry.title


def _location(source: Source, entry: CalendarEntry) -> str:
    """The room with the organ and where it is; a place in words stays as it was written."""
    if entry.room_id is None:
        return entry.where
    return ", ".join(part for part in (entry.where, source.organ_title, source.address) if part)


def _organizer(source: Source) -> vCalAddress:
    organizer = vCalAddress(f"{source.site}/lich")
    organizer.params["cn"] = vText(source.organ_title)
    return organizer


def _description(entry: CalendarEntry, address: str) -> str:
    lines = [_("Chủ trì: {name}", name=entry.chair_name), entry.body_name]
    if entry.unit_name:
        lines.append(_("Đơn vị chuẩn bị: {unit}", unit=entry.unit_name))
    return "\n".join([*lines, _("Xem cuộc họp: {address}", address=address)])


@dataclass(frozen=True)
class DaysOff:
    """Days in a row on which nobody works for one reason, both included."""

    first: date
    last: date
    name: str


def days_off(calendar: Calendar, within: rules.Slot) -> list[DaysOff]:
    """The named days off of the organ's calendar that lie in the slot, those in a row together.

    Those of a year whose decision is still to come are said to be a forecast.
    """
    found: list[DaysOff] = []
    for day, name in _named(calendar, within):
        if found and found[-1].name == name and found[-1].last + _DAY == day:
            found[-1] = DaysOff(found[-1].first, day, name)
        else:
            found.append(DaysOff(day, day, name))
    return found


def _named(calendar: Calendar, within: rules.Slot) -> Iterator[tuple[date, str]]:
    last = clock.legal(within.ends_at).date()
    for day, name in sorted(calendar.days_off.items()):
        if within.day <= day < last and name:
            yield day, _("{name} (dự kiến)", name=name) if day.year in calendar.forecast_years else name


def _day_off(source: Source, off: DaysOff) -> Event:
    event = Event()
    event.add("uid", f"nghi-{off.first:%Y%m%d}@{source.organ_id}")
    event.add("dtstamp", clock.instant(off.first))
    event.add("dtstart", off.first)
    event.add("dtend", off.last + _DAY)
    event.add("summary", _("Nghỉ: {name}", name=off.name))
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED")
    event.add("organizer", _organizer(source))
    return event


def entity_tag(content: bytes) -> str:
    """The weak entity tag of a calendar: it may leave compressed."""
    return f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'


def unchanged(tag: str, if_none_match: str) -> bool:
    """Whether a client has this content already (RFC 9110, 13.1.2: weak comparison)."""
    known = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return "*" in known or tag.removeprefix("W/") in known
