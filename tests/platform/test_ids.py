"""Identifiers sort as they are made, also within a millisecond and across threads."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

from lienxa.platform import clock, ids


def test_identifiers_sort_in_the_order_in_which_they_are_made() -> None:
    made = [ids.new_id() for _count in range(20_000)]
    assert made == sorted(set(made))


def test_threads_never_make_the_same() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [
            one for many in pool.map(lambda _n: [ids.new_id() for _count in range(2_000)], range(8)) for one in many
        ]
    assert len(set(made)) == len(made)


def test_they_are_of_version_7_and_tell_their_time() -> None:
    before = time.time_ns() // 1_000_000
    made = ids.new_id()
    assert (made.version, made.variant) == (7, RFC_4122)
    assert before - 1_000 <= made.int >> 80 <= time.time_ns() // 1_000_000 + 1_000


def test_a_source_may_be_given() -> None:
    with ids.made_by(lambda: UUID(int=7)):
        assert ids.new_id() == UUID(int=7)
    assert ids.new_id() != UUID(int=7)


def test_a_seeded_source_makes_the_same_each_time_and_tells_the_time_of_the_clock() -> None:
    def made(seed: str) -> list[UUID]:
        source, found = ids.seeded(seed, clock.now), []
        for hours in (0, 5, 2):
            with clock.fixed_at(datetime(2026, 11, 23, 8, tzinfo=UTC) + timedelta(hours=hours)):
                found += [source() for _count in range(50)]
        return found

    first = made("lam-son")
    assert first == made("lam-son")
    assert len(set(first)) == len(first)
    assert not set(first) & set(made("minh-son"))
    assert {(one.version, one.variant) for one in first} == {(7, RFC_4122)}
    assert first[:50] == sorted(first[:50])
    assert first[:50] < first[100:] < first[50:100]  # by the time told, not by the order of making
