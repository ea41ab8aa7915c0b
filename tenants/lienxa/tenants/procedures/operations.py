"""The verbs of the one-stop."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from lienxa.platform import clock, ids
from lienxa.platform.access.actor import Actor
from lienxa.platform.acts import record_act
from lienxa.platform.audit import repository as trail
from lienxa.platform.audit.repository import Detail
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.errors import Conflict, FieldError, Forbidden, InvalidInput, NotFound
from lienxa.platform.files import store
from lienxa.platform.files.models import StoredFile
from lienxa.platform.identity import sealing
from lienxa.platform.module import Opening, OpenThing
from lienxa.platform.notify import notices
from lienxa.platform.notify.notices import Told
from lienxa.platform.rollup import marks
from lienxa.platform.rules import CaseRules, case_rules, case_rules_named
from lienxa.platform.settings import get_settings
from lienxa.platform.succession import passages
from lienxa.platform.telemetry import metrics
from lienxa.platform.tenancy.organs import PREPARING, Organ
from lienxa.platform.text import _
from lienxa.platform.webhooks.events import Happened, tell_others
from lienxa.platform.workdays import Calendar, Due, calendar_for, hand_over_by, resumed
from lienxa.platform.workdays.deadlines import by_end_of
from lienxa.tenants.documents import api as documents
from lienxa.tenants.documents.api import Attachment, SignedPaper
from lienxa.tenants.procedures import catalogue, repository, rules
from lienxa.tenants.procedures.models import Case, Procedure
from lienxa.tenants.procedures.permissions import PROCESS, RECEIVE, RETURN, RULES, SEAL, SIGN
from lienxa.tenants.procedures.repository import Handler, Standing
from lienxa.tenants.procedures.schemas import (
    Apologise,
    AskSupplement,
    CloseCase,
    DraftResult,
    HandOver,
    OnePerson,
    ReceiveCase,
    ReturnDraft,
    ReturnResult,
    SupplyPapers,
)

_PHONE = re.compile(r"\+?[0-9][0-9 .]{7,16}[0-9]")
_ALPHABETIC = re.compile(r"[^\W\d_]")


async def provision(session: TenantSession, organ: Organ, _opening: Opening) -> None:
    """The catalogue of 112 procedures and the one-stop that a new commune begins with; a parent has neither.

    The code's prefix is made of the initials of the organ's address, until its identification code is entered.
    """
    if organ.is_parent:
        return
    await repository.add_procedures(session, catalogue.first_versions())
    initials = "".join(word[0] for word in organ.slug.split("-")).upper()
    await repository.add_one_stop(session, _("Bộ phận Tiếp nhận và Trả kết quả"), f"{initials}-{{day}}-{{number}}")


async def receive_case(session: TenantSession, actor: Actor, command: ReceiveCase) -> Case:
    """Take in a dossier: give it the day's next code, and compute its due date by the rules in force today.

    `InvalidInput` names what is missing or wrong; nothing is taken then, not even a number.
    """
    actor.require(RECEIVE)
    procedure = await repository.procedure_in_use(session, command.procedure_key)
    received_at = clock.now()
    case_rule_set = case_rules(clock.today())
    calendar = await calendar_for(session)
    due = _due_of(procedure, command, case_rule_set, calendar)
    _check_applicant(procedure, command)
    one_stop = await repository.one_stop(session)
    number = await repository.next_number(session, clock.today())
    metrics.count_at_commit(session, metrics.numbers_given, book="cases")
    case = Case(
        id=ids.new_id(),
        code=rules.case_code(one_stop.code_template, clock.today(), number, case_rule_set.code.digits),
        body_id=one_stop.body_id,
        procedure_id=procedure.id,
        rule_set=case_rule_set.name,
        calendar_version=calendar.version,
        applicant_name=command.applicant_name,
        applicant_phone=command.applicant_phone,
        applicant_address=command.applicant_address,
        papers="\n".join(command.papers),
        note=command.note,
        state="received",
        received_at=received_at,
        received_on=clock.today(),
        received_by=actor.staff_id,
        clock_from=received_at if procedure.time_unit else None,
        hand_over_by=hand_over_by(received_at, case_rule_set, calendar),
        supplement_request="",
        apology_reason="",
        rework_reason="",
        signer_title="",
        result="",
        result_number="",
        returned_to="",
        closing_reason="",
        receipt_secret=sealing.seal(get_settings(), _new_secret(), purpose=rules.RECEIPT),
    )
    case.set_due(due)
    session.add(case)
    await session.flush()
    await repository.add_participant(session, case.id, actor.staff_id, "receiver")
    await record_act(session, actor, "procedures.receive", "case", case.id, {"code": case.code})
    return case


async def hand_over(session: TenantSession, actor: Actor, command: HandOver) -> Case:
    """The counter gives the dossier to the person who will handle it; `InvalidInput` if that post handles no cases.

    Who receives is not to decide as well (the two are apart in a one-stop: NĐ 118/2025): whoever gives it to the
    receiver must mean it, where the organ does not forbid it. The case and its trail tell of it.
    """
    case, _procedure = await repository.locked_case(session, actor, command.case_id)
    actor.require(RECEIVE)
    state = rules.next_state(case.state, "hand_over")
    chosen = next((row for row in await repository.handlers(session) if row.staff_id == command.handler_id), None)
    if chosen is None:
        raise InvalidInput.of(
            "handler", _("Người này không giải quyết hồ sơ một cửa."), _("Chọn một người trong danh sách.")
        )
    detail = {"handler": chosen.full_name}
    if chosen.staff_id == case.received_by:
        await _check_one_person(session, case, command)
        case.one_person, detail["receiver"] = True, chosen.full_name
    case.state, case.handler_id, case.handed_over_at = state, chosen.staff_id, clock.now()
    await repository.add_participant(session, case.id, chosen.staff_id, "handler")
    await record_act(session, actor, "procedures.hand_over", "case", case.id, detail)
    await _tell(session, actor, case, chosen.staff_id, "hand_over", _("Hồ sơ {code} chuyển đồng chí giải quyết"))
    return case


async def handlers_of(session: TenantSession, case: Case) -> list[Handler]:
    """To whom that case may be handed over today, by rank; not to who received it where the organ forbids it."""
    found = await repository.handlers(session)
    if all(one.staff_id != case.received_by for one in found):
        return found
    forbidden = (await repository.one_stop(session)).one_person == "forbid"
    return [one for one in found if not (forbidden and one.staff_id == case.received_by)]


async def _check_one_person(session: TenantSession, case: Case, command: HandOver) -> None:
    if (await repository.one_stop(session)).one_person == "forbid":
        raise _forbidden_twice("handler", case)
    if not command.one_person:
        raise InvalidInput.of(
            "one_person",
            _("Người này đã tiếp nhận hồ sơ; tiếp nhận và giải quyết nên do hai người."),
            _("Chọn người khác, hoặc đánh dấu xác nhận rồi gửi lại."),
        )


def _forbidden_twice(field: str, case: Case) -> InvalidInput:
    return InvalidInput.of(
        field,
        _("Người này đã tiếp nhận hồ sơ {code}; đơn vị không cho người tiếp nhận giải quyết.", code=case.code),
        _("Chọn người khác."),
    )


async def _decide(session: TenantSession, actor: Actor, case: Case) -> dict[str, str]:
    """What the trail tells if who received a case decides it in the post of its handler, which was lent to them."""
    if actor.staff_id != case.received_by or case.one_person:
        return {}
    if (await repository.one_stop(session)).one_person == "forbid":
        raise Forbidden(
            _("Đồng chí đã tiếp nhận hồ sơ này; đơn vị không cho người tiếp nhận giải quyết."),
            remedy=_("Nhờ người khác giải quyết hồ sơ này."),
        )
    case.one_person = True
    return {"receiver": actor.name}


async def set_rules(session: TenantSession, actor: Actor, wish: OnePerson) -> None:
    """Lay down whether who receives a case may be given it to handle, with a warning, or not at all."""
    actor.require(RULES)
    one_stop = await repository.one_stop(session)
    one_stop.one_person = wish
    await record_act(session, actor, "procedures.set_rules", "one_stop", one_stop.id, {"one_person": wish})


async def handled_by(session: TenantSession, actor: Actor, staff_id: UUID) -> list[OpenThing]:
    """The cases that a person handles and that have no result yet."""
    found = await repository.in_hand_of(session, actor, staff_id, to_sign=False)
    return [_open_thing(*row) for row in found]


async def to_be_signed_by(session: TenantSession, actor: Actor, staff_id: UUID) -> list[OpenThing]:
    """The results that wait for a person's signature."""
    found = await repository.in_hand_of(session, actor, staff_id, to_sign=True)
    return [_open_thing(*row) for row in found]


