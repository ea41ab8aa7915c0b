"""What operations of this module take, and what its API takes and gives."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from lienxa.platform.text import _


class RecordProgress(msgspec.Struct, frozen=True):
    """The present state of one organ's merger. `wave` is `pilot`, a number or empty; `changed_on` the day of the state.

    None is what nobody has said, which is not the same as none or no.
    """

    wave: str
    state: str
    civil_servants_moved: int | None
    concurrent_inspection_deputy: bool | None
    changed_on: date | None
    note: str
    invented: bool = False


class PlanMilestone(msgspec.Struct, frozen=True):
    """A milestone for each of `organ_ids`; without any for `wave`, or for the whole rollout if that is empty."""

    kind: str
    title: str
    planned_on: date
    responsible: str
    note: str
    organ_ids: tuple[UUID, ...] = ()
    wave: str = ""
    invented: bool = False


class ReviseMilestone(msgspec.Struct, frozen=True):
    """The days of a milestone as they are now: `done_on` empty means that it is not reached."""

    planned_on: date
    done_on: date | None
    responsible: str
    note: str


class SteeringSeat(msgspec.Struct, frozen=True):
    """Who sits in the steering committee, in which role and since when; `until` ends it."""

    full_name: str
    title: str
    role: str
    since: date
    until: date | None
    task: str
    invented: bool = False


class PlanVisit(msgspec.Struct, frozen=True):
    """A visit to an organ, or a meeting of the steering committee, which has no organ."""

    kind: str
    organ_id: UUID | None
    visit_on: date
    purpose: str
    people: str
    invented: bool = False


class RecordVisit(msgspec.Struct, frozen=True):
    """What became of a visit: moved to another day (`planned`), `held` with its findings, or `cancelled`."""

    state: str
    visit_on: date
    people: str
    findings: str
    rating: str


class AskFollowUp(msgspec.Struct, frozen=True):
    """What is to be done after a visit."""

    task: str
    responsible: str
    due_on: date


class MilestoneLine(msgspec.Struct, frozen=True):
    """A milestone as lists show it."""

    id: UUID
    organ_id: UUID | None
    wave: str
    kind: str
    title: str
    planned_on: date
    done_on: date | None
    responsible: str
    note: str
    invented: bool


class VisitLine(msgspec.Struct, frozen=True):
    """A visit as lists show it; `asked` follow-ups, of which `open` are not done and `late` past their day."""

    id: UUID
    organ_id: UUID | None
    kind: str
    visit_on: date
    state: str
    purpose: str
    rating: str
    invented: bool
    asked: int
    open: int
    late: int


class FollowUpLine(msgspec.Struct, frozen=True):
    """A follow-up with the visit that it comes from."""

    id: UUID
    visit_id: UUID
    organ_id: UUID | None
    task: str
    responsible: str
    due_on: date
    done_on: date | None
    result: str


class ClosePeriod(msgspec.Struct, frozen=True):
    """Close the month with that first day."""

    month: date
    note: str = ""


class SetReportingDay(msgspec.Struct, frozen=True):
    """From the month with that first day on months end on `last_day` (1 to 28), 0: with the calendar's."""

    from_month: date
    last_day: int


# --- What the API takes and gives -----------------------------------------------------------------------------------

