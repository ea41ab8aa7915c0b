"""The pages of sign-on: on an organ's host, and the few addresses on the sign-on host. The steps are in `identity`."""

from typing import Any
from urllib.parse import quote

import structlog
from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template
from litestar.types import ControllerRouterHandler
from sqlalchemy import Row

from lienxa.platform.access.actor import Actor
from lienxa.platform.audit import operators
from lienxa.platform.errors import NotFound, Unavailable
from lienxa.platform.identity import flow, limits, requests, sealing, sessions
from lienxa.platform.identity.addresses import CALLBACK_PATH, LOGGED_OUT_PATH, OPERATOR_PATH
from lienxa.platform.identity.oidc import GrantEnded, OidcClient, TokenRefused
from lienxa.platform.tenancy.organs import Organ, host_of, organ_by_slug
from lienxa.platform.text import _
from lienxa.platform.web import posts, trail
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import kept_place, page, redirect
from lienxa.platform.web.suspended import WHILE_SUSPENDED

log = structlog.get_logger()

BACK_CHANNEL_LOGOUT_PATH = "/dang-xuat/kenh-sau"
_TRIES, _WINDOW = 120, 60
# On the last page of a logout of which the issuer could not be told.
_ISSUER_AWAY = "may-chu-vang"
_BINDING_SECONDS = 15 * 60
# What a person changes at the issuer: Keycloak's names for it.
_PROOFS = {"mat-khau": "UPDATE_PASSWORD", "ma-dien-thoai": "CONFIGURE_TOTP"}
_SHARED_SECONDS = 365 * 24 * 3600
# These addresses carry secrets; they are led on from at once and must not be told to the next page.
_NO_REFERRER = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}

PageRequest = Request[Any, Any, State]


class SignOnController(Controller):
    """The beginning and the end of a sign-on, on the organ's host."""

    opt = {"public": True}
    include_in_schema = False

    @get("/dang-nhap")
    async def begin(self, request: PageRequest, organ: NamedDependency[Organ]) -> Redirect:
        """Send the browser to the issuer. The only page that makes a sign-on state."""
        app = request.app.state
        return_path = flow.safe_return_path(request.query_params.get("ve", "/"))
        if await requests.signed_in(request, app.database):
            return Redirect(return_path, status_code=303)
        return await _begin(request, organ, return_path)

    @get(flow.TICKET_PATH)
    async def redeem(self, request: PageRequest, organ: NamedDependency[Organ]) -> Redirect | Template:
        """Turn the ticket of this browser into a session."""
        return await _redeem(request, organ)

    @get("/dang-xuat")
    async def ask_to_sign_out(self, request: PageRequest) -> Redirect | Template:
        """A page with the one button: also for somebody who is signed in but holds no post here."""
        signed = await requests.signed_in(request, request.app.state.database)
        if signed is None:
            return Redirect("/dang-xuat/roi", status_code=303)
        return page(request, "signon/sign_out.html", signed=signed, csrf=requests.masked(signed.csrf))

    @post("/dang-xuat", status_code=200, opt={WHILE_SUSPENDED: True})
    async def sign_out(self, request: PageRequest, organ: NamedDependency[Organ]) -> Redirect | Template:
        """End the sessions of this browser at every organ, then lead to the issuer's logout."""
        signed = await requests.signed_in(request, request.app.state.database)
        if signed is None:
            return Redirect("/dang-xuat/roi", status_code=303)
        await requests.check_unsafe(request, signed)
        async with request.app.state.database.control() as control:
            found = await sessions.issuer_session_of(control, signed.session_id)
            if found:
                await sessions.end_sid(control, found.issuer_sid)
        return await _leave(request, organ, found)

    @get("/dang-xuat/roi")
    async def signed_out(self, request: PageRequest, organ: NamedDependency[Organ]) -> Template:
        """The last page."""
        return page(request, "signon/signed_out.html", organ=organ, away=_ISSUER_AWAY in request.query_params)


