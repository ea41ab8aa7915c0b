"""The rule sets that ship: what is in force when, and what each subject says."""

from datetime import date, timedelta

import msgspec
import pytest

from lienxa.platform import rules
from lienxa.platform.rules import loader

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("subject", "day", "name"),
    [
        ("documents", date(2020, 3, 5), "documents_2020"),
        ("documents", date(2026, 1, 8), "documents_2020"),
        ("documents", date(2026, 1, 9), "documents_2026"),
        ("documents", TODAY, "documents_2026"),
        ("cases", date(2025, 6, 30), "cases_2018"),
        ("cases", date(2025, 7, 1), "cases_2025"),
    ],
)
def test_a_new_set_takes_over_on_its_day(subject: str, day: date, name: str) -> None:
    assert rules.in_force(subject, day).name == name


def test_before_the_first_set_nothing_is_in_force() -> None:
    with pytest.raises(LookupError, match="no rule set of 'cases' in force on 20/06/2018"):
        rules.in_force("cases", date(2018, 6, 20))


def test_a_set_out_of_force_is_still_found_by_name() -> None:
    assert rules.named("cases_2018").valid_to == date(2025, 6, 30)
    with pytest.raises(LookupError):
        rules.named("cases_1999")


def test_two_sets_of_one_subject_never_hold_on_one_day() -> None:
    first = rules.named("cases_2018")
    later = rules.named("cases_2025")
    early = msgspec.structs.replace(later, valid_from=first.valid_to)
    with pytest.raises(ValueError, match="both in force on 2025-06-30"):
        loader.check({first.name: first, early.name: early})
    with pytest.raises(ValueError, match="ends before it begins"):
        loader.check({"x": msgspec.structs.replace(later, valid_to=later.valid_from - timedelta(days=1))})


def test_a_set_lays_its_own_data_over_its_base() -> None:
    below = {"clock": {"late_hour": 15, "new_dates": 1}, "forms": [1, 2]}
    assert loader.merged(below, {"clock": {"new_dates": 2}, "forms": [3]}) == {
        "clock": {"late_hour": 15, "new_dates": 2},
        "forms": [3],
    }
    assert below["clock"] == {"late_hour": 15, "new_dates": 1}


def test_document_types_have_stable_codes_within_their_system() -> None:
    types = rules.document_types(TODAY)
    assert len({(kind.system, kind.code) for kind in types}) == len(types) == 65
    assert all(kind.code.isascii() for kind in types)
    counts = {system: sum(kind.system == system for kind in types) for system in {kind.system for kind in types}}
    assert counts == {"state": 29, "copy": 3, "vbqppl": 2, "party": 23, "party_paper": 8}


def test_document_types_as_the_offices_know_them() -> None:
    by_code = {(kind.system, kind.code): kind for kind in rules.document_types(TODAY)}
    assert by_code["state", "quyet-dinh"].abbreviation == "QĐ"
    assert by_code["state", "quy-dinh"].abbreviation == "QyĐ"
    state_letter, party_letter = by_code["state", "cong-van"], by_code["party", "cong-van"]
    assert (state_letter.abbreviation, state_letter.numbered, state_letter.shows_name) == ("", True, False)
    assert (party_letter.abbreviation, party_letter.shows_name) == ("CV", False)
    assert by_code["party", "chi-thi"].incoming_only
    assert not by_code["party", "nghi-quyet"].incoming_only
    assert not by_code["state", "thu-cong"].numbered


def test_case_rules_carry_the_clock_and_the_forms_of_their_time() -> None:
    old, new = rules.case_rules(date(2025, 6, 30)), rules.case_rules(date(2025, 7, 1))
    assert (old.clock.late_hour, old.clock.supplement, old.clock.new_dates) == (15, "restart", 1)
    assert new.clock == old.clock
    assert (len(old.forms), len(new.forms)) == (6, 7)
    assert new.form("apology").name == "Văn bản xin lỗi và đề nghị gia hạn thời gian giải quyết"
    assert new.form("receipt") == old.form("receipt")
    assert rules.case_rules_named("cases_2018") == old
    with pytest.raises(LookupError, match="no form 'stop'"):
        old.form("stop")
