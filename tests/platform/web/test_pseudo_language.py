"""Another language can be added: with every message changed, no page says anything Vietnamese that is not data.

A text that is written into the code, or goes through `_` without being extracted, comes unchanged and is found.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import psycopg
import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from psycopg import sql
from tests.platform.web.pseudo import LANGUAGE
from tests.platform.web.test_catalogue import NAMES, READ_OUT, ROOT, VIETNAMESE

from lienxa.platform.access.actor import Actor
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import DOMAIN

OPEN, CLOSE = "⟦", "⟧"
THING = "[0-9a-f-]{36}"
LONG = 30  # an abstract without the name of its type, a paper of a list: longer than a label can be by chance
# What each person reads: pages, and patterns of links of which the first is followed.
READERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "office_head": (
        ("/viec-cua-toi", "/lich?dang=danh-sach", "/lich", "/lich/in", "/lich/phong?xem=tuan", "/lich/moi", "/can-bo"),
        (f"/lich/{THING}",),
    ),
    "clerk": (
        (
            "/van-ban/den",
            "/van-ban/di",
            "/van-ban/den/moi",
            "/van-ban/di/moi",
            "/tim?q=khong-co-gi",
            "/khong-co-trang-nay",
        ),
        (f"/van-ban/{THING}",),
    ),
    "counter": (("/ho-so/moi", "/ho-so?tinh-trang=all", "/ho-so/moi?thu-tuc=1.001193"), (f"/ho-so/{THING}",)),
    "administrator": (("/quan-tri", "/quan-tri/co-quan", "/quan-tri/so-van-ban", "/ngay-lam-viec"), ()),
}
NOBODY = ("/thu-tuc", "/thu-tuc/1.001193", "/tra-cuu")
PARENT = ("/tong-hop", "/tong-hop/tien-do")


def changed(message: str) -> str:
    """The message as that language has it: places stay, everything said stands in brackets."""
    return f"{OPEN}{message}{CLOSE}"


@pytest.fixture(scope="session")
def locale(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalogue of that language, of exactly what `make messages` extracts."""
    with (ROOT / "infra" / "setup" / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    catalogue = Catalog(locale=None, fuzzy=False)
    for root in ("platform", "tenants", "workers"):
        for _file, _line, message, _notes, _context in extract_from_dir(ROOT / root, methods, options):
            if isinstance(message, str) and message:
                catalogue.add(message, changed(message))
    folder = tmp_path_factory.mktemp("locale")
    target = folder / LANGUAGE / "LC_MESSAGES" / f"{DOMAIN}.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file_out:
        write_mo(file_out, catalogue)
    return folder


class Reader(HTMLParser):
    """What people read or hear of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Attributes that are read out."""
        self._skipped += tag in ("script", "style")
        self.found += [value for name, value in attrs if name in READ_OUT and value]

    def handle_endtag(self, tag: str) -> None:
        """Leave what is not read."""
        self._skipped -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        """Text between the tags."""
        if not self._skipped:
            self.found.append(data)


def unsaid(text: str) -> str:
    """What of a text does not come from the catalogue; what stands in a message's places came with it."""
    depth, left = 0, []
    for letter in text:
        depth += (letter == OPEN) - (letter == CLOSE)
        left.append(" " if depth or letter == CLOSE else letter)
    return " ".join("".join(left).split())


def data_of(owner_dsn: str) -> set[str]:
    """Every text that is written in the database, and in the rule sets of the law."""
    found: set[str] = set()
    with psycopg.connect(owner_dsn) as connection:
        columns = connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
            " where table_schema in ('app', 'control') and data_type in ('text', 'character varying', 'jsonb', 'ARRAY')"
        ).fetchall()
        for schema, table, column in columns:
            query = sql.SQL("select distinct {}::text from {}.{}").format(*map(sql.Identifier, (column, schema, table)))
            for (value,) in connection.execute(query):
                found |= set(re.split(r'[\n"{};]', value or "")) | {value or ""}
    for path in (ROOT / "platform" / "lienxa" / "platform" / "rules" / "sets").glob("*.toml"):
        found |= set(strings(tomllib.loads(path.read_text("utf-8"))))
    return {" ".join(text.split()).casefold() for text in found if VIETNAMESE.search(text)} | {
        name.casefold() for name in NAMES
    }


def strings(value: Any) -> Iterator[str]:
    """All texts of a rule set."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def without_data(text: str, data: list[str]) -> str:
    """The text without what stands in the database, the longest first; a long one may be a part of what does."""
    left = text.casefold()
    if len(left) >= LONG and any(left in known for known in data):
        return ""
    for known in data:
        if not VIETNAMESE.search(left):
            break
        left = left.replace(known, " ")
    return left


async def test_no_page_says_what_is_in_no_catalogue(
    busy_lam_son: Organ,
    do_luong: Organ,
    visit: Any,
    actor_with: Any,
    templates: Any,
    database_name: str,
    owner_dsn: str,
    locale: Path,
) -> None:
    async def seat(organ: Organ, actor: Actor | None, paths: tuple[str, ...], links: tuple[str, ...]) -> dict[str, Any]:
        cookies = dict((await visit(organ, actor)).http.cookies)
        host = f"{organ.slug}.localhost:8000"
        return {"host": host, "cookies": cookies, "paths": paths, "links": links}

    visits = [await seat(busy_lam_son, await actor_with(busy_lam_son, role), *what) for role, what in READERS.items()]
    visits.append(await seat(busy_lam_son, None, NOBODY, ()))
    visits.append(await seat(do_luong, await actor_with(do_luong, "watcher"), PARENT, ()))
    wanted = {"locale": str(locale), "dsn": templates.cluster.dsn("lx_app", database_name), "visits": visits}
    done = subprocess.run(
        [sys.executable, "-m", "tests.platform.web.pseudo"],
        input=json.dumps(wanted),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    data = sorted(data_of(owner_dsn), key=len, reverse=True)
    hard_coded: dict[str, list[str]] = {}
    for path, status, page in json.loads(done.stdout):
        assert status == (404 if path == "/khong-co-trang-nay" else 200), path
        reader = Reader()
        reader.feed(page)
        assert any(OPEN in text for text in reader.found), path
        left = {without_data(unsaid(text), data) for text in reader.found if VIETNAMESE.search(unsaid(text))}
        if found := sorted(text.strip() for text in left if VIETNAMESE.search(text)):
            hard_coded[path] = found
    assert not hard_coded, json.dumps(hard_coded, ensure_ascii=False, indent=1)
