"""What browsers load: bundled from all sources, smaller than they are, named when something is missing or wrong."""

import re
from pathlib import Path

import pytest

from lienxa.platform.web import assets

ROOT = Path(__file__).parents[3]
WEB = ROOT / "platform" / "lienxa" / "platform" / "web"


@pytest.fixture
def bundled(tmp_path: Path) -> Path:
    vendor = tmp_path / "vendor"
    assets.build(vendor=vendor)
    return vendor


def test_every_source_is_bundled_and_made_smaller(bundled: Path) -> None:
    for kind, folder, names in (("css", "styles", assets.styles()), ("js", "scripts", assets.scripts())):
        sources = {file.stem: file.read_text("utf-8") for file in (WEB / folder).glob(f"*.{kind}")}
        assert sorted(names) == sorted(sources)
        bundle = (bundled / f"lienxa.{kind}").read_text("utf-8")
        assert len(bundle.splitlines()) < 20
        for mark in re.findall(r"\[data-[a-z-]+|--[a-z-]+:", "".join(sources.values())):
            assert mark in bundle, mark


def test_rules_come_in_their_order(bundled: Path) -> None:
    names = assets.styles()
    assert names[0] == "tokens"
    assert names[-2:] == ["print", "access"]
    modules = names[len(assets.STYLES_FIRST) : -2]
    assert modules == sorted(modules)
    css = (bundled / "lienxa.css").read_text("utf-8")
    assert css.index(":root") < css.index(".top") < css.index(".paper") < css.index("forced-colors")


def test_the_sprite_has_every_icon(bundled: Path) -> None:
    sprite = (bundled / "icons.svg").read_text("utf-8")
    for name in assets.ICONS:
        assert f'<symbol id="{name}"' in sprite


def test_missing_packages_are_named_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        assets.build(tmp_path, tmp_path / "vendor")
    assert str(tmp_path) in str(missing.value.filename)


def test_a_fault_in_a_source_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "scripts", lambda: ["no-such-script"])
    with pytest.raises(assets.BundleFailed, match="no-such-script"):
        assets.build(vendor=tmp_path / "vendor")
