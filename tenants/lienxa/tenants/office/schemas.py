"""What the operations of the office take and what its screens show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from lienxa.platform.module import OpenThing
from lienxa.platform.text import _
from lienxa.tenants.office.models import WorkTransfer, WorkTransferLine


@dataclass(frozen=True)
class Showing:
    """To whom a thing is to be shown: a person or, without one, a unit; until the end of `ends_on`, None: no end."""

    staff_id: UUID | None
    unit_id: UUID | None
    ends_on: date | None
    reason: str


@dataclass(frozen=True)
class BodyEntry:
    """What the administrator says of a body."""

    name: str
    symbol: str
    position: int
    in_use: bool


@dataclass(frozen=True)
class UnitEntry:
    """What the administrator says of a unit."""

    name: str
    symbol: str
    position: int


@dataclass(frozen=True)
class PostEntry:
    """What the administrator says of a post; `body_id` empty: for all bodies but UBKT."""

    title: str
    unit_id: UUID
    body_id: UUID | None
    role_id: UUID
    heads_unit: bool
    position: int


@dataclass(frozen=True)
class ProfileEntry:
    """How the organ wants to be named; empty: as the service has it. `emblem`: a new picture, its bytes."""

    title: str
    office_name: str
    address: str
    phone: str
    emblem: bytes | None = None
    without_emblem: bool = False


@dataclass(frozen=True)
class PostLine:
    """A post as lists show it, with the names of those who hold it today."""

    id: UUID
    title: str
    unit_id: UUID
    unit_name: str
    body_id: UUID | None
    body_name: str
    role_code: str
    role_name: str
    heads_unit: bool
    position: int
    holders: tuple[str, ...]

    @property
    def label(self) -> str:
        """The post as a choice: who holds it says whether it is free."""
        return f"{self.title} ({', '.join(self.holders) or _('đang khuyết')})"


@dataclass(frozen=True)
class StaffLine:
    """A person as lists show them, with the titles of the posts that they hold today."""

    id: UUID
    account_id: UUID
    full_name: str
    titles: tuple[str, ...]
    suspended_on: date | None
    left_on: date | None
    certificate_ends_on: date | None = None

    @property
    def label(self) -> str:
        """The person as a choice, with the first of their posts."""
        return f"{self.full_name} – {self.titles[0]}" if self.titles else self.full_name


@dataclass(frozen=True)
class Holding:
    """Who holds which post from when to when; both days included, `held_to` None: without an end."""

    id: UUID
    staff_id: UUID
    staff_name: str
    post_id: UUID
    title: str
    held_from: date
    held_to: date | None
    signing_title: str = ""


@dataclass(frozen=True)
class KindInHand:
    """What somebody has in hand of one kind; `code` is that of `OpenWork`."""

    code: str
    title: str
    things: Sequence[OpenThing]


@dataclass(frozen=True)
class HandingOver:
    """To whom somebody's work goes: `receiver` takes what `receivers` (by kind) and `posts` (by post) say nothing of.

    Without `last_day` the person stays; with it they leave after it, as they were read in `version`.
    """

    receiver: UUID | None
    receivers: Mapping[str, UUID]
    posts: Mapping[UUID, UUID]
    last_day: date | None
    reason: str
    version: int


@dataclass(frozen=True)
class TransferShown:
    """A record of a hand-over as somebody may read it: its lines with the title that they see."""

    transfer: WorkTransfer
    lines: Sequence[tuple[WorkTransferLine, str]]


# --- What the API takes and gives -----------------------------------------------------------------------------------


class ThingInHand(msgspec.Struct, frozen=True):
    """Something that a person has in hand; `seen` false: its title is not for the caller."""

    id: UUID
    title: str
    number: str
    due_on: date | None
    path: str
    seen: bool


class WorkInHand(msgspec.Struct, frozen=True):
    """What a person has in hand of one kind."""

    kind: Annotated[str, Meta(description=_("Mã loại việc"), examples=["documents.handled"])]
    title: str
    things: list[ThingInHand]


class WorkGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To whom a person's open work goes, and their last day if they leave; of a person who was read in `version`."""

    giver: Annotated[UUID, Meta(description=_("Người bàn giao"))]
    version: Annotated[int, Meta(ge=0, description=_("Phiên bản đã đọc"))]
    receiver: Annotated[UUID | None, Meta(description=_("Người nhận chung"))] = None
    receivers: Annotated[dict[str, UUID], Meta(description=_("Người nhận riêng từng loại việc, theo mã loại"))] = {}
    posts: Annotated[
        dict[UUID, UUID], Meta(description=_("Người giữ tiếp từng chức vụ, từ ngày sau ngày làm việc cuối"))
    ] = {}
    last_day: Annotated[date | None, Meta(description=_("Ngày làm việc cuối cùng; trống: không nghỉ"))] = None
    reason: Annotated[str, Meta(max_length=300, description=_("Lý do"))] = ""


