"""What goes into the verbs."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from lienxa.platform.text import _
from lienxa.tenants.documents.api import Attachment

CloseAct = Literal["refuse", "withdraw", "stop"]
OnePerson = Literal["warn", "forbid"]


class ReceiveCase(msgspec.Struct, frozen=True):
    """A dossier brought to the counter. `procedure_key` names the version in use.

    `papers` are those of the procedure's papers that were brought; `agreed_on` the day agreed with the citizen, only
    where the procedure sets no time.
    """

    procedure_key: str
    applicant_name: str
    applicant_phone: str = ""
    applicant_address: str = ""
    papers: tuple[str, ...] = ()
    note: str = ""
    agreed_on: date | None = None


class HandOver(msgspec.Struct, frozen=True):
    """The counter hands a dossier to the person who handles it.

    `one_person`: they know that this is who received it, and mean it.
    """

    case_id: UUID
    handler_id: UUID
    one_person: bool = False


class AskSupplement(msgspec.Struct, frozen=True):
    """The handler says, once and fully, what is missing."""

    case_id: UUID
    request: str


class SupplyPapers(msgspec.Struct, frozen=True):
    """The missing papers came to the counter."""

    case_id: UUID
    papers: str = ""


class DraftResult(msgspec.Struct, frozen=True):
    """The handler puts the result before a leader; `result` says what it is.

    `file` is its text; without one the text that was put before the leader earlier stays.
    """

    case_id: UUID
    result: str
    signer_id: UUID
    file: Attachment | None = None


class ReturnDraft(msgspec.Struct, frozen=True):
    """The leader gives the draft back to the handler with the reason."""

    case_id: UUID
    reason: str


class Apologise(msgspec.Struct, frozen=True):
    """The result will be late: the reason, and the one new date."""

    case_id: UUID
    reason: str
    new_date: date


class ReturnResult(msgspec.Struct, frozen=True):
    """The counter gives the result to `returned_to`."""

    case_id: UUID
    returned_to: str


class CloseCase(msgspec.Struct, frozen=True):
    """A case ends without a result."""

    case_id: UUID
    act: CloseAct
    reason: str


# --- What the API takes and gives -----------------------------------------------------------------------------------

ProcedureKey = Annotated[
    str, Meta(min_length=1, max_length=100, description=_("Mã thủ tục như trong danh mục"), examples=["1.001193"])
]
ProcedureName = Annotated[str, Meta(examples=[_("Đăng ký khai sinh")])]
Source = Annotated[
    str, Meta(description=_("`portal`, `older_list`, `known` hoặc `none`: lấy từ đâu"), examples=["portal"])
]
CaseCode = Annotated[str, Meta(description=_("Mã hồ sơ"), examples=["LS-261124-0001"])]
CaseState = Annotated[str, Meta(description=_("Trạng thái; tên tiếng Việt ở `state_title`"), examples=["processing"])]
CaseStateTitle = Annotated[str, Meta(examples=[_("Đang xử lý")])]
Pressing = Annotated[str, Meta(description=_("`late` quá hạn, `soon` sắp đến hạn, `calm` còn lại"), examples=["calm"])]
CasePerson = Annotated[str, Meta(description=_("Họ và tên; trống: chưa có"), examples=[_("Lê Thị Mai")])]
ApplicantName = Annotated[
    str,
    Meta(min_length=1, max_length=100, description=_("Họ và tên người nộp"), examples=[_("Nguyễn Văn Ân")]),
]
PhoneNumber = Annotated[str, Meta(max_length=20, description=_("Số điện thoại"), examples=["0912 345 678"])]
CaseAddress = Annotated[str, Meta(max_length=200, description=_("Địa chỉ"), examples=[_("Xóm 3")])]
CaseNote = Annotated[str, Meta(max_length=500, description=_("Ghi chú"), examples=[""])]
CasePapers = Annotated[Sequence[str], Meta(description=_("Giấy tờ đã nhận"), examples=[[_("Tờ khai")]])]


class ListedProcedure(msgspec.Struct, frozen=True):
    """A procedure of the catalogue in short."""

    key: ProcedureKey
    code: Annotated[str, Meta(description=_("Mã trên Cổng Dịch vụ công; trống: chưa rõ"), examples=["1.001193"])]
    name: Annotated[str, Meta(examples=[_("Thủ tục đăng ký khai sinh")])]
    short_name: ProcedureName
    field: Annotated[str, Meta(description=_("Lĩnh vực"), examples=[_("Hộ tịch")])]
    time: Annotated[str, Meta(description=_("Thời hạn, bằng lời"), examples=[_("Trong ngày")])]
    fee: Annotated[str, Meta(description=_("Lệ phí, bằng lời"), examples=[_("Không thu")])]
    at_one_stop: Annotated[bool, Meta(description=_("Nộp tại Bộ phận Một cửa"), examples=[True])]


class ShownProcedure(msgspec.Struct, frozen=True):
    """A procedure whole, each datum with where it comes from.

    `time_value` counts `time_unit`: working_day, day, hour; without a value same_day, at_once, or empty (not set).
    """

    key: ProcedureKey
    code: Annotated[str, Meta(examples=["1.001193"])]
    name: Annotated[str, Meta(examples=[_("Thủ tục đăng ký khai sinh")])]
    short_name: ProcedureName
    field: Annotated[str, Meta(examples=[_("Hộ tịch")])]
    authority: Annotated[str, Meta(description=_("Cơ quan giải quyết"), examples=[_("UBND cấp xã")])]
    at_one_stop: Annotated[bool, Meta(examples=[True])]
    time: Annotated[str, Meta(examples=[_("Trong ngày")])]
    time_value: int | None
    time_unit: Annotated[str, Meta(examples=["same_day"])]
    time_note: Annotated[str, Meta(examples=[""])]
    time_source: Source
    fee: Annotated[str, Meta(examples=[_("Không thu")])]
    fee_amount: Annotated[int | None, Meta(description=_("Đồng; trống: chưa rõ"), examples=[0])]
    papers: Annotated[Sequence[str], Meta(description=_("Thành phần hồ sơ"), examples=[[_("Tờ khai")]])]
    papers_source: Source
    source: Source
    numbered: Annotated[bool, Meta(description=_("Kết quả lấy số văn bản đi"), examples=[False])]


class CaseStanding(msgspec.Struct, frozen=True):
    """What a citizen may know of a case. Without a running time (a result, a withdrawal) `due_at` is empty."""

    code: CaseCode
    state: CaseState
    state_title: CaseStateTitle
    due_at: Annotated[datetime | None, Meta(description=_("Hẹn trả kết quả"))]
    due_exact: Annotated[bool, Meta(description=_("Hẹn đúng giờ; nếu không thì đến hết ngày"), examples=[False])]
    first_due_at: Annotated[datetime | None, Meta(description=_("Hẹn lúc đầu, nếu đã xin lỗi và hẹn lại"))]
    said: Annotated[str, Meta(description=_("Lời dặn, bằng lời; có thể trống"), examples=[""])]
    moved_to: Annotated[str, Meta(description=_("Cơ quan đang giải quyết, nếu hồ sơ đã chuyển đi"), examples=[""])] = ""


class ListedCase(msgspec.Struct, frozen=True):
    """A line of the list of cases."""

    id: UUID
    code: CaseCode
    procedure_name: ProcedureName
    applicant_name: Annotated[str, Meta(examples=[_("Nguyễn Văn Ân")])]
    state: CaseState
    state_title: CaseStateTitle
    received_at: datetime
    due_at: Annotated[datetime, Meta(description=_("Hạn trả kết quả"))]
    due_exact: Annotated[bool, Meta(description=_("Hạn đúng giờ; nếu không thì đến hết ngày"), examples=[False])]
    pressing: Pressing
    outcome: Annotated[str | None, Meta(description=_("early, on_time, late khi đã có kết quả"))]
    handler: CasePerson


class InvolvedInCase(msgspec.Struct, frozen=True):
    """Somebody of the office who handles or signs."""

    staff_id: UUID
    name: CasePerson


class CaseResult(msgspec.Struct, frozen=True):
    """The result of a case as far as it is.

    `document_id` is its document in the outgoing book, if the caller may see it; `file_path` is where to read its
    text, empty while there is none.
    """

    text: Annotated[str, Meta(description=_("Nội dung kết quả"), examples=[_("Giấy khai sinh")])]
    signer: InvolvedInCase | None
    signed_at: datetime | None
    number: Annotated[str, Meta(description=_("Số văn bản đi; trống: không lấy số"), examples=["57/QĐ-UBND"])]
    document_id: UUID | None
    file_path: Annotated[str, Meta(examples=[""])]
    finished_at: Annotated[datetime | None, Meta(description=_("Về quầy Một cửa lúc"))]
    outcome: Annotated[str | None, Meta(description=_("early, on_time, late"), examples=["on_time"])]
    returned_at: datetime | None
    returned_to: Annotated[str, Meta(description=_("Người nhận kết quả"), examples=[""])]


class ShownCase(msgspec.Struct, frozen=True):
    """A case whole. `acts` are what the caller may do with it now, in the words of the path of each act."""

    id: UUID
    code: CaseCode
    procedure: ProcedureKey
    procedure_name: ProcedureName
    state: CaseState
    state_title: CaseStateTitle
    pressing: Pressing
    applicant_name: Annotated[str, Meta(examples=[_("Nguyễn Văn Ân")])]
    applicant_phone: Annotated[str, Meta(examples=["0912 345 678"])]
    applicant_address: Annotated[str, Meta(examples=[_("Xóm 3")])]
    papers: CasePapers
    note: Annotated[str, Meta(examples=[""])]
    received_at: datetime
    hand_over_by: Annotated[date, Meta(description=_("Quầy chuyển hồ sơ chậm nhất ngày này"))]
    due_at: datetime
    due_exact: Annotated[bool, Meta(examples=[False])]
    first_due_at: Annotated[datetime | None, Meta(description=_("Hạn lúc đầu, nếu đã xin lỗi và hẹn lại"))]
    handler: Annotated[InvolvedInCase | None, Meta(description=_("Người giải quyết"))]
    one_person: Annotated[bool, Meta(description=_("Cùng một người tiếp nhận và giải quyết"), examples=[False])]
    supplement_request: Annotated[str, Meta(description=_("Giấy tờ đã yêu cầu bổ sung"), examples=[""])]
    supplement_asked_at: datetime | None
    supplied_at: datetime | None
    apology_reason: Annotated[str, Meta(description=_("Lý do chậm"), examples=[""])]
    rework_reason: Annotated[str, Meta(description=_("Lý do trả lại dự thảo kết quả"), examples=[""])]
    closing_reason: Annotated[str, Meta(description=_("Lý do kết thúc không có kết quả"), examples=[""])]
    result: CaseResult
    forms: Annotated[
        Sequence[str], Meta(description=_("Các phiếu in được lúc này"), examples=[["control", "supplement"]])
    ]
    acts: Annotated[Sequence[str], Meta(description=_("Việc người gọi làm được lúc này"), examples=[["hand-over"]])]


class CaseSecret(msgspec.Struct, frozen=True):
    """What the citizen looks their case up with."""

    code: CaseCode
    secret: Annotated[str, Meta(description=_("Mã tra cứu in trên giấy tiếp nhận"), examples=["ABCD-EFGH"])]
    path: Annotated[str, Meta(description=_("Trang tra cứu của người dân"), examples=["/tra-cuu?ma=LS-261124-0001"])]


class HappenedToCase(msgspec.Struct, frozen=True):
    """An act on a case, in words."""

    at: datetime
    action: Annotated[str, Meta(examples=["procedures.receive"])]
    name: CasePerson
    post: Annotated[str, Meta(description=_("Chức vụ khi làm việc đó"), examples=[_("Cán bộ Một cửa")])]
    text: Annotated[str, Meta(examples=[_("Tiếp nhận hồ sơ LS-261124-0001")])]


class MayHandle(msgspec.Struct, frozen=True):
    """Somebody whose post today may handle cases or sign their results."""

    staff_id: UUID
    name: CasePerson
    post: Annotated[str, Meta(examples=[_("Công chức Tư pháp - Hộ tịch")])]


class NewCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A dossier brought to the counter; see `ReceiveCase`. Papers are named as in the catalogue."""

    procedure: ProcedureKey
    applicant_name: ApplicantName
    applicant_phone: PhoneNumber = ""
    applicant_address: CaseAddress = ""
    papers: Annotated[list[str], Meta(max_length=50, description=_("Giấy tờ đã nhận"), examples=[[]])] = []
    note: CaseNote = ""
    agreed_on: Annotated[date | None, Meta(description=_("Ngày hẹn trả, chỉ khi thủ tục không quy định"))] = None


