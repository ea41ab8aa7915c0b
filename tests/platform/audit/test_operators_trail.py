"""The operators' trail is sealed as those of the organs are, under a place of its own."""

import secrets
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from lienxa.platform.audit import heads, jobs, operators, sealing, sent_heads
from lienxa.platform.audit.operators import OPERATORS
from lienxa.platform.audit.sent_heads import Answer, SentHead
from lienxa.platform.db.session import Database
from lienxa.platform.settings import Settings, get_settings
from lienxa.platform.tenancy.organs import Organ

KEY = secrets.token_bytes(32)


@pytest.fixture
async def head(operator_database: Database, database: Database) -> sealing.Head:
    """The end of a trail of five lines; the first two are of other logins."""
    async with operator_database.control() as control:
        operators.note(control, "tren-may", "operator.added")
    for number in range(2, 6):
        async with database.control() as control:
            operators.note(control, "van-hanh", "organ.suspend_asked", detail=f"việc {number}")
    async with database.control() as control:
        await sealing.seal(control, [KEY])
        return await sealing.last_head(control)


async def kinds(database: Database, *published: sealing.Head) -> set[str]:
    async with database.control() as control:
        return {fault.kind for fault in await sealing.verify(control, [KEY], published)}


def as_administrator(owner_dsn: str, *statements: str) -> None:
    """What who administrates the database can do, past every trigger."""
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("set session_replication_role = replica")
        for statement in statements:
            connection.execute(statement.encode())


async def test_an_untouched_trail_has_no_fault_also_when_it_goes_on(database: Database, head: sealing.Head) -> None:
    assert head.number == 5
    assert await kinds(database, head) == set()
    async with database.control() as control:
        operators.note(control, "van-hanh", "operator.signed_in")
    assert await kinds(database, head) == set(), "what waits for its seal is no fault"
    async with database.control() as control:
        assert await sealing.seal(control, [KEY]) == 1
    assert await kinds(database, head) == set()


THIRD = "(select event_id from control.operator_seal where number = 3)"


@pytest.mark.parametrize(
    ("attack", "found"),
    [
        (f"update control.operator_event set operator = 'x' where id = {THIRD}", "changed"),
        (f"update control.operator_event set detail = '' where id = {THIRD}", "changed"),
        (f"update control.operator_event set at = at - interval '1 day' where id = {THIRD}", "changed"),
        (f"delete from control.operator_event where id = {THIRD}", "event removed"),
        ("delete from control.operator_seal where number = 3", "missing"),
        ("delete from control.operator_seal where number = 5", "never sealed"),
        (
            "insert into control.operator_event (id, at, operator, action, detail) "
            "values (gen_random_uuid(), now(), 'x', 'operator.added', '')",
            "never sealed",
        ),
        (
            "with new as (insert into control.operator_event (id, at, operator, action, detail) "
            "values (gen_random_uuid(), now(), 'x', 'operator.added', '') returning id), "
            "last as (select * from control.operator_seal where number = 5) "
            "insert into control.operator_seal select 6, new.id, sealed_at, mac, key_id from new, last",
            "changed",
        ),
        (
            "with two as (select number, event_id, 6 - number as other from control.operator_seal "
            "where number in (2, 4)) update control.operator_seal s set event_id = two.event_id "
            "from two where s.number = two.other",
            "changed",
        ),
    ],
    ids=["name", "detail", "moment", "deleted", "seal deleted", "end", "inserted", "inserted with a seal", "reordered"],
)
async def test_what_is_changed_deleted_inserted_or_reordered_is_found(
    database: Database, head: sealing.Head, owner_dsn: str, attack: str, found: str
) -> None:
    as_administrator(owner_dsn, "alter table control.operator_seal drop constraint operator_seal_event_id_key", attack)
    assert found in await kinds(database)


async def test_a_cut_off_end_is_found_by_its_published_head(
    database: Database, head: sealing.Head, owner_dsn: str
) -> None:
    last = "delete from control.operator_event where id = (select event_id from control.operator_seal where number = 5)"
    as_administrator(owner_dsn, last, "delete from control.operator_seal where number = 5")
    assert await kinds(database) == set()
    assert await kinds(database, head) == {"cut off"}
    async with database.control() as control:
        sent = sent_heads.signed([KEY], OPERATORS, head)
        assert await sent_heads.compare(control, [KEY], sent) is Answer.CUT_OFF


async def test_neither_login_can_change_it(database: Database, operator_database: Database) -> None:
    verbs = ("delete from control.{}", "truncate control.{}", "update control.{} set id = id")
    tried = [verb.format(table) for table in ("operator_event", "operator_seal") for verb in verbs]
    tried[-1] = tried[-1].replace("id = id", "mac = mac")
    for login in (database, operator_database):
        for statement in tried:
            with pytest.raises(ProgrammingError, match="permission denied"):
                async with login.control() as control:
                    await control.execute(text(statement))


async def test_an_organs_letter_says_nothing_of_the_operators(
    database: Database, head: sealing.Head, lam_son: Organ
) -> None:
    async with database.control() as control:
        theirs = sent_heads.signed([KEY], lam_son.id, head)
        assert await sent_heads.compare(control, [KEY], theirs) is Answer.ELSEWHERE
        ours = sent_heads.signed([KEY], OPERATORS, head)
        assert await sent_heads.compare(control, [KEY], ours) is Answer.HOLDS
    async with database.tenant(lam_son.id) as session:
        assert await sent_heads.compare(session, [KEY], ours) is Answer.ELSEWHERE


async def test_the_jobs_seal_publish_and_send_it(
    database: Database, operator_database: Database, monkeypatch: pytest.MonkeyPatch, owner_dsn: str
) -> None:
    wanted = {"smtp_host": "127.0.0.1", "mail_from": "a@lien-xa.example", "heads_to": "tinh@noi-khac.example"}
    settings: Settings = get_settings().model_copy(update=wanted)
    monkeypatch.setattr(jobs, "get_settings", lambda: settings)
    published: dict[UUID, sealing.Head] = {}
    monkeypatch.setattr(heads, "is_new", lambda place, head: head.number > 0 and published.get(place) != head)
    monkeypatch.setattr(heads, "publish", published.__setitem__)
    async with operator_database.control() as control:
        operators.note(control, "tren-may", "operator.added")
    await jobs.seal_events(database)
    for _day in range(2):
        await jobs.publish_heads(database)
    async with database.control() as control:
        assert await sealing.verify(control, settings.audit_keys, list(published.values())) == []
        assert published == {OPERATORS: await sealing.last_head(control)}
    with psycopg.connect(owner_dsn) as connection:
        letters = connection.execute("select tenant_id, receiver, text from control.mail").fetchall()
    ((tenant_id, receiver, text),) = letters
    assert (tenant_id, receiver) == (None, "tinh@noi-khac.example")
    assert [sent.head for sent in sent_heads.read(text)] == [published[OPERATORS]]
    assert all(isinstance(sent, SentHead) and sent.is_ours(settings.audit_keys) for sent in sent_heads.read(text))
