"""Calendar feeds: what a calendar client fetches by a secret address, and the pages on which people make one."""

from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput, NotFound, TooManyRequests
from lienxa.platform.print import qr_modules
from lienxa.platform.rest.limits import caller_address, limits_of
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.platform.web import trail
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.web.suspended import WHILE_SUSPENDED
from lienxa.platform.web.unit import UnitOfWork
from lienxa.platform.workdays import calendar_for
from lienxa.tenants.meetings import ical, operations, permissions, repository
from lienxa.tenants.meetings.schemas import FoundFeed, NewFeed

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
PATH = "/lich/dien-thoai"
PATH_OF_ALL = "/quan-tri/lich-dien-thoai"
_ENDING = ".ics"
_FEED = "calendar_feed"
# In a minute. Calendar services fetch for many people from few addresses; a client asks twice an hour.
PER_ADDRESS = 300
PER_FEED = 30
_HEADERS = {
    "cache-control": "private, no-cache",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
}


async def admit(request: Request[Any, Any, State], _handler: BaseRouteHandler, organ: Organ, unit: UnitOfWork) -> None:
    """Let in whoever knows the secret of a feed, with the rights that its person has today."""
    counts = limits_of(request)
    await counts.share(request.app.state.database)
    counts.hit(f"feed-address:{caller_address(request)}", PER_ADDRESS)
    secret = str(request.path_params["secret"]).removesuffix(_ENDING)
    actor, found = await operations.read_feed(unit.session, organ, secret)
    counts.hit(f"feed:{found.id}", PER_FEED)
    request.scope["state"].update({"actor": actor, _FEED: found})


def _no_feed(request: HtmlRequest, _error: NotFound) -> Response[str]:
    """One answer for a wrong secret, a dead address and a person who has left."""
    _count(request)
    return Response(_("Không có lịch ở địa chỉ này."), status_code=404, media_type="text/plain", headers=_HEADERS)


def _too_many(request: HtmlRequest, error: TooManyRequests) -> Response[str]:
    _count(request)
    headers = {**_HEADERS, "retry-after": str(error.retry_after)}
    return Response(error.message, status_code=429, media_type="text/plain", headers=headers)


def _count(request: HtmlRequest) -> None:
    organ: Organ | None = request.scope["state"].get("organ")
    if organ is not None:
        trail.count(request, organ, trail.FEED)


class FeedController(Controller):
    """What calendar clients fetch. No cookie counts here."""

    path = "/lich/ics"
    opt = {"admit": admit}
    exception_handlers = {NotFound: _no_feed, TooManyRequests: _too_many}

    @get("/{secret:str}", operation_id="ReadCalendarFeed")
    async def read(self, request: HtmlRequest, session: Db, actor: Me) -> Response[bytes]:
        """The calendar, or 304 if the client has it already."""
        found: FoundFeed = request.scope["state"][_FEED]
        content = await _content(request, session, actor, found)
        tag = ical.entity_tag(content)
        headers = {**_HEADERS, "etag": tag}
        if ical.unchanged(tag, request.headers.get("if-none-match", "")):
            return Response(b"", status_code=304, headers=headers)
        headers["content-disposition"] = 'inline; filename="lich.ics"'
        return Response(content, media_type=ical.CONTENT_TYPE, headers=headers)


async def _content(request: HtmlRequest, session: TenantSession, actor: Actor, found: FoundFeed) -> bytes:
    within = ical.window(clock.today())
    cancelled_since = clock.instant(clock.today()) - ical.CANCELLED_FOR
    entries = await repository.feed_entries(session, actor, within, found.room_id, cancelled_since)
    organ_title = actor.face.title or actor.organ.title
    site = str(request.base_url).rstrip("/")
    if found.room_id is not None:
        title = _("{room} - {organ}", room=found.room_name, organ=organ_title)
        return ical.calendar_text(ical.Source(title, actor.organ.id, organ_title, found.address, site), entries)
    title = _("Lịch công tác - {organ}", organ=organ_title)
    source = ical.Source(title, actor.organ.id, organ_title, found.address, site)
    return ical.calendar_text(source, entries, ical.days_off(await calendar_for(session), within))


class FeedPageController(Controller):
    """The pages "Lịch trên điện thoại": a person's own feeds."""

    path = PATH

    @get("/", operation_id="ShowFeeds", opt={WHILE_SUSPENDED: True})
    async def index(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """One's own feeds, and how to have one."""
        return await _own(request, session, actor)

    @post("/", operation_id="OpenFeed", status_code=201)
    async def open(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Make an address, or a new one in place of the old, and show it once."""
        form = FormReader(await request.form())
        async with shown_again(session, partial(_own, request, session, actor, values=form.values)):
            room_id = form.uuid("room", _("Lịch"))
            form.check()
            made = await operations.open_feed(session, actor, room_id)
        return _shown_once(request, made)

    @post("/{feed_id:str}/bo", operation_id="CloseFeed", status_code=303)
    async def close(self, request: HtmlRequest, session: Db, actor: Me, feed_id: FromPath[UUID]) -> Redirect:
        """End an address of one's own."""
        await operations.close_feed(session, actor, feed_id)
        return redirect(request, PATH, notice=_("Đã bỏ. Địa chỉ đó không mở được lịch nữa."))


class FeedsOfAllController(Controller):
    """The administrator's page: who has addresses, and ending them."""

    path = PATH_OF_ALL

    @get("/", operation_id="ListFeeds")
    async def everybody(self, request: HtmlRequest, session: Db, actor: Me) -> Template:
        """Who has addresses, and when they were last fetched; never the address itself."""
        actor.require(permissions.FEEDS)
        return page(request, "meetings/feeds_of_all.html", feeds=await repository.feeds(session))

    @post("/{feed_id:str}/bo", operation_id="EndFeed", status_code=303)
    async def end(self, request: HtmlRequest, session: Db, actor: Me, feed_id: FromPath[UUID]) -> Redirect:
        """End anybody's address."""
        actor.require(permissions.FEEDS)
        await operations.close_feed(session, actor, feed_id)
        return redirect(request, PATH_OF_ALL, notice=_("Đã bỏ. Địa chỉ đó không mở được lịch nữa."))


async def _own(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    *,
    values: dict[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    feeds = await repository.feeds(session, actor.staff_id)
    had = {feed.room_id for feed in feeds}
    rooms = {str(room.id): room.name for room in await repository.rooms(session) if room.id not in had}
    return page(
        request,
        "meetings/feeds.html",
        status=422 if errors else 200,
        feeds=feeds,
        choices={"": _("Cuộc họp của tôi"), **rooms} if None not in had else rooms,
        may_manage=actor.may(permissions.FEEDS),
        values=values or {},
        errors=errors,
    )


def address_of(request: HtmlRequest, made: NewFeed) -> str:
    """Where a calendar client fetches a new feed."""
    return f"{str(request.base_url).rstrip('/')}/lich/ics/{made.secret}{_ENDING}"


def _shown_once(request: HtmlRequest, made: NewFeed) -> Template:
    """It stands in no cache; the form sent again leads to the list."""
    address = address_of(request, made)
    subscribe = "webcal://" + address.partition("://")[2]
    shown = page(
        request,
        "meetings/feed_address.html",
        status=201,
        title=made.title,
        address=address,
        subscribe=subscribe,
        code=qr_modules(subscribe),
    )
    shown.headers.update({"Cache-Control": "no-store", "Location": PATH})
    return shown
