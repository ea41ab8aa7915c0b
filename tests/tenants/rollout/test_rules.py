"""The table of a parent and the waves of the merger, from figures alone."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from lienxa.platform.rollup.reading import ReadFigure
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.rollout import rules
from lienxa.tenants.rollout.rules import Progress

MONTH = date(2026, 11, 1)
PARENT = uuid4()

CODES = st.sampled_from(
    [
        *(("documents.incoming", body) for body in rules.BODIES),
        *(("documents.issued", body) for body in rules.BODIES),
        *(("meetings.held", body) for body in rules.BODIES),
        ("procedures.received", ""),
        *(("procedures.solved", outcome) for outcome in ("early", "on_time", "late", "closed")),
        *(("procedures.pending", standing) for standing in ("in_time", "late")),
    ]
)
COUNTS = st.lists(st.tuples(st.integers(0, 3), CODES, st.integers(0, 500)), max_size=60)


def organ(name: str) -> Organ:
    return Organ(
        id=uuid4(),
        slug=name.lower(),
        name=name,
        kind="commune",
        level_label="xã",
        parent_id=PARENT,
        state="active",
        demonstration=False,
    )


ORGANS = [organ(name) for name in ("Minh Sơn", "Lam Sơn", "Đại Sơn", "Văn Sơn")]


def read(tenant: UUID, code: tuple[str, str], value: int) -> ReadFigure:
    return ReadFigure(tenant, code[0].split(".")[0], code[0], MONTH, code[1], value, datetime(2026, 11, 2, tzinfo=UTC))


@given(COUNTS)
def test_the_total_is_the_sum_of_the_lines(counts: list[tuple[int, tuple[str, str], int]]) -> None:
    figures = [read(ORGANS[who].id, code, value) for who, code, value in counts]
    found, total = rules.lines(ORGANS, figures, {})
    for name in (
        "incoming_total",
        "incoming_of_party",
        "issued_total",
        "issued_by_party",
        "meetings",
        "received",
        "solved_in_time",
        "solved_late",
        "pending",
        "pending_late",
    ):
        assert getattr(total, name) == sum(getattr(line, name) for line in found), name


@given(COUNTS)
def test_every_organ_has_one_line_and_who_is_behind_stands_first(
    counts: list[tuple[int, tuple[str, str], int]],
) -> None:
    figures = [read(ORGANS[who].id, code, value) for who, code, value in counts]
    found, _total = rules.lines(ORGANS, figures, {})
    assert {line.organ for line in found} == set(ORGANS)
    assert [line.pending_late for line in found] == sorted((line.pending_late for line in found), reverse=True)


@given(COUNTS)
def test_all_on_time_means_that_none_was_late(counts: list[tuple[int, tuple[str, str], int]]) -> None:
    figures = [read(ORGANS[who].id, code, value) for who, code, value in counts]
    for line in rules.lines(ORGANS, figures, {})[0]:
        if line.on_time_share is None:
            assert line.solved_in_time == line.solved_late == 0
        else:
            assert 0 <= line.on_time_share <= 100
            assert (line.on_time_share == 100) == (line.solved_late == 0)


def test_figures_of_an_organ_that_is_not_below_are_left_out() -> None:
    found, total = rules.lines(ORGANS[:1], [read(uuid4(), ("procedures.received", ""), 9)], {})
    assert [line.received for line in found] == [0]
    assert total.received == 0


def test_months_are_added_up() -> None:
    earlier = read(ORGANS[0].id, ("documents.issued", "council"), 2)
    later = read(ORGANS[0].id, ("documents.issued", "council"), 3)
    found, _total = rules.lines(ORGANS[:1], [earlier, later], {})
    assert found[0].issued == {"party": 0, "inspection": 0, "council": 5, "committee": 0}


def test_waves_come_in_their_order_and_organs_by_name_as_vietnamese_sorts_them() -> None:
    minh_son, lam_son, dai_son, van_son = ORGANS
    progress = {
        lam_son.id: Progress(wave="pilot", state="merged"),
        van_son.id: Progress(wave="2", state="planned"),
        dai_son.id: Progress(wave="2", state="planned"),
    }
    found = rules.waves(ORGANS, progress)
    assert [wave.title for wave in found] == ["Thí điểm", "Đợt 2", ""]
    assert [[organ.name for organ, _progress in wave.entries] for wave in found] == [
        ["Lam Sơn"],
        ["Đại Sơn", "Văn Sơn"],
        [minh_son.name],
    ]


def test_the_summary_counts_organs_by_state_and_people() -> None:
    minh_son, lam_son, dai_son, _van_son = ORGANS
    progress = {
        lam_son.id: Progress(state="merged", civil_servants_moved=1),
        minh_son.id: Progress(state="staff_moved", civil_servants_moved=2),
        dai_son.id: Progress(state="planned"),
    }
    found = rules.summary(ORGANS, progress)
    assert found.organs == 4
    assert dict(found.by_state) == {"merged": 1, "staff_moved": 1, "planned": 1}
    assert found.civil_servants_moved == 3
