"""What goes into the verbs."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from lienxa.platform.text import _
from lienxa.platform.workdays import ChangeKind


class AddDays(msgspec.Struct, frozen=True):
    """Change the days from `first` to `last`, both included, for the reason that `name` tells."""

    kind: ChangeKind
    first: date
    last: date
    name: str


# --- What the API takes and gives -----------------------------------------------------------------------------------

Kind = Annotated[
    ChangeKind,
    Meta(
        description=_("`day_off` nghỉ, `working_day` làm bù cả ngày, `morning` Một cửa làm việc buổi sáng"),
        examples=["day_off"],
    ),
]
WhyChanged = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        description=_("Lý do hoặc căn cứ"),
        examples=[_("Nghỉ theo Thông báo số 12/TB-UBND")],
    ),
]


class SpecialDay(msgspec.Struct, frozen=True):
    """A day that is not as its weekday says."""

    day: date
    kind: Annotated[
        str, Meta(description=_("`off` nghỉ, `make_up` làm bù, `morning` Một cửa làm buổi sáng"), examples=["off"])
    ]
    name: Annotated[str, Meta(examples=[_("Quốc khánh")])]


class WorkingMonth(msgspec.Struct, frozen=True):
    """How many working days a month has; `month` from 1."""

    month: Annotated[int, Meta(examples=[9])]
    working_days: Annotated[int, Meta(examples=[20])]


class WorkingYear(msgspec.Struct, frozen=True):
    """A year of the organ's calendar: offices work Monday to Friday but on `days`.

    `forecast`: the Government's yearly decision is still to come. `version` changes with the calendar; there is one
    from `first` to `last`.
    """

    year: Annotated[int, Meta(examples=[2026])]
    forecast: Annotated[bool, Meta(examples=[False])]
    version: Annotated[str, Meta(examples=["2026-07"])]
    first: Annotated[date, Meta(examples=["2025-01-01"])]
    last: Annotated[date, Meta(examples=["2027-12-31"])]
    months: Sequence[WorkingMonth]
    days: Sequence[SpecialDay]


class ListedChange(msgspec.Struct, frozen=True):
    """A change of the organ's own, or the copy of one that the organ above has published."""

    id: UUID
    day: date
    kind: Annotated[str, Meta(examples=["day_off"])]
    kind_title: Annotated[str, Meta(examples=[_("Nghỉ")])]
    name: Annotated[str, Meta(examples=[_("Nghỉ theo Thông báo số 12/TB-UBND")])]
    origin: Annotated[str, Meta(description=_("`own` của đơn vị, `above` của cấp trên"), examples=["own"])]


class ChangeOfDays(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days to change; see `AddDays`. Without `last` the first day alone."""

    kind: Kind
    first: Annotated[date, Meta(description=_("Từ ngày"), examples=["2026-11-30"])]
    name: WhyChanged
    last: Annotated[date | None, Meta(description=_("Đến ngày"), examples=[None])] = None


class ChangedDays(msgspec.Struct, frozen=True):
    """The days that were changed."""

    days: Sequence[SpecialDay]


class Preview(msgspec.Struct, frozen=True):
    """The days that would be changed, and how many running cases would be due at another time."""

    days: Sequence[SpecialDay]
    moved_cases: Annotated[int, Meta(examples=[3])]
