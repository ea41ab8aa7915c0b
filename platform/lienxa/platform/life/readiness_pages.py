"""The operator's page of what an organ still needs, and of the phase in which it is."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform.errors import FieldError, InvalidInput
from lienxa.platform.identity.addresses import OPERATOR_PATH
from lienxa.platform.life.pages import want
from lienxa.platform.operator import registry
from lienxa.platform.readiness import repository
from lienxa.platform.readiness.checklist import checklist
from lienxa.platform.readiness.phases import PHASES, STEPS, Decision, check
from lienxa.platform.settings import get_settings
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page

PageRequest = Request[Any, Any, State]


class ReadinessController(Controller):
    """What an organ tells operators about its readiness: states, counts and reasons, never what anybody wrote."""

    path = f"{OPERATOR_PATH}/don-vi/{{slug:str}}/san-sang"
    opt = {"host": "sso", "operator": True}
    include_in_schema = False

    @get("/")
    async def show(self, request: PageRequest, slug: FromPath[str]) -> Template:
        """The list, the phase, and the form to another one."""
        return await _show(request, slug, {})

    @post("/", status_code=303)
    async def enter(self, request: PageRequest, slug: FromPath[str]) -> Redirect | Template:
        """Want the organ to enter another phase; a worker does it."""
        form = FormReader(await request.form())
        wanted = form.choice("phase", _("Giai đoạn"), PHASES)
        basis = form.text("basis", _("Căn cứ"), max=300)
        reason = form.text("reason", _("Lý do"), max=500)
        database = request.app.state.database
        async with database.control() as control:
            organ = (await registry.entry(control, slug)).organ
        try:
            form.check()
            if organ.state != "active" or organ.is_parent or wanted not in STEPS[organ.phase]:
                said = _("Đơn vị không chuyển được sang giai đoạn này.")
                raise InvalidInput([FieldError("phase", said, _("Tải lại trang rồi chọn lại."))])
            async with database.tenant(organ.id) as session:
                check(organ, Decision(wanted, basis, reason), (await checklist(session, organ)).missing)
        except InvalidInput as errors:
            return await _show(request, slug, form.values, errors)
        return await want(request, "phase", organ.id, phase=wanted, basis=basis, reason=reason)


async def _show(
    request: PageRequest, slug: str, values: dict[str, Any], errors: InvalidInput | None = None
) -> Template:
    database = request.app.state.database
    async with database.control() as control:
        entry = await registry.entry(control, slug)
    async with database.tenant(entry.organ.id) as session:
        found = await checklist(session, entry.organ)
        changes = await repository.changes(session)
    settings = get_settings()
    steps = () if entry.organ.is_parent else STEPS[entry.organ.phase]
    return page(
        request,
        "life/readiness.html",
        status=422 if errors else 200,
        entry=entry,
        checklist=found,
        changes=changes,
        phases=PHASES,
        steps={step: PHASES[step] for step in steps},
        address=settings.address(entry.host),
        values=values,
        errors=errors,
    )
