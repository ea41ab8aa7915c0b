"""All SQL of the module."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy import case as either
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute

from lienxa.platform import clock, ids, places
from lienxa.platform.access.actor import Actor
from lienxa.platform.access.models import Appointment, Body, Post, RolePermission, Staff, Unit
from lienxa.platform.access.visibility import VIEWER, Sight, Viewer, looks, visible
from lienxa.platform.db.base import AnyRow, AnySelect
from lienxa.platform.db.search import contains
from lienxa.platform.db.session import Prepared, TenantSession
from lienxa.platform.errors import NotFound
from lienxa.platform.files.models import StoredFile
from lienxa.platform.rollup.months import ReportingMonths, reporting_months
from lienxa.platform.rollup.standing import Span
from lienxa.platform.succession import passages
from lienxa.platform.succession.models import Passage
from lienxa.tenants.procedures.models import (
    Case,
    CaseCounter,
    CaseEarlierStep,
    CaseParticipant,
    OneStop,
    Procedure,
)
from lienxa.tenants.procedures.permissions import PROCESS, READ_ALL, RECEIVE, RETURN, SEAL, SIGN
from lienxa.tenants.procedures.rules import OPEN_STATES, RUNNING_STATES

CASE = "one_stop_case"
PAGE_SIZE = 50
_WORK_LIMIT = 100


@dataclass(frozen=True)
class CaseFilter:
    """What a list of cases shows: `state` is a state, `open` (default) or `all`; `text` is searched without marks.

    `one_person`: only those that who received them handled as well.
    """

    state: str = "open"
    mine: bool = False
    late: bool = False
    text: str = ""
    one_person: bool = False


@dataclass(frozen=True)
class Cursor:
    """The last row of the page before: its sorting instant and its id."""

    at: datetime
    case_id: UUID

    def __str__(self) -> str:
        return places.of_moment(self.at, self.case_id)

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """The cursor that `str` wrote; None for anything else."""
        found = places.read_moment(text)
        return cls(*found) if found else None


@dataclass(frozen=True)
class Handler:
    """Somebody whose post today may handle cases; `section` is the code of the post's unit."""

    staff_id: UUID
    full_name: str
    title: str
    section: str


@dataclass(frozen=True)
class Standing:
    """What a citizen may know of a case: its state, when it is due, and the date before it was promised anew.

    `rule_set` and `agreed` (its day was promised, so no time runs) say what missing papers do to the time.
    `receipt_secret` is the secret on its receipt, sealed. Without one, `receipt_organ_id` and `receipt_case_id` tell of
    which case the secret is, where it came over from another organ.
    `organ_name` is the organ that goes on with it; empty: the one that was asked.
    """

    case_id: UUID
    state: str
    due_at: datetime
    due_exact: bool
    first_due_at: datetime | None
    rule_set: str
    agreed: bool
    receipt_organ_id: UUID | None
    receipt_case_id: UUID | None
    receipt_secret: bytes | None
    organ_name: str = ""


@dataclass(frozen=True)
class CaseLine:
    """A case as lists show it; `handler` is a name, empty while nobody handles it; `numbered`: its result is.

    `passed_to` is the organ that goes on with it, if this one does not.
    """

    case: Case
    procedure: str
    handler: str
    numbered: bool
    passed_to: str


# The catalogue


async def catalogue(session: TenantSession, text: str = "") -> Sequence[Procedure]:
    """The procedures in use whose code or name contains the words in that order, in the catalogue's order."""
    query = select(Procedure).where(Procedure.valid_to.is_(None)).order_by(Procedure.position)
    if text:
        query = query.where(contains(Procedure.name_norm, text))
    return (await session.scalars(query)).all()


async def catalogue_page(
    session: TenantSession, text: str, field: str, after: tuple[int, str] | None, size: int
) -> tuple[Sequence[Procedure], tuple[int, str] | None]:
    """A page of `catalogue`, of one field if it is given, and the place of its last procedure if there are more."""
    place = tuple_(Procedure.position, Procedure.key)
    query = select(Procedure).where(Procedure.valid_to.is_(None)).order_by(Procedure.position, Procedure.key)
    if text:
        query = query.where(contains(Procedure.name_norm, text))
    if field:
        query = query.where(Procedure.field == field)
    if after is not None:
        query = query.where(place > after)
    found = (await session.scalars(query.limit(size + 1))).all()
    if len(found) <= size:
        return found, None
    last = found[size - 1]
    return found[:size], (last.position, last.key)


