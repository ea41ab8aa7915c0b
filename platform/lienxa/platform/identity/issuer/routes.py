"""The embedded issuer over HTTP, under Keycloak's paths.

Browsers come to `id.localhost`, our own code to 127.0.0.1; on any other host there is nothing here.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader
from litestar import MediaType, Request, Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, State
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.response import Redirect

from lienxa.platform.errors import TooManyRequests
from lienxa.platform.identity.issuer.issuer import (
    AuthorizationRequest,
    EmbeddedIssuer,
    Login,
    LoginRefused,
    ProtocolError,
)
from lienxa.platform.identity.issuer.passwords import DEMONSTRATION_PASSWORD, MINIMUM_LENGTH
from lienxa.platform.identity.models import IssuerUser
from lienxa.platform.identity.requests import check_origin, host_name
from lienxa.platform.text import _

COOKIE = "lx_issuer"
BACK_CHANNEL_HOSTS = frozenset({"127.0.0.1", "[::1]"})
_TEMPLATES = Path(__file__).parent / "templates"
_HEADERS = {
    "Cache-Control": "no-store",
    # The pages post to themselves and are answered with a page: no chain of redirects that form-action would stop.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
}

IssuerRequest = Request[Any, Any, State]
Answer = Response[Any] | Redirect


def issuer_router(realm: str) -> Router:
    """Everything below `/realms/<realm>`."""
    pages = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True)
    pages.globals["_"] = _
    base = f"/realms/{realm}"
    pages.globals["base"] = base
    return Router(
        path=base,
        route_handlers=[
            Router("/", route_handlers=[discovery, certs]),
            Router("/", route_handlers=[token, userinfo, end_by_refresh_token], guards=[_back_channel_only]),
            Router("/", route_handlers=[authorize, authenticate, update_password, logout, css], guards=[_browser_only]),
        ],
        dependencies={
            "issuer": Provide(_issuer, sync_to_thread=False),
            "pages": Provide(lambda: pages, sync_to_thread=False),
        },
        opt={"host": "issuer", "public": True},
        include_in_schema=False,
    )


def _issuer(state: State) -> EmbeddedIssuer:
    issuer: EmbeddedIssuer = state.issuer
    return issuer


def _back_channel_only(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    if host_name(connection) not in BACK_CHANNEL_HOSTS:
        raise NotFoundException


def _browser_only(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    if host_name(connection) != connection.app.state.settings.id_host:
        raise NotFoundException


@get("/.well-known/openid-configuration")
async def discovery(issuer: NamedDependency[EmbeddedIssuer]) -> dict[str, Any]:
    """OpenID Connect Discovery."""
    return issuer.discovery()


@get("/protocol/openid-connect/certs")
async def certs(issuer: NamedDependency[EmbeddedIssuer]) -> dict[str, Any]:
    """The public keys."""
    return issuer.key.public_set()


@get("/resources/issuer.css", media_type=MediaType.CSS)
async def css() -> str:
    """The look of the issuer's pages."""
    return (_TEMPLATES / "issuer.css").read_text(encoding="utf-8")


@post("/protocol/openid-connect/token", status_code=200)
async def token(request: IssuerRequest, issuer: NamedDependency[EmbeddedIssuer]) -> Response[dict[str, Any]]:
    """The token endpoint."""
    form = await request.form()
    try:
        answer = await issuer.token(_texts(form), request.headers.get("authorization", ""))
    except ProtocolError as error:
        return _json_error(error)
    except TooManyRequests:
        return _json_error(ProtocolError("invalid_grant", "Account temporarily disabled", 401))
    return Response(answer, headers={"Cache-Control": "no-store"})


@get("/protocol/openid-connect/userinfo")
async def userinfo(request: IssuerRequest, issuer: NamedDependency[EmbeddedIssuer]) -> Response[dict[str, Any]]:
    """The person behind an access token."""
    try:
        return Response(await issuer.userinfo(request.headers.get("authorization", "")))
    except ProtocolError as error:
        return _json_error(error)


@post("/protocol/openid-connect/logout", status_code=204)
async def end_by_refresh_token(request: IssuerRequest, issuer: NamedDependency[EmbeddedIssuer]) -> None:
    """Keycloak's logout by refresh token, from server to server."""
    form = _texts(await request.form())
    issuer.end_session("", form.get("refresh_token", ""))


@get("/protocol/openid-connect/auth")
async def authorize(
    request: IssuerRequest, issuer: NamedDependency[EmbeddedIssuer], pages: NamedDependency[Environment]
) -> Answer:
    """The authorization endpoint: straight back with a code if the browser is logged in, else the login page."""
    query = _texts(request.query_params)
    try:
        asked = issuer.check_request(query)
    except LoginRefused as refused:
        return _page(pages, "message.html", 400, title=_("Không đăng nhập được"), text=str(refused))
    except ProtocolError as error:
        return Redirect(issuer.redirect_with_error(query, error), status_code=303)
    login = await issuer.session_of(request.cookies.get(COOKIE, ""))
    if login is not None:
        return Redirect(issuer.redirect_with_code(asked, login), status_code=303)
    return await _login_page(issuer, pages, asked, query, username=query.get("login_hint", ""))


