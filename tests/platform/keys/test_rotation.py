"""After the keys were replaced: what old ones made holds, what is new is of the new ones, then no old one is needed."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select

from lienxa.platform import clock, ids
from lienxa.platform.audit import heads, jobs, operators, sent_heads
from lienxa.platform.audit import repository as audit
from lienxa.platform.audit import sealing as trails
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.operators import OPERATORS, OperatorEvent
from lienxa.platform.audit.sent_heads import Answer
from lienxa.platform.db.session import Database
from lienxa.platform.errors import Conflict
from lienxa.platform.identity import sealing
from lienxa.platform.identity.models import Account, SignOnSession
from lienxa.platform.keys import rotation
from lienxa.platform.keys.rotation import Count, Rotated
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.webhooks.delivery import SEALED_FOR
from lienxa.platform.webhooks.models import WebhookSubscription
from lienxa.tenants.procedures import operations
from lienxa.tenants.procedures.models import Case

from .conftest import Turn

RECEIPTS = "mã bí mật trên giấy tiếp nhận hồ sơ"


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch) -> dict[UUID, trails.Head]:
    """What was published of each trail, here and not in the folder that all tests have."""
    kept: dict[UUID, trails.Head] = {}
    monkeypatch.setattr(heads, "publish", kept.__setitem__)
    monkeypatch.setattr(heads, "is_new", lambda place, head: head.number > 0 and kept.get(place) != head)
    return kept


@pytest.fixture
async def in_use(database: Database, busy_lam_son: Organ, turn: Turn, clerk: Any) -> dict[UUID, str]:
    """Lam Sơn at work before the keys were replaced: a session, a receiver of events, the secrets of its receipts.

    One of its cases is from before secrets were stored. Returns the secrets by case.
    """
    async with database.control() as control:
        account = (await control.scalars(select(Account))).first()
        assert account is not None
        now = clock.now()
        at = dict.fromkeys(("created_at", "last_seen_at", "refresh_tried_at", "confirmed_at"), now)
        token = sealing.seal(turn.before, "refresh")
        session_row = SignOnSession(
            secret_hash=b"s", tenant_id=busy_lam_son.id, account_id=account.id, issuer_sid="x", id_token="",
            refresh_token=token, shared=False, user_agent="", expires_at=now + timedelta(hours=1), **at,
        )  # fmt: skip
        control.add(session_row)
    async with database.tenant(busy_lam_son.id) as session:
        secrets = {kind: sealing.seal(turn.before, kind, purpose=SEALED_FOR) for kind in ("secret", "previous_secret")}
        session.add(
            WebhookSubscription(
                id=ids.new_id(), name="x", address="https://x.example", created_by=clerk.staff_id,
                created_at=clock.now(), **secrets,
            )
        )  # fmt: skip
        first = (await session.scalars(select(Case).order_by(Case.id))).first()
        assert first is not None
        first.receipt_secret = None
        await session.flush()
        cases = (await session.scalars(select(Case))).all()
        return {case.id: operations.secret_of(busy_lam_son, case) for case in cases}


async def rotated(database: Database, settings: Settings, *, dry_run: bool = False) -> dict[str, Rotated]:
    """What was done, by organ."""
    done = [one async for one in rotation.rotate(database, settings, "tren-may", dry_run=dry_run)]
    return {one.organ.slug if one.organ else "": one for one in done}


async def sums(database: Database, settings: Settings, *, dry_run: bool = False) -> Count:
    every = (await rotated(database, settings, dry_run=dry_run)).values()
    return sum((count for one in every for count in one.counts.values()), Count())


def stored(owner_dsn: str) -> list[Any]:
    """All that is sealed, as it lies there."""
    with psycopg.connect(owner_dsn) as connection:
        return [
            connection.execute(f"select {column} from {table} order by 1".encode()).fetchall()
            for table, column in (
                ("control.session", "refresh_token"),
                ("app.webhook_subscription", "secret"),
                ("app.webhook_subscription", "previous_secret"),
                ("app.one_stop_case", "receipt_secret"),
                ("app.audit_seal", "mac"),
                ("control.operator_seal", "mac"),
            )
        ]


async def test_everything_that_is_sealed_is_sealed_anew_and_the_old_key_needed_no_more(
    database: Database, busy_lam_son: Organ, in_use: dict[UUID, str], turn: Turn, owner_dsn: str, monkeypatch: Any
) -> None:
    before = stored(owner_dsn)
    counted = await sums(database, turn.after, dry_run=True)
    assert counted == Count(older=len(in_use) + 3)
    assert stored(owner_dsn) == before, "counting changes nothing"
    done = await rotated(database, turn.after)
    assert done["lam-son"].counts[RECEIPTS] == Count(older=len(in_use))
    assert await sums(database, turn.after) == Count(newest=len(in_use) + 3)
    async with database.control() as control:
        (token,) = (await control.scalars(select(SignOnSession.refresh_token))).all()
    assert sealing.unseal(turn.alone, token) == "refresh"
    monkeypatch.setattr(operations, "get_settings", lambda: turn.alone)
    async with database.tenant(busy_lam_son.id) as session:
        (receiver,) = (await session.scalars(select(WebhookSubscription))).all()
        assert sealing.unseal(turn.alone, receiver.secret, purpose=SEALED_FOR) == "secret"
        assert receiver.previous_secret is not None
        assert sealing.unseal(turn.alone, receiver.previous_secret, purpose=SEALED_FOR) == "previous_secret"
        cases = (await session.scalars(select(Case))).all()
        assert {case.id: operations.secret_of(busy_lam_son, case) for case in cases} == in_use
        for case in cases:
            assert await operations.look_up(database, session, busy_lam_son, case.code, in_use[case.id])


async def test_while_the_old_key_is_given_citizens_find_their_cases_and_without_it_are_told_why_not(
    database: Database, busy_lam_son: Organ, in_use: dict[UUID, str], turn: Turn, monkeypatch: Any
) -> None:
    async with database.tenant(busy_lam_son.id) as session:
        cases = (await session.scalars(select(Case))).all()
        monkeypatch.setattr(operations, "get_settings", lambda: turn.after)
        for case in cases:
            assert operations.secret_of(busy_lam_son, case) == in_use[case.id]
            assert await operations.look_up(database, session, busy_lam_son, case.code, in_use[case.id])
        monkeypatch.setattr(operations, "get_settings", lambda: turn.alone)
        sealed = next(case for case in cases if case.receipt_secret is not None)
        assert await operations.look_up(database, session, busy_lam_son, sealed.code, in_use[sealed.id]) is None
        with pytest.raises(Conflict, match="khóa của hệ thống đã được đổi") as refused:
            operations.secret_of(busy_lam_son, sealed)
        assert "LIENXA_OLD_SECRET_KEYS" in refused.value.remedy


async def test_what_no_key_opens_is_counted_and_left(
    database: Database, in_use: dict[UUID, str], turn: Turn, owner_dsn: str
) -> None:
    before = stored(owner_dsn)[:4]
    counted = await sums(database, turn.alone)
    assert counted.lost == len(in_use) - 1 + 3
    assert stored(owner_dsn)[:4] == before, "nor is a secret derived from a key that it did not come from"
    assert await sums(database, turn.after, dry_run=True) == Count(older=len(in_use) + 3), "once the key is named"


async def test_broken_off_it_is_run_again(
    database: Database, in_use: dict[UUID, str], turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 3)
    anew, calls = rotation._anew, []

    def breaks(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 12:
            raise OSError("the line is cut")
        return anew(*given)

    monkeypatch.setattr(rotation, "_anew", breaks)
    with pytest.raises(OSError, match="cut"):
        await rotated(database, turn.after)
    left = await sums(database, turn.after, dry_run=True)
    assert left.newest >= 6, "whole batches stay done"
    assert left.older
    monkeypatch.setattr(rotation, "_anew", anew)
    await rotated(database, turn.after)
    assert await sums(database, turn.after) == Count(newest=len(in_use) + 3)


async def test_what_was_written_meanwhile_is_not_overwritten(
    database: Database, in_use: dict[UUID, str], turn: Turn, owner_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    anew, following = rotation._anew, sealing.seal(turn.after, "following")

    def overtaken(settings: Settings, column: Any, row: Any) -> Any:
        if column.column.class_ is SignOnSession:
            with psycopg.connect(owner_dsn) as connection:
                connection.execute("update control.session set refresh_token = %s", [following])
        return anew(settings, column, row)

    monkeypatch.setattr(rotation, "_anew", overtaken)
    await rotated(database, turn.after)
    async with database.control() as control:
        assert (await control.scalars(select(SignOnSession.refresh_token))).all() == [following]


# Trails ------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def sealed(database: Database, lam_son: Organ, clerk: Any, turn: Turn) -> AsyncIterator[Organ]:
    """Lam Sơn and the operators with lines that the key of before sealed."""
    async with database.tenant(lam_son.id) as session:
        for _number in range(3):
            audit.record(session, clerk, "documents.register", "document", ids.new_id(), {})
    async with database.control() as control:
        operators.note(control, "van-hanh", "operator.signed_in")
    for opened in (database.control, lambda: database.tenant(lam_son.id)):
        await trails.seal_all(opened, turn.before.audit_keys)
    return lam_son


async def faults(database: Database, organ: Organ | None, settings: Settings) -> set[str]:
    async with database.tenant(organ.id) if organ else database.control() as session:
        return {fault.kind for fault in await trails.verify(session, settings.audit_keys)}


async def test_trails_go_on_under_the_new_key_and_say_so(
    database: Database, sealed: Organ, turn: Turn, published: dict[UUID, trails.Head]
) -> None:
    done = await rotated(database, turn.after)
    assert {slug for slug, one in done.items() if one.trail_went_over} == {"", "lam-son"}
    for organ in (sealed, None):
        assert await faults(database, organ, turn.after) == set()
        assert await faults(database, organ, turn.alone) == {"unknown key"}
    async with database.tenant(sealed.id) as session:
        assert published[sealed.id] == await trails.last_head(session)
        said = await session.scalar(select(AuditEvent.detail).where(AuditEvent.action == "office.keys_rotated"))
    assert said is not None
    assert said["operator"] == "tren-may"
    assert trails.key_id(turn.after.audit_keys[0]) in said["text"]
    async with database.control() as control:
        assert published[OPERATORS] == await trails.last_head(control)
        said = await control.scalar(select(OperatorEvent.detail).where(OperatorEvent.action == "keys.rotated"))
    assert trails.key_id(turn.after.audit_keys[0]) in str(said)
    again = await rotated(database, turn.after)
    assert not any(one.trail_went_over for one in again.values()), "told once"


async def test_a_quiet_trail_from_before_keys_had_names_goes_over_too(
    database: Database, sealed: Organ, owner_dsn: str, turn: Turn
) -> None:
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("update app.audit_seal set key_id = null where tenant_id = %s", [sealed.id])
    done = await rotated(database, turn.after)
    assert done["lam-son"].trail_went_over
    assert await faults(database, sealed, turn.after) == set()
    async with database.tenant(sealed.id) as session:
        assert await trails.last_key_id(session) == trails.key_id(turn.after.audit_keys[0])


async def test_what_an_old_key_seals_behind_a_new_one_is_found(
    database: Database, sealed: Organ, clerk: Any, turn: Turn
) -> None:
    """Who has only a key that leaked cannot go on with the chain."""
    await rotated(database, turn.after)
    async with database.tenant(sealed.id) as session:
        audit.record(session, clerk, "documents.issue", "document", ids.new_id(), {})
    forged = [turn.before.audit_keys[0], turn.after.audit_keys[0]]
    async with database.tenant(sealed.id) as session:
        assert await trails.seal(session, forged) == 1
    assert await faults(database, sealed, turn.after) == {"older key"}


async def test_who_does_not_know_the_key_of_the_last_seal_leaves_the_chain_alone(
    database: Database, sealed: Organ, clerk: Any, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that still runs with the old key alone, while others have the new one; and one that forgot the old."""
    async with database.tenant(sealed.id) as session:
        audit.record(session, clerk, "documents.issue", "document", ids.new_id(), {})
    for unknowing, knowing in ((turn.alone, turn.after), (turn.before, turn.after)):
        async with database.tenant(sealed.id) as session:
            with pytest.raises(trails.UnknownKey) as refused:
                await trails.seal(session, unknowing.audit_keys)
        assert "LIENXA_OLD_AUDIT_KEYS" in refused.value.remedy
        monkeypatch.setattr(jobs, "get_settings", lambda settings=unknowing: settings)
        await jobs.seal_events(database)  # says so and goes on with the others
        async with database.tenant(sealed.id) as session:
            assert await trails.seal(session, knowing.audit_keys) == 1
            audit.record(session, clerk, "documents.issue", "document", ids.new_id(), {})
    assert await faults(database, sealed, turn.after) == set()


