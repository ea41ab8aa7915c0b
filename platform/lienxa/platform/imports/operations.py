"""Bringing a file, checking it, writing what is right in it. `jobs` wants what happens in the background."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access.actor import Actor
from lienxa.platform.acts import record_act
from lienxa.platform.audit.repository import record_read
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, NotFound
from lienxa.platform.files import store
from lienxa.platform.files.content import CSV, ODS, XLS, XLSX
from lienxa.platform.files.models import StoredFile
from lienxa.platform.imports import tables
from lienxa.platform.imports.aside import read_lines_aside
from lienxa.platform.imports.kinds import CheckedLine, ImportKind
from lienxa.platform.imports.models import CHECKED, CHECKING, DONE, FAILED, WRITING, ImportRun
from lienxa.platform.module import all_modules
from lienxa.platform.notify import notices
from lienxa.platform.notify.notices import Told
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _

PATH = "/quan-tri/nhap-du-lieu"
KEPT = timedelta(days=30)
SHOWN_RUNS = 30
SHOWN_FAULTS = 50
_GIVEN_UP = timedelta(hours=1)
_TABLES = (XLSX, XLS, ODS, CSV)


def kinds(actor: Actor) -> list[ImportKind]:
    """The sorts of rows that the actor may bring; none at a parent, which keeps no office here."""
    if actor.organ.is_parent:
        return []
    return [kind for kind in _all_kinds() if actor.may(kind.permission)]


def _all_kinds() -> list[ImportKind]:
    return [kind for module in all_modules() for kind in module.imports]


def find_kind(actor: Actor, code: str) -> ImportKind:
    """The kind of that code, or `NotFound` if there is none for the actor."""
    found = next((kind for kind in kinds(actor) if kind.code == code), None)
    if found is None:
        raise NotFound
    return found


async def runs(session: TenantSession, actor: Actor) -> Sequence[ImportRun]:
    """The latest files that the actor's post may see, newest first."""
    codes = [kind.code for kind in kinds(actor)]
    query = select(ImportRun).where(ImportRun.kind.in_(codes)).order_by(ImportRun.asked_at.desc(), ImportRun.id.desc())
    return (await session.scalars(query.limit(SHOWN_RUNS))).all()


async def count_done(session: TenantSession, codes: Collection[str]) -> int:
    """How many files of these kinds were taken in."""
    done = select(func.count()).select_from(ImportRun).where(ImportRun.kind.in_(codes), ImportRun.state == DONE)
    return (await session.execute(done)).scalar_one()


async def run(session: TenantSession, actor: Actor, run_id: UUID, *, lock: bool = False) -> ImportRun:
    """The file with what was found in it, or `NotFound` if the actor may not bring such files."""
    found = await session.find(ImportRun, run_id, lock=lock)
    find_kind(actor, found.kind)
    return found


async def bring(session: TenantSession, actor: Actor, kind: ImportKind, name: str, content: bytes) -> ImportRun:
    """Keep a file that is to be checked; `InvalidInput` on `file` if it is no spreadsheet."""
    actor.require(kind.permission)
    stored = await store.keep(session, actor, name, content, allowed=_TABLES)
    added = ImportRun(
        kind=kind.code,
        state=CHECKING,
        file_name=stored.name,
        file_id=stored.id,
        faulty_file_id=None,
        asked_by=actor.staff_id,
        post_id=actor.acting.id,
        asked_at=clock.now(),
    )
    session.add(added)
    await session.flush()
    return added


async def confirm(session: TenantSession, actor: Actor, run_id: UUID) -> ImportRun:
    """Let the lines without faults be written. `Conflict` unless the file is checked and has such lines."""
    found = await run(session, actor, run_id, lock=True)
    actor.require(find_kind(actor, found.kind).permission)
    if found.state != CHECKED or not found.good_count:
        raise Conflict(_("Tệp này không còn chờ nhập."), remedy=_("Xem kết quả trên trang của tệp."))
    found.state = WRITING
    await record_act(session, actor, "imports.confirm", "import_run", run_id, {"kind": found.kind})
    return found


async def read_faulty(session: TenantSession, actor: Actor, run_id: UUID) -> bytes:
    """The workbook of the faulty lines, or `NotFound` if there is none."""
    found = await run(session, actor, run_id)
    if found.faulty_file_id is None:
        raise NotFound
    stored = await session.find(StoredFile, found.faulty_file_id)
    record_read(session, actor, "import_run", run_id, stored.name)
    return await store.read(session, stored)


