"""The pages on which an administrator takes in lists and old books from spreadsheets."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, InvalidInput, NotFound
from lienxa.platform.files.content import XLSX
from lienxa.platform.imports import jobs, operations, tables
from lienxa.platform.imports.models import CHECKED, CHECKING, DONE, FAILED, WRITING
from lienxa.platform.imports.operations import PATH
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.platform.web.page import Badge, page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.web.suspended import WHILE_SUSPENDED
from lienxa.tenants.office import staff_list
from lienxa.tenants.office.permissions import ADMINISTRATE

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]

BADGES: Mapping[str, Badge] = {
    CHECKING: Badge("info", _("Đang kiểm tra")),
    CHECKED: Badge("warn", _("Chờ xem và nhập")),
    WRITING: Badge("info", _("Đang nhập")),
    DONE: Badge("ok", _("Đã nhập")),
    FAILED: Badge("late", _("Chưa nhập được")),
}


class ImportController(Controller):
    """Bring a file, see what is right and wrong in it, let it be written."""

    path = PATH

    @get("/", operation_id="ListImports")
    async def index(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """What can be taken in, and what was."""
        actor.require(ADMINISTRATE)
        found = operations.kinds(actor)
        if not found:
            raise NotFound
        titles = {kind.code: kind.title for kind in found}
        runs = [(run, titles[run.kind], BADGES[run.state]) for run in await operations.runs(session, actor)]
        return page(request, "office/imports.html", kinds=found, runs=runs)

    @get("/{import_kind:str}", operation_id="NewImport")
    async def new(self, request: HtmlRequest, actor: Me, import_kind: FromPath[str]) -> Template:
        """The columns that are expected, and the form that takes the file."""
        return _form(request, actor, import_kind)

    @post("/{import_kind:str}", operation_id="BringImport", status_code=303)
    async def bring(self, request: HtmlRequest, session: Db, actor: Me, import_kind: FromPath[str]) -> Redirect:
        """Take the file, and let it be checked."""
        wanted = operations.find_kind(actor, import_kind)
        form = FormReader(await request.form())
        async with shown_again(session, partial(_form, request, actor, import_kind)):
            upload = await form.upload("file", _("Tệp"), required=True)
            form.check()
            assert upload is not None
            run = await jobs.want_check(session, actor, wanted, upload.name, upload.content)
        return redirect(request, f"{PATH}/tep/{run.id}")

    @get("/{import_kind:str}/mau.xlsx", operation_id="ReadImportTemplate", opt={SENT_AS_IT_IS: True})
    async def template(self, actor: Me, import_kind: FromPath[str]) -> Response[bytes]:
        """An empty workbook with the columns."""
        wanted = operations.find_kind(actor, import_kind)
        return _workbook(tables.template(wanted), f"mau-{wanted.code}.xlsx")

    @get("/tep/{run_id:str}", operation_id="ShowImport", opt={WHILE_SUSPENDED: True})
    async def show(self, request: HtmlRequest, session: Db, actor: Me, run_id: FromPath[UUID]) -> Template:
        """How far a file is, and what was found in it."""
        run = await operations.run(session, actor, run_id)
        return page(request, "office/import.html", kind=operations.find_kind(actor, run.kind), run=run, path=PATH)

    @post("/tep/{run_id:str}", operation_id="ConfirmImport", status_code=303)
    async def confirm(self, request: HtmlRequest, session: Db, actor: Me, run_id: FromPath[UUID]) -> Redirect:
        """Write what is right in it."""
        await jobs.want_write(session, actor, run_id)
        return redirect(request, f"{PATH}/tep/{run_id}")

    @get("/tep/{run_id:str}/dong-loi.xlsx", operation_id="ReadFaultyLines", opt={SENT_AS_IT_IS: True})
    async def faulty(self, session: Db, actor: Me, run_id: FromPath[UUID]) -> Response[bytes]:
        """The lines that are wrong, with the reason beside each."""
        return _workbook(await operations.read_faulty(session, actor, run_id), _("dong-loi.xlsx"))

    @get("/phieu", operation_id="ChooseSlips")
    async def choose(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Who never signed on, to print slips for."""
        return await _newcomers(request, session, actor)

    @post("/phieu", operation_id="PrintSlips", status_code=200)
    async def slips(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """A slip with a new one-time password for each that was chosen; it cannot be opened a second time."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_newcomers, request, session, actor, form.values), Conflict):
            chosen = form.uuids("staff", _("Cán bộ"))
            form.check()
            slips = await staff_list.print_slips(session, actor, chosen)
        shown = page(request, "office/slips.html", slips=slips, address=str(request.base_url).rstrip("/"))
        shown.headers["Cache-Control"] = "no-store"
        return shown


def _workbook(content: bytes, name: str) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "private, no-store"}
    return Response(content, media_type=XLSX, headers=headers)


def _form(request: HtmlRequest, actor: Actor, kind: str, *, errors: InvalidInput | None = None) -> Template:
    wanted = operations.find_kind(actor, kind)
    status = 422 if errors else 200
    return page(request, "office/import_new.html", status=status, kind=wanted, path=PATH, errors=errors)


async def _newcomers(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    values: Mapping[str, Any] | None = None,
    *,
    errors: InvalidInput | Conflict | None = None,
) -> Template:
    found = await staff_list.newcomers(session, actor)
    return page(
        request,
        "office/newcomers.html",
        status=200 if errors is None else 422 if isinstance(errors, InvalidInput) else 409,
        people={str(person.id): f"{person.full_name} ({username})" for person, username in found},
        values=values or {},
        path=PATH,
        errors=errors,
    )
