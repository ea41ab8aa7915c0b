"""Old books taken in from a spreadsheet: what was registered on paper or in other software before.

The columns are those of the books of NĐ 30/2020, Appendix IV, so that a register kept by that form needs no change. A
paper comes in as finished: nobody is given work by it. The counters of the books go on behind the highest number.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.db.session import TenantSession
from lienxa.platform.imports.cells import LineReader, folded
from lienxa.platform.imports.kinds import CheckedLine, Column, ImportKind, Line
from lienxa.platform.rollup import marks
from lienxa.platform.rules.documents import DocumentType
from lienxa.platform.text import _
from lienxa.tenants.documents import permissions, repository, rules
from lienxa.tenants.documents.models import CommitteeTerm
from lienxa.tenants.documents.rules import INCOMING, OUTGOING

_SECRECY = Column(
    "secrecy", _("Mức độ mật"), _("Không mật"), aliases=("do mat", "mat"), note=_("Văn bản mật không nhập vào đây.")
)
_NOTE = Column("book_note", _("Ghi chú"), "", aliases=("ghi chu so",))
_TYPE = Column(
    "type",
    _("Tên loại"),
    _("Quyết định"),
    aliases=("loai van ban",),
    note=_("Bỏ trống thì lấy theo trích yếu, ký hiệu."),
)
_ABSTRACT = Column(
    "abstract",
    _("Tên loại và trích yếu nội dung văn bản"),
    _("Quyết định về việc phân bổ kinh phí"),
    required=True,
    aliases=("ten loai va trich yeu noi dung", "trich yeu noi dung", "trich yeu", "noi dung", "noi dung trich yeu"),
)
_DOC_DATE = ("ngay thang van ban", "ngay thang", "ngay ban hanh", "ngay ky", "ngay thang nam van ban")
_SYMBOL = ("so ky hieu", "so ky hieu", "so ky hieu van ban", "so va ky hieu")

INCOMING_COLUMNS = (
    Column("received_on", _("Ngày đến"), "05/01/2026", required=True, aliases=("ngay nhan",)),
    Column("number", _("Số đến"), "12", required=True, aliases=("so den van ban",)),
    Column(
        "author_organ",
        _("Tác giả"),
        _("UBND huyện Đô Lương"),
        required=True,
        aliases=("co quan ban hanh", "ten co quan ban hanh", "noi gui", "co quan gui"),
    ),
    Column("author_symbol", _("Số, ký hiệu văn bản"), "125/UBND-TC", aliases=_SYMBOL),
    Column("doc_date", _("Ngày tháng văn bản"), "02/01/2026", aliases=_DOC_DATE),
    _ABSTRACT,
    _TYPE,
    Column(
        "body",
        _("Cơ quan nhận"),
        "UBND",
        required=True,
        aliases=("co quan", "so cua co quan"),
        note=_("Tên hoặc ký hiệu của cơ quan: ĐU, HĐND, UBND."),
    ),
    _SECRECY,
    _NOTE,
)
OUTGOING_COLUMNS = (
    Column("number_text", _("Số, ký hiệu văn bản"), _("05/QĐ-UBND"), required=True, aliases=_SYMBOL),
    Column("doc_date", _("Ngày tháng văn bản"), "02/01/2026", required=True, aliases=_DOC_DATE),
    _ABSTRACT,
    Column("signer", _("Người ký"), _("Chủ tịch UBND"), note=_("Họ tên, hoặc chức vụ.")),
    Column("recipients", _("Nơi nhận văn bản"), _("Các thôn; Lưu: VT."), aliases=("noi nhan",)),
    Column(
        "archive_receiver",
        _("Đơn vị, người nhận bản lưu"),
        _("Văn phòng"),
        aliases=("don vi hoac nguoi nhan ban luu", "nguoi nhan ban luu"),
    ),
    Column("copies", _("Số lượng bản"), "3", aliases=("so ban",)),
    _TYPE,
    Column(
        "body",
        _("Cơ quan ban hành"),
        "UBND",
        aliases=("co quan",),
        note=_("Bỏ trống thì lấy theo ký hiệu của văn bản."),
    ),
    _SECRECY,
    _NOTE,
)

_LEADING_NUMBER = re.compile(r"0*(\d{1,6})(?=$|[/\-\s])")
_PARTY_SYMBOL = re.compile(r"\d+\s*-")
_PARTS = re.compile(r"[/\-\s]+")
_OPEN_WORDS = ("", "khong mat", "khong", "thuong", "binh thuong")
# Papers of one day stand in the order of their numbers.
_STEP = timedelta(milliseconds=1)


@dataclass(frozen=True)
class _Office:
    """What the lines are checked against."""

    bodies: Mapping[str, Body]  # by folded name, symbol and code
    types: Mapping[str, DocumentType]
    series: Mapping[tuple[UUID, str], tuple[UUID, str]]  # (body, type or "") -> series, kind of period
    terms: Sequence[CommitteeTerm]
    people: Mapping[str, UUID | None]
    closed: frozenset[tuple[str, UUID | None]]  # (period, body) of books of this direction that take no entry any more

    def series_of(self, body_id: UUID, type_code: str) -> tuple[UUID, str] | None:
        """The series of a type of a body, the one named for the type first."""
        return self.series.get((body_id, type_code)) or self.series.get((body_id, ""))

    def period(self, kind: str, day: date) -> str | None:
        """The period of a series on a day; None if there was no term of the committee then."""
        if kind == rules.YEAR:
            return f"{day.year}"
        covering = (
            term.label
            for term in self.terms
            if term.opened_on <= day and (term.closed_on is None or day <= term.closed_on)
        )
        return next(covering, None)


async def _office(session: TenantSession, direction: str) -> _Office:
    bodies = [body for body in await people.bodies(session) if body.in_use]
    return _Office(
        bodies={folded(name): body for body in bodies for name in (body.code, body.symbol, body.name)},
        types=rules.types_by_code(clock.today()),
        series={
            (row.body_id, row.type_code): (row.series_id, row.period_kind)
            for row in await repository.old_books.uses(session, direction)
        },
        terms=await repository.terms.terms(session),
        closed=frozenset(
            (closing.period, closing.body_id)
            for closing in await repository.closing.closings(session)
            if closing.direction == direction
        ),
        people={folded(name): staff for name, staff in (await repository.old_books.staff_by_name(session)).items()},
    )


async def check_incoming(session: TenantSession, actor: Actor, lines: Sequence[Line]) -> Sequence[CheckedLine]:
    """What is right and wrong in the lines of an incoming book."""
    office = await _office(session, INCOMING)
    return await _check_numbers(session, [_read_incoming(office, actor, line) for line in lines], "number")


async def check_outgoing(session: TenantSession, actor: Actor, lines: Sequence[Line]) -> Sequence[CheckedLine]:
    """What is right and wrong in the lines of an outgoing book."""
    office = await _office(session, OUTGOING)
    return await _check_numbers(session, [_read_outgoing(office, actor, line) for line in lines], "number_text")


async def write_lines(session: TenantSession, _actor: Actor, entries: Sequence[Mapping[str, Any]]) -> str:
    """Write papers as they were checked, and let the books go on behind their numbers."""
    highest: dict[tuple[UUID, str], int] = {}
    for entry in entries:
        key = entry["series_id"], entry["period"]
        highest[key] = max(highest.get(key, 0), entry["number"])
    await repository.old_books.add_documents(session, entries)
    await repository.old_books.raise_counters(session, highest)
    await marks.mark(session, "documents")
    return _("Đã nhập {count} văn bản. Số tiếp theo của các sổ nối tiếp số lớn nhất đã nhập.", count=len(entries))


def _read_incoming(office: _Office, actor: Actor, line: Line) -> CheckedLine:
    cells = LineReader(line, INCOMING_COLUMNS)
    received_on, number = cells.day("received_on"), cells.number("number")
    entry = {
        "direction": INCOMING,
        "state": rules.DONE,
        "author_organ": cells.text("author_organ", 200),
        "author_symbol": cells.text("author_symbol", 60),
        "doc_date": cells.day("doc_date"),
        "received_on": received_on,
        "number_text": str(number),
    }
    body = _body(office, cells)
    type_code = _incoming_type(office, cells)
    return _finish(office, actor, cells, body, type_code, received_on, number, entry)


def _read_outgoing(office: _Office, actor: Actor, line: Line) -> CheckedLine:
    cells = LineReader(line, OUTGOING_COLUMNS)
    number_text, doc_date = cells.text("number_text", 60), cells.day("doc_date")
    number = _leading_number(cells, number_text)
    body = _body(office, cells) if line.text("body") else _body_of_symbol(office, cells, number_text)
    signer = cells.text("signer", 120)
    signer_id = office.people.get(folded(signer))
    entry = {
        "direction": OUTGOING,
        "state": rules.ISSUED,
        "doc_date": doc_date,
        "number_text": number_text,
        "signer_id": signer_id,
        "signer_title": "" if signer_id else signer,
        "recipients": cells.text("recipients", 1000),
        "archive_receiver": cells.text("archive_receiver", 120),
        "copies": cells.number("copies", 10_000),
    }
    type_code = _outgoing_type(cells, body, number_text) if body else ""
    return _finish(office, actor, cells, body, type_code, doc_date, number, entry)


def _finish(
    office: _Office,
    actor: Actor,
    cells: LineReader,
    body: Body | None,
    type_code: str,
    day: date | None,
    number: int | None,
    entry: Mapping[str, Any],
) -> CheckedLine:
    """The row of a line: its series and period by the day, its place in the book by day and number."""
    _refuse_secret(cells)
    abstract, note = cells.text("abstract", 1000), cells.text("book_note", 300)
    day_field = "received_on" if entry["direction"] == INCOMING else "doc_date"
    if day is not None and day > clock.today():
        cells.fault(day_field, _("Ngày {day:%d/%m/%Y} chưa đến.", day=day), _("Sửa lại ngày."))
    place = _series_and_period(office, cells, body, type_code, day, day_field)
    if cells.faults or body is None or day is None or number is None or place is None:
        return CheckedLine(cells.line, None, cells.faults)
    moment = clock.instant(day, 0) + number * _STEP
    return CheckedLine(
        cells.line,
        {
            **_EMPTY,
            **entry,
            "body_id": body.id,
            "type_code": type_code,
            "abstract": rules.without_type(abstract, office.types[type_code].name),
            "book_note": note,
            "series_id": place[0],
            "period": place[1],
            "number": number,
            "listed_at": moment,
            "entered_by": actor.staff_id,
            **_moments(entry["direction"], moment),
        },
    )


# What a paper of an old book does not have, said once: rows of one statement have the same columns.
_EMPTY: Mapping[str, Any] = {
    "urgency": "normal",
    "author_organ": "",
    "author_symbol": "",
    "received_on": None,
    "proposed_co_ids": [],
    "proposal_text": "",
    "direction_text": "",
    "of_congress": False,
    "signer_id": None,
    "signer_title": "",
    "recipients": "",
    "return_reason": "",
    "discarded_reason": "",
    "copies": None,
    "archive_receiver": "",
    "origin_title": "",
    "origin_path": "",
    "struck_reason": "",
}


def _moments(direction: str, moment: datetime) -> Mapping[str, datetime | None]:
    if direction == INCOMING:
        return {"finished_at": moment, "signed_at": None, "numbered_at": None, "issued_at": None}
    return {"finished_at": None, "signed_at": moment, "numbered_at": moment, "issued_at": moment}


def _refuse_secret(cells: LineReader) -> None:
    if folded(cells.text("secrecy", 60)) not in _OPEN_WORDS:
        cells.fault(
            "secrecy",
            _("Văn bản mật không được nhập vào hệ thống nối mạng."),
            _("Xóa dòng này; văn bản mật theo dõi ở sổ đăng ký văn bản mật bằng giấy."),
        )


def _body(office: _Office, cells: LineReader) -> Body | None:
    named = cells.text("body", 120)
    found = office.bodies.get(folded(named))
    if named and found is None:
        cells.fault("body", _("Đơn vị không có cơ quan “{name}”.", name=named), _names(office))
    return found


def _body_of_symbol(office: _Office, cells: LineReader, symbol: str) -> Body | None:
    """The body whose symbol stands in the symbol of the paper; the longest, so that UBKT is not taken for another."""
    parts = {folded(part) for part in _PARTS.split(symbol)}
    found = [body for name, body in office.bodies.items() if name == folded(body.symbol) and name in parts]
    if len(found) == 1:
        return found[0]
    if symbol:
        cells.fault("body", _("Không rõ “{symbol}” của cơ quan nào.", symbol=symbol), _names(office))
    return None


def _names(office: _Office) -> str:
    symbols = dict.fromkeys(body.symbol for body in office.bodies.values())
    return _("Ghi một trong: {names}.", names=", ".join(symbols))


def _leading_number(cells: LineReader, symbol: str) -> int | None:
    found = _LEADING_NUMBER.match(symbol)
    if found and int(found[1]):
        return int(found[1])
    if symbol:
        cells.fault(
            "number_text",
            _("“{symbol}” không bắt đầu bằng một số.", symbol=symbol),
            _("Ghi như 05/QĐ-UBND. Số kèm chữ (05a) thì ghi vào cột ghi chú của số 05."),
        )
    return None


def _incoming_type(office: _Office, cells: LineReader) -> str:
    """What the line names, else what the abstract begins with or the symbol says, else an official letter."""
    symbol = cells.line.text("author_symbol")
    # `05-NQ/HU` is how the Party writes, `05/NQ-HĐND` how the State does; some types bear the same name in both.
    system = "party" if _PARTY_SYMBOL.match(symbol) else "state"
    types = {code: found for code, found in office.types.items() if found.system in rules.TYPE_SYSTEMS[system]}
    if typed := cells.text("type", 120):
        return _named_type({**types, **office.types}, cells, typed)
    abbreviations = {found.abbreviation: code for code, found in reversed(types.items()) if found.abbreviation}
    by_symbol = (abbreviations.get(part) for part in _PARTS.split(symbol))
    begins = _type_at_the_beginning(types, cells.line.text("abstract"))
    return begins or next((code for code in by_symbol if code), rules.OFFICIAL_LETTER)


def _outgoing_type(cells: LineReader, body: Body, symbol: str) -> str:
    """What the line names, else what the symbol says, else an official letter of the body."""
    issued = rules.issued_types(body.code, body.system, clock.today())
    if typed := cells.text("type", 120):
        return _named_type(issued, cells, typed)
    parts = _PARTS.split(symbol)
    by_symbol = next((code for code, found in issued.items() if found.abbreviation in parts[1:]), None)
    letter = next((code for code in issued if code.endswith("/cong-van")), "")
    return by_symbol or _type_at_the_beginning(issued, cells.line.text("abstract")) or letter


def _named_type(types: Mapping[str, DocumentType], cells: LineReader, typed: str) -> str:
    for code, found in types.items():
        if folded(typed) in (folded(found.name), folded(found.abbreviation)):
            return code
    cells.fault(
        "type", _("Không có loại văn bản “{typed}”.", typed=typed), _("Ghi tên loại như: Quyết định, Công văn.")
    )
    return ""


def _type_at_the_beginning(types: Mapping[str, DocumentType], abstract: str) -> str:
    begun = folded(abstract)
    named = [code for code, found in types.items() if f"{begun} ".startswith(f"{folded(found.name)} ")]
    return max(named, key=lambda code: len(types[code].name), default="")


def _series_and_period(
    office: _Office, cells: LineReader, body: Body | None, type_code: str, day: date | None, day_field: str
) -> tuple[UUID, str] | None:
    if body is None or day is None or not type_code:
        return None
    series = office.series_of(body.id, type_code)
    if series is None:
        name = office.types[type_code].name
        said = _("{body} chưa có sổ cho loại “{name}”.", body=body.name, name=name)
        cells.fault("type", said, _("Mở sổ ở trang Sổ văn bản, hoặc ghi loại khác."))
        return None
    period = office.period(series[1], day)
    if period is None:
        cells.fault(
            day_field,
            _("Chưa khai nhiệm kỳ Đảng ủy có ngày {day:%d/%m/%Y}.", day=day),
            _("Khai nhiệm kỳ ở trang Sổ văn bản rồi nhập lại."),
        )
        return None
    if {(period, body.id), (period, None)} & office.closed:
        said = _("Sổ của {body}, kỳ {period}, đã khóa.", body=body.name, period=period)
        cells.fault(day_field, said, _("Sổ đã khóa không nhận thêm; kiểm tra lại ngày."))
        return None
    return series[0], period


async def _check_numbers(session: TenantSession, lines: Sequence[CheckedLine], field: str) -> Sequence[CheckedLine]:
    """No number twice: neither among the lines nor in the book."""
    entries = [checked.entry for checked in lines if checked.entry]
    taken = await repository.old_books.taken_numbers(
        session, {entry["series_id"] for entry in entries}, {entry["period"] for entry in entries}
    )
    first_lines: dict[tuple[UUID, str, int], int] = {}
    found = []
    for checked in lines:
        if checked.entry is None:
            found.append(checked)
            continue
        key = checked.entry["series_id"], checked.entry["period"], checked.entry["number"]
        cells = LineReader(checked.line, ())
        if key in taken:
            said = _("Số {number} của kỳ {period} đã có trong sổ.", number=key[2], period=key[1])
            cells.fault(field, said, _("Xóa dòng này nếu đã nhập, hoặc sửa lại số."))
        elif key in first_lines:
            said = _("Trùng số {number} với dòng {line}.", number=key[2], line=first_lines[key])
            cells.fault(field, said, _("Sửa lại số của một trong hai dòng."))
        else:
            first_lines[key] = checked.line.number
        found.append(CheckedLine(checked.line, None, cells.faults) if cells.faults else checked)
    return found


IMPORTS = (
    ImportKind(
        code="van-ban-den",
        title=_("Sổ văn bản đến cũ"),
        explanation=_("Các cột theo mẫu sổ đăng ký văn bản đến (NĐ 30/2020). Văn bản vào sổ như đã xử lý xong."),
        permission=permissions.CONFIGURE,
        columns=INCOMING_COLUMNS,
        check=check_incoming,
        write=write_lines,
        path="/van-ban/den",
    ),
    ImportKind(
        code="van-ban-di",
        title=_("Sổ văn bản đi cũ"),
        explanation=_("Các cột theo mẫu sổ đăng ký văn bản đi (NĐ 30/2020). Văn bản vào sổ như đã phát hành."),
        permission=permissions.CONFIGURE,
        columns=OUTGOING_COLUMNS,
        check=check_outgoing,
        write=write_lines,
        path="/van-ban/di",
    ),
)