class OwnSessionsController(Controller):
    """What the signed-in person decides about their own sessions."""

    opt = {posts.IN_ANY_POST: True}
    include_in_schema = False

    @get("/phien")
    async def list(self, request: PageRequest) -> Template:
        """Where the person is signed in."""
        signed = requests.person_of(request)
        async with request.app.state.database.control() as control:
            found = await sessions.of_account(control, signed.account_id)
        shared = any(session.shared for session in found if session.id == signed.session_id)
        proofs = not request.app.state.settings.issuer_is_embedded
        return page(request, "signon/sessions.html", sessions=found, signed=signed, shared=shared, proofs=proofs)

    @get("/phien/doi/{proof:str}")
    async def change_proof(self, request: PageRequest, organ: NamedDependency[Organ], proof: FromPath[str]) -> Redirect:
        """Lead to the issuer, where the person changes the password or sets up a telephone for codes."""
        if proof not in _PROOFS or request.app.state.settings.issuer_is_embedded:
            raise NotFound
        return await _begin(request, organ, "/phien", action=_PROOFS[proof])

    @post("/phien/dang-xuat-tat-ca", status_code=200, opt={WHILE_SUSPENDED: True})
    async def sign_out_everywhere(self, request: PageRequest, organ: NamedDependency[Organ]) -> Redirect | Template:
        """End all sessions of the person, here and at the issuer."""
        app = request.app.state
        signed = requests.person_of(request)
        async with app.database.control() as control:
            found = await sessions.issuer_session_of(control, signed.session_id)
            sealed = await sessions.end_account(control, signed.account_id)
        for refresh_token in sealed:
            await _end_at_issuer(request, sealing.unseal(app.settings, refresh_token))
        return await _leave(request, organ, found)

    @post("/phien/may-dung-chung", status_code=303, opt={WHILE_SUSPENDED: True})
    async def shared_machine(self, request: PageRequest) -> Redirect:
        """Say whether several people use this machine: then a session ends after 30 idle minutes."""
        app = request.app.state
        signed = requests.person_of(request)
        shared = FormReader(await request.form()).checked("shared")
        async with app.database.control() as control:
            await sessions.mark_shared(control, signed.session_id, shared=shared)
        notice = (
            _("Phiên ở máy này tự kết thúc sau 30 phút không dùng.") if shared else _("Đã bỏ chế độ máy dùng chung.")
        )
        answer = redirect(request, "/phien", notice=notice)
        name = requests.shared_machine_cookie_name(app.settings)
        answer.set_cookie(requests.host_cookie(app.settings, name, "1", _SHARED_SECONDS if shared else 0))
        return answer

    @post("/chuc-vu", status_code=303, opt={WHILE_SUSPENDED: True})
    async def act_in(self, request: PageRequest, actor: NamedDependency[Actor]) -> Redirect:
        """Act in another of one's posts from now on."""
        signed = requests.person_of(request)
        reader = FormReader(await request.form())
        post_id = reader.uuid("post", _("Chức vụ"), required=True)
        reader.check()
        assert post_id is not None
        back = reader.text("ve", _("Trang đang mở"))
        chosen = actor.acting_in(post_id)
        await sessions.act_in(request.app.state.database, signed.session_id, post_id)
        notice = _("Đang làm việc với chức vụ “{title}”.", title=chosen.acting.title)
        return redirect(request, kept_place(chosen, back), notice=notice)


