"""What a parent does about the rollout."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.acts import record_act
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, InvalidInput, NotFound
from lienxa.platform.jobs import enqueue
from lienxa.platform.module import Opening
from lienxa.platform.rollup import months as rollup_months
from lienxa.platform.rollup import reading
from lienxa.platform.rollup.months import Setting, reporting_months
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.tenants.rollout import permissions, repository
from lienxa.tenants.rollout.jobs import publish_months, take_over_months
from lienxa.tenants.rollout.models import (
    ClosedPeriod,
    FollowUp,
    Milestone,
    RolloutPlan,
    RolloutUnit,
    SteeringMember,
    Visit,
)
from lienxa.tenants.rollout.rules import (
    CANCELLED,
    CLOSED,
    HELD,
    MILESTONES,
    PLANNED,
    RATINGS,
    REOPENED,
    REPORT_FIGURE,
    REPORT_MODULE,
    REPORT_VERSION,
    REPORTED_MODULES,
    ROLES,
    STATES,
    STEERING,
    VISIT_STATES,
    VISITS,
    WAVES,
    month_title,
)
from lienxa.tenants.rollout.schemas import (
    AskFollowUp,
    ClosePeriod,
    PlanMilestone,
    PlanVisit,
    RecordProgress,
    RecordVisit,
    ReviseMilestone,
    SetReportingDay,
    SteeringSeat,
)

_LATEST_LAST_DAY = 28  # every month has it
_NAMED = 5  # organs that a message names


async def adopt_scheme(session: TenantSession, actor: Actor, scheme: str) -> None:
    """Note the number of the scheme on which the rollout rests."""
    actor.require(permissions.MANAGE)
    plan = RolloutPlan(scheme=scheme)
    session.add(plan)
    await session.flush()
    await record_act(session, actor, "rollout.adopt_scheme", "rollout_plan", plan.id, {"scheme": scheme})


async def record_progress(session: TenantSession, actor: Actor, organ_id: UUID, command: RecordProgress) -> RolloutUnit:
    """Write down how far an organ below has come; the first time plans it.

    The caller has made sure that the organ is one of the actor's. `InvalidInput` for an unknown state or
    wave, or a day to come.
    """
    actor.require(permissions.MANAGE)
    _one_of("state", command.state, STATES)
    if command.wave:
        _one_of("wave", command.wave, WAVES)
    _not_to_come("changed_on", command.changed_on)
    unit = await repository.unit_of(session, organ_id, lock=True)
    if unit is None:
        unit = RolloutUnit(organ_id=organ_id, wave="", state="planned", note="")
        session.add(unit)
    unit.wave = command.wave
    unit.state = command.state
    unit.civil_servants_moved = command.civil_servants_moved
    unit.concurrent_inspection_deputy = command.concurrent_inspection_deputy
    unit.changed_on = command.changed_on
    unit.invented = command.invented
    unit.note = command.note
    await session.flush()
    await record_act(
        session,
        actor,
        "rollout.record_progress",
        "rollout_unit",
        unit.id,
        {"state": command.state, "wave": command.wave},
    )
    return unit


async def plan_milestone(session: TenantSession, actor: Actor, command: PlanMilestone) -> list[Milestone]:
    """Plan a milestone for some organs, a wave or the whole rollout. The caller has made sure whose the organs are."""
    actor.require(permissions.MANAGE)
    _one_of("kind", command.kind, MILESTONES)
    if command.wave:
        _one_of("scope", command.wave, WAVES)
    if command.kind == "other":
        _given("title", command.title, _("Chưa ghi tên mốc."), _("Ghi mốc cần đạt là gì."))
    wave = "" if command.organ_ids else command.wave
    planned = [
        Milestone(
            organ_id=organ_id,
            wave=wave,
            kind=command.kind,
            title=command.title,
            planned_on=command.planned_on,
            done_on=None,
            responsible=command.responsible,
            note=command.note,
            invented=command.invented,
        )
        for organ_id in (command.organ_ids or (None,))
    ]
    session.add_all(planned)
    await session.flush()
    detail = {"planned_on": _iso(command.planned_on), "organs": len(command.organ_ids)}
    await _note(session, actor, "plan_milestone", planned[0], detail)  # one act, however many organs
    return planned


async def revise_milestone(
    session: TenantSession, actor: Actor, milestone_id: UUID, command: ReviseMilestone
) -> Milestone:
    """Move a milestone to another day, note that it is reached, or take that back."""
    actor.require(permissions.MANAGE)
    _not_to_come("done_on", command.done_on)
    milestone = await session.find(Milestone, milestone_id, lock=True)
    milestone.planned_on = command.planned_on
    milestone.done_on = command.done_on
    milestone.responsible = command.responsible
    milestone.note = command.note
    await session.flush()
    days = {"planned_on": _iso(command.planned_on), "done_on": _iso(command.done_on)}
    await _note(session, actor, "revise_milestone", milestone, days)
    return milestone


async def drop_milestone(session: TenantSession, actor: Actor, milestone_id: UUID, reason: str) -> None:
    """Give a milestone up; the trail keeps what it was and why."""
    actor.require(permissions.MANAGE)
    _given("reason", reason, _("Chưa ghi lý do bỏ mốc."), _("Ghi lý do để người sau hiểu."))
    milestone = await session.find(Milestone, milestone_id, lock=True)
    detail = {"kind": milestone.kind, "planned_on": _iso(milestone.planned_on), "reason": reason}
    await _note(session, actor, "drop_milestone", milestone, detail)
    await session.delete(milestone)
    await session.flush()


async def seat_member(session: TenantSession, actor: Actor, seat: SteeringSeat) -> SteeringMember:
    """Take a person into the steering committee."""
    actor.require(permissions.MANAGE)
    _check_seat(seat)
    member = SteeringMember(
        full_name=seat.full_name,
        title=seat.title,
        role=seat.role,
        since=seat.since,
        until=seat.until,
        task=seat.task,
        invented=seat.invented,
    )
    session.add(member)
    await session.flush()
    await _note(session, actor, "seat_member", member, {"role": seat.role})
    return member


async def reseat_member(session: TenantSession, actor: Actor, member_id: UUID, seat: SteeringSeat) -> SteeringMember:
    """Change what is written of a member, or let them leave (`until`)."""
    actor.require(permissions.MANAGE)
    _check_seat(seat)
    member = await session.find(SteeringMember, member_id, lock=True)
    member.full_name, member.title, member.role = seat.full_name, seat.title, seat.role
    member.since, member.until, member.task = seat.since, seat.until, seat.task
    await session.flush()
    await _note(session, actor, "reseat_member", member, {"role": seat.role, "until": _iso(seat.until)})
    return member


async def plan_visit(session: TenantSession, actor: Actor, command: PlanVisit) -> Visit:
    """Plan a visit to an organ or a meeting of the committee. The caller has made sure whose the organ is."""
    actor.require(permissions.MANAGE)
    _one_of("kind", command.kind, VISITS)
    if command.kind != STEERING and command.organ_id is None:
        raise InvalidInput.of("organ", _("Chưa chọn đơn vị."), _("Chọn đơn vị sẽ đến làm việc."))
    visit = Visit(
        organ_id=None if command.kind == STEERING else command.organ_id,
        kind=command.kind,
        visit_on=command.visit_on,
        state=PLANNED,
        purpose=command.purpose,
        people=command.people,
        findings="",
        rating="",
        invented=command.invented,
    )
    session.add(visit)
    await session.flush()
    await _note(session, actor, "plan_visit", visit, {"visit_on": _iso(command.visit_on)})
    return visit


async def record_visit(session: TenantSession, actor: Actor, visit_id: UUID, command: RecordVisit) -> Visit:
    """Write down what became of a visit. One that was held has findings and a day that has come."""
    actor.require(permissions.MANAGE)
    _one_of("state", command.state, VISIT_STATES)
    if command.rating:
        _one_of("rating", command.rating, RATINGS)
    if command.state == HELD:
        _not_to_come("visit_on", command.visit_on)
        _given("findings", command.findings, _("Chưa ghi kết quả."), _("Ghi nội dung làm việc và kết luận."))
    if command.state == CANCELLED:
        _given("findings", command.findings, _("Chưa ghi lý do."), _("Ghi vì sao không thực hiện."))
    visit = await session.find(Visit, visit_id, lock=True)
    visit.state, visit.visit_on, visit.people = command.state, command.visit_on, command.people
    visit.findings = command.findings
    visit.rating = command.rating if command.state == HELD else ""
    await session.flush()
    detail = {"state": command.state, "visit_on": _iso(command.visit_on), "rating": visit.rating}
    await _note(session, actor, "record_visit", visit, detail)
    return visit


async def ask_follow_up(session: TenantSession, actor: Actor, visit_id: UUID, command: AskFollowUp) -> FollowUp:
    """Note what is to be done after a visit that was held."""
    actor.require(permissions.MANAGE)
    visit = await session.find(Visit, visit_id, lock=True)
    if visit.state != HELD:
        raise Conflict(_("Buổi làm việc này chưa thực hiện."), remedy=_("Ghi kết quả trước, rồi giao việc sau đó."))
    _given("task", command.task, _("Chưa ghi việc cần làm."), _("Ghi việc cần làm."))
    follow_up = FollowUp(
        visit_id=visit_id,
        task=command.task,
        responsible=command.responsible,
        due_on=command.due_on,
        done_on=None,
        result="",
    )
    session.add(follow_up)
    await session.flush()
    await _note(session, actor, "ask_follow_up", visit, {"due_on": _iso(command.due_on)})
    return follow_up


async def finish_follow_up(
    session: TenantSession, actor: Actor, follow_up_id: UUID, done_on: date | None, result: str
) -> FollowUp:
    """Note that what was asked for is done; without a day that it is not."""
    actor.require(permissions.MANAGE)
    _not_to_come("done_on", done_on)
    follow_up = await session.find(FollowUp, follow_up_id, lock=True)
    follow_up.done_on, follow_up.result = done_on, result
    await session.flush()
    visit = await session.find(Visit, follow_up.visit_id)
    await _note(session, actor, "finish_follow_up", visit, {"done_on": _iso(done_on)})
    return follow_up


async def close_period(
    session: TenantSession, actor: Actor, organs: Sequence[Organ], command: ClosePeriod
) -> ClosedPeriod:
    """Close the figures of a month (chốt số liệu): a copy that stays, whatever is corrected later.

    A parent closes those of the organs below it, any other organ its own report; `organs` are those that it shows, in
    their order. `InvalidInput` for a month that has not ended; `Conflict` if it is closed, or while changes wait to be
    computed: every act before the closing is in the copy.
    """
    actor.require(permissions.closes(actor.organ))
    first, last = (await reporting_months(session)).bounds(command.month)
    if last >= clock.today():
        remedy = _("Chốt từ ngày {day}.", day=f"{last + timedelta(days=1):%d/%m/%Y}")
        raise InvalidInput.of("month", _("Kỳ này chưa hết."), remedy)
    if not actor.organ.is_parent and actor.organ.parent_id is None:
        remedy = _("Báo cáo chốt được khi đơn vị thuộc một đơn vị cấp trên.")
        raise Conflict(_("Đơn vị chưa có đơn vị cấp trên nên không có số liệu tổng hợp."), remedy=remedy)
    unready = [organ.title for organ in organs if organ.state == "preparing"]
    if unready:
        names = ", ".join(unready)
        raise Conflict(_("Dữ liệu của {names} chưa tạo xong.", names=names), remedy=_("Đợi tạo xong rồi chốt."))
    await repository.lock_closing(session)
    versions = await repository.versions(session, command.month)
    if versions and versions[0].state == CLOSED:
        raise _closed_already(versions[0])
    moment = clock.now()
    await _require_current_figures(session, actor.organ)
    period = ClosedPeriod(
        month=command.month,
        starts_on=first,
        ends_on=last,
        version=len(versions) + 1,
        state=CLOSED,
        closed_by=actor.account_id,
        closed_by_name=actor.name,
        closed_by_post=actor.acting.title,
        closed_at=moment,
        note=command.note,
        reopened_by=None,
        reopened_by_name="",
        reopened_by_post="",
        reopened_at=None,
        reopen_reason="",
    )
    session.add(period)
    await session.flush()
    await repository.add_organs(session, period.id, organs)
    reader_id = None if actor.organ.is_parent else actor.organ.parent_id
    figures = reading.published(session.tenant_id, command.month, REPORTED_MODULES, reader_id)
    await repository.copy_figures(session, period.id, figures, [organ.id for organ in organs])
    await _note_period(session, actor, "close_period", period)
    return period


async def reopen_period(session: TenantSession, actor: Actor, period_id: UUID, reason: str) -> ClosedPeriod:
    """Take a closing back, with its reason, so that the month can be closed again; its copy stays."""
    actor.require(permissions.closes(actor.organ))
    _given("reason", reason, _("Chưa ghi lý do mở lại."), _("Ghi lý do để người đọc báo cáo hiểu."))
    await repository.lock_closing(session)
    period = await session.find(ClosedPeriod, period_id, lock=True)
    if period.state != CLOSED:
        raise Conflict(_("Lần chốt này đã được mở lại."), remedy=_("Xem lần chốt mới nhất của kỳ."))
    period.state = REOPENED
    period.reopened_by, period.reopened_by_name = actor.account_id, actor.name
    period.reopened_by_post, period.reopened_at = actor.acting.title, clock.now()
    period.reopen_reason = reason
    await session.flush()
    await _note_period(session, actor, "reopen_period", period)
    return period


async def provision(session: TenantSession, organ: Organ, _opening: Opening) -> None:
    """A new organ counts by the months of the one above."""
    if organ.parent_id is not None:
        await enqueue(session, take_over_months, organ.id)


async def set_reporting_day(session: TenantSession, actor: Actor, command: SetReportingDay) -> list[Setting]:
    """Let months of figures end on another day from a month on; returns all settings.

    Only the topmost organ has this (else `NotFound`). `InvalidInput` for a day beyond the 28th, and for a month that
    is closed or lies before one, here or in an organ below: what is closed keeps its bounds. `Conflict` while a closing
    below is not yet among the figures. Figures below are computed anew by jobs.
    """
    if not actor.organ.is_parent or actor.organ.parent_id is not None:
        raise NotFound
    actor.require(permissions.MONTHS)
    if not 0 <= command.last_day <= _LATEST_LAST_DAY:
        raise InvalidInput.of("last_day", _("Ngày chốt phải từ 1 đến 28."), _("Chọn trong danh sách."))
    await repository.lock_closing(session)
    closed = max((month for month, _version, _at in await repository.closed_reports(session)), default=None)
    if closed is not None and command.from_month <= closed:
        reason = _("Số liệu {month} đã chốt.", month=month_title(closed))
        raise InvalidInput.of("from_month", reason, _("Chọn kỳ sau đó, hoặc mở lại kỳ đã chốt trước."))
    await _require_open_below(session, command.from_month)
    kept = [one for one in (await reporting_months(session)).settings if one.from_month != command.from_month]
    settings = sorted([*kept, Setting(command.from_month, command.last_day)])
    if await rollup_months.replace(session, settings):
        detail = {"from_month": _iso(command.from_month), "last_day": command.last_day}
        await record_act(session, actor, "rollout.set_reporting_day", "reporting_day", actor.organ.id, detail)
        await enqueue(session, publish_months, actor.organ.id)
    return settings


def _closed_already(period: ClosedPeriod) -> Conflict:
    return Conflict(
        _(
            "Số liệu {month} đã chốt lúc {moment}, người chốt: {name}.",
            month=month_title(period.month),
            moment=clock.legal(period.closed_at).strftime("%H:%M %d/%m/%Y"),
            name=period.closed_by_name,
        ),
        remedy=_("Mở kỳ đã chốt để xem; cần chốt lại thì mở lại kỳ đó trước."),
    )


async def _require_open_below(session: TenantSession, month: date) -> None:
    """No organ below may have closed `month` or a later one; marks are read first, so no closing slips between."""
    since = await reading.waiting_since(session, (REPORT_MODULE,), below=True)
    if since is not None:
        raise Conflict(
            _(
                "Có đơn vị vừa chốt hoặc mở lại báo cáo lúc {time}.",
                time=clock.legal(since).strftime("%H:%M:%S %d/%m/%Y"),
            ),
            remedy=_("Đợi vài giây để hệ thống tính xong, rồi đổi ngày chốt lại."),
        )
    closed = await reading.telling(session, REPORT_FIGURE, REPORT_VERSION, month)
    if closed:
        names = ", ".join(f"{name} ({month_title(last)})" for name, last in closed[:_NAMED])
        more = _(" và {count} đơn vị khác", count=len(closed) - _NAMED) if len(closed) > _NAMED else ""
        raise InvalidInput.of(
            "from_month",
            _("Đơn vị bên dưới đã chốt báo cáo: {names}{more}.", names=names, more=more),
            _("Chọn kỳ sau đó, hoặc đề nghị các đơn vị này mở lại kỳ đã chốt trước."),
        )


async def _require_current_figures(session: TenantSession, organ: Organ) -> None:
    since = await reading.waiting_since(session, REPORTED_MODULES, below=organ.is_parent)
    if since is not None:
        raise Conflict(
            _("Có thay đổi từ {time} chưa vào số liệu.", time=clock.legal(since).strftime("%H:%M:%S %d/%m/%Y")),
            remedy=_("Đợi vài giây để hệ thống tính xong, rồi bấm chốt lại."),
        )


async def _note_period(session: TenantSession, actor: Actor, verb: str, period: ClosedPeriod) -> None:
    detail = {"month": _iso(period.month), "version": period.version, "reason": period.reopen_reason or period.note}
    await record_act(session, actor, f"rollout.{verb}", "closed_period", period.id, detail)


async def _note(
    session: TenantSession,
    actor: Actor,
    verb: str,
    thing: Milestone | SteeringMember | Visit,
    detail: Mapping[str, str | int | None],
) -> None:
    await record_act(session, actor, f"rollout.{verb}", thing.__tablename__, thing.id, detail)


def _one_of(field: str, value: str, options: Collection[str]) -> None:
    if value not in options:
        raise InvalidInput.of(field, _("Giá trị này không có trong danh sách."), _("Chọn trong danh sách."))


def _given(field: str, value: str, reason: str, remedy: str) -> None:
    if not value:
        raise InvalidInput.of(field, reason, remedy)


def _not_to_come(field: str, day: date | None) -> None:
    if day is not None and day > clock.today():
        raise InvalidInput.of(field, _("Ngày này chưa tới."), _("Nhập ngày đã thực hiện."))


def _check_seat(seat: SteeringSeat) -> None:
    _given("full_name", seat.full_name, _("Chưa ghi họ và tên."), _("Ghi họ và tên."))
    _one_of("role", seat.role, ROLES)
    if seat.until is not None and seat.until < seat.since:
        raise InvalidInput.of("until", _("Ngày thôi tham gia trước ngày tham gia."), _("Sửa lại ngày."))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
