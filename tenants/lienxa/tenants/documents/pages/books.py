"""Both books. The address of a book is its filter."""

from collections.abc import Collection, Mapping, Sequence

import msgspec
from litestar import Controller, get
from litestar.response import Stream, Template

from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.db.session import TenantSession
from lienxa.platform.text import _
from lienxa.platform.web import export
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import body_titles, page, place_asked
from lienxa.tenants.documents import permissions, repository, rules
from lienxa.tenants.documents.pages.common import (
    BOOK_PATHS,
    SELECTION_PATH,
    Db,
    HtmlRequest,
    Me,
    address,
    keeps_books,
    reached_bodies,
)
from lienxa.tenants.documents.pages.shown import ShownLine, shown_line
from lienxa.tenants.documents.papers import period_title
from lienxa.tenants.documents.rules import INCOMING, OUTGOING
from lienxa.tenants.documents.schemas import BookFilter

_BULK_ACTS: Mapping[str, Sequence[tuple[str, str, str, str]]] = {
    INCOMING: (
        (rules.PROPOSE, _("Đề xuất xử lý"), "de-xuat", "pencil"),
        (rules.DIRECT, _("Giao xử lý"), "chi-dao", "writing"),
        ("", _("In danh sách"), "in-den", "printer"),
    ),
    OUTGOING: (
        (rules.GIVE_NUMBER, _("Cấp số"), "cap-so", "rubber-stamp"),
        (rules.ISSUE, _("Phát hành"), "phat-hanh", "send"),
        ("", _("In danh sách"), "in-di", "printer"),
    ),
}


