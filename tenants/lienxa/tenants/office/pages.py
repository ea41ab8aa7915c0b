"""The home of a member ("Việc của tôi"), the list of staff, the common search, and who is shown what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access import delegations, grants
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import InvalidInput, NotFound
from lienxa.platform.files import store
from lienxa.platform.module import NavigationItem, SearchHit, all_modules
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.platform.web.page import page, redirect
from lienxa.platform.web.refusals import shown_again
from lienxa.platform.web.work import all_counts, work_of
from lienxa.tenants.office import operations, repository, rules
from lienxa.tenants.office.permissions import ADMINISTRATE
from lienxa.tenants.office.schemas import Showing

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]

_LEFT_LATELY = timedelta(days=60)


@dataclass(frozen=True)
class StaffEntry:
    """A person with the posts they hold today, each with its unit."""

    name: str
    posts: list[tuple[str, str]]


@dataclass(frozen=True)
class Found:
    """What one module found."""

    module: str
    hits: Sequence[SearchHit]


@dataclass(frozen=True)
class OtherPost:
    """Another post of the person; `waiting`: how many things wait in it, None if that was not counted."""

    id: UUID
    title: str
    waiting: int | None


class OfficeController(Controller):
    """The pages that belong to no single module."""

    @get("/viec-cua-toi", operation_id="ShowMyWork")
    async def my_work(
        self, request: HtmlRequest, session: Db, actor: Me, tat_ca: FromQuery[str] = ""
    ) -> Template | Redirect:
        """What is mine today, in long parts only the first lines unless all are asked for (`tat_ca=1`).

        A parent's people watch their organs instead.
        """
        if actor.organ.is_parent:
            return Redirect("/tong-hop/hom-nay", status_code=303)
        found = await work_of(session, actor)
        arranged = rules.arrange([item for _module, item in found], clock.today())
        return page(
            request,
            "office/my_work.html",
            work=arranged,
            shown=None if tat_ca else rules.SHOWN,
            meetings_first=actor.acting.role == "leader",
            start=_start(actor),
            other_posts=await _other_posts(session, actor),
            lent=await delegations.open_ones(session, actor.staff_id),
            rights=await _rights(session) if actor.may(ADMINISTRATE) else None,
            counts=await all_counts(session, actor, found),
        )

    @get("/can-bo", operation_id="ListStaff")
    async def staff(self, request: HtmlRequest, session: Db) -> Template:
        """Everybody who holds a post today, by given name."""
        entries: dict[UUID, StaffEntry] = {}
        for row in await people.staff_with_posts(session):
            entry = entries.setdefault(row.staff_id, StaffEntry(row.full_name, []))
            entry.posts.append((row.title, row.unit_name))
        return page(request, "office/staff.html", staff=list(entries.values()))

    @get("/tim", operation_id="SearchEverything")
    async def search(self, request: HtmlRequest, session: Db, actor: Me, q: FromQuery[str] = "") -> Template:
        """What every module finds for the words typed, by module."""
        words = " ".join(q.split())[:200]
        found = []
        for module in all_modules() if words else ():
            hits = await module.search(session, actor, words) if module.search else ()
            if hits:
                found.append(Found(module.title, hits))
        return page(request, "office/search.html", words=words, found=found, marked=rules.marked)


def _start(actor: Actor) -> NavigationItem | None:
    """What the person begins most often."""
    offered = [module.start for module in all_modules() if module.start]
    allowed = [item for item in offered if item.permission is None or actor.may(item.permission)]
    return min(allowed, key=lambda item: item.order, default=None)


async def _other_posts(session: TenantSession, actor: Actor) -> list[OtherPost]:
    """The person's other posts. Only in the first is counted what waits: each costs one statement a module."""
    others = [held for held in actor.posts if held.id != actor.acting.id]
    if not others:
        return []
    waits = rules.waiting(item for _module, item in await work_of(session, actor.acting_in(others[0].id)))
    uncounted = [OtherPost(held.id, held.title, None) for held in others[1:]]
    return [OtherPost(others[0].id, others[0].title, waits), *uncounted]


