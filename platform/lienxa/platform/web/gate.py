"""The way into every request: host, person, membership, origin. Open pages and other hosts say so in `opt`.

A route declares `opt={"public": True}` if nobody need be signed in, and `opt={"host": ...}` if it does not belong to
an organ's host: `sso` (sign-on host), `issuer`, `any`. On the sign-on host `opt={"operator": True}` lets operators in
alone. Everything else is closed. Where others than members signed on may come in (`/api`, the answer to an invitation),
`opt={"admit": ...}` is the function that admits instead of `admit_person`.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from lienxa.platform import errors
from lienxa.platform.access import members
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Forbidden, LoginRequired, NotAgreed, NotFound
from lienxa.platform.identity import invitations
from lienxa.platform.identity.requests import SignedIn, check_origin, check_unsafe, signed_in
from lienxa.platform.settings import Settings
from lienxa.platform.telemetry import tenant
from lienxa.platform.tenancy.organs import HostDirectory, Moved, Organ
from lienxa.platform.tenancy.preparation import UNKNOWN, Stand, stands
from lienxa.platform.text import _
from lienxa.platform.web import forms, posts, submissions
from lienxa.platform.web.reading import check_address, split
from lienxa.platform.web.suspended import SAFE_METHODS, answers
from lienxa.platform.web.unit import STATE_KEY, UnitOfWork
from lienxa.platform.workdays import calendar_for

Admit = Callable[[Request[Any, Any, State], BaseRouteHandler, Organ, UnitOfWork], Awaitable[None]]


class SentBefore(Exception):
    """The form was carried out before; `location` is where its answer led."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class StillPreparing(Exception):
    """The organ's year is being made; `stand` is how far."""

    def __init__(self, stand: Stand) -> None:
        super().__init__(stand)
        self.stand = stand


class HostMiddleware(ASGIMiddleware):
    """Puts the organ of the host name (None on the installation's own hosts) into the request's state."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Look the host up; an unknown host is answered by the gate as not found."""
        check_address(scope)
        settings: Settings = scope["litestar_app"].state.settings
        directory: HostDirectory = scope["litestar_app"].state.hosts
        host = host_of(scope)
        kind = _installation_host(host, settings)
        scope["state"]["host_kind"] = kind
        found = None if kind else await directory.find(host)
        scope["state"]["moved_to"] = found.host if isinstance(found, Moved) else None
        scope["state"]["organ"] = found if isinstance(found, Organ) else None
        if scope["state"]["organ"] is None:
            await next_app(scope, receive, send)
            return
        with tenant.bound(scope["state"]["organ"].id):
            await next_app(scope, receive, send)


