"""Acts on organs, as a worker carries them out."""

import shutil
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from tests.conftest import Templates
from tests.platform.life import succeeding

from lienxa.platform.audit import heads
from lienxa.platform.db.session import Database
from lienxa.platform.files import store
from lienxa.platform.life import acts, exporting, following, works
from lienxa.platform.life.models import OrganWork
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ

Act = Callable[..., Awaitable[OrganWork]]


@pytest.fixture(autouse=True)
def _own_data_folder(
    request: pytest.FixtureRequest, test_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files, published heads and archives of this test alone.

    Organs of a template bear the same identifiers in every test: who erases one takes the files of all, and whose trail
    went on otherwise has published other heads. The template itself, which others use later, is made with theirs.
    """
    if "database_name" in request.fixturenames:
        request.getfixturevalue("database_name")
    if (test_settings.data / "files").is_dir():
        shutil.copytree(test_settings.data / "files", tmp_path / "files")
    own = test_settings.model_copy(update={"data": tmp_path})
    for keeper in (heads, store, exporting):
        monkeypatch.setattr(keeper, "get_settings", lambda: own)


@pytest.fixture(scope="session")
def succeeding_template(templates: Templates, busy_template: str, test_settings: Settings) -> str:
    """Two communes at work that are to be merged or split; made when the first test asks for it."""
    return succeeding.prepare(templates, busy_template, test_settings)


@pytest.fixture
def communes_at_work() -> None:
    """Ask for the database of `succeeding_template`."""


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody here knows an organ as it was before: nobody has to forget it."""
    monkeypatch.setattr(following, "PAUSE", timedelta(0))


@pytest.fixture
def act(operator_database: Database) -> Act:
    """`await act(kind, organ, **wanted)`: an operator wants it, and it is carried out."""

    async def carried_out(kind: str, organ: Organ | None, **wanted: object) -> OrganWork:
        key = uuid4()
        async with operator_database.control() as control:
            await works.ask(control, None, key, kind, "van-hanh", organ.id if organ else None, **wanted)
        return await acts.carry_out(operator_database, key)

    return carried_out
