"""The parent's side (its organs in one table, the rollout of the merger), and closed periods of every organ."""

from lienxa.platform.module import Module, NavigationItem
from lienxa.platform.text import _
from lienxa.tenants.rollout import pages, rest
from lienxa.tenants.rollout.demo import close_months, demo
from lienxa.tenants.rollout.figures import FIGURES
from lienxa.tenants.rollout.operations import provision
from lienxa.tenants.rollout.permissions import PERMISSIONS, READ, REPORT
from lienxa.tenants.rollout.readiness import readiness
from lienxa.tenants.rollout.succession import follow

module = Module(
    name="rollout",
    title=_("Tổng hợp"),
    routes=[
        pages.overview.OverviewController,
        pages.home.HomeController,
        pages.progress.RolloutController,
        pages.milestones.MilestoneController,
        pages.committee.CommitteeController,
        pages.visits.VisitController,
        pages.reports.ReportController,
    ],
    rest=[
        rest.OverviewController,
        rest.UnitController,
        rest.MilestoneController,
        rest.CommitteeController,
        rest.VisitController,
        rest.ClosingController,
    ],
    permissions=PERMISSIONS,
    followed=follow,
    navigation=[
        NavigationItem(
            _("Việc của tôi"), "/tong-hop/hom-nay", "home", order=5, permission=READ, at_parent=True, key="v"
        ),
        NavigationItem(_("Tổng hợp"), "/tong-hop", "chart-bar", order=10, permission=READ, at_parent=True, key="t"),
        NavigationItem(_("Chốt số liệu"), "/bao-cao", "lock", order=15, permission=READ, at_parent=True, key="b"),
        NavigationItem(_("Báo cáo"), "/bao-cao", "chart-bar", order=60, permission=REPORT, key="b"),
        NavigationItem(
            _("Tiến độ hợp nhất"), "/tong-hop/tien-do", "progress", order=20, permission=READ, at_parent=True, key="m"
        ),
    ],
    figures=FIGURES,
    jobs="lienxa.tenants.rollout.jobs",
    provision=provision,
    demo=demo,
    demo_closing=close_months,
    readiness=readiness,
)
