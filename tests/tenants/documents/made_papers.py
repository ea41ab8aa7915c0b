"""Papers of invented offices with what stands on them, in the layouts of NĐ 30/2020, HD 05-HD/VPTW and HD 36-HD/VPTW.

`made_papers(n)` gives the same `n` papers each time. What is read from them is compared with what was put on them; the
rules were written against `LAYOUTS`, never against `UNSEEN`, which departs from the texts as offices do.
"""

import io
import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, cast

from lienxa.platform.print.papers import FONTS
from lienxa.tenants.documents.proposals import Proposal

FIELDS = ("author_organ", "author_symbol", "doc_date", "type_code", "abstract")


@dataclass(frozen=True)
class Issuer:
    """Who issues: the lines of the parent and of its own name as they are printed, its symbols, its place."""

    parent: Sequence[str]
    name: Sequence[str]
    symbol: str
    unit: str
    place: str


STATE = (
    Issuer((), ("ỦY BAN NHÂN DÂN", "XÃ TÂN LẬP"), "UBND", "VP", "Tân Lập"),
    Issuer((), ("ỦY BAN NHÂN DÂN XÃ MINH TÂN",), "UBND", "KT", "Minh Tân"),
    Issuer((), ("UBND XÃ THUẬN NAM",), "UBND", "VX", "Thuận Nam"),
    Issuer((), ("ỦY BAN NHÂN DÂN", "TỈNH LÂM SƠN"), "UBND", "KGVX", "Lâm Sơn"),
    Issuer((), ("HỘI ĐỒNG NHÂN DÂN", "XÃ GIANG SƠN TÂY"), "HĐND", "VP", "Giang Sơn Tây"),
    Issuer(("UBND TỈNH LÂM SƠN",), ("SỞ NỘI VỤ",), "SNV", "CCHC", "Lâm Sơn"),
    Issuer(("ỦY BAN NHÂN DÂN", "TỈNH LÂM SƠN"), ("SỞ NÔNG NGHIỆP", "VÀ MÔI TRƯỜNG"), "SNNMT", "CCKL", "Lâm Sơn"),
    Issuer(("UBND TỈNH LÂM SƠN",), ("SỞ GIÁO DỤC VÀ ĐÀO TẠO",), "SGDĐT", "GDPT", "Lâm Sơn"),
    Issuer(("ỦY BAN NHÂN DÂN TỈNH LÂM SƠN",), ("SỞ KHOA HỌC VÀ", "CÔNG NGHỆ"), "SKHCN", "CĐS", "Lâm Sơn"),
    Issuer(("UBND XÃ MINH TÂN",), ("PHÒNG VĂN HÓA - XÃ HỘI",), "PVHXH", "BTXH", "Minh Tân"),
    Issuer(("UBND XÃ MINH TÂN",), ("TRUNG TÂM PHỤC VỤ", "HÀNH CHÍNH CÔNG"), "TTPVHCC", "NV", "Minh Tân"),
    Issuer(("CÔNG AN TỈNH LÂM SƠN",), ("CÔNG AN XÃ MINH TÂN",), "CAX", "TH", "Minh Tân"),
    Issuer((), ("BỘ NỘI VỤ",), "BNV", "CCHC", "Hà Nội"),
    Issuer((), ("VĂN PHÒNG CHÍNH PHỦ",), "VPCP", "KSTT", "Hà Nội"),
    Issuer(("SỞ XÂY DỰNG",), ("BAN QUẢN LÝ DỰ ÁN", "HẠ TẦNG NÔNG THÔN"), "BQLDA", "KH", "Lâm Sơn"),
    Issuer(("BỘ TÀI CHÍNH",), ("KHO BẠC NHÀ NƯỚC", "KHU VỰC XI"), "KBNN", "KTNN", "Lâm Sơn"),
    Issuer((), ("ỦY BAN NHÂN DÂN", "PHƯỜNG NGUYỄN DU"), "UBND", "KTHTĐT", "Nguyễn Du"),
    Issuer((), ("BAN CHỈ ĐẠO CHUYỂN ĐỔI SỐ", "XÃ TÂN LẬP"), "BCĐ", "TH", "Tân Lập"),
)
PARTY = (
    Issuer(("ĐẢNG BỘ TỈNH LÂM SƠN",), ("ĐẢNG ỦY XÃ MINH TÂN",), "ĐU", "", "Minh Tân"),
    Issuer(("ĐẢNG BỘ TỈNH LÂM SƠN",), ("BAN CHẤP HÀNH ĐẢNG BỘ", "XÃ GIANG SƠN TÂY"), "ĐU", "", "Giang Sơn Tây"),
    Issuer(("TỈNH ỦY LÂM SƠN",), ("BAN TỔ CHỨC",), "BTCTU", "", "Lâm Sơn"),
    Issuer(("TỈNH ỦY LÂM SƠN",), ("BAN TUYÊN GIÁO VÀ DÂN VẬN",), "BTGDVTU", "", "Lâm Sơn"),
    Issuer((), ("TỈNH ỦY LÂM SƠN",), "TU", "", "Lâm Sơn"),
    Issuer(("TỈNH ỦY LÂM SƠN",), ("VĂN PHÒNG",), "VPTU", "", "Lâm Sơn"),
    Issuer(("ĐẢNG BỘ XÃ MINH TÂN",), ("CHI BỘ THÔN BA",), "CB", "", "Minh Tân"),
    Issuer(("ĐẢNG ỦY XÃ MINH TÂN",), ("ỦY BAN KIỂM TRA",), "UBKTĐU", "", "Minh Tân"),
    Issuer((), ("BAN CHẤP HÀNH TRUNG ƯƠNG",), "TW", "", "Hà Nội"),
    Issuer(("ĐẢNG ỦY XÃ TÂN LẬP",), ("BAN XÂY DỰNG ĐẢNG",), "BXDĐ", "", "Tân Lập"),
)
STATE_TYPES = (
    ("state/quyet-dinh", "QUYẾT ĐỊNH", "QĐ"),
    ("state/ke-hoach", "KẾ HOẠCH", "KH"),
    ("state/bao-cao", "BÁO CÁO", "BC"),
    ("state/thong-bao", "THÔNG BÁO", "TB"),
    ("state/to-trinh", "TỜ TRÌNH", "TTr"),
    ("state/giay-moi", "GIẤY MỜI", "GM"),
    ("state/huong-dan", "HƯỚNG DẪN", "HD"),
    ("state/chi-thi", "CHỈ THỊ", "CT"),
    ("state/nghi-quyet", "NGHỊ QUYẾT", "NQ"),
    ("state/chuong-trinh", "CHƯƠNG TRÌNH", "CTr"),
    ("state/cong-dien", "CÔNG ĐIỆN", "CĐ"),
)
PARTY_TYPES = (
    ("party/nghi-quyet", "NGHỊ QUYẾT", "NQ"),
    ("party/quyet-dinh", "QUYẾT ĐỊNH", "QĐ"),
    ("party/quy-dinh", "QUY ĐỊNH", "QĐ"),
    ("party/ket-luan", "KẾT LUẬN", "KL"),
    ("party/thong-bao", "THÔNG BÁO", "TB"),
    ("party/ke-hoach", "KẾ HOẠCH", "KH"),
    ("party/chuong-trinh", "CHƯƠNG TRÌNH", "CTr"),
    ("party/bao-cao", "BÁO CÁO", "BC"),
    ("party/de-an", "ĐỀ ÁN", "ĐA"),
    ("party/huong-dan", "HƯỚNG DẪN", "HD"),
    ("party/chi-thi", "CHỈ THỊ", "CT"),
)
SUBJECTS = (
    "rà soát hộ nghèo, hộ cận nghèo năm 2026",
    "tăng cường công tác phòng cháy, chữa cháy rừng mùa khô năm 2026 trên địa bàn xã",
    "triển khai thực hiện Nghị quyết số 57-NQ/TW ngày 22/12/2024 về đột phá phát triển khoa học, công nghệ, đổi mới "
    "sáng tạo và chuyển đổi số quốc gia",
    "phê duyệt quyết toán kinh phí sửa chữa đường giao thông nông thôn thôn Ba",
    "kiện toàn Ban Chỉ đạo xây dựng nông thôn mới",
    "báo cáo kết quả 6 tháng đầu năm, nhiệm vụ trọng tâm 6 tháng cuối năm 2026",
    "cử cán bộ tham gia lớp bồi dưỡng nghiệp vụ văn thư, lưu trữ",
    "thực hiện quy chế dân chủ ở cơ sở",
    "đôn đốc giải ngân vốn đầu tư công năm 2026",
    "phối hợp tổ chức Ngày hội Đại đoàn kết toàn dân tộc ở khu dân cư nhân kỷ niệm 96 năm Ngày thành lập Mặt trận Tổ "
    "quốc Việt Nam",
    "thời gian nghỉ Tết Nguyên đán và phân công trực",
    "xử lý hồ sơ đất đai tồn đọng theo kiến nghị của cử tri trước và sau kỳ họp thứ hai Hội đồng nhân dân xã khóa XII, "
    "nhiệm kỳ 2026 - 2031, kèm theo danh sách các hộ gia đình, cá nhân chưa được cấp giấy chứng nhận",
)
BODY = (
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;",
    "Thực hiện chỉ đạo của cấp trên và tình hình thực tế của địa phương, cơ quan ban hành đề nghị các đơn vị, thôn, tổ "
    "dân phố nghiêm túc triển khai các nội dung sau đây, báo cáo kết quả trước ngày 25 tháng 12 năm 2026.",
    "1. Tổ chức quán triệt đến toàn thể cán bộ, công chức và nhân dân; phân công rõ người, rõ việc, rõ thời gian.",
    "2. Bố trí kinh phí, nhân lực; kịp thời phản ánh khó khăn, vướng mắc để được hướng dẫn, tháo gỡ.",
)
# Options of a head that people set differently; one of each is drawn for each paper.
OPTIONS: Mapping[str, Sequence[Any]] = {
    "columns": ("(40%, 60%)", "(38%, 62%)", "(1fr, 1.6fr)"),
    "size": (12, 13, 13.5, 14),
    "margin": ("(left: 30mm, right: 15mm, y: 20mm)", "(left: 35mm, right: 20mm, y: 25mm)", "(x: 25mm, y: 20mm)"),
    "parent_bold": (False, False, False, True),
    "number": ("Số: {}", "Số: {}", "Số:{}", "Số:   {}", "Số : {}"),
    "leading": (0.5, 0.65, 0.8),
    "gap": (6, 12, 20),
    "indent": ("10mm", "12.7mm", "0mm"),
    "spoiled": ("", "", "", "nfd", "nbsp", "double", "zero-width"),
    "stamp": ("", "", "", "", "KHẨN", "THƯỢNG KHẨN", "HỎA TỐC"),
    "short_day": (False, False, True),
    "rule": ("line", "dashes", "none"),
    "about": ("Về việc {}", "{}", "Về {}", "V/v {}"),
    "signed": (False, False, True),
}
LAYOUTS = ("state", "state", "letter", "letter", "party", "party-letter")