async def give_handled(session: TenantSession, actor: Actor, giver: UUID, receiver: Actor) -> list[OpenThing]:
    """Let the receiver handle all cases of the giver; `InvalidInput` on `receiver` if that post handles none."""
    found = await repository.in_hand_of(session, actor, giver, to_sign=False, lock=True)
    if found and receiver.staff_id not in {row.staff_id for row in await repository.handlers(session)}:
        raise InvalidInput.of(
            "receiver", _("Người này không giải quyết hồ sơ một cửa."), _("Chọn người giữ chức vụ giải quyết hồ sơ.")
        )
    received = [case for case, _name, _seen in found if case.received_by == receiver.staff_id]
    if received and (await repository.one_stop(session)).one_person == "forbid":
        raise _forbidden_twice("receiver", received[0])
    for case in received:
        case.one_person = True
    for case, _name, _seen in found:
        case.handler_id = receiver.staff_id
    await _given(session, actor, [row[0] for row in found], receiver, "handler")
    return [_open_thing(*row) for row in found]


async def give_signing(session: TenantSession, actor: Actor, giver: UUID, receiver: Actor) -> list[OpenThing]:
    """Let the receiver sign all results that wait for the giver; `InvalidInput` on `receiver` if they sign none."""
    found = await repository.in_hand_of(session, actor, giver, to_sign=True, lock=True)
    for body_id in {case.body_id for case, _name, _seen in found}:
        if receiver.staff_id not in {row.staff_id for row in await repository.signers(session, body_id)}:
            raise InvalidInput.of(
                "receiver", _("Người này không ký kết quả hồ sơ một cửa."), _("Chọn một lãnh đạo của cơ quan đó.")
            )
    for case, _name, _seen in found:
        case.signer_id = receiver.staff_id
    await _given(session, actor, [row[0] for row in found], receiver, "signer")
    return [_open_thing(*row) for row in found]


