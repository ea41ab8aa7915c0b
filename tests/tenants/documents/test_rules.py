"""Numbers, periods, states, secrecy and duplicates, without a database."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lienxa.platform.errors import Conflict, Forbidden, SecretRefused
from lienxa.tenants.documents import permissions, rules
from lienxa.tenants.documents.rules import INCOMING, OUTGOING, Standing

TODAY = date(2026, 11, 23)
TYPES = rules.types_by_code(TODAY)
ALL_RIGHTS = frozenset(permission.name for permission in permissions.PERMISSIONS)
ANYBODY = Standing(ALL_RIGHTS, True, rules.RELATIONS, sole_checker=True, direct_route=True)
directions = st.sampled_from((INCOMING, OUTGOING))
acts = st.sampled_from(sorted(rules.RIGHTS))
standings = st.builds(
    Standing,
    st.frozensets(st.sampled_from(sorted(ALL_RIGHTS))),
    st.booleans(),
    st.frozensets(st.sampled_from(rules.RELATIONS)),
    st.booleans(),
    st.booleans(),
)


@pytest.mark.parametrize(
    ("number", "type_code", "body", "expected"),
    [
        (1, "state/quyet-dinh", "UBND", "01/QĐ-UBND"),
        (15, "state/quyet-dinh", "UBND", "15/QĐ-UBND"),
        (1, "state/quy-dinh", "UBND", "01/QyĐ-UBND"),
        (3, "state/nghi-quyet", "HĐND", "03/NQ-HĐND"),
        (12, "state/cong-van", "UBND", "12/UBND-VP"),
        (3, "copy/sao-y", "UBND", "03/SY-UBND"),
        (5, "vbqppl/quyet-dinh-qppl", "UBND", "05/2026/QĐ-UBND"),
        (15, "party/nghi-quyet", "ĐU", "15-NQ/ĐU"),
        (2, "party/quy-dinh", "ĐU", "02-QĐ/ĐU"),
        (120, "party/cong-van", "ĐU", "120-CV/ĐU"),
        (7, "party_paper/giay-moi", "ĐU", "07-GM/ĐU"),
        (9, "party/thong-bao", "UBKT", "09-TB/UBKT"),
    ],
)
def test_a_number_is_written_as_its_system_writes_it(number: int, type_code: str, body: str, expected: str) -> None:
    assert rules.number_text(number, TYPES[type_code], body=body, unit="VP", year=2026) == expected


@given(st.integers(1, 99_999), st.sampled_from(["party", "inspection", "council", "committee"]), st.data())
def test_a_number_can_be_read_back_from_what_is_written(number: int, body: str, data: st.DataObject) -> None:
    system = "party" if body in ("party", "inspection") else "state"
    code = data.draw(st.sampled_from(sorted(rules.issued_types(body, system, TODAY))))
    written = rules.number_text(number, TYPES[code], body="UBND", unit="VP", year=2026)
    separator = "-" if system == "party" else "/"
    head = written.split(separator)[0]
    assert int(head) == number
    assert len(head) >= 2
    assert " " not in written


def test_a_year_runs_by_calendar_and_a_term_by_the_committee() -> None:
    assert rules.period(rules.YEAR, date(2026, 12, 31), None) == "2026"
    assert rules.period(rules.YEAR, date(2027, 1, 1), "2025-2030") == "2027"
    assert rules.period(rules.TERM, date(2026, 12, 31), "2025-2030") == "2025-2030"
    with pytest.raises(Conflict):
        rules.period(rules.TERM, TODAY, None)


def test_only_the_two_party_types_that_are_abbreviated_alike_are_namesakes() -> None:
    types = rules.types_by_code(TODAY)
    plans = [
        plan
        for body, system in (("party", "party"), ("committee", "state"), ("council", "state"))
        for plan in rules.default_series(body, system, TODAY)
    ]
    alike = {}
    for body in ("party", "committee", "council"):
        series_of = {code: plan.code for plan in plans if plan.code.startswith(body) for code in plan.type_codes}
        alike[body] = [[each.name for each in group] for group in rules.namesakes(series_of, types)]
    assert alike == {"party": [["Quyết định", "Quy định"]], "committee": [], "council": []}
    together = {"party/quyet-dinh": "party/QĐ", "party/quy-dinh": "party/QĐ"}
    assert rules.namesakes(together, types) == []


def test_the_state_has_a_series_by_year_and_the_party_by_term_for_each_type() -> None:
    committee = {plan.code: plan for plan in rules.default_series("committee", "state", TODAY)}
    party = {plan.code: plan for plan in rules.default_series("party", "party", TODAY)}
    assert committee["committee/QĐ"].type_codes == ("state/quyet-dinh",)
    assert committee["committee/CV"].type_codes == ("state/cong-van",)
    assert committee["committee/quyet-dinh-qppl"].type_codes == ("vbqppl/quyet-dinh-qppl",)
    assert committee["committee/sao"].type_codes == ("copy/sao-y", "copy/trich-sao", "copy/sao-luc")
    assert party["party/NQ"].type_codes == ("party/nghi-quyet",)
    assert party["party/quy-dinh"].type_codes == ("party/quy-dinh",)  # though it shares QĐ with quyết định
    assert {plan.period_kind for plan in committee.values()} == {rules.YEAR}
    assert {plan.period_kind for plan in party.values()} == {rules.TERM}
    assert "party/CT" not in party  # a grassroots committee issues no Chỉ thị
    assert "committee/NQ" not in committee


@pytest.mark.parametrize(("body", "system"), [("party", "party"), ("inspection", "party"), ("council", "state")])
def test_every_type_that_a_body_issues_has_one_series(body: str, system: str) -> None:
    planned = [code for plan in rules.default_series(body, system, TODAY) for code in plan.type_codes]
    assert sorted(planned) == sorted(rules.issued_types(body, system, TODAY))


@given(directions, st.data(), standings)
def test_what_is_offered_can_be_done_and_what_is_not_offered_cannot(
    direction: str, data: st.DataObject, standing: Standing
) -> None:
    state = data.draw(st.sampled_from(rules.STATES[direction]))
    offered = rules.open_acts(direction, state, standing)
    for act in rules.RIGHTS:
        if act in offered:
            assert rules.after(direction, state, act, standing) in rules.STATES[direction]
        else:
            with pytest.raises((Forbidden, Conflict)):
                rules.after(direction, state, act, standing)


@given(directions, st.lists(acts, max_size=30))
def test_whatever_is_tried_a_number_comes_after_a_signature_and_issuing_after_a_number(
    direction: str, tried: list[str]
) -> None:
    state, done = rules.STATES[direction][0], []
    for act in tried:
        try:
            state = rules.after(direction, state, act, ANYBODY)
        except Conflict:
            continue
        done.append(act)
    for act, before in (
        (rules.SIGN, rules.CHECK_FORM),
        (rules.GIVE_NUMBER, rules.SIGN),
        (rules.ISSUE, rules.GIVE_NUMBER),
    ):
        assert done.count(act) <= done.count(before)
        if act in done:
            assert before in done[: done.index(act)]
    assert max(done.count(rules.GIVE_NUMBER), done.count(rules.ISSUE)) <= 1
    assert done.count(rules.SIGN) <= 1 + done.count(rules.RETURN_SIGNED)
    if rules.SIGN in done:
        way = [act for act in done[: done.index(rules.SIGN)] if act != rules.REVISE]
        assert way[-3:] == [rules.SUBMIT, rules.CHECK_CONTENT, rules.CHECK_FORM]
    if rules.ANSWER in done or rules.COMPLETE in done:
        assert rules.DIRECT in done or done[0] == rules.ROUTE


@given(directions)
def test_every_state_can_be_reached_and_only_the_last_ends(direction: str) -> None:
    reached, open_states = set(), [rules.STATES[direction][0]]
    while open_states:
        state = open_states.pop()
        if state not in reached:
            reached.add(state)
            open_states += rules.TRANSITIONS[direction][state].values()
    assert reached == set(rules.STATES[direction])
    final = [state for state, following in rules.TRANSITIONS[direction].items() if not following]
    assert final == ([rules.STRUCK] if direction == INCOMING else [rules.STRUCK, rules.DISCARDED])


@given(directions, st.data())
def test_whatever_stands_in_a_book_can_be_struck_and_nothing_else(direction: str, data: st.DataObject) -> None:
    state = data.draw(st.sampled_from(rules.STATES[direction]))
    in_book = (rules.NUMBERED, rules.ISSUED) if direction == OUTGOING else rules.STATES[INCOMING]
    expected = state in in_book and state != rules.STRUCK
    assert (rules.STRIKE in rules.open_acts(direction, state, ANYBODY)) == expected


def test_what_is_signed_is_returned_by_the_clerk_or_by_who_signed_until_it_has_a_number() -> None:
    leader = Standing({permissions.SIGN}, True, {rules.SIGNER})
    other_leader = Standing({permissions.SIGN}, True, ())
    clerk = Standing({permissions.NUMBER}, True, ())
    for standing, allowed in ((leader, True), (other_leader, False), (clerk, True)):
        assert (rules.RETURN_SIGNED in rules.open_acts(OUTGOING, rules.SIGNED, standing)) == allowed
    for state in (rules.NUMBERED, rules.ISSUED):
        assert rules.RETURN_SIGNED not in rules.open_acts(OUTGOING, state, ANYBODY)


@given(st.sampled_from(rules.STATES[OUTGOING]), standings)
def test_the_signed_original_is_the_clerks_and_the_draft_the_drafters(state: str, standing: Standing) -> None:
    roles = rules.may_add_files(OUTGOING, state, standing)
    if rules.SIGNED_ORIGINAL in roles:
        assert state in (rules.SIGNED, rules.NUMBERED, rules.ISSUED)
        assert permissions.ISSUE in standing.permissions
        assert standing.in_body
    if rules.MAIN in roles:
        assert state in (rules.DRAFT, rules.RETURNED)
        assert rules.DRAFTER in standing.relations
    assert not {rules.SIGNED_ORIGINAL, rules.MAIN} <= set(roles)


def test_a_right_in_another_body_is_no_right_here() -> None:
    elsewhere = Standing(ALL_RIGHTS, False, ())
    assert rules.open_acts(OUTGOING, rules.SUBMITTED, elsewhere) == []
    with pytest.raises(Forbidden):
        rules.after(INCOMING, rules.PROPOSED, rules.DIRECT, elsewhere)


@pytest.mark.parametrize("mark", ["confidential", "secret", "top_secret"])
def test_every_degree_of_secrecy_is_refused_with_the_way_to_the_paper_book(mark: str) -> None:
    with pytest.raises(SecretRefused) as refusal:
        rules.refuse_secret(mark)
    assert "sổ đăng ký văn bản mật bằng giấy" in refusal.value.remedy
    rules.refuse_secret("open")


@pytest.mark.parametrize("typed", ["125/UBND-TC", "Số: 125/UBND-TC", "số 125 / UBND-TC", " 125/UBND -TC"])
def test_a_symbol_is_kept_without_what_people_write_around_it(typed: str) -> None:
    assert rules.plain_symbol(typed) == "125/UBND-TC"


@given(st.text(max_size=60))
def test_a_symbol_is_plain_after_one_cleaning(typed: str) -> None:
    once = rules.plain_symbol(typed)
    assert not any(letter.isspace() for letter in once)


def test_authors_are_compared_without_case_marks_and_spaces() -> None:
    assert rules.same_author("UBND  huyện Đô Lương", "ubnd huyen do luong")
    assert not rules.same_author("UBND huyện", "UBND tỉnh")


@given(st.datetimes(datetime(2000, 1, 1), timezones=st.just(UTC)), st.uuids())  # noqa: DTZ001 -- bounds are naive
def test_a_position_in_a_book_is_read_as_it_was_written(listed_at: datetime, document_id: UUID) -> None:
    assert rules.read_position(rules.position(listed_at, document_id)) == (listed_at, document_id)


@given(st.text(max_size=40))
def test_any_other_position_is_none(code: str) -> None:
    found = rules.read_position(code)
    assert found is None or rules.read_position(rules.position(*found)) == found


class Office(RuleBasedStateMachine):
    """Whoever tries whatever, in any order: the papers keep to the order of the law."""

    def __init__(self) -> None:
        super().__init__()
        self.states = {INCOMING: rules.REGISTERED, OUTGOING: rules.DRAFT}
        self.done: dict[str, list[str]] = {INCOMING: [], OUTGOING: []}
        self.checks: set[str] = set()

    @rule(direction=directions, act=acts, standing=standings)
    def try_act(self, direction: str, act: str, standing: Standing) -> None:
        state = self.states[direction]
        allowed = act in rules.open_acts(direction, state, standing)
        try:
            self.states[direction] = rules.after(direction, state, act, standing)
        except (Conflict, Forbidden):
            assert not allowed
            return
        assert allowed
        self.done[direction].append(act)
        if act == rules.CHECK_CONTENT:
            own = rules.DRAFTER in standing.relations
            assert standing.leads_drafter or not own or standing.sole_checker
        if act in (rules.CHECK_CONTENT, rules.CHECK_FORM):
            self.checks.add(act)
        if act in (rules.WITHDRAW, *rules.RETURNS.values()):
            self.checks.clear()

    @invariant()
    def what_is_signed_was_checked(self) -> None:
        if self.states[OUTGOING] in (rules.SUBMITTED, rules.SIGNED, rules.NUMBERED, rules.ISSUED):
            assert self.checks == {rules.CHECK_CONTENT, rules.CHECK_FORM}

    @invariant()
    def what_has_a_number_never_loses_it(self) -> None:
        done = self.done[OUTGOING]
        numbered = self.states[OUTGOING] in (rules.NUMBERED, rules.ISSUED, rules.STRUCK)
        assert numbered == (rules.GIVE_NUMBER in done)
        assert done.count(rules.GIVE_NUMBER) <= 1

    @invariant()
    def what_was_signed_is_given_up_only_after_a_return(self) -> None:
        done = self.done[OUTGOING]
        if rules.DISCARD in done:
            assert done.count(rules.SIGN) == done.count(rules.RETURN_SIGNED)

    @invariant()
    def nobody_handles_what_was_not_given_to_them(self) -> None:
        if self.states[INCOMING] in (rules.DIRECTED, rules.ANSWERED, rules.DONE):
            done = self.done[INCOMING]
            assert rules.ROUTE in done or done.index(rules.PROPOSE) < done.index(rules.DIRECT)

    @invariant()
    def the_end_is_the_end(self) -> None:
        for direction, state in self.states.items():
            if state == rules.STRUCK:
                assert self.done[direction][-1] == rules.STRIKE
            if state == rules.ISSUED:
                assert self.done[direction][-1] == rules.ISSUE
            if state == rules.DISCARDED:
                assert self.done[direction][-1] == rules.DISCARD


TestOffice = Office.TestCase
TestOffice.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@given(st.dates(date(2026, 1, 1), date(2031, 1, 1)), st.none() | st.integers(0, 10))
def test_a_term_begins_at_the_latest_the_day_after_the_congress(closed_on: date, days_before: int | None) -> None:
    meeting = None if days_before is None else closed_on - timedelta(days=days_before)
    begins = rules.term_begins(closed_on, meeting)
    assert begins == (meeting or closed_on + timedelta(days=1))


@pytest.mark.parametrize(
    ("before", "number", "told"), [(None, 5, ""), (4, 5, ""), (3, 5, "04"), (8, 12, "09–11"), (None, None, "")]
)
def test_missing_numbers_are_told_as_they_are_written(before: int | None, number: int | None, told: str) -> None:
    assert rules.missing_numbers(before, number) == told


def test_a_book_is_printed_by_months_of_its_year_or_for_a_whole_term() -> None:
    assert rules.book_days("2026", "3", "4", TODAY) == (date(2026, 3, 1), date(2026, 4, 30))
    assert rules.book_days("2026", "", "", TODAY) == (date(2026, 1, 1), date(2026, 12, 31))
    assert rules.book_days("2026", "12", "12", TODAY) == (date(2026, 12, 1), date(2026, 12, 31))
    assert rules.book_days("2026", "x", "99", TODAY) == (date(2026, 1, 1), date(2026, 12, 31))
    first, last = rules.book_days("2025-2030", "3", "4", TODAY)
    assert (first, last) == (date(2026, 3, 1), date(2026, 4, 30))  # months of the present year
    assert rules.book_days("2025-2030", "", "", TODAY) == (date.min, date.max)


@pytest.mark.parametrize(
    ("abstract", "told"),
    [
        ("Quyết định về việc hỗ trợ", "Về việc hỗ trợ"),
        ("QUYẾT ĐỊNH Về việc hỗ trợ", "Về việc hỗ trợ"),
        ("Về việc hỗ trợ", "Về việc hỗ trợ"),
        ("Quyết định", "Quyết định"),
        ("Quyết địnhh", "Quyết địnhh"),
    ],
)
def test_an_abstract_does_not_repeat_the_name_of_its_type(abstract: str, told: str) -> None:
    assert rules.without_type(abstract, "Quyết định") == told


# --- Symbols as people write them -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "symbol", "code"),
    [
        ("07 ĐA/HU", "07-ĐA/HU", "party/de-an"),
        ("18-NQ/TW", "18-NQ/TW", "party/nghi-quyet"),
        ("57-CT/TU, 3-9-2014", "57-CT/TU", "party/chi-thi"),
        ("82–KL/TW", "82-KL/TW", "party/ket-luan"),
        ("Số: 920-CTr/TU", "920-CTr/TU", "party/chuong-trinh"),
        ("04-QĐi/TW", "04-QĐi/TW", "party/quy-dinh"),
        ("số 15 / QĐ-UBND", "15/QĐ-UBND", "state/quyet-dinh"),
        ("1234/SNN&PTNT-TTBVTV", "1234/SNN&PTNT-TTBVTV", "state/cong-van"),
        ("115/UBND-KGVX.nđ", "115/UBND-KGVX.nđ", "state/cong-van"),
        ("05/2026/NQ-HĐND", "05/2026/NQ-HĐND", "vbqppl/nghi-quyet-qppl"),
        ("45/2024/NĐ-CP", "45/2024/NĐ-CP", ""),
    ],
)
def test_symbols_are_understood_as_people_write_them(typed: str, symbol: str, code: str) -> None:
    assert rules.plain_symbol(typed) == symbol
    found = rules.read_symbol(typed)
    assert found is not None
    assert rules.type_of_symbol(found.mark, found.year, found.notation, date(2026, 11, 25)) == code


@pytest.mark.parametrize("typed", ["", "12", "12/11/2026", "không số", "Công văn số ba"])
def test_what_is_no_symbol_stays_what_it_is(typed: str) -> None:
    assert rules.read_symbol(typed) is None
    assert rules.plain_symbol(typed) == "".join(typed.split())


def test_a_symbol_among_other_words_is_not_cut_out_when_it_is_stored() -> None:
    assert rules.plain_symbol("12/QĐ-UBND kèm 13/QĐ-UBND") == "12/QĐ-UBNDkèm13/QĐ-UBND"


@given(st.integers(1, 99_999), st.sampled_from(["QĐ-UBND", "UBND-VP", "BC-SNN&PTNT"]))
def test_a_symbol_that_is_plain_stays_plain(number: int, notation: str) -> None:
    plain = rules.plain_symbol(f" Số : {number:02d} / {notation} ")
    assert rules.plain_symbol(plain) == plain == f"{number:02d}/{notation}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("UBND tỉnh Lâm Sơn", "Ủy ban nhân dân tỉnh Lâm Sơn"),
        ("HĐND Xã A", "hội đồng nhân dân xã a"),
        ("TP. Vinh", "thành phố Vinh"),
    ],
)
def test_authors_are_the_same_under_their_usual_short_names(one: str, other: str) -> None:
    assert rules.same_author(one, other)
    assert not rules.same_author(one, "Sở Nội vụ")
