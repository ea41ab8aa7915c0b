"""The page of a meeting with its acts, and the forms of meetings."""

from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import FieldError, InvalidInput
from lienxa.platform.succession import passages
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import Badge, page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.workdays import calendar_for
from lienxa.tenants.meetings import operations, permissions, repository, rules
from lienxa.tenants.meetings.models import Meeting
from lienxa.tenants.meetings.pages.common import Db, HtmlRequest, Me
from lienxa.tenants.meetings.pages.picture import day_picture
from lienxa.tenants.meetings.pages.trail import told
from lienxa.tenants.meetings.rules import Slot, Week
from lienxa.tenants.meetings.schemas import CalendarEntry, MeetingDraft

BADGE_KINDS = {
    rules.PROPOSED: "warn",
    rules.RETURNED: "warn",
    rules.REFUSED: "late",
    rules.BOOKED: "ok",
    rules.HELD: "neutral",
    rules.CANCELLED: "late",
}
RELATIONS = {"chair": _("Chủ trì"), "member": _("Thành phần"), "invited": _("Mời dự"), "preparer": _("Đề xuất")}


class MeetingController(Controller):
    """One meeting: proposing it, deciding on it, changing it."""

    path = "/lich"

    @get("/moi", operation_id="NewMeeting")
    async def new(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        ngay: FromQuery[str] = "",
        tu: FromQuery[str] = "",
        den: FromQuery[str] = "",
        phong: FromQuery[str] = "",
    ) -> Template:
        """The form for a new meeting; the address may fill in when and where."""
        actor.require(permissions.PROPOSE)
        values = {"day": ngay, "starts": tu, "ends": den, "room": phong, "kind": rules.MEETING}
        return await self._draft_form(request, session, actor, values=values)

    @post("/moi", operation_id="ProposeMeeting", status_code=303)
    async def propose(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Book at once if the person may, else propose."""
        book = actor.may(permissions.BOOK)
        actor.require(permissions.BOOK if book else permissions.PROPOSE)
        form = FormReader(await request.form())
        draft = None
        async with shown_again(
            session,
            lambda errors: self._draft_form(request, session, actor, values=form.values, errors=errors, draft=draft),
        ):
            draft = await _read_draft(session, actor, form)
            meeting = await operations.propose_meeting(session, actor, draft, book=book)
        when = draft.slot.text()
        said = _("Đã đặt lịch {when}.", when=when) if book else _("Đã gửi đề xuất họp {when}.", when=when)
        return redirect(
            request,
            f"/lich?tuan={Week.of(draft.slot.day).code}",
            notice=said + await _warning(session, draft.slot),
            next_label=_("Xem cuộc họp"),
            next_path=f"/lich/{meeting.id}",
        )

    @get("/{meeting_id:str}", operation_id="ShowMeeting")
    async def detail(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Template:
        """One meeting."""
        return await self._detail(request, session, actor, meeting_id)

    @post("/{meeting_id:str}/dat-lich", operation_id="BookMeeting", status_code=303)
    async def book(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Redirect:
        """Approve a proposal: put it into the calendar."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(self._detail, request, session, actor, meeting_id, values=form.values)):
            clash_reason = form.text("clash_reason", _("Lý do vẫn xếp lịch"), max=300)
            form.check()
            await operations.book(session, actor, meeting_id, clash_reason)
        return redirect(request, f"/lich/{meeting_id}", notice=_("Đã duyệt và xếp vào lịch."))

    @post("/{meeting_id:str}/tra-lai", operation_id="SendBackMeeting", status_code=303)
    async def send_back(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Redirect:
        """Ask whoever proposed it to change something."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(self._detail, request, session, actor, meeting_id, values=form.values)):
            change = form.text("change", _("Nội dung cần sửa"), required=True, max=300)
            form.check()
            await operations.send_back(session, actor, meeting_id, change)
        return redirect(request, f"/lich/{meeting_id}", notice=_("Đã gửi lại người đề xuất để sửa."))

    @post("/{meeting_id:str}/tu-choi", operation_id="RefuseMeeting", status_code=303)
    async def refuse(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Redirect:
        """Refuse a proposal with a reason."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(self._detail, request, session, actor, meeting_id, values=form.values)):
            reason = form.text("refusal", _("Lý do không chấp nhận"), required=True, max=300)
            form.check()
            await operations.refuse(session, actor, meeting_id, reason)
        return redirect(request, f"/lich/{meeting_id}", notice=_("Đã ghi: không chấp nhận đề xuất."))

    @get("/{meeting_id:str}/sua", operation_id="ReviseMeetingForm")
    async def revise_form(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Template:
        """The whole form again, with what is in it."""
        meeting = await operations.meeting_for(session, actor, meeting_id, "revise")
        values = await _values_of(session, meeting)
        return await self._draft_form(request, session, actor, values=values, meeting=meeting)

    @post("/{meeting_id:str}/sua", operation_id="ReviseMeeting", status_code=303)
    async def revise(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Redirect:
        """Change anything of a meeting; what was sent back is proposed again."""
        form = FormReader(await request.form())
        meeting = await operations.meeting_for(session, actor, meeting_id, "revise")
        draft = None
        async with shown_again(
            session,
            lambda errors: self._draft_form(
                request, session, actor, values=form.values, errors=errors, draft=draft, meeting=meeting
            ),
        ):
            draft = await _read_draft(session, actor, form)
            await operations.revise(session, actor, meeting_id, draft)
        return redirect(
            request, f"/lich/{meeting_id}", notice=_("Đã lưu thay đổi.") + await _warning(session, draft.slot)
        )

    @get("/{meeting_id:str}/chuyen", operation_id="MoveMeetingForm")
    async def move_form(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Template:
        """The form for another time or room."""
        meeting = await operations.meeting_for(session, actor, meeting_id, "move")
        return await self._move_form(request, session, actor, meeting_id, values=_when_and_where(meeting))

    @post("/{meeting_id:str}/chuyen", operation_id="MoveMeeting", status_code=303)
    async def move(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Redirect:
        """Give a meeting another time or room."""
        form = FormReader(await request.form())
        slot = None
        async with shown_again(
            session,
            lambda errors: self._move_form(
                request, session, actor, meeting_id, values=form.values, errors=errors, slot=slot
            ),
        ):
            room_id, place = _read_where(form)
            clash_reason = form.text("clash_reason", _("Lý do vẫn xếp lịch"), max=300)
            slot = _read_slot(form)
            await operations.move(
                session, actor, meeting_id, slot, room_id=room_id, place=place, clash_reason=clash_reason
            )
        notice = _("Đã chuyển sang {slot}.", slot=slot.text()) + await _warning(session, slot)
        return redirect(request, f"/lich/{meeting_id}", notice=notice)

    @post("/{meeting_id:str}/huy", operation_id="CancelMeeting", status_code=303)
    async def cancel(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Redirect:
        """Cancel a meeting with a reason."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(self._detail, request, session, actor, meeting_id, values=form.values)):
            reason = form.text("reason", _("Lý do hủy"), required=True, max=300)
            form.check()
            await operations.cancel(session, actor, meeting_id, reason)
        return redirect(request, f"/lich/{meeting_id}", notice=_("Đã hủy cuộc họp."))

    @post("/{meeting_id:str}/da-hop", operation_id="HoldMeeting", status_code=303)
    async def hold(self, request: HtmlRequest, session: Db, actor: Me, meeting_id: FromPath[UUID]) -> Redirect:
        """Record that a meeting took place."""
        await operations.hold(session, actor, meeting_id)
        return redirect(request, f"/lich/{meeting_id}", notice=_("Đã ghi nhận cuộc họp."))

    async def _draft_form(
        self,
        request: HtmlRequest,
        session: TenantSession,
        actor: Actor,
        *,
        values: dict[str, Any],
        errors: InvalidInput | None = None,
        draft: MeetingDraft | None = None,
        meeting: Meeting | None = None,
    ) -> Template:
        besides = meeting.id if meeting else None
        return page(
            request,
            "meetings/draft.html",
            status=422 if errors else 200,
            values=values,
            errors=errors,
            picture=await day_picture(session, actor, draft, besides) if draft and errors else None,
            bodies={body.code: body.name for body in await _bodies(session, actor)},
            kinds=rules.KIND_TITLES,
            staff=await _staff_options(session),
            units={str(unit.id): unit.name for unit in await people.units(session)},
            rooms=await _room_options(session),
            books=actor.may(permissions.BOOK),
            meeting=meeting,
            returned=meeting.reason if meeting and meeting.state == rules.RETURNED else "",
        )

    async def _move_form(
        self,
        request: HtmlRequest,
        session: TenantSession,
        actor: Actor,
        meeting_id: UUID,
        *,
        values: dict[str, Any],
        errors: InvalidInput | None = None,
        slot: Slot | None = None,
    ) -> Template:
        picture = None
        if errors and slot:
            meeting = await repository.meeting(session, actor, meeting_id)
            room_id = _uuid_or_none(values["room"])
            wanted = await operations.draft_of(
                session, meeting, slot=slot, room_id=room_id, place=values["place"], clash_reason=""
            )
            picture = await day_picture(session, actor, wanted, meeting_id)
        return page(
            request,
            "meetings/move.html",
            status=422 if errors else 200,
            entry=await repository.entry(session, actor, meeting_id),
            values=values,
            errors=errors,
            picture=picture,
            rooms=await _room_options(session),
        )

    async def _detail(
        self,
        request: HtmlRequest,
        session: TenantSession,
        actor: Actor,
        meeting_id: UUID,
        *,
        values: dict[str, Any] | None = None,
        errors: InvalidInput | None = None,
    ) -> Template:
        entry = await repository.entry(session, actor, meeting_id)
        meeting = await repository.meeting(session, actor, meeting_id)
        taking_part = (await repository.participants(session, [meeting_id])).get(meeting_id, [])
        passed = await passages.of_thing(session, repository.MEETING, meeting_id)
        is_here = all(passage.direction != passages.OUT for passage in passed)
        clashes = []
        if is_here and rules.may_move(meeting.state):
            clashes = await operations.people_clashes(session, actor, meeting)
        return page(
            request,
            "meetings/detail.html",
            status=422 if errors else 200,
            entry=entry,
            kind=rules.KIND_TITLES[entry.kind],
            state=Badge(BADGE_KINDS[entry.state], rules.STATE_TITLES[entry.state]),
            meeting=meeting,
            people=[(person.name, RELATIONS[person.relation]) for person in taking_part],
            acts=operations.acts_on(actor, meeting) if is_here else frozenset(),
            passages=passed,
            warning=await _proposal_warning(session, actor, entry),
            clash=operations.explain_people(clashes) if clashes else None,
            week=Week.of(entry.slot.day),
            events=[told(event) for event in reversed(await timeline(session, meeting_id))],
            values=values or {"clash_reason": meeting.clash_reason},
            errors=errors,
        )


async def _read_draft(session: TenantSession, actor: Actor, form: FormReader) -> MeetingDraft:
    bodies = {body.code: body.id for body in await _bodies(session, actor)}
    code = form.choice("body", _("Cơ quan"), bodies)
    kind = form.choice("kind", _("Loại"), rules.KIND_TITLES, required=False) or rules.MEETING
    title = form.text("title", _("Nội dung"), required=kind != rules.INTERNAL, max=300)
    content = form.text("content", _("Chi tiết"), max=4000)
    chair = form.uuid("chair", _("Chủ trì"), required=True)
    members = form.uuids("members", _("Thành phần"))
    invited = form.uuids("invited", _("Mời dự"))
    attendance = form.text("attendance", _("Thành phần ngoài cơ quan"), max=1000)
    unit_id = form.uuid("unit", _("Đơn vị chuẩn bị"))
    follower_id = form.uuid("follower", _("Người theo dõi"))
    room_id, place = _read_where(form)
    note = form.text("note", _("Ghi chú"))
    clash_reason = form.text("clash_reason", _("Lý do vẫn xếp lịch"), max=300)
    slot = _read_slot(form)
    assert chair is not None
    return MeetingDraft(
        body_id=bodies[code],
        kind=kind,
        title=title,
        chair_id=chair,
        slot=slot,
        room_id=room_id,
        place=place,
        content=content,
        member_ids=members,
        invited_ids=invited,
        attendance=attendance,
        unit_id=unit_id,
        follower_id=follower_id,
        note=note,
        clash_reason=clash_reason,
    )


def _read_where(form: FormReader) -> tuple[UUID | None, str]:
    return form.uuid("room", _("Phòng họp")), form.text("place", _("Địa điểm khác"), max=200)


def _read_slot(form: FormReader) -> Slot:
    """The last fields of a form: they are put together only after all were accepted."""
    day = form.day("day", _("Ngày"), required=True)
    starts = form.time_of_day("starts", _("Từ giờ"), required=True)
    ends = form.time_of_day("ends", _("Đến giờ"), required=True)
    form.check()
    assert day is not None
    assert starts is not None
    assert ends is not None
    return rules.slot_on(day, starts, ends)


def _when_and_where(meeting: Meeting) -> dict[str, Any]:
    starts, ends = clock.legal(meeting.starts_at), clock.legal(meeting.ends_at)
    return {
        "day": f"{starts:%d/%m/%Y}",
        "starts": f"{starts:%H:%M}",
        "ends": f"{ends:%H:%M}",
        "room": str(meeting.room_id or ""),
        "place": meeting.place,
        "clash_reason": meeting.clash_reason,
    }


async def _values_of(session: TenantSession, meeting: Meeting) -> dict[str, Any]:
    """What stands in the form of a meeting that is revised."""
    draft = await operations.draft_of(session, meeting)
    bodies = {body.id: body.code for body in await people.bodies(session)}
    return {
        **_when_and_where(meeting),
        "body": bodies[meeting.body_id],
        "kind": meeting.kind,
        "title": "" if meeting.kind == rules.INTERNAL else meeting.title,
        "content": meeting.content,
        "chair": str(meeting.chair_id),
        "members": [str(staff_id) for staff_id in draft.member_ids],
        "invited": [str(staff_id) for staff_id in draft.invited_ids],
        "attendance": meeting.attendance,
        "unit": str(meeting.unit_id or ""),
        "follower": str(meeting.follower_id or ""),
        "note": meeting.note,
    }


def _uuid_or_none(typed: str) -> UUID | None:
    return UUID(typed) if typed else None


async def _bodies(session: TenantSession, actor: Actor) -> list[Body]:
    """The bodies for which the acting post may ask for a meeting."""
    return [body for body in await people.bodies(session) if body.in_use and body.id in actor.acting.body_ids]


async def _staff_options(session: TenantSession) -> dict[str, str]:
    """Everybody who holds a post, by given name, with the first of their posts."""
    options: dict[str, str] = {}
    for row in await people.staff_with_posts(session):
        options.setdefault(str(row.staff_id), f"{row.full_name} - {row.title}")
    return options


async def _room_options(session: TenantSession) -> dict[str, str]:
    return {str(room.id): room.name for room in await repository.rooms(session)}


async def _proposal_warning(session: TenantSession, actor: Actor, entry: CalendarEntry) -> FieldError | None:
    """Whether the room of a proposal is taken by now, before anybody tries to book it."""
    if entry.state != rules.PROPOSED or entry.room_id is None:
        return None
    clash = await operations.clash_of(session, actor, entry.room_id, entry.slot, besides=entry.id)
    return operations.explain(clash) if clash else None


async def _warning(session: TenantSession, slot: Slot) -> str:
    outside = rules.outside_working_hours(slot, await calendar_for(session))
    return " " + _("Lưu ý: ngoài giờ làm việc.") if outside else ""