async def _given(session: TenantSession, actor: Actor, cases: Sequence[Case], receiver: Actor, relation: str) -> None:
    """The receiver takes part in these cases, and each tells that it went over."""
    if not cases:
        return
    await session.flush()
    await repository.add_participants(session, [case.id for case in cases], receiver.staff_id, relation)
    for case in cases:
        detail = {"to": receiver.name, "as": relation}
        if relation == "handler" and case.received_by == receiver.staff_id:
            detail["receiver"] = receiver.name
        trail.record(session, actor, "procedures.give", "case", case.id, detail)
    await marks.mark(session, "procedures")


def _open_thing(case: Case, procedure: str, seen: bool) -> OpenThing:
    return OpenThing(
        case.id,
        _("{procedure} – {applicant}", procedure=procedure, applicant=case.applicant_name),
        f"/ho-so/{case.id}",
        case.code,
        case.due_on,
        rules.state_title(case.state),
        seen=seen,
    )


async def ask_supplement(session: TenantSession, actor: Actor, command: AskSupplement) -> Case:
    """The handler asks once and fully for what is missing; the clock waits for it.

    A second time is a `Conflict`. A request later than the law allows is taken and told as late.
    """
    case, _procedure = await repository.locked_case(session, actor, command.case_id)
    _require_handler(actor, case)
    state = rules.next_state(case.state, "ask_supplement")
    _require_text("request", command.request, _("Chưa ghi giấy tờ cần bổ sung."))
    case_rule_set = case_rules_named(case.rule_set)
    if case.supplement_asked_at is not None and case_rule_set.clock.supplement_times <= 1:
        raise Conflict(
            _("Hồ sơ này đã yêu cầu bổ sung một lần."),
            remedy=_("Chỉ được yêu cầu bổ sung một lần, đầy đủ: giải quyết theo giấy tờ đã có."),
        )
    late = rules.supplement_is_late(case.received_at, clock.now(), case_rule_set, await calendar_for(session))
    case.state, case.supplement_asked_at, case.supplement_request = state, clock.now(), command.request
    await record_act(session, actor, "procedures.ask_supplement", "case", case.id, {"late": int(late)})
    return case


