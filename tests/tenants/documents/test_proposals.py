"""What is read from the head of a paper: the figures that docs/adr/0046 tells, and the rules one by one."""

import random
from collections.abc import Sequence
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienxa.platform.reading import Line, Page
from lienxa.platform.reading.scan import read_scan
from lienxa.platform.reading.text_layer import read_text_layer
from lienxa.tenants.documents.proposals import Proposal, propose

from .made_papers import FIELDS, LAYOUTS, UNSEEN, MadePaper, made_papers, right_fields

TODAY = date(2026, 11, 25)
LETTER_HEIGHT = 12
MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
PARTY = "ĐẢNG CỘNG SẢN VIỆT NAM"


def read(paper: MadePaper) -> Proposal:
    return propose(read_text_layer(paper.pdf(), 2).pages, TODAY)


def share_right(papers: Sequence[MadePaper]) -> float:
    return sum(len(right_fields(paper, read(paper))) for paper in papers) / (len(papers) * len(FIELDS))


def test_fields_of_papers_in_the_layouts_of_the_texts_are_right() -> None:
    assert share_right(list(made_papers(24, LAYOUTS))) >= 0.95


def test_fields_of_papers_that_depart_from_the_texts_are_mostly_right() -> None:
    assert share_right(list(made_papers(12, UNSEEN))) >= 0.85


def test_fields_of_scans_are_mostly_right() -> None:
    """Few, for recognising takes seconds; `make bench` has the figure of a hundred."""
    papers = list(made_papers(4, ("state", "letter", "party", "party-letter"), seed=5))
    right = 0
    for number, paper in enumerate(papers):
        pages = read_scan(paper.scan(random.Random(number)), 1).pages
        right += len(right_fields(paper, propose(pages, TODAY)))
    assert right / (len(papers) * len(FIELDS)) >= 0.75


def test_a_field_that_was_misread_is_counted_as_wrong() -> None:
    (paper,) = made_papers(1)
    assert right_fields(paper, paper.expected) == set(FIELDS)
    assert right_fields(paper, Proposal()) == set()


# --- One by one -----------------------------------------------------------------------------------------------------


def at(text: str, left: float, row: int, width: float | None = None, *, bold: bool = False) -> Line:
    """A line in row `row` (15 points each) of a page of 595 x 842."""
    top = 50 + 15 * row
    return Line(text, left, top, left + (width or 6.0 * len(text)), top + LETTER_HEIGHT, bold)


def middle(text: str, row: int, *, bold: bool = False) -> Line:
    width = min(6.0 * len(text), 460)
    return at(text, 85 + (460 - width) / 2, row, width, bold=bold)


BODY = [at("Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025 và các", 113, 14, 432)]
BODY += [at("văn bản quy định chi tiết; theo đề nghị của Trưởng phòng Kinh tế tại Tờ trình số 5", 85, 15, 460)]


def page(*lines: Line) -> list[Page]:
    return [Page(595, 842, sorted([*lines, *BODY], key=lambda line: (line.top, line.left)))]


def head(*left: str, number: str = "Số: 12/QĐ-UBND", day: str = "ngày 05 tháng 11 năm 2026") -> list[Line]:
    """The head of a State paper: these lines left above the number, which stands in row 4 beside the date."""
    above = [at(text, 90, row) for row, text in enumerate(left)]
    return [*above, at(MOTTO, 310, 0), at(number, 100, 4), at(f"Minh Tân, {day}", 320, 4)]


DECISION = [middle("QUYẾT ĐỊNH", 6), middle("Về việc kiện toàn Ban Chỉ đạo", 7)]


def test_a_decision_of_a_commune() -> None:
    found = propose(page(*head("ỦY BAN NHÂN DÂN", "XÃ MINH TÂN"), *DECISION), TODAY)
    assert found == Proposal(
        "Ủy ban nhân dân xã Minh Tân",
        "12/QĐ-UBND",
        date(2026, 11, 5),
        "state/quyet-dinh",
        "Về việc kiện toàn Ban Chỉ đạo",
    )


