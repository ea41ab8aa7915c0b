"""The parallel run: paper registers compared with ours each day, and our books on the day the organ goes live."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from lienxa.platform import clock, ids
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.acts import record_act
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, FieldError, InvalidInput
from lienxa.platform.imports import operations as imports
from lienxa.platform.module import GoingLive, Readiness, ReadinessItem
from lienxa.platform.rollup import marks
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.organs import PARALLEL, Organ
from lienxa.platform.text import _
from lienxa.platform.workdays import calendar_for
from lienxa.tenants.documents import papers, permissions, repository, rules
from lienxa.tenants.documents.models import BookComparison
from lienxa.tenants.documents.operations.old_books import IMPORTS
from lienxa.tenants.documents.operations.series import running_series
from lienxa.tenants.documents.rules import INCOMING, ComparedSeries
from lienxa.tenants.documents.schemas import PaperNumber, SeriesLine

PATH = "/van-ban/so/doi-chieu"


async def to_compare(session: TenantSession, actor: Actor) -> list[SeriesLine]:
    """The series of the bodies of the acting post that run now, by body."""
    actor.require(permissions.REGISTER)
    reached = {body.name for body in await people.bodies(session) if body.id in actor.acting.body_ids}
    return [line for line in await running_series(session) if line.period and reached & set(line.bodies)]


async def compare(
    session: TenantSession, actor: Actor, numbers: Collection[PaperNumber], note: str = ""
) -> BookComparison:
    """Write a comparison of today down. A register that is not named has no number on paper, as ours must have none.

    Only during the parallel run: `Conflict` at any other time. `InvalidInput` on `paper-<code>` for a register that has
    numbers here and none was told for, and on `reason-<code>` where both differ for no reason.
    """
    if actor.organ.phase != PARALLEL:
        raise Conflict(_("Đơn vị không chạy song song với sổ giấy."), remedy=_("Sổ ở đây là sổ chính thức."))
    told = {number.code: number for number in numbers}
    compared, faults = [], []
    for series in await to_compare(session, actor):
        here = series.next_number - 1
        number = told.get(series.code)
        if number is None and here:
            remedy = _("Xem số cuối đã ghi trong sổ giấy; sổ giấy chưa có số nào thì nhập 0.")
            faults.append(
                FieldError(f"paper-{series.code}", _("Chưa nhập số cuối của {title}.", title=name_of(series)), remedy)
            )
            continue
        line = compared_line(series, number or PaperNumber(series.code, 0))
        if line.difference and not line.reason:
            said = _(
                "{title}: sổ giấy đến số {paper}, ở đây đến số {here}.", title=line.title, paper=line.paper, here=here
            )
            faults.append(FieldError(f"reason-{series.code}", said, _("Ghi lý do lệch và cách sửa.")))
        compared.append(line)
    if faults:
        raise InvalidInput(faults)
    differing = sum(bool(line.difference) for line in compared)
    comparison = BookComparison(
        id=ids.new_id(),
        compared_on=clock.today(),
        compared_at=clock.now(),
        compared_by=actor.staff_id,
        lines=[asdict(line) for line in compared],
        differing=differing,
        note=note,
    )
    session.add(comparison)
    await session.flush()
    detail: dict[str, str | int | None] = {"books": len(compared), "differing": differing}
    await record_act(session, actor, "documents.compare_books", "book_comparison", comparison.id, detail)
    return comparison


def compared_line(series: SeriesLine, number: PaperNumber) -> ComparedSeries:
    """A series beside the last number of its paper register; a reason is kept only where both differ."""
    here = series.next_number - 1
    return ComparedSeries(
        code=series.code,
        title=series.title,
        bodies=", ".join(series.bodies),
        period=series.period,
        paper=number.number,
        here=here,
        reason=number.reason if number.number != here else "",
    )


def name_of(series: SeriesLine) -> str:
    """What people call a series: its types and its bodies."""
    return f"{series.title} ({', '.join(series.bodies)})"


async def sheet(session: TenantSession, actor: Actor, comparison_id: UUID) -> Mapping[str, Any]:
    """What `comparison.typ` shows: the sheet that clerk and office head sign."""
    actor.require(permissions.READ)
    comparison = await repository.comparing.comparison(session, comparison_id)
    return papers.comparison_sheet(actor, comparison, await repository.comparing.comparer(session, comparison))


async def history(session: TenantSession, actor: Actor) -> Sequence[tuple[BookComparison, str]]:
    """The latest comparisons with who made each, the last first."""
    actor.require(permissions.READ)
    return [(row.BookComparison, row.name) for row in await repository.comparing.comparisons(session)]


async def clean_days(session: TenantSession, organ: Organ) -> int:
    """On how many working days of the running trial both have agreed since they last did not."""
    if organ.trial_from is None:
        return 0
    rows = await repository.comparing.comparisons(session, organ.trial_from)
    calendar = await calendar_for(session)
    days = [(row.BookComparison.compared_on, row.BookComparison.differing) for row in rows]
    return rules.days_without_difference(days, calendar.is_working_day)


async def go_live(session: TenantSession, going: GoingLive) -> Sequence[str]:
    """Let our books go on behind the paper registers of the latest comparison; what to strike is struck first.

    Numbers never go down: where ours is ahead, the clerk enters the same numbers on paper before it is closed.
    """
    said = []
    if going.clear and going.since is not None:
        reason = _("Nhập khi chạy song song; bản chính ở sổ giấy.")
        struck, discarded = await repository.comparing.strike_since(session, going.since, reason)
        said.append(
            _("Đã gạch {struck} số và bỏ {drafts} dự thảo nhập khi chạy song song.", struck=struck, drafts=discarded)
        )
    latest = await _latest_lines(session, going)
    ahead = {(line.code, line.period): line.paper for line in latest if line.difference > 0}
    await repository.comparing.raise_counters(session, ahead)
    said += [
        _(
            "{title} ({body}): cấp tiếp từ số {number} theo sổ giấy.",
            title=line.title,
            body=line.bodies,
            number=line.paper + 1,
        )
        for line in latest
        if line.difference > 0
    ]
    said += [
        _(
            "{title} ({body}): ở đây đã cấp đến số {here}, sổ giấy đến số {paper}; ghi bổ sung vào sổ giấy.",
            title=line.title,
            body=line.bodies,
            here=line.here,
            paper=line.paper,
        )
        for line in latest
        if line.difference < 0
    ]
    detail = {"raised": len(ahead), "clear": int(going.clear)}
    if going.actor is not None:
        trail.record(session, going.actor, "documents.take_over_books", "organ", going.organ.id, detail)
    else:
        trail.record_service(session, "documents.take_over_books", "organ", going.organ.id, detail)
    await marks.mark(session, "documents")
    return said


async def _latest_lines(session: TenantSession, going: GoingLive) -> list[ComparedSeries]:
    """Of each series that still runs the line of its latest comparison, with our number as it is now."""
    if going.since is None:
        return []
    now = {line.code: line for line in await running_series(session)}
    found: dict[str, ComparedSeries] = {}
    for row in await repository.comparing.comparisons(session, going.since):
        for line in row.BookComparison.lines:
            series = now.get(line["code"])
            if series is not None and series.period == line["period"] and line["code"] not in found:
                found[line["code"]] = compared_line(series, PaperNumber(line["code"], line["paper"], line["reason"]))
    return list(found.values())


async def readiness(session: TenantSession, organ: Organ) -> Sequence[ReadinessItem]:
    """What the organ needs of its books before it goes live."""
    if organ.is_parent:
        return []
    bodies = [body for body in await people.bodies(session) if body.in_use]
    series = await running_series(session)
    standing = await repository.comparing.readiness(session)
    imported = await imports.count_done(session, tuple(kind.code for kind in IMPORTS))
    return [
        _of_symbols(bodies),
        _of_series(bodies, series),
        _of_opening(series),
        _of_old_books(imported),
        _of_print(standing.books_made),
        await _of_comparison(session, organ),
    ]


def _of_symbols(bodies: Sequence[Any]) -> ReadinessItem:
    without = [body.name for body in bodies if not body.symbol]
    reason = (
        _("Chưa có ký hiệu: {names}.", names=", ".join(without))
        if without
        else _("Ký hiệu: {symbols}.", symbols=", ".join(body.symbol for body in bodies))
    )
    state: Readiness = "missing" if without or not bodies else "done"
    return ReadinessItem("documents.symbols", _("Ký hiệu của từng cơ quan"), state, reason, "/quan-tri/co-quan")


def _of_series(bodies: Sequence[Any], series: Sequence[SeriesLine]) -> ReadinessItem:
    title, path = _("Sổ văn bản của từng cơ quan đang mở"), "/quan-tri/so-van-ban"
    having = {(name, line.direction == INCOMING) for line in series if line.period for name in line.bodies}
    without = [body.name for body in bodies if (body.name, True) not in having or (body.name, False) not in having]
    if without or not bodies:
        reason = _("Chưa mở sổ đến hoặc sổ đi: {names}.", names=", ".join(without))
        return ReadinessItem("documents.series", title, "missing", reason, path)
    closed = sum(not line.period for line in series if line.direction != rules.CONGRESS)
    if closed:
        reason = _("{count} sổ chưa mở vì chưa khai nhiệm kỳ.", count=closed)
        return ReadinessItem("documents.series", title, "missing", reason, path)
    return ReadinessItem("documents.series", title, "done", _("{count} sổ đang mở.", count=len(series)), path)


def _of_opening(series: Sequence[SeriesLine]) -> ReadinessItem:
    title, path = _("Số bắt đầu của các sổ"), "/quan-tri/so-van-ban"
    going_on = sum(line.next_number > 1 for line in series)
    if going_on:
        reason = _("{count} sổ cấp tiếp theo số đã có, các sổ khác từ số 01.", count=going_on)
        return ReadinessItem("documents.opening", title, "done", reason, path, confirmable=True)
    reason = _("Mọi sổ sẽ cấp từ số 01. Đặt số theo sổ giấy, hoặc xác nhận đúng là bắt đầu từ 01.")
    return ReadinessItem("documents.opening", title, "missing", reason, path, confirmable=True)


def _of_old_books(imported: int) -> ReadinessItem:
    title, path = _("Sổ cũ đã nhập hoặc xác nhận không nhập"), "/quan-tri/nhap-du-lieu"
    if imported:
        reason = _("Đã nhập {count} tệp sổ cũ.", count=imported)
        return ReadinessItem("documents.old_books", title, "done", reason, path, confirmable=True)
    reason = _("Chưa nhập sổ cũ nào. Nhập từ bảng tính, hoặc xác nhận không nhập sổ cũ.")
    return ReadinessItem("documents.old_books", title, "missing", reason, path, confirmable=True)


def _of_print(made: int) -> ReadinessItem:
    title, path = _("Đã in thử sổ văn bản"), "/van-ban/so"
    if made:
        reason = _("Có {count} tệp sổ lập trong 7 ngày qua.", count=made)
        return ReadinessItem("documents.print", title, "done", reason, path, confirmable=True)
    reason = _("Văn thư lập tệp PDF của một sổ và in thử, hoặc xác nhận đã in thử.")
    return ReadinessItem("documents.print", title, "missing", reason, path, confirmable=True)


async def _of_comparison(session: TenantSession, organ: Organ) -> ReadinessItem:
    title, wanted = _("Đối chiếu sổ giấy không lệch"), get_settings().parallel_clean_days
    if organ.is_live:
        return ReadinessItem("documents.comparison", title, "done", _("Sổ ở đây là sổ chính thức."), PATH)
    if organ.phase != PARALLEL:
        reason = _("Chưa chạy song song; cần {count} ngày làm việc không lệch.", count=wanted)
        return ReadinessItem("documents.comparison", title, "done" if not wanted else "missing", reason, PATH)
    days = await clean_days(session, organ)
    reason = _("{days}/{count} ngày làm việc liên tiếp không lệch.", days=days, count=wanted)
    return ReadinessItem("documents.comparison", title, "done" if days >= wanted else "missing", reason, PATH)
