"""The trail (nhật ký), searched by the administrator: who did what to which thing, when; as a page and as a file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.response import Stream, Template

from lienxa.platform import clock, places
from lienxa.platform.access import grants
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit import repository as audit
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.audit.repository import Sought
from lienxa.platform.db.session import TenantSession
from lienxa.platform.text import _
from lienxa.platform.web.export import PART, Row, export_path, spreadsheet
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, place_asked
from lienxa.tenants.office import acts
from lienxa.tenants.office.permissions import ADMINISTRATE

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
PATH = "/quan-tri/nhat-ky"
_SEERS = {"document": "document", "meeting": "meeting", "case": "one_stop_case"}


@dataclass(frozen=True)
class Line:
    """An event in words. `seers` is the page that says who sees its thing."""

    at: datetime
    who: str
    capacity: str
    act: str
    detail: str
    object_id: UUID | None
    seers: str


class TrailController(Controller):
    """The trail of the organ."""

    path = PATH

    @get("/", operation_id="SearchTrail")
    async def index(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
    ) -> Template:
        """A page of it, newest first."""
        actor.require(ADMINISTRATE)
        asked = FormReader(request.query_params)
        sought = read_sought(asked)
        found = await audit.search(session, sought, place_asked(request, places.read_moment), audit.PAGE + 1)
        events = found[: audit.PAGE]
        following = ""
        if len(found) > len(events):
            kept = [(name, value) for name, value in request.query_params.multi_items() if name != "sau" and value]
            following = f"{PATH}?{urlencode([*kept, ('sau', audit.place(events[-1]))])}"
        return page(
            request,
            "office/trail.html",
            lines=[line(event) for event in events],
            people={str(row.id): row.full_name for row in await grants.people(session)},
            acts=acts.ACTS,
            values=asked.values,
            is_filtered=any(asked.values.values()),
            next_path=following,
            export=export_path(request, f"{PATH}/xuat"),
        )

    @get("/xuat", operation_id="ExportTrail")
    async def export(self, request: HtmlRequest, session: Db, actor: Me) -> Stream:
        """All that the filter finds, as a file for a spreadsheet."""
        actor.require(ADMINISTRATE)
        sought = read_sought(FormReader(request.query_params))

        async def read(part: TenantSession, after: tuple[datetime, UUID] | None) -> tuple[Iterable[Row], Any]:
            events = await audit.search(part, sought, after, PART)
            last = (events[-1].at, events[-1].id) if len(events) == PART else None
            return [_cells(line(event)) for event in events], last

        head = (_("Lúc"), _("Người"), _("Tư cách"), _("Việc"), _("Chi tiết"), _("Mã mục"))
        return spreadsheet(request, session, actor, "nhat-ky", head, read)


def read_sought(asked: FormReader) -> Sought:
    """The filter of an address, or `InvalidInput`."""
    sought = Sought(
        staff_id=asked.uuid("nguoi", _("Người làm")),
        action=asked.choice("viec", _("Việc"), acts.ACTS, required=False),
        object_id=asked.uuid("muc", _("Mục")),
        since=asked.day("tu", _("Từ ngày")),
        until=asked.day("den", _("Đến hết ngày")),
    )
    asked.check()
    return sought


def line(event: AuditEvent) -> Line:
    """An event in words."""
    at = event.object_id
    return Line(
        at=event.at,
        who=event.staff_name or _("Người ngoài"),
        capacity=event.post_title,
        act=acts.title(event.action),
        detail=acts.told(event.action, event.detail),
        object_id=at,
        seers=f"/ai-xem/{_SEERS[event.object_type]}/{at}" if at and event.object_type in _SEERS else "",
    )


def _cells(told: Line) -> Sequence[str]:
    at = clock.legal(told.at)
    return (f"{at:%d/%m/%Y %H:%M:%S}", told.who, told.capacity, told.act, told.detail, str(told.object_id or ""))
