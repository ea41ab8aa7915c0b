"""What may import what (.importlinter): the suite says so too, for a change that was checked by it alone."""

from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]


def test_the_layers_hold(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    ended = lint_imports(config_filename=str(ROOT / ".importlinter"), no_cache=True)
    assert ended == EXIT_STATUS_SUCCESS, capsys.readouterr().out
