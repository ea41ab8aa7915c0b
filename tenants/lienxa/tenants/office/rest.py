"""The office below `/api/v1/office`: who is who, what waits, what is found, who is shown what, and its administration.

Nothing here gives a password or a token: those slips are printed once, at the administrator's pages.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody, QueryParameter

from lienxa.platform import clock, places
from lienxa.platform.access import delegations, grants, staffing
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body, OrganProfile, Post, Unit
from lienxa.platform.audit import repository as audit
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.identity import enrolment, invitations
from lienxa.platform.module import OpenThing, all_modules
from lienxa.platform.notify import notices
from lienxa.platform.notify.models import Notice
from lienxa.platform.rest.admission import NEEDS
from lienxa.platform.rest.answers import act, created
from lienxa.platform.rest.paging import Page, Window
from lienxa.platform.text import _
from lienxa.platform.web.work import work_of
from lienxa.tenants.office import acts, joining, lending, operations, repository, rules, transfers
from lienxa.tenants.office.models import WorkTransfer
from lienxa.tenants.office.pages import sight
from lienxa.tenants.office.permissions import ADMINISTRATE, HAND_OVER
from lienxa.tenants.office.schemas import (
    Appointed,
    BodyChanged,
    BodyEntry,
    BodyShown,
    CallerShown,
    CertificateNoted,
    DelegationAsked,
    DelegationLine,
    EventShown,
    GrantShown,
    HandingOver,
    HitShown,
    Holding,
    HoldingShown,
    InvitationShown,
    Invited,
    LastDay,
    Leaving,
    LineGiven,
    NewPerson,
    NoticeShown,
    PersonInTime,
    PersonNamed,
    PersonShown,
    PostChanged,
    PostEntry,
    PostInTime,
    PostNamed,
    PostShown,
    ProfileChanged,
    ProfileEntry,
    ProfileShown,
    RevocationAsked,
    RightsShown,
    RoleShown,
    Seen,
    SeerShown,
    Showing,
    ShowingAsked,
    SigningTitle,
    StaffLine,
    StaffShown,
    SubstitutionAsked,
    Suspending,
    ThingInHand,
    TransferRead,
    TransferShown,
    TransferSummary,
    UnitChanged,
    UnitEntry,
    UnitNamed,
    UnitShown,
    WorkGiven,
    WorkInHand,
    WorkShown,
)

Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
Part = NamedDependency[Window]


class OfficeController(Controller):
    """What belongs to no single module."""

    path = "/office"

    @get("/me", operation_id="GetCaller", summary=_("Ai đang gọi, với quyền gì"))
    async def me(self, actor: Me) -> CallerShown:
        """The caller with the post in which they act."""
        acting = actor.acting
        return CallerShown(
            id=actor.staff_id,
            name=actor.name,
            organ=actor.organ.full_name,
            post=acting.title,
            unit_id=acting.unit_id,
            body_ids=sorted(acting.body_ids),
            permissions=sorted(acting.permissions),
        )

    @get("/bodies", operation_id="ListBodies", summary=_("Các cơ quan"))
    async def bodies(self, session: Db) -> list[BodyShown]:
        """The issuing bodies in their order, those no longer in use too."""
        return [_body(body) for body in await people.bodies(session)]

    @get("/units", operation_id="ListUnits", summary=_("Các bộ phận"))
    async def units(self, session: Db) -> list[UnitShown]:
        """The units in their order."""
        return [_unit(unit) for unit in await people.units(session)]

    @get("/posts", operation_id="ListPosts", summary=_("Các chức vụ và người giữ hôm nay"))
    async def posts(
        self,
        session: Db,
        closed: Annotated[bool, QueryParameter(description=_("Các chức vụ đã bỏ"))] = False,
    ) -> list[PostShown]:
        """The posts in their order with their holders."""
        return [
            PostShown(line.id, line.title, line.unit_id, line.body_id, line.role_code, line.heads_unit, line.holders)
            for line in await repository.posts(session, closed=closed)
        ]

    @get("/people", operation_id="ListPeople", summary=_("Cán bộ đang giữ chức vụ, theo tên"))
    async def people(self, session: Db, window: Part) -> Response[Page[PersonShown]]:
        """Everybody who holds a post today, by given name."""
        found, following = await repository.people_page(session, window.place(rules.read_place), window.limit)
        return window.page(found, following)

    @get("/work", operation_id="ListWork", summary=_("Việc đang chờ người gọi"))
    async def work(self, session: Db, actor: Me) -> list[WorkShown]:
        """What waits for the caller, from every module, as at the home page."""
        return [
            WorkShown(
                module=module.name,
                group=item.group,
                title=item.title,
                path=item.path,
                action=item.action,
                source=item.source,
                due_on=item.due_on,
                at=item.at,
                followed=item.followed,
            )
            for module, item in await work_of(session, actor)
        ]

    @get("/search", operation_id="SearchEverything", summary=_("Tìm trong mọi phần"))
    async def search(
        self,
        session: Db,
        actor: Me,
        words: Annotated[str, QueryParameter(name="q", max_length=200, description=_("Có dấu hoặc không dấu"))] = "",
    ) -> list[HitShown]:
        """What every module finds, at most twenty of each."""
        wanted = " ".join(words.split())
        found: list[HitShown] = []
        for module in all_modules() if wanted else ():
            hits = await module.search(session, actor, wanted) if module.search else ()
            found += [HitShown(module.name, hit.title, hit.path, hit.detail) for hit in hits]
        return found


class NoticeController(Controller):
    """What the caller was told. Nobody else's notices exist here; a service account is told nothing."""

    path = "/office/notices"

    @get("/", operation_id="ListNotices", summary=_("Thông báo của người gọi, mới nhất trước"))
    async def notices(
        self,
        session: Db,
        actor: Me,
        window: Part,
        unread: Annotated[bool, QueryParameter(description=_("Chỉ thông báo chưa xem"))] = False,
    ) -> Response[Page[NoticeShown]]:
        """All of them, or those not looked at."""
        before = window.place(places.read_moment)
        found, following = await notices.page_of(
            session, actor.account_id, only_unread=unread, before=before, limit=window.limit
        )
        shown = [_notice(notice) for notice in found]
        return window.page(shown, places.of_moment(*following) if following else "")

    @act("/{notice_id:str}/read", "ReadNotice", _("Đánh dấu đã xem một thông báo"))
    async def read(self, session: Db, actor: Me, notice_id: FromPath[UUID]) -> NoticeShown:
        """Take one as read."""
        return _notice(await notices.read(session, actor.account_id, notice_id))

    @act("/read", "ReadAllNotices", _("Đánh dấu đã xem mọi thông báo"))
    async def read_all(self, session: Db, actor: Me) -> None:
        """Take all as read."""
        await notices.read_all(session, actor.account_id)


