"""Another address for an organ. Its slug stays: issuers, commands and archives know it by that."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update

from lienxa.platform import clock
from lienxa.platform.db.session import ControlSession, Database
from lienxa.platform.errors import Conflict
from lienxa.platform.life.models import OrganWork
from lienxa.platform.life.suspending import check_at_work, locked
from lienxa.platform.life.works import Progress
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.models import Tenant, TenantHost
from lienxa.platform.tenancy.organs import check_host
from lienxa.platform.text import _


async def carry_out(database: Database, work: OrganWork, _progress: Progress) -> Mapping[str, Any]:
    """Answer at another host from now on; the old one leads there for a time.

    Sessions live in cookies of the old host alone, which nothing reads any more: people sign on at the new one.
    """
    host = check_host(str(work.wanted["host"]).strip().lower(), get_settings())
    async with database.control() as control:
        tenant = await locked(control, work.tenant_id)
        check_at_work(tenant)
        await _take(control, tenant, host)
    return {"host": host}


async def _take(control: ControlSession, tenant: Tenant, host: str) -> None:
    taken = await control.get(TenantHost, host)
    if taken is not None and taken.tenant_id != tenant.id:
        raise Conflict(_("Địa chỉ {host} đã có đơn vị dùng.", host=host), remedy=_("Chọn địa chỉ khác."))
    if taken is not None and taken.retired_until is None:
        return
    until = clock.now() + timedelta(days=get_settings().old_address_days)
    current = update(TenantHost).where(TenantHost.tenant_id == tenant.id, TenantHost.retired_until.is_(None))
    await control.execute(current.values(retired_until=until))
    if taken is not None:
        taken.retired_until = None
    else:
        control.add(TenantHost(host=host, tenant_id=tenant.id))
    await control.flush()


async def forget_old_addresses(database: Database) -> None:
    """Free the addresses that have led on for long enough."""
    async with database.control() as control:
        await control.execute(delete(TenantHost).where(TenantHost.retired_until < clock.now()))
