"""Exported, erased after the waiting period, and restored from the archive: byte by byte what it was."""

import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import zipfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from tests.platform.life.conftest import Act
from tests.platform.life.test_exporting import start, waits_for_lock

from lienxa.platform import clock
from lienxa.platform.access import members
from lienxa.platform.access.models import Staff
from lienxa.platform.audit import heads, sealing
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.operators import OperatorEvent
from lienxa.platform.db import portable
from lienxa.platform.db.portable import Measure
from lienxa.platform.db.session import Database
from lienxa.platform.files import store
from lienxa.platform.files.jobs import draw_pages
from lienxa.platform.identity import enrolment
from lienxa.platform.jobs.models import QueuedJob
from lienxa.platform.life import erasing, exporting, restoring
from lienxa.platform.life.archive import Reader
from lienxa.platform.life.models import Erasure
from lienxa.platform.mail.models import Mail
from lienxa.platform.rest.models import ServiceAccount
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ, host_of, organ_by_id, organ_by_slug
from lienxa.platform.webhooks.models import WebhookDelivery, WebhookEvent, WebhookSubscription
from lienxa.tenants.procedures.jobs import follow_calendar

CONTENT = b"%PDF-1.7 cong van"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
# What operators do is told in the organ.
TOLD = {"app.audit_event", "app.notice"}
ERASER = """
import asyncio, sys
from datetime import datetime
from uuid import UUID
from lienxa.platform import clock
from lienxa.platform.db.session import Database
from lienxa.platform.life import erasing
from lienxa.platform.settings import get_settings

async def main():
    database = Database(get_settings().db_operator_dsn.get_secret_value(), pool_size=2)
    with clock.fixed_at(datetime.fromisoformat(sys.argv[2])):
        await erasing.carry_out(database, UUID(sys.argv[1]))

asyncio.run(main())
"""


async def measures(database: Database, organ_id: UUID) -> dict[str, Measure]:
    async with portable.snapshot(database, organ_id) as (connection, _session):
        return {
            part.name: await portable.measure(connection, organ_id, part) for part in await portable.parts(connection)
        }


def told_apart(before: dict[str, Measure], after: dict[str, Measure]) -> set[str]:
    """The tables that differ."""
    return {table for table in before if before[table] != after[table]}


async def keep_a_file(organ: Organ, owner_dsn: str) -> None:
    await store.put_back(organ.id, DIGEST, CONTENT)
    with psycopg.connect(owner_dsn) as connection:
        connection.execute(
            "insert into app.stored_file (tenant_id, id, sha256, size, content_type, name, kept_at, pictures) values "
            "(%s, gen_random_uuid(), %s, %s, 'application/pdf', 'a.pdf', now(), 'none')",
            [organ.id, DIGEST, len(CONTENT)],
        )


async def decided(act: Act, operator_database: Database, organ: Organ) -> Erasure:
    work = await act("erase", organ, reason="Sáp nhập")
    assert work.state == "done", work.reason
    async with operator_database.control() as control:
        return await erasing.find(control, work.id)


async def left_of(owner_dsn: str, organ: Organ) -> dict[str, int]:
    """The tables that still say something of the organ, but for what must."""
    with psycopg.connect(owner_dsn) as connection:
        tables = connection.execute(
            "select a.attrelid::regclass::text from pg_attribute a join pg_class c on c.oid = a.attrelid "
            "where a.attname = 'tenant_id' and c.relkind = 'r' and c.relnamespace in "
            "('app'::regnamespace, 'control'::regnamespace, 'rollup'::regnamespace)"
        ).fetchall()
        counts = {
            table: connection.execute(f"select count(*) from {table} where tenant_id = %s", [organ.id]).fetchone()[0]  # type: ignore[arg-type, index]
            for (table,) in tables
        }
    kept = {"control.operator_event", "control.organ_work", "control.erasure"}
    return {table: count for table, count in counts.items() if count and table not in kept}


