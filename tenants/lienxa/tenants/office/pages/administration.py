"""What an organ's administrator can set up, who may do what, name and emblem, below `/quan-tri`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from litestar import Controller, get, post
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.db.base import AnyRow
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict
from lienxa.platform.imports import operations as imports
from lienxa.platform.module import all_modules
from lienxa.platform.readiness import phases
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.webhooks.delivery import PAGES
from lienxa.tenants.documents import api as documents
from lienxa.tenants.office import operations, repository, rules
from lienxa.tenants.office.pages import attention, readiness, receivers
from lienxa.tenants.office.pages.common import Db, HtmlRequest, Me, Refusal, read_version, status
from lienxa.tenants.office.pages.connections import badge
from lienxa.tenants.office.permissions import ADMINISTRATE
from lienxa.tenants.office.schemas import PostLine, ProfileEntry


@dataclass(frozen=True)
class Part:
    """A thing that can be set up: what it is, how much of it there is, and what is missing."""

    title: str
    path: str
    icon: str
    state: str
    warnings: Sequence[str] = ()


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
            version = read_version(form)
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
    posts, known = await repository.posts(session), await attention.known(session)
    staff = known.staff
    profile = await repository.profile(session)
    never = sum(login.signed_in_at is None for login in known.logins.values())
    present = [person for person in staff if not rules.has_left(person.left_on, clock.today())]
    return [
        await _attention(session, known),
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
        Part(_("Sẵn sàng hoạt động"), readiness.PATH, "list-check", phases.PHASES[actor.organ.phase]),
        Part(_("Nhật ký"), "/quan-tri/nhat-ky", "history", _("Ai đã làm gì, mở tệp nào, bị từ chối việc gì")),
        Part(_("Ủy quyền, thay thế"), "/uy-quyen", "switch-horizontal", _("Ai được làm việc của ai, đến ngày nào")),
        *_parts_of_modules(actor),
        _connections(known.accounts),
        _receivers(known.receivers),
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


async def _attention(session: TenantSession, known: attention.Known) -> Part:
    found = await attention.sections(session, known)
    count = sum(len(section.matters) for section in found)
    warnings = [
        _("{title}: {count}", title=section.title, count=len(section.matters)) for section in found if section.matters
    ]
    return Part(_("Việc cần chú ý"), attention.PATH, "alert-triangle", _("{count} mục", count=count), warnings)


def _connections(accounts: Sequence[AnyRow]) -> Part:
    rows = [row for row in accounts if row.ServiceAccount.revoked_at is None]
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


def _receivers(subscriptions: Sequence[AnyRow]) -> Part:
    rows = [row.WebhookSubscription for row in subscriptions]
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
        status=status(errors),
        values=values or shown,
        errors=errors,
        emblem_id=found.emblem_id if found else None,
    )