class LineGiven(msgspec.Struct, frozen=True):
    """A thing that went over."""

    kind: str
    thing_id: UUID
    number: str
    title: str
    due_on: date | None
    note: str
    receiver: str


class TransferSummary(msgspec.Struct, frozen=True):
    """A record of a hand-over in a list."""

    id: UUID
    giver: str
    giver_post: str
    last_day: date | None
    reason: str
    made_by: str
    made_at: datetime


class TransferRead(TransferSummary, frozen=True):
    """A record of a hand-over with its lines."""

    lines: list[LineGiven]


PersonName = Annotated[str, Meta(description=_("Họ và tên"), examples=[_("Nguyễn Thị Hoa")])]
NameGiven = Annotated[
    str, Meta(min_length=1, max_length=100, description=_("Họ và tên"), examples=[_("Nguyễn Thị Hoa")])
]
Place = Annotated[int, Meta(description=_("Thứ tự"), examples=[10])]
PlaceGiven = Annotated[int, Meta(ge=0, le=999, description=_("Thứ tự"), examples=[20])]
Version = Annotated[int, Meta(description=_("Gửi lại khi sửa, để không đè lên người khác"), examples=[1])]
VersionSeen = Annotated[int, Meta(ge=0, le=1_000_000, examples=[1])]


class CallerShown(msgspec.Struct, frozen=True):
    """Who calls: a person in one of their posts, or a service account."""

    id: UUID
    name: PersonName
    organ: Annotated[str, Meta(description=_("Đơn vị"), examples=[_("Xã Lam Sơn")])]
    post: Annotated[str, Meta(description=_("Chức vụ đang dùng"), examples=[_("Văn thư")])]
    unit_id: UUID
    body_ids: Annotated[list[UUID], Meta(description=_("Các cơ quan mà người gọi làm việc cùng"))]
    permissions: Annotated[list[str], Meta(description=_("Quyền"), examples=[["documents.read"]])]


class BodyShown(msgspec.Struct, frozen=True):
    """An issuing body."""

    id: UUID
    code: Annotated[str, Meta(description=_("Mã dùng ở mọi nơi của API"), examples=["committee"])]
    name: Annotated[str, Meta(examples=[_("Ủy ban nhân dân")])]
    symbol: Annotated[str, Meta(description=_("Ký hiệu"), examples=["UBND"])]
    system: Annotated[str, Meta(description="party, state", examples=["state"])]
    in_use: Annotated[bool, Meta(description=_("Đang dùng"), examples=[True])]
    position: Place
    version: Version


