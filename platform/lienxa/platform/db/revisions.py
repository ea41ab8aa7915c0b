"""The revisions of the schema that this code knows, read from the files of the migrations.

The web process asks for them (`/readyz`) and need not load alembic for it, which takes 9 MB.
"""

import re
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


@cache
def _found(line: re.Pattern[str]) -> frozenset[str]:
    files = sorted(_VERSIONS.glob("[0-9]*.py"))
    return frozenset(name for file in files for name in line.findall(file.read_text(encoding="utf-8")))