class BodyController(Controller):
    """What the administrator does with bodies."""

    path = "/office/bodies"

    @put("/{body_id:str}", operation_id="ChangeBody", summary=_("Sửa cơ quan"), opt={NEEDS: ADMINISTRATE})
    async def change(self, session: Db, actor: Me, body_id: FromPath[UUID], data: JSONBody[BodyChanged]) -> BodyShown:
        """Name a body, give it its symbol and place, use it or not."""
        entry = BodyEntry(_one_line(data.name), _symbol(data.symbol), data.position, data.in_use)
        return _body(await operations.change_body(session, actor, body_id, data.version, entry))


class UnitController(Controller):
    """What the administrator does with units."""

    path = "/office/units"

    @post("/", operation_id="AddUnit", summary=_("Lập bộ phận"), opt={NEEDS: ADMINISTRATE})
    async def add(self, session: Db, actor: Me, data: JSONBody[UnitNamed]) -> UnitShown:
        """Open a unit."""
        return _unit(await operations.add_unit(session, actor, _unit_entry(data)))

    @put("/{unit_id:str}", operation_id="ChangeUnit", summary=_("Sửa bộ phận"), opt={NEEDS: ADMINISTRATE})
    async def change(self, session: Db, actor: Me, unit_id: FromPath[UUID], data: JSONBody[UnitChanged]) -> UnitShown:
        """Change a unit."""
        return _unit(await operations.change_unit(session, actor, unit_id, data.version, _unit_entry(data)))

    @act("/{unit_id:str}/close", "CloseUnit", _("Đóng bộ phận"), needs=ADMINISTRATE)
    async def close(self, session: Db, actor: Me, unit_id: FromPath[UUID], data: JSONBody[Seen]) -> UnitShown:
        """Close a unit without posts."""
        return _unit(await operations.close_unit(session, actor, unit_id, data.version))

    @act("/{unit_id:str}/reopen", "ReopenUnit", _("Mở lại bộ phận"), needs=ADMINISTRATE)
    async def reopen(self, session: Db, actor: Me, unit_id: FromPath[UUID], data: JSONBody[Seen]) -> UnitShown:
        """Open it again."""
        return _unit(await operations.reopen_unit(session, actor, unit_id, data.version))


