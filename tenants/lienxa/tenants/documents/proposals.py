"""What the head of a paper says of itself: issuer, number and symbol, date, type, abstract, urgency, secrecy.

Pure rules on lines with places, whether they come from a text layer or a scan. Sources: NĐ 30/2020/NĐ-CP, Appendix I
(State: issuer and number left, motto and date right, type and abstract in the middle, of a công văn "V/v ..." under
the number) and HD 05-HD/VPTW with its predecessor HD 36-HD/VPTW (Party: likewise, with an asterisk under the issuer).
What is not clear is left empty: a wrong proposal costs more than none.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from itertools import pairwise, takewhile

import msgspec

from lienxa.platform.reading import Line, Page
from lienxa.platform.rules import DocumentType
from lienxa.platform.text import fold
from lienxa.tenants.documents import rules

_MOTTOES = ("conghoaxahoichunghiavietnam", "dangcongsanvietnam")
_ALIKE = 0.82  # of the letters
_HEAD = 0.5  # of the first page: what stands further down is not its head
_MOST_LINES = 6  # of an abstract
_MARKS = re.compile(r"[\s*_.:;–—\-]*")
_LETTER_SUBJECT = re.compile(r"(?:v\s?/?\s?v|ve viec)\b[\s:.]*")
_FIRST_OF_BODY = re.compile(
    r"(?:can cu|kinh gui|thuc hien|thi hanh|xet|theo|tren co so|nham|de|sau khi|vua qua|trong thoi gian|hom nay|"
    r"ngay \d|dieu \d|phan|[ivx]{1,4}[.\-]|\d{1,2}[.\-)]|chu tich|uy ban|hoi dong|ban chap hanh|ban thuong vu|"
    r"thuong truc|giam doc|truong|bo truong|bi thu)\b"
)
_AUTHORITY = re.compile(
    r"(?:chu tich|uy ban|ubnd|hoi dong|ban chap hanh|ban thuong vu|thuong truc|giam doc|truong|bo truong|bi thu|"
    r"dang uy)\b"
)
# How the name of an organ begins: such a line under another one names the issuer beneath its parent.
_ORGAN = re.compile(
    r"(?:ủy ban|uỷ ban|ubnd|hội đồng|hđnd|ban|bộ|sở|phòng|cục|chi cục|tổng cục|vụ|trung tâm|trường|bệnh viện|"
    r"trạm|công an|quân sự|văn phòng|đảng bộ|đảng ủy|đảng uỷ|huyện ủy|thành ủy|tỉnh ủy|tỉnh uỷ|chi bộ|đoàn|hội|"
    r"liên đoàn|mặt trận|thanh tra|viện|tòa án|toà án|kho bạc|bảo hiểm|ngân hàng|chính phủ|quốc hội|hạt|đội|thuế|"
    r"công ty|tổng công ty|hợp tác xã|bch|btv|thường trực|cơ quan|điện lực|bưu điện|quỹ|đài|ubkt|ubmttq|mttq|"
    r"chi nhánh)\b"
)
_TO_BE_CONTINUED = re.compile(r"\b(?:và|của)$|[-–,&]$")
_NOISE = re.compile(r"nguoi ky|thoi gian ky|ky boi|email|ngay ky|^den\b|^so den|^chuyen|^trang \d")
_URGENCIES = {"khan": "urgent", "thuongkhan": "very_urgent", "hoatoc": "immediate", "hoatochengio": "immediate"}
_SECRECIES = {"mat": "confidential", "toimat": "secret", "tuyetmat": "top_secret"}
_PLACES = ("xã", "phường", "huyện", "quận", "tỉnh", "thị trấn", "thị xã", "thành phố", "đặc khu")
_BEFORE_NAMES = ("", "sở", "bộ", "phòng", "ban", "cục", "vụ", "hội", "trường", "trung tâm")
_ALWAYS = {
    "việt nam": "Việt Nam",
    "hồ chí minh": "Hồ Chí Minh",
    "tổ quốc": "Tổ quốc",
    "mặt trận": "Mặt trận",
    "chính phủ": "Chính phủ",
}
_SHORT = re.compile(r"^(?:UBND|HĐND|UBMTTQ|MTTQ|UBKT|TNCS|BCH|BTV|TP|TT|TƯ|QLDA|GD&ĐT|[A-ZĐ]*&[A-ZĐ&]*)$")


# Words of the names of organs: one that a scan was read to have with another accent is put right.
_USUAL_WORDS = frozenset(
    """ủy nhân dân tỉnh xã phường huyện thành phố đảng chấp hành thường trực phòng quản lý dự án an chỉ chi đạo đào tạo
    chuyển đổi tuyên giáo dục vận chức kiểm tra văn khoa học công nghệ nông nghiệp môi trường xây dựng nội tài bạc nước
    khu vực hội đồng chính phủ trung ương thanh trận quốc việt ban bộ sở số và thôn""".split()  # noqa: SIM905
)
_FOLDS = [fold(word) for word in _USUAL_WORDS]
_BY_FOLD = {fold(word): word for word in _USUAL_WORDS if _FOLDS.count(fold(word)) == 1}


class Proposal(msgspec.Struct, frozen=True):
    """What the form of an incoming document may be filled with; empty where the paper does not tell.

    `secrecy` other than empty: the paper bears such a mark, and nothing else of it was looked at.
    """

    author_organ: str = ""
    author_symbol: str = ""
    doc_date: date | None = None
    type_code: str = ""
    abstract: str = ""
    urgency: str = ""
    secrecy: str = ""

    @property
    def fields(self) -> Mapping[str, str]:
        """The fields of the form that are proposed, as they are typed there."""
        typed = {
            "author_organ": self.author_organ,
            "author_symbol": self.author_symbol,
            "doc_date": f"{self.doc_date:%d/%m/%Y}" if self.doc_date else "",
            "type": self.type_code,
            "abstract": self.abstract,
            "urgency": self.urgency,
        }
        return {field: value for field, value in typed.items() if value}


def propose(pages: Sequence[Page], on: date) -> Proposal:
    """What the first page says, by the types in force on that day. An empty proposal if it is no paper of an office."""
    if not pages:
        return Proposal()
    secrecy = next((mark for page in pages for mark in _stamps(page, _SECRECIES)), "")
    if secrecy:
        return Proposal(secrecy=secrecy)
    head = _head(pages[0])
    if head is None:
        return Proposal()
    return _of_head(head, pages[0], on)


# --- The two columns of the head ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Head:
    """The head of a paper in its columns: what stands left, what stands right, and all that stands beneath it.

    `number_at` is the place of the line with the number in `left`; the symbol that it bears, if it is filled in.
    """

    left: Sequence[Line]
    right: Sequence[Line]
    number_at: int
    symbol: rules.Symbol | None
    below: Sequence[Line]


def _head(page: Page) -> _Head | None:
    upper = [line for line in page.lines if line.top < _HEAD * page.height]
    lines = [piece for line in upper for piece in _at_motto(line)]
    columns = [piece for line in lines for piece in _at_date(line)]
    motto = next((line for line in columns if _is_motto(line.text)), None) or _instead_of_motto(columns)
    if motto is None:
        return None
    end = min((line.top for line in columns if _ends_columns(line, motto)), default=page.height)
    near = [line for line in columns if motto.top - 3 * motto.height < line.top < end]
    left = _joined([line for line in near if line.middle < motto.left])
    number_at = _number_at(left)
    if number_at is None:
        return None
    right = [line for line in near if line.middle >= motto.left and line.bottom >= motto.bottom]
    below = [line for line in page.lines if line.top >= left[number_at].bottom - 0.2 * motto.height]
    return _Head(left, right, number_at, _symbol_of(left[number_at].text), below)


def _instead_of_motto(columns: Sequence[Line]) -> Line | None:
    """What stands in the motto's place on papers of unions, which have none: above the date, beside the first line."""
    number = next((line for line in columns if _symbol_of(line.text)), None)
    if number is None:
        return None
    beside = (line for line in columns if line.left > number.right and abs(line.top - number.top) < 4 * number.height)
    dated = next((line for line in beside if rules.read_written_day(line.text)), None)
    if dated is None:
        return None
    first = min(columns, key=lambda line: line.top)
    return msgspec.structs.replace(dated, text="", top=first.top, bottom=first.bottom)


