"""The pages of an organ's administrator, below `/quan-tri`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access import staffing
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body, Post, Staff, Unit
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import AppError, Conflict, InvalidInput, NotFound
from lienxa.platform.identity import enrolment
from lienxa.platform.imports import operations as imports
from lienxa.platform.module import all_modules
from lienxa.platform.rest import repository as service_accounts
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import Badge, TimelineLine, page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.webhooks import repository as webhooks
from lienxa.platform.webhooks.delivery import PAGES
from lienxa.tenants.documents import api as documents
from lienxa.tenants.office import attention, operations, receivers, repository, rules
from lienxa.tenants.office.connections import badge
from lienxa.tenants.office.permissions import ADMINISTRATE
from lienxa.tenants.office.schemas import (
    BodyEntry,
    Holding,
    PostEntry,
    PostLine,
    ProfileEntry,
    StaffLine,
    UnitEntry,
)

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
Refusal = InvalidInput | Conflict

_SOON = timedelta(days=30)
_ORDER_MOST = 999


@dataclass(frozen=True)
class Part:
    """A thing that can be set up: what it is, how much of it there is, and what is missing."""

    title: str
    path: str
    icon: str
    state: str
    warnings: Sequence[str] = ()


def _options(rows: Sequence[Any]) -> dict[str, str]:
    return {str(row.id): row.name for row in rows}


def _told(events: Sequence[AuditEvent]) -> list[TimelineLine]:
    return [
        TimelineLine(event.at, event.staff_name, event.post_title, str(event.detail.get("text", "")))
        for event in reversed(events)
    ]


def _status(errors: AppError | None) -> int:
    if errors is None:
        return 200
    return 422 if isinstance(errors, InvalidInput) else 409


def _version(form: FormReader) -> int:
    return form.integer("version", _("Phiên bản"), required=True) or 0


def _name(form: FormReader, field: str, label: str, *, most: int = 120) -> str:
    return " ".join(form.text(field, label, required=True, max=most).split())


def _symbol(form: FormReader) -> str:
    symbol = form.text("symbol", _("Ký hiệu"), required=True, max=12)
    if symbol and not rules.is_symbol(symbol):
        form.refuse("symbol", *rules.ODD_SYMBOL)
    return symbol


def _position(form: FormReader) -> int:
    return form.integer("position", _("Thứ tự"), required=True, max=_ORDER_MOST) or 0


class AdministrationController(Controller):
    """What can be set up, who may do what, name and emblem."""

    path = "/quan-tri"

    @get("/", operation_id="ShowAdministration")
    async def overview(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Everything that can be set up, and what is missing."""
        actor.require(ADMINISTRATE)
        return page(request, "office/administration.html", parts=await _parts(session, actor))

    @get("/quyen", operation_id="ShowRights")
    async def rights(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Who may do what, by role."""
        actor.require(ADMINISTRATE)
        modules = [module for module in all_modules() if module.permissions]
        return page(
            request,
            "office/rights.html",
            roles=await repository.role_rights(session),
            modules=modules,
            posts=await repository.posts(session),
        )

    @get("/ten-va-bieu-trung", operation_id="ShowProfile")
    async def profile(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Name and emblem of the organ."""
        return await _profile_page(request, session, actor)

    @post("/ten-va-bieu-trung", operation_id="ChangeProfile", status_code=303)
    async def change_profile(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Change them."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_profile_page, request, session, actor, values=form.values), Conflict):
            version = _version(form)
            picture = await form.upload("emblem", _("Biểu trưng"))
            entry = ProfileEntry(
                title=" ".join(form.text("title", _("Tên đơn vị"), max=100).split()),
                office_name=" ".join(form.text("office_name", _("Tên văn phòng"), max=100).split()),
                address=form.text("address", _("Địa chỉ"), max=200),
                phone=form.text("phone", _("Điện thoại"), max=50),
                emblem=picture.content if picture else None,
                without_emblem=form.checked("without_emblem"),
            )
            if entry.phone and not rules.is_phone(entry.phone):
                form.refuse("phone", *rules.ODD_PHONE)
            form.check()
            await operations.change_profile(session, actor, version, entry)
        return redirect(request, "/quan-tri/ten-va-bieu-trung", notice=_("Đã lưu tên và biểu trưng."))


async def _parts(session: TenantSession, actor: Actor) -> list[Part]:
    bodies, units = await people.bodies(session), await people.units(session)
    posts, staff = await repository.posts(session), await repository.staff(session)
    profile = await repository.profile(session)
    never = await enrolment.count_never_signed_in(session)
    present = [person for person in staff if not _is_gone(person)]
    return [
        await _attention(session, actor),
        Part(
            _("Cơ quan"),
            "/quan-tri/co-quan",
            "building-community",
            ", ".join(body.symbol for body in bodies if body.in_use),
            [
                _("{name}: chưa có lãnh đạo đương nhiệm", name=body.name)
                for body in bodies
                if body.in_use and not actor.organ.is_parent and not _is_led(body, posts)
            ],
        ),
        Part(
            _("Bộ phận"),
            "/quan-tri/bo-phan",
            "building",
            _("{count} bộ phận", count=len(units)),
            [
                _("{name}: chưa có người đứng đầu", name=unit.name)
                for unit in units
                if not any(post.unit_id == unit.id and post.heads_unit and post.holders for post in posts)
                and sum(len(post.holders) for post in posts if post.unit_id == unit.id) > 1
                and not any(post.unit_id == unit.id and post.role_code == "leader" for post in posts)
            ],
        ),
        Part(
            _("Chức vụ và người giữ"),
            "/quan-tri/chuc-vu",
            "certificate",
            _("{count} chức vụ", count=len(posts)),
            [
                *(_("{title}: đang khuyết", title=post.title) for post in posts if not post.holders),
                *(
                    _("{title}: {count} người cùng giữ", title=post.title, count=len(post.holders))
                    for post in posts
                    if len(post.holders) > 1
                    and rules.held_by_one(post.role_code, post.title, heads_unit=post.heads_unit)
                ),
            ],
        ),
        Part(
            _("Cán bộ"),
            "/quan-tri/can-bo",
            "users",
            _("{count} người", count=len(present)),
            [
                *(_("{name}: không giữ chức vụ nào", name=person.full_name) for person in present if not person.titles),
                *([_("{count} người chưa đăng nhập lần nào", count=never)] if never else []),
            ],
        ),
        Part(
            _("Ai được làm gì"),
            "/quan-tri/quyen",
            "lock",
            _("Quyền theo vai trò"),
            [_("Chỉ có một người quản trị")] if _administrators(posts) < 2 else [],
        ),
        Part(_("Nhật ký"), "/quan-tri/nhat-ky", "history", _("Ai đã làm gì, mở tệp nào, bị từ chối việc gì")),
        Part(_("Ủy quyền, thay thế"), "/uy-quyen", "switch-horizontal", _("Ai được làm việc của ai, đến ngày nào")),
        *_parts_of_modules(actor),
        await _connections(session),
        await _receivers(session),
        Part(
            _("Tên và biểu trưng"),
            "/quan-tri/ten-va-bieu-trung",
            "adjustments",
            profile.title if profile and profile.title else actor.organ.title,
            [] if profile and profile.emblem_id else [_("Chưa có biểu trưng của đơn vị")],
        ),
    ]


def _parts_of_modules(actor: Actor) -> list[Part]:
    """What is set up on pages of other modules, as far as the person may."""
    parts = []
    if actor.may(documents.CONFIGURE) and not actor.organ.is_parent:
        state = _("Số tiếp theo, sổ đến chung hay riêng, nhiệm kỳ, đại hội")
        parts.append(Part(_("Sổ và số văn bản"), "/quan-tri/so-van-ban", "books", state))
    if taken_in := imports.kinds(actor):
        state = ", ".join(kind.title for kind in taken_in)
        parts.append(Part(_("Nhập dữ liệu từ Excel"), imports.PATH, "file-import", state))
    if actor.may("rooms.manage") and not actor.organ.is_parent:
        parts.append(Part(_("Phòng họp"), "/lich/phong/quan-ly", "building", _("Phòng, sức chứa, thời gian di chuyển")))
    if actor.may("feeds.manage"):
        state = _("Ai có địa chỉ lịch, lần đọc gần nhất; bỏ khi mất máy")
        parts.append(Part(_("Lịch trên điện thoại"), "/quan-tri/lich-dien-thoai", "device-mobile", state))
    if actor.may("workdays.manage"):
        parts.append(Part(_("Ngày làm việc"), "/ngay-lam-viec", "calendar-event", _("Ngày nghỉ, làm bù của đơn vị")))
    return parts


async def _attention(session: TenantSession, actor: Actor) -> Part:
    found = await attention.sections(session, actor)
    count = sum(len(section.matters) for section in found)
    warnings = [
        _("{title}: {count}", title=section.title, count=len(section.matters)) for section in found if section.matters
    ]
    return Part(_("Việc cần chú ý"), attention.PATH, "alert-triangle", _("{count} mục", count=count), warnings)


async def _connections(session: TenantSession) -> Part:
    rows = [row for row in await service_accounts.accounts(session) if row.ServiceAccount.revoked_at is None]
    return Part(
        _("Tài khoản kết nối"),
        "/quan-tri/ket-noi",
        "switch-horizontal",
        ", ".join(row.name for row in rows[:3]) or _("Chưa có phần mềm nào kết nối"),
        [
            _("{name}: {state}", name=row.name, state=badge(row.ServiceAccount).text.lower())
            for row in rows
            if badge(row.ServiceAccount).kind in ("late", "warn")
        ],
    )


async def _receivers(session: TenantSession) -> Part:
    rows = [row.WebhookSubscription for row in await webhooks.subscriptions(session)]
    badges = [(row, receivers.badge(row)) for row in rows]
    return Part(
        _("Nơi nhận sự kiện"),
        PAGES,
        "send",
        ", ".join(row.name for row in rows[:3]) or _("Chưa báo cho phần mềm nào"),
        [f"{row.name}: {badge.text.lower()}" for row, badge in badges if badge.kind in ("late", "warn")],
    )


def _is_led(body: Body, posts: Sequence[PostLine]) -> bool:
    return any(post.body_id == body.id and post.role_code == "leader" and post.holders for post in posts)


def _administrators(posts: Sequence[PostLine]) -> int:
    return len({name for post in posts if post.role_code == "administrator" for name in post.holders})


def _is_gone(person: StaffLine) -> bool:
    return person.left_on is not None and person.left_on < clock.today()


async def _profile_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Refusal | None = None,
) -> Template:
    actor.require(ADMINISTRATE)
    found = await repository.profile(session)
    shown = {field: getattr(found, field) if found else "" for field in ("title", "office_name", "address", "phone")}
    shown["version"] = found.version if found else 0
    return page(
        request,
        "office/profile.html",
        status=_status(errors),
        values=values or shown,
        errors=errors,
        emblem_id=found.emblem_id if found else None,
    )


class BodyController(Controller):
    """The bodies of the organ."""

    path = "/quan-tri/co-quan"

    @get("/", operation_id="ListBodies")
    async def index(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """All bodies in their order."""
        actor.require(ADMINISTRATE)
        return page(request, "office/bodies.html", bodies=await people.bodies(session))

    @get("/{body_id:uuid}", operation_id="ShowBody")
    async def show(self, request: HtmlRequest, session: Db, actor: Me, body_id: FromPath[UUID]) -> Template:
        """One body and the form to change it."""
        return await _body_page(request, session, actor, body_id)

    @post("/{body_id:uuid}", operation_id="ChangeBody", status_code=303)
    async def change(self, request: HtmlRequest, session: Db, actor: Me, body_id: FromPath[UUID]) -> Redirect:
        """Change it."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_body_page, request, session, actor, body_id, values=form.values), Conflict
        ):
            version = _version(form)
            entry = BodyEntry(
                _name(form, "name", _("Tên cơ quan")), _symbol(form), _position(form), form.checked("in_use")
            )
            form.check()
            await operations.change_body(session, actor, body_id, version, entry)
        return redirect(request, "/quan-tri/co-quan", notice=_("Đã lưu {name}.", name=entry.name))


async def _body_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    body_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Refusal | None = None,
) -> Template:
    actor.require(ADMINISTRATE)
    body = await session.find(Body, body_id)
    shown = {
        "name": body.name,
        "symbol": body.symbol,
        "position": body.position,
        "in_use": "1" if body.in_use else "",
        "version": body.version,
    }
    return page(
        request,
        "office/body.html",
        status=_status(errors),
        body=body,
        values=values or shown,
        errors=errors,
        events=_told(await timeline(session, body_id)),
    )


class UnitController(Controller):
    """The units of the organ."""

    path = "/quan-tri/bo-phan"

    @get("/", operation_id="ListUnits")
    async def index(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """All units in their order, with their heads."""
        actor.require(ADMINISTRATE)
        posts = await repository.posts(session)
        heads = {post.unit_id: ", ".join(post.holders) or _("khuyết") for post in posts if post.heads_unit}
        numbers = {
            unit_id: sum(len(post.holders) for post in posts if post.unit_id == unit_id)
            for unit_id in {post.unit_id for post in posts}
        }
        return page(
            request, "office/units.html", units=await repository.all_units(session), heads=heads, numbers=numbers
        )

    @get("/moi", operation_id="NewUnit")
    async def new(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form for a new unit."""
        return await _unit_page(request, session, actor)

    @post("/moi", operation_id="AddUnit", status_code=303)
    async def add(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Open it."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_unit_page, request, session, actor, values=form.values), Conflict):
            entry = _read_unit(form)
            form.check()
            await operations.add_unit(session, actor, entry)
        return redirect(
            request,
            "/quan-tri/bo-phan",
            notice=_("Đã lập bộ phận {name}.", name=entry.name),
            next_label=_("Lập chức vụ trong bộ phận"),
            next_path="/quan-tri/chuc-vu/moi",
        )

    @get("/{unit_id:uuid}", operation_id="ShowUnit")
    async def show(self, request: HtmlRequest, session: Db, actor: Me, unit_id: FromPath[UUID]) -> Template:
        """One unit, its posts, and the form to change it."""
        return await _unit_page(request, session, actor, unit_id)

    @post("/{unit_id:uuid}", operation_id="ChangeUnit", status_code=303)
    async def change(self, request: HtmlRequest, session: Db, actor: Me, unit_id: FromPath[UUID]) -> Redirect:
        """Change it."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_unit_page, request, session, actor, unit_id, values=form.values), Conflict
        ):
            version, entry = _version(form), _read_unit(form)
            form.check()
            await operations.change_unit(session, actor, unit_id, version, entry)
        return redirect(request, "/quan-tri/bo-phan", notice=_("Đã lưu {name}.", name=entry.name))

    @post("/{unit_id:uuid}/dong", operation_id="CloseUnit", status_code=303)
    async def close(self, request: HtmlRequest, session: Db, actor: Me, unit_id: FromPath[UUID]) -> Redirect:
        """Close it."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_unit_page, request, session, actor, unit_id), Conflict):
            version = _version(form)
            form.check()
            await operations.close_unit(session, actor, unit_id, version)
        return redirect(request, f"/quan-tri/bo-phan/{unit_id}", notice=_("Đã đóng bộ phận."))

    @post("/{unit_id:uuid}/mo-lai", operation_id="ReopenUnit", status_code=303)
    async def reopen(self, request: HtmlRequest, session: Db, actor: Me, unit_id: FromPath[UUID]) -> Redirect:
        """Open it again."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_unit_page, request, session, actor, unit_id), Conflict):
            version = _version(form)
            form.check()
            await operations.reopen_unit(session, actor, unit_id, version)
        return redirect(request, f"/quan-tri/bo-phan/{unit_id}", notice=_("Đã mở lại bộ phận."))


def _read_unit(form: FormReader) -> UnitEntry:
    return UnitEntry(_name(form, "name", _("Tên bộ phận")), _symbol(form), _position(form))


async def _unit_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    unit_id: UUID | None = None,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Refusal | None = None,
) -> Template:
    actor.require(ADMINISTRATE)
    unit = await session.find(Unit, unit_id) if unit_id else None
    if unit is not None:
        shown = {"name": unit.name, "symbol": unit.symbol, "position": unit.position, "version": unit.version}
    else:
        shown = {"position": max((found.position for found in await people.units(session)), default=0) + 1}
    posts = await repository.posts(session) if unit else []
    return page(
        request,
        "office/unit.html",
        status=_status(errors),
        unit=unit,
        posts=[post for post in posts if post.unit_id == unit_id],
        values=values or shown,
        errors=errors,
        events=_told(await timeline(session, unit_id)) if unit_id else [],
    )


class PostController(Controller):
    """The posts and their holders in time."""

    path = "/quan-tri/chuc-vu"

    @get("/", operation_id="ListPosts")
    async def index(self, request: HtmlRequest, session: Db, actor: Me, bo: FromQuery[str] = "") -> Template:
        """The posts in their order with those who hold them today; `bo=1`: the ones that were done away with."""
        actor.require(ADMINISTRATE)
        posts = await repository.posts(session, closed=bool(bo))
        return page(request, "office/posts.html", posts=posts, closed=bool(bo))

    @get("/moi", operation_id="NewPost")
    async def new(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form for a new post."""
        return await _post_page(request, session, actor)

    @post("/moi", operation_id="AddPost", status_code=303)
    async def add(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Create it."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_post_page, request, session, actor, values=form.values), Conflict):
            entry = _read_post(form)
            made = await operations.add_post(session, actor, entry)
        notice = _("Đã lập chức vụ {title}. Giao cho người giữ ở dưới.", title=entry.title)
        return redirect(request, f"/quan-tri/chuc-vu/{made.id}", notice=notice)

    @get("/{post_id:uuid}", operation_id="ShowPost")
    async def show(self, request: HtmlRequest, session: Db, actor: Me, post_id: FromPath[UUID]) -> Template:
        """One post: who held, holds and will hold it, and the forms to change that."""
        return await _post_page(request, session, actor, post_id)

    @post("/{post_id:uuid}", operation_id="ChangePost", status_code=303)
    async def change(self, request: HtmlRequest, session: Db, actor: Me, post_id: FromPath[UUID]) -> Redirect:
        """Change it."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_post_page, request, session, actor, post_id, values=form.values), Conflict
        ):
            version, entry = _version(form), _read_post(form)
            await operations.change_post(session, actor, post_id, version, entry)
        return redirect(request, f"/quan-tri/chuc-vu/{post_id}", notice=_("Đã lưu. Có hiệu lực ngay."))

    @post("/{post_id:uuid}/bo", operation_id="ClosePost", status_code=303)
    async def close(self, request: HtmlRequest, session: Db, actor: Me, post_id: FromPath[UUID]) -> Redirect:
        """Do away with it."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_post_page, request, session, actor, post_id), Conflict):
            version = _version(form)
            form.check()
            await operations.close_post(session, actor, post_id, version)
        return redirect(request, "/quan-tri/chuc-vu", notice=_("Đã bỏ chức vụ."))

    @post("/{post_id:uuid}/giao", operation_id="Appoint", status_code=303)
    async def appoint(self, request: HtmlRequest, session: Db, actor: Me, post_id: FromPath[UUID]) -> Redirect:
        """Let somebody hold it."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_post_page, request, session, actor, post_id, appointing=form.values), Conflict
        ):
            staff_id = form.uuid("staff", _("Người giữ chức vụ"), required=True)
            held_from = form.day("held_from", _("Từ ngày"), required=True)
            held_to = form.day("held_to", _("Đến hết ngày"))
            signing_title = form.text("signing_title", _("Chức vụ ghi khi ký"), max=120)
            together = form.checked("together")
            form.check()
            assert staff_id is not None
            assert held_from is not None
            await operations.appoint(
                session,
                actor,
                post_id,
                staff_id,
                held_from,
                held_to,
                together=together,
                signing_title=" ".join(signing_title.split()),
            )
        return redirect(request, f"/quan-tri/chuc-vu/{post_id}", notice=_("Đã giao chức vụ."))

    @post("/{post_id:uuid}/ghi-khi-ky/{appointment_id:uuid}", operation_id="ChangeSigningTitle", status_code=303)
    async def signing_title(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        post_id: FromPath[UUID],
        appointment_id: FromPath[UUID],
    ) -> Redirect:
        """Say how the post is written under the holder's signature."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_post_page, request, session, actor, post_id), Conflict):
            signing_title = form.text("signing_title", _("Chức vụ ghi khi ký"), max=120)
            form.check()
            await operations.change_signing_title(session, actor, appointment_id, " ".join(signing_title.split()))
        return redirect(request, f"/quan-tri/chuc-vu/{post_id}", notice=_("Đã lưu. Dùng cho những lần ký từ nay."))

    @post("/{post_id:uuid}/thoi-giu/{appointment_id:uuid}", operation_id="EndAppointment", status_code=303)
    async def end(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        post_id: FromPath[UUID],
        appointment_id: FromPath[UUID],
    ) -> Redirect:
        """Let an appointment end on a day."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_post_page, request, session, actor, post_id), Conflict):
            last_day = form.day("last_day", _("Ngày cuối giữ chức vụ"), required=True)
            form.check()
            assert last_day is not None
            await operations.end_appointment(session, actor, appointment_id, last_day)
        notice = _("Đã ghi ngày cuối giữ chức vụ: {day:%d/%m/%Y}.", day=last_day)
        return redirect(request, f"/quan-tri/chuc-vu/{post_id}", notice=notice)

    @post("/{post_id:uuid}/huy/{appointment_id:uuid}", operation_id="CancelAppointment", status_code=303)
    async def cancel(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        post_id: FromPath[UUID],
        appointment_id: FromPath[UUID],
    ) -> Redirect:
        """Take back an appointment that has not begun."""
        async with shown_again(session, partial(_post_page, request, session, actor, post_id), Conflict):
            await operations.cancel_appointment(session, actor, appointment_id)
        return redirect(request, f"/quan-tri/chuc-vu/{post_id}", notice=_("Đã hủy việc giao chức vụ."))


def _read_post(form: FormReader) -> PostEntry:
    title = _name(form, "title", _("Tên chức vụ"))
    unit_id = form.uuid("unit", _("Bộ phận"), required=True)
    body_id = form.uuid("body", _("Cơ quan"))
    role_id = form.uuid("role", _("Vai trò"), required=True)
    position = _position(form)
    heads_unit = form.checked("heads_unit")
    form.check()
    assert unit_id is not None
    assert role_id is not None
    return PostEntry(title, unit_id, body_id, role_id, heads_unit, position)


async def _post_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    post_id: UUID | None = None,
    *,
    values: Mapping[str, Any] | None = None,
    appointing: Mapping[str, Any] | None = None,
    errors: Refusal | None = None,
) -> Template:
    actor.require(ADMINISTRATE)
    held = await session.find(Post, post_id) if post_id else None
    shown: dict[str, Any] = {}
    if held is not None:
        shown = {
            "title": held.title,
            "unit": str(held.unit_id),
            "body": str(held.body_id or ""),
            "role": str(held.role_id),
            "heads_unit": "1" if held.heads_unit else "",
            "position": held.position,
            "version": held.version,
        }
    else:
        shown = {"position": max((found.position for found in await repository.posts(session)), default=0) + 1}
    holdings = await repository.holdings(session, post_id=post_id) if post_id else []
    candidates = await repository.staff(session) if held is not None and held.closed_on is None else []
    return page(
        request,
        "office/post.html",
        status=_status(errors),
        post=held,
        units=_options(await people.units(session)),
        bodies=_options(await people.bodies(session)),
        roles=_options(await repository.roles(session)),
        holdings=[(holding, _standing(holding)) for holding in holdings],
        candidates={str(person.id): person.full_name for person in candidates if not _is_gone(person)},
        values=values or shown,
        appointing=appointing or {"held_from": f"{clock.today():%d/%m/%Y}"},
        errors=errors,
        events=_told(await timeline(session, post_id)) if post_id else [],
    )


def _standing(holding: Holding) -> Badge:
    today = clock.today()
    if holding.held_from > today:
        return Badge("info", _("Sắp tới"))
    if holding.held_to is not None and holding.held_to < today:
        return Badge("neutral", _("Đã thôi"))
    if holding.held_to is not None and holding.held_to - today <= _SOON:
        return Badge("warn", _("Sắp hết hạn"))
    return Badge("ok", _("Đang giữ"))


class StaffController(Controller):
    """The people of the organ and their accounts."""

    path = "/quan-tri/can-bo"

    @get("/", operation_id="ListMembers")
    async def index(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Everybody by given name: posts, user name, last sign-on."""
        actor.require(ADMINISTRATE)
        staff = await repository.staff(session)
        logins = await enrolment.logins(session)
        lines = [(person, logins.get(person.account_id), _presence(person)) for person in staff]
        return page(request, "office/members.html", lines=lines)

    @get("/moi", operation_id="NewMember")
    async def new(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form for a new person."""
        return await _enrol_page(request, session, actor)

    @post("/moi", operation_id="Enrol", status_code=200)
    async def enrol(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Make the account and show its password once, as a slip to print."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_enrol_page, request, session, actor, values=form.values), Conflict):
            full_name = _name(form, "full_name", _("Họ và tên"), most=100)
            username = form.text("username", _("Tên đăng nhập"), required=True, max=90)
            post_id = form.uuid("post", _("Chức vụ"))
            held_from = form.day("held_from", _("Giữ chức vụ từ ngày")) or clock.today()
            together = form.checked("together")
            form.check()
            person, account = await operations.enrol(
                session, actor, username, full_name, post_id, held_from, together=together
            )
        return _slip(request, person, account.username, account.one_time_password or "")

    @get("/{staff_id:uuid}", operation_id="ShowMember")
    async def show(self, request: HtmlRequest, session: Db, actor: Me, staff_id: FromPath[UUID]) -> Template:
        """One person: their posts in time, their account, and what can be done."""
        return await _member_page(request, session, actor, staff_id)

    @post("/{staff_id:uuid}", operation_id="Rename", status_code=303)
    async def rename(self, request: HtmlRequest, session: Db, actor: Me, staff_id: FromPath[UUID]) -> Redirect:
        """Correct the name."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_member_page, request, session, actor, staff_id, values=form.values), Conflict
        ):
            version, full_name = _version(form), _name(form, "full_name", _("Họ và tên"), most=100)
            form.check()
            await operations.rename(session, actor, staff_id, version, full_name)
        return redirect(request, f"/quan-tri/can-bo/{staff_id}", notice=_("Đã sửa họ và tên."))

    @post("/{staff_id:uuid}/chung-thu", operation_id="NoteCertificate", status_code=303)
    async def certificate(self, request: HtmlRequest, session: Db, actor: Me, staff_id: FromPath[UUID]) -> Redirect:
        """Write down until when their certificate is good."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_member_page, request, session, actor, staff_id, values=form.values), Conflict
        ):
            version = _version(form)
            ends_on = form.day("certificate_ends_on", _("Ngày hết hạn chứng thư"))
            form.check()
            await operations.note_certificate(session, actor, staff_id, version, ends_on)
        return redirect(request, f"/quan-tri/can-bo/{staff_id}", notice=_("Đã ghi ngày hết hạn chứng thư."))

    @post("/{staff_id:uuid}/tam-ngung", operation_id="Suspend", status_code=303)
    async def suspend(self, request: HtmlRequest, session: Db, actor: Me, staff_id: FromPath[UUID]) -> Redirect:
        """Shut them out at once."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_member_page, request, session, actor, staff_id, values=form.values), Conflict
        ):
            version, reason = _version(form), form.text("reason", _("Lý do"), required=True, max=300)
            form.check()
            await operations.suspend(session, actor, staff_id, version, reason)
        return redirect(request, f"/quan-tri/can-bo/{staff_id}", notice=_("Đã tạm ngừng truy cập."))

    @post("/{staff_id:uuid}/tro-lai", operation_id="Readmit", status_code=303)
    async def readmit(self, request: HtmlRequest, session: Db, actor: Me, staff_id: FromPath[UUID]) -> Redirect:
        """Let them in again."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_member_page, request, session, actor, staff_id), Conflict):
            version = _version(form)
            form.check()
            await operations.readmit(session, actor, staff_id, version)
        notice = _("Đã cho trở lại. Chức vụ đã thôi không tự trở lại: giao lại nếu cần.")
        return redirect(request, f"/quan-tri/can-bo/{staff_id}", notice=notice)

    @post("/{staff_id:uuid}/nghi", operation_id="Leave", status_code=303)
    async def leave(self, request: HtmlRequest, session: Db, actor: Me, staff_id: FromPath[UUID]) -> Redirect:
        """Let them leave after a day."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_member_page, request, session, actor, staff_id, values=form.values), Conflict
        ):
            version = _version(form)
            last_day = form.day("last_day", _("Ngày làm việc cuối cùng"), required=True)
            form.check()
            assert last_day is not None
            await operations.leave(session, actor, staff_id, version, last_day)
        notice = _("Đã ghi ngày làm việc cuối cùng: {day:%d/%m/%Y}.", day=last_day)
        return redirect(request, f"/quan-tri/can-bo/{staff_id}", notice=notice)

    @post("/{staff_id:uuid}/mat-khau", operation_id="RenewPassword", status_code=200)
    async def renew_password(self, request: HtmlRequest, session: Db, actor: Me, staff_id: FromPath[UUID]) -> Template:
        """A new one-time password, shown once as a slip to print."""
        async with shown_again(session, partial(_member_page, request, session, actor, staff_id), Conflict):
            person, printed = await operations.renew_password(session, actor, staff_id)
        login = (await enrolment.logins(session))[person.account_id]
        return _slip(request, person, login.username, printed)


def _slip(request: HtmlRequest, person: Staff, username: str, printed: str) -> Template:
    """The paper that is handed over: it stands in no cache and cannot be opened a second time."""
    shown = page(
        request,
        "office/slip.html",
        person=person,
        username=username,
        printed=printed,
        address=str(request.base_url).rstrip("/"),
    )
    shown.headers["Cache-Control"] = "no-store"
    return shown


def _presence(person: StaffLine | Staff) -> Badge:
    today = clock.today()
    if person.left_on is not None and person.left_on < today:
        return Badge("neutral", _("Đã nghỉ từ sau {day:%d/%m/%Y}", day=person.left_on))
    if person.suspended_on is not None:
        return Badge("late", _("Tạm ngừng từ {day:%d/%m/%Y}", day=person.suspended_on))
    if person.left_on is not None:
        return Badge("warn", _("Nghỉ sau {day:%d/%m/%Y}", day=person.left_on))
    return Badge("ok", _("Đang làm việc"))


async def _enrol_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Refusal | None = None,
) -> Template:
    actor.require(ADMINISTRATE)
    posts = await repository.posts(session)
    return page(
        request,
        "office/enrol.html",
        status=_status(errors),
        posts={str(post.id): post.label for post in posts},
        slug=actor.organ.slug,
        values=values or {"held_from": f"{clock.today():%d/%m/%Y}"},
        errors=errors,
    )


async def _member_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    staff_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Refusal | None = None,
) -> Template:
    actor.require(ADMINISTRATE)
    person = await staffing.person(session, staff_id)
    holdings = await repository.holdings(session, staff_id=staff_id)
    login = (await enrolment.logins(session)).get(person.account_id)
    return page(
        request,
        "office/member.html",
        status=_status(errors),
        person=person,
        presence=_presence(person),
        login=login,
        elsewhere=await enrolment.elsewhere(session, person.account_id),
        holdings=[(holding, _standing(holding)) for holding in holdings],
        values={
            "full_name": person.full_name,
            "certificate_ends_on": f"{person.certificate_ends_on:%d/%m/%Y}" if person.certificate_ends_on else "",
            "version": person.version,
        }
        | dict(values or {}),
        version=person.version,
        errors=errors,
        events=_told(await timeline(session, staff_id)),
    )


