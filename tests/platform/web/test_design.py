"""The page of the design system shows every part; it exists for maintainers only."""

import re
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from pydantic import SecretStr

from lienxa.platform.access.actor import Actor
from lienxa.platform.app import build_app
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.web import design

TEMPLATES = Path(design.__file__).parent / "templates"
PAGES = ("/he-thiet-ke", "/he-thiet-ke/hop-thoai", "/he-thiet-ke/to-in")


def client(app: Litestar) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost:8000")


@pytest.mark.parametrize("path", PAGES)
async def test_maintainers_find_it_on_their_own_machine(app: Litestar, path: str) -> None:
    answer = await client(app).get(path)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("path", PAGES)
async def test_an_installation_at_work_has_no_such_page(test_settings: Settings, path: str) -> None:
    serious = test_settings.model_copy(
        update={"profile": "production", "db_app_dsn": SecretStr("postgresql://nowhere")}
    )
    assert (await client(build_app(serious)).get(path)).status_code == 404


def test_every_part_is_shown() -> None:
    parts = set(re.findall(r"macro ([a-z]\w*)\(", (TEMPLATES / "ui.html").read_text("utf-8")))
    shown = "".join(
        (TEMPLATES / name).read_text("utf-8")
        for name in ("design/parts.html", "design/dialog.html", "design/sheet.html", "base.html", "shell.html")
    )
    inside = (TEMPLATES / "ui.html").read_text("utf-8")
    missing = {part for part in parts if f"ui.{part}(" not in shown and f"{{{{ {part}(" not in inside}
    assert missing == set()


def test_every_colour_is_shown() -> None:
    assert {"lacquer", "ink", "paper", "late", "ok"} <= set(design.tokens())


async def test_the_keys_of_a_person_are_those_of_their_places(lam_son: Organ, clerk: Actor, visit) -> None:  # type: ignore[no-untyped-def]
    visitor = await visit(lam_son, clerk)
    text = (await visitor.get("/phim-tat")).text
    assert "<kbd>g</kbd> <kbd>d</kbd>" in text
    assert "Văn bản đến" in text


def test_no_two_places_have_the_same_key() -> None:
    from lienxa.platform.module import all_modules

    for at_parent in (False, True):
        items = [item for module in all_modules() for item in module.navigation if item.at_parent == at_parent]
        keys = [item.key for item in items if item.key]
        assert all(re.fullmatch("[a-z]", key) for key in keys), keys
        assert len(keys) == len(set(keys)), keys
