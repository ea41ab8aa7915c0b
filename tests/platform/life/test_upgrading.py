"""Archives of earlier schemas are brought up to ours, whoever knows them; others are refused with who can read them."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.platform.life.conftest import Act
from tests.platform.life.test_restoring import TOLD, decided, measures, told_apart

from lienxa.platform import clock
from lienxa.platform.db import archived, revisions
from lienxa.platform.db.session import Database
from lienxa.platform.life import archive, erasing, exporting
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ

# What each migration added, by hand and apart from the steps: an archive of before it had none of these.
ADDED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "0037_delegations": {"app.role": ("description",)},
    "0038_people": {"app.appointment": ("signing_title",), "app.staff": ("certificate_ends_on",)},
    "0043_one_person": {"app.one_stop": ("one_person",), "app.one_stop_case": ("one_person",)},
    "0048_case_succession": {"app.one_stop_case": ("receipt_code", "receipt_organ_id", "receipt_case_id")},
    "0052_operator_seals": {"app.audit_seal": ("key_id",)},
    "0055_receipt_secret": {"app.one_stop_case": ("receipt_secret",)},
}
RIGHTS = {
    "0037_delegations": {"office.delegate", "office.substitute"},
    "0038_people": {"office.hand_over"},
    "0043_one_person": {"one_stop.manage"},
}

Rows = list[dict[str, Any]]


def as_of(path: Path, revision: str, key: bytes) -> None:
    """Rewrite an archive as the service of that revision would have written it, its mac included."""
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    manifest = json.loads(parts["manifest.json"])
    for later in revisions.after(revision):
        steps = [step for step in archived.STEPS if step.revision == later]
        new = {table for step in steps for table in step.tables}
        for table in [part for part in manifest["tables"] if part["table"] in new]:
            assert table["rows"] == 0, table["table"]
            manifest["tables"].remove(table)
            del parts[table["path"]]
        for table in manifest["tables"]:
            dropped = ADDED.get(later, {}).get(table["table"], ())
            gone = RIGHTS.get(later, set()) if table["table"] == "app.role_permission" else set()
            if not dropped and not gone:
                continue
            rows: Rows = [json.loads(line) for line in parts[table["path"]].splitlines()]
            kept = [row for row in rows if row.get("permission") not in gone]
            written = b"".join(line_of({c: v for c, v in row.items() if c not in dropped}) for row in kept)
            parts[table["path"]] = written
            table["columns"] = [column for column in table["columns"] if column not in dropped]
            table["rows"], table["bytes"] = len(kept), len(written)
            table["sha256"] = hashlib.sha256(written).hexdigest()
    manifest["revision"] = revision
    write(path, parts, manifest, key)


def write(path: Path, parts: dict[str, bytes], manifest: dict[str, Any], key: bytes) -> None:
    """An archive that is sealed with our key, whatever it says."""
    written = json.dumps(manifest).encode()
    parts[archive.MANIFEST], parts[archive.SEAL] = written, hashlib.sha256(written).hexdigest().encode()
    parts[archive.MAC] = archive._mac(key, written).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)


def line_of(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def rights(owner_dsn: str, organ: Organ) -> set[tuple[str, str]]:
    query = (
        "select r.code, p.permission from app.role_permission p join app.role r on (r.tenant_id, r.id) = "
        "(p.tenant_id, p.role_id) where p.tenant_id = %s"
    )
    with psycopg.connect(owner_dsn) as connection:
        return {(role, right) for role, right in connection.execute(query, [organ.id])}


NEW_TABLES = [table for step in archived.STEPS for table in step.tables]


@pytest.fixture
def without_rows_of_today(busy_lam_son: Organ, owner_dsn: str) -> Organ:
    """Lam Sơn with nothing in the tables that earlier services did not have."""
    with psycopg.connect(owner_dsn) as connection:
        connection.execute("set session_replication_role = replica")
        for table in NEW_TABLES:
            connection.execute(f"delete from {table} where tenant_id = %s", [busy_lam_son.id])  # type: ignore[arg-type]
        connection.execute("update app.audit_seal set key_id = null where tenant_id = %s", [busy_lam_son.id])
        connection.execute("update app.one_stop_case set receipt_secret = null where tenant_id = %s", [busy_lam_son.id])
    return busy_lam_son


@pytest.mark.parametrize("revision", [archived.FIRST, "0042_succession"])
async def test_an_archive_of_an_earlier_service_comes_back_as_if_it_had_been_upgraded_in_place(
    act: Act,
    without_rows_of_today: Organ,
    operator_database: Database,
    database: Database,
    owner_dsn: str,
    test_settings: Settings,
    revision: str,
) -> None:
    organ = without_rows_of_today
    before, had = await measures(database, organ.id), rights(owner_dsn, organ)
    path = await erased(act, organ, operator_database)
    as_of(path, revision, test_settings.audit_keys[0])
    restored = await act("restore", None, archive=path.name)
    assert restored.state == "done", restored.reason
    after = await measures(database, organ.id)
    # Rights have identifiers of their own; which roles have which is the same.
    assert told_apart(before, after) == TOLD | {"app.role_permission"}
    assert rights(owner_dsn, organ) == had
    assert after["app.one_stop_case"].rows > 5


async def erased(act: Act, organ: Organ, operator_database: Database) -> Path:
    """The organ's archive, when it is gone."""
    exported = await act("export", organ, books=False)
    erasure = await decided(act, operator_database, organ)
    with clock.fixed_at(clock.now() + timedelta(days=31)):
        await erasing.carry_out(operator_database, erasure.id)
    return exporting.folder() / str(exported.result["archive"])


async def test_what_does_not_fit_is_refused_with_who_can_read_it(
    act: Act, lam_son: Organ, operator_database: Database, test_settings: Settings
) -> None:
    path = await erased(act, lam_son, operator_database)
    whole = path.read_bytes()
    changes: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
        (lambda manifest: manifest.update(revision="9999_tomorrow", service="9.9"), "phiên bản 9.9"),
        (lambda manifest: manifest.update(revision="0027_undelivered", service="0.3"), "cũ hơn 0034_life"),
        (lambda manifest: manifest.update(revision="0042_succession"), "không giống bảng của hệ thống này"),
        (lambda manifest: manifest["tables"].pop(0), "phần lạ"),
    ]
    for change, words in changes:
        path.write_bytes(whole)
        with zipfile.ZipFile(path) as file:
            parts = {name: file.read(name) for name in file.namelist()}
        manifest = json.loads(parts["manifest.json"])
        change(manifest)
        write(path, parts, manifest, test_settings.audit_keys[0])
        refused = await act("restore", None, archive=path.name)
        assert refused.state == "failed"
        assert words in refused.reason
        assert refused.reason.endswith(".")
