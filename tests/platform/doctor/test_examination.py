"""`lienxa doctor` sees what is broken and names what mends it; a sound installation has nothing wrong."""

import json
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pooler
import psycopg
import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from sqlalchemy import delete, make_url
from tests.conftest import KEPT

from lienxa.platform import clock
from lienxa.platform.audit import heads
from lienxa.platform.audit.operators import OPERATORS
from lienxa.platform.audit.repository import record_stranger
from lienxa.platform.audit.sealing import Head, last_head, seal
from lienxa.platform.cli import main
from lienxa.platform.db import catalogue
from lienxa.platform.db.session import Database
from lienxa.platform.doctor import command, configuration, database, surroundings
from lienxa.platform.doctor.examination import examine
from lienxa.platform.doctor.findings import Finding, Patient
from lienxa.platform.rollup import marks
from lienxa.platform.rollup.models import rollup_mark
from lienxa.platform.settings import Settings, get_settings
from lienxa.platform.tenancy.organs import Organ

Check = Callable[[Patient], Awaitable[list[Finding]]]


@pytest.fixture
def patient(database: Database, test_settings: Settings, tmp_path: Path) -> Patient:
    address = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    given = {"db_app_dsn": SecretStr(address), "data": tmp_path, "port": 1}
    return Patient(test_settings.model_copy(update=given), database)


def _with(patient: Patient, **settings: Any) -> Patient:
    return Patient(patient.settings.model_copy(update=settings), patient.database)


def _seen(findings: list[Finding]) -> dict[str, str]:
    return {finding.check: finding.verdict for finding in findings}


@pytest.fixture
def owner(owner_dsn: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        yield connection


# --- Settings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "said"),
    [("", "Thiếu khóa LIENXA_AUDIT_KEY"), ("ab" * 32, "quá yếu"), ("zyxwvuts" * 8, "thập lục phân")],
)
async def test_a_bad_key_is_named_with_the_command_that_makes_one(patient: Patient, key: str, said: str) -> None:
    assert _seen(await configuration.keys(_with(patient, client_secret=SecretStr("0123456789abcdef" * 2)))) == {
        "keys": "ok"
    }
    (finding,) = await configuration.keys(_with(patient, audit_key=SecretStr(key)))
    assert finding.verdict == "wrong"
    assert said in finding.said
    assert "openssl rand -hex 32" in finding.remedy


async def test_two_keys_are_never_the_same(patient: Patient) -> None:
    (finding,) = await configuration.keys(_with(patient, audit_key=patient.settings.secret_key))
    assert (finding.verdict, finding.said) == ("wrong", "Hai khóa giống nhau.")


async def test_old_keys_are_counted_and_are_not_those_in_use(patient: Patient) -> None:
    (finding,) = await configuration.keys(_with(patient, old_audit_keys=SecretStr("a1" * 32)))
    assert finding.verdict == "ok"
    assert "1 khóa cũ" in finding.said
    (finding,) = await configuration.keys(_with(patient, old_secret_keys=patient.settings.audit_key))
    assert finding.verdict == "wrong"


async def test_a_trail_whose_key_is_not_given_is_named(patient: Patient, lam_son: Organ) -> None:
    async with patient.database.tenant(lam_son.id) as session:
        record_stranger(session, "test.act", None, {})
        await session.flush()
        await seal(session, [b"k" * 32])
    (finding,) = await database.trails(patient)
    assert finding.verdict == "wrong"
    assert "Lam Sơn" in finding.said or "lam-son" in finding.said
    assert "LIENXA_OLD_AUDIT_KEYS" in finding.remedy
    knowing = _with(patient, old_audit_keys=SecretStr((b"k" * 32).hex()))
    assert _seen(await database.trails(knowing)) == {"trails": "ok"}


