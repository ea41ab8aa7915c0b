"""Closing the books of a year or a term that is over."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, InvalidInput, NotFound
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.papers import paper
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.web.suspended import WHILE_SUSPENDED
from lienxa.tenants.documents import operations, permissions
from lienxa.tenants.documents.pages.common import Db, HtmlRequest, Me, keeps_books
from lienxa.tenants.documents.papers import book_title, kind_of
from lienxa.tenants.documents.schemas import ClosedBook, EndedBook

PATH = "/van-ban/so/khoa-so"
_KINDS: Mapping[str, Literal["incoming", "outgoing"]] = {"den": "incoming", "di": "outgoing"}


class ClosingController(Controller):
    """Books whose period is over: which are open, and what is written down when one is closed."""

    path = PATH
    guards = [keeps_books]

    @get("/", operation_id="ListEndedBooks")
    async def index(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The books of ended periods of the bodies of the acting post."""
        books = await operations.closing.ended_books(session, actor)
        lines = [(book, book_title(book.direction, book.period), _address(book)) for book in books]
        return page(request, "documents/closings.html", lines=lines, path=PATH, may=operations.closing.may_close(actor))

    @get("/khoa", operation_id="ShowEndedBook")
    async def show(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """What is in a book, and the form that closes it; `so`, `ky` and `co-quan` name it."""
        return await _closing_page(request, session, actor, dict(request.query_params))

    @post("/khoa", operation_id="CloseBook", status_code=303, opt={WHILE_SUSPENDED: True})
    async def close(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Write down that it is closed."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_closing_page, request, session, actor, form.values), Conflict):
            kind = form.choice("so", _("Sổ"), _KINDS)
            period = form.text("ky", _("Năm, nhiệm kỳ"), required=True, max=40)
            body_id = form.uuid("co-quan", _("Cơ quan"))
            signer = form.text("signer", _("Người ký tờ khóa sổ"), required=True, max=100)
            volumes = form.integer("volumes", _("Số quyển"), required=True, min=1, max=500)
            kept_at = form.text("kept_at", _("Nơi lưu giữ"), max=200)
            form.check()
            assert volumes is not None
            wanted = ClosedBook(_KINDS[kind], period, body_id, signer, volumes, kept_at)
            closing = await operations.closing.close_book(session, actor, wanted)
        return redirect(
            request,
            PATH,
            notice=_("Đã khóa sổ. In tờ khóa sổ để ký và đóng vào cuối quyển."),
            next_label=_("Mở tờ khóa sổ"),
            next_path=f"{PATH}/{closing.id}/to-khoa-so",
        )

    @get("/{closing_id:str}/to-khoa-so", operation_id="PrintClosingSheet", opt={SENT_AS_IT_IS: True})
    async def sheet(self, session: Db, actor: Me, closing_id: FromPath[UUID]) -> Response[bytes]:
        """The last sheet of a closed book."""
        data = await operations.closing.closing_sheet(session, actor, closing_id)
        return await paper("documents/book_end.typ", data, _("to-khoa-so"))

    @get("/{closing_id:str}/phu-luc-bo-sung", operation_id="PrintBookSupplement", opt={SENT_AS_IT_IS: True})
    async def supplement(self, session: Db, actor: Me, closing_id: FromPath[UUID]) -> Response[bytes]:
        """What was changed in a book since it was closed."""
        data = await operations.closing.supplement(session, actor, closing_id)
        return await paper("documents/book_supplement.typ", data, _("phu-luc-bo-sung"))


def _address(book: EndedBook) -> Mapping[str, str]:
    """How forms and addresses name a book."""
    return {"so": kind_of(book.direction), "ky": book.period, "co-quan": str(book.body_id or "")}


async def _closing_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    values: Mapping[str, Any],
    *,
    errors: InvalidInput | Conflict | None = None,
) -> Template:
    actor.require(permissions.REGISTER)
    book = await _named(session, actor, values)
    return page(
        request,
        "documents/closing.html",
        status=200 if errors is None else 422 if isinstance(errors, InvalidInput) else 409,
        book=book,
        title=book_title(book.direction, book.period),
        named=_address(book),
        lines=await operations.closing.foresee_lines(session, book),
        values={"volumes": "1"} | dict(values),
        path=PATH,
        errors=errors,
    )


async def _named(session: TenantSession, actor: Actor, values: Mapping[str, Any]) -> EndedBook:
    try:
        body_id = UUID(values["co-quan"]) if values.get("co-quan") else None
        direction, period = _KINDS[values["so"]], values["ky"]
    except (KeyError, ValueError):
        raise NotFound from None
    return await operations.closing.ended_book(session, actor, direction, period, body_id)
