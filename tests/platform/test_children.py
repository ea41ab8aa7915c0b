"""A supervised process: restarted, given up, ended with all it started, its log in bounds."""

import os
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lienxa.platform import children
from lienxa.platform.children import DEATHS_ALLOWED, Child, trim
from lienxa.platform.db.programs import CannotStart

Make = Callable[[str], Child]


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Make a child that runs some Python; it is ended after the test."""
    monkeypatch.setattr(children, "FIRST_PAUSE_SECONDS", 0.01)
    made: list[Child] = []

    def make(code: str) -> Child:
        command = [sys.executable, "-c", textwrap.dedent(code)]
        made.append(Child("trial", command, dict(os.environ), tmp_path / "trial.log"))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.finish(0)


def wait_for(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_one_that_dies_is_started_again_and_that_is_said(child: Make, tmp_path: Path) -> None:
    flag = tmp_path / "second"
    one = child(f"""
        import pathlib, time
        flag = pathlib.Path({str(flag)!r})
        if flag.exists(): time.sleep(60)
        flag.touch()
        raise SystemExit(3)
    """)
    said: list[str] = []

    def restarted() -> bool:
        if news := one.watch():
            said.append(news)
        return bool(said) and one.process is not None

    wait_for(restarted)
    assert len(said) == 1
    assert "trial" in said[0]
    assert "mã 3" in said[0]


def test_one_that_keeps_dying_is_given_up_with_its_last_words(child: Make) -> None:
    one = child("raise SystemExit('no database for me')")
    said: list[str] = []

    def watch() -> bool:
        if news := one.watch():
            said.append(news)
        return False

    with pytest.raises(CannotStart, match="no database for me"):
        wait_for(watch)
    assert len(said) == DEATHS_ALLOWED


def test_what_ignores_the_request_is_forced_with_all_it_started(child: Make, tmp_path: Path) -> None:
    pid = tmp_path / "grandchild"
    one = child(f"""
        import pathlib, signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        pathlib.Path({str(pid)!r}).write_text(str(other.pid))
        time.sleep(60)
    """)
    wait_for(lambda: pid.exists() and pid.read_text())
    assert one.process is not None
    process = one.process
    one.terminate()
    one.finish(0.2)
    assert process.returncode == -9
    grandchild = Path("/proc", pid.read_text(), "stat")
    wait_for(lambda: not grandchild.exists() or ") Z " in grandchild.read_text())


def test_a_log_begins_anew_while_its_writer_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "LOG_BYTES", 100)
    log = tmp_path / "one.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"a" * 200)
        trim(log)
        writer.write(b"later")
        trim(log)
    assert log.read_bytes() == b"later"
    assert (tmp_path / "one.log.1").read_bytes() == b"a" * 200
