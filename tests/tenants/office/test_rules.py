"""In which part of the day's work a line stands."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienxa.platform import clock
from lienxa.platform.module import WorkItem
from lienxa.tenants.office.rules import arrange, marked, waiting

TODAY = date(2026, 11, 23)

due_days = st.none() | st.integers(-30, 30).map(lambda days: TODAY + timedelta(days=days))
due_lines = due_days.map(lambda day: WorkItem("due" if day else "waiting", "Việc", "/", "Mở", due_on=day))
meeting_lines = st.integers(7, 16).map(
    lambda hour: WorkItem("today_meeting", "Họp", "/lich/1", "Xem", at=clock.instant(TODAY, hour))
)


@given(st.lists(due_lines | meeting_lines))
def test_every_line_stands_in_exactly_one_place(items: list[WorkItem]) -> None:
    work = arrange(items, TODAY)
    shown = [item for part in work.parts for item in part.items]
    assert sorted(map(repr, [*shown, *work.meetings])) == sorted(map(repr, items))
    assert work.count == len(shown)
    assert all(part.items for part in work.parts)


@given(st.lists(due_lines))
def test_lines_stand_by_their_due_day_the_earliest_first(items: list[WorkItem]) -> None:
    parts = {part.title: part.items for part in arrange(items, TODAY).parts}
    order = ["Quá hạn", "Hôm nay", "Chờ mở", "Sắp tới"]
    assert list(parts) == [title for title in order if title in parts]
    assert all(item.due_on and item.due_on < TODAY for item in parts.get("Quá hạn", ()))
    assert all(item.due_on == TODAY for item in parts.get("Hôm nay", ()))
    assert all(item.due_on is None for item in parts.get("Chờ mở", ()))
    for found in (parts.get("Quá hạn", ()), parts.get("Sắp tới", ())):
        days = [item.due_on for item in found if item.due_on]
        assert days == sorted(days)


def test_what_is_late_at_others_stands_last_and_apart() -> None:
    days = (TODAY - timedelta(days=5), TODAY - timedelta(days=1), None)
    late_there, own, waits = (
        WorkItem("due" if day else "waiting", "Việc", "/", "Mở", due_on=day, followed=day == days[0]) for day in days
    )
    parts = arrange([late_there, own, waits], TODAY).parts
    assert [(part.title, part.items) for part in parts] == [
        ("Quá hạn", [own]),
        ("Chờ mở", [waits]),
        ("Chậm ở người khác", [late_there]),
    ]
    assert waiting([late_there, own, waits]) == 2


def test_what_waits_stands_under_the_step_that_it_waits_for() -> None:
    items = [
        WorkItem("waiting", title, "/", step) for title, step in (("a", "Cấp số"), ("b", "Phát hành"), ("c", "Cấp số"))
    ]
    parts = arrange(items, TODAY).parts
    assert [(part.title, [item.title for item in part.items]) for part in parts] == [
        ("Chờ cấp số", ["a", "c"]),
        ("Chờ phát hành", ["b"]),
    ]


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("Dự toán Ngân sách năm 2027", "ngan sach", ["Ngân", "sách"]),
        ("Về đường ĐT 534", "duong đt", ["đường", "ĐT"]),
        ("Tổ (dân phố) 5", "(dan", ["(dân"]),
        ("Không có gì", "x", []),
        ("Không có gì", "  ", []),
    ],
)
def test_words_that_were_found_are_marked(text: str, words: str, found: list[str]) -> None:
    assert [piece for piece, is_word in marked(text, words) if is_word] == found


@given(st.text(), st.text())
def test_marking_loses_no_letter(text: str, words: str) -> None:
    assert "".join(piece for piece, _is_word in marked(text, words)) == text


def test_todays_meetings_stand_in_the_order_of_the_clock() -> None:
    at_hours = [14, 7, 9]
    items = [WorkItem("today_meeting", str(hour), "/", "Xem", at=clock.instant(TODAY, hour)) for hour in at_hours]
    assert [item.title for item in arrange(items, TODAY).meetings] == ["7", "9", "14"]
