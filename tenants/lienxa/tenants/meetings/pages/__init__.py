"""The pages of the calendar."""

from lienxa.tenants.meetings.pages import common, feeds, home, meeting, picture, rooms, trail, week

__all__ = [
    "common",
    "feeds",
    "home",
    "meeting",
    "picture",
    "rooms",
    "trail",
    "week",
]