def _ends_columns(line: Line, motto: Line) -> bool:
    """Whether a line under the motto goes through both columns, or says to whom a letter goes."""
    if line.top <= motto.bottom:
        return False
    across = line.left < motto.left - 3 * motto.height and line.right > motto.left + 3 * motto.height
    return across or fold(line.text).startswith("kinh gui")


def _is_motto(text: str) -> bool:
    bare = _bare(text)
    return any(_alike(bare, motto) for motto in _MOTTOES)


def _alike(one: str, other: str) -> bool:
    """Whether two texts are the same but for some letters, as scans are read."""
    return abs(len(one) - len(other)) < 5 and SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE


def _at_motto(line: Line) -> Iterator[Line]:
    """The line; in two where issuer and motto stand so close that they were read as one."""
    found = re.search(r"C[ỘO]NG H[ÒO]A X[ÃA] H[ỘO]I|[ĐD][ẢA]NG C[ỘO]NG S[ẢA]N", line.text)
    yield from _cut(line, found.start() if found else 0)


def _at_date(line: Line) -> Iterator[Line]:
    """The line; in two where number and place with date were read as one."""
    symbol = rules.read_symbol(line.text) if rules.read_written_day(line.text) else None
    yield from _cut(line, len(line.text) - len(symbol.after) if symbol and symbol.after else 0)