async def test_a_chain_whose_key_is_lost_goes_on_only_if_that_is_said_and_says_so(
    database: Database, sealed: Organ, turn: Turn
) -> None:
    with pytest.raises(trails.UnknownKey):
        await rotated(database, turn.alone)
    async for _one in rotation.rotate(database, turn.alone, "tren-may", dry_run=False, key_is_lost=True):
        pass
    async with database.tenant(sealed.id) as session:
        assert await trails.last_key_id(session) == trails.key_id(turn.alone.audit_keys[0])
        said = (await session.scalars(select(AuditEvent.detail).order_by(AuditEvent.id.desc()))).first()
        assert said is not None
        assert "không còn" in said["text"]
        assert await trails.seal(session, turn.alone.audit_keys) == 0, "and from then on like any other"
    assert await faults(database, sealed, turn.alone) == {"unknown key"}
    assert await faults(database, sealed, turn.after) == set(), "should the key be found"


async def test_a_letter_of_before_still_holds_while_its_key_is_given(
    database: Database, sealed: Organ, turn: Turn
) -> None:
    async with database.tenant(sealed.id) as session:
        sent = sent_heads.signed(turn.before.audit_keys, sealed.id, await trails.last_head(session))
    await rotated(database, turn.after)
    async with database.tenant(sealed.id) as session:
        assert await sent_heads.compare(session, turn.after.audit_keys, sent) is Answer.HOLDS
        assert await sent_heads.compare(session, turn.alone.audit_keys, sent) is Answer.FORGED
        new = sent_heads.signed(turn.after.audit_keys, sealed.id, await trails.last_head(session))
        assert new.is_ours(turn.alone.audit_keys), "what is new is of the new key alone"


async def test_seals_of_before_keys_had_names_are_tried_with_each(
    database: Database, sealed: Organ, turn: Turn, owner_dsn: str
) -> None:
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("update app.audit_seal set key_id = null")
    assert await faults(database, sealed, turn.after) == set()
    assert await faults(database, sealed, turn.alone) == {"changed"}