async def supply_papers(session: TenantSession, actor: Actor, command: SupplyPapers) -> Case:
    """The missing papers came: the case goes on, due anew as the rule set says under which it was received."""
    case, procedure = await repository.locked_case(session, actor, command.case_id)
    actor.require(RECEIVE)
    state = rules.state_without(rules.next_state(case.state, "supply"), case.handler_id)
    _require_text("papers", command.papers, _("Chưa ghi giấy tờ đã nhận bổ sung."))
    case.state = state
    assert case.supplement_asked_at is not None
    calendar = await calendar_for(session)
    case_rule_set = case_rules_named(case.rule_set)
    case.supplied_at, case.calendar_version = clock.now(), calendar.version
    if case.clock_from is None:
        # A day that was agreed on has no time to begin anew, so it moves by the pause.
        case.set_due(resumed(case.due, case.supplement_asked_at, case.supplied_at, case_rule_set, calendar))
    else:
        if case_rule_set.clock.supplement == "restart":
            case.clock_from = case.supplied_at
        case.set_due(_running_due(case, procedure, calendar))
    case.papers = "\n".join(paper for paper in (case.papers, command.papers.strip()) if paper)
    await record_act(session, actor, "procedures.supply", "case", case.id, {"due_on": f"{case.due_on:%d/%m/%Y}"})
    return case


async def follow_calendar(session: TenantSession) -> int:
    """Compute the due dates of running cases by the organ's calendar of now; returns how many moved.

    Each one that moved has a line in its timeline. What was agreed with the citizen stays.
    """
    calendar = await calendar_for(session)
    moved = 0
    for case, procedure in await repository.lock_cases_of_other_calendar(session, calendar.version):
        case.calendar_version = calendar.version
        if case.state == "received":
            case.hand_over_by = hand_over_by(case.received_at, case_rules_named(case.rule_set), calendar)
        if case.clock_from is None:
            continue
        before, after = case.due, _running_due(case, procedure, calendar)
        if after == before:
            continue
        case.set_due(after)
        moved += 1
        detail = {"before": f"{before.day:%d/%m/%Y}", "due_on": f"{after.day:%d/%m/%Y}"}
        trail.record_service(session, "procedures.follow_calendar", "case", case.id, detail)
    if moved:
        await marks.mark(session, "procedures")
    return moved


async def moved_due_dates(session: TenantSession, calendar: Calendar) -> int:
    """How many running cases would be due at another time by that calendar. Nothing is changed."""
    cases = await repository.running_cases(session)
    return sum(case.due != _running_due(case, procedure, calendar) for case, procedure in cases)


async def draft_result(session: TenantSession, actor: Actor, command: DraftResult) -> Case:
    """The handler puts the result before a leader of the body; `InvalidInput` if that post signs no results.

    A result that takes a number needs its text, because the outgoing book keeps it; a new text replaces the earlier.
    """
    case, procedure = await repository.locked_case(session, actor, command.case_id)
    _require_handler(actor, case)
    state = rules.next_state(case.state, "draft_result")
    _require_text("result", command.result, _("Chưa ghi kết quả."))
    signers = await repository.signers(session, case.body_id)
    signer = next((row for row in signers if row.staff_id == command.signer_id), None)
    if signer is None:
        raise InvalidInput.of("signer", _("Người này không ký kết quả."), _("Chọn một người trong danh sách."))
    if rules.needs_file(numbered=procedure.has_number, attached=bool(command.file or case.result_file_id)):
        raise InvalidInput.of(
            "file",
            _("Kết quả này lấy số văn bản đi nhưng chưa có tệp dự thảo."),
            _("Chọn tệp PDF, Word hoặc ảnh của dự thảo kết quả."),
        )
    if command.file is not None:
        await _replace_result_file(session, actor, case, command.file)
    case.state, case.result, case.signer_id, case.rework_reason = state, command.result, signer.staff_id, ""
    detail = {"signer": signer.full_name, "file": command.file.name if command.file else ""}
    detail |= await _decide(session, actor, case)
    await record_act(session, actor, "procedures.draft_result", "case", case.id, detail)
    await _tell(session, actor, case, case.signer_id, "draft_result", _("Hồ sơ {code} chờ đồng chí ký kết quả"))
    return case


async def sign(session: TenantSession, actor: Actor, case_id: UUID) -> Case:
    """A leader signs. Another leader of the body may sign instead of the one named: the result bears who did."""
    case, _procedure = await repository.locked_case(session, actor, case_id)
    actor.require(SIGN)
    case.state = rules.next_state(case.state, "sign")
    case.signer_id, case.signer_title, case.signed_at = actor.staff_id, actor.acting.signs_as, clock.now()
    await repository.add_participant(session, case.id, actor.staff_id, "signer")
    await record_act(session, actor, "procedures.sign", "case", case.id)
    return case