def _unit(unit: Unit) -> UnitShown:
    return UnitShown(unit.id, unit.name, unit.symbol, unit.position, unit.version, unit.closed_on)


def _body(body: Body) -> BodyShown:
    return BodyShown(body.id, body.code, body.name, body.symbol, body.system, body.in_use, body.position, body.version)


def _unit_entry(sent: UnitNamed) -> UnitEntry:
    return UnitEntry(_one_line(sent.name), _symbol(sent.symbol), sent.position)


def _symbol(sent: str) -> str:
    if not rules.is_symbol(sent):
        raise InvalidInput.of("symbol", *rules.ODD_SYMBOL)
    return sent


def _one_line(sent: str) -> str:
    return " ".join(sent.split())


class PostController(Controller):
    """What the administrator does with posts and their holders in time."""

    path = "/office"

    @get("/roles", operation_id="ListRoles", summary=_("Các vai trò và quyền"), opt={NEEDS: ADMINISTRATE})
    async def roles(self, session: Db) -> list[RoleShown]:
        """The roles that posts may have."""
        return [RoleShown(role.id, role.name, sorted(role.rights)) for role in await repository.role_rights(session)]

    @post("/posts", operation_id="AddPost", summary=_("Lập chức vụ"), opt={NEEDS: ADMINISTRATE})
    async def add(self, session: Db, actor: Me, data: JSONBody[PostNamed]) -> Response[PostInTime]:
        """Create a post; nobody holds it yet."""
        made = await operations.add_post(session, actor, _post_entry(data))
        return created(f"/office/posts/{made.id}", await _post(session, made.id))

    @get("/posts/{post_id:str}", operation_id="GetPost", summary=_("Một chức vụ"), opt={NEEDS: ADMINISTRATE})
    async def show(self, session: Db, post_id: FromPath[UUID]) -> PostInTime:
        """A post with who held, holds and will hold it."""
        return await _post(session, post_id)

    @put("/posts/{post_id:str}", operation_id="ChangePost", summary=_("Sửa chức vụ"), opt={NEEDS: ADMINISTRATE})
    async def change(self, session: Db, actor: Me, post_id: FromPath[UUID], data: JSONBody[PostChanged]) -> PostInTime:
        """Change it, from the next request of its holders on."""
        await operations.change_post(session, actor, post_id, data.version, _post_entry(data))
        return await _post(session, post_id)

    @act("/posts/{post_id:str}/close", "ClosePost", _("Bỏ chức vụ"), needs=ADMINISTRATE)
    async def close(self, session: Db, actor: Me, post_id: FromPath[UUID], data: JSONBody[Seen]) -> PostInTime:
        """Do away with a post that nobody holds."""
        await operations.close_post(session, actor, post_id, data.version)
        return await _post(session, post_id)

    @act("/posts/{post_id:str}/appoint", "Appoint", _("Giao chức vụ"), needs=ADMINISTRATE)
    async def appoint(self, session: Db, actor: Me, post_id: FromPath[UUID], data: JSONBody[Appointed]) -> PostInTime:
        """Let somebody hold it."""
        await operations.appoint(
            session,
            actor,
            post_id,
            data.staff,
            data.held_from,
            data.held_to,
            together=data.together,
            signing_title=_one_line(data.signing_title),
        )
        return await _post(session, post_id)

    @act("/appointments/{appointment_id:str}/end", "EndAppointment", _("Thôi giữ chức vụ"), needs=ADMINISTRATE)
    async def end(self, session: Db, actor: Me, appointment_id: FromPath[UUID], data: JSONBody[LastDay]) -> PostInTime:
        """Let an appointment end on a day."""
        ended = await operations.end_appointment(session, actor, appointment_id, data.last_day)
        return await _post(session, ended.post_id)

    @act(
        "/appointments/{appointment_id:str}/signing-title",
        "ChangeSigningTitle",
        _("Sửa chức vụ ghi khi ký"),
        needs=ADMINISTRATE,
    )
    async def signing_title(
        self, session: Db, actor: Me, appointment_id: FromPath[UUID], data: JSONBody[SigningTitle]
    ) -> PostInTime:
        """Say how the post is written under the holder's signature."""
        changed = await operations.change_signing_title(session, actor, appointment_id, _one_line(data.signing_title))
        return await _post(session, changed.post_id)

    @delete(
        "/appointments/{appointment_id:str}",
        operation_id="CancelAppointment",
        summary=_("Hủy việc giao chức vụ chưa bắt đầu"),
        opt={NEEDS: ADMINISTRATE},
    )
    async def cancel(self, session: Db, actor: Me, appointment_id: FromPath[UUID]) -> None:
        """Take back an appointment that has not begun."""
        await operations.cancel_appointment(session, actor, appointment_id)