async def most_received(session: TenantSession, since: date, limit: int) -> frozenset[UUID]:
    """The versions of procedures that most cases were received for since that day."""
    query = (
        select(Case.procedure_id)
        .where(Case.received_at >= clock.instant(since))
        .group_by(Case.procedure_id)
        .order_by(func.count().desc(), Case.procedure_id)
        .limit(limit)
    )
    return frozenset(await session.scalars(query))


async def procedure_in_use(session: TenantSession, key: str) -> Procedure:
    """The version in use of that procedure, or `NotFound`."""
    found = await session.scalar(select(Procedure).where(Procedure.key == key, Procedure.valid_to.is_(None)))
    if found is None:
        raise NotFound
    return found


async def add_procedures(session: TenantSession, rows: Sequence[dict[str, Any]]) -> None:
    """Write the versions of procedures, all in one statement (without `render_nulls`, one for each set of nulls)."""
    statement = insert(Procedure).execution_options(render_nulls=True)
    await session.execute(statement, [{"tenant_id": session.tenant_id, **row} for row in rows])


# The one-stop


async def add_one_stop(session: TenantSession, name: str, code_template: str) -> None:
    """Give the organ its one-stop; the committee (UBND) decides its cases."""
    body_id = (await session.scalars(select(Body.id).where(Body.code == "committee"))).one()
    session.add(OneStop(name=name, body_id=body_id, code_template=code_template))
    await session.flush()


async def one_stop(session: TenantSession) -> OneStop:
    """The one-stop of the organ; `NotFound` where it has none (a district)."""
    found = (await session.scalars(select(OneStop))).one_or_none()
    if found is None:
        raise NotFound
    return found


async def next_number(session: TenantSession, day: date) -> int:
    """The next number of that day, from 1, without gaps; others wait for the end of this transaction."""
    new = postgresql.insert(CaseCounter).values(tenant_id=session.tenant_id, id=ids.new_id(), day=day, last=1)
    taken = new.on_conflict_do_update(
        index_elements=["tenant_id", "day"], set_={"last": CaseCounter.last + 1}
    ).returning(CaseCounter.last)
    number: int = (await session.execute(taken)).scalar_one()
    return number


async def skip_numbers(session: TenantSession, day: date, last: int) -> None:
    """Give no number of that day again up to this one: others have it."""
    new = postgresql.insert(CaseCounter).values(tenant_id=session.tenant_id, id=ids.new_id(), day=day, last=last)
    greater = func.greatest(CaseCounter.last, new.excluded.last)
    await session.execute(new.on_conflict_do_update(index_elements=["tenant_id", "day"], set_={"last": greater}))


async def handlers(session: TenantSession) -> list[Handler]:
    """Everybody who may be handed a case today, by rank."""
    return await _holders(session, RolePermission.permission == PROCESS)


async def signers(session: TenantSession, body_id: UUID) -> list[Handler]:
    """Everybody who signs results for that body today, by rank."""
    return await _holders(session, RolePermission.permission == SIGN, Post.body_id == body_id)


async def _holders(session: TenantSession, *conditions: ColumnElement[bool]) -> list[Handler]:
    today = clock.today()
    query = (
        select(Staff.id, Staff.full_name, Post.title, Unit.code)
        .select_from(Appointment)
        .join(Staff, and_(Staff.tenant_id == Appointment.tenant_id, Staff.id == Appointment.staff_id))
        .join(Post, and_(Post.tenant_id == Appointment.tenant_id, Post.id == Appointment.post_id))
        .join(Unit, and_(Unit.tenant_id == Post.tenant_id, Unit.id == Post.unit_id))
        .join(RolePermission, and_(RolePermission.tenant_id == Post.tenant_id, RolePermission.role_id == Post.role_id))
        .where(
            *conditions,
            Appointment.held_from <= today,
            or_(Appointment.held_to.is_(None), Appointment.held_to >= today),
        )
        .order_by(Post.position, Staff.sort_key)
    )
    return [Handler(*row) for row in await session.execute(query)]


# Cases


async def add_participant(session: TenantSession, case_id: UUID, staff_id: UUID, relation: str) -> None:
    """Let that person see the case; somebody who takes part already keeps their first relation."""
    row = {"tenant_id": session.tenant_id, "id": ids.new_id(), "case_id": case_id, "staff_id": staff_id}
    await session.execute(postgresql.insert(CaseParticipant).values(**row, relation=relation).on_conflict_do_nothing())