async def check(session: TenantSession, organ: Organ, run_id: UUID) -> None:
    """Read the file and note what is right and wrong in it; nothing if that was done before."""
    found = await _in_state(session, run_id, CHECKING)
    if found is None:
        return
    actor, kind = await _who_asked(session, organ, found)
    lines = await _checked(session, actor, found, kind)
    faulty = [line for line in lines if line.faults]
    found.state = CHECKED
    found.line_count, found.good_count = len(lines), len(lines) - len(faulty)
    found.faults = _told_faults(kind, faulty)
    found.faulty_file_id = await _keep_faulty(session, actor, kind, faulty)
    title = _("Đã kiểm tra tệp {name}: {good} dòng đúng, {bad} dòng lỗi", name=found.file_name, **_counts(found))
    await _tell(session, found, title)


async def write(session: TenantSession, organ: Organ, run_id: UUID) -> None:
    """Write the lines that are right now; what has become wrong since the check joins the faulty ones."""
    found = await _in_state(session, run_id, WRITING)
    if found is None:
        return
    actor, kind = await _who_asked(session, organ, found)
    lines = await _checked(session, actor, found, kind)
    faulty = [line for line in lines if line.faults]
    good = [line.entry for line in lines if not line.faults]
    if len(good) != found.good_count:
        found.faults = _told_faults(kind, faulty)
        found.faulty_file_id = await _keep_faulty(session, actor, kind, faulty)
        found.good_count = len(good)
    found.outcome = await kind.write(session, actor, good) if good else _("Không còn dòng nào để nhập.")
    found.state = DONE
    await record_act(session, actor, "imports.write", "import_run", run_id, {"kind": kind.code, "lines": len(good)})
    await _tell(session, found, _("Đã nhập tệp {name}: {outcome}", name=found.file_name, outcome=found.outcome))


async def fail(session: TenantSession, run_id: UUID, reason: str) -> None:
    """Write down why nothing will come of the file, and tell who brought it."""
    found = await _in_state(session, run_id, CHECKING, WRITING)
    if found is None:
        return
    found.state, found.reason = FAILED, reason
    await _tell(session, found, _("Chưa nhập được tệp {name}", name=found.file_name))


async def forget(session: TenantSession) -> None:
    """Remove files of more than 30 days ago, which name people; give up what did not come to an end within an hour."""
    now = clock.now()
    old = await session.scalars(select(ImportRun).where(ImportRun.asked_at < now - KEPT))
    for each in old.all():
        await session.delete(each)
        await session.flush()
        for file_id in (each.file_id, each.faulty_file_id):
            if file_id is not None:
                await store.forget(session, await session.find(StoredFile, file_id))
    stuck = select(ImportRun.id).where(ImportRun.state.in_((CHECKING, WRITING)), ImportRun.asked_at < now - _GIVEN_UP)
    for run_id in (await session.scalars(stuck)).all():
        await fail(session, run_id, _("Việc nhập bị dừng giữa chừng, chưa ghi dòng nào. Chọn lại tệp."))


async def _checked(session: TenantSession, actor: Actor, found: ImportRun, kind: ImportKind) -> Sequence[CheckedLine]:
    stored = await session.find(StoredFile, found.file_id)
    lines = read_lines_aside(kind, await store.read(session, stored), stored.content_type)
    return await kind.check(session, actor, lines)


async def _keep_faulty(
    session: TenantSession, actor: Actor, kind: ImportKind, faulty: Sequence[CheckedLine]
) -> UUID | None:
    if not faulty:
        return None
    content = tables.faulty_lines(kind, faulty)
    stored = await store.keep(session, actor, _("dong-loi.xlsx"), content, allowed=(XLSX,))
    return stored.id


def _told_faults(kind: ImportKind, faulty: Sequence[CheckedLine]) -> list[dict[str, Any]]:
    titles = {column.field: column.title for column in kind.columns}
    return [
        {
            "line": checked.line.number,
            "column": titles.get(fault.field, ""),
            "value": checked.line.text(fault.field)[:100],
            "reason": fault.reason,
            "remedy": fault.remedy,
        }
        for checked in faulty
        for fault in checked.faults
    ][:SHOWN_FAULTS]


def _counts(found: ImportRun) -> dict[str, int]:
    return {"good": found.good_count, "bad": found.line_count - found.good_count}


async def _who_asked(session: TenantSession, organ: Organ, found: ImportRun) -> tuple[Actor, ImportKind]:
    actor = (await members.staff_member(session, organ, found.asked_by)).acting_in(found.post_id)
    kind = find_kind(actor, found.kind)
    actor.require(kind.permission)
    return actor, kind


async def _in_state(session: TenantSession, run_id: UUID, *states: str) -> ImportRun | None:
    found = await session.get(ImportRun, (session.tenant_id, run_id), with_for_update=True)
    return found if found is not None and found.state in states else None


async def _tell(session: TenantSession, found: ImportRun, title: str) -> None:
    await notices.tell(session, None, Told([found.asked_by], "imports.run", title, f"{PATH}/tep/{found.id}"))
