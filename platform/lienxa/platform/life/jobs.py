"""Jobs of the life of organs, with the operator's login."""

from uuid import UUID

from lienxa.platform.db.session import Database
from lienxa.platform.jobs import control_actor
from lienxa.platform.module import Schedule
from lienxa.platform.text import _

SCHEDULES = (
    Schedule("life.end_dead", 60),
    Schedule("life.erase_due", 600),
    Schedule("life.forget_old_addresses", 24 * 3600),
    Schedule("life.sweep_archives", 24 * 3600),
)


@control_actor(title=_("Làm việc vận hành với một đơn vị"), queue="operator")
async def carry_out(database: Database, work_id: UUID) -> None:
    """Carry out the act that an operator asked for."""
    from lienxa.platform.life import acts

    await acts.carry_out(database, work_id)


@control_actor(title=_("Ghi nhận việc vận hành không làm được"), queue="operator")
async def end_dead(database: Database) -> None:
    """Say of acts whose message was put aside that they failed."""
    from lienxa.platform.life import acts

    await acts.end_dead(database, carry_out)


@control_actor(title=_("Xóa đơn vị đã hết thời gian chờ"), queue="operator")
async def erase_due(database: Database) -> None:
    """Erase the organs whose waiting period is over."""
    from lienxa.platform.life import erasing

    await erasing.carry_out_due(database)


@control_actor(title=_("Thôi dẫn từ địa chỉ cũ của đơn vị"), queue="operator")
async def forget_old_addresses(database: Database) -> None:
    """Free the addresses that organs have left long ago."""
    from lienxa.platform.life import moving

    await moving.forget_old_addresses(database)


@control_actor(title=_("Dọn tệp lưu xuất dở dang"), queue="operator")
async def sweep_archives(_database: Database) -> None:
    """Remove what exports that were killed left behind."""
    from lienxa.platform.life import exporting

    exporting.sweep()
