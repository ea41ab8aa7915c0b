"""In which part of the day's work a line stands."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lienxa.platform import clock
from lienxa.platform.module import WorkItem
from lienxa.tenants.office.rules import arrange

TODAY = date(2026, 11, 23)

due_days = st.none() | st.integers(-30, 30).map(lambda days: TODAY + timedelta(days=days))
due_lines = due_days.map(lambda day: WorkItem("due" if day else "waiting", "Việc", "/", "Mở", due_on=day))
meeting_lines = st.integers(7, 16).map(
    lambda hour: WorkItem("today_meeting", "Họp", "/lich/1", "Xem", at=clock.instant(TODAY, hour))
)


@given(st.lists(due_lines | meeting_lines))
def test_every_line_stands_in_exactly_one_place(items: list[WorkItem]) -> None:
    work = arrange(items, TODAY)
    parts = [*work.late, *work.today, *work.waiting, *work.coming, *work.meetings]
    assert sorted(map(repr, parts)) == sorted(map(repr, items))
    assert work.count == len(items) - len(work.meetings)


@given(st.lists(due_lines))
def test_lines_stand_by_their_due_day_the_earliest_first(items: list[WorkItem]) -> None:
    work = arrange(items, TODAY)
    assert all(item.due_on and item.due_on < TODAY for item in work.late)
    assert all(item.due_on == TODAY for item in work.today)
    assert all(item.due_on is None for item in work.waiting)
    for part in (work.late, work.coming):
        days = [item.due_on for item in part if item.due_on]
        assert days == sorted(days)


def test_what_is_followed_stands_behind_ones_own_work() -> None:
    days = (TODAY - timedelta(days=5), TODAY - timedelta(days=1))
    followed, own = (WorkItem("due", "Việc", "/", "Mở", due_on=day, followed=day == days[0]) for day in days)
    assert arrange([followed, own], TODAY).late == [own, followed]


def test_todays_meetings_stand_in_the_order_of_the_clock() -> None:
    at_hours = [14, 7, 9]
    items = [WorkItem("today_meeting", str(hour), "/", "Xem", at=clock.instant(TODAY, hour)) for hour in at_hours]
    assert [item.title for item in arrange(items, TODAY).meetings] == ["7", "9", "14"]
