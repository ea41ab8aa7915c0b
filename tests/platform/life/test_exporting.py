"""An archive holds everything of one organ at one moment, whatever tables there are, and can be checked."""

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from lienxa.platform.db import portable
from lienxa.platform.db.session import Database
from lienxa.platform.files import store
from lienxa.platform.life import acts, exporting, works
from lienxa.platform.life.archive import Faulty, Reader
from lienxa.platform.life.jobs import sweep_archives
from lienxa.platform.life.models import OrganWork
from lienxa.platform.tenancy.organs import Organ

WORKER = """
import asyncio, sys
from uuid import UUID
from lienxa.platform.db.session import Database
from lienxa.platform.life import acts
from lienxa.platform.settings import get_settings

async def main():
    database = Database(get_settings().db_operator_dsn.get_secret_value(), pool_size=2)
    await acts.carry_out(database, UUID(sys.argv[1]))

asyncio.run(main())
"""


async def asked(database: Database, organ: Organ, kind: str = "export", **wanted: object) -> UUID:
    key = uuid4()
    async with database.control() as control:
        await works.ask(control, None, key, kind, "van-hanh", organ.id, **wanted)
    return key


async def exported(operator_database: Database, organ: Organ, *, books: bool = False) -> tuple[OrganWork, Path]:
    work = await acts.carry_out(operator_database, await asked(operator_database, organ, books=books))
    assert work.state == "done", work.reason
    return work, exporting.folder() / work.result["archive"]


def lines(path: Path, part: str) -> list[dict[str, object]]:
    with zipfile.ZipFile(path) as archive:
        return [json.loads(line) for line in archive.read(part).splitlines()]


@pytest.mark.parametrize("by_itself", [False, True])
async def test_what_killed_exports_left_is_swept_and_what_is_being_written_is_not(
    lam_son: Organ, operator_database: Database, by_itself: bool
) -> None:
    left, written = (exporting.folder() / f".{uuid4()}.part" for _file in range(2))
    for path in (left, written):
        path.write_bytes(b"x")
    a_day_ago = written.stat().st_mtime - 24 * 3600 - 60
    os.utime(left, (a_day_ago, a_day_ago))
    if by_itself:
        await sweep_archives.function(operator_database)
    else:
        await exported(operator_database, lam_son)
    assert not left.exists()
    assert written.exists()


async def test_it_holds_every_row_of_every_table_of_the_organ_and_of_no_other(
    busy_lam_son: Organ, giang_son_tay: Organ, operator_database: Database, owner_dsn: str
) -> None:
    _work, path = await exported(operator_database, busy_lam_son)
    with Reader(path) as archive:
        archive.check()
        manifest = archive.manifest
    with psycopg.connect(owner_dsn) as connection:
        tables = connection.execute(
            "select relnamespace::regnamespace || '.' || relname from pg_class "
            "where relkind = 'r' and relnamespace in ('app'::regnamespace, 'rollup'::regnamespace)"
        ).fetchall()
        counts = {
            table: connection.execute(
                f"select count(*) from {table} where tenant_id = %s",  # type: ignore[arg-type]
                [busy_lam_son.id],
            ).fetchone()[0]  # type: ignore[index]
            for (table,) in tables
        }
    for table in ("app.audit_event", "app.notice"):  # the export itself is told afterwards
        counts[table] -= 1
    assert {part.table: part.rows for part in manifest.tables} == counts
    assert counts["app.document"] > 20
    assert counts["app.audit_seal"] + counts["app.audit_event"] > 50
    organs = {line["tenant_id"] for part in manifest.tables for line in lines(path, part.path)}
    assert organs == {str(busy_lam_son.id)}
    [document] = [part for part in manifest.tables if part.table == "app.document"]
    assert "search_norm" not in document.columns


async def test_a_table_of_tomorrow_is_carried_without_a_word_of_code(
    lam_son: Organ, giang_son_tay: Organ, operator_database: Database, owner_dsn: str
) -> None:
    with psycopg.connect(owner_dsn) as connection:
        connection.execute(
            "create table app.tomorrow (tenant_id uuid not null, id uuid not null, number bigint generated always as "
            "identity, said text, folded text generated always as (lower(said)) stored, primary key (tenant_id, id));"
            "alter table app.tomorrow enable row level security; alter table app.tomorrow force row level security;"
            "create policy tenant on app.tomorrow using (tenant_id = app.current_tenant());"
            "grant select, insert on app.tomorrow to lx_app;"
        )
        for organ in (lam_son, giang_son_tay):
            connection.execute(
                "insert into app.tomorrow values (%s, gen_random_uuid(), default, %s)",
                [organ.id, 'Xã "A"\t\\.\n' + organ.name],
            )
    _work, path = await exported(operator_database, lam_son)
    [line] = lines(path, "tables/app.tomorrow.ndjson")
    assert line["said"] == 'Xã "A"\t\\.\n' + lam_son.name
    assert "folded" not in line


