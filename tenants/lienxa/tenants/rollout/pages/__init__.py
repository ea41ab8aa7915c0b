"""The pages of a parent, and of closed periods."""

from lienxa.tenants.rollout.pages import committee, common, home, milestones, overview, progress, reports, visits

__all__ = [
    "committee",
    "common",
    "home",
    "milestones",
    "overview",
    "progress",
    "reports",
    "visits",
]
