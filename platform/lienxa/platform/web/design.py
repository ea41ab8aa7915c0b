"""The design system for maintainers: every part of `ui.html` in every state, on invented things.

It exists where the installation is a demonstration or somebody's own machine (profile `embedded`), nowhere else.
"""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get
from litestar.datastructures import State
from litestar.response import Template

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor, HeldPost
from lienxa.platform.errors import FieldError, InvalidInput, NotFound
from lienxa.platform.tenancy.organs import PARALLEL, Organ, Relative
from lienxa.platform.text import _
from lienxa.platform.web.page import Badge, BodyChoice, NavigationEntry, Notice, Shell, TimelineLine, navigation, page

HtmlRequest = Request[Any, Any, State]

_TOKENS = Path(__file__).parent / "styles" / "tokens.css"
_PATH = "/he-thiet-ke"
_NOBODY = UUID(int=0)


class DesignController(Controller):
    """The pages for maintainers, and the help of the keyboard for everybody."""

    @get("/phim-tat", operation_id="ShowKeys")
    async def keys(self, request: HtmlRequest) -> Template:
        """What the keyboard can do, and the switch of the single keys."""
        return page(request, "keys.html", rows=key_rows(request))

    @get(_PATH, operation_id="ShowDesign", opt={"host": "any"})
    async def parts(self, request: HtmlRequest) -> Template:
        """Every part of the screens."""
        _only_for_maintainers(request)
        return _sample("design/parts.html", **_parts())

    @get(f"{_PATH}/hop-thoai", operation_id="ShowDesignDialog", opt={"host": "any"})
    async def dialog(self, request: HtmlRequest) -> Template:
        """The page that opens as a dialog."""
        _only_for_maintainers(request)
        return _sample("design/dialog.html")

    @get(f"{_PATH}/to-in", operation_id="ShowDesignSheet", opt={"host": "any"})
    async def sheet(self, request: HtmlRequest) -> Template:
        """A sheet of paper."""
        _only_for_maintainers(request)
        return _sample("design/sheet.html", lines=_lines())


def _only_for_maintainers(request: HtmlRequest) -> None:
    if request.app.state.settings.profile != "embedded":
        raise NotFound


def key_rows(request: HtmlRequest) -> list[tuple[tuple[str, ...], str]]:
    """`(keys, meaning)`: the common ones, then the places of this person's navigation."""
    places = navigation(request, {})
    return [
        (("/",), _("Tìm kiếm")),
        (("j", "k"), _("Dòng sau, dòng trước của danh sách")),
        (("Enter",), _("Mở dòng đang chọn")),
        (("x",), _("Đánh dấu dòng để xử lý cùng lúc")),
        (("Ctrl", "Enter"), _("Gửi biểu mẫu đang viết")),
        (("Esc",), _("Đóng hộp thoại, đóng danh mục")),
        (("?",), _("Bảng phím tắt này")),
        *((("g", entry.key), entry.title) for entry in places if entry.key),
    ]


@cache
def tokens() -> Mapping[str, str]:
    """The colours of `styles/tokens.css` by name."""
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", _TOKENS.read_text("utf-8")))


def _sample(template: str, **context: Any) -> Template:
    return Template(template, context={"shell": _sample_shell(), **context})