async def test_erased_and_restored_it_is_byte_by_byte_what_it_was(
    act: Act,
    busy_lam_son: Organ,
    giang_son_tay: Organ,
    do_luong: Organ,
    database: Database,
    operator_database: Database,
    owner_dsn: str,
    test_settings: Settings,
) -> None:
    keys = test_settings.audit_keys
    await keep_a_file(busy_lam_son, owner_dsn)
    async with database.tenant(busy_lam_son.id) as session:
        while await sealing.seal(session, keys):
            pass
        heads.publish(busy_lam_son.id, await sealing.last_head(session))
    beside = [await measures(database, organ.id) for organ in (giang_son_tay, do_luong)]
    assert (await act("suspend", busy_lam_son)).state == "done"
    before = await measures(database, busy_lam_son.id)
    files = await store.measure(busy_lam_son.id)
    exported = await act("export", busy_lam_son, books=False)
    refused = await act("restore", None, archive=exported.result["archive"])
    assert refused.state == "failed"
    assert "đang có trong hệ thống" in refused.reason

    erasure = await decided(act, operator_database, busy_lam_son)
    await erasing.carry_out_due(operator_database)  # too early: nothing happens
    assert told_apart(before, await measures(database, busy_lam_son.id)) <= TOLD
    with clock.fixed_at(clock.now() + timedelta(days=30, minutes=1)):
        await erasing.carry_out_due(operator_database)
    assert await left_of(owner_dsn, busy_lam_son) == {}
    assert await store.measure(busy_lam_son.id) == (0, 0)
    async with operator_database.control() as control:
        erasure = await erasing.find(control, erasure.id)
        assert await organ_by_slug(control, "lam-son") is None
    assert erasure.state == "done"
    assert (erasure.certificate or b"").startswith(b"%PDF")
    assert erasure.rows["app.document"] == before["app.document"].rows
    assert ((erasure.files, erasure.file_bytes), erasure.head_number) == (files, before["app.audit_event"].rows + 2)
    assert [await measures(database, organ.id) for organ in (giang_son_tay, do_luong)] == beside

    restored = await act("restore", None, archive=exported.result["archive"])
    assert restored.state == "done", restored.reason
    now = await measures(database, busy_lam_son.id)
    assert told_apart(before, now) == TOLD
    assert now["app.audit_event"].rows == before["app.audit_event"].rows + 1
    assert await store.content(busy_lam_son.id, DIGEST) == CONTENT
    with Reader(exporting.folder() / exported.result["archive"]) as reader:
        assert set(await restoring.compare(operator_database, busy_lam_son.id, reader)) == TOLD
    async with database.control() as control:
        organ = await organ_by_id(control, busy_lam_son.id)
    assert organ is not None
    assert (organ.slug, organ.state, organ.parent_id) == ("lam-son", "suspended", do_luong.id)
    async with database.tenant(organ.id) as session:
        assert await sealing.verify(session, keys, heads.published(organ.id)) == []
    with psycopg.connect(owner_dsn) as connection:
        row = connection.execute(
            "select account_id from control.account_organ where tenant_id = %s limit 1", [organ.id]
        ).fetchone()
    assert row
    async with database.tenant(organ.id) as session:
        assert await members.member(session, organ, row[0], None) is not None
    assert [await measures(database, organ.id) for organ in (giang_son_tay, do_luong)] == beside


def as_if_it_had_never_been_here(owner_dsn: str, organ: Organ) -> None:
    """An installation that the archive comes to knows nothing of the organ, not even that it was erased."""
    with psycopg.connect(owner_dsn) as connection:
        for table in ("control.erasure", "control.operator_event", "control.organ_work"):
            connection.execute(f"delete from {table} where tenant_id = %s", [organ.id])
        connection.execute("delete from control.tenant where id = %s", [organ.id])


