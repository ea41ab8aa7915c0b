"""The acts on organs by name: what operators call them, their steps, and what carries them out."""

from collections.abc import Mapping
from uuid import UUID

from lienxa.platform.db.session import Database
from lienxa.platform.life import exporting, works
from lienxa.platform.life.models import OrganWork
from lienxa.platform.life.works import Kind
from lienxa.platform.text import _

KINDS: Mapping[str, Kind] = {
    "export": Kind(_("Xuất dữ liệu"), _("Đã xuất xong."), exporting.carry_out, exporting.STEPS),
}


async def carry_out(database: Database, work_id: UUID) -> OrganWork:
    """Do what was asked for; `database` is the operator's."""
    return await works.carry_out(database, KINDS, work_id)
