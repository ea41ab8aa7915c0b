"""The series of numbers and the rules of intake: what an organ begins with, and what its administrator changes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

import msgspec

from lienxa.platform import clock, ids
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Body
from lienxa.platform.access.staffing import COMMUNE
from lienxa.platform.acts import record_act
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, FieldError, InvalidInput, NotFound
from lienxa.platform.module import Opening, OpeningBook
from lienxa.platform.rules.documents import DocumentType
from lienxa.platform.telemetry import metrics
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _
from lienxa.tenants.documents import permissions, repository, rules
from lienxa.tenants.documents.models import CommitteeTerm, IntakeRule, NumberCounter, NumberSeries, SeriesUse
from lienxa.tenants.documents.operations.common import refuse
from lienxa.tenants.documents.repository.series import Book
from lienxa.tenants.documents.rules import EACH_OWN, INCOMING, ONE_NEW, OUTGOING
from lienxa.tenants.documents.schemas import BodyBooks, SeriesLine

COMMON_BOOK = "incoming"
# Further than that a next number is rather a slip of the fingers than what a paper register has come to.
FAR = 1000


async def provision(session: TenantSession, organ: Organ, opening: Opening) -> None:
    """Open the books of a new organ: the present term, a series for each type, and the numbers to go on with.

    A parent keeps no books here. The intake desk keeps one common incoming book but for UBKT; a body for which an
    opening number `<body>/incoming` is named keeps its own. One statement a table.
    """
    if organ.is_parent:
        return
    today = clock.today()
    bodies = await people.bodies(session)
    series: dict[str, dict[str, Any]] = {}
    uses: list[dict[str, Any]] = []

    def use(code: str, period_kind: str, body: Body, direction: str, type_code: str = "") -> None:
        row = series.setdefault(code, {"id": ids.new_id(), "code": code, "period_kind": period_kind})
        uses.append({"series_id": row["id"], "body_id": body.id, "direction": direction, "type_code": type_code})

    for body in bodies:
        own = f"{body.code}/incoming"
        use(
            own if own in opening.numbers or body.code == "inspection" else COMMON_BOOK,
            rules.YEAR,
            body,
            INCOMING,
        )
        for plan in rules.default_series(body.code, body.system, today):
            for type_code in plan.type_codes:
                use(plan.code, plan.period_kind, body, OUTGOING, type_code)

    _check_opening(opening, series.keys())
    counters = [
        {
            "series_id": series[code]["id"],
            "period": rules.period(series[code]["period_kind"], today, opening.term),
            "last_number": number - 1,
        }
        for code, number in opening.numbers.items()
        if code in series
    ]
    # UBKT has few people and no office head of its own: its chair directs what its clerk has registered.
    intake = [{"body_id": body.id, "proposal_required": body.code != "inspection"} for body in bodies]
    session.add(CommitteeTerm(label=opening.term, opened_on=opening.term_opened_on, closed_on=None))
    await session.flush()
    for model, rows in (
        (NumberSeries, list(series.values())),
        (SeriesUse, uses),
        (NumberCounter, counters),
        (IntakeRule, intake),
    ):
        await repository.series.add_rows(session, model, rows)


def opening_books() -> Sequence[OpeningBook]:
    """The books that a commune may go on with from paper: the incoming ones, then each body's series."""
    today, incoming = clock.today(), _("Sổ văn bản đến")
    books = [OpeningBook(COMMON_BOOK, _("Sổ chung của các cơ quan"), incoming)]
    for body in COMMUNE.bodies:
        name = body.name if body.code != "inspection" else "UBKT Đảng ủy"
        books.append(OpeningBook(f"{body.code}/incoming", _("Sổ riêng của {body}", body=name), incoming))
    for body in COMMUNE.bodies:
        names = {code: found.name for code, found in rules.issued_types(body.code, body.system, today).items()}
        for plan in rules.default_series(body.code, body.system, today):
            title = ", ".join(dict.fromkeys(names[code] for code in plan.type_codes))
            books.append(OpeningBook(plan.code, title, _("Văn bản đi của {body}", body=body.name)))
    return books


