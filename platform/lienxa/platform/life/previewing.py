"""What a merger or a split would move, counted before it is confirmed.

Operators read no office (ADR 0015): they see how much of which kind passes, who comes and in which posts, the units
with their symbols, and where two would hold the same post. Of papers, cases and meetings no title and no number.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from lienxa.platform.access.models import Post
from lienxa.platform.db.session import Database
from lienxa.platform.errors import FieldError
from lienxa.platform.life import following, joining, passing, plans
from lienxa.platform.life.plans import Move, Plan
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _

SYMBOL = "ky-hieu-"
_SYMBOL = re.compile(r"[\w.&-]{1,12}")
_SINGLE_ROLES = ("leader", "office_head")


@dataclass(frozen=True)
class Mover:
    """A person of a predecessor, their posts from the first day on, and where they would go.

    `otherwise` is the successor to which they go if nothing is said of them; `single` are the posts of which an office
    has one.
    """

    id: UUID
    account_id: UUID
    name: str
    organ: str
    unit: str
    posts: Sequence[str]
    single: Sequence[str]
    move: Move
    otherwise: str


@dataclass(frozen=True)
class Choice:
    """A unit or a hall of the organ that is split, and where it would go. A hall has no code but its name."""

    id: UUID
    code: str
    name: str
    to: str


@dataclass(frozen=True)
class NewUnit:
    """A unit that a successor does not have yet, under the symbol that it would bear in the successor's papers."""

    code: str
    name: str
    symbol: str
    organs: Sequence[str]


@dataclass(frozen=True)
class Preview:
    """`counts` are `(organ, kind of work, slug of the successor) -> things`; `doubled` are posts that two would hold.

    `organs` are the names of the predecessors, `names` those of the successors. `faults` forbid the act until another
    choice is made.
    """

    organs: Sequence[str]
    names: Mapping[str, str]
    counts: Mapping[tuple[str, str, str], int]
    movers: Sequence[Mover]
    doubled: Sequence[tuple[str, str]]
    units: Sequence[Choice]
    halls: Sequence[Choice]
    symbols: Sequence[NewUnit]
    faults: Sequence[FieldError]

    @property
    def things(self) -> int:
        """How much passes in all."""
        return sum(self.counts.values())


async def preview(database: Database, plan: Plan) -> Preview:
    """What would pass now; `InvalidInput` with every fault of the plan. Nothing changes."""
    async with database.control() as control:
        parties = await plans.check(control, plan)
    names = {slug: organ.title for slug, organ in parties.successors.items()}
    names |= {new.slug: plans.title_of(new) for new in plan.new}
    found: Counter[tuple[str, str, str]] = Counter()
    halls: list[Choice] = []
    offices: dict[str, joining.Office] = {}
    for predecessor in parties.predecessors:
        async with following.inside(database, predecessor) as session:
            office = offices[predecessor.title] = await joining.office(session, plan.from_day)
            for _module, kind in passing.kinds():
                for thing in await kind.find(session, plan.from_day, None):
                    to = following.destination(plan, office, thing)
                    found[predecessor.title, kind.title, to] += 1
                    if kind.chosen:
                        halls.append(Choice(thing.id, thing.title, thing.title, to))
    there = await _there(database, parties.successors, plan)
    known = _known(plan, there)
    symbols = _new_units(plan, offices, known)
    movers = [mover for organ, office in offices.items() for mover in _movers(plan, organ, office)]
    cells = itertools.product(offices, (kind.title for _module, kind in passing.kinds()), plan.successors)
    split = plan.kind == plans.SPLIT
    return Preview(
        [organ.title for organ in parties.predecessors],
        names,
        {cell: found[cell] for cell in cells if found[cell]},
        movers,
        _doubled(movers, there),
        [unit for office in offices.values() for unit in _units(plan, office)] if split else [],
        halls if split else [],
        symbols,
        list(_faults(symbols, known)),
    )


async def _there(database: Database, successors: Mapping[str, Organ], plan: Plan) -> Mapping[str, joining.Office]:
    """The offices of the successors that are there already, by their slugs."""
    found = {}
    for slug, successor in successors.items():
        async with following.inside(database, successor) as session:
            found[slug] = await joining.office(session, plan.from_day)
    return found