class HandlerNamed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who handles the case: one of `/procedures/handlers`."""

    handler: UUID
    one_person: Annotated[
        bool, Meta(description=_("Xác nhận giao cho chính người đã tiếp nhận hồ sơ"), examples=[False])
    ] = False


class MissingPapers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is missing, once and fully."""

    request: Annotated[
        str,
        Meta(min_length=1, max_length=1000, description=_("Giấy tờ cần bổ sung"), examples=[_("Giấy chứng sinh")]),
    ]


class SuppliedPapers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was brought later."""

    papers: Annotated[
        str,
        Meta(min_length=1, max_length=1000, description=_("Giấy tờ đã bổ sung"), examples=[_("Giấy chứng sinh")]),
    ]


class CaseReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a case ends without a result."""

    reason: Annotated[
        str, Meta(min_length=1, max_length=1000, description=_("Lý do"), examples=[_("Chưa đủ điều kiện.")])
    ]


class ReworkReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a draft goes back to the handler."""

    reason: Annotated[
        str, Meta(min_length=1, max_length=500, description=_("Lý do trả lại"), examples=[_("Ghi rõ căn cứ.")])
    ]


class Apology(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the result is late, and the one new date."""

    reason: Annotated[
        str, Meta(min_length=1, max_length=500, description=_("Lý do chậm"), examples=[_("Chờ xác minh.")])
    ]
    new_date: Annotated[date, Meta(description=_("Ngày hẹn lại, một ngày làm việc sau hạn trả"))]


class HandedTo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who has the result."""

    returned_to: Annotated[
        str,
        Meta(min_length=1, max_length=100, description=_("Người nhận kết quả"), examples=[_("Nguyễn Văn Ân")]),
    ]


class OneStopRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the organ has laid down for its one-stop."""

    one_person: Annotated[
        OnePerson,
        Meta(description=_("Người tiếp nhận cũng giải quyết: `warn` cảnh báo, `forbid` không cho"), examples=["warn"]),
    ]