async def test_an_archive_of_another_key_is_sealed_anew_only_if_that_is_said(
    act: Act,
    busy_lam_son: Organ,
    operator_database: Database,
    database: Database,
    owner_dsn: str,
    test_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with database.tenant(busy_lam_son.id) as session:
        assert await sealing.seal(session, test_settings.audit_keys)
    exported = await act("export", busy_lam_son, books=False)
    erasure = await decided(act, operator_database, busy_lam_son)
    with clock.fixed_at(clock.now() + timedelta(days=31)):
        await erasing.carry_out(operator_database, erasure.id)
    other = secrets.token_hex(32)
    monkeypatch.setattr(
        restoring, "get_settings", lambda: test_settings.model_copy(update={"audit_key": SecretStr(other)})
    )
    refused = await act("restore", None, archive=exported.result["archive"])
    assert refused.state == "failed"
    assert "không mang dấu niêm" in refused.reason
    refused = await act("restore", None, archive=exported.result["archive"], unsealed=True)
    assert refused.state == "failed"
    assert "niêm lại" in refused.reason
    assert await left_of(owner_dsn, busy_lam_son) == {}
    as_if_it_had_never_been_here(owner_dsn, busy_lam_son)
    elsewhere = {"unsealed": True, "reseal": True, "host": "lam-son.noi-khac.vn"}
    for host, reason in (("id.localhost", "dành riêng"), ("lam-son:443", "không hợp lệ")):
        refused = await act("restore", None, archive=exported.result["archive"], **{**elsewhere, "host": host})
        assert refused.state == "failed"
        assert reason in refused.reason
    restored = await act("restore", None, archive=exported.result["archive"], **elsewhere)
    assert restored.state == "done", restored.reason
    async with database.control() as control:
        assert await host_of(control, busy_lam_son.id) == elsewhere["host"]
    async with database.tenant(busy_lam_son.id) as session:
        while await sealing.seal(session, [bytes.fromhex(other)]):
            pass
        assert await sealing.verify(session, [bytes.fromhex(other)]) == []
        assert (await sealing.last_head(session)).number > 0


async def test_a_changed_archive_leaves_nothing(
    act: Act, lam_son: Organ, operator_database: Database, owner_dsn: str
) -> None:
    exported = await act("export", lam_son, books=False)
    path: Path = exporting.folder() / exported.result["archive"]
    erasure = await decided(act, operator_database, lam_son)
    with clock.fixed_at(clock.now() + timedelta(days=31)):
        await erasing.carry_out(operator_database, erasure.id)
    os.truncate(path, os.stat(path).st_size // 2)
    refused = await act("restore", None, archive=path.name)
    assert refused.state == "failed"
    assert "cắt" in refused.reason
    assert await left_of(owner_dsn, lam_son) == {}


def rewrite(path: Path, changes: Mapping[str, Callable[[bytes], bytes]], *, without_mac: bool = False) -> None:
    """Change parts of an archive, and every hash that tells of it, as who has no key can."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(parts["manifest.json"])
    for name, change in changes.items():
        changed = change(parts[name])
        assert changed != parts[name]
        parts[name] = changed
        [listed] = [part for part in (*manifest["tables"], *manifest["others"]) if part["path"] == name]
        listed["bytes"], listed["sha256"] = len(changed), hashlib.sha256(changed).hexdigest()
    parts["manifest.json"] = json.dumps(manifest).encode()
    parts["manifest.sha256"] = hashlib.sha256(parts["manifest.json"]).hexdigest().encode()
    if without_mac:
        del parts["manifest.mac"]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def forge(path: Path, *, without_mac: bool = False) -> None:
    """Change one byte of a table, and every hash that tells of it."""
    rewrite(path, {"tables/app.body.ndjson": lambda lines: lines.replace(b"UBND", b"UBNX", 1)}, without_mac=without_mac)


@pytest.mark.parametrize("without_mac", [False, True])
async def test_a_forged_archive_is_refused_unless_that_is_asked_for_and_told(
    act: Act, lam_son: Organ, operator_database: Database, database: Database, owner_dsn: str, without_mac: bool
) -> None:
    with psycopg.connect(owner_dsn) as connection:
        connection.execute(
            "insert into app.service_account (tenant_id, id, unit_id, token_hash, token_hint, expires_on, created_by, "
            "created_at) select s.tenant_id, s.id, u.id, 'x', 'abcd', '2099-01-01', s.id, now() "
            "from app.staff s join app.unit u using (tenant_id) where s.tenant_id = %s limit 1",
            [lam_son.id],
        )
    exported = await act("export", lam_son, books=False)
    path: Path = exporting.folder() / exported.result["archive"]
    assert os.stat(path).st_mode & 0o777 == 0o600
    erasure = await decided(act, operator_database, lam_son)
    with clock.fixed_at(clock.now() + timedelta(days=31)):
        await erasing.carry_out(operator_database, erasure.id)
    forge(path, without_mac=without_mac)
    refused = await act("restore", None, archive=path.name)
    assert refused.state == "failed"
    assert "không mang dấu niêm" in refused.reason
    assert await left_of(owner_dsn, lam_son) == {}

    taken = await act("restore", None, archive=path.name, unsealed=True)
    assert taken.state == "done", taken.reason
    async with database.tenant(lam_son.id) as session:
        query = select(AuditEvent).where(AuditEvent.action == "office.restored")
        [told] = (await session.scalars(query)).all()
        [account] = (await session.scalars(select(ServiceAccount))).all()
    assert account.revoked_at is not None
    assert "KHÔNG có dấu niêm" in told.detail["text"]
    async with operator_database.control() as control:
        noted = await control.scalars(select(OperatorEvent).where(OperatorEvent.action == "organ.restored"))
        assert ["KHÔNG có dấu niêm" in event.detail for event in noted] == [True]


def replaced(old: str, new: str) -> Callable[[bytes], bytes]:
    """The first place where a pattern fits is written otherwise."""
    return lambda lines: re.sub(old.encode(), lambda _found: new.encode(), lines, count=1)


UUID_IN_A_ROW = '"[0-9a-f-]{36}"'
STRANGER = '"00000000-0000-7000-8000-000000000000"'
STAFF, POSTS, BODIES = (f"tables/app.{table}.ndjson" for table in ("staff", "post", "body"))
REFUSED_LATE: list[tuple[str, Callable[[bytes], bytes], str]] = [
    (STAFF, replaced('"id":' + UUID_IN_A_ROW, '"id":"x"'), "dòng 1: có giá trị không đúng kiểu"),
    (STAFF, replaced('"full_name":"[^"]*"', '"full_name":null'), "dòng 1: thiếu giá trị bắt buộc ở cột full_name"),
    (STAFF, replaced('"full_name":"[^"]*"', '"full_name":"\\u0000"'), "dòng 1: có giá trị không đúng kiểu"),
    (POSTS, replaced('"unit_id":' + UUID_IN_A_ROW, '"unit_id":' + STRANGER), "trỏ đến một dòng không có"),
    (BODIES, lambda lines: b"".join(reversed(lines.splitlines(keepends=True))), "khác với tệp lưu"),
    ("control/organ.json", replaced('"kind":"commune"', '"kind":"planet"'), "giá trị ngoài danh mục"),
    ("control/organ.json", replaced('"id":', '"ix":'), "thiếu id"),
    ("control/organ.json", replaced('"id":' + UUID_IN_A_ROW, '"id":' + STRANGER), "đơn vị khác"),
    ("control/organ.json", replaced('"slug":"lam-son"', '"slug":"../lam"'), "Tên miền"),
    ("control/organ.json", lambda _content: b"[]", "sai kiểu"),
    ("control/accounts.ndjson", lambda lines: lines + b"{\n", "không phải JSON"),
    ("control/accounts.ndjson", lambda lines: lines + lines.splitlines(keepends=True)[0], "trùng với một dòng khác"),
    (
        "control/accounts.ndjson",
        replaced('"created_at":"[^"]*"', '"created_at":7'),
        "dòng 1: sai kiểu dữ liệu created_at",
    ),
    ("control/audit-heads.ndjson", lambda lines: lines + b'{"number":1}\n', "thiếu mac"),
    ("control/audit-heads.ndjson", lambda lines: lines + b'{"number":999999,"mac":"ab"}\n', "Dấu niêm nhật ký"),
]


async def test_what_the_database_refuses_of_a_forged_archive_is_told_and_leaves_nothing(
    act: Act, lam_son: Organ, operator_database: Database, database: Database, owner_dsn: str
) -> None:
    await keep_a_file(lam_son, owner_dsn)
    before = await measures(database, lam_son.id)
    exported = await act("export", lam_son, books=False)
    path: Path = exporting.folder() / exported.result["archive"]
    erasure = await decided(act, operator_database, lam_son)
    with clock.fixed_at(clock.now() + timedelta(days=31)):
        await erasing.carry_out(operator_database, erasure.id)
    empty = everything_kept(owner_dsn)
    for part, change, reason in REFUSED_LATE:
        forged = path.with_name("forged.zip")
        shutil.copyfile(path, forged)
        rewrite(forged, {part: change})
        refused = await act("restore", None, archive=forged.name, unsealed=True)
        assert refused.state == "failed", (part, reason)
        assert reason in refused.reason
        assert "Chưa có gì được ghi" in refused.reason or "niêm lại" in refused.reason
        assert refused.attempts == 1
        assert await store.measure(lam_son.id) == (0, 0)
        assert everything_kept(owner_dsn) == empty, (part, reason)
    restored = await act("restore", None, archive=path.name)
    assert restored.state == "done", restored.reason
    assert told_apart(before, await measures(database, lam_son.id)) == TOLD


def everything_kept(owner_dsn: str) -> dict[str, int]:
    """How many rows each table has, but for the acts themselves and the trail of them."""
    with psycopg.connect(owner_dsn) as connection:
        tables = connection.execute(
            "select c.oid::regclass::text from pg_class c where relkind = 'r' and relnamespace in "
            "('app'::regnamespace, 'control'::regnamespace, 'rollup'::regnamespace) "
            "and relname not in ('organ_work', 'operator_event', 'operator_unsealed', 'operator_seal')"
        ).fetchall()
        return {table: connection.execute(f"select count(*) from {table}").fetchone()[0] for (table,) in tables}  # type: ignore[arg-type, index]


HELD_OUTSIDE = """
with one as (select tenant_id, id from app.staff where tenant_id = %(organ)s limit 1),
receiver as (
  insert into app.webhook_subscription (tenant_id, id, name, address, secret, previous_secret, previous_until,
    created_by, created_at, paused_at, paused_reason)
  select tenant_id, gen_random_uuid(), name, 'https://nhan.example/', 'x', 'y', now(), id, now(), paused_at, reason
  from one, (values ('A', null::timestamptz, ''), ('B', now(), 'failing')) given(name, paused_at, reason)
  returning tenant_id, id),
happened as (
  insert into app.webhook_event (tenant_id, id, event_type, object_id, path, occurred_at, sent_out_at)
  select tenant_id, gen_random_uuid(), 'documents.issued', id, '/api/v1/x', now(), sent
  from one, (values (null::timestamptz), (now())) given(sent)
  returning tenant_id, id, sent_out_at),
delivered as (
  insert into app.webhook_delivery (tenant_id, id, subscription_id, event_id, state, turn, tries, created_at, next_at)
  select r.tenant_id, gen_random_uuid(), r.id, h.id, 'pending', 1, 0, now(), now() from receiver r, happened h
  where h.sent_out_at is not null),
feed as (
  insert into app.calendar_feed (tenant_id, id, staff_id, secret_hash, created_at)
  select tenant_id, gen_random_uuid(), id, 'z', now() from one)
insert into app.stored_file (tenant_id, id, sha256, size, content_type, name, kept_at, pictures)
select tenant_id, gen_random_uuid(), %(digest)s, 17, 'application/pdf', 'a.pdf', now(), 'wanted' from one
"""


async def test_what_others_hold_is_withdrawn_and_what_was_on_its_way_is_not_sent_twice(
    act: Act, lam_son: Organ, operator_database: Database, database: Database, owner_dsn: str
) -> None:
    await store.put_back(lam_son.id, DIGEST, CONTENT)
    with psycopg.connect(owner_dsn) as connection:
        connection.execute(HELD_OUTSIDE, {"organ": lam_son.id, "digest": DIGEST})
    exported = await act("export", lam_son, books=False)
    erasure = await decided(act, operator_database, lam_son)
    with clock.fixed_at(clock.now() + timedelta(days=31)):
        await erasing.carry_out(operator_database, erasure.id)
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("delete from control.job_queue")
    restored = await act("restore", None, archive=exported.result["archive"])
    assert restored.state == "done", restored.reason
    assert [sentence.split(",")[0] for sentence in restored.result["withdrawn"]] == [
        "đã tạm dừng 1 nơi nhận sự kiện",
        "đã đóng 1 địa chỉ đồng bộ lịch",
    ]
    async with database.tenant(lam_son.id) as session:
        receivers = (await session.scalars(select(WebhookSubscription).order_by(WebhookSubscription.name))).all()
        assert [receiver.paused_reason for receiver in receivers] == ["restored", "failing"]
        assert [receiver.previous_secret for receiver in receivers] == [None, None]
        assert set(await session.scalars(select(WebhookDelivery.state))) == {"failed"}
        assert None not in set(await session.scalars(select(WebhookEvent.sent_out_at)))
        [told] = (await session.scalars(select(AuditEvent).where(AuditEvent.action == "office.restored"))).all()
        assert all(sentence in told.detail["text"] for sentence in restored.result["withdrawn"])
    assert await left_of(owner_dsn, lam_son)
    with psycopg.connect(owner_dsn) as connection:
        assert connection.execute("select count(*) from app.calendar_feed").fetchone() == (0,)
    async with database.control() as control:
        wanted = {message["actor_name"] for message in await control.scalars(select(QueuedJob.message))}
        mails = await control.scalar(select(func.count()).select_from(Mail))
    assert wanted == {draw_pages.name, follow_calendar.name}
    assert mails == 0


async def test_who_works_again_is_told_by_name_in_the_organ_and_counted_for_the_operator(
    act: Act, lam_son: Organ, operator_database: Database, database: Database
) -> None:
    today = clock.today()
    async with database.tenant(lam_son.id) as session:
        query = select(Staff).where(Staff.is_service.is_(False)).order_by(Staff.sort_key).limit(3)
        gone, suspended, back = (await session.scalars(query)).all()
        gone.full_name, suspended.full_name, back.full_name = "Người Đã Nghỉ", "Người Tạm Ngừng", "Người Trở Lại"
        gone.left_on, suspended.suspended_on = today - timedelta(days=1), today
    exported = await act("export", lam_son, books=False)
    async with database.tenant(lam_son.id) as session:
        (await session.find(Staff, back.id)).left_on = today - timedelta(days=1)
    await erased_at_once(act, operator_database, lam_son)
    restored = await act("restore", None, archive=exported.result["archive"])
    assert restored.state == "done", restored.reason
    async with database.tenant(lam_son.id) as session:
        [told] = (await session.scalars(select(AuditEvent).where(AuditEvent.action == "office.restored"))).all()
        everybody = await session.scalar(select(func.count()).where(Staff.is_service.is_(False)))
        without_slip = await enrolment.count_never_signed_in(session)
    assert "Người Trở Lại" in told.detail["text"]
    assert "Người Đã Nghỉ" not in told.detail["text"]
    assert "Người Tạm Ngừng" not in told.detail["text"]
    assert restored.result["serving"] == (everybody or 0) - 2
    assert restored.result["without_password"] == without_slip == everybody
    assert f"{everybody} người chưa có mật khẩu" in told.detail["text"]
    assert "Người Trở Lại" not in str(restored.result), "operators keep no names of an organ's people"


async def test_a_known_account_under_another_sub_is_refused(
    act: Act, lam_son: Organ, operator_database: Database, owner_dsn: str
) -> None:
    exported = await act("export", lam_son, books=False)
    path: Path = exporting.folder() / exported.result["archive"]
    with zipfile.ZipFile(path) as archive:
        first = json.loads(archive.read("control/accounts.ndjson").splitlines()[0])
    await erased_at_once(act, operator_database, lam_son)
    with psycopg.connect(owner_dsn) as connection:
        connection.execute(
            "insert into control.account (id, issuer_name, sub, username, full_name, created_at) "
            "values (%s, %s, 'another', 'nguoi-khac', 'Người Khác', now()) "
            "on conflict (id) do update set sub = excluded.sub",
            [first["id"], first["issuer_name"]],
        )
    refused = await act("restore", None, archive=path.name)
    assert refused.state == "failed"
    assert "đã thuộc về người khác" in refused.reason
    assert "Chưa có gì được ghi" in refused.reason


async def erased_at_once(act: Act, operator_database: Database, organ: Organ) -> None:
    erasure = await decided(act, operator_database, organ)
    with clock.fixed_at(erasure.due_at + timedelta(seconds=1)):
        await erasing.carry_out(operator_database, erasure.id)


async def test_killed_in_the_middle_of_erasing_it_goes_on_where_it_was(
    act: Act, busy_lam_son: Organ, operator_database: Database, owner_dsn: str, tmp_path: Path
) -> None:
    erasure = await decided(act, operator_database, busy_lam_son)
    late = clock.now() + timedelta(days=31)
    dsn = operator_database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    environment = {**os.environ, "LIENXA_DATA": str(exporting.folder().parent), "LIENXA_DB_OPERATOR_DSN": dsn}
    with psycopg.connect(owner_dsn) as locking:
        locking.execute("select from app.staff where tenant_id = %s for update", [busy_lam_son.id])
        worker = start(ERASER, environment, str(erasure.id), late.isoformat())
        await waits_for_lock(owner_dsn, worker)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    left = await left_of(owner_dsn, busy_lam_son)
    assert "app.document" not in left
    assert "app.staff" in left
    async with operator_database.control() as control:
        halfway = await erasing.find(control, erasure.id)
    assert halfway.state == "erasing"
    assert 0 < halfway.erased < halfway.expected

    with clock.fixed_at(late):
        await erasing.carry_out_due(operator_database)
    assert await left_of(owner_dsn, busy_lam_son) == {}
    async with operator_database.control() as control:
        ended = await erasing.find(control, erasure.id)
    assert ended.state == "done"
    assert sum(count for table, count in ended.rows.items() if not table.startswith("control.")) == ended.expected


async def test_called_back_in_time_nothing_is_erased(
    act: Act, lam_son: Organ, operator_database: Database, database: Database
) -> None:
    before = await measures(database, lam_son.id)
    await decided(act, operator_database, lam_son)
    waiting = await act("resume", lam_son)
    assert waiting.state == "failed"
    assert "chờ xóa" in waiting.reason
    assert (await act("call_back", lam_son)).state == "done"
    with clock.fixed_at(clock.now() + timedelta(days=31)):
        await erasing.carry_out_due(operator_database)
    assert told_apart(before, await measures(database, lam_son.id)) <= TOLD
    assert (await act("resume", lam_son)).state == "done"
    async with database.control() as control:
        organ = await organ_by_id(control, lam_son.id)
    assert organ is not None
    assert organ.state == "active"


async def test_a_parent_with_organs_below_it_is_not_erased(act: Act, do_luong: Organ) -> None:
    refused = await act("erase", do_luong, reason="Thử")
    assert refused.state == "failed"
    assert "cấp dưới" in refused.reason


async def test_the_database_erases_nothing_of_an_organ_at_work(lam_son: Organ, operator_database: Database) -> None:
    async with operator_database.tenant(lam_son.id) as session:
        with pytest.raises(DBAPIError, match="not being erased"):
            await portable.erase(session, "app.document", None)
