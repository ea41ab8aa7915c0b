"""Who else may see a thing: the page of its grants."""

from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform.access import grants
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.web.suspended import WHILE_SUSPENDED
from lienxa.tenants.office import operations
from lienxa.tenants.office.pages.common import Db, HtmlRequest, Me
from lienxa.tenants.office.schemas import Showing


class GrantController(Controller):
    """Who is shown a document, a meeting or a case beyond those whose posts show it to them."""

    path = "/cho-xem/{kind:str}/{thing_id:str}"

    @get("/", operation_id="ShowGrants", opt={WHILE_SUSPENDED: True})
    async def show(
        self, request: HtmlRequest, session: Db, actor: Me, kind: FromPath[str], thing_id: FromPath[UUID]
    ) -> Template:
        """The grants of a thing, and the form for one more."""
        return await _grants_page(request, session, actor, kind, thing_id)

    @post("/", operation_id="Grant", status_code=303)
    async def grant(
        self, request: HtmlRequest, session: Db, actor: Me, kind: FromPath[str], thing_id: FromPath[UUID]
    ) -> Redirect:
        """Show the thing to one more."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_grants_page, request, session, actor, kind, thing_id, values=form.values)
        ):
            await operations.grant(session, actor, kind, thing_id, _read_showing(form))
        return redirect(request, f"/cho-xem/{kind}/{thing_id}", notice=_("Đã cho xem."))

    @post("/{grant_id:str}/thoi", operation_id="RevokeGrant", status_code=303)
    async def revoke(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        kind: FromPath[str],
        thing_id: FromPath[UUID],
        grant_id: FromPath[UUID],
    ) -> Redirect:
        """Show the thing no longer."""
        await operations.revoke(session, actor, kind, thing_id, grant_id)
        return redirect(request, f"/cho-xem/{kind}/{thing_id}", notice=_("Đã thôi cho xem."))


def _read_showing(form: FormReader) -> Showing:
    to_unit, _separator, chosen = form.text("to", _("Người được xem"), required=True).partition(":")
    ends_on = form.day("ends_on", _("Xem đến hết ngày"))
    reason = form.text("reason", _("Lý do"), required=True, max=300)
    to: UUID | None = None
    if to_unit:
        try:
            to = UUID(chosen)
        except ValueError:
            form.refuse("to", _("Người được xem không có trong danh sách."), _("Chọn lại trong danh sách."))
    form.check()
    return Showing(None if to_unit == "unit" else to, to if to_unit == "unit" else None, ends_on, reason)


async def _grants_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    kind: str,
    thing_id: UUID,
    *,
    values: dict[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    thing = await operations.thing_seen(session, actor, kind, thing_id)
    actor.require(grants.GRANT)
    options = {f"staff:{row.id}": row.full_name for row in await grants.people(session)}
    named_only = (await session.find(Body, thing.body_id)).system == "party"
    if not named_only:
        options |= {f"unit:{unit.id}": _("Cả bộ phận: {name}", name=unit.name) for unit in await people.units(session)}
    return page(
        request,
        "office/grants.html",
        status=422 if errors else 200,
        thing=thing,
        place=f"/cho-xem/{kind}/{thing_id}",
        granted=await grants.of_thing(session, kind, thing_id),
        options=options,
        named_only=named_only,
        values=values,
        errors=errors,
    )
