"""The pages on which somebody's open work goes to others, and the records of that (biên bản bàn giao)."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from lienxa.platform import clock, places
from lienxa.platform.access import staffing
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, InvalidInput
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, place_asked, redirect
from lienxa.platform.web.papers import paper
from lienxa.platform.web.refusals import shown_again
from lienxa.tenants.office import handovers, repository, transfers
from lienxa.tenants.office.permissions import ADMINISTRATE, HAND_OVER
from lienxa.tenants.office.schemas import HandingOver, TransferShown

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
PATH = "/ban-giao"


class LeavingController(Controller):
    """Who hands over what to whom."""

    path = PATH

    @get("/", operation_id="ListTransfers")
    async def index(self, request: HtmlRequest, session: Db, actor: Me, sau: FromQuery[str] = "") -> Template:
        """The records, latest first, and the choice of whose work goes over."""
        place_asked(request, places.read_moment)
        found, following = await transfers.transfers(session, actor, sau)
        staff = await repository.staff(session)
        return page(
            request,
            "office/transfers.html",
            transfers=found,
            next_path=f"{PATH}?sau={following}" if following else "",
            organs=await handovers.counterparts(session, actor),
            people={str(person.id): person.label for person in staff if person.titles},
            path=PATH,
        )

    @get("/moi", operation_id="NewTransfer")
    async def new(
        self, request: HtmlRequest, session: Db, actor: Me, nguoi: FromQuery[str] = ""
    ) -> Template | Redirect:
        """What the chosen person has in hand, and to whom it shall go."""
        actor.require(HAND_OVER)
        try:
            giver_id = UUID(nguoi)
        except ValueError:
            return redirect(request, PATH, notice=_("Chọn người bàn giao trong danh sách."))
        return await _form(request, session, actor, giver_id)

    @post("/moi", operation_id="HandOverWork", status_code=303)
    async def hand_over(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Let it go over, and write the record."""
        actor.require(HAND_OVER)
        form = FormReader(await request.form())
        giver_id = form.uuid("giver", _("Người bàn giao"), required=True)
        form.check()
        assert giver_id is not None
        async with shown_again(
            session, partial(_form, request, session, actor, giver_id, values=form.values), Conflict
        ):
            command = _read(form)
            form.check()
            made = await transfers.hand_over(session, actor, giver_id, command)
        return redirect(request, f"{PATH}/{made.id}", notice=_("Đã bàn giao. In biên bản để các bên ký."))

    @get("/{transfer_id:str}", operation_id="ShowTransfer")
    async def show(self, request: HtmlRequest, session: Db, actor: Me, transfer_id: FromPath[UUID]) -> Template:
        """A record: for those who keep records, its giver and its receivers."""
        shown = await transfers.transfer(session, actor, transfer_id)
        return page(
            request,
            "office/transfer.html",
            transfer=shown.transfer,
            groups=transfers.by_receiver(shown),
            own=actor.staff_id,
            keeps=actor.may(HAND_OVER),
            path=PATH,
        )

    @get("/{transfer_id:str}/tep", operation_id="PrintTransfer")
    async def print(self, session: Db, actor: Me, transfer_id: FromPath[UUID]) -> Response[bytes]:
        """The record as a paper to be signed."""
        shown = await transfers.transfer(session, actor, transfer_id)
        return await paper("office/transfer.typ", _paper(actor, shown), _("bien-ban-ban-giao"))


def _read(form: FormReader) -> HandingOver:
    receivers = {work.code: form.uuid(f"receiver-{work.code}", work.title) for work in transfers.kinds()}
    posts = {
        UUID(field.removeprefix("post-")): form.uuid(field, _("Người giữ tiếp"))
        for field in form.values
        if field.startswith("post-") and _is_uuid(field.removeprefix("post-"))
    }
    return HandingOver(
        receiver=form.uuid("receiver", _("Người nhận")),
        receivers={code: chosen for code, chosen in receivers.items() if chosen},
        posts={post_id: chosen for post_id, chosen in posts.items() if chosen},
        last_day=form.day("last_day", _("Ngày làm việc cuối cùng")),
        reason=form.text("reason", _("Lý do"), max=300),
        version=form.integer("version", _("Phiên bản"), required=True) or 0,
    )


def _is_uuid(typed: str) -> bool:
    try:
        UUID(typed)
    except ValueError:
        return False
    return True


async def _form(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    giver_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: InvalidInput | Conflict | None = None,
) -> Template:
    giver = await staffing.person(session, giver_id)
    kinds = await transfers.in_hand(session, actor, giver_id)
    holdings = await repository.held_until_further(session, giver_id, clock.today())
    staff = [person for person in await repository.staff(session) if person.titles and person.id != giver_id]
    return page(
        request,
        "office/transfer_new.html",
        status=200 if errors is None else 422 if isinstance(errors, InvalidInput) else 409,
        giver=giver,
        kinds=kinds,
        holdings=holdings,
        receivers={str(person.id): person.label for person in staff if person.left_on is None},
        administers=actor.may(ADMINISTRATE),
        values={"version": giver.version} | dict(values or {}),
        errors=errors,
        path=PATH,
    )


def _paper(actor: Actor, shown: TransferShown) -> dict[str, Any]:
    found = shown.transfer
    made = clock.legal(found.made_at)
    month = f"{made.month:02d}" if made.month < 3 else str(made.month)
    day = _(
        "{place}, ngày {day:02d} tháng {month} năm {year}",
        place=actor.organ.name,
        day=made.day,
        month=month,
        year=made.year,
    )
    receivers = list(dict.fromkeys((line.receiver_name, line.receiver_title) for line, _title in shown.lines))
    return {
        "organ": actor.face.title or actor.organ.full_name,
        "specimen": actor.organ.demonstration,
        "day": day,
        "when": _("{hour} giờ {minute}, ngày {day}", hour=f"{made:%H}", minute=f"{made:%M}", day=f"{made:%d/%m/%Y}"),
        "reason": found.reason,
        "last_day": f"{found.last_day:%d/%m/%Y}" if found.last_day else "",
        "giver": [found.giver_name, found.giver_title],
        "receivers": [list(receiver) for receiver in receivers],
        "maker": [found.made_by_name, found.made_by_title],
        "lines": [
            [
                str(number),
                line.kind,
                line.number,
                _("{title} ({note})", title=title, note=line.note) if line.note else title,
                f"{line.due_on:%d/%m/%Y}" if line.due_on else "",
                line.receiver_name,
            ]
            for number, (line, title) in enumerate(shown.lines, start=1)
        ],
    }
