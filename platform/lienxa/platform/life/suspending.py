"""An organ that may only be read for a while, and one that works again."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from lienxa.platform.db.session import ControlSession, Database
from lienxa.platform.errors import Conflict, NotFound
from lienxa.platform.life.models import Erasure, OrganWork
from lienxa.platform.life.works import Progress
from lienxa.platform.tenancy.models import Succession, Tenant
from lienxa.platform.tenancy.organs import organ_of
from lienxa.platform.text import _


async def suspend(database: Database, work: OrganWork, _progress: Progress) -> Mapping[str, Any]:
    """Let the organ be read alone; nothing changes if it is so already. `Conflict` while work passes to it."""
    async with database.control() as control:
        tenant = await locked(control, work.tenant_id)
        check_at_work(tenant)
        await check_not_passing(control, tenant)
        tenant.state = "suspended"
    return {}


async def resume(database: Database, work: OrganWork, _progress: Progress) -> Mapping[str, Any]:
    """Let the organ work again. `Conflict` while its end is decided, or if others follow it."""
    async with database.control() as control:
        tenant = await locked(control, work.tenant_id)
        check_at_work(tenant)
        if await open_erasure(control, tenant.id):
            raise Conflict(
                _("{name} đang chờ xóa.", name=organ_of(tenant).title), remedy=_("Rút lại quyết định xóa trước.")
            )
        if await control.scalar(select(Succession.successor_id).where(Succession.predecessor_id == tenant.id).limit(1)):
            raise Conflict(
                _("{name} đã bàn giao cho đơn vị kế tục.", name=organ_of(tenant).title),
                remedy=_("Làm việc tiếp ở đơn vị kế tục; đơn vị này chỉ để đọc."),
            )
        tenant.state = "active"
    return {}


async def locked(control: ControlSession, organ_id: UUID | None) -> Tenant:
    """The organ's row, ours until the transaction ends; tables that point at it are not kept waiting."""
    tenant = await control.get(Tenant, organ_id, with_for_update={"key_share": True}) if organ_id else None
    if tenant is None or tenant.state == "erased":
        raise NotFound(_("Không có đơn vị này."))
    return tenant


def check_at_work(tenant: Tenant) -> None:
    """`Conflict` for an organ that is being made or erased."""
    if tenant.state not in ("active", "suspended"):
        raise Conflict(
            _("{name} đang được chuẩn bị hoặc đang bị xóa.", name=organ_of(tenant).title),
            remedy=_("Xem tiến độ rồi làm lại."),
        )


async def check_not_passing(control: ControlSession, tenant: Tenant) -> None:
    """`Conflict` while the organ gives or takes in a merger or a split that is not done."""
    either = or_(Succession.predecessor_id == tenant.id, Succession.successor_id == tenant.id)
    if await control.scalar(select(Succession.work_id).where(either, Succession.done_at.is_(None)).limit(1)):
        raise Conflict(
            _("{name} đang bàn giao hoặc nhận bàn giao.", name=organ_of(tenant).title),
            remedy=_("Chờ việc sáp nhập, chia tách xong, hoặc làm tiếp cho xong."),
        )


async def open_erasure(control: ControlSession, organ_id: UUID) -> Erasure | None:
    """The decision to erase the organ that is not called back, nor carried out."""
    query = select(Erasure).where(Erasure.tenant_id == organ_id, Erasure.state.in_(("waiting", "erasing")))
    return await control.scalar(query)