async def return_draft(session: TenantSession, actor: Actor, command: ReturnDraft) -> Case:
    """The leader gives the draft back to the handler."""
    case, _procedure = await repository.locked_case(session, actor, command.case_id)
    actor.require(SIGN)
    state = rules.next_state(case.state, "return_draft")
    _require_text("reason", command.reason, _("Chưa ghi lý do trả lại."))
    case.state, case.rework_reason = state, command.reason
    await record_act(session, actor, "procedures.return_draft", "case", case.id)
    await _tell(session, actor, case, case.handler_id, "return_draft", _("Trả lại kết quả hồ sơ {code} để sửa"))
    return case


async def seal(session: TenantSession, actor: Actor, case_id: UUID) -> Case:
    """The clerk numbers and seals the signed result, which goes to the counter: from here on it is early or late.

    A result that has a number takes the next one of its series and stands in the outgoing book.
    """
    case, procedure = await repository.locked_case(session, actor, case_id)
    actor.require(SEAL)
    state = rules.next_state(case.state, "seal")
    if procedure.has_number:
        await _enter_into_book(session, actor, case, procedure)
    case.state, case.finished_at, case.finished_on = state, clock.now(), clock.today()
    case.outcome = rules.outcome_of(case.promised, case.finished_at)
    await repository.add_participant(session, case.id, actor.staff_id, "sealer")
    detail = {"number": case.result_number, "outcome": case.outcome}
    await record_act(session, actor, "procedures.seal", "case", case.id, detail)
    await _tell_others(session, "decided", case)
    return case


async def apologise(session: TenantSession, actor: Actor, command: Apologise) -> Case:
    """The handler says that it will be late, why, and until when: an apology to the citizen, and one new date.

    A second one is a `Conflict`. One that comes too late is told as late, or refused, as the case's rule set says.
    """
    case, _procedure = await repository.locked_case(session, actor, command.case_id)
    _require_handler(actor, case)
    case.state = rules.next_state(case.state, "apologise")
    _require_text("reason", command.reason, _("Chưa ghi lý do chậm."))
    case_rule_set = case_rules_named(case.rule_set)
    calendar = await calendar_for(session)
    if case.apologised_at is not None and case_rule_set.clock.new_dates <= 1:
        raise Conflict(
            _("Hồ sơ này đã hẹn lại một lần."),
            remedy=_("Chỉ được hẹn lại không quá một lần: giải quyết trong ngày hẹn."),
        )
    if command.new_date <= max(case.due_on, clock.today()) or not calendar.is_working_day(command.new_date):
        raise InvalidInput.of(
            "new_date", _("Ngày hẹn lại phải là ngày làm việc sau hạn trả."), _("Chọn một ngày làm việc sau hạn trả.")
        )
    late = rules.apology_is_late(case.due, clock.now(), case_rule_set, calendar)
    if late and case_rule_set.clock.late_apology == "refuse":
        raise Conflict(_("Đã quá thời hạn thông báo xin lỗi và hẹn lại."), remedy=_("Giải quyết và trả kết quả ngay."))
    case.first_due_at, case.apologised_at, case.apology_reason = case.due_at, clock.now(), command.reason
    case.clock_from = None  # a date that was promised does not follow the calendar
    case.set_due(by_end_of(command.new_date, case_rule_set))
    detail: Detail = {"due_on": f"{case.due_on:%d/%m/%Y}", "late": int(late)}
    await record_act(session, actor, "procedures.apologise", "case", case.id, detail)
    return case


async def return_result(session: TenantSession, actor: Actor, command: ReturnResult) -> Case:
    """The counter gives the result to the citizen."""
    case, _procedure = await repository.locked_case(session, actor, command.case_id)
    actor.require(RETURN)
    state = rules.next_state(case.state, "hand_back")
    _require_text("returned_to", command.returned_to, _("Chưa ghi người nhận kết quả."))
    case.state, case.returned_at, case.returned_to = state, clock.now(), command.returned_to
    await record_act(session, actor, "procedures.hand_back", "case", case.id)
    return case


