"""What the pages of the rollout share: who may see and manage it, names, the acts on a thing."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.response import Response

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.models import AuditEvent
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.rollup import reading
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.platform.web.page import TimelineLine
from lienxa.platform.web.papers import paper
from lienxa.tenants.rollout import permissions, repository, rules
from lienxa.tenants.rollout.repository import Cursor

HtmlRequest = Request[Any, Any, State]
Db = NamedDependency[TenantSession]
Me = NamedDependency[Actor]
ROLLOUT = "/tong-hop/tien-do"
_ACTS = {
    "rollout.plan_milestone": _("Đặt mốc"),
    "rollout.revise_milestone": _("Ghi mốc"),
    "rollout.plan_visit": _("Ghi vào kế hoạch"),
    "rollout.record_visit": _("Ghi kết quả"),
    "rollout.ask_follow_up": _("Giao việc"),
    "rollout.finish_follow_up": _("Ghi việc xong"),
}
_DAYS = {
    "planned_on": _("dự kiến"),
    "done_on": _("xong"),
    "visit_on": _("ngày"),
    "due_on": _("hạn"),
}


async def sheet(actor: Actor, table: Mapping[str, Any], more: Mapping[str, Any]) -> Response[bytes]:
    """The paper of a table: whose it is, who printed it and when."""
    printed = _(
        "In lúc {moment}, {name} ({post})", moment=second_of(clock.now()), name=actor.name, post=actor.acting.title
    )
    head = {
        "organ": actor.face.title or actor.organ.full_name,
        "printed": printed,
        "specimen": actor.organ.demonstration,
    }
    return await paper("rollout/sheet.typ", {**table, **head, **more}, table["title"])


def second_of(moment: datetime) -> str:
    return clock.legal(moment).strftime("%H:%M:%S %d/%m/%Y")


def watch(actor: Actor) -> None:
    """Only a parent has these pages; elsewhere they do not exist."""
    if not actor.organ.is_parent:
        raise NotFound
    actor.require(permissions.READ)


def manage(actor: Actor) -> None:
    """Only those who follow the rollout change it."""
    watch(actor)
    actor.require(permissions.MANAGE)


async def managed(request: HtmlRequest, actor: Actor) -> list[Organ]:
    """The organs directly below the actor's, for somebody who may change things of them."""
    manage(actor)
    return await reading.children(request.app.state.database, actor.organ)


async def child(request: HtmlRequest, actor: Actor, organ_id: UUID) -> Organ:
    """The organ directly below the actor's, or `NotFound`."""
    watch(actor)
    return _with_id(await reading.children(request.app.state.database, actor.organ), organ_id)


async def managed_child(request: HtmlRequest, actor: Actor, organ_id: UUID) -> Organ:
    return _with_id(await managed(request, actor), organ_id)


def _with_id(organs: Sequence[Organ], organ_id: UUID) -> Organ:
    for organ in organs:
        if organ.id == organ_id:
            return organ
    raise NotFound


async def names(request: HtmlRequest, actor: Actor) -> dict[UUID, str]:
    """The names of the organs directly below, by name; whom others follow with theirs."""
    return {
        organ.id: rules.name_now(organ) for organ in await reading.children(request.app.state.database, actor.organ)
    }


def words(actor: Actor) -> dict[str, Any]:
    """What the pages of the rollout call things, and whether the actor may change them."""
    return {
        "may_manage": actor.may(permissions.MANAGE),
        "state_titles": rules.STATES,
        "waves_titles": rules.WAVES,
        "kind_titles": rules.MILESTONES,
        "milestone_states": rules.MILESTONE_STATES,
        "state_of": lambda one: rules.milestone_state(one.planned_on, one.done_on, clock.today()),
        "role_titles": rules.ROLES,
        "visit_titles": rules.VISITS,
        "visit_states": rules.VISIT_STATES,
        "rating_titles": rules.RATINGS,
    }


def whose(names: Mapping[UUID, str], organ_id: UUID | None, wave: str = "") -> str:
    if organ_id is not None:
        return names.get(organ_id, "")
    return rules.WAVES[wave] if wave else _("Chung các đơn vị")


def next(path: str, found: Sequence[tuple[date, UUID]]) -> str:
    """The address of the page that follows; empty if everything fitted."""
    if len(found) <= repository.PAGE_SIZE:
        return ""
    return f"{path}sau={Cursor(*found[repository.PAGE_SIZE - 1])}"


def typed(day: date | None) -> str:
    return day.strftime("%d/%m/%Y") if day else ""


def act(event: AuditEvent) -> TimelineLine:
    """An act on a milestone or a visit in words, with the days that it set."""
    days = [
        _("{what} {day}", what=title, day=typed(date.fromisoformat(str(event.detail[name]))))
        for name, title in _DAYS.items()
        if event.detail.get(name)
    ]
    text = ": ".join(part for part in (_ACTS.get(event.action, event.action), ", ".join(days)) if part)
    return TimelineLine(at=event.at, staff_name=event.staff_name, post_title=event.post_title, text=text)
