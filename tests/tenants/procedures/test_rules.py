"""The state machine, the clock, the code and the secret of a case."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lienxa.platform import clock
from lienxa.platform.errors import Conflict
from lienxa.platform.rules import case_rules
from lienxa.platform.workdays import Due, national_calendar
from lienxa.platform.workdays.deadlines import by_end_of
from lienxa.tenants.procedures import rules

CALENDAR = national_calendar()
RULES = case_rules(date(2026, 11, 23))
MONDAY = date(2026, 11, 16)

moments = st.builds(
    lambda day, minutes: clock.instant(day, minutes // 60, minutes % 60),
    st.dates(date(2020, 1, 2), date(2030, 6, 1)),
    st.integers(0, 24 * 60 - 1),
)


class CaseLife(RuleBasedStateMachine):
    """Any order of acts: what fits goes on, everything else is refused and changes nothing."""

    @initialize()
    def receive(self) -> None:
        self.state: str = "received"
        self.acts: list[str] = []

    @rule(act=st.sampled_from(list(rules._STEPS)))
    def try_act(self, act: rules.Act) -> None:
        if act in rules.possible_acts(self.state):
            self.state = rules.next_state(self.state, act)
            self.acts.append(act)
            return
        with pytest.raises(Conflict):
            rules.next_state(self.state, act)

    @invariant()
    def a_final_state_has_no_way_out(self) -> None:
        assert (self.state in rules.FINAL_STATES) == (not rules.possible_acts(self.state))

    @invariant()
    def a_result_comes_after_handling_and_goes_out_once(self) -> None:
        if self.state in ("done", "returned"):
            steps = [self.acts.index(act) for act in ("hand_over", "draft_result", "sign", "seal")]
            assert steps == sorted(steps)
        assert self.acts.count("seal") == self.acts.count("sign") or self.state == "signed"
        assert self.acts.count("seal") <= 1
        assert self.acts.count("hand_back") <= self.acts.count("seal")

    @invariant()
    def what_was_given_back_is_drafted_again(self) -> None:
        if self.state in ("signing", "signed", "done", "returned"):
            assert self.acts.count("draft_result") == self.acts.count("return_draft") + 1

    @precondition(lambda self: self.state == "supplement")
    @rule()
    def nothing_is_finished_while_papers_are_missing(self) -> None:
        for act in ("draft_result", "sign", "seal", "apologise"):
            with pytest.raises(Conflict, match="Chờ bổ sung giấy tờ"):
                rules.next_state(self.state, act)


TestCaseLife = CaseLife.TestCase


def test_every_state_can_be_reached_and_has_a_title() -> None:
    reached = {"received"}
    for _round in rules.STATES:
        reached |= {rules.next_state(state, act) for state in reached for act in rules.possible_acts(state)}
    assert reached == set(rules.STATES) == {*rules.OPEN_STATES, "done", *rules.FINAL_STATES}
    assert len({rules.state_title(state) for state in rules.STATES}) == len(rules.STATES)


def test_the_usual_next_step_comes_first() -> None:
    states = ("received", "processing", "supplement", "signing", "signed", "done")
    first = [rules.possible_acts(state)[0] for state in states]
    assert first == ["hand_over", "draft_result", "supply", "sign", "seal", "hand_back"]


@given(moments, st.timedeltas(timedelta(0), timedelta(days=60)), st.integers(0, 40))
def test_outcome_goes_by_the_legal_day(received_at: datetime, passed: timedelta, value: int) -> None:
    due = rules.first_due(received_at, value, "working_day", RULES, CALENDAR)
    assert due is not None
    finished_at = received_at + passed
    finished_on = clock.legal(finished_at).date()
    expected = "early" if finished_on < due.day else "on_time" if finished_on == due.day else "late"
    assert rules.outcome_of(due, finished_at) == expected


@pytest.mark.parametrize(
    ("name", "issuer"),
    [("xã Lam Sơn", "UBND xã Lam Sơn"), ("Ủy ban nhân dân xã Lam Sơn", "Ủy ban nhân dân xã Lam Sơn")],
)
def test_papers_name_the_peoples_committee_once(name: str, issuer: str) -> None:
    assert rules.issuer_title(name) == issuer


def test_the_contact_says_what_was_set() -> None:
    number = "0238\N{NO-BREAK SPACE}3871\N{NO-BREAK SPACE}234"
    assert rules.contact_title("Xóm 5", "0238 3871 234") == f"Xóm 5, điện thoại {number}"
    assert rules.contact_title("", "0238 3871 234") == f"điện thoại {number}"
    assert rules.contact_title("Xóm 5", "") == "Xóm 5"
    assert rules.contact_title("", "") == ""


def test_an_hour_is_not_early_but_can_be_late() -> None:
    received_at = clock.instant(MONDAY, 8)
    due = rules.first_due(received_at, 1, "hour", RULES, CALENDAR)
    assert due is not None
    assert rules.outcome_of(due, received_at + timedelta(minutes=5)) == "on_time"
    assert rules.outcome_of(due, received_at + timedelta(minutes=61)) == "late"


def test_a_procedure_without_a_time_sets_no_due_date() -> None:
    assert rules.first_due(clock.instant(MONDAY, 8), None, "", RULES, CALENDAR) is None


@given(moments, st.integers(1, 30), st.integers(0, 20))
def test_a_supplement_begins_the_time_anew(asked_at: datetime, value: int, days: int) -> None:
    supplied_at = asked_at + timedelta(days=days)
    found = rules.running_due(supplied_at, (asked_at, supplied_at), value, "working_day", RULES, CALENDAR)
    assert found == rules.first_due(supplied_at, value, "working_day", RULES, CALENDAR)


@given(moments, st.integers(0, 10), st.integers(1, 30), st.integers(0, 20))
def test_or_pauses_it_where_the_rules_say_so(received_at: datetime, waited: int, value: int, days: int) -> None:
    pausing = msgspec.structs.replace(RULES, clock=msgspec.structs.replace(RULES.clock, supplement="pause"))
    asked_at = received_at + timedelta(days=waited)
    supplied_at = asked_at + timedelta(days=days)
    found = rules.running_due(received_at, (asked_at, supplied_at), value, "working_day", pausing, CALENDAR)
    before = rules.first_due(received_at, value, "working_day", pausing, CALENDAR)
    assert before is not None
    pause = CALENDAR.working_days_between(clock.legal(asked_at).date(), clock.legal(supplied_at).date())
    assert found.day == CALENDAR.add_working_days(before.day, pause)
    assert rules.running_due(received_at, None, value, "working_day", pausing, CALENDAR) == before


@pytest.mark.parametrize(
    ("state", "now", "expected"),
    [
        ("processing", clock.instant(MONDAY, 8), "calm"),
        ("processing", clock.instant(date(2026, 11, 19), 8), "soon"),
        ("processing", clock.instant(date(2026, 11, 20), 23), "soon"),
        ("processing", clock.instant(date(2026, 11, 21), 0), "late"),
        ("received", clock.instant(date(2026, 11, 23), 8), "late"),
        ("supplement", clock.instant(date(2026, 11, 23), 8), "calm"),
        ("done", clock.instant(date(2026, 11, 23), 8), "calm"),
    ],
)
def test_only_what_the_office_works_on_presses(state: str, now: datetime, expected: str) -> None:
    due: Due = by_end_of(date(2026, 11, 20), RULES)
    assert rules.urgency(state, due, now, 1, CALENDAR) == expected


def test_the_code_of_a_case() -> None:
    assert rules.case_code("LS-{day}-{number}", date(2026, 11, 21), 7, 4) == "LS-261121-0007"
    assert rules.case_code("H41.12.03-{day}-{number}", date(2026, 1, 5), 12345, 4) == "H41.12.03-260105-12345"
    assert rules.plain_code(" ls-261121-0007 ") == "LS-261121-0007"


@given(st.binary(min_size=32, max_size=32), st.uuids(), st.uuids())
def test_a_secret_is_readable_and_its_own(key: bytes, tenant: UUID, case_id: UUID) -> None:
    secret = rules.secret_of(key, tenant, case_id)
    assert len(secret) == rules.SECRET_LENGTH
    assert not set(secret) & set("01IO")
    assert secret == rules.secret_of(key, tenant, case_id)
    assert secret != rules.secret_of(key, case_id, tenant) or tenant == case_id
    assert rules.secret_matches(secret, f" {secret[:4].lower()}-{secret[4:]} ")
    assert not rules.secret_matches(secret, secret[:-1])
    assert not rules.secret_matches(secret, "")


def test_a_typed_secret_with_marks_is_simply_wrong() -> None:
    assert not rules.secret_matches(rules.secret_of(b"k" * 32, uuid4(), uuid4()), "Đường")


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (3, "working_day", "3 ngày làm việc"),
        (15, "day", "15 ngày"),
        (1, "hour", "1 giờ làm việc"),
        (None, "same_day", "Trong ngày"),
        (None, "at_once", "Trả ngay"),
        (None, "", "Không quy định"),
    ],
)
def test_times_in_words(value: int | None, unit: str, expected: str) -> None:
    assert rules.time_title(value, unit) == expected


def test_fees_in_words() -> None:
    assert rules.fee_title(0, "") == "Không thu"
    assert rules.fee_title(None, "") == "Chưa rõ, hỏi tại quầy"
    assert rules.fee_title(400000, "") == "400.000 đồng"
    assert rules.fee_title(None, "Cổng ghi miễn phí hoặc do HĐND tỉnh quy định") == "Theo quy định của HĐND tỉnh"
    assert rules.fee_title(8000, "8.000 đ/bản") == "8.000 đ/bản"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("http://lam-son.localhost:8000/tra-cuu?ma=LS-261121-0007#ABCD-EFGH", "LS-261121-0007"),
        (" ls-261121-0007 ", "ls-261121-0007"),
        ("Nguyễn Văn Ân", "Nguyễn Văn Ân"),
    ],
)
def test_what_a_scanner_reads_is_a_code(typed: str, code: str) -> None:
    assert rules.scanned_code(typed) == code
    assert rules.is_case_code(rules.scanned_code(typed)) == (code != "Nguyễn Văn Ân")


def test_a_code_that_is_taken_goes_on_with_a_number_in_its_prefix() -> None:
    code = "LS-261121-0001"
    assert rules.code_beside(code, ()) == code
    assert rules.code_beside(code, {code}) == "LS.2-261121-0001"
    assert rules.code_beside(code, {code, "LS.2-261121-0001"}) == "LS.3-261121-0001"
    assert all(rules.is_case_code(one) for one in rules.codes_beside(code)), "a scanner reads each"


def test_only_codes_of_the_template_and_day_have_a_number() -> None:
    day, template = date(2026, 11, 21), "LS-{day}-{number}"
    assert rules.number_of_day(template, day, "LS-261121-0017") == 17
    for other in ("LS-261120-0017", "LS.2-261121-0017", "GS-261121-0017", "LS-261121-"):
        assert rules.number_of_day(template, day, other) == 0


@pytest.mark.parametrize("state", rules.STATES)
def test_what_nobody_handles_waits_at_the_counter(state: str) -> None:
    assert rules.state_without(state, UUID(int=1)) == state
    assert rules.state_without(state, None) == ("received" if state == "processing" else state)
