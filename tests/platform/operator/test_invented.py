"""Names of invented people: different ones, the same each time, with parts that go together."""

from collections import Counter
from random import Random

import pytest

from lienxa.platform.operator import invented

OF_MEN = {"Văn", "Đức", "Quang", "Hữu", "Đình", "Xuân", "Minh"}


@pytest.mark.parametrize("slug", ["lam-son", "giang-son-tay", "phuoc-nam"])
def test_names_differ_and_no_family_is_met_often(slug: str) -> None:
    names = invented.names(Random(slug), 12)
    assert names == invented.names(Random(slug), 12)
    assert len({name.split()[-1] for name in names}) == len(names)
    assert max(Counter(name.split()[0] for name in names).values()) <= 2


def test_a_given_name_keeps_to_one_sort_of_middle_names() -> None:
    chance = Random(1)
    sorts: dict[str, set[bool]] = {}
    for _round in range(50):
        for _family, middle, given in (name.split() for name in invented.names(chance, 26)):
            sorts.setdefault(given, set()).add(middle in OF_MEN)
    assert all(len(sort) == 1 for sort in sorts.values())