@pytest.mark.parametrize(
    ("left", "name"),
    [
        (("UBND TỈNH LÂM SƠN", "SỞ NỘI VỤ"), "Sở Nội vụ"),
        (("ỦY BAN NHÂN DÂN", "TỈNH LÂM SƠN", "SỞ KHOA HỌC VÀ", "CÔNG NGHỆ"), "Sở Khoa học và Công nghệ"),
        (("ĐẢNG BỘ TỈNH LÂM SƠN", "ĐẢNG ỦY XÃ MINH TÂN"), "Đảng ủy xã Minh Tân"),
        (("UBND XÃ MINH TÂN",), "UBND xã Minh Tân"),
        (("ỦY BAN NHÂN DÂN", "THÀNH PHỐ LÂM SƠN"), "Ủy ban nhân dân thành phố Lâm Sơn"),
        (("ỦY BAN MTTQ VIỆT NAM", "XÃ MINH TÂN", "BAN THƯỜNG TRỰC"), "Ban Thường trực"),
        (("Công ty Cổ phần Cấp nước Minh Tân",), "Công ty Cổ phần Cấp nước Minh Tân"),
    ],
)
def test_the_issuer_stands_beneath_its_parent(left: Sequence[str], name: str) -> None:
    assert propose(page(*head(*left), *DECISION), TODAY).author_organ == name


def test_bold_lines_are_the_issuer_whatever_its_name_begins_with() -> None:
    lines = head("UBND XÃ MINH TÂN", "ĐỘI VĂN NGHỆ", "THÔN BA")
    lines = [msgspec.structs.replace(line, bold=line.text in ("ĐỘI VĂN NGHỆ", "THÔN BA")) for line in lines]
    assert propose(page(*lines, *DECISION), TODAY).author_organ.casefold() == "đội văn nghệ thôn ba"


@pytest.mark.parametrize(
    ("number", "symbol", "code"),
    [
        ("Số:12/QĐ-UBND", "12/QĐ-UBND", "state/quyet-dinh"),
        ("Số: 12 / QĐ – UBND", "12/QĐ-UBND", "state/quyet-dinh"),
        ("Số: 12/QÐ-UBND", "12/QĐ-UBND", "state/quyet-dinh"),
        ("Số: 05/2026/QĐ-UBND", "05/2026/QĐ-UBND", "vbqppl/quyet-dinh-qppl"),
        ("Số:       /QĐ-UBND", "", "state/quyet-dinh"),
    ],
)
def test_the_number_as_it_is_printed(number: str, symbol: str, code: str) -> None:
    found = propose(page(*head("UBND XÃ MINH TÂN", number=number), *DECISION), TODAY)
    assert (found.author_symbol, found.type_code) == (symbol, code)


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("ngày 05 tháng 11 năm 2026", date(2026, 11, 5)),
        ("ngày 5/11/2026", date(2026, 11, 5)),
        ("ngày      tháng 11 năm 2026", None),
        ("ngày 31 tháng 02 năm 2026", None),
    ],
)
def test_the_day_as_it_is_printed(day: str, found: date | None) -> None:
    assert propose(page(*head("UBND XÃ MINH TÂN", day=day), *DECISION), TODAY).doc_date == found


def test_a_letter_is_about_what_stands_under_its_number() -> None:
    lines = head("UBND XÃ MINH TÂN", number="Số: 12/UBND-VP")
    lines += [at("V/v rà soát hộ nghèo,", 90, 5), at("hộ cận nghèo", 100, 6), middle("Kính gửi: Các thôn.", 9)]
    found = propose(page(*lines), TODAY)
    assert (found.type_code, found.abstract) == ("state/cong-van", "Về việc rà soát hộ nghèo, hộ cận nghèo")


