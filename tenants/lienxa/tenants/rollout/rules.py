"""The table of a parent, computed from what its organs publish, and the rollout; pure functions."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from lienxa.platform import clock
from lienxa.platform.errors import InvalidInput, NotFound
from lienxa.platform.readiness.phases import PHASES
from lienxa.platform.rollup.reading import Counts, MonthValue
from lienxa.platform.tenancy.organs import LIVE, Organ
from lienxa.platform.text import _, fold
from lienxa.tenants.rollout.models import ClosedPeriod
from lienxa.tenants.rollout.schemas import MilestoneLine

STATES = {"planned": _("Dự kiến"), "staff_moved": _("Đã chuyển cán bộ"), "merged": _("Đã hợp nhất")}
BODIES = {
    "party": _("Đảng ủy"),
    "inspection": _("UBKT"),
    "council": _("HĐND"),
    "committee": _("UBND"),
}
WEEKDAYS = (_("Thứ hai"), _("Thứ ba"), _("Thứ tư"), _("Thứ năm"), _("Thứ sáu"), _("Thứ bảy"), _("Chủ nhật"))
ANY = "*"
ALL_ORGANS = "tat-ca"
GOOD_SHARE = 95
PILOT = "pilot"
WAVES = {PILOT: _("Thí điểm"), **{str(number): _("Đợt {number}", number=number) for number in range(1, 10)}}

Parts = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Progress:
    """How far an organ has come, in words of the rollout. `state` is None where the parent has not planned it yet."""

    wave: str = ""
    state: str | None = None
    civil_servants_moved: int | None = None
    concurrent_inspection_deputy: bool | None = None
    changed_on: date | None = None
    invented: bool = False
    note: str = ""

    @property
    def state_title(self) -> str:
        """The state in words."""
        return STATES[self.state] if self.state else _("Chưa có kế hoạch")

    @property
    def wave_title(self) -> str:
        """The wave in words."""
        return WAVES.get(self.wave, self.wave)


class Group(NamedTuple):
    """Columns under one head, and what they count in few words."""

    title: str
    hint: str


@dataclass(frozen=True)
class Column:
    """A figure of the table: the counts that it adds up, and how it is drawn.

    `key` names it in the page and in addresses. `parts` are figure codes with a value of their dimension, `*` for all
    of them. With a `whole` it is the percentage that the parts make of it, rounded down. `bar` is `bodies` (parts
    by body, against the longest), `share` or empty; `alarm` is the kind of badge that a count above zero wears.
    """

    key: str
    group: Group
    head: str
    title: str
    parts: Parts
    whole: Parts = ()
    bar: str = ""
    alarm: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        """The declared figures that it rests on."""
        return tuple(dict.fromkeys(code for code, _dimension in (*self.parts, *self.whole)))

    def value(self, count: Counts) -> int | None:
        """The figure; None for a share of nothing."""
        found = _added(self.parts, count)
        if not self.whole:
            return found
        whole = _added(self.whole, count)
        return found * 100 // whole if whole else None


def _of_bodies(code: str, *bodies: str) -> Parts:
    return tuple((code, body) for body in bodies or BODIES)


def _added(parts: Parts, count: Counts) -> int:
    return sum([count.get(part, 0) for part in parts])


_IN = Group(_("Văn bản đến"), _("đã vào sổ"))
_OUT = Group(_("Văn bản đi"), _("đã phát hành"))
_MEETINGS = Group(_("Họp"), _("theo lịch"))
_CASES = Group(_("Hồ sơ một cửa"), _("đúng hạn: trên hồ sơ có kết quả"))
_PARTY = ("party", "inspection")
_IN_TIME = (("procedures.solved", "early"), ("procedures.solved", "on_time"))
COLUMNS = (
    Column(
        "van-ban-den",
        _IN,
        _("Tổng"),
        _("Văn bản đến"),
        _of_bodies("documents.incoming"),
        bar="bodies",
    ),
    Column(
        "den-dang",
        _IN,
        _("Đảng"),
        _("Văn bản đến: Đảng ủy, UBKT"),
        _of_bodies("documents.incoming", *_PARTY),
    ),
    Column(
        "den-hdnd",
        _IN,
        _("HĐND"),
        _("Văn bản đến: HĐND"),
        _of_bodies("documents.incoming", "council"),
    ),
    Column(
        "den-ubnd",
        _IN,
        _("UBND"),
        _("Văn bản đến: UBND"),
        _of_bodies("documents.incoming", "committee"),
    ),
    Column(
        "den-qua-han",
        _IN,
        _("Quá hạn"),
        _("Văn bản đến quá hạn"),
        _of_bodies("documents.overdue"),
        alarm="late",
    ),
    Column(
        "van-ban-di",
        _OUT,
        _("Tổng"),
        _("Văn bản đi đã phát hành"),
        _of_bodies("documents.issued"),
        bar="bodies",
    ),
    Column(
        "di-dang",
        _OUT,
        _("Đảng"),
        _("Văn bản đi: Đảng ủy, UBKT"),
        _of_bodies("documents.issued", *_PARTY),
    ),
    Column(
        "di-hdnd",
        _OUT,
        _("HĐND"),
        _("Văn bản đi: HĐND"),
        _of_bodies("documents.issued", "council"),
    ),
    Column(
        "di-ubnd",
        _OUT,
        _("UBND"),
        _("Văn bản đi: UBND"),
        _of_bodies("documents.issued", "committee"),
    ),
    Column(
        "chua-phat-hanh",
        _OUT,
        _("Chờ phát hành"),
        _("Văn bản đã ký chưa phát hành"),
        _of_bodies("documents.unissued"),
        alarm="warn",
    ),
    Column("cuoc-hop", _MEETINGS, _("Số cuộc"), _("Cuộc họp"), _of_bodies("meetings.held")),
    Column(
        "ho-so-nhan",
        _CASES,
        _("Nhận"),
        _("Hồ sơ một cửa đã tiếp nhận"),
        (("procedures.received", ANY),),
    ),
    Column(
        "dung-han",
        _CASES,
        _("Đúng hạn"),
        _("Tỷ lệ hồ sơ có kết quả đúng hạn"),
        _IN_TIME,
        (*_IN_TIME, ("procedures.solved", "late")),
        bar="share",
    ),
    Column(
        "dang-giai-quyet",
        _CASES,
        _("Đang làm"),
        _("Hồ sơ một cửa đang giải quyết"),
        (("procedures.pending", "in_time"), ("procedures.pending", "late")),
    ),
    Column(
        "ho-so-qua-han",
        _CASES,
        _("Quá hạn"),
        _("Hồ sơ một cửa quá hạn"),
        (("procedures.pending", "late"),),
        alarm="late",
    ),
)
# The modules whose figures the table shows: what is closed.
REPORTED_MODULES = tuple(sorted({code.partition(".")[0] for column in COLUMNS for code in column.codes}))
GROUPS = tuple((group, tuple(columns)) for group, columns in groupby(COLUMNS, lambda column: column.group))
_BY_KEY = {column.key: column for column in COLUMNS}
# What a dimension value is called where a figure is taken apart; bodies are in `BODIES`.
DIMENSIONS = {
    **BODIES,
    "early": _("Sớm hạn"),
    "on_time": _("Đúng hạn"),
    "late": _("Quá hạn"),
    "in_time": _("Còn hạn"),
    "closed": _("Từ chối, rút, dừng"),
    "front": _("UBMTTQ"),
    "unions": _("Đoàn thể"),
}


def column_named(key: str) -> Column:
    """The column with that key, or `NotFound`."""
    if key not in _BY_KEY:
        raise NotFound
    return _BY_KEY[key]


class Segment(NamedTuple):
    """A piece of a bar, in percent of its full length; `shade` names who it is of."""

    x: int
    width: int
    shade: str


class Cell(NamedTuple):
    """One figure of one organ, with its bar; `path` is where its course stands, below `/tong-hop/so-lieu/`."""

    column: Column
    path: str
    value: int | None
    bar: Sequence[Segment]


def name_now(organ: Organ) -> str:
    """What an organ is called in lists: with those that follow it."""
    if not organ.followed_by:
        return organ.name
    return _("{name} (nay là {followers})", name=organ.name, followers=organ.followers)


@dataclass(frozen=True)
class Line:
    """One organ's figures of the chosen months, a cell for each column; the line of totals has no organ."""

    organ: Organ | None
    progress: Progress
    cells: Sequence[Cell]

    @property
    def counts(self) -> bool:
        """Whether its figures are in the totals."""
        return self.organ is None or self.organ.is_live

    @property
    def has_ended(self) -> bool:
        """Whether others follow the organ, or it is erased and only its figures are left."""
        return self.organ is not None and (bool(self.organ.followed_by) or self.organ.is_gone)

    @property
    def name(self) -> str:
        """What stands in its first cell on paper; who is not live is marked, and who is followed by others."""
        if self.organ is None:
            return ""
        if self.has_ended:
            return name_now(self.organ)
        return self.organ.name if self.counts else f"{self.organ.name} ({self.phase_title.lower()})"

    @property
    def phase_title(self) -> str:
        """The phase of an organ that is not live, in words; empty for all others."""
        return PHASES[self.organ.phase] if self.organ and not self.counts else ""

    def value(self, key: str) -> int:
        """The figure of a column; a share of nothing is 0."""
        return next(cell.value or 0 for cell in self.cells if cell.column.key == key)

    @property
    def share(self) -> int | None:
        """The percentage of cases solved on time; None without a solved case."""
        return next(cell.value for cell in self.cells if cell.column.key == "dung-han")

    @property
    def overdue(self) -> int:
        """How much is late: cases and incoming documents."""
        return self.value("ho-so-qua-han") + self.value("den-qua-han")


