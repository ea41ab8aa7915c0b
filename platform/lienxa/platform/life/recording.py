"""The record of a handover between organs (biên bản bàn giao): who, to whom, how much of what, and who came.

Operators read no office (ADR 0015), so it counts; every single thing stands in the office's own record, on either side.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from lienxa.platform import clock
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict, NotFound
from lienxa.platform.life import exporting, following, joining, passing, planning
from lienxa.platform.life.models import OrganWork
from lienxa.platform.life.works import Progress
from lienxa.platform.module import all_modules
from lienxa.platform.print.papers import typeset
from lienxa.platform.succession import passages
from lienxa.platform.tenancy.models import Succession, Tenant
from lienxa.platform.tenancy.organs import Organ, organ_of
from lienxa.platform.text import _

_TEMPLATE = Path(__file__).parent / "handover.typ"
STEPS: Mapping[str, str] = {"read": _("Đọc hai bên"), "print": _("In biên bản")}
_TITLES = {"merge": _("Bàn giao khi sáp nhập đơn vị"), "split": _("Bàn giao khi chia tách đơn vị")}


async def carry_out(database: Database, work: OrganWork, progress: Progress) -> Mapping[str, Any]:
    """Write the record of the merger or split `wanted["work"]`; `Conflict` if it is not done. Answers with its file."""
    async with database.control() as control:
        act = await control.get(OrganWork, UUID(work.wanted["work"]))
        if act is None or act.kind not in planning.KINDS:
            raise NotFound(_("Không có việc này."))
        if act.state != "done":
            raise Conflict(_("Việc này chưa xong."), remedy=_("Lập biên bản khi đã bàn giao xong."))
        rows = (await control.scalars(select(Succession).where(Succession.work_id == act.id))).all()
        organs = await _organs(control, rows)
    from_day = rows[0].from_day
    await progress.begin("read", len(rows))
    parts = []
    for row in sorted(rows, key=lambda row: (organs[row.predecessor_id].title, organs[row.successor_id].title)):
        parts.append(await _part(database, organs[row.predecessor_id], organs[row.successor_id], from_day))
        await progress.advance()
    givers = sorted({row.predecessor_id for row in rows}, key=lambda organ_id: organs[organ_id].title)
    books = [await _kept_books(database, organs[organ_id]) for organ_id in givers]
    await progress.begin("print")
    moment = clock.now()
    made = typeset(_TEMPLATE, _shown(act, parts, books, from_day), int(moment.timestamp()))
    path = path_of(work.id)
    path.touch(mode=0o600)
    path.write_bytes(made)
    return {"bytes": len(made)}


def path_of(work_id: UUID) -> Path:
    """Where the record that a work made lies, beside the archives."""
    return exporting.folder() / f"ban-giao-{work_id}.pdf"


async def _organs(control: Any, rows: Sequence[Succession]) -> Mapping[UUID, Organ]:
    ids = {organ_id for row in rows for organ_id in (row.predecessor_id, row.successor_id)}
    tenants = await control.scalars(select(Tenant).where(Tenant.id.in_(ids)))
    return {tenant.id: organ_of(tenant) for tenant in tenants}


async def _part(database: Database, predecessor: Organ, successor: Organ, from_day: date) -> dict[str, Any]:
    """What one organ handed over to another."""
    async with following.inside(database, successor) as session:
        counts = await passages.count_by_code(session, passages.IN, predecessor.id)
        here = await joining.office(session, from_day)
    async with following.inside(database, predecessor) as session:
        there = await joining.office(session, from_day)
    serving = {staff.account_id: staff for staff in here.staff if staff.left_on is None or staff.left_on >= from_day}
    coming = [staff for staff in there.staff if staff.account_id in serving]
    rows = [
        [staff.full_name, _posts(there, staff.id), _posts(here, serving[staff.account_id].id) or _("chưa giao")]
        for staff in coming
    ]
    titles = [(kind.title, counts.get(kind.code, 0)) for _module, kind in passing.kinds()]
    return {
        "from": predecessor.title,
        "to": successor.title,
        "head": _("{old} bàn giao cho {new}", old=predecessor.title, new=successor.full_name),
        "specimen": predecessor.demonstration and successor.demonstration,
        "work": _numbered([[title, str(count)] for title, count in titles if count]),
        "total": str(sum(counts.values())),
        "people": _numbered(rows),
    }


async def _kept_books(database: Database, predecessor: Organ) -> dict[str, Any]:
    """The books that stay with an organ."""
    async with following.inside(database, predecessor) as session:
        rows = [row for module in all_modules() if module.kept_books for row in await module.kept_books(session)]
    return {"head": _("Sổ của {old}", old=predecessor.full_name), "rows": _numbered(rows)}


def _posts(office: joining.Office, staff_id: UUID) -> str:
    held = [office.posts[one.post_id] for one in office.appointments if one.staff_id == staff_id]
    return ", ".join(post.title for post in sorted(held, key=lambda post: post.position))


def _numbered(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[str(number), *row] for number, row in enumerate(rows, start=1)]


def _shown(
    act: OrganWork, parts: Sequence[Mapping[str, Any]], books: Sequence[Mapping[str, Any]], from_day: date
) -> dict[str, Any]:
    legal = clock.legal(act.ended_at or clock.now())
    return {
        "title": _TITLES[act.kind],
        "day": _("Ngày {day:%d} tháng {day:%m} năm {day:%Y}", day=legal),
        "ended": f"{legal:%H:%M %d/%m/%Y}",
        "from_day": f"{from_day:%d/%m/%Y}",
        "operator": act.operator,
        "reference": str(act.id),
        "parts": list(parts),
        "books": [kept for kept in books if kept["rows"]],
        "specimen": all(part["specimen"] for part in parts),
        "givers": list(dict.fromkeys(part["from"] for part in parts)),
        "receivers": list(dict.fromkeys(part["to"] for part in parts)),
    }
