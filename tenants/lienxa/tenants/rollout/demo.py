"""The rollout as the articles tell it. They give no days: every day below is invented and marked so."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import replace

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import DemoContext
from lienxa.platform.operator.invented import names
from lienxa.platform.rollup.months import reporting_months
from lienxa.platform.text import _
from lienxa.platform.workdays import national_calendar
from lienxa.tenants.rollout import operations, repository
from lienxa.tenants.rollout.rules import BOARD, HELD, STEERING, ended_months
from lienxa.tenants.rollout.schemas import (
    AskFollowUp,
    ClosePeriod,
    PlanMilestone,
    PlanVisit,
    RecordProgress,
    RecordVisit,
    ReviseMilestone,
    SteeringSeat,
)

_STATE_IN_ARTICLE = {"merged": "merged", "staff moved": "staff_moved", "planned": "planned"}
_ANSWER = {"yes": True, "no": False, "": None}
_SCHEMES = {"do-luong": "07-ĐA/HU"}
# What the articles say of each, and no more.
_NOTES = {
    "lam-son": "Xã đầu tiên của huyện hợp nhất văn phòng.",
    "giang-son-tay": "Văn bản vào một đầu mối, Tổ trưởng Văn phòng phân phối.",
    "minh-son": "Mới nêu việc chuyển cán bộ.",
    "thi-tran-do-luong": "Mới nêu việc chuyển cán bộ.",
    "van-son": "Được nêu là xã tiếp theo.",
    "hoa-son": "Được nêu là xã tiếp theo.",
    "dai-son": "Được nêu là xã tiếp theo.",
    "phuoc-nam": "Văn phòng chung từ tháng 8/2018.",
}
# The one beginning that an article tells, to the month.
_BEGUN = {"phuoc-nam": date(2018, 8, 1)}
_SEATS = (
    ("head", "Phó Bí thư Thường trực", "Chỉ đạo chung"),
    ("deputy", "Phó Chủ tịch UBND", "Cơ sở vật chất, kinh phí"),
    ("standing", "Trưởng Ban Tổ chức", "Nhân sự, biên chế"),
    ("member", "Chánh Văn phòng cấp ủy", "Quy chế, văn thư, lưu trữ"),
    ("member", "Chánh Văn phòng HĐND và UBND", "Một cửa, lịch công tác"),
    ("member", "Trưởng phòng Nội vụ", "Đánh giá mô hình"),
    ("secretary", "Chuyên viên tổng hợp", "Thư ký Ban Chỉ đạo"),
)
_FINDINGS = (
    "Văn phòng bố trí đủ người, sổ văn bản vào đúng ngày. Còn chậm cập nhật lịch của khối đoàn thể.",
    "Tổ trưởng Văn phòng phân phối văn bản trong ngày. Tủ hồ sơ của Đảng ủy và UBND còn để hai nơi.",
    "Lịch tuần thống nhất ba khối, không còn trùng giờ hội trường. Cần thêm một máy quét.",
    "Cán bộ hỗ trợ nhau tốt trong đợt cao điểm. Hồ sơ công việc lập chưa đủ theo danh mục.",
)
_TASKS = (
    "Dồn tủ hồ sơ về phòng làm việc chung",
    "Lập đủ hồ sơ công việc theo danh mục hồ sơ",
    "Bổ sung phân công người thay thế trong quy chế",
    "Báo cáo kết quả xử lý văn bản quá hạn",
)
_PURPOSES = {
    "working": "Nắm tình hình hợp nhất văn phòng",
    "inspection": "Kiểm tra việc vào sổ, phát hành văn bản",
    "review": "Đánh giá mô hình văn phòng chung",
    STEERING: "Kiểm điểm tiến độ hợp nhất",
}
_STEP = 13  # days from one milestone of an organ to the next
_TOLD = timedelta(days=30)  # before a milestone: when it is planned
# How many months are closed, and on which working day after each: first communes close their own reports.
_CLOSED_MONTHS = 3
_CLOSED_AFTER = {True: 4, False: 2}  # at a parent or not
_CLOSED_HOUR = {True: 15, False: 10}
# The states that an organ was in before, and the milestone that brought each.
_COURSE = {"planned": None, "staff_moved": "staff", "merged": "calendar"}


class _Step(NamedTuple):
    """A milestone of an organ."""

    kind: str
    planned_on: date
    done_on: date | None


@dataclass(frozen=True)
class _Teller:
    """Who tells the parent's year, and with whose hand."""

    session: TenantSession
    actor: Actor
    chance: Random

    def day(self, days_ago: int) -> date:
        """The working day on or after the one that lies so many days back (or, if negative, ahead)."""
        day = clock.today() - timedelta(days=days_ago)
        calendar = national_calendar()
        while not calendar.is_working_day(day):
            day += timedelta(days=1)
        return day


