"""A day and its rooms as a picture: what is when, what is free."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.text import _
from lienxa.tenants.meetings import repository, rules
from lienxa.tenants.meetings.models import Room
from lienxa.tenants.meetings.pages.common import DAY
from lienxa.tenants.meetings.rules import Scale, Slot
from lienxa.tenants.meetings.schemas import CalendarEntry, Closure, MeetingDraft

_LONGEST_OFFER = timedelta(hours=2)


@dataclass(frozen=True)
class Bar:
    """A stretch of a track, in per cent of its width. `kind`: taken, proposed, wanted, clash, closed or free (a link).

    What overlaps others without hiding them stands in a `lane` below.
    """

    left: float
    width: float
    kind: str
    label: str
    hours: str = ""
    path: str = ""
    lane: int = 0

    @property
    def right(self) -> float:
        """Where it ends."""
        return round(self.left + self.width, 2)

    def overlaps(self, other: "Bar") -> bool:
        """Whether both would cover a part of the same lane."""
        return self.lane == other.lane and self.left < other.right and other.left < self.right


@dataclass(frozen=True)
class Track:
    """A row of time bars: a room on a day, or a person."""

    label: str
    note: str
    bars: Sequence[Bar]

    @property
    def lanes(self) -> int:
        """How many lanes its bars take."""
        return 1 + max((bar.lane for bar in self.bars), default=0)


@dataclass(frozen=True)
class Picture:
    """Time bars over one scale."""

    scale: Scale
    tracks: Sequence[Track]


def _bar(scale: Scale, slot: Slot, kind: str, label: str, path: str = "") -> Bar:
    left = scale.share(slot.starts_at)
    return Bar(left, round(scale.share(slot.ends_at) - left, 2), kind, label, slot.hours(), path)


def room_track(
    scale: Scale, label: str, note: str, room: Room, entries: Sequence[CalendarEntry], closed: str | None, *, free: bool
) -> Track:
    """One room on the scale's day: what is in it, and the free stretches as links if somebody may use them."""
    if closed is not None:
        whole = _("Ngừng sử dụng: {reason}", reason=closed)
        return Track(label, note, [Bar(0, 100, "closed", whole)])
    mine = [entry for entry in entries if entry.room_id == room.id and entry.slot.day == scale.day]
    bars = [_room_bar(scale, entry) for entry in mine]
    if free:
        held = [entry.slot for entry in mine if entry.state in rules.OCCUPYING]
        stretches = rules.free_between(scale.day, held, clock.now())
        bars += [_bar(scale, slot, "free", _("Còn trống"), _offer(room.id, slot)) for slot in stretches]
    return Track(label, note, _in_lanes(bars))


def _room_bar(scale: Scale, entry: CalendarEntry) -> Bar:
    proposed = entry.state == rules.PROPOSED
    label = _("Đề xuất: {title}", title=entry.title) if proposed else entry.title
    kind = "proposed" if proposed else "taken"
    return _bar(scale, entry.slot, kind, label, f"/lich/{entry.id}" if entry.seen else "")


def _in_lanes(bars: Iterable[Bar]) -> list[Bar]:
    """The bars from left to right; a proposal, which holds nothing yet, leaves the room to what is there."""
    placed: list[Bar] = []
    for bar in sorted(bars, key=lambda bar: (bar.kind == "proposed", bar.left)):
        while any(bar.overlaps(other) for other in placed):
            bar = replace(bar, lane=bar.lane + 1)
        placed.append(bar)
    return sorted(placed, key=lambda bar: (bar.left, bar.lane))


def _offer(room_id: UUID, slot: Slot) -> str:
    """The form for a new meeting, filled in with a free stretch; of a long one its beginning."""
    starts, ends = clock.legal(slot.starts_at), clock.legal(min(slot.ends_at, slot.starts_at + _LONGEST_OFFER))
    query = {"ngay": f"{starts:%d/%m/%Y}", "tu": f"{starts:%H:%M}", "den": f"{ends:%H:%M}", "phong": str(room_id)}
    return f"/lich/moi?{urlencode(query)}"


def closed_on(closures: Iterable[Closure], room: Room, day: date) -> str | None:
    return next((found.reason for found in closures if found.room_id == room.id and found.covers(day)), None)


def seats(room: Room) -> str:
    return _("{count} chỗ", count=room.seats) if room.seats else ""


async def day_picture(session: TenantSession, actor: Actor, draft: MeetingDraft, besides: UUID | None) -> Picture:
    """The day of a draft before it is saved: every room, everybody who is needed elsewhere, and what is wanted."""
    day = draft.slot.day
    around = Slot(clock.instant(day), clock.instant(day + DAY))
    taken = await repository.occupied(session, actor, around, besides=besides)
    closures = await repository.closures(session, day)
    needed = {draft.chair_id, *draft.member_ids}
    travel, _closed, busy = await repository.day_facts(
        session, actor, day, staff_ids=needed, room_id=None, besides=besides
    )
    clashing = rules.clashes(draft.slot, rules.place_key(draft.room_id, draft.place), busy, travel)
    scale = Scale.over(day, [draft.slot, *(entry.slot for entry in taken), *(other.slot for other in busy)])
    wanted = _bar(scale, draft.slot, "wanted", _("Giờ đang chọn"))
    tracks = []
    for room in await repository.rooms(session):
        track = room_track(scale, room.name, "", room, taken, closed_on(closures, room, day), free=False)
        chosen = [wanted] if room.id == draft.room_id else []
        tracks.append(Track(track.label, track.note, [*track.bars, *chosen]))
    for name in dict.fromkeys(other.name for other in busy):
        theirs = [other for other in busy if other.name == name]
        bars = [_bar(scale, other.slot, "clash" if other in clashing else "taken", other.title) for other in theirs]
        tracks.append(Track(name, "", [*bars, wanted]))
    return Picture(scale, tracks)
