"""Its units, for the administrator."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Unit
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.web.suspended import WHILE_SUSPENDED
from lienxa.tenants.office import operations, repository
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
from lienxa.tenants.office.schemas import UnitEntry


class UnitController(Controller):
    """The units of the organ."""

    path = "/quan-tri/bo-phan"

    @get("/", operation_id="ListUnits")
    async def index(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """All units in their order, with their heads."""
        actor.require(ADMINISTRATE)
        posts = await repository.posts(session)
        heads = {post.unit_id: ", ".join(post.holders) or _("khuyết") for post in posts if post.heads_unit}
        numbers = {
            unit_id: sum(len(post.holders) for post in posts if post.unit_id == unit_id)
            for unit_id in {post.unit_id for post in posts}
        }
        return page(
            request, "office/units.html", units=await repository.all_units(session), heads=heads, numbers=numbers
        )

    @get("/moi", operation_id="NewUnit")
    async def new(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The form for a new unit."""
        return await _unit_page(request, session, actor)

    @post("/moi", operation_id="AddUnit", status_code=303)
    async def add(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Open it."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_unit_page, request, session, actor, values=form.values), Conflict):
            entry = _read_unit(form)
            form.check()
            await operations.add_unit(session, actor, entry)
        return redirect(
            request,
            "/quan-tri/bo-phan",
            notice=_("Đã lập bộ phận {name}.", name=entry.name),
            next_label=_("Lập chức vụ trong bộ phận"),
            next_path="/quan-tri/chuc-vu/moi",
        )

    @get("/{unit_id:str}", operation_id="ShowUnit", opt={WHILE_SUSPENDED: True})
    async def show(self, request: HtmlRequest, session: Db, actor: Me, unit_id: FromPath[UUID]) -> Template:
        """One unit, its posts, and the form to change it."""
        return await _unit_page(request, session, actor, unit_id)

    @post("/{unit_id:str}", operation_id="ChangeUnit", status_code=303)
    async def change(self, request: HtmlRequest, session: Db, actor: Me, unit_id: FromPath[UUID]) -> Redirect:
        """Change it."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_unit_page, request, session, actor, unit_id, values=form.values), Conflict
        ):
            version, entry = read_version(form), _read_unit(form)
            form.check()
            await operations.change_unit(session, actor, unit_id, version, entry)
        return redirect(request, "/quan-tri/bo-phan", notice=_("Đã lưu {name}.", name=entry.name))

    @post("/{unit_id:str}/dong", operation_id="CloseUnit", status_code=303)
    async def close(self, request: HtmlRequest, session: Db, actor: Me, unit_id: FromPath[UUID]) -> Redirect:
        """Close it."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_unit_page, request, session, actor, unit_id), Conflict):
            version = read_version(form)
            form.check()
            await operations.close_unit(session, actor, unit_id, version)
        return redirect(request, f"/quan-tri/bo-phan/{unit_id}", notice=_("Đã đóng bộ phận."))

    @post("/{unit_id:str}/mo-lai", operation_id="ReopenUnit", status_code=303)
    async def reopen(self, request: HtmlRequest, session: Db, actor: Me, unit_id: FromPath[UUID]) -> Redirect:
        """Open it again."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_unit_page, request, session, actor, unit_id), Conflict):
            version = read_version(form)
            form.check()
            await operations.reopen_unit(session, actor, unit_id, version)
        return redirect(request, f"/quan-tri/bo-phan/{unit_id}", notice=_("Đã mở lại bộ phận."))


def _read_unit(form: FormReader) -> UnitEntry:
    return UnitEntry(read_name(form, "name", _("Tên bộ phận")), read_symbol(form), read_position(form))


async def _unit_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    unit_id: UUID | None = None,
    *,
    values: Mapping[str, Any] | None = None,
    errors: Refusal | None = None,
) -> Template:
    actor.require(ADMINISTRATE)
    unit = await session.find(Unit, unit_id) if unit_id else None
    if unit is not None:
        shown = {"name": unit.name, "symbol": unit.symbol, "position": unit.position, "version": unit.version}
    else:
        shown = {"position": max((found.position for found in await people.units(session)), default=0) + 1}
    posts = await repository.posts(session) if unit else []
    return page(
        request,
        "office/unit.html",
        status=status(errors),
        unit=unit,
        posts=[post for post in posts if post.unit_id == unit_id],
        values=values or shown,
        errors=errors,
        events=told(await timeline(session, unit_id)) if unit_id else [],
    )