@dataclass(frozen=True)
class Period:
    """The months of the table, first days of months, both included. `query` is the period in an address.

    `present` is the month of figures in which today lies.
    """

    month_from: date
    month_to: date
    title: str
    query: str
    present: date


THIS_MONTH, THIS_YEAR = "thang", "nam"


def period_of(kind: str, typed_from: str, typed_to: str, present: date) -> Period:
    """The present month (`thang`), the present year so far, or the months `2026-03` to `2026-08` if they are given.

    `InvalidInput` for what is no month, a month to come, or an end before the beginning.
    """
    if not typed_from and not typed_to:
        kind = kind if kind == THIS_MONTH else THIS_YEAR
        first = present if kind == THIS_MONTH else present.replace(month=1)
        return Period(first, present, _title(first, present, present), f"ky={kind}", present)
    month_from = _month_of("tu", typed_from or typed_to, present)
    month_to = _month_of("den", typed_to or typed_from, present)
    if month_from > month_to:
        raise InvalidInput.of("den", _("Tháng cuối đứng trước tháng đầu."), _("Đổi lại hai tháng."))
    query = f"tu={month_from:%Y-%m}&den={month_to:%Y-%m}"
    return Period(month_from, month_to, _title(month_from, month_to, present), query, present)


def months_back(today: date, earliest: date) -> list[date]:
    """The first days of months from the present one back to January of last year, or to `earliest` before that."""
    first = min(earliest, date(today.year - 1, 1, 1))
    count = (today.year - first.year) * 12 + today.month - first.month
    return [_months_before(today, back) for back in range(count + 1)]


