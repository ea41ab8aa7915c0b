"""What may this person do, and who sees this thing: the pages on which rights are read instead of guessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template

from lienxa.platform.access import grants, members, staffing
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor, HeldPost
from lienxa.platform.access.visibility import BOOK, GRANT, LED, PART, STEP, Sight, seers
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Forbidden, NotFound
from lienxa.platform.module import Shareable, all_modules
from lienxa.platform.rest import programs
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.platform.web.page import page
from lienxa.tenants.office import repository, rules
from lienxa.tenants.office.permissions import ADMINISTRATE

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
REASONS = {
    BOOK: _("mở sổ của cơ quan này"),
    PART: _("tham gia xử lý"),
    LED: _("lãnh đạo bộ phận của người xử lý"),
    GRANT: _("được cho xem"),
    STEP: _("chờ người này làm bước tiếp theo"),
}


@dataclass(frozen=True)
class Source:
    """Where rights come from: a post or a delegation, with its days in words, its bodies and the rights it gives."""

    title: str
    origin: str
    days: str
    bodies: str
    rights: Sequence[tuple[str, Sequence[str]]]
    warning: str = ""


@dataclass(frozen=True)
class ShownThing:
    """A thing that is shown to the person by name: only what kind it is, and until when."""

    kind: str
    ends_on: date | None
    reason: str


@dataclass(frozen=True)
class Seer:
    """Somebody who sees a thing, in which post or as which program, and why."""

    staff_id: UUID
    name: str
    post: str
    reasons: Sequence[str]


class SightController(Controller):
    """Rights as they stand today."""

    @get("/can-bo/{staff_id:str}/quyen", operation_id="ShowRightsOfPerson")
    async def rights(self, request: HtmlRequest, session: Db, actor: Me, staff_id: FromPath[UUID]) -> Template:
        """Everything that somebody may do, with where it comes from; for themselves and for the administrator."""
        person, sources, shown = await rights_of(session, actor, staff_id)
        return page(request, "office/person_rights.html", person=person, sources=sources, shown=shown)

    @get("/ai-xem/{kind:str}/{thing_id:str}", operation_id="ShowSeers")
    async def seers(
        self, request: HtmlRequest, session: Db, actor: Me, kind: FromPath[str], thing_id: FromPath[UUID]
    ) -> Template:
        """Who sees a thing and why; for whoever sees it, and for the administrator, who is not told what it says."""
        title, path, found = await seers_of(session, actor, kind, thing_id)
        return page(request, "office/seers.html", title=title, path=path, found=found)


async def rights_of(session: TenantSession, actor: Actor, staff_id: UUID) -> tuple[str, list[Source], list[ShownThing]]:
    """The person's name, from where their rights come, and what is shown to them by name. `Forbidden` for others."""
    if staff_id != actor.staff_id and not actor.may(ADMINISTRATE):
        raise Forbidden(
            _("Chỉ người quản trị xem được quyền của người khác."), remedy=_("Hỏi người quản trị của đơn vị.")
        )
    person = await staffing.person(session, staff_id)
    try:
        member = await members.staff_member(session, actor.organ, staff_id)
    except NotFound:  # suspended, gone, or without a post: they may do nothing
        return person.full_name, [], []
    names = {body.id: body.name for body in await people.bodies(session)}
    holdings = {held.post_id: held for held in reversed(await repository.holdings(session, staff_id=staff_id))}
    roles = {role.code: role.name for role in await repository.roles(session)}
    has_two_jobs = rules.receives_and_processes(frozenset().union(*(post.permissions for post in member.posts)))
    sources = []
    for post in member.posts:
        held = holdings.get(post.id)
        days = rules.span(held.held_from, held.held_to) if held else ""
        if post.lent is not None:
            days = _("đến hết {day:%d/%m/%Y}", day=post.lent.ends_on)
        bodies = ", ".join(sorted(names[body_id] for body_id in post.body_ids))
        warning = rules.two_jobs(person.full_name) if has_two_jobs and rules.TWO_JOBS_RIGHTS & post.permissions else ""
        sources.append(Source(post.title, _origin(post, roles), days, bodies, _by_module(post.permissions), warning))
    titles = {shareable.kind: shareable.title for module in all_modules() for shareable in module.shareable}
    shown = [
        ShownThing(titles.get(row.kind, row.kind), row.ends_on, row.reason)
        for row in await grants.to_person(session, staff_id)
    ]
    return person.full_name, sources, shown


def _origin(post: HeldPost, roles: dict[str, str]) -> str:
    if post.lent is None:
        return _("Chức vụ, vai trò {role}", role=roles.get(post.role, post.role))
    if post.lent.mark:
        return _("{name} ủy quyền", name=post.lent.by_name)
    return _("Phân công thay {name}", name=post.lent.by_name)


def _by_module(permissions: frozenset[str]) -> list[tuple[str, list[str]]]:
    grouped = [
        (module.title, [right.title for right in module.permissions if right.name in permissions])
        for module in all_modules()
    ]
    return [(title, rights) for title, rights in grouped if rights]


async def seers_of(session: TenantSession, actor: Actor, kind: str, thing_id: UUID) -> tuple[str, str, list[Seer]]:
    """Title and path of a thing, for who may not see it without content, and who sees it.

    `NotFound` if there is none, or for somebody who neither sees it nor administrates.
    """
    shareable, sight = _kind(kind)
    looking = await _everybody(session, actor.organ)
    reasons = await seers(session, sight, [one for one, _post in looking], thing_id)
    if reasons is None:
        raise NotFound
    try:
        thing = await shareable.find(session, actor, thing_id)
        title, path = thing.title, thing.path
    except NotFound:
        if not actor.may(ADMINISTRATE):
            raise
        title, path = shareable.title, ""
    found = [
        Seer(one.staff_id, one.name, post, [REASONS[reason] for reason in why])
        for (one, post), why in zip(looking, reasons, strict=True)
        if why
    ]
    return title, path, found


async def _everybody(session: TenantSession, organ: Organ) -> list[tuple[Actor, str]]:
    """Whoever may look at things today, in each of their posts: people, then the programs that were let in."""
    employed = await members.everybody(session, organ)
    connected = await programs.alive(session, organ)
    return [(one.acting_in(post.id), post.title) for one in employed for post in one.posts] + [
        (
            program.actor,
            _("{kind}, đến hết {day:%d/%m/%Y}", kind=program.actor.acting.title, day=program.expires_on),
        )
        for program in connected
    ]


def _kind(kind: str) -> tuple[Shareable, Sight]:
    for module in all_modules():
        for shareable in module.shareable:
            if shareable.kind == kind and shareable.sight is not None:
                return shareable, shareable.sight
    raise NotFound
