"""The revisions of the schema that this code knows, read from the files of the migrations.

The web process asks for them (`/readyz`) and need not load alembic for it, which takes 9 MB.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_REVISION = re.compile(r'^revision = "(.+)"$', re.MULTILINE)
_BEFORE = re.compile(r'^down_revision = "(.+)"$', re.MULTILINE)


def known_revisions() -> frozenset[str]:
    """All revisions that this code knows; a database at any other was made by newer code."""
    return _found(_REVISION)


def head() -> str:
    """The newest revision that this code knows: the one that no other follows."""
    (newest,) = known_revisions() - _found(_BEFORE)
    return newest


def after(revision: str) -> Sequence[str]:
    """The revisions that follow that one, oldest first. `LookupError` for one that this code does not know."""
    if revision not in known_revisions():
        raise LookupError(revision)
    following = _following()
    later = []
    while (revision := following.get(revision, "")) != "":
        later.append(revision)
    return later


@cache
def _following() -> Mapping[str, str]:
    """Each revision's successor."""
    found = {}
    for file in sorted(_VERSIONS.glob("[0-9]*.py")):
        written = file.read_text(encoding="utf-8")
        for before in _BEFORE.findall(written):
            (found[before],) = _REVISION.findall(written)
    return found


@cache
def _found(line: re.Pattern[str]) -> frozenset[str]:
    files = sorted(_VERSIONS.glob("[0-9]*.py"))
    return frozenset(name for file in files for name in line.findall(file.read_text(encoding="utf-8")))