def _months_before(day: date, back: int) -> date:
    months = day.year * 12 + day.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


def _month_of(field: str, typed: str, present: date) -> date:
    found = re.fullmatch(r"(2[0-9]{3})-(0[1-9]|1[0-2])", typed)
    if found is None:
        remedy = _("Chọn trong danh sách, hoặc ghi năm-tháng trong địa chỉ, ví dụ {month}.", month=f"{present:%Y-%m}")
        raise InvalidInput.of(field, _("“{typed}” không phải là tháng.", typed=typed), remedy)
    month = date(int(found[1]), int(found[2]), 1)
    if month > present:
        raise InvalidInput.of(field, _("Tháng này chưa tới."), _("Chọn một tháng đã qua hoặc tháng này."))
    return month


def month_title(month: date) -> str:
    """`tháng 10/2026`."""
    return _("tháng {month}/{year}", month=month.month, year=month.year)


def _title(first: date, last: date, present: date) -> str:
    if first == last:
        return month_title(first)
    whole_year = first.month == 1 and first.year == last.year and (last.month == 12 or last == present)
    if whole_year:
        return _("năm {year}", year=first.year)
    return _("từ tháng {first} đến tháng {last}", first=f"{first.month}/{first.year}", last=f"{last.month}/{last.year}")