def _check_opening(opening: Opening, known: Collection[str]) -> None:
    """A misspelt series would begin at 01 beside a paper book that does not: refuse it."""
    unknown = sorted(code for code in opening.numbers if code not in known)
    if unknown:
        raise InvalidInput.of(
            "opening",
            _("Không có sổ {codes}.", codes=", ".join(unknown)),
            _("Ghi mã sổ như: incoming, committee/QĐ, party/NQ, committee/CV, committee/sao."),
        )


async def series(session: TenantSession, actor: Actor) -> list[SeriesLine]:
    """Every series with the period in which it runs today and the number that it gives next, by body."""
    actor.require(permissions.CONFIGURE)
    return await running_series(session)


async def running_series(session: TenantSession) -> list[SeriesLine]:
    """The same for whoever has a right of their own to it. One statement."""
    today = clock.today()
    rows = await repository.series.series_rows(session, today)
    types = rules.types_by_code(today)
    grouped: dict[str, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.code, []).append(row)
    lines = []
    for code, uses in grouped.items():
        first = uses[0]
        period = rules.running_period(first.period_kind, today, first.term, first.congress)
        last = next((row.last_number for row in uses if row.period == period), 0)
        titles = dict.fromkeys(types[row.type_code].name for row in uses if row.type_code in types)
        bodies = tuple(dict.fromkeys(row.body for row in uses))
        lines.append(
            SeriesLine(
                code=code,
                title=", ".join(titles) or rules.SERIES_TITLES[first.direction],
                direction=first.direction,
                bodies=bodies,
                period=period,
                next_number=last + 1,
            )
        )
    return lines


async def set_opening_number(
    session: TenantSession, actor: Actor, code: str, next_number: int, reason: str, *, confirmed: bool = True
) -> SeriesLine:
    """Let a series go on at another number, always beyond those given here: what lies between was given on paper.

    With the reason; `InvalidInput` on `next_number` or `reason`, `NotFound` for an unknown series. A number that jumps
    far, or is lower than it was, must be `confirmed`; else `InvalidInput` on that says what is unusual about it.
    """
    actor.require(permissions.CONFIGURE)
    present = next((line for line in await series(session, actor) if line.code == code), None)
    if present is None:
        raise NotFound
    if not present.period:
        raise Conflict(_("Sổ này hiện không mở."), remedy=_("Khai nhiệm kỳ hoặc đại hội trước."))
    if not reason:
        raise InvalidInput.of("reason", _("Chưa nhập lý do."), _("Ghi rõ vì sao đặt lại số."))
    series_id = await repository.series.series_id(session, code)
    last = await repository.series.hold_counter(session, series_id, present.period)
    given = await repository.series.highest_given(session, series_id, present.period)
    refuse(_number_faults(next_number, last, given, confirmed=confirmed))
    await repository.series.set_counter(session, series_id, present.period, next_number - 1)
    await record_series(session, actor, "set_opening_number", series_id, code=code, number=next_number, reason=reason)
    return msgspec.structs.replace(present, next_number=next_number)


def _number_faults(next_number: int, last: int, given: int, *, confirmed: bool) -> list[FieldError]:
    if next_number == last + 1:
        reason = _("Số tiếp theo của sổ đã là {number}.", number=next_number)
        return [FieldError("next_number", reason, _("Nhập số khác."))]
    if next_number <= min(given, last):
        reason = _("Sổ đã cấp đến số {number}.", number=given)
        return [FieldError("next_number", reason, _("Nhập số từ {number} trở lên.", number=given + 1))]
    if confirmed or last < next_number <= last + FAR:
        return []
    if next_number > last:
        reason = _("Số tiếp theo nhảy từ {before} lên {number}.", before=last + 1, number=next_number)
    else:
        reason = _(
            "Số tiếp theo lùi từ {before} về {number}: chưa số nào từ {number} trở lên được cấp, kể cả trên sổ giấy.",
            before=last + 1,
            number=next_number,
        )
    return [FieldError("confirmed", reason, _("Đúng vậy thì đánh dấu xác nhận rồi gửi lại."))]


