"""The parts of the pages: escaped, accessible, and the same for everybody."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import Environment, meta

from lienxa.platform.app import _environment
from lienxa.platform.errors import Conflict, FieldError, InvalidInput, NotFound
from lienxa.platform.web import assets

ROOT = Path(__file__).parents[3]
WEB = ROOT / "platform" / "lienxa" / "platform" / "web"
EVIL = "\"'><script>alert(1)</script>"
VOID = {"br", "hr", "img", "input", "link", "meta", "rect", "path", "use"}
# The whole first view, as it comes over the line.


@pytest.fixture(scope="module")
def environment() -> Environment:
    return _environment()


@pytest.fixture(scope="module")
def ui(environment: Environment) -> Any:
    return environment.get_template("ui.html").module


class Reader(HTMLParser):
    """Collects elements, and fails on ones that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"<{tag}> has an attribute twice: {attrs}"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open, f"</{tag}> without beginning"
            assert self.open.pop() == tag


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def style_sheet() -> str:
    """Every rule that we write, before it is bundled."""
    return "\n".join((WEB / "styles" / f"{name}.css").read_text("utf-8") for name in assets.styles())


def element(html: str, tag: str, name: str = "") -> dict[str, str | None]:
    """The attributes of the only element of that kind."""
    found = [attrs for found, attrs in read(html).elements if found == tag and (not name or attrs.get("name") == name)]
    assert len(found) == 1
    return found[0]


def shell(**changes: Any) -> SimpleNamespace:
    organ = SimpleNamespace(
        name="Lam Sơn",
        full_name="xã Lam Sơn",
        title="Xã Lam Sơn",
        is_parent=False,
        state="active",
        erase_at=None,
        demonstration=True,
        is_live=True,
        followed_by=(),
        follows=(),
    )
    post = SimpleNamespace(id="1", title="Văn thư")
    entries = [
        SimpleNamespace(
            title=f"Mục {number}", path=f"/{number}", icon="home", active=number == 1, key=str(number), count=number
        )
        for number in range(6)
    ]
    values = {
        "organ": organ,
        "actor": SimpleNamespace(name="Hồ Thị Khánh", acting=post, staff_id="9"),
        "navigation": entries,
        "answered": None,
        "other_organs": [SimpleNamespace(title="Xã Giang Sơn Tây", address="http://giang-son-tay.vidu.vn/dang-nhap")],
        "invitations": [SimpleNamespace(title="Xã Bạch Hà", address="http://bach-ha.vidu.vn/loi-moi")],
        "other_posts": [SimpleNamespace(id="2", title="Phó Chủ nhiệm UBKT")],
        "csrf": "the-token",
        "once": "the-key",
        "notice": None,
        "today": date(2026, 11, 23),
        "path": "/1",
        "search_query": "",
        "sso_address": "http://localhost:8000",
        "emblem": "/static/emblem.svg",
        "organ_title": "Xã Lam Sơn",
        "office_name": "Văn phòng Đảng ủy – HĐND – UBND",
        "bodies": (SimpleNamespace(title="Tất cả", path="/1", chosen=True),),
        "unread": 2,
        "post_ended": False,
    }
    return SimpleNamespace(**{**values, **changes})


FAULTS = InvalidInput([FieldError("what", "Chưa nhập nội dung.", "Nhập nội dung.")])
FIELDS = ("field", "textarea_field")


@pytest.mark.parametrize("macro", FIELDS)
def test_what_was_typed_comes_back_escaped(ui: Any, macro: str) -> None:
    html = str(getattr(ui, macro)("what", EVIL, {"what": EVIL}, InvalidInput.of("what", EVIL, EVIL), hint=EVIL))
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 5
    read(html)


def test_every_part_escapes(ui: Any) -> None:
    event = SimpleNamespace(at=datetime(2026, 11, 20, 3, tzinfo=UTC), staff_name=EVIL, post_title=EVIL, text=EVIL)
    parts = [
        ui.badge("late", EVIL),
        ui.remark("warn", EVIL),
        ui.empty_state(EVIL, EVIL, EVIL, EVIL),
        ui.facts([(EVIL, EVIL)]),
        ui.timeline([event]),
        ui.tabs([(EVIL, EVIL, 1)], EVIL, EVIL),
        ui.pager(EVIL),
        ui.page_head(EVIL, 3, EVIL, EVIL),
        ui.error_summary(InvalidInput.of(EVIL, EVIL, EVIL)),
        ui.select_field("what", EVIL, {EVIL: EVIL}, {"what": EVIL}),
        ui.checkbox_group("what", EVIL, [(EVIL, EVIL)], {"what": [EVIL]}),
        ui.checkbox_field("what", EVIL, {}, EVIL),
        ui.file_field("what", EVIL, hint=EVIL),
        ui.action_button(shell(csrf=EVIL), EVIL, EVIL, hidden={EVIL: EVIL}),
    ]
    for part in parts:
        assert "<script>" not in str(part)
        read(str(part))


