"""Two communes become one, and one becomes two: people, papers and numbers, wherever it may break off."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.platform.life.conftest import Act

from lienxa.platform import clock
from lienxa.platform.db.session import Database
from lienxa.platform.life import following
from lienxa.platform.tenancy.organs import Organ, organ_by_slug
from lienxa.tenants.documents.models import Document

NEW = {
    "slug": "xa-luong-son",
    "name": "Lương Sơn",
    "host": "xa-luong-son.localhost",
    "administrator": "quan-tri.lam-son",
}


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PAUSE", timedelta(0))


def plan(**changed: Any) -> dict[str, Any]:
    """Lam Sơn and Giang Sơn Tây become Lương Sơn today."""
    return {
        "predecessors": ["lam-son", "giang-son-tay"],
        "successors": ["xa-luong-son"],
        "from_day": clock.today().isoformat(),
        "rest": "xa-luong-son",
        "new": [NEW],
    } | changed


async def the(database: Database, slug: str) -> Organ:
    async with database.control() as control:
        found = await organ_by_slug(control, slug)
    assert found is not None
    return found


async def counted(database: Database, organ: Organ, *where: Any) -> int:
    async with database.tenant(organ.id) as session:
        return int(await session.scalar(select(func.count()).select_from(Document).where(*where)) or 0)


async def test_two_communes_become_one(act: Act, busy_lam_son: Organ, giang_son_tay: Organ, database: Database) -> None:
    done = await act("merge", None, **plan())
    assert done.state == "done", done.reason
    new = await the(database, "xa-luong-son")
    assert (await the(database, "lam-son")).state == "suspended"
    assert new.parent_id == busy_lam_son.parent_id
    assert done.result["things"] > 0