@dataclass(frozen=True)
class Course:
    """A figure through the months, latest last: in each month its value, and the values of its parts."""

    column: Column
    part_titles: Sequence[str]
    months: Sequence[tuple[date, int | None, Sequence[int]]]

    @property
    def highest(self) -> int:
        """The largest value; 1 if all are zero, so that it can be divided by."""
        return max((value or 0 for _month, value, _parts in self.months), default=0) or 1


def course(column: Column, rows: Iterable[MonthValue], months: Iterable[date]) -> Course:
    """The course of a figure through the months, the latest last."""
    counted: dict[date, Counter[tuple[str, str]]] = {month: Counter() for month in sorted(months)}
    for month, code, dimension, value in rows:
        counted[month][code, dimension] += value
        counted[month][code, ANY] += value
    parts = tuple(dict.fromkeys((*column.parts, *column.whole)))
    titles = [DIMENSIONS[dimension] for _code, dimension in parts] if len(parts) > 1 else []
    found = [(month, column.value(count), [count[part] for part in parts]) for month, count in counted.items()]
    return Course(column, titles, found)


MILESTONES = {
    "scheme": _("Đề án được phê duyệt"),
    "staff": _("Chuyển công chức"),
    "rules": _("Quy chế làm việc chung"),
    "room": _("Phòng làm việc chung"),
    "book": _("Một đầu mối văn bản"),
    "calendar": _("Lịch công tác chung"),
    "review": _("Đánh giá mô hình"),
    "other": _("Mốc khác"),
}
# The columns of the board; what is of no other kind stands in the list alone.
BOARD = {
    "staff": _("Chuyển công chức"),
    "rules": _("Quy chế"),
    "room": _("Phòng chung"),
    "book": _("Một đầu mối"),
    "calendar": _("Lịch chung"),
    "review": _("Đánh giá"),
}
DONE, DONE_LATE, LATE, SOON, COMING = "done", "done_late", "late", "soon", "coming"
MILESTONE_STATES = {
    DONE: _("Đạt"),
    DONE_LATE: _("Đạt, chậm hẹn"),
    LATE: _("Quá hạn"),
    SOON: _("Sắp đến hạn"),
    COMING: _("Chưa đến hạn"),
}
SOON_DAYS = 14
ROLES = {
    "head": _("Trưởng ban"),
    "deputy": _("Phó Trưởng ban"),
    "standing": _("Ủy viên thường trực"),
    "member": _("Ủy viên"),
    "secretary": _("Thư ký"),
}
STEERING = "steering"
VISITS = {
    "inspection": _("Kiểm tra"),
    "working": _("Làm việc tại đơn vị"),
    "review": _("Đánh giá mô hình"),
    STEERING: _("Họp Ban Chỉ đạo"),
}
PLANNED, HELD, CANCELLED = "planned", "held", "cancelled"
VISIT_STATES = {PLANNED: _("Dự kiến"), HELD: _("Đã thực hiện"), CANCELLED: _("Không thực hiện")}
RATINGS = {"good": _("Tốt"), "fair": _("Đạt"), "weak": _("Chưa đạt")}


def milestone_state(planned_on: date, done_on: date | None, today: date) -> str:
    """How a milestone stands: reached in time or late; else late, soon (within 14 days) or coming."""
    if done_on is not None:
        return DONE if done_on <= planned_on else DONE_LATE
    if planned_on < today:
        return LATE
    return SOON if planned_on <= today + timedelta(days=SOON_DAYS) else COMING


def board(milestones: Iterable[MilestoneLine]) -> dict[tuple[UUID, str], MilestoneLine]:
    """The milestone of each organ and kind that the board shows; of several of a kind the last planned one."""
    return {
        (one.organ_id, one.kind): one
        for one in sorted(milestones, key=lambda one: one.planned_on)
        if one.organ_id is not None and one.kind in BOARD
    }


@dataclass(frozen=True)
class Due:
    """A line of what the parent's people have to see to: what, of whom, until when and where it stands."""

    title: str
    whose: str
    responsible: str
    due_on: date
    path: str
    action: str


@dataclass(frozen=True)
class Agenda:
    """What a parent has to see to: what is late, earliest first, and what comes."""

    late: Sequence[Due]
    coming: Sequence[Due]