class BodyChanged(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change of a body that was read in `version`; see `BodyEntry`."""

    name: Annotated[str, Meta(min_length=1, max_length=120, examples=[_("Ủy ban nhân dân")])]
    symbol: Annotated[str, Meta(min_length=1, max_length=12, description=_("Ký hiệu"), examples=["UBND"])]
    position: PlaceGiven
    in_use: Annotated[bool, Meta(description=_("Đang dùng"))]
    version: VersionSeen


class UnitShown(msgspec.Struct, frozen=True):
    """A working unit."""

    id: UUID
    name: Annotated[str, Meta(examples=[_("Văn phòng")])]
    symbol: Annotated[str, Meta(description=_("Ký hiệu"), examples=["VP"])]
    position: Place
    version: Version
    closed_on: Annotated[date | None, Meta(description=_("Ngày đóng"))]


class UnitNamed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the administrator says of a unit; see `UnitEntry`."""

    name: Annotated[str, Meta(min_length=1, max_length=120, examples=[_("Phòng Kinh tế")])]
    symbol: Annotated[str, Meta(min_length=1, max_length=12, description=_("Ký hiệu"), examples=["PKT"])]
    position: PlaceGiven


class UnitChanged(UnitNamed, frozen=True, forbid_unknown_fields=True):
    """A change of a unit that was read in `version`."""

    version: VersionSeen


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which version of the thing the act is for."""

    version: VersionSeen


class PostShown(msgspec.Struct, frozen=True):
    """A post; `body_id` null: for all bodies but UBKT."""

    id: UUID
    title: Annotated[str, Meta(examples=[_("Văn thư")])]
    unit_id: UUID
    body_id: UUID | None
    role: Annotated[str, Meta(description=_("Vai trò"), examples=["clerk"])]
    heads_unit: Annotated[bool, Meta(description=_("Đứng đầu bộ phận"), examples=[False])]
    holders: Annotated[tuple[str, ...], Meta(description=_("Người giữ hôm nay"), examples=[[_("Nguyễn Thị Hoa")]])]


class RoleShown(msgspec.Struct, frozen=True):
    """A role: what the holders of a post that has it may do."""

    id: UUID
    name: Annotated[str, Meta(examples=[_("Văn thư")])]
    permissions: Annotated[list[str], Meta(description=_("Quyền"), examples=[["documents.read"]])]


class PostNamed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the administrator says of a post; see `PostEntry`. `body` null: for all bodies but UBKT."""

    title: Annotated[str, Meta(min_length=1, max_length=120, description=_("Tên chức vụ"), examples=[_("Văn thư")])]
    unit: Annotated[UUID, Meta(description=_("Bộ phận"))]
    role: Annotated[UUID, Meta(description=_("Vai trò"))]
    position: PlaceGiven
    body: Annotated[UUID | None, Meta(description=_("Cơ quan"))] = None
    heads_unit: Annotated[bool, Meta(description=_("Đứng đầu bộ phận"))] = False


class PostChanged(PostNamed, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A change of a post that was read in `version`."""

    version: VersionSeen


class HoldingShown(msgspec.Struct, frozen=True):
    """Who holds which post from when to when; both days included, `held_to` null: without an end."""

    id: UUID
    staff_id: UUID
    name: PersonName
    post_id: UUID
    title: Annotated[str, Meta(description=_("Chức vụ"), examples=[_("Văn thư")])]
    held_from: date
    held_to: date | None
    signing_title: Annotated[str, Meta(description=_("Chức vụ ghi khi ký; trống: như tên chức vụ"))]


class PostInTime(msgspec.Struct, frozen=True):
    """A post as the administrator keeps it, with who held, holds and will hold it, latest first."""

    id: UUID
    title: Annotated[str, Meta(examples=[_("Văn thư")])]
    unit_id: UUID
    body_id: UUID | None
    role_id: UUID
    heads_unit: Annotated[bool, Meta(examples=[False])]
    position: Place
    version: Version
    closed_on: Annotated[date | None, Meta(description=_("Ngày bỏ"))]
    holdings: list[HoldingShown]


class Appointed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is to hold a post from a day on. `together`: it is known that somebody else holds it too."""

    staff: Annotated[UUID, Meta(description=_("Người giữ chức vụ"))]
    held_from: Annotated[date, Meta(description=_("Từ ngày"))]
    held_to: Annotated[date | None, Meta(description=_("Đến hết ngày; trống: không thời hạn"))] = None
    signing_title: Annotated[str, Meta(max_length=120, description=_("Chức vụ ghi khi ký; trống: như tên chức vụ"))] = (
        ""
    )
    together: Annotated[bool, Meta(description=_("Đúng là cùng giữ với người khác"))] = False


class SigningTitle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a post is written under its holder's signature; empty: as the post is called."""

    signing_title: Annotated[
        str, Meta(max_length=120, description=_("Chức vụ ghi khi ký"), examples=[_("Quyền Chủ tịch")])
    ]


class LastDay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last day on which somebody holds a post."""

    last_day: Annotated[date, Meta(description=_("Ngày cuối"))]


class Leaving(LastDay, frozen=True, forbid_unknown_fields=True):
    """The last day on which somebody works here, of a person who was read in `version`."""

    version: VersionSeen


class StaffShown(msgspec.Struct, frozen=True):
    """A person as the administrator keeps them, with their posts of today."""

    id: UUID
    name: PersonName
    username: Annotated[str, Meta(description=_("Tên đăng nhập"), examples=["nguyen-thi-hoa.lam-son"])]
    signed_in_at: Annotated[datetime | None, Meta(description=_("Lần đăng nhập gần nhất ở đơn vị"))]
    titles: Annotated[tuple[str, ...], Meta(description=_("Chức vụ hôm nay"), examples=[[_("Văn thư")]])]
    suspended_on: Annotated[date | None, Meta(description=_("Tạm ngừng từ ngày"))]
    left_on: Annotated[date | None, Meta(description=_("Ngày làm việc cuối cùng"))]


class PersonInTime(msgspec.Struct, frozen=True):
    """A person as the administrator keeps them, with the posts that they held, hold and will hold, latest first."""

    id: UUID
    name: PersonName
    username: Annotated[str, Meta(description=_("Tên đăng nhập"), examples=["nguyen-thi-hoa.lam-son"])]
    version: Version
    suspended_on: Annotated[date | None, Meta(description=_("Tạm ngừng từ ngày"))]
    left_on: Annotated[date | None, Meta(description=_("Ngày làm việc cuối cùng"))]
    certificate_ends_on: Annotated[date | None, Meta(description=_("Ngày hết hạn chứng thư chữ ký số"))]
    holdings: list[HoldingShown]


class NewPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new person with an account. Its password is printed by the administrator's page alone."""

    full_name: NameGiven
    username: Annotated[
        str, Meta(min_length=1, max_length=90, description=_("Tên đăng nhập"), examples=["nguyen-thi-hoa"])
    ]
    post: Annotated[UUID | None, Meta(description=_("Chức vụ"))] = None
    held_from: Annotated[date | None, Meta(description=_("Giữ chức vụ từ ngày; trống: hôm nay"))] = None
    together: Annotated[bool, Meta(description=_("Đúng là cùng giữ với người khác"))] = False


class Invited(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who has an account at another organ, named as they are known there."""

    full_name: NameGiven
    username: Annotated[
        str, Meta(min_length=1, max_length=90, description=_("Tên đăng nhập"), examples=["nguyen-thi-hoa.lam-son"])
    ]
    post: Annotated[UUID | None, Meta(description=_("Chức vụ"))] = None
    held_from: Annotated[date | None, Meta(description=_("Giữ chức vụ từ ngày; trống: hôm nay"))] = None
    together: Annotated[bool, Meta(description=_("Đúng là cùng giữ với người khác"))] = False


class InvitationShown(msgspec.Struct, frozen=True):
    """An invitation that waits for its answer; `post` is what they are to hold once they agree."""

    id: UUID
    name: PersonName
    username: Annotated[str, Meta(description=_("Tên đăng nhập"), examples=["nguyen-thi-hoa.lam-son"])]
    invited_by: Annotated[str, Meta(description=_("Người mời"))]
    invited_at: Annotated[datetime, Meta(description=_("Mời lúc"))]
    expires_at: Annotated[datetime, Meta(description=_("Hết hạn lúc"))]
    post: Annotated[UUID | None, Meta(description=_("Chức vụ dự kiến"))]


class PersonNamed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The right name of a person who was read in `version`."""

    full_name: NameGiven
    version: VersionSeen


class CertificateNoted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until when the certificate of a person who was read in `version` is good; null: they have none."""

    version: VersionSeen
    ends_on: Annotated[date | None, Meta(description=_("Ngày hết hạn"))] = None


class Suspending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a person who was read in `version` is shut out."""

    reason: Annotated[str, Meta(min_length=1, max_length=300, description=_("Lý do"), examples=[_("Nghỉ ốm dài ngày")])]
    version: VersionSeen


class ProfileShown(msgspec.Struct, frozen=True):
    """How the organ wants to be named; empty: as the service has it. `emblem` is where its picture is."""

    title: Annotated[str, Meta(description=_("Tên đơn vị"), examples=[_("Xã Lam Sơn")])]
    office_name: Annotated[str, Meta(description=_("Tên văn phòng"), examples=[_("Văn phòng Đảng ủy - HĐND - UBND")])]
    address: Annotated[str, Meta(description=_("Địa chỉ"), examples=[_("Xóm 5, xã Lam Sơn")])]
    phone: Annotated[str, Meta(description=_("Điện thoại"), examples=["0238 3871 234"])]
    emblem: Annotated[str, Meta(description=_("Biểu trưng; trống: chưa có"), examples=["/bieu-trung/…"])]
    version: Version


class ProfileChanged(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the organ is to be named; the emblem stays unless `without_emblem`."""

    version: VersionSeen
    title: Annotated[str, Meta(max_length=100, description=_("Tên đơn vị"))] = ""
    office_name: Annotated[str, Meta(max_length=100, description=_("Tên văn phòng"))] = ""
    address: Annotated[str, Meta(max_length=200, description=_("Địa chỉ"))] = ""
    phone: Annotated[str, Meta(max_length=50, description=_("Điện thoại"), examples=["0238 3871 234"])] = ""
    without_emblem: Annotated[bool, Meta(description=_("Bỏ biểu trưng"))] = False


class HeldPostShown(msgspec.Struct, frozen=True):
    """A post that a person holds today."""

    id: UUID
    title: Annotated[str, Meta(examples=[_("Văn thư")])]
    unit: Annotated[str, Meta(description=_("Bộ phận"), examples=[_("Văn phòng")])]


class PersonShown(msgspec.Struct, frozen=True):
    """A person with the posts that they hold today."""

    id: UUID
    name: PersonName
    posts: list[HeldPostShown]


class WorkShown(msgspec.Struct, frozen=True):
    """A line of the home page; `path` is the page of the thing. `group` is waiting, due or today_meeting."""

    module: Annotated[str, Meta(examples=["documents"])]
    group: Annotated[str, Meta(description="waiting, due, today_meeting", examples=["due"])]
    title: Annotated[str, Meta(examples=[_("Số 1204: Phòng, chống rét cho gia súc")])]
    path: Annotated[str, Meta(description=_("Trang trên trình duyệt"), examples=["/van-ban/…"])]
    action: Annotated[str, Meta(description=_("Việc cần làm"), examples=[_("Xử lý")])]
    source: Annotated[str, Meta(description=_("Từ đâu đến"), examples=[_("UBND huyện Đô Lương")])]
    due_on: Annotated[date | None, Meta(description=_("Hạn"))]
    at: datetime | None
    followed: Annotated[bool, Meta(description=_("Đang chờ người khác"), examples=[False])]


class NoticeShown(msgspec.Struct, frozen=True):
    """What the caller was told."""

    id: UUID
    kind: Annotated[str, Meta(description=_("Việc được báo"), examples=["documents.direct"])]
    title: Annotated[str, Meta(examples=[_("Giao xử lý: Phòng, chống rét cho gia súc")])]
    path: Annotated[str, Meta(description=_("Trang trên trình duyệt"), examples=["/van-ban/…"])]
    told_at: datetime
    read_at: Annotated[datetime | None, Meta(description=_("Trống: chưa xem"))]


class HitShown(msgspec.Struct, frozen=True):
    """Something found."""

    module: Annotated[str, Meta(examples=["documents"])]
    title: Annotated[str, Meta(examples=[_("Phòng, chống rét cho gia súc")])]
    path: Annotated[str, Meta(description=_("Trang trên trình duyệt"), examples=["/van-ban/…"])]
    detail: Annotated[str, Meta(examples=[_("Số đến 1204 · Đã vào sổ")])]


class GrantShown(msgspec.Struct, frozen=True):
    """To whom a thing is shown, by whom, until when."""

    id: UUID
    to: Annotated[str, Meta(description=_("Người hoặc bộ phận"), examples=[_("Trần Văn Nam")])]
    to_unit: Annotated[bool, Meta(description=_("Cả bộ phận"), examples=[False])]
    ends_on: date | None
    reason: Annotated[str, Meta(examples=[_("Phối hợp xử lý")])]
    granted_by: PersonName
    granted_at: datetime
    revoked_at: datetime | None


class ShowingAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To whom a thing is to be shown: a person or a unit, one of both; see `Showing`."""

    reason: Annotated[str, Meta(min_length=1, max_length=300, description=_("Lý do"), examples=[_("Phối hợp xử lý")])]
    staff_id: Annotated[UUID | None, Meta(description=_("Người được xem"))] = None
    unit_id: Annotated[UUID | None, Meta(description=_("Cả bộ phận được xem"))] = None
    ends_on: Annotated[date | None, Meta(description=_("Xem đến hết ngày"))] = None


class DelegationLine(msgspec.Struct, frozen=True):
    """Who may act in whose post, from when to when. `stand` is coming, running, ended or revoked today."""

    id: UUID
    kind: Annotated[str, Meta(description="authority, substitution", examples=["authority"])]
    title: Annotated[str, Meta(description=_("Chức vụ khi làm thay"), examples=[_("TUQ. Chủ tịch UBND")])]
    lender_id: UUID
    lender: PersonName
    post_id: UUID
    borrower_id: UUID
    borrower: PersonName
    mark: Annotated[str, Meta(description="KT, TL, TUQ", examples=["TUQ"])]
    starts_on: date
    ends_on: date
    basis: Annotated[str, Meta(description=_("Căn cứ"), examples=[_("Văn bản số 05/UBND-VP ngày 24/11/2026")])]
    stand: Annotated[str, Meta(description="coming, running, ended, revoked", examples=["running"])]
    revoked_at: datetime | None
    rights: Annotated[list[str], Meta(description=_("Việc được giao; trống trong danh sách"))]


Basis = Annotated[str, Meta(min_length=1, max_length=300, description=_("Căn cứ"), examples=["05/UBND-VP"])]


class DelegationAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rights of the caller's own post, for somebody else, from day to day."""

    borrower: Annotated[UUID, Meta(description=_("Người được ủy quyền"))]
    rights: Annotated[list[str], Meta(min_length=1, description=_("Việc được ủy quyền"), examples=[["documents.sign"]])]
    starts_on: date
    ends_on: date
    basis: Basis
    mark: Annotated[Literal["KT", "TL", "TUQ"], Meta(description=_("Cách ký"))] = "TUQ"


class SubstitutionAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who stands in for the holder of a post, from day to day."""

    absent: Annotated[UUID, Meta(description=_("Người vắng mặt"))]
    post: Annotated[UUID, Meta(description=_("Chức vụ của người đó"))]
    borrower: Annotated[UUID, Meta(description=_("Người thay"))]
    starts_on: date
    ends_on: date
    basis: Basis


class RevocationAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a delegation ends before its day."""

    reason: Annotated[str, Meta(min_length=1, max_length=300, description=_("Lý do"), examples=[_("Đã đi làm lại")])]


class EventShown(msgspec.Struct, frozen=True):
    """An act of the trail: `action` by name, `act` in words. `staff_id` is null for strangers and the service."""

    id: UUID
    at: datetime
    staff_id: UUID | None
    who: PersonName
    capacity: Annotated[str, Meta(description=_("Chức vụ, do ai ủy quyền"), examples=[_("Văn thư")])]
    action: Annotated[str, Meta(examples=["documents.issue"])]
    act: Annotated[str, Meta(description=_("Việc"), examples=[_("Phát hành văn bản")])]
    detail: Annotated[str, Meta(examples=[_("số: 12/QĐ-UBND")])]
    object_type: Annotated[str, Meta(examples=["document"])]
    object_id: UUID | None


class RightsShown(msgspec.Struct, frozen=True):
    """Where rights of a person come from: a post or a delegation, and the rights that it gives, in words."""

    title: Annotated[str, Meta(examples=[_("Văn thư")])]
    origin: Annotated[str, Meta(description=_("Từ đâu"), examples=[_("Chức vụ, vai trò Văn thư")])]
    days: Annotated[str, Meta(description=_("Thời hạn"), examples=[_("từ 01/07/2025")])]
    bodies: Annotated[str, Meta(description=_("Cơ quan"), examples=[_("Ủy ban nhân dân")])]
    rights: list[str]
    warning: Annotated[str, Meta(description=_("Cảnh báo; trống: không có"))]


class SeerShown(msgspec.Struct, frozen=True):
    """Somebody who sees a thing, in which post, and why; `staff_id` of a program is that of its service account."""

    staff_id: UUID
    name: PersonName
    post: Annotated[str, Meta(examples=[_("Văn thư")])]
    reasons: Annotated[list[str], Meta(examples=[[_("mở sổ của cơ quan này")]])]


@dataclass(frozen=True)
class Annex:
    """A kind of work in a handover between organs: as which annex (`IV`) it is listed, its code, and how many lines."""

    name: str
    code: str
    title: str
    count: int


@dataclass(frozen=True)
class AnnexPart:
    """A paper of an annex: its lines behind the passage `after` (None: from the beginning), from number to number."""

    annex: Annex
    after: UUID | None
    first: int
    last: int


@dataclass(frozen=True)
class Handover:
    """What another organ handed over to this one (`in`), or this one to it (`out`), from a day on."""

    direction: str
    organ_id: UUID
    name: str
    from_day: date
    annexes: Sequence[Annex]

    @property
    def total(self) -> int:
        """How many things it was."""
        return sum(annex.count for annex in self.annexes)


@dataclass(frozen=True)
class HandoverLine:
    """A thing of a handover as its reader may know it; without `path` they do not see the thing itself."""

    id: UUID
    code: str
    old_number: str
    new_number: str
    symbol: str
    dated: date | None
    title: str
    path: str
    due_on: date | None
    holder: str
    unit: str
    receiver: str
