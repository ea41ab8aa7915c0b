"""A list of organs in a spreadsheet: its columns, and what each line says of an organ.

A district brings all its communes at once. What a line leaves empty follows from the form of the whole file, or from
the name, as on the form of one organ.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lienxa.platform import clock
from lienxa.platform.errors import FieldError, InvalidInput
from lienxa.platform.files.content import CSV, ODS, TITLES, XLS, XLSX, content_type
from lienxa.platform.imports.aside import read_lines_aside
from lienxa.platform.imports.kinds import Column, Line
from lienxa.platform.module import Opening
from lienxa.platform.operator.specs import OrganSpec, Person, check, proposed_slug
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import LIVE, PREPARING
from lienxa.platform.text import _, fold

SPREADSHEETS = (XLSX, XLS, ODS, CSV)
MOST_ORGANS = 1_000

# As lists name the levels, without diacritics: the kind, and what people call the level where it is not the usual word.
_LEVELS = {
    "xa": ("commune", ""),
    "phuong": ("commune", "phường"),
    "dac khu": ("commune", "đặc khu"),
    "thi tran": ("township", ""),
    "huyen": ("district", ""),
    "thi xa": ("district", "thị xã"),
    "thanh pho": ("district", "thành phố"),
    "tinh": ("province", ""),
}
_LEVEL_BEFORE_NAME = re.compile(r"(xã|phường|đặc khu|thị trấn)\s+(?=\S)", re.IGNORECASE)


@dataclass(frozen=True)
class OrganList:
    """The columns, as the reading of spreadsheets wants them."""

    columns: Sequence[Column] = (
        Column(
            "name", _("Tên đơn vị"), _("Xuân Sơn"), True, _("Có thể kèm chữ “xã”, “phường”, “thị trấn”."), ("ten xa",)
        ),
        Column("level", _("Loại đơn vị"), _("xã"), note=_("Xã, phường, thị trấn, huyện…; để trống là xã.")),
        Column("slug", _("Tên miền"), "xuan-son", note=_("Để trống thì lấy theo tên. Không trùng trong hệ thống.")),
        Column("host", _("Địa chỉ"), "", note=_("Để trống thì là tên miền + miền chung.")),
        Column("parent", _("Đơn vị cấp trên"), "do-luong", note=_("Tên miền; để trống thì theo lựa chọn khi tải lên.")),
        Column("full_name", _("Họ và tên người quản trị"), _("Nguyễn Văn Thử"), True, "", ("ho va ten", "quan tri")),
        Column("username", _("Tên đăng nhập"), "quan-tri.xuan-son", note=_("Để trống thì là quan-tri.<tên miền>.")),
        Column("email", _("Địa chỉ thư"), "", note=_("Để gửi thư mời, nếu máy chủ đăng nhập gửi thư được.")),
    )
    most_lines: int = MOST_ORGANS


@dataclass(frozen=True)
class Defaults:
    """What holds for every line that does not say otherwise; `live`: they begin without preparing anything."""

    parent: str = ""
    term: str = Opening.term
    term_opened_on: date = Opening.term_opened_on
    live: bool = False


@dataclass(frozen=True)
class ListedOrgan:
    """A line: its number in the sheet, the name that it gives, what is wanted, and what is wrong with it.

    `there`: the organ was added before, so that nothing is to be done.
    """

    number: int
    name: str
    spec: OrganSpec
    faults: Sequence[FieldError] = ()
    there: bool = False


def read(content: bytes, settings: Settings, defaults: Defaults) -> list[ListedOrgan]:
    """All lines, each with every fault that can be seen without the registry. `InvalidInput` if it is no such list."""
    kind = content_type(content)
    if kind not in SPREADSHEETS:
        said = _("Tệp không phải bảng tính ({kinds}).", kinds=", ".join(TITLES[name] for name in SPREADSHEETS))
        raise InvalidInput.of("file", said, _("Lưu danh sách dạng Excel (.xlsx) rồi chọn lại."))
    organs: list[ListedOrgan] = []
    taken: dict[tuple[str, str], int] = {}
    for line in read_lines_aside(OrganList(), content, kind):
        spec, faults = _spec_of(line, settings, defaults)
        faults += _repeated(spec, line.number, taken)
        organs.append(ListedOrgan(line.number, line.text("name"), spec, faults))
    return organs


def template() -> bytes:
    """An empty workbook of such a list."""
    from lienxa.platform.imports import tables

    return tables.template(OrganList())


def _spec_of(line: Line, settings: Settings, defaults: Defaults) -> tuple[OrganSpec, list[FieldError]]:
    faults: list[FieldError] = []
    name, typed = line.text("name"), line.text("level")
    before = _LEVEL_BEFORE_NAME.match(name)
    if before is not None:
        name, typed = name[before.end() :], typed or before[1]
    known = _LEVELS.get(fold(typed) or "xa")
    if known is None:
        reason = _("Không biết loại đơn vị “{level}”.", level=typed)
        faults.append(FieldError("level", reason, _("Ghi xã, phường, đặc khu, thị trấn, huyện, thị xã hoặc tỉnh.")))
    kind, label = known or _LEVELS["xa"]
    slug = line.text("slug").lower() or proposed_slug(name)
    spec = OrganSpec(
        slug=slug,
        name=name,
        kind=kind,
        level_label=label,
        host=line.text("host").lower() or f"{slug}.{settings.base_domain}",
        parent_slug=line.text("parent").lower() or defaults.parent or None,
        administrator=Person(
            line.text("username").lower() or f"quan-tri.{slug}", line.text("full_name"), email=line.text("email")
        ),
        opening=Opening({}, defaults.term, defaults.term_opened_on),
        phase=LIVE if defaults.live else PREPARING,
    )
    try:
        check(spec, settings)
    except InvalidInput as refused:
        faults += refused.fields
    return spec, faults


def _repeated(spec: OrganSpec, number: int, taken: dict[tuple[str, str], int]) -> list[FieldError]:
    """What an earlier line says as well and only one may; notes what this one says."""
    faults = []
    unique = (("slug", spec.slug), ("host", spec.host), ("username", spec.administrator.username))
    for column, value in unique:
        first = taken.setdefault((column, value), number)
        if first != number:
            reason = _("“{value}” đã có ở dòng {line}.", value=value, line=first)
            faults.append(FieldError(column, reason, _("Ghi tên khác ở một trong hai dòng.")))
    return faults


def term_faults(defaults: Defaults) -> list[FieldError]:
    """What is wrong with what the form says for all lines."""
    if defaults.term_opened_on > clock.today():
        return [FieldError("term_opened", _("Nhiệm kỳ chưa bắt đầu."), _("Nhập ngày không ở tương lai."))]
    return []
