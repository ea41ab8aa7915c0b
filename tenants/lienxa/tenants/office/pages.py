"""The home of a member ("Việc của tôi"), the list of staff, and the common search."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect, Template

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import SearchHit, WorkItem, all_modules
from lienxa.platform.web.page import page
from lienxa.tenants.office import rules

HtmlRequest = Request[Any, Any, Any]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]


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


class OfficeController(Controller):
    """The pages that belong to no single module."""

    @get("/viec-cua-toi", operation_id="ShowMyWork")
    async def my_work(self, request: HtmlRequest, session: Db, actor: Me) -> Template | Redirect:
        """What is mine today; a parent's people watch their organs instead."""
        if actor.organ.is_parent:
            return Redirect("/tong-hop", status_code=303)
        items: list[WorkItem] = []
        for module in all_modules():
            if module.work_items is not None:
                items += await module.work_items(session, actor)
        return page(request, "office/my_work.html", work=rules.arrange(items, clock.today()))

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
        return page(request, "office/search.html", words=words, found=found)
