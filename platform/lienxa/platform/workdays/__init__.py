"""The working calendar and the arithmetic of deadlines."""

from lienxa.platform.workdays.calendar import Calendar, Change, ChangeKind, national_calendar
from lienxa.platform.workdays.deadlines import (
    Due,
    TimeUnit,
    closing,
    due,
    hand_over_by,
    opening,
    resumed,
)
from lienxa.platform.workdays.repository import calendar_for

__all__ = [
    "Calendar",
    "Change",
    "ChangeKind",
    "Due",
    "TimeUnit",
    "calendar_for",
    "closing",
    "due",
    "hand_over_by",
    "national_calendar",
    "opening",
    "resumed",
]