def _post_entry(sent: PostNamed) -> PostEntry:
    return PostEntry(_one_line(sent.title), sent.unit, sent.body, sent.role, sent.heads_unit, sent.position)


async def _post(session: TenantSession, post_id: UUID) -> PostInTime:
    held = await session.find(Post, post_id)
    return PostInTime(
        id=held.id,
        title=held.title,
        unit_id=held.unit_id,
        body_id=held.body_id,
        role_id=held.role_id,
        heads_unit=held.heads_unit,
        position=held.position,
        version=held.version,
        closed_on=held.closed_on,
        holdings=[_holding(holding) for holding in await repository.holdings(session, post_id=post_id)],
    )


def _holding(held: Holding) -> HoldingShown:
    return HoldingShown(
        held.id,
        held.staff_id,
        held.staff_name,
        held.post_id,
        held.title,
        held.held_from,
        held.held_to,
        held.signing_title,
    )


class StaffController(Controller):
    """What the administrator does with people and their accounts. Passwords are for the page alone."""

    path = "/office/staff"

    @get("/", operation_id="ListStaff", summary=_("Cán bộ và tài khoản"), opt={NEEDS: ADMINISTRATE})
    async def index(self, session: Db) -> list[StaffShown]:
        """Everybody by given name, those who left last."""
        logins = await enrolment.logins(session)
        return [_member(line, logins.get(line.account_id)) for line in await repository.staff(session)]

    @post("/", operation_id="Enrol", summary=_("Thêm cán bộ"), opt={NEEDS: ADMINISTRATE})
    async def enrol(self, session: Db, actor: Me, data: JSONBody[NewPerson]) -> Response[PersonInTime]:
        """A new person with an account; the slip with its password is printed at the administrator's page."""
        person, _account = await operations.enrol(
            session,
            actor,
            data.username,
            _one_line(data.full_name),
            data.post,
            data.held_from or clock.today(),
            together=data.together,
        )
        return created(f"/office/staff/{person.id}", await _person(session, person.id))

    @get(
        "/invitations",
        operation_id="ListInvitations",
        summary=_("Lời mời chờ trả lời"),
        opt={NEEDS: ADMINISTRATE},
    )
    async def invitations(self, session: Db, actor: Me) -> list[InvitationShown]:
        """Who was invited and has neither agreed nor refused, oldest first."""
        return [_invitation(invited) for invited, _title in await joining.waiting(session, actor)]

    @post("/invitations", operation_id="Invite", summary=_("Mời người đã có tài khoản"), opt={NEEDS: ADMINISTRATE})
    async def invite(
        self, request: Request[Any, Any, Any], session: Db, actor: Me, data: JSONBody[Invited]
    ) -> Response[InvitationShown]:
        """Ask somebody who has an account elsewhere; they work here once they agree. Ten tries in ten minutes."""
        await invitations.count_try(request.app.state.database, actor.organ)
        invited = await joining.invite(
            session,
            actor,
            data.username,
            _one_line(data.full_name),
            data.post,
            data.held_from or clock.today(),
            together=data.together,
        )
        return created(f"/office/staff/invitations/{invited.id}", _invitation(invited))

    @get(
        "/invitations/{invitation_id:str}",
        operation_id="GetInvitation",
        summary=_("Một lời mời"),
        opt={NEEDS: ADMINISTRATE},
    )
    async def invitation(self, session: Db, actor: Me, invitation_id: FromPath[UUID]) -> InvitationShown:
        """An invitation that waits for its answer."""
        return _invitation(await joining.one_waiting(session, actor, invitation_id))

    @act(
        "/invitations/{invitation_id:str}/withdraw",
        "WithdrawInvitation",
        _("Rút lại lời mời"),
        needs=ADMINISTRATE,
    )
    async def withdraw(self, session: Db, actor: Me, invitation_id: FromPath[UUID]) -> InvitationShown:
        """Take it back; there is none any more afterwards."""
        return _invitation(await joining.withdraw(session, actor, invitation_id))

    @get("/{staff_id:str}", operation_id="GetPerson", summary=_("Một cán bộ"), opt={NEEDS: ADMINISTRATE})
    async def show(self, session: Db, staff_id: FromPath[UUID]) -> PersonInTime:
        """A person with their posts in time."""
        return await _person(session, staff_id)

    @put("/{staff_id:str}", operation_id="RenamePerson", summary=_("Sửa họ và tên"), opt={NEEDS: ADMINISTRATE})
    async def rename(
        self, session: Db, actor: Me, staff_id: FromPath[UUID], data: JSONBody[PersonNamed]
    ) -> PersonInTime:
        """Correct a name."""
        await operations.rename(session, actor, staff_id, data.version, _one_line(data.full_name))
        return await _person(session, staff_id)

    @act("/{staff_id:str}/certificate", "NoteCertificate", _("Ghi ngày hết hạn chứng thư"), needs=ADMINISTRATE)
    async def certificate(
        self, session: Db, actor: Me, staff_id: FromPath[UUID], data: JSONBody[CertificateNoted]
    ) -> PersonInTime:
        """Write down until when their certificate is good."""
        await operations.note_certificate(session, actor, staff_id, data.version, data.ends_on)
        return await _person(session, staff_id)

    @act("/{staff_id:str}/suspend", "SuspendPerson", _("Tạm ngừng truy cập"), needs=ADMINISTRATE)
    async def suspend(
        self, session: Db, actor: Me, staff_id: FromPath[UUID], data: JSONBody[Suspending]
    ) -> PersonInTime:
        """Shut them out at once."""
        await operations.suspend(session, actor, staff_id, data.version, data.reason)
        return await _person(session, staff_id)

    @act("/{staff_id:str}/readmit", "ReadmitPerson", _("Cho trở lại"), needs=ADMINISTRATE)
    async def readmit(self, session: Db, actor: Me, staff_id: FromPath[UUID], data: JSONBody[Seen]) -> PersonInTime:
        """Let them in again."""
        await operations.readmit(session, actor, staff_id, data.version)
        return await _person(session, staff_id)

    @act("/{staff_id:str}/leave", "LetPersonLeave", _("Nghỉ việc"), needs=ADMINISTRATE)
    async def leave(self, session: Db, actor: Me, staff_id: FromPath[UUID], data: JSONBody[Leaving]) -> PersonInTime:
        """Let them leave after a day; every post ends with it."""
        await operations.leave(session, actor, staff_id, data.version, data.last_day)
        return await _person(session, staff_id)