def test_a_faulty_field_points_to_its_hint_and_its_fault(ui: Any) -> None:
    html = str(ui.field("what", "Nội dung", {}, FAULTS, hint="Một dòng.", required=True))
    attributes = element(html, "input")
    assert attributes["aria-invalid"] == "true"
    assert attributes["aria-required"] == "true"
    assert attributes["aria-describedby"] == "h-what e-what"
    ids = {attrs.get("id") for _tag, attrs in read(html).elements}
    assert {"f-what", "h-what", "e-what"} <= ids
    assert element(html, "label")["for"] == "f-what"


def test_a_right_field_points_nowhere(ui: Any) -> None:
    attributes = element(str(ui.field("other", "Khác", {}, FAULTS)), "input")
    assert "aria-invalid" not in attributes
    assert "aria-describedby" not in attributes


def test_the_summary_leads_to_each_field(ui: Any) -> None:
    assert element(str(ui.error_summary(FAULTS)), "a")["href"] == "#f-what"
    assert str(ui.error_summary(None)) == ""
    assert "Đã có người làm." in str(ui.error_summary(Conflict("Đã có người làm.", remedy="Tải lại trang.")))


def test_a_refused_group_can_be_led_to(ui: Any) -> None:
    html = str(ui.checkbox_group("what", "Nội dung", {"a": "A", "b": "B"}, {"what": "b"}, FAULTS))
    group = element(html, "fieldset")
    assert group["id"] == "f-what"
    assert group["aria-describedby"] == "e-what"
    assert [attrs["value"] for tag, attrs in read(html).elements if tag == "input" and "checked" in attrs] == ["b"]


@pytest.mark.parametrize("typed", [0, "0", "hôm nay"])
def test_a_typed_nought_is_not_lost(ui: Any, typed: object) -> None:
    assert element(str(ui.field("what", "Số", {"what": typed}, type="number")), "input")["value"] == str(typed)


def test_own_attributes_replace_those_of_the_kind(ui: Any) -> None:
    attributes = element(str(ui.field("what", "Ngày", {}, type="date", attrs={"autocomplete": "bday"})), "input")
    assert attributes["autocomplete"] == "bday"
    assert attributes["type"] == "text"


def test_an_option_is_chosen_whatever_its_type(ui: Any) -> None:
    html = str(ui.select_field("what", "Số", [(1, "Một"), (2, "Hai")], {"what": "2"}, required=True))
    assert [attrs["value"] for tag, attrs in read(html).elements if "selected" in attrs] == ["2"]


def test_every_form_carries_token_and_key(ui: Any) -> None:
    for html in (
        str(ui.form_start(shell(), "/x")) + str(ui.form_end("Gửi", "/")),
        str(ui.action_button(shell(), "/x", "Gửi")),
    ):
        assert element(html, "form")["method"] == "post"
        assert element(html, "input", "_csrf")["value"] == "the-token"
        assert element(html, "input", "_post")["value"] == "1", "the post that acts"
        assert element(html, "input", "_once")["value"] == "the-key"


def test_no_page_writes_a_form_past_the_guards() -> None:
    """But the logout and the look-up of citizens, of no post, and what is sent again with the guards it brought."""
    known = {"ui.html", "sign_out.html", "look_up.html", "other_post.html"}
    pages = [page for root in ("platform", "tenants") for page in (ROOT / root).rglob("templates/**/*.html")]
    bare = [page for page in pages if re.search(r"<form[^>]*method=.post", page.read_text("utf-8"), re.IGNORECASE)]
    ours = {page.name for page in bare if "issuer" not in page.parts}
    assert ours == known


def test_a_state_is_never_told_by_colour_alone(ui: Any) -> None:
    for kind in ("late", "warn", "ok", "info", "neutral"):
        html = str(ui.badge(kind, "Chữ"))
        assert "Chữ" in html
        assert element(html, "svg")["aria-hidden"] == "true"


@pytest.mark.parametrize("share", [-5, 0, 42, 100, 300])
def test_a_bar_stays_within_its_ground(ui: Any, share: int) -> None:
    widths = [float(attrs["width"] or 0) for tag, attrs in read(str(ui.bar(share))).elements if tag == "rect"]
    assert widths == [100, min(max(share, 0), 100)]


def render(environment: Environment, template: str, **context: Any) -> str:
    return environment.get_template(template).render(shell=shell(**context.pop("shell", {})), **context)