async def body_books(session: TenantSession, actor: Actor, body_id: UUID) -> BodyBooks:
    """From which series each type of a body takes its numbers, and how its incoming documents go to the leader."""
    actor.require(permissions.CONFIGURE)
    body = await session.find(Body, body_id)
    uses = await repository.series.outgoing_uses(session, body_id)
    codes = {found.code for found in uses}
    types = rules.types_by_code(clock.today())
    required, direct = await repository.incoming.intake_rules(session, body_id)
    series_of = {found.SeriesUse.type_code: found.code for found in uses}
    return BodyBooks(
        body=body.name,
        types={code: types[code].name for code in (found.SeriesUse.type_code for found in uses) if code in types},
        series=tuple(line for line in await series(session, actor) if line.code in codes),
        series_of=series_of,
        namesakes=tuple(
            (", ".join(each.name for each in alike), alike[0].abbreviation)
            for alike in rules.namesakes(series_of, types)
        ),
        incoming_types=rules.type_options(types),
        proposal_required=required,
        direct=direct,
    )


async def share_series(
    session: TenantSession,
    actor: Actor,
    body_id: UUID,
    type_codes: Collection[str],
    target: str,
    next_number: int | None = None,
) -> None:
    """Let types of a body take their numbers from another of its series, from the next number on.

    `target` is the code of a series of the body, `ONE_NEW` (one new series for all of them) or `EACH_OWN`. Types whose
    numbers look the same move together. The series goes on at `next_number` if that is higher. Raises `InvalidInput`
    on `types` or `target`, and on `next_number` if numbers that were given in the running period would come again.
    """
    actor.require(permissions.CONFIGURE)
    body = await session.find(Body, body_id)
    uses = await repository.series.outgoing_uses(session, body_id, lock=True)
    today = clock.today()
    types = rules.types_by_code(today)
    moving = _moving(uses, types, type_codes)
    if target not in {ONE_NEW, EACH_OWN} and target not in {found.code for found in uses}:
        raise InvalidInput.of("target", _("Cơ quan này không có sổ đó."), _("Chọn lại trong danh sách."))
    kind = moving[0].period_kind
    label = await repository.terms.running_label(session, CommitteeTerm, today) if kind == rules.TERM else None
    period = rules.period(kind, today, label)
    given = _Given(
        await repository.series.last_numbers(session, period),
        await repository.series.numbers_given(session, body_id, period),
        types,
    )
    taken = {found.code for found in uses if found not in moving}
    for group in _groups(moving, types, apart=target == EACH_OWN):
        code = _new_code(body, group, types, taken) if target in {ONE_NEW, EACH_OWN} else target
        taken.add(code)
        series_id = await repository.series.open_series(session, code, kind)
        coming = [found.SeriesUse for found in group if found.SeriesUse.series_id != series_id]
        highest = max((given.highest(use) for use in coming), default=0)
        if max(given.last.get(series_id, 0) + 1, next_number or 1) <= highest:
            raise InvalidInput.of(
                "next_number",
                _("Kỳ {period} đã cấp đến số {number}; sổ này sẽ cấp trùng số.", period=period, number=highest),
                _("Nhập số tiếp theo từ {number} trở lên, hoặc chuyển khi sang kỳ mới.", number=highest + 1),
            )
        raised = next_number and await repository.series.raise_counter(session, series_id, period, next_number - 1)
        for use in coming:
            use.series_id = series_id
        told = {"code": code, "body": body.name, "types": ", ".join(types[use.type_code].name for use in coming)[:200]}
        skipped = {"number": next_number} if raised and next_number else {}
        await record_series(session, actor, "share_series", series_id, **told, **skipped)
    await session.flush()


def _groups(moving: Sequence[Any], types: Mapping[str, DocumentType], *, apart: bool) -> list[list[Any]]:
    groups: dict[str, list[Any]] = {}
    for found in moving:
        groups.setdefault(rules.number_form(types[found.SeriesUse.type_code]) if apart else "", []).append(found)
    return list(groups.values())


