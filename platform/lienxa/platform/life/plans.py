"""What is said of a merger or a split, and what can be seen to be wrong with it (ADR 0035)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, or_, select

from lienxa.platform import clock
from lienxa.platform.db.session import ControlSession
from lienxa.platform.errors import FieldError, InvalidInput
from lienxa.platform.identity.models import Account, AccountOrgan
from lienxa.platform.module import Opening
from lienxa.platform.operator import additions
from lienxa.platform.operator.specs import ADMINISTRATOR_POST, LEVEL_LABELS, OrganSpec, Person
from lienxa.platform.settings import Settings, get_settings
from lienxa.platform.tenancy.models import Succession, Tenant
from lienxa.platform.tenancy.organs import LIVE, Organ, organ_by_slug, organ_of, organ_title
from lienxa.platform.text import _

MERGE, SPLIT = "merge", "split"
MOST_ORGANS = 12
USUAL_KIND, USUAL_TERM = "commune", "2025-2030"


class NewOrgan(msgspec.Struct, frozen=True):
    """A successor that is still to be made, below the parent of its predecessors.

    `administrator` is the user name of one of the predecessors' people. `term` is the Party committee's, which begins
    with the organ.
    """

    slug: str
    name: str
    host: str
    administrator: str
    kind: str = USUAL_KIND
    level_label: str = ""
    term: str = USUAL_TERM


class Move(msgspec.Struct, frozen=True):
    """Where a person or a unit goes: the slug of a successor, empty for nowhere; `posts`: with the posts they hold."""

    to: str
    posts: bool = True


class Plan(msgspec.Struct, frozen=True):
    """Who follows whom: several predecessors and one successor, or one predecessor and several successors, by slug.

    A successor of `new` is made first. `rest` takes what is not said to go elsewhere. `people`, `units` and `things`
    (halls) are said by the predecessor's ids; who is not named goes with their unit, else to `rest`, with their posts.
    `symbols` are those of units by their code, where the successor has no such unit yet.
    """

    predecessors: list[str]
    successors: list[str]
    from_day: date
    rest: str
    new: list[NewOrgan] = []
    people: dict[str, Move] = {}
    units: dict[str, str] = {}
    things: dict[str, str] = {}
    symbols: dict[str, str] = {}

    @property
    def kind(self) -> str:
        """The act that carries it out."""
        return MERGE if len(self.successors) == 1 else SPLIT


@dataclass(frozen=True)
class Parties:
    """The organs of a plan that are there already."""

    predecessors: Sequence[Organ]
    successors: Mapping[str, Organ]
    parent: Organ | None


def plan_of(wanted: Mapping[str, Any]) -> Plan:
    """The plan of an act."""
    return msgspec.convert(wanted, Plan)


def without_people(plan: Plan) -> Plan:
    """The plan as if nothing were said of single people."""
    return msgspec.structs.replace(plan, people={})


def title_of(new: NewOrgan) -> str:
    """What an organ that is still to be made will be called."""
    return organ_title(new.name, new.kind, new.level_label or LEVEL_LABELS.get(new.kind, ""))


async def check(control: ControlSession, plan: Plan, settings: Settings | None = None) -> Parties:
    """The organs of the plan, or `InvalidInput` with every fault of it."""
    faults = list(_faults(plan))
    if faults:
        raise InvalidInput(faults)
    predecessors = [await organ_by_slug(control, slug) for slug in plan.predecessors]
    successors = {slug: await organ_by_slug(control, slug) for slug in plan.successors}
    for slug, organ in zip(plan.predecessors, predecessors, strict=True):
        faults += _faults_of_predecessor(slug, organ)
    made_here = {new.slug for new in plan.new}
    for slug, organ in successors.items():
        if slug not in made_here:
            faults += _faults_of_successor(slug, organ)
    known = [organ for organ in predecessors if organ is not None]
    faults += await _already_followed(control, known)
    faults += await _in_another(control, [*known, *(organ for organ in successors.values() if organ is not None)])
    parents = {organ.parent_id for organ in known}
    if len(parents) > 1:
        said = _("Các đơn vị không cùng một cấp trên.")
        faults.append(FieldError("predecessors", said, _("Sáp nhập từng nhóm đơn vị cùng cấp trên.")))
    if faults:
        raise InvalidInput(faults)
    parent = await control.get(Tenant, parents.pop())
    parties = Parties(
        known,
        {slug: organ for slug, organ in successors.items() if organ is not None and slug not in made_here},
        organ_of(parent) if parent else None,
    )
    for place, new in enumerate(plan.new, start=1):
        spec = await spec_of(control, plan, parties, new)
        found = await additions.faults_in(control, settings or get_settings(), spec)
        faults += [replace(fault, field=f"{fault.field}-{place}") for fault in found]
    if faults:
        raise InvalidInput(faults)
    return parties


async def spec_of(control: ControlSession, plan: Plan, parties: Parties, new: NewOrgan) -> OrganSpec:
    """How a successor that is still to be made is onboarded: its numbers begin anew, its people come afterwards."""
    full_name = await control.scalar(
        select(Account.full_name)
        .join(AccountOrgan, AccountOrgan.account_id == Account.id)
        .where(
            Account.username == new.administrator,
            AccountOrgan.tenant_id.in_([organ.id for organ in parties.predecessors]),
        )
    )
    if full_name is None:
        raise InvalidInput.of(
            f"administrator-{plan.new.index(new) + 1}",
            _("“{name}” không phải người của đơn vị cũ nào.", name=new.administrator),
            _("Ghi tên đăng nhập của một cán bộ, ví dụ người quản trị của một đơn vị cũ."),
        )
    return OrganSpec(
        slug=new.slug,
        name=new.name,
        kind=new.kind,
        host=new.host,
        level_label=new.level_label,
        parent_slug=parties.parent.slug if parties.parent else None,
        administrator=Person(new.administrator, full_name, (ADMINISTRATOR_POST,)),
        in_office_since=plan.from_day,
        demonstration=all(organ.demonstration for organ in parties.predecessors),
        opening=Opening(term=new.term, term_opened_on=min(plan.from_day, clock.today()), succeeds=True),
        phase=LIVE,
    )


def _faults(plan: Plan) -> list[FieldError]:
    found = []
    every = [*plan.predecessors, *plan.successors]
    if not plan.predecessors:
        found.append(FieldError("predecessors", _("Chưa chọn đơn vị cũ."), _("Chọn ít nhất một đơn vị.")))
    if not plan.successors:
        found.append(FieldError("successors", _("Chưa có đơn vị mới."), _("Nêu đơn vị nhận bàn giao.")))
    if len(plan.predecessors) > 1 and len(plan.successors) > 1:
        said = _("Không vừa sáp nhập vừa chia tách trong một lần.")
        found.append(FieldError("successors", said, _("Chia tách trước, rồi sáp nhập.")))
    if len(set(every)) < len(every) or len(every) > MOST_ORGANS:
        said = _("Có đơn vị được nêu hai lần, hoặc quá {most} đơn vị.", most=MOST_ORGANS)
        found.append(FieldError("predecessors", said, _("Mỗi đơn vị nêu một lần.")))
    targets = {plan.rest, *plan.units.values(), *plan.things.values()}
    targets |= {move.to for move in plan.people.values() if move.to}
    if not targets <= set(plan.successors):
        found.append(FieldError("rest", _("Có nơi nhận không phải đơn vị mới."), _("Chọn trong các đơn vị mới.")))
    return found


def _faults_of_predecessor(slug: str, organ: Organ | None) -> list[FieldError]:
    if organ is None or organ.is_parent:
        return [FieldError("predecessors", _("Không có xã, thị trấn “{slug}”.", slug=slug), _("Chọn trong danh sách."))]
    if organ.state not in ("active", "suspended"):
        said = _("{name} đang được chuẩn bị hoặc bị xóa.", name=organ.title)
        return [FieldError("predecessors", said, _("Chọn đơn vị đang hoạt động hoặc đang tạm dừng."))]
    return []


def _faults_of_successor(slug: str, organ: Organ | None) -> list[FieldError]:
    if organ is None or organ.is_parent:
        said = _("Không có xã, thị trấn “{slug}”.", slug=slug)
        return [FieldError("successors", said, _("Chọn đơn vị đã có, hoặc nêu đơn vị mới cần lập."))]
    if organ.state != "active":
        said = _("{name} không hoạt động.", name=organ.title)
        return [FieldError("successors", said, _("Cho đơn vị nhận hoạt động trước."))]
    return []


async def _already_followed(control: ControlSession, organs: Sequence[Organ]) -> list[FieldError]:
    found = await _in_successions(control, organs, Succession.predecessor_id == Tenant.id)
    remedy = _("Mỗi đơn vị chỉ bàn giao một lần; nếu lần trước dừng giữa chừng, làm tiếp lần đó.")
    return [FieldError("predecessors", _("{name} đã có đơn vị kế tục.", name=organ.title), remedy) for organ in found]


async def _in_another(control: ControlSession, organs: Sequence[Organ]) -> list[FieldError]:
    """Organs that give or take in an act that is not done: they are left alone until it is."""
    either = or_(Succession.predecessor_id == Tenant.id, Succession.successor_id == Tenant.id)
    found = await _in_successions(control, organs, and_(either, Succession.done_at.is_(None)))
    remedy = _("Chờ việc đó xong, hoặc làm tiếp cho xong.")
    return [
        FieldError(
            "predecessors",
            _("{name} đang bàn giao hoặc nhận bàn giao trong một việc khác.", name=organ.title),
            remedy,
        )
        for organ in found
    ]


async def _in_successions(
    control: ControlSession, organs: Sequence[Organ], how: ColumnElement[bool]
) -> Sequence[Organ]:
    """Those of the organs that have a part in a succession in that way."""
    query = select(Tenant).join(Succession, how).where(Tenant.id.in_([organ.id for organ in organs])).distinct()
    return [organ_of(tenant) for tenant in await control.scalars(query)]