def _invitation(invited: invitations.Invited) -> InvitationShown:
    return InvitationShown(
        id=invited.id,
        name=invited.full_name,
        username=invited.username,
        invited_by=invited.invited_by,
        invited_at=invited.invited_at,
        expires_at=invited.expires_at,
        post=invited.post_id,
    )


def _member(line: StaffLine, login: enrolment.Login | None) -> StaffShown:
    return StaffShown(
        id=line.id,
        name=line.full_name,
        username=login.username if login else "",
        signed_in_at=login.signed_in_at if login else None,
        titles=line.titles,
        suspended_on=line.suspended_on,
        left_on=line.left_on,
    )


async def _person(session: TenantSession, staff_id: UUID) -> PersonInTime:
    person = await staffing.person(session, staff_id)
    login = (await enrolment.logins(session)).get(person.account_id)
    return PersonInTime(
        id=person.id,
        name=person.full_name,
        username=login.username if login else "",
        version=person.version,
        suspended_on=person.suspended_on,
        left_on=person.left_on,
        certificate_ends_on=person.certificate_ends_on,
        holdings=[_holding(holding) for holding in await repository.holdings(session, staff_id=staff_id)],
    )


class TransferController(Controller):
    """Handing open work over, and the records of it."""

    path = "/office"

    @get(
        "/staff/{staff_id:str}/work",
        operation_id="ListWorkInHand",
        summary=_("Việc một người đang giữ"),
        opt={NEEDS: HAND_OVER},
    )
    async def in_hand(self, session: Db, actor: Me, staff_id: FromPath[UUID]) -> list[WorkInHand]:
        """What a person has in hand, by kind."""
        return [
            WorkInHand(kind.code, kind.title, [_thing(thing) for thing in kind.things])
            for kind in await transfers.in_hand(session, actor, staff_id)
        ]

    @get("/transfers", operation_id="ListTransfers", summary=_("Biên bản bàn giao"), opt={NEEDS: HAND_OVER})
    async def index(self, session: Db, actor: Me, window: Part) -> Response[Page[TransferSummary]]:
        """The records, latest first."""
        window.place(places.read_moment)
        found, following = await transfers.transfers(session, actor, window.after, window.limit)
        return window.page([TransferSummary(**_summary(one)) for one in found], following)

    @post("/transfers", operation_id="HandOverWork", summary=_("Bàn giao công việc"), opt={NEEDS: HAND_OVER})
    async def hand_over(self, session: Db, actor: Me, data: JSONBody[WorkGiven]) -> Response[TransferRead]:
        """Give everything that a person has in hand to others; with a last day they leave."""
        command = HandingOver(data.receiver, data.receivers, data.posts, data.last_day, data.reason, data.version)
        made = await transfers.hand_over(session, actor, data.giver, command)
        shown = await transfers.transfer(session, actor, made.id)
        return created(f"/office/transfers/{made.id}", _transfer(shown))

    @get("/transfers/{transfer_id:str}", operation_id="GetTransfer", summary=_("Một biên bản bàn giao"))
    async def show(self, session: Db, actor: Me, transfer_id: FromPath[UUID]) -> TransferRead:
        """A record: for those who keep records, its giver and its receivers."""
        return _transfer(await transfers.transfer(session, actor, transfer_id))