async def close_case(session: TenantSession, actor: Actor, command: CloseCase) -> Case:
    """End a case without a result, with the reason.

    The counter refuses what it has not handed over yet and records a withdrawal; the handler refuses and stops.
    """
    case, _procedure = await repository.locked_case(session, actor, command.case_id)
    detail = {}
    if command.act == "withdraw" or case.state == "received":
        actor.require(RECEIVE)
    else:
        _require_handler(actor, case)
        detail = await _decide(session, actor, case)
    state = rules.next_state(case.state, command.act)
    _require_text("reason", command.reason, _("Chưa ghi lý do."))
    case.state, case.closing_reason = state, command.reason
    case.closed_at, case.closed_on = clock.now(), clock.today()
    await record_act(session, actor, f"procedures.{command.act}", "case", case.id, detail)
    await _tell_others(session, "closed", case)
    return case


async def _tell_others(session: TenantSession, what: str, case: Case) -> None:
    happened = Happened(f"procedures.{what}", case.id, f"/procedures/cases/{case.id}", case.body_id)
    await tell_others(session, happened)


async def _tell(session: TenantSession, actor: Actor, case: Case, staff_id: UUID | None, verb: str, title: str) -> None:
    told = Told([staff_id], f"procedures.{verb}", title.format(code=case.code), f"/ho-so/{case.id}")
    await notices.tell(session, actor, told)


def acts_on(actor: Actor, case: Case) -> list[rules.Act]:
    """What this person may do with the case in its state, the usual next step first."""
    rights = {
        "hand_over": RECEIVE,
        "supply": RECEIVE,
        "withdraw": RECEIVE,
        "hand_back": RETURN,
        "sign": SIGN,
        "return_draft": SIGN,
        "seal": SEAL,
    }
    used_up = {
        "ask_supplement": case.supplement_asked_at is not None,
        "apologise": case.apologised_at is not None,
    }
    handles = actor.may(PROCESS) and case.handler_id == actor.person("procedures")

    def allowed(act: rules.Act) -> bool:
        if used_up.get(act):
            return False
        if act == "refuse" and case.state == "received":
            return actor.may(RECEIVE)
        return actor.may(rights[act]) if act in rights else handles

    return [act for act in rules.possible_acts(case.state) if allowed(act)]


def secret_of(organ: Organ, case: Case) -> str:
    """The secret printed on the receipt of that case, as people read it: `ABCD-EFGH`.

    `Conflict` if it was sealed with a key of the application that is not known any more.
    """
    known = _secrets_of(organ, case.id, case)
    if not known:
        raise Conflict(
            _("Không đọc được mã bí mật của giấy tiếp nhận này: khóa của hệ thống đã được đổi."),
            remedy=_("Báo người phụ trách hệ thống nêu lại khóa cũ (LIENXA_OLD_SECRET_KEYS)."),
        )
    secret = known[-1]
    return f"{secret[:4]}-{secret[4:]}"


def _secrets_of(organ: Organ, case_id: UUID, receipt: Case | Standing) -> list[str]:
    """What may stand on a receipt: what was sealed for it, or what its case had from the application's key of then.

    Of several keys the oldest is the likeliest: the command that replaces a key seals what it finds unsealed.
    """
    if receipt.receipt_secret is not None:
        opened = sealing.unseal(get_settings(), receipt.receipt_secret, purpose=rules.RECEIPT)
        return [opened] if opened is not None else []
    of = (receipt.receipt_organ_id or organ.id, receipt.receipt_case_id or case_id)
    return [rules.secret_of(key, *of) for key in get_settings().secret_keys]


async def look_up(database: Database, session: TenantSession, organ: Organ, code: str, secret: str) -> Standing | None:
    """How the case with that code stands, if the secret is its own; None for every wrong pair alike.

    One that passed to another organ is told as it stands there now; that organ is asked for no other case.
    `NotFound` while the organ is only preparing: nothing that it has is anybody's case yet.
    """
    if organ.phase == PREPARING:
        raise NotFound(_("Tra cứu chưa mở; hỏi Bộ phận Một cửa về hồ sơ đã nộp."))
    found = await repository.standings(session, rules.plain_code(code))
    right = [_is_of(organ, one, secret) for one in found] or [rules.secret_matches(_new_secret(), secret)]
    its_own = next((one for one, matches in zip(found, right, strict=False) if matches), None)
    return await _now(database, session, its_own) if its_own else None