class SeriesController(Controller):
    """The books of documents: the numbers that they give next, the intake desk's book, terms and congresses."""

    path = "/quan-tri/so-van-ban"

    @get("/", operation_id="ListSeries")
    async def index(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Every series with its next number, and the forms that change what it gives."""
        return await _series_page(request, session, actor)

    @post("/dat-so", operation_id="SetOpeningNumber", status_code=303)
    async def set_number(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Let a series go on at a higher number."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_series_page, request, session, actor, values=form.values), Conflict):
            code = form.text("code", _("Sổ"), required=True, max=100)
            number = form.integer("next_number", _("Số tiếp theo"), required=True, min=1, max=999_999)
            reason = form.text("reason", _("Lý do"), required=True, max=300)
            form.check()
            assert number is not None
            line = await documents.set_opening_number(session, actor, code, number, reason)
        notice = _("Sổ {title} sẽ cấp tiếp số {number}.", title=line.title, number=line.next_number)
        return redirect(request, "/quan-tri/so-van-ban", notice=notice)

    @post("/so-den", operation_id="KeepCommonBook", status_code=303)
    async def keep_book(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """One incoming book for all bodies but UBKT, or each its own."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_series_page, request, session, actor), Conflict):
            kept = form.choice("book", _("Sổ văn bản đến"), ("common", "separate"))
            form.check()
            await documents.keep_common_book(session, actor, common=kept == "common")
        notice = _("Từ nay dùng sổ đến chung.") if kept == "common" else _("Từ nay mỗi cơ quan một sổ đến.")
        return redirect(request, "/quan-tri/so-van-ban", notice=notice)

    @post("/dai-hoi", operation_id="OpenCongress", status_code=303)
    async def open_congress(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Open a congress: its papers take their numbers from one series."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_series_page, request, session, actor, values=form.values), Conflict):
            label = form.text("congress", _("Tên đại hội"), required=True, max=100)
            opened_on = form.day("opened_on", _("Ngày khai mạc"), required=True)
            form.check()
            assert opened_on is not None
            await documents.open_congress(session, actor, label, opened_on)
        return redirect(request, "/quan-tri/so-van-ban", notice=_("Đã khai đại hội {label}.", label=label))

    @post("/nhiem-ky", operation_id="CloseTerm", status_code=303)
    async def close_term(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Close the congress and the term: the new term takes its numbers from 01."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_series_page, request, session, actor, values=form.values), Conflict):
            label = form.text("label", _("Nhiệm kỳ mới"), required=True, max=40)
            closed_on = form.day("closed_on", _("Ngày bế mạc đại hội"), required=True)
            first_meeting_on = form.day("first_meeting_on", _("Hội nghị lần thứ nhất"))
            form.check()
            assert closed_on is not None
            await documents.close_term(session, actor, label, closed_on, first_meeting_on)
        return redirect(request, "/quan-tri/so-van-ban", notice=_("Đã khai nhiệm kỳ {label}.", label=label))


class BodySeriesController(Controller):
    """How the documents of one body are numbered, and how what comes in goes to its leader."""

    path = "/quan-tri/so-van-ban/{body_id:uuid}"

    @get("/", operation_id="ShowBodySeries")
    async def show(self, request: HtmlRequest, session: Db, actor: Me, body_id: FromPath[UUID]) -> Template:
        """Which types share a series, and the forms to change that."""
        return await _body_series_page(request, session, actor, body_id)

    @post("/chia-so", operation_id="ShareSeries", status_code=303)
    async def share(self, request: HtmlRequest, session: Db, actor: Me, body_id: FromPath[UUID]) -> Redirect:
        """Let types take their numbers from another series."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_body_series_page, request, session, actor, body_id, values=form.values), Conflict
        ):
            types = form.texts("types")
            target = form.text("target", _("Lấy số ở sổ"), required=True, max=100)
            number = form.integer("next_number", _("Số tiếp theo"), min=1, max=999_999)
            form.check()
            await documents.share_series(session, actor, body_id, types, target, number)
        notice = _("Đã đổi sổ. Có hiệu lực từ số tiếp theo.")
        return redirect(request, f"/quan-tri/so-van-ban/{body_id}", notice=notice)

    @post("/tiep-nhan", operation_id="ChangeIntake", status_code=303)
    async def intake(self, request: HtmlRequest, session: Db, actor: Me, body_id: FromPath[UUID]) -> Redirect:
        """Whether the office head proposes first, and what goes on without the leader."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_body_series_page, request, session, actor, body_id, values=form.values)
        ):
            await documents.require_proposal(session, actor, body_id, required=form.checked("proposal"))
            await documents.route_directly(session, actor, body_id, form.texts("direct"))
        notice = _("Đã lưu cách trình văn bản đến. Áp dụng cho văn bản vào sổ từ nay.")
        return redirect(request, f"/quan-tri/so-van-ban/{body_id}", notice=notice)


async def _body_series_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    body_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Refusal | None = None,
) -> Template:
    if actor.organ.is_parent:  # it keeps no books here
        raise NotFound
    actor.require(ADMINISTRATE)
    books = await documents.body_books(session, actor, body_id)
    shown = {"proposal": "1" if books.proposal_required else "", "direct": sorted(books.direct)}
    return page(
        request,
        "office/body_series.html",
        status=_status(errors),
        body_id=body_id,
        books=books,
        targets={
            documents.ONE_NEW: _("Một sổ mới, chung cho các loại đã chọn"),
            documents.EACH_OWN: _("Mỗi loại một sổ riêng"),
            **{line.code: _("Sổ đang có: {title}", title=_short(line.title)) for line in books.series},
        },
        values=shown | dict(values or {}),
        errors=errors,
    )


def _short(title: str) -> str:
    """The first types of a series that has many."""
    names = title.split(", ")
    if len(names) <= 3:
        return title
    return _("{names} và {count} loại khác", names=", ".join(names[:3]), count=len(names) - 3)


def _is_running(line: documents.SeriesLine) -> bool:
    """Whether the series has given a number in its period; the intake books are shown from their first day."""
    return line.next_number > 1 or line.direction == "incoming"


async def _series_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Refusal | None = None,
) -> Template:
    if actor.organ.is_parent:  # it keeps no books here
        raise NotFound
    actor.require(ADMINISTRATE)
    actor.require(documents.CONFIGURE)
    series = await documents.series(session, actor)
    bodies = [body for body in await people.bodies(session) if body.in_use]
    terms = await documents.terms(session, actor)
    return page(
        request,
        "office/series.html",
        status=_status(errors),
        series=series,
        running=[line for line in series if _is_running(line)],
        unused=[line for line in series if not _is_running(line)],
        options={line.code: f"{', '.join(line.bodies)} – {_short(line.title)}" for line in series if line.period},
        bodies=bodies,
        common=any(line.direction == "incoming" and len(line.bodies) > 1 for line in series),
        terms=terms,
        congress=next((line for line in terms if line.kind == "congress" and line.closed_on is None), None),
        values=values or {},
        errors=errors,
    )
