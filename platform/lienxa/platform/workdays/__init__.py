"""The working calendar and the arithmetic of deadlines."""

from lienxa.platform.workdays.calendar import Calendar, national_calendar
from lienxa.platform.workdays.deadlines import (
    Due,
    TimeUnit,
    closing,
    due,
    hand_over_by,
    opening,
    resumed,
)

__all__ = ["Calendar", "Due", "TimeUnit", "closing", "due", "hand_over_by", "national_calendar", "opening", "resumed"]