def _moving(uses: Sequence[Any], types: Mapping[str, DocumentType], type_codes: Collection[str]) -> list[Any]:
    """The uses of these types, and of those that share series and form of number with them."""
    known = {found.SeriesUse.type_code: found for found in uses if found.SeriesUse.type_code in types}
    if not type_codes or not known.keys() >= set(type_codes):
        raise InvalidInput.of("types", _("Chưa chọn loại văn bản của cơ quan này."), _("Chọn ít nhất một loại."))
    chosen = {(known[code].code, rules.number_form(types[code])) for code in type_codes}
    return [found for code, found in known.items() if (found.code, rules.number_form(types[code])) in chosen]


def _new_code(body: Body, group: Sequence[Any], types: Mapping[str, DocumentType], taken: Collection[str]) -> str:
    """The code of a series that no other type of the body uses."""
    first = group[0].SeriesUse.type_code
    name = rules.series_name(first, types[first]) if len(group) == 1 else "chung"
    codes = (f"{body.code}/{name}{f'-{turn}' if turn > 1 else ''}" for turn in count(1))
    return next(code for code in codes if code not in taken)


@dataclass(frozen=True)
class _Given:
    """What a body's series gave in the running period: the last number by series, and what `numbers_given` tells."""

    last: Mapping[UUID, int]
    rows: Sequence[Any]
    types: Mapping[str, DocumentType]

    def highest(self, use: SeriesUse) -> int:
        """The highest number that a paper with the type's form may bear.

        Numbers that are not among the papers were given on paper, nobody knows to which type.
        """
        last = self.last.get(use.series_id, 0)
        if sum(row.given for row in self.rows if row.series_id == use.series_id) < last:
            return last
        form = rules.number_form(self.types[use.type_code])
        alike = (
            row.highest
            for row in self.rows
            if row.type_code in self.types and rules.number_form(self.types[row.type_code]) == form
        )
        return max(alike, default=0)


async def keep_common_book(session: TenantSession, actor: Actor, *, common: bool) -> None:
    """Let the intake desk keep one incoming book for all bodies but UBKT, or each body its own, from now on.

    A body's own book begins at 01 in a year in which it has no entry yet; `set_opening_number` raises it.
    """
    actor.require(permissions.CONFIGURE)
    bodies = {body.id: body for body in await people.bodies(session)}
    for use in await repository.series.incoming_uses(session):
        body = bodies[use.body_id]
        if body.code == "inspection":
            continue
        code = COMMON_BOOK if common else f"{body.code}/incoming"
        use.series_id = await repository.series.open_series(session, code, rules.YEAR)
        await record_series(session, actor, "keep_book", use.series_id, code=code, body=body.name)


async def require_proposal(session: TenantSession, actor: Actor, body_id: UUID, *, required: bool) -> None:
    """Whether the office head proposes before the leader of the body directs; what is registered already goes on."""
    actor.require(permissions.CONFIGURE)
    await session.find(Body, body_id)
    await repository.incoming.set_proposal_rule(session, body_id, required=required)
    await record_series(session, actor, "require_proposal", body_id, required=int(required))


async def route_directly(session: TenantSession, actor: Actor, body_id: UUID, type_codes: Collection[str]) -> None:
    """Name the types of a body's incoming documents that the office head passes on without the leader."""
    actor.require(permissions.CONFIGURE)
    await session.find(Body, body_id)
    known = rules.types_by_code(clock.today())
    if not known.keys() >= set(type_codes):
        raise InvalidInput.of("types", _("Có loại văn bản không có trong danh sách."), _("Chọn lại."))
    await repository.incoming.set_direct_routes(session, body_id, type_codes)
    await record_series(session, actor, "route_directly", body_id, types=", ".join(sorted(type_codes))[:200])


async def record_series(session: TenantSession, actor: Actor, verb: str, object_id: UUID, **detail: str | int) -> None:
    await record_act(session, actor, f"documents.{verb}", "series", object_id, detail)


async def take_number(session: TenantSession, book: Book) -> tuple[str, int]:
    period = rules.period(book.period_kind, clock.today(), book.term, book.congress)
    number = await repository.series.next_number(session, book.series_id, period)
    metrics.count_at_commit(session, metrics.numbers_given, book="documents")
    return period, number