class BookController(Controller):
    """Both books."""

    path = "/van-ban"
    guards = [keeps_books]

    @get("/den", operation_id="ShowIncomingBook")
    async def incoming(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The book of incoming documents (sổ văn bản đến)."""
        return await _book(request, session, actor, INCOMING)

    @get("/di", operation_id="ShowOutgoingBook")
    async def outgoing(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The book of outgoing documents (sổ văn bản đi), drafts included."""
        return await _book(request, session, actor, OUTGOING)

    @get("/den/xuat", operation_id="ExportIncomingBook")
    async def export_incoming(self, request: HtmlRequest, session: Db, actor: Me) -> Stream:
        """The incoming documents of the filter as a file for a spreadsheet."""
        return await _exported(request, session, actor, INCOMING)

    @get("/di/xuat", operation_id="ExportOutgoingBook")
    async def export_outgoing(self, request: HtmlRequest, session: Db, actor: Me) -> Stream:
        """The outgoing documents of the filter as a file for a spreadsheet."""
        return await _exported(request, session, actor, OUTGOING)


async def _book(request: HtmlRequest, session: TenantSession, actor: Actor, direction: str) -> Template:
    bodies = await reached_bodies(session, actor)
    periods = {period: period_title(period) for period in await repository.series.periods(session, direction)}
    chosen = _chosen(request)
    wanted = _wanted(chosen, bodies, direction, periods)
    place_asked(request, rules.read_position)
    lines, following = await repository.books.book_page(session, actor, wanted)
    counts = await repository.books.count_views(session, actor, direction, wanted.body_id)
    path = BOOK_PATHS[direction]
    views = [
        (rules.VIEW_TITLES[view], _view_path(path, chosen, view), counts.get(view)) for view in rules.VIEWS[direction]
    ]
    return page(
        request,
        f"documents/{direction}.html",
        lines=[shown_line(line) for line in lines],
        chosen=chosen,
        views=views,
        view_path=_view_path(path, chosen, wanted.view),
        filtered=any(chosen[name] for name in ("co-quan", "xem", "trang-thai", "ky", "q")),
        bodies={body.code: body.name for body in bodies},
        states={state: rules.STATE_TITLES[state] for state in rules.STATES[direction]},
        periods=periods,
        next_path=address(path, chosen, following) if following else "",
        first_path=address(path, chosen, "") if chosen["sau"] else "",
        may_print=actor.may(permissions.READ),
        may_add=actor.may(permissions.REGISTER if direction == INCOMING else permissions.HANDLE),
        body_filter=[body.code for body in bodies],
        bulk=_bulk_acts(actor, direction),
        export_path=export.export_path(request, f"{path}/xuat"),
    )


def _chosen(request: HtmlRequest) -> dict[str, str]:
    """What the address of a book says, by name."""
    names = ("co-quan", "xem", "trang-thai", "ky", "q", "sau")
    return {name: request.query_params.get(name, "")[:200] for name in names}


def _wanted(chosen: Mapping[str, str], bodies: Sequence[Body], direction: str, periods: Collection[str]) -> BookFilter:
    """The filter of the address, or `InvalidInput`. A body that this post does not reach means all that it reaches."""
    asked = FormReader(chosen)
    body = asked.choice("co-quan", _("Cơ quan"), body_titles(), required=False)
    view = asked.choice("xem", _("Nhóm văn bản"), rules.VIEWS[direction], required=False)
    state = asked.choice("trang-thai", _("Trạng thái"), rules.STATES[direction], required=False)
    period = asked.choice("ky", _("Kỳ của sổ"), periods, required=False)
    asked.check()
    return BookFilter(
        direction=direction,
        body_id=next((one.id for one in bodies if one.code == body), None),
        view=view or rules.ALL,
        state=state,
        period=period,
        words=chosen["q"],
        before=chosen["sau"],
    )


async def _exported(request: HtmlRequest, session: TenantSession, actor: Actor, direction: str) -> Stream:
    periods = await repository.series.periods(session, direction)
    wanted = _wanted(_chosen(request), await reached_bodies(session, actor), direction, periods)

    async def read(part: TenantSession, before: str | None) -> tuple[list[export.Row], str | None]:
        following = msgspec.structs.replace(wanted, before=before or "")
        found, position = await repository.books.book_page(part, actor, following, export.PART)
        return [_exported_row(shown_line(line), direction) for line in found], position or None

    name = "van-ban-den" if direction == INCOMING else "van-ban-di"
    return export.spreadsheet(request, session, actor, name, _EXPORT_HEADS[direction], read)


_EXPORT_HEADS: Mapping[str, Sequence[str]] = {
    INCOMING: (
        _("Số đến"),
        _("Ngày đến"),
        _("Tác giả"),
        _("Số, ký hiệu"),
        _("Ngày văn bản"),
        _("Tên loại"),
        _("Trích yếu"),
        _("Cơ quan nhận"),
        _("Độ khẩn"),
        _("Người xử lý"),
        _("Hạn"),
        _("Trạng thái"),
    ),
    OUTGOING: (
        _("Số, ký hiệu"),
        _("Ngày"),
        _("Tên loại"),
        _("Trích yếu"),
        _("Cơ quan"),
        _("Độ khẩn"),
        _("Người ký"),
        _("Nơi nhận"),
        _("Trạng thái"),
    ),
}


def _exported_row(shown: ShownLine, direction: str) -> export.Row:
    line, urgency = shown.line, rules.URGENCIES[shown.line.urgency]
    if direction == OUTGOING:
        sent = (line.number_text, line.doc_date, shown.type_name, line.abstract, line.body_symbol, urgency)
        return (*sent, line.person, line.recipients, shown.state.text)
    came = (line.number_text, line.received_on, line.author_organ, line.author_symbol, line.doc_date)
    what = (shown.type_name, line.abstract, line.body_symbol, urgency)
    return (*came, *what, line.person, line.due_on, shown.state.text)


def _bulk_acts(actor: Actor, direction: str) -> list[tuple[str, str, str]]:
    """`(label, path, icon)` of what the person may do to several papers of a book; everybody may print."""
    return [
        (label, f"{SELECTION_PATH}/{step}", icon)
        for act, label, step, icon in _BULK_ACTS[direction]
        if not act or actor.may(rules.RIGHTS[act].permission)
    ]


def _view_path(path: str, chosen: Mapping[str, str], view: str) -> str:
    """A view of the book, in the body that is chosen; the other conditions begin anew."""
    kept = {"co-quan": chosen["co-quan"], "xem": "" if view == rules.ALL else view}
    return address(path, kept, "")