def _known(plan: Plan, there: Mapping[str, joining.Office]) -> Sequence[Mapping[str, str]]:
    """The open units of each successor, `code -> symbol`; of a new one nothing is there."""
    found: list[Mapping[str, str]] = [{} for _new in plan.new]
    for office in there.values():
        found.append({unit.code: unit.symbol for unit in office.units.values() if unit.closed_on is None})
    return found


def _units(plan: Plan, office: joining.Office) -> list[Choice]:
    rows = sorted(office.units.values(), key=lambda unit: unit.position)
    return [
        Choice(unit.id, unit.code, unit.name, plan.units.get(str(unit.id), plan.rest))
        for unit in rows
        if unit.closed_on is None
    ]


def _new_units(
    plan: Plan, offices: Mapping[str, joining.Office], known: Sequence[Mapping[str, str]]
) -> Sequence[NewUnit]:
    found: dict[str, NewUnit] = {}
    for organ, office in offices.items():
        for unit in sorted(office.units.values(), key=lambda unit: unit.position):
            if unit.closed_on is not None or all(unit.code in codes for codes in known):
                continue
            first = found.get(unit.code)
            symbol = plan.symbols.get(unit.code, first.symbol if first else unit.symbol)
            organs = [*first.organs, organ] if first else [organ]
            found[unit.code] = NewUnit(unit.code, first.name if first else unit.name, symbol, organs)
    return list(found.values())


def _faults(symbols: Sequence[NewUnit], known: Sequence[Mapping[str, str]]) -> Iterator[FieldError]:
    """No two units of a successor write the same symbol, else nobody knows whose paper it is."""
    for unit in symbols:
        others = {other.symbol for other in symbols if other.code != unit.code}
        there = {symbol for codes in known for code, symbol in codes.items() if unit.code not in codes}
        if not _SYMBOL.fullmatch(unit.symbol):
            said = _("Ký hiệu của {unit} dài quá 12 chữ, có dấu cách hoặc ký tự lạ.", unit=unit.name)
            yield FieldError(f"{SYMBOL}{unit.code}", said, _("Chỉ dùng chữ và số, ví dụ: VP."))
        elif unit.symbol in others | there:
            said = _("Ký hiệu “{symbol}” của {unit} đã có bộ phận khác dùng.", symbol=unit.symbol, unit=unit.name)
            yield FieldError(f"{SYMBOL}{unit.code}", said, _("Đặt ký hiệu khác."))


def _movers(plan: Plan, organ: str, office: joining.Office) -> Iterator[Mover]:
    unsaid = plans.without_people(plan)
    for staff in office.staff:
        if staff.left_on is not None and staff.left_on < plan.from_day:
            continue
        held = [office.posts[one.post_id] for one in office.appointments if one.staff_id == staff.id]
        held.sort(key=lambda post: post.position)
        unit_id = office.unit_of(staff.id)
        yield Mover(
            staff.id,
            staff.account_id,
            staff.full_name,
            organ,
            office.units[unit_id].name if unit_id else "",
            [post.title for post in held],
            [post.title for post in held if _is_single(office, post)],
            joining.move_of(plan, office, staff, plan.from_day),
            joining.move_of(unsaid, office, staff, plan.from_day).to,
        )


def _is_single(office: joining.Office, post: Post) -> bool:
    return post.heads_unit or office.roles[post.role_id].code in _SINGLE_ROLES


def _doubled(movers: Sequence[Mover], there: Mapping[str, joining.Office]) -> list[tuple[str, str]]:
    """`(post, names)` of posts of which an office has one (chair, secretary ...) and that several would hold."""
    holders: dict[tuple[str, str], list[str]] = {}
    for slug, office in there.items():
        names = {staff.id: staff.full_name for staff in office.staff}
        for one in office.appointments:
            if _is_single(office, post := office.posts[one.post_id]):
                holders.setdefault((slug, post.title), []).append(names[one.staff_id])
    for mover in movers:
        for title in mover.single if mover.move.to and mover.move.posts else ():
            holders.setdefault((mover.move.to, title), []).append(mover.name)
    return [(title, ", ".join(names)) for (_to, title), names in holders.items() if len(names) > 1]
