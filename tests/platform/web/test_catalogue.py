"""Every text that people read passes through `_`, so that another language can be added."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from lienxa.platform.app import _environment

ROOT = Path(__file__).parents[3]
SOURCES = sorted(path for root in ("platform", "tenants", "workers") for path in (ROOT / root / "lienxa").rglob("*.py"))
TEMPLATES = sorted(path for root in ("platform", "tenants") for path in (ROOT / root).rglob("templates/**/*.html"))
VIETNAMESE = re.compile(r"[à-ỹÀ-ỸăâđêôơưĂÂĐÊÔƠƯ]")
WORD = re.compile(r"[^\W\d_]{2,}")
# Invented people and papers are data, not text of ours; what the law prescribes to be written stays as it is.
DATA = re.compile(r"/demo\.py$|/demo/|/invented\.py$|/issuer/|/migrations/|/seed\.py$|/text\.py$")
# What a new organ starts with and then changes as it likes; signs of the law; words that are understood, not said; and
# what set-up says on a terminal before there is a catalogue.
NOT_SAID = {
    "platform/lienxa/platform/access/staffing.py": "names of bodies, units and posts",
    "platform/lienxa/platform/db/archived.py": "descriptions of roles as migrations wrote them",
    "platform/lienxa/platform/operator/specs.py": "levels of organs",
    "platform/lienxa/platform/print/fonts.py": "set-up",
    "platform/lienxa/platform/web/assets.py": "set-up",
    "platform/lienxa/platform/reading/language.py": "set-up",
    "platform/lienxa/platform/reading/lines.py": "letters that are written for each other",
    "tenants/lienxa/tenants/documents/operations/series.py": "names of books",
    "tenants/lienxa/tenants/documents/proposals.py": "words of the heads of papers, as printed",
    "tenants/lienxa/tenants/documents/repository/series.py": "signs of the law",
    "tenants/lienxa/tenants/documents/rules.py": "signs of the law, words of a symbol as typed",
    "tenants/lienxa/tenants/procedures/catalogue.py": "fields of procedures",
}
READ_OUT = {"placeholder", "title", "aria-label", "alt", "data-label"}
ADDRESS = re.compile(r"\S*[?&]\w+=\S*")
NAMES = {"Liên Xã", "– Liên Xã", "KB", "MB"}
# What people type and the code knows again, what names the program to other programs, and codes of the API's examples.
AS_TYPED = {
    *("Ủy ban", "Uỷ ban", "-//Liên Xã//Lịch công tác//VI", "committee/QĐ", "57/QĐ-UBND"),
    *("phường", "đặc khu", "thị xã", "thành phố", r"(xã|phường|đặc khu|thị trấn)\s+(?=\S)"),
}
# Blocks that name classes, sets of attributes, and what stands as it is sent over the network.
NO_TEXT = re.compile(
    r"\{% block (?:body_class|paper|print_kind) %\}.*?\{% endblock %\}|"
    r"(?:hx-boost|aria-describedby|aria-invalid)=\"[^\"]*\"|"
    r"<code>[ -;=-~…]*</code>"
)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


SAYING = [path for path in SOURCES if not DATA.search(str(path)) and name_of(path) not in NOT_SAID]


def outside(tree: ast.AST) -> Iterator[ast.Constant]:
    """String constants that are no argument of `_` and no docstring."""
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "_":
        return
    if isinstance(tree, ast.Expr) and isinstance(tree.value, ast.Constant):
        return
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        yield tree
    for child in ast.iter_child_nodes(tree):
        yield from outside(child)


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if not DATA.search(str(path)) and name_of(path) not in NOT_SAID], ids=name_of
)
def test_texts_of_the_code_pass_through_the_catalogue(path: Path) -> None:
    found = [
        f"{constant.lineno}: {constant.value}"
        for constant in outside(ast.parse(path.read_text("utf-8")))
        if VIETNAMESE.search(constant.value) and constant.value not in NAMES | AS_TYPED
    ]
    assert found == []


class Words(HTMLParser):
    """What of a template is read by people although no expression says it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Attributes that are read out."""
        self.found += [value for name, value in attrs if name in READ_OUT and value and WORD.search(value)]

    def handle_data(self, data: str) -> None:
        """Text between the tags, but addresses that a template puts together."""
        if WORD.search(ADDRESS.sub("", data)):
            self.found.append(data.strip())


@pytest.fixture(scope="module")
def environment() -> Environment:
    return _environment()


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_texts_of_the_templates_pass_through_the_catalogue(path: Path, environment: Environment) -> None:
    source = path.read_text("utf-8")
    words = Words()
    words.feed(re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "·", NO_TEXT.sub("", source), flags=re.DOTALL))
    found = [text for text in words.found if text.replace("·", "").strip() not in NAMES]
    tree = environment.parse(source)
    through = {id(each) for call in tree.find_all(nodes.Call) if _is_catalogue(call) for each in call.args}
    found += [
        str(constant.value)
        for constant in tree.find_all(nodes.Const)
        if id(constant) not in through
        and isinstance(constant.value, str)
        and VIETNAMESE.search(constant.value)
        and constant.value not in NAMES
    ]
    assert found == []


def _is_catalogue(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name == "_"