def _thing(thing: OpenThing) -> ThingInHand:
    return ThingInHand(thing.id, thing.title if thing.seen else "", thing.number, thing.due_on, thing.path, thing.seen)


def _summary(made: WorkTransfer) -> dict[str, Any]:
    return {
        "id": made.id,
        "giver": made.giver_name,
        "giver_post": made.giver_title,
        "last_day": made.last_day,
        "reason": made.reason,
        "made_by": made.made_by_name,
        "made_at": made.made_at,
    }


def _transfer(shown: TransferShown) -> TransferRead:
    lines = [
        LineGiven(line.kind, line.thing_id, line.number, title, line.due_on, line.note, line.receiver_name)
        for line, title in shown.lines
    ]
    return TransferRead(**_summary(shown.transfer), lines=lines)


@dataclass(frozen=True)
class SentEmblem:
    """The picture of the organ (PNG), and which version of its profile it is for."""

    file: UploadFile
    version: int = 0


class ProfileController(Controller):
    """Name and emblem of the organ."""

    path = "/office/profile"

    @get("/", operation_id="GetProfile", summary=_("Tên và biểu trưng"), opt={NEEDS: ADMINISTRATE})
    async def show(self, session: Db) -> ProfileShown:
        """How the organ is named and shown."""
        return _profile(await repository.profile(session))

    @put("/", operation_id="ChangeProfile", summary=_("Sửa tên, địa chỉ"), opt={NEEDS: ADMINISTRATE})
    async def change(self, session: Db, actor: Me, data: JSONBody[ProfileChanged]) -> ProfileShown:
        """Change the texts, or leave the emblem out."""
        return _profile(await operations.change_profile(session, actor, data.version, _profile_entry(data)))

    @act("/emblem", "ChangeEmblem", _("Đổi biểu trưng"), needs=ADMINISTRATE)
    async def emblem(self, session: Db, actor: Me, data: MultipartBody[SentEmblem]) -> ProfileShown:
        """Change the picture; the texts stay."""
        present = _profile(await repository.profile(session))
        entry = ProfileEntry(present.title, present.office_name, present.address, present.phone, await data.file.read())
        return _profile(await operations.change_profile(session, actor, data.version, entry))


def _profile(found: OrganProfile | None) -> ProfileShown:
    if found is None:
        return ProfileShown("", "", "", "", "", 0)
    emblem = f"/bieu-trung/{found.emblem_id}" if found.emblem_id else ""
    return ProfileShown(found.title, found.office_name, found.address, found.phone, emblem, found.version)


