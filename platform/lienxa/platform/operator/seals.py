"""Seals of the operators' own trail: its present head, and whether it still is what a received letter says."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.response import Template

from lienxa.platform.audit import sealing
from lienxa.platform.db.session import ControlSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.identity.addresses import OPERATOR_PATH
from lienxa.platform.mail import outbox
from lienxa.platform.settings import Settings
from lienxa.platform.web import seals
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page

PATH = f"{OPERATOR_PATH}/nhat-ky/dau-niem"

PageRequest = Request[Any, Any, State]


class SealController(Controller):
    """The heads of the operators' trail."""

    path = PATH
    opt = {"host": "sso", "operator": True}
    include_in_schema = False

    @get("/")
    async def index(self, request: PageRequest) -> Template:
        """The present head, who gets it, and the form to compare."""
        async with request.app.state.database.control() as control:
            return await _page(request, control, {"received": ""})

    @post("/", status_code=200)
    async def compare(self, request: PageRequest) -> Template:
        """Hold the trail against what stands in a letter."""
        form = FormReader(await request.form())
        async with request.app.state.database.control() as control:
            try:
                found = seals.received(form)
            except InvalidInput as errors:
                return await _page(request, control, form.values, errors)
            return await _page(request, control, form.values, compared=await seals.compared(control, found))


async def _page(
    request: PageRequest,
    control: ControlSession,
    values: dict[str, Any],
    errors: InvalidInput | None = None,
    compared: seals.Compared = (),
) -> Template:
    settings: Settings = request.app.state.settings
    return page(
        request,
        "operator/seals.html",
        status=422 if errors else 200,
        head=await sealing.last_head(control),
        values=values,
        errors=errors,
        compared=compared,
        letters=await seals.letters(control),
        receivers=settings.heads_receivers,
        sends_mail=outbox.is_set_up(settings),
    )
