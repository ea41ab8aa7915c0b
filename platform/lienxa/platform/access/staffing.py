"""What a new organ's people stand on (bodies, units, roles, posts), and who joins and holds a post.

The catalogue is what the offices of the demonstration's articles have; afterwards it is the organ's own data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql

from lienxa.platform import ids
from lienxa.platform.access.actor import vietnamese_sort_key
from lienxa.platform.access.models import Appointment, Body, Post, Role, RolePermission, Staff, Unit
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, InvalidInput, NotFound
from lienxa.platform.module import Permission
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _


@dataclass(frozen=True)
class BodyPlan:
    """A body to begin with; the fields are those of `Body`."""

    code: str
    name: str
    symbol: str
    system: str


@dataclass(frozen=True)
class UnitPlan:
    """A unit to begin with."""

    code: str
    name: str
    symbol: str


@dataclass(frozen=True)
class PostPlan:
    """A post to begin with. `body` empty: it works for all bodies but UBKT, as a post of the common office does.

    `heads_unit`: its holder leads the unit.
    """

    code: str
    title: str
    role: str
    unit: str
    body: str | None = None
    heads_unit: bool = False


@dataclass(frozen=True)
class RolePlan:
    """A named job to begin with, and in a sentence what its holders are there for."""

    code: str
    name: str
    description: str


@dataclass(frozen=True)
class AccessPlan:
    """Everything an organ of one kind begins with, each in the order in which lists show it.

    Who holds several posts begins the day in the first of them: a chair of the People's Committee who is deputy
    secretary as well begins as chair.
    """

    bodies: tuple[BodyPlan, ...]
    units: tuple[UnitPlan, ...]
    roles: tuple[RolePlan, ...]
    posts: tuple[PostPlan, ...]


ADMINISTRATOR = RolePlan(
    "administrator",
    "Quản trị",
    "Giao chức vụ và tài khoản, đặt sổ và lịch, xem nhật ký; không vì thế mà xem được văn bản.",
)

COMMUNE = AccessPlan(
    bodies=(
        BodyPlan("party", "Đảng ủy", "ĐU", "party"),
        BodyPlan("inspection", "Ủy ban Kiểm tra Đảng ủy", "UBKT", "party"),
        BodyPlan("council", "Hội đồng nhân dân", "HĐND", "state"),
        BodyPlan("committee", "Ủy ban nhân dân", "UBND", "state"),
    ),
    units=(
        UnitPlan("lanh-dao", "Thường trực và lãnh đạo", "LĐ"),
        UnitPlan("van-phong", "Văn phòng", "VP"),
        UnitPlan("tu-phap", "Tư pháp - Hộ tịch", "TP"),
        UnitPlan("dia-chinh", "Địa chính - Xây dựng", "ĐC"),
        UnitPlan("van-hoa", "Văn hóa - Xã hội", "VH"),
        UnitPlan("tai-chinh", "Tài chính - Kế toán", "TC"),
        UnitPlan("mot-cua", "Bộ phận Một cửa", "MC"),
    ),
    roles=(
        RolePlan(
            "clerk",
            "Văn thư",
            "Vào sổ văn bản đến, kiểm tra thể thức, cấp số, đóng dấu, phát hành và giữ các sổ.",
        ),
        RolePlan(
            "office_head",
            "Tổ trưởng Văn phòng",
            "Đề xuất xử lý văn bản đến, kiểm tra dự thảo, xếp lịch họp, đôn đốc và phân công người thay thế.",
        ),
        RolePlan(
            "leader",
            "Lãnh đạo",
            "Cho ý kiến chỉ đạo, duyệt và ký văn bản, kết quả hồ sơ; ủy quyền cho người khác có thời hạn.",
        ),
        RolePlan(
            "specialist",
            "Chuyên viên",
            "Xử lý văn bản được giao, soạn dự thảo, giải quyết hồ sơ một cửa được chuyển đến.",
        ),
        RolePlan(
            "counter",
            "Một cửa",
            "Tiếp nhận hồ sơ một cửa, hẹn trả và trả kết quả cho người dân.",
        ),
        ADMINISTRATOR,
    ),
    posts=(
        PostPlan("bi-thu", "Bí thư Đảng ủy", "leader", "lanh-dao", "party"),
        PostPlan("chu-tich-hdnd", "Chủ tịch HĐND", "leader", "lanh-dao", "council"),
        PostPlan("chu-tich-ubnd", "Chủ tịch UBND", "leader", "lanh-dao", "committee"),
        PostPlan("pho-chu-tich-ubnd", "Phó Chủ tịch UBND", "leader", "lanh-dao", "committee"),
        PostPlan("pho-bi-thu", "Phó Bí thư Đảng ủy", "leader", "lanh-dao", "party"),
        PostPlan("chu-nhiem-ubkt", "Chủ nhiệm UBKT Đảng ủy", "leader", "lanh-dao", "inspection"),
        PostPlan("to-truong-van-phong", "Tổ trưởng Văn phòng", "office_head", "van-phong", heads_unit=True),
        PostPlan("van-thu", "Văn thư", "clerk", "van-phong"),
        PostPlan("van-thu-ubkt", "Văn thư UBKT", "clerk", "van-phong", "inspection"),
        PostPlan("chuyen-vien-tu-phap", "Công chức Tư pháp - Hộ tịch", "specialist", "tu-phap", "committee"),
        PostPlan("chuyen-vien-dia-chinh", "Công chức Địa chính - Xây dựng", "specialist", "dia-chinh", "committee"),
        PostPlan("chuyen-vien-van-hoa", "Công chức Văn hóa - Xã hội", "specialist", "van-hoa", "committee"),
        PostPlan("chuyen-vien-tai-chinh", "Công chức Tài chính - Kế toán", "specialist", "tai-chinh", "committee"),
        PostPlan("can-bo-mot-cua", "Cán bộ Một cửa", "counter", "mot-cua", "committee"),
        PostPlan("quan-tri", "Quản trị", "administrator", "van-phong"),
    ),
)


def plan_for(organ: Organ) -> AccessPlan:
    """What an organ begins with. A parent's Party committee is named after its level: Huyện ủy, Tỉnh ủy."""
    if not organ.is_parent:
        return COMMUNE
    level = organ.level_label.split()[0].capitalize()
    return AccessPlan(
        bodies=(
            BodyPlan("party", f"{level} ủy", f"{level[0]}U", "party"),
            BodyPlan("committee", "Ủy ban nhân dân", "UBND", "state"),
        ),
        units=(UnitPlan("van-phong", "Văn phòng", "VP"),),
        roles=(
            RolePlan(
                "director",
                "Lãnh đạo văn phòng",
                "Lãnh đạo văn phòng cấp trên: xem tổng hợp của các đơn vị, chốt số liệu hằng tháng.",
            ),
            RolePlan(
                "watcher",
                "Theo dõi tổng hợp",
                "Theo dõi tổng hợp và tiến độ của các đơn vị; không xem được hồ sơ, văn bản của đơn vị nào.",
            ),
            ADMINISTRATOR,
        ),
        posts=(
            PostPlan("chanh-van-phong", "Chánh Văn phòng", "director", "van-phong", heads_unit=True),
            PostPlan("theo-doi-tong-hop", "Chuyên viên theo dõi tổng hợp", "watcher", "van-phong"),
            PostPlan("quan-tri", "Quản trị", "administrator", "van-phong"),
        ),
    )


