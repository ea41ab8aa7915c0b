"""The operator's pages that add all organs of a list: bring it, look at it, see how far it is, print the slips."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.errors import InvalidInput
from lienxa.platform.files.content import XLSX
from lienxa.platform.identity.addresses import OPERATOR_PATH
from lienxa.platform.identity.requests import person_of
from lienxa.platform.module import Opening
from lienxa.platform.operator import additions, batches, listing, registry
from lienxa.platform.operator.jobs import add_organ, read_list
from lienxa.platform.operator.listing import Defaults, OrganList
from lienxa.platform.operator.pages import form_key
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.platform.web.page import page, redirect

PATH = f"{OPERATOR_PATH}/them-nhieu"
LINES_SHOWN = 200
_MOST_BYTES = 5 * 1024 * 1024

PageRequest = Request[Any, Any, State]


class BatchController(Controller):
    """Many organs by one spreadsheet."""

    path = PATH
    opt = {"host": "sso", "operator": True}
    include_in_schema = False

    @get("/")
    async def form(self, request: PageRequest) -> Template:
        """The columns that are expected, and the form that takes the file."""
        return await _form(request, {"term": Opening.term, "term_opened": f"{Opening.term_opened_on:%d/%m/%Y}"})

    @post("/", status_code=303)
    async def bring(self, request: PageRequest) -> Redirect | Template:
        """Take the file, and let it be read."""
        sent = await request.form()
        reader, signed = FormReader(sent), person_of(request)
        upload = await reader.upload("file", _("Tệp"), required=True)
        opened = reader.day("term_opened", _("Ngày mở nhiệm kỳ"), required=True)
        term = reader.text("term", _("Nhiệm kỳ")) or Opening.term
        parent, live = reader.text("parent", _("Đơn vị cấp trên")), reader.checked("live")
        defaults = Defaults(parent, term, opened or clock.today(), live)
        if upload is not None and len(upload.content) > _MOST_BYTES:
            reader.refuse("file", _("Tệp lớn hơn 5 MB."), _("Chỉ giữ bảng danh sách trong tệp rồi chọn lại."))
        for fault in listing.term_faults(defaults):
            reader.refuse(fault.field, fault.reason, fault.remedy)
        try:
            reader.check()
        except InvalidInput as errors:
            return await _form(request, reader.values, errors)
        assert upload is not None
        key, account = form_key(sent.get("_once")), (signed.account_id, signed.username)
        async with request.app.state.database.control() as control:
            await batches.bring(control, read_list, key, account, (upload.name, upload.content), defaults)
        return redirect(request, f"{PATH}/{key}")

    @get("/mau.xlsx", opt={SENT_AS_IT_IS: True})
    async def template(self) -> Response[bytes]:
        """An empty workbook with the columns."""
        headers = {"content-disposition": 'attachment; filename="mau-don-vi.xlsx"', "cache-control": "no-store"}
        return Response(listing.template(), media_type=XLSX, headers=headers)

    @get("/{batch_id:str}")
    async def batch(self, request: PageRequest, batch_id: FromPath[UUID]) -> Template:
        """What was found in the file, or how far its organs are."""
        async with request.app.state.database.control() as control:
            batch = await batches.find(control, batch_id)
            progress = await batches.progress(control, batch_id)
        return page(
            request,
            "operator/batch.html",
            batch=batch,
            lines=batches.lines_of(batch),
            most=LINES_SHOWN,
            progress=progress,
            failed=[(one.id, additions.spec_of(one), additions.faults_of(one)) for one in progress.failed],
            titles={column.field: column.title for column in OrganList().columns},
            path=f"{PATH}/{batch_id}",
        )

    @post("/{batch_id:str}", status_code=303)
    async def start(self, request: PageRequest, batch_id: FromPath[UUID]) -> Redirect:
        """Want the organs of the good lines."""
        async with request.app.state.database.control() as control:
            await batches.start(control, add_organ, batch_id, person_of(request).username)
        return redirect(request, f"{PATH}/{batch_id}")

    @post("/{batch_id:str}/thu-lai", status_code=303)
    async def try_again(self, request: PageRequest, batch_id: FromPath[UUID]) -> Redirect:
        """Want those that could not be made once more."""
        async with request.app.state.database.control() as control:
            wanted = await batches.try_again(control, add_organ, batch_id, person_of(request).username)
        return redirect(request, f"{PATH}/{batch_id}", notice=_("Đang thử lại {count} đơn vị.", count=wanted))

    @post("/{batch_id:str}/phieu", status_code=200)
    async def slips(self, request: PageRequest, batch_id: FromPath[UUID]) -> Template:
        """The slips of all first administrators that nobody has printed yet, once."""
        app = request.app.state
        async with app.database.control() as control:
            await batches.find(control, batch_id)
            slips = await batches.take_slips(control, app.settings, batch_id, person_of(request).username)
        return page(request, "operator/slips.html", slips=slips, back=f"{PATH}/{batch_id}")


async def _form(request: PageRequest, values: Mapping[str, Any], errors: InvalidInput | None = None) -> Template:
    async with request.app.state.database.control() as control:
        parents = await registry.parents(control)
    return page(
        request,
        "operator/add_many.html",
        status=422 if errors else 200,
        values=values,
        errors=errors,
        parents=parents,
        columns=OrganList().columns,
        most=listing.MOST_ORGANS,
    )