async def add_participants(session: TenantSession, case_ids: Collection[UUID], staff_id: UUID, relation: str) -> None:
    """As `add_participant`, for several cases in one statement."""
    rows = [
        {"tenant_id": session.tenant_id, "id": ids.new_id(), "case_id": case_id, "staff_id": staff_id}
        for case_id in case_ids
    ]
    values = [{**row, "relation": relation} for row in rows]
    await session.execute(postgresql.insert(CaseParticipant).values(values).on_conflict_do_nothing())


async def in_hand_of(
    session: TenantSession, actor: Actor, staff_id: UUID, *, to_sign: bool, lock: bool = False
) -> list[tuple[Case, str, bool]]:
    """The cases without a result that a person handles, or is to sign, the first due first.

    With the name of the procedure, and whether the actor may see the case.
    """
    theirs = Case.signer_id == staff_id if to_sign else Case.handler_id == staff_id
    states = ("signing",) if to_sign else ("processing", "supplement", "signing")
    query = (
        select(Case, Procedure.short_name, _visible(actor))
        .join(Procedure, and_(Procedure.tenant_id == Case.tenant_id, Procedure.id == Case.procedure_id))
        .where(theirs, Case.state.in_(states))
        .order_by(Case.due_at, Case.id)
    )
    if lock:
        query = query.with_for_update(of=Case).execution_options(populate_existing=True)
    return [(row[0], row[1], row[2]) for row in await session.execute(query)]


async def visible_case(session: TenantSession, actor: Actor, case_id: UUID) -> tuple[Case, Procedure]:
    """A case that the actor may see, with the version of its procedure; `NotFound` for every other."""
    row = (await session.execute(_with_procedure().where(_visible(actor), Case.id == case_id))).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


