"""The first page of each host: an organ's leads to the day's work, the sign-on host's lists the organs."""

from typing import Any

from litestar import Controller, Request, get
from litestar.datastructures import State
from litestar.response import Redirect, Template

from lienxa.platform.tenancy import organs, preparation
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.web.page import page


class FrontController(Controller):
    """`/` of every host, and the list of organs."""

    opt = {"host": "any"}

    @get("/", operation_id="Front")
    async def front(self, request: Request[Any, Any, State]) -> Redirect:
        """Lead on, by the host that was asked."""
        organ: Organ | None = request.scope["state"].get("organ")
        if organ is None:
            return Redirect("/don-vi", status_code=303)
        return Redirect("/tong-hop" if organ.is_parent else "/viec-cua-toi", status_code=303)

    @get("/don-vi", operation_id="ListOrgans", opt={"host": "sso"})
    async def organs(self, request: Request[Any, Any, State]) -> Template:
        """The organs of the installation, each with its address."""
        settings = request.app.state.settings
        async with request.app.state.database.control() as session:
            entries = await organs.with_hosts(session)
            coming = [organ.id for organ, _host in entries if organ.state == "preparing"]
            how_far = await preparation.stands(session, coming)
        shown = [(organ, settings.address(host), how_far.get(organ.id)) for organ, host in entries]
        return page(request, "front/organs.html", organs=shown)