@pytest.fixture
def page_of(environment: Environment) -> Any:
    def make(frame: str, **changes: Any) -> str:
        blocks = "{% block title %}Trang{% endblock %}{% block content %}<h1>Trang</h1>{% endblock %}"
        source = '{% extends "' + frame + '" %}' + blocks
        return environment.from_string(source).render(shell=shell(**changes))

    return make


@pytest.mark.parametrize("frame", ["shell.html", "plain.html", "print.html"])
def test_a_frame_is_whole_and_speaks_vietnamese(page_of: Any, frame: str) -> None:
    html = page_of(frame)
    reader = read(html)
    assert reader.open == []
    assert dict(reader.elements)["html"]["lang"] == "vi"
    assert len([tag for tag, _attrs in reader.elements if tag == "h1"]) == 1
    ids = [attrs["id"] for _tag, attrs in reader.elements if attrs.get("id")]
    assert len(ids) == len(set(ids))
    skip = next(attrs for tag, attrs in reader.elements if attrs.get("class") == "skip-link")
    assert (skip["href"] or "").removeprefix("#") in ids


def test_the_shell_shows_person_posts_and_place(page_of: Any) -> None:
    html = page_of("shell.html")
    assert "Đổi sang Phó Chủ nhiệm UBKT" in html
    assert "Dữ liệu minh họa" in html
    current = [attrs["href"] for tag, attrs in read(html).elements if attrs.get("aria-current") == "page"]
    assert set(current) == {"/1"}
    assert "Dữ liệu minh họa" not in page_of(
        "shell.html", organ=SimpleNamespace(**{**vars(shell().organ), "demonstration": False})
    )


def test_a_notice_says_what_happened_and_what_is_next(page_of: Any) -> None:
    notice = SimpleNamespace(text="Đã vào sổ số 12.", next_label="Vào sổ tiếp", next_path="/van-ban/den/moi")
    html = page_of("shell.html", notice=notice)
    assert 'role="status"' in html
    assert 'href="/van-ban/den/moi"' in html


def test_a_refusal_says_the_way_out_and_its_reference(environment: Environment) -> None:
    for actor in (shell().actor, None):
        html = render(
            environment,
            "errors/refused.html",
            shell={"actor": actor},
            error=NotFound(),
            reference="1234abcd",
            asked=None,
            out=("Về trang đầu", "/ve-day", "home"),
        )
        assert read(html).open == []
        assert 'href="/ve-day"' in html
        assert "Kiểm tra lại đường dẫn" in html
        assert "1234abcd" in html


# The same names everywhere --------------------------------------------------------------------------------------------


def sources(environment: Environment) -> Mapping[str, str]:
    """Every template by name, but those of the issuer, which stands alone."""
    loader = environment.loader
    assert loader is not None
    return {name: loader.get_source(environment, name)[0] for name in environment.list_templates(["html"])}


def test_every_template_is_sound_and_every_part_exists(environment: Environment, ui: Any) -> None:
    for name, source in sources(environment).items():
        tree = environment.parse(source)
        for other in meta.find_referenced_templates(tree):
            assert other is None or other in sources(environment), f"{name} wants {other}"
        for part in re.findall(r"\bui\.([a-z_]+)\(", source):
            assert hasattr(ui, part), f"{name} uses ui.{part}"


def test_every_class_is_known_to_the_style_sheet(environment: Environment) -> None:
    known = set(re.findall(r"\.([a-zA-Z][\w-]*)", style_sheet()))
    unknown = set()
    for name, source in sources(environment).items():
        written = re.sub(r"\{[{%#].*?[%}#]\}", "", source, flags=re.DOTALL)
        for value in re.findall(r'class="([^"]*)"', written):
            unknown |= {(name, one) for one in value.split() if one not in known and not one.endswith("-")}
    assert unknown == set()


def test_every_icon_is_in_the_sprite(environment: Environment) -> None:
    from lienxa.platform.module import all_modules

    wanted = {icon for source in sources(environment).values() for icon in re.findall(r'icon\("([a-z-]+)"\)', source)}
    wanted |= {item.icon for module in all_modules() for item in module.navigation}
    assert wanted - set(assets.ICONS) == set()
    assert list(assets.ICONS) == sorted(assets.ICONS)


def test_the_style_sheet_is_written_for_old_browsers() -> None:
    """Chromium 109 and Firefox 115: none of what came later, and nothing from elsewhere."""
    css = style_sheet()
    for later in ("color-mix(", "light-dark(", ":has(", "@layer", "@scope", "@container", "text-wrap", "&:", "oklch("):
        assert later not in css, later
    assert "url(" not in css
    assert "@import" not in css