async def locked_case(session: TenantSession, actor: Actor, case_id: UUID) -> tuple[Case, Procedure]:
    """As `visible_case`, and nobody else changes it until the transaction ends."""
    query = _with_procedure().where(_visible(actor), Case.id == case_id).with_for_update(of=Case)
    row = (await session.execute(query.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


async def lock_cases_of_other_calendar(session: TenantSession, version: str) -> list[tuple[Case, Procedure]]:
    """The cases without a result whose due date was computed by another calendar; ours until the transaction ends."""
    query = (
        _cases_without_result()
        .where(Case.calendar_version != version)
        .order_by(Case.id)
        .with_for_update(of=Case)
        .execution_options(populate_existing=True)
    )
    return [(case, procedure) for case, procedure in await session.execute(query)]


async def running_cases(session: TenantSession) -> list[tuple[Case, Procedure]]:
    """The cases without a result whose due date follows the calendar."""
    query = _cases_without_result().where(Case.clock_from.is_not(None))
    return [(case, procedure) for case, procedure in await session.execute(query)]


async def standings(session: TenantSession, code: str) -> list[Standing]:
    """How the cases stand that have that code or whose receipt bears it, for the public look-up.

    More than one only where organs that gave the same code go on in this one.
    """
    either_code = or_(Case.code == code, Case.receipt_code == code)
    return [Standing(*row) for row in await session.execute(_standing().where(either_code).order_by(Case.id))]


async def standing(session: TenantSession, case_id: UUID) -> Standing | None:
    """The same for one case."""
    row = (await session.execute(_standing().where(Case.id == case_id))).one_or_none()
    return Standing(*row) if row else None


def _standing() -> AnySelect:
    return select(
        Case.id,
        Case.state,
        Case.due_at,
        Case.due_exact,
        Case.first_due_at,
        Case.rule_set,
        Case.clock_from.is_(None),
        Case.receipt_organ_id,
        Case.receipt_case_id,
        Case.receipt_secret,
    )


async def visible_case_id(session: TenantSession, actor: Actor, code: str) -> UUID | None:
    """The case with exactly that code, if the actor may see it: what a scanner at the counter reads."""
    return await session.scalar(select(Case.id).where(_visible(actor), Case.code == code))


async def result_file(session: TenantSession, actor: Actor, case_id: UUID) -> StoredFile:
    """The text of the result of a case that the actor may see, or `NotFound`."""
    joined = and_(StoredFile.tenant_id == Case.tenant_id, StoredFile.id == Case.result_file_id)
    query = select(StoredFile).select_from(Case).join(StoredFile, joined).where(_visible(actor), Case.id == case_id)
    found = await session.scalar(query)
    if found is None:
        raise NotFound
    return found


async def staff_names(session: TenantSession, staff_ids: Collection[UUID | None]) -> dict[UUID | None, str]:
    """The names of people of the organ."""
    wanted = sorted(staff_id for staff_id in staff_ids if staff_id is not None)
    if not wanted:
        return {}
    rows = await session.execute(select(Staff.id, Staff.full_name).where(Staff.id.in_(wanted)))
    return {row.id: row.full_name for row in rows}


async def list_cases(
    session: TenantSession, actor: Actor, chosen: CaseFilter, after: Cursor | None, size: int | None = None
) -> tuple[list[CaseLine], Cursor | None]:
    """One page (of `PAGE_SIZE` lines, or of `size`) and the cursor of the next page.

    Open cases come by due date, those most late first; all others newest first.
    """
    size = size or PAGE_SIZE
    by_due = chosen.state in OPEN_STATES or chosen.state == "open"
    column = Case.due_at if by_due else Case.received_at
    query = _select_lines().where(*_conditions(actor, chosen)).limit(size + 1)
    lines = await _lines(session, _page(query, column, after, ascending=by_due))
    if len(lines) <= size:
        return lines, None
    last = lines[size - 1].case
    return lines[:size], Cursor(last.due_at if by_due else last.received_at, last.id)


async def count_cases(session: TenantSession, actor: Actor, chosen: CaseFilter) -> int:
    """How many cases that list has."""
    query = select(func.count()).select_from(Case).where(*_conditions(actor, chosen))
    return (await session.execute(query)).scalar_one()


async def search_cases(session: TenantSession, actor: Actor, text: str, limit: int) -> list[CaseLine]:
    """Cases whose code, applicant or telephone contains the words, newest first."""
    query = (
        _select_lines()
        .where(contains(Case.search_norm, text), _visible(actor))
        .order_by(Case.received_at.desc(), Case.id.desc())
        .limit(limit)
    )
    return await _lines(session, query)


# Figures


async def received_by_month(session: TenantSession) -> list[tuple[date, str, int]]:
    """`(month, dimension, value)`: cases received here; what came over was received by the organ before."""
    by_month = (await reporting_months(session)).column(Case.received_on).label("month")
    query = (
        select(by_month, literal("").label("dimension"), func.count().label("value"))
        .where(~passages.came_over(CASE, Case.id))
        .group_by(by_month)
    )
    return [(month, dimension, value) for month, dimension, value in await session.execute(query)]


async def solved_by_month(session: TenantSession) -> list[tuple[date, str, int]]:
    """`(month, dimension, value)`: results ready early, on time and late; `closed`: ended without a result.

    A result that was ready when the case came over is one of the organ before.
    """
    months = await reporting_months(session)
    finished, closed = (months.column(day).label("month") for day in (Case.finished_on, Case.closed_on))
    count = func.count().label("value")
    with_result = (
        select(finished, Case.outcome.label("dimension"), count)
        .where(Case.finished_on.is_not(None), ~passages.came_after(CASE, Case.id, Case.finished_at))
        .group_by(finished, Case.outcome)
    )
    without = (
        select(closed, literal("closed").label("dimension"), count).where(Case.closed_on.is_not(None)).group_by(closed)
    )
    rows = await session.execute(union_all(with_result, without))
    return [(month, dimension, value) for month, dimension, value in rows]


async def pending_now(session: TenantSession) -> tuple[int, int]:
    """`(in_time, late)`: cases without a result now."""
    late = func.count().filter(_is_late())
    query = select((func.count() - late).label("in_time"), late.label("late")).where(
        Case.state.in_(sorted(OPEN_STATES)), _is_here()
    )
    in_time, late_now = (await session.execute(query)).one()
    return in_time, late_now


async def pending_spans(session: TenantSession, months: ReportingMonths) -> list[Span]:
    """Cases from the month of their receipt until they end: `in_time` until the month of their due date, then `late`.

    A case that waits for the citizen's papers is in time. Whether it waited at an earlier month's end is not known.
    One that passes to another organ is pending there from the day on which it ends here.
    """
    received = months.column(func.greatest(Case.received_on, passages.came_day(CASE, Case.id)))
    ended = months.column(
        func.least(func.coalesce(Case.finished_on, Case.closed_on), passages.passed_day(CASE, Case.id))
    )
    late_from = either(
        (Case.state.in_(sorted(OPEN_STATES - RUNNING_STATES)), None),
        else_=func.greatest(months.column(Case.due_on), received),
    )
    in_time_until = func.least(late_from, ended)
    in_time = (
        select(literal("in_time"), received, in_time_until, func.count())
        .where(or_(in_time_until.is_(None), in_time_until > received))
        .group_by(received, in_time_until)
    )
    late = (
        select(literal("late"), late_from, ended, func.count())
        .where(late_from.is_not(None), or_(ended.is_(None), ended > late_from))
        .group_by(late_from, ended)
    )
    return [Span(*row) for row in [*await session.execute(in_time), *await session.execute(late)]]


def _select_lines() -> Select[Case, str, str, bool, str]:
    return (
        select(
            Case,
            Procedure.short_name,
            func.coalesce(Staff.full_name, ""),
            Procedure.result_type != "",
            func.coalesce(Passage.organ_name, ""),
        )
        .join(Procedure, and_(Procedure.tenant_id == Case.tenant_id, Procedure.id == Case.procedure_id))
        .outerjoin(Staff, and_(Staff.tenant_id == Case.tenant_id, Staff.id == Case.handler_id))
        .outerjoin(
            Passage,
            and_(
                Passage.tenant_id == Case.tenant_id,
                Passage.direction == passages.OUT,
                Passage.kind == CASE,
                Passage.thing_id == Case.id,
            ),
        )
    )


def _is_here() -> ColumnElement[bool]:
    """Whether this organ goes on with the case: it has not passed to one that follows."""
    return ~passages.passed_on(CASE, Case.id)


async def _lines(session: TenantSession, query: Select[Case, str, str, bool, str]) -> list[CaseLine]:
    return [CaseLine(*row) for row in await session.execute(query)]


def _waits_for_seal(actor: Actor) -> ColumnElement[bool]:
    viewer = Viewer.of(actor, READ_ALL)
    return and_(literal(actor.may(SEAL)), Case.state == "signed", viewer.reaches(Case.body_id))


SIGHT = Sight(Case.id, Case.body_id, CaseParticipant, CaseParticipant.case_id, READ_ALL, _waits_for_seal)


def _visible(actor: Actor) -> ColumnElement[bool]:
    return SIGHT.seen_by(actor)


def _visible_to(viewer: Viewer, seals: ColumnElement[bool]) -> ColumnElement[bool]:
    """The common rule; and who seals sees what waits for the seal of the bodies that their post reaches."""
    by_rule = visible(
        viewer,
        row_id=Case.id,
        body_id=Case.body_id,
        participants=CaseParticipant,
        participant_row=CaseParticipant.case_id,
    )
    return or_(by_rule, and_(seals, Case.state == "signed", viewer.reaches(Case.body_id)))


def _is_late() -> ColumnElement[bool]:
    """As `Due.is_late` for the present moment; a case that waits for the citizen's papers is not late."""
    passed = or_(Case.due_on < clock.today(), and_(Case.due_exact, Case.due_at < clock.now()))
    return and_(Case.state.in_(sorted(RUNNING_STATES)), passed, _is_here())


def _with_procedure() -> Select[Case, Procedure]:
    joined = and_(Procedure.tenant_id == Case.tenant_id, Procedure.id == Case.procedure_id)
    return select(Case, Procedure).join(Procedure, joined)


def _cases_without_result() -> Select[Case, Procedure]:
    return _with_procedure().where(Case.state.in_(sorted(OPEN_STATES)), _is_here())


def _conditions(actor: Actor, chosen: CaseFilter) -> list[ColumnElement[bool]]:
    conditions = [_visible(actor)]
    if chosen.state == "open":
        conditions += [Case.state.in_(sorted(OPEN_STATES)), _is_here()]
    elif chosen.state != "all":
        conditions += [Case.state == chosen.state, _is_here()]
    if chosen.mine:
        conditions.append(Case.handler_id == actor.person("procedures"))
    if chosen.late:
        conditions.append(_is_late())
    if chosen.one_person:
        conditions.append(Case.one_person.is_(True))
    if chosen.text:
        conditions.append(contains(Case.search_norm, chosen.text))
    return conditions


def _page(
    query: Select[Case, str, str, bool, str],
    column: InstrumentedAttribute[datetime],
    after: Cursor | None,
    *,
    ascending: bool,
) -> Select[Case, str, str, bool, str]:
    if ascending:
        query = query.order_by(column, Case.id)
        return query.where(tuple_(column, Case.id) > (after.at, after.case_id)) if after else query
    query = query.order_by(column.desc(), Case.id.desc())
    return query.where(tuple_(column, Case.id) < (after.at, after.case_id)) if after else query


# Work


def _work() -> Prepared:
    """Parameters: those of `VIEWER`, the states that wait for the post (`waiting`) or for them by name (`named`)."""
    states = ARRAY(Text())
    to_sign = and_(Case.state == "signing", Case.signer_id == VIEWER.person)
    to_handle = and_(Case.state == "processing", Case.handler_id == VIEWER.person)
    waiting = Case.state == any_(bindparam("waiting", type_=states))
    named = and_(Case.state == any_(bindparam("named", type_=states)), or_(to_sign, to_handle))
    return Prepared(
        _select_lines()
        .where(or_(waiting, named), _visible_to(VIEWER, bindparam("seals", type_=Boolean())), _is_here())
        .order_by(Case.due_at, Case.id)
        .limit(_WORK_LIMIT)
    )


_WORK = _work()
_WAITING = {RECEIVE: "received", RETURN: "done", SEAL: "signed"}
_NAMED = {SIGN: "signing", PROCESS: "processing"}


async def waiting_cases(session: TenantSession, actor: Actor) -> list[CaseLine]:
    """Cases that wait for this person: to hand over, to handle or to give back; by due date."""
    waiting = [state for right, state in _WAITING.items() if actor.may(right)]
    named = [state for right, state in _NAMED.items() if actor.may(right)]
    if not waiting and not named:
        return []
    given = {"waiting": waiting, "named": named, "seals": actor.may(SEAL)}
    return [CaseLine(*row) for row in await session.rows(_WORK, **looks(actor, READ_ALL), **given)]


async def published(session: TenantSession) -> AnyRow:
    """Of the procedures in use `(all, no_time, no_papers, no_fee)`: how many, and how many lack what."""
    query = select(
        func.count().label("all"),
        func.count().filter(Procedure.time_unit == "", Procedure.time_note == "").label("no_time"),
        func.count().filter(Procedure.documents == "").label("no_papers"),
        func.count().filter(Procedure.fee.is_(None), Procedure.fee_note == "").label("no_fee"),
    ).where(Procedure.valid_to.is_(None))
    return (await session.execute(query)).one()


async def stop_since(session: TenantSession, since: datetime, reason: str) -> int:
    """Stop the open cases that were received here since then: how many. What came over was received elsewhere."""
    stopping = (
        update(Case)
        .where(Case.received_at >= since, Case.state.in_(OPEN_STATES), Case.finished_at.is_(None))
        .where(Case.receipt_code.is_(None))
        .values(state="stopped", closed_at=clock.now(), closed_on=clock.today(), closing_reason=reason)
    )
    return len((await session.execute(stopping.returning(Case.id))).all())


# What passes to the organ that follows


async def staying(session: TenantSession, states: Collection[str], most: int | None) -> list[tuple[Case, Procedure]]:
    """The cases in these states that have not passed on, in a lasting order, `most` of them or all."""
    query = _with_procedure().where(Case.state.in_(sorted(states)), _is_here()).order_by(Case.id)
    return [(case, procedure) for case, procedure in await session.execute(query.limit(most))]


async def participants_of(session: TenantSession, case_ids: Collection[UUID]) -> Sequence[CaseParticipant]:
    """Everybody who takes part in these cases."""
    return (await session.scalars(select(CaseParticipant).where(CaseParticipant.case_id.in_(list(case_ids))))).all()


async def earlier_steps(session: TenantSession, case_ids: Collection[UUID]) -> Sequence[CaseEarlierStep]:
    """What was done to these cases in the organs before, case by case, oldest first."""
    query = select(CaseEarlierStep).where(CaseEarlierStep.case_id.in_(list(case_ids)))
    return (await session.scalars(query.order_by(CaseEarlierStep.case_id, CaseEarlierStep.position))).all()


async def unit_codes(session: TenantSession) -> dict[str, UUID]:
    """The units of the organ by their codes."""
    return {row.code: row.id for row in await session.execute(select(Unit.code, Unit.id))}


async def versions_of(session: TenantSession, keys: Collection[str]) -> Sequence[Procedure]:
    """Every version of these procedures, the newest first."""
    query = select(Procedure).where(Procedure.key.in_(list(keys))).order_by(Procedure.key, Procedure.version.desc())
    return (await session.scalars(query)).all()


async def codes_taken(session: TenantSession, codes: Collection[str]) -> set[str]:
    """Which of these codes cases of the organ have."""
    return set(await session.scalars(select(Case.code).where(Case.code.in_(list(codes)))))