async def provision_access(session: TenantSession, organ: Organ, permissions: Sequence[Permission]) -> None:
    """Give a new organ its bodies, units, roles with the modules' default permissions, and posts.

    One statement a table. It runs once, in the transaction that creates the organ.
    """
    plan = plan_for(organ)
    body_ids = {body.code: ids.new_id() for body in plan.bodies}
    unit_ids = {unit.code: ids.new_id() for unit in plan.units}
    role_ids = {role.code: ids.new_id() for role in plan.roles}

    async def fill(model: type[Any], rows: list[dict[str, Any]]) -> None:
        if rows:
            # Without rendering nulls, rows that lack a value would become further statements.
            statement = insert(model).execution_options(render_nulls=True)
            await session.execute(statement, [{"tenant_id": session.tenant_id, **row} for row in rows])

    await fill(
        Body,
        [
            {"id": body_ids[body.code], **vars(body), "position": position}
            for position, body in enumerate(plan.bodies, start=1)
        ],
    )
    await fill(
        Unit,
        [
            {"id": unit_ids[unit.code], **vars(unit), "position": position}
            for position, unit in enumerate(plan.units, start=1)
        ],
    )
    await fill(Role, [{"id": role_ids[role.code], **vars(role)} for role in plan.roles])
    await fill(
        RolePermission,
        [
            {"role_id": role_ids[role], "permission": permission.name}
            for permission in permissions
            for role in permission.roles
            if role in role_ids
        ],
    )
    await fill(
        Post,
        [
            {
                "code": post.code,
                "title": post.title,
                "body_id": body_ids[post.body] if post.body else None,
                "unit_id": unit_ids[post.unit],
                "role_id": role_ids[post.role],
                "heads_unit": post.heads_unit,
                "position": position,
            }
            for position, post in enumerate(plan.posts, start=1)
        ],
    )


async def person(session: TenantSession, staff_id: UUID, *, lock: bool = False) -> Staff:
    """A person of this organ, or `NotFound`; another system that calls the API is none."""
    found = await session.find(Staff, staff_id, lock=lock)
    if found.is_service:
        raise NotFound
    return found


async def add_staff(session: TenantSession, account_id: UUID, full_name: str) -> Staff:
    """Make the holder of an account a person of this organ, still without a post; `Conflict` if they are one."""
    row = {
        "tenant_id": session.tenant_id,
        "id": ids.new_id(),
        "account_id": account_id,
        "full_name": full_name,
        "sort_key": vietnamese_sort_key(full_name),
    }
    insertion = postgresql.insert(Staff).values(**row).on_conflict_do_nothing().returning(Staff)
    staff: Staff | None = await session.scalar(insertion)
    if staff is None:
        raise Conflict(_("Tài khoản này đã là cán bộ của đơn vị."), remedy=_("Tìm người này trong danh sách cán bộ."))
    return staff


async def appoint(session: TenantSession, staff_id: UUID, post_code: str, held_from: date) -> Appointment:
    """Let a person of this organ (else `NotFound`) hold the post from that day on.

    `InvalidInput` on `post` if there is no such post, or if the person holds it already on or after that day.
    """
    await person(session, staff_id)
    post_id = await session.scalar(select(Post.id).where(Post.code == post_code))
    if post_id is None:
        raise InvalidInput.of(
            "post", _("Không có chức vụ “{code}”.", code=post_code), _("Chọn một chức vụ trong danh sách.")
        )
    held = await session.scalar(
        select(Appointment.id)
        .where(Appointment.staff_id == staff_id, Appointment.post_id == post_id)
        .where(Appointment.held_to.is_(None) | (Appointment.held_to >= held_from))
        .limit(1)
    )
    if held is not None:
        raise InvalidInput.of("post", _("Người này đang giữ chức vụ đó."), _("Chọn chức vụ khác hoặc ngày khác."))
    appointment = Appointment(staff_id=staff_id, post_id=post_id, held_from=held_from)
    session.add(appointment)
    await session.flush()
    return appointment