def _sample_shell() -> Shell:
    organ = Organ(
        *(_NOBODY, "xa-mau", _("Mẫu"), "commune", _("xã"), None, "active"),
        demonstration=True,
        phase=PARALLEL,
        trial_from=clock.now() - timedelta(days=7),
        follows=(Relative(_("xã Mẫu Cũ"), "xa-mau-cu.localhost", clock.today()),),
    )
    rights = frozenset({"office.grant"})
    post = HeldPost(_NOBODY, _("Văn thư"), "clerk", _NOBODY, _("Văn phòng"), frozenset(), rights)
    other = HeldPost(UUID(int=1), _("Phó Chủ nhiệm UBKT"), "leader", _NOBODY, _("UBKT"), frozenset(), rights)
    actor = Actor(organ, _NOBODY, _NOBODY, _("Nguyễn Thị Mẫu"), post, (post, other))
    places = (
        (_("Việc của tôi"), "home", "v", 12),
        (_("Văn bản đến"), "inbox", "d", 7),
        (_("Văn bản đi"), "send", "i", 0),
        (_("Lịch công tác"), "calendar", "l", 3),
        (_("Hồ sơ một cửa"), "list-check", "h", 2),
    )
    entries = tuple(
        NavigationEntry(title, f"{_PATH}#{key}", icon, key == "v", key, count) for title, icon, key, count in places
    )
    bodies = (_("Tất cả"), _("Đảng ủy"), _("HĐND"), _("UBND"))
    return Shell(
        organ=organ,
        actor=actor,
        navigation=entries,
        other_posts=(other,),
        csrf="",
        notice=Notice(_("Đã vào sổ số 125."), _("Vào sổ văn bản tiếp theo"), _PATH),
        today=clock.today(),
        path=_PATH,
        search_query="",
        sso_address="",
        bodies=tuple(BodyChoice(title, _PATH, index == 0) for index, title in enumerate(bodies)),
        unread=3,
    )


def _parts() -> dict[str, Any]:
    filled = {
        "abstract": _("V/v lập dự toán ngân sách năm sau"),
        "date": clock.today().strftime("%d/%m/%Y"),
        "time": "08:30",
        "type": "cv",
        "bodies": ["party"],
        "urgent": "1",
        "speed": "fast",
    }
    faults = [
        FieldError(field, _("Chưa nhập {label}.", label=label), _("Nhập hoặc chọn một giá trị."))
        for field, label in (
            ("wrong-abstract", _("trích yếu")),
            ("wrong-date", _("ngày văn bản")),
            ("wrong-type", _("loại văn bản")),
            ("wrong-bodies", _("cơ quan nhận")),
            ("wrong-file", _("tệp văn bản")),
            ("wrong-text", _("ý kiến")),
        )
    ]
    return {
        "colours": tokens(),
        "values": filled,
        "errors": InvalidInput(faults),
        "lines": _lines(),
        "events": _events(),
        "passages": _passages(),
        "now": clock.now(),
        "types": {"cv": _("Công văn"), "qd": _("Quyết định"), "tb": _("Thông báo")},
        "bodies": {"party": _("Đảng ủy"), "council": _("HĐND"), "committee": _("UBND")},
    }


def _lines() -> list[tuple[int, str, str, Badge]]:
    today = clock.today().strftime("%d/%m/%Y")
    return [
        (12, today, _("Báo cáo kết quả cải cách hành chính quý III"), Badge("ok", _("Đã phát hành"))),
        (13, today, _("Kế hoạch tiếp xúc cử tri trước kỳ họp"), Badge("info", _("Đang xử lý"))),
        (14, today, _("V/v rà soát hộ nghèo, hộ cận nghèo"), Badge("warn", _("Đến hạn hôm nay"))),
        (15, today, _("Thông báo kết luận giao ban"), Badge("late", _("Quá hạn 2 ngày"))),
        (16, today, _("Tờ trình sửa chữa phòng học"), Badge("neutral", _("Dự thảo"))),
    ]


def _passages() -> list[dict[str, Any]]:
    ways = (("in", _("xã Mẫu Đông"), "12", "12"), ("out", _("xã Mẫu Tây"), "13", "2"))
    address, today = f"{_PATH}#ban-giao", clock.today()
    names = ("direction", "organ_name", "number", "other_number", "passed_on", "other_address")
    return [dict(zip(names, (*way, today, address), strict=True)) for way in ways]


def _events() -> list[TimelineLine]:
    at = datetime.combine(clock.today(), time(3), clock.now().tzinfo)
    acts = (_("Đã phát hành."), _("Cấp số 12/BC-UBND."), _("Ký duyệt."))
    return [
        TimelineLine(at - timedelta(hours=index), _("Nguyễn Thị Mẫu"), _("Văn thư"), text)
        for index, text in enumerate(acts)
    ]