def _cut(line: Line, at: int) -> Iterator[Line]:
    if at <= 0:
        yield line
        return
    share = at / len(line.text)
    middle = line.left + share * (line.right - line.left)
    yield msgspec.structs.replace(line, text=line.text[:at].strip(), right=middle)
    yield msgspec.structs.replace(line, text=line.text[at:].strip(), left=middle)


def _joined(column: Sequence[Line]) -> list[Line]:
    """The lines of a column; what stands in one row is one line, as in `Số:      /UBND`."""
    rows: list[Line] = []
    for line in column:
        before = rows[-1] if rows else None
        if before is None or line.bottom - before.bottom > 0.4 * max(line.height, before.height):
            rows.append(line)
            continue
        first, second = sorted((before, line), key=lambda one: one.left)
        rows[-1] = msgspec.structs.replace(
            first, text=f"{first.text} {second.text}", right=max(first.right, second.right)
        )
    return rows


def _number_at(left: Sequence[Line]) -> int | None:
    """Where the line with the number stands: with a symbol, one that was misread, or a place left empty for it."""
    filled = (at for at, line in enumerate(left) if _symbol_of(line.text))
    empty = (
        at for at, line in enumerate(left) if re.match(r"s[o6]\s*[:.]?\s*(?:\d+\w|[.…_]*\s*[/-])", fold(line.text))
    )
    return next(filled, next(empty, None))


def _symbol_of(text: str) -> rules.Symbol | None:
    found = rules.read_symbol(text)
    return found if found and not found.before else None


# --- What they say --------------------------------------------------------------------------------------------------


def _of_head(head: _Head, page: Page, on: date) -> Proposal:
    symbol = head.symbol
    named = rules.type_of_symbol(symbol.mark, symbol.year, symbol.notation, on) if symbol else ""
    types = rules.types_by_code(on)
    title = _title(head, named, types)
    if title:
        code, abstract = title.code, _titled_abstract(title, page)
    else:
        code, abstract = named, _letter_subject(head)
    return Proposal(
        author_organ=_issuer(head, scanned=page.scanned),
        author_symbol=symbol.text if symbol else "",
        doc_date=_day(head),
        type_code=code,
        abstract=abstract,
        urgency=next(_stamps(page, _URGENCIES), ""),
    )


def _issuer(head: _Head, *, scanned: bool) -> str:
    lines = [
        line
        for line in head.left[: head.number_at]
        if not _MARKS.fullmatch(line.text) and not _NOISE.search(fold(line.text)) and not _is_stamp(line.text)
    ]
    if not lines:
        return ""
    if scanned:
        lines = [msgspec.structs.replace(line, text=_with_usual_words(line.text)) for line in lines]
    bold = [line.bold for line in lines]
    if bold[-1] and not bold[0]:
        lines = list(reversed(list(takewhile(lambda line: line.bold, reversed(lines)))))
        return _as_name(" ".join(line.text for line in lines))
    names: list[str] = []
    for line in lines:
        starts = not names or _starts_name(line.text, names[-1])
        if starts:
            names.append(line.text)
        else:
            names[-1] = f"{names[-1]} {line.text}"
    return _as_name(names[-1])


