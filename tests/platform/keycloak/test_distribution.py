"""The server's programs: fetched by name, and only if their content is the one that we know."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lienxa.platform.db.programs import CannotStart
from lienxa.platform.keycloak import distribution


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def _maven(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    """`jgo` whose repository has this."""

    class Context:
        def project(self, group: str, artifact: str) -> "Context":
            assert (group, artifact) == ("org.keycloak", "keycloak-quarkus-dist")
            return self

        def at_version(self, version: str) -> "Context":
            assert version == distribution.VERSION
            return self

        def artifact(self, packaging: str) -> "Context":
            assert packaging == "zip"
            return self

        def resolve(self) -> Path:
            if isinstance(answer, Exception):
                raise answer
            found: Path = answer
            return found

    module = ModuleType("jgo.maven")
    module.MavenContext = Context  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "jgo", ModuleType("jgo"))
    monkeypatch.setitem(sys.modules, "jgo.maven", module)


def test_other_content_is_refused_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    archive = tmp_path / "keycloak.zip"
    archive.write_bytes(b"something else")
    _maven(monkeypatch, archive)
    with pytest.raises(CannotStart, match="không đúng nội dung"):
        distribution.prepare()
    assert not archive.exists()
    assert not distribution.folder().exists()


def test_a_repository_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    _maven(monkeypatch, ConnectionError("no route"))
    with pytest.raises(CannotStart, match=r"Không tải được Keycloak .*: no route"):
        distribution.prepare()
    assert not distribution.is_ready()


def test_what_is_built_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    _maven(monkeypatch, AssertionError("nothing is fetched"))
    distribution.folder().mkdir(parents=True)
    assert distribution.prepare() == distribution.folder()


def test_another_way_of_building_is_another_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    before = distribution.folder()
    monkeypatch.setattr(distribution, "_BUILD", ("--db=mysql",))
    assert distribution.folder() != before
