"""What an archive was written in the middle of: nobody is at it after a restore."""

from lienxa.platform import clock
from lienxa.platform.db.session import TenantSession
from lienxa.tenants.documents.operations import brought, printed_books


async def give_up(session: TenantSession) -> list[str]:
    """Give up files of books that were being made and scans that were being read."""
    await brought.give_up(session, clock.now())
    return await printed_books.give_up_restored(session)
