"""Its series of numbers, terms and rules of intake, for the administrator."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, NotFound
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.tenants.documents import api as documents
from lienxa.tenants.office.pages.common import Db, HtmlRequest, Me, Refusal, status
from lienxa.tenants.office.permissions import ADMINISTRATE


class SeriesController(Controller):
    """The books of documents: the numbers that they give next, the intake desk's book, terms and congresses."""

    path = "/quan-tri/so-van-ban"

    @get("/", operation_id="ListSeries")
    async def index(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Every series with its next number, and the forms that change what it gives."""
        return await _series_page(request, session, actor)

    @post("/dat-so", operation_id="SetOpeningNumber", status_code=303)
    async def set_number(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Let a series go on at another number, beyond those given."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_series_page, request, session, actor, values=form.values), Conflict):
            code = form.text("code", _("Sổ"), required=True, max=100)
            number = form.integer("next_number", _("Số tiếp theo"), required=True, min=1, max=999_999)
            reason = form.text("reason", _("Lý do"), required=True, max=300)
            form.check()
            assert number is not None
            line = await documents.set_opening_number(
                session, actor, code, number, reason, confirmed=form.checked("confirmed")
            )
        notice = _("Sổ {title} sẽ cấp tiếp số {number}.", title=line.title, number=line.next_number)
        return redirect(request, "/quan-tri/so-van-ban", notice=notice)

    @post("/so-den", operation_id="KeepCommonBook", status_code=303)
    async def keep_book(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """One incoming book for all bodies but UBKT, or each its own."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_series_page, request, session, actor), Conflict):
            kept = form.choice("book", _("Sổ văn bản đến"), ("common", "separate"))
            form.check()
            await documents.keep_common_book(session, actor, common=kept == "common")
        notice = _("Từ nay dùng sổ đến chung.") if kept == "common" else _("Từ nay mỗi cơ quan một sổ đến.")
        return redirect(request, "/quan-tri/so-van-ban", notice=notice)

    @post("/dai-hoi", operation_id="OpenCongress", status_code=303)
    async def open_congress(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Open a congress: its papers take their numbers from one series."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_series_page, request, session, actor, values=form.values), Conflict):
            label = form.text("congress", _("Tên đại hội"), required=True, max=100)
            opened_on = form.day("opened_on", _("Ngày khai mạc"), required=True)
            form.check()
            assert opened_on is not None
            await documents.open_congress(session, actor, label, opened_on)
        return redirect(request, "/quan-tri/so-van-ban", notice=_("Đã khai đại hội {label}.", label=label))

    @post("/nhiem-ky", operation_id="CloseTerm", status_code=303)
    async def close_term(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Close the congress and the term: the new term takes its numbers from 01."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_series_page, request, session, actor, values=form.values), Conflict):
            label = form.text("label", _("Nhiệm kỳ mới"), required=True, max=40)
            closed_on = form.day("closed_on", _("Ngày bế mạc đại hội"), required=True)
            first_meeting_on = form.day("first_meeting_on", _("Hội nghị lần thứ nhất"))
            form.check()
            assert closed_on is not None
            await documents.close_term(
                session, actor, label, closed_on, first_meeting_on, confirmed=form.checked("confirmed")
            )
        return redirect(request, "/quan-tri/so-van-ban", notice=_("Đã khai nhiệm kỳ {label}.", label=label))

    @post("/dai-hoi/bo", operation_id="DropCongress", status_code=303)
    async def drop_congress(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Take back a congress that was declared by mistake."""
        async with shown_again(session, partial(_series_page, request, session, actor), Conflict):
            await documents.drop_congress(session, actor)
        return redirect(request, "/quan-tri/so-van-ban", notice=_("Đã bỏ đại hội khai nhầm."))

    @post("/nhiem-ky/bo", operation_id="DropTerm", status_code=303)
    async def drop_term(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Take back a term that was declared by mistake."""
        async with shown_again(session, partial(_series_page, request, session, actor), Conflict):
            before = await documents.drop_term(session, actor)
        notice = _("Đã bỏ nhiệm kỳ khai nhầm. Nhiệm kỳ {term} tiếp tục.", term=before.label)
        return redirect(request, "/quan-tri/so-van-ban", notice=notice)


class BodySeriesController(Controller):
    """How the documents of one body are numbered, and how what comes in goes to its leader."""

    path = "/quan-tri/so-van-ban/{body_id:str}"

    @get("/", operation_id="ShowBodySeries")
    async def show(self, request: HtmlRequest, session: Db, actor: Me, body_id: FromPath[UUID]) -> Template:
        """Which types share a series, and the forms to change that."""
        return await _body_series_page(request, session, actor, body_id)

    @post("/chia-so", operation_id="ShareSeries", status_code=303)
    async def share(self, request: HtmlRequest, session: Db, actor: Me, body_id: FromPath[UUID]) -> Redirect:
        """Let types take their numbers from another series."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_body_series_page, request, session, actor, body_id, values=form.values), Conflict
        ):
            types = form.texts("types")
            target = form.text("target", _("Lấy số ở sổ"), required=True, max=100)
            number = form.integer("next_number", _("Số tiếp theo"), min=1, max=999_999)
            form.check()
            await documents.share_series(session, actor, body_id, types, target, number)
        notice = _("Đã đổi sổ. Có hiệu lực từ số tiếp theo.")
        return redirect(request, f"/quan-tri/so-van-ban/{body_id}", notice=notice)

    @post("/tiep-nhan", operation_id="ChangeIntake", status_code=303)
    async def intake(self, request: HtmlRequest, session: Db, actor: Me, body_id: FromPath[UUID]) -> Redirect:
        """Whether the office head proposes first, and what goes on without the leader."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_body_series_page, request, session, actor, body_id, values=form.values)
        ):
            await documents.require_proposal(session, actor, body_id, required=form.checked("proposal"))
            await documents.route_directly(session, actor, body_id, form.texts("direct"))
        notice = _("Đã lưu cách trình văn bản đến. Áp dụng cho văn bản vào sổ từ nay.")
        return redirect(request, f"/quan-tri/so-van-ban/{body_id}", notice=notice)


async def _body_series_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    body_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Refusal | None = None,
) -> Template:
    if actor.organ.is_parent:  # it keeps no books here
        raise NotFound
    actor.require(ADMINISTRATE)
    books = await documents.body_books(session, actor, body_id)
    shown = {"proposal": "1" if books.proposal_required else "", "direct": sorted(books.direct)}
    return page(
        request,
        "office/body_series.html",
        status=status(errors),
        body_id=body_id,
        books=books,
        targets={
            documents.ONE_NEW: _("Một sổ mới, chung cho các loại đã chọn"),
            documents.EACH_OWN: _("Mỗi loại một sổ riêng"),
            **{line.code: _("Sổ đang có: {title}", title=_short(line.title)) for line in books.series},
        },
        values=shown | dict(values or {}),
        errors=errors,
    )


def _short(title: str) -> str:
    """The first types of a series that has many."""
    names = title.split(", ")
    if len(names) <= 3:
        return title
    return _("{names} và {count} loại khác", names=", ".join(names[:3]), count=len(names) - 3)


def _is_running(line: documents.SeriesLine) -> bool:
    """Whether the series has given a number in its period; the intake books are shown from their first day."""
    return line.next_number > 1 or line.direction == "incoming"


async def _series_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Refusal | None = None,
) -> Template:
    if actor.organ.is_parent:  # it keeps no books here
        raise NotFound
    actor.require(ADMINISTRATE)
    actor.require(documents.CONFIGURE)
    series = await documents.series(session, actor)
    bodies = [body for body in await people.bodies(session) if body.in_use]
    terms = await documents.terms(session, actor)
    return page(
        request,
        "office/series.html",
        status=status(errors),
        series=series,
        running=[line for line in series if _is_running(line)],
        unused=[line for line in series if not _is_running(line)],
        options={line.code: f"{', '.join(line.bodies)} – {_short(line.title)}" for line in series if line.period},
        bodies=bodies,
        common=any(line.direction == "incoming" and len(line.bodies) > 1 for line in series),
        terms=terms,
        congress=next((line for line in terms if line.kind == "congress" and line.closed_on is None), None),
        values=values or {},
        errors=errors,
    )
