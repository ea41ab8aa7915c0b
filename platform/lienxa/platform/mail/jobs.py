"""The jobs of mail."""

from uuid import UUID

from lienxa.platform.db.session import Database
from lienxa.platform.jobs import control_actor
from lienxa.platform.module import Schedule
from lienxa.platform.text import _

# `outbox` wants these jobs itself, so they import it where they run.
SCHEDULES = (Schedule("mail.forget_mail", 24 * 3600),)


@control_actor(title=_("Gửi thư điện tử"))
async def attempt(database: Database, mail_id: UUID) -> None:
    """Send one letter once. Killed behind the sending it is sent again, under the same identifier."""
    from lienxa.platform.mail import outbox

    await outbox.attempt(database, mail_id)


@control_actor(title=_("Bỏ thư cũ đã gửi"))
async def forget_mail(database: Database) -> None:
    """Drop old letters."""
    from lienxa.platform.mail import outbox

    async with database.control() as control:
        await outbox.forget(control)