async def gate(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let a request through or raise: the one guard of the application."""
    if "\0" in connection.scope["path"] or (b"%00" in connection.scope["query_string"] and not _is_call(connection)):
        raise NotFound  # no text of ours holds a NUL, nor can the database compare one; calls are told which parameter
    state = connection.scope["state"]
    wanted = handler.opt.get("host", "organ")
    if wanted == "any":
        return
    organ: Organ | None = state.get("organ")
    if moved_to := state.get("moved_to"):
        raise errors.Moved(connection.app.state.settings.address(moved_to))
    if organ is None and not state["host_kind"]:
        raise NotFound(_("Không có đơn vị nào ở địa chỉ này."))
    if (organ is None) == (wanted == "organ") or (organ is None and wanted not in state["host_kind"]):
        raise NotFound
    if organ is None:
        if handler.opt.get("operator"):
            await _admit_operator(connection, state)
        return
    if organ.state == "preparing":
        async with connection.app.state.database.control() as control:
            raise StillPreparing((await stands(control, [organ.id])).get(organ.id, UNKNOWN))
    assert isinstance(connection, Request)
    if handler.opt.get("public"):
        await _check_public(connection)
        state["face"] = await members.face(state[STATE_KEY].session)
    else:
        admit: Admit = handler.opt.get("admit", _admit_sender)
        await admit(connection, handler, organ, state[STATE_KEY])
    # Said to members alone: whoever may not come in is answered, and counted, as at any other organ.
    if organ.state == "suspended" and not answers(connection.app, connection.method, connection.scope["path"]):
        raise errors.Suspended(organ.title, organ.followers)


def _is_call(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    path: str = connection.scope["path"]
    return path.startswith("/api/")


async def _admit_operator(connection: ASGIConnection[Any, Any, Any, Any], state: dict[str, Any]) -> None:
    """By name only: what comes by number (our own back channel, probes) is nobody."""
    assert isinstance(connection, Request)
    if state["host_kind"] != "sso":
        raise NotFound
    signed = await signed_in(connection, connection.app.state.database)
    if signed is None:
        raise LoginRequired(return_path(connection))
    if connection.method not in SAFE_METHODS:
        await check_unsafe(connection, signed)
    state.update(csrf=signed.csrf, signed_in=signed)


async def _check_public(request: Request[Any, Any, State]) -> None:
    if request.method not in SAFE_METHODS:
        check_origin(request)


async def admit_person(request: Request[Any, Any, State], organ: Organ, unit: UnitOfWork) -> Actor:
    """The signed-in member behind the request, or raise; an unsafe request must come from a page of this host."""
    signed = await _sender(request)
    actor = await members.member(unit.session, organ, signed.account_id, signed.acting_post_id)
    if actor is None and await invitations.of_account(unit.session, signed.account_id):
        raise NotAgreed(organ.full_name)
    if actor is None:
        raise Forbidden(
            _("Tài khoản này không giữ chức vụ nào ở {name}.", name=organ.full_name),
            remedy=_("Hỏi người quản trị của đơn vị, hoặc đăng xuất rồi vào bằng tài khoản khác."),
        )
    request.scope["state"].update(actor=actor, csrf=signed.csrf)
    return actor


async def admit_answer(
    request: Request[Any, Any, State], _handler: BaseRouteHandler, _organ: Organ, unit: UnitOfWork
) -> None:
    """Whoever is signed on here, a member or not: for the answer to an invitation alone."""
    signed = await _sender(request)
    request.scope["state"].update(csrf=signed.csrf, face=await members.face(unit.session))


async def _sender(request: Request[Any, Any, State]) -> SignedIn:
    """The person behind the request, or raise; an unsafe request must come from a page of this host."""
    signed = await signed_in(request, request.app.state.database)
    if signed is None:
        raise LoginRequired(return_path(request))
    request.scope["state"]["signed_in"] = signed
    if request.method not in SAFE_METHODS:
        await check_unsafe(request, signed)
    return signed


async def _admit_sender(
    request: Request[Any, Any, State], handler: BaseRouteHandler, organ: Organ, unit: UnitOfWork
) -> None:
    actor = await admit_person(request, organ, unit)
    await _know_working_days(request, unit.session)
    if request.method in SAFE_METHODS:
        return
    await _once(request, unit, actor)  # first: what was carried out in the post of then has its answer
    if not handler.opt.get(posts.IN_ANY_POST):
        await posts.check(request, actor)


async def _know_working_days(request: Request[Any, Any, State], session: TenantSession) -> None:
    """Let `+5` count by the organ's own calendar wherever it is typed; nobody who typed none waits for a statement."""
    typed: list[object] = list(request.query_params.values())
    if request.method not in SAFE_METHODS:
        typed += [value for _field, value in (await request.form()).multi_items()]
    asked = any(forms.counts_working_days(value) for value in typed)
    forms.count_by(await calendar_for(session) if asked else None)


async def _once(request: Request[Any, Any, State], unit: UnitOfWork, actor: Actor) -> None:
    form = await request.form()
    typed = form.get("_once")
    if not isinstance(typed, str) or not typed:
        return
    try:
        key = UUID(typed)
    except ValueError:
        return
    earlier = await submissions.begin(unit.session, key, actor.account_id)
    if earlier is not None:
        raise SentBefore(earlier)
    unit.receipt = submissions.FormReceipt(key)


def provide_session(request: Request[Any, Any, State]) -> TenantSession:
    """Dependency `session`: the transaction of this request."""
    unit: UnitOfWork = request.scope["state"][STATE_KEY]
    return unit.session


def provide_actor(request: Request[Any, Any, State]) -> Actor:
    """Dependency `actor`: the signed-in member, acting in one post."""
    actor: Actor = request.scope["state"]["actor"]
    return actor


def provide_organ(request: Request[Any, Any, State]) -> Organ:
    """Dependency `organ`: the organ of the host that was asked."""
    organ: Organ = request.scope["state"]["organ"]
    return organ


def host_of(scope: Scope) -> str:
    """The host name that was asked, without port, in lower case."""
    for name, value in scope["headers"]:
        if name == b"host":
            return value.decode("latin-1").lower().rsplit(":", 1)[0].rstrip(".")
    return ""


def _installation_host(host: str, settings: Settings) -> str:
    """Which of the installation's own hosts this is: a word that contains the kinds it serves, or empty."""
    if host == settings.sso_host:
        return "sso"
    if host == settings.id_host:
        return "issuer"
    if host in ("127.0.0.1", "[::1]"):  # our own back channel to the embedded issuer, and probes
        return "issuer sso"
    return ""


def return_path(request: Request[Any, Any, State]) -> str:
    """Where somebody goes on who signs on first: to what was asked for, or to the page of the form that was sent.

    That page is the form's own address where it can be read, else the page that the browser says it was sent from,
    else the page above it. What was typed waits there (scripts/drafts.js).
    """
    asked = urlsplit(str(request.url))
    if request.method in SAFE_METHODS:
        return _path_of(asked)
    sent_from = split(request.headers.get("referer", "")) or SplitResult("", "", "", "", "")
    from_here = sent_from.netloc == asked.netloc
    if _is_page(request):
        return _path_of(sent_from) if from_here and sent_from.path == asked.path else asked.path
    if from_here and sent_from.path != asked.path:
        return _path_of(sent_from)
    return asked.path.rpartition("/")[0] or "/"


def _path_of(address: SplitResult) -> str:
    return f"{address.path}?{address.query}" if address.query else address.path


def _is_page(request: Request[Any, Any, State]) -> bool:
    """Whether what is sent there can be read there as well."""
    template = request.scope["path_template"]
    same = (route for route in request.app.routes if isinstance(route, HTTPRoute) and route.path_format == template)
    return any("GET" in route.methods for route in same)
