"""Pages: a template inside the shell, and the notice that the next page shows."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from jinja2 import Environment
from litestar import Request
from litestar.datastructures import Cookie
from litestar.response import Redirect, Template

from lienxa.platform import clock, ids, places
from lienxa.platform.access.actor import Actor, Face, HeldPost
from lienxa.platform.errors import InvalidInput
from lienxa.platform.identity.invitations import ANSWER_PATH
from lienxa.platform.identity.requests import SignedIn, masked
from lienxa.platform.identity.sessions import OtherOrgan
from lienxa.platform.module import all_modules
from lienxa.platform.places import Place
from lienxa.platform.settings import get_settings
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.platform.web.static_files import asset
from lienxa.platform.web.suspended import Answers, answered_of, read_only

NOTICE_COOKIE = "lx_notice"
DONE_COOKIE = "lx_done"
_NOTICE_SECONDS = 60
# The code of a body in the address of a list; another body begins at its first page again.
BODY_PARAMETER = "co-quan"
# The page behind the bell; its count comes with those of the navigation.
NOTICES = "/thong-bao"
# The place in a list from which its page goes on.
PLACE_PARAMETER = "sau"
_NOT_KEPT = frozenset({BODY_PARAMETER, PLACE_PARAMETER})


class Notice(msgspec.Struct, frozen=True):
    """What just happened, and the next step as a link."""

    text: str
    next_label: str = ""
    next_path: str = ""


@dataclass(frozen=True)
class Badge:
    """A state as `ui.badge` shows it: `kind` is late, warn, ok, info or neutral."""

    kind: str
    text: str


@dataclass(frozen=True)
class TimelineLine:
    """An act on a thing, in words, as `ui.timeline` shows it."""

    at: datetime
    staff_name: str
    post_title: str
    text: str


@dataclass(frozen=True)
class NavigationEntry:
    """An entry of the left navigation as the person sees it; `count` is what waits there, None if nobody counted."""

    title: str
    path: str
    icon: str
    active: bool
    key: str = ""
    count: int | None = None


@dataclass(frozen=True)
class BodyChoice:
    """A choice of the body filter in the top bar: the same page with things of one body, or of all."""

    title: str
    path: str
    chosen: bool


@dataclass(frozen=True)
class OrganChoice:
    """Another organ, and where the person goes on there, without a new login at the issuer: to work, or to answer."""

    title: str
    address: str


@dataclass(frozen=True)
class Shell:
    """What surrounds every page. `unread` notices stand at the bell, None if nobody counted.

    `answered`: what is answered where the organ may only be read; None if everything is. `post_ended`: the post that
    the person chose is theirs no more, and they have not yet taken note of the one they act in instead.
    """

    organ: Organ | None
    actor: Actor | None
    navigation: tuple[NavigationEntry, ...]
    other_posts: tuple[HeldPost, ...]
    csrf: str
    notice: Notice | None
    today: date
    path: str
    search_query: str
    sso_address: str
    face: Face = field(default_factory=Face)
    bodies: tuple[BodyChoice, ...] = ()
    unread: int | None = None
    other_organs: tuple[OrganChoice, ...] = ()
    answered: Answers | None = None
    invitations: tuple[OrganChoice, ...] = ()
    post_ended: bool = False

    @property
    def organ_title(self) -> str:
        """What the organ is called at the head of its pages: as its administrator wrote it, else as the registry."""
        if self.face.title:
            return self.face.title
        return self.organ.title if self.organ else ""

    @property
    def organ_on_paper(self) -> str:
        """What the organ is called at the head of its papers: in full, if its administrator wrote nothing else."""
        return self.face.title or (self.organ.full_name if self.organ else "")

    @property
    def office_name(self) -> str:
        """What its office is called."""
        if self.face.office_name:
            return self.face.office_name
        if self.organ and self.organ.is_parent:
            return _("Văn phòng cấp trên")
        return _("Văn phòng Đảng ủy – HĐND – UBND")

    @property
    def emblem(self) -> str:
        """The address of the organ's emblem, or of the service's."""
        return f"/bieu-trung/{self.face.emblem_id}" if self.face.emblem_id else asset("emblem.svg")

    def serves(self, address: str) -> bool:
        """Whether the person has a post in the organ at that address as well."""
        return any(one.address.startswith(f"{address}/") for one in self.other_organs)

    @property
    def once(self) -> str:
        """A new key at each reading: two forms of one page are two submissions."""
        return str(ids.new_id())


def page(
    request: Request[Any, Any, Any],
    template: str,
    *,
    status: int = 200,
    counts: Mapping[str, int] | None = None,
    body_filter: Sequence[str] = (),
    **context: Any,
) -> Template:
    """The template inside the shell of this request.

    `counts`: what waits at the paths of the navigation, where the page has counted it anyway. `body_filter`: the codes
    of the bodies among which the top bar lets choose; the page reads the choice from `co-quan`.
    """
    shell = _shell(request, counts or {}, body_filter)
    cookies = [_cookie("", max_age=0)] if shell.notice else []
    return Template(template, context={"shell": shell, **context}, status_code=status, cookies=cookies)


def redirect(
    request: Request[Any, Any, Any], path: str, *, notice: str = "", next_label: str = "", next_path: str = ""
) -> Redirect:
    """Lead to `path` of this host after an act; the page there shows the notice once."""
    cookies = []
    if notice:
        organ = request.scope["state"].get("organ")
        cookies = [_cookie(_seal(Notice(notice, next_label, next_path), organ), max_age=_NOTICE_SECONDS)]
    # Tells the script that what was being written has arrived (scripts/drafts.js).
    cookies.append(Cookie(key=DONE_COOKIE, value="1", path="/", samesite="lax", max_age=_NOTICE_SECONDS))
    return Redirect(quote(path, safe="/?&=%#+:,"), status_code=303, cookies=cookies)


def place_asked(request: Request[Any, Any, Any], read: Callable[[str], Place | None]) -> Place | None:
    """The place in the list at which the address begins its page, as `read` reads it; None for the first page.

    Raises `InvalidInput` for a place that cannot be read: its page says so and leads to the list's beginning.
    """
    typed = request.query_params.get(PLACE_PARAMETER, "")
    reason = _("Địa chỉ không ghi đúng vị trí trong danh sách, có thể do chép thiếu.")
    return places.find(typed, read, InvalidInput.of(PLACE_PARAMETER, reason, _("Xem danh sách từ trang đầu.")))


def register_filters(environment: Environment) -> None:
    """Add the filters and the catalogue to the template environment."""
    environment.globals["_"] = _
    environment.globals["asset"] = asset
    environment.globals["today"] = clock.today
    environment.filters.update(
        read_only=read_only,
        date=_date,
        instant=_instant,
        time_of_day=_time_of_day,
        clock_time=_clock_time,
        number=_number,
    )


def _shell(request: Request[Any, Any, Any], counts: Mapping[str, int], body_filter: Sequence[str]) -> Shell:
    state = request.scope["state"]
    organ: Organ | None = state.get("organ")
    actor: Actor | None = state.get("actor")
    signed: SignedIn | None = state.get("signed_in")
    return Shell(
        organ=organ,
        actor=actor,
        navigation=navigation(request, counts),
        other_posts=tuple(post for post in actor.posts if post.id != actor.acting.id) if actor else (),
        csrf=masked(state["csrf"]) if "csrf" in state else "",
        notice=_notice(request, organ),
        today=clock.today(),
        path=request.scope["path"],
        search_query=request.query_params.get("q", ""),
        sso_address=get_settings().address(get_settings().sso_host),
        face=actor.face if actor else state.get("face", Face()),
        bodies=_body_choices(request, body_filter),
        unread=counts.get(NOTICES),
        answered=answered_of(request),
        other_organs=_choices(signed.elsewhere, "/dang-nhap") if signed else (),
        invitations=_choices(signed.invited_by, ANSWER_PATH) if signed else (),
        post_ended=bool(actor and signed and signed.acting_post_id not in (None, actor.acting.id)),
    )


def _choices(organs: Sequence[OtherOrgan], path: str) -> tuple[OrganChoice, ...]:
    return tuple(OrganChoice(one.title, f"{get_settings().address(one.host)}{path}") for one in organs)


def kept_place(actor: Actor, path: str) -> str:
    """The page to stay on after changing the post: a place of the navigation that this post has as well, else home.

    The page of one thing is not kept, because the thing may belong to the other post.
    """
    places = [item for module in all_modules() for item in module.navigation]
    kept = any(item.path == path and (item.permission is None or actor.may(item.permission)) for item in places)
    return path if kept else "/"


def navigation(request: Request[Any, Any, Any], counts: Mapping[str, int]) -> tuple[NavigationEntry, ...]:
    """The places that this person may go to, in their order."""
    organ: Organ | None = request.scope["state"].get("organ")
    actor: Actor | None = request.scope["state"].get("actor")
    if organ is None or actor is None:
        return ()
    items = [item for module in all_modules() for item in module.navigation if item.at_parent == organ.is_parent]
    shown = sorted(
        (item for item in items if item.permission is None or actor.may(item.permission)), key=lambda item: item.order
    )
    path = request.scope["path"]
    matching = [item.path for item in shown if path == item.path or path.startswith(f"{item.path.rstrip('/')}/")]
    best = max((found for found in matching if found != "/" or path == "/"), key=len, default="")
    body = request.query_params.get(BODY_PARAMETER, "")
    kept = f"?{BODY_PARAMETER}={body}" if body in body_titles() else ""
    return tuple(
        NavigationEntry(
            item.title,
            item.path + kept if item.by_body else item.path,
            item.icon,
            item.path == best,
            item.key,
            counts.get(item.path),
        )
        for item in shown
    )


def body_titles() -> dict[str, str]:
    """The bodies by code, as short as they fit into the top bar."""
    return {
        "party": _("Đảng ủy"),
        "inspection": _("UBKT"),
        "council": _("HĐND"),
        "committee": _("UBND"),
        "front": _("Mặt trận"),
        "unions": _("Đoàn thể"),
    }


def _body_choices(request: Request[Any, Any, Any], codes: Sequence[str]) -> tuple[BodyChoice, ...]:
    if len(codes) < 2:
        return ()
    others = [(name, value) for name, value in request.query_params.multi_items() if name not in _NOT_KEPT and value]
    chosen = request.query_params.get(BODY_PARAMETER, "")
    titles, path = body_titles(), request.scope["path"]

    def choice(title: str, code: str) -> BodyChoice:
        query = urlencode([*([(BODY_PARAMETER, code)] if code else []), *others])
        return BodyChoice(title, f"{path}?{query}" if query else path, code == (chosen if chosen in codes else ""))

    return (choice(_("Tất cả"), ""), *(choice(titles[code], code) for code in codes))


def _cookie(value: str, *, max_age: int) -> Cookie:
    return Cookie(
        key=NOTICE_COOKIE,
        value=value,
        path="/",
        httponly=True,
        samesite="lax",
        secure=get_settings().secure_cookies,
        max_age=max_age,
    )


def _seal(notice: Notice, organ: Organ | None) -> str:
    body = base64.urlsafe_b64encode(msgspec.json.encode(notice)).decode()
    return f"{body}.{_macs(body, organ)[0]}"


def _notice(request: Request[Any, Any, Any], organ: Organ | None) -> Notice | None:
    body, _dot, mac = request.cookies.get(NOTICE_COOKIE, "").partition(".")
    if not any(hmac.compare_digest(mac.encode(), known.encode()) for known in _macs(body, organ)):
        return None
    return msgspec.json.decode(base64.urlsafe_b64decode(body), type=Notice)


def _macs(body: str, organ: Organ | None) -> list[str]:
    """With each of the application's keys, newest first."""
    said = f"notice:{organ.id if organ else ''}:{body}".encode()
    return [hmac.new(key, said, hashlib.sha256).hexdigest()[:32] for key in get_settings().secret_keys]


def _date(value: date | datetime | None) -> str:
    if value is None:
        return ""
    day = clock.legal(value).date() if isinstance(value, datetime) else value
    return day.strftime("%d/%m/%Y")


def _instant(value: datetime | None) -> str:
    return clock.legal(value).strftime("%H:%M %d/%m/%Y") if value else ""


def _time_of_day(value: datetime | None) -> str:
    return clock.legal(value).strftime("%H:%M") if value else ""


def _clock_time(value: datetime) -> str:
    return clock.legal(value).strftime("%H:%M:%S")


def _number(value: int | Decimal | float | None) -> str:
    return "" if value is None else f"{value:,}".replace(",", "\0").replace(".", ",").replace("\0", ".")
