"""The same isolation on the oldest PostgreSQL that we promise, on a server that is given, and as Citus wants it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import server

import lienxa.platform.app  # noqa: F401 -- with it every model is known
from lienxa.platform.db import distribution, migrations
from lienxa.platform.db.base import metadata
from lienxa.platform.db.embedded import SUPERUSER, Cluster, bootstrap

HERE = Path(__file__).parent
OLDEST = Path("/usr/lib/postgresql/15/bin")
needs_oldest = pytest.mark.skipif(not OLDEST.is_dir(), reason="PostgreSQL 15 of Debian is not on this machine")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the account of the server may pass through (pytest's own have mode 0700)."""
    with tempfile.TemporaryDirectory(prefix="lienxa-test-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


@pytest.fixture
def given(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The superuser's address of an empty server: of the wheel, or of the programs that the test names."""
    if request.param is not None:
        monkeypatch.setenv("LIENXA_PG_BIN", str(request.param))
    cluster = Cluster(folder / "postgresql", fsync=False)
    cluster.start()
    yield cluster.dsn(SUPERUSER, "postgres")
    cluster.remove()


def run(address: str, *what: str, **settings: str) -> str:
    """Run tests of this folder on the server at `address`; what they said."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *what]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LIENXA_", "PYTEST_"))}
    ended = subprocess.run(
        command,
        cwd=HERE,
        env=environment | {server.ENVIRONMENT: address} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-4000:]
    return ended.stdout


ALL = (str(HERE), f"--ignore={__file__}")


@needs_oldest
@pytest.mark.parametrize("given", [OLDEST], indirect=True, ids=["15"])
def test_migrations_and_catalogue_on_the_oldest_version(given: str) -> None:
    assert " passed" in run(given, str(HERE / "test_catalogue.py"))


@pytest.mark.long
@pytest.mark.timeout(1200)
@needs_oldest
@pytest.mark.parametrize("given", [OLDEST], indirect=True, ids=["15"])
def test_everything_on_the_oldest_version(given: str) -> None:
    assert " passed" in run(given, *ALL)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("given", [None], indirect=True, ids=["wheel"])
def test_everything_as_citus_is_spoken_to(given: str) -> None:
    assert " passed" in run(given, *ALL, LIENXA_DB_ENGINE="citus")


@pytest.mark.long
@pytest.mark.parametrize("given", [None], indirect=True, ids=["wheel"])
def test_the_contract_on_a_database_that_is_spread(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an operator tries it on a Citus of theirs; here Citus is the stand-in of `tests/platform/db`."""
    theirs = server.GivenServer(given)
    bootstrap(theirs, "spread")  # type: ignore[arg-type]
    migrations.upgrade(theirs.dsn("lx_migrator", "spread"))
    with psycopg.connect(theirs.dsn(SUPERUSER, "spread")) as connection:
        connection.execute((HERE.parent / "platform" / "db" / "citus_stand_in.sql").read_bytes())
    assert distribution.distribute(theirs.dsn("lx_migrator", "spread"), metadata) > 40
    settings = {"LIENXA_TEST_APP_DSN": theirs.dsn("lx_app", "spread")}
    said = run(given, str(HERE / "test_binding.py"), "-k", "not one_shard", **settings)
    assert "skipped" not in said


@pytest.mark.parametrize("given", [None], indirect=True, ids=["wheel"])
def test_a_given_server_in_use_is_refused_and_an_empty_one_left_as_it_was(given: str) -> None:
    theirs = server.GivenServer(given)
    theirs.start()
    bootstrap(theirs, "test_one")  # type: ignore[arg-type]
    with pytest.raises(pytest.exit.Exception, match="test_one, lx_app"):
        theirs.start()
    theirs.remove()
    theirs.start()
