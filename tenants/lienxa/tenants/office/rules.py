"""Pure rules: in which part of the day's work a line stands; and what the administration says and accepts."""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from lienxa.platform.errors import InvalidInput
from lienxa.platform.module import WorkItem
from lienxa.platform.text import _, fold

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class MyWork:
    """The lines of "Việc của tôi", each list in the order in which to take it up."""

    late: Sequence[WorkItem]
    today: Sequence[WorkItem]
    waiting: Sequence[WorkItem]
    coming: Sequence[WorkItem]
    meetings: Sequence[WorkItem]

    @property
    def count(self) -> int:
        """How many lines there are besides today's meetings."""
        return len(self.late) + len(self.today) + len(self.waiting) + len(self.coming)


def arrange(items: Iterable[WorkItem], today: date) -> MyWork:
    """Part the lines by due day; what has none waits. One's own come before those followed, then the earliest."""
    rest = sorted(items, key=_order)
    meetings = [item for item in rest if item.group == "today_meeting"]
    work = [item for item in rest if item.group != "today_meeting"]
    return MyWork(
        late=[item for item in work if item.due_on and item.due_on < today],
        today=[item for item in work if item.due_on == today],
        waiting=[item for item in work if item.due_on is None],
        coming=[item for item in work if item.due_on and item.due_on > today],
        meetings=meetings,
    )


def _order(item: WorkItem) -> tuple[bool, date, datetime, str]:
    return item.followed, item.due_on or date.max, item.at or _NEVER, item.title


# --- Administration -------------------------------------------------------------------------------------------------

EMBLEM_BYTES = 1024 * 1024
EMBLEM_SIDE = 256
_MOST_PIXELS = 2048 * 2048


def code_of(name: str) -> str:
    """A plain code of a name: `Địa chính - Xây dựng` -> `dia-chinh-xay-dung`."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:60] or "khac"


def span(since: date, until: date | None) -> str:
    """A time in words: `từ 01/07/2025`, `từ 01/07/2025 đến hết 31/12/2025`."""
    if until is None:
        return _("từ {since:%d/%m/%Y}", since=since)
    return _("từ {since:%d/%m/%Y} đến hết {until:%d/%m/%Y}", since=since, until=until)


def changes(*fields: tuple[str, object, object]) -> str:
    """What was changed, in words: `Sửa tên: “A” thành “B”; thứ tự: “1” thành “2”`. Fields are (label, old, new)."""
    told = [
        _("{label}: “{old}” thành “{new}”", label=label, old=old, new=new) if old else f"{label}: “{new}”"
        for label, old, new in fields
        if old != new
    ]
    return _("Sửa {told}", told="; ".join(told)) if told else _("Lưu, không có thay đổi")


def emblem(content: bytes) -> bytes:
    """The picture of an emblem as the service keeps it: a PNG of at most 256 pixels a side and nothing else.

    `InvalidInput` on `emblem` if it is too large or no PNG. Drawing it anew drops whatever else the file carried.
    """
    from PIL import Image, UnidentifiedImageError  # here: only this rare act pays for the library's memory

    if len(content) > EMBLEM_BYTES:
        raise InvalidInput.of("emblem", _("Ảnh lớn hơn 1 MB."), _("Chọn ảnh PNG nhỏ hơn, cạnh khoảng 256 điểm ảnh."))
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise InvalidInput.of(
                    "emblem", _("Ảnh quá nhiều điểm ảnh."), _("Chọn ảnh có mỗi cạnh không quá 2.048.")
                )
            drawn = picture.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise InvalidInput.of("emblem", _("Tệp này không phải ảnh PNG đọc được."), _("Chọn tệp ảnh PNG.")) from error
    drawn.thumbnail((EMBLEM_SIDE, EMBLEM_SIDE))
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return out.getvalue()