def _starts_name(text: str, before: str) -> bool:
    return _ORGAN.match(text.lower()) is not None and not _TO_BE_CONTINUED.search(before.lower())


def _day(head: _Head) -> date | None:
    """The date right of the number; it may go on in the next line."""
    lines = (*head.right, *head.left[: head.number_at + 1])
    texts = [line.text for line in lines if not _NOISE.search(fold(line.text))]
    together = [f"{one} {other}" for one, other in pairwise(texts)]
    return next((day for text in (*texts, *together) if (day := rules.read_written_day(text))), None)


@dataclass(frozen=True)
class _Title:
    """The name of the type as it is printed, and what stands behind it in the same line; `at` is its place below."""

    code: str
    rest: str
    line: Line
    following: Sequence[Line]


def _title(head: _Head, named: str, types: Mapping[str, DocumentType]) -> _Title | None:
    if named in types and not types[named].shows_name:
        return None
    system = named.partition("/")[0]
    if not system:
        system = "party" if any(_bare(line.text).startswith("dangcong") for line in head.right) else "state"
    known = [(code, found) for code, found in types.items() if found.shows_name and _one_side(found.system, system)]
    # What the symbol names comes first, then longer names before what they begin with.
    known.sort(key=lambda one: (one[0] != named, one[1].system != system, -len(one[1].name)))
    for at, line in enumerate(head.below):
        if line.text != line.text.upper() or line.text.endswith(":"):
            continue
        for code, found in known:
            rest = _behind(line.text, found.name)
            if rest is not None:
                return _Title(code, rest, line, head.below[at + 1 :])
    return _misread_title(head, types[named].name, named) if named in types else None


def _misread_title(head: _Head, name: str, named: str) -> _Title | None:
    """The line that is almost the name which the symbol tells."""
    for at, line in enumerate(head.below):
        if _in_capitals(line.text) and _alike(_bare(line.text), _bare(name)):
            return _Title(named, "", line, head.below[at + 1 :])
    return None


def _one_side(system: str, other: str) -> bool:
    party = rules.TYPE_SYSTEMS["party"]
    return (system in party) == (other in party)


def _behind(text: str, name: str) -> str | None:
    """What stands in the line behind the name of the type; None if the line does not begin with it."""
    plain_name = name.split("(", maxsplit=1)[0].strip()
    if _bare(text) == _bare(plain_name):
        return ""
    if fold(text).startswith(f"{fold(plain_name)} "):
        return text[len(plain_name) :].strip()
    return None


def _titled_abstract(title: _Title, page: Page) -> str:
    """The lines in the middle under the name of the type, up to a rule, a wider gap or the first line of the text."""
    found = [title.rest] if title.rest else []
    before, step = title.line, 0.0
    left, right = _margins(page)
    for line in title.following:
        if len(found) == _MOST_LINES or not _belongs(line, before, step, found, left, right):
            break
        if found and line.bold != before.bold and before is not title.line:
            break
        step = step or line.bottom - before.bottom
        found.append(line.text)
        before = line
    return _as_abstract(" ".join(found))


def _belongs(line: Line, before: Line, step: float, found: Sequence[str], left: float, right: float) -> bool:
    if _MARKS.fullmatch(line.text) or _is_stamp(line.text):
        return False
    if abs((line.left - left) - (right - line.right)) > 0.04 * (right - left):
        return False
    gap = line.bottom - before.bottom
    if gap > max(1.45 * step if step else 0, 2.6 * line.height if not found else 1.9 * line.height):
        return False
    folded = fold(line.text)
    if _in_capitals(line.text):
        return not (_AUTHORITY.match(folded) and not _in_capitals(" ".join(found)))
    if not found:
        opens = line.text[0].isupper() and (_AUTHORITY.match(folded) or "kinh moi" in folded)
        return not folded.startswith(("can cu", "kinh gui")) and not opens
    # The line before was full, so that this one goes on with it; or the text begins here.
    if folded.startswith("can cu") and line.text[0].isupper():
        return False
    full = before.right - before.left > 0.85 * (line.right - line.left)
    return full or not (line.text[0].isupper() and _FIRST_OF_BODY.match(folded))


