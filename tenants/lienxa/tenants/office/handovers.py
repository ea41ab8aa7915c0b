"""The office's own record of what organs handed over to each other when they were merged or split, thing by thing.

Operators read no office, so theirs counts (`life/recording.py`). Here whoever keeps records of handovers reads, prints
and takes along what came or went; of what they may not see themselves there is the number, not what it is about.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.module import all_modules
from lienxa.platform.succession import passages
from lienxa.platform.succession.models import Passage
from lienxa.platform.succession.passages import Counterpart
from lienxa.platform.text import _
from lienxa.tenants.office.permissions import HAND_OVER
from lienxa.tenants.office.schemas import Annex, AnnexPart, Handover, HandoverLine

# Lines of one paper: typst keeps each line of a table in memory until the paper is done.
PART = 400
_NUMERALS = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
HEAD = (
    *(_("Loại việc"), _("Số ở bên giao"), _("Số ở bên nhận"), _("Số, ký hiệu"), _("Ngày văn bản"), _("Nội dung")),
    *(_("Hạn, ngày hẹn"), _("Người giao"), _("Bộ phận nhận"), _("Người nhận")),
)


def titles() -> Mapping[str, str]:
    """What the kinds of work are called, in the order in which they pass."""
    return {kind.code: kind.title for module in all_modules() for kind in module.succession}


async def counterparts(session: TenantSession, actor: Actor) -> Sequence[Counterpart]:
    """The organs with which there was a handover; none for who keeps no records."""
    return await passages.counterparts(session) if actor.may(HAND_OVER) else ()


async def handover(session: TenantSession, actor: Actor, direction: str, organ_id: UUID) -> Handover:
    """What came from that organ or went to it, by kind; `NotFound` if nothing did."""
    actor.require(HAND_OVER)
    found = [
        one for one in await passages.counterparts(session) if (one.direction, one.organ_id) == (direction, organ_id)
    ]
    if not found:
        raise NotFound(_("Không có lần bàn giao này."))
    counts = await passages.count_by_code(session, direction, organ_id)
    in_order = {code: counts[code] for code in titles() if code in counts}
    annexes = [
        Annex(numeral(place), code, titles()[code], count) for place, (code, count) in enumerate(in_order.items(), 1)
    ]
    return Handover(direction, organ_id, found[-1].name, found[-1].from_day, annexes)


async def lines(
    session: TenantSession, actor: Actor, shown: Handover, code: str, after: UUID | None, limit: int
) -> tuple[Sequence[HandoverLine], UUID | None]:
    """`limit` lines of one kind, or of all (empty), behind the passage `after`; and behind which the next begin."""
    found = await passages.handed_over(
        session, actor, shown.direction, shown.organ_id, code=code, after=after, limit=limit + 1
    )
    following = found[limit - 1][0].id if len(found) > limit else None
    return [_line(passage, seen=seen) for passage, seen in found[:limit]], following


async def parts(session: TenantSession, shown: Handover) -> Sequence[AnnexPart]:
    """The papers of the annexes, each of `PART` lines at most."""
    places = await passages.places(session, shown.direction, shown.organ_id, PART)
    found = []
    for annex in shown.annexes:
        behind = [None, *(passage_id for code, passage_id in places if code == annex.code)]
        for place, after in enumerate(behind):
            found.append(AnnexPart(annex, after, place * PART + 1, min((place + 1) * PART, annex.count)))
    return found


def _line(passage: Passage, *, seen: bool) -> HandoverLine:
    given = passage.direction == passages.OUT
    shown = seen and not passage.restricted
    return HandoverLine(
        id=passage.id,
        code=passage.code,
        old_number=passage.number if given else passage.other_number,
        new_number=passage.other_number if given else passage.number,
        symbol=passage.symbol if shown else "",
        dated=passage.dated,
        title=passage.title if shown else _("(nội dung hạn chế)"),
        path=passage.path if shown else "",
        due_on=passage.due_on,
        holder=passage.holder,
        unit=passage.unit,
        receiver=passage.receiver,
    )


def cells(line: HandoverLine) -> Sequence[Any]:
    """A line as the spreadsheet has it, under `HEAD`."""
    return (
        *(titles().get(line.code, line.code), line.old_number, line.new_number, line.symbol, line.dated, line.title),
        *(line.due_on, line.holder, line.unit, line.receiver),
    )


async def paper(session: TenantSession, actor: Actor, shown: Handover) -> dict[str, Any]:
    """The record to be signed, for `office/handover.typ`; with its annexes if they are short enough for one paper."""
    annexes = []
    if shown.total <= PART:
        every, _following = await lines(session, actor, shown, "", None, PART)
        annexes = [_annex(annex, [one for one in every if one.code == annex.code], 1) for annex in shown.annexes]
    return _common(actor, shown) | {
        "record": True,
        "counts": [[str(place), one.title, str(one.count), one.name] for place, one in enumerate(shown.annexes, 1)],
        "total": str(shown.total),
        "annexes": annexes,
    }


async def annex_paper(
    session: TenantSession, actor: Actor, shown: Handover, annex: Annex, after: UUID | None, first: int
) -> dict[str, Any]:
    """A part of one annex behind the passage `after`, whose first line is number `first`, for `office/handover.typ`."""
    found, _following = await lines(session, actor, shown, annex.code, after, PART)
    return _common(actor, shown) | {"record": False, "annexes": [_annex(annex, found, first)]}


def _common(actor: Actor, shown: Handover) -> dict[str, Any]:
    own = actor.face.title or actor.organ.full_name
    giver, receiver = (own, shown.name) if shown.direction == passages.OUT else (shown.name, own)
    now = clock.legal(clock.now())
    return {
        "organ": own,
        "specimen": actor.organ.demonstration,
        "day": _day(actor, now),
        "giver": _capitalized(giver),
        "receiver": _capitalized(receiver),
        "from_day": f"{shown.from_day:%d/%m/%Y}",
        "made": f"{now:%H:%M %d/%m/%Y}",
        "maker": [actor.name, actor.acting.title],
    }


def _day(actor: Actor, now: datetime) -> str:
    month = f"{now.month:02d}" if now.month < 3 else str(now.month)  # NĐ 30/2020, Appendix I: days to 9, months 1 and 2
    return _(
        "{place}, ngày {day:02d} tháng {month} năm {year}",
        place=actor.organ.name,
        day=now.day,
        month=month,
        year=now.year,
    )


def _capitalized(name: str) -> str:
    return name[:1].upper() + name[1:]


def _annex(annex: Annex, found: Sequence[HandoverLine], first: int) -> dict[str, Any]:
    """One table; columns that say nothing of this kind are left out."""
    columns = {
        _("Số ở bên giao"): [one.old_number for one in found],
        _("Số ở bên nhận"): [one.new_number for one in found],
        _("Số, ký hiệu"): [one.symbol for one in found],
        _("Ngày văn bản"): [f"{one.dated:%d/%m/%Y}" if one.dated else "" for one in found],
        _("Nội dung"): [one.title for one in found],
        _("Hạn, ngày hẹn"): [f"{one.due_on:%d/%m/%Y}" if one.due_on else "" for one in found],
        _("Người giao"): [one.holder for one in found],
        _("Người nhận"): [", ".join(filter(None, (one.receiver, one.unit))) for one in found],
    }
    said = {head: column for head, column in columns.items() if any(column)}
    rows = [[str(number), *row] for number, row in enumerate(zip(*said.values(), strict=True), start=first)]
    return {
        "name": annex.name,
        "title": annex.title,
        "head": [_("STT"), *said],
        "wide": list(said).index(_("Nội dung")) + 1,
        "rows": rows,
    }


def numeral(number: int) -> str:
    """`4` as it numbers an annex: `IV`."""
    written = ""
    for value, letters in _NUMERALS:
        while number >= value:
            written, number = written + letters, number - value
    return written