class SignOnHostController(Controller):
    """What the issuer knows of us: one redirect URI for all organs, and the ends of a logout."""

    opt = {"host": "sso", "public": True}
    include_in_schema = False

    @get(CALLBACK_PATH)
    async def come_back(self, request: PageRequest) -> Redirect | Template:
        """The issuer's answer, led on to the organ that was asked for."""
        app, query = request.app.state, request.query_params
        try:
            address = await flow.come_back(
                app.database,
                app.settings,
                app.oidc,
                state=query.get("state", ""),
                code=query.get("code", ""),
                issuer=query.get("iss", ""),
                error=query.get("error", ""),
            )
        except flow.SignOnRefused as refused:
            return await _refused(request, refused)
        return Redirect(address, status_code=303, headers=_NO_REFERRER)

    @get(LOGGED_OUT_PATH)
    async def logged_out(self, request: PageRequest) -> Redirect | Template:
        """Back from the issuer's logout, led on to the organ's host from the registry."""
        app = request.app.state
        async with app.database.control() as control:
            organ = await organ_by_slug(control, request.query_params.get("state", ""))
            host = await host_of(control, organ.id) if organ else None
        if host is None:
            return page(request, "signon/signed_out.html", organ=None, away=_ISSUER_AWAY in request.query_params)
        return Redirect(f"{app.settings.address(host)}/dang-xuat/roi", status_code=303)

    @post(BACK_CHANNEL_LOGOUT_PATH, status_code=200)
    async def back_channel_logout(self, request: PageRequest) -> Response[dict[str, str]]:
        """The issuer ended a session: end ours (OpenID Connect Back-Channel Logout 1.0)."""
        app = request.app.state
        logout_token = (await request.form()).get("logout_token", "")
        try:
            sid, sub = await app.oidc.verify_logout_token(logout_token if isinstance(logout_token, str) else "")
        except TokenRefused as error:
            # Of the refused alone: behind one address the issuer may end hundreds of sessions at once.
            await limits.hit(app.database, f"back-channel:{_address(request)}", _TRIES, _WINDOW)
            log.warning("back-channel logout refused", detail=str(error))
            return Response({"error": "invalid_request"}, status_code=400, headers={"Cache-Control": "no-store"})
        async with app.database.control() as control:
            if sid:
                await sessions.end_sid(control, sid)
            else:
                await sessions.end_sub(control, app.settings.issuer_name, sub)
        return Response({}, headers={"Cache-Control": "no-store"})


class OperatorSignOnController(Controller):
    """The beginning and the end of an operator's sign-on, both on the sign-on host."""

    path = OPERATOR_PATH
    opt = {"host": "sso", "public": True}
    include_in_schema = False

    @get("/dang-nhap")
    async def begin(self, request: PageRequest) -> Redirect:
        """Send the browser to the issuer."""
        app = request.app.state
        if request.scope["state"]["host_kind"] != "sso":
            raise NotFound
        return_path = flow.safe_return_path(request.query_params.get("ve", OPERATOR_PATH))
        if await requests.signed_in(request, app.database):
            return Redirect(return_path, status_code=303)
        return await _begin(request, None, return_path)

    @get("/dang-nhap/xong")
    async def redeem(self, request: PageRequest) -> Redirect | Template:
        """Turn the ticket of this browser into a session without an organ."""
        return await _redeem(request, None)

    @post("/dang-xuat", status_code=200, opt={"operator": True})
    async def sign_out(self, request: PageRequest) -> Template:
        """End the sessions of this browser everywhere, then lead to the issuer's logout."""
        app = request.app.state
        signed = requests.person_of(request)
        async with app.database.control() as control:
            found = await sessions.issuer_session_of(control, signed.session_id)
            if found:
                await sessions.end_sid(control, found.issuer_sid)
            operators.note(control, signed.username, "operator.signed_out")
        return await _leave(request, None, found)


signon_routes: list[ControllerRouterHandler] = [
    SignOnController,
    OwnSessionsController,
    SignOnHostController,
    OperatorSignOnController,
]


async def _begin(request: PageRequest, organ: Organ | None, return_path: str, action: str = "") -> Redirect:
    app = request.app.state
    await limits.hit(app.database, f"sign-on:{_address(request)}", _TRIES, _WINDOW)
    name = requests.binding_cookie_name(app.settings)
    kept = request.cookies.get(name)
    begun = await flow.begin(app.database, app.oidc, organ, return_path=return_path, binding=kept, action=action)
    cookie = requests.host_cookie(app.settings, name, begun.binding, _BINDING_SECONDS)
    return Redirect(begun.address, status_code=303, cookies=[cookie], headers=_NO_REFERRER)