def agenda(dues: Iterable[Due], today: date) -> Agenda:
    """Part what is due into late and coming."""
    found = sorted(dues, key=lambda due: (due.due_on, due.title))
    return Agenda(
        late=[due for due in found if due.due_on < today], coming=[due for due in found if due.due_on >= today]
    )


@dataclass(frozen=True)
class Wave:
    """The organs of one wave, by name; `title` is empty for those that are in none yet."""

    title: str
    entries: tuple[tuple[Organ, Progress], ...]


@dataclass(frozen=True)
class Summary:
    """How far the whole rollout has come: organs by state, people moved; organs by phase, empty if all are live."""

    organs: int
    by_state: Mapping[str, int]
    civil_servants_moved: int
    by_phase: Mapping[str, int]


def waves(organs: Iterable[Organ], progress: Mapping[UUID, Progress]) -> list[Wave]:
    """The organs by wave: the pilot, then the numbered waves, then those without one."""
    grouped: dict[str, list[tuple[Organ, Progress]]] = {}
    for organ in sorted(organs, key=lambda organ: fold(organ.name)):
        found = progress.get(organ.id, Progress())
        grouped.setdefault(found.wave, []).append((organ, found))
    order = [*WAVES, *sorted(wave for wave in grouped if wave and wave not in WAVES), ""]
    return [Wave(WAVES.get(wave, wave), tuple(grouped[wave])) for wave in order if wave in grouped]


def summary(organs: Iterable[Organ], progress: Mapping[UUID, Progress]) -> Summary:
    """The sums over the organs below that are there; one that is not planned yet is in no state."""
    organs = [organ for organ in organs if not organ.followed_by]
    found = [progress.get(organ.id, Progress()) for organ in organs]
    states = Counter(one.state for one in found if one.state)
    phases = Counter(organ.phase for organ in organs)
    return Summary(
        organs=len(found),
        by_state={state: states[state] for state in reversed(STATES)},
        civil_servants_moved=sum(one.civil_servants_moved or 0 for one in found),
        by_phase={phase: phases[phase] for phase in PHASES} if set(phases) - {LIVE} else {},
    )


def lines(
    organs: Sequence[Organ], totals: Mapping[UUID, Counts], progress: Mapping[UUID, Progress]
) -> tuple[list[Line], Line]:
    """A line for each organ, those who are behind first, and the line of totals.

    Who is not live stands apart at the end and is in no total: there the paper registers count. Who was followed by
    others stands behind those at work, with what was counted there; without any figure of these months not at all.
    """
    counted = {organ.id: _with_any(totals.get(organ.id, {})) for organ in organs}
    ended = {organ.id for organ in organs if organ.followed_by or organ.is_gone}
    organs = [organ for organ in organs if organ.id not in ended or any(counted[organ.id].values())]
    live = [counted[organ.id] for organ in organs if organ.is_live]
    whole: Counter[tuple[str, str]] = Counter()
    for count in live:
        whole.update(count)
    longest = {
        column.key: max((_added(column.parts, count) for count in live), default=0)
        for column in COLUMNS
        if column.bar == "bodies"
    }
    found = [_line(organ, progress.get(organ.id, Progress()), counted[organ.id], longest) for organ in organs]
    in_order = sorted(found, key=lambda line: (not line.counts, line.has_ended, behind_first(line)))
    return in_order, _line(None, Progress(), whole, {})


def behind_first(line: Line) -> tuple[int, int, int, str]:
    """Most that is late first, then the lowest share on time, then most that waits for its issue, then by name."""
    return (
        -line.overdue,
        101 if line.share is None else line.share,
        -line.value("chua-phat-hanh"),
        fold(line.organ.name) if line.organ else "",
    )


def _with_any(count: Counts) -> Counts:
    """The counts with the sum of each code under the dimension `*`."""
    found = Counter(count)
    for (code, _dimension), value in count.items():
        found[code, ANY] += value
    return found


def _line(organ: Organ | None, progress: Progress, count: Counts, longest: Mapping[str, int]) -> Line:
    slug = organ.slug if organ else ALL_ORGANS
    return Line(organ, progress, [_cell(column, slug, count, longest.get(column.key, 0)) for column in COLUMNS])


