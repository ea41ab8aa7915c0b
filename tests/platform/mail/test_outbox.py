"""Letters are sent once, again while the server is away, and given up with its reason when it says so."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select

from lienxa.platform import clock
from lienxa.platform.db.session import Database
from lienxa.platform.mail import outbox
from lienxa.platform.mail.letters import Letter
from lienxa.platform.mail.models import FAILED, PENDING, SENT, Mail
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ

LETTER = Letter("Thử", ["Thư thử."])


async def put(database: Database, organ: Organ, receiver: str = "nhan@lam-son.example") -> UUID:
    async with database.tenant(organ.id) as session:
        return await outbox.put(session, receiver, LETTER)


async def state_of(database: Database, mail_id: UUID) -> tuple[str, int, str]:
    async with database.control() as control:
        mail = (await control.scalars(select(Mail).where(Mail.id == mail_id))).one()
        return mail.state, mail.tries, mail.error


def wanted(owner_dsn: str) -> int:
    """How many attempts wait in the queue."""
    with psycopg.connect(owner_dsn) as connection:
        query = "select count(*)::int from control.job_queue where message->>'actor_name' = 'mail.attempt'"
        return int(connection.execute(query).fetchone()[0])  # type: ignore[index]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Settings], None]:
    """Let the outbox work with these settings."""
    return lambda settings: monkeypatch.setattr(outbox, "get_settings", lambda: settings)


async def test_a_letter_that_was_taken_is_not_sent_again(
    database: Database, lam_son: Organ, mail_server: Any, mail_settings: Any, use: Any, owner_dsn: str
) -> None:
    mailbox = mail_server()
    use(mail_settings(mailbox))
    mail_id = await put(database, lam_son)
    assert wanted(owner_dsn) == 1
    await outbox.attempt(database, mail_id)
    await outbox.attempt(database, mail_id)
    assert await state_of(database, mail_id) == (SENT, 1, "")
    assert len(mailbox.taken) == 1


async def test_while_the_server_is_away_it_is_wanted_again_and_arrives(
    database: Database,
    lam_son: Organ,
    giang_son_tay: Organ,
    mail_server: Any,
    mail_settings: Any,
    use: Any,
    owner_dsn: str,
) -> None:
    use(mail_settings(1))
    mail_id = await put(database, lam_son)
    await outbox.attempt(database, mail_id)
    state, tries, error = await state_of(database, mail_id)
    assert (state, tries) == (PENDING, 1)
    assert "ConnectionRefusedError" in error
    assert wanted(owner_dsn) == 2
    async with database.tenant(lam_son.id) as session:
        assert [mail.id for mail in await outbox.troubled(session)] == [mail_id]
    async with database.tenant(giang_son_tay.id) as session:
        assert await outbox.troubled(session) == []
    use(mail_settings(mail_server()))
    await outbox.attempt(database, mail_id)
    assert await state_of(database, mail_id) == (SENT, 2, "")
    async with database.tenant(lam_son.id) as session:
        assert await outbox.troubled(session) == []


async def test_a_refusal_for_good_ends_it_with_the_reason(
    database: Database, lam_son: Organ, mail_server: Any, mail_settings: Any, use: Any, owner_dsn: str
) -> None:
    mailbox = mail_server(answers={"nhan@lam-son.example": "550 5.1.1 Khong co hop thu nay"})
    use(mail_settings(mailbox))
    mail_id = await put(database, lam_son)
    await outbox.attempt(database, mail_id)
    assert await state_of(database, mail_id) == (FAILED, 1, "550 5.1.1 Khong co hop thu nay")
    assert wanted(owner_dsn) == 1
    async with database.tenant(lam_son.id) as session:
        assert [mail.error for mail in await outbox.troubled(session)] == ["550 5.1.1 Khong co hop thu nay"]


async def test_it_is_not_tried_for_ever(database: Database, lam_son: Organ, mail_settings: Any, use: Any) -> None:
    use(mail_settings(1))
    mail_id = await put(database, lam_son)
    for _try in range(len(outbox.PAUSES) + 3):
        await outbox.attempt(database, mail_id)
    assert (await state_of(database, mail_id))[:2] == (FAILED, len(outbox.PAUSES) + 1)


async def test_old_letters_are_forgotten(database: Database, lam_son: Organ) -> None:
    with clock.fixed_at(clock.now() - outbox.KEPT_FOR - timedelta(days=1)):
        await put(database, lam_son)
    kept = await put(database, lam_son)
    async with database.control() as control:
        await outbox.forget(control)
    async with database.control() as control:
        assert (await control.scalars(select(Mail.id))).all() == [kept]
