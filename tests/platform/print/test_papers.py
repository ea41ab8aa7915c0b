"""Papers: data is never markup, every Vietnamese letter is there, and the web process stays without typst."""

import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lienxa.platform.print import papers, pdf, pdf_aside, qr

MARKS = "Ắ ằ Ẳ ẵ Ặ ấ Ầ ẩ Ẫ ậ ế Ề ể Ễ ệ ố Ồ ổ Ỗ ộ Ớ ờ Ở ỡ Ợ Ứ ừ Ử ữ Ự ỳ Ỷ ỹ Ỵ Đ đ Ũ Ĩ"
MARKUP = (
    '#panic("x")',
    "$x^2$",
    '"',
    "'",
    "\\",
    "*đậm*",
    "_nghiêng_",
    "= Mục",
    "<a>",
    "@ref",
    "`x`",
    "[",
    "]",
    "{",
    "}",
    "//",
    "/*",
    "#import",
)


@pytest.fixture(scope="session")
def slip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("templates") / "slip.typ"
    path.write_text(
        '#import "lienxa.typ": *\n#show: sheet.with(title: data.title)\n#data.title\n\n#strong(data.title)\n'
    )
    return path


def text_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return "\n".join(document[number].get_textpage().get_text_range() for number in range(len(document)))
    finally:
        document.close()


@pytest.mark.parametrize("typed", [*MARKUP, " ".join(MARKUP)])
def test_what_was_typed_is_shown_and_never_read_as_markup(slip: Path, typed: str) -> None:
    assert text_of(papers.typeset(slip, {"title": f"a {typed} z"}, 0)).count(f"a {typed} z") == 2


def test_every_vietnamese_letter_is_in_the_fonts(slip: Path) -> None:
    """A letter that the font lacks would be printed as an empty box, and read as nothing."""
    shown = text_of(papers.typeset(slip, {"title": MARKS}, 0)).split()
    assert shown == MARKS.split() * 2


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(blacklist_categories=("Cc", "Cs", "Cn", "Co")), max_size=60))
def test_no_text_breaks_a_paper(slip: Path, typed: str) -> None:
    assert papers.typeset(slip, {"title": typed}, 0).startswith(b"%PDF-")


def test_the_same_paper_is_the_same_bytes(slip: Path) -> None:
    assert papers.typeset(slip, {"title": "Giấy"}, 1700000000) == papers.typeset(slip, {"title": "Giấy"}, 1700000000)


def test_a_template_that_nobody_has() -> None:
    with pytest.raises(LookupError):
        pdf("procedures/none.typ", {})


async def test_a_paper_made_aside(monkeypatch: pytest.MonkeyPatch, slip: Path) -> None:
    monkeypatch.setattr("lienxa.platform.print.aside.template_file", lambda _template: slip)
    made = await pdf_aside("x/slip.typ", {"title": "Giấy #tiếp nhận"})
    assert "Giấy #tiếp nhận" in text_of(made)
    with pytest.raises(ValueError, match=r"slip\.typ"):
        await pdf_aside("x/slip.typ", {})


def test_a_qr_code_can_be_drawn(tmp_path: Path) -> None:
    path = tmp_path / "code.typ"
    path.write_text('#import "lienxa.typ": *\n#drawing(data.code)')
    assert papers.typeset(path, {"code": qr("http://lam-son.localhost/tra-cuu")}, 0).startswith(b"%PDF-")


def test_importing_print_brings_no_typst() -> None:
    program = (
        "import sys, lienxa.platform.print; "
        "print(sorted({'typst', 'segno', 'litestar', 'sqlalchemy'} & sys.modules.keys()))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
