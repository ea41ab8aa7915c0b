"""Who may call the API: a member by the cookie of their session, or another system by its token.

A call with `Authorization` is judged by that alone and never takes a cookie; it needs no token against forged
requests, because no browser adds such a header by itself.
"""

from datetime import timedelta
from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.handlers import BaseRouteHandler

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.errors import Forbidden, LoginRequired, Unauthenticated
from lienxa.platform.identity.sessions import digest
from lienxa.platform.rest import idempotency, limits, programs, repository
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.platform.web.gate import admit_person
from lienxa.platform.web.suspended import SAFE_METHODS
from lienxa.platform.web.unit import UnitOfWork

NEEDS = "needs"
_USE_NOTED_EVERY = timedelta(minutes=1)


async def admit(request: Request[Any, Any, State], handler: BaseRouteHandler, organ: Organ, unit: UnitOfWork) -> None:
    """Find out who calls, within the limits; raise if they may not.

    The right that a handler `needs` is asked for before what was sent is looked at; operations check it again.
    """
    counts = limits.limits_of(request)
    await counts.share(request.app.state.database)
    address = limits.caller_address(request)
    counts.hit(f"address:{address}", limits.PER_ADDRESS)
    refused = f"refused:{address}:{organ.id}"
    counts.check(refused, limits.REFUSED_PER_ADDRESS)
    try:
        actor = await _caller(request, organ, unit)
    except (Unauthenticated, LoginRequired):
        counts.hit(refused, limits.REFUSED_PER_ADDRESS)
        raise
    counts.hit(f"account:{actor.account_id}", limits.PER_ACCOUNT)
    counts.hit(f"tenant:{organ.id}", limits.PER_TENANT)
    if needed := handler.opt.get(NEEDS):
        actor.require(needed)
    if request.method not in SAFE_METHODS:
        if request.content_type[0] == RequestEncodingType.MULTI_PART:
            await request.form()  # by `Call`, which refuses what cannot be read; the framework takes what was read
        if handler.opt.get(idempotency.NOT_KEPT):
            idempotency.refuse(request)
        else:
            await idempotency.once(request, unit, actor.account_id)


def require_person(actor: Actor) -> None:
    """`Forbidden` for a service account: what is done here is for people, in a post of theirs."""
    if actor.acting.role == programs.ROLE:
        raise Forbidden(
            _("Việc này dành cho cán bộ, tài khoản kết nối không làm được."),
            remedy=_("Gọi bằng phiên đăng nhập của cán bộ."),
        )


async def _caller(request: Request[Any, Any, State], organ: Organ, unit: UnitOfWork) -> Actor:
    authorization = request.headers.get("authorization")
    if authorization is None:
        return await admit_person(request, organ, unit)
    scheme, _space, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    actor = await _service(request, organ, token.strip())
    request.scope["state"]["actor"] = actor
    return actor


async def _service(request: Request[Any, Any, State], organ: Organ, token: str) -> Actor:
    """The service account of the token, in a short transaction of its own: the use counts whatever becomes of it."""
    present = clock.now()
    async with request.app.state.database.tenant(organ.id) as session:
        row = await repository.alive(session, digest(token))
        if row is None:
            raise Unauthenticated
        if row.last_used_at is None or row.last_used_at < present - _USE_NOTED_EVERY:
            await repository.note_use(session, row.id, present)
    return programs.acting(organ, row)
