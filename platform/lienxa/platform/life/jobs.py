"""Jobs of the life of organs, with the operator's login."""

from uuid import UUID

from lienxa.platform.db.session import Database
from lienxa.platform.jobs import control_actor
from lienxa.platform.text import _


@control_actor(title=_("Làm việc vận hành với một đơn vị"), queue="operator")
async def carry_out(database: Database, work_id: UUID) -> None:
    """Carry out the act that an operator asked for."""
    from lienxa.platform.life import acts

    await acts.carry_out(database, work_id)