async def _redeem(request: PageRequest, organ: Organ | None) -> Redirect | Template:
    app = request.app.state
    session_name = requests.session_cookie_name(app.settings)
    try:
        cookie, return_path = await flow.redeem(
            app.database,
            organ,
            ticket=request.query_params.get("ve", ""),
            binding=request.cookies.get(requests.binding_cookie_name(app.settings), ""),
            previous_cookie=request.cookies.get(session_name, ""),
            shared_machine=requests.shared_machine_cookie_name(app.settings) in request.cookies,
            user_agent=request.headers.get("user-agent", ""),
        )
    except flow.SignOnRefused as refused:
        return await _refused(request, refused)
    session_cookie = requests.host_cookie(app.settings, session_name, cookie)
    return Redirect(return_path, status_code=303, cookies=[session_cookie], headers=_NO_REFERRER)


async def _refused(request: PageRequest, refused: flow.SignOnRefused) -> Template:
    """A plain page that says why, with the way on: from the beginning, or as somebody else."""
    app, organ = request.app.state, refused.organ
    if organ is not None and not refused.id_token:  # who is known stands in the trail already
        trail.count(request, organ, trail.SIGN_ON)
    again = other = ""
    if organ is not None:
        async with app.database.control() as control:
            host = await host_of(control, organ.id)
        way = f"/dang-nhap?ve={quote(refused.return_path, safe='')}" if refused.return_path != "/" else "/dang-nhap"
        again = f"{app.settings.address(host)}{way}" if host else ""
    else:
        again = "/" if refused.reason is flow.Reason.STATE else f"{OPERATOR_PATH}/dang-nhap"
    if refused.id_token:
        other = await app.oidc.logout_address(refused.id_token, organ.slug if organ else "")
    status = 503 if refused.reason is flow.Reason.ISSUER_AWAY else 403
    answer = page(request, "signon/refused.html", status=status, refused=refused, again=again, other=other)
    answer.headers.update(_NO_REFERRER)
    return answer


async def _leave(request: PageRequest, organ: Organ | None, ended: Row[str, str, bytes] | None) -> Template:
    """A page that leads on by itself to the issuer's logout: `form-action` holds for a redirect after a sent form."""
    settings = request.app.state.settings
    answer = page(request, "signon/leaving.html", address=await _way_out(request, organ, ended))
    answer.set_cookie(requests.host_cookie(settings, requests.session_cookie_name(settings), "", 0))
    answer.headers.update(_NO_REFERRER)
    return answer


async def _way_out(request: PageRequest, organ: Organ | None, ended: Row[str, str, bytes] | None) -> str:
    """The issuer's logout; our own last page if the issuer's session is over, or if it does not answer.

    It is asked for a fresh ID token: the one at hand may be signed with a key that it knows no more.
    """
    app, slug = request.app.state, organ.slug if organ else ""
    oidc: OidcClient = app.oidc
    last = "/dang-xuat/roi" if organ else LOGGED_OUT_PATH
    refresh_token = sealing.unseal(app.settings, ended.refresh_token) if ended else None
    if ended is None or refresh_token is None:
        return last
    try:
        _next, id_token = await oidc.refresh(refresh_token)
        return await oidc.logout_address(id_token or ended.id_token, slug)
    except GrantEnded:
        return last
    except Unavailable:
        return f"{last}?{_ISSUER_AWAY}=1"


async def _end_at_issuer(request: PageRequest, refresh_token: str | None) -> None:
    if refresh_token is None:
        return
    try:
        await request.app.state.oidc.end_session(refresh_token)
    except Unavailable:
        log.warning("issuer session not ended: the issuer does not answer")


def _address(request: PageRequest) -> str:
    """The address of the browser's side, as the server process sees it."""
    return request.client.host if request.client else ""