def _profile_entry(sent: ProfileChanged) -> ProfileEntry:
    if sent.phone and not rules.is_phone(sent.phone):
        raise InvalidInput.of("phone", *rules.ODD_PHONE)
    return ProfileEntry(
        title=_one_line(sent.title),
        office_name=_one_line(sent.office_name),
        address=sent.address,
        phone=sent.phone,
        without_emblem=sent.without_emblem,
    )


class GrantController(Controller):
    """Who is shown a document, a meeting or a case beyond those whose posts show it to them."""

    path = "/office/grants/{kind:str}/{thing_id:str}"

    @get("/", operation_id="ListGrants", summary=_("Ai được cho xem"), opt={NEEDS: grants.GRANT})
    async def index(self, session: Db, actor: Me, kind: FromPath[str], thing_id: FromPath[UUID]) -> list[GrantShown]:
        """All grants of a thing, those that ended too."""
        return await _grants(session, actor, kind, thing_id)

    @post("/", operation_id="Grant", summary=_("Cho xem"), opt={NEEDS: grants.GRANT})
    async def grant(
        self,
        session: Db,
        actor: Me,
        kind: FromPath[str],
        thing_id: FromPath[UUID],
        data: JSONBody[ShowingAsked],
    ) -> list[GrantShown]:
        """Show the thing to one more; answers with all grants."""
        await operations.grant(session, actor, kind, thing_id, _showing(data))
        return await _grants(session, actor, kind, thing_id)

    @delete("/{grant_id:str}", operation_id="RevokeGrant", summary=_("Thôi cho xem"), opt={NEEDS: grants.GRANT})
    async def revoke(
        self, session: Db, actor: Me, kind: FromPath[str], thing_id: FromPath[UUID], grant_id: FromPath[UUID]
    ) -> None:
        """Show the thing no longer."""
        await operations.revoke(session, actor, kind, thing_id, grant_id)


def _showing(sent: ShowingAsked) -> Showing:
    if (sent.staff_id is None) == (sent.unit_id is None):
        raise InvalidInput.of("staff_id", _("Cần đúng một người hoặc một bộ phận."), _("Gửi staff_id hoặc unit_id."))
    return Showing(sent.staff_id, sent.unit_id, sent.ends_on, sent.reason)


async def _grants(session: TenantSession, actor: Actor, kind: str, thing_id: UUID) -> list[GrantShown]:
    await operations.thing_seen(session, actor, kind, thing_id)
    return [
        GrantShown(
            id=found.id,
            to=found.to,
            to_unit=found.to_unit,
            ends_on=found.ends_on,
            reason=found.reason,
            granted_by=found.granted_by,
            granted_at=found.granted_at,
            revoked_at=found.revoked_at,
        )
        for found in await grants.of_thing(session, kind, thing_id)
    ]


class DelegationController(Controller):
    """Who may act in whose post, from when to when."""

    path = "/office/delegations"

    @get("/", operation_id="ListDelegations", summary=_("Ủy quyền, phân công thay thế"))
    async def index(self, session: Db, actor: Me, window: Part) -> Response[Page[DelegationLine]]:
        """Those from and to the caller; all of the organ for whoever watches over them."""
        of = None if lending.watches(actor) else actor.staff_id
        after = window.place(places.read_day)
        found = await delegations.page(session, of, after, window.limit + 1)
        rows = found[: window.limit]
        following = places.of_day(rows[-1].ends_on, rows[-1].id) if len(found) > len(rows) else ""
        return window.page([_delegation(row) for row in rows], following)

    @get("/{delegation_id:str}", operation_id="GetDelegation", summary=_("Một ủy quyền"))
    async def show(self, session: Db, actor: Me, delegation_id: FromPath[UUID]) -> DelegationLine:
        """One of them with its rights."""
        return _delegation(await lending.seen(session, actor, delegation_id))

    @post("/", operation_id="Delegate", summary=_("Ủy quyền có thời hạn"), opt={NEEDS: delegations.DELEGATE})
    async def delegate(self, session: Db, actor: Me, data: JSONBody[DelegationAsked]) -> Response[DelegationLine]:
        """Lend rights of the post in which the caller acts."""
        span = lending.Span(data.starts_on, data.ends_on, data.basis)
        made = await lending.delegate(session, actor, data.borrower, data.mark, data.rights, span)
        shown = _delegation(await lending.seen(session, actor, made.id))
        return created(f"/office/delegations/{made.id}", shown)

    @post("/substitutions", operation_id="Substitute", summary=_("Phân công người thay"))
    async def substitute(self, session: Db, actor: Me, data: JSONBody[SubstitutionAsked]) -> Response[DelegationLine]:
        """Let somebody do the work of a post whose holder is away."""
        span = lending.Span(data.starts_on, data.ends_on, data.basis)
        made = await lending.substitute(session, actor, data.absent, data.post, data.borrower, span)
        shown = _delegation(await lending.seen(session, actor, made.id))
        return created(f"/office/delegations/{made.id}", shown)

    @act("/{delegation_id:str}/revoke", "RevokeDelegation", _("Thu hồi ủy quyền"))
    async def revoke(
        self, session: Db, actor: Me, delegation_id: FromPath[UUID], data: JSONBody[RevocationAsked]
    ) -> DelegationLine:
        """End it at once."""
        await lending.revoke(session, actor, delegation_id, data.reason)
        return _delegation(await lending.seen(session, actor, delegation_id))


