"""What people hold when the keys are replaced: pages in a browser, archives on a disk, the file of the installation."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from litestar import Litestar
from pydantic import SecretStr, ValidationError

from lienxa.platform import service_file
from lienxa.platform.audit import operators
from lienxa.platform.audit import sealing as trails
from lienxa.platform.db.programs import CannotStart
from lienxa.platform.db.session import Database
from lienxa.platform.keys import commands
from lienxa.platform.life.archive import Files, Head, Reader, Writer
from lienxa.platform.settings import SERVICE_FILE, Settings
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.web import page

from .conftest import Turn

SEALS = "/quan-tri/nhat-ky/dau-niem"
OLD, OLDER, NEW = "a1" * 32, "b2" * 32, "c3" * 32


@pytest.fixture
def use(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the web process have been started with these keys."""
    present = app.state.settings

    def start(settings: Settings) -> None:
        keys = {name: getattr(settings, name) for name in Settings.model_fields if name.endswith(("_key", "_keys"))}
        started = present.model_copy(update=keys)
        monkeypatch.setitem(app.state._state, "settings", started)
        monkeypatch.setattr(page, "get_settings", lambda: started)

    return start


async def test_a_page_that_was_open_is_sent_and_its_notice_shown(
    visit: Any, lam_son: Organ, actor_with: Any, use: Any, turn: Turn
) -> None:
    visitor = await visit(lam_son, await actor_with(lam_son, "administrator"))
    use(turn.after)
    answer = await visitor.post(f"{SEALS}/noi-nhan", {"receivers": "huyen@do-luong.example"})
    assert answer.status_code == 303
    assert "Đã lưu" in (await visitor.get(SEALS)).text


async def test_without_the_old_key_it_is_refused_in_words_and_goes_on_after_a_look_at_it(
    visit: Any, lam_son: Organ, actor_with: Any, use: Any, turn: Turn
) -> None:
    visitor = await visit(lam_son, await actor_with(lam_son, "administrator"))
    before = await visitor.post(f"{SEALS}/noi-nhan", {"receivers": ""})
    assert before.status_code == 303
    use(turn.alone)
    seen = await visitor.get(SEALS)
    assert seen.status_code == 200, "the session itself is no matter of keys"
    assert "Đã lưu" not in seen.text
    refused = await visitor.post(f"{SEALS}/noi-nhan", {"receivers": ""})
    assert refused.status_code == 403
    assert "Mở lại trang rồi làm lại" in refused.text


def test_an_archive_of_before_is_vouched_for_while_its_key_is_given(tmp_path: Path, turn: Turn) -> None:
    path = tmp_path / "a.zip"
    with path.open("wb") as file, Writer(file, turn.before.audit_keys[0]) as writer:
        known = dict.fromkeys(("service", "revision", "slug", "name"), "x")
        writer.end(
            **known, made_at="2026-11-25T08:00:00+07:00", organ_id=str(uuid4()), files=Files(0, 0, []), head=Head(0, "")
        )
    with Reader(path) as reader:
        assert reader.is_vouched_for(turn.before.audit_keys)
        assert reader.is_vouched_for(turn.after.audit_keys)
        assert not reader.is_vouched_for(turn.alone.audit_keys)


async def test_the_command_counts_and_says_what_is_needed_no_more(
    database: Database, lam_son: Organ, turn: Turn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from lienxa.platform.audit import heads

    monkeypatch.setattr(heads, "publish", lambda *_given: None)
    async with database.control() as control:
        operators.note(control, "van-hanh", "operator.signed_in")
    await trails.seal_all(database.control, turn.before.audit_keys)
    dsn = SecretStr(database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
    settings = turn.after.model_copy(update={"db_app_dsn": dsn})
    assert await commands._rotate(settings, dry_run=True) == 0
    said = capsys.readouterr().out
    assert "0 mục còn đóng bằng khóa cũ" in said
    assert "1 nhật ký" in said
    assert "bỏ LIENXA_OLD_SECRET_KEYS" not in said, "that was not done yet"
    assert await commands._rotate(settings, dry_run=False) == 0
    said = capsys.readouterr().out
    assert "bỏ LIENXA_OLD_SECRET_KEYS" in said
    assert "Giữ LIENXA_OLD_AUDIT_KEYS" in said


# Where keys are given ----------------------------------------------------------------------------------------------


def test_the_newest_key_comes_first() -> None:
    settings = Settings(secret_key=NEW, old_secret_keys=f"{OLD}, {OLDER}", audit_key=NEW, old_audit_keys=OLD)  # type: ignore[arg-type]
    assert settings.secret_keys == (NEW.encode(), OLD.encode(), OLDER.encode())
    assert settings.audit_keys == (bytes.fromhex(NEW), bytes.fromhex(OLD))
    assert Settings(secret_key=NEW, audit_key=NEW).secret_keys == (NEW.encode(),)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", ["x" * 64, "ab", f"{OLD};{OLDER}", OLD + "a"])
def test_an_old_key_that_is_none_is_refused_and_not_told(given: str) -> None:
    with pytest.raises(ValidationError, match="64 chữ số thập lục phân") as refused:
        Settings(old_audit_keys=given)  # type: ignore[arg-type]
    assert given not in str(refused.value)


def test_new_keys_of_the_service_file_push_the_present_ones_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIENXA_SECRET_KEY")
    file = tmp_path / SERVICE_FILE
    file.write_text(f"LIENXA_SECRET_KEY={OLD}\nLIENXA_OLD_SECRET_KEYS={OLDER}\nLIENXA_AUDIT_KEY={NEW}\nLIENXA_PORT=1\n")
    service_file.replace_keys(tmp_path, ["LIENXA_SECRET_KEY"])
    settings = Settings(_env_file=file)  # type: ignore[call-arg]
    assert settings.secret_keys[1:] == (OLD.encode(), OLDER.encode())
    assert len({*settings.secret_keys}) == 3
    assert _of(file, "LIENXA_AUDIT_KEY") == NEW
    assert _of(file, "LIENXA_PORT") == "1"
    assert file.stat().st_mode & 0o077 == 0


def _of(file: Path, name: str) -> str:
    return next(line.partition("=")[2] for line in file.read_text().splitlines() if line.startswith(f"{name}="))


@pytest.mark.parametrize("where", ["nowhere", "environment"])
def test_keys_that_are_not_in_the_file_are_not_replaced_there(
    tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIENXA_SECRET_KEY")
    file = tmp_path / SERVICE_FILE
    if where == "environment":
        file.write_text(f"LIENXA_SECRET_KEY={OLD}\n")
        monkeypatch.setenv("LIENXA_SECRET_KEY", NEW)
    before = file.read_text() if file.exists() else None
    with pytest.raises(CannotStart, match="LIENXA_SECRET_KEY"):
        service_file.replace_keys(tmp_path, ["LIENXA_SECRET_KEY"])
    assert (file.read_text() if file.exists() else None) == before
