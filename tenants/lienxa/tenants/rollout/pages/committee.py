"""The committees that lead the rollout."""

from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access.actor import vietnamese_sort_key
from lienxa.platform.errors import InvalidInput
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.tenants.rollout import operations, repository, rules
from lienxa.tenants.rollout.models import SteeringMember
from lienxa.tenants.rollout.pages.common import ROLLOUT, Db, HtmlRequest, Me, manage, typed, watch, words
from lienxa.tenants.rollout.schemas import SteeringSeat


class CommitteeController(Controller):
    """The steering committee (Ban Chỉ đạo)."""

    path = f"{ROLLOUT}/ban-chi-dao"

    @get("/", operation_id="ShowCommittee")
    async def show(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Who sits in it, and who did."""
        watch(actor)
        today = clock.today()
        members = sorted(
            await repository.committee(session),
            key=lambda one: (list(rules.ROLES).index(one.role), one.since, vietnamese_sort_key(one.full_name)),
        )
        sitting = [one for one in members if one.until is None or one.until >= today]
        left = [one for one in members if one not in sitting]
        return page(request, "rollout/committee.html", sitting=sitting, left=left, **words(actor))

    @get("/moi", operation_id="NewMember")
    async def new(self, request: HtmlRequest, actor: Me) -> Template:
        """The form of a new member."""
        manage(actor)
        return _seat_form(request, None, {"since": "", "role": "member"})

    @post("/moi", operation_id="SeatMember", status_code=303)
    async def seat(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Take somebody in."""
        manage(actor)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_seat_form, request, None, reader.values)):
            await operations.seat_member(session, actor, _seat(reader))
        return redirect(request, f"{ROLLOUT}/ban-chi-dao", notice=_("Đã thêm thành viên Ban Chỉ đạo."))

    @get("/{member_id:str}", operation_id="EditMember")
    async def edit(self, request: HtmlRequest, session: Db, actor: Me, member_id: FromPath[UUID]) -> Template:
        """The form of a member."""
        manage(actor)
        member = await session.find(SteeringMember, member_id)
        return _seat_form(request, member, _seat_values(member))

    @post("/{member_id:str}", operation_id="ReseatMember", status_code=303)
    async def reseat(self, request: HtmlRequest, session: Db, actor: Me, member_id: FromPath[UUID]) -> Redirect:
        """Change what is written of a member."""
        manage(actor)
        member = await session.find(SteeringMember, member_id)
        reader = FormReader(await request.form())
        async with shown_again(session, partial(_seat_form, request, member, reader.values)):
            await operations.reseat_member(session, actor, member_id, _seat(reader))
        return redirect(request, f"{ROLLOUT}/ban-chi-dao", notice=_("Đã ghi thay đổi."))


def _seat_form(
    request: HtmlRequest, member: SteeringMember | None, values: dict[str, Any], errors: InvalidInput | None = None
) -> Template:
    status = 422 if errors else 200
    return page(
        request,
        "rollout/member.html",
        status=status,
        member=member,
        roles=rules.ROLES,
        values=values,
        errors=errors,
    )


def _seat_values(member: SteeringMember) -> dict[str, Any]:
    return {
        "full_name": member.full_name,
        "title": member.title,
        "role": member.role,
        "since": typed(member.since),
        "until": typed(member.until),
        "task": member.task,
    }


def _seat(reader: FormReader) -> SteeringSeat:
    full_name = reader.text("full_name", _("Họ và tên"), required=True, max=100)
    title = reader.text("title", _("Chức vụ"), max=200)
    role = reader.choice("role", _("Vai trò"), rules.ROLES)
    since = reader.day("since", _("Tham gia từ"), required=True)
    until = reader.day("until", _("Đến hết ngày"))
    task = reader.text("task", _("Phân công"), max=500)
    reader.check()
    assert since is not None
    return SteeringSeat(full_name, title, role, since, until, task)