def _delegation(row: delegations.DelegationShown) -> DelegationLine:
    return DelegationLine(
        id=row.id,
        kind=row.kind,
        title=row.lent_title,
        lender_id=row.lender_id,
        lender=row.lender,
        post_id=row.post_id,
        borrower_id=row.borrower_id,
        borrower=row.borrower,
        mark=row.mark,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        basis=row.basis,
        stand=row.stand,
        revoked_at=row.revoked_at,
        rights=list(row.rights),
    )


def _notice(notice: Notice) -> NoticeShown:
    return NoticeShown(notice.id, notice.kind, notice.title, notice.path, notice.created_at, notice.read_at)


class TrailController(Controller):
    """The trail of the organ."""

    path = "/office/trail"

    @get("/", operation_id="SearchTrail", summary=_("Nhật ký"), opt={NEEDS: ADMINISTRATE})
    async def index(
        self,
        session: Db,
        actor: Me,
        window: Part,
        staff: Annotated[UUID | None, QueryParameter(description=_("Người làm"))] = None,
        action: Annotated[str, QueryParameter(max_length=100, description=_("Tên việc, ví dụ documents.issue"))] = "",
        thing: Annotated[UUID | None, QueryParameter(description=_("Văn bản, hồ sơ, cuộc họp..."))] = None,
        since: Annotated[date | None, QueryParameter(description=_("Từ ngày"))] = None,
        until: Annotated[date | None, QueryParameter(description=_("Đến hết ngày"))] = None,
    ) -> Response[Page[EventShown]]:
        """Who did what, newest first."""
        actor.require(ADMINISTRATE)
        sought = audit.Sought(staff, action, thing, since, until)
        found = await audit.search(session, sought, window.place(places.read_moment), window.limit + 1)
        events = found[: window.limit]
        shown = [
            EventShown(
                id=event.id,
                at=event.at,
                staff_id=event.staff_id,
                who=event.staff_name,
                capacity=event.post_title,
                action=event.action,
                act=acts.title(event.action),
                detail=acts.told(event.action, event.detail),
                object_type=event.object_type,
                object_id=event.object_id,
            )
            for event in events
        ]
        return window.page(shown, audit.place(events[-1]) if len(found) > len(events) else "")


class SightController(Controller):
    """Rights as they stand today."""

    path = "/office"

    @get("/staff/{staff_id:str}/rights", operation_id="GetRightsOfPerson", summary=_("Người này được làm gì"))
    async def rights(self, session: Db, actor: Me, staff_id: FromPath[UUID]) -> list[RightsShown]:
        """Everything that somebody may do, with where it comes from."""
        _person, sources, _shown = await sight.rights_of(session, actor, staff_id)
        return [
            RightsShown(
                source.title,
                source.origin,
                source.days,
                source.bodies,
                [right for _module, rights in source.rights for right in rights],
                source.warning,
            )
            for source in sources
        ]

    @get("/seers/{kind:str}/{thing_id:str}", operation_id="ListSeers", summary=_("Ai được xem mục này"))
    async def seers(self, session: Db, actor: Me, kind: FromPath[str], thing_id: FromPath[UUID]) -> list[SeerShown]:
        """Who sees a thing, and why."""
        _title, _path, found = await sight.seers_of(session, actor, kind, thing_id)
        return [SeerShown(seer.staff_id, seer.name, seer.post, list(seer.reasons)) for seer in found]