async def _rights(session: TenantSession) -> dict[str, Any]:
    """What an administrator sees first: who holds which role, which posts are vacant, who is away or left."""
    posts = await repository.posts(session)
    roles: dict[str, list[str]] = {}
    for line in posts:
        roles.setdefault(line.role_name, []).extend(line.holders)
    return {
        "roles": {role: list(dict.fromkeys(names)) for role, names in sorted(roles.items())},
        "vacant": [line for line in posts if not line.holders],
        "absent": await repository.absent(session, clock.today() - _LEFT_LATELY),
    }


class EmblemController(Controller):
    """The emblem of the organ, for everybody who sees its pages."""

    @get("/bieu-trung/{file_id:uuid}", operation_id="ShowEmblem", opt={"public": True, SENT_AS_IT_IS: True})
    async def emblem(self, session: Db, file_id: FromPath[UUID]) -> Response[bytes]:
        """The present emblem; another one has another address, so browsers may keep it."""
        stored = await repository.emblem(session, file_id)
        if stored is None:
            raise NotFound
        content = await store.read(session, stored)
        headers = {"cache-control": "private, max-age=31536000, immutable"}
        return Response(content, media_type=stored.content_type, headers=headers)


class GrantController(Controller):
    """Who is shown a document, a meeting or a case beyond those whose posts show it to them."""

    path = "/cho-xem/{kind:str}/{thing_id:uuid}"

    @get("/", operation_id="ShowGrants")
    async def show(
        self, request: HtmlRequest, session: Db, actor: Me, kind: FromPath[str], thing_id: FromPath[UUID]
    ) -> Template:
        """The grants of a thing, and the form for one more."""
        return await _grants_page(request, session, actor, kind, thing_id)

    @post("/", operation_id="Grant", status_code=303)
    async def grant(
        self, request: HtmlRequest, session: Db, actor: Me, kind: FromPath[str], thing_id: FromPath[UUID]
    ) -> Redirect:
        """Show the thing to one more."""
        form = FormReader(await request.form())
        async with shown_again(
            session, partial(_grants_page, request, session, actor, kind, thing_id, values=form.values)
        ):
            await operations.grant(session, actor, kind, thing_id, _read_showing(form))
        return redirect(request, f"/cho-xem/{kind}/{thing_id}", notice=_("Đã cho xem."))

    @post("/{grant_id:uuid}/thoi", operation_id="RevokeGrant", status_code=303)
    async def revoke(
        self,
        request: HtmlRequest,
        session: Db,
        actor: Me,
        kind: FromPath[str],
        thing_id: FromPath[UUID],
        grant_id: FromPath[UUID],
    ) -> Redirect:
        """Show the thing no longer."""
        await operations.revoke(session, actor, kind, thing_id, grant_id)
        return redirect(request, f"/cho-xem/{kind}/{thing_id}", notice=_("Đã thôi cho xem."))


def _read_showing(form: FormReader) -> Showing:
    to_unit, _separator, chosen = form.text("to", _("Người được xem"), required=True).partition(":")
    ends_on = form.day("ends_on", _("Xem đến hết ngày"))
    reason = form.text("reason", _("Lý do"), required=True, max=300)
    to: UUID | None = None
    if to_unit:
        try:
            to = UUID(chosen)
        except ValueError:
            form.refuse("to", _("Người được xem không có trong danh sách."), _("Chọn lại trong danh sách."))
    form.check()
    return Showing(None if to_unit == "unit" else to, to if to_unit == "unit" else None, ends_on, reason)


async def _grants_page(
    request: HtmlRequest,
    session: TenantSession,
    actor: Actor,
    kind: str,
    thing_id: UUID,
    *,
    values: dict[str, Any] | None = None,
    errors: InvalidInput | None = None,
) -> Template:
    thing = await operations.thing_seen(session, actor, kind, thing_id)
    actor.require(grants.GRANT)
    options = {f"staff:{row.id}": row.full_name for row in await grants.people(session)}
    named_only = (await session.find(Body, thing.body_id)).system == "party"
    if not named_only:
        options |= {f"unit:{unit.id}": _("Cả bộ phận: {name}", name=unit.name) for unit in await people.units(session)}
    return page(
        request,
        "office/grants.html",
        status=422 if errors else 200,
        thing=thing,
        place=f"/cho-xem/{kind}/{thing_id}",
        granted=await grants.of_thing(session, kind, thing_id),
        options=options,
        named_only=named_only,
        values=values,
        errors=errors,
    )