async def test_files_books_people_and_the_chain_are_in_it_and_no_secret(
    busy_lam_son: Organ, operator_database: Database, owner_dsn: str
) -> None:
    content = b"%PDF-1.7 cong van"
    digest = hashlib.sha256(content).hexdigest()
    await store.put_back(busy_lam_son.id, digest, content)
    with psycopg.connect(owner_dsn) as connection:
        connection.execute(
            "insert into app.stored_file (tenant_id, id, sha256, size, content_type, name, kept_at, pictures) values "
            "(%s, gen_random_uuid(), %s, %s, 'application/pdf', 'a.pdf', now(), 'none')",
            [busy_lam_son.id, digest, len(content)],
        )
        secrets = [row[0] for row in connection.execute("select password_hash from control.issuer_user limit 5")]
    work, path = await exported(operator_database, busy_lam_son, books=True)
    with zipfile.ZipFile(path) as archive:
        assert archive.read(f"files/{digest}") == content
        books = [name for name in archive.namelist() if name.startswith("books/")]
        assert archive.read(books[0]).startswith(b"%PDF")
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert work.result["books"] == len(books) >= 2
    assert [secret for secret in secrets if secret.encode() in everything] == []
    people = lines(path, "control/accounts.ndjson")
    assert {"issuer_name", "sub", "username"} <= set(people[0])
    organ = lines(path, "control/organ.json")[0]
    assert (organ["slug"], organ["host"], organ["parent_slug"]) == ("lam-son", "lam-son.localhost", "do-luong")


async def test_a_changed_or_cut_archive_says_which_part(
    lam_son: Organ, operator_database: Database, tmp_path: Path
) -> None:
    _work, path = await exported(operator_database, lam_son)
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(broken, "w") as changed:
        for name in whole.namelist():
            content = whole.read(name)
            changed.writestr(name, content.replace(b"a", b"b", 1) if name == "tables/app.post.ndjson" else content)
    with pytest.raises(Faulty, match=r"tables/app\.post\.ndjson"), Reader(broken) as archive:
        archive.check()
    broken.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(Faulty, match="cắt"):
        Reader(broken)
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(broken, "w") as changed:
        for name in whole.namelist():
            if name != "tables/app.role.ndjson":
                changed.writestr(name, whole.read(name))
    with pytest.raises(Faulty, match=r"tables/app\.role\.ndjson"), Reader(broken) as archive:
        archive.check()


async def test_no_two_tables_point_at_each_other(operator_database: Database, lam_son: Organ) -> None:
    """`portable.parts` puts each behind those that it points at; a ring would leave no order to restore in."""
    async with portable.snapshot(operator_database, lam_son.id) as (connection, _session):
        names = [part.name for part in await portable.parts(connection)]
    assert names.index("app.staff") < names.index("app.document") < names.index("app.document_file")


async def test_killed_in_the_middle_it_is_made_anew_and_nothing_is_left_over(
    busy_lam_son: Organ, operator_database: Database, owner_dsn: str, tmp_path: Path
) -> None:
    key = await asked(operator_database, busy_lam_son, books=False)
    dsn = operator_database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    environment = {**os.environ, "LIENXA_DATA": str(exporting.folder().parent), "LIENXA_DB_OPERATOR_DSN": dsn}
    with psycopg.connect(owner_dsn) as locking:
        locking.execute("lock table app.sign_off in access exclusive mode")
        worker = start(WORKER, environment, str(key))
        await waits_for_lock(owner_dsn, worker)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert [left.name for left in exporting.folder().glob(".*.part")] == [f".{key}.part"]
    async with operator_database.control() as control:
        assert (await works.find(control, key)).state == "waiting"

    work = await acts.carry_out(operator_database, key)  # the message is delivered again
    assert work.state == "done"
    assert list(exporting.folder().glob(".*.part")) == []
    with Reader(exporting.folder() / work.result["archive"]) as archive:
        archive.check()


def start(program: str, environment: dict[str, str], *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", program, *arguments], env=environment)


async def waits_for_lock(owner_dsn: str, worker: "subprocess.Popen[bytes]") -> None:
    """Until a statement of the worker waits for the lock that the test holds."""
    query = (
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' "
        "and usename = 'lx_operator'"
    )
    with psycopg.connect(owner_dsn, autocommit=True) as watching:
        while True:
            row = watching.execute(query).fetchone()
            if row and row[0]:
                return
            assert worker.poll() is None, "the worker ended before it came to the lock"
            await asyncio.sleep(0.05)
