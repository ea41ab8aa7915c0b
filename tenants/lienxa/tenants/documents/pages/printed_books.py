"""Books on paper: which one, a part of it as a sheet, a whole one as a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.base import AnyRow
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.platform.web.page import Badge, body_titles, page, place_asked, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.web.suspended import WHILE_SUSPENDED
from lienxa.tenants.documents import jobs, operations, papers, permissions, repository, rules
from lienxa.tenants.documents.models import BookFile
from lienxa.tenants.documents.pages.common import Db, HtmlRequest, Me, address, file_answer, keeps_books, reached_bodies
from lienxa.tenants.documents.papers import BOOK_KINDS, period_title
from lienxa.tenants.documents.rules import INCOMING, OUTGOING
from lienxa.tenants.documents.schemas import BookOrder, PrintedBook


class PrintedBookController(Controller):
    """Books on paper: a part of one as a sheet, a whole one as a file."""

    path = "/van-ban/so"
    guards = [keeps_books]

    @get("/", operation_id="ShowBooks")
    async def books(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Which book to print, of whom and when."""
        return await _books(request, session, actor)

    @get("/in", operation_id="PrintBook")
    async def print_book(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """A part of a book as a sheet of paper."""
        return await _printed_book(request, session, actor)

    @post("/pdf", operation_id="OrderBookFile", status_code=303, opt={WHILE_SUSPENDED: True})
    async def order_book(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Let a whole book be made as one PDF in the background."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_books, request, session, actor, values=form.values)):
            wanted = await jobs.want_book(session, actor, await _read_order(session, actor, form))
        return redirect(request, f"{operations.printed_books.BOOK_FILE_PATH}/{wanted.id}")

    @get("/pdf/{book_file_id:str}", operation_id="ShowBookFile")
    async def book_file(self, request: HtmlRequest, session: Db, actor: Me, book_file_id: FromPath[UUID]) -> Template:
        """How far the PDF of a book is; where it is to be had."""
        wanted = await operations.printed_books.book_file(session, actor, book_file_id)
        bodies = {body.id: body.name for body in await people.bodies(session)}
        return page(
            request,
            "documents/book_file.html",
            title=BOOK_KINDS[wanted.kind],
            period=period_title(wanted.period),
            body=bodies[wanted.body_id] if wanted.body_id else _COMMON_BOOK,
            wanted=wanted,
            kept_days=operations.printed_books.BOOK_FILE_KEPT.days,
        )

    @get("/pdf/{book_file_id:str}/tep", operation_id="ReadBookFile", opt={SENT_AS_IT_IS: True})
    async def read_book_file(self, session: Db, actor: Me, book_file_id: FromPath[UUID]) -> Response[bytes]:
        """The PDF of a whole book."""
        return file_answer(*await operations.printed_books.read_book_file(session, actor, book_file_id))


async def _books(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    *,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    """The two ways to have a book on paper; `values` and `errors` are those of the second, the whole book as a file."""
    actor.require(permissions.READ)
    bodies = await reached_bodies(session, actor)
    year = f"{clock.today().year}"
    return page(
        request,
        "documents/books.html",
        status=422 if errors else 200,
        kinds=BOOK_KINDS,
        bodies={body.code: body.name for body in bodies},
        common_book=_COMMON_BOOK,
        periods=await _book_periods(session),
        months={str(month): _("Tháng {month}", month=month) for month in range(1, 13)},
        values={"so": "di", "ky": year},
        whole={"quyen": "di", "quyen-ky": year} if values is None else values,
        errors=errors,
        files=[_shown_book_file(row) for row in await repository.printed_books.book_files(session, actor)],
    )


async def _book_periods(session: TenantSession) -> dict[str, str]:
    found = {
        period for direction in (INCOMING, OUTGOING) for period in await repository.series.periods(session, direction)
    }
    return {period: period_title(period) for period in sorted(found, reverse=True)}


async def _read_order(session: TenantSession, actor: Actor, form: FormReader) -> BookOrder:
    bodies = {body.code: body.id for body in await reached_bodies(session, actor)}
    kind = form.choice("quyen", _("Sổ"), BOOK_KINDS)
    body = form.choice("quyen-co-quan", _("Cơ quan"), bodies, required=False)
    period = form.choice("quyen-ky", _("Năm, nhiệm kỳ"), await _book_periods(session))
    form.check()
    return BookOrder(kind, period, bodies.get(body))


@dataclass(frozen=True)
class ShownBookFile:
    """A whole book that somebody has asked for as a file."""

    id: UUID
    title: str
    body: str
    asked_at: datetime
    state: Badge


def _shown_book_file(row: AnyRow) -> ShownBookFile:
    wanted: BookFile = row.BookFile
    title = f"{BOOK_KINDS[wanted.kind]}, {period_title(wanted.period).lower()}"
    return ShownBookFile(wanted.id, title, row.body or _COMMON_BOOK, wanted.asked_at, _BOOK_FILE_BADGES[wanted.state])


_COMMON_BOOK = _("Sổ chung của các cơ quan")
_BOOK_FILE_BADGES: Mapping[str, Badge] = {
    "making": Badge("info", _("Đang lập")),
    "made": Badge("ok", _("Đã lập xong")),
    "failed": Badge("warn", _("Chưa lập được")),
}


async def _printed_book(request: HtmlRequest, session: TenantSession, actor: Actor) -> Template:
    actor.require(permissions.READ)
    asked = {name: request.query_params.get(name, "")[:100] for name in ("so", "co-quan", "ky", "tu", "den", "sau")}
    bodies = await reached_bodies(session, actor)
    reader = FormReader(asked)
    kind = reader.choice("so", _("Sổ"), BOOK_KINDS, required=False) or "di"
    code = reader.choice("co-quan", _("Cơ quan"), body_titles(), required=False)
    periods = {f"{clock.today().year}", *await _book_periods(session)}
    reader.choice("ky", _("Năm, nhiệm kỳ"), periods, required=False)
    for name, label in (("tu", _("Từ tháng")), ("den", _("Đến tháng"))):
        reader.integer(name, label, min=1, max=12)
    reader.check()
    place_asked(request, rules.read_position)
    body = next((body for body in bodies if body.code == code), None)
    first, last = rules.book_days(asked["ky"], asked["tu"], asked["den"], clock.today())
    wanted = PrintedBook(
        direction=papers.direction_of(kind),
        period=asked["ky"] or f"{clock.today().year}",
        first_day=first,
        last_day=last,
        body_id=body.id if body else None,
        after=asked["sau"],
    )
    lines, following = await repository.printed_books.printed_lines(session, actor, wanted)
    party = body is not None and body.system == "party"
    return page(
        request,
        "documents/book_print.html",
        title=BOOK_KINDS[kind],
        body=body,
        party=party,
        period=period_title(wanted.period),
        first=first,
        last=last,
        whole=first == date.min,
        columns=papers.columns(kind, party=party),
        rows=papers.rows(kind, lines, party=party),
        next_path=address("/van-ban/so/in", asked, following) if following else "",
    )
