"""The operator's page of accounts: who may sign in, at which organs, and who is an operator."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from lienxa.platform.identity.addresses import OPERATOR_PATH
from lienxa.platform.identity.requests import person_of
from lienxa.platform.operator import accounts
from lienxa.platform.operator.jobs import set_account
from lienxa.platform.text import _
from lienxa.platform.web.forms import plain
from lienxa.platform.web.page import page, redirect

PATH = f"{OPERATOR_PATH}/tai-khoan"

PageRequest = Request[Any, Any, State]


class AccountController(Controller):
    """Accounts of all organs. A worker does what is asked for here."""

    path = PATH
    opt = {"host": "sso", "operator": True}
    include_in_schema = False

    @get("/")
    async def index(self, request: PageRequest, q: FromQuery[str] = "") -> Template:
        """The operators, or those with `q` in user name or name."""
        words = plain(q)[:100]
        async with request.app.state.database.control() as control:
            lines = await accounts.search(control, words)
        return page(
            request,
            "operator/accounts.html",
            lines=lines,
            words=words,
            more=len(lines) == accounts.LISTED,
            own_id=person_of(request).account_id,
        )

    @post("/{account_id:str}/khoa", status_code=303)
    async def disable(self, request: PageRequest, account_id: FromPath[UUID]) -> Redirect:
        """Want an account shut out."""
        return await _ask(request, account_id, enabled=False)

    @post("/{account_id:str}/mo-lai", status_code=303)
    async def enable(self, request: PageRequest, account_id: FromPath[UUID]) -> Redirect:
        """Want an account let in again."""
        return await _ask(request, account_id, enabled=True)


async def _ask(request: PageRequest, account_id: UUID, *, enabled: bool) -> Redirect:
    async with request.app.state.database.control() as control:
        account = await accounts.ask(control, set_account, account_id, person_of(request).account_id, enabled=enabled)
    name = account.username
    notice = _("Đã yêu cầu khóa {name}. Tải lại trang sau vài giây; nếu không làm được, xem Nhật ký.", name=name)
    if enabled:
        notice = _("Đã yêu cầu mở lại {name}. Tải lại trang sau vài giây; nếu không làm được, xem Nhật ký.", name=name)
    return redirect(request, f"{PATH}?q={account.username}", notice=notice)
