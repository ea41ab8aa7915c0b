"""The parallel run: comparing the paper registers with ours, each day."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, InvalidInput
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.organs import PARALLEL
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.papers import paper
from lienxa.platform.web.refusals import shown_again
from lienxa.tenants.documents import operations, permissions
from lienxa.tenants.documents.operations.comparing import PATH, name_of
from lienxa.tenants.documents.pages.common import Db, HtmlRequest, Me, keeps_books
from lienxa.tenants.documents.schemas import PaperNumber

_MOST = 999_999


class ComparingController(Controller):
    """Comparisons so far, the form for today's, and the sheet of each."""

    path = PATH
    guards = [keeps_books]

    @get("/", operation_id="ListComparisons")
    async def index(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The comparisons so far, and how many days both have agreed."""
        history = await operations.comparing.history(session, actor)
        return page(
            request,
            "documents/comparisons.html",
            history=history,
            days=await operations.comparing.clean_days(session, actor.organ),
            wanted=get_settings().parallel_clean_days,
            running=actor.organ.phase == PARALLEL,
            may=actor.may(permissions.REGISTER),
            path=PATH,
        )

    @get("/moi", operation_id="StartComparison")
    async def form(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Each series with its last number here, to put that of the paper register beside it."""
        return await _form(request, session, actor, {})

    @post("/moi", operation_id="CompareBooks", status_code=303)
    async def compare(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Write the comparison down."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_form, request, session, actor, form.values), Conflict):
            numbers = []
            for series in await operations.comparing.to_compare(session, actor):
                said = form.integer(f"paper-{series.code}", name_of(series), min=0, max=_MOST)
                reason = form.text(f"reason-{series.code}", _("Lý do lệch"), max=300)
                if said is not None:
                    numbers.append(PaperNumber(series.code, said, reason))
            note = form.text("note", _("Ghi chú"), max=300)
            form.check()
            made = await operations.comparing.compare(session, actor, numbers, note)
        notice = (
            _("Đã ghi đối chiếu: {count} sổ lệch.", count=made.differing)
            if made.differing
            else _("Đã ghi đối chiếu: không sổ nào lệch.")
        )
        return redirect(
            request,
            PATH,
            notice=notice,
            next_label=_("In phiếu đối chiếu"),
            next_path=f"{PATH}/{made.id}/phieu-doi-chieu",
        )

    @get("/{comparison_id:str}/phieu-doi-chieu", operation_id="PrintComparison", opt={SENT_AS_IT_IS: True})
    async def sheet(self, session: Db, actor: Me, comparison_id: FromPath[UUID]) -> Response[bytes]:
        """The sheet of one comparison."""
        data = await operations.comparing.sheet(session, actor, comparison_id)
        return await paper("documents/comparison.typ", data, _("phieu-doi-chieu"))


async def _form(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    values: Mapping[str, Any],
    *,
    errors: InvalidInput | Conflict | None = None,
) -> Template:
    series = await operations.comparing.to_compare(session, actor)
    return page(
        request,
        "documents/comparison_new.html",
        status=200 if errors is None else 422 if isinstance(errors, InvalidInput) else 409,
        used=[line for line in series if line.next_number > 1],
        unused=[line for line in series if line.next_number == 1],
        running=actor.organ.phase == PARALLEL,
        values=values,
        errors=errors,
        path=PATH,
    )