@pytest.mark.parametrize(
    ("number", "title", "code"),
    [
        ("Số 12-QĐ/ĐU", "QUY ĐỊNH", "party/quy-dinh"),
        ("Số 12-QĐ/ĐU", "QUYẾT ĐỊNH", "party/quyet-dinh"),
        ("Số 12-NQ/ĐU", "N G H Ị   Q U Y Ế T", "party/nghi-quyet"),
        ("Số 12-CTr/ĐU", "CHƯƠNG TRÌNH", "party/chuong-trinh"),
    ],
)
def test_a_party_paper_is_what_its_title_says(number: str, title: str, code: str) -> None:
    lines = [at("ĐẢNG ỦY XÃ MINH TÂN", 90, 0), at(PARTY, 330, 0), at("*", 140, 1), at(number, 100, 2)]
    lines += [at("Minh Tân, ngày 05 tháng 11 năm 2026", 320, 2), middle(title, 6), middle("về việc nghỉ lễ", 7)]
    found = propose(page(*lines, middle("-----", 8)), TODAY)
    assert (found.type_code, found.abstract) == (code, "Về việc nghỉ lễ")


@pytest.mark.parametrize(
    "below",
    [
        [middle("CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ MINH TÂN", 8)],
        [middle("-------", 8), middle("Ban Chỉ đạo họp", 9)],
        [middle("Căn cứ Nghị định", 11)],
    ],
    ids=["authority", "rule", "gap"],
)
def test_an_abstract_ends_where_the_text_begins(below: list[Line]) -> None:
    found = propose(page(*head("UBND XÃ MINH TÂN"), *DECISION, *below), TODAY)
    assert found.abstract == "Về việc kiện toàn Ban Chỉ đạo"


@pytest.mark.parametrize(
    ("mark", "level"), [("MẬT", "confidential"), ("TỐI MẬT", "secret"), ("TUYỆT MẬT", "top_secret")]
)
def test_of_a_paper_with_a_mark_of_secrecy_nothing_is_read(mark: str, level: str) -> None:
    assert propose(page(*head("UBND XÃ MINH TÂN"), at(mark, 100, 5), *DECISION), TODAY) == Proposal(secrecy=level)


def test_a_word_in_the_text_is_no_mark() -> None:
    found = propose(page(*head("UBND XÃ MINH TÂN"), *DECISION, at("Bảo vệ bí mật nhà nước", 113, 10)), TODAY)
    assert (found.secrecy, found.author_symbol) == ("", "12/QĐ-UBND")


def test_a_stamp_tells_the_urgency() -> None:
    assert propose(page(*head("UBND XÃ MINH TÂN"), at("HOẢ TỐC", 100, 5), *DECISION), TODAY).urgency == "immediate"


def test_of_what_is_no_paper_of_an_office_nothing_is_proposed() -> None:
    assert propose(page(middle("Bảng giá", 1), at("Số: 12", 90, 2)), TODAY) == Proposal()
    assert propose([], TODAY) == Proposal()


LINES = st.builds(
    at,
    st.one_of(
        st.text(max_size=40),
        st.sampled_from(
            [MOTTO, PARTY, "Số: 12/QĐ-UBND", "Số", "QUYẾT ĐỊNH", "V/v", "*", "Tân, ngày 1 tháng 1 năm 2026"]
        ),
    ),
    st.floats(0, 590),
    st.integers(0, 50),
    st.floats(1, 590),
    bold=st.booleans(),
)


@given(st.lists(LINES, max_size=30))
def test_whatever_stands_on_a_page_something_fit_for_a_form_comes_of_it(lines: list[Line]) -> None:
    found = propose([Page(595, 842, lines)], TODAY)
    assert all(value.strip() == value and len(value) <= 520 for value in found.fields.values())
    assert not found.secrecy or not found.fields


def test_fields_are_named_as_in_the_form() -> None:
    assert Proposal("A", "1/B", date(2026, 1, 2), "state/bao-cao", "C", "urgent").fields == {
        "author_organ": "A",
        "author_symbol": "1/B",
        "doc_date": "02/01/2026",
        "type": "state/bao-cao",
        "abstract": "C",
        "urgency": "urgent",
    }
    assert Proposal().fields == {}
