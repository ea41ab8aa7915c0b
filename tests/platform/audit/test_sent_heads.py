"""Heads by mail: what was received holds against the trail, and tells who changed it since."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest

from lienxa.platform.access.actor import Actor
from lienxa.platform.audit import heads, jobs, repository, sealing, sent_heads
from lienxa.platform.audit.sent_heads import Answer, SentHead
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.mail import outbox
from lienxa.platform.settings import Settings, get_settings
from lienxa.platform.tenancy.organs import Organ

KEY = secrets.token_bytes(32)


@pytest.fixture
async def sealed(database: Database, lam_son: Organ, clerk: Actor) -> Organ:
    """Lam Sơn with five sealed events."""
    async with database.tenant(lam_son.id) as session:
        for number in range(5):
            repository.record(session, clerk, "documents.register", "document", uuid4(), {"number": number})
    async with database.tenant(lam_son.id) as session:
        assert await sealing.seal(session, [KEY]) == 5
    return lam_son


async def head_of_today(database: Database, organ: Organ) -> SentHead:
    """What is sent today, with no transaction left open: the owner is about to tamper with the tables."""
    async with database.tenant(organ.id) as session:
        return sent_heads.signed([KEY], organ.id, await sealing.last_head(session))


@pytest.fixture
async def session(database: Database, sealed: Organ) -> AsyncIterator[TenantSession]:
    async with database.tenant(sealed.id) as opened:
        yield opened


@pytest.fixture
async def sent(session: TenantSession) -> SentHead:
    """The head of today, as it was sent."""
    return sent_heads.signed([KEY], session.tenant_id, await sealing.last_head(session))


def test_it_is_read_from_a_letter_however_it_was_folded(sent: SentHead, lam_son: Organ) -> None:
    letter = sent_heads.letter(lam_son, sent, "http://lam-son.localhost:8000")
    assert list(sent_heads.read(letter.text)) == [sent]
    folded = "> " + sent.line.replace(" ", "\n> ") + "\n> Trân trọng"
    assert list(sent_heads.read(folded)) == [sent]
    assert list(sent_heads.read(sent.line[:-1])) == []
    assert list(sent_heads.read(sent.line.replace(str(sent.day), "2026-13-41"))) == []


async def test_an_untouched_trail_holds_also_when_it_went_on(
    session: TenantSession, sent: SentHead, clerk: Actor
) -> None:
    assert await sent_heads.compare(session, [KEY], sent) is Answer.HOLDS
    repository.record(session, clerk, "documents.register", "document", uuid4(), {})
    await session.flush()
    assert await sealing.seal(session, [KEY]) == 1
    assert await sent_heads.compare(session, [KEY], sent) is Answer.HOLDS


async def test_who_has_the_key_and_makes_the_chain_anew_is_found(
    database: Database, sealed: Organ, owner_dsn: str
) -> None:
    sent = await head_of_today(database, sealed)
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("insert into control.audit_unsealed select tenant_id, event_id from app.audit_seal")
        connection.execute("delete from app.audit_seal")
        connection.execute("update app.audit_event set staff_name = 'x' where detail->>'number' = '2'")
    async with database.tenant(sealed.id) as session:
        assert await sealing.seal(session, [KEY]) == 5
        assert await sealing.verify(session, [KEY]) == []  # the chain itself looks sound
        assert await sent_heads.compare(session, [KEY], sent) is Answer.CHANGED


async def test_a_cut_end_is_found(database: Database, sealed: Organ, owner_dsn: str) -> None:
    sent = await head_of_today(database, sealed)
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(
            "delete from app.audit_event where id in (select event_id from app.audit_seal where number > 3)"
        )
        connection.execute("delete from app.audit_seal where number > 3")
    async with database.tenant(sealed.id) as session:
        assert await sealing.verify(session, [KEY]) == []
        assert await sent_heads.compare(session, [KEY], sent) is Answer.CUT_OFF


async def test_an_invented_line_and_one_of_another_organ_say_nothing(
    session: TenantSession, sent: SentHead, giang_son_tay: Organ
) -> None:
    other_day = replace(sent, day=sent.day.replace(year=2020))
    assert await sent_heads.compare(session, [KEY], other_day) is Answer.FORGED
    theirs = sent_heads.signed([KEY], giang_son_tay.id, sent.head)
    assert await sent_heads.compare(session, [KEY], theirs) is Answer.ELSEWHERE


async def test_new_heads_go_to_the_organs_receivers_and_to_those_of_the_installation(
    database: Database, sealed: Organ, giang_son_tay: Organ, monkeypatch: pytest.MonkeyPatch, owner_dsn: str
) -> None:
    wanted = {"smtp_host": "127.0.0.1", "mail_from": "a@lien-xa.example", "heads_to": "tinh@noi-khac.example"}
    settings: Settings = get_settings().model_copy(update=wanted)
    monkeypatch.setattr(jobs, "get_settings", lambda: settings)
    monkeypatch.setattr(heads, "is_new", lambda tenant_id, head: head.number > 0 and not published)
    published: list[sealing.Head] = []
    monkeypatch.setattr(heads, "publish", lambda tenant_id, head: published.append(head))
    async with database.tenant(sealed.id) as session:
        await sent_heads.set_receivers(session, ["huyen@do-luong.example"])
    for _day in range(2):
        await jobs.publish_heads(database)
    with psycopg.connect(owner_dsn) as connection:
        rows = connection.execute("select tenant_id, receiver, text from control.mail order by receiver").fetchall()
    async with database.tenant(sealed.id) as session:
        head = await sealing.last_head(session)
        assert await sent_heads.receivers(session) == ["huyen@do-luong.example"]
    async with database.tenant(giang_son_tay.id) as session:
        assert await sent_heads.receivers(session) == []
        assert await outbox.latest(session) == []
    assert [(tenant, receiver) for tenant, receiver, _text in rows] == [
        (sealed.id, "huyen@do-luong.example"),
        (None, "tinh@noi-khac.example"),
    ]
    assert sent_heads.signed(settings.audit_keys, sealed.id, head) in set(sent_heads.read(rows[0][2])) & set(
        sent_heads.read(rows[1][2])
    )
    assert f"http://lam-son.localhost:8000{sent_heads.PAGE}" in rows[0][2]
