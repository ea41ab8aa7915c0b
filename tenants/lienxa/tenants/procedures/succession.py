"""Cases that pass to the organ that follows (ADR 0035): all that have not ended, also those whose result waits.

The citizen keeps the receipt: its code and secret find the case at either organ. The due date stays what was promised.
What was drafted or signed in the name of the organ before goes back to its handler, because another organ issues it.
What nobody handles waits at the counter, to be handed over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from lienxa.platform import clock, ids
from lienxa.platform.audit.repository import timelines
from lienxa.platform.db.session import TenantSession
from lienxa.platform.rules import case_rules_named
from lienxa.platform.succession import passages
from lienxa.platform.succession.kinds import Arrival, Arrived, Passing, SuccessionKind
from lienxa.platform.text import _
from lienxa.platform.workdays import Calendar, calendar_for, hand_over_by
from lienxa.tenants.procedures import repository, rules
from lienxa.tenants.procedures.models import Case, CaseEarlierStep, CaseParticipant, Procedure
from lienxa.tenants.procedures.repository import CASE
from lienxa.tenants.procedures.trail import told

_STATES = frozenset(rules.STATES) - rules.FINAL_STATES
_DRAFTED = ("signing", "signed")

# What a copy takes as it is; the rest is new in the successor, or another row's id.
_KEPT = (
    "rule_set",
    "applicant_name",
    "applicant_phone",
    "applicant_address",
    "papers",
    "note",
    "received_at",
    "received_on",
    "hand_over_by",
    "handed_over_at",
    "due_at",
    "due_on",
    "due_exact",
    "supplement_asked_at",
    "supplement_request",
    "supplied_at",
    "clock_from",
    "apologised_at",
    "apology_reason",
    "first_due_at",
    "signer_title",
    "signed_at",
    "rework_reason",
    "result_number",
    "finished_at",
    "finished_on",
    "outcome",
    "result",
    "returned_at",
    "returned_to",
    "closed_at",
    "closed_on",
    "closing_reason",
    "one_person",
)
# What two versions of a procedure have in common if a case may go on under either.
_SAME = ("name", "time_value", "time_unit", "documents", "result_type", "section")
_OF_PROCEDURE = (
    *("key", "valid_from", "position", "code", "short_name", "field", "authority", "time_note", "time_source", "fee"),
    *("fee_note", "documents_source", "source"),
    *_SAME,
)


@dataclass(frozen=True)
class _Dossier:
    """A case with its procedure, its people and what was done to it, read completely."""

    case: Case
    procedure: Procedure
    people: Sequence[CaseParticipant] = ()
    steps: Sequence[CaseEarlierStep] = ()


async def find(session: TenantSession, _from_day: date, most: int | None) -> Sequence[Passing]:
    """The cases that have not ended; only a part (`most`) is read with all that belongs to them."""
    found = await repository.staying(session, _STATES, most)
    dossiers = [_Dossier(case, procedure) for case, procedure in found]
    if found and most is not None:
        dossiers = await _whole(session, dossiers)
    units = await repository.unit_codes(session) if found else {}
    return [_passing(dossier, units) for dossier in dossiers]


async def _whole(session: TenantSession, dossiers: Sequence[_Dossier]) -> list[_Dossier]:
    case_ids = [dossier.case.id for dossier in dossiers]
    people: dict[UUID, list[CaseParticipant]] = {case_id: [] for case_id in case_ids}
    steps: dict[UUID, list[CaseEarlierStep]] = {case_id: [] for case_id in case_ids}
    for participant in await repository.participants_of(session, case_ids):
        people[participant.case_id].append(participant)
    for step in await repository.earlier_steps(session, case_ids):
        steps[step.case_id].append(step)
    for event in await timelines(session, case_ids):
        assert event.object_id is not None
        line = told(event)
        step = CaseEarlierStep(
            at=line.at, action=event.action, name=line.staff_name, post=line.post_title, text=line.text
        )
        steps[event.object_id].append(step)
    return [_Dossier(one.case, one.procedure, people[one.case.id], steps[one.case.id]) for one in dossiers]


def _passing(dossier: _Dossier, units: Mapping[str, UUID]) -> Passing:
    case = dossier.case
    return Passing(
        id=case.id,
        title=dossier.procedure.short_name,
        path=f"/ho-so/{case.id}",
        number=case.code,
        due_on=case.due_on,
        holder_id=case.handler_id,
        unit_id=units.get(dossier.procedure.section),
        files=[case.result_file_id] if case.result_file_id else [],
        carried=dossier,
    )


async def take_over(session: TenantSession, arrival: Arrival, things: Sequence[Passing]) -> Sequence[Arrived]:
    """Let the cases go on here, each under the law under which it was received and the code of its receipt."""
    dossiers: list[_Dossier] = [thing.carried for thing in things]
    procedures = await _procedures(session, arrival, [dossier.procedure for dossier in dossiers])
    codes = await _codes(session, [dossier.case for dossier in dossiers])
    papers = [dossier.case.result_document_id for dossier in dossiers if dossier.case.result_document_id]
    documents = await passages.arrived(session, "document", arrival.predecessor.id, papers)
    calendar = await calendar_for(session)
    cases = [
        _copy(dossier.case, arrival, procedures[dossier.procedure.id], codes[dossier.case.id], documents, calendar)
        for dossier in dossiers
    ]
    session.add_all(cases)
    await session.flush()
    for dossier, case in zip(dossiers, cases, strict=True):
        session.add_all(
            CaseParticipant(case_id=case.id, staff_id=arrival.people[one.staff_id], relation=one.relation)
            for one in dossier.people
        )
        session.add_all(_step(arrival, case, position, step) for position, step in enumerate(dossier.steps))
    await _skip_numbers(session, cases)
    await session.flush()
    return [
        Arrived(dossier.case.id, case.id, f"/ho-so/{case.id}", case.code, case.handler_id)
        for dossier, case in zip(dossiers, cases, strict=True)
    ]


def _copy(
    there: Case,
    arrival: Arrival,
    procedure_id: UUID,
    code: str,
    documents: Mapping[UUID, UUID],
    calendar: Calendar,
) -> Case:
    case = Case(
        **{name: getattr(there, name) for name in _KEPT},
        id=ids.new_id(),
        code=code,
        receipt_code=there.receipt_code or there.code,
        receipt_organ_id=there.receipt_organ_id or arrival.predecessor.id,
        receipt_case_id=there.receipt_case_id or there.id,
        receipt_secret=there.receipt_secret,
        body_id=arrival.bodies[there.body_id],
        procedure_id=procedure_id,
        # As if it had been computed by the calendar here: what was promised holds until that changes.
        calendar_version=calendar.version,
        received_by=arrival.people[there.received_by],
        handler_id=arrival.holder(there.handler_id),
        signer_id=arrival.named(there.signer_id),
        result_document_id=documents.get(there.result_document_id) if there.result_document_id else None,
        result_file_id=arrival.files[there.result_file_id] if there.result_file_id else None,
        state=there.state,
    )
    if there.state in _DRAFTED:
        case.state, case.signed_at, case.signer_title = "processing", None, ""
        case.rework_reason = _(
            "kết quả đã trình hoặc ký với tên {name}, sửa tên cơ quan rồi trình ký lại",
            name=arrival.predecessor.full_name,
        )
    case.state = rules.state_without(case.state, case.handler_id)
    if case.state == "received":
        case.handed_over_at = None
        case.hand_over_by = hand_over_by(clock.now(), case_rules_named(case.rule_set), calendar)
    return case


def _step(arrival: Arrival, case: Case, position: int, step: CaseEarlierStep) -> CaseEarlierStep:
    """What is read from the trail there has no organ yet; what came from further back has."""
    known = step.case_id is not None
    organ = arrival.predecessor.full_name
    post = step.post if known else _("{post}, {organ}", post=step.post, organ=organ) if step.post else organ
    return CaseEarlierStep(
        case_id=case.id,
        position=position,
        at=step.at,
        action=step.action,
        name=step.name,
        post=post,
        text=step.text,
    )


async def _procedures(session: TenantSession, arrival: Arrival, procedures: Sequence[Procedure]) -> Mapping[UUID, UUID]:
    """Under which version each goes on here: one that says the same, else its own, which takes no new cases."""
    wanted = {procedure.id: procedure for procedure in procedures}
    here = list(await repository.versions_of(session, {procedure.key for procedure in wanted.values()}))
    found: dict[UUID, UUID] = {}
    for procedure in wanted.values():
        alike = [one for one in here if one.key == procedure.key and _says_the_same(one, procedure)]
        if not alike:
            latest = max((one.version for one in here if one.key == procedure.key), default=0)
            alike = [_brought(procedure, latest + 1, arrival.from_day)]
            session.add(alike[0])
            here.append(alike[0])
        found[procedure.id] = alike[0].id
    await session.flush()
    return found


def _says_the_same(one: Procedure, other: Procedure) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _SAME)


def _brought(procedure: Procedure, version: int, from_day: date) -> Procedure:
    values = {name: getattr(procedure, name) for name in _OF_PROCEDURE}
    ended = max(procedure.valid_from, procedure.valid_to or from_day - timedelta(days=1))
    return Procedure(**values, id=ids.new_id(), version=version, valid_to=ended)


async def _codes(session: TenantSession, cases: Sequence[Case]) -> Mapping[UUID, str]:
    """The code of each here: its own, unless a case of this organ has it."""
    wanted = [code for case in cases for code in rules.codes_beside(case.code)]
    taken = await repository.codes_taken(session, wanted)
    found: dict[UUID, str] = {}
    for case in cases:
        found[case.id] = rules.code_beside(case.code, taken)
        taken.add(found[case.id])
    return found


async def _skip_numbers(session: TenantSession, cases: Sequence[Case]) -> None:
    """New cases of today get no code that came over, should both organs have the same prefix."""
    today, template = clock.today(), (await repository.one_stop(session)).code_template
    last = max((rules.number_of_day(template, today, case.code) for case in cases), default=0)
    if last:
        await repository.skip_numbers(session, today, last)


SUCCESSION = (SuccessionKind("procedures.cases", CASE, _("Hồ sơ một cửa chưa kết thúc"), find, take_over),)
