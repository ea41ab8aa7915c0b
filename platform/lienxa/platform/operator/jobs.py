"""Jobs of the operator: they run with its login, in the worker of the queue `operator` alone."""

from lienxa.platform.db.session import Database
from lienxa.platform.jobs import control_actor
from lienxa.platform.settings import get_settings


@control_actor(queue="operator")
async def make_demonstration(database: Database) -> None:
    """Make the organs of the demonstration that are announced and not complete."""
    from lienxa.platform.operator import demo

    await demo.make_rest(database, get_settings())
