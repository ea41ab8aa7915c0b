"""Heads of the trail (dấu niêm): who gets them by mail, and whether the trail still is what a received one says."""

from functools import partial
from typing import Any

from litestar import Controller, get, post
from litestar.response import Redirect, Template

from lienxa.platform.audit import repository as audit
from lienxa.platform.audit import sealing, sent_heads
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput
from lienxa.platform.identity.enrolment import ODD_MAIL_ADDRESS, is_mail_address
from lienxa.platform.mail import outbox
from lienxa.platform.settings import get_settings
from lienxa.platform.text import _
from lienxa.platform.web import seals
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.web.suspended import WHILE_SUSPENDED
from lienxa.tenants.office.pages.common import Db, HtmlRequest, Me, status
from lienxa.tenants.office.permissions import ADMINISTRATE

PATH = sent_heads.PAGE


class SealController(Controller):
    """The heads of the organ's trail."""

    path = PATH

    @get("/", operation_id="ShowSeals")
    async def index(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """The present head, who gets it, the last letters, and the form to compare."""
        actor.require(ADMINISTRATE)
        return await _page(request, session)

    @post("/", operation_id="CompareSeals", status_code=200, opt={WHILE_SUSPENDED: True})
    async def compare(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Hold the trail against what stands in a letter."""
        actor.require(ADMINISTRATE)
        form = FormReader(await request.form())
        async with shown_again(session, partial(_page, request, session, values=form.values)):
            found = seals.received(form)
        compared = await seals.compared(session, found)
        return await _page(request, session, values=form.values, compared=compared)

    @post("/noi-nhan", operation_id="SetSealReceivers", status_code=303)
    async def set_receivers(self, request: HtmlRequest, session: Db, actor: Me) -> Redirect:
        """Say who gets them, and send the present one at once: so it is seen whether letters arrive."""
        actor.require(ADMINISTRATE)
        form = FormReader(await request.form())
        async with shown_again(session, partial(_page, request, session, values=form.values)):
            addresses = form.text("receivers", _("Địa chỉ nhận"), max=2000).replace(",", " ").replace(";", " ").split()
            if odd := [address for address in addresses if not (address.isascii() and is_mail_address(address))]:
                form.refuse("receivers", _("“{address}”: không phải địa chỉ thư.", address=odd[0]), ODD_MAIL_ADDRESS[1])
            if len(addresses) > sent_heads.MOST_RECEIVERS:
                form.refuse("receivers", _("Quá {most} địa chỉ.", most=sent_heads.MOST_RECEIVERS), _("Bớt địa chỉ."))
            form.check()
        await sent_heads.set_receivers(session, addresses)
        told = {"receivers": ", ".join(addresses)}
        audit.record(session, actor, "office.set_seal_receivers", "organ", None, told)
        sent = await _send_now(request, session, actor, addresses)
        notice = _("Đã lưu; thư đầu tiên đang được gửi.") if sent else _("Đã lưu.")
        return redirect(request, PATH, notice=notice)


async def _send_now(request: HtmlRequest, session: TenantSession, actor: Me, addresses: list[str]) -> bool:
    settings, head = get_settings(), await sealing.last_head(session)
    if not outbox.is_set_up(settings) or not head.number:
        return False
    site = str(request.base_url).rstrip("/")
    letter = sent_heads.letter(actor.organ, sent_heads.signed(settings.audit_keys, actor.organ.id, head), site)
    for address in dict.fromkeys(addresses):
        await outbox.put(session, address, letter)
    return bool(addresses)


async def _page(
    request: HtmlRequest,
    session: TenantSession,
    *,
    values: dict[str, Any] | None = None,
    errors: InvalidInput | None = None,
    compared: seals.Compared = (),
) -> Template:
    stored = {"receivers": "\n".join(await sent_heads.receivers(session)), "received": ""}
    return page(
        request,
        "office/seals.html",
        status=status(errors),
        head=await sealing.last_head(session),
        values={**stored, **(values or {})},
        errors=errors,
        compared=compared,
        letters=await seals.letters(session),
        sends_mail=outbox.is_set_up(get_settings()),
    )