Month = Annotated[str, Meta(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$", description=_("Tháng"), examples=["2026-10"])]
WaveCode = Annotated[str, Meta(max_length=10, description=_("Đợt: `pilot`, `1` đến `9`, hoặc trống"), examples=["1"])]
Note = Annotated[str, Meta(max_length=1000, description=_("Ghi chú"), examples=[""])]
UnitState = Literal["planned", "staff_moved", "merged"]
MilestoneKind = Literal["scheme", "staff", "rules", "room", "book", "calendar", "review", "other"]
SeatRole = Literal["head", "deputy", "standing", "member", "secretary"]
VisitKind = Literal["inspection", "working", "review", "steering"]
VisitState = Literal["planned", "held", "cancelled"]
Words = Annotated[str, Meta(min_length=1, max_length=500)]
Reason = Annotated[str, Meta(min_length=1, max_length=500, description=_("Lý do"), examples=[_("Bổ sung số liệu")])]


class FigureDefinition(msgspec.Struct, frozen=True):
    """A figure of the table: `key` names it in values and addresses; a percentage is rounded down."""

    key: Annotated[str, Meta(examples=["van-ban-den"])]
    title: Annotated[str, Meta(examples=[_("Văn bản đến")])]
    percentage: Annotated[bool, Meta(examples=[False])]
    explanations: Annotated[Sequence[str], Meta(description=_("Cách tính từng số mà chỉ tiêu dựa vào"))]


class OrganFigures(msgspec.Struct, frozen=True):
    """The figures of one organ by key; null for a share of nothing. The sum has no organ.

    One that is not live is in no sum: there the paper registers count.
    """

    organ_id: UUID | None
    organ: Annotated[str, Meta(examples=[_("Lam Sơn")])]
    values: Annotated[Mapping[str, int | None], Meta(examples=[{"van-ban-den": 128, "dung-han": 97}])]
    live: Annotated[bool, Meta(description=_("Đơn vị chính thức; nếu không, không tính vào tổng"))] = True


class ShownOverview(msgspec.Struct, frozen=True):
    """The table of a period (months, both included): who is behind first. `as_of`: every change before is in it."""

    month_from: Month
    month_to: Month
    as_of: datetime
    organs: Sequence[OrganFigures]
    total: OrganFigures


class MonthOfFigure(msgspec.Struct, frozen=True):
    """A figure in one month; null for a share of nothing."""

    month: Month
    value: Annotated[int | None, Meta(examples=[12])]


class ShownUnit(msgspec.Struct, frozen=True):
    """How far an organ below has come; `state` is null where nothing is planned yet."""

    organ_id: UUID
    organ: Annotated[str, Meta(examples=[_("Lam Sơn")])]
    state: UnitState | None
    wave: WaveCode
    civil_servants_moved: Annotated[int | None, Meta(examples=[1])]
    concurrent_inspection_deputy: bool | None
    changed_on: date | None
    note: Note


class SentProgress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The present state of an organ's merger; null is what nobody has said."""

    state: UnitState
    wave: WaveCode = ""
    civil_servants_moved: Annotated[
        Annotated[int, Meta(ge=0, le=100)] | None, Meta(description=_("Số công chức đã chuyển"))
    ] = None
    concurrent_inspection_deputy: bool | None = None
    changed_on: Annotated[date | None, Meta(description=_("Ngày của trạng thái này"))] = None
    note: Note = ""


class NewMilestone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A milestone for each of `organ_ids`; without any for `wave`, or for the whole rollout if that is empty."""

    kind: MilestoneKind
    planned_on: Annotated[date, Meta(description=_("Ngày dự kiến"))]
    title: Annotated[str, Meta(max_length=200, description=_("Tên mốc, khi loại là `other`"))] = ""
    responsible: Annotated[str, Meta(max_length=200, description=_("Phụ trách"))] = ""
    note: Note = ""
    organ_ids: Annotated[tuple[UUID, ...], Meta(max_length=1000, examples=[[]])] = ()
    wave: WaveCode = ""


class ShownMilestone(msgspec.Struct, frozen=True):
    """A milestone; `standing` is done, done_late, late, soon or coming."""

    id: UUID
    organ_id: UUID | None
    wave: WaveCode
    kind: MilestoneKind
    title: Annotated[str, Meta(examples=[_("Phòng làm việc chung")])]
    planned_on: date
    done_on: date | None
    standing: Annotated[str, Meta(examples=["soon"])]
    responsible: Annotated[str, Meta(examples=[_("Tổ trưởng Văn phòng")])]
    note: Note


class SentRevision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The days of a milestone as they are now; without `done_on` it is not reached."""

    planned_on: date
    done_on: date | None = None
    responsible: Annotated[str, Meta(max_length=200)] = ""
    note: Note = ""


class SentReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why something is given up or taken back."""

    reason: Reason


class SentSeat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who sits in the steering committee, in which role and since when; `until` ends it."""

    full_name: Annotated[str, Meta(min_length=1, max_length=100, examples=[_("Nguyễn Thị Hoa")])]
    role: SeatRole
    since: date
    title: Annotated[str, Meta(max_length=200, examples=[_("Trưởng Ban Tổ chức")])] = ""
    until: date | None = None
    task: Annotated[str, Meta(max_length=500)] = ""


class ShownSeat(msgspec.Struct, frozen=True):
    """A member of the steering committee."""

    id: UUID
    full_name: Annotated[str, Meta(examples=[_("Nguyễn Thị Hoa")])]
    title: Annotated[str, Meta(examples=[_("Trưởng Ban Tổ chức")])]
    role: SeatRole
    since: date
    until: date | None
    task: Annotated[str, Meta(examples=[_("Nhân sự, biên chế")])]


class NewVisit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A visit to an organ, or a meeting of the steering committee (`steering`), which has no organ."""

    kind: VisitKind
    visit_on: date
    purpose: Annotated[Words, Meta(description=_("Nội dung"), examples=[_("Nắm tình hình hợp nhất văn phòng")])]
    organ_id: UUID | None = None
    people: Annotated[str, Meta(max_length=500, description=_("Thành phần"))] = ""


class SentVisitRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of a visit: moved to another day (`planned`), `held` with its findings, or `cancelled`."""

    state: VisitState
    visit_on: date
    people: Annotated[str, Meta(max_length=500)] = ""
    findings: Annotated[str, Meta(max_length=5000, description=_("Kết quả, hoặc lý do không thực hiện"))] = ""
    rating: Literal["", "good", "fair", "weak"] = ""


class ListedVisit(msgspec.Struct, frozen=True):
    """A line of the list of visits; `asked` follow-ups, of which `open` are not done and `late` past their day."""

    id: UUID
    organ_id: UUID | None
    kind: VisitKind
    visit_on: date
    state: VisitState
    purpose: Annotated[str, Meta(examples=[_("Nắm tình hình hợp nhất văn phòng")])]
    rating: Annotated[str, Meta(examples=["fair"])]
    asked: int
    open: int
    late: int


class ShownFollowUp(msgspec.Struct, frozen=True):
    """What is to be done after a visit, and what came of it."""

    id: UUID
    visit_id: UUID
    task: Annotated[str, Meta(examples=[_("Lập đủ hồ sơ công việc")])]
    responsible: Annotated[str, Meta(examples=[_("Tổ trưởng Văn phòng")])]
    due_on: date
    done_on: date | None
    result: Annotated[str, Meta(examples=[""])]


class ShownVisit(msgspec.Struct, frozen=True):
    """A visit whole."""

    id: UUID
    organ_id: UUID | None
    kind: VisitKind
    visit_on: date
    state: VisitState
    purpose: Annotated[str, Meta(examples=[_("Nắm tình hình hợp nhất văn phòng")])]
    people: Annotated[str, Meta(examples=[_("Tổ công tác của Ban Chỉ đạo")])]
    findings: Annotated[str, Meta(examples=[""])]
    rating: Annotated[str, Meta(examples=["fair"])]
    follow_ups: Sequence[ShownFollowUp]


class NewFollowUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be done after a visit."""

    task: Annotated[Words, Meta(description=_("Việc cần làm"), examples=[_("Lập đủ hồ sơ công việc")])]
    due_on: date
    responsible: Annotated[str, Meta(max_length=200)] = ""


class SentResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When it was done and with what result."""

    done_on: date
    result: Annotated[str, Meta(max_length=1000, description=_("Kết quả"))] = ""


class NewClosing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Close the figures of a month: a parent those of the organs below it, any other organ its own report."""

    month: Month
    note: Annotated[str, Meta(max_length=500, description=_("Ghi chú"))] = ""


class ListedClosing(msgspec.Struct, frozen=True):
    """A closed period: its bounds (both included), version, who closed it and when, and when it was reopened."""

    id: UUID
    month: Month
    starts_on: date
    ends_on: date
    version: Annotated[int, Meta(examples=[1])]
    state: Literal["closed", "reopened"]
    closed_by: Annotated[str, Meta(examples=[_("Nguyễn Thị Hoa")])]
    closed_by_post: Annotated[str, Meta(examples=[_("Chánh Văn phòng")])]
    closed_at: datetime
    note: Note
    reopened_by: Annotated[str, Meta(examples=[""])]
    reopened_at: datetime | None
    reopen_reason: Annotated[str, Meta(examples=[""])]


class ReportingSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From this month on months of figures end on `last_day`; 0: with the calendar's."""

    from_month: Month
    last_day: Annotated[int, Meta(ge=0, le=28, description=_("Ngày chốt; 0: ngày cuối tháng"), examples=[14])]


class FigureDifference(msgspec.Struct, frozen=True):
    """A figure of an organ that is another one now than when it was closed."""

    organ: Annotated[str, Meta(examples=[_("Lam Sơn")])]
    figure: Annotated[str, Meta(examples=[_("Văn bản đến: UBND")])]
    closed: Annotated[int, Meta(examples=[118])]
    live: Annotated[int, Meta(examples=[119])]
    difference: Annotated[int, Meta(examples=[1])]


class ShownClosing(msgspec.Struct, frozen=True):
    """A closed period with its copy, and what was corrected since."""

    period: ListedClosing
    organs: Sequence[OrganFigures]
    total: OrganFigures
    differences: Sequence[FigureDifference]
    compared: Annotated[
        bool,
        Meta(description=_("Sai: tháng nay tính theo ngày khác kỳ đã chốt, nên không so với số liệu hiện nay")),
    ]
