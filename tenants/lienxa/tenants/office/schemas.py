"""What the operations of the office take and what its screens show."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from lienxa.platform.text import _


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


@dataclass(frozen=True)
class StaffLine:
    """A person as lists show them, with the titles of the posts that they hold today."""

    id: UUID
    account_id: UUID
    full_name: str
    titles: tuple[str, ...]
    suspended_on: date | None
    left_on: date | None


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


# --- What the API takes and gives -----------------------------------------------------------------------------------

PersonName = Annotated[str, Meta(description=_("Họ và tên"), examples=[_("Nguyễn Thị Hoa")])]


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


class UnitShown(msgspec.Struct, frozen=True):
    """A working unit."""

    id: UUID
    name: Annotated[str, Meta(examples=[_("Văn phòng")])]
    symbol: Annotated[str, Meta(description=_("Ký hiệu"), examples=["VP"])]
    position: Annotated[int, Meta(description=_("Thứ tự"), examples=[10])]
    version: Annotated[int, Meta(description=_("Gửi lại khi sửa, để không đè lên người khác"), examples=[1])]
    closed_on: Annotated[date | None, Meta(description=_("Ngày đóng"))]


class UnitNamed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the administrator says of a unit; see `UnitEntry`."""

    name: Annotated[str, Meta(min_length=1, max_length=120, examples=[_("Phòng Kinh tế")])]
    symbol: Annotated[str, Meta(min_length=1, max_length=12, description=_("Ký hiệu"), examples=["PKT"])]
    position: Annotated[int, Meta(ge=0, le=999, description=_("Thứ tự"), examples=[20])]


class UnitChanged(UnitNamed, frozen=True, forbid_unknown_fields=True):
    """A change of a unit that was read in `version`."""

    version: Annotated[int, Meta(ge=0, le=1_000_000, examples=[1])]


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which version of the thing the act is for."""

    version: Annotated[int, Meta(ge=0, le=1_000_000, examples=[1])]


class PostShown(msgspec.Struct, frozen=True):
    """A post; `body_id` null: for all bodies but UBKT."""

    id: UUID
    title: Annotated[str, Meta(examples=[_("Văn thư")])]
    unit_id: UUID
    body_id: UUID | None
    role: Annotated[str, Meta(description=_("Vai trò"), examples=["clerk"])]
    heads_unit: Annotated[bool, Meta(description=_("Đứng đầu bộ phận"), examples=[False])]
    holders: Annotated[tuple[str, ...], Meta(description=_("Người giữ hôm nay"), examples=[[_("Nguyễn Thị Hoa")]])]


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
