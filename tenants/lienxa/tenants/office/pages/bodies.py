"""The bodies of an organ, for its administrator."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.tenants.office import operations
from lienxa.tenants.office.pages.common import (
    Db,
    HtmlRequest,
    Me,
    Refusal,
    read_name,
    read_position,
    read_symbol,
    read_version,
    status,
    told,
)
from lienxa.tenants.office.permissions import ADMINISTRATE
from lienxa.tenants.office.schemas import BodyEntry


class BodyController(Controller):
    """The bodies of the organ."""

    path = "/quan-tri/co-quan"

    @get("/", operation_id="ListBodies")
    async def index(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """All bodies in their order."""
        actor.require(ADMINISTRATE)
        return page(request, "office/bodies.html", bodies=await people.bodies(session))

    @get("/{body_id:str}", operation_id="ShowBody")
    async def show(self, request: HtmlRequest, session: Db, actor: Me, body_id: FromPath[UUID]) -> Template:
        """One body and the form to change it."""
        return await _body_page(request, session, actor, body_id)

    @post("/{body_id:str}", operation_id="ChangeBody", status_code=303)
    async def change(self, request: HtmlRequest, session: Db, actor: Me, body_id: FromPath[UUID]) -> Redirect:
        """Change it."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_body_page, request, session, actor, body_id, values=form.values), Conflict
        ):
            version = read_version(form)
            entry = BodyEntry(
                read_name(form, "name", _("Tên cơ quan")),
                read_symbol(form),
                read_position(form),
                form.checked("in_use"),
            )
            form.check()
            await operations.change_body(session, actor, body_id, version, entry)
        return redirect(request, "/quan-tri/co-quan", notice=_("Đã lưu {name}.", name=entry.name))


async def _body_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    body_id: UUID,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Refusal | None = None,
) -> Template:
    actor.require(ADMINISTRATE)
    body = await session.find(Body, body_id)
    shown = {
        "name": body.name,
        "symbol": body.symbol,
        "position": body.position,
        "in_use": "1" if body.in_use else "",
        "version": body.version,
    }
    return page(
        request,
        "office/body.html",
        status=status(errors),
        body=body,
        values=values or shown,
        errors=errors,
        events=told(await timeline(session, body_id)),
    )
