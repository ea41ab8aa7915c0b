"""What everybody has: the home page, the people of the organ, the common search, its emblem."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Controller, Response, get
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access import delegations
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.files import store
from lienxa.platform.module import NavigationItem, SearchHit, all_modules
from lienxa.platform.web.headers import SENT_AS_IT_IS
from lienxa.platform.web.page import page
from lienxa.platform.web.work import all_counts, work_of
from lienxa.tenants.office import repository, rules
from lienxa.tenants.office.pages.common import Db, HtmlRequest, Me
from lienxa.tenants.office.permissions import ADMINISTRATE

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

    @get("/bieu-trung/{file_id:str}", operation_id="ShowEmblem", opt={"public": True, SENT_AS_IT_IS: True})
    async def emblem(self, session: Db, file_id: FromPath[UUID]) -> Response[bytes]:
        """The present emblem; another one has another address, so browsers may keep it."""
        stored = await repository.emblem(session, file_id)
        if stored is None:
            raise NotFound
        content = await store.read(session, stored)
        headers = {"cache-control": "private, max-age=31536000, immutable"}
        return Response(content, media_type=stored.content_type, headers=headers)
