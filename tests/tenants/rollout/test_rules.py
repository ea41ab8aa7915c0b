"""The table of a parent and the waves of the merger, from figures alone."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lienxa.platform.errors import InvalidInput, NotFound
from lienxa.platform.module import all_modules
from lienxa.platform.rollup.reading import MonthValue
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
        *(("documents.overdue", body) for body in rules.BODIES),
        *(("documents.unissued", body) for body in rules.BODIES),
    ]
)
COUNTS = st.dictionaries(st.tuples(st.integers(0, 3), CODES), st.integers(0, 500), max_size=30)
# Drawing takes its time on a machine that has other work; that is no fault of the rule.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
Drawn = dict[tuple[int, tuple[str, str]], int]


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


def totals(counts: Drawn) -> dict[UUID, dict[tuple[str, str], int]]:
    found: dict[UUID, dict[tuple[str, str], int]] = {}
    for (who, code), value in counts.items():
        found.setdefault(ORGANS[who].id, {})[code] = value
    return found


@PATIENT
@given(COUNTS)
def test_the_total_is_the_sum_of_the_lines(counts: Drawn) -> None:
    found, total = rules.lines(ORGANS, totals(counts), {})
    for column in rules.COLUMNS:
        if not column.whole:
            assert total.value(column.key) == sum(line.value(column.key) for line in found), column.key


@PATIENT
@given(COUNTS)
def test_every_organ_has_one_line_and_who_is_behind_stands_first(counts: Drawn) -> None:
    found, _total = rules.lines(ORGANS, totals(counts), {})
    assert {line.organ for line in found} == set(ORGANS)
    assert [line.overdue for line in found] == sorted((line.overdue for line in found), reverse=True)


@PATIENT
@given(COUNTS, st.sets(st.integers(0, 3)))
def test_who_is_not_live_stands_apart_and_in_no_total(counts: Drawn, on_trial: set[int]) -> None:
    organs = [replace(one, phase="parallel") if place in on_trial else one for place, one in enumerate(ORGANS)]
    found, total = rules.lines(organs, totals(counts), {})
    live = [line for line in found if line.counts]
    assert found[: len(live)] == live
    assert len(live) == len(ORGANS) - len(on_trial)
    for column in rules.COLUMNS:
        if not column.whole:
            assert total.value(column.key) == sum(line.value(column.key) for line in live), column.key
    summary = rules.summary(organs, {})
    assert summary.by_phase.get("parallel", 0) == len(on_trial)
    assert bool(summary.by_phase) == bool(on_trial)
    assert {line.name for line in found if not line.counts} == {
        f"{organs[at].name} (chạy song song)" for at in on_trial
    }


@PATIENT
@given(COUNTS)
def test_the_bodies_of_a_document_column_make_its_total(counts: Drawn) -> None:
    for line in rules.lines(ORGANS, totals(counts), {})[0]:
        for whole, of_one in (("van-ban-den", "den"), ("van-ban-di", "di")):
            of_bodies = [line.value(f"{of_one}-{body}") for body in ("dang", "hdnd", "ubnd")]
            assert line.value(whole) == sum(of_bodies)


@PATIENT
@given(COUNTS)
def test_all_on_time_means_that_none_was_late(counts: Drawn) -> None:
    for line in rules.lines(ORGANS, totals(counts), {})[0]:
        share = next(cell.value for cell in line.cells if cell.column.key == "dung-han")
        solved = {
            outcome: counts.get((ORGANS.index(line.organ), ("procedures.solved", outcome)), 0)  # type: ignore[arg-type]
            for outcome in ("early", "on_time", "late")
        }
        if share is None:
            assert not any(solved.values())
        else:
            assert 0 <= share <= 100
            assert (share == 100) == (solved["late"] == 0)


@PATIENT
@given(COUNTS)
def test_bars_stay_inside_and_the_longest_is_full(counts: Drawn) -> None:
    found, _total = rules.lines(ORGANS, totals(counts), {})
    for key in ("van-ban-den", "van-ban-di"):
        bars = [next(cell.bar for cell in line.cells if cell.column.key == key) for line in found]
        ends = [max((x + width for x, width, _shade in bar), default=0) for bar in bars]
        assert max(ends) <= 101, "a piece too small to see is drawn one percent wide"
        assert max(ends) >= 100 or not any(line.value(key) for line in found)


def test_figures_of_an_organ_that_is_not_below_are_left_out() -> None:
    found, total = rules.lines(ORGANS[:1], {uuid4(): {("procedures.received", ""): 9}}, {})
    assert [line.value("ho-so-nhan") for line in found] == [0]
    assert total.value("ho-so-nhan") == 0


def test_cases_of_every_field_are_received() -> None:
    by_field = {("procedures.received", field): 4 for field in ("", "Hộ tịch", "Đất đai")}
    assert rules.lines(ORGANS[:1], {ORGANS[0].id: by_field}, {})[1].value("ho-so-nhan") == 12


def test_late_documents_put_an_organ_before_one_with_a_low_share() -> None:
    minh_son, lam_son, *_rest = ORGANS
    figures = {
        minh_son.id: {("procedures.solved", "late"): 5},
        lam_son.id: {("documents.overdue", "committee"): 1},
    }
    found, _total = rules.lines([minh_son, lam_son], figures, {})
    assert [line.organ for line in found] == [lam_son, minh_son]


TODAY = date(2026, 11, 24)
PRESENT = TODAY.replace(day=1)


@pytest.mark.parametrize(
    ("typed", "first", "last", "title", "query"),
    [
        (("", "", ""), (2026, 1), (2026, 11), "năm 2026", "ky=nam"),
        (("thang", "", ""), (2026, 11), (2026, 11), "tháng 11/2026", "ky=thang"),
        (("nonsense", "", ""), (2026, 1), (2026, 11), "năm 2026", "ky=nam"),
        (("", "2026-03", "2026-03"), (2026, 3), (2026, 3), "tháng 3/2026", "tu=2026-03&den=2026-03"),
        (("thang", "2025-01", "2025-12"), (2025, 1), (2025, 12), "năm 2025", "tu=2025-01&den=2025-12"),
        (("", "2025-11", ""), (2025, 11), (2025, 11), "tháng 11/2025", "tu=2025-11&den=2025-11"),
        (
            ("", "2025-11", "2026-02"),
            (2025, 11),
            (2026, 2),
            "từ tháng 11/2025 đến tháng 2/2026",
            "tu=2025-11&den=2026-02",
        ),
    ],
)
def test_any_months_can_be_chosen(
    typed: tuple[str, str, str], first: tuple[int, int], last: tuple[int, int], title: str, query: str
) -> None:
    period = rules.period_of(*typed, PRESENT)
    assert (period.month_from, period.month_to) == (date(*first, 1), date(*last, 1))
    assert (period.title, period.query) == (title, query)


@pytest.mark.parametrize(
    ("month_from", "month_to", "field"),
    [
        ("2026-13", "", "tu"),
        ("soon", "2026-01", "tu"),
        ("2026-01", "2026-12", "den"),
        ("2026-05", "2026-04", "den"),
        ("0000-01", "", "tu"),
        ("2026-1", "", "tu"),
    ],
)
def test_a_false_month_is_refused_by_field(month_from: str, month_to: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.period_of("", month_from, month_to, PRESENT)
    assert [fault.field for fault in refused.value.fields] == [field]


def test_months_to_choose_reach_back_to_january_of_last_year_or_to_the_chosen_one() -> None:
    assert rules.months_back(date(2026, 2, 28), date(2026, 2, 1))[-1] == date(2025, 1, 1)
    months = rules.months_back(TODAY, date(2024, 12, 1))
    assert (months[0], months[-1], len(months)) == (date(2026, 11, 1), date(2024, 12, 1), 24)


def test_the_course_of_a_figure_has_every_month_and_its_parts() -> None:
    column = rules.column_named("van-ban-den")
    march = date(2026, 3, 1)
    rows = [
        MonthValue(march, "documents.incoming", "party", 2),
        MonthValue(march, "documents.incoming", "council", 3),
        MonthValue(march, "documents.issued", "council", 99),
    ]
    course = rules.course(column, rows, [date(2026, 4, 1), march])
    assert list(course.part_titles) == ["Đảng ủy", "UBKT", "HĐND", "UBND"]
    assert list(course.months) == [(march, 5, [2, 0, 3, 0]), (date(2026, 4, 1), 0, [0, 0, 0, 0])]
    assert course.highest == 5


def test_the_course_of_a_share_is_a_share_of_each_month() -> None:
    rows = [MonthValue(date(2026, 3, 1), "procedures.solved", *part) for part in (("early", 1), ("late", 2))]
    course = rules.course(rules.column_named("dung-han"), rows, [date(2026, 3, 1), date(2026, 4, 1)])
    assert [value for _month, value, _parts in course.months] == [33, None]


def test_an_unknown_figure_does_not_exist() -> None:
    with pytest.raises(NotFound):
        rules.column_named("luong-cong-chuc")


def test_every_column_rests_on_declared_figures() -> None:
    declared = {figure.code for module in all_modules() for figure in module.figures}
    assert {code for column in rules.COLUMNS for code in column.codes} <= declared


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


DAYS = st.dates(date(2026, 10, 1), date(2026, 12, 31))


@given(DAYS, st.none() | DAYS)
def test_a_milestone_is_in_exactly_the_state_of_its_days(planned_on: date, done_on: date | None) -> None:
    state = rules.milestone_state(planned_on, done_on, TODAY)
    assert state in rules.MILESTONE_STATES
    if done_on is not None:
        assert state == (rules.DONE_LATE if done_on > planned_on else rules.DONE)
    else:
        assert (state == rules.LATE) == (planned_on < TODAY)
        assert (state == rules.COMING) == ((planned_on - TODAY).days > rules.SOON_DAYS)


@PATIENT
@given(st.lists(st.builds(rules.Due, *(st.just("x"),) * 3, DAYS, st.just("/"), st.just("x"))))
def test_the_agenda_loses_nothing_and_goes_by_day(dues: list[rules.Due]) -> None:
    agenda = rules.agenda(dues, TODAY)
    assert len(agenda.late) + len(agenda.coming) == len(dues)
    assert all(due.due_on < TODAY for due in agenda.late)
    days = [due.due_on for due in (*agenda.late, *agenda.coming)]
    assert days == sorted(days)
