"""The catalogue that every commune begins with."""

from collections import Counter
from random import Random

from lienxa.tenants.procedures import catalogue, rules
from lienxa.tenants.procedures.demo import FULL_COMMUNES, LATE, STORIES, stories_of
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


def test_what_the_demonstration_tells_is_in_the_catalogue() -> None:
    at_one_stop = {procedure.key for procedure in PROCEDURES if procedure.at_one_stop}
    assert {story.procedure for story in STORIES} <= at_one_stop
    assert len(STORIES) >= 10


def test_communes_differ_in_how_many_cases_they_tell() -> None:
    full = {slug: stories_of(slug, Random(slug)) for slug in FULL_COMMUNES}
    few = {slug: stories_of(slug, Random(slug)) for slug in ("thi-tran-do-luong", "van-son", "hoa-son", "phuoc-nam")}
    assert all(10 <= len(told) <= 16 for told in full.values())
    assert all(3 <= len(told) <= 7 for told in few.values())
    assert len({len(told) for told in (*full.values(), *few.values())}) > 3
    assert {bool(set(told) & set(LATE)) for told in few.values()} == {True, False}
