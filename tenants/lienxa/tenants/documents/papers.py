"""What a printed book shows: the columns of its form, and each entry in their cells.

The forms of HĐND and UBND are those of NĐ 30/2020/NĐ-CP, Appendix IV; Đảng ủy and UBKT have the office's own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.db.base import AnyRow
from lienxa.platform.text import _
from lienxa.tenants.documents import rules
from lienxa.tenants.documents.models import BookClosing, BookComparison, BookFile, Document
from lienxa.tenants.documents.repository.printed_books import PrintedLine
from lienxa.tenants.documents.schemas import EntryOfBook

# Outgoing and incoming documents, and the follow-up of incoming ones; the names stand in addresses.
BOOK_KINDS: Mapping[str, str] = {
    "di": _("Sổ đăng ký văn bản đi"),
    "den": _("Sổ đăng ký văn bản đến"),
    "theo-doi": _("Sổ theo dõi giải quyết văn bản đến"),
}


@dataclass(frozen=True)
class Cell:
    """What stands in `span` columns of a line; `struck` is read, but does not count any more."""

    text: str
    struck: bool = False
    span: int = 1


@dataclass(frozen=True)
class Column:
    """A column of a form: its title, its width beside the others, and what of an entry stands there."""

    title: str
    width: int
    show: Callable[[PrintedLine], str | Cell]


def direction_of(kind: str) -> str:
    """Which papers a kind of book lists."""
    return rules.OUTGOING if kind == "di" else rules.INCOMING


def kind_of(direction: str) -> str:
    """The kind of book in which papers of that direction are registered."""
    return "di" if direction == rules.OUTGOING else "den"


def period_title(period: str) -> str:
    """What a period is called: a year, or a term of the committee."""
    return _("Nhiệm kỳ {period}", period=period) if "-" in period else _("Năm {period}", period=period)


def book_title(direction: str, period: str) -> str:
    """What the book of a period is called: `Sổ đăng ký văn bản đến, năm 2026`."""
    return f"{BOOK_KINDS[kind_of(direction)]}, {period_title(period).lower()}"


def how_closed(closing: BookClosing, changes: int) -> str:
    """When a book was closed, in how many volumes, where they lie, and how often it was changed since."""
    told = [_("khóa {day}, {count} quyển", day=_day(closing.closed_at), count=closing.volumes), closing.kept_at]
    if changes:
        told.append(_("{count} thay đổi sau khi khóa", count=changes))
    return ", ".join(filter(None, told))


def columns(kind: str, *, party: bool) -> Sequence[Column]:
    """The columns of a kind of book, in the form of Đảng ủy and UBKT or in that of the decree."""
    return (_PARTY_FORMS if party else _STATE_FORMS)[kind]


def rows(kind: str, lines: Sequence[PrintedLine], *, party: bool) -> list[list[Cell]]:
    """The lines of the sheet; Party books also tell which numbers were followed outside of the system."""
    found: list[list[Cell]] = []
    for line in lines:
        missing = rules.missing_numbers(line.number_before, line.document.number)
        if party and kind == "di" and missing:
            found.append([Cell(missing), Cell(""), Cell(_("Số theo dõi ngoài hệ thống"), span=5)])
        found.append([_cell(column.show(line)) for column in columns(kind, party=party)])
    return found


def sheet(
    actor: Actor, wanted: BookFile, body: Body | None, lines: Sequence[PrintedLine], first_page: int
) -> dict[str, Any]:
    """A part of a whole book for `book.typ`; its pages are counted from `first_page`."""
    party = body is not None and body.system == "party"
    form = columns(wanted.kind, party=party)
    return {
        "organ": actor.face.title or actor.organ.full_name,
        "body": body.name if body else actor.face.office_name or _("Văn phòng Đảng ủy - HĐND - UBND"),
        "own_form": _("Mẫu của đơn vị") if party else "",
        "title": BOOK_KINDS[wanted.kind],
        "period": period_title(wanted.period),
        "heads": [column.title for column in form],
        "widths": [column.width for column in form],
        "rows": [[asdict(cell) for cell in row] for row in rows(wanted.kind, lines, party=party)],
        "nothing": "" if lines else _("Không có văn bản nào trong thời gian này."),
        "first_page": first_page,
        "specimen": actor.organ.demonstration,
    }


def end_sheet(actor: Actor, closing: BookClosing, clerk: str, body: str) -> dict[str, Any]:
    """The last sheet of a closed book for `book_end.typ`."""
    closed_on = clock.legal(closing.closed_at).date()
    return {
        "organ": actor.face.title or actor.organ.full_name,
        "body": body or actor.face.office_name or _("Văn phòng Đảng ủy - HĐND - UBND"),
        "title": _("Tờ khóa sổ"),
        "book": book_title(closing.direction, closing.period),
        "day": _("ngày {day}", day=f"{closed_on:%d/%m/%Y}"),
        "heads": [_("Sổ"), _("Từ số"), _("Đến số"), _("Số văn bản"), _("Gạch sổ"), _("Số không có trong sổ")],
        "rows": [
            [
                line["title"],
                f"{line['first']:02d}",
                f"{line['last']:02d}",
                str(line["count"]),
                str(line["struck"]),
                line["missing"] or "–",
            ]
            for line in closing.lines
        ],
        "facts": [
            [_("Tổng số văn bản"), str(sum(line["count"] for line in closing.lines))],
            [_("Số quyển"), str(closing.volumes)],
            [_("Nơi lưu giữ"), closing.kept_at],
        ],
        "note": _("Số không có trong sổ là số đã cấp trên sổ giấy hoặc theo dõi ngoài hệ thống; không cấp lại."),
        "signatures": [[_("Văn thư"), clerk], [_("Tổ trưởng Văn phòng"), closing.signer]],
        "specimen": actor.organ.demonstration,
    }


def supplement_sheet(actor: Actor, closing: BookClosing, changes: Sequence[AnyRow], body: str) -> dict[str, Any]:
    """The supplementary sheet of a bound volume for `book_supplement.typ`: every change since it was closed."""
    return {
        "organ": actor.face.title or actor.organ.full_name,
        "body": body or actor.face.office_name or _("Văn phòng Đảng ủy - HĐND - UBND"),
        "title": _("Phụ lục bổ sung"),
        "book": book_title(closing.direction, closing.period),
        "day": _("ngày {day}", day=_day(clock.now())),
        "below": _("Thay đổi sau khi khóa sổ ngày {day}. Đóng cùng tờ khóa sổ.", day=_day(closing.closed_at)),
        "heads": [_("STT"), _("Số"), _("Ngày"), _("Nội dung thay đổi"), _("Lý do"), _("Người sửa")],
        "rows": [
            [
                str(place),
                row.number_text,
                _day(row.BookChange.changed_at),
                row.BookChange.told,
                row.BookChange.reason,
                row.changer,
            ]
            for place, row in enumerate(changes, start=1)
        ],
        "facts": [[_("Số quyển"), str(closing.volumes)], [_("Nơi lưu giữ"), closing.kept_at]],
        "signatures": [[_("Văn thư"), actor.name], [_("Tổ trưởng Văn phòng"), ""]],
        "specimen": actor.organ.demonstration,
    }


def comparison_sheet(actor: Actor, comparison: BookComparison, clerk: str) -> dict[str, Any]:
    """The sheet of a comparison for `comparison.typ`; books without a number on either side are left out."""
    shown = [line for line in comparison.lines if line["paper"] or line["here"]]
    result = _("{count} sổ lệch", count=comparison.differing) if comparison.differing else _("Không sổ nào lệch")
    return {
        "organ": actor.face.title or actor.organ.full_name,
        "body": actor.face.office_name or _("Văn phòng Đảng ủy - HĐND - UBND"),
        "title": _("Phiếu đối chiếu sổ giấy"),
        "below": _("lúc {moment}", moment=f"{clock.legal(comparison.compared_at):%H:%M ngày %d/%m/%Y}"),
        "day": _("ngày {day}", day=f"{comparison.compared_on:%d/%m/%Y}"),
        "heads": [_("Sổ"), _("Cơ quan"), _("Sổ giấy"), _("Phần mềm"), _("Lệch"), _("Lý do, cách sửa")],
        "rows": [
            [
                f"{line['title']}, {line['period']}",
                line["bodies"],
                str(line["paper"]),
                str(line["here"]),
                f"{line['paper'] - line['here']:+d}" if line["paper"] != line["here"] else "–",
                line["reason"],
            ]
            for line in shown
        ],
        "note": " ".join(
            filter(
                None,
                (
                    _("Kết quả: {result}.", result=result),
                    _("Trong thời gian chạy song song, sổ giấy là sổ chính thức."),
                    comparison.note,
                ),
            )
        ),
        "signatures": [[_("Văn thư"), clerk], [_("Tổ trưởng Văn phòng"), ""]],
        "specimen": actor.organ.demonstration,
    }


def _cell(shown: str | Cell) -> Cell:
    return shown if isinstance(shown, Cell) else Cell(shown)


# --- What stands in a cell ------------------------------------------------------------------------------------------


def _day(value: date | datetime | None) -> str:
    if isinstance(value, datetime):
        value = clock.legal(value).date()
    return f"{value:%d/%m/%Y}" if value else ""


def _type_name(document: Document) -> str:
    return rules.type_title(document.type_code, document.doc_date or document.received_on or clock.today())


def _number(line: PrintedLine) -> str:
    return line.document.number_text


def _subject(line: PrintedLine) -> Cell:
    document, name = line.document, _type_name(line.document)
    return Cell(f"{name}: {rules.without_type(document.abstract, name)}", struck=document.struck_at is not None)


def _came(line: PrintedLine) -> str:
    """The name, symbol, day and author of an incoming document."""
    document = line.document
    words = f"{_type_name(document)} {document.author_symbol}".strip()
    return f"{words}{_dated(document)}, {document.author_organ}"


def _came_from(line: PrintedLine) -> str:
    document = line.document
    symbol = f", {document.author_symbol}" if document.author_symbol else ""
    return f"{document.author_organ}{symbol}{_dated(document)}"


def _dated(document: Document) -> str:
    return " " + _("ngày {day}", day=_day(document.doc_date)) if document.doc_date else ""


def _remark(line: PrintedLine) -> str:
    document = line.document
    if document.struck_at is None:
        return document.book_note
    struck = _("Gạch sổ {day}: {reason}", day=_day(document.struck_at), reason=document.struck_reason)
    return f"{struck} {document.book_note}".strip()


def _progress(line: PrintedLine) -> str:
    document = line.document
    return f"{rules.STATE_TITLES[document.state]} {_day(document.finished_at)}".strip()


def _outcome(line: PrintedLine) -> str:
    return "; ".join(part for part in (_progress(line), line.answers) if part)


def _moved_on(line: PrintedLine) -> str:
    return line.handed_over_on or _day(line.document.issued_at)


def _copies(line: PrintedLine) -> str:
    return str(line.document.copies or "")


_ARRIVED = Column(_("Ngày đến"), 3, lambda line: _day(line.document.received_on))
_REMARK = Column(_("Ghi chú"), 3, _remark)
_RECEIVED_BY = Column(_("Ký nhận"), 3, lambda line: line.received_by)

_STATE_FORMS: Mapping[str, Sequence[Column]] = {
    "di": (
        Column(_("Số, ký hiệu"), 4, _number),
        Column(_("Ngày tháng"), 3, lambda line: _day(line.document.doc_date)),
        Column(_("Tên loại và trích yếu nội dung văn bản"), 9, _subject),
        Column(_("Người ký"), 4, lambda line: line.signer),
        Column(_("Nơi nhận văn bản"), 6, lambda line: line.document.recipients),
        Column(_("Đơn vị, người nhận bản lưu"), 4, lambda line: line.document.archive_receiver),
        Column(_("Số lượng bản"), 2, _copies),
        Column(_("Ngày chuyển"), 3, _moved_on),
        _RECEIVED_BY,
        _REMARK,
    ),
    "den": (
        _ARRIVED,
        Column(_("Số đến"), 2, _number),
        Column(_("Tác giả"), 4, lambda line: line.document.author_organ),
        Column(_("Số, ký hiệu"), 4, lambda line: line.document.author_symbol),
        Column(_("Ngày tháng"), 3, lambda line: _day(line.document.doc_date)),
        Column(_("Tên loại và trích yếu nội dung văn bản"), 9, _subject),
        Column(_("Đơn vị hoặc người nhận"), 4, lambda line: line.handlers),
        Column(_("Ngày chuyển"), 3, lambda line: line.handed_over_on),
        _RECEIVED_BY,
        _REMARK,
    ),
    "theo-doi": (
        Column(_("Số đến"), 2, _number),
        Column(_("Tên loại, số và ký hiệu, ngày tháng và tác giả văn bản"), 9, _came),
        Column(_("Đơn vị hoặc người nhận"), 5, lambda line: line.handlers),
        Column(_("Thời hạn giải quyết"), 3, lambda line: _day(line.document.due_on)),
        Column(_("Tiến độ giải quyết"), 4, _progress),
        Column(_("Số, ký hiệu văn bản trả lời"), 4, lambda line: line.answers),
        _REMARK,
    ),
}
_PARTY_FORMS: Mapping[str, Sequence[Column]] = {
    "di": (
        Column(_("Số, ký hiệu"), 4, _number),
        Column(_("Ngày ban hành"), 3, lambda line: _day(line.document.doc_date)),
        Column(_("Tên loại và trích yếu"), 10, _subject),
        Column(_("Người ký"), 4, lambda line: line.signer),
        Column(_("Nơi nhận"), 6, lambda line: line.document.recipients),
        Column(_("Số bản"), 2, _copies),
        _REMARK,
    ),
    "den": (
        Column(_("Số đến"), 2, _number),
        _ARRIVED,
        Column(_("Nơi gửi, số, ký hiệu, ngày văn bản"), 6, _came_from),
        Column(_("Tên loại và trích yếu"), 10, _subject),
        Column(_("Người xử lý"), 5, lambda line: line.handlers),
        _RECEIVED_BY,
        _REMARK,
    ),
    "theo-doi": (
        Column(_("Số đến"), 2, _number),
        Column(_("Văn bản đến"), 9, _came),
        Column(_("Người xử lý"), 5, lambda line: line.handlers),
        Column(_("Hạn xử lý"), 3, lambda line: _day(line.document.due_on)),
        Column(_("Kết quả, văn bản trả lời"), 6, _outcome),
        _REMARK,
    ),
}


def entry(line: PrintedLine, *, party: bool) -> EntryOfBook:
    """A line of a printed book; numbers missing before it are told of the Party's books alone, as on paper."""
    document = line.document
    day = document.doc_date or document.received_on or clock.today()
    return EntryOfBook(
        document_id=document.id,
        number=document.number_text,
        type_name=rules.type_title(document.type_code, day),
        abstract=document.abstract,
        doc_date=document.doc_date,
        received_on=document.received_on,
        author_organ=document.author_organ,
        author_symbol=document.author_symbol,
        body_symbol=line.body_symbol,
        state_title=rules.STATE_TITLES[document.state],
        due_on=document.due_on,
        signer=line.signer,
        recipients=document.recipients,
        handlers=line.handlers,
        handed_over_on=line.handed_over_on,
        received_by=line.received_by,
        answers=line.answers,
        copies=document.copies,
        archive_receiver=document.archive_receiver,
        note=document.book_note,
        struck=document.struck_reason or "",
        missing=rules.missing_numbers(line.number_before, document.number) if party else "",
    )