def _cell(column: Column, slug: str, count: Counts, longest: int) -> Cell:
    value = column.value(count)
    bar: Sequence[Segment] = ()
    if column.bar == "share" and value is not None:
        bar = (Segment(0, value, "good" if value >= GOOD_SHARE else "poor"),)
    elif column.bar == "bodies" and longest:
        bar = _bodies_bar(column.parts, count, longest)
    return Cell(column, f"{slug}/{column.key}", value, bar)


def _bodies_bar(parts: Parts, count: Counts, longest: int) -> list[Segment]:
    bar, reached = [], 0
    for part in parts:
        start, reached = reached, reached + count.get(part, 0)
        if reached > start:
            x = start * 100 // longest
            bar.append(Segment(x, max(reached * 100 // longest - x, 1), part[1]))
    return bar


def overview_sheet(period: Period, lines: Sequence[Line], total: Line) -> dict[str, Any]:
    """The table of the period as `sheet.typ` shows it."""
    head = [
        *({"text": text, "rowspan": 2} for text in (_("TT"), _("Đơn vị"), _("Hợp nhất"))),
        *({"text": group.title, "colspan": len(columns)} for group, columns in GROUPS),
        *({"text": column.head} for column in COLUMNS),
    ]
    rows = [
        [*_words(str(number), line.name, line.progress.state_title), *_figures(line)]
        for number, line in enumerate(lines, start=1)
    ]
    rows.append([*_words("", _("Cộng"), ""), *_figures(total)])
    return {
        "title": _("Bảng tổng hợp tình hình các đơn vị, {period}", period=period.title),
        "columns": [0, 2.2, 2, *([1] * len(COLUMNS))],
        "words": [1, 2],
        "head": head,
        "head_rows": 2,
        "rows": rows,
        "note": _(
            "Đơn vị nhiều việc quá hạn nhất đứng đầu. Quá hạn, chờ phát hành, đang làm: lúc lập bảng; với kỳ đã qua là "
            "lúc hết tháng cuối kỳ. Tỷ lệ đúng hạn tính trên hồ sơ có kết quả."
        ),
    }


OVERVIEW_HEAD = (_("Đơn vị"), _("Hợp nhất"), *(f"{column.group.title}: {column.title}" for column in COLUMNS))


def overview_rows(lines: Sequence[Line], total: Line) -> list[Sequence[str | int | None]]:
    """The table of the period as rows of plain values, the sum last; percentages are whole numbers."""
    found = [[line.name, line.progress.state_title, *_values(line)] for line in lines]
    return [*found, [_("Cộng"), "", *_values(total)]]


def _values(line: Line) -> list[int | None]:
    return [cell.value for cell in line.cells]


def rollout_sheet(
    found: Sequence[Wave], marks: Mapping[tuple[UUID, str], MilestoneLine], today: date
) -> dict[str, Any]:
    """The board of the rollout as `sheet.typ` shows it."""
    titles = (_("TT"), _("Đơn vị"), _("Trạng thái"), _("Công chức đã chuyển"), *BOARD.values(), _("Ghi chú"))
    rows: list[list[dict[str, Any]]] = []
    number = 0
    for wave in found:
        rows.append([{"text": wave.title or _("Chưa xếp đợt"), "colspan": len(titles), "strong": True}])
        for organ, progress in wave.entries:
            moved = "–" if progress.civil_servants_moved is None else str(progress.civil_servants_moved)
            number += 1
            reached = [_mark(marks.get((organ.id, kind)), today) for kind in BOARD]
            rows.append(_words(str(number), name_now(organ), progress.state_title, moved, *reached, progress.note))
    return {
        "title": _("Tiến độ hợp nhất văn phòng"),
        "columns": [0, 1.5, 1.4, 1, *([1.4] * len(BOARD)), 2],
        "words": [index for index in range(1, len(titles)) if index != 3],
        "head": [{"text": title} for title in titles],
        "head_rows": 1,
        "rows": rows,
        "note": _("Ngày trong ô: ngày đạt, hoặc ngày dự kiến nếu chưa đạt. Dấu * là ngày minh họa."),
    }


def _words(*texts: str) -> list[dict[str, Any]]:
    return [{"text": text} for text in texts]


def _figures(line: Line) -> list[dict[str, Any]]:
    texts = ["–" if cell.value is None else grouped(cell.value) for cell in line.cells]
    return [
        {"text": f"{text}%" if cell.column.whole and cell.value is not None else text, "strong": line.organ is None}
        for text, cell in zip(texts, line.cells, strict=True)
    ]


def _mark(milestone: MilestoneLine | None, today: date) -> str:
    if milestone is None:
        return "–"
    state = MILESTONE_STATES[milestone_state(milestone.planned_on, milestone.done_on, today)]
    day = (milestone.done_on or milestone.planned_on).strftime("%d/%m/%Y")
    return f"{state} {day}{'*' if milestone.invented else ''}"


CLOSED, REOPENED = "closed", "reopened"
PERIOD_STATES = {CLOSED: _("Đã chốt"), REOPENED: _("Đã mở lại")}
# The figure by which an organ tells its parent that it closed its report, and its dimensions.
REPORT_FIGURE = "rollout.report"
REPORT_MODULE = REPORT_FIGURE.partition(".")[0]
REPORT_VERSION, REPORT_CLOSED_AT = "version", "closed_at"


class ReportCell(NamedTuple):
    """A figure as it was closed and as it is now; for a share of nothing each is None."""

    column: Column
    closed: int | None
    live: int | None

    @property
    def difference(self) -> int:
        """What was corrected since, in the unit of the figure; 0 if nothing was."""
        return (self.live or 0) - (self.closed or 0)

    @property
    def differs(self) -> bool:
        """Whether it is another one now."""
        return self.live != self.closed


class ReportLine(NamedTuple):
    """The figures of one organ of a report; the line of totals has no organ."""

    organ_id: UUID | None
    name: str
    cells: Sequence[ReportCell]


class Difference(NamedTuple):
    """One figure of one organ that is another one now than when it was closed."""

    organ: str
    figure: str
    part: str
    closed: int
    live: int

    @property
    def title(self) -> str:
        """The figure with its part in words."""
        return f"{self.figure}: {self.part}" if self.part else self.figure

    @property
    def change(self) -> int:
        """How much more it is now; below zero: how much less."""
        return self.live - self.closed

    @property
    def word(self) -> str:
        """The direction in words, so that it does not depend on colour or sign alone."""
        return _("tăng {count}", count=self.change) if self.change > 0 else _("giảm {count}", count=-self.change)

    @property
    def signed(self) -> str:
        """`+2` or `−1`, with a true minus."""
        return f"+{self.change}" if self.change > 0 else f"−{-self.change}"


def report_lines(
    organs: Sequence[tuple[UUID, str]], closed: Mapping[UUID, Counts], live: Mapping[UUID, Counts]
) -> tuple[list[ReportLine], ReportLine]:
    """A line for each organ in the order given, and the line of totals over them."""
    before = {organ_id: _with_any(closed.get(organ_id, {})) for organ_id, _name in organs}
    now = {organ_id: _with_any(live.get(organ_id, {})) for organ_id, _name in organs}
    found = [ReportLine(organ_id, name, _report_cells(before[organ_id], now[organ_id])) for organ_id, name in organs]
    return found, ReportLine(None, _("Cộng"), _report_cells(_whole(before), _whole(now)))


def _whole(counted: Mapping[UUID, Counts]) -> Counts:
    whole: Counter[tuple[str, str]] = Counter()
    for count in counted.values():
        whole.update(count)
    return whole


def _report_cells(closed: Counts, live: Counts) -> list[ReportCell]:
    return [ReportCell(column, column.value(closed), column.value(live)) for column in COLUMNS]


def differences(
    organs: Sequence[tuple[UUID, str]],
    closed: Mapping[UUID, Counts],
    live: Mapping[UUID, Counts],
    titles: Mapping[str, str],
) -> list[Difference]:
    """What was corrected after the closing, by organ and figure; `titles` names the declared figures by code."""
    found = []
    for organ_id, name in organs:
        before, now = closed.get(organ_id, {}), _reported(live.get(organ_id, {}))
        for code, dimension in sorted(before.keys() | now.keys()):
            was, is_now = before.get((code, dimension), 0), now.get((code, dimension), 0)
            if was != is_now:
                part = DIMENSIONS.get(dimension, dimension)
                found.append(Difference(name, titles.get(code, code), part, was, is_now))
    return found


def _reported(count: Counts) -> Counts:
    return {key: value for key, value in count.items() if key[0].partition(".")[0] in REPORTED_MODULES}


def ended_months(present: date) -> list[date]:
    """The first days of the months that may be closed: those of this year and the last that have ended."""
    return months_back(present, present)[1:]


def report_sheet(
    title: str, period: ClosedPeriod, table: Mapping[str, Any], changed: Sequence[Difference]
) -> dict[str, Any]:
    """A closed period as `sheet.typ` shows it: the copy, who closed it, and as an annex what was corrected since."""
    sheet = {"title": title, "below": closed_words(period), **table, "note": report_note(period)}
    return {**sheet, "annex": _annex(changed)} if changed else sheet


def closed_words(period: ClosedPeriod) -> str:
    """Who closed it and when, for under the title of a paper."""
    return _(
        "(Từ ngày {first} đến ngày {last}. Chốt lần {version} lúc {moment}, người chốt: {name}, {post})",
        first=f"{period.starts_on:%d/%m/%Y}",
        last=f"{period.ends_on:%d/%m/%Y}",
        version=period.version,
        moment=clock.legal(period.closed_at).strftime("%H:%M %d/%m/%Y"),
        name=period.closed_by_name,
        post=period.closed_by_post,
    )


def report_note(period: ClosedPeriod) -> str:
    """What stands under the table of a paper: its note, and that it was reopened."""
    texts = [_("Quá hạn, chờ phát hành, đang làm: lúc hết kỳ. Tỷ lệ đúng hạn tính trên hồ sơ có kết quả.")]
    if period.note:
        texts.append(_("Ghi chú: {note}", note=period.note))
    if period.reopened_at is not None:
        texts.append(
            _(
                "Lần chốt này đã mở lại lúc {moment}, người mở: {name}. Lý do: {reason}",
                moment=clock.legal(period.reopened_at).strftime("%H:%M %d/%m/%Y"),
                name=period.reopened_by_name,
                reason=period.reopen_reason,
            )
        )
    return " ".join(texts)


def report_table(lines: Sequence[ReportLine], total: ReportLine) -> dict[str, Any]:
    """The copy of a parent's report for `sheet.typ`: an organ a row."""
    head = [
        *({"text": text, "rowspan": 2} for text in (_("TT"), _("Đơn vị"))),
        *({"text": group.title, "colspan": len(columns)} for group, columns in GROUPS),
        *({"text": column.head} for column in COLUMNS),
    ]
    rows = [
        [*_words(str(number), line.name), *_words(*map(_closed_text, line.cells))]
        for number, line in enumerate(lines, start=1)
    ]
    rows.append([{"text": text, "strong": True} for text in ("", total.name, *map(_closed_text, total.cells))])
    columns = [0, 2.2, *([1] * len(COLUMNS))]
    return {"columns": columns, "words": [1], "head": head, "head_rows": 2, "rows": rows}


def own_report_table(line: ReportLine) -> dict[str, Any]:
    """The copy of an organ's own report for `sheet.typ`: a figure a row, on an upright sheet."""
    rows = [
        _words(str(number), cell.column.title, _closed_text(cell)) for number, cell in enumerate(line.cells, start=1)
    ]
    head = [{"text": text} for text in (_("TT"), _("Chỉ tiêu"), _("Số liệu"))]
    return {"columns": [0, 4, 1], "words": [1], "head": head, "head_rows": 1, "rows": rows, "upright": True}


def _annex(changed: Sequence[Difference]) -> dict[str, Any]:
    titles = (_("TT"), _("Đơn vị"), _("Chỉ tiêu"), _("Đã chốt"), _("Hiện nay"), _("Chênh lệch"))
    rows = [
        _words(str(number), one.organ, one.title, grouped(one.closed), grouped(one.live), f"{one.signed} ({one.word})")
        for number, one in enumerate(changed, start=1)
    ]
    return {
        "title": _("Phụ lục: điều chỉnh sau khi chốt"),
        "columns": [0, 1.5, 3, 1, 1, 1.5],
        "words": [1, 2],
        "head": [{"text": title} for title in titles],
        "head_rows": 1,
        "rows": rows,
    }


def _closed_text(cell: ReportCell) -> str:
    if cell.closed is None:
        return "–"
    return f"{grouped(cell.closed)}%" if cell.column.whole else grouped(cell.closed)


def grouped(value: int) -> str:
    """A number with points between thousands."""
    return f"{value:,}".replace(",", ".")
