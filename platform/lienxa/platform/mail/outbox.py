"""The letters of the service: put down with what wants them, sent by a job, again with growing pauses."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete, or_, select

from lienxa.platform import clock, ids
from lienxa.platform.db.session import ControlSession, Database, TenantSession
from lienxa.platform.jobs import enqueue
from lienxa.platform.mail import jobs, letters, sending
from lienxa.platform.mail.letters import Letter
from lienxa.platform.mail.models import FAILED, PENDING, SENT, Mail
from lienxa.platform.mail.sending import Refused
from lienxa.platform.settings import Settings, get_settings
from lienxa.platform.text import _

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 6 * 60, 24 * 60))
KEPT_FOR = timedelta(days=90)
LISTED = 20

_log = structlog.get_logger()


def is_set_up(settings: Settings) -> bool:
    """Whether this installation sends mail."""
    return bool(settings.smtp_host and settings.mail_from)


async def put(session: TenantSession | ControlSession, receiver: str, letter: Letter) -> UUID:
    """Send the letter once this transaction has committed; of an organ if the session is one's."""
    mail = Mail(
        id=ids.new_id(),
        tenant_id=session.tenant_id if isinstance(session, TenantSession) else None,
        receiver=receiver,
        subject=letters.one_line(letter.subject),
        text=letter.text,
        html=letter.html,
        state=PENDING,
        written_at=clock.now(),
    )
    session.add(mail)
    await session.flush()
    await enqueue(session, jobs.attempt, mail.id)
    return mail.id


async def attempt(database: Database, mail_id: UUID) -> None:
    """Try once, with no transaction open meanwhile: a mail server may take its time."""
    settings = get_settings()
    async with database.control() as control:
        mail = await control.get(Mail, mail_id)
    if mail is None or mail.state != PENDING:
        return
    refused = await _send(settings, mail)
    async with database.control() as control:
        written = await control.get(Mail, mail_id, with_for_update=True)
        if written is None or written.state != PENDING:
            return
        written.tries += 1
        written.error = refused.reason if refused else ""
        if refused is None:
            written.state, written.ended_at = SENT, clock.now()
        elif refused.final or written.tries > len(PAUSES):
            written.state, written.ended_at = FAILED, clock.now()
        else:
            await enqueue(control, jobs.attempt, mail_id, delay=PAUSES[written.tries - 1])
    if refused:
        _log.warning("mail not taken", mail=str(mail_id), tenant=str(mail.tenant_id or ""), final=refused.final)


async def latest(session: TenantSession | ControlSession) -> Sequence[Mail]:
    """The letters of the session's organ, or of the installation itself, the last first."""
    organ = session.tenant_id if isinstance(session, TenantSession) else None
    query = select(Mail).where(Mail.tenant_id.is_not_distinct_from(organ)).order_by(Mail.id.desc()).limit(LISTED)
    return (await session.scalars(query)).all()


async def troubled(session: TenantSession) -> Sequence[Mail]:
    """The letters of the organ that were refused in the last month, or wait since a try that did not succeed.

    A later letter that was taken at the same address settles the earlier ones.
    """
    later = Mail.__table__.alias("later")
    settled = (
        select(later.c.id)
        .where(
            later.c.tenant_id == Mail.tenant_id,
            later.c.receiver == Mail.receiver,
            later.c.state == SENT,
            later.c.id > Mail.id,
        )
        .exists()
    )
    query = (
        select(Mail)
        .where(
            Mail.tenant_id == session.tenant_id,
            or_(Mail.state == FAILED, (Mail.state == PENDING) & (Mail.tries > 0)),
            Mail.written_at > clock.now() - timedelta(days=30),
            ~settled,
        )
        .order_by(Mail.id.desc())
        .limit(LISTED)
    )
    return (await session.scalars(query)).all()


async def count_troubled(control: ControlSession) -> int:
    """How many letters of the whole installation were refused, or wait since a first try, in the last week."""
    query = select(Mail.id).where(
        or_(Mail.state == FAILED, (Mail.state == PENDING) & (Mail.tries > 0)),
        Mail.written_at > clock.now() - timedelta(days=7),
    )
    return len((await control.scalars(query.limit(1000))).all())


async def forget(control: ControlSession) -> None:
    """Drop what is older than `KEPT_FOR`."""
    await control.execute(delete(Mail).where(Mail.written_at < clock.now() - KEPT_FOR))


async def _send(settings: Settings, mail: Mail) -> Refused | None:
    if not is_set_up(settings):
        return Refused(_("Hệ thống chưa đặt máy chủ thư (LIENXA_SMTP_HOST, LIENXA_MAIL_FROM)."), final=False)
    try:
        message = letters.message(
            mail_id=mail.id,
            sender=settings.mail_from,
            receiver=mail.receiver,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            written_at=mail.written_at,
        )
    except ValueError:
        return Refused(_("Địa chỉ thư không đọc được."), final=True)
    return await asyncio.to_thread(sending.send, settings, message)
