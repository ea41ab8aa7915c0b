"""Pure rules: in which part of the day's work a line stands; and what the administration says and accepts."""

import io
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from lienxa.platform.errors import InvalidInput
from lienxa.platform.module import WorkItem
from lienxa.platform.text import _, fold

_NEVER = datetime.max.replace(tzinfo=UTC)


SHOWN = 12  # lines of a part before the rest is asked for


@dataclass(frozen=True)
class Part:
    """A part of the day's work under one heading; `kind` is that of its badges (`ui.badge`)."""

    title: str
    kind: str
    items: Sequence[WorkItem]


@dataclass(frozen=True)
class MyWork:
    """The parts of "Việc của tôi" in the order in which to take them up, none of them empty; and today's meetings."""

    parts: Sequence[Part]
    meetings: Sequence[WorkItem]

    @property
    def count(self) -> int:
        """How many lines there are besides today's meetings."""
        return sum(len(part.items) for part in self.parts)


def arrange(items: Iterable[WorkItem], today: date) -> MyWork:
    """Part the lines: late, today, what waits for each step, coming up, and at the end what is late at others.

    What waits without a day stands under the step that it waits for, so that a clerk first sees what is to be numbered
    and issued, a leader what is to be signed. One's own comes before what is followed, then the earliest.
    """
    rest = sorted(items, key=_order)
    work = [item for item in rest if item.group != "today_meeting"]
    late = [item for item in work if item.due_on and item.due_on < today]
    parts = [
        Part(_("Quá hạn"), "late", [item for item in late if not item.followed]),
        Part(_("Hôm nay"), "warn", [item for item in work if item.due_on == today]),
        *_by_step(item for item in work if item.due_on is None),
        Part(_("Sắp tới"), "neutral", [item for item in work if item.due_on and item.due_on > today]),
        Part(_("Chậm ở người khác"), "late", [item for item in late if item.followed]),
    ]
    return MyWork([part for part in parts if part.items], [item for item in rest if item.group == "today_meeting"])


def _by_step(items: Iterable[WorkItem]) -> list[Part]:
    steps: dict[str, list[WorkItem]] = {}
    for item in items:
        steps.setdefault(item.action, []).append(item)
    return [Part(_step_title(step, found), "info", found) for step, found in steps.items()]


def _step_title(step: str, items: Sequence[WorkItem]) -> str:
    if all(item.followed for item in items):
        return step
    return _("Chờ {step}", step=step[:1].lower() + step[1:])


def _order(item: WorkItem) -> tuple[bool, date, datetime, str]:
    return item.followed, item.due_on or date.max, item.at or _NEVER, item.title


def waiting(items: Iterable[WorkItem]) -> int:
    """How many lines wait for the person: not the meetings, not what is only followed."""
    return sum(item.group != "today_meeting" and not item.followed for item in items)


# --- Search ---------------------------------------------------------------------------------------------------------


def marked(text: str, words: str) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is one of the words that were looked for, diacritics or not."""
    plain = "".join(fold(letter)[:1] or letter for letter in text)  # one letter each, so that places agree
    wanted = sorted(set(fold(words).split()), key=len, reverse=True)
    pieces, last = [], 0
    for found in re.finditer("|".join(map(re.escape, wanted)), plain) if wanted else ():
        pieces += [(text[last : found.start()], False), (text[found.start() : found.end()], True)]
        last = found.end()
    return [piece for piece in (*pieces, (text[last:], False)) if piece[0]]


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


def has_left(left_on: date | None, today: date) -> bool:
    """Whether somebody's last day is over."""
    return left_on is not None and left_on < today


def held_by_one(role_code: str, title: str, *, heads_unit: bool) -> bool:
    """Whether a post is meant for one person: a leader or the head of a unit, but not their deputies."""
    return (role_code == "leader" or heads_unit) and fold(title).split()[:1] != ["pho"]


ODD_PHONE = (_("Số điện thoại không đúng."), _("Chỉ dùng chữ số, ví dụ: 0238 3871 234."))


def is_phone(text: str) -> bool:
    """Whether it can be dialled: digits with the usual signs between them."""
    return re.fullmatch(r"[0-9+().,;/ -]+", text) is not None and sum(map(str.isdigit, text)) >= 3


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
            if abs(picture.width - picture.height) * 10 > max(picture.size):
                raise InvalidInput.of(
                    "emblem",
                    _("Ảnh không vuông ({width} x {height}).", width=picture.width, height=picture.height),
                    _("Cắt ảnh cho gần vuông (lệch không quá một phần mười) rồi chọn lại."),
                )
            drawn = picture.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise InvalidInput.of("emblem", _("Tệp này không phải ảnh PNG đọc được."), _("Chọn tệp ảnh PNG.")) from error
    drawn.thumbnail((EMBLEM_SIDE, EMBLEM_SIDE))
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return out.getvalue()


ODD_SYMBOL = (_("Ký hiệu có dấu cách hoặc ký tự lạ."), _("Chỉ dùng chữ và số, ví dụ: UBND."))


def is_symbol(typed: str) -> bool:
    """Whether it may stand in the symbol of a document: letters, digits and `.-&`."""
    return all(letter.isalnum() or letter in ".-&" for letter in typed)


# --- Pages of people ------------------------------------------------------------------------------------------------


def place(sort_key: str, staff_id: UUID) -> str:
    """The place of a person in the list by given name."""
    return f"{staff_id} {sort_key}"


def read_place(written: str) -> tuple[str, UUID] | None:
    """The place that `place` wrote; None for anything else."""
    identifier, _space, sort_key = written.partition(" ")
    try:
        return sort_key, UUID(identifier)
    except ValueError:
        return None


# --- Pages of delegations -------------------------------------------------------------------------------------------


def read_holder(written: str) -> tuple[UUID, UUID] | None:
    """Person and post of `<person>:<post>`; None for anything else."""
    person, _colon, post_id = written.partition(":")
    try:
        return UUID(person), UUID(post_id)
    except ValueError:
        return None


# --- One person, two jobs -------------------------------------------------------------------------------------------

_RECEIVES, _PROCESSES = "procedures.receive", "procedures.process"
_TWO_JOBS = _("{name} vừa tiếp nhận vừa giải quyết hồ sơ một cửa: nên tách hai việc cho hai người nếu đủ người.")
TWO_JOBS_RIGHTS = frozenset({_RECEIVES, _PROCESSES})


@dataclass(frozen=True)
class RightInTime:
    """A right that somebody has by a post or a delegation, both days included; `until` None: without an end."""

    staff_id: UUID
    permission: str
    since: date
    until: date | None


def receives_and_processes(permissions: Collection[str]) -> bool:
    """Whether somebody with these rights, in whichever of their posts, could take a case in and decide it, too."""
    return set(permissions) >= TWO_JOBS_RIGHTS


def two_jobs(name: str) -> str:
    """The warning about somebody who has both."""
    return _TWO_JOBS.format(name=name)


def with_two_jobs(rights: Iterable[RightInTime]) -> set[UUID]:
    """Who has both rights on one day, by whatever posts and delegations."""
    known = list(rights)
    processing = [right for right in known if right.permission == _PROCESSES]
    return {
        one.staff_id
        for one in known
        if one.permission == _RECEIVES
        and any(other.staff_id == one.staff_id and _share_a_day(one, other) for other in processing)
    }


def _share_a_day(one: RightInTime, other: RightInTime) -> bool:
    return one.since <= (other.until or date.max) and other.since <= (one.until or date.max)
