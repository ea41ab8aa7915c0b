"""The catalogue that every commune begins with."""

from collections import Counter
from datetime import date

from lienxa.platform.rules import document_types
from lienxa.tenants.procedures import catalogue, rules
from lienxa.tenants.procedures.demo import _USUAL
from lienxa.tenants.procedures.models import Procedure
from lienxa.tenants.procedures.pages import by_field

FIELDS = {
    "Hộ tịch": 24,
    "Chứng thực": 12,
    "Bảo trợ xã hội": 12,
    "Đất đai": 10,
    "Đăng ký, quản lý cư trú": 10,
    "Người có công": 9,
    "Tín ngưỡng, tôn giáo": 8,
    "Giáo dục và Đào tạo": 7,
    "Hộ kinh doanh": 6,
    "Hòa giải ở cơ sở": 5,
    "Giảm nghèo": 5,
    "Nuôi con nuôi": 4,
}
PROCEDURES = [Procedure(**row) for row in catalogue.first_versions()]


def test_112_procedures_in_12_fields() -> None:
    assert Counter(procedure.field for procedure in PROCEDURES) == FIELDS
    assert len(PROCEDURES) == len({procedure.key for procedure in PROCEDURES}) == 112
    assert {group.name: len(group.procedures) for group in by_field(PROCEDURES)} == FIELDS


def test_the_clocks_of_the_112() -> None:
    units = Counter(procedure.time_unit for procedure in PROCEDURES)
    assert units == {"working_day": 82, "day": 18, "same_day": 7, "at_once": 3, "hour": 1, "": 1}
    for procedure in PROCEDURES:
        assert (procedure.time_value is not None) == (procedure.time_unit in ("working_day", "day", "hour"))


def test_each_datum_says_where_it_comes_from() -> None:
    times = Counter(procedure.time_source for procedure in PROCEDURES)
    assert times == {"portal": 59, "known": 43, "older_list": 9, "none": 1}
    for procedure in PROCEDURES:
        for source in (procedure.time_source, procedure.documents_source, procedure.source):
            assert rules.source_title(source)


def test_residence_is_taken_in_by_the_police() -> None:
    police = {procedure.field for procedure in PROCEDURES if not procedure.at_one_stop}
    assert police == {"Đăng ký, quản lý cư trú"}


def test_papers_are_single_and_begin_with_a_capital() -> None:
    birth = next(procedure for procedure in PROCEDURES if procedure.key == "1.001193")
    assert birth.papers == (
        "Tờ khai",
        "Giấy chứng sinh (hoặc văn bản người làm chứng/giấy cam đoan)",
        "Văn bản ủy quyền nếu có",
    )
    assert all(procedure.papers for procedure in PROCEDURES)


def test_what_most_come_for_is_in_the_catalogue() -> None:
    at_one_stop = {procedure.key for procedure in PROCEDURES if procedure.at_one_stop and procedure.time_unit}
    assert set(_USUAL) <= at_one_stop


def test_results_with_a_number_are_of_a_type_in_force() -> None:
    known = {f"{found.system}/{found.code}" for found in document_types(date(2026, 11, 23))}
    types = {procedure.result_type for procedure in PROCEDURES if procedure.has_number}
    assert types <= known
    assert len(types) >= 2
    assert not any(procedure.has_number for procedure in PROCEDURES if procedure.field in ("Hộ tịch", "Chứng thực"))