@post("/login-actions/authenticate", status_code=200)
async def authenticate(
    request: IssuerRequest, issuer: NamedDependency[EmbeddedIssuer], pages: NamedDependency[Environment]
) -> Answer:
    """The login form was sent; its address carries the authorization request."""
    check_origin(request)
    query, form = _texts(request.query_params), _texts(await request.form())
    try:
        asked = issuer.check_request(query)
    except (LoginRefused, ProtocolError) as error:
        return _page(pages, "message.html", 400, title=_("Không đăng nhập được"), text=str(error))
    username = form.get("username", "").strip()
    try:
        user = await issuer.login(username, form.get("password", ""))
    except (LoginRefused, TooManyRequests) as refused:
        status = 429 if isinstance(refused, TooManyRequests) else 422
        return await _login_page(issuer, pages, asked, query, username=username, fault=_words(refused), status=status)
    if user.must_change_password:
        return _password_page(pages, query, issuer.password_ticket(user))
    return _lead_on(issuer, pages, asked, issuer.begin_session(user))


@post("/login-actions/update-password", status_code=200)
async def update_password(
    request: IssuerRequest, issuer: NamedDependency[EmbeddedIssuer], pages: NamedDependency[Environment]
) -> Answer:
    """The form that replaces a one-time password was sent."""
    check_origin(request)
    query, form = _texts(request.query_params), _texts(await request.form())
    ticket = form.get("ticket", "")
    try:
        asked = issuer.check_request(query)
        user = await issuer.change_password(ticket, form.get("password", ""), form.get("repeated", ""))
    except ProtocolError as error:
        return _page(pages, "message.html", 400, title=_("Không đăng nhập được"), text=error.description)
    except LoginRefused as refused:
        return _password_page(pages, query, ticket, fault=str(refused), status=422)
    return _lead_on(issuer, pages, asked, issuer.begin_session(user))


@get("/protocol/openid-connect/logout")
async def logout(
    request: IssuerRequest, issuer: NamedDependency[EmbeddedIssuer], pages: NamedDependency[Environment]
) -> Answer:
    """RP-initiated logout: ends the session of the ID token and leads back to the client."""
    query = _texts(request.query_params)
    sid = issuer.end_session(query.get("id_token_hint", ""))
    if sid is None:
        text = _("Đường dẫn đăng xuất không hợp lệ.")
        return _page(pages, "message.html", 400, title=_("Chưa đăng xuất"), text=text)
    address = issuer.post_logout_address(query)
    answer: Answer
    if address is None:
        text = _("Có thể đóng cửa sổ này.")
        answer = _page(pages, "message.html", 200, title=_("Đã đăng xuất"), text=text)
    else:
        answer = Redirect(address, status_code=303)
    answer.set_cookie(_cookie(issuer, "", max_age=0))
    return answer


async def _login_page(
    issuer: EmbeddedIssuer,
    pages: Environment,
    asked: AuthorizationRequest,
    query: Mapping[str, str],
    *,
    username: str,
    fault: str = "",
    status: int = 200,
) -> Answer:
    directory, slug = issuer.directory, asked.organization
    people: Sequence[IssuerUser] = ()
    if issuer.settings.demo:
        people = await (directory.demonstration_people(slug) if slug else directory.demonstration_operators())
    known = username in {person.username for person in people}
    here = f"{issuer.name}/protocol/openid-connect/auth?"
    kept = {name: value for name, value in query.items() if name != "login_hint"}
    return _page(
        pages,
        "login.html",
        status,
        query=urlencode(query),
        fault=fault,
        username=username,
        password=DEMONSTRATION_PASSWORD if known and not fault else "",
        people=[(person, here + urlencode({**kept, "login_hint": person.username})) for person in people],
    )


def _password_page(
    pages: Environment, query: Mapping[str, str], ticket: str, *, fault: str = "", status: int = 200
) -> Answer:
    return _page(
        pages,
        "password.html",
        status,
        query=urlencode(query),
        ticket=ticket,
        fault=fault,
        length=MINIMUM_LENGTH,
    )


def _lead_on(issuer: EmbeddedIssuer, pages: Environment, asked: AuthorizationRequest, login: Login) -> Answer:
    # A page that leads on by itself, not a redirect: `form-action` would hold for the whole chain of hosts behind it.
    answer = _page(
        pages, "onward.html", 200, address=issuer.redirect_with_code(asked, login), name=login.user.full_name
    )
    answer.set_cookie(_cookie(issuer, issuer.cookie_value(login)))
    return answer


def _cookie(issuer: EmbeddedIssuer, value: str, max_age: int | None = None) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=value,
        path=f"/realms/{issuer.settings.realm}/",
        httponly=True,
        samesite="lax",
        secure=issuer.settings.secure_cookies,
        max_age=max_age,
    )


def _page(pages: Environment, template: str, status: int, **context: Any) -> Answer:
    body = pages.get_template(template).render(**context)
    return Response(body, status_code=status, media_type=MediaType.HTML, headers=_HEADERS)


def _json_error(error: ProtocolError) -> Response[dict[str, Any]]:
    body = {"error": error.error, "error_description": error.description}
    return Response(body, status_code=error.status, headers={"Cache-Control": "no-store"})


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in values.items() if isinstance(value, str)}


def _words(refused: LoginRefused | TooManyRequests) -> str:
    return f"{refused.message} {refused.remedy}" if isinstance(refused, TooManyRequests) else str(refused)