@dataclass(frozen=True)
class MadePaper:
    """A paper and what stands on it. `source` is its typst text."""

    layout: str
    source: str
    expected: Proposal
    spoiled: str = ""
    _made: list[bytes] = field(default_factory=list, repr=False)

    def scan(self, chance: random.Random) -> bytes:
        """The same as a scanner of an office gives it: 200 dots per inch, askew, unsharp, with specks, as a JPEG."""
        return scanned(self.pdf(), chance)

    def pdf(self) -> bytes:
        """The paper as a PDF with a text layer."""
        if not self._made:
            self._made.append(set_in_type(self.source))
        return self._made[0]


def set_in_type(source: str) -> bytes:
    """A PDF of this typst text."""
    import typst

    made: bytes = cast("Any", typst.compile)(
        {"main.typ": source.encode()}, format="pdf", font_paths=[str(FONTS)], ignore_system_fonts=True, timestamp=0
    )
    return made


def scanned(content: bytes, chance: random.Random) -> bytes:
    """A PDF whose first page is a picture of the first page of this one."""
    import pypdfium2
    from PIL import Image, ImageChops, ImageFilter

    page = pypdfium2.PdfDocument(content)[0].render(scale=200 / 72, grayscale=True).to_pil().convert("L")
    askew = page.rotate(chance.uniform(-1.5, 1.5), resample=Image.Resampling.BICUBIC, fillcolor=255)
    blurred = askew.filter(ImageFilter.GaussianBlur(chance.uniform(0.3, 0.8)))
    noise = Image.effect_noise(blurred.size, chance.uniform(5, 25))
    grey = ImageChops.add(blurred, noise, scale=1, offset=-128 - chance.randrange(20))
    for _speck in range(chance.randrange(60, 240)):
        grey.putpixel((chance.randrange(grey.width), chance.randrange(grey.height)), 0)
    made = io.BytesIO()
    grey.save(made, "PDF", resolution=200.0, quality=chance.randrange(55, 85))
    return made.getvalue()


