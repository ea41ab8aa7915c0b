"""Who has a transaction open in the database."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# A login sees the times of its own sessions alone, so that this is asked with the application's rights.
_OPEN_BEFORE = text("""
    select count(*) from pg_stat_activity
    where datname = current_database() and usename = 'lx_app' and xact_start < :moment
""")


async def moment(connection: AsyncConnection) -> datetime:
    """What the database's own clock says, by which it tells when transactions began."""
    found: datetime = (await connection.execute(text("select clock_timestamp()"))).scalar_one()
    return found


async def open_before(connection: AsyncConnection, moment: datetime) -> int:
    """How many transactions of the application began before that moment and have not ended."""
    return int((await connection.execute(_OPEN_BEFORE, {"moment": moment})).scalar_one())