async def test_a_misspelt_setting_is_named_with_the_nearest(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEPT:  # what the tests themselves were told
        monkeypatch.delenv(name, raising=False)
    assert _seen(await configuration.names(patient)) == {"settings": "ok"}
    monkeypatch.setenv("LIENXA_OTPL_ENDPOINT", "http://127.0.0.1:4318")
    (finding,) = await configuration.names(patient)
    assert finding.verdict == "warning"
    assert "LIENXA_OTPL_ENDPOINT" in finding.said
    assert "LIENXA_OTLP_ENDPOINT" in finding.remedy


async def test_receivers_that_are_allowed_are_told(patient: Patient) -> None:
    (finding,) = await configuration.receivers(_with(patient, webhook_allow="kho.xa.lan, 10.0.0.0/8"))
    assert finding.verdict == "ok"
    assert "kho.xa.lan, 10.0.0.0/8" in finding.said


@pytest.mark.parametrize("entry", ["10.0.0.0/33", "http://kho.xa.lan", "*.xa.lan", "kho xa"])
def test_receivers_that_cannot_be_read_stop_every_command_with_one_line(
    entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIENXA_WEBHOOK_ALLOW", f"kho.xa.lan, {entry}")
    get_settings.cache_clear()
    result = CliRunner().invoke(main, ["doctor"])
    get_settings.cache_clear()
    assert result.exit_code == 1
    assert f"LIENXA_WEBHOOK_ALLOW: “{entry}” không phải dải mạng hay tên máy." in result.output


async def test_the_service_file_is_there_and_nobody_elses(patient: Patient) -> None:
    assert _seen(await configuration.file(patient)) == {"service file": "wrong"}
    file = patient.settings.data / "service.env"
    file.write_text("LIENXA_PORT=8000\n")
    file.chmod(0o640)
    (finding,) = await configuration.file(patient)
    assert (finding.verdict, finding.remedy) == ("wrong", f"chmod 600 {file}")
    file.chmod(0o600)
    assert _seen(await configuration.file(patient)) == {"service file": "ok"}


async def test_production_wants_https_and_an_issuer(patient: Patient) -> None:
    assert _seen(await configuration.profile(patient)) == {"profile": "ok"}
    (finding,) = await configuration.profile(_with(patient, profile="production"))
    assert finding.verdict == "wrong"
    assert "LIENXA_SCHEME=https" in finding.said
    assert "LIENXA_ISSUER_URL" in finding.said


# --- Database -------------------------------------------------------------------------------------------------------


async def test_a_sound_database_has_nothing_wrong(patient: Patient) -> None:
    for check in (database.server, database.protection, database.figures, database.trails):
        assert {finding.verdict for finding in await check(patient)} == {"ok"}


async def test_a_table_without_row_security_is_named(patient: Patient, owner: psycopg.Connection) -> None:
    owner.execute("alter table app.document no force row level security")
    (finding,) = await database.protection(patient)
    assert (finding.check, finding.verdict) == ("row security", "wrong")
    assert "app.document" in finding.said
    assert "force row level security" in finding.remedy


async def test_a_login_that_passes_by_row_security_is_named(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def roles(_session: Any) -> dict[str, tuple[bool, bool]]:
        return {"lx_app": (True, False), "lx_owner": (False, False)}

    monkeypatch.setattr(catalogue, "roles", roles)
    found = {finding.said: finding.remedy for finding in await database.protection(patient)}
    assert found["Vai trò lx_app vượt được bảo vệ theo đơn vị."] == "alter role lx_app nosuperuser nobypassrls;"
    assert "Thiếu vai trò lx_operator." in found


@pytest.mark.parametrize(
    ("revision", "verdict", "remedy"),
    [("0001_platform", "wrong", "lienxa migrate"), ("9999_newer", "warning", "Cập nhật chương trình.")],
)
async def test_an_older_schema_is_to_be_migrated(
    patient: Patient, owner: psycopg.Connection, revision: str, verdict: str, remedy: str
) -> None:
    owner.execute("update control.alembic_version set version_num = %s", [revision])
    finding = (await database.server(patient))[-1]
    assert (finding.check, finding.verdict, finding.remedy) == ("migrations", verdict, remedy)


async def test_a_missing_extension_is_named(patient: Patient, owner: psycopg.Connection) -> None:
    owner.execute("drop extension btree_gin cascade")
    assert _seen(await database.server(patient))["extensions"] == "wrong"


async def test_a_queue_without_workers_and_with_dead_letters_is_told(
    patient: Patient, owner: psycopg.Connection
) -> None:
    for state, age in (("queued", "20 minutes"), ("rejected", "1 day")):
        owner.execute(
            "insert into control.job_queue (queue_name, message_id, state, message, available_at) "
            "values ('quick', gen_random_uuid(), %s, '{}', now() - %s::interval)",
            [state, age],
        )
    seen = _seen(await database.queue(patient))
    assert seen == {"workers": "wrong", "scheduler": "wrong", "queue": "wrong", "dead letters": "warning"}


async def test_a_queue_at_work_is_well(patient: Patient, owner: psycopg.Connection) -> None:
    owner.execute("select pg_advisory_lock(7142002)")
    insert = "insert into control.job_worker values (gen_random_uuid(), now() - %s::interval, %s)"
    for name, silent in (("quick", "1 second"), ("quick", "1 second"), ("operator", "0"), ("heavy", "2 minutes")):
        owner.execute(insert, [silent, f"worker-{name}"])
    (idle,) = await database.queue(patient)
    assert (idle.check, idle.verdict) == ("workers", "wrong")
    assert "“Việc nặng (in, ảnh, xuất tệp)”" in idle.said
    assert "worker-heavy" in idle.remedy
    owner.execute(insert, ["0", None])  # of before workers said what they are
    assert _seen(await database.queue(patient)) == {"queue": "ok"}
    owner.execute("delete from control.job_worker where process is null")
    owner.execute(insert, ["0", "worker-heavy"])
    assert _seen(await database.queue(patient)) == {"queue": "ok"}


async def test_figures_that_lag_are_told(patient: Patient, lam_son: Organ) -> None:
    async with patient.database.control() as control:
        await control.execute(delete(rollup_mark))  # those of the making of the organs
    with clock.fixed_at(clock.now()):
        async with patient.database.tenant(lam_son.id) as session:
            await marks.mark(session, "documents")
    assert _seen(await database.figures(patient)) == {"figures": "ok"}
    with clock.fixed_at(clock.instant(clock.today(), 0).replace(year=2099)):
        (finding,) = await database.figures(patient)
    assert finding.verdict == "warning"


async def test_a_trail_that_lost_its_published_end_is_named(patient: Patient, lam_son: Organ) -> None:
    keys = patient.settings.audit_keys
    async with patient.database.tenant(lam_son.id) as session:
        record_stranger(session, "test.act", None, {})
        await session.flush()
        while await seal(session, keys):
            pass
        head = await last_head(session)
    heads.publish(lam_son.id, head)
    assert _seen(await database.trails(patient)) == {"trails": "ok"}
    heads.publish(lam_son.id, Head(head.number + 5, b"\1" * 32))
    (finding,) = await database.trails(patient)
    assert (finding.verdict, finding.remedy) == ("wrong", "lienxa audit verify lam-son")


async def test_so_is_that_of_the_operators(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = Head(10_000, b"\1" * 32)
    monkeypatch.setattr(heads, "published", lambda place: [lost] if place == OPERATORS else [])
    (finding,) = await database.trails(patient)
    assert (finding.verdict, finding.remedy) == ("wrong", "lienxa audit verify")


# --- Surroundings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("free", "verdict"), [(100, "wrong"), (1000, "warning"), (9000, "ok")])
async def test_a_full_disk_is_told_before_it_is_full(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, free: int, verdict: str
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: SimpleNamespace(free=free * 1024 * 1024))
    assert _seen(await surroundings.disk(patient)) == {"disk": verdict}


async def test_a_file_store_that_cannot_be_written_is_told(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _seen(await surroundings.files(patient)) == {"files": "ok"}

    def refuse(**_options: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", refuse)
    (finding,) = await surroundings.files(patient)
    assert finding.verdict == "wrong"
    assert finding.remedy.startswith("chown")


async def test_what_was_not_built_is_named(patient: Patient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert _seen(await surroundings.built(patient)) == {"assets": "ok"}
    monkeypatch.setattr(surroundings.assets, "VENDOR", tmp_path)
    monkeypatch.setattr(surroundings, "FONTS", tmp_path)
    assert _seen(await surroundings.built(patient)) == {"assets": "wrong", "fonts": "wrong"}


@pytest.mark.parametrize("check", [surroundings.web, surroundings.issuer])
async def test_a_part_that_does_not_answer_is_wrong(patient: Patient, check: Check) -> None:
    (finding,) = await check(patient)
    assert finding.verdict == "wrong"
    assert "127.0.0.1:1" in finding.said
    assert finding.remedy


async def test_a_collector_that_is_away_is_only_a_warning(patient: Patient) -> None:
    assert _seen(await surroundings.collector(patient)) == {"collector": "ok"}
    away = _with(patient, otlp_endpoint="http://127.0.0.1:1")
    assert _seen(await surroundings.collector(away)) == {"collector": "warning"}


async def test_a_name_that_leads_nowhere_is_a_warning(
    patient: Patient, lam_son: Organ, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _seen(await surroundings.hosts(patient)) == {"hosts": "ok"}
    (finding,) = await surroundings.hosts(_with(patient, sso_host="nowhere.invalid"))
    assert finding.verdict == "warning"
    assert "nowhere.invalid" in finding.said


# --- The command ----------------------------------------------------------------------------------------------------


async def test_a_database_that_is_away_is_one_finding_and_the_rest_is_looked_at(patient: Patient) -> None:
    dsn = "postgresql://keeper:geheim@127.0.0.1:1/office"
    found = await examine(patient.settings.model_copy(update={"db_app_dsn": SecretStr(dsn)}))
    seen = _seen(found)
    assert seen["database"] == "wrong"
    (said,) = (finding.said for finding in found if finding.check == "database")
    assert "“office” tại 127.0.0.1, cổng 1, bằng tài khoản keeper: máy chủ không trả lời" in said
    assert "geheim" not in str(found)
    assert seen["assets"] == "ok"
    assert "migrations" not in seen


@pytest.mark.skipif(pooler.ENVIRONMENT in os.environ, reason="a pooler refuses in words of its own")
async def test_who_is_refused_hears_what_the_server_said(patient: Patient, owner: psycopg.Connection) -> None:
    address = make_url(patient.settings.db_app_dsn.get_secret_value())
    for changed, reason in (
        ({"database": "nowhere"}, "không có cơ sở dữ liệu này"),
        ({"username": "nobody_of_ours"}, "từ chối tài khoản hoặc mật khẩu"),
    ):
        dsn = address.set(**changed).render_as_string(hide_password=False)
        found = await examine(patient.settings.model_copy(update={"db_app_dsn": SecretStr(dsn)}))
        (said,) = (finding.said for finding in found if finding.check == "database")
        assert reason in said
        assert str(address.password) not in said


@pytest.mark.parametrize(("verdict", "code"), [("ok", 0), ("warning", 0), ("wrong", 1)])
def test_the_command_ends_with_1_if_something_is_wrong(
    monkeypatch: pytest.MonkeyPatch, verdict: Any, code: int
) -> None:
    async def found(_settings: Settings) -> list[Finding]:
        return [Finding("disk", verdict, "Còn 5 MB.", "Dọn bớt.")]

    monkeypatch.setattr("lienxa.platform.doctor.examination.examine", found)
    shown = CliRunner().invoke(command.doctor, [])
    assert shown.exit_code == code
    assert "Còn 5 MB." in shown.output
    assert "Cách sửa: Dọn bớt." in shown.output
    told = CliRunner().invoke(command.doctor, ["--json"])
    assert told.exit_code == code
    assert json.loads(told.output) == [{"check": "disk", "verdict": verdict, "said": "Còn 5 MB.", "remedy": "Dọn bớt."}]


# --- What runs by a schedule, and the seals -------------------------------------------------------------------------


async def test_schedules_that_are_late_or_fail_are_told(patient: Patient, owner: psycopg.Connection) -> None:
    owner.execute(
        "insert into control.job_kind (job, title, every_seconds, done_at) values ('a.well', 'Chạy tốt', 3600, now())"
    )
    assert _seen(await database.schedules(patient)) == {"schedules": "ok"}
    owner.execute(
        "insert into control.job_kind (job, title, every_seconds, done_at, failed_at, error) values "
        "('a.late', 'Chạy muộn', 60, now() - interval '1 hour', null, null), "
        "('a.sick', 'Bị lỗi', 60, now() - interval '1 minute', now(), 'OSError')"
    )
    late, sick = await database.schedules(patient)
    assert (late.verdict, sick.verdict) == ("warning", "warning")
    assert "Chạy muộn" in late.said
    assert "OSError" in sick.said
    assert "a.sick" in sick.remedy


async def test_heads_that_nobody_publishes_any_more_are_told(
    patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "get_settings", lambda: SimpleNamespace(data=tmp_path))
    assert _seen(await database.seals(patient)) == {"seals": "ok"}
    file = tmp_path / "audit-heads" / "organ.jsonl"
    file.parent.mkdir()
    file.touch()
    assert _seen(await database.seals(patient)) == {"seals": "ok"}
    long_ago = file.stat().st_mtime - 5 * 24 * 3600
    os.utime(file, (long_ago, long_ago))
    (finding,) = await database.seals(patient)
    assert finding.verdict == "warning"
    assert "cách đây 5 ngày" in finding.said


async def test_a_mail_server_that_is_away_is_named_and_one_without_sender_is_wrong(patient: Patient) -> None:
    assert _seen(await surroundings.mail(patient)) == {"mail": "ok"}
    assert _seen(await surroundings.mail(_with(patient, smtp_host="127.0.0.1"))) == {"mail": "wrong"}
    away = _with(patient, smtp_host="127.0.0.1", smtp_port=1, mail_from="a@lien-xa.example")
    (finding,) = await surroundings.mail(away)
    assert finding.verdict == "warning"
    assert "127.0.0.1:1" in finding.said
    assert "LIENXA_SMTP_" in finding.remedy