async def _now(database: Database, session: TenantSession, found: Standing) -> Standing:
    passed = await passages.of_thing(session, repository.CASE, found.case_id)
    gone = next((passage for passage in passed if passage.direction == passages.OUT), None)
    if gone is None:
        return found
    async with database.tenant(gone.organ_id) as there:
        arrived = await repository.standing(there, gone.other_id)
        now = await _now(database, there, arrived) if arrived else found
    return replace(now, organ_name=now.organ_name or gone.organ_name)


def _new_secret() -> str:
    return rules.readable_secret(secrets.token_bytes(rules.SECRET_LENGTH))


def _is_of(organ: Organ, standing: Standing, typed: str) -> bool:
    return any(rules.secret_matches(secret, typed) for secret in _secrets_of(organ, standing.case_id, standing))


async def _replace_result_file(session: TenantSession, actor: Actor, case: Case, file: Attachment) -> None:
    earlier = await session.find(StoredFile, case.result_file_id) if case.result_file_id else None
    case.result_file_id = (await store.keep(session, actor, file.name, file.content)).id
    await session.flush()
    if earlier is not None:
        await store.forget(session, earlier)


async def _enter_into_book(session: TenantSession, actor: Actor, case: Case, procedure: Procedure) -> None:
    assert case.signer_id is not None
    assert case.signed_at is not None
    paper = SignedPaper(
        body_id=case.body_id,
        type_code=procedure.result_type,
        abstract=_("{result} (hồ sơ {code})", result=case.result.splitlines()[0], code=case.code),
        recipients=case.applicant_name,
        drafter_id=case.handler_id,
        signer_id=case.signer_id,
        signer_title=case.signer_title,
        signed_at=case.signed_at,
        origin_title=case.code,
        origin_path=f"/ho-so/{case.id}",
        text_file_id=case.result_file_id,
    )
    document = await documents.enter_signed(session, actor, paper)
    case.result_document_id, case.result_number = document.id, document.number_text


def _running_due(case: Case, procedure: Procedure, calendar: Calendar) -> Due:
    assert case.clock_from is not None
    asked_at, supplied_at = case.supplement_asked_at, case.supplied_at
    pause = (asked_at, supplied_at) if asked_at and supplied_at else None
    rule_set = case_rules_named(case.rule_set)
    return rules.running_due(case.clock_from, pause, procedure.time_value, procedure.time_unit, rule_set, calendar)


def _due_of(procedure: Procedure, command: ReceiveCase, case_rule_set: CaseRules, calendar: Calendar) -> Due:
    due = rules.first_due(clock.now(), procedure.time_value, procedure.time_unit, case_rule_set, calendar)
    if due is not None:
        return due
    if command.agreed_on is None or command.agreed_on < clock.today():
        raise InvalidInput.of(
            "agreed_on",
            _("Thủ tục này không quy định thời hạn, cần một ngày hẹn trả từ hôm nay."),
            _("Nhập ngày đã hẹn với người dân."),
        )
    return by_end_of(command.agreed_on, case_rule_set)


def _check_applicant(procedure: Procedure, command: ReceiveCase) -> None:
    faults = []
    if not procedure.at_one_stop:
        faults.append(
            FieldError("procedure", _("Thủ tục này do Công an xã tiếp nhận."), _("Hướng dẫn người dân đến Công an xã."))
        )
    if not _ALPHABETIC.search(command.applicant_name):
        faults.append(FieldError("applicant_name", _("Chưa có họ tên người nộp."), _("Nhập họ và tên.")))
    if command.applicant_phone and not _PHONE.fullmatch(command.applicant_phone):
        faults.append(
            FieldError("applicant_phone", _("Số điện thoại không hợp lệ."), _("Nhập 9 đến 11 chữ số, hoặc để trống."))
        )
    if set(command.papers) - set(procedure.papers):
        faults.append(FieldError("papers", _("Có giấy tờ không thuộc thủ tục này."), _("Chọn lại thủ tục.")))
    if faults:
        raise InvalidInput(faults)


def _require_handler(actor: Actor, case: Case) -> None:
    actor.require(PROCESS)
    if case.handler_id != actor.person("procedures"):
        raise Forbidden(_("Hồ sơ này do người khác giải quyết."), remedy=_("Liên hệ người đang giải quyết hồ sơ."))


def _require_text(field: str, text: str, reason: str) -> None:
    if not text.strip():
        raise InvalidInput.of(field, reason, _("Nhập nội dung rồi gửi lại."))