def _at(day: date, hour: int) -> AbstractContextManager[None]:
    """Let what is inside happen on that day; nothing happens later than now."""
    return clock.fixed_at(min(clock.instant(day, hour), clock.now()))


async def demo(context: DemoContext) -> None:
    """Record the state of every organ below this parent, and a year of the rollout."""
    if not context.organ.is_parent:
        return
    chance = Random(context.organ.slug)  # noqa: S311 -- nothing secret
    async with context.transaction() as session:
        actor = await context.person(session, "administrator")
        teller = _Teller(session, actor, chance)
        if context.organ.slug in _SCHEMES:
            await operations.adopt_scheme(session, actor, _SCHEMES[context.organ.slug])
            await _milestone(teller, "scheme", None, teller.day(350), teller.day(352))
        await _committee(teller)
        below = [row for row in context.rows if row["parent"] == context.organ.slug]
        for row in below:
            if row["slug"] in context.organ_ids:
                organ_id = context.organ_ids[row["slug"]]
                steps = list(_plan(teller, row))
                await _progress(teller, organ_id, row, steps)
                for step in steps:
                    await _milestone(teller, step.kind, organ_id, step.planned_on, step.done_on)
                await _visits(teller, organ_id, _STATE_IN_ARTICLE[row["state_in_article"]])
        await _meetings(teller)


async def close_months(context: DemoContext) -> bool:
    """Close the last months: a parent those of the organs below it, a commune whose office is merged its own report.

    False, and nothing done, where that is so already or nobody has reason to.
    """
    at_parent = context.organ.is_parent
    if not at_parent and _STATE_IN_ARTICLE[context.row["state_in_article"]] != "merged":
        return False
    async with context.transaction() as session:
        if await repository.closed_reports(session):
            return False
        actor = await context.person(session, "director" if at_parent else "office_head")
        months = await reporting_months(session)
        organs = [below for below in context.below if below.is_live] if at_parent else [context.organ]
        for month in reversed(ended_months(months.present)[:_CLOSED_MONTHS]):
            closed_on = national_calendar().add_working_days(months.last_day(month), _CLOSED_AFTER[at_parent])
            with _at(closed_on, _CLOSED_HOUR[at_parent]):
                await operations.close_period(session, actor, organs, ClosePeriod(month, ""))
    return True


async def _progress(teller: _Teller, organ_id: UUID, row: Mapping[str, str], steps: Sequence[_Step]) -> None:
    """The states an organ went through, each written down on the day of the milestone that brought it."""
    moved = row["civil_servants_moved"]
    told = RecordProgress(
        wave=row["wave"],
        state="planned",
        civil_servants_moved=None,
        concurrent_inspection_deputy=None,
        changed_on=None,
        note=_NOTES.get(row["slug"], ""),
    )
    reached = {step.kind: step.done_on for step in steps}
    for state, kind in _COURSE.items():
        day = reached[kind] if kind else min(steps[0].planned_on - _TOLD, clock.today())
        assert day is not None, f"{state} without its milestone"
        if kind:
            told = replace(
                told,
                civil_servants_moved=int(moved) if moved else None,
                concurrent_inspection_deputy=_ANSWER[row["concurrent_inspection_deputy"]],
            )
        with _at(day, 17):
            await operations.record_progress(teller.session, teller.actor, organ_id, replace(told, state=state))
        if state == _STATE_IN_ARTICLE[row["state_in_article"]]:
            return


async def _committee(teller: _Teller) -> None:
    since = teller.day(355)
    with _at(since, 9):
        for name, (role, title, task) in zip(names(teller.chance, len(_SEATS)), _SEATS, strict=True):
            seat = SteeringSeat(name, title, role, since, None, task, invented=True)
            await operations.seat_member(teller.session, teller.actor, seat)


