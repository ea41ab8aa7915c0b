"""What organs handed over to each other when they were merged or split, for the office to read and to print."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream, Template

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.succession import passages
from lienxa.platform.text import _
from lienxa.platform.web.export import PART, Row, spreadsheet
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page
from lienxa.platform.web.papers import paper
from lienxa.tenants.office import handovers
from lienxa.tenants.office.pages.leaving import PATH as TRANSFERS
from lienxa.tenants.office.schemas import AnnexPart, Handover

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
PATH = f"{TRANSFERS}/don-vi"
PAGE_SIZE = 50
# How an address says in which direction it went.
WAYS = {"nhan": passages.IN, "giao": passages.OUT}


class HandoverController(Controller):
    """One handover, from or to one organ."""

    path = f"{PATH}/{{way:str}}/{{organ_id:str}}"

    @get("/", operation_id="ShowHandover")
    async def show(
        self, request: HtmlRequest, session: Db, actor: Me, way: FromPath[str], organ_id: FromPath[UUID]
    ) -> Template:
        """What it was, thing by thing; `loai` chooses one kind."""
        shown = await _handover(session, actor, way, organ_id)
        code, after, _first = _asked(request, shown)
        found, following = await handovers.lines(session, actor, shown, code, after, PAGE_SIZE)
        here = f"{PATH}/{way}/{organ_id}"
        chosen = f"{here}?loai={code}" if code else here
        return page(
            request,
            "office/handover.html",
            given=shown.direction == passages.OUT,
            handover=shown,
            lines=found,
            titles=handovers.titles(),
            kinds=[
                (_("Tất cả"), here, shown.total),
                *((annex.title, f"{here}?loai={annex.code}", annex.count) for annex in shown.annexes),
            ],
            view_path=chosen,
            papers=await _papers(session, shown, here),
            here=here,
            back=TRANSFERS,
            next_path=f"{chosen}{'&' if code else '?'}sau={following}" if following else "",
            first_path=chosen if after else "",
        )

    @get("/xuat", operation_id="ExportHandover")
    async def export(
        self, request: HtmlRequest, session: Db, actor: Me, way: FromPath[str], organ_id: FromPath[UUID]
    ) -> Stream:
        """All of it as a file for a spreadsheet."""
        shown = await _handover(session, actor, way, organ_id)

        async def read(part: TenantSession, after: UUID | None) -> tuple[Iterable[Row], UUID | None]:
            found, following = await handovers.lines(part, actor, shown, "", after, PART)
            return [handovers.cells(line) for line in found], following

        return spreadsheet(request, session, actor, "ban-giao", handovers.HEAD, read)

    @get("/tep", operation_id="PrintHandover")
    async def print(
        self, request: HtmlRequest, session: Db, actor: Me, way: FromPath[str], organ_id: FromPath[UUID]
    ) -> Response[bytes]:
        """The record to be signed, or with `loai` a part of that annex."""
        shown = await _handover(session, actor, way, organ_id)
        code, after, first = _asked(request, shown)
        annex = next((annex for annex in shown.annexes if annex.code == code), None)
        if annex is None:
            return await paper(
                "office/handover.typ", await handovers.paper(session, actor, shown), _("bien-ban-ban-giao")
            )
        data = await handovers.annex_paper(session, actor, shown, annex, after, first)
        return await paper("office/handover.typ", data, _("phu-luc-{name}", name=annex.name))


async def _handover(session: TenantSession, actor: Actor, way: str, organ_id: UUID) -> Handover:
    if way not in WAYS:
        raise NotFound
    return await handovers.handover(session, actor, WAYS[way], organ_id)


def _asked(request: HtmlRequest, shown: Handover) -> tuple[str, UUID | None, int]:
    """Which kind, behind which passage to begin, and the number of the first line."""
    asked = FormReader(request.query_params)
    code = asked.choice("loai", _("Loại việc"), [annex.code for annex in shown.annexes], required=False)
    after = asked.uuid("sau", _("Dòng bắt đầu"))
    first = asked.integer("tu", _("Số thứ tự đầu"), min=1, max=10_000_000) or 1
    asked.check()
    return code, after, first


async def _papers(session: TenantSession, shown: Handover, here: str) -> list[tuple[str, str]]:
    """Labels and addresses of the annexes that have papers of their own, because the record has no room for them."""
    if shown.total <= handovers.PART:
        return []
    return [_paper(part, here) for part in await handovers.parts(session, shown)]


def _paper(part: AnnexPart, here: str) -> tuple[str, str]:
    annex = part.annex
    lines = _("dòng {first}–{last}", first=part.first, last=part.last)
    behind = f"&sau={part.after}" if part.after else ""
    return (
        _("Phụ lục {name}: {title}, {lines}", name=annex.name, title=annex.title, lines=lines),
        f"{here}/tep?loai={annex.code}{behind}&tu={part.first}",
    )