def _in_capitals(text: str) -> bool:
    return text == text.upper() and any(letter.isalpha() for letter in text)


def _margins(page: Page) -> tuple[float, float]:
    """Where the text of the page begins and ends: what its long lines share."""
    long = [line for line in page.lines if line.right - line.left > 0.45 * page.width] or page.lines
    return min(line.left for line in long), max(line.right for line in long)


def _letter_subject(head: _Head) -> str:
    """What a công văn is about: under its number, in the left column (Party: begins with `về việc`)."""
    found: list[str] = []
    before = head.left[head.number_at]
    for line in head.left[head.number_at + 1 :]:
        if line.bottom - before.bottom > 2.4 * line.height:
            break
        if _is_stamp(line.text):
            continue
        if _MARKS.fullmatch(line.text) and found:
            break
        if not found and not _LETTER_SUBJECT.match(fold(line.text)):
            continue
        found.append(line.text)
        before = line
    text = " ".join(found)
    start = _LETTER_SUBJECT.match(fold(text))
    return _as_abstract(f"Về việc {text[start.end() :]}") if start else ""


def _as_abstract(text: str) -> str:
    plain = " ".join(text.split()).strip(" .;:/-*")
    return plain[:1].upper() + plain[1:500]


# --- Stamps and names -----------------------------------------------------------------------------------------------


def _stamps(page: Page, known: Mapping[str, str]) -> Iterator[str]:
    """The marks that stand alone in a line of the head, in capitals."""
    for line in page.lines:
        if line.top < _HEAD * page.height and line.text == line.text.upper():
            mark = known.get(_bare(line.text))
            if mark:
                yield mark


def _is_stamp(text: str) -> bool:
    return _in_capitals(text) and _bare(text) in {*_URGENCIES, *_SECRECIES}


def _bare(text: str) -> str:
    return "".join(letter for letter in fold(text) if letter.isalnum())


def _as_name(printed: str) -> str:
    """A name as registers write it: `ỦY BAN NHÂN DÂN XÃ TÂN LẬP` -> `Ủy ban nhân dân xã Tân Lập`.

    One that is not printed in capitals stays. Of what is no place capitals are known only where usage is fixed.
    """
    if printed != printed.upper():
        return printed
    words = printed.split()
    named: list[str] = []
    in_place = False
    for at, word in enumerate(words):
        small = word.lower()
        starts_place = any(" ".join(words[at:]).lower().startswith(f"{place} ") for place in _PLACES)
        ends_place = in_place and f"{named[-1]} {small}" in _PLACES
        in_place = in_place or starts_place
        if _SHORT.match(word):
            named.append(word)
        elif starts_place or ends_place:
            named.append(small)
        else:
            named.append(small.capitalize() if in_place or _begins_name(named) else small)
    text = " ".join(named)
    for plain, written in _ALWAYS.items():
        text = re.sub(rf"\b{plain}\b", written, text, flags=re.IGNORECASE)
    return text[:1].upper() + text[1:]


def _with_usual_words(printed: str) -> str:
    """A name in capitals with its usual words put right, up to the name of a place, which may be anything."""
    words = printed.split()
    for at, word in enumerate(words):
        if word.lower() in _USUAL_WORDS or word != word.upper():
            continue
        if any(before.lower() in _PLACES for before in words[:at]):
            break
        words[at] = _BY_FOLD.get(fold(word), word).upper()
    return " ".join(words)


def _begins_name(before: Sequence[str]) -> bool:
    """Whether a word is written with a capital after these: the first, `Sở Nội vụ`, `Sở Khoa học và Công nghệ`."""
    start = " ".join(before).lower()
    return start in _BEFORE_NAMES or (start.endswith(" và") and start.startswith(("sở ", "bộ ", "phòng ", "ban ")))