def _plan(teller: _Teller, row: Mapping[str, str]) -> Iterator[_Step]:
    """An organ's milestones, reached as far as its state goes."""
    state = _STATE_IN_ARTICLE[row["state_in_article"]]
    if row["slug"] in _BEGUN:
        for step, kind in enumerate(BOARD):
            day = _BEGUN[row["slug"]] + timedelta(days=4 + 3 * step)
            yield _Step(kind, teller.day(-20), None) if kind == "review" else _Step(kind, day, day)
        return
    begins = {"merged": 330, "staff_moved": 60, "planned": -10}[state] - 20 * int(row["wave"] == "1")
    reached = {"merged": 5, "staff_moved": 2, "planned": 0}[state]
    for step, kind in enumerate(BOARD):
        planned_on = teller.day(begins - _STEP * step)
        if kind == "review" and state == "merged":
            planned_on = teller.day(-teller.chance.randrange(8, 40))
        late = teller.chance.choice((0, 0, 0, 4, 9))
        done_on = min(planned_on + timedelta(days=late), clock.today()) if step < reached else None
        yield _Step(kind, planned_on, done_on)


async def _milestone(teller: _Teller, kind: str, organ_id: UUID | None, planned_on: date, done_on: date | None) -> None:
    told = min(planned_on - _TOLD, clock.today())
    with _at(told, 9):
        command = PlanMilestone(
            kind=kind,
            title="",
            planned_on=planned_on,
            responsible=_("Văn phòng cấp ủy") if organ_id is None else _("Tổ trưởng Văn phòng"),
            note="",
            organ_ids=() if organ_id is None else (organ_id,),
            invented=True,
        )
        planned = (await operations.plan_milestone(teller.session, teller.actor, command))[0]
    if done_on is not None:
        with _at(done_on, 16):
            reached = ReviseMilestone(planned_on, done_on, command.responsible, "")
            await operations.revise_milestone(teller.session, teller.actor, planned.id, reached)


async def _visits(teller: _Teller, organ_id: UUID, state: str) -> None:
    past = {"merged": (230, 120, 25), "staff_moved": (140, 30), "planned": (45,)}[state]
    for number, days_ago in enumerate(past):
        kind = "inspection" if number == 1 else "working"
        held_on = teller.day(days_ago - teller.chance.randrange(12))
        visit_id = await _held(teller, kind, organ_id, held_on, teller.chance.choice(("good", "fair", "fair")))
        await _follow_up(teller, visit_id, held_on, is_last=number == len(past) - 1)
    if state != "planned":
        kind = "review" if state == "merged" else "working"
        await _planned(teller, kind, organ_id, teller.day(-teller.chance.randrange(2, 14)))


async def _meetings(teller: _Teller) -> None:
    for days_ago in (300, 210, 120, 30):
        await _held(teller, STEERING, None, teller.day(days_ago), "")
    await _planned(teller, STEERING, None, teller.day(-9))


async def _planned(teller: _Teller, kind: str, organ_id: UUID | None, visit_on: date) -> UUID:
    people = _("Ban Chỉ đạo") if kind == STEERING else _("Tổ công tác của Ban Chỉ đạo")
    with _at(min(visit_on - timedelta(days=10), clock.today()), 9):
        command = PlanVisit(kind, organ_id, visit_on, _PURPOSES[kind], people, invented=True)
        return (await operations.plan_visit(teller.session, teller.actor, command)).id


async def _held(teller: _Teller, kind: str, organ_id: UUID | None, held_on: date, rating: str) -> UUID:
    visit_id = await _planned(teller, kind, organ_id, held_on)
    findings = (
        _("Các đơn vị giữ đúng lộ trình; đợt sau chỉ bắt đầu khi đợt trước ổn định.")
        if kind == STEERING
        else teller.chance.choice(_FINDINGS)
    )
    people = _("Ban Chỉ đạo") if kind == STEERING else _("Tổ công tác của Ban Chỉ đạo")
    with _at(held_on, 16):
        record = RecordVisit(HELD, held_on, people, findings, rating)
        await operations.record_visit(teller.session, teller.actor, visit_id, record)
    return visit_id


async def _follow_up(teller: _Teller, visit_id: UUID, held_on: date, *, is_last: bool) -> None:
    """What was asked for at a visit: done after earlier visits, partly open after the last one."""
    due_on = held_on + timedelta(days=20)
    with _at(held_on, 16):
        command = AskFollowUp(teller.chance.choice(_TASKS), _("Tổ trưởng Văn phòng"), due_on)
        asked = await operations.ask_follow_up(teller.session, teller.actor, visit_id, command)
    if is_last and teller.chance.random() < 0.6:
        return
    done_on = min(held_on + timedelta(days=teller.chance.randrange(8, 24)), clock.today())
    with _at(done_on, 15):
        await operations.finish_follow_up(
            teller.session, teller.actor, asked.id, done_on, _("Đã báo cáo bằng văn bản.")
        )