def made_papers(count: int, layouts: Sequence[str] = LAYOUTS, seed: int = 30) -> Iterator[MadePaper]:
    """So many papers, the layouts in turn, everything else drawn from `seed`."""
    chance = random.Random(seed)
    for number in range(count):
        yield _DRAWN[layouts[number % len(layouts)]](chance)


# --- Setting --------------------------------------------------------------------------------------------------------


def quoted(text: str) -> str:
    """A text as typst has it in code."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _strong(text: str, *, bold: bool = True, size: float | None = None, style: str = "normal") -> str:
    weight = '"bold"' if bold else '"regular"'
    sized = f", size: {size}pt" if size else ""
    return f'#text(weight: {weight}, style: "{style}"{sized}, {quoted(text)})'


def _options(chance: random.Random) -> dict[str, Any]:
    return {name: chance.choice(choices) for name, choices in OPTIONS.items()}


def _spoil(text: str, how: str) -> str:
    if how == "nfd":
        return unicodedata.normalize("NFD", text)
    if how == "zero-width":
        return text.replace(" ", " \u200b", 2)
    if how == "nbsp":  # as editors write it between a number and its word
        return re.sub(r" (?=\d)", "\u00a0", text)
    return text.replace(" ", "  " if how == "double" else " ")


def _written(day: date, *, short: bool) -> str:
    if short:
        return f"ngày {day.day:02d} tháng {day.month:02d} năm {day.year}"
    # NĐ 30: leading zeros for days under 10 and the first two months.
    month = f"{day.month:02d}" if day.month < 3 else f"{day.month}"
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def _page(options: Mapping[str, Any], content: str) -> str:
    return (
        f'#set page(paper: "a4", margin: {options["margin"]})\n'
        f'#set text(font: "Tinos", size: {options["size"]}pt, lang: "vi")\n'
        f"#set par(leading: {options['leading']}em, spacing: {options['gap']}pt)\n{content}"
    )


def _body(options: Mapping[str, Any]) -> str:
    paragraphs = "\n\n".join(f"#h({options['indent']})#{quoted(_spoil(line, options['spoiled']))}" for line in BODY)
    return f"#set par(justify: true)\n{paragraphs}"


def _columns(options: Mapping[str, Any], left: Sequence[str], right: Sequence[str]) -> str:
    inside = ",\n".join("align(center)[" + " \\ ".join(column) + "]" for column in (left, right))
    return f"#grid(columns: {options['columns']}, column-gutter: 4pt,\n{inside})\n"


def _rule(options: Mapping[str, Any]) -> str:
    return {"line": "#align(center)[#line(length: 25mm)]", "dashes": '#align(center)[#"-----"]', "none": ""}[
        options["rule"]
    ]


def _symbol(chance: random.Random, issuer: Issuer, abbreviation: str, *, party: bool) -> str:
    number = f"{chance.choice((1, 7, 12, 45, 99, 123, 335, 920, 1234, 5120)):02d}"
    if party:
        return f"{number}-{abbreviation}/{issuer.symbol}"
    return f"{number}/{abbreviation}-{issuer.symbol}" if abbreviation else f"{number}/{issuer.symbol}-{issuer.unit}"


def _day(chance: random.Random) -> date:
    return date(2026, 1, 1) + timedelta(days=chance.randrange(320))


def _issuer_lines(options: Mapping[str, Any], issuer: Issuer) -> list[str]:
    parent = [_strong(_spoil(line, options["spoiled"]), bold=options["parent_bold"], size=12) for line in issuer.parent]
    return [*parent, *(_strong(_spoil(line, options["spoiled"]), size=12.5) for line in issuer.name)]


def _expected(issuer: Issuer, symbol: str, day: date, code: str, abstract: str, urgency: str) -> Proposal:
    return Proposal(" ".join(issuer.name), symbol, day, code, abstract[0].upper() + abstract[1:], urgency)


_URGENCY = {"": "", "KHẨN": "urgent", "THƯỢNG KHẨN": "very_urgent", "HỎA TỐC": "immediate"}
_SIGNED = "#place(top + right, dy: -14mm)[#text(size: 8pt)[Người ký: VP \\ Thời gian ký: 05.01.2026 10:11:12 +07:00]]\n"
_STATE_MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
_PARTY_MOTTO = "ĐẢNG CỘNG SẢN VIỆT NAM"


def _state_head(options: Mapping[str, Any], issuer: Issuer, symbol: str, day: date, under: Sequence[str] = ()) -> str:
    spoil = options["spoiled"]
    first = _columns(
        options,
        [*_issuer_lines(options, issuer), "#line(length: 15mm)"],
        [
            _strong(_spoil(_STATE_MOTTO, spoil), size=12),
            _strong(_spoil("Độc lập - Tự do - Hạnh phúc", spoil), size=13),
            "#line(length: 45mm)",
        ],
    )
    dated = f"{issuer.place}, {_written(day, short=options['short_day'])}"
    second = _columns(
        options,
        [f"#{quoted(options['number'].format(symbol))}", *under],
        [_strong(_spoil(dated, spoil), bold=False, style="italic")],
    )
    stamp = f"#box(stroke: red, inset: 3pt)[{_strong(options['stamp'], size=11)}]\n\n" if options["stamp"] else ""
    return (_SIGNED if options["signed"] else "") + first + second + stamp


def _state(chance: random.Random) -> MadePaper:
    options, issuer, day = _options(chance), chance.choice(STATE), _day(chance)
    code, title, abbreviation = chance.choice(STATE_TYPES)
    symbol = _symbol(chance, issuer, abbreviation, party=False)
    abstract = options["about"].format(chance.choice(SUBJECTS))
    abstract = abstract[0].upper() + abstract[1:]
    middle = f"#align(center)[{_strong(title, size=14)} \\ {_strong(_spoil(abstract, options['spoiled']))}]\n"
    content = _state_head(options, issuer, symbol, day) + middle + _rule(options) + "\n\n" + _body(options)
    expected = _expected(issuer, symbol, day, code, abstract, _URGENCY[options["stamp"]])
    return MadePaper("state", _page(options, content), expected, options["spoiled"])


def _letter(chance: random.Random) -> MadePaper:
    options, issuer, day = _options(chance), chance.choice(STATE), _day(chance)
    symbol, subject = _symbol(chance, issuer, "", party=False), chance.choice(SUBJECTS)
    under = [f"#text(size: 12pt, {quoted(_spoil(f'V/v {subject}', options['spoiled']))})"]
    to = '\n#align(center)[#"Kính gửi: Ủy ban nhân dân các xã, phường."]\n\n'
    content = _state_head(options, issuer, symbol, day, under) + to + _body(options)
    expected = _expected(issuer, symbol, day, "state/cong-van", f"Về việc {subject}", _URGENCY[options["stamp"]])
    return MadePaper("letter", _page(options, content), expected, options["spoiled"])


def _party_head(options: Mapping[str, Any], issuer: Issuer, symbol: str, day: date, under: Sequence[str] = ()) -> str:
    dated = f"{issuer.place}, {_written(day, short=options['short_day'])}"
    left = [*_issuer_lines(options, issuer), '#"*"', f"#{quoted(options['number'].replace(':', '').format(symbol))}"]
    right = [
        _strong(_spoil(_PARTY_MOTTO, options["spoiled"]), size=15),
        "#line(length: 50mm)",
        *[""] * (len(issuer.parent) + len(issuer.name) - 1),
        _strong(_spoil(dated, options["spoiled"]), bold=False, style="italic"),
    ]
    stamp = f"{_strong(options['stamp'], size=11)}\n\n" if options["stamp"] else ""
    return (_SIGNED if options["signed"] else "") + _columns(options, [*left, *under], right) + stamp


def _party(chance: random.Random) -> MadePaper:
    options, issuer, day = _options(chance), chance.choice(PARTY), _day(chance)
    code, title, abbreviation = chance.choice(PARTY_TYPES)
    symbol = _symbol(chance, issuer, abbreviation, party=True)
    abstract = chance.choice(("{}", "về {}", "về việc {}")).format(chance.choice(SUBJECTS))
    middle = f"#align(center)[{_strong(title, size=15)} \\ {_strong(_spoil(abstract, options['spoiled']))}]\n"
    content = _party_head(options, issuer, symbol, day) + middle + _rule(options) + "\n\n" + _body(options)
    expected = _expected(issuer, symbol, day, code, abstract, _URGENCY[options["stamp"]])
    return MadePaper("party", _page(options, content), expected, options["spoiled"])


def _party_letter(chance: random.Random) -> MadePaper:
    options, issuer, day = _options(chance), chance.choice(PARTY), _day(chance)
    symbol, subject = _symbol(chance, issuer, "CV", party=True), chance.choice(SUBJECTS)
    style = chance.choice(("normal", "italic"))
    under = [f'#text(size: 12pt, style: "{style}", {quoted(_spoil(f"về việc {subject}", options["spoiled"]))})']
    to = '\n#align(center)[#"Kính gửi: Các chi bộ trực thuộc"]\n\n'
    content = _party_head(options, issuer, symbol, day, under) + to + _body(options)
    expected = _expected(issuer, symbol, day, "party/cong-van", f"Về việc {subject}", _URGENCY[options["stamp"]])
    return MadePaper("party-letter", _page(options, content), expected, options["spoiled"])


# --- As offices depart from the texts; nothing of this was looked at while the rules were written --------------------


def _legal(chance: random.Random) -> MadePaper:
    """A legal document: the year inside its number, an abstract in capitals, the authority beneath."""
    options, issuer, day = _options(chance), chance.choice(STATE[:5]), _day(chance)
    council = issuer.symbol == "HĐND"
    code, title, short = (
        ("vbqppl/nghi-quyet-qppl", "NGHỊ QUYẾT", "NQ") if council else ("vbqppl/quyet-dinh-qppl", "QUYẾT ĐỊNH", "QĐ")
    )
    symbol = f"{chance.randrange(1, 60):02d}/{day.year}/{short}-{issuer.symbol}"
    abstract = f"Quy định về {chance.choice(SUBJECTS)}"
    authority = _strong(" ".join(issuer.name) if council else f"CHỦ TỊCH {' '.join(issuer.name)}")
    middle = f"#align(center)[{_strong(title)} \\ {_strong(abstract)} \\ {authority}]\n"
    content = _state_head(options, issuer, symbol, day) + middle + _body(options)
    return MadePaper(
        "legal", _page(options, content), _expected(issuer, symbol, day, code, abstract, _URGENCY[options["stamp"]])
    )


def _tabbed(chance: random.Random) -> MadePaper:
    """A head that was set with spaces instead of a table, title and abstract in one line, all in capitals."""
    options, issuer, day = _options(chance), chance.choice(STATE), _day(chance)
    code, title, short = chance.choice(STATE_TYPES)
    symbol = _symbol(chance, issuer, short, party=False)
    abstract = chance.choice([subject for subject in SUBJECTS if len(subject) < 90]).upper()
    name = "".join(
        f"#grid(columns: (auto, auto), column-gutter: 18pt, {_cell(line)}, {_cell(_STATE_MOTTO if at == 0 else '')})\n"
        for at, line in enumerate((*issuer.parent, *issuer.name))
    )
    dated = f"{issuer.place}, {_written(day, short=True)}"
    number = f"#grid(columns: (auto, auto), column-gutter: 30pt, {_cell(f'Số: {symbol}')}, {_cell(dated)})\n"
    middle = f"#align(center)[{_strong(f'{title} {abstract}')}]\n#v(8pt)\n"
    small = {**options, "size": 11}
    expected = _expected(issuer, symbol, day, code, abstract, "")
    return MadePaper("tabbed", _page(small, name + number + middle + _body(small)), expected)


def _cell(text: str) -> str:
    return f"[#text(size: 11pt, {quoted(text)})]"


def _front(chance: random.Random) -> MadePaper:
    """A paper of the Front: the motto of the State, two symbols of organs, an abstract in italics."""
    options, day = _options(chance), _day(chance)
    issuer = Issuer(
        ("ỦY BAN MẶT TRẬN TỔ QUỐC", "VIỆT NAM XÃ MINH TÂN"), ("BAN THƯỜNG TRỰC",), "MTTQ", "BTT", "Minh Tân"
    )
    code, title, short = chance.choice(STATE_TYPES[1:6])
    symbol = f"{chance.randrange(1, 90):02d}/{short}-MTTQ-BTT"
    abstract = chance.choice(SUBJECTS)
    middle = f"#align(center)[{_strong(title)} \\ {_strong(abstract, bold=False, style='italic')}]\n#v(10pt)\n"
    body = "\n\n".join(f"#{quoted(line)}" for line in BODY[1:])
    expected = _expected(issuer, symbol, day, code, abstract, _URGENCY[options["stamp"]])
    return MadePaper("front", _page(options, _state_head(options, issuer, symbol, day) + middle + body), expected)


def _youth(chance: random.Random) -> MadePaper:
    """A paper of the Youth Union: a hyphen after the number as in the Party, its own name instead of a motto."""
    options, day = _options(chance), _day(chance)
    issuer = Issuer(("TỈNH ĐOÀN LÂM SƠN",), ("BAN CHẤP HÀNH ĐOÀN", "XÃ MINH TÂN"), "ĐTN", "", "Minh Tân")
    code, title, short = chance.choice(PARTY_TYPES[4:8])
    symbol = _symbol(chance, issuer, short, party=True)
    abstract = chance.choice(SUBJECTS)
    left = [*_issuer_lines(options, issuer), '#"***"', f"#{quoted(f'Số: {symbol}')}"]
    dated = f"{issuer.place}, {_written(day, short=True)}"
    right = [_strong("ĐOÀN TNCS HỒ CHÍ MINH"), "#line(length: 40mm)", "", _strong(dated, bold=False, style="italic")]
    middle = f'#align(center)[{_strong(title)} \\ {_strong(abstract)} \\ #"--------"]\n'
    expected = _expected(issuer, symbol, day, code, abstract, "")
    return MadePaper("youth", _page(options, _columns(options, left, right) + middle + _body(options)), expected)


def _spread(chance: random.Random) -> MadePaper:
    """A Party paper of the old kind: spread letters in its title, who resolves in the abstract, the day under all."""
    options, issuer, day = _options(chance), chance.choice(PARTY), _day(chance)
    code, title, short = chance.choice(PARTY_TYPES)
    symbol = _symbol(chance, issuer, short, party=True)
    abstract = f"của {' '.join(issuer.name).capitalize()} về {chance.choice(SUBJECTS)}"
    spread = "   ".join(" ".join(word) for word in title.split())
    middle = f'#align(center)[{_strong(spread, size=16)} \\ {_strong(abstract)}]\n#align(center)[#"-----"]\n'
    expected = _expected(issuer, symbol, day, code, abstract, _URGENCY[options["stamp"]])
    return MadePaper(
        "spread", _page(options, _party_head(options, issuer, symbol, day) + middle + _body(options)), expected
    )


def _bare_invitation(chance: random.Random) -> MadePaper:
    """An invitation without an abstract, its number not filled in with a leading zero, the day with slashes."""
    options, issuer, day = _options(chance), chance.choice(STATE), _day(chance)
    symbol = f"{chance.randrange(1, 90)}/GM-{issuer.symbol}"
    dated = f"{issuer.place}, ngày {day.day}/{day.month}/{day.year}"
    head = _state_head(options, issuer, symbol, day).replace(
        f"{issuer.place}, {_written(day, short=options['short_day'])}", dated
    )
    middle = f"#align(center)[{_strong('GIẤY MỜI', size=14)}]\n#v(6pt)\n"
    body = "#h(10mm)Ủy ban nhân dân xã trân trọng kính mời ông (bà): Trưởng các thôn đến dự cuộc họp sau đây.\n\n"
    read = _expected(issuer, symbol, day, "state/giay-moi", "-", _URGENCY[options["stamp"]])
    expected = Proposal(read.author_organ, symbol, day, read.type_code, "", read.urgency)
    return MadePaper("invitation", _page({**options, "spoiled": ""}, head + middle + body + _body(options)), expected)


UNSEEN = ("legal", "tabbed", "front", "youth", "spread", "invitation")
_DRAWN: Mapping[str, Callable[[random.Random], MadePaper]] = {
    "state": _state,
    "letter": _letter,
    "party": _party,
    "party-letter": _party_letter,
    "legal": _legal,
    "tabbed": _tabbed,
    "front": _front,
    "youth": _youth,
    "spread": _spread,
    "invitation": _bare_invitation,
}


# --- Comparing ------------------------------------------------------------------------------------------------------


def right_fields(paper: MadePaper, read: Proposal) -> set[str]:
    """The fields that were read as they were put on the paper; case does not count."""
    return {name for name in FIELDS if _same(getattr(read, name)) == _same(getattr(paper.expected, name))}


def _same(value: object) -> object:
    if not isinstance(value, str):
        return value
    # A subject is written "V/v" and "Về việc" alike.
    return " ".join(unicodedata.normalize("NFC", value).casefold().replace("v/v", "về việc").split())
