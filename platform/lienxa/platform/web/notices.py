"""The notices of a person: the page behind the bell of the top bar."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform import places
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.notify import notices
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import NOTICES, page, place_asked, redirect
from lienxa.platform.web.suspended import WHILE_SUSPENDED

_UNREAD = "chua-doc"

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]


class NoticeController(Controller):
    """A person's own notices; nobody else's exist here."""

    path = NOTICES

    @get("/", operation_id="ListNotices", opt={WHILE_SUSPENDED: True})
    async def show(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """All of them, or with `xem=chua-doc` those not looked at, latest first."""
        asked = FormReader(request.query_params)
        only_unread = bool(asked.choice("xem", _("Cách xem"), (_UNREAD,), required=False))
        asked.check()
        before = place_asked(request, places.read_moment)
        found, following = await notices.page_of(
            session, actor.account_id, only_unread=only_unread, before=before, limit=notices.PAGE_SIZE
        )
        unread = await notices.unread(session, actor.account_id)
        path = f"{NOTICES}?xem={_UNREAD}" if only_unread else NOTICES
        beyond = f"{path}{'&' if only_unread else '?'}sau={places.of_moment(*following)}" if following else ""
        return page(
            request,
            "notices.html",
            found=found,
            unread=unread,
            only_unread=only_unread,
            views=[(_("Tất cả"), NOTICES, None), (_("Chưa đọc"), f"{NOTICES}?xem={_UNREAD}", unread or None)],
            view_path=path,
            next_path=beyond,
            first_path=path if before else "",
            counts={NOTICES: unread},
        )

    @get("/{notice_id:str}", operation_id="OpenNotice", opt={WHILE_SUSPENDED: True})
    async def open(self, session: Db, actor: Me, notice_id: FromPath[UUID]) -> Redirect:
        """Lead to what it tells of. It is read by that: a link, because people open several in tabs of their own."""
        notice = await notices.read(session, actor.account_id, notice_id)
        return Redirect(notice.path, status_code=303)

    @post("/{notice_id:str}", operation_id="ReadNotice", status_code=303)
    async def read(self, request: HtmlRequest, session: Db, actor: Me, notice_id: FromPath[UUID]) -> Redirect:
        """Take one as read without opening it."""
        await notices.read(session, actor.account_id, notice_id)
        return redirect(request, NOTICES)

    @post("/", operation_id="ReadAllNotices", status_code=303)
    async def read_all(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Take all as read."""
        await notices.read_all(session, actor.account_id)
        return redirect(request, NOTICES, notice=_("Đã đánh dấu đọc tất cả thông báo."))
